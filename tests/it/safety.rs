//! Headers, cross-site requests, and what failures show.

use crate::world::{Answer, Browser, two, world, world_with};
use axum::{body::Body, extract::Request};
use domain::{
    Cents,
    work::{form::RequestForm, view::SubmitInput},
};
use futures::StreamExt as _;
use http::{Method, StatusCode};
use leptos::server_fn::error::ServerFnUrlError;
use monthly_packs::server::routes::{Access, DOCUMENTS, FUNCTIONS};
use rstest::rstest;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use store::testing::Backend;
use stripe_gateway::webhook::sign;

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
    assert!(back.ends_with("/requests/new"), "{back}");
    let page = world.get(&browser, &back).await;
    assert!(page.body.contains("contains hidden characters"), "the problem is said");
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
    let rows = world.post(&browser, "/theme", "rows=compact").await;
    assert!(rows.header("set-cookie").starts_with("rows=compact;"));
    let columns = "list=requests&columns=client.due.status&show=client";
    let columns = world.post(&browser, "/theme", columns).await;
    assert!(columns.header("set-cookie").starts_with("columns=requests.due.status;"));
    let made_up = world
        .post(&browser, "/theme", "list=requests&columns=due.%0d%0aSet-Cookie:x")
        .await;
    assert!(made_up.header("set-cookie").starts_with("columns=requests.due;"));
    let made_up = world.post(&browser, "/theme", "rows=%0d%0aSet-Cookie:x").await;
    assert!(made_up.header("set-cookie").starts_with("rows=comfortable;"));
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
    // Of a webhook that cannot be Stripe's nothing is read; one that can be is read to an end.
    let now = world.bench.engine.wall_now();
    for (signature, wanted) in [
        ("t=1,v1=00".to_owned(), StatusCode::BAD_REQUEST),
        (sign(b"", "made up", now.plus_secs(-301)), StatusCode::BAD_REQUEST),
        (sign(b"", "made up", now), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let read = Arc::new(AtomicUsize::new(0));
        let counting = read.clone();
        let chunks = futures::stream::repeat_with(move || {
            counting.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(vec![b'a'; 64 * 1024])
        });
        let request = Request::builder()
            .method(Method::POST)
            .uri("/webhooks/stripe")
            .header("stripe-signature", signature)
            .body(Body::from_stream(chunks.take(64)))
            .expect("a request");
        assert_eq!(world.call(request).await.status(), wanted);
        let most = if wanted == StatusCode::BAD_REQUEST { 0 } else { 20 };
        assert!(read.load(Ordering::Relaxed) <= most, "{wanted}");
    }
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
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let back = answer.location().to_owned();
    assert_eq!(back, "/members", "nothing of it stands in the address");
    let page = world.get(&browser, &back).await;
    assert!(page.body.contains("value=\"Mia Marten\""), "the name stays");
    assert!(
        page.body.contains("Enter an email address like name@example.com."),
        "the problem is said"
    );
    let once = world.get(&browser, "/members").await;
    assert!(!once.body.contains("value=\"Mia Marten\""), "once");
    assert!(!once.body.contains("Enter an email address like"), "once");
    // A browser that does not say where it was is told on the next page.
    let silent = Browser {
        headers: vec![("accept", "text/html".into())],
        ..browser
    };
    let form = "idem_key=k&name=Mia+Marten&email=nonsense";
    let answer = world.post(&silent, "/api/members/invite", form).await;
    assert_eq!(answer.location(), "/");
    let home = world.get(&silent, "/dashboard").await;
    assert!(home.body.contains("Enter an email address like name@example.com."));
}

/// A visitor leaves no row behind, whatever is sent to what is open to all.
#[rstest]
#[tokio::test]
async fn nothing_is_kept_for_nobody(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let visitor = Browser {
        cookie: None,
        headers: vec![
            ("accept", "text/html".into()),
            ("referer", "http://localhost:3000/reset/x".into()),
        ],
    };
    let long = format!("token=x&kind=reset&more={}", "a".repeat(200 * 1024));
    let public = FUNCTIONS.iter().filter(|(_, access)| *access == Access::Public);
    let mut posted = 0;
    for (path, _) in public {
        let answer = world.post(&visitor, path, &long).await;
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
        assert_eq!(answer.header("set-cookie"), "", "{path}");
        posted += 1;
    }
    assert!(posted > 2, "{posted} were tried");
    assert_eq!(world.number("select count(*) from sessions").await, 0);
}

