//! The card on file is asked for, and what has been charged (GR6).

use domain::{
    AppError,
    billing::view::{DeductionsPage, DeductionsQuery, InvoicesPage, InvoicesQuery},
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// *Add card*: asks for a hosted page and goes on to where it appears.
#[server(endpoint = "payment/add-card", input = PostUrl, output = Postcard)]
pub async fn add_card(idem_key: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.add_card(&caller, &idem_key).await?;
    crate::api::redirect(&format!("/payment/methods?setup={idem_key}"));
    Ok(())
}

/// *Payment › Invoices*.
#[server(name = ReadInvoices, endpoint = "payment/invoices", input = PostUrl, output = Postcard)]
pub async fn payment_invoices(#[server(default)] query: InvoicesQuery) -> Result<InvoicesPage, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.invoices(&caller, &query).await
}

/// *Payment › Deductions*.
#[server(name = ReadDeductions, endpoint = "payment/deductions", input = PostUrl, output = Postcard)]
pub async fn payment_deductions(#[server(default)] query: DeductionsQuery) -> Result<DeductionsPage, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.deductions(&caller, &query).await
}
