//! What waits for somebody, for the navigation.

use crate::{Caller, Engine, OnConstraint};
use domain::{AppResult, Capability};
use store::reports::waiting as rows;

impl Engine {
    /// How many wait behind the entries of somebody's navigation.
    ///
    /// # Errors
    /// [`domain::AppError::Internal`].
    pub async fn waiting(&self, caller: &Caller) -> AppResult<rows::Waiting> {
        let mut tx = self.db().read().await.or_internal()?;
        let mut found = match (caller.client_id, caller.vendor_id) {
            (Some(client), _) => rows::waiting_for_client(&mut tx, client, caller.user_id).await,
            (None, Some(vendor)) => rows::waiting_for_vendor(&mut tx, vendor, caller.user_id).await,
            (None, None) if caller.can(Capability::SeeRequests) => {
                rows::waiting_for_staff(&mut tx, caller.user_id).await
            }
            (None, None) => store::notices::unread(&mut tx, caller.user_id)
                .await
                .map(|notices| rows::Waiting {
                    notices,
                    ..Default::default()
                }),
        }
        .or_internal()?;
        if !caller.can(Capability::AssignPacks) {
            found.assignments = 0;
        }
        if !caller.can(Capability::SeeQueue) {
            found.queue = 0;
        }
        Ok(found)
    }
}
