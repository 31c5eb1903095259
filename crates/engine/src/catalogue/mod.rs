//! What is offered and on which terms: services, packs and their versions, clients' own prices, and their product and prices
//! at the provider (§1, §2).
//!
//! Owns services, meters, packs, versions and own prices. May use people and the kernel. What must not be here: what a form's
//! fields may hold (`domain`), subscribing and what becomes of subscriptions.

mod jobs;
mod offers;
mod own_prices;
pub(crate) mod packs;
mod publish;
mod services;
pub(crate) mod words;

pub use jobs::Job;
pub(crate) use services::turnaround_words;
