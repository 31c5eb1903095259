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
        // PG3: only what waits for its payment is called off by a deadline.
        (T::Cancel, Actor::System) => matches!(from, S::PaymentPending | S::PaymentFailed),
        (_, Actor::System) => false,
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

/// RQ8: the day by whose end a request is due: the service's turnaround in business days after the submission's day.
pub fn due_day(submitted: Instant, turnaround_days: u32, zone: &BusinessZone) -> LocalDay {
    crate::time::plus_business_days(zone.day(submitted), turnaround_days)
}

/// RQ8: the end of [`due_day`], which is the first instant of the day after: compare with it, but show [`due_day`].
pub fn due_at(submitted: Instant, turnaround_days: u32, zone: &BusinessZone) -> Instant {
    let day = due_day(submitted, turnaround_days, zone);
    zone.start_of(day.0.tomorrow().map(LocalDay).unwrap_or(day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestStatus as S;
    use Role as R;
    use Transition as T;
    use jiff::tz::TimeZone;

    const CLIENT: &[R] = &[R::ClientOwner, R::ClientMember];
    const CLIENT_ADMIN: &[R] = &[R::ClientOwner, R::ClientMember, R::Admin];
    const SUBMITTERS: &[R] = &[R::ClientOwner, R::ClientMember, R::Admin, R::InternalDesigner];
    const WORKERS: &[R] = &[R::VendorManager, R::VendorDesigner, R::InternalDesigner, R::Admin];
    const NOBODY: &[R] = &[];

    /// RQ1 written out: from, step, to, the roles that may, whether the product itself may.
    const RQ1: &[(S, T, S, &[R], bool)] = &[
        (S::Draft, T::Submit, S::Submitted, SUBMITTERS, false),
        (S::Draft, T::SubmitAwaitingPayment, S::PaymentPending, SUBMITTERS, false),
        (S::PaymentPending, T::PaymentSucceeded, S::Submitted, NOBODY, true),
        (S::PaymentPending, T::PaymentFailed, S::PaymentFailed, NOBODY, true),
        (S::PaymentPending, T::Cancel, S::Cancelled, CLIENT_ADMIN, true),
        (S::PaymentFailed, T::RetryPayment, S::PaymentPending, CLIENT, false),
        (S::PaymentFailed, T::KeepIncluded, S::Submitted, CLIENT, false),
        (S::PaymentFailed, T::Discard, S::Draft, CLIENT, false),
        (S::PaymentFailed, T::Cancel, S::Cancelled, CLIENT_ADMIN, true),
        (S::Submitted, T::Start, S::InProgress, WORKERS, false),
        (S::Submitted, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::InProgress, T::Deliver, S::InReview, WORKERS, false),
        (S::InProgress, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::InReview, T::AskRevision, S::InProgress, CLIENT_ADMIN, false),
        (S::InReview, T::Approve, S::Approved, CLIENT_ADMIN, false),
        (S::InReview, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::Approved, T::Reopen, S::InReview, &[R::Admin], false),
    ];

    #[test]
    fn rq1_every_state_step_and_actor() {
        let mut allowed = 0;
        for from in S::ALL.iter().copied() {
            for transition in T::ALL.iter().copied() {
                let row = RQ1.iter().find(|(f, t, ..)| (*f, *t) == (from, transition));
                let people = R::ALL.iter().copied().map(Actor::Person);
                for actor in people.chain([Actor::System]) {
                    let expected = match row {
                        None => Err(AppError::TransitionNotAllowed {
                            state: from.label().to_lowercase(),
                        }),
                        Some((_, _, to, roles, system)) => match actor {
                            Actor::Person(role) if roles.contains(&role) => Ok(*to),
                            Actor::System if *system => Ok(*to),
                            _ => Err(AppError::Forbidden),
                        },
                    };
                    allowed += usize::from(expected.is_ok());
                    assert_eq!(step(from, transition, actor), expected, "{from} {transition} {actor:?}");
                }
            }
        }
        let written: usize = RQ1
            .iter()
            .map(|(.., roles, system)| roles.len() + usize::from(*system))
            .sum();
        assert_eq!(allowed, written, "each row of the table was met once");
    }

    #[test]
    fn rq1_a_refusal_names_the_present_state() {
        let refused = step(S::Approved, T::Cancel, Actor::Person(R::Admin)).unwrap_err();
        assert_eq!(
            refused,
            AppError::TransitionNotAllowed {
                state: "approved".into()
            }
        );
        assert_eq!(refused.message(), "This can't be done while the request is approved.");
    }

    #[test]
    fn rq1_nobody_but_an_admin_leads_out_of_approved_and_nobody_out_of_cancelled() {
        for transition in T::ALL.iter().copied() {
            for role in R::ALL.iter().copied() {
                let actor = Actor::Person(role);
                assert!(step(S::Cancelled, transition, actor).is_err());
                assert_eq!(
                    step(S::Approved, transition, actor).is_ok(),
                    (transition, role) == (T::Reopen, R::Admin)
                );
            }
        }
    }

    fn today() -> LocalDay {
        "2027-03-10".parse().unwrap()
    }

    fn form() -> RequestForm {
        RequestForm {
            service: "00000000-0000-4000-8000-000000000001".into(),
            title: "  Spring logo ".into(),
            quantity: "3".into(),
            brief: "Green".into(),
            wished_on: "2027-03-10".into(),
        }
    }

    fn wrong(form: &RequestForm) -> Vec<(String, Problem)> {
        match form.check(today()) {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| (f.field, f.problem)).collect(),
            Ok(_) => Vec::new(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn rq2_a_whole_form() {
        let valid = form().check(today()).unwrap();
        assert_eq!(
            (valid.title.as_str(), valid.quantity, valid.wished_on),
            ("Spring logo", 3, Some(today()))
        );
    }

    #[test]
    fn rq2_every_wrong_field_is_named_at_once() {
        let fields: Vec<_> = wrong(&RequestForm::default())
            .into_iter()
            .map(|(field, _)| field)
            .collect();
        assert_eq!(fields, ["service", "title", "quantity"]);
    }

    #[test]
    fn rq2_lengths_count_characters() {
        let title = |n| {
            wrong(&RequestForm {
                title: "é".repeat(n),
                ..form()
            })
        };
        assert_eq!(title(120), []);
        assert_eq!(title(121), [("title".to_owned(), Problem::TooLong { max: 120 })]);
        let brief = |n| {
            wrong(&RequestForm {
                brief: "é".repeat(n),
                ..form()
            })
        };
        assert_eq!(brief(10_000), []);
        assert_eq!(brief(10_001), [("brief".to_owned(), Problem::TooLong { max: 10_000 })]);
    }

    #[test]
    fn co1_a_quantity_is_a_whole_number_of_at_least_one() {
        for (text, good) in [
            ("1", true),
            ("10,000", true),
            ("0", false),
            ("-1", false),
            ("1.5", false),
            ("1,5", false),
            ("10001", false),
            ("", false),
        ] {
            assert_eq!(
                wrong(&RequestForm {
                    quantity: text.into(),
                    ..form()
                })
                .is_empty(),
                good,
                "{text}"
            );
        }
    }

    #[test]
    fn rq2_a_wished_day_is_today_or_later() {
        let day = |text: &str| {
            wrong(&RequestForm {
                wished_on: text.into(),
                ..form()
            })
        };
        assert_eq!(day(""), []);
        assert_eq!(day("2027-03-09"), [("wished_on".to_owned(), Problem::DatePast)]);
        assert_eq!(day("2027-02-30"), [("wished_on".to_owned(), Problem::DateInvalid)]);
        assert_eq!(day("tomorrow"), [("wished_on".to_owned(), Problem::DateInvalid)]);
    }

    #[test]
    fn rq8_due_at_the_end_of_the_central_day() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        // Friday 11:30 PM CST is Saturday in UTC; the Central day counts. DST begins on the Sunday between.
        let submitted: Instant = "2027-03-13T05:30:00Z".parse().unwrap();
        assert_eq!(due_day(submitted, 1, &zone), "2027-03-15".parse().unwrap());
        let due = due_at(submitted, 1, &zone);
        assert_eq!(due, "2027-03-16T05:00:00Z".parse().unwrap());
        assert_eq!(zone.day(Instant(due.0 - 1)), due_day(submitted, 1, &zone));
    }
}
