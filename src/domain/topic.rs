//! A topic's title as a learner typed it, and the key under which learners who mean the same share a pool.

use unicode_normalization::UnicodeNormalization;

use super::text::fold_case;

/// The most characters (Unicode scalar values) of a title, after trimming.
pub const MAX_CHARACTERS: usize = 200;

/// PostgreSQL refuses index rows above 2,704 bytes. Only the ligatures that NFKC unfolds eighteenfold get a key this long.
const MAX_KEY_BYTES: usize = 2_000;

/// A title that is fit to be shown, stored and sent to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicTitle {
    typed: String,
    key: String,
}

/// Why a text is no topic, in sentences for the reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Nothing that can be seen.
    #[error("Type a topic first: a word or two is enough, such as French history.")]
    Empty,
    /// More than [`MAX_CHARACTERS`].
    #[error(
        "A topic has at most 200 characters and this one is longer. Shorten it to a few words."
    )]
    TooLong,
    /// A control character, a line break inside, or a mark that turns the direction of the text around it.
    #[error(
        "The topic contains a hidden character (U+{0:04X}) that cannot be kept. Type the topic by hand instead of pasting it."
    )]
    ControlCharacter(u32),
}

impl TopicTitle {
    /// Trims `text` and checks it: 1–200 characters, none of them a control.
    ///
    /// Joiners (emoji, Persian, Indic scripts) and the weak marks LRM, RLM, ALM are ordinary writing and stay. Bidi
    /// embeddings, overrides and isolates are refused like controls: with them a title can look like another one.
    ///
    /// # Errors
    /// [`TopicError`], with what to do.
    pub fn parse(text: &str) -> Result<TopicTitle, TopicError> {
        let typed = text.trim();
        if let Some(control) = typed.chars().find(|&c| is_refused(c)) {
            return Err(TopicError::ControlCharacter(u32::from(control)));
        }
        if typed.chars().count() > MAX_CHARACTERS {
            return Err(TopicError::TooLong);
        }
        let key = key_of(typed);
        match key.len() {
            0 => Err(TopicError::Empty),
            1..=MAX_KEY_BYTES => Ok(TopicTitle {
                typed: typed.to_owned(),
                key,
            }),
            _ => Err(TopicError::TooLong),
        }
    }

    /// As typed, without the space around it.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// What titles of one topic have in common: NFKC, case-folded, spaces collapsed, end punctuation off. Never empty.
    ///
    /// `+` and `#` are no punctuation ("C", "C++" and "C#" are three topics), nor is a dot in front (".NET").
    pub fn key(&self) -> &str {
        &self.key
    }
}

fn is_refused(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Takes no room on the page and makes no other word: typed or left out by chance. The zero-width joiner is not here:
/// it makes one emoji of several.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{61C}'
            | '\u{200B}'
            | '\u{200C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{2060}'
            | '\u{FE0E}'
            | '\u{FE0F}'
            | '\u{FEFF}'
    )
}

fn key_of(typed: &str) -> String {
    let visible: String = typed.nfkc().filter(|&c| !is_invisible(c)).collect();
    // Folding can leave a text that composes again (ΐ comes apart), so NFKC has the last word.
    let folded: String = fold_case(&visible).nfkc().collect();
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = spaced
        .trim_start_matches(['¿', '¡'])
        .trim_end_matches(|c: char| c.is_whitespace() || is_end_punctuation(c))
        .trim_start();
    // "?" and "..." are topics too, if odd ones.
    if bare.is_empty() || bare == "\u{200D}" {
        spaced.trim_matches('\u{200D}').to_owned()
    } else {
        bare.to_owned()
    }
}

