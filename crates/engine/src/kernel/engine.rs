//! The engine itself: what every use case holds, and the few writes that all of them share.

use crate::kernel::ports::{Clock, Files, Gateway, Ids, Mailer, Previews, WallClock};
use domain::{
    AppError, BusinessZone, ClientId, Currency, Instant, Role, UserId, VendorId,
    access::{Capability, Rights, allowed},
    shown::Moment,
};
use serde::{Deserialize, Serialize};
use std::{
    any::{Any, TypeId},
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};
use store::{Db, StoreError, Tx};
use tokio::sync::{Notify, broadcast};
use tracing::Instrument as _;

/// Everything that a use case needs. Cheap to clone; one for the process.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
    db: Db,
}

/// What [`Engine`] is made of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Business time.
    pub clock: Arc<dyn Clock>,
    /// The wall's time.
    pub wall: Arc<dyn WallClock>,
    /// New ids.
    pub ids: Arc<dyn Ids>,
    /// The payment provider.
    pub gateway: Arc<dyn Gateway>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Where files are.
    pub files: Arc<dyn Files>,
    /// Who draws them.
    pub previews: Arc<dyn Previews>,
    /// Settings that do not change while the process runs.
    pub settings: Settings,
}

/// Settings that do not change while the process runs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In which zone the business counts its days (`BUSINESS_ZONE`).
    pub zone: BusinessZone,
    /// The installation's currency (`CURRENCY`, IV3).
    pub currency: Currency,
    /// Where the app is reached, without a slash at the end (`BASE_URL`).
    pub base_url: String,
    /// `livemode` that events must have (WH1).
    pub livemode: bool,
}

pub(crate) struct Inner {
    pub parts: Parts,
    /// Wakes the worker when a job was enqueued.
    pub wake: Notify,
    /// Tells open pages that something of theirs has changed; see [`Change`].
    changes: broadcast::Sender<Change>,
    told: Mutex<Told>,
    kept: Kept,
}

/// What rooms keep in the engine for themselves: one value of each type, put in where the engine is made. So the engine
/// holds what it does not know.
#[derive(Default)]
pub(crate) struct Kept(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Kept {
    /// The same with one more.
    pub fn with<T: Any + Send + Sync>(mut self, value: T) -> Self {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
        self
    }
}

/// How many changes are remembered for pages that were rendered before and listen only now.
const REMEMBERED: usize = 256;

/// The changes of this process.
#[derive(Default)]
struct Told {
    count: u64,
    last: VecDeque<Change>,
}

impl Told {
    fn add(&mut self, change: Change) {
        self.count += 1;
        if self.last.len() == REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(change);
    }

    fn since(&self, count: u64) -> Option<Vec<Change>> {
        let missed = usize::try_from(self.count.checked_sub(count)?).ok()?;
        let known = self.last.len().checked_sub(missed)?;
        Some(self.last.iter().skip(known).cloned().collect())
    }
}

/// Something that open pages may show has changed. Carries whom it concerns, never what: pages read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The client whose pages are concerned; `None` = staff only.
    pub client_id: Option<ClientId>,
    /// The vendor whose pages are concerned, if any.
    pub vendor_id: Option<VendorId>,
}

impl Engine {
    /// Puts the parts together, with what the rooms keep.
    pub(crate) fn with(parts: Parts, kept: Kept) -> Self {
        let (changes, _) = broadcast::channel(1024);
        Self {
            db: parts.db.clone(),
            inner: Arc::new(Inner {
                kept,
                parts,
                wake: Notify::new(),
                changes,
                told: Mutex::default(),
            }),
        }
    }

