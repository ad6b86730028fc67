#!/usr/bin/env python3
"""How many answers Anki's own backend records in a second: the peer of P3.

    answers.py FOLDER SECONDS (or until all cards are answered)

A collection in FOLDER with cards due for review, FSRS on, answered *Good* one after the other in this process, as Anki's
desktop does it: the next card from the queue, the answer, one durable transaction. Prints Anki's version and the rate.
"""

import os
import sys
import time

from anki.buildinfo import version
from anki.collection import Collection

# Not more than a day's greatest limit.
CARDS = 9_000

folder, seconds = sys.argv[1], float(sys.argv[2])
collection = Collection(os.path.join(folder, "collection.anki2"))
collection.set_config("fsrs", True)
limits = collection.decks.config_dict_for_deck_id(1)
limits["new"]["perDay"] = limits["rev"]["perDay"] = 9_999
collection.decks.update_config(limits)
basic = collection.models.by_name("Basic")
for number in range(CARDS):
    note = collection.new_note(basic)
    note["Front"], note["Back"] = f"What is the number after {number}?", str(number + 1)
    collection.add_note(note, 1)
# Cards that were answered ten days ago and are due today.
collection.db.execute(
    "update cards set type = 2, queue = 2, ivl = 10, factor = 2500, reps = 3, due = ?, data = ?",
    collection.sched.today,
    '{"s":10.0,"d":5.0,"dr":0.9}',
)
collection.close()
collection = Collection(os.path.join(folder, "collection.anki2"))

began = time.perf_counter()
answered = 0
while time.perf_counter() - began < seconds and answered < CARDS:
    card = collection.sched.getCard()
    assert card is not None, "a card that was due is not"
    collection.sched.answerCard(card, 3)
    answered += 1
took = time.perf_counter() - began
recorded = collection.db.scalar("select count(*) from revlog")
assert recorded == answered, f"{recorded} of {answered} answers are in the log"
collection.close()
print(version, answered / took)
