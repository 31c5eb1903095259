//! Mails: their texts, queued in the transaction that they follow from, and sent by a job (§24).
//!
//! One pair of templates for all: a mail is a subject, a few sentences, and at most one thing to do.

use crate::{
    Engine, OnConstraint,
    core::enqueue,
    internal,
    jobs::Job,
    ports::{Delivery, OutgoingMail},
};
use askama::Template;
use domain::{
    AppError, AppResult, Capability, Instant, UserId,
    view::people::{MailPage, MailView},
};
use store::Tx;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// A sentence or two each.
    pub paragraphs: Vec<String>,
    /// The one thing to do: the words, and a path of ours ("/dashboard").
    pub action: Option<(String, String)>,
}

/// Whom a mail is for.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The person.
    pub user_id: UserId,
    /// How they are greeted.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    name: &'a str,
    mail: &'a Mail,
    link: Option<(&'a str, String)>,
    base_url: &'a str,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    name: &'a str,
    mail: &'a Mail,
    link: Option<(&'a str, String)>,
    base_url: &'a str,
}

/// Dedupe keys that begin so are mails with a personal link: what they said is not kept once they have been sent.
pub const LINK_KEY: &str = "link:";

/// Queues a mail and the job that sends it, once per dedupe key. Nothing is sent if the transaction does not commit.
///
/// # Errors
/// [`AppError::Internal`].
pub async fn queue_mail(
    tx: &mut Tx,
    engine: &Engine,
    now: Instant,
    dedupe_key: &str,
    to: Recipient<'_>,
    mail: &Mail,
) -> AppResult<()> {
    let base_url = engine.settings().base_url.as_str();
    let link = || {
        mail.action
            .as_ref()
            .map(|(words, path)| (words.as_str(), format!("{base_url}{path}")))
    };
    let text = Text {
        name: to.name,
        mail,
        link: link(),
        base_url,
    }
    .render()
    .map_err(internal)?;
    let html = Html {
        name: to.name,
        mail,
        link: link(),
        base_url,
    }
    .render()
    .map_err(internal)?;
    let id = engine.new_id::<uuid::Uuid>().to_string();
    let new = store::mail::NewMail {
        id: &id,
        dedupe_key,
        user_id: Some(to.user_id),
        to_email: to.email,
        subject: &mail.subject,
        body_text: &text,
        body_html: &html,
    };
    if store::mail::queue(tx, &new, now).await.or_internal()? {
        enqueue(tx, now, now, &Job::Mail { mail_id: id }).await?;
    }
    Ok(())
}

impl Engine {
    pub(crate) async fn send_mail(&self, mail_id: &str) -> Result<(), crate::operations::JobError> {
        self.deliver_mail(mail_id)
            .await
            .map_err(|error| crate::operations::JobError::Later(error.to_string()))
    }

    /// The job *Mail*: hands one mail to the mailer and notes what became of it. A mail that was sent is not sent again.
    ///
    /// # Errors
    /// The mail server refused it or cannot be reached; the job tries again.
    pub async fn deliver_mail(&self, mail_id: &str) -> anyhow::Result<()> {
        let mut tx = self.db().read().await?;
        let found = store::mail::mail(&mut tx, mail_id).await?;
        drop(tx);
        let Some(mail) = found.filter(|mail| mail.state == "queued" || mail.state == "failed") else {
            return Ok(());
        };
        let outgoing = OutgoingMail {
            to: mail.to_email,
            subject: mail.subject,
            text: mail.body_text,
            html: mail.body_html,
            id: mail.id,
        };
        let result = self.mailer().send(&outgoing).await;
        let mut tx = self.db().write().await?;
        let now = self.now();
        match &result {
            Ok(Delivery::Sent) => {
                store::mail::settle(&mut tx, mail_id, "sent", None, now).await?;
                store::mail::forget_link(
                    &mut tx,
                    mail_id,
                    LINK_KEY,
                    "This mail held a personal link. Its text is not kept.",
                )
                .await?;
            }
            Ok(Delivery::Kept) => store::mail::settle(&mut tx, mail_id, "kept", None, now).await?,
            Err(error) => store::mail::settle(&mut tx, mail_id, "failed", Some(&error.to_string()), now).await?,
        }
        tx.commit().await?;
        result.map(drop)
    }

    /// A page of mails for `/admin/mail`, newest first. `after` is the key that the page before gave.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] without the right to operate.
    pub async fn mails(&self, caller: &crate::Caller, words: &str, after: &str) -> AppResult<MailPage> {
        caller.require(Capability::Operate)?;
        let limit = domain::list::PAGE_SIZE;
        let before = after
            .split_once('~')
            .and_then(|(at, id)| at.parse().ok().map(|at| (Instant(at), id)));
        let mut tx = self.db().read().await.or_internal()?;
        let rows = store::mail::mails(&mut tx, words, before, limit + 1)
            .await
            .or_internal()?;
        drop(tx);
        let (rows, next) = crate::core::page_of(rows, limit, |row| format!("{}~{}", row.created_at.0, row.id));
        let mails = rows.into_iter().map(|row| self.mail_view(row)).collect();
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
        row.map(|row| self.mail_view(row)).ok_or(AppError::NotFound)
    }

    fn mail_view(&self, row: store::mail::MailRow) -> MailView {
        MailView {
            id: row.id,
            to: row.to_email,
            subject: row.subject,
            text: row.body_text,
            state: row.state,
            error: row.error,
            at: self.zone().show(row.created_at),
            at_iso: row.created_at.rfc3339(),
        }
    }
}
