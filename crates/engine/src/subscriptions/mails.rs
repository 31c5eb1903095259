//! What owners are mailed about their subscriptions (§24).

use crate::{
    Engine, OnConstraint,
    kernel::{internal, mail::Mail, ports::Invoice},
};
use domain::{AppResult, Instant, Period, PeriodId, notices::NoticeKind};
use store::{catalogue, people::recipients, subscriptions::SubscriptionRow};

impl Engine {
    /// The mail of a subscription that has begun (§24).
    pub(crate) async fn tell_subscribed(
        &self,
        tx: &mut store::Tx,
        row: &SubscriptionRow,
        label: &str,
        price: String,
        span: Period,
        now: Instant,
    ) -> AppResult<()> {
        let mail = Mail {
            subject: format!("Your {label} pack is ready"),
            paragraphs: vec![
                format!("You're subscribed to {label} for {price} a month."),
                format!("Your pack renews {}.", self.zone().show(span.end)),
            ],
            action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        self.tell_owners(
            tx,
            row,
            (NoticeKind::Pack, &format!("subscribed:{}", row.id)),
            &mail,
            now,
        )
        .await
    }

    /// GR10: the mail of a renewal, once it is paid and never before.
    pub(crate) async fn tell_renewed(
        &self,
        tx: &mut store::Tx,
        row: &SubscriptionRow,
        period: PeriodId,
        invoice: &Invoice,
        now: Instant,
    ) -> AppResult<()> {
        let terms = catalogue::terms(tx, row.pack_version_id)
            .await
            .or_internal()?
            .ok_or_else(|| internal("no terms"))?;
        let mut paragraphs = vec![format!(
            "Your {} pack renewed. We charged you {}.",
            terms.label(),
            invoice.amount_paid.show(invoice.currency)
        )];
        if let Some(until) = invoice.line_period_end {
            paragraphs.push(format!("The next renewal is {}.", self.zone().show(until)));
        }
        let mail = Mail {
            subject: format!("Your {} pack renewed", terms.label()),
            paragraphs,
            action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        self.tell_owners(tx, row, (NoticeKind::Pack, &format!("renewed:{period}")), &mail, now)
            .await
    }

    /// GR1: a renewal could not be paid, and until when the pack stays; once for each invoice.
    pub(crate) async fn tell_grace(
        &self,
        tx: &mut store::Tx,
        row: &SubscriptionRow,
        (invoice, ends): (&Invoice, Instant),
        now: Instant,
    ) -> AppResult<()> {
        let terms = catalogue::terms(tx, row.pack_version_id)
            .await
            .or_internal()?
            .ok_or_else(|| internal("no terms"))?;
        let mail = Mail {
            subject: format!("Your payment for {} failed", terms.label()),
            paragraphs: vec![
                format!(
                    "We couldn't charge {} for your {} pack.",
                    invoice.amount_remaining.show(invoice.currency),
                    terms.label()
                ),
                format!(
                    "Pay by {} to keep the pack. Until then, you can use all of its units.",
                    self.zone().show(ends)
                ),
            ],
            action: Some(("Pay now".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        let key = format!("grace:{}", invoice.id);
        self.tell_owners(tx, row, (NoticeKind::PaymentFailed, &key), &mail, now)
            .await
    }

    /// What was told of a failed payment is settled: it was paid.
    pub(crate) async fn settle_grace(&self, tx: &mut store::Tx, row: &SubscriptionRow, now: Instant) -> AppResult<()> {
        let about = format!("/payment/packs/{}", row.id);
        store::notices::settle(tx, row.client_id, (NoticeKind::PaymentFailed, &about), now)
            .await
            .or_internal()
    }

    /// Tells everybody who owns the client's account.
    pub(crate) async fn tell_owners(
        &self,
        tx: &mut store::Tx,
        row: &SubscriptionRow,
        told: (NoticeKind, &str),
        mail: &Mail,
        now: Instant,
    ) -> AppResult<()> {
        let owners = recipients::owners(tx, row.client_id).await.or_internal()?;
        self.notify_by_mail(tx, now, told, mail, &owners).await
    }
}
