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

/// Where a page leads back to: what its address says, if that is a place of ours (§25).
pub fn back(map: &leptos_router::params::ParamsMap, otherwise: &str) -> String {
    let asked = map.get("back").unwrap_or_default();
    if asked.starts_with('/') && !asked.starts_with("//") && !asked.contains('\\') {
        asked
    } else {
        otherwise.to_owned()
    }
}

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

#[cfg(test)]
mod tests {
    #[test]
    fn s25_back_leads_to_no_other_site() {
        let back = |asked: &str| {
            let mut map = leptos_router::params::ParamsMap::new();
            map.insert("back", asked.to_owned());
            super::back(&map, "/queue")
        };
        assert_eq!(back("/queue?part=beyond"), "/queue?part=beyond");
        for foreign in [
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(back(foreign), "/queue", "{foreign:?}");
        }
    }
}
