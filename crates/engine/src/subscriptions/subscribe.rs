//! Subscribing (§5): the click, the first charge, and giving up what was never paid.

use super::jobs::NextSubscribe;
use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{audit, forms::Pressed, internal, jobs::enqueue},
    subscriptions::{jobs::Job, leases::of_subscription, periods::open_period},
};
use domain::{
    AppError, AppResult, Capability, Cents, PackId, PeriodPayment, Rail, SubscriptionId, SubscriptionStatus,
    subscriptions::{EndReason, Slot},
};
use store::{
    billing, catalogue,
    log::AuditEntry,
    subscriptions::{self, SubscriptionRow},
};

/// SU3, SU9: hours that an unpaid first charge is waited for.
pub const FIRST_CHARGE_HOURS: i64 = 23;

/// What Subscribe is pressed with (SU1).
#[derive(Debug, Clone)]
pub struct Subscribe {
    /// The pack.
    pub pack_id: PackId,
    /// One for each opened form: pressing twice is pressing once (invariant 7).
    pub form_key: String,
    /// The price that was on the screen.
    pub expected_price: Cents,
}

impl Engine {
    /// SU1, SU2, SU7: writes the subscription and what follows from it; the answer is where to look at it. On the
    /// royalties rail it is active at once; on the stripe rail its first charge is a job.
    ///
    /// # Errors
    /// SU1's, in its order.
    pub async fn subscribe(&self, caller: &Caller, input: Subscribe) -> AppResult<SubscriptionId> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        let mut tx = self.db().write().await.or_internal()?;
        let said = (input.pack_id, input.expected_price);
        let claimed = match self.press(&mut tx, caller, "subscribe", &input.form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(id) => return Ok(id),
        };
        let now = self.now();
        let terms = catalogue::newest_terms(&mut tx, input.pack_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if !terms.visible || terms.archived_at.is_some() {
            return Err(AppError::PackUnavailable);
        }
        if terms.price_cents != input.expected_price {
            return Err(AppError::PriceChanged {
                price: terms.price_cents.brief(terms.currency),
            });
        }
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if client.closed_at.is_some() {
            return Err(AppError::Forbidden);
        }
        let debt = subscriptions::open_pack_debt(&mut tx, client_id).await.or_internal()?;
        if debt > Cents::ZERO {
            return Err(AppError::BalanceDue {
                amount: debt.brief(terms.currency),
            });
        }
        if let Some(held) = subscriptions::lock_slot(&mut tx, client_id, &Slot::of_service(terms.service_id))
            .await
            .or_internal()?
        {
            if held.status != SubscriptionStatus::Incomplete {
                let label = catalogue::terms(&mut tx, held.pack_version_id)
                    .await
                    .or_internal()?
                    .map_or_else(String::new, |t| t.label());
                return Err(AppError::PackAlreadyActive {
                    label,
                    subscription_id: held.id.to_string(),
                });
            }
            if held.pack_id != input.pack_id {
                // SU9: the other pack gives way, after a last look at Stripe; the new one begins when it has.
                let job = Job::GiveUpSubscription {
                    subscription_id: held.id,
                    reason: EndReason::Replaced.to_string(),
                    then: Some(next_of(&input, caller)),
                };
                enqueue(&mut tx, now, now, &job).await?;
            }
            // The same pack: pressing again continues the same first charge (SU4).
            claimed.done(&mut tx, &held.id).await?;
            self.commit(tx, Change::of_client(client_id)).await?;
            return Ok(held.id);
        }
        let rail = client.payment_type.rail();
        let mut row = SubscriptionRow {
            id: self.new_id(),
            client_id,
            pack_id: terms.pack_id,
            pack_version_id: terms.pack_version_id,
            service_id: terms.service_id,
            currency: terms.currency,
            rail,
            status: SubscriptionStatus::Incomplete,
            end_reason: None,
            stripe_subscription_id: None,
            stripe_status: None,
            first_invoice_id: None,
            payment_url: None,
            payment_problem: None,
            payment_message: None,
            anchor_at: None,
            cancel_at: None,
            cancel_state: None,
            canceled_by: None,
            cancel_reason: None,
            grace_period_ends_at: None,
            grace_invoice_id: None,
            move_to_version_id: None,
            move_told_at: None,
            move_applies_at: None,
            vendor_assignee_id: None,
            created_at: now,
            created_by: Some(caller.user_id),
            activated_at: None,
            ended_at: None,
            row_version: 0,
        };
        if rail == Rail::Royalties {
            row.status = SubscriptionStatus::Active;
            row.anchor_at = Some(now.whole_second());
            row.activated_at = Some(now);
        }
        let already = || AppError::PackAlreadyActive {
            label: terms.label(),
            subscription_id: String::new(),
        };
        subscriptions::insert(&mut tx, &row)
            .await
            .on_constraint("subscriptions_one_live", already)?;
        match rail {
            Rail::Royalties => {
                let anchor = now.whole_second();
                let span = domain::subscriptions::period::period(anchor, 1)
                    .ok_or_else(|| internal("a period beyond the calendar"))?;
                open_period(
                    &mut tx,
                    self,
                    &row,
                    &terms,
                    1,
                    span,
                    PeriodPayment::RoyaltyDue,
                    None,
                    now,
                )
                .await?;
                self.tell_subscribed(
                    &mut tx,
                    &row,
                    &terms.label(),
                    terms.price_cents.show(terms.currency),
                    span,
                    now,
                )
                .await?;
            }
            Rail::Stripe => {
                enqueue(
                    &mut tx,
                    now,
                    now,
                    &Job::StartSubscription {
                        subscription_id: row.id,
                    },
                )
                .await?;
                let give_up = Job::GiveUpSubscription {
                    subscription_id: row.id,
                    reason: EndReason::IncompleteExpired.to_string(),
                    then: None,
                };
                enqueue(&mut tx, now, now.plus_hours(FIRST_CHARGE_HOURS), &give_up).await?;
            }
        }
        let (id, actor) = (row.id.to_string(), caller.actor());
        let after = serde_json::json!({ "pack": terms.label(), "price_cents": terms.price_cents, "rail": rail, "client_id": client_id }).to_string();
        audit(
            &mut tx,
            self,
            now,
            AuditEntry {
                actor: &actor,
                action: "subscription.requested",
                entity: "subscription",
                entity_id: &id,
                before: None,
                after: Some(&after),
            },
        )
        .await?;
        store::log::outbox(
            &mut tx,
            &self.new_id::<uuid::Uuid>().to_string(),
            "subscription.requested",
            &after,
            &format!("subscription.requested:{id}"),
            now,
        )
        .await
        .or_internal()?;
        claimed.done(&mut tx, &row.id).await?;
        self.commit(tx, Change::of_client(client_id)).await?;
        Ok(row.id)
    }

