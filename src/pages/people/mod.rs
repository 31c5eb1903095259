//! Signing in and links by mail (plain forms that work without JavaScript and always load a new document), one's own account,
//! and the lists and forms of people, clients and vendors.

pub mod account;
pub mod clients;
mod forgot;
mod link;
mod login;
pub mod persons;
pub mod settings;
pub mod table;
pub mod vendors;

pub use forgot::Forgot;
pub use link::{Invite, Reset};
pub use login::Login;

use crate::{
    api::kernel::{typed, use_page},
    components::Problems,
};
use leptos::prelude::*;

/// The error of the form that was just refused, if this is the answer to one.
fn refusal() -> Problems {
    let page = use_page();
    Problems(Signal::derive(move || {
        page.0
            .with(|page| page.refill.as_ref().and_then(|refill| refill.error.clone()))
    }))
}
