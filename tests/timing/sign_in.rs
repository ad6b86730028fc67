//! R13: whether the time of a sign-in tells that an account exists. Known and unknown addresses in turn, over HTTP, with
//! a wrong password and the real parameters; medians of `SIGN_INS` (1,000) each. Run by `make timing`.

#[path = "../support/postgres.rs"]
mod postgres;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autodeck::accounts::Accounts;
use autodeck::accounts::passwords::Passwords;
use autodeck::clock::Clock;
use autodeck::config::BaseUrl;
use autodeck::db;
use autodeck::domain::plan::Offer;
use autodeck::domain::scheduler::Scheduler;
use autodeck::generator::wake::Wake;
use autodeck::mail::Mailer;
use autodeck::study::Study;
use autodeck::study::stock::Stocks;
use autodeck::web;
use autodeck::web::limits::Limits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The medians may differ by so much.
const ALLOWED: f64 = 0.03;

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .expect("nobody was quicker");
    let tries: usize = std::env::var("SIGN_INS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000);
    let server = postgres::server().await;
    let pool = db::connect(server.options()).await.expect("the database");
    db::migrate(&pool).await.expect("the migrations");
    let (wake, _outbox) = Wake::new();
    let study = Study {
        db: pool.clone(),
        clock: Clock::Wall,
        wake: wake.clone(),
        scheduler: Arc::new(Scheduler::default()),
        has_model: tokio::sync::watch::channel(false).1,
        stocks: Arc::new(Stocks::new(wake.clone())),
        hands: Arc::default(),
        offer: Offer::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let app = web::Shared {
        accounts: Accounts {
            study: study.clone(),
            passwords: Passwords::default(),
            mailer: Mailer::new(None).expect("nothing to go wrong"),
            base_url: BaseUrl::local(port),
            billing: None,
            removes_idle_guests: false,
        },
        limits: Limits {
            are_on: false,
            trusted_hops: 0,
            is_self_hosted: true,
        },
        study,
        stop: web::Stop(CancellationToken::new()),
        base_url: BaseUrl::local(port),
        model_name: None,
        local: web::LocalDesk::default(),
        billing: None,
        metrics: web::metrics::recorder(),
    };
    let router = web::router(app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let post = async |path: &str, email: &str, password: &str| {
        let began = Instant::now();
        let answer = http
            .post(format!("http://127.0.0.1:{port}{path}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("email={email}&password={password}"))
            .send()
            .await
            .expect("an answer");
        let status = answer.status().as_u16();
        answer.bytes().await.expect("a body");
        (status, began.elapsed())
    };
    let (status, _) = post("/sign-up", "known@example.org", "a+quiet+desk+at+noon").await;
    assert_eq!(status, 303, "an account was made");
    // Two of each warm everything up.
    for email in [
        "known@example.org",
        "nobody@example.org",
        "known@example.org",
        "nobody@example.org",
    ] {
        post("/sign-in", email, "wrong+password").await;
    }
    let mut times = [Vec::with_capacity(tries), Vec::with_capacity(tries)];
    for round in 0..tries {
        // In turn, the first by turns too, so that drift falls on both alike.
        for turn in [round % 2, (round + 1) % 2] {
            let email = ["known@example.org", "nobody@example.org"][turn];
            let (status, took) = post("/sign-in", email, "wrong+password").await;
            assert_eq!(status, 422, "a wrong password");
            times[turn].push(took);
        }
    }
    let [known, unknown] = times.map(median);
    let apart = (known.as_secs_f64() - unknown.as_secs_f64()).abs() / unknown.as_secs_f64();
    println!(
        "sign-in, median of {tries}: known {known:.2?}, unknown {unknown:.2?}, apart {:.2} % (at most {} %)",
        apart * 100.0,
        ALLOWED * 100.0
    );
    // The test's server ends with the process, whichever way that ends.
    std::process::exit(i32::from(apart > ALLOWED));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
