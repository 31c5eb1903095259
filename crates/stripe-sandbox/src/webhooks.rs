//! Events and their delivery: rendered after the change, matched to endpoints in the same unit of work, signed with
//! the wall clock for every attempt, retried for three days of the sandbox's clock. The knobs of
//! `/_sandbox/webhooks` make delivery as bad as it can be in real life.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::state::{Tx, VERSION, n, s, shown, template};
use crate::{Sandbox, time};

/// Seconds until the next attempt, counted from the attempt before; after the last the delivery is given up. In
/// sum three days.
const RETRIES: &[i64] = &[
    60, 300, 1800, 7200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200, 23_040,
];

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its number; also the order in which deliveries were made.
    pub seq: u64,
    /// `evt_…`
    pub event: String,
    /// `we_…`
    pub endpoint: String,
    /// Attempts so far.
    pub attempts: u32,
    /// The next attempt, in microseconds of the sandbox's clock.
    pub due: i64,
    /// `pending`, `delivered`, `failed` or `dropped`.
    pub state: String,
    /// What the endpoint answered last.
    pub status: Option<u16>,
    /// Why the last attempt got no answer.
    pub error: Option<String>,
}

impl Delivery {
    pub(crate) fn to_json(&self) -> Value {
        json!({"seq": self.seq, "event": self.event, "endpoint": self.endpoint, "attempts": self.attempts,
            "due": self.due, "state": self.state, "status": self.status, "error": self.error})
    }

    pub(crate) fn from_json(v: &Value) -> Self {
        Self {
            seq: v["seq"].as_u64().unwrap_or(0),
            event: s(v, "event").to_owned(),
            endpoint: s(v, "endpoint").to_owned(),
            attempts: v["attempts"].as_u64().and_then(|a| u32::try_from(a).ok()).unwrap_or(0),
            due: n(v, "due"),
            state: s(v, "state").to_owned(),
            status: v["status"].as_u64().and_then(|a| u16::try_from(a).ok()),
            error: v["error"].as_str().map(str::to_owned),
        }
    }
}

/// How badly webhooks are delivered.
#[derive(Clone, Debug)]
pub struct Knobs {
    /// Every event is sent this many times more.
    pub duplicate: u32,
    /// Deliveries that are due together go out in an order that follows from this seed.
    pub shuffle: Option<u64>,
    /// Out of 1000 deliveries, this many never happen.
    pub drop_permille: u64,
    /// Nothing is sent until it is released.
    pub hold: bool,
    /// How many are on their way at once.
    pub parallel: usize,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            duplicate: 0,
            shuffle: None,
            drop_permille: 0,
            hold: false,
            parallel: 1,
        }
    }
}

impl Knobs {
    pub(crate) fn to_json(&self) -> Value {
        json!({"duplicate": self.duplicate, "shuffle": self.shuffle, "drop_permille": self.drop_permille,
            "hold": self.hold, "parallel": self.parallel})
    }
}

/// What changed, as `previous_attributes` shows it: hashes member by member, lists as a whole.
fn previous(before: &Value, after: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    let (Some(b), Some(a)) = (before.as_object(), after.as_object()) else {
        return out;
    };
    for (k, new) in a {
        let old = b.get(k).unwrap_or(&Value::Null);
        if old == new {
            continue;
        }
        let nested = old.is_object() && new.is_object() && k != "metadata" && old["object"].is_null();
        let was = if nested {
            Value::Object(previous(old, new))
        } else if k == "metadata" && old.is_object() && new.is_object() {
            // Of metadata only the keys that changed; a new key was null before.
            let mut m = previous(old, new);
            if let (Some(o), Some(nm)) = (old.as_object(), new.as_object()) {
                m.extend(
                    o.iter()
                        .filter(|(k, _)| !nm.contains_key(*k))
                        .map(|(k, v)| (k.clone(), v.clone())),
                );
            }
            Value::Object(m)
        } else if old["object"] == "list" {
            json!({"data": old["data"]})
        } else {
            old.clone()
        };
        out.insert(k.clone(), was);
    }
    out
}

