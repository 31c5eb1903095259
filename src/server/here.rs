//! Who asks, for one request: read from the session once, handed to documents and server functions alike.

use super::{config::Config, pace::Who, session, state::AppState};
use crate::{
    api::kernel::{Density, Flash, NavCounts, PageContext, Paying, Refill, Theme, Viewer, cookie},
    components::columns,
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use domain::agency::Brand;
use engine::{Caller, Engine};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Once},
};
use store::{people::Person, reports::waiting::Waiting};
use tower_sessions::Session;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What use cases trust.
    pub caller: Caller,
    /// What the frame shows.
    pub person: Person,
    /// What the account page calls this session by.
    pub session_id: String,
    /// What pages show of the agency.
    pub brand: Brand,
    /// How their client pays.
    pub paying: Paying,
}

/// What server functions and pages reach on the server: a context of every rendering and of every server function.
#[derive(Clone)]
pub struct Here {
    /// The use cases.
    pub engine: Engine,
    /// Who is signed in.
    pub signed: Option<Arc<SignedIn>>,
    /// The session.
    pub session: Session,
    /// Where the request comes from, for throttles; `None`: a proxy that does not say is between.
    pub source: Option<String>,
    /// No real money moves.
    pub sandbox: bool,
    /// Which build answers.
    build: Arc<str>,
    /// Where a client may write to by mail.
    write_to: Option<String>,
    /// Changes of the engine that there had been before anything was read for this request.
    changes: u64,
    /// What the session held when the request came.
    held: session::Held,
    theme: Theme,
    density: Density,
    columns: String,
}

impl Here {
    /// Whose pace a call is counted in: the person's, else the source's.
    pub fn who(&self) -> Who {
        match (&self.signed, &self.source) {
            (Some(signed), _) => Who::Person(signed.caller.user_id),
            (None, Some(source)) => Who::Source(source.as_str().into()),
            (None, None) => Who::Hidden,
        }
    }

    /// The form of the page at `path` that was refused, if one was.
    pub fn refused(&self, path: &str) -> Option<Refill> {
        self.held.refused.clone().filter(|refill| refill.path == path)
    }

    /// What the frame shows; takes the message that was left for the next page.
    pub async fn page(&self) -> PageContext {
        let flash: Option<Flash> =
            match session::take_flash(&self.session, self.held.clone(), self.engine.wall_now()).await {
                Ok(flash) => flash,
                Err(error) => {
                    tracing::error!(%error, "the session could not be written");
                    None
                }
            };
        PageContext {
            flash,
            ..self.page_without_message().await
        }
    }

    /// The same for a page that stays: the message is for the next one.
    pub async fn page_without_message(&self) -> PageContext {
        let counts = match &self.signed {
            // A page without counts is better than none; the cause is logged where it happened.
            Some(signed) => self.engine.waiting(&signed.caller).await.unwrap_or_default(),
            None => Default::default(),
        };
        let brand = match &self.signed {
            Some(signed) => signed.brand.clone(),
            None => self.engine.brand().await.unwrap_or_default(),
        };
        let ahead = self.engine.now().0 - self.engine.wall_now().0;
        PageContext {
            viewer: self.signed.as_ref().map(|signed| viewer(signed, counts)),
            brand,
            test_mode: self.sandbox,
            simulated_now: (self.sandbox && ahead.abs() > 60_000_000)
                .then(|| self.engine.zone().show(self.engine.now())),
            theme: self.theme,
            density: self.density,
            columns: self.columns.clone(),
            build: self.build.to_string(),
            write_to: self.write_to.clone(),
            changes: self.changes,
            ..PageContext::default()
        }
    }
}

fn viewer(signed: &SignedIn, waiting: Waiting) -> Viewer {
    let person = &signed.person;
    Viewer {
        user_id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role,
        lead: person.lead,
        org_name: person.org_name.clone(),
        paying: signed.paying,
        counts: NavCounts {
            requests: waiting.requests,
            webhooks: waiting.webhooks,
            integrity: waiting.integrity,
            payment: waiting.payment,
            assignments: waiting.assignments,
            queue: waiting.queue,
            notices: waiting.notices,
        },
    }
}

