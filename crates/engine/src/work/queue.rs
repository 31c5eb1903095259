//! The queue of requests that Tri-POD is to deliver (TP5), and giving those outside of packs to a vendor or a designer (RQ10).
//!
//! A selection sends what was seen of each request; everything of one press is one transaction that holds them.

use crate::{
    Caller, Change, Engine, OnConstraint,
    assignment::{board::Board, picks::some, tell::Telling},
    kernel::{audit, forms::Pressed, page_of},
    notices::Notice,
    people::vendors::TRI_POD,
    work::{held::Held, tell::notice},
};
use domain::{
    AppError, AppResult, Capability, ClientId, Instant, RequestId, RequestStatus, Role, Transition, UserId, VendorId,
    assignment::{Effect, Summary},
    error::Problem,
    list::PAGE_SIZE,
    notices::NoticeKind,
    shown::counted,
    work::{
        GiveFacts, NotGiven, RequestQuery, give,
        request::{Hold, QueuePart},
        view::{
            BoardColumn, BoardView, GiveDialog, GiveInput, GiveLine, QueueRow, QueueView, Receiver, StepView, Stepped,
        },
    },
};
use std::collections::BTreeSet;
use store::{
    Tx,
    log::AuditEntry,
    people::recipients,
    work::{
        Scope,
        list::{self, ListRow},
        queue::{self, DesignerRow, GiveRow},
        steps::{self, Event},
    },
};

/// The columns of the board.
const BOARD: [RequestStatus; 3] = [
    RequestStatus::Submitted,
    RequestStatus::InProgress,
    RequestStatus::InReview,
];
/// Cards of a column, at most.
const CARDS: i64 = 20;

/// What a selection sends of a request: which, and what was seen of it.
pub(crate) fn pick_text(id: RequestId, version: i64) -> String {
    format!("{id}~{version}")
}

/// The picks of a selection, each request once. One that cannot be read is nobody's (§25).
fn read_picks(texts: &[String]) -> AppResult<Vec<(RequestId, i64)>> {
    let mut seen = BTreeSet::new();
    let mut picks = Vec::new();
    for text in texts {
        let (id, version) = text.split_once('~').ok_or(AppError::NotFound)?;
        let id = id.parse().map_err(|_| AppError::NotFound)?;
        let version = version.parse().map_err(|_| AppError::NotFound)?;
        if seen.insert(id) {
            picks.push((id, version));
        }
    }
    some(picks)
}

/// Who is to get requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct To {
    vendor: VendorId,
    designer: Option<UserId>,
}

impl To {
    /// "vendor:…" or "designer:…", who is one of Tri-POD's.
    fn read(text: &str) -> AppResult<To> {
        let (kind, id) = text.trim().split_once(':').unwrap_or((text.trim(), ""));
        match kind {
            "" => Err(AppError::field("to", Problem::Required)),
            "vendor" => Ok(To {
                vendor: id.parse().map_err(|_| AppError::NotFound)?,
                designer: None,
            }),
            "designer" => Ok(To {
                vendor: TRI_POD,
                designer: Some(id.parse().map_err(|_| AppError::NotFound)?),
            }),
            _ => Err(AppError::NotFound),
        }
    }
}

fn give_facts(row: &GiveRow) -> GiveFacts {
    GiveFacts {
        of_pack: row.of_pack,
        delivered: row.delivered,
        status: row.status,
        holder: (row.vendor_id, row.designer_id),
    }
}

/// The vendors and the designers of Tri-POD.
struct Receivers {
    board: Board,
    designers: Vec<DesignerRow>,
}

impl Receivers {
    async fn read(tx: &mut Tx) -> AppResult<Receivers> {
        Ok(Receivers {
            board: Board::read(tx).await?,
            designers: queue::designers(tx, TRI_POD).await.or_internal()?,
        })
    }

    fn outcome(&self, row: &GiveRow, to: To) -> Result<Effect, NotGiven> {
        let vendor = self.board.vendor(to.vendor);
        let offers = vendor.is_some_and(|vendor| self.board.takes(vendor, row.service_id));
        give(&give_facts(row), (to.vendor, to.designer), offers)
    }

