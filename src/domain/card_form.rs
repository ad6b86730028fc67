//! The form of an answer for a model that can be held to one while it writes: a grammar for what it may choose, and the
//! stretches in which it has no choice.
//!
//! A small model closes tags wrongly in half of its cards. Held to this form every card is well formed, and a third of
//! an answer (the tags) need not be chosen token by token at all.

use std::fmt::Write;

use super::card_gates::{QUESTION_CHARACTERS, QUESTION_WORDS};

/// The fields of a card in the order of the contract, each with its longest text in characters. They are a little above
/// what the gates let pass, so that a model which never ends a sentence is refused there and does not run away here.
const FIELDS: [(&str, usize); 4] = [
    ("subtopic", 40),
    ("question", QUESTION_CHARACTERS + 20),
    ("answer", 200),
    ("explanation", 300),
];

/// What may stand after a `&`: the five of XML, and the numbers of characters that XML allows. `&#20;` is none: a control.
const REFERENCES: &str = r##""&" ("amp" | "lt" | "gt" | "quot" | "apos" | "#" number) ";""##;
const NUMBER: &str =
    r#""3" [2-9] | [4-9] [0-9] | [1-9] [0-9] [0-9] [0-9]? | [1-4] [0-9] [0-9] [0-9] [0-9]"#;

/// The grammar (GBNF, llama.cpp's notation) of an answer of exactly `cards` cards. Its texts hold no raw `<` and `&`,
/// do not begin with a space, and stay on one line.
pub fn grammar(cards: usize) -> String {
    let mut gbnf = String::from("root ::= \"<cards>\\n\"");
    for _ in 0..cards.max(1) {
        gbnf.push_str(" card");
    }
    gbnf.push_str(" \"</cards>\"\ncard ::= \"<card>\\n\"");
    for (field, _) in FIELDS {
        write!(gbnf, " \"<{field}>\" {field} \"</{field}>\\n\"").expect(NEVER_FAILS);
    }
    gbnf.push_str(" \"</card>\\n\"\n");
    for (field, most) in FIELDS {
        writeln!(gbnf, "{field} ::= first char{{0,{}}}", most - 1).expect(NEVER_FAILS);
    }
    writeln!(gbnf, "first ::= [^<&\\x00-\\x20\\x7F] | {REFERENCES}").expect(NEVER_FAILS);
    writeln!(gbnf, "char ::= [^<&\\x00-\\x1F\\x7F] | {REFERENCES}").expect(NEVER_FAILS);
    writeln!(gbnf, "number ::= {NUMBER}").expect(NEVER_FAILS);
    gbnf
}

const NEVER_FAILS: &str = "writing to a string cannot fail";

/// Where an answer stands in its form. Told what the model wrote, it says what must follow.
#[derive(Debug, Clone)]
pub struct CardForm {
    /// Cards still to be begun.
    left: usize,
    /// The field whose text is being written, as an index of [`FIELDS`]; `None` after the last.
    field: Option<usize>,
}

impl CardForm {
    /// An answer of `cards` cards, and its beginning.
    pub fn begin(cards: usize) -> (CardForm, String) {
        let form = CardForm {
            left: cards.max(1) - 1,
            field: Some(0),
        };
        (form, format!("<cards>\n{}", opening()))
    }

    /// The model wrote `text`. Once it has begun to close the field there is no choice until the next field's text, or
    /// the end: that stretch, `None` while it may choose.
    pub fn wrote(&mut self, text: &str) -> Option<String> {
        let field = self.field?;
        let closing = &text[text.find('<')?..];
        let forced = self.after(field);
        // The grammar lets nothing else begin with `<`; a piece that goes on into the next text needs nothing added.
        let rest = forced.strip_prefix(closing).unwrap_or_default().to_owned();
        if field + 1 < FIELDS.len() {
            self.field = Some(field + 1);
        } else if self.left > 0 {
            self.left -= 1;
            self.field = Some(0);
        } else {
            self.field = None;
        }
        Some(rest)
    }

    /// Whether all cards are closed.
    pub fn is_complete(&self) -> bool {
        self.field.is_none()
    }

