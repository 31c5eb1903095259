//! Signing in, and links by mail that stand for it: resets and invitations (§25). What failed is counted by address and by
//! source, so that guessing gets slow for whoever guesses.

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{
        SYSTEM, audit,
        mail::{LINK_KEY, Mail, Recipient, queue_mail},
    },
    people::{log::entry, password},
};
use domain::{
    AppError, AppResult, Instant, UserId, email,
    error::{FieldError, Problem},
    people::view::{DemoSignIn, LinkOwner, SignInPage},
};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::{
    Tx,
    people::{self as rows, Person},
};

/// A reset link holds for an hour.
const RESET_HOURS: i64 = 1;

/// An invitation holds for a week.
pub(super) const INVITE_DAYS: i64 = 7;

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
pub(super) fn new_token() -> (String, String) {
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
pub(super) struct Throttle {
    source: String,
    address: String,
    pair: String,
}

impl Throttle {
    pub(super) fn new(email: &str, source: &str) -> Self {
        Throttle {
            source: throttle_key("source", source),
            address: throttle_key("address", email),
            pair: throttle_key("pair", &format!("{email}\n{source}")),
        }
    }

    pub(super) async fn check(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
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

    pub(super) async fn failed(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
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
        let right = password.chars().count() <= domain::people::password::MOST
            && password::matches(&turn, password, hash).await;

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
            audit(&mut tx, self, now, entry(SYSTEM, "user.reset_requested", &id)).await?;
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

    pub(super) async fn mail_password_changed(&self, tx: &mut Tx, now: Instant, person: &Person) -> AppResult<()> {
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
}
