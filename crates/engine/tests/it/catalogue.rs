//! The catalogue and the Pack Editor (§2).

use crate::world::{Watched, engine_over, world};
use domain::{
    AppError, Cents, PackId, PackLabel, PaymentType, Role, ServiceId, SubscriptionStatus,
    catalogue::{
        pack::PackForm,
        services::ServiceForm,
        view::{OfferState, PackQuery, PackStatus, SavedPack},
    },
    error::Problem,
};
use engine::{
    Caller,
    testing::{Bench, bench},
};
use rstest::rstest;
use store::{on, sqlx, testing::Backend};

pub(crate) fn form(service: ServiceId, quantity: &str, price: &str) -> PackForm {
    PackForm {
        service: service.to_string(),
        quantity: quantity.into(),
        price: price.into(),
        vendor_payment: "120".into(),
        vendor_rate_mode: "per_pack".into(),
        overage_price: String::new(),
        visible: true,
    }
}

async fn create(bench: &Bench, form: &PackForm, key: &str) -> Result<SavedPack, AppError> {
    bench.engine.save_pack(&bench.admin, None, 0, form, key).await
}

/// One number of the database: `count(&bench, "select count(*) from packs")`.
pub(crate) async fn count(bench: &Bench, sql: &'static str) -> i64 {
    let mut tx = bench.engine.db().read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await).unwrap()
}

async fn run(bench: &Bench, sql: &'static str, id: &str) {
    let mut tx = bench.tx().await;
    on!(&mut tx, c => sqlx::query(sql).bind(id).execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

fn duplicate_of(error: &AppError) -> Option<(String, String)> {
    match error {
        AppError::Invalid { fields } => fields.iter().find_map(|wrong| match &wrong.problem {
            Problem::PackDuplicate { label, pack_id } => Some((label.clone(), pack_id.clone())),
            _ => None,
        }),
        _ => None,
    }
}

#[rstest]
#[tokio::test]
async fn pe1_a_pack_is_saved_with_its_first_version_and_its_price_is_published(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let saved = create(&bench, &form(service, "20", "400"), "k1").await.unwrap();
    assert!(saved.created && saved.new_version == Some(1) && !saved.pays_more_than_it_earns);
    let editor = bench.engine.pack_editor(&bench.admin, Some(saved.id)).await.unwrap();
    let pack = editor.pack.unwrap();
    assert_eq!(
        pack.label,
        PackLabel {
            quantity: 20,
            service: "Logo design".into()
        }
    );
    assert_eq!(editor.form.price, "400.00");
    assert_eq!(pack.versions.len(), 1);
    assert_eq!(pack.versions[0].vendor_payment, "$120.00 per pack");
    assert_eq!(pack.versions[0].created_by, "Ada Admin");
    assert!(!pack.locked);
    assert_eq!(
        count(&bench, "select count(*) from jobs where kind = 'version.publish'").await,
        1,
        "PE5"
    );
    assert_eq!(
        count(
            &bench,
            "select count(*) from audit_log where action = 'pack.created' and before is null"
        )
        .await,
        1
    );

    let mut loses = form(service, "30", "400");
    loses.vendor_payment = "20".into();
    loses.vendor_rate_mode = "per_unit".into();
    let saved = create(&bench, &loses, "k2").await.unwrap();
    assert!(
        saved.pays_more_than_it_earns,
        "PE1: 30 × $20 is more than $400, and saves"
    );
}

/// PE5: at Stripe a pack is sold under the name that it has when it is first sold, also where the process died before the
/// price of its first name stood there.
#[rstest]
#[tokio::test]
async fn e4_a_pack_that_is_edited_before_its_first_sale_is_sold_under_its_new_name(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(false, true)] dies: bool,
) {
    let Some(w) = world(backend, PaymentType::PayAsYouGo).await else {
        return;
    };
    let (engine, admin) = (&w.engine, &w.bench.admin);
    let service = w.bench.service("Poster design", Cents(2_500)).await;
    let first = form(service, "20", "400");
    let pack = engine.save_pack(admin, None, 0, &first, "a").await.unwrap().id;
    if dies {
        let dying = Watched::stopping(&w.base, 0, true);
        let one = engine_over(&w.bench, dying.clone());
        let life = tokio::spawn(async move { one.drain().await });
        dying.stopped.notified().await;
        life.abort();
        drop(life.await);
    } else {
        w.drain().await;
    }
    let version = engine.pack_editor(admin, Some(pack)).await.unwrap();
    let version = version.pack.unwrap().row_version;
    let renamed = form(service, "25", "400");
    engine
        .save_pack(admin, Some(pack), version, &renamed, "b")
        .await
        .unwrap();
    w.later().await;
    w.drain().await;
    let mut tx = engine.db().read().await.unwrap();
    let terms = store::catalogue::newest_terms(&mut tx, pack).await.unwrap().unwrap();
    let price = w.get(&format!("/v1/prices/{}", terms.stripe_price_id.unwrap())).await;
    let product = w
        .get(&format!("/v1/products/{}", price["product"].as_str().unwrap()))
        .await;
    assert_eq!(product["name"], "25 × Poster design");
}

#[rstest]
#[tokio::test]
async fn pe2_every_wrong_field_is_named_and_nothing_is_saved(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    run(
        &bench,
        "update services set active = false where id = $1",
        &service.to_string(),
    )
    .await;
    let error = create(&bench, &form(service, "0", "0.49"), "k").await.unwrap_err();
    assert_eq!(
        error.of_field("service").as_deref(),
        Some("This service is inactive. Activate it or choose another.")
    );
    assert_eq!(
        error.of_field("quantity").as_deref(),
        Some("Quantity must be a whole number from 1 to 10,000.")
    );
    assert_eq!(
        error.of_field("price").as_deref(),
        Some("Price must be at least $0.50.")
    );
    let error = create(&bench, &PackForm::default(), "k").await.unwrap_err();
    assert_eq!(error.of_field("service").as_deref(), Some("Choose a service."));
    let nowhere: ServiceId = "0190aaaa-0000-7000-8000-00000000dead".parse().unwrap();
    let error = create(&bench, &form(nowhere, "20", "400"), "k").await.unwrap_err();
    assert_eq!(error.of_field("service").as_deref(), Some("Choose a service."));
    let error = create(&bench, &form(service, "20", "400"), "k").await.unwrap_err();
    assert_eq!(error.status(), 422, "PE4: an inactive service alone");
    assert_eq!(count(&bench, "select count(*) from packs").await, 0);
    // A refused form gives its key back: the corrected one goes through.
    run(
        &bench,
        "update services set active = true where id = $1",
        &service.to_string(),
    )
    .await;
    create(&bench, &form(service, "20", "400"), "k").await.unwrap();
}

#[rstest]
#[tokio::test]
async fn pe2_a_double_click_makes_one_pack(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let form = form(service, "20", "400");
    let (a, b) = tokio::join!(create(&bench, &form, "same"), create(&bench, &form, "same"));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a, b, "the second answer is the first one");
    assert_eq!(create(&bench, &form, "same").await.unwrap(), a);
    assert_eq!(count(&bench, "select count(*) from packs").await, 1);
    assert_eq!(count(&bench, "select count(*) from pack_versions").await, 1);
    assert_eq!(count(&bench, "select count(*) from audit_log").await, 1);
}

