//! What a card asks and what it answers, in a form in which two cards can be compared.
//!
//! Two questions about one thing share most words whether they ask for one fact or for two ("capital of Austria",
//! "capital of Australia"), so likeness alone proves nothing. Same fact = same answer, enough words in common, and no
//! sign that they differ: a number, a name, a denial, a symbol, an opposite, or one word changed in the same sentence.

mod answer;
mod question;

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};

use unicode_normalization::UnicodeNormalization;

use super::text::{self, Token};
use super::words::{self, WordLanguage};
use answer::{Answer, split_remark};
use question::{Overlap, Question};

// The figures were set on the development pairs (tests/fixtures/duplicates) so that no different pair passes.

/// Content words that two questions must share: the shared ones over all of them (Jaccard's index).
const LEAST_OVERLAP: f64 = 0.33;
/// The same where each question has words that the other lacks, by how much the answer tells: many questions have
/// the answer "4" or "Paris", few "the electrical activity of the heart".
const LEAST_OVERLAP_BOTH_DIFFER: [f64; 5] = [0.5, 0.44, 0.3, 0.3, 0.25];
/// Where the answers share words but neither holds the other: with words left over on one side, and on both.
const LEAST_OVERLAP_REWORDED: [f64; 2] = [0.33, 0.6];
/// From here on the answer alone says which fact it is, even if the questions share nothing but names.
const TELLING_ENOUGH: usize = 4;

/// A word or symbol, reduced to a number: 64 bits, so that two words of one topic never meet by chance.
type Word = u64;

/// A card's question and answer, taken apart.
#[derive(Debug, Clone)]
pub struct Fact {
    question: Question,
    answer: Answer,
}

/// How two cards' answers relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// The same words.
    Equal,
    /// One holds the other: "1789", "14 July 1789".
    Contained,
    /// Half of the words are shared, or all numbers.
    Reworded,
    /// Another answer.
    Different,
}

/// Why two cards with one answer and like questions ask for different facts all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Veto {
    /// Different numbers: World War I and II.
    Number,
    /// One denies: "is NULL", "is not NULL".
    Negation,
    /// Different names: *Faust* and *Werther*.
    Name,
    /// Different symbols or code: `*` and `+`.
    Symbol,
    /// Opposites: the largest, the smallest.
    Opposite,
    /// One sentence with another word in one place: "the SI unit of energy", "… of work".
    OneSlot,
    /// Counts of different things: "how many bonds", "how many electrons".
    Kind,
    /// A term and a narrower one, with other definitions: "velocity", "angular velocity".
    Qualified,
    /// Nothing in common but names: "the capital of Italy", "the largest city of Italy".
    OnlyNames,
}

/// Two cards side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// How the answers relate.
    pub answers: Answers,
    /// Shared content words of the questions, 0 to 1.
    pub overlap: f64,
    /// How many they are, words of the answer and of the kind asked for left out.
    pub shared: usize,
    /// Each question has content words that the other lacks.
    pub both_differ: bool,
    /// How much the poorer answer tells: 0 a small number, 1 names or a year, 2 a word, 3 two words, 4 more.
    pub telling: usize,
    /// What speaks against it.
    pub veto: Option<Veto>,
}

impl Fact {
    /// Takes a card apart.
    pub fn new(question: &str, answer: &str) -> Fact {
        let (main, remark) = split_remark(answer);
        let (question, main, remark) = (read(question), read(main), read(remark));
        let all = question.iter().chain(&main).chain(&remark);
        let language = WordLanguage::guess(all.map(|token| token.text.as_str()));
        Fact {
            question: Question::new(&question, language),
            answer: Answer::new(&main, &remark, language),
        }
    }

    /// The words of the answer, sorted: a card of the same fact has at least one of them.
    pub fn answer_words(&self) -> &[u64] {
        self.answer.words()
    }

    /// Whether both cards ask for the same thing. A reversed card does not: its answer is another.
    pub fn is_same(&self, other: &Fact) -> bool {
        // Most candidates of an index end here, before the questions are looked at.
        self.answer.relation(&other.answer) != Answers::Different && self.compare(other).is_same()
    }

