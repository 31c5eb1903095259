//! Files up and down (RQ9): the one form that sends them, and the address where each is read. Both are streamed: no file is
//! ever held whole.

use super::{
    documents::{path_of, refuse_function, server_fn, to_sign_in},
    gate::Gate,
    handover::{HandOver, WHOSE},
    here::{Here, SignedIn, came_from, wants_html},
    pace::{Pace, Who},
    routes::{self, Access},
    session,
    state::AppState,
    typed::{self, FORM_LIMIT},
};
use crate::api::kernel::{Flash, FlashTone, Refill};
use axum::{
    RequestExt as _,
    body::Body,
    extract::{
        Multipart, Path, Request, State,
        multipart::{Field, MultipartError},
    },
    http::{HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    AppError, AppResult, FileId, RequestId,
    error::{FieldError, Problem},
    work::{
        file::{MAX_AT_ONCE, MAX_BYTES},
        form::RequestForm,
        preview::PreviewSize,
        view::Added,
    },
};
use engine::ports::{FileBytes, FilesError};
use futures::{StreamExt as _, TryStreamExt as _};
use std::{collections::BTreeMap, sync::Arc};

/// Where files are sent.
pub const SEND: &str = "/requests/files";
/// Where one is read.
pub const READ: &str = "/files/{id}";
/// Where its preview is read.
pub const PREVIEW: &str = "/files/{id}/{size}";

/// Nothing of a file runs, loads or is framed, even where somebody opens it in a tab.
const FILE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";
/// A preview is a picture of our own making, which browsers lay out by a style of theirs where it is opened in a tab.
pub(super) const PREVIEW_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

fn who(request: &Request) -> Result<(Here, Arc<SignedIn>), AppError> {
    let here = request.extensions().get::<Here>().cloned().ok_or_else(|| {
        tracing::error!("a file was asked for without the session layer");
        AppError::Internal
    })?;
    let signed = here.signed.clone().ok_or(AppError::SignInRequired)?;
    Ok((here, signed))
}

fn may(pattern: &str, signed: &SignedIn) -> AppResult<()> {
    let found = routes::TRANSFERS.iter().find(|(known, _)| *known == pattern);
    let access = found.map_or(Access::May(domain::Capability::Operate), |(_, access)| *access);
    if access.lets_in(Some(signed.caller.rights())) {
        Ok(())
    } else {
        Err(AppError::Forbidden)
    }
}

/// `GET /files/{id}`: as an attachment, to those who may see it.
pub async fn read(State(app): State<AppState>, Path(id): Path<String>, request: Request) -> Response {
    let (path, admitted) = (request.uri().path().to_owned(), admitted(READ, &request));
    let opened = async {
        let (here, signed) = admitted?;
        let id: FileId = id.parse().map_err(|_| AppError::NotFound)?;
        let file = here.engine.open_file(&signed.caller, id).await?;
        Ok(Outgoing {
            media_type: file.media_type,
            size: file.size,
            disposition: attachment(&file.name),
            policy: FILE_POLICY,
            keep: "private, no-store",
            bytes: file.bytes,
        })
    };
    answer(&app, &path, opened.await)
}

/// `GET /files/{id}/{size}`: a preview, to those who may see its file. It never changes under its address.
pub async fn preview(
    State(app): State<AppState>,
    Path((id, size)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (path, admitted) = (request.uri().path().to_owned(), admitted(PREVIEW, &request));
    let opened = async {
        let (here, signed) = admitted?;
        let id: FileId = id.parse().map_err(|_| AppError::NotFound)?;
        let size: PreviewSize = size.parse().map_err(|_| AppError::NotFound)?;
        let preview = here.engine.open_preview(&signed.caller, id, size).await?;
        Ok(Outgoing {
            media_type: preview.media_type,
            size: preview.size,
            disposition: "inline".to_owned(),
            policy: PREVIEW_POLICY,
            keep: "private, max-age=31536000, immutable",
            bytes: preview.bytes,
        })
    };
    answer(&app, &path, opened.await)
}

pub(super) fn admitted(pattern: &str, request: &Request) -> AppResult<(Here, Arc<SignedIn>)> {
    let (here, signed) = who(request)?;
    may(pattern, &signed)?;
    Ok((here, signed))
}

/// Bytes on their way to a browser.
struct Outgoing {
    media_type: String,
    size: i64,
    disposition: String,
    policy: &'static str,
    keep: &'static str,
    bytes: FileBytes<'static>,
}

fn answer(app: &AppState, path: &str, opened: AppResult<Outgoing>) -> Response {
    let outgoing = match opened {
        Ok(outgoing) => outgoing,
        Err(AppError::SignInRequired) => return to_sign_in(path),
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return app.plain(status);
        }
    };
    let bytes = outgoing.bytes.map_err(|error| {
        tracing::error!(%error, "a file broke off while it was sent");
        std::io::Error::other(error)
    });
    let mut response = Body::from_stream(bytes).into_response();
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &outgoing.media_type);
    set(header::CONTENT_LENGTH, &outgoing.size.to_string());
    set(header::CONTENT_DISPOSITION, &outgoing.disposition);
    set(header::CONTENT_SECURITY_POLICY, outgoing.policy);
    set(header::CACHE_CONTROL, outgoing.keep);
    response
}

