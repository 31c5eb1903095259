//! Who does the work of packs (§14): the list, the dialog with its forecast (AH6), assigning, taking back, replacing, and
//! what boundaries and ends do to it.
//!
//! A selection sends what was seen of each pack, so that nobody changes what they did not see (AS6). Everything of one press
//! is one transaction that holds the subscriptions; mails to vendors name clients by their alias only (AS10).

use crate::{
    Caller, Change, Engine, OnConstraint,
    consume::form_key,
    core::{SYSTEM, audit, enqueue, internal, page_of},
    jobs::Job,
    mail::{Mail, Recipient, queue_mail},
    payables::settle,
    periods::ensure_period,
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, PackLabel, PeriodId, SubscriptionId, UserId, VendorId,
    assignment::{
        Effect, MAX_PICKS, MAX_REASON, PENDING_AGAIN_HOURS, PENDING_HOURS, PackFacts, Refusal, SOON_DAYS, Summary,
        VendorTerms, When, ago, effect, share_of_holder, share_of_replaced, vendor_at_boundary,
    },
    capacity::{Coming, Load, Piece, RATE_WEEKS, WEEKS, add, pace_permille, rate_milli, spread, to_come},
    error::Problem,
    list::{AssignmentQuery, PAGE_SIZE},
    pack::VendorRateMode,
    usage::Usage,
    view::{
        assignments::{
            AssignDialog, AssignInput, Assigned, AssignmentList, AssignmentRow, PickLine, SpreadView,
            UnassignedRequest, UnassignedRequests, VendorChoice,
        },
        requests::Named,
    },
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    assignments::{self as rows, AtBoundary, FactsRow, ListFilter, ListRow, NewAssignment, OwnPaymentRow, VendorRow},
    log::AuditEntry,
    subscriptions::{self, PeriodRow, SubscriptionRow},
};

/// One pack of a selection, with what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pick {
    id: SubscriptionId,
    version: i64,
    seq: i64,
    vendor: Option<VendorId>,
}

pub(crate) fn pick_text(id: SubscriptionId, version: i64, seq: i64) -> String {
    format!("{id}~{version}.{seq}")
}

fn read_pick(text: &str) -> Option<Pick> {
    let mut parts = text.split('~');
    let id = parts.next()?.parse().ok()?;
    let (version, seq) = parts.next()?.split_once('.')?;
    let vendor = parts.next().map(str::parse).transpose().ok()?;
    Some(Pick {
        id,
        version: version.parse().ok()?,
        seq: seq.parse().ok()?,
        vendor,
    })
}

/// The picks of a selection, each once. One that cannot be read is nobody's (§25).
fn read_picks(texts: &[String]) -> AppResult<Vec<Pick>> {
    let mut seen = BTreeSet::new();
    let mut picks = Vec::new();
    for text in texts {
        let pick = read_pick(text).ok_or(AppError::NotFound)?;
        if seen.insert(pick.id) {
            picks.push(pick);
        }
    }
    some(picks)
}

/// The packs of a selection, each once, whatever was seen of them.
fn read_ids(texts: &[String]) -> AppResult<Vec<SubscriptionId>> {
    let ids = texts
        .iter()
        .map(|text| text.split('~').next().unwrap_or_default().parse());
    let ids: BTreeSet<SubscriptionId> = ids.collect::<Result<_, _>>().map_err(|_| AppError::NotFound)?;
    some(ids.into_iter().collect())
}

/// A selection of at least one and not too many.
pub(crate) fn some<T>(picks: Vec<T>) -> AppResult<Vec<T>> {
    match picks.len() {
        0 => Err(AppError::field("picks", Problem::Required)),
        1..=MAX_PICKS => Ok(picks),
        _ => Err(AppError::field(
            "picks",
            Problem::NumberRange {
                min: 1,
                max: MAX_PICKS as i64,
            },
        )),
    }
}

impl Pick {
    fn is_stale(&self, facts: &FactsRow) -> bool {
        (self.version, self.seq) != (facts.assignment_version, facts.seq)
    }
}

fn label(quantity: i64, service: &str) -> String {
    PackLabel {
        quantity,
        service: service.to_owned(),
    }
    .to_string()
}

fn pack_facts(row: &FactsRow) -> PackFacts {
    PackFacts {
        status: row.status,
        vendor: row.vendor_id,
        next: row.next_id,
        boundary: row.ends_at,
        cancel_at: row.cancel_at,
    }
}

/// AH6: what a pack still brings, in its period and in the next.
fn coming(row: &FactsRow) -> Coming {
    let pace = pace_permille(&[(row.closed_used, row.closed_included)]);
    let goes_on = row.cancel_at.is_none_or(|end| end > row.ends_at);
    Coming {
        now: to_come(row.included_units - row.used_units, pace),
        next: if goes_on { to_come(row.included_units, pace) } else { 0 },
        boundary: row.ends_at,
    }
}

/// All vendors, what they offer and on which terms.
pub(crate) struct Board {
    vendors: Vec<VendorRow>,
    offers: BTreeSet<(VendorId, domain::ServiceId)>,
    own: Vec<OwnPaymentRow>,
}

impl Board {
    pub(crate) async fn read(tx: &mut Tx) -> AppResult<Board> {
        let offers = rows::offers(tx).await.or_internal()?;
        Ok(Board {
            vendors: rows::vendors(tx).await.or_internal()?,
            offers: offers
                .into_iter()
                .map(|(vendor, service, _)| (vendor, service))
                .collect(),
            own: rows::own_payments(tx).await.or_internal()?,
        })
    }

    pub(crate) fn vendors(&self) -> &[VendorRow] {
        &self.vendors
    }

    pub(crate) fn vendor(&self, id: VendorId) -> Option<&VendorRow> {
        self.vendors.iter().find(|v| v.id == id)
    }

    pub(crate) fn name(&self, id: VendorId) -> &str {
        self.vendor(id).map_or("", |v| v.name.as_str())
    }

