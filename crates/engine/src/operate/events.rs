//! The inbox of the provider's events, as a list (WH7).
//!
//! What must not be here: what an event means (`inbox`).

use crate::{Caller, Engine, OnConstraint, kernel::page_of};
use domain::{
    AppError, AppResult, Capability, Instant,
    operate::view::{EventDetail, EventList, EventQuery, EventState, EventView},
};
use store::operate::events::{self, EventRow};

/// Events on one page.
const EVENTS_SHOWN: i64 = 50;

impl Engine {
    /// The inbox of webhooks, newest first, a page at a time.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn event_list(&self, caller: &Caller, query: &EventQuery) -> AppResult<EventList> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let state = query
            .state
            .parse::<EventState>()
            .map(EventState::as_str)
            .unwrap_or_default();
        let before = query.after.split_once('.');
        let before = before.and_then(|(at, id)| Some((Instant(at.parse().ok()?), id)));
        let found = events::events(&mut tx, state, before, EVENTS_SHOWN + 1)
            .await
            .or_internal()?;
        let counts = events::event_counts(&mut tx).await.or_internal()?;
        let (found, next) = page_of(found, EVENTS_SHOWN, |row| format!("{}.{}", row.received_at.0, row.id));
        Ok(EventList {
            next,
            rows: found.iter().map(|row| self.event_view(row, now)).collect(),
            counts: EventState::ALL
                .iter()
                .map(|state| {
                    let count = counts.iter().find(|(word, _)| word == state.as_str());
                    (*state, count.map_or(0, |(_, n)| *n))
                })
                .collect(),
        })
    }

    /// One event with its body.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn event_detail(&self, caller: &Caller, id: &str) -> AppResult<EventDetail> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let row = events::event(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let payload = serde_json::from_str::<serde_json::Value>(&row.payload)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| row.payload.clone());
        Ok(EventDetail {
            event: self.event_view(&row, now),
            api_version: row.api_version,
            processed: row.processed_at.map(|at| self.moment(at, now)),
            payload,
        })
    }

    fn event_view(&self, row: &EventRow, now: Instant) -> EventView {
        // A word that this version does not know waits for somebody's look.
        let state = row.state.parse().unwrap_or(EventState::Unmatched);
        EventView {
            id: row.id.clone(),
            kind: row.kind.clone(),
            object_id: row.object_id.clone(),
            state,
            attempts: row.attempts,
            received: self.moment(row.received_at, now),
            note: row.error.clone(),
            may_replay: state != EventState::Received,
            may_ignore: matches!(state, EventState::Dead | EventState::Unmatched),
        }
    }
}
