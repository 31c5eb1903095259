//! What the books know of previews (RQ9): which file's is to be made, and what is kept of those that are.
//!
//! What must not be here: pictures, and which files have one (`domain`).

use crate::{StoreResult, Tx, work::scope::Scope};
use domain::{ClientId, FileId, Instant, RequestId, VendorId, work::preview::PreviewState};

/// What stands of a preview beside its file; all is null where the file has none and none is to come.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct PreviewRow {
    /// How far it is.
    pub preview: Option<PreviewState>,
    /// Of the file, in pixels.
    pub width: Option<i64>,
    /// Of the file, in pixels.
    pub height: Option<i64>,
    /// Something behind it would be seen.
    pub see_through: Option<bool>,
}

/// The columns of [`PreviewRow`] from a join `p`.
pub(super) const COLUMNS: &str = "p.state as preview, p.width, p.height, p.see_through";

/// The file of a request `r` whose preview stands for it in a list: of the newest version that the scope sees, else an attachment.
pub(super) fn newest_sql(scope: Scope) -> String {
    format!(
        "(select f.id from request_files f join file_previews q on q.file_id = f.id
          where f.request_id = r.id and q.state = 'made' and {} order by f.version desc, lower(f.name), f.id limit 1)",
        scope.files_sql()
    )
}

/// A preview that waits to be made.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitingPreview {
    /// Of which file.
    pub file_id: FileId,
    /// Where the file's bytes are.
    pub object_key: String,
    /// The file's type.
    pub media_type: String,
    /// How large the file is.
    pub size_bytes: i64,
    /// The request that it is of.
    pub request_id: RequestId,
    /// 0: an attachment.
    pub version: i64,
    /// Whether the file has been delivered.
    pub delivered_at: Option<Instant>,
    /// Whose request it is.
    pub client_id: ClientId,
    /// Who has the request.
    pub vendor_id: Option<VendorId>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePreview<'a> {
    /// Of the file, in pixels.
    pub width: i64,
    /// Of the file, in pixels.
    pub height: i64,
    /// Something behind it would be seen.
    pub see_through: bool,
    /// Media type and bytes of the thumbnail.
    pub thumbnail: (&'a str, i64),
    /// Media type and bytes of the large one.
    pub large: (&'a str, i64),
}

/// A preview is to be made, or to be made anew. Of a file that cannot be drawn it stays that it cannot.
pub async fn wait(tx: &mut Tx, file: FileId, now: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into file_previews (file_id, state, queued_at) values ($1, 'waiting', $2)
         on conflict (file_id) do update set state = 'waiting', queued_at = excluded.queued_at, made_at = null, width = null, height = null,
             see_through = null, thumbnail_type = null, thumbnail_bytes = null, large_type = null, large_bytes = null
         where file_previews.state = 'made'",
        file,
        now
    )?;
    Ok(())
}

/// The one that has waited longest.
pub async fn next(tx: &mut Tx) -> StoreResult<Option<WaitingPreview>> {
    row!(
        tx,
        WaitingPreview,
        "select p.file_id, f.object_key, f.media_type, f.size_bytes, f.request_id, f.version, f.delivered_at, r.client_id, r.vendor_id
         from file_previews p join request_files f on f.id = p.file_id join service_requests r on r.id = f.request_id
         where p.state = 'waiting' order by p.queued_at, p.file_id limit 1"
    )
}

/// It is made. `false`: the file is gone, or somebody else was first.
pub async fn made(tx: &mut Tx, file: FileId, made: &MadePreview<'_>, now: Instant) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update file_previews set state = 'made', made_at = $2, width = $3, height = $4, see_through = $5, thumbnail_type = $6,
             thumbnail_bytes = $7, large_type = $8, large_bytes = $9
         where file_id = $1 and state = 'waiting'",
        file,
        now,
        made.width,
        made.height,
        made.see_through,
        made.thumbnail.0,
        made.thumbnail.1,
        made.large.0,
        made.large.1
    )? == 1)
}

/// There is none, and why.
pub async fn none(tx: &mut Tx, file: FileId, reason: &str) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "update file_previews set state = 'none', reason = $2 where file_id = $1 and state = 'waiting'",
        file,
        reason
    )? == 1)
}

/// Type and size in bytes of what is kept of a made preview: the thumbnail's, then the large one's.
pub async fn kept(tx: &mut Tx, file: FileId) -> StoreResult<Option<(String, i64, String, i64)>> {
    row!(
        tx,
        (String, i64, String, i64),
        "select thumbnail_type, thumbnail_bytes, large_type, large_bytes from file_previews where file_id = $1 and state = 'made'",
        file
    )
}
