//! `/admin/vendors`: who does the work; Tri-POD first (TP1).

use crate::{
    api::people::{ReadVendor, ReadVendors, RemoveVendorPayment, SaveVendor, SaveVendorPayment, SaveVendorServices},
    components::*,
    pages::account::PersonStatus,
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    payables::view::{VendorPage, VendorPaymentView, VendorServiceView},
    people::view::{PersonView, VendorLine},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The list.
#[component]
pub fn Vendors() -> impl IntoView {
    let list = read(|| ReadVendors {});
    view! {
        <PageHeader
            title="Vendors"
            lead="Who does the work. Tri-POD is our own."
            actions=|| {
                view! {
                    <ButtonLink
                        href="/admin/vendors/new"
                        kind=ButtonKind::Primary
                        icon=Icon::Plus
                        attr:data-key="n"
                    >
                        "New vendor"
                    </ButtonLink>
                }
            }
        />
        {list.show(Skeleton::Table(6), move |list| match list {
                    Ok(lines) => view! { <Lines lines/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

/// Internal, active or paused.
#[component]
fn VendorStatus(internal: bool, active: bool) -> impl IntoView {
    match (internal, active) {
        (true, _) => view! { <Badge text="Internal" tone=Tone::Info/> },
        (false, true) => view! { <Badge text="Active" tone=Tone::Success/> },
        (false, false) => view! { <Badge text="Inactive" tone=Tone::Neutral/> },
    }
}

#[component]
fn Lines(lines: Vec<VendorLine>) -> impl IntoView {
    let rows = lines
        .into_iter()
        .map(|line| {
            view! {
                <Row>
                    <RowHead href=format!("/admin/vendors/{}", line.id)>{line.name}</RowHead>
                    <Cell label="Status">
                        <VendorStatus internal=line.internal active=line.active/>
                    </Cell>
                    <Cell label="Packs" numeric=true>
                        {line.packs}
                    </Cell>
                    <Cell label="Services">
                        {if line.internal { "All".to_owned() } else { line.services.to_string() }}
                    </Cell>
                    <Cell label="People" numeric=true>
                        {line.people}
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption="Vendors"
            columns=vec![
                Column::new("Vendor"),
                Column::new("Status"),
                Column::numeric("Packs"),
                Column::new("Services"),
                Column::numeric("People"),
            ]
        >
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The form for a new vendor.
#[component]
pub fn NewVendor() -> impl IntoView {
    let save = posting::<SaveVendor>();
    view! {
        <PageHeader title="New vendor" crumbs=vec![Crumb::new("/admin/vendors", "Vendors")]/>
        <Fields save vendor=None/>
    }
    .into_any()
}

#[component]
fn Fields(save: Posting<SaveVendor>, vendor: Option<VendorLine>) -> impl IntoView {
    let problems = save.problems();
    let new = vendor.is_none();
    let line = vendor.unwrap_or_else(|| VendorLine {
        id: String::new(),
        name: String::new(),
        internal: false,
        active: true,
        people: 0,
        email: String::new(),
        phone: String::new(),
        notes: String::new(),
        packs: 0,
        services: 0,
    });
    let (active, internal, packs) = (line.active, line.internal, line.packs);
    let keeps = match packs {
        0 => "Without it, nothing new is assigned to this vendor.".to_owned(),
        1 => "Without it, nothing new is assigned to this vendor, and its pack has no vendor from the next period on."
            .to_owned(),
        packs => format!(
            "Without it, nothing new is assigned to this vendor, and its {packs} packs have no vendor from their next period on."
        ),
    };
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary
                problems
                labels=&[("name", "Name"), ("email", "Email"), ("phone", "Phone"), ("notes", "Notes")]
            />
            <input type="hidden" name="id" value=line.id/>
            <TextField name="name" label="Name" value=line.name error=problems.field("name") required=true/>
            <TextField
                name="email"
                label="Email"
                kind=InputKind::Email
                value=line.email
                help="Where you write to. Its people are mailed at their own addresses."
                error=problems.field("email")
                optional=true
            />
            <TextField name="phone" label="Phone" value=line.phone error=problems.field("phone") optional=true/>
            <TextArea name="notes" label="Notes" value=line.notes rows=3 error=problems.field("notes") optional=true/>
            {if internal {
                view! { <input type="hidden" name="active" value="true"/> }.into_any()
            } else if new {
                ().into_any()
            } else {
                view! {
                    <SwitchField
                        name="active"
                        label="Takes work"
                        checked=active
                        help=keeps
                    />
                }
                    .into_any()
            }}
            <FormActions>
                <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                    {if new { "Add vendor" } else { "Save vendor" }}
                </Button>
                <ButtonLink href="/admin/vendors">"Cancel"</ButtonLink>
            </FormActions>
        </PostForm>
    }
    .into_any()
}

/// One vendor with its people, what it offers, and what it gets.
#[component]
pub fn Vendor() -> impl IntoView {
    let params = use_params_map();
    let save = posting::<SaveVendor>();
    let services = posting::<SaveVendorServices>();
    let payment = posting::<SaveVendorPayment>();
    let remove = posting::<RemoveVendorPayment>();
    let page = read(move || ReadVendor {
        id: params.with(|params| params.get("id").unwrap_or_default()),
    });
    view! {
        {page.show(Skeleton::Table(6), move |page| match page {
                    Ok(page) => view! { <Found page save services payment remove/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Vendor" crumbs=vec![Crumb::new("/admin/vendors", "Vendors")]/>
                            <ErrorState error home="/admin/vendors"/>
                        }
                            .into_any()
                    }
        })}
    }
    .into_any()
}

#[component]
fn Found(
    page: VendorPage,
    save: Posting<SaveVendor>,
    services: Posting<SaveVendorServices>,
    payment: Posting<SaveVendorPayment>,
    remove: Posting<RemoveVendorPayment>,
) -> impl IntoView {
    let VendorPage {
        vendor,
        services: offered,
        payments,
        pay,
        people,
    } = page;
    let (id, internal) = (vendor.id.clone(), vendor.internal);
    let packs = format!("/admin/assignments?vendor={id}");
    let report = format!("/admin/reports/vendor-payments?vendor={id}");
    view! {
        <PageHeader
            title=vendor.name.clone()
            crumbs=vec![Crumb::new("/admin/vendors", "Vendors")]
            actions=move || view! { <ButtonLink href=packs.clone()>"Its packs"</ButtonLink> }
        />
        <div class="flex flex-col gap-10">
            <Fields save vendor=Some(vendor)/>
            {if internal {
                view! { <p class="text-muted">"Tri-POD takes every service, and is not paid for its packs."</p> }
                    .into_any()
            } else {
                view! {
                    <section aria-labelledby="services">
                        <SectionTitle title="Services" id="services"/>
                        <Offered id=id.clone() rows=offered action=services/>
                    </section>
                    <section aria-labelledby="payments">
                        <SectionTitle title="Payment for packs" id="payments"/>
                        <Payments id rows=payments action=payment remove/>
                    </section>
                }
                    .into_any()
            }}
            {pay
                .map(|pay| {
                    view! {
                        <section aria-labelledby="pay">
                            <SectionTitle
                                title="Pay slip"
                                id="pay"
                                action=move || view! { <TextLink href=report.clone()>"Its lines"</TextLink> }
                            />
                            <Facts>
                                <Fact label="Expected this period">{pay.expected}</Fact>
                                <Fact label="Earned, running or unpaid">{pay.earned}</Fact>
                                <Fact label="To be paid">{pay.to_pay}</Fact>
                                <Fact label="Of that period, paid">{pay.paid}</Fact>
                            </Facts>
                        </section>
                    }
                })}
            <section aria-labelledby="people">
                <SectionTitle title="People" id="people"/>
                <People people/>
            </section>
        </div>
    }
    .into_any()
}

/// VP3: what it takes, and for how much a unit.
#[component]
fn Offered(id: String, rows: Vec<VendorServiceView>, action: Posting<SaveVendorServices>) -> impl IntoView {
    let problems = action.problems();
    if rows.is_empty() {
        return view! { <p class="text-muted">"There is no service yet."</p> }.into_any();
    }
    let fields = rows
        .into_iter()
        .map(|row| {
            let key = row.service_id.clone();
            let error = Signal::derive(move || problems.0.with(|e| e.as_ref().and_then(|e| e.of_field(&key))));
            view! {
                <input type="hidden" name="service[]" value=row.service_id.clone()/>
                <MoneyField
                    name="rate[]"
                    id=format!("rate-{}", row.service_id)
                    label=row.service
                    unit="a unit"
                    value=row.rate.unwrap_or_default()
                    help=format!("Clients pay {}. Empty: not offered.", row.standard)
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
                    "Save services"
                </Button>
            </FormActions>
        </PostForm>
    }
    .into_any()
}

/// VP1: what it gets for packs; its own terms where it has any.
#[component]
fn Payments(
    id: String,
    rows: Vec<VendorPaymentView>,
    action: Posting<SaveVendorPayment>,
    remove: Posting<RemoveVendorPayment>,
) -> impl IntoView {
    let problems = action.problems();
    if rows.is_empty() {
        return view! { <p class="text-muted">"There is no pack yet."</p> }.into_any();
    }
    let choices = rows
        .iter()
        .map(|row| Choice::new(row.pack_id.clone(), row.pack.clone()));
    let choices: Vec<Choice> = choices.collect();
    let vendor = id.clone();
    let own = rows
        .into_iter()
        .filter_map(|row| row.own.map(|own| (row.pack_id, row.pack, row.standard, own)))
        .map(|(pack_id, pack, standard, own)| {
            let words = format!("Remove the own payment for {pack}");
            let vendor = vendor.clone();
            view! {
                <Row>
                    <RowHead>{pack}</RowHead>
                    <Cell label="Gets">{own}</Cell>
                    <Cell label="Instead of">{standard}</Cell>
                    <Cell>
                        <PostForm action=remove>
                            <input type="hidden" name="id" value=vendor/>
                            <input type="hidden" name="pack" value=pack_id/>
                            <Button small=true submit=true attr:aria-label=words>
                                "Remove"
                            </Button>
                        </PostForm>
                    </Cell>
                </Row>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="flex flex-col gap-5">
            {if own.is_empty() {
                view! { <p class="text-muted">"It gets what each pack says."</p> }.into_any()
            } else {
                view! {
                    <DataTable
                        caption="Own payments for packs"
                        columns=vec![
                            Column::new("Pack"),
                            Column::new("Gets"),
                            Column::new("Instead of"),
                            Column::hidden("Actions"),
                        ]
                    >
                        {own}
                    </DataTable>
                }
                    .into_any()
            }}
            <PostForm action class="flex flex-col gap-5 max-w-lg">
                <ErrorSummary
                    problems
                    labels=&[("pack", "Pack"), ("payment", "Payment"), ("mode", "Vendor is paid")]
                />
                <input type="hidden" name="id" value=id/>
                <SelectField
                    name="pack"
                    label="Pack"
                    choices
                    placeholder="Choose a pack"
                    error=problems.field("pack")
                />
                <MoneyField
                    name="payment"
                    label="Payment"
                    help="Instead of what the pack says, from the next period on."
                    error=problems.field("payment")
                />
                <RadioGroup
                    name="mode"
                    label="Vendor is paid"
                    value="per_pack"
                    inline=true
                    choices=vec![Choice::new("per_pack", "per pack"), Choice::new("per_unit", "per unit")]
                />
                <FormActions>
                    <Button submit=true pending=action.pending()>
                        "Save payment"
                    </Button>
                </FormActions>
            </PostForm>
        </div>
    }
    .into_any()
}

#[component]
fn People(people: Vec<PersonView>) -> impl IntoView {
    if people.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Users
                title="Nobody yet"
                action=|| view! { <ButtonLink href="/admin/people/new">"Invite somebody"</ButtonLink> }
            >
                "Invite a Vendor Manager."
            </EmptyState>
        }
        .into_any();
    }
    let rows = people
        .into_iter()
        .map(|person| {
            view! {
                <Row>
                    <RowHead href=format!("/admin/people/{}", person.id)>{person.name}</RowHead>
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
            caption="People of this vendor"
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
