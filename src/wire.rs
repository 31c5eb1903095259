//! How the two halves of the app talk: what a page reads ([`read`]), what a form posts ([`posting`], [`PostForm`]) and what
//! is asked in between ([`call`]). Pages use nothing else to reach a server function.
//!
//! Answers cross as postcard and are taken apart by the page that shows them. Everything between the two ends is compiled
//! once, not once for each page: that is what keeps the wasm small. For the same reason no page uses `Resource`,
//! `ServerAction` or `ActionForm` itself.
//!
//! What must not be here: words, rules, anything of one page.

use crate::components::{Problems, Skeleton};
use domain::{AppError, AppResult, work::view::Added};
use leptos::{html, prelude::*, server::ServerActionError, server_fn::ServerFn, web_sys};
use leptos_server::codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};
use server_fn::error::ServerFnUrlError;
use std::{marker::PhantomData, sync::Arc};

/// A server function of ours, as the struct of its arguments.
pub trait Call:
    ServerFn<Error = AppError, Output: Serialize + DeserializeOwned + Send + Sync + 'static>
    + Serialize
    + Send
    + Sync
    + 'static
{
}
impl<F> Call for F where
    F: ServerFn<Error = AppError, Output: Serialize + DeserializeOwned + Send + Sync + 'static>
        + Serialize
        + Send
        + Sync
        + 'static
{
}

/// What a server function answered, still packed.
type Answer = AppResult<Arc<[u8]>>;

#[cfg(not(feature = "hydrate"))]
fn pack<T: Serialize>(value: &T) -> Answer {
    postcard::to_allocvec(value)
        .map(Arc::from)
        .map_err(|_| AppError::Internal)
}

/// A page of another build of the server cannot be read; it is loaded anew then.
fn unpack<T: DeserializeOwned>(answer: Answer) -> AppResult<T> {
    answer.and_then(|bytes| {
        postcard::from_bytes(&bytes).map_err(|_| {
            reload();
            AppError::Internal
        })
    })
}

/// Once the page has been taken over, an answer that cannot be read means that the server has been replaced by a newer
/// one since. Never before: what the server rendered just now is of one build with what reads it.
fn reload() {
    #[cfg(feature = "hydrate")]
    if document()
        .document_element()
        .is_some_and(|root| root.has_attribute("data-hydrated"))
    {
        drop(window().location().reload());
    }
}

/// Values as a form would send them: a server function's arguments, or what a hidden field carries. Only what is no form
/// at all could fail, and none of ours is.
pub fn to_field<F: Serialize>(values: &F) -> String {
    serde_qs::to_string(values).unwrap_or_default()
}

/// Reads what [`to_field`] wrote; `None` for anything else.
pub fn from_field<F: DeserializeOwned>(text: &str) -> Option<F> {
    serde_qs::from_str(text).ok()
}

/// How a value that both halves have travels inside the document.
struct Packed;

impl<T: Serialize> Encoder<T> for Packed {
    type Error = postcard::Error;
    type Encoded = Vec<u8>;

