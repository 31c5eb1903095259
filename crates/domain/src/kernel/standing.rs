//! Words that say how a client stands: its way of paying, and a subscription's state. They stand in the kernel because whoever
//! shows a client or a pack shows them; what leads from one to another is of subscriptions.

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

impl Rail {
    /// What the payments that these bring next are called, one of them: a pack keeps its rail whatever its client's payment type
    /// has become (§16), so there may be both.
    pub fn payment(mut rails: impl Iterator<Item = Rail>) -> &'static str {
        match rails.next() {
            Some(first) if rails.any(|other| other != first) => "payment",
            Some(Rail::Royalties) => "deduction",
            _ => "charge",
        }
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

    /// How what a pack does not cover is charged, as its client reads it.
    pub const fn charged(self) -> &'static str {
        match self {
            Self::PayAsYouGo => "charged when you submit",
            Self::Monthly => "added to your monthly statement",
            Self::Royalties => "deducted from your royalties",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q2_the_rail_follows_the_payment_type() {
        assert_eq!(PaymentType::PayAsYouGo.rail(), Rail::Stripe);
        assert_eq!(PaymentType::Monthly.rail(), Rail::Stripe);
        assert_eq!(PaymentType::Royalties.rail(), Rail::Royalties);
    }

    #[test]
    fn s16_what_comes_next_is_called_by_the_rails_of_the_packs() {
        let called = |rails: &[Rail]| Rail::payment(rails.iter().copied());
        assert_eq!(called(&[Rail::Royalties, Rail::Royalties]), "deduction");
        assert_eq!(called(&[Rail::Stripe]), "charge");
        assert_eq!(called(&[Rail::Royalties, Rail::Stripe]), "payment");
        assert_eq!(called(&[Rail::Stripe, Rail::Royalties]), "payment");
        assert_eq!(called(&[]), "charge");
    }
}
