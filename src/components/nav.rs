//! Ways around a page: its header, tabs, filter chips, breadcrumbs. All of them are links.

use super::{
    icon::{Glyph, Icon},
    places::{CameFrom, arrival, came_from},
};
use leptos::prelude::*;
use leptos_meta::Title;

/// A place above this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crumb {
    /// Where it is.
    pub href: String,
    /// How it is called.
    pub label: String,
}

impl Crumb {
    /// A place and its name.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Crumb {
            href: href.into(),
            label: label.into(),
        }
    }
}

/// How a page begins: its title (which also becomes the document's), one sentence where it teaches, the primary action
/// at the right. The title takes the focus after a client navigation.
#[component]
pub fn PageHeader(
    /// The title.
    #[prop(into)]
    title: Signal<String>,
    /// One sentence.
    #[prop(optional, into)]
    lead: MaybeProp<String>,
    /// The places above, outermost first.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// The page is a list: it has the width of the screen, and its rows begin as far up as they can.
    #[prop(optional)]
    list: bool,
    /// The one primary action ([`super::NewLink`] where it makes something new), and quiet ones before it.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
) -> impl IntoView {
    let crumbs = (!crumbs.is_empty()).then(|| way(crumbs));
    // The document's head is written last on the server, when the page's signals may be gone, and once more in the browser
    // after the page has gone: there it takes the words as they are.
    let words: TextProp = if cfg!(feature = "ssr") {
        title.get_untracked().into()
    } else {
        (move || title.try_get().unwrap_or_default()).into()
    };
    let heading = arrival();
    view! {
        <Title text=words/>
        <header
            class="page-header flex flex-col sm:flex-row sm:items-end justify-between gap-x-6 gap-y-4"
            data-list=list.then_some("")
        >
            <div class="page-title min-w-0">
                {crumbs}
                <h1 node_ref=heading class="text-2xl wrap-anywhere" tabindex="-1">
                    {move || title.get()}
                </h1>
                {move || lead.get().map(|lead| view! { <p class="text-muted mt-1 max-w-[65ch]">{lead}</p> })}
            </div>
            {actions
                .map(|actions| {
                    view! { <div class="flex flex-wrap items-center gap-2 shrink-0 no-print">{actions.run()}</div> }
                })}
        </header>
    }
}

/// The places above a page. One that was opened from a list leads to that as it was, and to what stands beside it there.
fn way(crumbs: Vec<Crumb>) -> AnyView {
    let from = came_from();
    let only = crumbs.len() == 1;
    let crumbs = crumbs.into_iter().enumerate().map(move |(at, crumb)| {
        let Crumb { href, label } = crumb;
        let or_from = move |own: String, of: fn(CameFrom) -> String| {
            move || from.get().filter(|_| only).map_or_else(|| own.clone(), of)
        };
        view! {
            <li class="flex items-center gap-1">
                {(at > 0).then(|| view! { <Glyph icon=Icon::ChevronRight class="size-3.5 shrink-0"/> })}
                <a
                    class="crumb hover:text-base-content underline-offset-2 hover:underline"
                    href=or_from(href, |from| from.list)
                >
                    {or_from(label, |from| from.title)}
                </a>
            </li>
        }
    });
    let crumbs = crumbs.collect_view();
    let beside = move || {
        let from = from.get()?;
        let step = |href: Option<String>, key: &'static str, words: &'static str, icon: Icon| {
            href.map(|href| {
                view! {
                    <a class="btn btn-ghost btn-square btn-xs" href=href data-key=key aria-label=words title=words>
                        <Glyph icon class="size-4"/>
                    </a>
                }
            })
        };
        Some(view! {
            {step(from.before, "before", "Previous in list", Icon::ChevronLeft)}
            {step(from.after, "after", "Next in list", Icon::ChevronRight)}
        })
    };
    view! {
        <nav aria-label="Breadcrumb" class="flex flex-wrap items-center gap-2 text-sm text-muted mb-1">
            <ol class="flex flex-wrap items-center gap-1">{crumbs}</ol>
            {beside}
        </nav>
    }
    .into_any()
}

