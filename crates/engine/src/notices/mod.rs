//! Telling people (§24): in the bell, and by mail together with what else happens within ten minutes.
//!
//! Owns notices and what people have chosen about them. May use people and the kernel. What must not be here: when something is
//! told, and to whom; the room in which it happens calls `Engine::notify` in its transaction, so nothing is told that did not
//! happen.

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{
        jobs::{self, enqueue},
        mail::{Mail, Recipient, queue_mail, queue_mail_with},
        moment_key,
        operations::JobError,
        page_of, read_moment_key,
    },
    people::follow::{Follower, Place},
};
use async_trait::async_trait;
use domain::{
    AppError, AppResult, Instant, UserId,
    notices::{
        GATHER_MINUTES, NoticeKind, Ways,
        view::{ChoiceView, NoticePage, NoticeView, NoticesQuery},
    },
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    notices::{self as rows, NewNotice, NoticeRow},
    people::recipients::{self, person_to_tell},
};

/// Notices on one page.
const PAGE: i64 = 50;

/// What happened.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// The same key is told once.
    pub key: String,
    /// Whose page reads it: "request:…".
    pub about: String,
    /// One sentence, which is the mail's subject as well.
    pub text: String,
    /// A sentence more, for the mail.
    pub detail: Option<String>,
    /// Where it leads.
    pub href: String,
    /// The words of the mail's button.
    pub action: String,
    /// Where the bytes of a picture are that its mail shows, if they are there by then.
    pub picture: Option<String>,
}

/// What the worker does about notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Mail somebody what has gathered.
    MailNotices {
        /** Whom. */
        user_id: UserId,
    },
}

#[async_trait]
impl jobs::Job for Job {
    fn key(&self) -> String {
        let Job::MailNotices { user_id } = self;
        format!("notices:{user_id}")
    }

    fn kind(&self) -> &'static str {
        "notices"
    }

    fn payload(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    async fn run(&self, engine: &Engine) -> Result<(), JobError> {
        let Job::MailNotices { user_id } = self;
        Ok(engine.mail_notices(*user_id).await?)
    }
}

impl Engine {
    /// Tells people, each once and as they have chosen. Whoever did it is not told: leave them out. All that a transaction tells is
    /// told at once and at its end: the jobs of mails are rows that others wait for, taken in one order.
    pub(crate) async fn notify(&self, tx: &mut Tx, now: Instant, told: &[(Notice, Vec<UserId>)]) -> AppResult<()> {
        let mail_at = now.plus_minutes(GATHER_MINUTES);
        let mut new = Vec::new();
        // Of one press mostly the same people are told the same kind.
        let mut last = None::<(NoticeKind, &[UserId])>;
        let mut chosen: BTreeMap<UserId, Ways> = BTreeMap::new();
        for (notice, to) in told.iter().filter(|(_, to)| !to.is_empty()) {
            if last != Some((notice.kind, to)) {
                last = Some((notice.kind, to));
                chosen = rows::chosen_by(tx, to, notice.kind)
                    .await
                    .or_internal()?
                    .into_iter()
                    .collect();
            }
            let ways = |user: &UserId| notice.kind.ways(chosen.get(user).copied());
            let wanted = to.iter().filter(|user| ways(user).bell || ways(user).mail);
            new.extend(wanted.map(|user| NewNotice {
                id: self.new_id::<uuid::Uuid>().to_string(),
                user_id: *user,
                dedupe_key: &notice.key,
                kind: notice.kind,
                about: &notice.about,
                text: &notice.text,
                detail: notice.detail.as_deref(),
                href: &notice.href,
                action: &notice.action,
                picture: notice.picture.as_deref(),
                in_bell: ways(user).bell,
                mail_at: ways(user).mail.then_some(mail_at),
            }));
        }
        rows::insert(tx, &new, now).await.or_internal()?;
        let mailed = new.iter().filter(|one| one.mail_at.is_some());
        let mailed: BTreeSet<UserId> = mailed.map(|one| one.user_id).collect();
        for user_id in mailed {
            enqueue(tx, now, mail_at, &Job::MailNotices { user_id }).await?;
        }
        Ok(())
    }

    /// Tells people what is worth a mail of its own: it goes at once, and stands in the bell by its subject.
    pub(crate) async fn notify_by_mail(
        &self,
        tx: &mut Tx,
        now: Instant,
        (kind, key): (NoticeKind, &str),
        mail: &Mail,
        to: &[recipients::Recipient],
    ) -> AppResult<()> {
        let ids: Vec<UserId> = to.iter().map(|person| person.id).collect();
        let chosen = rows::chosen_by(tx, &ids, kind).await.or_internal()?;
        let chosen: BTreeMap<UserId, Ways> = chosen.into_iter().collect();
        let ways = |person: &recipients::Recipient| kind.ways(chosen.get(&person.id).copied());
        let text = format!("{}.", mail.subject);
        let (action, href) = mail.action.clone().unwrap_or_default();
        // Where the first sentence is the subject over again, the bell says it once.
        let detail = mail
            .paragraphs
            .first()
            .filter(|first| !first.starts_with(&mail.subject));
        let in_bell = to.iter().filter(|person| ways(person).bell);
        let new: Vec<NewNotice<'_>> = in_bell
            .map(|person| NewNotice {
                id: self.new_id::<uuid::Uuid>().to_string(),
                user_id: person.id,
                dedupe_key: key,
                kind,
                about: &href,
                text: &text,
                detail: detail.map(String::as_str),
                href: &href,
                action: &action,
                picture: None,
                in_bell: true,
                mail_at: None,
            })
            .collect();
        rows::insert(tx, &new, now).await.or_internal()?;
        for person in to.iter().filter(|person| ways(person).mail) {
            let key = format!("{key}:{}", person.id);
            queue_mail(tx, self, now, &key, recipient(person), mail).await?;
        }
        Ok(())
    }

