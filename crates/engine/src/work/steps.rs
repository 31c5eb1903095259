//! Working on requests (§32): taking them (TP5), the steps of their life (RQ1), and their history (RQ6).
//!
//! A press sends what was seen of the request. The request is held while it is decided, so that of two presses the second
//! finds what the first has done; the same press again gets the first one's answer (invariant 7).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        SYSTEM, audit,
        forms::{Pressed, derived_key},
        internal,
    },
    payables::accrue::accrue_delivery,
    people::follow::{Follower, Place},
    work::{
        held::{Held, STEPS},
        scope::scope,
        thread::MAX_MESSAGE,
    },
};
use async_trait::async_trait;
use domain::{
    AppError, AppResult, Instant, RequestId, RequestStatus, Transition, UserId,
    error::Problem,
    text,
    work::{
        request::Hold,
        view::{StepInput, Stepped, TakesBack},
    },
};
use store::{
    Tx,
    log::AuditEntry,
    work::steps::{self, Delivery, Event, WorkRow},
};

/// What one writes with a step, checked. A delivery needs none.
fn words(wanted: Transition, typed: &str) -> AppResult<String> {
    let most = match wanted {
        Transition::Deliver if typed.trim().is_empty() => return Ok(String::new()),
        Transition::AskRevision | Transition::Deliver => MAX_MESSAGE,
        Transition::Reopen => text::MAX_REASON,
        _ => return Ok(String::new()),
    };
    text::block(typed, most).map_err(|problem| AppError::field("text", problem))
}

/// The key of a press: what was seen, and what was written. Two different texts are two presses, but not two ways of sending
/// the same line ends.
fn press_key(wanted: Transition, input: &StepInput) -> String {
    let text = text::lines(input.text.trim(), usize::MAX).unwrap_or_default();
    derived_key(&format!("{wanted}:{}:{text}", input.version))
}

/// A press on its way.
struct Press<'a> {
    caller: &'a Caller,
    row: &'a WorkRow,
    wanted: Transition,
    to: RequestStatus,
    /// It is theirs from now on: nobody has it, and they claim or start it (TP5).
    takes: bool,
    text: &'a str,
    now: domain::Instant,
}

