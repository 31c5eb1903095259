//! The keyboard: `?` help, `⌘K` search, `/` search or filter the list, `g d` dashboard, `g r` requests, `n` new, `j k x` in lists, `[ ]` through a list's pages, `⌘↵` submit.
//! All of them repeat what the pointer and the Tab key can do.
//!
//! Pages take part by [`super::NewLink`], [`super::Row`] and [`super::SelectCell`].

use super::{Dialog, Key, find, focus};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys};

/// Keys and what they do.
const KEYS: &[(&[&str], &str)] = &[
    (&["?"], "Show these keys"),
    (&["⌘", "K"], "Search everything (or Ctrl + K)"),
    (&["/"], "Search this list, or everything"),
    (&["g", "d"], "Go to your home page"),
    (&["g", "r"], "Go to requests"),
    (&["n"], "New item on this page"),
    (&["j"], "Next row"),
    (&["k"], "Previous row"),
    (&["x"], "Select the row"),
    (&["["], "Previous in the list that this page was opened from"),
    (&["]"], "Next in that list"),
    (&["⌘", "↵"], "Submit the form (or Ctrl + Enter)"),
    (&["Esc"], "Close menu or dialog"),
];

/// Whether keys belong to a text that is being typed.
fn typing(target: Option<&web_sys::Element>) -> bool {
    target.is_some_and(|element| {
        element
            .closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]")
            .is_ok_and(|found| found.is_some())
    })
}

/// Moves the focus by so many rows, to the link or else the checkbox of the row.
fn step_row(by: i32) {
    let Ok(found) = document().query_selector_all("[data-row]") else {
        return;
    };
    let rows: Vec<web_sys::Element> = (0..found.length())
        .filter_map(|at| found.item(at))
        .filter_map(|node| node.dyn_into().ok())
        .collect();
    let here = document()
        .active_element()
        .and_then(|e| e.closest("[data-row]").ok().flatten());
    let at = here.and_then(|row| rows.iter().position(|other| *other == row));
    let next = match at {
        None => 0,
        Some(at) if by > 0 => (at + 1).min(rows.len().saturating_sub(1)),
        Some(at) => at.saturating_sub(1),
    };
    let row = rows.into_iter().nth(next);
    focus(row.and_then(|row| {
        row.query_selector(".row-link")
            .ok()
            .flatten()
            .or_else(|| row.query_selector("[data-select]").ok().flatten())
    }));
}

/// Clicks the checkbox of the row that has the focus.
fn select_row() {
    let row = document()
        .active_element()
        .and_then(|e| e.closest("[data-row]").ok().flatten());
    let Some(tick) = row.and_then(|row| row.query_selector("[data-select]").ok().flatten()) else {
        return;
    };
    if let Ok(tick) = tick.dyn_into::<web_sys::HtmlElement>() {
        tick.click();
    }
}

fn click(selector: &str) -> bool {
    match find(selector).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        Some(element) => {
            element.click();
            true
        }
        None => false,
    }
}

fn submit_form_of(target: Option<web_sys::Element>) {
    let form = target.and_then(|e| e.closest("form").ok().flatten());
    if let Some(form) = form.and_then(|f| f.dyn_into::<web_sys::HtmlFormElement>().ok()) {
        drop(form.request_submit());
    }
}

/// Listens for the keys and holds the help dialog; once in the frame.
#[component]
pub fn Keyboard() -> impl IntoView {
    let help = RwSignal::new(false);
    let after_g = StoredValue::new(false);
    super::effect(move || {
        let handle = window_event_listener(ev::keydown, move |event| {
            let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
            if event.key() == "Enter" && (event.meta_key() || event.ctrl_key()) {
                submit_form_of(target);
                return;
            }
            if event.key() == "k" && (event.meta_key() || event.ctrl_key()) && find("dialog[open]").is_none() {
                event.prevent_default();
                click("[data-key=search]");
                return;
            }
            if event.meta_key() || event.ctrl_key() || event.alt_key() || typing(target.as_ref()) {
                return;
            }
            // Keys of the page do nothing behind an open dialog.
            if find("dialog[open]").is_some() {
                return;
            }
            let leading = after_g.get_value();
            after_g.set_value(false);
            let key = event.key();
            match (leading, key.as_str()) {
                (true, "d") => drop(click("[data-go=home]")),
                (true, "r") => drop(click("[data-go=requests]")),
                (false, "g") => after_g.set_value(true),
                (_, "?") => help.set(true),
                (_, "/") => {
                    event.prevent_default();
                    // A filter that is folded away takes no focus.
                    let filter = find("main input[name=q]").filter(|field| field.client_width() > 0);
                    if !focus(filter) {
                        click("[data-key=search]");
                    }
                }
                (_, "n") => drop(click("[data-key=n]")),
                (_, "j") => step_row(1),
                (_, "k") => step_row(-1),
                (_, "x") => select_row(),
                (_, "[") => drop(click("[data-key=before]")),
                (_, "]") => drop(click("[data-key=after]")),
                _ => {}
            }
        });
        on_cleanup(move || handle.remove());
    });
    view! {
        <Dialog id="keyboard-help" title="Keys" open=help>
            <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2.5 items-center">
                {KEYS
                    .iter()
                    .map(|(keys, what)| {
                        view! {
                            <dt class="flex gap-1">
                                {keys.iter().map(|key| view! { <Key name=*key/> }).collect_view()}
                            </dt>
                            <dd>{*what}</dd>
                        }
                    })
                    .collect_view()}
            </dl>
        </Dialog>
    }
}
