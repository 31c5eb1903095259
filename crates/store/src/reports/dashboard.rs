//! What the client's dashboard shows: its packs, and this month's extra charges (§11, §20).

use crate::{
    StoreResult, Tx,
    subscriptions::{PeriodUse, move_from},
};
use domain::{
    Cents, ClientId, Currency, Instant, LocalDay, PaymentType, Rail, RequestId, ServiceId, SubscriptionId,
    SubscriptionStatus,
};

/// A pack of a client as its dashboard shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CardRow {
    /// The subscription.
    pub id: SubscriptionId,
    /// Its status.
    pub status: SubscriptionStatus,
    /// How it is paid.
    pub rail: Rail,
    /// §8.
    pub grace_period_ends_at: Option<Instant>,
    /// When it will end.
    pub cancel_at: Option<Instant>,
    /// The service.
    pub service_id: ServiceId,
    /// Its name.
    pub service: String,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units a month.
    pub quantity: i64,
    /// The list price.
    pub service_price: Cents,
    /// The client's own price.
    pub client_price: Option<Cents>,
    /// The overage price of the period's version.
    pub pack_overage_price: Option<Cents>,
    /// The current period's first instant.
    pub starts_at: Option<Instant>,
    /// First instant after it.
    pub ends_at: Option<Instant>,
    /// Units used.
    pub used_units: Option<i64>,
    /// Units granted.
    pub included_units: Option<i64>,
    /// Units beyond.
    pub overage_units: Option<i64>,
    /// What these cost.
    pub overage_cents: Option<Cents>,
    /// I2: units of other batches that count beside the meter.
    pub extra_units: i64,
    /// When its first period began.
    pub anchor_at: Option<Instant>,
    /// PE5: when the client was told of new terms.
    pub move_told_at: Option<Instant>,
    /// From which boundary they hold, once that is certain.
    pub move_applies_at: Option<Instant>,
    /// Their price.
    pub move_price: Option<Cents>,
    /// A month.
    pub price: Cents,
}

impl CardRow {
    /// The current period.
    pub fn period(&self) -> Option<PeriodUse> {
        Some(PeriodUse {
            starts_at: self.starts_at?,
            ends_at: self.ends_at?,
            included_units: self.included_units?,
            used_units: self.used_units?,
            overage_units: self.overage_units?,
            overage_cents: self.overage_cents?,
        })
    }

    /// PE5: from when it has a new price, and which.
    pub fn moves(&self) -> Option<(Instant, Cents)> {
        let at = move_from(self.anchor_at, self.cancel_at, self.move_told_at, self.move_applies_at)?;
        Some((at, self.move_price?))
    }
}

/// The packs of a client that are not over, in the order of their services.
pub async fn cards(tx: &mut Tx, client: ClientId, now: Instant) -> StoreResult<Vec<CardRow>> {
    rows!(
        tx,
        CardRow,
        "select sub.id, sub.status, sub.rail, sub.grace_period_ends_at, sub.cancel_at, s.id as service_id, s.name as service,
                m.unit_singular, m.unit_plural, pk.quantity, s.unit_price_cents as service_price, cp.unit_price_cents as client_price,
                v.overage_price_cents as pack_overage_price, p.starts_at, p.ends_at, al.used as used_units, al.included as included_units,
                al.overage as overage_units, al.overage_cents,
                sub.anchor_at, sub.move_told_at, sub.move_applies_at, mv.price_cents as move_price, t.price_cents as price,
                cast((select coalesce(sum(b.remaining), 0) from credit_batches b where b.client_id = sub.client_id and b.allowance_id is null
                      and b.remaining > 0 and b.starts_at <= $2 and (b.expires_at is null or b.expires_at > $2)
                      and (b.service_id = s.id or (b.service_id is null and b.meter_id = s.meter_id))) as bigint) as extra_units
         from subscriptions sub
         join services s on s.id = sub.service_id
         join meters m on m.id = s.meter_id
         join pack_versions t on t.id = sub.pack_version_id
         left join client_service_prices cp on cp.client_id = sub.client_id and cp.service_id = s.id
         left join periods p on p.subscription_id = sub.id and p.starts_at <= $2 and p.ends_at > $2
         left join allowances al on al.period_id = p.id and al.starts_at <= $2 and al.ends_at > $2
         left join pack_versions v on v.id = p.pack_version_id
         join packs pk on pk.id = coalesce(v.pack_id, sub.pack_id)
         left join pack_versions mv on mv.id = sub.move_to_version_id
         where sub.client_id = $1 and sub.status <> 'ended' order by s.name_folded",
        client,
        now
    )
}

/// An amount beyond the packs.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExtraRow {
    /// The request.
    pub request_id: Option<RequestId>,
    /// Its number.
    pub number: Option<i64>,
    /// Its title.
    pub title: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// Units.
    pub units: i64,
    /// Price of one.
    pub unit_price_cents: Cents,
    /// All.
    pub amount_cents: Cents,
    /// Its currency.
    pub currency: Currency,
    /// How it is paid.
    pub payment_type: PaymentType,
    /// Its day in the business zone.
    pub local_day: LocalDay,
}

/// Lines of a client from `from` to `to`, both included, newest first; void ones left out.
pub async fn extras(
    tx: &mut Tx,
    client: ClientId,
    from: LocalDay,
    to: LocalDay,
    limit: i64,
) -> StoreResult<Vec<ExtraRow>> {
    rows!(
        tx,
        ExtraRow,
        "select l.request_id, r.number, r.title, s.name as service, l.units, l.unit_price_cents, l.amount_cents, l.currency, l.payment_type,
                l.local_day
         from charge_lines l left join service_requests r on r.id = l.request_id left join services s on s.id = r.service_id
         where l.client_id = $1 and l.local_day >= $2 and l.local_day <= $3 and l.state <> 'void'
         order by l.local_day desc, l.created_at desc, l.id desc limit $4",
        client, from, to, limit
    )
}

/// The extra charges of a client in figures, and how far the client has come.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub struct ClientFigures {
    /// Lines.
    pub count: i64,
    /// What they come to.
    pub total: Cents,
    /// How the client pays.
    pub payment_type: Option<PaymentType>,
    /// 1: the client has had a pack. 0: never.
    pub packs: i64,
    /// The same of requests that were sent.
    pub requests: i64,
    /// People who have been let in.
    pub people: i64,
}

/// The extra charges of a client from `from` to `to`, and how far the client has come.
pub async fn figures(tx: &mut Tx, client: ClientId, from: LocalDay, to: LocalDay) -> StoreResult<ClientFigures> {
    Ok(row!(
        tx,
        ClientFigures,
        "select count(*) as count, cast(coalesce(sum(amount_cents), 0) as bigint) as total,
                (select payment_type from clients where id = $1) as payment_type,
                (select count(*) from (select 1 from subscriptions s where s.client_id = $1 limit 1) a) as packs,
                (select count(*) from (select 1 from service_requests r where r.client_id = $1 and r.status <> 'draft' limit 1) b) as requests,
                (select count(*) from users u where u.client_id = $1) as people
         from charge_lines
         where client_id = $1 and local_day >= $2 and local_day <= $3 and state <> 'void'",
        client,
        from,
        to
    )?
    .unwrap_or_default())
}

/// Requests of a client that have been submitted and are not approved yet.
pub async fn open_requests(tx: &mut Tx, client: ClientId) -> StoreResult<i64> {
    let found = scalar!(
        tx,
        i64,
        "select count(*) from service_requests where client_id = $1 and status in ('submitted', 'in_progress', 'in_review')",
        client
    )?;
    Ok(found.unwrap_or_default())
}
