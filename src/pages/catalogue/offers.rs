//! `/services/packs`: *Services › Monthly Packs*, the packs on sale with *Subscribe* (§5, §20). A row for each service; of its sizes
//! one is shown, the chosen one, and that is the style sheet's work: it needs no script and lasts while the page is read again.

use super::price_list::tabs;
use crate::{api::catalogue::ReadClientPacks, components::*, wire::read_live};
use domain::{
    SubscriptionId, SubscriptionStatus,
    catalogue::view::{ClientPacks, Offer, OfferGroup, OfferState},
};
use leptos::prelude::*;

/// The packs on sale.
#[component]
pub fn Packs() -> impl IntoView {
    let packs = read_live(|| ReadClientPacks {});
    view! {
        <PageHeader
            title="Monthly Packs"
            lead="A set number of units every month for less. Unused units don't roll over."
        />
        <Tabs label="Services" tabs=tabs(true)/>
        {packs
            .show(
                Skeleton::Cards,
                |packs| match packs {
                    Ok(found) => view! { <Found found/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
                },
            )}
    }
}

/// Sizes that can be chosen among; of more, all are listed. `.sized` in the style sheet knows as many.
const SIZES: usize = 12;

#[component]
fn Found(found: ClientPacks) -> impl IntoView {
    if found.groups.is_empty() {
        return view! {
            <h2 class="sr-only">"Packs"</h2>
            <EmptyState
                icon=Icon::Packages
                title="No packs yet"
                action=|| view! { <ButtonLink href="/services">"See services"</ButtonLink> }
            >
                "Packs appear here once we offer them. You can order every service one by one."
            </EmptyState>
        }
        .into_any();
    }
    let how = if found.from_royalties {
        "Packs are deducted from your royalties each month. No card is needed."
    } else {
        "You're charged when you subscribe, then on the same day each month."
    };
    let may = found.may_subscribe;
    let index = (found.groups.len() > 3).then(|| services(&found.groups));
    view! {
        <p class="text-muted mb-6">{how}</p>
        {(!may)
            .then(|| {
                view! {
                    <div class="mb-6">
                        <Banner tone=Tone::Info>"Only your account owner can subscribe. Ask them if you need a pack."</Banner>
                    </div>
                }
            })}
        {index}
        <div class="flex flex-col gap-4">
            {found.groups.into_iter().map(|group| view! { <Group group may/> }).collect_view()}
        </div>
    }
    .into_any()
}

/// The services of the page, at hand while it is scrolled.
fn services(groups: &[OfferGroup]) -> impl IntoView + use<> {
    let links = groups.iter().map(|group| {
        view! {
            <a href=format!("#service-{}", group.service_id) rel="external" class="btn btn-sm btn-ghost">
                {group.service.clone()}
            </a>
        }
    });
    let links = links.collect_view();
    view! {
        <nav
            aria-label="Services on this page"
            class="sticky top-(--table-top) z-10 -mx-4 px-4 py-2 mb-2 bg-base-100 flex md:flex-wrap gap-1 overflow-x-auto"
        >
            {links}
        </nav>
    }
}

#[component]
fn Group(group: OfferGroup, may: bool) -> impl IntoView {
    let id = format!("service-{}", group.service_id);
    let sizes = (2..=SIZES).contains(&group.offers.len()).then(|| sizes(&group));
    let offers = group.offers.into_iter().map(|offer| offered(offer, may)).collect_view();
    view! {
        <section
            aria-labelledby=id.clone()
            class="sized panel grid gap-4 md:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]"
        >
            <div class="flex flex-col items-start gap-2">
                <h2 id=id.clone() class="text-xl scroll-mt-40">
                    {group.service}
                </h2>
                <p class="text-sm text-muted">{group.about}</p>
                {sizes}
            </div>
            <ul class="offers">{offers}</ul>
        </section>
    }
}

/// The choice of a size; at first what the client has, else the smallest.
fn sizes(group: &OfferGroup) -> impl IntoView + use<> {
    let held = |offer: &Offer| matches!(offer.state, OfferState::Held { .. } | OfferState::FinishPayment { .. });
    let first = group.offers.iter().position(held).unwrap_or(0);
    let name = format!("size-{}", group.service_id);
    let sizes = group.offers.iter().enumerate().map(|(at, offer)| {
        let checked = at == first;
        view! {
            <label class="size">
                <input
                    type="radio"
                    name=name.clone()
                    value=offer.pack_id.to_string()
                    aria-label=offer.label.to_string()
                    checked=checked
                />
                <span aria-hidden="true">{offer.label.quantity}</span>
            </label>
        }
    });
    let sizes = sizes.collect_view();
    view! { <div role="radiogroup" aria-label="Units a month" class="sizes tabular">{sizes}</div> }
}

/// One size: what it is, what it costs, what it saves, and what can be done with it.
fn offered(offer: Offer, may: bool) -> impl IntoView {
    let label = offer.label.to_string();
    view! {
        <li data-pack=offer.pack_id.to_string()>
            <div class="grow basis-56 flex flex-col gap-1">
                <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h3 class="font-semibold">{label.clone()}</h3>
                    {offer.saving.map(|saving| view! { <Badge text=saving tone=Tone::Success/> })}
                </div>
                <p class="tabular">
                    <span class="text-2xl font-semibold tracking-tight">{offer.price}</span>
                    <span class="text-muted">" a month"</span>
                </p>
                <p class="text-sm text-muted tabular">{offer.unit_price} " · " {offer.beyond}</p>
            </div>
            <div class="flex flex-wrap items-center gap-3">
                <Action pack_id=offer.pack_id.to_string() label state=offer.state may/>
            </div>
        </li>
    }
}

/// What can be done with a pack: a form that leads to its confirmation, so that it also works without JavaScript.
#[component]
fn Action(pack_id: String, label: String, state: OfferState, may: bool) -> impl IntoView {
    let go = |href: String, words: &'static str, name: String| {
        view! {
            <AskForm action=href>
                <Button kind=ButtonKind::Primary submit=true attr:aria-label=name>
                    {words}
                </Button>
            </AskForm>
        }
        .into_any()
    };
    let manage = |id: SubscriptionId| {
        may.then(|| view! { <TextLink href=format!("/payment/packs/{id}")>"View pack"</TextLink> })
    };
    match state {
        OfferState::Open if may => go(
            format!("/services/packs/{pack_id}"),
            "Subscribe",
            format!("Subscribe to {label}"),
        ),
        OfferState::FinishPayment { subscription_id } if may => go(
            format!("/payment/packs/{subscription_id}"),
            "Finish payment",
            format!("Finish payment of {label}"),
        ),
        OfferState::Open => {
            view! { <span class="text-sm text-muted">"Your account owner can subscribe."</span> }.into_any()
        }
        OfferState::FinishPayment { .. } => view! { <Badge text="Waiting for payment" tone=Tone::Warning/> }.into_any(),
        OfferState::Held {
            subscription_id,
            status,
        } => view! {
            <Badge text=held_words(status) tone=held_tone(status)/>
            {manage(subscription_id)}
        }
        .into_any(),
        OfferState::Other {
            subscription_id, label, ..
        } => view! {
            <span class="text-sm text-muted">{format!("You have {label}.")}</span>
            {manage(subscription_id)}
        }
        .into_any(),
    }
}

const fn held_words(status: SubscriptionStatus) -> &'static str {
    match status {
        SubscriptionStatus::Active => "Your pack",
        other => other.label(),
    }
}

const fn held_tone(status: SubscriptionStatus) -> Tone {
    match status {
        SubscriptionStatus::Active => Tone::Success,
        SubscriptionStatus::PastDue | SubscriptionStatus::Suspended => Tone::Danger,
        SubscriptionStatus::Incomplete | SubscriptionStatus::Ended => Tone::Neutral,
    }
}
