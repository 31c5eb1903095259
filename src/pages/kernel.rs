//! What lists share: the address as a query, chips, sorted columns, pages, a selection with its dialog. Knows no room.

use crate::{
    components::*,
    wire::{Asks, Call},
};
use domain::{AppResult, list::ListQuery, shown::Named};

pub use domain::shown::counted;
use leptos::{prelude::*, web_sys};
use leptos_router::hooks::{use_location, use_params_map};

/// The id in the path of the page of one thing. Of another thing it is another page (`of_one` where the routes are), so a page
/// keeps its own.
pub fn path_id() -> String {
    use_params_map().with_untracked(|params| params.get("id").unwrap_or_default())
}

/// The query of an address, each value decoded once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the question mark, in the same way on the server and in the browser.
    fn read(search: &str) -> Self {
        let search = search.trim_start_matches('?');
        Query(form_urlencoded::parse(search.as_bytes()).into_owned().collect())
    }

    /// The value of a field; where it stands twice, the last one.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .rfind(|(of, _)| of == name)
            .map(|(_, value)| value.clone())
    }

    /// All values of a field.
    pub fn get_all(&self, name: &str) -> Vec<String> {
        let of_it = self.0.iter().filter(|(of, _)| of == name);
        of_it.map(|(_, value)| value.clone()).collect()
    }
}

/// The query of the page's address. Not the router's map of it: that decodes a second time, and `%2541` would be an `A`.
pub fn use_query() -> Memo<Query> {
    let (search, path) = (use_location().search, use_location().pathname);
    let here = path.get_untracked();
    Memo::new(move |last: Option<&Query>| {
        let read = search.with(|search| Query::read(search));
        // On the way to another page the query is that one's already.
        let leaves = path.with_untracked(|path| *path != here);
        last.filter(|_| leaves).cloned().unwrap_or(read)
    })
}

/// An address with a query.
pub fn with_query(path: &str, fields: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!("{path}?{query}")
}

/// Where a page leads back to: what its address says, if that is a place of ours (§25).
pub fn back(query: &Query, otherwise: &str) -> String {
    let asked = query.get("back").unwrap_or_default();
    if asked.starts_with('/') && !asked.starts_with("//") && !asked.contains('\\') {
        asked
    } else {
        otherwise.to_owned()
    }
}

/// "25 of 312 requests", or "3 requests" where all are here.
pub fn here_of(here: usize, total: i64, one: &str, many: &str) -> String {
    let all = counted(total, one, many);
    if usize::try_from(total) == Ok(here) {
        all
    } else {
        format!("{here} of {all}")
    }
}

/// Reads the address's query.
pub fn read_query<Q: ListQuery>(query: &Query) -> Q {
    let fields = Q::default();
    let values: Vec<(&str, String)> = fields
        .pairs()
        .into_iter()
        .map(|(name, _)| (name, query.get(name).unwrap_or_default()))
        .collect();
    Q::from_pairs(values.iter().map(|(name, value)| (*name, value.as_str())))
}

/// A list at its address, as it is asked for.
pub struct Listed<'a, Q> {
    /// What is asked.
    pub query: &'a Q,
    /// Where it stands.
    pub path: &'static str,
}

