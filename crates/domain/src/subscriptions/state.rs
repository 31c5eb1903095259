//! The state of a subscription (§4) and what the provider's words mean for it (ST1, ST2, GR1, PD3).

use crate::{Instant, standing::SubscriptionStatus};

crate::words! {
    /// Whether a period's fee has been paid (§1).
    pub enum PeriodPayment {
        /// The invoice is not settled yet.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
        /// The last try failed.
        Failed = "failed",
        /// A deduction is open.
        RoyaltyDue = "royalty_due",
        /// The deduction was taken.
        RoyaltyPaid = "royalty_paid",
        /// Given up.
        WrittenOff = "written_off",
        /// Given back in full.
        Refunded = "refunded",
    }
}

crate::words! {
    /// Why a subscription ended.
    pub enum EndReason {
        /// The first payment never came (23 h).
        IncompleteExpired = "incomplete_expired",
        /// The client began another pack of the service (SU9).
        Replaced = "replaced",
        /// The first invoice was voided (§7).
        FirstInvoiceVoided = "first_invoice_voided",
        /// Cancelled.
        Cancelled = "cancelled",
        /// Never paid (GR8).
        Unpaid = "unpaid",
    }
}

crate::words! {
    /// Why a first charge is still open.
    pub enum ChargeProblem {
        /// The bank wants the cardholder to confirm (SU4).
        Confirm = "confirm",
        /// The bank said no (SU9).
        Declined = "declined",
    }
}

/// Stripe's word for a subscription's state, mirrored (ST1). An unknown word is kept, never refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StripeStatus {
    /// First invoice unpaid.
    Incomplete,
    /// First invoice never paid.
    IncompleteExpired,
    /// Paid.
    Active,
    /// In a trial; ours have none.
    Trialing,
    /// A renewal failed.
    PastDue,
    /// Given up collecting, still open.
    Unpaid,
    /// Over.
    Canceled,
    /// Paused.
    Paused,
    /// A word that this version does not know.
    Unknown(String),
}

impl From<&str> for StripeStatus {
    fn from(word: &str) -> Self {
        match word {
            "incomplete" => Self::Incomplete,
            "incomplete_expired" => Self::IncompleteExpired,
            "active" => Self::Active,
            "trialing" => Self::Trialing,
            "past_due" => Self::PastDue,
            "unpaid" => Self::Unpaid,
            "canceled" => Self::Canceled,
            "paused" => Self::Paused,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl StripeStatus {
    /// Stripe's spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Active => "active",
            Self::Trialing => "trialing",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
            Self::Paused => "paused",
            Self::Unknown(word) => word,
        }
    }
}

/// What Stripe's word means for our row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripeMeaning {
    /// Our status is to be this.
    Becomes(SubscriptionStatus),
    /// Our status stays; staff are alarmed.
    StaysWithAlarm,
}

/// ST1's mapping, for a subscription that holds benefits until `grace_period_ends_at` where one is set.
///
/// `canceled` while our grace still runs keeps the benefits to its end and alarms staff; after it, the row stays
/// `past_due` until the one job that ends a grace has decided between `ended` and `suspended` (GR5, GR8).
/// `Becomes(Active)` for a row that is `incomplete` grants nothing: its first period comes from the paid invoice (SU6).
pub fn meaning_of(
    stripe: &StripeStatus,
    ours: SubscriptionStatus,
    grace_period_ends_at: Option<Instant>,
    now: Instant,
) -> StripeMeaning {
    use StripeMeaning::{Becomes, StaysWithAlarm};
    use SubscriptionStatus as S;
    // What has ended here stays ended: a late word from Stripe revives nothing.
    if matches!(ours, S::Ended | S::Suspended) {
        return Becomes(ours);
    }
    match stripe {
        StripeStatus::Incomplete => Becomes(S::Incomplete),
        StripeStatus::IncompleteExpired => Becomes(S::Ended),
        StripeStatus::Active | StripeStatus::Trialing => Becomes(S::Active),
        StripeStatus::PastDue | StripeStatus::Unpaid => Becomes(S::PastDue),
        StripeStatus::Canceled => match grace_period_ends_at {
            Some(end) if ours == S::PastDue && now < end => StaysWithAlarm,
            Some(_) if ours == S::PastDue => Becomes(S::PastDue),
            _ => Becomes(S::Ended),
        },
        StripeStatus::Paused | StripeStatus::Unknown(_) => StaysWithAlarm,
    }
}

