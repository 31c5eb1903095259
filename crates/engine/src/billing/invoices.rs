//! *Payment › Invoices* (IV1).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{moment_key, page_of, ports, read_moment_key},
};
use domain::{
    AppResult, Capability,
    billing::view::{InvoiceLine, InvoicesPage, InvoicesQuery},
    list::PAGE_SIZE,
};
use store::billing::{self, InvoiceRow};

impl Engine {
    /// A page of *Payment › Invoices*, newest first (IV1). `after` is the key that the page before gave.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`] for everybody but a client's owner.
    pub async fn invoices(&self, caller: &Caller, query: &InvoicesQuery) -> AppResult<InvoicesPage> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let before = read_moment_key(&query.after);
        let rows = billing::invoices_of(&mut tx, client_id, before, PAGE_SIZE + 1)
            .await
            .or_internal()?;
        let (rows, next) = page_of(rows, PAGE_SIZE, |row| moment_key(row.created_at, &row.id));
        let rows = rows.into_iter().map(|row| self.invoice_line(row)).collect();
        Ok(InvoicesPage { rows, next })
    }

    /// An invoice as its client reads it.
    pub(crate) fn invoice_line(&self, i: InvoiceRow) -> InvoiceLine {
        InvoiceLine {
            number: i.number.unwrap_or_else(|| "–".into()),
            lines: serde_json::from_str::<Vec<ports::InvoiceLine>>(&i.lines)
                .unwrap_or_default()
                .into_iter()
                .map(|line| format!("{}: {}", line.description, line.amount.show(i.currency)))
                .collect(),
            description: i.description,
            date: self.zone().show_date(i.finalized_at.unwrap_or(i.created_at)),
            amount: i.amount_due.show(i.currency),
            status_label: match i.status.as_str() {
                "paid" => "Paid".into(),
                "open" => "Open".into(),
                "void" => "Void".into(),
                "uncollectible" => "Written off".into(),
                other => other.to_owned(),
            },
            status: i.status,
            url: i.hosted_url,
            pdf: i.pdf_url,
        }
    }
}
