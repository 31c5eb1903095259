//! STRIPE.md F4 with the real process: `serve` is killed with SIGKILL when a call of it has reached Stripe's stand-in and is
//! not yet carried out, and when it is carried out and not yet answered, for every call that subscribing makes. Whatever was
//! cut off, the next process ends with one subscription, one charge, one period, and nothing stuck.

use crate::world::{PASSWORD, World};
use domain::{BusinessZone, Cents, ClientId, Currency, PaymentType, Role, UserId};
use engine::{
    Caller, Engine, Parts, Settings,
    ports::{KeepMail, RandomIds, SystemClock, WallClock as _},
};
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use store::{
    Db, DbOptions, makers,
    sqlx::{self, AssertSqlSafe},
};
use stripe_gateway::StripeGateway;
use stripe_sandbox::{ClockHandle, Config, Sandbox};
use tempfile::TempDir;

const KEY: &str = "sk_test_kill";
/// After this a point has failed; nothing waits for it otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How many points are tried at once.
const AT_ONCE: usize = 3;

/// How a client pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// With the card on file.
    Card,
    /// At Checkout, where the card is given.
    Checkout,
}

/// Where the process dies.
#[derive(Debug, Clone, Copy)]
struct Point {
    way: Way,
    /// The number of the call, from 1.
    call: u64,
    /// The stand-in has carried the call out already.
    after: bool,
}

/// A migrated database with a client that can sign in, and what Stripe's stand-in remembers of it.
pub(crate) struct Template {
    pub(crate) dir: TempDir,
    owner: UserId,
    pack: String,
}

/// The stand-in, in this process: it lives on when the server dies.
pub(crate) struct StandIn {
    pub(crate) base: String,
    sandbox: Sandbox,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub(crate) async fn stand_in(file: PathBuf) -> StandIn {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let sandbox = Sandbox::open(Config {
        data: Some(file),
        api_base: base.clone(),
        pages_base: format!("{base}/pages"),
        clock: ClockHandle::wall(),
        seed: Some(1),
        extra_webhooks: Vec::new(),
    })
    .await
    .expect("a sandbox");
    let app = sandbox.api_router().nest("/pages", sandbox.pages_router());
    let serving = tokio::spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    StandIn { base, sandbox, serving }
}

pub(crate) fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client")
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

async fn post(
    http: &reqwest::Client,
    url: &str,
    cookie: &str,
    pairs: &[(&str, &str)],
) -> Result<reqwest::Response, reqwest::Error> {
    http.post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .body(form(pairs))
        .send()
        .await
}

/// The client fills a hosted page. The page leads back to the server, which may not run.
async fn fill(http: &reqwest::Client, url: &str) {
    let card = [
        ("number", "4242424242424242"),
        ("expiry", "04/34"),
        ("cvc", "123"),
        ("email", "pay@acme.test"),
        ("choice", "new"),
        ("payment_method", "new"),
    ];
    drop(post(http, url, "", &card).await);
}

pub(crate) async fn template(way: Way) -> Template {
    let dir = TempDir::new().expect("a folder");
    let db = Db::open(
        &format!("sqlite://{}", dir.path().join("packs.db").display()),
        DbOptions::default(),
    )
    .await
    .expect("a database");
    store::migrate(&db).await.expect("a schema");
    let there = stand_in(dir.path().join("stripe.db")).await;
    let clock = Arc::new(SystemClock::default());
    let gateway = StripeGateway::new(stripe_gateway::Config {
        secret_key: KEY.into(),
        api_base: Some(there.base.clone()),
        timeout: Duration::from_secs(10),
    })
    .expect("a gateway");
    let engine = Engine::new(Parts {
        db: db.clone(),
        clock: clock.clone(),
        wall: clock,
        ids: Arc::new(RandomIds),
        gateway: Arc::new(gateway),
        mailer: Arc::new(KeepMail),
        files: Arc::new(engine::ports::MemoryFiles::default()),
        previews: Arc::new(engine::ports::SamePreview::default()),
        settings: Settings {
            zone: BusinessZone(jiff::tz::TimeZone::get("America/Chicago").expect("a zone")),
            currency: Currency::USD,
            base_url: "http://localhost:3000".into(),
            livemode: false,
        },
    });
    let now = engine.now();
    let (client, owner): (ClientId, UserId) = (engine.new_id(), engine.new_id());
    let (service, pack) = (engine.new_id(), engine.new_id());
    let mut tx = db.write().await.expect("a transaction");
    makers::client(&mut tx, client, "Acme", PaymentType::PayAsYouGo, now)
        .await
        .expect("a client");
    makers::user(&mut tx, owner, "Olga", Role::ClientOwner, Some(client), None, now)
        .await
        .expect("an owner");
    let hash = engine::people::password::hash(PASSWORD).await.expect("a hash");
    store::people::set_password(&mut tx, owner, &hash)
        .await
        .expect("a password");
    makers::service(&mut tx, service, "Logo design", Cents(2_500), now)
        .await
        .expect("a service");
    makers::pack(&mut tx, pack, engine.new_id(), service, 20, Cents(40_000), now)
        .await
        .expect("a pack");
    tx.commit().await.expect("a commit");
    if way == Way::Card {
        let caller = Caller {
            user_id: owner,
            name: "Olga".into(),
            role: Role::ClientOwner,
            lead: false,
            client_id: Some(client),
            vendor_id: None,
        };
        engine.add_card(&caller, "card").await.expect("a page for the card");
        engine.drain().await.expect("the jobs");
        let page = engine.payment_methods(&caller, Some("card")).await.expect("the page");
        let url = page.setup.and_then(|setup| setup.url).expect("its address");
        fill(&browser(), &url).await;
        engine.look_at_card(&caller).await.expect("a look");
        engine.drain().await.expect("the jobs");
    }
    db.close().await;
    there.sandbox.close().await;
    Template {
        dir,
        owner,
        pack: pack.to_string(),
    }
}

/// One life after the other of one server, over one database.
pub(crate) struct Server {
    pub(crate) child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    fn kill(&mut self) {
        // SIGKILL: nothing of the process gets to run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn program(folder: &Path, there: &str, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_monthly-packs"));
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .current_dir(folder)
        .env(
            "DATABASE_URL",
            format!("sqlite://{}", folder.join("packs.db").display()),
        )
        .env("LEPTOS_OUTPUT_NAME", "monthly-packs")
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
        .env("STRIPE_SECRET_KEY", KEY)
        .env("STRIPE_WEBHOOK_SECRET", "whsec_kill")
        .env("STRIPE_API_BASE", there)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null());
    command
}

pub(crate) fn start(folder: &Path, there: &str, port: u16) -> Server {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))
        .expect("a log");
    let child = program(folder, there, port)
        .arg("serve")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the server starts");
    Server { child }
}

