//! What people are told about requests (§24, RQ7): the client by the agency's name, a vendor by the client's alias.

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{internal, jobs::enqueue},
    notices::Notice,
    work::jobs::Job,
};
use domain::{
    AppResult, Instant, RequestId, Transition, UserId,
    agency::person_for_client,
    notices::{NoticeKind, mention::mentioned},
    work::{
        form::due_at,
        preview::{PreviewSize, object_key},
    },
};
use std::collections::BTreeSet;
use store::{
    Tx,
    work::audience::{self, ToldRow},
};

/// Characters of a message that its mail quotes.
const QUOTED: usize = 300;
/// Requests that one transaction tells of.
const AT_ONCE: i64 = 50;
/// The hour of the morning's job, in business time.
const MORNING: i64 = 8;
/// Days for which the morning's job looks back.
const OVERDUE_DAYS: i64 = 7;

/// A request and its row.
struct Told {
    id: RequestId,
    row: ToldRow,
}

impl Told {
    async fn of(tx: &mut Tx, id: RequestId) -> AppResult<Told> {
        let row = audience::told(tx, id).await.or_internal()?;
        let row = row.ok_or_else(|| internal("no request to tell of"))?;
        Ok(Told { id, row })
    }

    fn notice(&self, kind: NoticeKind, key: &str, text: String, detail: Option<String>, action: &str) -> Notice {
        Notice {
            kind,
            key: format!("{kind}:{}:{key}", self.id),
            about: about(self.id),
            text,
            detail,
            href: format!("/requests/{}", self.id),
            action: action.to_owned(),
            picture: None,
        }
    }

    fn name(&self) -> String {
        format!("#{} {}", self.row.number, self.row.title)
    }
}

/// What a notice about a request is about: opening its page reads it.
pub(super) fn about(id: RequestId) -> String {
    format!("request:{id}")
}

/// The beginning of what somebody wrote.
fn quoted(text: &str) -> String {
    let mut quoted: String = text.chars().take(QUOTED).collect();
    if quoted.len() < text.len() {
        quoted.push('…');
    }
    quoted
}

impl Engine {
    /// The job that follows a submission: whoever is to do it is told. Submissions themselves share a transaction and are not
    /// held up by it.
    pub(super) async fn tell_submitted(&self) -> AppResult<()> {
        loop {
            let mut tx = self.db().write().await.or_internal()?;
            let now = self.now();
            let untold = audience::untold(&mut tx, AT_ONCE).await.or_internal()?;
            if untold.is_empty() {
                return Ok(());
            }
            for id in untold {
                let told = Told::of(&mut tx, id).await?;
                let ToldRow {
                    client,
                    service,
                    quantity,
                    ..
                } = &told.row;
                let words = format!("{client} requested {quantity} × {service}: {}.", told.name());
                let due = told.row.due_at.map(|at| format!("Due {}.", self.due_words(at)));
                let notice = told.notice(NoticeKind::Submitted, "", words, due, "Open the request");
                let to = audience::makers(&mut tx, id).await.or_internal()?;
                self.notify(&mut tx, now, &notice, &to).await?;
                audience::set_told(&mut tx, id, now).await.or_internal()?;
            }
            self.commit(tx, None).await?;
        }
    }

    /// The job of each morning (RQ8): what is due on the next business day, and what is overdue since the last look. Each is told
    /// once for its due date.
    pub(super) async fn tell_due(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let zone = self.zone();
        let today = zone.day(now);
        let end_of = |days: u32| due_at(now, days, zone);
        for (kind, after, until) in [
            (NoticeKind::Overdue, now.plus_days(-OVERDUE_DAYS), now),
            (NoticeKind::DueTomorrow, end_of(0), end_of(1)),
        ] {
            for id in audience::due_between(&mut tx, after, until).await.or_internal()? {
                let told = Told::of(&mut tx, id).await?;
                let Some(at) = told.row.due_at else { continue };
                let (name, due) = (told.name(), self.due_words(at));
                let words = match kind {
                    NoticeKind::Overdue => format!("{name} is overdue. It was due {due}."),
                    _ => format!("{name} is due {due}."),
                };
                let notice = told.notice(kind, &at.0.to_string(), words, None, "Open the request");
                let to = audience::makers(&mut tx, id).await.or_internal()?;
                self.notify(&mut tx, now, &notice, &to).await?;
            }
        }
        let morning = |day| zone.start_of(day).plus_hours(MORNING);
        // A day and a half after its beginning no day is the same, however long the night was.
        let tomorrow = zone.day(zone.start_of(today).plus_hours(36));
        let next = [morning(today), morning(tomorrow)].into_iter().find(|at| *at > now);
        let next = next.unwrap_or_else(|| now.plus_hours(24));
        enqueue(&mut tx, now, next, &Job::TellDue).await?;
        self.commit(tx, None).await
    }