    /// SU3 *Try another card*, SU4 *Finish payment*: looks again, and pays the same first invoice with the card that is
    /// on file now. Pressing it twice within one look is pressing it once.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign subscription.
    pub async fn retry_first_payment(&self, caller: &Caller, id: SubscriptionId, form_key: &str) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let mut tx = self.db().write().await.or_internal()?;
        let what = format!("retry:{id}");
        let claimed = match self.press(&mut tx, caller, &what, form_key, &()).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let now = self.now();
        let row = subscriptions::lock(&mut tx, id)
            .await
            .or_internal()?
            .filter(|r| Some(r.client_id) == caller.client_id)
            .ok_or(AppError::NotFound)?;
        if row.status == SubscriptionStatus::Incomplete && row.rail == Rail::Stripe {
            let job = if row.first_invoice_id.is_some() {
                Job::PayFirstInvoice {
                    subscription_id: id,
                    attempt: form_key.to_owned(),
                }
            } else {
                Job::StartSubscription { subscription_id: id }
            };
            enqueue(&mut tx, now, now, &job).await?;
        }
        claimed.done(&mut tx, &()).await?;
        self.commit(tx, Change::of_client(row.client_id)).await
    }

    /// SU6: the poll of the page that a client returns to. Looks at Stripe again unless that was done just now; the page
    /// asks again by itself.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign subscription.
    pub async fn look_again(&self, caller: &Caller, id: SubscriptionId) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = subscriptions::by_id(&mut tx, id)
            .await
            .or_internal()?
            .filter(|r| Some(r.client_id) == caller.client_id)
            .ok_or(AppError::NotFound)?;
        drop(tx);
        if row.status == SubscriptionStatus::Incomplete && row.rail == Rail::Stripe {
            let job = Job::SyncSubscription { subscription_id: id };
            self.look_for_page(&of_subscription(id), &job).await?;
        }
        Ok(())
    }
}
fn next_of(input: &Subscribe, caller: &Caller) -> NextSubscribe {
    NextSubscribe {
        caller: caller.clone(),
        pack_id: input.pack_id,
        form_key: input.form_key.clone(),
        expected_price: input.expected_price,
    }
}
