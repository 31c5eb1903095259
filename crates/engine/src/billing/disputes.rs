//! Money that goes back without anybody here having said so: disputes, and refunds that fail. People decide what follows.

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
use store::Tx;

/// What events mean for money that has been paid.
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
        let text = |member: &str| happened.object[member].as_str().unwrap_or("unknown").to_owned();
        let amount = happened.amount("amount");
        let (kind, entity, words) = match (happened.kind, text("status").as_str()) {
            ("charge.dispute.created", _) => (
                AlarmKind::Dispute,
                "dispute",
                format!("{amount} of charge {} is disputed: {}", text("charge"), text("reason")),
            ),
            ("charge.dispute.closed", "lost") => (
                AlarmKind::Dispute,
                "dispute",
                format!("The dispute about {amount} of charge {} is lost", text("charge")),
            ),
            ("refund.failed", _) | ("refund.updated", "failed") => (
                AlarmKind::RefundFailed,
                "refund",
                format!(
                    "{amount} of charge {} did not reach the client: {}",
                    text("charge"),
                    text("failure_reason")
                ),
            ),
            _ => return Ok(Heard::NotMine),
        };
        engine.alarm(tx, kind, entity, happened.object_id, &words, now).await?;
        Ok(Heard::Decided)
    }
}
