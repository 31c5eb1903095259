//! The jobs of requests.

use crate::{
    Engine,
    kernel::{jobs, operations::JobError},
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// What the worker does for requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Draw the file that has waited longest (RQ9).
    Previews,
    /// Tell those who are to do it that a request was submitted (§24).
    TellSubmitted,
    /// Each morning, tell those who are to do it what is due on the next business day, and what is overdue (§24, RQ8).
    TellDue,
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        self.kind().to_owned()
    }

    fn kind(&self) -> &'static str {
        match self {
            Job::Previews => "previews",
            Job::TellSubmitted => "requests.submitted",
            Job::TellDue => "requests.due",
        }
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    // Whoever sends a file, or submits a request, enqueues it also while it runs.
    fn object(&self) -> Option<String> {
        (*self != Job::TellDue).then(|| self.kind().to_owned())
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        match self {
            Job::Previews => engine.next_preview().await,
            Job::TellSubmitted => Ok(engine.tell_submitted().await?),
            Job::TellDue => Ok(engine.tell_due().await?),
        }
    }
}
