//! Search everything (§20) on both databases: what people type finds what it names, each role finds what it may see and nothing
//! else, and the words are those of the texts as they stand.

use crate::{
    allowance::{number, texts},
    work::{World, world},
};
use domain::{
    PaymentType, Role, Transition as T,
    search::{Found, PLACES, Place},
    work::form::RequestForm,
};
use engine::Caller;
use rstest::rstest;
use store::testing::Backend;

async fn search(w: &World, who: &Caller, typed: &str) -> Found {
    // Which places are open is the table's matter, and tested with it.
    let open: Vec<Place> = if who.role == Role::Admin {
        PLACES.to_vec()
    } else {
        Vec::new()
    };
    w.engine().search(who, typed, &open, false).await.unwrap()
}

/// "Requests: #7 T-shirt".
async fn found(w: &World, who: &Caller, typed: &str) -> Vec<String> {
    let groups = search(w, who, typed).await.groups.into_iter();
    let lines = groups.flat_map(|group| {
        let label = group.label;
        group.hits.into_iter().map(move |hit| format!("{label}: {}", hit.title))
    });
    lines.collect()
}

/// A request of the first client's pack that `PixelCo` has, with a brief and an attachment; its number.
async fn ordered(w: &World, title: &str, brief: &str) -> i64 {
    let id = w.of_pack().await;
    let mut tx = w.bench.tx().await;
    let sql = "update service_requests set title = $2, brief = $3 where id = $1";
    store::on!(&mut tx, c => store::sqlx::query(sql).bind(id.to_string()).bind(title).bind(brief).execute(c).await.map(|_| ()))
        .unwrap();
    tx.commit().await.unwrap();
    w.view(&w.bench.admin, id).await.number
}

async fn told(w: &World, sql: &'static str) {
    let mut tx = w.bench.tx().await;
    store::on!(&mut tx, c => store::sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.unwrap();
}

#[rstest]
#[tokio::test]
async fn s20_what_an_admin_types_finds_what_it_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let bench = &w.bench;
    bench.client("Northpine", PaymentType::PayAsYouGo).await;
    bench.user("Paula Mendes", Role::InternalDesigner, None, None).await;
    let number = ordered(&w, "Farmers market poster", "Badges for the stalls, and a T-shirt.").await;
    told(
        &w,
        "insert into invoices (id, client_id, number, status, amount_due, amount_paid, currency, created_at, synced_at)
         select 'in_1', id, 'A1B2C3-0042', 'paid', 100, 100, 'usd', 1, 1 from clients where name = 'Northpine'",
    )
    .await;
    told(
        &w,
        "update users set email = 'payg@demo.test' where name = 'Owner of Northpine'",
    )
    .await;
    told(
        &w,
        "insert into request_files (id, request_id, version, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at)
         select '00000000-0000-7000-8000-0000000000f1', id, 0, 'stall_measures.pdf', 'application/pdf', 9, 'x', 'k1', created_by, 1 from service_requests where title = 'Farmers market poster'",
    )
    .await;
    let request = format!("Requests: #{number} Farmers market poster");
    let (request, numbered) = (request.as_str(), format!("#{number}"));
    for (typed, expected) in [
        ("Northpine", "Clients: Northpine"),
        ("north", "Clients: Northpine"),
        ("Nortphine", "Clients: Northpine"),
        ("Logo design", "Services: Logo design"),
        ("10 logo", "Packs: 10 × Logo design"),
        ("PixelCo", "Vendors: PixelCo"),
        ("pixleco", "Vendors: PixelCo"),
        ("Paula", "People: Paula Mendes"),
        ("payg@demo.test", "People: Owner of Northpine"),
        ("badges", request),
        ("BADGES stalls", request),
        ("T-shirt", request),
        ("Farmers markt", request),
        ("Acme farmers", request),
        ("stall measures", request),
        ("pixelco poster", request),
        (numbered.as_str(), request),
        ("A1B2C3-0042", "Invoices: A1B2C3-0042"),
        ("a1b2c3", "Invoices: A1B2C3-0042"),
        ("Integrity", "Pages: Integrity"),
        ("integirty", "Pages: Integrity"),
        ("new pack", "Actions: New pack"),
        ("dark", "Actions: Switch to dark theme"),
    ] {
        let lines = found(&w, &bench.admin, typed).await;
        assert!(lines.iter().any(|line| line == expected), "{typed}: {lines:?}");
    }
    let invoices = search(&w, &bench.admin, "A1B2C3-0042").await.groups;
    let invoice = invoices.iter().find(|group| group.label == "Invoices").unwrap();
    assert!(
        invoice.hits[0].href.ends_with("?tab=billing"),
        "where it is shown: {:?}",
        invoice.hits[0]
    );
    for nothing in ["no such thing", "zzzz", "%", "farmers zzzz", "\u{1f3a8}"] {
        assert_eq!(
            found(&w, &bench.admin, nothing).await,
            Vec::<String>::new(),
            "{nothing}"
        );
    }
    // What is spelled alike is shown only where nothing has the words themselves, and it is said.
    assert!(!search(&w, &bench.admin, "Farmers market").await.loosely);
    assert!(search(&w, &bench.admin, "Farmers markt").await.loosely);
    let refused = w.engine().search(&bench.admin, &"x".repeat(500), &[], false).await;
    assert!(refused.is_err(), "too long");
}

