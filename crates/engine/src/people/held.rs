//! An owner's invitation of an address that somebody elsewhere has (§25). It looks to the owner as any other, so that nobody
//! learns by inviting who is whose; whoever has the address is told, and can ask for an invitation of another one.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        audit,
        forms::Pressed,
        mail::{Mail, Recipient, queue_mail},
    },
    people::{
        log::{Standing, entry},
        persons::{email_taken, said},
    },
};
use domain::{
    AppError, AppResult, ClientId, Instant, UserId,
    people::{PersonForm, ValidPerson, view::PersonView},
};
use store::{
    Tx,
    log::AuditEntry,
    people::{self as rows, HeldInvitation},
};

impl Engine {
    /// Holds an invitation whose address is taken elsewhere. Of the client's own people it is said.
    pub(super) async fn hold_invitation(
        &self,
        caller: &Caller,
        form_key: &str,
        client: ClientId,
        valid: &ValidPerson,
    ) -> AppResult<UserId> {
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self.press(&mut tx, caller, "invite", form_key, &said(valid)).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(id) => return Ok(id),
        };
        let now = self.now();
        let holder = rows::person_by_email(&mut tx, &valid.email).await.or_internal()?;
        if holder.as_ref().is_none_or(|holder| holder.client_id == Some(client)) {
            return Err(email_taken());
        }
        let held = HeldInvitation {
            id: self.new_id(),
            client_id: client,
            email: valid.email.clone(),
            name: valid.name.clone(),
            role: valid.rights.role,
            active: true,
        };
        rows::insert_held(&mut tx, &held, now)
            .await
            .on_constraint("held_invitations_once", email_taken)?;
        let (id, actor) = (held.id.to_string(), caller.actor());
        let after = Standing {
            role: held.role,
            lead: false,
            active: true,
        };
        let after = after.json();
        let written = AuditEntry {
            after: Some(&after),
            ..entry(&actor, "user.invited", &id)
        };
        audit(&mut tx, self, now, written).await?;
        claimed.done(&mut tx, &held.id).await?;
        self.mail_holder(&mut tx, now, caller, &held).await?;
        self.commit(tx, Change::of_client(client)).await?;
        Ok(held.id)
    }

    /// Tells whoever has the address, if they may sign in.
    async fn mail_holder(&self, tx: &mut Tx, now: Instant, caller: &Caller, held: &HeldInvitation) -> AppResult<()> {
        let holder = rows::person_by_email(tx, &held.email).await.or_internal()?;
        let Some(holder) = holder.filter(|holder| holder.active) else {
            return Ok(());
        };
        let client = rows::client(tx, held.client_id).await.or_internal()?;
        let client = client.map(|client| client.name).unwrap_or_default();
        let agency = store::agency::agency(tx).await.or_internal()?.brand.agency_name;
        let mail = Mail {
            subject: format!("You're invited to {agency}"),
            paragraphs: vec![
                format!(
                    "{} invited you to {agency} as {} of {client}.",
                    caller.name,
                    held.role.label()
                ),
                "This address already has an account, and an address can have only one. Ask them to invite another of \
                    your addresses."
                    .into(),
            ],
            action: None,
            ..Mail::default()
        };
        let to = Recipient {
            user_id: holder.id,
            name: &holder.name,
            email: &holder.email,
        };
        queue_mail(tx, self, now, &format!("held:{}:{}", held.id, now.0), to, &mail).await
    }

    /// The held invitations of a client, as its owner's list shows them beside its people.
    pub(super) async fn held_views(&self, tx: &mut Tx, client: ClientId, name: &str) -> AppResult<Vec<PersonView>> {
        let held = rows::held_of_client(tx, client).await.or_internal()?;
        Ok(held
            .into_iter()
            .map(|held| PersonView {
                id: held.id.to_string(),
                name: held.name,
                email: held.email,
                role: held.role,
                lead: false,
                client: client.to_string(),
                vendor: String::new(),
                org_name: Some(name.to_owned()),
                active: held.active,
                locked: false,
                invited: true,
                last_sign_in: "never".to_owned(),
                version: 0,
            })
            .collect())
    }

    /// *Invite again* of a held one: a real invitation where the address is free by now. `None`: there is no such one.
    pub(super) async fn hold_again(&self, caller: &Caller, id: UserId) -> AppResult<Option<()>> {
        let client = caller.client()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let held = rows::held(&mut tx, client, id).await.or_internal()?;
        let Some(held) = held.filter(|held| held.active) else {
            return Ok(None);
        };
        let actor = caller.actor();
        if rows::person_by_email(&mut tx, &held.email)
            .await
            .or_internal()?
            .is_some()
        {
            self.mail_holder(&mut tx, now, caller, &held).await?;
            audit(&mut tx, self, now, entry(&actor, "user.invited_again", &id.to_string())).await?;
            self.commit(tx, None).await?;
            return Ok(Some(()));
        }
        let form = PersonForm {
            name: held.name,
            email: held.email,
            role: held.role.as_str().to_owned(),
            client: client.to_string(),
            ..PersonForm::default()
        };
        rows::delete_held(&mut tx, id).await.or_internal()?;
        self.write_invited(&mut tx, caller, &form.check()?).await?;
        self.commit(tx, Change::of_client(client)).await?;
        Ok(Some(()))
    }

    /// Takes a held invitation back, or gives it again, as an owner does with a member's access.
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub(super) async fn set_held_active(&self, caller: &Caller, id: UserId, active: bool) -> AppResult<()> {
        let client = caller.client()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let held = rows::held(&mut tx, client, id).await.or_internal()?;
        let held = held.ok_or(AppError::NotFound)?;
        rows::set_held_active(&mut tx, id, active).await.or_internal()?;
        let rights = |active| Standing {
            role: held.role,
            lead: false,
            active,
        };
        self.log_rights(&mut tx, now, caller, id, rights(held.active), rights(active))
            .await?;
        self.commit(tx, Change::of_client(client)).await
    }
}