/// RFC 6266: the name in ASCII for old browsers, and as it is for all others.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' })
        .map(|c| if matches!(c, '"' | '\\' | '%') { '_' } else { c })
        .collect();
    let mut exact = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            exact.push(char::from(byte));
        } else {
            exact.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

/// `POST /requests/files`: adds files to a request (`id`), or to the draft that the fields before them are (RQ2). A browser
/// is sent back to the page, the app gets the request's id. A button of the form that does more (*Submit request*, *Deliver*)
/// does it once all files are there, so that none that was chosen stays behind.
pub async fn send(State(app): State<AppState>, request: Request) -> Response {
    let html = wants_html(request.headers());
    let (here, signed) = match who(&request) {
        Ok(who) => who,
        Err(AppError::SignInRequired) if html => {
            let here = request.extensions().get::<Here>().map(Here::who).unwrap_or(Who::Hidden);
            return match app.paces.check(Pace::Stranger, &here) {
                Ok(()) => signed_out(&app, request).await,
                Err(error) => refuse_function(&app, html, &error),
            };
        }
        Err(error) => return refuse_function(&app, html, &error),
    };
    let may = may(SEND, &signed).and_then(|()| app.paces.check(routes::pace(SEND, true), &here.who()));
    if let Err(error) = may {
        return refuse_function(&app, html, &error);
    }
    let Some(_seat) = app.room.uploads.take(signed.caller.user_id) else {
        return refuse_function(&app, html, &AppError::RateLimited { retry_after_secs: 5 });
    };
    let (head, body) = request.into_parts();
    let Some(mut form) = Form::of(&head, body).await else {
        return refuse_function(&app, html, &AppError::field("files", Problem::FilesMissing));
    };
    let mut sending = Sending {
        app: &app,
        signed: &signed,
        texts: BTreeMap::new(),
        unreadable: Vec::new(),
        request: None,
        sent: Vec::new(),
        refused: Vec::new(),
    };
    let outcome = sending.all(&mut form).await;
    if outcome.is_err() {
        form.drain().await;
    }
    let (request, sent, refused, texts) = (sending.request, sending.sent, sending.refused, sending.texts);
    let draft = !texts.contains_key("id");
    if html
        && outcome.is_ok()
        && refused.is_empty()
        && let Some(function) = goes_on(&texts)
    {
        return go_on(app, head, function, texts).await;
    }
    if html && outcome == Err(AppError::OtherPerson) {
        return over(&head, &texts).ask(&app, StatusCode::CONFLICT);
    }
    let missing = || AppError::field("files", Problem::FilesMissing);
    let outcome = outcome.and_then(|request| request.ok_or_else(missing));
    match (html, outcome) {
        (false, Ok(request)) => {
            let added = Added {
                id: request.to_string(),
                refused,
            };
            match postcard_of(&added) {
                Some(response) => response,
                None => app.plain(StatusCode::INTERNAL_SERVER_ERROR),
            }
        }
        (false, Err(error)) => refuse_function(&app, false, &error),
        (true, outcome) => {
            let path = match (draft, outcome.as_ref().ok().copied().or(request)) {
                (true, Some(id)) => format!("/requests/new?draft={id}"),
                (true, None) => "/requests/new".to_owned(),
                (false, Some(id)) => format!("/requests/{id}"),
                (false, None) => "/requests".to_owned(),
            };
            // What was taken before something failed is there, and is said.
            if !sent.is_empty() {
                let flash = Flash::new(FlashTone::Success, added_words(&sent));
                if let Err(error) = session::leave_flash(&here.session, flash).await {
                    tracing::error!(%error, "a message could not be left");
                }
            }
            let refused = (!refused.is_empty()).then_some(AppError::Invalid { fields: refused });
            let error = outcome.and_then(|_| refused.map_or(Ok(()), Err)).err();
            if let Some(error @ (AppError::NotFound | AppError::Internal)) = &error {
                return app.plain(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::NOT_FOUND));
            }
            // What was typed beside the files is not lost by adding them: of a request it stays in its form, and a draft has it.
            if error.is_some() || (!draft && texts.get("text").is_some_and(|text| !text.is_empty())) {
                let of = error.as_ref().map_or(SEND, |error| asked_by(&texts, error));
                let refill = Refill {
                    path: path_of(&path).to_owned(),
                    of: Some(of.to_owned()),
                    fields: texts.into_iter().collect(),
                    error,
                };
                if let Err(error) = session::leave_refused(&here.session, refill).await {
                    tracing::error!(%error, "what was typed could not be kept");
                }
            }
            Redirect::to(&path).into_response()
        }
    }
}

