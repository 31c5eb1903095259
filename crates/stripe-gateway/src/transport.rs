//! Sends one request once and hands back JSON, or says why not.
//!
//! What must not be here: what a request means, and any retry.

use crate::refusal;
use engine::ports::{GatewayError, GatewayResult};
use reqwest::{
    Client, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use serde_json::Value;
use std::{
    fmt,
    time::{Duration, Instant},
};
use stripe_client_core::{RequestBuilder, RequestStrategy, StripeMethod};
use url::{Host, Url};

const STRIPE: &str = "https://api.stripe.com/";
/// Stripe closes idle connections after a while; a connection that has rested longer than this is not used again, so
/// that a request does not run into a closing one.
const IDLE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(10);
/// Characters of an unreadable answer that go to the log.
const LOGGED: usize = 4_000;

/// How Stripe is reached.
#[derive(Clone)]
pub struct Config {
    /// `sk_…` or `rk_…`. Its second part tells test mode from live mode.
    pub secret_key: String,
    /// Where the API is, without `v1`; `None` is Stripe itself. Plain `http` is for this machine only.
    pub api_base: Option<String>,
    /// The longest that one call may take, connecting and reading included.
    pub timeout: Duration,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("secret_key", &"[redacted]")
            .field("api_base", &self.api_base)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// The configuration cannot be used. No message repeats the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The key does not look like one.
    #[error("the Stripe key must begin with sk_test_, sk_live_, rk_test_ or rk_live_")]
    SecretKey,
    /// The address of the API is no address, or has parts that it must not have.
    #[error("the address of the Stripe API is not usable: {0}")]
    ApiBase(String),
    /// The key would cross the network unencrypted.
    #[error("plain http is allowed on this machine only, not to {0}")]
    PlainHttp(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be made: {0}")]
    Client(String),
}

/// One HTTP client with one key.
pub(crate) struct Transport {
    client: Client,
    base: Url,
    livemode: bool,
}

/// An answer with a 2xx status.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The JSON.
    pub body: Value,
    /// What was asked, and Stripe's id of the request, for logs and errors.
    pub call: String,
}

impl Answer {
    /// WH6: logs an answer that lacks something, without its secrets, and turns what is missing into the error.
    pub(crate) fn unreadable(&self, missing: &impl fmt::Display) -> GatewayError {
        let body = shown(self.body.to_string().as_bytes());
        tracing::warn!(call = %self.call, %missing, %body, "stripe_shape_unknown");
        GatewayError::Unreadable(format!("{missing} ({})", self.call))
    }
}

impl Transport {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let key = config.secret_key.as_str();
        let mode = ["sk_", "rk_"].iter().find_map(|kind| key.strip_prefix(kind));
        let livemode = match mode {
            Some(rest) if rest.starts_with("live_") => true,
            Some(rest) if rest.starts_with("test_") => false,
            _ => return Err(ConfigError::SecretKey),
        };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ConfigError::SecretKey)?;
        authorization.set_sensitive(true);
        let base = base(config.api_base.as_deref().unwrap_or(STRIPE))?;

        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, authorization);
        let version =
            HeaderValue::from_str(crate::API_VERSION.as_str()).map_err(|e| ConfigError::Client(e.to_string()))?;
        headers.insert("stripe-version", version);
        let mut builder = Client::builder()
            .default_headers(headers)
            .user_agent(concat!(
                "monthly-packs/",
                env!("CARGO_PKG_VERSION"),
                " async-stripe/1.0.0-rc.10"
            ))
            .redirect(redirect::Policy::none())
            .timeout(config.timeout)
            .connect_timeout(CONNECT.min(config.timeout))
            .pool_idle_timeout(IDLE);
        if base.scheme() == "https" {
            builder = builder.https_only(true);
        } else {
            // The sandbox on this machine is never behind a proxy.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| ConfigError::Client(e.to_string()))?;
        Ok(Self { client, base, livemode })
    }

    /// The address of the API, which holds no secret.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// The key is one for real money.
    pub(crate) fn livemode(&self) -> bool {
        self.livemode
    }

    /// Sends a request once. Whatever the strategy says about repeating is not done here.
    pub(crate) async fn send(&self, request: RequestBuilder, strategy: &RequestStrategy) -> GatewayResult<Answer> {
        let method = match request.method {
            StripeMethod::Get => Method::GET,
            StripeMethod::Post => Method::POST,
            StripeMethod::Delete => Method::DELETE,
        };
        let what = format!("{method} {}", request.path);
        let mut url = self
            .base
            .join(&format!("v1{}", request.path))
            .map_err(|e| GatewayError::Refused(format!("{what}: {e}")))?;
        url.set_query(request.query.as_deref().filter(|query| !query.is_empty()));
        let mut http = self.client.request(method, url);
        if let Some(key) = strategy.get_key() {
            http = http.header("idempotency-key", key.as_str());
        }
        if let Some(form) = request.body {
            http = http
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(ordered(&form));
        }

        let began = Instant::now();
        let response = http.send().await.map_err(|e| lost(&what, &e))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            let value = response.headers().get(name).and_then(|v| v.to_str().ok());
            value.map(str::to_owned)
        };
        let request_id = header("request-id").unwrap_or_else(|| "no request id".to_owned());
        let replayed = header("idempotent-replayed").is_some_and(|v| v == "true");
        let call = format!("{what}, {request_id}");
        let body = response.bytes().await.map_err(|e| lost(&call, &e))?;
        tracing::debug!(
            call,
            status,
            replayed,
            millis = began.elapsed().as_millis(),
            "stripe answered"
        );

        if !(200..300).contains(&status) {
            return Err(refusal::read(status, replayed, &body, &call));
        }
        match serde_json::from_slice(&body) {
            Ok(body) => Ok(Answer { body, call }),
            // Cut off, or from something that stands between: the same key brings the whole answer.
            Err(e) => {
                tracing::warn!(call, status, error = %e, body = %shown(&body), "the answer is not JSON");
                Err(GatewayError::Transient(format!("the answer is not JSON ({call})")))
            }
        }
    }
}

