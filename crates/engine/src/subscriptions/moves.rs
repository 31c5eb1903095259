//! PE5: moving existing subscribers to a pack's newest terms at a renewal, and keeping price and end at Stripe in line with
//! what our rows say (PC5, PC6, UN5).
//!
//! The move stands on the subscription until it is made or taken back. The client is told at once; the first boundary at
//! least a week later takes the new terms. On the stripe rail the price there is swapped only once that boundary is the
//! next one, so that no renewal before it bills the new price, and a boundary takes the new terms only when Stripe has
//! confirmed the price for it.

use super::terms::{save, take_terms, terms_of};
use crate::{
    Caller, Change, Engine, OnConstraint,
    allowance::price::beyond_price,
    kernel::{
        alarms::AlarmKind,
        audit, internal,
        jobs::enqueue,
        mail::Mail,
        operations::{JobError, Operation},
        ports::{Invoice, Subscription, SubscriptionChange},
    },
    subscriptions::{jobs::Job, periods::ensure_period},
};
use domain::{
    AppError, AppResult, Capability, Instant, PackId, Rail, SubscriptionId,
    notices::NoticeKind,
    subscriptions::{
        CancelState,
        moving::{price_moves, quiet},
    },
};
use store::{
    Tx,
    catalogue::{self, TermsRow},
    log::AuditEntry,
    subscriptions::{self, PeriodRow, SubscriptionRow},
};

/// The kind of the operations that set a subscription's price.
const PRICE_OPERATION: &str = "subscription.price";

/// How often settling is begun again because somebody changed the row while we asked.
const TRIES: usize = 4;

/// Minutes after a boundary until Stripe has surely renewed.
const RENEWED_MINUTES: i64 = 5;

impl Engine {
    /// One subscription that was set to move just now: the client is told, unless it is set to end (then nothing
    /// happens until it resumes), and the price at Stripe follows.
    pub(crate) async fn begin_move(&self, tx: &mut Tx, id: SubscriptionId, now: Instant) -> AppResult<()> {
        let Some(mut row) = subscriptions::lock(tx, id).await.or_internal()? else {
            return Ok(());
        };
        if row.cancel_at.is_none() {
            self.tell_of_move(tx, &mut row, now).await?;
            save(tx, &mut row, now).await?;
        }
        self.settle_soon(tx, &row, now).await
    }

    pub(super) async fn settle_soon(&self, tx: &mut Tx, row: &SubscriptionRow, now: Instant) -> AppResult<()> {
        if row.rail == Rail::Stripe {
            let job = Job::SettleTerms {
                subscription_id: row.id,
            };
            enqueue(tx, now, now, &job).await?;
        }
        Ok(())
    }

    /// Tells the client of its move and starts its week. The caller saves the row.
    pub(crate) async fn tell_of_move(&self, tx: &mut Tx, row: &mut SubscriptionRow, now: Instant) -> AppResult<()> {
        let Some(to) = row.move_to_version_id else {
            return Ok(());
        };
        row.move_told_at = Some(now);
        let from = row.moves_at().ok_or_else(|| internal("a move of what has no anchor"))?;
        if row.rail == Rail::Royalties {
            row.move_applies_at = Some(from);
        }
        let (old, new) = (terms_of(tx, row.pack_version_id).await?, terms_of(tx, to).await?);
        let at = self.zone().show(from);
        let mut paragraphs = Vec::new();
        if new.price_cents != old.price_cents {
            paragraphs.push(price_moves(
                &at,
                &new.label(),
                old.price_cents,
                new.price_cents,
                new.currency,
            ));
        }
        let own = store::catalogue::own_price(tx, row.client_id, row.service_id)
            .await
            .or_internal()?;
        let beyond = |t: &TermsRow| beyond_price(t.overage_price_cents, own, t.service_price_cents);
        if beyond(&new) != beyond(&old) {
            paragraphs.push(format!(
                "From {at}, each extra {} with your {} pack costs {} instead of {}.",
                new.unit_singular,
                new.label(),
                beyond(&new).show(new.currency),
                beyond(&old).show(old.currency)
            ));
        }
        if paragraphs.is_empty() {
            // Only what the vendor gets has changed.
            return Ok(());
        }
        paragraphs.push("Nothing changes in your current period.".into());
        let mail = Mail {
            subject: format!(
                "Price change for your {} pack from {}",
                new.label(),
                self.zone().show_date(from)
            ),
            paragraphs,
            action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
            ..Mail::default()
        };
        self.tell_owners(
            tx,
            row,
            (NoticeKind::Pack, &format!("move:{}:{to}:{}", row.id, now.0)),
            &mail,
            now,
        )
        .await
    }

