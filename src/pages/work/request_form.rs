//! `/requests/new`: the request form with its live quote (CO6, CO11) and the draft that saves itself (RQ2).
//!
//! The button says what it does: how many units, and what they cost; its accessible name stays *Submit request* (§29.1). Without
//! JavaScript *Update quote* opens the page again with the quote, and *Submit request* carries it. Every refused
//! post comes back with what was typed.

use crate::{
    api::work::{AskQuote, DeleteDraft, ReadRequestForm, RemoveFile, SaveDraft, SavedDraft, SubmitRequest},
    components::*,
    pages::{
        kernel::use_query,
        work::{
            agree::{Changed, Sentence, Used, submit_words},
            files::{Attach, Removes},
        },
    },
    wire::{Asks, PostForm, Posting, Sending, posting, read_once, sending, to_field},
};
use domain::{
    AppError,
    work::{
        form::{MAX_BRIEF, MAX_TITLE, RequestForm, units},
        view::{FileView, QuoteView, RequestFormView},
    },
};
use leptos::{html, prelude::*, wasm_bindgen::JsValue};

/// How the fields are called in the error summary.
const LABELS: &[(&str, &str)] = &[
    ("service", "Service"),
    ("title", "Title"),
    ("quantity", "Quantity"),
    ("brief", "Brief"),
    ("wished_on", "Needed by"),
];

/// What the address says about how the form is opened.
#[derive(Debug, Clone, Default, PartialEq)]
struct Opening {
    draft: String,
    from: String,
    service: String,
    check: bool,
    changed: bool,
}

/// The form.
#[component]
pub fn NewRequest() -> impl IntoView {
    let map = use_query();
    let opening = Memo::new(move |_| {
        map.with(|map| Opening {
            draft: map.get("draft").unwrap_or_default(),
            from: map.get("from").unwrap_or_default(),
            service: map.get("service").unwrap_or_default(),
            check: map.get("check").is_some(),
            changed: map.get("changed").is_some(),
        })
    });
    let form = read_once(move || {
        let Opening {
            draft,
            from,
            service,
            check,
            ..
        } = opening.get();
        ReadRequestForm {
            draft,
            from,
            service,
            check,
        }
    });
    view! {
        <PageHeader title="New request" crumbs=vec![Crumb::new("/requests", "Requests")]/>
        {form.show(Skeleton::Card, move |form| match form {
                    Ok(RequestFormView { submitted: Some(id), .. }) => submitted(&id).into_any(),
                    Ok(view) => view! { <Opened view changed=opening.get_untracked().changed/> }.into_any(),
                    Err(error) => {
                        view! { <ErrorState error home="/requests"/> }.into_any()
                    }
        })}
    }
}

fn submitted(id: &str) -> impl IntoView + use<> {
    let href = format!("/requests/{id}");
    view! {
        <EmptyState
            icon=Icon::Check
            title="This request was submitted"
            action=move || {
                view! {
                    <ButtonLink href=href.clone() kind=ButtonKind::Primary>
                        "View request"
                    </ButtonLink>
                }
            }
        >
            "The draft is now a request."
        </EmptyState>
    }
}

/// The signals behind the fields.
#[derive(Clone, Copy)]
struct Fields {
    service: RwSignal<String>,
    title: RwSignal<String>,
    quantity: RwSignal<String>,
    brief: RwSignal<String>,
    wished_on: RwSignal<String>,
}

impl Fields {
    fn of(form: &RequestForm) -> Self {
        Fields {
            service: RwSignal::new(form.service.clone()),
            title: RwSignal::new(form.title.clone()),
            quantity: RwSignal::new(form.quantity.clone()),
            brief: RwSignal::new(form.brief.clone()),
            wished_on: RwSignal::new(form.wished_on.clone()),
        }
    }

    fn read(self) -> RequestForm {
        RequestForm {
            service: self.service.get(),
            title: self.title.get(),
            quantity: self.quantity.get(),
            brief: self.brief.get(),
            wished_on: self.wished_on.get(),
        }
    }
}

/// What is on the screen besides the fields.
#[derive(Clone, Copy)]
struct Live {
    quote: RwSignal<Option<QuoteView>>,
    /// The service and the quantity, as typed, that it is for.
    quoted: RwSignal<(String, String)>,
    pending: Signal<bool>,
    /// The answer to the last Submit was that the quote has changed (CO6).
    changed: RwSignal<bool>,
    /// "9:14 AM".
    saved: RwSignal<Option<String>>,
    /// Why it could not be saved.
    unsaved: RwSignal<Option<String>>,
    draft: RwSignal<Option<String>>,
    /// Under which key it is sent.
    form_key: RwSignal<String>,
    /// CO9: what this form was sent as before, "#123" and its address; what stands in it now is a new request.
    used: RwSignal<Option<(String, String)>>,
}