impl Engine {
    /// One of the buttons of a request's page: take, release, start, deliver, approve, ask for a revision, reopen.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside of the caller's scope, [`AppError::TransitionNotAllowed`] naming the present state
    /// (RQ1), [`AppError::AlreadyTaken`] (TP5), [`AppError::Forbidden`], [`AppError::Stale`] where it is not as it was seen,
    /// [`AppError::Invalid`] without the text that a revision and a reopening need.
    pub async fn work(&self, caller: &Caller, id: RequestId, input: &StepInput) -> AppResult<Stepped> {
        let scope = scope(caller)?;
        let wanted = input.step.parse().ok().filter(|step| STEPS.contains(step));
        let mut tx = self.db().write().await.or_internal()?;
        // What was seen is the key: nobody takes the same step twice from where it stood. But one can take, give back and take
        // again; who has it already gets that answer by itself.
        let claimed = match wanted.filter(|step| *step != Transition::Take) {
            Some(step) => {
                let what = format!("work:{id}");
                match self.press(&mut tx, caller, &what, &press_key(step, input), &()).await? {
                    Pressed::First(claimed) => Some(claimed),
                    Pressed::Again(done) => return Ok(Stepped { done, undo: None }),
                }
            }
            None => None,
        };
        let row = steps::lock(&mut tx, scope, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        // The one reading, with the request in hand (CO2).
        let now = self.now();
        let wanted: Transition = wanted.ok_or_else(|| AppError::field("step", Problem::ChoiceInvalid))?;
        let text = words(wanted, &input.text);
        let held = Held::from(&row);
        let to = held.step(caller, wanted)?;
        let hold = held.as_seen_by(caller);
        // Whoever takes what is free need not have seen all of it.
        if row.row_version != input.version && wanted != Transition::Take {
            return Err(AppError::Stale);
        }
        let nothing = match wanted {
            Transition::Take => hold == Hold::Mine,
            Transition::Release => row.designer_id.is_none(),
            _ => false,
        };
        let press = Press {
            caller,
            row: &row,
            wanted,
            to,
            takes: hold == Hold::Free && matches!(wanted, Transition::Take | Transition::Start),
            text: &text?,
            now,
        };
        let done = done_words(&press);
        if !nothing {
            self.carry_out_step(&mut tx, &press).await?;
            let version = row.versions + i64::from(wanted == Transition::Deliver);
            self.tell_step(&mut tx, caller, id, wanted, (version, press.text), now)
                .await?;
        }
        if let Some(claimed) = claimed {
            claimed.done(&mut tx, &done).await?;
        }
        let change = Change {
            client_id: Some(row.client_id),
            vendor_id: row.vendor_id,
        };
        self.commit(tx, Some(change)).await?;
        // Only one's own: what a colleague had would be another's afterwards.
        let undo = wanted
            .taken_back_by()
            .filter(|_| !nothing && (press.takes || hold == Hold::Mine));
        let undo = undo.map(|step| TakesBack {
            step,
            version: row.row_version + 1,
        });
        Ok(Stepped { done, undo })
    }

    async fn carry_out_step(&self, tx: &mut Tx, press: &Press<'_>) -> AppResult<()> {
        let Press { caller, row, now, .. } = *press;
        let takes = press.takes;
        if takes && !steps::take(tx, row.id, caller.user_id, now).await.or_internal()? {
            return Err(internal("a request was taken while it was held"));
        }
        let mut version = row.row_version + i64::from(takes);
        if press.wanted == Transition::Release
            && let Some(from) = row.designer_id
        {
            version += 1;
            if !steps::release(tx, row.id, from, now).await.or_internal()? {
                return Err(internal("a request was released while it was held"));
            }
        }
        if press.to != row.status
            && !steps::set_status(tx, row.id, version, row.status, press.to, now)
                .await
                .or_internal()?
        {
            return Err(internal("a request changed while it was held"));
        }
        let detail = match press.wanted {
            Transition::Deliver => self.deliver(tx, press).await?,
            Transition::Approve => format!("version {}", row.versions.max(1)),
            Transition::Reopen => press.text.to_owned(),
            Transition::AskRevision => {
                self.post_with(tx, press, "revision:".to_owned()).await?;
                String::new()
            }
            _ => String::new(),
        };
        // *Claim and start* is both.
        if takes && press.wanted == Transition::Start {
            self.history(tx, row.id, Transition::Take, caller, "", now).await?;
        }
        self.history(tx, row.id, press.wanted, caller, &detail, now).await?;
        if matches!(press.wanted, Transition::Approve | Transition::Reopen) {
            self.audit_step(tx, press, &detail).await?;
        }
        Ok(())
    }

    /// RQ4: the next version, of at least one file; the first one is what is paid for (§17, VP2).
    async fn deliver(&self, tx: &mut Tx, press: &Press<'_>) -> AppResult<String> {
        let Press { caller, row, now, .. } = *press;
        let version = row.versions + 1;
        let names = store::work::files::deliver(tx, row.id, version, row.vendor_id, now)
            .await
            .or_internal()?;
        if names.is_empty() {
            return Err(AppError::field("files", Problem::FileNeeded));
        }
        steps::insert_version(tx, row.id, version, caller.user_id, now)
            .await
            .or_internal()?;
        if !press.text.is_empty() {
            self.post_with(tx, press, note_key(version)).await?;
        }
        let detail = format!("version {version}: {}", names.join(", "));
        if !row.delivered {
            let delivery = Delivery {
                request_id: row.id,
                delivered_at: now,
                vendor_id: row.vendor_id,
                designer_id: row.designer_id,
                period_id: row.period_id,
                included_units: row.included_units,
                overage_units: row.overage_units,
            };
            steps::insert_delivery(tx, &delivery).await.or_internal()?;
            // VP2, VP3: in the same transaction, what it is worth to whoever delivered.
            accrue_delivery(tx, self, row.id, now).await?;
            self.audit_step(tx, press, &detail).await?;
        }
        Ok(detail)
    }

    /// RQ4: what is to be changed, and what is to be known of a version, stands in the thread, where it can be answered.
    async fn post_with(&self, tx: &mut Tx, press: &Press<'_>, mut key: String) -> AppResult<()> {
        let id = self.new_id::<uuid::Uuid>().to_string();
        // One of its own, whatever keys forms have had.
        key.push_str(&id);
        let by = press.caller.user_id;
        store::work::detail::insert_message(tx, &id, press.row.id, by, press.text, false, &key, press.now)
            .await
            .or_internal()?;
        Ok(())
    }

    /// RQ6.
    pub(crate) async fn history(
        &self,
        tx: &mut Tx,
        request: RequestId,
        what: Transition,
        caller: &Caller,
        detail: &str,
        now: domain::Instant,
    ) -> AppResult<()> {
        let event = Event {
            id: &self.new_id::<uuid::Uuid>().to_string(),
            request,
            kind: event_kind(what),
            by: Some(caller.user_id),
            by_name: &caller.name,
            detail,
        };
        steps::insert_event(tx, &event, now).await.or_internal()
    }

    /// §26: where money follows.
    async fn audit_step(&self, tx: &mut Tx, press: &Press<'_>, detail: &str) -> AppResult<()> {
        let row = press.row;
        let before = serde_json::json!({ "status": row.status }).to_string();
        let mut after = serde_json::json!({ "status": press.to, "detail": detail });
        if press.wanted == Transition::Deliver {
            after["vendor_id"] = serde_json::json!(row.vendor_id);
            after["included"] = row.included_units.into();
            after["overage"] = row.overage_units.into();
        }
        let entry = AuditEntry {
            actor: &press.caller.actor(),
            action: match press.wanted {
                Transition::Deliver => "request.delivered",
                Transition::Approve => "request.approved",
                _ => "request.reopened",
            },
            entity: "request",
            entity_id: &row.id.to_string(),
            before: Some(&before),
            after: Some(&after.to_string()),
        };
        audit(tx, self, press.now, entry).await
    }
}
/// What a person's new place means for the requests that they have.
pub(crate) struct Following;

#[async_trait]
impl Follower for Following {
    async fn moved(&self, tx: &mut Tx, engine: &Engine, user: UserId, place: Place<'_>, now: Instant) -> AppResult<()> {
        leave(tx, engine, user, place.works_for, now).await
    }
}

/// TP2: somebody who does not work for a vendor any more leaves its queue what they had of it.
async fn leave(tx: &mut Tx, engine: &Engine, user: UserId, now_of: Option<&str>, now: Instant) -> AppResult<()> {
    for request in steps::release_all(tx, user, now_of, now).await.or_internal()? {
        let event = Event {
            id: &engine.new_id::<uuid::Uuid>().to_string(),
            request,
            kind: event_kind(Transition::Release),
            by: None,
            by_name: SYSTEM,
            detail: "",
        };
        steps::insert_event(tx, &event, now).await.or_internal()?;
    }
    Ok(())
}

/// The history's word for a step.
const fn event_kind(step: Transition) -> &'static str {
    match step {
        Transition::Take => "taken",
        Transition::Release => "released",
        Transition::Give => "given",
        Transition::Start => "started",
        Transition::Deliver => "delivered",
        Transition::AskRevision => "revision_asked",
        Transition::Approve => "approved",
        Transition::Reopen => "reopened",
        other => other.as_str(),
    }
}

