//! *Payment › Methods* and adding a card (SU5, IN4, GR6).

use crate::{
    Caller, Change, Engine, OnConstraint,
    billing::jobs::Job,
    kernel::{
        forms,
        jobs::enqueue,
        operations::{JobError, Operation, Outcome},
        ports::{Checkout, NewSetup},
    },
};
use domain::{
    AppError, AppResult, Capability, ClientId, PaymentType, Role,
    billing::view::{PaymentMethodsView, SetupView},
};
use store::{
    billing::{self, BillingClientRow, CheckoutRow},
    operations,
};

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
    /// [`AppError::Forbidden`] for everybody but clients.
    pub async fn payment_methods(&self, caller: &Caller, setup: Option<&str>) -> AppResult<PaymentMethodsView> {
        caller.require(Capability::ClientArea)?;
        let client_id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let setup = match setup {
            Some(key) if !key.is_empty() => {
                let op = operations::operation(&mut tx, &setup_key(client_id, key))
                    .await
                    .or_internal()?;
                let session = match op.and_then(|op| op.result_id) {
                    Some(id) => billing::checkout(&mut tx, &id).await.or_internal()?,
                    None => None,
                };
                Some(SetupView {
                    url: session.as_ref().filter(|s| s.state == "open").map(|s| s.url.clone()),
                    done: session.is_some_and(|s| s.state == "complete"),
                })
            }
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
            kind: "setup.create",
            entity_id: client_id.to_string(),
            client_id: Some(client_id),
        };
        let call = |key: String| async {
            let (key, new) = (key, &new);
            self.gateway().create_setup(&key, new).await
        };
        let checkout = match self.operate(op, &new, call, |c: &Checkout| c.id.clone()).await? {
            Outcome::Done(checkout) => checkout,
            Outcome::Was(id) => self.look(self.gateway().checkout(&id)).await?,
            Outcome::TooOld | Outcome::Failed => {
                return Err(JobError::Dead("the hosted page could not be opened".into()));
            }
        };
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
fn setup_key(client_id: ClientId, key: &str) -> String {
    format!("client:{client_id}:setup:{key}")
}