    /// AS4's words for what cannot be.
    fn refusal(&self, refusal: NotGiven, row: &GiveRow, to: To) -> String {
        match refusal {
            NotGiven::OfPack => "part of a pack, follows its vendor".to_owned(),
            NotGiven::Delivered => "already delivered".to_owned(),
            NotGiven::State(status) => status.label().to_lowercase(),
            NotGiven::NotOffered if self.board.vendor(to.vendor).is_some_and(|vendor| !vendor.active) => {
                "vendor is inactive".to_owned()
            }
            NotGiven::NotOffered => format!("vendor doesn't offer {}", row.service),
        }
    }

    fn summary(&self, found: &[GiveRow], to: To) -> Summary {
        let mut summary = Summary::default();
        for row in found {
            summary.add(self.outcome(row, to), |refusal| self.refusal(refusal, row, to));
        }
        summary
    }

    /// Whom somebody may choose, and nobody else: a vendor that exists, a designer who works for Tri-POD.
    fn knows(&self, to: To) -> bool {
        match to.designer {
            Some(id) => self.designers.iter().any(|one| one.id == id),
            None => self.board.vendor(to.vendor).is_some(),
        }
    }

    fn name(&self, to: To) -> String {
        let vendor = self.board.name(to.vendor);
        match self.designers.iter().find(|one| Some(one.id) == to.designer) {
            Some(designer) => format!("{} of {vendor}", designer.name),
            None => vendor.to_owned(),
        }
    }
}

fn holder(row: &GiveRow) -> String {
    let parts: Vec<&str> = [&row.vendor, &row.designer]
        .into_iter()
        .filter_map(|name| name.as_deref())
        .collect();
    parts.join(" · ")
}

impl Engine {
    /// One part of the queue (TP5), what is due first first. What no pack brings is a part of its own for those who give it
    /// away (RQ10). Four statements, whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for those who neither work for Tri-POD nor run it.
    pub async fn queue(&self, caller: &Caller, part: &str, after: &str) -> AppResult<QueueView> {
        let gives = caller.can(Capability::AssignPacks);
        caller.require(Capability::SeeQueue)?;
        let claims = caller.role == Role::InternalDesigner;
        let has = |part: &QueuePart| match part {
            QueuePart::Free | QueuePart::All => true,
            QueuePart::Mine => claims,
            QueuePart::Beyond => gives,
        };
        let parts: Vec<QueuePart> = QueuePart::ALL.iter().copied().filter(has).collect();
        let part = part.parse().ok().filter(has).unwrap_or(QueuePart::Free);
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let shows = list::shows_pack_requests(&mut tx, caller.user_id).await.or_internal()?;
        let counts = queue::queue_counts(&mut tx, TRI_POD, caller.user_id)
            .await
            .or_internal()?;
        let query = RequestQuery {
            sort: "due".to_owned(),
            after: after.to_owned(),
            ..RequestQuery::default()
        };
        // What no pack brings is no pack request, whatever covers it.
        let hides = |part: QueuePart| !shows && part != QueuePart::Beyond;
        let mut filter = self.filter(caller, Scope::All, &query, hides(part), PAGE_SIZE + 1)?;
        filter.queue = Some(part);
        if part != QueuePart::Beyond {
            filter.vendor = Some(TRI_POD);
        }
        let rows = list::list(&mut tx, &filter).await.or_internal()?;
        let pending_packs = if gives {
            Some(store::assignment::pending_counts(&mut tx).await.or_internal()?.0)
        } else {
            None
        };
        drop(tx);
        let (rows, next) = page_of(rows, PAGE_SIZE, |row| format!("{}~{}", row.sort_key, row.number));
        let count = |part: QueuePart, of_pack: bool| -> i64 {
            let found = counts.iter().filter(|row| row.of_pack == of_pack);
            found
                .map(|row| match part {
                    QueuePart::Free => row.free,
                    QueuePart::Mine => row.mine,
                    QueuePart::All => row.all_of_it,
                    QueuePart::Beyond => row.beyond,
                })
                .sum()
        };
        let shown = |part: QueuePart| count(part, false) + if hides(part) { 0 } else { count(part, true) };
        Ok(QueueView {
            part,
            parts: parts.into_iter().map(|part| (part, shown(part))).collect(),
            rows: rows
                .into_iter()
                .map(|row| self.queue_row(caller, row, part, now))
                .collect(),
            next,
            shows_pack_requests: shows,
            hidden: if hides(part) { count(part, true) } else { 0 },
            pending_packs,
        })
    }

