//! Monthly Packs: the Leptos application, one codebase for the hydrated client (`hydrate`) and the server (`ssr`).
//!
//! `pages` are the screens, `components` the kit they are made of, `api` the server functions between them and the use
//! cases. What must not be here: rules (they are in `domain`), SQL (`store`), use cases (`engine`).
#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod components;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod wire;

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    drop(any_spawner::Executor::init_wasm_bindgen());
    leptos::task::spawn_local(app::take_over());
}
