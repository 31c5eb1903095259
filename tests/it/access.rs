//! §25: every document and every server function, for every role and for nobody; own and foreign ids.

use crate::world::{Answer, Browser, Two, everybody, two, world};
use domain::{
    PackLabel, Role,
    access::Rights,
    operate::home::{HomeDraft, HomeFacts, HomeOwed, HomePack, decisions, figures},
    payables::view::PayMonth,
};
use engine::Caller;
use http::StatusCode;
use leptos_axum::generate_route_list;
use monthly_packs::{
    app::App,
    server::routes::{Access, DOCUMENTS, FUNCTIONS},
};
use rstest::rstest;
use store::testing::Backend;

const NOBODY: &str = "00000000-0000-7000-8000-00000000dead";

/// Functions whose use case asks for more than a capability: a switch that only some roles have.
const NARROWER: &[&str] = &["/api/requests/show-pack"];

fn documents() -> Vec<String> {
    let mut all: Vec<String> = generate_route_list(App)
        .iter()
        .map(|listing| listing.path().to_owned())
        .collect();
    all.sort();
    all.dedup();
    all
}

fn expected(access: Access, caller: Option<&Caller>) -> StatusCode {
    match (access, caller) {
        _ if access.lets_in(caller.map(Caller::rights)) => StatusCode::OK,
        (_, None) => StatusCode::SEE_OTHER,
        (_, Some(_)) => StatusCode::FORBIDDEN,
    }
}

#[test]
fn every_route_of_the_app_stands_in_the_guards_table() {
    for path in documents() {
        assert!(
            DOCUMENTS.iter().any(|(pattern, _)| *pattern == path),
            "{path} has no line in server::routes::DOCUMENTS"
        );
    }
    for (pattern, _) in DOCUMENTS {
        assert!(
            documents().iter().any(|path| path == pattern),
            "{pattern} stands in the table but is no route"
        );
    }
}

/// The line of the guard's table for an address.
fn line_of(href: &str) -> Access {
    let path = href.split('?').next().unwrap_or_default();
    let of_path = |pattern: &str| {
        let (mut a, mut b) = (pattern.split('/'), path.split('/'));
        loop {
            match (a.next(), b.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if one == other || one == "{id}" => {}
                _ => return false,
            }
        }
    };
    let exact = DOCUMENTS.iter().find(|(pattern, _)| *pattern == path);
    let found = exact.or_else(|| DOCUMENTS.iter().find(|(pattern, _)| of_path(pattern)));
    found.unwrap_or_else(|| panic!("{href}: no such page")).1
}

#[test]
fn s20_what_the_home_says_leads_only_to_pages_that_open() {
    let pack = || HomePack {
        id: NOBODY.parse().expect("an id"),
        client_id: NOBODY.parse().expect("an id"),
        client: "Acme".into(),
        label: PackLabel {
            quantity: 20,
            service: "Logo design".into(),
        },
        price: "$400.00".into(),
        day: "Mar 24".into(),
        requests: 1,
        oldest: Some("10 days ago".into()),
    };
    let owed = || HomeOwed {
        lines: 1,
        vendors: 1,
        sum: "$12.00".into(),
    };
    let facts = HomeFacts {
        past_due: 2,
        past_due_packs: vec![pack()],
        unassigned: 2,
        unassigned_packs: vec![pack()],
        cannot_start: 1,
        overdue: 1,
        questions: [1, 1],
        accrued: owed(),
        approved: owed(),
        nearly_used: 1,
        drafts: 1,
        oldest_draft: Some(HomeDraft {
            client_id: NOBODY.parse().expect("an id"),
            client: "Acme".into(),
            since: "3 days ago".into(),
        }),
        dead_events: 1,
        unmatched_events: 1,
        alarms: 1,
        failed_mails: 1,
        month: Some(PayMonth {
            id: "2027-03".into(),
            ..PayMonth::default()
        }),
        ..HomeFacts::default()
    };
    for role in [Role::Admin, Role::Accountant, Role::Support] {
        let rights = Rights { role, lead: false };
        let facts = HomeFacts {
            month: facts.month.clone().filter(|_| role == Role::Accountant),
            ..facts.clone()
        };
        let rows = decisions(&facts, rights).into_iter().map(|row| row.href);
        let shown = figures(&facts, rights).into_iter().map(|figure| figure.href);
        for href in rows.chain(shown) {
            assert!(line_of(&href).lets_in(Some(rights)), "{role}: {href}");
        }
    }
}

