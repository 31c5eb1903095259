//! Server functions, a file for each room of use cases. Each begins with its guard; they translate, they do not
//! decide.
//!
//! ```ignore
//! #[server(endpoint = "packs/save", input = PostUrl)]
//! pub async fn save_pack(form: PackForm, idem_key: String) -> AppResult<()> {
//!     let (engine, caller) = crate::api::guard(Capability::ManageCatalogue).await?;
//!     engine.save_pack(&caller, &idem_key, &form).await?;
//!     crate::api::done("/admin/packs", "Pack saved.").await;
//!     Ok(())
//! }
//! ```

#![allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "the macro makes a struct of each function's arguments: the fields of a form"
)]

pub mod assignment;
pub mod billing;
pub mod catalogue;
pub mod kernel;
pub mod notices;
pub mod operate;
pub mod payables;
pub mod people;
pub mod reports;
pub mod search;
pub mod subscriptions;
pub mod work;

#[cfg(feature = "ssr")]
pub use server::*;

#[cfg(feature = "ssr")]
mod server {
    use super::kernel::{Flash, FlashTone};
    use crate::server::here::{Here, SignedIn, wants_html};
    use domain::{AppError, AppResult, Capability};
    use engine::{Caller, Engine};
    use http::request::Parts;
    use leptos::prelude::use_context;
    use std::sync::Arc;

    /// The request, for server functions that are open to everybody.
    ///
    /// # Errors
    /// [`AppError::Internal`] outside of a request.
    pub fn here() -> AppResult<Here> {
        use_context::<Here>().ok_or_else(|| {
            tracing::error!("a server function ran outside of a request");
            AppError::Internal
        })
    }

    /// The guard that every server function begins with: the use cases, and who asks.
    ///
    /// # Errors
    /// [`AppError::SignInRequired`] without a session, [`AppError::Forbidden`] without the capability.
    #[expect(
        clippy::unused_async,
        reason = "guards may come to look things up; callers are written for it"
    )]
    pub async fn guard(capability: Capability) -> AppResult<(Engine, Caller)> {
        let here = here()?;
        let signed = here.signed.clone().ok_or(AppError::SignInRequired)?;
        signed.caller.require(capability)?;
        Ok((here.engine, signed.caller.clone()))
    }

    /// The same for one of two capabilities.
    ///
    /// # Errors
    /// As [`guard`].
    #[expect(clippy::unused_async, reason = "as the guard")]
    pub async fn guard_either(one: Capability, other: Capability) -> AppResult<(Engine, Caller)> {
        let here = here()?;
        let signed = here.signed.clone().ok_or(AppError::SignInRequired)?;
        signed.caller.require(one).or_else(|_| signed.caller.require(other))?;
        Ok((here.engine, signed.caller.clone()))
    }

    /// The same with the session, for one's own account.
    ///
    /// # Errors
    /// As [`guard`].
    pub fn guard_session(capability: Capability) -> AppResult<(Here, Arc<SignedIn>)> {
        let here = here()?;
        let signed = here.signed.clone().ok_or(AppError::SignInRequired)?;
        signed.caller.require(capability)?;
        Ok((here, signed))
    }

    /// Reads an id from an address or a form; one that cannot be is nobody's (§25).
    ///
    /// # Errors
    /// [`AppError::NotFound`].
    pub fn id<T: std::str::FromStr>(text: &str) -> AppResult<T> {
        text.parse().map_err(|_| AppError::NotFound)
    }

    /// Whether a browser posted the form by itself, without the app's code: what is answered then must be a page.
    pub fn by_hand() -> bool {
        use_context::<Parts>().is_some_and(|parts| wants_html(&parts.headers))
    }

    /// Goes on to a page of ours. With JavaScript the app navigates, without it the browser does.
    pub fn redirect(path: &str) {
        // Never another site, and never bytes that are no header.
        let good = path.starts_with('/') && !path.starts_with("//") && path.bytes().all(|b| b.is_ascii_graphic());
        if good {
            leptos_axum::redirect(path);
        } else {
            tracing::error!(path, "a redirect to no page of ours was left out");
        }
    }

    /// Something was done: leaves the sentence for the next page and goes there.
    pub async fn done(path: &str, text: &str) {
        say(FlashTone::Success, text).await;
        redirect(path);
    }

    /// Says that something was done, and stays.
    pub async fn said(text: &str) {
        say(FlashTone::Success, text).await;
    }

    /// Leaves a sentence for the next page, or for this one where it stays.
    pub async fn say(tone: FlashTone, text: &str) {
        leave(Flash::new(tone, text)).await;
    }

    /// The same for a sentence with a link, or with what takes back what was done.
    pub async fn leave(flash: Flash) {
        let Ok(here) = here() else { return };
        if let Err(error) = crate::server::session::leave_flash(&here.session, flash).await {
            tracing::error!(%error, "a message could not be left");
        }
    }

    /// A key that makes a repeated post of one rendering of a form the same post; made with the form's data.
    pub fn new_form_key() -> String {
        hex::encode(rand::random::<[u8; 16]>())
    }
}
