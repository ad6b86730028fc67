//! P3, P4 and P5: durable answers and next-study reads over HTTP, beside Anki's own backend and beside pgbench.
//!
//! Everything is real: HTTP, PostgreSQL with every durable setting on, and the learners who load it on the same cores.
//! The peers run between our rounds, on the same disk and, for pgbench, on the same server.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::identical_sql;
use crate::postgres;
use crate::support::{Guest, TestApp};
use crate::table::{Row, Spread};

/// Learners at once, and connections of pgbench.
pub const LEARNERS: usize = 32;
/// Cards of each learner.
pub const CARDS: usize = 2_000;
/// Of these, due: more than the app can be answered in all rounds, or those who read have nothing to read.
const DUE: usize = 1_500;
/// What the cards' ids begin with; the rest is counted.
const COUNTED: &str = "00000000-0000-4000-8000-";
/// How long each side of a round runs.
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;
/// The rate, of what the app can do, at which answers are asked for when their latency is measured.
const OPEN_LOAD: f64 = 0.5;

/// Answers, then reads.
pub fn run() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let app = TestApp::start().await;
        let mut learners = Vec::new();
        for number in 0..LEARNERS {
            let guest = app.guest().await;
            let deck = fill(&app, &guest, number).await;
            learners.push(Learner {
                guest,
                deck,
                number,
                next: AtomicUsize::new(0),
            });
        }
        sqlx::query("vacuum analyze")
            .execute(&app.db)
            .await
            .expect("statistics");
        let mut rows = answers(&app, &learners).await;
        rows.push(reads(&app, &learners).await);
        rows
    })
}

/// A learner with many cards due.
pub struct Learner<'a> {
    pub guest: Guest<'a>,
    deck: String,
    number: usize,
    /// The card that is answered next.
    next: AtomicUsize,
}

impl Learner<'_> {
    /// A card's id: made by counting, so that pgbench can make it too.
    fn card(&self, nth: usize) -> String {
        format!("{COUNTED}{:012}", self.number * CARDS + nth % CARDS)
    }

    /// Answers a card that was not answered yet; after all of them, the first again. Returns the answer's id.
    pub async fn answer(&self) -> Uuid {
        let nth = self.next.fetch_add(1, Ordering::Relaxed);
        let review_id = Uuid::new_v4();
        let body = json!({ "id": review_id, "rating": "good", "duration_ms": 4000 });
        let path = format!("/cards/{}/reviews", self.card(nth));
        let (status, reviewed) = self.guest.post(&path, body).await;
        assert!(status.is_success(), "{reviewed}");
        review_id
    }

    /// A value of `from`'s answer as it would stand in this learner's, in SQL for pgbench, where `:n` is a card.
    pub fn literal(&self, from: &Learner<'_>, review_id: Uuid, value: &str, kind: &str) -> String {
        if value == review_id.to_string() {
            return "gen_random_uuid()".into();
        }
        if value.starts_with(COUNTED) {
            let first = self.number * CARDS;
            return format!("('{COUNTED}' || lpad(({first} + :n)::text, 12, '0'))::uuid");
        }
        let value = value
            .replace(
                &from.guest.user_id.to_string(),
                &self.guest.user_id.to_string(),
            )
            .replace(&from.deck, &self.deck)
            .replace('\'', "''");
        format!("'{value}'::{kind}")
    }

    /// Asks for the next card, of which one lies on the desk.
    async fn read(&self) {
        let (status, next) = self.guest.get(&format!("/decks/{}/next", self.deck)).await;
        assert!(status.is_success() && !next["study"].is_null(), "{next}");
    }
}

/// A deck of reviews, each last answered ten days ago: the first [`DUE`] are due, the others one after the other within
/// some weeks.
async fn fill(app: &TestApp, guest: &Guest<'_>, number: usize) -> String {
    let deck = guest.deck(&format!("Answers {number}")).await;
    sqlx::query(
        "insert into cards (user_id, card_id, deck_id, question, answer, explanation, level, state, stability, difficulty,
                            due_at, last_reviewed_at, last_review_day, reps, dealt_at)
         select $1, ('00000000-0000-4000-8000-' || lpad(($4 * $5 + n)::text, 12, '0'))::uuid, $2,
                'What is the number after ' || n || '?', (n + 1)::text, 'It comes after it.', 5, 'review', 10, 5,
                $3::timestamptz - interval '1 hour' + case when n < $6 then interval '0' else n * interval '30 minutes' end, $3::timestamptz - interval '10 days',
                ($3::timestamptz - interval '10 days')::date, 3, $3
         from generate_series(0, $5 - 1) n",
    )
    .bind(guest.user_id)
    .bind(deck.parse::<Uuid>().expect("an id"))
    .bind(app.clock.now())
    .bind(i32::try_from(number).expect("few learners"))
    .bind(i32::try_from(CARDS).expect("few cards"))
    .bind(i32::try_from(DUE).expect("few cards"))
    .execute(&app.db)
    .await
    .expect("the cards");
    deck
}

