//! What is text and what is not: cases 15–25.

use autodeck::domain::card::Finding;

use crate::support::*;

/// Holds that a question of `source` reads as `text`.
fn assert_reads(source: &str, text: &str) -> Outcome {
    let outcome = read(card(source, "a"));
    assert_eq!(outcome.pairs(), [(text, "a")], "{source}");
    outcome
}

#[test]
fn cases_15_to_17_brackets_and_ampersands_that_are_not_ours_are_kept() {
    for text in [
        "R&D",
        "AT&T & B&B",
        "a < b",
        "x<y",
        "List<String>",
        "I <3 you",
        "1<2>0",
        "a << b >> c",
        "<div class=\"x\">",
        "<script>alert(1)</script>",
        "`template<typename T>`",
        "<p>one</p>",
        "a ]]> b",
        "<",
        "<cardigan>",
        "x <!DOCTYPE html> y",
        "<?",
    ] {
        assert_reads(text, text);
        assert_reads(&format!("x {text} y"), &format!("x {text} y"));
    }
}

#[test]
fn case_18_known_tags_before_a_fields_own_closing_tag_are_text() {
    for answer in [
        "The <question> element",
        "It ends with </answer> as its closing tag",
        "`</answer>`",
        "</answer>",
        "<question></question>",
        "Between <answer> and </answer>",
        "Write <answer>x</answer>",
        "<answer>",
        "</question>",
        "the <explanation>why</explanation> part",
        "</cards> is last",
    ] {
        let outcome = read(card("Q", answer));
        assert_eq!(outcome.pairs(), [("Q", answer)]);
        assert_eq!(outcome.count(Finding::Nested), 1, "{answer}");
        assert_eq!(
            read(format!("{}{}", card("Q", answer), cards(1)))
                .cards
                .len(),
            2,
            "{answer}"
        );
    }
    let outcome = read(card("What does <answer> hold?", "A"));
    assert_eq!(outcome.pairs(), [("What does <answer> hold?", "A")]);
}

#[test]
fn case_19_escaped_tags_are_text() {
    assert_reads(
        "&lt;question&gt; &lt;/card&gt; &lt;card&gt;",
        "<question> </card> <card>",
    );
}

#[test]
fn cases_20_and_21_references_are_decoded_once() {
    assert_reads("&amp;lt;", "&lt;");
    assert_reads("&amp;amp;amp;", "&amp;amp;");
    assert_reads(
        "x&nbsp;y &eacute; &mdash; &apos;&quot;&gt;&alpha;&hellip;",
        "x\u{A0}y é — '\">α…",
    );
    assert_reads("<![CDATA[&amp;]]>&amp;", "&amp;&");
}

#[test]
fn case_22_what_is_no_reference_is_kept() {
    for text in [
        "&unknown;",
        "&;",
        "&#xZZ;",
        "& &",
        "a&",
        "&#;",
        "&#x;",
        "&amp",
        "&aacutelong;",
        "&é;",
        "&&",
    ] {
        let outcome = assert_reads(text, text);
        assert!(outcome.count(Finding::UnescapedText) > 0, "{text}");
    }
}

#[test]
fn case_23_a_reference_to_no_character_is_the_replacement_character() {
    let outcome = assert_reads("&#0; &#xD800; &#x110000;", "\u{FFFD} \u{FFFD} \u{FFFD}");
    assert_eq!(outcome.count(Finding::BadReference), 3);
    assert_reads("&#x1F600;&#128512;&#65;", "😀😀A");
}

#[test]
fn case_24_control_bytes_are_removed() {
    let outcome = assert_reads("a\0b\u{1}c\u{8}d\u{B}e\u{1F}f\u{7F}g", "abcdefg");
    assert_eq!(outcome.count(Finding::ControlCharacters), 1);
    assert_reads("a\tb\nc", "a\tb\nc");
    assert_reads("a\r\nb\rc", "a\nb\nc");
    assert_reads("<![CDATA[a\0b]]>", "ab");
}

#[test]
fn case_25_bytes_that_are_not_utf8_are_replaced_and_the_next_card_is_unharmed() {
    let mut text =
        b"<card><question>a\xFFb\xE2\x82</question><answer>\xF0\x9F\x98</answer></card>".to_vec();
    text.extend(cards(1).bytes());
    let outcome = read(&text);
    assert_eq!(
        outcome.pairs(),
        [("a\u{FFFD}b\u{FFFD}", "\u{FFFD}"), ("Q1", "A1")]
    );
    assert_eq!(outcome.count(Finding::InvalidUtf8), 2);
}
