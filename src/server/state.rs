//! What every handler can reach.

use super::{built::Built, config::Config};
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
    /// What the build has made.
    pub built: Built,
    /// Turns true when the process is to end: streams end with it.
    #[from_ref(skip)]
    pub ending: watch::Receiver<bool>,
}