/// Full-width forms and the ellipsis have become these by NFKC.
fn is_end_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | '!'
            | '?'
            | ','
            | ';'
            | ':'
            | '。'
            | '、'
            | '؟'
            | '،'
            | '؛'
            | '۔'
            | '।'
            | '॥'
            | '՞'
            | '။'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> String {
        TopicTitle::parse(text).expect(text).key().to_owned()
    }

    #[test]
    fn titles_that_differ_in_case_space_width_and_end_punctuation_share_a_key() {
        for (one, other) in [
            ("French history", "  french   HISTORY. "),
            ("French history", "Ｆｒｅｎｃｈ　history"),
            ("Go", "Go!"),
            ("Who", "who?"),
            ("Straße", "STRASSE"),
            ("Straße", "STRAẞE"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("Café", "Cafe\u{301}"),
            ("¿Qué es el jazz?", "qué es el jazz"),
            ("Le jazz", "le jazz ?"),
            ("日本史", "日本史。"),
            ("❤️", "❤"),
            ("تاريخ مصر", "\u{200F}تاريخ مصر؟"),
            ("İstanbul", "istanbul"),
        ] {
            assert_eq!(key(one), key(other), "{one} / {other}");
        }
    }

    #[test]
    fn titles_of_different_topics_have_different_keys() {
        let titles = [
            "C",
            "C++",
            "C#",
            "F#",
            "F",
            ".NET",
            "NET",
            "R",
            "Go",
            "A+",
            "A-",
            "A*",
            "👨‍👩‍👧",
            "👨👩👧",
            "résumé",
            "resume",
        ];
        for (at, one) in titles.iter().enumerate() {
            for other in &titles[at + 1..] {
                assert_ne!(key(one), key(other), "{one} / {other}");
            }
        }
    }

    #[test]
    fn end_punctuation_is_taken_off_but_never_to_nothing() {
        for (title, expected) in [
            ("?", "?"),
            ("...", "..."),
            ("!!!", "!!!"),
            ("C++!", "c++"),
            ("Node.js", "node.js"),
            ("¿?", "¿?"),
        ] {
            assert_eq!(key(title), expected);
        }
    }

    #[test]
    fn a_title_is_kept_as_typed() {
        let title =
            TopicTitle::parse("\n <script>alert('Ünï')</script>  \t").expect("no control inside");
        assert_eq!(title.as_str(), "<script>alert('Ünï')</script>");
        assert_eq!(
            TopicTitle::parse("👩‍🚀 in می‌خواهم")
                .expect("joiners")
                .as_str(),
            "👩‍🚀 in می‌خواهم"
        );
    }

    #[test]
    fn what_cannot_be_seen_is_no_topic() {
        for text in [
            "",
            "   ",
            "\n\t",
            "\u{200B}",
            "\u{FEFF}\u{200E} ",
            "\u{200D}",
        ] {
            assert_eq!(TopicTitle::parse(text), Err(TopicError::Empty), "{text:?}");
        }
    }

    #[test]
    fn two_hundred_characters_are_a_topic_and_one_more_is_not() {
        for unit in ["a", "é", "日", "🦀"] {
            assert!(TopicTitle::parse(&format!("  {}  ", unit.repeat(200))).is_ok());
            assert_eq!(
                TopicTitle::parse(&unit.repeat(201)),
                Err(TopicError::TooLong)
            );
        }
        // One character that NFKC makes eighteen of, 200 times: no index could hold the key.
        assert_eq!(
            TopicTitle::parse(&"\u{FDFA}".repeat(200)),
            Err(TopicError::TooLong)
        );
    }

    #[test]
    fn controls_and_marks_that_turn_text_around_are_refused() {
        for c in [
            '\0', '\u{7}', '\n', '\t', '\u{7F}', '\u{85}', '\u{2028}', '\u{202E}', '\u{2066}',
        ] {
            let refused = TopicTitle::parse(&format!("French{c}history"));
            assert_eq!(refused, Err(TopicError::ControlCharacter(u32::from(c))));
        }
        assert!(
            TopicError::ControlCharacter(0x202E)
                .to_string()
                .contains("U+202E")
        );
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in "\\PC{1,40}") {
            if let Ok(title) = TopicTitle::parse(&text) {
                prop_assert!(!title.key().is_empty());
                if let Ok(again) = TopicTitle::parse(title.key()) {
                    prop_assert_eq!(again.key(), title.key());
                }
            }
        }
    }
}
