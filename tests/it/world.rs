//! The ground of HTTP tests: the real router over a bench of the engine, and people who can sign in.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use domain::{Cents, ClientId, PackId, PaymentType, Role, SubscriptionId, UserId, VendorId, people::PersonForm};
use engine::{
    Caller,
    testing::{Bench, bench},
};
use http::{HeaderMap, Method, StatusCode, header};
use leptos::config::LeptosOptions;
use monthly_packs::server::{
    built::Built,
    config::Config,
    pace::Paces,
    router::router,
    state::{AppState, Room},
};
use std::sync::Arc;
use store::testing::Backend;
use tokio::sync::{OnceCell, watch};
use tower::ServiceExt;

/// Everybody's password.
pub const PASSWORD: &str = "correct-harbour-staple";
/// What the test's webhooks are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_test";

/// The router and what is behind it.
pub struct World {
    /// The engine, its clock and its database.
    pub bench: Bench,
    /// What is held open at once.
    pub room: Arc<Room>,
    router: Router,
    _end: watch::Sender<bool>,
}

/// Somebody with a cookie jar.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// The session's cookie, as `name=value`.
    pub cookie: Option<String>,
    /// Headers of every request of this browser.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }
}

/// A world with plain settings; `None` where PostgreSQL is missing (never in CI).
pub async fn world(backend: Backend) -> Option<World> {
    world_with(backend, &[]).await
}

/// A world in which nobody is told to wait.
pub async fn world_without_paces(backend: Backend) -> Option<World> {
    world_of(backend, &[], Paces::never_reached()).await
}

/// A world with settings of its own.
pub async fn world_with(backend: Backend, set: &[(&str, &str)]) -> Option<World> {
    world_of(backend, set, Paces::default()).await
}

