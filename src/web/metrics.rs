//! Numbers for the operator, in Prometheus' format.

use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use super::App;
use crate::db;

/// Buckets of a request's time in seconds: from a read at hand to a poll that waited its 30 s.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Buckets of what lies ready for a learner who asks for the next card: from none to more than a batch.
const CARDS: &[f64] = &[0.0, 1.0, 2.0, 4.0, 8.0, 16.0];

/// The process's recorder. It is one for all, so several apps in one process (tests) share it.
pub fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full("autodeck_ready_cards".into()), CARDS)
                .expect("the list of buckets is not empty")
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
                .expect("the list of buckets is not empty")
                .install_recorder()
                .expect("nothing else installs a recorder")
        })
        .clone()
}

/// A request under its route: the pattern, not the path, so that the number of series is bounded.
#[derive(Debug)]
pub struct Counted {
    route: Option<MatchedPath>,
    method: Method,
    started: Instant,
}

impl Counted {
    /// Before it is answered.
    pub fn begin(request: &Request) -> Counted {
        Counted {
            route: request.extensions().get().cloned(),
            method: request.method().clone(),
            started: Instant::now(),
        }
    }

    /// With its answer.
    pub fn end(self, response: &Response) {
        let route = self.route.as_ref().map_or("unknown", MatchedPath::as_str);
        let (route, method) = (route.to_owned(), self.method.to_string());
        let status = response.status().as_u16().to_string();
        metrics::histogram!("autodeck_http_request_seconds", "method" => method, "route" => route, "status" => status)
            .record(self.started.elapsed().as_secs_f64());
    }
}

/// The page of numbers.
pub async fn show(State(app): State<App>) -> String {
    if let Ok(age) = db::jobs::oldest_queued_at(&app.study.db, app.study.now()).await {
        let age = age.map_or(0.0, |at| (app.study.now() - at).as_seconds_f64());
        metrics::gauge!("autodeck_oldest_queued_job_seconds").set(age.max(0.0));
    }
    if let Ok(live) = db::jobs::live_counts(&app.study.db).await {
        for state in ["queued", "running"] {
            let jobs = live
                .iter()
                .find(|(name, _)| name == state)
                .map_or(0, |(_, jobs)| *jobs);
            metrics::gauge!("autodeck_generation_jobs", "state" => state).set(jobs as f64);
        }
    }
    metrics::gauge!("autodeck_database_connections", "state" => "open")
        .set(f64::from(app.study.db.size()));
    metrics::gauge!("autodeck_database_connections", "state" => "idle")
        .set(app.study.db.num_idle() as f64);
    app.metrics.render()
}
