//! Which cards a learner looks for, in which order, and where the next piece of the list begins.

use super::ids::{CardId, DeckId};

/// What the cards have in common; `None` or `false` asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardFilter {
    /// Of this deck.
    pub deck_id: Option<DeckId>,
    /// A pattern with SQL's wildcards, for all of a card's text; case does not matter.
    pub like: Option<String>,
    /// In one of these states.
    pub states: Option<Vec<String>>,
    /// Left out of study, or not.
    pub suspended: Option<bool>,
    /// Marked by the learner, or not.
    pub flagged: Option<bool>,
    /// Due now.
    pub is_due: bool,
    /// Put off by hand.
    pub is_buried: bool,
    /// With this tag.
    pub tag: Option<String>,
    /// Forgotten at least this often.
    pub least_lapses: Option<i32>,
    /// Of this level, 1–9.
    pub level: Option<i16>,
    /// Of this part of the topic.
    pub subtopic: Option<String>,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CardSort {
    /// Latest first.
    #[default]
    Newest,
    /// In the order of their making.
    Oldest,
    /// What comes up next first; new cards come up at no time and are left out.
    Due,
    /// What was forgotten most often first; what never was is left out.
    Lapses,
}

impl CardSort {
    /// Every order with its name in an address.
    pub const ALL: [(CardSort, &'static str); 4] = [
        (CardSort::Newest, "newest"),
        (CardSort::Oldest, "oldest"),
        (CardSort::Due, "due"),
        (CardSort::Lapses, "lapses"),
    ];

    /// The order of that name.
    pub fn from_name(name: &str) -> Option<CardSort> {
        CardSort::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(sort, ..)| *sort)
    }

    /// Its name in an address.
    pub fn name(self) -> &'static str {
        let found = CardSort::ALL.iter().find(|(sort, ..)| *sort == self);
        found.map_or("newest", |(_, name)| name)
    }
}

/// The last card of a piece, by which the next one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardPlace {
    /// What the order sorts by before the id: microseconds of the due time, or lapses; 0 where the id is all.
    pub value: i64,
    /// The card.
    pub card_id: CardId,
}

impl CardPlace {
    /// As an address has it: `1772452800000000.0199…`.
    pub fn text(self) -> String {
        format!("{}.{}", self.value, self.card_id)
    }

    /// The inverse of [`CardPlace::text`].
    pub fn parse(text: &str) -> Option<CardPlace> {
        let (value, card_id) = text.split_once('.')?;
        Some(CardPlace {
            value: value.parse().ok()?,
            card_id: card_id.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_address() {
        let place = CardPlace {
            value: -3,
            card_id: uuid::Uuid::from_u128(7),
        };
        assert_eq!(CardPlace::parse(&place.text()), Some(place));
        for wrong in ["", ".", "1.", "x.0199", "1.2.3"] {
            assert_eq!(CardPlace::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_order_is_found_under_its_name() {
        for (sort, name) in CardSort::ALL {
            assert_eq!(CardSort::from_name(name), Some(sort));
            assert_eq!(sort.name(), name);
        }
    }
}
