//! What a day of real study brings: old tabs, wrong clocks, queues sent twice. Each is a sentence and a next step, and
//! nothing is lost.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Guest, TestApp, id};

async fn deck_with_cards<'a>(app: &'a TestApp) -> (Guest<'a>, String) {
    let guest = app.guest().await;
    let deck = guest.deck("Lighthouses").await;
    app.generate().await;
    (guest, deck)
}

fn detail(answer: &Value) -> &str {
    answer["detail"].as_str().expect("a sentence")
}

#[tokio::test]
async fn a_tab_left_open_overnight_answers_the_card_that_it_shows() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    app.advance(TimeDelta::hours(14));
    let body = json!({ "id": Uuid::new_v4(), "rating": "good", "revision": card["revision"], "duration_ms": 50_400_000 });
    let (status, reviewed) = guest
        .post(&format!("/cards/{}/reviews", id(&card)), body)
        .await;
    assert_eq!(status, StatusCode::OK, "{reviewed}");
    let (_, stats) = guest.get("/stats").await;
    assert_eq!(
        stats["answered_today"]["answers"], 1,
        "it counts on the new day"
    );
    assert_eq!(
        stats["answered_today"]["milliseconds"], 60_000,
        "a night on the screen is no night of study"
    );
}

#[tokio::test]
async fn an_answer_to_a_card_that_was_deleted_elsewhere_says_so_and_the_next_card_comes() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    guest.delete(&format!("/cards/{}", id(&card))).await;
    let body = json!({ "id": Uuid::new_v4(), "rating": "good", "revision": card["revision"] });
    let (status, problem) = guest
        .post(&format!("/cards/{}/reviews", id(&card)), body)
        .await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );
    assert!(detail(&problem).contains("deleted"), "{problem}");
    assert_ne!(id(&guest.next_card(&deck).await), id(&card));
    app.check_invariants().await;
}

#[tokio::test]
async fn a_clock_that_is_an_hour_wrong_moves_no_answer_out_of_its_bounds() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    for off in [TimeDelta::hours(1), TimeDelta::hours(-1)] {
        app.advance(TimeDelta::minutes(2));
        let now = app.clock.now();
        let card = guest.next_card(&deck).await;
        let body = json!({ "id": Uuid::new_v4(), "rating": "easy", "at": now + off });
        let (status, reviewed) = guest
            .post(&format!("/cards/{}/reviews", id(&card)), body)
            .await;
        assert_eq!(status, StatusCode::OK, "{reviewed}");
        let at: chrono::DateTime<chrono::Utc> =
            sqlx::query_scalar("select reviewed_at from reviews where card_id = $1")
                .bind(id(&card).parse::<Uuid>().expect("a UUID"))
                .fetch_one(&app.db)
                .await
                .expect("the row");
        assert!(at <= now, "not in the future");
        assert!(
            at >= crate::support::noon(),
            "not before the card was there"
        );
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn a_queue_that_is_sent_twice_by_two_tabs_counts_once_in_the_order_of_its_times() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    app.advance(TimeDelta::hours(1));
    let began = app.clock.now() - TimeDelta::minutes(30);
    let queue: Vec<Value> = ["again", "good", "good"]
        .iter()
        .enumerate()
        .map(|(index, rating)| {
            json!({ "id": Uuid::new_v4(), "rating": rating, "at": began + TimeDelta::minutes(11 * index as i64 - 11) })
        })
        .collect();
    let path = format!("/cards/{}/reviews", id(&card));
    // One tab sends from the front, the other from the back.
    let forth = async {
        for answer in &queue {
            assert_eq!(guest.post(&path, answer.clone()).await.0, StatusCode::OK);
        }
    };
    let back = async {
        for answer in queue.iter().rev() {
            assert_eq!(guest.post(&path, answer.clone()).await.0, StatusCode::OK);
        }
    };
    tokio::join!(forth, back);
    let (_, twice) = guest.get(&format!("/cards/{}", id(&card))).await;
    assert_eq!(twice["reps"], 3);

    // The same three on another card, once and in order, give the same state but for the fuzz of long intervals.
    let other = guest.next_card(&deck).await;
    let path = format!("/cards/{}/reviews", id(&other));
    for answer in &queue {
        let mut answer = answer.clone();
        answer["id"] = json!(Uuid::new_v4());
        guest.post(&path, answer).await;
    }
    let (_, once) = guest.get(&format!("/cards/{}", id(&other))).await;
    assert_eq!(
        (&twice["state"], &twice["stability"], &twice["difficulty"]),
        (&once["state"], &once["stability"], &once["difficulty"])
    );
    app.check_invariants().await;
}

