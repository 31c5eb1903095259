//! `/requests`: the list of service requests, for clients, staff and vendors (RQ5, IN1–IN3, IN5). What each may see is
//! decided by the use case; filter, sort and page stand in the address.

use crate::{
    api::{
        kernel::use_page,
        work::{ReadRequestList, ShowPackRequests},
    },
    components::*,
    pages::{
        kernel::{Listed, counted, filter_by, filter_of, here_of, read_query, use_query},
        work::pictures::RowPicture,
    },
    wire::{PostForm, posting, read_live},
};
use domain::{
    Coverage, RequestStatus,
    list::ListQuery as _,
    shown::{Moment, Named},
    text::MAX_WANTED,
    work::{
        RequestPart, RequestQuery,
        view::{RequestListView, RequestRowView, StatusTab},
    },
};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/requests";
/// Its name, by which its columns are chosen.
const LIST: &str = "requests";

/// The list.
#[component]
pub fn Requests() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let list = read_live(move || ReadRequestList { query: query.get() });
    let client = use_page()
        .viewer()
        .is_some_and(|v| v.may(domain::Capability::SubmitRequests));
    let rows = Rows::default();
    view! {
        <PageHeader title="Requests" list=true actions=move || client.then(new_request)/>
        {list
            .show(
                Skeleton::Table(8),
                move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked() rows/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                },
            )}
    }
}

fn new_request() -> impl IntoView {
    view! {
        <NewLink href="/requests/new" words="New request"/>
    }
}

/// The tabs of a list at `path`, keeping every other filter.
pub fn status_tabs(tabs: &[StatusTab], query: &RequestQuery, path: &str) -> Vec<Tab> {
    tabs.iter()
        .map(|tab| {
            let word = tab.status.map_or("", RequestStatus::as_str);
            let to = RequestQuery {
                status: word.to_owned(),
                after: String::new(),
                ..query.clone()
            };
            let label = match tab.status {
                None => "All",
                Some(RequestStatus::Draft) => "Drafts",
                Some(status) => status.label(),
            };
            Tab::new(to.href(path), label, query.status == word).count(tab.count)
        })
        .collect()
}

#[component]
fn Found(list: RequestListView, query: RequestQuery, rows: Rows<RequestRowView>) -> impl IntoView {
    let tabs = status_tabs(&list.tabs, &query, PATH);
    let for_staff = list.for_staff;
    let switch = list.shows_pack_requests.map(|on| view! { <PackSwitch on/> });
    let filters = filters(&list.services, &list.vendors, for_staff, &query);
    let chips = chips(&list, &query);
    let clear = RequestQuery {
        status: query.status.clone(),
        sort: query.sort.clone(),
        ..RequestQuery::default()
    };
    let filtered = !chips.is_empty() || !query.q.is_empty() || !query.view.is_empty();
    let hidden = list.hidden;
    let empty = list.rows.is_empty();
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let shown = here_of(list.rows.len(), list.total, "request", "requests");
    let (first, next) = listed.pages(list.next.as_deref());
    let columns = columns(&list, &query);
    let menu = view! { <ColumnsMenu list=LIST columns=columns.clone()/> }.into_any();
    let for_vendor = list.for_vendor;
    let list_rows = list.rows.clone();
    view! {
        <Tabs label="Request status" tabs/>
        <div class="list-tools">
            {filters}
            {switch}
        </div>
        <FilterChips chips clear=clear.href(PATH)/>
        <Packed hidden/>
        {if empty {
            nothing(filtered || !query.status.is_empty(), hidden > 0, for_staff || for_vendor).into_any()
        } else {
            view! {
                <DataTable caption="Service requests" columns list=true name=LIST>
                    {rows
                        .show(
                            list_rows,
                            |row| row.id.clone(),
                            move |row| view! { <RequestRow row for_staff for_vendor/> }.into_any(),
                        )}
                </DataTable>
                <Pagination shown first next columns=Some(menu)/>
            }
                .into_any()
        }}
    }
    .into_any()
}

