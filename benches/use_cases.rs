//! How many submissions and webhook intakes a second the use cases make, beside the raw rate of single-row commits
//! through the same write pool with the same settings: `benches/README.md`, figures (a).
//!
//! The kinds take turns within each round, so that what else the machine does meets all of them; the median over the
//! rounds is told, also of the ratio. PostgreSQL runs with its defaults in a private cluster, SQLite as an installation
//! runs it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "its output is its purpose, and without its ground it ends"
)]

use domain::{
    Cents, PaymentType, ServiceId,
    facts::QuoteTerms,
    work::{form::RequestForm, view::SubmitInput},
};
use engine::{
    Caller, Engine, Parts,
    inbox::ReceivedEvent,
    ports::{KeepMail, RandomIds, SystemClock},
    testing::{Bench, bench_on},
};
use serde_json::Value;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use store::{
    sqlx,
    testing::{Backend, Durability, database_with},
};
use stripe_sandbox::{ClockHandle, spawn_for_test};
use tokio::task::JoinSet;

/// Tasks that call at the same time.
const TASKS: u64 = 16;
/// Clients with a running pack.
const CLIENTS: usize = 400;
/// Services that the packs are of.
const SERVICES: usize = 8;

/// A client's owner and what its pack is of.
struct Pack {
    owner: Caller,
    service: ServiceId,
}

struct World {
    engine: Engine,
    /// Packs with more units than a run uses.
    packs: Vec<Pack>,
    /// A pack that is used up.
    empty: Pack,
    /// What the client with the used-up pack was shown.
    empty_terms: QuoteTerms,
    /// An event's body, cut where its id stands.
    event: (String, String),
    /// What the next form, row and event is called.
    next: AtomicU64,
}

/// What is measured, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Raw,
    Submit,
    SubmitOne,
    SubmitBeyond,
    Intake,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Raw, "one row inserted and committed"),
    (Kind::Submit, "submissions, clients in turn"),
    (Kind::SubmitOne, "submissions, one client"),
    (Kind::SubmitBeyond, "submissions beyond the pack, one client"),
    (Kind::Intake, "webhook intakes"),
];

impl World {
    async fn new(bench: &Bench) -> World {
        // The rows' instants and ids as an installation makes them.
        let clock = Arc::new(SystemClock::ahead_by(0));
        bench.clock.set(engine::ports::Clock::now(&*clock));
        let engine = Engine::new(Parts {
            db: bench.db.db.clone(),
            clock: clock.clone(),
            wall: clock,
            ids: Arc::new(RandomIds),
            gateway: bench.gateway.clone(),
            mailer: Arc::new(KeepMail),
            files: Arc::new(engine::ports::MemoryFiles::default()),
            previews: Arc::new(engine::ports::SamePreview::default()),
            settings: bench.engine.settings().clone(),
        });
        let mut of_services = Vec::new();
        for at in 0..SERVICES {
            let service = bench.service(&format!("Service {at}"), Cents(2_500)).await;
            of_services.push((service, bench.pack(service, 10_000, Cents(40_000)).await));
        }
        let mut packs = Vec::new();
        for at in 0..CLIENTS {
            let (client, owner) = bench.client(&format!("Client {at}"), PaymentType::Monthly).await;
            let (service, (pack, version)) = of_services[at % SERVICES];
            bench.subscription(client, pack, version).await;
            packs.push(Pack { owner, service });
        }
        let (client, owner) = bench.client("Used up", PaymentType::Monthly).await;
        let (service, _) = of_services[0];
        let (pack, version) = bench.pack(service, 1, Cents(2_000)).await;
        bench.subscription(client, pack, version).await;
        let empty = Pack { owner, service };
        submit(&engine, &empty, "the-last-unit", None).await;
        let empty_terms = engine.quote(&empty.owner, service, 1).await.unwrap().quote.terms();
        let mut tx = engine.db().write().await.unwrap();
        store::on!(&mut tx, c => sqlx::query("create table single_rows (id text not null primary key, said text not null)")
            .execute(c).await.map(|_| ()))
        .unwrap();
        tx.commit().await.unwrap();
        World {
            engine,
            packs,
            empty,
            empty_terms,
            event: event_around_id().await,
            next: AtomicU64::new(0),
        }
    }

