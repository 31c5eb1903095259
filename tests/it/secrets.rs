//! RQ7, §20, "what must be seen" of vendors: a vendor's account reads nothing of other vendors, no client's name or contact, and no
//! price of a client's, in whatever it may open: documents with their data, server functions, files, the event stream.

use crate::world::{Browser, World, world};
use axum::{body::Body, extract::Request};
use domain::{
    Cents, PaymentType, Role, ServiceId, VendorId,
    work::{RequestQuery, form::RequestForm, view::SubmitInput},
};
use engine::Caller;
use http::{Method, StatusCode, header};
use monthly_packs::server::routes::{Access, DOCUMENTS, EXPORTS, FUNCTIONS};
use rstest::rstest;
use store::testing::Backend;

/// Prices of a client's, so large that their digits and bytes are nobody else's.
const SECRET_PRICES: [i64; 4] = [77_777_771, 6_666_661, 5_555_551, 4_444_441];
const NAMES: [&str; 2] = ["Acmeworks", "Borealcorp"];
const VENDORS: [&str; 2] = ["Northlight", "Southwind"];
/// What each side's requests say.
const SAYS: [&str; 2] = ["thenorthernbrief", "thesouthernbrief"];

/// What nobody of the first vendor may read, as it would stand in a page or in packed data.
fn secrets() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for price in SECRET_PRICES {
        for text in [
            Cents(price).plain(),
            Cents(price).show(domain::Currency::USD),
            price.to_string(),
        ] {
            all.push((text.clone(), text.into_bytes()));
        }
        let packed = postcard::to_allocvec(&Cents(price)).expect("bytes");
        assert!(packed.len() >= 4, "{price} packed is too short to be told from others");
        all.push((format!("{price}, packed"), packed));
    }
    let names = [
        NAMES[0],
        NAMES[1],
        VENDORS[1],
        SAYS[1],
        "Owner of Acmeworks",
        "Owner of Borealcorp",
    ];
    for text in names {
        all.push((text.to_owned(), text.as_bytes().to_vec()));
    }
    all
}

struct Ground {
    people: [Caller; 2],
    owners: Vec<Caller>,
    vendors: [VendorId; 2],
    /// What each side's vendor may be asked for: a request, a line, a question.
    ids: [[String; 3]; 2],
}

