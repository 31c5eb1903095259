//! The webhook inbox (§7): store first, answer, then find out what the event is about and look there.

use crate::{
    Caller, Change, Engine, OnConstraint,
    core::{audit, enqueue},
    jobs::Job,
    operations::JobError,
};
use domain::{AppError, AppResult, Capability, Cents, Instant, SubscriptionId};
use serde_json::Value;
use store::{billing, log::AuditEntry, subscriptions};

/// An event as the endpoint read it from the raw body, after its signature was verified (WH1).
#[derive(Debug, Clone)]
pub struct ReceivedEvent<'a> {
    /// `evt_…`.
    pub id: &'a str,
    /// "invoice.paid".
    pub kind: &'a str,
    /// The version it was rendered at.
    pub api_version: &'a str,
    /// Stripe's instant of it.
    pub created: Instant,
    /// `data.object.id`.
    pub object_id: &'a str,
    /// The raw body.
    pub payload: &'a str,
}

impl Engine {
    /// WH2: stores the event and its job in one transaction. `false`: it was stored before; nothing happens.
    ///
    /// # Errors
    /// Only failures of ours; Stripe then sends it again.
    pub async fn receive_event(&self, event: &ReceivedEvent<'_>) -> AppResult<bool> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let new = billing::insert_event(
            &mut tx,
            event.id,
            event.kind,
            event.api_version,
            event.created,
            event.object_id,
            event.payload,
            now,
        )
        .await
        .or_internal()?;
        if new {
            enqueue(
                &mut tx,
                now,
                now,
                &Job::Event {
                    event_id: event.id.to_owned(),
                },
            )
            .await?;
        }
        self.commit(tx, None).await?;
        Ok(new)
    }

    /// Finds what an event is about and enqueues the look at it. Events of one object share one look: what matters is
    /// what stands at Stripe now (WH3, WH4).
    pub(crate) async fn process_event(&self, event_id: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(event) = billing::event(&mut tx, event_id).await? else {
            return Ok(());
        };
        drop(tx);
        if event.state != "received" {
            return Ok(());
        }
        let payload: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
        let object = &payload["data"]["object"];
        let text = |v: &Value| -> Option<String> { v.as_str().or_else(|| v["id"].as_str()).map(str::to_owned) };
        let metadata = |v: &Value| {
            v["metadata"]["pack_subscription_id"]
                .as_str()
                .and_then(|id| id.parse::<SubscriptionId>().ok())
        };
        let customer = text(&object["customer"]).or_else(|| text(&payload["data"]["previous_attributes"]["customer"]));

        let mut tx = self.db().write().await?;
        let now = self.now();
        let family = event.kind.split('.').next().unwrap_or_default();
        let mut jobs: Vec<Job> = Vec::new();
        let (mut known, mut decided) = (true, false);
        match family {
            "customer" if event.kind.starts_with("customer.subscription.") => {
                let row = match subscriptions::by_stripe_id(&mut tx, &event.object_id).await? {
                    Some(row) => Some(row),
                    None => match metadata(object) {
                        Some(id) => subscriptions::by_id(&mut tx, id)
                            .await?
                            .filter(|r| r.stripe_subscription_id.is_none()),
                        None => None,
                    },
                };
                match row {
                    Some(row) => {
                        // WH5: metadata that names ours links the two, unless a link stands already.
                        if row.stripe_subscription_id.is_none() {
                            let mut linked = row.clone();
                            linked.stripe_subscription_id = Some(event.object_id.clone());
                            subscriptions::save(&mut tx, &linked, now).await?;
                        }
                        jobs.push(Job::SyncSubscription {
                            subscription_id: row.id,
                        });
                    }
                    None => known = false,
                }
            }
            "invoice" if !event.object_id.is_empty() => {
                let ours = match &customer {
                    Some(id) => billing::client_of_customer(&mut tx, id).await?.is_some(),
                    None => true,
                };
                if ours {
                    jobs.push(Job::SyncInvoice {
                        invoice_id: event.object_id.clone(),
                    });
                } else {
                    known = false;
                }
            }
            "checkout" => match billing::checkout(&mut tx, &event.object_id).await? {
                Some(session) => match session.subscription_id {
                    Some(id) => jobs.push(Job::SyncSubscription { subscription_id: id }),
                    None => jobs.push(Job::SyncCard {
                        client_id: session.client_id,
                    }),
                },
                None => match metadata(object) {
                    Some(id) if subscriptions::by_id(&mut tx, id).await?.is_some() => {
                        jobs.push(Job::SyncSubscription { subscription_id: id })
                    }
                    _ => match &customer {
                        Some(id) if object["mode"] == "setup" => {
                            match billing::client_of_customer(&mut tx, id).await? {
                                Some(client) => jobs.push(Job::SyncCard { client_id: client.id }),
                                None => known = false,
                            }
                        }
                        _ => known = false,
                    },
                },
            },
            "customer" | "payment_method" | "setup_intent" => {
                let id = if family == "customer" {
                    Some(event.object_id.clone())
                } else {
                    customer
                };
                let client = match &id {
                    Some(id) => billing::client_of_customer(&mut tx, id).await?,
                    None => None,
                };
                match client {
                    Some(client) => jobs.push(Job::SyncCard { client_id: client.id }),
                    // A card that belongs to nobody, and a customer that we are only just making, say nothing.
                    None if id.is_none() || event.kind == "customer.created" => {}
                    None => known = false,
                }
            }
            // VP6: what vendors are owed stays; whether a line is to be corrected is for a person to decide.
            "charge" if event.kind == "charge.refunded" => {
                let client = match &customer {
                    Some(id) => billing::client_of_customer(&mut tx, id).await?,
                    None => None,
                };
                match client {
                    Some(client) => {
                        let amount = Cents(object["amount_refunded"].as_i64().unwrap_or_default());
                        let words = format!(
                            "{} of charge {} has been refunded. What vendors are owed stays: correct a line where one is to go.",
                            amount.show(self.currency()),
                            event.object_id
                        );
                        let id = client.id.to_string();
                        self.alarm(&mut tx, "refund", "client", &id, &words, now).await?;
                        decided = true;
                    }
                    None => known = false,
                }
            }
            // Other payments, charges and prices of ours are read through their invoices.
            _ => {}
        }
        for job in &jobs {
            enqueue(&mut tx, now, now, job).await?;
        }
        let state = if !known {
            "unmatched"
        } else if jobs.is_empty() && !decided {
            "ignored"
        } else {
            "processed"
        };
        billing::set_event_state(&mut tx, event_id, state, None, now).await?;
        Ok(self
            .commit(tx, if known && !decided { None } else { Change::of_staff() })
            .await?)
    }

    /// Admin › Webhooks › *Replay*: the event is processed again.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub async fn replay_event(&self, caller: &Caller, event_id: &str) -> AppResult<()> {
        self.decide_event(caller, event_id, "received", None).await
    }

    /// Admin › Webhooks › *Ignore with reason* (WH7).
    ///
    /// # Errors
    /// [`AppError::NotFound`]; a reason is required.
    pub async fn ignore_event(&self, caller: &Caller, event_id: &str, reason: &str) -> AppResult<()> {
        if reason.trim().is_empty() {
            return Err(AppError::field("reason", domain::error::Problem::Required));
        }
        self.decide_event(caller, event_id, "ignored", Some(reason.trim()))
            .await
    }

    async fn decide_event(&self, caller: &Caller, event_id: &str, state: &str, reason: Option<&str>) -> AppResult<()> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !billing::set_event_state(&mut tx, event_id, state, reason, now)
            .await
            .or_internal()?
        {
            return Err(AppError::NotFound);
        }
        if state == "received" {
            enqueue(
                &mut tx,
                now,
                now,
                &Job::Event {
                    event_id: event_id.to_owned(),
                },
            )
            .await?;
        }
        let (actor, action) = (
            caller.actor(),
            format!("event.{}", if state == "received" { "replayed" } else { "ignored" }),
        );
        audit(
            &mut tx,
            self,
            now,
            AuditEntry {
                actor: &actor,
                action: &action,
                entity: "stripe_event",
                entity_id: event_id,
                before: None,
                after: reason,
            },
        )
        .await?;
        self.commit(tx, Change::of_staff()).await
    }
}
