//! How the two halves of the app talk: what a page reads ([`read`]), what a form posts ([`posting`], [`PostForm`]) and what
//! is asked in between ([`call`]). Pages use nothing else to reach a server function.
//!
//! A page is read again when its address changes and when a form of it was answered; one that follows what happens
//! elsewhere ([`read_live`]) also when the server says that something has changed. The views are patched, so that the focus,
//! what is typed and what is unfolded stay.
//!
//! Answers cross as postcard and are taken apart by the page that shows them. Everything between the two ends is compiled
//! once, not once for each page: that is what keeps the wasm small. For the same reason no page uses `Resource`,
//! `ServerAction` or `ActionForm` itself.
//!
//! What must not be here: words, rules, anything of one page.

use crate::{
    api::kernel::{FormOf, Page, Undo, refused, use_page, whose},
    components::{Problems, Skeleton, Toasts, toasts, use_live},
};
use domain::{AppError, AppResult, work::view::Added};
use leptos::{context::Provider, html, prelude::*, server_fn::ServerFn, web_sys};
use leptos_router::hooks::use_location;
use leptos_server::codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::HashMap, marker::PhantomData, sync::Arc};

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
    if cfg!(feature = "hydrate")
        && document()
            .document_element()
            .is_some_and(|root| root.has_attribute("data-hydrated"))
    {
        replaced();
    }
}

