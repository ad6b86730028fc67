//! What must hold of any bytes in any cutting; for the fuzzer and for `examples/hammer_reader.rs`.

use autodeck::domain::card_gates::BatchGates;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::card_xml::to_xml;

/// Panics unless `text` gives the same cards and diagnostics whole and in pieces whose sizes come from `cuts` (over and
/// over; zero counts as one), what is read survives writing and reading, and the gates judge it.
pub fn check(text: &[u8], cuts: &[u8]) {
    let mut whole = CardReader::new(None);
    let cards = whole.push(text);

    let mut cut = CardReader::new(None);
    let mut left = cards.as_slice();
    let mut rest = text;
    let mut sizes = cuts.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().map_or(1, |size| usize::from(*size).max(1));
        let (piece, after) = rest.split_at(size.min(rest.len()));
        // The cards of each prefix are a prefix of the cards of the whole. Only the new ones are looked at: a check
        // that compares all of them each time is slower than the reader.
        let new = cut.push(piece);
        left = left
            .strip_prefix(new.as_slice())
            .expect("the cards of a prefix are a prefix of the cards of the whole");
        rest = after;
    }
    assert!(
        left.is_empty(),
        "cards that the pieces did not give: {left:?}"
    );
    assert_eq!(whole.finish(), cut.finish());

    assert_eq!(CardReader::new(None).push(to_xml(&cards).as_bytes()), cards);

    let mut gates = BatchGates::new(&[("Q?", "A")]);
    for card in &cards {
        gates.judge(card);
        assert!(!card.question.contains('\0') && !card.answer.contains('\0'));
    }
}
