//! Sessions: `tower-sessions` with a store of ours over the sessions table.
//!
//! The cookie's id stands in the table as its hash only. Times are the wall's (TT1): a session ends 14 days after its last
//! use, and 30 days after it began. The table's columns beside the data are for the account page.

use crate::api::kernel::{Flash, Refill};
use async_trait::async_trait;
use domain::{Instant, UserId};
use engine::Engine;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use store::{
    Db,
    people::{self, NewSession},
};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{SameSite, time::Duration},
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Days without use after which a session ends.
pub const IDLE_DAYS: i64 = 14;
/// Days after which a session ends in any case.
pub const ABSOLUTE_DAYS: i64 = 30;
/// Minutes between two notes that a session is in use: a page view is then no write.
const TOUCH_MINUTES: i64 = 10;

/// Where everything of ours stands in the session.
const KEY: &str = "monthly_packs";

/// The cookie's name: browsers hold the first to TLS, this host and the whole path.
pub const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-mp_session" } else { "mp_session" }
}

/// What a session holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Who is signed in.
    pub user_id: Option<UserId>,
    /// What the account page calls this session by.
    pub public_id: String,
    /// The browser's own words when the session began.
    pub user_agent: String,
    /// Where it began.
    pub ip: String,
    /// When its use was last noted, wall time.
    pub seen_at: i64,
    /// A message for the next page.
    #[serde(default)]
    pub flash: Option<Flash>,
    /// A form that was refused, for its page's next rendering. What another version of this program has left is left out.
    #[serde(default, deserialize_with = "where_known")]
    pub refused: Option<Refill>,
}

fn where_known<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<Refill>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

/// Our sessions table as a session store.
#[derive(Clone)]
pub struct Sessions(pub Engine);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

/// The hash under which a session stands in the table.
pub fn id_hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

fn held(record: &Record) -> Held {
    record
        .data
        .get(KEY)
        .and_then(|value| serde_json::from_value(value.clone()).ok())
        .unwrap_or_default()
}

