//! A client that checks whatever the sandbox says, and shorthands for what most scenarios begin with.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use stripe_sandbox::{ClockHandle, ManualClock, Sandbox, WebhookTarget, spawn_for_test};

static SCHEMAS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schemas/stripe-schemas.2026-09-30.endive.json")).unwrap()
});
/// All schemas in one, each under its name: the compiler then meets what they share only once.
static COMPILED: LazyLock<Validator> = LazyLock::new(|| {
    let events = SCHEMAS["x-events"]
        .as_object()
        .unwrap()
        .values()
        .map(|d| d.as_str().unwrap().to_owned());
    let roots = SCHEMAS["x-roots"].as_object().unwrap().values();
    let roots = roots.map(|r| r["$ref"].as_str().unwrap().trim_start_matches("#/$defs/").to_owned());
    let more = ["LineItem", "DeletedInvoiceItem", "DeletedInvoice", "DeletedProduct"].map(str::to_owned);
    let names = events
        .chain(roots)
        .chain(more)
        .filter(|n| SCHEMAS["$defs"].get(n).is_some());
    let properties: Map<String, Value> = names
        .map(|n| (n.clone(), json!({"$ref": format!("#/$defs/{n}")})))
        .collect();
    let schema = json!({"properties": properties, "additionalProperties": false, "$defs": SCHEMAS["$defs"]});
    jsonschema::validator_for(&schema).unwrap()
});

