//! Answers: once, exactly, in order; undo; the log replayed gives what is stored.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Guest, TestApp, id};

/// An app with a deck of ten cards in the pool.
async fn deck_with_cards<'a>(app: &'a TestApp, topic: &str) -> (Guest<'a>, String) {
    let guest = app.guest().await;
    let deck = guest.deck(topic).await;
    app.generate().await;
    (guest, deck)
}

async fn count_reviews(app: &TestApp, card: &Value) -> i64 {
    sqlx::query_scalar("select count(*) from reviews where card_id = $1")
        .bind(id(card).parse::<Uuid>().expect("a UUID"))
        .fetch_one(&app.db)
        .await
        .expect("a count")
}

#[tokio::test]
async fn an_answer_sent_twice_counts_once() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let card = guest.next_card(&deck).await;
    let answer = json!({ "id": Uuid::new_v4(), "rating": "good", "revision": card["revision"] });
    let path = format!("/cards/{}/reviews", id(&card));

    let (first, second) = tokio::join!(
        guest.post(&path, answer.clone()),
        guest.post(&path, answer.clone())
    );
    let (late_status, late) = guest.post(&path, answer).await;

    assert_eq!(
        (first.0, second.0, late_status),
        (StatusCode::OK, StatusCode::OK, StatusCode::OK)
    );
    assert_eq!(late["card"], first.1["card"]);
    assert_eq!(late["card"]["reps"], 1);
    assert_eq!(count_reviews(&app, &card).await, 1);
    app.check_invariants().await;
}

#[tokio::test]
async fn an_id_names_one_answer_only() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let first = guest.next_card(&deck).await;
    let review_id = Uuid::new_v4();
    let path = format!("/cards/{}/reviews", id(&first));
    guest
        .post(&path, json!({ "id": review_id, "rating": "good" }))
        .await;
    let second = guest.next_card(&deck).await;

    let (other_rating, problem) = guest
        .post(&path, json!({ "id": review_id, "rating": "again" }))
        .await;
    let other_path = format!("/cards/{}/reviews", id(&second));
    let (other_card, _) = guest
        .post(&other_path, json!({ "id": review_id, "rating": "good" }))
        .await;

    assert_eq!(other_rating, StatusCode::CONFLICT);
    assert_eq!(problem["code"], "conflict");
    assert_eq!(other_card, StatusCode::CONFLICT);

    guest
        .post(&format!("/cards/{}/undo", id(&first)), json!({}))
        .await;
    let (undone_since, _) = guest
        .post(&path, json!({ "id": review_id, "rating": "good" }))
        .await;
    assert_eq!(undone_since, StatusCode::CONFLICT);
    app.check_invariants().await;
}

#[tokio::test]
async fn of_two_tabs_that_grade_one_card_one_wins_and_the_other_gets_the_card() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}/reviews", id(&card));
    let tab = |rating: &str| json!({ "id": Uuid::new_v4(), "rating": rating, "revision": card["revision"] });

    let (one, other) = tokio::join!(
        guest.post(&path, tab("good")),
        guest.post(&path, tab("again"))
    );

    let mut statuses = [one.0, other.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    let refused = if one.0 == StatusCode::CONFLICT {
        one.1
    } else {
        other.1
    };
    assert_eq!(refused["card"]["reps"], 1, "{refused}");
    assert_eq!(count_reviews(&app, &card).await, 1);
    app.check_invariants().await;
}

#[tokio::test]
async fn undo_restores_the_card_and_the_level_exactly_and_raises_the_revision() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let card = guest.next_card(&deck).await;
    let deck_before = guest.get(&format!("/decks/{deck}")).await.1;
    guest.grade(&card, "easy").await;

    let (status, restored) = guest
        .post(&format!("/cards/{}/undo", id(&card)), json!({}))
        .await;

    assert_eq!(status, StatusCode::OK);
    assert!(restored["revision"].as_i64() > card["revision"].as_i64());
    let same = |field: &str| assert_eq!(restored[field], card[field], "{field}");
    [
        "state",
        "due_at",
        "stability",
        "difficulty",
        "reps",
        "lapses",
    ]
    .iter()
    .for_each(|field| same(field));
    let deck_after = guest.get(&format!("/decks/{deck}")).await.1;
    assert_eq!(deck_after["ability"], deck_before["ability"]);
    assert_eq!(
        id(&guest.next_card(&deck).await),
        id(&card),
        "the undone card is back on the desk"
    );
    assert_eq!(guest.get("/me").await.1["new_cards"]["used"], 0);

    let (again, _) = guest
        .post(&format!("/cards/{}/undo", id(&card)), json!({}))
        .await;
    assert_eq!(again, StatusCode::CONFLICT);
    app.check_invariants().await;
}

#[tokio::test]
async fn the_buttons_labels_are_the_truth() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    for rating in ["again", "hard", "good", "easy"] {
        let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
        let study = &next["study"];
        let promised = study["choices"][rating].as_i64().expect("seconds");
        let reviewed = guest.grade(&study["card"], rating).await;
        let due_at: DateTime<Utc> = reviewed["card"]["due_at"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("RFC 3339");
        assert_eq!(
            (due_at - app.clock.now()).num_seconds(),
            promised,
            "{rating}"
        );
    }
}

