//! A flood of strangers against the real process: what they may call, called a thousand times, connections that say nothing, and
//! sign-ins whose sender has gone. Nothing of it is kept, the memory stays small, and whoever is signed in is served.
//! How long an answer takes meanwhile is a benchmark's question.

use crate::{
    kill::{Way, browser, program, sign_in, stand_in, start, template},
    tools::{free_port, ready},
};
use futures::{StreamExt as _, stream};
use monthly_packs::server::routes::{Access, DOCUMENTS, FUNCTIONS};
use reqwest::StatusCode;
use std::{collections::BTreeMap, path::Path};
use store::{
    Db, DbOptions,
    sqlx::{self, AssertSqlSafe},
};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

/// Posts to each address that is open to everybody.
const POSTS: usize = 1_000;
/// Connections that say nothing.
const SILENT: usize = 200;
/// Sign-ins whose sender hangs up at once.
const CLOSED: usize = 100;
/// What the process may hold for it at the most, beside what it holds to serve one person. (All of the program that is
/// delivered, with that, is a benchmark's question too: this one is built to be debugged.)
const MOST_MIB: u64 = 100;

/// How many rows each table has. Failed sign-ins are counted by address and by source: that is what keeps the flood out, and
/// few rows. Jobs come and go by themselves.
async fn rows(folder: &Path) -> BTreeMap<String, i64> {
    let url = format!("sqlite://{}", folder.join("packs.db").display());
    let db = Db::open_existing(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    let mut tx = db.read().await.expect("a transaction");
    let tables: Vec<String> = store::on!(&mut tx, c => sqlx::query_scalar("select name from sqlite_master where type = 'table'").fetch_all(c).await)
        .expect("the tables");
    assert!(tables.len() > 40, "{tables:?}");
    let mut counts = BTreeMap::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("select count(*) from \"{table}\""));
        let count = store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await).expect("a count");
        counts.insert(table, count);
    }
    let failures = counts.remove("sign_in_failures").expect("the failures");
    // Twenty of one source, each by its address and by both together, and what was under way when the twentieth was counted.
    assert!(failures < 60, "{failures} failures");
    counts.remove("jobs");
    counts
}

/// The most that a process has held, in MiB.
pub(crate) fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its state");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = line
        .and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok())
        .expect("its peak");
    kib / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d1_a_flood_of_strangers_leaves_nothing_and_keeps_nobody_out() {
    let template = template(Way::Card).await;
    let folder = template.dir.path();
    let there = stand_in(folder.join("stripe.db")).await;
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let server = start(folder, &there.base, port);
    ready(folder, &base).await;
    let http = browser();
    let cookie = sign_in(&http, &base, &template).await;
    let dashboard = async || {
        let page = http.get(format!("{base}/dashboard")).header("cookie", &cookie);
        let answer = page.send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("a page"))
    };
    let before = dashboard().await;
    assert_eq!(before.0, StatusCode::OK);
    let there_before = rows(folder).await;
    let served = peak_mib(server.child.id());

    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.expect("a connection"));
    }
    for n in 0..CLOSED {
        let body = format!("email=nobody{n}%40flood.test&password=flooding-{n}");
        let head = format!(
            "POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut one = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        one.write_all(head.as_bytes()).await.expect("sent");
    }
    let public = DOCUMENTS
        .iter()
        .chain(FUNCTIONS)
        .filter(|(_, access)| *access == Access::Public);
    let mut addresses: Vec<String> = public
        .map(|(pattern, _)| pattern.replace("{token}", "00000000-0000-7000-8000-000000000001~flood"))
        .collect();
    // What is closed to strangers is refused before its body is read, or goes through the sign-in.
    addresses.extend(["/api/requests/submit", "/requests/files", "/webhooks/stripe"].map(str::to_owned));
    let junk = format!("email=a%40flood.test&password=x&fields={}", "word+".repeat(2_000));
    let posts = addresses
        .iter()
        .flat_map(|address| (0..POSTS).map(move |n| (address, n)));
    let answers: Vec<(String, StatusCode)> = stream::iter(posts)
        .map(|(address, n)| {
            let (http, url, junk) = (&http, format!("{base}{address}"), &junk);
            async move {
                let accept = if n % 2 == 0 { "text/html" } else { "application/json" };
                let post = http
                    .post(url)
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("accept", accept)
                    .body(junk.clone());
                (address.clone(), post.send().await.expect("an answer").status())
            }
        })
        .buffer_unordered(32)
        .collect()
        .await;
    let failed: Vec<_> = answers.iter().filter(|(_, status)| status.is_server_error()).collect();
    assert!(
        failed.is_empty(),
        "{} of {}: {:?}",
        failed.len(),
        answers.len(),
        failed[0]
    );
    assert!(
        answers
            .iter()
            .any(|(_, status)| *status == StatusCode::TOO_MANY_REQUESTS),
        "strangers have a pace"
    );

    let after = dashboard().await;
    assert_eq!(after.0, StatusCode::OK, "while the silent ones are still there");
    assert_eq!(silent.len(), SILENT);
    drop(silent);
    assert_eq!(rows(folder).await, there_before);
    let most = peak_mib(server.child.id());
    eprintln!("{} posts: {served} MiB before, {most} MiB at the most", answers.len());
    assert!(most - served < MOST_MIB, "{served} MiB before, {most} MiB at the most");
    drop(server);
    let books = program(folder, &there.base, 0).args(["books", "check"]).output();
    assert!(books.expect("the check runs").status.success());
}
