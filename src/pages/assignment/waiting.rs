//! `/admin/assignments/requests`: the queue of requests that wait for the first vendor of their pack (AS9).

use super::{PATH, REQUESTS, tabs};
use crate::{
    api::assignment::ReadUnassignedRequests,
    components::*,
    pages::kernel::{counted, use_query},
    wire::read_live,
};
use domain::assignment::view::UnassignedRequests;
use leptos::prelude::*;

/// The queue *Unassigned pack requests* (AS9).
#[component]
pub fn UnassignedRequestsPage() -> impl IntoView {
    let map = use_query();
    let page = read_live(move || ReadUnassignedRequests {
        after: map.with(|map| map.get("after").unwrap_or_default()),
    });
    view! {
        <PageHeader title="Unassigned pack requests" list=true lead="These start when their pack gets a vendor."/>
        {page.show(Skeleton::Table(6), move |page| match page {
            Ok(page) => view! { <Queue page/> }.into_any(),
            Err(error) => view! { <ErrorState error home=PATH/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Queue(page: UnassignedRequests) -> impl IntoView {
    let all = tabs(REQUESTS, page.total);
    let next = page.next.map(|after| format!("{REQUESTS}?after={after}"));
    let shown = counted(page.total, "request", "requests");
    let table = if page.rows.is_empty() {
        view! {
            <EmptyState icon=Icon::Requests title="No requests are waiting">
                "Every pack with requests has a vendor."
            </EmptyState>
        }
        .into_any()
    } else {
        let rows = page
            .rows
            .into_iter()
            .map(|row| {
                view! {
                    <Row>
                        <RowHead href=format!("/requests/{}", row.id)>
                            <span class="row-title">{row.title}</span>
                            <span class="row-number">{format!("#{}", row.number)}</span>
                        </RowHead>
                        <Cell label="Client" phone=Phone::Line>
                            {row.client}
                        </Cell>
                        <Cell label="Pack" phone=Phone::Line>
                            {row.pack}
                        </Cell>
                        <Cell label="Units" numeric=true>
                            {row.quantity}
                        </Cell>
                        <Cell label="Submitted" phone=Phone::End>
                            <ShortTime moment=row.submitted/>
                        </Cell>
                    </Row>
                }
            })
            .collect_view();
        view! {
            <DataTable
                caption="Unassigned pack requests"
                list=true
                columns=vec![
                    Column::new("Title"),
                    Column::new("Client"),
                    Column::new("Pack"),
                    Column::numeric("Units"),
                    Column::new("Submitted"),
                ]
            >
                {rows}
            </DataTable>
            <Pagination shown next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Assignments" tabs=all/>
        {table}
    }
    .into_any()
}
