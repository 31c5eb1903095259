//! `/queue`: the requests that Tri-POD is to deliver (TP5), with *Claim and start*, *Claim* and *Release*, and those outside of
//! packs, which may be given to a vendor or a designer (RQ10); `/queue/assign` is where that is decided.

use crate::{
    api::work::{GiveRequests, ReadGiveDialog, ReadQueue, WorkStep},
    components::*,
    pages::{
        assignment::assign::changed_since,
        kernel::{back as back_to, counted, use_query, with_query},
        work::{
            board::Board,
            list::{PackSwitch, Packed, due, ordered, unread_dot},
            pictures::RowPicture,
        },
    },
    wire::{PostForm, Posting, posting, read, read_live},
};
use domain::{
    AppError, Transition,
    work::{
        request::QueuePart,
        view::{GiveDialog, QueueRow, QueueView},
    },
};
use leptos::prelude::*;

/// Where the queue stands.
const PATH: &str = "/queue";
/// The queue as a board.
const BOARD: &str = "/queue?view=board";
/// Where requests are given to somebody.
const ASSIGN: &str = "/queue/assign";

fn at(part: QueuePart) -> String {
    match part {
        QueuePart::Free => PATH.to_owned(),
        part => format!("{PATH}?part={part}"),
    }
}

/// The queue, as a list or as a board.
#[component]
pub fn Queue() -> impl IntoView {
    let map = use_query();
    let board = Memo::new(move |_| map.with(|map| map.get("view").as_deref() == Some("board")));
    view! {
        {move || {
            let (href, words) = if board.get() { (PATH, "List") } else { (BOARD, "Board") };
            view! {
                <PageHeader
                    title="Queue"
                    list=true
                    lead="Open in-house requests, soonest due first."
                    actions=move || view! { <ButtonLink href>{words}</ButtonLink> }
                />
            }
        }}
        {move || if board.get() { view! { <Board/> }.into_any() } else { view! { <List/> }.into_any() }}
    }
    .into_any()
}

/// The parts of the queue, as a list.
#[component]
fn List() -> impl IntoView {
    let map = use_query();
    let asked = move |name: &str| map.with(|map| map.get(name).unwrap_or_default());
    let queue = read_live(move || ReadQueue {
        part: asked("part"),
        after: asked("after"),
    });
    // They live as long as the page: a press that is on its way when the list is read again stays what it was.
    let held = Held {
        chosen: Selection::default(),
        rows: Rows::default(),
        post: posting::<WorkStep>(),
    };
    queue.show(Skeleton::Table(8), move |queue| match queue {
        Ok(queue) => view! { <Found queue after=asked("after") held/> }.into_any(),
        Err(error) => view! { <ErrorState error/> }.into_any(),
    })
}

/// What the page keeps while it is read again.
#[derive(Clone, Copy)]
struct Held {
    chosen: Selection,
    rows: Rows<(QueuePart, QueueRow)>,
    post: Posting<WorkStep>,
}

