//! What is shown of what vendors are owed: the report (VP5), one line with its facts (AH1), a vendor's home (§20) and its live
//! pay slip (AH7). Staff and vendors are shown what the same statements find, so the numbers are the same.
//!
//! What a vendor is shown names clients by their alias, and holds no price of a client's (RQ7).

use crate::{
    Caller, Engine, OnConstraint,
    core::{internal, page_of},
    payables::{lines_words, pack_label, read_lines},
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, LocalDay, PayableId, VendorId,
    assignment::VendorTerms,
    list::{PAGE_SIZE, PayablesQuery},
    pack::VendorRateMode,
    payable::{Basis, Holder, MAX_LINES, PayableKind, PayableReceipt, PayableState},
    usage::Usage,
    view::{
        payables::{
            CorrectionView, PayDialog, PayableRow, PayableTotal, PayableView, PayablesReport, QueryView, Slip,
            SlipLine, SlipTotals, VendorOverview, VendorPack, VendorPayment,
        },
        requests::Named,
    },
};
use std::collections::BTreeMap;
use store::{
    Tx,
    payables::{self as rows, DecidedRow, FrameRow, PayableFilter, Periods, SortBy, TotalRow, VendorPackRow},
};

/// Where the report stands.
pub const REPORT: &str = "/admin/reports/vendor-payments";
/// Where a vendor's slip stands.
pub const SLIP: &str = "/vendor/payments";
/// Rows of an export, at most.
const EXPORTED: i64 = 100_000;
/// Payments that a vendor's home shows.
const PAYMENTS: i64 = 6;

/// A month of the calendar: `YYYY-MM`.
fn month(text: &str) -> Option<(LocalDay, LocalDay)> {
    let first: LocalDay = format!("{text}-01").parse().ok()?;
    let next = first.0.checked_add(jiff::Span::new().months(1)).ok()?;
    Some((first, LocalDay(next)))
}

/// "March 2027".
fn month_words(first: LocalDay) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::try_from(first.0.month() - 1).ok().and_then(|at| MONTHS.get(at));
    format!("{} {}", name.copied().unwrap_or_default(), first.0.year())
}

/// The months from the first line's to the last one's, the newest first.
fn months(frame: &FrameRow) -> Vec<Named> {
    let mut out = Vec::new();
    let (Some(first), Some(last)) = (frame.first, frame.last) else {
        return out;
    };
    let mut at = last.0.first_of_month();
    while at >= first.0.first_of_month() && out.len() < 240 {
        out.push(Named {
            id: LocalDay(at).month(),
            name: month_words(LocalDay(at)),
        });
        let Ok(before) = at.checked_sub(jiff::Span::new().months(1)) else {
            break;
        };
        at = before;
    }
    out
}

/// VP5: "20 / 18 / 15": included, used, delivered by this vendor.
fn units_words(row: &rows::PayableRow) -> String {
    match (row.included_units, row.used_units, row.delivered_units) {
        (Some(included), Some(used), Some(delivered)) if row.basis != Basis::Service => {
            format!("{included} / {used} / {delivered}")
        }
        _ => row.units.map(|units| units.to_string()).unwrap_or_default(),
    }
}

/// What a line is for.
fn what_words(row: &rows::PayableRow) -> String {
    match (row.basis, row.included_units, row.number) {
        (Basis::Pack, Some(included), _) => pack_label(included, &row.service),
        (Basis::Unit, Some(included), Some(number)) => format!("{} · #{number}", pack_label(included, &row.service)),
        (_, _, Some(number)) => format!("{} · #{number}", row.service),
        _ => row.service.clone(),
    }
}

/// A vendor's line, or everybody's.
fn for_vendor(of: &rows::PayableRow) -> &str {
    &of.alias
}

impl Engine {
    fn payable_filter(query: &PayablesQuery, limit: i64) -> PayableFilter {
        let sort = query.sort.trim();
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let (sort, descending) = match word.parse() {
            Ok(sort) => (sort, descending),
            Err(_) => (SortBy::Day, true),
        };
        let after = query
            .after
            .rsplit_once('~')
            .map(|(key, id)| (key.to_owned(), id.to_owned()));
        PayableFilter {
            services: Some(query.tab == "services"),
            vendor: query.vendor.parse().ok(),
            state: query.state.parse().ok(),
            open: query.state == "open",
            days: month(&query.month),
            asked: query.query == "open",
            words: query.q.clone(),
            sort,
            descending,
            // A key that is no number where one is wanted is a mistyped address: the first page.
            after: after.filter(|(key, _)| sort.is_text() || key.parse::<i64>().is_ok()),
            limit,
            ..PayableFilter::default()
        }
    }