    /// Takes work, and work of this service.
    pub(crate) fn takes(&self, vendor: &VendorRow, service: domain::ServiceId) -> bool {
        vendor.active && (vendor.internal || self.offers.contains(&(vendor.id, service)))
    }

    fn offers(&self, vendor: &VendorRow, row: &FactsRow) -> bool {
        self.takes(vendor, row.service_id)
    }

    /// VP1, TP4: what a vendor gets for a pack.
    fn terms(&self, vendor: &VendorRow, row: &FactsRow) -> Option<VendorTerms> {
        if vendor.internal {
            return None;
        }
        let own = self
            .own
            .iter()
            .find(|o| o.vendor_id == vendor.id && o.pack_id == row.pack_id);
        Some(own.map_or(
            VendorTerms {
                payment: row.vendor_payment_cents,
                mode: row.vendor_rate_mode,
            },
            |own| VendorTerms {
                payment: own.payment_cents,
                mode: own.rate_mode,
            },
        ))
    }
}

/// "1 pack", "2 packs".
pub(crate) fn plural(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What mails of one press say to each vendor (AS10), and to single people.
#[derive(Default)]
pub(crate) struct Telling {
    vendors: BTreeMap<VendorId, Vec<String>>,
    people: BTreeMap<UserId, Vec<String>>,
}

impl Telling {
    pub(crate) fn vendor(&mut self, vendor: VendorId, line: String) {
        self.vendors.entry(vendor).or_default().push(line);
    }

    pub(crate) fn person(&mut self, person: UserId, line: String) {
        self.people.entry(person).or_default().push(line);
    }
}

/// Whose open pages are told.
#[derive(Default)]
struct Touched(BTreeSet<(domain::ClientId, Option<VendorId>)>);

/// AS1: at the latest then somebody is mailed that a pack has no vendor.
pub(crate) async fn remind(tx: &mut Tx, now: Instant) -> AppResult<()> {
    enqueue(tx, now, now.plus_hours(PENDING_HOURS), &Job::PendingPacks).await
}

/// AS2, AS5, AS8: what a boundary does to who has a subscription, before the period that begins there is opened.
pub(crate) async fn cross(
    tx: &mut Tx,
    engine: &Engine,
    row: &mut SubscriptionRow,
    seq: i64,
    boundary: Instant,
    now: Instant,
) -> AppResult<()> {
    let found = rows::at_boundary(tx, row.id).await.or_internal()?;
    let held = found.iter().find(|a| !a.coming);
    let to_come = found.iter().find(|a| a.coming);
    let active = |vendor| found.iter().any(|a| a.vendor_id == vendor && a.active);
    let next = vendor_at_boundary(held.map(|a| a.vendor_id), to_come.map(|a| a.vendor_id), active);
    if to_come.is_none() && next == held.map(|a| a.vendor_id) {
        return Ok(());
    }
    rows::close_holder(tx, row.id, seq - 1, None, now).await.or_internal()?;
    match to_come {
        Some(coming) if next == Some(coming.vendor_id) => {
            rows::begin_coming(tx, row.id, boundary).await.or_internal()?;
        }
        Some(_) => {
            rows::drop_coming(tx, row.id, None, now).await.or_internal()?;
        }
        None => {}
    }
    rows::set_vendor(tx, row.id, None, next, now).await.or_internal()?;
    row.vendor_assignee_id = next;
    row.row_version += 1;
    let name = |a: Option<&AtBoundary>| a.map(|a| a.name.clone());
    let taken = to_come.filter(|a| next == Some(a.vendor_id));
    let before = serde_json::json!({ "vendor": name(held) }).to_string();
    let after = serde_json::json!({ "vendor": name(taken), "from_period": seq }).to_string();
    let entry = AuditEntry {
        actor: SYSTEM,
        action: if next.is_some() {
            "assignment.began"
        } else {
            "assignment.lapsed"
        },
        entity: "subscription",
        entity_id: &row.id.to_string(),
        before: Some(&before),
        after: Some(&after),
    };
    audit(tx, engine, now, entry).await?;
    let what = engine.alias_label(tx, row).await?;
    let mut telling = Telling::default();
    if let Some(held) = held.filter(|held| next != Some(held.vendor_id)) {
        telling.vendor(
            held.vendor_id,
            format!("{what} is not yours any more. Finish the requests of it that you have."),
        );
    }
    if let Some(next) = next.filter(|next| held.map(|held| held.vendor_id) != Some(*next)) {
        telling.vendor(next, format!("{what} is yours from now on."));
    }
    engine.tell_all(tx, telling, &format!("{}:{seq}", row.id), now).await
}

/// UN4: with the subscription its last assignment ends; the vendor is told (AS10). Running requests go on.
pub(crate) async fn end(
    tx: &mut Tx,
    engine: &Engine,
    row: &SubscriptionRow,
    latest: &PeriodRow,
    now: Instant,
) -> AppResult<()> {
    let found = rows::at_boundary(tx, row.id).await.or_internal()?;
    if found.is_empty() {
        return Ok(());
    }
    rows::close_holder(tx, row.id, latest.seq, None, now)
        .await
        .or_internal()?;
    rows::drop_coming(tx, row.id, None, now).await.or_internal()?;
    let what = engine.alias_label(tx, row).await?;
    let mut telling = Telling::default();
    for one in &found {
        let line = if one.coming {
            format!("{what} has ended: it does not come to you.")
        } else {
            format!("{what} has ended. Finish the requests of it that you have.")
        };
        telling.vendor(one.vendor_id, line);
    }
    engine.tell_all(tx, telling, &format!("{}:end", row.id), now).await
}

/// The list.
impl Engine {
    fn assignment_filter(&self, query: &AssignmentQuery, now: Instant, limit: i64) -> ListFilter {
        let sort = query.sort.trim();
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let sort = word.parse().unwrap_or(rows::SortBy::Client);
        let after = query.after.split_once('~').and_then(|(flag, rest)| {
            let (key, id) = rest.rsplit_once('~')?;
            Some((flag.parse().ok()?, key.to_owned(), id.to_owned()))
        });
        ListFilter {
            pending: query.pending == "1",
            vendor: query.vendor.parse().ok(),
            service: query.service.parse().ok(),
            ends_before: (query.ends == "soon").then(|| now.plus_days(SOON_DAYS)),
            words: query.q.clone(),
            sort,
            descending,
            // A key that is no number where one is wanted is a mistyped address: the first page.
            after: after.filter(|(_, key, _)| sort.is_text() || key.parse::<i64>().is_ok()),
            limit,
        }
    }

    /// *Pack Assignments* (§14): a page of it, in six statements whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn assignment_list(&self, caller: &Caller, query: &AssignmentQuery) -> AppResult<AssignmentList> {
        caller.require(Capability::AssignPacks)?;
        let now = self.now();
        let filter = self.assignment_filter(query, now, PAGE_SIZE + 1);
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::list(&mut tx, &filter).await.or_internal()?;
        let total = rows::count(&mut tx, &filter).await.or_internal()?;
        let (pending, waiting_requests) = rows::pending_counts(&mut tx).await.or_internal()?;
        let choices = rows::filter_choices(&mut tx).await.or_internal()?;
        drop(tx);
        let (found, next) = page_of(found, PAGE_SIZE, |row| {
            format!("{}~{}~{}", row.flag, row.sort_key, row.id)
        });
        let named = |kind: &str| {
            let of_kind = choices.iter().filter(|row| row.kind == kind);
            of_kind
                .map(|row| Named {
                    id: row.id.clone(),
                    name: row.name.clone(),
                })
                .collect()
        };
        Ok(AssignmentList {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            rows: found.into_iter().map(|row| self.assignment_row(row)).collect(),
            total,
            pending,
            waiting_requests,
            next,
            services: named("service"),
            vendors: named("vendor"),
        })
    }

    fn assignment_row(&self, row: ListRow) -> AssignmentRow {
        let until = self.zone().show_date_short(row.ends_at);
        let ends = row.cancel_at.filter(|end| *end <= row.ends_at);
        let next_note = match (&row.next, row.next_active, &row.vendor, row.vendor_active) {
            (Some(_), Some(true), ..) => Some(format!("from {until}")),
            (Some(_), ..) => Some(format!("inactive: nobody from {until}")),
            (None, _, Some(vendor), Some(false)) if ends.is_none() => {
                Some(format!("{vendor} is inactive: nobody from {until}"))
            }
            _ => None,
        };
        AssignmentRow {
            id: row.id.to_string(),
            pick: pick_text(row.id, row.assignment_version, row.seq),
            pack: label(row.included_units, &row.service),
            client: row.client,
            service: row.service,
            period: format!("{} to {until}", self.zone().show_date_short(row.starts_at)),
            usage: Usage {
                used: row.used_units,
                included: row.included_units,
            },
            vendor: row.vendor,
            next: row.next,
            next_note,
            since: self.zone().show_date(row.since),
            status: row.status,
            ends: ends.map(|end| format!("Ends {}", self.zone().show_date_short(end))),
            waiting: row.waiting,
        }
    }

    /// *Select all matching*: the picks of all that the filters let through, [`MAX_PICKS`] at most.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn matching_picks(&self, caller: &Caller, query: &AssignmentQuery) -> AppResult<Vec<String>> {
        caller.require(Capability::AssignPacks)?;
        let filter = self.assignment_filter(query, self.now(), MAX_PICKS as i64);
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::matching(&mut tx, &filter).await.or_internal()?;
        Ok(found
            .into_iter()
            .map(|(id, version, seq)| pick_text(id, version, seq))
            .collect())
    }

    /// The queue *Unassigned pack requests* (AS9), the longest wait first.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn unassigned_requests(&self, caller: &Caller, after: &str) -> AppResult<UnassignedRequests> {
        caller.require(Capability::AssignPacks)?;
        let now = self.now();
        let from = after
            .split_once('~')
            .and_then(|(at, number)| Some((Instant(at.parse().ok()?), number.parse().ok()?)));
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::waiting_requests(&mut tx, from, PAGE_SIZE + 1)
            .await
            .or_internal()?;
        let (_, total) = rows::pending_counts(&mut tx).await.or_internal()?;
        drop(tx);
        let (found, next) = page_of(found, PAGE_SIZE, |row| format!("{}~{}", row.submitted_at.0, row.number));
        let found = found.into_iter().map(|row| UnassignedRequest {
            id: row.id.to_string(),
            number: row.number,
            title: row.title,
            client: row.client,
            pack: label(row.pack_quantity, &row.service),
            quantity: row.quantity,
            submitted: self.moment(row.submitted_at, now),
        });
        Ok(UnassignedRequests {
            rows: found.collect(),
            total,
            next,
        })
    }
}

