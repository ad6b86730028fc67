//! Reads the text of one field: repairs what a model wrote until it is well-formed XML, then has quick-xml read it.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memmem};
use quick_xml::Reader;
use quick_xml::events::Event;

use super::card::{Diagnostics, Finding};
use super::card_sections::{Opening, SectionKind, opening};
use super::card_tags::{Brackets, Lexed, lex_tag};
use super::card_xml::{begins_thinking, ends_thinking};
use super::entities::resolve;

/// Longest reference looked at, in bytes; the longest name has eight letters.
const REFERENCE_LIMIT: usize = 32;

/// The text of a field, given its source: references decoded once, lines ended by `\n`, CDATA as it stands, comments
/// and instructions gone, everything else kept. White space around it is trimmed.
pub fn read_text(source: &[u8], diagnostics: &mut Diagnostics) -> String {
    let text = match str::from_utf8(source) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            diagnostics.note(Finding::InvalidUtf8);
            String::from_utf8_lossy(source)
        }
    };
    if is_plain(text.as_bytes()) {
        // Text without markup is its own reading: most fields of most cards.
        return trim(&text).to_owned();
    }
    let read = match read_references(&text) {
        Some(read) => read,
        None => read_well_formed(&Repair::new(&text, diagnostics).run()),
    };
    match trim(&read) {
        trimmed if trimmed.len() == read.len() => read,
        trimmed => trimmed.to_owned(),
    }
}

/// Whether reading would change nothing. One branchless pass, which the compiler makes wide instructions of.
fn is_plain(source: &[u8]) -> bool {
    let special = |byte: u8| {
        (byte == b'<')
            | (byte == b'&')
            | (byte == 0x7F)
            | ((byte < b' ') & (byte != b'\n') & (byte != b'\t'))
    };
    !source
        .iter()
        .fold(false, |found, byte| found | special(*byte))
}

/// The text of a source in which nothing but references has to be read, and each of them is right: most of the fields
/// that are not plain. `None` for every other; the long way gives the same text, and says what was wrong.
fn read_references(source: &str) -> Option<String> {
    let bytes = source.as_bytes();
    let is_other = |byte: u8| {
        (byte == b'<') | (byte == 0x7F) | ((byte < b' ') & (byte != b'\n') & (byte != b'\t'))
    };
    if bytes
        .iter()
        .fold(false, |found, byte| found | is_other(*byte))
    {
        return None;
    }
    let mut read = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(found) = memchr(b'&', &bytes[at..]) {
        read.push_str(&source[at..at + found]);
        let name = at + found + 1;
        let end = bytes[name..]
            .iter()
            .take(REFERENCE_LIMIT)
            .position(|byte| *byte == b';')?;
        let character = resolve(source.get(name..name + end)?)?;
        if character == '\u{FFFD}' {
            return None;
        }
        read.push(character);
        at = name + end + 1;
    }
    read.push_str(&source[at..]);
    Some(read)
}

fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{FEFF}')
}

/// What XML calls a character, of those that reach us as raw bytes.
fn is_control(character: char) -> bool {
    character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r')
}

/// Makes a field's source well-formed.
struct Repair<'a> {
    text: &'a str,
    at: usize,
    repaired: String,
    /// Whether the text so far holds an odd number of backticks.
    in_code: bool,
    /// Terminators of which no more are in `text`, so that they are not looked for again and again.
    exhausted: [bool; 4],
    diagnostics: &'a mut Diagnostics,
}

/// Places in `exhausted`.
#[derive(Clone, Copy)]
enum Sought {
    Comment,
    Cdata,
    Instruction,
    Thinking,
}