    /// The same use cases for one request: what they read is of one moment, until one of them writes or turns to the
    /// outside ([`Db::snapshot`]). Whoever asks for it ends it ([`Db::end_snapshot`]).
    #[must_use]
    pub fn for_one_request(&self) -> Engine {
        Engine {
            inner: self.inner.clone(),
            db: self.inner.parts.db.snapshot(),
        }
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Business time now (TT1). Inside a use case that writes, read it once, after the transaction has begun (CO2).
    pub fn now(&self) -> Instant {
        self.inner.parts.clock.now()
    }

    /// The wall's time now (TT1).
    pub fn wall_now(&self) -> Instant {
        self.inner.parts.wall.wall_now()
    }

    /// The business zone.
    pub fn zone(&self) -> &BusinessZone {
        &self.inner.parts.settings.zone
    }

    /// The installation's currency.
    pub fn currency(&self) -> Currency {
        self.inner.parts.settings.currency
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.inner.parts.settings
    }

    /// The payment provider. Never inside a transaction.
    pub fn gateway(&self) -> &dyn Gateway {
        self.db.let_go();
        self.inner.parts.gateway.as_ref()
    }

    /// Mail. Never inside a transaction.
    pub fn mailer(&self) -> &dyn Mailer {
        self.db.let_go();
        self.inner.parts.mailer.as_ref()
    }

    /// Where files are. Never inside a transaction.
    pub fn files(&self) -> &dyn Files {
        self.db.let_go();
        self.inner.parts.files.as_ref()
    }

    /// Who draws files. Never inside a transaction.
    pub fn previews(&self) -> &dyn Previews {
        self.db.let_go();
        self.inner.parts.previews.as_ref()
    }

    /// A new id of any kind.
    pub fn new_id<T: From<uuid::Uuid>>(&self) -> T {
        T::from(self.inner.parts.ids.next())
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// What a room keeps here.
    pub(crate) fn kept<T: Any + Send + Sync>(&self) -> &T {
        let value = self.inner.kept.0.get(&TypeId::of::<T>());
        value
            .and_then(|value| value.downcast_ref())
            .expect("the engine is made with all that its rooms keep")
    }

    /// Changes as they are committed, for event streams.
    pub fn subscribe_changes(&self) -> broadcast::Receiver<Change> {
        self.inner.changes.subscribe()
    }

    /// How many changes there have been. A page that is rendered now and listens later asks with it for what it missed.
    pub fn changes_so_far(&self) -> u64 {
        self.inner.told.lock().unwrap_or_else(PoisonError::into_inner).count
    }

    /// The changes since a count; `None` where they are not remembered any more, or another process has counted.
    pub fn changes_since(&self, count: u64) -> Option<Vec<Change>> {
        self.inner
            .told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .since(count)
    }

    /// Tells open pages of a change that was committed.
    pub(crate) fn tell(&self, change: Change) {
        let mut told = self.inner.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.add(change.clone());
        // Nobody listening is not an error.
        let _ = self.inner.changes.send(change);
    }

    /// Commits, wakes the worker and tells open pages. Use cases end with it.
    ///
    /// # Errors
    /// [`AppError::Internal`] when the commit failed; nothing holds then.
    pub async fn commit(&self, tx: Tx, change: Option<Change>) -> Result<(), AppError> {
        tx.commit().await.map_err(internal)?;
        self.inner.wake.notify_one();
        if let Some(change) = change {
            self.tell(change);
        }
        Ok(())
    }
}
impl Change {
    /// Concerns a client's pages and staff's.
    pub fn of_client(client_id: ClientId) -> Option<Change> {
        Some(Change {
            client_id: Some(client_id),
            vendor_id: None,
        })
    }
    /// Concerns staff's pages only.
    pub fn of_staff() -> Option<Change> {
        Some(Change {
            client_id: None,
            vendor_id: None,
        })
    }
}

/// Who asks: a signed-in person with what decides access and scope. Made from the session by the server, handed to
/// every use case; a use case trusts nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The person.
    pub user_id: UserId,
    /// How the person is called in histories.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The internal designer's lead right.
    pub lead: bool,
    /// The client that a client role belongs to.
    pub client_id: Option<ClientId>,
    /// The vendor that a vendor role belongs to.
    pub vendor_id: Option<VendorId>,
}

impl Caller {
    /// Role and lead right together.
    pub fn rights(&self) -> Rights {
        Rights {
            role: self.role,
            lead: self.lead,
        }
    }

    /// Whether the caller has a capability.
    pub fn can(&self, capability: Capability) -> bool {
        allowed(self.rights(), capability)
    }

    /// The guard that every use case begins with.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub fn require(&self, capability: Capability) -> Result<(), AppError> {
        if self.can(capability) {
            Ok(())
        } else {
            Err(AppError::Forbidden)
        }
    }

    /// The caller's client.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody who belongs to none.
    pub fn client(&self) -> Result<ClientId, AppError> {
        self.client_id.ok_or(AppError::Forbidden)
    }

    /// How the caller stands in ledgers and the audit log: "user:…".
    pub fn actor(&self) -> String {
        format!("user:{}", self.user_id)
    }
}