/// What is kept of a refused form has an end: so many fields, so many bytes, and each field whole.
#[tokio::test]
async fn what_is_kept_of_a_form_has_an_end() {
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
    let many: String = (0..200).map(|n| format!("&field{n}={}", "a".repeat(1000))).collect();
    let form = format!("name=Mia+Marten&email=nonsense&brief={}{many}", "b".repeat(40 * 1024));
    let answer = world.post(&browser, "/api/members/invite", &form).await;
    assert_eq!(answer.location(), "/members", "{}", answer.status);
    let kept = world.number("select max(length(data)) from sessions").await;
    assert!((20 * 1024..40 * 1024).contains(&kept), "{kept} bytes are kept");
    let page = world.get(&browser, "/members").await;
    assert!(page.body.contains("value=\"Mia Marten\""), "what came first stays");
    assert!(!page.body.contains("bbbb"), "no half of a field");
}

/// An address says nothing in our name: a refusal that stands in it is not shown, whichever form it claims to be of.
#[tokio::test]
async fn an_address_brings_no_words() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let signed = world.sign_in(&two.owners[0]).await;
    let words = domain::AppError::CardDeclined {
        message: "Call 555 0100".into(),
    };
    let base = "http://localhost:3000";
    for (page, of) in [
        ("/login", "/api/page"),
        ("/members", "/api/members/invite"),
        ("/account", "/api/account/rename"),
        ("/account", "/api/account/password"),
        ("/requests/new", "/api/requests/submit"),
        ("/requests/new", "/requests/files"),
        ("/payment/methods", "/api/payment/add-card"),
    ] {
        let url = ServerFnUrlError::new(of, words.clone()).to_url(&format!("{base}{page}"));
        let address = url.expect("an address").as_str().trim_start_matches(base).to_owned();
        for browser in [&signed, &Browser::default()] {
            let answer = world.get(browser, &address).await;
            assert!(!answer.body.contains("555 0100"), "{address}");
        }
    }
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

/// What is open to all is slowed by source, and nobody else by it; each is told when to come again.
#[tokio::test]
async fn a_stranger_is_slowed_by_source() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let signed = world.sign_in(&two.owners[0]).await;
    let from = |ip: &str| Browser {
        cookie: None,
        headers: vec![("x-forwarded-for", ip.to_owned())],
    };
    for path in ["/api/link-owner", "/theme"] {
        let eager = from(if path == "/theme" { "203.0.113.2" } else { "203.0.113.1" });
        let mut refused = None;
        for _ in 0..500 {
            let answer = world.post(&eager, path, "token=x&kind=reset&email=nonsense").await;
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("an end");
        assert!(!refused.header("retry-after").is_empty(), "{path}");
        let other = world
            .post(&from("198.51.100.1"), path, "token=x&kind=reset&email=nonsense")
            .await;
        assert_ne!(
            other.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{path}: another source goes on"
        );
    }
    assert_eq!(world.get(&signed, "/account").await.status, StatusCode::OK);
}

/// Messages, drafts and exports have a pace of their own, said in words; what was typed is given back.
#[tokio::test]
async fn a_person_writes_only_so_many_messages_a_minute() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let signed = world.sign_in(&two.owners[0]).await;
    let by_hand = Browser {
        headers: vec![
            ("accept", "text/html".into()),
            ("referer", "http://localhost:3000/requests".into()),
        ],
        ..signed.clone()
    };
    let mut last = String::new();
    for _ in 0..40 {
        last = world
            .post(&signed, "/api/requests/message", "id=x&body=Hello")
            .await
            .body;
        if last.contains("rate_limited") {
            break;
        }
    }
    assert!(last.contains("rate_limited"), "{last}");
    let back = world.post(&by_hand, "/api/requests/message", "id=x&body=Hello").await;
    assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, "/requests"));
    let kept = world
        .number("select count(*) from sessions where data like '%Hello%' and data like '%rate_limited%'")
        .await;
    assert_eq!(kept, 1, "what was typed waits for the page, with why it was refused");
    let draft = world.post(&signed, "/api/requests/save-draft", "").await;
    assert_ne!(draft.status, StatusCode::TOO_MANY_REQUESTS, "others go on");
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
