//! The demo agency (§31): a believable month of a small agency, produced by running the product on the sandbox's clock.
//!
//! Nothing here writes a row of its own: people, packs, cards, subscriptions and requests come about by the same use
//! cases and hosted pages as in real life. The same seed gives the same ids, names and amounts; all instants are
//! relative to the end of the history.

use super::previews::OwnProcess;
use anyhow::{Context as _, bail, ensure};
use domain::{
    AppError, ClientId, Instant, PackId, RequestId, Role, ServiceId, SubscriptionId, Transition, VendorId,
    assignment::view::AssignInput,
    catalogue::{pack::PackForm, services::ServiceForm},
    payables::{PayablesQuery, view::PayInput},
    people::{ClientForm, PersonForm, VendorForm},
    seen::TypedAmount,
    work::{
        RequestQuery,
        form::RequestForm,
        view::{GiveInput, StepInput, SubmitInput},
    },
};
use engine::{
    Caller, Engine, Parts, Settings,
    people::DEMO_PASSWORD,
    ports::{Files, KeepMail, ManualClock, SeededIds},
    subscriptions::Subscribe,
};
use std::sync::Arc;
use store::Db;
use stripe_gateway::StripeGateway;
use stripe_sandbox::{ClockHandle, Sandbox};

/// Name, unit words, list price, turnaround in business days.
const SERVICES: [(&str, &str, &str, &str, &str); 12] = [
    ("Logo design", "design", "designs", "25.00", "3"),
    ("T-shirt design", "design", "designs", "18.00", "2"),
    ("Mug design", "design", "designs", "15.00", "2"),
    ("Poster design", "design", "designs", "22.00", "3"),
    ("Phone case design", "design", "designs", "14.00", "2"),
    ("Sticker sheet", "sheet", "sheets", "16.00", "3"),
    ("Embroidery digitizing", "file", "files", "20.00", "4"),
    ("Product mockup", "mockup", "mockups", "9.00", "1"),
    ("Listing images", "image", "images", "7.50", "2"),
    ("Seamless pattern", "pattern", "patterns", "28.00", "4"),
    ("Vector tracing", "file", "files", "12.00", "2"),
    ("Social media banner", "banner", "banners", "11.00", "2"),
];

/// Service, units a month, price, vendor payment, mode, own overage price, visible.
const PACKS: [(usize, &str, &str, &str, &str, &str, bool); 30] = [
    (0, "5", "115.00", "50.00", "per_pack", "", true),
    (0, "10", "220.00", "95.00", "per_pack", "", true),
    (0, "20", "400.00", "180.00", "per_pack", "25.00", true),
    (0, "50", "900.00", "420.00", "per_pack", "22.00", true),
    (1, "10", "160.00", "7.00", "per_unit", "", true),
    (1, "25", "375.00", "6.50", "per_unit", "16.00", true),
    (1, "60", "810.00", "6.00", "per_unit", "15.00", true),
    (2, "10", "130.00", "60.00", "per_pack", "", true),
    (2, "30", "360.00", "165.00", "per_pack", "", true),
    (3, "8", "160.00", "72.00", "per_pack", "", true),
    (3, "15", "285.00", "128.00", "per_pack", "20.00", true),
    (3, "40", "700.00", "320.00", "per_pack", "", false),
    (4, "12", "150.00", "5.00", "per_unit", "", true),
    (4, "40", "450.00", "4.75", "per_unit", "", true),
    (5, "6", "84.00", "36.00", "per_pack", "", true),
    (5, "15", "195.00", "85.00", "per_pack", "", true),
    (6, "5", "90.00", "9.00", "per_unit", "", true),
    (6, "20", "340.00", "8.50", "per_unit", "18.00", true),
    (7, "20", "150.00", "60.00", "per_pack", "", true),
    (7, "50", "340.00", "140.00", "per_pack", "8.00", true),
    (7, "100", "620.00", "250.00", "per_pack", "7.50", true),
    (8, "20", "130.00", "3.00", "per_unit", "", true),
    (8, "60", "360.00", "2.75", "per_unit", "", true),
    (9, "4", "100.00", "44.00", "per_pack", "", true),
    (9, "10", "240.00", "105.00", "per_pack", "26.00", true),
    (10, "10", "105.00", "45.00", "per_pack", "", true),
    (10, "30", "290.00", "125.00", "per_pack", "", true),
    (11, "12", "115.00", "4.00", "per_unit", "", true),
    (11, "30", "265.00", "3.75", "per_unit", "", true),
    (11, "80", "640.00", "3.50", "per_unit", "", false),
];