    fn period_words(&self, row: &rows::PayableRow) -> String {
        match (row.starts_at, row.ends_at) {
            (Some(from), Some(to)) if row.basis != Basis::Service => {
                format!("{} to {}", self.zone().show_date_short(from), self.zone().show_date(to))
            }
            _ => row.local_day.words(),
        }
    }

    fn rate_words(row: &rows::PayableRow) -> String {
        match (row.kind, row.units, row.rate_cents) {
            (PayableKind::Correction, ..) => "Correction".to_owned(),
            (_, Some(units), Some(rate)) => format!("{units} × {}", rate.show(row.currency)),
            _ => "Per pack".to_owned(),
        }
    }

    fn payable_row(&self, row: rows::PayableRow, client: impl FnOnce(&rows::PayableRow) -> String) -> PayableRow {
        let (client, pack) = (client(&row), what_words(&row));
        let period = self.period_words(&row);
        PayableRow {
            id: row.id.to_string(),
            name: format!("{} · {client} · {pack}, {}", row.vendor, row.local_day.words()),
            units: units_words(&row),
            rate: Self::rate_words(&row),
            amount: row.amount_cents.show(row.currency),
            state: row.state,
            internal: row.internal,
            paid_on: row.paid_on.map(LocalDay::words).unwrap_or_default(),
            reference: row.reference.unwrap_or_default(),
            asked: row.asked,
            vendor: row.vendor,
            client,
            pack,
            period,
        }
    }

    fn total_view(&self, row: &TotalRow) -> PayableTotal {
        let show = |amount: Cents| amount.show(self.currency());
        PayableTotal {
            vendor: row.vendor.clone(),
            id: row.vendor_id.to_string(),
            accrued: show(row.accrued),
            approved: show(row.approved),
            to_pay: show(if row.internal {
                Cents::ZERO
            } else {
                row.accrued + row.approved
            }),
            paid: show(row.paid),
            internal: row.internal,
        }
    }
}

