//! The statistics page, of all decks and of one.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::charts::{
    BarChart, Calendar, CalibrationChart, CoverageRow, LevelChart, Table, calendar,
    calibration_chart, coverage, days_chart, level_chart, percent, short_date, spread_chart,
};
use super::views::Shell;
use crate::db;
use crate::domain::ids::DeckId;
use crate::domain::stats::Stats;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::extract::Id;
use crate::web::session::Learner;

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
        let recent = &stats.days[stats.days.len().saturating_sub(RECENT_DAYS)..];
        let last = recent.len().saturating_sub(1);
        let past_axis = || match recent {
            [first, .., _] => vec![short_date(first.date), "today".into()],
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
        let ahead_axis = stats.forecast.last().map(|day| short_date(day.date));
        let (coverage, coverage_table) = coverage(&stats.subtopics);
        StatsPage {
            shell,
            deck,
            is_empty: stats.days.iter().all(|day| day.tally.answers == 0),
            today: today(stats),
            answers: days_chart(&answers, "answers", last, past_axis()),
            minutes: days_chart(&minutes, "minutes", last, past_axis()),
            calendar: calendar(&stats.days),
            year: year(stats),
            forecast: days_chart(
                &due,
                "cards",
                0,
                std::iter::once("today".into()).chain(ahead_axis).collect(),
            ),
            ahead: ahead(stats),
            calibration: calibration_chart(&stats.calibration),
            retention: retention(stats),
            stability: spread_chart(&stats.stability),
            intervals: spread_chart(&stats.intervals),
            has_reviews: stats.stability.iter().any(|band| band.cards > 0),
            levels: level_chart(&stats.levels, stats.today),
            coverage,
            coverage_table,
            cards: cards(stats),
        }
    }
}

fn today(stats: &Stats) -> Vec<(String, &'static str)> {
    let tally = stats.answered_today;
    let mut numbers = vec![
        (tally.answers.to_string(), "answers"),
        (tally.new.to_string(), "new cards"),
        (tally.minutes().to_string(), "minutes"),
    ];
    if let Some(retention) = tally.retention() {
        numbers.push((percent(retention), "of reviews recalled"));
    }
    numbers.push((stats.due_today.to_string(), "still due today"));
    if stats.streak > 1 {
        numbers.push((stats.streak.to_string(), "days in a row"));
    }
    numbers
}

fn year(stats: &Stats) -> String {
    let studied = stats
        .days
        .iter()
        .filter(|day| day.tally.answers > 0)
        .count();
    let answers: u32 = stats.days.iter().map(|day| day.tally.answers).sum();
    let days = if studied == 1 { "day" } else { "days" };
    format!("{answers} answers on {studied} {days} of the last year.")
}

fn ahead(stats: &Stats) -> String {
    let cards: u32 = stats.forecast.iter().map(|day| day.cards).sum();
    let busiest = stats.forecast.iter().max_by_key(|day| day.cards);
    match busiest {
        Some(day) if day.cards > 0 => format!(
            "{cards} of the cards you have come back in 30 days, most of them ({}) on {}. New cards and lapses add to that.",
            day.cards,
            short_date(day.date)
        ),
        _ => "Nothing comes back in the next 30 days.".into(),
    }
}

fn retention(stats: &Stats) -> Option<String> {
    let calibration = &stats.calibration;
    let (predicted, recalled) = (calibration.predicted?, calibration.recalled?);
    Some(format!(
        "Of your last {} reviews you knew {}; {} was predicted. On the diagonal, prediction and memory agree.",
        calibration.reviews,
        percent(recalled),
        percent(predicted)
    ))
}

fn cards(stats: &Stats) -> String {
    let cards = stats.cards;
    let mut words = format!(
        "{} cards: {} known for three weeks or more, {} being learned, {} new",
        cards.all(),
        cards.known,
        cards.learning,
        cards.new
    );
    if cards.suspended > 0 {
        words.push_str(&format!(", {} suspended", cards.suspended));
    }
    words + "."
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