/// §4: whether units may be used at `now`. Between a grace's end and the job that acts on it, they may not.
pub fn benefits_at(status: SubscriptionStatus, grace_period_ends_at: Option<Instant>, now: Instant) -> bool {
    match status {
        SubscriptionStatus::PastDue => grace_period_ends_at.is_none_or(|end| now < end),
        other => other.has_benefits(),
    }
}

/// ST2: when the subscription will end, read from both of Stripe's fields.
pub fn cancel_at(
    cancel_at: Option<Instant>,
    cancel_at_period_end: bool,
    item_period_end: Option<Instant>,
) -> Option<Instant> {
    cancel_at.or(if cancel_at_period_end { item_period_end } else { None })
}

/// PD3: whether a boundary may open the next period of a subscription that already has its first.
pub fn entitled_at(
    status: SubscriptionStatus,
    boundary: Instant,
    grace_period_ends_at: Option<Instant>,
    cancel_at: Option<Instant>,
) -> bool {
    let running = match status {
        SubscriptionStatus::Active => true,
        SubscriptionStatus::PastDue => grace_period_ends_at.is_some_and(|end| boundary < end),
        _ => false,
    };
    running && cancel_at.is_none_or(|end| boundary < end)
}

/// GR1: the instant at which grace ends, from the retrieved renewal invoice. `learnt_at` is when we first saw it:
/// a grace that was over by then gives the client 72 hours from that moment.
pub fn grace_end(finalized_at: Instant, learnt_at: Instant) -> Instant {
    let end = finalized_at.plus_days(14);
    if end <= learnt_at {
        learnt_at.plus_hours(72)
    } else {
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StripeMeaning::{Becomes, StaysWithAlarm};
    use SubscriptionStatus as S;
    use rstest::rstest;

    const NOW: Instant = Instant::from_secs(1_800_000_000);

    fn meaning(word: &str, ours: S, grace: Option<i64>) -> StripeMeaning {
        meaning_of(
            &StripeStatus::from(word),
            ours,
            grace.map(|secs| NOW.plus_secs(secs)),
            NOW,
        )
    }

    #[rstest]
    #[case("incomplete", S::Incomplete, Becomes(S::Incomplete))]
    #[case("incomplete_expired", S::Incomplete, Becomes(S::Ended))]
    #[case("active", S::Incomplete, Becomes(S::Active))]
    #[case("trialing", S::Incomplete, Becomes(S::Active))]
    #[case("active", S::PastDue, Becomes(S::Active))]
    #[case("past_due", S::Active, Becomes(S::PastDue))]
    #[case("unpaid", S::PastDue, Becomes(S::PastDue))]
    #[case("canceled", S::Active, Becomes(S::Ended))]
    #[case("canceled", S::Incomplete, Becomes(S::Ended))]
    #[case("paused", S::Active, StaysWithAlarm)]
    #[case("hibernating", S::Active, StaysWithAlarm)]
    fn st1_what_stripes_words_mean(#[case] word: &str, #[case] ours: S, #[case] expected: StripeMeaning) {
        assert_eq!(meaning(word, ours, None), expected);
    }

    #[test]
    fn st1_a_cancellation_before_our_grace_is_over_keeps_the_benefits() {
        assert_eq!(meaning("canceled", S::PastDue, Some(1)), StaysWithAlarm);
    }

    #[test]
    fn gr8_after_the_grace_only_the_job_decides_between_ended_and_suspended() {
        assert_eq!(meaning("canceled", S::PastDue, Some(0)), Becomes(S::PastDue));
        assert_eq!(meaning("canceled", S::Suspended, Some(-1)), Becomes(S::Suspended));
    }

    #[test]
    fn st1_what_ended_here_is_not_revived() {
        for word in [
            "active",
            "trialing",
            "past_due",
            "unpaid",
            "incomplete",
            "paused",
            "canceled",
            "new_word",
        ] {
            assert_eq!(meaning(word, S::Ended, None), Becomes(S::Ended), "{word}");
            assert_eq!(meaning(word, S::Suspended, None), Becomes(S::Suspended), "{word}");
        }
    }

    #[test]
    fn st1_words_are_mirrored_unchanged() {
        for word in [
            "incomplete",
            "incomplete_expired",
            "active",
            "trialing",
            "past_due",
            "unpaid",
            "canceled",
            "paused",
            "later",
        ] {
            assert_eq!(StripeStatus::from(word).as_str(), word);
        }
        assert_eq!(StripeStatus::from("later"), StripeStatus::Unknown("later".into()));
    }

    #[test]
    fn st2_both_fields_are_read() {
        let (a, end) = (NOW, NOW.plus_days(9));
        assert_eq!(cancel_at(Some(a), true, Some(end)), Some(a));
        assert_eq!(cancel_at(Some(a), false, Some(end)), Some(a));
        assert_eq!(cancel_at(None, true, Some(end)), Some(end));
        assert_eq!(cancel_at(None, false, Some(end)), None);
        assert_eq!(cancel_at(None, true, None), None);
    }

    #[test]
    fn pd3_which_boundaries_open_a_period() {
        let b = NOW;
        let (before, after) = (Some(b.plus_secs(-1)), Some(b.plus_secs(1)));
        assert!(entitled_at(S::Active, b, None, None));
        assert!(entitled_at(S::Active, b, None, after));
        assert!(!entitled_at(S::Active, b, None, Some(b)), "b ≥ cancel_at ends it");
        assert!(!entitled_at(S::Active, b, None, before));
        assert!(entitled_at(S::PastDue, b, after, None));
        assert!(!entitled_at(S::PastDue, b, Some(b), None), "b < grace end is strict");
        assert!(!entitled_at(S::PastDue, b, None, None));
        assert!(!entitled_at(S::PastDue, b, after, Some(b)));
        for status in [S::Incomplete, S::Suspended, S::Ended] {
            assert!(!entitled_at(status, b, after, None), "{status}");
        }
    }

    #[test]
    fn s4_benefits_of_each_status() {
        let later = Some(NOW.plus_secs(1));
        for (status, live, benefits) in [
            (S::Incomplete, true, false),
            (S::Active, true, true),
            (S::PastDue, true, true),
            (S::Suspended, false, false),
            (S::Ended, false, false),
        ] {
            assert_eq!((status.is_live(), status.has_benefits()), (live, benefits), "{status}");
            assert_eq!(benefits_at(status, later, NOW), benefits, "{status}");
        }
        assert!(
            !benefits_at(S::PastDue, Some(NOW), NOW),
            "the grace's end is outside of it"
        );
        assert!(benefits_at(S::PastDue, None, NOW), "its invoice has not been read yet");
    }

    #[test]
    fn gr1_fourteen_days_from_finalization_whenever_it_is_learnt() {
        let finalized = NOW;
        let end = finalized.plus_secs(14 * 86_400);
        assert_eq!(grace_end(finalized, finalized), end);
        assert_eq!(grace_end(finalized, finalized.plus_days(13)), end);
        assert_eq!(grace_end(finalized, Instant(end.0 - 1)), end);
        assert_eq!(
            grace_end(finalized, end),
            end.plus_hours(72),
            "past when first learnt of: 72 h from then"
        );
        assert_eq!(grace_end(finalized, finalized.plus_days(30)), finalized.plus_days(33));
    }
}
