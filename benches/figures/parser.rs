//! P7: the card reader on clean, recorded and hostile text, and beside quick-xml alone.

use std::hint::black_box;
use std::path::PathBuf;

use autodeck::domain::card::CardText;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::card_xml::to_xml;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::table::{Row, Spread, seconds};

const ROUNDS: usize = 15;
const CARDS: usize = 20_000;
/// About what a token of a streaming model holds.
const TOKEN_BYTES: usize = 4;

pub fn run() -> Vec<Row> {
    let clean = to_xml(&clean_cards(CARDS));
    let escaped = to_xml(&escaped_cards(CARDS));
    let recorded = recorded_text().repeat(100);
    let mut rows = vec![
        against_quick_xml("clean cards, one push", &clean, clean.len()),
        against_quick_xml("cards with references, one push", &escaped, escaped.len()),
        against_quick_xml("clean cards, 4 bytes a push", &clean, TOKEN_BYTES),
        alone("recorded replies, one push", &recorded),
    ];
    rows.extend(
        hostile()
            .into_iter()
            .map(|(what, piece)| growth(what, piece)),
    );
    rows
}

/// Cards/s of ours and of quick-xml reading the same document.
fn against_quick_xml(what: &str, document: &str, piece: usize) -> Row {
    let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let our_rate = CARDS as f64 / seconds(|| assert_eq!(read(document, piece), CARDS));
        let peer_rate = CARDS as f64 / seconds(|| assert_eq!(read_with_quick_xml(document), CARDS));
        ours.push(our_rate);
        peer.push(peer_rate);
        ratios.push(our_rate / peer_rate);
    }
    Row {
        id: "P7",
        what: what.to_owned(),
        unit: "cards/s",
        ours: Spread::of(ours),
        peer: Some(("quick-xml alone", Spread::of(peer), Spread::of(ratios))),
        target: "0.5 M, 0.5× · 2 M, 1×",
    }
}

fn alone(what: &str, document: &str) -> Row {
    let cards = read(document, document.len()) as f64;
    let rates = (0..ROUNDS)
        .map(|_| cards / seconds(|| _ = read(document, document.len())))
        .collect();
    Row {
        id: "P7",
        what: what.to_owned(),
        unit: "cards/s",
        ours: Spread::of(rates),
        peer: None,
        target: "0.5 M · 2 M",
    }
}

/// time(2n) ÷ time(n), n a million bytes of `piece` over and over.
fn growth(what: &str, piece: &str) -> Row {
    let text = piece.repeat(2_000_000 / piece.len());
    let half = &text[..text.len() / 2 / piece.len() * piece.len()];
    let ratios = (0..ROUNDS)
        .map(|_| {
            let once = seconds(|| _ = read(half, half.len()));
            seconds(|| _ = read(&text, text.len())) / once
        })
        .collect();
    Row {
        id: "P7",
        what: format!("growth on {what}"),
        unit: "×",
        ours: Spread::of(ratios),
        peer: None,
        target: "2.2",
    }
}

fn hostile() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "clean cards",
            "<card><question>Q?</question><answer>A</answer></card>\n",
        ),
        ("`<` over and over", "<"),
        ("`<card>` nested", "<card>"),
        ("`<answer>` nested", "<answer>"),
        (
            "`<card><answer>` unclosed",
            "<card><answer><answer></question>",
        ),
        ("comments unclosed", "<!--"),
        ("CDATA unclosed in a card", "<card><![CDATA["),
        ("quoted attributes unclosed", "<card a=\""),
        ("escaped cards unclosed", "&lt;card&gt;"),
        ("ampersands", "&"),
        (
            "thinking unclosed in a card",
            "<card><question><think><think></question></card>",
        ),
    ]
}

/// How many cards there are in `document`, fed in pieces.
fn read(document: &str, piece: usize) -> usize {
    let mut reader = CardReader::new(None);
    let pieces = document.as_bytes().chunks(piece);
    let cards = pieces
        .map(|piece| black_box(reader.push(piece)).len())
        .sum();
    reader.finish();
    cards
}

/// The same with quick-xml and nothing else, on input that is known to be well-formed.
fn read_with_quick_xml(document: &str) -> usize {
    let mut reader = Reader::from_str(document);
    let mut cards = Vec::new();
    let mut fields: [Option<String>; 4] = Default::default();
    let mut text = String::new();
    loop {
        match reader
            .read_event()
            .expect("to_xml writes well-formed documents")
        {
            Event::Start(_) => text.clear(),
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => {
                text.push_str(quick_xml::escape::resolve_xml_entity(&reference).unwrap_or("?"));
            }
            Event::End(end) => match end.name().as_ref() {
                "question" => fields[0] = Some(text.trim().to_owned()),
                "answer" => fields[1] = Some(text.trim().to_owned()),
                "explanation" => fields[2] = Some(text.trim().to_owned()),
                "subtopic" => fields[3] = Some(text.trim().to_owned()),
                "card" => {
                    let [question, answer, explanation, subtopic] = std::mem::take(&mut fields);
                    if let (Some(question), Some(answer)) = (question, answer) {
                        cards.push(CardText {
                            question,
                            answer,
                            explanation,
                            subtopic,
                        });
                    }
                }
                _ => {}
            },
            Event::Eof => return black_box(cards).len(),
            _ => {}
        }
    }
}

fn clean_cards(count: usize) -> Vec<CardText> {
    let card = |number: usize| CardText {
        question: format!(
            "Which treaty ended the war of {number} between France and its neighbours?"
        ),
        answer: format!("The peace of place {number}"),
        explanation: Some(
            "It drew the border along the river and left both sides poorer than before.".to_owned(),
        ),
        subtopic: Some("wars and treaties".to_owned()),
    };
    (0..count).map(card).collect()
}

fn escaped_cards(count: usize) -> Vec<CardText> {
    let card = |number: usize| CardText {
        question: format!("What does `Vec<T{number}>` hold & own?"),
        answer: format!("A pointer, a length & a capacity < {number}"),
        explanation: Some("The buffer is freed when the vector is dropped.".to_owned()),
        subtopic: Some("collections".to_owned()),
    };
    (0..count).map(card).collect()
}

fn recorded_text() -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/streams");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the recorded streams are in the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("text"))
        .collect()
}
