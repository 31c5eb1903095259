//! Whose product it is: what the agency is called and looks like, and whether its clients read who works for them (SU8). Its
//! name is that of the in-house vendor (TP1): it stands once, and both forms change it.

use crate::{
    Caller, Change, Engine, OnConstraint,
    kernel::{
        audit, internal,
        ports::{FileBytes, FilesError, NoPreview},
        turns::Turns,
    },
    people::vendors::TRI_POD,
};
use bytes::{Bytes, BytesMut};
use domain::{
    AppError, AppResult, Capability,
    agency::Brand,
    error::Problem,
    people::{AgencyForm, MAX_LOGO, logo_kind, view::AgencyPage},
};
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use store::{
    agency::{self as rows, Chosen},
    log::AuditEntry,
    people::{hold_vendor, rename_vendor},
};

/// Logos are drawn one at a time: the file of a stranger takes what memory one drawing may, whoever else sends one.
pub(crate) struct Drawing(Turns);

impl Default for Drawing {
    fn default() -> Self {
        Drawing(Turns::new(1, 4))
    }
}

/// The agency is one: what the audit log calls it by.
const ID: &str = "1";

fn entry<'a>(actor: &'a str, before: &'a str, after: &'a str) -> AuditEntry<'a> {
    AuditEntry {
        actor,
        action: "agency.changed",
        entity: "agency",
        entity_id: ID,
        before: Some(before),
        after: Some(after),
    }
}

fn facts(page: &AgencyPage) -> String {
    serde_json::json!({
        "name": page.brand.name,
        "accent": page.brand.accent,
        "logo": page.brand.logo,
        "reply_to": page.reply_to,
        "shows_vendor_names": page.shows_vendor_names,
    })
    .to_string()
}

fn page_of(row: rows::AgencyRow) -> AgencyPage {
    AgencyPage {
        brand: row.brand.into(),
        reply_to: row.reply_to,
        shows_vendor_names: row.shows_vendor_names,
        version: row.version,
    }
}

impl Engine {
    /// What a page shows of the agency to those who are not signed in. With a session it comes with the person
    /// ([`Engine::person_of_session`]).
    ///
    /// # Errors
    /// [`AppError::Internal`].
    pub async fn brand(&self) -> AppResult<Brand> {
        let mut tx = self.db().read().await.or_internal()?;
        Ok(rows::agency(&mut tx).await.or_internal()?.brand.into())
    }

    /// The agency's settings.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn agency(&self, caller: &Caller) -> AppResult<AgencyPage> {
        caller.require(Capability::ManagePeople)?;
        let mut tx = self.db().read().await.or_internal()?;
        Ok(page_of(rows::agency(&mut tx).await.or_internal()?))
    }

    /// Changes the agency's settings.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::Stale`] where `version` is not the present one; [`AppError::Invalid`] naming the
    /// fields, a vendor's name included.
    pub async fn save_agency(&self, caller: &Caller, form: &AgencyForm, version: i64) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let valid = form.check()?;
        let mut tx = self.db().write().await.or_internal()?;
        // The version counts the vendor's changes too: none is between what is compared and what is written.
        hold_vendor(&mut tx, TRI_POD).await.or_internal()?;
        let now = self.now();
        let before = page_of(rows::agency(&mut tx).await.or_internal()?);
        let chosen = Chosen {
            accent: valid.accent,
            reply_to: &valid.reply_to,
            shows_vendor_names: valid.shows_vendor_names,
            drops_logo: valid.drops_logo,
        };
        if !rows::update_agency(&mut tx, chosen, version).await.or_internal()? {
            return Err(AppError::Stale);
        }
        if before.brand.name != valid.name {
            rename_vendor(&mut tx, TRI_POD, &valid.name)
                .await
                .on_constraint("vendors_name_unique", || AppError::field("name", Problem::NameTaken))?;
        }
        let after = page_of(rows::agency(&mut tx).await.or_internal()?);
        let (actor, old, new) = (caller.actor(), facts(&before), facts(&after));
        audit(&mut tx, self, now, entry(&actor, &old, &new)).await?;
        self.commit(tx, Change::of_staff()).await
    }

    /// Sets the agency's logo: what is drawn of a PNG, JPEG or SVG. The file itself is not kept, so nothing that was sent is
    /// ever shown.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::Invalid`] at `logo` for what is too large, no such picture, or broken;
    /// [`AppError::RateLimited`] while too many wait for theirs to be drawn.
    pub async fn set_logo(&self, caller: &Caller, mut sent: FileBytes<'_>) -> AppResult<()> {
        caller.require(Capability::ManagePeople)?;
        let refused = |problem| AppError::field("logo", problem);
        let mut all = BytesMut::new();
        while let Some(part) = sent.next().await {
            let part = part.map_err(|error| match error {
                FilesError::TooLarge => refused(Problem::LogoTooLarge),
                _ => refused(Problem::LogoInvalid),
            })?;
            if all.len() + part.len() > MAX_LOGO {
                return Err(refused(Problem::LogoTooLarge));
            }
            all.extend_from_slice(&part);
        }
        let kind = logo_kind(&all).ok_or_else(|| refused(Problem::LogoInvalid))?;
        let bytes = all.freeze();
        let turn = self.kept::<Drawing>().0.turn().await;
        let turn = turn.ok_or(AppError::RateLimited { retry_after_secs: 5 })?;
        let drawn = self
            .previews()
            .draw(kind, stream::once(async { Ok(bytes) }).boxed())
            .await;
        let drawn = drawn.map_err(|why| match why {
            NoPreview::Failed(why) => internal(why),
            // Its bytes were counted: what is too much of it is what they draw.
            NoPreview::TooLarge | NoPreview::OutOfBounds => refused(Problem::LogoPixels),
            NoPreview::Damaged | NoPreview::NotSupported => refused(Problem::LogoInvalid),
        })?;
        drop(turn);
        let picture = drawn.thumbnail.bytes;
        let hash = hex::encode(Sha256::digest(&picture));
        let mut tx = self.db().write().await.or_internal()?;
        let now = self.now();
        let before = page_of(rows::agency(&mut tx).await.or_internal()?);
        rows::set_logo(&mut tx, &hash, &hex::encode(&picture))
            .await
            .or_internal()?;
        let after = page_of(rows::agency(&mut tx).await.or_internal()?);
        let (actor, old, new) = (caller.actor(), facts(&before), facts(&after));
        audit(&mut tx, self, now, entry(&actor, &old, &new)).await?;
        self.commit(tx, Change::of_staff()).await
    }

    /// The logo of this hash, for whoever looks: it stands on the sign-in page.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for any but the present one.
    pub async fn logo(&self, hash: &str) -> AppResult<Bytes> {
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::logo(&mut tx, hash).await.or_internal()?;
        let hex = found.ok_or(AppError::NotFound)?;
        hex::decode(hex).map(Bytes::from).map_err(internal)
    }
}
