//! The coverage receipt (AH1): the facts that decided what a pack covered of a request.
//!
//! It is made by the submission that decides, stored with the request as JSON, and only ever read afterwards: nothing
//! here looks at today's balance or price. The words are made from the stored facts, so they may be worded better later
//! without a fact changing.

use crate::{
    BatchId, BatchSource, BusinessZone, Cents, Coverage, Currency, Instant, LocalDay, PaymentType, Split,
    SubscriptionId,
    allowance::coverage::{BatchView, Draw, not_counting_words, usable_in_order},
    facts::PriceSource,
};
use serde::{Deserialize, Serialize};

crate::words! {
    /// CO3: why a batch was taken before the others.
    pub enum OrderReason {
        /// There was no other with units left.
        Only = "only",
        /// It expires before the next.
        EarliestExpiry = "earliest_expiry",
        /// It expires with the next and was granted before it.
        OldestGrant = "oldest_grant",
        /// Expiry and grant are the same; the id decides.
        LowestId = "lowest_id",
        /// The others were taken before it.
        Last = "last",
    }
}

/// The pack and period that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodFacts {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// "20 × Logo design", as it was called then.
    pub pack: String,
    /// The period's number, from 1.
    pub seq: u32,
    /// First instant of the period.
    pub starts_at: Instant,
    /// First instant after it.
    pub ends_at: Instant,
    /// Units used of the period before this request.
    pub used_before: i64,
    /// Units granted for the period.
    pub included: i64,
}

/// One batch from which units were taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchTaken {
    /// The batch.
    pub id: BatchId,
    /// Where its units come from.
    pub source: BatchSource,
    /// Units taken.
    pub units: i64,
    /// Units in it before.
    pub remaining_before: i64,
    /// When it was granted.
    pub granted_at: Instant,
    /// When it expires; `None` = never.
    pub expires_at: Option<Instant>,
    /// Why it came at this place.
    pub why: OrderReason,
}

/// The facts of one decision. All amounts are in `currency`, all instants UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageReceipt {
    /// CO2: the one reading of the clock that decided.
    pub decided_at: Instant,
    /// Its calendar day in the business zone.
    pub local_day: LocalDay,
    /// Units asked for.
    pub quantity: i64,
    /// CO5: how they were cut.
    pub split: Split,
    /// CO5: the word for it.
    pub coverage: Coverage,
    /// The live pack of the service, if there was one (PD2 decides the period).
    pub period: Option<PeriodFacts>,
    /// CO11: why a pack of the service did not count ("suspended", "incomplete").
    pub pack_not_counting: Option<String>,
    /// CO3: what was taken from where, in that order.
    pub batches: Vec<BatchTaken>,
    /// §16: price of a unit beyond.
    pub unit_price: Cents,
    /// §16: where that price came from.
    pub price_source: PriceSource,
    /// `unit_price` × units beyond.
    pub total: Cents,
    /// Currency of both.
    pub currency: Currency,
    /// How the client paid then.
    pub payment_type: PaymentType,
    /// The rules that decided, by id ([`rules`]).
    pub rules: Vec<String>,
}

/// CO3: what a draw took, batch by batch, with the reason of each one's place. `views` and `now` are those that the
/// draw was made from; `source` tells where a batch's units come from.
pub fn batches_taken(
    views: &[BatchView<BatchId>],
    draw: &Draw<BatchId>,
    now: Instant,
    source: impl Fn(BatchId) -> BatchSource,
) -> Vec<BatchTaken> {
    let order = usable_in_order(views, now);
    let row = |(id, units): &(BatchId, i64)| {
        let at = order.iter().position(|batch| batch.id == *id)?;
        let batch = order[at];
        let why = match order.get(at + 1) {
            None if at == 0 => OrderReason::Only,
            None => OrderReason::Last,
            Some(next) if next.expires_at != batch.expires_at => OrderReason::EarliestExpiry,
            Some(next) if next.granted_at != batch.granted_at => OrderReason::OldestGrant,
            Some(_) => OrderReason::LowestId,
        };
        Some(BatchTaken {
            id: *id,
            source: source(*id),
            units: *units,
            remaining_before: batch.remaining,
            granted_at: batch.granted_at,
            expires_at: batch.expires_at,
            why,
        })
    };
    draw.taken.iter().filter_map(row).collect()
}

