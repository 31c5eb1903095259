//! The harness that runs one test on both databases.
//!
//! SQLite tests get a file of their own in a temporary directory. PostgreSQL tests share one private cluster for the
//! process: it is made with `initdb` in a temporary directory, listens on a Unix socket only, and each test gets a
//! database of its own from a migrated template. No server needs to run, nothing outside the directory is touched.

use crate::{Db, DbOptions};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a temporary directory.
    Sqlite,
    /// A database in the private cluster.
    Postgres,
}

/// What a database does for a commit to survive a power failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing where that can be switched off: for tests.
    Off,
    /// What an installation does: SQLite as [`Db::open`] sets it, PostgreSQL with its defaults. For benchmarks.
    Installed,
}

/// A migrated, empty database for one test. `None` only where the PostgreSQL programs are missing and the run is not
/// a CI run: then a loud line says so.
///
/// # Panics
/// When the database cannot be made: the test has no ground to stand on.
pub async fn database(backend: Backend) -> Option<TestDb> {
    database_with(backend, Durability::Off).await
}

/// The same with a chosen durability; an installed one also has an installation's pool.
///
/// # Panics
/// As [`database`].
pub async fn database_with(backend: Backend, durability: Durability) -> Option<TestDb> {
    match backend {
        Backend::Sqlite => {
            let dir = TempDir::new().expect("a temporary directory");
            let url = format!("sqlite://{}", dir.path().join("test.db").display());
            let db = Db::open(&url, DbOptions::default()).await.expect("open SQLite");
            crate::migrate(&db).await.expect("migrate SQLite");
            Some(TestDb {
                db,
                url,
                _dir: Some(dir),
            })
        }
        Backend::Postgres => {
            let server = cluster(durability).await?;
            let name = next_name();
            server.psql("postgres", &format!("create database {name} template migrated"));
            let url = server.url(&name);
            let options = match durability {
                Durability::Off => DbOptions { connections: 20 },
                Durability::Installed => DbOptions::default(),
            };
            let db = Db::open(&url, options).await.expect("open PostgreSQL");
            Some(TestDb { db, url, _dir: None })
        }
    }
}

/// A database that holds what a dump says (`scripts/landing`), as an installation of that landing left it: not migrated on.
/// `None` as for [`database`].
///
/// # Panics
/// When it cannot be made, or the dump not be read.
pub async fn landed(backend: Backend, dump: String) -> Option<TestDb> {
    use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection, raw_sql};
    // In a connection of its own: a dump leaves its settings behind.
    let (url, dir) = match backend {
        Backend::Sqlite => {
            let dir = TempDir::new().expect("a temporary directory");
            let url = format!("sqlite://{}", dir.path().join("landed.db").display());
            let mut connection = SqliteConnection::connect(&format!("{url}?mode=rwc"))
                .await
                .expect("open SQLite");
            let read = raw_sql(AssertSqlSafe(dump)).execute(&mut connection).await;
            read.expect("the dump");
            connection.close().await.expect("close");
            (url, Some(dir))
        }
        Backend::Postgres => {
            let server = cluster(Durability::Off).await?;
            let name = next_name();
            server.psql("postgres", &format!("create database {name}"));
            let url = server.url(&name);
            let mut connection = PgConnection::connect(&url).await.expect("open PostgreSQL");
            let read = raw_sql(AssertSqlSafe(dump)).execute(&mut connection).await;
            read.expect("the dump");
            connection.close().await.expect("close");
            (url, None)
        }
    };
    let db = Db::open(&url, DbOptions::default()).await.expect("open it");
    Some(TestDb { db, url, _dir: dir })
}

/// A name for a database of this process.
fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A database that lives as long as its test.
pub struct TestDb {
    /// The open, migrated database.
    pub db: Db,
    /// Its address, for tests that open it a second time.
    pub url: String,
    _dir: Option<TempDir>,
}

/// The private cluster. It is shared by all test processes of one run through its directory, whose name carries the
/// hash of the migrations, and is left running: starting it costs two seconds, an idle cluster nothing.
struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
}

static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();

static INSTALLED: OnceCell<Option<Cluster>> = OnceCell::const_new();

async fn cluster(durability: Durability) -> Option<&'static Cluster> {
    let cell = match durability {
        Durability::Off => &CLUSTER,
        Durability::Installed => &INSTALLED,
    };
    let start = move || start(durability);
    cell.get_or_init(|| async { tokio::task::spawn_blocking(start).await.expect("start PostgreSQL") })
        .await
        .as_ref()
}

fn binaries() -> Option<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|dir| dir.flatten().map(|e| e.path().join("bin")).collect())
        .unwrap_or_default();
    all.sort();
    all.reverse();
    all.push(PathBuf::from("/usr/local/bin"));
    all.push(PathBuf::from("/usr/bin"));
    all.push(PathBuf::from("/opt/homebrew/bin"));
    all.into_iter().find(|bin| bin.join("initdb").exists())
}

