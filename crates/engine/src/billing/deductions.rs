//! *Payment › Deductions*: what royalties have paid and are to pay (Q2).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{moment_key, page_of, read_moment_key},
};
use domain::{
    AppResult, Capability, PackLabel,
    billing::view::{DeductionLine, DeductionsPage, DeductionsQuery},
    list::PAGE_SIZE,
};
use store::billing::{self, DeductionRow};

/// A deduction as its client reads it.
pub(crate) fn line(row: DeductionRow) -> DeductionLine {
    let item = row.quantity.zip(row.service);
    DeductionLine {
        month: row.due_on.month_words(),
        item: item.map_or_else(
            || "Extra units".to_owned(),
            |(quantity, service)| PackLabel { quantity, service }.to_string(),
        ),
        amount: row.amount_cents.show(row.currency),
        status: match (row.state.as_str(), row.paid_on) {
            ("paid", Some(day)) => format!("Paid {}", day.words()),
            ("paid", None) => "Paid".to_owned(),
            ("void", _) => "Void".to_owned(),
            _ => format!("Due {}", row.due_on.words()),
        },
        paid: row.state == "paid",
        void: row.state == "void",
    }
}

impl Engine {
    /// A page of *Payment › Deductions*, newest first. `after` is the key that the page before gave.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's owner.
    pub async fn deductions(&self, caller: &Caller, query: &DeductionsQuery) -> AppResult<DeductionsPage> {
        caller.require(Capability::Billing)?;
        let client = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let before = read_moment_key(&query.after);
        let rows = billing::deductions_of(&mut tx, client, before, PAGE_SIZE + 1)
            .await
            .or_internal()?;
        let (due, paid) = billing::deduction_totals(&mut tx, client).await.or_internal()?;
        let (rows, next) = page_of(rows, PAGE_SIZE, |row| moment_key(row.created_at, &row.id.to_string()));
        Ok(DeductionsPage {
            rows: rows.into_iter().map(line).collect(),
            due: due.show(self.currency()),
            paid: paid.show(self.currency()),
            next,
        })
    }
}