/// The report.
impl Engine {
    /// *Vendor Payments* (VP5): a page of it, in four statements whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn payables_report(&self, caller: &Caller, query: &PayablesQuery) -> AppResult<PayablesReport> {
        caller.require(Capability::Reports)?;
        let filter = Self::payable_filter(query, PAGE_SIZE + 1);
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::list(&mut tx, &filter).await.or_internal()?;
        let totals = rows::totals(&mut tx, &filter).await.or_internal()?;
        let frame = rows::frame(&mut tx, None).await.or_internal()?;
        let vendors = store::people::vendor_names(&mut tx).await.or_internal()?;
        drop(tx);
        let frame = frame.ok_or_else(|| internal("no frame"))?;
        let (found, next) = page_of(found, PAGE_SIZE, |row| format!("{}~{}", row.sort_key, row.id));
        let sum = |of: fn(&TotalRow) -> Cents| -> Cents { totals.iter().filter(|t| !t.internal).map(of).sum() };
        let show = |amount: Cents| amount.show(self.currency());
        let total = PayableTotal {
            accrued: show(sum(|t| t.accrued)),
            approved: show(sum(|t| t.approved)),
            to_pay: show(sum(|t| t.accrued + t.approved)),
            paid: show(sum(|t| t.paid)),
            ..PayableTotal::default()
        };
        Ok(PayablesReport {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            rows: found
                .into_iter()
                .map(|row| self.payable_row(row, |row| row.client.clone()))
                .collect(),
            count: totals.iter().map(|t| t.lines).sum(),
            totals: totals.iter().map(|row| self.total_view(row)).collect(),
            total,
            open: [frame.packs, frame.services],
            asked: frame.asked,
            next,
            vendors: vendors
                .into_iter()
                .map(|(id, name)| Named {
                    id: id.to_string(),
                    name,
                })
                .collect(),
            months: months(&frame),
            may_decide: caller.can(Capability::DecidePayables),
        })
    }

    /// All rows of the report, for its exports: those of the list with these filters, in its order.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn payables_export(&self, caller: &Caller, query: &PayablesQuery) -> AppResult<Vec<rows::PayableRow>> {
        caller.require(Capability::Reports)?;
        let query = PayablesQuery {
            after: String::new(),
            ..query.clone()
        };
        let filter = Self::payable_filter(&query, EXPORTED);
        let mut tx = self.db().read().await.or_internal()?;
        rows::list(&mut tx, &filter).await.or_internal()
    }

    /// *Select all matching*: the ids of all lines that the filters let through, [`MAX_LINES`] at most.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn matching_payables(&self, caller: &Caller, query: &PayablesQuery) -> AppResult<Vec<String>> {
        caller.require(Capability::Reports)?;
        let filter = Self::payable_filter(query, MAX_LINES as i64);
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::matching(&mut tx, &filter).await.or_internal()?;
        Ok(found.into_iter().map(|id| id.to_string()).collect())
    }

    /// The dialog *Mark as paid* for a selection. With `all`, for all that these filters let through.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] for a line that is none; [`AppError::Invalid`] without a selection.
    pub async fn pay_dialog(
        &self,
        caller: &Caller,
        ids: &[String],
        all: Option<&PayablesQuery>,
    ) -> AppResult<PayDialog> {
        caller.require(Capability::Reports)?;
        let matching;
        let ids = match all {
            Some(query) => {
                matching = self.matching_payables(caller, query).await?;
                &matching
            }
            None => ids,
        };
        let ids = read_lines(ids)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::decided(&mut tx, &ids, false).await.or_internal()?;
        drop(tx);
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let pays = |row: &&DecidedRow| row.state == PayableState::Approved && !row.internal;
        let mut by_vendor: BTreeMap<String, (i64, Cents)> = BTreeMap::new();
        for row in found.iter().filter(pays) {
            let sum = by_vendor.entry(row.vendor.clone()).or_default();
            *sum = (sum.0 + 1, sum.1 + row.amount_cents);
        }
        let words = |(count, sum): (i64, Cents)| format!("{}, {}", lines_words(count), sum.show(self.currency()));
        let whole = by_vendor
            .values()
            .fold((0, Cents::ZERO), |all, one| (all.0 + one.0, all.1 + one.1));
        let left = found.len() as i64 - whole.0;
        let waits = found
            .iter()
            .filter(|row| row.state == PayableState::Accrued && !row.internal);
        let waits = waits.count() as i64;
        let left_out = (left > 0).then(|| match waits {
            0 => format!(
                "{} of the selection cannot be paid: paid or void already, or Tri-POD's.",
                lines_words(left)
            ),
            waits if waits == left => format!("{} of the selection must be approved first.", lines_words(waits)),
            waits => format!(
                "{} of the selection must be approved first; {} cannot be paid.",
                lines_words(waits),
                lines_words(left - waits)
            ),
        });
        Ok(PayDialog {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            ids: found.iter().filter(pays).map(|row| row.id.to_string()).collect(),
            vendors: by_vendor.into_iter().map(|(name, sum)| (name, words(sum))).collect(),
            sum: words(whole),
            left_out,
            today: self.zone().day(self.now()).to_string(),
        })
    }

    /// One line, for staff.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn payable(&self, caller: &Caller, id: &str) -> AppResult<PayableView> {
        caller.require(Capability::Reports)?;
        self.payable_view(caller, id, None).await
    }

    /// One line of a vendor's own.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn own_payable(&self, caller: &Caller, id: &str) -> AppResult<PayableView> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        self.payable_view(caller, id, Some(vendor)).await
    }

    async fn payable_view(&self, caller: &Caller, id: &str, vendor: Option<VendorId>) -> AppResult<PayableView> {
        let id: PayableId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let row = rows::one(&mut tx, id, vendor).await.or_internal()?;
        let row = row.ok_or(AppError::NotFound)?;
        let found = rows::decided(&mut tx, &[id], true).await.or_internal()?;
        let queries = rows::queries(&mut tx, id).await.or_internal()?;
        drop(tx);
        let line = found.iter().find(|line| line.id == id).ok_or(AppError::NotFound)?;
        let receipt: PayableReceipt = serde_json::from_str(&line.receipt).map_err(internal)?;
        let now: Cents = found
            .iter()
            .filter(|line| line.state != PayableState::Void)
            .map(|line| line.amount_cents)
            .sum();
        let currency = line.currency;
        let own = vendor.is_some();
        let back = if own {
            format!("{SLIP}?month={}", line.local_day.month())
        } else {
            let tab = (line.basis == Basis::Service).then(|| "services".to_owned());
            PayablesQuery {
                tab: tab.unwrap_or_default(),
                ..PayablesQuery::default()
            }
            .href(REPORT)
        };
        Ok(PayableView {
            why: receipt.lines(self.zone()),
            history: self.decisions(line),
            corrects: line.corrects_id.map(|id| id.to_string()),
            corrections: found
                .iter()
                .filter(|other| other.corrects_id == Some(id))
                .map(|other| CorrectionView {
                    id: other.id.to_string(),
                    at: other.accrued_on.words(),
                    amount: other.amount_cents.show(currency),
                    state: other.state,
                })
                .collect(),
            now: now.show(currency),
            queries: queries
                .into_iter()
                .map(|query| QueryView {
                    id: query.id.to_string(),
                    asked_by: query.asked_by,
                    asked: self.zone().show(query.asked_at),
                    question: query.question,
                    answer: query
                        .answered_by
                        .zip(query.answered_at)
                        .zip(query.answer)
                        .map(|((by, at), words)| (by, self.zone().show(at), words)),
                })
                .collect(),
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            may_decide: caller.can(Capability::DecidePayables),
            back,
            row: self.payable_row(row, |row| {
                if own {
                    for_vendor(row).to_owned()
                } else {
                    row.client.clone()
                }
            }),
        })
    }

    fn decisions(&self, line: &DecidedRow) -> Vec<String> {
        let mut out = vec![format!("Accrued {}", line.accrued_on.words())];
        let mut add = |what: &str, by: &Option<String>, at: Option<Instant>, more: String| {
            if let (Some(by), Some(at)) = (by, at) {
                out.push(format!("{what} by {by}, {}{more}", self.zone().show(at)));
            }
        };
        add("Approved", &line.approved_by, line.approved_at, String::new());
        let paid = match (line.paid_on, &line.reference) {
            (Some(day), Some(reference)) => format!(": paid on {}, reference {reference}", day.words()),
            _ => String::new(),
        };
        add("Marked as paid", &line.paid_by, line.paid_at, paid);
        let why = line.void_reason.as_ref().map(|why| format!(": {why}"));
        add("Made void", &line.voided_by, line.voided_at, why.unwrap_or_default());
        out
    }
}

