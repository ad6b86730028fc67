//! Browsing: what is searched and filtered is found, in order and in pieces; what is done to many is done to those.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{Guest, TestApp, id};

/// A page's text as its learner sees it.
async fn page(guest: &Guest<'_>, path: &str) -> String {
    let url = format!("{}{path}", guest.app.address);
    let response = guest
        .app
        .http
        .request(Method::GET, url)
        .bearer_auth(&guest.token)
        .send()
        .await
        .expect("a page");
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.text().await.expect("a body")
}

/// Posts a form without following where it leads: status, and the address it leads to or the page.
pub async fn post(guest: &Guest<'_>, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let stay = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let response = stay
        .post(format!("{}{path}", guest.app.address))
        .bearer_auth(&guest.token)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(serde_urlencoded::to_string(fields).expect("pairs of text"))
        .send()
        .await
        .expect("an answer");
    let status = response.status();
    let location = response
        .headers()
        .get(header::LOCATION)
        .map(|value| value.to_str().expect("text").to_owned());
    let text = response.text().await.expect("a body");
    (status, location.unwrap_or(text))
}

/// Where a bulk action leads, without the id that takes it back.
fn done(to: &str) -> &str {
    to.split("&undo=").next().expect("a first piece")
}

/// Takes a bulk action back by the button of the page that it led to.
async fn take_back(guest: &Guest<'_>, to: &str) -> String {
    let html = page(guest, to).await;
    let (_, rest) = html
        .split_once("action=\"/cards/bulk/undo\"")
        .expect("an undo form");
    let (_, rest) = rest
        .split_once("name=\"action_id\" value=\"")
        .expect("an id");
    let action_id = rest.split('"').next().expect("a quote");
    let fields = [("action_id", action_id), ("back", "/cards")];
    let (status, to) = post(guest, "/cards/bulk/undo", &fields).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    to
}

async fn write(guest: &Guest<'_>, deck: &str, question: &str) -> Value {
    let body = json!({ "question": question, "answer": "an answer" });
    let (status, card) = guest.post(&format!("/decks/{deck}/cards"), body).await;
    assert_eq!(status, StatusCode::CREATED, "{card}");
    // Ids of one millisecond lie in no order.
    guest.app.advance(TimeDelta::milliseconds(2));
    card
}

#[tokio::test]
async fn a_search_finds_any_piece_of_any_script_and_takes_wildcards_as_text() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Words").await;
    for question in [
        "L’ÉTÉ dure",
        "京都の夏は暑い",
        "100 % of it",
        "100 and more",
    ] {
        write(&guest, &deck, question).await;
    }
    let found = |query: &'static str, wanted: &'static [&'static str]| {
        let guest = &guest;
        async move {
            let html = page(guest, &format!("/cards?q={query}")).await;
            for text in ["ÉTÉ", "京都", "100 %", "100 and"] {
                assert_eq!(
                    html.contains(text),
                    wanted.contains(&text),
                    "{query}: {text}"
                );
            }
        }
    };
    found("%E9%83%BD%E3%81%AE", &["京都"]).await;
    found("DURE", &["ÉTÉ"]).await;
    found("0+%25", &["100 %"]).await;
    found("100", &["100 %", "100 and"]).await;
    found("nowhere", &[]).await;
    assert!(
        page(&guest, "/cards?q=nowhere")
            .await
            .contains("No card is like that")
    );
}

#[tokio::test]
async fn pieces_follow_each_other_without_a_card_twice_or_left_out() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Words").await;
    for number in 0..120 {
        write(&guest, &deck, &format!("Question number {number:03}.")).await;
    }
    for (sort, wanted) in [("oldest", 120), ("newest", 120), ("due", 0)] {
        let mut seen = Vec::new();
        let mut path = format!("/cards?sort={sort}");
        for _ in 0..5 {
            let html = page(&guest, &path).await;
            let numbers = html.split("Question number ").skip(1);
            seen.extend(numbers.map(|text| text[..3].to_owned()));
            let next = html
                .split("&amp;after=")
                .nth(1)
                .or_else(|| html.split("&#38;after=").nth(1));
            match next {
                Some(rest) => {
                    let place = rest.split('"').next().expect("a quote");
                    path = format!("/cards?sort={sort}&after={place}");
                }
                None => break,
            }
        }
        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((seen.len(), sorted.len()), (wanted, wanted), "{sort}");
        if sort == "newest" {
            sorted.reverse();
        }
        assert_eq!(seen, sorted, "{sort}");
    }
}

