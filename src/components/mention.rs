//! Names that are suggested in a text area while one writes `@` and letters (§24): a list below it, of which the arrows choose and
//! Enter or Tab takes one.
//!
//! A text area is a text box with a list, and says so by `aria-autocomplete`, `aria-controls` and `aria-activedescendant`; the role
//! of a combobox, and what goes with it, it may not have. What must not be here: who is mentioned in the end (`domain`).

use domain::notices::mention::{begun, suggested};
use leptos::{ev, html, prelude::*, web_sys};

/// The names of one text area.
#[derive(Clone, Copy)]
pub(super) struct Mentions {
    id: StoredValue<String>,
    names: StoredValue<Vec<String>>,
    area: NodeRef<html::Textarea>,
    /// What is suggested now; nothing where the list is closed.
    found: RwSignal<Vec<String>>,
    /// Which of them Enter takes.
    active: RwSignal<usize>,
    /// The place of an `@` for which nothing is suggested any more: its name was taken, or the list was closed.
    done: StoredValue<Option<usize>>,
}

impl Mentions {
    pub(super) fn new(id: String, names: Vec<String>, area: NodeRef<html::Textarea>) -> Self {
        Mentions {
            id: StoredValue::new(format!("{id}-names")),
            names: StoredValue::new(names),
            area,
            found: RwSignal::new(Vec::new()),
            active: RwSignal::new(0),
            done: StoredValue::new(None),
        }
    }

    fn open(self) -> bool {
        self.found.with(|found| !found.is_empty())
    }

    pub(super) fn offers(self) -> bool {
        self.names.with_value(|names| !names.is_empty())
    }

    pub(super) fn controls(self) -> Option<String> {
        self.open().then(|| self.id.get_value())
    }

    pub(super) fn active(self) -> Option<String> {
        self.open()
            .then(|| format!("{}-{}", self.id.get_value(), self.active.get()))
    }

    pub(super) fn close(self) {
        // A text area that goes while somebody writes in it loses the focus after its signals are gone.
        if self.found.try_with_untracked(Vec::is_empty) == Some(false) {
            self.found.set(Vec::new());
        }
    }

    /// Something was typed.
    pub(super) fn typed(self) {
        let Some(area) = self.area.get_untracked().filter(|_| self.offers()) else {
            return;
        };
        let text = before(&area);
        let found: Vec<String> = match begun(&text) {
            Some((at, typed)) if self.done.get_value() != Some(at) => self
                .names
                .with_value(|names| suggested(typed, names).into_iter().map(str::to_owned).collect()),
            Some(_) => Vec::new(),
            None => {
                self.done.set_value(None);
                Vec::new()
            }
        };
        if found.is_empty() {
            self.close();
        } else {
            self.active.set(0);
            self.found.set(found);
        }
    }

    /// A key that the list takes.
    pub(super) fn key(self, event: &ev::KeyboardEvent) {
        let count = self.found.with_untracked(Vec::len);
        if count == 0 || event.is_composing() || event.ctrl_key() || event.meta_key() || event.shift_key() {
            return;
        }
        let active = self.active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => self.active.set((active + 1) % count),
            "ArrowUp" => self.active.set((active + count - 1) % count),
            "Enter" | "Tab" => self.take(active),
            "Escape" => {
                let at = self
                    .area
                    .get_untracked()
                    .and_then(|area| Some(begun(&before(&area))?.0));
                self.done.set_value(at);
                self.close();
            }
            _ => return,
        }
        event.prevent_default();
        // What is around it has keys of its own.
        event.stop_propagation();
    }

    /// Puts a name in the place of what was typed of it.
    fn take(self, nth: usize) {
        let name = self.found.with_untracked(|found| found.get(nth).cloned());
        let (Some(area), Some(name)) = (self.area.get_untracked(), name) else {
            return;
        };
        let (value, mut text) = (area.value(), before(&area));
        let caret = text.encode_utf16().count();
        let rest: Vec<u16> = value.encode_utf16().skip(caret).collect();
        let Some((at, _)) = begun(&text) else { return };
        text.truncate(at);
        text.push('@');
        text.push_str(&name);
        text.push(' ');
        let caret = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
        text.push_str(&String::from_utf16_lossy(&rest));
        area.set_value(&text);
        drop(area.set_selection_range(caret, caret));
        self.done.set_value(Some(at));
        self.close();
        // Whoever follows what is typed hears of it.
        if let Ok(event) = web_sys::Event::new("input") {
            drop(area.dispatch_event(&event));
        }
    }

    /// The list, and how many there are for those who do not see it.
    pub(super) fn list(self) -> AnyView {
        let list = move || {
            let found = self.found.get();
            (!found.is_empty()).then(|| {
                let options = found.into_iter().enumerate().map(|(nth, name)| {
                    let id = format!("{}-{nth}", self.id.get_value());
                    view! {
                        <li
                            id=id
                            role="option"
                            aria-selected=move || (self.active.get() == nth).to_string()
                            class="min-h-9 px-3 py-1.5 rounded-field cursor-pointer hover:bg-base-200 aria-selected:bg-base-200"
                            on:mousedown=move |event| {
                                // The focus stays in the text.
                                event.prevent_default();
                                self.take(nth);
                            }
                        >
                            {name}
                        </li>
                    }
                });
                let options = options.collect_view();
                view! {
                    <ul id=self.id.get_value() role="listbox" aria-label="People" class="names floating">
                        {options}
                    </ul>
                }
                .into_any()
            })
        };
        let said = move || {
            let count = self.found.with(Vec::len);
            (count > 0).then(|| format!("{count} found. Choose with the arrow keys and Enter."))
        };
        view! {
            {list}
            <span role="status" class="sr-only">
                {said}
            </span>
        }
        .into_any()
    }
}

/// The text before the caret.
fn before(area: &web_sys::HtmlTextAreaElement) -> String {
    let value = area.value();
    let caret = area.selection_start().ok().flatten();
    let caret = caret.and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
    let units: Vec<u16> = value.encode_utf16().take(caret).collect();
    String::from_utf16_lossy(&units)
}
