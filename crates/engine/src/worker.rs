//! The worker: claims due jobs and runs them, any number at once, in this process or beside others (ARCHITECTURE:
//! jobs are enqueued in the transaction that they follow from and survive a crash).

use crate::{
    Engine, OnConstraint,
    kernel::{
        alarms::AlarmKind,
        internal,
        jobs::{Job, enqueue},
        leases::HOLD_SECS,
        operations::JobError,
    },
    table,
};
use domain::AppResult;
use futures::FutureExt as _;
use std::{panic::AssertUnwindSafe, time::Duration};
use store::jobs::JobRow;
use tokio::task::JoinSet;

/// Business days after which a job that has done nothing but fail is dead (WH7), counted from its first failure: one that
/// was planned long ago, or was due while nobody worked, has them too.
const GIVE_UP_DAYS: i64 = 3;
/// How long a run may take: its claim and its lease outlive it.
const RUN: Duration = Duration::from_secs(HOLD_SECS.unsigned_abs() - 10);
/// Business seconds until a job comes again that found its object taken (WH3).
const BUSY_SECS: i64 = 1;
/// Business seconds until a job comes again for which the provider refused our key.
const KEY_SECS: i64 = 60;
/// Business seconds until the next try, by tries so far; the last one repeats. WH7's steps, with quick ones before them.
const BACKOFF_SECS: &[i64] = &[1, 3, 10, 60, 300, 1_800, 7_200, 21_600, 43_200];

impl Engine {
    /// What must always stand in the table: the recurring jobs. Called at start.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn plant_jobs(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        for job in table::RECURRING {
            enqueue(&mut tx, now, now, *job).await?;
        }
        // With one process on SQLite, a claim that still stands at start is of a process that is gone.
        if !self.db().is_postgres() {
            store::jobs::release_all(&mut tx).await.or_internal()?;
        }
        self.commit(tx, None).await
    }

    /// Runs jobs until `stop` resolves, `tasks` at once; then finishes those that run.
    pub async fn run_worker(&self, tasks: usize, stop: impl Future<Output = ()>) {
        let mut running = JoinSet::new();
        tokio::pin!(stop);
        loop {
            while running.try_join_next().is_some() {}
            let mut full = running.len() >= tasks;
            if !full {
                match self.claim().await {
                    Ok(Some((row, holder))) => {
                        let engine = self.clone();
                        running.spawn(async move { engine.run_claimed(row, &holder).await });
                        continue;
                    }
                    Ok(None) => {}
                    Err(error) => {
                        tracing::error!(error = error.code(), "jobs cannot be claimed");
                        full = true;
                    }
                }
            }
            // Half a second bounds how late a job with a later instant, or one of another process, begins.
            tokio::select! {
                () = &mut stop => break,
                _ = running.join_next(), if !running.is_empty() => {}
                () = self.inner().wake.notified(), if !full => {}
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Runs what is due now, one after the other, until nothing is; how many ran. Tests and the demo's history.
    ///
    /// # Errors
    /// Only failures of ours to claim.
    pub async fn drain(&self) -> AppResult<usize> {
        let mut ran = 0;
        while let Some((row, holder)) = self.claim().await? {
            self.run_claimed(row, &holder).await;
            ran += 1;
        }
        Ok(ran)
    }

    async fn claim(&self) -> AppResult<Option<(JobRow, String)>> {
        // Most looks find nothing: they must not take the writer.
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        if store::jobs::due_count(&mut tx, now).await.or_internal()? == 0 {
            return Ok(None);
        }
        drop(tx);
        let holder = uuid::Uuid::new_v4().to_string();
        let mut tx = self.db().write().await.or_internal()?;
        let wall = self.wall_now();
        let row = store::jobs::claim(&mut tx, now, wall, wall.plus_secs(HOLD_SECS), &holder)
            .await
            .or_internal()?;
        tx.commit().await.or_internal()?;
        Ok(row.map(|row| (row, holder)))
    }

    async fn run_claimed(&self, row: JobRow, holder: &str) {
        let outcome = match table::job(&row.payload) {
            Some(job) => match job.object() {
                Some(object) => self.with_lease(&object, Box::pin(self.guarded(job.as_ref()))).await,
                None => self.guarded(job.as_ref()).await,
            },
            None => Err(JobError::Dead("unreadable job: no room knows it".into())),
        };
        let written = self.write_outcome(&row, holder, outcome).await;
        if let Err(error) = written {
            tracing::error!(job.key = %row.key, error = error.code(), "a job's outcome could not be written; its claim will run out");
        }
    }

    /// Everything that a run can end with, inside its lease, so that this is given back: one that panics has failed, and so
    /// has one that takes longer than its claim holds.
    async fn guarded(&self, job: &dyn Job) -> Result<(), JobError> {
        let run = AssertUnwindSafe(job.run(self)).catch_unwind();
        match tokio::time::timeout(RUN, run).await {
            Err(_) => Err(JobError::Later("it took longer than a job may".into())),
            // The panic itself has been logged with its place; its words may hold anything.
            Ok(Err(_)) => Err(JobError::Later("it panicked".into())),
            Ok(Ok(done)) => done,
        }
    }

    async fn write_outcome(&self, row: &JobRow, holder: &str, outcome: Result<(), JobError>) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        match outcome {
            Ok(()) => {
                store::jobs::finish(&mut tx, &row.key, holder).await.or_internal()?;
            }
            Err(JobError::Busy(object)) => {
                tracing::debug!(job.key = %row.key, object, "a job found its object taken");
                store::jobs::postpone(&mut tx, &row.key, holder, now.plus_secs(BUSY_SECS))
                    .await
                    .or_internal()?;
            }
            Err(JobError::KeyRefused(why)) => {
                // A key that is being changed is right again in minutes: the job waits for it and never gives up.
                tracing::warn!(job.key = %row.key, error = why, "the payment provider refuses our key");
                store::jobs::postpone(&mut tx, &row.key, holder, now.plus_secs(KEY_SECS))
                    .await
                    .or_internal()?;
                let words = format!("Stripe refuses our key. Nothing is lost: jobs go on when the key is right. {why}");
                self.alarm(&mut tx, AlarmKind::KeyRefused, "stripe", "key", &words, now)
                    .await
                    .or_internal()?;
            }
            Err(error) => {
                let tries = usize::try_from(row.attempts).unwrap_or(usize::MAX).saturating_sub(1);
                let wait = BACKOFF_SECS[tries.min(BACKOFF_SECS.len() - 1)];
                let since = row.failing_since.unwrap_or(now);
                let dead =
                    matches!(error, JobError::Dead(_) | JobError::Declined(_)) || since.plus_days(GIVE_UP_DAYS) <= now;
                tracing::warn!(job.key = %row.key, job.attempts = row.attempts, error = %error, dead, "a job failed");
                store::jobs::fail(
                    &mut tx,
                    &row.key,
                    holder,
                    now.plus_secs(wait),
                    &error.to_string(),
                    dead,
                    now,
                )
                .await
                .or_internal()?;
                if dead {
                    self.alarm(&mut tx, AlarmKind::JobDead, "job", &row.key, &error.to_string(), now)
                        .await
                        .or_internal()?;
                    if let Some(job) = table::job(&row.payload) {
                        job.given_up(&mut tx, &error.to_string(), now).await?;
                    }
                }
            }
        }
        tx.commit().await.map_err(internal)
    }
}
