//! What every endpoint shares: authentication, version check, faults, idempotency, one unit of work for each request,
//! expansion, the error bodies and the headers.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::api::{self, Args};
use crate::db::answered;
use crate::error::{ApiError, Res};
use crate::faults::{Fault, Kind};
use crate::state::{Idem, Origin, Tx, VERSION};
use crate::{Sandbox, knobs, params};

/// How long a stored answer belongs to its key, in seconds.
const KEY_SECS: i64 = 86_400;
/// How long a request without an answer is held open.
const SILENCE: Duration = Duration::from_secs(120);

pub(crate) fn router(sandbox: Sandbox) -> axum::Router {
    axum::Router::new()
        .route(
            "/_sandbox/faults",
            post(knobs::set_faults)
                .get(knobs::get_faults)
                .delete(knobs::clear_faults),
        )
        .route("/_sandbox/webhooks", post(knobs::set_webhooks).get(knobs::get_webhooks))
        .route("/_sandbox/settings", post(knobs::set_settings).get(knobs::get_settings))
        .route("/_sandbox/advance", post(knobs::advance))
        .route("/_sandbox/run_due", post(knobs::run_due))
        .route("/_sandbox/ledger", get(knobs::ledger))
        .route("/_sandbox/deliveries", get(knobs::deliveries))
        .route("/_sandbox/state_hash", get(knobs::state_hash))
        .route("/_sandbox/calls", get(knobs::calls))
        .route("/_sandbox/health", get(knobs::health))
        // Browsers ask for it when the sandbox serves its pages alone.
        .route("/favicon.ico", get(|| async { StatusCode::NO_CONTENT }))
        .fallback(serve)
        .layer(DefaultBodyLimit::max(1024 * 1024))
        .with_state(sandbox)
}

struct Call {
    method: Method,
    path: String,
    params: String,
    key: Option<String>,
    request_id: String,
}

async fn serve(Shared(sandbox): Shared<Sandbox>, request: Request) -> Response {
    let number = sandbox.inner.requests.fetch_add(1, Ordering::Relaxed);
    let request_id = format!("req_{:014x}", number + 1);
    let mut response = match read(request, request_id.clone()).await {
        Ok(call) => {
            let struck = sandbox.strike(call.method.as_str(), &call.path);
            sandbox.answer(call, struck).await
        }
        Err(e) => error_response(&e),
    };
    let headers = response.headers_mut();
    if let Ok(v) = HeaderValue::from_str(&request_id) {
        headers.insert("request-id", v);
    }
    headers.insert("stripe-version", HeaderValue::from_static(VERSION));
    headers.insert("cache-control", HeaderValue::from_static("no-cache, no-store"));
    response
}

async fn read(request: Request, request_id: String) -> Res<Call> {
    let (parts, body) = request.into_parts();
    authenticate(&parts.headers)?;
    if let Some(asked) = parts.headers.get("stripe-version")
        && asked.as_bytes() != VERSION.as_bytes()
    {
        let asked = String::from_utf8_lossy(asked.as_bytes()).into_owned();
        return Err(ApiError::invalid(format!(
            "Invalid Stripe API version: {asked}. This sandbox speaks {VERSION} and nothing else."
        )));
    }
    let body: Bytes = axum::body::to_bytes(body, 1024 * 1024)
        .await
        .map_err(|_| ApiError::other(413, "invalid_request_error", "The request body is too large."))?;
    let body = std::str::from_utf8(&body).map_err(|_| ApiError::invalid("Invalid UTF-8 in the request body."))?;
    let query = parts.uri.query().unwrap_or("");
    let params = match (query.is_empty(), body.is_empty()) {
        (_, true) => query.to_owned(),
        (true, false) => body.to_owned(),
        (false, false) => format!("{query}&{body}"),
    };
    let key = parts
        .headers
        .get("idempotency-key")
        .map(|k| String::from_utf8_lossy(k.as_bytes()).into_owned());
    if key.as_ref().is_some_and(|k| k.is_empty() || k.len() > 255) {
        return Err(ApiError::invalid(
            "Idempotency keys are between 1 and 255 characters long.",
        ));
    }
    Ok(Call {
        path: parts.uri.path().to_owned(),
        method: parts.method,
        params,
        key,
        request_id,
    })
}

fn authenticate(headers: &HeaderMap) -> Res<()> {
    let header = headers.get("authorization").and_then(|h| h.to_str().ok()).unwrap_or("");
    let key = if let Some(bearer) = header.strip_prefix("Bearer ") {
        bearer.trim().to_owned()
    } else if let Some(basic) = header.strip_prefix("Basic ") {
        base64::engine::general_purpose::STANDARD
            .decode(basic.trim())
            .ok()
            .and_then(|b| String::from_utf8(b).ok())
            .map(|b| b.split(':').next().unwrap_or("").to_owned())
            .unwrap_or_default()
    } else {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    };
    if key.starts_with("sk_test_") && key.len() > 8 {
        return Ok(());
    }
    // Whatever was sent, it is not repeated: it may be a live key.
    let shown: String = key.chars().take(8).collect();
    Err(ApiError::unauthorized(format!(
        "Invalid API Key provided: {shown}****. The sandbox takes keys that begin with sk_test_."
    )))
}

