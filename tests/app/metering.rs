//! The allowance: counted at the first grading, held from dealing, by the learner's own day.

use std::collections::HashSet;

use autodeck::domain::plan::Offer;
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Guest, TestApp, Wanted, id};

/// An app that sells plans.
async fn selling() -> TestApp {
    selling_with(Offer::Plans).await
}

async fn selling_with(offer: Offer) -> TestApp {
    TestApp::start_with(Wanted {
        offer,
        ..Wanted::default()
    })
    .await
}

/// An account on a plan, made of a guest.
async fn account<'a>(app: &'a TestApp, plan: &str) -> Guest<'a> {
    let guest = app.guest().await;
    sqlx::query("update users set kind = 'account', email = $2, plan = $3 where user_id = $1")
        .bind(guest.user_id)
        .bind(format!("{}@example.org", guest.user_id))
        .bind(plan)
        .execute(&app.db)
        .await
        .expect("the account");
    guest
}

/// Grades new cards of a deck until there is none, at most `most`; returns the last `next` and how many were graded.
async fn study_new(app: &TestApp, learner: &Guest<'_>, deck: &str, most: usize) -> (Value, usize) {
    for graded in 0..=most {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        let (_, next) = learner.get(&format!("/decks/{deck}/next")).await;
        if graded == most || next["study"].is_null() {
            return (next, graded);
        }
        // Far away at once, so that only new cards come.
        learner.grade(&next["study"]["card"], "easy").await;
        app.advance(TimeDelta::seconds(1));
    }
    unreachable!("the last round returns");
}

async fn allowance(learner: &Guest<'_>) -> Value {
    learner.get("/me").await.1["new_cards"].clone()
}

#[tokio::test]
async fn a_guest_gets_ten_cards_in_all_and_an_account_twenty_a_day() {
    let app = selling().await;
    let guest = app.guest().await;
    let (_, me) = guest.get("/me").await;
    assert_eq!(me["plan"], "guest");
    assert_eq!(
        me["new_cards"],
        json!({ "allowed": 10, "used": 0, "resets_at": null })
    );
    let deck = guest.deck("Lighthouses").await;
    let (next, graded) = study_new(&app, &guest, &deck, 30).await;
    assert_eq!((graded, &next["reason"]), (10, &json!("limit_reached")));
    app.advance(TimeDelta::days(2));
    let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
    assert_ne!(next["study"]["card"]["state"], "new", "ten in all: {next}");

    let account = account(&app, "free").await;
    let deck = account.deck("Lighthouses").await;
    let (next, graded) = study_new(&app, &account, &deck, 30).await;
    assert_eq!((graded, &next["reason"]), (20, &json!("limit_reached")));
    assert_eq!(
        allowance(&account).await["resets_at"],
        "2026-03-05T04:00:00Z"
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn the_count_begins_anew_with_the_learners_own_day() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    learner
        .patch(
            "/me",
            json!({ "time_zone": "Asia/Tokyo", "rollover_hour": 0 }),
        )
        .await;
    app.advance(TimeDelta::days(1));
    let deck = learner.deck("Lighthouses").await;
    let (next, graded) = study_new(&app, &learner, &deck, 30).await;
    assert_eq!((graded, &next["reason"]), (20, &json!("limit_reached")));
    // Midnight in Tokyo is 15 o'clock UTC; the clock stands after noon.
    assert_eq!(
        allowance(&learner).await["resets_at"],
        "2026-03-03T15:00:00Z"
    );
    app.advance(TimeDelta::hours(3));
    assert_eq!(allowance(&learner).await["used"], 0);
    let (_, next) = learner.get(&format!("/decks/{deck}/next")).await;
    assert_eq!(next["study"]["card"]["state"], "new", "{next}");
    app.check_invariants().await;
}

#[tokio::test]
async fn looking_spends_nothing_grading_does_and_undo_gives_it_back() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    let deck = learner.deck("Lighthouses").await;
    app.generate().await;
    let card = learner.next_card(&deck).await;
    for _ in 0..3 {
        assert_eq!(learner.next_card(&deck).await["id"], card["id"]);
    }
    assert_eq!(allowance(&learner).await["used"], 0);
    app.advance(TimeDelta::seconds(1));
    learner.grade(&card, "good").await;
    assert_eq!(allowance(&learner).await["used"], 1);
    app.advance(TimeDelta::seconds(1));
    let (status, _) = learner
        .post(&format!("/cards/{}/undo", id(&card)), json!({}))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(allowance(&learner).await["used"], 0);
    app.check_invariants().await;
}