#[rstest]
#[tokio::test]
async fn pe3_two_admins_saving_at_once_get_one_pack_and_one_409(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let other = bench.user("Bert Admin", Role::Admin, None, None).await;
    let service = bench.service("Logo design", Cents(2_500)).await;
    for quantity in ["20", "21", "22", "23"] {
        let form = form(service, quantity, "400");
        let (a, b) = tokio::join!(
            bench.engine.save_pack(&bench.admin, None, 0, &form, quantity),
            bench.engine.save_pack(&other, None, 0, &form, quantity),
        );
        let (saved, refused) = match (a, b) {
            (Ok(saved), Err(refused)) | (Err(refused), Ok(saved)) => (saved, refused),
            both => panic!("PE3: one saves and one is refused, not {both:?}"),
        };
        assert_eq!(refused.status(), 409, "PE3");
        let (label, id) = duplicate_of(&refused).expect("PE4: pack_duplicate");
        assert_eq!(label, format!("{quantity} × Logo design"));
        assert_eq!(id, saved.id.to_string(), "the message links to the pack that exists");
    }
    assert_eq!(count(&bench, "select count(*) from packs").await, 4);
}

#[rstest]
#[tokio::test]
async fn pe3_a_hidden_pack_keeps_its_place_and_an_edit_cannot_take_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let hidden = create(&bench, &form(service, "20", "400"), "a").await.unwrap().id;
    bench
        .engine
        .set_pack_visible(&bench.admin, hidden, false)
        .await
        .unwrap();
    let refused = create(&bench, &form(service, "20", "300"), "b").await.unwrap_err();
    assert_eq!(duplicate_of(&refused).unwrap().1, hidden.to_string(), "PE9");
    let other = create(&bench, &form(service, "10", "300"), "c").await.unwrap().id;
    let refused = bench
        .engine
        .save_pack(&bench.admin, Some(other), 0, &form(service, "20", "300"), "d")
        .await
        .unwrap_err();
    assert_eq!(duplicate_of(&refused).unwrap().1, hidden.to_string());
    assert!(refused.of_field("quantity").is_some(), "it is shown at the field");
}

