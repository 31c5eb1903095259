//! What is agreed to by sending a request's form (CO6): the sentence above its button, the button's words, and what has changed since
//! it was looked at. What must not be here: fields, and what sends them.

use crate::components::*;
use domain::{AppError, Cents, error::Problem, shown::counted, work::view::QuoteView};
use leptos::prelude::*;

/// What the button does, where the quote on the screen is for what stands in the fields. What is read aloud is *Submit request*,
/// and then the sentence above.
pub fn submit_words(seen: Option<QuoteView>) -> AnyView {
    // Neither asking the owner nor what cannot be charged is to be bought by this press.
    let seen = seen.filter(|seen| seen.needs_owner.is_none() && seen.not_charged.is_none());
    let Some(QuoteView { quote, .. }) = seen else {
        return "Submit request".into_any();
    };
    let what = counted(quote.quantity, &quote.unit_singular, &quote.unit_plural);
    let words = match quote.total {
        Cents::ZERO => what,
        total => format!("{what} · {}", total.show(quote.currency)),
    };
    view! {
        "Submit "
        <span class="sr-only">"request"</span>
        <span aria-hidden="true">{words}</span>
    }
    .into_any()
}

/// CO6: the sentence that is agreed to, just above the button that agrees.
#[component]
pub fn Sentence(
    /// The quote on the screen.
    quote: RwSignal<Option<QuoteView>>,
) -> impl IntoView {
    move || {
        quote.get().map(|quote| {
            let owner = quote.needs_owner.clone().filter(|_| quote.not_charged.is_none());
            view! {
                <div class="flex flex-col gap-2">
                    <p id="agreed" class="font-semibold">{quote.sentence}</p>
                    {quote
                        .not_charged
                        .map(|amount| {
                            let why = Problem::BeyondNotCharged { amount }.message();
                            view! { <FormNote tone=Tone::Warning>{why}</FormNote> }
                        })}
                    {owner
                        .map(|amount| {
                            let asks = AppError::NeedsOwner { amount }.message();
                            view! {
                                <FormNote tone=Tone::Warning>
                                    {format!("{asks} Submitting saves a draft and tells them.")}
                                </FormNote>
                            }
                        })}
                </div>
            }
        })
    }
}

/// CO9: somebody came back to a form that had been sent, and changed it.
#[component]
pub fn Used(
    /// What the form was sent as before: "#123" and its address.
    used: RwSignal<Option<(String, String)>>,
) -> impl IntoView {
    move || {
        used.get().map(|(sent, href)| {
            view! {
                <div data-refusals="">
                    <Banner tone=Tone::Warning>
                        "This form was already sent as "
                        <TextLink href>{sent}</TextLink>
                        ". Your changes stay here as a new request."
                    </Banner>
                </div>
            }
        })
    }
}

/// CO6: the quote has changed since it was looked at; the new one stands beside, and *Confirm* submits with it.
#[component]
pub fn Changed(
    /// Whether the last Submit was answered so.
    changed: RwSignal<bool>,
    /// The quote that holds now.
    quote: RwSignal<Option<QuoteView>>,
) -> impl IntoView {
    move || {
        changed.get().then(|| {
            let sentence = quote
                .with(|q| q.as_ref().map(|q| q.sentence.clone()))
                .unwrap_or_default();
            view! {
                <Banner
                    tone=Tone::Warning
                    actions=|| {
                        view! {
                            <Button submit=true small=true kind=ButtonKind::Primary>
                                "Confirm"
                            </Button>
                        }
                    }
                >
                    "What your pack covers has changed. "
                    {sentence}
                </Banner>
            }
        })
    }
}
