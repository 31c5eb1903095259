//! Which of the provider's events are about subscriptions, their invoices, hosted pages and cards (WH3–WH5): each asks for a
//! look at its object.

use super::jobs::Job;
use crate::{
    Engine,
    kernel::{
        alarms::AlarmKind,
        events::{Happened, Heard, Listener},
        jobs::enqueue,
        operations::JobError,
    },
};
use async_trait::async_trait;
use domain::{Instant, SubscriptionId};
use serde_json::Value;
use store::{Tx, billing, subscriptions};

/// What events mean for subscriptions.
pub(crate) struct Listening;

fn ours(v: &Value) -> Option<SubscriptionId> {
    v["metadata"]["pack_subscription_id"]
        .as_str()
        .and_then(|id| id.parse().ok())
}

#[async_trait]
impl Listener for Listening {
    async fn hear(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        happened: &Happened<'_>,
        now: Instant,
    ) -> Result<Heard, JobError> {
        let found = match happened.family {
            "customer" if happened.kind.starts_with("customer.subscription.") => of_subscription(tx, happened).await?,
            "invoice" if !happened.object_id.is_empty() => {
                let found = of_invoice(tx, happened).await?;
                if let Some(job) = found
                    .as_ref()
                    .filter(|_| happened.kind == "invoice.finalization_failed")
                {
                    // §7: it will not be charged until somebody has seen why.
                    let why = happened.object["last_finalization_error"]["message"]
                        .as_str()
                        .unwrap_or("Stripe does not say why");
                    engine
                        .alarm(tx, AlarmKind::InvoiceStuck, "invoice", happened.object_id, why, now)
                        .await?;
                    enqueue(tx, now, now, job).await?;
                    return Ok(Heard::Decided);
                }
                found
            }
            "checkout" => of_checkout(tx, happened).await?,
            "customer" | "payment_method" | "setup_intent" => {
                let id = if happened.family == "customer" {
                    Some(happened.object_id)
                } else {
                    happened.customer.as_deref()
                };
                match card_of(tx, id).await? {
                    Some(job) => Some(job),
                    // A card that belongs to nobody, and a customer that we are only just making, say nothing.
                    None if id.is_none() || happened.kind == "customer.created" => return Ok(Heard::Nothing),
                    None => None,
                }
            }
            _ => return Ok(Heard::NotMine),
        };
        match found {
            Some(job) => {
                enqueue(tx, now, now, &job).await?;
                Ok(Heard::Looking)
            }
            None => Ok(Heard::Unmatched),
        }
    }
}

async fn of_subscription(tx: &mut Tx, happened: &Happened<'_>) -> Result<Option<Job>, JobError> {
    if let Some(row) = subscriptions::by_stripe_id(tx, happened.object_id).await? {
        return Ok(Some(Job::SyncSubscription {
            subscription_id: row.id,
        }));
    }
    let Some(id) = ours(happened.object) else {
        return Ok(None);
    };
    // WH5: metadata that names ours is a reason to look, and no more; a link that stands is not questioned.
    let row = subscriptions::by_id(tx, id)
        .await?
        .filter(|r| r.stripe_subscription_id.is_none());
    Ok(row.map(|row| Job::SeeSubscription {
        subscription_id: row.id,
        stripe_id: happened.object_id.to_owned(),
    }))
}

async fn of_invoice(tx: &mut Tx, happened: &Happened<'_>) -> Result<Option<Job>, JobError> {
    let ours = match &happened.customer {
        Some(id) => billing::client_of_customer(tx, id).await?.is_some(),
        None => true,
    };
    Ok(ours.then(|| Job::SyncInvoice {
        invoice_id: happened.object_id.to_owned(),
    }))
}

async fn of_checkout(tx: &mut Tx, happened: &Happened<'_>) -> Result<Option<Job>, JobError> {
    if let Some(session) = billing::checkout(tx, happened.object_id).await? {
        return Ok(Some(match session.subscription_id {
            Some(id) => Job::SyncSubscription { subscription_id: id },
            None => Job::SyncCard {
                client_id: session.client_id,
            },
        }));
    }
    match ours(happened.object) {
        Some(id) if subscriptions::by_id(tx, id).await?.is_some() => {
            Ok(Some(Job::SyncSubscription { subscription_id: id }))
        }
        _ if happened.object["mode"] == "setup" => card_of(tx, happened.customer.as_deref()).await,
        _ => Ok(None),
    }
}

async fn card_of(tx: &mut Tx, customer: Option<&str>) -> Result<Option<Job>, JobError> {
    let client = match customer {
        Some(id) => billing::client_of_customer(tx, id).await?,
        None => None,
    };
    Ok(client.map(|client| Job::SyncCard { client_id: client.id }))
}