#[rstest]
#[tokio::test]
async fn pe4_a_stale_edit_names_the_central_time(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let id = create(&bench, &form(service, "20", "400"), "a").await.unwrap().id;
    // 20:14 UTC on March 14, 2027 is the first day of summer time: 3:14 PM in Chicago.
    bench.clock.set("2027-03-14T20:14:00Z".parse().unwrap());
    bench
        .engine
        .save_pack(&bench.admin, Some(id), 0, &form(service, "20", "450"), "b")
        .await
        .unwrap();
    let refused = bench
        .engine
        .save_pack(&bench.admin, Some(id), 0, &form(service, "20", "500"), "c")
        .await
        .unwrap_err();
    assert_eq!(refused, AppError::PackStale { at: "3:14 PM".into() });
    assert_eq!(
        refused.message(),
        "Someone else changed this pack at 3:14 PM. Reload to see the changes."
    );
    let repeated = bench
        .engine
        .save_pack(&bench.admin, Some(id), 0, &form(service, "20", "450"), "b")
        .await;
    assert_eq!(
        repeated.unwrap().new_version,
        Some(2),
        "the same form again is no conflict"
    );
    let (a, b) = {
        let (x, y) = (form(service, "20", "460"), form(service, "20", "470"));
        tokio::join!(
            bench.engine.save_pack(&bench.admin, Some(id), 1, &x, "x"),
            bench.engine.save_pack(&bench.admin, Some(id), 1, &y, "y"),
        )
    };
    assert!(
        a.is_ok() != b.is_ok(),
        "two edits at once: one holds, one is stale ({a:?}, {b:?})"
    );
}

#[rstest]
#[tokio::test]
async fn pe5_only_changed_terms_make_a_version(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let id = create(&bench, &form(service, "20", "400"), "a").await.unwrap().id;
    let mut hidden = form(service, "20", "400.00");
    hidden.visible = false;
    let saved = bench
        .engine
        .save_pack(&bench.admin, Some(id), 0, &hidden, "b")
        .await
        .unwrap();
    assert_eq!(saved.new_version, None, "PE9: hiding is no version");
    let mut overage = hidden.clone();
    overage.overage_price = "18".into();
    let saved = bench
        .engine
        .save_pack(&bench.admin, Some(id), 1, &overage, "c")
        .await
        .unwrap();
    assert_eq!(saved.new_version, Some(2));
    let editor = bench.engine.pack_editor(&bench.admin, Some(id)).await.unwrap();
    let versions = editor.pack.unwrap().versions;
    assert_eq!(
        versions.iter().map(|v| v.version).collect::<Vec<_>>(),
        [2, 1],
        "newest first"
    );
    assert_eq!(versions[0].overage_price.as_deref(), Some("$18.00"));
    assert_eq!(versions[1].overage_price, None, "an old version never changes");
    assert_eq!(
        count(&bench, "select count(*) from jobs where kind = 'version.publish'").await,
        2
    );
    assert_eq!(
        count(
            &bench,
            "select count(*) from audit_log where action = 'pack.changed' and before is not null and after is not null"
        )
        .await,
        2
    );
}

#[rstest]
#[tokio::test]
async fn pe5_existing_subscribers_move_only_when_an_admin_says_so(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(service, 20, Cents(40_000)).await;
    let (acme, _) = bench.client("Acme", PaymentType::Royalties).await;
    let (brio, _) = bench.client("Brio", PaymentType::Royalties).await;
    bench.subscription(acme, pack, version).await;
    let ended = bench.subscription(brio, pack, version).await;
    run(
        &bench,
        "update subscriptions set status = 'ended', ended_at = created_at where id = $1",
        &ended.to_string(),
    )
    .await;
    assert_eq!(
        bench.engine.move_pack_subscribers(&bench.admin, pack).await.unwrap(),
        0,
        "all are on the newest terms"
    );
    let edited = PackForm {
        vendor_payment: "120".into(),
        ..form(service, "20", "450")
    };
    bench
        .engine
        .save_pack(&bench.admin, Some(pack), 0, &edited, "a")
        .await
        .unwrap();
    let show = || async {
        bench
            .engine
            .pack_editor(&bench.admin, Some(pack))
            .await
            .unwrap()
            .pack
            .unwrap()
    };
    let before = show().await;
    assert_eq!(
        (before.movable, before.moving, before.open),
        (1, 0, 1),
        "the ended one does not count"
    );
    assert_eq!(before.subscribers[0].terms, "Version 1 · $400.00");
    let ahead = before.ahead;
    assert_eq!(ahead.monthly.as_deref(), Some("+$50.00 a month"));
    let row = &ahead.rows[0];
    assert_eq!(
        (row.from.as_str(), row.price.as_str()),
        ("from Apr 10, 2027", "$400.00 → $450.00"),
        "said before it is done"
    );
    let mail = ahead.mail.unwrap();
    assert!(mail.contains(" costs $450.00 a month instead of $400.00."), "{mail}");
    assert_eq!(
        count(&bench, "select price_cents from periods where seq = 1 limit 1").await,
        40_000
    );
    assert_eq!(bench.engine.move_pack_subscribers(&bench.admin, pack).await.unwrap(), 1);
    assert_eq!(
        bench.engine.move_pack_subscribers(&bench.admin, pack).await.unwrap(),
        0,
        "again changes nothing"
    );
    let moving = show().await;
    assert_eq!((moving.movable, moving.moving), (0, 1));
    assert_eq!((moving.ahead.rows.len(), moving.ahead.monthly), (0, None));
    assert_eq!(
        moving.subscribers[0].terms, "Version 1 · $400.00",
        "an open period keeps its terms"
    );
    assert_eq!(
        moving.subscribers[0].moves.as_deref(),
        Some("From Apr 10: $450 a month")
    );
    assert_eq!(bench.engine.withdraw_pack_move(&bench.admin, pack).await.unwrap(), 1);
    assert_eq!(show().await.subscribers[0].moves, None);
    assert_eq!(
        count(&bench, "select count(*) from audit_log where action like 'pack.move%'").await,
        2
    );
}