async fn answers(app: &TestApp, learners: &[Learner<'_>]) -> Vec<Row> {
    let scripts = identical_sql::of_an_answer(app, learners).await;
    let (mut ours, mut anki, mut pgbench) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(
            rate(learners, async |learner| {
                learner.answer().await;
            })
            .await,
        );
        anki.push(anki_answers());
        pgbench.push(identical_sql::rate(app, &scripts, LEARNERS, ROUND).await);
    }
    let peer = |name, theirs: &[f64]| {
        let ratios = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs);
        Some((
            name,
            Spread::of(theirs.to_vec()),
            Spread::of(ratios.collect()),
        ))
    };
    let row = |id, what: &str, peer, target| Row {
        id,
        what: format!("{what}, {LEARNERS} learners"),
        unit: "answers/s",
        ours: Spread::of(ours.clone()),
        peer,
        target,
    };
    let beside_anki = if anki.iter().all(Option::is_some) {
        let theirs: Vec<f64> = anki.iter().copied().flatten().collect();
        peer("Anki's backend, in process", &theirs)
    } else {
        eprintln!(
            "P3 has no other side: AUTODECK_ANKI_PYTHON names no Python with the package `anki`."
        );
        None
    };
    let mut rows = vec![
        row(
            "P3",
            "durable answers over HTTP",
            beside_anki,
            "0.7× (3× where fdatasync ≥ 3 ms) · 1.5× (12×)",
        ),
        row(
            "P4",
            "durable answers over HTTP",
            peer("pgbench, the same SQL", &pgbench),
            "0.40 · 0.65",
        ),
    ];
    let load = Spread::of(ours).median * OPEN_LOAD;
    rows.extend(open_loop(learners, load).await);
    rows
}

/// Requests a second of all learners together, each asking again as soon as it was answered.
async fn rate(learners: &[Learner<'_>], ask: impl AsyncFn(&Learner<'_>)) -> f64 {
    let began = Instant::now();
    let asked = join_all(learners.iter().map(|learner| {
        let ask = &ask;
        async move {
            let mut asked = 0_u32;
            while began.elapsed() < ROUND {
                ask(learner).await;
                asked += 1;
            }
            asked
        }
    }))
    .await;
    f64::from(asked.iter().sum::<u32>()) / began.elapsed().as_secs_f64()
}

/// Answers at a fixed rate, however the app keeps up; each one's time counts from when it was meant to be sent.
async fn open_loop(learners: &[Learner<'_>], per_second: f64) -> Vec<Row> {
    let began = Instant::now();
    let count = (per_second * ROUND.as_secs_f64()) as usize;
    let mut times = join_all((0..count).map(|nth| async move {
        let meant = began + Duration::from_secs_f64(nth as f64 / per_second);
        tokio::time::sleep_until(meant).await;
        learners[nth % LEARNERS].answer().await;
        meant.elapsed().as_secs_f64() * 1e3
    }))
    .await;
    times.sort_by(f64::total_cmp);
    let row = |name: &str, share: f64| Row {
        id: "P3",
        what: format!("an answer's latency at {per_second:.0} answers/s asked; {name} of {count}"),
        unit: "ms",
        ours: Spread {
            median: times[((count - 1) as f64 * share) as usize],
            min: times[0],
            max: times[count - 1],
        },
        peer: None,
        target: "",
    };
    vec![row("p50", 0.5), row("p99", 0.99)]
}

/// Answers a second of Anki's backend; `None` where it is not installed.
fn anki_answers() -> Option<f64> {
    let python = std::env::var_os("AUTODECK_ANKI_PYTHON")?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/anki/answers.py");
    // Beside the data of our own server: the same disk.
    let folder = postgres::data_dir("autodeck-anki");
    let out = Command::new(python)
        .arg(script)
        .arg(&folder)
        .arg(ROUND.as_secs_f64().to_string())
        .output()
        .expect("Python starts");
    // A folder left behind in the temporary folder hurts nobody.
    let _ = std::fs::remove_dir_all(&folder);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let rate = said.split_whitespace().last().expect("a rate");
    Some(rate.parse().expect("a number"))
}

/// `GET /decks/{id}/next` with a card on the desk, beside `pgbench -S`.
async fn reads(app: &TestApp, learners: &[Learner<'_>]) -> Row {
    // What autovacuum does in its time: the answers before this came faster than any learners give them.
    sqlx::query("vacuum analyze cards, decks, desk_cards, reviews")
        .execute(&app.db)
        .await
        .expect("a vacuum");
    let plain = identical_sql::select_only(app).await;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(rate(learners, async |learner| learner.read().await).await);
        theirs.push(identical_sql::rate(app, &plain, LEARNERS, ROUND).await);
    }
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs);
    Row {
        id: "P5",
        what: format!("`next` over HTTP with a card on the desk, {LEARNERS} learners"),
        unit: "reads/s",
        peer: Some((
            "pgbench -S",
            Spread::of(theirs.clone()),
            Spread::of(ratios.collect()),
        )),
        ours: Spread::of(ours),
        target: "0.12 · 0.25",
    }
}
