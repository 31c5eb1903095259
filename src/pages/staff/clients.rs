//! `/admin/clients`: the list, and one client with its people, prices and packs.

use crate::{
    api::{
        people::{NewFormKey, ReadClient, ReadClients, SaveClient, SaveClientPrices, SetMembersMayOrderExtra},
        viewer::use_page,
    },
    components::*,
    pages::account::PersonStatus,
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Capability, Currency, PaymentType, SubscriptionStatus,
    allowance::usage::Usage,
    people::view::{ClientLine, ClientsPage},
    reports::view::{ClientPackView, ClientPage, ClientPriceView},
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The words for how a client pays.
pub const fn payment_words(payment_type: PaymentType) -> &'static str {
    match payment_type {
        PaymentType::PayAsYouGo => "Pay as you Go",
        PaymentType::Monthly => "Monthly Payment",
        PaymentType::Royalties => "Deduct from Royalties",
    }
}

const fn status_badge(status: SubscriptionStatus) -> (&'static str, Tone) {
    match status {
        SubscriptionStatus::Incomplete => ("Waiting for payment", Tone::Info),
        SubscriptionStatus::Active => ("Active", Tone::Success),
        SubscriptionStatus::PastDue => ("Past due", Tone::Warning),
        SubscriptionStatus::Suspended => ("Suspended", Tone::Danger),
        SubscriptionStatus::Ended => ("Ended", Tone::Neutral),
    }
}

fn payment_choices() -> Vec<Choice> {
    PaymentType::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), payment_words(*kind)))
        .collect()
}

fn may_manage() -> bool {
    use_page()
        .viewer()
        .is_some_and(|viewer| viewer.may(Capability::ManagePeople))
}

/// The list.
#[component]
pub fn Clients() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| {
            let get = |name: &str| map.get(name).unwrap_or_default();
            (get("q"), get("payment"), get("after"))
        })
    });
    let list = read(move || {
        let (q, payment, after) = query.get();
        ReadClients { q, payment, after }
    });
    view! {
        <PageHeader
            title="Clients"
            lead="Who subscribes and sends requests."
            actions=|| {
                may_manage()
                    .then(|| {
                        view! {
                            <ButtonLink
                                href="/admin/clients/new"
                                kind=ButtonKind::Primary
                                icon=Icon::Plus
                                attr:data-key="n"
                            >
                                "New client"
                            </ButtonLink>
                        }
                    })
            }
        />
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

fn address(pairs: &[(&str, &str)]) -> String {
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", leptos_router::location::Url::escape(value)))
        .collect();
    if query.is_empty() {
        "/admin/clients".to_owned()
    } else {
        format!("/admin/clients?{}", query.join("&"))
    }
}

#[component]
fn Found(list: ClientsPage, query: (String, String, String)) -> impl IntoView {
    let (q, payment, after) = query;
    let mut chips = Vec::new();
    if !q.is_empty() {
        chips.push(Chip {
            label: format!("Words: {q}"),
            without: address(&[("payment", &payment)]),
        });
    }
    if let Ok(kind) = payment.parse::<PaymentType>() {
        chips.push(Chip {
            label: format!("Pays: {}", payment_words(kind)),
            without: address(&[("q", &q)]),
        });
    }
    let filtered = !chips.is_empty();
    let next = list
        .next
        .map(|key| address(&[("q", &q), ("payment", &payment), ("after", &key)]));
    let first = (!after.is_empty()).then(|| address(&[("q", &q), ("payment", &payment)]));
    let shown = match list.clients.len() {
        1 => "1 client".to_owned(),
        n => format!("{n} clients"),
    };
    let rows = if list.clients.is_empty() {
        view! {
            <EmptyState icon=Icon::Building title="No clients here">
                {if filtered { "No client matches these filters." } else { "Whoever you add appears here." }}
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Clients"
                columns=vec![
                    Column::new("Client"),
                    Column::new("Alias"),
                    Column::new("Pays"),
                    Column::numeric("Packs"),
                    Column::numeric("People"),
                ]
            >
                {list.clients.into_iter().map(|line| view! { <ClientRow line/> }).collect_view()}
            </DataTable>
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <form method="get" action="/admin/clients" class="flex flex-wrap items-end gap-3 mb-4">
            <TextField name="q" label="Words" kind=InputKind::Search value=q/>
            <SelectField
                name="payment"
                label="Pays"
                choices=payment_choices()
                placeholder="All payment types"
                value=payment
            />
            <Button submit=true>"Filter"</Button>
        </form>
        <FilterChips chips clear="/admin/clients"/>
        {rows}
    }
    .into_any()
}

#[component]
fn ClientRow(line: ClientLine) -> impl IntoView {
    view! {
        <Row>
            <RowHead href=format!("/admin/clients/{}", line.id)>{line.name}</RowHead>
            <Cell label="Alias">{line.alias}</Cell>
            <Cell label="Pays">{payment_words(line.payment_type)}</Cell>
            <Cell label="Packs" numeric=true>
                {line.packs}
            </Cell>
            <Cell label="People" numeric=true>
                {line.people}
            </Cell>
        </Row>
    }
}

/// The form for a new client.
#[component]
pub fn NewClient() -> impl IntoView {
    let save = posting::<SaveClient>();
    let key = read(|| NewFormKey {});
    view! {
        <PageHeader title="New client" crumbs=vec![Crumb::new("/admin/clients", "Clients")]/>
        {key
            .show(
                Skeleton::None,
                move |key| view! { <ClientFields save key=key.unwrap_or_default() client=None/> }.into_any(),
            )}
    }
    .into_any()
}

#[component]
fn ClientFields(save: Posting<SaveClient>, key: String, client: Option<ClientPage>) -> impl IntoView {
    let problems = save.problems();
    let new = client.is_none();
    let text = |read: fn(&ClientPage) -> String| client.as_ref().map(read).unwrap_or_default();
    let (id, name, alias) = (
        text(|c| c.id.clone()),
        text(|c| c.name.clone()),
        text(|c| c.alias.clone()),
    );
    let version = client.as_ref().map_or(0, |c| c.version).to_string();
    let payment = client
        .as_ref()
        .map_or(PaymentType::PayAsYouGo, |c| c.payment_type)
        .as_str();
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary
                problems
                labels=&[("name", "Name"), ("alias", "Alias"), ("payment_type", "Payment type")]
            />
            <IdempotencyKey value=key/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=version/>
            <TextField
                name="name"
                label="Name"
                value=name
                error=problems.field("name")
                required=true
            />
            <TextField
                name="alias"
                label="Alias"
                value=alias
                help="What vendors read instead of the name."
                error=problems.field("alias")
                required=true
            />
            <RadioGroup
                name="payment_type"
                label="Payment type"
                value=payment
                choices=payment_choices()
                error=problems.field("payment_type")
            />
            <FormActions>
                <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                    {if new { "Add client" } else { "Save client" }}
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
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
                            <PageHeader title="Client" crumbs=vec![Crumb::new("/admin/clients", "Clients")]/>
                            <ErrorState error home="/admin/clients"/>
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
    let (alias, since, whole) = (page.alias.clone(), page.since.clone(), page.clone());
    view! {
        <PageHeader title=name crumbs=vec![Crumb::new("/admin/clients", "Clients")]/>
        <div class="flex flex-col gap-10">
            <Facts>
                <Fact label="Alias">{alias}</Fact>
                <Fact label="Pays">{payment_words(page.payment_type)}</Fact>
                <Fact label="Card">{card}</Fact>
                <Fact label="Client since">{since}</Fact>
            </Facts>
            <section aria-labelledby="packs">
                <SectionTitle title="Packs" id="packs"/>
                <Packs packs=page.packs.clone()/>
            </section>
            <section aria-labelledby="people">
                <SectionTitle title="People" id="people"/>
                <ClientPeople page=page.clone() manage/>
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
                                    "Members of this client may order what its packs do not cover."
                                } else {
                                    "Only owners of this client may order what its packs do not cover."
                                }}
                            </p>
                            <PostForm action=extra class="mt-3">
                                <input type="hidden" name="client" value=id/>
                                {(!may).then(|| view! { <input type="hidden" name="on" value="true"/> })}
                                <Button submit=true pending=extra.pending()>
                                    {if may { "Members may not order extra units" } else { "Members may order extra units" }}
                                </Button>
                            </PostForm>
                        </section>
                        <section aria-labelledby="edit">
                            <SectionTitle title="Client" id="edit"/>
                            <ClientFields save key=String::new() client=Some(whole)/>
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
                "What this client subscribes to appears here."
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
                Column::numeric("Price a month"),
                Column::new("Used"),
                Column::new("Until"),
            ]
        >
            {rows}
        </DataTable>
    }
    .into_any()
}

