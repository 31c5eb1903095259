//! What a list is looked through by: words, a few choices that apply at once, and views that are kept as links. Without JavaScript
//! a button applies them. On a phone the choices are behind one button that says how many are on.
//! What must not be here: which filters a list has.

use super::{
    Button, Glyph,
    field::{InputKind, TextField},
    form::AskForm,
    icon::Icon,
    nav::Tab,
};
use domain::text::MAX_WANTED;
use leptos::{prelude::*, wasm_bindgen::JsCast as _, web_sys};

/// The bar above a list.
#[component]
pub fn FilterBar(
    /// The page that it asks for.
    action: &'static str,
    /// The form's accessible name: "Find requests".
    label: &'static str,
    /// The list's address as it is shown now: the fields follow it, whatever was chosen in them before.
    here: String,
    /// What of the list's query stays as it is (sort, tab), as hidden fields.
    keep: AnyView,
    /// The words that are looked for now, and an example of what can be; `None` where nothing can.
    #[prop(optional_no_strip, default = None)]
    words: Option<(String, &'static str)>,
    /// How many filters are on.
    #[prop(optional)]
    on: usize,
    /// What people come for, as links.
    #[prop(optional)]
    views: Vec<Tab>,
    /// The fields of the filters, their labels hidden where their first choice says what they are.
    #[prop(optional_no_strip, default = None)]
    fields: Option<AnyView>,
) -> impl IntoView {
    super::effect(move || follow(&here));
    let words = words.map(|(value, placeholder)| {
        view! {
            <div class="filter-words">
                <TextField
                    name="q"
                    maxlength=MAX_WANTED
                    label="Search"
                    kind=InputKind::Search
                    value=value
                    placeholder=placeholder
                    hide_label=true
                />
            </div>
        }
    });
    let fields = fields.map(|fields| {
        view! {
            <details class="filter-more">
                <summary class="btn btn-quiet btn-sm">
                    <Glyph icon=Icon::Filter class="size-4 shrink-0"/>
                    "Filters"
                    {(on > 0).then(|| view! { <span class="tabular">{format!(" ({on})")}</span> })}
                </summary>
                <div class="filter-fields">{fields}</div>
            </details>
        }
    });
    let views = (!views.is_empty()).then(|| {
        let all = views.into_iter().map(|view| {
            view! {
                <li>
                    <a href=view.href class="view-link" aria-current=view.current.then_some("true")>
                        {view.label}
                    </a>
                </li>
            }
        });
        view! {
            <ul class="flex flex-wrap gap-1" aria-label="Views">
                {all.collect_view()}
            </ul>
        }
    });
    view! {
        <div class="filter-bar" on:change=applies>
            <AskForm action attr:role="search" attr:aria-label=label attr:data-filters="">
                {keep}
                {words}
                {fields}
                <span class="hidden noscript:inline-flex">
                    <Button submit=true>"Apply"</Button>
                </span>
            </AskForm>
            {views}
        </div>
    }
    .into_any()
}

/// What is chosen applies at once; words when Enter is pressed.
fn applies(event: web_sys::Event) {
    let field = event.target().and_then(|one| one.dyn_into::<web_sys::Element>().ok());
    let chosen = field.filter(|one| one.matches("select, [type=date], [type=checkbox]").unwrap_or(false));
    let form = chosen.and_then(|one| one.closest("form").ok().flatten());
    if let Some(form) = form.and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok()) {
        drop(form.request_submit());
    }
}

/// The list of another address is shown: the fields say what that is asked by. One that is only read again leaves them alone,
/// because somebody may be typing.
fn follow(here: &str) {
    const SHOWN: &str = "data-shown";
    let Some(form) = super::find("form[data-filters]") else {
        return;
    };
    let before = form.get_attribute(SHOWN);
    if before.as_deref() == Some(here) {
        return;
    }
    drop(form.set_attribute(SHOWN, here));
    if before.is_some()
        && let Ok(form) = form.dyn_into::<web_sys::HtmlFormElement>()
    {
        form.reset();
    }
}