/// The dialog.
impl Engine {
    /// AH6: what each vendor has to do within the forecast, without what these packs will bring to whoever gets them.
    async fn loads(
        &self,
        tx: &mut Tx,
        board: &Board,
        picks: &BTreeSet<SubscriptionId>,
        now: Instant,
    ) -> AppResult<Vec<Load>> {
        let since = now.plus_days(-7 * RATE_WEEKS as i64);
        let delivered = rows::delivered_by_week(tx, since, now).await.or_internal()?;
        let running = rows::running_facts(tx).await.or_internal()?;
        let mut to_come: BTreeMap<VendorId, [i64; WEEKS]> = BTreeMap::new();
        for row in &running {
            let all = coming(row);
            let now_only = Coming { next: 0, ..all };
            let next_only = Coming { now: 0, ..all };
            if let Some(vendor) = row.vendor_id {
                add(to_come.entry(vendor).or_default(), now_only.by_week(now));
            }
            if let Some(vendor) = row.next_id.or(row.vendor_id)
                && !picks.contains(&row.id)
            {
                add(to_come.entry(vendor).or_default(), next_only.by_week(now));
            }
        }
        let loads = board.vendors.iter().map(|vendor| {
            let of_vendor = delivered.iter().filter(|(id, ..)| *id == vendor.id);
            let weeks: Vec<i64> = of_vendor.map(|(.., units)| *units).collect();
            Load {
                waiting: vendor.open_units,
                weeks: to_come.get(&vendor.id).copied().unwrap_or_default(),
                rate_milli: rate_milli(&weeks),
            }
        });
        Ok(loads.collect())
    }

