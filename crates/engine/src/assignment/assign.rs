//! Who does the work of packs (§14): the list, the dialog with its forecast (AH6), assigning, taking back, replacing, and
//! what boundaries and ends do to it.
//!
//! A selection sends what was seen of each pack, so that nobody changes what they did not see (AS6). Everything of one press
//! is one transaction that holds the subscriptions; mails to vendors name clients by their alias only (AS10).

use crate::{
    Caller, Change, Engine, OnConstraint,
    assignment::{
        board::{Board, pack_facts},
        picks::{Pick, read_pick, read_picks},
        tell::{Telling, alias_words, waiting_words},
    },
    kernel::{audit, forms::Pressed, internal},
    payables::accrue::settle,
    subscriptions::periods::ensure_period,
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, PeriodId, SubscriptionId, VendorId,
    assignment::{
        Effect, Summary, When, ago, effect, share_of_holder, share_of_replaced,
        view::{AssignInput, Assigned},
    },
    error::Problem,
    notices::NoticeKind,
    payables::VendorTerms,
    text,
};
use std::collections::BTreeSet;
use store::{
    Tx,
    assignment::{self as rows, FactsRow, NewAssignment},
    log::AuditEntry,
    subscriptions,
};

/// Whose open pages are told.
#[derive(Default)]
struct Touched(BTreeSet<(domain::ClientId, Option<VendorId>)>);

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

impl Engine {
    /// *Assign* (AS2–AS7): all of the selection in one transaction, or with `partial` those that can be. The same form is one
    /// press, however often it comes.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a pack that is none, [`AppError::Invalid`] for a vendor that is
    /// none or a missing reason (AS7), [`AppError::AssignmentStale`] (AS6), [`AppError::AssignmentPartial`] (AS4): nothing is
    /// changed then.
    pub async fn assign(&self, caller: &Caller, input: &AssignInput) -> AppResult<Assigned> {
        self.assign_by(caller, input, "assign").await
    }

    /// One press of a form, of which `what` it is: a page's key serves each of its buttons once.
    async fn assign_by(&self, caller: &Caller, input: &AssignInput, what: &str) -> AppResult<Assigned> {
        caller.require(Capability::AssignPacks)?;
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
        let said = (&input.picks, &input.vendor, input.now, input.partial, &reason);
        let claimed = match self.press(&mut tx, caller, what, &input.form_key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(done) => return Ok(done),
        };
        let passed = rows::lock(&mut tx, &ids, self.now()).await.or_internal()?;
        // The one reading, with the locks in hand (CO2).
        let now = self.now();
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
                .push(("changed since you opened this".to_owned(), stale.len() as i64));
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
        let key = format!("user:{}:{what}:{}", caller.user_id, input.form_key);
        self.tell_all(&mut tx, NoticeKind::PackAssigned, telling, &key, now)
            .await?;
        let done = Assigned {
            changed: summary.can(),
            summary: summary.words(),
        };
        claimed.done(&mut tx, &done).await?;
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
        self.assign_by(caller, &input, &format!("keep:{id}")).await
    }

    /// AS7: who may replace at once, and why they do.
    fn reason(&self, caller: &Caller, input: &AssignInput) -> AppResult<String> {
        if !input.now {
            return Ok(String::new());
        }
        caller.require(Capability::ReplaceVendors)?;
        text::block(&input.reason, text::MAX_REASON).map_err(|problem| AppError::field("reason", problem))
    }

    /// AS6: who was faster.
    pub(super) async fn stale(
        &self,
        tx: &mut Tx,
        id: SubscriptionId,
        others: i64,
        now: Instant,
    ) -> AppResult<AppError> {
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
                    pressing.telling.vendor(next, not_to_you(&what, &at), &[]);
                }
                // AS8: with one that takes no work it stays only until then, as it was told.
                if pressing.board.vendor(vendor).is_some_and(|vendor| vendor.active) {
                    pressing
                        .telling
                        .vendor(vendor, format!("{what} stays with you after {at}"), &[]);
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
        let ends = format!(" This period ends {}.", self.zone().show_short(row.ends_at));
        let terms = self.terms_words(&pressing.board, vendor, row);
        let more: [&str; 3] = [&ends, &terms, &waiting_words(given.len())];
        let headline = format!("New pack: {}", alias_words(row));
        pressing.telling.vendor(vendor, headline, &more);
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
        let gone = format!("{what} has moved to another vendor, with the requests you haven't delivered");
        let paid = self.terms_words(&pressing.board, vendor, row);
        let less = if paid.is_empty() {
            ""
        } else {
            " The previous vendor's share is deducted."
        };
        let until = format!(" You take over until {}.", self.zone().show_short(row.ends_at));
        let more = [&until, &paid, less, &waiting_words(moved.len())];
        pressing.telling.vendor(held, gone, &[]);
        pressing.telling.vendor(vendor, format!("New pack: {what}"), &more);
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

    /// " You're paid $150.00 for the period."; nothing where the work is our own.
    fn terms_words(&self, board: &Board, vendor: VendorId, row: &FactsRow) -> String {
        let terms = board.vendor(vendor).and_then(|vendor| board.terms(vendor, row));
        terms.map_or_else(String::new, |terms| {
            format!(" You're paid {}.", self.payment_words(Some(terms)))
        })
    }

    fn tell_of_next(&self, pressing: &mut Pressing<'_>, row: &FactsRow, vendor: VendorId, at: Instant) {
        let (what, at) = (alias_words(row), self.zone().show_short(at));
        let terms = self.terms_words(&pressing.board, vendor, row);
        pressing
            .telling
            .vendor(vendor, format!("New pack from {at}: {what}"), &[&terms]);
        match row.next_id {
            Some(next) => {
                pressing.telling.vendor(next, not_to_you(&what, &at), &[]);
            }
            None => {
                if let Some(held) = row.vendor_id {
                    let ends = format!("{what} ends with you on {at}");
                    let finish = " Please finish your open requests by then.";
                    pressing.telling.vendor(held, ends, &[finish]);
                }
            }
        }
    }
}

/// What whoever was to have it next reads when another is, or nobody.
fn not_to_you(what: &str, at: &str) -> String {
    format!("{what} no longer comes to you on {at}")
}
