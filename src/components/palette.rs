//! Search everything (§20): a link in the top bar, and the dialog that it opens where the app is alive: a combobox whose results
//! come while one types. Without JavaScript the link leads to the page `/search`, which shows the same.

use super::{
    Dialog, Key, find,
    icon::{Glyph, Icon},
    use_settled,
};
use crate::{api::search::Search, wire::Asks};
use domain::{
    AppError,
    search::{Found, Group, Hit},
    text::MAX_WANTED,
};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys};

/// Milliseconds without a key before what is typed is asked for.
const SETTLED: u64 = 150;
/// What was opened last, at most.
const RECENT: usize = 5;

/// The entry of the top bar.
#[component]
pub fn SearchLink(
    /// Opens the palette.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <a
            href="/search"
            class="input control h-11 sm:h-9 text-sm bg-base-100 border-base-300 grow max-w-md min-w-0 text-muted"
            data-key="search"
            aria-keyshortcuts="/ Control+K Meta+K"
            on:click=move |event| {
                if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
                    event.prevent_default();
                    open.set(true);
                }
            }
        >
            <Glyph icon=Icon::Search class="size-4 shrink-0"/>
            <span class="grow truncate">"Search"</span>
            <span class="hidden sm:inline-flex gap-1" aria-hidden="true">
                <Key name="⌘"/>
                <Key name="K"/>
            </span>
        </a>
    }
}

/// Clicks an element, if it is there.
fn press(selector: &str) {
    if let Some(element) = find(selector).and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
        element.click();
    }
}

/// Chooses a theme as the person's menu does.
fn choose_theme(theme: &str) {
    press(&format!("form[action='/theme'] button[value='{theme}']"));
}

/// What the palette knows.
#[derive(Clone, Copy)]
struct State {
    open: RwSignal<bool>,
    typed: RwSignal<String>,
    /// The words that were asked for, and what was found.
    found: RwSignal<(String, Result<Found, AppError>)>,
    recent: RwSignal<Vec<Hit>>,
    /// The option that Enter takes.
    active: RwSignal<usize>,
    /// Enter was pressed before the answer was there.
    eager: RwSignal<bool>,
    asks: Asks,
}

impl State {
    fn new(open: RwSignal<bool>) -> Self {
        State {
            open,
            typed: RwSignal::default(),
            found: RwSignal::new((String::new(), Ok(Found::default()))),
            recent: RwSignal::default(),
            active: RwSignal::new(0),
            eager: RwSignal::new(false),
            asks: Asks::default(),
        }
    }

    /// What is shown: before anything is typed, what was opened last as well.
    fn groups(self) -> Vec<Group> {
        let recent = self.recent.get();
        self.found.with(|(words, found)| {
            let found = found.as_ref().map(|found| found.groups.clone()).unwrap_or_default();
            let recent = (words.is_empty() && !recent.is_empty()).then(|| Group {
                label: "Recent".to_owned(),
                hits: recent,
            });
            recent.into_iter().chain(found).collect()
        })
    }

    fn ask(self, words: String) {
        let asked = Search {
            q: words.clone(),
            many: false,
        };
        self.asks.ask(asked, move |found| {
            self.found.set((words, found));
            self.active.set(0);
            let exact = self
                .found
                .with_untracked(|(_, found)| found.as_ref().is_ok_and(|found| !found.loosely));
            if self.eager.get_untracked() {
                self.eager.set(false);
                if !exact || !self.open.get_untracked() {
                    return;
                }
                // What was found is drawn by then.
                request_animation_frame(|| press("#search-option-0"));
            }
        });
    }

    /// Something was chosen: the palette closes and remembers it.
    fn chosen(self, hit: &Hit) {
        if hit.theme.is_empty() {
            self.recent.update(|recent| {
                recent.retain(|one| one.href != hit.href);
                recent.insert(0, hit.clone());
                recent.truncate(RECENT);
            });
        }
        self.open.set(false);
    }
}