fn ends_at(began: Instant, now: Instant) -> Instant {
    now.plus_days(IDLE_DAYS).min(began.plus_days(ABSOLUTE_DAYS))
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let held = held(record);
        // A row for each visitor would be rows without end.
        if held.user_id.is_none() {
            return Err(backend("a session of nobody is not kept"));
        }
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let now = self.0.wall_now();
        let public_id = if held.public_id.is_empty() {
            new_public_id()
        } else {
            held.public_id
        };
        let new = NewSession {
            id_hash: &id_hash(&record.id),
            data: &data,
            user_id: held.user_id,
            public_id: &public_id,
            user_agent: &held.user_agent,
            ip: &held.ip,
            now,
            expires_at: ends_at(now, now),
        };
        let mut tx = self.0.db().write().await.map_err(backend)?;
        people::insert_session(&mut tx, &new).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let hash = id_hash(&record.id);
        let data = serde_json::to_string(&record.data).map_err(|e| Error::Encode(e.to_string()))?;
        let now = self.0.wall_now();
        let mut tx = self.0.db().write().await.map_err(backend)?;
        // A session that somebody ended in between is not there any more, and stays so.
        if let Some(row) = people::session(&mut tx, &hash, now).await.map_err(backend)? {
            let user = held(record).user_id;
            people::update_session(&mut tx, &hash, &data, user, now, ends_at(row.created_at, now))
                .await
                .map_err(backend)?;
        }
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.0.wall_now();
        let db = READ_IN.try_with(Db::clone).unwrap_or_else(|_| self.0.db().clone());
        let mut tx = db.read().await.map_err(backend)?;
        let Some(row) = people::session(&mut tx, &id_hash(id), now).await.map_err(backend)? else {
            return Ok(None);
        };
        let data = serde_json::from_str(&row.data).map_err(|e| Error::Decode(e.to_string()))?;
        let left = ends_at(row.created_at, row.last_seen_at) - now;
        let expiry_date = tower_sessions::cookie::time::OffsetDateTime::now_utc() + Duration::seconds(left);
        Ok(Some(Record {
            id: *id,
            data,
            expiry_date,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.0.db().write().await.map_err(backend)?;
        people::delete_session(&mut tx, &id_hash(id)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}

/// The layer that gives every request its session.
pub fn layer(engine: &Engine, https: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(engine.clone()))
        .with_name(cookie_name(https))
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::days(IDLE_DAYS)))
}

fn new_public_id() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

tokio::task_local! {
    /// What a session is loaded in, where its request has a snapshot: the trait has no place to hand it over.
    static READ_IN: Db;
}

/// The same as [`read`], in the request's snapshot where it has not been loaded yet.
///
/// # Errors
/// The database cannot be read.
pub async fn read_in(db: &Db, session: &Session) -> std::result::Result<Option<Held>, tower_sessions::session::Error> {
    READ_IN.scope(db.clone(), read(session)).await
}

/// What the session holds, if there is one.
///
/// # Errors
/// The database cannot be read.
pub async fn read(session: &Session) -> std::result::Result<Option<Held>, tower_sessions::session::Error> {
    session.get(KEY).await
}

/// Begins a signed-in session under a new id, whatever the browser brought: an id that was planted before is worth
/// nothing afterwards.
///
/// # Errors
/// The database cannot be written.
pub async fn begin(
    session: &Session,
    user: UserId,
    user_agent: &str,
    ip: &str,
    wall: Instant,
) -> std::result::Result<(), tower_sessions::session::Error> {
    // Not `flush`: after it the next save would bring the old id back.
    session.clear().await;
    session.cycle_id().await?;
    let held = Held {
        user_id: Some(user),
        public_id: new_public_id(),
        user_agent: user_agent.chars().take(200).collect(),
        ip: ip.to_owned(),
        seen_at: wall.0,
        flash: None,
        refused: None,
    };
    session.insert(KEY, held).await
}

/// Ends the session here and in the table.
///
/// # Errors
/// The database cannot be written.
pub async fn end(session: &Session) -> std::result::Result<(), tower_sessions::session::Error> {
    session.flush().await
}

/// The one way in which something is kept in a session that goes on: that of somebody. Nothing is kept for nobody.
async fn keep(
    session: &Session,
    change: impl FnOnce(&mut Held),
) -> std::result::Result<(), tower_sessions::session::Error> {
    let Some(mut held) = read(session).await?.filter(|held| held.user_id.is_some()) else {
        return Ok(());
    };
    change(&mut held);
    session.insert(KEY, held).await
}

/// Leaves a message for the next page.
///
/// # Errors
/// The database cannot be written.
pub async fn leave_flash(session: &Session, flash: Flash) -> std::result::Result<(), tower_sessions::session::Error> {
    keep(session, |held| held.flash = Some(flash)).await
}

/// Parts of names of fields that are not given back.
const NEVER_KEPT: &[&str] = &["password", "present", "again", "idem_key", "form_key"];
/// How many fields of a refused form are kept.
const MOST_FIELDS: usize = 64;
/// How many bytes of them, names and values together.
const MOST_BYTES: usize = 32 * 1024;

/// Takes out what is never given back, and what is too much.
fn bounded(fields: &mut Vec<(String, String)>) {
    let mut left = MOST_BYTES;
    fields.retain(|(name, _)| !NEVER_KEPT.iter().any(|never| name.contains(never)));
    fields.truncate(MOST_FIELDS);
    fields.retain(|(name, value)| {
        let rest = left.checked_sub(name.len() + value.len());
        left = rest.unwrap_or(left);
        rest.is_some()
    });
}

/// The fields of a form that may be given back: no passwords, no keys, and not without end.
pub fn fields_kept(form: &[u8]) -> Vec<(String, String)> {
    let mut fields = url::form_urlencoded::parse(form).into_owned().collect();
    bounded(&mut fields);
    fields
}

/// Keeps a form that was refused, for its page's next rendering: why, and what was typed, but for passwords and keys. A
/// field that does not fit any more is left out, whole.
///
/// # Errors
/// The database cannot be written.
pub async fn leave_refused(
    session: &Session,
    mut refill: Refill,
) -> std::result::Result<(), tower_sessions::session::Error> {
    bounded(&mut refill.fields);
    keep(session, |held| held.refused = Some(refill)).await
}

/// Takes the message that was left, if any; and notes, now and then, that the session is in use.
///
/// # Errors
/// The database cannot be read.
pub async fn take_flash(
    session: &Session,
    mut held: Held,
    wall: Instant,
) -> std::result::Result<Option<Flash>, tower_sessions::session::Error> {
    let flash = held.flash.take();
    let refused = held.refused.take();
    // Only a session of somebody: looking at the sign-in page begins none.
    let touch = held.user_id.is_some() && wall.0 - held.seen_at >= TOUCH_MINUTES * 60 * 1_000_000;
    if flash.is_some() || refused.is_some() || touch {
        held.seen_at = wall.0;
        session.insert(KEY, held).await?;
    }
    Ok(flash)
}
