//! How a line of what is owed reads, in reports and slips alike.
//!
//! What a vendor is shown names clients by their alias, and holds no price of a client's (RQ7).

use crate::{Engine, payables::accrue::pack_label};
use domain::{
    AppResult, Cents, LocalDay, PayableId,
    payables::{
        Basis, PayableKind, PayablesQuery,
        view::{PayableRow, PayableTotal},
    },
    shown::Named,
    text,
};
use store::payables::{self as rows, FrameRow, PayableFilter, SortBy, TotalRow};

/// A month of the calendar: `YYYY-MM`.
pub(super) fn month(text: &str) -> Option<(LocalDay, LocalDay)> {
    let first: LocalDay = format!("{text}-01").parse().ok()?;
    let next = first.0.checked_add(jiff::Span::new().months(1)).ok()?;
    Some((first, LocalDay(next)))
}

/// What a selection sends of a line: its id, and what is owed in cents, which the selection adds up.
pub(super) fn line_pick(id: PayableId, amount: Cents) -> String {
    format!("{id}~{}", amount.0)
}

/// The months from the first line's to the last one's, the newest first, and the one that is asked for among them: a filter
/// that holds is one that is shown.
pub(super) fn months(frame: Option<&FrameRow>, asked: &str) -> Vec<Named> {
    let mut out = frame.map(months_of_lines).unwrap_or_default();
    if let Some((first, _)) = month(asked) {
        let id = first.month();
        if let Err(at) = out.binary_search_by(|one| id.cmp(&one.id)) {
            let name = first.month_words();
            out.insert(at, Named { id, name });
        }
    }
    out
}

fn months_of_lines(frame: &FrameRow) -> Vec<Named> {
    let mut out = Vec::new();
    let (Some(first), Some(last)) = (frame.first, frame.last) else {
        return out;
    };
    let mut at = last.0.first_of_month();
    while at >= first.0.first_of_month() && out.len() < 240 {
        out.push(Named {
            id: LocalDay(at).month(),
            name: LocalDay(at).month_words(),
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
pub(super) fn what_words(row: &rows::PayableRow) -> String {
    match (row.basis, row.included_units, row.number) {
        (Basis::Pack, Some(included), _) => pack_label(included, &row.service),
        (Basis::Unit, Some(included), Some(number)) => format!("{} · #{number}", pack_label(included, &row.service)),
        (_, _, Some(number)) => format!("{} · #{number}", row.service),
        _ => row.service.clone(),
    }
}

/// A vendor's line, or everybody's.
pub(super) fn for_vendor(of: &rows::PayableRow) -> &str {
    &of.alias
}

impl Engine {
    pub(super) fn payable_filter(query: &PayablesQuery, limit: i64) -> AppResult<PayableFilter> {
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
        Ok(PayableFilter {
            services: (query.tab != "all").then_some(query.tab == "services"),
            // Whoever asks for one vendor gets its lines, whichever it is.
            external: query.inhouse != "1" && query.vendor.is_empty(),
            vendor: query.vendor.parse().ok(),
            state: query.state.parse().ok(),
            open: query.state == "open",
            days: month(&query.month),
            asked: query.query == "open",
            words: text::wanted("q", &query.q)?,
            sort,
            descending,
            // A key that is no number where one is wanted is a mistyped address: the first page.
            after: after.filter(|(key, _)| sort.is_text() || key.parse::<i64>().is_ok()),
            limit,
            ..PayableFilter::default()
        })
    }

    fn period_words(&self, row: &rows::PayableRow) -> String {
        match (row.starts_at, row.ends_at) {
            (Some(from), Some(to)) if row.basis != Basis::Service => {
                format!("{} to {}", self.zone().show_date_short(from), self.zone().show_date(to))
            }
            _ => row.local_day.words(),
        }
    }

    pub(super) fn rate_words(row: &rows::PayableRow) -> String {
        match (row.kind, row.units, row.rate_cents) {
            (PayableKind::Correction, ..) => "Correction".to_owned(),
            (_, Some(units), Some(rate)) => format!("{units} × {}", rate.show(row.currency)),
            _ => "Per pack".to_owned(),
        }
    }

    pub(super) fn payable_row(
        &self,
        row: rows::PayableRow,
        client: impl FnOnce(&rows::PayableRow) -> String,
    ) -> PayableRow {
        let (client, pack) = (client(&row), what_words(&row));
        let period = self.period_words(&row);
        let days = match (row.starts_at, row.ends_at) {
            (Some(from), Some(to)) if row.basis != Basis::Service => self.zone().show_span(from, to),
            _ => period.clone(),
        };
        PayableRow {
            id: row.id.to_string(),
            pick: line_pick(row.id, row.amount_cents),
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
            days,
        }
    }

    pub(super) fn total_view(&self, row: &TotalRow) -> PayableTotal {
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
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp5_a_month_is_one_of_the_calendar() {
        let day = |text: &str| text.parse::<LocalDay>().unwrap();
        assert_eq!(month("2027-12"), Some((day("2027-12-01"), day("2028-01-01"))));
        assert_eq!(month("2027-13"), None);
        assert_eq!(month(""), None);
        assert_eq!(day("2027-03-10").month_words(), "March 2027");
        let frame = |first: Option<&str>, last: Option<&str>| FrameRow {
            packs: 0,
            services: 0,
            asked: 0,
            first: first.map(day),
            last: last.map(day),
        };
        let ids = |frame: FrameRow, asked: &str| -> Vec<String> {
            months(Some(&frame), asked).into_iter().map(|m| m.id).collect()
        };
        let some = || frame(Some("2026-11-30"), Some("2027-01-01"));
        for there in ["", "2026-12", "2026-13", "then"] {
            assert_eq!(ids(some(), there), ["2027-01", "2026-12", "2026-11"], "{there}");
        }
        assert_eq!(ids(some(), "2026-10"), ["2027-01", "2026-12", "2026-11", "2026-10"]);
        assert_eq!(ids(some(), "2027-02"), ["2027-02", "2027-01", "2026-12", "2026-11"]);
        assert_eq!(ids(frame(None, None), ""), [""; 0]);
        assert_eq!(ids(frame(None, None), "2027-02"), ["2027-02"]);
        assert_eq!(months(None, "2027-02").len(), 1);
    }
}