fn nothing(filtered: bool, hidden: bool, works: bool) -> impl IntoView {
    if filtered {
        return view! {
            <EmptyState
                icon=Icon::Requests
                title="No matches"
                action=|| view! { <ButtonLink href=PATH>"Clear filters"</ButtonLink> }
            >
                "No requests match these filters."
            </EmptyState>
        }
        .into_any();
    }
    if hidden || works {
        let why = if hidden {
            "All of these are pack requests, and pack requests are hidden."
        } else {
            "Requests that clients submit appear here."
        };
        return view! {
            <EmptyState icon=Icon::Requests title="No requests">
                {why}
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <EmptyState
            icon=Icon::Requests
            title="No requests yet"
            action=|| {
                view! {
                    <ButtonLink href="/requests/new" kind=ButtonKind::Primary>
                        "New request"
                    </ButtonLink>
                }
            }
        >
            "Requests you send us appear here, with what your packs cover."
        </EmptyState>
    }
    .into_any()
}

/// What the table of some requests has for whom: names of sorts go with the columns that a list can be sorted by.
fn heads(for_staff: bool, for_vendor: bool) -> Vec<(Column, &'static str)> {
    let mut heads = vec![(Column::new("Title"), "title")];
    if for_staff || for_vendor {
        heads.push((Column::new("Client"), ""));
    }
    heads.extend([
        (Column::new("Service"), "service"),
        (Column::new("Coverage"), ""),
        (Column::new("Status"), ""),
        (Column::new("Due"), "due"),
        (Column::new("Submitted"), "submitted"),
    ]);
    if for_staff {
        heads.push((Column::new("Vendor / designer"), ""));
    }
    heads
}

/// The columns of [`RequestRow`] where they sort nothing.
pub fn request_columns(for_vendor: bool) -> Vec<Column> {
    heads(false, for_vendor).into_iter().map(|(column, _)| column).collect()
}

fn columns(list: &RequestListView, query: &RequestQuery) -> Vec<Column> {
    let by_default = if list.for_vendor { "due" } else { "-number" };
    let listed = Listed { query, path: PATH };
    heads(list.for_staff, list.for_vendor)
        .into_iter()
        .map(|(column, sort)| match sort {
            "" => column,
            sort => listed.sorted(column, sort, by_default),
        })
        .collect()
}

/// One row, on the list and on the pages that show some of it. The columns are those of the list.
#[component]
pub fn RequestRow(
    /// The row.
    row: RequestRowView,
    /// Client, vendor and designer have columns.
    #[prop(optional)]
    for_staff: bool,
    /// The client's alias has a column.
    #[prop(optional)]
    for_vendor: bool,
) -> impl IntoView {
    let RequestRowView {
        unread, news, overdue, ..
    } = row;
    let for_client = !for_staff && !for_vendor;
    view! {
        <Row>
            <RowHead href=row.href>
                <RowPicture file=row.picture/>
                <span class="row-title">{row.title}</span>
                <span class="row-number">{format!("#{}", row.number)}</span>
                {(unread > 0)
                    .then(|| {
                        view! {
                            <span class="text-xs font-semibold text-primary whitespace-nowrap">
                                {format!("{unread} new")}
                            </span>
                        }
                    })}
                {unread_dot(news)}
            </RowHead>
            {(!for_client)
                .then(|| {
                    view! {
                        <Cell label="Client" phone=Phone::Line>
                            {row.client.unwrap_or_default()}
                        </Cell>
                    }
                })}
            <Cell label="Service" phone=Phone::Line>
                {ordered(&row.quantity, &row.service)}
            </Cell>
            <Cell label="Coverage">
                {row.badge.map(|badge| view! { <CoverageWord coverage=badge.coverage text=badge.text tip=row.tip/> })}
            </Cell>
            <Cell label="Status" phone=Phone::End>
                <StatusWord status=row.status for_client/>
            </Cell>
            <Cell label="Due" phone=Phone::Line>
                {row.due.map(|day| if for_client { due_for_client(day, overdue) } else { due(day, overdue) })}
            </Cell>
            <Cell label="Submitted">
                {row.submitted.map(|moment| view! { <ShortTime moment/> })}
            </Cell>
            {for_staff
                .then(|| {
                    view! {
                        <Cell label="Vendor / designer">
                            {match row.worker {
                                Some(worker) => worker.into_any(),
                                None => view! { <span class="text-muted">"Unassigned"</span> }.into_any(),
                            }}
                        </Cell>
                    }
                })}
        </Row>
    }
}

/// The mark of a request about which there is something in the bell that is not read.
pub fn unread_dot(news: bool) -> Option<AnyView> {
    news.then(|| {
        view! {
            <span class="inline-block size-2 rounded-full bg-primary shrink-0" title="Unread">
                <span class="sr-only">"Unread"</span>
            </span>
        }
        .into_any()
    })
}

/// "12 × Logo design"; of a draft what there is of it.
pub fn ordered(quantity: &str, service: &str) -> String {
    let parts = [quantity, service].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" × ")
}

