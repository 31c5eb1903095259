//! People and clients: signing in, links by mail, roles with their memberships (TP2, TP3), and what §25 guards.
//!
//! Sessions, throttles and links live on the wall's clock (TT1). What must not be here: cookies, HTTP.

use crate::{
    Caller, Change, Engine, OnConstraint,
    core::{audit, page_of},
    mail::{LINK_KEY, Mail, Recipient, queue_mail},
    password,
};
use domain::{
    AppError, AppResult, Capability, Cents, ClientId, Instant, PaymentType, Role, ServiceId, UserId,
    access::Rights,
    email,
    error::{FieldError, Problem},
    list::PAGE_SIZE,
    pack::PackLabel,
    people::{ClientForm, Home, PersonForm, ValidPerson},
    time::relative,
    view::people::{
        AccountPage, ClientLine, ClientPackView, ClientPage, ClientPriceView, ClientsPage, DemoSignIn, LinkOwner,
        MembersPage, PeoplePage, PersonPage, PersonView, SessionView, SignInPage,
    },
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::{
    Tx,
    log::AuditEntry,
    people::{self as rows, NewPerson, PeopleFilter, Person},
};

/// A reset link holds for an hour.
const RESET_HOURS: i64 = 1;
/// An invitation holds for a week.
const INVITE_DAYS: i64 = 7;

/// Failures count until there was none for an hour.
const WINDOW_MINUTES: i64 = 60;
/// Wrong passwords of one address from one source before that source has to wait.
const PAIR_FREE: i64 = 5;
/// The same while the address is under attack.
const PAIR_FREE_ATTACKED: i64 = 3;
/// Failures of one address, from everywhere, that make an attack.
const ATTACK: i64 = 20;
/// Wrong passwords from one source, over all addresses.
const SOURCE_FREE: i64 = 20;
/// The first wait; each further failure doubles it.
const FIRST_WAIT_SECS: i64 = 5;
/// The longest wait.
const LONGEST_WAIT_SECS: i64 = 900;
/// Reset mails for one address in the window.
const RESETS_FREE: i64 = 3;

/// The password of every sign-in of the demo (§31).
pub const DEMO_PASSWORD: &str = "monthly-packs-demo";

/// The demo's sign-ins (§31).
pub const DEMO_SIGN_INS: &[(&str, &str)] = &[
    ("admin@demo.test", "Admin"),
    ("designer@demo.test", "Internal Designer"),
    ("vendor@demo.test", "Vendor Manager"),
    ("accountant@demo.test", "Accountant"),
    ("payg@demo.test", "Client Owner, pays as you go"),
    ("monthly@demo.test", "Client Owner, pays monthly"),
    ("royalties@demo.test", "Client Owner, pays by royalties"),
];

/// A secret link: what is mailed, and the hash that is kept.
fn new_token() -> (String, String) {
    let token = hex::encode(rand::random::<[u8; 32]>());
    let hash = token_hash(&token);
    (token, hash)
}

/// The hash under which a link's secret is kept.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Where a request comes from, as far as throttling is concerned: an IPv4 address, or an IPv6 network of 64 bits, of
/// which one subscriber has all addresses.
pub fn source(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let s = ip.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

fn throttle_key(kind: &str, what: &str) -> String {
    hex::encode(Sha256::digest(format!("{kind}\n{what}").as_bytes()))
}

/// Seconds to wait after so many failures when `free` of them cost nothing.
fn wait(failures: i64, free: i64) -> i64 {
    match failures - free {
        over if over < 0 => 0,
        over => (FIRST_WAIT_SECS << over.min(20)).min(LONGEST_WAIT_SECS),
    }
}

/// The three counters of one try.
///
/// The owner is never locked out: what refuses a try is the count of its own source, or of this address from this
/// source. The count of the address over all sources refuses nothing; it only leaves every source fewer free tries.
/// So a right password from a source that has not failed itself gets in while the address is attacked from elsewhere.
struct Throttle {
    source: String,
    address: String,
    pair: String,
}

impl Throttle {
    fn new(email: &str, source: &str) -> Self {
        Throttle {
            source: throttle_key("source", source),
            address: throttle_key("address", email),
            pair: throttle_key("pair", &format!("{email}\n{source}")),
        }
    }

    async fn check(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
        let since = wall.plus_minutes(-WINDOW_MINUTES);
        let mut count = async |key: &str| -> AppResult<(i64, Instant)> {
            let found = rows::failures(tx, key).await.or_internal()?;
            Ok(found
                .filter(|f| f.last_at >= since)
                .map_or((0, wall), |f| (f.failures, f.last_at)))
        };
        let (attacks, _) = count(&self.address).await?;
        let free = if attacks >= ATTACK {
            PAIR_FREE_ATTACKED
        } else {
            PAIR_FREE
        };
        let (pair, pair_last) = count(&self.pair).await?;
        let (source, source_last) = count(&self.source).await?;
        let until = pair_last
            .plus_secs(wait(pair, free))
            .max(source_last.plus_secs(wait(source, SOURCE_FREE)));
        if until > wall {
            let retry_after_secs = u64::try_from((until - wall).max(1)).unwrap_or(1);
            return Err(AppError::RateLimited { retry_after_secs });
        }
        Ok(())
    }

    async fn failed(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
        let since = wall.plus_minutes(-WINDOW_MINUTES);
        // In one order for all, so that two tries never wait for one another.
        let mut keys = [&self.source, &self.address, &self.pair];
        keys.sort();
        for key in keys {
            rows::count_failure(tx, key, wall, since).await.or_internal()?;
        }
        Ok(())
    }
}

fn entry<'a>(actor: &'a str, action: &'a str, id: &'a str) -> AuditEntry<'a> {
    AuditEntry {
        actor,
        action,
        entity: "user",
        entity_id: id,
        before: None,
        after: None,
    }
}

