//! Reads one card that the splitter cut out, and writes cards as XML.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::escape::minimal_escape;

use super::card::{
    ANSWER_LIMIT, CardText, Diagnostics, EXPLANATION_LIMIT, Finding, QUESTION_LIMIT, SUBTOPIC_LIMIT,
};
use super::card_repair::read_text;
use super::card_splitter::RawCard;
use super::card_tags::{Field, Tag, TagKind, TagName};

/// The card's text, or `None` (and why in `diagnostics`) when question or answer is missing, blank, cut off or too long.
pub fn read_card(raw: &RawCard<'_>, diagnostics: &mut Diagnostics) -> Option<CardText> {
    let sources = locate_fields(raw, diagnostics);
    let mut read = |field: Field| {
        let source = sources[field as usize].clone()?;
        let text = read_text(&raw.source[source], diagnostics);
        (!is_blank(&text)).then_some(text)
    };
    let question = read(Field::Question);
    let answer = read(Field::Answer);
    let (Some(question), Some(answer)) = (question, answer) else {
        diagnostics.note(Finding::IncompleteCard);
        return None;
    };
    let explanation = read(Field::Explanation);
    let subtopic = read(Field::Subtopic);

    if is_longer(&question, QUESTION_LIMIT) {
        diagnostics.note(Finding::QuestionOverLimit);
        return None;
    }
    if is_longer(&answer, ANSWER_LIMIT) {
        diagnostics.note(Finding::AnswerOverLimit);
        return None;
    }
    let mut within = |text: Option<String>, limit| {
        let too_long = text.as_deref().is_some_and(|text| is_longer(text, limit));
        if too_long {
            diagnostics.note(Finding::FieldOverLimit);
        }
        text.filter(|_| !too_long)
    };
    Some(CardText {
        question,
        answer,
        explanation: within(explanation, EXPLANATION_LIMIT),
        subtopic: within(subtopic, SUBTOPIC_LIMIT),
    })
}

/// The cards as the XML that a model is asked for. Reading it gives the same cards.
pub fn to_xml(cards: &[CardText]) -> String {
    let mut xml = String::from("<cards>\n");
    for card in cards {
        xml.push_str("  <card>\n");
        let fields = [
            ("subtopic", card.subtopic.as_deref()),
            ("question", Some(card.question.as_str())),
            ("answer", Some(card.answer.as_str())),
            ("explanation", card.explanation.as_deref()),
        ];
        for (name, text) in fields {
            if let Some(text) = text {
                xml.push_str(&format!("    <{name}>{}</{name}>\n", escape(text)));
            }
        }
        xml.push_str("  </card>\n");
    }
    xml.push_str("</cards>\n");
    xml
}

/// Whether there is nothing to see: white space, joiners, marks of direction.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|character| {
        character.is_whitespace()
            || matches!(
                character,
                '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}'
            )
    })
}

/// Escapes what reading would change: markup, and the two controls that XML text holds only as references.
fn escape(text: &str) -> Cow<'_, str> {
    let escaped = minimal_escape(text);
    if escaped.contains(['\r', '\u{7F}']) {
        return Cow::Owned(escaped.replace('\r', "&#13;").replace('\u{7F}', "&#127;"));
    }
    escaped
}

fn is_longer(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().count() > characters
}

/// Where each field's text stands in the card's source, by [`Field`].
fn locate_fields(raw: &RawCard<'_>, diagnostics: &mut Diagnostics) -> [Option<Range<usize>>; 4] {
    let tags = &*without_thinking(raw, diagnostics);
    let mut fields = [const { None }; 4];
    let mut place = 0;
    let mut read_to = 0;
    while place < tags.len() {
        let tag = tags[place];
        if has_text(&raw.source[read_to..tag.start]) {
            diagnostics.note(Finding::StrayText);
        }
        let (TagName::Field(field), TagKind::Open) = (tag.name, tag.kind) else {
            diagnostics.note(match tag.kind {
                TagKind::Empty => Finding::EmptyField,
                _ => Finding::StrayTag,
            });
            read_to = tag.end;
            place += 1;
            continue;
        };
        let end = end_of_field(raw, tags, place);
        let source = tag.end..end.text_end;
        if let Some(finding) = end.finding {
            diagnostics.note(finding);
        }
        let slot = &mut fields[field as usize];
        if slot.is_some() {
            diagnostics.note(Finding::RepeatedField);
        } else if end.is_whole && has_text(&raw.source[source.clone()]) {
            *slot = Some(source);
        }
        place = end.next_tag;
        read_to = end.read_to;
    }
    if has_text(&raw.source[read_to..]) {
        diagnostics.note(Finding::StrayText);
    }
    fields
}

