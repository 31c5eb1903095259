//! Service requests: the form, the list, one request, the queue, files.
//!
//! Without JavaScript a refused form is kept as a draft, and its page is opened again with what is wrong: nothing that
//! was typed is lost (RQ2).

#[cfg(feature = "ssr")]
use super::kernel::{Flash, FlashTone, Undo};
#[cfg(feature = "ssr")]
use domain::{
    AppError, Capability,
    work::view::{CommentInput, GiveInput, StepInput},
};
use domain::{
    AppResult,
    shown::Moment,
    work::{
        RequestQuery,
        form::RequestForm,
        view::{
            BoardView, GiveDialog, QueueView, QuoteView, RequestFormView, RequestListView, RequestView, Stepped,
            Submitted,
        },
    },
};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};
use serde::{Deserialize, Serialize};

/// RQ5: the list of requests in the caller's scope.
#[server(name = ReadRequestList, endpoint = "requests/list", input = PostUrl, output = Postcard)]
pub async fn request_list(#[server(default)] query: RequestQuery) -> AppResult<RequestListView> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    engine.request_list(&caller, &query).await
}

/// IN5: stores the switch *Show pack requests*. A checkbox that is off sends nothing.
#[server(endpoint = "requests/show-pack", input = PostUrl, output = Postcard)]
pub async fn show_pack_requests(#[server(default)] show: bool) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    engine.show_pack_requests(&caller, show).await
}

/// The request form: empty, with a draft, or with what another request said.
#[server(name = ReadRequestForm, endpoint = "requests/form", input = PostUrl, output = Postcard)]
pub async fn request_form(
    #[server(default)] draft: String,
    #[server(default)] from: String,
    #[server(default)] service: String,
    #[server(default)] check: bool,
) -> AppResult<RequestFormView> {
    let (engine, caller) = super::guard(Capability::SubmitRequests).await?;
    let named = |id: &str| match id {
        "" => Ok(None),
        id => super::id(id).map(Some),
    };
    let (draft, from) = (named(&draft)?, named(&from)?);
    engine.request_form(&caller, draft, from, &service, check).await
}

/// CO6: the quote of what is filled in; `None` while that is not enough.
#[server(name = AskQuote, endpoint = "requests/quote", input = PostUrl, output = Postcard)]
pub async fn request_quote(
    #[server(default)] service: String,
    #[server(default)] quantity: String,
) -> AppResult<Option<QuoteView>> {
    let (engine, caller) = super::guard(Capability::SubmitRequests).await?;
    let form = RequestForm {
        service,
        quantity,
        ..RequestForm::default()
    };
    engine.quote_of(&caller, &form).await
}

/// A draft that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedDraft {
    /// Its id; `None`: these very words have been submitted meanwhile.
    pub id: Option<String>,
    /// When.
    pub at: Moment,
}

/// RQ2: saves the form as it is typed.
#[server(endpoint = "requests/save-draft", input = PostUrl, output = Postcard)]
pub async fn save_draft(form_key: String, #[server(default)] form: RequestForm) -> AppResult<SavedDraft> {
    let (engine, caller) = super::guard(Capability::SubmitRequests).await?;
    let id = engine.save_draft(&caller, &form_key, &form).await?;
    let now = engine.now();
    let at = Moment {
        iso: now.rfc3339(),
        text: engine.zone().show_time(now),
        relative: "now".to_owned(),
        short: "now".to_owned(),
    };
    Ok(SavedDraft {
        id: id.map(|id| id.to_string()),
        at,
    })
}

/// Deletes a draft.
#[server(endpoint = "requests/delete-draft", input = PostUrl, output = Postcard)]
pub async fn delete_draft(id: String) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::SubmitRequests).await?;
    engine.delete_draft(&caller, super::id(&id)?).await?;
    super::done("/requests", "Draft deleted.").await;
    Ok(())
}

