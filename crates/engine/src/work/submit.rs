//! Consumption at submission (§9): the quote, and the one transaction in which a request takes its units.
//!
//! The quote and the submission ask the same `decide`, so that what was shown is what holds (CO6, AH2).

use crate::{
    Caller, Change, Engine, OnConstraint,
    allowance::{notices::Drawn, price::beyond_price},
    kernel::{
        forms::{body_hash, form_key},
        internal,
        jobs::enqueue,
        mail::Mail,
    },
    people::vendors::TRI_POD,
    work::{
        jobs::Job,
        lane::{Run, Submitting, Waiting},
        quote::{Decision, decide, needs_owner, period_missing},
    },
};
use domain::{
    AllowanceId, AppError, AppResult, BatchId, Capability, Cents, ClientId, Coverage, CoverageReceipt, Instant, Quote,
    RequestId, RequestStatus, SubscriptionId, Transition,
    allowance::{
        receipt::rules,
        usage::{Usage, UsageFacts},
    },
    error::Problem,
    notices::NoticeKind,
    text::fold,
    work::{
        form::{ValidRequest, due_at},
        request::{Actor, step},
        view::{SubmitInput, Submitted},
    },
};
use std::collections::HashMap;
use store::{
    StoreError, Tx,
    people::recipients,
    work::{
        drafts::ask_owner,
        submissions::{self, FactsRow, NewLine, Submission, Take},
    },
};

/// How often a submission begins anew when somebody else was faster (CO4).
const ATTEMPTS: usize = 8;

/// What the facts make of a submission.
enum Decided {
    /// CO9: this form was submitted before.
    Before(Submitted),
    /// It may be written.
    Now(Box<Ready>),
    /// PD3: the period of this subscription has to be opened first.
    PeriodMissing(SubscriptionId),
}

/// A decided submission.
struct Ready {
    submission: Submission,
    first: FactsRow,
    decision: Decision,
}

/// What the submissions before in the same transaction take, so that the facts read once hold for each.
#[derive(Default)]
struct Earlier {
    batches: HashMap<BatchId, i64>,
    /// Units used of an allowance, and units beyond it.
    allowances: HashMap<AllowanceId, (i64, i64)>,
}

impl Earlier {
    fn apply(&self, rows: &mut [FactsRow]) {
        for row in rows {
            if let (Some(id), Some(remaining)) = (row.batch_id, &mut row.batch_remaining) {
                *remaining -= self.batches.get(&id).copied().unwrap_or(0);
            }
            if let (Some(id), Some(used), Some(overage)) =
                (row.allowance_id, &mut row.used_units, &mut row.overage_units)
            {
                let (more_used, more_overage) = self.allowances.get(&id).copied().unwrap_or((0, 0));
                *used += more_used;
                *overage += more_overage;
            }
        }
    }

    fn add(&mut self, submission: &Submission) {
        for take in &submission.takes {
            *self.batches.entry(take.batch_id).or_default() += take.units;
        }
        if let Some(allowance) = submission.allowance_id {
            let (used, overage) = self.allowances.entry(allowance).or_default();
            *used += submission.from_allowance;
            *overage += submission.overage;
        }
    }
}

impl Engine {
    /// *Submit* (CO1–CO6, CO9): one transaction that takes the units, writes the request with its decision and its
    /// receipt (AH1), the line for what goes beyond (I4), and the notices that the usage crossed (WN1–WN5).
    ///
    /// # Errors
    /// [`AppError::Invalid`] with every wrong field, [`AppError::ServiceInactive`], [`AppError::NeedsOwner`] (§25),
    /// [`AppError::CoverageChanged`] with the quote that holds now (CO6), [`AppError::FormUsed`] for other words under the
    /// key of a request that is there (CO9): nothing is written then.
    pub async fn submit(&self, caller: &Caller, input: &SubmitInput) -> AppResult<Submitted> {
        caller.require(Capability::SubmitRequests)?;
        caller.client()?;
        form_key(&input.form_key)?;
        let valid = input.form.check(&self.zone().today(self.now()))?;
        let one = Submitting {
            caller: caller.clone(),
            input: input.clone(),
            valid,
        };
        let done = self.submit_in_turn(one).await;
        if let Err(error @ AppError::NeedsOwner { .. }) = &done {
            self.hand_to_owner(caller, input, error).await?;
        }
        done
    }

