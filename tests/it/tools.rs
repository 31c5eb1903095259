//! The command line with the real process: what only looks makes nothing, and what must not run together does not.

use crate::kill::{PATIENCE, Server, Way, browser, log, press_subscribe, program, stand_in, start, template};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::{
    io::Read as _,
    net::TcpListener,
    path::Path,
    process::{Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};
use store::{
    Db, DbOptions, sqlx,
    testing::{Backend, landed},
};
use tempfile::TempDir;

/// Nobody answers there.
const NOWHERE: &str = "http://127.0.0.1:9";
/// A database of before, with the demo in it.
const OLD: &[u8] = include_bytes!("../landing/0001/sqlite.sql.gz");

/// What a command says, on both of its outputs.
fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A command in a folder of its own, over a database that may not be there.
fn over(folder: &Path, url: &str, args: &[&str]) -> Output {
    program(folder, NOWHERE, 0)
        .env("DATABASE_URL", url)
        .env("BASE_URL", "https://packs.example.com")
        .args(args)
        .output()
        .expect("the program runs")
}

/// F6: no database, no folder and no migration comes of looking.
#[test]
fn f6_what_only_looks_makes_nothing() {
    let dir = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}", dir.path().join("data/packs.db").display());
    for (args, good, words) in [
        (&["backup", "copy.db"][..], false, "there is no database yet"),
        (&["books", "check"][..], false, "there is no database yet"),
        (&["config", "check"][..], true, "SQLite, not there yet"),
        (&["stripe", "setup"][..], false, "no connection"),
    ] {
        let output = over(dir.path(), &url, args);
        let said = said(&output);
        assert_eq!(output.status.success(), good, "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        let left = std::fs::read_dir(dir.path()).expect("the folder").count();
        assert_eq!(left, 0, "{args:?} made something");
    }
}

async fn migrations(db: &Db) -> Vec<i64> {
    let mut tx = db.read().await.expect("a transaction");
    store::on!(&mut tx, c => sqlx::query_scalar("select version from _sqlx_migrations order by version").fetch_all(c).await)
        .expect("the migrations")
}

/// F6: an older server may be running over it.
#[tokio::test]
async fn f6_a_database_of_before_stays_of_before() {
    let mut dump = String::new();
    GzDecoder::new(OLD).read_to_string(&mut dump).expect("the dump");
    let test = landed(Backend::Sqlite, dump).await.expect("SQLite");
    let before = migrations(&test.db).await;
    let dir = TempDir::new().expect("a folder");
    for (args, good, words) in [
        (&["books", "check"][..], false, "`monthly-packs migrate` first"),
        (&["config", "check"][..], true, "to be brought up to date"),
        (&["backup", "copy.db"][..], true, "Written to copy.db"),
    ] {
        let mut command = program(dir.path(), NOWHERE, 0);
        // The demo lives in the sandbox.
        for name in ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"] {
            command.env_remove(name);
        }
        let output = command.env("DATABASE_URL", &test.url).args(args).output();
        let output = output.expect("the program runs");
        let said = said(&output);
        assert_eq!(output.status.success(), good, "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        assert_eq!(migrations(&test.db).await, before, "{args:?} migrated it");
    }
    let copy = format!("sqlite://{}", dir.path().join("copy.db").display());
    let copy = Db::open_existing(&copy, DbOptions { connections: 1 })
        .await
        .expect("the copy");
    assert_eq!(migrations(&copy).await, before);
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    free.expect("a port").port()
}

/// Looks again and again until something is there.
pub(crate) async fn seen<T>(what: &str, folder: &Path, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{what}\n{}", log(folder));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn ready(folder: &Path, base: &str) {
    let http = browser();
    seen("not ready", folder, async || {
        let answer = http.get(format!("{base}/readyz")).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
}

async fn ended(what: &str, folder: &Path, server: &mut Server) -> ExitStatus {
    seen(what, folder, async || server.child.try_wait().expect("its state")).await
}

/// F5: who works with a SQLite database works with it alone; a second process takes nothing of the first one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f5_worker_beside_serve_is_refused() {
    let template = template(Way::Checkout).await;
    let folder = template.dir.path();
    let there = stand_in(folder.join("stripe.db")).await;
    let port = free_port();
    let _server = start(folder, &there.base, port);
    ready(folder, &format!("http://127.0.0.1:{port}")).await;
    let url = format!("sqlite://{}", folder.join("packs.db").display());
    let db = Db::open_existing(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    let mut tx = db.write().await.expect("a transaction");
    let taken = "insert into leases (key, holder, until) values ('subscription:1', 'the server', 9000000000000000000)";
    store::on!(&mut tx, c => sqlx::query(taken).execute(c).await.map(|_| ())).expect("a lease");
    tx.commit().await.expect("a commit");
    for command in ["worker", "serve"] {
        let child = program(folder, &there.base, free_port())
            .arg(command)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("second")).expect("a log"))
            .spawn()
            .expect("it starts");
        let mut second = Server { child };
        let status = ended("the second process runs on", folder, &mut second).await;
        let said = std::fs::read_to_string(folder.join("second")).expect("what it said");
        assert_eq!(status.code(), Some(1), "{command}: {said}");
        assert!(
            said.contains("another process works with this SQLite database"),
            "{command}: {said}"
        );
    }
    let mut tx = db.read().await.expect("a transaction");
    let held = "select count(*) from leases where holder = 'the server'";
    let held = store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(held).fetch_one(c).await).expect("the leases");
    assert_eq!(held, 1, "the server's");
}

