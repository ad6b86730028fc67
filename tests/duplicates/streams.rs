//! The recorded streams: a real model that writes the same fact twice, and rows of cards that only look alike.

use autodeck::domain::card::CardText;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::duplicates::FactIndex;
use uuid::Uuid;

/// Each card that repeats an earlier one of its stream, with that one.
fn repeats(stream: &str) -> Vec<(CardText, CardText)> {
    let mut index = FactIndex::new();
    let mut kept: Vec<CardText> = Vec::new();
    let mut repeats = Vec::new();
    for card in CardReader::new(None).push(stream.as_bytes()) {
        match index.find(&card.question, &card.answer) {
            Some(duplicate) => {
                let first = usize::try_from(duplicate.of.as_u128()).expect("a place in the stream");
                repeats.push((kept[first].clone(), card));
            }
            None => {
                index.insert(
                    Uuid::from_u128(kept.len() as u128),
                    &card.question,
                    &card.answer,
                );
                kept.push(card);
            }
        }
    }
    repeats
}

macro_rules! stream {
    ($name:literal) => {
        include_str!(concat!("../fixtures/streams/", $name, ".txt"))
    };
}

#[test]
fn the_same_fact_twice_in_a_recorded_stream_is_found() {
    let repeats = repeats(stream!("15-at-t-assembly-syntax-vs-intel-syntax"));
    let [(first, second)] = &repeats[..] else {
        panic!("one repeat: {repeats:?}")
    };
    assert_eq!(
        first.question,
        "What is the difference between AT&T and Intel assembly syntax?"
    );
    assert_eq!(
        second.question,
        "What are some common differences between AT&T and Intel assembly syntax?"
    );
}

#[test]
fn other_facts_in_the_same_words_are_no_repeats() {
    // Kanji and kana of one word, one C++ syntax longer than the other, "ir" with three answers, `*` `+` `?`.
    for stream in [
        stream!("00-french-history"),
        stream!("02-html-tags-and-attributes"),
        stream!("03-c-templates"),
        stream!("05-japanese-vocabulary-for-travel-with-kanj"),
        stream!("07-regular-expressions"),
        stream!("09-world-capitals"),
        stream!("11-sql-joins-and-window-functions"),
        stream!("13-spanish-irregular-verbs"),
        stream!("17-jazz-harmony"),
        stream!("19-tcp-congestion-control"),
        stream!("21-contract-law-in-england-wales"),
    ] {
        assert_eq!(repeats(stream), []);
    }
}

#[test]
fn a_stream_that_begins_again_brings_nothing_new() {
    let stream = stream!("13-spanish-irregular-verbs");
    let cards = CardReader::new(None).push(stream.as_bytes()).len();
    assert_eq!(repeats(&format!("{stream}\n{stream}")).len(), cards);
}
