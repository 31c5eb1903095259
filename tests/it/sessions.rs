//! Signing in and out, sessions, and the throttles before them.

use crate::world::{Browser, PASSWORD, World, cookie_of, two, world, world_with};
use http::{Method, StatusCode};
use rstest::rstest;
use store::testing::Backend;

#[rstest]
#[tokio::test]
async fn signing_in_leads_home_and_signing_out_ends_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let browser = world.sign_in(&world.bench.admin).await;
    let home = world.get(&browser, "/").await;
    assert_eq!((home.status, home.location()), (StatusCode::SEE_OTHER, "/admin"));
    assert_eq!(world.get(&browser, "/account").await.status, StatusCode::OK);

    let out = world.post(&browser, "/logout", "").await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/login"));
    assert!(
        out.header("set-cookie").contains("Max-Age=0"),
        "the browser forgets the cookie"
    );
    let after = world.get(&browser, "/account").await;
    assert_eq!(
        after.status,
        StatusCode::SEE_OTHER,
        "the old cookie opens nothing (7.4.1)"
    );
    let get = world.send(&browser, Method::GET, "/logout", None).await;
    assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED, "no GET changes anything");
}

#[tokio::test]
async fn looking_around_begins_no_session() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    for path in ["/login", "/forgot", "/", "/admin"] {
        assert_eq!(
            world.get(&Browser::default(), path).await.header("set-cookie"),
            "",
            "{path}"
        );
    }
    let refused = world
        .try_sign_in(&Browser::default(), "nobody@example.test", "guess")
        .await;
    assert_eq!(refused.header("set-cookie"), "", "nor does a refused sign-in");
}

#[rstest]
#[tokio::test]
async fn a_planted_session_id_is_worth_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let planted = Browser {
        cookie: Some("mp_session=AAAAAAAAAAAAAAAAAAAAAA".into()),
        headers: Vec::new(),
    };
    let signed = world
        .try_sign_in(&planted, &World::address(admin.user_id), PASSWORD)
        .await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
    assert_ne!(Some(cookie_of(&signed)), planted.cookie, "a new id at sign-in (7.2.4)");
    assert_eq!(
        world.get(&planted, "/account").await.status,
        StatusCode::SEE_OTHER,
        "the planted id is nobody's"
    );

    // Signing in again over a live session ends that one.
    let first = Browser {
        cookie: Some(cookie_of(&signed)),
        headers: Vec::new(),
    };
    let again = world
        .try_sign_in(&first, &World::address(admin.user_id), PASSWORD)
        .await;
    assert_ne!(cookie_of(&again), cookie_of(&signed));
    assert_eq!(world.get(&first, "/account").await.status, StatusCode::SEE_OTHER);
}

#[rstest]
#[tokio::test]
async fn cookies_are_kept_from_scripts_and_other_sites(#[values(true, false)] https: bool) {
    let set: &[(&str, &str)] = if https {
        &[("BASE_URL", "https://packs.example.com")]
    } else {
        &[]
    };
    let Some(world) = world_with(Backend::Sqlite, set).await else {
        return;
    };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let signed = world
        .try_sign_in(&Browser::default(), &World::address(admin.user_id), PASSWORD)
        .await;
    let cookie = signed.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    assert!(!cookie.contains("Domain="), "{cookie}");
    if https {
        assert!(
            cookie.starts_with("__Host-mp_session=") && cookie.contains("Secure"),
            "{cookie}"
        );
        assert!(signed.header("strict-transport-security").contains("includeSubDomains"));
    } else {
        assert!(
            cookie.starts_with("mp_session=") && !cookie.contains("Secure"),
            "{cookie}"
        );
        assert_eq!(signed.header("strict-transport-security"), "");
    }
}

