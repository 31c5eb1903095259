//! What a client has been charged.

pub mod deductions;
pub mod invoices;

use crate::{
    api::kernel::use_page,
    components::{Tab, Tabs},
};
use leptos::prelude::*;

/// The tabs of *Payment*.
#[component]
pub fn PaymentTabs(
    /// The tab that is open.
    now: &'static str,
) -> impl IntoView {
    let tab = |href: &'static str, label: &'static str| Tab::new(href, label, now == href);
    // Who pays by royalties has no card and no invoice, but for what there was before.
    let paying = use_page().viewer().map(|viewer| viewer.paying).unwrap_or_default();
    let packs = if paying.royalties { "Packs" } else { "Monthly Packs" };
    let mut tabs = vec![tab("/payment/packs", packs)];
    if paying.royalties || paying.deductions {
        tabs.push(tab("/payment/deductions", "Deductions"));
    }
    if !paying.royalties || paying.cards {
        tabs.push(tab("/payment/methods", "Card"));
        tabs.push(tab("/payment/invoices", "Invoices"));
    }
    view! { <Tabs label="Payment" tabs/> }
}
