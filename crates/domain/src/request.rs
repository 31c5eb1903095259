//! Service requests: their life (RQ1), their fields (RQ2) and when they are due (RQ8).

use crate::{
    AppError, AppResult, BusinessZone, Instant, LocalDay, Role,
    error::{FieldError, Problem},
};
use serde::{Deserialize, Serialize};

crate::words! {
    /// RQ1's states.
    pub enum RequestStatus {
        /// Being written; consumes nothing.
        Draft = "draft",
        /// Waits for its payment.
        PaymentPending = "payment_pending",
        /// Its payment failed.
        PaymentFailed = "payment_failed",
        /// Waits to be worked on.
        Submitted = "submitted",
        /// Being worked on.
        InProgress = "in_progress",
        /// Delivered, waits for the client.
        InReview = "in_review",
        /// Done.
        Approved = "approved",
        /// Called off.
        Cancelled = "cancelled",
    }
}

impl RequestStatus {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::PaymentPending => "Waiting for payment",
            Self::PaymentFailed => "Payment failed",
            Self::Submitted => "Submitted",
            Self::InProgress => "In progress",
            Self::InReview => "In review",
            Self::Approved => "Approved",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Work is still to be done on it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::InProgress | Self::InReview)
    }
}

/// Who asks for a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person in a role.
    Person(Role),
    /// The product itself: a payment that came in, a deadline.
    System,
}

crate::words! {
    /// The steps of RQ1.
    pub enum Transition {
        /// The client submits; nothing is to be charged first.
        Submit = "submit",
        /// The client submits; Pay as you Go has something to charge.
        SubmitAwaitingPayment = "submit_awaiting_payment",
        /// The payment came.
        PaymentSucceeded = "payment_succeeded",
        /// The payment failed.
        PaymentFailed = "payment_failed",
        /// Another card.
        RetryPayment = "retry_payment",
        /// Only the included units.
        KeepIncluded = "keep_included",
        /// Back to a draft.
        Discard = "discard",
        /// Work begins.
        Start = "start",
        /// Files are delivered.
        Deliver = "deliver",
        /// The client asks for a revision.
        AskRevision = "ask_revision",
        /// The client approves.
        Approve = "approve",
        /// An admin opens an approved one again.
        Reopen = "reopen",
        /// Called off.
        Cancel = "cancel",
    }
}

/// RQ1: the one table of who may take which step from where, and where it leads.
///
/// # Errors
/// [`AppError::TransitionNotAllowed`] naming the present state; [`AppError::Forbidden`] where the step exists but not
/// for this actor.
pub fn step(from: RequestStatus, transition: Transition, actor: Actor) -> AppResult<RequestStatus> {
    use RequestStatus as S;
    use Transition as T;
    let to = match (from, transition) {
        (S::Draft, T::Submit) => S::Submitted,
        (S::Draft, T::SubmitAwaitingPayment) => S::PaymentPending,
        (S::PaymentPending, T::PaymentSucceeded) => S::Submitted,
        (S::PaymentPending, T::PaymentFailed) => S::PaymentFailed,
        (S::PaymentFailed, T::RetryPayment) => S::PaymentPending,
        (S::PaymentFailed, T::KeepIncluded) => S::Submitted,
        (S::PaymentFailed, T::Discard) => S::Draft,
        (S::PaymentPending | S::PaymentFailed, T::Cancel) => S::Cancelled,
        (S::Submitted, T::Start) => S::InProgress,
        (S::InProgress, T::Deliver) => S::InReview,
        (S::InReview, T::AskRevision) => S::InProgress,
        (S::InReview, T::Approve) => S::Approved,
        (S::Approved, T::Reopen) => S::InReview,
        (S::Submitted | S::InProgress | S::InReview, T::Cancel) => S::Cancelled,
        _ => {
            return Err(AppError::TransitionNotAllowed {
                state: from.label().to_lowercase(),
            });
        }
    };
    let may = match (transition, actor) {
        (T::PaymentSucceeded | T::PaymentFailed, Actor::System) => true,
        (T::PaymentSucceeded | T::PaymentFailed, _) => false,
        (_, Actor::System) => matches!(transition, T::Cancel | T::Submit),
        (T::Submit | T::SubmitAwaitingPayment, Actor::Person(r)) => {
            r.is_client() || matches!(r, Role::Admin | Role::InternalDesigner)
        }
        (T::RetryPayment | T::KeepIncluded | T::Discard, Actor::Person(r)) => r.is_client(),
        (T::Start | T::Deliver, Actor::Person(r)) => r.is_vendor() || matches!(r, Role::Admin | Role::InternalDesigner),
        (T::AskRevision | T::Approve, Actor::Person(r)) => r.is_client() || matches!(r, Role::Admin),
        (T::Reopen, Actor::Person(r)) => matches!(r, Role::Admin),
        (T::Cancel, Actor::Person(r)) => r.is_client() || matches!(r, Role::Admin),
    };
    if may { Ok(to) } else { Err(AppError::Forbidden) }
}

