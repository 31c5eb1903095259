//! The command line (§30): parse, build, run.

use super::{
    config::{Config, FilesAt, Payments},
    file_store::FileStore,
    health, installation,
    listen::{self, Limits},
    mailer::Smtp,
    payments::{self, Provider},
    previews::OwnProcess,
    router::router,
    state::AppState,
};
use anyhow::{Context as _, bail, ensure};
use clap::{Args, Parser, Subcommand};
use domain::{Instant, Role, people::PersonForm};
use engine::{
    Engine, Parts, Settings,
    ports::{Gateway, KeepMail, Mailer, RandomIds, SystemClock, WallClock},
};
use leptos::config::LeptosOptions;
use std::{
    fs::{File, TryLockError},
    io::BufRead as _,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use store::{Db, DbOptions, Schema};
use tokio::{net::TcpListener, sync::watch};

/// How many jobs run at once.
const WORKER_TASKS: usize = 8;
/// Said of a database that a newer program has migrated.
const NEWER: &str = "the database was migrated by a newer version of this program";
/// The longest that anything under way may hold up the end of the process: requests, jobs, the database. What is cut off then
/// is taken up by the next start.
const END_WITHIN: Duration = Duration::from_secs(10);

/// Monthly packs of design work: subscribe, request, see what is covered, and pay for the rest.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web, and run the worker in the same process.
    Serve {
        /// Leave the worker to another process.
        #[arg(long)]
        no_worker: bool,
    },
    /// Run the worker alone.
    Worker,
    /// Bring the database's schema up to date.
    Migrate,
    /// Fill an empty database with the demo agency (sandbox only).
    #[command(subcommand)]
    Seed(SeedCommand),
    /// Manage people.
    #[command(subcommand)]
    User(UserCommand),
    /// Set things up at Stripe.
    #[command(subcommand)]
    Stripe(StripeCommand),
    /// Look at the books.
    #[command(subcommand)]
    Books(BooksCommand),
    /// Write a consistent copy of a SQLite database to a new file.
    Backup {
        /// The file; must not exist.
        file: PathBuf,
    },
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a person; the password is read from standard input.
    Create(NewUser),
}

#[derive(Args)]
struct NewUser {
    // Help text, not documentation: the words are typed as they stand.
    #[arg(
        long,
        help = "admin, accountant, support, internal_designer, client_owner, client_member, vendor_manager or vendor_designer"
    )]
    role: Role,
    /// The sign-in address.
    #[arg(long)]
    email: String,
    /// Full name.
    #[arg(long)]
    name: String,
    /// The client's id, for a client role.
    #[arg(long, default_value = "")]
    client: String,
    /// The vendor's id, for a vendor role.
    #[arg(long, default_value = "")]
    vendor: String,
    /// An internal designer's right to assign packs.
    #[arg(long)]
    lead: bool,
}

#[derive(Subcommand)]
enum SeedCommand {
    /// The demo agency. Does nothing when the database has people already.
    Demo {
        /// When its history ends (RFC 3339); the clock goes on from there. Now, when absent.
        #[arg(long)]
        at: Option<Instant>,
        /// So many packs more, of further clients that pay by royalties: for looking at long lists.
        #[arg(long, default_value_t = 0)]
        more_packs: usize,
    },
}

#[derive(Subcommand)]
enum StripeCommand {
    /// Make the webhook endpoint at the API version that we read, and print its secret.
    Setup,
}

#[derive(Subcommand)]
enum BooksCommand {
    /// Prove the invariants of money and units; names every row that breaks one, and then ends with 1.
    Check,
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the settings, the database and the payment provider.
    Check,
}

/// Runs the command line.
///
/// # Errors
/// Whatever stopped the command, in words for an operator.
pub fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let leptos = super::leptos_options();
    // First our own words about a variable, then Leptos's.
    let config = Config::from_env(leptos.as_ref().ok().map(|options| options.site_addr))?;
    let leptos = leptos?;
    start_logs(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(run(cli.command, config, leptos));
    // What still blocks a thread (a name that is looked up) holds up nothing.
    runtime.shutdown_background();
    done
}

