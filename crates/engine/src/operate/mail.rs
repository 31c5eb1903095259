//! `/admin/mail`: every mail with what became of it.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        audit,
        jobs::enqueue,
        mail::{Job, LINK_GONE},
        moment_key, page_of, read_moment_key,
    },
};
use domain::{
    AppError, AppResult, Capability,
    operate::view::{MailLine, MailPage, MailQuery, MailView},
    text,
};
use store::log::AuditEntry;

impl Engine {
    /// A page of mails for `/admin/mail`, newest first. `after` is the key that the page before gave.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the right to operate, [`AppError::Invalid`] for words that are none.
    pub async fn mails(&self, caller: &Caller, query: &MailQuery) -> AppResult<MailPage> {
        caller.require(Capability::Operate)?;
        let words = text::wanted("q", &query.q)?;
        let limit = domain::list::PAGE_SIZE;
        let before = read_moment_key(&query.after);
        let mut tx = self.db().read().await.or_internal()?;
        let rows = store::mail::mails(&mut tx, &words, query.state == "failed", before, limit + 1)
            .await
            .or_internal()?;
        drop(tx);
        let (rows, next) = page_of(rows, limit, |row| moment_key(row.created_at, &row.id));
        let mails = rows.into_iter().map(|row| self.mail_line(row)).collect();
        Ok(MailPage { mails, next })
    }

    /// One mail with its text.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn mail(&self, caller: &Caller, id: &str) -> AppResult<MailView> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = store::mail::mail(&mut tx, id).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        // Between the end of a link and the broom.
        let over = store::people::mail_of_link_over(&mut tx, id, self.wall_now())
            .await
            .or_internal()?;
        let text = if over { LINK_GONE.to_owned() } else { row.body_text };
        Ok(MailView {
            again: row.line.state == "failed" && text != LINK_GONE,
            line: self.mail_line(row.line),
            text,
        })
    }

    /// *Send again*: a mail that failed waits to be sent once more, whoever has read it or not. Pressed twice it goes once.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`], [`AppError::LinkExpired`] for one whose personal link is over,
    /// [`AppError::Stale`] where it has not failed, or waits already.
    pub async fn send_mail_again(&self, caller: &Caller, id: &str) -> AppResult<()> {
        let found = self.mail(caller, id).await?;
        if found.text == LINK_GONE {
            return Err(AppError::LinkExpired);
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        if !store::mail::send_again(&mut tx, id).await.or_internal()? {
            return Err(AppError::Stale);
        }
        let job = Job::Mail { mail_id: id.to_owned() };
        enqueue(&mut tx, now, now, &job).await?;
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "mail.sent_again",
            entity: "mail",
            entity_id: id,
            before: None,
            after: None,
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_staff()).await
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