#[tokio::test]
async fn answers_from_a_clock_that_is_far_behind_stay_in_the_order_in_which_they_came() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    for _ in 0..3 {
        let card = guest.next_card(&deck).await;
        let path = format!("/cards/{}/reviews", id(&card));
        for (minutes, rating) in [(11, "again"), (22, "good"), (33, "good")] {
            let at = app.clock.now() - TimeDelta::days(1) + TimeDelta::minutes(minutes);
            let body = json!({ "id": Uuid::new_v4(), "rating": rating, "at": at });
            assert_eq!(guest.post(&path, body).await.0, StatusCode::OK);
        }
        let (_, now) = guest.get(&format!("/cards/{}", id(&card))).await;
        assert_eq!((&now["state"], &now["reps"]), (&json!("review"), &json!(3)));
    }
    app.check_invariants().await;
}

#[tokio::test]
async fn of_two_tabs_that_edit_one_card_both_are_kept_where_they_touch_different_fields() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let (one, other) = tokio::join!(
        guest.patch(&path, json!({ "question": "A better question?" })),
        guest.patch(&path, json!({ "tags": ["🦀", "日本語"] }))
    );
    assert_eq!((one.0, other.0), (StatusCode::OK, StatusCode::OK));
    let (_, now) = guest.get(&path).await;
    assert_eq!(now["question"], "A better question?");
    assert_eq!(now["tags"], json!(["日本語", "🦀"]));
    assert_eq!(
        now["revision"].as_i64(),
        card["revision"].as_i64().map(|before| before + 2)
    );
}

#[tokio::test]
async fn a_card_of_100_kilobytes_is_refused_with_its_limit_and_the_old_text_stays() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let (status, problem) = guest
        .patch(&path, json!({ "answer": "ß".repeat(50_000) }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(detail(&problem).contains("20000 characters"), "{problem}");
    let (_, now) = guest.get(&path).await;
    assert_eq!(now["answer"], card["answer"]);
}

#[tokio::test]
async fn of_two_tabs_that_edit_one_field_the_second_is_told_and_neither_text_is_lost() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let edit = |text: &str| json!({ "question": text, "revision": card["revision"] });
    // At the very same time: the card's lock decides, not who looked first.
    let (one, other) = tokio::join!(
        guest.patch(&path, edit("From the one?")),
        guest.patch(&path, edit("From the other?"))
    );
    let (won, lost) = if one.0 == StatusCode::OK {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!((won.0, lost.0), (StatusCode::OK, StatusCode::CONFLICT));
    assert!(detail(&lost.1).contains("changed elsewhere"), "{}", lost.1);
    assert_eq!(lost.1["card"]["question"], won.1["question"]);
    let (_, now) = guest.get(&path).await;
    assert_eq!(now["question"], won.1["question"]);
    // The next step: the same again, having seen it.
    app.advance(TimeDelta::seconds(1));
    let again = json!({ "question": "Both in one?", "revision": now["revision"] });
    assert_eq!(guest.patch(&path, again).await.0, StatusCode::OK);
    // And what was replaced comes back by undo.
    let (status, undone) = guest.post("/undo", json!({})).await;
    assert_eq!(
        (status, &undone["question"]),
        (StatusCode::OK, &won.1["question"])
    );
}

#[tokio::test]
async fn a_change_that_is_sent_twice_is_done_once_even_with_the_old_revision() {
    let app = TestApp::start().await;
    let (guest, deck) = deck_with_cards(&app).await;
    let card = guest.next_card(&deck).await;
    let path = format!("/cards/{}", id(&card));
    let change =
        json!({ "question": "Once?", "revision": card["revision"], "action_id": Uuid::new_v4() });
    let first = guest.patch(&path, change.clone()).await;
    let second = guest.patch(&path, change).await;
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(first.1["revision"], second.1["revision"]);
}

#[tokio::test]
async fn what_was_typed_for_a_card_that_was_deleted_elsewhere_can_still_be_saved() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let deck = browser.begin("Lighthouses").await;
    app.generate().await;
    let page = browser.get(&format!("/decks/{deck}/study")).await.text;
    let (_, rest) = page.split_once("data-card=\"").expect("a card");
    let card = &rest[..rest.find('"').expect("its end")];
    let deleted = browser.post(&format!("/cards/{card}/delete"), &[]).await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER, "{}", deleted.text);
    let typed = [
        ("question", "Who keeps a light?"),
        ("answer", "Its keeper"),
        ("explanation", "Until it is switched by a clock."),
        ("tags", "sea"),
        ("was", "whatever"),
    ];
    let refused = browser.post(&format!("/cards/{card}/edit"), &typed).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(refused.has("deleted on another page"), "{}", refused.text);
    assert!(refused.has("Who keeps a light?") && refused.has("switched by a clock"));
    // The form that came back saves it as a card of one's own.
    let action = format!("/decks/{deck}/cards");
    assert!(refused.has(&format!("action=\"{action}\"")));
    let saved = browser.post(&action, &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(browser.get(&action).await.has("Who keeps a light?"));
    // Whose card it is not learns nothing of it.
    let stranger = app.browser();
    stranger.begin("Lighthouses").await;
    let answer = stranger.post(&format!("/cards/{card}/edit"), &typed).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