#[rstest]
#[tokio::test]
async fn sessions_end_by_idleness_and_by_age(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    let start = world.bench.engine.now();
    let browser = world.sign_in(&admin).await;
    // Used every ten days: kept by use, ended by its age of 30 days.
    for day in [10, 20, 29] {
        world.bench.clock.set(start.plus_days(day));
        assert_eq!(
            world.get(&browser, "/account").await.status,
            StatusCode::OK,
            "day {day}"
        );
    }
    world.bench.clock.set(start.plus_days(30));
    assert_eq!(
        world.get(&browser, "/account").await.status,
        StatusCode::SEE_OTHER,
        "30 days are the end (7.3.2)"
    );

    let browser = world.sign_in(&admin).await;
    let second = world.bench.engine.now();
    world.bench.clock.set(second.plus_days(14));
    assert_eq!(
        world.get(&browser, "/account").await.status,
        StatusCode::SEE_OTHER,
        "14 days unused (7.3.1)"
    );
}

#[rstest]
#[tokio::test]
async fn the_answer_tells_neither_address_nor_password(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let address = World::address(admin.user_id);
    let wrong = world
        .try_sign_in(&Browser::default(), &address, "not the password")
        .await;
    let unknown = world
        .try_sign_in(&Browser::default(), "nobody@example.test", "not the password")
        .await;
    assert_eq!(
        (wrong.status, unknown.status),
        (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED)
    );
    let words = "The email or password is wrong.";
    assert!(wrong.body.contains(words) && unknown.body.contains(words));
    assert!(
        wrong.body.contains(&format!("value=\"{address}\"")),
        "what was typed stays"
    );
    assert!(!wrong.body.contains("not the password"), "but for the password");
}

