//! `/vendor`: a vendor's requests, the most urgent first. Clients by their alias, nothing with a price (RQ7, IN3).

use crate::{
    api::requests::ReadRequestList,
    components::*,
    pages::requests::{RequestRow, read_query, status_tabs},
    wire::read_with,
};
use domain::{list::RequestQuery, view::requests::RequestListView};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A vendor's home.
#[component]
pub fn VendorHome() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        let asked = map.with(read_query);
        RequestQuery {
            status: asked.status,
            after: asked.after,
            sort: "due".to_owned(),
            ..RequestQuery::default()
        }
    });
    let live = use_live();
    let list = read_with(move || live.get(), move || ReadRequestList { query: query.get() });
    view! {
        <PageHeader title="Your work" lead="Requests that are yours to deliver, the next one due first."/>
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/vendor"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(list: RequestListView, query: RequestQuery) -> impl IntoView {
    let tabs = status_tabs(&list.tabs, &query, "/vendor");
    let next = list
        .next
        .clone()
        .map(|after| RequestQuery { after, ..query.clone() }.href("/vendor"));
    let first = (!query.after.is_empty()).then(|| {
        RequestQuery {
            after: String::new(),
            ..query.clone()
        }
        .href("/vendor")
    });
    let columns = [
        "Title",
        "Number",
        "Service",
        "Quantity",
        "Coverage",
        "Status",
        "Submitted",
        "Due",
        "Client",
    ]
    .map(|label| match label {
        "Number" | "Quantity" => Column::numeric(label),
        _ => Column::new(label),
    });
    let shown = format!("{} of {} requests", list.rows.len(), list.total);
    view! {
        <Tabs label="Request status" tabs/>
        <div class="mt-4">
            {if list.rows.is_empty() {
                view! {
                    <EmptyState icon=Icon::Inbox title="Nothing to do">
                        "Requests of the packs that are assigned to you appear here."
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <DataTable caption="Requests by due date" columns=columns.to_vec() wide=true>
                        {list.rows.into_iter().map(|row| view! { <RequestRow row for_vendor=true/> }).collect_view()}
                    </DataTable>
                    <Pagination shown first next/>
                }
                    .into_any()
            }}
        </div>
    }
    .into_any()
}