    /// The words of why an assignment cannot be.
    fn refusal(&self, refusal: Refusal, vendor: &VendorRow, row: &FactsRow) -> String {
        match refusal {
            Refusal::NotOffered if !vendor.active => "vendor takes no work".to_owned(),
            Refusal::NotOffered => format!("vendor doesn't offer {}", row.service),
            Refusal::NotRunning(status) => format!("it is {}", status.label().to_lowercase()),
            Refusal::Ends(at) => format!("it ends {}", self.zone().show_date_short(at)),
        }
    }

    fn effect_words(&self, outcome: Result<Effect, Refusal>, vendor: &VendorRow, row: &FactsRow) -> String {
        match outcome {
            Ok(Effect::Now | Effect::Replaces) => "Effective now".to_owned(),
            Ok(Effect::Next(at)) => format!("Effective {}", self.zone().show_short(at)),
            Ok(Effect::Stays(at)) => format!("Stays after {}", self.zone().show_short(at)),
            Ok(Effect::Already) => "As it is already".to_owned(),
            Err(refusal) => format!("Cannot: {}", self.refusal(refusal, vendor, row)),
        }
    }

    pub(crate) fn payment_words(&self, terms: Option<VendorTerms>) -> String {
        match terms {
            None => "Nothing: it is our own".to_owned(),
            Some(terms) => {
                let amount = terms.payment.show(self.currency());
                match terms.mode {
                    VendorRateMode::PerPack => format!("{amount} for the period"),
                    VendorRateMode::PerUnit => format!("{amount} for each delivered unit"),
                }
            }
        }
    }

    /// The dialog *Assign packs* for a selection (AS3, AS4, AH6). With `all`, for all that these filters let through.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] for a pack that is none; [`AppError::Invalid`] without a selection.
    pub async fn assign_dialog(
        &self,
        caller: &Caller,
        picks: &[String],
        all: Option<&AssignmentQuery>,
    ) -> AppResult<AssignDialog> {
        caller.require(Capability::AssignPacks)?;
        let matching;
        let texts = match all {
            Some(query) => {
                matching = self.matching_picks(caller, query).await?;
                &matching
            }
            None => picks,
        };
        let ids = read_ids(texts)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::facts(&mut tx, &ids).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let board = Board::read(&mut tx).await?;
        let loads = self.loads(&mut tx, &board, &ids.iter().copied().collect(), now).await?;
        drop(tx);
        let choices = board.vendors.iter().zip(&loads);
        let choices = choices.filter(|(vendor, _)| found.iter().any(|row| board.offers(vendor, row)));
        let vendors: Vec<VendorChoice> = choices
            .map(|(vendor, load)| self.choice(&board, vendor, *load, &found, now))
            .collect();
        let replaceable = if caller.can(Capability::ReplaceVendors) {
            found.iter().filter(|row| row.vendor_id.is_some()).count() as i64
        } else {
            0
        };
        let spread = (found.len() > 1 && vendors.len() > 1)
            .then(|| spread_view(&board, &loads, &found, now))
            .flatten();
        let lines = found.iter().map(|row| PickLine {
            // What is sent is what is shown here, not what was seen before.
            pick: pick_text(row.id, row.assignment_version, row.seq),
            client: row.client.clone(),
            service: row.service.clone(),
            pack: label(row.included_units, &row.service),
            quantity: row.included_units,
            period: format!(
                "{} to {}",
                self.zone().show_short(row.starts_at),
                self.zone().show_short(row.ends_at)
            ),
            vendor: row.vendor.clone(),
            next: row.next.clone(),
        });
        Ok(AssignDialog {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            picks: lines.collect(),
            vendors,
            spread,
            replaceable,
        })
    }

    fn choice(&self, board: &Board, vendor: &VendorRow, load: Load, found: &[FactsRow], now: Instant) -> VendorChoice {
        let outcome = |row: &FactsRow, when| effect(&pack_facts(row), vendor.id, board.offers(vendor, row), when);
        let summed = |when| {
            let mut summary = Summary::default();
            for row in found {
                summary.add(outcome(row, when), |refusal| self.refusal(refusal, vendor, row));
            }
            summary
        };
        let (in_turn, at_once) = (summed(When::InTurn), summed(When::ReplaceNow));
        let words = |when, summary: &Summary| match found {
            [one] => self.effect_words(outcome(one, when), vendor, one),
            _ => summary.words(),
        };
        let mut brought = [0; WEEKS];
        for row in found {
            let all = coming(row);
            let next_only = Coming { now: 0, ..all };
            match outcome(row, When::InTurn) {
                Ok(Effect::Now | Effect::Replaces) => add(&mut brought, all.by_week(now)),
                Ok(Effect::Next(_) | Effect::Stays(_)) => add(&mut brought, next_only.by_week(now)),
                Ok(Effect::Already) if row.next_id.or(row.vendor_id) == Some(vendor.id) => {
                    add(&mut brought, next_only.by_week(now));
                }
                _ => {}
            }
        }
        let load = load.with(brought);
        let too_many = load.too_many();
        VendorChoice {
            id: vendor.id.to_string(),
            name: vendor.name.clone(),
            load: format!(
                "{}, {}",
                plural(vendor.packs, "pack", "packs"),
                plural(vendor.open, "open request", "open requests")
            ),
            forecast: forecast_words(&load),
            warning: (too_many > 0).then(|| {
                format!(
                    "That is {} more than {} delivers in {WEEKS} weeks.",
                    plural(too_many, "unit", "units"),
                    vendor.name
                )
            }),
            effect: words(When::InTurn, &in_turn),
            effect_now: words(When::ReplaceNow, &at_once),
            can: in_turn.can(),
            refused: in_turn.refused(),
            payment: match found {
                [one] => Some(self.payment_words(board.terms(vendor, one))),
                _ => None,
            },
        }
    }
}

