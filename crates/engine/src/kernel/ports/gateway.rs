//! The payment provider, in our own small words: only the gateway crate knows its types.

use async_trait::async_trait;
use domain::{Cents, Currency, Instant};
use serde::{Deserialize, Serialize};

/// The result of a call to the payment provider.
pub type GatewayResult<T> = Result<T, GatewayError>;

/// Why a call did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The bank said no (402). The words are meant for the cardholder.
    #[error("declined ({decline_code}): {message}")]
    Declined {
        /// Stripe's decline code, or its error code.
        decline_code: String,
        /// The cardholder's message.
        message: String,
        /// The payment intent that failed, if the answer named one.
        payment_intent: Option<String>,
    },
    /// Nothing was executed, or nobody knows: the same key may be sent again (timeouts, connection errors, 409 in use,
    /// 424, 429, 5xx with no stored answer, an answer that cannot be read).
    #[error("transient: {0}")]
    Transient(String),
    /// A 500 stands stored under this key: reconcile by looking, then go on with a new key (4.6).
    #[error("stored server error: {0}")]
    StoredFailure(String),
    /// The object does not exist there.
    #[error("not found: {0}")]
    NotFound(String),
    /// Our key is not taken (401, 403): nothing was executed. It passes when the key is right; staff are alarmed.
    #[error("the key was refused: {0}")]
    KeyRefused(String),
    /// The request itself is wrong (400): repeating it changes nothing. Staff are alarmed.
    #[error("refused: {0}")]
    Refused(String),
    /// WH6: the answer came but cannot be read in the version that we know. The raw body is logged by the gateway.
    #[error("unreadable answer: {0}")]
    Unreadable(String),
}

/// A card saved at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// `pm_…`.
    pub id: String,
    /// "visa".
    pub brand: String,
    /// "4242".
    pub last4: String,
    /// 1–12.
    pub exp_month: i64,
    /// Four digits.
    pub exp_year: i64,
}

/// A customer there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// `cus_…`.
    pub id: String,
    /// Deleted in the dashboard.
    pub deleted: bool,
    /// GR6: the one place of the card.
    pub default_payment_method: Option<String>,
    /// Our client's id from the metadata.
    pub client_id: Option<String>,
}

/// A subscription there, as retrieved with its latest invoice (ST1: never from an event).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `sub_…`.
    pub id: String,
    /// Stripe's word.
    pub status: String,
    /// `cus_…`.
    pub customer: String,
    /// PD4.
    pub billing_cycle_anchor: Instant,
    /// ST3: from the item.
    pub current_period_start: Instant,
    /// ST3: from the item.
    pub current_period_end: Instant,
    /// The item's id, for changes.
    pub item_id: String,
    /// The item's price.
    pub price: String,
    /// ST2.
    pub cancel_at: Option<Instant>,
    /// ST2.
    pub cancel_at_period_end: bool,
    /// When it ended, if it has.
    pub ended_at: Option<Instant>,
    /// The card set on the subscription itself (Checkout does that; GR6 clears it).
    pub default_payment_method: Option<String>,
    /// The latest invoice's id.
    pub latest_invoice: Option<String>,
    /// `metadata.pack_subscription_id`.
    pub pack_subscription_id: Option<String>,
    /// When it was made.
    pub created: Instant,
}

impl Subscription {
    /// Whether it is over for good: nothing is billed for it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "canceled" | "incomplete_expired")
    }
}

/// One line of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The provider's words.
    pub description: String,
    /// What it adds to the invoice.
    pub amount: Cents,
}

