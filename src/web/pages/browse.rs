//! All cards of all decks, or of one: searched, filtered, sorted, in pieces. The form is a plain address, so that a view
//! can be kept as a bookmark.

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::cards::when;
use super::views::{CardRow, LevelView, Shell, WriterView};
use crate::db;
use crate::db::cards::Card;
use crate::db::users::User;
use crate::domain::browse::{CardFilter, CardPlace, CardSort};
use crate::domain::ids::DeckId;
use crate::domain::rephrase::LEECH_LAPSES;
use crate::error::{Error, Result};
use crate::study::Study;
use crate::web::api::cards::like_pattern;
use crate::web::extract::{Id, Params};
use crate::web::render::render_card;
use crate::web::session::Learner;
use crate::web::words::Words;

/// Cards of a piece.
const PIECE: i64 = 50;
/// More decks than anybody studies.
const MOST_DECKS: i64 = 1_000;

/// What the address asks for, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct BrowseQuery {
    /// Text to find.
    pub q: String,
    /// A deck's id, or empty for all.
    pub deck: String,
    /// `new`, `learning`, `relearning`, `review`, `due`, or empty.
    pub state: String,
    /// `true`: marked by the learner.
    pub flagged: String,
    /// `true`: forgotten again and again.
    pub leech: String,
    /// `true`: left out of study.
    pub suspended: String,
    /// `true`: put off until tomorrow.
    pub buried: String,
    /// A tag, or empty.
    pub tag: String,
    /// 1–9, or empty.
    pub level: String,
    /// A part of a topic, or empty.
    pub subtopic: String,
    /// One of [`CardSort::ALL`], or empty.
    pub sort: String,
}

impl BrowseQuery {
    /// Reads an address; `get` finds a field.
    pub fn read(get: impl Fn(&str) -> Result<String>) -> Result<BrowseQuery> {
        let mut query = BrowseQuery {
            q: get("q")?,
            deck: get("deck")?,
            state: get("state")?,
            flagged: get("flagged")?,
            leech: get("leech")?,
            suspended: get("suspended")?,
            buried: get("buried")?,
            tag: get("tag")?,
            level: get("level")?,
            subtopic: get("subtopic")?,
            sort: get("sort")?,
        };
        // Views that were kept when a mark was a state of its own.
        let mark = match query.state.as_str() {
            "flagged" => &mut query.flagged,
            "leech" => &mut query.leech,
            "suspended" => &mut query.suspended,
            _ => return Ok(query),
        };
        *mark = "true".into();
        query.state.clear();
        Ok(query)
    }

    /// The fields with their names, those that ask for something.
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("q", &self.q),
            ("deck", &self.deck),
            ("state", &self.state),
            ("flagged", &self.flagged),
            ("leech", &self.leech),
            ("suspended", &self.suspended),
            ("buried", &self.buried),
            ("tag", &self.tag),
            ("level", &self.level),
            ("subtopic", &self.subtopic),
            ("sort", &self.sort),
        ];
        let asked = fields.into_iter().filter(|(_, value)| !value.is_empty());
        asked.map(|(name, value)| (name, value.as_str())).collect()
    }

    /// The address of this view.
    pub fn address(&self) -> String {
        let query =
            serde_urlencoded::to_string(self.fields()).expect("pairs of text can be written");
        if query.is_empty() {
            "/cards".into()
        } else {
            format!("/cards?{query}")
        }
    }

    /// Whether more than the deck and the order is asked for.
    pub fn is_filtered(&self) -> bool {
        self.fields()
            .iter()
            .any(|(name, _)| !["deck", "sort"].contains(name))
    }

    /// The filter and the order. What no form of ours sends asks for nothing.
    pub fn parse(&self) -> (CardFilter, CardSort) {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let states = match self.state.as_str() {
            "new" => Some(vec!["new".into()]),
            "learning" => Some(vec!["learning".into(), "relearning".into()]),
            "relearning" => Some(vec!["relearning".into()]),
            "review" => Some(vec!["review".into()]),
            _ => None,
        };
        let is = |mark: &str| (mark == "true").then_some(true);
        let filter = CardFilter {
            deck_id: self.deck.parse().ok(),
            like: text(&self.q).map(|text| like_pattern(&text)),
            states,
            suspended: is(&self.suspended),
            flagged: is(&self.flagged),
            is_buried: self.buried == "true",
            is_due: self.state == "due",
            tag: text(&self.tag),
            least_lapses: is(&self.leech).map(|_| LEECH_LAPSES.cast_signed()),
            level: self
                .level
                .parse()
                .ok()
                .filter(|level| (1..=9).contains(level)),
            subtopic: text(&self.subtopic),
        };
        (filter, CardSort::from_name(&self.sort).unwrap_or_default())
    }
}

