//! What people are told about requests (§24): each side by the names that it reads (RQ7, SU8).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::{internal, jobs::enqueue},
    notices::Notice,
    work::{jobs::Job, submit::about_draft},
};
use domain::{
    AppResult, Instant, RequestId, Role, Transition, UserId,
    agency::Reader,
    notices::{
        NoticeKind,
        mention::{mentioned, unnamed},
    },
    work::{
        form::due_at,
        preview::{PreviewSize, object_key},
    },
};
use store::{
    Tx,
    notices::{OF_REQUEST, settle},
    people::recipients,
    work::audience::{self, PersonRow, ToldRow},
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
            detail,
            action: action.to_owned(),
            ..notice(self.id, kind, key, text)
        }
    }

    fn name(&self) -> String {
        format!("#{} {}", self.row.number, self.row.title)
    }

    /// How people of a role read of others.
    fn reader(&self, role: Role) -> Reader<'_> {
        match role {
            role if role.is_client() => Reader::Client {
                shown: self.row.shows_vendor_names,
            },
            role if role.is_vendor() => Reader::Vendor {
                vendor: self.row.vendor_id,
                alias: &self.row.alias,
            },
            _ => Reader::Agency,
        }
    }
}

/// What somebody did to a request and wrote with it, as those read it who are told.
struct Said<'a> {
    told: &'a Told,
    by: &'a Caller,
    text: &'a str,
    people: Vec<PersonRow>,
}

