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

#[cfg(test)]
mod tests {
    use super::*;

    fn find(cards: &[(&str, &str)], question: &str, answer: &str) -> Option<Duplicate> {
        let mut index = FactIndex::new();
        for (number, (question, answer)) in cards.iter().enumerate() {
            index.insert(Uuid::from_u128(number as u128), question, answer);
        }
        index.find(question, answer)
    }

    #[test]
    fn a_card_is_exact_but_for_case_space_articles_and_closing_punctuation() {
        let key = exact_key("Who wrote the Iliad?", "Homer");
        for (question, answer) in [
            ("who  wrote THE Iliad", "homer."),
            ("Who wrote Iliad ?", " Homer"),
            ("Who wrote the “Iliad”?", "\"Homer\""),
        ] {
            assert_eq!(exact_key(question, answer), key, "{question} {answer}");
        }
        assert_eq!(exact_key("Caf\u{e9}?", "x"), exact_key("Cafe\u{301}", "x"));
    }

    #[test]
    fn cards_about_symbols_letters_and_other_words_have_keys_of_their_own() {
        let questions = [
            "What is `*`?",
            "What is `+`?",
            "What is `?`?",
            "What is `.`?",
            "What is `\\d`?",
            "What is `\\D`?",
        ];
        let more = [
            "What is C?",
            "What is C++?",
            "What is C#?",
            "What is vitamin A?",
            "What is vitamin?",
            "What is `a`?",
        ];
        let mut keys: Vec<[u8; 32]> = questions
            .iter()
            .chain(&more)
            .map(|question| exact_key(question, "it"))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), questions.len() + more.len());
        // Question and answer are kept apart.
        assert_ne!(exact_key("one two", "three"), exact_key("one", "two three"));
    }

    #[test]
    fn a_repeat_names_the_first_card_and_how_it_is_known() {
        let cards = [
            ("What is the capital of France?", "Paris"),
            ("When did the Bastille fall?", "1789"),
        ];
        let exact = find(&cards, "what is the capital of France", "Paris.").expect("the same card");
        assert_eq!(
            (exact.of, exact.how),
            (Uuid::from_u128(0), DuplicateKind::Exact)
        );
        let same = find(
            &cards,
            "In what year did the Bastille fall?",
            "14 July 1789",
        )
        .expect("the same fact");
        assert_eq!(
            (same.of, same.how),
            (Uuid::from_u128(1), DuplicateKind::SameFact)
        );
    }

    #[test]
    fn a_reversed_card_and_another_answer_are_no_repeats() {
        let cards = [
            ("What does HTTP status 404 mean?", "Not found"),
            ("ir", "jugar"),
        ];
        assert_eq!(
            find(&cards, "Which HTTP status means not found?", "404"),
            None
        );
        assert_eq!(find(&cards, "ir", "pasar"), None);
        assert_eq!(find(&[], "ir", "jugar"), None);
    }

    #[test]
    fn odd_texts_are_compared_without_a_panic() {
        let odd = [
            "", "?", "`", "$", "the", "\u{301}", "«", "``` ``", "$$", "水", "\u{200d}", "a.b.",
            "'", "1-", "ﷺ",
        ];
        for question in odd {
            for answer in odd {
                let found = find(&[(question, answer)], question, answer);
                assert_eq!(
                    found.map(|duplicate| duplicate.how),
                    Some(DuplicateKind::Exact),
                    "{question:?} {answer:?}"
                );
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_card_repeats_itself(question in "\\PC{0,60}", answer in "[ -~]{0,40}") {
            proptest::prop_assert!(find(&[(&question, &answer)], &question, &answer).is_some());
            let (one, two) = (Fact::new(&question, &answer), Fact::new(&answer, &question));
            proptest::prop_assert_eq!(one.compare(&two), two.compare(&one));
        }
    }
}
