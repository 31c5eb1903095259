//! The home of the agency's people: what needs a decision, the figures, and what came last (§20).

use crate::{Caller, Engine, OnConstraint, payables::REPORT};
use domain::{
    AppResult, Capability, Cents, Instant, LocalDay, PackLabel, RequestStatus,
    allowance::usage::Usage,
    assignment::ago,
    list::ListQuery as _,
    operate::{
        home::{HomeDraft, HomeFacts, HomeOwed, HomePack, decisions, figures},
        view::{AdminHome, RecentRequestView},
    },
    payables::PayablesQuery,
    shown::{FirstStep, Named},
};
use store::operate::{self as rows, AttentionRow, RecentRequestRow, RunningFigures};

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
    /// What the home shows, in a handful of queries whatever the size of the agency. Whoever sees no requests is shown none, and
    /// what vendors are owed this month instead.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn admin_home(&self, caller: &Caller) -> AppResult<AdminHome> {
        caller.require(Capability::SeeAdmin)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let show = |amount: Cents| amount.show(self.currency());
        let running = rows::running(&mut tx).await.or_internal()?;
        let waits = rows::waits(&mut tx, now).await.or_internal()?;
        let past_due = rows::past_due(&mut tx, SHORT_LIST).await.or_internal()?;
        let mut facts = HomeFacts {
            active_packs: running.running,
            monthly_revenue: show(running.monthly),
            past_due: running.past_due,
            past_due_packs: past_due
                .iter()
                .map(|row| self.home_pack(row, row.grace_period_ends_at, now))
                .collect(),
            unassigned: running.pending,
            cannot_start: waits.cannot_start,
            overdue: waits.overdue,
            questions: [waits.pack_questions, waits.service_questions],
            accrued: HomeOwed {
                lines: waits.accrued_lines,
                vendors: waits.accrued_vendors,
                sum: show(waits.accrued),
            },
            approved: HomeOwed {
                lines: waits.approved_lines,
                vendors: waits.approved_vendors,
                sum: show(waits.approved),
            },
            nearly_used: waits.nearly_used,
            dead_events: waits.dead_events,
            unmatched_events: waits.unmatched_events,
            alarms: waits.alarms,
            failed_mails: waits.failed_mails,
            ..HomeFacts::default()
        };
        let mut recent = None;
        let mut exports = Vec::new();
        if caller.can(Capability::SeeRequests) {
            let (used, included) = rows::units(&mut tx, now).await.or_internal()?;
            facts.units = Usage { used, included };
            let open = rows::open_requests(&mut tx).await.or_internal()?;
            let requests = |wanted| open.iter().find(|(status, _)| *status == wanted).map_or(0, |(_, n)| *n);
            facts.waiting = requests(RequestStatus::Submitted);
            facts.in_progress = requests(RequestStatus::InProgress);
            facts.in_review = requests(RequestStatus::InReview);
            let unassigned = rows::unassigned(&mut tx, SHORT_LIST).await.or_internal()?;
            let packs = unassigned
                .iter()
                .map(|row| self.home_pack(row, Some(row.activated_at.unwrap_or(now)), now));
            facts.unassigned_packs = packs.collect();
            if let Some(drafts) = rows::drafts(&mut tx).await.or_internal()? {
                facts.drafts = drafts.drafts;
                facts.oldest_draft = Some(HomeDraft {
                    client_id: drafts.client_id,
                    client: drafts.client,
                    since: ago(drafts.since, now),
                });
            }
            let found = rows::recent_requests(&mut tx, SHORT_LIST).await.or_internal()?;
            recent = Some(found.into_iter().map(|row| self.recent(row, now)).collect());
        } else if caller.can(Capability::Reports) {
            let today = self.zone().day(now);
            facts.month = Some(self.pay_month(&mut tx).await?);
            exports = month_files(today);
        }
        Ok(AdminHome {
            decisions: decisions(&facts, caller.rights()),
            figures: figures(&facts, caller.rights()),
            exports,
            recent,
            first_steps: first_steps(caller, &running),
        })
    }

    fn home_pack(&self, row: &AttentionRow, day: Option<Instant>, now: Instant) -> HomePack {
        HomePack {
            id: row.id,
            client_id: row.client_id,
            client: row.client.clone(),
            label: PackLabel {
                quantity: row.quantity,
                service: row.service.clone(),
            },
            price: row.price.show(self.currency()),
            day: day.map_or_else(|| "–".to_owned(), |at| self.zone().show_date_short(at)),
            requests: row.requests,
            oldest: row.oldest.map(|at| ago(at, now)),
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

/// The files of a day's month and of the one before (VP5): packs and services, each as CSV and XLSX.
fn month_files(today: LocalDay) -> Vec<Named> {
    let before = today.0.first_of_month().yesterday().ok().map(LocalDay);
    let mut files = Vec::new();
    for day in [Some(today), before].into_iter().flatten() {
        for tab in ["packs", "services"] {
            let query = PayablesQuery {
                tab: tab.to_owned(),
                month: day.month(),
                ..PayablesQuery::default()
            };
            for (kind, called) in [("csv", "CSV"), ("xlsx", "XLSX")] {
                files.push(Named {
                    id: query.href(&format!("{REPORT}.{kind}")),
                    name: format!("{}, {tab} ({called})", day.month_words()),
                });
            }
        }
    }
    files
}