async fn ground(world: &World) -> Ground {
    let bench = &world.bench;
    let engine = &bench.engine;
    let logo = bench.service("Logo design", Cents(SECRET_PRICES[1])).await;
    let mug = bench.service("Mug design", Cents(SECRET_PRICES[2])).await;
    let (pack, version) = bench.pack(logo, 20, Cents(SECRET_PRICES[0])).await;
    let (mut vendors, mut people, mut owners, mut ids) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for side in 0..2 {
        let vendor = bench.vendor(VENDORS[side]).await;
        for service in [logo, mug] {
            bench.offer(vendor, service).await;
        }
        let manager = bench.user("Manager", Role::VendorManager, None, Some(vendor)).await;
        let mut tx = bench.tx().await;
        store::people::set_membership(&mut tx, manager.user_id, Some(&vendor.to_string()))
            .await
            .expect("a membership");
        tx.commit().await.expect("a commit");
        let (client, owner) = bench.client(NAMES[side], PaymentType::Royalties).await;
        let price = Cents(SECRET_PRICES[3]).plain();
        engine
            .set_client_price(&bench.admin, client, mug, &price, "")
            .await
            .expect("a price of its own");
        let subscription = bench.subscription(client, pack, version).await;
        bench
            .assign(engine, &[subscription], vendor)
            .await
            .expect("an assignment");
        // Covered, beyond the pack, and without one.
        for (key, service, quantity) in [
            ("in", logo, 20),
            ("beyond", logo, 2),
            ("none", mug, 1),
            ("open", logo, 1),
        ] {
            submit(world, &owner, service, &format!("{key}-{side}"), quantity, SAYS[side]).await;
        }
        let mut tx = bench.tx().await;
        let sql = format!("update service_requests set vendor_id = '{vendor}' where client_id = '{client}'");
        store::on!(&mut tx, c => store::sqlx::query(store::sqlx::AssertSqlSafe(sql)).execute(c).await.map(|_| ()))
            .expect("the vendor");
        tx.commit().await.expect("a commit");
        let delivered =
            format!("select id from service_requests where client_id = '{client}' and form_key not like 'open%'");
        bench.deliver(&delivered).await;
        let slip = engine.slip(&manager, "").await.expect("a slip");
        assert_eq!(slip.lines.len(), 3, "the pack, what is beyond it, and what is without");
        let line = slip.lines[0].id.clone();
        engine
            .ask_about_payable(&manager, &format!("ask-{side}"), &line, SAYS[side])
            .await
            .expect("a question");
        let asked = engine
            .payable(&bench.admin, &line)
            .await
            .expect("the line")
            .queries
            .remove(0);
        let requests = engine
            .request_list(&manager, &RequestQuery::default())
            .await
            .expect("requests");
        ids.push([requests.rows[0].id.clone(), line, asked.id]);
        vendors.push(vendor);
        people.push(manager);
        owners.push(owner);
    }
    // What is paid is on the slip, too.
    let lines: Vec<String> = ids.iter().map(|ids| ids[1].clone()).collect();
    engine
        .approve_payables(&bench.admin, "approve", &lines)
        .await
        .expect("approved");
    let paid = domain::payables::view::PayInput {
        form_key: "pay".into(),
        ids: lines,
        paid_on: engine.zone().day(engine.now()).to_string(),
        references: vendors.iter().map(|vendor| (*vendor, "WIRE-1".to_owned())).collect(),
        ..Default::default()
    };
    engine.pay_payables(&bench.admin, &paid).await.expect("paid");
    Ground {
        people: people.try_into().expect("two"),
        owners,
        vendors: vendors.try_into().expect("two"),
        ids: ids.try_into().expect("two"),
    }
}

async fn submit(world: &World, owner: &Caller, service: ServiceId, key: &str, quantity: i64, says: &str) {
    let engine = &world.bench.engine;
    let quote = engine.quote(owner, service, quantity).await.expect("a quote");
    let input = SubmitInput {
        form_key: key.to_owned(),
        form: RequestForm {
            service: service.to_string(),
            title: format!("Request {key}"),
            quantity: quantity.to_string(),
            brief: says.to_owned(),
            wished_on: String::new(),
        },
        terms: Some(quote.quote.terms()),
    };
    engine.submit(owner, &input).await.expect("a request");
}

/// An answer's status and bytes.
async fn raw(world: &World, browser: &Browser, method: Method, path: &str, form: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:3000")
        .header(header::COOKIE, browser.cookie.as_deref().unwrap_or_default())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .expect("a request");
    let answer = world.call(request).await;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 16 * 1024 * 1024).await;
    let mut bytes = bytes.expect("a body").to_vec();
    if bytes.starts_with(b"%PDF") {
        let text = crate::pdf::text_of(&bytes);
        bytes.extend(text.into_bytes());
    }
    (status, bytes)
}

fn found(bytes: &[u8], secrets: &[(String, Vec<u8>)]) -> Vec<String> {
    let holds = |secret: &[u8]| bytes.windows(secret.len()).any(|window| window == secret);
    let all = secrets.iter().filter(|(_, secret)| holds(secret));
    all.map(|(name, _)| name.clone()).collect()
}

fn may(access: Access, caller: &Caller) -> bool {
    access.lets_in(Some(caller.rights()))
}

