//! The list of requests (RQ5).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::page_of,
    work::scope::{has_switch, scope, sees_notes, sees_prices},
};
use domain::{
    AppError, AppResult, Capability, Coverage, Instant, LocalDay, PackLabel, PaymentType, RequestStatus, Split,
    allowance::coverage::badge,
    list::PAGE_SIZE,
    shown::{Moment, Named},
    text,
    work::{
        RequestPart, RequestQuery, TO_DO,
        request::QueuePart,
        view::{RequestListView, RequestRowView, StatusTab},
    },
};
use store::work::{
    Scope,
    list::{self, CountRow, ListFilter, ListRow, SortBy},
};

/// A day that the list is filtered by, where it is one.
fn asked_day(text: &str) -> Option<LocalDay> {
    text.trim().parse().ok()
}

impl Engine {
    /// The list (RQ5) in the caller's scope, with the switch IN5. Six statements, whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn request_list(&self, caller: &Caller, query: &RequestQuery) -> AppResult<RequestListView> {
        self.request_page(caller, query, PAGE_SIZE, true).await
    }

    pub(crate) async fn request_page(
        &self,
        caller: &Caller,
        query: &RequestQuery,
        size: i64,
        with_choices: bool,
    ) -> AppResult<RequestListView> {
        let scope = scope(caller)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let switch = if has_switch(caller.role) {
            Some(list::shows_pack_requests(&mut tx, caller.user_id).await.or_internal()?)
        } else {
            None
        };
        let filter = self.filter(caller, scope, query, switch == Some(false), size + 1)?;
        let counts = list::counts(&mut tx, &filter).await.or_internal()?;
        let rows = list::list(&mut tx, &filter).await.or_internal()?;
        let choices = if with_choices {
            list::filter_choices(&mut tx, scope).await.or_internal()?
        } else {
            Vec::new()
        };
        drop(tx);
        let (rows, next) = page_of(rows, size, |row| format!("{}~{}", row.sort_key, row.number));
        let named = |kind: &str| -> Vec<Named> {
            let of_kind = choices.iter().filter(|row| row.kind == kind);
            of_kind
                .map(|row| Named {
                    id: row.id.clone(),
                    name: row.name.clone(),
                })
                .collect()
        };
        let (tabs, all, hidden) = tally(&counts, filter.status, filter.hide_pack);
        let to_do = tabs
            .iter()
            .filter(|tab| tab.status.is_some_and(RequestStatus::is_to_do));
        let total = match filter.queue {
            Some(_) => to_do.map(|tab| tab.count).sum(),
            None => all,
        };
        Ok(RequestListView {
            rows: rows.into_iter().map(|row| self.row_view(caller, row, now)).collect(),
            tabs,
            total,
            next,
            services: named("service"),
            vendors: named("vendor"),
            from: asked_day(&query.from).map(LocalDay::words),
            to: asked_day(&query.to).map(LocalDay::words),
            shows_pack_requests: switch,
            hidden,
            for_staff: scope == Scope::All,
            for_vendor: matches!(scope, Scope::Vendor(_)),
        })
    }

    pub(crate) fn filter(
        &self,
        caller: &Caller,
        scope: Scope,
        query: &RequestQuery,
        hide_pack: bool,
        limit: i64,
    ) -> AppResult<ListFilter> {
        let staff = scope == Scope::All;
        let words = text::wanted("q", &query.q)?;
        let part: Option<RequestPart> = query.view.parse().ok();
        let part = part.filter(|part| RequestPart::offered(caller.role).contains(part));
        let by_default = if caller.role.is_vendor() { "due" } else { "-number" };
        let sort = Some(query.sort.trim()).filter(|s| !s.is_empty()).unwrap_or(by_default);
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let after = query
            .after
            .rsplit_once('~')
            .and_then(|(key, number)| Some((key.to_owned(), number.parse().ok()?)));
        let sort = word.parse().unwrap_or(SortBy::Number);
        // A key that is no number where one is wanted is a mistyped address: the first page.
        let after =
            after.filter(|(key, _)| matches!(sort, SortBy::Title | SortBy::Service) || key.parse::<i64>().is_ok());
        Ok(ListFilter {
            scope,
            user: caller.user_id,
            sees_notes: sees_notes(caller.role),
            status: query.status.parse().ok(),
            number: words.trim_start_matches('#').parse().ok(),
            words,
            service: query.service.parse().ok(),
            client: if staff {
                text::wanted("client", &query.client)?
            } else {
                String::new()
            },
            vendor: query.vendor.parse().ok().filter(|_| staff),
            coverage: query.coverage.parse().ok(),
            from: asked_day(&query.from).map(|day| self.zone().start_of(day)),
            before: asked_day(&query.to)
                .and_then(|day| day.0.tomorrow().ok())
                .map(|day| self.zone().start_of(LocalDay(day))),
            news: part == Some(RequestPart::Unread),
            overdue: (part == Some(RequestPart::Overdue)).then(|| self.now()),
            mine: part == Some(RequestPart::Mine),
            hide_pack,
            queue: (query.status == TO_DO).then_some(QueuePart::All),
            sort,
            descending,
            after,
            limit,
        })
    }

    pub(crate) fn row_view(&self, caller: &Caller, row: ListRow, now: Instant) -> RequestRowView {
        let draft = row.status == RequestStatus::Draft;
        let prices = sees_prices(caller.role);
        let worker = [&row.vendor, &row.designer].into_iter().flatten().cloned();
        let worker = worker.collect::<Vec<_>>().join(" · ");
        RequestRowView {
            href: if draft {
                format!("/requests/new?draft={}", row.id)
            } else {
                format!("/requests/{}", row.id)
            },
            badge: row.coverage.and_then(|coverage| {
                let split = Split {
                    included: row.included_units.unwrap_or(0),
                    overage: row.overage_units.unwrap_or(0),
                };
                let currency = row.currency.unwrap_or(self.currency());
                badge(coverage, split, row.overage_cents.unwrap_or_default(), currency, prices)
            }),
            tip: self.tip(&Tip {
                coverage: row.coverage,
                pack_quantity: row.pack_quantity,
                service: row.service.as_deref(),
                period: row.period_starts_at.zip(row.period_ends_at),
                payment_type: row.payment_type_at_submit.filter(|_| prices),
            }),
            quantity: row.quantity.map_or(row.quantity_typed, |units| units.to_string()),
            submitted: row.submitted_at.map(|at| self.moment(at, now)),
            due: row.due_at.map(|at| Moment::of_day(self.due_day(at), now, self.zone())),
            overdue: overdue(row.status, row.due_at, now),
            client: match caller.role {
                role if role.is_client() => None,
                role if role.is_vendor() => Some(row.alias),
                _ => Some(row.client),
            },
            worker: (caller.role.is_staff() && !worker.is_empty()).then_some(worker),
            unread: row.unread,
            news: row.news,
            picture: row.picture.map(|file| file.to_string()),
            title: if row.title.trim().is_empty() {
                "Untitled".to_owned()
            } else {
                row.title
            },
            id: row.id.to_string(),
            number: row.number,
            service: row.service.unwrap_or_default(),
            status: row.status,
        }
    }

    /// RQ8: the day by whose end it is due; `due_at` is the first instant of the day after.
    pub(crate) fn due_words(&self, due_at: Instant) -> String {
        self.due_day(due_at).words()
    }

    fn due_day(&self, due_at: Instant) -> LocalDay {
        self.zone().day(Instant(due_at.0 - 1))
    }

    /// IN1: pack, period and who pays.
    pub(super) fn tip(&self, tip: &Tip<'_>) -> String {
        let mut parts = Vec::new();
        if let (Some(quantity), Some(service)) = (tip.pack_quantity, tip.service) {
            let label = PackLabel {
                quantity,
                service: service.to_owned(),
            };
            parts.push(match tip.period {
                Some((start, end)) => {
                    let (start, end) = (self.zone().show_date_short(start), self.zone().show_date_short(end));
                    format!("{label}, {start} – {end}.")
                }
                None => format!("{label}."),
            });
        }
        let paid = tip.payment_type.map(PaymentType::label);
        match (tip.coverage, paid) {
            (Some(Coverage::Included), Some(_)) => parts.push("Paid by the pack.".to_owned()),
            (Some(Coverage::Partial), Some(how)) => {
                parts.push(format!("Partly paid by the pack. The client pays the rest: {how}."));
            }
            (Some(Coverage::Overage), Some(how)) => parts.push(format!("Paid by the client: {how}.")),
            _ => {}
        }
        parts.join(" ")
    }

    /// IN5: stores whether this person wants to see pack requests in the list.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] for those who do not have the switch.
    pub async fn show_pack_requests(&self, caller: &Caller, show: bool) -> AppResult<()> {
        caller.require(Capability::SeeRequests)?;
        if !has_switch(caller.role) {
            return Err(AppError::Forbidden);
        }
        let mut tx = self.db().write().await.or_internal()?;
        list::set_shows_pack_requests(&mut tx, caller.user_id, show)
            .await
            .or_internal()?;
        self.commit(tx, None).await
    }
}
/// What [`Engine::tip`] is made of.
pub(super) struct Tip<'a> {
    pub(super) coverage: Option<Coverage>,
    pub(super) pack_quantity: Option<i64>,
    pub(super) service: Option<&'a str>,
    pub(super) period: Option<(Instant, Instant)>,
    pub(super) payment_type: Option<PaymentType>,
}

