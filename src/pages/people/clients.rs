//! `/admin/clients`: the list, and the form for a client.

use crate::{
    api::{
        kernel::use_page,
        people::{ReadClients, ReadNewClient, SaveClient},
    },
    components::*,
    pages::kernel::{Listed, counted, filter_of, read_query, use_query},
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Capability, PaymentType,
    people::{
        ClientsQuery,
        view::{ClientLine, ClientsPage},
    },
};
use leptos::prelude::*;

/// The list's name, by which its columns are chosen.
const LIST: &str = "clients";

/// Where the list stands.
pub const PATH: &str = "/admin/clients";

/// The words for how a client pays.
pub const fn payment_words(payment_type: PaymentType) -> &'static str {
    match payment_type {
        PaymentType::PayAsYouGo => "Pay as you Go",
        PaymentType::Monthly => "Monthly Payment",
        PaymentType::Royalties => "Deduct from Royalties",
    }
}

fn payment_choices() -> Vec<Choice> {
    PaymentType::ALL
        .iter()
        .map(|kind| Choice::new(kind.as_str(), payment_words(*kind)))
        .collect()
}

/// Whoever looks may add and change them.
pub fn may_manage() -> bool {
    use_page()
        .viewer()
        .is_some_and(|viewer| viewer.may(Capability::ManagePeople))
}

/// The list.
#[component]
pub fn Clients() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<ClientsQuery>));
    let list = read(move || ReadClients { query: query.get() });
    view! {
        <PageHeader
            title="Clients"
            list=true
            lead="Companies that subscribe and send requests."
            actions=|| may_manage().then(|| view! { <NewLink href="/admin/clients/new" words="New client"/> })
        />
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Found(list: ClientsPage, query: ClientsQuery) -> impl IntoView {
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let payment = query.payment.parse().ok();
    let chips = listed.chips([
        listed.words("Search:", "q"),
        (payment.map(|kind| format!("Pays: {}", payment_words(kind))), "payment"),
    ]);
    let filtered = !chips.is_empty();
    let payments = filter_of(
        "payment",
        "Payment type",
        "All payment types",
        payment_choices(),
        &query.payment,
    );
    let (first, next) = listed.pages(list.next.as_deref());
    let shown = counted(list.clients.len() as i64, "client", "clients");
    let rows = if list.clients.is_empty() {
        view! {
            <EmptyState icon=Icon::Building title="No clients">
                {if filtered { "No clients match these filters." } else { "Clients you add appear here." }}
            </EmptyState>
        }
        .into_any()
    } else {
        let columns = vec![
            Column::new("Client"),
            Column::new("Alias"),
            Column::new("Payment type"),
            Column::numeric("Packs"),
            Column::numeric("People"),
        ];
        let menu = view! { <ColumnsMenu list=LIST columns=columns.clone()/> }.into_any();
        view! {
            <DataTable caption="Clients" list=true name=LIST columns
            >
                {list.clients.into_iter().map(|line| view! { <ClientRow line/> }).collect_view()}
            </DataTable>
            <Pagination shown first next columns=Some(menu)/>
        }
        .into_any()
    };
    view! {
        <div class="list-tools">
            {listed.bar("Find clients", Some("Name or alias"), &[], Vec::new(), Some(payments))}
        </div>
        <FilterChips chips clear=PATH/>
        {rows}
    }
    .into_any()
}

#[component]
fn ClientRow(line: ClientLine) -> impl IntoView {
    view! {
        <Row>
            <RowHead href=format!("/admin/clients/{}", line.id)>{line.name}</RowHead>
            <Cell label="Alias" phone=Phone::Line>
                {line.alias}
            </Cell>
            <Cell label="Payment type" phone=Phone::Line>
                {payment_words(line.payment_type)}
            </Cell>
            <Cell label="Packs" numeric=true phone=Phone::End>
                {line.packs} <span class="phone-only">{if line.packs == 1 { " pack" } else { " packs" }}</span>
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
    let begins = read(|| ReadNewClient {});
    view! {
        <PageHeader title="New client" crumbs=vec![Crumb::new("/admin/clients", "Clients")]/>
        {begins
            .show(
                Skeleton::None,
                move |begins| {
                    let (alias, key) = begins.unwrap_or_default();
                    view! { <ClientFields save alias key client=None/> }.into_any()
                },
            )}
    }
    .into_any()
}

/// What the form shows of a client that is there.
#[derive(Clone)]
pub struct Edited {
    /// Which.
    pub id: String,
    /// Its version (PE2).
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
}

/// The form for a client, new or there.
#[component]
pub fn ClientFields(
    /// Where it is posted.
    save: Posting<SaveClient>,
    /// Its key; only a new client has one.
    #[prop(optional)]
    key: String,
    /// The alias that a new client begins with.
    #[prop(optional)]
    alias: String,
    /// The client that is there.
    client: Option<Edited>,
) -> impl IntoView {
    let problems = save.problems();
    let new = client.is_none();
    let Edited {
        id,
        version,
        name,
        alias,
        payment_type,
    } = client.unwrap_or_else(|| Edited {
        id: String::new(),
        version: 0,
        name: String::new(),
        alias,
        payment_type: PaymentType::PayAsYouGo,
    });
    let payment = payment_type.as_str();
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary
                problems
                labels=&[
                    ("name", "Name"),
                    ("alias", "Alias"),
                    ("payment_type", "Payment type"),
                    ("owner_name", "Owner's name"),
                    ("owner_email", "Owner's email"),
                ]
            />
            <IdempotencyKey value=key/>
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="version" value=version/>
            <TextField
                name="name"
                label="Name"
                value=name
                error=problems.field("name")
                autocomplete="off"
                required=true
            />
            <TextField
                name="alias"
                label="Alias"
                value=alias
                help="Name shown to vendors."
                error=problems.field("alias")
                autocomplete="off"
                required=true
            />
            <RadioGroup
                name="payment_type"
                label="Payment type"
                value=payment
                choices=payment_choices()
                error=problems.field("payment_type")
            />
            {new.then(|| {
                view! {
                    <TextField
                        name="owner_name"
                        label="Owner's name"
                        error=problems.field("owner_name")
                        autocomplete="off"
                        optional=true
                    />
                    <TextField
                        name="owner_email"
                        label="Owner's email"
                        kind=InputKind::Email
                        help="We'll invite the owner right away. Blank means you invite someone later."
                        error=problems.field("owner_email")
                        autocomplete="off"
                        optional=true
                    />
                }
            })}
            <FormActions>
                <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                    {if new { "Add client" } else { "Save client" }}
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}
