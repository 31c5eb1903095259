//! The report of what vendors are owed (VP5), and one line with its facts (AH1). Staff and vendors are shown what the same
//! statements find, so the numbers are the same.

use super::slip::SLIP;
use crate::{
    Caller, Engine, OnConstraint,
    kernel::{internal, page_of},
    payables::{
        lines::{for_vendor, line_pick, month, months},
        mark::{lines_words, read_lines},
    },
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, PayableId, VendorId,
    list::{ListQuery as _, PAGE_SIZE},
    money::grouped,
    payables::{
        Basis, MAX_LINES, PayableReceipt, PayableState, PayablesQuery,
        view::{
            CorrectionView, PayDialog, PayMonth, PayableTotal, PayableView, PayablesReport, QueryView, ToPay,
            VendorToPay,
        },
    },
    shown::{Named, counted},
};
use std::collections::BTreeMap;
use store::{
    Tx,
    payables::{self as rows, DecidedRow, PayableFilter, TotalRow},
};

/// Where the report stands.
pub const REPORT: &str = "/admin/reports/vendor-payments";

impl Engine {
    /// What is owed for the lines that count in this month, whatever anybody filters by.
    pub(crate) async fn pay_month(&self, tx: &mut Tx) -> AppResult<PayMonth> {
        let today = self.zone().day(self.now());
        let filter = PayableFilter {
            days: month(&today.month()),
            external: true,
            ..PayableFilter::default()
        };
        let found = rows::totals(tx, &filter).await.or_internal()?;
        let sum = |of: fn(&TotalRow) -> Cents| -> Cents { found.iter().map(of).sum() };
        let sums = [sum(|row| row.accrued), sum(|row| row.approved), sum(|row| row.paid)];
        Ok(PayMonth {
            id: today.month(),
            name: today.month_words(),
            sums: sums.map(|sum| sum.show(self.currency())),
            cents: sums.map(|sum| sum.0),
        })
    }

