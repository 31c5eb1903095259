//! What vendors are owed (§15): the report, what is decided about its lines, a vendor's own pages, and its questions (AH7).

use domain::{
    AppResult,
    payables::{
        PayablesQuery,
        view::{MarkedView, PayDialog, PayableView, PayablesReport, Slip, VendorOverview},
    },
};
#[cfg(feature = "ssr")]
use domain::{Capability, payables::view::PayInput};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// A page of the report.
#[server(name = ReadPayables, endpoint = "payables/report", input = PostUrl, output = Postcard)]
pub async fn payables(#[server(default)] query: PayablesQuery) -> AppResult<PayablesReport> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.payables_report(&caller, &query).await
}

/// *Select all matching*: the ids of all lines that the query lets through.
#[server(name = ReadMatchingPayables, endpoint = "payables/matching", input = PostUrl, output = Postcard)]
pub async fn matching_payables(#[server(default)] query: PayablesQuery) -> AppResult<Vec<String>> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.matching_payables(&caller, &query).await
}

/// The dialog *Mark as paid* for a selection; with `all`, for all that the query lets through.
#[server(name = ReadPayDialog, endpoint = "payables/dialog", input = PostUrl, output = Postcard)]
pub async fn pay_dialog(
    #[server(default)] ids: Vec<String>,
    #[server(default)] all: bool,
    #[server(default)] query: PayablesQuery,
) -> AppResult<PayDialog> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.pay_dialog(&caller, &ids, all.then_some(&query)).await
}

/// One line, for staff.
#[server(name = ReadPayable, endpoint = "payables/one", input = PostUrl, output = Postcard)]
pub async fn payable(#[server(default)] id: String) -> AppResult<PayableView> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.payable(&caller, &id).await
}

/// The report as somebody left it, with its filters.
#[cfg(feature = "ssr")]
fn report_at(back: &str) -> &str {
    let ours = back == engine::payables::REPORT
        || back
            .strip_prefix(engine::payables::REPORT)
            .is_some_and(|rest| rest.starts_with(['?', '/']));
    if ours { back } else { engine::payables::REPORT }
}

/// VP4: *Approve*.
#[server(endpoint = "payables/approve", input = PostUrl, output = Postcard)]
pub async fn approve_payables(
    #[server(default)] form_key: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] back: String,
) -> AppResult<MarkedView> {
    let (engine, caller) = super::guard(Capability::DecidePayables).await?;
    let done = engine.approve_payables(&caller, &form_key, &ids).await?;
    super::done(report_at(&back), &done.words).await;
    Ok(done)
}

/// VP4: *Mark as paid*.
#[server(endpoint = "payables/pay", input = PostUrl, output = Postcard)]
pub async fn pay_payables(
    #[server(default)] form_key: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] paid_on: String,
    #[server(default)] reference: String,
    #[server(default)] back: String,
) -> AppResult<MarkedView> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    let input = PayInput {
        form_key,
        ids,
        paid_on,
        reference,
    };
    let done = engine.pay_payables(&caller, &input).await?;
    super::done(report_at(&back), &done.words).await;
    Ok(done)
}

/// VP4: *Void*.
#[server(endpoint = "payables/void", input = PostUrl, output = Postcard)]
pub async fn void_payable(
    #[server(default)] form_key: String,
    #[server(default)] id: String,
    #[server(default)] reason: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::DecidePayables).await?;
    engine.void_payable(&caller, &form_key, &id, &reason).await?;
    super::done(&format!("{}/{id}", engine::payables::REPORT), "The line is void.").await;
    Ok(())
}

/// VP4: *Correct*.
#[server(endpoint = "payables/correct", input = PostUrl, output = Postcard)]
pub async fn correct_payable(
    #[server(default)] form_key: String,
    #[server(default)] id: String,
    #[server(default)] amount: String,
    #[server(default)] reason: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::DecidePayables).await?;
    engine
        .correct_payable(&caller, &form_key, &id, &amount, &reason)
        .await?;
    super::done(&format!("{}/{id}", engine::payables::REPORT), "The line is corrected.").await;
    Ok(())
}

/// AH7: staff answer a question about a line.
#[server(endpoint = "payables/answer", input = PostUrl, output = Postcard)]
pub async fn answer_query(
    #[server(default)] form_key: String,
    #[server(default)] id: String,
    #[server(default)] answer: String,
    #[server(default)] back: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.answer_query(&caller, &form_key, &id, &answer).await?;
    super::done(report_at(&back), "Answered. Who asked is told.").await;
    Ok(())
}

/// A vendor's home, and its packs.
#[server(name = ReadVendorOverview, endpoint = "vendor/overview", input = PostUrl, output = Postcard)]
pub async fn vendor_overview() -> AppResult<VendorOverview> {
    let (engine, caller) = super::guard(Capability::VendorArea).await?;
    engine.vendor_overview(&caller).await
}

/// The live pay slip (AH7); of now, or of a month.
#[server(name = ReadSlip, endpoint = "vendor/slip", input = PostUrl, output = Postcard)]
pub async fn slip(#[server(default)] month: String) -> AppResult<Slip> {
    let (engine, caller) = super::guard(Capability::VendorArea).await?;
    engine.slip(&caller, &month).await
}

/// One line of one's own vendor.
#[server(name = ReadOwnPayable, endpoint = "vendor/payable", input = PostUrl, output = Postcard)]
pub async fn own_payable(#[server(default)] id: String) -> AppResult<PayableView> {
    let (engine, caller) = super::guard(Capability::VendorArea).await?;
    engine.own_payable(&caller, &id).await
}

/// AH7: *Query this line*.
#[server(endpoint = "vendor/ask", input = PostUrl, output = Postcard)]
pub async fn ask_about_payable(
    #[server(default)] form_key: String,
    #[server(default)] id: String,
    #[server(default)] question: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::VendorArea).await?;
    engine.ask_about_payable(&caller, &form_key, &id, &question).await?;
    super::done(
        &format!("{}/{id}", engine::payables::SLIP),
        "Asked. You are mailed the answer.",
    )
    .await;
    Ok(())
}
