//! The terms that a subscription stands on, and how it takes others (PE5, PC7).

use crate::{
    Engine, OnConstraint,
    kernel::{SYSTEM, alarms::AlarmKind, audit, internal},
};
use domain::{AppError, AppResult, Instant, PackVersionId};
use store::{
    Tx,
    catalogue::{self, TermsRow},
    log::AuditEntry,
    subscriptions::{self, SubscriptionRow},
};

/// At a boundary that opens a period: takes the terms of a move that holds from it. One that the client was told of in
/// time and that Stripe has not confirmed waits for the next boundary, and staff are alarmed (PC7).
pub(super) async fn cross(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    boundary: Instant,
    now: Instant,
) -> AppResult<()> {
    let due = row.terms_at(boundary);
    if due == row.pack_version_id {
        return Ok(());
    }
    if row.move_applies_at.is_some_and(|at| at <= boundary) {
        return take_terms(tx, engine, row, due, now).await;
    }
    engine
        .alarm(
            tx,
            AlarmKind::MoveLate,
            "subscription",
            &row.id.to_string(),
            &format!("Not confirmed by the renewal of {boundary}. The move waits for the next renewal."),
            now,
        )
        .await
        .or_internal()?;
    Ok(())
}

/// Puts a subscription on other terms, with its audit and outbox rows, and lets go of a move that led there.
pub(super) async fn take_terms(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    to: PackVersionId,
    now: Instant,
) -> AppResult<()> {
    let id = row.id.to_string();
    let price = |terms: Option<catalogue::TermsRow>| terms.map(|terms| terms.price_cents);
    let was = price(catalogue::terms(tx, row.pack_version_id).await.or_internal()?);
    let is = price(catalogue::terms(tx, to).await.or_internal()?);
    let before = serde_json::json!({ "pack_version_id": row.pack_version_id, "price_cents": was }).to_string();
    let after = serde_json::json!({ "pack_version_id": to, "client_id": row.client_id, "price_cents": is }).to_string();
    row.pack_version_id = to;
    if row.move_to_version_id == Some(to) {
        row.drop_move();
    }
    save(tx, row, now).await?;
    let entry = AuditEntry {
        actor: SYSTEM,
        action: "subscription.terms_changed",
        entity: "subscription",
        entity_id: &id,
        before: Some(&before),
        after: Some(&after),
    };
    audit(tx, engine, now, entry).await?;
    store::log::outbox(
        tx,
        &engine.new_id::<uuid::Uuid>().to_string(),
        "subscription.terms_changed",
        &after,
        &format!("subscription.terms_changed:{id}:{}", row.row_version),
        now,
    )
    .await
    .or_internal()
    .map(drop)
}

pub(super) async fn save(tx: &mut Tx, row: &mut SubscriptionRow, now: Instant) -> AppResult<()> {
    if !subscriptions::save(tx, row, now).await.or_internal()? {
        return Err(AppError::Stale);
    }
    row.row_version += 1;
    Ok(())
}

pub(super) async fn terms_of(tx: &mut Tx, id: PackVersionId) -> AppResult<TermsRow> {
    catalogue::terms(tx, id)
        .await
        .or_internal()?
        .ok_or_else(|| internal("no terms"))
}
