//! Signing in, and links by mail that stand for it: resets and invitations (§25). What failed is counted by address and by
//! source, so that guessing gets slow for whoever guesses.

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{
        SYSTEM, audit,
        jobs::enqueue,
        mail::{LINK_GONE, LINK_KEY, Mail, Recipient, queue_mail},
        to_the_end,
    },
    people::{
        jobs::Job,
        log::entry,
        password,
        throttle::{InAnHour, SOURCE_FREE, Throttle, WINDOW_MINUTES, key, source_may},
    },
};
use domain::{
    AppError, AppResult, Instant, UserId, email,
    error::{FieldError, Problem},
    people::view::{DemoSignIn, LinkOwner, SignInPage},
};
use sha2::{Digest, Sha256};
use store::{
    Tx,
    people::{self as rows, Person, SessionPerson},
};

/// A reset link holds for an hour.
const RESET_HOURS: i64 = 1;

/// An invitation holds for a week.
pub(super) const INVITE_DAYS: i64 = 7;

/// Reset mails for one address in a fixed hour, asked for from one source.
const RESETS_OF_SOURCE: i64 = 3;

/// The same from all sources together.
const RESETS_OF_ADDRESS: i64 = 20;

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
pub(super) fn new_token() -> (String, String) {
    let token = hex::encode(rand::random::<[u8; 32]>());
    let hash = token_hash(&token);
    (token, hash)
}

/// The hash under which a link's secret is kept.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
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