/// RQ2: characters of a title, at most.
pub const MAX_TITLE: usize = 120;
/// RQ2: characters of a brief, at most.
pub const MAX_BRIEF: usize = 10_000;
/// Units of one request, at most; a pack's own limit.
pub const MAX_UNITS: i64 = 10_000;

/// The request form as typed. A draft may hold anything that fits; Submit wants it whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestForm {
    /// The chosen service's id.
    pub service: String,
    /// What it is called.
    pub title: String,
    /// Units.
    pub quantity: String,
    /// What is wanted, Markdown.
    pub brief: String,
    /// `YYYY-MM-DD` or empty.
    pub wished_on: String,
}

/// A form that may be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRequest {
    /// The service.
    pub service: crate::ServiceId,
    /// The title, trimmed.
    pub title: String,
    /// Units, ≥ 1 (CO1).
    pub quantity: i64,
    /// The brief.
    pub brief: String,
    /// The wished day.
    pub wished_on: Option<LocalDay>,
}

impl RequestForm {
    /// RQ2, CO1. `today` is the business day of the submission. Every wrong field is named.
    pub fn check(&self, today: LocalDay) -> AppResult<ValidRequest> {
        let mut wrong = Vec::new();
        let service = self.service.trim().parse().ok();
        if service.is_none() {
            wrong.push(FieldError::new("service", Problem::PackServiceRequired));
        }
        let title = self.title.trim();
        if title.is_empty() {
            wrong.push(FieldError::new("title", Problem::Required));
        } else if title.chars().count() > MAX_TITLE {
            wrong.push(FieldError::new("title", Problem::TooLong { max: MAX_TITLE }));
        }
        let quantity = crate::money::whole(&self.quantity).filter(|q| (1..=MAX_UNITS).contains(q));
        if quantity.is_none() {
            wrong.push(FieldError::new(
                "quantity",
                Problem::NumberRange { min: 1, max: MAX_UNITS },
            ));
        }
        if self.brief.chars().count() > MAX_BRIEF {
            wrong.push(FieldError::new("brief", Problem::TooLong { max: MAX_BRIEF }));
        }
        let wished_on = match self.wished_on.trim() {
            "" => None,
            text => match text.parse::<LocalDay>() {
                Ok(day) if day >= today => Some(day),
                Ok(_) => {
                    wrong.push(FieldError::new("wished_on", Problem::DatePast));
                    None
                }
                Err(_) => {
                    wrong.push(FieldError::new("wished_on", Problem::DateInvalid));
                    None
                }
            },
        };
        match (service, quantity) {
            (Some(service), Some(quantity)) if wrong.is_empty() => Ok(ValidRequest {
                service,
                title: title.to_owned(),
                quantity,
                brief: self.brief.clone(),
                wished_on,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// RQ8: the end of the Central day that lies the service's turnaround in business days after the submission.
pub fn due_at(submitted: Instant, turnaround_days: u32, zone: &BusinessZone) -> Instant {
    let day = crate::time::plus_business_days(zone.day(submitted), turnaround_days);
    let next = day.0.tomorrow().map(LocalDay).unwrap_or(day);
    zone.start_of(next)
}
