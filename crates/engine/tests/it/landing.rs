//! A database of an earlier landing, with the demo in it, is brought up to date: its migrations are as they were applied, its books
//! hold, and its pages are read and go on.
//!
//! The migrations of a landing are frozen: the dump has sqlx's checksums of them, so that one that was changed refuses to run here.

use domain::{ClientId, Role, assignment::AssignmentQuery, payables::PayablesQuery, work::RequestQuery};
use engine::{Caller, testing::bench_on};
use flate2::read::GzDecoder;
use rstest::rstest;
use std::io::Read as _;
use store::{
    operate::books,
    sqlx,
    testing::{Backend, landed},
};

/// What `scripts/landing` wrote.
const SQLITE_0001: &[u8] = include_bytes!("../../../../tests/landing/0001/sqlite.sql.gz");
const POSTGRES_0001: &[u8] = include_bytes!("../../../../tests/landing/0001/postgres.sql.gz");
const SQLITE_0002: &[u8] = include_bytes!("../../../../tests/landing/0002/sqlite.sql.gz");
const POSTGRES_0002: &[u8] = include_bytes!("../../../../tests/landing/0002/postgres.sql.gz");
const SQLITE_0006: &[u8] = include_bytes!("../../../../tests/landing/0006/sqlite.sql.gz");
const POSTGRES_0006: &[u8] = include_bytes!("../../../../tests/landing/0006/postgres.sql.gz");
const SQLITE_0010: &[u8] = include_bytes!("../../../../tests/landing/0010/sqlite.sql.gz");
const POSTGRES_0010: &[u8] = include_bytes!("../../../../tests/landing/0010/postgres.sql.gz");
const SQLITE_0011: &[u8] = include_bytes!("../../../../tests/landing/0011/sqlite.sql.gz");
const POSTGRES_0011: &[u8] = include_bytes!("../../../../tests/landing/0011/postgres.sql.gz");
const SQLITE_0016: &[u8] = include_bytes!("../../../../tests/landing/0016/sqlite.sql.gz");
const POSTGRES_0016: &[u8] = include_bytes!("../../../../tests/landing/0016/postgres.sql.gz");

fn text(packed: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}

#[rstest]
#[case::sqlite_0001(Backend::Sqlite, SQLITE_0001)]
#[case::postgres_0001(Backend::Postgres, POSTGRES_0001)]
#[case::sqlite_0002(Backend::Sqlite, SQLITE_0002)]
#[case::postgres_0002(Backend::Postgres, POSTGRES_0002)]
#[case::sqlite_0006(Backend::Sqlite, SQLITE_0006)]
#[case::postgres_0006(Backend::Postgres, POSTGRES_0006)]
#[case::sqlite_0010(Backend::Sqlite, SQLITE_0010)]
#[case::postgres_0010(Backend::Postgres, POSTGRES_0010)]
#[case::sqlite_0011(Backend::Sqlite, SQLITE_0011)]
#[case::postgres_0011(Backend::Postgres, POSTGRES_0011)]
#[case::sqlite_0016(Backend::Sqlite, SQLITE_0016)]
#[case::postgres_0016(Backend::Postgres, POSTGRES_0016)]
#[tokio::test]
async fn the_demo_of_a_landing_goes_on(#[case] backend: Backend, #[case] dump: &[u8]) {
    let Some(test) = landed(backend, text(dump)).await else {
        return;
    };
    store::migrate(&test.db)
        .await
        .expect("the migrations of a landing are frozen");
    let bench = bench_on(test).await;
    let engine = &bench.engine;
    books_hold(&bench).await;

    let assignments = engine
        .assignment_list(&bench.admin, &AssignmentQuery::default())
        .await
        .unwrap();
    assert!(!assignments.rows.is_empty());
    let requests = engine
        .request_list(&bench.admin, &RequestQuery::default())
        .await
        .unwrap();
    assert!(!requests.rows.is_empty());
    // §20: what was there already is found as what comes.
    let title = &requests.rows[0].title;
    let found = engine.search(&bench.admin, title, &[], false).await.unwrap();
    let titles = found.groups.iter().flat_map(|group| &group.hits).map(|hit| &hit.title);
    assert!(
        !found.loosely && titles.clone().any(|text| text.contains(title)),
        "{title}"
    );
    let owed = engine
        .payables_report(&bench.admin, &PayablesQuery::default())
        .await
        .unwrap();
    assert!(!owed.rows.is_empty());

    let owner = client_with_a_pack(&bench).await;
    assert!(!engine.payment_packs(&owner).await.unwrap().live.is_empty());
    let before = engine.dashboard(&owner, "").await.unwrap();
    assert!(!before.packs.is_empty());
    let service = service_of_a_pack(&bench, &owner).await;
    let done = crate::allowance::submit(engine, &owner, "after-the-landing", service, 1).await;
    assert!(!done.again);
    books_hold(&bench).await;
}

async fn books_hold(bench: &engine::testing::Bench) {
    let mut tx = bench.db.db.read().await.unwrap();
    let found = books::check(&mut tx).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

/// The owner of the client that was first to have a running pack.
async fn client_with_a_pack(bench: &engine::testing::Bench) -> Caller {
    let mut tx = bench.db.db.read().await.unwrap();
    let sql = "select u.id, u.name, u.client_id from users u join subscriptions s on s.client_id = u.client_id
        where u.role = 'client_owner' and u.active and s.status = 'active' order by s.created_at, s.id, u.id limit 1";
    let (user_id, name, client) = store::on!(&mut tx, c =>
        sqlx::query_as::<_, (domain::UserId, String, ClientId)>(sql).fetch_one(c).await)
    .unwrap();
    Caller {
        user_id,
        name,
        role: Role::ClientOwner,
        lead: false,
        client_id: Some(client),
        vendor_id: None,
    }
}

async fn service_of_a_pack(bench: &engine::testing::Bench, owner: &Caller) -> domain::ServiceId {
    let mut tx = bench.db.db.read().await.unwrap();
    let sql = "select service_id from subscriptions where client_id = $1 and status = 'active' order by created_at, id limit 1";
    store::on!(&mut tx, c => sqlx::query_scalar::<_, domain::ServiceId>(sql).bind(owner.client_id).fetch_one(c).await)
        .unwrap()
}