    /// Takes one move back; the client is told that nothing changes. `false`: it has none (any more).
    ///
    /// # Errors
    /// [`AppError::PackChangeTooLate`] in the last minutes before the renewal that it holds from.
    pub(crate) async fn take_move_back(&self, tx: &mut Tx, id: SubscriptionId, now: Instant) -> AppResult<bool> {
        let Some(mut row) = subscriptions::lock(tx, id).await.or_internal()? else {
            return Ok(false);
        };
        // A boundary that has passed meanwhile is crossed first: what it took stays taken.
        ensure_period(tx, self, &mut row, now).await?;
        let Some(to) = row.move_to_version_id else {
            return Ok(false);
        };
        if let Some(at) = row.move_applies_at.filter(|at| quiet(*at, now)) {
            return Err(AppError::PackChangeTooLate {
                renewal: self.zone().show_short(at),
            });
        }
        let told = row.move_told_at.take();
        row.drop_move();
        save(tx, &mut row, now).await?;
        self.settle_soon(tx, &row, now).await?;
        let (old, new) = (terms_of(tx, row.pack_version_id).await?, terms_of(tx, to).await?);
        if let Some(told) = told.filter(|_| new.price_cents != old.price_cents) {
            let mail = Mail {
                subject: format!(
                    "Your {} pack stays at {}",
                    old.label(),
                    old.price_cents.show(old.currency)
                ),
                paragraphs: vec![format!(
                    "We've withdrawn the new price. Your {} pack still costs {} a month.",
                    old.label(),
                    old.price_cents.show(old.currency)
                )],
                action: Some(("View your pack".into(), format!("/payment/packs/{}", row.id))),
                ..Mail::default()
            };
            self.tell_owners(
                tx,
                &row,
                (NoticeKind::Pack, &format!("move_back:{}:{to}:{}", row.id, told.0)),
                &mail,
                now,
            )
            .await?;
        }
        Ok(true)
    }

