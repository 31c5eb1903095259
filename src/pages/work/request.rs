//! `/requests/{id}`: one request with its coverage receipt (AH1), its thread with internal notes for the agency (RQ3),
//! and its history (RQ6). What a reader may not see is not in the data.

use crate::{
    api::work::{PostMessage, ReadRequest, RemoveFile, WorkStep},
    components::*,
    pages::work::{
        files::{ADD_FILES, AddFiles, Files},
        pictures::{Lightbox, LookedAt, Picture, Tiles},
        queue::assign_href,
    },
    wire::{PostForm, Posting, posting, read_live},
};
use domain::{
    RequestStatus, Transition,
    work::view::{EventView, MessageView, RequestView, StepView, WorkView},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// One request.
#[component]
pub fn OneRequest() -> impl IntoView {
    let map = use_params_map();
    let id = Memo::new(move |_| map.with(|map| map.get("id").unwrap_or_default()));
    let request = read_live(move || ReadRequest { id: id.get() });
    // Stays open while the request is read again.
    let at: LookedAt = RwSignal::new(None);
    request.show(Skeleton::Card, move |request| match request {
        Ok(view) => view! { <Found view at/> }.into_any(),
        Err(error) => view! {
            <PageHeader title="Request"/>
            <ErrorState error home="/requests"/>
        }
        .into_any(),
    })
}

#[component]
fn Found(view: RequestView, at: LookedAt) -> impl IntoView {
    let pictures = Picture::all(&view.files);
    let newest = view.files.versions.first().map(|version| {
        let of = format!("Version {}", version.version);
        (
            format!("Pictures of version {}", version.version),
            Picture::of(&version.files, &of),
        )
    });
    let newest = newest.filter(|(_, pictures)| !pictures.is_empty());
    let adds = view.files.adds_to.is_some();
    let seen = view.work.as_ref().map_or(0, |work| work.version);
    let work = view
        .work
        .clone()
        .map(|work| view! { <Work id=view.id.clone() work adds newest at/> });
    let adds = view
        .files
        .adds_to
        .map(|version| view! { <Adds id=view.id.clone() version seen/> });
    let write = view.may_write.then(|| {
        view! { <Write id=view.id.clone() form_key=view.form_key.clone() sees_notes=view.sees_notes/> }
    });
    view! {
        <Head view=view.clone()/>
        {work}
        <div class="grid gap-8 lg:grid-cols-[minmax(0,1fr)_22rem] items-start">
            <div class="flex flex-col gap-8 min-w-0">
                <Brief view=view.clone() at/>
                {adds}
                <Messages view=view.clone()/>
                {write}
            </div>
            <Aside view/>
        </div>
        <Lightbox pictures at/>
    }
    .into_any()
}

/// The title and the badges.
#[component]
fn Head(view: RequestView) -> impl IntoView {
    let title = if view.title.trim().is_empty() {
        "Untitled".to_owned()
    } else {
        view.title
    };
    let draft = view.status == RequestStatus::Draft;
    let continue_at = format!("/requests/new?draft={}", view.id);
    view! {
        <PageHeader
            title
            crumbs=vec![Crumb::new("/requests", "Requests")]
            actions=move || {
                draft
                    .then(|| {
                        view! {
                            <ButtonLink href=continue_at.clone() kind=ButtonKind::Primary>
                                "Continue draft"
                            </ButtonLink>
                        }
                    })
            }
        />
        <div class="flex flex-wrap items-center gap-2 mb-6">
            <span class="text-muted tabular">{format!("#{}", view.number)}</span>
            <StatusBadge status=view.status/>
            {view
                .badge
                .map(|badge| {
                    let tip = (!view.tip.is_empty()).then_some(view.tip);
                    match tip {
                        Some(tip) => {
                            view! { <CoverageBadge coverage=badge.coverage text=badge.text tip/> }.into_any()
                        }
                        None => view! { <CoverageBadge coverage=badge.coverage text=badge.text/> }.into_any(),
                    }
                })}
            {view.overdue.then(|| view! { <Badge text="Overdue" tone=Tone::Danger/> })}
        </div>
    }
    .into_any()
}

/// Where more files go; `version` 0: the client's attachments. `seen`: the request as it stands here.
#[component]
fn Adds(id: String, version: i64, seen: i64) -> impl IntoView {
    let label = match version {
        0 => "Attach files".to_owned(),
        version => format!("Files for version {version}"),
    };
    view! {
        <section aria-label="Add files" class="max-w-2xl">
            <AddFiles id label version=seen/>
        </section>
    }
}

/// Where the work stands, what there is to be seen of it, and what the reader can do. `adds`: files can be added on this page, and
/// go along. `newest`: the pictures of the newest version, with what they are called.
#[component]
fn Work(id: String, work: WorkView, adds: bool, newest: Option<(String, Vec<Picture>)>, at: LookedAt) -> impl IntoView {
    let newest = newest.map(|(label, pictures)| view! { <Tiles label pictures at/> });
    let post = posting::<WorkStep>();
    let problems = post.problems();
    let version = work.version;
    let (worded, plain): (Vec<StepView>, Vec<StepView>) = work
        .steps
        .into_iter()
        .partition(|one| matches!(one.step, Transition::AskRevision | Transition::Reopen));
    let buttons = plain
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            let delivers = adds && one.step == Transition::Deliver;
            let kind = match one.step {
                Transition::Release if at > 0 => ButtonKind::Ghost,
                Transition::Release => ButtonKind::Secondary,
                _ if at == 0 => ButtonKind::Primary,
                _ => ButtonKind::Secondary,
            };
            view! {
                <Button
                    submit=true
                    kind
                    pending=post.pending()
                    blocked=one.blocked
                    attr:name="step"
                    attr:value=one.step.as_str()
                    attr:form=delivers.then_some(ADD_FILES)
                >
                    {one.label}
                </Button>
            }
        })
        .collect_view();
    let assign = work.pick.map(|pick| {
        let href = assign_href(&pick, &format!("/requests/{id}"));
        view! {
            <p>
                <TextLink href>"Assign to a vendor or a designer"</TextLink>
            </p>
        }
    });
    let worded = worded
        .into_iter()
        .map(|one| view! { <Worded id=id.clone() version step=one.step label=one.label post/> })
        .collect_view();
    view! {
        <section id="work" tabindex="-1" aria-label="Work" class="panel flex flex-col gap-4 mb-6">
            <p class="font-semibold">{work.note}</p>
            {newest}
            <ErrorSummary problems labels=&[("text", "What should change?"), ("files", "Files")]/>
            <PostForm action=post class="flex flex-wrap items-center gap-3 empty:hidden">
                <input type="hidden" name="id" value=id.clone()/>
                <input type="hidden" name="version" value=version/>
                {buttons}
            </PostForm>
            {worded} {assign}
        </section>
    }
    .into_any()
}