fn start_logs(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "info,sqlx=warn,tower_sessions_core=error,hyper=warn".into());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if config.json_logs {
        logs.json().init()
    } else {
        logs.init()
    }
}

async fn run(command: Command, config: Config, leptos: LeptosOptions) -> anyhow::Result<()> {
    match command {
        Command::Serve { no_worker } => serve(config, leptos, !no_worker).await,
        Command::Worker => worker(config).await,
        Command::Migrate => {
            open_database(&config).await?;
            say("The database is up to date.");
            Ok(())
        }
        Command::Seed(SeedCommand::Demo { at, more_packs }) => seed_demo(config, at, more_packs).await,
        Command::User(UserCommand::Create(new)) => create_user(config, new).await,
        Command::Stripe(StripeCommand::Setup) => stripe_setup(config).await,
        Command::Books(BooksCommand::Check) => books_check(&config).await,
        Command::Backup { file } => backup(&config, &file).await,
        Command::Config(ConfigCommand::Check) => check(config).await,
    }
}

/// For the person at the terminal; logs go elsewhere.
#[expect(clippy::print_stdout, reason = "what a command says is its output")]
fn say(text: &str) {
    println!("{text}");
}

/// The folder of a SQLite database.
fn make_folder(config: &Config) -> anyhow::Result<()> {
    if let Some(folder) = config.sqlite_file().and_then(|file| file.parent().map(PathBuf::from))
        && !folder.as_os_str().is_empty()
    {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("DATABASE_URL: cannot make the folder {}", folder.display()))?;
    }
    Ok(())
}

/// One process works with a SQLite file at a time: what its pages are told and its lane of submissions live in it, and at its
/// start it takes the claims of those before it. Lasts as long as what it returns, and no longer than the process.
fn alone(config: &Config) -> anyhow::Result<Option<File>> {
    let Some(file) = config.sqlite_file() else {
        return Ok(None);
    };
    make_folder(config)?;
    let mut name = file.into_os_string();
    name.push(".lock");
    let lock = File::create(&name).with_context(|| format!("DATABASE_URL: cannot write {}", name.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => bail!(
            "DATABASE_URL: another process works with this SQLite database, and runs its jobs; several processes need PostgreSQL"
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("DATABASE_URL: cannot lock {}", name.display()))
        }
    }
}

async fn open_database(config: &Config) -> anyhow::Result<Db> {
    make_folder(config)?;
    let db = Db::open(&config.database_url.0, DbOptions::default())
        .await
        .context("DATABASE_URL: the database cannot be opened")?;
    store::migrate(&db)
        .await
        .context("the database's schema cannot be brought up to date")?;
    Ok(db)
}

/// Opens the database of those who only look: nothing is made, and nothing migrated under a server that runs.
async fn look_at_database(config: &Config) -> anyhow::Result<Db> {
    ensure!(
        there(config),
        "DATABASE_URL: there is no database yet; `monthly-packs migrate` makes it"
    );
    Db::open_existing(&config.database_url.0, DbOptions::default())
        .await
        .context("DATABASE_URL: the database cannot be opened")
}

/// Whether there is something to open; a server is asked by opening.
fn there(config: &Config) -> bool {
    config.sqlite_file().is_none_or(|file| file.exists())
}

/// The use cases over a database and a provider.
struct Built {
    engine: Engine,
    provider: Provider,
}

