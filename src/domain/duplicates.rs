//! Which card of a topic asks for a fact that another one has: by exact text, then by fact.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::fact::Fact;
use super::text::{Token, TokenKind, tokens};
use super::words::WordLanguage;

/// The card that a new one repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// The card that was there first.
    pub of: Uuid,
    /// How we know.
    pub how: DuplicateKind,
}

/// How two cards are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKind {
    /// The same text but for case, spaces, articles, outer and sentence punctuation.
    Exact,
    /// The same answer to the same question in other words.
    SameFact,
}

/// SHA-256 of question and answer together, in the form in which a repeat of the very text is equal. Unique per topic.
///
/// NFC, case-folded, articles and spaces out, sentence punctuation and outer marks out. Symbols stay, and so do marks
/// inside code: cards about `*`, `+` and `?` are not the same.
pub fn exact_key(question: &str, answer: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    for text in [question, answer] {
        let tokens = tokens(&text.nfc().collect::<String>());
        let language = WordLanguage::guess(tokens.iter().map(|token| token.text.as_str()));
        let says_something = |(at, token): &(usize, &Token)| {
            token.kind != TokenKind::Punctuation && !language.is_article(token, *at == 0)
        };
        let mut kept: Vec<&Token> = tokens
            .iter()
            .enumerate()
            .filter(says_something)
            .map(|(_, token)| token)
            .collect();
        if kept.is_empty() {
            kept = tokens.iter().collect();
        }
        for token in kept {
            digest.update(token.text.as_bytes());
            digest.update([0]);
        }
        digest.update([1]);
    }
    digest.finalize().into()
}

/// The facts of one topic, in memory.
#[derive(Debug, Clone, Default)]
pub struct FactIndex {
    cards: Vec<(Uuid, Fact)>,
    exact: HashMap<[u8; 32], usize>,
    /// Cards by each word of their answers, in the order in which they came.
    by_answer: HashMap<u64, Vec<u32>>,
}

impl FactIndex {
    /// Knows no card.
    pub fn new() -> FactIndex {
        FactIndex::default()
    }

    /// How many cards it knows.
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Adds a card, whether or not it repeats another one.
    pub fn insert(&mut self, id: Uuid, question: &str, answer: &str) {
        let fact = Fact::new(question, answer);
        let at = self.cards.len();
        self.exact.entry(exact_key(question, answer)).or_insert(at);
        let mut words = fact.answer_words().to_vec();
        words.dedup();
        let number = u32::try_from(at).expect("a topic of less than four thousand million cards");
        for word in words {
            self.by_answer.entry(word).or_default().push(number);
        }
        self.cards.push((id, fact));
    }

    /// The first card that this one repeats.
    pub fn find(&self, question: &str, answer: &str) -> Option<Duplicate> {
        if let Some(&at) = self.exact.get(&exact_key(question, answer)) {
            return Some(Duplicate {
                of: self.cards[at].0,
                how: DuplicateKind::Exact,
            });
        }
        let fact = Fact::new(question, answer);
        let mut candidates: Vec<u32> = Vec::new();
        for word in fact.answer_words() {
            candidates.extend(self.by_answer.get(word).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        let repeated = candidates
            .into_iter()
            .find(|&at| self.cards[at as usize].1.is_same(&fact))?;
        Some(Duplicate {
            of: self.cards[repeated as usize].0,
            how: DuplicateKind::SameFact,
        })
    }
}