#[tokio::test]
async fn what_is_done_to_many_is_done_to_the_chosen_and_to_nobody_elses() {
    let app = TestApp::start().await;
    let (guest, stranger) = (app.guest().await, app.guest().await);
    let deck = guest.deck("Words").await;
    let mut cards = Vec::new();
    for number in 0..4 {
        cards.push(id(
            &write(&guest, &deck, &format!("Question {number}?")).await
        ));
    }
    let chosen = [("card", cards[0].as_str()), ("card", cards[1].as_str())];
    let with = |fields: &[(&'static str, &'static str)]| [&chosen[..], fields].concat();

    let (status, to) = post(&stranger, "/cards/bulk", &with(&[("action", "flag")])).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        to, "/cards?did=flag.0",
        "another learner's cards are passed over"
    );

    let (_, to) = post(&guest, "/cards/bulk", &with(&[("action", "suspend")])).await;
    assert_eq!(done(&to), "/cards?did=suspend.2");
    let (_, to) = post(
        &guest,
        "/cards/bulk",
        &with(&[("action", "tag"), ("tag", "🦀 crab")]),
    )
    .await;
    assert_eq!(done(&to), "/cards?did=tag.2");
    let (_, card) = guest.get(&format!("/cards/{}", cards[0])).await;
    assert_eq!(card["suspended"], true);
    assert_eq!(card["tags"], json!(["🦀 crab"]));
    let tagged = page(&guest, "/cards?tag=%F0%9F%A6%80+crab").await;
    assert!(tagged.contains("Question 0?") && !tagged.contains("Question 2?"));

    let (_, to) = post(
        &guest,
        "/cards/bulk",
        &with(&[("action", "due"), ("days", "3")]),
    )
    .await;
    assert_eq!(done(&to), "/cards?did=due.2");
    let (_, card) = guest.get(&format!("/cards/{}", cards[1])).await;
    assert_eq!(
        card["due_at"], "2026-03-05T04:00:00Z",
        "three of the learner's days ahead"
    );

    let (status, asked) = post(&guest, "/cards/bulk", &with(&[("action", "delete")])).await;
    assert_eq!(status, StatusCode::OK);
    assert!(asked.contains("Delete 2 cards?"));
    let sure = [("action", "delete"), ("confirmed", "true")];
    post(&guest, "/cards/bulk", &with(&sure)).await;
    let (status, _) = guest.get(&format!("/cards/{}", cards[0])).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _) = guest.get(&format!("/cards/{}", cards[2])).await;
    assert_eq!(status, StatusCode::OK);
    app.check_invariants().await;
}

#[tokio::test]
async fn every_card_of_a_view_means_those_that_the_view_shows() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Words").await;
    for question in ["red one", "red two", "blue"] {
        write(&guest, &deck, question).await;
    }
    let fields = [
        ("all", "true"),
        ("action", "flag"),
        ("back", "/cards?q=red"),
    ];
    let (_, to) = post(&guest, "/cards/bulk", &fields).await;
    assert_eq!(done(&to), "/cards?q=red&did=flag.2");
    // As a view was kept when a mark was a state, and as it is now, with others.
    for view in ["/cards?state=flagged", "/cards?flagged=true&state=new"] {
        let flagged = page(&guest, view).await;
        assert!(flagged.contains("red two"), "{view}");
        assert!(!flagged.contains(">blue<"), "{view}");
    }
    let both = page(&guest, "/cards?flagged=true&suspended=true").await;
    assert!(!both.contains("red two"), "none is suspended");
}

#[tokio::test]
async fn a_bulk_form_that_does_not_fit_says_why() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let card = ("card", "018f0000-0000-7000-8000-000000000000");
    for fields in [
        vec![("action", "flag")],
        vec![card, ("action", "paint")],
        vec![card, ("action", "tag"), ("tag", "   ")],
        vec![card, ("action", "due"), ("days", "-1")],
        vec![card, ("action", "due"), ("days", "99999999999")],
    ] {
        let (status, page) = post(&guest, "/cards/bulk", &fields).await;
        assert_eq!(
            status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}: {page}"
        );
    }
}

