//! `/admin`: what waits for a decision, the agency's figures now, and what came last (§20).

use crate::{
    api::{kernel::use_page, operate::ReadAdminHome},
    components::*,
    wire::read_live,
};
use domain::{
    operate::{
        home::{Decision, DecisionKind, HomeFigure},
        view::{AdminHome, RecentRequestView},
    },
    shown::{FirstStep, Named},
};
use leptos::prelude::*;

/// The home of the agency's people.
#[component]
pub fn AdminHomePage() -> impl IntoView {
    let home = read_live(|| ReadAdminHome {});
    view! {
        <PageHeader title="Home"/>
        {home
            .show(
                Skeleton::Cards,
                |home| match home {
                    Ok(home) => found(home),
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

fn found(home: AdminHome) -> AnyView {
    let first_steps = begins(home.first_steps, use_page().0.with_untracked(|page| page.test_mode));
    let decisions = if home.decisions.is_empty() {
        view! {
            <EmptyState icon=Icon::Check title="Nothing needs a decision">
                "Failed payments, packs without a vendor, payments to vendors, late requests and alarms appear here."
            </EmptyState>
        }
        .into_any()
    } else {
        let rows: Vec<AnyView> = home.decisions.into_iter().map(decision).collect();
        view! { <ul class="panel flex flex-col divide-y divide-base-300 py-0">{rows}</ul> }.into_any()
    };
    let figures: Vec<AnyView> = home.figures.into_iter().map(figure).collect();
    view! {
        <FirstSteps steps=first_steps/>
        <div class="flex flex-col gap-8">
            <section aria-labelledby="decisions">
                <SectionTitle title="Needs a decision" id="decisions"/>
                {decisions}
            </section>
            <section aria-labelledby="figures" class="grid gap-4 grid-cols-2 xl:grid-cols-4">
                <h2 id="figures" class="sr-only">
                    "Figures"
                </h2>
                {figures}
            </section>
            {exports(home.exports)} {home.recent.map(recent)}
        </div>
    }
    .into_any()
}

fn figure(figure: HomeFigure) -> AnyView {
    view! { <Kpi label=figure.label figure=figure.figure change=figure.note href=figure.href/> }.into_any()
}

const fn icon(kind: DecisionKind) -> Icon {
    match kind {
        DecisionKind::PastDue => Icon::CreditCard,
        DecisionKind::Unassigned => Icon::UserCog,
        DecisionKind::Request => Icon::Requests,
        DecisionKind::Question => Icon::Inbox,
        DecisionKind::Payment => Icon::Wallet,
        DecisionKind::Usage => Icon::Package,
        DecisionKind::Draft => Icon::Pencil,
        DecisionKind::Event => Icon::Webhook,
        DecisionKind::Alarm => Icon::Error,
        DecisionKind::Mail => Icon::Mail,
    }
}

/// What is so, what follows from it, and where it is settled. Links of the same words are told apart by what they are about.
fn decision(row: Decision) -> AnyView {
    let tone = if row.grave { Tone::Danger } else { Tone::Warning };
    let about = row.words.clone();
    view! {
        <li class="py-3 flex flex-wrap sm:flex-nowrap items-center gap-x-3 gap-y-2">
            <span class=format!("{} text-(--tone)", tone.class())>
                <Glyph icon=icon(row.kind) class="size-5 shrink-0"/>
            </span>
            <p class="grow basis-3/4 sm:basis-0 min-w-0 wrap-anywhere">
                <span class="font-semibold">{row.words}</span>
                <span class="block text-sm text-muted tabular">{row.consequence}</span>
            </p>
            <ButtonLink href=row.href small=true>
                {row.action}
                <span class="sr-only">{about}</span>
            </ButtonLink>
        </li>
    }
    .into_any()
}

/// The files of what vendors were paid, for those who account for it.
fn exports(files: Vec<Named>) -> Option<AnyView> {
    let one = |file: Named| {
        view! {
            <li>
                <a href=file.id class="btn btn-quiet" download="">
                    {file.name}
                </a>
            </li>
        }
        .into_any()
    };
    (!files.is_empty()).then(|| {
        let files: Vec<AnyView> = files.into_iter().map(one).collect();
        view! {
            <section aria-labelledby="exports">
                <SectionTitle title="Exports" id="exports"/>
                <ul class="flex flex-wrap gap-2">{files}</ul>
            </section>
        }
        .into_any()
    })
}

/// The requests submitted last.
fn recent(rows: Vec<RecentRequestView>) -> AnyView {
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
                        view! {
                            <Row>
                                <RowHead href=format!("/requests/{}", row.id)>
                                    {format!("#{} {}", row.number, row.title)}
                                </RowHead>
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
    .into_any()
}
