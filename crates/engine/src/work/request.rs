//! One request. What a reader may not see (prices for vendors, clients' names, internal notes)
//! never enters the view (RQ7).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::internal,
    work::{
        files::{place, removable, visible},
        held::Held,
        list::{Tip, overdue},
        queue::pick_text,
        scope::{scope, sees_notes, sees_prices},
        tell::{about, as_read},
        thread::{may_write, pins},
    },
};
use domain::{
    AppError, AppResult, Capability, Coverage, CoverageReceipt, Instant, LocalDay, PaymentType, RequestId,
    RequestStatus, Role, Split, Transition, VendorId,
    agency::Reader,
    allowance::coverage::badge,
    error::Problem,
    text::fold,
    work::{
        file::size_words,
        preview::PreviewState,
        view::{FactView, FileView, FilesView, PreviewView, RequestView, VersionView},
    },
};
use std::collections::BTreeMap;
use store::work::{
    audience,
    detail::{self, DetailRow, MessageRow},
    files::FileRow,
    previews::PreviewRow,
};

impl Engine {
    /// One request with thread and history; what was unread is read from now on (RQ3).
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is not in the caller's scope.
    pub async fn request(&self, caller: &Caller, id: RequestId) -> AppResult<RequestView> {
        let scope = scope(caller)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let mut row = detail::detail(&mut tx, scope, id, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let mut events = detail::events(&mut tx, id).await.or_internal()?;
        let mut messages = detail::messages(&mut tx, id, sees_notes(caller.role))
            .await
            .or_internal()?;
        let files = store::work::files::of_request(&mut tx, id).await.or_internal()?;
        let versions = store::work::steps::versions(&mut tx, id).await.or_internal()?;
        // §24: what the page shows need not be told any more.
        let about = about(id);
        let told = store::notices::unread_about(&mut tx, caller.user_id, &about)
            .await
            .or_internal()?;
        let mut people = Vec::new();
        // The others write nothing, and read everybody's names.
        if (may_write(caller) || !caller.role.is_staff()) && row.status != RequestStatus::Draft {
            people = audience::known_to(&mut tx, scope, id, caller.user_id)
                .await
                .or_internal()?;
        }
        drop(tx);
        // One's own words stay as they were written. Of the history, the reason of a reopening is somebody's words.
        for message in messages.iter_mut().filter(|one| one.author_id != caller.user_id) {
            message.body = as_read(&message.body, reader(caller, &row), &people);
        }
        for event in events.iter_mut().filter(|one| one.kind == "reopened") {
            event.detail = as_read(&event.detail, reader(caller, &row), &people);
        }
        // A brief is the client's.
        if !caller.role.is_client() {
            row.brief = as_read(&row.brief, reader(caller, &row), &people);
        }
        let offered = people.into_iter().filter(|one| one.offered && may_write(caller));
        let mut names: Vec<String> = offered.map(|one| one.name).collect();
        names.sort_by_cached_key(|name| (fold(name), name.clone()));
        names.dedup();
        let unread = |m: &MessageRow| m.author_id != caller.user_id && row.read_at.is_none_or(|at| at < m.at);
        if told > 0 || messages.iter().any(unread) {
            let mut tx = self.db().write().await.or_internal()?;
            detail::mark_read(&mut tx, id, caller.user_id, now)
                .await
                .or_internal()?;
            store::notices::read_all(&mut tx, caller.user_id, Some(&about), now)
                .await
                .or_internal()?;
            self.commit(tx, None).await?;
        }
        let pins = pins(caller, &row, &messages, &files);
        let files = self.files_view(caller, &row, files, &versions, now);
        let course = self.course(&row, &events, now);
        let stream = self.stream(caller, &row, events, messages, pins, now);
        let view = self.request_view(caller, row, files, now)?;
        Ok(RequestView {
            course,
            stream,
            names,
            ..view
        })
    }

    pub(super) fn file_view(&self, file: FileRow, by: String, removable: bool) -> FileView {
        let at = self.zone().show(file.uploaded_at);
        FileView {
            id: file.id.to_string(),
            size: size_words(file.size_bytes),
            sent: if by.is_empty() { at } else { format!("{by}, {at}") },
            removable,
            preview: preview_view(&file.preview),
            name: file.name,
        }
    }

    /// RQ2, RQ4: what somebody sees of a request's files.
    fn files_view(
        &self,
        caller: &Caller,
        row: &DetailRow,
        files: Vec<FileRow>,
        delivered: &[(i64, Instant)],
        now: Instant,
    ) -> FilesView {
        let held = held(row);
        let adds_to = place(caller, &held).ok().map(|place| place.version);
        let mut attachments = Vec::new();
        let mut made: BTreeMap<i64, Vec<FileView>> = BTreeMap::new();
        // The version that is being made is shown to whoever may add to it, though it is empty yet.
        if let Some(version) = adds_to.filter(|version| *version > 0) {
            made.insert(version, Vec::new());
        }
        for file in files {
            if !visible(caller, row.vendor_id, &file) {
                continue;
            }
            let by = seen_name(
                caller,
                row,
                file.uploader_role,
                file.uploader_vendor,
                file.uploader.clone(),
            );
            let (version, removable) = (file.version, removable(caller, &held, &file));
            let view = self.file_view(file, by, removable);
            if version == 0 {
                attachments.push(view);
            } else {
                made.entry(version).or_default().push(view);
            }
        }
        let approved = row.status == RequestStatus::Approved;
        let last = delivered.last().map(|(version, _)| *version);
        let at = |version: i64| delivered.iter().find(|(of, _)| *of == version).map(|(_, at)| *at);
        let versions = made.into_iter().rev().map(|(version, files)| VersionView {
            version,
            delivered: at(version).map(|at| self.moment(at, now)),
            approved: approved && last == Some(version),
            files,
        });
        FilesView {
            attachments,
            versions: versions.collect(),
            adds_to,
        }
    }

    fn request_view(&self, caller: &Caller, row: DetailRow, files: FilesView, now: Instant) -> AppResult<RequestView> {
        let prices = sees_prices(caller.role);
        let currency = row.currency.unwrap_or(self.currency());
        let split = Split {
            included: row.included_units.unwrap_or(0),
            overage: row.overage_units.unwrap_or(0),
        };
        let total = row.overage_cents.unwrap_or_default();
        let receipt = match row.receipt.as_deref().filter(|_| prices) {
            Some(json) => {
                let receipt = serde_json::from_str::<CoverageReceipt>(json).map_err(internal)?;
                let mut lines = receipt.lines(self.zone());
                lines.extend(caller.role.is_staff().then(|| receipt.rules_line()));
                lines
            }
            None => Vec::new(),
        };
        let (client, vendor) = match caller.role {
            role if role.is_client() => (None, None),
            role if role.is_vendor() => (Some(row.alias.clone()), None),
            _ => (
                Some(row.client.clone()),
                Some(row.vendor.clone().unwrap_or_else(|| "Unassigned".to_owned())),
            ),
        };
        let how = row.payment_type_at_submit.map_or("", PaymentType::label);
        let units = if row.coverage == Some(Coverage::None) {
            "Cost"
        } else {
            "Extra"
        };
        let cost = (prices && split.overage > 0).then(|| format!("{}, {how}", total.show(currency)));
        let wished = row.wished_on.as_deref().and_then(|day| day.parse::<LocalDay>().ok());
        let facts_of = |pairs: Vec<(&str, Option<String>)>| -> Vec<FactView> {
            let known = pairs.into_iter().filter_map(|(label, text)| Some((label, text?)));
            known
                .filter(|(_, text)| !text.is_empty())
                .map(|(label, text)| FactView {
                    label: label.to_owned(),
                    text,
                })
                .collect()
        };
        let facts = facts_of(vec![
            ("Service", row.service.clone()),
            ("Quantity", row.quantity.map(|units| units.to_string())),
            ("Needed by", wished.map(|day| self.zone().show_day(day))),
            ("Submitted", row.submitted_at.map(|at| self.zone().show(at))),
            ("Due", row.due_at.map(|at| self.due_words(at))),
        ]);
        let people = facts_of(vec![
            ("Client", client),
            // RQ7.
            (
                "Requested by",
                row.submitted_by.clone().filter(|_| !caller.role.is_vendor()),
            ),
            ("Vendor", vendor),
            ("Designer", row.designer.clone().filter(|_| caller.role.is_staff())),
        ]);
        let ready = files
            .versions
            .iter()
            .any(|version| version.delivered.is_none() && !version.files.is_empty());
        let work = (row.status != RequestStatus::Draft).then(|| {
            let mut work = held(&row).view(caller);
            // RQ4.
            for deliver in work
                .steps
                .iter_mut()
                .filter(|one| one.step == Transition::Deliver && !ready)
            {
                deliver.blocked = Some(Problem::FileNeeded.message());
            }
            let beyond = row.period_starts_at.is_none() && row.versions == 0;
            work.pick = (beyond && row.status.is_to_do() && caller.can(Capability::AssignPacks))
                .then(|| pick_text(row.id, row.row_version));
            work
        });
        Ok(RequestView {
            tip: self.tip(&Tip {
                coverage: row.coverage,
                pack_quantity: row.pack_quantity,
                service: row.service.as_deref(),
                period: row.period_starts_at.zip(row.period_ends_at),
                payment_type: row.payment_type_at_submit.filter(|_| prices),
            }),
            badge: row
                .coverage
                .and_then(|coverage| badge(coverage, split, total, currency, prices)),
            id: row.id.to_string(),
            number: row.number,
            status: row.status,
            title: row.title,
            brief: row.brief,
            course: Vec::new(),
            facts,
            cost: facts_of(vec![(units, cost)]),
            people,
            coverage: row.coverage,
            receipt,
            overdue: overdue(row.status, row.due_at, now),
            stream: Vec::new(),
            names: Vec::new(),
            may_write: may_write(caller) && row.status != RequestStatus::Draft,
            sees_notes: sees_notes(caller.role) && may_write(caller),
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            work,
            files,
        })
    }
}

/// How somebody reads of people that have to do with a request.
fn reader<'a>(caller: &Caller, row: &'a DetailRow) -> Reader<'a> {
    match caller.role {
        role if role.is_client() => Reader::Client {
            shown: row.shows_vendor_names,
        },
        role if role.is_vendor() => Reader::Vendor {
            vendor: caller.vendor_id,
            alias: &row.alias,
        },
        _ => Reader::Agency,
    }
}

/// The name by which somebody reads a person.
pub(super) fn seen_name(
    caller: &Caller,
    row: &DetailRow,
    role: Role,
    vendor: Option<VendorId>,
    name: String,
) -> String {
    reader(caller, row).reads(role, vendor, name)
}

fn preview_view(row: &PreviewRow) -> PreviewView {
    match (row.preview, row.width, row.height) {
        (Some(PreviewState::Made), Some(width), Some(height)) => PreviewView::Made {
            width,
            height,
            see_through: row.see_through.unwrap_or(false),
        },
        (Some(PreviewState::Waiting), ..) => PreviewView::Waiting,
        _ => PreviewView::None,
    }
}

fn held(row: &DetailRow) -> Held<'_> {
    Held {
        status: row.status,
        vendor: row.vendor_id,
        internal: row.internal,
        designer: row.designer_id,
        name: row.designer.as_deref(),
        versions: row.versions,
        row_version: row.row_version,
    }
}