fn books_check(folder: &Path, there: &str) -> Output {
    program(folder, there, 0)
        .args(["books", "check"])
        .output()
        .expect("the check runs")
}

async fn texts(db: &Db, sql: &str) -> Vec<String> {
    let mut tx = db.read().await.expect("a transaction");
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_owned())).fetch_all(c).await)
        .expect("rows")
}

async fn number(db: &Db, sql: &str) -> i64 {
    let mut tx = db.read().await.expect("a transaction");
    store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql.to_owned())).fetch_one(c).await)
        .expect("a number")
}

/// Work that is begun and not done, or that failed: of jobs only those that wait for a later day are left at the end.
/// A mail that the process had handed over when it died waits for its quarter of an hour too: nobody knows whether it went, so it is
/// not sent again, and staff are told then.
async fn unsettled(db: &Db) -> Vec<String> {
    let mut left = texts(
        db,
        "select 'subscription ' || status from subscriptions where status <> 'active'",
    )
    .await;
    if number(db, "select count(*) from subscriptions").await == 0 {
        left.push("no subscription".into());
    }
    left.extend(
        texts(
            db,
            "select 'operation ' || key || ' ' || state from stripe_operations where state <> 'done'",
        )
        .await,
    );
    let later = domain::Instant(SystemClock::default().wall_now().0).plus_minutes(10).0;
    left.extend(
        texts(
            db,
            &format!(
                "select 'job ' || key || ' ' || coalesce(last_error, '') from jobs \
                 where (dead or last_error is not null or (kind not in ('boundaries', 'sweep') and run_at < {later})) \
                 and not (kind = 'mail' and not dead and last_error like '%has not answered')"
            ),
        )
        .await,
    );
    left
}

/// What a life ended with.
struct Outcome {
    /// The call that the process died around; `None`: there are fewer.
    struck: Option<String>,
    /// From the second start until everything was settled.
    recovery: Duration,
}

