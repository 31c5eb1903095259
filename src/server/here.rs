//! Who asks, for one request: read from the session once, handed to documents and server functions alike.

use super::{session, state::AppState};
use crate::api::kernel::{Flash, NavCounts, PageContext, Refill, Theme, Viewer};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use engine::{Caller, Engine};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
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
    /// Where the request comes from, for throttles.
    pub source: String,
    /// No real money moves.
    pub sandbox: bool,
    /// Which build answers.
    build: Arc<str>,
    /// Changes of the engine that there had been before anything was read for this request.
    changes: u64,
    /// What the session held when the request came.
    held: session::Held,
    theme: Theme,
}

impl Here {
    /// What was typed into the form of the page at `path` before it was refused.
    pub fn typed(&self, path: &str) -> Option<Refill> {
        let (page, fields) = self.held.typed.clone()?;
        (page == path).then_some(Refill {
            path: page,
            fields,
            error: None,
        })
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
        let ahead = self.engine.now().0 - self.engine.wall_now().0;
        PageContext {
            viewer: self.signed.as_ref().map(|signed| viewer(&signed.person, counts)),
            test_mode: self.sandbox,
            simulated_now: (self.sandbox && ahead.abs() > 60_000_000)
                .then(|| self.engine.zone().show(self.engine.now())),
            theme: self.theme,
            build: self.build.to_string(),
            changes: self.changes,
            ..PageContext::default()
        }
    }
}

fn viewer(person: &Person, waiting: Waiting) -> Viewer {
    Viewer {
        user_id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role,
        lead: person.lead,
        org_name: person.org_name.clone(),
        counts: NavCounts {
            requests: waiting.requests,
            webhooks: waiting.webhooks,
            integrity: waiting.integrity,
            payment: waiting.payment,
            assignments: waiting.assignments,
            queue: waiting.queue,
        },
        notices: None,
    }
}

/// The address that a request comes from. A forwarded address is believed only from a proxy on this machine or one that
/// is named in the settings, and only its last entry, which that proxy itself has written.
pub fn client_ip(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.unwrap_or(IpAddr::from([127, 0, 0, 1])).to_canonical();
    if !peer.is_loopback() && !trusted.contains(&peer) {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.rsplit(',').next())
        .and_then(|text| text.trim().parse::<IpAddr>().ok())
        .unwrap_or(peer)
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
    let signed = person.map(|person| {
        Arc::new(SignedIn {
            caller: engine::people::caller_of(&person),
            person,
            session_id: held.public_id.clone(),
        })
    });
    let headers = request.headers();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(addr)| addr.ip());
    let theme = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .map_or(Theme::System, Theme::from_cookies);
    let here = Here {
        engine: engine.clone(),
        signed,
        session,
        source: engine::people::source(client_ip(headers, peer, &app.config.trusted_proxies)),
        sandbox: app.config.sandbox(),
        build: app.built.name.clone(),
        changes,
        held,
        theme,
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

    #[test]
    fn a_forwarded_address_is_believed_from_a_trusted_proxy_only() {
        let remote: IpAddr = "203.0.113.9".parse().expect("an address");
        let local: IpAddr = "127.0.0.1".parse().expect("an address");
        let told = forwarded(&["198.51.100.1, 198.51.100.2"]);
        assert_eq!(client_ip(&told, Some(remote), &[]), remote, "spoofed");
        assert_eq!(
            client_ip(&told, Some(local), &[]).to_string(),
            "198.51.100.2",
            "the proxy's own entry, not the spoofed one before"
        );
        assert_eq!(client_ip(&told, Some(remote), &[remote]).to_string(), "198.51.100.2");
        assert_eq!(client_ip(&forwarded(&["nonsense"]), Some(local), &[]), local);
        assert_eq!(
            client_ip(&forwarded(&["198.51.100.1", "198.51.100.7"]), Some(local), &[]).to_string(),
            "198.51.100.7"
        );
    }
}