#[test]
fn every_server_function_stands_in_the_guards_table() {
    let known: Vec<&str> = leptos::server_fn::axum::server_fn_paths()
        .map(|(path, _)| path)
        .collect();
    assert!(!known.is_empty(), "server functions register themselves");
    for path in &known {
        assert!(
            FUNCTIONS.iter().any(|(function, _)| function == path),
            "{path} has no line in server::routes::FUNCTIONS"
        );
    }
    for (function, _) in FUNCTIONS {
        assert!(
            known.contains(function),
            "{function} stands in the table but is no server function"
        );
    }
}

/// Each function asks again by itself, first of all: the table is not the only lock.
#[test]
fn every_server_function_begins_with_its_guard() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/api");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the folder of server functions") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("a source file");
        // Arguments carry the same attribute.
        let text = text.replace("#[server(default)]", "");
        for part in text.split("#[server(").skip(1) {
            let Some(endpoint) = part
                .split("endpoint = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
            else {
                continue;
            };
            let path = format!("/api/{endpoint}");
            let Some((_, access)) = FUNCTIONS.iter().find(|(function, _)| *function == path) else {
                continue;
            };
            let body = part.split_once("pub async fn").expect("a function").1;
            let body = body
                .split_once("->")
                .expect("a result")
                .1
                .split_once('{')
                .expect("a body")
                .1;
            // The first thing that it does; naming things does nothing.
            let first = body
                .split(';')
                .find(|statement| !statement.trim_start().starts_with("use "))
                .unwrap_or_default();
            let wanted = match access {
                Access::Public => Vec::new(),
                Access::May(one) | Access::SandboxOnly(one) => vec![*one],
                Access::Either(one, other) => vec![*one, *other],
            };
            for capability in wanted {
                let word = format!("Capability::{capability:?}");
                let guarded = ["guard(", "guard_session(", "guard_either("]
                    .iter()
                    .any(|guard| first.contains(guard));
                assert!(guarded && first.contains(&word), "{path} must begin with guard({word})");
            }
            seen += 1;
        }
    }
    assert!(
        seen >= FUNCTIONS.len(),
        "{seen} functions were looked at, {} stand in the table",
        FUNCTIONS.len()
    );
}

