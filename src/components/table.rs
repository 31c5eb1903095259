//! Tables: native `<table>`, rows of 44 px, the whole row opens. A list (`list=true`) has one line a cell and two lines a row on a
//! phone; other tables are cards there. Sort and page are links, so that they are in the URL and work without JavaScript. What must not be here: fetching, sorting or filtering of rows.

use super::{
    button::{ButtonKind, ButtonLink},
    icon::{Glyph, Icon},
};
use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast as _, web_sys};
use std::collections::BTreeMap;

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// Least or earliest first.
    Ascending,
    /// Most or latest first.
    Descending,
}

/// A column's header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    label: String,
    numeric: bool,
    hidden: bool,
    sort: Option<(String, Option<Sorted>)>,
}

impl Column {
    /// A column of words.
    pub fn new(label: impl Into<String>) -> Self {
        Column {
            label: label.into(),
            ..Column::default()
        }
    }

    /// A column of figures: right-aligned, tabular.
    pub fn numeric(label: impl Into<String>) -> Self {
        Column {
            label: label.into(),
            numeric: true,
            ..Column::default()
        }
    }

    /// A column whose header is for assistive technology only (actions).
    pub fn hidden(label: impl Into<String>) -> Self {
        Column {
            label: label.into(),
            hidden: true,
            ..Column::default()
        }
    }

    /// Its words.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    /// Whether somebody may leave it out: a column of actions stays.
    pub(super) const fn can_be_hidden(&self) -> bool {
        !self.hidden
    }

    /// Sorts by a link; `now` is how it is sorted at present, if it is.
    #[must_use]
    pub fn sort(mut self, href: impl Into<String>, now: Option<Sorted>) -> Self {
        self.sort = Some((href.into(), now));
        self
    }
}

fn header(column: Column) -> impl IntoView {
    let Column {
        label,
        numeric,
        hidden,
        sort,
    } = column;
    let direction = sort.as_ref().and_then(|(_, now)| *now);
    let aria_sort = direction.map(|d| match d {
        Sorted::Ascending => "ascending",
        Sorted::Descending => "descending",
    });
    let inner = match sort {
        None if hidden => view! { <span class="sr-only">{label}</span> }.into_any(),
        None => label.into_any(),
        Some((href, now)) => {
            let icon = match now {
                None => Icon::Sort,
                Some(Sorted::Ascending) => Icon::ArrowUp,
                Some(Sorted::Descending) => Icon::ArrowDown,
            };
            view! {
                <a href=href class="inline-flex items-center gap-1 hover:text-base-content">
                    {label}
                    <Glyph icon class="size-3.5 shrink-0"/>
                </a>
            }
            .into_any()
        }
    };
    view! {
        <th scope="col" class=numeric.then_some("num") aria-sort=aria_sort>
            {inner}
        </th>
    }
}