/// Companies, in the order in which they signed up.
const CLIENTS: [&str; 40] = [
    "Northpine Goods",
    "Harbor & Hollow",
    "Sunday Llama",
    "Copper Kite",
    "Mossgrove Prints",
    "Tiny Thunder",
    "Bluebird Row",
    "Fable Street",
    "Old Quarry Tees",
    "Wander Theory",
    "Paper Otter",
    "Lantern & Loom",
    "Salt Meadow",
    "Rustic Comet",
    "Juniper Post",
    "Second Sparrow",
    "Velvet Acorn",
    "Ridge & River",
    "Pixel Picnic",
    "Honest Heron",
    "Cinder Lane",
    "Golden Gully",
    "Mellow Maple",
    "Static Bloom",
    "Foxglove Supply",
    "Anchor Avenue",
    "Brisk Badger",
    "Cloudberry Co",
    "Dapper Dune",
    "Ember Row",
    "Frost & Fern",
    "Grove Parade",
    "Hazel Harbor",
    "Indigo Inn Goods",
    "Jolly Juno",
    "Kindling Club",
    "Lilac Ledger",
    "Marble Moth",
    "Nimbus Nook",
    "Opal Orchard",
];

const VENDORS: [&str; 6] = [
    "PixelCo",
    "Inkwell Studio",
    "Threadline",
    "Bold Harbor",
    "Vectorhaus",
    "Paperplane",
];

/// Who runs each vendor.
const MANAGERS: [&str; 6] = [
    "Paula Mendes",
    "Ivo Lind",
    "Tara Quinn",
    "Hollis Reyes",
    "Victor Engel",
    "Pia Laurent",
];

/// For each vendor, the services that it offers and how many hundredths of the list price it gets for a unit.
const OFFERS: [(&[usize], i64); 6] = [
    (&[0, 1, 2, 3, 5], 45),
    (&[0, 3, 9, 10], 48),
    (&[1, 6], 50),
    (&[2, 4, 7, 8], 42),
    (&[0, 9, 10, 11], 46),
    (&[5, 7, 8, 11], 40),
];

const DESIGNERS: [&str; 10] = [
    "Ana Ruiz",
    "Ben Okafor",
    "Chloe Martin",
    "Dev Patel",
    "Elena Novak",
    "Farid Haddad",
    "Grace Kim",
    "Hugo Weber",
    "Iris Chen",
    "Jonas Berg",
];

const TITLES: [&str; 12] = [
    "Spring collection",
    "Retro sunset",
    "Dog lovers",
    "National parks",
    "Coffee first",
    "Mountain club",
    "Teacher gifts",
    "Night fishing",
    "Cat astronaut",
    "Farmers market",
    "Road trip",
    "Wildflowers",
];

/// What one client does in its month.
struct Plan {
    client: usize,
    pack: usize,
    /// Days before the end at which it subscribes.
    days_ago: i64,
    /// Minutes into that day, so that no two are the same.
    minute: i64,
    /// Units it asks for in all, in thousandths of the pack.
    use_permille: i64,
}

/// A request on its way through the hands of its maker and its client.
struct Job<'a> {
    id: RequestId,
    service: &'a str,
    title: &'a str,
    begun: Instant,
    done: Instant,
    maker: &'a Caller,
    client: &'a Caller,
}

/// Who is being acted for.
struct Client {
    id: ClientId,
    owner: Caller,
    royalties: bool,
}

/// What the demo stands on.
pub struct Ground {
    /// A migrated, empty database.
    pub db: Db,
    /// Zone, currency and address.
    pub settings: Settings,
    /// Where the sandbox keeps its data.
    pub sandbox_file: std::path::PathBuf,
    /// Where the sandbox's pages will be served from.
    pub pages_base: String,
    /// Where files are.
    pub files: Arc<dyn Files>,
    /// When the history ends.
    pub end: Instant,
    /// Packs of further clients, besides those of the demo.
    pub more_packs: usize,
}

/// A number that follows from two others alone, for choices that should look like chance.
fn pick(a: usize, b: usize, below: usize) -> usize {
    let mixed = (a as u64)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .wrapping_add((b as u64).wrapping_mul(0xD1B5_4A32_D192_ED03));
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    usize::try_from((mixed ^ (mixed >> 32)) % below.max(1) as u64).unwrap_or(0)
}

fn told(what: &str) -> impl FnOnce(AppError) -> anyhow::Error + '_ {
    move |error| anyhow::anyhow!("{what}: {} ({error:?})", error.code())
}