/// `/cards`, and `/decks/{id}/cards`.
#[derive(Debug, Template, WebTemplate)]
#[template(path = "pages/cards.html")]
pub struct CardsPage {
    /// Around the page.
    pub shell: Shell,
    /// What is asked for.
    pub query: BrowseQuery,
    /// Title of the deck, if one is looked at.
    pub deck: Option<(DeckId, String)>,
    /// Every deck, for the filter.
    pub decks: Vec<(DeckId, String)>,
    /// This piece.
    pub cards: Vec<CardRow>,
    /// Where the rest begins, if there is more.
    pub next: Option<String>,
    /// What a form has just done.
    pub word: Option<String>,
    /// What takes that back.
    pub undo: Option<Uuid>,
}

impl CardsPage {
    /// The choices of the state.
    pub fn states(&self) -> [(&'static str, &'static str); 6] {
        let words = &self.shell.words().cards;
        [
            ("", words.any_state),
            ("new", words.new),
            ("learning", words.learning),
            ("relearning", words.relearning),
            ("review", words.review),
            ("due", words.due),
        ]
    }

    /// The boxes to tick: name, words, and whether it is ticked.
    pub fn marks(&self) -> [(&'static str, &'static str, bool); 4] {
        let (words, asked) = (&self.shell.words().cards, &self.query);
        [
            ("flagged", words.flagged, &asked.flagged),
            ("leech", words.leeches, &asked.leech),
            ("suspended", words.suspended, &asked.suspended),
            ("buried", words.buried, &asked.buried),
        ]
        .map(|(name, words, value)| (name, words, value == "true"))
    }

    /// Whether the filters are in use, so that they are shown.
    pub fn has_filters(&self) -> bool {
        let unseen = ["q", "deck", "sort"];
        self.query
            .fields()
            .iter()
            .any(|(name, _)| !unseen.contains(name))
    }

    /// The choices of the order.
    pub fn sorts(&self) -> [(&'static str, &'static str); 4] {
        let words = &self.shell.words().cards;
        CardSort::ALL.map(|(sort, name)| {
            let said = match sort {
                CardSort::Newest => words.newest,
                CardSort::Oldest => words.oldest,
                CardSort::Due => words.due_first,
                CardSort::Lapses => words.lapses_first,
            };
            (name, said)
        })
    }

    /// The choices of the level.
    pub fn levels(&self) -> [LevelView; 9] {
        LevelView::all(self.shell.words())
    }

    /// The address of this view.
    pub fn here(&self) -> String {
        self.query.address()
    }

    /// The address of the next piece.
    pub fn there(&self, next: &str) -> String {
        let here = self.here();
        let joint = if here.contains('?') { '&' } else { '?' };
        format!("{here}{joint}after={next}")
    }

    /// The address of this view with another subtopic or tag.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut query = self.query.clone();
        match name {
            "tag" => query.tag = value.to_owned(),
            _ => query.subtopic = value.to_owned(),
        }
        query.address()
    }
}

