//! `/admin/audit`: who changed what, before and after, and when (§26, §29).

use crate::{
    api::operate::ReadAudit,
    components::*,
    pages::kernel::{Listed, counted, read_query, use_query},
    wire::read,
};
use domain::{
    list::ListQuery as _,
    operate::view::{AuditLine, AuditPage, AuditQuery},
};
use leptos::prelude::*;

const PATH: &str = "/admin/audit";

/// The audit log.
#[component]
pub fn Audit() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let page = read(move || ReadAudit { query: query.get() });
    view! {
        <PageHeader
            title="Audit log"
            list=true
            lead="Every change to money, packs, people and assignments. Entries can't be edited."
        />
        {page.show(Skeleton::Table(10), move |page| match page {
                    Ok(page) => view! { <Found page query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(page: AuditPage, query: AuditQuery) -> impl IntoView {
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    // Another kind of thing is another thing.
    let of = |entity: &str| query.with("id", "").with("entity", entity).href(PATH);
    let mut tabs = vec![Tab::new(of(""), "All", query.entity.is_empty())];
    tabs.extend(
        AuditQuery::ENTITIES
            .iter()
            .map(|(entity, label)| Tab::new(of(entity), *label, query.entity == *entity)),
    );
    let actor = page.actor.as_deref().unwrap_or("someone");
    let chips = listed.chips([
        listed.words("Only", "id"),
        ((!query.actor.is_empty()).then(|| format!("By {actor}")), "actor"),
    ]);
    let shown = counted(page.rows.len() as i64, "change", "changes");
    let (first, next) = listed.pages(page.next.as_deref());
    let table = if page.rows.is_empty() {
        view! {
            <EmptyState icon=Icon::History title="No changes">
                "Changes appear here with the values before and after."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Changes"
                list=true
                columns=vec![
                    Column::new("What"),
                    Column::new("Before and after"),
                    Column::new("Who"),
                    Column::new("When"),
                ]
            >
                {page.rows.into_iter().map(|line| row(line, &query)).collect_view()}
            </DataTable>
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Kind of thing" tabs/>
        <FilterChips chips clear=PATH/>
        <h2 class="sr-only">"Changes"</h2>
        {table}
    }
    .into_any()
}

fn row(line: AuditLine, query: &AuditQuery) -> impl IntoView + use<> {
    let this = query.with("entity", &line.entity).with("id", &line.entity_id);
    let by = query.with("actor", &line.actor);
    let none = || "–".to_owned();
    view! {
        <Row>
            <RowHead href=this.href(PATH)>
                {line.action}
            </RowHead>
            <Cell label="Before and after" phone=Phone::Line grows=true>
                {line
                    .changes
                    .into_iter()
                    .map(|change| {
                        let words = format!(
                            "{} → {}",
                            change.before.unwrap_or_else(none),
                            change.after.unwrap_or_else(none),
                        );
                        view! {
                            <span class="text-sm mr-3">
                                <span class="text-muted">{change.field} " "</span>
                                {words}
                            </span>
                        }
                    })
                    .collect_view()}
            </Cell>
            <Cell label="Who">
                <TextLink href=by.href(PATH)>{line.who}</TextLink>
            </Cell>
            <Cell label="When" phone=Phone::End>
                <ShortTime moment=line.at/>
            </Cell>
        </Row>
    }
}
