//! What an allowance covers of a request, and what goes beyond it (CO3–CO6, CO11, §10, §16 *Common*).

use crate::{
    Cents, Currency, Instant,
    facts::{Coverage, PriceSource, Quote, QuoteTerms, Split},
};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where a batch of units comes from (§1).
    pub enum BatchSource {
        /// The allowance of a pack's period.
        PackPeriod = "pack_period",
        /// Bought on top.
        TopUp = "top_up",
        /// Goodwill.
        Compensation = "compensation",
        /// Part of a plan.
        PlanInclusion = "plan_inclusion",
    }
}

/// A batch as the split sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchView<Id> {
    /// The batch.
    pub id: Id,
    /// Units left in it.
    pub remaining: i64,
    /// When it was granted.
    pub granted_at: Instant,
    /// When its units expire; `None` = never.
    pub expires_at: Option<Instant>,
    /// From when its units may be used.
    pub starts_at: Instant,
}

/// What is taken from each batch, and what is left over (CO5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw<Id> {
    /// Units taken from each batch, in order.
    pub taken: Vec<(Id, i64)>,
    /// Σ of `taken`.
    pub included: i64,
    /// What no batch covers.
    pub overage: i64,
}

/// CO3: the batches that may be used at `now`, in the order in which they are taken: *earliest expiry, oldest grant,
/// id*. Expired batches and those that have not begun are left out, whether or not a sweep has run.
pub fn usable_in_order<Id: Ord + Clone>(batches: &[BatchView<Id>], now: Instant) -> Vec<&BatchView<Id>> {
    let mut usable: Vec<&BatchView<Id>> = batches
        .iter()
        .filter(|b| b.remaining > 0 && b.starts_at <= now && b.expires_at.is_none_or(|end| end > now))
        .collect();
    usable.sort_by(|a, b| {
        let key = |x: &BatchView<Id>| (x.expires_at.map_or(i64::MAX, |e| e.0), x.granted_at);
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    usable
}

/// CO3, CO5: takes `quantity` units at `now` from [`usable_in_order`]. A quantity below 1 takes nothing.
pub fn draw<Id: Ord + Clone>(batches: &[BatchView<Id>], quantity: i64, now: Instant) -> Draw<Id> {
    let mut left = quantity.max(0);
    let mut taken = Vec::new();
    for batch in usable_in_order(batches, now) {
        if left == 0 {
            break;
        }
        let units = batch.remaining.min(left);
        taken.push((batch.id.clone(), units));
        left -= units;
    }
    Draw {
        included: quantity.max(0) - left,
        overage: left,
        taken,
    }
}

/// CO5: the word for a split. `has_live_pack`: the client has an active or past-due pack of the service.
pub fn coverage_of(split: Split, has_live_pack: bool) -> Coverage {
    match (split.included, split.overage) {
        (0, _) if !has_live_pack => Coverage::None,
        (0, _) => Coverage::Overage,
        (_, 0) => Coverage::Included,
        _ => Coverage::Partial,
    }
}

/// §16 *Common*, CO5: pack overage price, else the client's, else the service's. Without a live pack never a pack's.
pub fn unit_price(
    coverage: Coverage,
    pack_overage: Option<Cents>,
    client: Option<Cents>,
    service: Cents,
) -> (Cents, PriceSource) {
    match (coverage, pack_overage, client) {
        (Coverage::Partial | Coverage::Overage | Coverage::Included, Some(price), _) => {
            (price, PriceSource::PackOverage)
        }
        (_, _, Some(price)) => (price, PriceSource::Client),
        _ => (service, PriceSource::Service),
    }
}

impl Quote {
    /// CO6: whether what was shown still holds. Split, total and payment type must be the same.
    pub fn same_terms(&self, shown: &QuoteTerms) -> bool {
        self.terms() == *shown
    }

    /// What Submit carries.
    pub fn terms(&self) -> QuoteTerms {
        QuoteTerms {
            included: self.split.included,
            overage: self.split.overage,
            total: self.total,
            payment_type: self.payment_type,
        }
    }

    /// CO6: "3 designs: 2 from your pack (2 left), 1 extra at $25.00, charged when you submit." *Left* is what the pack
    /// holds before this request. CO11: a pack that does not count now is named.
    pub fn sentence(&self) -> String {
        let units = |n: i64| {
            if n == 1 {
                format!("1 {}", self.unit_singular)
            } else {
                format!("{n} {}", self.unit_plural)
            }
        };
        let billed = self.payment_type.charged();
        let free = self.total == Cents::ZERO;
        let price = if free {
            "free of charge".to_owned()
        } else {
            format!("at {}, {billed}", self.unit_price.show(self.currency))
        };
        let whole = units(self.quantity);
        match (self.coverage, self.pack_not_counting.as_deref()) {
            (Coverage::Included, _) => {
                format!(
                    "{whole}: all from your pack ({} left, {} after this).",
                    self.left_before, self.left_after
                )
            }
            (Coverage::Partial, _) => format!(
                "{whole}: {} from your pack ({} left), {} extra {price}.",
                self.split.included, self.left_before, self.split.overage
            ),
            (Coverage::Overage, _) => {
                format!("{whole}: your pack is used up, {} extra {price}.", self.split.overage)
            }
            (Coverage::None, Some(why)) => {
                let state = not_counting_words(why);
                let cost = if free {
                    "is free of charge".to_owned()
                } else {
                    format!("would cost {}", self.total.show(self.currency))
                };
                format!("Your pack is {state}. This request {cost}.")
            }
            (Coverage::None, None) if free => format!("{whole}: free of charge."),
            (Coverage::None, None) => format!("{whole} {price}."),
        }
    }
}

/// CO11: why a pack does not count, in words. What is kept is the state's key.
pub fn not_counting_words(why: &str) -> &str {
    match why {
        "incomplete" => "waiting for its first payment",
        other => other,
    }
}

/// How a badge reads (IN1, IN3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageBadge {
    /// The text.
    pub text: String,
    /// The coverage that gives its colour.
    pub coverage: Coverage,
}

/// IN1, IN3: the badge of a stored split (IN2: never of today's balance). `None` where there is none to show.
/// Those who may not see prices read "Pack" or "Extra". An ordinary request (`none`) has no badge for anybody.
pub fn badge(
    coverage: Coverage,
    split: Split,
    overage_total: Cents,
    currency: Currency,
    sees_prices: bool,
) -> Option<CoverageBadge> {
    let text = match (coverage, sees_prices) {
        (Coverage::None, _) => return None,
        (Coverage::Included, true) => "Included in Pack".to_owned(),
        (Coverage::Partial, true) => format!("{} of {} in Pack", split.included, split.included + split.overage),
        (Coverage::Overage, true) => format!("Overage · {}", overage_total.show(currency)),
        (Coverage::Included | Coverage::Partial, false) => "Pack".to_owned(),
        (Coverage::Overage, false) => "Extra".to_owned(),
    };
    Some(CoverageBadge { text, coverage })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PaymentType;
    use proptest::prelude::*;
    use rstest::rstest;

    fn batch(id: u32, remaining: i64, granted: i64, expires: Option<i64>, starts: i64) -> BatchView<u32> {
        BatchView {
            id,
            remaining,
            granted_at: Instant(granted),
            expires_at: expires.map(Instant),
            starts_at: Instant(starts),
        }
    }

    #[test]
    fn co3_earliest_expiry_then_oldest_grant_then_id() {
        let batches = [
            batch(1, 5, 0, None, 0),
            batch(2, 1, 3, Some(50), 0),
            batch(3, 1, 2, Some(50), 0),
            batch(5, 1, 2, Some(50), 0),
            batch(4, 1, 2, Some(50), 0),
            batch(6, 1, 9, Some(40), 0),
        ];
        let drawn = draw(&batches, 7, Instant(10));
        assert_eq!(drawn.taken, [(6, 1), (3, 1), (4, 1), (5, 1), (2, 1), (1, 2)]);
        assert_eq!((drawn.included, drawn.overage), (7, 0));
    }

    #[test]
    fn co3_a_batch_that_is_used_up_is_no_source() {
        let batches = [batch(1, 0, 0, Some(20), 0), batch(2, 2, 1, Some(30), 0)];
        assert_eq!(usable_in_order(&batches, Instant(10)), [&batches[1]]);
        assert_eq!(draw(&batches, 1, Instant(10)).taken, [(2, 1)]);
    }

    #[test]
    fn co3_expired_and_future_batches_are_never_taken() {
        let batches = [
            batch(1, 5, 0, Some(10), 0),
            batch(2, 5, 0, Some(90), 11),
            batch(3, 1, 0, Some(11), 10),
        ];
        let drawn = draw(&batches, 3, Instant(10));
        assert_eq!(
            drawn,
            Draw {
                taken: vec![(3, 1)],
                included: 1,
                overage: 2
            }
        );
    }

    #[test]
    fn co1_nothing_asked_takes_nothing() {
        for quantity in [0, -1, i64::MIN] {
            let drawn = draw(&[batch(1, 5, 0, None, 0)], quantity, Instant(0));
            assert_eq!(
                drawn,
                Draw {
                    taken: vec![],
                    included: 0,
                    overage: 0
                }
            );
        }
    }

    fn batches() -> impl Strategy<Value = Vec<BatchView<u32>>> {
        let one = (0i64..30, 0i64..4, prop::option::of(0i64..12), 0i64..8);
        prop::collection::vec(one, 0..8).prop_map(|all| {
            (0u32..)
                .zip(all)
                .map(|(id, (left, granted, expires, starts))| batch(id, left, granted, expires, starts))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn i3_co3_a_draw_adds_up_and_keeps_the_order(
            all in batches().prop_shuffle(),
            quantity in 1i64..120,
            now in 0i64..12,
        ) {
            let now = Instant(now);
            let drawn = draw(&all, quantity, now);
            let find = |id: u32| all.iter().find(|b| b.id == id).unwrap();
            let usable = |b: &BatchView<u32>| b.starts_at <= now && b.expires_at.is_none_or(|e| now < e);

            prop_assert_eq!(drawn.included + drawn.overage, quantity, "I3");
            prop_assert_eq!(drawn.taken.iter().map(|t| t.1).sum::<i64>(), drawn.included);
            for (id, units) in &drawn.taken {
                prop_assert!(*units >= 1 && *units <= find(*id).remaining && usable(find(*id)));
            }
            // CO5: included = min(quantity, Σ remaining).
            let there: i64 = all.iter().filter(|b| usable(b)).map(|b| b.remaining).sum();
            prop_assert_eq!(drawn.included, quantity.min(there));
            // CO3: what is not taken whole comes last, and nothing that was left behind goes before what was taken.
            let key = |b: &BatchView<u32>| (b.expires_at.map_or(i64::MAX, |e| e.0), b.granted_at.0, b.id);
            let keys: Vec<_> = drawn.taken.iter().map(|(id, _)| key(find(*id))).collect();
            prop_assert!(keys.is_sorted());
            if let Some(((_, _), whole)) = drawn.taken.split_last() {
                prop_assert!(whole.iter().all(|(id, units)| *units == find(*id).remaining));
            }
            if let Some(last) = keys.last() {
                for b in all.iter().filter(|b| usable(b) && b.remaining > 0 && key(b) < *last) {
                    prop_assert!(drawn.taken.iter().any(|(id, _)| *id == b.id));
                }
            }
            // The order in which rows are read decides nothing.
            let mut other = all.clone();
            other.reverse();
            prop_assert_eq!(draw(&other, quantity, now), drawn);
        }
    }

    #[rstest]
    #[case(2, 0, true, Coverage::Included)]
    #[case(2, 1, true, Coverage::Partial)]
    #[case(0, 3, true, Coverage::Overage)]
    #[case(0, 3, false, Coverage::None)]
    // Goodwill and top-ups count with or without a pack.
    #[case(2, 0, false, Coverage::Included)]
    #[case(2, 1, false, Coverage::Partial)]
    fn co5_the_word_of_a_split(
        #[case] included: i64,
        #[case] overage: i64,
        #[case] has_live_pack: bool,
        #[case] word: Coverage,
    ) {
        assert_eq!(coverage_of(Split { included, overage }, has_live_pack), word);
    }

    #[rstest]
    #[case(Coverage::Overage, Some(10), Some(20), (Cents(10), PriceSource::PackOverage))]
    #[case(Coverage::Partial, Some(10), None, (Cents(10), PriceSource::PackOverage))]
    #[case(Coverage::Overage, None, Some(20), (Cents(20), PriceSource::Client))]
    #[case(Coverage::Overage, None, None, (Cents(30), PriceSource::Service))]
    #[case(Coverage::Overage, Some(0), Some(20), (Cents(0), PriceSource::PackOverage))]
    // Never a pack's price without a live pack.
    #[case(Coverage::None, Some(10), Some(20), (Cents(20), PriceSource::Client))]
    #[case(Coverage::None, Some(10), None, (Cents(30), PriceSource::Service))]
    fn s16_co5_whose_price_holds(
        #[case] coverage: Coverage,
        #[case] pack: Option<i64>,
        #[case] client: Option<i64>,
        #[case] expected: (Cents, PriceSource),
    ) {
        assert_eq!(
            unit_price(coverage, pack.map(Cents), client.map(Cents), Cents(30)),
            expected
        );
    }

    fn quote(included: i64, overage: i64, left: i64, coverage: Coverage) -> Quote {
        Quote {
            service: "Logo design".into(),
            unit_singular: "design".into(),
            unit_plural: "designs".into(),
            quantity: included + overage,
            split: Split { included, overage },
            coverage,
            left_after: left - included,
            left_before: left,
            unit_price: Cents(2_500),
            price_source: PriceSource::Service,
            total: Cents(2_500 * overage),
            currency: Currency::USD,
            payment_type: PaymentType::PayAsYouGo,
            pack_label: None,
            pack_not_counting: None,
        }
    }

    #[test]
    fn co6_the_quote_says_split_price_and_what_is_left() {
        assert_eq!(
            quote(2, 1, 2, Coverage::Partial).sentence(),
            "3 designs: 2 from your pack (2 left), 1 extra at $25.00, charged when you submit."
        );
        assert_eq!(
            quote(1, 0, 5, Coverage::Included).sentence(),
            "1 design: all from your pack (5 left, 4 after this)."
        );
        assert_eq!(
            quote(0, 2, 0, Coverage::Overage).sentence(),
            "2 designs: your pack is used up, 2 extra at $25.00, charged when you submit."
        );
        assert_eq!(
            quote(0, 1, 0, Coverage::None).sentence(),
            "1 design at $25.00, charged when you submit."
        );
        let monthly = Quote {
            payment_type: PaymentType::Monthly,
            ..quote(0, 1, 0, Coverage::None)
        };
        assert_eq!(
            monthly.sentence(),
            "1 design at $25.00, added to your monthly statement."
        );
        let free = Quote {
            unit_price: Cents(0),
            total: Cents(0),
            ..quote(1, 1, 1, Coverage::Partial)
        };
        assert_eq!(
            free.sentence(),
            "2 designs: 1 from your pack (1 left), 1 extra free of charge."
        );
        let free = Quote {
            unit_price: Cents(0),
            total: Cents(0),
            ..quote(0, 1, 0, Coverage::None)
        };
        assert_eq!(free.sentence(), "1 design: free of charge.");
    }

    #[test]
    fn co11_a_pack_that_does_not_count_is_not_silent() {
        let why = |why: &str| {
            Quote {
                pack_not_counting: Some(why.into()),
                ..quote(0, 1, 0, Coverage::None)
            }
            .sentence()
        };
        assert_eq!(
            why("suspended"),
            "Your pack is suspended. This request would cost $25.00."
        );
        assert_eq!(
            why("incomplete"),
            "Your pack is waiting for its first payment. This request would cost $25.00."
        );
    }

    #[test]
    fn co6_split_total_and_payment_type_are_the_terms() {
        let shown = quote(2, 1, 2, Coverage::Partial);
        let same = Quote {
            service: "Logo".into(),
            pack_label: Some("x".into()),
            ..shown.clone()
        };
        assert!(same.same_terms(&shown.terms()));
        for changed in [
            Quote {
                split: Split {
                    included: 1,
                    overage: 2,
                },
                ..shown.clone()
            },
            Quote {
                split: Split {
                    included: 2,
                    overage: 2,
                },
                ..shown.clone()
            },
            Quote {
                total: Cents(2_501),
                ..shown.clone()
            },
            Quote {
                payment_type: PaymentType::Monthly,
                ..shown.clone()
            },
        ] {
            assert!(!changed.same_terms(&shown.terms()), "{changed:?}");
        }
    }

    #[rstest]
    #[case(Coverage::Included, 3, 0, Some("Included in Pack"), Some("Pack"))]
    #[case(Coverage::Partial, 2, 1, Some("2 of 3 in Pack"), Some("Pack"))]
    #[case(Coverage::Overage, 0, 1, Some("Overage · $25.00"), Some("Extra"))]
    #[case(Coverage::None, 0, 1, None, None)]
    fn in1_in3_badges(
        #[case] coverage: Coverage,
        #[case] included: i64,
        #[case] overage: i64,
        #[case] with_prices: Option<&str>,
        #[case] without: Option<&str>,
    ) {
        let text =
            |sees| badge(coverage, Split { included, overage }, Cents(2_500), Currency::USD, sees).map(|b| b.text);
        assert_eq!(text(true).as_deref(), with_prices);
        assert_eq!(text(false).as_deref(), without);
    }
}
