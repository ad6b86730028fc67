#!/usr/bin/env python3
"""Random histories of answers, and what py-fsrs makes of them: the peer of `tests/scheduling/fsrs_peer.rs`.

    fsrs_histories.py COUNT SEED > histories.jsonl

First a line with the peer's version, then a line for each history: the whole days before each answer (0 = the same
day), the answers, and stability and difficulty after each. Fuzz is off; times are at noon, so that py-fsrs, which
counts 24-hour spans, and we, who count the learner's days, see the same gaps.
"""

import json
import math
import random
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from fsrs import Card, Rating, Scheduler

# The Rust crate stops here, py-fsrs does not; a history ends before they part.
LONGEST_STABILITY = 36_500
LONGEST_HISTORY = 20
START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


def random_gap(dice):
    """A third on the same day; otherwise 1 day to 2 years, evenly in the logarithm."""
    if dice.random() < 1 / 3:
        return 0
    return round(math.exp(dice.uniform(0, math.log(730))))


def random_history(scheduler, dice):
    """One card's gaps, ratings and memory states."""
    card, at = Card(card_id=1), START
    gaps, ratings, states = [], [], []
    for nth in range(dice.randint(1, LONGEST_HISTORY)):
        gap = random_gap(dice) if nth else 0
        rating = dice.choices((1, 2, 3, 4), weights=(15, 15, 55, 15))[0]
        at += timedelta(days=gap)
        card, _ = scheduler.review_card(card, Rating(rating), review_datetime=at)
        if card.stability >= LONGEST_STABILITY:
            break
        gaps.append(gap)
        ratings.append(rating)
        states.append([float(f"{card.stability:.9g}"), float(f"{card.difficulty:.9g}")])
    return {"gaps": gaps, "ratings": ratings, "states": states}


def main():
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    scheduler, dice = Scheduler(enable_fuzzing=False), random.Random(seed)
    print(json.dumps({"peer": f"py-fsrs {version('fsrs')}", "histories": count, "seed": seed}))
    for _ in range(count):
        print(json.dumps(random_history(scheduler, dice), separators=(",", ":")))


if __name__ == "__main__":
    main()
