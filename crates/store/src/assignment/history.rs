//! Who had, has and gets a subscription: rows of the history (AS2, AS5).

use crate::{StoreResult, Tx};
use domain::{Instant, SubscriptionId, UserId, VendorId};

/// What was last done to who has a subscription (AS6).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LastChange {
    /// When.
    pub at: Instant,
    /// By whom; `None`: by a boundary.
    pub by_name: Option<String>,
    /// To whom; `None`: who was to take over does not.
    pub vendor: Option<String>,
}

/// The last change of who has a subscription.
pub async fn last_change(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<LastChange>> {
    row!(
        tx,
        LastChange,
        "select x.at, u.name as by_name, h.name as vendor from (
             select made_at as at, made_by as who, vendor_id, 1 as place from pack_assignments where subscription_id = $1
             union all
             select replaced_at, replaced_by, null, 0 from pack_assignments where subscription_id = $1 and replaced_at is not null) x
         left join users u on u.id = x.who left join vendors h on h.id = x.vendor_id order by x.at desc, x.place desc limit 1",
        id
    )
}

/// A new line of the history.
#[derive(Debug, Clone, Copy)]
pub struct NewAssignment<'a> {
    /// Its id.
    pub id: &'a str,
    /// Which subscription.
    pub subscription_id: SubscriptionId,
    /// To whom.
    pub vendor_id: VendorId,
    /// From which period.
    pub from_seq: i64,
    /// It holds at once.
    pub begins: bool,
    /// By whom.
    pub made_by: UserId,
}

/// AS2: writes down who has a subscription from a period on. The unique indexes refuse a second one that holds, or is to.
pub async fn insert(tx: &mut Tx, new: &NewAssignment<'_>, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into pack_assignments (id, subscription_id, vendor_id, from_seq, began_at, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.subscription_id,
        new.vendor_id,
        new.from_seq,
        new.begins.then_some(now),
        new.made_by,
        now
    )?;
    Ok(())
}

/// AS5: who was to take over does not. `by`: a person, or `None` where it came so by itself.
pub async fn drop_coming(tx: &mut Tx, id: SubscriptionId, by: Option<UserId>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update pack_assignments set replaced_at = $2, replaced_by = $3 where subscription_id = $1 and began_at is null and replaced_at is null",
        id,
        now,
        by
    )? > 0)
}

/// Whoever holds a subscription held it up to a period, that one included. One that held no period is replaced (AS7).
pub async fn close_holder(
    tx: &mut Tx,
    id: SubscriptionId,
    to_seq: i64,
    by: Option<UserId>,
    now: Instant,
) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_assignments set to_seq = case when from_seq <= $2 then $2 end, replaced_at = case when from_seq <= $2 then null else $3 end,
             replaced_by = case when from_seq <= $2 then null else $4 end
         where subscription_id = $1 and began_at is not null and to_seq is null and replaced_at is null",
        id,
        to_seq,
        now,
        by
    )?;
    Ok(())
}

/// AS2: at a boundary, who was to take over does.
pub async fn begin_coming(tx: &mut Tx, id: SubscriptionId, at: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "update pack_assignments set began_at = $2 where subscription_id = $1 and began_at is null and replaced_at is null",
        id,
        at
    )?;
    Ok(())
}

/// Who holds a subscription, who is to, and whether these take work (AS8).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AtBoundary {
    /// Who.
    pub vendor_id: VendorId,
    /// Their name.
    pub name: String,
    /// It is to take over; else it holds.
    pub coming: bool,
    /// Takes work.
    pub active: bool,
}

/// What decides at a boundary.
pub async fn at_boundary(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Vec<AtBoundary>> {
    rows!(
        tx,
        AtBoundary,
        "select a.vendor_id, h.name, a.began_at is null as coming, h.active from pack_assignments a join vendors h on h.id = a.vendor_id
         where a.subscription_id = $1 and a.to_seq is null and a.replaced_at is null",
        id
    )
}

/// Writes who has the latest period of a subscription, and counts the change; `false` where it is not as it was seen any
/// more (AS6).
pub async fn set_vendor(
    tx: &mut Tx,
    id: SubscriptionId,
    version: Option<i64>,
    vendor: Option<VendorId>,
    now: Instant,
) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update subscriptions set vendor_assignee_id = $3, assignment_version = assignment_version + 1, row_version = row_version + 1,
             pending_mailed_at = null, updated_at = $4
         where id = $1 and (cast($2 as bigint) is null or assignment_version = $2)",
        id,
        version,
        vendor,
        now
    )? == 1)
}
