//! Links by mail: forgotten passwords and invitations.

use crate::world::{Browser, PASSWORD, World, two, world};
use domain::{Role, operate::view::MailQuery};
use http::StatusCode;
use rstest::rstest;
use store::testing::Backend;

/// The path of the newest mail's link.
async fn newest_link(world: &World) -> Option<String> {
    let (engine, admin) = (&world.bench.engine, &world.bench.admin);
    engine.drain().await.expect("the jobs");
    let newest = MailQuery::default();
    let page = engine.mails(admin, &newest).await.expect("mails");
    let text = engine
        .mail(admin, &page.mails.first()?.id)
        .await
        .expect("the mail")
        .text;
    let base = &engine.settings().base_url;
    text.lines()
        .find_map(|line| line.strip_prefix(base.as_str()))
        .filter(|path| path.len() > 1)
        .map(str::to_owned)
}

#[rstest]
#[tokio::test]
async fn a_reset_link_works_once_and_for_an_hour(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    let browser = world.sign_in(&admin).await;
    let address = World::address(admin.user_id);

    let known = world
        .post(&Browser::default(), "/forgot", &format!("email={address}"))
        .await;
    let unknown = world
        .post(&Browser::default(), "/forgot", "email=nobody@example.test")
        .await;
    assert_eq!(
        (known.status, known.location()),
        (unknown.status, unknown.location()),
        "the answer never tells (6.3.8)"
    );
    let link = newest_link(&world).await.expect("a link");
    assert!(link.starts_with("/reset/"), "{link}");
    assert_eq!(world.get(&Browser::default(), &link).await.status, StatusCode::OK);

    let weak = world
        .post(&Browser::default(), &link, "password=password123&again=password123")
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("too common"), "said at the field");
    let done = world
        .post(
            &Browser::default(),
            &link,
            "password=fresh-harbour-staple&again=fresh-harbour-staple",
        )
        .await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, "/login?changed=1")
    );
    assert_eq!(
        world.get(&browser, "/account").await.status,
        StatusCode::SEE_OTHER,
        "all sessions have ended"
    );
    let old = world.try_sign_in(&Browser::default(), &address, PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let new = world
        .try_sign_in(&Browser::default(), &address, "fresh-harbour-staple")
        .await;
    assert_eq!(new.status, StatusCode::SEE_OTHER);
    let twice = world
        .post(
            &Browser::default(),
            &link,
            "password=other-harbour-staple&again=other-harbour-staple",
        )
        .await;
    assert_eq!(twice.status, StatusCode::GONE, "once (6.4.1)");

    world.bench.clock.set(world.bench.engine.now().plus_hours(2));
    drop(
        world
            .post(&Browser::default(), "/forgot", &format!("email={address}"))
            .await,
    );
    let late = newest_link(&world).await.expect("a link");
    assert_ne!(late, link);
    world.bench.clock.set(world.bench.engine.now().plus_hours(1));
    assert_eq!(
        world.get(&Browser::default(), &late).await.status,
        StatusCode::GONE,
        "an hour"
    );
}

/// Asking for resets of somebody else's address keeps them from nothing: each source has mails of its own in an hour.
#[rstest]
#[tokio::test]
async fn asking_every_hour_keeps_nobody_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let form = format!("email={}", World::address(admin.user_id));
    let from = |ip: &str| Browser {
        cookie: None,
        headers: vec![("x-forwarded-for", ip.to_owned())],
    };
    let sent = async || {
        world.bench.engine.drain().await.expect("the jobs");
        world
            .number("select count(*) from mails where dedupe_key like 'link:reset:%'")
            .await
    };
    // More than are mailed, and then one every 59 minutes for a day.
    for _ in 0..5 {
        drop(world.post(&from("203.0.113.1"), "/forgot", &form).await);
        sent().await;
    }
    assert_eq!(sent().await, 3, "one source has three in an hour");
    for _ in 0..23 {
        world.bench.clock.set(world.bench.engine.now().plus_minutes(59));
        drop(world.post(&from("203.0.113.1"), "/forgot", &form).await);
    }
    let before = sent().await;
    let owner = world.post(&from("198.51.100.1"), "/forgot", &form).await;
    assert_eq!(owner.location(), "/forgot?sent=1");
    assert_eq!(sent().await, before + 1, "the owner gets a mail");
    let link = newest_link(&world).await.expect("a link");
    assert_eq!(world.get(&Browser::default(), &link).await.status, StatusCode::OK);
}

