//! The client's dashboard (§11, §20): packs with their usage, job operations, this month's extra charges.
//!
//! Seven statements, whatever it holds. Sums are read from rows that the submission keeps (I2, WN4).

use crate::{Caller, Engine, OnConstraint, allowance::price::beyond_price, subscriptions::periods::cross_boundaries};
use domain::{
    AppResult, Capability, Cents, Instant, PackLabel, PaymentType, Rail, SubscriptionStatus,
    allowance::usage::{UsageFacts, UsageLevel, banner_text, runs_out},
    reports::view::{
        BannerView, ChargeView, ChargesView, DashboardView, ExtraView, ExtrasView, PackCardView, ReviewRowView,
        ReviewView,
    },
    shown::{FirstStep, Moment, counted},
    subscriptions::{benefits_at, moving::next_charge},
    work::RequestQuery,
};
use store::{
    reports::dashboard::{self, CardRow, ClientFigures, ExtraRow},
    work::list::{ReviewRow, in_review},
};

/// Rows of job operations and of extra charges that the dashboard shows.
const SHOWN: i64 = 8;

/// Requests that wait for an approval, at most, of which the dashboard shows a picture.
const REVIEWED: i64 = 3;

/// What a client begins with: nothing more once all of it is done, and nothing for those who may not do all of it.
fn first_steps(caller: &Caller, figures: &ClientFigures) -> Vec<FirstStep> {
    let (pack, request, teammate) = (figures.packs > 0, figures.requests > 0, figures.people > 1);
    if !caller.can(Capability::Billing) || (pack && request && teammate) {
        return Vec::new();
    }
    vec![
        FirstStep::new("Subscribe to your first pack", "/services/packs", pack),
        FirstStep::new("Send your first request", "/requests/new", request),
        FirstStep::new("Invite a teammate", "/members", teammate),
    ]
}