/// Produces the demo agency.
///
/// # Errors
/// The database is not empty, or a use case refused what the demo asks for.
pub async fn seed(ground: Ground) -> anyhow::Result<()> {
    let start = ground.end.plus_days(-30).whole_second();
    let clock = Arc::new(ManualClock::at(start));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let api_base = format!("http://{}", listener.local_addr()?);
    let read = clock.clone();
    let sandbox = Sandbox::open(stripe_sandbox::Config {
        data: Some(ground.sandbox_file),
        api_base: api_base.clone(),
        pages_base: ground.pages_base.clone(),
        clock: ClockHandle::new(move || engine::ports::Clock::now(read.as_ref()).0),
        seed: Some(31),
        extra_webhooks: Vec::new(),
    })
    .await?;
    let served = sandbox.api_router().nest("/pages", sandbox.pages_router());
    let server = tokio::spawn(async move { axum::serve(listener, served).await });
    let gateway = StripeGateway::new(stripe_gateway::Config {
        secret_key: "sk_test_demo".into(),
        api_base: Some(api_base.clone()),
        timeout: std::time::Duration::from_secs(20),
    })
    .context("the gateway")?;
    let engine = Engine::new(Parts {
        db: ground.db,
        clock: clock.clone(),
        wall: clock.clone(),
        ids: Arc::new(SeededIds::new(31)),
        gateway: Arc::new(gateway),
        mailer: Arc::new(KeepMail),
        files: ground.files.clone(),
        previews: Arc::new(OwnProcess::new().context("which program this is")?),
        settings: ground.settings,
    });
    let done = Demo {
        engine,
        clock,
        end: ground.end,
        more_packs: ground.more_packs,
        pages_base: ground.pages_base,
        api_base,
        http: reqwest::Client::new(),
    }
    .run()
    .await;
    server.abort();
    done
}

struct Demo {
    engine: Engine,
    clock: Arc<ManualClock>,
    end: Instant,
    more_packs: usize,
    pages_base: String,
    api_base: String,
    http: reqwest::Client,
}

impl Demo {
    async fn run(&self) -> anyhow::Result<()> {
        let hash = engine::people::password::hash(DEMO_PASSWORD)
            .await
            .map_err(told("the password"))?;
        let admin = self
            .person(&hash, "Morgan Hale", "admin@demo.test", Role::Admin, None, None, false)
            .await
            .context("is the database empty?")?;
        let accountant = self
            .person(
                &hash,
                "Robin Castell",
                "accountant@demo.test",
                Role::Accountant,
                None,
                None,
                false,
            )
            .await?;
        self.person(
            &hash,
            "Sam Ortega",
            "support@demo.test",
            Role::Support,
            None,
            None,
            false,
        )
        .await?;
        let mut designers = Vec::new();
        for (n, name) in DESIGNERS.iter().enumerate() {
            let email = if n == 0 {
                "designer@demo.test".to_owned()
            } else {
                address(name)
            };
            let designer = self
                .person(&hash, name, &email, Role::InternalDesigner, None, None, n == 0)
                .await?;
            designers.push(designer);
        }
        let (mut vendors, mut managers) = (Vec::new(), Vec::new());
        for (n, name) in VENDORS.iter().enumerate() {
            let id = self
                .engine
                .create_vendor(
                    &admin,
                    &format!("demo-vendor-{n}"),
                    &VendorForm {
                        name: (*name).to_owned(),
                        email: format!("studio@{}.test", slug(name)),
                        active: true,
                        ..VendorForm::default()
                    },
                )
                .await
                .map_err(told("a vendor"))?;
            let email = if n == 0 {
                "vendor@demo.test".to_owned()
            } else {
                format!("studio@{}.test", slug(name))
            };
            vendors.push(id);
            let manager = self
                .person(
                    &hash,
                    MANAGERS[n],
                    &email,
                    Role::VendorManager,
                    None,
                    Some(id.to_string()),
                    false,
                )
                .await?;
            managers.push(manager);
        }
        let (services, packs) = self.catalogue(&admin).await?;
        self.offers(&admin, &vendors, &services).await?;
        vendors.push(
            store::people::TRI_POD
                .parse()
                .map_err(|_| anyhow::anyhow!("Tri-POD's id"))?,
        );
        let mut clients = Vec::new();
        for (n, name) in CLIENTS.iter().enumerate() {
            clients.push(self.client(&admin, &hash, n, name).await?);
        }
        let mut plans = plans();
        plans.sort_by_key(|p| (-p.days_ago, p.minute));
        for (n, plan) in plans.iter().enumerate() {
            let chosen = vendors_of(n, PACKS[plan.pack].0).map(|at| at.map(|at| vendors[at]));
            self.live(
                n,
                plan,
                &clients[plan.client],
                packs[plan.pack],
                services[PACKS[plan.pack].0],
                &admin,
                &chosen,
            )
            .await?;
        }
        // Ordinary requests without a pack. The older two were given to vendors that offer them (RQ10).
        for (n, client) in clients.iter().enumerate().filter(|(n, _)| n % 9 == 4) {
            let given = [13, 22].contains(&n);
            let hours = if given { 190 } else { 8 };
            self.clock.set(self.end.plus_hours(-hours - n as i64 % 20));
            let at = (n + 5) % services.len();
            let id = self
                .request(&client.owner, services[at], n, 1 + n as i64 % 2, n)
                .await?;
            let offering = OFFERS.iter().position(|(offered, _)| offered.contains(&at));
            if let Some(vendor) = offering.filter(|_| given) {
                self.give(&admin, id, vendors[vendor]).await?;
            }
        }
        self.work(&admin, &managers, &designers, &clients).await?;
        self.payables(&admin, &accountant, &managers[0]).await?;
        self.more(&admin, &hash, &packs).await?;
        self.clock.set(self.end);
        self.drain().await?;
        // Whoever works here was here yesterday.
        let mut tx = self.engine.db().write().await?;
        store::notices::read_until(&mut tx, self.end.plus_hours(-24)).await?;
        tx.commit().await?;
        let broken = self.engine.books_check().await.map_err(told("the books"))?;
        ensure!(broken.is_empty(), "the books do not hold: {broken:?}");
        Ok(())
    }