    async fn once(&self, kind: Kind) {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        match kind {
            Kind::Raw => {
                let mut tx = self.engine.db().write().await.unwrap();
                let id = self.engine.new_id::<uuid::Uuid>().to_string();
                store::on!(&mut tx, c => sqlx::query("insert into single_rows (id, said) values ($1, $2)")
                    .bind(&id).bind("one row").execute(c).await.map(|_| ()))
                .unwrap();
                tx.commit().await.unwrap();
            }
            Kind::Submit => {
                let turn = usize::try_from(n).unwrap() % self.packs.len();
                submit(&self.engine, &self.packs[turn], &format!("form-{n}"), None).await;
            }
            // One for a while, then the next, before its pack is used up.
            Kind::SubmitOne => {
                let one = usize::try_from(n / 4_000).unwrap() % self.packs.len();
                submit(&self.engine, &self.packs[one], &format!("form-{n}"), None).await;
            }
            Kind::SubmitBeyond => {
                let terms = Some(self.empty_terms);
                submit(&self.engine, &self.empty, &format!("form-{n}"), terms).await;
            }
            Kind::Intake => {
                let id = format!("evt_1SWnQ2Kd3xPq{n:012}");
                let payload = format!("{}{id}{}", self.event.0, self.event.1);
                let new = self
                    .engine
                    .receive_event(&ReceivedEvent {
                        id: &id,
                        kind: "invoice.paid",
                        api_version: "2026-07-29.dahlia",
                        created: self.engine.now(),
                        object_id: &format!("in_1SWnQ2Kd3xPq{n:012}"),
                        payload: &payload,
                    })
                    .await
                    .unwrap();
                assert!(new, "each is delivered once");
            }
        }
    }
}

async fn submit(engine: &Engine, pack: &Pack, key: &str, terms: Option<QuoteTerms>) {
    let input = SubmitInput {
        form_key: key.to_owned(),
        form: RequestForm {
            service: pack.service.to_string(),
            title: "Poster for the spring fair".into(),
            quantity: "1".into(),
            brief: "A2, portrait. The date is in the headline; *no* photographs.\n\n- logo on the lower left\n- colours of last year's poster\n- a version without the sponsors".into(),
            wished_on: String::new(),
        },
        terms,
    };
    engine.submit(&pack.owner, &input).await.unwrap();
}

/// The body of an `invoice.paid`, as the sandbox delivers it, in two parts: before and after the event's id.
async fn event_around_id() -> (String, String) {
    let (_sandbox, base) = spawn_for_test(ClockHandle::wall(), None).await;
    let http = reqwest::Client::new();
    let ask = |request: reqwest::RequestBuilder| async move {
        let answer = request.bearer_auth("sk_test_bench").send().await.unwrap();
        let body: Value = answer.error_for_status().unwrap().json().await.unwrap();
        body
    };
    let post = |path: &str, form: &[(&str, &str)]| ask(http.post(format!("{base}{path}")).form(form));
    let price = post(
        "/v1/prices",
        &[
            ("currency", "usd"),
            ("unit_amount", "45000"),
            ("recurring[interval]", "month"),
            ("product_data[name]", "20 designs a month"),
        ],
    )
    .await;
    let customer = post("/v1/customers", &[("email", "owner@example.test")]).await;
    let customer = customer["id"].as_str().unwrap();
    let card = post("/v1/payment_methods/pm_card_visa/attach", &[("customer", customer)]).await;
    post(
        "/v1/subscriptions",
        &[
            ("customer", customer),
            ("items[0][price]", price["id"].as_str().unwrap()),
            ("default_payment_method", card["id"].as_str().unwrap()),
        ],
    )
    .await;
    let events = ask(http.get(format!("{base}/v1/events?type=invoice.paid"))).await;
    let body = events["data"][0].to_string();
    let id = events["data"][0]["id"].as_str().unwrap();
    let (before, after) = body.split_once(id).unwrap();
    (before.to_owned(), after.to_owned())
}