/// RQ8: the day for the client; once it has passed, what that means, because the bare date would say that nobody has noticed.
fn due_for_client(day: Moment, late: bool) -> AnyView {
    if late {
        return view! { <span title=format!("Was due {}", day.text)>"Running late"</span> }.into_any();
    }
    due(day, false)
}

/// RQ8: the day, and for those who do the work that it has passed.
pub fn due(day: Moment, overdue: bool) -> AnyView {
    if overdue {
        return view! { <Badge text=format!("{} · overdue", day.short) tone=Tone::Danger attr:title=day.text/> }
            .into_any();
    }
    view! {
        <span class="phone-only">"due "</span>
        <ShortTime moment=day/>
    }
    .into_any()
}

/// IN5: how many the switch hides, and the way to see them.
#[component]
pub fn Packed(
    /// How many.
    hidden: i64,
) -> impl IntoView {
    let show = posting::<ShowPackRequests>();
    (hidden > 0).then(|| {
        view! {
            <PostForm action=show class="text-sm text-muted py-2 flex items-center gap-2">
                <input type="hidden" name="show" value="true"/>
                <span>{format!("{} hidden ·", counted(hidden, "pack request", "pack requests"))}</span>
                <Button small=true kind=ButtonKind::Ghost submit=true>
                    "Show"
                </Button>
            </PostForm>
        }
    })
}

/// IN5: the switch; it applies at once, and without JavaScript by its button.
#[component]
pub fn PackSwitch(
    /// Whether pack requests are shown.
    on: bool,
) -> impl IntoView {
    let show = posting::<ShowPackRequests>();
    view! {
        <PostForm action=show class="flex items-center gap-3" at_once=true>
            <SwitchField name="show" label="Show pack requests" checked=on/>
            <span class="by-hand">
                <Button small=true submit=true>
                    "Apply"
                </Button>
            </span>
        </PostForm>
    }
}

fn chips(list: &RequestListView, query: &RequestQuery) -> Vec<Chip> {
    let listed = Listed { query, path: PATH };
    let coverage = query.coverage.parse().ok();
    listed.chips([
        listed.words("Search:", "q"),
        listed.named("Service", "service", &list.services),
        listed.words("Client:", "client"),
        listed.named("Vendor", "vendor", &list.vendors),
        (
            coverage.map(|one| format!("Coverage: {}", coverage_words(one))),
            "coverage",
        ),
        (list.from.as_ref().map(|day| format!("From {day}")), "from"),
        (list.to.as_ref().map(|day| format!("To {day}")), "to"),
    ])
}

const fn coverage_words(coverage: Coverage) -> &'static str {
    match coverage {
        Coverage::Included => "Included in pack",
        Coverage::Partial => "Partly in pack",
        Coverage::Overage => "Extra",
        Coverage::None => "Not in a pack",
    }
}

/// What the reader comes for again and again; the one that is on leads back to all.
fn views(query: &RequestQuery) -> Vec<Tab> {
    let viewer = use_page().viewer();
    let offered = viewer.map_or(&[][..], |viewer| RequestPart::offered(viewer.role));
    let view = |part: &RequestPart| {
        let on = query.view == part.as_str();
        let to = query.with("view", if on { "" } else { part.as_str() });
        Tab::new(to.href(PATH), part.label(), on)
    };
    offered.iter().map(view).collect()
}

/// Search and filters.
fn filters(services: &[Named], vendors: &[Named], for_staff: bool, query: &RequestQuery) -> AnyView {
    let by = |name, label, all, named: &[Named], value: &str| {
        (named.len() > 1).then(|| filter_by(name, label, all, named, value))
    };
    let coverages = Coverage::ALL.iter();
    let coverages = coverages
        .map(|c| Choice::new(c.as_str(), coverage_words(*c)))
        .collect::<Vec<_>>();
    let RequestQuery { client, from, to, .. } = query.clone();
    let fields = view! {
        {by("service", "Service", "All services", services, &query.service)}
        {for_staff
            .then(|| {
                view! {
                    <TextField
                        name="client"
                        maxlength=MAX_WANTED
                        label="Client"
                        value=client
                        placeholder="Client"
                        hide_label=true
                    />
                }
            })}
        {by("vendor", "Vendor", "All vendors", vendors, &query.vendor)}
        {filter_of("coverage", "Coverage", "Any coverage", coverages, &query.coverage)}
        <TextField name="from" label="From" kind=InputKind::Date value=from/>
        <TextField name="to" label="To" kind=InputKind::Date value=to/>
    }
    .into_any();
    let listed = Listed { query, path: PATH };
    listed.bar(
        "Find requests",
        Some("Title or number"),
        &["status", "view", "sort"],
        views(query),
        Some(fields),
    )
}
