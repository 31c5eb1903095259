//! The subscribers of a pack, as its editor lists them (PE5).

use crate::{StoreResult, Tx};
use domain::{Cents, ClientId, Instant, PackId, SubscriptionId, SubscriptionStatus};

/// A subscription as the editor lists it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SubscriberRow {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// Its state.
    pub status: SubscriptionStatus,
    /// Number of the version that it is on.
    pub version: i64,
    /// That version's price.
    pub price: Cents,
    /// When it is to end.
    pub cancel_at: Option<Instant>,
    /// When its first period began.
    pub anchor_at: Option<Instant>,
    /// Number of the version that an admin moves it to.
    pub move_to_version: Option<i64>,
    /// When the client was told.
    pub move_told_at: Option<Instant>,
    /// From which boundary, once that is certain.
    pub move_applies_at: Option<Instant>,
    /// That version's price.
    pub move_to_price: Option<Cents>,
    /// Units used in the newest period; none before the first.
    pub used_units: Option<i64>,
    /// Units of that period.
    pub included_units: Option<i64>,
    /// Its end.
    pub period_ends_at: Option<Instant>,
}

/// Subscriptions of a pack that have not ended, by client. At most `limit`.
pub async fn subscribers(tx: &mut Tx, pack_id: PackId, limit: i64) -> StoreResult<Vec<SubscriberRow>> {
    rows!(
        tx,
        SubscriberRow,
        "select s.id, s.client_id, c.name as client, s.status, v.version, v.price_cents as price, s.cancel_at,
                s.anchor_at, m.version as move_to_version, m.price_cents as move_to_price, s.move_told_at, s.move_applies_at,
                al.used as used_units, al.included as included_units, p.ends_at as period_ends_at
         from subscriptions s
         join clients c on c.id = s.client_id
         join pack_versions v on v.id = s.pack_version_id
         left join pack_versions m on m.id = s.move_to_version_id
         left join periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
         left join allowances al on al.period_id = p.id
         where s.pack_id = $1 and s.status <> 'ended'
         order by c.name_folded, s.id limit $2",
        pack_id,
        limit
    )
}
