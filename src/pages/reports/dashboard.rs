//! `/dashboard`: what a client has, what is left, what is being worked on and what it costs beyond (§11, §20).

use crate::{
    api::reports::ReadDashboard,
    components::*,
    pages::{
        kernel::use_query,
        work::{
            list::{RequestRow, request_columns, status_tabs},
            pictures::RowPicture,
        },
    },
    wire::read_live,
};
use domain::{
    SubscriptionStatus,
    allowance::usage::UsageLevel,
    list::ListQuery as _,
    reports::view::{BannerView, ChargesView, DashboardView, ExtrasView, PackCardView, ReviewRowView, ReviewView},
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
    let review = view.review.clone().map(|review| view! { <Review review/> });
    let charges = view.charges.clone().map(|charges| view! { <Charges charges/> });
    // One card never leaves the row empty: it is as wide as its place.
    let cards = if packs.len() > 1 {
        "grid gap-4 md:grid-cols-2"
    } else {
        "grid gap-4"
    };
    let beside = if charges.is_some() {
        "grid gap-8 items-start xl:grid-cols-[minmax(0,1fr)_20rem]"
    } else {
        "grid gap-8"
    };
    view! {
        <FirstSteps steps=view.first_steps.clone()/>
        <div class="flex flex-col gap-8">
            {banners.into_iter().map(|(banner, level)| view! { <UsageBanner banner level may_bill/> }).collect_view()}
            {review}
            <div class=beside>
                <section class="flex flex-col gap-4" aria-label="Your packs">
                    <SectionTitle
                        title="Your packs"
                        action=|| view! { <TextLink href="/services/packs">"All packs"</TextLink> }
                    />
                    {if packs.is_empty() {
                        no_packs(may_bill).into_any()
                    } else {
                        view! {
                            <div class=cards>
                                {packs.into_iter().map(|pack| view! { <PackCard pack may_bill/> }).collect_view()}
                            </div>
                        }
                            .into_any()
                    }}
                </section>
                {charges}
            </div>
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

/// RQ1: what waits for the client, before anything else.
#[component]
fn Review(review: ReviewView) -> impl IntoView {
    let more = review.more.then(|| {
        view! { <p><TextLink href="/requests?status=in_review">"See all"</TextLink></p> }
    });
    view! {
        <section class="panel flex flex-col gap-3" aria-labelledby="review">
            <h2 id="review" class="text-lg font-semibold">
                {review.text}
            </h2>
            <ul class="flex flex-col divide-y divide-base-300">{review.rows.into_iter().map(waits).collect_view()}</ul>
            {more}
        </section>
    }
}

fn waits(row: ReviewRowView) -> impl IntoView {
    let name = format!("Review {}", row.title);
    view! {
        <li class="flex items-center gap-3 py-2">
            <RowPicture file=row.picture/>
            <div class="min-w-0 grow">
                <span class="block truncate">{row.title}</span>
                <span class="block truncate text-sm text-muted tabular">{row.note}</span>
            </div>
            <ButtonLink href=format!("/requests/{}", row.id) kind=ButtonKind::Primary small=true attr:aria-label=name>
                "Review"
            </ButtonLink>
        </li>
    }
}

/// What is to be paid next, and when.
#[component]
fn Charges(charges: ChargesView) -> impl IntoView {
    let rows = charges.rows.into_iter().map(|row| {
        view! {
            <li class="flex items-baseline justify-between gap-4">
                <span class="min-w-0">
                    <a class="block truncate hover:underline" href=format!("/payment/packs/{}", row.id)>
                        {row.label}
                    </a>
                    <span class="block text-sm text-muted">
                        <ShortTime moment=row.at/>
                    </span>
                </span>
                <span class="tabular">{row.amount}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    let extras = charges.extras.map(|extras| {
        view! {
            <p class="receipt-total pt-3 flex justify-between gap-4">
                <span class="text-muted">"Extras so far"</span>
                <span class="tabular">{extras}</span>
            </p>
        }
    });
    view! {
        <section class="flex flex-col gap-4" aria-labelledby="charges">
            <SectionTitle title=charges.title id="charges"/>
            <div class="panel flex flex-col gap-4">
                <ul class="flex flex-col gap-4 empty:hidden">{rows}</ul>
                {extras}
            </div>
        </section>
    }
}

/// A pack: what is left of it, when it renews and for how much, and whether it lasts until then.
#[component]
fn PackCard(pack: PackCardView, may_bill: bool) -> impl IntoView {
    let id = format!("pack-{}", pack.id);
    // That it runs is the rule and is not said.
    let badge = match pack.status {
        SubscriptionStatus::Active => None,
        SubscriptionStatus::PastDue | SubscriptionStatus::Suspended => Some(Tone::Danger),
        SubscriptionStatus::Incomplete => Some(Tone::Warning),
        SubscriptionStatus::Ended => Some(Tone::Neutral),
    };
    let badge = badge.map(|tone| view! { <Badge text=pack.status.label() tone/> });
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
                {badge}
            </div>
            {pack
                .period
                .map(|period| {
                    let renews = [Some(period.renewal_short), pack.next_charge].into_iter().flatten();
                    let note = renews.collect::<Vec<_>>().join(" · ");
                    view! {
                        <Meter label=pack.label.clone() usage=period.usage note large=true tip=period.renewal/>
                        {pack.pace.map(|pace| view! { <p class="text-sm text-warning">{pace}</p> })}
                        {pack.extra_units.map(|extra| view! { <p class="text-sm font-semibold">{extra}</p> })}
                        {pack.overage.map(|overage| view! { <p class="text-sm">{overage}</p> })}
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
