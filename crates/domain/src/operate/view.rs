//! What the admin's home, the inbox of events, the integrity page, the audit log and mails show.

use super::home::{Decision, HomeFigure};
use crate::{
    RequestId, RequestStatus,
    kernel::list::list_query,
    shown::{FirstStep, Moment, Named},
};
use serde::{Deserialize, Serialize};

/// `/admin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminHome {
    /// What needs a decision of whoever looks, the grave first.
    pub decisions: Vec<Decision>,
    /// The figures, each with what proves it.
    pub figures: Vec<HomeFigure>,
    /// Files of this month's payments and the last one's, for those who account for them: where each is, and its words.
    pub exports: Vec<Named>,
    /// Submitted last; `None` for those who see no requests.
    pub recent: Option<Vec<RecentRequestView>>,
    /// What the agency begins with, done or not; empty for those who cannot do it. The last one is mail.
    pub first_steps: Vec<FirstStep>,
}

/// A request in the list of the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentRequestView {
    /// Which.
    pub id: RequestId,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// The client's name.
    pub client: String,
    /// "3 × Logo design".
    pub what: String,
    /// Its state.
    pub status: RequestStatus,
    /// When it was submitted.
    pub submitted: Moment,
}

crate::words! {
    /// The states of an event in the inbox (WH2–WH7).
    pub enum EventState {
        /// Waits for its turn, or for its next try.
        Received = "received",
        /// Done.
        Processed = "processed",
        /// WH5: nothing of ours is known for it.
        Unmatched = "unmatched",
        /// Says nothing that we act on, or an admin said so.
        Ignored = "ignored",
        /// WH7: every try failed.
        Dead = "dead",
    }
}

impl EventState {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Received => "Waiting",
            Self::Processed => "Processed",
            Self::Unmatched => "Unmatched",
            Self::Ignored => "Ignored",
            Self::Dead => "Failed",
        }
    }
}

list_query! {
    /// The query string of `/admin/mail`.
    pub struct MailQuery {
        /// Words in address or subject.
        q,
        /// `failed`: only those that were not delivered.
        state,
        /// The key of the last row of the page before.
        after,
    }
}

list_query! {
    /// The query string of `/admin/webhooks`.
    pub struct EventQuery {
        /// An [`EventState`] word; empty: all.
        state,
        /// The key of the last row of the page before.
        after,
    }
}

/// `/admin/webhooks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventList {
    /// Newest first.
    pub rows: Vec<EventView>,
    /// How many stand in each state, in the order of [`EventState::ALL`].
    pub counts: Vec<(EventState, i64)>,
    /// The key of the next page, where there is one.
    pub next: Option<String>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// `evt_…`.
    pub id: String,
    /// "invoice.paid".
    pub kind: String,
    /// `in_…`.
    pub object_id: String,
    /// Its state.
    pub state: EventState,
    /// Tries so far.
    pub attempts: i64,
    /// When it came.
    pub received: Moment,
    /// What went wrong, or why it is ignored.
    pub note: Option<String>,
    /// It may be processed again (WH7).
    pub may_replay: bool,
    /// It may be ignored (WH7).
    pub may_ignore: bool,
}

/// `/admin/webhooks/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetail {
    /// The event.
    pub event: EventView,
    /// The version that it was rendered at.
    pub api_version: String,
    /// When it was done.
    pub processed: Option<Moment>,
    /// The body, indented.
    pub payload: String,
}

/// `/admin/integrity`: the proof of the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrityPage {
    /// When the books were checked.
    pub checked: Moment,
    /// Every invariant and the rows that break it.
    pub checks: Vec<IntegrityCheck>,
    /// Alarms that nobody has resolved.
    pub alarms: Vec<AlarmView>,
}

/// One invariant (§1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrityCheck {
    /// "I1".
    pub id: String,
    /// What must hold.
    pub rule: String,
    /// The rows that break it, each in words; empty where it holds.
    pub broken: Vec<String>,
}

/// Something that staff must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmView {
    /// Which.
    pub id: String,
    /// Its kind, in words.
    pub kind: String,
    /// What was found, and where.
    pub detail: String,
    /// When.
    pub raised: Moment,
}

list_query! {
    /// The query string of `/admin/audit` (§26).
    pub struct AuditQuery {
        /// A kind of thing ("pack"), or empty for all.
        entity,
        /// The id of one thing.
        id,
        /// Who did it: "user:…" or "system".
        actor,
        /// Words in the name of who did it.
        q,
        /// The first day, as YYYY-MM-DD.
        from,
        /// The last day.
        to,
        /// The key of the last row of the page before.
        after,
    }
}

impl AuditQuery {
    /// The kinds of things that the log speaks of.
    pub const ENTITIES: &'static [(&'static str, &'static str)] = &[
        ("subscription", "Subscriptions"),
        ("pack", "Packs"),
        ("service", "Services"),
        ("request", "Requests"),
        ("client", "Clients"),
        ("vendor", "Vendors"),
        ("payable", "Vendor payments"),
        ("user", "People"),
        ("agency", "Settings"),
        ("stripe_event", "Webhooks"),
        ("alarm", "Alarms"),
    ];
}

/// One field that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChange {
    /// Its name; empty where the log holds one word.
    pub field: String,
    /// What stood there.
    pub before: Option<String>,
    /// What stands there since.
    pub after: Option<String>,
}

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// When.
    pub at: Moment,
    /// A person's name, "The system" or "Stripe".
    pub who: String,
    /// "user:…", for the filter.
    pub actor: String,
    /// "Paula Mendes delivered #1071 Spring collection".
    pub text: String,
    /// The page of what it was done to, where that has one.
    pub href: Option<String>,
    /// "subscription".
    pub entity: String,
    /// Its id.
    pub entity_id: String,
    /// What was changed.
    pub changes: Vec<AuditChange>,
}

/// A page of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The lines.
    pub rows: Vec<AuditLine>,
    /// The key of the next page, if there is one.
    pub next: Option<String>,
    /// The name behind the filter by person, where it is on.
    pub actor: Option<String>,
    /// The days that it is filtered by, in words.
    pub from: Option<String>,
    /// The last one of them.
    pub to: Option<String>,
}

/// A mail in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailLine {
    /// Its id.
    pub id: String,
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// `queued`, `sent`, `kept` or `failed`.
    pub state: String,
    /// Why it failed.
    pub error: Option<String>,
    /// "Mar 10, 2027, 9:00 AM CT".
    pub at: String,
    /// For `<time>`.
    pub at_iso: String,
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailView {
    /// What the list says of it.
    pub line: MailLine,
    /// The plain text.
    pub text: String,
    /// It has failed and can be sent once more: its text is still there.
    pub again: bool,
}

/// A page of mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPage {
    /// Newest first.
    pub mails: Vec<MailLine>,
    /// The key of the next page.
    pub next: Option<String>,
}
