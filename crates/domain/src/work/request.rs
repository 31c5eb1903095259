//! Service requests: their life, and who may take which step of it (RQ1).

use crate::{
    AppError, AppResult, Capability, Role,
    access::{Rights, allowed},
};

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
            Self::Cancelled => "Canceled",
        }
    }

    /// Somebody is to work on it now.
    pub const fn is_to_do(self) -> bool {
        matches!(self, Self::Submitted | Self::InProgress)
    }

    /// Work is still to be done on it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::InProgress | Self::InReview)
    }
}

/// Who has the work on a request, as seen by whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Nobody yet: its pack waits for a vendor (AS9).
    NoVendor,
    /// A vendor that the person does not work for; so it is for everybody who works for none.
    Elsewhere,
    /// The person's own vendor, where nobody has taken it yet.
    Free,
    /// The person.
    Mine,
    /// Somebody else of the person's own vendor.
    Colleague,
}

impl Hold {
    /// Every value.
    pub const ALL: &'static [Hold] = &[Hold::NoVendor, Hold::Elsewhere, Hold::Free, Hold::Mine, Hold::Colleague];
}

/// Who asks for a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person, and who has the work as that person sees it.
    Person(Rights, Hold),
    /// The product itself: a payment that came in, a deadline.
    System,
}

impl Actor {
    /// A person in a role, for the steps before anybody has the work.
    pub const fn of(role: Role) -> Actor {
        Actor::Person(Rights { role, lead: false }, Hold::Elsewhere)
    }
}

crate::words! {
    /// The steps of RQ1, and who has the work (TP5, RQ10), which changes no state.
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
        /// Staff give a request outside of a pack to a vendor or a designer (RQ10).
        Give = "give",
        /// Somebody of the vendor takes it (TP5).
        Take = "take",
        /// And gives it back to the others.
        Release = "release",
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

crate::words! {
    /// The parts of the queue of requests that Tri-POD is to deliver (TP5, RQ10).
    pub enum QueuePart {
        /// Nobody has claimed them.
        Free = "free",
        /// The reader has.
        Mine = "mine",
        /// Whoever has.
        All = "all",
        /// What no pack brings, whoever is to deliver it: it can be given to somebody else (RQ10).
        Beyond = "beyond",
    }
}

impl QueuePart {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Free => "To claim",
            Self::Mine => "Mine",
            Self::All => "All",
            Self::Beyond => "Not in a pack",
        }
    }
}

impl Transition {
    /// Done by those who do the work.
    pub const fn is_work(self) -> bool {
        matches!(self, Self::Take | Self::Release | Self::Start | Self::Deliver)
    }

    /// The step that takes this one back, so that nothing has changed; most steps have none (TP5).
    pub const fn taken_back_by(self) -> Option<Transition> {
        match self {
            Self::Take => Some(Self::Release),
            Self::Release => Some(Self::Take),
            _ => None,
        }
    }

    /// What its button says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submit | Self::SubmitAwaitingPayment => "Submit request",
            Self::PaymentSucceeded => "Paid",
            Self::PaymentFailed => "Payment failed",
            Self::RetryPayment => "Try another card",
            Self::KeepIncluded => "Submit only what's included",
            Self::Discard => "Discard",
            Self::Give => "Assign",
            Self::Take => "Claim",
            Self::Release => "Release",
            Self::Start => "Start",
            Self::Deliver => "Deliver",
            Self::AskRevision => "Ask for a revision",
            Self::Approve => "Approve",
            Self::Reopen => "Reopen",
            Self::Cancel => "Cancel request",
        }
    }
}

