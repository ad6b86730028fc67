//! What a deck's daily limits leave of today, and what a number of new cards a day will cost.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Study;
use super::cause::DayLimit;
use super::outlook::Outlook;
use crate::db;
use crate::db::decks::Deck;
use crate::db::queue::DeckCounts;
use crate::db::users::User;
use crate::domain::daily_limits::{AnswerTimes, DailyLimits, DaySoFar, LeftToday};
use crate::domain::forecast::{self, ForecastInput};
use crate::domain::ids::DeckId;
use crate::domain::queue::Mix;

/// How far back answers tell how long the learner takes.
const TIMES_SINCE: TimeDelta = TimeDelta::days(60);

/// Cards that a forecast simulates one by one; of more, as many are taken for all.
const FORECAST_SAMPLE: i64 = 1_000;

/// What a number of new cards a day will cost.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// New cards a day.
    pub new_per_day: u32,
    /// Minutes a day, today first.
    pub minutes: Vec<f64>,
    /// Minutes a day in two weeks.
    pub in_two_weeks: f64,
}

impl Forecast {
    /// In words.
    pub fn sentence(&self) -> String {
        forecast::sentence(self.new_per_day, self.in_two_weeks)
    }
}

impl Deck {
    /// What the learner set.
    pub fn limits(&self) -> DailyLimits {
        let number = |limit: Option<i32>| limit.and_then(|limit| u32::try_from(limit).ok());
        DailyLimits {
            new: number(self.new_per_day),
            reviews: number(self.reviews_per_day),
            minutes: number(self.minutes_per_day),
        }
    }

    /// How new cards go with reviews.
    pub fn mix(&self) -> Mix {
        Mix::from_name(&self.new_order).unwrap_or_default()
    }
}

impl Outlook {
    /// Unseen cards that may come today.
    pub fn new_today(&self) -> u32 {
        self.unseen.min(self.left.new.unwrap_or(u32::MAX))
    }

    /// Due reviews that may come today.
    pub fn reviews_today(&self) -> u32 {
        let due = u32::try_from(self.counts.review_due).unwrap_or(0);
        due.min(self.left.reviews.unwrap_or(u32::MAX))
    }

    /// Which limit of the day keeps cards away; `None` when none does.
    pub fn limit_reached(&self) -> Option<DayLimit> {
        let limits = self.deck.limits();
        let keeps_reviews = self.counts.review_due > 0 && self.reviews_today() == 0;
        let keeps_new = self.left.new == Some(0);
        if keeps_reviews {
            Some(DayLimit::Reviews)
        } else if keeps_new && limits.minutes.is_some() {
            Some(DayLimit::Minutes)
        } else if keeps_new {
            Some(DayLimit::New)
        } else {
            None
        }
    }
}

impl Study {
    /// What is left of today in those of these decks that have limits: nothing is asked where none has.
    pub(super) async fn left_today(
        &self,
        user: &User,
        decks: &[Deck],
        counts: &[&DeckCounts],
    ) -> sqlx::Result<HashMap<DeckId, LeftToday>> {
        let limited: Vec<DeckId> = decks
            .iter()
            .filter(|deck| deck.limits().any())
            .map(|deck| deck.deck_id)
            .collect();
        if limited.is_empty() {
            return Ok(HashMap::new());
        }
        let since = self.today_began(user);
        let done = db::reviews::answered_since(&self.db, user.user_id, &limited, since).await?;
        let has_ceiling = decks.iter().any(|deck| deck.minutes_per_day.is_some());
        let times = if has_ceiling {
            self.answer_times(user).await?
        } else {
            AnswerTimes::learned((0, 0.0), (0, 0.0))
        };
        let left = decks.iter().zip(counts).filter_map(|(deck, counts)| {
            let limits = Some(deck.limits()).filter(DailyLimits::any)?;
            let done = done.iter().find(|done| done.deck_id == deck.deck_id);
            let number = |number: i64| u32::try_from(number).unwrap_or(0);
            let day = DaySoFar {
                new: done.map_or(0, |done| number(done.new)),
                reviews: done.map_or(0, |done| number(done.reviews)),
                seconds: done.map_or(0.0, |done| done.seconds),
                owed: number(counts.due_today),
            };
            Some((deck.deck_id, limits.left(&day, &times)))
        });
        Ok(left.collect())
    }

    /// When the learner's day began.
    pub(super) fn today_began(&self, user: &User) -> DateTime<Utc> {
        let now = self.now();
        let days = user.study_days(now);
        days.start_of(days.day_of(now))
    }

    /// How long the learner takes for an answer.
    pub async fn answer_times(&self, user: &User) -> sqlx::Result<AnswerTimes> {
        let row =
            db::reviews::answer_times(&self.db, user.user_id, self.now() - TIMES_SINCE).await?;
        let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(AnswerTimes::learned(
            (number(row.new), row.new_seconds),
            (number(row.again), row.again_seconds),
        ))
    }

    /// What `new_per_day` new cards a day in a deck will cost, beside the cards that it has.
    pub async fn forecast(
        &self,
        user: &User,
        deck: &Deck,
        new_per_day: u32,
    ) -> sqlx::Result<Forecast> {
        let now = self.now();
        let until = now + TimeDelta::days(forecast::DAYS as i64);
        let (cards, all) =
            db::queue::due_until(&self.db, user.user_id, deck.deck_id, until, FORECAST_SAMPLE)
                .await?;
        let times = self.answer_times(user).await?;
        let weight = if cards.is_empty() {
            1.0
        } else {
            all as f64 / cards.len() as f64
        };
        let minutes = forecast::minutes_by_day(
            &self.scheduler,
            &ForecastInput {
                cards: &cards,
                weight,
                new_per_day,
                desired_retention: deck.desired_retention.unwrap_or(user.desired_retention),
                times,
                days: user.study_days(now),
                now,
            },
        );
        Ok(Forecast {
            new_per_day,
            in_two_weeks: forecast::in_two_weeks(&minutes),
            minutes,
        })
    }
}
