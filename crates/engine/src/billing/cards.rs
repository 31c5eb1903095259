//! *Payment › Methods* and adding a card (SU5, IN4, GR6).

use crate::{
    Caller, Change, Engine, OnConstraint,
    billing::jobs::Job,
    kernel::{
        forms,
        jobs::{self, enqueue},
        operations::{JobError, Operation},
        ports::{Checkout, NewSetup},
    },
};
use domain::{
    AppError, AppResult, Capability, ClientId, PaymentType, Role,
    billing::view::{PaymentMethodsView, SetupView},
};
use store::{
    StoreResult, Tx,
    billing::{self, BillingClientRow, CheckoutRow},
    operations,
};

/// The kind of the operations that open a hosted page for a card.
const SETUP_OPERATION: &str = "setup.create";

/// "Visa •4242".
pub fn card_words(client: &BillingClientRow) -> Option<String> {
    let (brand, last4) = (client.card_brand.as_deref()?, client.card_last4.as_deref()?);
    let mut letters = brand.chars();
    let brand: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    Some(format!("{brand} •{last4}"))
}

impl Engine {
    /// *Payment › Methods*. `setup` is the key of a hosted page that this person asked for.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody but a client's owner.
    pub async fn payment_methods(&self, caller: &Caller, setup: Option<&str>) -> AppResult<PaymentMethodsView> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let setup = match setup {
            Some(key) if !key.is_empty() => setup_of(&mut tx, client_id, key).await.or_internal()?,
            _ => None,
        };
        Ok(PaymentMethodsView {
            card: card_words(&client),
            expires: client
                .card_exp_month
                .zip(client.card_exp_year)
                .map(|(m, y)| format!("Expires {m:02}/{y}")),
            payment_type: client.payment_type.label().to_owned(),
            royalties: client.payment_type == PaymentType::Royalties,
            setup,
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            may_change: caller.role == Role::ClientOwner,
        })
    }

    /// *Add card*: asks for a hosted page; the page shows it as soon as it is open.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for members.
    pub async fn add_card(&self, caller: &Caller, form_key: &str) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        // The key names the job, and so the page at Stripe: there is nothing else in this form.
        forms::form_key(form_key)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        enqueue(
            &mut tx,
            now,
            now,
            &Job::OpenSetup {
                client_id,
                key: form_key.to_owned(),
            },
        )
        .await?;
        self.commit(tx, None).await
    }

    /// The job behind *Add card*.
    pub(crate) async fn open_setup(&self, client_id: ClientId, key: &str) -> Result<(), JobError> {
        let customer = self.ensure_customer(client_id).await?;
        let base = &self.settings().base_url;
        let new = NewSetup {
            customer,
            client_id: client_id.to_string(),
            currency: self.currency(),
            success_url: format!("{base}/payment/methods?setup={key}&from=saved"),
            cancel_url: format!("{base}/payment/methods"),
        };
        let op = Operation {
            key: setup_key(client_id, key),
            kind: SETUP_OPERATION,
            entity_id: setup_entity(client_id, key),
            client_id: Some(client_id),
        };
        let new = &new;
        let checkout = self
            .bring_about(
                op,
                new,
                |key| async move { self.gateway().create_setup(&key, new).await },
                |known| async move {
                    match known {
                        Some(id) => {
                            let there = self.find(self.gateway().checkout(&id)).await?;
                            Ok(there.filter(|c| c.status != "expired"))
                        }
                        None => Ok(None),
                    }
                },
                |c: &Checkout| c.id.clone(),
            )
            .await?;
        let mut tx = self.db().write().await?;
        let now = self.now();
        let kept = CheckoutRow {
            id: checkout.id,
            client_id,
            subscription_id: None,
            mode: "setup".into(),
            state: checkout.status,
            url: checkout.url.unwrap_or_default(),
            expires_at: checkout.expires_at,
        };
        billing::insert_checkout(&mut tx, &kept, now).await?;
        Ok(self.commit(tx, Change::of_client(client_id)).await?)
    }
}

/// The hosted page that was asked for under a form's key: open, filled, or still to come. `None`: none is or will be.
async fn setup_of(tx: &mut Tx, client_id: ClientId, key: &str) -> StoreResult<Option<SetupView>> {
    let op = operations::latest_operation(tx, &setup_entity(client_id, key), SETUP_OPERATION).await?;
    let page = match op.and_then(|op| op.result_id) {
        Some(id) => billing::checkout(tx, &id).await?,
        None => None,
    };
    if let Some(page) = page {
        return Ok((page.state != "expired").then(|| SetupView {
            done: page.state == "complete",
            url: (page.state == "open").then_some(page.url),
        }));
    }
    let job = Job::OpenSetup {
        client_id,
        key: key.to_owned(),
    };
    let comes = store::jobs::expected(tx, &jobs::Job::key(&job)).await?;
    Ok(comes.map(|_| SetupView { url: None, done: false }))
}

/// Whose the operations of one press of *Add card* are.
fn setup_entity(client_id: ClientId, key: &str) -> String {
    format!("{client_id}:{key}")
}

fn setup_key(client_id: ClientId, key: &str) -> String {
    format!("client:{client_id}:setup:{key}")
}
