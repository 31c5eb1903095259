//! `/admin/clients/{id}`: one client with its people, prices and packs.

use crate::{
    api::{
        catalogue::SaveClientPrices,
        people::{SaveClient, SetMembersMayOrderExtra},
        reports::ReadClient,
    },
    components::*,
    pages::{
        catalogue::by_service::{AmountsByService, ByService},
        people::{
            clients::{ClientFields, Edited, PATH, may_manage, payment_words},
            table::PeopleTable,
        },
    },
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Currency, SubscriptionStatus,
    allowance::usage::Usage,
    reports::view::{ClientPackView, ClientPage, ClientPriceView},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

const fn status_badge(status: SubscriptionStatus) -> (&'static str, Tone) {
    match status {
        SubscriptionStatus::Incomplete => ("Waiting for payment", Tone::Info),
        SubscriptionStatus::Active => ("Active", Tone::Success),
        SubscriptionStatus::PastDue => ("Past due", Tone::Warning),
        SubscriptionStatus::Suspended => ("Suspended", Tone::Danger),
        SubscriptionStatus::Ended => ("Ended", Tone::Neutral),
    }
}

/// One client.
#[component]
pub fn Client() -> impl IntoView {
    let params = use_params_map();
    let save = posting::<SaveClient>();
    let prices = posting::<SaveClientPrices>();
    let extra = posting::<SetMembersMayOrderExtra>();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let page = read(move || ReadClient { id: id.get() });
    view! {
        {page.show(Skeleton::Table(8), move |page| match page {
                    Ok(page) => view! { <ClientFound page save prices extra/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Client" crumbs=vec![Crumb::new(PATH, "Clients")]/>
                            <ErrorState error home=PATH/>
                        }
                            .into_any()
                    }
        })}
    }
    .into_any()
}

#[component]
fn ClientFound(
    page: ClientPage,
    save: Posting<SaveClient>,
    prices: Posting<SaveClientPrices>,
    extra: Posting<SetMembersMayOrderExtra>,
) -> impl IntoView {
    let manage = may_manage();
    let may = page.members_may_order_extra;
    let (id, name) = (page.id.clone(), page.name.clone());
    let card = page.card.clone().unwrap_or_else(|| "None on file".to_owned());
    let (alias, since, storage) = (page.alias.clone(), page.since.clone(), page.storage.clone());
    let edited = Edited {
        id: page.id.clone(),
        version: page.version,
        name: page.name.clone(),
        alias: page.alias.clone(),
        payment_type: page.payment_type,
    };
    view! {
        <PageHeader title=name crumbs=vec![Crumb::new(PATH, "Clients")]/>
        <div class="flex flex-col gap-10">
            <Facts>
                <Fact label="Alias">{alias}</Fact>
                <Fact label="Payment type">{payment_words(page.payment_type)}</Fact>
                <Fact label="Card">{card}</Fact>
                <Fact label="Client since">{since}</Fact>
                <Fact label="Files">{storage}</Fact>
            </Facts>
            <section aria-labelledby="packs">
                <SectionTitle title="Packs" id="packs"/>
                <Packs packs=page.packs.clone()/>
            </section>
            <section aria-labelledby="people">
                <SectionTitle title="People" id="people"/>
                <PeopleTable
                    caption="People of this client"
                    people=page.people.clone()
                    nobody="Invite a client owner first. They can invite the others."
                    manage
                />
            </section>
            <section aria-labelledby="prices">
                <SectionTitle title="Prices" id="prices"/>
                <Prices id=id.clone() rows=page.prices.clone() currency=page.currency action=prices manage/>
            </section>
            {manage
                .then(|| {
                    view! {
                        <section aria-labelledby="extra">
                            <SectionTitle title="Extra units" id="extra"/>
                            <p class="text-muted">
                                {if may {
                                    "Members can order extra units."
                                } else {
                                    "Only owners can order extra units."
                                }}
                            </p>
                            <PostForm action=extra class="mt-3">
                                <input type="hidden" name="client" value=id/>
                                {(!may).then(|| view! { <input type="hidden" name="on" value="true"/> })}
                                <Button submit=true pending=extra.pending()>
                                    {if may { "Don't let members order extra units" } else { "Let members order extra units" }}
                                </Button>
                            </PostForm>
                        </section>
                        <section aria-labelledby="edit">
                            <SectionTitle title="Client" id="edit"/>
                            <ClientFields save client=Some(edited)/>
                        </section>
                    }
                })}
        </div>
    }
    .into_any()
}

#[component]
fn Packs(packs: Vec<ClientPackView>) -> impl IntoView {
    if packs.is_empty() {
        return view! {
            <EmptyState icon=Icon::Packages title="No packs yet">
                "Packs this client subscribes to appear here."
            </EmptyState>
        }
        .into_any();
    }
    let rows = packs
        .into_iter()
        .map(|pack| {
            let (words, tone) = status_badge(pack.status);
            let usage = pack.usage.map(|(used, included)| Usage { used, included });
            let label = pack.label.clone();
            view! {
                <Row>
                    <RowHead>{pack.label}</RowHead>
                    <Cell label="Status">
                        <Badge text=words tone/>
                    </Cell>
                    <Cell label="Price" numeric=true>
                        <Money amount=pack.price/>
                    </Cell>
                    <Cell label="Used">
                        {usage.map(|usage| view! { <Meter label usage compact=true/> })}
                    </Cell>
                    <Cell label="Until">{pack.until.unwrap_or_default()}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption="Packs of this client"
            columns=vec![
                Column::new("Pack"),
                Column::new("Status"),
                Column::numeric("Monthly price"),
                Column::new("Used"),
                Column::new("Until"),
            ]
        >
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The price of each service, with the client's own where it has one.
#[component]
fn Prices(
    id: String,
    rows: Vec<ClientPriceView>,
    currency: Currency,
    action: Posting<SaveClientPrices>,
    manage: bool,
) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="text-muted">"No services yet."</p> }.into_any();
    }
    if !manage {
        let lines = rows
            .into_iter()
            .map(|row| {
                let agreed = row.agreed.is_some();
                view! {
                    <Row>
                        <RowHead>{row.service}</RowHead>
                        <Cell label="Unit price" numeric=true>
                            <Money amount=row.agreed.unwrap_or(row.standard)/>
                        </Cell>
                        <Cell label="">{agreed.then_some("Agreed")}</Cell>
                    </Row>
                }
            })
            .collect_view();
        return view! {
            <DataTable
                caption="Prices of this client"
                columns=vec![
                    Column::new("Service"),
                    Column::numeric("Unit price"),
                    Column::hidden("Agreed"),
                ]
            >
                {lines}
            </DataTable>
        }
        .into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| ByService {
            service_id: row.service_id,
            service: row.service,
            value: row.agreed.map(|price| price.plain()).unwrap_or_default(),
            help: format!("Blank uses the standard price of {}.", row.standard.show(currency)),
        })
        .collect();
    view! { <AmountsByService action id name="price" rows save="Save prices"/> }.into_any()
}