fn rights_json(role: Role, lead: bool, active: bool) -> String {
    serde_json::json!({ "role": role, "lead": lead, "active": active }).to_string()
}

/// "Firefox on Linux" from a browser's own words.
fn device(user_agent: &str) -> String {
    let find = |all: &[(&str, &'static str)]| {
        all.iter()
            .find(|(sign, _)| user_agent.contains(sign))
            .map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = find(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown browser".to_owned(),
    }
}

/// The caller that a person is.
pub fn caller_of(person: &Person) -> Caller {
    Caller {
        user_id: person.id,
        name: person.name.clone(),
        role: person.role,
        lead: person.lead,
        client_id: person.client_id,
        vendor_id: person.vendor_id,
    }
}

fn next_key(name: &str, id: &str) -> String {
    format!("{id}~{name}")
}

fn read_key(after: &str) -> Option<(&str, &str)> {
    after.split_once('~').map(|(id, name)| (name, id))
}

fn email_taken() -> AppError {
    AppError::field("email", Problem::EmailTaken)
}

/// The two new passwords of a form.
fn new_password(password: &str, again: &str, email: &str) -> AppResult<()> {
    let mut fields = Vec::new();
    if let Err(problem) = domain::password::check(password, email) {
        fields.push(FieldError::new("password", problem));
    } else if password != again {
        fields.push(FieldError::new("again", Problem::PasswordMismatch));
    }
    if fields.is_empty() {
        Ok(())
    } else {
        Err(AppError::Invalid { fields })
    }
}

/// Signing in and out, and links by mail.
impl Engine {
    /// Whether somebody may sign in with this address and password. Takes as long, and answers the same, for an unknown
    /// address, a wrong password and a person who may not sign in.
    ///
    /// # Errors
    /// [`AppError::SignInFailed`]; [`AppError::RateLimited`] after too many failures (see the counters above: only the
    /// source that failed has to wait).
    pub async fn sign_in(&self, address: &str, password: &str, source: &str) -> AppResult<Caller> {
        let address = email::normalise(address);
        let throttle = Throttle::new(&address, source);
        // Before the counters are read: so no more tries than there are turns can be under way uncounted.
        let turn = password::turn().await;
        let mut tx = self.db().read().await.or_internal()?;
        throttle.check(&mut tx, self.wall_now()).await?;
        let person = rows::person_by_email(&mut tx, &address).await.or_internal()?;
        let hash = match &person {
            Some(person) => rows::password_hash(&mut tx, person.id).await.or_internal()?,
            None => None,
        };
        drop(tx);
        let right =
            password.chars().count() <= domain::password::MOST && password::matches(&turn, password, hash).await;

        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        match person.filter(|person| right && person.active) {
            Some(person) => {
                let id = person.id.to_string();
                let caller = caller_of(&person);
                rows::forget_failures(&mut tx, &throttle.pair).await.or_internal()?;
                rows::signed_in(&mut tx, person.id, now).await.or_internal()?;
                audit(&mut tx, self, now, entry(&caller.actor(), "user.signed_in", &id)).await?;
                self.commit(tx, None).await?;
                Ok(caller)
            }
            None => {
                throttle.failed(&mut tx, self.wall_now()).await?;
                self.commit(tx, None).await?;
                tracing::info!(source, "a sign-in failed");
                Err(AppError::SignInFailed)
            }
        }
    }

    /// Notes that a person has signed out; the session itself is the server's.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn signed_out(&self, user: UserId) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let (now, id) = (self.now(), user.to_string());
        audit(
            &mut tx,
            self,
            now,
            entry(&format!("user:{user}"), "user.signed_out", &id),
        )
        .await?;
        self.commit(tx, None).await
    }

    /// The person that a session belongs to, while they may sign in.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn person_of_session(&self, user: UserId) -> AppResult<Option<Person>> {
        let mut tx = self.db().read().await.or_internal()?;
        let person = rows::person(&mut tx, user).await.or_internal()?;
        Ok(person.filter(|person| person.active))
    }

    /// How many wait behind the entries of somebody's navigation.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn waiting(&self, caller: &Caller) -> AppResult<rows::Waiting> {
        let mut tx = self.db().read().await.or_internal()?;
        let mut found = match (caller.client_id, caller.vendor_id) {
            (Some(client), _) => rows::waiting_for_client(&mut tx, client).await,
            (None, Some(vendor)) => rows::waiting_for_vendor(&mut tx, vendor).await,
            (None, None) if caller.can(Capability::SeeRequests) => rows::waiting_for_staff(&mut tx).await,
            (None, None) => Ok(rows::Waiting::default()),
        }
        .or_internal()?;
        if !caller.can(Capability::AssignPacks) {
            found.assignments = 0;
        }
        if !caller.can(Capability::SeeQueue) {
            found.queue = 0;
        }
        Ok(found)
    }

    /// The sign-in page: the demo's sign-ins where the demo was seeded and no real money moves (§31).
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn sign_in_page(&self, test_mode: bool) -> AppResult<SignInPage> {
        if !test_mode {
            return Ok(SignInPage::default());
        }
        let mut tx = self.db().read().await.or_internal()?;
        let seeded = rows::person_by_email(&mut tx, DEMO_SIGN_INS[0].0)
            .await
            .or_internal()?
            .is_some();
        if !seeded {
            return Ok(SignInPage::default());
        }
        let demo = DEMO_SIGN_INS
            .iter()
            .map(|(email, who)| DemoSignIn {
                email: (*email).to_owned(),
                who: (*who).to_owned(),
            })
            .collect();
        Ok(SignInPage {
            demo,
            demo_password: DEMO_PASSWORD.to_owned(),
        })
    }

    /// Mails a reset link, if somebody who may sign in has this address. The answer never tells.
    ///
    /// # Errors
    /// [`AppError::RateLimited`] when one source asks too often.
    pub async fn request_reset(&self, address: &str, source: &str) -> AppResult<()> {
        let address = email::normalise(address);
        let by_source = throttle_key("reset source", source);
        let by_address = throttle_key("reset address", &address);
        let wall = self.wall_now();
        let since = wall.plus_minutes(-WINDOW_MINUTES);
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let recent = |found: Option<rows::Failures>| found.filter(|f| f.last_at >= since).map_or(0, |f| f.failures);
        let from_source = rows::failures(&mut tx, &by_source).await.or_internal()?;
        if let Some(found) = from_source.filter(|f| f.last_at.plus_secs(wait(f.failures, SOURCE_FREE)) > wall) {
            let until = found.last_at.plus_secs(wait(found.failures, SOURCE_FREE));
            return Err(AppError::RateLimited {
                retry_after_secs: u64::try_from((until - wall).max(1)).unwrap_or(1),
            });
        }
        let for_address = recent(rows::failures(&mut tx, &by_address).await.or_internal()?);
        rows::count_failure(&mut tx, &by_source, wall, since)
            .await
            .or_internal()?;
        rows::count_failure(&mut tx, &by_address, wall, since)
            .await
            .or_internal()?;
        let person = rows::person_by_email(&mut tx, &address).await.or_internal()?;
        if let Some(person) = person.filter(|p| p.active && p.has_password && for_address < RESETS_FREE) {
            let (token, hash) = new_token();
            rows::insert_token(&mut tx, &hash, person.id, "reset", wall, wall.plus_hours(RESET_HOURS))
                .await
                .or_internal()?;
            let mail = Mail {
                subject: "Set a new password".into(),
                paragraphs: vec![
                    "Somebody asked for a new password for this address. The link works once, for one hour.".into(),
                    "If it was not you, do nothing: your password stays as it is.".into(),
                ],
                action: Some(("Set a new password".into(), format!("/reset/{token}"))),
            };
            let to = Recipient {
                user_id: person.id,
                name: &person.name,
                email: &person.email,
            };
            queue_mail(&mut tx, self, now, &format!("{LINK_KEY}reset:{hash}"), to, &mail).await?;
            let id = person.id.to_string();
            audit(
                &mut tx,
                self,
                now,
                entry(crate::core::SYSTEM, "user.reset_requested", &id),
            )
            .await?;
        }
        self.commit(tx, None).await
    }

    /// Whose a reset or invitation link is.
    ///
    /// # Errors
    /// [`AppError::LinkExpired`] when it is used up, too old or made up.
    pub async fn link_owner(&self, kind: LinkKind, token: &str) -> AppResult<LinkOwner> {
        let mut tx = self.db().read().await.or_internal()?;
        let hash = token_hash(token);
        let owner = rows::token_owner(&mut tx, &hash, kind.word(), self.wall_now())
            .await
            .or_internal()?;
        let person = match owner {
            Some(id) => rows::person(&mut tx, id).await.or_internal()?,
            None => None,
        };
        let person = person.ok_or(AppError::LinkExpired)?;
        Ok(LinkOwner {
            name: person.name,
            email: person.email,
            org_name: person.org_name,
        })
    }

    /// Uses a link: sets the password, ends all of the person's sessions, and voids their other links.
    ///
    /// # Errors
    /// [`AppError::LinkExpired`], or [`AppError::Invalid`] with the fields `password` and `again`.
    pub async fn use_link(&self, kind: LinkKind, token: &str, password: &str, again: &str) -> AppResult<Caller> {
        let owner = self.link_owner(kind, token).await?;
        new_password(password, again, &owner.email)?;
        let hash = password::hash(password).await?;
        let secret = token_hash(token);
        let mut tx = self.db().write().await.or_internal()?;
        let (now, wall) = (self.now(), self.wall_now());
        let id = rows::token_owner(&mut tx, &secret, kind.word(), wall)
            .await
            .or_internal()?
            .ok_or(AppError::LinkExpired)?;
        if !rows::use_token(&mut tx, &secret, wall).await.or_internal()? {
            return Err(AppError::LinkExpired);
        }
        let person = rows::person(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::LinkExpired)?;
        rows::void_tokens(&mut tx, id, wall).await.or_internal()?;
        rows::set_password(&mut tx, id, &hash).await.or_internal()?;
        rows::end_sessions(&mut tx, id).await.or_internal()?;
        let caller = caller_of(&person);
        let action = match kind {
            LinkKind::Reset => "user.password_reset",
            LinkKind::Invite => "user.invitation_accepted",
        };
        audit(&mut tx, self, now, entry(&caller.actor(), action, &id.to_string())).await?;
        if kind == LinkKind::Reset {
            self.mail_password_changed(&mut tx, now, &person).await?;
        }
        self.commit(tx, None).await?;
        Ok(caller)
    }

    async fn mail_password_changed(&self, tx: &mut Tx, now: Instant, person: &Person) -> AppResult<()> {
        let mail = Mail {
            subject: "Your password was changed".into(),
            paragraphs: vec![
                format!("The password of your account was changed on {}.", self.zone().show(now)),
                "If it was not you, set a new one at once.".into(),
            ],
            action: Some(("Set a new password".into(), "/forgot".into())),
        };
        let to = Recipient {
            user_id: person.id,
            name: &person.name,
            email: &person.email,
        };
        let key = format!("password:{}:{}", person.id, person.row_version);
        queue_mail(tx, self, now, &key, to, &mail).await
    }

    /// A wall instant as it reads beside business instants: in sandbox mode the business clock is ahead.
    fn as_business(&self, wall: Instant) -> Instant {
        Instant(wall.0 + (self.now().0 - self.wall_now().0))
    }
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// A forgotten password.
    Reset,
    /// An invitation.
    Invite,
}

