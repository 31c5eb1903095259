//! What the frame does by itself: menus close, and what belongs to a page goes with it.
//! What must not be here: what a menu holds.

use super::find;
use crate::api::kernel::use_page;
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// After a client navigation: open menus close, the message of the last page goes, and
/// the counts are asked for again.
pub(super) fn follow_navigation() {
    super::provide_arrivals();
    super::keep_places();
    super::tidy_addresses();
    let page = use_page();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.as_ref().is_some_and(|before| *before != now) {
            close_menus();
            page.refresh();
        }
        now
    });
}

/// Closes every open menu of the frame.
pub(super) fn close_menus() {
    while let Some(menu) = find("details[data-close-on-nav][open]") {
        if menu.remove_attribute("open").is_err() {
            break;
        }
    }
}

/// Closes a menu when the pointer goes down beside it or Escape is pressed; without JavaScript its summary closes it.
pub(super) fn menus_close_by_themselves() {
    use leptos::{ev, wasm_bindgen::JsCast, web_sys};
    super::effect(move || {
        let pointer = window_event_listener(ev::pointerdown, move |event| {
            let inside = event
                .target()
                .and_then(|t| t.dyn_into::<web_sys::Element>().ok())
                .and_then(|e| e.closest("details[data-close-on-nav]").ok().flatten());
            if inside.is_none() {
                close_menus();
            }
        });
        let key = window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                let summary = find("details[data-close-on-nav][open] > summary");
                if summary.is_some() {
                    close_menus();
                    super::focus(summary);
                }
            }
        });
        on_cleanup(move || {
            pointer.remove();
            key.remove();
        });
    });
}