/// A step that says what for: a revision, a reopening.
#[component]
fn Worded(id: String, version: i64, step: Transition, label: String, post: Posting<WorkStep>) -> impl IntoView {
    let problem = post.problems().field("text");
    let revision = step == Transition::AskRevision;
    let (words, help) = if revision {
        ("What should change?", "We'll post it in the conversation.")
    } else {
        ("Reason", "The client can see this.")
    };
    view! {
        <details open=problem.get_untracked().is_some()>
            <summary class="btn btn-quiet">{label}</summary>
            <PostForm action=post class="flex flex-col gap-3 pt-4 max-w-2xl">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                <TextArea name="text" label=words rows=4 help=help error=problem required=true/>
                <FormActions>
                    <Button submit=true pending=post.pending() attr:name="step" attr:value=step.as_str()>
                        {if revision { "Send back for revision" } else { "Reopen request" }}
                    </Button>
                </FormActions>
            </PostForm>
        </details>
    }
    .into_any()
}

/// The brief and the files.
#[component]
fn Brief(view: RequestView, at: LookedAt) -> impl IntoView {
    let remove = posting::<RemoveFile>();
    let no_brief = view.brief.is_empty();
    let files = view.files;
    view! {
        <section aria-label="Brief" class="flex flex-col gap-3">
            <SectionTitle title="Brief"/>
            {if no_brief {
                view! { <p class="text-muted">"No brief."</p> }.into_any()
            } else {
                view! { <div class="prose-lite panel wrap-anywhere" inner_html=view.brief></div> }.into_any()
            }}
        </section>
        <Files files remove at/>
    }
    .into_any()
}

