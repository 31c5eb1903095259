//! `/services/packs`: *Services › Monthly Packs*, the packs on sale with *Subscribe* (§5, §20).

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
        <div class="flex flex-col gap-10">
            {found.groups.into_iter().map(|group| view! { <Group group may/> }).collect_view()}
        </div>
    }
    .into_any()
}

#[component]
fn Group(group: OfferGroup, may: bool) -> impl IntoView {
    let id = format!("service-{}", group.service_id);
    view! {
        <section aria-labelledby=id.clone() class="scroll-mt-24">
            <h2 id=id.clone() class="text-xl">
                {group.service}
            </h2>
            <p class="text-muted mb-4">{group.about}</p>
            <ul class="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
                {group.offers.into_iter().map(|offer| view! { <Card offer may/> }).collect_view()}
            </ul>
        </section>
    }
}

#[component]
fn Card(offer: Offer, may: bool) -> impl IntoView {
    let label = offer.label.to_string();
    view! {
        <li class="panel flex flex-col gap-3" data-pack=offer.pack_id.to_string()>
            <div class="flex items-start justify-between gap-3">
                <h3 class="text-lg font-semibold">{label.clone()}</h3>
                {offer.saving.map(|saving| view! { <Badge text=saving tone=Tone::Success/> })}
            </div>
            <p class="tabular">
                <span class="text-2xl font-semibold tracking-tight">{offer.price}</span>
                <span class="text-muted">" a month"</span>
            </p>
            <ul class="text-sm text-muted flex flex-col gap-1 tabular">
                <li>{offer.unit_price}</li>
                <li>{offer.beyond}</li>
            </ul>
            <div class="mt-auto pt-2 flex flex-wrap items-center gap-3">
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
    let manage =
        |id: SubscriptionId| may.then(|| view! { <TextLink href=format!("/payment/packs/{id}")>"Manage"</TextLink> });
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
