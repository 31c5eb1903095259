//! What an assignment does, what cannot be and why, and how a period is split when its vendor is replaced in its midst (AS7).

use crate::{
    Cents, Instant, SubscriptionStatus, VendorId, catalogue::pack::VendorRateMode, payables::VendorTerms,
    shown::counted, time::relative,
};
use serde::{Deserialize, Serialize};

/// Subscriptions that one assignment may name, at most.
pub const MAX_PICKS: usize = 1_000;

/// AS1: hours until admins are mailed that a pack has no vendor.
pub const PENDING_HOURS: i64 = 4;

/// AS1: hours until they are mailed again.
pub const PENDING_AGAIN_HOURS: i64 = 24;

/// §14 *Ends soon*: days before the end of a period.
pub const SOON_DAYS: i64 = 7;

/// What decides about one subscription. The period is the one that holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackFacts {
    /// §4.
    pub status: SubscriptionStatus,
    /// The vendor of the period; `None`: Pending Assignment (AS1).
    pub vendor: Option<VendorId>,
    /// The vendor that is to take over at the boundary (AS5).
    pub next: Option<VendorId>,
    /// The period's end.
    pub boundary: Instant,
    /// When the subscription will end.
    pub cancel_at: Option<Instant>,
}

/// When an assignment is to take effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// AS2: a first one now, another at the next boundary.
    InTurn,
    /// AS7.
    ReplaceNow,
}

/// What an assignment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// AS2: the first vendor of the period.
    Now,
    /// AS7: another vendor for what is left of the period.
    Replaces,
    /// AS2: from the boundary on.
    Next(Instant),
    /// AS5: the present vendor stays; who was to take over does not.
    Stays(Instant),
    /// It is so already.
    Already,
}

/// Why an assignment cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The vendor does not take this service.
    NotOffered,
    /// Nothing is worked on in this state.
    NotRunning(SubscriptionStatus),
    /// It ends with the period, and the period has its vendor.
    Ends(Instant),
}

/// AS2, AS5, AS7: what giving a subscription to a vendor does. `offers`: the vendor takes the pack's service.
///
/// # Errors
/// Why it cannot be.
pub fn effect(pack: &PackFacts, vendor: VendorId, offers: bool, when: When) -> Result<Effect, Refusal> {
    if !pack.status.has_benefits() {
        return Err(Refusal::NotRunning(pack.status));
    }
    if pack.vendor == Some(vendor) {
        // That one stays wants no offer: it has the pack already.
        return Ok(match pack.next {
            Some(_) if when == When::InTurn => Effect::Stays(pack.boundary),
            _ => Effect::Already,
        });
    }
    if !offers {
        return Err(Refusal::NotOffered);
    }
    match (pack.vendor, when) {
        (None, _) => Ok(Effect::Now),
        (Some(_), When::ReplaceNow) => Ok(Effect::Replaces),
        (Some(_), When::InTurn) if pack.next == Some(vendor) => Ok(Effect::Already),
        (Some(_), When::InTurn) => match pack.cancel_at {
            Some(end) if end <= pack.boundary => Err(Refusal::Ends(end)),
            _ => Ok(Effect::Next(pack.boundary)),
        },
    }
}

/// AS2, AS5, AS8: who holds the period that begins at a boundary: the one who was to take over, else the one who held
/// the last, as long as it takes work; else nobody.
pub fn vendor_at_boundary(
    held: Option<VendorId>,
    coming: Option<VendorId>,
    active: impl Fn(VendorId) -> bool,
) -> Option<VendorId> {
    coming.or(held).filter(|vendor| active(*vendor))
}

/// AS4: how many of a selection are affected how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Effective now.
    pub now: i64,
    /// Replaced now (AS7).
    pub replaced: i64,
    /// From their next period.
    pub next: i64,
    /// Nothing changes.
    pub already: i64,
    /// What cannot be: the reason's words and how many, in the order in which they were met.
    pub cannot: Vec<(String, i64)>,
}

