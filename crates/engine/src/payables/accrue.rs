//! What is owed: the payment for a pack, once a period and vendor ([`settle`]); delivered units, once a request
//! ([`accrue_delivery`]).
//!
//! Whoever changes whether a period is paid for, who has it, or on which terms, settles it in the same transaction. Settling
//! looks at all of that and writes what is missing, so it may be done at any time and any number of times.

use crate::{Engine, OnConstraint, kernel::internal, subscriptions::follow::Follower};
use async_trait::async_trait;
use domain::{
    AppResult, Cents, Instant, PackLabel, PeriodId, RequestId,
    catalogue::pack::VendorRateMode,
    payables::{
        Accrued, Basis, Decision, Entry, Holder, PackFacts, PayableKind, PayableReceipt, PayableState, SplitFacts,
        VendorTerms, cause, for_units,
    },
};
use std::collections::BTreeSet;
use store::{
    Tx,
    payables::{self as rows, DeliveryRow, HolderRow, NewPayable},
    subscriptions::PeriodRow,
};

pub(crate) fn pack_label(quantity: i64, service: &str) -> String {
    PackLabel {
        quantity,
        service: service.to_owned(),
    }
    .to_string()
}

impl Engine {
    /// A line that accrues now.
    pub(super) fn accruing(&self, receipt: &PayableReceipt, kind: PayableKind, basis: Basis) -> AppResult<NewPayable> {
        Ok(NewPayable {
            id: self.new_id(),
            // Filled by whoever knows.
            vendor_id: domain::VendorId(uuid::Uuid::nil()),
            client_id: domain::ClientId(uuid::Uuid::nil()),
            service_id: domain::ServiceId(uuid::Uuid::nil()),
            kind,
            basis,
            period_id: None,
            request_id: None,
            corrects_id: None,
            nth: None,
            units: None,
            rate_cents: None,
            amount_cents: receipt.amount,
            currency: receipt.currency.code().to_owned(),
            accrued_at: receipt.decided_at,
            accrued_on: self.zone().day(receipt.decided_at),
            local_day: receipt.local_day,
            receipt: serde_json::to_string(receipt).map_err(internal)?,
            made_by: None,
        })
    }

    /// What a vendor of a period is to get written, if anything.
    fn pack_line(&self, row: &HolderRow, now: Instant) -> AppResult<Option<NewPayable>> {
        let Some(cause) = cause(row.payment_state, row.delivered, row.accrued) else {
            return Ok(None);
        };
        let terms = VendorTerms {
            payment: row.payment_cents,
            mode: row.rate_mode,
        };
        let holder = Holder {
            internal: row.internal,
            holds: row.holds,
            terms,
            share: row.split.then_some(row.share_cents),
            accrued: row.line_cents.map(|amount| Accrued {
                amount,
                void: row.line_state == Some(PayableState::Void),
            }),
        };
        let split = row.split.then_some(SplitFacts {
            delivered: row.share_units,
            by_others: row.by_others,
        });
        let (amount, decision) = match holder.entry() {
            None => return Ok(None),
            Some(Entry::Line(amount)) => (
                amount,
                Decision::Pack {
                    cause,
                    payment: row.payment_cents,
                    own: row.own,
                    split,
                },
            ),
            Some(Entry::Correction(by)) => (
                by,
                Decision::Settled {
                    before: row.line_cents.unwrap_or(Cents::ZERO),
                    due: holder.due(),
                    split,
                },
            ),
        };
        let corrects = row.line_id;
        let receipt = PayableReceipt {
            decided_at: now,
            local_day: self.zone().day(row.starts_at),
            pack: Some(PackFacts {
                pack: pack_label(row.included_units, &row.service),
                seq: row.seq,
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                included: row.included_units,
            }),
            service: row.service.clone(),
            rules: decision.rules(row.internal),
            decision,
            internal: row.internal,
            amount,
            currency: row.currency,
        };
        let kind = match corrects {
            Some(_) => PayableKind::Correction,
            None => PayableKind::Pack,
        };
        Ok(Some(NewPayable {
            vendor_id: row.vendor_id,
            client_id: row.client_id,
            service_id: row.service_id,
            period_id: Some(row.period_id),
            corrects_id: corrects,
            nth: corrects.map(|_| row.corrections + 1),
            ..self.accruing(&receipt, kind, Basis::Pack)?
        }))
    }

