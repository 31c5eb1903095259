//! What the client's dashboard shows (§11, §20), and a client's page for staff (§25).

use crate::{
    Cents, Currency, PaymentType, SubscriptionStatus,
    people::view::{PartyTab, PersonView},
    shown::{FirstStep, Moment},
    subscriptions::view::PeriodView,
    work::view::{RequestRowView, StatusTab},
};
use serde::{Deserialize, Serialize};

/// A pack of the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackCardView {
    /// The subscription's id.
    pub id: String,
    /// "20 × Logo design".
    pub label: String,
    /// The service's id, for a new request.
    pub service_id: String,
    /// Its status.
    pub status: SubscriptionStatus,
    /// The current period; `None` where there is none.
    pub period: Option<PeriodView>,
    /// I2: "+2 extra units".
    pub extra_units: Option<String>,
    /// "1 extra design this period: $25.00".
    pub overage: Option<String>,
    /// IN4: what its renewal costs, "$400.00"; `None` where it will not renew.
    pub next_charge: Option<String>,
    /// "At this pace you run out Mar 28", where that is before it renews.
    pub pace: Option<String>,
    /// WN4.
    pub banner: Option<BannerView>,
    /// PE5: "From Mar 28: $450 a month".
    pub price_change: Option<String>,
    /// What to say where there is none.
    pub note: Option<String>,
}

/// WN4's banner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BannerView {
    /// The sentence.
    pub text: String,
    /// Nothing is left.
    pub exhausted: bool,
}

/// Designs that wait for the client's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewView {
    /// "1 design waits for your approval".
    pub text: String,
    /// Those that have waited longest.
    pub rows: Vec<ReviewRowView>,
    /// There are more requests than these.
    pub more: bool,
}

/// A request whose newest version waits for the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRowView {
    /// The request's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// "#1042 · 2 × Logo design".
    pub note: String,
    /// The file whose preview stands for it.
    pub picture: Option<String>,
}

/// What is charged or deducted next, for those who pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargesView {
    /// "Next charges", "Next deductions" or, where there are both, "Next payments".
    pub title: String,
    /// Each pack that renews, the next one first.
    pub rows: Vec<ChargeView>,
    /// This month's extra units: "$50.00".
    pub extras: Option<String>,
}

/// A renewal to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeView {
    /// The subscription's id.
    pub id: String,
    /// "20 × Logo design".
    pub label: String,
    /// When it renews.
    pub at: Moment,
    /// "$400.00".
    pub amount: String,
}

/// One amount beyond the packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraView {
    /// The request's id.
    pub request_id: String,
    /// "#1042 Spring logo".
    pub title: String,
    /// "Mar 3".
    pub day: String,
    /// "2 × $25.00".
    pub units: String,
    /// "$50.00".
    pub amount: String,
}

/// This month's amounts beyond the packs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtrasView {
    /// "March 2027".
    pub month: String,
    /// The newest.
    pub rows: Vec<ExtraView>,
    /// All of them.
    pub total: String,
    /// How many there are.
    pub count: i64,
    /// How they are paid.
    pub paid_by: String,
}

/// The client's dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DashboardView {
    /// What waits for the client, if anything does.
    pub review: Option<ReviewView>,
    /// What is to be paid next; `None` where there is nothing, or where the reader does not pay.
    pub charges: Option<ChargesView>,
    /// The packs that are not over.
    pub packs: Vec<PackCardView>,
    /// Job operations: the tabs.
    pub tabs: Vec<StatusTab>,
    /// Job operations: the newest of the chosen tab.
    pub jobs: Vec<RequestRowView>,
    /// The chosen tab has more than are shown.
    pub more_jobs: bool,
    /// This month.
    pub extras: ExtrasView,
    /// May subscribe and pay.
    pub may_bill: bool,
    /// What the client begins with; empty once all of it is done, and for those who may not do all of it.
    pub first_steps: Vec<FirstStep>,
}

/// A service with a client's own price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPriceView {
    /// The service's id.
    pub service_id: String,
    /// Its name.
    pub service: String,
    /// What everybody pays.
    pub standard: Cents,
    /// What this client pays.
    pub agreed: Option<Cents>,
}

/// A subscription of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPackView {
    /// The subscription's id.
    pub id: String,
    /// "20 × Logo design".
    pub label: String,
    /// Its state.
    pub status: SubscriptionStatus,
    /// A month.
    pub price: Cents,
    /// Units used and included of the newest period.
    pub usage: Option<(i64, i64)>,
    /// "Feb 28, 2027", the end of the newest period.
    pub until: Option<String>,
}

/// What has been charged or deducted, in a client's tab *Billing*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientBill {
    /// "INV-12", "April 2027".
    pub name: String,
    /// What it is for.
    pub item: String,
    /// "Apr 10, 2027", for invoices.
    pub date: String,
    /// "$400.00".
    pub amount: String,
    /// "Paid", "Due Apr 10, 2027".
    pub status: String,
    /// It has been paid or deducted.
    pub paid: bool,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPage {
    /// The tab that is open: what the others show is not here.
    pub tab: PartyTab,
    /// What its running packs cost a month, "$800.00".
    pub monthly: String,
    /// Units that are left of its running packs.
    pub left: i64,
    /// Requests that are not approved yet.
    pub open: i64,
    /// Its newest invoices and deductions, newest first.
    pub bills: Vec<ClientBill>,
    /// "The newest 24 of each are shown.": there are more.
    pub bills_note: Option<String>,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What vendors read.
    pub alias: String,
    /// How it pays.
    pub payment_type: PaymentType,
    /// §25's switch.
    pub members_may_order_extra: bool,
    /// "Visa ending in 4242".
    pub card: Option<String>,
    /// "Mar 10, 2026".
    pub since: String,
    /// What its files take: "1.2 GB in 340 files".
    pub storage: String,
    /// Counts changes.
    pub version: i64,
    /// The installation's currency.
    pub currency: Currency,
    /// Its people.
    pub people: Vec<PersonView>,
    /// Its prices.
    pub prices: Vec<ClientPriceView>,
    /// Its subscriptions, live ones first.
    pub packs: Vec<ClientPackView>,
}
