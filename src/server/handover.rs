//! A form that was sent when its person was signed out already, or somebody else was signed in: it goes through the sign-in in
//! hidden fields, and is in its page again afterwards. Meanwhile nothing of it is kept here: it is nobody's.
//!
//! What must not be here: sending it. Whoever wrote it looks at it once more and sends it.

use super::{documents::path_of, here::Here, routes::local_path, session, state::AppState};
use crate::api::kernel::{Flash, FlashTone, Refill};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::{AppError, UserId};
use html_escape::encode_double_quoted_attribute as attribute;
use serde::Deserialize;
use url::form_urlencoded;

/// The field of a form that says whose page it is on: the user's id.
pub const WHOSE: &str = "as";

/// What goes through the sign-in beside address and password.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HandOver {
    /// The page that the form is on, with its query.
    #[serde(default)]
    pub next: String,
    /// Where it was to be posted.
    #[serde(default)]
    pub of: String,
    /// What was typed, as a form.
    #[serde(default)]
    pub kept: String,
    /// Who wrote it, as [`WHOSE`].
    #[serde(default, rename = "as")]
    pub whose: String,
}

impl HandOver {
    /// A form that was posted from a page to a function. Passwords and keys stay behind.
    pub fn of_form(page: &str, function: &str, form: &[u8]) -> Self {
        let mut whose = String::new();
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (name, value) in session::fields_kept(form) {
            if name == WHOSE {
                whose = value;
            } else {
                kept.append_pair(&name, &value);
            }
        }
        HandOver {
            next: local_path(page).unwrap_or("/").to_owned(),
            of: function.to_owned(),
            kept: kept.finish(),
            whose,
        }
    }

    /// As it came from a page of the app, without what must not be given back.
    pub fn cleaned(self) -> Self {
        let of_form = HandOver::of_form(&self.next, &self.of, self.kept.as_bytes());
        HandOver {
            whose: if self.whose.is_empty() {
                of_form.whose.clone()
            } else {
                self.whose
            },
            ..of_form
        }
    }

    /// Whether there is anything to hand over.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The fields, for a sign-in that was refused and begins again.
    pub fn fields(&self) -> [(String, String); 4] {
        [
            ("next".to_owned(), self.next.clone()),
            ("of".to_owned(), self.of.clone()),
            ("kept".to_owned(), self.kept.clone()),
            (WHOSE.to_owned(), self.whose.clone()),
        ]
    }

    /// A page that says what has happened, and signs in.
    pub fn ask(&self, app: &AppState, status: StatusCode) -> Response {
        let what = match status {
            StatusCode::CONFLICT => "Someone else signed in on this browser. Nothing was sent.",
            _ => "You were signed out before this was sent.",
        };
        let hidden: String = self
            .fields()
            .iter()
            .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", attribute(value)))
            .collect();
        app.plain_form(
            status,
            "Sign in to continue",
            what,
            "What you wrote is kept and comes back after you sign in.",
            &hidden,
        )
    }

    /// Puts the form into the session of whoever has signed in, if it is theirs, and goes to its page.
    pub async fn take_back(self, here: &Here, user: UserId) -> Response {
        let theirs = self.whose.is_empty() || self.whose == user.to_string();
        let page = local_path(&self.next).unwrap_or("/").to_owned();
        let left = if theirs {
            let refill = Refill {
                path: path_of(&page).to_owned(),
                of: Some(self.of),
                fields: form_urlencoded::parse(self.kept.as_bytes()).into_owned().collect(),
                error: Some(AppError::Interrupted),
            };
            session::leave_refused(&here.session, refill).await
        } else {
            let words = "What was written before belongs to another person and wasn't kept.";
            let flash = Flash::new(FlashTone::Info, words);
            session::leave_flash(&here.session, flash).await
        };
        if let Err(error) = left {
            tracing::error!(%error, "what was typed could not be kept");
        }
        Redirect::to(if theirs { &page } else { "/" }).into_response()
    }
}

/// Whether a form is on the page of somebody else than who is signed in.
pub fn is_of_another(here: &Here, form: &[u8]) -> bool {
    let whose = form_urlencoded::parse(form).find(|(name, _)| name == WHOSE);
    let signed = here.signed.as_ref().map(|signed| signed.caller.user_id.to_string());
    match (whose, signed) {
        (Some((_, whose)), Some(signed)) => !whose.is_empty() && whose != signed,
        _ => false,
    }
}
