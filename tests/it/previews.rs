//! Previews by the program itself (RQ9): it starts itself once more for each file, and what is wrong with a file costs no more than
//! that file's preview.

use crate::{
    files::{Part, body},
    flood::peak_mib,
    hostile,
    kill::{Way, browser, program, sign_in, stand_in, start, template},
    tools::{free_port, ready, seen},
};
use engine::ports::{FileBytes, FilesError, NoPreview, Previews as _};
use futures::{StreamExt as _, stream};
use monthly_packs::server::previews::OwnProcess;
use store::{Db, DbOptions, sqlx};

/// Files that are sent, ten in each form.
const SENT: usize = 50;
/// What they may cost the server at the most, in MiB. It is built to be debugged; the limits are the same.
const MOST_MIB: u64 = 100;

fn own() -> OwnProcess {
    OwnProcess::by(env!("CARGO_BIN_EXE_monthly-packs").into())
}

fn bytes(whole: Vec<u8>) -> FileBytes<'static> {
    stream::once(async { Ok(whole.into()) }).boxed()
}

const SVG: &str = "image/svg+xml";
const CIRCLE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><circle cx="20" cy="10" r="9" fill="#c33"/></svg>"##;

#[tokio::test]
async fn rq9_the_program_draws_in_a_process_of_its_own() {
    let drawn = own().draw(SVG, bytes(CIRCLE.into())).await.expect("a preview");
    assert_eq!((drawn.width, drawn.height, drawn.see_through), (40, 20, true));
    for picture in [drawn.thumbnail, drawn.large] {
        assert_eq!(picture.media_type, "image/png");
        assert!(picture.bytes.starts_with(b"\x89PNG"));
    }
    assert_eq!(
        own().draw("image/png", bytes(CIRCLE.into())).await,
        Err(NoPreview::Damaged)
    );
    // Where the store breaks off nothing is said of the file.
    let broken = stream::once(async { Err(FilesError::Failed("gone".into())) }).boxed();
    assert!(matches!(own().draw(SVG, broken).await, Err(NoPreview::Failed(_))));
    let elsewhere = OwnProcess::by("/nowhere/at/all".into());
    assert!(matches!(
        elsewhere.draw(SVG, bytes(CIRCLE.into())).await,
        Err(NoPreview::Failed(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rq9_fifty_hostile_files_cost_their_previews_and_not_the_server() {
    let template = template(Way::Card).await;
    let folder = template.dir.path();
    let there = stand_in(folder.join("stripe.db")).await;
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let server = start(folder, &there.base, port);
    ready(folder, &base).await;
    let http = browser();
    let cookie = sign_in(&http, &base, &template).await;
    let before = peak_mib(server.child.id());
    let kinds = hostile::kinds();
    let names: Vec<String> = (0..SENT).map(|n| format!("{n}.{}", kinds[n % kinds.len()].0)).collect();
    for form in 0..SENT / 10 {
        let mut parts = vec![Part::Text("form_key", "hostile"), Part::Text("title", "Hostile")];
        let these = (form * 10..form * 10 + 10).map(|n| Part::File(&names[n], &kinds[n % kinds.len()].1));
        parts.extend(these);
        let sent = http
            .post(format!("{base}/requests/files"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .header("cookie", &cookie)
            .body(body(&parts))
            .send()
            .await
            .expect("an answer");
        assert!(sent.status().is_success(), "{}", sent.status());
    }
    let url = format!("sqlite://{}", folder.join("packs.db").display());
    let db = Db::open_existing(&url, DbOptions { connections: 1 })
        .await
        .expect("the database");
    let reasons: Vec<(String, i64)> = seen("not drawn", folder, async || {
        let mut tx = db.read().await.ok()?;
        let sql = "select coalesce(reason, state), count(*) from file_previews group by 1 order by 1";
        let rows = store::on!(&mut tx, c => sqlx::query_as::<_, (String, i64)>(sql).fetch_all(c).await).ok()?;
        rows.iter().all(|(state, _)| state != "waiting").then_some(rows)
    })
    .await;
    let all: i64 = reasons.iter().map(|(_, count)| count).sum();
    assert_eq!(all, i64::try_from(SENT).expect("few"), "{reasons:?}");
    assert!(reasons.iter().all(|(state, _)| state != "made"), "{reasons:?}");
    let most = peak_mib(server.child.id());
    eprintln!("{reasons:?}: {before} MiB before, {most} MiB at the most");
    assert!(most - before < MOST_MIB, "{before} MiB before, {most} MiB at the most");
    let page = http.get(format!("{base}/dashboard")).header("cookie", &cookie);
    assert!(page.send().await.expect("an answer").status().is_success());
    drop(server);
    let books = program(folder, &there.base, 0).args(["books", "check"]).output();
    assert!(books.expect("the check runs").status.success());
}
