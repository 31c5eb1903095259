//! RQ9, §25: files up and down through the router: for every role, own and foreign, what is refused, and what a browser without
//! JavaScript gets.

use crate::world::{Answer, Browser, Two, World, everybody, two, world};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
};
use bytes::Bytes;
use domain::{
    AppError, Transition,
    work::{
        form::RequestForm,
        view::{Added, StepInput, SubmitInput},
    },
};
use engine::Caller;
use futures::StreamExt as _;
use http::{Method, StatusCode, header};
use monthly_packs::server::routes::TRANSFERS;
use rstest::rstest;
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

const NOBODY: &str = "00000000-0000-7000-8000-00000000dead";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and the rest of a picture";
const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml");

/// A part of a form: a field, or a file under its name.
pub(crate) enum Part<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}
use Part::{File, Text};

pub(crate) fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        let (head, bytes) = match part {
            Text(name, value) => (format!("name=\"{name}\""), value.as_bytes()),
            File(name, bytes) => (
                format!("name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream"),
                *bytes,
            ),
        };
        out.extend_from_slice(format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"--edge--\r\n");
    out
}

async fn send(world: &World, browser: &Browser, body: Body, extra: &[(&str, &str)]) -> Answer {
    send_to(world, browser, "/requests/files", body, extra).await
}

async fn send_to(world: &World, browser: &Browser, to: &str, body: Body, extra: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(to)
        .header(header::HOST, "localhost:3000")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    if let Some(cookie) = &browser.cookie {
        request = request.header(header::COOKIE, cookie);
    }
    for (name, value) in extra {
        request = request.header(*name, *value);
    }
    let response = world.call(request.body(body).expect("a request")).await;
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1024 * 1024).await.expect("a body");
    let refused = Some(&bytes)
        .filter(|_| parts.status.as_u16() >= 400)
        .and_then(|bytes| postcard::from_bytes::<domain::AppError>(bytes).ok());
    let body = match refused {
        Some(domain::AppError::Invalid { fields }) => fields[0].problem.code().to_owned(),
        Some(error) => error.code().to_owned(),
        None => String::from_utf8_lossy(&bytes).into_owned(),
    };
    Answer {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

async fn post(world: &World, browser: &Browser, parts: &[Part<'_>]) -> Answer {
    send(world, browser, body(parts).into(), &[]).await
}

async fn texts(world: &World, sql: &str) -> Vec<String> {
    let mut tx = world.bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql.to_owned())).fetch_all(c).await)
        .expect("rows")
}

/// A request of a client; the first one's pack is with the first vendor, the second one's with another.
async fn request(world: &World, two: &Two, side: usize, key: &str) -> String {
    let engine = &world.bench.engine;
    let owner = &two.owners[side];
    let service = texts(world, "select id from services order by created_at, id limit 1")
        .await
        .remove(0);
    let quote = engine.quote(owner, service.parse().expect("a service"), 1).await;
    let input = SubmitInput {
        form_key: key.into(),
        form: RequestForm {
            service,
            title: format!("{} {key}", ["Acme", "Boreal"][side]),
            quantity: "1".into(),
            ..RequestForm::default()
        },
        terms: Some(quote.expect("a quote").quote.terms()),
    };
    engine.submit(owner, &input).await.expect("a request").id
}

