//! Scenarios over real HTTP. Every body, error and event that passes is held against Stripe's own schemas.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod faults;
mod idempotency;
mod invoices;
mod lists;
mod pages;
mod renewals;
mod subscribe;
mod webhooks;
