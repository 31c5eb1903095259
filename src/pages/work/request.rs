//! `/requests/{id}`: one request. Above, where it stands and what the reader can do (RQ1, RQ4); below, its brief and one stream of
//! what has happened, was delivered and was written (RQ3, RQ6); beside it the facts, the cost with its receipt (AH1), and the people.
//! What a reader may not see is not in the data.

use crate::{
    api::work::{ReadRequest, RemoveFile, WorkStep},
    components::*,
    pages::{
        kernel::path_id,
        work::{
            files::{Attachments, Deliver},
            pictures::{Lightbox, LookedAt, Picture, Tiles},
            pins::{Pinning, Pins, pinning, prose},
            queue::assign_href,
            stream::{Compose, Stream},
        },
    },
    wire::{PostForm, Posting, posting, read_live},
};
use domain::{
    Capability, RequestStatus, Transition,
    work::view::{CourseView, FactView, RequestView, StepView},
};
use leptos::prelude::*;

/// One request.
#[component]
pub fn OneRequest() -> impl IntoView {
    let id = path_id();
    let request = read_live(move || ReadRequest { id: id.clone() });
    // Stays open while the request is read again.
    let at: LookedAt = RwSignal::new(None);
    let pinning = pinning();
    request.show(Skeleton::Card, move |request| match request {
        Ok(view) => view! { <Found view at pinning/> }.into_any(),
        Err(error) => view! {
            <PageHeader title="Request"/>
            <ErrorState error home="/requests"/>
        }
        .into_any(),
    })
}

#[component]
fn Found(view: RequestView, at: LookedAt, pinning: Pinning) -> impl IntoView {
    let pins = Pins::of(&view, pinning);
    provide_context(pins);
    let pictures = Picture::all(&view.files);
    let remove = posting::<RemoveFile>();
    let newest = decided_on(&view);
    view! {
        <Work view=view.clone() remove at/>
        <div class="grid gap-8 lg:grid-cols-[minmax(0,1fr)_20rem] items-start">
            <div class="flex flex-col gap-8 min-w-0">
                <Brief brief=view.brief.clone()/>
                <Attachments files=view.files.attachments.clone() remove at/>
                <Stream view=view.clone() above=newest at/>
                <Compose view=view.clone()/>
            </div>
            <Aside view/>
        </div>
        <Lightbox pictures at pins/>
    }
    .into_any()
}

/// The version that is decided on, or was: its pictures stand above, with the buttons.
fn decided_on(view: &RequestView) -> Option<i64> {
    let decides = matches!(view.status, RequestStatus::InReview | RequestStatus::Approved);
    let newest = view.files.versions.iter().find(|version| version.delivered.is_some());
    newest.filter(|_| decides).map(|version| version.version)
}

