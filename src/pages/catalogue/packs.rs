//! `/admin/packs`: what clients can subscribe to, with PE8's figures and the inline switch of PE9.

use crate::{
    api::catalogue::{ReadPackList, SetPackVisible},
    components::*,
    pages::kernel::{Listed, filter_of, read_query, use_query},
    wire::{PostForm, posting, read},
};
use domain::{
    catalogue::view::{PackList, PackListRow, PackQuery, PackSort, PackStatus, ServiceChoice},
    list::ListQuery as _,
};
use leptos::prelude::*;

const PATH: &str = "/admin/packs";

/// The list of packs.
#[component]
pub fn Packs() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let list = read(move || ReadPackList { query: query.get() });
    view! {
        <PageHeader
            title="Packs"
            list=true
            lead="What clients can subscribe to. Hidden packs keep their subscribers."
            actions=|| view! { <NewLink href="/admin/packs/new" words="New pack"/> }
        />
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(list: PackList, query: PackQuery) -> impl IntoView {
    let tab = |status: &str, label: &str, count: i64| {
        Tab::new(query.with("status", status).href(PATH), label, query.status == status).count(count)
    };
    let tabs = vec![
        tab("", "All", list.live),
        tab(PackStatus::OnSale.as_str(), "Visible", list.on_sale),
        tab(PackStatus::Hidden.as_str(), "Hidden", list.hidden),
        tab(PackStatus::Archived.as_str(), "Archived", list.archived),
    ];
    let service = list
        .services
        .iter()
        .find(|s| s.id.to_string() == query.service)
        .map(|s| s.name.clone());
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let chips = listed.chips([(service.map(|name| format!("Service: {name}")), "service")]);
    let column = |label: &str, sort: PackSort| {
        let (now, down) = query.order();
        let direction = (now == sort).then_some(if down { Sorted::Descending } else { Sorted::Ascending });
        let column = if sort == PackSort::Pack {
            Column::new(label)
        } else {
            Column::numeric(label)
        };
        column.sort(query.sorted_by(sort).href(PATH), direction)
    };
    let columns = vec![
        column("Service", PackSort::Pack),
        Column::numeric("Quantity"),
        column("Price", PackSort::Price),
        column("Per unit", PackSort::Unit),
        Column::numeric("Standard unit"),
        column("Saving", PackSort::Saving),
        column("Subscribers", PackSort::Subscribers),
        column("Vendor payment", PackSort::Vendor),
        column("Margin", PackSort::Margin),
        Column::new("Status"),
    ];
    let nothing = list.live == 0 && list.archived == 0;
    let rows = list.rows;
    view! {
        <Tabs label="Pack status" tabs/>
        <h2 class="sr-only">"Packs"</h2>
        <div class="list-tools">{service_filter(&list.services, &query)}</div>
        <FilterChips chips clear=query.with("service", "").href(PATH)/>
        {if rows.is_empty() && nothing {
            view! {
                <EmptyState
                    icon=Icon::Packages
                    title="No packs yet"
                    action=|| {
                        view! {
                            <ButtonLink href="/admin/packs/new" kind=ButtonKind::Primary>
                                "New pack"
                            </ButtonLink>
                        }
                    }
                >
                    "A pack is a set number of units of one service a month. Clients can subscribe to visible packs."
                </EmptyState>
            }
                .into_any()
        } else if rows.is_empty() {
            view! {
                <EmptyState
                    icon=Icon::Packages
                    title="No matches"
                    action=|| view! { <ButtonLink href=PATH>"Show all packs"</ButtonLink> }
                >
                    "No packs match this filter."
                </EmptyState>
            }
                .into_any()
        } else {
            view! {
                <DataTable caption="Packs" columns list=true>
                    {rows.into_iter().map(|row| view! { <PackRow row/> }).collect_view()}
                </DataTable>
            }
                .into_any()
        }}
    }
    .into_any()
}

/// Chooses a service.
fn service_filter(services: &[ServiceChoice], query: &PackQuery) -> Option<AnyView> {
    (services.len() > 1).then(|| {
        let choices = services.iter().map(|s| Choice::new(s.id.to_string(), s.name.clone()));
        let field = filter_of("service", "Service", "All services", choices.collect(), &query.service);
        let listed = Listed { query, path: PATH };
        listed.bar("Find packs", None, &["status", "sort"], Vec::new(), Some(field))
    })
}

#[component]
fn PackRow(row: PackListRow) -> impl IntoView {
    let PackListRow {
        id,
        label,
        status,
        service_active,
        ..
    } = row;
    let shown = row.visible;
    let state = match status {
        PackStatus::Archived => "Archived",
        _ if !service_active => "Service inactive",
        _ if shown => PackStatus::OnSale.label(),
        _ => PackStatus::Hidden.label(),
    };
    let margin = row.margin.unwrap_or_else(|| "–".to_owned());
    let name = label.to_string();
    view! {
        <Row>
            <RowHead href=format!("/admin/packs/{id}")>
                {label.service.clone()} <span class="sr-only">{format!(", {} a month", label.quantity)}</span>
            </RowHead>
            <Cell label="Quantity" numeric=true phone=Phone::Line>
                {label.quantity}
            </Cell>
            <Cell label="Price" numeric=true phone=Phone::End>
                {row.price}
            </Cell>
            <Cell label="Per unit" numeric=true>
                {row.unit_price}
            </Cell>
            <Cell label="Standard unit" numeric=true>
                {row.standard_price}
            </Cell>
            <Cell label="Saving" numeric=true>
                {row.saving.unwrap_or_else(|| "–".to_owned())}
            </Cell>
            <Cell label="Subscribers" numeric=true>
                {row.subscribers}
            </Cell>
            <Cell label="Vendor payment" numeric=true>
                {row.vendor_payment}
            </Cell>
            <Cell label="Margin" numeric=true>
                <span class=if row.loses { "text-error font-semibold" } else { "" }>{margin}</span>
            </Cell>
            <Cell label="Status" phone=Phone::Line>
                <span class="inline-flex items-center gap-3">
                    {(status != PackStatus::Archived)
                        .then(|| view! { <VisibleSwitch id=id.to_string() name shown/> })}
                    <span class="text-muted">{state}</span>
                </span>
            </Cell>
        </Row>
    }
}

/// PE9's switch in a row: the button of its form.
#[component]
fn VisibleSwitch(
    /// The pack's id.
    id: String,
    /// "20 × Logo design".
    name: String,
    /// Whether it is visible.
    shown: bool,
) -> impl IntoView {
    let action = posting::<SetPackVisible>();
    view! {
        <PostForm action=action class="inline-flex">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="visible" value=(!shown).to_string()/>
            <button
                type="submit"
                role="switch"
                class="toggle toggle-primary toggle-sm text-control"
                aria-checked=shown.to_string()
                aria-label=format!("Visible to clients: {name}")
            ></button>
        </PostForm>
    }
}
