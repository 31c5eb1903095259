//! What becomes of lines (VP4).

use crate::{
    StoreResult, Tx,
    kernel::{exactly, given},
    payables::id_lines,
};
use domain::{
    Cents, ClientId, Currency, Instant, LocalDay, PayableId, PeriodId, RequestId, ServiceId, UserId, VendorId,
    payables::{Basis, PayableState},
    text::fold,
};
use sqlx::AssertSqlSafe;

/// Holds lines against others who decide about them, in the order of their ids, until the transaction ends. On SQLite the
/// transaction already does.
pub async fn lock(tx: &mut Tx, ids: &[PayableId]) -> StoreResult<()> {
    if tx.is_postgres() {
        let sql = format!(
            "with {} select id from vendor_payables where id in (select value->>'id' from given)
                or corrects_id in (select value->>'id' from given) order by id for update",
            given("given", 1, true)
        );
        rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?)?;
    }
    Ok(())
}

/// A line with what decides what may become of it, and who decided before.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DecidedRow {
    /// Its id.
    pub id: PayableId,
    /// Who is owed.
    pub vendor_id: VendorId,
    /// Its name.
    pub vendor: String,
    /// Tri-POD (TP4).
    pub internal: bool,
    /// What it is for.
    pub basis: Basis,
    /// What it corrects.
    pub corrects_id: Option<PayableId>,
    /// Somebody corrected; else it came by itself.
    pub by_hand: bool,
    /// For whose work.
    pub client_id: ClientId,
    /// For which service.
    pub service_id: ServiceId,
    /// In which period.
    pub period_id: Option<PeriodId>,
    /// For which request.
    pub request_id: Option<RequestId>,
    /// What is owed.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// The day by which it is counted.
    pub local_day: LocalDay,
    /// When it accrued.
    pub accrued_on: LocalDay,
    /// AH1.
    pub receipt: String,
    /// How far it is.
    pub state: PayableState,
    /// When it was approved.
    pub approved_at: Option<Instant>,
    /// By whom.
    pub approved_by: Option<String>,
    /// On which day it was paid.
    pub paid_on: Option<LocalDay>,
    /// How the payment can be found.
    pub reference: Option<String>,
    /// When that was said.
    pub paid_at: Option<Instant>,
    /// By whom.
    pub paid_by: Option<String>,
    /// When it was made void.
    pub voided_at: Option<Instant>,
    /// By whom.
    pub voided_by: Option<String>,
    /// Why.
    pub void_reason: Option<String>,
}

/// Some lines, and with `corrections` what corrects them, by id.
pub async fn decided(tx: &mut Tx, ids: &[PayableId], corrections: bool) -> StoreResult<Vec<DecidedRow>> {
    let also = if corrections {
        " or l.corrects_id in (select value->>'id' from given)"
    } else {
        ""
    };
    let sql = format!(
        "with {}
         select l.id, l.vendor_id, h.name as vendor, h.kind = 'internal' as internal, l.basis, l.corrects_id, l.made_by is not null as by_hand, l.client_id,
                l.service_id, l.period_id, l.request_id, l.amount_cents, l.currency, l.local_day, l.accrued_on, l.receipt, l.state,
                l.approved_at, a.name as approved_by, l.paid_on, l.reference, l.paid_at, b.name as paid_by, l.voided_at, d.name as voided_by, l.void_reason
         from vendor_payables l join vendors h on h.id = l.vendor_id
         left join users a on a.id = l.approved_by left join users b on b.id = l.paid_by left join users d on d.id = l.voided_by
         where l.id in (select value->>'id' from given){also} order by l.accrued_at, l.id",
        given("given", 1, tx.is_postgres())
    );
    rows!(tx, DecidedRow, AssertSqlSafe(sql), id_lines(ids)?)
}

/// VP4: approves those of some lines that have accrued; which.
pub async fn approve(tx: &mut Tx, ids: &[PayableId], by: UserId, now: Instant) -> StoreResult<Vec<PayableId>> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'approved', approved_at = $2, approved_by = $3
         where state = 'accrued' and id in (select value->>'id' from given) returning id",
        given("given", 1, tx.is_postgres())
    );
    let done = rows!(tx, (PayableId,), AssertSqlSafe(sql), id_lines(ids)?, now, by)?;
    Ok(done.into_iter().map(|(id,)| id).collect())
}

/// VP4: marks those of some lines as paid that are approved; which. `vendor_payables_paid_after` refuses a day before one of
/// them accrued.
pub async fn pay(
    tx: &mut Tx,
    ids: &[PayableId],
    by: UserId,
    on: LocalDay,
    reference: &str,
    now: Instant,
) -> StoreResult<Vec<PayableId>> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'paid', paid_at = $2, paid_by = $3, paid_on = $4, reference = $5, reference_folded = $6
         where state = 'approved' and id in (select value->>'id' from given) returning id",
        given("given", 1, tx.is_postgres())
    );
    let done = rows!(
        tx,
        (PayableId,),
        AssertSqlSafe(sql),
        id_lines(ids)?,
        now,
        by,
        on,
        reference,
        fold(reference)
    )?;
    Ok(done.into_iter().map(|(id,)| id).collect())
}

/// VP4: makes lines void that are held, and not paid.
pub async fn void(tx: &mut Tx, ids: &[PayableId], by: UserId, reason: &str, now: Instant) -> StoreResult<()> {
    let sql = format!(
        "with {}
         update vendor_payables set state = 'void', voided_at = $2, voided_by = $3, void_reason = $4
         where state in ('accrued', 'approved') and id in (select value->>'id' from given)",
        given("given", 1, tx.is_postgres())
    );
    let written = exec!(tx, AssertSqlSafe(sql), id_lines(ids)?, now, by, reason)?;
    exactly(ids.len(), written)
}
