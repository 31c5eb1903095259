//! People as staff sees them: list, form, invitations, and to which vendor they belong (TP2, TP3).

use super::log::{Standing, entry};
use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        SYSTEM,
        alarms::AlarmKind,
        audit,
        forms::Pressed,
        mail::{LINK_KEY, Mail, Recipient, queue_mail},
        page_of,
    },
    people::{
        follow::{Followers, Place},
        password,
        sign_in::{INVITE_DAYS, new_password, new_token},
    },
};
use domain::{
    AppError, AppResult, Capability, Instant, Role, UserId,
    access::Rights,
    error::Problem,
    list::PAGE_SIZE,
    people::{
        Home, PeopleQuery, PersonForm, ValidPerson, leaves_nobody,
        view::{PeoplePage, PersonPage, PersonView},
    },
    text,
    time::relative,
};
use serde::Serialize;
use store::{
    Tx,
    log::AuditEntry,
    people::{self as rows, NewPerson, PeopleFilter, Person},
};

pub(super) fn next_key(name: &str, id: &str) -> String {
    format!("{id}~{name}")
}

pub(super) fn read_key(after: &str) -> Option<(&str, &str)> {
    after.split_once('~').map(|(id, name)| (name, id))
}

pub(super) fn email_taken() -> AppError {
    AppError::field("email", Problem::EmailTaken)
}

/// What an invitation says: the same words again are the same press.
pub(super) fn said(valid: &ValidPerson) -> impl Serialize {
    let Rights { role, lead } = valid.rights;
    (&valid.name, &valid.email, role, lead, valid.home)
}

impl Engine {
    pub(crate) fn person_view(&self, person: Person) -> PersonView {
        let last_sign_in = match person.last_sign_in_at {
            Some(at) => relative(at, self.now()),
            None => "never".to_owned(),
        };
        PersonView {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
            role: person.role,
            lead: person.lead,
            client: person.client_id.map_or_else(String::new, |id| id.to_string()),
            vendor: person.vendor_id.map_or_else(String::new, |id| id.to_string()),
            org_name: person.org_name,
            active: person.active,
            locked: person.off_by_staff,
            invited: !person.has_password,
            last_sign_in,
            version: person.row_version,
        }
    }

