//! One card's page: its text, what is said of it, its history with the curve of its memory, and what can be done to it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use chrono::{DateTime, TimeDelta, Utc};

use super::cards::{find, origin};
use super::memory_chart::MemoryChart;
use super::views::{CardRow, Shell};
use crate::db;
use crate::db::cards::Card;
use crate::db::reviews::Review;
use crate::db::users::User;
use crate::domain::memory_curve;
use crate::domain::scheduler::Schedule;
use crate::error::Result;
use crate::study::Study;
use crate::web::extract::{Id, Params};
use crate::web::render::{SafeHtml, render, render_markdown};
use crate::web::session::Learner;
use crate::web::words::Words;
use crate::web::words::cards::CardPageTexts;

/// `/cards/{id}`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/card.html")]
pub struct CardPage {
    /// Around the page.
    pub shell: Shell,
    /// The card.
    pub card: CardRow,
    /// Rendered; may be empty.
    pub explanation: SafeHtml,
    /// The learner's words.
    pub tags: Vec<String>,
    /// Numbers in words: stability, difficulty, answers, lapses.
    pub facts: Vec<(&'static str, String)>,
    /// What is to be said of the card itself.
    pub note: Option<&'static str>,
    /// Another wording.
    pub proposal: Option<Proposal>,
    /// A wording is being written.
    pub is_rephrasing: bool,
    /// Another wording can be asked for.
    pub may_rephrase: bool,
    /// The curve, once there is one.
    pub chart: Option<MemoryChart>,
    /// Answers and what else moved the card, latest first.
    pub history: Vec<HistoryRow>,
    /// When it comes back, or tomorrow, as the date field has it.
    pub due_day: String,
    /// Put off until tomorrow.
    pub is_buried: bool,
    /// The way back.
    pub back: String,
}

/// A proposed wording, rendered.
#[derive(Debug)]
pub struct Proposal {
    /// What is asked.
    pub question: SafeHtml,
    /// What is right.
    pub answer: SafeHtml,
    /// May be empty.
    pub explanation: SafeHtml,
}

/// A row of a card's history.
#[derive(Debug)]
pub struct HistoryRow {
    /// The learner's day and time.
    pub when: String,
    /// What was done.
    pub what: &'static str,
    /// Seconds, if known.
    pub took: String,
    /// Chance of recall just before, in per cent.
    pub recall: String,
    /// Days of stability after it.
    pub stability: String,
}

/// `GET /cards/{id}`.
pub async fn show(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<CardPage> {
    let card = find(&study, &user, id).await?;
    let history = db::reviews::standing(&study.db, user.user_id, id).await?;
    let rephrasing = db::rephrasings::find(&study.db, user.user_id, id).await?;
    let state = rephrasing.as_ref().map(|found| found.state.clone());
    let now = study.now();
    let render_field = if card.is_own() {
        render_markdown
    } else {
        render
    };
    let optional =
        |text: Option<&String>| text.map_or_else(SafeHtml::default, |text| render_field(text));
    let proposal = rephrasing.and_then(|found| {
        Some(Proposal {
            question: render_field(found.question.as_ref()?),
            answer: render_field(found.answer.as_ref()?),
            explanation: optional(found.explanation.as_ref()),
        })
    });
    let days = user.study_days(now);
    let words = shell.words();
    Ok(CardPage {
        shell,
        note: note(&study, &user, &card, words).await?,
        back: origin(&params, &card)?,
        explanation: optional(card.explanation.as_ref()),
        tags: card.tags.clone(),
        facts: facts(&study, &user, &card, words),
        is_rephrasing: matches!(state.as_deref(), Some("queued" | "running")),
        may_rephrase: study.has_model() && proposal.is_none() && card.cloze.is_none(),
        proposal,
        chart: chart(&study, &user, &card, &history, words),
        history: rows(&study, &user, &card, &history, words),
        due_day: days
            .day_of(card.due_at.unwrap_or(now).max(days.next_start(now)))
            .to_string(),
        is_buried: card.buried_until.is_some_and(|until| until > now),
        card: CardRow::new(&card, now, None, words),
    })
}

/// The most pressing thing to say of a card.
async fn note(
    study: &Study,
    user: &User,
    card: &Card,
    words: &Words,
) -> Result<Option<&'static str>> {
    if let (Some(pool_card_id), None) = (card.pool_card_id, card.warning_read_at) {
        let deck = db::decks::find(&study.db, user.user_id, card.deck_id).await?;
        let topics: Vec<_> = deck.and_then(|deck| deck.topic_id).into_iter().collect();
        let doubted = db::pool::quarantined(&study.db, &topics, &[pool_card_id]).await?;
        if !doubted.is_empty() {
            return Ok(Some(words.study.doubted));
        }
    }
    Ok(card.leech_at.map(|_| words.study.leech))
}

fn facts(study: &Study, user: &User, card: &Card, words: &Words) -> Vec<(&'static str, String)> {
    let (say, told) = (&words.card_page, &words.card);
    let days = user.study_days(study.now());
    let mut facts = vec![
        (say.answers, card.reps.to_string()),
        (say.lapses, card.lapses.to_string()),
    ];
    if let (Some(stability), Some(difficulty)) = (card.stability, card.difficulty) {
        facts.push((say.stability, (told.days)(stability)));
        facts.push((say.difficulty, (told.difficulty)(difficulty)));
    }
    let recall = study
        .scheduler
        .retrievability(&card.schedule(), study.now(), &days);
    if let Some(recall) = recall {
        facts.push((say.recall_now, (told.percent)(recall)));
    }
    facts
}

/// The card after each of the rows of its log that stand.
fn states(card: &Card, history: &[Review]) -> Vec<(DateTime<Utc>, Schedule)> {
    let before = |row: &Review| {
        let mut state = card.clone();
        row.restore_before(&mut state);
        state.schedule()
    };
    let after = history.iter().skip(1).map(before).chain([card.schedule()]);
    history
        .iter()
        .map(|row| row.reviewed_at)
        .zip(after)
        .collect()
}

fn chart(
    study: &Study,
    user: &User,
    card: &Card,
    history: &[Review],
    words: &Words,
) -> Option<MemoryChart> {
    let now = study.now();
    let first = history.first()?.reviewed_at;
    // As far ahead as the card is old, so that the past keeps half of the picture; a month at the least.
    let ahead = (now - first).max(TimeDelta::days(30));
    let until = card.due_at.unwrap_or(now).max(now + ahead);
    let curve = memory_curve::stretches(
        &study.scheduler,
        &states(card, history),
        until,
        &user.study_days(now),
    );
    MemoryChart::new(&curve, now, words)
}

fn rows(
    study: &Study,
    user: &User,
    card: &Card,
    history: &[Review],
    words: &Words,
) -> Vec<HistoryRow> {
    let told = &words.card;
    let days = user.study_days(study.now());
    let states = states(card, history);
    let mut rows = Vec::with_capacity(history.len());
    for (row, (_, after)) in history.iter().zip(&states) {
        let mut before = card.clone();
        row.restore_before(&mut before);
        let recall = study
            .scheduler
            .retrievability(&before.schedule(), row.reviewed_at, &days);
        let local = row.reviewed_at.with_timezone(&days.time_zone);
        rows.push(HistoryRow {
            when: format!(
                "{} {}",
                (words.day)(local.date_naive()),
                local.format("%H:%M")
            ),
            what: what(row, &words.card_page),
            took: row
                .duration_ms
                .map_or_else(String::new, |ms| (told.seconds)(f64::from(ms) / 1000.0)),
            recall: recall.map_or_else(String::new, told.percent),
            stability: after.stability.map_or_else(String::new, told.days),
        });
    }
    rows.reverse();
    rows
}

fn what(row: &Review, say: &CardPageTexts) -> &'static str {
    match (row.kind.as_str(), row.rating) {
        ("reset", _) => say.was_reset,
        ("reschedule", _) => say.was_moved,
        (_, Some(1)) => say.didnt_know,
        (_, Some(2)) => say.hard,
        (_, Some(3)) => say.knew_it,
        _ => say.too_easy,
    }
}
