//! Usage of a period: levels, thresholds and their notices (§11). Integers only.

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
        if self.included <= 0 { 0 } else { self.used * 100 / self.included }
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
    Crossing { mail: passed.last().copied(), passed }
}