impl Engine {
    /// The client's dashboard. `status`: the tab of job operations, a status word or empty.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn dashboard(&self, caller: &Caller, status: &str) -> AppResult<DashboardView> {
        caller.require(Capability::ClientArea)?;
        let client = caller.client()?;
        cross_boundaries(self, client).await?;
        let now = self.now();
        let first = self.zone().day(self.zone().start_of_month(now));
        let today = self.zone().day(now);
        let mut tx = self.db().read().await.or_internal()?;
        let cards = dashboard::cards(&mut tx, client, now).await.or_internal()?;
        let extras = dashboard::extras(&mut tx, client, first, today, SHOWN)
            .await
            .or_internal()?;
        let figures = dashboard::figures(&mut tx, client, first, today).await.or_internal()?;
        let waiting = in_review(&mut tx, client, REVIEWED).await.or_internal()?;
        drop(tx);
        let query = RequestQuery {
            status: status.to_owned(),
            ..RequestQuery::default()
        };
        let jobs = self.request_page(caller, &query, SHOWN, false).await?;
        let may_bill = caller.can(Capability::Billing);
        let extras_so_far = (figures.count > 0).then(|| figures.total.show(self.currency()));
        Ok(DashboardView {
            review: review_view(&waiting),
            charges: if may_bill {
                self.charges_view(&cards, figures.payment_type, extras_so_far, now)
            } else {
                None
            },
            packs: cards.into_iter().map(|card| self.card_view(card, now)).collect(),
            more_jobs: jobs.next.is_some(),
            tabs: jobs.tabs,
            jobs: jobs.rows,
            extras: ExtrasView {
                month: today.month_words(),
                rows: extras.into_iter().map(|row| self.extra_view(row)).collect(),
                total: figures.total.show(self.currency()),
                count: figures.count,
                paid_by: figures.payment_type.map_or("", domain::PaymentType::label).to_owned(),
            },
            may_bill,
            first_steps: first_steps(caller, &figures),
        })
    }

    /// Each pack that renews with its day and amount, the next one first, and this month's extra units.
    fn charges_view(
        &self,
        cards: &[CardRow],
        payment_type: Option<PaymentType>,
        extras: Option<String>,
        now: Instant,
    ) -> Option<ChargesView> {
        let mut renewing: Vec<_> = cards
            .iter()
            .filter_map(|card| Some((renewal(card, now)?, card)))
            .collect();
        renewing.sort_by_key(|((at, _), _)| *at);
        if renewing.is_empty() && extras.is_none() {
            return None;
        }
        // Extra units are paid as the client pays now.
        let of_extras = extras.as_ref().and(payment_type).map(PaymentType::rail);
        let rails = renewing.iter().map(|(_, card)| card.rail).chain(of_extras);
        let title = match (Rail::payment(rails), renewing.len()) {
            ("deduction", ..=1) => "Next deduction".to_owned(),
            (word, _) => format!("Next {word}s"),
        };
        let rows = renewing.into_iter().map(|((at, amount), card)| ChargeView {
            id: card.id.to_string(),
            label: label(card).to_string(),
            // What is short of an instant to come is its day.
            at: Moment {
                short: self.zone().day(at).words_from(self.zone().day(now)),
                ..self.moment(at, now)
            },
            amount: amount.show(self.currency()),
        });
        Some(ChargesView {
            title,
            rows: rows.collect(),
            extras,
        })
    }

    fn card_view(&self, card: CardRow, now: Instant) -> PackCardView {
        let label = label(&card);
        let next_charge = renewal(&card, now).map(|(_, amount)| amount.show(self.currency()));
        let counts = benefits_at(card.status, card.grace_period_ends_at, now);
        let period = card.period().filter(|_| counts);
        let note = match (card.status, &period) {
            (_, Some(_)) => None,
            (SubscriptionStatus::Incomplete, _) => Some("Add a card to start this pack."),
            (SubscriptionStatus::Suspended | SubscriptionStatus::PastDue, _) => {
                Some("Suspended until the open invoice is paid.")
            }
            _ => Some("The next period hasn't started yet."),
        };
        let units = |n: i64| if n == 1 { &card.unit_singular } else { &card.unit_plural };
        let view = period.map(|p| self.period_view(&p, card.cancel_at, now));
        // Units beside the pack are used before any is extra: the pack's own pace then says nothing of when they run out.
        let paced = view.as_ref().zip(period).filter(|_| card.extra_units == 0);
        let pace = paced.and_then(|(view, p)| {
            let out = runs_out(view.usage, p.starts_at, p.ends_at, now)?;
            Some(format!("At this pace you run out {}", self.zone().show_date_short(out)))
        });
        let facts = view.as_ref().zip(period).map(|(view, p)| UsageFacts {
            service: card.service.clone(),
            unit_singular: card.unit_singular.clone(),
            unit_plural: card.unit_plural.clone(),
            usage: view.usage,
            unit_price: beyond_price(card.pack_overage_price, card.client_price, card.service_price),
            currency: self.currency(),
            until: self.zone().show_date_short(p.ends_at),
        });
        PackCardView {
            id: card.id.to_string(),
            label: label.to_string(),
            service_id: card.service_id.to_string(),
            status: card.status,
            extra_units: (card.extra_units > 0 && view.is_some())
                .then(|| format!("+{} extra {}", card.extra_units, units(card.extra_units))),
            overage: view.as_ref().filter(|v| v.overage_units > 0).map(|v| {
                let beyond = v.overage_units;
                format!("{beyond} extra {} this period: {}", units(beyond), v.overage)
            }),
            next_charge,
            pace,
            banner: facts.as_ref().and_then(|facts| {
                banner_text(facts).map(|text| BannerView {
                    text,
                    exhausted: facts.usage.level() == UsageLevel::Exhausted,
                })
            }),
            price_change: card
                .moves()
                .filter(|(_, price)| counts && *price != card.price)
                .map(|(from, price)| self.move_words(from, price)),
            period: view,
            note: note.map(str::to_owned),
        }
    }

    fn extra_view(&self, row: ExtraRow) -> ExtraView {
        let title = match (row.number, &row.title) {
            (Some(number), Some(title)) => format!("#{number} {title}"),
            _ => row.service.clone().unwrap_or_default(),
        };
        ExtraView {
            request_id: row.request_id.map(|id| id.to_string()).unwrap_or_default(),
            title,
            day: self.zone().show_day(row.local_day),
            units: format!("{} × {}", row.units, row.unit_price_cents.show(row.currency)),
            amount: row.amount_cents.show(row.currency),
        }
    }
}

fn label(card: &CardRow) -> PackLabel {
    PackLabel {
        quantity: card.quantity,
        service: card.service.clone(),
    }
}

/// IN4: when a pack renews next, and for how much; `None` where it does not.
fn renewal(card: &CardRow, now: Instant) -> Option<(Instant, Cents)> {
    let counts = benefits_at(card.status, card.grace_period_ends_at, now) && card.cancel_at.is_none();
    let ends = card.period().filter(|_| counts)?.ends_at;
    Some((ends, next_charge(card.price, card.moves(), Some(ends))))
}

/// "3 designs wait for your approval", or how many requests where they are not counted alike.
fn review_view(waiting: &[ReviewRow]) -> Option<ReviewView> {
    let first = waiting.first()?;
    let (count, what) = if first.alike {
        let what = counted(first.units, &first.unit_singular, &first.unit_plural);
        (first.units, what)
    } else {
        (first.requests, counted(first.requests, "request", "requests"))
    };
    let rows = waiting.iter().map(|row| ReviewRowView {
        id: row.id.to_string(),
        title: row.title.clone(),
        note: format!("#{} · {} × {}", row.number, row.quantity, row.service),
        picture: row.picture.map(|file| file.to_string()),
    });
    Some(ReviewView {
        text: format!("{what} {} for your approval", if count == 1 { "waits" } else { "wait" }),
        rows: rows.collect(),
        more: first.requests > REVIEWED,
    })
}
