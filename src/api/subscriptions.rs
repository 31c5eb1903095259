//! Subscribing, a client's subscriptions with their card (§5, IN4), and moves to another price (PE5).

use domain::{
    AppError,
    billing::view::PaymentMethodsView,
    subscriptions::view::{PaymentPacksView, SubscribeView, SubscriptionView},
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};

/// The page before subscribing.
#[server(name = ReadSubscribeView, endpoint = "subscribe/view", input = PostUrl, output = Postcard)]
pub async fn subscribe_view(pack_id: String) -> Result<SubscribeView, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    engine.subscribe_view(&caller, crate::api::id(&pack_id)?).await
}

/// SU1: subscribes, and goes on to the subscription's page. Where a card is to be entered, the hosted page for it is made
/// meanwhile, and the subscription's page goes on there by itself once there is one (SU5).
#[server(endpoint = "subscribe", input = PostUrl, output = Postcard)]
pub async fn subscribe(pack_id: String, idem_key: String, expected_price_cents: i64) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    let input = engine::subscriptions::Subscribe {
        pack_id: crate::api::id(&pack_id)?,
        form_key: idem_key,
        expected_price: domain::Cents(expected_price_cents),
    };
    let id = engine.subscribe(&caller, input).await?;
    crate::api::redirect(&format!("/payment/packs/{id}?from=subscribe"));
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

/// UN1 *Unsubscribe*. The reason may be left out.
#[server(endpoint = "subscriptions/unsubscribe", input = PostUrl, output = Postcard)]
pub async fn unsubscribe(id: String, #[server(default)] reason: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    let reason = match reason.as_str() {
        "" => None,
        word => Some(
            word.parse()
                .map_err(|_| AppError::field("reason", domain::error::Problem::ChoiceInvalid))?,
        ),
    };
    let id = crate::api::id(&id)?;
    let at = engine.unsubscribe(&caller, id, reason).await?;
    let words = format!("Unsubscribed. Your pack ends {}.", engine.zone().show_date_short(at));
    crate::api::done(&format!("/payment/packs/{id}"), &words).await;
    Ok(())
}

/// UN2 *Resume*.
#[server(endpoint = "subscriptions/resume", input = PostUrl, output = Postcard)]
pub async fn resume(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::Billing).await?;
    let id = crate::api::id(&id)?;
    engine.resume(&caller, id).await?;
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

/// PE5: *Move existing subscribers at next renewal*. How many.
#[server(endpoint = "packs/move", input = PostUrl, output = Postcard)]
pub async fn move_pack_subscribers(id: String) -> Result<i64, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let moved = engine.move_pack_subscribers(&caller, crate::api::id(&id)?).await?;
    crate::api::said(&moved_words(moved)).await;
    Ok(moved)
}

/// What a move did, in a sentence.
pub fn moved_words(count: i64) -> String {
    match count {
        1 => "1 subscriber will move at renewal.".to_owned(),
        n => format!("{n} subscribers will move at renewal."),
    }
}

/// PE5: takes the move back. How many.
#[server(endpoint = "packs/withdraw-move", input = PostUrl, output = Postcard)]
pub async fn withdraw_pack_move(id: String) -> Result<i64, AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    let stay = engine.withdraw_pack_move(&caller, crate::api::id(&id)?).await?;
    crate::api::said(&withdrawn_words(stay)).await;
    Ok(stay)
}

/// PE5: takes the move of one subscription back.
#[server(endpoint = "packs/withdraw-one-move", input = PostUrl, output = Postcard)]
pub async fn withdraw_move(id: String) -> Result<(), AppError> {
    let (engine, caller) = crate::api::guard(domain::Capability::ManageCatalogue).await?;
    engine.withdraw_move(&caller, crate::api::id(&id)?).await?;
    crate::api::said(&withdrawn_words(1)).await;
    Ok(())
}

/// What the withdrawal of a move did, in a sentence.
pub fn withdrawn_words(count: i64) -> String {
    match count {
        1 => "1 subscriber stays on the current terms.".to_owned(),
        n => format!("{n} subscribers stay on the current terms."),
    }
}
