//! Webhooks: whose they are, and what they are about.
//!
//! Both work on the raw bytes and need no typed parse, so that an event of a shape that nobody here knows is stored
//! all the same (WH6). What must not be here: the database, the clock (it is handed in), effects of events.

use crate::read;
use domain::Instant;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// WH1: how far the signature's time may be from now, in seconds, either way.
pub const TOLERANCE_SECS: i64 = 300;
/// Longer headers are not looked at: Stripe's is a few hundred bytes, two secrets included.
const HEADER_LIMIT: usize = 4_096;

/// WH1: why a webhook is not believed. All of them answer 400 and store nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No time, or no signature of the version that we know.
    #[error("the Stripe-Signature header cannot be read")]
    Malformed,
    /// None of the signatures belongs to any of the secrets.
    #[error("the signature does not match")]
    Mismatch,
    /// Signed too long ago, or in the future.
    #[error("the signature's time is more than {TOLERANCE_SECS} seconds away")]
    Stale,
}

type HmacSha256 = Hmac<Sha256>;

fn mac(secret: &str, time: &str, payload: &[u8]) -> HmacSha256 {
    let mut mac = HmacSha256::new_from_slice(secret.as_bytes()).expect("an HMAC key may have any length");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(payload);
    mac
}

/// What a `Stripe-Signature` header says.
struct Signed<'a> {
    /// The digits, as they were signed.
    time: &'a str,
    at: i64,
    signatures: Vec<Vec<u8>>,
}

fn signed(header: &str) -> Result<Signed<'_>, SignatureError> {
    if header.len() > HEADER_LIMIT {
        return Err(SignatureError::Malformed);
    }
    let mut time = None;
    let mut signatures = Vec::new();
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", digits)) if time.is_none() => time = Some(digits),
            // A second time would leave open which of them was signed.
            Some(("t", _)) => return Err(SignatureError::Malformed),
            Some(("v1", hexed)) => signatures.extend(hex::decode(hexed).ok()),
            _ => {}
        }
    }
    let time = time
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        .ok_or(SignatureError::Malformed)?;
    let at = time.parse().map_err(|_| SignatureError::Malformed)?;
    if signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    Ok(Signed { time, at, signatures })
}

fn of_now(at: i64, now: Instant) -> Result<(), SignatureError> {
    if now.secs().abs_diff(at) > TOLERANCE_SECS.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

/// Whether `Stripe-Signature` can be Stripe's at all: asked before the body is read. [`verify`] says whether it is.
///
/// # Errors
/// [`SignatureError::Malformed`] or [`SignatureError::Stale`].
pub fn plausible(header: &str, now: Instant) -> Result<(), SignatureError> {
    let signed = signed(header)?;
    // As long as a SHA-256 is.
    if signed.signatures.iter().all(|signature| signature.len() != 32) {
        return Err(SignatureError::Malformed);
    }
    of_now(signed.at, now)
}

/// WH1: checks `Stripe-Signature` over the raw body. Any `v1` and any secret may match, so that secrets can be
/// rotated; `now` is the wall's time, for the sender signs with it (TT1).
///
/// # Errors
/// See [`SignatureError`]. The time is looked at only after a signature has matched.
pub fn verify(payload: &[u8], header: &str, secrets: &[String], now: Instant) -> Result<(), SignatureError> {
    let signed = signed(header)?;
    let matches = secrets.iter().filter(|secret| !secret.is_empty()).any(|secret| {
        let mac = mac(secret, signed.time, payload);
        // `verify_slice` compares in constant time.
        signed
            .signatures
            .iter()
            .any(|signature| mac.clone().verify_slice(signature).is_ok())
    });
    if !matches {
        return Err(SignatureError::Mismatch);
    }
    of_now(signed.at, now)
}

/// The `Stripe-Signature` header for a body, as Stripe and the sandbox make it: for tests and replays.
pub fn sign(payload: &[u8], secret: &str, at: Instant) -> String {
    let time = at.secs().to_string();
    let signature = hex::encode(mac(secret, &time, payload).finalize().into_bytes());
    format!("t={time},v1={signature}")
}

/// What an event says about itself and about its object, read leniently: everything but the first two may be absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// `evt_…`.
    pub id: String,
    /// "invoice.paid" and the like.
    pub kind: String,
    /// When it happened; whole seconds, no order can be read from it.
    pub created: Option<Instant>,
    /// The version that it was rendered at.
    pub api_version: Option<String>,
    /// WH1: has to equal the configured mode; absent is as good as different.
    pub livemode: Option<bool>,
    /// The id of the object that it is about.
    pub object_id: Option<String>,
    /// "invoice", "subscription", "checkout.session" …
    pub object_kind: Option<String>,
    /// The subscription concerned, in every shape that it has had (WH6).
    pub subscription: Option<String>,
    /// The invoice concerned.
    pub invoice: Option<String>,
    /// The customer concerned; of a detached card the one that it belonged to.
    pub customer: Option<String>,
    /// WH5: `metadata.pack_subscription_id`, of the object or of the subscription behind it.
    pub pack_subscription_id: Option<String>,
}

