//! *Payment › Deductions*: what royalties pay (Q2).

use super::PaymentTabs;
use crate::{
    api::billing::ReadDeductions,
    components::*,
    pages::kernel::{Listed, counted, read_query, use_query},
    wire::read_live,
};
use domain::billing::view::{DeductionsPage, DeductionsQuery};
use leptos::prelude::*;

/// Where the list stands.
const PATH: &str = "/payment/deductions";

/// `/payment/deductions`.
#[component]
pub fn PaymentDeductions() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<DeductionsQuery>));
    let deductions = read_live(move || ReadDeductions { query: query.get() });
    view! {
        <PageHeader title="Payment" lead="What we deduct from your royalties."/>
        <PaymentTabs now=PATH/>
        {deductions.show(Skeleton::Table(5), move |deductions| match deductions {
                    Ok(page) => view! { <Deductions page query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
        })}
    }
}

#[component]
fn Deductions(page: DeductionsPage, query: DeductionsQuery) -> impl IntoView {
    let DeductionsPage { rows, due, paid, next } = page;
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let (first, next) = listed.pages(next.as_deref());
    let shown = counted(rows.len() as i64, "deduction", "deductions");
    if rows.is_empty() {
        return view! {
            <EmptyState icon=Icon::Receipt title="No deductions yet">
                "Packs that your royalties pay for will appear here."
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <Facts>
            <Fact label="Due">{due}</Fact>
            <Fact label="Deducted so far">{paid}</Fact>
        </Facts>
        <DataTable
            caption="Deductions"
            columns=vec![
                Column::new("Month"),
                Column::new("For"),
                Column::numeric("Amount"),
                Column::new("Status"),
            ]
        >
            {rows
                .into_iter()
                .map(|row| {
                    let tone = match (row.paid, row.void) {
                        (true, _) => Tone::Success,
                        (_, true) => Tone::Neutral,
                        _ => Tone::Info,
                    };
                    view! {
                        <Row>
                            <RowHead>{row.month}</RowHead>
                            <Cell label="For" grows=true>{row.item}</Cell>
                            <Cell label="Amount" numeric=true>{row.amount}</Cell>
                            <Cell label="Status"><Badge text=row.status tone/></Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
        <Pagination shown first next/>
    }
    .into_any()
}
