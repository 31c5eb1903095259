//! Links by mail: forgotten passwords and invitations.

use crate::world::{Browser, PASSWORD, World, two, world};
use domain::{Role, operate::view::MailQuery};
use http::StatusCode;
use rstest::rstest;
use store::testing::Backend;

/// The path of the newest mail's link.
async fn newest_link(world: &World) -> Option<String> {
    let (engine, admin) = (&world.bench.engine, &world.bench.admin);
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
