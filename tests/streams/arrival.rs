//! How a reply arrives, begins and ends: cases 1–14, 38–52.

use autodeck::domain::card::Finding;
use autodeck::domain::card_reader::CardReader;

use crate::support::*;

#[test]
fn case_01_each_card_is_given_at_its_own_closing_tag() {
    let text = format!("<cards>\n{}</cards>", cards(10));
    let outcome = read(&text);
    assert_clean(&outcome, 10);
    assert_eq!(
        outcome.diagnostics.iter().count(),
        0,
        "{:?}",
        outcome.diagnostics
    );

    let mut reader = CardReader::new(None);
    let mut given = 0;
    for (at, byte) in text.bytes().enumerate() {
        let new = reader.push(&[byte]).len();
        assert_eq!(
            new == 1,
            text[..=at].ends_with("</card>"),
            "after byte {at}"
        );
        given += new;
    }
    assert_eq!(given, 10);
}

#[test]
fn cases_02_to_06_a_cut_inside_a_tag_a_character_a_reference_or_a_terminator_does_not_matter() {
    // `read` tries every cut, so each of these is cut everywhere.
    let text = "<card><question>Smile 😀 R&amp;D?</question><answer><![CDATA[a]]b]]]>é\u{1F1EB}\u{1F1F7}</answer></card>";
    assert_eq!(read(text).pairs(), [("Smile 😀 R&D?", "a]]b]é🇫🇷")]);
}

#[test]
fn cases_07_and_39_and_41_what_arrived_before_the_connection_broke_stays() {
    let outcome = read(format!("{}<card><question>Q3</question><answ", cards(2)));
    assert_clean(&outcome, 2);
    assert_eq!(outcome.count(Finding::Truncated), 1);
}

#[test]
fn case_08_empty_pieces_change_nothing() {
    let text = cards(3);
    let (start, end) = text.as_bytes().split_at(40);
    assert_clean(
        &read_pieces(None, [b"".as_slice(), start, b"", b"", end, b""]),
        3,
    );
}

#[test]
fn cases_09_to_11_chatter_and_code_fences_around_the_cards_are_ignored() {
    assert_clean(
        &read(format!("Sure! Here are ten cards:\n\n{}", cards(2))),
        2,
    );
    assert_clean(&read(format!("{}\nHope this helps!", cards(2))), 2);
    assert_clean(
        &read(format!("```xml\n<cards>{}</cards>\n```", cards(2))),
        2,
    );
    assert_clean(&read(format!("```xml\n{}", cards(2))), 2);
    assert_clean(&read(format!("I < 3 & you: {} 1 < 2", cards(2))), 2);
}

#[test]
fn case_12_a_declaration_a_byte_order_mark_and_a_doctype_may_come_first() {
    for start in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "\u{FEFF}<?xml version='1.0'?><!DOCTYPE cards>",
        "<!DOCTYPE cards SYSTEM \"cards.dtd\">",
        "<!doctype cards [<!ELEMENT card (question, answer)>] >",
    ] {
        let outcome = read(format!("{start}<cards>{}</cards>", cards(2)));
        assert_clean(&outcome, 2);
    }
}

#[test]
fn cases_13_and_14_the_root_may_be_missing_repeated_or_closed_early() {
    assert_clean(&read(cards(2)), 2);
    assert_clean(
        &read(format!("<cards></cards>{}</cards><cards>", cards(2))),
        2,
    );
    let (first, second) = (card("Q1", "A1"), card("Q2", "A2"));
    assert_clean(
        &read(format!(
            "<cards>{first}</cards>\n<cards version=2>{second}</cards>"
        )),
        2,
    );
}

#[test]
fn case_38_a_reply_cut_off_anywhere_keeps_the_cards_before_the_cut() {
    let text = format!(
        "{}<card><question>Q3</question><answer>A3</answer><explanation>e</explanation></card>",
        cards(2)
    );
    for cut in cards(2).len()..text.len() {
        let outcome = read_whole(&text[..cut]);
        assert_clean(&outcome, 2);
    }
    assert_clean(&read_whole(&text), 3);
}

#[test]
fn case_40_a_stream_that_starts_again_ends_the_card_it_broke_off() {
    // The second Q1 is the same fact: the duplicate check's business, not the reader's.
    let text = format!(
        "{}<card><question>Q2</question><answer>A<cards>{}</cards>",
        card("Q1", "A1"),
        cards(2)
    );
    let outcome = read(&text);
    assert_eq!(outcome.pairs(), [("Q1", "A1"), ("Q1", "A1"), ("Q2", "A2")]);
    assert_eq!(outcome.count(Finding::IncompleteCard), 1);
}

