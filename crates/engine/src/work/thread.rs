//! What people write to each other about a request, and about its files (RQ3, RQ9).

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::forms::Pressed,
    work::{
        files::{seen_by_all, visible},
        scope::{scope, sees_notes},
    },
};
use domain::{
    AppError, AppResult, Capability, FileId, RequestId, RequestStatus,
    error::Problem,
    text,
    work::{
        pin::{Place, mark},
        preview::is_drawn,
        view::{CommentInput, PinView},
    },
};
use std::collections::BTreeMap;
use store::{
    Tx,
    work::{
        Scope,
        detail::{self, DetailRow, MessageRow},
        files::{self as rows, FileRow, FoundFile},
        steps,
    },
};

/// RQ3: characters of one message, at most.
pub const MAX_MESSAGE: usize = 10_000;

/// What somebody writes, checked.
struct Words<'a> {
    body: &'a str,
    internal: bool,
    /// The same key is one message.
    key: &'a str,
}

/// The file that it is about.
struct About<'a> {
    file: &'a FileRow,
    place: Option<Place>,
    /// Whoever is told of it sees the file.
    known: bool,
}

impl Engine {
    /// RQ3: adds a message or, for the agency, an internal note. The same form adds it once.
    ///
    /// # Errors
    /// [`AppError::NotFound`] outside the scope, [`AppError::Forbidden`] for those who may not write here,
    /// [`AppError::Invalid`] for an empty, unreadable or too long text.
    pub async fn post_message(
        &self,
        caller: &Caller,
        id: RequestId,
        key: &str,
        body: &str,
        internal_note: bool,
    ) -> AppResult<()> {
        let scope = scope(caller)?;
        let body = checked(caller, body, internal_note)?;
        let mut tx = self.db().write().await.or_internal()?;
        let what = format!("message:{id}");
        let claimed = match self.press(&mut tx, caller, &what, key, &(&body, internal_note)).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let words = Words {
            body: &body,
            internal: internal_note,
            key,
        };
        let change = self.add_message(&mut tx, caller, scope, id, &words, None).await?;
        claimed.done(&mut tx, &()).await?;
        self.commit(tx, Some(change)).await
    }

    /// RQ3, RQ9: the same about a file that the caller sees, at a place of its picture or about all of it. Whoever sees the file
    /// reads there that it is about it; whoever reads the thread reads the words.
    ///
    /// # Errors
    /// As [`Engine::post_message`]; [`AppError::NotFound`] where the caller does not see the file, [`AppError::Invalid`] at
    /// `place` for what is no place on it.
    pub async fn comment_on_file(
        &self,
        caller: &Caller,
        id: FileId,
        key: &str,
        comment: &CommentInput,
    ) -> AppResult<()> {
        let scope = scope(caller)?;
        let body = checked(caller, &comment.body, comment.internal)?;
        let nowhere = || AppError::field("place", Problem::ChoiceInvalid);
        let place: Option<Place> = match comment.place.trim() {
            "" => None,
            sent => Some(sent.parse().map_err(|_| nowhere())?),
        };
        let mut tx = self.db().write().await.or_internal()?;
        let what = format!("comment:{id}");
        let said = (&body, comment.internal, place);
        let claimed = match self.press(&mut tx, caller, &what, key, &said).await? {
            Pressed::First(claimed) => claimed,
            Pressed::Again(()) => return Ok(()),
        };
        let found = seen(&mut tx, caller, scope, id).await?;
        // Whoever takes the file away holds its request: with that in hand it is here, or is not any more.
        steps::lock(&mut tx, scope, found.file.request_id).await.or_internal()?;
        let found = seen(&mut tx, caller, scope, id).await?;
        if place.is_some() && !is_drawn(&found.file.media_type) {
            return Err(nowhere());
        }
        let words = Words {
            body: &body,
            internal: comment.internal,
            // The forms of one page have one key: what was sent by another of them is another message.
            key: &format!("{what}:{key}"),
        };
        let about = About {
            file: &found.file,
            place,
            known: comment.internal || seen_by_all(found.request_vendor, &found.file),
        };
        let request = found.file.request_id;
        let change = self
            .add_message(&mut tx, caller, scope, request, &words, Some(&about))
            .await?;
        claimed.done(&mut tx, &()).await?;
        self.commit(tx, Some(change)).await
    }

    async fn add_message(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        scope: Scope,
        id: RequestId,
        words: &Words<'_>,
        about: Option<&About<'_>>,
    ) -> AppResult<Change> {
        let Words { body, internal, key } = *words;
        let now = self.now();
        let row = detail::detail(tx, scope, id, caller.user_id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        if row.status == RequestStatus::Draft {
            let state = row.status.label().to_lowercase();
            return Err(AppError::TransitionNotAllowed { state });
        }
        let message = self.new_id::<uuid::Uuid>().to_string();
        // One that was sent with this key before its press was forgotten.
        if !detail::insert_message(tx, &message, id, caller.user_id, body, internal, key, now)
            .await
            .or_internal()?
        {
            return Err(self.form_used("", ""));
        }
        if let Some(about) = about {
            detail::insert_pin(tx, &message, about.file.id, about.place)
                .await
                .or_internal()?;
        }
        let did = match about.filter(|about| about.known) {
            Some(About {
                file, place: Some(_), ..
            }) => format!("pinned a comment on {} in", file.name),
            Some(About { file, place: None, .. }) => format!("commented on {} in", file.name),
            None => "wrote about".to_owned(),
        };
        self.tell_message(tx, caller, id, (&message, body, internal), &did, now)
            .await?;
        Ok(Change {
            client_id: Some(row.client_id).filter(|_| !internal),
            vendor_id: row.vendor_id.filter(|_| !internal),
        })
    }
}

/// A file that somebody sees.
async fn seen(tx: &mut Tx, caller: &Caller, scope: Scope, id: FileId) -> AppResult<FoundFile> {
    let found = rows::by_id(tx, scope, id).await.or_internal()?;
    let found = found.filter(|found| visible(caller, found.request_vendor, &found.file));
    found.ok_or(AppError::NotFound)
}

/// What somebody writes, as it is kept.
fn checked(caller: &Caller, body: &str, internal: bool) -> AppResult<String> {
    if !may_write(caller) || (internal && !sees_notes(caller.role)) {
        return Err(AppError::Forbidden);
    }
    text::block(body, MAX_MESSAGE).map_err(|problem| AppError::field("body", problem))
}

/// Who writes into threads: the client's people and those who work on requests.
pub(super) fn may_write(caller: &Caller) -> bool {
    caller.can(Capability::SubmitRequests) || caller.can(Capability::WorkRequests)
}

/// Which of the messages that somebody may read are about files that they see, by the message. What is counted are the comments
/// on a file, which everybody who sees it reads, and the notes apart from them.
pub(super) fn pins(
    caller: &Caller,
    row: &DetailRow,
    messages: &[MessageRow],
    files: &[FileRow],
) -> BTreeMap<String, PinView> {
    let mut counts: BTreeMap<(FileId, bool), i64> = BTreeMap::new();
    let about = messages.iter().filter_map(|message| {
        let id = message.pin_file?;
        let file = files.iter().find(|file| file.id == id)?;
        let nth = counts.entry((id, message.internal)).or_default();
        *nth += 1;
        let pin = PinView {
            file: id.to_string(),
            name: file.name.clone(),
            mark: mark(*nth, message.internal),
            place: message.pin_x.zip(message.pin_y).and_then(|(x, y)| Place::new(x, y)),
        };
        visible(caller, row.vendor_id, file).then(|| (message.id.clone(), pin))
    });
    about.collect()
}
