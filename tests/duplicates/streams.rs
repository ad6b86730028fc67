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
                index.insert(Uuid::from_u128(kept.len() as u128), &card.question, &card.answer);
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
fn probe() {
    for (name, s) in [
        ("00", stream!("00-french-history")),
        ("02", stream!("02-html-tags-and-attributes")),
        ("03", stream!("03-c-templates")),
        ("05", stream!("05-japanese-vocabulary-for-travel-with-kanj")),
        ("07", stream!("07-regular-expressions")),
        ("09", stream!("09-world-capitals")),
        ("11", stream!("11-sql-joins-and-window-functions")),
        ("13", stream!("13-spanish-irregular-verbs")),
        ("15", stream!("15-at-t-assembly-syntax-vs-intel-syntax")),
        ("17", stream!("17-jazz-harmony")),
        ("19", stream!("19-tcp-congestion-control")),
        ("21", stream!("21-contract-law-in-england-wales")),
    ] {
        for (a, b) in repeats(s) {
            println!("REP {name}: {} = {}\n      {} = {}", a.question, a.answer, b.question, b.answer);
        }
    }
}
