//! A deck's course: what the learner wants more or less of, in which language, and what they could tell a chat of it.

use super::Study;
use crate::db;
use crate::db::decks::Deck;
use crate::db::steers::SteerRow;
use crate::db::users::User;
use crate::domain::ids::DeckId;
use crate::domain::language::Language;
use crate::domain::study_prompt::{self, Fact, StudyPromptInput};
use crate::domain::topic::TopicTitle;

/// What became of a change of language.
#[derive(Debug)]
pub enum LanguageChange {
    /// New cards come in it.
    Changed(Box<Deck>),
    /// The deck is not the learner's, or has no topic to ask for.
    NoDeck,
    /// The learner has a deck of this topic in this language.
    Taken(DeckId),
}

impl Study {
    /// Keeps a wish, or forgets it with `wish` = `None`. It goes into the deck's next order; what was dealt of a subtopic
    /// that is not wanted at all, and never answered, is put aside, and comes back when that wish ends. `None` when the
    /// deck is not the learner's.
    pub async fn steer(
        &self,
        user: &User,
        deck_id: DeckId,
        words: &str,
        wish: Option<&str>,
    ) -> sqlx::Result<Option<Deck>> {
        let mut tx = self.db.begin().await?;
        let Some(deck) = db::decks::lock(&mut *tx, user.user_id, deck_id).await? else {
            return Ok(None);
        };
        let before = db::steers::find(&mut *tx, user.user_id, deck_id, words).await?;
        if before.as_deref() == Some("never") && wish != Some("never") {
            db::steers::resume_unseen(&mut *tx, user.user_id, deck_id, words).await?;
        }
        match wish {
            Some(wish) => {
                let steer = SteerRow {
                    words: words.to_owned(),
                    wish: wish.to_owned(),
                };
                db::steers::put(&mut *tx, user.user_id, deck_id, &steer, self.now()).await?;
                if wish == "never" {
                    db::steers::suspend_unseen(&mut *tx, user.user_id, deck_id, words).await?;
                }
            }
            None => db::steers::remove(&mut *tx, user.user_id, deck_id, words).await?,
        }
        tx.commit().await?;
        Ok(Some(deck))
    }

    /// New cards of a deck come in another language (`None`: the topic's own). What was dealt and never looked at goes
    /// back; what was studied stays.
    pub async fn set_language(
        &self,
        user: &User,
        deck_id: DeckId,
        language: Option<&Language>,
    ) -> sqlx::Result<LanguageChange> {
        let tag = language.map_or("", Language::as_str);
        let mut tx = self.db.begin().await?;
        let Some(mut deck) = db::decks::lock(&mut *tx, user.user_id, deck_id).await? else {
            return Ok(LanguageChange::NoDeck);
        };
        // A deck's topic was parsed when it was begun; one that came from a file may not be a topic at all.
        let title = TopicTitle::parse(&deck.topic).ok();
        let Some(title) = title.filter(|_| deck.topic_id.is_some()) else {
            return Ok(LanguageChange::NoDeck);
        };
        let topic_id = db::topics::find_or_insert(
            &mut *tx,
            self.new_id(),
            tag,
            title.key(),
            title.as_str(),
            self.now(),
        )
        .await?;
        if let Some(other) = db::decks::find_by_topic(&mut *tx, user.user_id, topic_id).await?
            && other.deck_id != deck_id
        {
            return Ok(LanguageChange::Taken(other.deck_id));
        }
        if deck.topic_id != Some(topic_id) {
            db::dealing::take_back_all(&mut *tx, user.user_id, deck_id).await?;
            deck.topic_id = Some(topic_id);
            deck.language = tag.into();
            db::decks::update(&mut *tx, &deck).await?;
        }
        tx.commit().await?;
        Ok(LanguageChange::Changed(Box::new(deck)))
    }

    /// What the learner knows of a deck's topic and what they miss, as a text for a chat.
    pub async fn study_prompt(&self, user: &User, deck: &Deck) -> sqlx::Result<String> {
        let (user_id, deck_id) = (user.user_id, deck.deck_id);
        let limit = study_prompt::FACTS as i64;
        let facts = |rows: Vec<(String, String)>| -> Vec<Fact> {
            let fact = |(question, answer)| Fact { question, answer };
            rows.into_iter().map(fact).collect()
        };
        let known = facts(db::progress::known(&self.db, user_id, deck_id, limit).await?);
        let missed = facts(db::progress::missed(&self.db, user_id, deck_id, limit).await?);
        let subtopics = db::progress::subtopics(&self.db, user_id, deck_id, limit).await?;
        let answers = db::progress::answers(&self.db, user_id, deck_id).await?;
        Ok(study_prompt::write(&StudyPromptInput {
            topic: &deck.topic,
            level: deck.level(),
            language: Language::parse(&deck.language)
                .ok()
                .map(|language| language.english_name()),
            known: &known,
            missed: &missed,
            subtopics: &subtopics,
            answers,
        }))
    }
}
