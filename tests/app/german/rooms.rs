//! Statistics, cramming, reminders, the study prompt, the model, privacy and the device in German, with something on them.

use autodeck::llm::local::{KnownModel, LocalModels, ModelFile, Origins};
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::Value;

use super::{answer, cards, check, form, german, get, in_german, post, shown};
use crate::support::{Guest, TestApp, Wanted, id};

/// A deck with cards.
async fn deck(learner: &Guest<'_>) -> String {
    learner.app.model.answer_next(cards());
    let deck = learner.deck("Flüsse").await;
    learner.app.generate().await;
    deck
}

/// Answers a card too easily, and again when it is due.
async fn review(learner: &Guest<'_>, deck: &str) {
    let card = learner.next_card(deck).await;
    let reviewed = learner.grade(&card, "easy").await;
    let due: DateTime<Utc> = reviewed["card"]["due_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let app = learner.app;
    app.advance(due - app.clock.now() + TimeDelta::minutes(1));
    let (_, card): (_, Value) = learner.get(&format!("/cards/{}", id(&card))).await;
    learner.grade(&card, "good").await;
}

/// No day or number of an English page.
#[track_caller]
fn has_german_days(name: &str, page: &str) {
    let shown = shown(page);
    assert!(!shown.contains("2026-0"), "{name}: {shown}");
}

#[tokio::test]
async fn statistics_are_german_before_the_first_answer_and_with_every_chart_drawn() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let wanted = [
        "Hier wurde noch nichts beantwortet.",
        "heute noch dran",
        "In den nächsten 30 Tagen kommt nichts wieder.",
        "0 Karten: 0 sitzen für drei Wochen oder länger",
    ];
    check("nothing", &get(&learner, "/stats").await, &wanted);

    let deck = deck(&learner).await;
    for rating in ["again", "good"] {
        let card = learner.next_card(&deck).await;
        learner.grade(&card, rating).await;
    }
    review(&learner, &deck).await;
    let of_deck = get(&learner, &format!("/decks/{deck}/stats")).await;
    for (name, page) in [
        ("all decks", get(&learner, "/stats").await),
        ("a deck", of_deck.clone()),
    ] {
        let wanted = [
            "heute",
            "Antworten am Tag",
            "Minuten am Tag",
            "4 Antworten an 2 Tagen des letzten Jahres.",
            "Das Jahr nach Monaten",
            "März 2026",
            "Dez",
            "deiner Karten",
            "Gedächtnis, wirklich und vorhergesagt",
            "Von deiner letzten Wiederholung hast du 100 % gewusst",
            "Stabilität",
            "14 Tage bis 1 Monat",
            "1 Jahr oder mehr",
            "Abstände",
            "9 Fachniveau",
            "2.3.2026",
            "2. März",
            "Stufe neuer Karten nach Tagen, in Zahlen",
        ];
        check(name, &page, &wanted);
        has_german_days(name, &page);
        assert!(
            page.contains("<polyline") && page.contains("<circle"),
            "{name}"
        );
    }
    let wanted = [
        "Statistik von Flüsse",
        "Teile des Themas",
        "Gefüllt: sitzt",
        "1 von 3 sitzt",
        "Im Lernen",
    ];
    check("parts", &of_deck, &wanted);
    let levels = of_deck.split("id=\"levels\"").nth(1).unwrap();
    let level = levels.split("<td dir=\"auto\">").nth(2).unwrap();
    assert!(level.starts_with(|c: char| c.is_ascii_digit()) && level[1..].starts_with(','));
}

#[tokio::test]
async fn the_curve_of_a_card_has_german_days() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let deck = deck(&learner).await;
    let card = id(&learner.next_card(&deck).await);
    review(&learner, &deck).await;
    app.advance(TimeDelta::days(40));
    let page = get(&learner, &format!("/cards/{card}")).await;
    check("the card", &page, &["2.3.2026", "2.3.2026 12:00", "jetzt"]);
    has_german_days("the card", &page);
}