#[rstest]
#[tokio::test]
async fn pe6_service_and_quantity_stand_once_anybody_subscribed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let banner = bench.service("Banner", Cents(1_000)).await;
    let (pack, version) = bench.pack(service, 20, Cents(40_000)).await;
    let moved = PackForm {
        vendor_payment: "120".into(),
        ..form(banner, "25", "400")
    };
    run(
        &bench,
        "update pack_versions set stripe_product_id = 'prod_20' where pack_id = $1",
        &pack.to_string(),
    )
    .await;
    let saved = bench
        .engine
        .save_pack(&bench.admin, Some(pack), 0, &moved, "a")
        .await
        .unwrap();
    assert_eq!(
        saved.new_version,
        Some(2),
        "the same terms under another name are published anew"
    );
    assert_eq!(
        count(
            &bench,
            "select count(*) from pack_versions where stripe_product_id is not null"
        )
        .await,
        0,
        "no product of the old name is used again"
    );
    let (acme, _) = bench.client("Acme", PaymentType::Royalties).await;
    let subscription = bench.subscription(acme, pack, version).await;
    run(
        &bench,
        "update subscriptions set status = 'ended', ended_at = created_at where id = $1",
        &subscription.to_string(),
    )
    .await;
    for changed in [form(service, "25", "400"), form(banner, "26", "400")] {
        let refused = bench
            .engine
            .save_pack(&bench.admin, Some(pack), 1, &changed, "b")
            .await
            .unwrap_err();
        assert_eq!(refused, AppError::PackInUse, "PE6: an ended subscription counts too");
    }
    bench
        .engine
        .save_pack(&bench.admin, Some(pack), 1, &form(banner, "25", "410"), "c")
        .await
        .unwrap();
    assert!(
        bench
            .engine
            .pack_editor(&bench.admin, Some(pack))
            .await
            .unwrap()
            .pack
            .unwrap()
            .locked
    );
}

