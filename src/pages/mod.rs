//! The screens, one file each, in folders by audience.

pub mod account;
pub mod client;
pub mod files;
pub mod payables;
pub mod public;
pub mod request;
pub mod requests;
pub mod staff;
pub mod vendor;

/// Gives the document the status of the error that its page shows; nothing in the browser.
pub fn answer(error: &domain::AppError) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (
        leptos::prelude::use_context::<leptos_axum::ResponseOptions>(),
        http::StatusCode::from_u16(error.status()),
    ) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = error;
}
