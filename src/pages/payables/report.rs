//! `/admin/reports/vendor-payments`: what vendors are owed (VP5): whom to pay, vendor by vendor; the lines of packs and services,
//! totals, approving and paying in bulk. Without JavaScript the table is a form that leads to the page that the dialog shows.

use super::{
    PATH, PAY,
    lines::{asked_badge, state_word},
    pay::PayForm,
    to_pay::{Vendors, head, title},
};
use crate::{
    api::payables::{ApprovePayables, PayPayables, ReadMatchingPayables, ReadPayDialog, ReadPayables},
    components::*,
    pages::kernel::{
        Asking, InPlace, Listed, SelectionTable, filter_by, filter_of, here_of, read_query, select_all_matching,
        use_query,
    },
    wire::{Loading, Posting, Reading, posting, read_live},
};
use domain::{
    Cents, Currency,
    list::ListQuery as _,
    payables::{
        MAX_LINES, PayablesQuery,
        view::{PayDialog, PayableRow, PayableTotal, PayablesReport},
    },
    shown::Named,
};
use leptos::prelude::*;

/// The list's name, by which its columns are chosen.
const LIST: &str = "payments";

/// The report: whom to pay, or the lines that its address asks for.
#[component]
pub fn VendorPayments() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| {
        let mut query: PayablesQuery = map.with(read_query);
        // Without any, the page is another one: what is left of a query whose filters were taken away says so.
        if query != PayablesQuery::default() && query.tab.is_empty() {
            query.tab = "packs".to_owned();
        }
        query
    });
    let lines = Memo::new(move |_| query.with(|query| *query != PayablesQuery::default()));
    // The tab that was pressed is gone with its half.
    let shown = StoredValue::new(None::<bool>);
    effect(move || {
        let now = lines.get();
        let was = shown.try_update_value(|shown| shown.replace(now)).flatten();
        if was.is_some_and(|was| was != now) {
            request_animation_frame(|| {
                focus(find("main h1"));
            });
        }
    });
    view! {
        {move || {
            if lines.get() { view! { <Lines query/> }.into_any() } else { view! { <Vendors/> }.into_any() }
        }}
    }
}

/// The lines that the address asks for.
#[component]
fn Lines(query: Memo<PayablesQuery>) -> impl IntoView {
    let approve = posting::<ApprovePayables>();
    let pay = posting::<PayPayables>();
    let report = read_live(move || ReadPayables { query: query.get() });
    let chosen = Selection::default();
    let asking = Asking::default();
    effect(move || {
        if matches!(approve.get(), Some(Ok(_))) {
            chosen.clear();
        }
    });
    effect(move || {
        if matches!(pay.get(), Some(Ok(_))) {
            asking.open.set(false);
            chosen.clear();
        }
    });
    view! {
        {title(query)}
        <Loading skeleton=Skeleton::Table(8)>
            {report
                .part(move |report| match report {
                    Ok(report) => head(report.open, report.asked, &report.month, &query.get_untracked()),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                })}
            <Tools report query/>
            {report
                .part(move |report| {
                    report
                        .ok()
                        .map(|report| {
                            view! { <Found report query=query.get_untracked() chosen asking approve/> }
                        })
                        .into_any()
                })}
        </Loading>
        <Dialog id="pay-lines" title="Mark as paid" open=asking.open>
            {asking
                .show(move |dialog| {
                    let back = query.get_untracked().href(PATH);
                    view! { <PayForm dialog pay back close=Some(asking.open)/> }.into_any()
                })}
        </Dialog>
    }
    .into_any()
}

/// What the dialog asks about some lines.
fn about(ids: Vec<String>) -> ReadPayDialog {
    ReadPayDialog {
        ids,
        all: false,
        query: PayablesQuery::default(),
    }
}

/// Search and filters. They are drawn again only when they themselves change.
#[component]
fn Tools(report: Reading<PayablesReport>, query: Memo<PayablesQuery>) -> impl IntoView {
    let choices = Memo::new(move |_| {
        report
            .get()
            .and_then(Result::ok)
            .map(|report| (report.vendors, report.months))
    });
    view! {
        <div class="list-tools">
            {move || choices.get().map(|(vendors, months)| filters(&vendors, &months, &query.get()))}
        </div>
    }
}

const STATES: [(&str, &str); 5] = [
    ("open", "To pay"),
    ("accrued", "Accrued"),
    ("approved", "Approved"),
    ("paid", "Paid"),
    ("void", "Void"),
];

