//! What vendors are owed (§15): when the payment for a pack accrues and to how much, what a split does to it (AS7), what may
//! become of a line (VP4), and the facts that are stored with it (AH1).
//!
//! Lines are only added: what turns out otherwise is corrected by a line of its own, so that what was paid stays as paid.

use crate::{
    BusinessZone, Cents, Currency, Instant, LocalDay, PeriodPayment, assignment::VendorTerms, error::Problem,
    pack::VendorRateMode,
};
use serde::{Deserialize, Serialize};

/// Lines that one press may name, at most.
pub const MAX_LINES: usize = 1_000;
/// Characters of a reason, at most.
pub const MAX_REASON: usize = 500;
/// Characters of a payment's reference, at most.
pub const MAX_REFERENCE: usize = 80;
/// Characters of a question about a line and of its answer, at most (AH7).
pub const MAX_QUERY: usize = 1_000;

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
    /// VP4: how far a line is.
    pub enum PayableState {
        /// Owed.
        Accrued = "accrued",
        /// Looked at and good to pay.
        Approved = "approved",
        /// Paid; nothing of it changes any more.
        Paid = "paid",
        /// Not owed after all.
        Void = "void",
    }
}

impl PayableState {
    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            PayableState::Accrued => "Accrued",
            PayableState::Approved => "Approved",
            PayableState::Paid => "Paid",
            PayableState::Void => "Void",
        }
    }

    /// VP4: forward only, and from paid and void nowhere.
    pub const fn may_become(self, next: PayableState) -> bool {
        use PayableState as S;
        matches!(
            (self, next),
            (S::Accrued, S::Approved | S::Void) | (S::Approved, S::Paid | S::Void)
        )
    }

    /// Owed and not paid.
    pub const fn is_open(self) -> bool {
        matches!(self, PayableState::Accrued | PayableState::Approved)
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

/// A day on which lines were paid: a day of the calendar, not after `today`, and not before any of them accrued.
///
/// # Errors
/// What is wrong with it.
pub fn paid_on(text: &str, today: LocalDay, latest: Option<LocalDay>) -> Result<LocalDay, Problem> {
    let day: LocalDay = match text.trim() {
        "" => return Err(Problem::Required),
        text => text.parse().map_err(|_| Problem::DateInvalid)?,
    };
    if day > today {
        return Err(Problem::DateFuture);
    }
    match latest {
        Some(first) if day < first => Err(Problem::DateBeforeAccrual { day: first.words() }),
        _ => Ok(day),
    }
}

/// A text that must be there and not be too long.
///
/// # Errors
/// What is wrong with it.
pub fn words(text: &str, max: usize) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::Required),
        long if long.chars().count() > max => Err(Problem::TooLong { max }),
        good => Ok(good.to_owned()),
    }
}

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
                format!("Another vendor took the period over; {units} of {included} included units had been delivered.")
            }
            None => format!(
                "The period was taken over from another vendor, who had delivered {} of {included} included units.",
                self.by_others
            ),
        }
    }
}

