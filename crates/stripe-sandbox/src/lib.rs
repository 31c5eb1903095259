//! A stateful stand-in for Stripe at API version 2026-09-30.endive, for tests, the demo and development (TT2).
//!
//! It keeps customers, cards, Checkout sessions, subscriptions, invoices and their money, in memory and written
//! through to a SQLite file; renews, finalises, retries and expires on its own clock; tells about every change by
//! signed webhooks; serves the hosted pages; and breaks on demand. It knows nothing of the product and never will:
//! no other crate of this workspace may be a dependency, and neither may a Stripe library, whose mistakes it would
//! share.
//!
//! * [`api`] the endpoints, [`http`] what all of them share, [`params`] and [`error`] Stripe's forms and errors
//! * [`billing`] money and time, [`cards`] the test cards, [`webhooks`] events and their delivery
//! * [`pages`] Checkout, invoice, receipt and 3-D Secure pages
//! * [`state`] and [`db`] memory and file, [`faults`] what goes wrong on purpose

pub mod api;
pub mod billing;
pub mod cards;
pub mod db;
pub mod error;
pub mod faults;
pub mod http;
mod knobs;
pub mod pages;
pub mod params;
pub mod state;
pub mod time;
pub mod webhooks;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

pub use state::VERSION;
use state::{Origin, State, Tx, s};
pub use time::{ClockHandle, ManualClock};
pub use webhooks::signature;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file that it remembers in; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    /// Where its API is reached, such as `http://127.0.0.1:12111`.
    pub api_base: String,
    /// Where its hosted pages are reached by browsers, such as `http://127.0.0.1:3000/sandbox`.
    pub pages_base: String,
    /// The business clock.
    pub clock: ClockHandle,
    /// Ids follow from it; `None` draws one. A file keeps the seed that it was begun with.
    pub seed: Option<u64>,
    /// Endpoints that exist from the start.
    pub extra_webhooks: Vec<WebhookTarget>,
}

/// A webhook endpoint that listens to everything.
#[derive(Clone, Debug)]
pub struct WebhookTarget {
    /// Where events are posted.
    pub url: String,
    /// The signing secret; two, separated by a comma, during a rotation.
    pub secret: String,
}

pub(crate) struct Inner {
    state: tokio::sync::Mutex<State>,
    db: db::Db,
    clock: ClockHandle,
    pages: String,
    api_base: String,
    knobs: Mutex<webhooks::Knobs>,
    faults: Mutex<Vec<faults::Fault>>,
    http: reqwest::Client,
    delivering: tokio::sync::Mutex<()>,
    running: tokio::sync::Mutex<()>,
    wake: Notify,
    requests: AtomicU64,
    /// Seconds; the largest number when nothing is due.
    next: AtomicI64,
}

/// A running sandbox. Cheap to clone; all clones are the same sandbox.
#[derive(Clone)]
pub struct Sandbox {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("api", &self.inner.api_base)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Opens a sandbox, with what its file remembers. Fails when the file cannot be read or written.
    pub async fn open(config: Config) -> anyhow::Result<Self> {
        let db = db::Db::open(config.data.as_deref()).await?;
        let pages = config.pages_base.trim_end_matches('/').to_owned();
        let state = db.load(config.seed, &pages).await?;
        let next = state.next_due().unwrap_or(i64::MAX);
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let sandbox = Self {
            inner: Arc::new(Inner {
                state: tokio::sync::Mutex::new(state),
                db,
                clock: config.clock,
                pages,
                api_base: config.api_base,
                knobs: Mutex::default(),
                faults: Mutex::default(),
                http,
                delivering: tokio::sync::Mutex::new(()),
                running: tokio::sync::Mutex::new(()),
                wake: Notify::new(),
                requests: AtomicU64::new(0),
                next: AtomicI64::new(next),
            }),
        };
        sandbox.listen(config.extra_webhooks).await;
        Ok(sandbox)
    }

    /// Registers these endpoints with their very secrets. The endpoints that a former start registered are pointed to
    /// the new addresses, so that a changed port leaves none behind that never answers; those too many are disabled.
    async fn listen(&self, targets: Vec<WebhookTarget>) {
        let mut st = self.inner.state.lock().await;
        let now = self.inner.clock.now_secs();
        let mut tx = self.tx(&mut st, now);
        let mut known: Vec<Value> = tx
            .all("webhook_endpoint", None)
            .filter(|e| e["_extra"] == true)
            .collect();
        for target in targets {
            let mut endpoint = known.pop().unwrap_or_else(|| tx.fresh("webhook_endpoint", 24));
            state::patch(
                &mut endpoint,
                json!({"url": target.url, "enabled_events": ["*"], "api_version": VERSION, "status": "enabled",
                    "_secret": target.secret, "_extra": true}),
            );
            tx.put("webhook_endpoint", &endpoint);
        }
        for mut endpoint in known {
            endpoint["status"] = json!("disabled");
            tx.put("webhook_endpoint", &endpoint);
        }
        self.finish(tx, None).await;
    }