    /// A page of all people, by name.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn people(&self, caller: &Caller, query: &PeopleQuery) -> AppResult<PeoplePage> {
        caller.require(Capability::ManagePeople)?;
        let words = text::wanted("q", &query.q)?;
        let filter = PeopleFilter {
            words: &words,
            role: query.role.parse().ok(),
            after: read_key(&query.after),
        };
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::people(&mut tx, filter, PAGE_SIZE + 1).await.or_internal()?;
        drop(tx);
        let (found, next) = page_of(found, PAGE_SIZE, |p| next_key(&p.name, &p.id.to_string()));
        Ok(PeoplePage {
            people: found.into_iter().map(|p| self.person_view(p)).collect(),
            next,
        })
    }

    /// The form for a person; without an id, for a new one.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn person_form(&self, caller: &Caller, id: Option<&str>) -> AppResult<PersonPage> {
        caller.require(Capability::ManagePeople)?;
        let mut tx = self.db().read().await.or_internal()?;
        let person = match id {
            Some(id) => {
                let id = id.parse().map_err(|_| AppError::NotFound)?;
                Some(
                    rows::person(&mut tx, id)
                        .await
                        .or_internal()?
                        .ok_or(AppError::NotFound)?,
                )
            }
            None => None,
        };
        let invitation = match &person {
            Some(person) if person.active && !person.has_password => {
                let until = rows::invited_until(&mut tx, person.id).await.or_internal()?;
                Some(match until {
                    Some(at) if self.wall_now() < at => {
                        format!("Invited, expires {}.", self.zone().show_date_short(at))
                    }
                    _ => "Invited, but the link has expired.".to_owned(),
                })
            }
            _ => None,
        };
        let named = |found: Vec<rows::Named>| found.into_iter().map(|n| (n.id, n.name)).collect();
        let clients = rows::client_choices(&mut tx).await.or_internal()?;
        let vendors = rows::vendor_choices(&mut tx).await.or_internal()?;
        Ok(PersonPage {
            person: person.map(|p| self.person_view(p)),
            clients: named(clients),
            vendors: named(vendors),
            invitation,
        })
    }

    /// Whether the client or vendor of a form exists; a made-up one is a wrong choice.
    async fn check_home(&self, tx: &mut Tx, home: Home) -> AppResult<()> {
        let (field, exists) = match home {
            Home::Agency => return Ok(()),
            Home::Client(id) => ("client", rows::client_is_open(tx, id).await.or_internal()?),
            Home::Vendor(id) => ("vendor", rows::vendor_is_external(tx, id).await.or_internal()?),
        };
        if exists {
            Ok(())
        } else {
            Err(AppError::field(field, Problem::ChoiceInvalid))
        }
    }

    /// Adds a person without a password and mails the invitation. Posting the same form again answers the first result.
    pub(super) async fn add_invited(&self, caller: &Caller, form_key: &str, valid: ValidPerson) -> AppResult<UserId> {
        let mut tx = self.db().write().await.or_internal()?;
        let claimed = match self.press(&mut tx, caller, "invite", form_key, &said(&valid)).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(id) => return Ok(id),
        };
        let id = self.write_invited(&mut tx, caller, &valid).await?;
        claimed.done(&mut tx, &id).await?;
        self.commit(tx, home_change(valid.home)).await?;
        Ok(id)
    }

    /// The person, what they may do, the log and the mail of an invitation.
    pub(super) async fn write_invited(&self, tx: &mut Tx, caller: &Caller, valid: &ValidPerson) -> AppResult<UserId> {
        let now = self.now();
        self.check_home(tx, valid.home).await?;
        let id: UserId = self.new_id();
        let new = new_person(id, valid, None);
        rows::insert_person(tx, &new, now)
            .await
            .on_constraint("users_email_unique", email_taken)?;
        set_membership(tx, &new, true).await?;
        let (actor, text_id) = (caller.actor(), id.to_string());
        let after = Standing {
            role: new.role,
            lead: new.lead,
            active: true,
        }
        .json();
        let written = AuditEntry {
            after: Some(&after),
            ..entry(&actor, "user.invited", &text_id)
        };
        audit(tx, self, now, written).await?;
        self.mail_invitation(tx, now, caller, id).await?;
        Ok(id)
    }

    async fn mail_invitation(&self, tx: &mut Tx, now: Instant, caller: &Caller, id: UserId) -> AppResult<()> {
        let person = rows::person(tx, id).await.or_internal()?.ok_or(AppError::NotFound)?;
        let wall = self.wall_now();
        let (token, hash) = new_token();
        rows::insert_token(tx, &hash, id, "invite", wall, wall.plus_days(INVITE_DAYS))
            .await
            .or_internal()?;
        self.forget_links(tx, Some(id), wall).await?;
        let agency = store::agency::agency(tx).await.or_internal()?.brand.agency_name;
        let whose = person.org_name.as_deref().unwrap_or("the agency");
        let mail = Mail {
            subject: format!("You're invited to {agency}"),
            paragraphs: vec![
                format!(
                    "{} invited you to {agency} as {} of {whose}.",
                    caller.name,
                    person.role.label()
                ),
                "Choose a password to get started. The link works once and expires in 7 days.".into(),
            ],
            action: Some(("Accept invitation".into(), format!("/invite/{token}"))),
            ..Mail::default()
        };
        let to = Recipient {
            user_id: id,
            name: &person.name,
            email: &person.email,
        };
        queue_mail(tx, self, now, &format!("{LINK_KEY}invite:{hash}"), to, &mail).await
    }

    /// Invites a person of any role. `form_key` makes a repeated post the same invitation.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; what [`PersonForm::check`] finds; [`AppError::Invalid`] for a taken address.
    pub async fn invite_person(&self, caller: &Caller, form_key: &str, form: &PersonForm) -> AppResult<UserId> {
        caller.require(Capability::ManagePeople)?;
        self.add_invited(caller, form_key, form.check()?).await
    }

    /// Sends a person who has no password yet a new link; the earlier ones stop working. The same press mails once.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] also for somebody who has a password already.
    pub async fn invite_again(&self, caller: &Caller, form_key: &str, id: &str) -> AppResult<()> {
        let owners = !caller.can(Capability::ManagePeople);
        if owners {
            caller.require(Capability::Billing)?;
        }
        let id: UserId = id.parse().map_err(|_| AppError::NotFound)?;
        if owners && self.hold_again(caller, id).await?.is_some() {
            return Ok(());
        }
        let mut tx = self.db().write().await.or_internal()?;
        let what = format!("invite_again:{id}");
        let claimed = match self.press(&mut tx, caller, &what, form_key, &()).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let now = self.now();
        let person = rows::person(&mut tx, id)
            .await
            .or_internal()?
            .filter(|p| p.active && !p.has_password);
        let person = person
            .filter(|p| !owners || p.client_id == caller.client_id)
            .ok_or(AppError::NotFound)?;
        self.mail_invitation(&mut tx, now, caller, person.id).await?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.invited_again", &id.to_string()),
        )
        .await?;
        claimed.done(&mut tx, &()).await?;
        self.commit(tx, None).await
    }

    /// Changes a person: name, address, role, lead right, where they belong, and whether they may sign in. Memberships
    /// follow in the same transaction (TP2, TP3); whoever may no longer sign in, or has another role, is signed out.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Stale`], what [`PersonForm::check`] finds, a taken
    /// address; the last admin who can sign in keeps role and access. A client's last owner may go by an admin's hand.
    pub async fn save_person(
        &self,
        caller: &Caller,
        id: &str,
        form: &PersonForm,
        active: bool,
        version: i64,
    ) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: UserId = id.parse().map_err(|_| AppError::NotFound)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = rows::person(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        self.check_home(&mut tx, valid.home).await?;
        let keeps_admin = valid.rights.role == Role::Admin && active;
        if before.role == Role::Admin && !keeps_admin {
            let admins = rows::hold_role(&mut tx, Role::Admin, None).await.or_internal()?;
            if leaves_nobody(&admins, id) {
                return Err(AppError::field("role", Problem::LastOfRole));
            }
        }
        let new = new_person(id, &valid, None);
        // Who was out already is out by whoever said so first.
        let access = rows::Access {
            active,
            off_by_staff: !active && (before.active || before.off_by_staff),
        };
        let changed = rows::update_person(&mut tx, &new, access, version)
            .await
            .on_constraint("users_email_unique", email_taken)?;
        if !changed {
            return Err(AppError::Stale);
        }
        set_membership(&mut tx, &new, active).await?;
        let works_for = vendor_of(&new, active);
        let elsewhere =
            before.role != new.role || before.client_id != new.client_id || before.vendor_id != new.vendor_id;
        let place = Place {
            works_for: works_for.as_deref(),
            elsewhere,
        };
        for follower in self.kept::<Followers>().0 {
            follower.moved(&mut tx, self, id, place, now).await?;
        }
        let moved = elsewhere || before.lead != new.lead;
        if !active || moved {
            rows::end_sessions(&mut tx, id).await.or_internal()?;
        }
        if !active || before.email != new.email {
            self.void_links(&mut tx, id).await?;
        }
        let rights = |role, lead, active| Standing { role, lead, active };
        let old = rights(before.role, before.lead, before.active);
        self.log_rights(&mut tx, now, caller, id, old, rights(new.role, new.lead, active))
            .await?;
        self.commit(tx, home_change(valid.home)).await
    }

    /// A person with a password, without an invitation: the command line and the demo.
    ///
    /// # Errors
    /// What [`PersonForm::check`] finds, a weak password, a taken address.
    pub async fn create_person(&self, form: &PersonForm, password: &str) -> AppResult<UserId> {
        let valid = form.check()?;
        new_password(password, password, &valid.email)?;
        let hash = password::hash(password).await?;
        self.create_person_hashed(&valid, &hash).await
    }

    /// The same with a password that is hashed already: the demo's people share one.
    ///
    /// # Errors
    /// A taken address; a client or vendor that does not exist.
    pub async fn create_person_hashed(&self, valid: &ValidPerson, hash: &str) -> AppResult<UserId> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        self.check_home(&mut tx, valid.home).await?;
        let id: UserId = self.new_id();
        let new = new_person(id, valid, Some(hash));
        rows::insert_person(&mut tx, &new, now)
            .await
            .on_constraint("users_email_unique", email_taken)?;
        set_membership(&mut tx, &new, true).await?;
        let (after, text_id) = (
            Standing {
                role: new.role,
                lead: new.lead,
                active: true,
            }
            .json(),
            id.to_string(),
        );
        let written = AuditEntry {
            after: Some(&after),
            ..entry(SYSTEM, "user.created", &text_id)
        };
        audit(&mut tx, self, now, written).await?;
        self.commit(tx, home_change(valid.home)).await?;
        Ok(id)
    }

    /// TP2's nightly check: repairs memberships that do not follow from the roles, and tells staff that there were some.
    /// How many were wrong.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn repair_memberships(&self) -> AppResult<u64> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let wrong = rows::repair_memberships(&mut tx).await.or_internal()?;
        if wrong > 0 {
            let detail = format!("{wrong} vendor memberships did not follow from the roles and were repaired");
            self.alarm(
                &mut tx,
                AlarmKind::MembershipDrift,
                "vendor",
                rows::TRI_POD,
                &detail,
                now,
            )
            .await
            .or_internal()?;
        }
        self.commit(tx, None).await?;
        Ok(wrong)
    }
}
fn new_person<'a>(id: UserId, valid: &'a ValidPerson, password_hash: Option<&'a str>) -> NewPerson<'a> {
    let Rights { role, lead } = valid.rights;
    let (client_id, vendor_id) = match valid.home {
        Home::Agency => (None, None),
        Home::Client(id) => (Some(id), None),
        Home::Vendor(id) => (None, Some(id)),
    };
    NewPerson {
        id,
        email: &valid.email,
        name: &valid.name,
        password_hash,
        role,
        lead,
        client_id,
        vendor_id,
    }
}

/// TP2, TP3: an active internal designer is a member of the internal vendor, a vendor's person of theirs, anybody else of
/// none.
async fn set_membership(tx: &mut Tx, person: &NewPerson<'_>, active: bool) -> AppResult<()> {
    rows::set_membership(tx, person.id, vendor_of(person, active).as_deref())
        .await
        .or_internal()
}

fn vendor_of(person: &NewPerson<'_>, active: bool) -> Option<String> {
    match person.role {
        _ if !active => None,
        Role::InternalDesigner => Some(rows::TRI_POD.to_owned()),
        _ => person.vendor_id.map(|id| id.to_string()),
    }
}

fn home_change(home: Home) -> Option<Change> {
    match home {
        Home::Agency => Change::of_staff(),
        Home::Client(id) => Change::of_client(id),
        Home::Vendor(id) => Some(Change {
            client_id: None,
            vendor_id: Some(id),
        }),
    }
}