impl LinkKind {
    const fn word(self) -> &'static str {
        match self {
            LinkKind::Reset => "reset",
            LinkKind::Invite => "invite",
        }
    }
}

/// One's own account.
impl Engine {
    /// The account page. `session` is the public id of the session that asks.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the person is gone.
    pub async fn account(&self, caller: &Caller, session: &str) -> AppResult<AccountPage> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().read().await.or_internal()?;
        let person = rows::person(&mut tx, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let wall = self.wall_now();
        let sessions = rows::sessions_of(&mut tx, caller.user_id, wall).await.or_internal()?;
        let sessions = sessions
            .into_iter()
            .map(|row| SessionView {
                this: row.public_id == session,
                id: row.public_id,
                device: device(&row.user_agent),
                ip: row.ip,
                began: self.zone().show(self.as_business(row.created_at)),
                last_used: relative(row.last_seen_at, wall),
            })
            .collect();
        Ok(AccountPage {
            name: person.name,
            email: person.email,
            role: person.role.label().to_owned(),
            org_name: person.org_name,
            sessions,
        })
    }

    /// Changes one's own name.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the field `name`.
    pub async fn rename_self(&self, caller: &Caller, name: &str) -> AppResult<()> {
        caller.require(Capability::OwnAccount)?;
        let name = domain::services::words(name, domain::services::MAX_NAME).map_err(|p| AppError::field("name", p))?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::rename_person(&mut tx, caller.user_id, &name)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.renamed", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await
    }