#[component]
fn Messages(view: RequestView) -> impl IntoView {
    let messages = view.messages;
    view! {
        <section aria-label="Messages" class="flex flex-col gap-4">
            <SectionTitle title="Messages"/>
            {if messages.is_empty() {
                view! { <p class="text-muted">"No messages yet."</p> }.into_any()
            } else {
                view! {
                    <ol class="flex flex-col gap-4">
                        {messages.into_iter().map(|message| view! { <Message message/> }).collect_view()}
                    </ol>
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

/// The facts, the receipt and the history.
#[component]
fn Aside(view: RequestView) -> impl IntoView {
    let RequestView {
        facts,
        receipt,
        events,
        number,
        ..
    } = view;
    view! {
        <aside class="flex flex-col gap-6 min-w-0" aria-label="About this request">
            <div class="panel">
                <Facts>
                    {facts
                        .into_iter()
                        .map(|fact| view! { <Fact label=fact.label>{fact.text}</Fact> })
                        .collect_view()}
                </Facts>
            </div>
            <Why lines=receipt/>
            <History events number/>
        </aside>
    }
    .into_any()
}

/// AH1: *Why?* — the stored facts of the decision.
#[component]
fn Why(lines: Vec<String>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        view! {
            <details class="panel">
                <summary class="cursor-pointer font-semibold">"How this was charged"</summary>
                <ul class="flex flex-col gap-2 pt-3 text-sm" aria-label="Coverage receipt">
                    {lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                </ul>
            </details>
        }
    })
}

#[component]
fn History(events: Vec<EventView>, number: i64) -> impl IntoView {
    (!events.is_empty()).then(|| {
        let label = format!("History of request {number}");
        view! {
            <section class="flex flex-col gap-3">
                <SectionTitle title="History"/>
                <Timeline label>
                    {events
                        .into_iter()
                        .map(|event| {
                            view! {
                                <TimelineItem iso=event.at.iso at=event.at.text tone=Tone::Info>
                                    {event.text}
                                </TimelineItem>
                            }
                        })
                        .collect_view()}
                </Timeline>
            </section>
        }
    })
}

#[component]
fn Message(message: MessageView) -> impl IntoView {
    let class = if message.internal {
        "tone-warning tint border rounded-box px-4 py-3"
    } else {
        "panel"
    };
    view! {
        <li class=class>
            <div class="flex flex-wrap items-center gap-x-2 gap-y-1 mb-2">
                <span class="font-semibold">{message.author}</span>
                <span class="text-sm text-muted">{message.side}</span>
                {message.internal.then(|| view! { <Badge text="Internal note" tone=Tone::Warning/> })}
                <span class="ml-auto text-sm text-muted">
                    <Time iso=message.at.iso text=message.at.text/>
                </span>
            </div>
            <div class="prose-lite wrap-anywhere" inner_html=message.body></div>
        </li>
    }
}

/// The form below the thread.
#[component]
fn Write(id: String, form_key: String, sees_notes: bool) -> impl IntoView {
    let post = posting::<PostMessage>();
    let problems = post.problems();
    view! {
        <PostForm action=post class="flex flex-col gap-3">
            <ErrorSummary problems labels=&[("body", "Message")]/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="form_key" value=form_key/>
            <TextArea name="body" label="Message" rows=4 error=problems.field("body")/>
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
