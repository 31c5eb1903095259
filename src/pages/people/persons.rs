//! `/admin/people`: everybody who can sign in, and the form for one of them.

use crate::{
    api::people::{InviteAgain, ReadPeople, ReadPersonForm, SavePerson},
    components::*,
    pages::{
        kernel::{Listed, counted, filter_of, path_id, read_query, use_query},
        people::account::PersonStatus,
    },
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    Role,
    people::{
        PeopleQuery,
        view::{Named, PeoplePage, PersonPage, PersonView},
    },
};
use leptos::prelude::*;

/// The list's name, by which its columns are chosen.
const LIST: &str = "people";

/// Where the list stands.
const PATH: &str = "/admin/people";

/// The list.
#[component]
pub fn People() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query::<PeopleQuery>));
    let list = read(move || ReadPeople { query: query.get() });
    view! {
        <PageHeader
            title="People"
            list=true
            lead="Everyone who can sign in."
            actions=|| view! { <NewLink href="/admin/people/new" words="Invite someone"/> }
        />
        {list.show(Skeleton::Table(8), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

fn role_choices() -> Vec<Choice> {
    Role::ALL
        .iter()
        .map(|role| Choice::new(role.as_str(), role.label()))
        .collect()
}

#[component]
fn Found(list: PeoplePage, query: PeopleQuery) -> impl IntoView {
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let role = query.role.parse::<Role>().ok();
    let chips = listed.chips([
        listed.words("Search:", "q"),
        (role.map(|role| format!("Role: {}", role.label())), "role"),
    ]);
    let filtered = !chips.is_empty();
    let roles = filter_of("role", "Role", "All roles", role_choices(), &query.role);
    let (first, next) = listed.pages(list.next.as_deref());
    let shown = counted(list.people.len() as i64, "person", "people");
    let rows = if list.people.is_empty() {
        view! {
            <EmptyState icon=Icon::Users title="No people">
                {if filtered { "No people match these filters." } else { "People you invite appear here." }}
            </EmptyState>
        }
        .into_any()
    } else {
        let columns = vec![
            Column::new("Name"),
            Column::new("Email"),
            Column::new("Role"),
            Column::new("Belongs to"),
            Column::new("Last signed in"),
            Column::new("Status"),
        ];
        let menu = view! { <ColumnsMenu list=LIST columns=columns.clone()/> }.into_any();
        view! {
            <DataTable caption="People" list=true name=LIST columns
            >
                {list.people.into_iter().map(|person| view! { <PersonRow person/> }).collect_view()}
            </DataTable>
            <Pagination shown first next columns=Some(menu)/>
        }
        .into_any()
    };
    view! {
        <div class="list-tools">
            {listed.bar("Find people", Some("Name or email"), &[], Vec::new(), Some(roles))}
        </div>
        <FilterChips chips clear=PATH/>
        {rows}
    }
    .into_any()
}

#[component]
fn PersonRow(person: PersonView) -> impl IntoView {
    let role = if person.lead {
        format!("{}, lead", person.role.label())
    } else {
        person.role.label().to_owned()
    };
    view! {
        <Row>
            <RowHead href=format!("/admin/people/{}", person.id)>{person.name}</RowHead>
            <Cell label="Email" grows=true>
                {person.email}
            </Cell>
            <Cell label="Role" phone=Phone::Line>
                {role}
            </Cell>
            <Cell label="Belongs to" phone=Phone::Line>
                {person.org_name.unwrap_or_else(|| "Agency".to_owned())}
            </Cell>
            <Cell label="Last signed in">{person.last_sign_in}</Cell>
            <Cell label="Status" phone=Phone::End>
                <PersonStatus active=person.active invited=person.invited/>
            </Cell>
        </Row>
    }
}

/// The form for a new person.
#[component]
pub fn NewPerson() -> impl IntoView {
    view! { <Person id=String::new()/> }
}

/// The form for somebody who is there.
#[component]
pub fn EditPerson() -> impl IntoView {
    view! { <Person id=path_id()/> }
}

#[component]
fn Person(id: String) -> impl IntoView {
    let save = posting::<SavePerson>();
    let again = posting::<InviteAgain>();
    let page = read(move || ReadPersonForm { id: id.clone() });
    view! {
        {page.show(Skeleton::Table(6), move |page| match page {
                    Ok((page, key)) => {
                        let name = page.person.as_ref().map(|person| person.name.clone());
                        view! {
                            {header(name.unwrap_or_else(|| "Invite someone".to_owned()))}
                            <PersonFields page key save again/>
                        }
                            .into_any()
                    }
                    Err(error) => {
                        view! {
                            {header("Person".to_owned())}
                            <ErrorState error home="/admin/people"/>
                        }
                            .into_any()
                    }
        })}
    }
    .into_any()
}

fn header(title: String) -> AnyView {
    view! { <PageHeader title crumbs=vec![Crumb::new("/admin/people", "People")]/> }.into_any()
}

/// Where a new person belongs, as the address says: `client` or `vendor`, with the role that is invited there first.
fn begins_with(new: bool) -> [String; 3] {
    let query = use_query();
    let said = |name: &str| {
        let found = query.with_untracked(|query| query.get(name));
        found.filter(|_| new).unwrap_or_default()
    };
    let (client, vendor) = (said("client"), said("vendor"));
    let role = match (client.is_empty(), vendor.is_empty()) {
        (false, _) => Role::ClientOwner.as_str(),
        (true, false) => Role::VendorManager.as_str(),
        (true, true) => "",
    };
    [role.to_owned(), client, vendor]
}

fn named(all: Vec<Named>) -> Vec<Choice> {
    all.into_iter().map(|(id, name)| Choice::new(id, name)).collect()
}

#[component]
fn PersonFields(
    page: PersonPage,
    key: String,
    save: Posting<SavePerson>,
    again: Posting<InviteAgain>,
) -> impl IntoView {
    let problems = save.problems();
    let new = page.person.is_none();
    let invitation = page.invitation;
    let person = page.person;
    let text = |read: fn(&PersonView) -> String| person.as_ref().map(read).unwrap_or_default();
    let id = text(|p| p.id.clone());
    let again_id = id.clone();
    let (name, email) = (text(|p| p.name.clone()), text(|p| p.email.clone()));
    let [role, client, vendor] = match &person {
        Some(p) => [p.role.as_str().to_owned(), p.client.clone(), p.vendor.clone()],
        None => begins_with(new),
    };
    let role = RwSignal::new(role);
    // Without JavaScript all of the fields are there, and say whom they are for. What is hidden is not sent.
    let alive = RwSignal::new(false);
    effect(move || alive.set(true));
    let is_for =
        move |needs: fn(Role) -> bool| move || alive.get() && !role.with(|role| role.parse::<Role>().is_ok_and(needs));
    let no_client = is_for(Role::is_client);
    let no_vendor = is_for(Role::is_vendor);
    let no_lead = is_for(|role| role == Role::InternalDesigner);
    let version = person.as_ref().map_or(0, |p| p.version).to_string();
    let again_key = key.clone();
    let lead = person.as_ref().is_some_and(|p| p.lead);
    view! {
        <PostForm action=save class="flex flex-col gap-5 max-w-lg">
            <ErrorSummary
                problems
                labels=&[
                    ("name", "Name"),
                    ("email", "Email"),
                    ("role", "Role"),
                    ("client", "Client"),
                    ("vendor", "Vendor"),
                    ("lead", "Lead"),
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
                name="email"
                label="Email"
                kind=InputKind::Email
                value=email
                error=problems.field("email")
                autocomplete="off"
                required=true
            />
            <SelectField
                name="role"
                label="Role"
                choices=role_choices()
                placeholder="Choose a role"
                bind=role
                error=problems.field("role")
                required=true
            />
            <fieldset class="contents" hidden=no_client disabled=no_client>
                <SelectField
                    name="client"
                    label="Client"
                    choices=named(page.clients)
                    placeholder="None"
                    value=client
                    help="Needed for client owners and client members, blank for all others."
                    error=problems.field("client")
                />
            </fieldset>
            <fieldset class="contents" hidden=no_vendor disabled=no_vendor>
                <SelectField
                    name="vendor"
                    label="Vendor"
                    choices=named(page.vendors)
                    placeholder="None"
                    value=vendor
                    help="Needed for vendor managers and vendor designers, blank for all others."
                    error=problems.field("vendor")
                />
            </fieldset>
            <fieldset class="contents" hidden=no_lead disabled=no_lead>
                <CheckboxField
                    name="lead"
                    label="Lead (internal designers who can assign packs)"
                    checked=lead
                />
            </fieldset>
            {(!new)
                .then(|| {
                    view! {
                        <SwitchField
                            name="active"
                            label="Can sign in"
                            checked=person.as_ref().is_some_and(|p| p.active)
                            help="Off: signed out everywhere and can't sign in."
                        />
                    }
                })}
            <FormActions>
                <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                    {if new { "Send invitation" } else { "Save person" }}
                </Button>
                <ButtonLink href="/admin/people">"Cancel"</ButtonLink>
            </FormActions>
        </PostForm>
        {invitation
            .map(|said| {
                view! {
                    <section class="mt-10" aria-labelledby="invitation">
                        <SectionTitle title="Invitation" id="invitation"/>
                        <p class="text-muted">{said}</p>
                        <PostForm action=again class="mt-3">
                            <IdempotencyKey value=again_key/>
                            <input type="hidden" name="id" value=again_id/>
                            <Button submit=true pending=again.pending()>
                                "Resend invitation"
                            </Button>
                        </PostForm>
                    </section>
                }
            })}
    }
    .into_any()
}