/// Nobody finds what they may not see (§25, RQ7, RQ9).
#[rstest]
#[tokio::test]
async fn s20_each_role_finds_what_it_may_see(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let bench = &w.bench;
    let number = ordered(&w, "Spring poster", "Wildflowers please.").await;
    let (other_client, other_owner) = bench.client("Boreal", PaymentType::Monthly).await;
    let other_member = bench
        .user("Bo Member", Role::ClientMember, Some(other_client), None)
        .await;
    let accountant = bench.user("Ada Accountant", Role::Accountant, None, None).await;
    let support = bench.user("Sue Support", Role::Support, None, None).await;
    // A work in progress of PixelCo's.
    told(
        &w,
        "insert into request_files (id, request_id, version, vendor_id, name, media_type, size_bytes, sha256, object_key, uploaded_by, uploaded_at)
         select '00000000-0000-7000-8000-0000000000f1', r.id, 1, r.vendor_id, 'sketchbook.pdf', 'application/pdf', 9, 'x', 'k1', r.created_by, 1
         from service_requests r where r.title = 'Spring poster'",
    )
    .await;
    told(
        &w,
        "insert into invoices (id, client_id, number, status, amount_due, amount_paid, currency, created_at, synced_at)
         select 'in_1', id, 'SECRET-0042', 'paid', 100, 100, 'usd', 1, 1 from clients where name = 'Acme'",
    )
    .await;
    let alias = texts(bench, "select alias from clients where name = 'Acme'")
        .await
        .remove(0);
    let draft = RequestForm {
        title: "Halfthought".into(),
        ..RequestForm::default()
    };
    w.engine().save_draft(&w.owner, "draft-1", &draft).await.unwrap();

    let request = format!("Requests: #{number} Spring poster");
    // Who finds it, and by which kinds; everybody else finds nothing.
    let people: [(&str, &Caller); 11] = [
        ("owner", &w.owner),
        ("member", &w.member),
        ("other owner", &other_owner),
        ("other member", &other_member),
        ("pixel", &w.pixel),
        ("pixel designer", &w.pixel_designer),
        ("other vendor", &w.other),
        ("designer", &w.ana),
        ("admin", &bench.admin),
        ("accountant", &accountant),
        ("support", &support),
    ];
    let table: &[(&str, &str, &[&str])] = &[
        (
            "wildflowers",
            &request,
            &[
                "owner",
                "member",
                "pixel",
                "pixel designer",
                "designer",
                "admin",
                "support",
            ],
        ),
        (
            "wildflwers",
            &request,
            &[
                "owner",
                "member",
                "pixel",
                "pixel designer",
                "designer",
                "admin",
                "support",
            ],
        ),
        (
            "spring",
            &request,
            &[
                "owner",
                "member",
                "pixel",
                "pixel designer",
                "designer",
                "admin",
                "support",
            ],
        ),
        // A client's name is the agency's and its own; vendors know the alias.
        ("acme", &request, &["designer", "admin", "support"]),
        (
            &alias,
            &request,
            &["pixel", "pixel designer", "designer", "admin", "support"],
        ),
        ("acme", "Clients: Acme", &["admin", "accountant", "support"]),
        // Who does the work is not told to clients.
        ("pixelco", &request, &["designer", "admin", "support"]),
        ("pixelco", "Vendors: PixelCo", &["admin", "accountant"]),
        // What is not delivered is not the client's yet.
        (
            "sketchbook",
            &request,
            &["pixel", "pixel designer", "designer", "admin", "support"],
        ),
        (
            "SECRET-0042",
            "Invoices: SECRET-0042",
            &["owner", "admin", "accountant", "support"],
        ),
        ("halfthought", "Requests: Halfthought", &["owner", "member"]),
        ("mia", "People: Mia Member", &["owner", "admin"]),
        ("pia", "People: Pia Pixel", &["admin"]),
        (
            "logo",
            "Services: Logo design",
            &["owner", "member", "other owner", "other member", "admin"],
        ),
        (
            "logo",
            "Packs: 10 × Logo design",
            &["owner", "member", "other owner", "other member", "admin"],
        ),
    ];
    for (typed, what, finders) in table {
        for (name, caller) in people {
            let lines = found(&w, caller, typed).await;
            let finds = lines.iter().any(|line| line == what);
            assert_eq!(finds, finders.contains(&name), "{name} types {typed}: {lines:?}");
        }
    }
    // A page tells no more than the list does.
    for vendor in [&w.pixel, &w.pixel_designer] {
        let shown = format!("{:?}", search(&w, vendor, "spring").await);
        assert!(!shown.contains("Acme") && shown.contains(&alias), "{shown}");
    }
    let shown = format!("{:?}", search(&w, &w.owner, "spring").await);
    assert!(!shown.contains("PixelCo") && !shown.contains(&alias), "{shown}");
    // Delivered, the file is the client's as well.
    let id = texts(bench, "select id from service_requests where title = 'Spring poster'")
        .await
        .remove(0);
    let id = id.parse().unwrap();
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.step(&w.pixel, id, T::Deliver).await.unwrap();
    assert_eq!(found(&w, &w.owner, "sketchbook").await, [request]);
}