/// AH6: "13 units wait, then 14, 9, 7 and 7 to come by week. Delivers about 10 a week."
fn forecast_words(load: &Load) -> String {
    let weeks = load.weeks.map(|units| units.to_string());
    let by_week = match weeks.split_last() {
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
        None => String::new(),
    };
    let wait = plural(load.waiting, "unit waits", "units wait");
    let rate = match load.rate_milli {
        Some(rate) => format!("Delivers about {} a week.", (rate + 500) / 1_000),
        None => format!("Has delivered nothing in the last {RATE_WEEKS} weeks."),
    };
    format!("{wait}, then {by_week} to come by week. {rate}")
}

/// AH6: the proposal for a selection. `None` where all would go to one vendor, or not all to somebody.
fn spread_view(board: &Board, loads: &[Load], found: &[FactsRow], now: Instant) -> Option<SpreadView> {
    let pieces: Vec<Piece> = found
        .iter()
        .map(|row| {
            let all = coming(row);
            let brought = if row.vendor_id.is_some() {
                Coming { now: 0, ..all }
            } else {
                all
            };
            let offering = board.vendors.iter().enumerate();
            let offered_by = offering.filter(|(_, vendor)| {
                let outcome = effect(&pack_facts(row), vendor.id, board.offers(vendor, row), When::InTurn);
                outcome.is_ok() && vendor.active
            });
            Piece {
                units: brought.units(now),
                offered_by: offered_by.map(|(at, _)| at).collect(),
            }
        })
        .collect();
    let given: Option<Vec<usize>> = spread(loads, &pieces).into_iter().collect();
    let given = given?;
    let mut counts: BTreeMap<usize, i64> = BTreeMap::new();
    for at in &given {
        *counts.entry(*at).or_default() += 1;
    }
    if counts.len() < 2 {
        return None;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(at, count)| format!("{} {count}", board.vendors[*at].name))
        .collect();
    let picks = found.iter().zip(&given).map(|(row, at)| {
        let text = pick_text(row.id, row.assignment_version, row.seq);
        format!("{text}~{}", board.vendors[*at].id)
    });
    Some(SpreadView {
        words: words.join(", "),
        picks: picks.collect(),
    })
}

/// A press of *Assign* on its way.
struct Pressing<'a> {
    caller: &'a Caller,
    board: Board,
    reason: String,
    telling: Telling,
    touched: Touched,
    /// Periods that have another vendor than before.
    given: Vec<PeriodId>,
    now: Instant,
}

/// Assigning.
impl Engine {
    /// *Assign* (AS2–AS7): all of the selection in one transaction, or with `partial` those that can be. The same form is one
    /// press, however often it comes.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a pack that is none, [`AppError::Invalid`] for a vendor that is
    /// none or a missing reason (AS7), [`AppError::AssignmentStale`] (AS6), [`AppError::AssignmentPartial`] (AS4): nothing is
    /// changed then.
    pub async fn assign(&self, caller: &Caller, input: &AssignInput) -> AppResult<Assigned> {
        self.press(caller, input, "assign").await
    }

    /// One press of a form, of which `what` it is: a page's key serves each of its buttons once.
    async fn press(&self, caller: &Caller, input: &AssignInput, what: &str) -> AppResult<Assigned> {
        caller.require(Capability::AssignPacks)?;
        form_key(&input.form_key)?;
        let when = if input.now { When::ReplaceNow } else { When::InTurn };
        let reason = self.reason(caller, input)?;
        let picks = read_picks(&input.picks)?;
        let common = match input.vendor.trim() {
            "" => None,
            text => Some(text.parse::<VendorId>().map_err(|_| AppError::NotFound)?),
        };
        let wanted = |pick: &Pick| pick.vendor.or(common);
        if picks.iter().any(|pick| wanted(pick).is_none()) {
            return Err(AppError::field("vendor", Problem::Required));
        }
        let ids: Vec<SubscriptionId> = picks.iter().map(|pick| pick.id).collect();
        let mut tx = self.db().write().await.or_internal()?;
        let scope = format!("user:{}:{what}", caller.user_id);
        let passed = rows::lock(&mut tx, &ids, self.now()).await.or_internal()?;
        // The one reading, with the locks in hand (CO2).
        let now = self.now();
        if let Some(done) = store::log::form_result(&mut tx, &scope, &input.form_key)
            .await
            .or_internal()?
        {
            return serde_json::from_str(&done).map_err(internal);
        }
        for id in passed {
            if let Some(mut row) = subscriptions::lock(&mut tx, id).await.or_internal()? {
                ensure_period(&mut tx, self, &mut row, now).await?;
            }
        }
        let found = rows::facts(&mut tx, &ids).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let board = Board::read(&mut tx).await?;
        let mut pressing = Pressing {
            caller,
            board,
            reason,
            telling: Telling::default(),
            touched: Touched::default(),
            given: Vec::new(),
            now,
        };
        let mut summary = Summary::default();
        let mut stale = Vec::new();
        let mut todo = Vec::new();
        for row in &found {
            let Some(pick) = picks.iter().find(|pick| pick.id == row.id) else {
                continue;
            };
            let vendor = wanted(pick)
                .and_then(|id| pressing.board.vendor(id))
                .ok_or(AppError::NotFound)?;
            if pick.is_stale(row) {
                stale.push(row.id);
                continue;
            }
            let outcome = effect(&pack_facts(row), vendor.id, pressing.board.offers(vendor, row), when);
            summary.add(outcome, |refusal| self.refusal(refusal, vendor, row));
            if let Ok(effect) = outcome {
                todo.push((row, vendor.id, effect));
            }
        }
        if let Some(first) = stale.first()
            && (!input.partial || summary.can() == 0)
        {
            return Err(self.stale(&mut tx, *first, stale.len() as i64 - 1, now).await?);
        }
        if !stale.is_empty() {
            summary
                .cannot
                .push(("changed since you looked".to_owned(), stale.len() as i64));
        }
        if summary.refused() > 0 && (!input.partial || summary.can() == 0) {
            return Err(AppError::AssignmentPartial {
                can: summary.can(),
                summary: summary.words(),
            });
        }
        for (row, vendor, effect) in todo {
            self.carry_out(&mut tx, &mut pressing, row, vendor, effect).await?;
        }
        let Pressing {
            telling,
            touched,
            given,
            ..
        } = pressing;
        settle(&mut tx, self, &given, now).await?;
        self.tell_all(&mut tx, telling, &format!("{scope}:{}", input.form_key), now)
            .await?;
        let done = Assigned {
            changed: summary.can(),
            summary: summary.words(),
        };
        let text = serde_json::to_string(&done).map_err(internal)?;
        if !store::log::remember_form(&mut tx, &scope, &input.form_key, &text, now)
            .await
            .or_internal()?
        {
            // The same form came a second time while this one waited: its first press is the one that counts.
            return Err(AppError::Stale);
        }
        self.commit(tx, Change::of_staff()).await?;
        for (client, vendor) in touched.0 {
            self.tell(Change {
                client_id: Some(client),
                vendor_id: vendor,
            });
        }
        Ok(done)
    }

