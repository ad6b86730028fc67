//! English, of decks and errors.

use super::decks::{DeckSentences, DeckSettings, Decks, Errors};
use crate::domain::forecast;
use crate::error::Error;

/// The list.
pub const DECKS: Decks = Decks {
    title: "My decks",
    none_yet: "You have no deck yet.",
    type_a_topic: "Type a topic",
    to_begin: "to begin one.",
    cards: "Cards",
    statistics: "Statistics",
    settings: "Settings",
    begin: "Begin another deck",
    study_all: "Study all",
    cram: "Cram",
    archived: "Archived decks",
    due: "due",
    new: "new",
    nothing_due: "nothing due",
    paused: "paused",
    writing: "writing",
    no_answer: "no answer",
};

/// A deck's settings.
pub const SETTINGS: DeckSettings = DeckSettings {
    title: "Settings of the deck",
    name: "Title",
    level: "Level of new cards",
    level_hint: "It follows your answers. Set by hand, it starts from there.",
    language: "Language of new cards",
    own_language: "the topic’s own",
    language_hint: "A tag such as en, de or pt-BR; empty for the language of the topic. What you have stays as it is.",
    each_day: "Each day",
    new_at_most: "New cards at most",
    reviews_at_most: "Reviews at most",
    minutes_at_most: "Minutes at most",
    no_limit: "no limit",
    no_ceiling: "no ceiling",
    minutes_hint: "Minutes throttle new cards only: reviews come first, and new cards get what is left of the day.",
    order: "New cards and reviews",
    mixed: "Mixed, in proportion to what the day holds",
    reviews_first: "Reviews first",
    new_first: "New cards first",
    pause: "Pause: no new cards are written. Reviews go on.",
    archive: "Archive: out of the list and out of what is due.",
    to_deck: "Back to the deck",
    delete: "Delete",
    wishes: "What new cards are about",
    no_wishes: "Nothing asked for yet. While you study, a card’s menu has “More”, “Less” and “Not this” for its subtopic.",
    forget: "Forget",
    wish: "More, less or nothing of it",
    wish_what: "What",
    wish_part: "a part of the topic",
    add: "Add",
    wishes_hint: "It goes into the next order of cards.",
    more_of: "More of",
    less_of: "Less of",
    never_of: "Nothing of",
    cram: "Cram",
    prompt: "Export study prompt",
    write: "Write a card",
    delete_detail: "Its cards and their history go with it, for good. Your other decks stay as they are.",
    delete_button: "Delete the deck",
    keep: "Keep it",
};

/// Errors; what is not here is told by [`Error`] itself.
pub const ERRORS: Errors = Errors {
    malformed: "The request could not be read",
    unauthorized: "Nobody is signed in",
    unauthorized_detail: "Type a topic on the start page to begin, or send a bearer token.",
    forbidden: "This request is refused",
    not_found: "There is nothing here",
    not_found_detail: "It may have been deleted, or the address is mistyped. Go back to your decks.",
    method: "This address is used in another way",
    method_detail: "Go back and use the buttons of the page.",
    conflict: "It has changed since",
    too_large: "That is too long",
    too_large_detail: "Nothing was saved. Shorten it and send it again.",
    media_type: "That kind of content is not read here",
    media_type_detail: "Send application/json.",
    invalid: "Something has to be corrected",
    rate_limited: "Too many requests",
    unavailable: "The server is busy",
    unavailable_detail: "The database does not answer at the moment. What you did before is saved: try again in a moment.",
    internal: "Something went wrong here",
    internal_detail: "It was written down. What you did before is saved: try again.",
    name_this: "If you write to us, name this:",
    my_decks: "My decks",
    type_a_topic: "Type a topic",
};

/// The sentences.
pub const SENTENCES: DeckSentences = DeckSentences {
    study_all: |due| format!("Study all {due} due"),
    of_deck: |title| format!("of {title}"),
    settings_of: |title| format!("Settings of {title}"),
    forecast: forecast::sentence,
    delete: |title| format!("Delete “{title}”?"),
    wait: |seconds| Error::RateLimited(std::time::Duration::from_secs(seconds)).detail(),
    refusal: |english| english.to_owned(),
};
