//! Where a person has been. How far a page was scrolled and which link was followed stand in the browser's entry of it, and
//! the list that a page was opened from is kept for the window: so Back finds the row again, a breadcrumb leads to the list
//! as it was, and `[` and `]` walk through it.
//!
//! What must not be here: what a list or a page shows.

use super::{find, focus};
use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast as _, wasm_bindgen::JsValue, web_sys};
use leptos_router::hooks::use_location;
use std::{collections::BTreeSet, time::Duration};

/// How long after scrolling has begun it is noted how far.
const SETTLES: Duration = Duration::from_millis(150);

/// How long a page that is come back to may take until it is there.
const RETURNS: Duration = Duration::from_secs(3);

/// The path and the query in the browser's address.
fn address() -> String {
    let here = window().location();
    here.pathname().unwrap_or_default() + &here.search().unwrap_or_default()
}

/// What the open entry of the history says: how far its page was scrolled, and which link was followed from it.
fn noted() -> Option<(f64, String)> {
    let state = window().history().ok()?.state().ok()?.as_string()?;
    let (at, link) = state.split_once(' ')?;
    Some((at.parse().ok()?, link.to_owned()))
}

fn note(link: &str) {
    let at = window().scroll_y().unwrap_or_default();
    if let Ok(history) = window().history() {
        drop(history.replace_state(&JsValue::from_str(&format!("{at} {link}")), ""));
    }
}

/// Notes how far each page is scrolled, and goes there again when a person comes back to it, to the link that was followed:
/// the browser itself would do so before what the page shows is there. Once, in the frame.
pub fn keep_places() {
    let path = use_location().pathname;
    let when_drawn = crate::wire::when_drawn();
    let waits = StoredValue::new(false);
    super::effect(move || {
        let scrolled = window_event_listener(ev::scroll, move |_| {
            if waits.try_update_value(|waits| std::mem::replace(waits, true)) != Some(false) {
                return;
            }
            set_timeout(
                move || {
                    let _ = waits.try_set_value(false);
                    // On the way to another page what is shown is not what the entry is of.
                    if path.try_get_untracked() == window().location().pathname().ok() {
                        note(&noted().map(|(_, link)| link).unwrap_or_default());
                    }
                },
                SETTLES,
            );
        });
        let back = window_event_listener(ev::popstate, move |_| {
            let Some((at, link)) = noted() else { return };
            let back_at = address();
            let waits = ArcStoredValue::new(true);
            let over = waits.clone();
            set_timeout(move || over.set_value(false), RETURNS);
            when_drawn(Box::new(move || {
                // Within one page nothing is drawn for it: what is drawn long after is something else.
                if waits.get_value() && address() == back_at {
                    if !link.is_empty() && !focus(followed(&link)) {
                        focus(find("main h1"));
                    }
                    window().scroll_to_with_x_and_y(0.0, at);
                }
            }));
        });
        on_cleanup(move || {
            scrolled.remove();
            back.remove();
        });
    });
}

/// A form of which nothing was filled in leaves a question mark without a question in the address: it goes. Once, in the frame.
pub fn tidy_addresses() {
    let place = use_location();
    super::effect(move || {
        place.pathname.track();
        place.search.track();
        request_animation_frame(|| {
            let here = window().location();
            let bare = here.href().is_ok_and(|href| href.ends_with('?'));
            if let (true, Ok(history), Ok(path)) = (bare, window().history(), here.pathname()) {
                let state = history.state().unwrap_or_default();
                drop(history.replace_state_with_url(&state, "", Some(&path)));
            }
        });
    });
}

/// The link that leads to an address: one of the page before one of the frame.
fn followed(link: &str) -> Option<web_sys::Element> {
    find(&format!("main a[href={link:?}]")).or_else(|| find(&format!("a[href={link:?}]")))
}

/// A click of `person` somewhere on the page: notes what the page will be come back to for. Before the router hears of it.
pub fn leaving(event: &web_sys::MouseEvent, person: &str) {
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let Some(link) = target.and_then(|it| it.closest("a[href]").ok().flatten()) else {
        return;
    };
    keep_view(person);
    if link.matches(".nav-item, .bar-item").unwrap_or(false) {
        lead_as_left(&link, person);
    }
    note(&link.get_attribute("href").unwrap_or_default());
    if link.matches(".row-link").unwrap_or(false) && find(".page-header[data-list]").is_some() {
        keep_list(&link);
    }
}

// ---- How a person looked at a list -------------------------------------------------------------------------------------

/// What of a list's query is of one moment: the words that were looked for, and the page.
const OF_A_MOMENT: [&str; 2] = ["q", "after"];

/// Where the browser keeps how a person looked at a list last.
fn view_of(person: &str, path: &str) -> String {
    format!("view {person} {path}")
}

/// Keeps the filters and the order of the list that is open.
fn keep_view(person: &str) {
    let here = window().location();
    let (Ok(path), Ok(search), Ok(Some(kept))) = (here.pathname(), here.search(), window().local_storage()) else {
        return;
    };
    if find(".page-header[data-list]").is_none() {
        return;
    }
    let stays = |part: &&str| !part.is_empty() && !OF_A_MOMENT.contains(&part.split('=').next().unwrap_or_default());
    let view: Vec<&str> = search.trim_start_matches('?').split('&').filter(stays).collect();
    let key = view_of(person, &path);
    drop(if view.is_empty() {
        kept.remove_item(&key)
    } else {
        kept.set_item(&key, &view.join("&"))
    });
}