#[tokio::test]
async fn an_offline_answer_takes_its_place_in_time() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}/reviews", id(&card));
    let dealt = app.clock.now();
    app.advance(TimeDelta::minutes(30));
    let later =
        json!({ "id": Uuid::new_v4(), "rating": "good", "at": dealt + TimeDelta::minutes(20) });
    let earlier =
        json!({ "id": Uuid::new_v4(), "rating": "again", "at": dealt + TimeDelta::minutes(5) });
    guest.post(&path, later.clone()).await;
    let (status, out_of_order) = guest.post(&path, earlier.clone()).await;
    assert_eq!(status, StatusCode::OK, "{out_of_order}");

    // The same two answers in order, by another learner of the same topic.
    let (other, other_deck) = deck_with_cards(&app, "Lighthouses").await;
    sqlx::query("update cards set dealt_at = $1")
        .bind(dealt)
        .execute(&app.db)
        .await
        .expect("an update");
    let same = other.next_card(&other_deck).await;
    sqlx::query("update cards set dealt_at = $1")
        .bind(dealt)
        .execute(&app.db)
        .await
        .expect("an update");
    let other_path = format!("/cards/{}/reviews", id(&same));
    for answer in [earlier, later] {
        let (status, body) = other.post(&other_path, answer).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }
    let in_order = other.get(&format!("/cards/{}", id(&same))).await.1;
    for field in [
        "state",
        "due_at",
        "stability",
        "difficulty",
        "reps",
        "lapses",
    ] {
        assert_eq!(out_of_order["card"][field], in_order[field], "{field}");
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn the_time_of_an_answer_is_clamped_between_dealing_and_now() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let card = guest.next_card(&deck).await;
    let future = json!({ "id": Uuid::new_v4(), "rating": "good", "at": app.clock.now() + TimeDelta::days(400) });
    guest
        .post(&format!("/cards/{}/reviews", id(&card)), future)
        .await;
    let second = guest.next_card(&deck).await;
    let past = json!({ "id": Uuid::new_v4(), "rating": "good", "at": "1999-12-31T00:00:00Z" });
    guest
        .post(&format!("/cards/{}/reviews", id(&second)), past)
        .await;

    let times: Vec<DateTime<Utc>> = sqlx::query_scalar("select reviewed_at from reviews")
        .fetch_all(&app.db)
        .await
        .expect("rows");
    assert_eq!(times, [app.clock.now(), app.clock.now()]);
}

#[tokio::test]
async fn a_history_of_answers_undos_and_due_dates_replayed_is_what_is_stored() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Lighthouses").await;
    let ratings = ["good", "again", "easy", "hard"];
    for turn in 0..60_u32 {
        let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
        if let Some(card) = next["study"].get("card") {
            let (status, _) = match turn % 9 {
                4 => {
                    guest
                        .post(&format!("/cards/{}/undo", id(card)), json!({}))
                        .await
                }
                7 => {
                    let due_at = app.clock.now() + TimeDelta::days(2);
                    guest
                        .patch(&format!("/cards/{}", id(card)), json!({ "due_at": due_at }))
                        .await
                }
                _ => (
                    StatusCode::OK,
                    guest.grade(card, ratings[turn as usize % 4]).await,
                ),
            };
            assert!(
                status == StatusCode::OK || status == StatusCode::CONFLICT,
                "{status}"
            );
        }
        app.generate().await;
        app.advance(TimeDelta::hours(7));
    }
    let user = autodeck::db::users::find(&app.db, guest.user_id)
        .await
        .expect("a row")
        .expect("the guest");
    let cards = autodeck::db::cards::list(
        &app.db,
        user.user_id,
        deck.parse().expect("a UUID"),
        None,
        None,
        1000,
    )
    .await
    .expect("rows");
    assert!(cards.len() > 10, "{} cards", cards.len());
    for card in cards {
        let log = autodeck::db::reviews::standing(&app.db, user.user_id, card.card_id)
            .await
            .expect("rows");
        let replayed = app.study.replay_log(card.card_id, &log);
        assert_eq!(replayed, card.schedule(), "{log:#?}");
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn a_card_that_was_graded_while_it_was_chosen_is_not_laid_on_the_desk() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app, "Sundials").await;
    let card = guest.next_card(&deck).await;
    let (card_id, deck_id): (Uuid, Uuid) = (
        id(&card).parse().expect("a UUID"),
        deck.parse().expect("a UUID"),
    );
    let answer = json!({ "id": Uuid::new_v4(), "rating": "easy", "revision": card["revision"] });
    let user_id: Uuid = sqlx::query_scalar("select user_id from cards where card_id = $1")
        .bind(card_id)
        .fetch_one(&app.db)
        .await
        .expect("the card");

    guest
        .post(&format!("/cards/{card_id}/reviews"), answer)
        .await;
    let seen = i32::try_from(card["revision"].as_i64().expect("a number")).expect("a revision");
    autodeck::db::queue::put_on_desk(&app.db, user_id, deck_id, card_id, seen)
        .await
        .expect("the database answers");

    assert_ne!(guest.next_card(&deck).await["id"], card["id"]);
}
