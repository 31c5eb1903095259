//! Service requests around their submission: the form and its drafts, the list, one request, its thread.
//!
//! Everything is scoped by the caller ([`scope`], RQ7). What a reader may not see (prices for vendors, client names,
//! internal notes) never enters the view.

use crate::{
    Caller, Change, Engine, OnConstraint,
    consume::form_key,
    core::{audit, page_of},
    files::{of_unfinished_work, place, removable, visible},
    internal,
    work::{Held, event_words},
};
use domain::{
    AppError, AppResult, Capability, ClientId, Coverage, CoverageReceipt, Instant, LocalDay, PackLabel, PaymentType,
    RequestId, RequestStatus, Role, ServiceId, Split, Transition, VendorId,
    coverage::badge,
    error::{FieldError, Problem},
    file::size_words,
    list::{PAGE_SIZE, RequestQuery, TO_DO},
    money,
    request::{QueuePart, RequestForm},
    time::relative,
    view::requests::{
        DraftView, EventView, FactView, MessageView, Moment, Named, QuoteView, RequestFormView, RequestListView,
        RequestRowView, RequestView, ServiceChoice, StatusTab,
    },
    view::work::{FileView, FilesView, VersionView},
};
use std::collections::BTreeMap;
use store::{
    files::FileRow,
    log::AuditEntry,
    requests::{self, CountRow, DetailRow, EventRow, ListFilter, ListRow, MessageRow, Scope, SortBy},
};

/// RQ3: characters of one message, at most.
pub const MAX_MESSAGE: usize = 10_000;
/// Characters that a draft keeps of its title, its number and its day; far beyond what may be submitted.
const MAX_DRAFT_LINE: usize = 1_000;
/// Characters that a draft keeps of its brief.
const MAX_DRAFT_BRIEF: usize = 100_000;

/// RQ7: whose requests a caller reads.
///
/// # Errors
/// [`AppError::Forbidden`].
pub fn scope(caller: &Caller) -> AppResult<Scope> {
    caller.require(Capability::SeeRequests)?;
    match (caller.client_id, caller.vendor_id) {
        (Some(client), _) => Ok(Scope::Client(client)),
        (None, Some(vendor)) => Ok(Scope::Vendor(vendor)),
        (None, None) if caller.role.is_staff() => Ok(Scope::All),
        (None, None) => Err(AppError::Forbidden),
    }
}

/// RQ3: internal notes are the agency's.
const fn sees_notes(role: Role) -> bool {
    role.is_staff()
}

/// IN3.
const fn sees_prices(role: Role) -> bool {
    !role.is_vendor()
}

/// IN5: who has the switch *Show pack requests*.
const fn has_switch(role: Role) -> bool {
    matches!(role, Role::InternalDesigner | Role::Admin)
}

impl Engine {
    pub(crate) fn moment(&self, at: Instant, now: Instant) -> Moment {
        Moment {
            iso: at.rfc3339(),
            text: self.zone().show(at),
            relative: relative(at, now),
        }
    }

