//! The server's own part: settings, the router and its layers, sessions and guards, the webhook's endpoint, health, mail.
//!
//! What must not be here: rules, SQL, use cases, pages.

pub mod built;
pub mod cli;
pub mod config;
pub mod demo;
pub mod documents;
pub mod events;
pub mod exports;
pub mod file_store;
pub mod files;
pub mod forms;
pub mod headers;
pub mod health;
pub mod here;
pub mod mailer;
pub mod payments;
pub mod pdf;
pub mod plain;
pub mod router;
pub mod routes;
pub mod session;
pub mod state;
pub mod webhook;

use anyhow::Context as _;
use leptos::config::{LeptosOptions, get_configuration};

/// Leptos's own settings: those of the build, and `LEPTOS_*` from the environment.
///
/// # Errors
/// A `LEPTOS_*` variable that cannot be used.
pub fn leptos_options() -> anyhow::Result<LeptosOptions> {
    Ok(get_configuration(None)
        .context("a LEPTOS_ variable cannot be used")?
        .leptos_options)
}