/// Where a client may write to: where the agency's settings have answers go, else the address that mail comes from, where that
/// is read.
fn write_to(reply_to: &str, mail_from: &str) -> Option<String> {
    if reply_to.is_empty() {
        read_by_someone(mail_from)
    } else {
        Some(reply_to.to_owned())
    }
}

/// The address that mail comes from, where what is written to it is read by someone.
fn read_by_someone(mail_from: &str) -> Option<String> {
    let mailbox = mail_from.parse::<lettre::message::Mailbox>().ok()?;
    let nobody = ["no-reply", "noreply"].contains(&mailbox.email.user());
    (!nobody).then(|| mailbox.email.to_string())
}

/// The address that a request comes from. A forwarded address is believed only from a proxy on this machine or one that
/// is named in the settings: read from its end, which the nearest proxy has written, over all proxies that are believed, to
/// the first address that none of them is.
///
/// `None` where nobody knows: the proxy says nothing, or nonsense. Its own address would make one source of everybody. On
/// one's own machine, where nobody else asks, it is the machine's.
pub fn origin(headers: &HeaderMap, peer: Option<IpAddr>, config: &Config) -> Option<IpAddr> {
    let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1])).to_canonical();
    if !config.believes(peer) {
        return Some(peer);
    }
    let told = headers.get_all("x-forwarded-for").iter();
    let told: Vec<&str> = told.map(|value| value.to_str().unwrap_or_default()).collect();
    let mut nearest = None;
    for entry in told.iter().flat_map(|value| value.split(',')).rev() {
        let ip = address(entry)?;
        if !config.believes(ip) {
            return Some(ip);
        }
        nearest = Some(ip);
    }
    nearest.or_else(|| config.is_this_machine().then_some(peer))
}

/// One entry of `X-Forwarded-For`, as proxies write it: an address, with or without a port, quotes and brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim().trim_matches('"');
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let ip = bare.unwrap_or(entry).parse::<IpAddr>().ok();
    ip.or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|ip| ip.to_canonical())
}

/// Path and query of the page that a browser was on when it asked, by its own words; empty where it does not say.
pub fn came_from(headers: &HeaderMap) -> String {
    headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| url::Url::parse(text).ok())
        .map(|url| match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        })
        .unwrap_or_default()
}

/// Whether the answer is for a browser's own navigation or form, not for the app's code.
pub fn wants_html(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.contains("text/html"))
}

/// The use cases of one request, whose snapshot ends with it, however it ends. What is streamed afterwards reads anew.
struct OneRequest(Engine);

impl Drop for OneRequest {
    fn drop(&mut self) {
        self.0.db().end_snapshot();
    }
}

