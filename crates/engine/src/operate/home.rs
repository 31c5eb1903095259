//! The admin's home.

use crate::{Caller, Engine, OnConstraint};
use domain::{
    AppResult, Capability, Instant, PackLabel, RequestStatus,
    allowance::usage::Usage,
    operate::view::{AdminHome, AttentionView, RecentRequestView},
    shown::FirstStep,
};
use store::operate::{self as rows, AttentionRow, RecentRequestRow, RunningFigures, events};

/// Rows of each work list on the home.
const SHORT_LIST: i64 = 6;

/// What an agency begins with, for those who may.
fn first_steps(caller: &Caller, there: &RunningFigures) -> Vec<FirstStep> {
    if !caller.can(Capability::ManageCatalogue) {
        return Vec::new();
    }
    vec![
        FirstStep::new("Add a service", "/admin/services/new", there.services > 0),
        FirstStep::new("Create a pack", "/admin/packs/new", there.packs > 0),
        FirstStep::new("Add a vendor", "/admin/vendors/new", there.vendors > 0),
        FirstStep::new("Add a client", "/admin/clients/new", there.clients > 0),
        FirstStep::new("Connect a mail server", "/admin/mail", there.mails > 0),
    ]
}

impl Engine {
    /// What the admin's home shows, in a handful of queries whatever the size of the agency.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn admin_home(&self, caller: &Caller) -> AppResult<AdminHome> {
        caller.require(Capability::SeeAdmin)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let running = rows::running(&mut tx).await.or_internal()?;
        let (used, included) = rows::units(&mut tx, now).await.or_internal()?;
        let open = rows::open_requests(&mut tx).await.or_internal()?;
        let (dead_events, unmatched_events) = events::events_to_look_at(&mut tx).await.or_internal()?;
        let alarms = rows::open_alarm_count(&mut tx).await.or_internal()?;
        let past_due = rows::past_due(&mut tx, SHORT_LIST).await.or_internal()?;
        let unassigned = rows::unassigned(&mut tx, SHORT_LIST).await.or_internal()?;
        let recent = rows::recent_requests(&mut tx, SHORT_LIST).await.or_internal()?;
        let requests = |wanted| open.iter().find(|(status, _)| *status == wanted).map_or(0, |(_, n)| *n);
        let units = Usage { used, included };
        let currency = self.currency();
        Ok(AdminHome {
            active_packs: running.running,
            monthly_revenue: running.monthly.show(currency),
            units,
            units_percent: format!("{}%", units.percent()),
            waiting: requests(RequestStatus::Submitted),
            in_progress: requests(RequestStatus::InProgress),
            in_review: requests(RequestStatus::InReview),
            unassigned: running.pending,
            past_due: running.past_due,
            at_risk: running.at_risk.show(currency),
            dead_events,
            unmatched_events,
            alarms,
            past_due_packs: past_due
                .iter()
                .map(|row| {
                    let note = row
                        .grace_period_ends_at
                        .map_or_else(|| "–".to_owned(), |end| self.zone().show_date_short(end));
                    self.attention(row, note)
                })
                .collect(),
            unassigned_packs: unassigned
                .iter()
                .map(|row| {
                    let since = row.activated_at.unwrap_or(now);
                    self.attention(row, self.zone().show_date_short(since))
                })
                .collect(),
            recent: recent.into_iter().map(|row| self.recent(row, now)).collect(),
            first_steps: first_steps(caller, &running),
        })
    }

    fn attention(&self, row: &AttentionRow, note: String) -> AttentionView {
        AttentionView {
            client_id: row.client_id,
            client: row.client.clone(),
            label: PackLabel {
                quantity: row.quantity,
                service: row.service.clone(),
            },
            price: row.price.show(self.currency()),
            note,
        }
    }

    fn recent(&self, row: RecentRequestRow, now: Instant) -> RecentRequestView {
        RecentRequestView {
            id: row.id,
            number: row.number,
            title: row.title,
            client: row.client,
            what: match row.quantity {
                Some(quantity) => format!("{quantity} × {}", row.service),
                None => row.service,
            },
            status: row.status,
            submitted: self.moment(row.submitted_at, now),
        }
    }
}
