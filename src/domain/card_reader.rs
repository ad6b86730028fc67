//! Reads cards out of a model's reply while it arrives: the splitter, the repair and quick-xml behind one door.

use super::card::{CardText, Diagnostics, Finding};
use super::card_splitter::Splitter;
use super::card_xml::read_card;

/// Bytes handed to the splitter at a time, so that a large push holds no more memory than a small one.
const PIECE: usize = 16 * 1024;

/// Reads cards from bytes that arrive in pieces of any size.
///
/// Whatever the bytes are, it never fails: the result is cards, and diagnostics on the rest. Every cutting of the same
/// bytes gives the same cards and diagnostics, and the cards of a prefix are a prefix of the cards of the whole.
///
/// ```
/// use autodeck::domain::card_reader::CardReader;
///
/// let mut reader = CardReader::new(Some(10));
/// assert!(reader.push(b"<cards><card><question>1 < 2?</question><answer>y").is_empty());
/// let cards = reader.push(b"es</answer></card>");
/// assert_eq!(cards[0].question, "1 < 2?");
/// ```
#[derive(Debug)]
pub struct CardReader {
    splitter: Splitter,
    wanted: usize,
    given: usize,
    diagnostics: Diagnostics,
}

impl CardReader {
    /// A reader that gives at most `wanted` cards; with `None`, all.
    pub fn new(wanted: Option<usize>) -> CardReader {
        CardReader {
            splitter: Splitter::default(),
            wanted: wanted.unwrap_or(usize::MAX),
            given: 0,
            diagnostics: Diagnostics::default(),
        }
    }

    /// Takes the next bytes; gives the cards that they completed, in order.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<CardText> {
        let mut cards = Vec::new();
        for piece in bytes.chunks(PIECE) {
            self.splitter.feed(piece);
            while let Some(raw) = self.splitter.next_card(&mut self.diagnostics) {
                let Some(card) = read_card(&raw, &mut self.diagnostics) else {
                    continue;
                };
                if self.given < self.wanted {
                    self.given += 1;
                    cards.push(card);
                } else {
                    self.diagnostics.note(Finding::BeyondWanted);
                }
            }
        }
        cards
    }

    /// The reply has ended. What is unfinished is not a card; it is noted in the diagnostics, which are now complete.
    pub fn finish(&mut self) -> &Diagnostics {
        self.splitter.finish(&mut self.diagnostics);
        &self.diagnostics
    }

    /// What was put right and left out so far.
    pub fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    /// Whether as many cards were given as wanted: the rest of the reply is of no use.
    pub fn is_full(&self) -> bool {
        self.given >= self.wanted
    }
}