/// Two clients, two vendors, one request each that has been started.
async fn ground(world: &World) -> (Two, Vec<(&'static str, Caller)>, [String; 2], [Caller; 2]) {
    let two = two(world).await;
    let people = everybody(world, &two).await;
    let bench = &world.bench;
    let first = people
        .iter()
        .find(|(name, _)| *name == "vendor manager")
        .expect("one")
        .1
        .clone();
    let other = bench.vendor("Southwind").await;
    let second = bench
        .user("Manager of Southwind", domain::Role::VendorManager, None, Some(other))
        .await;
    let service = texts(world, "select id from services order by created_at, id limit 1")
        .await
        .remove(0);
    let vendors = [first.vendor_id.expect("a vendor"), other];
    let mut requests = Vec::new();
    for (side, (vendor, subscription)) in vendors.into_iter().zip(two.subscriptions).enumerate() {
        bench.offer(vendor, service.parse().expect("a service")).await;
        bench
            .assign(&bench.engine, &[subscription], vendor)
            .await
            .expect("an assignment");
        requests.push(request(world, &two, side, "work").await);
    }
    let vendors = [first, second];
    for (vendor, request) in vendors.iter().zip(&requests) {
        step(world, vendor, request, Transition::Start).await;
    }
    (two, people, [requests[0].clone(), requests[1].clone()], vendors)
}

async fn step(world: &World, who: &Caller, request: &str, step: Transition) {
    let engine = &world.bench.engine;
    let id = request.parse().expect("an id");
    let seen = engine
        .request(who, id)
        .await
        .expect("a request")
        .work
        .expect("its work");
    let input = StepInput {
        step: step.to_string(),
        version: seen.version,
        text: "Greener.".into(),
    };
    engine.work(who, id, &input).await.expect("a step");
}

#[rstest]
#[tokio::test]
async fn rq9_s25_files_for_every_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let (two, people, requests, vendors) = ground(&world).await;
    let owners = [world.sign_in(&two.owners[0]).await, world.sign_in(&two.owners[1]).await];
    let studios = [world.sign_in(&vendors[0]).await, world.sign_in(&vendors[1]).await];
    for side in [0, 1] {
        let name = ["Acme.png", "Boreal.png"][side];
        let added = post(&world, &owners[side], &[Text("id", &requests[side]), File(name, PNG)]).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
        let added = post(
            &world,
            &studios[side],
            &[Text("id", &requests[side]), File("work.png", PNG)],
        )
        .await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
    }
    let file = async |request: &str, version: i64| {
        let sql = format!("select id from request_files where request_id = '{request}' and version = {version}");
        texts(&world, &sql).await.remove(0)
    };
    let attached = [file(&requests[0], 0).await, file(&requests[1], 0).await];
    let work = [file(&requests[0], 1).await, file(&requests[1], 1).await];
    world.bench.engine.drain().await.expect("previews");
    let mut cells = 0;
    for (name, caller) in &people {
        let browser = world.sign_in(caller).await;
        for (pattern, access) in TRANSFERS {
            let may = access.lets_in(Some(caller.rights()));
            if pattern.starts_with("/files") {
                let (client, vendor) = (caller.client_id.is_some(), caller.vendor_id.is_some());
                for (id, seen) in [
                    (attached[0].as_str(), true),
                    (&attached[1], !client && !vendor),
                    (&work[0], !client),
                    (&work[1], !client && !vendor),
                    (NOBODY, false),
                    ("no-id", false),
                ] {
                    let path = pattern.replace("{id}", id).replace("{size}", "thumbnail");
                    let answer = world.get(&browser, &path).await;
                    let wanted = match (may, seen) {
                        (false, _) => StatusCode::FORBIDDEN,
                        (true, false) => StatusCode::NOT_FOUND,
                        (true, true) => StatusCode::OK,
                    };
                    assert_eq!(answer.status, wanted, "{pattern} {id} for {name}: {}", answer.body);
                    cells += 1;
                }
            } else if pattern.starts_with("/admin") {
                // The logo's address takes a file from whoever may change the settings.
                let form = body(&[File("logo.png", b"GIF89a")]).into();
                let sends = send_to(&world, &browser, pattern, form, &[HTML]).await;
                let wanted = if may {
                    StatusCode::SEE_OTHER
                } else {
                    StatusCode::FORBIDDEN
                };
                assert_eq!(sends.status, wanted, "{pattern} for {name}: {}", sends.body);
                cells += 1;
            } else {
                for (request, theirs) in [(&requests[0], true), (&requests[1], false)] {
                    let answer = post(&world, &browser, &[Text("id", request), File("more.png", PNG)]).await;
                    let scoped = caller.client_id.is_some() || caller.vendor_id.is_some();
                    let works = scoped || caller.role == domain::Role::Admin;
                    let wanted = match (may, theirs || !scoped, works) {
                        (true, false, _) => StatusCode::NOT_FOUND,
                        (true, true, true) => StatusCode::OK,
                        _ => StatusCode::FORBIDDEN,
                    };
                    assert_eq!(answer.status, wanted, "{pattern} for {name}: {}", answer.body);
                    cells += 1;
                }
            }
        }
    }
    assert_eq!(cells, people.len() * 15);
    // A preview never changes under its address, is nothing that runs, and no other size is there.
    let preview = world.get(&owners[0], &format!("/files/{}/large", attached[0])).await;
    assert_eq!(
        (
            preview.header("content-type"),
            preview.header("content-disposition"),
            preview.body.as_str()
        ),
        ("image/png", "inline", "large of image/png")
    );
    assert_eq!(preview.header("cache-control"), "private, max-age=31536000, immutable");
    assert!(
        preview
            .header("content-security-policy")
            .starts_with("default-src 'none';")
    );
    let huge = world.get(&owners[0], &format!("/files/{}/huge", attached[0])).await;
    assert_eq!(huge.status, StatusCode::NOT_FOUND);
    // Nobody: to the sign-in page, or told so.
    let nobody = Browser::default();
    let answer = world.get(&nobody, &format!("/files/{}", attached[0])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(answer.location().starts_with("/login"), "{}", answer.location());
    let answer = post(&world, &nobody, &[Text("id", &requests[0]), File("x.png", PNG)]).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::UNAUTHORIZED, "sign_in_required")
    );
    // From another site.
    let cross = [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")];
    let parts = body(&[Text("id", &requests[0]), File("x.png", PNG)]);
    let answer = send(&world, &owners[0], parts.into(), &cross).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[rstest]
#[tokio::test]
async fn rq4_rq9_a_delivered_file_reaches_the_client_as_an_attachment(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let (two, _, requests, vendors) = ground(&world).await;
    let (owner, studio) = (world.sign_in(&two.owners[0]).await, world.sign_in(&vendors[0]).await);
    let sent = [
        Text("id", &requests[0]),
        File("Größe; final.png", PNG),
        File("notes.txt", b"for the printer"),
    ];
    assert_eq!(post(&world, &studio, &sent).await.status, StatusCode::OK);
    assert_eq!(post(&world, &studio, &sent).await.status, StatusCode::OK, "sent twice");
    let ids = texts(&world, "select id from request_files order by name").await;
    assert_eq!(
        ids.len(),
        2,
        "invariant 7: the same bytes under the same name are one file"
    );
    assert_eq!(world.bench.files.keys().len(), 2, "and one object");
    assert_eq!(texts(&world, "select object_key from loose_objects").await.len(), 0);
    let path = format!("/files/{}", ids[0]);
    assert_eq!(
        world.get(&owner, &path).await.status,
        StatusCode::NOT_FOUND,
        "not delivered yet"
    );
    let page = world.get(&owner, &format!("/requests/{}", requests[0])).await;
    assert!(!page.body.contains("notes.txt"), "nor in the client's page");
    step(&world, &vendors[0], &requests[0], Transition::Deliver).await;
    let answer = world.get(&owner, &path).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!(answer.header("content-length"), PNG.len().to_string());
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Gr__e; final.png\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%3B%20final.png"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.body.as_bytes(), String::from_utf8_lossy(PNG).as_bytes());
    let removed = world
        .post(&studio, "/api/requests/remove-file", &format!("id={}", ids[0]))
        .await;
    assert_eq!(removed.status, StatusCode::FORBIDDEN, "what was delivered stays");
}

#[rstest]
#[tokio::test]
async fn rq9_what_is_refused_leaves_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let (two, _, requests, _) = ground(&world).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let id = || Text("id", &requests[0]);
    for (name, bytes, code) in [
        ("page.html", b"<html>".as_slice(), "file_type"),
        ("x.exe", b"MZ", "file_type"),
        ("page.png", b"<html><script>alert(1)</script>", "file_content"),
        ("page.txt", b"\x89PNG\r\n\x1a\n", "file_content"),
        ("empty.png", b"", "file_empty"),
    ] {
        let answer = post(&world, &owner, &[id(), File(name, bytes)]).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, code),
            "{name}"
        );
    }
    let answer = post(&world, &owner, &[id(), File("", b"")]).await;
    assert_eq!(answer.body, "files_missing", "a field where nothing was chosen");
    // One byte more than 50 MB, as a stream that nobody holds whole.
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n{}\r\n--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"film.mp4\"\r\n\r\n\x00\x00\x00\x18ftypmp42",
        requests[0]
    );
    let megabyte = Bytes::from(vec![7_u8; 1024 * 1024]);
    let chunks = |megabytes: usize, tail: &'static str| {
        let start = futures::stream::once(std::future::ready(Bytes::from(head.clone())));
        let middle = futures::stream::iter(std::iter::repeat_n(megabyte.clone(), megabytes));
        let end = futures::stream::once(std::future::ready(Bytes::from(tail)));
        Body::from_stream(start.chain(middle).chain(end).map(Ok::<_, std::io::Error>))
    };
    let answer = send(&world, &owner, chunks(50, "\r\n--edge--\r\n"), &[]).await;
    assert_eq!(answer.body, "file_too_large");
    // The browser has gone in the middle of it.
    let answer = send(&world, &owner, chunks(3, ""), &[]).await;
    assert_eq!(answer.body, "file_cut_off");
    assert_eq!(
        texts(&world, "select name from request_files").await,
        Vec::<String>::new()
    );
    assert_eq!(world.bench.files.keys(), Vec::<String>::new(), "and no object");
    assert_eq!(
        texts(&world, "select object_key from loose_objects").await,
        Vec::<String>::new()
    );
    // Just below it is kept.
    let answer = send(&world, &owner, chunks(49, "\r\n--edge--\r\n"), &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let sizes = texts(&world, "select cast(size_bytes as text) from request_files").await;
    assert_eq!(sizes, [(49 * 1024 * 1024 + 12).to_string()]);
}