/// The ids of the rules that decide such a request, in the order in which they are asked.
pub fn rules(coverage: Coverage, batches: usize, pack_not_counting: bool) -> Vec<String> {
    let mut ids = vec!["CO2"];
    if coverage != Coverage::None {
        ids.push("PD2");
    }
    if batches > 0 {
        ids.push("CO3");
    }
    ids.push("CO5");
    if pack_not_counting {
        ids.push("CO11");
    }
    if coverage != Coverage::Included {
        ids.push("§16");
    }
    ids.into_iter().map(str::to_owned).collect()
}

impl CoverageReceipt {
    /// The receipt as sentences for the client and staff, most important first. They name prices: not for vendors (IN3).
    pub fn lines(&self, zone: &BusinessZone) -> Vec<String> {
        let mut lines = vec![format!("Submitted {}.", zone.show(self.decided_at))];
        if let Some(period) = &self.period {
            lines.push(format!(
                "{}, {} to {}: {} of {} used before this request.",
                period.pack,
                zone.show(period.starts_at),
                zone.show(period.ends_at),
                period.used_before,
                period.included
            ));
        } else if let Some(why) = &self.pack_not_counting {
            lines.push(format!(
                "The pack for this service wasn't used because it was {}.",
                not_counting_words(why)
            ));
        } else {
            lines.push("There was no active pack for this service.".to_owned());
        }
        lines.push(match (self.split.included, self.split.overage) {
            (included, 0) => format!("{included} of {} included in the pack.", self.quantity),
            (0, overage) if self.coverage == Coverage::None => {
                format!("{overage} ordered at the service price.")
            }
            (included, overage) => format!("{included} of {} included in the pack, {overage} extra.", self.quantity),
        });
        lines.extend(self.batches.iter().map(|batch| batch.line(zone)));
        if self.split.overage > 0 {
            let source = match self.price_source {
                PriceSource::PackOverage => "the pack's price per extra unit",
                PriceSource::Client => "a custom price for the service",
                PriceSource::Service => "the service price",
            };
            let (price, total) = (self.unit_price.show(self.currency), self.total.show(self.currency));
            lines.push(format!(
                "{} × {price}, {source}: {total}, {}.",
                self.split.overage,
                self.payment_type.label()
            ));
        }
        lines
    }

    /// The rules that decided, for staff.
    pub fn rules_line(&self) -> String {
        format!("Rules: {}.", self.rules.join(", "))
    }
}

