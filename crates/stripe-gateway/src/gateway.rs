//! `engine::ports::Gateway` over Stripe: one method, one or two requests.
//!
//! What must not be here: how a request travels, how an answer is read, when it is sent again.

use crate::{
    read::{self, Missing},
    transport::{Answer, Config, ConfigError, Transport},
};
use async_trait::async_trait;
use engine::ports::{
    Card, Checkout, Customer, Gateway, GatewayError, GatewayResult, Invoice, ListedEvent, NewCheckout, NewCustomer,
    NewPrice, NewProduct, NewRefund, NewSetup, NewSubscription, Refund, Subscription, SubscriptionChange,
};
use serde_json::Value;
use std::{collections::HashMap, fmt};
use stripe_billing::{
    invoice::{FinalizeInvoiceInvoice, ListInvoice, PayInvoice, RetrieveInvoice, VoidInvoiceInvoice},
    subscription::{
        CancelSubscription, CreateSubscription, CreateSubscriptionBillingMode, CreateSubscriptionBillingModeType,
        CreateSubscriptionItems, CreateSubscriptionPaymentBehavior, CreateSubscriptionPaymentSettings,
        CreateSubscriptionPaymentSettingsPaymentMethodTypes, CreateSubscriptionPaymentSettingsSaveDefaultPaymentMethod,
        ListSubscription, ListSubscriptionStatus, RetrieveSubscription, UpdateSubscription, UpdateSubscriptionItems,
        UpdateSubscriptionProrationBehavior,
    },
};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionSubscriptionData, CreateCheckoutSessionSubscriptionDataBillingMode,
    CreateCheckoutSessionSubscriptionDataBillingModeType, ExpireCheckoutSession, ListCheckoutSession,
    RetrieveCheckoutSession,
};
use stripe_client_core::{IdempotencyKey, RequestBuilder, RequestStrategy, StripeRequest};
use stripe_core::{
    customer::{
        CreateCustomer, ListCustomer, ListPaymentMethodsCustomer, ListPaymentMethodsCustomerType, RetrieveCustomer,
        UpdateCustomer, UpdateCustomerInvoiceSettings,
    },
    event::ListEvent,
    refund::{CreateRefund, ListRefund},
};
use stripe_misc::webhook_endpoint::{CreateWebhookEndpoint, CreateWebhookEndpointEnabledEvents};
use stripe_payment::payment_method::DetachPaymentMethod;
use stripe_product::{
    price::{CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, ListPrice},
    product::{CreateProduct, ListProduct},
};
use stripe_shared::{CheckoutSessionMode, SubscriptionCollectionMethod};

/// Stripe's longest page.
const PAGE: i64 = 100;
/// Pages that one listing reads at most: 10,000 objects.
const PAGES: usize = 100;
/// What an invoice is asked for with: the payment tells whether the bank wants the cardholder (SU4).
const PAYMENT: &str = "payments.data.payment.payment_intent";

/// Stripe, or the sandbox, behind one key.
///
/// Every call is sent once. The error says whether the same key may be sent again (`GatewayError::Transient`).
pub struct StripeGateway {
    http: Transport,
}

impl fmt::Debug for StripeGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StripeGateway")
            .field("api", &self.http.base().as_str())
            .field("livemode", &self.http.livemode())
            .finish_non_exhaustive()
    }
}

