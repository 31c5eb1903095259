//! Documents: the guard before the rendering, the rendering, and the server functions. Everything that the next version of
//! Leptos will change stands here, in `api` and in `domain::wire`.

use super::{
    handover::{HandOver, is_of_another},
    here::{Here, came_from, wants_html},
    pace::{Pace, with_retry_after},
    routes::{self, Access, Decision},
    session,
    state::AppState,
    typed::{self, FORM_LIMIT},
};
use crate::{
    api::kernel::{Flash, FlashTone, PageContext, Refill},
    app::shell,
};
use axum::{
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::AppError;
use leptos::{nonce::use_nonce, prelude::*, server_fn::error::FromServerFnError};
use std::{collections::HashSet, sync::LazyLock};

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
    if !typed::may_be_address(request.uri()) {
        return app.plain(StatusCode::NOT_FOUND);
    }
    let rights = here.signed.as_ref().map(|signed| signed.caller.rights());
    match routes::decide(pattern, rights, here.sandbox) {
        Decision::Render => {
            let mut page = here.page().await;
            page.refill = here.refused(request.uri().path());
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
    let path = parts.uri.path().to_owned();
    let page = PageContext {
        refill: Some(Refill {
            path,
            of: None,
            fields,
            error: Some(error.clone()),
        }),
        ..here.page().await
    };
    let mut response = render(app, here, page, Request::from_parts(parts, Body::empty())).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    with_retry_after(response, &error)
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
pub async fn server_fn(State(app): State<AppState>, mut request: Request) -> Response {
    if !FUNCTIONS.contains(request.uri().path()) {
        return not_found(State(app), request).await;
    }
    let Some(here) = request.extensions().get::<Here>().cloned() else {
        tracing::error!("a server function was called without its session layer");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html = wants_html(request.headers());
    let access = routes::function(request.uri().path());
    let rights = here.signed.as_ref().map(|signed| signed.caller.rights());
    if !access.lets_in(rights) {
        let error = rights.map_or(AppError::SignInRequired, |_| AppError::Forbidden);
        if !html || rights.is_some() {
            return refuse_function(&app, html, &error);
        }
        if let Err(error) = app.paces.check(Pace::Stranger, &here.who()) {
            return refuse_function(&app, html, &error);
        }
        // Signed out while writing: what was typed goes through the sign-in.
        let (parts, body) = request.into_parts();
        return match to_bytes(body, FORM_LIMIT).await {
            Ok(form) => HandOver::of_form(&came_from(&parts.headers), parts.uri.path(), &form)
                .ask(&app, StatusCode::UNAUTHORIZED),
            Err(_) => app.plain(StatusCode::PAYLOAD_TOO_LARGE),
        };
    }
    let limit = if access == Access::Public {
        PUBLIC_LIMIT
    } else {
        FORM_LIMIT
    };
    // Before anything of the body is read, but for what is given back to whoever typed it.
    let pace = routes::pace(request.uri().path(), rights.is_some());
    if let Err(error) = app.paces.check(pace, &here.who()) {
        if !html || rights.is_none() {
            return refuse_function(&app, html, &error);
        }
        let (parts, body) = request.into_parts();
        return match to_bytes(body, limit).await {
            Ok(form) => {
                let (of, from) = (parts.uri.path().to_owned(), came_from(&parts.headers));
                give_back(&here, &from, of, &form, error).await
            }
            Err(_) => app.plain(StatusCode::PAYLOAD_TOO_LARGE),
        };
    }
    DefaultBodyLimit::max(limit).apply(&mut request);
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
    let (parts, body) = request.into_parts();
    let (of, from) = (parts.uri.path().to_owned(), came_from(&parts.headers));
    let Ok(form) = to_bytes(body, limit).await else {
        return refuse_function(&app, html, &AppError::TooLarge);
    };
    if is_of_another(&here, &form) {
        if !html {
            return refuse_function(&app, html, &AppError::OtherPerson);
        }
        return HandOver::of_form(&from, &of, &form).ask(&app, StatusCode::CONFLICT);
    }
    let taken_in = match typed::taken_in(&form) {
        Ok(form) => form,
        Err(error) if html => return give_back(&here, &from, of, &form, error).await,
        Err(error) => return refuse_function(&app, html, &error),
    };
    let again = Request::from_parts(parts, Body::from(taken_in));
    let response = leptos_axum::handle_server_fns_with_context(context, again)
        .await
        .into_response();
    if !html {
        return with_status(response).await;
    }
    if !response.headers().contains_key(&ERROR_HEADER) {
        return response;
    }
    match to_bytes(response.into_body(), ERROR_LIMIT).await {
        Ok(error) => give_back(&here, &from, of, &form, AppError::de(error)).await,
        Err(_) => app.plain(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// Refused before it ran: in the words that the function itself would have used.
pub fn refuse_function(app: &AppState, html: bool, error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::FORBIDDEN);
    match (html, error) {
        (true, AppError::SignInRequired) => Redirect::to("/login").into_response(),
        (true, _) => with_retry_after(app.plain(status), error),
        (false, _) => {
            let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            let mut response = (status, kind, error.ser()).into_response();
            response
                .headers_mut()
                .insert(ERROR_HEADER.clone(), HeaderValue::from_static("1"));
            with_retry_after(response, error)
        }
    }
}

/// A form that a browser posted by itself and that was refused: why, and what was typed, waits in the session for the form's
/// page, which the browser is sent back to. Not in the address: what stands there could be anybody's words. Where the browser
/// does not say which page it was, the next one says why.
async fn give_back(here: &Here, from: &str, of: String, form: &[u8], error: AppError) -> Response {
    let page = routes::local_path(from);
    let left = match page {
        Some(page) => {
            let fields = url::form_urlencoded::parse(form).into_owned().collect();
            let refill = Refill {
                path: path_of(page).to_owned(),
                of: Some(of),
                fields,
                error: Some(error),
            };
            session::leave_refused(&here.session, refill).await
        }
        None => {
            let flash = Flash::new(FlashTone::Error, error.message());
            session::leave_flash(&here.session, flash).await
        }
    };
    if let Err(error) = left {
        tracing::error!(%error, "what was typed could not be kept");
    }
    Redirect::to(page.unwrap_or("/")).into_response()
}

/// An address without its query.
pub fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// The largest body of what is open to all: nobody writes there.
const PUBLIC_LIMIT: usize = 16 * 1024;

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
