//! `autodeck serve`: database, schema, listener, then the app until a signal.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::database::OpenDatabase;
use super::{database, local_model, say};
use crate::accounts::Accounts;
use crate::accounts::passwords::Passwords;
use crate::clock::Clock;
use crate::config::{BaseUrl, Billing, Settings};
use crate::db;
use crate::domain::plan::Offer;
use crate::domain::scheduler::Scheduler;
use crate::generator::wake::Wake;
use crate::generator::worker::Generator;
use crate::lifecycle::{GRACE_FOR_WORK, Shutdown};
use crate::llm;
use crate::mail::Mailer;
use crate::study::Study;
use crate::study::stock::Stocks;
use crate::web;
use crate::web::limits::Limits;

/// Between two sweeps of what has expired.
const SWEEP_PAUSE: Duration = Duration::from_secs(3600);

/// What the running app is made of.
#[derive(Debug)]
pub struct App {
    /// Everything the operator set.
    pub settings: Settings,
    /// Connections to a database whose schema is this build's.
    pub pool: PgPool,
    /// The same past a pooler, for LISTEN.
    pub sessions: PgPool,
    /// Bound and ready.
    pub listener: TcpListener,
    /// The public address.
    pub base_url: BaseUrl,
    /// When to stop.
    pub shutdown: Shutdown,
}

/// Serves until `shutdown` begins and all has ended.
///
/// # Errors
/// A sentence when the database, its schema or the address cannot be had.
pub async fn run(settings: Settings, shutdown: Shutdown) -> anyhow::Result<()> {
    let database = database::open(&settings).await?;
    let served = serve(settings, &database, shutdown).await;
    database.close().await;
    served
}

async fn serve(
    settings: Settings,
    database: &OpenDatabase,
    shutdown: Shutdown,
) -> anyhow::Result<()> {
    db::migrate(&database.sessions)
        .await
        .context("The database's schema could not be brought up to this build; what was applied before stays")?;
    let listener = bind(settings.listen).await?;
    let bound = listener.local_addr()?;
    let base_url = settings.base_url(bound);
    tracing::info!(%bound, %base_url, "listening");
    say(format_args!("AutoDeck is at {base_url}"));
    let app = App {
        settings,
        pool: database.pool.clone(),
        sessions: database.sessions.clone(),
        listener,
        base_url,
        shutdown: shutdown.clone(),
    };
    let late = async {
        shutdown.begun().await;
        tokio::time::sleep(GRACE_FOR_WORK).await;
    };
    tokio::select! {
        ended = start_app(app) => ended,
        () = late => Ok(()),
    }
}

/// Starts the workers and the web server, and returns when `shutdown` has ended both.
async fn start_app(app: App) -> anyhow::Result<()> {
    let stop = app.shutdown.token().clone();
    let (wake, outbox) = Wake::new();
    let chosen = llm::choose(&app.settings.llm, llm::Surroundings::real()).await;
    tracing::info!(why = chosen.why, "the model");
    say(&chosen.why);
    let has_model = chosen.ready();
    let local = web::LocalDesk {
        models: chosen.local.clone(),
        is_private: is_private(&app.settings, &app.base_url),
        why: chosen.why.clone(),
    };
    let model = chosen.model;
    let offer = match (&app.settings.billing, &chosen.pro_model) {
        (Billing::Off, _) => Offer::Everything,
        (Billing::Stripe(_), None) => Offer::Plans,
        (Billing::Stripe(_), Some(_)) => Offer::PlansWithProModel,
    };
    let study = Study {
        db: app.pool.clone(),
        clock: Clock::Wall,
        wake: wake.clone(),
        stocks: Arc::new(Stocks::new(wake.clone())),
        hands: Arc::default(),
        scheduler: Arc::new(Scheduler::default()),
        has_model,
        offer,
    };

    let generator = Generator {
        db: app.pool.clone(),
        clock: Clock::Wall,
        wake: wake.clone(),
        model: model.clone(),
        pro_model: chosen.pro_model,
        lease: app.settings.lease,
        spending: app.settings.spending,
        stop: stop.clone(),
    };
    let is_self_hosted = !app.settings.billing.is_on();
    let billing =
        crate::billing::Billing::configured(&app.settings, app.pool.clone(), app.base_url.clone())?;
    let accounts = Accounts {
        study: study.clone(),
        passwords: Passwords::default(),
        mailer: Mailer::new(app.settings.mail.as_ref())?,
        base_url: app.base_url.clone(),
        billing: billing.clone(),
        removes_idle_guests: !is_self_hosted,
    };
    let limits = Limits {
        are_on: true,
        trusted_hops: app.settings.trusted_hops,
        is_self_hosted,
    };
    let routes = web::router(web::Shared {
        billing: billing.clone(),
        study,
        accounts: accounts.clone(),
        limits,
        stop: web::Stop(stop.clone()),
        base_url: app.base_url,
        model_name: model.map(|model| model.name().into()),
        local,
        metrics: web::metrics::recorder(),
    });
    tokio::join!(
        wake.run(app.pool, app.sessions, outbox, stop.clone()),
        generator.run(app.settings.workers),
        sweep(&accounts, &stop),
        remind(&accounts, &stop),
        local_model::offer_and_watch(chosen.local, &stop),
        async {
            if let Some(billing) = billing {
                billing.run(stop.clone()).await;
            }
        },
        web::serve::serve(app.listener, routes, stop.clone()),
    );
    Ok(())
}

/// Whether nobody but the people at this machine can open the pages.
fn is_private(settings: &Settings, base_url: &BaseUrl) -> bool {
    matches!(settings.billing, Billing::Off)
        && settings.listen.ip().is_loopback()
        && base_url.is_loopback()
}

/// Removes now and then what has had its time; what is left over signs nobody in.
async fn sweep(accounts: &Accounts, stop: &CancellationToken) {
    loop {
        if let Err(error) = accounts.sweep().await {
            tracing::warn!(%error, "what has expired could not be removed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP_PAUSE) => {}
        }
    }
}

/// How often it is looked whose reminder is due: the hour is the learner's, the minute nobody's.
const REMINDER_PAUSE: Duration = Duration::from_secs(60);

/// Sends reminders to those whose hour has come.
async fn remind(accounts: &Accounts, stop: &CancellationToken) {
    loop {
        if let Err(error) = accounts.send_reminders().await {
            tracing::warn!(%error, "reminders could not be sent");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(REMINDER_PAUSE) => {}
        }
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "The address {address} is taken, perhaps by another AutoDeck. Stop that program, \
             or set AUTODECK_LISTEN to another port (127.0.0.1:3001)."
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "This user may not listen on {address}. Ports below 1024 are root's: set AUTODECK_LISTEN to a higher one."
        ),
        _ => anyhow!("AutoDeck cannot listen on {address}: {error}. Look at AUTODECK_LISTEN."),
    })
}