    fn encode(value: &T) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for Packed {
    type Error = postcard::Error;
    type Encoded = [u8];

    fn decode(bytes: &[u8]) -> Result<T, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

/// A value of the server that the page begins with: made there, read from the document in the browser.
pub fn handed_over<T: Serialize + DeserializeOwned>(made: impl FnOnce() -> T) -> T {
    SharedValue::<T, Packed>::new_with_encoding(made).into_inner()
}

#[cfg(feature = "hydrate")]
type Request = <server_fn::client::browser::BrowserClient as server_fn::client::Client<AppError>>::Request;

/// What answers are packed as.
#[cfg(feature = "hydrate")]
const PACKED: &str = <server_fn::codec::PostcardEncoding as server_fn::ContentType>::CONTENT_TYPE;

/// Posts a body to a server function, and follows it where it leads.
#[cfg(feature = "hydrate")]
async fn post(path: &'static str, body: String) -> Answer {
    use server_fn::request::ClientReq;
    let kind = "application/x-www-form-urlencoded";
    let request = <Request as ClientReq<AppError>>::try_new_post(path, kind, PACKED, body)?;
    answer_of(request).await
}

/// Posts a form with its files.
#[cfg(feature = "hydrate")]
async fn post_files(path: &'static str, form: web_sys::FormData) -> Answer {
    use server_fn::request::ClientReq;
    let request = <Request as ClientReq<AppError>>::try_new_post_multipart(path, PACKED, form.into())?;
    answer_of(request).await
}

#[cfg(feature = "hydrate")]
async fn answer_of(request: Request) -> Answer {
    use server_fn::{
        client::{Client, browser::BrowserClient},
        error::FromServerFnError,
        redirect::call_redirect_hook,
        response::ClientRes,
    };
    let response = <BrowserClient as Client<AppError>>::send(request).await?;
    let refused = ClientRes::<AppError>::status(&response) >= 400;
    let goes_on = ClientRes::<AppError>::has_redirect(&response).then(|| ClientRes::<AppError>::location(&response));
    let bytes = ClientRes::<AppError>::try_into_bytes(response).await?;
    if refused {
        return Err(AppError::de(bytes));
    }
    if let Some(place) = goes_on {
        call_redirect_hook(&place);
    }
    Ok(Arc::from(bytes.as_ref()))
}

#[cfg(feature = "hydrate")]
mod documents {
    use domain::{AppError, AppResult};
    use server_fn::{
        client::{Client, browser::BrowserClient},
        request::ClientReq,
        response::ClientRes,
    };

    type Request = <BrowserClient as Client<AppError>>::Request;

    /// The document at an address of ours, wherever the server leads from there; `again`: of a page that stays, so that the
    /// message for the next page is not taken.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the server cannot be reached.
    pub async fn document_at(address: &str, again: bool) -> AppResult<String> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let accept = if again { super::AGAIN } else { "text/html" };
        let request = <Request as ClientReq<AppError>>::try_new_get(path, "text/html", accept, query)?;
        sent(request).await.map(|(_, text)| text)
    }

    /// Posts a form as the browser does without our code: where the server led to, and the document there.
    ///
    /// # Errors
    /// As [`document_at`].
    pub async fn post_by_hand(path: &str, body: String) -> AppResult<(String, String)> {
        let form = "application/x-www-form-urlencoded";
        sent(<Request as ClientReq<AppError>>::try_new_post(
            path,
            form,
            "text/html",
            body,
        )?)
        .await
    }

    /// The same with its files.
    ///
    /// # Errors
    /// As [`document_at`].
    pub async fn post_files_by_hand(path: &str, form: leptos::web_sys::FormData) -> AppResult<(String, String)> {
        sent(<Request as ClientReq<AppError>>::try_new_post_multipart(
            path,
            "text/html",
            form.into(),
        )?)
        .await
    }

    async fn sent(request: Request) -> AppResult<(String, String)> {
        let response = <BrowserClient as Client<AppError>>::send(request).await?;
        let place = ClientRes::<AppError>::location(&response);
        // Of the whole address only what is after the host is ours.
        let place = place
            .split_once("://")
            .and_then(|(_, rest)| rest.find('/').map(|at| rest[at..].to_owned()))
            .unwrap_or(place);
        let text = ClientRes::<AppError>::try_into_string(response).await?;
        Ok((place, text))
    }
}
#[cfg(feature = "hydrate")]
pub use documents::*;

/// Asks a server function once: over HTTP in the browser, by itself on the server.
///
/// # Errors
/// Those of the server function; [`AppError::Internal`] when the server cannot be reached.
pub async fn call<F: Call>(args: F) -> AppResult<F::Output> {
    #[cfg(feature = "hydrate")]
    {
        unpack(post(F::PATH, to_field(&args)).await)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        args.run_body().await
    }
}

// ---- Reading ---------------------------------------------------------------------------------------------------------

/// How an [`Answer`] travels inside the document: a byte that says which, then the value or the error.
struct Wire;

impl Encoder<Answer> for Wire {
    type Error = postcard::Error;
    type Encoded = Vec<u8>;

    fn encode(answer: &Answer) -> Result<Vec<u8>, postcard::Error> {
        match answer {
            Ok(bytes) => Ok([&[1], bytes.as_ref()].concat()),
            Err(error) => Ok([&[0], postcard::to_allocvec(error)?.as_slice()].concat()),
        }
    }
}

impl Decoder<Answer> for Wire {
    type Error = postcard::Error;
    type Encoded = [u8];

