//! P1 and P2: how long a card takes from the model's last byte to a learner who waits, with the whole app between them.
//!
//! Everything is real but the model, which stamps the last byte of each card: HTTP in, PostgreSQL with every durable
//! setting on, HTTP out. The model, the app and the learners share this machine's cores.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use tokio::time::Instant;

use crate::model_server::Script;
use crate::support::{Guest, TestApp, Wanted, id};
use crate::table::{Row, Spread};

/// Streams at once, and learners who wait on each.
const STREAMS: usize = 20;
const LEARNERS: usize = 10;
/// Between the beginnings of two streams: spread over the time that a batch takes, as strangers' topics are.
const BETWEEN_STREAMS: Duration = Duration::from_millis(150);
/// Rounds of P1: each with new topics and new learners.
const ROUNDS: usize = 4;
/// Topics of P2, one after the other.
const TOPICS: usize = 30;

fn script() -> Script {
    Script {
        first_token: Duration::from_millis(100),
        tokens_per_second: 200.0,
        ..Script::default()
    }
}

/// P1 under load, then P2 alone.
pub fn run() -> Vec<Row> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut rows = runtime.block_on(waiting_learners());
    rows.push(runtime.block_on(first_card()));
    rows
}

async fn start(workers: usize) -> TestApp {
    let app = TestApp::start_with(Wanted {
        script: Some(script()),
        ..Wanted::default()
    })
    .await;
    tokio::spawn(app.generator.clone().run(workers));
    app
}

/// When each topic's cards left the model, in their order.
fn stamps_by_topic(app: &TestApp) -> HashMap<String, Vec<Instant>> {
    let topics: Vec<String> = app
        .model
        .requests()
        .iter()
        .map(|request| topic_in(&request.body))
        .collect();
    let mut stamps: HashMap<String, Vec<Instant>> = HashMap::new();
    for stamp in app.model.stamps() {
        stamps
            .entry(topics[stamp.request].clone())
            .or_default()
            .push(stamp.at);
    }
    stamps
}

fn topic_in(body: &Value) -> String {
    let messages = body["messages"].as_array().expect("messages");
    let user = messages
        .last()
        .and_then(|message| message["content"].as_str())
        .expect("a user message");
    user.lines()
        .find_map(|line| line.strip_prefix("Topic: "))
        .expect("a topic")
        .to_owned()
}

/// What a learner saw: the topic, how many cards were ready, and when the answer was here.
type Sight = (String, usize, Instant);

async fn waiting_learners() -> Vec<Row> {
    let app = start(STREAMS).await;
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut learners = Vec::new();
        for stream in 0..STREAMS {
            for _ in 0..LEARNERS {
                learners.push((app.guest().await, format!("Stream {round} {stream}")));
            }
        }
        let watches = learners
            .iter()
            .enumerate()
            .map(|(place, (guest, topic))| async move {
                let stream = u32::try_from(place / LEARNERS).expect("few streams");
                tokio::time::sleep(BETWEEN_STREAMS * stream).await;
                watch(guest, topic).await
            });
        let sights = join_all(watches).await;
        let stamps = stamps_by_topic(&app);
        for (topic, ready, at) in sights.into_iter().flatten() {
            let late = at
                .saturating_duration_since(stamps[&topic][ready - 1])
                .as_secs_f64()
                * 1e3;
            if ready == 1 {
                first.push(late)
            } else {
                later.push(late)
            }
        }
    }
    let row = |what: String, times: Vec<f64>| {
        quantiles("P1", what, times, "p99 ≤ 25 · p99 ≤ 15, p50 ≤ 6")
    };
    let load = format!(
        "{STREAMS} streams of 200 tokens/s, {} learners waiting",
        STREAMS * LEARNERS
    );
    let mut rows = row(
        format!("last byte of a first card → `next?wait`; {load}"),
        first,
    );
    rows.extend(row(
        format!("last byte of a later card → `ready?wait`; {load}"),
        later,
    ));
    rows
}

/// Waits for the first card, then follows the stack to its tenth.
async fn watch(guest: &Guest<'_>, topic: &str) -> Vec<Sight> {
    let deck = guest.deck(topic).await;
    let (_, next) = guest.get(&format!("/decks/{deck}/next?wait=30")).await;
    let mut sights = Vec::new();
    if next["counts"]["new"] == 1 {
        sights.push((topic.to_owned(), 1, Instant::now()));
    }
    let mut seen = next["counts"]["new"].as_u64().expect("a count") as usize;
    while seen < 10 {
        let (_, stack) = guest
            .get(&format!("/decks/{deck}/ready?seen={seen}&wait=30"))
            .await;
        seen = stack["ready"].as_u64().expect("a count") as usize;
        sights.push((topic.to_owned(), seen, Instant::now()));
    }
    sights
}

/// From the topic's POST to its first card, without what the model itself took.
async fn first_card() -> Row {
    let app = start(4).await;
    let guest = app.guest().await;
    let mut times = Vec::new();
    for number in 0..TOPICS {
        let topic = format!("Alone {number}");
        let requests_before = app.model.requests().len();
        let began = Instant::now();
        let deck = guest.deck(&topic).await;
        let (_, next) = guest.get(&format!("/decks/{deck}/next?wait=30")).await;
        let whole = began.elapsed();
        assert!(!next["study"].is_null(), "{next}");
        let card = id(&next["study"]["card"]);
        assert!(!card.is_empty());
        let received = app.model.requests()[requests_before].at;
        let stamp = stamps_by_topic(&app)[&topic][0];
        times.push((whole.as_secs_f64() - (stamp - received).as_secs_f64()) * 1e3);
        // The stream's end, so that the next topic is alone.
        guest
            .get(&format!("/decks/{deck}/ready?seen=9&wait=5"))
            .await;
        while stamps_by_topic(&app)[&topic].len() < 10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let mut rows = quantiles(
        "P2",
        "topic's POST → first card, beyond the model's own time".into(),
        times,
        "+100 · +20 p99",
    );
    rows.pop().expect("a row for p99")
}

/// A row for the median and one for p99; their spread is that of the quarter of samples around each.
fn quantiles(
    id: &'static str,
    what: String,
    mut times: Vec<f64>,
    target: &'static str,
) -> Vec<Row> {
    times.sort_by(f64::total_cmp);
    let last = times.len() - 1;
    let at = |share: f64| times[(last as f64 * share) as usize];
    let row = |name: &str, share: f64| Row {
        id,
        what: format!("{what}; {name} of {}", times.len()),
        unit: "ms",
        ours: Spread {
            median: at(share),
            min: times[0],
            max: times[last],
        },
        peer: None,
        target,
    };
    vec![row("p50", 0.5), row("p99", 0.99)]
}
