//! The admin's home, the inbox of webhooks as a list, and the alarms.
//!
//! What must not be here: what an event means (`inbox`), how the books are checked, reports.

use crate::{
    Caller, Change, Engine, OnConstraint,
    core::{audit, page_of},
};
use domain::{
    AppError, AppResult, Capability, Instant, PackLabel, RequestStatus,
    time::relative,
    usage::Usage,
    view::operate::{
        AdminHome, AlarmView, At, AttentionView, EventDetail, EventList, EventQuery, EventState, EventView,
        IntegrityCheck, IntegrityPage, RecentRequestView,
    },
};
use store::{
    billing::{self, EventRow},
    books,
    log::AuditEntry,
    operate::{self as rows, AlarmRow, AttentionRow, RecentRequestRow},
};

/// Rows of each work list on the home.
const SHORT_LIST: i64 = 6;
/// Events on one page.
const EVENTS_SHOWN: i64 = 50;
/// Alarms shown; more are only counted.
const ALARMS_SHOWN: i64 = 100;

impl Engine {
    /// What the admin's home shows, in a handful of queries whatever the size of the agency.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn admin_home(&self, caller: &Caller) -> AppResult<AdminHome> {
        caller.require(Capability::SeeAdmin)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let running = rows::running(&mut tx).await.or_internal()?;
        let (used, included) = rows::units(&mut tx, now).await.or_internal()?;
        let open = rows::open_requests(&mut tx).await.or_internal()?;
        let events = billing::event_counts(&mut tx).await.or_internal()?;
        let alarms = rows::open_alarm_count(&mut tx).await.or_internal()?;
        let past_due = rows::past_due(&mut tx, SHORT_LIST).await.or_internal()?;
        let unassigned = rows::unassigned(&mut tx, SHORT_LIST).await.or_internal()?;
        let recent = rows::recent_requests(&mut tx, SHORT_LIST).await.or_internal()?;
        let requests = |wanted| open.iter().find(|(status, _)| *status == wanted).map_or(0, |(_, n)| *n);
        let inbox = |wanted: EventState| {
            let word = wanted.as_str();
            events.iter().find(|(state, _)| state == word).map_or(0, |(_, n)| *n)
        };
        let units = Usage { used, included };
        let currency = self.currency();
        Ok(AdminHome {
            active_packs: running.running,
            monthly_revenue: running.monthly.show(currency),
            units,
            units_percent: format!("{} %", units.percent()),
            waiting: requests(RequestStatus::Submitted),
            in_progress: requests(RequestStatus::InProgress),
            in_review: requests(RequestStatus::InReview),
            unassigned: running.pending,
            past_due: running.past_due,
            at_risk: running.at_risk.show(currency),
            dead_events: inbox(EventState::Dead),
            unmatched_events: inbox(EventState::Unmatched),
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
        })
    }

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
        let before = query.before.split_once('.');
        let before = before.and_then(|(at, id)| Some((Instant(at.parse().ok()?), id)));
        let found = billing::events(&mut tx, state, before, EVENTS_SHOWN + 1)
            .await
            .or_internal()?;
        let counts = billing::event_counts(&mut tx).await.or_internal()?;
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
        let row = billing::event(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let payload = serde_json::from_str::<serde_json::Value>(&row.payload)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| row.payload.clone());
        Ok(EventDetail {
            event: self.event_view(&row, now),
            api_version: row.api_version,
            processed: row.processed_at.map(|at| self.at(at, now)),
            payload,
        })
    }

    /// The proof of the books, each rule with the rows that break it, and the open alarms.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn integrity_page(&self, caller: &Caller) -> AppResult<IntegrityPage> {
        let findings = self.books_page(caller).await?;
        let mut checks: Vec<(&str, IntegrityCheck)> = Vec::new();
        for (rule, entity, holds) in books::proofs() {
            match checks
                .last_mut()
                .filter(|(of, check)| *of == entity && check.id == rule)
            {
                Some((_, check)) => {
                    check.rule.push(' ');
                    check.rule.push_str(holds);
                }
                None => {
                    let broken = findings
                        .iter()
                        .filter(|found| found.rule == rule && found.entity == entity);
                    let check = IntegrityCheck {
                        id: rule.to_owned(),
                        rule: holds.to_owned(),
                        broken: broken
                            .map(|found| format!("{} {}: {}", found.entity, found.id, found.detail))
                            .collect(),
                    };
                    checks.push((entity, check));
                }
            }
        }
        let now = self.now();
        Ok(IntegrityPage {
            checked: self.at(now, now),
            checks: checks.into_iter().map(|(_, check)| check).collect(),
            alarms: self.open_alarms(caller).await?,
        })
    }

    /// Alarms that nobody has resolved, newest first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn open_alarms(&self, caller: &Caller) -> AppResult<Vec<AlarmView>> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let found = rows::open_alarms(&mut tx, ALARMS_SHOWN).await.or_internal()?;
        Ok(found.into_iter().map(|row| self.alarm_view(row, now)).collect())
    }

    /// Somebody has looked after an alarm; it is not shown any more.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] (also for one that is resolved).
    pub async fn resolve_alarm(&self, caller: &Caller, id: &str) -> AppResult<()> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !rows::resolve_alarm(&mut tx, id, now).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "alarm.resolved",
            entity: "alarm",
            entity_id: id,
            before: None,
            after: None,
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
    }

    /// An instant in all its words.
    pub(crate) fn at(&self, at: Instant, now: Instant) -> At {
        At {
            iso: at.rfc3339(),
            text: self.zone().show(at),
            relative: relative(at, now),
        }
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
            submitted: self.at(row.submitted_at, now),
        }
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
            received: self.at(row.received_at, now),
            note: row.error.clone(),
            may_replay: state != EventState::Received,
            may_ignore: matches!(state, EventState::Dead | EventState::Unmatched),
        }
    }

    fn alarm_view(&self, row: AlarmRow, now: Instant) -> AlarmView {
        let mut kind = row.kind.replace(['_', '.'], " ");
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        AlarmView {
            id: row.id,
            kind,
            detail: format!("{} ({} {})", row.detail, row.entity, row.entity_id),
            raised: self.at(row.raised_at, now),
        }
    }
}