    /// Submissions in one transaction: the locks, the facts of all, what they decide for one after the other, and all
    /// that is written, each in one statement.
    ///
    /// What refuses a submission does so before anything of it is written, so that the others go on. `opened`: a period
    /// that is still missing will not be there.
    pub(super) async fn submit_together(&self, all: &[&Waiting], opened: bool) -> AppResult<Run> {
        let mut tx = self.db().write().await.or_internal()?;
        let mut asked = Vec::with_capacity(all.len());
        for waiting in all {
            asked.push(waiting.one.asked()?);
        }
        submissions::lock_subscriptions(&mut tx, &asked).await.or_internal()?;
        // CO2: the one reading, with the locks in hand.
        let now = self.now();
        let facts = submissions::facts(&mut tx, &asked, now).await.or_internal()?;
        let mut rows = facts.into_iter().peekable();
        let mut earlier = Earlier::default();
        let mut ready = Vec::with_capacity(all.len());
        // What is written is put in its place when its number is known.
        let mut outcomes = Vec::with_capacity(all.len());
        for (at, waiting) in (0..).zip(all) {
            let mut own: Vec<FactsRow> = std::iter::from_fn(|| rows.next_if(|row| row.at == at)).collect();
            earlier.apply(&mut own);
            match waiting
                .span
                .in_scope(|| self.decide_submission(&waiting.one, &own, now, opened))
            {
                Ok(Decided::Before(done)) => outcomes.push(Some(Ok(done))),
                Ok(Decided::PeriodMissing(id)) => return Ok(Run::PeriodMissing(id)),
                Err(AppError::Internal) => return Err(AppError::Internal),
                Err(refused) => outcomes.push(Some(Err(refused))),
                Ok(Decided::Now(one)) => {
                    earlier.add(&one.submission);
                    ready.push(*one);
                    outcomes.push(None);
                }
            }
        }
        let (submissions, decided): (Vec<_>, Vec<_>) = ready
            .into_iter()
            .map(|one| (one.submission, (one.first, one.decision)))
            .unzip();
        let numbers = match submissions::write_submissions(&mut tx, &submissions).await {
            Ok(Some(numbers)) => numbers,
            Ok(None) => return Ok(Run::Again),
            Err(error) if posted_twice(&error) => return Ok(Run::Again),
            Err(error) => return Err(internal(error)),
        };
        for (submission, (first, decision)) in submissions.iter().zip(&decided) {
            self.notice(&mut tx, submission.client_id, first, decision, now).await?;
        }
        if !submissions.is_empty() {
            enqueue(&mut tx, now, now, &Job::TellSubmitted).await?;
        }
        self.commit(tx, None).await?;
        for submission in &submissions {
            self.tell(Change {
                client_id: Some(submission.client_id),
                vendor_id: submission.vendor_id,
            });
        }
        let mut written = submissions.iter().zip(numbers).map(|(submission, number)| Submitted {
            id: submission.request_id.to_string(),
            number,
            again: false,
        });
        let outcomes = outcomes.into_iter().map(|outcome| match outcome {
            Some(outcome) => outcome,
            None => written.next().ok_or_else(|| internal("a submission without a number")),
        });
        Ok(Run::Committed(outcomes.collect()))
    }

    pub(super) async fn submit_alone(&self, one: &Waiting) -> AppResult<Submitted> {
        let mut opened = false;
        for _ in 0..ATTEMPTS {
            match self.submit_together(&[one], opened).await? {
                Run::Committed(mut outcomes) => {
                    return outcomes
                        .pop()
                        .ok_or_else(|| internal("a submission without an outcome"))?;
                }
                Run::PeriodMissing(id) => {
                    self.ensure_periods(id).await?;
                    opened = true;
                }
                Run::Again => {}
            }
        }
        Err(internal("a submission did not come through"))
    }

    /// CO3: what the facts under the lock decide.
    fn decide_submission(&self, one: &Submitting, rows: &[FactsRow], now: Instant, opened: bool) -> AppResult<Decided> {
        let Submitting { caller, input, valid } = one;
        let first = rows
            .first()
            .ok_or_else(|| AppError::field("service", Problem::ChoiceInvalid))?;
        if let Some(done) = submitted_before(first) {
            return if says_the_same(first.request_body_hash.as_deref(), valid)? {
                Ok(Decided::Before(done))
            } else {
                Err(self.sent_before(&done.id, done.number))
            };
        }
        if let Some(id) = first.subscription_id.filter(|_| !opened && period_missing(first, now)) {
            return Ok(Decided::PeriodMissing(id));
        }
        if first.closed_at.is_some() {
            return Err(AppError::Forbidden);
        }
        let decision = decide(rows, valid.quantity, now, self.currency()).ok_or_else(|| internal("no decision"))?;
        if !first.service_active && decision.period.is_none() {
            return Err(AppError::ServiceInactive);
        }
        if let Some(amount) = self.not_charged(&decision.quote) {
            return Err(AppError::field("quantity", Problem::BeyondNotCharged { amount }));
        }
        if let Some(amount) = needs_owner(caller, first, &decision.quote) {
            return Err(AppError::NeedsOwner { amount });
        }
        if !shown_and_same(&decision.quote, input) {
            return Err(AppError::CoverageChanged {
                quote: Box::new(decision.quote),
            });
        }
        let submission = self.submission(caller, input, valid, first, &decision, now)?;
        Ok(Decided::Now(Box::new(Ready {
            submission,
            first: first.clone(),
            decision,
        })))
    }