    /// The queue as a board: what is submitted, in progress and in review of Tri-POD's, what is due first first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] as for [`Engine::queue`].
    pub async fn queue_board(&self, caller: &Caller) -> AppResult<BoardView> {
        caller.require(Capability::SeeQueue)?;
        let (mut columns, mut shows, mut hidden) = (Vec::new(), true, 0);
        for status in BOARD {
            let query = RequestQuery {
                status: status.to_string(),
                vendor: TRI_POD.to_string(),
                sort: "due".to_owned(),
                ..RequestQuery::default()
            };
            let list = self.request_page(caller, &query, CARDS, false).await?;
            shows &= list.shows_pack_requests.unwrap_or(true);
            hidden += list.hidden;
            columns.push(BoardColumn {
                status,
                count: list.total,
                rows: list.rows,
            });
        }
        Ok(BoardView {
            columns,
            shows_pack_requests: shows,
            hidden,
        })
    }

    fn queue_row(&self, caller: &Caller, row: ListRow, part: QueuePart, now: Instant) -> QueueRow {
        let held = Held {
            status: row.status,
            vendor: Some(TRI_POD).filter(|_| row.internal),
            internal: row.internal,
            designer: row.designer_id,
            name: row.designer.as_deref(),
            versions: 0,
            row_version: row.row_version,
        };
        // Where requests are given away, nobody takes them; and only who does the work starts it from here.
        let ours =
            |step: Transition| step != Transition::Start || matches!(held.as_seen_by(caller), Hold::Free | Hold::Mine);
        let steps = [Transition::Start, Transition::Take, Transition::Release]
            .into_iter()
            .filter(|step| part != QueuePart::Beyond && row.internal && ours(*step) && held.offers(caller, *step));
        QueueRow {
            version: row.row_version,
            steps: steps
                .map(|step| StepView {
                    step,
                    label: held.label(caller, step).to_owned(),
                    blocked: None,
                })
                .collect(),
            pick: (row.beyond && caller.can(Capability::AssignPacks)).then(|| pick_text(row.id, row.row_version)),
            row: self.row_view(caller, row, now),
        }
    }

    /// The page where a selection of requests is given to somebody (RQ10).
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] for a request that is none; [`AppError::Invalid`] without a selection.
    pub async fn give_dialog(&self, caller: &Caller, picks: &[String]) -> AppResult<GiveDialog> {
        caller.require(Capability::AssignPacks)?;
        let seen = read_picks(picks)?;
        let ids: Vec<RequestId> = seen.iter().map(|(id, _)| *id).collect();
        let mut tx = self.db().read().await.or_internal()?;
        let found = queue::give_rows(&mut tx, &ids, false).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let receivers = Receivers::read(&mut tx).await?;
        drop(tx);
        let vendors = receivers.board.vendors().iter().map(|vendor| {
            let queue = if vendor.internal { " queue" } else { "" };
            let to = To {
                vendor: vendor.id,
                designer: None,
            };
            (
                to,
                format!("vendor:{}", vendor.id),
                format!("{}{queue}", vendor.name),
                vendor.open,
            )
        });
        let designers = receivers.designers.iter().map(|designer| {
            let to = To {
                vendor: TRI_POD,
                designer: Some(designer.id),
            };
            (
                to,
                format!("designer:{}", designer.id),
                receivers.name(to),
                designer.open,
            )
        });
        let choices = vendors.chain(designers).filter_map(|(to, id, name, open)| {
            let summary = receivers.summary(&found, to);
            // Whoever can get none of them is no choice.
            (summary.can() + summary.already > 0).then(|| Receiver {
                id,
                name: format!("{name} ({})", counted(open, "open request", "open requests")),
                effect: match found.as_slice() {
                    many if summary.can() == many.len() as i64 => None,
                    [_] => Some("Already assigned".to_owned()),
                    _ => Some(summary.words()),
                },
            })
        });
        Ok(GiveDialog {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            receivers: choices.collect(),
            changed: found
                .iter()
                .filter(|row| {
                    seen.iter()
                        .any(|(id, version)| *id == row.id && *version != row.row_version)
                })
                .map(|row| match holder(row) {
                    nobody if nobody.is_empty() => format!("#{} {} has changed.", row.number, row.title),
                    somebody => format!("#{} {}: now with {somebody}.", row.number, row.title),
                })
                .collect(),
            requests: found
                .iter()
                .map(|row| GiveLine {
                    // What is sent is what is shown here, not what was seen before.
                    pick: pick_text(row.id, row.row_version),
                    title: format!("#{} {}", row.number, row.title),
                    what: format!("{} · {}", row.client, self.request_words(row)),
                    holder: holder(row),
                })
                .collect(),
        })
    }

    /// "3 × Illustration, due Mar 12, 2027".
    fn request_words(&self, row: &GiveRow) -> String {
        let due = row.due_at.map(|at| format!(", due {}", self.due_words(at)));
        format!("{} × {}{}", row.quantity, row.service, due.unwrap_or_default())
    }
}
/// A press of *Assign* on its way.
struct Giving<'a> {
    caller: &'a Caller,
    receivers: Receivers,
    to: To,
    /// What those read who had them before.
    telling: Telling,
    /// What whoever gets them reads of each.
    told: Vec<(Notice, Vec<UserId>)>,
    /// Who that is.
    tells: Vec<UserId>,
    touched: BTreeSet<(ClientId, Option<VendorId>)>,
    now: Instant,
}

