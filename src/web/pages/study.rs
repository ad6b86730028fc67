//! The study page, and its fragment for the script.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use super::notice::{notice, pencil};
use super::views::{
    Buttons, CardView, ChoiceView, CountsView, DeskView, LONG_QUESTION, LevelView, Shell,
};
use crate::db;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::next::{Next, Scope, StudyCard};
use crate::web::extract::{Id, Params};
use crate::web::render::{SafeHtml, render};
use crate::web::session::Learner;

/// Cards that a page holds: enough that a learner who knows several at a glance does not outrun the next request.
const AT_HAND: u8 = 4;

/// `/decks/{id}/study`, and `/study` for all decks together.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/study.html")]
pub struct StudyPage {
    /// Around the page.
    pub shell: Shell,
    /// The deck; none when all are studied together.
    pub deck_id: Option<DeckId>,
    /// The deck's title.
    pub title: String,
    /// The deck's language as a BCP-47 tag; empty when it is the topic's own.
    pub language: String,
    /// Something to say once: the answer of a form came too late.
    pub word: Option<&'static str>,
    /// The middle of the page.
    pub desk: DeskView,
}

impl StudyPage {
    /// The steps of the ruler.
    pub fn levels(&self) -> [LevelView; 9] {
        LevelView::all()
    }

    /// Without script, a page that waits asks again.
    pub fn is_live(&self) -> bool {
        self.desk
            .notice
            .as_ref()
            .is_some_and(|notice| notice.is_live)
    }
}

/// `/decks/{id}/study/ahead`: the desk as it is now, for the script.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "fragments/ahead.html")]
pub struct DeskFragment {
    /// The desk.
    pub desk: DeskView,
}

/// `GET /decks/{id}/study`.
pub async fn deck(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<StudyPage> {
    page(&study, shell, &user, Scope::Deck(id), &params).await
}

/// `GET /study`.
pub async fn all(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<StudyPage> {
    page(&study, shell, &user, Scope::AllDecks, &params).await
}

/// `GET /decks/{id}/study/ahead`.
pub async fn deck_ahead(
    State(study): State<Study>,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<DeskFragment> {
    let (desk, _) = desk(&study, &user, Scope::Deck(id), wanted(&params)?).await?;
    Ok(DeskFragment { desk })
}

/// `GET /study/ahead`.
pub async fn all_ahead(
    State(study): State<Study>,
    Learner(user): Learner,
    params: Params,
) -> Result<DeskFragment> {
    let (desk, _) = desk(&study, &user, Scope::AllDecks, wanted(&params)?).await?;
    Ok(DeskFragment { desk })
}

/// How many cards the script wants: few while it is on line, as many as there are to keep for when it is not.
fn wanted(params: &Params) -> Result<u8> {
    let number = params.number("n", i64::from(AT_HAND), 1..=20)?;
    Ok(u8::try_from(number).unwrap_or(AT_HAND))
}

async fn page(
    study: &Study,
    shell: Shell,
    user: &User,
    scope: Scope,
    params: &Params,
) -> Result<StudyPage> {
    let (desk, next) = desk(study, user, scope, AT_HAND).await?;
    let last = params.text("last")?.and_then(|id| id.parse().ok());
    let undo = match last {
        Some(card_id) => db::cards::find(&study.db, user.user_id, card_id).await?,
        None => None,
    };
    let (deck_id, title, language) = match (scope, next.outlooks.as_slice()) {
        (Scope::Deck(deck_id), [only]) => (
            Some(deck_id),
            only.deck.title.clone(),
            only.deck.language.clone(),
        ),
        _ => (None, "All decks".to_owned(), String::new()),
    };
    let desk = DeskView {
        is_revealed: params.text("show")? == Some("answer"),
        has_hints: params.text("hints")?.is_some(),
        undo: undo.map(|card| card.card_id),
        ..desk
    };
    let word = params
        .text("stale")?
        .map(|_| "That card was answered or changed already; that answer stands.");
    Ok(StudyPage {
        shell,
        deck_id,
        title,
        language,
        word,
        desk,
    })
}

/// The desk of a scope. 404 when the deck is not the learner's.
async fn desk(study: &Study, user: &User, scope: Scope, wanted: u8) -> Result<(DeskView, Next)> {
    let (next, cards) = study
        .hand(user, scope, wanted)
        .await?
        .ok_or(Error::NotFound)?;
    let now = study.now();
    let deck_title = |card: &StudyCard| {
        let deck = next
            .outlooks
            .iter()
            .find(|outlook| outlook.deck.deck_id == card.card.deck_id);
        deck.filter(|_| scope == Scope::AllDecks)
            .map(|outlook| outlook.deck.title.clone())
    };
    let cards = next.study.iter().chain(&cards);
    let cards = cards
        .map(|card| CardView {
            deck_title: deck_title(card),
            ..card_view(study, user, card)
        })
        .collect();
    let level = match (scope, next.outlooks.as_slice()) {
        (Scope::Deck(_), [only]) => Some(only.deck.level().into()),
        _ => None,
    };
    let desk = DeskView {
        base: match scope {
            Scope::Deck(deck_id) => format!("/decks/{deck_id}"),
            Scope::AllDecks => String::new(),
        },
        counts: CountsView {
            new: next.counts.new,
            learning: next.counts.learning,
            due: next.counts.due,
        },
        ready: next.counts.new,
        level,
        pencil: pencil(&next, now),
        cards,
        notice: notice(&next, now),
        is_revealed: false,
        has_hints: false,
        undo: None,
    };
    Ok((desk, next))
}

fn card_view(study: &Study, user: &User, studied: &StudyCard) -> CardView {
    let StudyCard { card, choices } = studied;
    CardView {
        id: card.card_id,
        deck_title: None,
        subtopic: card.subtopic.clone(),
        question: render(&card.question),
        answer: render(&card.answer),
        explanation: card
            .explanation
            .as_deref()
            .map_or_else(SafeHtml::default, render),
        is_long: card.question.chars().count() > LONG_QUESTION,
        revision: i64::from(card.revision),
        flagged: card.flagged,
        choices: ChoiceView::row(
            Buttons::of(user),
            [choices.again, choices.hard, choices.good, choices.easy],
        ),
        review_id: study.new_id(),
        shown_at: study.now().timestamp_millis(),
    }
}
