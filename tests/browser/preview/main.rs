//! Serves every page with sample data, for looking at them without a database: `cargo run --example preview -- PORT`.
// long: every page once, and nothing else.

mod accounts;
mod desk;
mod stats;

use autodeck::domain::level::Level;
use autodeck::error::Error;
use autodeck::web::pages::assets;
use autodeck::web::pages::browse::{BrowseQuery, CardsPage};
use autodeck::web::pages::bulk::BulkDeletePage;
use autodeck::web::pages::card_forms::{CardFormPage, ReportPage};
use autodeck::web::pages::deck_settings::{DeckPlan, DeckSettingsPage};
use autodeck::web::pages::decks::{ConfirmPage, DecksPage};
use autodeck::web::pages::error;
use autodeck::web::pages::home::HomePage;
use autodeck::web::pages::install::OfflinePage;
use autodeck::web::pages::reminders::{RemindersPage, StopPage};
use autodeck::web::pages::study::StudyPage;
use autodeck::web::pages::views::*;
use autodeck::web::problem::Problem;
use autodeck::web::render::render;
use autodeck::web::words::Language;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use uuid::Uuid;

const SHELL: Shell = Shell {
    told: None,
    theme: Theme::System,
    language: Language::English,
    has_session: true,
    is_account: true,
    payment_failed: false,
};

#[tokio::main]
async fn main() {
    let port = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let mut app = Router::new().route("/assets/{version}/{*name}", get(assets::serve));
    app = app.merge(desk::routes());
    for (path, page) in PAGES {
        app = app.route(path, get(move || async move { page() }));
    }
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}"))
        .await
        .expect("a free port");
    println!("http://{}", listener.local_addr().expect("a bound socket"));
    axum::serve(listener, app)
        .await
        .expect("serving does not end");
}

