//! The jobs of subscriptions.

use crate::{
    Caller, Engine,
    billing::leases::of_invoice,
    kernel::{jobs, operations::JobError},
    subscriptions::leases::of_subscription,
};
use async_trait::async_trait;
use domain::{Cents, ClientId, PackId, SubscriptionId};
use serde::{Deserialize, Serialize};
use store::{StoreResult, Tx};

/// What the worker does for subscriptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Carry a new subscription to its first charge (SU2–SU5).
    StartSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Look at Stripe and bring our row in line (ST1, SU6, WH3).
    SyncSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// The same once a renewal has been charged. A job of its own: a look that an event asks for in between must not
    /// take this one's place, for its event may never come.
    SeeRenewal {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Look at a subscription at Stripe that an event says is ours, and link it if Stripe says so too (WH5).
    SeeSubscription {
        /** Ours. */
        subscription_id: SubscriptionId,
        /** `sub_…`. */
        stripe_id: String,
    },
    /// Pay the first invoice with the card that is now the default (SU3 *Try another card*).
    PayFirstInvoice {
        /** Which. */
        subscription_id: SubscriptionId,
        /** The key of the press. */
        attempt: String,
    },
    /// Give up an incomplete subscription: last look, expire, cancel, void (SU9).
    GiveUpSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
        /** The end reason's word. */
        reason: String,
        /** What the client asked for instead, begun once the old one has given way. */
        then: Option<NextSubscribe>,
    },
    /// Open the periods of one subscription that are due (PD3).
    EnsurePeriods {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Bring price and end at Stripe in line with what the next renewal is to bill, if there is one (PE5, PC6, UN5).
    SettleTerms {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Look at an invoice (IV1, §7).
    SyncInvoice {
        /** `in_…`. */
        invoice_id: String,
    },
    /// Read the card on file (§7, GR6).
    SyncCard {
        /** Whose. */
        client_id: ClientId,
    },
    /// Find subscriptions whose boundary has passed (PD3, every minute).
    Boundaries,
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        match self {
            Job::StartSubscription { subscription_id: id } => format!("subscription.start:{id}"),
            Job::SyncSubscription { subscription_id: id } => format!("subscription.sync:{id}"),
            Job::SeeSubscription {
                subscription_id: id,
                stripe_id,
            } => format!("subscription.see:{id}:{stripe_id}"),
            Job::PayFirstInvoice {
                subscription_id: id,
                attempt,
            } => format!("subscription.pay:{id}:{attempt}"),
            Job::GiveUpSubscription {
                subscription_id: id, ..
            } => format!("subscription.give_up:{id}"),
            Job::EnsurePeriods { subscription_id: id } => format!("subscription.periods:{id}"),
            Job::SeeRenewal { subscription_id: id } => format!("subscription.renewal:{id}"),
            Job::SettleTerms { subscription_id: id } => format!("subscription.terms:{id}"),
            Job::SyncInvoice { invoice_id } => format!("invoice.sync:{invoice_id}"),
            Job::SyncCard { client_id } => format!("client.card:{client_id}"),
            Job::Boundaries => "boundaries".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Job::StartSubscription { .. } => "subscription.start",
            Job::SyncSubscription { .. } => "subscription.sync",
            Job::SeeSubscription { .. } => "subscription.see",
            Job::PayFirstInvoice { .. } => "subscription.pay",
            Job::GiveUpSubscription { .. } => "subscription.give_up",
            Job::EnsurePeriods { .. } => "subscription.periods",
            Job::SeeRenewal { .. } => "subscription.renewal",
            Job::SettleTerms { .. } => "subscription.terms",
            Job::SyncInvoice { .. } => "invoice.sync",
            Job::SyncCard { .. } => "client.card",
            Job::Boundaries => "boundaries",
        }
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn object(&self) -> Option<String> {
        match self {
            Job::StartSubscription { subscription_id: id }
            | Job::SyncSubscription { subscription_id: id }
            | Job::SeeRenewal { subscription_id: id }
            | Job::SettleTerms { subscription_id: id }
            | Job::SeeSubscription {
                subscription_id: id, ..
            }
            | Job::PayFirstInvoice {
                subscription_id: id, ..
            }
            | Job::GiveUpSubscription {
                subscription_id: id, ..
            } => Some(of_subscription(*id)),
            Job::SyncInvoice { invoice_id } => Some(of_invoice(invoice_id)),
            Job::EnsurePeriods { .. } | Job::SyncCard { .. } | Job::Boundaries => None,
        }
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        match self {
            Job::StartSubscription { subscription_id } => engine.start_subscription(*subscription_id).await,
            Job::SyncSubscription { subscription_id } | Job::SeeRenewal { subscription_id } => {
                engine.sync_subscription(*subscription_id).await
            }
            Job::SeeSubscription {
                subscription_id,
                stripe_id,
            } => engine.see_subscription(*subscription_id, stripe_id).await,
            Job::PayFirstInvoice {
                subscription_id,
                attempt,
            } => engine.pay_first_invoice(*subscription_id, attempt).await,
            Job::GiveUpSubscription {
                subscription_id,
                reason,
                then,
            } => {
                engine
                    .give_up_subscription(*subscription_id, reason, then.clone())
                    .await
            }
            Job::EnsurePeriods { subscription_id } => Ok(engine.ensure_periods(*subscription_id).await?),
            Job::SettleTerms { subscription_id } => engine.settle_terms(*subscription_id).await,
            Job::SyncInvoice { invoice_id } => engine.sync_invoice(invoice_id).await,
            Job::SyncCard { client_id } => engine.sync_card(*client_id).await,
            Job::Boundaries => Ok(engine.sweep_boundaries().await?),
        }
    }
}

/// What follows a replaced subscription.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NextSubscribe {
    /// Who pressed.
    pub caller: Caller,
    /// The pack.
    pub pack_id: PackId,
    /// The form's key; that of the new row follows from it.
    pub form_key: String,
    /// The price that was on the screen.
    pub expected_price: Cents,
}

/// SU9: the pack that an unpaid subscription is being given up for.
pub(super) async fn gives_way_to(tx: &mut Tx, id: SubscriptionId) -> StoreResult<Option<PackId>> {
    let job = Job::GiveUpSubscription {
        subscription_id: id,
        reason: String::new(),
        then: None,
    };
    let waits = store::jobs::expected(tx, &jobs::Job::key(&job)).await?;
    Ok(match waits.and_then(|payload| serde_json::from_str(&payload).ok()) {
        Some(Job::GiveUpSubscription { then: Some(next), .. }) => Some(next.pack_id),
        _ => None,
    })
}
