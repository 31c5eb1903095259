//! Usage of a period: levels, thresholds and their notices (§11). Integers only.

use crate::{Cents, Currency, Instant};
use serde::{Deserialize, Serialize};

crate::words! {
    /// A threshold of a period's usage (Q6). Declared from low to high.
    pub enum Threshold {
        /// 80%.
        Eighty = "80",
        /// 90%, the one with the banner.
        Ninety = "90",
        /// Nothing is left.
        Exhausted = "100",
        /// The first unit beyond.
        Overage = "overage",
    }
}

crate::words! {
    /// How a meter is to be read.
    pub enum UsageLevel {
        /// Plenty.
        Fine = "fine",
        /// 90% reached with units left.
        Warning = "warning",
        /// A pack too small for 90% has one unit left (WN1).
        LastUnit = "last_unit",
        /// Nothing is left.
        Exhausted = "exhausted",
    }
}

/// What a period has used of what it includes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Units used, never more than `included` (I2).
    pub used: i64,
    /// Units granted.
    pub included: i64,
}

impl Usage {
    /// Units left.
    pub const fn remaining(self) -> i64 {
        self.included - self.used
    }

    /// Whole percent used, rounded down; 100 only when nothing is left.
    pub const fn percent(self) -> i64 {
        if self.included <= 0 {
            0
        } else {
            self.used * 100 / self.included
        }
    }

    /// WN1: `used × 100 ≥ included × t` with units left.
    pub const fn reached(self, percent: i64) -> bool {
        self.remaining() > 0 && self.used * 100 >= self.included * percent
    }

    /// How to show it (WN1, WN2).
    pub const fn level(self) -> UsageLevel {
        if self.included > 0 && self.remaining() <= 0 {
            UsageLevel::Exhausted
        } else if self.reached(90) {
            UsageLevel::Warning
        } else if self.included < 10 && self.remaining() == 1 && self.included > 1 {
            UsageLevel::LastUnit
        } else {
            UsageLevel::Fine
        }
    }

    /// Whether a threshold holds now. `overage_units` are those beyond the pack in this period.
    pub const fn holds(self, threshold: Threshold, overage_units: i64) -> bool {
        match threshold {
            Threshold::Eighty => self.used * 100 >= self.included * 80 && self.included > 0,
            Threshold::Ninety => self.used * 100 >= self.included * 90 && self.included > 0,
            Threshold::Exhausted => self.included > 0 && self.remaining() <= 0,
            Threshold::Overage => overage_units > 0,
        }
    }
}

/// When a period's units are used up at the pace so far, where that is a day or more before it ends. `None` where nothing is used
/// or left, and in the first tenth of the period: one busy day says nothing of a month.
pub fn runs_out(usage: Usage, starts: Instant, ends: Instant, now: Instant) -> Option<Instant> {
    let (passed, whole) = (now - starts, ends - starts);
    if usage.used <= 0 || usage.remaining() <= 0 || passed <= 0 || passed * 10 < whole {
        return None;
    }
    // In whole seconds; a pack has 10,000 units at most and a period 31 days, so the product is far from the end of an `i64`.
    let at = starts.plus_secs(passed * usage.included / usage.used);
    (at.plus_days(1) <= ends).then_some(at)
}

/// What one submission crossed: the threshold to mail about, if any, and those to write down as passed (WN3, WN5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The highest one crossed; the only one that mails.
    pub mail: Option<Threshold>,
    /// All crossed and not yet written, low to high, `mail` included.
    pub passed: Vec<Threshold>,
}

/// WN1–WN5: the thresholds between two readings of one period, less those already written.
///
/// `Eighty` and `Ninety` mail only while units are left (WN1); jumping over them to exhausted writes them as passed.
pub fn crossing(before: (Usage, i64), after: (Usage, i64), already: &[Threshold]) -> Crossing {
    let passed: Vec<Threshold> = Threshold::ALL
        .iter()
        .copied()
        .filter(|t| after.0.holds(*t, after.1) && !before.0.holds(*t, before.1) && !already.contains(t))
        .collect();
    Crossing {
        mail: passed.last().copied(),
        passed,
    }
}