    /// The request form: empty, with a chosen service, or with a draft (RQ2). `check`: also what is wrong with it.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a draft that is not this client's.
    pub async fn request_form(
        &self,
        caller: &Caller,
        draft: Option<RequestId>,
        service: &str,
        check: bool,
    ) -> AppResult<RequestFormView> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        let now = self.now();
        let today = self.zone().day(now);
        let mut tx = self.db().read().await.or_internal()?;
        let choices = requests::service_choices(&mut tx, client).await.or_internal()?;
        let row = match draft {
            Some(id) => Some(
                requests::draft(&mut tx, client, id)
                    .await
                    .or_internal()?
                    .ok_or(AppError::NotFound)?,
            ),
            None => None,
        };
        let attached = match draft {
            Some(id) => store::files::of_request(&mut tx, id).await.or_internal()?,
            None => Vec::new(),
        };
        drop(tx);
        let services = choices.into_iter().map(|choice| ServiceChoice {
            pack: choice.pack_quantity.map(|quantity| {
                PackLabel {
                    quantity,
                    service: choice.name.clone(),
                }
                .to_string()
            }),
            id: choice.id.to_string(),
            name: choice.name,
        });
        let services: Vec<ServiceChoice> = services.collect();
        let (form_key, form, draft, submitted) = match row {
            Some(row) => {
                let form = RequestForm {
                    service: row.service_id.map(|id| id.to_string()).unwrap_or_default(),
                    title: row.title,
                    quantity: row.quantity_typed,
                    brief: row.brief,
                    wished_on: row.wished_on.unwrap_or_default(),
                };
                let submitted = (row.status != RequestStatus::Draft).then(|| row.id.to_string());
                let view = DraftView {
                    id: row.id.to_string(),
                    saved: self.moment(row.updated_at, now),
                };
                (row.form_key, form, Some(view), submitted)
            }
            None => {
                let known = services.iter().any(|choice| choice.id == service);
                let form = RequestForm {
                    service: if known { service.to_owned() } else { String::new() },
                    quantity: "1".to_owned(),
                    ..RequestForm::default()
                };
                (self.new_id::<uuid::Uuid>().to_string(), form, None, None)
            }
        };
        let problems = match form.check(today) {
            Err(AppError::Invalid { fields }) if check => fields,
            _ => Vec::new(),
        };
        let quote = self.quote_of(caller, &form).await?;
        let files = FilesView {
            attachments: attached
                .into_iter()
                .map(|file| self.file_view(file, String::new(), true))
                .collect(),
            versions: Vec::new(),
            adds_to: Some(0),
        };
        Ok(RequestFormView {
            files,
            form_key,
            draft,
            form,
            services,
            problems,
            quote,
            today: today.to_string(),
            submitted,
        })
    }

    /// The quote of a form, as far as service and quantity are filled in (CO6); `None` before.
    ///
    /// # Errors
    /// As [`Engine::quote`], but for what is merely not filled in yet.
    pub async fn quote_of(&self, caller: &Caller, form: &RequestForm) -> AppResult<Option<QuoteView>> {
        let service = form.service.trim().parse::<ServiceId>().ok();
        match (service, money::whole(&form.quantity)) {
            (Some(service), Some(quantity)) => match self.quote(caller, service, quantity).await {
                Ok(quote) => Ok(Some(quote)),
                Err(AppError::Invalid { .. } | AppError::ServiceInactive) => Ok(None),
                Err(error) => Err(error),
            },
            _ => Ok(None),
        }
    }

    /// RQ2: saves a form as it is typed; the same key is the same draft. `None`: it has been submitted meanwhile.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`] for what is far too long to be a request.
    pub async fn save_draft(&self, caller: &Caller, key: &str, form: &RequestForm) -> AppResult<Option<RequestId>> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        form_key(key)?;
        let lines = [
            ("title", &form.title),
            ("quantity", &form.quantity),
            ("wished_on", &form.wished_on),
        ];
        let long = |max: usize| move |text: &str| text.chars().count() > max;
        let mut wrong: Vec<FieldError> = lines
            .into_iter()
            .filter(|(_, text)| long(MAX_DRAFT_LINE)(text))
            .map(|(field, _)| FieldError::new(field, Problem::TooLong { max: MAX_DRAFT_LINE }))
            .collect();
        if long(MAX_DRAFT_BRIEF)(&form.brief) {
            wrong.push(FieldError::new("brief", Problem::TooLong { max: MAX_DRAFT_BRIEF }));
        }
        if !wrong.is_empty() {
            return Err(AppError::Invalid { fields: wrong });
        }
        let service = form.service.trim().parse().ok();
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let saved = requests::save_draft(&mut tx, self.new_id(), client, caller.user_id, key, service, form, now)
            .await
            .or_internal()?;
        self.commit(tx, Change::of_client(client)).await?;
        Ok(saved)
    }

    /// Deletes a draft.
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is not this client's, or no draft any more.
    pub async fn delete_draft(&self, caller: &Caller, id: RequestId) -> AppResult<()> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        // RQ2: what was attached goes with it; another's request has nothing that the next statement would find.
        let loose = store::files::remove_all(&mut tx, client, id).await.or_internal()?;
        for key in loose {
            store::files::insert_loose(&mut tx, &key, self.wall_now())
                .await
                .or_internal()?;
        }
        if !requests::delete_draft(&mut tx, client, id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        let entry = AuditEntry {
            actor: &caller.actor(),
            action: "request.draft_deleted",
            entity: "request",
            entity_id: &id.to_string(),
            before: None,
            after: None,
        };
        audit(&mut tx, self, now, entry).await?;
        self.commit(tx, Change::of_client(client)).await
    }

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
            Some(
                requests::shows_pack_requests(&mut tx, caller.user_id)
                    .await
                    .or_internal()?,
            )
        } else {
            None
        };
        let filter = self.filter(caller, scope, query, switch == Some(false), size + 1);
        let counts = requests::counts(&mut tx, &filter).await.or_internal()?;
        let rows = requests::list(&mut tx, &filter).await.or_internal()?;
        let choices = if with_choices {
            requests::filter_choices(&mut tx, scope).await.or_internal()?
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
            clients: named("client"),
            vendors: named("vendor"),
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
    ) -> ListFilter {
        let staff = scope == Scope::All;
        let text = query.q.trim();
        let by_default = if caller.role.is_vendor() { "due" } else { "-number" };
        let sort = Some(query.sort.trim()).filter(|s| !s.is_empty()).unwrap_or(by_default);
        let (word, descending) = sort.strip_prefix('-').map_or((sort, false), |word| (word, true));
        let day = |text: &str| text.trim().parse::<LocalDay>().ok();
        let after = query
            .after
            .rsplit_once('~')
            .and_then(|(key, number)| Some((key.to_owned(), number.parse().ok()?)));
        let sort = word.parse().unwrap_or(SortBy::Number);
        // A key that is no number where one is wanted is a mistyped address: the first page.
        let after =
            after.filter(|(key, _)| matches!(sort, SortBy::Title | SortBy::Service) || key.parse::<i64>().is_ok());
        ListFilter {
            scope,
            user: caller.user_id,
            sees_notes: sees_notes(caller.role),
            status: query.status.parse().ok(),
            words: (!text.is_empty()).then(|| text.to_owned()),
            number: text.trim_start_matches('#').parse().ok(),
            service: query.service.parse().ok(),
            client: query.client.parse().ok().filter(|_| staff),
            vendor: query.vendor.parse().ok().filter(|_| staff),
            coverage: query.coverage.parse().ok(),
            from: day(&query.from).map(|day| self.zone().start_of(day)),
            before: day(&query.to)
                .and_then(|day| day.0.tomorrow().ok())
                .map(|day| self.zone().start_of(LocalDay(day))),
            hide_pack,
            queue: (query.status == TO_DO).then_some(QueuePart::All),
            sort,
            descending,
            after,
            limit,
        }
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
            due: row.due_at.map(|at| self.due_words(at)),
            overdue: overdue(caller.role, row.status, row.due_at, now),
            client: match caller.role {
                role if role.is_client() => None,
                role if role.is_vendor() => Some(row.alias),
                _ => Some(row.client),
            },
            worker: (caller.role.is_staff() && !worker.is_empty()).then_some(worker),
            unread: row.unread,
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
        self.zone().show_date(Instant(due_at.0 - 1))
    }

    /// IN1: pack, period and who pays.
    fn tip(&self, tip: &Tip<'_>) -> String {
        let mut parts = Vec::new();
        if let (Some(quantity), Some(service)) = (tip.pack_quantity, tip.service) {
            let label = PackLabel {
                quantity,
                service: service.to_owned(),
            };
            parts.push(match tip.period {
                Some((start, end)) => {
                    let (start, end) = (self.zone().show_date_short(start), self.zone().show_date_short(end));
                    format!("{label}, {start} to {end}.")
                }
                None => format!("{label}."),
            });
        }
        let paid = tip.payment_type.map(PaymentType::label);
        match (tip.coverage, paid) {
            (Some(Coverage::Included), Some(_)) => parts.push("Paid by the pack.".to_owned()),
            (Some(Coverage::Partial), Some(how)) => {
                parts.push(format!(
                    "The pack pays its part; the rest is paid by the client: {how}."
                ));
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
        requests::set_shows_pack_requests(&mut tx, caller.user_id, show)
            .await
            .or_internal()?;
        self.commit(tx, None).await
    }

    /// How many requests wait for a person, for the navigation.
    ///
    /// # Errors
    /// Only failures of ours; zero for those who see no requests.
    pub async fn waiting_requests(&self, caller: &Caller) -> AppResult<i64> {
        let Ok(scope) = scope(caller) else { return Ok(0) };
        let works = caller.can(Capability::WorkRequests) && caller.role != Role::Admin;
        let mut tx = self.db().read().await.or_internal()?;
        requests::waiting(&mut tx, scope, caller.user_id, sees_notes(caller.role), works)
            .await
            .or_internal()
    }

    /// One request with thread and history; what was unread is read from now on (RQ3).
    ///
    /// # Errors
    /// [`AppError::NotFound`] where it is not in the caller's scope.
    pub async fn request(&self, caller: &Caller, id: RequestId) -> AppResult<RequestView> {
        let scope = scope(caller)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let row = requests::detail(&mut tx, scope, id, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let events = requests::events(&mut tx, id).await.or_internal()?;
        let messages = requests::messages(&mut tx, id, sees_notes(caller.role))
            .await
            .or_internal()?;
        let files = store::files::of_request(&mut tx, id).await.or_internal()?;
        let versions = store::work::versions(&mut tx, id).await.or_internal()?;
        drop(tx);
        let unread = |m: &MessageRow| m.author_id != caller.user_id && row.read_at.is_none_or(|at| at < m.at);
        if messages.iter().any(unread) {
            let mut tx = self.db().write().await.or_internal()?;
            requests::mark_read(&mut tx, id, caller.user_id, now)
                .await
                .or_internal()?;
            self.commit(tx, None).await?;
        }
        let files = self.files_view(caller, &row, files, &versions, now);
        let events = events.into_iter().filter(|event| sees_event(caller, event));
        let events = events.map(|event| {
            let who = match event.actor_role {
                Some(role) => seen_name(caller, &row, role, event.actor_vendor, event.actor_name),
                None => "The system".to_owned(),
            };
            // Of a request that came from another vendor, what it was given to is not told either.
            let detail = if caller.role.is_staff() || event.kind != "given" {
                event.detail
            } else {
                String::new()
            };
            EventView {
                text: history_sentence(&event.kind, &who, &detail),
                at: self.moment(event.at, now),
            }
        });
        let events = events.collect();
        let messages = messages
            .into_iter()
            .map(|message| self.message_view(caller, &row, message, now))
            .collect();
        self.request_view(caller, row, events, messages, files, now)
    }

    fn file_view(&self, file: FileRow, by: String, removable: bool) -> FileView {
        let at = self.zone().show(file.uploaded_at);
        FileView {
            id: file.id.to_string(),
            size: size_words(file.size_bytes),
            sent: if by.is_empty() { at } else { format!("{by}, {at}") },
            removable,
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

    fn message_view(&self, caller: &Caller, row: &DetailRow, message: MessageRow, now: Instant) -> MessageView {
        MessageView {
            id: message.id,
            author: seen_name(caller, row, message.role, message.vendor_id, message.author),
            side: match message.role {
                role if role.is_client() => "Client",
                role if role.is_vendor() => "Vendor",
                _ => "Tri-POD",
            }
            .to_owned(),
            body: message.body,
            internal: message.internal,
            own: message.author_id == caller.user_id,
            at: self.moment(message.at, now),
        }
    }

    fn request_view(
        &self,
        caller: &Caller,
        row: DetailRow,
        events: Vec<EventView>,
        messages: Vec<MessageView>,
        files: FilesView,
        now: Instant,
    ) -> AppResult<RequestView> {
        let prices = sees_prices(caller.role);
        let currency = row.currency.unwrap_or(self.currency());
        let split = Split {
            included: row.included_units.unwrap_or(0),
            overage: row.overage_units.unwrap_or(0),
        };
        let total = row.overage_cents.unwrap_or_default();
        let receipt = match row.receipt.as_deref().filter(|_| prices) {
            Some(json) => serde_json::from_str::<CoverageReceipt>(json)
                .map_err(internal)?
                .lines(self.zone()),
            None => Vec::new(),
        };
        let mut facts = Vec::new();
        let mut fact = |label: &str, text: Option<String>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                facts.push(FactView {
                    label: label.to_owned(),
                    text,
                });
            }
        };
        match caller.role {
            role if role.is_client() => {}
            role if role.is_vendor() => fact("Client", Some(row.alias.clone())),
            _ => fact("Client", Some(row.client.clone())),
        }
        fact("Service", row.service.clone());
        fact("Quantity", row.quantity.map(|units| units.to_string()));
        if prices && split.overage > 0 {
            let how = row.payment_type_at_submit.map_or("", PaymentType::label);
            let units = if row.coverage == Some(Coverage::None) {
                "Cost"
            } else {
                "Beyond the pack"
            };
            fact(units, Some(format!("{}, {how}", total.show(currency))));
        }
        let wished = row.wished_on.as_deref().and_then(|day| day.parse::<LocalDay>().ok());
        fact("Wished by", wished.map(|day| self.zone().show_day(day)));
        fact("Submitted", row.submitted_at.map(|at| self.zone().show(at)));
        fact("Due", row.due_at.map(|at| self.due_words(at)));
        if caller.role.is_staff() {
            fact(
                "Vendor",
                Some(row.vendor.clone().unwrap_or_else(|| "Not assigned".to_owned())),
            );
            fact("Designer", row.designer.clone());
        }
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
                .then(|| crate::queue::pick_text(row.id, row.row_version));
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
            facts,
            coverage: row.coverage,
            receipt,
            overdue: overdue(caller.role, row.status, row.due_at, now),
            events,
            messages,
            may_write: may_write(caller) && row.status != RequestStatus::Draft,
            sees_notes: sees_notes(caller.role) && may_write(caller),
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            work,
            files,
        })
    }

    /// RQ3: adds a message or, for the agency, an internal note. The same form adds it once.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside the scope, [`AppError::Forbidden`] for those who may not write here,
    /// [`AppError::Invalid`] for an empty or too long text.
    pub async fn post_message(
        &self,
        caller: &Caller,
        id: RequestId,
        key: &str,
        body: &str,
        internal_note: bool,
    ) -> AppResult<()> {
        let scope = scope(caller)?;
        form_key(key)?;
        if !may_write(caller) || (internal_note && !sees_notes(caller.role)) {
            return Err(AppError::Forbidden);
        }
        let body = body.trim();
        if body.is_empty() {
            return Err(AppError::field("body", Problem::Required));
        }
        if body.chars().count() > MAX_MESSAGE {
            return Err(AppError::field("body", Problem::TooLong { max: MAX_MESSAGE }));
        }
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let row = requests::detail(&mut tx, scope, id, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if row.status == RequestStatus::Draft {
            let state = row.status.label().to_lowercase();
            return Err(AppError::TransitionNotAllowed { state });
        }
        let message_id = self.new_id::<uuid::Uuid>().to_string();
        requests::insert_message(&mut tx, &message_id, id, caller.user_id, body, internal_note, key, now)
            .await
            .or_internal()?;
        let change = Change {
            client_id: Some(row.client_id).filter(|_| !internal_note),
            vendor_id: row.vendor_id.filter(|_| !internal_note),
        };
        self.commit(tx, Some(change)).await
    }
}

/// What [`Engine::tip`] is made of.
struct Tip<'a> {
    coverage: Option<Coverage>,
    pack_quantity: Option<i64>,
    service: Option<&'a str>,
    period: Option<(Instant, Instant)>,
    payment_type: Option<PaymentType>,
}

