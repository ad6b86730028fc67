//! English, of cramming, reminders, the study prompt, and the app on a device.

use super::rooms::{Cram, Device, Reminders, RoomSentences, StudyPrompt};

/// Cramming.
pub const CRAM: Cram = Cram {
    title: "Cram",
    lead: "Go through cards ahead of time, each until you knew it once. Nothing of it counts: due dates, history and level stay as they are.",
    from: "From",
    all_decks: "all decks",
    which: "Which cards",
    soon: "Due within three days",
    missed: "Not known in the last three days",
    flagged: "Flagged",
    leeches: "Forgotten again and again",
    all: "Everything studied so far",
    with_tag: "With the tag",
    tag: "Tag",
    begin: "Begin",
    back: "Back",
    choose_first: "Choose what to cram; for a tag, write the tag.",
    no_such_card: "There is no such card. Choose others.",
    end: "End it",
    left_before: "",
    left_of: "of",
    left_after: "left",
    card: "Card",
    counts_for_nothing: "nothing of this counts",
    didnt_know: "Didn’t know",
    at_the_end: "at the end again",
    knew_it: "Knew it",
    done: "done",
    show_answer: "Show answer",
    space: "Space",
    knew_all: "You knew them all",
    study: "Study",
    others: "Cram others",
};

/// Reminders.
pub const REMINDERS: Reminders = Reminders {
    title: "Reminders",
    saved: "Saved.",
    unproved: "Prove this address first: the link is in the mail that we sent when you signed up. Until then nothing is sent.",
    after: "After, o’clock",
    hint: "One mail a day at most, and none on a day on which you studied already. Each mail has a link that stops them.",
    save: "Save",
    to_settings: "Back to the settings",
    for_guests: "Reminders go to an e-mail address, and a guest has none. Sign up first; your decks stay yours.",
    stop_title: "Stop reminders",
    stopped: "No more reminders",
    stopped_detail: "None will be sent until you turn them on again in your settings.",
    stop_heading: "Stop the reminders?",
    stop_detail: "Your decks and what is due stay as they are.",
    open: "Open AutoDeck",
    stop: "Stop them",
};

/// The study prompt.
pub const PROMPT: StudyPrompt = StudyPrompt {
    title: "Study prompt",
    tells_before: "What you know of “",
    tells_after: "”, what you miss and at which level: paste it into any chat and go on there.",
    text: "The text",
    copy: "Copy",
    download: "Download as text",
    to_deck: "Back to the deck",
    copied: "Copied.",
    copy_by_hand: "The text is selected: copy it with your device’s own keys.",
};

/// On a device.
pub const DEVICE: Device = Device {
    title: "No connection",
    kept: "Your answers are kept on this device and sent when the connection is back. Until then, study what is at hand.",
    at_hand: "At hand",
    none_kept: "No deck was studied on this device yet.",
    try_again: "Try again",
    study_due: "Study all due",
    begin_deck: "Begin a deck",
};

/// The sentences.
pub const SENTENCES: RoomSentences = RoomSentences {
    all_known: |asked| match asked {
        1 => "1 card. Its schedule is as it was.".into(),
        asked => format!("{asked} cards, each at least once. Their schedule is as it was."),
    },
    write_to: |email| format!("Write to {email} when cards are due"),
    prompt_of: |title| format!("Study prompt of {title}"),
};
