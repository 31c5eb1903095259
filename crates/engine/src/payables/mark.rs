//! What people do with lines: approve, pay, correct, make void (VP4).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{audit, forms::Pressed, internal, mail::Mail},
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, PayableId, VendorId,
    error::Problem,
    facts::Closed,
    notices::NoticeKind,
    payables::{
        Decision, MAX_LINES, MAX_REFERENCE, Marked, PayableKind, PayableReceipt, PayableState, paid_on,
        view::{MarkedView, PayInput},
    },
    seen::{ByRow, field_of},
    shown::counted,
    text,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    log::{AuditEntry, AuditOf},
    payables::{self as rows, DecidedRow, NewPayable},
    people::recipients,
};

/// The most that one correction may be.
const MAX_CORRECTION: Cents = Cents(99_999_999);

/// The lines of a selection, each once, whatever was seen of them. One that cannot be read is nobody's (§25).
pub(crate) fn read_lines(texts: &[String]) -> AppResult<Vec<PayableId>> {
    let ids: BTreeSet<PayableId> = texts
        .iter()
        .map(|text| text.split('~').next().unwrap_or_default().parse())
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

impl Engine {
    /// "3:02 PM", with its day where that is not today.
    fn clock_words(&self, at: Instant, now: Instant) -> String {
        if self.zone().day(at) == self.zone().day(now) {
            self.zone().show_time(at)
        } else {
            self.zone().show_short(at)
        }
    }

    /// Commits, and tells the vendors' open pages and staff's.
    pub(super) async fn commit_for(&self, tx: Tx, vendors: BTreeSet<VendorId>) -> AppResult<()> {
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
        let ids = read_lines(ids)?;
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self.press(&mut tx, caller, "payables.approve", key, &ids).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(done) => return Ok(done),
        };
        rows::lock(&mut tx, &ids).await.or_internal()?;
        let now = self.now();
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
        claimed.done(&mut tx, &view).await?;
        self.commit_for(tx, vendors).await?;
        Ok(view)
    }

    /// VP4: marks approved lines as paid; the others of the selection stay as they are, and are counted, those included that
    /// somebody was faster with (RR3). Each vendor has a reference of its own, and is told (§24).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a line that is none, [`AppError::Invalid`] naming the field.
    pub async fn pay_payables(&self, caller: &Caller, input: &PayInput) -> AppResult<MarkedView> {
        caller.require(Capability::Reports)?;
        let key = input.form_key.as_str();
        let ids = read_lines(&input.ids)?;
        let mut tx = self.db().write().await.or_internal()?;
        let said = (&ids, input.paid_on.trim(), input.reference.trim(), &input.references);
        let claimed = match self.press(&mut tx, caller, "payables.pay", key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(done) => return Ok(done),
        };
        rows::lock(&mut tx, &ids).await.or_internal()?;
        let now = self.now();
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
        let day = paid_on(&input.paid_on, &self.zone().today(now), latest)
            .map_err(|problem| checked("paid_on", problem))
            .ok();
        let vendors: BTreeSet<VendorId> = todo.iter().map(|row| row.vendor_id).collect();
        let mut references = BTreeMap::new();
        for vendor in &vendors {
            match reference_of(input, *vendor, vendors.len() == 1) {
                Ok(reference) => drop(references.insert(*vendor, reference)),
                Err((field, problem)) => checked(&field, problem),
            }
        }
        let Some(day) = day.filter(|_| references.len() == vendors.len()) else {
            return Err(AppError::Invalid { fields: wrong });
        };
        let mut done: BTreeSet<PayableId> = BTreeSet::new();
        for (vendor, reference) in &references {
            let wanted = todo.iter().filter(|row| row.vendor_id == *vendor);
            let wanted: Vec<PayableId> = wanted.map(|row| row.id).collect();
            let now_paid = rows::pay(&mut tx, &wanted, caller.user_id, day, reference, now).await;
            done.extend(now_paid.or_internal()?);
        }
        marked.marked = done.len() as i64;
        let mut paid: BTreeMap<VendorId, (i64, Cents)> = BTreeMap::new();
        let mut lines = Vec::new();
        for row in todo.into_iter().filter(|row| done.contains(&row.id)) {
            let sum = paid.entry(row.vendor_id).or_default();
            *sum = (sum.0 + 1, sum.1 + row.amount_cents);
            let after = serde_json::json!({
                "state": PayableState::Paid, "amount_cents": row.amount_cents, "paid_on": day,
                "reference": references.get(&row.vendor_id),
            });
            lines.push((row, after));
        }
        self.audit_lines(&mut tx, caller, "payable.paid", &lines, now).await?;
        let whole: Cents = paid.values().map(|(_, sum)| *sum).sum();
        for (vendor, (count, sum)) in &paid {
            let reference = references.get(vendor).map_or("", String::as_str);
            let amount = sum.show(self.currency());
            let mail = Mail {
                subject: if *sum < Cents::ZERO {
                    format!("We settled {amount} with you")
                } else {
                    format!("You've been paid {amount}")
                },
                paragraphs: vec![format!(
                    "{}, paid on {}. Reference: {reference}.",
                    lines_words(*count),
                    day.words()
                )],
                action: Some(("View your pay slip".to_owned(), "/vendor/payments".to_owned())),
                ..Mail::default()
            };
            let people = recipients::people_to_tell(&mut tx, *vendor).await.or_internal()?;
            let press = format!("payable.paid:user:{}:payables.pay:{key}:{vendor}", caller.user_id);
            self.notify_by_mail(&mut tx, now, (NoticeKind::Paid, &press), &mail, &people)
                .await?;
        }
        let words = match paid.len() as i64 {
            0 => marked.words("marked as paid", "paid"),
            vendors => {
                let vendors = counted(vendors, "vendor", "vendors");
                marked.words_after(format!("Paid {vendors}, {}.", whole.show(self.currency())), "paid")
            }
        };
        let view = MarkedView {
            marked: marked.marked,
            words,
        };
        claimed.done(&mut tx, &view).await?;
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
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let reason = text::block(reason, text::MAX_REASON).map_err(|problem| AppError::field("reason", problem))?;
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self
            .press(&mut tx, caller, "payables.void", key, &(id, &reason))
            .await?
        {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        rows::lock(&mut tx, &[id]).await.or_internal()?;
        let now = self.now();
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
        claimed.done(&mut tx, &()).await?;
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
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let amount = correction(amount);
        let reason = text::block(reason, text::MAX_REASON);
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
        let mut tx = self.db().write().await.or_internal()?;
        let said = (id, amount, &reason);
        let claimed = match self.press(&mut tx, caller, "payables.correct", key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(done) => return Ok(done),
        };
        let asked = rows::decided(&mut tx, &[id], false).await.or_internal()?;
        let base = asked.first().ok_or(AppError::NotFound)?;
        let base = base.corrects_id.unwrap_or(base.id);
        rows::lock(&mut tx, &[base]).await.or_internal()?;
        let now = self.now();
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
        rows::insert_all(&mut tx, std::slice::from_ref(&new))
            .await
            .or_internal()?;
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
        claimed.done(&mut tx, &new.id).await?;
        self.commit_for(tx, BTreeSet::from([line.vendor_id])).await?;
        Ok(new.id)
    }
}

/// How a vendor's payment can be found: what was typed for it; the one reference of a form that has no others, where nobody else is
/// paid. Else which field is wrong.
fn reference_of(input: &PayInput, vendor: VendorId, alone: bool) -> Result<String, (String, Problem)> {
    let (field, typed) = if alone && input.references == ByRow::default() {
        ("reference".to_owned(), input.reference.as_str())
    } else {
        (field_of("references", vendor), input.references.of(&vendor.to_string()))
    };
    text::line(typed, MAX_REFERENCE).map_err(|problem| (field, problem))
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
    counted(count, "line", "lines")
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
