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

/// Keys that one run sends at most, where the provider keeps answering with failures of its own.
const KEYS_A_RUN: usize = 3;

/// What an operation is for. Its series is whose it is and its kind: the keys of a series are `key`, `key:2`, `key:3` …
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    /// The first idempotency key, from our row ids.
    pub key: String,
    /// "subscription.create" …
    pub kind: &'a str,
    /// Whose.
    pub entity_id: String,
    /// Whose client.
    pub client_id: Option<ClientId>,
}

impl Operation<'_> {
    fn nth(&self, n: i64) -> String {
        if n <= 1 {
            self.key.clone()
        } else {
            format!("{}:{n}", self.key)
        }
    }
}

/// How a call came out.
enum Sent<T> {
    /// Made now, or replayed under the same key.
    Done(T),
    /// This key will never do it; another may.
    Over,
    /// The provider says no.
    Refused(JobError),
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
    /// The bank says no, in these words: an answer, where somebody asked for it.
    #[error("declined: {0}")]
    Declined(String),
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
            GatewayError::Declined { .. } => JobError::Declined(error.to_string()),
            GatewayError::NotFound(_) | GatewayError::Refused(_) => JobError::Dead(error.to_string()),
        }
    }
}

impl Engine {
    /// Brings something about at the provider, and gives it as it stands there: the one way in which anything is changed
    /// there. A key is sent again only while its answer is open, in the same words and less than a day old. What was
    /// done before, was refused, has failed, has grown old or was asked in other words is looked at first: `look` finds
    /// the thing, by its id where it was made in these words, and says `None` where it is not as it is wanted. Only then
    /// is there a next key. Nobody else may be at the object meanwhile (WH3).
    ///
    /// # Errors
    /// [`JobError::Declined`] and [`JobError::Dead`] are the provider's no. [`JobError::Later`] and
    /// [`JobError::KeyRefused`] leave the key open, so that the next run sends the very same call.
    pub(crate) async fn bring_about<T, P, C, CF, L, LF>(
        &self,
        op: Operation<'_>,
        params: &P,
        call: C,
        look: L,
        id_of: fn(&T) -> String,
    ) -> Result<T, JobError>
    where
        P: Serialize + Sync,
        C: Fn(String) -> CF,
        CF: Future<Output = GatewayResult<T>>,
        L: Fn(Option<String>) -> LF,
        LF: Future<Output = Result<Option<T>, JobError>>,
    {
        let hash = hash_of(params)?;
        for _ in 0..KEYS_A_RUN {
            let mut tx = self.db().read().await?;
            let last = match operations::latest_operation(&mut tx, &op.entity_id, op.kind).await? {
                Some(last) => Some(last),
                None => operations::operation(&mut tx, &op.key).await?,
            };
            let count = operations::count_operations(&mut tx, &op.entity_id, op.kind).await?;
            drop(tx);
            let key = match last {
                None => op.nth(1),
                Some(last)
                    if last.state == "pending"
                        && last.params_hash == hash
                        && last.created_at.plus_hours(KEY_LIVES_HOURS) > self.now() =>
                {
                    last.key
                }
                Some(last) => {
                    let known = last
                        .result_id
                        .filter(|_| last.state == "done" && last.params_hash == hash);
                    let there = look(known).await?;
                    if last.state == "pending" {
                        let made = there.as_ref().map(id_of);
                        self.close(&last.key, made.as_deref(), Some("looked at, and not there"))
                            .await?;
                    }
                    match there {
                        Some(there) => return Ok(there),
                        None => op.nth(count.max(1) + 1),
                    }
                }
            };
            match self.send(&op, &key, &hash, &call, id_of).await? {
                Sent::Done(value) => return Ok(value),
                Sent::Over => {}
                Sent::Refused(why) => return look(None).await?.ok_or(why),
            }
        }
        Err(JobError::Later("no key of this has worked yet".into()))
    }

    /// One call: its key and its words are written before it, its result after it.
    async fn send<T, C, CF>(
        &self,
        op: &Operation<'_>,
        key: &str,
        hash: &str,
        call: &C,
        id_of: fn(&T) -> String,
    ) -> Result<Sent<T>, JobError>
    where
        C: Fn(String) -> CF,
        CF: Future<Output = GatewayResult<T>>,
    {
        let mut tx = self.db().write().await?;
        let now = self.now();
        let id = self.new_id::<uuid::Uuid>().to_string();
        operations::begin_operation(&mut tx, &id, key, op.kind, &op.entity_id, op.client_id, hash, now).await?;
        tx.commit().await?;
        let answer = call(key.to_owned()).await;
        match answer {
            Ok(value) => {
                self.close(key, Some(&id_of(&value)), None).await?;
                Ok(Sent::Done(value))
            }
            Err(error @ (GatewayError::Transient(_) | GatewayError::Unreadable(_) | GatewayError::KeyRefused(_))) => {
                Err(JobError::from(error))
            }
            Err(GatewayError::StoredFailure(why)) => {
                self.close(key, None, Some(&why)).await?;
                Ok(Sent::Over)
            }
            Err(error) => {
                self.close(key, None, Some(&error.to_string())).await?;
                match JobError::from(error) {
                    declined @ JobError::Declined(_) => Err(declined),
                    refused => Ok(Sent::Refused(refused)),
                }
            }
        }
    }

    /// Writes how an operation ended: done, with the id of what came of it, or failed.
    async fn close(&self, key: &str, result: Option<&str>, why: Option<&str>) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let now = self.now();
        let (state, why) = match result {
            Some(_) => ("done", None),
            None => ("failed", why),
        };
        operations::end_operation(&mut tx, key, state, result, why, now).await?;
        Ok(tx.commit().await?)
    }

    /// A read at the provider inside a job.
    pub(crate) async fn look<T>(&self, call: impl Future<Output = GatewayResult<T>>) -> Result<T, JobError> {
        call.await.map_err(JobError::from)
    }

    /// A read at the provider of what may not be there.
    pub(crate) async fn find<T>(&self, call: impl Future<Output = GatewayResult<T>>) -> Result<Option<T>, JobError> {
        match call.await {
            Err(GatewayError::NotFound(_)) => Ok(None),
            answer => Ok(Some(answer?)),
        }
    }

    /// Closes what waits for an answer, once a look has shown that what is wanted stands: it was this that did it, if it
    /// was asked in these words, and is not wanted any more otherwise.
    pub(crate) async fn settle_seen<P>(
        &self,
        entity: &str,
        kind: &str,
        params: &P,
        result: &str,
    ) -> Result<(), JobError>
    where
        P: Serialize + Sync,
    {
        let mut tx = self.db().read().await?;
        let last = operations::latest_operation(&mut tx, entity, kind).await?;
        drop(tx);
        if let Some(open) = last.filter(|op| op.state == "pending") {
            let made = open.params_hash == hash_of(params)?;
            self.close(&open.key, made.then_some(result), Some("no more wanted"))
                .await?;
        }
        Ok(())
    }
}

/// What is asked for, in one word.
fn hash_of(params: &impl Serialize) -> Result<String, JobError> {
    let text = serde_json::to_string(params).map_err(|e| JobError::Dead(e.to_string()))?;
    Ok(hex::encode(Sha256::digest(text.as_bytes())))
}