/// How many of a kind [`TASKS`] tasks do, and in how many milliseconds.
async fn load(world: &Arc<World>, kind: Kind, length: Duration) -> (u64, u64) {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let world = world.clone();
        tasks.spawn(async move {
            let mut done = 0;
            while start.elapsed() < length {
                world.once(kind).await;
                done += 1;
            }
            done
        });
    }
    let done: u64 = tasks.join_all().await.into_iter().sum();
    (done, u64::try_from(start.elapsed().as_millis()).unwrap().max(1))
}

/// Processor time of this process and, with PostgreSQL, of its cluster so far, in microseconds; 0 where there is no `/proc`.
fn processor_time(db_url: &str) -> u64 {
    // Linux tells these times in hundredths of a second.
    const TICK: u64 = 10_000;
    let cluster = db_url.split_once("?host=").map(|(_, dir)| format!("{dir}/data"));
    let mut ticks = ticks_of("/proc/self/stat");
    if let (Some(data), Ok(all)) = (cluster, std::fs::read_dir("/proc")) {
        for process in all.flatten() {
            let path = process.path();
            if std::fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.as_os_str() == data.as_str()) {
                ticks += ticks_of(path.join("stat"));
            }
        }
    }
    ticks * TICK
}

fn ticks_of(stat: impl AsRef<std::path::Path>) -> u64 {
    let text = std::fs::read_to_string(stat).unwrap_or_default();
    // The name, in parentheses, may hold anything.
    let after_name = text.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let times = after_name.split_whitespace().skip(11).take(2);
    times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum()
}

fn median(mut of: Vec<u64>) -> u64 {
    of.sort_unstable();
    of[of.len() / 2]
}

fn wanted(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::main]
async fn main() {
    let rounds = wanted("BENCH_ROUNDS", 25).max(1);
    let length = Duration::from_millis(wanted("BENCH_MILLIS", 400));
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    println!(
        "{TASKS} tasks, {CLIENTS} clients, {rounds} rounds of {} ms each",
        length.as_millis()
    );
    for (backend, name) in [(Backend::Sqlite, "SQLite"), (Backend::Postgres, "PostgreSQL")] {
        if !only.is_empty() && !name.eq_ignore_ascii_case(&only) {
            continue;
        }
        let Some(db) = database_with(backend, Durability::Installed).await else {
            continue;
        };
        let bench = bench_on(db).await;
        let world = Arc::new(World::new(&bench).await);
        for (kind, _) in KINDS {
            load(&world, kind, Duration::from_millis(300)).await;
        }
        // Both databases plan by statistics, which an installation has after its first minutes.
        let mut tx = world.engine.db().write().await.unwrap();
        store::on!(&mut tx, c => sqlx::query("analyze").execute(c).await.map(|_| ())).unwrap();
        tx.commit().await.unwrap();
        // A second, of each round and kind; all calls and their processor time, of each kind.
        let mut measured: Vec<Vec<u64>> = Vec::new();
        let mut calls = [(0, 0); KINDS.len()];
        for _ in 0..rounds {
            let mut round = Vec::new();
            for (at, (kind, _)) in KINDS.iter().enumerate() {
                let before = processor_time(&bench.db.url);
                let (done, millis) = load(&world, *kind, length).await;
                round.push(done * 1_000 / millis);
                calls[at].0 += done;
                calls[at].1 += processor_time(&bench.db.url) - before;
            }
            measured.push(round);
        }
        println!("\n| {name} | a second | of the raw rate | middle half of it | processor time of a call |");
        println!("|---|--:|--:|--:|--:|");
        for (at, (_, what)) in KINDS.iter().enumerate() {
            let mut ratios: Vec<u64> = measured.iter().map(|round| round[at] * 100 / round[0].max(1)).collect();
            ratios.sort_unstable();
            println!(
                "| {what} | {} | {} % | {}–{} % | {} µs |",
                median(measured.iter().map(|round| round[at]).collect()),
                ratios[ratios.len() / 2],
                ratios[ratios.len() / 4],
                ratios[ratios.len() * 3 / 4],
                calls[at].1 / calls[at].0.max(1),
            );
        }
    }
}