#[rstest]
#[tokio::test]
async fn pe6_an_archive_waits_for_pending_changes_and_leaves_subscriptions(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let (small, small_version) = bench.pack(service, 10, Cents(22_000)).await;
    let (large, large_version) = bench.pack(service, 20, Cents(40_000)).await;
    let mut subscriptions = Vec::new();
    for name in ["Acme", "Brio", "Cato"] {
        let (client, _) = bench.client(name, PaymentType::Royalties).await;
        subscriptions.push(bench.subscription(client, small, small_version).await);
    }
    let mut tx = bench.tx().await;
    on!(&mut tx, c => sqlx::query("update subscriptions set pending_pack_version_id = $1, pending_state = 'requested'").bind(large_version).execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
    let refused = bench.engine.archive_pack(&bench.admin, large).await.unwrap_err();
    assert_eq!(refused, AppError::PackInPendingChange { count: 3 });
    assert_eq!(
        refused.message(),
        "3 clients are scheduled to move to this pack. Cancel those changes first."
    );
    bench.engine.archive_pack(&bench.admin, small).await.unwrap();
    bench.engine.archive_pack(&bench.admin, small).await.unwrap();
    assert_eq!(
        count(&bench, "select count(*) from subscriptions where status = 'active'").await,
        3
    );
    let (_, dora) = bench.client("Dora", PaymentType::Monthly).await;
    let offers = bench.engine.client_packs(&dora).await.unwrap();
    assert_eq!(offers.groups[0].offers.len(), 1, "an archived pack is not on sale");
    assert_eq!(
        count(&bench, "select count(*) from audit_log where action = 'pack.archived'").await,
        1
    );
}

#[rstest]
#[tokio::test]
async fn pe7_an_archived_pack_may_be_made_again_and_comes_back_only_to_a_free_place(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let service = bench.service("Logo design", Cents(2_500)).await;
    let old = create(&bench, &form(service, "20", "400"), "a").await.unwrap().id;
    bench.engine.archive_pack(&bench.admin, old).await.unwrap();
    let new = create(&bench, &form(service, "20", "380"), "b").await.unwrap().id;
    let refused = bench.engine.unarchive_pack(&bench.admin, old).await.unwrap_err();
    assert_eq!(
        duplicate_of(&refused).unwrap(),
        ("20 × Logo design".into(), new.to_string())
    );
    bench.engine.archive_pack(&bench.admin, new).await.unwrap();
    bench.engine.unarchive_pack(&bench.admin, old).await.unwrap();
    let list = bench
        .engine
        .pack_list(&bench.admin, &PackQuery::default())
        .await
        .unwrap();
    assert_eq!(list.rows.iter().map(|r| r.id).collect::<Vec<_>>(), [old]);
    assert_eq!((list.live, list.archived), (1, 1));
}

#[rstest]
#[tokio::test]
async fn pe8_the_list_shows_the_figures_in_one_query_and_sorts_by_any(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let banner = bench.service("Banner", Cents(1_000)).await;
    let (twenty, version) = bench.pack(logo, 20, Cents(40_000)).await;
    bench.pack(logo, 3, Cents(10_000)).await;
    let (dear, _) = bench.pack(banner, 7, Cents(9_999)).await;
    let (acme, _) = bench.client("Acme", PaymentType::Royalties).await;
    bench.subscription(acme, twenty, version).await;
    bench.engine.set_pack_visible(&bench.admin, dear, false).await.unwrap();
    let before = bench.engine.db().statements();
    let list = bench
        .engine
        .pack_list(&bench.admin, &PackQuery::default())
        .await
        .unwrap();
    assert_eq!(bench.engine.db().statements() - before, 1, "PE8: one query");
    let labels: Vec<String> = list.rows.iter().map(|r| r.label.to_string()).collect();
    assert_eq!(labels, ["7 × Banner", "3 × Logo design", "20 × Logo design"]);
    let row = &list.rows[2];
    assert_eq!(
        (
            row.price.as_str(),
            row.unit_price.as_str(),
            row.standard_price.as_str(),
            row.saving.as_deref()
        ),
        ("$400.00", "$20.00", "$25.00", Some("20%"))
    );
    assert_eq!(
        (row.subscribers, row.vendor_payment.as_str(), row.margin.as_deref()),
        (1, "$120.00 per pack", Some("70.0%"))
    );
    assert_eq!(list.rows[0].status, PackStatus::Hidden);
    assert_eq!(list.rows[0].unit_price, "$14.28", "$99.99 / 7, half up");
    assert_eq!(list.rows[1].saving, None, "three at $100 save nothing against $25 each");
    assert_eq!((list.on_sale, list.hidden, list.live), (2, 1, 3));
    let sorted = |sort: &str| PackQuery {
        sort: sort.into(),
        ..PackQuery::default()
    };
    let by = |sort: &'static str| {
        let query = sorted(sort);
        let bench = &bench;
        async move {
            let list = bench.engine.pack_list(&bench.admin, &query).await.unwrap();
            list.rows.iter().map(|r| r.label.quantity).collect::<Vec<_>>()
        }
    };
    assert_eq!(by("-price").await, [20, 3, 7]);
    assert_eq!(by("unit").await, [7, 20, 3]);
    assert_eq!(by("-subscribers").await, [20, 7, 3]);
    assert_eq!(by("-pack").await, [20, 3, 7]);
    let hidden = PackQuery {
        status: "hidden".into(),
        ..PackQuery::default()
    };
    assert_eq!(
        bench.engine.pack_list(&bench.admin, &hidden).await.unwrap().rows.len(),
        1
    );
    let of_logo = PackQuery {
        service: logo.to_string(),
        ..PackQuery::default()
    };
    assert_eq!(
        bench.engine.pack_list(&bench.admin, &of_logo).await.unwrap().rows.len(),
        2
    );
}

#[rstest]
#[tokio::test]
async fn pe9_hiding_takes_a_pack_out_of_the_catalogue_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, version) = bench.pack(logo, 20, Cents(40_000)).await;
    let (acme, owner) = bench.client("Acme", PaymentType::Royalties).await;
    bench.subscription(acme, pack, version).await;
    let (_, other) = bench.client("Brio", PaymentType::Monthly).await;
    assert_eq!(bench.engine.client_packs(&other).await.unwrap().groups.len(), 1);
    bench.engine.set_pack_visible(&bench.admin, pack, false).await.unwrap();
    bench.engine.set_pack_visible(&bench.admin, pack, false).await.unwrap();
    assert!(bench.engine.client_packs(&other).await.unwrap().groups.is_empty());
    let services = bench.engine.client_services(&owner).await.unwrap();
    assert_eq!(
        services.rows[0].held.as_ref().map(PackLabel::to_string).as_deref(),
        Some("20 × Logo design")
    );
    assert_eq!(
        count(&bench, "select count(*) from pack_versions").await,
        1,
        "PE9: no version"
    );
    assert_eq!(
        count(&bench, "select count(*) from audit_log where action = 'pack.hidden'").await,
        1
    );
    bench.engine.set_pack_visible(&bench.admin, pack, true).await.unwrap();
    run(
        &bench,
        "update services set active = false where id = $1",
        &logo.to_string(),
    )
    .await;
    assert!(
        bench.engine.client_packs(&other).await.unwrap().groups.is_empty(),
        "nor is a service that is not offered"
    );
}

