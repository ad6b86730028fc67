//! An answer as words, and whether two answers say the same.

use super::super::text::{Token, TokenKind};
use super::super::words::{self, WordLanguage};
use super::{Answers, Word, bigrams, common, exactly, root};

/// Content words that two reworded answers share, over all of them.
const LEAST_OVERLAP: f64 = 0.5;

/// An answer and the remark in brackets that follows it: "Vitamin C" and "(ascorbic acid)". "O(log n)" is all answer.
pub(super) fn split_remark(answer: &str) -> (&str, &str) {
    let answer = answer.trim();
    let open = answer
        .rfind(" (")
        .filter(|&open| open > 0 && answer.ends_with(')'));
    answer.split_at(open.unwrap_or(answer.len()))
}

#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Content words in order.
    wording: Vec<Word>,
    /// How many of them come before a closing remark in brackets.
    main: usize,
    /// All, sorted.
    sorted: Vec<Word>,
    /// Sorted.
    numbers: Vec<Word>,
    /// Short with a single letter or a symbol in it, or half of such: they mean little out of order ("log n", "n log n").
    is_formula: bool,
    /// Single letters and symbols.
    marks: usize,
    /// Words that are neither names nor numbers; in scripts without spaces, pairs of characters.
    plain: usize,
    has_name_or_year: bool,
    begins_with_capital: bool,
    negated: bool,
}

impl Answer {
    /// Of the answer and of the remark in brackets after it: see [`split_remark`].
    pub(super) fn new(main: &[Token], remark: &[Token], language: WordLanguage) -> Answer {
        let mut answer = Answer::default();
        answer.add_all(main, language);
        let words = answer.wording.len();
        answer.is_formula = answer.marks > 0 && (words <= 4 || 2 * answer.marks >= words);
        answer.main = words;
        let mut in_brackets = Answer::default();
        in_brackets.add_all(remark, language);
        answer.wording.append(&mut in_brackets.wording);
        answer.sorted.clone_from(&answer.wording);
        answer.sorted.sort_unstable();
        answer.numbers.sort_unstable();
        answer
    }

    /// Sorted, with repetitions.
    pub(super) fn words(&self) -> &[Word] {
        &self.sorted
    }

    /// Sorted.
    pub(super) fn words_in_both(&self, other: &Answer) -> Vec<Word> {
        self.sorted
            .iter()
            .copied()
            .filter(|word| other.sorted.binary_search(word).is_ok())
            .collect()
    }

    pub(super) fn is_negated(&self) -> bool {
        self.negated
    }

    /// 0 a small number or a symbol, 1 names, a year or a formula, 2 a word, 3 two words, 4 more.
    pub(super) fn telling(&self) -> usize {
        let is_capital_name = self.has_name_or_year && self.begins_with_capital;
        match self.plain - usize::from(is_capital_name && self.plain > 0) {
            _ if self.is_formula => usize::from(self.wording.len() > 1),
            0 => usize::from(self.has_name_or_year),
            plain => (1 + plain + usize::from(self.has_name_or_year)).min(4),
        }
    }

    pub(super) fn relation(&self, other: &Answer) -> Answers {
        if self.sorted == other.sorted && (!self.is_formula || self.wording == other.wording) {
            return Answers::Equal;
        }
        let (short, long) = if self.wording.len() <= other.wording.len() {
            (self, other)
        } else {
            (other, self)
        };
        if short.wording.is_empty() {
            return Answers::Different;
        }
        let main = |answer: &Answer| answer.wording[..answer.main].to_vec();
        if main(self) == main(other) {
            return Answers::Contained;
        }
        // "Vitamin" and "vitamin A", or "(a) minor" and "E minor".
        let only_a_letter_more =
            long.is_formula && !short.is_formula && long.wording.len() == short.wording.len() + 1;
        let in_order = long
            .wording
            .windows(short.wording.len())
            .any(|window| window == short.wording);
        let all_there = short
            .sorted
            .iter()
            .all(|word| long.sorted.binary_search(word).is_ok());
        // A longer formula is another one, but for a bracket or a unit.
        let is_little_longer =
            2 * (long.wording.len() - short.wording.len()) <= short.wording.len();
        let is_contained = if short.is_formula {
            in_order && is_little_longer
        } else {
            in_order || all_there
        };
        if is_contained && !only_a_letter_more {
            return Answers::Contained;
        }
        // "180°", "180 degrees"; "60–100 bpm", "60 to 100 beats per minute".
        let same_numbers = !self.numbers.is_empty() && self.numbers == other.numbers;
        let shared = common(&self.sorted, &other.sorted);
        let all = self.sorted.len() + other.sorted.len() - shared;
        let half_shared = shared >= 2 && shared as f64 >= LEAST_OVERLAP * all as f64;
        let is_prose = !self.is_formula && !other.is_formula;
        if same_numbers || (half_shared && is_prose) {
            Answers::Reworded
        } else {
            Answers::Different
        }
    }

    fn add_all(&mut self, tokens: &[Token], language: WordLanguage) {
        let says_something = |(at, token): &(usize, &Token)| match token.kind {
            TokenKind::Punctuation => false,
            TokenKind::Word if token.elided && !token.quoted => false,
            TokenKind::Word => !language.is_empty_word(token, *at == 0),
            // `f()` is the function f.
            TokenKind::Symbol => !token
                .text
                .chars()
                .all(|c| matches!(c, '(' | ')' | ',' | ';')),
            TokenKind::Run => true,
        };
        let mut kept: Vec<&Token> = tokens
            .iter()
            .enumerate()
            .filter(says_something)
            .map(|(_, token)| token)
            .collect();
        if kept.is_empty() {
            // "The", "?": an answer is never nothing.
            kept = tokens.iter().collect();
        }
        for token in kept {
            match token.kind {
                TokenKind::Run => self.add_run(token),
                TokenKind::Word => self.add_word(token, language),
                TokenKind::Symbol | TokenKind::Punctuation => self.add_symbol(token),
            }
        }
    }

    fn add_word(&mut self, token: &Token, language: WordLanguage) {
        self.negated |= language.is_negation(&token.text) && !token.code;
        let digits = words::digits_of(token);
        let is_number = digits.is_some();
        let stem = digits.unwrap_or_else(|| language.stem(&token.text));
        let word = root(&stem);
        let is_letter = stem.chars().nth(1).is_none();
        if is_number {
            self.numbers.push(word);
            self.has_name_or_year |= stem.len() >= 4;
        } else if is_letter {
            self.marks += 1;
        } else if token.capital && !self.wording.is_empty() {
            self.has_name_or_year = true;
        } else {
            self.begins_with_capital |= self.wording.is_empty() && token.capital;
            self.plain += 1;
        }
        self.wording.push(word);
    }

    fn add_symbol(&mut self, token: &Token) {
        self.marks += 1;
        self.wording.push(exactly(&token.text));
    }

    fn add_run(&mut self, token: &Token) {
        self.negated |= words::run_is_negative(&token.text);
        self.plain += token.text.chars().count().div_ceil(2);
        self.wording.extend(bigrams(&token.text).map(exactly));
    }
}
