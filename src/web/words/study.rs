//! Which texts the study desk has: the page, its notices and its card, and what its script says.

use crate::study::cause::Cause;

texts! {
    /// The study page: around the card, on it, and what can be done with it.
    Study {
        all_decks, desk, level, level_hint, undo, aloud, keys, hint, stale, gone, one_moment, looking,
        new, learning, due,
        card, written_by, a_small_model, facts, edit, write, bury, buried, suspend, suspended, flag, unflag, report, delete, deleted,
        history, more, less, never, show_answer, again_in, space, del,
        didnt_know, knew_it, too_easy, again, hard, good, easy,
        leech, proposed, doubted,
    }
    /// The list of keys.
    Keys {
        title, space, enter, show, numbers, undo, edit, write, bury, suspend, flag, delete, history, report, aloud, help, close,
        search, save, leave, studying,
    }
    /// What the script says; `{s}` stands for seconds.
    Said {
        out_of_reach, are_kept, locked, conflict, other_tab, missing_answer, refused, nothing_to_undo, no_connection, undo_failed,
        undone, flagged, unflagged, missing, failed, elapsed,
    }
    /// The paper that lies there when there is no card, and the pencil line below the stack.
    Notices {
        declined, first, waiting, done, limit, exhausted, paused, failing, budget, no_model,
        try_again, resume, connect, deck_limits, my_decks, another_topic,
        slow, writing, pencil_failing, pencil_exhausted, pencil_budget, pencil_no_model, pencil_paused,
    }
}

/// Sentences of the study desk that have a number or a name in them.
#[derive(Debug)]
pub struct StudySentences {
    /// Why there is no card, and what can be done.
    pub cause: fn(&Cause) -> String,
    /// A level by its number and word.
    pub level: fn(u8, &str) -> String,
    /// New cards at hand; at least one.
    pub ready: fn(u32) -> String,
    /// New cards that the plan leaves of today; at least one.
    pub left_today: fn(u32) -> String,
    /// New cards that are left to a guest; at least one.
    pub left_as_guest: fn(u32) -> String,
    /// Seconds until a card comes back, short, for its button.
    pub interval: fn(u64) -> String,
    /// The same for a screen reader, after [`Study::again_in`].
    pub spoken: fn(u64) -> String,
    /// Before wishes about a card's part of the topic.
    pub of_subtopic: fn(&str) -> String,
}