type Page = (&'static str, fn() -> Response);

const PAGES: &[Page] = &[
    ("/home", || home(false)),
    ("/home-returning", || home(true)),
    ("/decks", || {
        DecksPage {
            shell: SHELL,
            decks: decks(),
            due: 27,
            word: None,
        }
        .into_response()
    }),
    ("/decks-empty", || {
        DecksPage {
            shell: SHELL,
            decks: vec![],
            due: 0,
            word: None,
        }
        .into_response()
    }),
    ("/study", || study(false, 0)),
    ("/study-answer", || study(true, 0)),
    ("/study-maths", || study(true, 1)),
    ("/study-code", || study(true, 2)),
    ("/study-long", || study(true, 3)),
    ("/study-arabic", || study(true, 4)),
    ("/study-four", || study(true, 5)),
    ("/study-waiting", || notice("waiting")),
    ("/study-done", || notice("done")),
    ("/study-limit", || notice("limit_reached")),
    ("/study-exhausted", || notice("exhausted")),
    ("/study-failing", || notice("failing")),
    ("/cards", || cards(true)),
    ("/cards-all", || cards(false)),
    ("/bulk-delete", bulk_delete),
    ("/stats", || stats::page(false)),
    ("/stats-deck", || stats::page(true)),
    ("/stats-empty", || stats::empty()),
    ("/reminders", || reminders(Some("someone@example.org"))),
    ("/reminders-guest", || reminders(None)),
    ("/reminders-stop", || {
        StopPage {
            shell: SHELL,
            token: "x".into(),
            is_done: false,
        }
        .into_response()
    }),
    ("/offline", || OfflinePage { shell: SHELL }.into_response()),
    ("/edit", || edit()),
    ("/report", || {
        ReportPage {
            shell: SHELL,
            card: rows().remove(1),
            back: "/study".into(),
        }
        .into_response()
    }),
    ("/settings", || accounts::settings(true)),
    ("/settings-guest", || accounts::settings(false)),
    ("/sign-up", || accounts::page("sign-up")),
    ("/sign-in", || accounts::page("sign-in")),
    ("/forgot", || accounts::page("forgot")),
    ("/link", || accounts::page("link")),
    ("/password", || accounts::page("password")),
    ("/delete-account", || accounts::page("delete")),
    ("/token", || accounts::page("token")),
    ("/signed-out", || accounts::page("signed-out")),
    ("/privacy", || accounts::page("privacy")),
    ("/terms", || accounts::page("terms")),
    ("/deck-settings", || deck_settings()),
    ("/delete", || delete()),
    ("/error-404", || problem(&Error::NotFound)),
    ("/error-413", || problem(&Error::TooLarge)),
    ("/error-429", || {
        problem(&Error::RateLimited(std::time::Duration::from_secs(20)))
    }),
    ("/error-500", || {
        problem(&Error::Internal(std::io::Error::other("a sample").into()))
    }),
];

fn home(returning: bool) -> Response {
    let (decks, topic, problem) = if returning {
        (
            decks(),
            "  ",
            Some("Type at least one letter: a subject, a book, a skill."),
        )
    } else {
        (vec![], "", None)
    };
    let shell = Shell {
        has_session: returning,
        ..SHELL
    };
    HomePage {
        shell,
        topic: topic.into(),
        problem: problem.map(Into::into),
        decks,
    }
    .into_response()
}

fn decks() -> Vec<DeckRow> {
    let deck = |title: &str, level: i64, due, unseen, status: &str, archived| DeckRow {
        id: Uuid::nil(),
        title: title.into(),
        level: LevelView::of(Level::clamped(level), SHELL.words()),
        due,
        unseen,
        status: status.into(),
        archived,
    };
    vec![
        deck("French history", 6, 14, 5, "", false),
        deck("Linear algebra", 4, 13, 2, "", false),
        deck("قواعد اللغة العربية", 2, 0, 8, "", false),
        deck(
            "Everything about the Hanseatic League and its trade in herring, salt, cloth and beer",
            9,
            0,
            0,
            "",
            false,
        ),
        deck("SQL joins", 5, 0, 0, "writing", false),
        deck("Old exam", 3, 0, 0, "", true),
    ]
}

const SAMPLES: &[[&str; 4]] = &[
    [
        "The Revolution",
        "Why did Louis XVI summon the Estates-General in 1789, for the first time since 1614?",
        "To approve new taxes: the crown was close to bankruptcy.",
        "Interest alone took about half of the royal revenue after the American war, and the parlements refused to register new taxes.",
    ],
    [
        "Eigenvalues",
        "For $A = \\begin{pmatrix} 2 & 1 \\\\ 0 & 3 \\end{pmatrix}$, what is $\\det(A - \\lambda I)$?",
        "$(2-\\lambda)(3-\\lambda)$",
        "The determinant of a triangular matrix is the product of its diagonal, so $\\lambda_1 = 2$ and $\\lambda_2 = 3$; in general $\\sum_i \\lambda_i = \\operatorname{tr} A$ and $\\frac{1}{\\sqrt{2\\pi}}$ is unrelated.",
    ],
    [
        "Ownership",
        "What does this print?\n```rust\nlet a = vec![1, 2, 3];\nlet b = a;\nprintln!(\"{}\", a.len());\n```",
        "Nothing: it does not compile. `a` was moved into `b`.",
        "A `Vec` is not `Copy`; use `a.clone()` or borrow with `&a`.",
    ],
    [
        "Hanseatic law",
        "When a merchant of Lübeck lost his cargo of herring off Skanör in the fourteenth century because the master of the ship had taken on more barrels than the shared custom of the towns allowed, who bore the loss under the sea law that the towns had agreed upon?",
        "The master, out of his own share of the ship.",
        "Overloading was the master’s fault; losses by storm were shared by ship and cargo.",
    ],
    [
        "النحو",
        "ما علامة رفع المثنى في اللغة العربية؟",
        "الألف",
        "مثال: جاء الطالبان.",
    ],
    [
        "Bourbon kings",
        "Which king revoked the Edict of Nantes in 1685?",
        "Louis XIV",
        "",
    ],
];

fn card(sample: usize, buttons: Buttons) -> CardView {
    let [subtopic, question, answer, explanation] = SAMPLES[sample];
    CardView {
        id: Uuid::from_u128(sample as u128 + 1),
        deck_id: Uuid::nil(),
        deck_title: None,
        subtopic: Some(subtopic.into()),
        question: render(question),
        answer: render(answer),
        explanation: render(explanation),
        is_long: question.chars().count() > LONG_QUESTION,
        revision: 0,
        flagged: false,
        note: None,
        writer: WriterView::of(Some("replay")),
        choices: ChoiceView::row(buttons, [60, 360, 600, 8 * 86_400], SHELL.words()),
        review_id: Uuid::nil(),
        shown_at: 0,
    }
}

/// The sample whose id is this one.
fn card_of(id: Uuid) -> CardView {
    card((id.as_u128() as usize - 1) % SAMPLES.len(), Buttons::Three)
}

fn desk() -> DeskView {
    DeskView {
        base: "/decks/00000000-0000-0000-0000-000000000000".into(),
        counts: CountsView {
            new: 3,
            learning: 2,
            due: 8,
        },
        ready: 6,
        level: Some(LevelView::of(Level::clamped(6), SHELL.words())),
        pencil: "6 cards ready, writing more".into(),
        cards: vec![],
        notice: None,
        is_revealed: false,
        has_hints: false,
        has_undo: true,
    }
}

fn page(desk: DeskView) -> Response {
    StudyPage {
        shell: SHELL,
        deck_id: Some(Uuid::nil()),
        title: "French history".into(),
        word: None,
        language: String::new(),
        desk,
    }
    .into_response()
}

fn study(is_revealed: bool, sample: usize) -> Response {
    let buttons = if sample == 5 {
        Buttons::Four
    } else {
        Buttons::Three
    };
    let cards = vec![card(sample, buttons), card(5, buttons), card(1, buttons)];
    page(DeskView {
        cards,
        is_revealed,
        has_hints: sample == 0,
        ready: if sample == 3 { 12 } else { 6 },
        ..desk()
    })
}

fn notice(reason: &str) -> Response {
    let back = "/decks/x";
    let (title, detail, actions, ready) = match reason {
        "waiting" => (
            "Writing the first cards",
            "The model is reading up on French history. The first card is here in a few seconds.",
            vec![],
            0,
        ),
        "done" => (
            "Done for now",
            "Nothing is due. The next card comes back at 18:40, and 12 tomorrow.",
            vec![
                ActionView::link("My decks", "/decks"),
                ActionView::link("Begin another deck", "/"),
            ],
            0,
        ),
        "limit_reached" => (
            "That is today’s new cards",
            "You have met 20 new cards today; reviews go on without limit. New ones again tomorrow at 4:00.",
            vec![ActionView::link("Study what is due", "/study")],
            0,
        ),
        "exhausted" => (
            "This level has no more",
            "Three tries brought nothing at level 6 that you do not have already.",
            vec![
                ActionView::post("Go on at level 7, advanced", back, "level", 7),
                ActionView::link("Begin a neighbouring topic", "/"),
            ],
            0,
        ),
        _ => (
            "The model is not answering",
            "Your answers are saved. Try again, or study the 14 cards that are due.",
            vec![
                ActionView::post("Try again", back, "again", "true"),
                ActionView::link("Study what is due", "/study"),
            ],
            0,
        ),
    };
    let is_live = reason == "waiting";
    let notice = NoticeView {
        reason: reason.into(),
        title: title.into(),
        detail: detail.into(),
        actions,
        is_live,
    };
    page(DeskView {
        notice: Some(notice),
        ready,
        pencil: if is_live {
            "writing the first cards"
        } else {
            ""
        }
        .into(),
        ..desk()
    })
}

fn problem(error: &Error) -> Response {
    Html(error::page(
        SHELL,
        &Problem::from(error),
        Some("0199c1e2-77aa"),
    ))
    .into_response()
}

fn rows() -> Vec<CardRow> {
    let row = |(index, sample): (usize, &[&str; 4])| CardRow {
        id: Uuid::nil(),
        question: render(sample[1]),
        answer: render(sample[2]),
        subtopic: Some(sample[0].into()),
        level: 4 + index as u8 % 3,
        when: ["new", "due", "in 3 d", "in 2.5 mo", "suspended", "new"][index].into(),
        flagged: index == 1,
        suspended: index == 4,
        deck: None,
        is_leech: index == 2,
        lapses: if index == 2 { 9 } else { 0 },
        tags: if index == 1 {
            vec!["exam".into(), "🧮".into(), "تجربة".into()]
        } else {
            vec![]
        },
        writer: WriterView::of(Some("replay")),
    };
    SAMPLES.iter().enumerate().map(row).collect()
}

fn cards(of_deck: bool) -> Response {
    let decks = decks()
        .into_iter()
        .map(|deck| (deck.id, deck.title))
        .collect();
    let deck = of_deck.then(|| (Uuid::nil(), "French history".to_owned()));
    CardsPage {
        shell: SHELL,
        query: BrowseQuery {
            state: if of_deck { "" } else { "review" }.into(),
            ..BrowseQuery::default()
        },
        deck,
        decks,
        cards: rows(),
        next: Some("0.x".into()),
        word: (!of_deck).then(|| "3 cards suspended.".into()),
        undo: (!of_deck).then(Uuid::nil),
    }
    .into_response()
}

fn bulk_delete() -> Response {
    BulkDeletePage {
        shell: SHELL,
        cards: vec![Uuid::nil(); 12],
        back: "/cards".into(),
    }
    .into_response()
}

fn edit() -> Response {
    let [_, question, answer, explanation] = SAMPLES[1];
    CardFormPage {
        shell: SHELL,
        title: "Edit the card".into(),
        action: "/x".into(),
        back: "/study".into(),
        question: question.into(),
        answer: answer.into(),
        explanation: explanation.into(),
        tags: "linear algebra, exam".into(),
        ..CardFormPage::default()
    }
    .into_response()
}

fn reminders(email: Option<&str>) -> Response {
    RemindersPage {
        shell: SHELL,
        email: email.map(Into::into),
        is_proved: email.is_some(),
        is_on: true,
        hour: 18,
        is_saved: true,
    }
    .into_response()
}

fn deck_settings() -> Response {
    let deck = decks().remove(0);
    DeckSettingsPage {
        shell: SHELL,
        title: deck.title.clone(),
        deck,
        paused: false,
        plan: DeckPlan::default(),
        forecast: "20 new a day means about 14 minutes a day in two weeks.".into(),
        steers: vec![("More of", "The Revolution".into())],
        problem: None,
    }
    .into_response()
}

fn delete() -> Response {
    ConfirmPage {
        shell: SHELL,
        title: "Delete “French history”?".into(),
        detail:
            "Its 214 cards and 1,302 answers go with it, for good. Other decks stay as they are."
                .into(),
        verb: "Delete the deck".into(),
        action: "/x".into(),
        back: "/decks".into(),
    }
    .into_response()
}