/// What a pack brings its vendor, beside what it has brought (AH7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outlook {
    /// The payment as a whole, where it is yet to accrue.
    whole: Cents,
    /// For one included unit.
    unit: Cents,
    /// For one unit beyond.
    beyond: Cents,
}

impl Outlook {
    fn of(row: &VendorPackRow) -> Outlook {
        let terms = VendorTerms {
            payment: row.payment_cents,
            mode: row.rate_mode,
        };
        let holder = Holder {
            internal: row.internal,
            holds: row.holds,
            terms,
            share: row.split.then_some(row.share_cents),
            accrued: None,
        };
        let none = row.internal || !row.holds;
        Outlook {
            whole: if none || row.accrued { Cents::ZERO } else { holder.due() },
            unit: match row.rate_mode {
                VendorRateMode::PerUnit if !row.internal => row.payment_cents,
                _ => Cents::ZERO,
            },
            beyond: row.service_rate.filter(|_| !row.internal).unwrap_or(Cents::ZERO),
        }
    }

    /// What so many units bring, with the payment as a whole where an included one makes it owed.
    fn brings(&self, included: i64, beyond: i64) -> Cents {
        let times = |rate: Cents, units| rate.times(units).unwrap_or(Cents::ZERO);
        let whole = if included > 0 { self.whole } else { Cents::ZERO };
        whole + times(self.unit, included) + times(self.beyond, beyond)
    }
}

