//! Pages in German: nothing on them is English but what the cards say. Here studying, decks, cards and errors; below,
//! the other rooms.
// long: a page after the other, and the look for English that all of them share.

mod rooms;

use std::fmt::Debug;

use autodeck::web::words::Language;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::json;

use crate::model_server::Reply;
use crate::support::{Guest, TestApp, id};

/// A learner who chose German in the settings.
async fn german(app: &TestApp) -> Guest<'_> {
    let learner = app.guest().await;
    sqlx::query("update users set language = 'de' where user_id = $1")
        .bind(learner.user_id)
        .execute(&app.db)
        .await
        .unwrap();
    learner
}

/// Cards that hold no English.
fn cards() -> Reply {
    let card = |n: u32| {
        format!(
            "<card><subtopic>Flüsse</subtopic><question>Welcher Fluss hat die Nummer {n} im Verzeichnis?</question>\
             <answer>Fluss {n}</answer><explanation>So steht es unter {n}.</explanation></card>"
        )
    };
    Reply::text(&format!(
        "<cards>{}</cards>",
        (1..11).map(card).collect::<String>()
    ))
}

async fn answer(request: RequestBuilder) -> (StatusCode, String) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// As a browser asks for it that is set to German.
fn in_german(request: RequestBuilder) -> RequestBuilder {
    request.header("accept-language", "de")
}

async fn get(learner: &Guest<'_>, path: &str) -> String {
    let request = learner
        .app
        .http
        .get(format!("{}{path}", learner.app.address));
    let (status, page) = answer(in_german(request.bearer_auth(&learner.token))).await;
    assert_eq!(status, StatusCode::OK, "{path}: {page}");
    assert!(page.contains("<html lang=\"de\""), "{path}");
    page
}

async fn post(learner: &Guest<'_>, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let request = learner
        .app
        .http
        .post(format!("{}{path}", learner.app.address));
    answer(in_german(form(request.bearer_auth(&learner.token), fields))).await
}

fn form(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    let body = serde_urlencoded::to_string(fields).unwrap();
    let kind = "application/x-www-form-urlencoded";
    request.header("content-type", kind).body(body)
}

/// What a page shows or has read out: the text between its tags, and the attributes that hold text.
fn shown(page: &str) -> String {
    let mut shown = String::new();
    for piece in page.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        for name in [
            "aria-label=\"",
            "placeholder=\"",
            "data-word=\"",
            "data-one=\"",
            "data-many=\"",
            "data-copied=\"",
            "data-by-hand=\"",
        ] {
            let value = tag
                .split_once(name)
                .and_then(|(_, rest)| rest.split_once('"'));
            shown.extend(value.map(|(value, _)| format!("{value}\n")));
        }
        shown.push_str(text);
        shown.push('\n');
    }
    shown.replace("&#39;", "'").replace("&#34;", "\"")
}

/// The texts of a struct of words: what stands between quotation marks in how it is printed.
fn texts(words: &dyn Debug) -> Vec<String> {
    let printed = format!("{words:?}");
    let quoted = printed.split('"').skip(1).step_by(2);
    quoted.map(ToOwned::to_owned).collect()
}

/// English texts of the pages here that German does not have too, and beginnings and ends of sentences with numbers.
fn english() -> Vec<String> {
    let of = |language: Language| {
        let words = language.words();
        let parts: [&dyn Debug; 21] = [
            &words.frame,
            &words.home,
            &words.study,
            &words.keys,
            &words.said,
            &words.notices,
            &words.levels,
            &words.decks,
            &words.deck_settings,
            &words.errors,
            &words.cards,
            &words.card_page,
            &words.card_forms,
            &words.stats,
            &words.cram,
            &words.reminders,
            &words.prompt,
            &words.device,
            &words.model,
            &words.privacy,
            &words.terms,
        ];
        parts.into_iter().flat_map(texts).collect::<Vec<_>>()
    };
    let german = of(Language::German);
    let mut english = of(Language::English);
    english.extend(
        [
            "cards ready",
            "card ready",
            "card left",
            "cards left",
            "Study all",
            "a day",
            "is empty",
            "whole number",
            "Settings of",
            "Cards of",
            "per cent",
            "minutes",
            "days",
            "in two weeks",
            "Wait",
            "The next card",
            "The model",
            "Your answers",
            "The key",
            "Statistics of",
            "in numbers",
            "answer",
            "of the last year",
            "come back",
            "Nothing comes",
            "was predicted",
            "known",
            "being learned",
            "or more",
            "each at least once",
            "Write to",
            "Study prompt of",
            "The hour",
            "Use the built-in",
            "The built-in model",
            "No model",
            "January",
            "February",
            "March",
            "December",
        ]
        .map(ToOwned::to_owned),
    );
    // Of three letters and less, much is German too: "Tag".
    english.retain(|text| text.chars().count() > 3 && !german.contains(text));
    english
}

