//! `/admin`: the agency's figures now, and what waits for a decision (§20).

use crate::{
    api::{kernel::use_page, operate::ReadAdminHome},
    components::*,
    wire::read_live,
};
use domain::{
    Capability,
    operate::view::{AdminHome, AttentionView, RecentRequestView},
    shown::{FirstStep, counted},
};
use leptos::prelude::*;

/// The admin's home.
#[component]
pub fn AdminHomePage() -> impl IntoView {
    let home = read_live(|| ReadAdminHome {});
    view! {
        <PageHeader title="Home"/>
        {home
            .show(
                Skeleton::Cards,
                |home| match home {
                    Ok(home) => view! { <Found home/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                },
            )}
    }
}

/// What is left to begin with. Where no real money moves, neither Stripe nor mail is missed.
fn begins(mut steps: Vec<FirstStep>, test_mode: bool) -> Vec<FirstStep> {
    let mail = steps.pop();
    let wanted = |mail: &FirstStep| !mail.done && !test_mode;
    if steps.iter().all(|step| step.done) && !mail.as_ref().is_some_and(wanted) {
        return Vec::new();
    }
    steps.push(FirstStep::new("Connect Stripe", "", !test_mode));
    steps.extend(mail);
    steps
}

#[component]
fn Found(home: AdminHome) -> impl IntoView {
    let viewer = use_page().viewer();
    let may = |capability| viewer.as_ref().is_some_and(|viewer| viewer.may(capability));
    let (catalogue, operate, requests) = (
        may(Capability::ManageCatalogue),
        may(Capability::Operate),
        may(Capability::SeeRequests),
    );
    let link = |allowed: bool, href: &str| allowed.then(|| href.to_owned());
    let open = home.waiting + home.in_progress + home.in_review;
    let running = format!("from {}", counted(home.active_packs, "active pack", "active packs"));
    let decisions = [
        (
            home.past_due,
            counted(home.past_due, "pack is past due", "packs are past due"),
            Some(format!("{} a month at risk", home.at_risk)),
            None,
            Tone::Danger,
        ),
        (
            home.unassigned,
            counted(home.unassigned, "pack has no vendor", "packs have no vendor"),
            None,
            None,
            Tone::Warning,
        ),
        (
            home.dead_events,
            counted(home.dead_events, "payment event failed", "payment events failed"),
            Some("Replay or ignore".to_owned()),
            link(operate, "/admin/webhooks?state=dead"),
            Tone::Danger,
        ),
        (
            home.unmatched_events,
            counted(
                home.unmatched_events,
                "payment event needs matching",
                "payment events need matching",
            ),
            None,
            link(operate, "/admin/webhooks?state=unmatched"),
            Tone::Warning,
        ),
        (
            home.alarms,
            counted(home.alarms, "open alarm", "open alarms"),
            None,
            link(operate, "/admin/integrity"),
            Tone::Danger,
        ),
    ];
    let first_steps = begins(home.first_steps, use_page().0.with_untracked(|page| page.test_mode));
    let both = !home.past_due_packs.is_empty() && !home.unassigned_packs.is_empty();
    let waiting: Vec<_> = decisions.into_iter().filter(|(count, ..)| *count > 0).collect();
    view! {
        <FirstSteps steps=first_steps/>
        <div class="flex flex-col gap-8">
            <section aria-labelledby="figures" class="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
                <h2 id="figures" class="sr-only">
                    "Figures"
                </h2>
                <Figure label="Active packs" figure=home.active_packs.to_string() href=link(catalogue, "/admin/packs")/>
                <Figure label="Monthly revenue" figure=home.monthly_revenue note=running/>
                <Figure
                    label="Units used"
                    figure=home.units_percent
                    note=format!("{} of {} this period", home.units.used, home.units.included)
                />
                <Figure
                    label="Open requests"
                    figure=open.to_string()
                    note=format!(
                        "{} waiting, {} in progress, {} in review",
                        home.waiting,
                        home.in_progress,
                        home.in_review,
                    )
                    href=link(requests, "/requests")
                />
            </section>
            <section aria-labelledby="decisions">
                <SectionTitle title="Needs a decision" id="decisions"/>
                {if waiting.is_empty() {
                    view! {
                        <EmptyState icon=Icon::Check title="Nothing needs a decision">
                            "Failed payments, packs without a vendor, payment events and alarms appear here."
                        </EmptyState>
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="panel flex flex-col divide-y divide-base-300 py-0">
                            {waiting
                                .into_iter()
                                .map(|(_, words, note, href, tone)| {
                                    view! { <Decision words note href tone/> }
                                })
                                .collect_view()}
                        </ul>
                    }
                        .into_any()
                }}
            </section>
            <div class=if both { "grid gap-8 xl:grid-cols-2" } else { "grid gap-8" }>
                <Attention title="Past due" when="Benefits end" id="past-due" rows=home.past_due_packs of=home.past_due/>
                <Attention title="Without a vendor" when="Since" id="unassigned" rows=home.unassigned_packs of=home.unassigned/>
            </div>
            <Recent rows=home.recent open=requests/>
        </div>
    }
    .into_any()
}

#[component]
fn Figure(
    #[prop(into)] label: String,
    #[prop(into)] figure: String,
    #[prop(optional, into)] note: Option<String>,
    #[prop(optional_no_strip, default = None)] href: Option<String>,
) -> impl IntoView {
    match (href, note) {
        (Some(href), Some(note)) => view! { <Kpi label figure change=note href/> }.into_any(),
        (Some(href), None) => view! { <Kpi label figure href/> }.into_any(),
        (None, Some(note)) => view! { <Kpi label figure change=note/> }.into_any(),
        (None, None) => view! { <Kpi label figure/> }.into_any(),
    }
}

#[component]
fn Decision(words: String, note: Option<String>, href: Option<String>, tone: Tone) -> impl IntoView {
    let words = match href {
        Some(href) => view! { <TextLink href>{words}</TextLink> }.into_any(),
        None => words.into_any(),
    };
    let icon = if tone == Tone::Danger {
        Icon::Error
    } else {
        Icon::Warning
    };
    view! {
        <li class="py-3 flex items-center gap-3">
            <span class=format!("{} text-(--tone)", tone.class())>
                <Glyph icon class="size-5 shrink-0"/>
            </span>
            <span class="grow">{words}</span>
            {note.map(|note| view! { <span class="text-sm text-muted tabular">{note}</span> })}
        </li>
    }
}

/// A short work list; more are only counted.
#[component]
fn Attention(
    #[prop(into)] title: String,
    #[prop(into)] id: String,
    when: &'static str,
    rows: Vec<AttentionView>,
    of: i64,
) -> impl IntoView {
    let shown = rows.len() as i64;
    (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby=id.clone()>
                <SectionTitle title=title.clone() id=id.clone()/>
                <DataTable
                    caption=title
                    columns=vec![
                        Column::new("Client"),
                        Column::new("Pack"),
                        Column::numeric("Monthly price"),
                        Column::new(when),
                    ]
                >
                    {rows
                        .into_iter()
                        .map(|row| {
                            view! {
                                <Row>
                                    <RowHead href=format!("/admin/clients/{}", row.client_id)>{row.client}</RowHead>
                                    <Cell label="Pack">{row.label.to_string()}</Cell>
                                    <Cell label="Monthly price" numeric=true>
                                        {row.price}
                                    </Cell>
                                    <Cell label=when>{row.note}</Cell>
                                </Row>
                            }
                        })
                        .collect_view()}
                </DataTable>
                {(of > shown).then(|| view! { <p class="text-sm text-muted pt-2">{format!("{shown} of {of}")}</p> })}
            </section>
        }
    })
}

