//! Forms without JavaScript: what is refused comes back as it was typed, each field its own, and a form that had been sent is
//! said to have been.

use crate::world::{Browser, World, two, world};
use domain::Cents;
use http::StatusCode;
use store::{
    sqlx::{self, AssertSqlSafe},
    testing::Backend,
};

/// The tag of the field with a name.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page
        .find(&format!("name=\"{name}\""))
        .unwrap_or_else(|| panic!("no field {name}"));
    let begin = page[..at].rfind('<').expect("a tag");
    let end = at + page[at..].find('>').expect("its end");
    &page[begin..end]
}

fn value<'a>(page: &'a str, name: &str) -> &'a str {
    let tag = field(page, name);
    tag.split(" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
}

fn by_hand(signed: Browser, page: &str) -> Browser {
    Browser {
        headers: vec![
            ("accept", "text/html".into()),
            ("referer", format!("http://localhost:3000{page}")),
        ],
        ..signed
    }
}

/// Posts a form as a browser does by itself, and opens the page that it is led to.
async fn posted(world: &World, browser: &Browser, path: &str, form: &str) -> String {
    let answer = world.post(browser, path, form).await;
    assert!(
        answer.status.is_redirection(),
        "{path}: {} {}",
        answer.status,
        answer.body
    );
    let place = answer.location().trim_start_matches("http://localhost:3000").to_owned();
    let page = world.get(browser, &place).await;
    assert_eq!(page.status, StatusCode::OK, "{place}");
    page.body
}

async fn texts(world: &World, sql: String) -> Vec<String> {
    let mut tx = world.bench.tx().await;
    store::on!(&mut tx, c => sqlx::query_scalar::<_, String>(AssertSqlSafe(sql)).fetch_all(c).await).expect("rows")
}

#[tokio::test]
async fn a_refused_list_comes_back_as_it_was_typed() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let bench = &world.bench;
    let mut services = Vec::new();
    for name in ["Anvils", "Bells", "Candles"] {
        services.push(bench.service(name, Cents(900)).await.to_string());
    }
    let client = two.owners[0].client_id.expect("a client").to_string();
    let vendor = bench.vendor("Southwind").await.to_string();
    let signed = world.sign_in(&bench.admin).await;
    for (name, path, page, id, sql) in [
        (
            "price",
            "/api/clients/prices",
            format!("/admin/clients/{client}?tab=prices"),
            &client,
            format!(
                "select service_id || ' ' || unit_price_cents from client_service_prices where client_id = '{client}'"
            ),
        ),
        (
            "rate",
            "/api/vendors/services",
            format!("/admin/vendors/{vendor}?tab=prices"),
            &vendor,
            format!("select service_id || ' ' || rate_cents from vendor_services where vendor_id = '{vendor}'"),
        ),
    ] {
        let browser = by_hand(
            Browser {
                headers: Vec::new(),
                ..signed.clone()
            },
            &page,
        );
        let form = |typed: [&str; 3]| {
            let mut form = format!("id={id}");
            for (service, typed) in services.iter().zip(typed) {
                form.push_str(&format!("&{name}%5Bof-{service}%5D={typed}&was%5Bof-{service}%5D="));
            }
            form
        };
        let shown = posted(&world, &browser, path, &form(["5", "", "12%2C5"])).await;
        let typed: Vec<&str> = services
            .iter()
            .map(|id| value(&shown, &format!("{name}[of-{id}]")))
            .collect();
        assert_eq!(typed, ["5", "", "12,5"], "each its own");
        let named = format!("href=\"#f-{name}[of-{}]\"", services[2]);
        assert!(shown.contains(&named), "the row is named");
        posted(&world, &browser, path, &form(["5", "", ""])).await;
        assert_eq!(
            texts(&world, sql).await,
            [format!("{} 500", services[0])],
            "one, and no other"
        );
    }
}

#[tokio::test]
async fn a_refused_form_keeps_its_switch() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let bench = &world.bench;
    let service = bench.service("Anvils", Cents(900)).await;
    let vendor = bench.vendor("Southwind").await;
    let page = format!("/admin/vendors/{vendor}?tab=settings");
    let browser = by_hand(world.sign_in(&bench.admin).await, &page);
    let off = format!("id={vendor}&version=0&name=");
    let shown = posted(&world, &browser, "/api/vendors/save", &off).await;
    assert!(!field(&shown, "active").contains("checked"), "it was switched off");
    let on = format!("{off}&active=true");
    let shown = posted(&world, &browser, "/api/vendors/save", &on).await;
    assert!(field(&shown, "active").contains("checked"));
    let other = format!("id={vendor}&rate%5Bof-{service}%5D=lots&was%5Bof-{service}%5D=");
    let shown = posted(&world, &browser, "/api/vendors/services", &other).await;
    assert!(field(&shown, "active").contains("checked"), "another form was refused");
}

/// CO9: back, changed, sent again.
#[tokio::test]
async fn a_used_form_keeps_the_words_without_javascript() {
    let Some(world) = world(Backend::Sqlite).await else {
        return;
    };
    let two = two(&world).await;
    let bench = &world.bench;
    let service = bench.service("Anvils", Cents::ZERO).await;
    let owner = &two.owners[0];
    let browser = by_hand(world.sign_in(owner).await, "/requests/new");
    let form = |title: &str| format!("form_key=one&service={service}&title={title}&quantity=1&brief=x");
    posted(&world, &browser, "/api/requests/submit", &form("First")).await;
    for intent in ["", "&intent=draft"] {
        let other = format!("{}{intent}", form("Second"));
        let shown = posted(&world, &browser, "/api/requests/submit", &other).await;
        assert!(shown.contains("This form was already sent as #"), "{intent}");
        assert!(shown.contains("stay here as a new request"), "{intent}");
        assert_eq!(value(&shown, "title"), "Second", "{intent}");
        assert_ne!(value(&shown, "form_key"), "one", "{intent}");
    }
    let again = posted(&world, &browser, "/api/requests/submit", &form("First")).await;
    assert!(again.contains("First"), "the same press again leads to what it made");
    let client = owner.client_id.expect("a client");
    let sql = format!(
        "select status || ' ' || title from service_requests where client_id = '{client}' and title in ('First', 'Second') order by number"
    );
    assert_eq!(
        texts(&world, sql).await.len(),
        3,
        "one request, and a draft for each of the two others"
    );
}

/// Of two who edit the same thing the second is told: whoever saves sends what was read.
#[test]
fn every_editor_says_what_it_has_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    let mut editors = 0;
    for file in std::fs::read_dir(folder).expect("the folder of server functions") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a source file");
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        let code = code.join("\n").replace("#[server(default)] ", "");
        for function in code.split("#[server(").skip(1) {
            let endpoint = function
                .split("endpoint = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let edits = |path: &&str| {
                ["/save", "/prices", "/services", "/payment", "/own-price"]
                    .iter()
                    .any(|end| path.ends_with(end))
            };
            if let Some(path) = endpoint.filter(edits) {
                let arguments = function.split("->").next().unwrap_or_default();
                let seen = ["version: i64", "was: ByRow"]
                    .iter()
                    .any(|seen| arguments.contains(seen));
                assert!(seen, "{path} has neither a version nor what was read");
                editors += 1;
            }
        }
    }
    assert!(editors >= 9, "{editors}");
}
