//! The whole app on a real port and a database of its own, with the model played over HTTP and time moved by hand.

use std::sync::Arc;
use std::time::Duration;

use argon2::Params;
use autodeck::accounts::Accounts;
use autodeck::accounts::passwords::Passwords;
use autodeck::billing::Billing;
use autodeck::clock::Clock;
use autodeck::config::{BaseUrl, MailSettings, Spending, StripeSettings};
use autodeck::db;
use autodeck::domain::plan::Offer;
use autodeck::domain::scheduler::Scheduler;
use autodeck::generator::wake::Wake;
use autodeck::generator::worker::Generator;
use autodeck::llm::local::LocalModels;
use autodeck::llm::{LanguageModel, Timeouts};
use autodeck::mail::Mailer;
use autodeck::study::Study;
use autodeck::study::stock::Stocks;
use autodeck::web;
use autodeck::web::limits::Limits;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sqlx::{Executor, PgPool};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::model_server::{self, ModelServer};
use crate::postgres;

/// When the clock of every test begins: noon, UTC.
pub fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().expect("a valid time")
}

/// One running app.
pub struct TestApp {
    /// The router as it describes itself.
    pub routes: String,
    pub address: String,
    pub http: reqwest::Client,
    pub db: PgPool,
    pub clock: Clock,
    pub study: Study,
    pub billing: Option<Billing>,
    pub stripe: Option<StripeSettings>,
    pub accounts: Accounts,
    pub generator: Generator,
    pub model: ModelServer,
    pub stop: CancellationToken,
    _stop_at_end: DropGuard,
}

/// What a test wants otherwise than usual.
#[derive(Default)]
pub struct Wanted {
    pub script: Option<model_server::Script>,
    pub without_model: bool,
    pub spending: Spending,
    pub lease: Option<Duration>,
    /// Otherwise mails are logged.
    pub mail: Option<MailSettings>,
    /// Otherwise there are none.
    pub limits: Option<Limits>,
    /// As where billing is on.
    pub removes_idle_guests: bool,
    /// The public address, for cookies; otherwise the loopback's.
    pub base_url: Option<BaseUrl>,
    pub offer: Offer,
    /// Sells plans through this stand-in for Stripe.
    pub stripe: Option<StripeSettings>,
    /// What the pages say of the built-in model; otherwise another was chosen.
    pub local: Option<LocalModels>,
}

impl TestApp {
    pub async fn start() -> TestApp {
        TestApp::start_with(Wanted::default()).await
    }

    pub async fn start_with(wanted: Wanted) -> TestApp {
        let db = new_database().await;
        let model = ModelServer::start(wanted.script.clone().unwrap_or_default()).await;
        TestApp::over(db, model, wanted).await
    }

    /// A second process on the same database, with the limits on.
    pub async fn beside_with_limits(other: &TestApp) -> TestApp {
        let limits = Limits {
            are_on: true,
            trusted_hops: 0,
            is_self_hosted: true,
        };
        let wanted = Wanted {
            limits: Some(limits),
            ..Wanted::default()
        };
        TestApp::over(other.db.clone(), other.model.clone(), wanted).await
    }

    /// A second process on the same database and model: its own clock, wake-ups and port.
    pub async fn beside(&self) -> TestApp {
        let model = self.model.clone();
        let wanted = Wanted {
            spending: self.generator.spending,
            offer: self.study.offer,
            stripe: self.stripe.clone(),
            ..Wanted::default()
        };
        let app = TestApp::over(self.db.clone(), model, wanted).await;
        app.clock.advance(self.clock.now() - noon());
        app
    }

