//! `/admin/services`, `/admin/services/new` and `/admin/services/{id}`: what can be ordered, in which unit, at which
//! price, and which client has a price of its own.

use crate::{
    api::{
        catalogue::{ReadServiceEditor, ReadServiceList, RemoveClientPrice, SaveService, SetClientPrice},
        kernel::typed,
    },
    components::*,
    pages::kernel::path_id,
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    AppError,
    catalogue::{
        services::ServiceForm,
        view::{EditedService, OwnPriceView, ServiceEditor, ServiceList},
    },
    seen,
};
use leptos::prelude::*;

const LABELS: &[(&str, &str)] = &[
    ("name", "Name"),
    ("unit_singular", "Unit"),
    ("unit_plural", "Unit (plural)"),
    ("unit_price", "Unit price"),
    ("turnaround_days", "Turnaround"),
];

const PRICE_LABELS: &[(&str, &str)] = &[("client_id", "Client"), ("own_price", "Custom price")];

/// The list of services.
#[component]
pub fn Services() -> impl IntoView {
    let list = read(|| ReadServiceList {});
    view! {
        <PageHeader
            title="Services"
            lead="What clients can order, one by one or in packs."
            actions=|| view! { <NewLink href="/admin/services/new" words="New service"/> }
        />
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(list: ServiceList) -> impl IntoView {
    if list.rows.is_empty() {
        return view! {
            <h2 class="sr-only">"Services"</h2>
            <EmptyState
                icon=Icon::Tag
                title="No services yet"
                action=|| {
                    view! {
                        <ButtonLink href="/admin/services/new" kind=ButtonKind::Primary>
                            "New service"
                        </ButtonLink>
                    }
                }
            >
                "A service has a unit and a price. Packs are made from services."
            </EmptyState>
        }
        .into_any();
    }
    let rows = list
        .rows
        .into_iter()
        .map(|row| {
            let (text, tone) = if row.active {
                ("Active", Tone::Success)
            } else {
                ("Inactive", Tone::Neutral)
            };
            view! {
                <Row>
                    <RowHead href=format!("/admin/services/{}", row.id)>{row.name}</RowHead>
                    <Cell label="Unit price" numeric=true>
                        {row.price}
                    </Cell>
                    <Cell label="Turnaround" numeric=true>
                        {row.turnaround}
                    </Cell>
                    <Cell label="Packs" numeric=true>
                        {row.packs}
                    </Cell>
                    <Cell label="Custom prices" numeric=true>
                        {row.own_prices}
                    </Cell>
                    <Cell label="Status">
                        <Badge text tone/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption="Services"
            columns=vec![
                Column::new("Service"),
                Column::numeric("Unit price"),
                Column::numeric("Turnaround"),
                Column::numeric("Packs"),
                Column::numeric("Custom prices"),
                Column::new("Status"),
            ]
        >
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The editor of a new service or, with an id in the path, of an existing one.
#[component]
pub fn ServiceEditorPage() -> impl IntoView {
    let id = Some(path_id()).filter(|id| !id.is_empty());
    let editor = read(move || ReadServiceEditor { id: id.clone() });
    view! {
        {editor.show(Skeleton::Text(8), move |found| match found {
                    Ok(found) => view! { <Editor editor=found/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Service"/>
                            <ErrorState error home="/admin/services"/>
                        }
                            .into_any()
                    }
        })}
    }
}

#[component]
fn Editor(
    /// What it shows.
    editor: ServiceEditor,
) -> impl IntoView {
    let ServiceEditor {
        form_key,
        form,
        service,
    } = editor;
    let save = posting::<SaveService>();
    let problems = save.problems();
    let (id, row_version) = service
        .as_ref()
        .map_or((String::new(), 0), |s| (s.id.to_string(), s.row_version));
    let form = refilled(form, row_version);
    let title = service
        .as_ref()
        .map_or_else(|| "New service".to_owned(), |s| s.name.clone());
    view! {
        <PageHeader title crumbs=vec![Crumb::new("/admin/services", "Services")]/>
        <div class="flex flex-col gap-8">
            <PostForm action=save class="flex flex-col gap-5 max-w-lg">
                <ErrorSummary problems labels=LABELS/>
                {move || {
                    matches!(problems.get(), Some(AppError::Stale))
                        .then(|| {
                            view! {
                                <p>
                                    <a href="" rel="external" class="btn btn-sm btn-quiet">
                                        "Reload"
                                    </a>
                                </p>
                            }
                        })
                }}
                <IdempotencyKey value=form_key/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="row_version" value=row_version.to_string()/>
                <TextField name="name" label="Name" value=form.name maxlength=80 error=problems.field("name")/>
                <div class="grid gap-5 sm:grid-cols-2">
                    <TextField
                        name="unit_singular"
                        label="Unit"
                        value=form.unit_singular
                        maxlength=30
                        help="Singular, like “design”."
                        error=problems.field("unit_singular")
                    />
                    <TextField
                        name="unit_plural"
                        label="Unit (plural)"
                        value=form.unit_plural
                        maxlength=30
                        help="Like “designs”. Services with the same unit share these words."
                        error=problems.field("unit_plural")
                    />
                </div>
                <MoneyField
                    name="unit_price"
                    label="Unit price"
                    unit="a unit"
                    value=form.unit_price
                    help="Price without a pack: 0, or at least $0.50."
                    error=problems.field("unit_price")
                />
                <TextField
                    name="turnaround_days"
                    label="Turnaround"
                    kind=InputKind::Number
                    value=form.turnaround_days
                    help="Business days from submission to delivery."
                    error=problems.field("turnaround_days")
                />
                <SwitchField
                    name="active"
                    label="Active"
                    checked=form.active
                    help="Off: clients can't order this service or subscribe to its packs. Current subscribers keep theirs."
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                        "Save"
                    </Button>
                    <ButtonLink href="/admin/services">"Back to services"</ButtonLink>
                </FormActions>
            </PostForm>
            {service.map(|service| view! { <OwnPrices service/> })}
        </div>
    }
    .into_any()
}

/// The form as it was typed, where it was refused without JavaScript; only onto the state that it was typed for.
fn refilled(form: ServiceForm, row_version: i64) -> ServiceForm {
    if typed("row_version").as_deref() != Some(row_version.to_string().as_str()) {
        return form;
    }
    let or = |name: &str, saved: String| typed(name).unwrap_or(saved);
    ServiceForm {
        name: or("name", form.name),
        unit_singular: or("unit_singular", form.unit_singular),
        unit_plural: or("unit_plural", form.unit_plural),
        unit_price: or("unit_price", form.unit_price),
        turnaround_days: or("turnaround_days", form.turnaround_days),
        // A switch that is off sends nothing.
        active: typed("active").is_some(),
    }
}

/// The clients that pay another price.
#[component]
fn OwnPrices(
    /// The service.
    service: EditedService,
) -> impl IntoView {
    let set = posting::<SetClientPrice>();
    let remove = posting::<RemoveClientPrice>();
    let problems = set.problems();
    let id = service.id.to_string();
    let choices = service
        .clients
        .iter()
        .map(|c| Choice::new(c.id.to_string(), c.name.clone()))
        .collect::<Vec<_>>();
    let read = service
        .own_prices
        .iter()
        .map(|own| view! { <input type="hidden" name=seen::field_of("was", own.client_id) value=own.was.clone()/> })
        .collect_view();
    view! {
        <section class="flex flex-col gap-4" aria-labelledby="own-prices">
            <SectionTitle title="Client prices" id="own-prices"/>
            {if service.own_prices.is_empty() {
                view! {
                    <p class="text-muted">"Every client pays the unit price above. Custom prices apply to new requests."</p>
                }
                    .into_any()
            } else {
                view! {
                    <DataTable
                        caption="Client prices"
                        columns=vec![
                            Column::new("Client"),
                            Column::numeric("Custom price"),
                            Column::numeric("List price"),
                            Column::hidden("Actions"),
                        ]
                    >
                        {service
                            .own_prices
                            .into_iter()
                            .map(|row| view! { <OwnPrice row remove/> })
                            .collect_view()}
                    </DataTable>
                }
                    .into_any()
            }}
            <PostForm
                action=set
                class="flex flex-col gap-5 max-w-lg"
                attr:aria-label="Set a client's price"
            >
                <ErrorSummary problems labels=PRICE_LABELS/>
                <input type="hidden" name="service_id" value=id/>
                {read}
                <SelectField
                    name="client_id"
                    label="Client"
                    choices
                    placeholder="Choose a client"
                    error=problems.field("client_id")
                />
                <MoneyField name="own_price" label="Custom price" unit="a unit" error=problems.field("own_price")/>
                <FormActions>
                    <Button submit=true pending=set.pending()>
                        "Set price"
                    </Button>
                </FormActions>
            </PostForm>
        </section>
    }
    .into_any()
}

#[component]
fn OwnPrice(row: OwnPriceView, remove: Posting<RemoveClientPrice>) -> impl IntoView {
    let client = row.client.clone();
    view! {
        <Row>
            <RowHead href=format!("/admin/clients/{}?tab=prices", row.client_id)>{client}</RowHead>
            <Cell label="Custom price" numeric=true>
                {row.price}
            </Cell>
            <Cell label="List price" numeric=true>
                {row.list_price}
            </Cell>
            <Cell>
                <PostForm action=remove>
                    <input type="hidden" name="service_id" value=row.service_id.to_string()/>
                    <input type="hidden" name="client_id" value=row.client_id.to_string()/>
                    <Button
                        small=true
                        kind=ButtonKind::Ghost
                        submit=true
                        attr:aria-label=format!("Remove the price for {}", row.client)
                    >
                        "Remove"
                    </Button>
                </PostForm>
            </Cell>
        </Row>
    }
}