    /// Everything that is written, from what was decided.
    fn submission(
        &self,
        caller: &Caller,
        input: &SubmitInput,
        valid: &ValidRequest,
        first: &FactsRow,
        decision: &Decision,
        now: Instant,
    ) -> AppResult<Submission> {
        // RQ1. For now every request goes straight on, and what is charged accrues.
        let status = step(RequestStatus::Draft, Transition::Submit, Actor::of(caller.role))?;
        let quote = &decision.quote;
        let request_id: RequestId = first.request_id.unwrap_or_else(|| self.new_id());
        let local_day = self.zone().day(now);
        let receipt = CoverageReceipt {
            decided_at: now,
            local_day,
            quantity: valid.quantity,
            split: quote.split,
            coverage: quote.coverage,
            period: decision.period.as_ref().map(|p| p.facts.clone()),
            pack_not_counting: quote.pack_not_counting.clone(),
            batches: decision.taken.clone(),
            unit_price: quote.unit_price,
            price_source: quote.price_source,
            total: quote.total,
            currency: quote.currency,
            payment_type: quote.payment_type,
            rules: rules(quote.coverage, decision.taken.len(), quote.pack_not_counting.is_some()),
        };
        let takes = decision.draw.taken.iter().map(|(batch_id, units)| Take {
            batch_id: *batch_id,
            units: *units,
            ledger_id: self.new_id(),
            idem_key: format!("consume:{request_id}:{batch_id}"),
        });
        let line = (quote.total > Cents::ZERO).then(|| NewLine {
            id: self.new_id(),
            kind: if decision.period.is_some() {
                "overage"
            } else {
                "service"
            },
            idem_key: format!("line:{request_id}"),
        });
        let summary = serde_json::json!({
            "request_id": request_id, "client_id": caller.client_id, "service_id": valid.service,
            "quantity": valid.quantity, "coverage": quote.coverage, "included": quote.split.included,
            "overage": quote.split.overage, "total": quote.total, "payment_type": quote.payment_type,
        })
        .to_string();
        let turnaround = u32::try_from(first.turnaround_days).unwrap_or(0);
        Ok(Submission {
            request_id,
            is_draft: first.request_id.is_some(),
            client_id: caller.client()?,
            service_id: valid.service,
            title: valid.title.clone(),
            title_folded: fold(&valid.title),
            brief: valid.brief.clone(),
            quantity: valid.quantity,
            wished_on: valid.wished_on,
            status,
            now,
            local_day,
            user_id: caller.user_id,
            actor: caller.actor(),
            actor_name: caller.name.clone(),
            due_at: due_at(now, turnaround, self.zone()),
            coverage: quote.coverage,
            included: quote.split.included,
            overage: quote.split.overage,
            payment_type: quote.payment_type,
            unit_price: quote.unit_price,
            total: quote.total,
            currency: quote.currency,
            subscription_id: decision.period.as_ref().map(|p| p.facts.subscription),
            period_id: decision.period.as_ref().map(|p| p.id),
            allowance_id: decision.period.as_ref().map(|p| p.allowance),
            from_allowance: decision.from_allowance,
            // RQ10: what no pack brings waits with Tri-POD.
            vendor_id: decision.period.as_ref().map_or(Some(TRI_POD), |p| p.vendor),
            receipt: serde_json::to_string(&receipt).map_err(internal)?,
            form_key: input.form_key.clone(),
            body_hash: said(valid)?,
            takes: takes.collect(),
            line,
            event_id: self.new_id::<uuid::Uuid>().to_string(),
            event_detail: history_words(quote),
            audit_id: self.new_id::<uuid::Uuid>().to_string(),
            outbox_id: self.new_id::<uuid::Uuid>().to_string(),
            summary,
        })
    }

    /// CO9: the form was sent before, with other words.
    pub(super) fn sent_before(&self, id: &str, number: i64) -> AppError {
        self.form_used(&format!("#{number}"), &format!("/requests/{id}"))
    }