fn judge(def: &str, v: &Value) {
    let named = json!({ def: v });
    let errors: Vec<String> = COMPILED
        .iter_errors(&named)
        .map(|e| format!("{}: {e:.300}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "not a {def}: {errors:#?}\n{v:#}");
}

fn whole_numbers(v: &Value, path: &str) {
    match v {
        Value::Number(n) => assert!(n.is_i64() || n.is_u64(), "a fraction at {path}: {n}"),
        Value::Array(l) => l.iter().for_each(|x| whole_numbers(x, path)),
        Value::Object(m) => m.iter().for_each(|(k, x)| {
            assert!(!k.starts_with('_'), "a member of the sandbox is shown: {path}.{k}");
            whole_numbers(x, &format!("{path}.{k}"));
        }),
        _ => {}
    }
}

/// Holds a body against the schema of what it says it is.
pub fn check_body(v: &Value) {
    whole_numbers(v, "");
    check_object(v);
}

fn check_object(v: &Value) {
    if v.get("error").is_some() {
        return judge("Error", v);
    }
    let object = v["object"]
        .as_str()
        .unwrap_or_else(|| panic!("a body without `object`: {v}"));
    match object {
        "list" => {
            assert!(v["has_more"].is_boolean() && v["url"].is_string(), "not a list: {v}");
            v["data"].as_array().unwrap().iter().for_each(check_object);
        }
        "event" => {
            judge("EventBase", v);
            let def = SCHEMAS["x-events"][v["type"].as_str().unwrap()]
                .as_str()
                .unwrap()
                .to_owned();
            judge(&def, &v["data"]["object"]);
        }
        "item" => judge("LineItem", v),
        _ if v["deleted"] == true => {
            let kind = match object {
                "webhook_endpoint" => return assert_eq!(v.as_object().unwrap().len(), 3),
                "invoiceitem" => "DeletedInvoiceItem",
                "customer" => "DeletedCustomer",
                "invoice" => "DeletedInvoice",
                "product" => "DeletedProduct",
                other => panic!("deleted {other}"),
            };
            if SCHEMAS["$defs"].get(kind).is_some() {
                judge(kind, v);
            }
        }
        other => {
            let root = other.replace('.', "_");
            let def = SCHEMAS["x-roots"][&root]["$ref"]
                .as_str()
                .unwrap_or_else(|| panic!("no schema for {other}"));
            judge(def.trim_start_matches("#/$defs/"), v);
        }
    }
}

pub struct Stripe {
    pub sandbox: Sandbox,
    pub base: String,
    pub hand: ManualClock,
    pub http: reqwest::Client,
}

pub type Form<'a> = &'a [(&'a str, &'a str)];

/// Seconds of an instant such as `2027-01-31T18:00:00Z`.
pub fn at(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

impl Stripe {
    pub async fn start() -> Self {
        Self::start_at("2027-01-31T18:00:00Z", None).await
    }

    pub async fn start_at(instant: &str, hook: Option<WebhookTarget>) -> Self {
        let (clock, hand) = ClockHandle::manual();
        hand.set(at(instant) * 1_000_000);
        let (sandbox, base) = spawn_for_test(clock, hook).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            sandbox,
            base,
            hand,
            http,
        }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method.parse().unwrap(), format!("{}{path}", self.base))
            .header("authorization", "Bearer sk_test_123")
            .header("stripe-version", "2026-09-30.endive")
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(
            answer.headers().contains_key("request-id"),
            "an answer without Request-Id"
        );
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        check_body(&body);
        assert_eq!(body.get("error").is_some(), status >= 400, "{status} {body}");
        (status, body)
    }

    pub async fn try_post(&self, path: &str, form: Form<'_>) -> (u16, Value) {
        self.send(self.request("POST", path).form(form)).await
    }

    pub async fn try_key(&self, path: &str, form: Form<'_>, key: &str) -> (u16, Value) {
        self.send(self.request("POST", path).form(form).header("idempotency-key", key))
            .await
    }

    pub async fn post(&self, path: &str, form: Form<'_>) -> Value {
        let (status, body) = self.try_post(path, form).await;
        assert_eq!(status, 200, "POST {path} {form:?}: {body:#}");
        body
    }

    pub async fn fails(&self, path: &str, form: Form<'_>, status: u16) -> Value {
        let (got, body) = self.try_post(path, form).await;
        assert_eq!(got, status, "POST {path} {form:?}: {body:#}");
        body["error"].clone()
    }

    pub async fn try_get(&self, path: &str) -> (u16, Value) {
        self.send(self.request("GET", path)).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.try_get(path).await;
        assert_eq!(status, 200, "GET {path}: {body:#}");
        body
    }

    pub async fn delete(&self, path: &str) -> Value {
        let (status, body) = self.send(self.request("DELETE", path)).await;
        assert_eq!(status, 200, "DELETE {path}: {body:#}");
        body
    }

    /// The sandbox's own endpoints: no key, JSON.
    pub async fn knob(&self, path: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(format!("{}/_sandbox/{path}", self.base))
            .body(body.to_string())
            .header("content-type", "application/json")
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub async fn look(&self, path: &str) -> Value {
        let text = self
            .http
            .get(format!("{}/_sandbox/{path}", self.base))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str(&text).unwrap()
    }

    pub async fn advance(&self, to: i64) {
        self.knob("advance", json!({"to": to})).await;
    }

    /// Every event since the beginning, oldest first; each is validated on the way.
    pub async fn events(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all
                .last()
                .map_or_else(String::new, |e| format!("&starting_after={}", id(e)));
            let page = self.get(&format!("/v1/events?limit=100{after}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == false {
                all.reverse();
                return all;
            }
        }
    }

    pub async fn event_types(&self) -> Vec<String> {
        self.events()
            .await
            .iter()
            .map(|e| e["type"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn customer(&self) -> String {
        id(&self
            .post(
                "/v1/customers",
                &[("email", "ann@example.com"), ("name", "Ann"), ("metadata[client]", "7")],
            )
            .await)
    }

    /// A customer with a default card.
    pub async fn payer(&self, card: &str) -> (String, String) {
        let customer = self.customer().await;
        let pm = self
            .post(
                &format!("/v1/payment_methods/{card}/attach"),
                &[("customer", &customer)],
            )
            .await;
        let pm = id(&pm);
        self.post(
            &format!("/v1/customers/{customer}"),
            &[("invoice_settings[default_payment_method]", &pm)],
        )
        .await;
        (customer, pm)
    }

    pub async fn price(&self, cents: &str) -> String {
        let product = self.post("/v1/products", &[("name", "20 × Logo design")]).await;
        let form = [
            ("product", &*id(&product)),
            ("currency", "usd"),
            ("unit_amount", cents),
            ("recurring[interval]", "month"),
        ];
        id(&self.post("/v1/prices", &form).await)
    }

    pub async fn subscribe(&self, customer: &str, price: &str) -> Value {
        self.post(
            "/v1/subscriptions",
            &[
                ("customer", customer),
                ("items[0][price]", price),
                ("metadata[pack_subscription_id]", "ps_1"),
                ("payment_settings[payment_method_types][0]", "card"),
            ],
        )
        .await
    }

    /// A form of a hosted page.
    pub async fn fill(&self, url: &str, form: Form<'_>) -> (u16, String, String) {
        let answer = self.http.post(url).form(form).send().await.unwrap();
        let status = answer.status().as_u16();
        let to = answer
            .headers()
            .get("location")
            .map_or("", |l| l.to_str().unwrap())
            .to_owned();
        (status, to, answer.text().await.unwrap())
    }

    pub async fn page(&self, url: &str) -> (u16, String) {
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

pub fn id(v: &Value) -> String {
    v["id"].as_str().unwrap_or_else(|| panic!("no id: {v}")).to_owned()
}

pub fn period(sub: &Value) -> (i64, i64) {
    let item = &sub["items"]["data"][0];
    (
        item["current_period_start"].as_i64().unwrap(),
        item["current_period_end"].as_i64().unwrap(),
    )
}

#[test]
#[should_panic(expected = "not a Customer")]
fn the_judge_says_no_to_a_body_without_a_required_member() {
    check_body(&json!({"id": "cus_1", "object": "customer", "livemode": false}));
}

#[test]
#[should_panic(expected = "not a Invoice")]
fn the_judge_looks_into_events() {
    let event = json!({"id": "evt_1", "object": "event", "api_version": null, "created": 1, "livemode": false,
        "pending_webhooks": 0, "request": null, "type": "invoice.paid", "data": {"object": {"id": "in_1", "object": "invoice"}}});
    check_body(&event);
}