    /// Further clients, each with a pack of every service until there are enough packs; all but the last two have Tri-POD as
    /// their vendor.
    async fn more(&self, admin: &Caller, hash: &str, packs: &[PackId]) -> anyhow::Result<()> {
        let mut of_services: Vec<PackId> = Vec::new();
        for (n, pack) in packs.iter().enumerate() {
            if PACKS[n].6 && PACKS[..n].iter().all(|before| !before.6 || before.0 != PACKS[n].0) {
                of_services.push(*pack);
            }
        }
        self.clock.set(self.end.plus_hours(-2));
        let mut made = Vec::new();
        for n in 0..self.more_packs.div_ceil(of_services.len()) {
            let name = format!("Shop {:03}", n + 1);
            let form = ClientForm {
                alias: format!("Client {}", 1_001 + n),
                payment_type: "royalties".to_owned(),
                name: name.clone(),
            };
            let id = self
                .engine
                .create_client(admin, &format!("demo-shop-{n}"), &form)
                .await
                .map_err(told(&name))?;
            let email = format!("owner@{}.test", slug(&name));
            let role = Role::ClientOwner;
            let owner = self
                .person(
                    hash,
                    &format!("{name} Owner"),
                    &email,
                    role,
                    Some(id.to_string()),
                    None,
                    false,
                )
                .await?;
            for (at, pack) in of_services.iter().enumerate().take(self.more_packs - made.len()) {
                let view = self
                    .engine
                    .subscribe_view(&owner, *pack)
                    .await
                    .map_err(told("a pack's page"))?;
                let input = Subscribe {
                    pack_id: *pack,
                    form_key: format!("demo-shop-{n}-{at}"),
                    expected_price: domain::Cents(view.price_cents),
                };
                let id = self
                    .engine
                    .subscribe(&owner, input)
                    .await
                    .map_err(told("a subscription"))?;
                made.push(id.to_string());
            }
        }
        self.drain().await?;
        for ids in made[..made.len().saturating_sub(2)].chunks(200) {
            let dialog = self.engine.assign_dialog(admin, ids, None).await;
            let dialog = dialog.map_err(told("an assignment"))?;
            let input = AssignInput {
                form_key: dialog.form_key,
                vendor: store::people::TRI_POD.to_owned(),
                picks: dialog.picks.into_iter().map(|line| line.pick).collect(),
                ..AssignInput::default()
            };
            self.engine.assign(admin, &input).await.map_err(told("an assignment"))?;
        }
        Ok(())
    }

    /// What has been done of the requests so far: most that are due are approved, some wait for their client or are revised, a
    /// few are late; of what came lately, some is begun.
    async fn work(
        &self,
        admin: &Caller,
        managers: &[Caller],
        designers: &[Caller],
        clients: &[Client],
    ) -> anyhow::Result<()> {
        let mut query = RequestQuery {
            sort: "number".to_owned(),
            ..RequestQuery::default()
        };
        let mut all = Vec::new();
        loop {
            let page = self.engine.request_list(admin, &query).await;
            let page = page.map_err(told("the requests"))?;
            all.extend(page.rows);
            let Some(next) = page.next else { break };
            query.after = next;
        }
        for (n, row) in all.iter().enumerate() {
            let (Some(submitted), Some(worker)) = (&row.submitted, &row.worker) else {
                continue;
            };
            let vendor = worker.split(" · ").next().unwrap_or_default();
            let outside = VENDORS.iter().position(|name| *name == vendor);
            let maker = match outside {
                Some(at) => &managers[at],
                None => &designers[pick(n, 6, designers.len())],
            };
            let client = CLIENTS.iter().position(|name| row.client.as_deref() == Some(name));
            let client = &clients[client.context("a request's client")?].owner;
            let submitted = submitted
                .iso
                .parse::<Instant>()
                .context("when a request was submitted")?;
            let days = SERVICES.iter().find(|(name, ..)| *name == row.service);
            let days: i64 = days.context("a request's service")?.4.parse()?;
            let job = Job {
                id: row.id.parse().context("a request's id")?,
                service: &row.service,
                title: &row.title,
                begun: submitted.plus_hours(3 + pick(n, 7, 9) as i64),
                // Over a weekend a business day is long; most is done by the day before it is due.
                done: submitted.plus_hours(days * 20 + pick(n, 8, 16) as i64),
                maker,
                client,
            };
            self.one_job(&job, pick(n, 9, 100), outside.is_none()).await?;
        }
        Ok(())
    }