    /// Puts two cards side by side.
    pub fn compare(&self, other: &Fact) -> Comparison {
        let answers = self.answer.relation(&other.answer);
        let (one, two) = (&self.question, &other.question);
        let answer = self.answer.words_in_both(&other.answer);
        let Overlap {
            shared,
            only_left,
            only_right,
        } = one.overlap(two, &answer);
        let overlap = match shared + only_left + only_right {
            0 => f64::from(u8::from(one.has_wording_of(two))),
            all => shared as f64 / all as f64,
        };
        let both_differ = only_left > 0 && only_right > 0;
        let telling = self.answer.telling().min(other.answer.telling());
        let comparison = Comparison {
            answers,
            overlap,
            shared,
            both_differ,
            telling,
            veto: None,
        };
        Comparison {
            veto: self.veto(other, &comparison),
            ..comparison
        }
    }

    fn veto(&self, other: &Fact, so_far: &Comparison) -> Option<Veto> {
        let (one, two) = (&self.question, &other.question);
        let one_denies = one.is_negated() != two.is_negated()
            || self.answer.is_negated() != other.answer.is_negated();
        let is_definition =
            so_far.answers != Answers::Equal && so_far.telling >= 3 && !so_far.both_differ;
        let proves_little = so_far.telling < TELLING_ENOUGH && so_far.overlap < 0.4;
        let checks = [
            (one_denies, Veto::Negation),
            (one.numbers_differ(two), Veto::Number),
            (
                so_far.telling == 0 && one.has_other_numbers(two),
                Veto::Number,
            ),
            (one.symbols_differ(two), Veto::Symbol),
            (one.names_differ(two), Veto::Name),
            (one.is_opposite_of(two), Veto::Opposite),
            (one.differs_in_one_slot(two), Veto::OneSlot),
            (so_far.telling == 0 && one.kinds_differ(two), Veto::Kind),
            (
                is_definition && (one.qualifies(two) || two.qualifies(one)),
                Veto::Qualified,
            ),
            (proves_little && one.shares_only_names(two), Veto::OnlyNames),
        ];
        checks
            .into_iter()
            .find(|(holds, _)| *holds)
            .map(|(_, veto)| veto)
    }
}

impl Comparison {
    fn least_if_both_differ(&self) -> f64 {
        let least = LEAST_OVERLAP_BOTH_DIFFER[self.telling.min(TELLING_ENOUGH)];
        // "The kanji for bus", "the kana for bus": one word in common is chance.
        if self.shared < 2 && self.telling < TELLING_ENOUGH {
            least.max(0.5)
        } else {
            least
        }
    }

    /// The verdict.
    pub fn is_same(&self) -> bool {
        let least = match (self.answers, self.both_differ) {
            (Answers::Different, _) => return false,
            (Answers::Reworded, both_differ) => LEAST_OVERLAP_REWORDED[usize::from(both_differ)],
            (_, true) => self.least_if_both_differ(),
            (_, false) => LEAST_OVERLAP,
        };
        self.veto.is_none() && self.overlap >= least
    }
}

fn read(text: &str) -> Vec<Token> {
    let mut tokens = text::tokens(&text.nfc().collect::<String>());
    for at in (1..tokens.len()).rev() {
        if let Some(alias) = words::alias(&tokens[at - 1].text, &tokens[at].text) {
            tokens.remove(at);
            alias.clone_into(&mut tokens[at - 1].text);
        }
    }
    tokens
}

/// How many words two sorted lists have in common.
fn common(one: &[Word], two: &[Word]) -> usize {
    let (mut at, mut other, mut count) = (0, 0, 0);
    while at < one.len() && other < two.len() {
        match one[at].cmp(&two[other]) {
            Ordering::Less => at += 1,
            Ordering::Greater => other += 1,
            Ordering::Equal => (at, other, count) = (at + 1, other + 1, count + 1),
        }
    }
    count
}

/// Pairs of neighbouring characters; a single character is itself.
fn bigrams(run: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = run
        .char_indices()
        .map(|(at, _)| at)
        .chain([run.len()])
        .collect();
    let width = if starts.len() > 2 { 2 } else { 1 };
    (0..starts.len() - width).map(move |at| &run[starts[at]..starts[at + width]])
}

/// What stemmers leave of one family of words begins alike: "synthesi(s)", "synthesis(e)"; "transc(ription)" and
/// "transl(ation)" stay apart.
fn root(stem: &str) -> Word {
    let end = stem
        .char_indices()
        .nth(7)
        .map_or(stem.len(), |(end, _)| end);
    exactly(&stem[..end])
}

fn exactly(text: &str) -> Word {
    // Fixed keys: the same word has the same number in every process.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
