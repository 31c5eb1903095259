//! The sandbox's own endpoints below `/_sandbox`: they need no key, speak JSON, and exist for tests and for the
//! product's Admin › Time.

use std::sync::PoisonError;

use axum::Json;
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Sandbox;
use crate::faults::{Fault, permille};
use crate::state::{Settings, n, s, shown};

fn refuse(message: impl Into<String>) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"error": {"type": "invalid_request_error", "message": message.into()}})),
    )
        .into_response()
}

/// Adds faults: one object or a list of them.
pub(crate) async fn set_faults(Shared(sandbox): Shared<Sandbox>, Json(body): Json<Value>) -> Response {
    let many = match body {
        Value::Array(list) => list,
        one => vec![one],
    };
    let parsed: Result<Vec<Fault>, String> = many.iter().map(Fault::from_json).collect();
    match parsed {
        Ok(mut new) => {
            sandbox
                .inner
                .faults
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .append(&mut new);
            get_faults(Shared(sandbox)).await
        }
        Err(e) => refuse(e),
    }
}

pub(crate) async fn get_faults(Shared(sandbox): Shared<Sandbox>) -> Response {
    let faults = sandbox.inner.faults.lock().unwrap_or_else(PoisonError::into_inner);
    Json(Value::Array(faults.iter().map(Fault::to_json).collect())).into_response()
}

pub(crate) async fn clear_faults(Shared(sandbox): Shared<Sandbox>) -> Response {
    sandbox
        .inner
        .faults
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clear();
    Json(json!([])).into_response()
}

/// `{duplicate, shuffle, drop, hold, release, replay_all, parallel}`: members that are absent stay as they are.
pub(crate) async fn set_webhooks(Shared(sandbox): Shared<Sandbox>, Json(body): Json<Value>) -> Response {
    {
        let mut k = sandbox.inner.knobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(d) = body["duplicate"].as_u64() {
            k.duplicate = u32::try_from(d.min(100)).unwrap_or(100);
        }
        match &body["shuffle"] {
            Value::Bool(on) => k.shuffle = on.then_some(1),
            Value::Number(seed) => k.shuffle = seed.as_u64(),
            _ => {}
        }
        if let Some(p) = permille(&body["drop"]) {
            k.drop_permille = p;
        }
        if let Some(h) = body["hold"].as_bool() {
            k.hold = h;
        }
        if body["release"] == true {
            k.hold = false;
        }
        if let Some(p) = body["parallel"].as_u64() {
            k.parallel = usize::try_from(p.clamp(1, 64)).unwrap_or(1);
        }
    }
    if body["replay_all"] == true {
        let now = sandbox.inner.clock.now_secs();
        let mut st = sandbox.inner.state.lock().await;
        let mut tx = sandbox.tx(&mut st, now);
        let endpoints: Vec<Value> = tx.all("webhook_endpoint", Some(("status", "enabled"))).collect();
        let events: Vec<Value> = tx.all("event", None).collect();
        for event in events.iter().rev() {
            for e in &endpoints {
                let listens = e["enabled_events"]
                    .as_array()
                    .is_some_and(|l| l.iter().any(|t| *t == "*" || *t == event["type"]));
                if listens {
                    tx.send(s(event, "id"), s(e, "id").to_owned());
                }
            }
        }
        sandbox.finish(tx, None).await;
    }
    sandbox.inner.wake.notify_one();
    get_webhooks(Shared(sandbox)).await
}

pub(crate) async fn get_webhooks(Shared(sandbox): Shared<Sandbox>) -> Response {
    Json(sandbox.knobs().to_json()).into_response()
}

/// `{retries: [seconds], after_retries, fail_finalization}`.
pub(crate) async fn set_settings(Shared(sandbox): Shared<Sandbox>, Json(body): Json<Value>) -> Response {
    if body
        .get("after_retries")
        .is_some_and(|a| *a != "past_due" && *a != "unpaid" && *a != "canceled")
    {
        return refuse("after_retries is one of past_due, unpaid, canceled");
    }
    let now = sandbox.inner.clock.now_secs();
    let mut st = sandbox.inner.state.lock().await;
    let mut tx = sandbox.tx(&mut st, now);
    let mut merged = tx.st.settings.to_json();
    crate::state::patch(&mut merged, body);
    tx.st.settings = Settings::from_json(&merged);
    tx.settings_changed = true;
    sandbox.finish(tx, None).await;
    Json(st.settings.to_json()).into_response()
}

pub(crate) async fn get_settings(Shared(sandbox): Shared<Sandbox>) -> Response {
    Json(sandbox.inner.state.lock().await.settings.to_json()).into_response()
}

