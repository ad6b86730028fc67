//! Cuts whole cards out of a model's text as it arrives, in pieces of any size.
//!
//! Nothing is decided before the bytes that decide it are here, so the cards are the same however the text is cut, and
//! the cards of a prefix are a prefix of the cards of the whole.

use memchr::{memchr, memchr2, memmem};

use super::card::{Diagnostics, Finding};
use super::card_sections::{Opening, Section, opening};
use super::card_tags::{Brackets, Lexed, Tag, TagKind, TagName, lex_tag};
use super::entities::unescape_once;

/// Longest card, in bytes of source between its tags. The longest fields allowed (10,200 characters with explanation
/// and subtopic), each character written as `&#127;`, still fit.
pub const CARD_LIMIT: usize = 64 * 1024;
/// Most tags inside a card; a whole one has eight. It bounds the work of telling nested tags from the card's own.
const TAGS_LIMIT: usize = 64;

/// A card as it stood in the text.
#[derive(Debug)]
pub struct RawCard<'a> {
    /// Everything between `<card>` and its end.
    pub source: &'a [u8],
    /// The known tags in `source`, in order; none from comments and CDATA sections.
    pub tags: &'a [Tag],
    /// Whether it ended with its own `</card>`. Otherwise another card or the end of the root cut it off, and a field
    /// that is still open is not whole.
    pub closed: bool,
}

/// The splitter. Feed it, then take cards until there is none.
#[derive(Debug, Default)]
pub struct Splitter {
    buffer: Vec<u8>,
    /// Everything before this place in `buffer` has been looked at.
    at: usize,
    mode: Mode,
    /// The comment or the like that began at `at` and has not ended yet.
    section: Option<Section>,
    tags: Vec<Tag>,
    /// Up to here the buffer was unescaped already: an escaped tag there is text.
    unescaped_to: usize,
    text_seen: bool,
    card_seen: bool,
}

#[derive(Debug, Default, Clone, Copy)]
enum Mode {
    /// Between cards.
    #[default]
    Prose,
    /// After `<think>`.
    Thinking,
    /// After `<card>`.
    Card(OpenCard),
    /// After an escaped `&lt;card&gt;` that stands at `start`.
    Escaped { start: usize },
}

#[derive(Debug, Clone, Copy)]
struct OpenCard {
    /// Where its source begins; meaningless once it is `too_big`.
    start: usize,
    too_big: bool,
    too_many_tags: bool,
    /// Whether the last tag opened a field.
    in_field: bool,
}

/// What one step of the scan came to.
enum Step {
    Going,
    Starved,
    /// A card ended: its source is `buffer[start..end]`.
    Cut {
        card: OpenCard,
        end: usize,
        closed: bool,
    },
}

