//! The interface kit: every piece that screens are made of. `docs/kit.md` shows one example of each, `/admin/kit` all
//! of their states in both themes.
//!
//! What must not be here: server functions, rules, words of one screen only, inline styles (the content security policy
//! refuses them), formatting of instants (the server has the zone).

pub mod badge;
pub mod banner;
pub mod button;
pub mod columns;
pub mod dialog;
pub mod field;
pub mod filter_bar;
pub mod form;
pub mod frame;
pub mod icon;
pub mod keys;
pub mod live;
mod mention;
mod menus;
pub mod meter;
pub mod nav;
pub mod palette;
pub mod places;
pub mod quote;
pub mod rows;
pub mod show;
pub mod state;
pub mod table;
pub mod toast;
pub mod tone;
pub mod tooltip;

pub use badge::*;
pub use banner::*;
pub use button::*;
pub use columns::ColumnsMenu;
pub use dialog::*;
pub use field::*;
pub use filter_bar::*;
pub use form::*;
pub use frame::*;
pub use icon::*;
pub use keys::*;
pub use live::*;
pub use meter::*;
pub use nav::*;
pub use palette::*;
pub use places::*;
pub use quote::*;
pub use rows::*;
pub use show::*;
pub use state::*;
pub use table::*;
pub use toast::*;
pub use tone::*;
pub use tooltip::*;

use leptos::{prelude::*, wasm_bindgen::JsCast, web_sys};

/// Text for an element that holds no elements, as `<title>` and `<textarea>`. Leptos writes it on the server as it is, and what
/// it says could end the element there: markup becomes words. In the browser it is set as text, which is no markup.
pub(crate) fn plain_text(text: String) -> String {
    #[cfg(feature = "ssr")]
    {
        html_escape::encode_text(&text).into_owned()
    }
    #[cfg(not(feature = "ssr"))]
    text
}

/// An effect in the browser. All are of one type, so that the machinery is compiled once and not for each.
pub fn effect(run: impl FnMut() + 'static) {
    fn boxed(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_: Option<()>| run());
    }
    boxed(Box::new(run));
}

/// Puts the focus on an element, if there is one that can take it.
pub(crate) fn focus(element: Option<web_sys::Element>) -> bool {
    let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    element.focus().is_ok()
}

/// The first element of the page that a selector finds.
pub(crate) fn find(selector: &str) -> Option<web_sys::Element> {
    document().query_selector(selector).ok().flatten()
}