/// *Submit request*, and without JavaScript also *Update quote* and *Save draft* (`intent`). `shown` is the form of the
/// terms that were on the screen (CO6).
#[server(endpoint = "requests/submit", input = PostUrl, output = Postcard)]
pub async fn submit_request(
    #[server(default)] form_key: String,
    #[server(default)] service: String,
    #[server(default)] title: String,
    #[server(default)] quantity: String,
    #[server(default)] brief: String,
    #[server(default)] wished_on: String,
    #[server(default)] shown: String,
    #[server(default)] intent: String,
) -> AppResult<Option<Submitted>> {
    use domain::{facts::QuoteTerms, work::view::SubmitInput};
    let (engine, caller) = super::guard(Capability::SubmitRequests).await?;
    let form = RequestForm {
        service,
        title,
        quantity,
        brief,
        wished_on,
    };
    if intent == "quote" || intent == "draft" {
        match engine.save_draft(&caller, &form_key, &form).await {
            Ok(Some(id)) => {
                let path = format!("/requests/new?draft={id}");
                if intent == "draft" {
                    super::done(&path, "Draft saved.").await;
                } else {
                    super::redirect(&path);
                }
            }
            Ok(None) => super::done("/requests", "This request was already submitted.").await,
            Err(AppError::FormUsed { sent, key, .. }) => kept_as_new(&engine, &caller, &key, &form, &sent).await?,
            Err(error) => return Err(error),
        }
        return Ok(None);
    }
    // What cannot be read was never shown.
    let terms = crate::wire::from_field::<QuoteTerms>(&shown);
    let input = SubmitInput { form_key, form, terms };
    match engine.submit(&caller, &input).await {
        Ok(done) => {
            super::done(
                &format!("/requests/{}", done.id),
                &format!("Request #{} submitted.", done.number),
            )
            .await;
            Ok(Some(done))
        }
        Err(AppError::FormUsed { sent, key, .. }) if super::by_hand() => {
            kept_as_new(&engine, &caller, &key, &input.form, &sent).await?;
            Ok(None)
        }
        Err(error) if super::by_hand() && !matches!(error, AppError::Internal) => {
            let Some(id) = engine.save_draft(&caller, &input.form_key, &input.form).await? else {
                return Err(error);
            };
            let why = match &error {
                AppError::Invalid { .. } => "check",
                AppError::CoverageChanged { .. } => "changed",
                _ => "refused",
            };
            let path = format!("/requests/new?draft={id}&{why}=1");
            if why == "refused" {
                super::say(super::kernel::FlashTone::Error, &error.message()).await;
            }
            super::redirect(&path);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// CO9: what was changed in a form that had been sent stays as the draft of a new request, and its page says so.
#[cfg(feature = "ssr")]
async fn kept_as_new(
    engine: &engine::Engine,
    caller: &engine::Caller,
    key: &str,
    form: &RequestForm,
    sent: &str,
) -> AppResult<()> {
    let id = engine.save_draft(caller, key, form).await?.ok_or(AppError::Stale)?;
    let words = format!("This form was already sent as {sent}. Your changes stay here as a new request.");
    super::say(super::kernel::FlashTone::Info, &words).await;
    super::redirect(&format!("/requests/new?draft={id}"));
    Ok(())
}

/// One request; what was written as safe HTML.
#[server(name = ReadRequest, endpoint = "requests/one", input = PostUrl, output = Postcard)]
pub async fn request_detail(id: String) -> AppResult<RequestView> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    let mut view = engine.request(&caller, super::id(&id)?).await?;
    for text in view.markdown() {
        *text = crate::server::markdown::html(text);
    }
    Ok(view)
}

/// RQ3: adds a message or an internal note to a thread.
#[server(endpoint = "requests/message", input = PostUrl, output = Postcard)]
pub async fn post_message(
    id: String,
    #[server(default)] form_key: String,
    #[server(default)] body: String,
    #[server(default)] internal: bool,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    let request = super::id(&id)?;
    engine.post_message(&caller, request, &form_key, &body, internal).await
}

/// RQ3, RQ9: adds a comment on a file to the thread of its request. `place` is where on its picture; empty: on all of it.
#[server(endpoint = "requests/comment", input = PostUrl, output = Postcard)]
pub async fn comment_on_file(
    file: String,
    #[server(default)] form_key: String,
    #[server(default)] body: String,
    #[server(default)] internal: bool,
    #[server(default)] place: String,
) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    let comment = CommentInput { body, internal, place };
    let file = super::id(&file)?;
    engine.comment_on_file(&caller, file, &form_key, &comment).await
}

/// RQ1: one of the buttons of a request's page. `back` is the list where it was pressed, if it was one.
#[server(name = WorkStep, endpoint = "requests/work", input = PostUrl, output = Postcard)]
pub async fn work_step(
    id: String,
    #[server(default)] step: String,
    #[server(default)] version: i64,
    #[server(default)] text: String,
    #[server(default)] back: String,
) -> AppResult<Stepped> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    let request = super::id(&id)?;
    let starts = step == domain::Transition::Start.as_str();
    let input = StepInput { step, version, text };
    let stepped = engine.work(&caller, request, &input).await?;
    let its_page = format!("/requests/{request}");
    // Who starts goes on with it: there are the brief and the place for what is delivered.
    let path = match crate::server::routes::local_path(&back) {
        Some(back) if !starts => back.to_owned(),
        _ => its_page.clone(),
    };
    let undo = stepped.undo.map(|undo| {
        Undo::by(&WorkStep {
            id,
            step: undo.step.to_string(),
            version: undo.version,
            text: String::new(),
            back,
        })
    });
    super::leave(Flash {
        open: (undo.is_some() && path != its_page).then_some(its_page),
        undo,
        ..Flash::new(FlashTone::Success, stepped.done.as_str())
    })
    .await;
    super::redirect(&path);
    Ok(stepped)
}

