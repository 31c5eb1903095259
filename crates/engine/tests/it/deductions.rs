//! *Payment › Deductions* (Q2) on both databases: what royalties pay, as the client's owner reads it.

use crate::{allowance::run, assignment::pack};
use domain::{AppError, PaymentType, billing::view::DeductionsQuery, people::view::PartyTab};
use engine::testing::bench;
use rstest::rstest;
use store::testing::Backend;

#[rstest]
#[tokio::test]
async fn q2_a_client_reads_what_its_royalties_pay(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, query) = (&bench.engine, DeductionsQuery::default());
    let p = pack(&bench, "Acme", "Logo design").await;
    assert_eq!(engine.deductions(&p.owner, &query).await.unwrap().rows, []);
    bench.clock.set(p.ends.plus_hours(1));
    // Whoever looks crosses the boundary, which opens the next period with its deduction.
    engine.dashboard(&p.owner, "").await.unwrap();
    let page = engine.deductions(&p.owner, &query).await.unwrap();
    let [row] = &page.rows[..] else { panic!("{page:?}") };
    assert_eq!(
        [&row.month, &row.item, &row.amount, &row.status].map(String::as_str),
        ["April 2027", "20 × Logo design", "$400.00", "Due Apr 10, 2027"]
    );
    assert_eq!((page.due.as_str(), page.paid.as_str()), ("$400.00", "$0.00"));
    run(
        &bench,
        "update royalty_deductions set state = 'paid', paid_on = '2027-04-30'",
    )
    .await;
    let page = engine.deductions(&p.owner, &query).await.unwrap();
    assert_eq!(page.rows[0].status, "Paid Apr 30, 2027");
    assert_eq!((page.due.as_str(), page.paid.as_str()), ("$0.00", "$400.00"));
    // Whose the pages are, they know from the session.
    let found = engine.person_of_session(p.owner.user_id).await.unwrap().unwrap();
    assert_eq!(
        (found.royalties, found.uses_cards, found.has_deductions),
        (true, false, true)
    );
    // Staff see the same in the client's tab, and each tab reads what it shows.
    let tab = async |tab| engine.client(&bench.admin, &p.client.to_string(), tab).await.unwrap();
    let billing = tab(PartyTab::Billing).await;
    assert_eq!(
        [&billing.bills[0].name, &billing.bills[0].status].map(String::as_str),
        ["April 2027", "Paid Apr 30, 2027"]
    );
    assert_eq!(
        (billing.monthly.as_str(), billing.left, billing.open),
        ("$400.00", 20, 0)
    );
    assert!(billing.people.is_empty() && billing.prices.is_empty() && billing.storage.is_empty());
    let people = tab(PartyTab::People).await;
    assert!(people.bills.is_empty() && people.people.len() == 1);
    assert_eq!(tab(PartyTab::Prices).await.prices.len(), 1);
    let (_, other) = bench.client("Boreal", PaymentType::PayAsYouGo).await;
    assert_eq!(
        engine.deductions(&other, &query).await.unwrap().rows,
        [],
        "their own only"
    );
    let found = engine.person_of_session(other.user_id).await.unwrap().unwrap();
    assert_eq!(
        (found.royalties, found.uses_cards, found.has_deductions),
        (false, false, false)
    );
    assert_eq!(engine.deductions(&bench.admin, &query).await, Err(AppError::Forbidden));
    // §25: an invoice of a later day stands above, and what is not shown is said.
    assert_eq!(billing.bills_note, None);
    run(
        &bench,
        "insert into invoices (id, client_id, number, status, amount_due, amount_paid, currency, created_at, synced_at)
         select 'in_later', d.client_id, 'INV-9', 'paid', 100, 100, d.currency, d.created_at + 1, d.created_at from royalty_deductions d",
    )
    .await;
    run(
        &bench,
        "insert into royalty_deductions (id, client_id, kind, source_id, amount_cents, currency, due_on, state, created_at)
         with recursive n(k) as (select 1 union all select k + 1 from n where k < 24)
         select '00000000-0000-7000-a000-000000000' || cast(100 + n.k as text), d.client_id, 'service',
             '00000000-0000-7000-b000-000000000' || cast(100 + n.k as text), 100, d.currency, d.due_on, 'due',
             d.created_at - n.k
         from royalty_deductions d cross join n where d.kind = 'pack'",
    )
    .await;
    let billing = tab(PartyTab::Billing).await;
    assert_eq!(billing.bills.len(), 25);
    assert_eq!(
        [&billing.bills[0].name, &billing.bills[1].name].map(String::as_str),
        ["INV-9", "April 2027"]
    );
    assert_eq!(billing.bills_note.as_deref(), Some("The newest 24 of each are shown."));
}
