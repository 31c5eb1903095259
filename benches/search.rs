//! How long a search takes among 5,000 requests, as it is asked at each pause of somebody who types: `benches/README.md`,
//! figures (e).
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "its output is its purpose, and without its ground it ends"
)]

use domain::{Cents, PaymentType, Role, search::PLACES};
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

/// What an admin typed into the search (UX), each with a thing of its own among all the others; and at the end what nearly every
/// request has.
const TYPED: &[&str] = &[
    "Northpine",
    "Logo design",
    "PixelCo",
    "Paula",
    "payg@demo.test",
    "badges",
    "T-shirt",
    "Client 108",
    "A1B2C3-0042",
    "104711",
    "Integrity",
    "Farmers market",
    "Farmers markt",
    "zzzzzz",
    "se",
];

const SERVICES: &[&str] = &[
    "Logo design",
    "T-shirt design",
    "Poster design",
    "Mug design",
    "Sticker sheet",
    "Embroidery digitizing",
    "Listing images",
    "Social media banner",
];

async fn ground(bench: &Bench) {
    let mut services = Vec::new();
    for name in SERVICES {
        let service = bench.service(name, Cents(2_500)).await;
        bench.pack(service, 10, Cents(20_000)).await;
        services.push(service);
    }
    let mut clients = Vec::new();
    for at in 0..CLIENTS {
        let name = if at == 0 {
            "Northpine".to_owned()
        } else {
            format!("Client {at}")
        };
        clients.push(bench.client(&name, PaymentType::Monthly).await);
    }
    let vendor = bench.vendor("PixelCo").await;
    let paula = bench
        .user("Paula Mendes", Role::VendorDesigner, None, Some(vendor))
        .await;
    let mut tx = bench.tx().await;
    for at in 0..REQUESTS {
        let (client, owner) = &clients[at % CLIENTS];
        let word = |n: usize| WORDS[(at * 7 + n * n * 3 + at / WORDS.len()) % WORDS.len()];
        let mut brief: Vec<String> = (0..40)
            .map(|n| {
                if n % 9 == 0 {
                    (at + n).to_string()
                } else {
                    word(n).to_owned()
                }
            })
            .collect();
        if at % 100 == 0 {
            brief.push("badges".to_owned());
        }
        if at % 500 == 1 {
            brief.push("farmers market".to_owned());
        }
        let (vendor, designer) = if at % 10 == 0 {
            (Some(vendor.to_string()), Some(paula.user_id.to_string()))
        } else {
            (None, None)
        };
        let sql = "insert into service_requests (id, number, client_id, service_id, title, title_folded, brief, quantity, status, created_at,
                created_by, updated_at, submitted_at, coverage, included_units, overage_units, payment_type_at_submit, form_key, vendor_id, designer_id)
             values ($1, $2, $3, $4, $5, $5, $6, 1, 'submitted', 1, $7, 1, 1, 'none', 0, 1, 'monthly', $1, $8, $9)";
        let id: domain::RequestId = bench.engine.new_id();
        let title = format!("{} {} {}", word(1), word(2), word(3));
        let number = i64::try_from(at).unwrap() + 100_000;
        store::on!(&mut tx, c => sqlx::query(sql).bind(id.to_string()).bind(number).bind(client.to_string())
            .bind(services[at % 8].to_string()).bind(&title).bind(brief.join(" ")).bind(owner.user_id.to_string())
            .bind(&vendor).bind(&designer)
            .execute(c).await.map(|_| ()))
        .unwrap();
    }
    for sql in [
        "update users set email = 'payg@demo.test' where name = 'Owner of Northpine'",
        "insert into invoices (id, client_id, number, status, amount_due, amount_paid, currency, created_at, synced_at)
         select 'in_1', id, 'A1B2C3-0042', 'paid', 100, 100, 'usd', 1, 1 from clients where name = 'Northpine'",
    ] {
        store::on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
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
                let answer = bench.engine.search(&admin, typed, PLACES, false).await.unwrap();
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