/// §25: `/forgot` does the same for an address that nobody has: what it takes cannot tell.
#[rstest]
#[tokio::test]
async fn known_and_unknown_do_the_same(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let mut asked = Vec::new();
    for address in [World::address(admin.user_id), "nobody@example.test".into()] {
        let before = world.bench.engine.db().statements();
        let answer = world
            .post(&Browser::default(), "/forgot", &format!("email={address}"))
            .await;
        asked.push((answer.status, world.bench.engine.db().statements() - before));
    }
    assert_eq!(asked[0], asked[1]);
    world.bench.engine.drain().await.expect("the jobs");
    assert_eq!(world.number("select count(*) from user_tokens").await, 1);
}

/// A link that is used, replaced, expired or taken away cannot be read any more, in no mail.
#[rstest]
#[tokio::test]
async fn a_dead_link_is_not_readable(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let owner = &two.owners[0];
    world.set_password(owner.user_id).await;
    let ask = async || {
        let form = format!("email={}", World::address(owner.user_id));
        drop(world.post(&Browser::default(), "/forgot", &form).await);
        newest_link(&world).await.expect("a link")
    };
    let readable = async || {
        world
            .number("select count(*) from mails where body_text like '%/reset/%' or body_html like '%/reset/%'")
            .await
    };
    ask().await;
    let second = ask().await;
    assert_eq!(readable().await, 1, "the one before was replaced");
    let form = "password=fresh-harbour-staple&again=fresh-harbour-staple";
    assert_eq!(
        world.post(&Browser::default(), &second, form).await.location(),
        "/login?changed=1"
    );
    assert_eq!(readable().await, 0, "used");
    ask().await;
    world.bench.clock.set(world.bench.engine.now().plus_minutes(61));
    let newest = world
        .bench
        .engine
        .mails(&world.bench.admin, &MailQuery::default())
        .await;
    let newest = newest.expect("mails").mails.remove(0).id;
    let shown = world
        .bench
        .engine
        .mail(&world.bench.admin, &newest)
        .await
        .expect("the mail");
    assert!(!shown.text.contains("/reset/"), "expired: not shown at once");
    world.bench.clock.set(world.bench.engine.now().plus_minutes(61));
    world.bench.engine.plant_jobs().await.expect("planted");
    world.bench.engine.drain().await.expect("the jobs");
    assert_eq!(readable().await, 0, "and gone within the hour");
    ask().await;
    let member = &two.owners[0];
    let mut tx = world.bench.tx().await;
    store::people::void_tokens(&mut tx, member.user_id, world.bench.engine.wall_now())
        .await
        .expect("voided");
    tx.commit().await.expect("a commit");
    ask().await;
    assert_eq!(readable().await, 1, "only the one that works");
}

#[rstest]
#[tokio::test]
async fn an_invitation_makes_a_member_who_is_signed_in(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let form = "idem_key=one&name=Mia&email=Mia%40Acme.test";
    for _ in 0..2 {
        let sent = world.post(&owner, "/api/members/invite", form).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    }
    let members = world.bench.engine.members(&two.owners[0]).await.expect("members");
    let mia: Vec<_> = members.people.iter().filter(|p| p.email == "mia@acme.test").collect();
    assert_eq!(mia.len(), 1, "a double click is one invitation");
    assert!(mia[0].invited && mia[0].role == Role::ClientMember);
    let taken = world
        .post(
            &owner,
            "/api/members/invite",
            "idem_key=two&name=Mia&email=mia%40acme.test",
        )
        .await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.body.contains("email_taken"), "{}", taken.body);

    let link = newest_link(&world).await.expect("a link");
    assert!(link.starts_with("/invite/"), "{link}");
    let wrong_kind = link.replace("/invite/", "/reset/");
    assert_eq!(
        world.get(&Browser::default(), &wrong_kind).await.status,
        StatusCode::GONE,
        "each link for its purpose"
    );
    let page = world.get(&Browser::default(), &link).await;
    assert!(page.body.contains("mia@acme.test"), "the page says for whom");
    let done = world
        .post(
            &Browser::default(),
            &link,
            "password=mias-harbour-staple&again=mias-harbour-staple",
        )
        .await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/dashboard"));
    let browser = Browser {
        cookie: Some(crate::world::cookie_of(&done)),
        headers: Vec::new(),
    };
    assert_eq!(world.get(&browser, "/account").await.status, StatusCode::OK);
    assert_eq!(world.get(&Browser::default(), &link).await.status, StatusCode::GONE);
}