#[component]
fn ClientPeople(page: ClientPage, manage: bool) -> impl IntoView {
    if page.people.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Users
                title="Nobody signs in yet"
                action=move || {
                    manage.then(|| view! { <ButtonLink href="/admin/people/new">"Invite somebody"</ButtonLink> })
                }
            >
                "Invite a Client Owner, who then invites the others."
            </EmptyState>
        }
        .into_any();
    }
    let rows = page
        .people
        .into_iter()
        .map(|person| {
            let href = if manage {
                format!("/admin/people/{}", person.id)
            } else {
                String::new()
            };
            let head = if manage {
                view! { <RowHead href>{person.name}</RowHead> }.into_any()
            } else {
                view! { <RowHead>{person.name}</RowHead> }.into_any()
            };
            view! {
                <Row>
                    {head}
                    <Cell label="Email">{person.email}</Cell>
                    <Cell label="Role">{person.role.label()}</Cell>
                    <Cell label="Status">
                        <PersonStatus active=person.active invited=person.invited/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption="People of this client"
            columns=vec![
                Column::new("Name"),
                Column::new("Email"),
                Column::new("Role"),
                Column::new("Status"),
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
    let problems = action.problems();
    if rows.is_empty() {
        return view! { <p class="text-muted">"There is no service yet."</p> }.into_any();
    }
    if !manage {
        let lines = rows
            .into_iter()
            .map(|row| {
                let agreed = row.agreed.is_some();
                view! {
                    <Row>
                        <RowHead>{row.service}</RowHead>
                        <Cell label="Price of a unit" numeric=true>
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
                    Column::numeric("Price of a unit"),
                    Column::hidden("Agreed"),
                ]
            >
                {lines}
            </DataTable>
        }
        .into_any();
    }
    let fields = rows
        .into_iter()
        .map(|row| {
            let key = row.service_id.clone();
            let error = Signal::derive(move || problems.0.with(|e| e.as_ref().and_then(|e| e.of_field(&key))));
            let standard = row.standard.show(currency);
            view! {
                <input type="hidden" name="service[]" value=row.service_id.clone()/>
                <MoneyField
                    name="price[]"
                    id=format!("price-{}", row.service_id)
                    label=row.service
                    unit="a unit"
                    value=row.agreed.map(|price| price.plain()).unwrap_or_default()
                    help=format!("Empty for the standard price of {standard}.")
                    error
                    optional=true
                />
            }
        })
        .collect_view();
    view! {
        <PostForm action class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary problems/>
            <input type="hidden" name="id" value=id/>
            {fields}
            <FormActions>
                <Button submit=true pending=action.pending()>
                    "Save prices"
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}
