//! Questions about lines (AH7).

use crate::{StoreResult, Tx};
use domain::{Instant, PayableId, QueryId, UserId};

/// A question about a line (AH7).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QueryRow {
    /// Its id.
    pub id: QueryId,
    /// Who asks.
    pub asked_by: String,
    /// When.
    pub asked_at: Instant,
    /// What.
    pub question: String,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Instant>,
    /// What.
    pub answer: Option<String>,
}

/// The questions about a line, the newest first.
pub async fn queries(tx: &mut Tx, payable: PayableId) -> StoreResult<Vec<QueryRow>> {
    rows!(
        tx,
        QueryRow,
        "select q.id, a.name as asked_by, q.asked_at, q.question, b.name as answered_by, q.answered_at, q.answer
         from payable_queries q join users a on a.id = q.asked_by left join users b on b.id = q.answered_by
         where q.payable_id = $1 order by q.asked_at desc, q.id desc",
        payable
    )
}

/// Asks about a line. `payable_queries_one_open` answers that somebody has.
pub async fn ask(
    tx: &mut Tx,
    id: QueryId,
    payable: PayableId,
    by: UserId,
    question: &str,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into payable_queries (id, payable_id, asked_by, asked_at, question) values ($1, $2, $3, $4, $5)",
        id,
        payable,
        by,
        now,
        question
    )?;
    Ok(())
}

/// Who asked, about which line; `None` where there is no such question.
pub async fn asker(tx: &mut Tx, id: QueryId) -> StoreResult<Option<(PayableId, UserId)>> {
    row!(
        tx,
        (PayableId, UserId),
        "select payable_id, asked_by from payable_queries where id = $1",
        id
    )
}

/// Answers a question that is open. `false`: somebody has.
pub async fn answer(tx: &mut Tx, id: QueryId, by: UserId, answer: &str, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update payable_queries set answered_at = $2, answered_by = $3, answer = $4 where id = $1 and answered_at is null",
        id,
        now,
        by,
        answer
    )? == 1)
}
