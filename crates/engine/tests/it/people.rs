//! People, roles with their memberships (TP2, TP3), invitations, clients and their prices.

use domain::{
    AppError, Cents, PaymentType, Role, UserId,
    error::Problem,
    operate::view::MailQuery,
    payables::VendorPaymentForm,
    people::view::PartyTab,
    people::{ClientForm, OwnerForm, PeopleQuery, PersonForm, VendorForm},
    reports::view::ClientPriceView,
    seen::{TypedAmount, field_of},
};
use engine::testing::{Bench, bench};
use rstest::rstest;
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

fn form(name: &str, email: &str, role: Role) -> PersonForm {
    PersonForm {
        name: name.into(),
        email: email.into(),
        role: role.as_str().into(),
        ..PersonForm::default()
    }
}

fn amount(of: &str, typed: &str, was: &str) -> TypedAmount {
    TypedAmount {
        of: of.into(),
        typed: typed.into(),
        was: was.into(),
    }
}

async fn memberships(bench: &Bench, user: UserId) -> Vec<String> {
    let mut tx = bench.tx().await;
    let found = store::makers::memberships(&mut tx, user).await.expect("memberships");
    found.iter().map(ToString::to_string).collect()
}

async fn prices(bench: &Bench, client: &str) -> Vec<ClientPriceView> {
    let page = bench.engine.client(&bench.admin, client, PartyTab::Prices).await;
    page.expect("the client").prices
}

/// They have chosen a password.
async fn accepted(bench: &Bench, user: UserId) {
    let mut tx = bench.tx().await;
    let sql = format!("update users set password_hash = 'chosen' where id = '{user}'");
    store::on!(&mut tx, c => sqlx::query(AssertSqlSafe(sql)).execute(c).await.map(|_| ())).unwrap();
    tx.commit().await.expect("a commit");
}

async fn version(bench: &Bench, user: UserId) -> i64 {
    bench
        .engine
        .person_form(&bench.admin, Some(&user.to_string()))
        .await
        .expect("a person")
        .person
        .expect("one")
        .version
}

#[rstest]
#[tokio::test]
async fn tp2_membership_follows_the_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let designer = form("Ina", "ina@example.test", Role::InternalDesigner);
    let id = engine
        .invite_person(admin, "k1", &designer)
        .await
        .expect("an invitation");
    assert_eq!(
        memberships(&bench, id).await,
        [store::people::TRI_POD],
        "TP2: added with the role"
    );

    let text = id.to_string();
    let accountant = PersonForm {
        role: Role::Accountant.as_str().into(),
        ..designer.clone()
    };
    engine
        .save_person(admin, &text, &accountant, true, version(&bench, id).await)
        .await
        .expect("another role");
    assert!(memberships(&bench, id).await.is_empty(), "TP2: removed with the role");

    engine
        .save_person(admin, &text, &designer, true, version(&bench, id).await)
        .await
        .expect("the role again");
    engine
        .save_person(admin, &text, &designer, false, version(&bench, id).await)
        .await
        .expect("deactivated");
    assert!(
        memberships(&bench, id).await.is_empty(),
        "TP2: removed when deactivated"
    );
    engine
        .save_person(admin, &text, &designer, true, version(&bench, id).await)
        .await
        .expect("active again");
    assert_eq!(memberships(&bench, id).await, [store::people::TRI_POD]);

    // Drift: somebody has meddled with the rows.
    let mut tx = bench.tx().await;
    store::people::set_membership(&mut tx, id, None).await.expect("drift");
    tx.commit().await.expect("a commit");
    assert_eq!(
        engine.repair_memberships().await,
        Ok(1),
        "TP2: the nightly check finds it"
    );
    assert_eq!(
        memberships(&bench, id).await,
        [store::people::TRI_POD],
        "and repairs it"
    );
    assert_eq!(engine.repair_memberships().await, Ok(0));
}

