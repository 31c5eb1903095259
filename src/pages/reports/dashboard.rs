//! `/dashboard`: what a client has, what is left, what is being worked on and what it costs beyond (§11, §20).

use crate::{
    api::reports::ReadDashboard,
    components::*,
    pages::{
        kernel::use_query,
        work::list::{RequestRow, request_columns, status_tabs},
    },
    wire::read_live,
};
use domain::{
    SubscriptionStatus,
    allowance::usage::UsageLevel,
    list::ListQuery as _,
    reports::view::{BannerView, DashboardView, ExtrasView, PackCardView},
    work::RequestQuery,
};
use leptos::prelude::*;

/// The dashboard.
#[component]
pub fn Dashboard() -> impl IntoView {
    let map = use_query();
    let status = Memo::new(move |_| map.with(|map| map.get("status").unwrap_or_default()));
    let view = read_live(move || ReadDashboard { status: status.get() });
    view! {
        <PageHeader
            title="Dashboard"
            actions=|| view! { <NewLink href="/requests/new" words="New request"/> }
        />
        {view
            .show(
                Skeleton::Cards,
                move |view| match view {
                    Ok(view) => view! { <Found view status=status.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                },
            )}
    }
}

#[component]
fn Found(view: DashboardView, status: String) -> impl IntoView {
    let may_bill = view.may_bill;
    let banners = view
        .packs
        .iter()
        .filter_map(|pack| Some((pack.banner.clone()?, pack.period.as_ref()?.usage.level())))
        .collect::<Vec<_>>();
    let packs = view.packs.clone();
    let extras = view.extras.clone();
    view! {
        <FirstSteps steps=view.first_steps.clone()/>
        <div class="flex flex-col gap-8">
            {banners.into_iter().map(|(banner, level)| view! { <UsageBanner banner level may_bill/> }).collect_view()}
            <section class="flex flex-col gap-4" aria-label="Your packs">
                <SectionTitle
                    title="Your packs"
                    action=|| view! { <TextLink href="/services/packs">"All packs"</TextLink> }
                />
                {if packs.is_empty() {
                    no_packs(may_bill).into_any()
                } else {
                    view! {
                        <div class="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
                            {packs.into_iter().map(|pack| view! { <PackCard pack may_bill/> }).collect_view()}
                        </div>
                    }
                        .into_any()
                }}
            </section>
            <Jobs view status/>
            <Extras extras/>
        </div>
    }
    .into_any()
}

/// WN4, WN2: the banner over everything else.
#[component]
fn UsageBanner(banner: BannerView, level: UsageLevel, may_bill: bool) -> impl IntoView {
    let tone = if banner.exhausted || level == UsageLevel::Warning {
        Tone::Warning
    } else {
        Tone::Info
    };
    if may_bill {
        view! {
            <Banner
                tone
                actions=|| {
                    view! {
                        <ButtonLink href="/services/packs" small=true>
                            "See larger packs"
                        </ButtonLink>
                    }
                }
            >
                {banner.text}
            </Banner>
        }
        .into_any()
    } else {
        view! { <Banner tone>{banner.text}</Banner> }.into_any()
    }
}

fn no_packs(may_bill: bool) -> impl IntoView {
    if may_bill {
        view! {
            <EmptyState
                icon=Icon::Package
                title="No packs yet"
                action=|| {
                    view! {
                        <ButtonLink href="/services/packs" kind=ButtonKind::Primary>
                            "Choose a pack"
                        </ButtonLink>
                    }
                }
            >
                "A pack is a set number of units of one service every month, for less."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <EmptyState icon=Icon::Package title="No packs yet">
                "Your account owner can subscribe to a pack. You can send requests without one."
            </EmptyState>
        }
        .into_any()
    }
}

/// A pack: its meter, what is left, and when it renews.
#[component]
fn PackCard(pack: PackCardView, may_bill: bool) -> impl IntoView {
    let id = format!("pack-{}", pack.id);
    let tone = match pack.status {
        SubscriptionStatus::Active => Tone::Success,
        SubscriptionStatus::PastDue | SubscriptionStatus::Suspended => Tone::Danger,
        SubscriptionStatus::Incomplete => Tone::Warning,
        SubscriptionStatus::Ended => Tone::Neutral,
    };
    let new = format!("/requests/new?service={}", pack.service_id);
    let finish = format!("/payment/packs/{}", pack.id);
    let incomplete = pack.status == SubscriptionStatus::Incomplete;
    let labelled = id.clone();
    view! {
        <article class="panel flex flex-col gap-3" aria-labelledby=labelled>
            <div class="flex items-start justify-between gap-3">
                <h3 id=id class="text-lg font-semibold">
                    {pack.label.clone()}
                </h3>
                <Badge text=pack.status.label() tone/>
            </div>
            {pack
                .period
                .map(|period| {
                    view! {
                        <Meter
                            label=pack.label.clone()
                            usage=period.usage
                            note=format!("{} · {}", period.left, period.renewal_short)
                        />
                        {pack.extra_units.map(|extra| view! { <p class="text-sm font-semibold">{extra}</p> })}
                        {pack.overage.map(|overage| view! { <p class="text-sm">{overage}</p> })}
                        <p class="text-sm text-muted">
                            <time datetime=period.ends.iso>{period.renewal}</time>
                            <br/>
                            {format!("Period: {}", period.bounds)}
                            <br/>
                            {format!("Vendor: {}", pack.vendor)}
                        </p>
                    }
                })}
            {pack.price_change.map(|words| view! { <p class="text-sm font-semibold">{words}</p> })}
            {pack.note.map(|note| view! { <p class="text-muted">{note}</p> })}
            <div class="mt-auto pt-2 flex flex-wrap gap-2">
                {if incomplete {
                    may_bill.then(|| view! { <ButtonLink href=finish small=true>"Finish payment"</ButtonLink> }).into_any()
                } else {
                    view! {
                        <ButtonLink href=new small=true icon=Icon::Plus>
                            "New request"
                        </ButtonLink>
                    }
                        .into_any()
                }}
            </div>
        </article>
    }
}

/// Job operations: the newest requests of a tab.
#[component]
fn Jobs(view: DashboardView, status: String) -> impl IntoView {
    let query = RequestQuery {
        status,
        ..RequestQuery::default()
    };
    let tabs = status_tabs(&view.tabs, &query, "/dashboard");
    let all = query.href("/requests");
    let more = view.more_jobs;
    view! {
        <section class="flex flex-col gap-4" aria-label="Your requests">
            <SectionTitle
                title="Your requests"
                action=move || {
                    let words = if more { "Show all" } else { "All requests" };
                    view! { <TextLink href=all.clone()>{words}</TextLink> }
                }
            />
            <Tabs label="Request status" tabs/>
            {if view.jobs.is_empty() {
                view! {
                    <EmptyState
                        icon=Icon::Requests
                        title="No requests"
                        action=|| view! { <ButtonLink href="/requests/new">"New request"</ButtonLink> }
                    >
                        "Requests you send us appear here."
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <DataTable caption="Your requests" columns=request_columns(false) list=true>
                        {view.jobs.into_iter().map(|row| view! { <RequestRow row/> }).collect_view()}
                    </DataTable>
                }
                    .into_any()
            }}
        </section>
    }
}

/// This month's amounts beyond the packs.
#[component]
fn Extras(extras: ExtrasView) -> impl IntoView {
    let more = extras.count > i64::try_from(extras.rows.len()).unwrap_or(i64::MAX);
    view! {
        <section class="flex flex-col gap-4" aria-label="Extra charges">
            <SectionTitle title=format!("Extra charges in {}", extras.month)/>
            {if extras.rows.is_empty() {
                view! { <p class="text-muted">"No extra charges this month."</p> }.into_any()
            } else {
                view! {
                    <DataTable
                        caption="Extra charges this month"
                        columns=vec![
                            Column::new("Request"),
                            Column::new("Day"),
                            Column::numeric("Units"),
                            Column::numeric("Amount"),
                        ]
                    >
                        {extras
                            .rows
                            .into_iter()
                            .map(|row| {
                                view! {
                                    <Row>
                                        <RowHead href=format!("/requests/{}", row.request_id)>{row.title}</RowHead>
                                        <Cell label="Day">{row.day}</Cell>
                                        <Cell label="Units" numeric=true>
                                            {row.units}
                                        </Cell>
                                        <Cell label="Amount" numeric=true>
                                            {row.amount}
                                        </Cell>
                                    </Row>
                                }
                            })
                            .collect_view()}
                    </DataTable>
                    <p class="flex flex-wrap justify-between gap-2">
                        <span class="text-muted">
                            {if more { format!("{} charges in total, {}", extras.count, extras.paid_by) } else { extras.paid_by }}
                        </span>
                        <span class="font-semibold tabular">{format!("Total {}", extras.total)}</span>
                    </p>
                }
                    .into_any()
            }}
        </section>
    }
}