    fn decode(bytes: &[u8]) -> Result<Answer, postcard::Error> {
        match bytes.split_first() {
            Some((1, value)) => Ok(Ok(Arc::from(value))),
            Some((_, error)) => Ok(Err(postcard::from_bytes(error)?)),
            None => Err(postcard::Error::DeserializeUnexpectedEnd),
        }
    }
}

#[cfg(not(feature = "hydrate"))]
type Run = Arc<dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// What a page reads and shows; rendered on the server, taken over from the document, read again when what it asks
/// changes.
pub struct Reading<T> {
    resource: Resource<Answer, Wire>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Reading<T> {}

/// Reads by a server function: `read(move || Clients { q: query.get() })`. Read again when the arguments change.
pub fn read<F: Call>(ask: impl Fn() -> F + Send + Sync + 'static) -> Reading<F::Output> {
    read_with(|| 0, ask)
}

/// The same, and read again when `live` changes, though the arguments do not (`use_live`, the versions of postings).
pub fn read_with<F: Call>(
    live: impl Fn() -> usize + Send + Sync + 'static,
    ask: impl Fn() -> F + Send + Sync + 'static,
) -> Reading<F::Output> {
    let ask = Arc::new(ask);
    #[cfg(not(feature = "hydrate"))]
    let run: Run = {
        let ask = ask.clone();
        Arc::new(move || {
            let args = untrack(|| ask());
            Box::pin(async move { args.run_body().await.and_then(|value| pack(&value)) })
        })
    };
    let source: Box<dyn Fn() -> (String, usize) + Send + Sync> = Box::new(move || (to_field(&ask()), live()));
    Reading {
        #[cfg(feature = "hydrate")]
        resource: resource(F::PATH, source),
        #[cfg(not(feature = "hydrate"))]
        resource: resource(run, source),
        of: PhantomData,
    }
}

type Source = Box<dyn Fn() -> (String, usize) + Send + Sync>;

#[cfg(feature = "hydrate")]
fn resource(path: &'static str, source: Source) -> Resource<Answer, Wire> {
    let fetch = move |(body, _): (String, usize)| post(path, body);
    Resource::new_with_options(source, fetch, true)
}

#[cfg(not(feature = "hydrate"))]
fn resource(run: Run, source: Source) -> Resource<Answer, Wire> {
    Resource::new_with_options(source, move |_| run(), true)
}

impl<T: DeserializeOwned + 'static> Reading<T> {
    /// Reads again.
    pub fn refetch(self) {
        self.resource.refetch();
    }

    /// What was read, once it is there; tracked. Inside of [`Loading`] only.
    pub fn get(self) -> Option<AppResult<T>> {
        self.resource.get().map(unpack)
    }

    /// What was read, as a view; a skeleton at first, the old view while it is read again.
    pub fn show(self, skeleton: Skeleton, draw: impl Fn(AppResult<T>) -> AnyView + Send + Sync + 'static) -> AnyView {
        let part = self.part(draw);
        view! { <Loading skeleton>{part}</Loading> }.into_any()
    }

    /// One of several views of what was read; inside of [`Loading`].
    pub fn part(self, draw: impl Fn(AppResult<T>) -> AnyView + Send + Sync + 'static) -> AnyView {
        part_of(self.resource, Arc::new(move |answer| draw(unpack(answer))))
    }
}

fn part_of(resource: Resource<Answer, Wire>, draw: Arc<dyn Fn(Answer) -> AnyView + Send + Sync>) -> AnyView {
    (move || {
        let draw = draw.clone();
        Suspend::new(async move { draw(resource.await) })
    })
    .into_any()
}

/// What is shown of readings, with a skeleton while they come for the first time.
#[component]
pub fn Loading(
    /// Stands there at first.
    skeleton: Skeleton,
    /// Views that read.
    children: Children,
) -> impl IntoView {
    // Made inside, so that what they read is waited for.
    view! { <Transition fallback=move || skeleton.view()>{children()}</Transition> }.into_any()
}

// ---- Posting ---------------------------------------------------------------------------------------------------------

/// What a form posts to, whatever it answers.
#[derive(Clone, Copy)]
pub struct PostTo {
    path: &'static str,
    answer: RwSignal<Option<Answer>>,
    version: RwSignal<usize>,
    pending: RwSignal<bool>,
}

impl PostTo {
    /// Without JavaScript a refusal comes back in the address of the page; then it is the first answer.
    fn new(path: &'static str) -> Self {
        let refused = use_context::<ServerActionError>()
            .filter(|error| error.path() == path)
            .map(|error| Err(ServerFnUrlError::<AppError>::decode_err(error.err())));
        PostTo {
            path,
            answer: RwSignal::new(refused),
            version: RwSignal::new(0),
            pending: RwSignal::new(false),
        }
    }

    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "only a browser posts")
    )]
    fn send(self, body: String) {
        #[cfg(feature = "hydrate")]
        {
            self.answered_by(post(self.path, body));
        }
        #[cfg(not(feature = "hydrate"))]
        drop(body);
    }

    /// Takes an answer when it comes. The page may have gone by then: nobody waits for it any more.
    #[cfg(feature = "hydrate")]
    fn answered_by(self, answer: impl Future<Output = Answer> + 'static) {
        let _ = self.pending.try_set(true);
        leptos::task::spawn_local(async move {
            let answer = answer.await;
            let _ = self.pending.try_set(false);
            drop(self.answer.try_set(Some(answer)));
            let _ = self.version.try_update(|n| *n += 1);
        });
    }

    fn problems(self) -> Problems {
        let answer = self.answer;
        Problems(Signal::derive(move || {
            answer.with(|answer| answer.as_ref().and_then(|a| a.as_ref().err().cloned()))
        }))
    }
}

