//! What every handler can reach.

use super::{built::Built, config::Config, pace::Paces, seats::Seats};
use axum::extract::FromRef;
use domain::UserId;
use engine::{Engine, kernel::turns::Turns};
use leptos::config::LeptosOptions;
use std::sync::Arc;
use tokio::sync::watch;

/// Event streams of one person at once: more than anybody has pages open.
const STREAMS: usize = 20;
/// Posts of files of one person at once.
const UPLOADS: usize = 4;
/// Exports at once, and how many more wait.
const EXPORTS: usize = 2;
const EXPORTS_WAITING: usize = 8;

/// What is held open, or takes long, and how much of it there may be at once. In this process.
pub struct Room {
    /// Event streams.
    pub streams: Seats<UserId>,
    /// Posts of files.
    pub uploads: Seats<UserId>,
    /// Files that are made when they are asked for.
    pub exports: Turns,
}

impl Default for Room {
    fn default() -> Self {
        Room {
            streams: Seats::new(STREAMS),
            uploads: Seats::new(UPLOADS),
            exports: Turns::new(EXPORTS, EXPORTS_WAITING),
        }
    }
}

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
    /// How often whoever asks may ask.
    pub paces: Arc<Paces>,
    /// How much of what takes long there may be at once.
    pub room: Arc<Room>,
    /// Turns true when the process is to end: streams end with it.
    #[from_ref(skip)]
    pub ending: watch::Receiver<bool>,
}
