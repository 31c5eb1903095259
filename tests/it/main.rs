//! Tests through the real router: what a browser, a stranger and Stripe get to see.
#![cfg(feature = "ssr")]

mod access;
mod files;
mod foreign;
mod kill;
mod links;
mod safety;
mod secrets;
mod sessions;
mod statements;
mod tools;
mod webhooks;
mod world;
