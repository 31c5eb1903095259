//! `/vendor`: a vendor's dashboard (§20): its requests by due date, what it earns, its packs. Clients by their alias, nothing with
//! a price of theirs (RQ7, IN3).

use crate::{
    api::{payables::ReadVendorOverview, work::ReadRequestList},
    components::*,
    pages::{
        assignment::vendor_packs::no_packs,
        kernel::{Listed, read_query, use_query},
        payables::lines::vendor_packs,
        work::list::{RequestRow, request_columns, status_tabs},
    },
    wire::{Loading, read_live},
};
use domain::{
    RequestStatus,
    payables::view::{VendorOverview, VendorPayment},
    work::{RequestQuery, TO_DO, view::RequestListView},
};
use leptos::prelude::*;

/// A vendor's home.
#[component]
pub fn VendorHome() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| {
        let asked: RequestQuery = map.with(read_query);
        RequestQuery {
            status: if asked.status.is_empty() {
                TO_DO.to_owned()
            } else {
                asked.status
            },
            after: asked.after,
            sort: "due".to_owned(),
            ..RequestQuery::default()
        }
    });
    let overview = read_live(|| ReadVendorOverview {});
    let list = read_live(move || ReadRequestList { query: query.get() });
    view! {
        <PageHeader title="Your work" lead="Your packs and open requests, soonest due first."/>
        <Loading skeleton=Skeleton::Table(8)>
            {list
                .part(move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/vendor"/> }.into_any(),
                })}
            {overview.part(|overview| overview.ok().map(summary).into_any())}
        </Loading>
    }
}

/// What it earns, in one bar, and its packs.
fn summary(overview: VendorOverview) -> AnyView {
    let packs = if overview.packs.is_empty() {
        no_packs()
    } else {
        vendor_packs(overview.packs, "Packs", false)
    };
    let paid = (!overview.payments.is_empty()).then(|| payments(overview.payments));
    let [settled, approved, waits] = overview.cents;
    let parts = [(settled, "fill"), (approved, "added"), (waits, "waits")];
    let bar = stacked(&parts, settled.max(0) + approved.max(0) + waits.max(0), None);
    let [settled, approved, waits] = overview.sums;
    let earned = format!(
        "Earned {} = Paid {settled} + Approved {approved} + Accrued {waits}",
        overview.all
    );
    let so_far = format!("{} earned so far", overview.earned);
    view! {
        <div class="flex flex-col gap-8 mt-8">
            <section aria-labelledby="money" class="flex flex-col gap-4">
                <SectionTitle title="Earnings" id="money"/>
                <div class="grid gap-3 grid-cols-1 sm:grid-cols-2">
                    <Kpi label="Expected this period" figure=overview.expected change=so_far href="/vendor/payments"/>
                    <Kpi label="To be paid" figure=overview.to_pay href="/vendor/payments"/>
                </div>
                <div class="flex flex-col gap-2">
                    {bar} <p class="text-sm tabular">{earned}</p>
                </div>
            </section>
            <section aria-labelledby="packs">
                <SectionTitle title="Packs" id="packs"/>
                {packs}
            </section>
            {paid}
        </div>
    }
    .into_any()
}

fn payments(payments: Vec<VendorPayment>) -> AnyView {
    let rows = payments
        .into_iter()
        .map(|paid| {
            view! {
                <Row>
                    <RowHead>{paid.paid_on}</RowHead>
                    <Cell label="Reference">{paid.reference}</Cell>
                    <Cell label="Lines" numeric=true>
                        {paid.lines}
                    </Cell>
                    <Cell label="Amount" numeric=true>
                        {paid.amount}
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="paid">
            <SectionTitle title="Paid" id="paid"/>
            <DataTable
                caption="Last payments"
                columns=vec![
                    Column::new("Paid on"),
                    Column::new("Reference"),
                    Column::numeric("Lines"),
                    Column::numeric("Amount"),
                ]
            >
                {rows}
            </DataTable>
        </section>
    }
    .into_any()
}

#[component]
fn Found(list: RequestListView, query: RequestQuery) -> impl IntoView {
    // What is to do comes first; all of it has an address of its own here.
    let to_do = list
        .tabs
        .iter()
        .filter(|tab| tab.status.is_some_and(RequestStatus::is_to_do))
        .map(|tab| tab.count)
        .sum();
    let all = list
        .tabs
        .iter()
        .find(|tab| tab.status.is_none())
        .map_or(0, |tab| tab.count);
    let here = query.status.as_str();
    let mut tabs = vec![
        Tab::new("/vendor", "To do", here == TO_DO).count(to_do),
        Tab::new("/vendor?status=all", "All", here == "all").count(all),
    ];
    tabs.extend(status_tabs(&list.tabs, &query, "/vendor").into_iter().skip(1));
    let listed = Listed {
        query: &query,
        path: "/vendor",
    };
    let (first, next) = listed.pages(list.next.as_deref());
    let shown = format!("{} of {} requests", list.rows.len(), list.total);
    view! {
        <section aria-labelledby="requests">
            <SectionTitle title="To do" id="requests"/>
            <Tabs label="Request status" tabs/>
            <div class="mt-4">
                {if list.rows.is_empty() {
                    view! {
                        <EmptyState icon=Icon::Inbox title="Nothing to do">
                            "Requests from your packs appear here."
                        </EmptyState>
                    }
                        .into_any()
                } else {
                    view! {
                        <DataTable caption="Requests by due date" columns=request_columns(true) list=true>
                            {list.rows.into_iter().map(|row| view! { <RequestRow row for_vendor=true/> }).collect_view()}
                        </DataTable>
                        <Pagination shown first next/>
                    }
                        .into_any()
                }}
            </div>
        </section>
    }
    .into_any()
}
