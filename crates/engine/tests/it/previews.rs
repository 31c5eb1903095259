//! Previews of files (RQ9) on both databases: they follow the file, are seen by whoever sees it, are drawn anew where they are
//! gone, and what cannot be drawn keeps nobody up.

use crate::{
    allowance::{number, texts},
    work::{World, world},
};
use domain::{
    AppError, FileId, RequestId, Transition as T,
    work::{
        preview::PreviewSize,
        view::{FileView, PreviewView},
    },
};
use engine::{
    Caller,
    ports::{FileBytes, NoPreview},
};
use futures::{StreamExt as _, TryStreamExt as _};
use rstest::rstest;
use store::testing::Backend;

fn bytes(start: &'static [u8]) -> FileBytes<'static> {
    futures::stream::once(async move { Ok(bytes::Bytes::from_static(start)) }).boxed()
}

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n of a logo";

pub(crate) async fn add(w: &World, who: &Caller, id: RequestId, name: &str, start: &'static [u8]) {
    w.engine().add_file(who, id, name, bytes(start)).await.unwrap();
}

fn of(files: &[FileView], name: &str) -> (FileId, PreviewView) {
    let file = files.iter().find(|file| file.name == name).unwrap();
    (file.id.parse().unwrap(), file.preview)
}

async fn read(w: &World, who: &Caller, id: FileId, size: PreviewSize) -> Result<String, AppError> {
    let preview = w.engine().open_preview(who, id, size).await?;
    let chunks: Vec<bytes::Bytes> = preview.bytes.try_collect().await.unwrap();
    let whole = chunks.concat();
    assert_eq!(i64::try_from(whole.len()).unwrap(), preview.size);
    assert_eq!(preview.media_type, "image/png");
    Ok(String::from_utf8(whole).unwrap())
}

#[rstest]
#[tokio::test]
async fn rq9_a_preview_follows_its_file(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    w.engine().drain().await.unwrap();
    add(&w, &w.owner, id, "idea.png", PNG).await;
    add(&w, &w.owner, id, "idea.svg", b"<svg/>").await;
    add(&w, &w.owner, id, "words.txt", b"blue").await;
    let files = w.view(&w.owner, id).await.files.attachments;
    let (idea, waits) = of(&files, "idea.png");
    assert_eq!(waits, PreviewView::Waiting);
    assert_eq!(
        of(&files, "words.txt").1,
        PreviewView::None,
        "there is nothing to be drawn"
    );
    assert_eq!(
        read(&w, &w.owner, idea, PreviewSize::Large).await,
        Err(AppError::NotFound),
        "not yet"
    );
    w.engine().drain().await.unwrap();
    let files = w.view(&w.owner, id).await.files.attachments;
    let made = |see_through| PreviewView::Made {
        width: 640,
        height: 480,
        see_through,
    };
    assert_eq!(of(&files, "idea.png").1, made(false));
    assert_eq!(of(&files, "idea.svg").1, made(true));
    assert_eq!(
        read(&w, &w.pixel, idea, PreviewSize::Thumbnail).await.unwrap(),
        "thumbnail of image/png"
    );
    assert_eq!(
        read(&w, &w.owner, idea, PreviewSize::Large).await.unwrap(),
        "large of image/png"
    );
    assert_eq!(
        read(&w, &w.other, idea, PreviewSize::Large).await,
        Err(AppError::NotFound),
        "who does not see the file sees nothing of it"
    );
    assert_eq!(number(&w.bench, "select count(*) from loose_objects").await, 0);
    assert_eq!(w.bench.files.keys().len(), 3 + 2 * 2);
    // What is being made is the vendor's until it is delivered.
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    add(&w, &w.pixel, id, "logo.png", PNG).await;
    w.engine().drain().await.unwrap();
    let (logo, _) = of(&w.view(&w.pixel, id).await.files.versions[0].files, "logo.png");
    assert!(read(&w, &w.pixel, logo, PreviewSize::Large).await.is_ok());
    assert_eq!(
        read(&w, &w.owner, logo, PreviewSize::Large).await,
        Err(AppError::NotFound)
    );
    w.press(&w.pixel, id, T::Deliver, w.version(id).await, "")
        .await
        .unwrap();
    assert!(read(&w, &w.owner, logo, PreviewSize::Large).await.is_ok());
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq9_a_preview_goes_with_its_file(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.owner, id, "idea.png", PNG).await;
    w.engine().drain().await.unwrap();
    let (idea, _) = of(&w.view(&w.owner, id).await.files.attachments, "idea.png");
    w.engine().remove_file(&w.owner, idea).await.unwrap();
    assert_eq!(number(&w.bench, "select count(*) from file_previews").await, 0);
    assert_eq!(
        read(&w, &w.owner, idea, PreviewSize::Large).await,
        Err(AppError::NotFound)
    );
    // Removed before it was drawn: the job finds nothing to do.
    add(&w, &w.owner, id, "second.png", PNG).await;
    let (second, _) = of(&w.view(&w.owner, id).await.files.attachments, "second.png");
    w.engine().remove_file(&w.owner, second).await.unwrap();
    w.engine().drain().await.unwrap();
    w.bench.clock.set(w.engine().now().plus_hours(25));
    w.engine().sweep_files().await.unwrap();
    assert_eq!(w.bench.files.keys(), Vec::<String>::new());
    assert_eq!(number(&w.bench, "select count(*) from loose_objects").await, 0);
}

#[rstest]
#[tokio::test]
async fn rq9_a_preview_that_is_gone_is_made_anew(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.owner, id, "idea.png", PNG).await;
    w.engine().drain().await.unwrap();
    let (idea, _) = of(&w.view(&w.owner, id).await.files.attachments, "idea.png");
    let key = texts(&w.bench, "select object_key || '.large' from request_files")
        .await
        .remove(0);
    w.engine().files().remove(&key).await.unwrap();
    assert_eq!(
        read(&w, &w.owner, idea, PreviewSize::Large).await,
        Err(AppError::NotFound)
    );
    w.engine().drain().await.unwrap();
    assert!(read(&w, &w.owner, idea, PreviewSize::Large).await.is_ok());
    assert_eq!(number(&w.bench, "select count(*) from loose_objects").await, 0);
}