impl Engine {
    /// RQ10: gives requests outside of packs to a vendor or to a designer of Tri-POD: all of the selection in one
    /// transaction, or with `partial` those that can be. The same form is one press, however often it comes.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a request, vendor or designer that is none,
    /// [`AppError::Invalid`] without a receiver, [`AppError::Stale`] where one is not as it was seen,
    /// [`AppError::AssignmentPartial`] where not all can be given: nothing is changed then.
    pub async fn give(&self, caller: &Caller, input: &GiveInput) -> AppResult<Stepped> {
        caller.require(Capability::AssignPacks)?;
        let picks = read_picks(&input.picks)?;
        let to = To::read(&input.to)?;
        let ids: Vec<RequestId> = picks.iter().map(|(id, _)| *id).collect();
        let mut tx = self.db().write().await.or_internal()?;
        let said = (&input.picks, &input.to, input.partial);
        let claimed = match self.press(&mut tx, caller, "give", &input.form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(done) => return Ok(Stepped { done, undo: None }),
        };
        let found = queue::give_rows(&mut tx, &ids, true).await.or_internal()?;
        // The one reading, with the requests in hand (CO2).
        let now = self.now();
        let receivers = Receivers::read(&mut tx).await?;
        if found.len() != ids.len() || !receivers.knows(to) {
            return Err(AppError::NotFound);
        }
        let seen = |row: &GiveRow| picks.contains(&(row.id, row.row_version));
        let (as_seen, changed): (Vec<GiveRow>, Vec<GiveRow>) = found.into_iter().partition(seen);
        let mut summary = receivers.summary(&as_seen, to);
        if !changed.is_empty() {
            if !input.partial || summary.can() == 0 {
                return Err(AppError::Stale);
            }
            let count = i64::try_from(changed.len()).unwrap_or(i64::MAX);
            summary.cannot.push(("changed since you opened this".to_owned(), count));
        }
        if summary.refused() > 0 && (!input.partial || summary.can() == 0) {
            return Err(AppError::AssignmentPartial {
                can: summary.can(),
                summary: summary.words(),
            });
        }
        let mut giving = Giving {
            caller,
            receivers,
            to,
            telling: Telling::default(),
            told: Vec::new(),
            tells: tells(&mut tx, caller, to).await?,
            touched: BTreeSet::new(),
            now,
        };
        for row in &as_seen {
            if giving.receivers.outcome(row, to) == Ok(Effect::Now) {
                self.carry_out_giving(&mut tx, &mut giving, row).await?;
            }
        }
        let key = format!("give:{}:{}", caller.user_id, input.form_key);
        self.tell_all(&mut tx, NoticeKind::Assigned, giving.telling, &key, now)
            .await?;
        self.notify(&mut tx, now, &giving.told).await?;
        let done = format!("{}: {}.", giving.receivers.name(to), summary.words());
        claimed.done(&mut tx, &done).await?;
        self.commit(tx, Change::of_staff()).await?;
        for (client, vendor) in giving.touched {
            self.tell(Change {
                client_id: Some(client),
                vendor_id: vendor,
            });
        }
        Ok(Stepped { done, undo: None })
    }

