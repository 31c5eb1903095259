//! What a client's pages about its packs show (SU5, SU8, IN4).

use crate::{
    Caller, Engine, OnConstraint,
    billing::cards::card_words,
    kernel::internal,
    subscriptions::{jobs::gives_way_to, periods::cross_boundaries},
};
use domain::{
    AppError, AppResult, Capability, Instant, LocalDay, PackId, PaymentType, PeriodPayment, Rail, SubscriptionId,
    SubscriptionStatus,
    allowance::usage::{Usage, begun_text},
    catalogue::pack::unit_price_shown,
    shown::counted,
    subscriptions::{
        CancelState, ChargeProblem, EndReason, Slot, leaves_at,
        moving::next_charge,
        view::{
            EndView, PackUseRow, PaymentPacksView, PeriodLine, PeriodView, StandingView, SubscribeView,
            SubscriptionView, Waiting,
        },
    },
    time::relative,
};
use store::{
    billing::{self, CheckoutRow},
    catalogue, people,
    subscriptions::{self, PeriodRow, PeriodUse, SubscriptionRow},
};

/// How long a pack that gave way leads on by itself: a page may open that much later than its work was done.
const LEADS_ON_SECS: i64 = 60;

impl Engine {
    /// The page before subscribing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a pack that is hidden or archived and that the client does not hold.
    pub async fn subscribe_view(&self, caller: &Caller, pack_id: PackId) -> AppResult<SubscribeView> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let terms = catalogue::newest_terms(&mut tx, pack_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if !terms.visible || terms.archived_at.is_some() {
            return Err(AppError::PackUnavailable);
        }
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let held = subscriptions::holding_slot(&mut tx, client_id, &Slot::of_service(terms.service_id))
            .await
            .or_internal()?;
        let own = store::catalogue::own_price(&mut tx, client_id, terms.service_id)
            .await
            .or_internal()?;
        let standing = match held {
            Some(row) => {
                let label = catalogue::terms(&mut tx, row.pack_version_id)
                    .await
                    .or_internal()?
                    .map_or_else(String::new, |t| t.label());
                Some(StandingView {
                    id: row.id.to_string(),
                    label,
                    status: row.status.to_string(),
                    same_pack: row.pack_id == pack_id,
                })
            }
            None => None,
        };
        let (extra, _) = domain::allowance::coverage::unit_price(
            domain::Coverage::Partial,
            terms.overage_price_cents,
            own,
            terms.service_price_cents,
        );
        let renews = domain::subscriptions::period::boundary(now.whole_second(), 1)
            .map_or_else(String::new, |at| self.zone().show(at));
        Ok(SubscribeView {
            pack_id: pack_id.to_string(),
            label: terms.label(),
            price: terms.price_cents.show(terms.currency),
            price_cents: terms.price_cents.0,
            unit_price: format!(
                "{} a {}",
                unit_price_shown(terms.price_cents, terms.quantity).show(terms.currency),
                terms.unit_singular
            ),
            unit_plural: terms.unit_plural.clone(),
            quantity: terms.quantity,
            overage_price: extra.show(terms.currency),
            payment_type: client.payment_type.charged().to_owned(),
            royalties: client.payment_type == PaymentType::Royalties,
            card: card_words(&client),
            renews,
            standing,
            may_subscribe: caller.can(Capability::Billing),
            form_key: self.new_id::<uuid::Uuid>().to_string(),
        })
    }

