//! Calls that change something at the payment provider: the key and the parameters' hash are written before the call,
//! the result before anything else follows (STRIPE.md 0.5, 4.6; SU2).

use crate::{
    Engine,
    kernel::ports::{GatewayError, GatewayResult},
};
use domain::{AppError, ClientId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::future::Future;
use store::{StoreError, operations};

/// Hours after which an unanswered key is not sent again: Stripe may have forgotten it (SU2).
const KEY_LIVES_HOURS: i64 = 23;

/// What names an operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    /// The idempotency key, from our row ids.
    pub key: String,
    /// "subscription.create" …
    pub kind: &'a str,
    /// Whose.
    pub entity_id: String,
    /// Whose client.
    pub client_id: Option<ClientId>,
}

/// How an operation came out.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// Made now (or replayed under the same key): the answer.
    Done(T),
    /// It was done before; its object's id. The caller retrieves it.
    Was(String),
    /// The key is too old to be sent: look first, then a new key (SU2).
    TooOld,
    /// It ended badly before, for good: this key will never do it.
    Failed,
}

/// Why a job stops here.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Try again later.
    #[error("again later: {0}")]
    Later(String),
    /// WH3: somebody else is at this object. No failure: the job comes again soon.
    #[error("somebody else is at {0}")]
    Busy(String),
    /// The provider refuses our key. Nothing was done; the job goes on when the key is right.
    #[error("our key is refused: {0}")]
    KeyRefused(String),
    /// It cannot be done; staff see it.
    #[error("given up: {0}")]
    Dead(String),
}

impl From<AppError> for JobError {
    fn from(error: AppError) -> Self {
        JobError::Later(error.code().to_owned())
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        JobError::Later(error.to_string())
    }
}

impl From<GatewayError> for JobError {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Transient(_) | GatewayError::StoredFailure(_) | GatewayError::Unreadable(_) => {
                JobError::Later(error.to_string())
            }
            GatewayError::KeyRefused(why) => JobError::KeyRefused(why),
            GatewayError::Declined { .. } | GatewayError::NotFound(_) | GatewayError::Refused(_) => {
                JobError::Dead(error.to_string())
            }
        }
    }
}

impl Engine {
    /// Runs one operation: written, called, written back. Transient failures leave it pending under its key, so that
    /// the next run sends the very same call.
    pub(crate) async fn operate<T, P, F, Fut>(
        &self,
        op: Operation<'_>,
        params: &P,
        call: F,
        id_of: impl Fn(&T) -> String,
    ) -> Result<Outcome<T>, JobError>
    where
        P: Serialize + Sync,
        F: FnOnce(String) -> Fut,
        Fut: Future<Output = GatewayResult<T>>,
    {
        let text = serde_json::to_string(params).map_err(|e| JobError::Dead(e.to_string()))?;
        let hash = hex::encode(Sha256::digest(text.as_bytes()));
        let mut tx = self.db().write().await?;
        let now = self.now();
        let id = self.new_id::<uuid::Uuid>().to_string();
        let row = operations::begin_operation(&mut tx, &id, &op.key, op.kind, &op.entity_id, op.client_id, &hash, now)
            .await?;
        tx.commit().await?;
        match (row.state.as_str(), row.result_id) {
            ("done", Some(id)) => return Ok(Outcome::Was(id)),
            ("failed", _) => return Ok(Outcome::Failed),
            _ => {}
        }
        if row.params_hash != hash {
            // The rows that the call is made of have changed since: the same key with other words would be refused.
            tracing::error!(operation.key = %op.key, "the parameters of a pending operation changed");
            return Ok(Outcome::TooOld);
        }
        if row.created_at.plus_hours(KEY_LIVES_HOURS) <= now {
            return Ok(Outcome::TooOld);
        }
        let answer = call(op.key.clone()).await;
        let mut tx = self.db().write().await?;
        let now = self.now();
        let out = match answer {
            Ok(value) => {
                operations::end_operation(&mut tx, &op.key, "done", Some(&id_of(&value)), None, now).await?;
                Ok(Outcome::Done(value))
            }
            Err(error @ (GatewayError::Transient(_) | GatewayError::Unreadable(_) | GatewayError::KeyRefused(_))) => {
                Err(JobError::from(error))
            }
            Err(GatewayError::StoredFailure(message)) => {
                operations::end_operation(&mut tx, &op.key, "failed", None, Some(&message), now).await?;
                Ok(Outcome::TooOld)
            }
            Err(error) => {
                operations::end_operation(&mut tx, &op.key, "failed", None, Some(&error.to_string()), now).await?;
                Err(JobError::from(error))
            }
        };
        tx.commit().await?;
        out
    }

    /// A read at the provider inside a job.
    pub(crate) async fn look<T>(&self, call: impl Future<Output = GatewayResult<T>>) -> Result<T, JobError> {
        call.await.map_err(JobError::from)
    }

    /// Closes an operation whose answer was lost, once a look has shown that what it asked for stands.
    pub(crate) async fn settle_seen(&self, entity: &str, kind: &str, result: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let last = operations::latest_operation(&mut tx, entity, kind).await?;
        drop(tx);
        if let Some(open) = last.filter(|op| op.state == "pending") {
            let mut tx = self.db().write().await?;
            let now = self.now();
            operations::end_operation(&mut tx, &open.key, "done", Some(result), None, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
