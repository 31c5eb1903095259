//! The two schemas mean the same.

use rstest::rstest;
use store::testing::{Backend, database};

#[rstest]
#[tokio::test]
async fn migrations_run_and_the_internal_vendor_stands(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(test) = database(backend).await else { return };
    let mut tx = test.db.read().await.unwrap();
    let slug = store::on!(&mut tx, c => store::sqlx::query_scalar::<_, String>("select slug from vendors where kind = 'internal'").fetch_one(c).await).unwrap();
    assert_eq!(slug, "tri-pod", "TP1");
}