    /// One request, by what became of it: a number below 100.
    async fn one_job(&self, job: &Job<'_>, fate: usize, shared: bool) -> anyhow::Result<()> {
        let age = self.end - job.begun;
        // A few are late: not begun, or begun and not done.
        if age < 0 || fate < 6 {
            return Ok(());
        }
        self.clock.set(job.begun);
        if shared {
            // What came lately is not all claimed yet.
            if age < 86_400 && fate.is_multiple_of(2) {
                return Ok(());
            }
            self.step(job.maker, job.id, Transition::Take, "").await?;
            if fate < 12 {
                return Ok(());
            }
        }
        self.step(job.maker, job.id, Transition::Start, "").await?;
        if self.end < job.done || fate < 14 {
            return Ok(());
        }
        self.clock.set(job.done);
        self.deliver(job, 1).await?;
        let answered = job.done.plus_hours(5 + (fate % 9) as i64);
        if self.end < answered || fate < 22 {
            return Ok(());
        }
        self.clock.set(answered);
        if fate < 34 {
            let wish = "Nearly there. Please make the lettering *larger* and try the second color.";
            self.step(job.client, job.id, Transition::AskRevision, wish).await?;
            let again = answered.plus_hours(20);
            if self.end < again || fate < 26 {
                return Ok(());
            }
            self.clock.set(again.plus_minutes(-20));
            self.deliver(job, 2).await?;
            self.clock.set(again);
        }
        self.step(job.client, job.id, Transition::Approve, "").await
    }

    async fn step(&self, caller: &Caller, id: RequestId, step: Transition, text: &str) -> anyhow::Result<()> {
        let seen = self.engine.request(caller, id).await.map_err(told("a request"))?;
        let input = StepInput {
            step: step.to_string(),
            version: seen.work.map_or(0, |work| work.version),
            text: text.to_owned(),
        };
        self.engine
            .work(caller, id, &input)
            .await
            .map_err(told(step.as_str()))?;
        Ok(())
    }

    async fn deliver(&self, job: &Job<'_>, version: i64) -> anyhow::Result<()> {
        let drawing = demo_art::drawing(job.service, job.title, version);
        let name = format!("{} v{version}.svg", job.title.to_lowercase());
        let bytes = futures::stream::once(async { Ok(bytes::Bytes::from(drawing)) });
        self.engine
            .add_file(job.maker, job.id, &name, Box::pin(bytes))
            .await
            .map_err(told("a file"))?;
        self.step(job.maker, job.id, Transition::Deliver, "").await
    }

    /// Of what vendors are owed, two fifths are paid in two payments, one fifth is approved, and the rest waits; one line was
    /// corrected, and a vendor asks about two, one of which has its answer.
    async fn payables(&self, admin: &Caller, accountant: &Caller, manager: &Caller) -> anyhow::Result<()> {
        let owed = "what vendors are owed";
        let mut lines = Vec::new();
        for tab in ["", "services"] {
            let query = PayablesQuery {
                tab: tab.to_owned(),
                state: "open".to_owned(),
                ..PayablesQuery::default()
            };
            lines.extend(self.engine.matching_payables(admin, &query).await.map_err(told(owed))?);
        }
        let of = |wanted: &[usize]| -> Vec<String> {
            let chosen = lines.iter().enumerate().filter(|(at, _)| wanted.contains(&(at % 5)));
            chosen.map(|(_, id)| id.clone()).collect()
        };
        self.clock.set(self.end.plus_minutes(-150));
        self.engine
            .approve_payables(admin, "demo-approve", &of(&[0, 1, 2]))
            .await
            .map_err(told(owed))?;
        // Each vendor's payment has a number of its own; PixelCo's is the first of its day.
        for (at, first) in [20_031, 20_044].into_iter().enumerate() {
            self.clock.set(self.end.plus_minutes(-120 + 20 * at as i64));
            let ids = of(&[at]);
            let mut vendors = self
                .engine
                .pay_dialog(accountant, &ids, None)
                .await
                .map_err(told(owed))?
                .vendors;
            vendors.sort_by_key(|(vendor, _)| vendor.name != "PixelCo");
            let numbers = vendors.iter().enumerate();
            let references = numbers
                .map(|(n, (vendor, _))| (&vendor.id, format!("ACH {}", first + n)))
                .collect();
            let paid = PayInput {
                form_key: format!("demo-pay-{at}"),
                ids,
                paid_on: self.engine.zone().day(self.engine.now()).to_string(),
                references,
                ..PayInput::default()
            };
            self.engine.pay_payables(accountant, &paid).await.map_err(told(owed))?;
        }
        let slip = self.engine.slip(manager, "").await.map_err(told("a slip"))?;
        let mine: Vec<&str> = slip.lines.iter().map(|line| line.id.as_str()).collect();
        if let Some(first) = mine.first() {
            self.engine
                .correct_payable(admin, "demo-correct", first, "-10.00", "One design was redone by us.")
                .await
                .map_err(told(owed))?;
        }
        let questions = [
            (
                "Is this for the period that began last month?",
                Some("Yes. A pack is paid once a period."),
            ),
            ("We delivered more than this. Could you look again?", None),
        ];
        for (at, (question, answer)) in questions.into_iter().enumerate() {
            let Some(line) = mine.get(at) else { break };
            self.clock.set(self.end.plus_minutes(-60 + 10 * at as i64));
            self.engine
                .ask_about_payable(manager, &format!("demo-ask-{at}"), line, question)
                .await
                .map_err(told("a question"))?;
            if let Some(answer) = answer {
                let page = self.engine.payable(admin, line).await.map_err(told("a question"))?;
                let query = page.queries.first().context("the question")?;
                self.engine
                    .answer_query(admin, "demo-answer", &query.id, answer)
                    .await
                    .map_err(told("an answer"))?;
            }
        }
        Ok(())
    }

