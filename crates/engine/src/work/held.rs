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
            Err(AppError::Forbidden) if wanted == Transition::Take && hold == Hold::Colleague => {
                Err(AppError::AlreadyTaken {
                    by: taken_by.to_owned(),
                })
            }
            other => other,
        }
    }

    fn note(&self, caller: &Caller) -> String {
        let hold = self.as_seen_by(caller);
        let whose = || match (hold, self.name) {
            (Hold::NoVendor, _) => "It waits until its pack has a vendor.".to_owned(),
            (Hold::Mine, _) => "You have it.".to_owned(),
            (_, Some(name)) if !caller.role.is_client() => format!("{name} has it."),
            (Hold::Free, None) => "Nobody has taken it yet.".to_owned(),
            _ => String::new(),
        };
        let note = match self.status {
            RequestStatus::Submitted if caller.role.is_client() => "It waits to be started.".to_owned(),
            RequestStatus::Submitted => whose(),
            RequestStatus::InProgress if self.versions > 0 => format!("A revision is being made. {}", whose()),
            RequestStatus::InProgress => format!("It is being worked on. {}", whose()),
            RequestStatus::InReview if caller.role.is_client() => format!(
                "Version {} is ready. Approve it, or ask for a revision.",
                self.versions.max(1)
            ),
            RequestStatus::InReview => format!(
                "Version {} has been delivered and waits for the client.",
                self.versions.max(1)
            ),
            RequestStatus::Approved => "It is approved.".to_owned(),
            RequestStatus::Cancelled => "It was cancelled.".to_owned(),
            RequestStatus::Draft | RequestStatus::PaymentPending | RequestStatus::PaymentFailed => String::new(),
        };
        note.trim().to_owned()
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

    /// What the page shows a reader.
    pub(crate) fn view(&self, caller: &Caller) -> WorkView {
        let can = |wanted: &&Transition| self.offers(caller, **wanted);
        let internal = caller.role == Role::InternalDesigner;
        WorkView {
            version: self.row_version,
            note: self.note(caller),
            steps: STEPS
                .iter()
                .filter(can)
                .map(|step| StepView {
                    step: *step,
                    label: step.label(internal).to_owned(),
                    blocked: None,
                })
                .collect(),
            pick: None,
        }
    }
}