/// What a pattern's id is for the first client, for the second, and for nobody. `None`: the pattern has none of those.
fn ids(pattern: &str, two: &Two, people: &[(&'static str, Caller)]) -> Option<[String; 2]> {
    let of = |at: usize| match pattern {
        "/payment/packs/{id}" | "/subscriptions/{id}" => Some(two.subscriptions[at].to_string()),
        "/admin/clients/{id}" => Some(two.clients[at].to_string()),
        "/admin/people/{id}" => Some(people[at].1.user_id.to_string()),
        "/admin/packs/{id}" | "/services/packs/{id}" => Some(two.pack.to_string()),
        _ => None,
    };
    Some([of(0)?, of(1)?])
}

fn show(answer: &Answer) -> String {
    let start: String = answer.body.chars().take(300).collect();
    format!("{} {} {start}", answer.status, answer.location())
}

/// Nothing of a page in the answer to somebody who may not see it.
fn holds_nothing(answer: &Answer) {
    assert!(
        !answer.body.contains("Acme") && !answer.body.contains("Boreal"),
        "{}",
        show(answer)
    );
}

#[rstest]
#[tokio::test]
async fn documents_for_every_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let people = everybody(&world, &two).await;
    let mut browsers: Vec<(&str, Option<&Caller>, Browser)> = vec![("nobody", None, Browser::default())];
    for (name, caller) in &people {
        browsers.push((name, Some(caller), world.sign_in(caller).await));
    }
    let mut cells = 0;
    for (pattern, access) in DOCUMENTS {
        for (name, caller, browser) in &browsers {
            let expected = expected(*access, *caller);
            if !pattern.contains('{') {
                let answer = world.get(browser, pattern).await;
                assert_eq!(answer.status, expected, "{pattern} for {name}: {}", show(&answer));
                check_refusal(pattern, &answer);
                cells += 1;
                continue;
            }
            // An id of nobody: whoever may open the page finds nothing there.
            let unknown = pattern.replace("{id}", NOBODY).replace("{token}", NOBODY);
            let answer = world.get(browser, &unknown).await;
            let missing = match expected {
                StatusCode::OK if pattern.contains("{token}") => StatusCode::GONE,
                StatusCode::OK => StatusCode::NOT_FOUND,
                other => other,
            };
            assert_eq!(answer.status, missing, "{unknown} for {name}: {}", show(&answer));
            cells += 1;
            let Some([own, foreign]) = ids(pattern, &two, &people) else {
                continue;
            };
            let answer = world.get(browser, &pattern.replace("{id}", &own)).await;
            assert_eq!(
                answer.status,
                expected,
                "{pattern}, own id, for {name}: {}",
                show(&answer)
            );
            if expected != StatusCode::OK {
                holds_nothing(&answer);
            }
            cells += 1;
            let answer = world.get(browser, &pattern.replace("{id}", &foreign)).await;
            let scoped = caller.is_some_and(|caller| caller.client_id.is_some()) && own != foreign;
            let wanted = if scoped && expected == StatusCode::OK {
                StatusCode::NOT_FOUND
            } else {
                expected
            };
            assert_eq!(
                answer.status,
                wanted,
                "{pattern}, foreign id, for {name}: {}",
                show(&answer)
            );
            if wanted == StatusCode::NOT_FOUND {
                holds_nothing_of_another(&answer);
            }
            cells += 1;
        }
    }
    assert!(cells > DOCUMENTS.len() * 9, "{cells} cells");
}

fn holds_nothing_of_another(answer: &Answer) {
    assert!(!answer.body.contains("Boreal"), "{}", show(answer));
}

fn check_refusal(pattern: &str, answer: &Answer) {
    match answer.status {
        StatusCode::SEE_OTHER => {
            let wanted = format!(
                "/login?next={}",
                url::form_urlencoded::byte_serialize(pattern.as_bytes()).collect::<String>()
            );
            assert_eq!(answer.location(), wanted);
            assert_eq!(answer.body, "", "nothing of the page in a redirect");
        }
        StatusCode::FORBIDDEN => {
            holds_nothing(answer);
            assert!(answer.body.contains("Go home"), "a way on");
        }
        _ => {}
    }
}

#[rstest]
#[tokio::test]
async fn server_functions_for_every_role(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let people = everybody(&world, &two).await;
    let mut browsers: Vec<(&str, Option<&Caller>, Browser)> = vec![("nobody", None, Browser::default())];
    for (name, caller) in &people {
        browsers.push((name, Some(caller), world.sign_in(caller).await));
    }
    let mut surprises = Vec::new();
    for (path, access) in FUNCTIONS {
        for (name, caller, browser) in &browsers {
            let answer = world.post(browser, path, "").await;
            let (refused, code) = match caller {
                _ if access.lets_in(caller.map(Caller::rights)) => (None, ""),
                None => (Some(StatusCode::UNAUTHORIZED), "sign_in_required"),
                Some(_) => (Some(StatusCode::FORBIDDEN), "forbidden"),
            };
            match refused {
                Some(status) => {
                    assert_eq!(answer.status, status, "{path} for {name}: {}", show(&answer));
                    assert_eq!(answer.body, format!(r#"{{"code":"{code}"}}"#), "{path} for {name}");
                }
                None => {
                    let narrowed = answer.status == StatusCode::FORBIDDEN && NARROWER.contains(path);
                    let wrong = [
                        StatusCode::UNAUTHORIZED,
                        StatusCode::FORBIDDEN,
                        StatusCode::INTERNAL_SERVER_ERROR,
                    ];
                    if wrong.contains(&answer.status) && !narrowed {
                        surprises.push(format!("{path} for {name}: {}", show(&answer)));
                    }
                }
            }
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Ids of another client in the body of a server function: the same answer as for an id of nobody.
#[rstest]
#[tokio::test]
async fn foreign_ids_in_server_functions(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let other = two.owners[1].user_id.to_string();
    let client = two.clients[1].to_string();
    let subscription = two.subscriptions[1].to_string();
    for (path, form) in [
        ("/api/people/invite-again", format!("id={other}&idem_key=again")),
        ("/api/members/set-active", format!("id={other}")),
        (
            "/api/clients/members-may-order-extra",
            format!("client={client}&on=true"),
        ),
        ("/api/subscriptions/view", format!("id={subscription}")),
        ("/api/account/end-session", "id=0123456789abcdef".to_owned()),
    ] {
        let answer = world.post(&owner, path, &form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", show(&answer));
        assert_eq!(answer.body, r#"{"code":"not_found"}"#, "{path}");
    }
}