    /// One mail of all that has gathered and was not read meanwhile.
    async fn mail_notices(&self, user: UserId) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let gathered = rows::to_mail(&mut tx, user).await.or_internal()?;
        let person = person_to_tell(&mut tx, user).await.or_internal()?;
        if let (Some(first), Some(person)) = (gathered.first(), person) {
            let to = recipient(&person);
            let mail = mail_of(&gathered);
            // Of several, the newest that has one.
            let picture = gathered.iter().rev().find_map(|one| one.picture.as_deref());
            let key = format!("notices:{}", first.id);
            queue_mail_with(&mut tx, self, now, &key, to, &mail, picture).await?;
        }
        let ids: Vec<&str> = gathered.iter().map(|one| one.id.as_str()).collect();
        rows::mailed(&mut tx, user, &ids, now).await.or_internal()?;
        self.commit(tx, None).await
    }

    /// A page of one's own notices; only those in which one was mentioned where that is asked for.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn notices(&self, caller: &Caller, query: &NoticesQuery) -> AppResult<NoticePage> {
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let before = read_moment_key(&query.after).unwrap_or((Instant(i64::MAX), ""));
        let found = rows::list(&mut tx, caller.user_id, query.mentions(), before, PAGE + 1)
            .await
            .or_internal()?;
        let unread = rows::unread(&mut tx, caller.user_id).await.or_internal()?;
        let (found, next) = page_of(found, PAGE, |row| moment_key(row.at, &row.id));
        Ok(NoticePage {
            notices: found.into_iter().map(|row| self.notice_view(row, now)).collect(),
            unread,
            next,
        })
    }

    fn notice_view(&self, row: NoticeRow, now: Instant) -> NoticeView {
        NoticeView {
            at: self.moment(row.at, now),
            unread: row.read_at.is_none(),
            id: row.id,
            text: row.text,
            detail: row.detail.unwrap_or_default(),
        }
    }

    /// Opens a notice: it is read, and where it leads.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is somebody else's.
    pub async fn open_notice(&self, caller: &Caller, id: &str) -> AppResult<String> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let href = rows::read(&mut tx, caller.user_id, id, now).await.or_internal()?;
        let href = href.ok_or(AppError::NotFound)?;
        self.commit(tx, None).await?;
        Ok(href)
    }

    /// Reads all of one's own.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn read_notices(&self, caller: &Caller) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        rows::read_all(&mut tx, caller.user_id, None, now).await.or_internal()?;
        self.commit(tx, None).await
    }

    /// What of it concerns a person's role, and how each comes.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn notice_choices(&self, caller: &Caller) -> AppResult<Vec<ChoiceView>> {
        let mut tx = self.db().read().await.or_internal()?;
        let chosen = rows::choices(&mut tx, caller.user_id).await.or_internal()?;
        let ways = |kind: NoticeKind| chosen.iter().find(|(of, _)| *of == kind).map(|(_, ways)| *ways);
        let kinds = NoticeKind::ALL.iter().filter(|kind| kind.concerns(caller.role));
        Ok(kinds
            .map(|kind| ChoiceView {
                kind: *kind,
                ways: kind.ways(ways(*kind)),
            })
            .collect())
    }

    /// Chooses for all kinds at once, as the form of the account shows them; what is locked stays.
    ///
    /// # Errors
    /// Only failures of ours.
    pub async fn choose_notices(&self, caller: &Caller, bell: &[NoticeKind], mail: &[NoticeKind]) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let open = NoticeKind::ALL
            .iter()
            .filter(|kind| kind.concerns(caller.role) && !kind.locked());
        for kind in open {
            let ways = Ways {
                bell: bell.contains(kind),
                mail: mail.contains(kind),
            };
            rows::choose(&mut tx, caller.user_id, *kind, ways).await.or_internal()?;
        }
        self.commit(tx, None).await
    }
}

/// What a person was told on one side is not theirs on another.
pub(crate) struct Following;

#[async_trait]
impl Follower for Following {
    async fn moved(&self, tx: &mut Tx, _: &Engine, user: UserId, place: Place<'_>, _: Instant) -> AppResult<()> {
        if place.elsewhere {
            rows::forget_of(tx, user).await.or_internal()?;
        }
        Ok(())
    }
}

fn recipient(person: &recipients::Recipient) -> Recipient<'_> {
    Recipient {
        user_id: person.id,
        name: &person.name,
        email: &person.email,
    }
}

/// What happened alone says it in its subject; of several, each has its line and leads to what it is about.
fn mail_of(gathered: &[NoticeRow]) -> Mail {
    match gathered {
        [one] => Mail {
            subject: one.text.trim_end_matches('.').to_owned(),
            // What somebody wrote never stands alone under our name.
            paragraphs: [Some(one.text.clone()), one.detail.clone()]
                .into_iter()
                .flatten()
                .collect(),
            action: Some((one.action.clone(), one.href.clone())),
            ..Mail::default()
        },
        // All of one thing: its own page says more than a list.
        [first, rest @ ..] if rest.iter().all(|one| one.href == first.href) => Mail {
            subject: format!("{} updates", rest.len() + 1),
            paragraphs: gathered.iter().map(|one| one.text.clone()).collect(),
            action: Some((first.action.clone(), first.href.clone())),
            ..Mail::default()
        },
        many => Mail {
            subject: format!("{} updates", many.len()),
            lines: many.iter().map(|one| (one.text.clone(), one.href.clone())).collect(),
            ..Mail::default()
        },
    }
}