/// How a field ended.
struct FieldEnd {
    text_end: usize,
    read_to: usize,
    next_tag: usize,
    /// Not cut off together with its card.
    is_whole: bool,
    finding: Option<Finding>,
}

/// A field runs to its own closing tag or, failing that, to the next known tag or the end of the card.
fn end_of_field(raw: &RawCard<'_>, tags: &[Tag], opened: usize) -> FieldEnd {
    if let Some(closed) = own_closing_tag(raw, tags, opened) {
        return FieldEnd {
            text_end: tags[closed].start,
            read_to: tags[closed].end,
            next_tag: closed + 1,
            is_whole: true,
            finding: (closed > opened + 1).then_some(Finding::Nested),
        };
    }
    let Some(next) = tags.get(opened + 1) else {
        return FieldEnd {
            text_end: raw.source.len(),
            read_to: raw.source.len(),
            next_tag: opened + 1,
            is_whole: raw.closed,
            finding: Some(Finding::UnclosedField),
        };
    };
    let (read_to, next_tag, finding) = match next.kind {
        TagKind::Close => (next.end, opened + 2, Finding::WrongClosingTag),
        _ => (next.start, opened + 1, Finding::UnclosedField),
    };
    FieldEnd {
        text_end: next.start,
        read_to,
        next_tag,
        // A reply that starts again with `<cards>` breaks a field off as `<card>` does.
        is_whole: raw.closed || matches!(next.name, TagName::Field(_)),
        finding: Some(finding),
    }
}

/// The closing tag that ends the field opened by `tags[opened]`; the known tags before it are text of the field.
///
/// A card about XML may hold `</answer>` in its answer. The field's own closing tag is followed by another tag or the
/// card's end; one that more text follows is part of the text, if another closing tag comes before the field is opened
/// again.
fn own_closing_tag(raw: &RawCard<'_>, tags: &[Tag], opened: usize) -> Option<usize> {
    let name = tags[opened].name;
    let is_last_before_tag = |place: usize| {
        let end = tags
            .get(place + 1)
            .map_or(raw.source.len(), |next| next.start);
        !has_text(&raw.source[tags[place].end..end])
    };
    if let [wrong, next, ..] = &tags[opened + 1..]
        && wrong.kind == TagKind::Close
        && wrong.name != name
        && next.kind == TagKind::Open
        && next.name != name
        && is_last_before_tag(opened + 1)
    {
        // `<question>…</answer><answer>…`: closed wrongly, whatever comes later.
        return None;
    }
    let mut inner = 0;
    let mut last = None;
    for (place, tag) in tags
        .iter()
        .enumerate()
        .skip(opened + 1)
        .filter(|(_, tag)| tag.name == name)
    {
        match tag.kind {
            TagKind::Open if last.is_some() => break,
            TagKind::Open => inner += 1,
            TagKind::Empty => {}
            TagKind::Close => {
                last = Some(place);
                if inner > 0 {
                    inner -= 1;
                } else if is_last_before_tag(place)
                    && has_text(&raw.source[tags[opened].end..tag.start])
                {
                    break;
                }
            }
        }
    }
    last
}

/// The card's tags but for its thinking: `<think>…</think>` goes with every tag in it; a lone one is text.
fn without_thinking<'a>(raw: &RawCard<'a>, diagnostics: &mut Diagnostics) -> Cow<'a, [Tag]> {
    let is_thinking = |tag: &Tag| tag.name == TagName::Thinking;
    if !raw.tags.iter().any(is_thinking) {
        return Cow::Borrowed(raw.tags);
    }
    let mut kept = Vec::with_capacity(raw.tags.len());
    let mut rest = raw.tags.iter();
    while let Some(tag) = rest.next() {
        if !is_thinking(tag) {
            kept.push(*tag);
        } else if begins_thinking(raw.source, tag)
            && let Some(end) = rest
                .as_slice()
                .iter()
                .position(|tag| ends_thinking(raw.source, tag))
        {
            diagnostics.note(Finding::Thinking);
            rest = rest.as_slice()[end + 1..].iter();
        }
    }
    Cow::Owned(kept)
}

/// Whether thinking begins here. In backticks the tag is what a card speaks of.
pub(super) fn begins_thinking(source: &[u8], tag: &Tag) -> bool {
    tag.is(TagName::Thinking, TagKind::Open) && !is_after_backtick(source, tag)
}

/// Whether thinking ends here.
pub(super) fn ends_thinking(source: &[u8], tag: &Tag) -> bool {
    tag.is(TagName::Thinking, TagKind::Close) && !is_after_backtick(source, tag)
}

fn is_after_backtick(source: &[u8], tag: &Tag) -> bool {
    tag.start > 0 && source[tag.start - 1] == b'`'
}

fn has_text(source: &[u8]) -> bool {
    source.iter().any(|byte| !byte.is_ascii_whitespace())
}