/// A table with its caption and headers; children are [`Row`]s. Show an empty state instead of a table without rows.
#[component]
pub fn DataTable(
    /// What the rows are: the table's accessible name ("Monthly packs").
    #[prop(into)]
    caption: String,
    /// The headers.
    columns: Vec<Column>,
    /// A checkbox before the columns, from [`SelectAll`]; rows then begin with [`SelectCell`].
    #[prop(optional, into)]
    select_all: Option<ViewFn>,
    /// New rows are on their way; the old ones stay.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// So many columns that it needs the widest screens; on narrower ones it scrolls in its frame.
    #[prop(optional)]
    wide: bool,
    /// One line a cell, what is too long is cut and shown whole by the browser; on a phone a row is two lines of the cells that
    /// say where they stand ([`Phone`]).
    #[prop(optional)]
    list: bool,
    /// The list's name, where its columns can be chosen ([`super::ColumnsMenu`]).
    #[prop(optional)]
    name: Option<&'static str>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let before = usize::from(select_all.is_some());
    let hides = name.and_then(|name| super::columns::hidden_places(name, &columns, before));
    let frame = match (list, wide) {
        (true, _) => "data-table-frame one-line border border-base-300 rounded-box bg-raised",
        (false, true) => "data-table-frame wide border border-base-300 rounded-box bg-raised",
        (false, false) => "data-table-frame border border-base-300 rounded-box bg-raised",
    };
    let table = if list {
        "data-table one-line"
    } else {
        "data-table cards"
    };
    view! {
        <div class=frame>
            <table class=table data-hides=hides aria-busy=move || busy.get().then_some("true")>
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr>
                        {select_all.map(|all| view! { <th scope="col" class="w-10">{all.run()}</th> })}
                        {columns.into_iter().map(header).collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// What is cut in a cell of a list, and the instant behind a short time, is shown by the browser where it is pointed at, also
/// under the link that covers a row; once, in the frame.
pub fn whole_words() {
    super::effect(move || {
        let handle = window_event_listener(ev::pointermove, move |event| show_whole(&event));
        on_cleanup(move || handle.remove());
    });
}

fn show_whole(event: &web_sys::PointerEvent) {
    const TITLE: &str = "title";
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    let Some(target) = target.filter(|it| it.closest(".one-line tbody").is_ok_and(|list| list.is_some())) else {
        return;
    };
    let covers = |it: &web_sys::Element| it.matches(".row-link").unwrap_or(false);
    let here = document().elements_from_point(event.client_x() as f32, event.client_y() as f32);
    let mut here = here.iter().filter_map(|it| it.dyn_into::<web_sys::Element>().ok());
    let Some(part) = here.find(|it| !covers(it)) else {
        return;
    };
    let Some(cell) = part.closest("td, th").ok().flatten() else {
        return;
    };
    let own = part.closest("td [title], th [title]").ok().flatten();
    let said = own.filter(|it| !covers(it)).and_then(|it| it.get_attribute(TITLE));
    let link = covers(&target);
    if said.is_some() && !link {
        return;
    }
    let first = |parts: &str| cell.query_selector(parts).ok().flatten();
    let inner = first(".value, .row-title").or_else(|| first(".row-link"));
    let cut = inner.filter(|part| part.scroll_width() > part.client_width());
    let words = said.or_else(|| cut.and_then(|part| part.text_content()));
    let on = if link { target } else { cell };
    match words {
        Some(words) => drop(on.set_attribute(TITLE, words.trim())),
        None if on.has_attribute(TITLE) => drop(on.remove_attribute(TITLE)),
        None => (),
    }
}

/// A row. The keys `j` and `k` move between rows, `x` selects.
#[component]
pub fn Row(
    /// Wants a decision: marked by a bar at its edge; words beside it say why.
    #[prop(optional)]
    waits: bool,
    /// The cells, in the order of the columns.
    children: Children,
) -> impl IntoView {
    view! {
        <tr data-row="" class=waits.then_some("waits")>
            {children()}
        </tr>
    }
}

/// Where a cell of a list stands on a phone, where a row is two lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Phone {
    /// Nowhere: the row opens, and its page says it.
    #[default]
    Hidden,
    /// In the second line, after those before it.
    Line,
    /// At the end of the first line: the state, or what can be done.
    End,
    /// In a line of its own, where it is there at all.
    Own,
}

impl Phone {
    const fn class(self, numeric: bool) -> Option<&'static str> {
        match (self, numeric) {
            (Phone::Hidden, false) => None,
            (Phone::Hidden, true) => Some("num"),
            (Phone::Line, false) => Some("at-line"),
            (Phone::Line, true) => Some("num at-line"),
            (Phone::End, false) => Some("at-end"),
            (Phone::End, true) => Some("num at-end"),
            (Phone::Own, _) => Some("at-own"),
        }
    }
}

/// The cell that names its row; its link covers the row, so that the whole row opens.
#[component]
pub fn RowHead(
    /// Where the row opens; a plain cell where it is empty.
    #[prop(optional, into)]
    href: MaybeProp<String>,
    /// The row's name.
    children: Children,
) -> impl IntoView {
    match href.get_untracked() {
        Some(href) => view! {
            <th scope="row">
                <a class="row-link" href=href>
                    {children()}
                </a>
            </th>
        }
        .into_any(),
        None => view! { <th scope="row">{children()}</th> }.into_any(),
    }
}

/// A cell. On a phone it says its column.
#[component]
pub fn Cell(
    /// The column's words, shown before the value on a phone; empty for actions.
    #[prop(optional, into)]
    label: MaybeProp<String>,
    /// Right-aligned, tabular figures.
    #[prop(optional)]
    numeric: bool,
    /// Where it stands on a phone, in a list.
    #[prop(optional)]
    phone: Phone,
    /// In a list: shares with the cell that names the row what the others leave over.
    #[prop(optional)]
    grows: bool,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label.get_untracked() class=phone.class(numeric) class:grows=grows>
            <div class="value">{children()}</div>
        </td>
    }
}

