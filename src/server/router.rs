//! The router: every address of the process and the layers around it.

use super::{
    brand, documents, events, exports, files, forms, headers, health, here, pace, payments::SANDBOX_PATH, plain,
    session, state::AppState, typed::FORM_LIMIT, webhook,
};
use crate::app::App;
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use leptos_axum::{LeptosRoutes, generate_route_list};
use std::{any::Any, time::Duration};
use tower::ServiceBuilder;
use tower_http::{
    CompressionLevel,
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    services::ServeDir,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

/// The longest that an answer may take to begin.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The longest that files may be on their way: ten of 50 MB over a slow line.
const TRANSFER_WITHIN: Duration = Duration::from_secs(60 * 60);
/// The longest that nothing of a file may come: who sends slowly goes on, who sends nothing does not.
const SILENT_FOR: Duration = Duration::from_secs(60);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Files that never change under their name; the names of the others stand still while their content may change.
const FOREVER: &str = "public, max-age=31536000, immutable";
const A_WHILE: &str = "public, max-age=3600";

/// The whole of it. `sandbox_pages` are the sandbox's hosted pages, where payments go there.
pub fn router(app: AppState, sandbox_pages: Option<Router>) -> Router {
    let paced = from_fn_with_state(app.clone(), pace::of_forms);
    let people = Router::new()
        .leptos_routes_with_handler(generate_route_list(App), documents::document)
        .route("/", get(forms::home))
        .route("/login", post(forms::sign_in).layer(paced.clone()))
        .route("/logout", post(forms::sign_out).layer(paced.clone()))
        .route("/theme", post(forms::theme).layer(paced.clone()))
        .route("/forgot", post(forms::forgot).layer(paced.clone()))
        .route("/reset/{token}", post(forms::reset).layer(paced.clone()))
        .route("/invite/{token}", post(forms::accept).layer(paced.clone()))
        .route("/events", get(events::stream))
        .route("/admin/reports/vendor-payments.csv", get(exports::payables_csv))
        .route("/admin/reports/vendor-payments.xlsx", get(exports::payables_xlsx))
        .route("/admin/audit.csv", get(exports::audit_csv))
        .route("/vendor/payments.csv", get(exports::slip_csv))
        .route("/vendor/payments.pdf", get(exports::slip_pdf))
        .route(
            "/api/{*function}",
            post(documents::server_fn).fallback(documents::not_found),
        )
        .layer(from_fn_with_state(app.clone(), here::identify))
        .layer(session::layer(&app.engine, app.config.https()));

    // RQ9: streamed both ways, so neither held within a form's size, nor packed, nor cut off like a page.
    let transfers = Router::new()
        .route(files::SEND, post(files::send))
        .route(files::READ, get(files::read))
        .route(files::PREVIEW, get(files::preview))
        .route(brand::SEND, post(brand::send))
        .layer(from_fn_with_state(app.clone(), here::identify))
        .layer(session::layer(&app.engine, app.config.https()))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyTimeoutLayer::new(SILENT_FOR))
        .layer(CsrfLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TRANSFER_WITHIN,
        ));

    let mut from_browsers = people;
    if let Some(pages) = sandbox_pages {
        from_browsers = from_browsers.nest(SANDBOX_PATH, pages.with_state(()));
    }
    let from_browsers = from_browsers
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(CsrfLayer::new());

    let machines = Router::new()
        .route("/webhooks/stripe", post(webhook::receive))
        .route(brand::READ, get(brand::read))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz));

    let site = ServeDir::new(app.options.site_root.as_ref())
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
        .not_found_service(get(documents::not_found).with_state(app.clone()));
    let site = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), cache_files))
        .service(site);

    let stylesheet = app.built.stylesheet.clone();
    let on_panic = move |panic: Box<dyn Any + Send>| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("unknown");
        tracing::error!(panic = what, "a request panicked");
        plain::page(StatusCode::INTERNAL_SERVER_ERROR, &stylesheet)
    };
    // Documents are made for one answer: what is saved by packing them harder is lost by waiting for it. Streams are left
    // alone by the layer itself.
    let compress = CompressionLayer::new().quality(CompressionLevel::Fastest);

    Router::new()
        .merge(from_browsers)
        .merge(machines)
        .fallback_service(site)
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            ANSWER_WITHIN,
        ))
        .layer(compress)
        .merge(transfers)
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(REQUEST_ID.clone(), MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span::<Body>))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
                .layer(from_fn(count))
                .layer(from_fn_with_state(app.clone(), headers::secure))
                .layer(from_fn_with_state(app.clone(), own_words))
                .layer(CatchPanicLayer::custom(on_panic)),
        )
        .with_state(app)
}

/// A span for each request: method, path and id, never a query string, a body or a cookie.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // The secret of a link stands in its path.
    let path = request.uri().path();
    let path = match path.split('/').nth(1) {
        Some("reset") => "/reset/…",
        Some("invite") => "/invite/…",
        _ => path,
    };
    tracing::info_span!("request", method = %request.method(), path, id)
}

async fn count(request: Request, next: Next) -> Response {
    let began = std::time::Instant::now();
    let method = match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "HEAD" => "HEAD",
        _ => "other",
    };
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("http_requests_total", "method" => method, "status" => status).increment(1);
    metrics::histogram!("http_request_seconds", "method" => method).record(began.elapsed());
    response
}

/// Answers without words of their own (a refused cross-site post, a body that is too large, a time-out) get ours, where a
/// browser shows them.
async fn own_words(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let html = here::wants_html(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let ours = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html") || kind.starts_with("application/json"));
    if html && !ours && (status.is_client_error() || status.is_server_error()) && status != StatusCode::UNAUTHORIZED {
        app.plain(status)
    } else {
        response
    }
}

/// Files of the build carry a hash in their name and are kept forever, the others for a while.
async fn cache_files(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let built = request
        .uri()
        .path()
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(app.options.site_pkg_dir.as_ref()))
        .is_some_and(|rest| rest.starts_with('/'));
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let keep = if built && app.options.hash_files {
            FOREVER
        } else {
            A_WHILE
        };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    }
    response.into_response()
}