    async fn drain(&self) -> anyhow::Result<()> {
        self.engine.drain().await.map_err(told("the jobs"))?;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one field each")]
    async fn person(
        &self,
        hash: &str,
        name: &str,
        email: &str,
        role: Role,
        client: Option<String>,
        vendor: Option<String>,
        lead: bool,
    ) -> anyhow::Result<Caller> {
        let form = PersonForm {
            name: name.to_owned(),
            email: email.to_owned(),
            role: role.as_str().to_owned(),
            client: client.clone().unwrap_or_default(),
            vendor: vendor.clone().unwrap_or_default(),
            lead,
        };
        let valid = form.check().map_err(told(email))?;
        let user_id = self
            .engine
            .create_person_hashed(&valid, hash)
            .await
            .map_err(told(email))?;
        Ok(Caller {
            user_id,
            name: name.to_owned(),
            role,
            lead,
            client_id: client.and_then(|id| id.parse().ok()),
            vendor_id: vendor.and_then(|id| id.parse().ok()),
        })
    }

    async fn catalogue(&self, admin: &Caller) -> anyhow::Result<(Vec<ServiceId>, Vec<PackId>)> {
        let mut services = Vec::new();
        for (n, (name, one, many, price, days)) in SERVICES.iter().enumerate() {
            let form = ServiceForm {
                name: (*name).to_owned(),
                unit_singular: (*one).to_owned(),
                unit_plural: (*many).to_owned(),
                unit_price: (*price).to_owned(),
                turnaround_days: (*days).to_owned(),
                active: true,
            };
            services.push(
                self.engine
                    .save_service(admin, None, 0, &form, &format!("demo-service-{n}"))
                    .await
                    .map_err(told(name))?,
            );
        }
        let mut packs = Vec::new();
        for (n, (service, quantity, price, vendor, mode, overage, visible)) in PACKS.iter().enumerate() {
            let form = PackForm {
                service: services[*service].to_string(),
                quantity: (*quantity).to_owned(),
                price: (*price).to_owned(),
                vendor_payment: (*vendor).to_owned(),
                vendor_rate_mode: (*mode).to_owned(),
                overage_price: (*overage).to_owned(),
                visible: *visible,
            };
            packs.push(
                self.engine
                    .save_pack(admin, None, 0, &form, &format!("demo-pack-{n}"))
                    .await
                    .map_err(told("a pack"))?
                    .id,
            );
        }
        self.drain().await?;
        Ok((services, packs))
    }

    async fn client(&self, admin: &Caller, hash: &str, n: usize, name: &str) -> anyhow::Result<Client> {
        let payment = ["pay_as_you_go", "monthly", "royalties"][n % 3];
        let form = ClientForm {
            name: name.to_owned(),
            alias: format!("Client {:03}", 101 + n * 7),
            payment_type: payment.to_owned(),
        };
        let id = self
            .engine
            .create_client(admin, &format!("demo-client-{n}"), &form)
            .await
            .map_err(told(name))?;
        let email = match n {
            0 => "payg@demo.test".to_owned(),
            1 => "monthly@demo.test".to_owned(),
            2 => "royalties@demo.test".to_owned(),
            _ => format!("owner@{}.test", slug(name)),
        };
        let owner = self
            .person(
                hash,
                &format!("{name} Owner"),
                &email,
                Role::ClientOwner,
                Some(id.to_string()),
                None,
                false,
            )
            .await?;
        if n < 6 {
            let email = format!("team@{}.test", slug(name));
            self.person(
                hash,
                &format!("{name} Team"),
                &email,
                Role::ClientMember,
                Some(id.to_string()),
                None,
                false,
            )
            .await?;
        }
        let royalties = n % 3 == 2;
        let client = Client { id, owner, royalties };
        // Some clients pay at Checkout when they subscribe; the others have a card on file from before.
        if !royalties && n % 4 != 3 {
            self.add_card(&client, &format!("demo-card-{n}")).await?;
        }
        Ok(client)
    }

    async fn add_card(&self, client: &Client, key: &str) -> anyhow::Result<()> {
        self.engine.add_card(&client.owner, key).await.map_err(told("a card"))?;
        self.drain().await?;
        let page = self
            .engine
            .payment_methods(&client.owner, Some(key))
            .await
            .map_err(told("a card"))?;
        let url = page.setup.and_then(|s| s.url).context("no card page was opened")?;
        self.fill(&url).await?;
        self.engine.look_at_card(&client.owner).await.map_err(told("a card"))?;
        self.drain().await
    }

    /// Fills a hosted page with the test card that works.
    async fn fill(&self, url: &str) -> anyhow::Result<()> {
        let path = url
            .strip_prefix(&self.pages_base)
            .with_context(|| format!("a page elsewhere: {url}"))?;
        let form = [
            ("number", "4242424242424242"),
            ("expiry", "04/34"),
            ("cvc", "123"),
            ("email", "card@demo.test"),
        ];
        let body: String = form
            .iter()
            .map(|(k, v)| format!("{k}={}", v.replace('/', "%2F").replace('@', "%40")))
            .collect::<Vec<_>>()
            .join("&");
        let response = self
            .http
            .post(format!("{}/pages{path}", self.api_base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await;
        // The page leads back to the app, which does not run yet: that the redirect cannot be followed is no failure.
        match response {
            Ok(_) => Ok(()),
            Err(error) if error.is_connect() || error.is_redirect() || error.is_request() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one subscription's story")]
    async fn live(
        &self,
        n: usize,
        plan: &Plan,
        client: &Client,
        pack: PackId,
        service: ServiceId,
        admin: &Caller,
        vendors: &[Option<VendorId>],
    ) -> anyhow::Result<()> {
        let begun = self.end.plus_days(-plan.days_ago).plus_minutes(plan.minute - 600);
        self.clock.set(begun);
        let view = self
            .engine
            .subscribe_view(&client.owner, pack)
            .await
            .map_err(told("a pack's page"))?;
        let input = Subscribe {
            pack_id: pack,
            form_key: format!("demo-subscribe-{n}"),
            expected_price: domain::Cents(view.price_cents),
        };
        let id = self
            .engine
            .subscribe(&client.owner, input)
            .await
            .map_err(told("a subscription"))?;
        self.drain().await?;
        if !client.royalties {
            let found = self
                .engine
                .subscription_view(&client.owner, id)
                .await
                .map_err(told("a subscription"))?;
            if let Some(domain::subscriptions::view::Waiting::Page { url, .. }) = found.waiting {
                self.fill(&url).await?;
                self.engine
                    .look_again(&client.owner, id)
                    .await
                    .map_err(told("a subscription"))?;
                self.drain().await?;
            }
            let found = self
                .engine
                .subscription_view(&client.owner, id)
                .await
                .map_err(told("a subscription"))?;
            if found.status != "active" {
                bail!(
                    "{} of client {} is {}: {:?}",
                    found.label,
                    client.id,
                    found.status,
                    found.waiting
                );
            }
        }
        // Two hours later it has its vendor, and some are to change with the next period; a few wait.
        for vendor in vendors.iter().flatten() {
            self.clock.set(begun.plus_hours(2));
            self.assign(admin, id, *vendor).await?;
        }
        // Its requests are spread over the days since.
        let quantity: i64 = PACKS[plan.pack].1.parse()?;
        let mut left = quantity * plan.use_permille / 1_000;
        let span = (self.end - begun).max(3_600);
        let mut asked = 0_i64;
        let total = left.max(1);
        while left > 0 {
            let step = (1 + pick(
                n,
                usize::try_from(left).unwrap_or(0),
                1 + usize::try_from(quantity / 6).unwrap_or(0),
            ) as i64)
                .min(left);
            asked += step;
            self.clock.set(begun.plus_secs(60 + (span - 600) * asked / (total + 1)));
            self.request(&client.owner, service, n, step, usize::try_from(left).unwrap_or(0))
                .await?;
            left -= step;
        }
        Ok(())
    }

    /// What each vendor takes, and for how much a unit.
    async fn offers(&self, admin: &Caller, vendors: &[VendorId], services: &[ServiceId]) -> anyhow::Result<()> {
        for (vendor, (offered, hundredths)) in vendors.iter().zip(OFFERS) {
            let mut rates = Vec::new();
            for at in offered {
                let list: domain::Cents = SERVICES[*at].3.parse()?;
                let rate = domain::Cents(list.0 * hundredths / 100);
                rates.push(TypedAmount {
                    of: services[*at].to_string(),
                    typed: rate.plain(),
                    was: String::new(),
                });
            }
            self.engine
                .set_vendor_services(admin, &vendor.to_string(), &rates)
                .await
                .map_err(told("a vendor's services"))?;
        }
        Ok(())
    }

    async fn assign(&self, admin: &Caller, id: SubscriptionId, vendor: VendorId) -> anyhow::Result<()> {
        let dialog = self
            .engine
            .assign_dialog(admin, &[id.to_string()], None)
            .await
            .map_err(told("an assignment"))?;
        let input = AssignInput {
            form_key: dialog.form_key,
            vendor: vendor.to_string(),
            picks: dialog.picks.into_iter().map(|line| line.pick).collect(),
            ..AssignInput::default()
        };
        self.engine.assign(admin, &input).await.map_err(told("an assignment"))?;
        Ok(())
    }

    async fn give(&self, admin: &Caller, id: RequestId, vendor: VendorId) -> anyhow::Result<()> {
        let seen = self.engine.request(admin, id).await.map_err(told("a request"))?;
        let input = GiveInput {
            form_key: format!("demo-give-{id}"),
            picks: seen.work.and_then(|work| work.pick).into_iter().collect(),
            to: format!("vendor:{vendor}"),
            partial: false,
        };
        self.engine.give(admin, &input).await.map_err(told("a request given"))?;
        Ok(())
    }

    async fn request(
        &self,
        owner: &Caller,
        service: ServiceId,
        n: usize,
        quantity: i64,
        salt: usize,
    ) -> anyhow::Result<RequestId> {
        let title = TITLES[pick(n, salt, TITLES.len())];
        let form = RequestForm {
            service: service.to_string(),
            title: title.to_owned(),
            quantity: quantity.to_string(),
            brief: format!(
                "We need **{}** for our {} line. Please keep the lines bold enough for print.",
                quantity,
                title.to_lowercase()
            ),
            wished_on: String::new(),
        };
        let quote = self
            .engine
            .quote(owner, service, quantity)
            .await
            .map_err(told("a quote"))?;
        let input = SubmitInput {
            form_key: format!("demo-request-{n}-{salt}-{}", self.engine.now().0),
            form,
            terms: Some(quote.quote.terms()),
        };
        let done = self.engine.submit(owner, &input).await.map_err(told("a request"))?;
        done.id.parse().context("a request's id")
    }
}

/// Who gets the n-th pack of a service, now and with its next period, as places in a list of [`VENDORS`] with Tri-POD after
/// them; some have nobody yet.
fn vendors_of(n: usize, service: usize) -> [Option<usize>; 2] {
    let offering = OFFERS
        .iter()
        .enumerate()
        .filter(|(_, (offered, _))| offered.contains(&service));
    let mut who: Vec<usize> = offering.map(|(at, _)| at).collect();
    who.push(VENDORS.len());
    match n {
        _ if n % 8 == 5 => [None, None],
        _ if n % 10 == 6 => [Some(who[0]), who.last().copied()],
        _ => [Some(who[pick(n, 5, who.len())]), None],
    }
}

/// The month: most clients have a pack, some two; a few are near or beyond its end.
fn plans() -> Vec<Plan> {
    let mut out = vec![
        // The three sign-ins of the login page each have one pack with units left.
        Plan {
            client: 0,
            pack: 2,
            days_ago: 9,
            minute: 7,
            use_permille: 500,
        },
        Plan {
            client: 1,
            pack: 5,
            days_ago: 14,
            minute: 21,
            use_permille: 640,
        },
        Plan {
            client: 2,
            pack: 10,
            days_ago: 6,
            minute: 33,
            use_permille: 400,
        },
        // 85 %, 92 %, 100 %, and beyond.
        Plan {
            client: 3,
            pack: 2,
            days_ago: 20,
            minute: 41,
            use_permille: 850,
        },
        Plan {
            client: 4,
            pack: 3,
            days_ago: 18,
            minute: 52,
            use_permille: 920,
        },
        Plan {
            client: 5,
            pack: 7,
            days_ago: 12,
            minute: 63,
            use_permille: 1_000,
        },
        Plan {
            client: 6,
            pack: 4,
            days_ago: 24,
            minute: 74,
            use_permille: 1_300,
        },
    ];
    for client in 7..CLIENTS.len() {
        if client % 11 == 0 {
            continue;
        }
        let pack = pick(client, 1, PACKS.len());
        let pack = if PACKS[pack].6 { pack } else { 0 };
        let days_ago = 1 + pick(client, 2, 26) as i64;
        let use_permille = 100 + pick(client, 3, 800) as i64;
        out.push(Plan {
            client,
            pack,
            days_ago,
            minute: 80 + client as i64 * 11,
            use_permille,
        });
        if client % 5 == 0 {
            let other = (0..PACKS.len())
                .map(|k| (pack + 7 + k) % PACKS.len())
                .find(|k| PACKS[*k].6 && PACKS[*k].0 != PACKS[pack].0);
            if let Some(other) = other {
                out.push(Plan {
                    client,
                    pack: other,
                    days_ago: (days_ago / 2).max(1),
                    minute: 95 + client as i64 * 11,
                    use_permille: use_permille / 2,
                });
            }
        }
    }
    out
}

fn slug(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

fn address(name: &str) -> String {
    format!("{}@demo.test", name.to_lowercase().replace(' ', "."))
}
