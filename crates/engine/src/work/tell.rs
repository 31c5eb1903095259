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
            let mut all = Vec::new();
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
                let notice = told.notice(NoticeKind::Submitted, "", words, due, "View request");
                let to = audience::makers(&mut tx, id, told.row.internal).await.or_internal()?;
                audience::set_told(&mut tx, id, now).await.or_internal()?;
                all.push((notice, to));
            }
            self.notify(&mut tx, now, &all).await?;
            self.commit(tx, None).await?;
        }
    }

    /// The job of each morning (RQ8): what is due on the next business day, and what is overdue since the last look. Each is told
    /// once for its due date, and each in a transaction of its own: people wait for none of it.
    pub(super) async fn tell_due(&self) -> AppResult<()> {
        let now = self.now();
        let zone = self.zone();
        let today = zone.day(now);
        let end_of = |days: u32| due_at(now, days, zone);
        for (kind, after, until) in [
            (NoticeKind::Overdue, now.plus_days(-OVERDUE_DAYS), now),
            (NoticeKind::DueTomorrow, end_of(0), end_of(1)),
        ] {
            let mut tx = self.db().read().await.or_internal()?;
            let due = audience::due_between(&mut tx, after, until).await.or_internal()?;
            drop(tx);
            for id in due {
                let mut tx = self.db().write().await.or_internal()?;
                self.tell_one_due(&mut tx, id, kind, now).await?;
                self.commit(tx, None).await?;
            }
        }
        let morning = |day| zone.start_of(day).plus_hours(MORNING);
        // A day and a half after its beginning no day is the same, however long the night was.
        let tomorrow = zone.day(zone.start_of(today).plus_hours(36));
        let next = [morning(today), morning(tomorrow)].into_iter().find(|at| *at > now);
        let next = next.unwrap_or_else(|| now.plus_hours(24));
        let mut tx = self.db().write().await.or_internal()?;
        enqueue(&mut tx, now, next, &Job::TellDue).await?;
        self.commit(tx, None).await
    }

    async fn tell_one_due(&self, tx: &mut Tx, id: RequestId, kind: NoticeKind, now: Instant) -> AppResult<()> {
        let told = Told::of(tx, id).await?;
        let Some(at) = told.row.due_at else { return Ok(()) };
        let (name, due) = (told.name(), self.due_words(at));
        let words = match kind {
            NoticeKind::Overdue => format!("{name} is overdue. It was due {due}."),
            _ => format!("{name} is due {due}."),
        };
        let notice = told.notice(kind, &at.0.to_string(), words, None, "View request");
        let to = audience::makers(tx, id, told.row.internal).await.or_internal()?;
        self.notify(tx, now, &[(notice, to)]).await
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
        let Some(kind) = kind_of(step) else { return Ok(()) };
        let told = Told::of(tx, id).await?;
        let (name, client) = (told.name(), &told.row.client);
        let words = match step {
            Transition::Start => format!("Work on {name} has started."),
            Transition::Deliver => format!("Version {version} of {name} is ready to review."),
            Transition::AskRevision => format!("{client} asked for changes to {name}."),
            Transition::Approve => format!("{client} approved {name}."),
            Transition::Cancel => format!("{name} was canceled."),
            _ => format!("{name} was reopened."),
        };
        let detail = Some(quoted(text)).filter(|text| !text.is_empty());
        let action = match kind {
            NoticeKind::Delivered => "Review the design",
            _ => "View request",
        };
        let mut to = Vec::new();
        if matches!(kind, NoticeKind::Claimed | NoticeKind::Delivered | NoticeKind::Undone) {
            to = audience::clients(tx, id).await.or_internal()?;
        }
        if !matches!(kind, NoticeKind::Claimed | NoticeKind::Delivered) {
            to.extend(audience::makers(tx, id, told.row.internal).await.or_internal()?);
        }
        let to = others(to, caller);
        let mut notice = told.notice(kind, &now.0.to_string(), words, detail, action);
        if kind == NoticeKind::Delivered {
            let file = audience::first_of_version(tx, id, version).await.or_internal()?;
            notice.picture = file.map(|file| object_key(&file, PreviewSize::Large));
        }
        self.notify(tx, now, &[(notice, to)]).await
    }

    /// Somebody wrote (`did`: what, as in "wrote about" a request): the other side is told, and of one's own side those whom it
    /// concerns. A note among the agency's people reaches nobody else.
    pub(super) async fn tell_message(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        id: RequestId,
        (key, body, internal): (&str, &str, bool),
        did: &str,
        now: Instant,
    ) -> AppResult<()> {
        let told = Told::of(tx, id).await?;
        let makers = audience::makers(tx, id, told.row.internal).await.or_internal()?;
        let makes = makers.contains(&caller.user_id);
        // RQ3: a vendor outside never learns of a note.
        let theirs = makes || (internal && !told.row.internal);
        let mut to = if theirs { Vec::new() } else { makers };
        if !internal && !caller.role.is_client() {
            to.extend(audience::clients(tx, id).await.or_internal()?);
        }
        let readers = audience::readers(tx, id, internal).await.or_internal()?;
        let names: Vec<(UserId, String)> = readers.iter().map(|one| (one.id, one.name.clone())).collect();
        let named = mentioned(body, &names);
        to.retain(|person| !named.contains(person));
        // What each of them reads of whoever wrote: outside, a client's people are the alias (RQ7), among themselves and for the
        // agency they have their names; a client reads of vendors what it reads on the request's page (SU8).
        let of = |person: &UserId| readers.iter().find(|one| one.id == *person);
        let (outside, inside): (Vec<UserId>, Vec<UserId>) = named
            .into_iter()
            .partition(|person| of(person).is_some_and(|one| one.outside));
        let (of_client, inside): (Vec<UserId>, Vec<UserId>) = inside
            .into_iter()
            .partition(|person| of(person).is_some_and(|one| one.of_client));
        let (clients, makers): (Vec<UserId>, Vec<UserId>) = to
            .into_iter()
            .partition(|person| of(person).is_some_and(|one| one.of_client));
        let to_client = person_for_client(caller.role, caller.name.clone(), told.row.shows_vendor_names);
        let to_makers = if caller.role.is_client() {
            &told.row.client
        } else {
            &caller.name
        };
        let notice = |kind, who: &str, did| {
            let words = format!("{who} {did} {}.", told.name());
            told.notice(kind, key, words, Some(quoted(body)), "Read and reply")
        };
        let (wrote, named) = (NoticeKind::Message, "mentioned you on");
        let all = [
            (notice(wrote, to_makers, did), makers),
            (notice(wrote, &to_client, did), clients),
            (notice(NoticeKind::Mention, to_makers, named), outside),
            (notice(NoticeKind::Mention, &caller.name, named), inside),
            (notice(NoticeKind::Mention, &to_client, named), of_client),
        ]
        .map(|(notice, to)| (notice, others(to, caller)));
        self.notify(tx, now, &all).await
    }
}

/// What is told of a step when it is taken. A submission is told by the job that follows it, and what is given by whoever gives
/// it; who of one side has it is no matter of the other's until the work begins; and payments are told as payments.
const fn kind_of(step: Transition) -> Option<NoticeKind> {
    match step {
        Transition::Start => Some(NoticeKind::Claimed),
        Transition::Deliver => Some(NoticeKind::Delivered),
        Transition::AskRevision => Some(NoticeKind::RevisionAsked),
        Transition::Approve => Some(NoticeKind::Approved),
        Transition::Reopen | Transition::Cancel => Some(NoticeKind::Undone),
        Transition::Submit
        | Transition::SubmitAwaitingPayment
        | Transition::PaymentSucceeded
        | Transition::PaymentFailed
        | Transition::RetryPayment
        | Transition::KeepIncluded
        | Transition::Discard
        | Transition::Give
        | Transition::Take
        | Transition::Release => None,
    }
}

/// All but whoever did it.
fn others(mut people: Vec<UserId>, caller: &Caller) -> Vec<UserId> {
    people.retain(|person| *person != caller.user_id);
    people
}
