//! Headers, cross-site requests, and what failures show.

use crate::world::{Answer, Browser, two, world, world_with};
use domain::{
    Cents,
    work::{form::RequestForm, view::SubmitInput},
};
use http::{Method, StatusCode};
use monthly_packs::server::routes::DOCUMENTS;
use rstest::rstest;
use store::testing::Backend;

fn policy_of(answer: &Answer) -> &str {
    answer.header("content-security-policy")
}

fn check_headers(path: &str, answer: &Answer) {
    let policy = policy_of(answer);
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
        "{path}: {policy}"
    );
    for wanted in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(wanted), "{path}: {wanted} in {policy}");
    }
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(
        answer.header("referrer-policy"),
        "strict-origin-when-cross-origin",
        "{path}"
    );
    assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    assert!(!answer.header("x-request-id").is_empty(), "{path}");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "",
        "{path}: nobody else's scripts read us"
    );
}

#[tokio::test]
async fn every_document_is_private_and_locked_down() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let browsers = [
        Browser::default(),
        world.sign_in(&world.bench.admin).await,
        world.sign_in(&two.owners[0]).await,
    ];
    let mut rendered = 0;
    for (pattern, _) in DOCUMENTS {
        let path = pattern.replace("{id}", "x").replace("{token}", "x");
        for browser in &browsers {
            let answer = world.get(browser, &path).await;
            check_headers(&path, &answer);
            if answer.status == StatusCode::OK {
                rendered += 1;
                let policy = policy_of(&answer);
                let nonce = policy
                    .split("'nonce-")
                    .nth(1)
                    .and_then(|rest| rest.split('\'').next())
                    .unwrap_or_default();
                assert!(nonce.len() >= 16, "{path}: {policy}");
                for script in answer.body.split("<script").skip(1) {
                    let tag = script.split('>').next().unwrap_or_default();
                    assert!(
                        tag.contains(&format!("nonce=\"{nonce}\"")),
                        "{path}: <script{tag}> has no nonce"
                    );
                }
                let tags = answer.body.split('<').filter_map(|tag| tag.split('>').next());
                assert!(
                    tags.clone().all(|tag| !tag.contains(" style=\"")),
                    "{path}: an inline style"
                );
                assert!(!answer.body.contains("<style"), "{path}: an inline style sheet");
                assert!(
                    tags.clone()
                        .all(|tag| !tag.contains(" onclick=") && !tag.contains("javascript:")),
                    "{path}"
                );
            }
        }
    }
    assert!(rendered > 10, "{rendered} documents were rendered");
    let one = world.get(&browsers[0], "/login").await;
    let other = world.get(&browsers[0], "/login").await;
    assert_ne!(policy_of(&one), policy_of(&other), "each answer has a nonce of its own");
}

/// What people type is words wherever it is shown, also in elements that hold no elements.
#[tokio::test]
async fn markup_in_titles_and_drafts_stays_words() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let (engine, owner) = (&world.bench.engine, &two.owners[0]);
    let evil = "</title></textarea><meta name=evil><form id=evil>&amp;";
    let service = world.bench.service("Mug design", Cents(1_500)).await;
    let form = RequestForm {
        service: service.to_string(),
        title: evil.into(),
        quantity: "1".into(),
        brief: format!("\n{evil}"),
        ..RequestForm::default()
    };
    let quote = engine.quote(owner, service, 1).await;
    let input = SubmitInput {
        form_key: "sent".into(),
        form: form.clone(),
        terms: Some(quote.expect("a quote").quote.terms()),
    };
    let sent = engine.submit(owner, &input).await.expect("a request").id;
    let draft = engine
        .save_draft(owner, "kept", &form)
        .await
        .expect("saved")
        .expect("a draft");
    for (caller, path) in [
        (owner, format!("/requests/{sent}")),
        (owner, format!("/requests/new?draft={draft}")),
        (&world.bench.admin, format!("/requests/{sent}")),
    ] {
        let browser = world.sign_in(caller).await;
        let answer = world.get(&browser, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.body.contains("&lt;/title"), "{path}: shown as typed");
        assert!(!answer.body.contains("<meta name=evil"), "{path}");
        assert!(!answer.body.contains("<form id=evil"), "{path}");
        if path.contains("draft") {
            // A browser drops the first line end of a text area: what begins with one is written with another before it.
            let (_, area) = answer.body.split_once("<textarea").expect("a text area");
            let (_, text) = area.split_once('>').expect("its end");
            assert!(text.starts_with("\n\n&lt;/title"), "{text:.60}");
            assert!(text.contains("&amp;amp;"), "what looks like markup is none");
        }
    }
}

/// What a browser sends that posts a form by itself: CR LF for a line end, and it wants a page.
fn by_hand(cookie: Option<String>, page: &str) -> Browser {
    Browser {
        cookie,
        headers: vec![
            ("accept", "text/html".to_owned()),
            ("referer", format!("http://localhost:3000{page}")),
        ],
    }
}