/// F9: a call that is never answered does not keep the process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f9_serve_ends_although_a_job_does_not() {
    let template = template(Way::Checkout).await;
    let folder = template.dir.path();
    let there = stand_in(folder.join("stripe.db")).await;
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let mut server = start(folder, &there.base, port);
    ready(folder, &base).await;
    let http = browser();
    let faults = format!("{}/_sandbox/faults", there.base);
    let silent = json!({ "kind": "timeout_before", "path": "/v1/", "nth": 1, "count": 0 });
    let set = http.post(&faults).json(&silent).send().await.expect("the stand-in");
    assert!(set.status().is_success());
    press_subscribe(&http, &base, &template).await;
    seen("no call", folder, async || {
        let faults: Value = http.get(&faults).send().await.ok()?.json().await.ok()?;
        faults[0]["hit"].as_i64().filter(|hit| *hit > 0)
    })
    .await;
    let asked = Command::new("kill")
        .args(["-TERM", &server.child.id().to_string()])
        .status()
        .expect("kill");
    assert!(asked.success());
    let status = ended("it runs on", folder, &mut server).await;
    assert!(status.success(), "{}", log(folder));
    assert!(log(folder).contains("cut off"), "{}", log(folder));
}

async fn refused(what: &str, folder: &Path, there: &str, command: &str) -> String {
    let child = program(folder, there, free_port())
        .arg(command)
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join("log")).expect("a log"))
        .spawn()
        .expect("it starts");
    let mut server = Server { child };
    let status = ended(what, folder, &mut server).await;
    assert_eq!(status.code(), Some(1), "{what}: {}", log(folder));
    log(folder)
}

/// E5: a key of another account serves nobody, and no job calls that account; also where that is only known later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e5_books_stay_with_their_account() {
    let template = template(Way::Card).await;
    let folder = template.dir.path();
    let other = stand_in(folder.join("other.db")).await;
    let faults = format!("{}/_sandbox/faults", other.base);
    let words = "is of another account";
    for command in ["serve", "worker"] {
        let said = refused("served for another account", folder, &other.base, command).await;
        assert!(said.contains(words), "{command}: {said}");
        assert!(!said.contains("not known yet"), "{command}: {said}");
    }
    let silent = json!({ "kind": "timeout_before", "path": "/v1/", "nth": 1, "count": 1 });
    let set = browser()
        .post(&faults)
        .json(&silent)
        .send()
        .await
        .expect("the stand-in");
    assert!(set.status().is_success());
    let said = refused("serves on for another account", folder, &other.base, "serve").await;
    assert!(said.contains("not known yet") && said.contains(words), "{said}");
}

/// E5: what one start has written down, the next one is held to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn e5_serve_refuses_other_books_and_a_key_without_secret() {
    let template = template(Way::Checkout).await;
    let folder = template.dir.path();
    let serve = |change: &dyn Fn(&mut Command)| {
        let mut command = program(folder, NOWHERE, free_port());
        change(&mut command);
        said(&command.arg("serve").output().expect("the program runs"))
    };
    let no_secret = serve(&|command| {
        command.env_remove("STRIPE_WEBHOOK_SECRET");
    });
    assert!(no_secret.contains("STRIPE_WEBHOOK_SECRET: is not set"), "{no_secret}");
    let url = format!("sqlite://{}", folder.join("packs.db").display());
    let db = Db::open_existing(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    let mut tx = db.write().await.expect("a transaction");
    store::log::set_setting(&mut tx, "payment_mode", "sandbox")
        .await
        .expect("a setting");
    tx.commit().await.expect("a commit");
    let test = serve(&|_| ());
    assert!(test.contains("these books were kept in the sandbox"), "{test}");
}
