//! Which texts decks have: their list, a deck's settings, the question before one goes, and pages of errors.

texts! {
    /// The list of decks.
    Decks {
        title, none_yet, type_a_topic, to_begin, cards, statistics, settings, study_all, begin, cram, archived,
        due, new, nothing_due, paused, writing, no_answer,
    }
    /// A deck's settings, and its end.
    DeckSettings {
        title, name, level, level_hint, language, own_language, language_hint, each_day, new_at_most, reviews_at_most,
        minutes_at_most, no_limit, no_ceiling, minutes_hint, order, mixed, reviews_first, new_first, pause, archive,
        to_deck, delete, wishes, no_wishes, forget, wish, wish_what, wish_part, add, wishes_hint, more_of, less_of, never_of,
        cram, prompt, write, delete_detail, delete_button, keep,
    }
    /// Pages that are not what was asked for: a title for each kind, and a sentence where it is always the same.
    Errors {
        malformed, unauthorized, unauthorized_detail, forbidden, not_found, not_found_detail, method, method_detail,
        conflict, too_large, too_large_detail, media_type, media_type_detail, invalid, rate_limited, unavailable,
        unavailable_detail, internal, internal_detail, name_this, my_decks, type_a_topic,
    }
}

/// Sentences of decks and errors that have a number or a name in them.
#[derive(Debug)]
pub struct DeckSentences {
    /// A link to study cards that are due in all decks.
    pub study_all: fn(u32) -> String,
    /// After a link that stands at a deck: of which, for a screen reader.
    pub of_deck: fn(&str) -> String,
    /// The title of a deck's settings in the browser.
    pub settings_of: fn(&str) -> String,
    /// What a number of new cards a day will cost, in minutes a day.
    pub forecast: fn(u32, f64) -> String,
    /// Whether to delete a deck.
    pub delete: fn(&str) -> String,
    /// Too many requests: seconds to wait.
    pub wait: fn(u64) -> String,
    /// Why a form was refused, from the English sentence.
    pub refusal: fn(&str) -> String,
}