/// The English that a page shows.
fn leftovers(page: &str) -> Vec<String> {
    let shown = shown(page);
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let stands_in = |text: &String| {
        shown.match_indices(text.as_str()).any(|(at, _)| {
            !is_letter(shown[..at].chars().next_back())
                && !is_letter(shown[at + text.len()..].chars().next())
        })
    };
    english().into_iter().filter(stands_in).collect()
}

/// That a page says all of this, and nothing in English.
#[track_caller]
fn check(name: &str, page: &str, wanted: &[&str]) {
    let left = leftovers(page);
    assert!(left.is_empty(), "{name} says in English {left:?}: {page}");
    let shown = shown(page);
    for words in wanted {
        assert!(shown.contains(words), "{name} lacks {words}: {shown}");
    }
}

#[tokio::test]
async fn an_english_page_is_full_of_what_a_german_one_must_not_say() {
    let app = TestApp::start().await;
    let learner = app.guest().await;
    let deck = learner.deck("Flüsse").await;
    for (path, most) in [
        (format!("/decks/{deck}/study"), 20),
        ("/decks".into(), 5),
        (format!("/decks/{deck}/settings"), 20),
        ("/stats".into(), 8),
        ("/cram".into(), 8),
        ("/reminders".into(), 3),
        (format!("/decks/{deck}/prompt"), 5),
        ("/model".into(), 8),
        ("/offline".into(), 3),
        ("/privacy".into(), 10),
        ("/terms".into(), 5),
    ] {
        let request = app.http.get(format!("{}{path}", app.address));
        let (_, page) = answer(request.bearer_auth(&learner.token)).await;
        let found = leftovers(&page).len();
        assert!(found > most, "{path}: only {found}");
    }
}

#[tokio::test]
async fn the_study_page_and_its_notices_are_german() {
    let app = TestApp::start().await;
    app.model.answer_next(cards());
    let learner = german(&app).await;
    let deck = learner.deck("Flüsse").await;
    let (study, ahead) = (
        format!("/decks/{deck}/study"),
        format!("/decks/{deck}/study/ahead"),
    );
    let page = get(&learner, &study).await;
    let wanted = [
        "Die ersten Karten werden geschrieben",
        "Gleich geht es weiter.",
        "die nächsten werden geschrieben",
        "Nicht erreichbar: neuer Versuch in {s} s.",
        "Tasten",
        "Leertaste",
    ];
    check("a waiting deck", &page, &wanted);

    app.generate().await;
    let page = get(&learner, &format!("{study}?show=answer&hints=1")).await;
    let wanted = [
        "Nicht gewusst",
        "Gewusst",
        "Zu leicht",
        "wieder in 10 Minuten",
        "10\u{A0}Min.",
        "Antwort zeigen",
        "Karten bereit",
        "Stufe:",
        "obere Mittelstufe",
        "Von „Flüsse“:",
        "Sag dir die Antwort",
    ];
    check("a card", &page, &wanted);
    let request = app.http.get(format!("{}{ahead}", app.address));
    let (_, fragment) = answer(in_german(request.bearer_auth(&learner.token))).await;
    check("the fragment", &fragment, &["Antwort zeigen"]);

    sqlx::query("update users set buttons = 4")
        .execute(&app.db)
        .await
        .unwrap();
    let page = get(&learner, &study).await;
    check(
        "four buttons",
        &page,
        &["Nochmal", "Schwer", "Gut", "Leicht"],
    );
    learner
        .patch(&format!("/decks/{deck}"), json!({ "paused": true }))
        .await;
    let page = get(&learner, &study).await;
    check("a paused deck", &page, &["neue Karten sind angehalten"]);
    check(
        "all decks",
        &get(&learner, "/study").await,
        &["Alle Stapel"],
    );
}

#[tokio::test]
async fn a_model_that_fails_is_told_in_german_and_the_api_stays_english() {
    let app = TestApp::start().await;
    let refusal = json!({ "error": { "message": "bad key" } });
    app.model.answer_next(Reply::status(401, &refusal));
    let learner = german(&app).await;
    let deck = learner.deck("Flüsse").await;
    app.generate().await;
    let page = get(&learner, &format!("/decks/{deck}/study")).await;
    let wanted = [
        "Das Modell antwortet nicht",
        "Der Anbieter des Modells nimmt den Schlüssel nicht an (401).",
        "Deine Antworten sind gespeichert.",
        "Noch einmal versuchen",
    ];
    check("a failing model", &page, &wanted);
    let (_, next) = learner.get(&format!("/decks/{deck}/next")).await;
    let detail = next["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("The model provider refused the key (401)."),
        "{detail}"
    );
    check(
        "the list",
        &get(&learner, "/decks").await,
        &["keine Antwort"],
    );
}

