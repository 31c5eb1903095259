//! What the pages about payment show. Every text is ready to be shown.

use crate::kernel::list::list_query;
use serde::{Deserialize, Serialize};

/// *Payment › Methods*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethodsView {
    /// "Visa •4242", where there is one.
    pub card: Option<String>,
    /// "Expires 04/2030".
    pub expires: Option<String>,
    /// How extra units are paid, in words.
    pub payment_type: String,
    /// No card is needed.
    pub royalties: bool,
    /// A hosted page that is being opened or stands open.
    pub setup: Option<SetupView>,
    /// The key of this opened form.
    pub form_key: String,
    /// May change it.
    pub may_change: bool,
}

/// A hosted page for adding a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupView {
    /// Where it is; `None` while it is being opened.
    pub url: Option<String>,
    /// The card was saved.
    pub done: bool,
}

list_query! {
    /// The query string of `/payment/invoices`.
    pub struct InvoicesQuery {
        /// The key of the last row of the page before.
        after,
    }
}

/// A page of *Payment › Invoices*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoicesPage {
    /// Newest first.
    pub rows: Vec<InvoiceLine>,
    /// The key of the next page.
    pub next: Option<String>,
}

list_query! {
    /// The query string of `/payment/deductions`.
    pub struct DeductionsQuery {
        /// The key of the last row of the page before.
        after,
    }
}

/// A page of *Payment › Deductions*: what royalties pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeductionsPage {
    /// Newest first.
    pub rows: Vec<DeductionLine>,
    /// All that is due, "$400.00".
    pub due: String,
    /// All that has been deducted, "$1,200.00".
    pub paid: String,
    /// The key of the next page.
    pub next: Option<String>,
}

/// One row of *Payment › Deductions*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeductionLine {
    /// "March 2027".
    pub month: String,
    /// "20 × Logo design".
    pub item: String,
    /// "$400.00".
    pub amount: String,
    /// "Due Mar 10, 2027", "Paid Mar 31, 2027".
    pub status: String,
    /// It has been deducted.
    pub paid: bool,
    /// It is nothing any more.
    pub void: bool,
}

/// One row of *Payment › Invoices*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// The human number.
    pub number: String,
    /// What it is for.
    pub description: String,
    /// Its lines: "1 × 20 × Logo design (at $400.00 / month): $400.00".
    pub lines: Vec<String>,
    /// "Feb 28, 2027".
    pub date: String,
    /// "$400.00".
    pub amount: String,
    /// Stripe's word.
    pub status: String,
    /// In words.
    pub status_label: String,
    /// Where it can be seen and paid.
    pub url: Option<String>,
    /// The PDF.
    pub pdf: Option<String>,
}
