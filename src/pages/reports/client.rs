//! `/admin/clients/{id}`: one client with its people, prices and packs.

use crate::{
    api::{
        catalogue::SaveClientPrices,
        kernel::use_page,
        people::{SaveClient, SetMembersMayOrderExtra},
        reports::ReadClient,
    },
    components::*,
    pages::{
        catalogue::by_service::{AmountsByService, ByService, Words},
        kernel::{path_id, use_query, with_query},
        people::{
            clients::{ClientFields, Edited, PATH, may_manage, payment_words},
            table::{PeopleTable, party_tabs},
        },
    },
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Capability, Currency, SubscriptionStatus,
    allowance::usage::Usage,
    people::view::PartyTab,
    reports::view::{ClientBill, ClientPackView, ClientPage, ClientPriceView},
};
use leptos::prelude::*;

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
    let query = use_query();
    let save = posting::<SaveClient>();
    let prices = posting::<SaveClientPrices>();
    let extra = posting::<SetMembersMayOrderExtra>();
    let id = path_id();
    let tab = Memo::new(move |_| query.with(|query| query.get("tab").unwrap_or_default()));
    let page = read(move || ReadClient {
        id: id.clone(),
        tab: tab.get(),
    });
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

/// Where the client's requests are, for those who see requests.
fn requests_of(name: &str) -> Option<String> {
    let sees = use_page().viewer()?.may(Capability::SeeRequests);
    sees.then(|| with_query("/requests", &[("client", name)]))
}

#[component]
fn ClientFound(
    page: ClientPage,
    save: Posting<SaveClient>,
    prices: Posting<SaveClientPrices>,
    extra: Posting<SetMembersMayOrderExtra>,
) -> impl IntoView {
    let manage = may_manage();
    let path = format!("{PATH}/{}", page.id);
    let tabs = party_tabs(&path, page.tab, requests_of(&page.name), manage);
    let invite = format!("/admin/people/new?client={}", page.id);
    let (id, name) = (page.id.clone(), page.name.clone());
    let to_invite = invite.clone();
    let shown = match page.tab {
        PartyTab::Overview => {
            let card = page.card.unwrap_or_else(|| "None on file".to_owned());
            view! {
                <Packs packs=page.packs/>
                <Facts>
                    <Fact label="Alias">{page.alias}</Fact>
                    <Fact label="Payment type">{payment_words(page.payment_type)}</Fact>
                    <Fact label="Card">{card}</Fact>
                    <Fact label="Client since">{page.since}</Fact>
                    <Fact label="Files">{page.storage}</Fact>
                </Facts>
            }
            .into_any()
        }
        PartyTab::Billing => view! { <Bills bills=page.bills note=page.bills_note/> }.into_any(),
        PartyTab::People => view! {
            <PeopleTable
                caption="People of this client"
                people=page.people
                nobody="Invite a client owner first. They can invite the others."
                manage
                invite
            />
        }
        .into_any(),
        PartyTab::Prices => {
            view! { <Prices id rows=page.prices currency=page.currency action=prices manage/> }.into_any()
        }
        PartyTab::Settings if !manage => ().into_any(),
        PartyTab::Settings => {
            let may = page.members_may_order_extra;
            let edited = Edited {
                id: page.id,
                version: page.version,
                name: page.name,
                alias: page.alias,
                payment_type: page.payment_type,
            };
            view! {
                <ClientFields save client=Some(edited)/>
                <section aria-labelledby="extra">
                    <SectionTitle title="Extra units" id="extra"/>
                    <p class="text-muted">
                        {if may { "Members can order extra units." } else { "Only owners can order extra units." }}
                    </p>
                    <PostForm action=extra class="mt-3">
                        <input type="hidden" name="client" value=id/>
                        {(!may).then(|| view! { <input type="hidden" name="on" value="true"/> })}
                        <Button submit=true pending=extra.pending()>
                            {if may { "Don't let members order extra units" } else { "Let members order extra units" }}
                        </Button>
                    </PostForm>
                </section>
            }
            .into_any()
        }
    };
    view! {
        <PageHeader
            title=name
            crumbs=vec![Crumb::new(PATH, "Clients")]
            actions=move || {
                manage.then(|| view! { <ButtonLink href=to_invite.clone()>"Invite someone"</ButtonLink> })
            }
        />
        <div class="flex flex-col gap-8">
            <Facts>
                <Fact label="Packs a month">{page.monthly}</Fact>
                <Fact label="Units left">{page.left}</Fact>
                <Fact label="Open requests">{page.open}</Fact>
            </Facts>
            <Tabs label="Client" tabs/>
            {shown}
        </div>
    }
    .into_any()
}

/// What has been charged and deducted, each as the client reads it.
#[component]
fn Bills(bills: Vec<ClientBill>, note: Option<String>) -> impl IntoView {
    if bills.is_empty() {
        return view! {
            <EmptyState icon=Icon::Receipt title="Nothing charged yet">
                "Invoices and deductions of this client appear here."
            </EmptyState>
        }
        .into_any();
    }
    let rows = bills
        .into_iter()
        .map(|bill| {
            let tone = if bill.paid { Tone::Success } else { Tone::Info };
            view! {
                <Row>
                    <RowHead>{bill.name}</RowHead>
                    <Cell label="For" grows=true>{bill.item}</Cell>
                    <Cell label="Date">{bill.date}</Cell>
                    <Cell label="Amount" numeric=true>{bill.amount}</Cell>
                    <Cell label="Status"><Badge text=bill.status tone/></Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption="Invoices and deductions"
            columns=vec![
                Column::new("Number"),
                Column::new("For"),
                Column::new("Date"),
                Column::numeric("Amount"),
                Column::new("Status"),
            ]
        >
            {rows}
        </DataTable>
        {note.map(|words| view! { <p class="text-sm text-muted">{words}</p> })}
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
                        <Cell label="">{agreed.then_some("Custom price")}</Cell>
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
                    Column::hidden("Custom price"),
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
            standard: row.standard.show(currency),
            value: row.agreed.map(|price| price.plain()).unwrap_or_default(),
        })
        .collect();
    let words = Words {
        caption: "Prices of this client",
        standard: "Standard price",
        own: "Custom price",
        blank: "Blank uses the standard price.",
        save: "Save prices",
    };
    view! { <AmountsByService action id name="price" rows words/> }.into_any()
}