impl<'a> Said<'a> {
    async fn of(tx: &mut Tx, told: &'a Told, by: &'a Caller, text: &'a str, note: bool) -> AppResult<Said<'a>> {
        let people = audience::people(tx, told.id, note).await.or_internal()?;
        Ok(Said { told, by, text, people })
    }

    /// Those who can read it and are named in it.
    fn named(&self) -> Vec<UserId> {
        let readers = self.people.iter().filter(|one| one.reads);
        let names: Vec<(UserId, String)> = readers.map(|one| (one.id, one.name.clone())).collect();
        mentioned(self.text, &names)
    }

    /// Whoever did it, as somebody of a side reads it.
    fn who(&self, reader: Reader<'_>) -> String {
        reader.reads(self.by.role, self.by.vendor_id, self.by.name.clone())
    }

    /// The same where it was done for the client: its people are the client for those who work for it.
    fn side(&self, reader: Reader<'_>) -> String {
        match reader {
            Reader::Agency if self.by.role.is_client() => self.told.row.client.clone(),
            _ => self.who(reader),
        }
    }

    /// What is told to people, each of whom can read it, but to whoever did it: one notice for each side.
    fn to(
        &self,
        to: &[UserId],
        (kind, key, action): (NoticeKind, &str, &str),
        words: impl Fn(Reader<'_>) -> String,
    ) -> Vec<(Notice, Vec<UserId>)> {
        let sides = [Role::ClientOwner, Role::VendorManager, Role::InternalDesigner].map(|role| self.told.reader(role));
        let told = sides.into_iter().map(|side| {
            let same =
                |one: &&PersonRow| std::mem::discriminant(&self.told.reader(one.role)) == std::mem::discriminant(&side);
            let told = self.people.iter().filter(|one| one.reads && one.id != self.by.user_id);
            let told = told.filter(|one| to.contains(&one.id)).filter(same);
            let detail = Some(quoted(&as_read(self.text, side, &self.people))).filter(|text| !text.is_empty());
            let notice = self.told.notice(kind, key, words(side), detail, action);
            (notice, told.map(|one| one.id).collect())
        });
        told.collect()
    }

    /// They are told that they were named.
    fn mention(&self, named: &[UserId], key: &str) -> Vec<(Notice, Vec<UserId>)> {
        let name = self.told.name();
        self.to(named, (NoticeKind::Mention, key, "Read and reply"), |reader| {
            format!("{} mentioned you on {name}.", self.who(reader))
        })
    }
}

/// A text, as somebody reads it: without the names of those whom they know by others (RQ7, SU8).
pub(super) fn as_read(text: &str, reader: Reader<'_>, people: &[PersonRow]) -> String {
    let read = |one: &PersonRow| reader.reads(one.role, one.vendor_id, one.name.clone());
    let names: Vec<(String, String)> = people.iter().map(|one| (one.name.clone(), read(one))).collect();
    unnamed(text, &names)
}

/// What a notice about a request is about: opening its page reads it.
pub(super) fn about(id: RequestId) -> String {
    format!("{OF_REQUEST}{id}")
}

/// A notice about a request, which leads to it.
pub(super) fn notice(id: RequestId, kind: NoticeKind, key: &str, text: String) -> Notice {
    Notice {
        kind,
        key: format!("{kind}:{id}:{key}"),
        about: about(id),
        text,
        detail: None,
        href: format!("/requests/{id}"),
        action: "View request".to_owned(),
        picture: None,
    }
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
                let ToldRow { service, quantity, .. } = &told.row;
                let client = if told.row.internal {
                    &told.row.client
                } else {
                    &told.row.alias
                };
                let words = format!("{client} requested {quantity} × {service}: {}.", told.name());
                let due = told.row.due_at.map(|at| format!("Due {}.", self.due_words(at)));
                let notice = told.notice(NoticeKind::Submitted, "", words, due, "View request");
                let to = audience::makers(&mut tx, id, told.row.internal).await.or_internal()?;
                audience::set_told(&mut tx, id, now).await.or_internal()?;
                // §25: whoever was asked to approve it need not any more.
                settle(
                    &mut tx,
                    told.row.client_id,
                    (NoticeKind::Approval, &about_draft(id)),
                    now,
                )
                .await
                .or_internal()?;
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
        let said = Said::of(tx, &told, caller, text, false).await?;
        let name = told.name();
        let words = |reader: Reader<'_>| match step {
            Transition::Start => format!("Work on {name} has started."),
            Transition::Deliver => format!("Version {version} of {name} is ready to review."),
            Transition::AskRevision => format!("{} asked for changes to {name}.", said.side(reader)),
            Transition::Approve => format!("{} approved {name}.", said.side(reader)),
            _ => format!("{name} was reopened."),
        };
        let mut to = Vec::new();
        // An admin approves for a client, who learns of it.
        if matches!(kind, NoticeKind::Claimed | NoticeKind::Delivered | NoticeKind::Undone)
            || (kind == NoticeKind::Approved && !caller.role.is_client())
        {
            to = audience::clients(tx, id).await.or_internal()?;
        }
        if !matches!(kind, NoticeKind::Claimed | NoticeKind::Delivered) {
            to.extend(audience::makers(tx, id, told.row.internal).await.or_internal()?);
        }
        let key = now.0.to_string();
        let action = match kind {
            NoticeKind::Delivered => "Review the design",
            _ => "View request",
        };
        let mut all = said.to(&to, (kind, &key, action), words);
        if kind == NoticeKind::Delivered {
            let file = audience::first_of_version(tx, id, version).await.or_internal()?;
            let picture = file.map(|file| object_key(&file, PreviewSize::Large));
            all.iter_mut()
                .for_each(|(notice, _)| notice.picture.clone_from(&picture));
        }
        // What is written with these stands in the thread. Whoever is told of the step reads there that it names them.
        if matches!(step, Transition::Deliver | Transition::AskRevision) {
            let mut named = said.named();
            named.retain(|person| !to.contains(person));
            all.extend(said.mention(&named, &key));
        }
        self.notify(tx, now, &all).await
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
        let said = Said::of(tx, &told, caller, body, internal).await?;
        let makers = audience::makers(tx, id, told.row.internal).await.or_internal()?;
        let makes = makers.contains(&caller.user_id);
        // RQ3: a vendor outside never learns of a note.
        let theirs = makes || (internal && !told.row.internal);
        let mut to = if theirs { Vec::new() } else { makers };
        if !internal && !caller.role.is_client() {
            to.extend(audience::clients(tx, id).await.or_internal()?);
        }
        // AS9: while nobody has the work, a client's words are for the admins to answer.
        if to.is_empty() && caller.role.is_client() {
            let admins = recipients::admins(tx).await.or_internal()?;
            to = admins.into_iter().map(|admin| admin.id).collect();
        }
        let named = said.named();
        to.retain(|person| !named.contains(person));
        let name = told.name();
        let mut all = said.to(&to, (NoticeKind::Message, key, "Read and reply"), |reader| {
            format!("{} {did} {name}.", said.side(reader))
        });
        all.extend(said.mention(&named, key));
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
        Transition::Reopen => Some(NoticeKind::Undone),
        Transition::Submit
        | Transition::SubmitAwaitingPayment
        | Transition::PaymentSucceeded
        | Transition::PaymentFailed
        | Transition::RetryPayment
        | Transition::KeepIncluded
        | Transition::Cancel
        | Transition::Discard
        | Transition::Give
        | Transition::Take
        | Transition::Release => None,
    }
}
