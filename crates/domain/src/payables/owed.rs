//! When the payment for a pack accrues and to how much, and what a split does to it (§15, VP2, AS7).
//!
//! Lines are only added: what turns out otherwise is corrected by a line of its own, so that what was paid stays as it was.

use crate::{Cents, PeriodPayment, catalogue::pack::VendorRateMode, payables::VendorTerms};

crate::words! {
    /// What a line is.
    pub enum PayableKind {
        /// For a pack's period as a whole (VP2).
        Pack = "pack",
        /// For the included units of a delivered request (VP2).
        Unit = "unit",
        /// For delivered units outside of packs (VP3).
        Service = "service",
        /// Corrects another (VP4).
        Correction = "correction",
    }
}

crate::words! {
    /// What a line is for; a correction is for what the line is for that it corrects.
    pub enum Basis {
        /// A pack's period as a whole.
        Pack = "pack",
        /// Included units.
        Unit = "unit",
        /// Units outside of packs: VP3's tab *Services*.
        Service = "service",
    }
}

crate::words! {
    /// VP2: why the payment for a pack is owed.
    pub enum Cause {
        /// The client has paid the period.
        Paid = "paid",
        /// The period was opened, and is deducted from royalties.
        Opened = "opened",
        /// Its first included unit was delivered, before it was paid.
        Delivered = "delivered",
        /// It was owed before; what has accrued stays.
        Before = "before",
    }
}

/// VP2: why the payment for a period's pack is owed, if it is. `delivered`: included units; `accrued`: a line for it is there
/// already, and a period that is written off later keeps what has accrued.
pub fn cause(payment: PeriodPayment, delivered: i64, accrued: bool) -> Option<Cause> {
    use PeriodPayment as P;
    match payment {
        P::Paid | P::Refunded => Some(Cause::Paid),
        P::RoyaltyDue | P::RoyaltyPaid => Some(Cause::Opened),
        P::Pending | P::Failed | P::WrittenOff if delivered > 0 => Some(Cause::Delivered),
        P::Pending | P::Failed | P::WrittenOff => accrued.then_some(Cause::Before),
    }
}

/// What has accrued to a vendor for a pack's period so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accrued {
    /// The line with those corrections of it that came by themselves.
    pub amount: Cents,
    /// Staff have decided that it is not owed.
    pub void: bool,
}

/// One vendor of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Tri-POD: its lines are there, and are nothing (TP4).
    pub internal: bool,
    /// It has the period; else it was replaced (AS7).
    pub holds: bool,
    /// VP1.
    pub terms: VendorTerms,
    /// AS7: the period is split, and this is its part of the payment; `None` in it: paid for each unit.
    pub share: Option<Option<Cents>>,
    /// What has accrued to it.
    pub accrued: Option<Accrued>,
}

/// What is to be written for one vendor of a period whose payment is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Its line.
    Line(Cents),
    /// Another amount than what has accrued: by so much more, or less.
    Correction(Cents),
}

impl Holder {
    /// VP1, AS7, TP4: what it is to get for the pack as a whole.
    pub fn due(&self) -> Cents {
        match (self.terms.mode, self.share) {
            _ if self.internal => Cents::ZERO,
            (VendorRateMode::PerUnit, _) => Cents::ZERO,
            (VendorRateMode::PerPack, Some(share)) => share.unwrap_or(Cents::ZERO),
            (VendorRateMode::PerPack, None) => self.terms.payment,
        }
    }

    /// VP2: what its line wants. Doing it again wants nothing.
    pub fn entry(&self) -> Option<Entry> {
        let due = self.due();
        match self.accrued {
            Some(Accrued { void: true, .. }) => None,
            Some(accrued) => (accrued.amount != due).then_some(Entry::Correction(due - accrued.amount)),
            None if self.terms.mode == VendorRateMode::PerUnit => None,
            // Who was replaced before anything was delivered is owed nothing, and there is nothing to say.
            None => (self.holds || due != Cents::ZERO).then_some(Entry::Line(due)),
        }
    }
}

/// VP2, VP3, TP4: what delivered units come to; `None` where it does not fit.
pub fn for_units(internal: bool, rate: Cents, units: i64) -> Option<(Cents, Cents)> {
    let rate = if internal { Cents::ZERO } else { rate };
    Some((rate, rate.times(units)?))
}
