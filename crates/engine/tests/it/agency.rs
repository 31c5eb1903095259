//! Whose product it is (SU8) on both databases: one row, one name, changed by admins who have seen what stands; and what clients
//! read of who works for them.

use crate::{
    allowance::texts,
    previews::PNG,
    work::{said, world},
};
use domain::{
    AppError, Transition as T,
    agency::{Accent, Brand},
    error::Problem,
    people::{AgencyForm, MAX_LOGO, VendorForm},
    work::view::Entry,
};
use engine::{
    Caller,
    ports::{FileBytes, NoPreview},
    testing::bench,
};
use futures::StreamExt as _;
use rstest::rstest;
use store::testing::Backend;

fn form(name: &str) -> AgencyForm {
    AgencyForm {
        name: name.into(),
        accent: "plum".into(),
        reply_to: "hello@acme.test".into(),
        ..AgencyForm::default()
    }
}

fn sent(bytes: &[u8]) -> FileBytes<'static> {
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    futures::stream::once(async move { Ok(bytes) }).boxed()
}

#[rstest]
#[tokio::test]
async fn tp1_su8_the_agency_has_one_name_and_one_row(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let page = engine.agency(admin).await.unwrap();
    assert_eq!(
        (page.brand.name.as_str(), page.brand.accent, &page.brand.logo),
        ("Tri-POD", Accent::Petrol, &None)
    );
    assert!(!page.shows_vendor_names, "off by default");
    engine
        .save_agency(admin, &form("Acme Studio"), page.version)
        .await
        .unwrap();
    assert_eq!(
        engine.save_agency(admin, &form("Mine"), page.version).await,
        Err(AppError::Stale),
        "what was seen is gone"
    );
    let brand = engine.brand().await.unwrap();
    assert_eq!((brand.name.as_str(), brand.accent), ("Acme Studio", Accent::Plum));
    let vendors = engine.vendors(admin).await.unwrap();
    assert_eq!(
        (vendors[0].id.as_str(), vendors[0].name.as_str()),
        (store::people::TRI_POD, "Acme Studio"),
        "the in-house vendor keeps its id"
    );
    // By the vendor's form as well; whoever had the settings open is told.
    let seen = engine.agency(admin).await.unwrap().version;
    let vendor = VendorForm {
        name: "Acme".into(),
        active: true,
        ..VendorForm::default()
    };
    engine
        .save_vendor(admin, store::people::TRI_POD, &vendor, vendors[0].version)
        .await
        .unwrap();
    assert_eq!(
        engine.save_agency(admin, &form("Late"), seen).await,
        Err(AppError::Stale)
    );
    let now = engine.agency(admin).await.unwrap();
    assert_eq!(now.brand.name, "Acme");
    bench.vendor("PixelCo").await;
    assert_eq!(
        engine.save_agency(admin, &form(" pixelco "), now.version).await,
        Err(AppError::field("name", Problem::NameTaken))
    );
    assert_eq!(
        engine.agency(admin).await.unwrap(),
        now,
        "nothing of what was refused is written"
    );
    let audited = texts(
        &bench,
        "select after from audit_log where action = 'agency.changed' order by at, id",
    )
    .await;
    assert_eq!(audited.len(), 1);
    assert!(
        audited[0].contains("Acme Studio") && audited[0].contains("plum"),
        "{audited:?}"
    );
    let (_, owner) = bench.client("Northpine", domain::PaymentType::Monthly).await;
    assert_eq!(engine.agency(&owner).await, Err(AppError::Forbidden));
    assert_eq!(
        engine.save_agency(&owner, &form("Mine"), now.version).await,
        Err(AppError::Forbidden)
    );
}

