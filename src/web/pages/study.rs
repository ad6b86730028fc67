//! The study page, and its fragment for the script.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use std::collections::HashMap;

use super::notice::{notice, pencil};
use super::views::{
    Buttons, CardView, ChoiceView, CountsView, DeskView, LONG_QUESTION, LevelView, Shell,
    WriterView,
};
use crate::db;
use crate::db::users::User;
use crate::domain::ids::{CardId, DeckId};
use crate::error::{Error, Result};
use crate::study::Study;
use crate::study::actions::Among;
use crate::study::next::{Next, Scope, StudyCard};
use crate::web::extract::{Id, Params};
use crate::web::render::render_card;
use crate::web::session::Learner;
use crate::web::words::Words;

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
        LevelView::all(self.shell.words())
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
    /// In whose language.
    pub shell: Shell,
    /// The desk.
    pub desk: DeskView,
    /// The card that lies before the learner was deleted or put aside meanwhile, elsewhere.
    pub is_taken_away: bool,
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
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<DeskFragment> {
    ahead(&study, shell, &user, Scope::Deck(id), &params).await
}

/// `GET /study/ahead`.
pub async fn all_ahead(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<DeskFragment> {
    ahead(&study, shell, &user, Scope::AllDecks, &params).await
}

async fn ahead(
    study: &Study,
    shell: Shell,
    user: &User,
    scope: Scope,
    params: &Params,
) -> Result<DeskFragment> {
    let wanted = wanted(params)?;
    let lying = params.id("on")?;
    let (desk, _) = desk(study, user, scope, wanted, shell.words()).await?;
    let is_taken_away = match lying {
        Some(card_id) if desk.cards.iter().all(|card| card.id != card_id) => {
            !study.may_be_studied(user, card_id).await?
        }
        _ => false,
    };
    Ok(DeskFragment {
        shell,
        desk,
        is_taken_away,
    })
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
    let words = shell.words();
    let (desk, next) = desk(study, user, scope, AT_HAND, words).await?;
    let (deck_id, title, language) = match (scope, next.outlooks.as_slice()) {
        (Scope::Deck(deck_id), [only]) => (
            Some(deck_id),
            only.deck.title.clone(),
            only.deck.language.clone(),
        ),
        _ => (None, words.study.all_decks.to_owned(), String::new()),
    };
    let desk = DeskView {
        is_revealed: is_revealed(params.text("show")?, &desk),
        has_hints: params.text("hints")?.is_some(),
        has_undo: study.latest(user, Among::deck(deck_id)).await?.is_some(),
        ..desk
    };
    let word = match (params.text("stale")?, params.text("gone")?) {
        (Some(_), _) => Some(words.study.stale),
        (_, Some(_)) => Some(words.study.gone),
        _ => None,
    };
    Ok(StudyPage {
        shell,
        deck_id,
        title,
        language,
        word,
        desk,
    })
}

/// Without script the answer is asked for; after a look at a card's pages, by the card's id: another card's stays hidden.
fn is_revealed(show: Option<&str>, desk: &DeskView) -> bool {
    let lies_there = |id: &str| {
        let first = desk.cards.first();
        first.is_some_and(|card| card.id.to_string() == id)
    };
    show.is_some_and(|show| show == "answer" || lies_there(show))
}

/// The desk of a scope. 404 when the deck is not the learner's.
async fn desk(
    study: &Study,
    user: &User,
    scope: Scope,
    wanted: u8,
    words: &Words,
) -> Result<(DeskView, Next)> {
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
    let cards: Vec<&StudyCard> = next.study.iter().chain(&cards).collect();
    let notes = card_notes(study, user, &next, &cards, words).await?;
    let cards = cards
        .into_iter()
        .map(|card| CardView {
            deck_title: deck_title(card),
            note: notes.get(&card.card.card_id).copied(),
            ..card_view(study, user, card, words)
        })
        .collect();
    let level = match (scope, next.outlooks.as_slice()) {
        (Scope::Deck(_), [only]) => Some(LevelView::of(only.deck.level(), words)),
        _ => None,
    };
    let due = match next.limit() {
        Some(_) if next.study.is_none() => study.due_now(user).await?,
        _ => 0,
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
        pencil: pencil(&next, now, words),
        cards,
        notice: notice(&next, due, now, words),
        is_revealed: false,
        has_hints: false,
        has_undo: false,
    };
    Ok((desk, next))
}

fn card_view(study: &Study, user: &User, studied: &StudyCard, words: &Words) -> CardView {
    let StudyCard { card, choices } = studied;
    let html = render_card(card);
    CardView {
        id: card.card_id,
        deck_id: card.deck_id,
        deck_title: None,
        subtopic: card.subtopic.clone(),
        question: html.question,
        answer: html.answer,
        explanation: html.explanation,
        is_long: card.question.chars().count() > LONG_QUESTION,
        revision: i64::from(card.revision),
        flagged: card.flagged,
        note: None,
        writer: WriterView::of(card.model.as_deref()),
        choices: ChoiceView::row(
            Buttons::of(user),
            [choices.again, choices.hard, choices.good, choices.easy],
            words,
        ),
        review_id: study.new_id(),
        shown_at: study.now().timestamp_millis(),
    }
}

/// What is to be said of cards themselves, by card: the most pressing.
async fn card_notes(
    study: &Study,
    user: &User,
    next: &Next,
    cards: &[&StudyCard],
    words: &Words,
) -> Result<HashMap<CardId, &'static str>> {
    let mut notes = HashMap::new();
    let leeches: Vec<CardId> = cards
        .iter()
        .filter(|card| card.card.leech_at.is_some())
        .map(|card| card.card.card_id)
        .collect();
    if !leeches.is_empty() {
        notes.extend(leeches.iter().map(|id| (*id, words.study.leech)));
        let proposed = db::rephrasings::proposed(&study.db, user.user_id, &leeches).await?;
        notes.extend(proposed.into_iter().map(|id| (id, words.study.proposed)));
    }
    let unread: HashMap<_, _> = cards
        .iter()
        .filter(|card| card.card.warning_read_at.is_none())
        .filter_map(|card| Some((card.card.pool_card_id?, card.card.card_id)))
        .collect();
    let topics: Vec<_> = next
        .outlooks
        .iter()
        .filter_map(|outlook| outlook.deck.topic_id)
        .collect();
    let pool_card_ids: Vec<_> = unread.keys().copied().collect();
    for id in db::pool::quarantined(&study.db, &topics, &pool_card_ids).await? {
        if let Some(card_id) = unread.get(&id) {
            notes.insert(*card_id, words.study.doubted);
        }
    }
    Ok(notes)
}