#[rstest]
#[tokio::test]
async fn tp3_an_internal_designer_belongs_to_no_other_vendor(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let vendor: domain::VendorId = engine.new_id();
    let mut tx = bench.tx().await;
    store::makers::vendor(&mut tx, vendor, "Northlight", engine.now())
        .await
        .expect("a vendor");
    tx.commit().await.expect("a commit");

    let both = PersonForm {
        vendor: vendor.to_string(),
        ..form("Ina", "ina@example.test", Role::InternalDesigner)
    };
    assert_eq!(
        engine.invite_person(admin, "key-1", &both).await,
        Err(AppError::DesignerAlreadyInternal),
        "TP3"
    );
    let tri_pod = PersonForm {
        vendor: store::people::TRI_POD.into(),
        ..form("Vera", "vera@example.test", Role::VendorManager)
    };
    assert_eq!(
        engine.invite_person(admin, "key-2", &tri_pod).await,
        Err(AppError::field("vendor", Problem::ChoiceInvalid)),
        "the internal vendor has internal designers only"
    );

    let manager = PersonForm {
        vendor: vendor.to_string(),
        ..form("Vera", "vera@example.test", Role::VendorManager)
    };
    let vera = engine
        .invite_person(admin, "key-3", &manager)
        .await
        .expect("a vendor's manager");
    assert_eq!(memberships(&bench, vera).await, [vendor.to_string()]);
    let designer = form("Vera", "vera@example.test", Role::InternalDesigner);
    engine
        .save_person(admin, &vera.to_string(), &designer, true, version(&bench, vera).await)
        .await
        .expect("a new role");
    assert_eq!(
        memberships(&bench, vera).await,
        [store::people::TRI_POD],
        "TP3: one vendor at a time"
    );
}

#[rstest]
#[tokio::test]
async fn the_last_admin_and_the_last_owner_stay(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    accepted(&bench, admin.user_id).await;
    let id = admin.user_id.to_string();
    let same = form("Ada Admin", &format!("{id}@example.test"), Role::Admin);
    let refused = AppError::field("role", Problem::LastOfRole);
    assert_eq!(
        engine.save_person(admin, &id, &same, false, 0).await,
        Err(refused.clone())
    );
    let other = PersonForm {
        role: Role::Support.as_str().into(),
        ..same.clone()
    };
    assert_eq!(engine.save_person(admin, &id, &other, true, 0).await, Err(refused));
    engine
        .create_person(&form("Bo", "bo@example.test", Role::Admin), "correct-harbour-staple")
        .await
        .expect("a second admin");
    engine
        .save_person(admin, &id, &other, true, 0)
        .await
        .expect("now it may");

    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    accepted(&bench, owner.user_id).await;
    let own = owner.user_id.to_string();
    let refused = engine.set_member_active(&owner, &own, false).await;
    assert_eq!(refused, Err(AppError::field("member", Problem::LastOfRole)));
}

/// Whoever was invited and has chosen no password cannot sign in, so they do not count.
#[rstest]
#[tokio::test]
async fn whoever_has_not_accepted_yet_is_nobody(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    accepted(&bench, admin.user_id).await;
    let second = form("Bo", "bo@example.test", Role::Admin);
    let bo = engine.invite_person(admin, "bo", &second).await.expect("an invitation");
    let id = admin.user_id.to_string();
    let own = form("Ada Admin", &format!("{id}@example.test"), Role::Admin);
    let refused = engine.save_person(admin, &id, &own, false, 0).await;
    assert_eq!(refused, Err(AppError::field("role", Problem::LastOfRole)));
    let seen = version(&bench, bo).await;
    engine
        .save_person(admin, &bo.to_string(), &second, false, seen)
        .await
        .expect("who has not accepted may go");
    engine
        .save_person(admin, &bo.to_string(), &second, true, seen + 1)
        .await
        .expect("and come back");
    accepted(&bench, bo).await;
    engine
        .save_person(admin, &id, &own, false, 0)
        .await
        .expect("there is another one now");

    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    accepted(&bench, owner.user_id).await;
    let own = owner.user_id.to_string();
    let mia = engine
        .invite_member(&owner, "mia", "Mia", "mia@example.test", true)
        .await
        .expect("a second owner");
    let refused = engine.set_member_active(&owner, &own, false).await;
    assert_eq!(refused, Err(AppError::field("member", Problem::LastOfRole)));
    accepted(&bench, mia).await;
    engine
        .set_member_active(&owner, &own, false)
        .await
        .expect("there is another one now");
}