/// A call by its method and endpoint: "POST /v1/subscriptions/{id}".
fn named(call: &str) -> String {
    let parts = call.split('/').map(|part| {
        let id = part.rsplit_once('_').is_some_and(|(_, tail)| tail.len() > 12);
        if id { "{id}" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

fn copy(template: &Template) -> TempDir {
    let dir = TempDir::new().expect("a folder");
    for file in std::fs::read_dir(template.dir.path()).expect("the template") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), dir.path().join(file.file_name())).expect("a copy");
    }
    dir
}

/// The client signs in; the cookie of its session.
pub(crate) async fn sign_in(http: &reqwest::Client, base: &str, template: &Template) -> String {
    let address = World::address(template.owner);
    let signed_in = post(
        http,
        &format!("{base}/login"),
        "",
        &[("email", &address), ("password", PASSWORD)],
    )
    .await
    .expect("an answer");
    signed_in
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(|text| text.contains("mp_session="))
        .and_then(|text| text.split(';').next())
        .expect("a session")
        .to_owned()
}

/// The client signs in and subscribes; the cookie of its session.
pub(crate) async fn press_subscribe(http: &reqwest::Client, base: &str, template: &Template) -> String {
    let cookie = sign_in(http, base, template).await;
    let subscribe = [
        ("pack_id", template.pack.as_str()),
        ("idem_key", "the-form"),
        ("expected_price_cents", "40000"),
    ];
    let answer = post(http, &format!("{base}/api/subscribe"), &cookie, &subscribe)
        .await
        .expect("an answer");
    assert!(
        !answer.status().is_client_error() && !answer.status().is_server_error(),
        "{}",
        answer.status()
    );
    cookie
}

async fn live(template: &Template, point: Point) -> Outcome {
    let dir = copy(template);
    let folder = dir.path();
    let there = stand_in(folder.join("stripe.db")).await;
    let http = browser();
    let faults = format!("{}/_sandbox/faults", there.base);
    let fault = json!({
        "kind": if point.after { "timeout_after" } else { "timeout_before" },
        "path": "/v1/", "nth": point.call, "count": 1,
    });
    let set = http.post(&faults).json(&fault).send().await.expect("the stand-in");
    assert!(set.status().is_success());
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port();
    let base = format!("http://127.0.0.1:{port}");
    let db = Db::open(
        &format!("sqlite://{}", folder.join("packs.db").display()),
        DbOptions { connections: 1 },
    )
    .await
    .expect("the database");
    let began = Instant::now();
    let mut server = start(folder, &there.base, port);
    let ready = async || {
        while !http
            .get(format!("{base}/readyz"))
            .send()
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            assert!(began.elapsed() < PATIENCE, "{point:?}: not ready\n{}", log(folder));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    ready().await;
    let cookie = press_subscribe(&http, &base, template).await;
    let mut struck = None;
    let mut restarted = Instant::now();
    let (mut filled, mut visited) = (false, false);
    let settled = loop {
        if struck.is_none() {
            let seen: Value = http
                .get(&faults)
                .send()
                .await
                .expect("the stand-in")
                .json()
                .await
                .expect("JSON");
            if seen[0]["hit"] == 1 {
                server.kill();
                struck = Some(named(seen[0]["last"].as_str().expect("a call")));
                restarted = Instant::now();
                server = start(folder, &there.base, port);
                ready().await;
                visited = false;
            }
        }
        if point.way == Way::Checkout && !filled {
            let url = texts(&db, "select url from checkout_sessions where state = 'open'").await;
            if let Some(url) = url.first() {
                fill(&http, url).await;
                filled = true;
            }
        }
        if filled && !visited {
            // Stripe leads the client back; the page looks by itself (SU6).
            let id = texts(&db, "select id from subscriptions").await.remove(0);
            let page = http
                .get(format!("{base}/payment/packs/{id}?from=checkout"))
                .header("cookie", &cookie);
            visited = page.send().await.is_ok_and(|answer| answer.status().is_success());
        }
        let left = unsettled(&db).await;
        if left.is_empty() {
            break Instant::now();
        }
        assert!(
            began.elapsed() < PATIENCE,
            "{point:?} {struck:?}: {left:?}\n{}",
            log(folder)
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    // What this test asks now is no call of the server.
    assert!(
        http.delete(&faults)
            .send()
            .await
            .expect("the stand-in")
            .status()
            .is_success()
    );
    let what = format!("{point:?} {struck:?}");
    let ledger: Value = http
        .get(format!("{}/_sandbox/ledger", there.base))
        .send()
        .await
        .expect("the journal")
        .json()
        .await
        .expect("JSON");
    assert_eq!(
        (&ledger["total"]["charges"], &ledger["total"]["charged"]),
        (&json!(1), &json!(40_000)),
        "{what}: {ledger}"
    );
    let subscriptions: Value = http
        .get(format!("{}/v1/subscriptions?status=all&limit=100", there.base))
        .bearer_auth(KEY)
        .send()
        .await
        .expect("the stand-in")
        .json()
        .await
        .expect("JSON");
    assert_eq!(subscriptions["data"].as_array().map(Vec::len), Some(1), "{what}");
    for (sql, wanted) in [
        ("select count(*) from subscriptions", 1),
        ("select count(*) from periods where payment_state = 'paid'", 1),
        ("select count(*) from periods", 1),
        (
            "select count(*) from credit_batches where granted = 20 and remaining = 20",
            1,
        ),
        ("select count(*) from consumption_ledger", 1),
        ("select count(*) from invoices where status = 'paid'", 1),
        ("select count(*) from invoices", 1),
        ("select count(*) from alarms", 0),
    ] {
        assert_eq!(number(&db, sql).await, wanted, "{what}: {sql}\n{}", log(folder));
    }
    server.kill();
    let books = books_check(folder, &there.base);
    assert!(
        books.status.success(),
        "{what}: {}",
        String::from_utf8_lossy(&books.stdout)
    );
    Outcome {
        struck,
        recovery: settled.duration_since(restarted),
    }
}

pub(crate) fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

async fn every_call(way: Way) {
    let template = Arc::new(template(way).await);
    let mut times = Vec::new();
    let mut covered = 0;
    for after in [false, true] {
        // Calls that wait for nobody's answer may be in another order from run to run; each number is tried until there is none.
        for first in (1..).step_by(AT_ONCE) {
            let mut lives = tokio::task::JoinSet::new();
            for call in first..first + AT_ONCE as u64 {
                let (template, point) = (template.clone(), Point { way, call, after });
                lives.spawn(async move { (point, live(&template, point).await) });
            }
            let mut done = lives.join_all().await;
            done.sort_by_key(|(point, _)| point.call);
            let there_are_more = done.iter().all(|(_, outcome)| outcome.struck.is_some());
            for (point, outcome) in done {
                let Some(call) = outcome.struck else { continue };
                covered += 1;
                let ms = outcome.recovery.as_millis();
                eprintln!(
                    "{way:?} {:2} {} {call}: settled after {ms} ms",
                    point.call,
                    if after { "after " } else { "before" }
                );
                times.push(ms);
            }
            if !there_are_more {
                break;
            }
        }
    }
    times.sort_unstable();
    let (median, max) = (times[times.len() / 2], times[times.len() - 1]);
    eprintln!("{way:?}: {covered}/{covered} points, recovery median {median} ms, max {max} ms");
    assert!(covered >= 10, "{way:?}: {covered} points");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f4_killed_around_every_call_with_a_card_on_file() {
    every_call(Way::Card).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f4_killed_around_every_call_with_checkout() {
    every_call(Way::Checkout).await;
}

/// AH8: `books check` ends with 0 while the books hold, and with 1 when they do not, naming the row.
#[tokio::test]
async fn books_check_names_the_row_and_ends_with_1() {
    let template = template(Way::Card).await;
    let folder = template.dir.path();
    let good = books_check(folder, "http://127.0.0.1:9");
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
    let db = Db::open(
        &format!("sqlite://{}", folder.join("packs.db").display()),
        DbOptions::default(),
    )
    .await
    .expect("the database");
    let batch: domain::BatchId = "00000000-0000-7000-8000-0000000000ba".parse().expect("an id");
    let mut tx = db.write().await.expect("a transaction");
    let sql = format!(
        "insert into credit_batches (id, client_id, source, meter_id, granted, remaining, starts_at, granted_at)
         select '{batch}', (select id from clients), 'compensation', '{}', 5, 4, 0, 0",
        makers::DESIGNS
    );
    store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).expect("a batch of nowhere");
    tx.commit().await.expect("a commit");
    db.close().await;
    let red = books_check(folder, "http://127.0.0.1:9");
    assert_eq!(red.status.code(), Some(1));
    let said = String::from_utf8_lossy(&red.stdout);
    assert!(
        said.contains(&format!("I1 credit_batches {batch}: granted 5, ledger 0")),
        "{said}"
    );
    assert!(
        String::from_utf8_lossy(&red.stderr).contains("the books do not hold"),
        "in words for an operator"
    );
}
