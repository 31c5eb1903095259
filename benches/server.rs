//! The release server as a process: how fast it starts, what it holds in memory, how it serves the client dashboard.
//! `benches/README.md`, figures (b) and (c).
//!
//!     server COMMAND FOLDER MANY
//!
//! COMMAND runs the program (`scripts/app`), FOLDER holds a seeded demo (`data/monthly-packs.db`), MANY one with 5,000
//! subscriptions; both are written to.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use reqwest::{Client, StatusCode, header, redirect::Policy};
use std::{
    env,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
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

/// A running server; ended when dropped.
struct Server {
    process: Child,
    base: String,
    /// From its start to the first answer with 200.
    started_in: Duration,
}

impl Server {
    /// Starts it on a free port and asks for the sign-in page, rendered whole, until that is there.
    async fn start(command: &PathBuf, folder: &PathBuf) -> Server {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address: SocketAddr = free.local_addr().expect("its address");
        drop(free);
        let base = format!("http://{address}");
        let http = Client::builder().redirect(Policy::none()).build().expect("a client");
        let start = Instant::now();
        let process = Command::new(command)
            .arg("serve")
            .current_dir(folder)
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("BASE_URL", &base)
            .env("RUST_LOG", "warn")
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
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|rest| rest.split_whitespace().next()).expect("VmRSS");
        number.parse().expect("a number")
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

#[tokio::main]
async fn main() {
    // `cargo bench` adds a word of its own.
    let given: Vec<PathBuf> = env::args_os()
        .skip(1)
        .filter(|word| word != "--bench")
        .map(PathBuf::from)
        .collect();
    let [command, folder, many] = given.as_slice() else {
        panic!("server COMMAND FOLDER MANY");
    };
    let starts = usize::try_from(wanted("BENCH_STARTS", 15)).expect("a number");
    let seconds = Duration::from_secs(wanted("BENCH_SECONDS", 15));

    let mut took = Vec::new();
    for _ in 0..starts.max(1) {
        took.push(Server::start(command, folder).await.started_in);
    }
    took.sort_unstable();
    println!("| server | |\n|---|--:|");
    println!(
        "| cold start to the first 200, median of {} | {} |",
        took.len(),
        millis(quantile(&took, 500))
    );
    println!("| … slowest | {} |", millis(quantile(&took, 1_000)));

    let server = Server::start(command, folder).await;
    let http = Client::builder()
        .redirect(Policy::none())
        .pool_max_idle_per_host(CONNECTIONS)
        .build()
        .expect("a client");
    // The worker has done what was left, and nothing more comes.
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("| memory at rest, sandbox in process | {} KiB |", server.resident());

    let cookie = server.sign_in(&http, "payg@demo.test").await;
    measure(&server, &http, "/dashboard", "client dashboard", &cookie, seconds).await;
    measure(&server, &http, "/login", "sign-in page", "", seconds).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("| memory after that | {} KiB |", server.resident());
    drop(server);

    let server = Server::start(command, many).await;
    let cookie = server.sign_in(&http, "admin@demo.test").await;
    for (page, what) in [
        ("/admin/assignments", "pack assignments of 5,000 subscriptions"),
        ("/admin/assignments?q=shop+2&sort=-client", "… searched and sorted"),
    ] {
        measure(&server, &http, page, what, &cookie, seconds).await;
    }
}