/// Signed out while writing: what was typed, before the files or after them, goes through the sign-in; the files are chosen again.
async fn signed_out(app: &AppState, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Some(mut form) = Form::of(&head, body).await else {
        return app.plain(StatusCode::BAD_REQUEST);
    };
    let (mut texts, mut left) = (BTreeMap::new(), FORM_LIMIT);
    // Of a stranger's files no more is read than one may hold, to reach what was typed below them.
    let mut passed = MAX_BYTES;
    while let Ok(Some(part)) = form.next().await {
        let name = part.name();
        if name == "files" {
            if !part.passed_by(&mut passed).await {
                break;
            }
            continue;
        }
        match part.text(&mut left).await {
            Ok((text, _)) => drop(texts.insert(name, text)),
            Err(_) => break,
        }
    }
    form.drain().await;
    over(&head, &texts).ask(app, StatusCode::UNAUTHORIZED)
}

fn over(head: &Parts, texts: &BTreeMap<String, String>) -> HandOver {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(texts)
        .finish();
    HandOver::of_form(
        &came_from(&head.headers),
        goes_on(texts).unwrap_or(SEND),
        form.as_bytes(),
    )
}

/// What else the form was sent for: a step of the work, or a request to be submitted, quoted or kept as a draft.
fn goes_on(texts: &BTreeMap<String, String>) -> Option<&'static str> {
    let says = |name: &str| texts.get(name).map(String::as_str);
    match (says("id"), says("step"), says("intent")) {
        (Some(_), Some(_), _) => Some("/api/requests/work"),
        (Some(_), None, _) | (None, _, Some("files")) => None,
        (None, ..) => Some("/api/requests/submit"),
    }
}

/// Which form of the page an error belongs to: what was typed beside the files has fields of its own in the form that they stand
/// in.
fn asked_by(texts: &BTreeMap<String, String>, error: &AppError) -> &'static str {
    let typed = matches!(error, AppError::Invalid { fields } if fields.iter().all(|one| one.field != "files"));
    match texts.contains_key("id") {
        _ if !typed => SEND,
        true => goes_on(texts).unwrap_or(SEND),
        false => "/api/requests/submit",
    }
}

/// Goes on to a server function with the fields that stood beside the files.
async fn go_on(app: AppState, mut head: Parts, function: &'static str, texts: BTreeMap<String, String>) -> Response {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&texts)
        .finish();
    head.uri = Uri::from_static(function);
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    server_fn(State(app), Request::from_parts(head, Body::from(form))).await
}