impl StripeGateway {
    /// A gateway; nothing is sent yet.
    ///
    /// # Errors
    /// The key or the address is not usable, or the key would cross the network unencrypted.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self {
            http: Transport::new(&config)?,
        })
    }

    /// WH1: the key moves real money. A webhook's `livemode` has to be the same.
    pub fn livemode(&self) -> bool {
        self.http.livemode()
    }

    /// Asks for something; no key, for nothing is changed.
    async fn get(&self, request: &impl StripeRequest) -> GatewayResult<Answer> {
        self.http.send(request.build(), &RequestStrategy::Once).await
    }

    /// Changes something under the caller's key.
    async fn change(&self, key: &str, request: &impl StripeRequest) -> GatewayResult<Answer> {
        let key = IdempotencyKey::new(key).map_err(|e| GatewayError::Refused(e.to_string()))?;
        self.http.send(request.build(), &RequestStrategy::Idempotent(key)).await
    }

    /// One page of a list, by its query.
    async fn page(&self, request: &RequestBuilder, query: String) -> GatewayResult<(Vec<Value>, bool)> {
        let page = RequestBuilder {
            query: Some(query),
            body: None,
            path: request.path.clone(),
            method: request.method,
        };
        let mut answer = self.http.send(page, &RequestStrategy::Once).await?;
        let more = answer.body["has_more"] == true;
        match answer.body["data"].take() {
            Value::Array(data) => Ok((data, more)),
            _ => Err(answer.unreadable(&Missing("the members of a list".to_owned()))),
        }
    }

    /// All members of a list, newest first as Stripe gives them. Refused when there are more than 10,000: a part must
    /// not be taken for the whole.
    async fn list(&self, request: &impl StripeRequest) -> GatewayResult<Vec<Value>> {
        let request = request.build();
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let mut query = request.query.clone().unwrap_or_default();
            if let Some(last) = all.last() {
                query.push_str(&format!("&starting_after={}", cursor(last)?));
            }
            let (data, more) = self.page(&request, query).await?;
            let ended = data.is_empty() || !more;
            all.extend(data);
            if ended {
                return Ok(all);
            }
        }
        Err(GatewayError::Refused(format!(
            "GET {} has more than 10,000 members",
            request.path
        )))
    }

    /// The change, or the object as it is now if the change was refused because it had been made already.
    async fn or_already<T>(
        &self,
        changed: GatewayResult<T>,
        now: impl Future<Output = GatewayResult<T>> + Send,
        done: impl Fn(&T) -> bool,
    ) -> GatewayResult<T> {
        match changed {
            Err(GatewayError::Refused(why) | GatewayError::NotFound(why)) => {
                let now = now.await?;
                if done(&now) {
                    Ok(now)
                } else {
                    Err(GatewayError::Refused(why))
                }
            }
            other => other,
        }
    }
}

/// Reads an answer; what cannot be read is logged with it (WH6).
fn parse<T>(answer: &Answer, read: impl Fn(&Value) -> read::Read<T>) -> GatewayResult<T> {
    read(&answer.body).map_err(|missing| answer.unreadable(&missing))
}

/// Reads the members of a list; one that cannot be read is named and spoils the list, for it must not vanish from it.
fn parse_all<T>(path: &str, list: Vec<Value>, read: impl Fn(&Value) -> read::Read<T>) -> GatewayResult<Vec<T>> {
    list.into_iter()
        .map(|body| {
            read(&body).map_err(|missing| {
                Answer {
                    body,
                    call: format!("GET {path}"),
                }
                .unreadable(&missing)
            })
        })
        .collect()
}

/// The id of a list's member, to go on from.
fn cursor(member: &Value) -> GatewayResult<String> {
    let id = read::id(&member["id"]).unwrap_or_default();
    path_id(&id).map(str::to_owned)
}

/// An id that may stand in an address. Ids come from the database and from signed events, so that anything else is a
/// mistake, which must not become another address.
fn path_id(id: &str) -> GatewayResult<&str> {
    let plain = !id.is_empty() && id.len() <= 255 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain {
        Ok(id)
    } else {
        Err(GatewayError::Refused("an id of Stripe's has other letters".to_owned()))
    }
}

fn metadata<const N: usize>(pairs: [(&str, &str); N]) -> HashMap<String, String> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// SU2: what every subscription and every session for one carries.
fn pack_metadata(new: &NewSubscription) -> HashMap<String, String> {
    metadata([
        ("pack_subscription_id", &new.pack_subscription_id),
        ("client_id", &new.client_id),
        ("pack_version_id", &new.pack_version_id),
    ])
}

