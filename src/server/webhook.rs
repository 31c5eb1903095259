//! `POST /webhooks/stripe` (WH1, WH2): the signature over the raw bytes, by the wall's clock; stored, then answered. What
//! it means is found out later.

use super::state::AppState;
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
};
use engine::inbox::ReceivedEvent;
use stripe_gateway::webhook::{envelope, plausible, verify};

/// The largest body that is read.
pub const LIMIT: usize = 1024 * 1024;

/// 200 when it is stored (again), 400 when it is not Stripe's, 500 when Stripe should send it again.
pub async fn receive(State(app): State<AppState>, request: Request) -> StatusCode {
    let (parts, body) = request.into_parts();
    let signature = parts
        .headers
        .get("stripe-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    // Of what cannot be Stripe's, not even the body is read.
    if let Err(error) = plausible(signature, app.engine.wall_now()) {
        tracing::warn!(%error, "a webhook was refused unread");
        metrics::counter!("webhooks_refused_total").increment(1);
        return StatusCode::BAD_REQUEST;
    }
    let Ok(body) = to_bytes(body, LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE;
    };
    if let Err(error) = verify(&body, signature, &app.webhook_secrets, app.engine.wall_now()) {
        tracing::warn!(%error, "a webhook was refused");
        metrics::counter!("webhooks_refused_total").increment(1);
        return StatusCode::BAD_REQUEST;
    }
    let Ok(payload) = std::str::from_utf8(&body) else {
        tracing::warn!("a signed webhook is not UTF-8");
        return StatusCode::BAD_REQUEST;
    };
    let event = match envelope(&body) {
        Ok(event) => event,
        Err(error) => {
            tracing::warn!(%error, "a signed webhook is no event");
            return StatusCode::BAD_REQUEST;
        }
    };
    if event.livemode != Some(app.engine.settings().livemode) {
        tracing::warn!(event.id = %event.id, "a webhook of the other mode was refused");
        metrics::counter!("webhooks_refused_total").increment(1);
        return StatusCode::BAD_REQUEST;
    }
    let received = ReceivedEvent {
        id: &event.id,
        kind: &event.kind,
        api_version: event.api_version.as_deref().unwrap_or_default(),
        created: event.created.unwrap_or_else(|| app.engine.now()),
        object_id: event.object_id.as_deref().unwrap_or_default(),
        payload,
    };
    match app.engine.receive_event(&received).await {
        Ok(new) => {
            metrics::counter!("webhooks_received_total", "repeated" => if new { "no" } else { "yes" }).increment(1);
            StatusCode::OK
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