/// An invoice there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `in_…`.
    pub id: String,
    /// `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub status: String,
    /// `cus_…`.
    pub customer: String,
    /// From `parent.subscription_details.subscription`.
    pub subscription: Option<String>,
    /// `metadata` of the subscription as it stood (`pack_subscription_id`).
    pub pack_subscription_id: Option<String>,
    /// `subscription_create`, `subscription_cycle`, `manual` …
    pub billing_reason: String,
    /// The human number once finalized.
    pub number: Option<String>,
    /// Amount due.
    pub amount_due: Cents,
    /// Amount paid.
    pub amount_paid: Cents,
    /// Amount still open.
    pub amount_remaining: Cents,
    /// Currency.
    pub currency: Currency,
    /// Automatic tries so far, the first included.
    pub attempt_count: i64,
    /// A try was made.
    pub attempted: bool,
    /// PD3: `period.start` of the subscription line.
    pub line_period_start: Option<Instant>,
    /// `period.end` of the subscription line.
    pub line_period_end: Option<Instant>,
    /// The price on the subscription line.
    pub line_price: Option<String>,
    /// Its lines (IV1).
    pub lines: Vec<InvoiceLine>,
    /// The hosted page, once finalized.
    pub hosted_url: Option<String>,
    /// The PDF.
    pub pdf_url: Option<String>,
    /// When it was made.
    pub created: Instant,
    /// When it was finalized.
    pub finalized_at: Option<Instant>,
    /// When it was paid.
    pub paid_at: Option<Instant>,
    /// State of the payment: `requires_action` means the bank wants the cardholder (SU4); `requires_payment_method`
    /// after a decline.
    pub payment_intent_status: Option<String>,
    /// `pi_…` of that payment.
    pub payment_intent: Option<String>,
    /// The last decline's message for the cardholder.
    pub last_decline: Option<String>,
}

/// A hosted Checkout session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// `cs_…`.
    pub id: String,
    /// `open`, `complete`, `expired`.
    pub status: String,
    /// `subscription` or `setup`.
    pub mode: String,
    /// Where the client goes; `None` once it is over.
    pub url: Option<String>,
    /// `sub_…`, once complete.
    pub subscription: Option<String>,
    /// `cus_…`.
    pub customer: Option<String>,
    /// `seti_…` in setup mode.
    pub setup_intent: Option<String>,
    /// The saved card of a completed setup session.
    pub payment_method: Option<String>,
    /// `metadata.pack_subscription_id`.
    pub pack_subscription_id: Option<String>,
    /// When it expires by itself.
    pub expires_at: Instant,
}

/// What a new customer needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCustomer {
    /// Our client's id, kept in the metadata.
    pub client_id: String,
    /// The client's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
}

/// What a new product needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewProduct {
    /// Our pack's id, in the metadata.
    pub pack_id: String,
    /// "20 × Logo design".
    pub name: String,
}

/// What a new price needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewPrice {
    /// The pack's product.
    pub product: String,
    /// Our version's id, in the metadata.
    pub pack_version_id: String,
    /// A month.
    pub amount: Cents,
    /// Currency.
    pub currency: Currency,
}

/// What a new subscription needs (SU2, SU3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewSubscription {
    /// `cus_…`.
    pub customer: String,
    /// `price_…`.
    pub price: String,
    /// SU2's metadata.
    pub pack_subscription_id: String,
    /// SU2's metadata.
    pub client_id: String,
    /// SU2's metadata.
    pub pack_version_id: String,
}

/// What a hosted Checkout for a subscription needs (SU5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewCheckout {
    /// The subscription's terms.
    pub subscription: NewSubscription,
    /// Where a success returns to.
    pub success_url: String,
    /// Where *back* leads.
    pub cancel_url: String,
    /// SU9: 23 h after the row.
    pub expires_at: Instant,
}

/// What a hosted page for adding a card needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewSetup {
    /// `cus_…`.
    pub customer: String,
    /// Our client's id, in the metadata.
    pub client_id: String,
    /// Currency of the later charges.
    pub currency: Currency,
    /// Where a success returns to.
    pub success_url: String,
    /// Where *back* leads.
    pub cancel_url: String,
}

/// A change of price and of the end, in one call (PC5, UN5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct SubscriptionChange {
    /// The item and its new price, without proration.
    pub price: Option<(String, String)>,
    /// Cancel at the period's end, or not.
    pub cancel_at_period_end: Option<bool>,
    /// GR6: take the card off the subscription.
    pub clear_default_payment_method: bool,
}

/// Money to be given back of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRefund {
    /// `pi_…`.
    pub payment_intent: String,
    /// How much.
    pub amount: Cents,
}

/// Money that was given back, or is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// `succeeded`, `pending`, `requires_action`, `failed`, `canceled`.
    pub status: String,
    /// How much.
    pub amount: Cents,
}

impl Refund {
    /// Whether the money goes back, or has.
    pub fn counts(&self) -> bool {
        !matches!(self.status.as_str(), "failed" | "canceled")
    }
}

/// One event of the provider's list (WH8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedEvent {
    /// `evt_…`.
    pub id: String,
    /// The event as JSON.
    pub payload: String,
}

