//! What an answer that is not 2xx means for the caller.

use crate::read::id;
use engine::ports::GatewayError;
use serde_json::Value;

/// Maps status, headers and body to the port's error. `call` names the request in messages.
pub(crate) fn read(status: u16, replayed: bool, body: &[u8], call: &str) -> GatewayError {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &parsed["error"];
    let word = |name: &str| error[name].as_str().filter(|text| !text.is_empty());
    let code = word("code");

    if status == 402 {
        return GatewayError::Declined {
            decline_code: word("decline_code").or(code).unwrap_or("card_declined").to_owned(),
            message: word("message").unwrap_or("Your card was declined.").to_owned(),
            payment_intent: id(&error["payment_intent"]),
        };
    }

    let mut text = status.to_string();
    for part in [word("type"), code].into_iter().flatten() {
        text.push(' ');
        text.push_str(part);
    }
    match word("message") {
        Some(message) => {
            text.push_str(": ");
            text.push_str(message);
        }
        None => text.push_str(": no error of Stripe's"),
    }
    if let Some(param) = word("param") {
        text.push_str(&format!(" [{param}]"));
    }
    text.push_str(&format!(" ({call})"));

    match status {
        500.. if replayed => GatewayError::StoredFailure(text),
        408 | 409 | 424 | 429 | 500.. => GatewayError::Transient(text),
        401 | 403 => GatewayError::KeyRefused(text),
        404 => GatewayError::NotFound(text),
        _ if code == Some("resource_missing") => GatewayError::NotFound(text),
        _ => GatewayError::Refused(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(status: u16, replayed: bool, error: Value) -> GatewayError {
        read(
            status,
            replayed,
            json!({ "error": error }).to_string().as_bytes(),
            "POST /x, req_1",
        )
    }

    /// SU9: the words of the bank reach the cardholder as they are.
    #[test]
    fn su9_a_decline_carries_the_banks_words() {
        let got = map(
            402,
            false,
            json!({"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
                "message": "Your card has insufficient funds.", "payment_intent": {"id": "pi_1", "status": "x"}}),
        );
        assert_eq!(
            got,
            GatewayError::Declined {
                decline_code: "insufficient_funds".into(),
                message: "Your card has insufficient funds.".into(),
                payment_intent: Some("pi_1".into()),
            }
        );
        let Some(GatewayError::Declined {
            decline_code,
            message,
            payment_intent,
        }) = Some(map(402, true, json!({"code": "expired_card", "message": "Expired."})))
        else {
            panic!("a replayed decline is a decline");
        };
        assert_eq!(
            (decline_code.as_str(), message.as_str(), payment_intent),
            ("expired_card", "Expired.", None)
        );
    }

    #[test]
    fn what_may_be_sent_again_is_transient() {
        for (status, code) in [
            (409, "idempotency_key_in_use"),
            (424, ""),
            (429, "rate_limit"),
            (429, "lock_timeout"),
            (500, ""),
            (503, ""),
        ] {
            let got = map(
                status,
                false,
                json!({"type": "api_error", "code": code, "message": "m"}),
            );
            assert!(matches!(got, GatewayError::Transient(_)), "{status} {code}: {got:?}");
        }
        let proxy = read(502, false, b"<html>Bad Gateway</html>", "GET /x, no request id");
        assert!(matches!(proxy, GatewayError::Transient(_)), "{proxy:?}");
        assert!(matches!(read(500, false, b"", "GET /x"), GatewayError::Transient(_)));
    }

    #[test]
    fn a_stored_500_is_told_from_a_fresh_one() {
        let error = json!({"type": "api_error", "message": "m"});
        assert!(matches!(map(500, true, error.clone()), GatewayError::StoredFailure(_)));
        assert!(matches!(map(500, false, error), GatewayError::Transient(_)));
    }

    #[test]
    fn the_rest_is_missing_or_refused() {
        let missing = json!({"type": "invalid_request_error", "code": "resource_missing", "param": "customer"});
        assert!(matches!(map(404, false, missing.clone()), GatewayError::NotFound(_)));
        assert!(matches!(map(400, false, missing), GatewayError::NotFound(_)));
        for (status, kind) in [(400, "invalid_request_error"), (400, "idempotency_error")] {
            let got = map(status, false, json!({"type": kind, "message": "why", "param": "p"}));
            let GatewayError::Refused(text) = &got else {
                panic!("{got:?}")
            };
            assert!(
                text.contains("why") && text.contains("[p]") && text.contains("req_1"),
                "{text}"
            );
        }
        for status in [401, 403] {
            let missing = json!({"type": "invalid_request_error", "code": "resource_missing", "message": "why"});
            let got = map(status, false, missing);
            assert!(matches!(got, GatewayError::KeyRefused(_)), "{status}: {got:?}");
        }
        assert!(matches!(
            read(413, false, b"too large", "POST /x"),
            GatewayError::Refused(_)
        ));
    }
}