fn added_words(sent: &[String]) -> String {
    match sent {
        [one] => format!("{one} was added."),
        [one, other] => format!("{one} and {other} were added."),
        many => format!("{} files were added.", many.len()),
    }
}

fn postcard_of(added: &Added) -> Option<Response> {
    let bytes = postcard::to_allocvec(added).ok()?;
    let kind = [(header::CONTENT_TYPE, "application/postcard")];
    Some((kind, bytes).into_response())
}

/// One post on its way.
struct Sending<'a> {
    app: &'a AppState,
    signed: &'a SignedIn,
    /// The fields before the files.
    texts: BTreeMap<String, String>,
    /// Those of them that no database could keep.
    unreadable: Vec<FieldError>,
    /// Where the files go, once that is known.
    request: Option<RequestId>,
    /// What has been added: the names as they are kept.
    sent: Vec<String>,
    /// What was not taken.
    refused: Vec<FieldError>,
}

impl Sending<'_> {
    /// Takes everything in. `None`: no file was chosen, and the form was sent for something else.
    async fn all(&mut self, form: &mut Form) -> AppResult<Option<RequestId>> {
        let mut left = FORM_LIMIT;
        loop {
            let mut part = match form.next().await {
                Ok(Some(part)) => part,
                Ok(None) => break,
                Err(_) if self.refused.is_empty() => return Err(cut_off("")),
                // The file that broke off has been told by its name.
                Err(_) => break,
            };
            let name = part.name();
            if name != "files" {
                let (text, reads) = part.text(&mut left).await?;
                if !reads {
                    self.unreadable.push(FieldError::new(&*name, Problem::Unreadable));
                }
                self.texts.insert(name, text);
                continue;
            }
            let called = part.field.file_name().unwrap_or_default().to_owned();
            // A field where nothing was chosen is sent all the same.
            if called.is_empty() {
                continue;
            }
            if self.sent.len() == MAX_AT_ONCE {
                let max = MAX_AT_ONCE as i64;
                self.refused
                    .push(FieldError::new("files", Problem::FilesTooMany { max }));
                form.drain().await;
                break;
            }
            let request = self.place().await?;
            let engine = &self.app.engine;
            match engine
                .add_file(&self.signed.caller, request, &called, part.bytes())
                .await
            {
                Ok(kept) => self.sent.push(kept),
                // One that is not taken takes no other along.
                Err(AppError::Invalid { fields }) => {
                    self.refused.extend(fields);
                    let mut all = u64::MAX;
                    part.passed_by(&mut all).await;
                }
                Err(error) => return Err(error),
            }
        }
        let nothing = self.sent.is_empty() && self.refused.is_empty() && self.unreadable.is_empty();
        if nothing && goes_on(&self.texts).is_some() {
            return Ok(None);
        }
        let request = self.place().await?;
        match (self.sent.is_empty(), self.refused.is_empty()) {
            (false, _) => Ok(Some(request)),
            (true, true) => Err(AppError::field("files", Problem::FilesMissing)),
            (true, false) => Err(AppError::Invalid {
                fields: std::mem::take(&mut self.refused),
            }),
        }
    }

    /// The request that the fields name; a draft is saved first, so that nothing that was typed is lost.
    async fn place(&mut self) -> AppResult<RequestId> {
        if let Some(request) = self.request {
            return Ok(request);
        }
        if !self.unreadable.is_empty() {
            return Err(AppError::Invalid {
                fields: self.unreadable.clone(),
            });
        }
        let text = |name: &str| self.texts.get(name).cloned().unwrap_or_default();
        let whose = text(WHOSE);
        if !whose.is_empty() && whose != self.signed.caller.user_id.to_string() {
            return Err(AppError::OtherPerson);
        }
        let request = match self.texts.get("id") {
            Some(id) => id.parse().map_err(|_| AppError::NotFound)?,
            None => {
                let form = RequestForm {
                    service: text("service"),
                    title: text("title"),
                    quantity: text("quantity"),
                    brief: text("brief"),
                    wished_on: text("wished_on"),
                };
                let key = text("form_key");
                let saved = self.app.engine.save_draft(&self.signed.caller, &key, &form);
                let submitted = AppError::TransitionNotAllowed {
                    state: "submitted".to_owned(),
                };
                // Other words than those that were submitted are a form of its own (CO9).
                saved.await?.ok_or(submitted)?
            }
        };
        self.request = Some(request);
        Ok(request)
    }
}