/// `{to}` in seconds: moves a manual clock there, event by event, and delivers what each of them causes.
pub(crate) async fn advance(Shared(sandbox): Shared<Sandbox>, Json(body): Json<Value>) -> Response {
    let Some(hand) = sandbox.inner.clock.hand().cloned() else {
        return refuse("this sandbox runs on a clock that it cannot move");
    };
    let Some(to) = body["to"].as_i64() else {
        return refuse("to is missing: seconds since the epoch");
    };
    if to * 1_000_000 < hand.get() {
        return refuse("a clock only goes forward");
    }
    let mut done = 0;
    let mut delivered = sandbox.deliver_due().await;
    while let Some(next) = sandbox.next_due().filter(|d| *d <= to * 1_000_000) {
        hand.set(next.max(hand.get()));
        let now = sandbox.run_due().await;
        delivered += sandbox.deliver_due().await;
        if now == 0 && sandbox.next_due() == Some(next) {
            return refuse("something that is due cannot be done; see the log");
        }
        done += now;
    }
    hand.set(to * 1_000_000);
    delivered += sandbox.deliver_due().await;
    Json(json!({"now": to, "done": done, "delivered": delivered})).into_response()
}

/// Runs what is due now and delivers it.
pub(crate) async fn run_due(Shared(sandbox): Shared<Sandbox>) -> Response {
    let done = sandbox.run_due().await;
    let delivered = sandbox.deliver_due().await;
    Json(json!({"done": done, "delivered": delivered, "next_due": sandbox.next_due()})).into_response()
}

/// The charge journal and its sums: in all, for each invoice, and for each metadata entry of what was paid.
pub(crate) async fn ledger(Shared(sandbox): Shared<Sandbox>) -> Response {
    let st = sandbox.inner.state.lock().await;
    let mut all = json!({"charged": 0, "refunded": 0, "charges": 0});
    let mut invoices = Map::new();
    let mut metadata = Map::new();
    for line in &st.journal {
        let member = if line["kind"] == "charge" {
            "charged"
        } else {
            "refunded"
        };
        let add = |to: &mut Value| {
            if to.is_null() {
                *to = json!({"charged": 0, "refunded": 0, "charges": 0});
            }
            to[member] = json!(n(to, member) + n(line, "amount"));
            to["charges"] = json!(n(to, "charges") + i64::from(member == "charged"));
        };
        add(&mut all);
        if let Some(inv) = line["invoice"].as_str() {
            add(invoices.entry(inv).or_insert(Value::Null));
        }
        for (k, v) in line["metadata"].as_object().into_iter().flatten() {
            add(metadata
                .entry(format!("{k}={}", v.as_str().unwrap_or("")))
                .or_insert(Value::Null));
        }
    }
    Json(json!({"total": all, "invoices": invoices, "metadata": metadata, "entries": st.journal})).into_response()
}

/// The log of deliveries, newest first; `?state=pending` for a part of it.
pub(crate) async fn deliveries(
    Shared(sandbox): Shared<Sandbox>,
    Query(q): Query<std::collections::HashMap<String, String>>,
) -> Response {
    let st = sandbox.inner.state.lock().await;
    let list: Vec<Value> = st
        .deliveries
        .values()
        .rev()
        .filter(|d| q.get("state").is_none_or(|x| *x == d.state))
        .map(|d| {
            let mut v = d.to_json();
            v["type"] = st.read("event", &d.event).map_or(Value::Null, |e| e["type"].clone());
            v
        })
        .collect();
    Json(Value::Array(list)).into_response()
}

/// A hash over every object except events, the same for two runs that came to the same end.
pub(crate) async fn state_hash(Shared(sandbox): Shared<Sandbox>) -> Response {
    let st = sandbox.inner.state.lock().await;
    let mut hasher = Sha256::new();
    let mut objects = 0;
    for (kind, text) in st.dump() {
        if kind == "event" {
            continue;
        }
        objects += 1;
        let v: Value = serde_json::from_str(&text).unwrap_or_default();
        hasher.update(kind.as_bytes());
        hasher.update(shown(&v).to_string().as_bytes());
    }
    Json(json!({"hash": hex::encode(hasher.finalize()), "objects": objects})).into_response()
}

/// How many requests there have been, those of hosted pages included.
pub(crate) async fn calls(Shared(sandbox): Shared<Sandbox>) -> Response {
    let calls = sandbox.inner.requests.load(std::sync::atomic::Ordering::Relaxed);
    Json(json!({ "calls": calls })).into_response()
}

pub(crate) async fn health(Shared(sandbox): Shared<Sandbox>) -> Response {
    let st = sandbox.inner.state.lock().await;
    Json(
        json!({"now": sandbox.inner.clock.now_secs(), "next_due": st.next_due(), "events": st.count("event"),
        "pending_webhooks": st.pending.len(), "api_base": sandbox.inner.api_base}),
    )
    .into_response()
}