impl CardRow {
    /// A card as the list shows it; `deck` is its title where cards of several decks stand together.
    pub(super) fn new(
        card: &Card,
        now: DateTime<Utc>,
        deck: Option<String>,
        words: &Words,
    ) -> CardRow {
        let html = render_card(card);
        CardRow {
            id: card.card_id,
            deck,
            question: html.question,
            answer: html.answer,
            subtopic: card.subtopic.clone(),
            level: u8::try_from(card.level).unwrap_or(1),
            when: when(card, now, words),
            flagged: card.flagged,
            suspended: card.suspended,
            is_leech: card.lapses >= LEECH_LAPSES.cast_signed(),
            lapses: card.lapses,
            tags: card.tags.clone(),
            writer: WriterView::of(card.model.as_deref()),
        }
    }
}

async fn page(
    study: &Study,
    shell: Shell,
    user: &User,
    query: BrowseQuery,
    params: &Params,
) -> Result<CardsPage> {
    let (filter, sort) = query.parse();
    let after = params.text("after")?.and_then(CardPlace::parse);
    let decks: Vec<(DeckId, String)> = db::decks::list(&study.db, user.user_id, None, MOST_DECKS)
        .await?
        .into_iter()
        .map(|deck| (deck.deck_id, deck.title))
        .collect();
    let deck = match filter.deck_id {
        None => None,
        Some(id) => Some(
            decks
                .iter()
                .find(|(deck_id, _)| *deck_id == id)
                .cloned()
                .ok_or(Error::NotFound)?,
        ),
    };
    let now = study.now();
    let mut cards = db::browse::list(
        &study.db,
        user.user_id,
        &filter,
        sort,
        after,
        PIECE + 1,
        now,
    )
    .await?;
    let goes_on = cards.len() > PIECE as usize;
    cards.truncate(PIECE as usize);
    let next = cards.last().filter(|_| goes_on).map(|card| {
        let value = match sort {
            CardSort::Newest | CardSort::Oldest => 0,
            CardSort::Due => card.due_at.map_or(0, |due_at| due_at.timestamp_micros()),
            CardSort::Lapses => i64::from(card.lapses),
        };
        let place = CardPlace {
            value,
            card_id: card.card_id,
        };
        place.text()
    });
    let words = shell.words();
    let titles: HashMap<&DeckId, &String> = decks.iter().map(|(id, title)| (id, title)).collect();
    let rows = cards
        .iter()
        .map(|card| {
            let title = titles.get(&card.deck_id).filter(|_| deck.is_none());
            CardRow::new(card, now, title.map(|title| (*title).clone()), words)
        })
        .collect();
    Ok(CardsPage {
        shell,
        query,
        deck,
        cards: rows,
        next,
        word: params.text("did")?.and_then(|text| said(text, words)),
        undo: params.text("undo")?.and_then(|id| id.parse().ok()),
        decks,
    })
}

/// What a bulk action did, from its short form in the address: `suspend.3`.
fn said(text: &str, words: &Words) -> Option<String> {
    let (verb, count) = text.split_once('.')?;
    (words.card.done)(verb, count.parse().ok()?)
}

fn read(params: &Params) -> Result<BrowseQuery> {
    BrowseQuery::read(|name| Ok(params.text(name)?.unwrap_or_default().to_owned()))
}

/// `GET /cards?q=&deck=&state=&tag=&level=&subtopic=&sort=&after=`.
pub async fn all(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    params: Params,
) -> Result<CardsPage> {
    page(&study, shell, &user, read(&params)?, &params).await
}

/// `GET /decks/{id}/cards`, with the same filters.
pub async fn deck(
    State(study): State<Study>,
    shell: Shell,
    Learner(user): Learner,
    Id(id): Id,
    params: Params,
) -> Result<CardsPage> {
    let query = BrowseQuery {
        deck: id.to_string(),
        ..read(&params)?
    };
    page(&study, shell, &user, query, &params).await
}