/// The body is not an event at all: no JSON object, no id or no type. Whoever holds the secret does not send this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an event: {0}")]
pub struct NotAnEvent(String);

/// WH6: reads what is needed to store an event and to find its object. Unknown types, objects, versions and fields
/// are no errors.
///
/// # Errors
/// [`NotAnEvent`].
pub fn envelope(payload: &[u8]) -> Result<Envelope, NotAnEvent> {
    let event: Value = serde_json::from_slice(payload).map_err(|e| NotAnEvent(e.to_string()))?;
    let object = &event["data"]["object"];
    let object_kind = read::text(&object["object"]);
    let object_id = read::text(&object["id"]);
    let itself = |kind: &str| object_id.clone().filter(|_| object_kind.as_deref() == Some(kind));
    Ok(Envelope {
        id: read::text(&event["id"]).ok_or_else(|| NotAnEvent("no id".to_owned()))?,
        kind: read::text(&event["type"]).ok_or_else(|| NotAnEvent("no type".to_owned()))?,
        created: read::instant(&event["created"]),
        api_version: read::text(&event["api_version"]),
        livemode: event["livemode"].as_bool(),
        subscription: itself("subscription").or_else(|| read::subscription_of(object)),
        invoice: itself("invoice").or_else(|| read::id(&object["invoice"])),
        customer: itself("customer")
            .or_else(|| read::id(&object["customer"]))
            .or_else(|| read::id(&event["data"]["previous_attributes"]["customer"])),
        pack_subscription_id: read::pack_subscription_of(object),
        object_id,
        object_kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const NOW: Instant = Instant::from_secs(1_800_000_000);
    const SECRET: &str = "whsec_one";

    fn secrets(list: &[&str]) -> Vec<String> {
        list.iter().map(|s| (*s).to_owned()).collect()
    }

    /// The vector is computed with another implementation (Python's hmac), not with the one under test.
    #[test]
    fn wh1_a_signature_made_elsewhere_is_accepted() {
        let header = "t=1800000000,v1=ee65d87c4a2c98c8d5cb854325f8a345f80c754291760c744ce2cbc689198e2c,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
        let body = br#"{"id":"evt_1","type":"invoice.paid"}"#;
        assert_eq!(verify(body, header, &secrets(&[SECRET]), NOW), Ok(()));
        assert!(header.starts_with(&sign(body, SECRET, NOW)));
    }

    #[test]
    fn wh1_wrong_secret_or_changed_body_is_a_mismatch() {
        let body = b"{}";
        let header = sign(body, SECRET, NOW);
        assert_eq!(
            verify(body, &header, &secrets(&["whsec_two"]), NOW),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(
            verify(b"{ }", &header, &secrets(&[SECRET]), NOW),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(verify(body, &header, &[], NOW), Err(SignatureError::Mismatch));
        let later = header.replacen("t=1800000000", "t=1800000001", 1);
        assert_eq!(
            verify(body, &later, &secrets(&[SECRET]), NOW),
            Err(SignatureError::Mismatch),
            "t is signed too"
        );
    }

    #[test]
    fn wh1_an_empty_secret_is_nobodys() {
        let header = sign(b"{}", "", NOW);
        assert_eq!(
            verify(b"{}", &header, &secrets(&[""]), NOW),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn wh1_both_secrets_are_accepted_during_rotation() {
        let body = b"{}";
        for secret in ["whsec_old", "whsec_new"] {
            let header = sign(body, secret, NOW);
            assert_eq!(
                verify(body, &header, &secrets(&["whsec_old", "whsec_new"]), NOW),
                Ok(()),
                "{secret}"
            );
        }
        // The sender signs with both, and we know only the second.
        let old = sign(body, "whsec_old", NOW);
        let new = sign(body, "whsec_new", NOW);
        let both = format!("{old},{}", new.split_once(',').unwrap().1);
        assert_eq!(verify(body, &both, &secrets(&["whsec_new"]), NOW), Ok(()));
    }

    #[test]
    fn wh1_the_window_is_300_seconds_both_ways() {
        let body = b"{}";
        for (shift, expected) in [
            (0, Ok(())),
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(SignatureError::Stale)),
            (-301, Err(SignatureError::Stale)),
            (1_000_000_000, Err(SignatureError::Stale)),
        ] {
            let header = sign(body, SECRET, NOW.plus_secs(shift));
            assert_eq!(verify(body, &header, &secrets(&[SECRET]), NOW), expected, "{shift}");
        }
    }

    #[test]
    fn wh1_garbage_headers_are_malformed() {
        let good = sign(b"{}", SECRET, NOW);
        let v1 = good.split_once(',').unwrap().1;
        for header in [
            "",
            "t=1800000000",
            v1,
            "t=,v1=00",
            &format!("t=-1,{v1}"),
            &format!("t=1 800,{v1}"),
            &format!("t=99999999999999999999,{v1}"),
            &format!("{good},t=1800000000"),
            "t=1800000000,v1=zz",
            "t=1800000000,v0=00",
            "v1",
            "=,=,=",
            &format!("{good}{}", ",v1=00".repeat(1_000)),
        ] {
            assert_eq!(
                verify(b"{}", header, &secrets(&[SECRET]), NOW),
                Err(SignatureError::Malformed),
                "{}",
                header.chars().take(60).collect::<String>()
            );
        }
        // A signature that is too short is read, and does not match.
        let short = verify(b"{}", "t=1800000000,v1=00", &secrets(&[SECRET]), NOW);
        assert_eq!(short, Err(SignatureError::Mismatch));
    }

    #[test]
    fn wh1_bytes_that_are_no_text_are_verified_as_bytes() {
        let body = [0xff, 0x00, 0xfe, b'{'];
        let header = sign(&body, SECRET, NOW);
        assert_eq!(verify(&body, &header, &secrets(&[SECRET]), NOW), Ok(()));
        assert!(envelope(&body).is_err(), "but they are no event");
    }

    #[test]
    fn wh6_the_envelope_of_an_invoice_event() {
        let body = json!({
            "id": "evt_1", "object": "event", "type": "invoice.paid", "created": 1_800_000_000, "livemode": false,
            "api_version": "2026-09-30.endive",
            "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1", "parent": {
                "subscription_details": {"subscription": "sub_1", "metadata": {"pack_subscription_id": "ours"}}}}},
        });
        assert_eq!(
            envelope(body.to_string().as_bytes()),
            Ok(Envelope {
                id: "evt_1".into(),
                kind: "invoice.paid".into(),
                created: Some(NOW),
                api_version: Some("2026-09-30.endive".into()),
                livemode: Some(false),
                object_id: Some("in_1".into()),
                object_kind: Some("invoice".into()),
                subscription: Some("sub_1".into()),
                invoice: Some("in_1".into()),
                customer: Some("cus_1".into()),
                pack_subscription_id: Some("ours".into()),
            })
        );
    }

    #[test]
    fn wh6_every_kind_of_object_names_what_it_concerns() {
        let read = |kind: &str, data: Value| {
            let body = json!({"id": "evt_1", "type": kind, "data": data}).to_string();
            envelope(body.as_bytes()).unwrap()
        };
        let session = read(
            "checkout.session.completed",
            json!({"object": {"id": "cs_1", "object": "checkout.session", "subscription": "sub_1", "customer": "cus_1",
                "metadata": {"pack_subscription_id": "ours"}}}),
        );
        assert_eq!(session.subscription.as_deref(), Some("sub_1"));
        assert_eq!(session.pack_subscription_id.as_deref(), Some("ours"));
        let subscription = read(
            "customer.subscription.updated",
            json!({"object": {"id": "sub_1", "object": "subscription", "customer": {"id": "cus_1"}}}),
        );
        assert_eq!(subscription.subscription.as_deref(), Some("sub_1"));
        assert_eq!(subscription.customer.as_deref(), Some("cus_1"));
        let payment = read(
            "invoice_payment.paid",
            json!({"object": {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1"}}),
        );
        assert_eq!(payment.invoice.as_deref(), Some("in_1"));
        let detached = read(
            "payment_method.detached",
            json!({"object": {"id": "pm_1", "object": "payment_method", "customer": null},
                "previous_attributes": {"customer": "cus_1"}}),
        );
        assert_eq!(detached.customer.as_deref(), Some("cus_1"));
        let customer = read(
            "customer.updated",
            json!({"object": {"id": "cus_1", "object": "customer"}}),
        );
        assert_eq!(customer.customer.as_deref(), Some("cus_1"));
    }

    #[test]
    fn wh6_nothing_but_id_and_type_is_needed() {
        let bare = envelope(br#"{"id":"evt_1","type":"something.new"}"#).unwrap();
        assert_eq!(
            (bare.id.as_str(), bare.kind.as_str(), bare.livemode),
            ("evt_1", "something.new", None)
        );
        for bad in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"id":"evt_1"}"#,
            r#"{"type":"x"}"#,
            r#"{"id":7,"type":"x"}"#,
        ] {
            assert!(envelope(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z_]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            let key = prop_oneof![
                Just("object".to_owned()),
                Just("id".to_owned()),
                Just("data".to_owned()),
                Just("parent".to_owned()),
                Just("lines".to_owned()),
                Just("metadata".to_owned()),
                Just("subscription".to_owned()),
                Just("subscription_details".to_owned()),
                "[a-z]{1,6}",
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6).prop_map(|all| Value::Object(all.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// WH1: no header that was not made with the secret is accepted, and none makes the check panic.
        #[test]
        fn wh1_no_forged_header_is_accepted(header in "[tv01=,a-f0-9 ]{0,200}", body in any::<Vec<u8>>()) {
            prop_assert!(verify(&body, &header, &secrets(&[SECRET]), NOW).is_err());
        }

        /// WH1: one flipped bit anywhere in the body is enough.
        #[test]
        fn wh1_one_bit_is_enough(body in prop::collection::vec(any::<u8>(), 1..200), at in any::<usize>(), bit in 0u32..8) {
            let header = sign(&body, SECRET, NOW);
            prop_assert_eq!(verify(&body, &header, &secrets(&[SECRET]), NOW), Ok(()));
            let mut changed = body;
            let at = at % changed.len();
            changed[at] ^= 1u8 << bit;
            prop_assert_eq!(verify(&changed, &header, &secrets(&[SECRET]), NOW), Err(SignatureError::Mismatch));
        }

        /// WH6: whatever an event carries, its id and type are read.
        #[test]
        fn wh6_no_shape_drops_an_event(data in any_json(), created in any_json(), livemode in any_json()) {
            let body = json!({"id": "evt_1", "type": "a.b", "created": created, "livemode": livemode, "data": data});
            let read = envelope(body.to_string().as_bytes());
            prop_assert_eq!(read.map(|e| (e.id, e.kind)), Ok(("evt_1".to_owned(), "a.b".to_owned())));
        }

        /// WH6: bytes of any kind are an error at worst.
        #[test]
        fn wh6_garbage_is_an_error_and_no_panic(body in any::<Vec<u8>>()) {
            let _ = envelope(&body);
        }
    }
}
