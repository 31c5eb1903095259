//! Files up and down (RQ9): the one form that sends them, and the address where each is read. Both are streamed: no file is
//! ever held whole.

use super::{
    documents::{refuse_function, to_sign_in},
    here::{Here, SignedIn, wants_html},
    routes::{self, Access},
    session,
    state::AppState,
};
use crate::api::kernel::{Flash, FlashTone};
use axum::{
    RequestExt as _,
    body::Body,
    extract::{Multipart, Path, Request, State, multipart::Field},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    AppError, AppResult, FileId, RequestId,
    error::Problem,
    work::{file::MAX_AT_ONCE, form::RequestForm, view::Added},
};
use engine::ports::{FileBytes, FilesError};
use futures::{StreamExt as _, TryStreamExt as _};
use leptos::server_fn::error::ServerFnUrlError;
use std::{collections::BTreeMap, sync::Arc};

/// Where files are sent.
pub const SEND: &str = "/requests/files";
/// Where one is read.
pub const READ: &str = "/files/{id}";

/// The largest text beside the files: that of a form.
const TEXT_LIMIT: usize = 256 * 1024;
/// What is still read of a body that was refused, so that the browser listens to the answer.
const DRAIN_LIMIT: u64 = 256 * 1024 * 1024;

/// Nothing of a file runs, loads or is framed, even where somebody opens it in a tab.
const FILE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

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
    let (here, signed) = match who(&request) {
        Ok(who) => who,
        Err(AppError::SignInRequired) => return to_sign_in(request.uri().path()),
        Err(_) => return app.plain(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let opened = async {
        may(READ, &signed)?;
        let id: FileId = id.parse().map_err(|_| AppError::NotFound)?;
        here.engine.open_file(&signed.caller, id).await
    };
    let file = match opened.await {
        Ok(file) => file,
        Err(error) => {
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return app.plain(status);
        }
    };
    let bytes = file.bytes.map_err(|error| {
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
    set(header::CONTENT_TYPE, &file.media_type);
    set(header::CONTENT_LENGTH, &file.size.to_string());
    set(header::CONTENT_DISPOSITION, &attachment(&file.name));
    set(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    set(header::CACHE_CONTROL, "private, no-store");
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
/// is sent back to the page, the app gets the request's id.
pub async fn send(State(app): State<AppState>, request: Request) -> Response {
    let html = wants_html(request.headers());
    let (here, signed) = match who(&request) {
        Ok(who) => who,
        Err(error) => return refuse_function(&app, html, &error),
    };
    if let Err(error) = may(SEND, &signed) {
        return refuse_function(&app, html, &error);
    }
    let Ok(mut form) = request.extract::<Multipart, _>().await else {
        return refuse_function(&app, html, &AppError::field("files", Problem::FilesMissing));
    };
    let mut sending = Sending {
        app: &app,
        signed: &signed,
        texts: BTreeMap::new(),
        request: None,
        sent: Vec::new(),
    };
    let outcome = sending.all(&mut form).await;
    if outcome.is_err() {
        drain(&mut form).await;
    }
    let (request, sent) = (sending.request, sending.sent);
    let draft = !sending.texts.contains_key("id");
    match (html, outcome) {
        (false, Ok(request)) => {
            let added = Added {
                id: request.to_string(),
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
            match outcome {
                Ok(_) => {
                    let flash = Flash {
                        tone: FlashTone::Success,
                        text: added_words(&sent),
                    };
                    if let Err(error) = session::leave_flash(&here.session, flash).await {
                        tracing::error!(%error, "a message could not be left");
                    }
                    Redirect::to(&path).into_response()
                }
                Err(error @ (AppError::NotFound | AppError::Internal)) => {
                    app.plain(StatusCode::from_u16(error.status()).unwrap_or(StatusCode::NOT_FOUND))
                }
                Err(error) => Redirect::to(&with_error(&path, &error)).into_response(),
            }
        }
    }
}

fn added_words(sent: &[String]) -> String {
    match sent {
        [one] => format!("{one} was added."),
        many => format!("{} files were added.", many.len()),
    }
}

/// The page's address with the refusal in it, as a server function's would be: the form shows it.
fn with_error(path: &str, error: &AppError) -> String {
    let base = "http://here";
    let url = ServerFnUrlError::new(SEND, error.clone()).to_url(&format!("{base}{path}"));
    match url {
        Ok(url) => url.as_str().trim_start_matches(base).to_owned(),
        Err(_) => path.to_owned(),
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
    /// Where the files go, once that is known.
    request: Option<RequestId>,
    /// What has been added.
    sent: Vec<String>,
}

impl Sending<'_> {
    async fn all(&mut self, form: &mut Multipart) -> AppResult<RequestId> {
        let mut left = TEXT_LIMIT;
        while let Some(field) = form.next_field().await.map_err(|_| cut_off(""))? {
            let name = field.name().unwrap_or_default().to_owned();
            if name != "files" {
                let text = text_of(field, left).await?;
                left -= text.len();
                self.texts.insert(name, text);
                continue;
            }
            let called = field.file_name().unwrap_or_default().to_owned();
            // A field where nothing was chosen is sent all the same.
            if called.is_empty() {
                continue;
            }
            if self.sent.len() == MAX_AT_ONCE {
                let max = MAX_AT_ONCE as i64;
                return Err(AppError::field("files", Problem::FilesTooMany { max }));
            }
            let request = self.place().await?;
            let broken = called.clone();
            let bytes: FileBytes<'_> = field.map_err(|_| FilesError::CutOff).boxed();
            let engine = &self.app.engine;
            engine.add_file(&self.signed.caller, request, &broken, bytes).await?;
            self.sent.push(called);
        }
        let request = self.place().await?;
        if self.sent.is_empty() {
            return Err(AppError::field("files", Problem::FilesMissing));
        }
        Ok(request)
    }

    /// The request that the fields name; a draft is saved first, so that nothing that was typed is lost.
    async fn place(&mut self) -> AppResult<RequestId> {
        if let Some(request) = self.request {
            return Ok(request);
        }
        let text = |name: &str| self.texts.get(name).cloned().unwrap_or_default();
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

async fn text_of(mut field: Field<'_>, limit: usize) -> AppResult<String> {
    let mut all = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|_| cut_off(""))? {
        if all.len() + chunk.len() > limit {
            return Err(AppError::TooLarge);
        }
        all.extend_from_slice(&chunk);
    }
    // Browsers send what was typed over several lines with CR LF.
    Ok(String::from_utf8_lossy(&all).replace("\r\n", "\n"))
}

/// Reads on for a while: a browser that is still sending does not read the answer.
async fn drain(form: &mut Multipart) {
    let mut seen = 0;
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(chunk)) = field.chunk().await {
            seen += chunk.len() as u64;
            if seen > DRAIN_LIMIT {
                return;
            }
        }
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

    #[test]
    fn rq9_a_refusal_comes_back_in_the_address_of_the_page() {
        let error = AppError::field(
            "files",
            Problem::FileTooLarge {
                name: "film.mp4".into(),
            },
        );
        let address = with_error("/requests/new?draft=1", &error);
        assert!(
            address.starts_with("/requests/new?draft=1&__path=%2Frequests%2Ffiles&__err="),
            "{address}"
        );
    }
}