/// What an undo has to bring back: everything but the revision, which only rises.
async fn kept(guest: &Guest<'_>, cards: &[String]) -> Vec<Value> {
    let mut kept = Vec::new();
    for card in cards {
        let (status, mut card) = guest.get(&format!("/cards/{card}")).await;
        assert_eq!(status, StatusCode::OK, "{card}");
        card.as_object_mut().expect("a card").remove("revision");
        kept.push(card);
    }
    kept
}

#[tokio::test]
async fn whatever_is_done_to_many_is_taken_back_exactly_and_once() {
    let app = TestApp::start().await;
    let (guest, stranger) = (app.guest().await, app.guest().await);
    let deck = guest.deck("Words").await;
    let mut cards = Vec::new();
    for number in 0..4 {
        let card = write(&guest, &deck, &format!("Question {number}?")).await;
        cards.push(id(&card));
    }
    // One answered, one moved by hand, one that already is as the action wants it, one new.
    let (_, card) = guest.get(&format!("/cards/{}", cards[0])).await;
    guest.grade(&card, "easy").await;
    let set = json!({ "due_at": "2026-04-01T00:00:00Z" });
    guest.patch(&format!("/cards/{}", cards[1]), set).await;
    let set = json!({ "suspended": true, "flagged": true, "tags": ["🦀", "b"] });
    guest.patch(&format!("/cards/{}", cards[2]), set).await;
    let before = kept(&guest, &cards).await;

    let actions: [&[(&str, &str)]; 9] = [
        &[("action", "suspend")],
        &[("action", "resume")],
        &[("action", "flag")],
        &[("action", "unflag")],
        &[("action", "tag"), ("tag", "a 🦀")],
        &[("action", "untag"), ("tag", "🦀")],
        &[("action", "due"), ("days", "3")],
        &[("action", "reset")],
        &[("action", "delete"), ("confirmed", "true")],
    ];
    let chosen: Vec<(&str, &str)> = cards.iter().map(|card| ("card", card.as_str())).collect();
    for action in actions {
        app.advance(TimeDelta::seconds(1));
        let fields = [&chosen[..], action].concat();
        let (_, to) = post(&guest, "/cards/bulk", &fields).await;
        let (_, count) = done(&to).rsplit_once('.').expect("a count");
        assert!(count.parse::<u32>().expect("a number") > 0, "{action:?}");
        if action[0].1 == "delete" {
            let (status, _) = guest.get(&format!("/cards/{}", cards[0])).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        } else {
            assert_ne!(kept(&guest, &cards).await, before, "{action:?}");
        }

        let (_, action_id) = to.split_once("&undo=").expect("a way back");
        let theirs = [("action_id", action_id)];
        let (_, nothing) = post(&stranger, "/cards/bulk/undo", &theirs).await;
        assert_eq!(nothing, "/cards?did=undo.0", "another learner's way back");

        app.advance(TimeDelta::seconds(1));
        let back = take_back(&guest, &to).await;
        assert_eq!(back, format!("/cards?did=undo.{count}"), "{action:?}");
        assert_eq!(kept(&guest, &cards).await, before, "{action:?}");
        assert_eq!(take_back(&guest, &to).await, "/cards?did=undo.0", "twice");
        app.check_invariants().await;
    }
}

#[tokio::test]
async fn an_answer_given_since_a_bulk_move_stays_when_the_move_is_taken_back() {
    let app = TestApp::start().await;
    let guest = app.guest().await;
    let deck = guest.deck("Words").await;
    let cards = [id(&write(&guest, &deck, "One?").await)];
    let path = format!("/cards/{}", cards[0]);
    let fields = [
        ("card", cards[0].as_str()),
        ("action", "due"),
        ("days", "5"),
    ];
    let (_, to) = post(&guest, "/cards/bulk", &fields).await;
    app.advance(TimeDelta::minutes(1));
    let (_, card) = guest.get(&path).await;
    guest.grade(&card, "easy").await;
    take_back(&guest, &to).await;
    let (_, card) = guest.get(&path).await;
    assert_eq!(
        (&card["reps"], &card["state"]),
        (&json!(1), &json!("review"))
    );
    // The study desk's undo takes the answer back, not what the list did.
    let (status, card) = guest.post("/undo", json!({})).await;
    assert_eq!((status, &card["state"]), (StatusCode::OK, &json!("new")));
    app.check_invariants().await;
}