async fn build(config: &Config, ours: Option<SocketAddr>) -> anyhow::Result<Built> {
    let db = open_database(config).await?;
    installation::hold(config, &db).await?;
    let clock = payments::clock(config, &db).await?;
    let provider = payments::open(config, &db, clock.clone(), ours).await?;
    let mailer: Arc<dyn Mailer> = match &config.smtp_url {
        Some(url) => Arc::new(Smtp::new(url, &config.mail_from)?),
        None => Arc::new(KeepMail),
    };
    let engine = Engine::new(Parts {
        db,
        clock: clock.clone(),
        wall: clock,
        ids: Arc::new(RandomIds),
        gateway: provider.gateway.clone(),
        mailer,
        files: Arc::new(FileStore::open(&config.files)?),
        previews: Arc::new(OwnProcess::new().context("which program this is")?),
        settings: Settings {
            zone: config.zone.clone(),
            currency: config.currency,
            base_url: config.base_url.clone(),
            livemode: config.live(),
        },
    });
    Ok(Built { engine, provider })
}

/// Resolves when the process is asked to end.
async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}

/// A value that turns true at the end.
fn ending() -> watch::Receiver<bool> {
    let (end, ending) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_end().await;
        tracing::info!("ending");
        let _ = end.send(true);
    });
    ending
}

async fn until(mut ending: watch::Receiver<bool>) {
    drop(ending.wait_for(|end| *end).await);
}

/// Everything until the end, which comes [`END_WITHIN`] after it is asked for at the latest.
async fn in_time(ending: watch::Receiver<bool>, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::select! {
        done = work => done,
        () = async { until(ending).await; tokio::time::sleep(END_WITHIN).await; } => {
            tracing::warn!("what was still under way was cut off");
            Ok(())
        }
    }
}

/// What the worker finds when it begins; before anything else is served.
async fn plant(engine: &Engine) -> anyhow::Result<()> {
    let planted = engine.plant_jobs().await;
    planted.map_err(|error| anyhow::anyhow!("the worker cannot begin: {}", error.code()))
}

/// The worker, until the end. No job runs before the account is known.
async fn work(config: &Config, engine: &Engine, known: bool, ending: watch::Receiver<bool>) -> anyhow::Result<()> {
    if !known {
        tokio::select! {
            done = installation::known_account(config, engine) => done?,
            () = until(ending.clone()) => return Ok(()),
        }
    }
    engine.run_worker(WORKER_TASKS, until(ending)).await;
    Ok(())
}

async fn serve(config: Config, options: LeptosOptions, with_worker: bool) -> anyhow::Result<()> {
    super::require_hashes(&options)?;
    installation::webhook_secret(&config)?;
    let _alone = alone(&config)?;
    for words in config.warnings() {
        tracing::warn!("{words}");
    }
    let listener = TcpListener::bind(config.listen)
        .await
        .with_context(|| format!("LEPTOS_SITE_ADDR: cannot listen on {}", config.listen))?;
    let address = listener.local_addr()?;
    let metrics = config
        .metrics
        .map(|address| Ok::<_, anyhow::Error>((address, health::install_metrics()?)))
        .transpose()?;
    let Built { engine, provider } = build(&config, Some(address)).await?;
    let known = installation::account(&config, &engine).await?;
    let ending = ending();
    let config = Arc::new(config);
    let app = AppState {
        built: super::built::Built::read(&options),
        options,
        engine: engine.clone(),
        config: config.clone(),
        webhook_secrets: Arc::new(provider.webhook_secrets),
        paces: Arc::default(),
        room: Arc::default(),
        ending: ending.clone(),
    };
    if let Some((at, handle)) = metrics {
        let listener = TcpListener::bind(at)
            .await
            .with_context(|| format!("METRICS_ADDR: cannot listen on {at}"))?;
        let figures = health::metrics_router(app.clone(), handle);
        tokio::spawn(listen::serve(
            listener,
            figures,
            Limits::default(),
            |_| false,
            until(ending.clone()),
        ));
    }
    let pages = provider.sandbox.as_ref().map(|sandbox| sandbox.pages_router());
    let service = router(app, pages);
    if with_worker {
        plant(&engine).await?;
    }
    if let Some(sandbox) = &provider.sandbox {
        sandbox.spawn_worker();
    }
    tracing::info!("listening on http://{address}");
    let proxies = config.clone();
    let believed = move |ip| proxies.believes(ip);
    let serving = listen::serve(listener, service, Limits::default(), believed, until(ending.clone()));
    in_time(ending.clone(), async {
        let working = async {
            if with_worker {
                work(&config, &engine, known, ending).await?;
            }
            anyhow::Ok(())
        };
        let serving = async {
            serving.await;
            anyhow::Ok(())
        };
        tokio::try_join!(serving, working)?;
        engine.db().close().await;
        Ok(())
    })
    .await
}