/// The payment provider. Every call that changes something takes our idempotency key; none retries by itself: the
/// engine's own loop does (STRIPE.md 1.4).
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Makes a customer.
    async fn create_customer(&self, key: &str, new: &NewCustomer) -> GatewayResult<Customer>;
    /// Retrieves a customer; a deleted one is answered with `deleted`.
    async fn customer(&self, id: &str) -> GatewayResult<Customer>;
    /// Customers whose metadata names our client (SU2's look-up).
    async fn find_customers(&self, client_id: &str, email: &str) -> GatewayResult<Vec<Customer>>;
    /// GR6: sets the one default card.
    async fn set_default_card(&self, key: &str, customer: &str, payment_method: &str) -> GatewayResult<Customer>;
    /// The customer's saved cards.
    async fn cards(&self, customer: &str) -> GatewayResult<Vec<Card>>;
    /// Takes a card off.
    async fn detach_card(&self, key: &str, payment_method: &str) -> GatewayResult<()>;
    /// Makes a product; its id.
    async fn create_product(&self, key: &str, new: &NewProduct) -> GatewayResult<String>;
    /// The product of this name whose metadata names our pack.
    async fn find_product(&self, new: &NewProduct) -> GatewayResult<Option<String>>;
    /// Makes a price of an existing product; its id.
    async fn create_price(&self, key: &str, new: &NewPrice) -> GatewayResult<String>;
    /// The product's price of this amount whose metadata names our version.
    async fn find_price(&self, new: &NewPrice) -> GatewayResult<Option<String>>;
    /// SU3: makes a subscription and tries its first charge.
    async fn create_subscription(&self, key: &str, new: &NewSubscription) -> GatewayResult<Subscription>;
    /// Retrieves a subscription.
    async fn subscription(&self, id: &str) -> GatewayResult<Subscription>;
    /// All subscriptions of a customer, ended ones included.
    async fn subscriptions_of(&self, customer: &str) -> GatewayResult<Vec<Subscription>>;
    /// Changes price or end.
    async fn change_subscription(
        &self,
        key: &str,
        id: &str,
        change: &SubscriptionChange,
    ) -> GatewayResult<Subscription>;
    /// Ends a subscription at once, without proration or final invoice.
    async fn cancel_subscription(&self, key: &str, id: &str) -> GatewayResult<Subscription>;
    /// Opens a hosted page for subscribing.
    async fn create_checkout(&self, key: &str, new: &NewCheckout) -> GatewayResult<Checkout>;
    /// Opens a hosted page for adding a card.
    async fn create_setup(&self, key: &str, new: &NewSetup) -> GatewayResult<Checkout>;
    /// Retrieves a hosted session (its setup intent's card included).
    async fn checkout(&self, id: &str) -> GatewayResult<Checkout>;
    /// All hosted sessions of a customer.
    async fn checkouts_of(&self, customer: &str) -> GatewayResult<Vec<Checkout>>;
    /// Expires an open session; one that is over is answered as it is.
    async fn expire_checkout(&self, key: &str, id: &str) -> GatewayResult<Checkout>;
    /// Retrieves an invoice with its payment's state.
    async fn invoice(&self, id: &str) -> GatewayResult<Invoice>;
    /// All invoices of a customer, newest first.
    async fn invoices_of(&self, customer: &str) -> GatewayResult<Vec<Invoice>>;
    /// Pays an open invoice, with a certain card or the default one; on session when the client presses the button.
    async fn pay_invoice(
        &self,
        key: &str,
        id: &str,
        payment_method: Option<&str>,
        off_session: bool,
    ) -> GatewayResult<Invoice>;
    /// Makes a draft an open invoice that is not charged by itself; one that is open already is answered as it is.
    async fn finalize_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice>;
    /// Gives money of a payment back.
    async fn refund(&self, key: &str, new: &NewRefund) -> GatewayResult<Refund>;
    /// What was given back of a payment, newest first.
    async fn refunds_of(&self, payment_intent: &str) -> GatewayResult<Vec<Refund>>;
    /// Voids an open invoice.
    async fn void_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice>;
    /// Events newer than a cursor, oldest first (WH8).
    async fn events_after(&self, cursor: Option<&str>) -> GatewayResult<Vec<ListedEvent>>;
    /// Makes the webhook endpoint at the version that we read; its secret.
    async fn create_webhook_endpoint(&self, url: &str, events: &[&str]) -> GatewayResult<String>;
}
