//! The quote: a small receipt that builds itself as the form is filled (CO6, AH2). It shows what `domain::Quote` says
//! and computes nothing.

use domain::{Coverage, PaymentType, Quote, allowance::coverage::not_counting_words, shown::counted};
use leptos::prelude::*;

fn line(label: String, value: String) -> impl IntoView {
    view! {
        <div class="flex justify-between gap-4">
            <dt class="font-normal text-muted">{label}</dt>
            <dd class="tabular text-right whitespace-nowrap">{value}</dd>
        </div>
    }
}

fn receipt(quote: &Quote) -> impl IntoView + use<> {
    let units = |n: i64| counted(n, &quote.unit_singular, &quote.unit_plural);
    let pack = quote.pack_label.clone().unwrap_or_else(|| "your pack".to_owned());
    let from_pack = (quote.split.included > 0).then(|| line(format!("From {pack}"), units(quote.split.included)));
    let beyond = (quote.split.overage > 0).then(|| {
        let each = quote.unit_price.show(quote.currency);
        let what = match quote.coverage {
            Coverage::None => units(quote.split.overage),
            _ => format!("{} extra", units(quote.split.overage)),
        };
        line(format!("{what} at {each}"), quote.total.show(quote.currency))
    });
    let left = (quote.coverage != Coverage::None).then(|| line("Left after this".to_owned(), units(quote.left_after)));
    let total = quote.total.show(quote.currency);
    let pays = match (quote.total.0, quote.payment_type) {
        (0, _) => "Nothing to pay.".to_owned(),
        (_, PaymentType::PayAsYouGo) => format!("We'll charge {total} when you submit."),
        (_, PaymentType::Monthly) => format!("We'll add {total} to your monthly statement."),
        (_, PaymentType::Royalties) => format!("We'll deduct {total} from your royalties."),
    };
    let not_counting = quote.pack_not_counting.clone().map(|why| {
        let words = format!("We can't use your pack because it's {}.", not_counting_words(&why));
        view! { <p class="text-sm text-warning">{words}</p> }
    });
    view! {
        <dl class="flex flex-col gap-2">{from_pack} {beyond} {left}</dl>
        <div class="receipt-total pt-3 flex justify-between items-baseline gap-4">
            <span class="font-semibold">"To pay"</span>
            <span class="text-xl font-semibold tabular">{quote.total.show(quote.currency)}</span>
        </div>
        <p class="text-sm text-muted">{pays}</p>
        {not_counting}
    }
}

/// The region *Quote* (§29.1): units from the pack, units beyond, price, how and when it is paid.
#[component]
pub fn QuoteReceipt(
    /// The quote; `None` while the form does not say enough.
    #[prop(into)]
    quote: Signal<Option<Quote>>,
    /// RQ8: "Due Dec 2 (3 business days)".
    #[prop(optional, into)]
    due: Signal<Option<String>>,
    /// A newer one is on its way; the old one stays, dimmed.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// The region's name (§29.1).
    #[prop(default = "Quote".to_owned(), into)]
    label: String,
) -> impl IntoView {
    view! {
        <section
            aria-label=label
            aria-live="polite"
            aria-busy=move || pending.get().then_some("true")
            class="panel flex flex-col gap-3"
        >
            <h2 class="text-sm text-muted font-semibold">"Quote"</h2>
            {move || match quote.get() {
                Some(quote) => {
                    view! {
                        {receipt(&quote)}
                        {due.get().map(|due| view! { <p class="text-sm text-muted">{due}</p> })}
                    }
                        .into_any()
                }
                None => {
                    view! {
                        <p class="text-muted">
                            "Choose a service and quantity to see what your pack covers and what you'll pay."
                        </p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
