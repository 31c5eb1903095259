//! Alarms: what people should look at. Each is told once; a *state* that was resolved and comes again is told again, a
//! *fact* is not, because it is found anew at every look at what it is about.

use crate::{
    Change, Engine,
    kernel::{internal, operations::JobError},
};
use domain::Instant;
use store::{StoreResult, Tx};

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlarmKind {
    /// Stripe has a word for a subscription that we do not act on (ST1).
    StripeStatus,
    /// A subscription is active at Stripe and its first invoice is not paid (SU6).
    ActiveWithoutPaidInvoice,
    /// A subscription is past due at Stripe that was never paid for.
    PastDueBeforeFirstPayment,
    /// A subscription has a price at Stripe that is not its pack's (PC5).
    ForeignPrice,
    /// A subscription at Stripe says that it is ours and is not (WH5).
    ForeignSubscription,
    /// A subscription goes on at Stripe whose row has ended here.
    AliveAfterEnd,
    /// Stripe refuses our key.
    KeyRefused,
    /// A job will not be tried again (WH7).
    JobDead,
    /// Memberships of our own vendor did not follow from the roles (TP2).
    MembershipDrift,
    /// A period has other bounds at Stripe (PD3).
    PeriodMismatch,
    /// An invoice was billed at another price than its period says (PC7).
    PriceMismatch,
    /// An invoice was billed at another amount, or in another currency, than its period says (PC7).
    AmountMismatch,
    /// Stripe could not make an invoice final: it will not be charged (§7).
    InvoiceStuck,
    /// A cardholder disputes a charge, or a dispute is lost.
    Dispute,
    /// What was to be given back did not arrive.
    RefundFailed,
    /// A subscription took its new terms late (PE5).
    MoveLate,
    /// A charge was given back (VP6).
    Refund,
    /// An invoice was paid although its pack had been given up or had ended.
    PaidAfterEnd,
    /// A mail server did not say whether it took a mail.
    MailUnknown,
}

impl AlarmKind {
    /// As it stands in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            AlarmKind::StripeStatus => "stripe_status",
            AlarmKind::ActiveWithoutPaidInvoice => "active_without_paid_invoice",
            AlarmKind::PastDueBeforeFirstPayment => "past_due_before_first_payment",
            AlarmKind::ForeignPrice | AlarmKind::PriceMismatch => "price_mismatch",
            AlarmKind::ForeignSubscription => "foreign_subscription",
            AlarmKind::AliveAfterEnd => "alive_after_end",
            AlarmKind::KeyRefused => "stripe_key_refused",
            AlarmKind::JobDead => "job_dead",
            AlarmKind::MembershipDrift => "membership_drift",
            AlarmKind::PeriodMismatch => "period_mismatch",
            AlarmKind::AmountMismatch => "amount_mismatch",
            AlarmKind::InvoiceStuck => "invoice_stuck",
            AlarmKind::Dispute => "dispute",
            AlarmKind::RefundFailed => "refund_failed",
            AlarmKind::MoveLate => "move_late",
            AlarmKind::Refund => "refund",
            AlarmKind::PaidAfterEnd => "paid_after_end",
            AlarmKind::MailUnknown => "mail_unknown",
        }
    }

    /// Whether it is a state, which may come again after somebody has looked after it.
    fn again(self) -> bool {
        match self {
            AlarmKind::StripeStatus
            | AlarmKind::ActiveWithoutPaidInvoice
            | AlarmKind::PastDueBeforeFirstPayment
            | AlarmKind::ForeignPrice
            | AlarmKind::AliveAfterEnd
            | AlarmKind::KeyRefused
            | AlarmKind::JobDead
            | AlarmKind::MembershipDrift => true,
            AlarmKind::ForeignSubscription
            | AlarmKind::PeriodMismatch
            | AlarmKind::PriceMismatch
            | AlarmKind::AmountMismatch
            | AlarmKind::InvoiceStuck
            | AlarmKind::Dispute
            | AlarmKind::RefundFailed
            | AlarmKind::MoveLate
            | AlarmKind::Refund
            | AlarmKind::PaidAfterEnd
            | AlarmKind::MailUnknown => false,
        }
    }
}

impl Engine {
    /// Writes an alarm for staff in the transaction of what it is about. `true`: it is new, or is told again.
    pub(crate) async fn alarm(
        &self,
        tx: &mut Tx,
        kind: AlarmKind,
        entity: &str,
        entity_id: &str,
        detail: &str,
        now: Instant,
    ) -> StoreResult<bool> {
        let id = self.new_id::<uuid::Uuid>().to_string();
        let word = kind.word();
        // A state is one for its thing, whatever its words; each fact is one of its own.
        let key = if kind.again() {
            format!("{word}:{entity_id}")
        } else {
            format!("{word}:{entity_id}:{detail}")
        };
        let told = store::log::raise_alarm(tx, &id, word, entity, entity_id, detail, &key, kind.again(), now).await?;
        if told {
            tracing::warn!(
                alarm.kind = word,
                alarm.entity = entity,
                alarm.entity_id = entity_id,
                alarm.detail = detail,
                "alarm"
            );
        }
        Ok(told)
    }

    /// The same in a transaction of its own.
    pub(crate) async fn raise(
        &self,
        kind: AlarmKind,
        entity: &str,
        entity_id: &str,
        detail: &str,
    ) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let now = self.now();
        let told = self.alarm(&mut tx, kind, entity, entity_id, detail, now).await?;
        self.commit(tx, Change::of_staff().filter(|_| told))
            .await
            .map_err(|e| JobError::Dead(internal(e).code().into()))
    }
}