/// Of two who take each other's right away at the same time, one stays.
#[rstest]
#[tokio::test]
async fn of_two_last_ones_who_demote_each_other_one_stays(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let engine = &bench.engine;
    for round in 0..10 {
        // Two admins, and nobody else who could.
        let mut tx = bench.tx().await;
        store::on!(&mut tx, c => sqlx::query("update users set active = false").execute(c).await.map(|_| ())).unwrap();
        tx.commit().await.expect("a commit");
        let ada = bench.user(&format!("Ada {round}"), Role::Admin, None, None).await;
        let bo = bench.user(&format!("Bo {round}"), Role::Admin, None, None).await;
        let (client, one) = bench.client(&format!("Acme {round}"), PaymentType::Monthly).await;
        let two = bench
            .user(&format!("Owner {round}"), Role::ClientOwner, Some(client), None)
            .await;
        for caller in [&ada, &bo, &one, &two] {
            accepted(&bench, caller.user_id).await;
        }
        let demote = async |by: &engine::Caller, whom: &engine::Caller| {
            let id = whom.user_id.to_string();
            let form = form(&whom.name, &format!("{id}@example.test"), Role::Admin);
            engine.save_person(by, &id, &form, false, 0).await
        };
        let (first, second) = tokio::join!(demote(&ada, &bo), demote(&bo, &ada));
        assert_eq!(
            [&first, &second].iter().filter(|done| done.is_ok()).count(),
            1,
            "{first:?}, {second:?}"
        );
        let leave = async |by: &engine::Caller, whom: &engine::Caller| {
            engine.set_member_active(by, &whom.user_id.to_string(), false).await
        };
        let (first, second) = tokio::join!(leave(&one, &two), leave(&two, &one));
        assert_eq!(
            [&first, &second].iter().filter(|done| done.is_ok()).count(),
            1,
            "{first:?}, {second:?}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn what_two_change_at_once_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let person = form("Ina", "ina@example.test", Role::Support);
    let id = engine
        .invite_person(admin, "key-4", &person)
        .await
        .expect("an invitation")
        .to_string();
    engine
        .save_person(admin, &id, &person, true, 0)
        .await
        .expect("the first");
    assert_eq!(
        engine.save_person(admin, &id, &person, true, 0).await,
        Err(AppError::Stale)
    );
    let taken = engine
        .invite_person(admin, "key-5", &form("Other", " INA@example.test", Role::Support))
        .await;
    assert_eq!(
        taken,
        Err(AppError::field("email", Problem::EmailTaken)),
        "one spelling of an address"
    );
}

/// Of two who edit the same thing the second is told, whatever it is, and neither's change is lost; two rows of one list are
/// two things.
#[rstest]
#[tokio::test]
async fn of_two_editors_the_second_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let (logo, mug) = (
        bench.service("Logo design", Cents(2_500)).await,
        bench.service("Mug design", Cents(900)).await,
    );
    let (acme, _) = bench.client("Acme", PaymentType::Monthly).await;
    let (pack, _) = bench.pack(logo, 20, Cents(40_000)).await;
    let vendor = bench.vendor("Northlight").await.to_string();
    let (client, logo_id, mug_id) = (acme.to_string(), logo.to_string(), mug.to_string());
    let changed = |field: &str, now: &str| {
        let now = now.to_owned();
        Err(AppError::field(field, Problem::ChangedMeanwhile { now }))
    };

    // A vendor's details.
    let named = |name: &str, phone: &str| VendorForm {
        name: name.into(),
        phone: phone.into(),
        active: true,
        ..VendorForm::default()
    };
    let (one, two) = (named("Northlight Studio", ""), named("Northlight", "555"));
    let (first, second) = tokio::join!(
        engine.save_vendor(admin, &vendor, &one, 0),
        engine.save_vendor(admin, &vendor, &two, 0)
    );
    assert!(
        matches!(
            (&first, &second),
            (Ok(()), Err(AppError::Stale)) | (Err(AppError::Stale), Ok(()))
        ),
        "{first:?}, {second:?}"
    );

    // Prices and rates: both sent the whole list, and each changed a row of it.
    let list = |logo: &str, mug: &str| [amount(&logo_id, logo, ""), amount(&mug_id, mug, "")];
    let (one, two) = (list("20", ""), list("", "8"));
    let (first, second) = tokio::join!(
        engine.set_client_prices(admin, &client, &one),
        engine.set_client_prices(admin, &client, &two)
    );
    assert_eq!((first, second), (Ok(()), Ok(())), "different rows");
    let prices = engine.client_prices(admin, acme).await.expect("prices");
    assert_eq!(prices.len(), 2, "{prices:?}");
    let refused = engine.set_client_prices(admin, &client, &list("21", "")).await;
    assert_eq!(refused, changed(&field_of("price", &logo_id), "$20.00"));
    let same = engine.set_client_prices(admin, &client, &list("20", "")).await;
    assert_eq!(same, Ok(()), "what is wanted stands there already");
    let knowing = [amount(&logo_id, "21", "20.00")];
    assert_eq!(engine.set_client_prices(admin, &client, &knowing).await, Ok(()));

    let (one, two) = (list("9", ""), list("", "4"));
    let (first, second) = tokio::join!(
        engine.set_vendor_services(admin, &vendor, &one),
        engine.set_vendor_services(admin, &vendor, &two)
    );
    assert_eq!((first, second), (Ok(()), Ok(())), "different rows");
    let gone = engine
        .set_vendor_services(admin, &vendor, &[amount(&logo_id, "7", "8.00")])
        .await;
    assert_eq!(gone, changed(&field_of("rate", &logo_id), "$9.00"));
    let (one, two) = ([amount(&logo_id, "10", "9.00")], [amount(&logo_id, "11", "9.00")]);
    let (first, second) = tokio::join!(
        engine.set_vendor_services(admin, &vendor, &one),
        engine.set_vendor_services(admin, &vendor, &two)
    );
    assert!(first.is_ok() != second.is_ok(), "one row: {first:?}, {second:?}");

    // One price, and one payment.
    let refused = engine.set_client_price(admin, acme, mug, "7", "").await;
    assert_eq!(refused, changed("own_price", "$8.00"));
    engine
        .set_client_price(admin, acme, mug, "7", "8.00")
        .await
        .expect("knowing");
    engine.remove_client_price(admin, acme, mug).await.expect("removed");
    assert_eq!(
        engine.set_client_price(admin, acme, mug, "6", "7.00").await,
        changed("own_price", "")
    );
    let own = |payment: &str| VendorPaymentForm {
        pack: pack.to_string(),
        payment: payment.into(),
        mode: "per_pack".into(),
    };
    engine
        .set_vendor_payment(admin, &vendor, &own("150"), "")
        .await
        .expect("the first");
    let refused = engine.set_vendor_payment(admin, &vendor, &own("160"), "").await;
    assert_eq!(refused, changed("payment", "$150.00 for the period"));
    engine
        .set_vendor_payment(admin, &vendor, &own("160"), "150.00 per_pack")
        .await
        .expect("knowing");
}

#[rstest]
#[tokio::test]
async fn only_those_who_may_change_people(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let engine = &bench.engine;
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let (boreal, stranger) = bench.client("Boreal", PaymentType::Monthly).await;
    let new = form("Ina", "ina@example.test", Role::Admin);
    assert_eq!(
        engine.invite_person(&owner, "key-6", &new).await,
        Err(AppError::Forbidden),
        "nobody makes themselves an admin"
    );
    assert_eq!(
        engine.people(&owner, &PeopleQuery::default()).await,
        Err(AppError::Forbidden)
    );
    assert_eq!(
        engine.client(&owner, &acme.to_string(), PartyTab::Overview).await,
        Err(AppError::Forbidden)
    );

    let member = engine
        .invite_member(&owner, "key-7", "Mia", "mia@example.test", false)
        .await
        .expect("a member")
        .to_string();
    assert_eq!(
        engine.set_member_active(&stranger, &member, false).await,
        Err(AppError::NotFound),
        "another client's"
    );
    assert_eq!(
        engine.invite_again(&stranger, "again", &member).await,
        Err(AppError::NotFound)
    );
    let other = boreal.to_string();
    assert_eq!(
        engine.set_members_may_order_extra(&owner, &other, false).await,
        Err(AppError::NotFound)
    );
    engine
        .set_members_may_order_extra(&owner, "", false)
        .await
        .expect("one's own");
    assert!(!engine.members(&owner).await.expect("members").members_may_order_extra);
    assert!(
        engine
            .members(&stranger)
            .await
            .expect("members")
            .members_may_order_extra,
        "the other's stands"
    );
    let mia = bench.user("Mo", Role::ClientMember, Some(acme), None).await;
    assert_eq!(
        engine.members(&mia).await,
        Err(AppError::Forbidden),
        "members do not manage members"
    );
}

#[rstest]
#[tokio::test]
async fn a_client_has_its_own_prices_and_unique_names(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let service = bench.service("Logo design", Cents(2_500)).await.to_string();
    let new = ClientForm {
        name: "Acme".into(),
        alias: "Client One".into(),
        payment_type: "monthly".into(),
    };
    let id = engine.create_client(admin, "k", &new).await.expect("a client");
    assert_eq!(
        engine.create_client(admin, "k", &new).await,
        Ok(id),
        "a double click is one client"
    );
    let twice = engine.create_client(admin, "key-8", &new).await;
    assert!(
        matches!(&twice, Err(AppError::Invalid { fields }) if fields[0].problem == Problem::NameTaken),
        "{twice:?}"
    );
    let alias = ClientForm {
        name: "Other".into(),
        ..new.clone()
    };
    assert_eq!(
        engine.create_client(admin, "key-9", &alias).await,
        Err(AppError::field("alias", Problem::NameTaken))
    );

    // §25: a name is taken in every spelling.
    for twin in ["ACME", " acme ", "Ａｃｍｅ", "Ac\u{200d}me"] {
        let form = ClientForm {
            name: twin.into(),
            alias: "Client Two".into(),
            ..new.clone()
        };
        let taken = engine.create_client(admin, "twin", &form).await;
        assert_eq!(taken, Err(AppError::field("name", Problem::NameTaken)), "{twin:?}");
    }
    let form = ClientForm {
        name: "Other".into(),
        alias: "client\u{a0}ONE".into(),
        ..new.clone()
    };
    let taken = engine.create_client(admin, "twin", &form).await;
    assert_eq!(taken, Err(AppError::field("alias", Problem::NameTaken)));
    let own = ClientForm {
        name: "ACME".into(),
        ..new.clone()
    };
    let own_spelling = engine.save_client(admin, &id.to_string(), &own, 0).await;
    assert_eq!(own_spelling, Ok(()), "its own name may be spelt otherwise");
    engine
        .save_client(admin, &id.to_string(), &new, 1)
        .await
        .expect("and back");

    let id = id.to_string();
    let wrong = engine
        .set_client_prices(admin, &id, &[amount(&service, "0.20", "")])
        .await;
    let field = field_of("price", &service);
    assert_eq!(wrong, Err(AppError::field(field, Problem::MoneyZeroOrLeast)));
    engine
        .set_client_prices(admin, &id, &[amount(&service, "20.50", "")])
        .await
        .expect("a price");
    assert_eq!(prices(&bench, &id).await[0].agreed, Some(Cents(2_050)));
    engine
        .set_client_prices(admin, &id, &[amount(&service, "", "20.50")])
        .await
        .expect("the standard price");
    assert_eq!(prices(&bench, &id).await[0].agreed, None);

    let renamed = ClientForm {
        name: "Acme & Co".into(),
        ..new
    };
    engine.save_client(admin, &id, &renamed, 2).await.expect("saved");
    assert_eq!(engine.save_client(admin, &id, &renamed, 2).await, Err(AppError::Stale));
}

#[rstest]
#[tokio::test]
async fn a_mail_goes_once_and_its_link_is_forgotten(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    engine
        .invite_person(admin, "key-10", &form("Ina <b>", "ina@example.test", Role::Support))
        .await
        .expect("an invitation");
    let query = MailQuery {
        q: "ina@".into(),
        ..MailQuery::default()
    };
    let page = engine.mails(admin, &query).await.expect("mails");
    let mail = &page.mails[0];
    assert_eq!((page.mails.len(), mail.state.as_str()), (1, "queued"));
    let text = engine.mail(admin, &mail.id).await.expect("the mail").text;
    assert!(text.starts_with("Hi Ina <b>,") && text.contains("/invite/"), "{text}");
    engine.deliver_mail(&mail.id).await.expect("kept");
    let kept = engine.mail(admin, &mail.id).await.expect("the mail");
    assert_eq!(kept.line.state, "kept", "no mail server: it is kept, with its text");
    assert!(kept.text.contains("/invite/"));
    assert_eq!(
        engine.mail(admin, "00000000-0000-7000-8000-00000000dead").await,
        Err(AppError::NotFound)
    );
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    assert_eq!(
        engine.mails(&owner, &MailQuery::default()).await,
        Err(AppError::Forbidden)
    );
}

#[rstest]
#[tokio::test]
async fn tp1_tri_pod_is_renamed_and_nothing_else(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let named = |name: &str, active| domain::people::VendorForm {
        name: name.into(),
        active,
        ..Default::default()
    };
    let lines = engine.vendors(admin).await.expect("vendors");
    assert!(
        lines[0].internal && lines[0].id == store::people::TRI_POD,
        "TP1: made by the migration"
    );
    let id = store::people::TRI_POD;
    assert_eq!(
        engine.save_vendor(admin, id, &named("Tri-POD", false), 0).await,
        Err(AppError::VendorInternalRequired)
    );
    engine
        .save_vendor(admin, id, &named("Tri-POD Studio", true), 0)
        .await
        .expect("TP1: an admin renames it");
    let other = engine
        .create_vendor(admin, "vendor", &named("Northlight", true))
        .await
        .expect("a vendor")
        .to_string();
    for twin in ["Tri-POD Studio", "TRI-POD\u{a0}studio", "Ｔｒｉ-POD Studio"] {
        let taken = engine.save_vendor(admin, &other, &named(twin, true), 0).await;
        assert_eq!(taken, Err(AppError::field("name", Problem::NameTaken)), "{twin:?}");
    }
    engine
        .save_vendor(admin, &other, &named("Northlight", false), 0)
        .await
        .expect("others may pause");
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    assert_eq!(
        engine.save_vendor(&owner, id, &named("Mine", true), 1).await,
        Err(AppError::Forbidden)
    );
}

/// §25, RQ7: a new client has an alias that nobody has, and comes with its owner in one go.
#[rstest]
#[tokio::test]
async fn s25_a_client_comes_with_its_owner_or_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    bench.user("Ana", Role::Support, None, None).await;
    let alias = engine.free_alias(admin).await.expect("an alias");
    let new = ClientForm {
        name: "Acme".into(),
        alias: alias.clone(),
        payment_type: "monthly".into(),
    };
    let owner = |email: &str| OwnerForm {
        name: "Olga".into(),
        email: email.into(),
    };
    let people = engine
        .people(admin, &PeopleQuery::default())
        .await
        .expect("people")
        .people;
    let taken = people[0].email.clone();
    assert_eq!(
        engine.create_client_with(admin, "k", &new, &owner(&taken)).await,
        Err(AppError::field("owner_email", Problem::EmailTaken))
    );
    assert_eq!(
        engine.free_alias(admin).await,
        Ok(alias.clone()),
        "nothing of what was refused is written"
    );
    let id = engine
        .create_client_with(admin, "k2", &new, &owner("olga@acme.test"))
        .await
        .expect("a client");
    assert_eq!(
        engine
            .create_client_with(admin, "k2", &new, &owner("olga@acme.test"))
            .await,
        Ok(id),
        "a double click is one client"
    );
    assert_ne!(engine.free_alias(admin).await, Ok(alias));
    let page = engine.client(admin, &id.to_string(), PartyTab::People).await;
    let people = page.expect("a client").people;
    assert_eq!(
        (people.len(), people[0].role, people[0].invited),
        (1, Role::ClientOwner, true)
    );
    let page = engine.person_form(admin, Some(&people[0].id)).await.expect("a person");
    let said = page.invitation.expect("an invitation");
    assert!(said.starts_with("Invited, expires "), "{said}");
    let mails = engine.mails(admin, &MailQuery::default()).await.expect("mails").mails;
    assert_eq!(mails.len(), 1, "one form, one mail");
    bench.clock.set(engine.now().plus_days(8));
    let page = engine.person_form(admin, Some(&people[0].id)).await.expect("a person");
    assert_eq!(page.invitation.as_deref(), Some("Invited, but the link has expired."));
    let (_, stranger) = bench.client("Other", PaymentType::Monthly).await;
    assert_eq!(engine.free_alias(&stranger).await, Err(AppError::Forbidden));
}