    /// One subscription's page. The caller looks again at Stripe beside it while the first payment is open
    /// ([`Engine::look_again`]); a passed boundary is crossed first (PD3).
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a foreign one.
    pub async fn subscription_view(&self, caller: &Caller, id: SubscriptionId) -> AppResult<SubscriptionView> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        cross_boundaries(self, client_id).await?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let row = subscriptions::by_id(&mut tx, id)
            .await
            .or_internal()?
            .filter(|r| r.client_id == client_id)
            .ok_or(AppError::NotFound)?;
        let terms = catalogue::terms(&mut tx, row.pack_version_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let allowances = subscriptions::allowances_of(&mut tx, id).await.or_internal()?;
        let used = |p: &PeriodRow| {
            allowances
                .iter()
                .find(|a| a.period_id == p.id)
                .map(|a| p.in_use(a))
                .ok_or_else(|| internal("a period without an allowance"))
        };
        let mut periods = Vec::new();
        for period in subscriptions::periods_of(&mut tx, id).await.or_internal()? {
            periods.push((used(&period)?, period));
        }
        periods.reverse();
        let sessions = billing::checkouts_of_subscription(&mut tx, id).await.or_internal()?;
        let invoices = billing::invoices_of_subscription(&mut tx, client_id, id, 24)
            .await
            .or_internal()?;
        let mine = |state: &str| {
            invoices
                .iter()
                .find(|i| i.status == state)
                .and_then(|i| i.hosted_url.clone())
        };
        let vendor = people::vendor_for_client(&mut tx, row.vendor_assignee_id)
            .await
            .or_internal()?;
        let replaced_by = if row.status == SubscriptionStatus::Ended {
            let newest = subscriptions::newest_of_slot(&mut tx, client_id, &Slot::of_service(row.service_id))
                .await
                .or_internal()?;
            newest
                .filter(|n| n.id != id && n.created_at >= row.created_at && row.end_reason == Some(EndReason::Replaced))
                .map(|n| n.id.to_string())
        } else {
            None
        };
        let price_change = match (row.moves_at(), row.move_to_version_id) {
            (Some(from), Some(to)) => catalogue::terms(&mut tx, to)
                .await
                .or_internal()?
                .filter(|new| new.price_cents != terms.price_cents)
                .map(|new| self.move_words(from, new.price_cents)),
            _ => None,
        };
        let waiting = if row.status == SubscriptionStatus::Incomplete {
            let to = match gives_way_to(&mut tx, id).await.or_internal()? {
                Some(pack) => catalogue::newest_terms(&mut tx, pack).await.or_internal()?,
                None => None,
            };
            Some(match to {
                Some(to) => Waiting::GivesWay { to: to.label() },
                None => waiting_of(&row, &sessions),
            })
        } else {
            None
        };
        drop(tx);
        let current = periods
            .iter()
            .find(|(p, _)| p.starts_at <= now && now < p.ends_at && row.status.has_benefits());
        let begun = current.filter(|(used, p)| p.seq == 1 && used.used_units == 0);
        let welcome = begun.map(|(used, p)| {
            let (one, many) = (&terms.unit_singular, &terms.unit_plural);
            let until = self.zone().show_date_short(p.ends_at);
            begun_text(&terms.service_name, one, many, used.included_units, &until)
        });
        Ok(SubscriptionView {
            welcome,
            id: id.to_string(),
            pack_id: row.pack_id.to_string(),
            service_id: row.service_id.to_string(),
            label: terms.label(),
            status: row.status.to_string(),
            status_label: self.status_words(&row, now),
            price: terms.price_cents.show(terms.currency),
            unit_plural: terms.unit_plural.clone(),
            royalties: row.rail == Rail::Royalties,
            waiting,
            price_change,
            period: current.map(|(p, _)| self.period_view(p, row.cancel_at, now)),
            history: periods.iter().map(|(used, p)| self.period_line(p, used)).collect(),
            vendor: vendor.unwrap_or_else(|| "Assigning…".into()),
            receipt_url: mine("paid"),
            ended: row.end_reason.map(|reason| end_words(reason).to_owned()),
            leads_on: replaced_by.is_some() && row.ended_at.is_some_and(|at| now < at.plus_secs(LEADS_ON_SECS)),
            replaced_by,
            grace_ends: row.grace_period_ends_at.map(|at| self.zone().show(at)),
            pay_url: mine("open").filter(|_| row.status == SubscriptionStatus::PastDue),
            card: card_words(&client),
            may_pay: caller.can(Capability::Billing),
            end: current.and_then(|(used, p)| {
                let left = counted(
                    (used.included_units - used.used_units).max(0),
                    &terms.unit_singular,
                    &terms.unit_plural,
                );
                self.end_view(row.status, row.cancel_at, row.cancel_state, p.ends_at, left)
            }),
            form_key: self.new_id::<uuid::Uuid>().to_string(),
        })
    }

