//! Real replies of a small model, read in full.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::*;

/// What a person reads as intact cards in each file.
const INTACT: [(&str, usize); 13] = [
    ("00-french-history", 9),
    ("02-html-tags-and-attributes", 8),
    ("03-c-templates", 8),
    ("05-japanese-vocabulary-for-travel-with-kanj", 8),
    ("07-regular-expressions", 8),
    ("09-world-capitals", 8),
    ("11-sql-joins-and-window-functions", 8),
    ("13-spanish-irregular-verbs", 9),
    ("15-at-t-assembly-syntax-vs-intel-syntax", 8),
    ("17-jazz-harmony", 8),
    ("19-tcp-congestion-control", 8),
    ("21-contract-law-in-england-wales", 8),
    ("30-no-cards-python-data-types", 0),
];

fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/streams")
        .join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The content of each delta of a recording.
fn deltas(recording: &str) -> Vec<String> {
    let lines = recording
        .lines()
        .skip(1)
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .filter_map(|line| {
            let event = line["line"]
                .as_str()
                .unwrap()
                .strip_prefix("data: ")?
                .to_owned();
            let event = serde_json::from_str::<Value>(&event).ok()?;
            Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned())
        })
        .collect()
}

#[test]
fn every_intact_card_of_the_recorded_replies_is_read() {
    let mut total = 0;
    for (name, intact) in INTACT {
        let outcome = read(fixture(&format!("{name}.txt")));
        assert_eq!(
            outcome.cards.len(),
            intact,
            "{name}: {:?}",
            outcome.diagnostics
        );
        total += intact;
    }
    assert_eq!(total, 98);
}

#[test]
fn no_piece_of_a_tag_of_ours_is_left_in_any_text() {
    for (name, _) in INTACT {
        for card in read_whole(fixture(&format!("{name}.txt"))).cards {
            let texts = [
                Some(&card.question),
                Some(&card.answer),
                card.explanation.as_ref(),
                card.subtopic.as_ref(),
            ];
            for text in texts.into_iter().flatten() {
                for tag in [
                    "card",
                    "cards",
                    "question",
                    "answer",
                    "explanation",
                    "subtopic",
                ] {
                    assert!(!text.contains(&format!("<{tag}")), "{name}: {text}");
                    assert!(!text.contains(&format!("</{tag}")), "{name}: {text}");
                }
                assert!(
                    !text.contains("```") && !text.contains("&lt;"),
                    "{name}: {text}"
                );
            }
        }
    }
}

#[test]
fn the_deltas_of_a_recording_give_the_same_as_its_joined_text() {
    for (name, _) in INTACT {
        let text = fixture(&format!("{name}.txt"));
        let deltas = deltas(&fixture(&format!("{name}.sse.ndjson")));
        assert!(deltas.len() > 10, "{name}");
        let streamed = read_pieces(None, deltas.iter().map(|delta| delta.as_bytes()));
        assert_eq!(streamed, read_whole(text), "{name}");
    }
}

#[test]
fn raw_tags_of_other_languages_survive() {
    let outcome = read_whole(fixture("03-c-templates.txt"));
    assert_eq!(outcome.cards[0].answer, "`template<typename T>`");
    assert_eq!(outcome.cards[2].answer, "`template<> class MyClass {...}`");
    let outcome = read_whole(fixture("02-html-tags-and-attributes.txt"));
    assert_eq!(
        outcome.cards[0].explanation.as_deref(),
        Some("A paragraph in HTML is wrapped with the `<p>` tag.")
    );
}
