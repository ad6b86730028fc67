//! Which texts cards have: their list, one card's page and its history, and the forms to write, change and report one.

texts! {
    /// The list of cards, and what is done to many.
    CardList {
        title, study, write, statistics, deck_settings, search_label, search_hint, search, filter, deck, all_decks, state,
        any_state, new, learning, relearning, review, due, flagged, suspended, buried, leeches, level, any_level, order, newest, oldest,
        due_first, lapses_first, tag, subtopic, show, show_all, undo, none_fits, none_yet, study_for_first, topic_for_first,
        first_are_written, chosen, chosen_one, chosen_many, suspend, resume, flag, unflag, reset, delete, add, take_off, due_in_days, move_due,
        every_card, all_on_page, flagged_word, leech_word, forgotten, level_word, written_by, edit, this_card, report, more,
        history, is_new, is_due, is_suspended, delete_many_detail, keep_them,
    }
    /// One card's page.
    CardPageTexts {
        title, heading, buried, correct_it, edit, suspend, keep, wording, take_it, leave_it, rephrasing, back, edit_text,
        flag, unflag, resume, bury, unbury, ask_rephrasing, undo, history, chart, now, caption, no_answer, every_answer,
        when, what, took, recall, stability_after, schedule, ask_again_on, set_date, reset_hint, reset, delete_hint, delete,
        answers, lapses, stability, difficulty, recall_now, was_reset, was_moved, didnt_know, hard, knew_it, too_easy,
    }
    /// The forms of one card.
    CardForms {
        write, another, edit, preview_is, question, answer, may_be_empty, explanation, tags, preview, emphasis, strong, a_list, code,
        code_block, maths, lies_on, seine, cloze, backticks, code_word, dollars, generated, report_title, report_heading, what_is_wrong, wrong, ambiguous, duplicate,
        too_easy, too_hard, other, what_is_right, report_hint, report, delete, delete_button,
        deleted_elsewhere,
    }
}

/// Sentences of cards that have a number or a name in them.
#[derive(Debug)]
pub struct CardSentences {
    /// The title of a deck's list in the browser.
    pub cards_of: fn(&str) -> String,
    /// Whether to delete so many.
    pub delete_many: fn(usize) -> String,
    /// What was done to so many; the verb as the address has it. `None` for a verb that is none.
    pub done: fn(&str, usize) -> Option<String>,
    /// Seconds until a card comes back.
    pub comes_in: fn(u64) -> String,
    /// Which of several previews this is.
    pub preview_of: fn(usize, usize) -> String,
    /// The difficulty, of ten.
    pub difficulty: fn(f64) -> String,
    /// Days of stability.
    pub days: fn(f64) -> String,
    /// A share of one, in per cent.
    pub percent: fn(f64) -> String,
    /// How long an answer took, in seconds.
    pub seconds: fn(f64) -> String,
    /// The card was changed elsewhere: what it says now, and with which tags.
    pub changed_elsewhere: fn(&str, &str, &[String]) -> String,
}
