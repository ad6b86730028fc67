//! One leech in a worker's hands: the model is asked for another wording of a card, and what it proposes is kept for the
//! learner. Claim, request and write are apart: no transaction is open while the model writes.

use chrono::TimeDelta;
use futures::StreamExt;
use uuid::Uuid;

use super::job::cost_microusd;
use super::worker::Generator;
use crate::db;
use crate::db::rephrasings::ClaimedRephrasing;
use crate::domain::card::CardText;
use crate::domain::rephrase;
use crate::llm::{LanguageModel, ModelEvent, ModelRequest};

/// Tries before a rephrasing is given up: it is a kindness, not what anybody waits for.
const MAX_FAILURES: i16 = 3;

/// Long enough for any model's answer of one card, so that the lease need not be extended.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Between two tries.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

impl Generator {
    /// Takes one rephrasing, if there is any.
    pub(super) async fn claim_rephrasing(&self) -> sqlx::Result<Option<ClaimedRephrasing>> {
        let now = self.clock.now();
        db::rephrasings::claim(&self.db, now, now + LEASE).await
    }

    /// Works a claimed rephrasing. A database error leaves it to its lease.
    pub(super) async fn rephrase(&self, claimed: &ClaimedRephrasing) {
        if let Err(error) = self.rephrase_to_end(claimed).await {
            tracing::error!(%error, card_id = %claimed.card_id, "a rephrasing met a database error; its lease will run out");
        }
    }

    async fn rephrase_to_end(&self, claimed: &ClaimedRephrasing) -> sqlx::Result<()> {
        let card = db::cards::find(&self.db, claimed.user_id, claimed.card_id).await?;
        let (Some(model), Some(card)) = (self.model.clone(), card) else {
            return db::rephrasings::put_back(&self.db, claimed, None).await;
        };
        if claimed.failures >= MAX_FAILURES || self.is_budget_spent().await? {
            return db::rephrasings::put_back(&self.db, claimed, None).await;
        }
        let old = CardText {
            question: card.question,
            answer: card.answer,
            explanation: card.explanation,
            subtopic: None,
        };
        let (answer, cost) = self.ask_for_wording(model.as_ref(), &old).await;
        let (now, request_id) = (self.clock.now(), Uuid::new_v4());
        db::rephrasings::record_request(&self.db, claimed, request_id, cost, now).await?;
        match answer.and_then(|answer| rephrase::proposal(&answer, &old)) {
            Some(text) => {
                db::rephrasings::propose(&self.db, claimed, &text).await?;
                tracing::info!(card_id = %claimed.card_id, "a leech has a new wording");
            }
            None => {
                let again = claimed.failures + 1 < MAX_FAILURES;
                let run_after = again.then(|| self.clock.now() + PAUSE);
                db::rephrasings::put_back(&self.db, claimed, run_after).await?;
            }
        }
        Ok(())
    }

    /// The whole answer, `None` when the model failed or the process is going down; and what it cost.
    async fn ask_for_wording(
        &self,
        model: &dyn LanguageModel,
        card: &CardText,
    ) -> (Option<Vec<u8>>, i64) {
        let prompt = rephrase::ask(card);
        let mut stream = model.stream(ModelRequest {
            system: prompt.system,
            user: prompt.user,
            max_tokens: rephrase::MAX_TOKENS,
            cards: 1,
        });
        let mut answer = Vec::new();
        let whole = loop {
            let event = tokio::select! {
                event = stream.next() => event,
                () = self.stop.cancelled() => break false,
            };
            match event {
                None => break true,
                Some(Ok(ModelEvent::Text(text))) => answer.extend_from_slice(text.as_bytes()),
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tracing::warn!(error = %error.sentence(), "a request for another wording failed");
                    break false;
                }
            }
        };
        let cost = cost_microusd(&self.spending, &stream.usage());
        (whole.then_some(answer), cost)
    }
}
