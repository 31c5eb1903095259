//! Previews of files (RQ9): one job draws what waits, one file after the other, and people read what was drawn.
//!
//! One at a time and for the whole installation, by a lease: what strangers send may cost as much as drawing may, and must never
//! take the places of jobs that move money. What is drawn stands beside its file and is drawn anew where it is gone.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        jobs::enqueue,
        operations::JobError,
        ports::{FileBytes, FilesError, NoPreview, Picture, Preview},
    },
    work::{files::visible, jobs::Job, scope::scope},
};
use domain::{
    AppError, AppResult, FileId, Instant,
    work::preview::{self, PreviewSize, is_drawn},
};
use futures::{StreamExt as _, stream};
use store::{
    Tx,
    work::{
        files::{self as rows, FileRow},
        previews::{self, MadePreview, WaitingPreview},
    },
};

/// Hours after which the job looks by itself whether anything waits.
const LOOK_HOURS: i64 = 24;

/// A preview to be sent to somebody who may have the file.
pub struct OpenPreview {
    /// Its type.
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: i64,
    /// Its bytes.
    pub bytes: FileBytes<'static>,
}

impl Engine {
    /// A file was written down: its preview follows, if there is any of its kind.
    pub(super) async fn preview_later(&self, tx: &mut Tx, file: &FileRow, now: Instant) -> AppResult<()> {
        if !is_drawn(&file.media_type) {
            return Ok(());
        }
        previews::wait(tx, file.id, now).await.or_internal()?;
        enqueue(tx, now, now, &Job::Previews).await
    }

    /// The job *Previews*: draws the file that has waited longest, and comes again while there are more.
    pub(super) async fn next_preview(&self) -> Result<(), JobError> {
        let mut tx = self.db().read().await.or_internal()?;
        let next = previews::next(&mut tx).await.or_internal()?;
        drop(tx);
        let more = next.is_some();
        if let Some(file) = next {
            self.make_preview(&file).await?;
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let at = if more { now } else { now.plus_hours(LOOK_HOURS) };
        enqueue(&mut tx, now, at, &Job::Previews).await?;
        Ok(self.commit(tx, None).await?)
    }

    async fn make_preview(&self, file: &WaitingPreview) -> Result<(), JobError> {
        let drawing = match self.files().get(&file.object_key).await {
            Ok(bytes) => self.previews().draw(&file.media_type, bytes).await,
            Err(FilesError::Missing) => Err(NoPreview::Damaged),
            Err(error) => Err(NoPreview::Failed(error.to_string())),
        };
        match drawing {
            Ok(preview) => self.keep_preview(file, preview).await,
            Err(NoPreview::Failed(why)) => Err(JobError::Later(why)),
            Err(why) => {
                tracing::info!(file = %file.file_id, %why, "a file has no preview");
                let mut tx = self.db().write().await.or_internal()?;
                previews::none(&mut tx, file.file_id, &why.to_string())
                    .await
                    .or_internal()?;
                Ok(self.commit(tx, Some(concerns(file))).await?)
            }
        }
    }

    /// The objects first, as loose ones; then the row that names them, unless the file is gone meanwhile.
    async fn keep_preview(&self, file: &WaitingPreview, preview: Preview) -> Result<(), JobError> {
        let key = |size| preview::object_key(&file.object_key, size);
        let keys = [key(PreviewSize::Thumbnail), key(PreviewSize::Large)];
        let mut tx = self.db().write().await.or_internal()?;
        for key in &keys {
            rows::insert_loose(&mut tx, key, self.wall_now()).await.or_internal()?;
        }
        tx.commit().await.or_internal()?;
        let made = MadePreview {
            width: preview.width.max(1).into(),
            height: preview.height.max(1).into(),
            see_through: preview.see_through,
            thumbnail: described(&preview.thumbnail),
            large: described(&preview.large),
        };
        for (key, picture) in keys.iter().zip([&preview.thumbnail, &preview.large]) {
            let bytes = picture.bytes.clone();
            let put = self.files().put(key, stream::once(async { Ok(bytes) }).boxed()).await;
            put.map_err(|error| JobError::Later(error.to_string()))?;
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let named = previews::made(&mut tx, file.file_id, &made, now).await.or_internal()?;
        if named {
            for key in &keys {
                rows::drop_loose(&mut tx, key).await.or_internal()?;
            }
            return Ok(self.commit(tx, Some(concerns(file))).await?);
        }
        drop(tx);
        for key in &keys {
            self.take_away(key).await;
        }
        Ok(())
    }

    /// The preview of a file for somebody who may see the file.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for everybody else, and where there is none (yet). One whose bytes are gone is made anew.
    pub async fn open_preview(&self, caller: &Caller, id: FileId, size: PreviewSize) -> AppResult<OpenPreview> {
        let scope = scope(caller)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::by_id(&mut tx, scope, id).await.or_internal()?;
        let found = found.filter(|found| visible(caller, found.request_vendor, &found.file));
        let file = found.ok_or(AppError::NotFound)?.file;
        let kept = previews::kept(&mut tx, id).await.or_internal()?;
        drop(tx);
        let (thumbnail, thumbnail_bytes, large, large_bytes) = kept.ok_or(AppError::NotFound)?;
        let (media_type, bytes) = match size {
            PreviewSize::Thumbnail => (thumbnail, thumbnail_bytes),
            PreviewSize::Large => (large, large_bytes),
        };
        match self.files().get(&preview::object_key(&file.object_key, size)).await {
            Ok(stream) => Ok(OpenPreview {
                media_type,
                size: bytes,
                bytes: stream,
            }),
            Err(FilesError::Missing) => {
                let mut tx = self.db().write().await.or_internal()?;
                self.preview_later(&mut tx, &file, self.now()).await?;
                self.commit(tx, None).await?;
                Err(AppError::NotFound)
            }
            Err(error) => {
                tracing::error!(file = %id, %error, "the bytes of a preview cannot be read");
                Err(AppError::Internal)
            }
        }
    }
}

fn described(picture: &Picture) -> (&'static str, i64) {
    (
        picture.media_type,
        i64::try_from(picture.bytes.len()).unwrap_or(i64::MAX),
    )
}

/// Whose pages show the file: as when it was sent, and since its delivery the client's too.
fn concerns(file: &WaitingPreview) -> Change {
    let seen = file.version == 0 || file.delivered_at.is_some();
    Change {
        client_id: Some(file.client_id).filter(|_| seen),
        vendor_id: file.vendor_id,
    }
}
