//! What every handler can reach.

use super::config::Config;
use axum::extract::FromRef;
use engine::Engine;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use tokio::sync::watch;

/// The state of the router. Cheap to clone.
#[derive(Clone, FromRef)]
pub struct AppState {
    /// Leptos's own settings.
    pub options: LeptosOptions,
    /// The use cases.
    pub engine: Engine,
    /// Our settings.
    pub config: Arc<Config>,
    /// What webhooks are signed with.
    pub webhook_secrets: Arc<Vec<String>>,
    /// The style sheet's address, for pages that are not rendered by Leptos.
    pub stylesheet: Arc<str>,
    /// Which build this is, for pages that stay open while the process is replaced by another one.
    #[from_ref(skip)]
    pub build: Arc<str>,
    /// Turns true when the process is to end: streams end with it.
    #[from_ref(skip)]
    pub ending: watch::Receiver<bool>,
}