    /// *Payment › Monthly Packs* (IN4).
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for everybody but a client's owner.
    pub async fn payment_packs(&self, caller: &Caller) -> AppResult<PaymentPacksView> {
        caller.require(Capability::Billing)?;
        let client_id = caller.client()?;
        cross_boundaries(self, client_id).await?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let client = billing::client(&mut tx, client_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let rows = subscriptions::use_of_client(&mut tx, client_id).await.or_internal()?;
        drop(tx);
        let card = card_words(&client);
        let mut out = PaymentPacksView {
            live: Vec::new(),
            ended: Vec::new(),
            may_subscribe: caller.can(Capability::Billing),
        };
        for r in rows {
            let ended = r.status == SubscriptionStatus::Ended;
            let running = r.status.has_benefits();
            let period = r.period(now).filter(|_| running);
            let moves = r.moves().filter(|(_, price)| running && *price != r.price_cents);
            let next_price = next_charge(r.price_cents, moves, period.as_ref().map(|p| p.ends_at));
            let renews = match (ended, r.cancel_at, &period) {
                (true, _, _) => r
                    .ended_at
                    .map_or_else(String::new, |at| format!("Ended {}", self.zone().show_date(at))),
                (_, Some(at), _) => format!("Ends {}", self.zone().show(at)),
                (_, None, Some(p)) => format!("Renews {}", self.zone().show(p.ends_at)),
                _ => "–".into(),
            };
            out_row(
                &mut out,
                ended,
                PackUseRow {
                    id: r.id.to_string(),
                    label: domain::PackLabel {
                        quantity: r.quantity,
                        service: r.service_name.clone(),
                    }
                    .to_string(),
                    status: r.status.to_string(),
                    status_label: self.words_for(r.status, r.grace_period_ends_at, now),
                    next_charge: if running && r.cancel_at.is_none() {
                        next_price.show(r.currency)
                    } else {
                        "–".into()
                    },
                    price_change: moves.map(|(from, price)| self.move_words(from, price)),
                    rail: r.rail,
                    paid_by: match r.rail {
                        Rail::Royalties => "Royalties".into(),
                        Rail::Stripe => card.clone().unwrap_or_else(|| "Card".into()),
                    },
                    end: period.as_ref().and_then(|p| {
                        let left = (p.included_units - p.used_units).max(0);
                        let left = counted(left, &r.unit_singular, &r.unit_plural);
                        self.end_view(r.status, r.cancel_at, r.cancel_state, p.ends_at, left)
                    }),
                    period: period.map(|p| self.period_view(&p, r.cancel_at, now)),
                    renews,
                },
            );
        }
        Ok(out)
    }

    /// UN1, UN2: what can be done about the end of a pack whose current period ends at `ends_at`.
    fn end_view(
        &self,
        status: SubscriptionStatus,
        cancel_at: Option<Instant>,
        state: Option<CancelState>,
        ends_at: Instant,
        left: String,
    ) -> Option<EndView> {
        let show = |at: Instant| self.zone().show(at);
        match (cancel_at, state) {
            (Some(_), Some(CancelState::Resuming)) => Some(EndView::Resuming),
            (Some(at), _) => Some(EndView::Ends { at: show(at) }),
            (None, _) => leaves_at(status, Some(ends_at)).map(|at| EndView::Runs {
                ends: show(at),
                left,
                owed: status == SubscriptionStatus::PastDue,
            }),
        }
    }

    fn status_words(&self, row: &SubscriptionRow, now: Instant) -> String {
        self.words_for(row.status, row.grace_period_ends_at, now)
    }

    fn words_for(&self, status: SubscriptionStatus, grace: Option<Instant>, now: Instant) -> String {
        match (status, grace) {
            (SubscriptionStatus::PastDue, Some(end)) => format!("{} · ends {}", status.label(), relative(end, now)),
            _ => status.label().to_owned(),
        }
    }

    /// The current period as its client sees it, on every page alike.
    pub(crate) fn period_view(&self, p: &PeriodUse, cancel_at: Option<Instant>, now: Instant) -> PeriodView {
        let zone = self.zone();
        let last = cancel_at.is_some_and(|at| at <= p.ends_at);
        let word = if last { "Ends" } else { "Renews" };
        let left = match days_between(zone.day(now), zone.day(p.ends_at)) {
            ..=0 => format!("{} today", word.to_lowercase()),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        };
        PeriodView {
            usage: Usage {
                used: p.used_units,
                included: p.included_units,
            },
            last,
            left,
            renewal: format!("{word} {}", zone.show(p.ends_at)),
            renewal_short: format!("{} {}", word.to_lowercase(), zone.show_date_short(p.ends_at)),
            ends: self.moment(p.ends_at, now),
            bounds: format!("{} to {}", zone.show_short(p.starts_at), zone.show_short(p.ends_at)),
            overage_units: p.overage_units,
            overage: p.overage_cents.show(self.currency()),
        }
    }

    fn period_line(&self, p: &PeriodRow, used: &PeriodUse) -> PeriodLine {
        PeriodLine {
            seq: p.seq,
            span: format!(
                "{} – {}",
                self.zone().show_date_short(p.starts_at),
                self.zone().show_date(p.ends_at)
            ),
            used: format!("{} of {}", used.used_units, used.included_units),
            fee: p.price_cents.show(p.currency),
            payment: match p.payment_state {
                PeriodPayment::Pending => "Being charged",
                PeriodPayment::Paid => "Paid",
                PeriodPayment::Failed => "Failed",
                PeriodPayment::RoyaltyDue => "To be deducted",
                PeriodPayment::RoyaltyPaid => "Deducted",
                PeriodPayment::WrittenOff => "Written off",
                PeriodPayment::Refunded => "Refunded",
            }
            .into(),
        }
    }
}
fn out_row(out: &mut PaymentPacksView, ended: bool, row: PackUseRow) {
    if ended { out.ended.push(row) } else { out.live.push(row) }
}

/// Calendar days from one to the other; negative backwards.
fn days_between(from: LocalDay, to: LocalDay) -> i64 {
    from.0.until(to.0).map_or(0, |span| i64::from(span.get_days()))
}

fn waiting_of(row: &SubscriptionRow, sessions: &[CheckoutRow]) -> Waiting {
    let hosted = sessions
        .iter()
        .find(|s| s.state == "open")
        .map(|s| s.url.clone())
        .filter(|u| !u.is_empty());
    match (row.payment_problem, row.payment_url.clone().or(hosted)) {
        (Some(ChargeProblem::Confirm), Some(url)) => Waiting::Page { url, confirm: true },
        (Some(ChargeProblem::Declined), url) => Waiting::Declined {
            message: row
                .payment_message
                .clone()
                .unwrap_or_else(|| "Your card was declined.".into()),
            url,
        },
        (None, Some(url)) if row.first_invoice_id.is_none() => Waiting::Page { url, confirm: false },
        _ => Waiting::Provider,
    }
}

fn end_words(reason: EndReason) -> &'static str {
    match reason {
        EndReason::IncompleteExpired => "The first payment didn't arrive in time. You weren't charged.",
        EndReason::Replaced => "You chose another pack instead. You weren't charged for this one.",
        EndReason::FirstInvoiceVoided => "The first invoice was voided. You weren't charged.",
        EndReason::Cancelled => "This pack was canceled.",
        EndReason::Unpaid => "This pack ended because the renewal wasn't paid.",
    }
}
