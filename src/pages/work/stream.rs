//! The stream of a request: what has happened, was delivered with its pictures and was written, oldest first (RQ3, RQ4, RQ6); and
//! below it the place to write and to attach.

use crate::{
    api::work::{PostMessage, RemoveFile},
    components::*,
    pages::work::{
        files::{AddFiles, FileList},
        pictures::{LookedAt, Picture, Tiles, looks},
        pins::prose,
    },
    wire::{PostForm, Posting, posting},
};
use domain::work::view::{DeliveryView, Entry, FilesView, MessageView, PinView, RequestView, VersionView};
use leptos::prelude::*;

/// The stream.
#[component]
pub fn Stream(
    /// The request.
    view: RequestView,
    /// The version whose pictures stand above already.
    above: Option<i64>,
    /// Opens a picture.
    at: LookedAt,
) -> impl IntoView {
    // What was delivered stays: none of its files can be taken away, and the list has no such button.
    let remove = posting::<RemoveFile>();
    let FilesView { versions, adds_to, .. } = view.files;
    let label = format!("History of request {}", view.number);
    let entries = view.stream.into_iter().map(|entry| match entry {
        Entry::Event(event) => view! {
            <TimelineItem iso=event.at.iso at=event.at.text tone=Tone::Info>
                {event.text}
            </TimelineItem>
        }
        .into_any(),
        Entry::Delivery(delivery) => {
            let version = versions.iter().find(|one| one.version == delivery.version).cloned();
            let tiles = above != Some(delivery.version);
            view! { <Delivery delivery version tiles remove at/> }.into_any()
        }
        Entry::Message(message) => view! { <Message message at/> }.into_any(),
    });
    let entries = entries.collect_view();
    // Whoever adds to it has it above.
    let making = versions.iter().find(|one| one.delivered.is_none() && adds_to.is_none());
    let making = making.cloned().map(|version| view! { <Making version remove at/> });
    view! {
        <section aria-label="Activity" class="flex flex-col gap-4">
            <SectionTitle title="Activity"/>
            <Timeline label>{entries} {making}</Timeline>
        </section>
    }
    .into_any()
}

/// Pictures and files of a version.
fn version_files(version: VersionView, tiles: bool, remove: Posting<RemoveFile>, at: LookedAt) -> AnyView {
    let number = version.version;
    let pictures = Picture::of(&version.files, &format!("Version {number}"));
    let pictures = (tiles && !pictures.is_empty())
        .then(|| view! { <Tiles label=format!("Pictures of version {number}") pictures at/> });
    let label = format!("Files of version {number}");
    view! {
        {pictures}
        <FileList label files=version.files remove/>
    }
    .into_any()
}

/// RQ4: a version, with what it holds and what was written with it.
#[component]
fn Delivery(
    delivery: DeliveryView,
    version: Option<VersionView>,
    tiles: bool,
    remove: Posting<RemoveFile>,
    at: LookedAt,
) -> impl IntoView {
    let approved = version.as_ref().is_some_and(|version| version.approved);
    let approved = approved.then(|| view! { <Badge text="Approved" tone=Tone::Success/> });
    let files = version.map(|version| version_files(version, tiles, remove, at));
    let note = delivery.note.map(|note| prose(note.body));
    view! {
        <li>
            <span class="course-dot tone-success" aria-hidden="true"></span>
            <div class="entry flex flex-col gap-3">
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h3 class="font-semibold">{delivery.text}</h3>
                    {approved}
                    <span class="ml-auto text-sm text-muted">
                        <Time iso=delivery.at.iso text=delivery.at.text/>
                    </span>
                </div>
                {note}
                {files}
            </div>
        </li>
    }
    .into_any()
}

/// What is being made, for those who see it and add nothing to it.
#[component]
fn Making(version: VersionView, remove: Posting<RemoveFile>, at: LookedAt) -> impl IntoView {
    let title = format!("Version {}", version.version);
    view! {
        <li>
            <span class="course-dot" aria-hidden="true"></span>
            <div class="entry flex flex-col gap-3">
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h3 class="font-semibold">{title}</h3>
                    <Badge text="Not delivered yet" tone=Tone::Neutral/>
                </div>
                {version_files(version, true, remove, at)}
            </div>
        </li>
    }
    .into_any()
}

/// RQ3: what someone wrote; a note of the agency's looks like none of the others.
#[component]
fn Message(message: MessageView, at: LookedAt) -> impl IntoView {
    let pin = message.pin.map(|pin| about(pin, at));
    let (dot, class) = if message.internal {
        ("course-dot tone-warning", "entry tone-warning tint")
    } else {
        ("course-dot", "entry")
    };
    view! {
        <li>
            <span class=dot aria-hidden="true"></span>
            <div class=class>
                <div class="flex flex-wrap items-center gap-x-2 gap-y-1 mb-2">
                    <span class="font-semibold">{message.author}</span>
                    <span class="text-sm text-muted">{message.side}</span>
                    {message.internal.then(|| view! { <Badge text="Internal note" tone=Tone::Warning/> })}
                    <span class="ml-auto text-sm text-muted">
                        <Time iso=message.at.iso text=message.at.text/>
                    </span>
                </div>
                {pin}
                {prose(message.body)}
            </div>
        </li>
    }
    .into_any()
}

/// RQ9: the picture that a comment is about; it opens there.
fn about(pin: PinView, at: LookedAt) -> AnyView {
    let did = if pin.place.is_some() { "Pinned" } else { "Comment" };
    let words = format!("{did} on {} · {}", pin.name, pin.mark);
    view! {
        <a
            class="block w-fit text-sm underline underline-offset-2 wrap-anywhere mb-2"
            href=format!("/files/{}/large", pin.file)
            rel="external"
            on:click=move |event| looks(&event, at, &pin.file)
        >
            {words}
        </a>
    }
    .into_any()
}

/// The end of the stream: a message, an internal note, files of the client's.
#[component]
pub fn Compose(
    /// The request.
    view: RequestView,
) -> impl IntoView {
    let write = view.may_write.then(|| {
        view! { <Write id=view.id.clone() form_key=view.form_key.clone() sees_notes=view.sees_notes names=view.names.clone()/> }
    });
    let seen = view.work.map_or(0, |work| work.version);
    let attach = view.files.adds_to.filter(|version| *version == 0).map(|_| {
        view! {
            <section aria-label="Add files" class="border-t border-base-300 pt-4 first:border-0 first:pt-0">
                <AddFiles id=view.id label="Attach files" version=seen/>
            </section>
        }
    });
    (write.is_some() || attach.is_some()).then(|| {
        view! { <div class="panel composer flex flex-col gap-4">{write} {attach}</div> }
    })
}

/// The form below the stream.
#[component]
fn Write(id: String, form_key: String, sees_notes: bool, names: Vec<String>) -> impl IntoView {
    let post = posting::<PostMessage>();
    let problems = post.problems();
    view! {
        <PostForm action=post class="flex flex-col gap-3">
            <ErrorSummary problems labels=&[("body", "Message")]/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="form_key" value=form_key/>
            <TextArea
                name="body"
                label="Message"
                rows=4
                help="Type @ and a name to tell that person."
                error=problems.field("body")
                names
            />
            {sees_notes
                .then(|| {
                    view! {
                        <CheckboxField
                            name="internal"
                            label="Internal note"
                            help="Only the agency's team can see this."
                        />
                    }
                })}
            <FormActions>
                <Button submit=true kind=ButtonKind::Primary pending=post.pending()>
                    "Send message"
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}
