//! `/admin/audit`: who changed what, before and after, and when (§26, §29).

use crate::{
    api::operate::ReadAudit,
    components::*,
    pages::kernel::{Listed, counted, read_query, use_query},
    wire::read,
};
use domain::{
    list::ListQuery as _,
    operate::view::{AuditChange, AuditLine, AuditPage, AuditQuery},
};
use leptos::prelude::*;

const PATH: &str = "/admin/audit";
/// The same as a file.
const FILE: &str = "/admin/audit.csv";

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
            actions=move || {
                view! {
                    <a href=move || query.get().with("after", "").href(FILE) class="btn btn-quiet" download="">
                        "CSV"
                    </a>
                }
            }
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
        listed.words("By:", "q"),
        (page.from.as_ref().map(|day| format!("From {day}")), "from"),
        (page.to.as_ref().map(|day| format!("To {day}")), "to"),
    ]);
    let AuditQuery { from, to, .. } = query.clone();
    let fields = view! {
        <TextField name="from" label="From" kind=InputKind::Date value=from/>
        <TextField name="to" label="To" kind=InputKind::Date value=to/>
    }
    .into_any();
    let bar = listed.bar(
        "Find changes",
        Some("Person"),
        &["entity", "id", "actor"],
        Vec::new(),
        Some(fields),
    );
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
                    Column::new("When"),
                    Column::hidden("More"),
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
        <div class="list-tools">{bar}</div>
        <FilterChips chips clear=PATH/>
        <h2 class="sr-only">"Changes"</h2>
        {table}
    }
    .into_any()
}

fn row(line: AuditLine, query: &AuditQuery) -> impl IntoView + use<> {
    let this = query.with("entity", &line.entity).with("id", &line.entity_id);
    let this = this.href(PATH);
    let changes: Vec<AnyView> = line.changes.into_iter().map(change).collect();
    let changes = match changes.len() {
        0 | 1 => changes.into_any(),
        many => view! {
            <details class="changes">
                <summary class="cursor-pointer underline underline-offset-2">
                    {counted(many as i64, "change", "changes")}
                </summary>
                <ul>{changes.into_iter().map(|one| view! { <li>{one}</li> }).collect_view()}</ul>
            </details>
        }
        .into_any(),
    };
    view! {
        <Row>
            <RowHead href=line.href.unwrap_or_else(|| this.clone())>{line.text}</RowHead>
            <Cell label="Before and after" phone=Phone::Line grows=true>
                {changes}
            </Cell>
            <Cell label="When" phone=Phone::End>
                <ShortTime moment=line.at/>
            </Cell>
            <Cell>
                <TextLink href=this>"History"</TextLink>
            </Cell>
        </Row>
    }
}

/// One field, before and after.
fn change(change: AuditChange) -> AnyView {
    let value = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let words = format!("{} → {}", value(change.before), value(change.after));
    view! {
        <span class="text-sm">
            <span class="text-muted">{change.field} " "</span>
            {words}
        </span>
    }
    .into_any()
}
