//! From a model's bytes to cards worth keeping: cut out, read, gated, compared with what the topic has.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::db::pool::PoolFact;
use crate::domain::card::CardText;
use crate::domain::card_gates::{BatchGates, Gate};
use crate::domain::card_reader::CardReader;
use crate::domain::duplicates::FactIndex;
use crate::domain::prompt;

/// One request's way through the parser, the gates and the duplicate check.
#[derive(Debug)]
pub struct Pipeline {
    reader: CardReader,
    gates: BatchGates,
    index: FactIndex,
    /// The last pool card in the index.
    position: i64,
    refused: BTreeMap<String, u64>,
    seen: usize,
}

/// A card that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The four fields.
    pub text: CardText,
    /// Gates that marked it.
    pub marks: Vec<String>,
}

impl Pipeline {
    /// For at most `wanted` cards of a topic that has these facts.
    pub fn new(wanted: usize, facts: &[PoolFact]) -> Pipeline {
        let mut pipeline = Pipeline {
            reader: CardReader::new(Some(wanted)),
            gates: BatchGates::new(prompt::EXAMPLES),
            index: FactIndex::new(),
            position: 0,
            refused: BTreeMap::new(),
            seen: 0,
        };
        pipeline.learn(facts);
        pipeline
    }

    /// Adds facts that entered the pool meanwhile, from here or elsewhere.
    pub fn learn(&mut self, facts: &[PoolFact]) {
        for fact in facts {
            self.index
                .insert(fact.pool_card_id, &fact.question, &fact.answer);
            self.position = self.position.max(fact.position);
        }
    }

    /// Takes more of the answer; returns the cards that it completed and that passed.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Kept> {
        let cards = self.reader.push(bytes);
        self.judge(cards)
    }

    /// Takes the end of the answer: a card that was cut off is counted, not kept.
    pub fn finish(&mut self) {
        self.reader.finish();
    }

    /// Whether a card says what the topic has already.
    pub fn is_duplicate(&self, text: &CardText) -> bool {
        self.index.find(&text.question, &text.answer).is_some()
    }

    /// Counts a card that was refused after it had passed here: another worker was quicker with the same fact.
    pub fn refuse_duplicate(&mut self) {
        self.refuse(Gate::Duplicate);
    }

    /// Adds a card that was saved.
    pub fn accept(&mut self, pool_card_id: Uuid, position: i64, text: &CardText) {
        self.index
            .insert(pool_card_id, &text.question, &text.answer);
        self.position = self.position.max(position);
    }

    /// The last pool card that the check knows.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Cards that the model wrote, kept or refused.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Whether as many cards came as were wanted.
    pub fn is_full(&self) -> bool {
        self.reader.is_full()
    }

    /// Refused cards by gate.
    pub fn refused(&self) -> &BTreeMap<String, u64> {
        &self.refused
    }

    /// The parser's diagnostics as JSON counts.
    pub fn diagnostics(&self) -> serde_json::Value {
        serde_json::to_value(self.reader.diagnostics()).unwrap_or_default()
    }

    fn judge(&mut self, cards: Vec<CardText>) -> Vec<Kept> {
        let mut kept = Vec::with_capacity(cards.len());
        for text in cards {
            self.seen += 1;
            let judgement = self.gates.judge(&text);
            if let Some(gate) = judgement.refused {
                self.refuse(gate);
            } else if self.is_duplicate(&text) {
                self.refuse(Gate::Duplicate);
            } else {
                let marks = judgement
                    .marked
                    .iter()
                    .map(|gate| gate.as_str().to_owned())
                    .collect();
                kept.push(Kept { text, marks });
            }
        }
        kept
    }

    fn refuse(&mut self, gate: Gate) {
        *self.refused.entry(gate.as_str().to_owned()).or_default() += 1;
    }
}
