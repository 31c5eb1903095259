//! Mails: their texts, queued in the transaction that they follow from, and sent by a job (§24).
//!
//! One pair of templates for all: a mail is a subject, a few sentences, and at most one thing to do.

use crate::{
    Change, Engine, OnConstraint,
    kernel::{
        alarms::AlarmKind,
        internal,
        jobs::{self, enqueue},
        operations::JobError,
        ports::{Delivery, MailError, OutgoingMail},
    },
};
use askama::Template;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use domain::{
    AppResult, Instant, UserId,
    agency::{Brand, PRODUCT},
};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::Tx;
use tokio::time::timeout;

/// What a mail says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// A sentence or two each.
    pub paragraphs: Vec<String>,
    /// Several things that happened: a sentence each, and the path of ours where each is.
    pub lines: Vec<(String, String)>,
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
    brand: &'a Brand,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    name: &'a str,
    mail: &'a Mail,
    link: Option<(&'a str, String)>,
    base_url: &'a str,
    brand: &'a Brand,
}

/// Dedupe keys that begin so are mails with a personal link: what they said is not kept once they have been sent.
pub const LINK_KEY: &str = "link:";

/// What is kept of such a mail when its link is over, or the mail is sent.
pub const LINK_GONE: &str = "This mail held a personal link. Its text is not kept.";

/// Queues a mail and the job that sends it, once per dedupe key. Nothing is sent if the transaction does not commit.
///
/// # Errors
/// [`domain::AppError::Internal`].
pub async fn queue_mail(
    tx: &mut Tx,
    engine: &Engine,
    now: Instant,
    dedupe_key: &str,
    to: Recipient<'_>,
    mail: &Mail,
) -> AppResult<()> {
    queue_mail_with(tx, engine, now, dedupe_key, to, mail, None).await
}

/// As [`queue_mail`], with a picture: where the bytes of a PNG or JPEG are. The mail goes without where they are gone by then.
///
/// # Errors
/// [`domain::AppError::Internal`].
pub async fn queue_mail_with(
    tx: &mut Tx,
    engine: &Engine,
    now: Instant,
    dedupe_key: &str,
    to: Recipient<'_>,
    mail: &Mail,
    picture: Option<&str>,
) -> AppResult<()> {
    let base_url = engine.settings().base_url.as_str();
    let brand: Brand = store::agency::agency(tx).await.or_internal()?.brand.into();
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
        brand: &brand,
    }
    .render()
    .map_err(internal)?;
    let html = Html {
        name: to.name,
        mail,
        link: link(),
        base_url,
        brand: &brand,
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
        picture,
    };
    if store::mail::queue(tx, &new, now).await.or_internal()? {
        enqueue(tx, now, now, &Job::Mail { mail_id: id }).await?;
    }
    Ok(())
}

/// What the worker does for mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Send one mail.
    Mail {
        /** The mail's id. */
        mail_id: String,
    },
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        let Job::Mail { mail_id } = self;
        format!("mail:{mail_id}")
    }

    fn kind(&self) -> &'static str {
        "mail"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        let Job::Mail { mail_id } = self;
        engine.deliver_mail(mail_id).await
    }
}