/// PE5: who has a pack reads what it pays for it, whatever others pay meanwhile, and finds it first.
#[rstest]
#[tokio::test]
async fn pe5_the_catalogue_shows_a_client_its_own_price_and_its_own_packs_first(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let banner = bench.service("Banner", Cents(2_500)).await;
    let logo = bench.service("Logo design", Cents(2_500)).await;
    bench.pack(banner, 5, Cents(10_000)).await;
    let (ten, version) = bench.pack(logo, 10, Cents(20_000)).await;
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let (_, stranger) = bench.client("Brio", PaymentType::Monthly).await;
    bench.subscription(acme, ten, version).await;
    let dearer = form(logo, "10", "210");
    bench
        .engine
        .save_pack(&bench.admin, Some(ten), 0, &dearer, "dearer")
        .await
        .unwrap();
    let seen = async |who: &Caller| {
        let packs = bench.engine.client_packs(who).await.unwrap();
        let groups = packs.groups.into_iter();
        groups
            .map(|group| format!("{} {}", group.service, group.offers[0].price))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&owner).await, ["Logo design $200.00", "Banner $100.00"]);
    assert_eq!(seen(&stranger).await, ["Banner $100.00", "Logo design $210.00"]);
}

#[rstest]
#[tokio::test]
async fn su1_the_catalogue_says_what_a_client_can_do_with_each_pack(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (ten, version) = bench.pack(logo, 10, Cents(22_000)).await;
    let (twenty, _) = bench.pack(logo, 20, Cents(40_000)).await;
    let (acme, owner) = bench.client("Acme", PaymentType::Royalties).await;
    let member = bench.user("Mia Member", Role::ClientMember, Some(acme), None).await;
    bench
        .engine
        .set_client_price(&bench.admin, acme, logo, "$22.00", "")
        .await
        .unwrap();
    let packs = bench.engine.client_packs(&owner).await.unwrap();
    assert!(packs.may_subscribe && packs.from_royalties);
    let offers = &packs.groups[0].offers;
    assert_eq!(
        packs.groups[0].about, "$22.00 per design without a pack · 5 business days",
        "the client's own price"
    );
    assert_eq!(
        offers[0].saving, None,
        "ten at $22 are no cheaper than ten single ones at the own price"
    );
    assert_eq!(offers[1].saving.as_deref(), Some("Save 9%"));
    assert_eq!(offers[1].unit_price, "$20.00 per design");
    assert_eq!(
        offers[1].beyond, "$22.00 per extra design",
        "§16: without a price of the pack, the client's"
    );
    assert!(offers.iter().all(|o| o.state == OfferState::Open));
    assert!(!bench.engine.client_packs(&member).await.unwrap().may_subscribe);
    let subscription = bench.subscription(acme, ten, version).await;
    let states = || async {
        let packs = bench.engine.client_packs(&owner).await.unwrap();
        packs.groups[0]
            .offers
            .iter()
            .map(|o| o.state.clone())
            .collect::<Vec<_>>()
    };
    let label = PackLabel {
        quantity: 10,
        service: "Logo design".into(),
    };
    assert_eq!(
        states().await,
        [
            OfferState::Held {
                subscription_id: subscription,
                status: SubscriptionStatus::Active
            },
            OfferState::Other {
                subscription_id: subscription,
                label,
                status: SubscriptionStatus::Active
            }
        ]
    );
    run(
        &bench,
        "update subscriptions set status = 'incomplete' where id = $1",
        &subscription.to_string(),
    )
    .await;
    assert_eq!(
        states().await,
        [
            OfferState::FinishPayment {
                subscription_id: subscription
            },
            OfferState::Open
        ],
        "SU4, SU9"
    );
    let (_, stranger) = bench.client("Brio", PaymentType::Monthly).await;
    let packs = bench.engine.client_packs(&stranger).await.unwrap();
    assert!(
        packs.groups[0].offers.iter().all(|o| o.state == OfferState::Open),
        "another client's pack is not mine"
    );
    assert!(packs.groups[0].about.starts_with("$25.00"), "nor is its price");
    assert_eq!(packs.groups[0].offers[1].pack_id, twenty);
}