fn expand(path: &str) -> Vec<String> {
    vec![path.to_owned()]
}

fn currency(code: &domain::Currency) -> stripe_types::Currency {
    match code.code().parse() {
        Ok(currency) => currency,
        Err(never) => match never {},
    }
}

#[async_trait]
impl Gateway for StripeGateway {
    async fn create_customer(&self, key: &str, new: &NewCustomer) -> GatewayResult<Customer> {
        let request = CreateCustomer::new()
            .name(new.name.as_str())
            .email(new.email.as_str())
            .metadata(metadata([("client_id", &new.client_id)]));
        parse(&self.change(key, &request).await?, read::customer)
    }

    async fn customer(&self, id: &str) -> GatewayResult<Customer> {
        parse(&self.get(&RetrieveCustomer::new(path_id(id)?)).await?, read::customer)
    }

    /// Stripe lists by e-mail address; the metadata decides. Its search is not used: it lags behind by minutes.
    async fn find_customers(&self, client_id: &str, email: &str) -> GatewayResult<Vec<Customer>> {
        let request = ListCustomer::new().email(email).limit(PAGE);
        let all = parse_all("/customers", self.list(&request).await?, read::customer)?;
        Ok(all
            .into_iter()
            .filter(|customer| customer.client_id.as_deref() == Some(client_id))
            .collect())
    }

    async fn set_default_card(&self, key: &str, customer: &str, payment_method: &str) -> GatewayResult<Customer> {
        let mut settings = UpdateCustomerInvoiceSettings::new();
        settings.default_payment_method = Some(payment_method.to_owned());
        let request = UpdateCustomer::new(path_id(customer)?).invoice_settings(settings);
        parse(&self.change(key, &request).await?, read::customer)
    }

    async fn cards(&self, customer: &str) -> GatewayResult<Vec<Card>> {
        let request = ListPaymentMethodsCustomer::new(path_id(customer)?)
            .type_(ListPaymentMethodsCustomerType::Card)
            .limit(PAGE);
        let cards = parse_all("/customers/…/payment_methods", self.list(&request).await?, read::card)?;
        Ok(cards.into_iter().flatten().collect())
    }

    async fn detach_card(&self, key: &str, payment_method: &str) -> GatewayResult<()> {
        self.change(key, &DetachPaymentMethod::new(path_id(payment_method)?))
            .await
            .map(|_| ())
    }

    async fn create_product(&self, key: &str, new: &NewProduct) -> GatewayResult<String> {
        let request = CreateProduct::new(new.name.as_str()).metadata(metadata([("pack_id", &new.pack_id)]));
        let answer = self.change(key, &request).await?;
        parse(&answer, |v| {
            read::id(&v["id"]).ok_or_else(|| Missing("product.id".to_owned()))
        })
    }

    /// Stripe's search is not used: it lags behind by minutes.
    async fn find_product(&self, new: &NewProduct) -> GatewayResult<Option<String>> {
        let all = self.list(&ListProduct::new().active(true).limit(PAGE)).await?;
        let ours = |v: &&Value| v["metadata"]["pack_id"] == new.pack_id.as_str() && v["name"] == new.name.as_str();
        Ok(all.iter().find(ours).and_then(|v| read::id(&v["id"])))
    }

    async fn create_price(&self, key: &str, new: &NewPrice) -> GatewayResult<String> {
        let request = CreatePrice::new(currency(&new.currency))
            .product(new.product.as_str())
            .unit_amount(new.amount.0)
            .recurring(CreatePriceRecurring::new(CreatePriceRecurringInterval::Month))
            .metadata(metadata([("pack_version_id", &new.pack_version_id)]));
        let answer = self.change(key, &request).await?;
        parse(&answer, |v| {
            read::id(&v["id"]).ok_or_else(|| Missing("price.id".to_owned()))
        })
    }