impl Engine {
    /// The job *Mail*: hands one mail to the mailer, at most once, and notes what became of it. Where nobody knows whether the
    /// server took it, it is not sent again: staff are told. Only what was refused, or could not be handed over, is repeated.
    ///
    /// # Errors
    /// The mail server refused it or cannot be reached, or it is under way; the job tries again.
    pub async fn deliver_mail(&self, mail_id: &str) -> Result<(), JobError> {
        let mut tx = self.db().write().await?;
        let wall = self.wall_now();
        if !store::mail::hand_over(&mut tx, mail_id, wall).await? {
            // It is done, or a run before this one has not come back.
            let handed = store::mail::handed_at(&mut tx, mail_id).await?;
            return match handed {
                None => Ok(()),
                Some(at) if wall < at.plus_minutes(UNKNOWN_AFTER_MINUTES) => {
                    Err(JobError::Later("the mail server has it and has not answered".into()))
                }
                Some(_) => self.mail_unknown(tx, mail_id).await,
            };
        }
        let found = store::mail::mail(&mut tx, mail_id).await?;
        let agency = store::agency::agency(&mut tx).await?;
        tx.commit().await?;
        let Some(mail) = found else { return Ok(()) };
        if mail.body_text == LINK_GONE {
            let mut tx = self.db().write().await?;
            store::mail::settle(&mut tx, mail_id, "failed", Some("its link is over"), self.now()).await?;
            return Ok(tx.commit().await?);
        }
        let picture = match &mail.picture {
            // The mail has been handed over on paper: what holds it up now would leave it unsent and unknown.
            Some(key) => timeout(PICTURE_WAIT, self.picture(key)).await.ok().flatten(),
            None => None,
        };
        let mut html = mail.body_html;
        if picture.is_some() {
            html = html.replace(PICTURE_PLACE, PICTURE);
        }
        let outgoing = OutgoingMail {
            to: mail.line.to_email,
            from: agency.brand.agency_name,
            reply_to: Some(agency.reply_to).filter(|address| !address.is_empty()),
            subject: mail.line.subject,
            text: mail.body_text,
            html,
            id: mail.line.id,
            picture,
        };
        let result = self.mailer().send(&outgoing).await;
        let mut tx = self.db().write().await?;
        let now = self.now();
        match &result {
            Ok(Delivery::Sent) => {
                store::mail::settle(&mut tx, mail_id, "sent", None, now).await?;
                forget_link(&mut tx, mail_id).await?;
            }
            Ok(Delivery::Kept) => store::mail::settle(&mut tx, mail_id, "kept", None, now).await?,
            Err(MailError::NotTaken(why)) => store::mail::settle(&mut tx, mail_id, "failed", Some(why), now).await?,
            Err(MailError::Unknown(why)) => {
                tracing::warn!(mail = mail_id, error = %why, "the mail server has not said whether it took a mail");
                return self.mail_unknown(tx, mail_id).await;
            }
        }
        tx.commit().await?;
        result.map(drop).map_err(|error| JobError::Later(error.to_string()))
    }

    /// The bytes of a mail's picture. Without them the mail goes all the same: it says what there is to say.
    async fn picture(&self, key: &str) -> Option<Bytes> {
        let mut stream = self.files().get(key).await.ok()?;
        let mut bytes = BytesMut::new();
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(&part.ok()?);
            if bytes.len() > MAX_PICTURE {
                return None;
            }
        }
        Some(bytes.freeze())
    }

    /// The mail may have arrived, or not.
    async fn mail_unknown(&self, mut tx: Tx, mail_id: &str) -> Result<(), JobError> {
        store::mail::settle_unknown(&mut tx, mail_id, UNKNOWN).await?;
        forget_link(&mut tx, mail_id).await?;
        self.alarm(&mut tx, AlarmKind::MailUnknown, "mail", mail_id, UNKNOWN, self.now())
            .await?;
        Ok(self.commit(tx, Change::of_staff()).await?)
    }
}

/// Where the picture of a mail stands in its template.
const PICTURE_PLACE: &str = "<!--picture-->";
const PICTURE: &str = "<p><img src=\"cid:picture\" alt=\"\" style=\"display:block;max-width:100%;max-height:420px;border:1px solid #e3e0d8;border-radius:8px\"></p>";
/// The longest that the store of files may take for a mail's picture.
const PICTURE_WAIT: Duration = Duration::from_secs(10);
/// Bytes of a picture that is sent along, at most.
const MAX_PICTURE: usize = 3 * 1024 * 1024;
/// What is said of a mail that may have arrived.
const UNKNOWN: &str = "The mail server didn't say whether it took this email. We didn't send it again.";
/// Real minutes after which whoever handed a mail over will not come back: longer than any job takes.
const UNKNOWN_AFTER_MINUTES: i64 = 15;

/// What held a personal link is not kept once it may have arrived.
async fn forget_link(tx: &mut Tx, mail_id: &str) -> store::StoreResult<()> {
    store::mail::forget_link(tx, mail_id, LINK_KEY, LINK_GONE).await
}