/// RQ8: its day is over and it is not delivered.
pub(super) fn overdue(status: RequestStatus, due_at: Option<Instant>, now: Instant) -> bool {
    status.is_to_do() && due_at.is_some_and(|due| due <= now)
}

/// RQ5, IN5: the tabs with their counts, how many the chosen one has, and how many the switch hides there.
fn tally(counts: &[CountRow], chosen: Option<RequestStatus>, hide_pack: bool) -> (Vec<StatusTab>, i64, i64) {
    let count = |status: Option<RequestStatus>, shown: bool| -> i64 {
        let of_status = counts.iter().filter(|row| status.is_none_or(|s| row.status == s));
        of_status
            .filter(|row| {
                if shown {
                    !(hide_pack && row.of_pack)
                } else {
                    hide_pack && row.of_pack
                }
            })
            .map(|row| row.requests)
            .sum()
    };
    // What waits for a payment, and drafts, have a tab only where there are any.
    let always = |status: RequestStatus| {
        !matches!(
            status,
            RequestStatus::Draft | RequestStatus::PaymentPending | RequestStatus::PaymentFailed
        )
    };
    let tabs = std::iter::once(None)
        .chain(RequestStatus::ALL.iter().copied().map(Some))
        .map(|status| StatusTab {
            status,
            count: count(status, true),
        })
        .filter(|tab| tab.count > 0 || tab.status.is_none_or(always) || tab.status == chosen)
        .collect();
    (tabs, count(chosen, true), count(chosen, false))
}