    /// WN1–WN5: what this submission has drawn is told to the allowance.
    async fn notice(
        &self,
        tx: &mut Tx,
        client: ClientId,
        first: &FactsRow,
        decision: &Decision,
        now: Instant,
    ) -> AppResult<()> {
        let Some(period) = &decision.period else { return Ok(()) };
        let usage = |used| Usage {
            used,
            included: period.facts.included,
        };
        let drawn = Drawn {
            allowance: period.allowance,
            pack: &period.facts.pack,
            before: (usage(period.facts.used_before), period.overage_before),
            after: (
                usage(period.facts.used_before + decision.from_allowance),
                period.overage_before + decision.quote.split.overage,
            ),
        };
        let facts = || UsageFacts {
            service: first.service_name.clone(),
            unit_singular: first.unit_singular.clone(),
            unit_plural: first.unit_plural.clone(),
            usage: drawn.after.0,
            unit_price: beyond_price(first.pack_overage_price, first.client_price, first.service_price),
            currency: self.currency(),
            until: self.zone().show_date_short(period.facts.ends_at),
        };
        self.notice_usage(tx, client, &drawn, facts, now).await
    }

    /// §25: what a member may not order stays as a draft, and the owner is told.
    async fn hand_to_owner(&self, caller: &Caller, input: &SubmitInput, refusal: &AppError) -> AppResult<()> {
        let client = caller.client()?;
        let Some(id) = self.save_draft(caller, &input.form_key, &input.form).await? else {
            return Ok(());
        };
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let AppError::NeedsOwner { amount } = refusal else {
            return Ok(());
        };
        let mail = Mail {
            subject: format!("{} asks you to approve {amount}", caller.name),
            paragraphs: vec![format!(
                "{} drafted “{}”, which costs {amount} on top of your packs. Review the draft and submit it.",
                caller.name,
                input.form.title.trim()
            )],
            action: Some(("Review draft".to_owned(), about_draft(id))),
            ..Mail::default()
        };
        let owners = recipients::owners(&mut tx, client).await.or_internal()?;
        let key = format!("needs_owner:{id}:{amount}");
        ask_owner(&mut tx, id, now).await.or_internal()?;
        self.notify_by_mail(&mut tx, now, (NoticeKind::Approval, &key), &mail, &owners)
            .await?;
        self.commit(tx, Change::of_client(client)).await
    }
}

/// Where a draft is opened, which is what its owner's notice is about.
pub(super) fn about_draft(id: RequestId) -> String {
    format!("/requests/new?draft={id}")
}

/// CO9: what this form made before, if it did.
fn submitted_before(first: &FactsRow) -> Option<Submitted> {
    let (id, status) = (first.request_id?, first.request_status?);
    (status != RequestStatus::Draft).then(|| Submitted {
        id: id.to_string(),
        number: first.request_number.unwrap_or_default(),
        again: true,
    })
}

/// CO9: what a form says, by which the same press again is told from other words.
fn said(form: &ValidRequest) -> AppResult<String> {
    body_hash(&(form.service, &form.title, form.quantity, &form.brief, form.wished_on))
}

/// CO9: whether a form says what was submitted. What an earlier build has submitted is not known, and is taken for it.
pub(super) fn says_the_same(submitted: Option<&str>, form: &ValidRequest) -> AppResult<bool> {
    Ok(match submitted {
        Some(submitted) => submitted == said(form)?,
        None => true,
    })
}

/// CO6: what was shown still holds. Where nothing was shown, nothing may be charged, and a pack that does not count must
/// not pass in silence (CO11).
fn shown_and_same(quote: &Quote, input: &SubmitInput) -> bool {
    match &input.terms {
        Some(terms) => quote.same_terms(terms),
        None => quote.total == Cents::ZERO && quote.pack_not_counting.is_none(),
    }
}

/// CO9: another transaction has submitted the same form in between.
fn posted_twice(error: &StoreError) -> bool {
    [
        "service_requests_form_key_unique",
        "charge_lines_idem_unique",
        "charge_lines_one_per_request",
        "consumption_ledger_idem_unique",
        "outbox_dedupe_unique",
    ]
    .iter()
    .any(|name| error.is_constraint(name))
}

/// The line in the history: units only, because vendors read it too (IN3).
fn history_words(quote: &Quote) -> String {
    match (quote.split.included, quote.split.overage) {
        (included, 0) => format!("{included} from the pack"),
        (0, extra) if quote.coverage == Coverage::None => format!("{extra} ordered"),
        (0, extra) => format!("{extra} extra"),
        (included, extra) => format!("{included} from the pack, {extra} extra"),
    }
}