impl Splitter {
    /// Takes the next bytes. Call [`Splitter::next_card`] until `None` before feeding again; the memory held is a
    /// card's limit, a section's and these bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.forget_the_past();
        self.text_seen = self.text_seen || bytes.iter().any(|byte| !byte.is_ascii_whitespace());
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole card, or `None` until more is fed.
    pub fn next_card(&mut self, diagnostics: &mut Diagnostics) -> Option<RawCard<'_>> {
        let (start, end, closed) = loop {
            let step = match (self.section, self.mode) {
                (Some(section), _) => self.skip(section, diagnostics),
                (None, Mode::Prose) => self.scan_prose(diagnostics),
                (None, Mode::Thinking) => self.scan_thinking(),
                (None, Mode::Card(card)) => self.scan_card(card),
                (None, Mode::Escaped { start }) => self.scan_escaped(start, diagnostics),
            };
            match step {
                Step::Going => {}
                Step::Starved => return None,
                Step::Cut { card, end, closed } => {
                    self.mode = Mode::Prose;
                    if card.too_big || end - card.start > CARD_LIMIT {
                        diagnostics.note(Finding::CardTooBig);
                    } else if card.too_many_tags {
                        diagnostics.note(Finding::TooManyTags);
                    } else {
                        break (card.start, end, closed);
                    }
                }
            }
        };
        if !closed {
            diagnostics.note(Finding::UnclosedCard);
        }
        Some(RawCard {
            source: &self.buffer[start..end],
            tags: &self.tags,
            closed,
        })
    }

    /// The input has ended: notes what was left unfinished.
    pub fn finish(&mut self, diagnostics: &mut Diagnostics) {
        match self.mode {
            Mode::Card(_) | Mode::Escaped { .. } => diagnostics.note(Finding::Truncated),
            Mode::Thinking => diagnostics.note(Finding::UnclosedThinking),
            Mode::Prose if self.section.is_some() => diagnostics.note(Finding::UnclosedSection),
            Mode::Prose => {}
        }
        if !self.text_seen {
            diagnostics.note(Finding::EmptyReply);
        } else if !self.card_seen {
            diagnostics.note(Finding::NoCards);
        }
        *self = Splitter::default();
    }

    /// Drops what no later step can need.
    fn forget_the_past(&mut self) {
        let seen_to = self.section.map_or(self.at, |section| section.searched);
        if let Mode::Card(card) = &mut self.mode
            && !card.too_big
            && seen_to - card.start > CARD_LIMIT
        {
            card.too_big = true;
        }
        let keep_from = match self.mode {
            Mode::Card(card) if !card.too_big => card.start,
            Mode::Escaped { start } => start,
            _ => self.section.map_or(self.at, |section| section.start),
        };
        if keep_from == 0 {
            return;
        }
        self.buffer.drain(..keep_from);
        self.at -= keep_from;
        self.unescaped_to = self.unescaped_to.saturating_sub(keep_from);
        if let Some(section) = &mut self.section {
            section.start -= keep_from;
            section.searched -= keep_from;
        }
        match &mut self.mode {
            Mode::Card(card) if card.too_big => card.start = 0,
            Mode::Card(OpenCard { start, .. }) | Mode::Escaped { start } => *start -= keep_from,
            Mode::Prose | Mode::Thinking => {}
        }
    }

    fn scan_prose(&mut self, diagnostics: &mut Diagnostics) -> Step {
        let Some(found) = memchr2(b'<', b'&', &self.buffer[self.at..]) else {
            return self.starved_at(self.buffer.len());
        };
        self.at += found;
        if self.buffer[self.at] == b'&' {
            match lex_tag(&self.buffer, self.at, Brackets::Escaped) {
                Lexed::Unknown => return Step::Starved,
                Lexed::Tag(tag)
                    if tag.is(TagName::Card, TagKind::Open) && self.at >= self.unescaped_to =>
                {
                    self.card_seen = true;
                    self.mode = Mode::Escaped { start: tag.start };
                    self.at = tag.end;
                }
                _ => self.at += 1,
            }
            return Step::Going;
        }
        match opening(&self.buffer, self.at) {
            Opening::Unknown => return Step::Starved,
            Opening::Section(section) => return self.begin(section),
            Opening::None => {}
        }
        let tag = match lex_tag(&self.buffer, self.at, Brackets::Plain) {
            Lexed::Unknown => return Step::Starved,
            Lexed::Text => {
                self.at += 1;
                return Step::Going;
            }
            Lexed::Tag(tag) => tag,
        };
        self.at = tag.end;
        match (tag.name, tag.kind) {
            (TagName::Card, TagKind::Open) => {
                self.card_seen = true;
                self.tags.clear();
                self.mode = Mode::Card(OpenCard {
                    start: tag.end,
                    too_big: false,
                    too_many_tags: false,
                    in_field: false,
                });
            }
            (TagName::Card, TagKind::Empty) => diagnostics.note(Finding::EmptyCard),
            (TagName::Thinking, TagKind::Open) => {
                diagnostics.note(Finding::Thinking);
                self.mode = Mode::Thinking;
            }
            (TagName::Cards, _) => {}
            _ => diagnostics.note(Finding::StrayTag),
        }
        Step::Going
    }

    fn scan_thinking(&mut self) -> Step {
        let Some(found) = memchr(b'<', &self.buffer[self.at..]) else {
            return self.starved_at(self.buffer.len());
        };
        self.at += found;
        match lex_tag(&self.buffer, self.at, Brackets::Plain) {
            Lexed::Unknown => return Step::Starved,
            Lexed::Tag(tag) if tag.is(TagName::Thinking, TagKind::Close) => {
                self.at = tag.end;
                self.mode = Mode::Prose;
            }
            _ => self.at += 1,
        }
        Step::Going
    }

    fn scan_card(&mut self, mut card: OpenCard) -> Step {
        let Some(found) = memchr(b'<', &self.buffer[self.at..]) else {
            return self.starved_at(self.buffer.len());
        };
        self.at += found;
        // Instructions and document types hide no tags inside a card: a lone `<?php` in an answer must not swallow
        // the cards after it. Where they end inside their field, the repair pass takes them out.
        match opening(&self.buffer, self.at) {
            Opening::Unknown => return Step::Starved,
            Opening::Section(section) if section.kind.hides_tags_in_a_card() => {
                return self.begin(section);
            }
            Opening::Section(_) | Opening::None => {}
        }
        let tag = match lex_tag(&self.buffer, self.at, Brackets::Plain) {
            Lexed::Unknown => return Step::Starved,
            Lexed::Text => {
                self.at += 1;
                return Step::Going;
            }
            Lexed::Tag(tag) => tag,
        };
        self.at = tag.end;
        match (tag.name, tag.kind) {
            (TagName::Card, TagKind::Close) => {
                return Step::Cut {
                    card,
                    end: tag.start,
                    closed: true,
                };
            }
            (TagName::Card, _) => {
                // The next card begins. It is read again as such, once this one is out.
                self.at = tag.start;
                return Step::Cut {
                    card,
                    end: tag.start,
                    closed: false,
                };
            }
            (TagName::Cards, TagKind::Close) if !card.in_field => {
                return Step::Cut {
                    card,
                    end: tag.start,
                    closed: false,
                };
            }
            (TagName::Field(_), kind) => card.in_field = kind == TagKind::Open,
            (TagName::Cards | TagName::Thinking, _) => {}
        }
        if self.tags.len() < TAGS_LIMIT && !card.too_big {
            self.tags.push(tag.from_origin(card.start));
        } else {
            card.too_many_tags = true;
        }
        self.mode = Mode::Card(card);
        Step::Going
    }

    /// Looks for the end of an escaped card, and when it is there puts the unescaped card in its place.
    fn scan_escaped(&mut self, start: usize, diagnostics: &mut Diagnostics) -> Step {
        let limit = start + CARD_LIMIT;
        let found = memchr2(b'<', b'&', &self.buffer[self.at..]);
        let next = self.at + found.unwrap_or(self.buffer.len() - self.at);
        if next >= limit {
            diagnostics.note(Finding::CardTooBig);
            self.at = limit;
            self.mode = Mode::Prose;
            return Step::Going;
        }
        self.at = next;
        if found.is_none() {
            return Step::Starved;
        }
        let escaped = self.buffer[next] == b'&';
        match lex_tag(
            &self.buffer,
            next,
            if escaped {
                Brackets::Escaped
            } else {
                Brackets::Plain
            },
        ) {
            Lexed::Unknown => return Step::Starved,
            Lexed::Tag(tag) if escaped && tag.is(TagName::Card, TagKind::Close) => {
                diagnostics.note(Finding::EscapedCard);
                let unescaped = unescape_once(&self.buffer[start..tag.end]);
                self.at = start;
                self.unescaped_to = start + unescaped.len();
                self.mode = Mode::Prose;
                self.buffer.splice(start..tag.end, unescaped);
            }
            Lexed::Tag(tag) if tag.is(TagName::Card, TagKind::Open) => {
                // Another card begins, escaped or not, and this one never ended.
                diagnostics.note(Finding::IncompleteCard);
                self.at = tag.start;
                self.mode = Mode::Prose;
            }
            _ => self.at += 1,
        }
        Step::Going
    }

    fn begin(&mut self, section: Section) -> Step {
        self.section = Some(section);
        Step::Going
    }

    fn skip(&mut self, section: Section, diagnostics: &mut Diagnostics) -> Step {
        let limit = section.start + section.kind.limit();
        let terminator = section.kind.terminator();
        let within = &self.buffer[section.searched..self.buffer.len().min(limit)];
        if let Some(found) = memmem::find(within, terminator) {
            self.at = section.searched + found + terminator.len();
            self.section = None;
            if let Some(finding) = section.kind.finding() {
                diagnostics.note(finding);
            }
            return Step::Going;
        }
        if self.buffer.len() < limit {
            let searched = section
                .searched
                .max(self.buffer.len().saturating_sub(terminator.len() - 1));
            self.section = Some(Section {
                searched,
                ..section
            });
            return Step::Starved;
        }
        // Never closed. A card that it began in could only be finished with another card's text: out with it.
        diagnostics.note(Finding::UnclosedSection);
        if let Mode::Card(_) = self.mode {
            diagnostics.note(Finding::IncompleteCard);
            self.mode = Mode::Prose;
        }
        self.section = None;
        self.at = limit;
        Step::Going
    }

    fn starved_at(&mut self, at: usize) -> Step {
        self.at = at;
        Step::Starved
    }
}
