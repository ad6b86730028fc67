//! Statistics of one learner, for all decks or one.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::Study;
use crate::db;
use crate::db::decks::Deck;
use crate::db::stats::RecallRow;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::domain::scheduler::{CardState, Schedule};
use crate::domain::stats::calibration::{Recall, calibrate};
use crate::domain::stats::{FORECAST_DAYS, LevelLine, PAST_DAYS, Stats, days, spread};
use crate::domain::study_day::StudyDays;

/// Reviews that the calibration looks at: the latest, because memory and material change.
const MOST_RECALLS: i64 = 10_000;
/// Parts of a topic that are listed.
const MOST_SUBTOPICS: i64 = 24;
/// Decks whose level is drawn when all are shown: those with most new cards lately.
const MOST_LINES: usize = 5;
/// More decks than anybody studies.
const MOST_DECKS: i64 = 1_000;

impl Study {
    /// Statistics of all decks, or of `deck`, which is the learner's.
    pub async fn stats(&self, user: &User, deck: Option<&Deck>) -> sqlx::Result<Stats> {
        let (now, user_id) = (self.now(), user.user_id);
        let deck_id = deck.map(|deck| deck.deck_id);
        let study_days = user.study_days(now);
        let today = study_days.day_of(now);
        let since = study_days.start_of(today - TimeDelta::days(PAST_DAYS as i64 - 1));
        let until = study_days.start_of(today + TimeDelta::days(FORECAST_DAYS as i64));

        let quarters = db::stats::answers_by_quarter(&self.db, user_id, deck_id, since).await?;
        let due = db::stats::due_by_quarter(&self.db, user_id, deck_id, until).await?;
        let recalls = db::stats::recalls(&self.db, user_id, deck_id, MOST_RECALLS).await?;
        let recalls: Vec<Recall> = recalls
            .iter()
            .filter_map(|row| self.predicted(row))
            .collect();
        let (stability, intervals) = db::stats::spreads(&self.db, user_id, deck_id).await?;
        let subtopics = match deck_id {
            Some(id) => db::stats::subtopics(&self.db, user_id, id, MOST_SUBTOPICS).await?,
            None => Vec::new(),
        };
        let level_rows = db::stats::levels_by_quarter(&self.db, user_id, deck_id, since).await?;
        let titles: HashMap<DeckId, String> = match deck {
            Some(deck) => HashMap::from([(deck.deck_id, deck.title.clone())]),
            None => db::decks::list(&self.db, user_id, None, MOST_DECKS)
                .await?
                .into_iter()
                .map(|deck| (deck.deck_id, deck.title))
                .collect(),
        };

        let past = days::daily(&quarters, &study_days, today, PAST_DAYS);
        let forecast = days::forecast(&due, &study_days, today, FORECAST_DAYS);
        Ok(Stats {
            today,
            answered_today: past.last().map(|day| day.tally).unwrap_or_default(),
            due_today: forecast.first().map_or(0, |day| day.cards),
            streak: days::streak(&past),
            days: past,
            forecast,
            calibration: calibrate(&recalls),
            stability: spread::bands(&stability),
            intervals: spread::bands(&intervals),
            levels: level_lines(&level_rows, &titles, &study_days),
            subtopics,
            cards: db::stats::card_totals(&self.db, user_id, deck_id).await?,
        })
    }

    /// What FSRS would have said of a review just before it. `None` for numbers that FSRS cannot have written.
    fn predicted(&self, row: &RecallRow) -> Option<Recall> {
        let schedule = Schedule {
            state: CardState::Review,
            stability: Some(row.stability),
            difficulty: Some(row.difficulty),
            last_review_day: Some(row.last_review_day),
            ..Schedule::new_card()
        };
        let days = StudyDays::from_names(&row.time_zone, row.rollover_hour);
        Some(Recall {
            predicted: self
                .scheduler
                .retrievability(&schedule, row.reviewed_at, &days)?,
            recalled: row.recalled,
        })
    }
}

/// A line for each deck, most new cards first; rows come grouped by deck.
fn level_lines(
    rows: &[(DeckId, chrono::DateTime<chrono::Utc>, u32, i64)],
    titles: &HashMap<DeckId, String>,
    study_days: &StudyDays,
) -> Vec<LevelLine> {
    let mut lines: Vec<LevelLine> = rows
        .chunk_by(|one, other| one.0 == other.0)
        .filter_map(|rows| {
            let deck_id = rows[0].0;
            let quarters: Vec<_> = rows
                .iter()
                .map(|(_, at, cards, sum)| (*at, *cards, *sum))
                .collect();
            Some(LevelLine {
                deck_id,
                title: titles.get(&deck_id)?.clone(),
                points: days::levels(&quarters, study_days),
            })
        })
        .collect();
    let cards = |line: &LevelLine| line.points.iter().map(|point| point.cards).sum::<u32>();
    lines.sort_by_key(|line| std::cmp::Reverse(cards(line)));
    lines.truncate(MOST_LINES);
    lines
}