fn cut_off(name: &str) -> AppError {
    AppError::field("files", Problem::FileCutOff { name: name.to_owned() })
}

/// A form with files as it comes in: part by part behind a [`Gate`], none of it held whole.
pub(super) struct Form {
    parts: Multipart,
    gate: Gate,
}

impl Form {
    /// `None`: it is no such form.
    pub(super) async fn of(head: &Parts, body: Body) -> Option<Form> {
        let gate = Gate::default();
        let request = Request::from_parts(head.clone(), gate.before(body));
        let parts = request.extract::<Multipart, _>().await.ok()?;
        Some(Form { parts, gate })
    }

    pub(super) async fn next(&mut self) -> Result<Option<Part<'_>>, MultipartError> {
        let field = self.parts.next_field().await?;
        self.gate.told();
        let gate = &self.gate;
        Ok(field.map(|field| Part { field, gate }))
    }

    /// Nothing more is taken from it; the browser is heard out.
    pub(super) async fn drain(&mut self) {
        self.gate.shut();
        while let Ok(Some(_)) = self.parts.next_field().await {}
    }
}

/// One field or file of it.
pub(super) struct Part<'a> {
    field: Field<'a>,
    gate: &'a Gate,
}

impl Part<'_> {
    /// A file was chosen for it.
    pub(super) fn chosen(&self) -> bool {
        self.field.file_name().is_some_and(|name| !name.is_empty())
    }

    pub(super) fn name(&self) -> String {
        self.field.name().unwrap_or_default().to_owned()
    }

    pub(super) fn bytes(&mut self) -> FileBytes<'_> {
        let gate = self.gate;
        let pieces = self.field.by_ref().map_err(|_| FilesError::CutOff);
        pieces.inspect(|_| gate.told()).boxed()
    }

    /// What is left of it, for the next one to be reached; `false`: it is more than so many bytes.
    async fn passed_by(mut self, left: &mut u64) -> bool {
        while let Ok(Some(chunk)) = self.field.chunk().await {
            self.gate.told();
            match left.checked_sub(chunk.len() as u64) {
                Some(less) => *left = less,
                None => return false,
            }
        }
        true
    }

    /// A text beside the files, and whether it may go on; what is left for all of them gets less by its bytes, its name's and
    /// what a field costs.
    pub(super) async fn text(mut self, left: &mut usize) -> AppResult<(String, bool)> {
        let spend = |left: &mut usize, bytes: usize| {
            *left = left.checked_sub(bytes).ok_or(AppError::TooLarge)?;
            Ok(())
        };
        spend(left, self.name().len() + 32)?;
        let mut all = Vec::new();
        while let Some(chunk) = self.field.chunk().await.map_err(|_| cut_off(""))? {
            self.gate.told();
            spend(left, chunk.len())?;
            all.extend_from_slice(&chunk);
        }
        let sent = String::from_utf8_lossy(&all);
        Ok(match typed::text(&sent) {
            Some(text) => (text.into_owned(), true),
            None => (sent.into_owned(), false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rq9_a_download_is_an_attachment_under_its_own_name() {
        assert_eq!(
            attachment("logo final.png"),
            "attachment; filename=\"logo final.png\"; filename*=UTF-8''logo%20final.png"
        );
        assert_eq!(
            attachment("Größe 100%.pdf"),
            "attachment; filename=\"Gr__e 100_.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20100%25.pdf"
        );
        for odd in ["a\"b.png", "a\\b.png", "a\r\nb.png", "a;b.png"] {
            let value = attachment(odd);
            assert!(HeaderValue::from_str(&value).is_ok(), "{odd:?}");
            assert_eq!(value.matches('"').count(), 2, "{odd:?}: {value}");
        }
    }
}
