//! Usage of a period: levels, thresholds and their notices (§11). Integers only.

use crate::{Cents, Currency};
use serde::{Deserialize, Serialize};

crate::words! {
    /// A threshold of a period's usage (Q6). Declared from low to high.
    pub enum Threshold {
        /// 80 %.
        Eighty = "80",
        /// 90 %, the one with the banner.
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
        /// 90 % reached with units left.
        Warning = "warning",
        /// A pack too small for 90 % has one unit left (WN1).
        LastUnit = "last_unit",
        /// Nothing is left.
        Exhausted = "exhausted",
    }
}

/// What a period has used of what it includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
        let unit = if self.usage.included == 1 {
            &self.unit_singular
        } else {
            &self.unit_plural
        };
        // Lower-casing may change lengths outside ASCII, so the tail is cut only where it stands as written or in
        // another ASCII case.
        let cut = self.service.len().checked_sub(self.unit_singular.len());
        let head = cut
            .filter(|at| self.service.is_char_boundary(*at))
            .map(|at| self.service.split_at(at));
        match head {
            Some((head, tail))
                if tail.eq_ignore_ascii_case(&self.unit_singular) && (head.is_empty() || head.ends_with(' ')) =>
            {
                if head.is_empty() {
                    unit.clone()
                } else {
                    format!("{head}{unit}")
                }
            }
            _ => format!("{unit} of {}", self.service),
        }
    }
}

/// The banner on the client's dashboard, from the usage as it is now, so that a restore hides it again (WN3). `None`
/// below 90 % (Q6). Links (*Upgrade pack*) are the page's part.
pub fn banner_text(facts: &UsageFacts) -> Option<String> {
    match facts.usage.level() {
        UsageLevel::Fine => None,
        // WN4.
        UsageLevel::Warning => Some(format!(
            "You've used {} ({} %). {}",
            facts.counted(),
            facts.usage.percent(),
            facts.extra()
        )),
        // WN1: too small a pack for the 90 % warning, so this never names a percentage.
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
                "You've used {} ({} %). {}",
                facts.counted(),
                facts.usage.percent(),
                facts.extra()
            )
        }
        Threshold::Exhausted => format!("You've used {}. {}", facts.counted_all(), facts.extra()),
        Threshold::Overage => {
            format!(
                "You've gone beyond {} this period. {}",
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