#[rstest]
#[tokio::test]
async fn rq9_what_cannot_be_drawn_keeps_nobody_up(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    w.bench.previews.refuse(Some(NoPreview::OutOfBounds));
    add(&w, &w.owner, id, "bomb.png", PNG).await;
    w.engine().drain().await.unwrap();
    w.bench.previews.refuse(None);
    add(&w, &w.owner, id, "idea.png", PNG).await;
    w.engine().drain().await.unwrap();
    let files = w.view(&w.owner, id).await.files.attachments;
    let (bomb, none) = of(&files, "bomb.png");
    assert_eq!(none, PreviewView::None);
    assert!(matches!(of(&files, "idea.png").1, PreviewView::Made { .. }));
    assert_eq!(
        read(&w, &w.owner, bomb, PreviewSize::Large).await,
        Err(AppError::NotFound)
    );
    assert_eq!(
        texts(&w.bench, "select reason from file_previews where state = 'none'").await,
        ["out of bounds"]
    );
    // What is wrong with the machine and not with the file is tried again, and is an alarm only after days.
    w.bench.previews.refuse(Some(NoPreview::Failed("no memory".into())));
    add(&w, &w.owner, id, "later.png", PNG).await;
    w.engine().drain().await.unwrap();
    let files = w.view(&w.owner, id).await.files.attachments;
    assert_eq!(of(&files, "later.png").1, PreviewView::Waiting);
    w.bench.previews.refuse(None);
    w.bench.clock.set(w.engine().now().plus_hours(1));
    w.engine().drain().await.unwrap();
    let files = w.view(&w.owner, id).await.files.attachments;
    assert!(matches!(of(&files, "later.png").1, PreviewView::Made { .. }));
    assert_eq!(number(&w.bench, "select count(*) from alarms").await, 0);
}
