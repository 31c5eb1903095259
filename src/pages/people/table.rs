//! The people of one client or vendor, and the tabs of its page.

use super::account::PersonStatus;
use crate::components::*;
use domain::people::view::{PartyTab, PersonView};
use leptos::prelude::*;

/// The tabs of a client's or a vendor's page at `path`; `requests`: where its requests are. What nobody may change here is not
/// offered.
pub fn party_tabs(path: &str, now: PartyTab, requests: Option<String>, manage: bool) -> Vec<Tab> {
    let mut tabs = Vec::new();
    for tab in PartyTab::ALL
        .iter()
        .copied()
        .filter(|tab| manage || *tab != PartyTab::Settings)
    {
        let href = match tab {
            PartyTab::Overview => path.to_owned(),
            tab => format!("{path}?tab={tab}"),
        };
        tabs.push(Tab::new(href, tab.label(), tab == now));
        if tab == PartyTab::Overview {
            tabs.extend(requests.clone().map(|href| Tab::new(href, "Requests", false)));
        }
    }
    tabs
}

/// The table, or an invitation to invite somebody.
#[component]
pub fn PeopleTable(
    /// "People of this client".
    caption: &'static str,
    /// Who they are.
    people: Vec<PersonView>,
    /// Said while there is nobody.
    nobody: &'static str,
    /// Whoever looks may open and invite them.
    manage: bool,
    /// Where somebody is invited to it.
    invite: String,
) -> impl IntoView {
    if people.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Users
                title="No one can sign in yet"
                action=move || {
                    manage.then(|| view! { <ButtonLink href=invite.clone()>"Invite someone"</ButtonLink> })
                }
            >
                {nobody}
            </EmptyState>
        }
        .into_any();
    }
    let rows = people
        .into_iter()
        .map(|person| {
            let head = if manage {
                view! { <RowHead href=format!("/admin/people/{}", person.id)>{person.name}</RowHead> }.into_any()
            } else {
                view! { <RowHead>{person.name}</RowHead> }.into_any()
            };
            view! {
                <Row>
                    {head}
                    <Cell label="Email" phone=Phone::Line grows=true>
                        {person.email}
                    </Cell>
                    <Cell label="Role" phone=Phone::Line>
                        {person.role.label()}
                    </Cell>
                    <Cell label="Status" phone=Phone::End>
                        <PersonStatus active=person.active invited=person.invited/>
                    </Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption
            list=true
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