/// The step that a line of the history is of.
pub(super) fn step_of(kind: &str) -> Option<Transition> {
    Transition::ALL.iter().copied().find(|step| event_kind(*step) == kind)
}

/// How the key of a note begins that goes with a version.
fn note_key(version: i64) -> String {
    format!("version-{version}:")
}

/// Whether a message with this key is the note of that version.
pub(super) fn of_delivery(key: &str, version: i64) -> bool {
    key.starts_with(&note_key(version))
}

/// What happened, in a history: "Ana started work."
pub(crate) fn event_words(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "taken" => "claimed it",
        "released" => "released it",
        "given" => "assigned it to someone else",
        "started" => "started work",
        "delivered" => "delivered",
        "revision_asked" => "asked for a revision",
        "approved" => "approved",
        "reopened" => "reopened it",
        "file_added" => "attached",
        "file_removed" => "removed",
        "work_file_added" => "uploaded",
        "work_file_removed" => "removed",
        _ => return None,
    })
}

fn done_words(press: &Press<'_>) -> String {
    let Press { row, takes, .. } = *press;
    let yours = || format!("{} #{} is yours.", row.title, row.number);
    match press.wanted {
        Transition::Take => yours(),
        Transition::Release => "Released.".to_owned(),
        Transition::Start if takes => format!("{} Work has started.", yours()),
        Transition::Start => "Work started.".to_owned(),
        Transition::Deliver => format!("Version {} delivered.", row.versions + 1),
        Transition::AskRevision => "Revision requested.".to_owned(),
        Transition::Approve => "Approved.".to_owned(),
        Transition::Reopen => "Reopened.".to_owned(),
        _ => "Done.".to_owned(),
    }
}