fn json_response(status: u16, body: impl Into<Body>) -> Response {
    let mut r = Response::new(body.into());
    *r.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    r.headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    r
}

fn error_response(e: &ApiError) -> Response {
    json_response(e.status, e.body().to_string())
}

/// Cuts the connection: the task that serves it ends without an answer.
fn cut() -> ! {
    std::panic::resume_unwind(Box::new("the connection is cut on purpose"))
}

/// Holds the request open without an answer, then cuts the connection.
async fn silence() -> ! {
    tokio::time::sleep(SILENCE).await;
    cut()
}

impl Sandbox {
    fn strike(&self, method: &str, path: &str) -> Vec<Fault> {
        let mut faults = self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults
            .iter_mut()
            .filter_map(|f| f.strikes(method, path).then(|| f.clone()))
            .collect()
    }

    async fn answer(&self, call: Call, struck: Vec<Fault>) -> Response {
        let target = format!("{} {}", call.method, call.path);
        let hash = hex::encode(Sha256::digest(call.params.as_bytes()));
        // Keys mean something for POST only.
        let key = call.key.clone().filter(|_| call.method == Method::POST);
        let before = struck.iter().find(|f| {
            !matches!(
                f.kind,
                Kind::Latency
                    | Kind::TimeoutAfter
                    | Kind::ResetAfter
                    | Kind::Error500AfterCommit
                    | Kind::Malformed
                    | Kind::Truncated
            )
        });
        match before.map(|f| f.kind) {
            Some(Kind::TimeoutBefore) => silence().await,
            Some(Kind::Reset) => cut(),
            Some(Kind::Status(status)) => {
                let mut r = error_response(&status_error(status));
                if let Some(retry) = before.and_then(|f| f.should_retry) {
                    let v = HeaderValue::from_static(if retry { "true" } else { "false" });
                    r.headers_mut().insert("stripe-should-retry", v);
                }
                return r;
            }
            _ => {}
        }
        if let Some(key) = &key {
            match self.begin(key, &target, &hash).await {
                Ok(None) => {}
                Ok(Some((status, body))) => {
                    let mut r = json_response(status, body.to_string());
                    r.headers_mut()
                        .insert("idempotent-replayed", HeaderValue::from_static("true"));
                    r.headers_mut().insert("idempotency-key", header(key));
                    return r;
                }
                Err(e) => return error_response(&e),
            }
        }
        let latency: u64 = struck
            .iter()
            .filter(|f| f.kind == Kind::Latency)
            .map(|f| f.latency_ms)
            .sum();
        let after = struck.iter().map(|f| f.kind).find(|k| {
            matches!(
                k,
                Kind::TimeoutAfter | Kind::ResetAfter | Kind::Error500AfterCommit | Kind::Malformed | Kind::Truncated
            )
        });
        let forced = match (before.map(|f| f.kind), after) {
            (Some(Kind::Error500Saved), _) => Some(Forced::Saved),
            (Some(Kind::Error500Unsaved), _) => Some(Forced::Unsaved),
            (_, Some(Kind::Error500AfterCommit)) => Some(Forced::AfterCommit),
            _ => None,
        };
        // In a task of its own: a caller who hangs up does not stop what has begun.
        let sandbox = self.clone();
        let echo = key.clone();
        let request_id = call.request_id.clone();
        let work = tokio::spawn(async move {
            if latency > 0 {
                tokio::time::sleep(Duration::from_millis(latency)).await;
            }
            sandbox.work(call, key, target, hash, forced).await
        });
        let (status, body) = match work.await {
            Ok(done) => done,
            Err(_) => {
                if let Some(key) = &echo {
                    self.inner.state.lock().await.idem.remove(key);
                }
                let e = ApiError::other(
                    500,
                    "api_error",
                    "The sandbox failed. This is a mistake in the sandbox.",
                );
                (e.status, Arc::from(e.body().to_string()))
            }
        };
        self.inner.wake.notify_one();
        match after {
            Some(Kind::TimeoutAfter) => silence().await,
            Some(Kind::ResetAfter) => cut(),
            Some(Kind::Malformed) => return json_response(200, "<html><body>502 Bad Gateway</body></html>"),
            Some(Kind::Truncated) => {
                let half: String = body.chars().take(body.len() / 2).collect();
                let parts = futures::stream::iter([Ok::<_, Infallible>(Bytes::from(half))]);
                return json_response(status, Body::from_stream(parts));
            }
            _ => {}
        }
        let mut r = json_response(status, body.to_string());
        if let Some(key) = echo {
            r.headers_mut().insert("idempotency-key", header(&key));
            r.headers_mut().insert("original-request", header(&request_id));
        }
        r
    }