    async fn find_price(&self, new: &NewPrice) -> GatewayResult<Option<String>> {
        let request = ListPrice::new().product(new.product.as_str()).active(true).limit(PAGE);
        let all = self.list(&request).await?;
        let ours = |v: &&Value| {
            v["metadata"]["pack_version_id"] == new.pack_version_id.as_str()
                && v["unit_amount"] == new.amount.0
                && v["currency"] == new.currency.code()
        };
        Ok(all.iter().find(ours).and_then(|v| read::id(&v["id"])))
    }

    async fn create_subscription(&self, key: &str, new: &NewSubscription) -> GatewayResult<Subscription> {
        let mut item = CreateSubscriptionItems::new();
        item.price = Some(new.price.clone());
        item.quantity = Some(1);
        let mut payment = CreateSubscriptionPaymentSettings::new();
        payment.payment_method_types = Some(vec![CreateSubscriptionPaymentSettingsPaymentMethodTypes::Card]);
        payment.save_default_payment_method =
            Some(CreateSubscriptionPaymentSettingsSaveDefaultPaymentMethod::OnSubscription);
        let request = CreateSubscription::new()
            .customer(new.customer.as_str())
            .items(vec![item])
            .billing_mode(CreateSubscriptionBillingMode::new(
                CreateSubscriptionBillingModeType::Flexible,
            ))
            .collection_method(SubscriptionCollectionMethod::ChargeAutomatically)
            .payment_behavior(CreateSubscriptionPaymentBehavior::AllowIncomplete)
            .payment_settings(payment)
            .metadata(pack_metadata(new))
            .expand(expand("latest_invoice"));
        parse(&self.change(key, &request).await?, read::subscription)
    }

    async fn subscription(&self, id: &str) -> GatewayResult<Subscription> {
        parse(
            &self.get(&RetrieveSubscription::new(path_id(id)?)).await?,
            read::subscription,
        )
    }

    async fn subscriptions_of(&self, customer: &str) -> GatewayResult<Vec<Subscription>> {
        let request = ListSubscription::new()
            .customer(customer)
            .status(ListSubscriptionStatus::All)
            .limit(PAGE);
        parse_all("/subscriptions", self.list(&request).await?, read::subscription)
    }

    async fn change_subscription(
        &self,
        key: &str,
        id: &str,
        change: &SubscriptionChange,
    ) -> GatewayResult<Subscription> {
        let mut request = UpdateSubscription::new(path_id(id)?);
        if let Some((item, price)) = &change.price {
            let mut changed = UpdateSubscriptionItems::new();
            changed.id = Some(item.clone());
            changed.price = Some(price.clone());
            // PC5: no money now; the next invoice has the new price.
            request = request
                .items(vec![changed])
                .proration_behavior(UpdateSubscriptionProrationBehavior::None);
        }
        if let Some(cancel) = change.cancel_at_period_end {
            request = request.cancel_at_period_end(cancel);
        }
        if change.clear_default_payment_method {
            // An empty value takes a field away.
            request = request.default_payment_method("");
        }
        parse(&self.change(key, &request).await?, read::subscription)
    }

    /// One that has ended already is answered as it is: Stripe calls it missing.
    async fn cancel_subscription(&self, key: &str, id: &str) -> GatewayResult<Subscription> {
        let request = CancelSubscription::new(path_id(id)?).invoice_now(false).prorate(false);
        let changed = self
            .change(key, &request)
            .await
            .and_then(|answer| parse(&answer, read::subscription));
        self.or_already(changed, self.subscription(id), Subscription::is_over)
            .await
    }