impl<Q: ListQuery> Listed<'_, Q> {
    /// The first page and the next one, where this is not the first and is not the last.
    pub fn pages(&self, next: Option<&str>) -> (Option<String>, Option<String>) {
        let first = self.query.with("after", "");
        let next = next.map(|after| self.query.with("after", after).href(self.path));
        ((first != *self.query).then(|| first.href(self.path)), next)
    }

    /// A column whose header sorts by a word, the other way round where the list is sorted by it already.
    pub fn sorted(&self, column: Column, word: &str, by_default: &str) -> Column {
        let now = match self.query.field("sort") {
            "" => by_default,
            sort => sort,
        };
        let direction = if now == word {
            Some(Sorted::Ascending)
        } else {
            (now.strip_prefix('-') == Some(word)).then_some(Sorted::Descending)
        };
        let to = match direction {
            Some(Sorted::Ascending) => format!("-{word}"),
            _ => word.to_owned(),
        };
        column.sort(self.query.with("sort", &to).href(self.path), direction)
    }

    /// The chips of what is filtered by: the words for a field, and which it is.
    pub fn chips(&self, filters: impl IntoIterator<Item = (Option<String>, &'static str)>) -> Vec<Chip> {
        let shown = filters.into_iter().filter_map(|(label, field)| Some((label?, field)));
        shown
            .map(|(label, field)| Chip {
                label,
                without: self.query.with(field, "").href(self.path),
            })
            .collect()
    }

    /// The words of a field that holds words.
    pub fn words(&self, label: &str, field: &'static str) -> (Option<String>, &'static str) {
        let value = self.query.field(field);
        ((!value.is_empty()).then(|| format!("{label} {value}")), field)
    }

    /// The words of a field that holds the id of something with a name.
    pub fn named(&self, label: &str, field: &'static str, named: &[Named]) -> (Option<String>, &'static str) {
        let id = self.query.field(field);
        let found = named.iter().find(|one| one.id == id);
        (found.map(|one| format!("{label}: {}", one.name)), field)
    }

    /// The bar by which the list is looked through: an example of the words that can be looked for, what of the query no field
    /// of it changes, views as links, and the fields of its filters.
    pub fn bar(
        &self,
        label: &'static str,
        example: Option<&'static str>,
        keep: &[&'static str],
        views: Vec<Tab>,
        fields: Option<AnyView>,
    ) -> AnyView {
        let filled = self.query.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        let (kept, filters): (Vec<_>, Vec<_>) = filled.partition(|(name, _)| keep.contains(name));
        let on = filters
            .iter()
            .filter(|(name, _)| !matches!(*name, "q" | "after"))
            .count();
        let kept = kept
            .into_iter()
            .map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned()/> })
            .collect_view()
            .into_any();
        let words = example.map(|example| (self.query.field("q").to_owned(), example));
        let here = self.query.href(self.path);
        view! { <FilterBar action=self.path label here keep=kept words on views fields/> }.into_any()
    }

    /// The query as hidden fields of a form.
    pub fn hidden(&self) -> AnyView {
        let fields = self.query.pairs().into_iter();
        fields
            .map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned()/> })
            .collect_view()
            .into_any()
    }
}

/// The field of a filter by something with a name: all of them ("All vendors"), or one. Its label is for assistive technology.
pub fn filter_by(name: &'static str, label: &'static str, all: &'static str, named: &[Named], value: &str) -> AnyView {
    let choices = named.iter().map(|one| Choice::new(one.id.clone(), one.name.clone()));
    filter_of(name, label, all, choices.collect(), value)
}

/// The field of a filter that is one of a few, or none of them ("All states").
pub fn filter_of(
    name: &'static str,
    label: &'static str,
    all: &'static str,
    choices: Vec<Choice>,
    value: &str,
) -> AnyView {
    let value = value.to_owned();
    let id = format!("filter-{name}");
    view! { <SelectField name label choices placeholder=all value id hide_label=true/> }.into_any()
}

/// A dialog about what is selected: whether it is open, and what was found about it.
pub struct Asking<T: Send + Sync + 'static> {
    /// Open or not.
    pub open: RwSignal<bool>,
    found: RwSignal<Option<AppResult<T>>>,
    asks: Asks,
}

impl<T: Send + Sync + 'static> Clone for Asking<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Asking<T> {}