/// The vendor's own.
impl Engine {
    fn vendor_pack(&self, row: &VendorPackRow, now: Instant) -> VendorPack {
        let show = |amount: Cents| amount.show(self.currency());
        let until = self.zone().show_date_short(row.ends_at);
        let coming = row.gets_next && !row.holds && row.delivered == 0 && row.waiting == 0 && !row.split;
        let (next, leaves) = match row {
            _ if row.gets_next => (format!("Yours from {until}"), false),
            _ if !row.holds => ("Another vendor's".to_owned(), true),
            _ if !row.latest || row.ends_at <= now => (String::new(), false),
            _ if !row.goes_on => (format!("Ends {until}"), true),
            _ if row.goes => (format!("Another vendor's from {until}"), true),
            _ if !row.active => (format!("Nobody's from {until}"), true),
            _ => ("Yours next period too".to_owned(), false),
        };
        let outlook = Outlook::of(row);
        let adds = if coming {
            String::new()
        } else {
            match (row.next_number, row.next_included, row.next_overage) {
                (Some(number), Some(included), Some(beyond)) => {
                    let units = included + beyond;
                    format!(
                        "{} with #{number} ({units} {})",
                        show(outlook.brings(included, beyond)),
                        if units == 1 { "unit" } else { "units" }
                    )
                }
                _ if !row.holds || row.internal => show(Cents::ZERO),
                _ if outlook.whole > Cents::ZERO => format!("{} with the first unit", show(outlook.whole)),
                _ if outlook.unit > Cents::ZERO => format!("{} a unit", show(outlook.unit)),
                _ => format!("{}: paid for as a whole", show(Cents::ZERO)),
            }
        };
        VendorPack {
            id: row.period_id.to_string(),
            client: row.alias.clone(),
            pack: pack_label(row.included_units, &row.service),
            usage: Usage {
                used: row.used_units,
                included: row.included_units,
            },
            delivered: row.delivered,
            waiting: row.waiting,
            period: format!("{} to {until}", self.zone().show_date_short(row.starts_at)),
            until: if coming {
                format!("Begins {}", self.zone().show_short(row.ends_at))
            } else if row.ends_at <= now {
                format!("Ended {}", self.zone().show_short(row.ends_at))
            } else {
                format!("Ends {}", self.zone().show_short(row.ends_at))
            },
            next,
            leaves,
            coming,
            terms: self.payment_words((!row.internal).then_some(VendorTerms {
                payment: row.payment_cents,
                mode: row.rate_mode,
            })),
            earned: show(row.earned),
            paid: show(row.paid),
            adds,
        }
    }

    /// §20: what a vendor has earned with the periods that run, and earns if all that waits is delivered.
    fn expected(packs: &[VendorPackRow], now: Instant) -> (Cents, Cents) {
        let running = packs.iter().filter(|row| row.starts_at <= now && row.ends_at > now);
        running.fold((Cents::ZERO, Cents::ZERO), |(earned, expected), row| {
            let outlook = Outlook::of(row);
            let to_come = outlook.brings(row.waiting_included, row.waiting_overage);
            // A pack that is paid for as a whole brings that in the end, delivered from or not (VP2).
            let whole = if row.waiting_included == 0 {
                outlook.whole
            } else {
                Cents::ZERO
            };
            (earned + row.earned, expected + row.earned + to_come + whole)
        })
    }

