//! What people write to each other about a request (RQ3).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::forms::Pressed,
    work::scope::{scope, sees_notes},
};
use domain::{AppError, AppResult, Capability, RequestId, RequestStatus, text};
use store::work::detail;

/// RQ3: characters of one message, at most.
pub const MAX_MESSAGE: usize = 10_000;

impl Engine {
    /// RQ3: adds a message or, for the agency, an internal note. The same form adds it once.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside the scope, [`AppError::Forbidden`] for those who may not write here,
    /// [`AppError::Invalid`] for an empty, unreadable or too long text.
    pub async fn post_message(
        &self,
        caller: &Caller,
        id: RequestId,
        key: &str,
        body: &str,
        internal_note: bool,
    ) -> AppResult<()> {
        let scope = scope(caller)?;
        if !may_write(caller) || (internal_note && !sees_notes(caller.role)) {
            return Err(AppError::Forbidden);
        }
        let body = text::block(body, MAX_MESSAGE).map_err(|problem| AppError::field("body", problem))?;
        let mut tx = self.db().write().await.or_internal()?;
        let what = format!("message:{id}");
        let claimed = match self.press(&mut tx, caller, &what, key, &(&body, internal_note)).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let now = self.now();
        let row = detail::detail(&mut tx, scope, id, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if row.status == RequestStatus::Draft {
            let state = row.status.label().to_lowercase();
            return Err(AppError::TransitionNotAllowed { state });
        }
        let message_id = self.new_id::<uuid::Uuid>().to_string();
        // One that was sent with this key before its press was forgotten.
        if !detail::insert_message(&mut tx, &message_id, id, caller.user_id, &body, internal_note, key, now)
            .await
            .or_internal()?
        {
            return Err(self.form_used("", ""));
        }
        self.tell_message(&mut tx, caller, id, (&message_id, &body, internal_note), now)
            .await?;
        claimed.done(&mut tx, &()).await?;
        let change = Change {
            client_id: Some(row.client_id).filter(|_| !internal_note),
            vendor_id: row.vendor_id.filter(|_| !internal_note),
        };
        self.commit(tx, Some(change)).await
    }
}
/// Who writes into threads: the client's people and those who work on requests.
pub(super) fn may_write(caller: &Caller) -> bool {
    caller.can(Capability::SubmitRequests) || caller.can(Capability::WorkRequests)
}
