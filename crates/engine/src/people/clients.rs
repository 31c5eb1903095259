//! Clients: list and form. A client's page is of `reports`, because it shows its prices and packs.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{audit, forms::Pressed, page_of},
    people::persons::{email_taken, next_key, read_key},
};
use domain::{
    AppError, AppResult, Capability, ClientId, PaymentType, Role,
    access::Rights,
    error::Problem,
    list::PAGE_SIZE,
    people::{
        ClientForm, ClientsQuery, Home, OwnerForm, ValidPerson, next_alias,
        view::{ClientLine, ClientsPage},
    },
    text,
};
use store::{log::AuditEntry, people as rows};

fn client_json(name: &str, alias: &str, payment_type: PaymentType) -> String {
    serde_json::json!({ "name": name, "alias": alias, "payment_type": payment_type }).to_string()
}

fn name_taken(field: &'static str) -> impl FnOnce() -> AppError {
    move || AppError::field(field, Problem::NameTaken)
}

/// Either of a client's two unique names may be the taken one.
fn client_names<T>(result: Result<T, store::StoreError>) -> AppResult<T> {
    match result {
        Err(error) if error.is_constraint("clients_alias_unique") => Err(name_taken("alias")()),
        other => other.on_constraint("clients_name_unique", name_taken("name")),
    }
}

impl Engine {
    /// A page of clients, by name.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn clients(&self, caller: &Caller, query: &ClientsQuery) -> AppResult<ClientsPage> {
        caller.require(Capability::SeeAdmin)?;
        let words = text::wanted("q", &query.q)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::clients(
            &mut tx,
            &words,
            query.payment.parse().ok(),
            read_key(&query.after),
            PAGE_SIZE + 1,
        )
        .await
        .or_internal()?;
        drop(tx);
        let (found, next) = page_of(found, PAGE_SIZE, |c| next_key(&c.name, &c.id.to_string()));
        let clients = found
            .into_iter()
            .map(|row| ClientLine {
                id: row.id.to_string(),
                name: row.name,
                alias: row.alias,
                payment_type: row.payment_type,
                packs: row.packs,
                people: row.people,
            })
            .collect();
        Ok(ClientsPage { clients, next })
    }

    /// What the form for a new client begins with: an alias that nobody has (RQ7).
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn free_alias(&self, caller: &Caller) -> AppResult<String> {
        caller.require(Capability::ManagePeople)?;
        let mut tx = self.db().read().await.or_internal()?;
        let taken = rows::numbered_aliases(&mut tx).await.or_internal()?;
        Ok(next_alias(taken.iter().map(String::as_str)))
    }

    /// Adds a client of whom nobody can sign in yet; see [`Engine::create_client_with`].
    ///
    /// # Errors
    /// As there.
    pub async fn create_client(&self, caller: &Caller, form_key: &str, form: &ClientForm) -> AppResult<ClientId> {
        self.create_client_with(caller, form_key, form, &OwnerForm::default())
            .await
    }

    /// Adds a client, and invites its owner along where one is named. `form_key` makes a repeated post the same client, and one
    /// mail.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`], also for a taken name, alias or address.
    pub async fn create_client_with(
        &self,
        caller: &Caller,
        form_key: &str,
        form: &ClientForm,
        owner: &OwnerForm,
    ) -> AppResult<ClientId> {
        caller.require(Capability::ManagePeople)?;
        let (valid, owner) = form.check_with(owner)?;
        let mut tx = self.db().write().await.or_internal()?;
        let said = (&valid.name, &valid.alias, valid.payment_type, &owner);
        let claimed = match self.press(&mut tx, caller, "client", form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(id) => return Ok(id),
        };
        let now = self.now();
        let id: ClientId = self.new_id();
        client_names(rows::insert_client(&mut tx, id, &valid.name, &valid.alias, valid.payment_type, now).await)?;
        let (after, actor, text_id) = (
            client_json(&valid.name, &valid.alias, valid.payment_type),
            caller.actor(),
            id.to_string(),
        );
        let written = AuditEntry {
            actor: &actor,
            action: "client.created",
            entity: "client",
            entity_id: &text_id,
            before: None,
            after: Some(&after),
        };
        audit(&mut tx, self, now, written).await?;
        if let Some((name, email)) = owner {
            let person = ValidPerson {
                name,
                email,
                rights: Rights {
                    role: Role::ClientOwner,
                    lead: false,
                },
                home: Home::Client(id),
            };
            let invited = self.write_invited(&mut tx, caller, &person).await;
            invited.map_err(|error| {
                if error == email_taken() {
                    AppError::field("owner_email", Problem::EmailTaken)
                } else {
                    error
                }
            })?;
        }
        claimed.done(&mut tx, &id).await?;
        self.commit(tx, Change::of_client(id)).await?;
        Ok(id)
    }

    /// Changes a client's name, alias and payment type. What is accrued keeps the type that it was made with (§16).
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Stale`], [`AppError::Invalid`].
    pub async fn save_client(&self, caller: &Caller, id: &str, form: &ClientForm, version: i64) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let changed = rows::update_client(&mut tx, id, &valid.name, &valid.alias, valid.payment_type, version).await;
        if !client_names(changed)? {
            return Err(AppError::Stale);
        }
        let (old, fresh) = (
            client_json(&before.name, &before.alias, before.payment_type),
            client_json(&valid.name, &valid.alias, valid.payment_type),
        );
        let (actor, text_id) = (caller.actor(), id.to_string());
        let written = AuditEntry {
            actor: &actor,
            action: "client.changed",
            entity: "client",
            entity_id: &text_id,
            before: Some(&old),
            after: Some(&fresh),
        };
        audit(&mut tx, self, now, written).await?;
        self.commit(tx, Change::of_client(id)).await
    }
}
