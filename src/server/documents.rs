//! Documents: the guard before the rendering, the rendering, and the server functions. Everything that the next version of
//! Leptos will change stands here, in `api` and in `domain::wire`.

use super::{
    here::{Here, wants_html},
    routes::{self, Access, Decision},
    session,
    state::AppState,
};
use crate::{
    api::kernel::{PageContext, Refill},
    app::shell,
};
use axum::{
    body::{Body, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{AppError, UserId};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use leptos::{nonce::use_nonce, prelude::*, server_fn::error::FromServerFnError};
use std::{collections::HashSet, num::NonZeroU32, sync::LazyLock};

/// What every rendering and every server function can reach: one list for both.
fn provide_app_context(here: &Here, page: PageContext) {
    provide_context(here.clone());
    provide_context(page);
}

/// The content security policy of a document. Nothing inline runs but what carries the response's own nonce; Leptos's
/// module loads the rest. Forms go to us, by whichever of our addresses the page was opened, and to Stripe's hosted pages.
pub fn document_policy(nonce: &str, base_url: &str, dev: bool) -> String {
    let live_reload = if dev { " ws:" } else { "" };
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'{live_reload}; manifest-src 'self'; \
         form-action 'self' {base_url} https://checkout.stripe.com https://invoice.stripe.com; frame-ancestors 'none'; \
         object-src 'none'; base-uri 'none'"
    )
}

/// The guard: nothing of a page is rendered for somebody who may not see it.
pub async fn document(State(app): State<AppState>, request: Request) -> Response {
    let pattern = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("", MatchedPath::as_str);
    let Some(here) = request.extensions().get::<Here>().cloned() else {
        tracing::error!("a document was asked for without its session layer");
        return app.plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let rights = here.signed.as_ref().map(|signed| signed.caller.rights());
    match routes::decide(pattern, rights, here.sandbox) {
        Decision::Render => {
            let mut page = here.page().await;
            page.refill = here.typed(request.uri().path());
            render(&app, &here, page, request).await
        }
        Decision::SignIn => to_sign_in(request.uri().path_and_query().map_or("/", |p| p.as_str())),
        Decision::Refuse => app.plain(StatusCode::FORBIDDEN),
        Decision::Unknown => app.plain(StatusCode::NOT_FOUND),
    }
}

/// To the sign-in page, and back to a local path afterwards.
pub fn to_sign_in(wanted: &str) -> Response {
    let next = routes::local_path(wanted).filter(|path| *path != "/");
    let to = match next {
        Some(path) => {
            let query: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", path)
                .finish();
            format!("/login?{query}")
        }
        None => "/login".to_owned(),
    };
    Redirect::to(&to).into_response()
}

/// Renders the app at the request's address.
pub async fn render(app: &AppState, here: &Here, page: PageContext, request: Request) -> Response {
    let dev = app.options.env == leptos::config::Env::DEV;
    let base_url = app.config.base_url.clone();
    let built = app.built.clone();
    let here = here.clone();
    let context = move || {
        provide_app_context(&here, page.clone());
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        if let (Some(response), Ok(policy)) = (
            use_context::<leptos_axum::ResponseOptions>(),
            HeaderValue::from_str(&document_policy(&nonce, &base_url, dev)),
        ) {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    };
    let handler = leptos_axum::render_app_async_with_context(context, move || shell(&built));
    handler(request).await
}

/// Renders the page of a form again after it was refused: what was typed stays, and the error is said.
pub async fn render_refused(
    app: &AppState,
    here: &Here,
    parts: axum::http::request::Parts,
    fields: Vec<(String, String)>,
    error: AppError,
) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let retry = match &error {
        AppError::RateLimited { retry_after_secs } => Some(*retry_after_secs),
        _ => None,
    };
    let path = parts.uri.path().to_owned();
    let page = PageContext {
        refill: Some(Refill {
            path,
            fields,
            error: Some(error),
        }),
        ..here.page().await
    };
    let mut response = render(app, here, page, Request::from_parts(parts, Body::empty())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    if let Some(secs) = retry {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

/// An address that is none of ours.
pub async fn not_found(State(app): State<AppState>, request: Request) -> Response {
    if wants_html(request.headers()) || !request.uri().path().starts_with("/api/") {
        app.plain(StatusCode::NOT_FOUND)
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

static FUNCTIONS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect()
});

/// The largest answer of a server function that is an error.
const ERROR_LIMIT: usize = 64 * 1024;

/// The header by which a server function says that its answer is an error.
static ERROR_HEADER: HeaderName = HeaderName::from_static("serverfnerror");

/// A server function. Each guards itself; here it gets its context, and its errors get their HTTP status.
pub async fn server_fn(State(app): State<AppState>, request: Request) -> Response {
    if !FUNCTIONS.contains(request.uri().path()) {
        return not_found(State(app), request).await;
    }
    let Some(here) = request.extensions().get::<Here>().cloned() else {
        tracing::error!("a server function was called without its session layer");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html = wants_html(request.headers());
    let access = routes::function(request.uri().path());
    if access != Access::Public {
        let refused = match &here.signed {
            None => Some(AppError::SignInRequired),
            Some(signed) if !access.lets_in(Some(signed.caller.rights())) => Some(AppError::Forbidden),
            Some(signed) => within_limit(request.uri().path(), signed.caller.user_id).err(),
        };
        if let Some(error) = refused {
            return refuse_function(&app, html, &error);
        }
    }
    // The frame asks for its context again by a server function; for all others the message for the next page stays.
    let page = match request.uri().path() {
        "/api/page" => here.page().await,
        "/api/page/counts" => here.page_without_message().await,
        _ => PageContext::default(),
    };
    let context = {
        let here = here.clone();
        move || provide_app_context(&here, page.clone())
    };
    if !html {
        let response = leptos_axum::handle_server_fns_with_context(context, request)
            .await
            .into_response();
        return with_status(response).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, FORM_LIMIT).await else {
        return app.plain(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let again = Request::from_parts(parts, Body::from(bytes.clone()));
    let response = leptos_axum::handle_server_fns_with_context(context, again)
        .await
        .into_response();
    // Only the address goes on: a response cannot be held across an await, its body is for one thread.
    let back = response
        .headers()
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    keep_typed(&here, &back, &bytes).await;
    response
}

/// How often one person may call the functions of [`routes::LIMITED`] in a minute, all together.
const CALLS_A_MINUTE: NonZeroU32 = NonZeroU32::new(60).expect("not zero");
/// From so many people on, those who have not called for long are forgotten.
const PEOPLE_KEPT: usize = 10_000;

static CALLS: LazyLock<DefaultKeyedRateLimiter<UserId>> =
    LazyLock::new(|| RateLimiter::keyed(Quota::per_minute(CALLS_A_MINUTE)));

fn within_limit(path: &str, user: UserId) -> Result<(), AppError> {
    if !routes::LIMITED.contains(&path) {
        return Ok(());
    }
    if CALLS.len() > PEOPLE_KEPT {
        CALLS.retain_recent();
    }
    CALLS.check_key(&user).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        AppError::RateLimited {
            retry_after_secs: wait.as_secs().max(1),
        }
    })
}

/// Refused before it ran: in the words that the function itself would have used.
pub fn refuse_function(app: &AppState, html: bool, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::FORBIDDEN);
    match (html, error) {
        (true, AppError::SignInRequired) => Redirect::to("/login").into_response(),
        (true, _) => app.plain(status),
        (false, _) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            let mut response = (status, kind, error.ser()).into_response();
            response
                .headers_mut()
                .insert(ERROR_HEADER.clone(), HeaderValue::from_static("1"));
            response
        }
    }
}

/// A form that a browser posted by itself and that was refused: what was typed waits in the session for its page, which
/// the browser is sent back to. Passwords and keys do not.
async fn keep_typed(here: &Here, back: &str, form: &[u8]) {
    if !back.contains("__err=") {
        return;
    }
    let Ok(back) = url::Url::options()
        .base_url(url::Url::parse("http://here").ok().as_ref())
        .parse(back)
    else {
        return;
    };
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(form)
        .filter(|(name, _)| !NEVER_KEPT.iter().any(|never| name.contains(never)))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if let Err(error) = session::leave_typed(&here.session, back.path(), fields).await {
        tracing::error!(%error, "what was typed could not be kept");
    }
}

/// Parts of names of fields that are not given back.
const NEVER_KEPT: &[&str] = &["password", "present", "again", "idem_key", "form_key"];
/// The largest form of a server function that is posted by a browser itself.
const FORM_LIMIT: usize = 256 * 1024;

/// Leptos answers every error with 500. A browser that posted a form by itself is redirected and never sees it; for
/// everybody else the status is the error's own.
async fn with_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ERROR_LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    if parts.headers.contains_key(&ERROR_HEADER) {
        let error = AppError::de(bytes.clone());
        parts.status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    }
    Response::from_parts(parts, Body::from(bytes))
}
