//! The daily broom: what each room has to sweep.

use crate::{
    Engine, OnConstraint,
    kernel::{
        jobs::{self, enqueue},
        operations::JobError,
    },
};
use async_trait::async_trait;
use domain::AppResult;
use serde::{Deserialize, Serialize};

/// What the worker does for all rooms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Sweep: memberships, files that belong to nothing, old form keys.
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
        Ok(engine.sweep().await?)
    }
}

impl Engine {
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
