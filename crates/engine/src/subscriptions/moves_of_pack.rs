//! PE5: the move of all of a pack's subscribers, begun and taken back.

use crate::{
    Caller, Change, Engine, OnConstraint,
    catalogue::{packs::pack_of, words::json},
    kernel::audit,
};
use domain::{AppError, AppResult, Capability, Instant, PackId};
use serde::Serialize;
use store::{Tx, catalogue as rows, log::AuditEntry, subscriptions};

impl Engine {
    /// PE5: *Move existing subscribers at next renewal*: every running subscription on older terms is to take the
    /// newest ones at a renewal. How many were set by this call.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn move_pack_subscribers(&self, caller: &Caller, id: PackId) -> AppResult<i64> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::lock_pack(&mut tx, id).await.or_internal()?;
        let row = pack_of(&mut tx, id).await?;
        let moved = subscriptions::move_subscribers(&mut tx, id, row.version_id, now)
            .await
            .or_internal()?;
        for m in &moved {
            self.begin_move(&mut tx, m.id, now).await?;
        }
        self.finish_move(tx, caller, id, now, "pack.move_scheduled", row.version, moved)
            .await
    }

    /// PE5: takes the move of a pack's subscribers back; only an admin can. How many it concerned.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::PackChangeTooLate`] when all of them renew within minutes. Where some do,
    /// the others stay and these move.
    pub async fn withdraw_pack_move(&self, caller: &Caller, id: PackId) -> AppResult<i64> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::lock_pack(&mut tx, id).await.or_internal()?;
        let row = pack_of(&mut tx, id).await?;
        let mut stay = Vec::new();
        let mut late = None;
        for moving in subscriptions::moving(&mut tx, id).await.or_internal()? {
            match self.take_move_back(&mut tx, moving.id, now).await {
                Ok(true) => stay.push(moving),
                Ok(false) => {}
                Err(error @ AppError::PackChangeTooLate { .. }) => late = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = late.filter(|_| stay.is_empty()) {
            return Err(error);
        }
        self.finish_move(tx, caller, id, now, "pack.move_withdrawn", row.version, stay)
            .await
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one audit row")]
    async fn finish_move(
        &self,
        mut tx: Tx,
        caller: &Caller,
        id: PackId,
        now: Instant,
        action: &str,
        version: i64,
        moved: Vec<subscriptions::Moved>,
    ) -> AppResult<i64> {
        if !moved.is_empty() {
            let after = MoveFacts {
                version,
                subscriptions: moved.iter().map(|m| m.id.to_string()).collect(),
            };
            let entry = AuditEntry {
                actor: &caller.actor(),
                action,
                entity: "pack",
                entity_id: &id.to_string(),
                before: None,
                after: Some(&json(&after)?),
            };
            audit(&mut tx, self, now, entry).await?;
        }
        self.commit(tx, Change::of_staff()).await?;
        for client_id in moved.iter().map(|m| m.client_id) {
            if let Some(change) = Change::of_client(client_id) {
                self.tell(change);
            }
        }
        Ok(moved.len() as i64)
    }
}
/// What the audit log keeps of a move of subscribers.
#[derive(Serialize)]
struct MoveFacts {
    version: i64,
    subscriptions: Vec<String>,
}