    /// Writes a unit of work to the file; when that fails it is undone. Returns whether it holds.
    pub(crate) async fn finish(&self, tx: Tx<'_>, answer: Option<(&str, &state::Idem)>) -> bool {
        let held = self.inner.db.commit(tx.writes(), answer).await;
        if held {
            self.inner
                .next
                .store(tx.st.next_due().unwrap_or(i64::MAX), Ordering::SeqCst);
        } else {
            tx.roll_back();
        }
        held
    }

    pub(crate) fn tx<'a>(&'a self, st: &'a mut State, now: i64) -> Tx<'a> {
        Tx::new(st, now, Origin::default(), &self.inner.pages)
    }

    pub(crate) fn knobs(&self) -> webhooks::Knobs {
        self.inner.knobs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The API: everything below `/v1` and `/_sandbox`.
    pub fn api_router(&self) -> axum::Router {
        http::router(self.clone())
    }

    /// The hosted pages: `/checkout/{id}`, `/invoice/{id}`, `/receipt/{id}`, `/3ds/{id}` and `/checkout.css`, to be
    /// mounted where `pages_base` points.
    pub fn pages_router(&self) -> axum::Router {
        pages::router(self.clone())
    }

    /// Delivers webhooks and runs what is due in the background, until the process ends.
    pub fn spawn_worker(&self) {
        let sandbox = self.clone();
        tokio::spawn(async move {
            loop {
                sandbox.run_due().await;
                sandbox.deliver_due().await;
                // A clock can be moved without telling, so it is looked at four times a second.
                tokio::select! {
                    () = sandbox.inner.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(250)) => {}
                }
            }
        });
    }

    /// Does everything that is due at the clock's now (renewals, finalisation, retries, expiry), in the order of time
    /// and each at its own instant. Returns how many things were done.
    pub async fn run_due(&self) -> usize {
        let _one_at_a_time = self.inner.running.lock().await;
        let now = self.inner.clock.now_secs();
        let mut done = 0;
        let mut failed = HashSet::new();
        loop {
            let mut st = self.inner.state.lock().await;
            let Some((at, kind, id)) = st.due(now, &failed) else {
                self.prune(&mut st, now).await;
                return done;
            };
            // The units of work of one instant are kept apart, so that one that fails spoils no other.
            let mut tx = self.tx(&mut st, at);
            match tx.happen(kind, &id) {
                Err(e) if !e.keep => {
                    tracing::error!(kind, %id, error = %e.body(), "something due could not be done");
                    tx.roll_back();
                    failed.insert(id);
                }
                _ => {
                    if !self.finish(tx, None).await {
                        return done;
                    }
                    done += 1;
                }
            }
        }
    }

    /// Events are kept for 30 days, answers for 24 hours.
    async fn prune(&self, st: &mut State, now: i64) {
        let old = now - 30 * 86_400;
        loop {
            let Some(ev) = st.oldest("event").filter(|e| state::n(e, "created") < old) else {
                break;
            };
            let id = s(&ev, "id").to_owned();
            if st
                .pending
                .iter()
                .any(|(_, q)| st.deliveries.get(q).is_some_and(|d| d.event == id))
            {
                break;
            }
            let mut tx = self.tx(st, now);
            tx.remove("event", &id);
            if !self.finish(tx, None).await {
                return;
            }
        }
        let keys = st.idem.len();
        st.idem.retain(|_, i| i.answer.is_none() || i.created > now - 86_400);
        if st.idem.len() != keys {
            self.inner.db.forget_answers(now - 86_400).await;
        }
    }

    /// The instant (microseconds of the clock) at which something next happens by itself; retries of webhooks are not
    /// counted. It can lie in the past until [`Self::run_due`] has run.
    #[must_use]
    pub fn next_due(&self) -> Option<i64> {
        let at = self.inner.next.load(Ordering::SeqCst);
        (at != i64::MAX).then(|| at * 1_000_000)
    }

    /// Ends it: its file is whole and may be copied; nothing is kept any more.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }
}

/// A sandbox in memory behind a free port of the loopback interface, with its pages below `/pages`. Nothing runs in
/// the background: the test calls [`Sandbox::run_due`] and [`Sandbox::deliver_due`]. Returns the base URL.
pub async fn spawn_for_test(clock: ClockHandle, webhook: Option<WebhookTarget>) -> (Sandbox, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("the loopback interface has a free port");
    let base = format!(
        "http://{}",
        listener.local_addr().expect("a bound socket has an address")
    );
    let sandbox = Sandbox::open(Config {
        data: None,
        api_base: base.clone(),
        pages_base: format!("{base}/pages"),
        clock,
        seed: Some(1),
        extra_webhooks: webhook.into_iter().collect(),
    })
    .await
    .expect("a sandbox in memory always opens");
    let app = sandbox.api_router().nest("/pages", sandbox.pages_router());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (sandbox, base)
}