/// The dialog; once, in the frame.
#[component]
pub fn Palette(
    /// Open or not.
    open: RwSignal<bool>,
) -> impl IntoView {
    let state = State::new(open);
    let asked = move |words: &str| state.found.with_untracked(|(of, _)| of == words);
    use_settled(
        move || state.typed.get(),
        SETTLED,
        move |words| {
            let words = words.trim();
            if open.get_untracked() && !asked(words) {
                state.ask(words.to_owned());
            }
        },
    );
    // It opens empty, with what was opened last and what can be done.
    super::effect(move || {
        if open.get() {
            state.typed.set(String::new());
            state.found.set((String::new(), Ok(Found::default())));
            state.eager.set(false);
            state.ask(String::new());
        }
    });
    let count = Memo::new(move |_| state.groups().iter().map(|group| group.hits.len()).sum::<usize>());
    let shown = Memo::new(move |_| state.groups());
    let step = move |down: bool| {
        let count = count.get_untracked();
        if count > 0 {
            state
                .active
                .update(|at| *at = (*at + if down { 1 } else { count - 1 }) % count);
            let at = state.active.get_untracked();
            if let Some(option) = find(&format!("#search-option-{at}")) {
                option.scroll_into_view_with_bool(false);
            }
        }
    };
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" | "ArrowUp" => {
            event.prevent_default();
            step(event.key() == "ArrowDown");
        }
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            let typed = state.typed.get_untracked().trim().to_owned();
            if asked(&typed) {
                press(&format!("#search-option-{}", state.active.get_untracked()));
            } else {
                state.eager.set(true);
                state.ask(typed);
            }
        }
        _ => {}
    };
    let said = move || {
        state.found.with(|(words, found)| match found {
            Err(error) => error.message(),
            Ok(found) if found.groups.is_empty() && !words.is_empty() => {
                "Nothing found. Try fewer words or check their spelling.".to_owned()
            }
            Ok(found) if found.loosely => "No exact match. Similar results:".to_owned(),
            Ok(_) if words.is_empty() => String::new(),
            Ok(found) => {
                let count = found.groups.iter().map(|group| group.hits.len()).sum::<usize>();
                if count == 1 {
                    "1 result".to_owned()
                } else {
                    format!("{count} results")
                }
            }
        })
    };
    view! {
        <Dialog id="search-palette" title="Search" open>
            <div class="input control bg-base-100 border-base-300 w-full">
                <Glyph icon=Icon::Search class="size-4 shrink-0 text-muted"/>
                <input
                    type="text"
                    role="combobox"
                    autofocus=true
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    enterkeyhint="search"
                    maxlength=MAX_WANTED.to_string()
                    aria-label="Search everything"
                    aria-autocomplete="list"
                    aria-controls="search-found"
                    aria-expanded=move || (count.get() > 0).to_string()
                    aria-activedescendant=move || (count.get() > 0).then(|| format!("search-option-{}", state.active.get()))
                    prop:value=move || state.typed.get()
                    on:input=move |event| {
                        state.eager.set(false);
                        state.typed.set(event_target_value(&event));
                    }
                    on:keydown=keys
                />
            </div>
            // It is there before it says anything, so that it is heard.
            <p role="status" class="text-sm text-muted empty:h-0">{said}</p>
            {move || {
                let mut at = 0;
                let groups = shown.get();
                (!groups.is_empty())
                    .then(|| {
                        let groups = groups
                            .into_iter()
                            .map(|Group { label, hits }| {
                                let from = at;
                                at += hits.len();
                                group(state, &label, hits, from)
                            })
                            .collect_view();
                        view! {
                            <div id="search-found" role="listbox" aria-label="Results" class="max-h-[60dvh] overflow-y-auto -mx-3 flex flex-col gap-2">
                                {groups}
                            </div>
                        }
                    })
            }}
        </Dialog>
    }
    .into_any()
}

fn group(state: State, label: &str, hits: Vec<Hit>, from: usize) -> AnyView {
    let options = hits
        .into_iter()
        .enumerate()
        .map(|(nth, hit)| {
            let at = from + nth;
            let taken = hit.clone();
            view! {
                <a
                    id=format!("search-option-{at}")
                    role="option"
                    tabindex="-1"
                    href=hit.href
                    aria-selected=move || (state.active.get() == at).to_string()
                    class="flex items-center justify-between gap-3 min-h-11 px-3 rounded-field hover:bg-base-200 aria-selected:bg-base-200"
                    on:click=move |event| {
                        state.chosen(&taken);
                        if !taken.theme.is_empty() {
                            event.prevent_default();
                            choose_theme(&taken.theme);
                        }
                    }
                >
                    <span class="truncate">{hit.title}</span>
                    <span class="text-sm text-muted truncate">{hit.detail}</span>
                </a>
            }
        })
        .collect_view();
    view! {
        <div role="group" aria-label=label.to_owned()>
            <div class="px-3 py-1 text-xs font-semibold text-muted" aria-hidden="true">
                {label.to_owned()}
            </div>
            {options}
        </div>
    }
    .into_any()
}
