//! What the books know of files (RQ9): attachments, the files of versions, and objects that no row names.
//!
//! What must not be here: bytes, and who may see which file but for the scope of the request.

use crate::{
    StoreResult, Tx,
    work::{
        previews::{self, PreviewRow},
        scope::Scope,
    },
};
use domain::{ClientId, FileId, Instant, RequestId, RequestStatus, Role, UserId, VendorId};
use sqlx::AssertSqlSafe;

/// A file that is written down.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct FileRow {
    /// Its id.
    pub id: FileId,
    /// Of which request.
    pub request_id: RequestId,
    /// 0: the client's attachment.
    pub version: i64,
    /// Whose work it is of.
    pub vendor_id: Option<VendorId>,
    /// Its name, cleaned.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// How large it is.
    pub size_bytes: i64,
    /// Of its bytes, hexadecimal.
    pub sha256: String,
    /// Where its bytes are.
    pub object_key: String,
    /// Who sent it.
    pub uploaded_by: UserId,
    /// When.
    pub uploaded_at: Instant,
    /// When its version was delivered.
    pub delivered_at: Option<Instant>,
    /// How whoever sent it is called.
    pub uploader: String,
    /// Their role.
    pub uploader_role: Role,
    /// The vendor that they work for.
    pub uploader_vendor: Option<VendorId>,
    /// What can be looked at without opening it.
    #[sqlx(flatten)]
    pub preview: PreviewRow,
}

const COLUMNS: &str = "f.id, f.request_id, f.version, f.vendor_id, f.name, f.media_type, f.size_bytes, f.sha256, f.object_key, f.uploaded_by,
    f.uploaded_at, f.delivered_at, w.name as uploader, w.role as uploader_role, w.vendor_id as uploader_vendor";

/// Writes a file down; `false` where the same bytes stand under this name already.
pub async fn insert(tx: &mut Tx, file: &FileRow) -> StoreResult<bool> {
    Ok(exec!(
        tx,
        "insert into request_files (id, request_id, version, vendor_id, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (request_id, version, coalesce(vendor_id, ''), name, sha256) do nothing",
        file.id,
        file.request_id,
        file.version,
        file.vendor_id,
        &file.name,
        &file.media_type,
        file.size_bytes,
        &file.sha256,
        &file.object_key,
        file.uploaded_by,
        file.uploaded_at
    )? == 1)
}

/// All files of a request, by version and name. Who may see which is for the engine.
pub async fn of_request(tx: &mut Tx, request: RequestId) -> StoreResult<Vec<FileRow>> {
    let sql = format!(
        "select {COLUMNS}, {} from request_files f join users w on w.id = f.uploaded_by left join file_previews p on p.file_id = f.id where f.request_id = $1 order by f.version, lower(f.name), f.uploaded_at, f.id",
        previews::COLUMNS
    );
    rows!(tx, FileRow, AssertSqlSafe(sql), request)
}

/// How many files a version has of a vendor, or how many attachments a request has.
pub async fn count(tx: &mut Tx, request: RequestId, version: i64, vendor: Option<VendorId>) -> StoreResult<i64> {
    Ok(scalar!(
        tx,
        i64,
        "select count(*) from request_files where request_id = $1 and version = $2 and coalesce(vendor_id, '') = coalesce($3, '')",
        request,
        version,
        vendor
    )?
    .unwrap_or(0))
}

/// What a client's files take.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Room {
    /// Bytes of all of them.
    pub bytes: i64,
    /// Bytes of what the client has attached.
    pub attached: i64,
    /// How many there are.
    pub files: i64,
}

/// What the files of a client take.
pub async fn room(tx: &mut Tx, client: ClientId) -> StoreResult<Room> {
    let found = row!(
        tx,
        Room,
        "select cast(coalesce(sum(f.size_bytes), 0) as bigint) as bytes,
                cast(coalesce(sum(case when f.version = 0 then f.size_bytes end), 0) as bigint) as attached, count(*) as files
         from service_requests r join request_files f on f.request_id = r.id where r.client_id = $1",
        client
    )?;
    found.ok_or(crate::StoreError::Database(sqlx::Error::RowNotFound))
}

/// A file with what decides who sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FoundFile {
    /// The file.
    #[sqlx(flatten)]
    pub file: FileRow,
    /// The state of its request.
    pub status: RequestStatus,
    /// Who has its request.
    pub request_vendor: Option<VendorId>,
}

/// One file, if its request is in the scope.
pub async fn by_id(tx: &mut Tx, scope: Scope, id: FileId) -> StoreResult<Option<FoundFile>> {
    let sql = format!(
        "select {COLUMNS}, {}, r.status, r.vendor_id as request_vendor from request_files f join users w on w.id = f.uploaded_by
         join service_requests r on r.id = f.request_id left join file_previews p on p.file_id = f.id
         where f.id = $2 and {}",
        previews::COLUMNS,
        scope.sql()
    );
    row!(tx, FoundFile, AssertSqlSafe(sql), scope.id(), id)
}

/// Removes a file that was not delivered, and its preview; where its bytes are, and its type.
pub async fn remove(tx: &mut Tx, id: FileId) -> StoreResult<Option<(String, String)>> {
    row!(
        tx,
        (String, String),
        "delete from request_files where id = $1 and delivered_at is null returning object_key, media_type",
        id
    )
}

/// Removes the attachments of a draft that is deleted, and their previews; where their bytes are, and their types.
pub async fn remove_all(tx: &mut Tx, client: ClientId, request: RequestId) -> StoreResult<Vec<(String, String)>> {
    rows!(
        tx,
        (String, String),
        "delete from request_files where version = 0 and request_id in
             (select id from service_requests where id = $1 and client_id = $2 and status = 'draft') returning object_key, media_type",
        request,
        client
    )
}

/// RQ4: the files of a version are delivered with it; their names.
pub async fn deliver(
    tx: &mut Tx,
    request: RequestId,
    version: i64,
    vendor: Option<VendorId>,
    now: Instant,
) -> StoreResult<Vec<String>> {
    let mut names: Vec<String> = rows!(
        tx,
        (String,),
        "update request_files set delivered_at = $4
         where request_id = $1 and version = $2 and coalesce(vendor_id, '') = coalesce($3, '') and delivered_at is null returning name",
        request,
        version,
        vendor,
        now
    )?
    .into_iter()
    .map(|(name,)| name)
    .collect();
    names.sort();
    Ok(names)
}

/// An object that no row names (yet, or any more).
pub async fn insert_loose(tx: &mut Tx, key: &str, since: Instant) -> StoreResult<()> {
    exec!(
        tx,
        "insert into loose_objects (object_key, since) values ($1, $2) on conflict (object_key) do nothing",
        key,
        since
    )?;
    Ok(())
}

/// A row names the object now, or it is gone. `false`: it was no loose one any more.
pub async fn drop_loose(tx: &mut Tx, key: &str) -> StoreResult<bool> {
    Ok(exec!(tx, "delete from loose_objects where object_key = $1", key)? == 1)
}

/// A page of the objects that have been loose since before an instant, the longest first, after since when and which.
pub async fn loose(
    tx: &mut Tx,
    before: Instant,
    after: (Instant, &str),
    limit: i64,
) -> StoreResult<Vec<(Instant, String)>> {
    rows!(
        tx,
        (Instant, String),
        "select since, object_key from loose_objects where since < $1 and (since, object_key) > ($2, $3) order by since, object_key limit $4",
        before,
        after.0,
        after.1,
        limit
    )
}
