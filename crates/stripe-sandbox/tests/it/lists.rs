//! What all endpoints share: keys, versions, parameters, cursors, expansion; and the catalogue.

use serde_json::json;

use crate::common::*;

#[tokio::test]
async fn only_test_keys_and_this_version() {
    let t = Stripe::start().await;
    let ask = |key: Option<&str>, version: Option<&str>| {
        let mut r = t.http.get(format!("{}/v1/customers", t.base));
        if let Some(k) = key {
            r = r.header("authorization", k);
        }
        if let Some(v) = version {
            r = r.header("stripe-version", v);
        }
        async { r.send().await.unwrap() }
    };
    assert_eq!(ask(None, None).await.status(), 401);
    let live = ask(Some("Bearer sk_live_abcdef123"), None).await;
    assert_eq!(live.status(), 401);
    assert!(
        !live.text().await.unwrap().contains("abcdef123"),
        "a live key is never repeated"
    );
    assert_eq!(ask(Some("Bearer sk_test_x"), None).await.status(), 200);
    assert_eq!(ask(Some("Basic c2tfdGVzdF94Og=="), None).await.status(), 200);
    assert_eq!(
        ask(Some("Bearer sk_test_x"), Some("2025-03-31.basil")).await.status(),
        400
    );
}

#[tokio::test]
async fn unknown_things_are_named() {
    let t = Stripe::start().await;
    let (status, body) = t.try_get("/v1/frogs").await;
    assert_eq!((status, &body["error"]["type"]), (404, &json!("invalid_request_error")));
    let (status, body) = t.try_get("/v1/customers/cus_none").await;
    assert_eq!(status, 404);
    assert_eq!(
        (&body["error"]["code"], &body["error"]["param"]),
        (&json!("resource_missing"), &json!("id"))
    );
    assert_eq!(body["error"]["message"], "No such customer: 'cus_none'");
    let e = t.fails("/v1/customers", &[("emial", "x")], 400).await;
    assert_eq!(
        (&e["code"], &e["param"]),
        (&json!("parameter_unknown"), &json!("emial"))
    );
    assert_eq!(t.fails("/v1/products", &[], 400).await["code"], "parameter_missing");
    let e = t
        .fails(
            "/v1/subscriptions",
            &[("customer", "cus_none"), ("items[0][price]", "price_x")],
            400,
        )
        .await;
    assert_eq!(
        (&e["code"], &e["param"]),
        (&json!("resource_missing"), &json!("customer"))
    );
    let e = t
        .fails(
            "/v1/invoices",
            &[("customer", &t.customer().await), ("auto_advance", "maybe")],
            400,
        )
        .await;
    assert_eq!(e["param"], "auto_advance");
}

#[tokio::test]
async fn cursors_walk_in_both_directions() {
    let t = Stripe::start().await;
    let mut made = Vec::new();
    for i in 0..25 {
        made.push(id(&t.post("/v1/customers", &[("name", &format!("c{i}"))]).await));
    }
    made.reverse();
    let ids = |page: &serde_json::Value| page["data"].as_array().unwrap().iter().map(id).collect::<Vec<_>>();
    let first = t.get("/v1/customers").await;
    assert_eq!(
        (ids(&first), &first["has_more"], &first["url"]),
        (made[..10].to_vec(), &json!(true), &json!("/v1/customers"))
    );
    let last = t
        .get(&format!("/v1/customers?limit=20&starting_after={}", made[9]))
        .await;
    assert_eq!((ids(&last), &last["has_more"]), (made[10..].to_vec(), &json!(false)));
    let back = t
        .get(&format!("/v1/customers?limit=5&ending_before={}", made[20]))
        .await;
    assert_eq!((ids(&back), &back["has_more"]), (made[15..20].to_vec(), &json!(true)));
    let begin = t.get(&format!("/v1/customers?limit=5&ending_before={}", made[5])).await;
    assert_eq!((ids(&begin), &begin["has_more"]), (made[..5].to_vec(), &json!(false)));
    assert_eq!(t.try_get("/v1/customers?limit=101").await.0, 400);
    assert_eq!(t.try_get("/v1/customers?starting_after=cus_none").await.0, 400);
    assert_eq!(
        t.try_get(&format!(
            "/v1/customers?starting_after={}&ending_before={}",
            made[1], made[3]
        ))
        .await
        .0,
        400
    );
}

