//! `/services`: what the client can order, at its own prices.

use crate::{api::catalogue::ReadClientServices, components::*, wire::read};
use domain::{
    catalogue::view::{ClientServiceView, ClientServices},
    shown::counted,
};
use leptos::prelude::*;

/// The tabs of *Services*: single services and monthly packs.
pub(super) fn tabs(packs: bool) -> Vec<Tab> {
    vec![
        Tab::new("/services", "Services", !packs),
        Tab::new("/services/packs", "Monthly Packs", packs),
    ]
}

/// The services on offer.
#[component]
pub fn Services() -> impl IntoView {
    let services = read(|| ReadClientServices {});
    view! {
        <PageHeader title="Services" lead="Order one by one or in a monthly pack."/>
        <Tabs label="Services" tabs=tabs(false)/>
        {services.show(Skeleton::Table(6), move |services| match services {
                    Ok(found) => view! { <Found found/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(found: ClientServices) -> impl IntoView {
    if found.rows.is_empty() {
        return view! {
            <h2 class="sr-only">"Services"</h2>
            <EmptyState icon=Icon::Tag title="No services yet">
                "Services appear here once we offer them."
            </EmptyState>
        }
        .into_any();
    }
    view! {
        <DataTable
            caption="Services"
            columns=vec![
                Column::new("Service"),
                Column::numeric("Price"),
                Column::new("Turnaround"),
                Column::new("Pack"),
                Column::hidden("Actions"),
            ]
        >
            {found.rows.into_iter().map(|row| view! { <Service row/> }).collect_view()}
        </DataTable>
    }
    .into_any()
}

#[component]
fn Service(row: ClientServiceView) -> impl IntoView {
    let pack = match (row.held, row.packs) {
        (Some(label), _) => label.to_string().into_any(),
        (None, 0) => "–".into_any(),
        (None, n) => {
            let words = format!("See {}", counted(n, "pack", "packs"));
            view! { <TextLink href=format!("/services/packs#service-{}", row.id)>{words}</TextLink> }.into_any()
        }
    };
    let name = row.name.clone();
    view! {
        <Row>
            <RowHead>{name}</RowHead>
            <Cell label="Price" numeric=true>
                {row.price}
                <span class="text-muted">{format!(" {}", row.per)}</span>
                {row
                    .list_price
                    .map(|list| {
                        view! { <span class="block text-sm text-muted">{format!("your price, list price {list}")}</span> }
                    })}
            </Cell>
            <Cell label="Turnaround">{row.turnaround}</Cell>
            <Cell label="Pack">{pack}</Cell>
            <Cell>
                <ButtonLink
                    href=format!("/requests/new?service={}", row.id)
                    small=true
                    attr:aria-label=format!("Order {}", row.name)
                >
                    "Order"
                </ButtonLink>
            </Cell>
        </Row>
    }
}