/// The two new passwords of a form.
pub(super) fn new_password(password: &str, again: &str, email: &str) -> AppResult<()> {
    let mut fields = Vec::new();
    if let Err(problem) = domain::people::password::check(password, email) {
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

impl Engine {
    /// Whether somebody may sign in with this address and password. Takes as long, and answers the same, for an unknown
    /// address, a wrong password and a person who may not sign in. A try is counted, whether or not somebody waits for the
    /// answer.
    ///
    /// # Errors
    /// [`AppError::SignInFailed`]; [`AppError::RateLimited`] after too many failures (see the counters above: only the
    /// source that failed has to wait).
    pub async fn sign_in(&self, address: &str, password: &str, source: Option<&str>) -> AppResult<Caller> {
        let engine = self.clone();
        let (address, password) = (email::normalise(address), password.to_owned());
        let source = source.map(str::to_owned);
        to_the_end(async move { engine.try_password(&address, &password, source.as_deref()).await }).await
    }

    async fn try_password(&self, address: &str, password: &str, source: Option<&str>) -> AppResult<Caller> {
        let throttle = Throttle::new(address, source, self.wall_now());
        // Who has to wait anyway does not queue for a turn.
        throttle.check_now(self).await?;
        // Before the counters are read: so no more tries than there are turns can be under way uncounted.
        let turn = password::turn().await?;
        let mut tx = self.db().read().await.or_internal()?;
        throttle.check(&mut tx, self.wall_now()).await?;
        let person = rows::person_by_email(&mut tx, address).await.or_internal()?;
        let hash = match &person {
            Some(person) => rows::password_hash(&mut tx, person.id).await.or_internal()?,
            None => None,
        };
        drop(tx);
        // Nobody has so long a one, and it is not worth a hash.
        let tried = if password.chars().count() <= domain::people::password::MOST {
            password::matches(turn, password, hash).await?
        } else {
            (false, turn)
        };
        // The turn ends when the try is counted.
        let (right, _turn) = tried;

        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        match person.filter(|person| right && person.active) {
            Some(person) => {
                let id = person.id.to_string();
                let caller = caller_of(&person);
                throttle.got_in(&mut tx).await?;
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

    /// The person that a session belongs to, while they may sign in, and what every page of theirs shows.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn person_of_session(&self, user: UserId) -> AppResult<Option<SessionPerson>> {
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::session_person(&mut tx, user).await.or_internal()?;
        Ok(found.filter(|found| found.person.active))
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

    /// Has a reset link mailed, if somebody who may sign in has this address. The answer never tells, and neither does the time
    /// that it takes: the same is done for an address that nobody has.
    ///
    /// What is counted is mails, in fixed hours: each source has some of its own for an address, so that asking often keeps
    /// nobody else from theirs.
    ///
    /// # Errors
    /// [`AppError::RateLimited`] when one source asks too often.
    pub async fn request_reset(&self, address: &str, source: Option<&str>) -> AppResult<()> {
        let address = email::normalise(address);
        let wall = self.wall_now();
        let by_source = source.map(|source| key("reset source", source));
        let own = source.map(|source| InAnHour::new("reset pair", &format!("{address}\n{source}"), wall));
        let all = InAnHour::new("reset address", &address, wall);
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if let Some(by_source) = &by_source {
            source_may(&mut tx, by_source, SOURCE_FREE, wall).await?;
            let since = wall.plus_minutes(-WINDOW_MINUTES);
            rows::count_failure(&mut tx, by_source, wall, since)
                .await
                .or_internal()?;
        }
        let own_free = match &own {
            Some(own) => own.count(&mut tx).await? < RESETS_OF_SOURCE,
            None => true,
        };
        if own_free && all.count(&mut tx).await? < RESETS_OF_ADDRESS {
            for counter in own.iter().chain([&all]) {
                counter.add(&mut tx, wall).await?;
            }
            enqueue(&mut tx, now, now, &Job::MailReset { address }).await?;
        }
        self.commit(tx, None).await
    }

    /// The job *Mail a reset link*: does nothing where nobody who may sign in has the address.
    pub(super) async fn mail_reset(&self, address: &str) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let (now, wall) = (self.now(), self.wall_now());
        let person = rows::person_by_email(&mut tx, address).await.or_internal()?;
        let Some(person) = person.filter(|p| p.active && p.has_password) else {
            return Ok(());
        };
        let (token, hash) = new_token();
        rows::insert_token(&mut tx, &hash, person.id, "reset", wall, wall.plus_hours(RESET_HOURS))
            .await
            .or_internal()?;
        self.forget_links(&mut tx, Some(person.id), wall).await?;
        let mail = Mail {
            subject: "Set a new password".into(),
            paragraphs: vec![
                "Someone asked for a new password for this address. The link works once and expires in 1 hour.".into(),
                "If it wasn't you, ignore this email. Your password won't change.".into(),
            ],
            action: Some(("Set a new password".into(), format!("/reset/{token}"))),
            ..Mail::default()
        };
        let to = Recipient {
            user_id: person.id,
            name: &person.name,
            email: &person.email,
        };
        queue_mail(&mut tx, self, now, &format!("{LINK_KEY}reset:{hash}"), to, &mail).await?;
        let id = person.id.to_string();
        audit(&mut tx, self, now, entry(SYSTEM, "user.reset_requested", &id)).await?;
        self.commit(tx, None).await
    }

    /// Links that are over do not lie readable in the mails that they were sent by: a person's, or everybody's.
    pub(super) async fn forget_links(&self, tx: &mut Tx, user: Option<UserId>, wall: Instant) -> AppResult<()> {
        let over = match user {
            Some(user) => rows::mails_of_links_over(tx, user, wall, LINK_GONE).await,
            None => rows::mails_of_all_links_over(tx, wall, LINK_GONE).await,
        };
        for mail in over.or_internal()? {
            store::mail::forget_link(tx, &mail, LINK_KEY, LINK_GONE)
                .await
                .or_internal()?;
        }
        Ok(())
    }

    /// All links of a person are over, and what was mailed of them is forgotten.
    pub(super) async fn void_links(&self, tx: &mut Tx, user: UserId) -> AppResult<()> {
        let wall = self.wall_now();
        rows::void_tokens(tx, user, wall).await.or_internal()?;
        self.forget_links(tx, Some(user), wall).await
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
        self.void_links(&mut tx, id).await?;
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

    pub(super) async fn mail_password_changed(&self, tx: &mut Tx, now: Instant, person: &Person) -> AppResult<()> {
        let mail = Mail {
            subject: "Your password was changed".into(),
            paragraphs: vec![
                format!("Your password was changed on {}.", self.zone().show(now)),
                "If it wasn't you, set a new password now.".into(),
            ],
            action: Some(("Set a new password".into(), "/forgot".into())),
            ..Mail::default()
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
    pub(super) fn as_business(&self, wall: Instant) -> Instant {
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
