//! A client's packs with what is used of them (IN4).

use crate::{
    StoreResult, Tx,
    subscriptions::{PeriodUse, move_from},
};
use domain::{Cents, ClientId, Currency, Instant, Rail, SubscriptionId, SubscriptionStatus};

/// A subscription with its pack's words and its latest period, for *Payment › Monthly Packs* (IN4).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UseRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// §4.
    pub status: SubscriptionStatus,
    /// How it is paid.
    pub rail: Rail,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// UN2.
    pub cancel_state: Option<domain::subscriptions::CancelState>,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// The service's name.
    pub service_name: String,
    /// Units a month.
    pub quantity: i64,
    /// A month.
    pub price_cents: Cents,
    /// Currency.
    pub currency: Currency,
    /// The latest period's parts, all or none.
    starts_at: Option<Instant>,
    ends_at: Option<Instant>,
    included_units: Option<i64>,
    used_units: Option<i64>,
    overage_units: Option<i64>,
    overage_cents: Option<Cents>,
    anchor_at: Option<Instant>,
    move_told_at: Option<Instant>,
    move_applies_at: Option<Instant>,
    move_price_cents: Option<Cents>,
}

impl UseRow {
    /// PE5: from when it has a new price, and which.
    pub fn moves(&self) -> Option<(Instant, Cents)> {
        let at = move_from(self.anchor_at, self.cancel_at, self.move_told_at, self.move_applies_at)?;
        Some((at, self.move_price_cents?))
    }

    /// The latest period, if it holds `now`.
    pub fn period(&self, now: Instant) -> Option<PeriodUse> {
        let (starts_at, ends_at) = (self.starts_at?, self.ends_at?);
        (starts_at <= now && now < ends_at).then_some(PeriodUse {
            starts_at,
            ends_at,
            included_units: self.included_units?,
            used_units: self.used_units?,
            overage_units: self.overage_units?,
            overage_cents: self.overage_cents?,
        })
    }
}

/// A client's subscriptions with their latest periods, live ones first, in one query.
pub async fn use_of_client(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<UseRow>> {
    rows!(
        tx,
        UseRow,
        "select s.id, s.status, s.rail, s.cancel_at, s.cancel_state, m.unit_singular, m.unit_plural, s.ended_at, s.grace_period_ends_at, v.name as service_name, k.quantity, t.price_cents, t.currency,
             p.starts_at, p.ends_at, al.included as included_units, al.used as used_units, al.overage as overage_units, al.overage_cents,
             s.anchor_at, s.move_told_at, s.move_applies_at, w.price_cents as move_price_cents
         from subscriptions s join packs k on k.id = s.pack_id join services v on v.id = s.service_id join meters m on m.id = v.meter_id
         join pack_versions t on t.id = s.pack_version_id
         left join periods p on p.subscription_id = s.id and p.seq = (select max(q.seq) from periods q where q.subscription_id = s.id)
         left join allowances al on al.period_id = p.id
         left join pack_versions w on w.id = s.move_to_version_id
         where s.client_id = $1 order by case when s.status = 'ended' then 1 else 0 end, v.name_folded, s.created_at desc",
        client
    )
}

/// A subscription of a client with its newest period.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientPack {
    /// The subscription.
    pub id: domain::SubscriptionId,
    /// The service's name.
    pub service: String,
    /// Units a month.
    pub quantity: i64,
    /// The subscription's state.
    pub status: domain::SubscriptionStatus,
    /// A month, minor units.
    pub price_cents: Cents,
    /// Units used in the newest period.
    pub used_units: Option<i64>,
    /// Units included in the newest period.
    pub included_units: Option<i64>,
    /// When the newest period ends.
    pub ends_at: Option<Instant>,
}

/// The subscriptions of a client, live ones first.
pub async fn client_packs(tx: &mut Tx, client: ClientId) -> StoreResult<Vec<ClientPack>> {
    rows!(
        tx,
        ClientPack,
        "select s.id, sv.name as service, p.quantity, s.status, v.price_cents, al.used as used_units, al.included as included_units, pp.ends_at
         from subscriptions s
         join packs p on p.id = s.pack_id
         join services sv on sv.id = s.service_id
         join pack_versions v on v.id = s.pack_version_id
         left join periods pp on pp.subscription_id = s.id
              and pp.seq = (select max(seq) from periods l where l.subscription_id = s.id)
         left join allowances al on al.period_id = pp.id
         where s.client_id = $1
         order by case when s.status = 'ended' then 1 else 0 end, sv.name_folded, s.created_at desc limit 200",
        client
    )
}
