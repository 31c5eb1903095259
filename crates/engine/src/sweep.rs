//! The daily broom: what each room has to sweep.

use crate::{
    Engine, OnConstraint,
    kernel::{
        jobs::{self, enqueue},
        operations::JobError,
    },
};
use async_trait::async_trait;
use domain::{AppResult, Instant};
use serde::{Deserialize, Serialize};
use store::{StoreResult, Tx};

/// Rows that one transaction of the broom takes away: SQLite has one writer, and people wait for it.
const AT_ONCE: i64 = 1_000;

/// What is kept for a while after it is over, and for how many business days.
const KEPT: [(Over, i64); 6] = [
    (Over::Outbox, 30),
    // Longer than the provider repeats an event, or can be asked for it.
    (Over::Events, 60),
    // Longer than a mail's dedupe key comes again.
    (Over::Mails, 180),
    (Over::DeadJobs, 180),
    (Over::Notices, 180),
    (Over::Words, 0),
];

/// Rows that nobody needs once they are old. What waits for somebody is never one: events that are dead or unmatched, mails
/// that failed. Books, audit log, operations and alarms stay for good.
#[derive(Debug, Clone, Copy)]
enum Over {
    Outbox,
    Events,
    Mails,
    DeadJobs,
    Notices,
    /// Of texts that are gone, or say something else now.
    Words,
}

impl Over {
    async fn forget(self, tx: &mut Tx, before: Instant) -> StoreResult<u64> {
        match self {
            Over::Outbox => store::log::forget_outbox(tx, before, AT_ONCE).await,
            Over::Events => store::operate::events::forget(tx, before, AT_ONCE).await,
            Over::Mails => store::mail::forget(tx, before, AT_ONCE).await,
            Over::DeadJobs => store::jobs::forget_dead(tx, before, AT_ONCE).await,
            Over::Notices => store::notices::forget(tx, before, AT_ONCE).await,
            Over::Words => store::words::forget_words(tx, AT_ONCE).await,
        }
    }
}

/// What the worker does for all rooms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Sweep: memberships, files that belong to nothing, old form keys, and what was kept for its while.
    Sweep,
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        self.kind().to_owned()
    }

    fn kind(&self) -> &'static str {
        "sweep"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        engine.repair_memberships().await?;
        engine.sweep_files().await?;
        engine.sweep_kept().await?;
        Ok(engine.sweep().await?)
    }
}

impl Engine {
    /// Takes away what has been over for long enough, a bounded number of rows in each transaction.
    async fn sweep_kept(&self) -> AppResult<()> {
        for (over, days) in KEPT {
            loop {
                let mut tx = self.db().write().await.or_internal()?;
                let gone = over.forget(&mut tx, self.now().plus_days(-days)).await.or_internal()?;
                tx.commit().await.or_internal()?;
                if i64::try_from(gone).unwrap_or(AT_ONCE) < AT_ONCE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The daily broom: leases that are over, and form keys that nobody repeats any more.
    async fn sweep(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let (now, wall) = (self.now(), self.wall_now());
        store::log::forget_forms(&mut tx, now.plus_days(-7))
            .await
            .or_internal()?;
        store::jobs::forget_leases(&mut tx, wall.plus_days(-1))
            .await
            .or_internal()?;
        enqueue(&mut tx, now, now.plus_hours(24), &Job::Sweep).await?;
        self.commit(tx, None).await
    }
}
