//! Which texts the smaller pages have: cramming, reminders, a deck's study prompt, and what an app on the device says.

texts! {
    /// Cramming: what to cram, card after card, and the end.
    Cram {
        title, lead, from, all_decks, which, soon, missed, flagged, leeches, all, with_tag, tag, begin, back,
        choose_first, no_such_card, end, left_before, left_of, left_after, card, counts_for_nothing, didnt_know, at_the_end, knew_it, done, show_answer, space,
        knew_all, study, others,
    }
    /// Reminders by e-mail, and the page behind a mail's link.
    Reminders {
        title, saved, unproved, after, hint, save, to_settings, for_guests,
        stop_title, stopped, stopped_detail, stop_heading, stop_detail, open, stop,
    }
    /// The study prompt; its text itself stays English, for whatever chat it is pasted into.
    StudyPrompt { title, tells_before, tells_after, text, copy, download, to_deck, copied, copy_by_hand }
    /// The page without a connection, and what the device knows of the app.
    Device { title, kept, at_hand, none_kept, try_again, study_due, begin_deck }
}

/// Sentences of these pages that have a number or a name in them.
#[derive(Debug)]
pub struct RoomSentences {
    /// All of so many are known.
    pub all_known: fn(i32) -> String,
    /// Whether to write to this address.
    pub write_to: fn(&str) -> String,
    /// The title of a deck's study prompt in the browser.
    pub prompt_of: fn(&str) -> String,
}
