//! Accepts connections and speaks HTTP/1.1 on them until told to stop.
//!
//! axum's own `serve` first looks which version of HTTP a client speaks, which costs each connection 8 KiB more for as long
//! as it lasts, and has no limit for how long a request's head may take. HTTP/2 is the proxy's to speak: none asks for it
//! in clear text.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Extension;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tower::Layer;

/// How long a connection may be idle, or take to send a request's head. Longer than proxies keep one idle (nginx: 60 s), so
/// that none sends a request on a connection that is being closed.
const HEAD: Duration = Duration::from_secs(75);

/// After a failure to accept that is the machine's (no more files), until the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until `stop`, and then until what had begun is answered.
pub async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
    while let Some((stream, peer)) = accept(&listener, &stop).await {
        // Answers are short and written at once: waiting for more would only make them late.
        let _ = stream.set_nodelay(true);
        let service = Extension(ConnectInfo(peer)).layer(routes.clone());
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::trace!(%error, "a connection broke");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

/// The next connection; `None` when told to stop.
async fn accept(
    listener: &TcpListener,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return None,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                sleep(PAUSE).await;
            }
        }
    }
}

fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