/// What the texts about a period's usage are made of (WN1–WN4). The day comes as text: no zone is known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageFacts {
    /// "Logo design".
    pub service: String,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// What is used of what is included.
    pub usage: Usage,
    /// What one unit beyond costs this client now.
    pub unit_price: Cents,
    /// Its currency.
    pub currency: Currency,
    /// The day on which the next units come, in the business zone: "Feb 28".
    pub until: String,
}

impl UsageFacts {
    /// "18 of 20 Logo designs" where the service's name ends with its unit, else "18 of 20 minutes of Voice-over".
    pub fn counted(&self) -> String {
        format!(
            "{} of {} {}",
            self.usage.used,
            self.usage.included,
            self.units_of_service()
        )
    }

    /// "Extra designs cost $25 each until Feb 28."
    pub fn extra(&self) -> String {
        if self.unit_price == Cents::ZERO {
            format!("Extra {} are free until {}.", self.unit_plural, self.until)
        } else {
            let price = self.unit_price.brief(self.currency);
            format!("Extra {} cost {price} each until {}.", self.unit_plural, self.until)
        }
    }

    fn units_of_service(&self) -> String {
        let (one, many) = (&self.unit_singular, &self.unit_plural);
        units_of_service(&self.service, one, many, self.usage.included)
    }
}

/// "Logo designs" where the service's name ends with its unit, else "minutes of Voice-over".
fn units_of_service(service: &str, one: &str, many: &str, count: i64) -> String {
    let unit = if count == 1 { one } else { many };
    // Lower-casing may change lengths outside ASCII, so the tail is cut only where it stands as written or in another
    // ASCII case.
    let cut = service.len().checked_sub(one.len());
    let head = cut
        .filter(|at| service.is_char_boundary(*at))
        .map(|at| service.split_at(at));
    match head {
        Some((head, tail)) if tail.eq_ignore_ascii_case(one) && (head.is_empty() || head.ends_with(' ')) => {
            format!("{head}{unit}")
        }
        _ => format!("{unit} of {service}"),
    }
}

/// SU8: what a client reads once, when its pack has begun. `until` is a day: "Feb 28".
pub fn begun_text(service: &str, one: &str, many: &str, included: i64, until: &str) -> String {
    let units = units_of_service(service, one, many, included);
    let are = if included == 1 { "is" } else { "are" };
    format!("You're subscribed. {included} {units} {are} ready until {until}.")
}

/// The banner on the client's dashboard, from the usage as it is now, so that a restore hides it again (WN3). `None`
/// below 90% (Q6). Links (*Upgrade pack*) are the page's part.
pub fn banner_text(facts: &UsageFacts) -> Option<String> {
    match facts.usage.level() {
        UsageLevel::Fine => None,
        // WN4.
        UsageLevel::Warning => Some(format!(
            "You've used {} ({}%). {}",
            facts.counted(),
            facts.usage.percent(),
            facts.extra()
        )),
        // WN1: too small a pack for the 90% warning, so this never names a percentage.
        UsageLevel::LastUnit => Some(format!("1 left: you've used {}. {}", facts.counted(), facts.extra())),
        // WN2.
        UsageLevel::Exhausted => Some(format!("You've used {}. {}", facts.counted_all(), facts.extra())),
    }
}

/// The sentence of the mail or note that a crossed threshold sends (WN1–WN3, WN5). The usage is that right after the
/// submission that crossed it.
pub fn threshold_text(threshold: Threshold, facts: &UsageFacts) -> String {
    match threshold {
        Threshold::Eighty | Threshold::Ninety => {
            format!(
                "You've used {} ({}%). {}",
                facts.counted(),
                facts.usage.percent(),
                facts.extra()
            )
        }
        Threshold::Exhausted => format!("You've used {}. {}", facts.counted_all(), facts.extra()),
        Threshold::Overage => {
            format!(
                "You've used more than {} this period. {}",
                facts.allowance(),
                facts.extra()
            )
        }
    }
}

