//! What the pages about subscriptions show. Every text is ready to be shown.

use crate::{Rail, allowance::usage::Usage, shown::Moment};
use serde::{Deserialize, Serialize};

/// The page before subscribing: what is bought, for how much, and how it is paid (SU5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribeView {
    /// The pack.
    pub pack_id: String,
    /// "20 × Logo design".
    pub label: String,
    /// "$400.00".
    pub price: String,
    /// Minor units, sent back as the price that was seen.
    pub price_cents: i64,
    /// "$20.00 a design".
    pub unit_price: String,
    /// "designs".
    pub unit_plural: String,
    /// Units a month.
    pub quantity: i64,
    /// What a unit beyond costs: "$25.00".
    pub overage_price: String,
    /// How extra units are paid.
    pub payment_type: String,
    /// The royalties rail: no card.
    pub royalties: bool,
    /// "Visa •4242", where a card is on file.
    pub card: Option<String>,
    /// When it would renew: "Feb 28, 2027, 12:22 PM CT".
    pub renews: String,
    /// A subscription of the service that stands already: its id and words.
    pub standing: Option<StandingView>,
    /// May this person subscribe (§25: owners).
    pub may_subscribe: bool,
    /// The key of this opened form.
    pub form_key: String,
}

/// A subscription that holds the client's place for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingView {
    /// Its id.
    pub id: String,
    /// "10 × Logo design".
    pub label: String,
    /// Its status' word.
    pub status: String,
    /// It is this very pack.
    pub same_pack: bool,
}

/// One subscription's page: after paying, while paying, and ever after (SU4, SU8, SU9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionView {
    /// Its id.
    pub id: String,
    /// The pack.
    pub pack_id: String,
    /// Its service, for a new request.
    pub service_id: String,
    /// "20 × Logo design".
    pub label: String,
    /// Its status' word.
    pub status: String,
    /// Its status in words.
    pub status_label: String,
    /// "$400.00".
    pub price: String,
    /// PE5: "From Mar 28: $450 a month".
    pub price_change: Option<String>,
    /// "designs".
    pub unit_plural: String,
    /// The royalties rail.
    pub royalties: bool,
    /// SU8: "You're subscribed. 10 T-shirt designs are ready until Dec 28.", while nothing of its first period is used.
    pub welcome: Option<String>,
    /// While the first payment is open: what it waits for.
    pub waiting: Option<Waiting>,
    /// The current period.
    pub period: Option<PeriodView>,
    /// All periods, newest first.
    pub history: Vec<PeriodLine>,
    /// "Assigning…" or the vendor's name.
    pub vendor: String,
    /// The receipt of the last payment.
    pub receipt_url: Option<String>,
    /// Why it ended, in words.
    pub ended: Option<String>,
    /// The subscription that replaced it, if one did.
    pub replaced_by: Option<String>,
    /// SU9: it gave way a moment ago, so that whoever was led here from choosing the other pack is led on to it.
    pub leads_on: bool,
    /// Grace: until when it must be paid.
    pub grace_ends: Option<String>,
    /// Where the open invoice can be paid.
    pub pay_url: Option<String>,
    /// "Visa •4242".
    pub card: Option<String>,
    /// May pay.
    pub may_pay: bool,
    /// What can be done about its end; nothing where it has none.
    pub end: Option<EndView>,
    /// The key for the page's button.
    pub form_key: String,
}

/// What an open first payment waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// We are asking the payment provider; nothing to do.
    Provider,
    /// The client continues on a hosted page.
    Page {
        /// Where.
        url: String,
        /// The bank wants the cardholder, rather than a card.
        confirm: bool,
    },
    /// SU9: it is being given up for another pack, and nothing is to be paid for it.
    GivesWay {
        /// "20 × Logo design".
        to: String,
    },
    /// The card was declined.
    Declined {
        /// The bank's words.
        message: String,
        /// Where another card can be given.
        url: Option<String>,
    },
}

/// What can be done about a pack's end (UN1, UN2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndView {
    /// It goes on: *Unsubscribe*, with what that means.
    Runs {
        /// When it would end: "Mar 28, 2027, 10:00 AM CT".
        ends: String,
        /// What is left until then: "12 designs".
        left: String,
        /// UN3: the period's invoice is open and stays so.
        owed: bool,
    },
    /// It is set to end: *Resume*.
    Ends {
        /// "Mar 28, 2027, 10:00 AM CT".
        at: String,
    },
    /// UN2: it goes on once the payment provider has confirmed it.
    Resuming,
}

/// The current period of a pack, as its client sees it everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodView {
    /// What is used of what is included (I2).
    pub usage: Usage,
    /// It is the last one.
    pub last: bool,
    /// "12 days left".
    pub left: String,
    /// "Renews Feb 28, 2027, 12:22 PM CT" or "Ends …".
    pub renewal: String,
    /// The same, short: "renews Feb 28".
    pub renewal_short: String,
    /// The instant of it.
    pub ends: Moment,
    /// "Jan 28, 12:22 PM CT to Feb 28, 12:22 PM CT".
    pub bounds: String,
    /// Units beyond it.
    pub overage_units: i64,
    /// What they cost.
    pub overage: String,
}

/// One line of a subscription's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodLine {
    /// Its number.
    pub seq: i64,
    /// "Jan 31 – Feb 28, 2027".
    pub span: String,
    /// "18 of 20".
    pub used: String,
    /// "$400.00".
    pub fee: String,
    /// "Paid".
    pub payment: String,
}

/// One row of *Payment › Monthly Packs* (IN4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackUseRow {
    /// The subscription.
    pub id: String,
    /// "20 × Logo design".
    pub label: String,
    /// Its status' word.
    pub status: String,
    /// Its status in words.
    pub status_label: String,
    /// The current period, if one is open.
    pub period: Option<PeriodView>,
    /// "Renews Feb 28, 2027, 12:22 PM CT" or "Ends …".
    pub renews: String,
    /// "$400.00", or a dash.
    pub next_charge: String,
    /// PE5: "From Mar 28: $450 a month".
    pub price_change: Option<String>,
    /// How it is paid, fixed on the subscription.
    pub rail: Rail,
    /// Card or royalties.
    pub paid_by: String,
    /// What can be done about its end.
    pub end: Option<EndView>,
}

/// *Payment › Monthly Packs*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPacksView {
    /// What stands or waits.
    pub live: Vec<PackUseRow>,
    /// What has ended.
    pub ended: Vec<PackUseRow>,
    /// May subscribe.
    pub may_subscribe: bool,
}