/// R5 of the figures.
#[tokio::test]
async fn of_500_calls_at_once_for_the_last_new_card_exactly_one_card_is_dealt() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    let deck = learner.deck("Lighthouses").await;
    let (_, graded) = study_new(&app, &learner, &deck, 19).await;
    assert_eq!(graded, 19);
    // The look ahead of the loop dealt the twentieth: put it back, so that it is still to be dealt.
    let put_back = sqlx::query("delete from cards where user_id = $1 and state = 'new'")
        .bind(learner.user_id)
        .execute(&app.db)
        .await
        .expect("put back");
    assert_eq!(put_back.rows_affected(), 1);
    sqlx::query("delete from desk_cards where user_id = $1")
        .bind(learner.user_id)
        .execute(&app.db)
        .await
        .expect("an empty desk");

    let path = format!("/decks/{deck}/next");
    let replies = futures::future::join_all((0..500).map(|_| learner.get(&path))).await;
    let (mut cards, mut refused) = (HashSet::new(), 0);
    for (status, next) in &replies {
        assert_eq!(*status, StatusCode::OK, "{next}");
        if next["study"].is_null() {
            assert_eq!(next["reason"], "limit_reached", "{next}");
            refused += 1;
        } else {
            cards.insert(id(&next["study"]["card"]));
        }
    }
    assert_eq!(cards.len(), 1, "{refused} were told of the limit");
    let held: i64 =
        sqlx::query_scalar("select count(*) from cards where user_id = $1 and state = 'new'")
            .bind(learner.user_id)
            .fetch_one(&app.db)
            .await
            .expect("a count");
    assert_eq!(held, 1);
    println!(
        "R5: 500 calls, {} with the card, {refused} with limit_reached",
        500 - refused
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn at_the_limit_reviews_go_on_and_nothing_is_ordered() {
    let app = selling().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    study_new(&app, &guest, &deck, 30).await;
    let asked = app.model.requests().len();
    guest.deck("Harbours").await;
    app.generate().await;
    assert_eq!(
        app.model.requests().len(),
        asked,
        "no card could be dealt of it"
    );
    app.advance(TimeDelta::days(60));
    let (_, next) = guest.get("/next").await;
    assert_eq!(next["study"]["card"]["state"], "review", "{next}");
    guest.grade(&next["study"]["card"], "good").await;
}

#[tokio::test]
async fn putting_cards_away_ungraded_deals_no_others_that_day() {
    let app = selling().await;
    let guest = app.guest().await;
    let mut seen = HashSet::new();
    let deck = guest.deck("Lighthouses").await;
    for round in 0..30 {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        let (_, next) = guest.get(&format!("/decks/{deck}/next")).await;
        if next["study"].is_null() {
            assert_eq!(next["reason"], "limit_reached", "{next}");
            break;
        }
        let card = &next["study"]["card"];
        seen.insert(card["question"].clone());
        let path = format!("/cards/{}", id(card));
        if round % 2 == 0 {
            guest.delete(&path).await;
        } else {
            guest.patch(&path, json!({ "suspended": true })).await;
        }
    }
    assert_eq!(seen.len(), 10);
    guest.delete(&format!("/decks/{deck}")).await;
    let again = guest.deck("Harbours").await;
    app.generate().await;
    let (_, next) = guest.get(&format!("/decks/{again}/next")).await;
    assert_eq!(
        next["reason"], "limit_reached",
        "nor by deleting the deck: {next}"
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn a_free_account_has_three_topics_written_at_once_and_plus_more() {
    let app = selling().await;
    for (plan, written) in [("free", 3), ("plus", 5)] {
        let learner = account(&app, plan).await;
        for topic in ["One", "Two", "Three", "Four", "Five"] {
            learner.deck(&format!("{plan} {topic}")).await;
        }
        let live: i64 = sqlx::query_scalar(
            "select count(distinct topic_id) from generation_jobs where ordered_by = $1 and state = 'queued'",
        )
        .bind(learner.user_id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
        assert_eq!(live, written, "{plan}");
    }
}

#[tokio::test]
async fn pro_asks_the_pro_model_and_draws_on_both_classes() {
    let app = selling_with(Offer::PlansWithProModel).await;
    let pro = account(&app, "pro").await;
    let deck = pro.deck("Lighthouses").await;
    app.generate().await;
    let card = pro.next_card(&deck).await;
    assert_eq!(card["model"], "replay-pro");

    let free = account(&app, "free").await;
    let free_deck = free.deck("Lighthouses").await;
    app.generate().await;
    assert_eq!(free.next_card(&free_deck).await["model"], "replay");

    // What the standard model wrote for others serves Pro too: the same topic now holds twenty for them.
    let (_, shown) = pro.get(&format!("/decks/{deck}")).await;
    assert_eq!(shown["unseen"], 20, "{shown}");
    let (_, shown) = free.get(&format!("/decks/{free_deck}")).await;
    assert_eq!(shown["unseen"], 10, "{shown}");
}

#[tokio::test]
async fn self_hosted_everybody_is_unlimited_and_nothing_says_a_price() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let (_, me) = guest.get("/me").await;
    assert_eq!(me["plan"], "unlimited");
    assert_eq!(me["new_cards"]["allowed"], Value::Null);
}

#[tokio::test]
async fn bringing_a_card_back_to_new_gives_nothing_away() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    let deck = learner.deck("Lighthouses").await;
    // Before it is graded, and after: it counts once.
    for round in 0..80 {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        let (_, next) = learner.get(&format!("/decks/{deck}/next")).await;
        let card = &next["study"]["card"];
        if card.is_null() {
            assert_eq!(next["reason"], "limit_reached", "{next}");
            break;
        }
        let path = format!("/cards/{}", id(card));
        let (_, card) = learner.post(&format!("{path}/reset"), json!({})).await;
        learner.grade(&card, "easy").await;
        if round % 2 == 0 {
            app.advance(TimeDelta::seconds(1));
            learner.post(&format!("{path}/reset"), json!({})).await;
            app.advance(TimeDelta::seconds(1));
            learner.post(&format!("{path}/undo"), json!({})).await;
        }
    }
    let dealt: i64 = sqlx::query_scalar("select count(*) from cards where user_id = $1")
        .bind(learner.user_id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert_eq!(dealt, 20);
    app.check_invariants().await;
}

#[tokio::test]
async fn who_types_topics_and_changes_levels_has_no_more_written_than_the_plan_bears() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    let mut last = serde_json::Value::Null;
    for topic in 0..6 {
        let deck = learner.deck(&format!("Lighthouses {topic}")).await;
        for level in 1..=9 {
            let path = format!("/decks/{deck}");
            learner.patch(&path, json!({ "level": level })).await;
            last = learner.get(&format!("{path}/next")).await.1;
            app.generate().await;
        }
    }
    let asked: i64 = sqlx::query_scalar("select sum(asked)::bigint from generation_jobs")
        .fetch_one(&app.db)
        .await
        .expect("a sum");
    assert_eq!(asked, 20 * 3 + 60);
    assert_eq!(last["reason"], "limit_reached", "{last}");
    assert!(
        last["detail"]
            .as_str()
            .is_some_and(|text| text.contains("than you have studied")),
        "{last}"
    );
    app.advance(TimeDelta::days(1));
    let deck = learner.deck("Lighthouses, the day after").await;
    app.generate().await;
    assert!(!learner.next_card(&deck).await.is_null());
    app.check_invariants().await;
}

#[tokio::test]
async fn what_is_not_wanted_is_no_way_to_read_on() {
    let app = selling().await;
    let learner = account(&app, "free").await;
    let deck = learner.deck("Lighthouses").await;
    for _ in 0..30 {
        app.generate().await;
        app.advance(TimeDelta::seconds(1));
        let subtopics: Vec<String> = sqlx::query_scalar("select distinct subtopic from pool_cards")
            .fetch_all(&app.db)
            .await
            .expect("subtopics");
        for words in subtopics {
            let wish = json!({ "words": words, "wish": "never" });
            learner.post(&format!("/decks/{deck}/steers"), wish).await;
        }
        learner.get(&format!("/decks/{deck}/ahead?n=20")).await;
    }
    let dealt: i64 = sqlx::query_scalar("select count(*) from cards where user_id = $1")
        .bind(learner.user_id)
        .fetch_one(&app.db)
        .await
        .expect("a count");
    assert!(dealt <= 20 + 10 + 20, "{dealt} cards");
    assert_eq!(allowance(&learner).await["used"], 0);
}
