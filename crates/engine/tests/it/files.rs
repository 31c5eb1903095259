//! Files of requests (RQ2, RQ4, RQ9) on both databases: where they go, who sees them, what stays, and what the broom takes.

use crate::{
    allowance::{number, texts},
    work::{World, said, world},
};
use domain::{
    AppError, AppResult, RequestId, Transition as T, error::Problem, people::view::PartyTab, work::view::FileView,
};
use engine::{Caller, ports::FileBytes};
use futures::StreamExt as _;
use rstest::rstest;
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

fn bytes(text: &'static str) -> FileBytes<'static> {
    futures::stream::once(async move { Ok(bytes::Bytes::from_static(text.as_bytes())) }).boxed()
}

async fn add(w: &World, who: &Caller, id: RequestId, name: &str, text: &'static str) -> AppResult<()> {
    w.engine().add_file(who, id, name, bytes(text)).await.map(drop)
}

fn names(files: &[FileView]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

#[rstest]
#[tokio::test]
async fn rq4_files_are_of_numbered_versions(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.owner, id, "brief.txt", "blue").await.unwrap();
    let refused = add(&w, &w.pixel, id, "logo.txt", "one").await.unwrap_err();
    assert_eq!(refused.message(), "This can't be done while the request is submitted.");
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    let deliver = async |who: &Caller| w.press(who, id, T::Deliver, w.version(id).await, "").await;
    assert_eq!(
        deliver(&w.pixel).await,
        Err(AppError::field("files", Problem::FileNeeded))
    );
    let work = w.view(&w.pixel, id).await.work.unwrap();
    assert_eq!(work.steps[0].blocked.as_deref(), Some("Add at least one file first."));
    add(&w, &w.pixel, id, "logo.txt", "one").await.unwrap();
    add(&w, &w.pixel_designer, id, "logo.txt", "one").await.unwrap();
    add(&w, &w.pixel_designer, id, "wrong.txt", "?").await.unwrap();
    let view = w.view(&w.pixel, id).await;
    assert_eq!(names(&view.files.versions[0].files), ["logo.txt", "wrong.txt"]);
    assert_eq!(
        (view.files.adds_to, view.files.versions[0].delivered.is_none()),
        (Some(1), true)
    );
    // Until it is delivered it can be taken away again.
    let wrong = view.files.versions[0].files[1].id.parse().unwrap();
    w.engine().remove_file(&w.pixel, wrong).await.unwrap();
    assert!(
        w.view(&w.owner, id).await.files.versions.is_empty(),
        "nothing of it is the client's yet"
    );
    deliver(&w.pixel).await.unwrap();
    let view = w.view(&w.owner, id).await;
    assert_eq!(names(&view.files.versions[0].files), ["logo.txt"]);
    assert_eq!(names(&view.files.attachments), ["brief.txt"]);
    let delivered = view.files.versions[0].files[0].id.parse().unwrap();
    assert_eq!(
        w.engine().remove_file(&w.pixel, delivered).await,
        Err(AppError::Forbidden)
    );
    let late = add(&w, &w.pixel, id, "late.txt", "late").await.unwrap_err();
    assert_eq!(late.message(), "This can't be done while the request is in review.");
    w.press(&w.owner, id, T::AskRevision, w.version(id).await, "Greener.")
        .await
        .unwrap();
    assert_eq!(
        deliver(&w.pixel).await,
        Err(AppError::field("files", Problem::FileNeeded)),
        "each version has its own"
    );
    add(&w, &w.pixel, id, "logo.txt", "one").await.unwrap();
    add(&w, &w.pixel, id, "logo.txt", "two").await.unwrap();
    deliver(&w.pixel).await.unwrap();
    let view = w.view(&w.owner, id).await;
    let of: Vec<i64> = view.files.versions.iter().map(|v| v.version).collect();
    assert_eq!(of, [2, 1], "the newest first");
    assert_eq!(names(&view.files.versions[0].files), ["logo.txt", "logo.txt"]);
    let history = said(&view);
    assert!(
        history.contains(&"Your team delivered version 2.".to_owned()),
        "{history:?}"
    );
    assert!(
        history
            .iter()
            .all(|text| !text.contains("uploaded") && !text.contains("next version")),
        "RQ6: {history:?}"
    );
    w.press(&w.owner, id, T::Approve, w.version(id).await, "")
        .await
        .unwrap();
    let view = w.view(&w.owner, id).await;
    let approved: Vec<bool> = view.files.versions.iter().map(|v| v.approved).collect();
    assert_eq!((approved, view.files.adds_to), (vec![true, false], None));
    w.books_hold().await;
    for sql in [
        "update request_files set name = 'x'",
        "delete from request_files where version > 0",
    ] {
        let mut tx = w.bench.tx().await;
        let refused = store::on!(&mut tx, c => store::sqlx::query(sql).execute(c).await.map(|_| ())).unwrap_err();
        assert!(
            refused.to_string().contains("request_files_delivered"),
            "{sql}: {refused}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn rq9_a_vendor_sees_nothing_of_what_another_has_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.owner, id, "brief.txt", "blue").await.unwrap();
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    add(&w, &w.pixel, id, "secret.txt", "of ours").await.unwrap();
    let theirs = w.view(&w.pixel, id).await.files.versions[0].files[0]
        .id
        .parse()
        .unwrap();
    // AS7: the pack is given to the other vendor, and what was not delivered goes with it.
    let packs = texts(&w.bench, "select id from subscriptions").await;
    let mut input = w
        .bench
        .assign_input(&[packs[0].parse().unwrap()], w.other.vendor_id.unwrap())
        .await;
    (input.now, input.reason) = (true, "gone".into());
    w.engine().assign(&w.bench.admin, &input).await.unwrap();
    assert_eq!(
        w.engine().open_file(&w.pixel, theirs).await.err(),
        Some(AppError::NotFound)
    );
    assert_eq!(
        w.engine().open_file(&w.other, theirs).await.err(),
        Some(AppError::NotFound)
    );
    assert!(
        w.engine().open_file(&w.bench.admin, theirs).await.is_ok(),
        "the agency sees all"
    );
    let view = w.view(&w.other, id).await;
    assert_eq!(names(&view.files.attachments), ["brief.txt"]);
    assert!(
        view.files.versions.iter().all(|v| v.files.is_empty()),
        "{:?}",
        view.files
    );
    let history = said(&view).concat();
    assert!(
        !history.contains("secret") && !history.contains("Pia") && history.contains("Another vendor started work"),
        "{history}"
    );
    let nothing = w.press(&w.other, id, T::Deliver, w.version(id).await, "").await;
    assert_eq!(
        nothing,
        Err(AppError::field("files", Problem::FileNeeded)),
        "another's file is none of theirs"
    );
    add(&w, &w.other, id, "ours.txt", "ours").await.unwrap();
    // The same bytes under the same name as the first vendor's, who has not delivered them.
    add(&w, &w.other, id, "secret.txt", "of ours").await.unwrap();
    w.press(&w.other, id, T::Deliver, w.version(id).await, "")
        .await
        .unwrap();
    let view = w.view(&w.owner, id).await;
    assert_eq!(names(&view.files.versions[0].files), ["ours.txt", "secret.txt"]);
    assert_eq!(
        w.engine().open_file(&w.owner, theirs).await.err(),
        Some(AppError::NotFound)
    );
    w.books_hold().await;
}

#[rstest]
#[tokio::test]
async fn rq2_attachments_are_the_clients(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.member, id, "idea.txt", "idea").await.unwrap();
    let file = w.view(&w.owner, id).await.files.attachments[0].clone();
    assert!(file.removable && file.sent.starts_with("Mia Member, "), "{file:?}");
    let seen = w.view(&w.pixel, id).await.files.attachments[0].clone();
    assert!(!seen.removable && !seen.sent.contains("Mia"), "RQ7: {seen:?}");
    let file = file.id.parse().unwrap();
    assert_eq!(w.engine().remove_file(&w.pixel, file).await, Err(AppError::Forbidden));
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    assert_eq!(
        w.engine().remove_file(&w.owner, file).await,
        Err(AppError::Forbidden),
        "the work rests on it"
    );
    add(&w, &w.owner, id, "more.txt", "more").await.unwrap();
    for n in 0..48 {
        let name = format!("{n}.txt");
        add(&w, &w.owner, id, &name, "many").await.unwrap();
    }
    let refused = add(&w, &w.owner, id, "one-too-many.txt", "x").await;
    assert_eq!(
        refused,
        Err(AppError::field("files", Problem::FilesTooMany { max: 50 }))
    );
}

#[rstest]
#[tokio::test]
async fn rq9_the_broom_takes_what_no_row_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    add(&w, &w.owner, id, "kept.txt", "kept").await.unwrap();
    add(&w, &w.owner, id, "gone.txt", "gone").await.unwrap();
    let files = w.view(&w.owner, id).await.files.attachments;
    let gone = files.iter().find(|f| f.name == "gone.txt").unwrap().id.parse().unwrap();
    w.engine().remove_file(&w.owner, gone).await.unwrap();
    // A process that died in the middle of an upload leaves the key and the bytes.
    let mut tx = w.bench.tx().await;
    store::work::files::insert_loose(&mut tx, "requests/half", w.engine().wall_now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    w.engine().files().put("requests/half", bytes("half")).await.unwrap();
    assert_eq!(
        (w.engine().sweep_files().await.unwrap(), w.bench.files.keys().len()),
        (0, 3),
        "too young"
    );
    w.bench.clock.set(w.engine().now().plus_hours(25));
    assert_eq!(w.engine().sweep_files().await.unwrap(), 2);
    assert_eq!(w.bench.files.keys().len(), 1);
    assert_eq!(number(&w.bench, "select count(*) from loose_objects").await, 0);
    let kept = w.view(&w.owner, id).await.files.attachments[0].id.parse().unwrap();
    assert!(w.engine().open_file(&w.owner, kept).await.is_ok());
    assert_eq!(w.engine().sweep_files().await.unwrap(), 0);
}

/// A page of objects that cannot be removed keeps the others from nothing.
#[tokio::test]
async fn the_broom_passes_by_what_stays() {
    let Some(w) = world(Backend::Sqlite).await else { return };
    let since = w.engine().wall_now();
    let mut tx = w.bench.tx().await;
    let sql = format!(
        "insert into loose_objects (object_key, since)
         with recursive n (n) as (select 1 union all select n + 1 from n where n < 1100)
         select 'stuck/' || substr('000' || n, -4), {since} from n",
        since = since.0
    );
    store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
    store::work::files::insert_loose(&mut tx, "zz/last", since)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    w.bench.files.keep("stuck/");
    w.engine().files().put("zz/last", bytes("last")).await.unwrap();
    w.bench.clock.set(w.engine().now().plus_hours(25));
    assert_eq!(w.engine().sweep_files().await.unwrap(), 1);
    assert_eq!(number(&w.bench, "select count(*) from loose_objects").await, 1_100);
}

/// RQ9: a client's attachments have so much room, and no more; what is delivered always comes back.
#[rstest]
#[tokio::test]
async fn rq9_a_client_has_so_much_room(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (id, other) = (w.of_pack().await, w.of_pack().await);
    // All but two bytes of 20 GB.
    let fill = format!(
        "insert into request_files (id, request_id, version, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at)
         with recursive n(i) as (select 0 union all select i + 1 from n where i < 409)
         select 'file-' || i, '{other}', 0, 'film-' || i || '.mp4', 'video/mp4', case when i = 0 then 31457278 else 52428800 end,
                'sum', 'object-' || i, '{}', 1 from n",
        w.owner.user_id
    );
    let mut tx = w.bench.tx().await;
    store::on!(&mut tx, c => store::sqlx::query(store::sqlx::AssertSqlSafe(fill)).execute(c).await.map(|_| ()))
        .unwrap();
    tx.commit().await.unwrap();
    let full = Err(AppError::field("files", Problem::StorageFull));
    assert_eq!(add(&w, &w.owner, id, "brief.txt", "blue").await, full);
    assert_eq!(
        texts(&w.bench, "select object_key from loose_objects").await,
        Vec::<String>::new()
    );
    add(&w, &w.owner, id, "brief.txt", "b").await.expect("one byte fits");
    w.press(&w.pixel, id, T::Start, w.version(id).await, "").await.unwrap();
    add(&w, &w.pixel, id, "logo.txt", "delivered all the same")
        .await
        .expect("the work comes back");
    let page = w
        .engine()
        .client(
            &w.bench.admin,
            &w.owner.client_id.unwrap().to_string(),
            PartyTab::Overview,
        )
        .await
        .unwrap();
    assert_eq!(page.storage, "21.5 GB in 412 files", "an admin sees it");
}
