//! `/admin/vendors/{id}`: one vendor with its people, what it offers, and what it gets.

use crate::{
    api::{
        payables::{ReadVendor, RemoveVendorPayment, SaveVendorPayment, SaveVendorServices},
        people::SaveVendor,
    },
    components::*,
    pages::{
        catalogue::by_service::{AmountsByService, ByService, Words},
        kernel::{path_id, use_query},
        people::{
            table::{PeopleTable, party_tabs},
            vendors::{PATH, VendorFields},
        },
    },
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    payables::view::{SlipTotals, VendorPage, VendorPaymentView, VendorServiceView},
    people::view::PartyTab,
    seen,
};
use leptos::prelude::*;

/// One vendor with its people, what it offers, and what it gets.
#[component]
pub fn Vendor() -> impl IntoView {
    let save = posting::<SaveVendor>();
    let services = posting::<SaveVendorServices>();
    let payment = posting::<SaveVendorPayment>();
    let remove = posting::<RemoveVendorPayment>();
    let query = use_query();
    let id = path_id();
    let tab = Memo::new(move |_| query.with(|query| query.get("tab").unwrap_or_default()));
    let page = read(move || ReadVendor {
        id: id.clone(),
        tab: tab.get(),
    });
    view! {
        {page.show(Skeleton::Table(6), move |page| match page {
                    Ok(page) => view! { <Found page save services payment remove/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Vendor" crumbs=vec![Crumb::new(PATH, "Vendors")]/>
                            <ErrorState error home=PATH/>
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
        tab,
        vendor,
        services: offered,
        payments,
        pay,
        people,
    } = page;
    let (id, internal) = (vendor.id.clone(), vendor.internal);
    let packs = format!("/admin/assignments?vendor={id}");
    let invite = format!("/admin/people/new?vendor={id}");
    let requests = format!("/requests?vendor={id}");
    let tabs = party_tabs(&format!("{PATH}/{id}"), tab, Some(requests), true);
    let name = vendor.name.clone();
    let in_house = || view! { <p class="text-muted">"In-house work covers every service and isn't paid."</p> };
    let shown = match tab {
        PartyTab::Overview => {
            view! {
                <Facts>
                    <Fact label="Packs">{vendor.packs}</Fact>
                    <Fact label="Services">{if internal { "All".to_owned() } else { vendor.services.to_string() }}</Fact>
                    <Fact label="People">{vendor.people}</Fact>
                    <Fact label="Email">{or_none(vendor.email)}</Fact>
                    <Fact label="Phone">{or_none(vendor.phone)}</Fact>
                    <Fact label="Notes">{or_none(vendor.notes)}</Fact>
                </Facts>
            }
            .into_any()
        }
        PartyTab::Settings => view! { <VendorFields save vendor=Some(vendor)/> }.into_any(),
        PartyTab::People if internal => {
            view! { <PeopleTable caption="People of this vendor" people nobody="Invite an internal designer." manage=true invite="/admin/people/new".to_owned()/> }
                .into_any()
        }
        PartyTab::People => {
            view! { <PeopleTable caption="People of this vendor" people nobody="Invite a vendor manager." manage=true invite/> }
                .into_any()
        }
        PartyTab::Billing => match pay {
            Some(pay) => view! { <Pay id pay/> }.into_any(),
            None => in_house().into_any(),
        },
        PartyTab::Prices if internal => in_house().into_any(),
        PartyTab::Prices => {
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
        }
    };
    view! {
        <PageHeader
            title=name
            crumbs=vec![Crumb::new(PATH, "Vendors")]
            actions=move || view! { <ButtonLink href=packs.clone()>"Packs"</ButtonLink> }
        />
        <div class="flex flex-col gap-8">
            <Tabs label="Vendor" tabs/>
            {shown}
        </div>
    }
    .into_any()
}

fn or_none(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// AH7: what its pay slip says now.
#[component]
fn Pay(id: String, pay: SlipTotals) -> impl IntoView {
    let report = format!("/admin/reports/vendor-payments?vendor={id}");
    view! {
        <section aria-labelledby="pay">
            <SectionTitle
                title="Pay slip"
                id="pay"
                action=move || view! { <TextLink href=report.clone()>"Payments"</TextLink> }
            />
            <Facts>
                <Fact label="Expected this period">{pay.expected}</Fact>
                <Fact label="Earned this period">{pay.earned}</Fact>
                <Fact label="To be paid">{pay.to_pay}</Fact>
                <Fact label="Paid so far">{pay.paid}</Fact>
            </Facts>
        </section>
    }
}

/// VP3: what it takes, and for how much a unit.
#[component]
fn Offered(id: String, rows: Vec<VendorServiceView>, action: Posting<SaveVendorServices>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p class="text-muted">"No services yet."</p> }.into_any();
    }
    let rows = rows
        .into_iter()
        .map(|row| ByService {
            service_id: row.service_id,
            service: row.service,
            standard: row.standard,
            value: row.rate.unwrap_or_default(),
        })
        .collect();
    let words = Words {
        caption: "Services of this vendor",
        standard: "Clients pay",
        own: "Vendor gets",
        blank: "Blank means not offered.",
        save: "Save services",
    };
    view! { <AmountsByService action id name="rate" rows words/> }.into_any()
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
        return view! { <p class="text-muted">"No packs yet."</p> }.into_any();
    }
    let choices = rows
        .iter()
        .map(|row| Choice::new(row.pack_id.clone(), row.pack.clone()));
    let choices: Vec<Choice> = choices.collect();
    let vendor = id.clone();
    let read = rows
        .iter()
        .filter(|row| !row.was.is_empty())
        .map(|row| {
            view! { <input type="hidden" name=seen::field_of("was", &row.pack_id) value=row.was.clone()/> }
        })
        .collect_view();
    let own = rows
        .into_iter()
        .filter_map(|row| row.own.map(|own| (row.pack_id, row.pack, row.standard, own)))
        .map(|(pack_id, pack, standard, own)| {
            let words = format!("Remove the custom payment for {pack}");
            let vendor = vendor.clone();
            view! {
                <Row>
                    <RowHead>{pack}</RowHead>
                    <Cell label="Custom payment">{own}</Cell>
                    <Cell label="Standard payment">{standard}</Cell>
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
                view! { <p class="text-muted">"Paid each pack's standard vendor payment."</p> }.into_any()
            } else {
                view! {
                    <DataTable
                        caption="Custom payments for packs"
                        columns=vec![
                            Column::new("Pack"),
                            Column::new("Custom payment"),
                            Column::new("Standard payment"),
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
                {read}
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
                    help="Replaces the pack's standard payment from the next period."
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
