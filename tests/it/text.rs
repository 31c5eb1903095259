//! No text is ever a failure of ours: every field of every server function takes what people type or refuses it at that field, and
//! both databases answer the same.

use crate::{
    foreign::{Ground, IDS, Id, arguments, ground},
    world::{Browser, World, two, world, world_without_paces},
};
use engine::Caller;
use http::StatusCode;
use monthly_packs::server::routes::{EXPORTS, FUNCTIONS};
use rstest::rstest;
use store::testing::Backend;

/// What is typed into every field.
fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("NUL", "a%00b".to_owned()),
        ("a bell", "%07".to_owned()),
        ("no UTF-8", "a%FF%FE".to_owned()),
        ("60,000 letters", "a".repeat(60_000)),
        ("60,000 signs", "%25".repeat(60_000)),
        ("four bytes", "%F0%9D%94%98%F0%9F%91%A9%E2%80%8D%F0%9F%8E%A8".to_owned()),
        ("right to left", "%E2%80%AE%D9%85%D8%AD%D9%85%D8%AF".to_owned()),
        ("nothing that is seen", "%E3%85%A4%E2%80%8B".to_owned()),
        ("markup", "%3C%2Ftitle%3E%3Cevil-x%3E%25_%5C%27%22".to_owned()),
        ("lines", "a%0D%0Ab%0Dc%E2%80%A8d".to_owned()),
    ]
}

/// What of these is refused before anything reads it.
const REFUSED: &[&str] = &["NUL", "a bell", "no UTF-8"];

/// What the lists are asked by.
const OF_QUERY: &[&str] = &[
    "q", "client", "after", "sort", "status", "service", "vendor", "coverage", "from", "to", "tab", "state", "month",
    "query", "inhouse", "pending", "ends", "role", "payment", "entity", "id", "actor",
];
/// What a request's form says.
const OF_FORM: &[&str] = &["service", "title", "quantity", "brief", "wished_on"];

/// The names under which an argument is sent.
fn names(argument: &str) -> Vec<String> {
    match argument {
        "query" => OF_QUERY.iter().map(|field| format!("query[{field}]")).collect(),
        "form" => OF_FORM.iter().map(|field| format!("form[{field}]")).collect(),
        "picks" | "ids" => vec![format!("{argument}[0]")],
        "price" | "rate" | "was" | "references" => vec![format!("{argument}[of-0]")],
        _ => vec![argument.to_owned()],
    }
}

/// The field that a refusal names.
fn field_of(name: &str) -> &str {
    let last = name.rsplit('[').next().unwrap_or(name).trim_end_matches(']');
    if last == "of-0" {
        name
    } else if last == "0" {
        &name[..name.len() - 3]
    } else {
        last
    }
}

/// The rest of a call that could be good, but for one field.
async fn good_form(ground: &Ground<'_>, path: &str, caller: &Caller) -> Vec<(String, String)> {
    let lines: Vec<_> = IDS.iter().filter(|(function, ..)| *function == path).collect();
    let of_row = lines
        .iter()
        .find(|(.., id, _)| !matches!(id, Id::Choice | Id::Other(_)));
    let Some((_, argument, id, rest)) = of_row.or(lines.first()) else {
        return Vec::new();
    };
    let mut form = ground.fill(rest).await;
    if of_row.is_some() {
        let own = ground.fresh(*id, 0, caller).await;
        form = format!("{}={own}&{form}", names(argument)[0]);
    }
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What everything answers that a database is asked for.
async fn answers(world: &World) -> Vec<(String, StatusCode, String)> {
    let ground = ground(world).await;
    let mut all = Vec::new();
    for &(name, ref caller) in &ground.people {
        let browser = world.sign_in(caller).await;
        for (path, argument) in arguments() {
            let (_, access) = FUNCTIONS.iter().find(|(known, _)| *known == path).expect("a function");
            if !access.lets_in(Some(caller.rights())) {
                continue;
            }
            let good = good_form(&ground, &path, caller).await;
            for field in names(&argument) {
                let rest: String = good
                    .iter()
                    .filter(|(name, _)| *name != field)
                    .map(|(name, value)| format!("&{name}={value}"))
                    .collect();
                for (what, text) in texts() {
                    // Wrong passwords are counted.
                    let refused = REFUSED.contains(&what);
                    if path == "/api/account/password" && !refused {
                        continue;
                    }
                    let answer = world.post(&browser, &path, &format!("{field}={text}{rest}")).await;
                    let told = if answer.status.as_u16() >= 400 {
                        answer.body
                    } else {
                        String::new()
                    };
                    if refused {
                        assert_eq!(
                            (answer.status, told.as_str()),
                            (
                                StatusCode::UNPROCESSABLE_ENTITY,
                                format!("{}: unreadable", field_of(&field)).as_str()
                            ),
                            "{path} {field} for {name}: {what}"
                        );
                    }
                    all.push((format!("{path} {field} for {name}: {what}"), answer.status, told));
                }
            }
        }
    }
    all
}

#[tokio::test]
async fn no_text_is_a_failure_of_ours() {
    let mut before: Option<Vec<(String, StatusCode, String)>> = None;
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = world_without_paces(backend).await else {
            continue;
        };
        let all = answers(&world).await;
        let failed: Vec<_> = all
            .iter()
            .filter(|(_, status, _)| status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS)
            .collect();
        assert!(failed.is_empty(), "{backend:?}, {}: {failed:#?}", failed.len());
        assert!(all.len() > 3_000, "{}", all.len());
        if let Some(before) = &before {
            let differ: Vec<_> = before.iter().zip(&all).filter(|(one, other)| one != other).collect();
            assert!(differ.is_empty(), "{differ:#?}");
            assert_eq!(before.len(), all.len());
        }
        before = Some(all);
    }
}

