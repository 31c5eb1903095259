//! `/services/packs/{id}`: what is bought, for how much, how it is paid, and one confirmation (SU5).

use crate::{
    api::subscriptions::{ReadSubscribeView, Subscribe},
    components::*,
    pages::kernel::path_id,
    wire::{PostForm, Posting, posting, read},
};
use domain::{AppError, subscriptions::view::SubscribeView};
use leptos::prelude::*;

/// The page before subscribing.
#[component]
pub fn SubscribePage() -> impl IntoView {
    let id = path_id();
    let pack = read(move || ReadSubscribeView { pack_id: id.clone() });
    // An action lives as long as the page, not as long as one reading of it.
    let action = posting::<Subscribe>();
    // SU1: whatever was refused, the page shows what holds now: another price, or the pack that is already there.
    effect(move || {
        if matches!(action.get(), Some(Err(_))) {
            pack.refetch();
        }
    });
    view! {
        <PageHeader
            title="Subscribe"
            crumbs=vec![Crumb::new("/services/packs", "Monthly Packs")]
        />
        {pack.show(Skeleton::Card, move |pack| match pack {
                    Ok(pack) => view! { <Confirm pack action/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/services/packs"/> }.into_any(),
        })}
    }
}

#[component]
fn Confirm(pack: SubscribeView, action: Posting<Subscribe>) -> impl IntoView {
    // That the pack is already there is said below, with the way to it.
    let problem = move || {
        let error = action.get().and_then(Result::err)?;
        (!matches!(error, AppError::PackAlreadyActive { .. })).then_some(error)
    };
    let SubscribeView {
        label,
        price,
        unit_price,
        unit_plural,
        quantity,
        overage_price,
        payment_type,
        renews,
        ..
    } = pack.clone();
    let how = match (pack.royalties, &pack.card) {
        (true, _) => format!("{price} is deducted from your royalties each month. No card is needed."),
        (false, Some(card)) => format!("{price} is charged to {card} now and each month until you unsubscribe."),
        (false, None) => format!("{price} is charged now and each month until you unsubscribe. Next: enter your card."),
    };
    let words = match (pack.royalties, &pack.card) {
        (true, _) => "Subscribe".to_owned(),
        (false, Some(_)) => format!("Subscribe and pay {price}"),
        (false, None) => "Continue to payment".to_owned(),
    };
    // The name holds the visible words, and says which pack (§29.1).
    let aria = if words.starts_with("Subscribe") {
        format!("{words}: {label}")
    } else {
        format!("{words}: subscribe to {label}")
    };
    let standing = pack.standing.clone();
    let blocked = standing.as_ref().is_some_and(|s| s.status != "incomplete");
    view! {
        // What was refused is said below, in the words that hold now.
        <div class="flex flex-col gap-6 max-w-lg" data-refusals="">
            {move || problem().map(|error| view! { <Banner tone=Tone::Danger>{error.message()}</Banner> })}
            {standing
                .map(|s| {
                    let href = format!("/payment/packs/{}", s.id);
                    let text = if s.status == "incomplete" && s.same_pack {
                        "You haven't paid for this pack yet.".to_owned()
                    } else if s.status == "incomplete" {
                        format!("You started {} but haven't paid. Subscribing here cancels it.", s.label)
                    } else {
                        format!("You already have the {} pack.", s.label)
                    };
                    let link = if s.status == "incomplete" { "Finish payment" } else { "View pack" };
                    view! {
                        <Banner
                            tone=Tone::Warning
                            actions=move || view! { <ButtonLink href=href.clone() small=true>{link}</ButtonLink> }
                        >
                            {text}
                        </Banner>
                    }
                })}
            <section class="panel flex flex-col gap-4">
                <h2 class="text-xl font-semibold">{label.clone()}</h2>
                <Facts>
                    <Fact label="Price">{price.clone()} " a month"</Fact>
                    <Fact label="Each month">{quantity} " " {unit_plural.clone()} " (" {unit_price} ")"</Fact>
                    <Fact label="Extra units">{overage_price} " each, " {payment_type}</Fact>
                    <Fact label="Renews">{renews}</Fact>
                </Facts>
                <p class="text-muted text-sm">{how}</p>
                {if blocked || !pack.may_subscribe {
                    view! {
                        <p class="text-sm text-muted">
                            {if blocked { "You can have one pack per service." } else { "Ask your account owner to subscribe." }}
                        </p>
                    }
                        .into_any()
                } else {
                    view! {
                        <PostForm action>
                            <input type="hidden" name="pack_id" value=pack.pack_id/>
                            <input type="hidden" name="expected_price_cents" value=pack.price_cents.to_string()/>
                            <IdempotencyKey value=pack.form_key/>
                            <FormActions>
                                <Button kind=ButtonKind::Primary submit=true pending=action.pending() attr:aria-label=aria>
                                    {words}
                                </Button>
                                <ButtonLink href="/services/packs">"Back"</ButtonLink>
                            </FormActions>
                        </PostForm>
                    }
                        .into_any()
                }}
            </section>
        </div>
    }
}