/// Who writes into threads: the client's people and those who work on requests.
fn may_write(caller: &Caller) -> bool {
    caller.can(Capability::SubmitRequests) || caller.can(Capability::WorkRequests)
}

/// RQ8: marked for staff and vendors while it is not delivered.
fn overdue(role: Role, status: RequestStatus, due_at: Option<Instant>, now: Instant) -> bool {
    !role.is_client() && status.is_to_do() && due_at.is_some_and(|due| due <= now)
}

/// RQ7: vendors learn neither the names of the client's people nor those of another vendor's.
fn seen_name(caller: &Caller, row: &DetailRow, role: Role, vendor: Option<VendorId>, name: String) -> String {
    match role {
        _ if !caller.role.is_vendor() => name,
        role if role.is_client() => row.alias.clone(),
        _ if vendor.is_some() && vendor != caller.vendor_id => "Another vendor".to_owned(),
        _ => name,
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

/// RQ4, RQ7: what is being made is no matter of the client's, and what another vendor made is none of a vendor's.
fn sees_event(caller: &Caller, event: &EventRow) -> bool {
    let unfinished = of_unfinished_work(&event.kind);
    match caller.role {
        role if role.is_client() => !unfinished,
        role if role.is_vendor() => {
            !unfinished || event.actor_vendor.is_none() || event.actor_vendor == caller.vendor_id
        }
        _ => true,
    }
}

fn history_sentence(kind: &str, who: &str, detail: &str) -> String {
    let what = match kind {
        "submitted" => "submitted it",
        "assigned" => "gave it to the pack's vendor",
        "reassigned" => "gave it to another vendor",
        _ => event_words(kind).unwrap_or(kind),
    };
    if kind == "given" && !detail.is_empty() {
        format!("{who} gave it to {detail}.")
    } else if detail.is_empty() {
        format!("{who} {what}.")
    } else {
        format!("{who} {what}: {detail}.")
    }
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

/// What a client's page needs before it reads: the boundaries that have passed are crossed (PD3).
pub(crate) async fn cross_boundaries(engine: &Engine, client: ClientId) -> AppResult<()> {
    let mut tx = engine.db().read().await.or_internal()?;
    let passed = requests::boundaries_of_client(&mut tx, client, engine.now())
        .await
        .or_internal()?;
    drop(tx);
    for id in passed {
        engine.ensure_periods(id).await?;
    }
    Ok(())
}