/// §25: an owner gives back what an owner took, and never what the agency took.
#[rstest]
#[tokio::test]
async fn an_owner_cannot_give_back_what_the_agency_took(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let (acme, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let mia = bench.user("Mia", Role::ClientMember, Some(acme), None).await;
    let id = mia.user_id.to_string();
    let seen = async || {
        let members = engine.members(&owner).await.expect("members");
        members.people.into_iter().find(|one| one.id == id).expect("Mia")
    };
    let by_admin = async |active: bool| {
        let person = seen().await;
        let form = PersonForm {
            name: person.name,
            email: person.email,
            role: Role::ClientMember.as_str().into(),
            client: acme.to_string(),
            ..PersonForm::default()
        };
        engine.save_person(admin, &id, &form, active, person.version).await
    };
    engine.set_member_active(&owner, &id, false).await.expect("out");
    by_admin(false).await.expect("a name that an admin corrects");
    assert!(!seen().await.locked, "it was the owner who took it");
    engine.set_member_active(&owner, &id, true).await.expect("in again");
    by_admin(false).await.expect("out");
    assert!(seen().await.locked);
    let refused = Err(AppError::field("member", Problem::OffByStaff));
    assert_eq!(engine.set_member_active(&owner, &id, true).await, refused);
    engine
        .set_member_active(&owner, &id, false)
        .await
        .expect("changes nothing");
    assert_eq!(
        engine.set_member_active(&owner, &id, true).await,
        refused,
        "nor by a detour"
    );
    by_admin(true).await.expect("in again");
    assert!(seen().await.active && !seen().await.locked);
}

/// §25: an owner who invites learns nothing of others: an address that somebody elsewhere has looks as a free one.
#[rstest]
#[tokio::test]
async fn an_invitation_tells_nothing_of_others(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    let (_, theirs) = bench.client("Boreal", PaymentType::Monthly).await;
    let address = |id: UserId| format!("{id}@example.test");
    let vendor = bench.vendor("Northlight").await;
    let manager = bench.user("Vera", Role::VendorManager, None, Some(vendor)).await;
    let audited = async || {
        let mut tx = bench.engine.db().read().await.expect("a transaction");
        let sql = "select count(*) from audit_log";
        store::on!(&mut tx, c => store::sqlx::query_scalar::<_, i64>(sql).fetch_one(c).await).expect(sql)
    };
    let mut seen = Vec::new();
    for (n, email) in [
        "free@example.test".to_owned(),
        address(theirs.user_id),
        address(manager.user_id),
        address(admin.user_id),
    ]
    .into_iter()
    .enumerate()
    {
        let before = audited().await;
        let key = format!("key-{n}");
        let id = engine
            .invite_member(&owner, &key, "Mia", &email, false)
            .await
            .expect("invited");
        let twice = engine.invite_member(&owner, &key, "Mia", &email, false).await;
        assert_eq!(twice, Ok(id), "a double click is one invitation");
        let again = engine
            .invite_member(&owner, &format!("again-{n}"), "Mia", &email, false)
            .await;
        engine
            .invite_again(&owner, &format!("once-more-{n}"), &id.to_string())
            .await
            .expect("again");
        engine
            .set_member_active(&owner, &id.to_string(), false)
            .await
            .expect("taken back");
        let gone = engine.invite_again(&owner, &format!("gone-{n}"), &id.to_string()).await;
        engine
            .set_member_active(&owner, &id.to_string(), true)
            .await
            .expect("given again");
        let members = engine.members(&owner).await.expect("members").people;
        let mut line = members.into_iter().find(|one| one.email == email).expect("a line");
        assert_eq!(line.id, id.to_string());
        (line.id, line.email, line.version) = (String::new(), String::new(), 0);
        seen.push((again, gone, line, audited().await - before));
    }
    for other in &seen[1..] {
        assert_eq!(*other, seen[0]);
    }
    let own = engine
        .invite_member(&owner, "own", "Mia", &address(owner.user_id), false)
        .await;
    assert_eq!(
        own,
        Err(AppError::field("email", Problem::EmailTaken)),
        "of one's own people it is said"
    );
    // Nobody elsewhere has changed, and whoever has the address is told.
    let still = engine.members(&theirs).await.expect("members").people;
    assert_eq!(still.len(), 1);
    let query = MailQuery {
        q: address(theirs.user_id),
        ..MailQuery::default()
    };
    let mails = engine.mails(admin, &query).await.expect("mails").mails;
    let text = engine.mail(admin, &mails[0].id).await.expect("the mail").text;
    assert!(
        text.contains("an address can have only one") && !text.contains("/invite/"),
        "{text}"
    );
}
