//! WH3: one worker at a time for each object at Stripe.
//!
//! A lease is taken and given back in short transactions of its own and never waited for: who finds an object taken
//! leaves, and the job comes again soon. A holder that dies keeps its lease until the wall's time runs over it; one that
//! merely slept too long is caught by the row's version when it applies what it saw.
//!
//! What is leased is said by the room that it belongs to. Whoever needs several takes that of the higher room first
//! (a subscription, then its invoice, then its client, then its pack).

use crate::{
    Engine, OnConstraint,
    kernel::{
        jobs::{Job, enqueue},
        operations::JobError,
    },
};
use domain::AppResult;
use std::pin::Pin;

/// Real seconds that a lease, or a claim of a job, holds: longer than a job may take, its calls at the provider included.
pub(crate) const HOLD_SECS: i64 = 120;
/// Real seconds between two looks at one object that pages ask for.
const LOOK_SECS: i64 = 5;

impl Engine {
    /// Does `work` while holding the lease of one object; nothing of it begins when somebody else holds it. Boxed,
    /// because what is done under a lease is long and leases are nested.
    pub(crate) async fn with_lease<T>(
        &self,
        key: &str,
        work: Pin<Box<impl Future<Output = Result<T, JobError>>>>,
    ) -> Result<T, JobError> {
        let holder = uuid::Uuid::new_v4().to_string();
        let mut tx = self.db().write().await?;
        let wall = self.wall_now();
        let mine = store::jobs::lease(&mut tx, key, &holder, wall, wall.plus_secs(HOLD_SECS)).await?;
        tx.commit().await?;
        if !mine {
            return Err(JobError::Busy(key.to_owned()));
        }
        let out = work.await;
        if let Err(error) = self.give_back(key, &holder).await {
            tracing::warn!(lease.key = key, error = %error, "a lease could not be given back; it will run out");
        }
        out
    }

    /// Has an object looked at because a page of it is read: once in [`LOOK_SECS`] for each object, whoever reads and in
    /// which process, because each look is calls at the provider. A look that an event asks for is not counted.
    pub(crate) async fn look_for_page(&self, object: &str, job: &dyn Job) -> AppResult<()> {
        let (key, wall) = (format!("look:{object}"), self.wall_now());
        // Most readings come too soon, and a reading that writes nothing waits for no writer.
        let mut tx = self.db().read().await.or_internal()?;
        let lately = store::jobs::leased(&mut tx, &key, wall).await.or_internal()?;
        drop(tx);
        if lately {
            return Ok(());
        }
        let holder = uuid::Uuid::new_v4().to_string();
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if store::jobs::lease(&mut tx, &key, &holder, wall, wall.plus_secs(LOOK_SECS))
            .await
            .or_internal()?
        {
            enqueue(&mut tx, now, now, job).await?;
        }
        self.commit(tx, None).await
    }

    async fn give_back(&self, key: &str, holder: &str) -> store::StoreResult<()> {
        let mut tx = self.db().write().await?;
        store::jobs::release(&mut tx, key, holder).await?;
        tx.commit().await
    }
}