impl Summary {
    /// Counts one; `reason` gives the words of a refusal.
    pub fn add<R>(&mut self, outcome: Result<Effect, R>, reason: impl FnOnce(R) -> String) {
        match outcome {
            Ok(Effect::Now) => self.now += 1,
            Ok(Effect::Replaces) => self.replaced += 1,
            Ok(Effect::Next(_) | Effect::Stays(_)) => self.next += 1,
            Ok(Effect::Already) => self.already += 1,
            Err(refusal) => {
                let words = reason(refusal);
                match self.cannot.iter_mut().find(|(known, _)| *known == words) {
                    Some((_, count)) => *count += 1,
                    None => self.cannot.push((words, 1)),
                }
            }
        }
    }

    /// How many would be changed.
    pub fn can(&self) -> i64 {
        self.now + self.replaced + self.next
    }

    /// How many cannot be.
    pub fn refused(&self) -> i64 {
        self.cannot.iter().map(|(_, count)| count).sum()
    }

    /// AS4: "4 start now · 3 start next period · 1 can't: vendor doesn't offer Embroidery".
    pub fn words(&self) -> String {
        let mut parts = Vec::new();
        let mut part = |count: i64, one: &str, many: &str| {
            if count > 0 {
                parts.push(counted(count, one, many));
            }
        };
        part(self.now, "starts now", "start now");
        part(self.replaced, "replaced now", "replaced now");
        part(self.next, "starts next period", "start next period");
        part(self.already, "unchanged", "unchanged");
        parts.extend(
            self.cannot
                .iter()
                .map(|(reason, count)| format!("{count} can't: {reason}")),
        );
        if parts.is_empty() {
            "Nothing selected".to_owned()
        } else {
            parts.join(" · ")
        }
    }
}

/// AS6: "10 seconds ago", "3 minutes ago".
pub fn ago(at: Instant, now: Instant) -> String {
    match (now.0.saturating_sub(at.0)) / 1_000_000 {
        ..1 => "just now".to_owned(),
        1 => "1 second ago".to_owned(),
        secs @ 2..60 => format!("{secs} seconds ago"),
        _ => relative(at, now),
    }
}

/// AS7: what a vendor that was replaced keeps of a period's payment: the delivered share of the included units, rounded
/// down. `None` where it is paid for each unit, and the units say it.
pub fn share_of_replaced(terms: VendorTerms, included: i64, delivered: i64) -> Option<Cents> {
    match terms.mode {
        VendorRateMode::PerUnit => None,
        VendorRateMode::PerPack if included <= 0 => Some(Cents::ZERO),
        VendorRateMode::PerPack => {
            let delivered = i128::from(delivered.clamp(0, included));
            let share = i128::from(terms.payment.0) * delivered / i128::from(included);
            Some(Cents(i64::try_from(share).unwrap_or(i64::MAX)))
        }
    }
}