#[tokio::test]
async fn cramming_is_german_from_the_choice_to_the_end() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let deck = deck(&learner).await;
    let card = learner.next_card(&deck).await;
    learner.grade(&card, "again").await;
    let page = get(&learner, "/cram").await;
    let wanted = [
        "Pauken",
        "allen Stapeln",
        "In den letzten drei Tagen nicht gewusst",
        "Mit dem Schlagwort",
        "Anfangen",
    ];
    check("the choice", &page, &wanted);
    for (of, said) in [
        ("tag", "für ein Schlagwort schreib es hin"),
        ("flagged", "So eine Karte gibt es nicht. Wähl andere."),
    ] {
        let (status, page) = post(&learner, "/cram", &[("of", of), ("tag", "")]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        check(of, &page, &[said]);
    }
    let (_, page) = post(&learner, "/cram", &[("of", "missed")]).await;
    let wanted = [
        "noch",
        "von 1",
        "nichts davon zählt",
        "Antwort zeigen",
        "Leertaste",
        "Aufhören",
    ];
    check("a question", &page, &wanted);
    let page = get(&learner, "/cram/now?show=answer").await;
    let wanted = [
        "Nicht gewusst",
        "am Ende noch einmal",
        "Gewusst",
        "geschafft",
    ];
    check("an answer", &page, &wanted);
    let known = [("card", &*id(&card)), ("known", "true")];
    let (_, page) = post(&learner, "/cram/now", &known).await;
    let wanted = [
        "Du hast alle gewusst",
        "1 Karte. Ihr Plan ist, wie er war.",
        "Andere pauken",
    ];
    check("the end", &page, &wanted);
}

#[tokio::test]
async fn reminders_and_their_end_are_german() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let page = get(&learner, "/reminders").await;
    check("a guest", &page, &["ein Gast hat keine"]);
    let on = [("on", "true"), ("hour", "18")];
    let (status, page) = post(&learner, "/reminders", &on).await;
    assert_eq!(status, StatusCode::CONFLICT);
    check(
        "a guest's wish",
        &page,
        &["Erinnerungen brauchen ein Konto"],
    );

    sqlx::query("update users set kind = 'account', email = 'a@example.org'")
        .execute(&app.db)
        .await
        .unwrap();
    let page = get(&learner, "/reminders").await;
    let wanted = [
        "Bestätige zuerst diese Adresse",
        "An a@example.org schreiben, wenn Karten dran sind",
        "Ab, Uhr",
    ];
    check("an account", &page, &wanted);
    let (_, page) = post(&learner, "/reminders", &on).await;
    check("saved", &page, &["Gespeichert."]);
    let wrong = [("on", "true"), ("hour", "99")];
    let (status, page) = post(&learner, "/reminders", &wrong).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let wanted = ["Die Stunde ist eine ganze Zahl von 0 bis 23."];
    check("no hour", &page, &wanted);

    let stop = format!("{}/reminders/stop/x", app.address);
    let (_, page) = answer(in_german(app.http.get(&stop))).await;
    check(
        "the question",
        &page,
        &["Die Erinnerungen abstellen?", "Abstellen"],
    );
    let (_, page) = answer(in_german(form(app.http.post(&stop), &[]))).await;
    check("the end", &page, &["Keine Erinnerungen mehr"]);
}

#[tokio::test]
async fn the_page_of_the_study_prompt_is_german_around_its_text() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let deck = deck(&learner).await;
    let page = get(&learner, &format!("/decks/{deck}/prompt")).await;
    let (before, rest) = page.split_once("<textarea").unwrap();
    let (text, after) = rest.split_once("</textarea>").unwrap();
    assert!(text.contains("I am studying this topic"), "{text}");
    let wanted = [
        "Lernstand von Flüsse",
        "auf Englisch: Füg es in einen beliebigen Chat ein",
        "Als Textdatei laden",
        "Kopiert.",
        "Kopier ihn mit den Tasten deines Geräts.",
    ];
    check("the prompt", &format!("{before}{after}"), &wanted);
}

