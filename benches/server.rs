//! The release server as a process: how fast it starts, what it holds in memory, how it serves the client dashboard.
//! `benches/README.md`, figures (b) to (d) and (f).
//!
//!     server APP FOLDER MANY [APP FOLDER MANY]
//!
//! APP is a folder that `scripts/build` makes, FOLDER holds a demo that it has seeded (`data/monthly-packs.db`), MANY one
//! with 5,000 subscriptions, to which requests and lines of the logs are added here; both are written to. A second build is
//! measured beside the first, in turns, so that whatever else the machine does meets both.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

#[path = "../tests/it/hostile.rs"]
mod hostile;

use reqwest::{Client, StatusCode, header, redirect::Policy};
use std::{
    collections::HashMap,
    env,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use store::{
    Db, DbOptions,
    sqlx::{self, AssertSqlSafe},
};
use tokio::task::JoinSet;

/// Connections that ask at the same time.
const CONNECTIONS: usize = 16;
/// The longest that a start may take.
const START_WITHIN: Duration = Duration::from_secs(30);

fn wanted(name: &str, default: u64) -> u64 {
    let given = env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

fn millis(of: Duration) -> String {
    let tenths = of.as_micros() / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// The value that this share (in thousandths) of all does not exceed. `sorted` is not empty.
fn quantile(sorted: &[Duration], thousandths: usize) -> Duration {
    sorted[(sorted.len() * thousandths / 1_000).min(sorted.len() - 1)]
}

/// Kilobytes that a process is said to have of something; nothing once it has ended.
fn status(process: u32, of: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(of))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Kilobytes that a process holds now, and what those that it has started held at the most: of the drawing ones all is counted,
/// what they share with the server too.
fn together(server: u32) -> u64 {
    let all = std::fs::read_dir("/proc").expect("Linux").flatten();
    let ids = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let started = ids.filter(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        parent.and_then(|parent| parent.parse().ok()) == Some(server)
    });
    let drawing: u64 = started.filter_map(|id| status(id, "VmHWM:")).sum();
    status(server, "VmRSS:").unwrap_or(0) + drawing
}

/// A running server; ended when dropped.
struct Server {
    process: Child,
    base: String,
    /// From its start to the first answer with 200.
    started_in: Duration,
}

impl Server {
    /// Starts it on a free port and asks for the sign-in page, rendered whole, until that is there.
    async fn start(app: &Path, folder: &Path) -> Server {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address: SocketAddr = free.local_addr().expect("its address");
        drop(free);
        let base = format!("http://{address}");
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        let start = Instant::now();
        let process = Command::new(app.join("monthly-packs"))
            .arg("serve")
            .env("LEPTOS_OUTPUT_NAME", "monthly-packs")
            .env("LEPTOS_SITE_ROOT", app.join("site"))
            .env("LEPTOS_SITE_PKG_DIR", "pkg")
            .env("LEPTOS_HASH_FILES", "true")
            .env("LEPTOS_HASH_FILE_NAME", "hash.txt")
            .env("LEPTOS_ENV", "PROD")
            .env("DISABLE_SERVER_FN_HASH", "true")
            .current_dir(folder)
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("BASE_URL", &base)
            .env("RUST_LOG", "error")
            .env_remove("DATABASE_URL")
            .env_remove("STRIPE_SECRET_KEY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the server");
        let mut server = Server {
            process,
            base,
            started_in: Duration::ZERO,
        };
        loop {
            let answer = http.get(format!("{}/login", server.base)).send().await;
            if answer.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                server.started_in = start.elapsed();
                return server;
            }
            assert!(start.elapsed() < START_WITHIN, "the server does not answer");
            assert!(
                server.process.try_wait().expect("its state").is_none(),
                "the server ended at its start"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Kilobytes that are in memory.
    fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Kilobytes that were in memory at the most.
    fn at_most(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, of: &str) -> u64 {
        status(self.process.id(), of).expect(of)
    }

    /// Processor time that it has used so far.
    fn used(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("Linux");
        // The program's name stands in brackets and may hold spaces. Ticks are hundredths of a second on Linux.
        let (_, rest) = stat.rsplit_once(')').expect("a name");
        let ticks = rest.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|text| text.parse::<u64>().expect("a number")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Asks for a page once and unpacked: how many bytes it has. It must be whole.
    async fn size(&self, http: &Client, page: &str, cookie: &str) -> usize {
        let request = http.get(format!("{}{page}", self.base)).header(header::COOKIE, cookie);
        let answer = request
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{page}");
        let body = answer.text().await.expect("a body");
        assert!(body.contains("</html>"), "{page}: the whole document");
        body.len()
    }

    /// Signs in, and gives the cookie.
    async fn sign_in(&self, http: &Client, email: &str) -> String {
        let answer = http
            .post(format!("{}/login", self.base))
            .header(header::ORIGIN, &self.base)
            .form(&[("email", email), ("password", "monthly-packs-demo")])
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_redirection(), "signing in: {}", answer.status());
        let cookie = answer.headers().get(header::SET_COOKIE).expect("a session");
        let cookie = cookie.to_str().expect("text");
        cookie.split(';').next().unwrap_or_default().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Asks for a page by [`CONNECTIONS`] connections for a while: every answer's time, sorted, and how long it all took.
async fn load(http: &Client, url: &str, cookie: &str, length: Duration) -> (Vec<Duration>, Duration) {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (http, url, cookie) = (http.clone(), url.to_owned(), cookie.to_owned());
        tasks.spawn(async move {
            let mut took = Vec::new();
            while start.elapsed() < length {
                let asked = Instant::now();
                // As browsers ask: the server packs its answer, and nobody here unpacks it.
                let request = http
                    .get(&url)
                    .header(header::COOKIE, &cookie)
                    .header(header::ACCEPT, "text/html")
                    .header(header::ACCEPT_ENCODING, "gzip, deflate, br");
                let answer = request.send().await.expect("an answer");
                assert_eq!(answer.status(), StatusCode::OK, "{url}");
                answer.bytes().await.expect("a body");
                took.push(asked.elapsed());
            }
            took
        });
    }
    let mut all: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
    let length = start.elapsed();
    all.sort_unstable();
    (all, length)
}

/// Tells how one page is served under load.
async fn measure(server: &Server, http: &Client, page: &str, what: &str, cookie: &str, seconds: Duration) {
    let url = format!("{}{page}", server.base);
    let size = server.size(http, page, cookie).await;
    load(http, &url, cookie, Duration::from_secs(2)).await;
    let (all, length) = load(http, &url, cookie, seconds).await;
    let a_second = u128::try_from(all.len()).unwrap_or(0) * 1_000 / length.as_millis().max(1);
    println!("| {what} ({size} bytes), requests a second at {CONNECTIONS} connections | {a_second} |");
    println!("| … half of them within | {} |", millis(quantile(&all, 500)));
    println!("| … 99 % of them within | {} |", millis(quantile(&all, 990)));
}

/// What strangers may post to.
const PUBLIC: &[&str] = &[
    "/login",
    "/forgot",
    "/reset/nobody",
    "/invite/nobody",
    "/api/page",
    "/api/page/counts",
    "/api/sign-in-page",
    "/api/link-owner",
];

/// Posts to each of them.
const POSTS: usize = 1_000;

/// Connections that say nothing.
const SILENT: usize = 200;

/// Opens a page again and again, one after the other, as long as it is wanted: the answers' times, sorted.
async fn one_by_one(http: &Client, url: &str, cookie: &str, go_on: impl Fn(usize) -> bool) -> Vec<Duration> {
    let mut took = Vec::new();
    while go_on(took.len()) {
        let asked = Instant::now();
        let answer = http
            .get(url)
            .header(header::COOKIE, cookie)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        answer.bytes().await.expect("a body");
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    took
}

/// Somebody's dashboard while strangers flood the server, beside the same a moment before, and what the server held for it.
async fn flood(server: &Server, http: &Client, cookie: &str) {
    let url = format!("{}/dashboard", server.base);
    one_by_one(http, &url, cookie, |taken| taken < 100).await;
    let alone = one_by_one(http, &url, cookie, |taken| taken < 500).await;
    let address = server.base.trim_start_matches("http://");
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(tokio::net::TcpStream::connect(address).await.expect("a connection"));
    }
    let left = Arc::new(AtomicUsize::new(PUBLIC.len() * POSTS));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..CONNECTIONS {
        let (http, base, left) = (http.clone(), server.base.clone(), left.clone());
        tasks.spawn(async move {
            while let Ok(at) = left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)) {
                let post = http
                    .post(format!("{base}{}", PUBLIC[at % PUBLIC.len()]))
                    .header(header::ACCEPT, "text/html");
                let form = [
                    ("email", format!("nobody{at}@example.com")),
                    ("password", "x".repeat(4_000)),
                ];
                let answer = post.form(&form).send().await.expect("an answer");
                assert!(!answer.status().is_server_error(), "{}", answer.status());
                drop(answer.bytes().await);
            }
        });
    }
    let beside = one_by_one(http, &url, cookie, |_| left.load(Relaxed) > 0).await;
    tasks.join_all().await;
    let (half, with) = (quantile(&alone, 500), quantile(&beside, 500));
    let hundredths = with.as_micros() * 100 / half.as_micros().max(1);
    println!(
        "| dashboard, one after the other: half of them within | {} |",
        millis(half)
    );
    println!(
        "| … while strangers post {} times in {} s and {} connections say nothing | {} ({}.{:02} times) |",
        PUBLIC.len() * POSTS,
        start.elapsed().as_secs(),
        silent.len(),
        millis(with),
        hundredths / 100,
        hundredths % 100
    );
    println!("| … the most memory until then | {} KiB |", server.at_most());
}

/// Hostile files that are sent, ten in each form.
const HOSTILE: usize = 50;

/// What the server and the process that draws hold together at the most, from the first of the hostile files to the last.
async fn hostile_files(server: &Server, folder: &Path, http: &Client, cookie: &str) {
    let kinds = hostile::kinds();
    let working = Arc::new(AtomicUsize::new(1));
    let (going, process) = (working.clone(), server.process.id());
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while going.load(Relaxed) > 0 {
            most = most.max(together(process));
            std::thread::sleep(Duration::from_millis(1));
        }
        most
    });
    for form in 0..HOSTILE / 10 {
        let mut body = Vec::new();
        for (name, value) in [("form_key", "hostile"), ("title", "Hostile")] {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for n in form * 10..form * 10 + 10 {
            let (extension, bytes) = &kinds[n % kinds.len()];
            let head = format!(
                "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{n}.{extension}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let sent = http
            .post(format!("{}/requests/files", server.base))
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header(header::COOKIE, cookie)
            .body(body);
        let sent = sent.send().await.expect("an answer");
        assert!(sent.status().is_success(), "sending: {}", sent.status());
    }
    let url = format!("sqlite://{}", folder.join("data/monthly-packs.db").display());
    let db = Db::open_existing(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    loop {
        let mut tx = db.read().await.expect("a transaction");
        let sql = "select count(*) from file_previews where state = 'waiting'";
        let waiting = store::on!(&mut tx, c => sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await);
        drop(tx);
        if waiting.expect("a count") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    db.close().await;
    working.store(0, Relaxed);
    let most = watch.join().expect("the watch");
    println!(
        "| the most memory of the server and what draws, while {HOSTILE} hostile files are worked on | {most} KiB |"
    );
}

/// What is compared: who opens it, the page, and what it is.
const PAGES: &[(&str, &str, &str)] = &[
    ("payg@demo.test", "/dashboard", "client dashboard"),
    ("admin@demo.test", "/admin", "admin's home"),
    ("admin@demo.test", "/admin/assignments", "pack assignments"),
    (
        "admin@demo.test",
        "/admin/assignments?q=logo&sort=-client",
        "… searched and sorted",
    ),
    ("admin@demo.test", "/admin/assignments?sort=used", "… by the share used"),
    ("admin@demo.test", "/admin/assignments?sort=since", "… since when"),
    ("admin@demo.test", "/admin/assignments/requests", "unassigned requests"),
    ("admin@demo.test", "/requests", "requests"),
    ("admin@demo.test", "/requests?sort=title", "… by title"),
    ("admin@demo.test", "/queue?part=all", "queue"),
    ("admin@demo.test", "/admin/clients", "clients"),
    ("admin@demo.test", "/admin/people", "people"),
    ("admin@demo.test", "/admin/packs", "packs"),
    ("admin@demo.test", "/admin/reports/vendor-payments", "vendor payments"),
    ("admin@demo.test", "/admin/webhooks", "webhooks"),
    ("admin@demo.test", "/admin/mail", "mail"),
    ("admin@demo.test", "/admin/audit", "audit log"),
];

/// Makes every list of a demo with 5,000 subscriptions as long as theirs. Nothing of the product has written these rows,
/// and its proofs would say so; they are looked at only.
async fn fill(folder: &Path) {
    let url = format!("sqlite://{}", folder.join("data/monthly-packs.db").display());
    let db = Db::open(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    let mut tx = db.write().await.expect("a transaction");
    // An id as the columns hold them, of a row's number.
    let id = |kind: u32| format!("printf('0195000{kind}-0000-7000-8000-%012x', n)");
    let numbers = "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5000)";
    for sql in [
        format!(
            "insert into service_requests (id, number, client_id, service_id, title, brief, quantity, status, created_at, created_by,
                updated_at, submitted_at, submitted_by, local_day, due_at, coverage, included_units, overage_units, payment_type_at_submit,
                currency, subscription_id, period_id, vendor_id, form_key)
             select {}, 1000000 + n, client_id, service_id, 'Request ' || n, 'A brief.', 1,
                case n % 10 when 0 then 'submitted' when 1 then 'in_progress' when 2 then 'in_review' when 3 then 'cancelled' else 'approved' end,
                at, who, at, at, who, '2027-01-01', at + 200000000000 + n, 'included', 1, 0, 'royalties', 'usd', subscription_id, period_id,
                vendor_id, 'bench-' || n
             from (select row_number() over (order by s.id) as n, s.client_id, s.service_id, p.starts_at as at, s.id as subscription_id,
                     p.id as period_id, p.vendor_id, (select min(u.id) from users u where u.client_id = s.client_id) as who
                   from subscriptions s join periods p on p.subscription_id = s.id and p.seq = 1 where s.status = 'active')",
            id(1)
        ),
        format!(
            "{numbers} insert into mails (id, dedupe_key, to_email, subject, body_text, body_html, state, created_at)
             select {}, 'bench-' || n, 'somebody@example.test', 'Subject ' || n, hex(zeroblob(300)), hex(zeroblob(600)), 'sent', n from numbers",
            id(2)
        ),
        format!(
            "{numbers} insert into audit_log (id, actor, action, entity, entity_id, before, after, at)
             select {}, 'user:' || (select min(id) from users), 'pack.updated', 'pack', 'x', '{{}}', '{{}}', n from numbers",
            id(3)
        ),
        format!(
            "{numbers} insert into stripe_events (id, type, created, payload, state, received_at)
             select 'evt_bench_' || n, 'invoice.paid', n, hex(zeroblob(1000)), 'processed', n from numbers"
        ),
    ] {
        let done = store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ()));
        done.expect("filled");
    }
    tx.commit().await.expect("filled");
    db.close().await;
}

/// A build and its two demos, both served.
struct Build {
    demo: Server,
    many: Server,
}

/// What a page cost one server: requests a second, and processor time of each.
#[derive(Default)]
struct Cost {
    a_second: Vec<u128>,
    each: Vec<Duration>,
}

impl Cost {
    fn told(mut self) -> (u128, Duration) {
        self.a_second.sort_unstable();
        self.each.sort_unstable();
        (self.a_second[self.a_second.len() / 2], quantile(&self.each, 500))
    }
}

/// The dashboard and every list, small and long, of one build or of two, in turns.
async fn compare(http: &Client, builds: &[Build], rounds: usize, length: Duration) {
    let names = ["", " before"];
    print!("| page |");
    for (name, _) in names.iter().zip(builds) {
        print!(" 43 packs{name} | 5,000 packs{name} | times |");
    }
    print!("\n|---|");
    for _ in builds {
        print!("--:|--:|--:|");
    }
    println!();
    let mut cookies: HashMap<(&str, usize), String> = HashMap::new();
    for (person, page, what) in PAGES {
        let mut costs: Vec<[Cost; 2]> = builds.iter().map(|_| Default::default()).collect();
        for round in 0..=rounds {
            for (at, build) in builds.iter().enumerate() {
                for (which, server) in [&build.demo, &build.many].into_iter().enumerate() {
                    let cookie = match cookies.get(&(*person, at * 2 + which)) {
                        Some(cookie) => cookie.clone(),
                        None => server.sign_in(http, person).await,
                    };
                    cookies.insert((*person, at * 2 + which), cookie.clone());
                    let before = server.used();
                    let (all, took) = load(http, &format!("{}{page}", server.base), &cookie, length).await;
                    let used = server.used() - before;
                    // The first round warms up.
                    if round > 0 {
                        let count = u32::try_from(all.len()).unwrap_or(u32::MAX).max(1);
                        let cost = &mut costs[at][which];
                        cost.a_second.push(u128::from(count) * 1_000 / took.as_millis().max(1));
                        cost.each.push(used / count);
                    }
                }
            }
        }
        print!("| {what} |");
        for [few, many] in costs {
            let ((a_few, few), (a_many, many)) = (few.told(), many.told());
            let hundredths = many.as_micros() * 100 / few.as_micros().max(1);
            print!(
                " {a_few}/s, {} | {a_many}/s, {} | {}.{:02} |",
                millis(few),
                millis(many),
                hundredths / 100,
                hundredths % 100
            );
        }
        println!();
    }
}

#[tokio::main]
async fn main() {
    // `cargo bench` adds a word of its own.
    let given: Vec<PathBuf> = env::args_os()
        .skip(1)
        .filter(|word| word != "--bench")
        .map(PathBuf::from)
        .collect();
    let builds: Vec<&[PathBuf]> = given.chunks(3).collect();
    let ([app, folder, _], true) = (
        builds.first().copied().unwrap_or_default(),
        builds.iter().all(|build| build.len() == 3),
    ) else {
        panic!("server APP FOLDER MANY [APP FOLDER MANY]");
    };
    let starts = usize::try_from(wanted("BENCH_STARTS", 15)).expect("a number");
    let seconds = Duration::from_secs(wanted("BENCH_SECONDS", 15));
    let http = Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(CONNECTIONS)
        .build()
        .expect("a client");

    if env::var_os("BENCH_LISTS_ONLY").is_none() {
        one(&http, app, folder, starts, seconds).await;
        println!();
    }

    let mut served = Vec::new();
    for build in builds {
        fill(&build[2]).await;
        served.push(Build {
            demo: Server::start(&build[0], &build[1]).await,
            many: Server::start(&build[0], &build[2]).await,
        });
    }
    // The worker has done what was left.
    tokio::time::sleep(Duration::from_secs(3)).await;
    compare(&http, &served, 3, seconds / 15).await;
}

/// One build by itself: its start, its memory, the dashboard under load.
async fn one(http: &Client, app: &Path, folder: &Path, starts: usize, seconds: Duration) {
    let mut took = Vec::new();
    for _ in 0..starts.max(1) {
        took.push(Server::start(app, folder).await.started_in);
    }
    took.sort_unstable();
    println!("| server | |\n|---|--:|");
    println!(
        "| cold start to the first 200, median of {} | {} |",
        took.len(),
        millis(quantile(&took, 500))
    );
    println!("| … slowest | {} |", millis(quantile(&took, 1_000)));

    let server = Server::start(app, folder).await;
    // The worker has done what was left, and nothing more comes.
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("| memory at rest, sandbox in process | {} KiB |", server.resident());

    let cookie = server.sign_in(http, "payg@demo.test").await;
    measure(&server, http, "/dashboard", "client dashboard", &cookie, seconds).await;
    measure(&server, http, "/login", "sign-in page", "", seconds).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("| memory after that | {} KiB |", server.resident());
    drop(server);

    // Signed in as before: who floods is let in no more for a while.
    let server = Server::start(app, folder).await;
    flood(&server, http, &cookie).await;
    drop(server);

    let server = Server::start(app, folder).await;
    hostile_files(&server, folder, http, &cookie).await;
}
