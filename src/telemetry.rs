//! How the process tells what it does: log lines, and traces for whoever collects them.
//!
//! What may be told is a rule of the house: ids and counts, never topic text, e-mail addresses or tokens.

use std::collections::HashMap;
use std::io::{self, IsTerminal};

use async_trait::async_trait;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// What a server logs unless `AUTODECK_LOG` (or `RUST_LOG`) says otherwise.
pub const USUAL_FILTER: &str =
    "info,sqlx=warn,hyper=warn,reqwest=warn,lettre=warn,tower_http::csrf=warn";

/// OpenTelemetry's own name for the collector's address; unset, no trace is kept.
pub const COLLECTOR: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The header, and the column of a job, that carries a trace on: <https://www.w3.org/TR/trace-context/>.
const TRACE_PARENT: &str = "traceparent";

/// Sends what is left of the traces when it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

/// Begins to log to standard error (text for a person at a terminal, else a JSON line an event), and to send traces to
/// the `collector`, if there is one. Within a runtime.
pub fn start(filter: &str, collector: Option<&str>) -> Telemetry {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new(USUAL_FILTER));
    let lines = fmt::layer().with_writer(io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if io::stderr().is_terminal() {
        lines.with_target(false).with_filter(filter).boxed()
    } else {
        lines.json().flatten_event(true).with_filter(filter).boxed()
    };
    let (traces, problem) = match collector.map(|_| exporter()) {
        None => (None, None),
        Some(Ok(traces)) => (Some(traces), None),
        Some(Err(error)) => (None, Some(error)),
    };
    let spans = traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("autodeck"))
            .with_filter(EnvFilter::new("off,autodeck=info"))
    });
    let started = tracing_subscriber::registry()
        .with(lines)
        .with(spans)
        .try_init();
    // Logging was already started by a test in the same process: theirs is as good.
    drop(started);
    if let Some(error) = problem {
        tracing::warn!(%error, "no traces are sent: {COLLECTOR} cannot be used");
    }
    Telemetry { traces }
}

/// Where this work stands in its trace, for whoever goes on with it in another task or process.
pub fn trace_parent() -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.remove(TRACE_PARENT)
}

/// Makes `span` a part of the trace that [`trace_parent`] named.
pub fn continue_trace(span: &Span, trace_parent: Option<&str>) {
    let Some(trace_parent) = trace_parent else {
        return;
    };
    let carrier = HashMap::from([(TRACE_PARENT.to_owned(), trace_parent.to_owned())]);
    // Without a collector no layer takes the parent, and none has to.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&carrier));
}

fn exporter() -> anyhow::Result<SdkTracerProvider> {
    let client = OnRuntime {
        client: reqwest::Client::builder().build()?,
        runtime: Handle::try_current()?,
    };
    // The address, its headers and its timeout are read from OpenTelemetry's own variables.
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .build()?;
    let resource = Resource::builder().with_service_name("autodeck").build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}

/// The exporter's thread is none of the runtime's, and reqwest needs one.
#[derive(Debug, Clone)]
struct OnRuntime {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.send_bytes(request).await })
            .await?
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.traces.take().map(|traces| traces.shutdown()) {
            eprintln!("The last traces could not be sent: {error}");
        }
    }
}