/// The title, where the work stands, what there is to be seen of it, and what the reader can do.
#[component]
fn Work(view: RequestView, remove: Posting<RemoveFile>, at: LookedAt) -> impl IntoView {
    let newest = decided_on(&view);
    let viewer = crate::api::kernel::use_page().viewer();
    let client = viewer.is_some_and(|viewer| viewer.may(Capability::SubmitRequests));
    let post = posting::<WorkStep>();
    let problems = post.problems();
    let work = view.work.unwrap_or_default();
    let (id, version) = (view.id, work.version);
    let (mut quick, mut decisions, mut delivers) = (Vec::new(), Vec::new(), None);
    for one in work.steps {
        match one.step {
            Transition::Deliver => delivers = Some(one),
            Transition::Approve | Transition::AskRevision | Transition::Reopen => decisions.push(one),
            _ => quick.push(one),
        }
    }
    // The primary one stands at the right.
    quick.reverse();
    let title = if view.title.trim().is_empty() {
        "Untitled".to_owned()
    } else {
        view.title
    };
    let actions = {
        let draft = view.status == RequestStatus::Draft;
        let copies = client && !draft;
        let (id, pick) = (id.clone(), work.pick);
        move || {
            let assign = pick.as_ref().map(|pick| {
                let href = assign_href(pick, &format!("/requests/{id}"));
                view! { <ButtonLink href>"Assign to a vendor or a designer"</ButtonLink> }
            });
            let copy = copies.then(|| {
                view! { <ButtonLink href=format!("/requests/new?from={id}")>"Duplicate"</ButtonLink> }
            });
            let goes_on = draft.then(|| {
                view! {
                    <ButtonLink href=format!("/requests/new?draft={id}") kind=ButtonKind::Primary>
                        "Continue draft"
                    </ButtonLink>
                }
            });
            view! {
                {assign}
                {copy}
                {quick_steps(&id, version, &quick, post)}
                {goes_on}
            }
        }
    };
    let pictures = view.files.versions.iter().filter(|one| Some(one.version) == newest);
    let pictures = pictures.flat_map(|one| Picture::of(&one.files, &format!("Version {}", one.version)));
    let pictures: Vec<Picture> = pictures.collect();
    let tiles = newest.filter(|_| !pictures.is_empty()).map(|newest| {
        view! { <Tiles label=format!("Pictures of version {newest}") pictures at/> }
    });
    let decides = (tiles.is_some() || !decisions.is_empty()).then(|| {
        let decisions = decisions
            .into_iter()
            .map(|one| decision(&id, version, one, post))
            .collect_view();
        view! {
            <div class="panel flex flex-col gap-4">
                {tiles} <div class="flex flex-wrap items-start gap-3 empty:hidden">{decisions}</div>
            </div>
        }
    });
    let making = view.files.versions.into_iter().find(|one| one.delivered.is_none());
    let deliver = delivers.zip(making).map(|(step, making)| {
        view! { <Deliver id=id.clone() seen=version making step remove at/> }
    });
    let labels: &[(&str, &str)] = if deliver.is_some() {
        &[("files", "Files"), ("text", "Note")]
    } else {
        &[("text", "What should change?")]
    };
    view! {
        <section id="work" tabindex="-1" aria-label="Work" class="flex flex-col gap-6 mb-8">
            <div>
                <PageHeader title crumbs=vec![Crumb::new("/requests", "Requests")] actions/>
                <div class="flex flex-wrap items-center gap-2 -mt-3">
                    <span class="text-muted tabular">{format!("#{}", view.number)}</span>
                    {view.course.is_empty().then(|| view! { <StatusBadge status=view.status/> })}
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
                    {view
                        .overdue
                        .then(|| {
                            let (text, tone) = if client { ("Running late", Tone::Warning) } else { ("Overdue", Tone::Danger) };
                            view! { <Badge text tone/> }
                        })}
                </div>
            </div>
            <Way course=view.course/>
            {(!work.note.is_empty()).then(|| view! { <p class="font-semibold">{work.note}</p> })}
            <ErrorSummary problems labels/>
            {decides}
            {deliver}
        </section>
    }
    .into_any()
}

/// RQ1: how far it has come.
#[component]
fn Way(course: Vec<CourseView>) -> impl IntoView {
    (!course.is_empty()).then(|| {
        let places = course.into_iter().map(|one| {
            let reached = one.at.is_some() || one.current;
            let passed = reached && !one.current;
            view! {
                <li class=if reached { "reached" } else { "" } aria-current=one.current.then_some("step")>
                    <span class="flex items-center gap-1.5">
                        {passed.then(|| view! { <Glyph icon=Icon::Check class="size-4 shrink-0"/> })}
                        <span class=if one.current { "font-semibold" } else { "" }>{one.label}</span>
                        {one.note.map(|note| view! { <span class="text-sm text-muted">{format!("· {note}")}</span> })}
                    </span>
                    {one
                        .at
                        .map(|at| {
                            view! {
                                <time datetime=at.iso class="block text-sm text-muted tabular">
                                    {at.text}
                                </time>
                            }
                        })}
                </li>
            }
        });
        let places = places.collect_view();
        view! {
            <ol class="way" aria-label="Progress">
                {places}
            </ol>
        }
    })
}

