//! §13: *Unsubscribe* and *Resume*. Two commands, each of which may be pressed again: what was asked for stands here before the
//! provider hears of it, and the job that keeps the two in line tells it (`moves`).

use super::terms::{save, terms_of};
use crate::{
    Caller, Change, Engine, OnConstraint,
    billing::leases,
    kernel::{audit, internal, mail::Mail, operations::JobError, ports::Subscription},
    subscriptions::periods::ensure_period,
};
use domain::{
    AppError, AppResult, Capability, Instant, Rail, SubscriptionId, SubscriptionStatus,
    notices::NoticeKind,
    subscriptions::{CancelState, LeaveReason, leaves, leaves_at},
};
use store::{
    Tx,
    log::AuditEntry,
    people::recipients,
    subscriptions::{self, SubscriptionRow},
};

impl Engine {
    /// UN1, UN2 *Unsubscribe*: the pack ends with its current period; until then nothing changes (UN3). When it ends. Pressed
    /// again it answers the same.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign one; [`AppError::PackEnded`]; [`AppError::Stale`] for what has no period to end with.
    pub async fn unsubscribe(
        &self,
        caller: &Caller,
        id: SubscriptionId,
        reason: Option<LeaveReason>,
    ) -> AppResult<Instant> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let mut row = self.own_for_end(&mut tx, caller, id).await?;
        let period = ensure_period(&mut tx, self, &mut row, now).await?;
        let Some(at) = leaves_at(row.status, period.map(|period| period.ends_at)) else {
            return Err(self.ended(&row));
        };
        // An end that somebody has set for later at the provider is not the one that is asked for now.
        if leaves(row.cancel_at, row.cancel_state) && row.cancel_at.is_some_and(|end| end <= at) {
            self.settle_again(&mut tx, &row, now).await?;
            self.commit(tx, None).await?;
            return Ok(at);
        }
        row.cancel_at = Some(at);
        row.cancel_state = (row.rail == Rail::Stripe).then_some(CancelState::Requested);
        row.canceled_by = Some(caller.user_id);
        row.cancel_reason = reason;
        let after = serde_json::json!({ "cancel_at": at.rfc3339(), "reason": reason });
        self.end_changed(&mut tx, caller, &mut row, "subscription.unsubscribed", &after, now)
            .await?;
        self.tell_leaving(&mut tx, &row, at, now).await?;
        self.commit(tx, of(&row)).await?;
        Ok(at)
    }

    /// UN2 *Resume*: takes the end back. On the stripe rail it counts once the provider has confirmed it, and the page says so.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign one; [`AppError::PackEnded`] where it was too late.
    pub async fn resume(&self, caller: &Caller, id: SubscriptionId) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let mut row = self.own_for_end(&mut tx, caller, id).await?;
        ensure_period(&mut tx, self, &mut row, now).await?;
        if !row.status.has_benefits() {
            return Err(self.ended(&row));
        }
        if !leaves(row.cancel_at, row.cancel_state) {
            self.settle_again(&mut tx, &row, now).await?;
            return self.commit(tx, None).await;
        }
        match row.rail {
            Rail::Stripe => row.cancel_state = Some(CancelState::Resuming),
            Rail::Royalties => row.drop_end(),
        }
        let after = serde_json::json!({ "cancel_at": null });
        self.end_changed(&mut tx, caller, &mut row, "subscription.resumed", &after, now)
            .await?;
        if row.cancel_at.is_none() {
            self.goes_on(&mut tx, &mut row, now).await?;
        }
        self.commit(tx, of(&row)).await
    }

    /// Pressed again while the provider has not confirmed it: it is told again, should that have been given up.
    async fn settle_again(&self, tx: &mut Tx, row: &SubscriptionRow, now: Instant) -> AppResult<()> {
        match row.cancel_state {
            Some(_) => self.settle_soon(tx, row, now).await,
            None => Ok(()),
        }
    }

    /// A client's own subscription, held.
    async fn own_for_end(&self, tx: &mut Tx, caller: &Caller, id: SubscriptionId) -> AppResult<SubscriptionRow> {
        caller.require(Capability::Billing)?;
        let client = caller.client()?;
        subscriptions::lock(tx, id)
            .await
            .or_internal()?
            .filter(|row| row.client_id == client)
            .ok_or(AppError::NotFound)
    }

    /// Why nothing can be said about its end: it is over, or has no period to end with.
    fn ended(&self, row: &SubscriptionRow) -> AppError {
        match row
            .cancel_at
            .or(row.ended_at)
            .filter(|_| row.status == SubscriptionStatus::Ended)
        {
            Some(at) => AppError::PackEnded {
                day: self.zone().show_date_short(at),
            },
            None => AppError::Stale,
        }
    }

    /// Saves a row whose end was asked for or taken back, says who did it, and has the provider told.
    async fn end_changed(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        row: &mut SubscriptionRow,
        action: &str,
        after: &serde_json::Value,
        now: Instant,
    ) -> AppResult<()> {
        save(tx, row, now).await?;
        let id = row.id.to_string();
        let after = after.to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action,
            entity: "subscription",
            entity_id: &id,
            before: None,
            after: Some(&after),
        };
        audit(tx, self, now, entry).await?;
        let key = format!("{action}:{id}:{}", row.row_version);
        store::log::outbox(tx, &self.new_id::<uuid::Uuid>().to_string(), action, &after, &key, now)
            .await
            .or_internal()?;
        self.settle_soon(tx, row, now).await
    }

    /// UN2: the pack goes on. What an admin has scheduled for it meanwhile is told now (PE5).
    pub(super) async fn goes_on(&self, tx: &mut Tx, row: &mut SubscriptionRow, now: Instant) -> AppResult<()> {
        if row.move_to_version_id.is_some() && row.move_told_at.is_none() {
            self.tell_of_move(tx, row, now).await?;
            save(tx, row, now).await?;
        }
        let terms = terms_of(tx, row.pack_version_id).await?;
        let period = subscriptions::latest_period(tx, row.id).await.or_internal()?;
        let renews = period.map_or_else(String::new, |period| {
            format!(" It renews {}.", self.zone().show(period.ends_at))
        });
        let mail = Mail {
            subject: format!("Your {} pack goes on", terms.label()),
            paragraphs: vec![format!("You resumed your {} pack.{renews}", terms.label())],
            action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        let key = format!("resumed:{}:{}", row.id, row.row_version);
        self.tell_owners(tx, row, (NoticeKind::Pack, &key), &mail, now).await?;
        self.tell_agency(tx, row, &format!("resumed their {} pack", terms.label()), &key, now)
            .await?;
        for follower in self.followers() {
            follower.leaving(tx, self, row, None, now).await?;
        }
        Ok(())
    }

    /// UN1, UN8: the owners of the account, the agency's admins and whoever does the work are told of an end.
    async fn tell_leaving(&self, tx: &mut Tx, row: &SubscriptionRow, at: Instant, now: Instant) -> AppResult<()> {
        let terms = terms_of(tx, row.pack_version_id).await?;
        let mut paragraphs = vec![format!(
            "Your {} pack ends {}. Until then, nothing changes.",
            terms.label(),
            self.zone().show(at)
        )];
        if row.status == SubscriptionStatus::PastDue {
            paragraphs.push("The open invoice for this period is still to be paid.".into());
        }
        paragraphs.push("Changed your mind? You can resume it until it ends.".into());
        let mail = Mail {
            subject: format!("Your {} pack ends {}", terms.label(), self.zone().show_date_short(at)),
            paragraphs,
            action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        let key = format!("unsubscribed:{}:{}", row.id, row.row_version);
        self.tell_owners(tx, row, (NoticeKind::Pack, &key), &mail, now).await?;
        let what = format!(
            "unsubscribed from {}, which ends {}",
            terms.label(),
            self.zone().show_date_short(at)
        );
        self.tell_agency(tx, row, &what, &key, now).await?;
        for follower in self.followers() {
            follower.leaving(tx, self, row, Some(at), now).await?;
        }
        Ok(())
    }

    /// §24: what was left has ended.
    pub(super) async fn tell_ended(&self, tx: &mut Tx, row: &SubscriptionRow, now: Instant) -> AppResult<()> {
        let terms = terms_of(tx, row.pack_version_id).await?;
        let mail = Mail {
            subject: format!("Your {} pack has ended", terms.label()),
            paragraphs: vec![
                "We finish the requests that you have sent.".into(),
                "You can subscribe again at any time.".into(),
            ],
            action: Some(("See monthly packs".into(), "/services/packs".into())),
            ..Mail::default()
        };
        let key = format!("ended:{}", row.id);
        self.tell_owners(tx, row, (NoticeKind::Pack, &key), &mail, now).await
    }

    /// UN8: what a client did, for the admins.
    async fn tell_agency(
        &self,
        tx: &mut Tx,
        row: &SubscriptionRow,
        what: &str,
        key: &str,
        now: Instant,
    ) -> AppResult<()> {
        let client = store::billing::client(tx, row.client_id)
            .await
            .or_internal()?
            .ok_or_else(|| internal("no client"))?;
        let mail = Mail {
            subject: format!("{} {what}", client.name),
            paragraphs: vec![format!("{} {what}.", client.name)],
            action: Some(("View client".into(), format!("/admin/clients/{}", row.client_id))),
            ..Mail::default()
        };
        let admins = recipients::admins(tx).await.or_internal()?;
        self.notify_by_mail(tx, now, (NoticeKind::Pack, &format!("{key}:agency")), &mail, &admins)
            .await
    }

    /// UN2: the provider has renewed, or goes on, although it is over here: it ends there at once, and everything that was billed
    /// from its end on is taken back. Only then is it said to be confirmed; until then each run does all of it again.
    pub(super) async fn end_there(&self, row: &SubscriptionRow, there: &Subscription) -> Result<(), JobError> {
        if !there.is_over() {
            self.cancel_at_once(row, &there.id).await?;
        }
        let billed = self.look(self.gateway().invoices_of(&there.customer)).await?;
        let end = row.cancel_at;
        let after_end = billed.into_iter().filter(|invoice| {
            invoice.subscription.as_ref() == Some(&there.id)
                && invoice
                    .line_period_start
                    .zip(end)
                    .is_some_and(|(from, end)| from >= end)
        });
        for invoice in after_end {
            let object = leases::of_invoice(&invoice.id);
            self.with_lease(&object, Box::pin(self.take_bill_back(row, &invoice.id)))
                .await?;
        }
        let mut tx = self.db().write().await?;
        let now = self.now();
        if let Some(mut held) = subscriptions::lock(&mut tx, row.id).await?
            && held.cancel_state.is_some()
        {
            held.cancel_state = None;
            save(&mut tx, &mut held, now).await?;
        }
        Ok(self.commit(tx, of(row)).await?)
    }
}

/// Who sees it.
fn of(row: &SubscriptionRow) -> Option<Change> {
    Some(Change {
        client_id: Some(row.client_id),
        vendor_id: row.vendor_assignee_id,
    })
}
