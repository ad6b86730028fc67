//! The study room over the API: limits, burying, undo of all that is done to a card, clozes, cram, wishes, leeches.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model_server::Reply;
use crate::support::{Guest, TestApp, id};

async fn written(guest: &Guest<'_>, deck: &str, question: &str) -> Value {
    let card = json!({ "question": question, "answer": "An answer", "tags": ["🦀", "exam"] });
    let (status, card) = guest.post(&format!("/decks/{deck}/cards"), card).await;
    assert_eq!(status, StatusCode::CREATED, "{card}");
    card
}

async fn reason(guest: &Guest<'_>, deck: &str) -> Value {
    let next = guest.get(&format!("/decks/{deck}/next")).await.1;
    next["reason"].clone()
}

#[tokio::test]
async fn a_limit_of_new_cards_closes_the_deck_for_today_and_opens_it_tomorrow() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let path = format!("/decks/{deck}");
    let (status, set) = guest.patch(&path, json!({ "new_per_day": 2 })).await;
    assert_eq!((status, &set["new_per_day"]), (StatusCode::OK, &json!(2)));
    for _ in 0..2 {
        let card = guest.next_card(&deck).await;
        guest.grade(&card, "easy").await;
        app.advance(TimeDelta::seconds(5));
    }
    assert_eq!(reason(&guest, &deck).await, "limit_reached");
    app.advance(TimeDelta::days(1));
    assert_eq!(guest.next_card(&deck).await["state"], "new");
    let (status, _) = guest.patch(&path, json!({ "new_per_day": -1 })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    guest.patch(&path, json!({ "new_per_day": null })).await;
    for _ in 0..4 {
        app.generate().await;
        let card = guest.next_card(&deck).await;
        guest.grade(&card, "easy").await;
        app.advance(TimeDelta::seconds(5));
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn a_ceiling_in_minutes_throttles_new_cards_and_never_reviews() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    guest
        .patch(&format!("/decks/{deck}"), json!({ "minutes_per_day": 1 }))
        .await;
    let mut answered = 0;
    let mut last = Value::Null;
    while reason(&guest, &deck).await.is_null() {
        last = guest.next_card(&deck).await;
        guest.grade(&last, "easy").await;
        app.advance(TimeDelta::seconds(5));
        app.generate().await;
        answered += 1;
        assert!(answered < 20, "a minute holds a few cards");
    }
    assert!(answered >= 1, "a minute holds a card");
    assert_eq!(reason(&guest, &deck).await, "limit_reached");
    let due = json!({ "due_at": app.clock.now() });
    guest.patch(&format!("/cards/{}", id(&last)), due).await;
    assert_eq!(id(&guest.next_card(&deck).await), id(&last));
}

#[tokio::test]
async fn the_forecast_grows_with_the_new_cards_a_day() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let forecast = async |new: u32| {
        let path = format!("/decks/{deck}/forecast?new_per_day={new}");
        guest.get(&path).await.1["minutes"]
            .as_f64()
            .expect("minutes")
    };
    let (ten, forty) = (forecast(10).await, forecast(40).await);
    assert!(ten > 1.0 && forty > 3.0 * ten, "{ten} {forty}");
    let body = guest.get(&format!("/decks/{deck}/forecast")).await.1;
    assert!(
        body["sentence"]
            .as_str()
            .is_some_and(|text| text.starts_with("20 new a day"))
    );
    assert_eq!(body["by_day"].as_array().map(Vec::len), Some(28));
}

#[tokio::test]
async fn a_buried_card_comes_back_with_the_learners_next_day() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let (_, buried) = guest.patch(&path, json!({ "buried": true })).await;
    let until: DateTime<Utc> = buried["buried_until"]
        .as_str()
        .expect("a time")
        .parse()
        .expect("RFC 3339");
    assert_eq!(until.to_rfc3339(), "2026-03-03T04:00:00+00:00");
    assert_ne!(id(&guest.next_card(&deck).await), id(&card));
    app.advance(until - app.clock.now());
    let ahead = guest.get(&format!("/decks/{deck}/ahead?n=20")).await.1;
    let items = ahead["items"].as_array().expect("items");
    assert!(items.iter().any(|study| study["card"]["id"] == card["id"]));
}