    /// AS5: takes back who was to take over at the boundary.
    ///
    /// # Errors
    /// As [`Engine::assign`].
    pub async fn keep_vendor(&self, caller: &Caller, key: &str, pick: &str) -> AppResult<Assigned> {
        caller.require(Capability::AssignPacks)?;
        let id = read_pick(pick).ok_or(AppError::NotFound)?.id;
        let mut tx = self.db().read().await.or_internal()?;
        let holder = subscriptions::by_id(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?
            .vendor_assignee_id;
        drop(tx);
        let Some(holder) = holder else {
            return Err(AppError::Stale);
        };
        let input = AssignInput {
            form_key: key.to_owned(),
            vendor: holder.to_string(),
            picks: vec![pick.to_owned()],
            ..AssignInput::default()
        };
        self.press(caller, &input, &format!("keep:{id}")).await
    }

    /// AS7: who may replace at once, and why they do.
    fn reason(&self, caller: &Caller, input: &AssignInput) -> AppResult<String> {
        if !input.now {
            return Ok(String::new());
        }
        caller.require(Capability::ReplaceVendors)?;
        match input.reason.trim() {
            "" => Err(AppError::field("reason", Problem::Required)),
            long if long.chars().count() > MAX_REASON => {
                Err(AppError::field("reason", Problem::TooLong { max: MAX_REASON }))
            }
            reason => Ok(reason.to_owned()),
        }
    }

    /// AS6: who was faster.
    async fn stale(&self, tx: &mut Tx, id: SubscriptionId, others: i64, now: Instant) -> AppResult<AppError> {
        let last = rows::last_change(tx, id).await.or_internal()?;
        let (by, vendor, at) = match last {
            Some(last) => (
                last.by_name.unwrap_or_default(),
                last.vendor.unwrap_or_default(),
                last.at,
            ),
            None => (String::new(), String::new(), now),
        };
        Ok(AppError::AssignmentStale {
            by,
            vendor,
            ago: ago(at, now),
            others,
        })
    }

    async fn carry_out(
        &self,
        tx: &mut Tx,
        pressing: &mut Pressing<'_>,
        row: &FactsRow,
        vendor: VendorId,
        effect: Effect,
    ) -> AppResult<()> {
        let now = pressing.now;
        let by = pressing.caller.user_id;
        let holder = match effect {
            Effect::Already => return Ok(()),
            Effect::Now | Effect::Replaces => Some(vendor),
            Effect::Next(_) | Effect::Stays(_) => row.vendor_id,
        };
        // The guard stands in the statement; the locks make sure that it holds.
        if !rows::set_vendor(tx, row.id, Some(row.assignment_version), holder, now)
            .await
            .or_internal()?
        {
            return Err(self.stale(tx, row.id, 0, now).await?);
        }
        let action = match effect {
            Effect::Already => return Ok(()),
            Effect::Now => {
                self.assign_now(tx, pressing, row, vendor).await?;
                "assignment.made"
            }
            Effect::Replaces => {
                self.replace_now(tx, pressing, row, vendor).await?;
                "assignment.replaced"
            }
            Effect::Next(at) => {
                rows::drop_coming(tx, row.id, Some(by), now).await.or_internal()?;
                self.insert_assignment(tx, row.id, vendor, row.seq + 1, false, pressing)
                    .await?;
                self.tell_of_next(pressing, row, vendor, at);
                "assignment.scheduled"
            }
            Effect::Stays(at) => {
                rows::drop_coming(tx, row.id, Some(by), now).await.or_internal()?;
                let (what, at) = (alias_words(row), self.zone().show_short(at));
                if let Some(next) = row.next_id {
                    let line = format!("{what} does not come to you on {at} after all.");
                    pressing.telling.vendor(next, line);
                }
                // AS8: with one that takes no work it stays only until then, as it was told.
                if pressing.board.vendor(vendor).is_some_and(|vendor| vendor.active) {
                    pressing
                        .telling
                        .vendor(vendor, format!("{what} stays with you after {at}."));
                }
                "assignment.taken_back"
            }
        };
        let next = match effect {
            Effect::Next(_) => Some(pressing.board.name(vendor).to_owned()),
            Effect::Stays(_) | Effect::Already => None,
            Effect::Now | Effect::Replaces => row.next.clone().filter(|_| row.next_id != Some(vendor)),
        };
        let name = holder.map(|id| pressing.board.name(id));
        let mut after = serde_json::json!({ "vendor": name, "next_vendor": next, "period": row.seq });
        if effect == Effect::Replaces {
            after["reason"] = pressing.reason.clone().into();
        }
        let before =
            serde_json::json!({ "vendor": row.vendor, "next_vendor": row.next, "period": row.seq }).to_string();
        let entry = AuditEntry {
            actor: &pressing.caller.actor(),
            action,
            entity: "subscription",
            entity_id: &row.id.to_string(),
            before: Some(&before),
            after: Some(&after.to_string()),
        };
        audit(tx, self, now, entry).await?;
        for vendor in [row.vendor_id, row.next_id, Some(vendor)] {
            pressing.touched.0.insert((row.client_id, vendor));
        }
        Ok(())
    }

    async fn insert_assignment(
        &self,
        tx: &mut Tx,
        id: SubscriptionId,
        vendor: VendorId,
        from_seq: i64,
        begins: bool,
        pressing: &Pressing<'_>,
    ) -> AppResult<()> {
        let new = NewAssignment {
            id: &self.new_id::<uuid::Uuid>().to_string(),
            subscription_id: id,
            vendor_id: vendor,
            from_seq,
            begins,
            made_by: pressing.caller.user_id,
        };
        rows::insert(tx, &new, pressing.now).await.or_internal()
    }

    /// AS2, AS9: the first vendor of a period that had none. Earlier periods that have none either go with it from the first
    /// one in which a request waits, so that each request has the vendor of its period.
    async fn assign_now(
        &self,
        tx: &mut Tx,
        pressing: &mut Pressing<'_>,
        row: &FactsRow,
        vendor: VendorId,
    ) -> AppResult<()> {
        let now = pressing.now;
        let waiting = rows::first_waiting(tx, row.id).await.or_internal()?;
        let from = waiting.map_or(row.seq, |seq| seq.min(row.seq));
        self.insert_assignment(tx, row.id, vendor, from, true, pressing).await?;
        let periods = rows::give_periods(tx, row.id, from, vendor).await.or_internal()?;
        pressing.given.extend(periods);
        let given = rows::give_requests(tx, row.id, vendor, now).await.or_internal()?;
        for request in &given {
            self.request_given(tx, pressing, *request, "assigned").await?;
        }
        let line = format!(
            "{} is yours. Its period ends on {}; you get {}.{}",
            alias_words(row),
            self.zone().show_short(row.ends_at),
            self.terms_words(&pressing.board, vendor, row),
            waiting_words(given.len())
        );
        pressing.telling.vendor(vendor, line);
        Ok(())
    }

    async fn request_given(
        &self,
        tx: &mut Tx,
        pressing: &Pressing<'_>,
        request: domain::RequestId,
        kind: &str,
    ) -> AppResult<()> {
        let id = self.new_id::<uuid::Uuid>().to_string();
        let caller = pressing.caller;
        rows::request_event(tx, &id, request, kind, caller.user_id, &caller.name, pressing.now)
            .await
            .or_internal()
    }

    /// AS7: another vendor for what is left of a period that has one. What was not delivered goes with it, that of earlier
    /// periods too; each period concerned is split.
    async fn replace_now(
        &self,
        tx: &mut Tx,
        pressing: &mut Pressing<'_>,
        row: &FactsRow,
        vendor: VendorId,
    ) -> AppResult<()> {
        let now = pressing.now;
        let by = pressing.caller.user_id;
        let held = row.vendor_id.ok_or_else(|| internal("nobody to replace"))?;
        rows::close_holder(tx, row.id, row.seq - 1, Some(by), now)
            .await
            .or_internal()?;
        self.insert_assignment(tx, row.id, vendor, row.seq, true, pressing)
            .await?;
        if row.next_id == Some(vendor) {
            rows::drop_coming(tx, row.id, Some(by), now).await.or_internal()?;
        }
        let moved = rows::move_requests(tx, row.id, held, vendor, now).await.or_internal()?;
        let mut periods: BTreeSet<PeriodId> = moved.iter().map(|(_, period)| *period).collect();
        periods.insert(row.period_id);
        for period in periods {
            rows::split_period(tx, period, vendor, now).await.or_internal()?;
            self.settle_shares(tx, period).await?;
            pressing.given.push(period);
        }
        for (request, _) in &moved {
            self.request_given(tx, pressing, *request, "reassigned").await?;
        }
        let what = alias_words(row);
        let gone = format!("{what} has been given to another vendor. What you have not delivered of it goes with it.");
        let come = format!(
            "{what} is yours for the rest of its period, until {}; you get {}, less what was delivered before.{}",
            self.zone().show_short(row.ends_at),
            self.terms_words(&pressing.board, vendor, row),
            waiting_words(moved.len())
        );
        pressing.telling.vendor(held, gone);
        pressing.telling.vendor(vendor, come);
        Ok(())
    }

    /// AS7: what each of a split period's vendors gets for the pack.
    async fn settle_shares(&self, tx: &mut Tx, period: PeriodId) -> AppResult<()> {
        let included = rows::included_units(tx, period).await.or_internal()?;
        let shares = rows::shares(tx, period).await.or_internal()?;
        let by_others: Vec<i64> = shares.iter().filter_map(|share| share.delivered_units).collect();
        for share in &shares {
            let terms = VendorTerms {
                payment: share.payment_cents,
                mode: share.rate_mode,
            };
            let amount: Option<Cents> = match share.delivered_units {
                Some(units) => share_of_replaced(terms, included, units),
                None => share_of_holder(terms, included, &by_others),
            };
            rows::set_share(tx, period, share.vendor_id, amount)
                .await
                .or_internal()?;
        }
        Ok(())
    }

    fn terms_words(&self, board: &Board, vendor: VendorId, row: &FactsRow) -> String {
        let terms = board.vendor(vendor).and_then(|vendor| board.terms(vendor, row));
        terms.map_or_else(|| "nothing".to_owned(), |terms| self.payment_words(Some(terms)))
    }

    fn tell_of_next(&self, pressing: &mut Pressing<'_>, row: &FactsRow, vendor: VendorId, at: Instant) {
        let (what, at) = (alias_words(row), self.zone().show_short(at));
        let terms = self.terms_words(&pressing.board, vendor, row);
        pressing
            .telling
            .vendor(vendor, format!("{what} is yours from {at} on; you get {terms}."));
        match row.next_id {
            Some(next) => {
                let line = format!("{what} does not come to you on {at} after all.");
                pressing.telling.vendor(next, line);
            }
            None => {
                if let Some(held) = row.vendor_id {
                    let line =
                        format!("{what} ends with you on {at}. Finish the requests of it that you have by then.");
                    pressing.telling.vendor(held, line);
                }
            }
        }
    }
}

/// AS10: what a vendor reads of a pack: "Client 101 · 20 × Logo design".
fn alias_words(row: &FactsRow) -> String {
    format!("{} · {}", row.alias, label(row.included_units, &row.service))
}

fn waiting_words(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => " 1 request is waiting.".to_owned(),
        many => format!(" {many} requests are waiting."),
    }
}