impl Live {
    /// CO9: nothing of what stands here was kept under the old key.
    fn begin_anew(self, sent: String, href: String, key: String) {
        self.form_key.set(key);
        self.used.set(Some((sent, href)));
        self.draft.set(None);
        self.saved.set(None);
        keep_address("");
    }
}

/// Quote and draft follow what is typed; nothing of it runs without JavaScript.
fn follow(fields: Fields, submit: Posting<SubmitRequest>, view: &RequestFormView, changed: bool) -> Live {
    let quote = RwSignal::new(view.quote.clone());
    let quoted = RwSignal::new((view.form.service.clone(), view.form.quantity.clone()));
    let (asks, pending, toasts) = (Asks::default(), RwSignal::new(false), toasts());
    let save = posting::<SaveDraft>();
    let live = Live {
        quote,
        quoted,
        pending: pending.into(),
        changed: RwSignal::new(changed),
        saved: RwSignal::new(view.draft.as_ref().map(|draft| draft.saved.text.clone())),
        unsaved: RwSignal::new(None),
        draft: RwSignal::new(view.draft.as_ref().map(|draft| draft.id.clone())),
        form_key: RwSignal::new(view.form_key.clone()),
        used: RwSignal::new(None),
    };
    let keep = move |form, leaves| {
        let draft = SaveDraft {
            form_key: live.form_key.get_untracked(),
            form,
        };
        match leaves {
            Leaves::Document => save.send_leaving(&draft),
            Leaves::No | Leaves::Page => save.send(&draft),
        }
    };
    use_settled(
        move || (fields.service.get(), fields.quantity.get()),
        250,
        move |asked| {
            let (service, quantity) = asked.clone();
            pending.set(true);
            asks.ask(AskQuote { service, quantity }, move |answer| {
                pending.set(false);
                match answer {
                    Ok(fresh) => {
                        live.changed.set(false);
                        quote.set(fresh);
                        quoted.set(asked);
                    }
                    Err(error) => toasts.error(error.message()),
                }
            });
        },
    );
    let delete = posting::<DeleteDraft>();
    use_kept(
        move || fields.read(),
        1_000,
        move |form, leaves| {
            let submitted = submit.pending().get_untracked() || matches!(submit.get_untracked(), Some(Ok(Some(_))));
            let deleted = delete.pending().get_untracked() || matches!(delete.get_untracked(), Some(Ok(())));
            if !submitted && !deleted {
                keep(form, leaves);
            }
        },
    );
    effect(move || match save.get() {
        Some(Ok(SavedDraft { id: Some(id), at })) => {
            live.saved.set(Some(at.text));
            live.unsaved.set(None);
            keep_address(&id);
            live.draft.set(Some(id));
        }
        // These very words have been submitted: there is nothing left to keep.
        Some(Ok(SavedDraft { id: None, .. })) => live.unsaved.set(None),
        // One that was on its way when the form had its new key already.
        Some(Err(AppError::FormUsed { sent, href, key })) if live.used.with_untracked(Option::is_none) => {
            live.begin_anew(sent, href, key);
        }
        // What is refused in words is said; all else passes.
        Some(Err(error @ (AppError::Invalid { .. } | AppError::RateLimited { .. }))) => {
            live.unsaved.set(Some(format!("Draft not saved. {}", error.message())));
        }
        Some(Err(_)) => live.unsaved.set(Some(
            "We couldn't save the draft. We'll try again as you type.".to_owned(),
        )),
        None => {}
    });
    // CO9: what stands here was not kept under the old key.
    effect(move || {
        if live.used.with(Option::is_some) {
            keep(untrack(|| fields.read()), Leaves::No);
        }
    });
    // CO6: the refusal brings the quote that holds now; the next Submit carries it.
    effect(move || match submit.get() {
        Some(Err(AppError::CoverageChanged { quote: fresh })) => {
            let due = quote.with_untracked(|old| old.as_ref().map(|old| old.due.clone()));
            quote.set(Some(QuoteView {
                due: due.unwrap_or_default(),
                sentence: fresh.sentence(),
                quote: *fresh,
                needs_owner: None,
                not_charged: None,
            }));
            quoted.set((fields.service.get_untracked(), fields.quantity.get_untracked()));
            live.changed.set(true);
        }
        Some(Err(AppError::FormUsed { sent, href, key })) => live.begin_anew(sent, href, key),
        Some(Err(AppError::NeedsOwner { .. })) => live.saved.set(Some("sent to your account owner".to_owned())),
        _ => {}
    });
    live
}

