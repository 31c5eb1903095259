//! VP6: what a refund means for what vendors are owed. It stays; whether a line is to be corrected is for a person to decide.

use crate::{
    Engine,
    kernel::{
        alarms::AlarmKind,
        events::{Happened, Heard, Listener},
        operations::JobError,
    },
};
use async_trait::async_trait;
use domain::Instant;
use store::{Tx, billing};

/// What events mean for what is owed.
pub(crate) struct Listening;

#[async_trait]
impl Listener for Listening {
    async fn hear(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        happened: &Happened<'_>,
        now: Instant,
    ) -> Result<Heard, JobError> {
        if happened.kind != "charge.refunded" {
            return Ok(Heard::NotMine);
        }
        let client = match &happened.customer {
            Some(id) => billing::client_of_customer(tx, id).await?,
            None => None,
        };
        let Some(client) = client else {
            return Ok(Heard::Unmatched);
        };
        let words = format!(
            "{} of charge {} was refunded. Vendor payments stay. Void or correct a line that shouldn't be paid.",
            happened.amount("amount_refunded"),
            happened.object_id
        );
        let id = client.id.to_string();
        engine.alarm(tx, AlarmKind::Refund, "client", &id, &words, now).await?;
        Ok(Heard::Decided)
    }
}