async fn world_of(backend: Backend, set: &[(&str, &str)], paces: Paces) -> Option<World> {
    let bench = bench(backend).await?;
    let config = Config::from_lookup(|name| {
        set.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
    .expect("good settings");
    let options = LeptosOptions::builder()
        .output_name("monthly-packs")
        .site_root("target/site")
        .build();
    let (end, ending) = watch::channel(false);
    let app = AppState {
        built: Built::read(&options),
        options,
        engine: bench.engine.clone(),
        config: Arc::new(config),
        webhook_secrets: Arc::new(vec!["whsec_old".to_owned(), WEBHOOK_SECRET.to_owned()]),
        paces: Arc::new(paces),
        room: Arc::default(),
        ending,
    };
    let room = app.room.clone();
    Some(World {
        router: router(app, None),
        bench,
        room,
        _end: end,
    })
}

static HASH: OnceCell<String> = OnceCell::const_new();

impl World {
    /// Sends one request.
    pub async fn send(&self, browser: &Browser, method: Method, path: &str, form: Option<&str>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost:3000");
        if let Some(cookie) = &browser.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        for (name, value) in &browser.headers {
            request = request.header(*name, value);
        }
        let body = match form {
            Some(form) => {
                request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                Body::from(form.to_owned())
            }
            None => Body::empty(),
        };
        let response = self.call(request.body(body).expect("a request")).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.expect("a body");
        // What a server function refuses crosses packed; tests read its code, and its facts where it has some.
        let refused = Some(&bytes)
            .filter(|_| path.starts_with("/api/") && parts.status.as_u16() >= 400)
            .and_then(|bytes| postcard::from_bytes::<domain::AppError>(bytes).ok());
        let body = match refused {
            Some(domain::AppError::Invalid { fields }) if !fields.is_empty() => {
                let told: Vec<String> = fields
                    .iter()
                    .map(|f| format!("{}: {}", f.field, f.problem.code()))
                    .collect();
                told.join(", ")
            }
            Some(error) => format!(r#"{{"code":"{}"}}"#, error.code()),
            None => String::from_utf8_lossy(&bytes).into_owned(),
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Sends one request as it is.
    pub async fn call(&self, request: Request) -> Response {
        self.router.clone().oneshot(request).await.expect("the router answers")
    }

    pub async fn get(&self, browser: &Browser, path: &str) -> Answer {
        self.send(browser, Method::GET, path, None).await
    }

    pub async fn post(&self, browser: &Browser, path: &str, form: &str) -> Answer {
        self.send(browser, Method::POST, path, Some(form)).await
    }

    /// One number out of the books.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let mut tx = self.bench.engine.db().read().await.expect("a transaction");
        store::on!(&mut tx, c => store::sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await).expect(sql)
    }

    /// Gives somebody the common password.
    pub async fn set_password(&self, user: UserId) {
        let hash = HASH
            .get_or_init(|| async { engine::people::password::hash(PASSWORD).await.expect("a hash") })
            .await;
        let mut tx = self.bench.tx().await;
        store::people::set_password(&mut tx, user, hash)
            .await
            .expect("a password");
        tx.commit().await.expect("a commit");
    }

    /// The sign-in address of somebody whom a maker made.
    pub fn address(user: UserId) -> String {
        format!("{user}@example.test")
    }

    /// Posts the sign-in form.
    pub async fn try_sign_in(&self, browser: &Browser, address: &str, password: &str) -> Answer {
        let form: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("email", address)
            .append_pair("password", password)
            .finish();
        self.post(browser, "/login", &form).await
    }

    /// Signs somebody in with a fresh browser.
    pub async fn sign_in(&self, caller: &Caller) -> Browser {
        self.set_password(caller.user_id).await;
        let answer = self
            .try_sign_in(&Browser::default(), &Self::address(caller.user_id), PASSWORD)
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        Browser {
            cookie: Some(cookie_of(&answer)),
            headers: Vec::new(),
        }
    }
}

/// The session's cookie of an answer, as the browser sends it back.
pub fn cookie_of(answer: &Answer) -> String {
    answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find(|text| text.contains("mp_session="))
        .and_then(|text| text.split(';').next())
        .expect("a session cookie")
        .to_owned()
}

/// Two clients with everything that a foreign id could point at.
pub struct Two {
    pub clients: [ClientId; 2],
    pub owners: [Caller; 2],
    pub subscriptions: [SubscriptionId; 2],
    pub pack: PackId,
}

/// Everybody: one person of each role, clients and vendors twice where they have foreign things.
pub async fn two(world: &World) -> Two {
    let bench = &world.bench;
    let service = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(service, 20, Cents(40_000)).await;
    let (a, owner_a) = bench.client("Acme", PaymentType::Royalties).await;
    let (b, owner_b) = bench.client("Boreal", PaymentType::Royalties).await;
    let subscriptions = [
        bench.subscription(a, pack, version).await,
        bench.subscription(b, pack, version).await,
    ];
    Two {
        clients: [a, b],
        owners: [owner_a, owner_b],
        subscriptions,
        pack,
    }
}

/// One person of every role, by name, the lead designer beside the plain one.
pub async fn everybody(world: &World, two: &Two) -> Vec<(&'static str, Caller)> {
    let bench = &world.bench;
    let vendor: VendorId = bench.engine.new_id();
    let mut tx = bench.tx().await;
    store::makers::vendor(&mut tx, vendor, "Northlight", bench.engine.now())
        .await
        .expect("a vendor");
    tx.commit().await.expect("a commit");
    let client = Some(two.clients[0]);
    let mut all = vec![("client owner", two.owners[0].clone())];
    for (name, role, client, vendor) in [
        ("client member", Role::ClientMember, client, None),
        ("internal designer", Role::InternalDesigner, None, None),
        ("lead designer", Role::InternalDesigner, None, None),
        ("vendor manager", Role::VendorManager, None, Some(vendor)),
        ("vendor designer", Role::VendorDesigner, None, Some(vendor)),
        ("admin", Role::Admin, None, None),
        ("accountant", Role::Accountant, None, None),
        ("support", Role::Support, None, None),
    ] {
        let person = bench.user(name, role, client, vendor).await;
        if name == "lead designer" {
            let form = PersonForm {
                name: name.to_owned(),
                email: World::address(person.user_id),
                role: role.as_str().to_owned(),
                lead: true,
                ..PersonForm::default()
            };
            let id = person.user_id.to_string();
            bench
                .engine
                .save_person(&bench.admin, &id, &form, true, 0)
                .await
                .expect("the lead right");
        }
        all.push((
            name,
            Caller {
                lead: name == "lead designer",
                ..person
            },
        ));
    }
    all
}
