//! What a request would take and cost now (CO3, CO5, CO6).

use crate::{Caller, Engine, OnConstraint, catalogue::turnaround_words, kernel::internal};
use domain::{
    AllowanceId, AppError, AppResult, BatchId, BatchSource, Capability, Cents, ClientId, Currency, Instant, PackLabel,
    PeriodId, Quote, Role, ServiceId, Split, SubscriptionStatus,
    allowance::{
        charge::may_be_ordered,
        coverage::{BatchView, Draw, coverage_of, draw, unit_price, usable_in_order},
        receipt::{BatchTaken, PeriodFacts, batches_taken},
    },
    error::Problem,
    subscriptions::benefits_at,
    work::{
        form::{MAX_UNITS, due_day},
        view::QuoteView,
    },
};
use store::work::submissions::{self, Asked, FactsRow};

/// What holds for a quantity of a service at one instant.
pub(super) struct Decision {
    pub(super) quote: Quote,
    pub(super) draw: Draw<BatchId>,
    pub(super) taken: Vec<BatchTaken>,
    /// The period of a pack that counts (CO5).
    pub(super) period: Option<PeriodNow>,
    /// Units taken from the own batch of that period's allowance (I2).
    pub(super) from_allowance: i64,
}

/// The current period of a pack that counts.
pub(super) struct PeriodNow {
    pub(super) id: PeriodId,
    pub(super) allowance: AllowanceId,
    pub(super) facts: PeriodFacts,
    pub(super) overage_before: i64,
    pub(super) vendor: Option<domain::VendorId>,
}

/// A subscription of the service that would count, but whose period at this instant is not open yet (PD3).
pub(super) fn period_missing(first: &FactsRow, now: Instant) -> bool {
    has_benefits(first, now) && first.period_id.is_none()
}

fn has_benefits(first: &FactsRow, now: Instant) -> bool {
    first
        .subscription_status
        .is_some_and(|status| benefits_at(status, first.grace_period_ends_at, now))
}

/// CO11: why a pack of the service does not count.
fn not_counting(first: &FactsRow, now: Instant) -> Option<String> {
    match first.subscription_status? {
        SubscriptionStatus::Incomplete => Some("incomplete".to_owned()),
        SubscriptionStatus::Suspended => Some("suspended".to_owned()),
        SubscriptionStatus::PastDue if !has_benefits(first, now) => Some("suspended".to_owned()),
        _ => None,
    }
}

fn period_now(first: &FactsRow, now: Instant) -> Option<PeriodNow> {
    if !has_benefits(first, now) {
        return None;
    }
    Some(PeriodNow {
        id: first.period_id?,
        allowance: first.allowance_id?,
        facts: PeriodFacts {
            subscription: first.subscription_id?,
            pack: PackLabel {
                quantity: first.pack_quantity?,
                service: first.service_name.clone(),
            }
            .to_string(),
            seq: u32::try_from(first.period_seq?).ok()?,
            starts_at: first.period_starts_at?,
            ends_at: first.period_ends_at?,
            used_before: first.used_units?,
            included: first.included_units?,
        },
        overage_before: first.overage_units?,
        vendor: first.vendor_id,
    })
}