#[rstest]
#[tokio::test]
async fn rq9_one_refused_file_takes_no_other_along(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let (two, _, requests, _) = ground(&world).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let sent = [
        Text("id", &requests[0]),
        File("a.png", PNG),
        File("page.html", b"<html>"),
        File("b\u{202e}.png", b"\x89PNG\r\n\x1a\n another"),
        File("c.png", b"<html>"),
    ];
    let kept = || texts(&world, "select name from request_files order by name");
    let answer = post(&world, &owner, &sent).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let added: Added = postcard::from_bytes(answer.body.as_bytes()).expect("an answer");
    assert_eq!(added.id, requests[0]);
    let error = AppError::Invalid { fields: added.refused };
    let words = error.of_field("files").expect("what was refused");
    assert!(
        words.contains("We can't accept “page.html”") && words.contains("“c.png” doesn't match"),
        "{words}"
    );
    assert_eq!(kept().await, ["a.png", "b.png"]);
    // The same without JavaScript: who was taken and who was not, by the names as they are kept.
    let answer = send(&world, &owner, body(&sent).into(), &[HTML]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = world.get(&owner, answer.location()).await;
    for words in [
        "a.png and b.png were added.",
        "We can't accept “page.html”",
        "“c.png” doesn't match its file type. Export it again.",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
    assert!(!page.body.contains('\u{202e}'));
    assert_eq!(kept().await, ["a.png", "b.png"]);
    // More than are taken at once: the first ten are kept.
    let names: Vec<String> = (0..12).map(|n| format!("{n:02}.txt")).collect();
    let mut many = vec![Text("id", &requests[0])];
    many.extend(names.iter().map(|name| File(name, name.as_bytes())));
    let answer = post(&world, &owner, &many).await;
    let added: Added = postcard::from_bytes(answer.body.as_bytes()).expect("an answer");
    assert_eq!(added.refused.len(), 1);
    assert_eq!(kept().await.len(), 12);
}

#[rstest]
#[tokio::test]
async fn rq2_without_javascript_what_was_chosen_goes_with_its_form(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let (two, _, requests, vendors) = ground(&world).await;
    let (owner, studio) = (world.sign_in(&two.owners[0]).await, world.sign_in(&vendors[0]).await);
    let service = texts(&world, "select id from services order by created_at, id limit 1")
        .await
        .remove(0);
    let form = |key: &'static str, title: &'static str| {
        vec![
            Text("form_key", key),
            Text("service", &service),
            Text("title", title),
            Text("quantity", "1"),
        ]
    };
    let of = |key: &str| {
        format!(
            "select status || ' ' || (select count(*) from request_files f where f.request_id = r.id) from service_requests r where form_key = '{key}'"
        )
    };
    // *Submit request* with a file that nobody pressed *Add files* for.
    let mut parts = form("with-a-file", "With its file");
    parts.push(File("idea.png", PNG));
    let answer = send(&world, &owner, body(&parts).into(), &[HTML]).await;
    assert_eq!(answer.status.as_u16() / 100, 3, "{}", answer.body);
    let page = world.get(&owner, answer.location()).await;
    assert!(page.body.contains("With its file") && page.body.contains("idea.png"));
    assert_eq!(texts(&world, &of("with-a-file")).await, ["submitted 1"]);
    // Without one it is submitted all the same; a browser sends the empty field.
    let mut parts = form("without-one", "Without a file");
    parts.push(File("", b""));
    send(&world, &owner, body(&parts).into(), &[HTML]).await;
    assert_eq!(texts(&world, &of("without-one")).await, ["submitted 0"]);
    // One that is refused holds everything up: the form is still a draft, and says why.
    let mut parts = form("with-a-page", "With a page");
    parts.push(File("page.html", b"<html>"));
    let answer = send(&world, &owner, body(&parts).into(), &[HTML]).await;
    let page = world.get(&owner, answer.location()).await;
    assert!(page.body.contains("With a page") && page.body.contains("We can't accept"));
    assert_eq!(texts(&world, &of("with-a-page")).await, ["draft 0"]);
    // *Add files* while a note is written: it is in its field again, whatever became of the files.
    for (file, bytes) in [("draft.png", PNG), ("page.html", &b"<html>"[..])] {
        let parts = [
            Text("id", &requests[0]),
            File(file, bytes),
            Text("text", "The second & better one."),
        ];
        let answer = send(&world, &studio, body(&parts).into(), &[HTML]).await;
        assert_eq!(answer.location(), format!("/requests/{}", requests[0]));
        let page = world.get(&studio, answer.location()).await;
        assert!(page.body.contains("The second &amp; better one.</textarea>"), "{file}");
    }
    let page = world.get(&studio, &format!("/requests/{}", requests[0])).await;
    assert!(!page.body.contains("The second &amp; better one."), "once");
    // *Deliver* with the file that was chosen beside it, and a note.
    let seen = format!(
        "select cast(row_version as text) from service_requests where id = '{}'",
        requests[0]
    );
    let seen = texts(&world, &seen).await.remove(0);
    let parts = [
        Text("id", &requests[0]),
        Text("version", &seen),
        File("final.png", PNG),
        Text("text", "The second & better one."),
        Text("step", "deliver"),
    ];
    let answer = send(&world, &studio, body(&parts).into(), &[HTML]).await;
    assert_eq!(answer.location(), format!("/requests/{}", requests[0]));
    let delivered = format!(
        "select name from request_files where request_id = '{}' and delivered_at is not null order by name",
        requests[0]
    );
    assert_eq!(texts(&world, &delivered).await, ["draft.png", "final.png"]);
    let page = world.get(&owner, &format!("/requests/{}", requests[0])).await;
    assert!(
        page.body.contains("<p>The second &amp; better one.</p>"),
        "the client reads the note"
    );
}

#[rstest]
#[tokio::test]
async fn rq9_without_javascript_a_refusal_comes_back_to_its_field(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let (two, _, requests, _) = ground(&world).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let browser = |parts: &[Part<'_>]| body(parts);
    let parts = browser(&[Text("id", &requests[0]), File("page.html", b"<html>")]);
    let answer = send(&world, &owner, parts.into(), &[HTML]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = world.get(&owner, answer.location()).await;
    assert!(
        page.body
            .contains("We can't accept “page.html”. Try a PDF, an image or a ZIP."),
        "{}",
        answer.location()
    );
    let parts = browser(&[Text("id", &requests[0]), File("logo.png", PNG)]);
    let answer = send(&world, &owner, parts.into(), &[HTML]).await;
    assert_eq!(answer.location(), format!("/requests/{}", requests[0]));
    let page = world.get(&owner, answer.location()).await;
    assert!(page.body.contains("logo.png was added."));
    // What no database could keep is told at each of its fields, and nothing of the form is lost.
    for intent in ["submit", "files"] {
        let parts = [
            Text("form_key", "unreadable"),
            Text("title", "A bell\u{7} rings"),
            Text("quantity", "7"),
            Text("brief", "and\u{0} nothing"),
            File("logo.png", PNG),
            Text("intent", intent),
        ];
        let answer = send(&world, &owner, browser(&parts).into(), &[HTML]).await;
        assert_eq!(answer.location(), "/requests/new", "{intent}");
        let page = world.get(&owner, answer.location()).await;
        assert_eq!(page.body.matches("aria-invalid=\"true\"").count(), 2, "{intent}");
        for typed in ["A bell", "value=\"7\"", " nothing"] {
            assert!(page.body.contains(typed), "{intent}: {typed}");
        }
        let kept = texts(
            &world,
            "select title from service_requests where form_key = 'unreadable'",
        )
        .await;
        assert_eq!(kept.len(), 0, "{intent}: it is no draft");
    }
    // RQ2: the fields before the files are the draft, whatever becomes of the files.
    let fields = [
        Text("form_key", "a-draft"),
        Text("title", "Half a thought"),
        Text("quantity", "a few"),
        Text("brief", "one\r\ntwo"),
    ];
    let mut parts: Vec<Part<'_>> = fields.into_iter().collect();
    // The button *Add files*; what a form sends of its button stands where the button does.
    parts.push(File("page.html", b"<html>"));
    parts.push(Text("intent", "files"));
    let answer = send(&world, &owner, body(&parts).into(), &[HTML]).await;
    assert!(
        answer.location().starts_with("/requests/new?draft="),
        "{}",
        answer.location()
    );
    let page = world.get(&owner, answer.location()).await;
    assert!(page.body.contains("Half a thought") && page.body.contains("We can't accept"));
    parts.truncate(parts.len() - 2);
    parts.push(File("idea.png", PNG));
    parts.push(Text("intent", "files"));
    let answer = send(&world, &owner, body(&parts).into(), &[HTML]).await;
    let page = world.get(&owner, answer.location()).await;
    assert!(page.body.contains("idea.png"), "attached to the draft");
    let kept = texts(&world, "select brief from service_requests where form_key = 'a-draft'").await;
    assert_eq!(kept, ["one\ntwo"], "lines as they were typed");
    // The draft goes, and its files with it.
    let draft = texts(&world, "select id from service_requests where form_key = 'a-draft'")
        .await
        .remove(0);
    let deleted = world
        .post(&owner, "/api/requests/delete-draft", &format!("id={draft}"))
        .await;
    assert!(
        deleted.status.is_success() || deleted.status.is_redirection(),
        "{}",
        deleted.body
    );
    assert_eq!(
        texts(&world, "select name from request_files where name = 'idea.png'")
            .await
            .len(),
        0
    );
    assert_eq!(
        texts(&world, "select object_key from loose_objects").await.len(),
        3,
        "for the broom: the picture and its previews"
    );
}
