//! Gates: what no learner should see, told in code, in microseconds, each with a name.
//!
//! A gate refuses only what a person would always throw away; what is merely weak is marked. The words the gates look
//! for are English; in other languages they stay silent rather than guess.

use serde::{Deserialize, Serialize};

use super::card::CardText;
use super::card_xml::is_blank;
use super::gate_marks::{asks_yes_or_no, is_generic, is_undated};
use super::gate_prose::Prose;
use super::gate_rules::{
    asks_several_questions, dumps_a_set, gives_the_answer_away, points_outside,
};
use super::prompt::CANARY;

/// Longest question, in words.
pub const QUESTION_WORDS: usize = 40;
/// Longest question, in characters.
pub const QUESTION_CHARACTERS: usize = 280;
/// Longest answer, in words.
pub const ANSWER_WORDS: usize = 30;
/// So many generic questions pass in any batch …
const GENERIC_ALWAYS: u32 = 2;
/// … and beyond them one in so many.
const GENERIC_ONE_IN: u32 = 5;

/// A named reason against a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Nothing to ask or to answer.
    Empty,
    /// The prompt's own example, or a word of its rules.
    Echo,
    /// The question holds its answer.
    AnswerInQuestion,
    /// Over [`QUESTION_WORDS`] or [`QUESTION_CHARACTERS`].
    QuestionTooLong,
    /// Over [`ANSWER_WORDS`].
    AnswerTooLong,
    /// Four or more items, "list all", "name the three".
    SetDump,
    /// Two questions in one.
    Compound,
    /// It leans on something that is not there: "this", "the passage", "as mentioned".
    Dangling,
    /// The same fact as a card before; decided by [`super::duplicates`].
    Duplicate,
    /// Answered by yes or no. Marks.
    YesNo,
    /// "What is the main …" beyond a share of the batch. Marks.
    Generic,
    /// "The current …" without a date. Marks.
    Undated,
}

impl Gate {
    /// The name in rows, metrics and `autodeck parse`.
    pub fn as_str(self) -> &'static str {
        match self {
            Gate::Empty => "empty",
            Gate::Echo => "echo",
            Gate::AnswerInQuestion => "answer_in_question",
            Gate::QuestionTooLong => "question_too_long",
            Gate::AnswerTooLong => "answer_too_long",
            Gate::SetDump => "set_dump",
            Gate::Compound => "compound",
            Gate::Dangling => "dangling",
            Gate::Duplicate => "duplicate",
            Gate::YesNo => "yes_no",
            Gate::Generic => "generic",
            Gate::Undated => "undated",
        }
    }
}

/// What the gates make of one card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// The first gate that refuses the card.
    pub refused: Option<Gate>,
    /// The gates that mark it. A refused card carries no marks.
    pub marked: Vec<Gate>,
}

/// The gates over one batch: some look at a card's neighbours.
#[derive(Debug, Clone)]
pub struct BatchGates {
    examples: Vec<[String; 2]>,
    judged: u32,
    generic: u32,
}

impl BatchGates {
    /// Gates for a batch asked for with a prompt that shows `examples` of (question, answer).
    pub fn new(examples: &[(&str, &str)]) -> BatchGates {
        let examples = examples
            .iter()
            .map(|(question, answer)| [key(question), key(answer)])
            .collect();
        BatchGates {
            examples,
            judged: 0,
            generic: 0,
        }
    }

    /// Judges the next card of the batch.
    pub fn judge(&mut self, card: &CardText) -> Judgement {
        let question = Prose::new(&card.question);
        let answer = Prose::new(&card.answer);
        let refused = self.refuse(card, &question, &answer);
        if refused.is_some() {
            return Judgement {
                refused,
                marked: Vec::new(),
            };
        }
        self.judged += 1;
        let mut marked = Vec::new();
        if asks_yes_or_no(&question, &answer) {
            marked.push(Gate::YesNo);
        }
        if is_generic(&question) {
            self.generic += 1;
            if self.generic > GENERIC_ALWAYS && self.generic * GENERIC_ONE_IN > self.judged {
                marked.push(Gate::Generic);
            }
        }
        if is_undated(&question, &answer) {
            marked.push(Gate::Undated);
        }
        Judgement { refused, marked }
    }

    fn refuse(&self, card: &CardText, question: &Prose, answer: &Prose) -> Option<Gate> {
        let rules: [(Gate, &dyn Fn() -> bool); 8] = [
            (Gate::Empty, &|| {
                says_nothing(&card.question) || is_blank(&card.answer)
            }),
            (Gate::Echo, &|| {
                self.is_example(card) || leaks_the_rules(card)
            }),
            (Gate::AnswerInQuestion, &|| {
                gives_the_answer_away(question, answer)
            }),
            (Gate::QuestionTooLong, &|| is_too_long(&card.question)),
            (Gate::AnswerTooLong, &|| {
                count_words(&card.answer) > ANSWER_WORDS
            }),
            (Gate::SetDump, &|| dumps_a_set(question, answer)),
            (Gate::Compound, &|| asks_several_questions(question)),
            (Gate::Dangling, &|| points_outside(question)),
        ];
        rules
            .into_iter()
            .find(|(_, refuses)| refuses())
            .map(|(gate, _)| gate)
    }

    /// Whether the card asks what an example of the prompt asks, or answers in an example's own words of two or more.
    fn is_example(&self, card: &CardText) -> bool {
        let (question, answer) = (key(&card.question), key(&card.answer));
        self.examples
            .iter()
            .any(|[example_question, example_answer]| {
                question == *example_question
                    || (answer == *example_answer && answer.split(' ').count() > 4)
            })
    }
}

/// Letters and digits in lower case, everything else one space.
fn key(text: &str) -> String {
    let words = text
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// Dots, dashes and question marks only. A symbol may be an answer (`…` is one of Python's), but it asks nothing.
fn says_nothing(question: &str) -> bool {
    is_blank(question)
        || question
            .chars()
            .all(|character| character.is_whitespace() || ".…-–—_?!".contains(character))
}

fn is_too_long(question: &str) -> bool {
    count_words(question) > QUESTION_WORDS
        || (question.len() > QUESTION_CHARACTERS && question.chars().count() > QUESTION_CHARACTERS)
}

/// Words as a person counts them: separated by white space, with something to read in them.
fn count_words(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

/// Whether a card holds the word that stands in the rules alone, in whatever case and with whatever between its parts.
fn leaks_the_rules(card: &CardText) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let canary = letters(CANARY);
    let fields = [
        Some(&card.question),
        Some(&card.answer),
        card.explanation.as_ref(),
        card.subtopic.as_ref(),
    ];
    fields
        .into_iter()
        .flatten()
        .any(|text| letters(text).contains(&canary))
}
