//! The hosted pages where the scenarios do not reach: safety, PDF, receipts, strangers.

use crate::common::*;

#[tokio::test]
async fn pages_are_plain_and_escape_what_they_show() {
    let t = Stripe::start().await;
    let customer = id(&t
        .post(
            "/v1/customers",
            &[("email", "<b>@x.test"), ("name", "\"><script>alert(1)</script>")],
        )
        .await);
    let inv = t.post("/v1/invoices", &[("customer", &customer)]).await;
    let item = [
        ("customer", &*customer),
        ("invoice", &*id(&inv)),
        ("amount", "4500"),
        ("description", "<img src=x>"),
    ];
    t.post("/v1/invoiceitems", &item).await;
    let inv = t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await;
    let (status, html) = t.page(inv["hosted_invoice_url"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    assert!(
        !html.contains("<script") && !html.contains("<img") && !html.contains("style="),
        "{html}"
    );
    assert!(html.contains("<html lang=\"en\">") && html.contains("<main>") && html.contains("&lt;img"));
    let css = t.page(&format!("{}/pages/checkout.css", t.base)).await;
    assert!(css.0 == 200 && css.1.contains("prefers-color-scheme: dark"));
    // A new card on the page of the invoice.
    let url = inv["hosted_invoice_url"].as_str().unwrap();
    let (status, _, html) = t
        .fill(
            url,
            &[("number", "4000000000000002"), ("expiry", "12/34"), ("cvc", "123")],
        )
        .await;
    assert_eq!(status, 200);
    assert!(html.contains("Your card was declined."));
    let (status, _, html) = t
        .fill(url, &[("number", "4242424242424242"), ("expiry", "12"), ("cvc", "123")])
        .await;
    assert_eq!(status, 200);
    assert!(html.contains("expiry-error"));
    let (status, _, _) = t
        .fill(
            url,
            &[("number", "4242424242424242"), ("expiry", "12/34"), ("cvc", "123")],
        )
        .await;
    assert_eq!(status, 303);
    assert_eq!(t.get(&format!("/v1/invoices/{}", id(&inv))).await["status"], "paid");
    let pdf = t.http.get(inv["invoice_pdf"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-1.4"));
    let charge = t.get("/v1/charges").await["data"][0].clone();
    let (status, html) = t.page(charge["receipt_url"].as_str().unwrap()).await;
    assert!(status == 200 && html.contains("$45.00") && html.contains("Visa ending in 4242"));
}

#[tokio::test]
async fn strangers_find_nothing() {
    let t = Stripe::start().await;
    for path in [
        "checkout/cs_test_x",
        "invoice/in_x",
        "receipt/ch_x",
        "3ds/pi_x",
        "3ds/frog",
        "invoice/in_x/pdf",
    ] {
        assert_eq!(t.page(&format!("{}/pages/{path}", t.base)).await.0, 404, "{path}");
    }
    assert_eq!(
        t.fill(&format!("{}/pages/3ds/pi_x", t.base), &[("answer", "complete")])
            .await
            .0,
        404
    );
    assert_eq!(t.fill(&format!("{}/pages/checkout/cs_x", t.base), &[]).await.0, 404);
}

#[tokio::test]
async fn another_customers_card_cannot_pay() {
    let t = Stripe::start().await;
    let (_, foreign) = t.payer("pm_card_visa").await;
    let (own, _) = t.payer("pm_card_visa").await;
    let inv = t.post("/v1/invoices", &[("customer", &own)]).await;
    t.post(
        "/v1/invoiceitems",
        &[("customer", &own), ("invoice", &id(&inv)), ("amount", "900")],
    )
    .await;
    let inv = t.post(&format!("/v1/invoices/{}/finalize", id(&inv)), &[]).await;
    t.fill(inv["hosted_invoice_url"].as_str().unwrap(), &[("card", &foreign)])
        .await;
    t.fails(
        &format!("/v1/invoices/{}/pay", id(&inv)),
        &[("payment_method", &foreign)],
        400,
    )
    .await;
    assert_eq!(t.look("ledger").await["total"]["charges"], 0);
}