    /// The lines of a delivery: the included units where they are paid one by one, and those outside of the pack.
    fn unit_lines(&self, row: &DeliveryRow, now: Instant) -> AppResult<Vec<NewPayable>> {
        let too_much = || internal("an amount that does not fit");
        let period = row.period_id.zip(row.starts_at).zip(row.ends_at);
        let pack = period.map(|((_, starts_at), ends_at)| PackFacts {
            pack: pack_label(row.period_units.unwrap_or(0), &row.service),
            seq: row.seq.unwrap_or(0),
            starts_at,
            ends_at,
            included: row.period_units.unwrap_or(0),
        });
        let mut wanted = Vec::new();
        if let (Some(VendorRateMode::PerUnit), Some(payment)) = (row.rate_mode, row.payment_cents)
            && row.included_units > 0
        {
            let (rate, amount) = for_units(row.internal, payment, row.included_units).ok_or_else(too_much)?;
            let decision = Decision::Units {
                request: row.number,
                delivered_at: row.delivered_at,
                units: row.included_units,
                rate: payment,
                own: row.own,
            };
            let starts = row.starts_at.unwrap_or(row.delivered_at);
            wanted.push((
                Basis::Unit,
                PayableKind::Unit,
                row.included_units,
                rate,
                amount,
                decision,
                starts,
            ));
        }
        if row.overage_units > 0 {
            let known = row.service_rate.unwrap_or(Cents::ZERO);
            let (rate, amount) = for_units(row.internal, known, row.overage_units).ok_or_else(too_much)?;
            let decision = Decision::Service {
                request: row.number,
                delivered_at: row.delivered_at,
                units: row.overage_units,
                rate: row.service_rate,
            };
            let day = row.delivered_at;
            wanted.push((
                Basis::Service,
                PayableKind::Service,
                row.overage_units,
                rate,
                amount,
                decision,
                day,
            ));
        }
        let lines = wanted
            .into_iter()
            .map(|(basis, kind, units, rate, amount, decision, day)| {
                let receipt = PayableReceipt {
                    decided_at: now,
                    local_day: self.zone().day(day),
                    pack: pack.clone(),
                    service: row.service.clone(),
                    rules: decision.rules(row.internal),
                    decision,
                    internal: row.internal,
                    amount,
                    currency: self.currency(),
                };
                Ok(NewPayable {
                    vendor_id: row.vendor_id,
                    client_id: row.client_id,
                    service_id: row.service_id,
                    period_id: row.period_id,
                    request_id: Some(row.request_id),
                    units: Some(units),
                    rate_cents: Some(rate),
                    ..self.accruing(&receipt, kind, basis)?
                })
            });
        lines.collect()
    }
}
/// VP1, VP2, AS7: brings the lines for packs of some periods to what is owed now: the first time, when a period is paid for,
/// opened, delivered from or given to a vendor; later, when it is split or takes other terms. Doing it again changes nothing.
///
/// # Errors
/// Only failures of ours.
pub async fn settle(tx: &mut Tx, engine: &Engine, periods: &[PeriodId], now: Instant) -> AppResult<()> {
    let periods: Vec<PeriodId> = periods.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if periods.is_empty() {
        return Ok(());
    }
    rows::lock_periods(tx, &periods).await.or_internal()?;
    // A statement of its own before the reading: what a person has corrected meanwhile is seen then.
    rows::lock_of_periods(tx, &periods).await.or_internal()?;
    let found = rows::holders(tx, &periods).await.or_internal()?;
    let mut new = Vec::new();
    for row in &found {
        new.extend(engine.pack_line(row, now)?);
    }
    rows::insert_all(tx, &new).await.or_internal()
}

/// What periods mean for what is owed.
pub(crate) struct Following;

#[async_trait]
impl Follower for Following {
    /// VP2: a pack's own vendor is owed from the first day on where nothing else has to happen first.
    async fn opened(&self, tx: &mut Tx, engine: &Engine, period: &PeriodRow, now: Instant) -> AppResult<()> {
        self.billed(tx, engine, period, now).await
    }

    /// VP2: it may be paid for now, or on other terms than it was opened on.
    async fn billed(&self, tx: &mut Tx, engine: &Engine, period: &PeriodRow, now: Instant) -> AppResult<()> {
        if period.vendor_id.is_some() {
            settle(tx, engine, &[period.id], now).await?;
        }
        Ok(())
    }
}

/// VP2, VP3: what a request brings that was just delivered, in the transaction that wrote its delivery down: its included units
/// where they are paid one by one, those outside of the pack by the vendor's rate, and the payment for the pack where this is
/// what makes it owed. A request is delivered once, so doing it again changes nothing.
///
/// # Errors
/// Only failures of ours.
pub async fn accrue_delivery(tx: &mut Tx, engine: &Engine, request: RequestId, now: Instant) -> AppResult<()> {
    let Some(row) = rows::delivery(tx, request).await.or_internal()? else {
        return Ok(());
    };
    let lines = engine.unit_lines(&row, now)?;
    rows::insert(tx, &lines).await.or_internal()?;
    match row.period_id {
        Some(period) => settle(tx, engine, &[period], now).await,
        None => Ok(()),
    }
}
