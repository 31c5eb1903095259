//! `/admin/vendors`: who does the work; Tri-POD first (TP1).

use crate::{
    api::people::{ReadVendor, ReadVendors, SaveVendor},
    components::*,
    pages::account::PersonStatus,
    wire::{PostForm, Posting, posting, read},
};
use domain::view::people::{PersonView, VendorLine, VendorPage};
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
            columns=vec![Column::new("Vendor"), Column::new("Status"), Column::numeric("People")]
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
    let (id, name, active, internal) = match vendor {
        Some(line) => (line.id, line.name, line.active, line.internal),
        None => (String::new(), String::new(), true, false),
    };
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary problems labels=&[("name", "Name")]/>
            <input type="hidden" name="id" value=id/>
            <TextField name="name" label="Name" value=name error=problems.field("name") required=true/>
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
                        help="Without it, nothing new is assigned to this vendor."
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

/// One vendor with its people.
#[component]
pub fn Vendor() -> impl IntoView {
    let params = use_params_map();
    let save = posting::<SaveVendor>();
    let page = read(move || ReadVendor {
        id: params.with(|params| params.get("id").unwrap_or_default()),
    });
    view! {
        {page.show(Skeleton::Table(6), move |page| match page {
                    Ok(page) => view! { <Found page save/> }.into_any(),
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
fn Found(page: VendorPage, save: Posting<SaveVendor>) -> impl IntoView {
    let VendorPage { vendor, people } = page;
    view! {
        <PageHeader title=vendor.name.clone() crumbs=vec![Crumb::new("/admin/vendors", "Vendors")]/>
        <div class="flex flex-col gap-10">
            <Fields save vendor=Some(vendor)/>
            <section aria-labelledby="people">
                <SectionTitle title="People" id="people"/>
                <People people/>
            </section>
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