#[tokio::test]
async fn undo_takes_back_fifty_answers_and_actions_in_turn_and_exactly() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let plain = |card: &Value| {
        let mut card = card.clone();
        card.as_object_mut().expect("a card").remove("revision");
        card
    };
    let mut before = Vec::new();
    for step in 0..50 {
        app.generate().await;
        app.advance(TimeDelta::minutes(7));
        let card = guest.next_card(&deck).await;
        let path = format!("/cards/{}", id(&card));
        before.push(plain(&card));
        match step % 8 {
            0 => guest.patch(&path, json!({ "suspended": true })).await.0,
            1 => guest.patch(&path, json!({ "buried": true })).await.0,
            2 => guest.patch(&path, json!({ "flagged": true })).await.0,
            3 => {
                let text = json!({ "question": "Other?", "tags": ["x"] });
                guest.patch(&path, text).await.0
            }
            4 => guest.delete(&path).await.0,
            5 => {
                let due = app.clock.now() + TimeDelta::days(3);
                guest.patch(&path, json!({ "due_at": due })).await.0
            }
            6 => guest.post(&format!("{path}/reset"), json!({})).await.0,
            _ => {
                guest.grade(&card, "again").await;
                StatusCode::OK
            }
        };
    }
    for (step, card) in before.iter().enumerate().rev() {
        app.advance(TimeDelta::seconds(3));
        let (status, restored) = guest.post("/undo", json!({ "deck_id": deck })).await;
        assert_eq!(status, StatusCode::OK, "step {step}: {restored}");
        assert_eq!(plain(&restored), *card, "step {step}");
    }
    let (status, _) = guest.post("/undo", json!({})).await;
    assert_eq!(status, StatusCode::CONFLICT, "nothing is left");
    app.check_invariants().await;
}

#[tokio::test]
async fn an_action_sent_twice_is_done_once_and_undone_by_its_id() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let action = Uuid::new_v4();
    let flag = json!({ "flagged": true, "action_id": action });
    let (_, first) = guest.patch(&path, flag.clone()).await;
    let (status, second) = guest.patch(&path, flag).await;
    assert_eq!(
        (status, &second["revision"]),
        (StatusCode::OK, &first["revision"])
    );
    let undo = format!("/actions/{action}/undo");
    assert_eq!(guest.post(&undo, json!({})).await.1["flagged"], false);
    assert_eq!(guest.post(&undo, json!({})).await.0, StatusCode::CONFLICT);
    let stranger = app.guest().await;
    assert_eq!(
        stranger.post(&undo, json!({})).await.0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_reset_card_is_new_again_but_counts_neither_for_the_level_nor_as_a_new_card() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    guest.grade(&card, "good").await;
    let ability = guest.get(&format!("/decks/{deck}")).await.1["ability"].clone();
    app.advance(TimeDelta::hours(1));
    let (_, reset) = guest
        .post(&format!("/cards/{}/reset", id(&card)), json!({}))
        .await;
    assert_eq!(reset["state"], "new");
    assert!(reset["stability"].is_null() && reset["reps"] == 0);
    app.advance(TimeDelta::hours(1));
    guest.grade(&reset, "easy").await;
    assert_eq!(
        guest.get(&format!("/decks/{deck}")).await.1["ability"],
        ability
    );
    assert_eq!(guest.get("/me").await.1["new_cards"]["used"], 1);
    app.check_invariants().await;
}

