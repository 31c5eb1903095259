//! What vendors are owed (§15): the payment for a pack, once a period and vendor ([`settle`]); delivered units, once a request
//! ([`accrue_delivery`]); and what people do with the lines: approve, pay, correct, make void (VP4), ask about them (AH7).
//!
//! Whoever changes whether a period is paid for, who has it, or on which terms, settles it in the same transaction. Settling
//! looks at all of that and writes what is missing, so it may be done at any time and any number of times.

use crate::{
    Caller, Change, Engine, OnConstraint,
    consume::form_key,
    core::{audit, internal},
    mail::{Mail, Recipient, queue_mail},
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, PackLabel, PayableId, PeriodId, QueryId, RequestId, VendorId,
    assignment::VendorTerms,
    error::Problem,
    pack::VendorRateMode,
    payable::{
        Accrued, Basis, Closed, Decision, Entry, Holder, MAX_LINES, MAX_QUERY, MAX_REASON, MAX_REFERENCE, Marked,
        PackFacts, PayableKind, PayableReceipt, PayableState, SplitFacts, cause, for_units, paid_on, words,
    },
    view::payables::{MarkedView, PayInput},
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    log::{AuditEntry, AuditOf},
    payables::{self as rows, DecidedRow, DeliveryRow, HolderRow, NewPayable},
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
    fn accruing(&self, receipt: &PayableReceipt, kind: PayableKind, basis: Basis) -> AppResult<NewPayable> {
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
    let found = rows::holders(tx, &periods).await.or_internal()?;
    let mut new = Vec::new();
    for row in &found {
        new.extend(engine.pack_line(row, now)?);
    }
    rows::insert(tx, &new).await.or_internal()?;
    Ok(())
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

/// The most that one correction may be.
const MAX_CORRECTION: Cents = Cents(99_999_999);

/// The lines of a selection, each once. One that cannot be read is nobody's (§25).
pub(crate) fn read_lines(texts: &[String]) -> AppResult<Vec<PayableId>> {
    let ids: BTreeSet<PayableId> = texts
        .iter()
        .map(|text| text.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| AppError::NotFound)?;
    match ids.len() {
        0 => Err(AppError::field("ids", Problem::Required)),
        1..=MAX_LINES => Ok(ids.into_iter().collect()),
        _ => Err(AppError::field(
            "ids",
            Problem::NumberRange {
                min: 1,
                max: MAX_LINES as i64,
            },
        )),
    }
}

/// Deciding (VP4).
impl Engine {
    /// "3:02 PM", with its day where that is not today.
    fn clock_words(&self, at: Instant, now: Instant) -> String {
        if self.zone().day(at) == self.zone().day(now) {
            self.zone().show_time(at)
        } else {
            self.zone().show_short(at)
        }
    }

    /// What was remembered of a form that was posted before.
    async fn pressed_before<T: serde::de::DeserializeOwned>(
        &self,
        tx: &mut Tx,
        scope: &str,
        key: &str,
    ) -> AppResult<Option<T>> {
        let found = store::log::form_result(tx, scope, key).await.or_internal()?;
        found
            .map(|text| serde_json::from_str(&text).map_err(internal))
            .transpose()
    }

    /// Remembers what a form did.
    async fn pressed<T: serde::Serialize>(
        &self,
        tx: &mut Tx,
        scope: &str,
        key: &str,
        done: &T,
        now: Instant,
    ) -> AppResult<()> {
        let text = serde_json::to_string(done).map_err(internal)?;
        if store::log::remember_form(tx, scope, key, &text, now)
            .await
            .or_internal()?
        {
            Ok(())
        } else {
            // The same form came a second time while this one waited: its first press is the one that counts.
            Err(AppError::Stale)
        }
    }

    /// Commits, and tells the vendors' open pages and staff's.
    async fn commit_for(&self, tx: Tx, vendors: BTreeSet<VendorId>) -> AppResult<()> {
        self.commit(tx, Change::of_staff()).await?;
        for vendor in vendors {
            self.tell(Change {
                client_id: None,
                vendor_id: Some(vendor),
            });
        }
        Ok(())
    }

    async fn audit_lines(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        action: &str,
        lines: &[(&DecidedRow, serde_json::Value)],
        now: Instant,
    ) -> AppResult<()> {
        let of: Vec<AuditOf> = lines
            .iter()
            .map(|(row, after)| AuditOf {
                id: self.new_id::<uuid::Uuid>().to_string(),
                entity_id: row.id.to_string(),
                before: Some(serde_json::json!({ "state": row.state, "amount_cents": row.amount_cents }).to_string()),
                after: Some(after.to_string()),
            })
            .collect();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action,
            entity: "payable",
            entity_id: "",
            before: None,
            after: None,
        };
        store::log::audit_many(tx, now, &entry, &of).await.or_internal()
    }

    /// VP4: approves lines that have accrued; the others of the selection stay as they are, and are counted.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a line that is none, [`AppError::Invalid`] without a selection.
    pub async fn approve_payables(&self, caller: &Caller, key: &str, ids: &[String]) -> AppResult<MarkedView> {
        caller.require(Capability::DecidePayables)?;
        form_key(key)?;
        let ids = read_lines(ids)?;
        let scope = format!("user:{}:payables.approve", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        rows::lock(&mut tx, &ids).await.or_internal()?;
        let now = self.now();
        if let Some(done) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(done);
        }
        let found = rows::decided(&mut tx, &ids, false).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let mut marked = Marked::default();
        let mut todo = Vec::new();
        for row in &found {
            match (row.internal, row.state, &row.approved_by, row.approved_at) {
                (true, ..) => marked.internal += 1,
                (_, PayableState::Accrued, ..) => todo.push(row.id),
                (_, PayableState::Approved | PayableState::Paid, Some(by), Some(at)) => {
                    marked.add_already(by, &self.clock_words(at, now));
                }
                _ => marked.void += 1,
            }
        }
        let done: BTreeSet<PayableId> = rows::approve(&mut tx, &todo, caller.user_id, now)
            .await
            .or_internal()?
            .into_iter()
            .collect();
        marked.marked = done.len() as i64;
        let lines: Vec<_> = found
            .iter()
            .filter(|row| done.contains(&row.id))
            .map(|row| {
                (
                    row,
                    serde_json::json!({ "state": PayableState::Approved, "amount_cents": row.amount_cents }),
                )
            })
            .collect();
        self.audit_lines(&mut tx, caller, "payable.approved", &lines, now)
            .await?;
        let vendors = lines.iter().map(|(row, _)| row.vendor_id).collect();
        let view = MarkedView {
            marked: marked.marked,
            words: marked.words("approved", "approved"),
        };
        self.pressed(&mut tx, &scope, key, &view, now).await?;
        self.commit_for(tx, vendors).await?;
        Ok(view)
    }

    /// VP4: marks approved lines as paid; the others of the selection stay as they are, and are counted, those included that
    /// somebody was faster with (RR3). The vendors are told (§24).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a line that is none, [`AppError::Invalid`] naming the field.
    pub async fn pay_payables(&self, caller: &Caller, input: &PayInput) -> AppResult<MarkedView> {
        caller.require(Capability::Reports)?;
        let key = input.form_key.as_str();
        form_key(key)?;
        let ids = read_lines(&input.ids)?;
        let scope = format!("user:{}:payables.pay", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        rows::lock(&mut tx, &ids).await.or_internal()?;
        let now = self.now();
        if let Some(done) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(done);
        }
        let found = rows::decided(&mut tx, &ids, false).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let mut marked = Marked::default();
        let mut todo = Vec::new();
        for row in &found {
            match (row.internal, row.state, &row.paid_by, row.paid_at) {
                (true, ..) => marked.internal += 1,
                (_, PayableState::Approved, ..) => todo.push(row),
                (_, PayableState::Accrued, ..) => marked.not_approved += 1,
                (_, PayableState::Paid, Some(by), Some(at)) => marked.add_already(by, &self.clock_words(at, now)),
                _ => marked.void += 1,
            }
        }
        let latest = todo.iter().map(|row| row.accrued_on).max();
        let mut wrong = Vec::new();
        let mut checked = |field: &str, problem: Problem| wrong.push(domain::FieldError::new(field, problem));
        let day = paid_on(&input.paid_on, self.zone().day(now), latest)
            .map_err(|problem| checked("paid_on", problem))
            .ok();
        let reference = words(&input.reference, MAX_REFERENCE)
            .map_err(|problem| checked("reference", problem))
            .ok();
        let (Some(day), Some(reference)) = (day, reference) else {
            return Err(AppError::Invalid { fields: wrong });
        };
        let wanted: Vec<PayableId> = todo.iter().map(|row| row.id).collect();
        let done: BTreeSet<PayableId> = rows::pay(&mut tx, &wanted, caller.user_id, day, &reference, now)
            .await
            .or_internal()?
            .into_iter()
            .collect();
        marked.marked = done.len() as i64;
        let mut paid: BTreeMap<VendorId, (i64, Cents)> = BTreeMap::new();
        let mut lines = Vec::new();
        for row in todo.into_iter().filter(|row| done.contains(&row.id)) {
            let sum = paid.entry(row.vendor_id).or_default();
            *sum = (sum.0 + 1, sum.1 + row.amount_cents);
            let after = serde_json::json!({
                "state": PayableState::Paid, "amount_cents": row.amount_cents, "paid_on": day, "reference": reference,
            });
            lines.push((row, after));
        }
        self.audit_lines(&mut tx, caller, "payable.paid", &lines, now).await?;
        for (vendor, (count, sum)) in &paid {
            let amount = sum.show(self.currency());
            let mail = Mail {
                subject: if *sum < Cents::ZERO {
                    format!("{amount} was settled with you")
                } else {
                    format!("You have been paid {amount}")
                },
                paragraphs: vec![format!(
                    "{}, paid on {}. Reference: {reference}.",
                    lines_words(*count),
                    day.words()
                )],
                action: Some(("See your pay slip".to_owned(), "/vendor/payments".to_owned())),
            };
            self.mail_vendor(&mut tx, *vendor, &format!("payable.paid:{scope}:{key}"), &mail, now)
                .await?;
        }
        let view = MarkedView {
            marked: marked.marked,
            words: marked.words("marked", "paid"),
        };
        self.pressed(&mut tx, &scope, key, &view, now).await?;
        self.commit_for(tx, paid.into_keys().collect()).await?;
        Ok(view)
    }

    /// VP4: makes a line void that is not owed after all, and with it what corrects it. What came with a split goes with its line
    /// only.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] without a reason, [`AppError::PayableClosed`].
    pub async fn void_payable(&self, caller: &Caller, key: &str, id: &str, reason: &str) -> AppResult<()> {
        caller.require(Capability::DecidePayables)?;
        form_key(key)?;
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let reason = words(reason, MAX_REASON).map_err(|problem| AppError::field("reason", problem))?;
        let scope = format!("user:{}:payables.void", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        rows::lock(&mut tx, &[id]).await.or_internal()?;
        let now = self.now();
        if let Some(()) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(());
        }
        let found = rows::decided(&mut tx, &[id], true).await.or_internal()?;
        let line = found.iter().find(|row| row.id == id).ok_or(AppError::NotFound)?;
        let closed = |why| Err(AppError::PayableClosed { why });
        match line.state {
            _ if line.internal => return closed(Closed::Internal),
            PayableState::Paid => return closed(Closed::Paid),
            PayableState::Void => return closed(Closed::Void),
            _ if line.corrects_id.is_some() && !line.by_hand => return closed(Closed::Settled),
            _ if found.iter().any(|row| row.state == PayableState::Paid) => return closed(Closed::PaidInPart),
            _ => {}
        }
        let open: Vec<&DecidedRow> = found.iter().filter(|row| row.state.is_open()).collect();
        let ids: Vec<PayableId> = open.iter().map(|row| row.id).collect();
        rows::void(&mut tx, &ids, caller.user_id, &reason, now)
            .await
            .or_internal()?;
        let after = serde_json::json!({ "state": PayableState::Void, "reason": reason });
        let lines: Vec<_> = open.into_iter().map(|row| (row, after.clone())).collect();
        self.audit_lines(&mut tx, caller, "payable.voided", &lines, now).await?;
        self.pressed(&mut tx, &scope, key, &(), now).await?;
        let vendors = BTreeSet::from([line.vendor_id]);
        self.commit_for(tx, vendors).await
    }

    /// VP4: corrects a line by another one, of so much more or less; what corrects a correction corrects its line. Gives the new
    /// line's id.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] naming the field, [`AppError::PayableClosed`].
    pub async fn correct_payable(
        &self,
        caller: &Caller,
        key: &str,
        id: &str,
        amount: &str,
        reason: &str,
    ) -> AppResult<PayableId> {
        caller.require(Capability::DecidePayables)?;
        form_key(key)?;
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let amount = correction(amount);
        let reason = words(reason, MAX_REASON);
        let (amount, reason) = match (amount, reason) {
            (Ok(amount), Ok(reason)) => (amount, reason),
            (amount, reason) => {
                let amount = amount.err().map(|problem| domain::FieldError::new("amount", problem));
                let reason = reason.err().map(|problem| domain::FieldError::new("reason", problem));
                return Err(AppError::Invalid {
                    fields: amount.into_iter().chain(reason).collect(),
                });
            }
        };
        let scope = format!("user:{}:payables.correct", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        let asked = rows::decided(&mut tx, &[id], false).await.or_internal()?;
        let base = asked.first().ok_or(AppError::NotFound)?;
        let base = base.corrects_id.unwrap_or(base.id);
        rows::lock(&mut tx, &[base]).await.or_internal()?;
        let now = self.now();
        if let Some(done) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(done);
        }
        let found = rows::decided(&mut tx, &[base], true).await.or_internal()?;
        let line = found.iter().find(|row| row.id == base).ok_or(AppError::NotFound)?;
        if line.internal {
            return Err(AppError::PayableClosed { why: Closed::Internal });
        }
        if line.state == PayableState::Void {
            return Err(AppError::PayableClosed { why: Closed::Void });
        }
        let told: PayableReceipt = serde_json::from_str(&line.receipt).map_err(internal)?;
        let stands = found.iter().filter(|row| row.state != PayableState::Void);
        let before: Cents = stands.map(|row| row.amount_cents).sum();
        let decision = Decision::Corrected {
            by: caller.name.clone(),
            reason: reason.clone(),
            before,
        };
        let receipt = PayableReceipt {
            decided_at: now,
            rules: decision.rules(false),
            decision,
            amount,
            ..told
        };
        let new = NewPayable {
            vendor_id: line.vendor_id,
            client_id: line.client_id,
            service_id: line.service_id,
            period_id: line.period_id,
            request_id: line.request_id,
            corrects_id: Some(base),
            nth: Some(found.len() as i64),
            made_by: Some(caller.user_id),
            ..self.accruing(&receipt, PayableKind::Correction, line.basis)?
        };
        if rows::insert(&mut tx, std::slice::from_ref(&new)).await.or_internal()? == 0 {
            return Err(AppError::Stale);
        }
        let (was, is) = (
            serde_json::json!({ "owed_cents": before }).to_string(),
            serde_json::json!({ "owed_cents": before + amount, "amount_cents": amount, "reason": reason, "correction": new.id })
                .to_string(),
        );
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "payable.corrected",
            entity: "payable",
            entity_id: &base.to_string(),
            before: Some(&was),
            after: Some(&is),
        };
        audit(&mut tx, self, now, entry).await?;
        self.pressed(&mut tx, &scope, key, &new.id, now).await?;
        self.commit_for(tx, BTreeSet::from([line.vendor_id])).await?;
        Ok(new.id)
    }
}

