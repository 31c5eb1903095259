//! Subscribing and a client's payment pages (§5, IN4, GR6).

use domain::{
    AppError,
    billing::view::{InvoiceLine, PaymentMethodsView},
    subscriptions::view::{PaymentPacksView, SubscribeView, SubscriptionView},
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// The page before subscribing.
#[server(name = ReadSubscribeView, endpoint = "subscribe/view", input = PostUrl, output = Postcard)]
pub async fn subscribe_view(pack_id: String) -> Result<SubscribeView, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ClientArea).await?;
    engine.subscribe_view(&caller, crate::api::id(&pack_id)?).await
}

/// SU1: subscribes, and goes on to the subscription's page.
#[server(endpoint = "subscribe", input = PostUrl, output = Postcard)]
pub async fn subscribe(pack_id: String, idem_key: String, expected_price_cents: i64) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    let input = engine::subscriptions::Subscribe {
        pack_id: crate::api::id(&pack_id)?,
        form_key: idem_key,
        expected_price: domain::Cents(expected_price_cents),
    };
    let id = engine.subscribe(&caller, input).await?;
    crate::api::redirect(&format!("/payment/packs/{id}"));
    Ok(())
}

/// One subscription. While its first payment is open, every look asks the payment provider again (SU6): the page then
/// is right also when the webhook is late or never comes.
#[server(name = ReadSubscriptionView, endpoint = "subscriptions/view", input = PostUrl, output = Postcard)]
pub async fn subscription_view(id: String) -> Result<SubscriptionView, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    let id = crate::api::id(&id)?;
    let view = engine.subscription_view(&caller, id).await?;
    if view.waiting.is_some() {
        engine.look_again(&caller, id).await?;
    }
    Ok(view)
}

/// SU3 *Try another card*, SU4 *Finish payment*.
#[server(endpoint = "subscriptions/retry", input = PostUrl, output = Postcard)]
pub async fn retry_first_payment(id: String, idem_key: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine
        .retry_first_payment(&caller, crate::api::id(&id)?, &idem_key)
        .await?;
    crate::api::redirect(&format!("/payment/packs/{id}"));
    Ok(())
}

/// *Payment › Monthly Packs*.
#[server(name = ReadPaymentPacks, endpoint = "payment/packs", input = PostUrl, output = Postcard)]
pub async fn payment_packs() -> Result<PaymentPacksView, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.payment_packs(&caller).await
}

/// *Payment › Methods*. Back from the hosted page, the card is looked at again.
#[server(name = ReadPaymentMethods, endpoint = "payment/methods", input = PostUrl, output = Postcard)]
pub async fn payment_methods(
    #[server(default)] setup: String,
    #[server(default)] saved: bool,
) -> Result<PaymentMethodsView, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    if saved {
        engine.look_at_card(&caller).await?;
    }
    engine.payment_methods(&caller, Some(&setup)).await
}

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
pub async fn payment_invoices() -> Result<Vec<InvoiceLine>, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.invoices(&caller).await
}
