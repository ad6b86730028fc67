//! English, of the study desk.

use super::study::{Keys, Notices, Said, Study, StudySentences};
use crate::study::cause::Cause;
use crate::web::pages::interval::{interval, interval_spoken};

/// The words of the nine levels.
pub const LEVELS: [&str; 9] = [
    "newcomer",
    "beginner",
    "learner",
    "improver",
    "intermediate",
    "upper intermediate",
    "advanced",
    "specialist",
    "expert",
];

/// The page.
pub const STUDY: Study = Study {
    all_decks: "All decks",
    desk: "Study",
    level: "Level:",
    level_hint: "New cards follow your answers. Or set the level by hand:",
    undo: "Undo",
    aloud: "Read aloud",
    keys: "Keys",
    hint: "Say the answer to yourself, then show it. Each button tells when the card returns: that is what makes it stick.",
    stale: "That card was answered or changed already; that answer stands.",
    gone: "That card is no longer there. Undo brings back one that you deleted.",
    one_moment: "One moment",
    looking: "Looking for the next card.",
    new: "new",
    learning: "learning",
    due: "due",
    card: "Card",
    written_by: "Written by",
    a_small_model: "a small model:",
    facts: "facts may be wrong",
    edit: "Edit",
    bury: "Bury till tomorrow",
    buried: "Put off until tomorrow.",
    suspend: "Suspend",
    suspended: "Suspended: it is not asked until you take it back in.",
    flag: "Flag",
    unflag: "Take the flag off",
    write: "Write a card",
    report: "Report",
    delete: "Delete",
    deleted: "Deleted. Undo brings it back.",
    history: "History, due date, tags",
    more: "More",
    less: "Less",
    never: "Not this",
    show_answer: "Show answer",
    again_in: "again in",
    space: "Space",
    del: "Del",
    didnt_know: "Didn’t know",
    knew_it: "Knew it",
    too_easy: "Too easy",
    again: "Again",
    hard: "Hard",
    good: "Good",
    easy: "Easy",
    leech: "You forget this card again and again.",
    proposed: "Another wording of this card is proposed.",
    doubted: "Other learners say this card is wrong.",
};

/// The keys.
pub const KEYS: Keys = Keys {
    title: "Keys",
    space: "Space",
    enter: "Enter",
    numbers: "the buttons, from the left",
    undo: "undo the last answer or action",
    edit: "edit the card",
    bury: "bury the card till tomorrow",
    suspend: "suspend the card",
    flag: "flag the card, or take the flag off",
    delete: "delete the card",
    history: "its history and due date",
    write: "write a card of your own",
    report: "report a mistake on the card",
    aloud: "read aloud, where this device has a voice for it",
    help: "this list",
    close: "Close",
    search: "search, on the list of cards",
    save: "save, in the form of a card",
    leave: "leave the form, as long as nothing was typed",
    studying: "The study page has more keys: press ? there.",
    show: "show the answer; then: knew it",
};

/// The script.
pub const SAID: Said = Said {
    out_of_reach: "Out of reach: trying again in {s} s.",
    are_kept: "Your answers are kept on this device.",
    locked: "Your session has ended. Your answers are kept on this device: open this page again.",
    conflict: "This card was answered or changed elsewhere; that answer stands.",
    other_tab: "You answered this card in another tab; that answer stands.",
    missing_answer: "That card is no longer there; its answer was not needed.",
    refused: "One answer could not be taken. The card will come again.",
    nothing_to_undo: "There is nothing to undo.",
    no_connection: "No connection. Go on: answers are kept on this device and sent when it is back.",
    undo_failed: "Undo did not get through: try again.",
    undone: "Undone.",
    flagged: "Flagged.",
    unflagged: "The flag is off.",
    missing: "That card is no longer there.",
    failed: "That did not get through, and the card is as it was. Try again.",
    elapsed: ": {s} s so far",
};

/// The notices.
pub const NOTICES: Notices = Notices {
    declined: "The model declined this topic",
    first: "Writing the first cards",
    waiting: "Writing the next cards",
    done: "Done for now",
    limit: "No new cards just now",
    exhausted: "This level has no more",
    paused: "New cards are paused",
    failing: "The model is not answering",
    budget: "Today’s budget is spent",
    no_model: "No model is connected",
    try_again: "Try again",
    resume: "Resume",
    connect: "Connect a model",
    deck_limits: "Limits of this deck",
    my_decks: "My decks",
    another_topic: "Another topic",
    slow: "the model is slow today",
    writing: "writing the next cards",
    pencil_failing: "the model is not answering",
    pencil_exhausted: "this level has no more",
    pencil_budget: "no new cards until tomorrow",
    pencil_no_model: "no model is connected",
    pencil_paused: "new cards are paused",
};

/// The sentences.
pub const SENTENCES: StudySentences = StudySentences {
    cause: Cause::sentence,
    level: |number, word| format!("Level {number}, {word}"),
    ready: |cards| match cards {
        1 => "1 card ready".into(),
        cards => format!("{cards} cards ready"),
    },
    left_today: |cards| match cards {
        1 => "1 new card left today".into(),
        cards => format!("{cards} new cards left today"),
    },
    left_as_guest: |cards| match cards {
        1 => "1 new card left as a guest".into(),
        cards => format!("{cards} new cards left as a guest"),
    },
    interval,
    spoken: interval_spoken,
    of_subtopic: |subtopic| format!("Of “{subtopic}”:"),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::level::Level;

    #[test]
    fn a_level_has_the_word_that_the_model_is_told() {
        let told: Vec<_> = (1..=9)
            .map(|number| Level::clamped(number).word())
            .collect();
        assert_eq!(told, LEVELS);
    }
}