fn filters(vendors: &[Named], months: &[Named], query: &PayablesQuery) -> AnyView {
    let states = STATES.iter().map(|(value, label)| Choice::new(*value, *label));
    let fields = view! {
        {filter_by("vendor", "Vendor", "All vendors", vendors, &query.vendor)}
        {filter_of("state", "State", "Any state", states.collect(), &query.state)}
        {filter_by("month", "Month", "All months", months, &query.month)}
        {filter_of("inhouse", "In-house work", "Vendors only", vec![Choice::new("1", "With in-house")], &query.inhouse)}
    }
    .into_any();
    let listed = Listed { query, path: PATH };
    let keep = &["tab", "sort", "query"];
    listed.bar(
        "Find lines",
        Some("Client, service, reference"),
        keep,
        Vec::new(),
        Some(fields),
    )
}

fn chips(report: &PayablesReport, query: &PayablesQuery) -> Vec<Chip> {
    let listed = Listed { query, path: PATH };
    let state = STATES.iter().find(|(word, _)| *word == query.state);
    listed.chips([
        listed.words("Search:", "q"),
        listed.named("Vendor", "vendor", &report.vendors),
        (state.map(|(_, label)| format!("State: {label}")), "state"),
        listed.named("Month", "month", &report.months),
        ((query.query == "open").then(|| "Question open".to_owned()), "query"),
        ((query.inhouse == "1").then(|| "With in-house".to_owned()), "inhouse"),
    ])
}

fn columns(query: &PayablesQuery) -> Vec<Column> {
    let sorted = |column, word| Listed { query, path: PATH }.sorted(column, word, "-day");
    let services = query.tab == "services";
    vec![
        sorted(Column::new("Vendor"), "vendor"),
        sorted(Column::new("For"), "client"),
        sorted(Column::numeric("Amount"), "amount"),
        sorted(Column::new("State"), "state"),
        sorted(Column::new(if services { "Delivered" } else { "Period" }), "day"),
        Column::numeric("Units"),
        Column::new("Rate"),
        sorted(Column::new("Paid on"), "paid"),
    ]
}

#[component]
fn Found(
    report: PayablesReport,
    query: PayablesQuery,
    chosen: Selection,
    asking: Asking<PayDialog>,
    approve: Posting<ApprovePayables>,
) -> impl IntoView {
    let chips = chips(&report, &query);
    let clear = PayablesQuery {
        tab: query.tab.clone(),
        sort: query.sort.clone(),
        ..PayablesQuery::default()
    };
    let filtered = !chips.is_empty();
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let (first, next) = listed.pages(report.next.as_deref());
    let (count, here, currency) = (report.count, report.rows.len(), report.currency);
    let shown = here_of(here, count, "line", "lines");
    let open = report.rows.iter().filter(|row| !row.internal);
    let selectable: Vec<(String, String)> = open.map(|row| (row.id.clone(), row.pick.clone())).collect();
    let back = query.href(PATH);
    let services = query.tab == "services";
    let hidden = listed.hidden();
    let form_key = report.form_key.clone();
    let matching = ReadMatchingPayables { query: query.clone() };
    let all_matching = select_all_matching(chosen, here, count, MAX_LINES, matching, |pick| of_pick(pick).0);
    let table = if report.rows.is_empty() {
        let title = if filtered { "No matches" } else { "Nothing owed yet" };
        let words = match (filtered, services) {
            (true, _) => "No payments match these filters.",
            (_, true) => "Delivered units that aren't in a pack appear here, at each vendor's service rate.",
            (_, false) => {
                "What vendors are owed for packs appears here when a period is paid or its first unit is delivered."
            }
        };
        view! {
            <EmptyState icon=Icon::Wallet title>
                {words}
            </EmptyState>
        }
        .into_any()
    } else {
        let heads = columns(&query);
        let menu = view! { <ColumnsMenu list=LIST columns=heads.clone()/> }.into_any();
        let rows = report.rows.into_iter().map(|row| line(row, chosen)).collect_view();
        let approve = report.may_decide.then(|| {
            let (form_key, back) = (form_key.clone(), back.clone());
            let press = move || {
                approve.press(&ApprovePayables {
                    form_key: form_key.clone(),
                    ids: chosen.ids(),
                    back: back.clone(),
                });
            };
            view! {
                <InPlace
                    press
                    pending=approve.pending()
                    attr:formmethod="post"
                    attr:formaction="/api/payables/approve"
                >
                    "Approve"
                </InPlace>
            }
        });
        let bar = view! {
            {approve}
            <InPlace kind=ButtonKind::Primary press=move || asking.ask(about(chosen.ids()))>
                "Mark as paid"
            </InPlace>
            {all_matching}
        }
        .into_any();
        view! {
            <SelectionTable
                caption="Vendor payments"
                name=LIST
                columns=heads
                chosen
                selectable
                action=PAY
                hidden
                back
                form_key
                bar
                sum=Signal::derive(move || sum_of(chosen, currency))
            >
                {rows}
            </SelectionTable>
            <Pagination shown first next columns=Some(menu)/>
        }
        .into_any()
    };
    let totals = totals(report.totals, &report.total);
    view! {
        <FilterChips chips clear=clear.href(PATH)/>
        {table}
        {totals}
    }
    .into_any()
}

