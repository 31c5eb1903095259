//! The agency's logo: the one form that sends it, and the address where what is drawn of it is read, by everybody.

use super::{
    documents::{refuse_function, to_sign_in},
    files::{Form, PREVIEW_POLICY, admitted},
    handover::WHOSE,
    here::Here,
    pace::Who,
    routes, session,
    state::AppState,
    typed::FORM_LIMIT,
};
use crate::api::kernel::{Flash, FlashTone, Refill};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{AppError, AppResult, error::Problem};
use engine::Caller;

/// Where the logo is sent.
pub const SEND: &str = "/admin/settings/logo";
/// Where it is read.
pub const READ: &str = "/brand/{hash}";
/// The page of the form.
const PAGE: &str = "/admin/settings";

/// Mails show it wherever they are read.
fn elsewhere() -> (HeaderName, HeaderValue) {
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    )
}

/// `GET /brand/{hash}`: what is drawn of the logo. It never changes under its address. An earlier one, which mails show that were
/// sent with it, leads to the present one.
pub async fn read(State(app): State<AppState>, Path(hash): Path<String>) -> Response {
    let bytes = match app.engine.logo(&hash).await {
        Ok(bytes) => bytes,
        Err(AppError::NotFound) if is_hash(&hash) => {
            return match app.engine.brand().await.map(|brand| brand.logo_path()) {
                Ok(Some(present)) => ([elsewhere()], Redirect::temporary(&present)).into_response(),
                _ => app.plain(StatusCode::NOT_FOUND),
            };
        }
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::NOT_FOUND);
            return app.plain(status);
        }
    };
    // What is opaque is drawn as JPEG.
    let kind = if bytes.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else {
        "image/png"
    };
    let headers = [
        elsewhere(),
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(PREVIEW_POLICY),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, bytes).into_response()
}

/// Whether a logo could have been called so: the SHA-256 of its bytes.
fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
}

/// `POST /admin/settings/logo`: a browser's own form, with or without JavaScript. Back to the page, which says how it went.
pub async fn send(State(app): State<AppState>, request: Request) -> Response {
    let (here, signed) = match admitted(SEND, &request) {
        Ok(who) => who,
        Err(AppError::SignInRequired) => return to_sign_in(PAGE),
        Err(error) => return refuse_function(&app, true, &error),
    };
    let who = Who::Person(signed.caller.user_id);
    if let Err(error) = app.paces.check(routes::pace(SEND, true), &who) {
        return refuse_function(&app, true, &error);
    }
    let Some(_seat) = app.room.uploads.take(signed.caller.user_id) else {
        return refuse_function(&app, true, &AppError::RateLimited { retry_after_secs: 5 });
    };
    let (head, body) = request.into_parts();
    let outcome = match Form::of(&head, body).await {
        Some(mut form) => {
            let outcome = take(&here, &signed.caller, &mut form).await;
            form.drain().await;
            outcome
        }
        None => Err(AppError::field("logo", Problem::FilesMissing)),
    };
    let left = match outcome {
        Ok(()) => {
            let flash = Flash::new(FlashTone::Success, "Logo saved.");
            session::leave_flash(&here.session, flash).await
        }
        Err(error @ (AppError::Internal | AppError::OtherPerson)) => return refuse_function(&app, true, &error),
        Err(error) => {
            let refill = Refill {
                path: PAGE.to_owned(),
                of: Some(SEND.to_owned()),
                fields: Vec::new(),
                error: Some(error),
            };
            session::leave_refused(&here.session, refill).await
        }
    };
    if let Err(error) = left {
        tracing::error!(%error, "a message could not be left");
    }
    Redirect::to(PAGE).into_response()
}

/// Takes the first file of the form.
async fn take(here: &Here, caller: &Caller, form: &mut Form) -> AppResult<()> {
    let broken = |_| AppError::field("logo", Problem::LogoInvalid);
    let mut left = FORM_LIMIT;
    while let Some(mut part) = form.next().await.map_err(broken)? {
        let name = part.name();
        if name == "logo" {
            // A field where nothing was chosen is sent all the same.
            if part.chosen() {
                return here.engine.set_logo(caller, part.bytes()).await;
            }
            continue;
        }
        let (text, _) = part.text(&mut left).await?;
        if name == WHOSE && !text.is_empty() && text != caller.user_id.to_string() {
            return Err(AppError::OtherPerson);
        }
    }
    Err(AppError::field("logo", Problem::FilesMissing))
}