/// The requests submitted last.
#[component]
fn Recent(rows: Vec<RecentRequestView>, open: bool) -> impl IntoView {
    let table = if rows.is_empty() {
        view! {
            <EmptyState icon=Icon::Requests title="No requests yet">
                "New requests appear here."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Recent requests"
                columns=vec![
                    Column::new("Request"),
                    Column::new("Client"),
                    Column::new("What"),
                    Column::new("Status"),
                    Column::new("Submitted"),
                ]
            >
                {rows
                    .into_iter()
                    .map(|row| {
                        let name = format!("#{} {}", row.number, row.title);
                        let head = if open {
                            view! { <RowHead href=format!("/requests/{}", row.id)>{name}</RowHead> }.into_any()
                        } else {
                            view! { <RowHead>{name}</RowHead> }.into_any()
                        };
                        view! {
                            <Row>
                                {head}
                                <Cell label="Client">{row.client}</Cell>
                                <Cell label="What">{row.what}</Cell>
                                <Cell label="Status">
                                    <StatusBadge status=row.status/>
                                </Cell>
                                <Cell label="Submitted">
                                    <Time iso=row.submitted.iso text=row.submitted.text relative=row.submitted.relative/>
                                </Cell>
                            </Row>
                        }
                    })
                    .collect_view()}
            </DataTable>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="recent">
            <SectionTitle title="Recent requests" id="recent"/>
            {table}
        </section>
    }
}