/// What is selected of a line: its id, and what is owed in cents.
fn of_pick(pick: &str) -> (&str, i64) {
    let (id, cents) = pick.split_once('~').unwrap_or((pick, ""));
    (id, cents.parse().unwrap_or(0))
}

/// "$292.50": what the selected lines add up to; nothing where none are.
fn sum_of(chosen: Selection, currency: Currency) -> String {
    if chosen.count() == 0 {
        return String::new();
    }
    let cents = chosen
        .seen()
        .iter()
        .fold(0_i64, |sum, pick| sum.saturating_add(of_pick(pick).1));
    Cents(cents).show(currency)
}

fn line(row: PayableRow, chosen: Selection) -> AnyView {
    let units = row.units.contains('/').then_some("Included / used / delivered");
    let select = if row.internal {
        view! { <td></td> }.into_any()
    } else {
        view! { <SelectCell selection=chosen id=row.id.clone() value=row.pick label=format!("Select {}", row.name)/> }
            .into_any()
    };
    view! {
        <Row waits=row.asked>
            {select} <RowHead href=format!("{PATH}/{}", row.id)>{row.vendor}</RowHead>
            <Cell label="For" phone=Phone::Line grows=true>
                {row.client} " · " {row.pack}
            </Cell>
            <Cell label="Amount" numeric=true phone=Phone::End>
                {row.amount}
            </Cell>
            <Cell label="State" phone=Phone::Line>
                <span class="inline-flex items-center gap-2">
                    {state_word(row.state, row.internal)} {asked_badge(row.asked)}
                </span>
            </Cell>
            <Cell label="Period">
                <span title=row.period>{row.days}</span>
            </Cell>
            <Cell label="Units" numeric=true>
                <span title=units>{row.units}</span>
            </Cell>
            <Cell label="Rate">{row.rate}</Cell>
            <Cell label="Paid on">
                {row.paid_on} <span class="ml-2 text-sm text-muted">{row.reference}</span>
            </Cell>
        </Row>
    }
    .into_any()
}

/// VP5: by vendor and state.
fn totals(vendors: Vec<PayableTotal>, all: &PayableTotal) -> AnyView {
    if vendors.is_empty() {
        return ().into_any();
    }
    let all = PayableTotal {
        vendor: "All".to_owned(),
        ..all.clone()
    };
    let rows: Vec<AnyView> = vendors
        .into_iter()
        .chain([all])
        .map(|total| {
            view! {
                <Row>
                    <RowHead>{total.vendor}</RowHead>
                    <Cell label="Accrued" numeric=true>
                        {total.accrued}
                    </Cell>
                    <Cell label="Approved" numeric=true>
                        {total.approved}
                    </Cell>
                    <Cell label="To pay" numeric=true>
                        {total.to_pay}
                    </Cell>
                    <Cell label="Paid" numeric=true>
                        {total.paid}
                    </Cell>
                </Row>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="mt-8" aria-labelledby="totals">
            <SectionTitle title="Totals" id="totals"/>
            <DataTable
                caption="Totals by vendor"
                columns=vec![
                    Column::new("Vendor"),
                    Column::numeric("Accrued"),
                    Column::numeric("Approved"),
                    Column::numeric("To pay"),
                    Column::numeric("Paid"),
                ]
            >
                {rows}
            </DataTable>
        </section>
    }
    .into_any()
}