/// The rows that are chosen, by id, and what was seen of each when it was (AS6). Kept as one signal with a memo in each row, so that a click draws one row.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    chosen: RwSignal<BTreeMap<String, String>>,
    /// Where a range begins: the row that was chosen or left last.
    anchor: StoredValue<Option<String>>,
    /// Whether the key for ranges is held.
    shift: StoredValue<bool>,
}

impl Default for Selection {
    fn default() -> Self {
        Selection {
            chosen: RwSignal::new(BTreeMap::new()),
            anchor: StoredValue::new(None),
            shift: StoredValue::new(false),
        }
    }
}

impl Selection {
    /// What is chosen. A table that was read anew may ask once more when its page is gone: nothing then.
    fn see<T: Default>(self, look: impl FnOnce(&BTreeMap<String, String>) -> T) -> T {
        self.chosen.try_with(look).unwrap_or_default()
    }

    /// How many are chosen.
    pub fn count(self) -> usize {
        self.see(BTreeMap::len)
    }

    /// The ids.
    pub fn ids(self) -> Vec<String> {
        self.see(|chosen| chosen.keys().cloned().collect())
    }

    /// What was seen of each.
    pub fn seen(self) -> Vec<String> {
        self.see(|chosen| chosen.values().cloned().collect())
    }

    /// Chooses nothing.
    pub fn clear(self) {
        self.chosen.update(BTreeMap::clear);
    }

    /// Chooses or leaves some: their ids, and what is seen of them now. What was chosen before stays as it was seen then.
    pub fn set_all<'a>(self, some: impl IntoIterator<Item = &'a (String, String)>, on: bool) {
        self.chosen.update(|chosen| {
            for (id, seen) in some {
                if on {
                    chosen.entry(id.clone()).or_insert_with(|| seen.clone());
                } else {
                    chosen.remove(id);
                }
            }
        });
    }

    /// Chooses exactly these.
    pub fn choose(self, all: impl IntoIterator<Item = (String, String)>) {
        self.chosen.set(all.into_iter().collect());
    }

    /// A row was ticked or not; with the key for ranges held, so are the rows between it and the one before.
    fn tick(self, id: &str, seen: &str, on: bool) {
        let from = self.anchor.get_value().filter(|_| self.shift.get_value());
        self.shift.set_value(false);
        self.anchor.set_value(Some(id.to_owned()));
        match from {
            Some(from) => self.set_all(&rows_between(&from, (id, seen)), on),
            None => self.set_all(&[(id.to_owned(), seen.to_owned())], on),
        }
    }
}

/// The rows of the page from one to another, both included, in either direction; the second alone where the first is gone.
fn rows_between(from: &str, to: (&str, &str)) -> Vec<(String, String)> {
    let mut all = Vec::new();
    if let Ok(found) = document().query_selector_all("[data-select]") {
        for at in 0..found.length() {
            let node = found
                .item(at)
                .and_then(|node| node.dyn_into::<web_sys::HtmlInputElement>().ok());
            all.extend(node.and_then(|node| Some((node.get_attribute("data-select")?, node.value()))));
        }
    }
    let place = |id: &str| all.iter().position(|(one, _)| one == id);
    match (place(from), place(to.0)) {
        (Some(a), Some(b)) => all[a.min(b)..=a.max(b)].to_vec(),
        _ => vec![(to.0.to_owned(), to.1.to_owned())],
    }
}

/// The checkbox of the header: all rows of this page, or none; half where some are chosen.
#[component]
pub fn SelectAll(
    /// The chosen rows.
    selection: Selection,
    /// This page's rows: the id of each, and what is seen of it.
    all: Vec<(String, String)>,
) -> impl IntoView {
    let ids = all.clone();
    // Counted, not owned by the table: when the rows are read anew, this one is still asked while the new table is made.
    let here = ArcMemo::new(move |_| {
        selection.see(|chosen| (ids.iter().filter(|(id, _)| chosen.contains_key(id)).count(), ids.len()))
    });
    let also = here.clone();
    let some = move || here.with(|(chosen, all)| *chosen > 0 && chosen < all);
    let every = move || also.with(|(chosen, all)| *chosen > 0 && chosen == all);
    view! {
        <input
            type="checkbox"
            class="checkbox checkbox-sm checkbox-primary border-control noscript:hidden"
            aria-label="Select all rows on this page"
            prop:indeterminate=some
            prop:checked=every
            on:change=move |event| selection.set_all(&all, event_target_checked(&event))
        />
    }
}