impl UsageFacts {
    /// "all 20 Logo designs".
    fn counted_all(&self) -> String {
        let unit = self.units_of_service();
        if self.usage.included == 1 {
            format!("your 1 {unit}")
        } else {
            format!("all {} {unit}", self.usage.included)
        }
    }

    /// "your 20 Logo designs".
    fn allowance(&self) -> String {
        format!("your {} {}", self.usage.included, self.units_of_service())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const fn usage(used: i64, included: i64) -> Usage {
        Usage { used, included }
    }

    #[rstest]
    #[case(17, 20, UsageLevel::Fine)]
    #[case(18, 20, UsageLevel::Warning)]
    #[case(19, 20, UsageLevel::Warning)]
    #[case(20, 20, UsageLevel::Exhausted)]
    #[case(9, 10, UsageLevel::Warning)]
    #[case(8, 9, UsageLevel::LastUnit)]
    #[case(7, 9, UsageLevel::Fine)]
    #[case(4, 5, UsageLevel::LastUnit)]
    #[case(1, 2, UsageLevel::LastUnit)]
    #[case(0, 1, UsageLevel::Fine)]
    #[case(1, 1, UsageLevel::Exhausted)]
    #[case(899, 999, UsageLevel::Fine)] // 89.99 %
    #[case(900, 999, UsageLevel::Warning)]
    #[case(0, 0, UsageLevel::Fine)]
    fn wn1_wn2_levels(#[case] used: i64, #[case] included: i64, #[case] level: UsageLevel) {
        assert_eq!(usage(used, included).level(), level);
    }

    #[test]
    fn wn1_of_nothing_included_nothing_is_reached() {
        for threshold in Threshold::ALL {
            assert!(!usage(0, 0).holds(*threshold, 0), "{threshold:?}");
        }
        assert!(usage(0, 0).holds(Threshold::Overage, 1));
    }

    #[rstest]
    #[case(
        "T-shirt design",
        "design",
        "designs",
        10,
        "You're subscribed. 10 T-shirt designs are ready until Dec 28."
    )]
    #[case(
        "Logo design",
        "design",
        "designs",
        1,
        "You're subscribed. 1 Logo design is ready until Dec 28."
    )]
    #[case(
        "Voice-over",
        "minute",
        "minutes",
        30,
        "You're subscribed. 30 minutes of Voice-over are ready until Dec 28."
    )]
    fn su8_a_pack_that_has_begun_says_what_there_is(
        #[case] service: &str,
        #[case] one: &str,
        #[case] many: &str,
        #[case] included: i64,
        #[case] text: &str,
    ) {
        assert_eq!(begun_text(service, one, many, included, "Dec 28"), text);
    }

    #[rstest]
    // 30 days from Mar 1. Half of 20 in the first 9 days: the rest is gone in 9 more.
    #[case(10, 20, "2027-03-10T00:00:00Z", Some("2027-03-19T00:00:00Z"))]
    #[case(19, 20, "2027-03-20T00:00:00Z", Some("2027-03-21T00:00:00Z"))]
    // The pace holds out until the end, or so nearly that nothing is to be said.
    #[case(10, 20, "2027-03-16T00:00:00Z", None)]
    #[case(10, 20, "2027-03-15T12:00:01Z", None)]
    #[case(10, 20, "2027-03-15T12:00:00Z", Some("2027-03-30T00:00:00Z"))]
    #[case(1, 20, "2027-03-30T00:00:00Z", None)]
    // Too early to tell: less than a tenth has passed.
    #[case(10, 20, "2027-03-03T23:59:59Z", None)]
    #[case(10, 20, "2027-03-04T00:00:00Z", Some("2027-03-07T00:00:00Z"))]
    // Nothing used, nothing left, nothing there.
    #[case(0, 20, "2027-03-10T00:00:00Z", None)]
    #[case(20, 20, "2027-03-10T00:00:00Z", None)]
    #[case(0, 0, "2027-03-10T00:00:00Z", None)]
    // A clock before the period.
    #[case(10, 20, "2027-02-20T00:00:00Z", None)]
    fn s20_the_pace_says_when_the_units_run_out(
        #[case] used: i64,
        #[case] included: i64,
        #[case] now: &str,
        #[case] out: Option<&str>,
    ) {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let (starts, ends) = (at("2027-03-01T00:00:00Z"), at("2027-03-31T00:00:00Z"));
        assert_eq!(runs_out(usage(used, included), starts, ends, at(now)), out.map(at));
    }

    #[test]
    fn wn1_thresholds_are_strict_integer_arithmetic_for_every_small_pack() {
        for included in 1..=200i64 {
            for used in 0..=included {
                let u = usage(used, included);
                for t in [80, 90] {
                    // The share as a fraction, compared crosswise.
                    let reached = used < included && i128::from(used) * 100 >= i128::from(included) * i128::from(t);
                    assert_eq!(u.reached(t), reached, "{used}/{included} at {t}");
                }
                // WN1: the 90% warning can only be of a pack of 10 or more, the note only of a smaller one.
                match u.level() {
                    UsageLevel::Warning => assert!(included >= 10),
                    UsageLevel::LastUnit => assert!(included < 10 && u.remaining() == 1),
                    _ => {}
                }
                assert_eq!(u.percent() == 100, u.remaining() == 0);
            }
        }
    }

    #[rstest]
    // 70 % to exhausted by one request: one mail, all three written.
    #[case((14, 0), (20, 0), &[], Some(Threshold::Exhausted), &[Threshold::Eighty, Threshold::Ninety, Threshold::Exhausted])]
    #[case((14, 0), (20, 2), &[], Some(Threshold::Overage),
        &[Threshold::Eighty, Threshold::Ninety, Threshold::Exhausted, Threshold::Overage])]
    #[case((14, 0), (18, 0), &[], Some(Threshold::Ninety), &[Threshold::Eighty, Threshold::Ninety])]
    #[case((14, 0), (16, 0), &[], Some(Threshold::Eighty), &[Threshold::Eighty])]
    #[case((14, 0), (15, 0), &[], None, &[])]
    #[case((20, 0), (20, 1), &[Threshold::Eighty, Threshold::Ninety, Threshold::Exhausted], Some(Threshold::Overage),
        &[Threshold::Overage])]
    #[case((20, 1), (20, 2), &[Threshold::Eighty, Threshold::Ninety, Threshold::Exhausted, Threshold::Overage], None, &[])]
    // WN3: after a restore the crossing is seen again but already written.
    #[case((17, 0), (18, 0), &[Threshold::Eighty, Threshold::Ninety], None, &[])]
    #[case((17, 0), (20, 0), &[Threshold::Eighty, Threshold::Ninety], Some(Threshold::Exhausted), &[Threshold::Exhausted])]
    // A restore crosses nothing.
    #[case((20, 0), (10, 0), &[], None, &[])]
    fn wn5_only_the_highest_mails(
        #[case] before: (i64, i64),
        #[case] after: (i64, i64),
        #[case] already: &[Threshold],
        #[case] mail: Option<Threshold>,
        #[case] passed: &[Threshold],
    ) {
        let found = crossing((usage(before.0, 20), before.1), (usage(after.0, 20), after.1), already);
        assert_eq!(
            found,
            Crossing {
                mail,
                passed: passed.to_vec()
            }
        );
    }

    proptest! {
        #[test]
        fn wn3_each_threshold_is_written_and_mailed_at_most_once(
            included in 1i64..60,
            steps in prop::collection::vec((any::<bool>(), 1i64..25), 1..60),
        ) {
            let (mut used, mut overage) = (0i64, 0i64);
            let mut written: Vec<Threshold> = Vec::new();
            let mut mailed: Vec<Threshold> = Vec::new();
            for (submits, units) in steps {
                let before = (usage(used, included), overage);
                if submits {
                    let from_pack = units.min(included - used);
                    used += from_pack;
                    overage += units - from_pack;
                } else {
                    used -= units.min(used);
                    overage -= units.min(overage);
                }
                let after = (usage(used, included), overage);
                let found = crossing(before, after, &written);
                prop_assert!(submits || found.passed.is_empty(), "a restore crosses nothing");
                prop_assert!(found.passed.iter().all(|t| !written.contains(t)));
                prop_assert!(found.passed.is_sorted());
                prop_assert_eq!(found.mail, found.passed.iter().copied().max());
                // WN1: 80 and 90 mail only with units left.
                if matches!(found.mail, Some(Threshold::Eighty | Threshold::Ninety)) {
                    prop_assert!(after.0.remaining() > 0);
                }
                written.extend(found.passed);
                mailed.extend(found.mail);
                // Nothing that holds is left unwritten.
                prop_assert!(Threshold::ALL.iter().all(|t| !after.0.holds(*t, after.1) || written.contains(t)));
            }
            let mut once = mailed.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), mailed.len());
        }
    }

    fn facts(used: i64, included: i64) -> UsageFacts {
        UsageFacts {
            service: "Logo design".into(),
            unit_singular: "design".into(),
            unit_plural: "designs".into(),
            usage: usage(used, included),
            unit_price: Cents(2_500),
            currency: Currency::USD,
            until: "Feb 28".into(),
        }
    }

    #[test]
    fn wn4_the_banner_reads_as_specified() {
        assert_eq!(
            banner_text(&facts(18, 20)).unwrap(),
            "You've used 18 of 20 Logo designs (90%). Extra designs cost $25 each until Feb 28."
        );
        assert_eq!(banner_text(&facts(17, 20)), None);
        let dear = UsageFacts {
            unit_price: Cents(2_550),
            ..facts(19, 20)
        };
        assert_eq!(
            banner_text(&dear).unwrap(),
            "You've used 19 of 20 Logo designs (95%). Extra designs cost $25.50 each until Feb 28."
        );
        let free = UsageFacts {
            unit_price: Cents(0),
            ..facts(18, 20)
        };
        assert!(
            banner_text(&free)
                .unwrap()
                .ends_with("Extra designs are free until Feb 28.")
        );
    }

    #[test]
    fn wn1_the_last_unit_of_a_small_pack_is_not_called_the_90_percent_warning() {
        let text = banner_text(&facts(4, 5)).unwrap();
        assert_eq!(
            text,
            "1 left: you've used 4 of 5 Logo designs. Extra designs cost $25 each until Feb 28."
        );
        assert!(!text.contains('%'));
    }

    #[test]
    fn wn2_exhausted_and_overage_texts() {
        let extra = "Extra designs cost $25 each until Feb 28.";
        assert_eq!(
            banner_text(&facts(20, 20)).unwrap(),
            format!("You've used all 20 Logo designs. {extra}")
        );
        assert_eq!(
            banner_text(&facts(1, 1)).unwrap(),
            format!("You've used your 1 Logo design. {extra}")
        );
        assert_eq!(
            threshold_text(Threshold::Overage, &facts(20, 20)),
            format!("You've used more than your 20 Logo designs this period. {extra}")
        );
        assert_eq!(
            threshold_text(Threshold::Eighty, &facts(16, 20)),
            format!("You've used 16 of 20 Logo designs (80%). {extra}")
        );
        assert_eq!(
            threshold_text(Threshold::Exhausted, &facts(20, 20)),
            banner_text(&facts(20, 20)).unwrap()
        );
    }

    #[rstest]
    #[case("Logo design", "design", "designs", "3 of 20 Logo designs")]
    #[case("Logo Design", "design", "designs", "3 of 20 Logo designs")]
    #[case("Design", "design", "designs", "3 of 20 designs")]
    #[case("Voice-over", "minute", "minutes", "3 of 20 minutes of Voice-over")]
    #[case("Redesign", "design", "designs", "3 of 20 designs of Redesign")]
    #[case("Étude", "É", "Éé", "3 of 20 Éé of Étude")]
    fn wn4_units_of_a_service(#[case] service: &str, #[case] one: &str, #[case] many: &str, #[case] text: &str) {
        let facts = UsageFacts {
            service: service.into(),
            unit_singular: one.into(),
            unit_plural: many.into(),
            ..facts(3, 20)
        };
        assert_eq!(facts.counted(), text);
    }
}
