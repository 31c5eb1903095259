//! The jobs of billing.

use crate::{
    Engine,
    kernel::{jobs, operations::JobError},
};
use async_trait::async_trait;
use domain::ClientId;
use serde::{Deserialize, Serialize};

/// What the worker does for billing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Open a hosted page for adding a card.
    OpenSetup {
        /** Whose. */
        client_id: ClientId,
        /** The form's key. */
        key: String,
    },
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        let Job::OpenSetup { client_id, key } = self;
        format!("client.setup:{client_id}:{key}")
    }

    fn kind(&self) -> &'static str {
        "client.setup"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn object(&self) -> Option<String> {
        Some(self.key())
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        let Job::OpenSetup { client_id, key } = self;
        engine.open_setup(*client_id, key).await
    }
}