    /// PE5: takes the move of one subscription back; only an admin can. The pack that it is of.
    ///
    /// # Errors
    /// [`AppError::NotFound`]; [`AppError::PackChangeTooLate`] in the last minutes before its renewal.
    pub async fn withdraw_move(&self, caller: &Caller, id: SubscriptionId) -> AppResult<PackId> {
        caller.require(Capability::ManageCatalogue)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let row = subscriptions::by_id(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if self.take_move_back(&mut tx, id, now).await? {
            let before = serde_json::json!({ "move_to_version_id": row.move_to_version_id }).to_string();
            let entry = AuditEntry {
                actor: &caller.actor(),
                action: "subscription.move_withdrawn",
                entity: "subscription",
                entity_id: &id.to_string(),
                before: Some(&before),
                after: None,
            };
            audit(&mut tx, self, now, entry).await?;
        }
        self.commit(tx, Change::of_client(row.client_id)).await?;
        Ok(row.pack_id)
    }

    /// Whether the price at Stripe, or what we know of it, is not what the next renewal is to bill.
    pub(crate) async fn terms_differ(
        &self,
        tx: &mut Tx,
        row: &SubscriptionRow,
        there: &Subscription,
    ) -> Result<bool, JobError> {
        let due = row.terms_at(there.current_period_end);
        let price = catalogue::terms(tx, due).await?.and_then(|t| t.stripe_price_id);
        let unconfirmed = due != row.pack_version_id && row.move_applies_at.is_none();
        Ok(unconfirmed || price.as_deref() != Some(there.price.as_str()))
    }

    /// The job that keeps price and end at Stripe in line with our rows: swaps the price when the next renewal is the one from
    /// which a move holds, sets it back when the move was withdrawn or put off, and says that a pack ends or goes on (UN2). Safe
    /// to run any number of times.
    pub(crate) async fn settle_terms(&self, id: SubscriptionId) -> Result<(), JobError> {
        for _ in 0..TRIES {
            let mut tx = self.db().write().await?;
            let now = self.now();
            let Some(mut row) = subscriptions::lock(&mut tx, id).await? else {
                return Ok(());
            };
            ensure_period(&mut tx, self, &mut row, now).await?;
            self.commit(tx, None).await?;
            let runs = row.status.has_benefits();
            let Some(stripe_id) = row
                .stripe_subscription_id
                .clone()
                .filter(|_| runs || row.cancel_state.is_some())
            else {
                return Ok(());
            };
            let there = self.look(self.gateway().subscription(&stripe_id)).await?;
            if !runs || left_behind(&row, &there) {
                // Here it is over, and the provider has not heard of it, or of its taking back, in time.
                return self.end_there(&row, &there).await;
            }
            if there.ended_at.is_some() {
                return Ok(());
            }
            let boundary = there.current_period_end;
            if boundary <= now && row.cancel_at.is_some_and(|end| end > boundary) {
                // It has not renewed there yet: an end said now would be that of the period before.
                return self.settle_after(id, boundary).await;
            }
            let still = quiet(boundary, now);
            if still && row.cancel_state.is_none() {
                return self.settle_after(id, boundary).await;
            }
            let due = row.terms_at(boundary);
            // The price is left alone so near to the boundary; an end is not (UN2).
            let price = match still {
                true => there.price.clone(),
                false => self.ensure_price(due).await?,
            };
            let mut change = change_of(&row, &there, &price);
            if agrees(&there, &change) {
                // A call that was cut off before its answer came had done its work.
                self.settle_seen(&id.to_string(), PRICE_OPERATION, &change, &stripe_id)
                    .await?;
            } else {
                let mut tx = self.db().read().await?;
                let known = catalogue::version_of_price(&mut tx, &there.price).await?;
                drop(tx);
                if there.price != price && known.is_none_or(|t| t.pack_id != row.pack_id) {
                    // Somebody else's price: people decide. An end that was asked for does not wait for them.
                    let detail = format!("{} at Stripe, {price} here", there.price);
                    self.raise(AlarmKind::ForeignPrice, "subscription", &id.to_string(), &detail)
                        .await?;
                    if row.cancel_state.is_none() {
                        return Ok(());
                    }
                    change.price = None;
                }
                let changed = self.change_there(&row, &there, &change).await?;
                if !agrees(&changed, &change) {
                    return Err(JobError::Later("it did not become what was asked for".into()));
                }
                if changed.current_period_end != boundary {
                    // It renewed on the way: the next round sees what was billed.
                    continue;
                }
            }
            let mut tx = self.db().write().await?;
            let Some(mut held) = subscriptions::lock(&mut tx, id).await? else {
                return Ok(());
            };
            if held.row_version != row.row_version {
                continue;
            }
            if let Some(state) = held.cancel_state.take() {
                // UN2: the provider says so too. With the end, what the next renewal bills may be another thing.
                if state == CancelState::Resuming {
                    held.drop_end();
                }
                save(&mut tx, &mut held, now).await?;
                if state == CancelState::Resuming {
                    self.goes_on(&mut tx, &mut held, now).await?;
                }
                self.commit(tx, Change::of_client(row.client_id)).await?;
                continue;
            }
            let applies_at = (due != held.pack_version_id).then_some(boundary);
            let changed = held.move_applies_at != applies_at;
            if changed {
                held.move_applies_at = applies_at;
                save(&mut tx, &mut held, now).await?;
            }
            self.commit(tx, Change::of_client(row.client_id).filter(|_| changed))
                .await?;
            if applies_at.is_none() && held.move_told_at.is_some() && held.cancel_at.is_none() {
                // The next renewal comes too soon after the mail; the one after it will do.
                return self.settle_after(id, boundary).await;
            }
            return Ok(());
        }
        Err(JobError::Later("the row kept changing".into()))
    }

    /// Settles again once a boundary is behind.
    async fn settle_after(&self, id: SubscriptionId, boundary: Instant) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let now = self.now();
        let at = boundary.plus_minutes(RENEWED_MINUTES).max(now.plus_minutes(1));
        enqueue(&mut tx, now, at, &Job::SettleTerms { subscription_id: id }).await?;
        Ok(self.commit(tx, None).await?)
    }