#[tokio::test]
async fn the_page_of_the_model_is_german_whatever_writes() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let wanted = [
        "Das Modell, das deine Karten schreibt",
        "Ein anderes Modell verbinden",
        "mit dem Pfad einer GGUF-Datei",
        "sagt, was gefunden wurde.",
    ];
    check("another model", &get(&learner, "/model").await, &wanted);

    let nowhere = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
    let known = ModelFile::Known {
        model: KnownModel::default_model(),
        folder: nowhere.clone(),
    };
    let own = ModelFile::Own(nowhere.join("own.gguf"));
    for (file, wanted) in [
        (known, "ist noch nicht auf diesem Rechner. Hol es mit "),
        (own, "AUTODECK_LOCAL_MODEL nennt "),
    ] {
        let app = TestApp::start_with(Wanted {
            local: Some(LocalModels::new(file, Origins::default())),
            ..Wanted::default()
        })
        .await;
        let learner = german(&app).await;
        let page = get(&learner, "/model").await;
        let wanted = [
            wanted,
            "Kein Sprachmodell ist verbunden",
            "Was du hast, kannst du weiter lernen.",
        ];
        check("no file", &page, &wanted);
        let offers = shown(&page).contains("Das eingebaute Modell nehmen (1,1 GB)");
        assert_eq!(offers, wanted[0].starts_with("ist noch nicht"), "{page}");
    }
}

#[tokio::test]
async fn what_the_list_of_cards_and_the_settings_refuse_is_said_in_german() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let deck = deck(&learner).await;
    let card = id(&learner.next_card(&deck).await);
    for (action, said) in [
        ("tag", "Schreib ein Schlagwort von höchstens 100 Zeichen"),
        ("due", "Schreib, in wie vielen Tagen, 0 bis 3650"),
    ] {
        let fields = [("action", action), ("card", &*card), ("days", "x")];
        let (status, page) = post(&learner, "/cards/bulk", &fields).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        check(action, &page, &[said]);
    }
    let browser = app.browser();
    browser.begin("Flüsse").await;
    sqlx::query("update users set language = 'de'")
        .execute(&app.db)
        .await
        .unwrap();
    let wrong = [
        ("time_zone", "Nirgends"),
        ("rollover_hour", "25"),
        ("buttons", "5"),
        ("retention_percent", "10"),
        ("new_cards", ""),
        ("name", ""),
    ];
    let refused = browser.post("/settings", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "Wähl eine Zeitzone mit ihrem IANA-Namen",
        "Der Tag beginnt zu einer ganzen Stunde",
        "Es gibt 3 Antwortknöpfe oder 4.",
        "liegt zwischen 70 und 97 Prozent",
    ] {
        assert!(refused.has(said), "{said}: {}", refused.text);
    }
}

#[tokio::test]
async fn privacy_and_terms_are_german() {
    let app = TestApp::start().await;
    let learner = german(&app).await;
    let wanted = [
        "Was aufgehoben wird",
        "Karten schreibt ein Sprachmodell: test.",
        "Alles mitnehmen",
    ];
    check("privacy", &get(&learner, "/privacy").await, &wanted);
    let wanted = ["Was dir gehört", "steht unter"];
    check("terms", &get(&learner, "/terms").await, &wanted);
}

#[tokio::test]
async fn what_a_device_keeps_is_german_for_who_chose_it_or_whose_browser_asks() {
    let app = TestApp::start().await;
    let wanted = [
        "Keine Verbindung",
        "Zur Hand",
        "Auf diesem Gerät wurde noch kein Stapel gelernt.",
    ];
    let offline = || app.http.get(format!("{}/offline", app.address));
    let (_, asked) = answer(in_german(offline())).await;
    check("asked for", &asked, &wanted);
    let browser = app.browser();
    browser.begin("Flüsse").await;
    sqlx::query("update users set language = 'de'")
        .execute(&app.db)
        .await
        .unwrap();
    let english = offline().header("accept-language", "en");
    check("chosen", &browser.send(english).await.text, &wanted);

    let manifest = app
        .http
        .get(format!("{}/manifest.webmanifest", app.address));
    let (_, manifest) = answer(in_german(manifest)).await;
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["lang"], "de");
    assert_eq!(manifest["shortcuts"][0]["name"], "Lernen, was dran ist");
    assert!(manifest["description"].as_str().unwrap().contains("Stapel"));
}
