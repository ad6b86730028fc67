//! How cards and fields are put together, and not: cases 26–37, 46, 47.

use autodeck::domain::card::Finding;

use crate::support::*;

#[test]
fn case_26_entities_are_never_expanded() {
    let doctype = "<!DOCTYPE cards [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c \"<card><question>x\
        </question><answer>y</answer></card>\">]>";
    let outcome = read(format!("{doctype}<cards>{}</cards>", card("&b;&b;", "&c;")));
    assert_eq!(outcome.pairs(), [("&b;&b;", "&c;")]);
    assert_eq!(outcome.count(Finding::Doctype), 1);
}

#[test]
fn case_27_an_external_entity_is_text() {
    let doctype = "<!DOCTYPE cards [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>";
    assert_eq!(
        read(format!("{doctype}{}", card("Q", "&xxe;"))).pairs(),
        [("Q", "&xxe;")]
    );
}

#[test]
fn case_28_a_cdata_section_is_text_whatever_it_holds() {
    let text = card(
        "<![CDATA[Is </card> & <b> &amp; text?]]>",
        "a <![CDATA[<card></answer>]]> b",
    );
    assert_eq!(
        read(text).pairs(),
        [("Is </card> & <b> &amp; text?", "a <card></answer> b")]
    );
}

#[test]
fn case_29_a_commented_card_is_none() {
    let outcome = read(format!("<!-- {} -->{}<!---->", card("no", "no"), cards(2)));
    assert_clean(&outcome, 2);
    assert_eq!(outcome.count(Finding::Comment), 2);
    let inside = "<card><!-- <question>no</question> --><question>Q<!-- </question> -->1</question><answer>A1</answer></card>";
    assert_eq!(read(inside).pairs(), [("Q1", "A1")]);
}

#[test]
fn case_30_after_a_comment_that_never_closes_reading_goes_on() {
    let filler = "x".repeat(100_000);
    for opening in ["<!--", "<![CDATA[", "<?pi", "<!DOCTYPE cards ["] {
        let outcome = read_whole(format!(
            "{}{opening} {filler}{}",
            card("Q1", "A1"),
            card("Q2", "A2")
        ));
        assert_clean(&outcome, 2);
        assert_eq!(outcome.count(Finding::UnclosedSection), 1, "{opening}");
    }
    // Inside a card it takes this card along, and puts nothing together from two.
    let text = format!(
        "<card><question>Q</question><answer>A <!-- </answer></card>{filler}{}",
        cards(2)
    );
    let outcome = read_whole(text);
    assert_clean(&outcome, 2);
}

#[test]
fn a_card_about_comments_keeps_them_and_the_cards_after_it() {
    let answers = [
        "`<!-- note -->`",
        "`<!--`",
        "`<![CDATA[`",
        "`<?php`",
        "`<?php echo 1; ?>`",
        "`<!DOCTYPE html>`",
    ];
    let text: String = answers
        .map(|answer| card("How is it written?", answer))
        .concat();
    let outcome = read(&text);
    assert_eq!(
        outcome
            .pairs()
            .iter()
            .map(|pair| pair.1)
            .collect::<Vec<_>>(),
        answers
    );
}

#[test]
fn cases_31_and_32_tags_may_have_attributes_capitals_and_spaces() {
    let text = "<Cards><CARD id='1>2' note=\"</card>\">< question lang=en >Q1</QUESTION\n><\nanswer\t>A1</ answer></card ></cards>";
    assert_clean(&read(text), 1);
}

#[test]
fn case_33_empty_elements_are_no_cards_and_are_counted() {
    let outcome = read(format!(
        "<card/><card />{}<card><question/><answer>x</answer></card>",
        cards(1)
    ));
    assert_clean(&outcome, 1);
    assert_eq!(outcome.count(Finding::EmptyCard), 2);
    assert_eq!(outcome.count(Finding::EmptyField), 1);
    assert_eq!(outcome.count(Finding::IncompleteCard), 1);
}

#[test]
fn a_card_with_a_blank_field_is_none() {
    for blank in [
        "",
        "  \n",
        "&nbsp;",
        "<!-- c -->",
        "\u{200B}",
        "<![CDATA[ ]]>",
        "&#32;",
    ] {
        for text in [card(blank, "a"), card("q", blank)] {
            let outcome = read(&text);
            assert_eq!(outcome.cards, [], "{text}");
            assert_eq!(outcome.count(Finding::IncompleteCard), 1, "{text}");
        }
    }
}

#[test]
fn case_34_fields_may_stand_in_any_order_beside_unknown_ones() {
    let text = "<card><hint>h</hint><subtopic>s</subtopic><explanation>e</explanation><answer>A1</answer><id>7</id>\
        <question>Q1</question></card>";
    let outcome = read(text);
    assert_clean(&outcome, 1);
    assert_eq!(outcome.cards[0].explanation.as_deref(), Some("e"));
    assert_eq!(outcome.cards[0].subtopic.as_deref(), Some("s"));
    assert_eq!(outcome.count(Finding::StrayText), 2);
}