/// AS7: what is left for the vendor that holds the period, by its own terms, after what the others have delivered. With
/// equal terms for all, nothing of the payment is lost or paid twice.
pub fn share_of_holder(terms: VendorTerms, included: i64, delivered_by_others: &[i64]) -> Option<Cents> {
    match terms.mode {
        VendorRateMode::PerUnit => None,
        VendorRateMode::PerPack => {
            let gone = delivered_by_others
                .iter()
                .filter_map(|units| share_of_replaced(terms, included, *units))
                .map(|share| share.0)
                .fold(0_i64, i64::saturating_add);
            Some(Cents((terms.payment.0 - gone).max(0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vendor(n: u128) -> VendorId {
        VendorId::from(uuid::Uuid::from_u128(n))
    }

    fn facts(held: Option<u128>, next: Option<u128>) -> PackFacts {
        PackFacts {
            status: SubscriptionStatus::Active,
            vendor: held.map(vendor),
            next: next.map(vendor),
            boundary: Instant(1_000),
            cancel_at: None,
        }
    }

    #[test]
    fn as2_a_first_one_is_now_and_another_from_the_boundary() {
        let at = Instant(1_000);
        let in_turn = |pack: &PackFacts, to| effect(pack, vendor(to), true, When::InTurn);
        assert_eq!(in_turn(&facts(None, None), 1), Ok(Effect::Now));
        assert_eq!(in_turn(&facts(Some(2), None), 1), Ok(Effect::Next(at)));
        assert_eq!(
            in_turn(&facts(Some(2), Some(3)), 1),
            Ok(Effect::Next(at)),
            "AS5: replaced"
        );
        assert_eq!(in_turn(&facts(Some(2), Some(1)), 1), Ok(Effect::Already));
        assert_eq!(in_turn(&facts(Some(1), None), 1), Ok(Effect::Already));
        assert_eq!(
            in_turn(&facts(Some(1), Some(3)), 1),
            Ok(Effect::Stays(at)),
            "AS5: removed"
        );
        assert_eq!(
            effect(&facts(Some(1), Some(3)), vendor(1), true, When::ReplaceNow),
            Ok(Effect::Already),
            "AS7: it has it already"
        );
    }

    #[test]
    fn as7_of_a_pack_without_units_nobody_has_a_share() {
        let terms = VendorTerms {
            mode: VendorRateMode::PerPack,
            payment: Cents(12_000),
        };
        assert_eq!(share_of_replaced(terms, 0, 1), Some(Cents::ZERO));
    }

    #[test]
    fn as2_what_ends_with_its_period_has_no_next_one() {
        let ending = |held, end| PackFacts {
            cancel_at: Some(Instant(end)),
            ..facts(held, None)
        };
        let in_turn = |pack: &PackFacts| effect(pack, vendor(1), true, When::InTurn);
        assert_eq!(in_turn(&ending(Some(2), 1_000)), Err(Refusal::Ends(Instant(1_000))));
        assert_eq!(in_turn(&ending(Some(2), 1_001)), Ok(Effect::Next(Instant(1_000))));
        assert_eq!(
            in_turn(&ending(None, 1_000)),
            Ok(Effect::Now),
            "its last period wants a vendor too"
        );
    }

    #[test]
    fn as3_only_who_offers_the_service_and_only_what_runs() {
        for when in [When::InTurn, When::ReplaceNow] {
            assert_eq!(
                effect(&facts(None, None), vendor(1), false, when),
                Err(Refusal::NotOffered)
            );
            for status in SubscriptionStatus::ALL.iter().copied() {
                let pack = PackFacts {
                    status,
                    ..facts(None, None)
                };
                let runs = matches!(status, SubscriptionStatus::Active | SubscriptionStatus::PastDue);
                assert_eq!(effect(&pack, vendor(1), true, when).is_ok(), runs, "{status}");
            }
        }
    }

    #[test]
    fn as4_the_summary_reads_as_the_rule_says() {
        let mut summary = Summary::default();
        let embroidery = |_| "vendor doesn't offer Embroidery".to_owned();
        for _ in 0..4 {
            summary.add(Ok(Effect::Now), embroidery);
        }
        for _ in 0..3 {
            summary.add(Ok(Effect::Next(Instant(1))), embroidery);
        }
        summary.add(Err(Refusal::NotOffered), embroidery);
        assert_eq!(
            summary.words(),
            "4 start now · 3 start next period · 1 can't: vendor doesn't offer Embroidery"
        );
        assert_eq!((summary.can(), summary.refused()), (7, 1));
        assert_eq!(Summary::default().words(), "Nothing selected");
    }

    #[test]
    fn as6_who_was_faster_is_told_to_the_second() {
        let at = Instant::from_secs(1_000);
        for (secs, words) in [
            (0, "just now"),
            (1, "1 second ago"),
            (10, "10 seconds ago"),
            (60, "1 minute ago"),
            (7_200, "2 hours ago"),
        ] {
            assert_eq!(ago(at, at.plus_secs(secs)), words);
        }
    }

    fn some_vendor() -> impl Strategy<Value = Option<u128>> {
        prop::option::of(1_u128..5)
    }

    proptest! {
        /// What the decision says is what the periods then have: carried out on a model, the period has the old vendor or
        /// (where it had none, or it was replaced) the new one, and the next one has what was announced.
        #[test]
        fn as2_as5_as7_the_effect_is_what_the_periods_get(held in some_vendor(), next in some_vendor(), to in 1_u128..5,
                                                          offers: bool, replace: bool, asleep in 1_u128..6) {
            let next = held.and(next);
            let pack = facts(held, next);
            let when = if replace { When::ReplaceNow } else { When::InTurn };
            let active = |v: VendorId| v != vendor(asleep);
            let before = (pack.vendor, vendor_at_boundary(pack.vendor, pack.next, active));
            let after = match effect(&pack, vendor(to), offers, when) {
                Err(_) => before,
                Ok(Effect::Now | Effect::Replaces) => {
                    let coming = pack.next.filter(|v| *v != vendor(to));
                    (Some(vendor(to)), vendor_at_boundary(Some(vendor(to)), coming, active))
                }
                Ok(Effect::Next(_)) => (pack.vendor, vendor_at_boundary(pack.vendor, Some(vendor(to)), active)),
                Ok(Effect::Stays(_)) => (pack.vendor, vendor_at_boundary(pack.vendor, None, active)),
                Ok(Effect::Already) => before,
            };
            // AS2: a period that has a vendor keeps it, unless it is replaced.
            if pack.vendor.is_some() && !replace {
                prop_assert_eq!(after.0, pack.vendor);
            }
            // AS8: nobody holds a new period who takes no work.
            prop_assert!(after.1.is_none_or(active));
            if effect(&pack, vendor(to), offers, when).is_ok() && !replace && active(vendor(to)) {
                prop_assert_eq!(after.1, Some(vendor(to)), "from the next period on it is the chosen one's");
            }
        }

        #[test]
        fn as7_the_split_pays_the_pack_once(payment in 0_i64..1_000_000, included in 1_i64..10_000,
                                            parts in prop::collection::vec(0_i64..10_000, 0..6)) {
            // What was delivered in a period is never more than it includes.
            let mut left = included;
            let delivered: Vec<i64> = parts.iter().map(|p| { let d = (*p).min(left); left -= d; d }).collect();
            let terms = VendorTerms { payment: Cents(payment), mode: VendorRateMode::PerPack };
            let replaced: i64 = delivered.iter().map(|d| share_of_replaced(terms, included, *d).unwrap().0).sum();
            let holder = share_of_holder(terms, included, &delivered).unwrap().0;
            prop_assert_eq!(replaced + holder, payment);
            prop_assert!(holder >= 0);
            for units in &delivered {
                let share = share_of_replaced(terms, included, *units).unwrap().0;
                prop_assert!(share * included <= payment * units && (share + 1) * included > payment * units);
            }
            let by_unit = VendorTerms { mode: VendorRateMode::PerUnit, ..terms };
            prop_assert_eq!(share_of_replaced(by_unit, included, 3), None);
            prop_assert_eq!(share_of_holder(by_unit, included, &delivered), None);
        }

        #[test]
        fn as4_every_pick_is_counted_once(kinds in prop::collection::vec(0_u8..7, 0..50)) {
            let mut summary = Summary::default();
            for kind in &kinds {
                let outcome = match kind {
                    0 => Ok(Effect::Now),
                    1 => Ok(Effect::Replaces),
                    2 => Ok(Effect::Next(Instant(0))),
                    3 => Ok(Effect::Stays(Instant(0))),
                    4 => Ok(Effect::Already),
                    5 => Err(Refusal::NotOffered),
                    _ => Err(Refusal::Ends(Instant(0))),
                };
                summary.add(outcome, |refusal| format!("{refusal:?}"));
            }
            prop_assert_eq!(summary.can() + summary.already + summary.refused(), kinds.len() as i64);
            prop_assert!(summary.cannot.len() <= 2);
        }
    }
}