/// What stands in an address is as little trusted as what stands in a form.
#[rstest]
#[tokio::test]
async fn no_address_is_a_failure_of_ours(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let two = two(&world).await;
    let admin = world.sign_in(&world.bench.admin).await;
    let owner = world.sign_in(&two.owners[0]).await;
    let long = "%25".repeat(2_000);
    for (browser, path) in [
        (&admin, "/requests"),
        (&owner, "/requests"),
        (&admin, "/admin/people"),
        (&admin, "/admin/clients"),
        (&admin, "/admin/mail"),
        (&admin, "/admin/assignments"),
        (&admin, "/admin/reports/vendor-payments"),
    ] {
        for query in ["q=%00", "q=%07x", &format!("q={long}")] {
            let answer = world.get(browser, &format!("{path}?{query}")).await;
            let status = answer.status;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}?{query:.20}");
        }
        for query in ["after=%00~x", "after=%2500~x", "sort=%00", "after=1~%00", "%00=1"] {
            let answer = world.get(browser, &format!("{path}?{query}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}?{query}");
        }
    }
    for path in [
        "/admin/mail/%00",
        "/admin/mail/%2500",
        "/admin/webhooks/a%07",
        "/admin/audit?entity=%00",
        "/requests/%00",
        "/files/%00",
    ] {
        assert_eq!(world.get(&admin, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, _) in EXPORTS.iter().filter(|(path, _)| path.starts_with("/admin")) {
        for (query, status) in [
            ("q=%00", StatusCode::UNPROCESSABLE_ENTITY),
            ("after=%00", StatusCode::NOT_FOUND),
        ] {
            let answer = world.get(&admin, &format!("{path}?{query}")).await;
            assert_eq!(answer.status, status, "{path}?{query}");
        }
    }
    for form in ["/login", "/forgot", "/reset/%00", "/invite/x"] {
        for typed in [
            "email=a%00%40example.test&password=x&again=x",
            "email=%FF&password=%00&again=",
        ] {
            let answer = world.post(&Browser::default(), form, typed).await;
            assert!(answer.status.is_client_error(), "{form} {typed}: {}", answer.status);
        }
    }
}

/// The Rust files of some folders of the project.
fn sources_of(folders: &[&str]) -> Vec<std::path::PathBuf> {
    fn sources(folder: &std::path::Path, all: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, all);
            } else if path.extension().is_some_and(|end| end == "rs") {
                all.push(path);
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in folders {
        sources(&root.join(folder), &mut all);
    }
    all
}

/// Where text could become markup, and where its length is counted: one place of each kind, so that there is one to look at.
#[test]
fn there_is_one_place_of_each_kind() {
    const PLACES: &[(&str, &[&str])] = &[
        // Text areas are written by one component, which knows what a browser drops of them.
        ("<textarea", &["src/components/field.rs"]),
        // HTML as it is: what `server::markdown` made, and what is ours.
        (
            "inner_html=",
            &[
                "src/app.rs",
                "src/components/icon.rs",
                "src/pages/subscriptions/payment.rs",
                "src/pages/work/pins.rs",
            ],
        ),
        // What a text may be is said by `domain::text`.
        (
            "chars().count() >",
            &["crates/domain/src/kernel/email.rs", "crates/domain/src/kernel/text.rs"],
        ),
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let all = sources_of(&["src", "crates/domain/src", "crates/store/src", "crates/engine/src"]);
    assert!(all.len() > 150, "{}", all.len());
    for (needle, places) in PLACES {
        let mut found: Vec<String> = all
            .iter()
            .filter(|path| {
                let text = std::fs::read_to_string(path).expect("a source file");
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                code.lines()
                    .any(|line| !line.trim_start().starts_with("//") && line.contains(needle))
            })
            .map(|path| path.strip_prefix(root).expect("of ours").display().to_string())
            .collect();
        found.sort();
        assert_eq!(found, *places, "{needle}");
    }
}

/// A handler that is spread onto a component stays what it was when the view is drawn again (the framework rebuilds attributes
/// there, and drops the new handler with them). So handlers stand on elements only.
#[test]
fn no_handler_is_spread_onto_a_component() {
    for path in sources_of(&["src/pages", "src/components"]) {
        let text = std::fs::read_to_string(&path).expect("a source file");
        let mut rest = text.as_str();
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            if !rest.starts_with(|c: char| c.is_ascii_uppercase()) {
                continue;
            }
            // To the end of its opening tag, as the formatter writes it: closures and comparisons hold no "\n…>".
            let end = rest
                .find("/>")
                .into_iter()
                .chain(rest.find(">\n"))
                .min()
                .unwrap_or(rest.len());
            let tag = &rest[..end];
            let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
            // A component with attributes, not a type.
            let attributes = &tag[name.len()..];
            if !attributes.starts_with([' ', '\n']) || attributes.starts_with(" = ") {
                continue;
            }
            assert!(
                !attributes.contains(" on:"),
                "{}: <{name}> with a handler",
                path.display()
            );
        }
    }
}
