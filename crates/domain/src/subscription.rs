//! The state of a pack subscription (§4), its rail and how it is paid.

use crate::Instant;

crate::words! {
    /// §4's statuses.
    pub enum SubscriptionStatus {
        /// Waits for its first payment.
        Incomplete = "incomplete",
        /// Paid and usable.
        Active = "active",
        /// A renewal failed; usable until the grace ends.
        PastDue = "past_due",
        /// The grace ended with an open invoice.
        Suspended = "suspended",
        /// Over.
        Ended = "ended",
    }
}

impl SubscriptionStatus {
    /// *Live*: holds the client's one place for the service, together with `suspended` (GR8, I7).
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Incomplete | Self::Active | Self::PastDue)
    }

    /// Units may be used.
    pub const fn has_benefits(self) -> bool {
        matches!(self, Self::Active | Self::PastDue)
    }

    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Incomplete => "Waiting for payment",
            Self::Active => "Active",
            Self::PastDue => "Payment failed",
            Self::Suspended => "Suspended",
            Self::Ended => "Ended",
        }
    }
}

crate::words! {
    /// How a pack's fee is collected, fixed on the subscription (Q2).
    pub enum Rail {
        /// A Stripe subscription on a card.
        Stripe = "stripe",
        /// One deduction row each period.
        Royalties = "royalties",
    }
}

crate::words! {
    /// How a client pays for what goes beyond its packs (§16).
    pub enum PaymentType {
        /// Each request is charged at once.
        PayAsYouGo = "pay_as_you_go",
        /// One statement on the 1st.
        Monthly = "monthly",
        /// Taken from what Tri-POD owes the client.
        Royalties = "royalties",
    }
}

impl PaymentType {
    /// Q2: the rail of a pack follows the payment type at the moment of subscribing.
    pub const fn rail(self) -> Rail {
        match self {
            Self::PayAsYouGo | Self::Monthly => Rail::Stripe,
            Self::Royalties => Rail::Royalties,
        }
    }

    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PayAsYouGo => "Pay as you Go",
            Self::Monthly => "Monthly Payment",
            Self::Royalties => "Deduct from Royalties",
        }
    }
}

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
/// `canceled` while our grace still runs keeps the benefits to its end and alarms staff.
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
            _ => Becomes(S::Ended),
        },
        StripeStatus::Paused | StripeStatus::Unknown(_) => StaysWithAlarm,
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