/// Telling.
impl Engine {
    /// AS10: the words for a vendor of a subscription whose facts nobody has read.
    async fn alias_label(&self, tx: &mut Tx, row: &SubscriptionRow) -> AppResult<String> {
        let found = rows::facts(tx, &[row.id]).await.or_internal()?;
        Ok(found.first().map_or_else(|| "A pack".to_owned(), alias_words))
    }

    /// AS10: one mail for each person who is told for a vendor, and for each who is told themselves, with all that concerns
    /// them.
    pub(crate) async fn tell_all(&self, tx: &mut Tx, telling: Telling, key: &str, now: Instant) -> AppResult<()> {
        let mut told = Vec::new();
        for (vendor, lines) in telling.vendors {
            for person in rows::people_to_tell(tx, vendor).await.or_internal()? {
                told.push((format!("{vendor}:{}", person.id), person, lines.clone()));
            }
        }
        for (person, lines) in telling.people {
            if let Some(person) = rows::person_to_tell(tx, person).await.or_internal()? {
                told.push((person.id.to_string(), person, lines));
            }
        }
        for (whom, person, lines) in told {
            let mail = Mail {
                subject: match lines.as_slice() {
                    [one] => one.split('.').next().unwrap_or("Your work").to_owned(),
                    many => format!("{} changes of your work", many.len()),
                },
                paragraphs: lines,
                action: Some(("See your work".to_owned(), person.role.home().to_owned())),
            };
            let to = Recipient {
                user_id: person.id,
                name: &person.name,
                email: &person.email,
            };
            queue_mail(tx, self, now, &format!("assignment:{key}:{whom}"), to, &mail).await?;
        }
        Ok(())
    }