/// The text of the first text area, as a browser reads it from the document.
fn area_of(body: &str) -> String {
    let (_, area) = body.split_once("<textarea").expect("a text area");
    let (_, text) = area.split_once('>').expect("its beginning");
    let (text, _) = text.split_once("</textarea>").expect("its end");
    let text = text.strip_prefix('\n').unwrap_or(text);
    html_escape::decode_html_entities(text).into_owned()
}

/// RQ2: a brief is kept as it was typed, also where it begins with empty lines, and however often it is saved.
#[rstest]
#[case("\n\nfirst\n\nlast\n")]
#[case("\n")]
#[case(" \n&amp;<b>\n")]
#[tokio::test]
async fn rq2_a_form_by_hand_keeps_its_lines_as_javascript_does(#[case] brief: &str) {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let owner = &two.owners[0];
    let cookie = world.sign_in(owner).await.cookie;
    let browser = by_hand(cookie, "/requests/new");
    let kept = async || {
        let sql = "select brief from service_requests where status = 'draft'";
        let mut tx = world.bench.tx().await;
        store::on!(&mut tx, c => store::sqlx::query_scalar::<_, String>(sql).fetch_one(c).await).expect("a draft")
    };
    let mut typed = brief.to_owned();
    for round in 0..3 {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("form_key", "a-draft")
            .append_pair("intent", "draft")
            .append_pair("title", "Spring")
            .append_pair("brief", &typed.replace('\n', "\r\n"))
            .finish();
        let answer = world.post(&browser, "/api/requests/submit", &form).await;
        assert!(
            answer.location().starts_with("/requests/new?draft="),
            "{}",
            answer.location()
        );
        assert_eq!(kept().await, brief, "round {round}");
        let page = world.get(&browser, answer.location()).await;
        typed = area_of(&page.body);
        assert_eq!(typed, brief, "round {round}: shown as it was typed");
    }
}

/// What no database could keep is said at its field, and the rest of what was typed is still there.
#[tokio::test]
async fn rq2_what_cannot_be_kept_is_said_on_the_page_by_hand() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let cookie = world.sign_in(&two.owners[0]).await.cookie;
    let browser = by_hand(cookie, "/requests/new");
    let form = "form_key=a-request&title=Spring%20logo&quantity=1&brief=a%00b";
    let answer = world.post(&browser, "/api/requests/submit", form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let back = answer.location().to_owned();
    assert!(back.starts_with("/requests/new?__path="), "{back}");
    let page = world.get(&browser, &back).await;
    assert!(page.body.contains("cannot be seen or read"), "the problem is said");
    assert!(page.body.contains("value=\"Spring logo\""), "the title is still there");
}

#[tokio::test]
async fn cross_site_posts_are_refused_everywhere() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let signed = world.sign_in(&world.bench.admin).await;
    let mut paths = vec![
        "/login".to_owned(),
        "/logout".into(),
        "/theme".into(),
        "/forgot".into(),
        "/reset/x".into(),
        "/invite/x".into(),
    ];
    paths.extend(leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()));
    for path in paths {
        for foreign in [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://evil.test")],
            vec![("origin", "null")],
        ] {
            let headers = foreign
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            let browser = Browser {
                headers,
                ..signed.clone()
            };
            let answer = world.post(&browser, &path, "").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {foreign:?}");
        }
    }
    assert_eq!(
        world.get(&signed, "/account").await.status,
        StatusCode::OK,
        "nobody was signed out"
    );
    let own = Browser {
        headers: vec![("sec-fetch-site", "same-origin".into())],
        ..signed
    };
    assert_eq!(
        world.post(&own, "/theme", "theme=dark").await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn the_theme_is_a_cookie_and_goes_back_to_the_page() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let browser = Browser {
        cookie: None,
        headers: vec![("referer", "http://localhost:3000/requests?status=draft".into())],
    };
    let answer = world.post(&browser, "/theme", "theme=dark").await;
    assert_eq!(answer.location(), "/requests?status=draft");
    assert!(answer.header("set-cookie").starts_with("theme=dark;"));
    let made_up = world.post(&browser, "/theme", "theme=%0d%0aSet-Cookie:x").await;
    assert!(made_up.header("set-cookie").starts_with("theme=system;"));
    let dark = Browser {
        cookie: Some("theme=dark".into()),
        headers: Vec::new(),
    };
    assert!(
        world
            .get(&dark, "/login")
            .await
            .body
            .contains("data-theme=\"paper-dark\"")
    );
}

