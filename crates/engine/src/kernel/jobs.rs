//! Jobs: what follows from a commit and leaves the house, or is due at an instant.
//!
//! Which jobs there are is each room's own matter: it has an enum of them, and says what each does. The worker knows the
//! rooms' enums by a table. What must not be here: any job.

use crate::{
    Engine, OnConstraint,
    kernel::{internal, operations::JobError},
};
use async_trait::async_trait;
use domain::{AppError, AppResult, Instant};
use store::Tx;

/// Something that the worker can do. Idempotent: running it twice does what running it once does.
#[async_trait]
pub trait Job: Send + Sync {
    /// What makes it one in the table.
    fn key(&self) -> String;

    /// The kind's word, for metrics and lists.
    fn kind(&self) -> &'static str;

    /// As it stands in the table: JSON with its name as `job`, which is of no other room.
    ///
    /// # Errors
    /// None that a job of words and ids can have.
    fn payload(&self) -> serde_json::Result<String>;

    /// WH3: the object that it looks at or changes from its beginning to its end. Jobs that concern several take their
    /// leases themselves.
    fn object(&self) -> Option<String> {
        None
    }

    /// Does it.
    ///
    /// # Errors
    /// [`JobError`] says what becomes of it.
    async fn run(&self, engine: &Engine) -> Result<(), JobError>;

    /// What else is written where it will not be tried again.
    ///
    /// # Errors
    /// Only failures of ours.
    async fn given_up(&self, _tx: &mut Tx, _why: &str, _now: Instant) -> AppResult<()> {
        Ok(())
    }
}

/// Enqueues a job in the transaction that it follows from. The key makes it one: enqueuing it again while it waits
/// changes nothing, but for pulling it forward to an earlier `run_at`.
pub async fn enqueue(tx: &mut Tx, now: Instant, run_at: Instant, job: &dyn Job) -> Result<(), AppError> {
    let payload = job.payload().map_err(internal)?;
    store::jobs::enqueue(tx, &job.key(), job.kind(), &payload, run_at, now)
        .await
        .or_internal()
}