impl Tx<'_> {
    /// Tells that `object` has come to this state.
    pub fn emit(&mut self, kind: &str, object: &Value) {
        self.event(kind, object, None);
    }

    /// Tells that `object` changed; says nothing when it did not.
    pub fn emit_updated(&mut self, kind: &str, before: &Value, after: &Value) {
        let was = previous(&shown(before), &shown(after));
        if !was.is_empty() {
            self.event(kind, after, Some(Value::Object(was)));
        }
    }

    fn event(&mut self, kind: &str, object: &Value, was: Option<Value>) {
        let id = self.id("evt_1", 23);
        let mut ev = template("event");
        let mut data = json!({"object": shown(object)});
        if let Some(was) = was {
            data["previous_attributes"] = was;
        }
        let endpoints: Vec<String> = self
            .all("webhook_endpoint", Some(("status", "enabled")))
            .filter(|e| {
                e["enabled_events"]
                    .as_array()
                    .is_some_and(|l| l.iter().any(|t| *t == "*" || *t == kind))
            })
            .map(|e| s(&e, "id").to_owned())
            .collect();
        crate::state::patch(
            &mut ev,
            json!({
                "id": id, "type": kind, "created": self.now, "api_version": VERSION, "data": data,
                "pending_webhooks": endpoints.len(),
                "request": {"id": self.origin.request, "idempotency_key": self.origin.key},
            }),
        );
        self.put("event", &ev);
        for endpoint in endpoints.into_iter().rev() {
            self.send(&id, endpoint);
        }
    }

    /// Puts an event on its way to an endpoint.
    pub fn send(&mut self, event: &str, endpoint: String) {
        self.st.seq += 1;
        let d = Delivery {
            seq: self.st.seq,
            event: event.to_owned(),
            endpoint,
            attempts: 0,
            due: self.now * 1_000_000,
            state: "pending".into(),
            status: None,
            error: None,
        };
        self.st.pending.insert((d.due, d.seq));
        self.deliveries_from.push(d.seq);
        self.st.deliveries.insert(d.seq, d);
    }

    /// Whether an event of this type about this object still waits for an answer.
    pub fn undelivered(&self, kind: &str, object: &str) -> bool {
        self.st
            .pending
            .iter()
            .filter_map(|(_, q)| self.st.deliveries.get(q))
            .any(|d| {
                self.find("event", &d.event)
                    .is_some_and(|e| s(&e, "type") == kind && s(&e["data"]["object"], "id") == object)
            })
    }
}

/// The `Stripe-Signature` header of `body`, with one `v1` for each of the comma-separated secrets.
#[must_use]
pub fn signature(body: &[u8], secrets: &str, t: i64) -> String {
    let mut header = format!("t={t}");
    for secret in secrets.split(',').map(str::trim).filter(|x| !x.is_empty()) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(t.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        header.push_str(",v1=");
        header.push_str(&hex::encode(mac.finalize().into_bytes()));
    }
    header
}

struct Parcel {
    delivery: Delivery,
    url: String,
    secrets: String,
    body: Arc<str>,
    copies: u32,
}

impl Sandbox {
    /// Delivers every webhook that is due at the clock's now and waits for the answers, also for those that the
    /// answers cause. Returns how many attempts were made.
    pub async fn deliver_due(&self) -> usize {
        let _one_at_a_time = self.inner.delivering.lock().await;
        let mut attempts = 0;
        loop {
            let (parcels, parallel) = self.parcels().await;
            if parcels.is_empty() {
                return attempts;
            }
            attempts += parcels.len();
            let mut answers =
                futures::stream::iter(parcels.into_iter().map(|p| self.attempt(p))).buffer_unordered(parallel.max(1));
            while let Some((delivery, result)) = answers.next().await {
                self.record(delivery, result).await;
            }
        }
    }

    async fn parcels(&self) -> (Vec<Parcel>, usize) {
        let knobs = self.knobs();
        let mut parcels = Vec::new();
        if knobs.hold {
            return (parcels, 1);
        }
        let now = self.inner.clock.now_micros();
        let mut st = self.inner.state.lock().await;
        let due: Vec<u64> = st.pending.range(..=(now, u64::MAX)).map(|p| p.1).collect();
        let mut lost = Vec::new();
        for seq in due {
            let Some(d) = st.deliveries.get(&seq).cloned() else {
                continue;
            };
            let dice = crate::faults::dice(st.seed, seq);
            let event = st.read("event", &d.event);
            let endpoint = st.read("webhook_endpoint", &d.endpoint);
            let endpoint = endpoint.filter(|e| s(e, "status") == "enabled");
            let (Some(event), Some(endpoint)) = (event, endpoint) else {
                lost.push((d, "failed"));
                continue;
            };
            if d.attempts == 0 && dice % 1000 < knobs.drop_permille {
                lost.push((d, "dropped"));
                continue;
            }
            let body = serde_json::to_string_pretty(&shown(&event)).unwrap_or_default();
            parcels.push(Parcel {
                url: s(&endpoint, "url").to_owned(),
                secrets: s(&endpoint, "_secret").to_owned(),
                delivery: d,
                body: body.into(),
                copies: 1 + knobs.duplicate,
            });
        }
        for (mut d, state) in lost {
            d.state = state.into();
            st.pending.remove(&(d.due, d.seq));
            self.inner.db.delivery(&d).await;
            st.deliveries.insert(d.seq, d);
        }
        if let Some(seed) = knobs.shuffle {
            parcels.sort_by_key(|p| crate::faults::dice(seed, p.delivery.seq));
        }
        (parcels, knobs.parallel)
    }

