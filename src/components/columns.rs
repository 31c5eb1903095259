//! Which columns of a list are shown, chosen for each list and kept in a cookie, so that the document has them already. Hidden are
//! only columns of a table: on a phone a row is two lines, and it says what it says.
//! What must not be here: what a column holds.

use super::{Button, Column, Glyph, icon::Icon};
use crate::api::kernel::use_page;
use leptos::prelude::*;

/// The cookie of the columns that are hidden: lists with `~` between them, each its name and its columns with `.` between them.
pub const COOKIE: &str = "columns";
/// Most bytes of it.
const MOST: usize = 1_000;

/// A column's word in the cookie: the letters of its label.
pub fn word(label: &str) -> String {
    let letters = label.chars().filter(char::is_ascii_alphabetic);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether the cookie hides a column of a list.
fn hides(cookie: &str, list: &str, column: &str) -> bool {
    let lists = cookie.split('~').map(|one| one.split('.'));
    lists
        .into_iter()
        .any(|mut words| words.next() == Some(list) && words.any(|word| word == column))
}

/// The cookie with the columns of one list chosen anew: of `all`, only those in `shown` are seen. What is no word of ours is left out.
pub fn chosen(cookie: &str, list: &str, all: &str, shown: &[&str]) -> String {
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let others = cookie.split('~').filter(|one| one.split('.').next() != Some(list));
    let others = others.filter(|one| one.split('.').all(|word| is_word(&word)));
    let mut lists: Vec<String> = others.map(str::to_owned).collect();
    let hidden = all.split('.').filter(is_word).filter(|word| !shown.contains(word));
    let hidden: Vec<&str> = hidden.collect();
    if is_word(&list) && !hidden.is_empty() {
        lists.push(format!("{list}.{}", hidden.join(".")));
    }
    let cookie = lists.join("~");
    if cookie.len() > MOST { String::new() } else { cookie }
}

/// Where the hidden columns of a table stand, from 1, with as many before them that have no header of their own.
pub(super) fn hidden_places(list: &str, columns: &[Column], before: usize) -> Option<String> {
    let places = use_page().0.with_untracked(|page| {
        let at = columns.iter().enumerate().skip(1);
        let hidden =
            at.filter(|(_, column)| column.can_be_hidden() && hides(&page.columns, list, &word(column.label())));
        let places: Vec<String> = hidden.map(|(at, _)| (at + 1 + before).to_string()).collect();
        places.join(" ")
    });
    (!places.is_empty()).then_some(places)
}

/// The menu of a list's columns: its boxes say which are seen. The first one names the row and stays.
#[component]
pub fn ColumnsMenu(
    /// The list's name, as its table has it.
    list: &'static str,
    /// Its columns.
    columns: Vec<Column>,
) -> impl IntoView {
    let hidden = use_page().0.with_untracked(|page| page.columns.clone());
    let columns: Vec<String> = columns
        .into_iter()
        .skip(1)
        .filter(Column::can_be_hidden)
        .map(|column| column.label().to_owned())
        .collect();
    let all: Vec<String> = columns.iter().map(|label| word(label)).collect();
    let boxes = columns.into_iter().map(|label| {
        let of_it = word(&label);
        let shown = !hides(&hidden, list, &of_it);
        view! {
            <label class="flex items-center gap-2 min-h-9 pointer-coarse:min-h-11">
                <input
                    type="checkbox"
                    class="checkbox checkbox-sm checkbox-primary border-control"
                    name="show"
                    value=of_it
                    checked=shown
                />
                {label}
            </label>
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <details class="pop hidden sm:block" data-close-on-nav="">
            <summary class="btn btn-ghost btn-sm">
                "Columns" <Glyph icon=Icon::ChevronDown class="size-4 shrink-0"/>
            </summary>
            <form method="post" action="/theme" aria-label="Columns" class="pop-panel upwards floating p-4">
                <input type="hidden" name="list" value=list/>
                <input type="hidden" name="columns" value=all.join(".")/>
                {boxes}
                <div class="pt-3">
                    <Button small=true submit=true>
                        "Apply"
                    </Button>
                </div>
            </form>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_list_are_chosen_without_those_of_another() {
        assert_eq!(word("Vendor / designer"), "vendordesigner");
        let cookie = chosen("packs.margin", "requests", "client.due.status", &["client"]);
        assert_eq!(cookie, "packs.margin~requests.due.status");
        assert!(hides(&cookie, "requests", "due") && hides(&cookie, "packs", "margin"));
        assert!(!hides(&cookie, "requests", "client") && !hides(&cookie, "packs", "due"));
        assert!(!hides(&cookie, "requests", "requests"), "its name is no column of it");
        let all = chosen(&cookie, "requests", "client.due.status", &["client", "due", "status"]);
        assert_eq!(all, "packs.margin", "all are seen again");
    }

    #[test]
    fn what_is_no_word_of_ours_is_not_kept() {
        assert_eq!(
            chosen("a b;c~x.y", "requests", "due.\r\nSet-Cookie", &[]),
            "x.y~requests.due"
        );
        assert_eq!(chosen("", "../x", "due", &[]), "");
        assert_eq!(chosen(&"x.y~".repeat(1_000), "requests", "due", &[]), "");
    }
}