    /// AS1: the job *Pending packs*: one mail to each admin about the packs that have had no vendor for four hours, and then
    /// for another day; it comes again when the next one is due.
    ///
    /// # Errors
    /// Only failures of ours.
    pub(crate) async fn mail_pending_packs(&self) -> AppResult<()> {
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let pending = rows::pending(&mut tx).await.or_internal()?;
        let due_at = |mailed: Option<Instant>, since: Instant| match mailed {
            Some(at) => at.plus_hours(PENDING_AGAIN_HOURS),
            None => since.plus_hours(PENDING_HOURS),
        };
        let mut lines = Vec::new();
        let mut next: Option<Instant> = None;
        for row in &pending {
            let mut at = due_at(row.pending_mailed_at, row.since);
            if at <= now {
                let what = label(row.quantity, &row.service);
                lines.push(format!(
                    "{} · {what}, since {}.",
                    row.client,
                    self.zone().show(row.since)
                ));
                rows::set_pending_mailed(&mut tx, row.id, now).await.or_internal()?;
                at = due_at(Some(now), row.since);
            }
            next = Some(next.map_or(at, |next| next.min(at)));
        }
        if !lines.is_empty() {
            let mail = Mail {
                subject: match lines.len() {
                    1 => "1 pack has no vendor".to_owned(),
                    many => format!("{many} packs have no vendor"),
                },
                paragraphs: lines,
                action: Some(("Assign them".to_owned(), "/admin/assignments?pending=1".to_owned())),
            };
            for person in rows::admins(&mut tx).await.or_internal()? {
                let to = Recipient {
                    user_id: person.id,
                    name: &person.name,
                    email: &person.email,
                };
                let key = format!("pending:{}:{}", now.0, person.id);
                queue_mail(&mut tx, self, now, &key, to, &mail).await?;
            }
        }
        if let Some(at) = next {
            enqueue(&mut tx, now, at, &Job::PendingPacks).await?;
        }
        self.commit(tx, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as6_a_pick_survives_its_text(id: u128, version: i64, seq: i64, vendor: Option<u128>) {
            let id = SubscriptionId::from(uuid::Uuid::from_u128(id));
            let vendor = vendor.map(|v| VendorId::from(uuid::Uuid::from_u128(v)));
            let mut text = pick_text(id, version, seq);
            if let Some(vendor) = vendor {
                text = format!("{text}~{vendor}");
            }
            prop_assert_eq!(read_pick(&text), Some(Pick { id, version, seq, vendor }));
        }

        #[test]
        fn s25_a_pick_that_is_none_is_nobodys(text in ".{0,60}") {
            if let Ok(picks) = read_picks(std::slice::from_ref(&text)) {
                prop_assert_eq!(picks.len(), 1);
            }
        }
    }
}
