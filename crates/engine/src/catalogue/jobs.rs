//! The catalogue's jobs.

use crate::{
    Engine,
    kernel::{jobs, operations::JobError},
};
use async_trait::async_trait;
use domain::PackVersionId;
use serde::{Deserialize, Serialize};

/// What the worker does for the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Make product and price of a pack version (PE5).
    PublishVersion {
        /** Which. */
        pack_version_id: PackVersionId,
    },
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        let Job::PublishVersion { pack_version_id } = self;
        format!("version.publish:{pack_version_id}")
    }

    fn kind(&self) -> &'static str {
        "version.publish"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        let Job::PublishVersion { pack_version_id } = self;
        engine.ensure_price(*pack_version_id).await.map(drop)
    }
}
