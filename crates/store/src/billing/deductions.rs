//! Deductions from royalties.

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Currency, DeductionId, Instant, LocalDay};

/// A deduction from royalties that is due (SU7, DR1). `royalty_deductions_source_unique` makes it one per source.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_deduction(
    tx: &mut Tx,
    id: DeductionId,
    client: ClientId,
    kind: &str,
    source_id: &str,
    amount: Cents,
    currency: Currency,
    due_on: LocalDay,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into royalty_deductions (id, client_id, kind, source_id, amount_cents, currency, due_on, state, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'due', $8)",
        id, client, kind, source_id, amount, currency, due_on, now
    )?;
    Ok(())
}

/// A deduction as its client reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DeductionRow {
    /// Its id.
    pub id: DeductionId,
    /// How much.
    pub amount_cents: Cents,
    /// In which currency.
    pub currency: Currency,
    /// The day on which it is due.
    pub due_on: LocalDay,
    /// `due`, `paid` or `void`.
    pub state: String,
    /// The day on which it was deducted.
    pub paid_on: Option<LocalDay>,
    /// When it was written.
    pub created_at: Instant,
    /// Units of the pack that it is for.
    pub quantity: Option<i64>,
    /// That pack's service.
    pub service: Option<String>,
}

/// A page of a client's deductions, newest first.
pub async fn deductions_of(
    tx: &mut Tx,
    client: ClientId,
    before: Option<(Instant, &str)>,
    limit: i64,
) -> StoreResult<Vec<DeductionRow>> {
    let (at, id) = before.unwrap_or((Instant(i64::MAX), ""));
    rows!(
        tx,
        DeductionRow,
        "select d.id, d.amount_cents, d.currency, d.due_on, d.state, d.paid_on, d.created_at, pk.quantity, s.name as service
         from royalty_deductions d
         left join periods p on d.kind = 'pack' and p.id = d.source_id
         left join pack_versions v on v.id = p.pack_version_id
         left join packs pk on pk.id = v.pack_id
         left join services s on s.id = pk.service_id
         where d.client_id = $1 and (d.created_at, d.id) < ($2, $3) order by d.created_at desc, d.id desc limit $4",
        client,
        at,
        id,
        limit
    )
}

/// What of a client's deductions is due, and what has been deducted.
pub async fn deduction_totals(tx: &mut Tx, client: ClientId) -> StoreResult<(Cents, Cents)> {
    let found = row!(
        tx,
        (Cents, Cents),
        "select cast(coalesce(sum(case when state = 'due' then amount_cents else 0 end), 0) as bigint) as due,
                cast(coalesce(sum(case when state = 'paid' then amount_cents else 0 end), 0) as bigint) as paid
         from royalty_deductions where client_id = $1",
        client
    )?;
    Ok(found.unwrap_or_default())
}
