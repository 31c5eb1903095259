//! Thresholds (WN1–WN5): written once for an allowance, and mailed about when it is the highest that was crossed.

use crate::{Engine, OnConstraint, kernel::mail::Mail};
use domain::{
    AllowanceId, AppResult, ClientId, Instant,
    allowance::usage::{Usage, UsageFacts, crossing, threshold_text},
    notices::NoticeKind,
};
use store::{Tx, allowance, people::recipients};

/// What one use has changed of an allowance: its usage, and its units beyond.
pub(crate) struct Drawn<'a> {
    /// The allowance.
    pub allowance: AllowanceId,
    /// "20 × Logo design".
    pub pack: &'a str,
    /// Before.
    pub before: (Usage, i64),
    /// After.
    pub after: (Usage, i64),
}

impl Engine {
    /// WN3, WN5: writes the thresholds that were crossed, each once for an allowance, and mails about the highest. `facts` is
    /// only asked for where there is one to mail about.
    pub(crate) async fn notice_usage(
        &self,
        tx: &mut Tx,
        client: ClientId,
        drawn: &Drawn<'_>,
        facts: impl FnOnce() -> UsageFacts + Send,
        now: Instant,
    ) -> AppResult<()> {
        let (before, after) = (drawn.before, drawn.after);
        if crossing(before, after, &[]).passed.is_empty() {
            return Ok(());
        }
        let already = allowance::notices(tx, drawn.allowance).await.or_internal()?;
        let crossed = crossing(before, after, &already);
        for threshold in &crossed.passed {
            let mailed = crossed.mail == Some(*threshold);
            allowance::insert_notice(tx, drawn.allowance, *threshold, mailed, now)
                .await
                .or_internal()?;
        }
        let Some(threshold) = crossed.mail else { return Ok(()) };
        let mail = Mail {
            subject: format!("{}: {} of {} used", drawn.pack, after.0.used, after.0.included),
            paragraphs: vec![threshold_text(threshold, &facts())],
            action: Some(("View your packs".to_owned(), "/dashboard".to_owned())),
            ..Mail::default()
        };
        let owners = recipients::owners(tx, client).await.or_internal()?;
        let key = format!("usage:{}:{threshold}", drawn.allowance);
        self.notify_by_mail(tx, now, (NoticeKind::Usage, &key), &mail, &owners)
            .await
    }
}