/// How the product itself stands in ledgers and the audit log.
pub const SYSTEM: &str = "system";

/// Logs a failure of ours once, with its cause, and gives the person the code alone (invariant 6).
#[track_caller]
pub fn internal(error: impl std::fmt::Display) -> AppError {
    let at = std::panic::Location::caller();
    tracing::error!(error = %error, at = %at, "a use case failed");
    AppError::Internal
}

/// Turns the violation of a named constraint into the product's error, and everything else into [`AppError::Internal`].
pub trait OnConstraint<T> {
    /// `result.on_constraint("packs_service_quantity_unique", || AppError::…)?`
    ///
    /// # Errors
    /// The named error, or [`AppError::Internal`].
    fn on_constraint(self, name: &str, error: impl FnOnce() -> AppError) -> Result<T, AppError>;
    /// Every failure is ours.
    ///
    /// # Errors
    /// [`AppError::Internal`].
    fn or_internal(self) -> Result<T, AppError>;
}

impl<T> OnConstraint<T> for Result<T, StoreError> {
    #[track_caller]
    fn on_constraint(self, name: &str, error: impl FnOnce() -> AppError) -> Result<T, AppError> {
        match self {
            Ok(value) => Ok(value),
            Err(e) if e.is_constraint(name) => Err(error()),
            Err(e) => Err(internal(e)),
        }
    }
    #[track_caller]
    fn or_internal(self) -> Result<T, AppError> {
        match self {
            Ok(value) => Ok(value),
            Err(e) => Err(internal(e)),
        }
    }
}

/// ST4 and §26 *Audit*: one row of who changed what, in the transaction of the change.
pub async fn audit(
    tx: &mut Tx,
    engine: &Engine,
    now: Instant,
    entry: store::log::AuditEntry<'_>,
) -> Result<(), AppError> {
    store::log::audit(tx, &engine.new_id::<uuid::Uuid>().to_string(), now, &entry)
        .await
        .or_internal()
}

/// Does something to its end, whether or not whoever asked still waits: a task of its own. For what must not be begun and
/// left, such as trying a password without counting the try.
pub(crate) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(work.in_current_span()).await.map_err(internal)?
}

/// The rows of a page, of which one more than its size was asked for, and the key of the page after it, made of its last
/// row; `None` where it is the last page.
pub(crate) fn page_of<T>(mut found: Vec<T>, size: i64, key: impl FnOnce(&T) -> String) -> (Vec<T>, Option<String>) {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(key);
    (found, next)
}

/// The key of a page by instant and id, as [`moment_key`] writes it; a mistyped one is the first page.
pub(crate) fn read_moment_key(after: &str) -> Option<(Instant, &str)> {
    let (at, id) = after.split_once('~')?;
    Some((Instant(at.parse().ok()?), id))
}

/// The key of what comes after a row in a list by instant and id.
pub(crate) fn moment_key(at: Instant, id: &str) -> String {
    format!("{}~{id}", at.0)
}

impl Engine {
    pub(crate) fn moment(&self, at: Instant, now: Instant) -> Moment {
        Moment::of(at, now, self.zone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_next_one_only_where_there_is_more() {
        let page = |rows: &[i64]| page_of(rows.to_vec(), 2, i64::to_string);
        assert_eq!(page(&[]), (vec![], None));
        assert_eq!(page(&[1, 2]), (vec![1, 2], None));
        assert_eq!(page(&[1, 2, 3]), (vec![1, 2], Some("2".to_owned())));
    }

    #[test]
    fn a_page_learns_what_it_missed_or_that_it_is_not_known() {
        let change = |last: u128| Change {
            client_id: Some(ClientId::from(uuid::Uuid::from_u128(last))),
            vendor_id: None,
        };
        let mut told = Told::default();
        assert_eq!(told.since(0), Some(Vec::new()));
        told.add(change(1));
        told.add(change(2));
        assert_eq!(told.since(0), Some(vec![change(1), change(2)]));
        assert_eq!(told.since(1), Some(vec![change(2)]));
        assert_eq!(told.since(2), Some(Vec::new()));
        assert_eq!(told.since(3), None, "counted by another process");
        for n in 0..REMEMBERED {
            told.add(change(n as u128));
        }
        assert_eq!(told.since(1), None, "too long ago");
        assert_eq!(told.since(2).map(|missed| missed.len()), Some(REMEMBERED));
    }
}
