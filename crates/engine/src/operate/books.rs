//! Books that prove themselves (§1, AH8): the invariants as they stand in the database.

use crate::{Caller, Engine, OnConstraint};
use domain::{AppResult, Capability};
use store::operate::books::{self, Finding};

impl Engine {
    /// Runs every proof of §1; empty means that the books hold. For the command line and the nightly job.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn books_check(&self) -> AppResult<Vec<Finding>> {
        let mut tx = self.db().read().await.or_internal()?;
        books::check(&mut tx).await.or_internal()
    }

    /// The same for Admin › Integrity.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn books_page(&self, caller: &Caller) -> AppResult<Vec<Finding>> {
        caller.require(Capability::Operate)?;
        self.books_check().await
    }
}
