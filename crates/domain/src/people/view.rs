//! What the pages of accounts, people, clients and vendors show. Every text is ready to be shown.

use crate::{PaymentType, Role, agency::Brand};
use serde::{Deserialize, Serialize};

/// A choice of a form: value and words.
pub type Named = (String, String);

/// A sign-in of the demo agency (§31).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoSignIn {
    /// The address.
    pub email: String,
    /// "Admin", "Client Owner, pays as you go".
    pub who: String,
}

/// The sign-in page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInPage {
    /// The demo's sign-ins; empty but for the seeded sandbox.
    pub demo: Vec<DemoSignIn>,
    /// Their one password.
    pub demo_password: String,
}

/// Whose a link is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkOwner {
    /// The person.
    pub name: String,
    /// The address.
    pub email: String,
    /// The client's or vendor's name.
    pub org_name: Option<String>,
}

/// A session in its person's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// What ends it.
    pub id: String,
    /// "Firefox on Linux".
    pub device: String,
    /// Where it came from.
    pub ip: String,
    /// "Mar 10, 2027, 9:00 AM CT".
    pub began: String,
    /// "2 hours ago".
    pub last_used: String,
    /// The one that asks.
    pub this: bool,
}

/// The account page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// Full name.
    pub name: String,
    /// Sign-in address.
    pub email: String,
    /// "Client Owner".
    pub role: String,
    /// The client's or vendor's name.
    pub org_name: Option<String>,
    /// One's sessions, the last used first.
    pub sessions: Vec<SessionView>,
}

/// The agency's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyPage {
    /// Name, color and logo.
    pub brand: Brand,
    /// Where answers to mails go; may be empty.
    pub reply_to: String,
    /// SU8: clients read who does their work.
    pub shows_vendor_names: bool,
    /// Counts changes.
    pub version: i64,
}

/// A person in a list or form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// Their id.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Sign-in address.
    pub email: String,
    /// The role.
    pub role: Role,
    /// The lead right.
    pub lead: bool,
    /// The client's id; empty for none.
    pub client: String,
    /// The vendor's id; empty for none.
    pub vendor: String,
    /// The client's or vendor's name.
    pub org_name: Option<String>,
    /// May sign in.
    pub active: bool,
    /// The agency has taken their access away: a client's owner does not give it back.
    pub locked: bool,
    /// Has not set a password yet.
    pub invited: bool,
    /// "2 hours ago", "never".
    pub last_sign_in: String,
    /// Counts changes.
    pub version: i64,
}

/// A page of people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage {
    /// By name.
    pub people: Vec<PersonView>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// What the form for a person chooses from, and the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// `None` for a new one.
    pub person: Option<PersonView>,
    /// Clients.
    pub clients: Vec<Named>,
    /// External vendors (TP3).
    pub vendors: Vec<Named>,
    /// Of somebody without a password: "Invited, expires Dec 5."
    pub invitation: Option<String>,
}

crate::words! {
    /// The tabs of a client's and of a vendor's page; each reads what it shows.
    pub enum PartyTab {
        /// What is known of it.
        Overview = "overview",
        /// What it has paid, or is paid.
        Billing = "billing",
        /// Who can sign in.
        People = "people",
        /// Prices of services and packs.
        Prices = "prices",
        /// What can be changed.
        Settings = "settings",
    }
}

impl PartyTab {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            PartyTab::Overview => "Overview",
            PartyTab::Billing => "Billing",
            PartyTab::People => "People",
            PartyTab::Prices => "Prices",
            PartyTab::Settings => "Settings",
        }
    }
}

/// The people of the caller's client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    /// The client's name.
    pub client: String,
    /// By name.
    pub people: Vec<PersonView>,
    /// §25's switch.
    pub members_may_order_extra: bool,
}

/// A client in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// Packs that are running.
    pub packs: i64,
    /// People who can sign in.
    pub people: i64,
}

/// A page of clients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsPage {
    /// By name.
    pub clients: Vec<ClientLine>,
    /// The key of the next page.
    pub next: Option<String>,
}

/// A vendor in the list and in its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Tri-POD (TP1).
    pub internal: bool,
    /// Takes work.
    pub active: bool,
    /// People who can sign in.
    pub people: i64,
    /// Where staff write to.
    pub email: String,
    /// Where staff call.
    pub phone: String,
    /// What staff should know.
    pub notes: String,
    /// Packs whose period it has.
    pub packs: i64,
    /// Services that it offers; Tri-POD takes all.
    pub services: i64,
    /// Which state of it was read.
    pub version: i64,
}
