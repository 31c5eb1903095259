//! How long a search takes among 5,000 requests, as it is asked at each pause of somebody who types: `benches/README.md`,
//! figures (e).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "its output is its purpose, and without its ground it ends"
)]

use domain::{Cents, PaymentType, Role};
use engine::testing::{Bench, bench_on};
use std::time::{Duration, Instant};
use store::{
    sqlx,
    testing::{Backend, Durability, database_with},
};

const REQUESTS: usize = 5_000;
const CLIENTS: usize = 400;
/// How often each is asked.
const TIMES: usize = 20;

/// Words of titles and briefs.
const WORDS: &[&str] = &[
    "poster",
    "spring",
    "fair",
    "logo",
    "badge",
    "sticker",
    "market",
    "farmers",
    "summer",
    "portrait",
    "landscape",
    "headline",
    "sponsor",
    "colors",
    "version",
    "vector",
    "catalog",
    "season",
    "window",
    "lettering",
    "harvest",
    "coffee",
    "lantern",
    "bicycle",
    "garden",
    "orchard",
    "bakery",
    "harbor",
    "mountain",
    "festival",
];

/// What is typed, from the dearest (nearly everything begins so) to what is mistyped.
const TYPED: &[&str] = &[
    "se",
    "lo",
    "service 3",
    "client 7",
    "farmers market",
    "farmrs markt",
    "4711",
    "zzzzzz",
];

async fn ground(bench: &Bench) {
    let mut services = Vec::new();
    for at in 0..8 {
        services.push(bench.service(&format!("Service {at}"), Cents(2_500)).await);
    }
    let mut clients = Vec::new();
    for at in 0..CLIENTS {
        clients.push(bench.client(&format!("Client {at}"), PaymentType::Monthly).await);
    }
    let mut tx = bench.tx().await;
    for at in 0..REQUESTS {
        let (client, owner) = &clients[at % CLIENTS];
        let word = |n: usize| WORDS[(at * 7 + n * n * 3 + at / WORDS.len()) % WORDS.len()];
        let brief: Vec<String> = (0..40)
            .map(|n| format!("{}{}", word(n), if n % 9 == 0 { at } else { n }))
            .collect();
        let sql = "insert into service_requests (id, number, client_id, service_id, title, title_folded, brief, quantity, status, created_at,
                created_by, updated_at, submitted_at, coverage, included_units, overage_units, payment_type_at_submit, form_key)
             values ($1, $2, $3, $4, $5, $5, $6, 1, 'submitted', 1, $7, 1, 1, 'none', 0, 1, 'monthly', $1)";
        let id: domain::RequestId = bench.engine.new_id();
        let title = format!("{} {} {}", word(1), word(2), word(3));
        let number = i64::try_from(at).unwrap() + 100_000;
        store::on!(&mut tx, c => sqlx::query(sql).bind(id.to_string()).bind(number).bind(client.to_string())
            .bind(services[at % 8].to_string()).bind(&title).bind(brief.join(" ")).bind(owner.user_id.to_string())
            .execute(c).await.map(|_| ()))
        .unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = bench.tx().await;
    store::on!(&mut tx, c => sqlx::query("analyze").execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

#[tokio::main]
async fn main() {
    println!(
        "| typed, among {REQUESTS} requests | found | SQLite: median, slowest | found | PostgreSQL: median, slowest |"
    );
    println!("|---|--:|--:|--:|--:|");
    let mut lines = vec![String::new(); TYPED.len()];
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(db) = database_with(backend, Durability::Installed).await else {
            continue;
        };
        let bench = bench_on(db).await;
        ground(&bench).await;
        let admin = bench.user("Admin", Role::Admin, None, None).await;
        for (line, typed) in lines.iter_mut().zip(TYPED) {
            let mut took: Vec<Duration> = Vec::new();
            let mut found = 0;
            for _ in 0..TIMES {
                let begun = Instant::now();
                let answer = bench.engine.search(&admin, typed, &[], false).await.unwrap();
                took.push(begun.elapsed());
                found = answer.groups.iter().map(|group| group.hits.len()).sum();
            }
            took.sort_unstable();
            let (median, slowest) = (took[TIMES / 2], took[TIMES - 1]);
            line.push_str(&format!(" {found} | {median:.1?}, {slowest:.1?} |"));
        }
    }
    for (line, typed) in lines.iter().zip(TYPED) {
        println!("| {typed} |{line}");
    }
}