#[rstest]
#[tokio::test]
async fn rq7_s20_a_vendor_reads_nothing_of_others_and_no_price_of_a_clients(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let ground = ground(&world).await;
    let secrets = secrets();
    let mut wrong = Vec::new();
    let designer = world
        .bench
        .user("Designer", Role::VendorDesigner, None, Some(ground.vendors[0]))
        .await;
    // The secrets are there to be found: staff read them.
    let admin = world.sign_in(&world.bench.admin).await;
    let (_, page) = raw(&world, &admin, Method::GET, "/admin/packs", "").await;
    assert!(!found(&page, &secrets).is_empty(), "an admin sees the pack's price");
    let (_, page) = raw(
        &world,
        &admin,
        Method::GET,
        "/admin/reports/vendor-payments?tab=packs",
        "",
    )
    .await;
    assert!(
        found(&page, &secrets).contains(&NAMES[0].to_owned()),
        "an admin sees whose it is"
    );
    let (mut documents, mut functions, mut files) = (0, 0, 0);
    for caller in [&ground.people[0], &designer] {
        let browser = world.sign_in(caller).await;
        for (pattern, _) in DOCUMENTS.iter().filter(|(_, access)| may(*access, caller)) {
            if pattern.contains("{token}") || *pattern == "/login" || *pattern == "/forgot" {
                continue;
            }
            let [own, foreign] = [0, 1].map(|side| match *pattern {
                "/requests/{id}" => pattern.replace("{id}", &ground.ids[side][0]),
                "/vendor/payments/{id}" => pattern.replace("{id}", &ground.ids[side][1]),
                other => other.to_owned(),
            });
            assert!(!own.contains('{'), "{pattern}: which row?");
            let (status, page) = raw(&world, &browser, Method::GET, &own, "").await;
            assert_eq!(status, StatusCode::OK, "{own}");
            for secret in found(&page, &secrets) {
                wrong.push(format!("{own}: {secret}"));
            }
            documents += 1;
            if own != foreign {
                let (status, page) = raw(&world, &browser, Method::GET, &foreign, "").await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{foreign}");
                for secret in found(&page, &secrets) {
                    wrong.push(format!("{foreign}: {secret}"));
                }
            }
        }
        for (path, _) in FUNCTIONS.iter().filter(|(_, access)| may(*access, caller)) {
            for side in 0..2 {
                let [request, line, query] = &ground.ids[side];
                let id = match *path {
                    "/api/requests/one" | "/api/requests/message" => request,
                    "/api/vendor/payable" | "/api/vendor/ask" => line,
                    _ => query,
                };
                let form = format!(
                    "id={id}&form_key=key-{documents}-{functions}&body=Hello&question=Why&month=&query[vendor]={}&query[client]=",
                    ground.vendors[1]
                );
                let (status, answer) = raw(&world, &browser, Method::POST, path, &form).await;
                assert!(!status.is_server_error(), "{path}: {status}");
                for secret in found(&answer, &secrets) {
                    wrong.push(format!("{path}: {secret}"));
                }
                functions += 1;
            }
        }
        for (path, access) in EXPORTS {
            for query in ["", "?month=2027-03", &format!("?vendor={}", ground.vendors[1])] {
                let (status, bytes) = raw(&world, &browser, Method::GET, &format!("{path}{query}"), "").await;
                let wanted = if may(*access, caller) {
                    StatusCode::OK
                } else {
                    StatusCode::FORBIDDEN
                };
                assert_eq!(status, wanted, "{path}{query}");
                for secret in found(&bytes, &secrets) {
                    wrong.push(format!("{path}{query}: {secret}"));
                }
                files += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        documents >= 12 && functions >= 24 && files >= 24,
        "{documents} {functions} {files}"
    );
    // Its own slip is in them: what was looked through is not empty.
    let browser = world.sign_in(&ground.people[0]).await;
    for path in ["/vendor/payments", "/vendor/payments.csv", "/vendor/payments.pdf"] {
        let (_, bytes) = raw(&world, &browser, Method::GET, path, "").await;
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("Logo design") && text.contains("18.00"), "{path}");
    }
    // The pages of another vendor's people are not told of what concerns this one.
    let own = engine::Change {
        client_id: ground.owners[0].client_id,
        vendor_id: Some(ground.vendors[0]),
    };
    let concerns = monthly_packs::server::events::concerns;
    assert!(concerns(&own, &ground.people[0]) && !concerns(&own, &ground.people[1]));
}

#[rstest]
#[tokio::test]
async fn s25_files_are_for_whom_their_pages_are(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = crate::world::two(&world).await;
    let people = crate::world::everybody(&world, &two).await;
    for (path, access) in EXPORTS {
        let nobody = world.get(&Browser::default(), path).await;
        assert_eq!(nobody.status, StatusCode::SEE_OTHER, "{path}");
        assert!(
            nobody.location().starts_with("/login?next="),
            "{path}: {}",
            nobody.location()
        );
        assert_eq!(nobody.body, "");
        for (name, caller) in &people {
            let browser = world.sign_in(caller).await;
            let answer = world.get(&browser, path).await;
            let wanted = if may(*access, caller) {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(answer.status, wanted, "{path} for {name}");
            if wanted == StatusCode::OK {
                assert!(answer.header("content-disposition").starts_with("attachment"), "{path}");
                assert_eq!(answer.header("cache-control"), "no-store", "{path}");
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            }
        }
    }
}

/// §25, §7: how a client pays is its owner's. A member's browser is sent no card, no payment page and no invoice, in no
/// document and by no function that it may call.
#[rstest]
#[tokio::test]
async fn s25_a_member_is_sent_no_card_and_no_payment_page(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world(backend).await else { return };
    let two = crate::world::two(&world).await;
    let (client, subscription) = (two.clients[0], two.subscriptions[0]);
    let member = world.bench.user("Mia", Role::ClientMember, Some(client), None).await;
    // The second pack waits for its first payment; the first one has an invoice.
    let service = world.bench.service("Mug design", Cents(1_000)).await;
    let (pack, version) = world.bench.pack(service, 10, Cents(9_000)).await;
    let waiting = world.bench.subscription(client, pack, version).await;
    let mut tx = world.bench.tx().await;
    for sql in [
        format!(
            "update clients set stripe_customer_id = 'cus_secret', card_payment_method_id = 'pm_secret', card_brand = 'visa',
             card_last4 = '9753', card_exp_month = 4, card_exp_year = 2031 where id = '{client}'"
        ),
        format!(
            "update subscriptions set status = 'incomplete', payment_url = 'https://pay.test/secret' where id = '{waiting}'"
        ),
        format!(
            "insert into invoices (id, client_id, subscription_id, number, status, amount_due, amount_paid, currency, hosted_url,
             pdf_url, created_at, synced_at) values ('in_secret', '{client}', '{subscription}', 'N-97531', 'open', 1, 0, 'usd',
             'https://invoice.test/secret', 'https://invoice.test/secret/pdf', 1, 1)"
        ),
    ] {
        store::on!(&mut tx, c => store::sqlx::query(store::sqlx::AssertSqlSafe(sql)).execute(c).await.map(|_| ()))
            .expect("written");
    }
    tx.commit().await.expect("a commit");
    let secrets: Vec<(String, Vec<u8>)> = ["9753", "pay.test/secret", "invoice.test/secret", "_secret", "N-97531"]
        .iter()
        .map(|text| ((*text).to_owned(), text.as_bytes().to_vec()))
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    let mut wrong = Vec::new();
    for (caller, is_member) in [(&two.owners[0], false), (&member, true)] {
        let browser = world.sign_in(caller).await;
        for (pattern, _) in DOCUMENTS.iter().filter(|(_, access)| may(*access, caller)) {
            let id = if pattern.starts_with("/payment/packs") {
                waiting.to_string()
            } else {
                pack.to_string()
            };
            let path = pattern.replace("{id}", &id);
            if path.contains("{token}") {
                continue;
            }
            let (_, page) = raw(&world, &browser, Method::GET, &path, "").await;
            match is_member {
                true => wrong.extend(
                    found(&page, &secrets)
                        .into_iter()
                        .map(|secret| format!("{path}: {secret}")),
                ),
                false => seen.extend(found(&page, &secrets)),
            }
        }
        if !is_member {
            continue;
        }
        for (path, _) in FUNCTIONS {
            let form = format!("id={waiting}&pack_id={pack}&subscription_id={waiting}");
            let (_, answer) = raw(&world, &browser, Method::POST, path, &form).await;
            wrong.extend(
                found(&answer, &secrets)
                    .into_iter()
                    .map(|secret| format!("{path}: {secret}")),
            );
        }
    }
    assert!(seen.len() >= 3, "the owner sees them, so they can be found: {seen:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