    /// Changes the price, the end or both in one call (UN5), keyed and written down before it is sent.
    pub(crate) async fn change_there(
        &self,
        row: &SubscriptionRow,
        there: &Subscription,
        change: &SubscriptionChange,
    ) -> Result<Subscription, JobError> {
        let entity = row.id.to_string();
        let op = Operation {
            key: format!("packsub:{entity}:change"),
            kind: PRICE_OPERATION,
            entity_id: entity,
            client_id: Some(row.client_id),
        };
        let id = &there.id;
        self.bring_about(
            op,
            change,
            |key| async move { self.gateway().change_subscription(&key, id, change).await },
            |_| async move {
                let now = self.look(self.gateway().subscription(id)).await?;
                Ok(agrees(&now, change).then_some(now))
            },
            |s: &Subscription| s.id.clone(),
        )
        .await
    }

    /// PC7: a renewal that was billed at another price than its period says. The period takes the invoiced version while
    /// nothing of it is used; otherwise people decide. `true`: something was written.
    pub(crate) async fn match_terms(
        &self,
        tx: &mut Tx,
        row: &mut SubscriptionRow,
        period: &PeriodRow,
        invoice: &Invoice,
        now: Instant,
    ) -> Result<bool, JobError> {
        let (Some(billed), Some(ours)) = (&invoice.line_price, catalogue::terms(tx, period.pack_version_id).await?)
        else {
            return Ok(false);
        };
        if ours.stripe_price_id.as_ref() == Some(billed) {
            return Ok(false);
        }
        let latest = subscriptions::latest_period(tx, row.id)
            .await?
            .is_some_and(|p| p.id == period.id);
        let version = catalogue::version_of_price(tx, billed)
            .await?
            .filter(|v| v.pack_id == row.pack_id && latest);
        let taken = match &version {
            Some(version) => subscriptions::set_period_terms(tx, period.id, version).await?,
            None => false,
        };
        let Some(version) = version.filter(|_| taken) else {
            let detail = format!("{}: billed {billed}", period.seq);
            return Ok(self
                .alarm(tx, AlarmKind::PriceMismatch, "invoice", &invoice.id, &detail, now)
                .await?);
        };
        if row.move_to_version_id != Some(version.pack_version_id) {
            // Not a swap whose answer came late: somebody should know why.
            let detail = format!("{}: billed {billed}, and took it", period.seq);
            self.alarm(tx, AlarmKind::PriceMismatch, "invoice", &invoice.id, &detail, now)
                .await?;
        }
        take_terms(tx, self, row, version.pack_version_id, now).await?;
        Ok(true)
    }
}

/// What the provider's subscription is to be: on a price, and ending with its period or not where that was asked for here.
fn change_of(row: &SubscriptionRow, there: &Subscription, price: &str) -> SubscriptionChange {
    SubscriptionChange {
        price: Some((there.item_id.clone(), price.to_owned())),
        cancel_at_period_end: row.cancel_state.map(|state| state == CancelState::Requested),
        ..Default::default()
    }
}

/// Whether it stands there as it is to be. An end at another time than its period's is none that was asked for here.
fn agrees(there: &Subscription, change: &SubscriptionChange) -> bool {
    let with_period = there.cancel_at.is_some_and(|at| at <= there.current_period_end);
    let ends = match change.cancel_at_period_end {
        Some(true) => there.cancel_at_period_end || with_period,
        _ => there.cancel_at_period_end || there.cancel_at.is_some(),
    };
    change.price.as_ref().is_none_or(|(_, price)| *price == there.price)
        && change.cancel_at_period_end.is_none_or(|end| end == ends)
}

/// UN2: somebody left in time, and the provider has gone beyond that.
fn left_behind(row: &SubscriptionRow, there: &Subscription) -> bool {
    let beyond = row.cancel_at.is_some_and(|end| end <= there.current_period_start);
    beyond && row.cancel_state == Some(CancelState::Requested)
}
