//! What vendors are owed (§15): the report, what is decided about its lines, a vendor's own pages and terms, and its questions
//! (AH7).

use domain::{
    AppResult,
    payables::{
        PayablesQuery,
        view::{MarkedView, PayDialog, PayableView, PayablesReport, Slip, ToPay, VendorOverview, VendorPage},
    },
    seen::ByRow,
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

/// *To pay*: vendor by vendor.
#[server(name = ReadToPay, endpoint = "payables/to-pay", input = PostUrl, output = Postcard)]
pub async fn to_pay() -> AppResult<ToPay> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    engine.to_pay(&caller).await
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
    marked(report_at(&back), &done).await;
    Ok(done)
}

/// Goes on, and says what was done; that nothing was is no success.
#[cfg(feature = "ssr")]
async fn marked(path: &str, done: &MarkedView) {
    use super::kernel::FlashTone;
    let tone = if done.marked > 0 {
        FlashTone::Success
    } else {
        FlashTone::Error
    };
    super::say(tone, &done.words).await;
    super::redirect(path);
}

/// VP4: *Mark as paid*.
#[server(endpoint = "payables/pay", input = PostUrl, output = Postcard)]
pub async fn pay_payables(
    #[server(default)] form_key: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] paid_on: String,
    #[server(default)] reference: String,
    #[server(default)] references: ByRow,
    #[server(default)] back: String,
) -> AppResult<MarkedView> {
    let (engine, caller) = super::guard(Capability::Reports).await?;
    let input = PayInput {
        form_key,
        ids,
        paid_on,
        reference,
        references,
    };
    let done = engine.pay_payables(&caller, &input).await?;
    marked(report_at(&back), &done).await;
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
    super::done(&format!("{}/{id}", engine::payables::REPORT), "Line voided.").await;
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
    super::done(&format!("{}/{id}", engine::payables::REPORT), "Line corrected.").await;
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
    super::done(report_at(&back), "Answer sent.").await;
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
        "Question sent. We'll email you the answer.",
    )
    .await;
    Ok(())
}

/// One vendor.
#[server(name = ReadVendor, endpoint = "vendors/one", input = PostUrl, output = Postcard)]
pub async fn vendor(id: String, #[server(default)] tab: String) -> AppResult<VendorPage> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let tab = tab.parse().unwrap_or(domain::people::view::PartyTab::Overview);
    engine.vendor(&caller, &id, tab).await
}

/// VP3: which services a vendor offers, and for how much a unit, and what was read of it; an empty amount is none.
#[server(endpoint = "vendors/services", input = PostUrl, output = Postcard)]
pub async fn save_vendor_services(
    id: String,
    #[server(default)] rate: ByRow,
    #[server(default)] was: ByRow,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.set_vendor_services(&caller, &id, &rate.amounts(&was)).await?;
    super::done(&format!("/admin/vendors/{id}?tab=prices"), "Services saved.").await;
    Ok(())
}

/// VP1: what a vendor gets for a pack instead of what the pack says. `was`: what was read of its own, by pack.
#[server(endpoint = "vendors/payment", input = PostUrl, output = Postcard)]
pub async fn save_vendor_payment(
    id: String,
    #[server(default)] pack: String,
    #[server(default)] payment: String,
    #[server(default)] mode: String,
    #[server(default)] was: ByRow,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    let was = was.of(&pack).to_owned();
    let form = domain::payables::VendorPaymentForm { pack, payment, mode };
    engine.set_vendor_payment(&caller, &id, &form, &was).await?;
    super::done(
        &format!("/admin/vendors/{id}?tab=prices"),
        "Payment saved. Applies from the next period.",
    )
    .await;
    Ok(())
}

/// VP1: the vendor gets what the pack says again.
#[server(endpoint = "vendors/remove-payment", input = PostUrl, output = Postcard)]
pub async fn remove_vendor_payment(id: String, pack: String) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::ManagePeople).await?;
    engine.remove_vendor_payment(&caller, &id, super::id(&pack)?).await?;
    super::done(&format!("/admin/vendors/{id}?tab=prices"), "Custom payment removed.").await;
    Ok(())
}
