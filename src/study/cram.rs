//! Cramming: cards ahead of time, gone through until each was known once. Nothing is written to their schedule or log.

use chrono::TimeDelta;

use super::Study;
use crate::db;
use crate::db::crams::Wanted;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};

/// Cards of one cram at the most: an evening's.
pub const MOST: i64 = 200;

/// How far ahead *soon* looks.
const SOON: TimeDelta = TimeDelta::days(3);

/// How far back *missed* looks.
const MISSED: TimeDelta = TimeDelta::days(3);

/// Which cards a cram is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CramOf {
    /// All that were answered before.
    All,
    /// Due within three days, or due already.
    Soon,
    /// Not known at some answer of the last three days.
    Missed,
    /// Flagged.
    Flagged,
    /// Leeches.
    Leeches,
    /// With this tag.
    Tag(String),
}

impl CramOf {
    /// From a form's field and its tag.
    pub fn from_name(name: &str, tag: &str) -> Option<CramOf> {
        Some(match name {
            "all" => CramOf::All,
            "soon" => CramOf::Soon,
            "missed" => CramOf::Missed,
            "flagged" => CramOf::Flagged,
            "leeches" => CramOf::Leeches,
            "tag" if !tag.trim().is_empty() => CramOf::Tag(tag.trim().to_owned()),
            _ => return None,
        })
    }

    fn name(&self) -> &'static str {
        match self {
            CramOf::All => "all",
            CramOf::Soon => "soon",
            CramOf::Missed => "missed",
            CramOf::Flagged => "flagged",
            CramOf::Leeches => "leeches",
            CramOf::Tag(_) => "tag",
        }
    }
}

impl Study {
    /// The cards of a cram, the next due first; of one deck, or of all that are not archived.
    pub async fn cram_cards(
        &self,
        user: &User,
        deck_id: Option<DeckId>,
        of: &CramOf,
        limit: i64,
    ) -> sqlx::Result<Vec<CardId>> {
        let tag = match of {
            CramOf::Tag(tag) => Some(tag.as_str()),
            _ => None,
        };
        let wanted = Wanted {
            deck_id,
            what: of.name(),
            tag,
            soon: self.now() + SOON,
            since: self.now() - MISSED,
            limit: limit.min(MOST),
        };
        db::crams::choose(&self.db, user.user_id, &wanted).await
    }

    /// Begins a cram in place of the learner's last. Returns how many cards it has; with none, the last one stays.
    pub async fn begin_cram(
        &self,
        user: &User,
        deck_id: Option<DeckId>,
        of: &CramOf,
    ) -> sqlx::Result<usize> {
        let cards = self.cram_cards(user, deck_id, of, MOST).await?;
        if !cards.is_empty() {
            db::crams::begin(&self.db, user.user_id, deck_id, &cards, self.now()).await?;
        }
        Ok(cards.len())
    }
}