/// Whoever writes a text writes its words in the same transaction, and takes those of the text before away.
#[rstest]
#[tokio::test]
async fn s20_the_words_are_those_of_the_texts(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let bench = &w.bench;
    let draft = |title: &str| RequestForm {
        title: title.into(),
        brief: format!("About {title}"),
        ..RequestForm::default()
    };
    w.engine()
        .save_draft(&w.owner, "draft-1", &draft("Sunflower"))
        .await
        .unwrap();
    assert_eq!(found(&w, &w.owner, "sunfl").await, ["Requests: Sunflower"]);
    w.engine()
        .save_draft(&w.owner, "draft-1", &draft("Tulip"))
        .await
        .unwrap();
    assert_eq!(found(&w, &w.owner, "sunfl").await, Vec::<String>::new());
    assert_eq!(found(&w, &w.owner, "tulip").await, ["Requests: Tulip"]);
    told(&w, "delete from service_requests where title = 'Tulip'").await;
    assert_eq!(found(&w, &w.owner, "tulip").await, Vec::<String>::new());
    assert_eq!(
        number(
            bench,
            "select count(*) from search_words where word in ('tulip', 'sunflower')"
        )
        .await,
        0
    );
    // What is undone was never there.
    let mut tx = bench.tx().await;
    let sql = "update clients set name = 'Undone', name_folded = 'undone' where name = 'Acme'";
    store::on!(&mut tx, c => store::sqlx::query(sql).execute(c).await.map(|_| ())).unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(found(&w, &bench.admin, "undone").await, Vec::<String>::new());
    // A name in another script, and one that was changed.
    bench.client("Łódź Éclair", PaymentType::Monthly).await;
    assert_eq!(
        found(&w, &bench.admin, "ŁÓDŹ e\u{301}cl").await,
        ["Clients: Łódź Éclair", "People: Owner of Łódź Éclair"]
    );
    told(
        &w,
        "update clients set name = 'Жанна', name_folded = 'жанна' where name = 'Łódź Éclair'",
    )
    .await;
    assert_eq!(found(&w, &bench.admin, "жан").await, ["Clients: Жанна"]);
    assert!(
        !found(&w, &bench.admin, "łódź")
            .await
            .contains(&"Clients: Жанна".to_owned())
    );
    assert_eq!(
        number(bench, "select count(*) from search_inbox").await,
        0,
        "no commit leaves anything"
    );
}

/// The best comes first: a number before a title, a title before a brief; among equals the newest.
#[rstest]
#[tokio::test]
async fn s20_the_best_comes_first(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let first = ordered(&w, "Lighthouse", "Plain.").await;
    let second = ordered(&w, "Harbor", "A lighthouse beside it.").await;
    let third = ordered(&w, "Lighthouse again", "Plain.").await;
    assert_eq!(
        found(&w, &w.owner, "lighthouse").await,
        [
            format!("Requests: #{third} Lighthouse again"),
            format!("Requests: #{first} Lighthouse"),
            format!("Requests: #{second} Harbor"),
        ]
    );
}