    /// Changes one's own password and ends one's other sessions; how many ended.
    ///
    /// # Errors
    /// [`AppError::Invalid`] with the fields `present`, `password` and `again`; [`AppError::RateLimited`].
    pub async fn change_password(
        &self,
        caller: &Caller,
        session: &str,
        source: &str,
        present: &str,
        password: &str,
        again: &str,
    ) -> AppResult<u64> {
        caller.require(Capability::OwnAccount)?;
        let turn = password::turn().await;
        let mut tx = self.db().read().await.or_internal()?;
        let person = rows::person(&mut tx, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let throttle = Throttle::new(&person.email, source);
        throttle.check(&mut tx, self.wall_now()).await?;
        let hash = rows::password_hash(&mut tx, caller.user_id).await.or_internal()?;
        drop(tx);
        new_password(password, again, &person.email)?;
        if !password::matches(&turn, present, hash).await {
            let mut tx = self.db().write().await.or_internal()?;
            throttle.failed(&mut tx, self.wall_now()).await?;
            self.commit(tx, None).await?;
            return Err(AppError::field("present", Problem::PasswordWrong));
        }
        drop(turn);
        let hash = password::hash(password).await?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::set_password(&mut tx, caller.user_id, &hash).await.or_internal()?;
        rows::void_tokens(&mut tx, caller.user_id, self.wall_now())
            .await
            .or_internal()?;
        let ended = rows::end_other_sessions(&mut tx, caller.user_id, session)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.password_changed", &caller.user_id.to_string()),
        )
        .await?;
        self.mail_password_changed(&mut tx, now, &person).await?;
        self.commit(tx, None).await?;
        Ok(ended)
    }