#[tokio::test]
async fn unknown_addresses_get_a_designed_page() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let browser = Browser {
        cookie: None,
        headers: vec![("accept", "text/html".into())],
    };
    for path in [
        "/nothing",
        "/admin/nothing",
        "/api/nothing",
        "/pkg/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
    ] {
        let answer = world.get(&browser, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
        assert!(
            answer.body.contains("Go home") && !answer.body.contains("[package]"),
            "{path}"
        );
        check_headers(path, &answer);
    }
    let machine = world
        .send(&Browser::default(), Method::POST, "/api/nothing", Some(""))
        .await;
    assert_eq!(machine.status, StatusCode::NOT_FOUND);
    assert!(
        !machine.body.contains("server function"),
        "nothing of the framework's own words: {}",
        machine.body
    );
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let large = format!("email={}", "a".repeat(400 * 1024));
    let answer = world.post(&Browser::default(), "/login", &large).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let webhook = world
        .post(&Browser::default(), "/webhooks/stripe", &"a".repeat(2 * 1024 * 1024))
        .await;
    assert_eq!(webhook.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn with_a_key_there_is_no_sandbox_and_no_demo() {
    let set = [("STRIPE_SECRET_KEY", "sk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")];
    let Some(world) = world_with(Backend::Sqlite, &set).await else {
        return;
    };
    let admin = world.sign_in(&world.bench.admin).await;
    assert_eq!(world.get(&admin, "/admin/kit").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.get(&admin, "/sandbox/checkout.css").await.status,
        StatusCode::NOT_FOUND
    );
    let login = world.get(&Browser::default(), "/login").await;
    assert!(
        !login.body.contains("demo.test") && !login.body.contains("Test mode"),
        "{}",
        login.body
    );
}

#[tokio::test]
async fn the_server_tells_that_it_lives_and_is_ready() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    assert_eq!(world.get(&Browser::default(), "/healthz").await.status, StatusCode::OK);
    assert_eq!(world.get(&Browser::default(), "/readyz").await.status, StatusCode::OK);
    world.bench.engine.db().close().await;
    assert_eq!(world.get(&Browser::default(), "/healthz").await.status, StatusCode::OK);
    assert_eq!(
        world.get(&Browser::default(), "/readyz").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let with_cookie = Browser {
        cookie: Some("mp_session=AAAAAAAAAAAAAAAAAAAAAA".into()),
        headers: Vec::new(),
    };
    let closed = world.get(&with_cookie, "/account").await;
    assert_eq!(
        closed.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "without the database nobody is let in (16.5.3)"
    );
    assert!(!closed.body.to_lowercase().contains("sql"), "{}", closed.body);
}

/// A form that a browser posts by itself and that is refused comes back with what was typed.
#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_without_javascript() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let signed = world.sign_in(&two.owners[0]).await;
    let browser = Browser {
        headers: vec![
            ("accept", "text/html".into()),
            ("referer", "http://localhost:3000/members".into()),
        ],
        ..signed
    };
    let answer = world
        .post(
            &browser,
            "/api/members/invite",
            "idem_key=k&name=Mia+Marten&email=nonsense",
        )
        .await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let back = answer.location().to_owned();
    assert!(back.contains("__err="), "{back}");
    let back = back.trim_start_matches("http://localhost:3000").to_owned();
    let page = world.get(&browser, &back).await;
    assert!(page.body.contains("value=\"Mia Marten\""), "the name stays");
    assert!(
        page.body.contains("Enter an e-mail address like name@example.com."),
        "the problem is said"
    );
    let once = world.get(&browser, "/members").await;
    assert!(!once.body.contains("value=\"Mia Marten\""), "once");
}

/// §25: what costs money or sends mail can be asked for only so often; others are not held up by it.
#[tokio::test]
async fn what_costs_money_is_limited_by_person() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let [eager, other] = [world.sign_in(&two.owners[0]).await, world.sign_in(&two.owners[1]).await];
    let mut last = StatusCode::OK;
    for _ in 0..61 {
        last = world.post(&eager, "/api/subscribe", "").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(
        world.post(&other, "/api/subscribe", "").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(
        world.get(&eager, "/account").await.status,
        StatusCode::OK,
        "reading goes on"
    );
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let attack = "\"><script>alert(1)</script>";
    let encoded: String = url::form_urlencoded::byte_serialize(attack.as_bytes()).collect();
    let refused = world
        .post(
            &Browser::default(),
            "/login",
            &format!("email={encoded}&password=x&next={encoded}"),
        )
        .await;
    assert!(!refused.body.contains("<script>alert"), "in the form");
    let query = world.get(&Browser::default(), &format!("/login?next={encoded}")).await;
    assert!(!query.body.contains("<script>alert"), "in the address");
    let crafted = world
        .get(&Browser::default(), &format!("/login?__path=/api/page&__err={encoded}"))
        .await;
    assert!(!crafted.body.contains("<script>alert"), "in an error of the address");
    let admin = world.bench.admin.clone();
    let signed = world.sign_in(&admin).await;
    let renamed = world
        .post(&signed, "/api/account/rename", &format!("name={encoded}"))
        .await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.body);
    let page = world.get(&signed, "/account").await;
    assert!(!page.body.contains("<script>alert"), "in a stored name");
}