#[rstest]
#[tokio::test]
async fn throttling_stops_the_attacker_and_never_the_owner(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let address = World::address(admin.user_id);
    let from = |ip: &str| Browser {
        cookie: None,
        headers: vec![("x-forwarded-for", ip.to_owned())],
    };

    // One source guesses: five tries, then it waits, and longer each time.
    for _ in 0..5 {
        assert_eq!(
            world.try_sign_in(&from("203.0.113.1"), &address, "guess").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let refused = world.try_sign_in(&from("203.0.113.1"), &address, PASSWORD).await;
    assert_eq!(
        refused.status,
        StatusCode::TOO_MANY_REQUESTS,
        "even the right password waits here"
    );
    assert_eq!(refused.header("retry-after"), "5");
    world.bench.clock.set(world.bench.engine.now().plus_secs(6));
    assert_eq!(
        world.try_sign_in(&from("203.0.113.1"), &address, "guess").await.status,
        StatusCode::UNAUTHORIZED
    );
    let refused = world.try_sign_in(&from("203.0.113.1"), &address, "guess").await;
    assert_eq!(refused.header("retry-after"), "10", "waits grow");

    // Many sources guess at one address: each gets fewer tries, and the owner gets in from a source of their own.
    for source in 2..12 {
        for _ in 0..3 {
            drop(
                world
                    .try_sign_in(&from(&format!("203.0.113.{source}")), &address, "guess")
                    .await,
            );
        }
    }
    let fourth = world.try_sign_in(&from("203.0.113.11"), &address, "guess").await;
    assert_eq!(
        fourth.status,
        StatusCode::TOO_MANY_REQUESTS,
        "three tries while the address is attacked"
    );
    let owner = world.try_sign_in(&from("198.51.100.1"), &address, PASSWORD).await;
    assert_eq!(
        owner.status,
        StatusCode::SEE_OTHER,
        "the owner is not locked out (6.1.1)"
    );

    // One source guesses at many addresses.
    for n in 0..20 {
        drop(
            world
                .try_sign_in(&from("203.0.113.99"), &format!("person{n}@example.test"), "guess")
                .await,
        );
    }
    let stuffing = world.try_sign_in(&from("203.0.113.99"), &address, PASSWORD).await;
    assert_eq!(stuffing.status, StatusCode::TOO_MANY_REQUESTS);
}

/// §25: who hangs up before the answer has tried all the same.
#[rstest]
#[tokio::test]
async fn a_sign_in_that_is_not_waited_for_is_counted(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let (engine, admin) = (&world.bench.engine, world.bench.admin.clone());
    world.set_password(admin.user_id).await;
    let address = World::address(admin.user_id);
    for _ in 0..5 {
        let mut hung_up = Box::pin(engine.sign_in(&address, "guess", Some("203.0.113.1")));
        assert!(futures::poll!(&mut hung_up).is_pending());
    }
    let all_counted = async {
        // By address, by source, and by both.
        while world
            .number("select cast(coalesce(sum(failures), 0) as bigint) from sign_in_failures")
            .await
            < 15
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), all_counted)
        .await
        .expect("each try is counted");
    let refused = engine.sign_in(&address, PASSWORD, Some("203.0.113.1")).await;
    assert!(
        matches!(refused, Err(domain::AppError::RateLimited { .. })),
        "this source has to wait now"
    );
}

/// Behind a proxy that does not say who asks, everybody would be one source: nobody locks the others out.
#[rstest]
#[tokio::test]
async fn a_proxy_that_does_not_say_locks_nobody_out(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let set = [("BASE_URL", "https://packs.example.com")];
    let Some(world) = world_with(backend, &set).await else {
        return;
    };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let address = World::address(admin.user_id);
    let hidden = Browser::default();
    for n in 0..25 {
        let guess = world
            .try_sign_in(&hidden, &format!("person{n}@example.test"), "guess")
            .await;
        assert_eq!(guess.status, StatusCode::UNAUTHORIZED, "{n}");
    }
    let owner = world.try_sign_in(&hidden, &address, PASSWORD).await;
    assert_eq!(owner.status, StatusCode::SEE_OTHER, "{}", owner.body);
    // And still nobody guesses without end.
    let mut last = StatusCode::OK;
    for _ in 0..61 {
        last = world.try_sign_in(&hidden, "person0@example.test", "guess").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[rstest]
#[tokio::test]
async fn signing_in_goes_on_to_local_pages_only(
    #[values("/requests?status=submitted", "https://evil.test/", "//evil.test")] next: &str,
) {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let admin = world.bench.admin.clone();
    world.set_password(admin.user_id).await;
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", &World::address(admin.user_id))
        .append_pair("password", PASSWORD)
        .append_pair("next", next)
        .finish();
    let answer = world.post(&Browser::default(), "/login", &form).await;
    let wanted = if next.starts_with("/r") { next } else { "/admin" };
    assert_eq!(answer.location(), wanted);
}

#[rstest]
#[tokio::test]
async fn a_new_password_ends_the_other_sessions(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let owner = &two.owners[0];
    let here = world.sign_in(owner).await;
    let there = world.sign_in(owner).await;
    let form = format!("present={PASSWORD}&password=a-new-harbour-staple&again=a-new-harbour-staple");
    let changed = world.post(&here, "/api/account/password", &form).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let here = Browser {
        cookie: Some(cookie_of(&changed)),
        headers: Vec::new(),
    };
    assert_eq!(
        world.get(&here, "/account").await.status,
        StatusCode::OK,
        "this session stays, under a new id"
    );
    assert_eq!(
        world.get(&there, "/account").await.status,
        StatusCode::SEE_OTHER,
        "the other one ends (7.4.3)"
    );

    let wrong = world
        .post(
            &here,
            "/api/account/password",
            "present=nonsense&password=another-long-one&again=another-long-one",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("password_wrong"), "{}", wrong.body);
}

#[rstest]
#[tokio::test]
async fn whoever_loses_access_is_out_at_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let member = world
        .bench
        .user("Mia", domain::Role::ClientMember, Some(two.clients[0]), None)
        .await;
    let hers = world.sign_in(&member).await;
    let owners = world.sign_in(&two.owners[0]).await;
    let answer = world
        .post(&owners, "/api/members/set-active", &format!("id={}", member.user_id))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(world.get(&hers, "/dashboard").await.status, StatusCode::SEE_OTHER);
    let again = world
        .try_sign_in(&Browser::default(), &World::address(member.user_id), PASSWORD)
        .await;
    assert_eq!(
        again.status,
        StatusCode::UNAUTHORIZED,
        "the same answer as for a wrong password"
    );
}

/// The hidden fields of the page that signs in, as a browser would post them.
fn hidden(page: &str) -> String {
    let value = |name: &str| {
        let begin = format!("name=\"{name}\" value=\"");
        let from = page.find(&begin).expect(name) + begin.len();
        let text = page[from..].split('"').next().expect("a value");
        html_escape::decode_html_entities(text).into_owned()
    };
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for name in ["next", "of", "kept", "as"] {
        form.append_pair(name, &value(name));
    }
    form.finish()
}

/// What is being written when the session ends is in its page again after signing in: only for whoever wrote it.
#[rstest]
#[case::message("/requests/{request}", "/api/requests/message", "id={request}&body=", "form_key=k")]
#[case::member("/members", "/api/members/invite", "email=nonsense&name=", "idem_key=k")]
#[case::own_name("/account", "/api/account/rename", "name=", "")]
#[tokio::test]
async fn s25_a_form_of_an_ended_session_comes_back_after_signing_in(
    #[case] page: &str,
    #[case] function: &str,
    #[case] fields: &str,
    #[case] key: &str,
) {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let (owner, other) = (&two.owners[0], &two.owners[1]);
    let request = {
        let mut tx = world.bench.tx().await;
        let sql = format!(
            "select id from service_requests where client_id = '{}' order by number limit 1",
            owner.client_id.expect("a client")
        );
        store::on!(&mut tx, c => store::sqlx::query_scalar::<_, String>(store::sqlx::AssertSqlSafe(sql)).fetch_optional(c).await)
            .expect("a query")
            .unwrap_or_default()
    };
    if page.contains("{request}") && request.is_empty() {
        return;
    }
    let page = page.replace("{request}", &request);
    let fields = fields.replace("{request}", &request);
    let html = |cookie: Option<String>| Browser {
        cookie,
        headers: vec![
            ("accept", "text/html".into()),
            ("referer", format!("http://localhost:3000{page}")),
        ],
    };
    let typed = "Typed+%3Cb%3Ewhile%3C%2Fb%3E+signed+out";
    let form = format!("as={}&{key}&{fields}{typed}", owner.user_id);
    let rows = "select count(*) from sessions";
    let before = world.number(rows).await;
    let asked = world.post(&html(None), function, &form).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert!(asked.body.contains("You were signed out before this was sent."));
    assert!(!asked.body.contains("<b>while</b>"), "words stay words");
    assert_eq!(world.number(rows).await, before, "nothing is kept for nobody");
    // A wrong password keeps it.
    world.set_password(owner.user_id).await;
    let sign_in =
        |address: String, password: &str| format!("{}&email={address}&password={password}", hidden(&asked.body));
    let address = World::address(owner.user_id);
    let wrong = world
        .post(&html(None), "/login", &sign_in(address.clone(), "not+it+at+all"))
        .await;
    assert!(wrong.body.contains("name=\"kept\""), "{}", wrong.body);
    let signed = world.post(&html(None), "/login", &sign_in(address, PASSWORD)).await;
    assert_eq!(
        (signed.status, signed.location()),
        (StatusCode::SEE_OTHER, page.as_str())
    );
    let back = world.get(&html(Some(cookie_of(&signed))), &page).await;
    assert!(
        back.body.contains("Typed &lt;b&gt;while&lt;/b&gt; signed out"),
        "{}",
        back.body
    );
    // Somebody else signs in on the same page: it is not theirs to read.
    world.set_password(other.user_id).await;
    let signed = world
        .post(&html(None), "/login", &sign_in(World::address(other.user_id), PASSWORD))
        .await;
    assert_eq!(signed.location(), "/");
    let home = world.get(&html(Some(cookie_of(&signed))), "/dashboard").await;
    assert!(home.body.contains("another person") && !home.body.contains("Typed"));
    let theirs = world.get(&html(Some(cookie_of(&signed))), "/members").await;
    assert!(!theirs.body.contains("Typed"));
    // Somebody else is signed in already: nothing is sent for them.
    let other = world.sign_in(other).await;
    let refused = world.post(&html(other.cookie.clone()), function, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let refused = world.post(&other, function, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("other_person"), "{}", refused.body);
}