    async fn create_checkout(&self, key: &str, new: &NewCheckout) -> GatewayResult<Checkout> {
        let sub = &new.subscription;
        let mut item = CreateCheckoutSessionLineItems::new();
        item.price = Some(sub.price.clone());
        item.quantity = Some(1);
        let mut data = CreateCheckoutSessionSubscriptionData::new();
        data.metadata = Some(pack_metadata(sub));
        data.billing_mode = Some(CreateCheckoutSessionSubscriptionDataBillingMode::new(
            CreateCheckoutSessionSubscriptionDataBillingModeType::Flexible,
        ));
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Subscription)
            .customer(sub.customer.as_str())
            .line_items(vec![item])
            .allowed_payment_method_types(vec![CreateCheckoutSessionAllowedPaymentMethodTypes::Card])
            .subscription_data(data)
            .metadata(pack_metadata(sub))
            .expires_at(new.expires_at.secs())
            .success_url(new.success_url.as_str())
            .cancel_url(new.cancel_url.as_str());
        parse(&self.change(key, &request).await?, read::checkout)
    }

    async fn create_setup(&self, key: &str, new: &NewSetup) -> GatewayResult<Checkout> {
        let request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Setup)
            .customer(new.customer.as_str())
            .currency(currency(&new.currency))
            .allowed_payment_method_types(vec![CreateCheckoutSessionAllowedPaymentMethodTypes::Card])
            .metadata(metadata([("client_id", &new.client_id)]))
            .success_url(new.success_url.as_str())
            .cancel_url(new.cancel_url.as_str());
        parse(&self.change(key, &request).await?, read::checkout)
    }

    async fn checkout(&self, id: &str) -> GatewayResult<Checkout> {
        let request = RetrieveCheckoutSession::new(path_id(id)?).expand(expand("setup_intent"));
        parse(&self.get(&request).await?, read::checkout)
    }

    async fn checkouts_of(&self, customer: &str) -> GatewayResult<Vec<Checkout>> {
        let request = ListCheckoutSession::new().customer(customer).limit(PAGE);
        parse_all("/checkout/sessions", self.list(&request).await?, read::checkout)
    }

    async fn expire_checkout(&self, key: &str, id: &str) -> GatewayResult<Checkout> {
        let changed = self
            .change(key, &ExpireCheckoutSession::new(path_id(id)?))
            .await
            .and_then(|answer| parse(&answer, read::checkout));
        self.or_already(changed, self.checkout(id), |session: &Checkout| {
            session.status != "open"
        })
        .await
    }

    async fn invoice(&self, id: &str) -> GatewayResult<Invoice> {
        parse(
            &self
                .get(&RetrieveInvoice::new(path_id(id)?).expand(expand(PAYMENT)))
                .await?,
            read::invoice,
        )
    }

    /// Stripe expands four levels deep, which a list has used up before the payment: open invoices that were tried
    /// are retrieved one by one for its state.
    async fn invoices_of(&self, customer: &str) -> GatewayResult<Vec<Invoice>> {
        let request = ListInvoice::new().customer(customer).limit(PAGE);
        let mut invoices = parse_all("/invoices", self.list(&request).await?, read::invoice)?;
        for invoice in &mut invoices {
            if invoice.status == "open" && invoice.attempted {
                *invoice = self.invoice(&invoice.id).await?;
            }
        }
        Ok(invoices)
    }

    /// One that is paid already is answered as it is. An invoice that the bank wants confirmed is
    /// `GatewayError::Declined` with the code `invoice_payment_intent_requires_action` (SU4).
    async fn pay_invoice(
        &self,
        key: &str,
        id: &str,
        payment_method: Option<&str>,
        off_session: bool,
    ) -> GatewayResult<Invoice> {
        let mut request = PayInvoice::new(path_id(id)?)
            .off_session(off_session)
            .expand(expand(PAYMENT));
        if let Some(card) = payment_method {
            request = request.payment_method(card);
        }
        let changed = self
            .change(key, &request)
            .await
            .and_then(|answer| parse(&answer, read::invoice));
        self.or_already(changed, self.invoice(id), |invoice: &Invoice| invoice.status == "paid")
            .await
    }

    async fn finalize_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice> {
        let request = FinalizeInvoiceInvoice::new(path_id(id)?)
            .auto_advance(false)
            .expand(expand(PAYMENT));
        let changed = self
            .change(key, &request)
            .await
            .and_then(|answer| parse(&answer, read::invoice));
        self.or_already(changed, self.invoice(id), |invoice: &Invoice| invoice.status != "draft")
            .await
    }

    async fn refund(&self, key: &str, new: &NewRefund) -> GatewayResult<Refund> {
        let request = CreateRefund::new()
            .payment_intent(new.payment_intent.as_str())
            .amount(new.amount.0);
        parse(&self.change(key, &request).await?, read::refund)
    }

    async fn refunds_of(&self, payment_intent: &str) -> GatewayResult<Vec<Refund>> {
        let request = ListRefund::new().payment_intent(payment_intent).limit(PAGE);
        parse_all("/refunds", self.list(&request).await?, read::refund)
    }

    /// One that is void already is answered as it is.
    async fn void_invoice(&self, key: &str, id: &str) -> GatewayResult<Invoice> {
        let request = VoidInvoiceInvoice::new(path_id(id)?).expand(expand(PAYMENT));
        let changed = self
            .change(key, &request)
            .await
            .and_then(|answer| parse(&answer, read::invoice));
        self.or_already(changed, self.invoice(id), |invoice: &Invoice| invoice.status == "void")
            .await
    }

    /// At most 10,000 events in one call; with a cursor the oldest of them, so that the next call goes on after the
    /// last one. Without a cursor all that Stripe still has (30 days). A cursor that Stripe has forgotten is
    /// `GatewayError::NotFound`.
    async fn events_after(&self, cursor_id: Option<&str>) -> GatewayResult<Vec<ListedEvent>> {
        let request = ListEvent::new().limit(PAGE).build();
        let mut events: Vec<Value> = Vec::new();
        match cursor_id {
            // Pages go towards the present; each is newest first.
            Some(start) => {
                let mut newest = path_id(start)?.to_owned();
                for _ in 0..PAGES {
                    let (mut data, more) = self
                        .page(&request, format!("limit={PAGE}&ending_before={newest}"))
                        .await?;
                    let Some(first) = data.first() else { break };
                    newest = cursor(first)?;
                    data.reverse();
                    events.extend(data);
                    if !more {
                        break;
                    }
                }
            }
            None => {
                events = self.list(&ListEvent::new().limit(PAGE)).await?;
                events.reverse();
            }
        }
        events
            .into_iter()
            .map(|event| {
                Ok(ListedEvent {
                    id: cursor(&event)?,
                    payload: event.to_string(),
                })
            })
            .collect()
    }

    async fn create_webhook_endpoint(&self, url: &str, events: &[&str]) -> GatewayResult<String> {
        let events: Vec<CreateWebhookEndpointEnabledEvents> = events
            .iter()
            .map(|name| match name.parse() {
                Ok(event) => event,
                Err(never) => match never {},
            })
            .collect();
        let request = CreateWebhookEndpoint::new(events, url).api_version(crate::API_VERSION);
        // There is no operation row for it, so no key: a person presses the button, and sees the result.
        let answer = self.http.send(request.build(), &RequestStrategy::Once).await?;
        parse(&answer, |v| {
            read::text(&v["secret"]).ok_or_else(|| Missing("webhook_endpoint.secret".to_owned()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_lead_to_another_address() {
        for good in ["sub_1AbC", "cs_test_a1B2"] {
            assert_eq!(path_id(good), Ok(good));
        }
        for bad in [
            "",
            "../customers",
            "in_1/pay",
            "in_1?expand[]=x",
            "in_1#",
            "in 1",
            "in_1%2Fpay",
            "ä",
        ] {
            assert!(matches!(path_id(bad), Err(GatewayError::Refused(_))), "{bad}");
        }
    }
}
