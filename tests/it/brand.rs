//! Whose product it is, as everybody sees it: on the sign-in page, in the title, and at the logo's address.

use crate::world::{Browser, world};
use domain::people::AgencyForm;
use futures::StreamExt as _;
use http::StatusCode;
use rstest::rstest;
use store::testing::Backend;

#[rstest]
#[tokio::test]
async fn su8_strangers_and_clients_see_the_agency(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let (engine, admin) = (&world.bench.engine, &world.bench.admin);
    let stranger = Browser::default();
    let before = world.get(&stranger, "/login").await.body;
    assert!(before.contains("Sign in · Tri-POD") && before.contains("data-accent=\"petrol\""));
    let png = bytes::Bytes::from_static(b"\x89PNG\r\n\x1a\n of a logo");
    let sent = futures::stream::once(async move { Ok(png) }).boxed();
    engine.set_logo(admin, sent).await.expect("a logo");
    let form = AgencyForm {
        name: "Acme & <Sons>".into(),
        accent: "plum".into(),
        ..AgencyForm::default()
    };
    let seen = engine.agency(admin).await.expect("the agency");
    engine.save_agency(admin, &form, seen.version).await.expect("saved");
    let logo = seen.brand.logo_path().expect("an address");
    let signed = world.sign_in(admin).await;
    for (browser, page, title) in [
        (&stranger, "/login", "Sign in"),
        (&signed, "/admin/settings", "Settings"),
    ] {
        let body = world.get(browser, page).await.body;
        for wanted in [
            format!("{title} · Acme &amp; &lt;Sons&gt;"),
            "data-accent=\"plum\"".to_owned(),
            format!("src=\"{logo}\""),
        ] {
            assert!(body.contains(&wanted), "{page}: {wanted}");
        }
        assert!(!body.contains("<Sons>"), "{page}: what somebody typed is no markup");
    }
    let picture = world.get(&stranger, &logo).await;
    assert_eq!(picture.status, StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/png");
    assert!(picture.header("cache-control").contains("immutable"));
    assert_eq!(
        picture.body, "thumbnail of image/png",
        "what was drawn, never what was sent"
    );
    // §24: webmail shows it on a page of its own, and what was sent with an earlier logo shows the present one.
    assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
    let earlier = format!("/brand/{}", "0".repeat(64));
    let answer = world.get(&stranger, &earlier).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(
        ["location", "cache-control", "cross-origin-resource-policy"].map(|name| answer.header(name)),
        [logo.as_str(), "no-store", "cross-origin"]
    );
    assert_eq!(
        world.get(&stranger, "/brand/nothing").await.status,
        StatusCode::NOT_FOUND
    );
    let seen = engine.agency(admin).await.expect("the agency").version;
    let drops = AgencyForm {
        drops_logo: true,
        ..form
    };
    engine.save_agency(admin, &drops, seen).await.expect("saved");
    assert_eq!(world.get(&stranger, &earlier).await.status, StatusCode::NOT_FOUND);
}
