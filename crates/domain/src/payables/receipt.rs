//! The facts that are stored with a line (AH1).

use crate::{BusinessZone, Cents, Currency, Instant, LocalDay, payables::Cause};
use serde::{Deserialize, Serialize};

/// The pack and period of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackFacts {
    /// "20 × Logo design", as it was called then.
    pub pack: String,
    /// The period's number, from 1.
    pub seq: i64,
    /// First instant of the period.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units granted for the period.
    pub included: i64,
}

/// What decided a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// VP2: the payment for a pack.
    Pack {
        /// Why it is owed.
        cause: Cause,
        /// VP1: what the terms say.
        payment: Cents,
        /// VP1: they are the vendor's own.
        own: bool,
        /// AS7: the period is split.
        split: Option<SplitFacts>,
    },
    /// VP2: included units that were delivered.
    Units {
        /// The request's number.
        request: i64,
        /// When.
        delivered_at: Instant,
        /// How many.
        units: i64,
        /// For one.
        rate: Cents,
        /// VP1: the terms are the vendor's own.
        own: bool,
    },
    /// VP3: delivered units outside of packs.
    Service {
        /// The request's number.
        request: i64,
        /// When.
        delivered_at: Instant,
        /// How many.
        units: i64,
        /// For one; `None`: the vendor had no rate for the service.
        rate: Option<Cents>,
    },
    /// AS7, PC7: another amount is owed for the pack than what had accrued.
    Settled {
        /// What had accrued.
        before: Cents,
        /// What is owed.
        due: Cents,
        /// AS7: because the period is split.
        split: Option<SplitFacts>,
    },
    /// VP4: staff corrected it.
    Corrected {
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// What stood before, earlier corrections included.
        before: Cents,
    },
}

/// AS7: a vendor's part of a period that was split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFacts {
    /// Included units that it had delivered when it was replaced; `None`: it holds the period.
    pub delivered: Option<i64>,
    /// Included units that those had delivered who were replaced, itself not counted.
    pub by_others: i64,
}

/// The facts of one line (AH1). They name neither the client nor a price of the client's: vendors read them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayableReceipt {
    /// The one reading of the clock that decided.
    pub decided_at: Instant,
    /// The day by which reports count it (VP5).
    pub local_day: LocalDay,
    /// The pack, where it is for one.
    pub pack: Option<PackFacts>,
    /// The service, as it was called then.
    pub service: String,
    /// What decided.
    pub decision: Decision,
    /// TP4: of Tri-POD.
    pub internal: bool,
    /// What came of it.
    pub amount: Cents,
    /// Its currency.
    pub currency: Currency,
    /// The rules that decided, by id.
    pub rules: Vec<String>,
}

impl Decision {
    /// The ids of the rules that decide such a line.
    pub fn rules(&self, internal: bool) -> Vec<String> {
        let mut ids = match self {
            Decision::Pack { split: None, .. } => vec!["VP1", "VP2"],
            Decision::Pack { .. } => vec!["VP1", "VP2", "AS7"],
            Decision::Units { .. } => vec!["VP1", "VP2"],
            Decision::Service { .. } => vec!["VP3"],
            Decision::Settled { split: Some(_), .. } => vec!["VP4", "AS7"],
            Decision::Settled { .. } => vec!["VP4", "PC7"],
            Decision::Corrected { .. } => vec!["VP4"],
        };
        if internal {
            ids.push("TP4");
        }
        ids.into_iter().map(str::to_owned).collect()
    }
}

fn units_words(units: i64) -> String {
    format!("{units} {}", if units == 1 { "unit" } else { "units" })
}

impl SplitFacts {
    fn line(self, included: i64) -> String {
        match self.delivered {
            Some(units) => {
                format!(
                    "Another vendor took over this period after {units} of {included} included units were delivered."
                )
            }
            None => format!(
                "Taken over from another vendor, who had delivered {} of {included} included units.",
                self.by_others
            ),
        }
    }
}

impl PayableReceipt {
    /// The receipt as sentences, most important first.
    pub fn lines(&self, zone: &BusinessZone) -> Vec<String> {
        let show = |amount: Cents| amount.show(self.currency);
        let whose = |own: bool| {
            if own {
                "a custom payment"
            } else {
                "the pack's standard payment"
            }
        };
        let mut lines = vec![format!("Decided {}.", zone.show(self.decided_at))];
        let mut included = 0;
        if let Some(pack) = &self.pack {
            included = pack.included;
            lines.push(format!(
                "{}, {} to {}.",
                pack.pack,
                zone.show(pack.starts_at),
                zone.show(pack.ends_at)
            ));
        } else {
            lines.push(format!("{}, not in a pack.", self.service));
        }
        match &self.decision {
            Decision::Pack {
                cause,
                payment,
                own,
                split,
            } => {
                lines.push(match cause {
                    Cause::Paid => "Owed since the period was paid.".to_owned(),
                    Cause::Opened => "Owed since the period started.".to_owned(),
                    Cause::Delivered => "Owed in full since the first unit was delivered.".to_owned(),
                    Cause::Before => "Owed because the payment for the period was already earned.".to_owned(),
                });
                lines.push(format!("{} for the period, {}.", show(*payment), whose(*own)));
                lines.extend(split.map(|split| split.line(included)));
            }
            Decision::Units {
                request,
                delivered_at,
                units,
                rate,
                own,
            } => {
                lines.push(format!(
                    "{} of request #{request}, delivered {}.",
                    units_words(*units),
                    zone.show(*delivered_at)
                ));
                lines.push(format!("{} a unit, {}.", show(*rate), whose(*own)));
            }
            Decision::Service {
                request,
                delivered_at,
                units,
                rate,
            } => {
                lines.push(format!(
                    "{} of request #{request} at the service rate, delivered {}.",
                    units_words(*units),
                    zone.show(*delivered_at)
                ));
                lines.push(match rate {
                    Some(rate) => format!("{} a unit, the rate for {}.", show(*rate), self.service),
                    None => format!("No rate was set for {}.", self.service),
                });
            }
            Decision::Settled { before, due, split } => {
                lines.push(format!("{} was earned before, {} is owed.", show(*before), show(*due)));
                lines.extend(split.map(|split| split.line(included)));
            }
            Decision::Corrected { by, reason, before } => {
                lines.push(format!("Corrected by {by}: {reason}"));
                lines.push(format!(
                    "{} before, {} after.",
                    show(*before),
                    show(*before + self.amount)
                ));
            }
        }
        if self.internal {
            lines.push("In-house work isn't paid.".to_owned());
        }
        lines.push(format!("Amount: {}.", show(self.amount)));
        lines
    }

    /// The rules that decided, for staff.
    pub fn rules_line(&self) -> String {
        format!("Rules: {}.", self.rules.join(", "))
    }
}
