//! A card's text as a model wrote it, and the count of everything that had to be put right or left out on the way.

use std::fmt;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// Longest question kept, in characters.
pub const QUESTION_LIMIT: usize = 2_000;
/// Longest answer kept, in characters.
pub const ANSWER_LIMIT: usize = 4_000;
/// Longest explanation kept, in characters; a longer one is left out and its card stays.
pub const EXPLANATION_LIMIT: usize = 4_000;
/// Longest subtopic kept, in characters; a longer one is left out and its card stays.
pub const SUBTOPIC_LIMIT: usize = 200;

/// The text of one card. Question and answer are never blank in a card that [`CardReader`] gave.
///
/// [`CardReader`]: super::card_reader::CardReader
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CardText {
    /// What is asked; at most [`QUESTION_LIMIT`] characters.
    pub question: String,
    /// What is to be recalled; at most [`ANSWER_LIMIT`] characters.
    pub answer: String,
    /// One sentence of context, shown with the answer.
    pub explanation: Option<String>,
    /// Which part of the topic, in two or three words.
    pub subtopic: Option<String>,
}

/// One kind of damage, repair or omission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// The input ended inside a card; the part is not kept.
    Truncated,
    /// Text arrived, but no card ever began: a refusal, JSON, "Q: … A: …".
    NoCards,
    /// Nothing but white space arrived.
    EmptyReply,
    /// A card without a non-blank question and answer.
    IncompleteCard,
    /// `<card/>`.
    EmptyCard,
    /// `<question/>` and the like.
    EmptyField,
    /// A card whose source is longer than any card needs; nothing of it is kept.
    CardTooBig,
    /// A card with more tags than any card needs; nothing of it is kept.
    TooManyTags,
    /// A question over [`QUESTION_LIMIT`]; the card is dropped.
    QuestionOverLimit,
    /// An answer over [`ANSWER_LIMIT`]; the card is dropped.
    AnswerOverLimit,
    /// An explanation or subtopic over its limit; the field is dropped.
    FieldOverLimit,
    /// `</card>` was missing and the next card, or the end of the root, ended it.
    UnclosedCard,
    /// A field without its own closing tag; it ended at the next tag.
    UnclosedField,
    /// A field closed by another field's closing tag.
    WrongClosingTag,
    /// A closing tag that closes nothing.
    StrayTag,
    /// A field that stood twice; the first is kept.
    RepeatedField,
    /// Text of a card that stands in no known field.
    StrayText,
    /// A tag of ours that is text, because its field's own closing tag comes later.
    Nested,
    /// A `<` or `&` that stands for itself and was not escaped.
    UnescapedText,
    /// A reference to no character that text may hold (`&#0;`): U+FFFD stands for it.
    BadReference,
    /// Control characters, removed.
    ControlCharacters,
    /// Bytes that are not UTF-8: U+FFFD stands for them.
    InvalidUtf8,
    /// A comment, skipped.
    Comment,
    /// A processing instruction, skipped.
    Instruction,
    /// A document type, skipped and never expanded.
    Doctype,
    /// A comment, CDATA section or the like that never closed within its limit.
    UnclosedSection,
    /// A model's thinking, dropped.
    Thinking,
    /// Thinking that never ended: everything after it was dropped.
    UnclosedThinking,
    /// A card that arrived HTML-escaped as a whole.
    EscapedCard,
    /// A card after the number asked for.
    BeyondWanted,
}

impl Finding {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Finding; 30] = [
        Finding::Truncated,
        Finding::NoCards,
        Finding::EmptyReply,
        Finding::IncompleteCard,
        Finding::EmptyCard,
        Finding::EmptyField,
        Finding::CardTooBig,
        Finding::TooManyTags,
        Finding::QuestionOverLimit,
        Finding::AnswerOverLimit,
        Finding::FieldOverLimit,
        Finding::UnclosedCard,
        Finding::UnclosedField,
        Finding::WrongClosingTag,
        Finding::StrayTag,
        Finding::RepeatedField,
        Finding::StrayText,
        Finding::Nested,
        Finding::UnescapedText,
        Finding::BadReference,
        Finding::ControlCharacters,
        Finding::InvalidUtf8,
        Finding::Comment,
        Finding::Instruction,
        Finding::Doctype,
        Finding::UnclosedSection,
        Finding::Thinking,
        Finding::UnclosedThinking,
        Finding::EscapedCard,
        Finding::BeyondWanted,
    ];

    /// The name in logs, metrics and `autodeck parse`.
    pub fn as_str(self) -> &'static str {
        match self {
            Finding::Truncated => "truncated",
            Finding::NoCards => "no_cards",
            Finding::EmptyReply => "empty_reply",
            Finding::IncompleteCard => "incomplete_card",
            Finding::EmptyCard => "empty_card",
            Finding::EmptyField => "empty_field",
            Finding::CardTooBig => "card_too_big",
            Finding::TooManyTags => "too_many_tags",
            Finding::QuestionOverLimit => "question_over_limit",
            Finding::AnswerOverLimit => "answer_over_limit",
            Finding::FieldOverLimit => "field_over_limit",
            Finding::UnclosedCard => "unclosed_card",
            Finding::UnclosedField => "unclosed_field",
            Finding::WrongClosingTag => "wrong_closing_tag",
            Finding::StrayTag => "stray_tag",
            Finding::RepeatedField => "repeated_field",
            Finding::StrayText => "stray_text",
            Finding::Nested => "nested",
            Finding::UnescapedText => "unescaped_text",
            Finding::BadReference => "bad_reference",
            Finding::ControlCharacters => "control_characters",
            Finding::InvalidUtf8 => "invalid_utf8",
            Finding::Comment => "comment",
            Finding::Instruction => "instruction",
            Finding::Doctype => "doctype",
            Finding::UnclosedSection => "unclosed_section",
            Finding::Thinking => "thinking",
            Finding::UnclosedThinking => "unclosed_thinking",
            Finding::EscapedCard => "escaped_card",
            Finding::BeyondWanted => "beyond_wanted",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How often each [`Finding`] was met. Serialises to `{kind: count}`, zero counts left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics([u32; Finding::ALL.len()]);

impl Diagnostics {
    /// One more of `finding`.
    pub fn note(&mut self, finding: Finding) {
        let count = &mut self.0[finding as usize];
        *count = count.saturating_add(1);
    }

    /// How often `finding` was met.
    pub fn count(&self, finding: Finding) -> u32 {
        self.0[finding as usize]
    }

    /// What was met at least once, with its count.
    pub fn iter(&self) -> impl Iterator<Item = (Finding, u32)> + '_ {
        Finding::ALL
            .into_iter()
            .map(|finding| (finding, self.count(finding)))
            .filter(|(_, count)| *count > 0)
    }
}

impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (finding, count) in self.iter() {
            map.serialize_entry(finding.as_str(), &count)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_has_its_own_place_and_name() {
        for (place, finding) in Finding::ALL.into_iter().enumerate() {
            assert_eq!(
                finding as usize, place,
                "{finding} stands out of order in ALL"
            );
        }
        let names: std::collections::BTreeSet<_> = Finding::ALL.map(Finding::as_str).into();
        assert_eq!(names.len(), Finding::ALL.len());
    }

    #[test]
    fn diagnostics_serialise_what_was_met_and_nothing_else() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.note(Finding::Nested);
        diagnostics.note(Finding::Nested);
        diagnostics.note(Finding::Truncated);
        assert_eq!(
            serde_json::to_string(&diagnostics).unwrap(),
            r#"{"truncated":1,"nested":2}"#
        );
    }
}
