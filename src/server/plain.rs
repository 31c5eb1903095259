//! Pages that are not rendered by Leptos: refusals and failures. They hold nothing of the page that was asked for, and
//! need neither a database nor JavaScript.

use super::state::AppState;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// What a plain page says.
struct Words {
    title: &'static str,
    what: &'static str,
    now: &'static str,
}

const fn words(status: StatusCode) -> Words {
    match status.as_u16() {
        403 => Words {
            title: "No access",
            what: "You don't have access to this page.",
            now: "Ask an owner or admin of your team for access.",
        },
        404 => Words {
            title: "Not found",
            what: "We can't find this page.",
            now: "Check the address. It may be mistyped, or you don't have access to it.",
        },
        408 | 503 => Words {
            title: "This is taking too long",
            what: "We couldn't answer in time.",
            now: "Nothing is lost. Wait a moment and reload the page.",
        },
        429 => Words {
            title: "Too many tries",
            what: "You tried this too often in a short time.",
            now: "Nothing is lost. Wait a minute and try again.",
        },
        413 => Words {
            title: "Too large",
            what: "What you sent is larger than we accept.",
            now: "Go back and send less at once.",
        },
        _ => Words {
            title: "Something went wrong",
            what: "Something failed on our side. We've been notified.",
            now: "What was saved is safe. Go back and try again.",
        },
    }
}

/// A whole page for a status: what happened, what is safe, what to do now.
pub fn page(status: StatusCode, stylesheet: &str) -> Response {
    let Words { title, what, now } = words(status);
    let panel = format!(
        r#"<div class="panel max-w-xl w-full flex flex-col gap-2" role="alert"><h1 class="text-2xl">{title}</h1><p>{what}</p>
<p class="text-muted">{now}</p><p class="flex flex-wrap gap-2 pt-3"><a class="btn btn-primary" href="/">Go home</a>
<a class="btn" href="/login">Sign in as someone else</a></p></div>"#
    );
    document(status, stylesheet, title, &panel)
}

/// A page with the sign-in on it, and what goes along: `hidden` is markup of ours, its values escaped.
fn form(status: StatusCode, stylesheet: &str, title: &str, what: &str, now: &str, hidden: &str) -> Response {
    let field = |name: &str, kind: &str, label: &str, fill: &str| {
        format!(
            r#"<div class="flex flex-col gap-1.5"><label for="f-{name}" class="font-semibold">{label}</label>
<input id="f-{name}" name="{name}" type="{kind}" autocomplete="{fill}" required class="input control"></div>"#
        )
    };
    let (email, password) = (
        field("email", "email", "Email", "username"),
        field("password", "password", "Password", "current-password"),
    );
    let panel = format!(
        r#"<div class="panel max-w-xl w-full flex flex-col gap-4"><h1 class="text-2xl">{title}</h1><p role="alert">{what}</p>
<p class="text-muted">{now}</p><form method="post" action="/login" class="flex flex-col gap-5">{hidden}{email}{password}
<p class="flex flex-wrap gap-2"><button type="submit" class="btn btn-primary">Sign in and continue</button></p></form></div>"#
    );
    document(status, stylesheet, title, &panel)
}

/// What is around both. The only text that is not ours to the letter is the style sheet's address, which comes from our own
/// build.
fn document(status: StatusCode, stylesheet: &str, title: &str, panel: &str) -> Response {
    let html = format!(
        r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml"><link rel="stylesheet" href="{stylesheet}"></head>
<body><main id="main" class="min-h-[90dvh] px-4 py-10 flex flex-col items-center justify-center">
{panel}</main></body></html>"#
    );
    answer(status, html)
}

fn answer(status: StatusCode, html: String) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, html).into_response()
}

impl AppState {
    /// A page that signs in, with what goes along in hidden fields.
    pub fn plain_form(&self, status: StatusCode, title: &str, what: &str, now: &str, hidden: &str) -> Response {
        form(status, &self.built.stylesheet, title, what, now, hidden)
    }

    /// A whole page for a status.
    pub fn plain(&self, status: StatusCode) -> Response {
        page(status, &self.built.stylesheet)
    }
}
