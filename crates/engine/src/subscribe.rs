//! Subscribing (§5): the click, the first charge, and giving up what was never paid.

use crate::{
    Caller, Change, Engine, OnConstraint,
    core::{audit, enqueue, internal},
    jobs::Job,
    leases,
    mail::{Mail, Recipient, queue_mail},
    operations::{JobError, Operation, Outcome},
    periods::{end_subscription, open_period},
    ports::{Checkout, Invoice, NewCheckout, NewCustomer, NewPrice, NewSubscription, Subscription},
};
use domain::{
    AppError, AppResult, Capability, Cents, ClientId, Instant, PackId, PackVersionId, Period, PeriodId, PeriodPayment,
    Rail, SubscriptionId, SubscriptionStatus, subscription::EndReason,
};
use store::{
    billing::{self, CheckoutRow},
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
        let scope = format!("user:{}:subscribe", caller.user_id);
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if let Some(id) = store::log::form_result(&mut tx, &scope, &input.form_key)
            .await
            .or_internal()?
        {
            return id.parse().map_err(internal);
        }
        let terms = subscriptions::newest_terms(&mut tx, input.pack_id)
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
        if let Some(held) = subscriptions::lock_for_service(&mut tx, client_id, terms.service_id)
            .await
            .or_internal()?
        {
            if held.status != SubscriptionStatus::Incomplete {
                let label = subscriptions::terms(&mut tx, held.pack_version_id)
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
            store::log::remember_form(&mut tx, &scope, &input.form_key, &held.id.to_string(), now)
                .await
                .or_internal()?;
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
            .on_constraint("pack_subscriptions_one_live", already)?;
        match rail {
            Rail::Royalties => {
                let anchor = now.whole_second();
                let span = domain::period::period(anchor, 1).ok_or_else(|| internal("a period beyond the calendar"))?;
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
        store::log::remember_form(&mut tx, &scope, &input.form_key, &id, now)
            .await
            .or_internal()?;
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
        let now = self.now();
        let row = subscriptions::lock(&mut tx, id)
            .await
            .or_internal()?
            .filter(|r| Some(r.client_id) == caller.client_id)
            .ok_or(AppError::NotFound)?;
        if row.status == SubscriptionStatus::Incomplete && row.rail == Rail::Stripe {
            let scope = format!("subscription:{id}:retry");
            if store::log::form_result(&mut tx, &scope, form_key)
                .await
                .or_internal()?
                .is_none()
            {
                store::log::remember_form(&mut tx, &scope, form_key, "", now)
                    .await
                    .or_internal()?;
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
        }
        self.commit(tx, Change::of_client(row.client_id)).await
    }

    /// SU6: the poll of the page that a client returns to. Looks at Stripe again unless a look is already waiting.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign subscription.
    pub async fn look_again(&self, caller: &Caller, id: SubscriptionId) -> AppResult<()> {
        caller.require(Capability::ClientArea)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let row = subscriptions::by_id(&mut tx, id)
            .await
            .or_internal()?
            .filter(|r| Some(r.client_id) == caller.client_id)
            .ok_or(AppError::NotFound)?;
        if row.status == SubscriptionStatus::Incomplete && row.rail == Rail::Stripe {
            enqueue(&mut tx, now, now, &Job::SyncSubscription { subscription_id: id }).await?;
        }
        self.commit(tx, None).await
    }

    /// The job that carries a new subscription to its first charge (SU2–SU5). Safe to run any number of times.
    pub(crate) async fn start_subscription(&self, id: SubscriptionId) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let client = billing::client(&mut tx, row.client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        let sessions = billing::checkouts_of_subscription(&mut tx, id).await?;
        drop(tx);
        if row.status != SubscriptionStatus::Incomplete || row.stripe_subscription_id.is_some() {
            return self.sync_subscription(id).await;
        }
        let customer = self.ensure_customer(row.client_id).await?;
        let price = self.ensure_price(row.pack_version_id).await?;
        let new = NewSubscription {
            customer: customer.clone(),
            price,
            pack_subscription_id: id.to_string(),
            client_id: row.client_id.to_string(),
            pack_version_id: row.pack_version_id.to_string(),
        };
        // A client that was sent to Checkout stays there: the card may be given on that page at this very moment, and a
        // direct charge beside it would be a second subscription.
        if client.card_payment_method_id.is_some() && sessions.is_empty() {
            let subscription = self.create_subscription(&row, &new).await?;
            self.link_subscription(id, &subscription.id).await?;
        } else {
            self.open_checkout(&row, new, &sessions).await?;
        }
        self.sync_subscription(id).await
    }

    async fn create_subscription(
        &self,
        row: &SubscriptionRow,
        new: &NewSubscription,
    ) -> Result<Subscription, JobError> {
        let entity = row.id.to_string();
        let mut tx = self.db().read().await?;
        let tries = billing::count_operations(&mut tx, &entity, "subscription.create").await?;
        drop(tx);
        // The key is SU2's; only after a stored failure or a day of silence there is a next one, and only after a look.
        let key = |n: i64| {
            if n <= 1 {
                format!("packsub:{entity}:create")
            } else {
                format!("packsub:{entity}:create:{n}")
            }
        };
        let mut n = tries.max(1);
        for _ in 0..3 {
            let op = Operation {
                key: key(n),
                kind: "subscription.create",
                entity_id: entity.clone(),
                client_id: Some(row.client_id),
            };
            match self
                .operate(
                    op,
                    new,
                    |key| async move { self.gateway().create_subscription(&key, new).await },
                    |s: &Subscription| s.id.clone(),
                )
                .await?
            {
                Outcome::Done(subscription) => return Ok(subscription),
                Outcome::Was(id) => return self.look(self.gateway().subscription(&id)).await,
                Outcome::TooOld | Outcome::Failed => {
                    if let Some(found) = self.find_subscription(&new.customer, row.id).await? {
                        return Ok(found);
                    }
                    n += 1;
                }
            }
        }
        Err(JobError::Later("no key of this subscription has worked yet".into()))
    }

    /// SU2's look-up: the customer's subscription whose metadata names ours.
    async fn find_subscription(&self, customer: &str, id: SubscriptionId) -> Result<Option<Subscription>, JobError> {
        let wanted = id.to_string();
        let all = self.look(self.gateway().subscriptions_of(customer)).await?;
        Ok(all
            .into_iter()
            .find(|s| s.pack_subscription_id.as_deref() == Some(&wanted)))
    }

    async fn open_checkout(
        &self,
        row: &SubscriptionRow,
        subscription: NewSubscription,
        sessions: &[CheckoutRow],
    ) -> Result<(), JobError> {
        for session in sessions.iter().filter(|s| s.state == "open") {
            let there = self.look(self.gateway().checkout(&session.id)).await?;
            if there.status == "open" && there.expires_at > self.now() {
                return Ok(());
            }
            let mut tx = self.db().write().await?;
            billing::set_checkout_state(&mut tx, &session.id, &there.status).await?;
            tx.commit().await?;
            if there.status == "complete" {
                return Ok(());
            }
        }
        let entity = row.id.to_string();
        let base = &self.settings().base_url;
        let new = NewCheckout {
            subscription,
            success_url: format!("{base}/payment/packs/{entity}?from=checkout"),
            cancel_url: format!("{base}/payment/packs/{entity}?from=cancelled"),
            expires_at: row.created_at.plus_hours(FIRST_CHARGE_HOURS).whole_second(),
        };
        let n = i64::try_from(sessions.len()).unwrap_or(i64::MAX);
        let op = Operation {
            key: format!("packsub:{entity}:checkout:{n}"),
            kind: "checkout.create",
            entity_id: entity.clone(),
            client_id: Some(row.client_id),
        };
        let outcome = self
            .operate(
                op,
                &new,
                |key| async {
                    let (key, new) = (key, &new);
                    self.gateway().create_checkout(&key, new).await
                },
                |c: &Checkout| c.id.clone(),
            )
            .await?;
        let checkout = match outcome {
            Outcome::Done(checkout) => checkout,
            Outcome::Was(id) => self.look(self.gateway().checkout(&id)).await?,
            Outcome::TooOld | Outcome::Failed => {
                let wanted = Some(entity.clone());
                let all = self
                    .look(self.gateway().checkouts_of(&new.subscription.customer))
                    .await?;
                all.into_iter()
                    .find(|c| c.pack_subscription_id == wanted && !sessions.iter().any(|s| s.id == c.id))
                    .ok_or_else(|| JobError::Dead("the hosted page could not be opened".into()))?
            }
        };
        let mut tx = self.db().write().await?;
        let now = self.now();
        let kept = CheckoutRow {
            id: checkout.id.clone(),
            client_id: row.client_id,
            subscription_id: Some(row.id),
            mode: checkout.mode.clone(),
            state: checkout.status.clone(),
            url: checkout.url.clone().unwrap_or_default(),
            expires_at: checkout.expires_at,
        };
        billing::insert_checkout(&mut tx, &kept, now).await?;
        if let Some(mut current) = subscriptions::lock(&mut tx, row.id).await?
            && current.status == SubscriptionStatus::Incomplete
        {
            current.payment_url = checkout.url;
            subscriptions::save(&mut tx, &current, now).await?;
        }
        Ok(self.commit(tx, Change::of_client(row.client_id)).await?)
    }

    pub(crate) async fn link_subscription(&self, id: SubscriptionId, stripe_id: &str) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let now = self.now();
        if let Some(mut row) = subscriptions::lock(&mut tx, id).await?
            && row.stripe_subscription_id.is_none()
        {
            row.stripe_subscription_id = Some(stripe_id.to_owned());
            subscriptions::save(&mut tx, &row, now).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The client's customer at the provider, made once.
    pub(crate) async fn ensure_customer(&self, client_id: ClientId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let client = billing::client(&mut tx, client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        drop(tx);
        match client.stripe_customer_id {
            Some(id) => Ok(id),
            None => {
                self.with_lease(&leases::of_client(client_id), Box::pin(self.make_customer(client_id)))
                    .await
            }
        }
    }

    async fn make_customer(&self, client_id: ClientId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let client = billing::client(&mut tx, client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        if let Some(id) = client.stripe_customer_id {
            return Ok(id);
        }
        let email = billing::billing_email(&mut tx, client_id).await?.unwrap_or_default();
        drop(tx);
        let new = NewCustomer {
            client_id: client_id.to_string(),
            name: client.name,
            email,
        };
        let op = Operation {
            key: format!("client:{client_id}:customer"),
            kind: "customer.create",
            entity_id: client_id.to_string(),
            client_id: Some(client_id),
        };
        let id = match self
            .operate(
                op,
                &new,
                |key| async {
                    let (key, new) = (key, &new);
                    self.gateway().create_customer(&key, new).await
                },
                |c: &crate::ports::Customer| c.id.clone(),
            )
            .await?
        {
            Outcome::Done(customer) => customer.id,
            Outcome::Was(id) => id,
            Outcome::TooOld | Outcome::Failed => {
                let found = self
                    .look(self.gateway().find_customers(&new.client_id, &new.email))
                    .await?;
                match found.into_iter().find(|c| !c.deleted) {
                    Some(customer) => customer.id,
                    None => {
                        let op = Operation {
                            key: format!("client:{client_id}:customer:2"),
                            kind: "customer.create",
                            entity_id: client_id.to_string(),
                            client_id: Some(client_id),
                        };
                        match self
                            .operate(
                                op,
                                &new,
                                |key| async {
                                    let (key, new) = (key, &new);
                                    self.gateway().create_customer(&key, new).await
                                },
                                |c: &crate::ports::Customer| c.id.clone(),
                            )
                            .await?
                        {
                            Outcome::Done(customer) => customer.id,
                            Outcome::Was(id) => id,
                            Outcome::TooOld | Outcome::Failed => {
                                return Err(JobError::Dead("the customer could not be made".into()));
                            }
                        }
                    }
                }
            }
        };
        let mut tx = self.db().write().await?;
        billing::set_customer(&mut tx, client_id, &id).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The version's price at the provider, made once, with the pack's one product (PE5).
    pub(crate) async fn ensure_price(&self, id: PackVersionId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let terms = subscriptions::terms(&mut tx, id)
            .await?
            .ok_or_else(|| JobError::Dead("no such version".into()))?;
        drop(tx);
        match terms.stripe_price_id {
            Some(price) => Ok(price),
            None => {
                self.with_lease(&leases::of_pack(terms.pack_id), Box::pin(self.make_price(id)))
                    .await
            }
        }
    }

    async fn make_price(&self, id: PackVersionId) -> Result<String, JobError> {
        let mut tx = self.db().read().await?;
        let terms = subscriptions::terms(&mut tx, id)
            .await?
            .ok_or_else(|| JobError::Dead("no such version".into()))?;
        if let Some(price) = terms.stripe_price_id {
            return Ok(price);
        }
        let known = subscriptions::product_of_pack(&mut tx, terms.pack_id).await?;
        drop(tx);
        let mut new = NewPrice {
            product_name: terms.label(),
            product: None,
            pack_version_id: id.to_string(),
            amount: terms.price_cents,
            currency: terms.currency,
        };
        let product = match known {
            Some(product) => product,
            None => {
                let op = Operation {
                    key: format!("pack:{}:product", terms.pack_id),
                    kind: "product.create",
                    entity_id: terms.pack_id.to_string(),
                    client_id: None,
                };
                // The product is the pack's, not the version's: its parameters must not change from version to version.
                let words = NewPrice {
                    pack_version_id: String::new(),
                    amount: Cents::ZERO,
                    ..new.clone()
                };
                match self
                    .operate(
                        op,
                        &words.product_name,
                        |key| async {
                            let (key, new) = (key, &words);
                            self.gateway().create_product(&key, new).await
                        },
                        Clone::clone,
                    )
                    .await?
                {
                    Outcome::Done(id) | Outcome::Was(id) => id,
                    Outcome::TooOld | Outcome::Failed => {
                        return Err(JobError::Dead("the product could not be made".into()));
                    }
                }
            }
        };
        let mut tx = self.db().write().await?;
        subscriptions::set_product(&mut tx, id, &product).await?;
        tx.commit().await?;
        new.product = Some(product);
        let op = Operation {
            key: format!("packver:{id}:price"),
            kind: "price.create",
            entity_id: id.to_string(),
            client_id: None,
        };
        let price = match self
            .operate(
                op,
                &new,
                |key| async {
                    let (key, new) = (key, &new);
                    self.gateway().create_price(&key, new).await
                },
                Clone::clone,
            )
            .await?
        {
            Outcome::Done(id) | Outcome::Was(id) => id,
            Outcome::TooOld | Outcome::Failed => return Err(JobError::Dead("the price could not be made".into())),
        };
        let mut tx = self.db().write().await?;
        subscriptions::set_price(&mut tx, id, &price).await?;
        tx.commit().await?;
        Ok(price)
    }

    /// SU3 *Try another card*: pays the same first invoice with the card on file. Paid already: nothing is sent.
    pub(crate) async fn pay_first_invoice(&self, id: SubscriptionId, attempt: &str) -> Result<(), JobError> {
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let client = billing::client(&mut tx, row.client_id)
            .await?
            .ok_or_else(|| JobError::Dead("no client".into()))?;
        drop(tx);
        let (SubscriptionStatus::Incomplete, Some(invoice), Some(card)) =
            (row.status, row.first_invoice_id, client.card_payment_method_id)
        else {
            return self.sync_subscription(id).await;
        };
        self.with_lease(
            &leases::of_invoice(&invoice),
            Box::pin(async {
                if self.look(self.gateway().invoice(&invoice)).await?.status != "open" {
                    return Ok(());
                }
                let op = Operation {
                    key: format!("packsub:{id}:first:{attempt}"),
                    kind: "invoice.pay",
                    entity_id: id.to_string(),
                    client_id: Some(row.client_id),
                };
                let params = (&invoice, &card);
                let paid = self
                    .operate(
                        op,
                        &params,
                        |key| async {
                            let (key, invoice, card) = (key, &invoice, &card);
                            self.gateway().pay_invoice(&key, invoice, Some(card), false).await
                        },
                        |i: &Invoice| i.id.clone(),
                    )
                    .await;
                match paid {
                    // A decline is an answer: the look below reads the bank's words from the invoice.
                    Ok(_) | Err(JobError::Dead(_)) => Ok(()),
                    Err(later) => Err(later),
                }
            }),
        )
        .await?;
        self.sync_subscription(id).await
    }

    /// SU9: gives up a subscription that was never paid, after a last look: paid meanwhile → it is activated instead.
    /// Before its time (23 h) only a replacement gives up.
    pub(crate) async fn give_up_subscription(
        &self,
        id: SubscriptionId,
        reason: &str,
        then: Option<NextSubscribe>,
    ) -> Result<(), JobError> {
        let reason: EndReason = reason
            .parse()
            .map_err(|_| JobError::Dead(format!("unknown end reason {reason}")))?;
        self.sync_subscription(id).await?;
        let mut tx = self.db().read().await?;
        let Some(row) = subscriptions::by_id(&mut tx, id).await? else {
            return Ok(());
        };
        let sessions = billing::checkouts_of_subscription(&mut tx, id).await?;
        drop(tx);
        if row.status == SubscriptionStatus::Incomplete {
            for session in sessions.iter().filter(|s| s.state == "open") {
                let op = Operation {
                    key: format!("checkout:{}:expire", session.id),
                    kind: "checkout.expire",
                    entity_id: session.id.clone(),
                    client_id: Some(row.client_id),
                };
                let done = self
                    .operate(
                        op,
                        &session.id,
                        |key| async {
                            let (key, id) = (key, &session.id);
                            self.gateway().expire_checkout(&key, id).await
                        },
                        |c: &Checkout| c.id.clone(),
                    )
                    .await;
                let state = match done {
                    Ok(Outcome::Done(checkout)) => checkout.status,
                    _ => self.look(self.gateway().checkout(&session.id)).await?.status,
                };
                if state == "complete" {
                    // Paid at the last second: the look activates it.
                    return self.sync_subscription(id).await;
                }
                let mut tx = self.db().write().await?;
                billing::set_checkout_state(&mut tx, &session.id, &state).await?;
                tx.commit().await?;
            }
            // An operation that was sent and never answered may have made a subscription that we do not know.
            let mut stripe_id = row.stripe_subscription_id.clone();
            if stripe_id.is_none() {
                let mut tx = self.db().read().await?;
                let sent = billing::latest_operation(&mut tx, &id.to_string(), "subscription.create").await?;
                let customer = billing::client(&mut tx, row.client_id)
                    .await?
                    .and_then(|c| c.stripe_customer_id);
                drop(tx);
                if let (Some(_), Some(customer)) = (sent, customer)
                    && let Some(found) = self.find_subscription(&customer, id).await?
                {
                    self.link_subscription(id, &found.id).await?;
                    if found.status == "active" {
                        return self.sync_subscription(id).await;
                    }
                    stripe_id = Some(found.id);
                }
            }
            if let Some(stripe_id) = &stripe_id {
                let there = self.look(self.gateway().subscription(stripe_id)).await?;
                if there.status == "active" {
                    return self.sync_subscription(id).await;
                }
                if there.ended_at.is_none() {
                    let op = Operation {
                        key: format!("packsub:{id}:cancel"),
                        kind: "subscription.cancel",
                        entity_id: id.to_string(),
                        client_id: Some(row.client_id),
                    };
                    self.operate(
                        op,
                        stripe_id,
                        |key| async {
                            let (key, id) = (key, stripe_id);
                            self.gateway().cancel_subscription(&key, id).await
                        },
                        |s: &Subscription| s.id.clone(),
                    )
                    .await?;
                }
                if let Some(invoice) = &there.latest_invoice {
                    let object = leases::of_invoice(invoice);
                    self.with_lease(&object, Box::pin(self.void_first_invoice(&row, invoice)))
                        .await?;
                }
            }
            let mut tx = self.db().write().await?;
            let now = self.now();
            if let Some(mut current) = subscriptions::lock(&mut tx, id).await?
                && current.status == SubscriptionStatus::Incomplete
            {
                end_subscription(&mut tx, self, &mut current, reason, now).await?;
            }
            self.commit(tx, Change::of_client(row.client_id)).await?;
        }
        if let Some(next) = then {
            let input = Subscribe {
                pack_id: next.pack_id,
                form_key: next.form_key,
                expected_price: next.expected_price,
            };
            // Whatever SU1 says now is shown by the page: the old one was paid after all, the price has changed …
            if let Err(error) = self.subscribe(&next.caller, input).await {
                tracing::info!(error = error.code(), subscription.id = %id, "the replacing subscription was refused");
            }
        }
        Ok(())
    }

    /// SU9: the first invoice of a subscription that is given up.
    async fn void_first_invoice(&self, row: &SubscriptionRow, invoice: &str) -> Result<(), JobError> {
        match self.look(self.gateway().invoice(invoice)).await?.status.as_str() {
            "open" => {
                let op = Operation {
                    key: format!("packsub:{}:void", row.id),
                    kind: "invoice.void",
                    entity_id: row.id.to_string(),
                    client_id: Some(row.client_id),
                };
                self.operate(
                    op,
                    &invoice,
                    |key| async move { self.gateway().void_invoice(&key, invoice).await },
                    |i: &Invoice| i.id.clone(),
                )
                .await
                .map(drop)
            }
            // Paid between the look and the cancel: the money is there and the subscription is not. People decide.
            "paid" => {
                self.raise("paid_after_cancel", "subscription", &row.id.to_string(), invoice)
                    .await
            }
            _ => Ok(()),
        }
    }

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
                format!("You now have {label} a month for {price}."),
                format!("It renews {}.", self.zone().show(span.end)),
            ],
            action: Some(("See your pack".into(), format!("/payment/packs/{}", row.id))),
        };
        self.mail_owners(tx, row, &format!("subscribed:{}", row.id), &mail, now)
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
        let terms = subscriptions::terms(tx, row.pack_version_id)
            .await
            .or_internal()?
            .ok_or_else(|| internal("no terms"))?;
        let mut paragraphs = vec![format!(
            "Your {} pack has renewed. We charged {}.",
            terms.label(),
            invoice.amount_paid.show(invoice.currency)
        )];
        if let Some(until) = invoice.line_period_end {
            paragraphs.push(format!("It renews again {}.", self.zone().show(until)));
        }
        let mail = Mail {
            subject: format!("Your {} pack has renewed", terms.label()),
            paragraphs,
            action: Some(("See your pack".into(), format!("/payment/packs/{}", row.id))),
        };
        self.mail_owners(tx, row, &format!("renewed:{period}"), &mail, now)
            .await
    }

    /// A mail to everybody who owns the client's account.
    pub(crate) async fn mail_owners(
        &self,
        tx: &mut store::Tx,
        row: &SubscriptionRow,
        key: &str,
        mail: &Mail,
        now: Instant,
    ) -> AppResult<()> {
        for owner in store::people::people_of_client(tx, row.client_id).await.or_internal()? {
            if owner.role == domain::Role::ClientOwner && owner.active {
                let to = Recipient {
                    user_id: owner.id,
                    name: &owner.name,
                    email: &owner.email,
                };
                queue_mail(tx, self, now, &format!("{key}:{}", owner.id), to, mail).await?;
            }
        }
        Ok(())
    }
}

/// What follows a replaced subscription.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NextSubscribe {
    /// Who pressed.
    pub caller: Caller,
    /// The pack.
    pub pack_id: PackId,
    /// The key for the new row.
    pub form_key: String,
    /// The price that was on the screen.
    pub expected_price: Cents,
}

fn next_of(input: &Subscribe, caller: &Caller) -> NextSubscribe {
    // The form's own key now answers with the row that gives way; the row that follows gets one derived from it.
    NextSubscribe {
        caller: caller.clone(),
        pack_id: input.pack_id,
        form_key: format!("{}:next", input.form_key),
        expected_price: input.expected_price,
    }
}
