//! The server's own part: settings, the router and its layers, sessions and guards, the webhook's endpoint, health, mail.
//!
//! What must not be here: rules, SQL, use cases, pages.

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

/// Which build this is: a digest of the names of its files, which carry hashes of what is in them.
pub fn build(options: &LeptosOptions) -> String {
    use sha2::{Digest, Sha256};
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| Some(exe.parent()?.join(options.hash_file.as_ref())));
    let names = beside.and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
    hex::encode(&Sha256::digest(&names)[..8])
}

/// The style sheet's address: its name carries a hash where the build made one.
pub fn stylesheet(options: &LeptosOptions) -> String {
    let hash = options
        .hash_files
        .then(|| {
            let beside = std::env::current_exe().ok()?.parent()?.join(options.hash_file.as_ref());
            let text = std::fs::read_to_string(beside).ok()?;
            text.lines()
                .find_map(|line| line.trim().strip_prefix("css:").map(|hash| format!(".{}", hash.trim())))
        })
        .flatten()
        .unwrap_or_default();
    format!("/{}/{}{hash}.css", options.site_pkg_dir, options.output_name)
}
