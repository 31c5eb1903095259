//! `/admin/vendors`: who does the work; Tri-POD first (TP1). The list, and the form for a vendor.

use crate::{
    api::people::{NewFormKey, ReadVendors, SaveVendor},
    components::*,
    wire::{PostForm, Posting, posting, read},
};
use domain::people::view::VendorLine;
use leptos::prelude::*;

/// Where the list stands.
pub const PATH: &str = "/admin/vendors";

/// The list.
#[component]
pub fn Vendors() -> impl IntoView {
    let list = read(|| ReadVendors {});
    view! {
        <PageHeader
            title="Vendors"
            list=true
            lead="Who does the work. The first one is in-house."
            actions=|| view! { <NewLink href="/admin/vendors/new" words="New vendor"/> }
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
        (true, _) => view! { <StateWord text="In-house" tone=Tone::Info/> },
        (false, true) => view! { <StateWord text="Active" tone=Tone::Success/> },
        (false, false) => view! { <StateWord text="Inactive"/> },
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
                    <Cell label="Status" phone=Phone::End>
                        <VendorStatus internal=line.internal active=line.active/>
                    </Cell>
                    <Cell label="Packs" numeric=true phone=Phone::Line>
                        {line.packs} <span class="phone-only">{if line.packs == 1 { " pack" } else { " packs" }}</span>
                    </Cell>
                    <Cell label="Services" numeric=true>
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
            list=true
            columns=vec![
                Column::new("Vendor"),
                Column::new("Status"),
                Column::numeric("Packs"),
                Column::numeric("Services"),
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
    let key = read(|| NewFormKey {});
    view! {
        <PageHeader title="New vendor" crumbs=vec![Crumb::new(PATH, "Vendors")]/>
        {key
            .show(
                Skeleton::None,
                move |key| view! { <VendorFields save key=key.unwrap_or_default() vendor=None/> }.into_any(),
            )}
    }
    .into_any()
}

/// The form for a vendor, new or there.
#[component]
pub fn VendorFields(
    /// Where it is posted.
    save: Posting<SaveVendor>,
    /// Its key; only a new vendor has one.
    #[prop(optional)]
    key: String,
    /// The vendor that is there.
    vendor: Option<VendorLine>,
) -> impl IntoView {
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
        version: 0,
    });
    let (active, internal, packs) = (line.active, line.internal, line.packs);
    let keeps = match packs {
        0 => "Off: no new work.".to_owned(),
        1 => "Off: no new work. This vendor's pack needs a new vendor at renewal.".to_owned(),
        packs => format!("Off: no new work. This vendor's {packs} packs need a new vendor at renewal."),
    };
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary
                problems
                labels=&[("name", "Name"), ("email", "Email"), ("phone", "Phone"), ("notes", "Notes")]
            />
            <IdempotencyKey value=key/>
            <input type="hidden" name="id" value=line.id/>
            <input type="hidden" name="version" value=line.version.to_string()/>
            <TextField name="name" label="Name" value=line.name error=problems.field("name") required=true/>
            <TextField
                name="email"
                label="Email"
                kind=InputKind::Email
                value=line.email
                help="Main contact. People below get their own email."
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
                        label="Takes new work"
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
                <ButtonLink href=PATH>"Cancel"</ButtonLink>
            </FormActions>
        </PostForm>
    }
    .into_any()
}