/// Reads the session and puts [`Here`] into the request. Fails closed: without the database nobody is signed in and
/// nothing is shown.
///
/// A page is read in one snapshot with the session and the person. What is posted is not: its body may be long on its way.
pub async fn identify(State(app): State<AppState>, session: Session, mut request: Request, next: Next) -> Response {
    // What changes from here on may be missing in what is read.
    let changes = app.engine.changes_so_far();
    let one = OneRequest(app.engine.for_one_request());
    let engine = &one.0;
    let read = async {
        let held = session::read_in(engine.db(), &session).await.map_err(|error| {
            tracing::error!(%error, "the session could not be read");
        })?;
        let held = held.unwrap_or_default();
        let person = match held.user_id {
            Some(user) => engine.person_of_session(user).await.map_err(drop)?,
            None => None,
        };
        Ok::<_, ()>((held, person))
    };
    let Ok((held, person)) = read.await else {
        return app.plain(StatusCode::SERVICE_UNAVAILABLE);
    };
    if request.method() != Method::GET {
        engine.db().let_go();
    }
    let reply_to = person.as_ref().map_or("", |found| &found.reply_to);
    let write_to = write_to(reply_to, &app.config.mail_from);
    let signed = person.map(|found| {
        Arc::new(SignedIn {
            caller: engine::people::caller_of(&found.person),
            person: found.person,
            session_id: held.public_id.clone(),
            brand: found.brand.into(),
            paying: Paying {
                royalties: found.royalties,
                cards: found.uses_cards,
                deductions: found.has_deductions,
            },
        })
    });
    let headers = request.headers();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(addr)| addr.ip());
    let cookies = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let (theme, density) = (Theme::from_cookies(cookies), Density::from_cookies(cookies));
    let source = origin(headers, peer, &app.config).map(engine::people::source);
    if source.is_none() {
        static SAID: Once = Once::new();
        SAID.call_once(|| {
            tracing::error!("a proxy does not say where requests come from: see TRUSTED_PROXIES in .env.example");
        });
    }
    let here = Here {
        engine: engine.clone(),
        signed,
        session,
        source,
        sandbox: app.config.sandbox(),
        build: app.built.name.clone(),
        write_to,
        changes,
        held,
        theme,
        density,
        columns: cookie(cookies, columns::COOKIE).unwrap_or_default().to_owned(),
    };
    request.extensions_mut().insert(here);
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        headers
    }

    fn config(base_url: &str, proxies: &str) -> Config {
        Config::from_lookup(|name| match name {
            "BASE_URL" => Some(base_url.to_owned()),
            "TRUSTED_PROXIES" => Some(proxies.to_owned()),
            _ => None,
        })
        .expect("good settings")
    }

    #[test]
    fn clients_write_to_an_address_that_is_read() {
        let read = |from: &str| write_to("", from);
        assert_eq!(
            read("Monthly Packs <packs@example.com>").as_deref(),
            Some("packs@example.com")
        );
        assert_eq!(read("Monthly Packs <no-reply@example.com>"), None);
        assert_eq!(
            write_to("hello@acme.test", "Monthly Packs <packs@example.com>").as_deref(),
            Some("hello@acme.test"),
            "what the settings say goes first"
        );
    }

    #[test]
    fn a_forwarded_address_is_believed_from_a_trusted_proxy_only() {
        let here = config("http://127.0.0.1:3000", "");
        let served = config("https://packs.example.com", "203.0.113.9, 10.1.0.0/16");
        let (remote, local) = ("203.0.113.9", "127.0.0.1");
        let two = &["198.51.100.1, 198.51.100.2"][..];
        type Row<'a> = (&'a Config, &'a str, &'a [&'a str], Option<&'a str>, &'a str);
        let table: &[Row<'_>] = &[
            (&here, remote, two, Some(remote), "spoofed"),
            (
                &here,
                local,
                two,
                Some("198.51.100.2"),
                "the proxy's own entry, not the spoofed one before",
            ),
            (&served, remote, two, Some("198.51.100.2"), "a proxy that is named"),
            (
                &served,
                local,
                &["198.51.100.1", "198.51.100.7"],
                Some("198.51.100.7"),
                "several headers",
            ),
            (
                &served,
                local,
                &["198.51.100.7:4711"],
                Some("198.51.100.7"),
                "with a port",
            ),
            (
                &served,
                local,
                &["[2001:db8::7]:4711"],
                Some("2001:db8::7"),
                "the same for IPv6",
            ),
            (&served, local, &["[2001:db8::7]"], Some("2001:db8::7"), "in brackets"),
            (&served, local, &["\"198.51.100.7\""], Some("198.51.100.7"), "in quotes"),
            (
                &served,
                local,
                &["::ffff:198.51.100.7"],
                Some("198.51.100.7"),
                "IPv4 in IPv6",
            ),
            (
                &served,
                remote,
                &["198.51.100.7, 10.1.2.3"],
                Some("198.51.100.7"),
                "two proxies in a row are not everybody",
            ),
            (&served, local, &["10.1.2.3"], Some("10.1.2.3"), "the proxy itself asks"),
            (
                &served,
                local,
                &["198.51.100.7, unknown"],
                None,
                "who the proxy does not know is nobody",
            ),
            (&here, local, &["nonsense"], None, "nor is nonsense"),
            (&served, local, &[], None, "a proxy that says nothing is not everybody"),
            (&here, local, &[], Some(local), "on one's own machine"),
        ];
        for (config, peer, told, wanted, why) in table {
            let found = origin(&forwarded(told), peer.parse().ok(), config);
            assert_eq!(found.map(|ip| ip.to_string()).as_deref(), *wanted, "{why}");
        }
    }
}
