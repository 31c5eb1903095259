//! Deductions from royalties.

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Currency, Instant, LocalDay};

/// A deduction from royalties that is due (SU7, DR1). `royalty_deductions_source_unique` makes it one per source.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub async fn insert_deduction(
    tx: &mut Tx,
    id: domain::DeductionId,
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
