//! The jobs table and the leases (WH3): what is to be done after a commit, surviving a crash.

use crate::{StoreResult, Tx};
use domain::Instant;

/// A job that a worker has claimed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct JobRow {
    /// What makes it one.
    pub key: String,
    /// Its kind's word.
    pub kind: String,
    /// The job as JSON.
    pub payload: String,
    /// Tries so far, this one included.
    pub attempts: i64,
    /// Since when it has failed without a success between.
    pub failing_since: Option<Instant>,
}

/// Adds a job. A waiting one with the same key is pulled forward, a dead one begins anew; one that is running right
/// now is marked to run again as if it were new, so that what was enqueued during its run is not lost, and a job that
/// always enqueues itself again does not grow old.
pub async fn enqueue(
    tx: &mut Tx,
    key: &str,
    kind: &str,
    payload: &str,
    run_at: Instant,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "insert into jobs (key, kind, payload, run_at, created_at) values ($1, $2, $3, $4, $5)
         on conflict (key) do update set
             payload = excluded.payload,
             run_at = case when jobs.dead or excluded.run_at < jobs.run_at or jobs.locked_by is not null then excluded.run_at else jobs.run_at end,
             attempts = case when jobs.dead or jobs.locked_by is not null then 0 else jobs.attempts end,
             created_at = case when jobs.dead or jobs.locked_by is not null then excluded.created_at else jobs.created_at end,
             failing_since = case when jobs.dead or jobs.locked_by is not null then null else jobs.failing_since end,
             locked_by = null,
             locked_until = null,
             dead = false",
        key, kind, payload, run_at, now
    )?;
    Ok(())
}

/// Takes the next due job for `holder` until `until`; a job whose holder's time is over may be taken again, and has failed.
pub async fn claim(
    tx: &mut Tx,
    now: Instant,
    wall: Instant,
    until: Instant,
    holder: &str,
) -> StoreResult<Option<JobRow>> {
    // The claim's time is the wall's: a crash is noticed after real minutes, whatever the business clock says.
    if tx.is_postgres() {
        row!(
            tx, JobRow,
            "update jobs set locked_until = $3, locked_by = $4, attempts = attempts + 1,
                 failing_since = case when locked_by is null then failing_since else coalesce(failing_since, $1) end
             where key = (select key from jobs where not dead and run_at <= $1 and (locked_until is null or locked_until <= $2)
                          order by run_at, key limit 1 for update skip locked)
             returning key, kind, payload, attempts, failing_since",
            now, wall, until, holder
        )
    } else {
        row!(
            tx, JobRow,
            "update jobs set locked_until = $3, locked_by = $4, attempts = attempts + 1,
                 failing_since = case when locked_by is null then failing_since else coalesce(failing_since, $1) end
             where key = (select key from jobs where not dead and run_at <= $1 and (locked_until is null or locked_until <= $2)
                          order by run_at, key limit 1)
             returning key, kind, payload, attempts, failing_since",
            now, wall, until, holder
        )
    }
}

/// A job is done: it goes, unless it was enqueued again while it ran.
pub async fn finish(tx: &mut Tx, key: &str, holder: &str) -> StoreResult<bool> {
    Ok(exec!(tx, "delete from jobs where key = $1 and locked_by = $2", key, holder)? == 1)
}

/// A job failed now: it waits until `run_at`, or is dead.
pub async fn fail(
    tx: &mut Tx,
    key: &str,
    holder: &str,
    run_at: Instant,
    error: &str,
    dead: bool,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update jobs set locked_until = null, locked_by = null, run_at = $3, last_error = $4, dead = $5,
             failing_since = coalesce(failing_since, $6) where key = $1 and locked_by = $2",
        key,
        holder,
        run_at,
        error,
        dead,
        now
    )?;
    Ok(())
}

/// A job found its object taken (WH3): it waits until `run_at`, and the try does not count.
pub async fn postpone(tx: &mut Tx, key: &str, holder: &str, run_at: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update jobs set locked_until = null, locked_by = null, run_at = $3, attempts = attempts - 1 where key = $1 and locked_by = $2",
        key,
        holder,
        run_at
    )?;
    Ok(())
}

/// Jobs that are due and not taken.
pub async fn due_count(tx: &mut Tx, now: Instant) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from jobs where not dead and run_at <= $1",
        now
    )?
    .unwrap_or(0))
}

/// A job that waits or runs, as JSON.
pub async fn expected(tx: &mut Tx, key: &str) -> StoreResult<Option<String>> {
    scalar!(tx, String, "select payload from jobs where key = $1 and not dead", key)
}

/// Whether somebody holds a lease.
pub async fn leased(tx: &mut Tx, key: &str, wall: Instant) -> StoreResult<bool> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from leases where key = $1 and until > $2",
        key,
        wall
    )?
    .unwrap_or(0)
        > 0)
}

/// Takes a lease on an object (WH3). `false` while somebody else holds it.
pub async fn lease(tx: &mut Tx, key: &str, holder: &str, wall: Instant, until: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into leases (key, holder, until) values ($1, $2, $4)
         on conflict (key) do update set holder = excluded.holder, until = excluded.until where leases.until <= $3 or leases.holder = excluded.holder",
        key, holder, wall, until
    )? == 1)
}

/// Gives a lease back.
pub async fn release(tx: &mut Tx, key: &str, holder: &str) -> StoreResult<()> {
    exec!(tx, "delete from leases where key = $1 and holder = $2", key, holder)?;
    Ok(())
}

/// Forgets leases that ran out before an instant: those of looks are never given back.
pub async fn forget_leases(tx: &mut Tx, before: Instant) -> StoreResult<()> {
    exec!(tx, "delete from leases where until < $1", before)?;
    Ok(())
}

/// Gives back every claim and lease: for the start of the only process of a SQLite installation, when whoever held
/// them is gone.
pub async fn release_all(tx: &mut Tx) -> StoreResult<()> {
    exec!(
        tx,
        "update jobs set locked_until = null, locked_by = null where locked_by is not null"
    )?;
    exec!(tx, "delete from leases")?;
    Ok(())
}

/// Forgets jobs that are dead and were enqueued before an instant, at most so many; how many they were.
pub async fn forget_dead(tx: &mut Tx, before: Instant, limit: i64) -> StoreResult<u64> {
    exec!(
        tx,
        "delete from jobs where key in (select key from jobs where dead and created_at < $1 order by created_at, key limit $2)",
        before,
        limit
    )
}