    /// From the end of a field's text to the beginning of the next one's.
    fn after(&self, field: usize) -> String {
        let closing = format!("</{}>\n", FIELDS[field].0);
        match FIELDS.get(field + 1) {
            Some((next, _)) => format!("{closing}<{next}>"),
            None if self.left > 0 => format!("{closing}</card>\n{}", opening()),
            None => format!("{closing}</card>\n</cards>"),
        }
    }
}

/// From the beginning of a card to its first text.
fn opening() -> String {
    format!("<card>\n<{}>", FIELDS[0].0)
}

// A question that the gates let pass fits.
const _: () =
    assert!(FIELDS[1].1 > QUESTION_CHARACTERS && QUESTION_CHARACTERS > 5 * QUESTION_WORDS);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::card_reader::CardReader;
    use crate::domain::entities;

    /// An answer as a model writes it that chooses `texts` in turn, each piece as it comes.
    fn write(cards: usize, texts: &[&str]) -> String {
        let (mut form, mut answer) = CardForm::begin(cards);
        for text in texts {
            for piece in [*text, "</"] {
                answer.push_str(piece);
                if let Some(forced) = form.wrote(piece) {
                    answer.push_str(&forced);
                }
            }
        }
        assert!(form.is_complete());
        answer
    }

    #[test]
    fn an_answer_held_to_the_form_is_read_whole() {
        let answer = write(
            2,
            &[
                "Form",
                "Why?",
                "So",
                "Because.",
                "Tags",
                "How &lt;b&gt;?",
                "Thus",
                "R&amp;D.",
            ],
        );
        let mut reader = CardReader::new(None);
        let cards = reader.push(answer.as_bytes());
        assert_eq!(cards.len(), 2, "{answer}");
        assert_eq!(cards[1].question, "How <b>?");
        assert_eq!(cards[1].explanation.as_deref(), Some("R&D."));
        assert_eq!(reader.finish().iter().count(), 0);
    }

    #[test]
    fn a_closing_tag_may_begin_anywhere_in_a_piece() {
        for piece in [
            "?<",
            "?</",
            "?</sub",
            "?</subtopic>",
            "?</subtopic>\n<quest",
        ] {
            let (mut form, _) = CardForm::begin(1);
            assert_eq!(form.wrote("Wh"), None);
            let forced = form.wrote(piece).expect("it was closed");
            assert_eq!(format!("{piece}{forced}"), "?</subtopic>\n<question>");
        }
    }

    #[test]
    fn the_grammar_names_as_many_cards_as_are_wanted() {
        let gbnf = grammar(3);
        assert!(gbnf.starts_with("root ::= \"<cards>\\n\" card card card \"</cards>\"\n"));
        assert!(gbnf.contains("subtopic ::= first char{0,39}"));
    }

    /// Every text that an alternative of [`NUMBER`] stands for.
    fn texts_of(alternative: &str) -> Vec<String> {
        alternative
            .split(' ')
            .fold(vec![String::new()], |texts, part| {
                let digits: Vec<char> = part.chars().filter(char::is_ascii_digit).collect();
                let range = digits[0]..=digits[digits.len() - 1];
                let longer = texts.iter().flat_map(|text| {
                    range
                        .clone()
                        .map(move |digit| [text.as_str(), &digit.to_string()].concat())
                });
                let longer: Vec<String> = longer.collect();
                if part.ends_with('?') {
                    [texts, longer].concat()
                } else {
                    longer
                }
            })
    }

    #[test]
    fn every_number_that_may_be_written_is_that_of_a_character() {
        let numbers: Vec<String> = NUMBER.split(" | ").flat_map(texts_of).collect();
        assert_eq!(numbers.len(), 8 + 60 + 9_900 + 40_000);
        for number in numbers {
            let character = entities::resolve(&format!("#{number}"));
            assert!(
                character.is_some_and(|c| c != '\u{FFFD}'),
                "&#{number}; is none"
            );
        }
    }

    #[test]
    fn after_the_last_card_nothing_is_left_to_choose() {
        let (mut form, _) = CardForm::begin(1);
        for _ in 0..4 {
            form.wrote("x</");
        }
        assert!(form.is_complete());
        assert_eq!(form.wrote("more"), None);
    }
}