#[rstest]
#[tokio::test]
async fn services_are_saved_once_by_name_and_share_their_units_words(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let new = |name: &str, one: &str, many: &str| ServiceForm {
        name: name.into(),
        unit_singular: one.into(),
        unit_plural: many.into(),
        unit_price: "25".into(),
        turnaround_days: "5".into(),
        active: true,
    };
    let e = &bench.engine;
    let logo = e
        .save_service(&bench.admin, None, 0, &new("Logo", "design", "designs"), "a")
        .await
        .unwrap();
    assert_eq!(
        e.save_service(&bench.admin, None, 0, &new("Logo", "design", "designs"), "a")
            .await
            .unwrap(),
        logo
    );
    let taken = e
        .save_service(&bench.admin, None, 0, &new("Logo", "mark", "marks"), "b")
        .await
        .unwrap_err();
    assert_eq!(taken.of_field("name").as_deref(), Some("This name is already in use."));
    for twin in ["LOGO", "\u{a0}logo", "Ｌｏｇｏ"] {
        let twin = e
            .save_service(&bench.admin, None, 0, &new(twin, "mark", "marks"), "twin")
            .await
            .unwrap_err();
        assert_eq!(twin.of_field("name"), taken.of_field("name"));
    }
    let video = e
        .save_service(&bench.admin, None, 0, &new("Video", "minute", "minutes"), "c")
        .await
        .unwrap();
    assert_eq!(
        count(&bench, "select count(*) from meters").await,
        2,
        "designs were there"
    );
    let list = e.service_list(&bench.admin).await.unwrap();
    assert_eq!(list.rows[1].price, "$25.00 per minute");
    e.save_service(&bench.admin, Some(video), 0, &new("Video", "clip", "clips"), "d")
        .await
        .unwrap();
    let stale = e
        .save_service(&bench.admin, Some(video), 0, &new("Video", "clip", "clips"), "e")
        .await
        .unwrap_err();
    assert_eq!(stale, AppError::Stale);
    let editor = e.service_editor(&bench.admin, Some(video)).await.unwrap();
    assert_eq!(editor.form.unit_plural, "clips");
    assert_eq!(
        count(&bench, "select count(*) from audit_log where entity = 'service'").await,
        3
    );
}

#[rstest]
#[tokio::test]
async fn own_prices_are_set_changed_and_removed_and_nobody_elses(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let (_, other) = bench.client("Brio", PaymentType::Monthly).await;
    let e = &bench.engine;
    let wrong = e
        .set_client_price(&bench.admin, acme, logo, "0.49", "")
        .await
        .unwrap_err();
    assert_eq!(
        wrong.of_field("own_price").as_deref(),
        Some("The amount must be 0 or at least $0.50.")
    );
    let nobody = "0190aaaa-0000-7000-8000-00000000dead".parse().unwrap();
    assert_eq!(
        e.set_client_price(&bench.admin, nobody, logo, "20", "")
            .await
            .unwrap_err(),
        AppError::NotFound
    );
    e.set_client_price(&bench.admin, acme, logo, "20", "").await.unwrap();
    e.set_client_price(&bench.admin, acme, logo, "0", "20.00")
        .await
        .unwrap();
    let mine = e.client_services(&owner).await.unwrap().rows.remove(0);
    assert_eq!(
        (mine.price.as_str(), mine.list_price.as_deref()),
        ("Free", Some("$25.00"))
    );
    let theirs = e.client_services(&other).await.unwrap().rows.remove(0);
    assert_eq!((theirs.price.as_str(), theirs.list_price.as_deref()), ("$25.00", None));
    assert_eq!(e.client_prices(&bench.admin, acme).await.unwrap().len(), 1);
    e.remove_client_price(&bench.admin, acme, logo).await.unwrap();
    e.remove_client_price(&bench.admin, acme, logo).await.unwrap();
    assert_eq!(e.client_services(&owner).await.unwrap().rows[0].list_price, None);
    assert_eq!(
        count(&bench, "select count(*) from audit_log where entity = 'client'").await,
        3
    );
}

#[rstest]
#[tokio::test]
async fn only_admins_change_the_catalogue_and_only_clients_have_one(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let logo = bench.service("Logo design", Cents(2_500)).await;
    let (pack, _) = bench.pack(logo, 20, Cents(40_000)).await;
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let accountant = bench.user("Ann", Role::Accountant, None, None).await;
    let e = &bench.engine;
    for caller in [&owner, &accountant] {
        let no = Err(AppError::Forbidden);
        assert_eq!(
            e.save_pack(caller, None, 0, &form(logo, "5", "100"), "k")
                .await
                .map(|_| ()),
            no
        );
        assert_eq!(e.set_pack_visible(caller, pack, false).await, no);
        assert_eq!(e.archive_pack(caller, pack).await, no);
        assert_eq!(e.unarchive_pack(caller, pack).await, no);
        assert_eq!(e.move_pack_subscribers(caller, pack).await.map(|_| ()), no);
        assert_eq!(e.withdraw_pack_move(caller, pack).await.map(|_| ()), no);
        assert_eq!(e.pack_editor(caller, Some(pack)).await.map(|_| ()), no);
        assert_eq!(e.pack_list(caller, &PackQuery::default()).await.map(|_| ()), no);
        assert_eq!(e.service_list(caller).await.map(|_| ()), no);
        assert_eq!(e.service_editor(caller, Some(logo)).await.map(|_| ()), no);
        assert_eq!(
            e.save_service(caller, None, 0, &ServiceForm::default(), "k")
                .await
                .map(|_| ()),
            no
        );
        assert_eq!(e.set_client_price(caller, acme, logo, "1", "").await, no);
        assert_eq!(e.remove_client_price(caller, acme, logo).await, no);
    }
    assert_eq!(e.client_packs(&bench.admin).await.map(|_| ()), Err(AppError::Forbidden));
    assert_eq!(
        e.client_services(&accountant).await.map(|_| ()),
        Err(AppError::Forbidden)
    );
    let nowhere: PackId = "0190aaaa-0000-7000-8000-00000000dead".parse().unwrap();
    assert_eq!(
        e.pack_editor(&bench.admin, Some(nowhere)).await.map(|_| ()),
        Err(AppError::NotFound)
    );
    assert_eq!(e.archive_pack(&bench.admin, nowhere).await, Err(AppError::NotFound));
    assert_eq!(
        e.set_pack_visible(&bench.admin, nowhere, true).await,
        Err(AppError::NotFound)
    );
}

