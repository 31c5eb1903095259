//! The jobs of people.

use crate::{
    Engine, OnConstraint,
    kernel::{
        jobs::{self, enqueue},
        operations::JobError,
    },
    people::throttle::key,
};
use async_trait::async_trait;
use domain::AppResult;
use serde::{Deserialize, Serialize};

/// What the worker does for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Mail a reset link, if somebody has this address. Whoever asked for it has been answered already, and cannot tell by the
    /// time that it took.
    MailReset {
        /** The address. */
        address: String,
    },
    /// Remove what is over: sessions, links, failures that count no more.
    TidyPeople,
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        match self {
            // Keys are logged; addresses are not.
            Job::MailReset { address } => format!("people.reset:{}", key("reset mail", address)),
            Job::TidyPeople => self.kind().to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Job::MailReset { .. } => "people.reset",
            Job::TidyPeople => "people.tidy",
        }
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        match self {
            Job::MailReset { address } => engine.mail_reset(address).await?,
            Job::TidyPeople => engine.tidy_people().await?,
        }
        Ok(())
    }
}

impl Engine {
    /// The hourly broom of people.
    async fn tidy_people(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let (now, wall) = (self.now(), self.wall_now());
        self.forget_links(&mut tx, None, wall).await?;
        store::people::sweep(&mut tx, wall).await.or_internal()?;
        enqueue(&mut tx, now, now.plus_hours(1), &Job::TidyPeople).await?;
        self.commit(tx, None).await
    }
}