/// The steps that need no words; the last one is the foremost.
fn quick_steps(id: &str, version: i64, steps: &[StepView], post: Posting<WorkStep>) -> Option<AnyView> {
    let last = steps.len().checked_sub(1)?;
    let buttons = steps.iter().enumerate().map(|(at, one)| {
        let kind = match one.step {
            Transition::Release => ButtonKind::Ghost,
            _ if at == last => ButtonKind::Primary,
            _ => ButtonKind::Secondary,
        };
        step_button(one.clone(), kind, post)
    });
    let buttons = buttons.collect_view();
    let id = id.to_owned();
    Some(
        view! {
            <PostForm action=post class="flex flex-wrap items-center gap-2">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                {buttons}
            </PostForm>
        }
        .into_any(),
    )
}

fn step_button(one: StepView, kind: ButtonKind, post: Posting<WorkStep>) -> AnyView {
    view! {
        <Button
            submit=true
            kind
            pending=post.pending()
            blocked=one.blocked
            attr:name="step"
            attr:value=one.step.as_str()
        >
            {one.label}
        </Button>
    }
    .into_any()
}

/// A decision about what was delivered: at once, or with words.
fn decision(id: &str, version: i64, one: StepView, post: Posting<WorkStep>) -> AnyView {
    let id = id.to_owned();
    match one.step {
        Transition::Approve => view! {
            <PostForm action=post>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                {step_button(one, ButtonKind::Primary, post)}
            </PostForm>
        }
        .into_any(),
        step => view! { <Worded id version step label=one.label post/> }.into_any(),
    }
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
        <details class="open:w-full" open=problem.get_untracked().is_some()>
            <summary class="btn btn-quiet">{label}</summary>
            <PostForm action=post class="flex flex-col gap-3 pt-4 max-w-2xl">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="version" value=version/>
                <TextArea name="text" label=words rows=4 help=help error=problem required=true/>
                <FormActions>
                    <Button submit=true pending=post.pending() attr:name="step" attr:value=step.as_str()>
                        {if revision { "Ask for a revision" } else { "Reopen request" }}
                    </Button>
                </FormActions>
            </PostForm>
        </details>
    }
    .into_any()
}

/// The brief.
#[component]
fn Brief(brief: String) -> impl IntoView {
    view! {
        <section aria-label="Brief" class="flex flex-col gap-3">
            <SectionTitle title="Brief"/>
            {if brief.is_empty() {
                view! { <p class="text-muted">"No brief."</p> }.into_any()
            } else {
                view! { <div class="panel">{prose(brief)}</div> }.into_any()
            }}
        </section>
    }
    .into_any()
}

/// The facts, the cost with its receipt, and the people.
#[component]
fn Aside(view: RequestView) -> impl IntoView {
    let costs = !view.cost.is_empty() || !view.receipt.is_empty();
    let cost = costs.then(|| {
        let why = view! { <Why lines=view.receipt/> }.into_any();
        group("Cost", view.cost, Some(why))
    });
    let people = (!view.people.is_empty()).then(|| group("People", view.people, None));
    view! {
        <aside class="panel flex flex-col gap-5 min-w-0" aria-label="About this request">
            {group("Facts", view.facts, None)}
            {cost}
            {people}
        </aside>
    }
    .into_any()
}

/// Facts of one kind under their heading.
fn group(title: &'static str, facts: Vec<FactView>, more: Option<AnyView>) -> AnyView {
    let facts = (!facts.is_empty()).then(|| {
        let facts = facts
            .into_iter()
            .map(|fact| view! { <Fact label=fact.label>{fact.text}</Fact> })
            .collect_view();
        view! { <Facts>{facts}</Facts> }
    });
    view! {
        <section class="flex flex-col gap-2">
            <h2 class="text-sm font-semibold">{title}</h2>
            {facts}
            {more}
        </section>
    }
    .into_any()
}

/// AH1: *How this was charged* — the stored facts of the decision.
#[component]
fn Why(lines: Vec<String>) -> impl IntoView {
    (!lines.is_empty()).then(|| {
        view! {
            <details>
                <summary class="cursor-pointer underline underline-offset-2">"How this was charged"</summary>
                <ul class="flex flex-col gap-2 pt-3 text-sm" aria-label="Coverage receipt">
                    {lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                </ul>
            </details>
        }
    })
}
