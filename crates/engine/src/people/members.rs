//! A client's own people, as its owner sees them (§25).

use super::log::Standing;
use crate::{Caller, Change, Engine, OnConstraint, kernel::audit, people::persons::email_taken};
use domain::{
    AppError, AppResult, Capability, ClientId, Role, UserId,
    error::Problem,
    people::{PersonForm, leaves_nobody, view::MembersPage},
};
use store::{
    log::AuditEntry,
    people::{self as rows, NewPerson},
};

impl Engine {
    /// The caller's client and its people.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody but a Client Owner.
    pub async fn members(&self, caller: &Caller) -> AppResult<MembersPage> {
        caller.require(Capability::Billing)?;
        let id = caller.client()?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let people = rows::people_of_client(&mut tx, id).await.or_internal()?;
        let mut people: Vec<_> = people.into_iter().map(|p| self.person_view(p)).collect();
        for held in self.held_views(&mut tx, id, &client.name).await? {
            if people.iter().all(|person| person.email != held.email) {
                people.push(held);
            }
        }
        people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        drop(tx);
        Ok(MembersPage {
            client: client.name,
            people,
            members_may_order_extra: client.members_may_order_extra,
        })
    }

    /// A Client Owner invites somebody to their own client, as an owner or a member. Whether the address is somebody's
    /// elsewhere is not told.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`].
    pub async fn invite_member(
        &self,
        caller: &Caller,
        form_key: &str,
        name: &str,
        address: &str,
        owner: bool,
    ) -> AppResult<UserId> {
        caller.require(Capability::Billing)?;
        let client = caller.client()?;
        let role = if owner { Role::ClientOwner } else { Role::ClientMember };
        let form = PersonForm {
            name: name.to_owned(),
            email: address.to_owned(),
            role: role.as_str().to_owned(),
            client: client.to_string(),
            ..PersonForm::default()
        };
        let valid = form.check()?;
        match self.add_invited(caller, form_key, valid.clone()).await {
            Err(error) if error == email_taken() => self.hold_invitation(caller, form_key, client, &valid).await,
            done => done,
        }
    }

    /// A Client Owner takes somebody's access to the client away, or gives it back.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for somebody of another client; [`AppError::Invalid`] for the last owner who can sign in, and for
    /// whom the agency has shut out.
    pub async fn set_member_active(&self, caller: &Caller, id: &str, active: bool) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let client = caller.client()?;
        let id: UserId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let person = rows::person(&mut tx, id).await.or_internal()?;
        let Some(person) = person.filter(|p| p.client_id == Some(client)) else {
            drop(tx);
            return self.set_held_active(caller, id, active).await;
        };
        if active && person.off_by_staff {
            return Err(AppError::field("member", Problem::OffByStaff));
        }
        if !active && person.role == Role::ClientOwner {
            let owners = rows::hold_role(&mut tx, Role::ClientOwner, Some(client))
                .await
                .or_internal()?;
            if leaves_nobody(&owners, id) {
                return Err(AppError::field("member", Problem::LastOfRole));
            }
        }
        let new = NewPerson {
            id,
            email: &person.email,
            name: &person.name,
            password_hash: None,
            role: person.role,
            lead: person.lead,
            client_id: person.client_id,
            vendor_id: person.vendor_id,
        };
        let access = rows::Access {
            active,
            off_by_staff: person.off_by_staff,
        };
        if !rows::update_person(&mut tx, &new, access, person.row_version)
            .await
            .or_internal()?
        {
            return Err(AppError::Stale);
        }
        if !active {
            rows::end_sessions(&mut tx, id).await.or_internal()?;
            self.void_links(&mut tx, id).await?;
        }
        let rights = |active| Standing {
            role: person.role,
            lead: person.lead,
            active,
        };
        self.log_rights(&mut tx, now, caller, id, rights(person.active), rights(active))
            .await?;
        self.commit(tx, Change::of_client(client)).await
    }

    /// §25: whether a client's members may order what is charged. For the client's owner and for admins.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] for another client than the owner's own.
    pub async fn set_members_may_order_extra(&self, caller: &Caller, client: &str, on: bool) -> AppResult<()> {
        let id: ClientId = if caller.can(Capability::ManagePeople) {
            client.parse().map_err(|_| AppError::NotFound)?
        } else {
            caller.require(Capability::Billing)?;
            let own = caller.client()?;
            if !client.is_empty() && client != own.to_string() {
                return Err(AppError::NotFound);
            }
            own
        };
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        rows::set_members_may_order_extra(&mut tx, id, on).await.or_internal()?;
        let json = |on: bool| serde_json::json!({ "members_may_order_extra": on }).to_string();
        let (old, fresh, actor, text_id) = (
            json(before.members_may_order_extra),
            json(on),
            caller.actor(),
            id.to_string(),
        );
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