/// A reload finds the draft again, or none.
fn keep_address(id: &str) {
    let address = match id {
        "" => "/requests/new".to_owned(),
        id => format!("/requests/new?draft={id}"),
    };
    if let Ok(history) = window().history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }
}

#[component]
fn Opened(view: RequestFormView, changed: bool) -> impl IntoView {
    let submit = posting::<SubmitRequest>();
    let fields = Fields::of(&view.form);
    let live = follow(fields, submit, &view, changed);
    // What the server found in a draft stands until the form is posted.
    let found = (!view.problems.is_empty()).then(|| AppError::Invalid {
        fields: view.problems.clone(),
    });
    let refused = Signal::derive(move || match submit.get() {
        Some(Err(AppError::CoverageChanged { .. } | AppError::FormUsed { .. }) | Ok(_)) => None,
        Some(Err(error)) => Some(error),
        None => found.clone(),
    });
    let problems = still_wrong(refused, fields, view.today.clone());
    let choices = view
        .services
        .iter()
        .map(|service| {
            let label = match &service.pack {
                Some(pack) => format!("{} · your pack {pack}", service.name),
                None => service.name.clone(),
            };
            Choice::new(service.id.clone(), label)
        })
        .collect::<Vec<_>>();
    // CO6: the terms that are on the screen. A quote for what stood in the fields a moment ago was not seen for what stands
    // there now: then nothing is sent, and the server takes what costs nothing and asks for a confirmation of the rest.
    let seen = move || {
        let now = (fields.service.get(), fields.quantity.get());
        let holds = live.quoted.with(|quoted| *quoted == now);
        live.quote.get().filter(|_| holds)
    };
    let shown = move || seen().map(|seen| to_field(&seen.quote.terms())).unwrap_or_default();
    let key = move || live.form_key.get();
    let form = NodeRef::<html::Form>::new();
    let files = sending();
    let remove = posting::<RemoveFile>();
    let attached = attachments(view.files.attachments.clone(), files, remove, live);
    let keys = move |event: leptos::web_sys::KeyboardEvent| {
        if (event.meta_key() || event.ctrl_key()) && event.key() == "Enter" {
            event.prevent_default();
            if let Some(form) = form.get_untracked() {
                drop(form.request_submit());
            }
        }
    };
    let pending = submit.pending();
    let label = Signal::derive(move || live.quote.with(|q| q.as_ref().map(|q| q.quote.clone())));
    let due = Signal::derive(move || {
        let due = live.quote.with(|q| q.as_ref().map(|q| q.due.clone()));
        due.filter(|due| !due.is_empty())
    });
    let alive = RwSignal::new(false);
    effect(move || alive.set(true));
    view! {
        <div class="grid gap-8 lg:grid-cols-[minmax(0,1fr)_20rem] items-start">
            <div class="flex flex-col gap-6 max-w-2xl min-w-0" on:keydown=keys>
            <PostForm
                action=submit
                node_ref=form
                id="request-form"
                class="flex flex-col gap-5"
                files=true
            >
                <DefaultButton/>
                <ErrorSummary problems labels=LABELS still=true/>
                <Used used=live.used/>
                <Changed changed=live.changed quote=live.quote/>
                <input type="hidden" name="form_key" value=key prop:value=key/>
                <input type="hidden" name="shown" value=shown prop:value=shown/>
                <SelectField
                    name="service"
                    label="Service"
                    choices
                    bind=fields.service
                    value=view.form.service
                    placeholder="Choose a service"
                    error=problems.field("service")
                    required=true
                />
                <TextField
                    name="title"
                    label="Title"
                    bind=fields.title
                    value=view.form.title
                    help="A short name, like “Spring lookbook cover”."
                    error=problems.field("title")
                    maxlength=MAX_TITLE
                    required=true
                />
                <div class="grid gap-5 sm:grid-cols-2">
                    <TextField
                        name="quantity"
                        label="Quantity"
                        kind=InputKind::Number
                        bind=fields.quantity
                        value=view.form.quantity
                        error=problems.field("quantity")
                        required=true
                    />
                    <TextField
                        name="wished_on"
                        label="Needed by"
                        kind=InputKind::Date
                        bind=fields.wished_on
                        min=view.today
                        value=view.form.wished_on
                        error=problems.field("wished_on")
                        optional=true
                    />
                </div>
                <TextArea
                    name="brief"
                    label="Brief"
                    rows=10
                    bind=fields.brief
                    value=view.form.brief
                    help="What is it for, what should it say, which styles do you like? Markdown works: **bold**, lists, links."
                    error=problems.field("brief")
                    maxlength=MAX_BRIEF
                />
                <Attach form files attached remove/>
                // On a phone what is agreed to stays in sight, with the button that agrees.
                <div class="agree flex flex-col gap-2">
                    <Sentence quote=live.quote/>
                    <FormActions>
                        <Button kind=ButtonKind::Primary submit=true pending attr:aria-describedby="agreed">
                            {move || submit_words(seen().filter(|_| alive.get()))}
                        </Button>
                        <WithoutScript alive/>
                    </FormActions>
                </div>
                <Saved live/>
            </PostForm>
            <Removes action=remove/>
            </div>
            <div class="lg:sticky lg:top-20 flex flex-col gap-4">
                <QuoteReceipt quote=label due pending=live.pending/>
                <DeleteThis live/>
            </div>
        </div>
    }
    .into_any()
}