impl PayableReceipt {
    /// The receipt as sentences, most important first.
    pub fn lines(&self, zone: &BusinessZone) -> Vec<String> {
        let show = |amount: Cents| amount.show(self.currency);
        let whose = |own: bool| if own { "your own terms" } else { "the pack's terms" };
        let mut lines = vec![format!("Decided {}.", zone.show(self.decided_at))];
        let mut included = 0;
        if let Some(pack) = &self.pack {
            included = pack.included;
            lines.push(format!(
                "Pack {}, period {}: {} to {}.",
                pack.pack,
                pack.seq,
                zone.show(pack.starts_at),
                zone.show(pack.ends_at)
            ));
        } else {
            lines.push(format!("{}, outside of packs.", self.service));
        }
        match &self.decision {
            Decision::Pack {
                cause,
                payment,
                own,
                split,
            } => {
                lines.push(match cause {
                    Cause::Paid => "Owed since the period is paid for.".to_owned(),
                    Cause::Opened => "Owed since the period was opened.".to_owned(),
                    Cause::Delivered => "Owed in full since the first unit of the period was delivered.".to_owned(),
                    Cause::Before => "Owed, because the payment for the period had accrued.".to_owned(),
                });
                lines.push(format!("{} for the period, by {}.", show(*payment), whose(*own)));
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
                lines.push(format!("{} a unit, by {}.", show(*rate), whose(*own)));
            }
            Decision::Service {
                request,
                delivered_at,
                units,
                rate,
            } => {
                lines.push(format!(
                    "{} beyond the pack's of request #{request}, delivered {}.",
                    units_words(*units),
                    zone.show(*delivered_at)
                ));
                lines.push(match rate {
                    Some(rate) => format!("{} a unit, your rate for {}.", show(*rate), self.service),
                    None => format!("There was no rate for {}.", self.service),
                });
            }
            Decision::Settled { before, due, split } => {
                lines.push(format!("{} had accrued; {} is owed.", show(*before), show(*due)));
                lines.extend(split.map(|split| split.line(included)));
            }
            Decision::Corrected { by, reason, before } => {
                lines.push(format!("{by} corrected it: {reason}"));
                lines.push(format!(
                    "{} before, {} after.",
                    show(*before),
                    show(*before + self.amount)
                ));
            }
        }
        if self.internal {
            lines.push("Tri-POD is not paid for its own work.".to_owned());
        }
        lines.push(format!("Amount: {}.", show(self.amount)));
        lines.push(format!("Rules: {}.", self.rules.join(", ")));
        lines
    }
}

crate::words! {
    /// VP4: why nothing can be decided about a line any more.
    pub enum Closed {
        /// It is paid.
        Paid = "paid",
        /// A correction of it is paid.
        PaidInPart = "paid_in_part",
        /// It is void.
        Void = "void",
        /// TP4.
        Internal = "internal",
        /// AS7: it came with another line, and goes with it.
        Settled = "settled",
        /// AH7: a question about it is open.
        Asked = "asked",
        /// AH7: the question has its answer.
        Answered = "answered",
    }
}

impl Closed {
    /// The words for a person.
    pub const fn message(self) -> &'static str {
        match self {
            Closed::Paid => "This line is paid. Correct it instead.",
            Closed::PaidInPart => "A correction of this line is paid. Correct it once more instead.",
            Closed::Void => "This line is void.",
            Closed::Internal => "This is Tri-POD's own work: there is nothing to pay.",
            Closed::Settled => "This came by itself with another line. Correct or void that one.",
            Closed::Asked => "Somebody has asked about this line already. Wait for the answer.",
            Closed::Answered => "Somebody else has answered this question.",
        }
    }
}

/// What became of a press that marks lines (VP4): what was done, and why the others were left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// Lines that were marked.
    pub marked: i64,
    /// Who had marked others before, how many, and when: "3:02 PM".
    pub already: Vec<(String, i64, String)>,
    /// Lines that have not been approved.
    pub not_approved: i64,
    /// Lines that are void.
    pub void: i64,
    /// Lines of Tri-POD (TP4).
    pub internal: i64,
}

impl Marked {
    /// Counts one that somebody had marked before.
    pub fn add_already(&mut self, by: &str, at: &str) {
        match self.already.iter_mut().find(|(who, ..)| who == by) {
            Some((_, count, last)) => {
                *count += 1;
                at.clone_into(last);
            }
            None => self.already.push((by.to_owned(), 1, at.to_owned())),
        }
    }