/// A part of Tri-POD's queue (TP5); what is not known is the first one.
#[server(name = ReadQueue, endpoint = "requests/queue", input = PostUrl, output = Postcard)]
pub async fn queue(#[server(default)] part: String, #[server(default)] after: String) -> AppResult<QueueView> {
    let (engine, caller) = super::guard(Capability::SeeQueue).await?;
    engine.queue(&caller, &part, &after).await
}

/// The same as a board, by where the requests stand.
#[server(name = ReadBoard, endpoint = "requests/board", input = PostUrl, output = Postcard)]
pub async fn queue_board() -> AppResult<BoardView> {
    let (engine, caller) = super::guard(Capability::SeeQueue).await?;
    engine.queue_board(&caller).await
}

/// RQ10: the page where requests outside of packs are given to somebody.
#[server(name = ReadGiveDialog, endpoint = "requests/give-dialog", input = PostUrl, output = Postcard)]
pub async fn give_dialog(#[server(default)] picks: Vec<String>) -> AppResult<GiveDialog> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    engine.give_dialog(&caller, &picks).await
}

/// RQ10: gives them. `back` is the page where they were chosen.
#[server(name = GiveRequests, endpoint = "requests/give", input = PostUrl, output = Postcard)]
pub async fn give_requests(
    #[server(default)] form_key: String,
    #[server(default)] picks: Vec<String>,
    #[server(default)] to: String,
    #[server(default)] partial: bool,
    #[server(default)] back: String,
) -> AppResult<Stepped> {
    let (engine, caller) = super::guard(Capability::AssignPacks).await?;
    let input = GiveInput {
        form_key,
        picks,
        to,
        partial,
    };
    let given = engine.give(&caller, &input).await?;
    let path = crate::server::routes::local_path(&back).unwrap_or("/queue?part=beyond");
    super::done(path, &given.done).await;
    Ok(given)
}

/// RQ9: takes a file away that was not delivered.
#[server(endpoint = "requests/remove-file", input = PostUrl, output = Postcard)]
pub async fn remove_file(id: String) -> AppResult<()> {
    let (engine, caller) = super::guard(Capability::SeeRequests).await?;
    engine.remove_file(&caller, super::id(&id)?).await?;
    Ok(())
}