    /// A vendor's home and its list of packs, in three statements.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn vendor_overview(&self, caller: &Caller) -> AppResult<VendorOverview> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let packs = rows::vendor_packs(&mut tx, vendor, Periods::Running, now)
            .await
            .or_internal()?;
        let open = PayableFilter {
            vendor: Some(vendor),
            open: true,
            ..PayableFilter::default()
        };
        let totals = rows::totals(&mut tx, &open).await.or_internal()?;
        let payments = rows::payments(&mut tx, vendor, PAYMENTS).await.or_internal()?;
        drop(tx);
        let (earned, expected) = Self::expected(&packs, now);
        let show = |amount: Cents| amount.show(self.currency());
        let to_pay: Cents = totals.iter().map(|t| t.accrued + t.approved).sum();
        let views = packs.iter().map(|row| self.vendor_pack(row, now));
        let (coming, here): (Vec<VendorPack>, Vec<VendorPack>) = views.partition(|pack| pack.coming);
        Ok(VendorOverview {
            packs: here.into_iter().chain(coming).collect(),
            expected: show(expected),
            earned: show(earned),
            to_pay: show(to_pay),
            payments: payments
                .into_iter()
                .map(|row| VendorPayment {
                    paid_on: row.paid_on.words(),
                    reference: row.reference,
                    lines: row.lines,
                    amount: show(row.amount),
                })
                .collect(),
        })
    }

    /// The live pay slip (AH7): now, or of a month, in four statements.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn slip(&self, caller: &Caller, month: &str) -> AppResult<Slip> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        let mut tx = self.db().read().await.or_internal()?;
        Ok(self.slip_of(&mut tx, vendor, month).await?.0)
    }

    /// The slip, and what is expected of the periods that run (§20).
    async fn slip_of(&self, tx: &mut Tx, vendor: VendorId, asked: &str) -> AppResult<(Slip, Cents)> {
        let now = self.now();
        let days = month(asked);
        let filter = PayableFilter {
            vendor: Some(vendor),
            days,
            running_at: days.is_none().then_some(now),
            limit: EXPORTED,
            ..PayableFilter::default()
        };
        let periods = match days {
            Some((from, to)) => Periods::Began(self.zone().start_of(from), self.zone().start_of(to)),
            None => Periods::Running,
        };
        let packs = rows::vendor_packs(tx, vendor, periods, now).await.or_internal()?;
        let found = rows::list(tx, &filter).await.or_internal()?;
        let frame = rows::frame(tx, Some(vendor)).await.or_internal()?;
        let name = store::subscriptions::vendor_name(tx, Some(vendor))
            .await
            .or_internal()?;
        let show = |amount: Cents| amount.show(self.currency());
        let sum = |of: fn(PayableState) -> bool| -> String {
            show(
                found
                    .iter()
                    .filter(|row| of(row.state))
                    .map(|row| row.amount_cents)
                    .sum(),
            )
        };
        let (_, expected) = Self::expected(&packs, now);
        let slip = Slip {
            vendor: name.unwrap_or_default(),
            month: days.map(|(first, _)| first.month()).unwrap_or_default(),
            title: days.map_or_else(|| "Now".to_owned(), |(first, _)| month_words(first)),
            months: frame.as_ref().map(months).unwrap_or_default(),
            packs: packs
                .iter()
                .map(|row| self.vendor_pack(row, now))
                .filter(|pack| !pack.coming)
                .collect(),
            earned: sum(|state| state != PayableState::Void),
            to_pay: sum(PayableState::is_open),
            paid: sum(|state| state == PayableState::Paid),
            lines: found.into_iter().map(|row| self.slip_line(row)).collect(),
            as_of: self.zone().show(now),
        };
        Ok((slip, expected))
    }

    fn slip_line(&self, row: rows::PayableRow) -> SlipLine {
        let paid = match (row.paid_on, row.reference.as_deref()) {
            (Some(day), Some("") | None) => day.words(),
            (Some(day), Some(reference)) => format!("{}, {reference}", day.words()),
            (None, _) => String::new(),
        };
        SlipLine {
            id: row.id.to_string(),
            day: self.zone().show_date(row.accrued_at),
            what: what_words(&row),
            rate: Self::rate_words(&row),
            amount: row.amount_cents.show(row.currency),
            cents: row.amount_cents,
            state: row.state,
            paid,
            asked: row.asked,
            client: row.alias,
        }
    }

    /// What staff see of a vendor's slip: what the vendor sees now (AH7, I8).
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub(crate) async fn slip_totals(&self, tx: &mut Tx, vendor: VendorId) -> AppResult<SlipTotals> {
        let (slip, expected) = self.slip_of(tx, vendor, "").await?;
        Ok(SlipTotals {
            earned: slip.earned,
            to_pay: slip.to_pay,
            paid: slip.paid,
            expected: expected.show(self.currency()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp5_a_month_is_one_of_the_calendar() {
        let day = |text: &str| text.parse::<LocalDay>().unwrap();
        assert_eq!(month("2027-12"), Some((day("2027-12-01"), day("2028-01-01"))));
        assert_eq!(month("2027-13"), None);
        assert_eq!(month(""), None);
        assert_eq!(month_words(day("2027-03-10")), "March 2027");
        let frame = |first: Option<&str>, last: Option<&str>| FrameRow {
            packs: 0,
            services: 0,
            asked: 0,
            first: first.map(day),
            last: last.map(day),
        };
        let ids = |frame: FrameRow| -> Vec<String> { months(&frame).into_iter().map(|m| m.id).collect() };
        assert_eq!(
            ids(frame(Some("2026-11-30"), Some("2027-01-01"))),
            ["2027-01", "2026-12", "2026-11"]
        );
        assert_eq!(ids(frame(None, None)), [""; 0]);
    }
}
