//! The proofs of §1: each is a query that finds the rows which break an invariant, and finds none while the books hold. The
//! rooms have them; here they are run. What no query can prove, because it reads what was stored as JSON, is proved here.
//!
//! Where two rows must say the same, there is a proof from either side: which of them is wrong nobody can know, so both are
//! named. Who has a period is compared with the subscription, with the assignments, and with the requests (AS1, AS2, AS9).

use crate::{StoreResult, Tx, allowance, assignment, billing, kernel::proofs::Proof, payables, subscriptions, work};
use domain::{
    Cents, Coverage, CoverageReceipt, Currency, Instant, LocalDay, PayableId, PaymentType, RequestId,
    payables::{Decision, PayableReceipt},
};
use serde::Serialize;

/// One row that breaks an invariant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Finding {
    /// "I1" …
    #[sqlx(default)]
    pub rule: String,
    /// The table.
    #[sqlx(default)]
    pub entity: String,
    /// The row.
    pub id: String,
    /// What does not add up.
    pub detail: String,
}

/// What the books check looks at: rule, table and the sentence that must hold, for the page that shows it green.
pub fn proofs() -> Vec<(&'static str, &'static str, &'static str)> {
    let queries = PROOFS.iter().copied().flatten().map(|p| (p.rule, p.entity, p.holds));
    queries.chain([RECEIPTS, PAYABLE_RECEIPTS]).collect()
}

/// The proofs that no query can make, because they read what was stored as JSON.
const RECEIPTS: (&str, &str, &str) = (
    "AH1",
    "service_requests",
    "A request says what the receipt of its decision says.",
);

const PAYABLE_RECEIPTS: (&str, &str, &str) = (
    "AH1",
    "vendor_payables",
    "What a vendor is owed is what the receipt of its line says.",
);

/// The proofs by room.
const PROOFS: &[&[Proof]] = &[
    allowance::proofs::PROOFS,
    subscriptions::proofs::PROOFS,
    billing::proofs::PROOFS,
    assignment::proofs::PROOFS,
    work::proofs::PROOFS,
    payables::proofs::PROOFS,
];

/// Runs every proof; the rows that break one. Reads whole tables: a nightly job and an admin's button, not a page's load.
pub async fn check(tx: &mut Tx) -> StoreResult<Vec<Finding>> {
    let mut out = Vec::new();
    for room in PROOFS {
        for proof in *room {
            for mut finding in rows!(tx, Finding, proof.sql)? {
                proof.rule.clone_into(&mut finding.rule);
                proof.entity.clone_into(&mut finding.entity);
                out.push(finding);
            }
        }
    }
    receipts(tx, &mut out).await?;
    payable_receipts(tx, &mut out).await?;
    Ok(out)
}

/// What a request says of its decision, beside the receipt that was stored with it.
#[derive(sqlx::FromRow)]
struct Decided {
    id: RequestId,
    receipt: Option<String>,
    quantity: i64,
    included_units: i64,
    overage_units: i64,
    coverage: Coverage,
    payment_type_at_submit: PaymentType,
    unit_price_cents_at_submit: Option<Cents>,
    overage_cents: Option<Cents>,
    currency: Option<Currency>,
    local_day: Option<LocalDay>,
}

impl Decided {
    /// The first thing that differs.
    fn differs(&self) -> Option<&'static str> {
        let Some(text) = &self.receipt else {
            return Some("no receipt");
        };
        let Ok(receipt) = serde_json::from_str::<CoverageReceipt>(text) else {
            return Some("a receipt that cannot be read");
        };
        [
            ("quantity", receipt.quantity == self.quantity),
            ("included units", receipt.split.included == self.included_units),
            ("units beyond", receipt.split.overage == self.overage_units),
            ("coverage", receipt.coverage == self.coverage),
            ("payment type", receipt.payment_type == self.payment_type_at_submit),
            ("price", Some(receipt.unit_price) == self.unit_price_cents_at_submit),
            ("total", Some(receipt.total) == self.overage_cents),
            ("currency", Some(receipt.currency) == self.currency),
            ("day", Some(receipt.local_day) == self.local_day),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }
}

/// [`RECEIPTS`], a few hundred rows at a time.
async fn receipts(tx: &mut Tx, out: &mut Vec<Finding>) -> StoreResult<()> {
    let (rule, entity, _) = RECEIPTS;
    let mut after = String::new();
    loop {
        let page = rows!(
            tx,
            Decided,
            "select id, receipt, quantity, included_units, overage_units, coverage, payment_type_at_submit, unit_price_cents_at_submit, overage_cents,
                 currency, local_day from service_requests where status <> 'draft' and id > $1 order by id limit 500",
            &after
        )?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        out.extend(page.iter().filter_map(|row| {
            row.differs().map(|what| Finding {
                rule: rule.to_owned(),
                entity: entity.to_owned(),
                id: row.id.to_string(),
                detail: format!("differs from its receipt: {what}"),
            })
        }));
    }
}

/// What a line says of its decision, beside the receipt that was stored with it.
#[derive(sqlx::FromRow)]
struct Owed {
    id: PayableId,
    receipt: String,
    units: Option<i64>,
    rate_cents: Option<Cents>,
    amount_cents: Cents,
    currency: Currency,
    local_day: LocalDay,
    accrued_at: Instant,
}

impl Owed {
    /// The first thing that differs.
    fn differs(&self) -> Option<&'static str> {
        let Ok(receipt) = serde_json::from_str::<PayableReceipt>(&self.receipt) else {
            return Some("a receipt that cannot be read");
        };
        let (units, rate) = match &receipt.decision {
            Decision::Units { units, rate, .. } => (Some(*units), Some(*rate)),
            Decision::Service { units, rate, .. } => (Some(*units), Some(rate.unwrap_or(Cents::ZERO))),
            _ => (None, None),
        };
        let rate = rate.map(|rate| if receipt.internal { Cents::ZERO } else { rate });
        [
            ("amount", receipt.amount == self.amount_cents),
            ("units", units == self.units),
            ("rate", rate == self.rate_cents),
            ("currency", receipt.currency == self.currency),
            ("day", receipt.local_day == self.local_day),
            ("instant", receipt.decided_at == self.accrued_at),
        ]
        .into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
    }
}

/// [`PAYABLE_RECEIPTS`], a few hundred rows at a time.
async fn payable_receipts(tx: &mut Tx, out: &mut Vec<Finding>) -> StoreResult<()> {
    let (rule, entity, _) = PAYABLE_RECEIPTS;
    let mut after = String::new();
    loop {
        let page = rows!(
            tx,
            Owed,
            "select id, receipt, units, rate_cents, amount_cents, currency, local_day, accrued_at from vendor_payables
             where id > $1 order by id limit 500",
            &after
        )?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        out.extend(page.iter().filter_map(|row| {
            row.differs().map(|what| Finding {
                rule: rule.to_owned(),
                entity: entity.to_owned(),
                id: row.id.to_string(),
                detail: format!("differs from its receipt: {what}"),
            })
        }));
    }
}
