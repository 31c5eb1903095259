//! `/admin/mail`: every mail with what became of it.

use crate::{
    Engine, OnConstraint,
    kernel::{mail::LINK_GONE, page_of},
};
use domain::{
    AppError, AppResult, Capability, Instant,
    operate::view::{MailLine, MailPage, MailQuery, MailView},
    text,
};

impl Engine {
    /// A page of mails for `/admin/mail`, newest first. `after` is the key that the page before gave.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the right to operate, [`AppError::Invalid`] for words that are none.
    pub async fn mails(&self, caller: &crate::Caller, query: &MailQuery) -> AppResult<MailPage> {
        caller.require(Capability::Operate)?;
        let words = text::wanted("q", &query.q)?;
        let limit = domain::list::PAGE_SIZE;
        let before = query
            .after
            .split_once('~')
            .and_then(|(at, id)| at.parse().ok().map(|at| (Instant(at), id)));
        let mut tx = self.db().read().await.or_internal()?;
        let rows = store::mail::mails(&mut tx, &words, before, limit + 1)
            .await
            .or_internal()?;
        drop(tx);
        let (rows, next) = page_of(rows, limit, |row| format!("{}~{}", row.created_at.0, row.id));
        let mails = rows.into_iter().map(|row| self.mail_line(row)).collect();
        Ok(MailPage { mails, next })
    }

    /// One mail with its text.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn mail(&self, caller: &crate::Caller, id: &str) -> AppResult<MailView> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = store::mail::mail(&mut tx, id).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        // Between the end of a link and the broom.
        let over = store::people::mail_of_link_over(&mut tx, id, self.wall_now())
            .await
            .or_internal()?;
        Ok(MailView {
            line: self.mail_line(row.line),
            text: if over { LINK_GONE.to_owned() } else { row.body_text },
        })
    }

    fn mail_line(&self, row: store::mail::MailLineRow) -> MailLine {
        MailLine {
            id: row.id,
            to: row.to_email,
            subject: row.subject,
            state: row.state,
            error: row.error,
            at: self.zone().show(row.created_at),
            at_iso: row.created_at.rfc3339(),
        }
    }
}