    /// Ends one of one's own sessions.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is no such session of this person.
    pub async fn end_session(&self, caller: &Caller, id: &str) -> AppResult<()> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !rows::end_session(&mut tx, caller.user_id, id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.session_ended", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await
    }

    /// Ends all of one's sessions but the one that asks; how many.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn end_other_sessions(&self, caller: &Caller, session: &str) -> AppResult<u64> {
        caller.require(Capability::OwnAccount)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let ended = rows::end_other_sessions(&mut tx, caller.user_id, session)
            .await
            .or_internal()?;
        audit(
            &mut tx,
            self,
            now,
            entry(&caller.actor(), "user.sessions_ended", &caller.user_id.to_string()),
        )
        .await?;
        self.commit(tx, None).await?;
        Ok(ended)
    }
}

/// People.
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
            invited: !person.has_password,
            last_sign_in,
            version: person.row_version,
        }
    }

    /// A page of all people, by name.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn people(&self, caller: &Caller, words: &str, role: &str, after: &str) -> AppResult<PeoplePage> {
        caller.require(Capability::ManagePeople)?;
        let filter = PeopleFilter {
            words,
            role: role.parse().ok(),
            after: read_key(after),
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
        let named = |found: Vec<rows::Named>| found.into_iter().map(|n| (n.id, n.name)).collect();
        let clients = rows::client_choices(&mut tx).await.or_internal()?;
        let vendors = rows::vendor_choices(&mut tx).await.or_internal()?;
        Ok(PersonPage {
            person: person.map(|p| self.person_view(p)),
            clients: named(clients),
            vendors: named(vendors),
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
    async fn add_invited(&self, caller: &Caller, form_key: &str, valid: ValidPerson) -> AppResult<UserId> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let scope = format!("user:{}:invite", caller.user_id);
        if !form_key.is_empty()
            && let Some(done) = store::log::form_result(&mut tx, &scope, form_key).await.or_internal()?
        {
            return done.parse().map_err(crate::internal);
        }
        self.check_home(&mut tx, valid.home).await?;
        let id: UserId = self.new_id();
        let new = new_person(id, &valid, None);
        rows::insert_person(&mut tx, &new, now)
            .await
            .on_constraint("users_email_unique", email_taken)?;
        set_membership(&mut tx, &new, true).await?;
        let after = rights_json(new.role, new.lead, true);
        let text_id = id.to_string();
        let written = AuditEntry {
            after: Some(&after),
            ..entry("", "user.invited", &text_id)
        };
        audit(
            &mut tx,
            self,
            now,
            AuditEntry {
                actor: &caller.actor(),
                ..written
            },
        )
        .await?;
        if !form_key.is_empty() {
            store::log::remember_form(&mut tx, &scope, form_key, &text_id, now)
                .await
                .or_internal()?;
        }
        self.mail_invitation(&mut tx, now, caller, id).await?;
        self.commit(tx, home_change(valid.home)).await?;
        Ok(id)
    }

    async fn mail_invitation(&self, tx: &mut Tx, now: Instant, caller: &Caller, id: UserId) -> AppResult<()> {
        let person = rows::person(tx, id).await.or_internal()?.ok_or(AppError::NotFound)?;
        let wall = self.wall_now();
        let (token, hash) = new_token();
        rows::insert_token(tx, &hash, id, "invite", wall, wall.plus_days(INVITE_DAYS))
            .await
            .or_internal()?;
        let whose = person.org_name.as_deref().unwrap_or("the agency");
        let mail = Mail {
            subject: "You are invited to Monthly Packs".into(),
            paragraphs: vec![
                format!(
                    "{} invites you to Monthly Packs as {} of {whose}.",
                    caller.name,
                    person.role.label()
                ),
                "Choose a password to begin. The link works once, for seven days.".into(),
            ],
            action: Some(("Accept the invitation".into(), format!("/invite/{token}"))),
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

    /// Sends a person who has no password yet a new link; the earlier ones stop working.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] also for somebody who has a password already.
    pub async fn invite_again(&self, caller: &Caller, id: &str) -> AppResult<()> {
        let owners = !caller.can(Capability::ManagePeople);
        if owners {
            caller.require(Capability::Billing)?;
        }
        let id: UserId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().write().await.or_internal()?;
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
        self.commit(tx, None).await
    }

    /// Changes a person: name, address, role, lead right, where they belong, and whether they may sign in. Memberships
    /// follow in the same transaction (TP2, TP3); whoever may no longer sign in, or has another role, is signed out.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Stale`], what [`PersonForm::check`] finds, a taken
    /// address; the last active admin keeps role and access.
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
        if before.role == Role::Admin
            && before.active
            && !keeps_admin
            && rows::others_with_role(&mut tx, Role::Admin, None, id)
                .await
                .or_internal()?
                == 0
        {
            return Err(AppError::field("role", Problem::LastOfRole));
        }
        let new = new_person(id, &valid, None);
        let changed = rows::update_person(&mut tx, &new, active, version)
            .await
            .on_constraint("users_email_unique", email_taken)?;
        if !changed {
            return Err(AppError::Stale);
        }
        set_membership(&mut tx, &new, active).await?;
        crate::work::leave(&mut tx, self, id, vendor_of(&new, active).as_deref(), now).await?;
        let moved = before.role != new.role
            || before.lead != new.lead
            || before.client_id != new.client_id
            || before.vendor_id != new.vendor_id;
        if !active || moved {
            rows::end_sessions(&mut tx, id).await.or_internal()?;
        }
        if !active || before.email != new.email {
            rows::void_tokens(&mut tx, id, self.wall_now()).await.or_internal()?;
        }
        let text_id = id.to_string();
        let (old, fresh) = (
            rights_json(before.role, before.lead, before.active),
            rights_json(new.role, new.lead, active),
        );
        let actor = caller.actor();
        let written = AuditEntry {
            before: Some(&old),
            after: Some(&fresh),
            ..entry(&actor, "user.changed", &text_id)
        };
        audit(&mut tx, self, now, written).await?;
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
        let (after, text_id) = (rights_json(new.role, new.lead, true), id.to_string());
        let written = AuditEntry {
            after: Some(&after),
            ..entry(crate::core::SYSTEM, "user.created", &text_id)
        };
        audit(&mut tx, self, now, written).await?;
        self.commit(tx, home_change(valid.home)).await?;
        Ok(id)
    }
}

impl Engine {
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
            let id = self.new_id::<uuid::Uuid>().to_string();
            let key = format!("membership_drift:{}", now.0);
            let detail = format!("{wrong} vendor memberships did not follow from the roles and were repaired");
            store::log::raise_alarm(
                &mut tx,
                &id,
                "membership_drift",
                "vendor",
                rows::TRI_POD,
                &detail,
                &key,
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

/// The people of one's own client.
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
        drop(tx);
        Ok(MembersPage {
            client: client.name,
            people: people.into_iter().map(|p| self.person_view(p)).collect(),
            members_may_order_extra: client.members_may_order_extra,
        })
    }

    /// A Client Owner invites somebody to their own client, as an owner or a member.
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
        let role = if owner { Role::ClientOwner } else { Role::ClientMember };
        let form = PersonForm {
            name: name.to_owned(),
            email: address.to_owned(),
            role: role.as_str().to_owned(),
            client: caller.client()?.to_string(),
            ..PersonForm::default()
        };
        self.add_invited(caller, form_key, form.check()?).await
    }

    /// A Client Owner takes somebody's access to the client away, or gives it back.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for somebody of another client; [`AppError::Invalid`] for the last active owner.
    pub async fn set_member_active(&self, caller: &Caller, id: &str, active: bool) -> AppResult<()> {
        caller.require(Capability::Billing)?;
        let client = caller.client()?;
        let id: UserId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let person = rows::person(&mut tx, id).await.or_internal()?;
        let person = person
            .filter(|p| p.client_id == Some(client))
            .ok_or(AppError::NotFound)?;
        if !active
            && person.role == Role::ClientOwner
            && rows::others_with_role(&mut tx, Role::ClientOwner, Some(client), id)
                .await
                .or_internal()?
                == 0
        {
            return Err(AppError::field("member", Problem::LastOfRole));
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
        if !rows::update_person(&mut tx, &new, active, person.row_version)
            .await
            .or_internal()?
        {
            return Err(AppError::Stale);
        }
        if !active {
            rows::end_sessions(&mut tx, id).await.or_internal()?;
            rows::void_tokens(&mut tx, id, self.wall_now()).await.or_internal()?;
        }
        let text_id = id.to_string();
        let (before, after) = (
            rights_json(person.role, person.lead, person.active),
            rights_json(person.role, person.lead, active),
        );
        let actor = caller.actor();
        let written = AuditEntry {
            before: Some(&before),
            after: Some(&after),
            ..entry(&actor, "user.changed", &text_id)
        };
        audit(&mut tx, self, now, written).await?;
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

/// Clients, for those who manage people; those who see the admin area may read.
impl Engine {
    /// A page of clients, by name.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn clients(&self, caller: &Caller, words: &str, payment: &str, after: &str) -> AppResult<ClientsPage> {
        caller.require(Capability::SeeAdmin)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::clients(&mut tx, words, payment.parse().ok(), read_key(after), PAGE_SIZE + 1)
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

    /// One client with its people, prices and subscriptions.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn client(&self, caller: &Caller, id: &str) -> AppResult<ClientPage> {
        caller.require(Capability::SeeAdmin)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let people = rows::people_of_client(&mut tx, id).await.or_internal()?;
        let prices = rows::client_prices(&mut tx, id).await.or_internal()?;
        let packs = rows::client_packs(&mut tx, id).await.or_internal()?;
        drop(tx);
        let card = client.card_brand.zip(client.card_last4).map(|(brand, last4)| {
            let mut letters = brand.chars();
            let brand: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
                .collect();
            format!("{brand} ending in {last4}")
        });
        Ok(ClientPage {
            id: id.to_string(),
            name: client.name,
            alias: client.alias,
            payment_type: client.payment_type,
            members_may_order_extra: client.members_may_order_extra,
            card,
            since: self.zone().show_date(client.created_at),
            version: client.row_version,
            currency: self.currency(),
            people: people.into_iter().map(|p| self.person_view(p)).collect(),
            prices: prices
                .into_iter()
                .map(|row| ClientPriceView {
                    service_id: row.service_id.to_string(),
                    service: row.service,
                    standard: row.standard_cents,
                    agreed: row.agreed_cents,
                })
                .collect(),
            packs: packs
                .into_iter()
                .map(|row| ClientPackView {
                    id: row.id.to_string(),
                    label: PackLabel {
                        quantity: row.quantity,
                        service: row.service,
                    }
                    .to_string(),
                    status: row.status,
                    price: row.price_cents,
                    usage: row.used_units.zip(row.included_units),
                    until: row.ends_at.map(|at| self.zone().show_date(at)),
                })
                .collect(),
        })
    }

    /// Adds a client. `form_key` makes a repeated post the same client.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`], also for a taken name or alias.
    pub async fn create_client(&self, caller: &Caller, form_key: &str, form: &ClientForm) -> AppResult<ClientId> {
        caller.require(Capability::ManagePeople)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let scope = format!("user:{}:client", caller.user_id);
        if !form_key.is_empty()
            && let Some(done) = store::log::form_result(&mut tx, &scope, form_key).await.or_internal()?
        {
            return done.parse().map_err(crate::internal);
        }
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
        if !form_key.is_empty() {
            store::log::remember_form(&mut tx, &scope, form_key, &text_id, now)
                .await
                .or_internal()?;
        }
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

    /// Sets a client's own prices as typed: an amount, or nothing for the standard price. The fields are named by the
    /// services' ids.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::Invalid`] naming every wrong field.
    pub async fn set_client_prices(&self, caller: &Caller, id: &str, typed: &[(String, String)]) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut wrong = Vec::new();
        let mut prices: Vec<(ServiceId, Option<Cents>)> = Vec::new();
        for (service, text) in typed {
            let Ok(service_id) = service.parse::<ServiceId>() else {
                return Err(AppError::NotFound);
            };
            let price = if text.trim().is_empty() {
                Ok(None)
            } else {
                domain::services::unit_price(text).map(Some)
            };
            match price {
                Ok(price) => prices.push((service_id, price)),
                Err(problem) => wrong.push(FieldError::new(service.clone(), problem)),
            }
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let known = rows::client_prices(&mut tx, id).await.or_internal()?;
        let (actor, text_id) = (caller.actor(), id.to_string());
        for (service, price) in prices {
            let row = known
                .iter()
                .find(|row| row.service_id == service)
                .ok_or(AppError::NotFound)?;
            if row.agreed_cents == price {
                continue;
            }
            rows::set_client_price(&mut tx, id, service, price)
                .await
                .or_internal()?;
            let json = |price: Option<Cents>| {
                serde_json::json!({ "service_id": service, "unit_price_cents": price }).to_string()
            };
            let (old, fresh) = (json(row.agreed_cents), json(price));
            let written = AuditEntry {
                actor: &actor,
                action: "client.price_changed",
                entity: "client",
                entity_id: &text_id,
                before: Some(&old),
                after: Some(&fresh),
            };
            audit(&mut tx, self, now, written).await?;
        }
        self.commit(tx, Change::of_client(id)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(wait(4, 5), 0, "free tries cost nothing");
        assert_eq!(wait(5, 5), 5);
        assert_eq!(wait(6, 5), 10);
        assert_eq!(wait(7, 5), 20);
        assert_eq!(wait(1000, 5), LONGEST_WAIT_SECS);
    }

    #[test]
    fn a_source_is_an_address_or_a_network() {
        assert_eq!(source("203.0.113.7".parse().expect("an address")), "203.0.113.7");
        assert_eq!(source("::ffff:203.0.113.7".parse().expect("an address")), "203.0.113.7");
        let one = source("2001:db8:1:2:3:4:5:6".parse().expect("an address"));
        assert_eq!(
            one,
            source("2001:db8:1:2:ffff::1".parse().expect("an address")),
            "one subscriber"
        );
        assert_ne!(one, source("2001:db8:1:3::1".parse().expect("an address")));
    }

    #[test]
    fn devices_are_told_by_their_own_words() {
        assert_eq!(
            device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(
            device("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140"),
            "Edge on Windows"
        );
        assert_eq!(device("curl/8"), "Unknown browser");
    }
}
