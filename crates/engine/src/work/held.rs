//! A request as the steps of its life see it: who has it, and what its reader may do (RQ1, TP5).

use crate::Caller;
use domain::{
    AppError, AppResult, RequestStatus, Role, Transition, UserId, VendorId,
    work::{
        request::{Actor, Hold, step},
        view::{StepView, WorkView},
    },
};
use store::work::steps::WorkRow;

/// The steps that the page of a request offers, the foremost first.
pub(super) const STEPS: &[Transition] = &[
    Transition::Approve,
    Transition::Deliver,
    Transition::Start,
    Transition::Take,
    Transition::AskRevision,
    Transition::Reopen,
    Transition::Release,
];

/// Who has the work of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    pub status: RequestStatus,
    pub vendor: Option<VendorId>,
    pub internal: bool,
    pub designer: Option<UserId>,
    pub name: Option<&'a str>,
    pub versions: i64,
    pub row_version: i64,
}

impl<'a> From<&'a WorkRow> for Held<'a> {
    fn from(row: &'a WorkRow) -> Self {
        Held {
            status: row.status,
            vendor: row.vendor_id,
            internal: row.internal,
            designer: row.designer_id,
            name: row.designer.as_deref(),
            versions: row.versions,
            row_version: row.row_version,
        }
    }
}

impl Held<'_> {
    pub(super) fn as_seen_by(&self, caller: &Caller) -> Hold {
        let ours = match self.vendor {
            None => return Hold::NoVendor,
            Some(vendor) => {
                caller.vendor_id == Some(vendor) || (self.internal && caller.role == Role::InternalDesigner)
            }
        };
        match self.designer {
            _ if !ours => Hold::Elsewhere,
            None => Hold::Free,
            Some(id) if id == caller.user_id => Hold::Mine,
            Some(_) => Hold::Colleague,
        }
    }

    fn actor(&self, caller: &Caller) -> Actor {
        Actor::Person(caller.rights(), self.as_seen_by(caller))
    }

    /// RQ1, and TP5's words for whoever comes second.
    pub(crate) fn step(&self, caller: &Caller, wanted: Transition) -> AppResult<RequestStatus> {
        let (hold, taken_by) = (self.as_seen_by(caller), self.name.unwrap_or_default());
        match step(self.status, wanted, self.actor(caller)) {
            Err(_) if hold == Hold::Colleague && self.status.is_to_do() && claims(wanted, caller.role) => {
                Err(AppError::AlreadyTaken {
                    by: taken_by.to_owned(),
                })
            }
            other => other,
        }
    }

    /// Who has it, for whom that is to be read; a client reads no names.
    fn whose(&self, caller: &Caller, mine: &str, theirs: impl FnOnce(&str) -> String, free: &str) -> String {
        let named = self.name.filter(|_| !caller.role.is_client());
        match (self.as_seen_by(caller), named) {
            (Hold::NoVendor, _) => "Waiting for a vendor. Work can start when the pack gets one.".to_owned(),
            (Hold::Mine, _) => mine.to_owned(),
            (_, Some(name)) => theirs(name),
            _ => free.to_owned(),
        }
    }

    fn note(&self, caller: &Caller) -> String {
        match self.status {
            RequestStatus::Submitted if caller.role.is_client() => "Waiting for a designer.".to_owned(),
            RequestStatus::Submitted => self.whose(
                caller,
                "Assigned to you, not started.",
                |name| format!("Assigned to {name}, not started."),
                "Unclaimed.",
            ),
            RequestStatus::InProgress if self.versions > 0 => self.whose(
                caller,
                "Revision in progress, assigned to you.",
                |name| format!("{name} is working on a revision."),
                "Revision in progress.",
            ),
            RequestStatus::InProgress => self.whose(
                caller,
                "In progress, assigned to you.",
                |name| format!("{name} is working on it."),
                "In progress.",
            ),
            RequestStatus::InReview if caller.role.is_client() => format!(
                "Version {} is ready. Approve it or ask for a revision.",
                self.versions.max(1)
            ),
            RequestStatus::InReview => format!("Version {} sent. Waiting for the client.", self.versions.max(1)),
            RequestStatus::Approved => "Approved.".to_owned(),
            RequestStatus::Cancelled => "Canceled.".to_owned(),
            RequestStatus::Draft | RequestStatus::PaymentPending | RequestStatus::PaymentFailed => String::new(),
        }
    }

    /// Whether somebody can take a step now, and it would change anything.
    pub(crate) fn offers(&self, caller: &Caller, wanted: Transition) -> bool {
        let nothing = match wanted {
            Transition::Take => self.as_seen_by(caller) == Hold::Mine,
            Transition::Release => self.designer.is_none(),
            _ => false,
        };
        !nothing && self.step(caller, wanted).is_ok()
    }

    /// What the button of a step says: whoever starts what nobody has claims it by that.
    pub(super) fn label(&self, caller: &Caller, wanted: Transition) -> &'static str {
        match (wanted, self.as_seen_by(caller)) {
            (Transition::Start, Hold::Free) => "Claim and start",
            _ => wanted.label(),
        }
    }

    /// What the page shows a reader.
    pub(crate) fn view(&self, caller: &Caller) -> WorkView {
        let can = |wanted: &&Transition| self.offers(caller, **wanted);
        WorkView {
            version: self.row_version,
            note: self.note(caller),
            steps: STEPS
                .iter()
                .filter(can)
                .map(|step| StepView {
                    step: *step,
                    label: self.label(caller, *step).to_owned(),
                    blocked: None,
                })
                .collect(),
            pick: None,
        }
    }
}

/// A shared queue is claimed from by starting, too.
fn claims(wanted: Transition, role: Role) -> bool {
    wanted == Transition::Take || (wanted == Transition::Start && role == Role::InternalDesigner)
}