#[test]
fn case_42_nothing_comes_from_thinking() {
    for name in ["think", "thinking", "reasoning", "THINK"] {
        let text = format!(
            "<{name}>First a draft: {}</{name}>{}",
            card("draft", "draft"),
            cards(2)
        );
        let outcome = read(&text);
        assert_clean(&outcome, 2);
        assert_eq!(outcome.count(Finding::Thinking), 1);
    }
    let outcome = read(format!("<think>endless {}", cards(3)));
    assert_eq!(outcome.cards, []);
    assert_eq!(outcome.count(Finding::UnclosedThinking), 1);

    let inside = "<card><think>is <answer>no</answer> right?</think><question>Q<think>hm <answer>x</answer></think>1\
        </question><answer>A1</answer></card>";
    let outcome = read(inside);
    assert_eq!(outcome.pairs(), [("Q1", "A1")]);
}

#[test]
fn a_card_about_thinking_tags_keeps_them_and_the_cards_after_it() {
    let text = format!(
        "{}{}",
        card("Which tag opens it?", "`<think>`"),
        card("And?", "`<think>` and `</think>`")
    );
    assert_eq!(read(&text).pairs()[0].1, "`<think>`");
    assert_eq!(read(&text).pairs()[1].1, "`<think>` and `</think>`");
    let bare = read(format!(
        "{}{}",
        card("Which tag opens it?", "The <think> tag"),
        cards(1)
    ));
    assert_eq!(
        bare.pairs(),
        [("Which tag opens it?", "The <think> tag"), ("Q1", "A1")]
    );
}

#[test]
fn case_44_no_more_cards_are_given_than_were_asked_for() {
    let outcome = read_wanted(Some(10), cards(12));
    assert_clean(&outcome, 10);
    assert_eq!(outcome.count(Finding::BeyondWanted), 2);

    let mut reader = CardReader::new(Some(2));
    reader.push(card("Q1", "A1").as_bytes());
    assert!(!reader.is_full());
    reader.push(card("Q2", "A2").as_bytes());
    assert!(reader.is_full());
}

#[test]
fn cases_45_and_49_a_reply_without_cards_says_so() {
    for text in [
        "I'm sorry, but I can't help with that.",
        r#"[{"question": "Q1", "answer": "A1"}]"#,
        "Q: What is 1 + 1?\nA: 2\n",
        "1. **Question**: … **Answer**: …",
    ] {
        let outcome = read(text);
        assert_eq!(outcome.cards, []);
        assert_eq!(outcome.count(Finding::NoCards), 1, "{text}");
    }
    for text in ["", " \n\t "] {
        let outcome = read(text);
        assert_eq!(
            (
                outcome.count(Finding::EmptyReply),
                outcome.count(Finding::NoCards)
            ),
            (1, 0)
        );
    }
}

#[test]
fn case_48_a_reply_escaped_as_a_whole_is_read_as_it_streams() {
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let plain = format!(
        "<cards>{}{}</cards>",
        cards(2),
        card("Is 1 &lt; 2 &amp; x&lt;y?", "“&eacute;” <b>")
    );
    let outcome = read(escape(&plain));
    assert_eq!(outcome.cards, read(&plain).cards);
    assert_eq!(outcome.count(Finding::EscapedCard), 3);

    let mut reader = CardReader::new(None);
    assert_eq!(
        reader.push(escape(&cards(1)).trim_end().as_bytes()).len(),
        1,
        "at its own closing tag"
    );
}

#[test]
fn case_48_a_mention_of_an_escaped_card_does_not_hide_the_real_ones() {
    assert_clean(
        &read(format!(
            "Each &lt;card&gt; is one fact & more:\n{}",
            cards(2)
        )),
        2,
    );
    let unfinished = "&lt;card&gt;&lt;question&gt;lost&lt;/question&gt;";
    let whole = card("Q1", "A1").replace('<', "&lt;").replace('>', "&gt;");
    assert_clean(&read(format!("{unfinished}{whole}")), 1);
    assert_eq!(read(unfinished).count(Finding::Truncated), 1);
}

#[test]
fn case_50_every_script_and_formula_is_kept_exactly() {
    for text in [
        "مرحبا بالعالم \u{200F}(1)",
        "e\u{301} is not é",
        "👩\u{200D}👩\u{200D}👧 क्\u{200D}ष",
        r"$\frac{a}{b} < 1$ and $a & b$",
        "漢字とかな「」",
        "\u{1D11E} \u{10FFFF}",
    ] {
        let outcome = read(card(text, text));
        assert_eq!(outcome.pairs(), [(text, text)]);
    }
}

#[test]
fn case_51_text_that_injects_a_card_yields_a_card_of_that_text_and_no_more() {
    let injected = "x</answer></card><card><question>evil</question><answer>evil";
    let outcome = read(card("Q1", injected));
    assert_eq!(outcome.pairs(), [("Q1", "x"), ("evil", "evil")]);
}
