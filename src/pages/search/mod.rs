//! `/search`: what the palette shows, as a page (§20); for whoever has no JavaScript, and for more of each kind. May use the kernel.

use crate::{api::search::Search, components::*, pages::kernel::use_query, wire::read};
use domain::{
    search::{Found, Group, Hit},
    text::MAX_WANTED,
};
use leptos::prelude::*;

/// `/search?q=…`.
#[component]
pub fn SearchPage() -> impl IntoView {
    let map = use_query();
    let words = Memo::new(move |_| map.with(|query| query.get("q").unwrap_or_default()));
    let found = read(move || Search {
        q: words.get(),
        many: true,
    });
    view! {
        <PageHeader title="Search"/>
        <form method="get" action="/search" role="search" class="flex items-end gap-2 max-w-xl mb-6">
            <div class="grow">
                <TextField name="q" maxlength=MAX_WANTED label="Search everything" kind=InputKind::Search value=Signal::derive(move || Some(words.get()))/>
            </div>
            <Button submit=true>"Search"</Button>
        </form>
        {found.show(Skeleton::Text(8), move |found| match found {
                    Ok(found) => shown(found, &words.get_untracked()),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
        })}
    }
    .into_any()
}

fn shown(found: Found, words: &str) -> AnyView {
    if found.groups.is_empty() {
        return view! {
            <EmptyState icon=Icon::Search title=format!("Nothing found for “{words}”")>
                "Try fewer words or check their spelling."
            </EmptyState>
        }
        .into_any();
    }
    let loosely = found
        .loosely
        .then(|| view! { <p class="text-muted mb-4">"No exact match. Similar results:"</p> });
    let groups = found.groups.into_iter().map(group).collect_view();
    view! {
        {loosely}
        <div class="flex flex-col gap-8 max-w-3xl">{groups}</div>
    }
    .into_any()
}

fn group(group: Group) -> AnyView {
    let Group { label, hits } = group;
    let rows = hits.into_iter().map(row).collect_view();
    view! {
        <section>
            <SectionTitle title=label.clone()/>
            <ul class="panel p-0 divide-y divide-base-300" aria-label=label>{rows}</ul>
        </section>
    }
    .into_any()
}

fn row(hit: Hit) -> AnyView {
    let class = "w-full flex items-center justify-between gap-3 min-h-11 px-4 py-2 text-left hover:bg-base-200";
    let Hit {
        href,
        title,
        detail,
        theme,
    } = hit;
    if !theme.is_empty() {
        return view! {
            <li>
                <form method="post" action="/theme">
                    <button type="submit" name="theme" value=theme class=class>
                        {title}
                    </button>
                </form>
            </li>
        }
        .into_any();
    }
    view! {
        <li>
            <a href=href class=class>
                <span>{title}</span>
                <span class="text-sm text-muted">{detail}</span>
            </a>
        </li>
    }
    .into_any()
}
