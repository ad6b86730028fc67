//! What other tests rely on in the model server itself.

use std::time::Duration;

use autodeck::domain::card_gates::BatchGates;
use autodeck::domain::card_reader::CardReader;
use autodeck::domain::duplicates::FactIndex;
use uuid::Uuid;

use crate::model_server::{ModelServer, Reply, Script};
use crate::support::ask;

#[tokio::test]
async fn a_recorded_topic_is_played_once_and_then_goes_on_with_other_cards() {
    let server = ModelServer::start(Script::default()).await;
    let model = server.client();
    let user = "Topic: French history\nWrite 10 new cards about the topic, each of another fact.";
    let first = ask(&model, user).await.text;
    assert!(first.contains("Hundred Years' War"));
    let second = ask(&model, user).await.text;
    assert!(second.contains("square of 11?") && !second.contains("War"));
    let other = ask(&model, "Topic: Nothing recorded\nWrite 3 new cards.")
        .await
        .text;
    assert_eq!(other.matches("</card>").count(), 3);
}

#[tokio::test]
async fn made_up_cards_pass_the_gates_and_are_no_duplicates() {
    let server = ModelServer::start(Script::default()).await;
    let model = server.client();
    let mut facts = FactIndex::new();
    for batch in 0..12 {
        let text = ask(
            &model,
            "Topic: Squares\nWrite 10 new cards about the topic.",
        )
        .await
        .text;
        let mut reader = CardReader::new(None);
        let cards = reader.push(text.as_bytes());
        assert_eq!(cards.len(), 10);
        let mut gates = BatchGates::new(&[]);
        for card in cards {
            assert_eq!(gates.judge(&card).refused, None, "{card:?}");
            let known = facts.find(&card.question, &card.answer);
            assert!(known.is_none(), "batch {batch}: {card:?} repeats {known:?}");
            facts.insert(
                Uuid::from_u128(facts.len() as u128 + 1),
                &card.question,
                &card.answer,
            );
        }
    }
}

#[tokio::test]
async fn what_the_prompt_lists_as_covered_is_not_asked_again() {
    let server = ModelServer::start(Script::default()).await;
    let user = "Topic: Squares\nCovered:\nWhat is the square of 40? 1600\nWrite 1 new card about the topic.";
    assert!(
        ask(&server.client(), user)
            .await
            .text
            .contains("square of 41?")
    );
}

#[tokio::test]
async fn every_card_is_stamped_when_its_last_byte_leaves() {
    let server = ModelServer::start(Script {
        tokens_per_second: 500.0,
        ..Script::default()
    })
    .await;
    ask(&server.client(), "Topic: Squares\nWrite 3 new cards.")
        .await
        .end
        .unwrap();
    let stamps = server.stamps();
    let questions: Vec<_> = stamps.iter().map(|stamp| stamp.question.as_str()).collect();
    assert_eq!(
        questions,
        [11, 12, 13].map(|number| format!("What is the square of {number}?"))
    );
    assert_eq!(
        stamps
            .iter()
            .map(|stamp| (stamp.request, stamp.card))
            .collect::<Vec<_>>(),
        [(0, 0), (0, 1), (0, 2)]
    );
    // A card is some fifty tokens: at 500 a second they lie a tenth of a second apart.
    for pair in stamps.windows(2) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap > Duration::from_millis(50), "{gap:?}");
    }
}

#[tokio::test]
async fn a_recording_keeps_its_pace_times_the_speed() {
    let server = ModelServer::start(Script {
        speed: 40.0,
        ..Script::default()
    })
    .await;
    let outcome = ask(&server.client(), "Topic: Python data types").await;
    // Recorded: the first event after 0.148 s, the last after 2.13 s.
    let first = outcome.usage.first_text_after.unwrap();
    assert!(first >= Duration::from_millis(3), "{first:?}");
    assert!(outcome.end.is_ok());
}

#[tokio::test]
async fn replies_are_taken_in_order() {
    let server = ModelServer::start(Script::default()).await;
    server.answer_next(Reply::text("one"));
    server.answer_next(Reply::text("two"));
    let model = server.client();
    assert_eq!(ask(&model, "a").await.text, "one");
    assert_eq!(ask(&model, "a").await.text, "two");
}