/// CO3, CO5, §16 *Common*: the cut, its word and its price. `rows` is what [`requests::facts`] gave for `now`.
pub(super) fn decide(rows: &[FactsRow], quantity: i64, now: Instant, currency: Currency) -> Option<Decision> {
    let first = rows.first()?;
    let period = period_now(first, now);
    let own = period.as_ref().map(|p| p.allowance);
    // An allowance's batch counts only while its pack does; goodwill and top-ups count with or without one (CO5).
    let batch = |row: &FactsRow| -> Option<(BatchView<BatchId>, BatchSource, Option<AllowanceId>)> {
        let counts = row.batch_allowance_id.is_none() || row.batch_allowance_id == own;
        let view = BatchView {
            id: row.batch_id?,
            remaining: row.batch_remaining?,
            granted_at: row.batch_granted_at?,
            expires_at: row.batch_expires_at,
            starts_at: row.batch_starts_at?,
        };
        counts.then_some((view, row.batch_source?, row.batch_allowance_id))
    };
    let batches: Vec<_> = rows.iter().filter_map(batch).collect();
    let views: Vec<BatchView<BatchId>> = batches.iter().map(|(view, ..)| view.clone()).collect();
    let source = |id: BatchId| {
        let found = batches.iter().find(|(view, ..)| view.id == id);
        found.map_or(BatchSource::PackPeriod, |(_, source, _)| *source)
    };
    let draw = draw(&views, quantity, now);
    let taken = batches_taken(&views, &draw, now, source);
    let from_allowance = batches
        .iter()
        .filter(|(_, _, of)| of.is_some())
        .flat_map(|(view, ..)| draw.taken.iter().filter(|(id, _)| *id == view.id))
        .map(|(_, units)| *units)
        .sum();
    let split = Split {
        included: draw.included,
        overage: draw.overage,
    };
    let coverage = coverage_of(split, period.is_some());
    let pack_price = period.as_ref().and(first.pack_overage_price);
    let (price, price_source) = unit_price(coverage, pack_price, first.client_price, first.service_price);
    let left_before = usable_in_order(&views, now).iter().map(|b| b.remaining).sum::<i64>();
    let quote = Quote {
        service: first.service_name.clone(),
        unit_singular: first.unit_singular.clone(),
        unit_plural: first.unit_plural.clone(),
        quantity,
        split,
        coverage,
        left_after: left_before - split.included,
        left_before,
        unit_price: price,
        price_source,
        total: price.times(split.overage)?,
        currency,
        payment_type: first.payment_type,
        pack_label: period.as_ref().map(|p| p.facts.pack.clone()),
        pack_not_counting: not_counting(first, now),
    };
    Some(Decision {
        quote,
        draw,
        taken,
        period,
        from_allowance,
    })
}

/// §25: a member may not order what is charged where the owner has switched that off.
pub(super) fn needs_owner(caller: &Caller, first: &FactsRow, quote: &Quote) -> Option<String> {
    let refused = caller.role == Role::ClientMember && !first.members_may_order_extra && quote.total > Cents::ZERO;
    refused.then(|| quote.total.show(quote.currency))
}

impl Engine {
    /// CO6: what Submit would do now. Reads only, but for a period whose boundary has passed: that is opened first
    /// (PD3).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::Invalid`] for an unknown service or a quantity out of range.
    pub async fn quote(&self, caller: &Caller, service: ServiceId, quantity: i64) -> AppResult<QuoteView> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        if !(1..=MAX_UNITS).contains(&quantity) {
            let problem = Problem::NumberRange { min: 1, max: MAX_UNITS };
            return Err(AppError::field("quantity", problem));
        }
        let mut now = self.now();
        let mut rows = self.facts_now(client, service, now).await?;
        if let Some(first) = rows.first().filter(|first| period_missing(first, now))
            && let Some(id) = first.subscription_id
        {
            self.ensure_periods(id).await?;
            now = self.now();
            rows = self.facts_now(client, service, now).await?;
        }
        let unknown = || AppError::field("service", Problem::ChoiceInvalid);
        let first = rows.first().ok_or_else(unknown)?;
        let decision = decide(&rows, quantity, now, self.currency()).ok_or_else(|| internal("no decision"))?;
        if !first.service_active && decision.period.is_none() {
            return Err(AppError::ServiceInactive);
        }
        Ok(QuoteView {
            sentence: decision.quote.sentence(),
            needs_owner: needs_owner(caller, first, &decision.quote),
            not_charged: self.not_charged(&decision.quote),
            due: self.due_if_sent(first.turnaround_days, now),
            quote: decision.quote,
        })
    }

    fn due_if_sent(&self, turnaround_days: i64, now: Instant) -> String {
        let days = u32::try_from(turnaround_days).unwrap_or(0);
        let due = due_day(now, days, self.zone()).words_from(self.zone().day(now));
        format!("Due {due} ({})", turnaround_words(turnaround_days))
    }

    /// E5: what would be promised for real money and never charged.
    pub(super) fn not_charged(&self, quote: &Quote) -> Option<String> {
        let refused = !may_be_ordered(self.settings().livemode, quote.payment_type, quote.total);
        refused.then(|| quote.total.show(quote.currency))
    }

    async fn facts_now(&self, client: ClientId, service: ServiceId, now: Instant) -> AppResult<Vec<FactsRow>> {
        let mut tx = self.db().read().await.or_internal()?;
        let asked = Asked {
            client,
            service,
            form_key: "",
        };
        submissions::facts(&mut tx, &[asked], now).await.or_internal()
    }
}
