//! `/requests`: the list of service requests, for clients, staff and vendors (RQ5, IN1–IN3, IN5). What each may see is
//! decided by the use case; filter, sort and page stand in the address.

use crate::{
    api::work::{ReadRequestList, ShowPackRequests},
    components::*,
    pages::{
        kernel::{Listed, all_or, counted, here_of, read_query, use_query},
        work::pictures::RowPicture,
    },
    wire::{PostForm, posting, read_live},
};
use domain::{
    Coverage, RequestStatus,
    list::ListQuery as _,
    shown::Named,
    text::MAX_WANTED,
    work::{
        RequestQuery,
        view::{RequestListView, RequestRowView, StatusTab},
    },
};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/requests";

/// The list.
#[component]
pub fn Requests() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let list = read_live(move || ReadRequestList { query: query.get() });
    let client = crate::api::kernel::use_page()
        .viewer()
        .is_some_and(|v| v.may(domain::Capability::SubmitRequests));
    let rows = Rows::default();
    view! {
        <PageHeader title="Requests" actions=move || client.then(new_request)/>
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
    let (services, vendors) = (list.services.clone(), list.vendors.clone());
    let for_staff = list.for_staff;
    let switch = list.shows_pack_requests.map(|on| view! { <PackSwitch on/> });
    let filters = view! { <Filters services vendors for_staff query=query.clone()/> };
    let chips = chips(&list, &query);
    let clear = RequestQuery {
        status: query.status.clone(),
        sort: query.sort.clone(),
        ..RequestQuery::default()
    };
    let filtered = !chips.is_empty() || !query.q.is_empty();
    let hidden = list.hidden;
    let empty = list.rows.is_empty();
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let shown = here_of(list.rows.len(), list.total, "request", "requests");
    let (first, next) = listed.pages(list.next.as_deref());
    let columns = columns(&list, &query);
    let for_vendor = list.for_vendor;
    let list_rows = list.rows.clone();
    view! {
        <Tabs label="Request status" tabs/>
        <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 my-4">
            {filters}
            {switch}
        </div>
        <FilterChips chips clear=clear.href(PATH)/>
        <Packed hidden/>
        {if empty {
            nothing(filtered || !query.status.is_empty(), hidden > 0, for_staff || for_vendor).into_any()
        } else {
            view! {
                <DataTable caption="Service requests" columns wide=for_staff || for_vendor>
                    {rows
                        .show(
                            list_rows,
                            |row| row.id.clone(),
                            move |row| view! { <RequestRow row for_staff for_vendor/> }.into_any(),
                        )}
                </DataTable>
                <Pagination shown first next/>
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

fn columns(list: &RequestListView, query: &RequestQuery) -> Vec<Column> {
    let by_default = if list.for_vendor { "due" } else { "-number" };
    let sorted = |column, word| Listed { query, path: PATH }.sorted(column, word, by_default);
    let mut columns = vec![
        sorted(Column::new("Title"), "title"),
        sorted(Column::numeric("Number"), "number"),
        sorted(Column::new("Service"), "service"),
        sorted(Column::numeric("Quantity"), "quantity"),
        Column::new("Coverage"),
        Column::new("Status"),
        sorted(Column::new("Submitted"), "submitted"),
        sorted(Column::new("Due"), "due"),
    ];
    if list.for_staff || list.for_vendor {
        columns.push(Column::new("Client"));
    }
    if list.for_staff {
        columns.push(Column::new("Vendor / designer"));
    }
    columns
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
    let unread = row.unread;
    let overdue = row.overdue;
    view! {
        <Row>
            <RowHead href=row.href>
                <RowPicture file=row.picture/>
                {row.title}
                {(unread > 0)
                    .then(|| {
                        view! {
                            <span class="ml-2 text-xs font-semibold text-primary whitespace-nowrap">
                                {format!("{unread} new")}
                            </span>
                        }
                    })}
            </RowHead>
            <Cell label="Number" numeric=true>
                {format!("#{}", row.number)}
            </Cell>
            <Cell label="Service">{row.service}</Cell>
            <Cell label="Quantity" numeric=true>
                {row.quantity}
            </Cell>
            <Cell label="Coverage">
                {row
                    .badge
                    .map(|badge| {
                        if row.tip.is_empty() {
                            view! { <CoverageBadge coverage=badge.coverage text=badge.text/> }.into_any()
                        } else {
                            view! { <CoverageBadge coverage=badge.coverage text=badge.text tip=row.tip/> }.into_any()
                        }
                    })}
            </Cell>
            <Cell label="Status">
                <StatusBadge status=row.status/>
            </Cell>
            <Cell label="Submitted">
                {row.submitted.map(|at| view! { <Time iso=at.iso text=at.text/> })}
            </Cell>
            <Cell label="Due">
                {row.due.map(|day| due(day, overdue))}
            </Cell>
            {(for_staff || for_vendor)
                .then(|| view! { <Cell label="Client">{row.client.unwrap_or_default()}</Cell> })}
            {for_staff
                .then(|| {
                    view! {
                        <Cell label="Vendor / designer">
                            {row.worker.unwrap_or_else(|| "Unassigned".to_owned())}
                        </Cell>
                    }
                })}
        </Row>
    }
}

/// RQ8: the day, and for those who do the work that it has passed.
pub fn due(day: String, overdue: bool) -> AnyView {
    if overdue {
        view! {
            <span class="text-error font-semibold">
                <span>{day} " ·"</span>
                " overdue"
            </span>
        }
        .into_any()
    } else {
        view! { <span class="tabular">{day}</span> }.into_any()
    }
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
        Coverage::None => "No pack",
    }
}

/// Search and filters: a form that asks for the same address with another query.
#[component]
fn Filters(services: Vec<Named>, vendors: Vec<Named>, for_staff: bool, query: RequestQuery) -> impl IntoView {
    let select = move |name: &'static str, label: &'static str, named: &[Named], value: &str| {
        (named.len() > 1).then(|| {
            let choices = all_or(named);
            let value = value.to_owned();
            view! {
                <div class="w-44">
                    <SelectField name label choices value/>
                </div>
            }
        })
    };
    let coverages = std::iter::once(Choice::new("", "All"))
        .chain(
            Coverage::ALL
                .iter()
                .map(|c| Choice::new(c.as_str(), coverage_words(*c))),
        )
        .collect::<Vec<_>>();
    let open = [
        &query.service,
        &query.client,
        &query.vendor,
        &query.coverage,
        &query.from,
        &query.to,
    ]
    .iter()
    .any(|value| !value.is_empty());
    view! {
        <AskForm action=PATH
            attr:role="search"
            attr:aria-label="Find requests"
            attr:class="flex flex-col gap-3 grow"
        >
            <input type="hidden" name="status" value=query.status/>
            <input type="hidden" name="sort" value=query.sort/>
            <div class="flex items-end gap-2">
                <div class="w-full max-w-xs">
                    <TextField name="q" maxlength=MAX_WANTED label="Search" value=query.q placeholder="Title or number" hide_label=true/>
                </div>
                <Button submit=true icon=Icon::Search>
                    "Search"
                </Button>
            </div>
            <details open=open>
                <summary class="text-sm text-muted cursor-pointer w-fit">"Filters"</summary>
                <div class="flex flex-wrap items-end gap-3 pt-3">
                    {select("service", "Service", &services, &query.service)}
                    {for_staff
                        .then(|| {
                            view! {
                                <div class="w-44">
                                    <TextField name="client" maxlength=MAX_WANTED label="Client" value=query.client placeholder="Name"/>
                                </div>
                            }
                        })}
                    {select("vendor", "Vendor", &vendors, &query.vendor)}
                    <div class="w-44">
                        <SelectField name="coverage" label="Coverage" choices=coverages value=query.coverage/>
                    </div>
                    <div class="w-40">
                        <TextField name="from" label="Submitted from" kind=InputKind::Date value=query.from/>
                    </div>
                    <div class="w-40">
                        <TextField name="to" label="Submitted to" kind=InputKind::Date value=query.to/>
                    </div>
                    <Button submit=true>"Apply filters"</Button>
                </div>
            </details>
        </AskForm>
    }
    .into_any()
}