#[test]
fn case_35_of_a_field_that_stands_twice_the_first_is_kept() {
    for text in [
        "<card><question>Q1</question><question>no</question><answer>A1</answer><answer>no</answer></card>",
        "<card><question>Q1</question> or <question>no</question><answer>A1</answer> or <answer>no</answer></card>",
        "<card><question> </question><question>Q1</question><answer>A1</answer></card>",
    ] {
        assert_clean(&read(text), 1);
    }
}

#[test]
fn case_36_a_field_without_its_closing_tag_ends_at_the_next_known_tag() {
    for text in [
        "<card><question>Q1<answer>A1<explanation>e</explanation></card>",
        "<card><question>Q1</question><answer>A1</card>",
        "<card><question>Q1</answer><answer>A1</question></card>",
        "<card><question>Q1</question><answer>A1</explanation><subtopic>s</subtopic></card>",
        "<card><question>Q1</question><answer>A1</explanation>\n<explanation>e</explanation></card>",
    ] {
        assert_clean(&read(text), 1);
    }
}

#[test]
fn case_37_a_card_that_the_next_one_cuts_off_is_kept_if_question_and_answer_are_whole() {
    let whole = "<card><question>Q1</question><answer>A1</answer>";
    let next = card("Q2", "A2");
    for text in [
        format!("{whole}{next}"),
        format!("{whole}\n<CARD id=2>{}", &next["<card>".len()..]),
        format!("{}{whole}</cards>{next}", ""),
        format!("<card><question>Q1</question><answer>A1</explanation>{next}"),
        format!("{whole}<card/>{next}"),
    ] {
        let outcome = read(&text);
        assert_clean(&outcome, 2);
        assert_eq!(outcome.count(Finding::UnclosedCard), 1);
    }
    for part in [
        "<card><question>Q</question>",
        "<card><question>Q</question><answer>A",
        "<card>",
    ] {
        let outcome = read(format!("{part}{}", cards(1)));
        assert_clean(&outcome, 1);
        assert_eq!(outcome.count(Finding::IncompleteCard), 1, "{part}");
    }
    let outcome = read(format!("{whole}<explanation>cut o{next}"));
    assert_clean(&outcome, 2);
    assert_eq!(
        outcome.cards[0].explanation, None,
        "half a sentence is not kept"
    );
}

#[test]
fn case_46_a_card_too_long_for_anybody_is_dropped_and_the_next_is_intact() {
    let long = "long ".repeat(200_000);
    for text in [
        card("Q", &long),
        card(&long, "A"),
        card("Q", &format!("<![CDATA[{long}]]>")),
    ] {
        let outcome = read_whole(format!("{}{text}{}", card("Q1", "A1"), card("Q2", "A2")));
        assert_clean(&outcome, 2);
    }
    let outcome = read_whole(format!("{}{}", card("Q", &long), cards(1)));
    assert_eq!(outcome.count(Finding::CardTooBig), 1);
}

#[test]
fn the_longest_fields_allowed_are_kept_and_one_character_more_is_not() {
    for character in ["x", "é", "😀", "&amp;", "&#127;"] {
        let of = |count: usize| character.repeat(count);
        assert_eq!(
            read_whole(card(&of(2_000), &of(4_000))).cards.len(),
            1,
            "{character}"
        );
        assert_eq!(
            read_whole(card(&of(2_001), "A")).count(Finding::QuestionOverLimit),
            1,
            "{character}"
        );
        assert_eq!(
            read_whole(card("Q", &of(4_001))).count(Finding::AnswerOverLimit),
            1,
            "{character}"
        );
    }
    let long = "e".repeat(4_001);
    let text = format!(
        "<card><question>Q1</question><answer>A1</answer><explanation>{long}</explanation></card>"
    );
    let outcome = read_whole(text);
    assert_clean(&outcome, 1);
    assert_eq!(outcome.cards[0].explanation, None);
    assert_eq!(outcome.count(Finding::FieldOverLimit), 1);
}

#[test]
fn case_47_endless_brackets_and_nesting_yield_the_cards_after_them() {
    // The last of many `<!--` takes along what follows within its limit.
    let comments = "<!--".repeat(100_000) + &" ".repeat(5_000);
    let (brackets, nested) = ("<".repeat(1_000_000), "<card>".repeat(100_000));
    for hostile in [brackets, nested, comments, "&lt;card ".repeat(100_000)] {
        let outcome = read_whole(format!("{hostile}{}", cards(2)));
        assert_clean(&outcome, 2);
    }
    let nested = format!("<card>{}{}", "<answer>".repeat(10_000), cards(1));
    assert_eq!(read_whole(nested).pairs().last(), Some(&("Q1", "A1")));
}