    /// Marks a key as in use; or gives the answer that it has; or refuses.
    async fn begin(&self, key: &str, target: &str, hash: &str) -> Res<Option<(u16, Arc<str>)>> {
        let now = self.inner.clock.now_secs();
        let mut st = self.inner.state.lock().await;
        if let Some(old) = st.idem.get(key)
            && old.created > now - KEY_SECS
        {
            if old.target != target {
                return Err(ApiError::idempotency(format!(
                    "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{}' vs '{target}'). Try using a key other than '{key}' if you meant to execute a different request.",
                    old.target
                )));
            }
            if old.hash != hash {
                return Err(ApiError::idempotency(format!(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '{key}' if you meant to execute a different request."
                )));
            }
            return match &old.answer {
                Some(answer) => Ok(Some(answer.clone())),
                None => Err(ApiError::key_in_use(key)),
            };
        }
        let idem = Idem {
            target: target.to_owned(),
            hash: hash.to_owned(),
            created: now,
            answer: None,
        };
        st.idem.insert(key.to_owned(), idem);
        Ok(None)
    }

    /// One request in one unit of work.
    async fn work(
        &self,
        call: Call,
        key: Option<String>,
        target: String,
        hash: String,
        forced: Option<Forced>,
    ) -> (u16, Arc<str>) {
        let now = self.inner.clock.now_secs();
        let mut st = self.inner.state.lock().await;
        let origin = Origin {
            request: Some(call.request_id.clone()),
            key: key.clone(),
        };
        let mut tx = Tx::new(&mut st, now, origin, &self.inner.pages);
        let result = match forced {
            Some(Forced::Saved) => Err(server_error().saved()),
            Some(Forced::Unsaved) => Err(server_error()),
            _ => run(&mut tx, &call),
        };
        let (mut status, mut body, mut saved, keep) = match result {
            Ok(v) => (200, v.to_string(), true, true),
            Err(e) => (e.status, e.body().to_string(), e.saved, e.keep),
        };
        if forced == Some(Forced::AfterCommit) {
            let e = server_error();
            (status, body, saved) = (e.status, e.body().to_string(), true);
        }
        let body: Arc<str> = body.into();
        let idem = key
            .as_deref()
            .filter(|_| saved)
            .map(|_| answered(&target, &hash, now, status, Arc::clone(&body)));
        if !keep {
            // Only the answer remains, if it does.
            tx.roll_back();
            tx = Tx::new(&mut st, now, Origin::default(), &self.inner.pages);
        }
        let answer = key.as_deref().zip(idem.as_ref());
        let idle = answer.is_none() && tx.idle();
        let held = idle || self.finish(tx, answer).await;
        if let Some(key) = key {
            match idem.filter(|_| held) {
                Some(idem) => st.idem.insert(key, idem),
                None => st.idem.remove(&key),
            };
        }
        if held {
            (status, body)
        } else {
            let e = ApiError::other(500, "api_error", "The sandbox cannot write its file.");
            (e.status, e.body().to_string().into())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Forced {
    Saved,
    Unsaved,
    AfterCommit,
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("invalid"))
}

fn server_error() -> Box<ApiError> {
    ApiError::other(500, "api_error", "An unknown error occurred. (fault)")
}

fn status_error(status: u16) -> Box<ApiError> {
    match status {
        401 => ApiError::unauthorized("Expired API Key provided: sk_test_****"),
        403 => ApiError::other(
            403,
            "invalid_request_error",
            "The provided key does not have the required permissions for this endpoint.",
        ),
        409 => {
            let mut e = ApiError::key_in_use("(fault)");
            e.status = 409;
            e
        }
        424 => ApiError::other(
            424,
            "api_error",
            "The request could not be completed due to a failure in an external dependency.",
        ),
        429 => ApiError::other(
            429,
            "invalid_request_error",
            "Too many requests made to the API too quickly",
        )
        .code("rate_limit"),
        other => ApiError::other(other, "api_error", "An unknown error occurred. (fault)"),
    }
}

fn run(tx: &mut Tx<'_>, call: &Call) -> Res<Value> {
    let method = call.method.as_str();
    let segments: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    let ["v1", rest @ ..] = segments.as_slice() else {
        return Err(ApiError::unknown_url(method, &call.path));
    };
    let (op, ids) = api::route(method, rest).ok_or_else(|| ApiError::unknown_url(method, &call.path))?;
    let mut p = params::decode(&call.params)?;
    let expand: Vec<String> = match p.as_object_mut().and_then(|m| m.shift_remove("expand")) {
        Some(Value::Array(list)) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        Some(Value::String(one)) => vec![one],
        _ => Vec::new(),
    };
    params::check(&mut p, op.spec)?;
    let args = Args {
        ids,
        p,
        path: call.path.clone(),
    };
    let mut v = (op.run)(tx, &args)?;
    for path in &expand {
        api::expand(tx, &mut v, path)?;
    }
    Ok(v)
}

impl IntoResponse for Box<ApiError> {
    fn into_response(self) -> Response {
        error_response(&self)
    }
}
