//! AH8, I1–I7: a world that the use cases made is green, and whatever number of money or units is changed in it, the check
//! is red and names that very row, where the database has not refused the change already.

use crate::allowance;
use domain::{Cents, PaymentType};
use engine::subscriptions::Subscribe;
use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Db, StoreError, Tx,
    operate::books,
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// What is done to one row at a time: the table, the columns that it is about, how, and to which rows.
struct Corruption {
    table: &'static str,
    columns: &'static [&'static str],
    set: &'static str,
    of: &'static str,
}

const fn by(table: &'static str, columns: &'static [&'static str], set: &'static str, of: &'static str) -> Corruption {
    Corruption {
        table,
        columns,
        set,
        of,
    }
}

const ALL: &str = "1 = 1";
const DECIDED: &str = "status <> 'draft'";

/// Every number of money or units by one, up and down; and the words and instants that decide about them.
const CORRUPTIONS: &[Corruption] = &[
    by(
        "packs",
        &["quantity"],
        "quantity = quantity + 1",
        "id in (select pack_id from subscriptions)",
    ),
    by(
        "packs",
        &["quantity"],
        "quantity = quantity - 1",
        "id in (select pack_id from subscriptions)",
    ),
    by("pack_versions", &["price_cents"], "price_cents = price_cents + 1", ALL),
    by(
        "pack_versions",
        &["vendor_payment_cents"],
        "vendor_payment_cents = vendor_payment_cents - 1",
        ALL,
    ),
    by(
        "pack_versions",
        &["overage_price_cents"],
        "overage_price_cents = 51",
        ALL,
    ),
    by("subscriptions", &["anchor_at"], "anchor_at = anchor_at + 1", ALL),
    by("subscriptions", &["anchor_at"], "anchor_at = anchor_at - 1", ALL),
    by("subscriptions", &["anchor_at"], "anchor_at = null", ALL),
    by("subscriptions", &["status"], "status = 'incomplete'", ALL),
    by(
        "subscriptions",
        &["pack_version_id"],
        "pack_version_id = (select min(v.id) from pack_versions v where v.id <> subscriptions.pack_version_id)",
        ALL,
    ),
    by(
        "subscriptions",
        &["vendor_assignee_id"],
        "vendor_assignee_id = '00000000-0000-7000-8000-000000000001'",
        ALL,
    ),
    by("subscriptions", &["billing_interval"], "billing_interval = 'year'", ALL),
    by("subscriptions", &["currency"], "currency = 'eur'", ALL),
    by("subscriptions", &["slot"], "slot = slot || '-'", ALL),
    by("allowances", &["included"], "included = included + 1", ALL),
    by("allowances", &["included"], "included = included - 1", ALL),
    by("allowances", &["used"], "used = used + 1", ALL),
    by("allowances", &["used"], "used = used - 1", ALL),
    by("allowances", &["overage"], "overage = overage + 1", ALL),
    by("allowances", &["overage"], "overage = overage - 1", ALL),
    by(
        "allowances",
        &["overage_cents"],
        "overage_cents = overage_cents + 1",
        ALL,
    ),
    by(
        "allowances",
        &["overage_cents"],
        "overage_cents = overage_cents - 1",
        ALL,
    ),
    by("allowances", &["window_no"], "window_no = window_no + 1", ALL),
    by("allowances", &["starts_at"], "starts_at = starts_at + 1", ALL),
    by("allowances", &["ends_at"], "ends_at = ends_at + 1", ALL),
    by("allowances", &["service_id"], "service_id = null", ALL),
    by(
        "allowances",
        &["running_for"],
        "running_for = null",
        "running_for is not null",
    ),
    by(
        "allowances",
        &["running_for"],
        "running_for = (select min(id) from subscriptions)",
        "running_for is null",
    ),
    by(
        "period_lines",
        &["unit_price_cents", "amount_cents"],
        "unit_price_cents = unit_price_cents + 1, amount_cents = amount_cents + 1",
        ALL,
    ),
    by(
        "period_lines",
        &["unit_price_cents", "amount_cents"],
        "unit_price_cents = unit_price_cents - 1, amount_cents = amount_cents - 1",
        ALL,
    ),
    by(
        "period_lines",
        &["amount_cents"],
        "amount_cents = amount_cents + 1",
        ALL,
    ),
    by(
        "period_lines",
        &["quantity", "amount_cents"],
        "quantity = quantity + 1, amount_cents = amount_cents + unit_price_cents",
        ALL,
    ),
    by(
        "period_lines",
        &["discount_cents"],
        "discount_cents = discount_cents + 1",
        ALL,
    ),
    by(
        "period_lines",
        &["credited_cents"],
        "credited_cents = amount_cents - discount_cents + 1",
        ALL,
    ),
    by("uses", &["occurred_at"], "occurred_at = occurred_at + 1", ALL),
    by("uses", &["local_day"], "local_day = '2020-01-01'", ALL),
    by(
        "uses",
        &["client_id"],
        "client_id = (select min(c.id) from clients c where c.id <> uses.client_id)",
        ALL,
    ),
    by("periods", &["price_cents"], "price_cents = price_cents + 1", ALL),
    by("periods", &["price_cents"], "price_cents = price_cents - 1", ALL),
    by("periods", &["currency"], "currency = 'eur'", ALL),
    by(
        "periods",
        &["vendor_payment_cents"],
        "vendor_payment_cents = vendor_payment_cents + 1",
        ALL,
    ),
    by(
        "periods",
        &["vendor_payment_cents"],
        "vendor_payment_cents = vendor_payment_cents - 1",
        ALL,
    ),
    by(
        "periods",
        &["payment_state"],
        "payment_state = 'pending'",
        "payment_state <> 'pending'",
    ),
    by(
        "periods",
        &["payment_state"],
        "payment_state = 'paid'",
        "payment_state <> 'paid'",
    ),
    by(
        "periods",
        &["payment_state"],
        "payment_state = 'failed'",
        "payment_state = 'paid'",
    ),
    by(
        "periods",
        &["payment_state"],
        "payment_state = 'royalty_due'",
        "payment_state <> 'royalty_due'",
    ),
    by("periods", &["payment_state"], "payment_state = 'royalty_paid'", ALL),
    by("periods", &["payment_state"], "payment_state = 'written_off'", ALL),
    by(
        "periods",
        &["stripe_invoice_id"],
        "stripe_invoice_id = null",
        "payment_state = 'paid'",
    ),
    by(
        "periods",
        &["stripe_invoice_id"],
        "stripe_invoice_id = 'in_none'",
        "stripe_invoice_id is not null",
    ),
    by("periods", &["starts_at"], "starts_at = starts_at + 1", ALL),
    by("periods", &["ends_at"], "ends_at = ends_at + 1", ALL),
    by(
        "periods",
        &["vendor_id"],
        "vendor_id = '00000000-0000-7000-8000-000000000001'",
        "coalesce(vendor_id, '') <> '00000000-0000-7000-8000-000000000001'",
    ),
    by("periods", &["vendor_id"], "vendor_id = null", "vendor_id is not null"),
    by(
        "pack_assignments",
        &["vendor_id"],
        "vendor_id = '00000000-0000-7000-8000-000000000001'",
        "to_seq is null and replaced_at is null",
    ),
    by(
        "pack_assignments",
        &["from_seq"],
        "from_seq = from_seq + 1",
        "to_seq is null and replaced_at is null",
    ),
    by(
        "pack_period_shares",
        &["delivered_units"],
        "delivered_units = delivered_units + 1",
        "delivered_units is not null",
    ),
    by(
        "pack_period_shares",
        &["amount_cents"],
        "amount_cents = amount_cents + 1",
        ALL,
    ),
    by(
        "pack_period_shares",
        &["amount_cents"],
        "amount_cents = amount_cents - 1",
        ALL,
    ),
    by(
        "service_requests",
        &["vendor_id"],
        "vendor_id = '00000000-0000-7000-8000-000000000001'",
        "status <> 'draft' and period_id is not null",
    ),
    by(
        "service_requests",
        &["vendor_id"],
        "vendor_id = null",
        "status <> 'draft' and period_id is null",
    ),
    by(
        "service_requests",
        &["status"],
        "status = 'approved'",
        "status = 'submitted'",
    ),
    by(
        "service_requests",
        &["status"],
        "status = 'submitted'",
        "status = 'in_review'",
    ),
    by(
        "service_requests",
        &["designer_id"],
        "designer_id = submitted_by",
        "status in ('submitted', 'in_review')",
    ),
    by(
        "request_deliveries",
        &["delivered_at"],
        "delivered_at = delivered_at - 1",
        ALL,
    ),
    by("request_versions", &["version"], "version = version + 1", ALL),
    by(
        "request_deliveries",
        &["included_units"],
        "included_units = included_units + 1",
        ALL,
    ),
    by(
        "request_deliveries",
        &["overage_units"],
        "overage_units = overage_units + 1",
        ALL,
    ),
    by("credit_batches", &["granted"], "granted = granted + 1", ALL),
    by("credit_batches", &["granted"], "granted = granted - 1", ALL),
    by("credit_batches", &["remaining"], "remaining = remaining + 1", ALL),
    by("credit_batches", &["remaining"], "remaining = remaining - 1", ALL),
    by(
        "credit_batches",
        &["granted", "remaining"],
        "granted = granted + 1, remaining = remaining + 1",
        ALL,
    ),
    by(
        "credit_batches",
        &["expires_at"],
        "expires_at = expires_at + 1",
        "allowance_id is not null",
    ),
    by(
        "credit_batches",
        &["service_id"],
        "service_id = null",
        "allowance_id is not null",
    ),
    by("consumption_ledger", &["units"], "units = units + 1", ALL),
    by("consumption_ledger", &["units"], "units = units - 1", ALL),
    by("use_allocations", &["consumed"], "consumed = consumed + 1", ALL),
    by("use_allocations", &["consumed"], "consumed = consumed - 1", ALL),
    by("use_allocations", &["restored"], "restored = restored + 1", ALL),
    by("use_allocations", &["restored"], "restored = restored - 1", ALL),
    by(
        "use_allocations",
        &["consumed", "restored"],
        "consumed = consumed + 1, restored = restored + 1",
        ALL,
    ),
    by("service_requests", &["quantity"], "quantity = quantity + 1", DECIDED),
    by(
        "service_requests",
        &["included_units"],
        "included_units = included_units + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["overage_units"],
        "overage_units = overage_units - 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["quantity", "included_units"],
        "quantity = quantity + 1, included_units = included_units + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["quantity", "overage_units"],
        "quantity = quantity + 1, overage_units = overage_units + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["included_units", "overage_units"],
        "included_units = included_units + 1, overage_units = overage_units - 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["included_units", "overage_units"],
        "included_units = included_units - 1, overage_units = overage_units + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["unit_price_cents_at_submit"],
        "unit_price_cents_at_submit = unit_price_cents_at_submit + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["unit_price_cents_at_submit"],
        "unit_price_cents_at_submit = unit_price_cents_at_submit - 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["overage_cents"],
        "overage_cents = overage_cents + 1",
        DECIDED,
    ),
    by(
        "service_requests",
        &["overage_cents"],
        "overage_cents = overage_cents - 1",
        DECIDED,
    ),
    by("service_requests", &["currency"], "currency = 'eur'", DECIDED),
    by(
        "service_requests",
        &["coverage"],
        "coverage = 'included'",
        "status <> 'draft' and coverage <> 'included'",
    ),
    by(
        "service_requests",
        &["coverage"],
        "coverage = 'overage'",
        "status <> 'draft' and coverage <> 'overage'",
    ),
    by(
        "service_requests",
        &["payment_type_at_submit"],
        "payment_type_at_submit = 'monthly'",
        "payment_type_at_submit <> 'monthly'",
    ),
    by("service_requests", &["receipt"], "receipt = null", DECIDED),
    by("charge_lines", &["units"], "units = units + 1", ALL),
    by(
        "charge_lines",
        &["unit_price_cents"],
        "unit_price_cents = unit_price_cents + 1",
        ALL,
    ),
    by(
        "charge_lines",
        &["amount_cents"],
        "amount_cents = amount_cents - 1",
        ALL,
    ),
    by(
        "charge_lines",
        &["units", "amount_cents"],
        "units = units + 1, amount_cents = amount_cents + unit_price_cents",
        ALL,
    ),
    by(
        "charge_lines",
        &["unit_price_cents", "amount_cents"],
        "unit_price_cents = unit_price_cents + 1, amount_cents = amount_cents + units",
        ALL,
    ),
    by(
        "charge_lines",
        &["unit_price_cents", "amount_cents"],
        "unit_price_cents = unit_price_cents - 1, amount_cents = amount_cents - units",
        ALL,
    ),
    by("charge_lines", &["tax_cents"], "tax_cents = tax_cents + 1", ALL),
    by("charge_lines", &["currency"], "currency = 'eur'", ALL),
    by(
        "charge_lines",
        &["payment_type"],
        "payment_type = 'monthly'",
        "payment_type <> 'monthly'",
    ),
    by("charge_lines", &["state"], "state = 'paid'", ALL),
    by("charge_lines", &["state"], "state = 'royalty_due'", ALL),
    by(
        "royalty_deductions",
        &["amount_cents"],
        "amount_cents = amount_cents + 1",
        ALL,
    ),
    by(
        "royalty_deductions",
        &["amount_cents"],
        "amount_cents = amount_cents - 1",
        ALL,
    ),
    by("royalty_deductions", &["currency"], "currency = 'eur'", ALL),
    by("royalty_deductions", &["state"], "state = 'paid'", ALL),
    by("royalty_deductions", &["state"], "state = 'void'", ALL),
    by("invoices", &["amount_due"], "amount_due = amount_due + 1", ALL),
    by("invoices", &["amount_due"], "amount_due = amount_due - 1", ALL),
    by("invoices", &["amount_paid"], "amount_paid = amount_paid + 1", ALL),
    by("invoices", &["amount_paid"], "amount_paid = amount_paid - 1", ALL),
    by(
        "invoices",
        &["amount_due", "amount_paid"],
        "amount_due = amount_due - 1, amount_paid = amount_paid - 1",
        ALL,
    ),
    by("invoices", &["status"], "status = 'open'", ALL),
    by("invoices", &["status"], "status = 'void'", ALL),
    by("invoices", &["currency"], "currency = 'eur'", ALL),
    by(
        "vendor_payables",
        &["amount_cents"],
        "amount_cents = amount_cents + 1",
        ALL,
    ),
    by(
        "vendor_payables",
        &["amount_cents"],
        "amount_cents = amount_cents - 1",
        "amount_cents > 1",
    ),
    by("vendor_payables", &["units"], "units = units + 1", "units is not null"),
    by(
        "vendor_payables",
        &["units", "amount_cents"],
        "units = units + 1, amount_cents = amount_cents + rate_cents",
        "units is not null",
    ),
    by(
        "vendor_payables",
        &["rate_cents", "amount_cents"],
        "rate_cents = rate_cents + 1, amount_cents = amount_cents + units",
        "units is not null",
    ),
    by("vendor_payables", &["currency"], "currency = 'eur'", ALL),
    by("vendor_payables", &["local_day"], "local_day = '2020-01-01'", ALL),
    by(
        "vendor_payables",
        &["vendor_id"],
        "vendor_id = '00000000-0000-7000-8000-000000000001'",
        "kind <> 'correction' and vendor_id <> '00000000-0000-7000-8000-000000000001'",
    ),
    by(
        "vendor_payables",
        &["state"],
        "state = 'approved', approved_at = 1, approved_by = (select min(id) from users)",
        "state = 'accrued'",
    ),
    by(
        "vendor_payables",
        &["paid_at"],
        "paid_at = paid_at + 1",
        "state = 'paid'",
    ),
];

/// Numbers of money or units that nothing else in the database says, so that nothing can prove them.
const TYPED: &[(&str, &str, &str)] = &[
    (
        "services",
        "unit_price_cents",
        "a price list: what was charged by it stands in requests and lines",
    ),
    ("client_service_prices", "unit_price_cents", "the same for one client"),
    (
        "vendor_services",
        "rate_cents",
        "what a vendor gets for a unit outside of packs from now on",
    ),
    (
        "vendor_pack_payments",
        "payment_cents",
        "a vendor's own terms: a row of it cannot be changed",
    ),
];

/// The words that a column of money or units is called by.
fn counts(column: &str) -> bool {
    let named = [
        "quantity",
        "granted",
        "remaining",
        "consumed",
        "restored",
        "units",
        "included",
        "used",
        "overage",
    ];
    named.contains(&column) || column.contains("cents") || column.ends_with("_units") || column.starts_with("amount_")
}

/// A world in its second month: a pack that a card pays and one that royalties pay, with requests of every coverage.
async fn lived(backend: Backend) -> Option<crate::world::World> {
    let w = crate::world::world(backend, PaymentType::PayAsYouGo).await?;
    w.add_card(crate::world::GOOD, "card").await;
    let id = w.subscribe("k").await.unwrap();
    w.drain().await;
    let (royal, royal_owner) = w.bench.client("Boreal", PaymentType::Royalties).await;
    let (_, frugal) = w.bench.client("Cedar", PaymentType::Royalties).await;
    for owner in [&royal_owner, &frugal] {
        let again = Subscribe {
            pack_id: w.pack,
            form_key: "royal".into(),
            expected_price: Cents(40_000),
        };
        w.engine.subscribe(owner, again).await.unwrap();
    }
    w.drain().await;
    let services = allowance::texts(&w.bench, "select id from services order by created_at, id").await;
    let logo = services[0].parse().unwrap();
    let other = w.bench.service("Voice-over", Cents(900)).await;
    allowance::grant(&w.bench, royal, logo, 3, None).await;
    // The first has one vendor, who is replaced after a delivery; the second gets one with its second period.
    let (pixel, thread) = (w.bench.vendor("PixelCo").await, w.bench.vendor("Threadline").await);
    for vendor in [pixel, thread] {
        w.bench.offer(vendor, logo).await;
    }
    w.bench.assign(&w.engine, &[id], pixel).await.unwrap();
    // A third has one that is paid by the unit, from the first delivery on.
    let harbor = w.bench.vendor("Harbor").await;
    w.bench.offer(harbor, logo).await;
    let by_unit = domain::payables::VendorPaymentForm {
        pack: w.pack.to_string(),
        payment: "7".into(),
        mode: "per_unit".into(),
    };
    w.engine
        .set_vendor_payment(&w.bench.admin, &harbor.to_string(), &by_unit, "")
        .await
        .unwrap();
    let royal_pack = allowance::texts(
        &w.bench,
        "select s.id from subscriptions s join clients c on c.id = s.client_id where c.name = 'Boreal'",
    )
    .await;
    let royal_pack = royal_pack[0].parse().unwrap();
    w.bench.assign(&w.engine, &[royal_pack], harbor).await.unwrap();
    for (owner, name) in [(&w.owner, "a"), (&royal_owner, "b")] {
        for (at, (service, quantity)) in [(logo, 15), (logo, 9), (logo, 2), (other, 4)].into_iter().enumerate() {
            allowance::submit(&w.engine, owner, &format!("{name}-{at}"), service, quantity).await;
        }
    }
    w.bench
        .deliver("select id from service_requests where vendor_id is not null and included_units = 15")
        .await;
    let replaced = w.bench.assign_input(&[id], thread).await;
    let replaced = domain::assignment::view::AssignInput {
        now: true,
        reason: "gone".into(),
        ..replaced
    };
    w.engine.assign(&w.bench.admin, &replaced).await.unwrap();
    w.bench
        .deliver("select r.id from service_requests r join vendors h on h.id = r.vendor_id where h.name = 'Harbor' and r.status = 'submitted'")
        .await;
    pay_some(&w).await;
    // Units are left that expire with the month.
    allowance::submit(&w.engine, &frugal, "frugal", logo, 5).await;
    let end = w.periods(id).await.remove(0).ends_at;
    w.to(end).await;
    w.to(end.plus_hours(2)).await;
    for (owner, name) in [(&w.owner, "c"), (&royal_owner, "d")] {
        allowance::submit(&w.engine, owner, name, logo, 6).await;
    }
    w.drain().await;
    let coverages = allowance::texts(
        &w.bench,
        "select distinct coverage from service_requests order by coverage",
    )
    .await;
    assert_eq!(
        coverages,
        ["included", "none", "overage", "partial"],
        "the world has all of them"
    );
    let kinds = allowance::texts(&w.bench, "select distinct kind from consumption_ledger order by kind").await;
    assert_eq!(kinds, ["consume", "expire", "grant"]);
    // One request comes back in part, as a later use case will do it: rows of every kind are in the ledger then.
    give_back(&w.bench.db.db).await;
    Some(w)
}

/// Of what vendors are owed, one line is paid, one is approved, one is void and one is corrected.
async fn pay_some(w: &crate::world::World) {
    let owed = allowance::texts(
        &w.bench,
        "select l.id from vendor_payables l where l.kind <> 'correction' order by l.accrued_at, l.id",
    )
    .await;
    assert!(owed.len() >= 4, "{owed:?}");
    let (engine, admin) = (&w.engine, &w.bench.admin);
    engine.approve_payables(admin, "a", &owed[..2]).await.unwrap();
    let paid = domain::payables::view::PayInput {
        form_key: "p".into(),
        ids: owed[..1].to_vec(),
        paid_on: engine.zone().day(engine.now()).to_string(),
        reference: "WIRE-1".into(),
        ..Default::default()
    };
    engine.pay_payables(admin, &paid).await.unwrap();
    engine.void_payable(admin, "v", &owed[2], "Ours.").await.unwrap();
    engine
        .correct_payable(admin, "c", &owed[3], "-1", "Less.")
        .await
        .unwrap();
}

/// Restores one unit of a consumption in the open period (CA1).
async fn give_back(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let consumed = "from consumption_ledger l join credit_batches b on b.id = l.batch_id
        join allowances al on al.id = b.allowance_id join periods p on p.id = al.period_id
        where l.kind = 'consume' and p.seq = 2 order by l.id limit 1";
    let ids = format!("select l.id, l.batch_id, l.use_id {consumed}");
    let (consumption, batch, used_by) = store::on!(&mut tx, c =>
        sqlx::query_as::<_, (String, String, String)>(AssertSqlSafe(ids)).fetch_one(c).await)
    .unwrap();
    for sql in [
        format!(
            "insert into consumption_ledger (id, batch_id, use_id, units, kind, restores_id, occurred_at, local_day, actor, idem_key)
             select 'restore', batch_id, use_id, 1, 'restore', id, occurred_at, local_day, 'system', 'restore' from consumption_ledger where id = '{consumption}'"
        ),
        format!("update credit_batches set remaining = remaining + 1 where id = '{batch}'"),
        format!("update use_allocations set restored = restored + 1 where batch_id = '{batch}' and use_id = '{used_by}'"),
        format!("update allowances set used = used - 1 where id = (select allowance_id from credit_batches where id = '{batch}')"),
    ] {
        change(&mut tx, sql).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn change(tx: &mut Tx, sql: String) -> Result<u64, StoreError> {
    store::on!(tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|done| done.rows_affected()))
        .map_err(StoreError::from)
}

async fn ids(tx: &mut Tx, sql: String) -> Vec<String> {
    store::on!(tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(c).await).unwrap()
}

#[rstest]
#[tokio::test]
async fn ah8_every_corrupted_row_is_refused_or_named(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = lived(backend).await else { return };
    w.books_hold().await;
    let db = &w.bench.db.db;
    let mut missed = Vec::new();
    let mut outcomes: BTreeMap<String, (u32, u32, u32)> = BTreeMap::new();
    for c in CORRUPTIONS {
        let id = match c.table {
            "use_allocations" => "use_id || ' ' || batch_id",
            "pack_period_shares" => "period_id || ' ' || vendor_id",
            "request_deliveries" | "request_versions" => "request_id",
            _ => "id",
        };
        let rows = {
            let mut tx = db.read().await.unwrap();
            ids(
                &mut tx,
                format!("select {id} from {} where {} order by 1", c.table, c.of),
            )
            .await
        };
        assert!(
            !rows.is_empty(),
            "{} has no row where {}: the world is too small",
            c.table,
            c.of
        );
        for row in rows {
            let mut tx = db.write().await.unwrap();
            // What the database refuses by a trigger is proved all the same.
            let triggers: &[&str] = match c.table {
                "consumption_ledger" | "uses" | "request_deliveries" | "request_versions" if tx.is_postgres() => {
                    &["no_change"]
                }
                "consumption_ledger" | "uses" | "request_deliveries" | "request_versions" => &["no_update"],
                "period_lines" => &["immutable"],
                "vendor_payables" => &["immutable", "forward"],
                _ => &[],
            };
            for trigger in triggers {
                let table = c.table;
                let on = if tx.is_postgres() {
                    format!(" on {table}")
                } else {
                    String::new()
                };
                change(&mut tx, format!("drop trigger {table}_{trigger}{on}"))
                    .await
                    .unwrap();
            }
            let done = change(
                &mut tx,
                format!("update {} set {} where {id} = '{row}'", c.table, c.set),
            )
            .await;
            let outcome = outcomes
                .entry(format!("{}.{}", c.table, c.columns.join("+")))
                .or_default();
            match done {
                Err(StoreError::Constraint { .. }) => outcome.0 += 1,
                Err(other) => panic!("{} {}: {other}", c.table, c.set),
                Ok(changed) => {
                    assert_eq!(changed, 1, "{} {row}", c.table);
                    let found = books::check(&mut tx).await.unwrap();
                    let id = row.split(' ').next().unwrap();
                    if found.iter().any(|f| f.entity == c.table && f.id == id) {
                        outcome.1 += 1;
                    } else {
                        outcome.2 += 1;
                        let said: Vec<String> = found.iter().map(|f| format!("{} {}", f.rule, f.entity)).collect();
                        missed.push(format!("{} {row}: {} → {said:?}", c.table, c.set));
                    }
                }
            }
            tx.rollback().await.unwrap();
        }
    }
    for (what, (refused, named, missed)) in &outcomes {
        eprintln!("{what:55} refused {refused:3}  named {named:3}  missed {missed:3}");
    }
    let (refused, named): (u32, u32) = outcomes.values().fold((0, 0), |sum, o| (sum.0 + o.0, sum.1 + o.1));
    eprintln!("{refused} changes refused by the database, {named} named by the check");
    assert!(
        missed.is_empty(),
        "{} of {}:\n{}",
        missed.len(),
        outcomes.len(),
        missed.join("\n")
    );
    w.books_hold().await;
}

/// A new column of money or units wants its corruption, and its proof.
#[tokio::test]
async fn every_column_of_money_or_units_is_corrupted() {
    let test = store::testing::database(Backend::Sqlite).await.expect("a file");
    let mut tx = test.db.read().await.unwrap();
    let columns = "select m.name || '.' || p.name from sqlite_master m join pragma_table_xinfo(m.name) p where m.type = 'table' and lower(p.type) = 'bigint'";
    let there: BTreeSet<String> = ids(&mut tx, columns.to_owned())
        .await
        .into_iter()
        .filter(|name| name.split('.').nth(1).is_some_and(counts))
        .collect();
    let known: BTreeSet<String> = CORRUPTIONS
        .iter()
        .flat_map(|c| c.columns.iter().map(|column| format!("{}.{column}", c.table)))
        .chain(TYPED.iter().map(|(table, column, _)| format!("{table}.{column}")))
        .collect();
    let missing: Vec<_> = there.difference(&known).collect();
    assert!(missing.is_empty(), "no corruption: {missing:?}");
    assert!(there.len() > 20, "{there:?}");
}

#[rstest]
#[tokio::test]
async fn i1_the_ledger_refuses_every_change(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = lived(backend).await else { return };
    for (rule, sql) in [
        (
            "consumption_ledger_append_only",
            "update consumption_ledger set units = units + 1",
        ),
        ("consumption_ledger_append_only", "delete from consumption_ledger"),
        ("uses_append_only", "update uses set occurred_at = occurred_at + 1"),
        ("uses_append_only", "delete from uses"),
        ("period_lines_immutable", "update period_lines set discount_cents = 1"),
        ("period_lines_immutable", "delete from period_lines"),
    ] {
        let mut tx = w.bench.db.db.write().await.unwrap();
        let refused = change(&mut tx, sql.to_owned()).await.unwrap_err();
        assert!(refused.is_constraint(rule), "{refused}");
    }
}