#[tokio::test]
async fn a_cloze_is_a_card_for_each_number_and_editing_it_keeps_their_schedules() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    let cards = format!("/decks/{deck}/cards");
    let text = "{{c1::Paris::city}} lies on the {{c2::Seine}}.";
    let (status, first) = guest.post(&cards, json!({ "question": text })).await;
    assert_eq!((status, &first["cloze"]), (StatusCode::CREATED, &json!(1)));
    let numbers = async || -> Vec<Value> {
        let list = guest.get(&format!("{cards}?q=lies%20on")).await.1;
        let items = list["items"].as_array().expect("items").clone();
        items.iter().map(|card| card["cloze"].clone()).collect()
    };
    assert_eq!(numbers().await, [1, 2]);
    let graded = guest.grade(&first, "good").await["card"].clone();
    let path = format!("/cards/{}", id(&first));
    let longer = "{{c1::Paris}} lies on the {{c3::Seine}}.";
    // The new card's id comes after the first's.
    app.advance(TimeDelta::seconds(1));
    let (_, edited) = guest.patch(&path, json!({ "question": longer })).await;
    assert_eq!(edited["due_at"], graded["due_at"]);
    assert_eq!(numbers().await, [1, 3]);
    app.advance(TimeDelta::seconds(1));
    guest.post("/undo", json!({})).await;
    assert_eq!(numbers().await, [1, 2]);
    let blank = guest.post(&cards, json!({ "question": "Plain?" })).await.0;
    assert_eq!(blank, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_cram_touches_neither_schedule_nor_log() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let other = written(&guest, &deck, "Never answered?").await;
    let card = written(&guest, &deck, "Answered?").await;
    let graded = guest.grade(&card, "again").await["card"].clone();
    let ids = async |of: &str| -> Vec<String> {
        let path = format!("/cram?deck_id={deck}&{of}");
        let cards = guest.get(&path).await.1;
        cards["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(id)
            .collect()
    };
    assert_eq!(ids("of=missed").await, [id(&card)]);
    assert_eq!(ids("of=soon").await, [id(&card)]);
    assert_eq!(ids("of=flagged").await, Vec::<String>::new());
    assert_eq!(ids("of=tag&tag=exam").await, [id(&card), id(&other)]);
    assert_eq!(
        guest.get("/cram?of=nothing").await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(guest.get(&format!("/cards/{}", id(&card))).await.1, graded);
}

#[tokio::test]
async fn a_wish_reaches_the_next_order_and_what_is_not_wanted_is_put_aside() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("French history").await;
    app.generate().await;
    let card = guest.next_card(&deck).await;
    let subtopic = card["subtopic"].as_str().expect("a subtopic");
    let path = format!("/decks/{deck}/steers");
    guest
        .post(&path, json!({ "words": subtopic, "wish": "never" }))
        .await;
    let (status, wishes) = guest
        .post(&path, json!({ "words": "bebop", "wish": "more" }))
        .await;
    assert_eq!(status, StatusCode::OK, "{wishes}");
    assert_ne!(guest.next_card(&deck).await["subtopic"], subtopic);
    for _ in 0..8 {
        app.generate().await;
        let card = guest.next_card(&deck).await;
        assert_ne!(card["subtopic"], subtopic);
        guest.grade(&card, "easy").await;
        app.advance(TimeDelta::seconds(5));
    }
    app.generate().await;
    let requests = app.model.requests();
    let last = requests.last().expect("a request").body.to_string();
    assert!(last.contains("wants more of: bebop"), "{last}");
    assert!(
        last.contains(&format!("wants nothing of: {subtopic}")),
        "{last}"
    );
    let (status, _) = guest
        .post(&path, json!({ "words": " ", "wish": "more" }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_eighth_lapse_asks_the_model_for_another_wording_that_the_learner_takes() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    let mut card = guest.next_card(&deck).await;
    card = guest.grade(&card, "easy").await["card"].clone();
    for lapse in 1..=8 {
        assert_eq!(card["leech"], false, "before lapse {lapse}");
        app.advance(TimeDelta::days(30));
        card = guest.grade(&card, "again").await["card"].clone();
        if lapse < 8 {
            app.advance(TimeDelta::minutes(10));
            card = guest.grade(&card, "good").await["card"].clone();
        }
    }
    assert_eq!((&card["lapses"], &card["leech"]), (&json!(8), &json!(true)));
    // Undo takes the mark off again, and the answer puts it back.
    let path = format!("/cards/{}", id(&card));
    let (_, undone) = guest.post(&format!("{path}/undo"), json!({})).await;
    assert_eq!(undone["leech"], false);
    app.advance(TimeDelta::seconds(1));
    card = guest.grade(&undone, "again").await["card"].clone();
    app.model.answer_next(Reply::text(
        "<cards><card><question>Which tower warns ships at night by its beam?</question><answer>A lighthouse</answer>\
         <explanation>Think of a house that is all lamp.</explanation></card></cards>",
    ));
    app.generate().await;
    let (status, taken) = guest
        .post(&format!("{path}/rephrase"), json!({ "act": "accept" }))
        .await;
    assert_eq!(status, StatusCode::OK, "{taken}");
    assert_eq!(
        taken["question"],
        "Which tower warns ships at night by its beam?"
    );
    assert_eq!(taken["leech"], false);
    for kept in ["due_at", "stability", "difficulty", "lapses", "reps"] {
        assert_eq!(taken[kept], card[kept], "{kept}");
    }
    let (status, _) = guest
        .post(&format!("{path}/rephrase"), json!({ "act": "accept" }))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "a proposal is taken once");
    app.check_invariants().await;
}

#[tokio::test]
async fn a_model_that_fails_leaves_the_leech_as_it_is() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let card = written(&guest, &deck, "Hard?").await;
    app.generate().await;
    let path = format!("/cards/{}/rephrase", id(&card));
    guest.post(&path, json!({ "act": "ask" })).await;
    for _ in 0..3 {
        app.model.answer_next(Reply::text("I would rather not."));
        app.generate().await;
        app.advance(TimeDelta::minutes(1));
    }
    let requests = app.model.requests().len();
    app.generate().await;
    assert_eq!(
        app.model.requests().len(),
        requests,
        "three tries are enough"
    );
    let accepted = guest.post(&path, json!({ "act": "accept" })).await.0;
    assert_eq!(accepted, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_study_prompt_says_what_is_known_and_missed() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    let known = written(&guest, &deck, "Known well?").await;
    let missed = written(&guest, &deck, "Missed?").await;
    guest.grade(&known, "easy").await;
    guest.grade(&missed, "again").await;
    let response = guest
        .request(reqwest::Method::GET, &format!("/decks/{deck}/study-prompt"))
        .send()
        .await
        .expect("an answer");
    let text = response.text().await.expect("text");
    let (knows, misses) = text
        .split_once("What I keep missing:")
        .expect("both headings");
    assert!(knows.contains("- Known well? = An answer"), "{text}");
    assert!(misses.contains("- Missed? = An answer"), "{text}");
    assert!(text.contains("Lighthouses"));
}

#[tokio::test]
async fn siblings_of_a_subtopic_do_not_follow_each_other_where_others_are_near() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Rivers").await;
    let cards = format!("/decks/{deck}/cards");
    guest
        .post(
            &cards,
            json!({ "question": "{{c1::A}} {{c2::B}} {{c3::C}}" }),
        )
        .await;
    app.advance(TimeDelta::seconds(1));
    written(&guest, &deck, "One?").await;
    written(&guest, &deck, "Two?").await;
    let mut clozes = Vec::new();
    for _ in 0..5 {
        let card = guest.next_card(&deck).await;
        clozes.push(!card["cloze"].is_null());
        guest.grade(&card, "easy").await;
        app.advance(TimeDelta::seconds(5));
    }
    assert_eq!(clozes, [true, false, true, false, true]);
}