#[rstest]
#[tokio::test]
async fn su8_the_logo_is_what_is_drawn_of_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(w) = world(backend).await else { return };
    let (engine, admin) = (w.engine(), &w.bench.admin);
    let wrong = |problem| Err(AppError::field("logo", problem));
    assert_eq!(
        engine.set_logo(admin, sent(b"GIF89a")).await,
        wrong(Problem::LogoInvalid)
    );
    let large = [PNG, &vec![0; MAX_LOGO][..]].concat();
    assert_eq!(engine.set_logo(admin, sent(&large)).await, wrong(Problem::LogoTooLarge));
    w.bench.previews.refuse(Some(NoPreview::Damaged));
    assert_eq!(engine.set_logo(admin, sent(PNG)).await, wrong(Problem::LogoInvalid));
    for why in [NoPreview::TooLarge, NoPreview::OutOfBounds] {
        w.bench.previews.refuse(Some(why));
        assert_eq!(engine.set_logo(admin, sent(PNG)).await, wrong(Problem::LogoPixels));
    }
    w.bench.previews.refuse(None);
    assert_eq!(engine.set_logo(&w.owner, sent(PNG)).await, Err(AppError::Forbidden));
    assert_eq!(engine.brand().await.unwrap().logo, None);
    let before = engine.agency(admin).await.unwrap();
    engine.set_logo(admin, sent(b"<svg/>")).await.unwrap();
    let Brand { logo, .. } = engine.brand().await.unwrap();
    let hash = logo.unwrap();
    assert_eq!(
        engine.logo(&hash).await.unwrap(),
        "thumbnail of image/svg+xml",
        "never the file that was sent"
    );
    assert_eq!(engine.logo("other").await, Err(AppError::NotFound));
    assert_eq!(
        engine.save_agency(admin, &form("Acme"), before.version).await,
        Err(AppError::Stale)
    );
    let drops = AgencyForm {
        drops_logo: true,
        ..form("Acme")
    };
    let seen = engine.agency(admin).await.unwrap().version;
    engine.save_agency(admin, &drops, seen).await.unwrap();
    assert_eq!(engine.brand().await.unwrap().logo, None);
    assert_eq!(engine.logo(&hash).await, Err(AppError::NotFound));
}

#[rstest]
#[tokio::test]
async fn su8_clients_read_who_works_for_them_where_the_agency_lets_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(w) = world(backend).await else { return };
    let id = w.of_pack().await;
    w.step(&w.pixel, id, T::Start).await.unwrap();
    w.engine().drain().await.unwrap();
    let say = async |key: &str| {
        w.engine()
            .post_message(&w.pixel, id, key, "On it.", false)
            .await
            .unwrap();
        let told = "select text from notices where kind = 'message' order by at desc, id desc limit 1";
        texts(&w.bench, told).await.remove(0)
    };
    let vendor = async || {
        let packs = w.engine().dashboard(&w.owner, "").await.unwrap().packs;
        let pack = packs.first().unwrap().id.parse().unwrap();
        w.engine().subscription_view(&w.owner, pack).await.unwrap().vendor
    };
    let message = async |who: &Caller| {
        let stream = w.view(who, id).await.stream;
        let found = stream.into_iter().find_map(|entry| match entry {
            Entry::Message(message) => Some((message.author, message.side)),
            _ => None,
        });
        found.unwrap()
    };
    let hidden = say("one").await;
    assert!(hidden.starts_with("Your team wrote about"), "{hidden}");
    assert_eq!(message(&w.owner).await, ("Your team".to_owned(), "Tri-POD".to_owned()));
    assert_eq!(
        message(&w.bench.admin).await,
        (w.pixel.name.clone(), "Vendor".to_owned()),
        "the agency reads names"
    );
    assert_eq!(vendor().await, "Your team");
    let history = said(&w.view(&w.owner, id).await).concat();
    assert!(
        history.contains("Your team started work.") && !history.contains(&w.pixel.name),
        "{history}"
    );
    let shows = AgencyForm {
        shows_vendor_names: true,
        ..form("Acme Studio")
    };
    w.bench.clock.set(w.engine().now().plus_hours(1));
    let seen = w.engine().agency(&w.bench.admin).await.unwrap().version;
    w.engine().save_agency(&w.bench.admin, &shows, seen).await.unwrap();
    let shown = say("two").await;
    assert!(shown.starts_with(&format!("{} wrote about", w.pixel.name)), "{shown}");
    assert_eq!(message(&w.owner).await, (w.pixel.name.clone(), "Vendor".to_owned()));
    assert_ne!(vendor().await, "Your team");
    // What is mailed says whose it is, and where answers go.
    let mails = "select subject || ' ' || body_text from mails where dedupe_key like 'link:invite:%'";
    let person = domain::people::PersonForm {
        name: "Sam".into(),
        email: "sam@acme.test".into(),
        role: "support".into(),
        ..Default::default()
    };
    w.engine().invite_person(&w.bench.admin, "sam", &person).await.unwrap();
    let mail = texts(&w.bench, mails).await.pop().unwrap();
    assert!(
        mail.starts_with("You're invited to Acme Studio ") && mail.trim_end().ends_with("Sent with Monthly Packs."),
        "{mail}"
    );
}
