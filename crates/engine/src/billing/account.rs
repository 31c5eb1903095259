//! Whether the books are those of the provider's account that our key opens.

use crate::{Engine, OnConstraint, kernel::ports::GatewayError};
use domain::AppResult;
use store::billing;

/// Customers that are looked for: one may have been made by hand, or been lost.
const LOOKED_FOR: i64 = 3;

impl Engine {
    /// E5: whether the newest customers of these books exist in the account of our key, one of them at least. `None`: the
    /// provider has not said. Books that have no customer yet are anybody's.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn books_are_of_this_account(&self) -> AppResult<Option<bool>> {
        let mut tx = self.db().read().await.or_internal()?;
        let customers = billing::newest_customers(&mut tx, LOOKED_FOR).await.or_internal()?;
        drop(tx);
        let mut ours = customers.is_empty();
        for id in &customers {
            match self.gateway().customer(id).await {
                Ok(_) => ours = true,
                Err(GatewayError::NotFound(_)) => continue,
                Err(error) => {
                    tracing::warn!(%error, "the provider does not say whether these books are of our key's account");
                    return Ok(None);
                }
            }
            break;
        }
        Ok(Some(ours))
    }
}