    /// "8 marked. 2 were already paid by Marta at 3:02 PM." `done` is the word for what was done ("marked", "approved"),
    /// `state` the one for what the others were already ("paid", "approved").
    pub fn words(&self, done: &str, state: &str) -> String {
        let was = |count: i64| if count == 1 { "was" } else { "were" };
        let is = |count: i64| if count == 1 { "is" } else { "are" };
        let mut parts = vec![format!("{} {done}.", self.marked)];
        for (by, count, at) in &self.already {
            parts.push(format!("{count} {} already {state} by {by} at {at}.", was(*count)));
        }
        if self.not_approved > 0 {
            let n = self.not_approved;
            parts.push(format!("{n} {} not approved yet.", is(n)));
        }
        if self.void > 0 {
            parts.push(format!("{} {} void.", self.void, is(self.void)));
        }
        if self.internal > 0 {
            let n = self.internal;
            parts.push(format!("{n} {} of Tri-POD: nothing to pay.", is(n)));
        }
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::{share_of_holder, share_of_replaced};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn terms(payment: i64, mode: VendorRateMode) -> VendorTerms {
        VendorTerms {
            payment: Cents(payment),
            mode,
        }
    }

    fn holder(payment: i64) -> Holder {
        Holder {
            internal: false,
            holds: true,
            terms: terms(payment, VendorRateMode::PerPack),
            share: None,
            accrued: None,
        }
    }

    fn accrued(amount: i64) -> Option<Accrued> {
        Some(Accrued {
            amount: Cents(amount),
            void: false,
        })
    }

    #[test]
    fn vp2_the_payment_for_a_pack_is_owed_when_paid_opened_or_first_delivered() {
        use PeriodPayment as P;
        for (payment, at_once) in [
            (P::Pending, None),
            (P::Failed, None),
            (P::WrittenOff, None),
            (P::Paid, Some(Cause::Paid)),
            (P::Refunded, Some(Cause::Paid)),
            (P::RoyaltyDue, Some(Cause::Opened)),
            (P::RoyaltyPaid, Some(Cause::Opened)),
        ] {
            assert_eq!(cause(payment, 0, false), at_once, "{payment}");
            assert_eq!(
                cause(payment, 1, false),
                at_once.or(Some(Cause::Delivered)),
                "{payment}"
            );
            assert_eq!(cause(payment, 0, true), at_once.or(Some(Cause::Before)), "{payment}");
        }
        assert_eq!(PeriodPayment::ALL.len(), 7, "each of them is above");
    }

    #[test]
    fn vp2_a_line_accrues_once() {
        assert_eq!(holder(12_000).entry(), Some(Entry::Line(Cents(12_000))));
        let again = Holder {
            accrued: accrued(12_000),
            ..holder(12_000)
        };
        assert_eq!(again.entry(), None);
        let by_unit = Holder {
            terms: terms(700, VendorRateMode::PerUnit),
            ..holder(0)
        };
        assert_eq!(by_unit.entry(), None, "the units say it");
        assert_eq!(
            holder(0).entry(),
            Some(Entry::Line(Cents::ZERO)),
            "a pack for nothing is said"
        );
    }

    #[test]
    fn tp4_tri_pods_lines_are_there_and_nothing() {
        let tri_pod = Holder {
            internal: true,
            ..holder(12_000)
        };
        assert_eq!(tri_pod.entry(), Some(Entry::Line(Cents::ZERO)));
        assert_eq!(for_units(true, Cents(700), 3), Some((Cents::ZERO, Cents::ZERO)));
        assert_eq!(for_units(false, Cents(700), 3), Some((Cents(700), Cents(2_100))));
        assert_eq!(for_units(false, Cents(i64::MAX), 2), None);
    }

    #[test]
    fn as7_a_split_corrects_what_had_accrued_and_leaves_the_rest_to_the_other() {
        let replaced = Holder {
            holds: false,
            share: Some(Some(Cents(1_800))),
            accrued: accrued(12_000),
            ..holder(12_000)
        };
        assert_eq!(replaced.entry(), Some(Entry::Correction(Cents(-10_200))));
        let settled = Holder {
            accrued: accrued(1_800),
            ..replaced
        };
        assert_eq!(settled.entry(), None);
        let next = Holder {
            share: Some(Some(Cents(10_200))),
            ..holder(12_000)
        };
        assert_eq!(next.entry(), Some(Entry::Line(Cents(10_200))));
        let nothing = Holder {
            share: Some(Some(Cents::ZERO)),
            accrued: None,
            ..replaced
        };
        assert_eq!(nothing.entry(), None, "nothing delivered, nothing said");
        let void = Holder {
            accrued: Some(Accrued {
                amount: Cents(12_000),
                void: true,
            }),
            ..replaced
        };
        assert_eq!(void.entry(), None, "staff have decided");
    }

    #[test]
    fn vp4_forward_only() {
        use PayableState as S;
        let all = |from: S| -> Vec<S> { S::ALL.iter().copied().filter(|to| from.may_become(*to)).collect() };
        assert_eq!(all(S::Accrued), [S::Approved, S::Void]);
        assert_eq!(all(S::Approved), [S::Paid, S::Void]);
        assert_eq!(all(S::Paid), []);
        assert_eq!(all(S::Void), []);
    }

    #[test]
    fn vp4_a_day_of_payment_is_not_in_the_future_and_not_before_the_accrual() {
        let day = |text: &str| text.parse::<LocalDay>().unwrap();
        let (today, first) = (day("2027-03-10"), day("2027-03-03"));
        let check = |text: &str| paid_on(text, today, Some(first));
        assert_eq!(check(" 2027-03-10 "), Ok(today));
        assert_eq!(check("2027-03-03"), Ok(first));
        assert_eq!(check("2027-03-11"), Err(Problem::DateFuture));
        assert_eq!(
            check("2027-03-02"),
            Err(Problem::DateBeforeAccrual {
                day: "Mar 3, 2027".into()
            })
        );
        assert_eq!(check("soon"), Err(Problem::DateInvalid));
        assert_eq!(check(" "), Err(Problem::Required));
        assert_eq!(paid_on("2020-01-01", today, None), Ok(day("2020-01-01")));
    }

    #[test]
    fn rr3_vp4_the_words_of_a_press_that_came_second() {
        let mut marked = Marked {
            marked: 8,
            ..Marked::default()
        };
        marked.add_already("Marta", "3:01 PM");
        marked.add_already("Marta", "3:02 PM");
        assert_eq!(
            marked.words("marked", "paid"),
            "8 marked. 2 were already paid by Marta at 3:02 PM."
        );
        marked.add_already("Ana", "3:03 PM");
        marked.not_approved = 1;
        marked.void = 2;
        marked.internal = 1;
        assert_eq!(
            marked.words("marked", "paid"),
            "8 marked. 2 were already paid by Marta at 3:02 PM. 1 was already paid by Ana at 3:03 PM. 1 is not approved yet. \
             2 are void. 1 is of Tri-POD: nothing to pay."
        );
    }

    fn receipt(decision: Decision, amount: i64) -> PayableReceipt {
        PayableReceipt {
            decided_at: "2027-03-10T15:00:00Z".parse().unwrap(),
            local_day: "2027-03-10".parse().unwrap(),
            pack: Some(PackFacts {
                pack: "20 × Logo design".into(),
                seq: 1,
                starts_at: "2027-03-10T15:00:00Z".parse().unwrap(),
                ends_at: "2027-04-10T15:00:00Z".parse().unwrap(),
                included: 20,
            }),
            service: "Logo design".into(),
            rules: decision.rules(false),
            decision,
            internal: false,
            amount: Cents(amount),
            currency: Currency::USD,
        }
    }

    #[test]
    fn ah1_a_receipt_says_what_decided_and_is_read_as_it_was_stored() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        let pack = receipt(
            Decision::Pack {
                cause: Cause::Paid,
                payment: Cents(12_000),
                own: false,
                split: Some(SplitFacts {
                    delivered: None,
                    by_others: 3,
                }),
            },
            10_200,
        );
        assert_eq!(
            pack.lines(&zone),
            [
                "Decided Mar 10, 2027, 9:00 AM CT.",
                "Pack 20 × Logo design, period 1: Mar 10, 2027, 9:00 AM CT to Apr 10, 2027, 10:00 AM CT.",
                "Owed since the period is paid for.",
                "$120.00 for the period, by the pack's terms.",
                "The period was taken over from another vendor, who had delivered 3 of 20 included units.",
                "Amount: $102.00.",
                "Rules: VP1, VP2, AS7.",
            ]
        );
        let service = PayableReceipt {
            pack: None,
            internal: true,
            ..receipt(
                Decision::Service {
                    request: 1_001,
                    delivered_at: "2027-03-10T15:00:00Z".parse().unwrap(),
                    units: 1,
                    rate: None,
                },
                0,
            )
        };
        assert_eq!(
            service.lines(&zone)[1..],
            [
                "Logo design, outside of packs.",
                "1 unit beyond the pack's of request #1001, delivered Mar 10, 2027, 9:00 AM CT.",
                "There was no rate for Logo design.",
                "Tri-POD is not paid for its own work.",
                "Amount: $0.00.",
                "Rules: VP3.",
            ]
        );
        let corrected = receipt(
            Decision::Corrected {
                by: "Morgan Hale".into(),
                reason: "Counted twice.".into(),
                before: Cents(1_400),
            },
            -700,
        );
        assert!(
            corrected
                .lines(&zone)
                .contains(&"$14.00 before, $7.00 after.".to_owned())
        );
        for receipt in [pack, service, corrected] {
            let json = serde_json::to_string(&receipt).unwrap();
            assert_eq!(serde_json::from_str::<PayableReceipt>(&json).unwrap(), receipt);
        }
    }