/// Nobody knows whether the request was executed.
fn lost(call: &str, error: &reqwest::Error) -> GatewayError {
    let why = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection broke"
    };
    tracing::warn!(call, why, "stripe did not answer");
    GatewayError::Transient(format!("{why} ({call})"))
}

/// The form with its pairs in a fixed order. Metadata comes out of a hash map, whose order changes from call to call;
/// a repeated request has to be the same to the byte.
fn ordered(form: &str) -> String {
    let mut pairs: Vec<&str> = form.split('&').collect();
    pairs.sort_unstable();
    pairs.join("&")
}

/// Checks the address of the API; the result ends in `/`.
fn base(text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str| Err(ConfigError::ApiBase(why.to_owned()));
    let mut url: Url = match text.parse() {
        Ok(url) => url,
        Err(_) => return bad("it cannot be read"),
    };
    let own = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return bad("it names no host"),
    };
    match url.scheme() {
        "https" => {}
        "http" if own => {}
        "http" => return Err(ConfigError::PlainHttp(url.host_str().unwrap_or_default().to_owned())),
        _ => return bad("it is neither https nor http"),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return bad("it must have no user, query or fragment");
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// A body for the log: without secrets and personal data, and cut.
fn shown(body: &[u8]) -> String {
    if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
        redact(&mut value);
        return value.to_string().chars().take(LOGGED).collect();
    }
    // No JSON, so nothing can be taken out: only its beginning is shown.
    let start: String = String::from_utf8_lossy(body).chars().take(120).collect();
    let end = start.find("secret").unwrap_or(start.len());
    start.get(..end).unwrap_or_default().to_owned()
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map.iter_mut() {
                let private = name.contains("secret")
                    || name.contains("url")
                    || name.contains("email")
                    || name.contains("address")
                    || matches!(
                        name.as_str(),
                        "name" | "phone" | "invoice_pdf" | "customer_name" | "customer_phone"
                    );
                if private && !inner.is_null() {
                    *inner = Value::from("[redacted]");
                } else {
                    redact(inner);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(redact),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(key: &str, api_base: Option<&str>) -> Config {
        Config {
            secret_key: key.into(),
            api_base: api_base.map(Into::into),
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_key_never_leaves_by_debug() {
        let text = format!("{:?}", config("sk_live_abc123", None));
        assert!(!text.contains("abc123"), "{text}");
    }

    #[test]
    fn the_mode_follows_from_the_key() {
        assert!(Transport::new(&config("sk_live_x", None)).unwrap().livemode());
        assert!(Transport::new(&config("rk_live_x", None)).unwrap().livemode());
        assert!(!Transport::new(&config("sk_test_x", None)).unwrap().livemode());
        for key in ["", "pk_test_x", "sk_", "sk_prod_x", "sk_test_\n", " sk_test_x"] {
            assert_eq!(
                Transport::new(&config(key, None)).err(),
                Some(ConfigError::SecretKey),
                "{key:?}"
            );
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://127.0.0.1:12111",
            "http://localhost/",
            "http://[::1]:1/",
            "https://proxy.example/stripe",
        ] {
            let base = base(good).unwrap();
            assert!(base.path().ends_with('/'), "{base}");
        }
        for bad in [
            "http://api.stripe.com",
            "http://10.0.0.1/",
            "http://localhost.example.org",
            "http://0.0.0.0:1",
        ] {
            assert!(matches!(base(bad), Err(ConfigError::PlainHttp(_))), "{bad}");
        }
        for bad in [
            "",
            "api.stripe.com",
            "ftp://127.0.0.1",
            "https://u:p@h/",
            "https://h/?a=b",
            "unix:/x",
        ] {
            assert!(matches!(base(bad), Err(ConfigError::ApiBase(_))), "{bad}");
        }
    }

    #[test]
    fn a_form_has_one_order() {
        assert_eq!(
            ordered("metadata[b]=2&customer=c&metadata[a]=1"),
            "customer=c&metadata[a]=1&metadata[b]=2"
        );
        assert_eq!(ordered(""), "");
    }

    #[test]
    fn the_log_shows_no_secrets() {
        let body = json!({
            "object": "checkout.session", "client_secret": "cs_secret", "url": "https://pay",
            "customer_details": {"email": "a@b.example", "name": "Ann"}, "list": [{"secret": "whsec_1"}],
        });
        let text = shown(body.to_string().as_bytes());
        for hidden in ["cs_secret", "https://pay", "a@b", "Ann", "whsec_1"] {
            assert!(!text.contains(hidden), "{text}");
        }
        assert!(text.contains("checkout.session"));
        assert!(!shown(br#"{"id":"we_1","secret":"whsec_cut"#).contains("whsec"));
        assert!(shown(&vec![b'x'; 10_000]).len() <= LOGGED);
    }
}
