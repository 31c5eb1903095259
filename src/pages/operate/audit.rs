//! `/admin/audit`: who changed what, before and after, and when (§26, §29).

use crate::{api::operate::ReadAudit, components::*, wire::read};
use domain::operate::view::{AuditLine, AuditPage, AuditQuery};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The audit log.
#[component]
pub fn Audit() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| {
        map.with(|map| {
            let get = |name: &str| map.get(name).unwrap_or_default();
            AuditQuery {
                entity: get("entity"),
                id: get("id"),
                actor: get("actor"),
                before: get("before"),
            }
        })
    });
    let page = read(move || ReadAudit { query: query.get() });
    view! {
        <PageHeader
            title="Audit log"
            lead="Every change of money, packs, people and assignments. It cannot be altered."
        />
        {page.show(Skeleton::Table(10), move |page| match page {
                    Ok(page) => view! { <Found page query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(page: AuditPage, query: AuditQuery) -> impl IntoView {
    let first = AuditQuery {
        before: String::new(),
        ..query.clone()
    };
    let of = |entity: &str| AuditQuery {
        entity: entity.to_owned(),
        id: String::new(),
        ..first.clone()
    };
    let mut tabs = vec![Tab::new(of("").href(), "All", query.entity.is_empty())];
    tabs.extend(
        AuditQuery::ENTITIES
            .iter()
            .map(|(entity, label)| Tab::new(of(entity).href(), *label, query.entity == *entity)),
    );
    let mut chips = Vec::new();
    if !query.id.is_empty() {
        chips.push(Chip {
            label: format!("Only {}", query.id),
            without: AuditQuery {
                id: String::new(),
                ..first.clone()
            }
            .href(),
        });
    }
    if !query.actor.is_empty() {
        chips.push(Chip {
            label: format!("By {}", page.actor.clone().unwrap_or_else(|| "somebody".to_owned())),
            without: AuditQuery {
                actor: String::new(),
                ..first.clone()
            }
            .href(),
        });
    }
    let clear = AuditQuery::default().href();
    let shown = match page.rows.len() {
        1 => "1 change".to_owned(),
        n => format!("{n} changes"),
    };
    let to_first = (!query.before.is_empty()).then(|| first.href());
    let next = page.next.clone().map(|before| {
        AuditQuery {
            before,
            ..first.clone()
        }
        .href()
    });
    let table = if page.rows.is_empty() {
        view! {
            <EmptyState icon=Icon::History title="No changes here">
                "What people and the product change appears here with what stood before."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Changes"
                columns=vec![
                    Column::new("What"),
                    Column::new("Before and after"),
                    Column::new("Who"),
                    Column::new("When"),
                ]
            >
                {page.rows.into_iter().map(|line| row(line, &first)).collect_view()}
            </DataTable>
            <Pagination shown first=to_first next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Kind of thing" tabs/>
        <FilterChips chips clear/>
        <h2 class="sr-only">"Changes"</h2>
        {table}
    }
    .into_any()
}

fn row(line: AuditLine, query: &AuditQuery) -> impl IntoView + use<> {
    let this = AuditQuery {
        entity: line.entity,
        id: line.entity_id.clone(),
        ..query.clone()
    };
    let by = AuditQuery {
        actor: line.actor,
        ..query.clone()
    };
    let none = || "–".to_owned();
    view! {
        <Row>
            <RowHead href=this.href()>
                {line.action}
                <span class="block text-sm text-muted font-normal [overflow-wrap:anywhere]">{line.entity_id}</span>
            </RowHead>
            <Cell label="Before and after">
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
                            <span class="block text-sm [overflow-wrap:anywhere]">
                                <span class="text-muted">{change.field} " "</span>
                                {words}
                            </span>
                        }
                    })
                    .collect_view()}
            </Cell>
            <Cell label="Who">
                <TextLink href=by.href()>{line.who}</TextLink>
            </Cell>
            <Cell label="When">
                <Time iso=line.at.iso text=line.at.text relative=line.at.relative/>
            </Cell>
        </Row>
    }
}
