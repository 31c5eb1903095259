//! §13: leaving a pack at the end of what is paid for, and taking that back.

use crate::{Instant, standing::SubscriptionStatus};

crate::words! {
    /// UN1: why somebody leaves.
    pub enum LeaveReason {
        /// It costs too much.
        TooExpensive = "too_expensive",
        /// Most of it expires.
        NotUsed = "not_used",
        /// It does not do what they need.
        Missing = "missing",
        /// Somebody else does it now.
        Switched = "switched",
        /// What was delivered.
        Quality = "quality",
        /// How they were treated.
        Service = "service",
        /// Hard to use.
        TooComplex = "too_complex",
        /// Anything else.
        Other = "other",
    }
}

impl LeaveReason {
    /// As a client reads it.
    pub const fn label(self) -> &'static str {
        match self {
            LeaveReason::TooExpensive => "Too expensive",
            LeaveReason::NotUsed => "I don't use it enough",
            LeaveReason::Missing => "Something is missing",
            LeaveReason::Switched => "I switched to something else",
            LeaveReason::Quality => "The quality of the designs",
            LeaveReason::Service => "The service",
            LeaveReason::TooComplex => "Too complicated",
            LeaveReason::Other => "Something else",
        }
    }
}

crate::words! {
    /// UN2: what the payment provider has not confirmed yet.
    pub enum CancelState {
        /// The end, which holds here from the click on.
        Requested = "requested",
        /// That it goes on, which holds once it is confirmed.
        Resuming = "resuming",
    }
}

/// UN1, UN3: from when a pack may be left, which is the end of its current period; `None` where there is nothing to leave.
pub fn leaves_at(status: SubscriptionStatus, period_ends_at: Option<Instant>) -> Option<Instant> {
    period_ends_at.filter(|_| status.has_benefits())
}

/// Whether a pack is set to end: *Resume* is offered then, and *Unsubscribe* otherwise. One that is being taken back still ends
/// until that is confirmed, but is left no more.
pub fn leaves(cancel_at: Option<Instant>, state: Option<CancelState>) -> bool {
    cancel_at.is_some() && state != Some(CancelState::Resuming)
}

/// ST2, UN2: when a pack ends, once the provider has been looked at: what was asked for here counts until the provider has been
/// told of it.
pub fn ends_at(here: Option<Instant>, state: Option<CancelState>, there: Option<Instant>) -> Option<Instant> {
    match state {
        Some(_) => here,
        None => there,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Instant> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn un1_un3_what_runs_is_left_at_its_period_s_end() {
        use SubscriptionStatus as S;
        let end = at("2027-03-28T15:00:00Z");
        for (status, leaves) in [
            (S::Incomplete, None),
            (S::Active, end),
            (S::PastDue, end),
            (S::Suspended, None),
            (S::Ended, None),
        ] {
            assert_eq!(leaves_at(status, end), leaves, "{status}");
        }
        assert_eq!(leaves_at(S::Active, None), None);
    }

    #[test]
    fn un2_an_end_that_is_being_taken_back_is_left_no_more() {
        let end = at("2027-03-28T15:00:00Z");
        assert!(leaves(end, None) && leaves(end, Some(CancelState::Requested)));
        assert!(!leaves(end, Some(CancelState::Resuming)) && !leaves(None, None));
    }

    #[test]
    fn un2_what_was_asked_for_here_counts_until_the_provider_was_told() {
        let (ours, theirs) = (at("2027-03-28T15:00:00Z"), at("2027-04-01T00:00:00Z"));
        assert_eq!(ends_at(ours, Some(CancelState::Requested), None), ours);
        assert_eq!(ends_at(ours, Some(CancelState::Resuming), None), ours);
        assert_eq!(ends_at(ours, None, None), None);
        assert_eq!(ends_at(None, None, theirs), theirs);
    }

    #[test]
    fn un1_every_reason_has_words() {
        for reason in LeaveReason::ALL.iter().copied() {
            assert_eq!(reason.as_str().parse(), Ok(reason));
            assert!(!reason.label().ends_with('.'));
        }
    }
}