    async fn over(db: PgPool, model: ModelServer, wanted: Wanted) -> TestApp {
        // As at the start of the program; another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Clock::manual(noon());
        let offer = wanted.offer;
        let (wake, outbox) = Wake::new();
        let stop = CancellationToken::new();
        let client: Option<Arc<dyn LanguageModel>> =
            (!wanted.without_model).then(|| model.client());
        let study = Study {
            db: db.clone(),
            clock: clock.clone(),
            wake: wake.clone(),
            stocks: Arc::new(Stocks::new(wake.clone())),
            hands: Arc::default(),
            scheduler: Arc::new(Scheduler::default()),
            has_model: tokio::sync::watch::channel(client.is_some()).1,
            offer,
        };
        let generator = Generator {
            db: db.clone(),
            clock: clock.clone(),
            wake: wake.clone(),
            pro_model: (offer == Offer::PlansWithProModel).then(|| {
                model.client_with(&[("AUTODECK_LLM_MODEL", "replay-pro")], Timeouts::default())
            }),
            model: client,
            lease: wanted.lease.unwrap_or(Duration::from_secs(30)),
            spending: wanted.spending,
            stop: stop.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let base_url = wanted.base_url.unwrap_or(BaseUrl::local(port));
        let billing = wanted.stripe.clone().map(|settings| {
            let mailer = Mailer::new(wanted.mail.as_ref()).expect("an address of ours");
            Billing::new(
                db.clone(),
                clock.clone(),
                settings,
                base_url.clone(),
                mailer,
            )
            .expect("settings of ours")
        });
        let accounts = Accounts {
            billing: billing.clone(),
            study: study.clone(),
            // A hash of a millisecond: what is asked of the real parameters is asked elsewhere.
            passwords: Passwords::with_params(
                Params::new(64, 1, 1, None).expect("within Argon2's bounds"),
                2,
            ),
            mailer: Mailer::new(wanted.mail.as_ref()).expect("an address of ours"),
            base_url: base_url.clone(),
            removes_idle_guests: wanted.removes_idle_guests,
        };
        let app = web::Shared {
            study: study.clone(),
            stop: web::Stop(stop.clone()),
            base_url,
            model_name: Some("test".into()),
            local: web::LocalDesk {
                models: wanted.local,
                is_private: true,
                ..web::LocalDesk::default()
            },
            metrics: web::metrics::recorder(),
            accounts: accounts.clone(),
            limits: wanted.limits.unwrap_or(Limits {
                are_on: false,
                trusted_hops: 0,
                is_self_hosted: true,
            }),
            billing: billing.clone(),
        };
        let router = web::router(app);
        let routes = format!("{router:?}");
        tokio::spawn(wake.run(db.clone(), db.clone(), outbox, stop.clone()));
        tokio::spawn(web::serve::serve(listener, router, stop.clone()));
        TestApp {
            routes,
            address: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::new(),
            db,
            clock,
            study,
            billing,
            stripe: wanted.stripe,
            accounts,
            generator,
            model,
            _stop_at_end: stop.clone().drop_guard(),
            stop,
        }
    }

    /// Works every job that can be claimed now; bounded, so that a job that never ends is a failure and no hang.
    pub async fn generate(&self) {
        for _ in 0..50 {
            if !self
                .generator
                .step()
                .await
                .expect("a database that answers")
            {
                return;
            }
        }
        panic!("jobs without end");
    }

    /// A worker that runs beside the test until its end.
    pub fn work_in_background(&self) {
        tokio::spawn(self.generator.clone().run(2));
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A new guest with a token.
    pub async fn guest(&self) -> Guest<'_> {
        let (status, body) = self
            .send(self.http.post(self.url("/guests")).json(&json!({})))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        let token = body["token"].as_str().expect("a token").to_owned();
        let user_id = body["user"]["id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("a UUID");
        Guest {
            app: self,
            token,
            user_id,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.address)
    }

    pub async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let response = request.send().await.expect("the app answers");
        let status = response.status();
        let text = response.text().await.expect("a body");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    /// The invariants of targets.md: each query returns the rows that break it.
    pub async fn check_invariants(&self) {
        for statement in include_str!("../invariants.sql").split(";\n") {
            let Some(name) = statement
                .trim()
                .strip_prefix("-- ")
                .and_then(|text| text.lines().next())
            else {
                continue;
            };
            let broken: Vec<sqlx::postgres::PgRow> =
                sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
                    .bind(self.clock.now())
                    .fetch_all(&self.db)
                    .await
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(
                broken.is_empty(),
                "invariant broken in {} rows: {name}",
                broken.len()
            );
        }
    }
}

/// A learner with a bearer token.
pub struct Guest<'a> {
    pub app: &'a TestApp,
    pub token: String,
    pub user_id: Uuid,
}

impl Guest<'_> {
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.app
            .http
            .request(method, self.app.url(path))
            .bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.app.send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.app
            .send(self.request(Method::POST, path).json(&body))
            .await
    }

    pub async fn patch(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.app
            .send(self.request(Method::PATCH, path).json(&body))
            .await
    }

    pub async fn delete(&self, path: &str) -> (StatusCode, Value) {
        self.app.send(self.request(Method::DELETE, path)).await
    }

    /// A deck of this topic; returns its id.
    pub async fn deck(&self, topic: &str) -> String {
        let (status, deck) = self.post("/decks", json!({ "topic": topic })).await;
        assert!(status.is_success(), "{deck}");
        id(&deck)
    }

    /// The next card of a deck, which has to be there.
    pub async fn next_card(&self, deck: &str) -> Value {
        let (status, next) = self.get(&format!("/decks/{deck}/next")).await;
        assert_eq!(status, StatusCode::OK, "{next}");
        assert!(!next["study"].is_null(), "a card was expected: {next}");
        next["study"]["card"].clone()
    }

    /// Grades a card with its revision; returns the answer's body.
    pub async fn grade(&self, card: &Value, rating: &str) -> Value {
        let body = json!({ "id": Uuid::new_v4(), "rating": rating, "revision": card["revision"], "duration_ms": 4000 });
        let (status, reviewed) = self
            .post(&format!("/cards/{}/reviews", id(card)), body)
            .await;
        assert_eq!(status, StatusCode::OK, "{reviewed}");
        reviewed
    }
}

/// The `id` of a JSON object.
pub fn id(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("no id in {value}"))
        .to_owned()
}

/// A database with the schema, copied from one that was migrated once.
pub async fn new_database() -> PgPool {
    static TEMPLATE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let server = postgres::server().await;
    TEMPLATE
        .get_or_init(|| async {
            run_on_first(server, "create database template_app").await;
            let pool = db::connect(server.options().database("template_app"))
                .await
                .expect("the template");
            db::migrate(&pool).await.expect("the migrations");
            pool.close().await;
        })
        .await;
    let name = format!("test_{}", Uuid::new_v4().simple());
    {
        // PostgreSQL copies a template only while nobody else does.
        let _turn = COPYING.lock().await;
        run_on_first(
            server,
            &format!("create database {name} template template_app"),
        )
        .await;
    }
    db::connect(server.options().database(&name))
        .await
        .expect("the new database")
}

async fn run_on_first(server: &postgres::TestServer, statement: &str) {
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect_with(server.options())
        .await
        .expect("the test server answers");
    pool.execute(sqlx::AssertSqlSafe(statement.to_owned()))
        .await
        .expect("a statement of ours");
    pool.close().await;
}