impl<T: Send + Sync + 'static> Default for Asking<T> {
    fn default() -> Self {
        Asking {
            open: RwSignal::new(false),
            found: RwSignal::new(None),
            asks: Asks::default(),
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Asking<T> {
    /// Opens the dialog, and asks what it is about.
    pub fn ask<F: Call<Output = T>>(self, about: F) {
        self.found.set(None);
        self.open.set(true);
        self.asks.ask(about, move |answer| self.found.set(Some(answer)));
    }

    /// The dialog's content: `view` of what was found.
    pub fn show(self, view: impl Fn(T) -> AnyView + Send + Sync + 'static) -> impl Fn() -> AnyView + Send + Sync {
        move || match self.found.get() {
            None => view! { <SkeletonText lines=4/> }.into_any(),
            Some(Err(error)) => view! { <p role="alert">{error.message()}</p> }.into_any(),
            Some(Ok(found)) => view(found),
        }
    }
}

/// A button of a form that does without a new document what the form would do: `press`.
#[component]
pub fn InPlace(
    /// What it does in the browser.
    press: impl Fn() + Send + Sync + 'static,
    /// Its look.
    #[prop(default = ButtonKind::Secondary)]
    kind: ButtonKind,
    /// While an answer is awaited.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <Button
            small=true
            kind
            submit=true
            pending
            press=move |event: web_sys::MouseEvent| {
                event.prevent_default();
                press();
            }
        >
            {children()}
        </Button>
    }
}

/// *Select all matching*: what the filters let through on all pages, `most` at most. Nothing where all rows are here.
pub fn select_all_matching<F>(
    chosen: Selection,
    here: usize,
    total: i64,
    most: usize,
    ask: F,
    id: fn(&str) -> &str,
) -> AnyView
where
    F: Call<Output = Vec<String>> + Clone + Send + Sync + 'static,
{
    if usize::try_from(total) == Ok(here) {
        return ().into_any();
    }
    let most = total.min(most as i64);
    let words = if total > most {
        format!("Select the first {most} of {total} matching")
    } else {
        format!("Select all {total} matching")
    };
    let (asks, toasts) = (Asks::default(), toasts());
    let press = move || {
        asks.ask(ask.clone(), move |found| match found {
            Ok(found) => chosen.choose(found.into_iter().map(|seen| (id(&seen).to_owned(), seen))),
            Err(error) => toasts.error(error.message()),
        });
    };
    view! {
        <InPlace press attr:name="all" attr:value="1">
            {words}
        </InPlace>
    }
    .into_any()
}

/// A table whose rows are selected and then decided about, in the form that opens the dialog as a page where there is no
/// JavaScript.
#[component]
pub fn SelectionTable(
    /// What the rows are: the table's accessible name.
    caption: &'static str,
    /// The list's name, by which its columns are chosen.
    name: &'static str,
    /// The headers.
    columns: Vec<Column>,
    /// What is selected.
    chosen: Selection,
    /// The rows that can be selected: the id of each, and what is seen of it.
    selectable: Vec<(String, String)>,
    /// The page of the dialog.
    action: &'static str,
    /// The list's query, as hidden fields.
    hidden: AnyView,
    /// Where the dialog leads back to.
    back: String,
    /// What makes a repeated post the same post.
    form_key: String,
    /// The buttons of the bar about what is selected.
    bar: AnyView,
    /// What the selected rows add up to, where they do.
    #[prop(optional, into)]
    sum: Signal<String>,
    /// The rows; they begin with [`SelectCell`].
    children: Children,
) -> impl IntoView {
    let select_all = move || view! { <SelectAll selection=chosen all=selectable.clone()/> };
    view! {
        <form method="get" action=action>
            <DefaultButton nothing=true/>
            {hidden}
            <input type="hidden" name="back" value=back/>
            <input type="hidden" name="form_key" value=form_key/>
            <DataTable caption columns list=true select_all name>
                {children()}
            </DataTable>
            <BulkBar selection=chosen sum>{bar}</BulkBar>
        </form>
    }
}

/// The page of a dialog where nothing was selected.
#[component]
pub fn NothingSelected(
    /// What stands for the kind of things.
    icon: Icon,
    /// What to do.
    #[prop(into)]
    words: String,
    /// The words of the way back.
    #[prop(into)]
    back_words: String,
    /// Where that leads.
    #[prop(into)]
    back: String,
) -> impl IntoView {
    let back_words = StoredValue::new(back_words);
    view! {
        <EmptyState
            icon
            title="Nothing selected"
            action=move || {
                view! { <ButtonLink href=back.clone()>{back_words.get_value()}</ButtonLink> }
            }
        >
            {words.clone()}
        </EmptyState>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_once() {
        let query = Query::read("?q=x%2541y&status=a+b%20c&ids[]=1&ids%5B%5D=2&q=%E6%9D%B1%FF&empty");
        assert_eq!(query.get_all("q"), ["x%41y", "\u{6771}\u{fffd}"]);
        assert_eq!(query.get("q").as_deref(), Some("\u{6771}\u{fffd}"));
        assert_eq!(query.get("status").as_deref(), Some("a b c"));
        assert_eq!(query.get_all("ids[]"), ["1", "2"]);
        assert_eq!((query.get("empty").as_deref(), query.get("other")), (Some(""), None));
    }

    #[test]
    fn s25_back_leads_to_no_other_site() {
        let back = |asked: &str| super::back(&Query(vec![("back".to_owned(), asked.to_owned())]), "/queue");
        assert_eq!(back("/queue?part=beyond"), "/queue?part=beyond");
        for foreign in [
            "//evil.test",
            "/\\evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(back(foreign), "/queue", "{foreign:?}");
        }
    }
}
