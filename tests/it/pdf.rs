//! AH7: a vendor's slip as a PDF, read as a person's reader does: every name in the script in which it was typed.

use crate::world::world;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
};
use domain::{
    Cents, PaymentType, Role,
    work::{form::RequestForm, view::SubmitInput},
};
use http::{StatusCode, header};
use rstest::rstest;
use std::process::Command;
use store::testing::Backend;

/// What a reader finds in a PDF, line by line, without the signs for directions that it adds.
pub fn text_of(file: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, file).expect("written");
    let out = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
    let out = out.expect("pdftotext, of poppler-utils: scripts/setup test installs it");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).expect("UTF-8");
    text.replace(['\u{202a}', '\u{202b}', '\u{202c}'], "")
}

#[rstest]
#[tokio::test]
async fn ah7_a_slip_has_each_name_in_its_own_script(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = world(backend).await else { return };
    let bench = &world.bench;
    let engine = &bench.engine;
    let vendor = bench.vendor("東京デザイン").await;
    let manager = bench.user("Manager", Role::VendorManager, None, Some(vendor)).await;
    let mut tx = bench.tx().await;
    store::people::set_membership(&mut tx, manager.user_id, Some(&vendor.to_string()))
        .await
        .expect("a membership");
    tx.commit().await.expect("a commit");
    let (client, owner) = bench.client("Acme", PaymentType::Royalties).await;
    // A vendor is told of services, by their names.
    let services = [
        "ロゴ設計",
        "标志设计",
        "로고 디자인",
        "Projekt łódki – Çağrı",
        "Σχεδιασμός",
        "Дизайн",
        "עיצוב לוגו",
        "تصميم سلام",
        "ออกแบบโลโก้ที่นี่",
        "लोगो डिज़ाइन",
        "লোগো ডিজাইন",
        "Stickers 😀🚀",
    ];
    for (at, name) in services.into_iter().enumerate() {
        let service = bench.service(name, Cents(2_500)).await;
        bench.offer(vendor, service).await;
        let quote = engine.quote(&owner, service, 1).await.expect("a quote");
        let input = SubmitInput {
            form_key: format!("for-{client}-{at}"),
            form: RequestForm {
                service: service.to_string(),
                title: "A request".into(),
                quantity: "1".into(),
                brief: "A brief".into(),
                wished_on: String::new(),
            },
            terms: Some(quote.quote.terms()),
        };
        engine.submit(&owner, &input).await.expect("a request");
    }
    let mut tx = bench.tx().await;
    let sql = format!("update service_requests set vendor_id = '{vendor}'");
    store::on!(&mut tx, c => store::sqlx::query(store::sqlx::AssertSqlSafe(sql)).execute(c).await.map(|_| ()))
        .expect("the vendor");
    tx.commit().await.expect("a commit");
    bench.deliver("select id from service_requests").await;

    let browser = world.sign_in(&manager).await;
    let request = Request::builder()
        .uri("/vendor/payments.pdf")
        .header(header::HOST, "localhost:3000")
        .header(header::COOKIE, browser.cookie.as_deref().unwrap_or_default())
        .body(Body::empty())
        .expect("a request");
    let answer = world.call(request).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/pdf");
    let file = to_bytes(answer.into_body(), 16 * 1024 * 1024).await.expect("a body");
    let text = text_of(&file);
    assert!(text.contains("東京デザイン\n"), "the vendor: {text}");
    for name in services {
        let line = text.lines().find(|line| line.contains(name));
        assert!(line.is_some_and(|line| line.contains("$9.00")), "{name} in {text}");
    }
    assert!(!text.contains('\u{fffd}'), "{text}");
}