async fn worker(config: Config) -> anyhow::Result<()> {
    ensure!(
        !config.sandbox(),
        "STRIPE_SECRET_KEY: is not set, and the sandbox lives in the process that serves: run `serve` without --no-worker"
    );
    let _alone = alone(&config)?;
    let Built { engine, .. } = build(&config, None).await?;
    plant(&engine).await?;
    let ending = ending();
    in_time(ending.clone(), async {
        work(&config, &engine, false, ending).await?;
        engine.db().close().await;
        Ok(())
    })
    .await
}

async fn create_user(config: Config, new: NewUser) -> anyhow::Result<()> {
    let mut password = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut password)
        .context("the password could not be read from standard input")?;
    let form = PersonForm {
        name: new.name,
        email: new.email,
        role: new.role.as_str().to_owned(),
        client: new.client,
        vendor: new.vendor,
        lead: new.lead,
    };
    let Built { engine, .. } = build(&config, None).await?;
    match engine
        .create_person(&form, password.trim_end_matches(['\r', '\n']))
        .await
    {
        Ok(id) => {
            say(&format!("{id}"));
            Ok(())
        }
        Err(domain::AppError::Invalid { fields }) => {
            let lines: Vec<String> = fields
                .iter()
                .map(|f| format!("{}: {}", f.field, f.problem.message()))
                .collect();
            bail!("{}", lines.join("\n"))
        }
        Err(error) => bail!("{}", error.message()),
    }
}

/// §31. Safe to run again: a database that has people stays as it is.
async fn seed_demo(config: Config, at: Option<Instant>, more_packs: usize) -> anyhow::Result<()> {
    ensure!(
        config.sandbox(),
        "STRIPE_SECRET_KEY: is set; the demo agency exists in the sandbox only"
    );
    let _alone = alone(&config)?;
    let db = open_database(&config).await?;
    installation::hold(&config, &db).await?;
    let wall = SystemClock::default().wall_now();
    let mut tx = db.read().await?;
    let begun = store::people::any(&mut tx).await?;
    drop(tx);
    if begun {
        say("The database has people already; it stays as it is.");
        return Ok(());
    }
    let data = config.data_folder();
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make the folder {}", data.display()))?;
    let end = at.unwrap_or(wall).whole_second();
    super::demo::seed(super::demo::Ground {
        db: db.clone(),
        settings: Settings {
            zone: config.zone.clone(),
            currency: config.currency,
            base_url: config.base_url.clone(),
            livemode: false,
        },
        sandbox_file: data.join("stripe-sandbox.db"),
        pages_base: format!("{}{}", config.base_url, payments::SANDBOX_PATH),
        files: Arc::new(FileStore::open(&config.files)?),
        end,
        more_packs,
    })
    .await?;
    let mut tx = db.write().await?;
    let offset = if at.is_some() {
        end.0 - SystemClock::default().wall_now().0
    } else {
        0
    };
    store::log::set_setting(&mut tx, payments::OFFSET_SETTING, &offset.to_string()).await?;
    tx.commit().await?;
    db.close().await;
    let people: String = engine::people::DEMO_SIGN_INS
        .iter()
        .map(|(email, who)| format!("\n  {email:22} {who}"))
        .collect();
    say(&format!(
        "The demo agency is ready. Sign in at {}/login with the password {}:{people}",
        config.base_url,
        engine::people::DEMO_PASSWORD
    ));
    Ok(())
}

