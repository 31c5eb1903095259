//! The webhook inbox (§7): store first, answer, then find out what the event is about and look there.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        audit,
        events::{Happened, Heard, Listeners},
        jobs::{self, enqueue},
        operations::JobError,
    },
};
use async_trait::async_trait;
use domain::{AppError, AppResult, Capability, Instant, text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Tx, log::AuditEntry, operate::events};

/// What the worker does for the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Process one stored event (WH2–WH6).
    Event {
        /** `evt_…`. */
        event_id: String,
    },
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        let Job::Event { event_id } = self;
        format!("event:{event_id}")
    }

    fn kind(&self) -> &'static str {
        "event"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        let Job::Event { event_id } = self;
        engine.process_event(event_id).await
    }

    async fn given_up(&self, tx: &mut Tx, why: &str, now: Instant) -> AppResult<()> {
        let Job::Event { event_id } = self;
        events::set_event_state(tx, event_id, "dead", Some(why), now)
            .await
            .or_internal()
            .map(drop)
    }
}

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
        let new = events::insert_event(
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
        let Some(event) = events::event(&mut tx, event_id).await? else {
            return Ok(());
        };
        drop(tx);
        if event.state != "received" {
            return Ok(());
        }
        let payload: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
        let happened = Happened::of(&event.kind, &event.object_id, &payload);
        let mut tx = self.db().write().await?;
        let now = self.now();
        let mut heard = Heard::NotMine;
        for listener in self.kept::<Listeners>().0 {
            heard = listener.hear(&mut tx, self, &happened, now).await?;
            if heard != Heard::NotMine {
                break;
            }
        }
        let (state, change) = match heard {
            // Other payments, charges and prices of ours are read through their invoices.
            Heard::NotMine | Heard::Nothing => ("ignored", None),
            Heard::Unmatched => ("unmatched", Change::of_staff()),
            Heard::Looking => ("processed", None),
            Heard::Decided => ("processed", Change::of_staff()),
        };
        events::set_event_state(&mut tx, event_id, state, None, now).await?;
        Ok(self.commit(tx, change).await?)
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
    /// [`AppError::NotFound`]; [`AppError::Invalid`] without a reason.
    pub async fn ignore_event(&self, caller: &Caller, event_id: &str, reason: &str) -> AppResult<()> {
        let reason = text::block(reason, text::MAX_REASON).map_err(|problem| AppError::field("reason", problem))?;
        self.decide_event(caller, event_id, "ignored", Some(&reason)).await
    }

    async fn decide_event(&self, caller: &Caller, event_id: &str, state: &str, reason: Option<&str>) -> AppResult<()> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !events::set_event_state(&mut tx, event_id, state, reason, now)
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
