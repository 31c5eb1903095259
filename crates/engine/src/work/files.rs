//! Files of requests (RQ2, RQ4, RQ9): adding, removing, reading, and the job that takes away what no row names.
//!
//! Bytes flow through: they are counted, hashed and looked at on their way into the store, and never held whole. The key of
//! an object is written down before its first byte, so that whatever breaks off is found and taken away.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        internal,
        ports::{FileBytes, FilesError},
    },
    work::{held::Held, scope::scope, sniff},
};
use bytes::Bytes;
use domain::{
    AppError, AppResult, Capability, ClientId, FileId, Instant, RequestId, RequestStatus, Transition, VendorId,
    error::Problem,
    work::{
        file::{FileName, MAX_BYTES, MAX_OF_CLIENT, MAX_OF_VERSION, clean_name},
        preview::{self, PreviewSize},
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use store::{
    Tx,
    work::{
        files::{self as rows, FileRow},
        previews::PreviewRow,
        steps::{self, Event, WorkRow},
    },
};

/// Bytes that tell a file's type.
const HEAD: usize = 8 * 1024;

/// How long an object may be named by no row: longer than any upload takes.
const LOOSE_HOURS: i64 = 24;

/// Objects that one run of the broom takes away.
const SWEEP_AT_ONCE: i64 = 1_000;

/// A file to be sent to somebody who may have it.
pub struct OpenFile {
    /// Its name.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// How large it is.
    pub size: i64,
    /// Its bytes.
    pub bytes: FileBytes<'static>,
}

/// Where a new file goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// 0: the client's attachments.
    pub version: i64,
    /// Whose work it is of.
    pub vendor: Option<VendorId>,
}

/// RQ2, RQ4: the client's people attach while there is something to be done; whoever may deliver adds to the version that
/// is being made.
pub(crate) fn place(caller: &Caller, held: &Held<'_>) -> AppResult<Place> {
    if !caller.can(Capability::SubmitRequests) {
        held.step(caller, Transition::Deliver)?;
        return Ok(Place {
            version: held.versions + 1,
            vendor: held.vendor,
        });
    }
    match held.status {
        RequestStatus::Approved | RequestStatus::Cancelled => Err(AppError::TransitionNotAllowed {
            state: held.status.label().to_lowercase(),
        }),
        _ => Ok(Place {
            version: 0,
            vendor: None,
        }),
    }
}

/// Whether somebody may take a file away: of what is being made whoever may add to it, of attachments the client's people
/// until the work begins.
pub(crate) fn removable(caller: &Caller, held: &Held<'_>, file: &FileRow) -> bool {
    let begun = !matches!(
        held.status,
        RequestStatus::Draft | RequestStatus::PaymentPending | RequestStatus::PaymentFailed | RequestStatus::Submitted
    );
    let goes = place(caller, held).ok().is_some_and(|place| {
        (place.version, place.vendor) == (file.version, file.vendor_id) && (place.version > 0 || !begun)
    });
    goes && file.delivered_at.is_none()
}

/// RQ9: whether somebody who sees the request sees the file: the client what was delivered, a vendor what is of its own work.
pub(crate) fn visible(caller: &Caller, request_vendor: Option<VendorId>, file: &FileRow) -> bool {
    match caller.role {
        role if role.is_client() => seen_by_all(request_vendor, file),
        role if role.is_vendor() => file.version == 0 || file.vendor_id == request_vendor,
        _ => true,
    }
}

/// Whether everybody who sees the request sees the file, its client too: what is attached, and what was delivered by whoever has
/// the request.
pub(crate) fn seen_by_all(request_vendor: Option<VendorId>, file: &FileRow) -> bool {
    file.version == 0 || (file.vendor_id == request_vendor && file.delivered_at.is_some())
}

/// What has flowed through.
#[derive(Default)]
struct Tally {
    size: u64,
    hash: Sha256,
}

/// A stream that counts and hashes, and breaks off beyond the limit.
fn counted(bytes: FileBytes<'_>, tally: Arc<Mutex<Tally>>) -> FileBytes<'_> {
    bytes
        .and_then(move |chunk| {
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.size += chunk.len() as u64;
            tally.hash.update(&chunk);
            futures::future::ready(if tally.size > MAX_BYTES {
                Err(FilesError::TooLarge)
            } else {
                Ok(chunk)
            })
        })
        .boxed()
}

/// The first bytes, and a stream that begins with them again.
async fn peek(mut bytes: FileBytes<'_>) -> Result<(Vec<u8>, FileBytes<'_>), FilesError> {
    let (mut head, mut met): (Vec<u8>, Vec<Bytes>) = (Vec::new(), Vec::new());
    while head.len() < HEAD
        && let Some(chunk) = bytes.try_next().await?
    {
        head.extend_from_slice(&chunk[..chunk.len().min(HEAD - head.len())]);
        met.push(chunk);
    }
    Ok((head, stream::iter(met.into_iter().map(Ok)).chain(bytes).boxed()))
}

fn refused(problem: Problem) -> AppError {
    AppError::field("files", problem)
}

fn broken(error: FilesError, name: &str) -> AppError {
    let name = name.to_owned();
    match error {
        FilesError::TooLarge => refused(Problem::FileTooLarge { name }),
        FilesError::CutOff => refused(Problem::FileCutOff { name }),
        FilesError::Missing => AppError::NotFound,
        FilesError::Failed(cause) => internal(cause),
    }
}

impl Engine {
    /// Adds a file to a request: the client's people attach it, whoever does the work adds it to the version that is being
    /// made. The same bytes under the same name are one file (invariant 7). The name by which it is kept.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside of the caller's scope; [`AppError::TransitionNotAllowed`], [`AppError::Forbidden`] as for
    /// delivering; [`AppError::Invalid`] at `files` for a name, a type or a size that is not taken (RQ9).
    pub async fn add_file(
        &self,
        caller: &Caller,
        id: RequestId,
        sent: &str,
        bytes: FileBytes<'_>,
    ) -> AppResult<String> {
        let scope = scope(caller)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = steps::find(&mut tx, scope, id).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        let goes = place(caller, &Held::from(&row))?;
        self.has_room(&mut tx, row.client_id, id, goes, 0).await?;
        drop(tx);
        let name = clean_name(sent).map_err(refused)?;
        let (head, bytes) = peek(bytes).await.map_err(|error| broken(error, &name.name))?;
        if head.is_empty() {
            return Err(refused(Problem::FileEmpty { name: name.name }));
        }
        let Some(media_type) = sniff::media_type(&name, &head) else {
            return Err(refused(Problem::FileContent { name: name.name }));
        };
        let name = FileName { media_type, ..name };
        let key = format!("requests/{id}/{}", self.new_id::<uuid::Uuid>());
        let mut tx = self.db().write().await.or_internal()?;
        rows::insert_loose(&mut tx, &key, self.wall_now()).await.or_internal()?;
        tx.commit().await.or_internal()?;
        let tally = Arc::new(Mutex::new(Tally::default()));
        let stored = self.files().put(&key, counted(bytes, tally.clone())).await;
        let tally = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
        let written = match stored {
            Ok(()) => self.write_down(caller, id, goes, &name, &key, tally).await,
            Err(error) => Err(broken(error, &name.name)),
        };
        if !matches!(written, Ok(true)) {
            self.take_away(&key).await;
        }
        written.map(|_| name.name)
    }

    /// Whether there is room for so many bytes more.
    async fn has_room(&self, tx: &mut Tx, client: ClientId, id: RequestId, goes: Place, size: i64) -> AppResult<()> {
        let there = rows::count(tx, id, goes.version, goes.vendor).await.or_internal()?;
        if there >= MAX_OF_VERSION {
            return Err(refused(Problem::FilesTooMany { max: MAX_OF_VERSION }));
        }
        let attaches = goes.version == 0;
        if attaches
            && rows::room(tx, client)
                .await
                .or_internal()?
                .attached
                .saturating_add(size)
                > MAX_OF_CLIENT
        {
            return Err(refused(Problem::StorageFull));
        }
        Ok(())
    }

    /// The bytes are there: the row that names them. `false`: the same file is there already.
    async fn write_down(
        &self,
        caller: &Caller,
        id: RequestId,
        goes: Place,
        name: &FileName,
        key: &str,
        tally: Tally,
    ) -> AppResult<bool> {
        let mut tx = self.db().write().await.or_internal()?;
        let row = steps::lock(&mut tx, scope(caller)?, id).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        let now = self.now();
        // While it was sent the version may have been delivered, or the work been given to somebody else.
        if place(caller, &Held::from(&row))? != goes {
            return Err(AppError::Stale);
        }
        let size = i64::try_from(tally.size).unwrap_or(i64::MAX);
        self.has_room(&mut tx, row.client_id, id, goes, size).await?;
        if !rows::drop_loose(&mut tx, key).await.or_internal()? {
            return Err(internal("an upload took longer than the broom waits"));
        }
        let file = FileRow {
            id: self.new_id(),
            request_id: id,
            version: goes.version,
            vendor_id: goes.vendor,
            name: name.name.clone(),
            media_type: name.media_type.to_owned(),
            size_bytes: size,
            sha256: hex::encode(tally.hash.finalize()),
            object_key: key.to_owned(),
            uploaded_by: caller.user_id,
            uploaded_at: now,
            delivered_at: None,
            uploader: caller.name.clone(),
            uploader_role: caller.role,
            uploader_vendor: caller.vendor_id,
            preview: PreviewRow::default(),
        };
        if !rows::insert(&mut tx, &file).await.or_internal()? {
            return Ok(false);
        }
        self.preview_later(&mut tx, &file, now).await?;
        self.file_event(&mut tx, caller, &file, true, now).await?;
        self.commit(tx, Some(concerns(&row, goes.version))).await?;
        Ok(true)
    }

    /// RQ6.
    async fn file_event(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        file: &FileRow,
        added: bool,
        now: Instant,
    ) -> AppResult<()> {
        let event = Event {
            id: &self.new_id::<uuid::Uuid>().to_string(),
            request: file.request_id,
            kind: match (file.version, added) {
                (0, true) => "file_added",
                (0, false) => "file_removed",
                (_, true) => WORK_FILE_ADDED,
                (_, false) => WORK_FILE_REMOVED,
            },
            by: Some(caller.user_id),
            by_name: &caller.name,
            detail: &file.name,
        };
        steps::insert_event(tx, &event, now).await.or_internal()
    }

    /// Removes a file that was not delivered. Gives its request.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where the caller does not see it; [`AppError::Forbidden`] where it is not theirs to remove, or
    /// stays.
    pub async fn remove_file(&self, caller: &Caller, id: FileId) -> AppResult<RequestId> {
        let scope = scope(caller)?;
        let mut tx = self.db().write().await.or_internal()?;
        let found = rows::by_id(&mut tx, scope, id).await.or_internal()?;
        let found = found.filter(|found| visible(caller, found.request_vendor, &found.file));
        let file = found.ok_or(AppError::NotFound)?.file;
        let row = steps::lock(&mut tx, scope, file.request_id).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        let now = self.now();
        if !removable(caller, &Held::from(&row), &file) {
            return Err(AppError::Forbidden);
        }
        let key = rows::remove(&mut tx, id).await.or_internal()?;
        let (key, media_type) = key.ok_or(AppError::NotFound)?;
        self.leave_objects(&mut tx, &key, &media_type).await?;
        self.file_event(&mut tx, caller, &file, false, now).await?;
        self.commit(tx, Some(concerns(&row, file.version))).await?;
        Ok(file.request_id)
    }

    /// A file for somebody who may see it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for everybody else, and where its bytes are gone.
    pub async fn open_file(&self, caller: &Caller, id: FileId) -> AppResult<OpenFile> {
        let scope = scope(caller)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::by_id(&mut tx, scope, id).await.or_internal()?;
        drop(tx);
        let found = found.filter(|found| visible(caller, found.request_vendor, &found.file));
        let file = found.ok_or(AppError::NotFound)?.file;
        let bytes = self.files().get(&file.object_key).await.map_err(|error| {
            tracing::error!(file = %id, %error, "the bytes of a file cannot be read");
            broken(error, &file.name)
        })?;
        Ok(OpenFile {
            name: file.name,
            media_type: file.media_type,
            size: file.size_bytes,
            bytes,
        })
    }

    /// No row names a file any more: its object, and those of its preview, are left to the broom.
    pub(super) async fn leave_objects(&self, tx: &mut Tx, key: &str, media_type: &str) -> AppResult<()> {
        let previews = PreviewSize::ALL.iter().filter(|_| preview::is_drawn(media_type));
        let previews = previews.map(|size| preview::object_key(key, *size));
        for key in previews.chain([key.to_owned()]) {
            rows::insert_loose(tx, &key, self.wall_now()).await.or_internal()?;
        }
        Ok(())
    }

    /// Takes an object away that no row names. What fails is left to the broom, and `false`.
    pub(super) async fn take_away(&self, key: &str) -> bool {
        if let Err(error) = self.files().remove(key).await {
            tracing::warn!(key, %error, "an object could not be removed; the daily job will");
            return false;
        }
        let forgotten = async {
            let mut tx = self.db().write().await?;
            rows::drop_loose(&mut tx, key).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(key, %error, "a removed object could not be forgotten; the daily job will");
            return false;
        }
        true
    }

    /// The broom: objects that no row has named for a day. How many were taken away.
    ///
    /// # Errors
    /// Only failures of ours; one that cannot be removed stays for the next time.
    pub async fn sweep_files(&self) -> AppResult<usize> {
        let before = self.wall_now().plus_hours(-LOOSE_HOURS);
        let (mut after, mut swept) = ((Instant(i64::MIN), String::new()), 0);
        loop {
            let mut tx = self.db().read().await.or_internal()?;
            let loose = rows::loose(&mut tx, before, (after.0, &after.1), SWEEP_AT_ONCE)
                .await
                .or_internal()?;
            drop(tx);
            for (_, key) in &loose {
                swept += usize::from(self.take_away(key).await);
            }
            // Those that cannot be removed are passed by, so that they keep nobody else.
            match loose.into_iter().next_back() {
                Some(last) => after = last,
                None => return Ok(swept),
            }
        }
    }
}
/// The history's words for files of work: the client never reads them.
const WORK_FILE_ADDED: &str = "work_file_added";

const WORK_FILE_REMOVED: &str = "work_file_removed";

/// Whether a line of the history is of a version that is still being made.
pub(crate) fn of_unfinished_work(kind: &str) -> bool {
    matches!(kind, WORK_FILE_ADDED | WORK_FILE_REMOVED)
}

/// Whose pages show the file: what is being made is not the client's yet.
fn concerns(row: &WorkRow, version: i64) -> Change {
    Change {
        client_id: Some(row.client_id).filter(|_| version == 0),
        vendor_id: row.vendor_id,
    }
}
