//! The forms that begin and end a session, and the theme: plain posts, so that they work without JavaScript and always
//! load a new document. A refused one renders its page again with what was typed, but for passwords.

use super::{
    documents::render_refused,
    handover::HandOver,
    here::{Here, came_from},
    routes::local_path,
    session,
    state::AppState,
    typed::{self, FORM_LIMIT},
};
use crate::{
    api::kernel::{Density, Flash, FlashTone, Theme, cookie},
    components::columns,
};
use axum::{
    Form, RequestExt,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::{AppError, UserId};
use engine::people::LinkKind;
use serde::{Deserialize, de::DeserializeOwned};

/// The one field that is never given back.
const SECRET: &str = "password";

/// A post taken apart: its head, who asks, and the form.
async fn open<F: DeserializeOwned + 'static>(app: &AppState, request: Request) -> Result<(Parts, Here, F), Response> {
    let (parts, body) = request.into_parts();
    let Some(here) = parts.extensions.get::<Here>().cloned() else {
        tracing::error!("a form was posted without its session layer");
        return Err(app.plain(StatusCode::INTERNAL_SERVER_ERROR));
    };
    let Ok(bytes) = to_bytes(body, FORM_LIMIT).await else {
        return Err(app.plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let form = match typed::taken_in(&bytes) {
        Ok(form) => form,
        Err(error) => {
            let typed = url::form_urlencoded::parse(&bytes).into_owned();
            let shown = typed.filter(|(name, _)| name != SECRET).collect();
            return Err(render_refused(app, &here, parts, shown, error).await);
        }
    };
    let whole: Request = Request::from_parts(parts.clone(), Body::from(form));
    match whole.extract::<Form<F>, _>().await {
        Ok(Form(form)) => Ok((parts, here, form)),
        Err(_) => Err(app.plain(StatusCode::BAD_REQUEST)),
    }
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

async fn begin(here: &Here, parts: &Parts, user: UserId) -> Result<(), AppError> {
    session::begin(
        &here.session,
        user,
        user_agent(&parts.headers),
        here.source.as_deref().unwrap_or_default(),
        here.engine.wall_now(),
    )
    .await
    .map_err(|error| {
        tracing::error!(%error, "a session could not begin");
        AppError::Internal
    })
}

/// The sign-in form.
#[derive(Deserialize)]
pub struct SignIn {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(flatten)]
    over: HandOver,
}

/// `POST /login`.
pub async fn sign_in(State(app): State<AppState>, request: Request) -> Response {
    let (parts, here, mut form) = match open::<SignIn>(&app, request).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    if !form.over.is_empty() {
        form.over = form.over.cleaned();
    }
    // A page of the app hands over what was being written: whoever is signed in again has it at once.
    if form.email.is_empty() && form.password.is_empty() && !form.over.is_empty() {
        let again = here.signed.as_ref().map(|signed| signed.caller.user_id);
        return match again.filter(|user| form.over.whose == user.to_string()) {
            Some(user) => form.over.take_back(&here, user).await,
            None => form.over.ask(&app, StatusCode::UNAUTHORIZED),
        };
    }
    let done = async {
        let caller = app
            .engine
            .sign_in(&form.email, &form.password, here.source.as_deref())
            .await?;
        begin(&here, &parts, caller.user_id).await?;
        Ok::<_, AppError>(caller)
    };
    match done.await {
        Ok(caller) if form.over.is_empty() => {
            Redirect::to(local_path(&form.over.next).unwrap_or(caller.role.home())).into_response()
        }
        Ok(caller) => form.over.take_back(&here, caller.user_id).await,
        Err(error) => {
            let mut fields = vec![("email".to_owned(), form.email)];
            fields.extend(form.over.fields());
            render_refused(&app, &here, parts, fields, error).await
        }
    }
}

/// `POST /logout`.
pub async fn sign_out(State(app): State<AppState>, request: Request) -> Response {
    let Some(here) = request.extensions().get::<Here>().cloned() else {
        return app.plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    if let Err(error) = session::end(&here.session).await {
        // Not ended: say so rather than let somebody walk away from an open session.
        tracing::error!(%error, "a session could not be ended");
        return app.plain(StatusCode::SERVICE_UNAVAILABLE);
    }
    if let Some(signed) = &here.signed
        && let Err(error) = app.engine.signed_out(signed.caller.user_id).await
    {
        tracing::error!(%error, "a sign-out could not be noted");
    }
    Redirect::to("/login").into_response()
}

/// `POST /theme`: how pages look (a theme, the height of rows, the columns of a list) is kept in a cookie; goes back to the page.
pub async fn theme(
    State(app): State<AppState>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let secure = if app.config.https() { "; Secure" } else { "" };
    let sent = |name: &str| form.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str());
    let (name, word) = if let Some(list) = sent("list") {
        let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        let before = cookies
            .and_then(|cookies| cookie(cookies, columns::COOKIE))
            .unwrap_or_default();
        let shown = form.iter().filter(|(of, _)| of == "show");
        let shown: Vec<&str> = shown.map(|(_, value)| value.as_str()).collect();
        let all = sent("columns").unwrap_or_default();
        (columns::COOKIE, columns::chosen(before, list, all, &shown))
    } else if let Some(rows) = sent("rows") {
        (Density::COOKIE, Density::from_word(rows).as_str().to_owned())
    } else {
        let theme = Theme::from_word(sent("theme").unwrap_or_default());
        (Theme::COOKIE, theme.as_str().to_owned())
    };
    let cookie = format!("{name}={word}; Path=/; Max-Age=31536000; SameSite=Lax{secure}");
    let back = came_from(&headers);
    let back = if back.starts_with("/login") {
        "/login"
    } else {
        local_path(&back).unwrap_or("/")
    };
    match HeaderValue::from_str(&cookie) {
        Ok(cookie) => ([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response(),
        Err(_) => Redirect::to(back).into_response(),
    }
}

/// The form for a forgotten password.
#[derive(Deserialize)]
pub struct Forgot {
    #[serde(default)]
    email: String,
}

/// `POST /forgot`: the answer is the same whether somebody has the address or not.
pub async fn forgot(State(app): State<AppState>, request: Request) -> Response {
    let (parts, here, form) = match open::<Forgot>(&app, request).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let asked = async {
        domain::email::check(&form.email).map_err(|problem| AppError::field("email", problem))?;
        app.engine.request_reset(&form.email, here.source.as_deref()).await
    };
    match asked.await {
        Ok(()) => Redirect::to("/forgot?sent=1").into_response(),
        Err(error) => render_refused(&app, &here, parts, vec![("email".to_owned(), form.email)], error).await,
    }
}

/// The form of a link: a new password, twice.
#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

async fn use_link(app: AppState, kind: LinkKind, token: String, request: Request) -> Response {
    let (parts, here, form) = match open::<NewPassword>(&app, request).await {
        Ok(opened) => opened,
        Err(response) => return response,
    };
    let done = async {
        let caller = app.engine.use_link(kind, &token, &form.password, &form.again).await?;
        if kind == LinkKind::Invite {
            begin(&here, &parts, caller.user_id).await?;
            let welcome = Flash::new(FlashTone::Success, format!("Welcome, {}.", caller.name));
            if let Err(error) = session::leave_flash(&here.session, welcome).await {
                tracing::error!(%error, "a message could not be left");
            }
        }
        Ok::<_, AppError>(caller)
    };
    match done.await {
        Ok(caller) if kind == LinkKind::Invite => Redirect::to(caller.role.home()).into_response(),
        // Not signed in by it: whoever has the mail must also know the new password.
        Ok(_) => Redirect::to("/login?changed=1").into_response(),
        Err(error) => render_refused(&app, &here, parts, Vec::new(), error).await,
    }
}

/// `POST /reset/{token}`.
pub async fn reset(State(app): State<AppState>, Path(token): Path<String>, request: Request<Body>) -> Response {
    use_link(app, LinkKind::Reset, token, request).await
}

/// `POST /invite/{token}`.
pub async fn accept(State(app): State<AppState>, Path(token): Path<String>, request: Request<Body>) -> Response {
    use_link(app, LinkKind::Invite, token, request).await
}

/// `GET /`: to the person's home, or to sign in.
pub async fn home(request: Request) -> Redirect {
    let home = request
        .extensions()
        .get::<Here>()
        .and_then(|here| here.signed.as_ref())
        .map_or("/login", |signed| signed.caller.role.home());
    Redirect::to(home)
}
