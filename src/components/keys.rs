//! Help and the keyboard: `?` help, `⌘K` search, `/` search or filter the list, `g d` dashboard, `g r` requests, `n` new, `j k x` in lists, `[ ]` through a list's pages, `⌘↵` submit.
//! All of them repeat what the pointer and the Tab key can do.
//!
//! Pages take part by [`super::NewLink`], [`super::Row`] and [`super::SelectCell`].

use super::{Dialog, Key, find, focus};
use crate::api::kernel::use_page;
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys};

/// Keys and what they do.
const KEYS: &[(&[&str], &str)] = &[
    (&["?"], "Show this help"),
    (&["⌘", "K"], "Search everything (or Ctrl + K)"),
    (&["/"], "Search this list, or everything"),
    (&["g", "d"], "Go to your home page"),
    (&["g", "r"], "Go to requests"),
    (&["n"], "New item on this page"),
    (&["j"], "Next row"),
    (&["k"], "Previous row"),
    (&["x"], "Select the row"),
    (&["["], "Previous item in the list you came from"),
    (&["]"], "Next item in the list you came from"),
    (&["⌘", "↵"], "Submit the form (or Ctrl + Enter)"),
    (&["Esc"], "Close menu or dialog"),
];

/// Terms and what they mean; the last ones are for those who do the work or pay for it.
const TERMS: &[(&str, &str)] = &[
    (
        "Pack",
        "A set number of units of one service every month, for a fixed price.",
    ),
    ("Unit", "What a pack is counted in, such as a design or a minute."),
    ("Period", "One month of a pack, from one renewal to the next."),
    (
        "Extra",
        "A unit that the pack doesn't cover. The price is shown before a request is submitted.",
    ),
    (
        "Coverage",
        "How much of a request the pack covers: all of it, a part or nothing.",
    ),
    ("Accrued", "Earned by a vendor and waiting for approval."),
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

/// How a client reaches the agency: the conversation of a request, and mail where that is read.
fn write_to_us(address: Option<String>) -> impl IntoView {
    let mail = address.map(|address| {
        view! {
            " Or write to "
            <a class="text-primary underline underline-offset-2" href=format!("mailto:{address}")>
                {address.clone()}
            </a>
            "."
        }
    });
    view! {
        <h3>"Write to us"</h3>
        <p class="text-muted">"Send a message on any of your requests and your team answers there." {mail}</p>
    }
}

/// Listens for the keys and holds the help; once in the frame.
#[component]
pub fn Keyboard(
    /// Whether the help is open.
    help: RwSignal<bool>,
) -> impl IntoView {
    let page = use_page();
    let for_client = move || page.viewer().is_some_and(|viewer| viewer.role.is_client());
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
            // Many keyboards have brackets behind AltGr, which is said as Ctrl with Alt.
            let held = (event.ctrl_key() || event.alt_key()) && !event.get_modifier_state("AltGraph");
            if event.meta_key() || held || typing(target.as_ref()) {
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
        <Dialog id="keyboard-help" title="Help" open=help>
            <h3>"Terms"</h3>
            <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
                {move || {
                    // What vendors are owed is nothing of a client's.
                    let terms = if for_client() { TERMS.len() - 1 } else { TERMS.len() };
                    TERMS
                        .iter()
                        .take(terms)
                        .map(|(term, what)| view! { <dt>{*term}</dt> <dd class="text-muted">{*what}</dd> })
                        .collect_view()
                }}
            </dl>
            {move || for_client().then(|| write_to_us(page.0.with(|page| page.write_to.clone())))}
            <h3>"Keys"</h3>
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