/// Starts the cluster of this schema, or finds it running. A file lock lets one process do it.
fn start(durability: Durability) -> Option<Cluster> {
    let Some(bin) = binaries() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "PostgreSQL's programs are missing, and CI runs every test: scripts/setup test"
        );
        eprintln!("SKIPPED: the PostgreSQL half of this test, because initdb is missing. Run scripts/setup test.");
        return None;
    };
    let user = unprivileged_user();
    // Nothing that a test writes has to survive a power failure.
    let (kind, unsafe_settings) = match durability {
        Durability::Off => (
            "pg",
            "-c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        ),
        Durability::Installed => ("pg-installed", ""),
    };
    let dir = std::env::temp_dir().join(format!(
        "monthly-packs-{kind}-{}-{:x}",
        user.as_deref().unwrap_or("me"),
        schema_hash()
    ));
    std::fs::create_dir_all(&dir).expect("a directory for PostgreSQL");
    let lock = std::fs::File::create(dir.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let cluster = Cluster { dir, bin };
    let data = cluster.dir.join("data");
    if !data.join("PG_VERSION").exists() {
        // Only before the server lives in it: its files come and go.
        if let Some(user) = &user {
            assert!(
                Command::new("chown")
                    .arg("-R")
                    .arg(user)
                    .arg(&cluster.dir)
                    .status()
                    .expect("chown")
                    .success()
            );
        }
        let made = cluster.run(
            "initdb",
            &[
                "-D",
                path(&data),
                "-U",
                "test",
                "-A",
                "trust",
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
            ],
        );
        assert!(made, "initdb failed in {}", cluster.dir.display());
    }
    if !cluster.run("pg_ctl", &["-D", path(&data), "status"]) {
        let settings = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' {unsafe_settings}",
            cluster.dir.display()
        );
        let log = cluster.dir.join("log");
        assert!(
            cluster.run(
                "pg_ctl",
                &["-D", path(&data), "-w", "-l", path(&log), "-o", &settings, "start"]
            ),
            "PostgreSQL did not start; see {}",
            log.display()
        );
    }
    // Databases of processes that are gone are dropped, so that a cluster that lives long stays small: a few at each
    // start, because the others wait for it.
    let all = cluster.psql(
        "postgres",
        "select datname from pg_database where datname like 't%\\_%'",
    );
    let gone = all.lines().map(str::trim).filter(|name| {
        let owner = name.trim_start_matches('t').split('_').next().unwrap_or("");
        !owner.is_empty() && owner.bytes().all(|b| b.is_ascii_digit()) && !Path::new("/proc").join(owner).exists()
    });
    for name in gone.take(3) {
        cluster.psql("postgres", &format!("drop database if exists {name} with (force)"));
    }
    if cluster
        .psql("postgres", "select 1 from pg_database where datname = 'migrated'")
        .trim()
        .is_empty()
    {
        cluster.psql("postgres", "create database migrating");
        let url = cluster.url("migrating");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let db = Db::open(&url, DbOptions::default()).await.expect("open PostgreSQL");
            crate::migrate(&db).await.expect("migrate PostgreSQL");
            db.close().await;
        });
        cluster.psql("postgres", "alter database migrating rename to migrated");
    }
    Some(cluster)
}

impl Cluster {
    fn url(&self, name: &str) -> String {
        format!("postgres://test@localhost/{name}?host={}", self.dir.display())
    }

    /// Runs one of PostgreSQL's programs, as an unprivileged user where the tests run as root (it refuses root).
    fn run(&self, program: &str, args: &[&str]) -> bool {
        self.command(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|s| s.success())
    }

    fn command(&self, program: &str) -> Command {
        match unprivileged_user() {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command
                    .args(["--reuid", &user, "--regid", &user, "--clear-groups", "--"])
                    .arg(self.bin.join(program));
                command.current_dir(&self.dir);
                command
            }
            None => Command::new(self.bin.join(program)),
        }
    }

    fn psql(&self, database: &str, sql: &str) -> String {
        let out = self
            .command("psql")
            .args([
                "-h",
                path(&self.dir),
                "-U",
                "test",
                "-d",
                database,
                "-v",
                "ON_ERROR_STOP=1",
                "-Atqc",
                sql,
            ])
            .stdin(Stdio::null())
            .output()
            .expect("psql");
        assert!(out.status.success(), "psql: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a readable path")
}

/// PostgreSQL refuses to run as root; Debian's package brings the user `postgres`, every system has `nobody`.
fn unprivileged_user() -> Option<String> {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout.trim_ascii() == b"0");
    root.then(|| {
        let known = Command::new("id")
            .arg("postgres")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if known.is_ok_and(|s| s.success()) {
            "postgres".to_owned()
        } else {
            "nobody".to_owned()
        }
    })
}

/// A hash of the migrations' text, so that a changed schema gets a cluster of its own.
fn schema_hash() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for migration in sqlx::migrate!("../../migrations/postgres").iter() {
        migration.checksum.hash(&mut hasher);
    }
    hasher.finish()
}
