//! What must hold of any bytes in any cutting; for the fuzzer and for `examples/hammer_reader.rs`.

use autodeck::domain::card::CardText;
use autodeck::domain::card_gates::BatchGates;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::card_xml::to_xml;

/// Panics unless `text` gives the same cards and diagnostics whole and in pieces whose sizes come from `cuts` (over and
/// over; zero counts as one), what is read survives writing and reading, and the gates judge it.
pub fn check(text: &[u8], cuts: &[u8]) {
    let mut whole = CardReader::new(None);
    let cards = whole.push(text);

    let mut cut = CardReader::new(None);
    let mut pieced: Vec<CardText> = Vec::new();
    let mut rest = text;
    let mut sizes = cuts.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().map_or(1, |size| usize::from(*size).max(1));
        let (piece, after) = rest.split_at(size.min(rest.len()));
        pieced.extend(cut.push(piece));
        assert!(
            cards.starts_with(&pieced),
            "the cards of a prefix are not a prefix of the cards"
        );
        rest = after;
    }
    assert_eq!(cards, pieced);
    assert_eq!(whole.finish(), cut.finish());

    assert_eq!(CardReader::new(None).push(to_xml(&cards).as_bytes()), cards);

    let mut gates = BatchGates::new(&[("Q?", "A")]);
    for card in &cards {
        gates.judge(card);
        assert!(!card.question.contains('\0') && !card.answer.contains('\0'));
    }
}