/// What of a refusal still holds: a field's error goes with its first input that could be right, and the summary with the last.
/// The focus goes to the first wrong field once for each refusal, and not while somebody types.
fn still_wrong(refused: Signal<Option<AppError>>, fields: Fields, today: String) -> Problems {
    // None before the page is alive: the fields take what was refused while they are drawn.
    let sent = RwSignal::new(None::<RequestForm>);
    effect(move || {
        if refused.get().is_some() {
            sent.set(Some(untrack(|| fields.read())));
            focus_first_invalid();
        }
    });
    let mended = move |field: &str| {
        let Some(was) = sent.get() else { return false };
        let now = fields.read();
        match field {
            "service" => now.service != was.service && !now.service.is_empty(),
            "title" => now.title != was.title && !now.title.trim().is_empty(),
            "quantity" => now.quantity != was.quantity && units(&now.quantity).is_some(),
            "brief" => now.brief != was.brief,
            // Days as a field has them are in the order of their texts.
            "wished_on" => now.wished_on != was.wished_on && (now.wished_on.is_empty() || now.wished_on >= today),
            _ => false,
        }
    };
    let left = Memo::new(move |_| match refused.get()? {
        AppError::Invalid { mut fields } => {
            fields.retain(|one| !mended(&one.field));
            (!fields.is_empty()).then_some(AppError::Invalid { fields })
        }
        error => Some(error),
    });
    Problems(left.into())
}

/// RQ2: what is attached to the draft; read again when files were added or removed.
fn attachments(
    first: Vec<FileView>,
    files: Sending,
    remove: Posting<RemoveFile>,
    live: Live,
) -> RwSignal<Vec<FileView>> {
    let (attached, asks) = (RwSignal::new(first), Asks::default());
    let read_again = move |draft: String| {
        let ask = ReadRequestForm {
            draft,
            from: String::new(),
            service: String::new(),
            check: false,
        };
        asks.ask(ask, move |answer| {
            if let Ok(view) = answer {
                attached.set(view.files.attachments);
            }
        });
    };
    effect(move || match files.get() {
        Some(Ok(added)) => {
            keep_address(&added.id);
            live.draft.set(Some(added.id.clone()));
            read_again(added.id);
        }
        Some(Err(AppError::FormUsed { sent, href, key })) => live.begin_anew(sent, href, key),
        _ => {}
    });
    // What was attached went with the request that was sent.
    effect(move || {
        if live.used.with(Option::is_some) {
            attached.set(Vec::new());
        }
    });
    effect(move || match remove.get() {
        Some(Ok(())) => {
            if let Some(draft) = live.draft.get_untracked() {
                read_again(draft);
            }
        }
        Some(Err(error)) => toasts().error(error.message()),
        None => {}
    });
    attached
}

/// What scripts do by themselves, as buttons for when there are none.
#[component]
fn WithoutScript(alive: RwSignal<bool>) -> impl IntoView {
    move || {
        (!alive.get()).then(|| {
            view! {
                <Button submit=true attr:name="intent" attr:value="quote">
                    "Update quote"
                </Button>
                <Button submit=true attr:name="intent" attr:value="draft">
                    "Save draft"
                </Button>
            }
        })
    }
}

#[component]
fn Saved(live: Live) -> impl IntoView {
    move || {
        if let Some(why) = live.unsaved.get() {
            return Some(view! { <FormNote tone=Tone::Warning>{why}</FormNote> }.into_any());
        }
        live.saved.get().map(|at| {
            view! { <div aria-live="polite"><FormNote>{format!("Draft saved · {at}")}</FormNote></div> }.into_any()
        })
    }
}

/// Throws the draft away; it is a form of its own, outside of the other.
#[component]
fn DeleteThis(live: Live) -> impl IntoView {
    let delete = posting::<DeleteDraft>();
    move || {
        live.draft.get().map(|id| {
            view! {
                <PostForm action=delete>
                    <input type="hidden" name="id" value=id/>
                    <Button submit=true small=true kind=ButtonKind::Ghost icon=Icon::Trash pending=delete.pending()>
                        "Delete draft"
                    </Button>
                </PostForm>
            }
        })
    }
}
