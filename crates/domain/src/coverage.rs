//! What a pack covers of a request, and what goes beyond it (CO3–CO6, CO11, §10, §16 *Common*).

use crate::{Cents, Currency, Instant, PaymentType};
use serde::{Deserialize, Serialize};

crate::words! {
    /// How much of a request the client's packs cover (CO5).
    pub enum Coverage {
        /// No live pack of the service.
        None = "none",
        /// All of it.
        Included = "included",
        /// Some of it.
        Partial = "partial",
        /// Nothing is left in the pack.
        Overage = "overage",
    }
}

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

/// A quantity cut into what is included and what is not; the two add up to it (I3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Units from packs and other batches.
    pub included: i64,
    /// Units beyond.
    pub overage: i64,
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

crate::words! {
    /// Which price holds for a unit beyond the pack (§16 *Common*).
    pub enum PriceSource {
        /// The overage price of the pack version of the period.
        PackOverage = "pack_overage",
        /// The client's own price for the service.
        Client = "client",
        /// The service's list price.
        Service = "service",
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

/// What Submit would do, as shown before it and carried by it (CO6, AH2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// "Logo design".
    pub service: String,
    /// "design", for "1 extra design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units asked for.
    pub quantity: i64,
    /// The cut.
    pub split: Split,
    /// Its word.
    pub coverage: Coverage,
    /// Units that would be left in the pack and other batches after it.
    pub left_after: i64,
    /// Units usable now.
    pub left_before: i64,
    /// Price of one unit beyond.
    pub unit_price: Cents,
    /// Where that price comes from.
    pub price_source: PriceSource,
    /// `unit_price × overage`.
    pub total: Cents,
    /// Currency of all amounts.
    pub currency: Currency,
    /// How the total is paid.
    pub payment_type: PaymentType,
    /// "20 × Logo design", the pack that covers, if any.
    pub pack_label: Option<String>,
    /// CO11: a pack of the service that does not count now, and why ("suspended", "incomplete").
    pub pack_not_counting: Option<String>,
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

    /// CO6: "3 designs: 2 from your pack (2 left), 1 extra at $25.00 will be billed." *Left* is what the pack holds
    /// before this request. CO11: a pack that does not count now is named.
    pub fn sentence(&self) -> String {
        let units = |n: i64| {
            if n == 1 {
                format!("1 {}", self.unit_singular)
            } else {
                format!("{n} {}", self.unit_plural)
            }
        };
        let billed = match self.payment_type {
            PaymentType::PayAsYouGo => "will be billed",
            PaymentType::Monthly => "will be billed with your monthly statement",
            PaymentType::Royalties => "will be deducted from your royalties",
        };
        let free = self.total == Cents::ZERO;
        let price = if free {
            "free of charge".to_owned()
        } else {
            format!("at {} {billed}", self.unit_price.show(self.currency))
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
                let state = if why == "incomplete" {
                    "waiting for its first payment"
                } else {
                    why
                };
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

/// What a submission carries of the quote that was on the screen (CO6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    /// Units from the pack.
    pub included: i64,
    /// Units beyond.
    pub overage: i64,
    /// What they cost.
    pub total: Cents,
    /// How that is paid.
    pub payment_type: PaymentType,
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
