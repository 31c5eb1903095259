//! *Payment › Invoices*.

use super::PaymentTabs;
use crate::{
    api::billing::ReadInvoices,
    components::*,
    pages::kernel::{Listed, counted, read_query, use_query},
    wire::read_live,
};
use domain::billing::view::{InvoicesPage, InvoicesQuery};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/payment/invoices";

/// `/payment/invoices`.
#[component]
pub fn PaymentInvoices() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<InvoicesQuery>));
    let invoices = read_live(move || ReadInvoices { query: query.get() });
    view! {
        <PageHeader title="Payment" lead="Your invoices and receipts."/>
        <PaymentTabs now=PATH/>
        {invoices.show(Skeleton::Table(5), move |invoices| match invoices {
                    Ok(page) => view! { <Invoices page query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
        })}
    }
}

#[component]
fn Invoices(page: InvoicesPage, query: InvoicesQuery) -> impl IntoView {
    let InvoicesPage { rows, next } = page;
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let (first, next) = listed.pages(next.as_deref());
    let shown = counted(rows.len() as i64, "invoice", "invoices");
    if rows.is_empty() {
        return view! {
            <EmptyState icon=Icon::Receipt title="No invoices yet">"Invoices and receipts will appear here."</EmptyState>
        }
        .into_any();
    }
    view! {
        <DataTable
            caption="Invoices"
            columns=vec![
                Column::new("Number"),
                Column::new("For"),
                Column::new("Date"),
                Column::numeric("Amount"),
                Column::new("Status"),
                Column::hidden("Links"),
            ]
        >
            {rows
                .into_iter()
                .map(|r| {
                    let tone = match r.status.as_str() {
                        "paid" => Tone::Success,
                        "open" => Tone::Warning,
                        _ => Tone::Neutral,
                    };
                    view! {
                        <Row>
                            <RowHead>{r.number}</RowHead>
                            <Cell label="For">
                                {r.description}
                                {r.lines
                                    .into_iter()
                                    .map(|line| view! { <span class="block text-sm text-muted">{line}</span> })
                                    .collect_view()}
                            </Cell>
                            <Cell label="Date">{r.date}</Cell>
                            <Cell label="Amount" numeric=true>{r.amount}</Cell>
                            <Cell label="Status"><Badge text=r.status_label tone/></Cell>
                            <Cell>
                                {r.url.map(|href| view! { <a class="btn btn-sm btn-quiet" rel="external" href=href>"Open"</a> })}
                            </Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
        <Pagination shown first next/>
    }
    .into_any()
}