/// A section's title with room for a quiet action at its right.
#[component]
pub fn SectionTitle(
    /// The words.
    #[prop(into)]
    title: String,
    /// A link or a small button.
    #[prop(optional, into)]
    action: Option<ViewFn>,
    /// An id, for `aria-labelledby` of the section.
    #[prop(optional, into)]
    id: MaybeProp<String>,
) -> impl IntoView {
    view! {
        <div class="flex items-baseline justify-between gap-4 mb-3 [.flex-col>&]:mb-0">
            <h2 id=id.get_untracked() class="text-xl">
                {title}
            </h2>
            {action.map(|action| view! { <div class="text-sm">{action.run()}</div> })}
        </div>
    }
}

/// A tab: a link to the same page with another query, or to a sibling page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tab {
    /// Where it goes.
    pub href: String,
    /// The words.
    pub label: String,
    /// How many wait there.
    pub count: Option<i64>,
    /// It is where we are.
    pub current: bool,
}

impl Tab {
    /// A tab without a count.
    pub fn new(href: impl Into<String>, label: impl Into<String>, current: bool) -> Self {
        Tab {
            href: href.into(),
            label: label.into(),
            count: None,
            current,
        }
    }

    /// The same with a count.
    #[must_use]
    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Tabs as links; scroll sideways on a phone.
#[component]
pub fn Tabs(
    /// What they choose between: "Request status".
    #[prop(into)]
    label: String,
    /// The tabs.
    #[prop(into)]
    tabs: Signal<Vec<Tab>>,
) -> impl IntoView {
    view! {
        <nav aria-label=label class="border-b border-base-300 mb-4 [.flex-col>&]:mb-0 overflow-x-auto overflow-y-hidden">
            <ul class="flex">
                {move || {
                    tabs.get()
                        .into_iter()
                        .map(|tab| {
                            view! {
                                <li>
                                    <a href=tab.href class="tab-link" aria-current=tab.current.then_some("page")>
                                        {tab.label}
                                        {tab
                                            .count
                                            .map(|count| {
                                                view! {
                                                    <span class="text-sm text-muted font-normal">{count}</span>
                                                }
                                            })}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()
                }}
            </ul>
        </nav>
    }
}

/// A filter that is on: "Service: Logo design", and the URL without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The words.
    pub label: String,
    /// The page without this filter.
    pub without: String,
}

/// The filters that are on; each goes by its ×.
#[component]
pub fn FilterChips(
    /// The filters.
    #[prop(into)]
    chips: Signal<Vec<Chip>>,
    /// The page without any.
    #[prop(into)]
    clear: String,
) -> impl IntoView {
    move || {
        let chips = chips.get();
        let many = chips.len() > 1;
        let clear = clear.clone();
        (!chips.is_empty()).then(|| {
            view! {
                <ul class="flex flex-wrap items-center gap-2 mb-3" aria-label="Active filters">
                    {chips
                        .into_iter()
                        .map(|chip| {
                            view! {
                                <li>
                                    <a
                                        href=chip.without
                                        class="chip inline-flex items-center gap-1.5 h-7 pl-2.5 pr-1.5 rounded-full border border-base-300 bg-base-200 text-sm hover:border-control"
                                    >
                                        <span class="sr-only">"Remove filter "</span>
                                        {chip.label}
                                        <Glyph icon=Icon::Close class="size-3.5 shrink-0 text-muted"/>
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                    {many
                        .then(|| {
                            view! {
                                <li>
                                    <a href=clear class="text-sm text-primary underline underline-offset-2 px-1">
                                        "Clear all"
                                    </a>
                                </li>
                            }
                        })}
                </ul>
            }
        })
    }
}