#[component]
fn Found(queue: QueueView, after: String, held: Held) -> impl IntoView {
    let part = queue.part;
    let path = at(part);
    let tabs = queue
        .parts
        .iter()
        .map(|(one, count)| Tab::new(at(*one), one.label(), *one == part).count(*count));
    let tabs: Vec<Tab> = tabs.collect();
    let total = queue
        .parts
        .iter()
        .find(|(one, _)| *one == part)
        .map_or(0, |(_, count)| *count);
    let next = queue.next.map(|key| {
        let join = if path.contains('?') { '&' } else { '?' };
        format!("{path}{join}after={key}")
    });
    let first = (!after.is_empty()).then(|| path.clone());
    let shown = format!("{} of {}", queue.rows.len(), counted(total, "request", "requests"));
    let pending = queue.pending_packs.filter(|count| *count > 0).map(|count| {
        let words = counted(count, "pack has no vendor", "packs have no vendor");
        view! {
            <p>
                <TextLink href="/admin/assignments?pending=1">{words}</TextLink>
            </p>
        }
    });
    // What no pack brings is no pack request.
    let switch = (part != QueuePart::Beyond).then(|| {
        view! {
            <PackSwitch on=queue.shows_pack_requests/>
            <Packed hidden=queue.hidden/>
        }
    });
    let body = if queue.rows.is_empty() {
        nothing(part)
    } else if part == QueuePart::Beyond {
        view! {
            <form method="get" action=ASSIGN>
                <DefaultButton nothing=true/>
                <input type="hidden" name="back" value=path/>
                {table(part, queue.rows, held)}
                <div class="flex flex-wrap items-center gap-3 pt-3">
                    <Button submit=true icon=Icon::UserCog>
                        "Assign selected"
                    </Button>
                    <span class="text-sm text-muted">"To a vendor or an in-house designer."</span>
                </div>
            </form>
            <Pagination shown first next/>
        }
        .into_any()
    } else {
        view! {
            {table(part, queue.rows, held)}
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Parts of the queue" tabs/>
        <div class="list-tools">{switch} {pending}</div>
        {body}
    }
    .into_any()
}

fn nothing(part: QueuePart) -> AnyView {
    let (title, words) = match part {
        QueuePart::Free => ("Nothing to claim", "Every request in the queue is claimed."),
        QueuePart::Mine => (
            "Nothing claimed",
            "Requests you claim stay here until you deliver them.",
        ),
        QueuePart::All => (
            "Nothing to deliver",
            "Requests of packs assigned in-house appear here, and requests not in a pack.",
        ),
        QueuePart::Beyond => (
            "Every request is in a pack",
            "Requests not in a pack appear here until they're delivered. Assign them to a vendor or a designer.",
        ),
    };
    view! {
        <EmptyState icon=Icon::Inbox title=title>
            {words}
        </EmptyState>
    }
    .into_any()
}

fn table(part: QueuePart, rows: Vec<QueueRow>, held: Held) -> AnyView {
    let gives = part == QueuePart::Beyond;
    let Held { chosen, post, .. } = held;
    let mut columns = vec![
        Column::new("Title"),
        Column::new("Client"),
        Column::new("Service"),
        Column::new("Status"),
        Column::new("Due"),
    ];
    if !gives {
        columns.insert(3, Column::new("Coverage"));
    }
    // What is to be claimed has none.
    if part != QueuePart::Free {
        columns.push(Column::new(if gives { "Vendor / designer" } else { "Designer" }));
    }
    columns.push(Column::hidden("Action"));
    let can_be_given = rows.iter().filter(|row| row.pick.is_some());
    let can_be_given = can_be_given.map(|row| (row.row.id.clone(), row.pick.clone().unwrap_or_default()));
    let can_be_given: Vec<(String, String)> = can_be_given.collect();
    let rows = held.rows.show(
        rows.into_iter().map(|row| (part, row)).collect(),
        |(part, row)| format!("{part} {}", row.row.id),
        move |(part, row)| view! { <OneRow row part post chosen/> }.into_any(),
    );
    let caption = if gives {
        "Requests not in a pack"
    } else {
        "Requests in the queue"
    };
    if gives {
        let select_all = move || view! { <SelectAll selection=chosen all=can_be_given.clone()/> };
        view! {
            <DataTable caption columns list=true select_all=select_all>
                {rows}
            </DataTable>
        }
        .into_any()
    } else {
        let problems = post.problems();
        view! {
            <ErrorSummary problems labels=&[]/>
            <DataTable caption columns list=true>
                {rows}
            </DataTable>
        }
        .into_any()
    }
}

#[component]
fn OneRow(row: QueueRow, part: QueuePart, post: Posting<WorkStep>, chosen: Selection) -> impl IntoView {
    let QueueRow {
        row,
        version,
        steps,
        pick,
    } = row;
    let gives = part == QueuePart::Beyond;
    let label = format!("#{} {}", row.number, row.title);
    let box_ = gives.then(|| match pick.clone() {
        Some(pick) => {
            view! { <SelectCell selection=chosen id=row.id.clone() value=pick label=format!("Select {label}")/> }
                .into_any()
        }
        None => view! { <td></td> }.into_any(),
    });
    // Tri-POD has all of the queue: there, only who of it is news.
    let worker = row.worker.unwrap_or_default();
    let worker = match worker.split_once(" · ") {
        _ if gives => worker,
        Some((_, designer)) => designer.to_owned(),
        None => "Unclaimed".to_owned(),
    };
    let (id, number) = (row.id, row.number);
    let action = match pick.filter(|_| gives) {
        Some(pick) => {
            let href = assign_href(&pick, &at(part));
            view! {
                <ButtonLink href small=true kind=ButtonKind::Ghost attr:aria-label=format!("Assign {label}")>
                    "Assign"
                </ButtonLink>
            }
            .into_any()
        }
        None if steps.is_empty() => ().into_any(),
        None => {
            let buttons = steps.into_iter().enumerate().map(|(place, step)| {
                // The foremost one; giving back is never that.
                let kind = if place == 0 && step.step != Transition::Release {
                    ButtonKind::Secondary
                } else {
                    ButtonKind::Ghost
                };
                let words = format!("{} {label}", step.label);
                view! {
                    <Button
                        submit=true
                        small=true
                        kind
                        attr:name="step"
                        attr:value=step.step.as_str()
                        attr:aria-label=words
                    >
                        {step.label}
                    </Button>
                }
            });
            let buttons = buttons.collect_view();
            view! {
                <PostForm action=post class="flex gap-1">
                    <input type="hidden" name="id" value=id/>
                    <input type="hidden" name="version" value=version/>
                    <input type="hidden" name="back" value=at(part)/>
                    {buttons}
                </PostForm>
            }
            .into_any()
        }
    };
    view! {
        <Row>
            {box_}
            <RowHead href=row.href>
                <RowPicture file=row.picture/>
                <span class="row-title">{row.title}</span>
                <span class="row-number">{format!("#{number}")}</span>
                {unread_dot(row.news)}
            </RowHead>
            <Cell label="Client">{row.client.unwrap_or_default()}</Cell>
            <Cell label="Service" phone=Phone::Line>
                {ordered(&row.quantity, &row.service)}
            </Cell>
            {(!gives)
                .then(|| {
                    view! {
                        <Cell label="Coverage">
                            {row
                                .badge
                                .map(|badge| {
                                    view! { <CoverageWord coverage=badge.coverage text=badge.text tip=row.tip/> }
                                })}
                        </Cell>
                    }
                })}
            <Cell label="Status">
                <StatusWord status=row.status/>
            </Cell>
            <Cell label="Due" phone=Phone::Line>
                {row.due.map(|day| due(day, row.overdue))}
            </Cell>
            {(part != QueuePart::Free)
                .then(|| {
                    view! {
                        <Cell label=if gives { "Vendor / designer" } else { "Designer" } phone=Phone::Line>
                            {worker}
                        </Cell>
                    }
                })}
            <Cell phone=Phone::End>{action}</Cell>
        </Row>
    }
    .into_any()
}

/// Where one request is given to somebody.
pub fn assign_href(pick: &str, back: &str) -> String {
    with_query(ASSIGN, &[("ids[]", pick), ("back", back)])
}

/// Where requests are given to a vendor or a designer.
#[component]
pub fn GivePage() -> impl IntoView {
    let map = use_query();
    let dialog = read(move || ReadGiveDialog {
        picks: map.with(|map| map.get_all("ids[]")),
    });
    let back = move || map.with(|map| back_to(map, &at(QueuePart::Beyond)));
    view! {
        <PageHeader title="Assign requests" crumbs=vec![Crumb::new(at(QueuePart::Beyond), "Queue")]/>
        {dialog
            .show(
                Skeleton::Table(4),
                move |dialog| match dialog {
                    Ok(dialog) => view! { <GiveForm dialog back=back()/> }.into_any(),
                    Err(AppError::Invalid { .. }) => {
                        view! {
                            <EmptyState
                                icon=Icon::Requests
                                title="Nothing selected"
                                action=move || view! { <ButtonLink href=back()>"Back to requests"</ButtonLink> }
                            >
                                "Select the requests you want to assign."
                            </EmptyState>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error home=PATH/> }.into_any(),
                },
            )}
    }
    .into_any()
}

#[component]
fn GiveForm(dialog: GiveDialog, back: String) -> impl IntoView {
    let give = posting::<GiveRequests>();
    let problems = give.problems();
    let partial = move || match problems.get() {
        Some(AppError::AssignmentPartial { can, .. }) if can > 0 => Some(can),
        _ => None,
    };
    let many = dialog.requests.len();
    let choices = dialog.receivers.into_iter().map(|one| Choice {
        note: one.effect,
        ..Choice::new(one.id, one.name)
    });
    let choices: Vec<Choice> = choices.collect();
    let lines = dialog
        .requests
        .iter()
        .map(|line| {
            view! {
                <li class="py-2">
                    <p class="font-semibold">{line.title.clone()}</p>
                    <p class="text-sm text-muted">{line.what.clone()}</p>
                    <p class="text-sm text-muted">{format!("Now with {}", line.holder)}</p>
                </li>
            }
        })
        .collect_view();
    let picks = dialog
        .requests
        .iter()
        .map(|line| view! { <input type="hidden" name="picks[]" value=line.pick.clone()/> })
        .collect_view();
    let to = back.clone();
    view! {
        <div class="max-w-xl flex flex-col gap-6">
            {changed_since(dialog.changed)}
            <ul class="divide-y divide-base-300">{lines}</ul>
            <PostForm action=give class="flex flex-col gap-4">
                <ErrorSummary problems labels=&[("to", "Vendor or designer")]/>
                <input type="hidden" name="form_key" value=dialog.form_key/>
                <input type="hidden" name="back" value=back/>
                {picks}
                <RadioGroup name="to" label="Vendor or designer" choices error=problems.field("to")/>
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true>
                        "Assign"
                    </Button>
                    {move || {
                        partial()
                            .map(|can| {
                                view! {
                                    <Button submit=true attr:name="partial" attr:value="true">
                                        {format!("Assign {can} of {many}")}
                                    </Button>
                                }
                            })
                    }}
                    <ButtonLink href=to kind=ButtonKind::Ghost>
                        "Cancel"
                    </ButtonLink>
                </FormActions>
            </PostForm>
        </div>
    }
    .into_any()
}