/// An entry of the menu leads to its list as the person looked at it last; from the list itself, to all of it.
fn lead_as_left(link: &web_sys::Element, person: &str) {
    let (Some(href), Ok(Some(kept))) = (link.get_attribute("href"), window().local_storage()) else {
        return;
    };
    let path = href.split('?').next().unwrap_or_default();
    let key = view_of(person, path);
    let here = window().location().pathname().unwrap_or_default();
    let view = if here == path {
        drop(kept.remove_item(&key));
        None
    } else {
        kept.get_item(&key).ok().flatten()
    };
    let leads = view.map_or_else(|| path.to_owned(), |view| format!("{path}?{view}"));
    drop(link.set_attribute("href", &leads));
}

// ---- The list that a page was opened from ------------------------------------------------------------------------------

/// Where it is kept: its address, its name, and where its rows lead, a line each.
const LIST: &str = "list";

fn keep_list(row: &web_sys::Element) {
    let title = find("main h1")
        .and_then(|title| title.text_content())
        .unwrap_or_default();
    let mut lines = vec![address(), title.trim().to_owned()];
    let rows = row.closest("table").ok().flatten();
    if let Some(Ok(rows)) = rows.map(|table| table.query_selector_all(".row-link")) {
        let all = (0..rows.length()).filter_map(|at| rows.item(at)?.dyn_into::<web_sys::Element>().ok());
        let mut seen = BTreeSet::new();
        lines.extend(
            all.filter_map(|row| row.get_attribute("href"))
                .filter(|href| seen.insert(href.clone())),
        );
    }
    if let Ok(Some(kept)) = window().session_storage() {
        drop(kept.set_item(LIST, &lines.join("\n")));
    }
}

/// Forgets it: its address may name whom the next person does not know.
pub fn forget_list() {
    if let Ok(Some(kept)) = window().session_storage() {
        drop(kept.remove_item(LIST));
    }
}

/// The list that a page was opened from, as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CameFrom {
    /// Its address, with its filters.
    pub list: String,
    /// Its title.
    pub title: String,
    /// What stands before the page in it.
    pub before: Option<String>,
    /// What stands after it.
    pub after: Option<String>,
}

/// Reads what [`keep_list`] wrote, where one of its rows leads to `path`.
fn read_list(kept: &str, path: &str) -> Option<CameFrom> {
    let mut lines = kept.lines().map(str::to_owned);
    let (list, title) = (lines.next()?, lines.next()?);
    let rows: Vec<String> = lines.collect();
    let at = rows.iter().position(|row| row == path)?;
    Some(CameFrom {
        list,
        title,
        before: at.checked_sub(1).and_then(|at| rows.get(at).cloned()),
        after: rows.get(at + 1).cloned(),
    })
}

/// The list that this page was opened from, once the page is alive.
pub fn came_from() -> RwSignal<Option<CameFrom>> {
    let path = use_location().pathname;
    let from = RwSignal::new(None);
    super::effect(move || {
        let kept = window().session_storage().ok().flatten();
        let kept = kept.and_then(|kept| kept.get_item(LIST).ok().flatten());
        from.set(kept.and_then(|kept| read_list(&kept, &path.get())));
    });
    from
}

// ---- Where a person arrives --------------------------------------------------------------------------------------------

/// The page whose title had the focus last, so that it gets it once after each client navigation; a context of the frame.
#[derive(Clone, Copy)]
struct ArrivedAt(StoredValue<String>);

/// Begins to note where a person has arrived: once, in the frame. The page of the document itself takes no focus.
pub fn provide_arrivals() {
    provide_context(ArrivedAt(StoredValue::new(use_location().pathname.get_untracked())));
}

/// Makes the title of a page what the focus goes to when a person arrives there.
pub fn arrival() -> NodeRef<html::H1> {
    let heading = NodeRef::<html::H1>::new();
    super::effect(move || {
        if let Some(heading) = heading.get() {
            arrived(&heading);
        }
    });
    heading
}

/// The title of a page is there: it takes the focus where the page is another one than before. Where somebody comes back to
/// what they have left by a link, that link takes it.
fn arrived(heading: &web_sys::HtmlElement) {
    let Some(ArrivedAt(last)) = use_context::<ArrivedAt>() else {
        return;
    };
    let here = use_location().pathname.get_untracked();
    if last.with_value(|last| *last != here) {
        let back = window().location().pathname().is_ok_and(|path| path == here)
            && noted().is_some_and(|(_, link)| !link.is_empty());
        last.set_value(here);
        if !back {
            focus_when_there(heading.clone(), 60);
        }
    }
}

/// What was just made becomes part of the document a little later.
fn focus_when_there(heading: web_sys::HtmlElement, frames: u32) {
    request_animation_frame(move || {
        if heading.is_connected() {
            drop(heading.focus());
        } else if frames > 0 {
            focus_when_there(heading, frames - 1);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_list_knows_its_neighbours_and_another_one_does_not() {
        let kept = "/requests?status=approved\nRequests\n/requests/a\n/requests/b\n/requests/c";
        let of = |path| read_list(kept, path);
        let middle = of("/requests/b").expect("it stands in the list");
        assert_eq!(
            (middle.list.as_str(), middle.title.as_str()),
            ("/requests?status=approved", "Requests")
        );
        assert_eq!(
            (middle.before.as_deref(), middle.after.as_deref()),
            (Some("/requests/a"), Some("/requests/c"))
        );
        assert_eq!(of("/requests/a").and_then(|one| one.before), None);
        assert_eq!(of("/requests/c").and_then(|one| one.after), None);
        assert_eq!(of("/requests/d"), None);
        assert_eq!(read_list("", "/requests/a"), None);
    }
}