#[tokio::test]
async fn decks_and_their_settings_are_german() {
    let app = TestApp::start().await;
    app.model.answer_next(cards());
    let learner = german(&app).await;
    check(
        "no deck",
        &get(&learner, "/decks").await,
        &["Du hast noch keinen Stapel."],
    );
    let deck = learner.deck("Flüsse").await;
    let page = get(&learner, "/decks").await;
    check(
        "a new deck",
        &page,
        &["Meine Stapel", "wird geschrieben", "Statistik"],
    );
    app.generate().await;
    check(
        "the start page",
        &get(&learner, "/").await,
        &["Deine Stapel", "neu", "Das Immunsystem"],
    );

    let settings = format!("/decks/{deck}/settings");
    post(
        &learner,
        &format!("/decks/{deck}/steer"),
        &[("words", "Quellen"), ("wish", "less")],
    )
    .await;
    let page = get(&learner, &settings).await;
    let wanted = [
        "Einstellungen des Stapels",
        "Stufe neuer Karten",
        "Wiederholungen zuerst",
        "Weniger von",
        "neue Karten am Tag bedeuten in zwei Wochen etwa",
        "die des Themas",
    ];
    check("the settings", &without_languages(&page), &wanted);
    let wrong = [("title", " "), ("minutes_per_day", "0")];
    let (status, page) = post(&learner, &settings, &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let wanted = [
        "„Titel“ ist leer. Schreib etwas hinein.",
        "„Minuten am Tag“ ist eine ganze Zahl von 1 bis 1440 oder leer.",
    ];
    check("a refused form", &without_languages(&page), &wanted);
    let page = get(&learner, &format!("/decks/{deck}/delete")).await;
    check(
        "the question",
        &page,
        &["„Flüsse“ löschen?", "Stapel löschen", "Behalten"],
    );
}

/// The names of languages to choose from are English still.
fn without_languages(page: &str) -> String {
    let (before, rest) = page.split_once("<datalist").unwrap();
    let (_, after) = rest.split_once("</datalist>").unwrap();
    format!("{before}{after}")
}

#[tokio::test]
async fn cards_and_their_forms_are_german() {
    let app = TestApp::start().await;
    app.model.answer_next(cards());
    let learner = german(&app).await;
    let deck = learner.deck("Flüsse").await;
    app.generate().await;
    let card = learner.next_card(&deck).await;
    learner.grade(&card, "again").await;
    let card = id(&card);
    let list = format!("/decks/{deck}/cards");
    let page = get(&learner, &format!("{list}?did=suspend.3")).await;
    let wanted = [
        "Filtern und ordnen",
        "in einer Minute",
        "3 Karten ausgesetzt.",
        "Mit den {n} gewählten Karten",
    ];
    check("the list", &page, &wanted);
    let page = get(&learner, &format!("{list}?q=nichts")).await;
    check("nothing found", &page, &["So eine Karte gibt es nicht."]);
    let chosen = [("action", "delete"), ("card", card.as_str())];
    let (_, page) = post(&learner, "/cards/bulk", &chosen).await;
    check("the question", &page, &["1 Karte löschen?"]);
    let page = get(&learner, &format!("/cards/{card}")).await;
    check(
        "a card",
        &page,
        &[
            "Verlauf",
            "Nicht gewusst",
            "Stabilität danach",
            "4,0 s",
            "von 10",
        ],
    );
    let page = get(&learner, &format!("/cards/{card}/edit")).await;
    check(
        "its form",
        &page,
        &["Karte bearbeiten", "Schlagwörter, mit Kommas dazwischen"],
    );
    let page = get(&learner, &format!("/cards/{card}/report")).await;
    check(
        "the report",
        &page,
        &[
            "Was stimmt mit dieser Karte nicht?",
            "Die Antwort ist falsch",
        ],
    );
    let page = get(&learner, &format!("/cards/{card}/delete")).await;
    check("its end", &page, &["Diese Karte löschen?"]);
    let page = get(&learner, &format!("{list}/new")).await;
    check(
        "a new card",
        &page,
        &["Karte schreiben", "macht aus jeder Nummer eine Karte"],
    );
    let empty = [
        ("question", "Was?"),
        ("answer", " "),
        ("explanation", ""),
        ("tags", ""),
    ];
    let (status, page) = post(&learner, &list, &empty).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    check(
        "a refused card",
        &page,
        &["„Antwort“ ist leer. Schreib etwas hinein."],
    );
}

/// An error's page knows no learner, so it asks the browser.
#[tokio::test]
async fn a_page_of_an_error_is_german_for_whose_browser_asks_for_it() {
    let app = TestApp::start().await;
    let asked = |request: RequestBuilder| request.header("accept-language", "de-AT,en;q=0.5");
    let learner = german(&app).await;
    let nothing = format!("{}/decks/{}/study", app.address, uuid::Uuid::nil());
    let request = app.http.get(nothing).bearer_auth(&learner.token);
    let (status, page) = answer(asked(request)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    check("nothing", &page, &["Hier ist nichts", "Ein Thema nennen"]);
    let request = app.http.post(format!("{}/cards/bulk", app.address));
    let request = form(request.bearer_auth(&learner.token), &[("action", "flag")]);
    let (status, page) = answer(asked(request)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    check(
        "a wrong form",
        &page,
        &[
            "Etwas muss berichtigt werden",
            "Es war keine Karte gewählt.",
        ],
    );
}