/// The server has been replaced by another build: the page is loaded anew, at once where nobody is writing, else when the
/// person says so. Once: the next document is of that build.
pub fn replaced() {
    #[cfg(feature = "hydrate")]
    if browser::writing() {
        if let Some(words) = crate::components::find("#not-loaded") {
            drop(words.remove_attribute("hidden"));
        }
    } else {
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

/// Posts a body to a server function: its answer, and where it leads.
#[cfg(feature = "hydrate")]
async fn post(path: &str, body: String) -> (Answer, Option<String>) {
    use server_fn::request::ClientReq;
    let kind = "application/x-www-form-urlencoded";
    answer_of(<Request as ClientReq<AppError>>::try_new_post(path, kind, PACKED, body)).await
}

/// Posts a form with its files.
#[cfg(feature = "hydrate")]
async fn post_files(path: &'static str, form: web_sys::FormData) -> (Answer, Option<String>) {
    use server_fn::request::ClientReq;
    answer_of(<Request as ClientReq<AppError>>::try_new_post_multipart(
        path,
        PACKED,
        form.into(),
    ))
    .await
}

#[cfg(feature = "hydrate")]
async fn answer_of(request: AppResult<Request>) -> (Answer, Option<String>) {
    use server_fn::{
        client::{Client, browser::BrowserClient},
        error::FromServerFnError,
        response::ClientRes,
    };
    let mut leads = None;
    let answer = async {
        let response = <BrowserClient as Client<AppError>>::send(request?).await?;
        let refused = ClientRes::<AppError>::status(&response) >= 400;
        leads = ClientRes::<AppError>::has_redirect(&response).then(|| ClientRes::<AppError>::location(&response));
        let bytes = ClientRes::<AppError>::try_into_bytes(response).await?;
        if refused {
            return Err(AppError::de(bytes));
        }
        Ok(Arc::from(bytes.as_ref()))
    }
    .await;
    (answer, leads)
}

/// Asks a server function once: over HTTP in the browser, by itself on the server.
///
/// # Errors
/// Those of the server function; [`AppError::Internal`] when the server cannot be reached.
pub async fn call<F: Call>(args: F) -> AppResult<F::Output> {
    #[cfg(feature = "hydrate")]
    {
        unpack(post(F::PATH, to_field(&args)).await.0)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        args.run_body().await
    }
}

/// Questions that are asked one after the other, of which the last one's answer counts: an earlier one may come later.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asks(StoredValue<u64>);

impl Asks {
    /// A question begins: whether it is still the last one, and its page still there, when asked for.
    pub fn turn(self) -> impl Fn() -> bool {
        let mine = self.0.try_update_value(|asked| {
            *asked += 1;
            *asked
        });
        move || mine.is_some() && self.0.try_get_value() == mine
    }

    /// Asks a server function; `take` gets the answer, unless another question has overtaken it.
    pub fn ask<F: Call>(self, args: F, take: impl FnOnce(AppResult<F::Output>) + 'static) {
        let last = self.turn();
        leptos::task::spawn_local(async move {
            let answer = call(args).await;
            if last() {
                take(answer);
            }
        });
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
    /// What stands there: it stays when the server cannot be asked again.
    last: StoredValue<Option<Answer>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Reading<T> {}

/// Reads by a server function: `read(move || Clients { q: query.get() })`. Read again when the arguments change, and when a
/// form of the page was answered.
pub fn read<F: Call>(ask: impl Fn() -> F + Send + Sync + 'static) -> Reading<F::Output> {
    read_when(Signal::stored(0), use_context::<Postings>(), ask)
}

/// The same for what somebody works on: read again when the arguments change, and when the page says so, never by itself.
pub fn read_once<F: Call>(ask: impl Fn() -> F + Send + Sync + 'static) -> Reading<F::Output> {
    read_when(Signal::stored(0), None, ask)
}

/// The same, and read again when something has changed elsewhere that the page may show.
pub fn read_live<F: Call>(ask: impl Fn() -> F + Send + Sync + 'static) -> Reading<F::Output> {
    read_when(use_live(), use_context::<Postings>(), ask)
}

fn read_when<F: Call>(
    live: Signal<usize>,
    postings: Option<Postings>,
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
    // Back from being offline: what could not be read is read now.
    let online = RwSignal::new(0_usize);
    crate::components::effect(move || {
        if postings.is_none() {
            return;
        }
        let back = window_event_listener_untyped("online", move |_| {
            let _ = online.try_update(|times| *times += 1);
        });
        on_cleanup(move || back.remove());
    });
    let source: Source = Box::new(move || {
        (
            to_field(&ask()),
            live.get() + online.get() + postings.map_or(0, |postings| postings.answered.get()),
        )
    });
    let last = StoredValue::new(None);
    Reading {
        #[cfg(feature = "hydrate")]
        resource: resource(F::PATH, source, last),
        #[cfg(not(feature = "hydrate"))]
        resource: resource(run, source),
        last,
        of: PhantomData,
    }
}

type Source = Box<dyn Fn() -> (String, usize) + Send + Sync>;

#[cfg(feature = "hydrate")]
fn resource(path: &'static str, source: Source, last: StoredValue<Option<Answer>>) -> Resource<Answer, Wire> {
    let asked = StoredValue::new(untrack(|| source().0));
    let (place, whose) = (use_location(), whose());
    let fetch = move |(body, _): (String, usize)| {
        let same = asked.try_get_value().as_ref() == Some(&body);
        let _ = asked.try_set_value(body.clone());
        let (place, whose) = (place.clone(), whose.clone());
        async move {
            match post(path, body).await.0 {
                Err(AppError::Unreachable) if same => {
                    last.try_get_value().flatten().unwrap_or(Err(AppError::Unreachable))
                }
                // Signed out meanwhile. What is being written goes through the sign-in …
                Err(AppError::SignInRequired) if browser::handed_over(whose.as_deref()) => {
                    Err(AppError::SignInRequired)
                }
                // … and else the document at this address leads to it, and back.
                Err(AppError::SignInRequired) => {
                    let query = place.search.try_get_untracked().unwrap_or_default();
                    let query = if query.is_empty() { query } else { format!("?{query}") };
                    let path = place.pathname.try_get_untracked().unwrap_or_default();
                    drop(window().location().set_href(&(path + &query)));
                    Err(AppError::SignInRequired)
                }
                answer => answer,
            }
        }
    };
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
        part_of(self.resource, self.last, Arc::new(move |answer| draw(unpack(answer))))
    }
}

#[cfg(not(feature = "hydrate"))]
fn part_of(
    resource: Resource<Answer, Wire>,
    _: StoredValue<Option<Answer>>,
    draw: Arc<dyn Fn(Answer) -> AnyView + Send + Sync>,
) -> AnyView {
    (move || {
        let draw = draw.clone();
        Suspend::new(async move { draw(resource.await) })
    })
    .into_any()
}

/// The same in the browser. What stands there stays alive until the next answer has come: a resource that is read directly
/// would end the view, with all that its buttons refer to, as soon as it begins to load.
#[cfg(feature = "hydrate")]
fn part_of(
    resource: Resource<Answer, Wire>,
    last: StoredValue<Option<Answer>>,
    draw: Arc<dyn Fn(Answer) -> AnyView + Send + Sync>,
) -> AnyView {
    use leptos::reactive::computed::ScopedFuture;
    let postings = use_context::<Postings>();
    let shown = RwSignal::new(None::<Answer>);
    crate::components::effect(move || {
        let Some(answer) = resource.get() else { return };
        let before = shown.with_untracked(Option::clone);
        if before.is_some() && before.as_ref() != Some(&answer) {
            if answer.is_ok() {
                last.set_value(Some(answer.clone()));
            }
            shown.set(Some(answer));
        } else if let Some(postings) = postings {
            // What was read is what stands there already.
            postings.drawn();
        }
    });
    (move || {
        let draw = draw.clone();
        let now = shown.get();
        Suspend::new(async move {
            let answer = match now {
                Some(answer) => answer,
                None => {
                    let first = ScopedFuture::new_untracked(async move { resource.await }).await;
                    if first.is_ok() {
                        let _ = last.try_set_value(Some(first.clone()));
                    }
                    let _ = shown.try_update_untracked(|shown| *shown = Some(first.clone()));
                    first
                }
            };
            let view = draw(answer);
            if let Some(postings) = postings {
                postings.drawn();
            }
            view
        })
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

/// What was posted, and what is done when the page has been read again; a context of the app. A posting lives as long as
/// the page, not as long as one reading of it: who waits for an answer gets it, whatever was read meanwhile.
#[derive(Clone, Copy)]
struct Postings {
    /// How many forms of this page were answered; what pages read depends on it.
    answered: RwSignal<usize>,
    /// The page's path, and its postings by theirs.
    of: StoredValue<(String, HashMap<&'static str, Kept>)>,
    /// To be done when the page has been read again.
    then: StoredValue<Vec<Box<dyn FnOnce() + Send + Sync>>>,
}

/// Makes the context; once, in the app.
pub fn provide_postings() {
    provide_context(Postings {
        answered: RwSignal::new(0),
        of: StoredValue::new(Default::default()),
        then: StoredValue::new(Vec::new()),
    });
}

impl Postings {
    /// New views of what was read are there: they are part of the page in the next frame.
    #[cfg(feature = "hydrate")]
    fn drawn(self) {
        if self.then.with_value(|then| !then.is_empty()) {
            request_animation_frame(move || {
                let mut all = Vec::new();
                self.then.update_value(|then| all = std::mem::take(then));
                for one in all {
                    one();
                }
            });
        }
    }

    #[cfg(feature = "hydrate")]
    fn of_page(self, path: &'static str) -> Option<Kept> {
        self.of.with_value(|(_, all)| all.get(path).cloned())
    }

    fn keep(self, path: &'static str, make: impl FnOnce() -> Kept) -> Kept {
        let page = use_location().pathname.get_untracked();
        let mut kept = None;
        self.of.update_value(|(of_page, all)| {
            if *of_page != page {
                *of_page = page;
                all.clear();
            }
            kept = Some(all.entry(path).or_insert_with(make).clone());
        });
        kept.unwrap_or_default()
    }
}

/// What is done once, when what the page reads next is drawn; never where the page reads nothing.
pub fn when_drawn() -> impl Fn(Box<dyn FnOnce() + Send + Sync>) + Copy + 'static {
    let postings = use_context::<Postings>();
    move |act| {
        if let Some(postings) = postings {
            let _ = postings.then.try_update_value(|then| then.push(act));
        }
    }
}

/// What a button needs to take back what was done, wherever it stands.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser posts"))]
pub struct Undoing {
    postings: Option<Postings>,
    page: Page,
    toasts: Toasts,
    whose: StoredValue<Option<String>>,
}

/// Makes an [`Undoing`].
pub fn undoing() -> Undoing {
    Undoing {
        postings: use_context(),
        page: use_page(),
        toasts: toasts(),
        whose: StoredValue::new(whose()),
    }
}

impl Undoing {
    /// Takes it back: the page is read again, and says what was done. What is refused is said.
    pub fn post(self, undo: Undo) {
        #[cfg(feature = "hydrate")]
        {
            let was_in = Focus::now();
            let Undoing {
                postings, page, toasts, ..
            } = self;
            let body = match self.whose.try_get_value().flatten() {
                Some(id) => format!("{}&as={id}", undo.body),
                None => undo.body,
            };
            leptos::task::spawn_local(async move {
                match post(&undo.path, body).await.0 {
                    Err(error) => toasts.error(error.message()),
                    Ok(_) => {
                        if let Some(postings) = postings {
                            postings
                                .then
                                .update_value(|then| then.push(boxed(move || was_in.again())));
                            postings.answered.update(|n| *n += 1);
                        }
                        page.answered(toasts);
                    }
                }
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (self, undo);
    }
}

/// The state of a posting.
#[derive(Clone, Default)]
struct Kept {
    answer: ArcRwSignal<Option<Answer>>,
    pending: ArcRwSignal<bool>,
    /// What is on its way. Rows share a posting: two of them may be pressed one after the other.
    #[cfg(feature = "hydrate")]
    flying: ArcStoredValue<Vec<String>>,
    /// What waits for it: done when all is there, dropped when something was refused.
    #[cfg(feature = "hydrate")]
    waiting: ArcStoredValue<Vec<Waiting>>,
}

/// What waits for files; told whether all of them are there.
#[cfg(feature = "hydrate")]
type Waiting = Box<dyn FnOnce(bool) + Send + Sync>;

/// What a form posts to, whatever it answers.
#[derive(Clone, Copy)]
pub struct PostTo {
    path: &'static str,
    answer: RwSignal<Option<Answer>>,
    pending: RwSignal<bool>,
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser posts"))]
    held: StoredValue<Held>,
}

/// What follows an answer of the page that stays.
enum Then {
    /// What the page asks for by itself, as it goes on, has nothing to say and changes nothing that it shows.
    Nothing,
    /// The page is read again, and says what was done; the form, if it was one, begins anew.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser posts"))]
    Reads(Option<web_sys::HtmlFormElement>),
}

/// What is needed when the answer comes, whether or not the view that posted is still there.
#[derive(Clone)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser posts"))]
struct Held {
    kept: Kept,
    postings: Option<Postings>,
    page: Page,
    toasts: Toasts,
    whose: Option<String>,
}

impl PostTo {
    /// Without JavaScript a refusal waits in the session for the page; then it is the first answer. Never in the address, where
    /// anybody could write words of theirs.
    fn new(path: &'static str) -> Self {
        let make = move || Kept {
            answer: ArcRwSignal::new(refused(path).map(Err)),
            ..Kept::default()
        };
        let postings = use_context::<Postings>();
        let kept = match postings {
            Some(postings) if cfg!(feature = "hydrate") => postings.keep(path, make),
            _ => make(),
        };
        PostTo {
            path,
            answer: kept.answer.clone().into(),
            pending: kept.pending.clone().into(),
            held: StoredValue::new(Held {
                kept,
                postings,
                page: use_page(),
                toasts: toasts(),
                whose: whose(),
            }),
        }
    }

    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "only a browser posts")
    )]
    fn send(self, body: String, then: Then) {
        #[cfg(feature = "hydrate")]
        {
            let whose = self.held.try_get_value().and_then(|held| held.whose);
            let body = match whose {
                Some(id) if !body.split('&').any(|pair| pair.starts_with("as=")) => format!("{body}&as={id}"),
                _ => body,
            };
            let go = move || self.answered_by(body.clone(), post(self.path, body), then);
            match self.files_under_way() {
                // What was chosen goes first: nothing is sent without it.
                Some((files, held)) => {
                    held.kept.pending.set(true);
                    let go = send_wrapper::SendWrapper::new(go);
                    files.waiting.update_value(|waiting| {
                        waiting.push(Box::new(move |all_there| {
                            held.kept.pending.set(false);
                            if all_there {
                                go.take()();
                            }
                        }));
                    });
                }
                None => go(),
            }
        }
        #[cfg(not(feature = "hydrate"))]
        drop((body, then));
    }

    /// The page's upload, while it is under way, for a post of the same page.
    #[cfg(feature = "hydrate")]
    fn files_under_way(self) -> Option<(Kept, Held)> {
        let held = self.held.try_get_value().filter(|_| self.path != FILES)?;
        let files = held.postings?.of_page(FILES)?;
        files.pending.get_untracked().then_some((files, held))
    }

    /// Takes an answer when it comes: goes where it leads, or says here what was done and has the page read again.
    #[cfg(feature = "hydrate")]
    fn answered_by(self, what: String, answer: impl Future<Output = (Answer, Option<String>)> + 'static, then: Then) {
        let Some(held) = self.held.try_get_value() else { return };
        // The same press a second time. What the page keeps as it goes on is sent however often it changes.
        if matches!(then, Then::Reads(_)) && held.kept.flying.with_value(|flying| flying.contains(&what)) {
            return;
        }
        // Before it is sent: what changes by it may be told, and drawn, before the answer comes.
        let was_in = Focus::now();
        let sent_from = here();
        held.kept.flying.update_value(|flying| flying.push(what.clone()));
        held.kept.pending.set(true);
        let form = match &then {
            Then::Reads(form) => form.clone(),
            Then::Nothing => None,
        };
        let typed = form.as_ref().map(typed_in);
        leptos::task::spawn_local(async move {
            let (answer, leads) = answer.await;
            let refused = answer.as_ref().err().cloned();
            held.kept.flying.update_value(|flying| {
                if let Some(at) = flying.iter().position(|one| *one == what) {
                    flying.swap_remove(at);
                }
            });
            held.kept
                .pending
                .set(held.kept.flying.with_value(|flying| !flying.is_empty()));
            let all_there = match &answer {
                Ok(bytes) if self.path == FILES => {
                    postcard::from_bytes::<Added>(bytes).is_ok_and(|added| added.refused.is_empty())
                }
                answer => answer.is_ok(),
            };
            held.kept.answer.set(Some(answer));
            if !held.kept.pending.get_untracked() {
                let mut waiting = Vec::new();
                held.kept.waiting.update_value(|all| waiting = std::mem::take(all));
                for one in waiting {
                    one(all_there);
                }
            }
            if let Some(error) = refused {
                // What stands in the form now is another one: the next press sends it as such.
                if let (AppError::FormUsed { key, .. }, Some(form)) = (&error, &form) {
                    renewed(form, key);
                }
                // What was read has changed: what stands there now is read, and what was typed stays.
                if let (true, Some(postings)) = (error.reads_again(), held.postings) {
                    postings.answered.update(|n| *n += 1);
                }
                return match then {
                    // What was sent goes through the sign-in, and is in its place afterwards.
                    Then::Reads(_) if error == AppError::SignInRequired && self.path != FILES => {
                        hand_over(self.path, &what, held.whose.as_deref());
                    }
                    Then::Reads(_) => refused_words(held.toasts, error),
                    // The page itself says what it could not keep.
                    Then::Nothing => {}
                };
            }
            let leads = leads.as_deref().and_then(in_app);
            // Who has gone on to another page meanwhile stays there, and is told.
            let left = sent_from.0 != here().0;
            let stays = left || leads.as_ref().is_none_or(|(path, _)| *path == sent_from.0);
            if let Some((path, query)) = leads.filter(|to| !left && *to != here()) {
                server_fn::redirect::call_redirect_hook(&(path + &query));
            }
            let (true, Then::Reads(_), Some(postings)) = (stays, then, held.postings) else {
                return;
            };
            postings.then.update_value(|then| {
                then.push(boxed(move || {
                    if let (Some(form), Some(typed)) = (form, typed) {
                        emptied_form(&form, &typed);
                    }
                    was_in.again();
                }));
            });
            postings.answered.update(|n| *n += 1);
            held.page.answered(held.toasts);
        });
    }

    /// Posts the form that somebody submits, with the button that was pressed. What cannot be read as a form is left to the
    /// browser, which posts it by itself.
    pub fn submitted(self, event: &web_sys::SubmitEvent) {
        let data = leptos::form::form_data_from_event(event)
            .ok()
            .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok())
            .and_then(|pairs| pairs.to_string().as_string());
        if let Some(body) = data {
            event.prevent_default();
            #[cfg(feature = "hydrate")]
            self.send(body, Then::Reads(browser::form_of(event)));
            #[cfg(not(feature = "hydrate"))]
            self.send(body, Then::Reads(None));
        }
    }

    fn problems(self) -> Problems {
        let answer = self.answer;
        Problems(Signal::derive(move || {
            answer.with(|answer| answer.as_ref().and_then(|a| a.as_ref().err().cloned()))
        }))
    }
}

#[cfg(feature = "hydrate")]
use browser::{Focus, boxed, emptied_form, hand_over, here, in_app, refused_words, renewed, typed_in};

/// What only a browser does after a post.
#[cfg(feature = "hydrate")]
mod browser {
    use crate::components::{self, Toasts};
    use domain::AppError;
    use leptos::{
        prelude::*,
        wasm_bindgen::{self, JsCast},
        web_sys,
    };

    /// The browser has one thread.
    pub fn boxed(act: impl FnOnce() + 'static) -> Box<dyn FnOnce() + Send + Sync> {
        let act = send_wrapper::SendWrapper::new(act);
        Box::new(move || act.take()())
    }

    /// The path and the query that are open.
    pub fn here() -> (String, String) {
        let here = window().location();
        (here.pathname().unwrap_or_default(), here.search().unwrap_or_default())
    }

    /// What was chosen in a form with files: another choice is another upload.
    pub fn chosen(form: &web_sys::FormData) -> String {
        let mut said = String::new();
        for file in form
            .get_all("files")
            .iter()
            .filter_map(|file| file.dyn_into::<web_sys::File>().ok())
        {
            said.push_str(&format!("{} {} {}\n", file.name(), file.size(), file.last_modified()));
        }
        said
    }

    /// The path and the query of an address that the server has led to.
    pub fn in_app(place: &str) -> Option<(String, String)> {
        let place = web_sys::Url::new_with_base(place, &window().location().href().ok()?).ok()?;
        Some((place.pathname(), place.search()))
    }

    fn all(found: Result<web_sys::NodeList, wasm_bindgen::JsValue>) -> impl Iterator<Item = web_sys::Node> {
        let found = found.ok();
        let count = found.as_ref().map_or(0, web_sys::NodeList::length);
        (0..count).filter_map(move |at| found.as_ref()?.item(at))
    }

    /// Hands the form over that somebody has begun to fill in, if there is one.
    pub fn handed_over(whose: Option<&str>) -> bool {
        let forms = all(document().query_selector_all("main form[method=post]"));
        let mut forms = forms.filter_map(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
        let Some(form) = forms.find(|form| begun(all(form.query_selector_all("input, textarea, select")))) else {
            return false;
        };
        let of = form
            .get_attribute("data-posts")
            .or_else(|| form.get_attribute("action"));
        let body = web_sys::FormData::new_with_form(&form)
            .ok()
            .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok())
            .and_then(|pairs| pairs.to_string().as_string());
        match of.zip(body) {
            Some((of, body)) => hand_over(&of, &body, whose),
            None => return false,
        }
        true
    }

    /// Goes to the sign-in with a form that was to be posted to `of`. It is in its page again afterwards.
    pub fn hand_over(of: &str, body: &str, whose: Option<&str>) {
        let made = || -> Option<web_sys::HtmlFormElement> {
            let form: web_sys::HtmlFormElement = document().create_element("form").ok()?.dyn_into().ok()?;
            form.set_method("post");
            form.set_action("/login");
            let (path, query) = here();
            for (name, value) in [
                ("next", path + &query),
                ("of", of.to_owned()),
                ("kept", body.to_owned()),
                ("as", whose.unwrap_or_default().to_owned()),
            ] {
                let field: web_sys::HtmlInputElement = document().create_element("input").ok()?.dyn_into().ok()?;
                field.set_type("hidden");
                field.set_name(name);
                field.set_value(&value);
                form.append_child(&field).ok()?;
            }
            document().body()?.append_child(&form).ok()?;
            Some(form)
        };
        if let Some(form) = made() {
            drop(form.submit());
        }
    }

    /// Whether somebody has begun to fill something in.
    pub fn writing() -> bool {
        begun(all(
            document().query_selector_all("main input, main textarea, main select")
        ))
    }

    fn begun(mut fields: impl Iterator<Item = web_sys::Node>) -> bool {
        fields.any(|field| {
            if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
                !matches!(input.type_().as_str(), "hidden" | "checkbox" | "radio")
                    && input.value() != input.default_value()
            } else if let Some(area) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
                area.default_value().is_ok_and(|given| given != area.value())
            } else if let Some(select) = field.dyn_ref::<web_sys::HtmlSelectElement>() {
                let options = select.options();
                let option = |at| options.item(at)?.dyn_into::<web_sys::HtmlOptionElement>().ok();
                // Where none is marked the first one stands.
                let given = (0..options.length()).find(|at| option(*at).is_some_and(|one| one.default_selected()));
                i64::from(select.selected_index()) != i64::from(given.unwrap_or(0))
            } else {
                false
            }
        })
    }

    /// The form that an event is of: that which listens.
    pub fn form_of(event: &web_sys::Event) -> Option<web_sys::HtmlFormElement> {
        event.current_target().and_then(|it| it.dyn_into().ok())
    }

    fn fields_of(form: &web_sys::HtmlFormElement) -> Vec<web_sys::Node> {
        let Ok(fields) = form.query_selector_all("input:not([type=hidden]), textarea, select") else {
            return Vec::new();
        };
        (0..fields.length()).filter_map(|at| fields.item(at)).collect()
    }

    /// What a person has put into a form. What the server put there is not part of it: it is another one at each reading.
    pub fn typed_in(form: &web_sys::HtmlFormElement) -> Vec<String> {
        let value = |field: web_sys::Node| {
            if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
                format!("{} {}", input.checked(), input.value())
            } else if let Some(area) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
                area.value()
            } else {
                let select = field.dyn_ref::<web_sys::HtmlSelectElement>();
                select.map(web_sys::HtmlSelectElement::value).unwrap_or_default()
            }
        };
        fields_of(form).into_iter().map(value).collect()
    }

    /// A refusal that no form on the page shows is said in the corner.
    pub fn refused_words(toasts: Toasts, error: AppError) {
        request_animation_frame(move || {
            if components::find(
                "main [data-refusals], main [data-error-summary], main [aria-invalid=true], dialog[open] [data-error-summary]",
            )
            .is_none()
            {
                toasts.error(error.message());
            }
        });
    }

    /// A form gets another key (invariant 7).
    pub fn renewed(form: &web_sys::HtmlFormElement, key: &str) {
        if let Ok(Some(field)) = form.query_selector("[name=form_key], [name=idem_key]")
            && let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>()
        {
            input.set_value(key);
        }
    }

    /// A form whose words have arrived begins anew, unless somebody has gone on writing; what it was unfolded from closes.
    pub fn emptied_form(form: &web_sys::HtmlFormElement, sent: &[String]) {
        if !form.is_connected() || typed_in(form) != sent {
            return;
        }
        form.reset();
        // Signals that follow a field hear of it as of typing.
        for field in fields_of(form) {
            if let Ok(event) = web_sys::Event::new("input") {
                drop(field.dispatch_event(&event));
            }
        }
        if let Ok(Some(open)) = form.closest("details[open]") {
            drop(open.remove_attribute("open"));
        }
    }

    /// Where the focus was: the element, and the part of the page that it was in.
    pub struct Focus {
        element: Option<web_sys::Element>,
        words: Option<String>,
        part: Option<String>,
    }

    impl Focus {
        pub fn now() -> Self {
            let element = document().active_element().filter(|e| e.tag_name() != "BODY");
            let part = element
                .as_ref()
                .and_then(|e| Some(e.closest("[tabindex='-1'][id]").ok()??.id()));
            let words = element.as_ref().and_then(|element| element.text_content());
            Focus { element, words, part }
        }

        /// What had the focus is gone, or does something else by now: its part of the page gets it, or the title.
        pub fn again(self) {
            let Some(element) = self.element else { return };
            let active = document().active_element();
            let gone = !element.is_connected() && active.as_ref().is_none_or(|e| e.tag_name() == "BODY");
            let other = active.as_ref() == Some(&element)
                && matches!(element.tag_name().as_str(), "BUTTON" | "A")
                && element.text_content() != self.words;
            if gone || other {
                let part = self.part.and_then(|id| document().get_element_by_id(&id));
                components::focus(part.or_else(|| components::find("main h1")));
            }
        }
    }
}

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

    /// What was wrong with the last ones, all or some of them.
    pub fn problems(self) -> Problems {
        Problems(Signal::derive(move || match self.get()? {
            Ok(added) => (!added.refused.is_empty()).then_some(AppError::Invalid { fields: added.refused }),
            Err(error) => Some(error),
        }))
    }

    /// Sends a form with the files that were chosen in it; `reads`: the page is read again then, and what else was typed into the
    /// form stays. `false`: the form cannot be read, and the browser has to post it.
    pub fn send(self, form: &web_sys::HtmlFormElement, reads: bool) -> bool {
        #[cfg(feature = "hydrate")]
        if let Ok(data) = web_sys::FormData::new_with_form(form) {
            let then = if reads { Then::Reads(None) } else { Then::Nothing };
            self.0
                .answered_by(browser::chosen(&data), post_files(FILES, data), then);
            return true;
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (form, reads);
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

    /// What was wrong with the last post, for the form's fields.
    pub fn problems(self) -> Problems {
        self.to.problems()
    }

    /// Posts as a form would, for a button that stands in another one.
    pub fn press(self, args: &F) {
        self.to.send(to_field(args), Then::Reads(None));
    }

    /// Posts what the page keeps as it goes on: nothing is said, and nothing is read again.
    pub fn send(self, args: &F) {
        self.to.send(to_field(args), Then::Nothing);
    }

    /// The same while the document goes: the browser sends it, and nobody hears the answer.
    pub fn send_leaving(self, args: &F) {
        if cfg!(feature = "hydrate")
            && let Ok(body) = web_sys::UrlSearchParams::new_with_str(&to_field(args))
        {
            drop(
                window()
                    .navigator()
                    .send_beacon_with_opt_url_search_params(self.to.path, Some(&body)),
            );
        }
    }
}

/// Says in a form whose page it is on, so that it is never sent for somebody else who has signed in meanwhile.
#[component]
pub fn OfPerson() -> impl IntoView {
    whose().map(|id| view! { <input type="hidden" name="as" value=id/> })
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
    /// What is chosen in it applies at once; without JavaScript by its button.
    #[prop(optional)]
    at_once: bool,
    /// It has a field for files: without JavaScript they are posted with it, and what it is for follows.
    #[prop(optional)]
    files: bool,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let node = node_ref.unwrap_or_default();
    let submit = move |event: web_sys::SubmitEvent| {
        if !event.default_prevented() {
            action.submitted(&event);
        }
    };
    let change = move |event: web_sys::Event| {
        #[cfg(feature = "hydrate")]
        if let Some(form) = browser::form_of(&event).filter(|_| at_once) {
            drop(form.request_submit());
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (event, at_once);
    };
    // What was refused does not apply: the form shows what holds.
    crate::components::effect(move || {
        if at_once
            && action.answer.with(|answer| matches!(answer, Some(Err(_))))
            && let Some(form) = node.get_untracked()
        {
            form.reset();
        }
    });
    view! {
        <form
            method="post"
            action=if files { FILES } else { action.path }
            enctype=files.then_some("multipart/form-data")
            data-posts=action.path
            id=id
            class=class
            novalidate=""
            node_ref=node
            on:submit=submit
            on:change=change
        >
            <OfPerson/>
            // Its fields know which form they are of.
            <Provider value=FormOf(action.path)>{children()}</Provider>
        </form>
    }
    .into_any()
}