    async fn carry_out_giving(&self, tx: &mut Tx, giving: &mut Giving<'_>, row: &GiveRow) -> AppResult<()> {
        let Giving { caller, to, now, .. } = *giving;
        // The guard stands in the statement; the locks make sure that it holds.
        if !queue::give(tx, row.id, row.row_version, (to.vendor, to.designer), now)
            .await
            .or_internal()?
        {
            return Err(AppError::Stale);
        }
        let name = giving.receivers.name(to);
        let event = Event {
            id: &self.new_id::<uuid::Uuid>().to_string(),
            request: row.id,
            kind: "given",
            by: Some(caller.user_id),
            by_name: &caller.name,
            detail: &name,
        };
        steps::insert_event(tx, &event, now).await.or_internal()?;
        let before = serde_json::json!({ "vendor": row.vendor, "designer": row.designer }).to_string();
        let after = serde_json::json!({ "vendor_id": to.vendor, "designer_id": to.designer, "to": name }).to_string();
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "request.given",
            entity: "request",
            entity_id: &row.id.to_string(),
            before: Some(&before),
            after: Some(&after),
        };
        audit(tx, self, now, entry).await?;
        let what = |client: &str| format!("{client} · #{} {}, {}", row.number, row.title, self.request_words(row));
        // AS10: a vendor reads its client's alias; the agency's own people know the client. A shared queue is told nothing.
        match row.designer_id {
            Some(had) if row.vendor_id == Some(TRI_POD) && Some(had) != to.designer && had != caller.user_id => {
                let line = format!("{} is now assigned to someone else", what(&row.client));
                giving.telling.person(had, line);
            }
            _ => {}
        }
        if let Some(had) = row.vendor_id.filter(|had| *had != TRI_POD && *had != to.vendor) {
            let line = format!("{} is now assigned to another vendor", what(&row.alias));
            giving.telling.vendor(had, line, &[]);
        }
        let client = if to.vendor == TRI_POD { &row.client } else { &row.alias };
        let words = format!("{} is now assigned to you.", what(client));
        let notice = notice(row.id, NoticeKind::Assigned, &row.row_version.to_string(), words);
        // Whoever had it opens it no more.
        store::notices::gone_on(tx, &notice.about, &notice.key, now)
            .await
            .or_internal()?;
        giving.told.push((notice, giving.tells.clone()));
        for vendor in [row.vendor_id, Some(to.vendor)] {
            giving.touched.insert((row.client_id, vendor));
        }
        Ok(())
    }
}

/// Who is told that a request is theirs now; of a shared queue nobody is.
async fn tells(tx: &mut Tx, caller: &Caller, to: To) -> AppResult<Vec<UserId>> {
    let people = match to.designer {
        Some(designer) => recipients::person_to_tell(tx, designer)
            .await
            .or_internal()?
            .into_iter()
            .collect(),
        None if to.vendor != TRI_POD => recipients::people_to_tell(tx, to.vendor).await.or_internal()?,
        None => Vec::new(),
    };
    let ids = people.into_iter().map(|person| person.id);
    Ok(ids.filter(|id| *id != caller.user_id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rq10_a_pick_survives_its_text(id: u128, version: i64) {
            let id = RequestId::from(uuid::Uuid::from_u128(id));
            prop_assert_eq!(read_picks(&[pick_text(id, version)]), Ok(vec![(id, version)]));
        }

        #[test]
        fn s25_a_pick_that_is_none_is_nobodys(text in ".{0,60}") {
            if let Ok(picks) = read_picks(std::slice::from_ref(&text)) {
                prop_assert_eq!(picks.len(), 1);
            }
        }
    }
}
