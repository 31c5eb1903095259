//! [`store::Db::snapshot`]: what belongs together is read of one moment, and nothing that is written is missed.

use rstest::rstest;
use std::time::Duration;
use store::{
    Db, DbOptions, Tx, on,
    sqlx::{self, AssertSqlSafe},
    testing::{Backend, database},
};

async fn setting(tx: &mut Tx) -> Option<String> {
    on!(tx, c => sqlx::query_scalar::<_, String>("select value from settings where key = 'test'").fetch_optional(c).await)
        .expect("a value")
}

async fn seen(db: &Db) -> Option<String> {
    setting(&mut db.read().await.expect("a transaction")).await
}

async fn set(db: &Db, value: &str) {
    let mut tx = db.write().await.expect("a transaction");
    on!(&mut tx, c => sqlx::query("insert into settings (key, value) values ('test', $1) on conflict (key) do update set value = excluded.value").bind(value).execute(c).await.map(|_| ()))
        .expect("written");
    tx.commit().await.expect("committed");
}

#[rstest]
#[tokio::test]
async fn its_reads_are_of_one_moment_and_one_transaction(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(test) = database(backend).await else { return };
    set(&test.db, "before").await;
    let page = test.db.snapshot();
    let before = test.db.reads();
    assert_eq!(seen(&page).await.as_deref(), Some("before"));
    set(&test.db, "after").await;
    assert_eq!(seen(&page).await.as_deref(), Some("before"));
    // Ended as a use case may end it, it goes on for the next.
    page.read().await.expect("a transaction").commit().await.expect("ended");
    assert_eq!(seen(&page.clone()).await.as_deref(), Some("before"));
    assert_eq!(test.db.reads() - before, 1);
    assert_eq!(seen(&test.db).await.as_deref(), Some("after"), "others read anew");
    page.let_go();
    assert_eq!(seen(&page).await.as_deref(), Some("after"));
    assert_eq!(test.db.reads() - before, 3);
    page.end_snapshot();
    assert_eq!(seen(&page).await.as_deref(), Some("after"));
    assert_eq!(seen(&page).await.as_deref(), Some("after"));
    assert_eq!(test.db.reads() - before, 5, "each for itself");
}

#[rstest]
#[tokio::test]
async fn who_writes_reads_what_was_written(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = database(backend).await else { return };
    let page = test.db.snapshot();
    assert_eq!(seen(&page).await, None);
    set(&page, "mine").await;
    assert_eq!(seen(&page).await.as_deref(), Some("mine"));
    set(&test.db, "another's").await;
    assert_eq!(seen(&page).await.as_deref(), Some("another's"));
    // A read that was under way while its request wrote does not come back.
    let page = test.db.snapshot();
    let mut old = page.read().await.expect("a transaction");
    assert_eq!(setting(&mut old).await.as_deref(), Some("another's"));
    set(&page, "mine again").await;
    drop(old);
    assert_eq!(seen(&page).await.as_deref(), Some("mine again"));
}

#[rstest]
#[tokio::test]
async fn a_read_beside_another_stands_alone_and_a_failed_one_is_not_used_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(test) = database(backend).await else { return };
    let page = test.db.snapshot();
    let mut one = page.read().await.expect("a transaction");
    assert_eq!(setting(&mut one).await, None);
    set(&test.db, "new").await;
    assert_eq!(seen(&page).await.as_deref(), Some("new"), "a transaction of its own");
    assert_eq!(setting(&mut one).await, None);
    let wrong = "select no_such_column from settings";
    let failed = on!(&mut one, c => sqlx::query(AssertSqlSafe(wrong.to_owned())).execute(c).await.map(|_| ()));
    assert!(failed.is_err());
    drop(one);
    assert_eq!(seen(&page).await.as_deref(), Some("new"));
    assert_eq!(seen(&page).await.as_deref(), Some("new"));
}

/// Many more pages than connections, all with a read inside another and some with a write: they wait, and come to an end.
#[rstest]
#[tokio::test]
async fn any_number_of_them_comes_to_an_end(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(1, 2, 3, 8)] connections: u32,
) {
    let Some(test) = database(backend).await else { return };
    let db = Db::open(&test.url, DbOptions { connections }).await.expect("open");
    let mut pages = tokio::task::JoinSet::new();
    for n in 0..100_u32 {
        let db = db.clone();
        pages.spawn(async move {
            let page = db.snapshot();
            seen(&page).await;
            tokio::task::yield_now().await;
            if connections > 2 {
                let mut outer = page.read().await.expect("a transaction");
                setting(&mut outer).await;
                seen(&page).await;
            }
            if n % 5 == 0 {
                set(&page, "x").await;
            }
            seen(&page).await
        });
    }
    let all = tokio::time::timeout(Duration::from_secs(60), pages.join_all());
    assert_eq!(all.await.expect("no page waits for ever").len(), 100);
}
