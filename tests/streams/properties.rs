//! Properties over random texts.

use autodeck::domain::card::CardText;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::card_xml::to_xml;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::support::*;

/// Pieces of which hostile texts are made.
const PIECES: [&str; 54] = [
    "<card>",
    "</card>",
    "<cards>",
    "</cards>",
    "<question>",
    "</question>",
    "<answer>",
    "</answer>",
    "<explanation>",
    "</explanation>",
    "<subtopic>",
    "</subtopic>",
    "<card/>",
    "<answer/>",
    "< CARD a='>'>",
    "<card a=\"<",
    "<think>",
    "</think>",
    "<reasoning>",
    "`<think>`",
    "<!--",
    "-->",
    "<!--`",
    "<![CDATA[",
    "]]>",
    "]]",
    "<?pi ",
    "?>",
    "<!DOCTYPE ",
    "[",
    "]",
    ">",
    "<",
    "&",
    "&amp;",
    "&lt;",
    "&gt;",
    "&lt;card&gt;",
    "&lt;/card&gt;",
    "&amp;lt;card",
    "&eacute;",
    "&#0;",
    "&#x1F600;",
    "&bogus;",
    ";",
    "`",
    " ",
    "\r\n",
    "\0",
    "\"",
    "word",
    "é",
    "😀",
    "</",
];

fn hostile_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        20 => proptest::sample::select(PIECES.as_slice()).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => Just(card("Q1", "A1").into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 1..4),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A text that XML can hold, trimmed and visible.
fn visible_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            proptest::char::range(' ', '~').prop_map(String::from),
            proptest::sample::select(vec![
                "&",
                "<",
                ">",
                "é",
                "漢",
                "😀",
                "\n",
                "\t",
                "]]>",
                "</answer>",
                "`"
            ])
            .prop_map(String::from),
        ],
        1..40,
    )
    .prop_map(|pieces| format!("x{}", pieces.concat()).trim().to_owned())
}

fn card_text() -> impl Strategy<Value = CardText> {
    let optional = || proptest::option::of(visible_text());
    (visible_text(), visible_text(), optional(), optional()).prop_map(
        |(question, answer, explanation, subtopic)| CardText {
            question,
            answer,
            explanation,
            subtopic,
        },
    )
}

/// A field's content as well-formed XML in many spellings: references, CDATA, comments, instructions.
fn well_formed_content() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-zA-Z0-9 .,?!éü漢😀\n\t'\"-]{1,12}",
        1 => proptest::sample::select(vec![
            "&amp;", "&lt;", "&gt;", "&apos;", "&quot;", "&#65;", "&#x1F600;", "&amp;lt;", "\r\n", "\r",
            "<![CDATA[<b> & </answer> <card> ]]>", "<![CDATA[]]>", "<!-- a comment -->", "<!---->",
            "<!-- </answer> & <card> -->", "<?target data?>",
        ]).prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| format!("x{}", parts.concat()))
}

/// A document's cards as quick-xml alone reads them: for well-formed input only.
fn read_with_quick_xml(document: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(document);
    let (mut cards, mut fields, mut text) =
        (Vec::new(), [String::new(), String::new()], String::new());
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(_) => text.clear(),
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) => {
                text.push(match reference.resolve_char_ref().expect("valid") {
                    Some(character) => character,
                    None => match &*reference {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "apos" => '\'',
                        _ => '"',
                    },
                })
            }
            Event::End(end) => match end.name().as_ref() {
                "question" => fields[0] = text.trim().to_owned(),
                "answer" => fields[1] = text.trim().to_owned(),
                "card" => cards.push(std::mem::take(&mut fields).into()),
                _ => {}
            },
            Event::Eof => return cards,
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_reads_the_same_in_every_cutting(text in hostile_text()) {
        read(text);
    }

    #[test]
    fn what_was_written_as_xml_reads_as_the_same_cards(cards in proptest::collection::vec(card_text(), 0..5)) {
        let xml = to_xml(&cards);
        prop_assert_eq!(CardReader::new(None).push(xml.as_bytes()), cards);
    }

    #[test]
    fn what_was_read_from_any_text_survives_writing_and_reading(text in hostile_text()) {
        let cards = read_whole(text).cards;
        prop_assert_eq!(read_whole(to_xml(&cards)).cards, cards);
    }

    #[test]
    fn well_formed_input_reads_as_quick_xml_reads_it(
        contents in proptest::collection::vec((well_formed_content(), well_formed_content()), 1..5),
    ) {
        let cards: String = contents.iter().map(|(question, answer)| card(question, answer)).collect();
        let document = format!("<?xml version=\"1.0\"?>\n<cards>{cards}</cards>");
        let outcome = read_whole(&document);
        let ours: Vec<_> = outcome.pairs().iter().map(|(q, a)| (q.to_string(), a.to_string())).collect();
        prop_assert_eq!(ours, read_with_quick_xml(&document));
    }
}
