//! The statistics page, of all decks and of one.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::charts::{
    BarChart, Calendar, CalibrationChart, Counted, CoverageRow, LevelChart, Table, calendar,
    calibration_chart, coverage, days_chart, level_chart, spread_chart,
};
use super::views::Shell;
use crate::db;
use crate::domain::ids::DeckId;
use crate::domain::stats::Stats;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::extract::Id;
use crate::web::session::Learner;
use crate::web::words::Words;

/// Days of the bar charts of the past: what fits a phone as bars that one can tell apart.
const RECENT_DAYS: usize = 30;

/// `/stats`, and `/decks/{id}/stats`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/stats.html")]
pub struct StatsPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck and its title; none for all together.
    pub deck: Option<(DeckId, String)>,
    /// Whether anything was ever answered in the year that is shown.
    pub is_empty: bool,
    /// Today, in a few numbers with their words.
    pub today: Vec<(String, &'static str)>,
    /// Answers a day.
    pub answers: BarChart,
    /// Minutes a day.
    pub minutes: BarChart,
    /// The year.
    pub calendar: Calendar,
    /// What the year says in a sentence.
    pub year: String,
    /// Cards due a day.
    pub forecast: BarChart,
    /// What is to come in a sentence.
    pub ahead: String,
    /// Predictions against answers.
    pub calibration: CalibrationChart,
    /// The same in a sentence; none without a review.
    pub retention: Option<String>,
    /// Cards by stability.
    pub stability: BarChart,
    /// Cards by interval.
    pub intervals: BarChart,
    /// Cards in review: without one the spreads are empty.
    pub has_reviews: bool,
    /// Levels over time.
    pub levels: LevelChart,
    /// Parts of the topic; empty for all decks together.
    pub coverage: Vec<CoverageRow>,
    /// The same in numbers.
    pub coverage_table: Table,
    /// What the cards are, in a sentence.
    pub cards: String,
}

impl StatsPage {
    /// Draws statistics.
    pub fn new(shell: Shell, deck: Option<(DeckId, String)>, stats: &Stats) -> StatsPage {
        let words = shell.words();
        let (say, told) = (&words.stats, &words.stat);
        let recent = &stats.days[stats.days.len().saturating_sub(RECENT_DAYS)..];
        let last = recent.len().saturating_sub(1);
        let past_axis = || match recent {
            [first, .., _] => vec![(told.short_day)(first.date), say.is_today.into()],
            _ => vec![],
        };
        let answers: Vec<_> = recent
            .iter()
            .map(|day| (day.date, u64::from(day.tally.answers)))
            .collect();
        let minutes: Vec<_> = recent
            .iter()
            .map(|day| (day.date, day.tally.minutes()))
            .collect();
        let due: Vec<_> = stats
            .forecast
            .iter()
            .map(|day| (day.date, u64::from(day.cards)))
            .collect();
        let ahead_axis = stats.forecast.last().map(|day| (told.short_day)(day.date));
        let (coverage, coverage_table) = coverage(&stats.subtopics, words);
        let counted = |name, number| Counted { name, number };
        let studied = stats.days.iter().filter(|day| day.tally.answers > 0);
        StatsPage {
            shell,
            deck,
            is_empty: stats.days.iter().all(|day| day.tally.answers == 0),
            today: today(stats, words),
            answers: days_chart(
                &answers,
                counted(say.answers, told.answers),
                last,
                past_axis(),
                words,
            ),
            minutes: days_chart(
                &minutes,
                counted(say.minutes, told.minutes),
                last,
                past_axis(),
                words,
            ),
            calendar: calendar(&stats.days, words),
            year: (told.year)(
                stats.days.iter().map(|day| day.tally.answers).sum(),
                studied.count(),
            ),
            forecast: days_chart(
                &due,
                counted(say.cards, told.cards),
                0,
                std::iter::once(say.is_today.into())
                    .chain(ahead_axis)
                    .collect(),
                words,
            ),
            ahead: ahead(stats, words),
            calibration: calibration_chart(&stats.calibration, words),
            retention: retention(stats, words),
            stability: spread_chart(&stats.stability, words),
            intervals: spread_chart(&stats.intervals, words),
            has_reviews: stats.stability.iter().any(|band| band.cards > 0),
            levels: level_chart(&stats.levels, stats.today, words),
            coverage,
            coverage_table,
            cards: (told.totals)(&stats.cards),
        }
    }
}

fn today(stats: &Stats, words: &Words) -> Vec<(String, &'static str)> {
    let (say, tally) = (&words.stats, stats.answered_today);
    let mut numbers = vec![
        (tally.answers.to_string(), say.answers),
        (tally.new.to_string(), say.new_cards),
        (tally.minutes().to_string(), say.minutes),
    ];
    if let Some(retention) = tally.retention() {
        numbers.push(((words.card.percent)(retention), say.of_reviews));
    }
    numbers.push((stats.due_today.to_string(), say.still_due));
    if stats.streak > 1 {
        numbers.push((stats.streak.to_string(), say.days_in_a_row));
    }
    numbers
}

fn ahead(stats: &Stats, words: &Words) -> String {
    let cards = stats.forecast.iter().map(|day| day.cards).sum();
    let busiest = stats.forecast.iter().max_by_key(|day| day.cards);
    (words.stat.ahead)(cards, busiest.filter(|day| day.cards > 0))
}

fn retention(stats: &Stats, words: &Words) -> Option<String> {
    let calibration = &stats.calibration;
    let (predicted, recalled) = (calibration.predicted?, calibration.recalled?);
    Some((words.stat.retention)(
        calibration.reviews,
        recalled,
        predicted,
    ))
}

/// `GET /stats`.
pub async fn all(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
) -> Result<StatsPage> {
    let stats = study.stats(&user, None).await?;
    Ok(StatsPage::new(shell, None, &stats))
}

/// `GET /decks/{id}/stats`.
pub async fn deck(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
) -> Result<StatsPage> {
    let deck = db::decks::find(&study.db, user.user_id, id)
        .await?
        .ok_or(Error::NotFound)?;
    let stats = study.stats(&user, Some(&deck)).await?;
    Ok(StatsPage::new(shell, Some((id, deck.title)), &stats))
}