/// RQ1: the one table of who may take which step from where, and where it leads. What no state changes leads back to
/// where it was.
///
/// # Errors
/// [`AppError::TransitionNotAllowed`] naming the present state; [`AppError::Forbidden`] where the step exists but not
/// for this actor.
pub fn step(from: RequestStatus, transition: Transition, actor: Actor) -> AppResult<RequestStatus> {
    use RequestStatus as S;
    use Transition as T;
    let not_allowed = |state: &str| AppError::TransitionNotAllowed {
        state: state.to_owned(),
    };
    let to = match (from, transition) {
        (S::Draft, T::Submit) => S::Submitted,
        (S::Draft, T::SubmitAwaitingPayment) => S::PaymentPending,
        (S::PaymentPending, T::PaymentSucceeded) => S::Submitted,
        (S::PaymentPending, T::PaymentFailed) => S::PaymentFailed,
        (S::PaymentFailed, T::RetryPayment) => S::PaymentPending,
        (S::PaymentFailed, T::KeepIncluded) => S::Submitted,
        (S::PaymentFailed, T::Discard) => S::Draft,
        (S::PaymentPending | S::PaymentFailed, T::Cancel) => S::Cancelled,
        (S::Submitted | S::InProgress, T::Give | T::Take | T::Release) => from,
        (S::Submitted, T::Start) => S::InProgress,
        (S::InProgress, T::Deliver) => S::InReview,
        (S::InReview, T::AskRevision) => S::InProgress,
        (S::InReview, T::Approve) => S::Approved,
        (S::Approved, T::Reopen) => S::InReview,
        (S::Submitted | S::InProgress | S::InReview, T::Cancel) => S::Cancelled,
        _ => return Err(not_allowed(&from.label().to_lowercase())),
    };
    let (rights, hold) = match (transition, actor) {
        (T::PaymentSucceeded | T::PaymentFailed, Actor::System) => return Ok(to),
        // PG3: only what waits for its payment is called off by a deadline.
        (T::Cancel, Actor::System) if matches!(from, S::PaymentPending | S::PaymentFailed) => return Ok(to),
        (_, Actor::System) => return Err(AppError::Forbidden),
        (_, Actor::Person(rights, hold)) => (rights, hold),
    };
    let role = rights.role;
    let may = match transition {
        T::PaymentSucceeded | T::PaymentFailed => false,
        T::Submit | T::SubmitAwaitingPayment => {
            role.is_client() || matches!(role, Role::Admin | Role::InternalDesigner)
        }
        T::RetryPayment | T::KeepIncluded | T::Discard => role.is_client(),
        T::Give => allowed(rights, Capability::AssignPacks),
        T::Take => works(role) && matches!(hold, Hold::Free | Hold::Mine),
        T::Release => match (role, hold) {
            (Role::Admin, _) => true,
            (_, Hold::Mine) => works(role),
            // Who runs the others' work may give it back for them.
            (Role::VendorManager, Hold::Colleague) => true,
            (Role::InternalDesigner, Hold::Colleague) => rights.lead,
            _ => false,
        },
        T::Start | T::Deliver => match role {
            // A vendor's people stand in for each other; a shared queue is worked on by whoever has claimed, and whoever
            // starts what nobody has claims it by that.
            Role::VendorManager | Role::VendorDesigner => matches!(hold, Hold::Free | Hold::Mine | Hold::Colleague),
            Role::InternalDesigner => hold == Hold::Mine || (hold == Hold::Free && transition == T::Start),
            role => role == Role::Admin,
        },
        T::AskRevision | T::Approve => role.is_client() || role == Role::Admin,
        T::Reopen => role == Role::Admin,
        T::Cancel => role.is_client() || role == Role::Admin,
    };
    match (may, hold) {
        (true, Hold::NoVendor) if transition.is_work() => Err(not_allowed("waiting for a vendor")),
        (true, _) => Ok(to),
        (false, _) => Err(AppError::Forbidden),
    }
}