impl BatchTaken {
    fn line(&self, zone: &BusinessZone) -> String {
        let from = match self.source {
            BatchSource::PackPeriod => "units left in the pack",
            BatchSource::TopUp => "extra units bought before",
            BatchSource::Compensation => "goodwill units",
            BatchSource::PlanInclusion => "included units",
        };
        let expiry = match self.expires_at {
            Some(at) => format!("good until {}", zone.show(at)),
            None => "which don't expire".to_owned(),
        };
        let why = match self.why {
            OrderReason::Only => "",
            OrderReason::EarliestExpiry => " Used first because the others expire later.",
            OrderReason::OldestGrant => " Used first because the others are newer.",
            OrderReason::LowestId => " Used first.",
            OrderReason::Last => " Used last.",
        };
        format!(
            "Used {} of {} {from}, {expiry}.{why}",
            self.units, self.remaining_before
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::allowance::coverage::draw;
    use jiff::tz::TimeZone;
    use uuid::Uuid;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn view(id: u128, remaining: i64, granted: &str, expires: Option<&str>) -> BatchView<BatchId> {
        BatchView {
            id: BatchId(Uuid::from_u128(id)),
            remaining,
            granted_at: at(granted),
            expires_at: expires.map(at),
            starts_at: at(granted),
        }
    }

    fn reasons(views: &[BatchView<BatchId>], quantity: i64) -> Vec<(u128, OrderReason)> {
        let now = at("2027-02-10T18:00:00Z");
        let drawn = draw(views, quantity, now);
        batches_taken(views, &drawn, now, |_| BatchSource::PackPeriod)
            .into_iter()
            .map(|taken| (taken.id.0.as_u128(), taken.why))
            .collect()
    }

    #[test]
    fn ah1_co3_the_reason_of_each_batchs_place() {
        const JAN: &str = "2027-01-01T00:00:00Z";
        const FEB: &str = "2027-02-01T00:00:00Z";
        const END: Option<&str> = Some("2027-02-28T18:22:00Z");
        assert_eq!(reasons(&[view(1, 5, JAN, END)], 3), [(1, OrderReason::Only)]);
        assert_eq!(
            reasons(
                &[
                    view(4, 1, JAN, None),
                    view(3, 1, FEB, END),
                    view(2, 1, JAN, END),
                    view(1, 1, JAN, END)
                ],
                9
            ),
            [
                (1, OrderReason::LowestId),
                (2, OrderReason::OldestGrant),
                (3, OrderReason::EarliestExpiry),
                (4, OrderReason::Last),
            ]
        );
    }

    fn receipt() -> CoverageReceipt {
        let now = at("2027-02-10T18:00:00Z");
        let views = [view(1, 2, "2027-01-31T18:22:00Z", Some("2027-02-28T18:22:00Z"))];
        let drawn = draw(&views, 3, now);
        CoverageReceipt {
            decided_at: now,
            local_day: "2027-02-10".parse().unwrap(),
            quantity: 3,
            split: Split {
                included: drawn.included,
                overage: drawn.overage,
            },
            coverage: Coverage::Partial,
            period: Some(PeriodFacts {
                subscription: SubscriptionId(Uuid::from_u128(9)),
                pack: "20 × Logo design".into(),
                seq: 1,
                starts_at: at("2027-01-31T18:22:00Z"),
                ends_at: at("2027-02-28T18:22:00Z"),
                used_before: 18,
                included: 20,
            }),
            pack_not_counting: None,
            batches: batches_taken(&views, &drawn, now, |_| BatchSource::PackPeriod),
            unit_price: Cents(2_500),
            price_source: PriceSource::PackOverage,
            total: Cents(2_500),
            currency: Currency::USD,
            payment_type: PaymentType::PayAsYouGo,
            rules: rules(Coverage::Partial, 1, false),
        }
    }

    #[test]
    fn ah1_a_receipt_says_what_decided() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        assert_eq!(
            receipt().lines(&zone),
            [
                "Submitted Feb 10, 2027, 12:00 PM CT.",
                "20 × Logo design, Jan 31, 2027, 12:22 PM CT to Feb 28, 2027, 12:22 PM CT: \
                 18 of 20 used before this request.",
                "2 of 3 included in the pack, 1 extra.",
                "Used 2 of 2 units left in the pack, good until Feb 28, 2027, 12:22 PM CT.",
                "1 × $25.00, the pack's price per extra unit: $25.00, Pay as you Go.",
            ]
        );
        assert_eq!(receipt().rules_line(), "Rules: CO2, PD2, CO3, CO5, §16.");
    }

    #[test]
    fn ah1_co11_a_receipt_without_a_pack() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        let none = CoverageReceipt {
            split: Split {
                included: 0,
                overage: 3,
            },
            coverage: Coverage::None,
            period: None,
            pack_not_counting: Some("suspended".into()),
            batches: vec![],
            price_source: PriceSource::Service,
            total: Cents(7_500),
            rules: rules(Coverage::None, 0, true),
            ..receipt()
        };
        assert_eq!(
            none.lines(&zone),
            [
                "Submitted Feb 10, 2027, 12:00 PM CT.",
                "The pack for this service wasn't used because it was suspended.",
                "3 ordered at the service price.",
                "3 × $25.00, the service price: $75.00, Pay as you Go.",
            ]
        );
        assert_eq!(none.rules_line(), "Rules: CO2, CO5, CO11, §16.");
    }

    /// A pack that is used up is beyond the pack, and not "ordered"; of what is included no price is told.
    #[test]
    fn ah1_co5_all_of_it_beyond_the_pack_and_none_of_it() {
        let zone = BusinessZone(TimeZone::get("America/Chicago").unwrap());
        let lines = |included, overage, coverage| {
            let of = CoverageReceipt {
                split: Split { included, overage },
                coverage,
                batches: vec![],
                ..receipt()
            };
            of.lines(&zone)
        };
        let beyond = lines(0, 3, Coverage::Overage);
        assert_eq!(beyond[2], "0 of 3 included in the pack, 3 extra.");
        assert!(beyond[3].starts_with("3 × $25.00"), "{beyond:?}");
        let all = lines(3, 0, Coverage::Included);
        assert_eq!(all[2..], ["3 of 3 included in the pack."]);
    }

    #[test]
    fn ah1_a_receipt_is_read_as_it_was_stored() {
        let json = serde_json::to_string(&receipt()).unwrap();
        assert_eq!(serde_json::from_str::<CoverageReceipt>(&json).unwrap(), receipt());
    }
}
