//! What boundaries and ends do to who has a pack (AS2, AS5, AS8, UN4).

use crate::{
    Engine, OnConstraint,
    assignment::{jobs::Job, tell::Telling},
    kernel::{SYSTEM, audit, jobs::enqueue},
    subscriptions::follow::Follower,
};
use async_trait::async_trait;
use domain::{
    AppResult, Instant,
    assignment::{PENDING_HOURS, vendor_at_boundary},
    notices::NoticeKind,
};
use store::{
    Tx,
    assignment::{self as rows, AtBoundary},
    log::AuditEntry,
    subscriptions::{PeriodRow, SubscriptionRow},
};

/// What periods mean for who does their work.
pub(crate) struct Following;

#[async_trait]
impl Follower for Following {
    async fn crossing(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        row: &mut SubscriptionRow,
        seq: i64,
        boundary: Instant,
        now: Instant,
    ) -> AppResult<()> {
        cross(tx, engine, row, seq, boundary, now).await
    }

    /// AS1: at the latest then somebody is mailed that a pack has no vendor.
    async fn opened(&self, tx: &mut Tx, _engine: &Engine, period: &PeriodRow, now: Instant) -> AppResult<()> {
        if period.vendor_id.is_none() {
            enqueue(tx, now, now.plus_hours(PENDING_HOURS), &Job::PendingPacks).await?;
        }
        Ok(())
    }

    /// UN8: so that whoever does the work can plan without it.
    async fn leaving(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        row: &SubscriptionRow,
        ends: Option<Instant>,
        now: Instant,
    ) -> AppResult<()> {
        let found = rows::at_boundary(tx, row.id).await.or_internal()?;
        let what = engine.alias_label(tx, row).await?;
        let headline = match ends {
            Some(at) => format!("{what} ends {}", engine.zone().show_date_short(at)),
            None => format!("{what} goes on"),
        };
        let mut telling = Telling::default();
        for one in &found {
            telling.vendor(one.vendor_id, headline.clone(), &[]);
        }
        let key = format!("{}:leaving:{}", row.id, row.row_version);
        engine.tell_all(tx, NoticeKind::PackAssigned, telling, &key, now).await
    }

    async fn ending(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        row: &SubscriptionRow,
        latest: &PeriodRow,
        now: Instant,
    ) -> AppResult<()> {
        end(tx, engine, row, latest, now).await
    }
}

/// AS2, AS5, AS8: what a boundary does to who has a subscription, before the period that begins there is opened.
async fn cross(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    seq: i64,
    boundary: Instant,
    now: Instant,
) -> AppResult<()> {
    let found = rows::at_boundary(tx, row.id).await.or_internal()?;
    let held = found.iter().find(|a| !a.coming);
    let to_come = found.iter().find(|a| a.coming);
    let active = |vendor| found.iter().any(|a| a.vendor_id == vendor && a.active);
    let next = vendor_at_boundary(held.map(|a| a.vendor_id), to_come.map(|a| a.vendor_id), active);
    if to_come.is_none() && next == held.map(|a| a.vendor_id) {
        return Ok(());
    }
    rows::close_holder(tx, row.id, seq - 1, None, now).await.or_internal()?;
    match to_come {
        Some(coming) if next == Some(coming.vendor_id) => {
            rows::begin_coming(tx, row.id, boundary).await.or_internal()?;
        }
        Some(_) => {
            rows::drop_coming(tx, row.id, None, now).await.or_internal()?;
        }
        None => {}
    }
    rows::set_vendor(tx, row.id, None, next, now).await.or_internal()?;
    row.vendor_assignee_id = next;
    row.row_version += 1;
    let name = |a: Option<&AtBoundary>| a.map(|a| a.name.clone());
    let taken = to_come.filter(|a| next == Some(a.vendor_id));
    let before = serde_json::json!({ "vendor": name(held) }).to_string();
    let after = serde_json::json!({ "vendor": name(taken), "from_period": seq }).to_string();
    let entry = AuditEntry {
        actor: SYSTEM,
        action: if next.is_some() {
            "assignment.began"
        } else {
            "assignment.lapsed"
        },
        entity: "subscription",
        entity_id: &row.id.to_string(),
        before: Some(&before),
        after: Some(&after),
    };
    audit(tx, engine, now, entry).await?;
    let what = engine.alias_label(tx, row).await?;
    let mut telling = Telling::default();
    if let Some(held) = held.filter(|held| next != Some(held.vendor_id)) {
        telling.vendor(held.vendor_id, format!("{what} is no longer yours"), &[FINISH]);
    }
    if let Some(next) = next.filter(|next| held.map(|held| held.vendor_id) != Some(*next)) {
        telling.vendor(next, format!("{what} is now yours"), &[]);
    }
    engine
        .tell_all(tx, NoticeKind::PackAssigned, telling, &format!("{}:{seq}", row.id), now)
        .await
}

/// What a vendor is asked that gets nothing more of a pack.
const FINISH: &str = " Please finish your open requests.";

/// UN4: with the subscription its last assignment ends; the vendor is told (AS10). Running requests go on.
pub(super) async fn end(
    tx: &mut Tx,
    engine: &Engine,
    row: &SubscriptionRow,
    latest: &PeriodRow,
    now: Instant,
) -> AppResult<()> {
    let found = rows::at_boundary(tx, row.id).await.or_internal()?;
    if found.is_empty() {
        return Ok(());
    }
    rows::close_holder(tx, row.id, latest.seq, None, now)
        .await
        .or_internal()?;
    rows::drop_coming(tx, row.id, None, now).await.or_internal()?;
    let what = engine.alias_label(tx, row).await?;
    let mut telling = Telling::default();
    for one in &found {
        if one.coming {
            telling.vendor(one.vendor_id, format!("{what} has ended and won't come to you"), &[]);
        } else {
            telling.vendor(one.vendor_id, format!("{what} has ended"), &[FINISH]);
        }
    }
    engine
        .tell_all(tx, NoticeKind::PackAssigned, telling, &format!("{}:end", row.id), now)
        .await
}