/// A row's checkbox. Clicked, or pressed with the space bar, while shift is held, it takes the rows in between along.
/// Without JavaScript it sends `ids[]` with the form around the table.
#[component]
pub fn SelectCell(
    /// The chosen rows.
    selection: Selection,
    /// The row's id.
    #[prop(into)]
    id: String,
    /// What is seen of the row, where that is more than its id: the form sends it as it was when the row was chosen.
    #[prop(optional_no_strip, into, default = None)]
    value: Option<String>,
    /// Names the row: "Select Acme · 20 × Logo design".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let this = id.clone();
    let chosen = ArcMemo::new(move |_| selection.see(|chosen| chosen.get(&this).cloned()));
    let ticked = chosen.clone();
    let value = value.unwrap_or_else(|| id.clone());
    let (mark, seen) = (id.clone(), value.clone());
    view! {
        <td>
            <input
                node_ref=node
                type="checkbox"
                class="checkbox checkbox-sm checkbox-primary border-control"
                name="ids[]"
                value=move || chosen.get().unwrap_or_else(|| value.clone())
                aria-label=label
                data-select=mark
                prop:checked=move || ticked.get().is_some()
                on:keydown=move |event| selection.shift.set_value(event.shift_key())
                on:click=move |event| {
                    if event.shift_key() {
                        selection.shift.set_value(true);
                    }
                }
                on:change=move |event| selection.tick(&id, &seen, event_target_checked(&event))
            />
        </td>
    }
}

/// What can be done with the chosen rows; rises from the table's lower edge while any are chosen.
#[component]
pub fn BulkBar(
    /// The chosen rows.
    selection: Selection,
    /// What they add up to, where they do: "$292.50".
    #[prop(optional, into)]
    sum: Signal<String>,
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            role="region"
            aria-label="Bulk actions"
            class="sticky bottom-20 md:bottom-4 z-10 floating mt-3 px-4 py-3 flex flex-wrap items-center gap-3 noscript:flex!"
            class:hidden=move || selection.count() == 0
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    selection.clear();
                }
            }
        >
            <span class="font-semibold tabular noscript:hidden" aria-live="polite">
                {move || {
                    let between = if sum.with(String::is_empty) { "" } else { " · " };
                    format!("{} selected{between}{}", selection.count(), sum.get())
                }}
            </span>
            <div class="flex flex-wrap gap-2 ml-auto items-center">{children()}</div>
            <button type="button" class="btn btn-sm btn-ghost noscript:hidden" on:click=move |_| selection.clear()>
                "Clear"
            </button>
        </div>
    }
}

/// Pages by key: onwards and back to the first, as links.
#[component]
pub fn Pagination(
    /// What is shown: "1–25 of 312" or "25 requests".
    #[prop(into)]
    shown: String,
    /// The first page's URL, where this is not it.
    #[prop(optional_no_strip, default = None)]
    first: Option<String>,
    /// What the pages are of; a page with two lists names each.
    #[prop(default = "Pages".to_owned(), into)]
    label: String,
    /// The next page's URL, where there is one.
    #[prop(optional_no_strip, default = None)]
    next: Option<String>,
    /// Which columns are shown ([`super::ColumnsMenu`]).
    #[prop(optional_no_strip, default = None)]
    columns: Option<AnyView>,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="flex items-center justify-between gap-3 pt-3">
            <span class="text-sm text-muted tabular">{shown}</span>
            {columns.map(|columns| view! { <div class="ml-auto">{columns}</div> })}
            <span class="flex gap-2">
                {first
                    .map(|href| {
                        view! {
                            <ButtonLink href small=true kind=ButtonKind::Ghost icon=Icon::ChevronLeft>
                                "First page"
                            </ButtonLink>
                        }
                    })}
                {next
                    .map(|href| {
                        view! {
                            <ButtonLink href small=true kind=ButtonKind::Secondary>
                                "Next page"
                                <Glyph icon=Icon::ChevronRight/>
                            </ButtonLink>
                        }
                    })}
            </span>
        </nav>
    }
}