/// Does the work of requests, for a vendor or for the agency.
const fn works(role: Role) -> bool {
    role.is_vendor() || matches!(role, Role::InternalDesigner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestStatus as S;
    use Role as R;
    use Transition as T;
    use proptest::prelude::*;

    /// Who may take a step: by role, lead right and hold.
    type May = fn(R, bool, Hold) -> bool;

    const CLIENT: May = |role, _, _| role.is_client();
    const CLIENT_ADMIN: May = |role, _, _| role.is_client() || role == R::Admin;
    const SUBMITTERS: May = |role, _, _| role.is_client() || matches!(role, R::Admin | R::InternalDesigner);
    const ADMIN: May = |role, _, _| role == R::Admin;
    const NOBODY: May = |_, _, _| false;
    const ASSIGNERS: May = |role, lead, _| role == R::Admin || (role == R::InternalDesigner && lead);
    const WORKERS: May = |role, _, hold| match role {
        R::VendorManager | R::VendorDesigner => matches!(hold, Hold::Free | Hold::Mine | Hold::Colleague),
        R::InternalDesigner => hold == Hold::Mine,
        R::Admin => hold != Hold::NoVendor,
        _ => false,
    };
    const STARTERS: May =
        |role, lead, hold| WORKERS(role, lead, hold) || (role == R::InternalDesigner && hold == Hold::Free);
    const TAKERS: May =
        |role, _, hold| (role.is_vendor() || role == R::InternalDesigner) && matches!(hold, Hold::Free | Hold::Mine);
    const RELEASERS: May = |role, lead, hold| match (role, hold) {
        (R::Admin, hold) => hold != Hold::NoVendor,
        (R::VendorManager | R::VendorDesigner | R::InternalDesigner, Hold::Mine) => true,
        (R::VendorManager, Hold::Colleague) => true,
        (R::InternalDesigner, Hold::Colleague) => lead,
        _ => false,
    };

    /// RQ1 written out: from, step, to, the persons who may, whether the product itself may.
    const RQ1: &[(S, T, S, May, bool)] = &[
        (S::Draft, T::Submit, S::Submitted, SUBMITTERS, false),
        (S::Draft, T::SubmitAwaitingPayment, S::PaymentPending, SUBMITTERS, false),
        (S::PaymentPending, T::PaymentSucceeded, S::Submitted, NOBODY, true),
        (S::PaymentPending, T::PaymentFailed, S::PaymentFailed, NOBODY, true),
        (S::PaymentPending, T::Cancel, S::Cancelled, CLIENT_ADMIN, true),
        (S::PaymentFailed, T::RetryPayment, S::PaymentPending, CLIENT, false),
        (S::PaymentFailed, T::KeepIncluded, S::Submitted, CLIENT, false),
        (S::PaymentFailed, T::Discard, S::Draft, CLIENT, false),
        (S::PaymentFailed, T::Cancel, S::Cancelled, CLIENT_ADMIN, true),
        (S::Submitted, T::Give, S::Submitted, ASSIGNERS, false),
        (S::Submitted, T::Take, S::Submitted, TAKERS, false),
        (S::Submitted, T::Release, S::Submitted, RELEASERS, false),
        (S::Submitted, T::Start, S::InProgress, STARTERS, false),
        (S::Submitted, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::InProgress, T::Give, S::InProgress, ASSIGNERS, false),
        (S::InProgress, T::Take, S::InProgress, TAKERS, false),
        (S::InProgress, T::Release, S::InProgress, RELEASERS, false),
        (S::InProgress, T::Deliver, S::InReview, WORKERS, false),
        (S::InProgress, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::InReview, T::AskRevision, S::InProgress, CLIENT_ADMIN, false),
        (S::InReview, T::Approve, S::Approved, CLIENT_ADMIN, false),
        (S::InReview, T::Cancel, S::Cancelled, CLIENT_ADMIN, false),
        (S::Approved, T::Reopen, S::InReview, ADMIN, false),
    ];

    fn persons() -> impl Iterator<Item = (R, bool, Hold)> {
        let roles = R::ALL.iter().copied();
        roles.flat_map(|role| {
            [false, true]
                .into_iter()
                .flat_map(move |lead| Hold::ALL.iter().map(move |hold| (role, lead, *hold)))
        })
    }

    fn person((role, lead, hold): (R, bool, Hold)) -> Actor {
        Actor::Person(Rights { role, lead }, hold)
    }

    #[test]
    fn rq1_every_state_step_and_actor() {
        let mut met = 0;
        for from in S::ALL.iter().copied() {
            for transition in T::ALL.iter().copied() {
                let row = RQ1.iter().find(|(f, t, ..)| (*f, *t) == (from, transition));
                met += usize::from(row.is_some());
                let state = from.label().to_lowercase();
                let none = AppError::TransitionNotAllowed { state };
                let system = match row {
                    None => Err(none.clone()),
                    Some((.., to, _, true)) => Ok(*to),
                    Some(_) => Err(AppError::Forbidden),
                };
                assert_eq!(step(from, transition, Actor::System), system, "{from} {transition}");
                for who in persons() {
                    let expected = match row {
                        None => Err(none.clone()),
                        Some((_, _, to, may, _)) if may(who.0, who.1, who.2) => Ok(*to),
                        // A vendor's person never sees what has no vendor; an admin does, and is told.
                        Some(_) if transition.is_work() && who.0 == R::Admin && transition != T::Take => {
                            let state = "waiting for a vendor".to_owned();
                            Err(AppError::TransitionNotAllowed { state })
                        }
                        Some(_) => Err(AppError::Forbidden),
                    };
                    assert_eq!(
                        step(from, transition, person(who)),
                        expected,
                        "{from} {transition} {who:?}"
                    );
                }
            }
        }
        assert_eq!(met, RQ1.len(), "each row of the table was met once");
    }

    #[test]
    fn rq1_a_refusal_names_the_present_state() {
        let refused = step(S::Approved, T::Cancel, Actor::of(R::Admin)).unwrap_err();
        assert_eq!(
            refused,
            AppError::TransitionNotAllowed {
                state: "approved".into()
            }
        );
        assert_eq!(refused.message(), "This can't be done while the request is approved.");
        let admin = person((R::Admin, false, Hold::NoVendor));
        let waits = step(S::Submitted, T::Start, admin).unwrap_err();
        assert_eq!(
            waits.message(),
            "This can't be done while the request is waiting for a vendor."
        );
    }

    #[test]
    fn rq1_nobody_but_an_admin_leads_out_of_approved_and_nobody_out_of_cancelled() {
        for transition in T::ALL.iter().copied() {
            for who in persons() {
                assert!(step(S::Cancelled, transition, person(who)).is_err());
                assert_eq!(
                    step(S::Approved, transition, person(who)).is_ok(),
                    (transition, who.0) == (T::Reopen, R::Admin)
                );
            }
        }
    }

    proptest! {
        /// However people press: what was approved has been in review, what is in review has been started, and whoever has
        /// not claimed does not work on what is shared, but by starting what nobody has.
        #[test]
        fn rq1_any_course_is_one_of_the_table(presses in proptest::collection::vec((0..T::ALL.len(), 0..R::ALL.len(), any::<bool>(), 0..Hold::ALL.len()), 0..60)) {
            let mut state = S::Submitted;
            let (mut started, mut delivered) = (false, false);
            for (transition, role, lead, hold) in presses {
                let (transition, who) = (T::ALL[transition], (R::ALL[role], lead, Hold::ALL[hold]));
                let before = state;
                match step(state, transition, person(who)) {
                    Ok(next) => state = next,
                    Err(AppError::TransitionNotAllowed { state: named }) => {
                        prop_assert!(named == before.label().to_lowercase() || who.2 == Hold::NoVendor);
                    }
                    Err(other) => prop_assert_eq!(other, AppError::Forbidden),
                }
                if before != state {
                    started |= transition == T::Start;
                    delivered |= transition == T::Deliver;
                    if transition.is_work() && who.0 == R::InternalDesigner {
                        prop_assert!(who.2 == Hold::Mine || (who.2 == Hold::Free && transition == T::Start));
                    }
                }
                prop_assert!(matches!(state, S::Submitted | S::Cancelled) || started);
                prop_assert!(!matches!(state, S::InReview | S::Approved) || delivered);
                prop_assert!(!matches!(state, S::Draft | S::PaymentPending | S::PaymentFailed));
            }
        }
    }
}
