//! Tests through the real router: what a browser, a stranger and Stripe get to see.
#![cfg(feature = "ssr")]

mod access;
mod brand;
mod files;
mod flood;
mod foreign;
mod forms;
mod fuzzed;
mod hostile;
mod kill;
mod links;
mod listen;
mod markup;
mod pdf;
mod previews;
mod safety;
mod secrets;
mod sessions;
mod statements;
mod text;
mod tools;
mod webhooks;
mod world;