/// What an admin may do to the catalogue, at random.
#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Archive(usize),
    Unarchive(usize),
    Requantify(usize, usize),
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    use proptest::prelude::*;
    let step = prop_oneof![
        3 => (0..3usize).prop_map(Step::Create),
        2 => (0..12usize).prop_map(Step::Archive),
        3 => (0..12usize).prop_map(Step::Unarchive),
        2 => (0..12usize, 0..3usize).prop_map(|(pack, quantity)| Step::Requantify(pack, quantity)),
    ];
    proptest::collection::vec(step, 1..25)
}

/// PE3, PE7: whatever is created, archived, brought back and changed, no two live packs share service and quantity,
/// and what is refused is refused for that reason alone.
#[rstest]
fn pe3_never_two_live_packs_of_one_service_and_quantity(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    use proptest::{strategy::Strategy, test_runner::TestRunner};
    let config = proptest::test_runner::Config {
        cases: 12,
        failure_persistence: None,
        ..Default::default()
    };
    let mut runner = TestRunner::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for _ in 0..12 {
        let plan = steps().new_tree(&mut runner).unwrap();
        let plan = proptest::strategy::ValueTree::current(&plan);
        runtime.block_on(async {
            let Some(bench) = bench(backend).await else { return };
            let e = &bench.engine;
            let service = bench.service("Logo design", Cents(2_500)).await;
            let quantities = ["5", "10", "20"];
            // Our own idea of the catalogue: each pack with its quantity, and whether it is live.
            let mut packs: Vec<(PackId, usize, bool)> = Vec::new();
            for (at, step) in plan.iter().enumerate() {
                let key = format!("step-{at}");
                let taken = |packs: &[(PackId, usize, bool)], quantity: usize, but: Option<PackId>| {
                    packs.iter().any(|(id, q, live)| *live && *q == quantity && Some(*id) != but)
                };
                match *step {
                    Step::Create(quantity) => {
                        let result = e.save_pack(&bench.admin, None, 0, &form(service, quantities[quantity], "100"), &key).await;
                        assert_eq!(result.is_err(), taken(&packs, quantity, None), "{step:?} of {plan:?}");
                        if let Ok(saved) = result {
                            packs.push((saved.id, quantity, true));
                        }
                    }
                    Step::Archive(pack) => {
                        let Some(entry) = packs.get_mut(pack) else { continue };
                        e.archive_pack(&bench.admin, entry.0).await.unwrap();
                        entry.2 = false;
                    }
                    Step::Unarchive(pack) => {
                        let Some((id, quantity, _)) = packs.get(pack).copied() else { continue };
                        let result = e.unarchive_pack(&bench.admin, id).await;
                        assert_eq!(result.is_err(), taken(&packs, quantity, Some(id)), "{step:?} of {plan:?}");
                        if result.is_ok() {
                            packs[pack].2 = true;
                        }
                    }
                    Step::Requantify(pack, quantity) => {
                        let Some((id, _, live)) = packs.get(pack).copied() else { continue };
                        let version = e.pack_editor(&bench.admin, Some(id)).await.unwrap().pack.unwrap().row_version;
                        let form = form(service, quantities[quantity], "100");
                        let result = e.save_pack(&bench.admin, Some(id), version, &form, &key).await;
                        assert_eq!(result.is_err(), live && taken(&packs, quantity, Some(id)), "{step:?} of {plan:?}");
                        if result.is_ok() {
                            packs[pack].1 = quantity;
                        }
                    }
                }
                let doubles = count(
                    &bench,
                    "select count(*) from (select 1 as one from packs where archived_at is null group by service_id, quantity having count(*) > 1) d",
                )
                .await;
                assert_eq!(doubles, 0, "PE3 after {step:?} of {plan:?}");
            }
        });
    }
}
