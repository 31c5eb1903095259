//! The files of a request (RQ2, RQ4, RQ9): the lists, and the form that sends them. Used by the request's page and by the
//! form of a new one.

use crate::{
    api::work::{RemoveFile, WorkStep},
    components::*,
    pages::work::pictures::{FileMark, LookedAt, Picture, Tiles},
    wire::{FILES, OfPerson, PostForm, PostTo, Posting, Sending, posting, sending},
};
use domain::work::{
    file::ACCEPT,
    view::{FileView, StepView, VersionView},
};
use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast, web_sys};

/// What one may send, in one sentence.
pub const HELP: &str = "Up to 50 MB per file: images, PDF, AI, EPS, PSD, ZIP, fonts, MP4, MOV, TXT.";

/// A list of files. Each is a link that saves it.
#[component]
pub fn FileList(
    /// What they are: "Files of version 2".
    #[prop(into)]
    label: String,
    /// The files.
    files: Vec<FileView>,
    /// Takes one away.
    remove: Posting<RemoveFile>,
    /// The list stands in a form: that of another one, [`Removes`], which takes a file away.
    #[prop(optional)]
    by: Option<&'static str>,
) -> impl IntoView {
    let lines = files.into_iter().map(|file| {
        let remove_words = format!("Remove {}", file.name);
        let saved_as = file.name.clone();
        let button = file.removable.then(|| {
            let id = file.id.clone();
            match by {
                Some(form) => view! {
                    <Button
                        submit=true
                        small=true
                        kind=ButtonKind::Ghost
                        icon=Icon::Trash
                        pending=remove.pending()
                        attr:aria-label=remove_words
                        attr:form=form
                        attr:name="id"
                        attr:value=id
                    >
                        "Remove"
                    </Button>
                }
                .into_any(),
                None => view! {
                    <PostForm action=remove>
                        <input type="hidden" name="id" value=id/>
                        <Button
                            submit=true
                            small=true
                            kind=ButtonKind::Ghost
                            icon=Icon::Trash
                            pending=remove.pending()
                            attr:aria-label=remove_words
                        >
                            "Remove"
                        </Button>
                    </PostForm>
                }
                .into_any(),
            }
        });
        view! {
            <li class="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
                <FileMark id=file.id.clone() preview=file.preview/>
                <a
                    class="text-primary underline underline-offset-2 wrap-anywhere"
                    href=format!("/files/{}", file.id)
                    download=saved_as
                    rel="external"
                >
                    {file.name}
                </a>
                <span class="text-sm text-muted tabular">{file.size}</span>
                <span class="text-sm text-muted grow">{file.sent}</span>
                {button}
            </li>
        }
    });
    let lines = lines.collect_view();
    view! { <ul aria-label=label class="divide-y divide-base-300">{lines}</ul> }.into_any()
}

/// RQ2: what the client has attached.
#[component]
pub fn Attachments(
    /// The files.
    files: Vec<FileView>,
    /// Takes one away.
    remove: Posting<RemoveFile>,
    /// Opens a picture.
    at: LookedAt,
) -> impl IntoView {
    let pictures = Picture::of(&files, "Attachment");
    let pictures = (!pictures.is_empty()).then(|| view! { <Tiles label="Attached pictures" pictures at/> });
    (!files.is_empty()).then(|| {
        view! {
            <section aria-label="Attachments" class="flex flex-col gap-3">
                <SectionTitle title="Attachments"/>
                <div class="panel flex flex-col gap-4">
                    {pictures}
                    <FileList label="Attachments" files remove/>
                </div>
            </section>
        }
    })
}

/// RQ4: the version that is being made, in one panel: its files, more of them, a note, *Deliver*.
#[component]
pub fn Deliver(
    /// The request.
    id: String,
    /// The request as it is seen.
    seen: i64,
    /// What is there of the version.
    making: VersionView,
    /// The button.
    step: StepView,
    /// Takes a file away.
    remove: Posting<RemoveFile>,
    /// Opens a picture.
    at: LookedAt,
) -> impl IntoView {
    let number = making.version;
    let title = format!("Version {number}");
    let pictures = Picture::of(&making.files, &title);
    let pictures =
        (!pictures.is_empty()).then(|| view! { <Tiles label=format!("Pictures of version {number}") pictures at/> });
    let files = (!making.files.is_empty())
        .then(|| view! { <FileList label=format!("Files of version {number}") files=making.files remove/> });
    view! {
        <section aria-label=format!("Deliver version {number}") class="panel flex flex-col gap-4">
            <SectionTitle title=format!("Deliver version {number}")/>
            {pictures}
            {files}
            <AddFiles id label=format!("Files for version {number}") version=seen deliver=step/>
        </section>
    }
    .into_any()
}

