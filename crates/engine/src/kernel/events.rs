//! Events of the payment provider, as rooms hear of them: what happened to which object, never what it is like now.
//!
//! A room that is concerned enqueues a look at the object. Which rooms there are stands in a table above them all.

use crate::{Engine, kernel::operations::JobError};
use async_trait::async_trait;
use domain::{Cents, Currency, Instant};
use serde_json::Value;
use store::Tx;

/// What an event says.
#[derive(Debug)]
pub(crate) struct Happened<'a> {
    /// "invoice.paid".
    pub kind: &'a str,
    /// "invoice".
    pub family: &'a str,
    /// `data.object.id`.
    pub object_id: &'a str,
    /// `data.object`.
    pub object: &'a Value,
    /// The customer that it concerns.
    pub customer: Option<String>,
}

impl<'a> Happened<'a> {
    /// Reads an event's body.
    pub fn of(kind: &'a str, object_id: &'a str, payload: &'a Value) -> Self {
        let object = &payload["data"]["object"];
        let text = |v: &Value| -> Option<String> { v.as_str().or_else(|| v["id"].as_str()).map(str::to_owned) };
        let customer = text(&object["customer"]).or_else(|| text(&payload["data"]["previous_attributes"]["customer"]));
        Happened {
            kind,
            family: kind.split('.').next().unwrap_or_default(),
            object_id,
            object,
            customer,
        }
    }

    /// An amount of the object, in words and in the object's own currency.
    pub fn amount(&self, member: &str) -> String {
        let amount = Cents(self.object[member].as_i64().unwrap_or_default());
        let code = self.object["currency"].as_str().unwrap_or_default();
        match code.parse::<Currency>() {
            Ok(currency) => amount.show(currency),
            Err(_) => format!("{} {code}", amount.0),
        }
    }
}

/// What a room makes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is another room's, or nobody's.
    NotMine,
    /// It is this room's, and says nothing.
    Nothing,
    /// It is this room's, but about nobody that we know (WH5).
    Unmatched,
    /// A look at the object is enqueued.
    Looking,
    /// Something was written down for people to decide.
    Decided,
}

/// A room that hears of events.
#[async_trait]
pub(crate) trait Listener: Send + Sync {
    /// Says what it makes of one, in the transaction that closes the event.
    async fn hear(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        happened: &Happened<'_>,
        now: Instant,
    ) -> Result<Heard, JobError>;
}

/// Who hears of events, in order.
pub(crate) struct Listeners(pub &'static [&'static dyn Listener]);
