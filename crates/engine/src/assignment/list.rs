//! *Pack Assignments* (§14).

use crate::{
    Caller, Engine, OnConstraint,
    assignment::{board::label, picks::pick_text},
    kernel::{page_of, read_moment_key},
};
use domain::{
    AppResult, Capability, Instant,
    allowance::usage::Usage,
    assignment::{
        AssignmentQuery, MAX_PICKS, SOON_DAYS,
        view::{AssignmentList, AssignmentRow, UnassignedRequest, UnassignedRequests},
    },
    list::PAGE_SIZE,
    shown::Named,
    text,
};
use store::assignment::{self as rows, ListFilter, ListRow};

impl Engine {
    fn assignment_filter(&self, query: &AssignmentQuery, now: Instant, limit: i64) -> AppResult<ListFilter> {
        let sort = query.sort.trim();
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let sort = word.parse().unwrap_or(rows::SortBy::Client);
        let after = query.after.split_once('~').and_then(|(flag, rest)| {
            let (key, id) = rest.rsplit_once('~')?;
            Some((flag.parse().ok()?, key.to_owned(), id.to_owned()))
        });
        Ok(ListFilter {
            pending: query.pending == "1",
            vendor: query.vendor.parse().ok(),
            service: query.service.parse().ok(),
            ends_before: (query.ends == "soon").then(|| now.plus_days(SOON_DAYS)),
            words: text::wanted("q", &query.q)?,
            sort,
            descending,
            // A key that is no number where one is wanted is a mistyped address: the first page.
            after: after.filter(|(_, key, _)| sort.is_text() || key.parse::<i64>().is_ok()),
            limit,
        })
    }

    /// *Pack Assignments* (§14): a page of it, in six statements whatever it holds.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn assignment_list(&self, caller: &Caller, query: &AssignmentQuery) -> AppResult<AssignmentList> {
        caller.require(Capability::AssignPacks)?;
        let now = self.now();
        let filter = self.assignment_filter(query, now, PAGE_SIZE + 1)?;
        let mut tx = self.db().read().await.or_internal()?;
        let total = rows::count(&mut tx, &filter).await.or_internal()?;
        let found = rows::list(&mut tx, &filter, total).await.or_internal()?;
        let (pending, waiting_requests) = rows::pending_counts(&mut tx).await.or_internal()?;
        let choices = store::catalogue::choices(&mut tx).await.or_internal()?;
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
            rows: found.into_iter().map(|row| self.assignment_row(row, now)).collect(),
            total,
            pending,
            waiting_requests,
            next,
            services: named("service"),
            vendors: named("vendor"),
        })
    }

    fn assignment_row(&self, row: ListRow, now: Instant) -> AssignmentRow {
        let until = self.zone().show_date_short(row.ends_at);
        let ends = row.cancel_at.filter(|end| *end <= row.ends_at);
        let next_note = match (&row.next, row.next_active, &row.vendor, row.vendor_active) {
            (Some(_), Some(true), ..) => Some(format!("from {until}")),
            (Some(_), ..) => Some(format!("inactive, no vendor from {until}")),
            (None, _, Some(vendor), Some(false)) if ends.is_none() => {
                Some(format!("{vendor} is inactive, no vendor from {until}"))
            }
            _ => None,
        };
        AssignmentRow {
            id: row.id.to_string(),
            pick: pick_text(row.id, row.assignment_version, row.seq),
            pack: label(row.included_units, &row.service),
            client: row.client,
            service: row.service,
            period: self.zone().show_span(row.starts_at, row.ends_at),
            usage: Usage {
                used: row.used_units,
                included: row.included_units,
            },
            vendor: row.vendor,
            next: row.next,
            next_note,
            since: self.moment(row.since, now),
            status: row.status,
            ends: ends.map(|end| format!("Ends {}", self.zone().show_date_short(end))),
            waiting: row.waiting,
        }
    }

    /// *Select all matching*: the picks of all that the filters let through, [`MAX_PICKS`] at most.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn matching_picks(&self, caller: &Caller, query: &AssignmentQuery) -> AppResult<Vec<String>> {
        caller.require(Capability::AssignPacks)?;
        let filter = self.assignment_filter(query, self.now(), MAX_PICKS as i64)?;
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
    /// [`domain::AppError::Forbidden`].
    pub async fn unassigned_requests(&self, caller: &Caller, after: &str) -> AppResult<UnassignedRequests> {
        caller.require(Capability::AssignPacks)?;
        let now = self.now();
        let from = read_moment_key(after).and_then(|(at, number)| Some((at, number.parse().ok()?)));
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
