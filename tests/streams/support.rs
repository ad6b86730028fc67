//! Reads a text in many cuttings and holds that it does not matter.

use autodeck::domain::card::{CardText, Diagnostics, Finding};
use autodeck::domain::card_reader::CardReader;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a whole text gave.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub cards: Vec<CardText>,
    pub diagnostics: Diagnostics,
}

impl Outcome {
    /// Question and answer of each card.
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.cards
            .iter()
            .map(|card| (card.question.as_str(), card.answer.as_str()))
            .collect()
    }

    pub fn count(&self, finding: Finding) -> u32 {
        self.diagnostics.count(finding)
    }
}

/// Reads `pieces`, one push each.
pub fn read_pieces<'a>(
    wanted: Option<usize>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut reader = CardReader::new(wanted);
    let mut cards = Vec::new();
    for piece in pieces {
        cards.extend(reader.push(piece));
    }
    let diagnostics = reader.finish().clone();
    Outcome { cards, diagnostics }
}

/// Reads `text` in one push, without trying other cuttings: for long texts.
pub fn read_whole(text: impl AsRef<[u8]>) -> Outcome {
    read_pieces(None, [text.as_ref()])
}

/// Reads `text` whole, at every two-way cut, byte by byte and at 200 random cuttings; all must agree. What was read
/// before the cut must be the beginning of what was read in all.
pub fn read(text: impl AsRef<[u8]>) -> Outcome {
    read_wanted(None, text)
}

/// The same, with a number of cards asked for.
pub fn read_wanted(wanted: Option<usize>, text: impl AsRef<[u8]>) -> Outcome {
    let text = text.as_ref();
    let whole = read_pieces(wanted, [text]);
    for cut in 0..=text.len() {
        let mut reader = CardReader::new(wanted);
        let mut cards = reader.push(&text[..cut]);
        assert!(
            whole.cards.starts_with(&cards),
            "the prefix of {cut} bytes gives other cards: {cards:#?}\nthan the whole: {:#?}",
            whole.cards
        );
        cards.extend(reader.push(&text[cut..]));
        assert_eq!(whole.cards, cards, "cut at byte {cut}");
        assert_eq!(&whole.diagnostics, reader.finish(), "cut at byte {cut}");
    }
    assert_eq!(whole, read_pieces(wanted, text.chunks(1)), "byte by byte");
    let mut dice = ChaCha8Rng::seed_from_u64(text.len() as u64);
    for _ in 0..200 {
        let pieces = random_cutting(text, &mut dice);
        assert_eq!(
            whole,
            read_pieces(wanted, pieces.iter().copied()),
            "cut as {pieces:?}"
        );
    }
    whole
}

/// `text` in pieces of 1 to 64 bytes.
pub fn random_cutting<'a>(text: &'a [u8], dice: &mut ChaCha8Rng) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let longest = if dice.random_bool(0.5) { 4 } else { 64 };
        let (piece, after) = rest.split_at(dice.random_range(1..=longest).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// A clean card.
pub fn card(question: &str, answer: &str) -> String {
    format!("<card><question>{question}</question><answer>{answer}</answer></card>")
}

/// `count` clean cards: Q1/A1, Q2/A2, …
pub fn cards(count: usize) -> String {
    (1..=count)
        .map(|n| card(&format!("Q{n}"), &format!("A{n}")) + "\n")
        .collect()
}

/// What [`cards`] should give.
pub fn expected(count: usize) -> Vec<(String, String)> {
    (1..=count)
        .map(|n| (format!("Q{n}"), format!("A{n}")))
        .collect()
}

/// Holds that exactly the `count` clean cards of [`cards`] were read.
pub fn assert_clean(outcome: &Outcome, count: usize) {
    let expected = expected(count);
    let expected: Vec<_> = expected
        .iter()
        .map(|(q, a)| (q.as_str(), a.as_str()))
        .collect();
    assert_eq!(outcome.pairs(), expected);
}
