//! People, roles with their memberships (TP2, TP3), invitations, clients and their prices.

use domain::{
    AppError, Cents, PaymentType, Role, UserId,
    error::Problem,
    operate::view::MailQuery,
    people::{ClientForm, PeopleQuery, PersonForm},
};
use engine::testing::{Bench, bench};
use rstest::rstest;
use store::testing::Backend;

fn form(name: &str, email: &str, role: Role) -> PersonForm {
    PersonForm {
        name: name.into(),
        email: email.into(),
        role: role.as_str().into(),
        ..PersonForm::default()
    }
}

async fn memberships(bench: &Bench, user: UserId) -> Vec<String> {
    let mut tx = bench.tx().await;
    let found = store::makers::memberships(&mut tx, user).await.expect("memberships");
    found.iter().map(ToString::to_string).collect()
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
        engine.invite_person(admin, "", &both).await,
        Err(AppError::DesignerAlreadyInternal),
        "TP3"
    );
    let tri_pod = PersonForm {
        vendor: store::people::TRI_POD.into(),
        ..form("Vera", "vera@example.test", Role::VendorManager)
    };
    assert_eq!(
        engine.invite_person(admin, "", &tri_pod).await,
        Err(AppError::field("vendor", Problem::ChoiceInvalid)),
        "the internal vendor has internal designers only"
    );

    let manager = PersonForm {
        vendor: vendor.to_string(),
        ..form("Vera", "vera@example.test", Role::VendorManager)
    };
    let vera = engine
        .invite_person(admin, "", &manager)
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
    let own = owner.user_id.to_string();
    let refused = engine.set_member_active(&owner, &own, false).await;
    assert_eq!(refused, Err(AppError::field("member", Problem::LastOfRole)));
}

#[rstest]
#[tokio::test]
async fn what_two_change_at_once_is_told(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    let person = form("Ina", "ina@example.test", Role::Support);
    let id = engine
        .invite_person(admin, "", &person)
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
        .invite_person(admin, "", &form("Other", " INA@example.test", Role::Support))
        .await;
    assert_eq!(
        taken,
        Err(AppError::field("email", Problem::EmailTaken)),
        "one spelling of an address"
    );
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
        engine.invite_person(&owner, "", &new).await,
        Err(AppError::Forbidden),
        "nobody makes themselves an admin"
    );
    assert_eq!(
        engine.people(&owner, &PeopleQuery::default()).await,
        Err(AppError::Forbidden)
    );
    assert_eq!(engine.client(&owner, &acme.to_string()).await, Err(AppError::Forbidden));

    let member = engine
        .invite_member(&owner, "", "Mia", "mia@example.test", false)
        .await
        .expect("a member")
        .to_string();
    assert_eq!(
        engine.set_member_active(&stranger, &member, false).await,
        Err(AppError::NotFound),
        "another client's"
    );
    assert_eq!(engine.invite_again(&stranger, &member).await, Err(AppError::NotFound));
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
    let twice = engine.create_client(admin, "", &new).await;
    assert!(
        matches!(&twice, Err(AppError::Invalid { fields }) if fields[0].problem == Problem::NameTaken),
        "{twice:?}"
    );
    let alias = ClientForm {
        name: "Other".into(),
        ..new.clone()
    };
    assert_eq!(
        engine.create_client(admin, "", &alias).await,
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
        .set_client_prices(admin, &id, &[(service.clone(), "0.20".into())])
        .await;
    assert_eq!(wrong, Err(AppError::field(service.clone(), Problem::MoneyZeroOrLeast)));
    engine
        .set_client_prices(admin, &id, &[(service.clone(), "20.50".into())])
        .await
        .expect("a price");
    assert_eq!(
        engine.client(admin, &id).await.expect("the client").prices[0].agreed,
        Some(Cents(2_050))
    );
    engine
        .set_client_prices(admin, &id, &[(service, String::new())])
        .await
        .expect("the standard price");
    assert_eq!(
        engine.client(admin, &id).await.expect("the client").prices[0].agreed,
        None
    );

    let renamed = ClientForm {
        name: "Acme & Co".into(),
        ..new
    };
    engine.save_client(admin, &id, &renamed, 0).await.expect("saved");
    assert_eq!(engine.save_client(admin, &id, &renamed, 0).await, Err(AppError::Stale));
}

#[rstest]
#[tokio::test]
async fn a_mail_goes_once_and_its_link_is_forgotten(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(bench) = bench(backend).await else { return };
    let (engine, admin) = (&bench.engine, &bench.admin);
    engine
        .invite_person(admin, "", &form("Ina <b>", "ina@example.test", Role::Support))
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
    assert!(
        text.starts_with("Hello Ina <b>,") && text.contains("/invite/"),
        "{text}"
    );
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
        engine.save_vendor(admin, id, &named("Tri-POD", false)).await,
        Err(AppError::VendorInternalRequired)
    );
    engine
        .save_vendor(admin, id, &named("Tri-POD Studio", true))
        .await
        .expect("TP1: an admin renames it");
    let other = engine
        .create_vendor(admin, &named("Northlight", true))
        .await
        .expect("a vendor")
        .to_string();
    for twin in ["Tri-POD Studio", "TRI-POD\u{a0}studio", "Ｔｒｉ-POD Studio"] {
        let taken = engine.save_vendor(admin, &other, &named(twin, true)).await;
        assert_eq!(taken, Err(AppError::field("name", Problem::NameTaken)), "{twin:?}");
    }
    engine
        .save_vendor(admin, &other, &named("Northlight", false))
        .await
        .expect("others may pause");
    let (_, owner) = bench.client("Acme", PaymentType::Monthly).await;
    assert_eq!(
        engine.save_vendor(&owner, id, &named("Mine", true)).await,
        Err(AppError::Forbidden)
    );
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
        engine.invite_again(&owner, &id.to_string()).await.expect("again");
        engine
            .set_member_active(&owner, &id.to_string(), false)
            .await
            .expect("taken back");
        let gone = engine.invite_again(&owner, &id.to_string()).await;
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
        text.contains("one address is one account") && !text.contains("/invite/"),
        "{text}"
    );
}