    /// What follows from a step. `text`: what was written with it; `version`: the one that it is about.
    pub(super) async fn tell_step(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: RequestId,
        step: Transition,
        (version, text): (i64, &str),
        now: Instant,
    ) -> AppResult<()> {
        if !matches!(
            step,
            Transition::Start | Transition::Deliver | Transition::AskRevision | Transition::Approve
        ) {
            return Ok(());
        }
        let told = Told::of(tx, id).await?;
        let (name, client) = (told.name(), &told.row.client);
        let (kind, words, detail, action) = match step {
            Transition::Start => (
                NoticeKind::Claimed,
                format!("Work on {name} has started."),
                None,
                "Open the request",
            ),
            Transition::Deliver => (
                NoticeKind::Delivered,
                format!("Version {version} of {name} is ready to review."),
                Some(quoted(text)).filter(|note| !note.is_empty()),
                "Review the design",
            ),
            Transition::AskRevision => (
                NoticeKind::RevisionAsked,
                format!("{client} asked for changes to {name}."),
                Some(quoted(text)),
                "Open the request",
            ),
            _ => (
                NoticeKind::Approved,
                format!("{client} approved {name}."),
                None,
                "Open the request",
            ),
        };
        let to = match kind {
            NoticeKind::Claimed | NoticeKind::Delivered => audience::clients(tx, id).await,
            _ => audience::makers(tx, id).await,
        };
        let to = others(to.or_internal()?, caller);
        let mut notice = told.notice(kind, &now.0.to_string(), words, detail, action);
        if kind == NoticeKind::Delivered {
            let file = audience::first_of_version(tx, id, version).await.or_internal()?;
            notice.picture = file.map(|file| object_key(&file, PreviewSize::Large));
        }
        self.notify(tx, now, &notice, &to).await
    }

    /// Somebody wrote: the other side is told, and of one's own side those whom it concerns. A note among the agency's people
    /// reaches nobody else.
    pub(super) async fn tell_message(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: RequestId,
        (key, body, internal): (&str, &str, bool),
        now: Instant,
    ) -> AppResult<()> {
        let told = Told::of(tx, id).await?;
        let makers = audience::makers(tx, id).await.or_internal()?;
        let makes = makers.contains(&caller.user_id);
        // RQ3: a vendor outside never learns of a note.
        let theirs = makes || (internal && !told.row.internal);
        let mut to = if theirs { Vec::new() } else { makers };
        if !internal && !caller.role.is_client() {
            to.extend(audience::clients(tx, id).await.or_internal()?);
        }
        let readers = audience::readers(tx, id, internal).await.or_internal()?;
        let of_client: BTreeSet<UserId> = readers
            .iter()
            .filter(|reader| reader.2)
            .map(|reader| reader.0)
            .collect();
        let readers: Vec<(UserId, String)> = readers.into_iter().map(|(person, name, _)| (person, name)).collect();
        let named = mentioned(body, &readers);
        to.retain(|person| !named.contains(person));
        let (to, named) = (others(to, caller), others(named, caller));
        // SU8: the client's people read who wrote as they do on the request's page.
        let (ours, clients) = if caller.role.is_client() {
            (told.row.client.clone(), told.row.client.clone())
        } else {
            let name = caller.name.clone();
            let shown = person_for_client(caller.role, name.clone(), told.row.shows_vendor_names);
            (name, shown)
        };
        for (kind, did, to) in [
            (NoticeKind::Message, "wrote about", to),
            (NoticeKind::Mention, "mentioned you on", named),
        ] {
            let (theirs, to): (Vec<UserId>, Vec<UserId>) =
                to.into_iter().partition(|person| of_client.contains(person));
            for (who, to) in [(&clients, theirs), (&ours, to)] {
                let words = format!("{who} {did} {}.", told.name());
                let notice = told.notice(kind, key, words, Some(quoted(body)), "Read and reply");
                self.notify(tx, now, &notice, &to).await?;
            }
        }
        Ok(())
    }
}

/// All but whoever did it.
fn others(mut people: Vec<UserId>, caller: &Caller) -> Vec<UserId> {
    people.retain(|person| *person != caller.user_id);
    people
}