/// What a page accepts that is read again where it stands: a document, and no message for the next page.
pub const AGAIN: &str = "text/html; again=1";

/// Where files go, with the fields before them (RQ9). No server function: it is streamed.
pub const FILES: &str = "/requests/files";

/// Files on their way.
#[derive(Clone, Copy)]
pub struct Sending(PostTo);

/// Makes a [`Sending`].
pub fn sending() -> Sending {
    Sending(PostTo::new(FILES))
}

impl Sending {
    /// The last answer; tracked.
    pub fn get(self) -> Option<AppResult<Added>> {
        self.0.answer.get().map(unpack)
    }

    /// Whether an answer is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.0.pending.into()
    }

    /// What was wrong with the last ones.
    pub fn problems(self) -> Problems {
        self.0.problems()
    }

    /// Sends a form with the files that were chosen in it. `false`: it cannot be read, and the browser has to post it.
    pub fn send(self, form: &web_sys::HtmlFormElement) -> bool {
        #[cfg(feature = "hydrate")]
        if let Ok(data) = web_sys::FormData::new_with_form(form) {
            self.0.answered_by(post_files(FILES, data));
            return true;
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = form;
        false
    }
}

/// A server function that a form posts to, or that the page calls by [`Posting::send`].
pub struct Posting<F: Call> {
    to: PostTo,
    of: PhantomData<fn() -> F>,
}

impl<F: Call> Clone for Posting<F> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<F: Call> Copy for Posting<F> {}

impl<F: Call> From<Posting<F>> for PostTo {
    fn from(posting: Posting<F>) -> Self {
        posting.to
    }
}

/// Makes a [`Posting`]: `let save = posting::<SavePack>();`.
pub fn posting<F: Call>() -> Posting<F> {
    Posting {
        to: PostTo::new(F::PATH),
        of: PhantomData,
    }
}

impl<F: Call> Posting<F> {
    /// The last answer; tracked.
    pub fn get(self) -> Option<AppResult<F::Output>> {
        self.to.answer.get().map(unpack)
    }

    /// The last answer, as it is now.
    pub fn get_untracked(self) -> Option<AppResult<F::Output>> {
        self.to.answer.get_untracked().map(unpack)
    }

    /// Whether an answer is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.to.pending.into()
    }

    /// How often it has been answered; tracked. Part of what a [`read_with`] depends on.
    pub fn version(self) -> usize {
        self.to.version.get()
    }

    /// What was wrong with the last post, for the form's fields.
    pub fn problems(self) -> Problems {
        self.to.problems()
    }

    /// Posts by itself, without a form.
    pub fn send(self, args: &F) {
        self.to.send(to_field(args));
    }
}

/// A form that posts to a server function: by the page when it is alive, by the browser itself when it is not.
#[component]
pub fn PostForm(
    /// What it posts to.
    #[prop(into)]
    action: PostTo,
    /// The form's classes.
    #[prop(optional)]
    class: &'static str,
    /// The form's id.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The form itself, to submit it from elsewhere.
    #[prop(optional)]
    node_ref: Option<NodeRef<html::Form>>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let node = node_ref.unwrap_or_default();
    let submit = move |event: web_sys::SubmitEvent| {
        if event.default_prevented() {
            return;
        }
        // What cannot be read as a form is left to the browser, which posts it by itself.
        let data = leptos::form::form_data_from_event(&event)
            .ok()
            .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok())
            .and_then(|pairs| pairs.to_string().as_string());
        if let Some(body) = data {
            event.prevent_default();
            action.send(body);
        }
    };
    view! {
        <form
            method="post"
            action=action.path
            id=id
            class=class
            novalidate=""
            node_ref=node
            on:submit=submit
        >
            {children()}
        </form>
    }
    .into_any()
}
