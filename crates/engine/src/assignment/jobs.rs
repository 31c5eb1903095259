//! The jobs of assignment.

use crate::{
    Engine,
    kernel::{jobs, operations::JobError},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What the worker does for assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Mail admins about packs that have no vendor (AS1).
    PendingPacks,
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        self.kind().to_owned()
    }

    fn kind(&self) -> &'static str {
        "assignments.pending"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        Ok(engine.mail_pending_packs().await?)
    }
}