/// How much more or less a correction is.
fn correction(text: &str) -> Result<Cents, Problem> {
    match text.trim().trim_start_matches('+').parse::<Cents>() {
        _ if text.trim().is_empty() => Err(Problem::Required),
        Ok(Cents::ZERO) | Err(_) => Err(Problem::MoneyInvalid),
        Ok(amount) if amount > MAX_CORRECTION || amount < -MAX_CORRECTION => Err(Problem::MoneyTooMuch),
        Ok(amount) => Ok(amount),
    }
}

/// "1 line", "3 lines".
pub(crate) fn lines_words(count: i64) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}

/// Asking (AH7).
impl Engine {
    async fn mail_vendor(&self, tx: &mut Tx, vendor: VendorId, key: &str, mail: &Mail, now: Instant) -> AppResult<()> {
        for person in store::assignments::people_to_tell(tx, vendor).await.or_internal()? {
            let to = Recipient {
                user_id: person.id,
                name: &person.name,
                email: &person.email,
            };
            queue_mail(tx, self, now, &format!("{key}:{vendor}:{}", person.id), to, mail).await?;
        }
        Ok(())
    }

    /// *Query this line*: a vendor's person asks about a line of its vendor's; admins are told.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a line of another vendor's, [`AppError::Invalid`] naming the field,
    /// [`AppError::PayableClosed`] where a question is open.
    pub async fn ask_about_payable(&self, caller: &Caller, key: &str, id: &str, question: &str) -> AppResult<()> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        form_key(key)?;
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let question = words(question, MAX_QUERY).map_err(|problem| AppError::field("question", problem))?;
        let scope = format!("user:{}:payables.ask", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if let Some(()) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(());
        }
        let line = rows::one(&mut tx, id, Some(vendor)).await.or_internal()?;
        let line = line.ok_or(AppError::NotFound)?;
        let query: QueryId = self.new_id();
        rows::ask(&mut tx, query, id, caller.user_id, &question, now)
            .await
            .on_constraint("payable_queries_one_open", || AppError::PayableClosed {
                why: Closed::Asked,
            })?;
        let after = serde_json::json!({ "question": question }).to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "payable.queried",
            entity: "payable",
            entity_id: &id.to_string(),
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, entry).await?;
        let mail = Mail {
            subject: format!("{} asks about a payment", line.vendor),
            paragraphs: vec![
                format!(
                    "{} · {}, {}.",
                    line.client,
                    line.service,
                    line.amount_cents.show(line.currency)
                ),
                question,
            ],
            action: Some(("Answer".to_owned(), format!("/admin/reports/vendor-payments/{id}"))),
        };
        for person in store::assignments::admins(&mut tx).await.or_internal()? {
            let to = Recipient {
                user_id: person.id,
                name: &person.name,
                email: &person.email,
            };
            queue_mail(
                &mut tx,
                self,
                now,
                &format!("payable.query:{query}:{}", person.id),
                to,
                &mail,
            )
            .await?;
        }
        self.pressed(&mut tx, &scope, key, &(), now).await?;
        self.commit_for(tx, BTreeSet::from([vendor])).await
    }

    /// Staff answer a vendor's question; who asked is told.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] naming the field, [`AppError::PayableClosed`] where
    /// somebody was faster.
    pub async fn answer_query(&self, caller: &Caller, key: &str, id: &str, answer: &str) -> AppResult<()> {
        caller.require(Capability::Reports)?;
        form_key(key)?;
        let id: QueryId = id.parse().map_err(|_| AppError::NotFound)?;
        let answer = words(answer, MAX_QUERY).map_err(|problem| AppError::field("answer", problem))?;
        let scope = format!("user:{}:payables.answer", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if let Some(()) = self.pressed_before(&mut tx, &scope, key).await? {
            return Ok(());
        }
        let asker = rows::asker(&mut tx, id).await.or_internal()?;
        let (payable, user_id, email, name, active) = asker.ok_or(AppError::NotFound)?;
        if !rows::answer(&mut tx, id, caller.user_id, &answer, now)
            .await
            .or_internal()?
        {
            return Err(AppError::PayableClosed { why: Closed::Answered });
        }
        let line = rows::one(&mut tx, payable, None).await.or_internal()?;
        let line = line.ok_or(AppError::NotFound)?;
        let after = serde_json::json!({ "answer": answer }).to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "payable.answered",
            entity: "payable",
            entity_id: &payable.to_string(),
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, entry).await?;
        if active {
            let mail = Mail {
                subject: "Your question about a payment was answered".to_owned(),
                paragraphs: vec![
                    format!(
                        "{} · {}, {}.",
                        line.alias,
                        line.service,
                        line.amount_cents.show(line.currency)
                    ),
                    answer,
                ],
                action: Some(("See the line".to_owned(), format!("/vendor/payments/{payable}"))),
            };
            let to = Recipient {
                user_id,
                name: &name,
                email: &email,
            };
            queue_mail(&mut tx, self, now, &format!("payable.answer:{id}"), to, &mail).await?;
        }
        self.pressed(&mut tx, &scope, key, &(), now).await?;
        self.commit_for(tx, BTreeSet::from([line.vendor_id])).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp4_a_correction_is_an_amount_that_is_not_nothing() {
        assert_eq!(correction("-12.50"), Ok(Cents(-1_250)));
        assert_eq!(correction(" +3 "), Ok(Cents(300)));
        for (text, problem) in [
            ("", Problem::Required),
            ("0", Problem::MoneyInvalid),
            ("a lot", Problem::MoneyInvalid),
            ("-1000000", Problem::MoneyTooMuch),
            ("1000000", Problem::MoneyTooMuch),
        ] {
            assert_eq!(correction(text), Err(problem), "{text:?}");
        }
    }

    #[test]
    fn s25_a_line_that_cannot_be_read_is_nobodys() {
        let id = uuid::Uuid::from_u128(1).to_string();
        assert_eq!(read_lines(&[id.clone(), id.clone()]).map(|ids| ids.len()), Ok(1));
        assert_eq!(read_lines(&["x".to_owned()]), Err(AppError::NotFound));
        assert_eq!(read_lines(&[]), Err(AppError::field("ids", Problem::Required)));
    }
}
