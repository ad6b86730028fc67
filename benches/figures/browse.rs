//! The list of a learner who has 100,000 cards, over HTTP: every kind of view that the page offers.

use std::time::Instant;

use reqwest::Method;

use crate::support::{Guest, TestApp};
use crate::table::{Row, Spread};

const CARDS: i32 = 100_000;
/// Requests of each view.
const REQUESTS: usize = 60;

/// Each view with what it is called in the table.
const VIEWS: &[(&str, &str)] = &[
    ("newest first", "/cards"),
    ("oldest first", "/cards?sort=oldest"),
    ("due first", "/cards?sort=due"),
    ("most forgotten first", "/cards?sort=lapses"),
    ("due now", "/cards?state=due&sort=due"),
    ("learning", "/cards?state=learning"),
    ("flagged", "/cards?state=flagged"),
    ("leeches", "/cards?state=leech"),
    ("a tag", "/cards?tag=exam"),
    ("a level and a part", "/cards?level=7&subtopic=part%2011"),
    ("a common word", "/cards?q=harbour"),
    ("a word of one card", "/cards?q=zanzibar77777"),
    ("a word of no card", "/cards?q=nowhere"),
];

/// Fills a deck, then asks for each view.
pub fn run() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let app = TestApp::start().await;
        let guest = app.guest().await;
        fill(&app, &guest).await;
        let mut rows = Vec::new();
        for (what, path) in VIEWS {
            rows.extend(view(&guest, what, path).await);
        }
        rows
    })
}

async fn fill(app: &TestApp, guest: &Guest<'_>) {
    let deck: uuid::Uuid = guest.deck("Harbours").await.parse().expect("an id");
    let filled = sqlx::query(
        "insert into cards (user_id, card_id, deck_id, question, answer, explanation, subtopic, level, state, stability,
                            difficulty, due_at, last_reviewed_at, last_review_day, reps, lapses, suspended, flagged, tags,
                            dealt_at)
         select $1, gen_random_uuid(), $2,
                'What did the ' || (array['harbour', 'mole', 'pier', 'quay'])[1 + n % 4] || ' of town ' || n || ' cost, when '
                    || md5(n::text) || ' was its mayor?' || case when n = 77777 then ' zanzibar77777' else '' end,
                n || ' guilders, paid in ' || md5((n * 7)::text),
                'It was built after the flood of ' || (1300 + n % 500) || ', and the town paid for it with a toll on herring.',
                'part ' || n % 40, 1 + n % 9,
                case when n % 5 = 0 then 'new' when n % 997 = 0 then 'learning' else 'review' end,
                case when n % 5 = 0 then null else 1 + n % 300 end, case when n % 5 = 0 then null else 5 end,
                case when n % 5 = 0 then null else $3::timestamptz + make_interval(hours => n % 9000 - 300) end,
                case when n % 5 = 0 then null else $3::timestamptz - interval '9 days' end,
                case when n % 5 = 0 then null else ($3::timestamptz - interval '9 days')::date end,
                0, case when n % 50 = 0 then 0 when n % 400 = 1 then 9 else n % 3 end, n % 1000 = 3, n % 700 = 4,
                case when n % 300 = 5 then array['exam'] else '{}' end, $3
         from generate_series(1, $4) n",
    )
    .bind(guest.user_id)
    .bind(deck)
    .bind(app.clock.now())
    .bind(CARDS)
    .execute(&app.db)
    .await
    .expect("the cards");
    assert_eq!(filled.rows_affected(), CARDS as u64);
    sqlx::query("vacuum analyze cards")
        .execute(&app.db)
        .await
        .expect("statistics");
}

async fn view(guest: &Guest<'_>, what: &str, path: &str) -> Vec<Row> {
    let mut times = Vec::new();
    for _ in 0..REQUESTS {
        let began = Instant::now();
        let url = format!("{}{path}", guest.app.address);
        let request = guest.app.http.request(Method::GET, url);
        let response = request
            .bearer_auth(&guest.token)
            .send()
            .await
            .expect("a page");
        assert!(response.status().is_success(), "{path}");
        response.text().await.expect("a body");
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let row = |name: &str, share: f64| Row {
        id: "browse",
        what: format!("{CARDS} cards, {what}; {name} of {REQUESTS}"),
        unit: "ms",
        ours: Spread {
            median: times[((REQUESTS - 1) as f64 * share) as usize],
            min: times[0],
            max: times[REQUESTS - 1],
        },
        peer: None,
        target: "p95 ≤ 50",
    };
    vec![row("p50", 0.5), row("p95", 0.95)]
}