    /// *To pay*: each vendor with what waits to be approved and to be paid, in four statements whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn to_pay(&self, caller: &Caller) -> AppResult<ToPay> {
        caller.require(Capability::Reports)?;
        let open = PayableFilter {
            open: true,
            ..PayableFilter::default()
        };
        let mut tx = self.db().read().await.or_internal()?;
        let totals = rows::totals(&mut tx, &open).await.or_internal()?;
        let accrued = PayableFilter {
            state: Some(PayableState::Accrued),
            limit: MAX_LINES as i64,
            ..open
        };
        let lines = rows::matching(&mut tx, &accrued).await.or_internal()?;
        let frame = rows::frame(&mut tx, None).await.or_internal()?;
        let month = self.pay_month(&mut tx).await?;
        drop(tx);
        let frame = frame.ok_or_else(|| internal("no frame"))?;
        let words = |count: i64, sum: Cents| format!("{}, {}", lines_words(count), sum.show(self.currency()));
        let vendor = |row: &TotalRow| {
            let to_approve = lines.iter().filter(|line| line.vendor_id == row.vendor_id);
            let to_approve: Vec<String> = to_approve.map(|line| line.id.to_string()).collect();
            // One press approves what the row says, or there is none.
            let whole = to_approve.len() as i64 == row.accrued_lines;
            VendorToPay {
                id: row.vendor_id.to_string(),
                vendor: row.vendor.clone(),
                lines: lines_words(row.lines),
                sum: (row.accrued + row.approved).show(self.currency()),
                accrued: (row.accrued_lines > 0).then(|| words(row.accrued_lines, row.accrued)),
                to_approve: if whole { to_approve } else { Vec::new() },
                approved: (row.approved_lines > 0).then(|| words(row.approved_lines, row.approved)),
            }
        };
        let vendors: Vec<VendorToPay> = totals.iter().map(vendor).collect();
        let payable = vendors.iter().filter(|vendor| vendor.approved.is_some()).count() as i64;
        let sum: Cents = totals.iter().map(|row| row.approved).sum();
        Ok(ToPay {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            vendors,
            all: (payable > 1).then(|| {
                format!(
                    "{}, {}",
                    counted(payable, "vendor", "vendors"),
                    sum.show(self.currency())
                )
            }),
            open: [frame.packs, frame.services],
            asked: frame.asked,
            month,
            may_decide: caller.can(Capability::DecidePayables),
        })
    }

    /// *Vendor Payments* (VP5): a page of it, in five statements whatever it holds.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn payables_report(&self, caller: &Caller, query: &PayablesQuery) -> AppResult<PayablesReport> {
        caller.require(Capability::Reports)?;
        let filter = Self::payable_filter(query, PAGE_SIZE + 1)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::list(&mut tx, &filter).await.or_internal()?;
        let totals = rows::totals(&mut tx, &filter).await.or_internal()?;
        let frame = rows::frame(&mut tx, None).await.or_internal()?;
        let vendors = store::people::vendor_names(&mut tx).await.or_internal()?;
        let month = self.pay_month(&mut tx).await?;
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
            month,
            next,
            vendors: vendors
                .into_iter()
                .map(|(id, name)| Named {
                    id: id.to_string(),
                    name,
                })
                .collect(),
            months: months(Some(&frame), &query.month),
            currency: self.currency(),
            may_decide: caller.can(Capability::DecidePayables),
        })
    }

    /// All rows of the report, for its exports: those of the list with these filters, in its order; `most` at most, and whether
    /// there are more.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn payables_export(
        &self,
        caller: &Caller,
        query: &PayablesQuery,
        most: i64,
    ) -> AppResult<(Vec<rows::PayableRow>, bool)> {
        caller.require(Capability::Reports)?;
        let query = PayablesQuery {
            after: String::new(),
            ..query.clone()
        };
        let filter = Self::payable_filter(&query, most + 1)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::list(&mut tx, &filter).await.or_internal()?;
        let (found, more) = page_of(found, most, |_| String::new());
        Ok((found, more.is_some()))
    }

    /// *Select all matching*: what is sent of all lines that the filters let through, [`MAX_LINES`] at most.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn matching_payables(&self, caller: &Caller, query: &PayablesQuery) -> AppResult<Vec<String>> {
        caller.require(Capability::Reports)?;
        Ok(self.matching_lines(query).await?.0)
    }

    /// The lines that the filters let through, [`MAX_LINES`] at most, and whether there are more.
    async fn matching_lines(&self, query: &PayablesQuery) -> AppResult<(Vec<String>, bool)> {
        let filter = Self::payable_filter(query, MAX_LINES as i64 + 1)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::matching(&mut tx, &filter).await.or_internal()?;
        let (found, more) = page_of(found, MAX_LINES as i64, |_| String::new());
        let picks = found.iter().map(|row| line_pick(row.id, row.amount_cents));
        Ok((picks.collect(), more.is_some()))
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
        let (matching, more) = match all {
            // In no other order than by their day: the words below say which these are.
            Some(query) => self.matching_lines(&query.with("sort", "")).await?,
            None => (Vec::new(), false),
        };
        let ids = if all.is_some() { &matching } else { ids };
        let ids = read_lines(ids)?;
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::decided(&mut tx, &ids, false).await.or_internal()?;
        drop(tx);
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let pays = |row: &&DecidedRow| row.state == PayableState::Approved && !row.internal;
        let mut by_vendor: BTreeMap<(String, VendorId), (i64, Cents)> = BTreeMap::new();
        for row in found.iter().filter(pays) {
            let sum = by_vendor.entry((row.vendor.clone(), row.vendor_id)).or_default();
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
            0 => format!("{} can't be paid: already paid, void or in-house.", lines_words(left)),
            waits if waits == left => format!("Approve {} first.", lines_words(waits)),
            waits => format!(
                "Approve {} first. {} can't be paid.",
                lines_words(waits),
                lines_words(left - waits)
            ),
        });
        let newest = more.then(|| {
            let most = grouped(MAX_LINES as u64);
            format!("These are the newest {most} lines. Pay these, then the rest.")
        });
        let left_out: Vec<String> = newest.into_iter().chain(left_out).collect();
        let left_out = (!left_out.is_empty()).then(|| left_out.join(" "));
        Ok(PayDialog {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            ids: found.iter().filter(pays).map(|row| row.id.to_string()).collect(),
            vendors: by_vendor
                .into_iter()
                .map(|((name, id), sum)| {
                    let id = id.to_string();
                    (Named { id, name }, words(sum))
                })
                .collect(),
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
            rules: (!own).then(|| receipt.rules_line()),
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
        add("Voided", &line.voided_by, line.voided_at, why.unwrap_or_default());
        out
    }
}
