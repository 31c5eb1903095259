//! What a client has been charged.

pub mod invoices;

use crate::components::{Tab, Tabs};
use leptos::prelude::*;

/// The tabs of *Payment*.
#[component]
pub fn PaymentTabs(
    /// The tab that is open.
    now: &'static str,
) -> impl IntoView {
    let tab = |href: &'static str, label: &'static str| Tab::new(href, label, now == href);
    view! {
        <Tabs
            label="Payment"
            tabs=vec![
                tab("/payment/packs", "Monthly Packs"),
                tab("/payment/methods", "Card"),
                tab("/payment/invoices", "Invoices"),
            ]
        />
    }
}