    async fn attempt(&self, p: Parcel) -> (Delivery, Result<u16, String>) {
        let mut result = Err("not sent".to_owned());
        for _ in 0..p.copies {
            let sent = self
                .inner
                .http
                .post(&p.url)
                .timeout(Duration::from_secs(20))
                .header("content-type", "application/json; charset=utf-8")
                .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
                .header(
                    "stripe-signature",
                    signature(p.body.as_bytes(), &p.secrets, time::wall_secs()),
                )
                .body(p.body.to_string())
                .send()
                .await;
            result = match sent {
                Ok(answer) => {
                    let status = answer.status().as_u16();
                    // The whole answer is read, so that the endpoint is not cut off in the middle.
                    let _ = answer.bytes().await;
                    Ok(status)
                }
                Err(e) => Err(e.to_string()),
            };
        }
        (p.delivery, result)
    }

    async fn record(&self, mut d: Delivery, result: Result<u16, String>) {
        let now = self.inner.clock.now_micros();
        let mut st = self.inner.state.lock().await;
        st.pending.remove(&(d.due, d.seq));
        d.attempts += 1;
        (d.status, d.error) = match result {
            Ok(code) => (Some(code), None),
            Err(e) => (None, Some(e)),
        };
        let ok = d.status.is_some_and(|c| (200..300).contains(&c));
        if ok {
            d.state = "delivered".into();
        } else {
            match RETRIES.get(usize::try_from(d.attempts - 1).unwrap_or(usize::MAX)) {
                Some(wait) => {
                    d.due = now + wait * 1_000_000;
                    st.pending.insert((d.due, d.seq));
                }
                None => d.state = "failed".into(),
            }
            tracing::debug!(event = %d.event, status = ?d.status, error = ?d.error, "a webhook was not accepted");
        }
        let (event, seq) = (d.event.clone(), d.seq);
        self.inner.db.delivery(&d).await;
        st.deliveries.insert(seq, d);
        if ok {
            let mut tx = self.tx(&mut st, now.div_euclid(1_000_000));
            if let Some(mut ev) = tx.find("event", &event) {
                let left = (n(&ev, "pending_webhooks") - 1).max(0);
                ev["pending_webhooks"] = json!(left);
                tx.put("event", &ev);
                if left == 0
                    && s(&ev, "type") == "invoice.created"
                    && let Some(mut inv) = tx.find("invoice", s(&ev["data"]["object"], "id"))
                {
                    inv["webhooks_delivered_at"] = json!(tx.now);
                    tx.put("invoice", &inv);
                }
            }
            self.finish(tx, None).await;
        }
        // The log of finished deliveries is kept short.
        while st.deliveries.len() > 5_000 {
            let Some(old) = st
                .deliveries
                .iter()
                .find(|(_, d)| d.state != "pending")
                .map(|(q, _)| *q)
            else {
                break;
            };
            st.deliveries.remove(&old);
            self.inner.db.forget_delivery(old).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previous_attributes_hold_only_what_changed() {
        let before = json!({"a": 1, "b": {"x": 1, "y": 2}, "l": [1], "metadata": {"k": "v", "gone": "1"}});
        let after = json!({"a": 1, "b": {"x": 1, "y": 3}, "l": [2], "metadata": {"k": "w", "new": "n"}});
        assert_eq!(
            Value::Object(previous(&before, &after)),
            json!({"b": {"y": 2}, "l": [1], "metadata": {"k": "v", "new": null, "gone": "1"}})
        );
    }

    #[test]
    fn one_signature_for_each_secret() {
        let h = signature(b"{}", "whsec_a, whsec_b", 1_700_000_000);
        assert!(h.starts_with("t=1700000000,v1="));
        assert_eq!(h.matches(",v1=").count(), 2);
    }
}
