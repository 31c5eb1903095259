//! `/admin/assignments`: who does the work of which pack (§14). Selection, the bulk bar and the dialog; without JavaScript the
//! table is a form that leads to the page that the dialog shows.

use super::{ASSIGN, PATH, assign::AssignForm, tabs};
use crate::{
    api::assignment::{Assign, KeepVendor, ReadAssignDialog, ReadAssignments, ReadMatching},
    components::*,
    pages::kernel::{
        Asking, InPlace, Listed, SelectionTable, counted, filter_by, here_of, read_query, select_all_matching,
        use_query,
    },
    wire::{Loading, Posting, Reading, posting, read_live},
};
use domain::{
    SubscriptionStatus,
    assignment::{
        AssignmentQuery, MAX_PICKS,
        view::{AssignDialog, AssignmentList, AssignmentRow},
    },
    list::ListQuery as _,
    shown::Named,
};
use leptos::{prelude::*, web_sys};

/// The list's name, by which its columns are chosen.
const LIST: &str = "assignments";

/// Where all packs without a vendor are assigned at once.
const ALL_PENDING: &str = "/admin/assignments/assign?all=1&pending=1&back=%2Fadmin%2Fassignments%3Fpending%3D1";

/// The list.
#[component]
pub fn Assignments() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let assign = posting::<Assign>();
    let keep = posting::<KeepVendor>();
    let list = read_live(move || ReadAssignments { query: query.get() });
    let chosen = Selection::default();
    let asking = Asking::default();
    effect(move || {
        if let Some(Ok(_)) = assign.get() {
            asking.open.set(false);
            chosen.clear();
        }
    });
    view! {
        <PageHeader title="Pack assignments" list=true lead="Which vendor works on which pack."/>
        <Loading skeleton=Skeleton::Table(8)>
            {list
                .part(move |list| match list {
                    Ok(list) => {
                        let all = tabs(PATH, list.waiting_requests);
                        view! {
                            <div class="tabs-beside">
                                <Tabs label="Assignments" tabs=all/>
                                <div class="flex flex-wrap items-center gap-3">
                                    <p class="text-sm text-muted tabular">
                                        {counted(list.pending, "pack needs a vendor", "packs need a vendor")}
                                    </p>
                                    {(list.pending > 0 && list.pending <= MAX_PICKS as i64)
                                        .then(|| {
                                            view! {
                                                <ButtonLink small=true href=ALL_PENDING>
                                                    "Assign all"
                                                </ButtonLink>
                                            }
                                        })}
                                </div>
                            </div>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                })}
            <Tools list query/>
            {list
                .part(move |list| {
                    list.ok()
                        .map(|list| view! { <Found list query=query.get_untracked() chosen asking keep/> })
                        .into_any()
                })}
        </Loading>
        <Dialog id="assign-packs" title="Assign packs" open=asking.open>
            {asking
                .show(move |dialog| {
                    let back = query.get_untracked().href(PATH);
                    view! { <AssignForm dialog assign back close=Some(asking.open)/> }.into_any()
                })}
        </Dialog>
    }
    .into_any()
}

/// The pack that a pick is of.
fn id_of(pick: &str) -> &str {
    pick.split('~').next().unwrap_or_default()
}

/// What the dialog asks about some packs.
fn about(picks: Vec<String>) -> ReadAssignDialog {
    ReadAssignDialog {
        picks,
        all: false,
        query: AssignmentQuery::default(),
    }
}

/// Search and filters. They are drawn again only when they themselves change.
#[component]
fn Tools(list: Reading<AssignmentList>, query: Memo<AssignmentQuery>) -> impl IntoView {
    let choices = Memo::new(move |_| {
        list.get()
            .and_then(Result::ok)
            .map(|list| (list.services, list.vendors))
    });
    view! {
        <div class="list-tools">
            {move || choices.get().map(|(services, vendors)| filters(&services, &vendors, &query.get()))}
        </div>
    }
}

fn filters(services: &[Named], vendors: &[Named], query: &AssignmentQuery) -> AnyView {
    let listed = Listed { query, path: PATH };
    let all = query.with("pending", "").with("ends", "");
    let (pending, ends) = (query.pending == "1", query.ends == "soon");
    let views = vec![
        Tab::new(all.href(PATH), "All packs", !pending && !ends),
        Tab::new(all.with("pending", "1").href(PATH), "No vendor", pending),
        Tab::new(all.with("ends", "soon").href(PATH), "Ends soon", ends),
    ];
    let fields = view! {
        {filter_by("vendor", "Vendor", "All vendors", vendors, &query.vendor)}
        {filter_by("service", "Service", "All services", services, &query.service)}
    }
    .into_any();
    listed.bar(
        "Find packs",
        Some("Client or service"),
        &["sort", "pending", "ends"],
        views,
        Some(fields),
    )
}

fn chips(list: &AssignmentList, query: &AssignmentQuery) -> Vec<Chip> {
    let listed = Listed { query, path: PATH };
    listed.chips([
        listed.words("Search:", "q"),
        listed.named("Vendor", "vendor", &list.vendors),
        listed.named("Service", "service", &list.services),
        ((query.pending == "1").then(|| "No vendor".to_owned()), "pending"),
        ((query.ends == "soon").then(|| "Ends soon".to_owned()), "ends"),
    ])
}

fn columns(query: &AssignmentQuery) -> Vec<Column> {
    let sorted = |column, word| Listed { query, path: PATH }.sorted(column, word, "client");
    vec![
        sorted(Column::new("Client"), "client"),
        sorted(Column::new("Pack"), "pack"),
        sorted(Column::new("Period"), "period"),
        sorted(Column::numeric("Used"), "used"),
        sorted(Column::new("Vendor"), "vendor"),
        Column::new("Next period"),
        sorted(Column::new("Since"), "since"),
        Column::new("Status"),
        Column::hidden("Actions"),
    ]
}

#[component]
fn Found(
    list: AssignmentList,
    query: AssignmentQuery,
    chosen: Selection,
    asking: Asking<AssignDialog>,
    keep: Posting<KeepVendor>,
) -> impl IntoView {
    let chips = chips(&list, &query);
    let clear = AssignmentQuery {
        sort: query.sort.clone(),
        ..AssignmentQuery::default()
    };
    let filtered = !chips.is_empty();
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let (first, next) = listed.pages(list.next.as_deref());
    let (total, here) = (list.total, list.rows.len());
    let shown = here_of(here, total, "pack", "packs");
    let here_rows = list.rows.iter().map(|row| (row.id.clone(), row.pick.clone()));
    let selectable: Vec<(String, String)> = here_rows.collect();
    let back = query.href(PATH);
    let hidden = listed.hidden();
    let form_key = list.form_key.clone();
    let matching = ReadMatching { query: query.clone() };
    let all_matching = select_all_matching(chosen, here, total, MAX_PICKS, matching, id_of);
    let table = if list.rows.is_empty() {
        let (title, words) = if filtered {
            ("No matches", "No packs match these filters.")
        } else {
            ("No packs yet", "When a client subscribes, the pack appears here.")
        };
        view! {
            <EmptyState icon=Icon::Packages title=title>
                {words}
            </EmptyState>
        }
        .into_any()
    } else {
        let heads = columns(&query);
        let menu = view! { <ColumnsMenu list=LIST columns=heads.clone()/> }.into_any();
        let rows = list.rows.into_iter();
        let rows = rows
            .map(|row| view! { <AssignmentLine row chosen asking keep form_key=form_key.clone() back=back.clone()/> })
            .collect_view();
        let bar = view! {
            <InPlace kind=ButtonKind::Primary press=move || asking.ask(about(chosen.seen()))>
                "Assign"
            </InPlace>
            {all_matching}
        }
        .into_any();
        view! {
            <SelectionTable
                caption="Pack assignments"
                name=LIST
                columns=heads
                chosen
                selectable
                action=ASSIGN
                hidden
                back
                form_key
                bar
            >
                {rows}
            </SelectionTable>
            <Pagination shown first next columns=Some(menu)/>
        }
        .into_any()
    };
    view! {
        <FilterChips chips clear=clear.href(PATH)/>
        {table}
    }
    .into_any()
}

/// What goes on as it should is a word; what does not stands out.
fn status_view(status: SubscriptionStatus, ends: Option<String>) -> AnyView {
    match (ends, status) {
        (_, SubscriptionStatus::PastDue) => view! { <Badge text="Past due" tone=Tone::Warning/> }.into_any(),
        (Some(ends), _) => view! { <StateWord text=ends/> }.into_any(),
        // As nearly all of them are.
        (None, _) => ().into_any(),
    }
}

#[component]
fn AssignmentLine(
    row: AssignmentRow,
    chosen: Selection,
    asking: Asking<AssignDialog>,
    keep: Posting<KeepVendor>,
    form_key: String,
    back: String,
) -> impl IntoView {
    let name = format!("{} · {}", row.client, row.pack);
    let pending = row.vendor.is_none();
    let waiting = row.waiting;
    let status = status_view(row.status, row.ends);
    let (one, pick) = (row.pick.clone(), row.pick.clone());
    let taken_back = KeepVendor {
        form_key,
        pick: pick.clone(),
        back,
    };
    let keep_words = format!("Remove the next vendor of {name}");
    let usage = row.usage;
    let chosen_one = one.clone();
    view! {
        <Row waits=pending>
            <SelectCell selection=chosen id=row.id value=row.pick label=format!("Select {name}")/>
            <RowHead>{row.client}</RowHead>
            <Cell label="Pack" phone=Phone::Line>
                {row.pack}
            </Cell>
            <Cell label="Period">{row.period}</Cell>
            <Cell label="Used" numeric=true>
                {format!("{} of {}", usage.used, usage.included)}
            </Cell>
            <Cell label="Vendor" phone=Phone::Line>
                {match row.vendor {
                    Some(vendor) => vendor.into_any(),
                    None => {
                        view! {
                            <Badge text="Pending Assignment" tone=Tone::Warning/>
                            {(waiting > 0)
                                .then(|| {
                                    let words = counted(waiting, "request waiting", "requests waiting");
                                    view! {
                                        <span class="ml-2 text-sm text-muted sm:hidden 2xl:inline" title=words>
                                            {format!("{waiting} waiting")}
                                        </span>
                                    }
                                })}
                        }
                            .into_any()
                    }
                }}
            </Cell>
            <Cell label="Next period" phone=Phone::Own>
                <span class="inline-flex items-center gap-1">
                    {row
                        .next
                        .map(|next| {
                            view! {
                                <span class="contents">
                                    {next}
                                    <Button
                                        small=true
                                        kind=ButtonKind::Ghost
                                        submit=true
                                        attr:name="pick"
                                        attr:value=pick
                                        attr:formmethod="post"
                                        attr:formaction="/api/assignments/keep"
                                        attr:aria-label=keep_words
                                        press=move |event: web_sys::MouseEvent| {
                                            event.prevent_default();
                                            keep.press(&taken_back);
                                        }
                                    >
                                        "Remove"
                                    </Button>
                                </span>
                            }
                        })}
                    {row.next_note.map(|note| view! { <span class="text-sm text-muted">{note}</span> })}
                </span>
            </Cell>
            <Cell label="Since">
                <ShortTime moment=row.since/>
            </Cell>
            <Cell label="Status">{status}</Cell>
            <Cell phone=Phone::End>
                <Button
                    small=true
                    submit=true
                    attr:name="one"
                    attr:value=chosen_one
                    attr:aria-label=format!("Assign {name}")
                    press=move |event: web_sys::MouseEvent| {
                        event.prevent_default();
                        asking.ask(about(vec![one.clone()]));
                    }
                >
                    "Assign"
                </Button>
            </Cell>
        </Row>
    }
    .into_any()
}
