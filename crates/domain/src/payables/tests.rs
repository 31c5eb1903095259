//! Tests of what accrues, of the receipt of a line and of what becomes of it.

use super::*;
use crate::{
    BusinessZone, Cents, Currency, LocalDay, PeriodPayment, Today,
    assignment::{share_of_holder, share_of_replaced},
    catalogue::pack::VendorRateMode,
    error::Problem,
};
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
    let now = Today {
        day: today,
        words: "Mar 10, 2027 (Central time)".into(),
    };
    let check = |text: &str| paid_on(text, &now, Some(first));
    assert_eq!(check(" 2027-03-10 "), Ok(today));
    assert_eq!(check("2027-03-03"), Ok(first));
    assert_eq!(
        check("2027-03-11"),
        Err(Problem::DateFuture {
            today: now.words.clone()
        })
    );
    assert_eq!(
        check("2027-03-02"),
        Err(Problem::DateBeforeAccrual {
            day: "Mar 3, 2027".into()
        })
    );
    assert_eq!(check("soon"), Err(Problem::DateInvalid));
    assert_eq!(check(" "), Err(Problem::Required));
    assert_eq!(paid_on("2020-01-01", &now, None), Ok(day("2020-01-01")));
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
        marked.words("marked as paid", "paid"),
        "8 lines marked as paid. 2 were already paid by Marta at 3:02 PM."
    );
    marked.add_already("Ana", "3:03 PM");
    marked.not_approved = 1;
    marked.void = 2;
    marked.internal = 1;
    assert_eq!(
        marked.words("marked as paid", "paid"),
        "8 lines marked as paid. 2 were already paid by Marta at 3:02 PM. 1 was already paid by Ana at 3:03 PM. 1 is not approved yet. \
         2 are void. 1 is in-house, nothing to pay."
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
            "20 × Logo design, Mar 10, 2027, 9:00 AM CT to Apr 10, 2027, 10:00 AM CT.",
            "Owed since the period was paid.",
            "$120.00 for the period, the pack's standard payment.",
            "Taken over from another vendor, who had delivered 3 of 20 included units.",
            "Amount: $102.00.",
        ]
    );
    assert_eq!(pack.rules_line(), "Rules: VP1, VP2, AS7.");
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
            "Logo design, not in a pack.",
            "1 unit of request #1001 at the service rate, delivered Mar 10, 2027, 9:00 AM CT.",
            "No rate was set for Logo design.",
            "In-house work isn't paid.",
            "Amount: $0.00.",
        ]
    );
    assert_eq!(service.rules_line(), "Rules: VP3.");
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
