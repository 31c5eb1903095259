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
    view::{FileView, FilesView, VersionView},
};
use leptos::{html, prelude::*, web_sys};

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
) -> impl IntoView {
    let lines = files.into_iter().map(|file| {
        let remove_words = format!("Remove {}", file.name);
        let saved_as = file.name.clone();
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
                {file
                    .removable
                    .then(|| {
                        view! {
                            <PostForm action=remove>
                                <input type="hidden" name="id" value=file.id/>
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
                    })}
            </li>
        }
    });
    let lines = lines.collect_view();
    view! { <ul aria-label=label class="divide-y divide-base-300">{lines}</ul> }.into_any()
}

fn version(version: VersionView, remove: Posting<RemoveFile>, at: LookedAt, first: bool) -> AnyView {
    let number = version.version;
    // Those of the newest stand where it is decided on.
    let pictures = (!first).then(|| Picture::of(&version.files, &format!("Version {number}")));
    let pictures = pictures.filter(|pictures| !pictures.is_empty());
    let pictures =
        pictures.map(|pictures| view! { <Tiles label=format!("Pictures of version {number}") pictures at/> });
    let title = format!("Version {number}");
    let label = format!("Files of version {number}");
    let badge = match (&version.delivered, version.approved) {
        (None, _) => view! { <Badge text="Not delivered yet" tone=Tone::Neutral/> }.into_any(),
        (Some(_), true) => view! { <Badge text="Approved" tone=Tone::Success/> }.into_any(),
        (Some(_), false) => ().into_any(),
    };
    view! {
        <li class="panel flex flex-col gap-1">
            <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                <h3 class="font-semibold">{title}</h3>
                {badge}
                {version
                    .delivered
                    .map(|at| {
                        view! {
                            <span class="text-sm text-muted">
                                "delivered "
                                <Time iso=at.iso text=at.text relative=at.relative/>
                            </span>
                        }
                    })}
            </div>
            {pictures}
            {if version.files.is_empty() {
                view! { <p class="text-muted">"No files."</p> }.into_any()
            } else {
                view! { <FileList label files=version.files remove/> }.into_any()
            }}
        </li>
    }
    .into_any()
}

/// The attachments and the versions.
#[component]
pub fn Files(
    /// What the reader sees.
    files: FilesView,
    /// Takes one away.
    remove: Posting<RemoveFile>,
    /// Opens a picture.
    at: LookedAt,
) -> impl IntoView {
    let attached = Picture::of(&files.attachments, "Attachment");
    let attached = (!attached.is_empty()).then(|| view! { <Tiles label="Attached pictures" pictures=attached at/> });
    let attachments = (!files.attachments.is_empty()).then(|| {
        view! {
            <section aria-label="Attachments" class="flex flex-col gap-3">
                <SectionTitle title="Attachments"/>
                <div class="panel flex flex-col gap-4">
                    {attached}
                    <FileList label="Attachments" files=files.attachments remove/>
                </div>
            </section>
        }
    });
    let versions = (!files.versions.is_empty()).then(|| {
        let lines = files
            .versions
            .into_iter()
            .enumerate()
            .map(|(place, one)| version(one, remove, at, place == 0))
            .collect_view();
        view! {
            <section aria-label="Deliveries" class="flex flex-col gap-3">
                <SectionTitle title="Deliveries"/>
                <ol class="flex flex-col gap-4">{lines}</ol>
            </section>
        }
    });
    view! {
        {attachments}
        {versions}
    }
    .into_any()
}

/// The id of the form that adds files. Without JavaScript *Deliver* is a button of it, so that what was chosen goes along.
pub const ADD_FILES: &str = "add-files";

/// The field, its button, and what is wrong. What is chosen is sent at once where the page is alive.
#[component]
pub fn AddFiles(
    /// The request.
    id: String,
    /// The words above the field.
    #[prop(into)]
    label: String,
    /// What of the request is seen; sent by a button elsewhere on the page that is of this form ([`ADD_FILES`]).
    version: i64,
) -> impl IntoView {
    let sending = sending();
    let post = PostTo::from(posting::<WorkStep>());
    let form = NodeRef::<html::Form>::new();
    let send = move || form.get_untracked().is_some_and(|form| sending.send(&form, true));
    view! {
        <form
            id=ADD_FILES
            method="post"
            enctype="multipart/form-data"
            action=FILES
            class="flex flex-col gap-3"
            novalidate=""
            node_ref=form
            on:submit=move |event: web_sys::SubmitEvent| {
                // *Deliver* is a button of this form too.
                let step = event.submitter().is_some_and(|button| button.has_attribute("name"));
                if step {
                    post.submitted(&event);
                } else if send() {
                    event.prevent_default();
                }
            }
            on:change=move |_| {
                send();
            }
        >
            <input type="hidden" name="id" value=id/>
            <OfPerson/>
            <input type="hidden" name="version" value=version/>
            <FileField
                name="files"
                label
                accept=ACCEPT
                multiple=true
                help=HELP
                error=sending.problems().field("files")
            />
            <FormActions>
                <Button submit=true icon=Icon::Plus pending=sending.pending()>
                    "Add files"
                </Button>
            </FormActions>
        </form>
    }
    .into_any()
}

/// Empties the field once its files are there, so that they are not sent again.
pub fn emptied(sending: Sending, input: NodeRef<html::Input>) {
    effect(move || {
        if matches!(sending.get(), Some(Ok(_)))
            && let Some(input) = input.get_untracked()
        {
            input.set_value("");
        }
    });
}

/// The field for files of a request's form. Its button posts the whole form, so that the draft is saved with them.
#[component]
pub fn Attach(
    /// The form that it stands in.
    form: NodeRef<html::Form>,
    /// What sends it.
    files: Sending,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    emptied(files, input);
    let send = move || form.get_untracked().is_some_and(|form| files.send(&form, false));
    view! {
        <div
            class="flex flex-col gap-3"
            on:change=move |_| {
                send();
            }
        >
            <FileField
                name="files"
                label="Attachments"
                accept=ACCEPT
                multiple=true
                help=HELP
                error=files.problems().field("files")
                node_ref=input
            />
            <div>
                <Button
                    submit=true
                    small=true
                    icon=Icon::Plus
                    pending=files.pending()
                    attr:name="intent"
                    attr:value="files"
                    press=move |event: web_sys::MouseEvent| {
                        if send() {
                            event.prevent_default();
                        }
                    }
                >
                    "Add files"
                </Button>
            </div>
        </div>
    }
    .into_any()
}

/// What is attached, outside of the form: each line has a form of its own.
#[component]
pub fn Attached(
    /// The files.
    attached: RwSignal<Vec<FileView>>,
    /// Takes one away.
    remove: Posting<RemoveFile>,
) -> impl IntoView {
    move || {
        let files = attached.get();
        (!files.is_empty()).then(|| {
            view! {
                <section aria-label="Attached files" class="panel">
                    <FileList label="Attached files" files remove/>
                </section>
            }
        })
    }
}
