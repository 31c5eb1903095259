//! Listening: connections are taken one by one, and none of them costs anything for long. A head (the first, and each next
//! one of a connection that is kept) must come within a time, there are only so many connections at once, and whoever says
//! nothing is hung up on.
//!
//! What a body may take is the router's part.

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt as _;

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest that a head may be on its way. It runs between the requests of a kept connection too, so it is longer than
    /// proxies keep theirs (nginx: 60 s): who hangs up first must be the one who asks.
    pub heads_within: Duration,
    /// Connections at once. Who comes then waits.
    pub connections: usize,
    /// Of them from one address, so that nobody takes all. Who comes then is hung up on. An office may be behind one.
    pub each: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            heads_within: Duration::from_secs(75),
            connections: 2_048,
            each: 256,
        }
    }
}

/// The largest head, in bytes.
const HEAD_LIMIT: usize = 128 * 1024;

/// How many connections each address has.
#[derive(Default)]
struct Sources(Mutex<HashMap<IpAddr, usize>>);

impl Sources {
    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection more, unless there are so many.
    fn take(self: &Arc<Self>, from: IpAddr, most: usize) -> Option<OfSource> {
        let mut held = self.held();
        let count = held.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        let all = self.clone();
        Some(OfSource { all, from })
    }
}

/// One connection of an address, for as long as it is kept.
struct OfSource {
    all: Arc<Sources>,
    from: IpAddr,
}

impl Drop for OfSource {
    fn drop(&mut self) {
        let mut held = self.all.held();
        if let Some(count) = held.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.from);
            }
        }
    }
}

/// Serves until `ending`, then until every request that has begun is answered. `believed`: the address of a proxy, through which
/// everybody comes.
pub async fn serve(
    mut listener: TcpListener,
    app: Router,
    limits: Limits,
    believed: impl Fn(IpAddr) -> bool,
    ending: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.heads_within)
        .max_buf_size(HEAD_LIMIT);
    let seats = Arc::new(Semaphore::new(limits.connections));
    let sources = Arc::<Sources>::default();
    let open = GracefulShutdown::new();
    let mut ending = pin!(ending);
    loop {
        let next = async {
            let seat = seats.clone().acquire_owned().await;
            let (io, peer) = axum::serve::Listener::accept(&mut listener).await;
            (seat, io, peer)
        };
        let (seat, io, peer) = tokio::select! {
            next = next => next,
            () = &mut ending => break,
        };
        let from = peer.ip().to_canonical();
        let most = if believed(from) {
            limits.connections
        } else {
            limits.each
        };
        let Some(of_source) = sources.take(from, most) else {
            continue;
        };
        let app = app.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            app.clone().oneshot(request)
        });
        let connection = open.watch(http.serve_connection(TokioIo::new(io), answer));
        tokio::spawn(async move {
            let _kept = (seat, of_source);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection was cut off");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}