/// The field, its button, and what is wrong. What is chosen is sent at once where the page is alive; else by the button, or with
/// what else the form is for.
#[component]
pub fn AddFiles(
    /// The request.
    id: String,
    /// The words above the field.
    #[prop(into)]
    label: String,
    /// What of the request is seen.
    version: i64,
    /// They are delivered here, with a note.
    #[prop(optional)]
    deliver: Option<StepView>,
) -> impl IntoView {
    let sending = sending();
    let step = posting::<WorkStep>();
    let post = PostTo::from(step);
    let (form, input) = (NodeRef::<html::Form>::new(), NodeRef::<html::Input>::new());
    emptied(sending, input);
    let send = move || form.get_untracked().is_some_and(|form| sending.send(&form, true));
    let delivers = deliver.is_some();
    let deliver = deliver.map(|one| {
        view! {
            <TextArea
                name="text"
                label="Note"
                rows=3
                help="What the client should know about this version."
                error=step.problems().field("text")
                optional=true
            />
            <FormActions>
                <Button
                    submit=true
                    kind=ButtonKind::Primary
                    pending=step.pending()
                    blocked=one.blocked
                    attr:name="step"
                    attr:value=one.step.as_str()
                >
                    {one.label}
                </Button>
            </FormActions>
        }
    });
    view! {
        <form
            method="post"
            enctype="multipart/form-data"
            action=FILES
            class="flex flex-col gap-4"
            novalidate=""
            node_ref=form
            on:submit=move |event: web_sys::SubmitEvent| {
                match event.submitter() {
                    Some(button) if button.has_attribute("name") => post.submitted(&event),
                    // By the keys: what the form is for. Afterwards, because a form takes no press while it is being sent.
                    None if delivers => {
                        event.prevent_default();
                        queue_microtask(move || press_deliver(form));
                    }
                    _ => {
                        if send() {
                            event.prevent_default();
                        }
                    }
                }
            }
        >
            <input type="hidden" name="id" value=id/>
            <OfPerson/>
            <input type="hidden" name="version" value=version/>
            <div
                class="drop flex flex-col gap-3"
                on:change=move |_| {
                    send();
                }
            >
                <FileField
                    name="files"
                    label
                    accept=ACCEPT
                    multiple=true
                    help=HELP
                    error=sending.problems().field("files")
                    node_ref=input
                />
                <div class="by-hand">
                    <Button submit=true icon=Icon::Plus>
                        "Add files"
                    </Button>
                </div>
            </div>
            {deliver}
        </form>
    }
    .into_any()
}

/// Presses *Deliver* of a form, which says why where it cannot be done yet.
fn press_deliver(form: NodeRef<html::Form>) {
    let form = form.get_untracked();
    let button = form.and_then(|form| form.query_selector("button[name=step]").ok().flatten());
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Empties the field once its files were answered for, so that they are not sent again and can be chosen again.
pub fn emptied(sending: Sending, input: NodeRef<html::Input>) {
    effect(move || {
        if sending.get().is_some()
            && let Some(input) = input.get_untracked()
        {
            input.set_value("");
        }
    });
}

/// The id of [`Removes`].
const REMOVES: &str = "removes";

/// The field for files of a request's form, with what is attached. What is chosen or pasted is sent at once where the page is
/// alive; else its button posts the whole form, so that the draft is saved with them.
#[component]
pub fn Attach(
    /// The form that it stands in.
    form: NodeRef<html::Form>,
    /// What sends it.
    files: Sending,
    /// What is attached.
    attached: RwSignal<Vec<FileView>>,
    /// Takes one away, by [`Removes`].
    remove: Posting<RemoveFile>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    emptied(files, input);
    let send = move || {
        if let Some(form) = form.get_untracked() {
            files.send(&form, false);
        }
    };
    effect(move || {
        let handle = window_event_listener(ev::paste, move |event| {
            let data = event.clipboard_data();
            // Where there are words beside a picture of them, as from a table, they are what is meant.
            let data = data.filter(|data| data.get_data("text/plain").is_ok_and(|words| words.is_empty()));
            let pasted = data.and_then(|data| data.files()).filter(|files| files.length() > 0);
            if let (Some(pasted), Some(input)) = (pasted, input.get_untracked()) {
                event.prevent_default();
                input.set_files(Some(&pasted));
                send();
            }
        });
        on_cleanup(move || handle.remove());
    });
    let list = move || {
        let files = attached.get();
        (!files.is_empty()).then(|| view! { <FileList label="Attached files" files remove by=REMOVES/> })
    };
    let sent = move || {
        files
            .pending()
            .get()
            .then(|| view! { <p role="status" class="text-sm text-muted">"Uploading…"</p> })
    };
    view! {
        <div class="drop flex flex-col gap-3" on:change=move |_| send()>
            <FileField
                name="files"
                label="Attachments"
                accept=ACCEPT
                multiple=true
                help=HELP
                error=files.problems().field("files")
                node_ref=input
            />
            {sent}
            {list}
            <div class="by-hand">
                <Button submit=true small=true icon=Icon::Plus attr:name="intent" attr:value="files">
                    "Add files"
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// What the buttons of a list in another form post to; outside of that form.
#[component]
pub fn Removes(
    /// Takes a file away.
    action: Posting<RemoveFile>,
) -> impl IntoView {
    view! {
        <PostForm action id=REMOVES>
            ""
        </PostForm>
    }
}
