//! What operators ask: is it alive, is it ready, its figures.

use super::state::AppState;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::time::Duration;

/// The longest that readiness waits for the database.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// `GET /readyz`: the database answers.
pub async fn readyz(State(app): State<AppState>) -> (StatusCode, &'static str) {
    let look = async {
        let mut tx = app.engine.db().read().await?;
        store::log::setting(&mut tx, "currency").await
    };
    match tokio::time::timeout(READY_WITHIN, look).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready"),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time"),
    }
}

/// Begins to count; once in a process.
///
/// # Errors
/// Somebody else counts already.
pub fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    Ok(PrometheusBuilder::new().install_recorder()?)
}

/// `GET /metrics`, for an address of its own that only operators reach.
pub fn metrics_router(app: AppState, handle: PrometheusHandle) -> Router {
    let render = move || {
        let (app, handle) = (app.clone(), handle.clone());
        async move {
            if let Ok(mut tx) = app.engine.db().read().await
                && let Ok(due) = store::jobs::due_count(&mut tx, app.engine.now()).await
            {
                metrics::gauge!("jobs_due").set(f64::from(i32::try_from(due).unwrap_or(i32::MAX)));
            }
            handle.run_upkeep();
            handle.render()
        }
    };
    Router::new().route("/metrics", get(render))
}