impl<'a> Repair<'a> {
    fn new(text: &'a str, diagnostics: &'a mut Diagnostics) -> Repair<'a> {
        Repair {
            text,
            at: 0,
            repaired: String::with_capacity(text.len() + text.len() / 4),
            in_code: false,
            exhausted: [false; 4],
            diagnostics,
        }
    }

    fn run(mut self) -> String {
        while let Some(found) = memchr2(b'<', b'&', &self.text.as_bytes()[self.at..]) {
            self.copy_to(self.at + found);
            match self.text.as_bytes()[self.at] {
                b'&' => self.repair_reference(),
                _ => self.repair_bracket(),
            }
        }
        self.copy_to(self.text.len());
        self.repaired
    }

    /// Copies text that holds neither `<` nor `&`, without its control characters.
    fn copy_to(&mut self, end: usize) {
        let text = &self.text[self.at..end];
        self.at = end;
        self.in_code ^= text.bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
        if text.contains(is_control) {
            self.diagnostics.note(Finding::ControlCharacters);
            self.repaired
                .extend(text.chars().filter(|character| !is_control(*character)));
        } else if text.contains('\r') {
            // Here, because a comment between `\r` and `\n` is about to go, and they would become one end of line.
            self.repaired
                .push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
        } else {
            self.repaired.push_str(text);
        }
    }

    fn repair_reference(&mut self) {
        let after = &self.text.as_bytes()[self.at + 1..];
        let end = after
            .iter()
            .take(REFERENCE_LIMIT)
            .position(|byte| *byte == b';');
        let reference = end.and_then(|end| self.text.get(self.at + 1..self.at + 1 + end));
        let Some(character) = reference.and_then(resolve) else {
            self.diagnostics.note(Finding::UnescapedText);
            self.repaired.push_str("&amp;");
            self.at += 1;
            return;
        };
        let reference = reference.expect("it was resolved");
        if character == '\u{FFFD}' {
            self.diagnostics.note(Finding::BadReference);
            self.repaired.push_str("&#xFFFD;");
        } else {
            self.repaired.push('&');
            self.repaired.push_str(reference);
            self.repaired.push(';');
        }
        self.at += reference.len() + 2;
    }

    fn repair_bracket(&mut self) {
        let start = self.at;
        if let Opening::Section(section) = opening(self.text.as_bytes(), start)
            && let Some(end) = self.end_of(section.kind, section.searched)
        {
            if section.kind == SectionKind::Cdata {
                let cdata = &self.text[start..end];
                self.repaired
                    .extend(cdata.chars().filter(|character| !is_control(*character)));
                self.at = end;
                return;
            }
            // In backticks it is what the card speaks of: `<!-- a comment -->`.
            let is_code = self.in_code && self.text[end..].contains('`');
            if !is_code {
                if section.kind == SectionKind::Instruction {
                    self.diagnostics.note(Finding::Instruction);
                }
                self.at = end;
                return;
            }
        }
        if let Some(end) = self.end_of_thinking() {
            self.at = end;
            return;
        }
        if !matches!(
            lex_tag(self.text.as_bytes(), start, Brackets::Plain),
            Lexed::Tag(_)
        ) {
            self.diagnostics.note(Finding::UnescapedText);
        }
        self.repaired.push_str("&lt;");
        self.at += 1;
    }

    /// Where a section that begins here ends. A document type inside a card is text.
    fn end_of(&mut self, kind: SectionKind, from: usize) -> Option<usize> {
        let sought = match kind {
            SectionKind::Comment => Sought::Comment,
            SectionKind::Cdata => Sought::Cdata,
            SectionKind::Instruction => Sought::Instruction,
            SectionKind::Subset | SectionKind::Doctype => return None,
        };
        let text = self.text;
        self.seek(sought, || {
            let terminator = kind.terminator();
            memmem::find(&text.as_bytes()[from..], terminator)
                .map(|found| from + found + terminator.len())
        })
    }

    fn end_of_thinking(&mut self) -> Option<usize> {
        let source = self.text.as_bytes();
        let Lexed::Tag(tag) = lex_tag(source, self.at, Brackets::Plain) else {
            return None;
        };
        if !begins_thinking(source, &tag) {
            return None;
        }
        self.seek(Sought::Thinking, || {
            memchr::memchr_iter(b'<', &source[tag.end..]).find_map(|found| {
                match lex_tag(source, tag.end + found, Brackets::Plain) {
                    Lexed::Tag(tag) if ends_thinking(source, &tag) => Some(tag.end),
                    _ => None,
                }
            })
        })
    }

    fn seek(&mut self, sought: Sought, find: impl FnOnce() -> Option<usize>) -> Option<usize> {
        let exhausted = &mut self.exhausted[sought as usize];
        let found = if *exhausted { None } else { find() };
        *exhausted = found.is_none();
        found
    }
}

/// Reads repaired text. From quick-xml 0.38 on, a reference is an event of its own.
fn read_well_formed(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    let mut text = String::with_capacity(xml.len());
    loop {
        match reader.read_event() {
            Ok(Event::Text(part)) => text.push_str(&part.xml10_content()),
            Ok(Event::CData(part)) => text.push_str(&part.xml10_content()),
            Ok(Event::GeneralRef(reference)) => text.extend(resolve(&reference)),
            Ok(Event::Eof) => return text,
            // The repair left nothing else. Were it wrong, the text read so far would still be the learner's.
            Ok(_) => {}
            Err(error) => {
                debug_assert!(false, "repaired text is not well-formed: {error}: {xml:?}");
                return text;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Otherwise a card would depend on which way it was read.
        #[test]
        fn reading_references_the_short_way_gives_what_the_long_way_gives(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "&amp;", "&lt;", "&gt;", "&eacute;", "&#65;", "&#x2014;", "&#0;", "&#13;", "&nope;", "&", ";", "a",
                    "é", " ", "\n", "\r", "`", "<", "\u{7F}",
                ]),
                0..12,
            ),
        ) {
            let source = pieces.concat();
            let mut diagnostics = Diagnostics::default();
            let long_way = read_well_formed(&Repair::new(&source, &mut diagnostics).run());
            if let Some(short_way) = read_references(&source) {
                prop_assert_eq!(short_way, long_way);
                prop_assert_eq!(diagnostics, Diagnostics::default());
            } else {
                prop_assert!(diagnostics != Diagnostics::default() || source.contains(['\r', '<']));
            }
        }
    }
}
