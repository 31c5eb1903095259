//! Faults on the API side, set with `POST /_sandbox/faults`: what a network and a busy service do to a request.

use serde_json::{Value, json};

/// A number that follows from `seed` and `n` alone.
#[must_use]
pub fn dice(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The answer comes late.
    Latency,
    /// Nothing happens and no answer comes.
    TimeoutBefore,
    /// Everything happens and no answer comes.
    TimeoutAfter,
    /// The connection is cut before anything happens.
    Reset,
    /// The connection is cut after everything happened.
    ResetAfter,
    /// 500 before anything happens; the key remembers it.
    Error500Saved,
    /// 500 before anything happens; the key stays free.
    Error500Unsaved,
    /// 500 although everything happened; the key remembers it.
    Error500AfterCommit,
    /// Another status before anything happens.
    Status(u16),
    /// 200 with a body that is not JSON, after everything happened.
    Malformed,
    /// 200 with half a body, after everything happened.
    Truncated,
}

impl Kind {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "latency" => Self::Latency,
            "timeout_before" => Self::TimeoutBefore,
            "timeout_after" => Self::TimeoutAfter,
            "reset" => Self::Reset,
            "reset_after" => Self::ResetAfter,
            "500_saved" => Self::Error500Saved,
            "500_unsaved" => Self::Error500Unsaved,
            "500_after_commit" => Self::Error500AfterCommit,
            "401" => Self::Status(401),
            "403" => Self::Status(403),
            "409" => Self::Status(409),
            "424" => Self::Status(424),
            "429" => Self::Status(429),
            "malformed" => Self::Malformed,
            "truncated" => Self::Truncated,
            _ => return None,
        })
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    name: String,
    method: Option<String>,
    path: String,
    /// The first matching request that is hit, from 1.
    nth: u64,
    /// How many are hit; 0 is all.
    count: u64,
    permille: u64,
    seed: u64,
    /// For `latency`.
    pub latency_ms: u64,
    /// Sent as `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    seen: u64,
    hit: u64,
    /// The request that was hit last.
    last: Option<String>,
}

impl Fault {
    /// From the body of `POST /_sandbox/faults`: `{kind, path?, method?, nth?, count?, probability?, seed?,
    /// latency_ms?, should_retry?}`. `count` is 1 unless a probability is given.
    pub fn from_json(v: &Value) -> Result<Self, String> {
        let name = v["kind"].as_str().or_else(|| v["type"].as_str()).unwrap_or("");
        let kind = Kind::parse(name).ok_or_else(|| format!("unknown kind of fault: {name}"))?;
        let permille = permille(&v["probability"]).unwrap_or(1000);
        Ok(Self {
            kind,
            name: name.to_owned(),
            method: v["method"].as_str().map(str::to_uppercase),
            path: v["path"].as_str().unwrap_or("/v1/").to_owned(),
            nth: v["nth"].as_u64().unwrap_or(1).max(1),
            count: v["count"].as_u64().unwrap_or(u64::from(permille == 1000)),
            permille,
            seed: v["seed"].as_u64().unwrap_or(1),
            latency_ms: v["latency_ms"].as_u64().unwrap_or(1000),
            should_retry: v["should_retry"].as_bool(),
            seen: 0,
            hit: 0,
            last: None,
        })
    }

    /// For `GET /_sandbox/faults`.
    pub fn to_json(&self) -> Value {
        json!({"kind": self.name, "method": self.method, "path": self.path, "nth": self.nth, "count": self.count,
            "permille": self.permille, "seed": self.seed, "latency_ms": self.latency_ms, "seen": self.seen,
            "hit": self.hit, "last": self.last})
    }

    /// Counts a request; true when it is hit.
    pub fn strikes(&mut self, method: &str, path: &str) -> bool {
        if self.method.as_deref().is_some_and(|m| m != method) || !path.starts_with(&self.path) {
            return false;
        }
        self.seen += 1;
        let hit = self.seen >= self.nth
            && (self.count == 0 || self.hit < self.count)
            && dice(self.seed, self.seen) % 1000 < self.permille;
        if hit {
            self.hit += 1;
            self.last = Some(format!("{method} {path}"));
        }
        hit
    }
}

/// A probability between 0 and 1 in thousandths.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test knob, no money"
)]
pub fn permille(v: &Value) -> Option<u64> {
    v.as_f64().map(|p| (p.clamp(0.0, 1.0) * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nth_and_count_select_requests() {
        let mut f =
            Fault::from_json(&json!({"kind": "reset", "path": "/v1/inv", "method": "post", "nth": 2, "count": 2}))
                .unwrap();
        let hits: Vec<bool> = (0..5).map(|_| f.strikes("POST", "/v1/invoices")).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(!f.strikes("GET", "/v1/invoices"));
        assert!(Fault::from_json(&json!({"kind": "frogs"})).is_err());
    }
}