    proptest! {
        /// However often a period changes hands, what has accrued for the pack comes to its payment, and settling again
        /// writes nothing.
        #[test]
        fn as7_vp2_what_accrues_over_any_splits_is_the_payment(payment in 0_i64..100_000, included in 1_i64..100,
                                                               parts in prop::collection::vec((0_usize..3, 0_i64..40), 0..8)) {
            let terms = terms(payment, VendorRateMode::PerPack);
            let mut delivered = [0_i64; 3];
            let mut lines: [Option<Cents>; 3] = [None; 3];
            let mut had = std::collections::BTreeSet::from([0_usize]);
            let mut held = 0;
            let mut left = included;
            for (to, units) in std::iter::once((0, 0)).chain(parts) {
                let units = units.min(left);
                left -= units;
                delivered[held] += units;
                held = to;
                had.insert(to);
                let split = had.len() > 1;
                let others: Vec<i64> = had.iter().filter(|v| **v != held).map(|v| delivered[*v]).collect();
                for round in 0..2 {
                    for vendor in &had {
                        let share = if *vendor == held {
                            share_of_holder(terms, included, &others)
                        } else {
                            share_of_replaced(terms, included, delivered[*vendor])
                        };
                        let holder = Holder {
                            internal: false,
                            holds: *vendor == held,
                            terms,
                            share: split.then_some(share),
                            accrued: lines[*vendor].map(|amount| Accrued { amount, void: false }),
                        };
                        let entry = holder.entry();
                        prop_assert!(round == 0 || entry.is_none(), "settled twice: {entry:?}");
                        match entry {
                            Some(Entry::Line(amount)) => {
                                prop_assert!(lines[*vendor].is_none());
                                lines[*vendor] = Some(amount);
                            }
                            Some(Entry::Correction(by)) => {
                                prop_assert!(by != Cents::ZERO);
                                lines[*vendor] = lines[*vendor].map(|amount| amount + by);
                            }
                            None => {}
                        }
                    }
                    let sum: Cents = lines.iter().flatten().copied().sum();
                    prop_assert_eq!(sum, Cents(payment));
                }
            }
        }
    }
}