#[tokio::test]
async fn lists_filter() {
    let t = Stripe::start().await;
    let start = at("2027-01-31T18:00:00Z");
    t.post("/v1/customers", &[("email", "a@b.test")]).await;
    t.hand.advance(10_000_000);
    t.post("/v1/customers", &[("email", "c@b.test")]).await;
    let count = async |q: &str| {
        t.get(&format!("/v1/customers?{q}")).await["data"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count("email=a@b.test").await, 1);
    assert_eq!(count(&format!("created[gt]={start}")).await, 1);
    assert_eq!(
        count(&format!("created[gte]={start}&created[lt]={}", start + 10)).await,
        1
    );
    assert_eq!(count(&format!("created={}", start + 10)).await, 1);
    let price = t.price("100").await;
    t.post(&format!("/v1/prices/{price}"), &[("active", "false")]).await;
    assert_eq!(t.get("/v1/prices?active=true").await["data"], json!([]));
    assert_eq!(
        t.get("/v1/events?types[]=price.updated&types[]=price.created").await["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        t.get("/v1/events?type=price.*").await["data"].as_array().unwrap().len(),
        2
    );
    assert_eq!(
        t.get("/v1/events?type=price.updated").await["data"][0]["data"]["previous_attributes"],
        json!({"active": true})
    );
}

#[tokio::test]
async fn expansion_reaches_through_lists_and_stops_at_four() {
    let t = Stripe::start().await;
    let (customer, _) = t.payer("pm_card_visa").await;
    t.subscribe(&customer, &t.price("45000").await).await;
    let subs = t
        .get("/v1/subscriptions?expand[]=data.customer&expand[]=data.latest_invoice.payments")
        .await;
    assert_eq!(subs["data"][0]["customer"]["email"], "ann@example.com");
    assert_eq!(
        subs["data"][0]["latest_invoice"]["payments"]["data"][0]["status"],
        "paid"
    );
    let subs = t.get("/v1/subscriptions?expand[]=data.items.data.price.product").await;
    assert_eq!(
        subs["data"][0]["items"]["data"][0]["price"]["product"]["name"],
        "20 × Logo design"
    );
    let c = t
        .get(&format!(
            "/v1/customers/{customer}?expand[]=subscriptions&expand[]=invoice_settings.default_payment_method"
        ))
        .await;
    assert_eq!(c["subscriptions"]["data"].as_array().unwrap().len(), 1);
    assert_eq!(c["invoice_settings"]["default_payment_method"]["card"]["last4"], "4242");
    let deep = format!("/v1/customers/{customer}?expand[]=a.b.c.d.e");
    assert_eq!(t.try_get(&deep).await.0, 400);
    assert_eq!(
        t.try_get(&format!("/v1/customers/{customer}?expand[]=frogs")).await.0,
        400
    );
}

#[tokio::test]
async fn customers_change_and_go() {
    let t = Stripe::start().await;
    let (customer, pm) = t.payer("pm_card_mastercard").await;
    let path = format!("/v1/customers/{customer}");
    let c = t
        .post(
            &path,
            &[
                ("metadata[client]", ""),
                ("metadata[x]", "1"),
                ("address[city]", "Austin"),
                ("name", ""),
            ],
        )
        .await;
    assert_eq!(
        (&c["metadata"], &c["address"]["city"], &c["name"]),
        (&json!({"x": "1"}), &json!("Austin"), &json!(null))
    );
    let events = t.events().await;
    let before = &events.last().unwrap()["data"]["previous_attributes"];
    assert_eq!(before["metadata"], json!({"client": "7", "x": null}));
    let off = t.post(&format!("/v1/payment_methods/{pm}/detach"), &[]).await;
    assert_eq!(off["customer"], json!(null));
    assert_eq!(
        t.get(&path).await["invoice_settings"]["default_payment_method"],
        json!(null)
    );
    t.fails(
        &format!("/v1/payment_methods/{pm}/attach"),
        &[("customer", &customer)],
        400,
    )
    .await;
    let (payer, _) = t.payer("pm_card_visa").await;
    let sub = t.subscribe(&payer, &t.price("100").await).await;
    assert_eq!(t.delete(&format!("/v1/customers/{payer}")).await["deleted"], true);
    assert_eq!(t.get(&format!("/v1/customers/{payer}")).await["deleted"], true);
    assert_eq!(
        t.get(&format!("/v1/subscriptions/{}", id(&sub))).await["status"],
        "canceled"
    );
    t.fails(&format!("/v1/customers/{payer}"), &[("name", "x")], 404).await;
    let other = t
        .fails(&path, &[("invoice_settings[default_payment_method]", &pm)], 400)
        .await;
    assert_eq!(other["code"], "resource_missing");
}

#[tokio::test]
async fn products_and_prices() {
    let t = Stripe::start().await;
    let form = [
        ("currency", "USD"),
        ("unit_amount", "45000"),
        ("recurring[interval]", "month"),
        ("product_data[name]", "Pack"),
        ("lookup_key", "pack_v1"),
        ("metadata[pack_version_id]", "3"),
    ];
    let price = t.post("/v1/prices", &form).await;
    assert_eq!(
        (&price["currency"], &price["type"], &price["unit_amount_decimal"]),
        (&json!("usd"), &json!("recurring"), &json!("45000"))
    );
    assert_eq!(
        t.get("/v1/prices?lookup_keys[]=pack_v1").await["data"][0]["id"],
        price["id"]
    );
    assert_eq!(t.fails("/v1/prices", &form, 400).await["param"], "lookup_key");
    let p = t
        .post(
            "/v1/products",
            &[
                ("id", "prod_mine"),
                ("name", "Mine"),
                ("active", "true"),
                ("description", "d"),
            ],
        )
        .await;
    assert_eq!(p["id"], "prod_mine");
    assert_eq!(
        t.fails("/v1/products", &[("id", "prod_mine"), ("name", "Mine")], 400)
            .await["code"],
        "resource_already_exists"
    );
    t.post("/v1/products/prod_mine", &[("active", "false")]).await;
    assert_eq!(t.delete("/v1/products/prod_mine").await["deleted"], true);
    t.event_types().await;
}

#[test]
fn the_version_is_that_of_the_schemas() {
    let schemas: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/stripe-schemas.2026-09-30.endive.json")).unwrap();
    assert_eq!(schemas["x-api-version"], stripe_sandbox::VERSION);
}

#[tokio::test]
async fn wh8_a_cursor_holds_its_place_although_the_filter_hides_it() {
    let t = Stripe::start().await;
    let one = t.price("100").await;
    let cursor = id(t.events().await.last().unwrap());
    assert_eq!(t.get(&format!("/v1/events/{cursor}")).await["type"], "price.created");
    t.post(&format!("/v1/prices/{one}"), &[("active", "false")]).await;
    t.post("/v1/products", &[("name", "x")]).await;
    let newer = t
        .get(&format!("/v1/events?types[]=product.created&ending_before={cursor}"))
        .await;
    assert_eq!(
        (newer["data"].as_array().unwrap().len(), &newer["has_more"]),
        (1, &json!(false))
    );
    assert_eq!(newer["data"][0]["data"]["object"]["name"], "x");
    let older = t
        .get(&format!("/v1/events?types[]=product.created&starting_after={cursor}"))
        .await;
    assert_eq!(older["data"].as_array().unwrap().len(), 1);
}
