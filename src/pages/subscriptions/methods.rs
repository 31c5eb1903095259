//! *Payment › Card*: the card on file.

use super::payment::again_soon;
use crate::{
    api::{billing::AddCard, subscriptions::ReadPaymentMethods},
    components::*,
    pages::{billing::PaymentTabs, kernel::use_query},
    wire::{PostForm, Posting, posting, read_live},
};
use domain::billing::view::PaymentMethodsView;
use leptos::prelude::*;

/// `/payment/methods`.
#[component]
pub fn PaymentMethods() -> impl IntoView {
    let add = posting::<AddCard>();
    let query = use_query();
    // Back from the hosted page, where the card was given: what it led to may be a moment away.
    let saved = move || query.with_untracked(|q| q.get("from").as_deref() == Some("saved"));
    let found = read_live(move || {
        query.with(|q| ReadPaymentMethods {
            setup: q.get("setup").unwrap_or_default(),
            saved: q.get("from").as_deref() == Some("saved"),
        })
    });
    view! {
        <PageHeader title="Payment" lead="The card we charge for packs and extra units."/>
        <PaymentTabs now="/payment/methods"/>
        {found.show(Skeleton::Card, move |found| match found {
                    Ok(mut found) => {
                        if saved() && let Some(setup) = found.setup.as_mut().filter(|setup| !setup.done) {
                            setup.url = None;
                        }
                        view! { <Methods found add saved=saved()/> }.into_any()
                    }
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
        })}
    }
}

#[component]
fn Methods(
    found: PaymentMethodsView,
    add: Posting<AddCard>,
    /// The card has just been given on the hosted page.
    saved: bool,
) -> impl IntoView {
    let setup = found.setup.clone();
    let opening = setup.as_ref().is_some_and(|s| s.url.is_none() && !s.done);
    let words = if found.card.is_some() {
        "Replace card"
    } else {
        "Add card"
    };
    view! {
        {opening.then(|| again_soon(2))}
        <section class="panel flex flex-col gap-5 max-w-lg">
            <div class="flex flex-col gap-1">
                <h2 class="text-xl font-semibold">{found.card.clone().unwrap_or_else(|| "No card on file".into())}</h2>
                <p class="text-sm text-muted">
                    {found
                        .expires
                        .clone()
                        .unwrap_or_else(|| {
                            if found.royalties {
                                "Your packs are deducted from your royalties, so no card is needed.".into()
                            } else {
                                "Add a card to subscribe with one click. Stripe stores your card. We never do.".into()
                            }
                        })}
                </p>
            </div>
            <Facts>
                <Fact label="Extra units">{found.payment_type.clone()}</Fact>
            </Facts>
            {match setup.and_then(|s| s.url) {
                Some(url) => {
                    view! {
                        <FormActions>
                            <a class="btn btn-primary" rel="external" href=url>"Enter card"</a>
                        </FormActions>
                    }
                        .into_any()
                }
                None if opening => {
                    let words = if saved { "Your card is being saved…" } else { "Opening the card page…" };
                    view! { <p role="status" class="text-sm text-muted">{words}</p> }.into_any()
                }
                None => {
                    view! {
                        <PostForm action=add>
                            <IdempotencyKey value=found.form_key.clone()/>
                            <FormActions>
                                <Button kind=ButtonKind::Primary submit=true pending=add.pending()>{words}</Button>
                            </FormActions>
                        </PostForm>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