async fn stripe_setup(config: Config) -> anyhow::Result<()> {
    let Payments::Stripe { key, api_base, .. } = &config.payments else {
        bail!("STRIPE_SECRET_KEY: is not set; the sandbox needs no set-up")
    };
    ensure!(
        config.https(),
        "BASE_URL: must begin with https:// for Stripe to reach the webhook endpoint"
    );
    let url = format!("{}/webhooks/stripe", config.base_url);
    let secret = payments::stripe(key, api_base.clone())?
        .create_webhook_endpoint(&url, payments::EVENTS)
        .await?;
    say(&format!(
        "The webhook endpoint is {url}. Set this in the environment and restart:\nSTRIPE_WEBHOOK_SECRET={secret}"
    ));
    Ok(())
}

async fn books_check(config: &Config) -> anyhow::Result<()> {
    let db = look_at_database(config).await?;
    match db.schema().await? {
        Schema::Current => {}
        Schema::Missing | Schema::Older => {
            bail!("the database's schema is not up to date: run `monthly-packs migrate` first")
        }
        Schema::Newer => bail!("{NEWER}"),
    }
    let mut tx = db.read().await?;
    let findings = store::operate::books::check(&mut tx).await?;
    if findings.is_empty() {
        say("The books hold.");
        return Ok(());
    }
    for finding in &findings {
        say(&format!(
            "{} {} {}: {}",
            finding.rule, finding.entity, finding.id, finding.detail
        ));
    }
    bail!("the books do not hold: {} rows break an invariant", findings.len())
}

async fn backup(config: &Config, file: &std::path::Path) -> anyhow::Result<()> {
    ensure!(!file.exists(), "{} exists already", file.display());
    let path = file.to_str().context("the file's name is not readable text")?;
    // One that is not migrated yet as well: that is the moment for a copy.
    let db = look_at_database(config).await?;
    db.backup(path).await?;
    say(&format!(
        "Written to {}. The files of requests are kept beside the database: copy what FILES_URL names as well.",
        file.display()
    ));
    Ok(())
}

/// Looks only: a service runs it before `migrate`, and before the database is there.
async fn check(config: Config) -> anyhow::Result<()> {
    let kind = if config.database_url.0.starts_with("postgres") {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    let database = if there(&config) {
        let db = look_at_database(&config).await?;
        match db.schema().await? {
            Schema::Missing => format!("{kind}, empty: `monthly-packs migrate` fills it"),
            Schema::Newer => bail!("{NEWER}"),
            schema => {
                installation::compare(&config, &mut db.read().await?).await?;
                match schema {
                    Schema::Older => format!("{kind}, to be brought up to date by `monthly-packs migrate`"),
                    _ => kind.to_owned(),
                }
            }
        }
    } else {
        format!("{kind}, not there yet: `monthly-packs migrate` makes it")
    };
    let mode = match &config.payments {
        Payments::Sandbox => "the sandbox (no money moves)".to_owned(),
        Payments::Stripe { live: true, .. } => "Stripe, live".to_owned(),
        Payments::Stripe { live: false, .. } => "Stripe's test mode".to_owned(),
    };
    installation::webhook_secret(&config)?;
    if let Some(url) = &config.smtp_url {
        Smtp::new(url, &config.mail_from)?;
    }
    FileStore::check(&config.files)?;
    let files = match &config.files {
        FilesAt::Folder(folder) => format!("the folder {}", folder.display()),
        FilesAt::S3(s3) => format!("the bucket {}", s3.bucket),
    };
    say(&format!(
        "The settings are good.\n  database  {database}\n  payments  {mode}\n  address   {} (listening on {})\n  files     {files}\n  mail      {}",
        config.base_url,
        config.listen,
        if config.smtp_url.is_some() {
            "by SMTP"
        } else {
            "kept, shown at /admin/mail"
        },
    ));
    for words in config.warnings() {
        say(&format!("Look at {words}."));
    }
    Ok(())
}
