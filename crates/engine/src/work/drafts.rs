//! The request form and its drafts (RQ2).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{audit, forms::form_key},
    work::submit::{about_draft, says_the_same},
};
use domain::{
    AppError, AppResult, Capability, PackLabel, RequestId, RequestStatus, ServiceId,
    error::Problem,
    money,
    notices::NoticeKind,
    work::{
        form::RequestForm,
        view::{DraftView, FilesView, QuoteView, RequestFormView, ServiceChoice},
    },
};
use store::{
    log::AuditEntry,
    work::drafts::{self, DraftRow},
};

/// Drafts of one person, at most: more than anybody comes back to.
const MAX_DRAFTS: i64 = 100;

impl Engine {
    /// The request form: empty, with a chosen service, with a draft (RQ2), or with what another request said (`from`). `check`: also
    /// what is wrong with it.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`] for a draft or a request that is not this client's.
    pub async fn request_form(
        &self,
        caller: &Caller,
        draft: Option<RequestId>,
        from: Option<RequestId>,
        service: &str,
        check: bool,
    ) -> AppResult<RequestFormView> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        let now = self.now();
        let today = self.zone().today(now);
        let mut tx = self.db().read().await.or_internal()?;
        let choices = drafts::service_choices(&mut tx, client).await.or_internal()?;
        let row = match draft.or(from) {
            Some(id) => Some(
                drafts::draft(&mut tx, client, id)
                    .await
                    .or_internal()?
                    .ok_or(AppError::NotFound)?,
            ),
            None => None,
        };
        let attached = match draft {
            Some(id) => store::work::files::of_request(&mut tx, id).await.or_internal()?,
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
            Some(row) if draft.is_some() => {
                let submitted = (row.status != RequestStatus::Draft).then(|| row.id.to_string());
                let view = DraftView {
                    id: row.id.to_string(),
                    saved: self.moment(row.updated_at, now),
                };
                (row.form_key.clone(), form_of(row), Some(view), submitted)
            }
            copied => {
                let wanted = RequestForm {
                    service: first_service(service, &services).to_owned(),
                    quantity: "1".to_owned(),
                    ..RequestForm::default()
                };
                // The day for which the other one was needed has nothing to do with this one.
                let mut form = copied.map_or(wanted, |row| RequestForm {
                    wished_on: String::new(),
                    ..form_of(row)
                });
                if services.iter().all(|choice| choice.id != form.service) {
                    form.service = String::new();
                }
                (self.new_id::<uuid::Uuid>().to_string(), form, None, None)
            }
        };
        let problems = match form.check(&today) {
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
            today: today.day.to_string(),
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

    /// RQ2: saves a form as it is typed; the same key is the same draft. `None`: these very words have been submitted meanwhile.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; as [`RequestForm::as_draft`]; [`AppError::Invalid`] at `form` for one draft too many;
    /// [`AppError::FormUsed`] where other words have been submitted under the key (CO9).
    pub async fn save_draft(&self, caller: &Caller, key: &str, form: &RequestForm) -> AppResult<Option<RequestId>> {
        caller.require(Capability::SubmitRequests)?;
        let client = caller.client()?;
        form_key(key)?;
        let form = &form.as_draft()?;
        let service = form.service.trim().parse().ok();
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let beside = drafts::drafts_beside(&mut tx, client, caller.user_id, key)
            .await
            .or_internal()?;
        if beside.is_some_and(|drafts| drafts >= MAX_DRAFTS) {
            return Err(AppError::field("form", Problem::DraftsTooMany { max: MAX_DRAFTS }));
        }
        let saved = drafts::save_draft(&mut tx, self.new_id(), client, caller.user_id, key, service, form, now)
            .await
            .or_internal()?;
        if saved.is_some() {
            self.commit(tx, Change::of_client(client)).await?;
            return Ok(saved);
        }
        let sent = drafts::sent(&mut tx, client, key).await.or_internal()?;
        // Deleted between the two statements.
        let (id, number, hash) = sent.ok_or(AppError::Stale)?;
        match form.check(&self.zone().today(now)) {
            Ok(valid) if says_the_same(hash.as_deref(), &valid)? => Ok(None),
            _ => Err(self.sent_before(&id.to_string(), number)),
        }
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
        let loose = store::work::files::remove_all(&mut tx, client, id)
            .await
            .or_internal()?;
        for (key, media_type) in loose {
            self.leave_objects(&mut tx, &key, &media_type).await?;
        }
        if !drafts::delete_draft(&mut tx, client, id).await.or_internal()? {
            return Err(AppError::NotFound);
        }
        store::notices::settle(&mut tx, client, (NoticeKind::Approval, &about_draft(id)), now)
            .await
            .or_internal()?;
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
}

fn form_of(row: DraftRow) -> RequestForm {
    RequestForm {
        service: row.service_id.map(|id| id.to_string()).unwrap_or_default(),
        title: row.title,
        quantity: row.quantity_typed,
        brief: row.brief,
        wished_on: row.wished_on.unwrap_or_default(),
    }
}

/// The service that a new form begins with: the one that was asked for, else the one of which the client has a pack, where that
/// is the only one.
fn first_service<'a>(asked: &'a str, services: &'a [ServiceChoice]) -> &'a str {
    let mut packs = services.iter().filter(|choice| choice.pack.is_some());
    match (asked, packs.next(), packs.next()) {
        ("", Some(only), None) => &only.id,
        _ => asked,
    }
}
