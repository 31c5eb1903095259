//! Integrity: the books' proofs and the alarms (AH8).

use crate::{Caller, Change, Engine, OnConstraint, kernel::audit};
use domain::{
    AppError, AppResult, Capability, Instant,
    operate::view::{AlarmView, IntegrityCheck, IntegrityPage},
};
use store::{
    log::AuditEntry,
    operate::{self as rows, AlarmRow, books},
};

/// Alarms shown; more are only counted.
const ALARMS_SHOWN: i64 = 100;

impl Engine {
    /// The proof of the books, each rule with the rows that break it, and the open alarms.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn integrity_page(&self, caller: &Caller) -> AppResult<IntegrityPage> {
        let findings = self.books_page(caller).await?;
        let mut checks: Vec<(&str, IntegrityCheck)> = Vec::new();
        for (rule, entity, holds) in books::proofs() {
            match checks
                .last_mut()
                .filter(|(of, check)| *of == entity && check.id == rule)
            {
                Some((_, check)) => {
                    check.rule.push(' ');
                    check.rule.push_str(holds);
                }
                None => {
                    let broken = findings
                        .iter()
                        .filter(|found| found.rule == rule && found.entity == entity);
                    let check = IntegrityCheck {
                        id: rule.to_owned(),
                        rule: holds.to_owned(),
                        broken: broken
                            .map(|found| format!("{} {}: {}", found.entity, found.id, found.detail))
                            .collect(),
                    };
                    checks.push((entity, check));
                }
            }
        }
        let now = self.now();
        Ok(IntegrityPage {
            checked: self.moment(now, now),
            checks: checks.into_iter().map(|(_, check)| check).collect(),
            alarms: self.open_alarms(caller).await?,
        })
    }

    /// Alarms that nobody has resolved, newest first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn open_alarms(&self, caller: &Caller) -> AppResult<Vec<AlarmView>> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let found = rows::open_alarms(&mut tx, ALARMS_SHOWN).await.or_internal()?;
        Ok(found.into_iter().map(|row| self.alarm_view(row, now)).collect())
    }

    /// Somebody has looked after an alarm; it is not shown any more.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] (also for one that is resolved).
    pub async fn resolve_alarm(&self, caller: &Caller, id: &str) -> AppResult<()> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !rows::resolve_alarm(&mut tx, id, now).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "alarm.resolved",
            entity: "alarm",
            entity_id: id,
            before: None,
            after: None,
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
    }

    fn alarm_view(&self, row: AlarmRow, now: Instant) -> AlarmView {
        let mut kind = row.kind.replace(['_', '.'], " ");
        if let Some(first) = kind.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        AlarmView {
            id: row.id,
            kind,
            detail: format!("{} ({} {})", row.detail, row.entity, row.entity_id),
            raised: self.moment(row.raised_at, now),
        }
    }
}
