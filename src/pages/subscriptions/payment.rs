//! *Payment*: monthly packs (IN4), and one subscription.

use super::leave::{Ends, end_of};
use crate::{
    api::subscriptions::{ReadPaymentPacks, ReadSubscriptionView, RetryFirstPayment},
    components::*,
    pages::{
        billing::PaymentTabs,
        kernel::{path_id, use_query},
    },
    wire::{PostForm, Posting, posting, read_live},
};
use domain::{
    Rail,
    subscriptions::view::{PackUseRow, PaymentPacksView, SubscriptionView, Waiting},
};
use leptos::{prelude::*, wasm_bindgen::JsValue};
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// `/payment/packs`.
#[component]
pub fn PaymentPacks() -> impl IntoView {
    let packs = read_live(|| ReadPaymentPacks {});
    let ends = Ends {
        leave: posting(),
        resume: posting(),
    };
    view! {
        <PageHeader title="Payment" lead="Your monthly packs, what they cover and when they renew."/>
        <PaymentTabs now="/payment/packs"/>
        {packs.show(Skeleton::Table(3), move |packs| match packs {
                    Ok(found) => view! { <Packs found ends/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/dashboard"/> }.into_any(),
        })}
    }
}

#[component]
fn Packs(found: PaymentPacksView, ends: Ends) -> impl IntoView {
    if found.live.is_empty() && found.ended.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Packages
                title="No packs yet"
                action=|| {
                    view! {
                        <ButtonLink href="/services/packs" kind=ButtonKind::Primary>
                            "See monthly packs"
                        </ButtonLink>
                    }
                }
            >
                "A pack gives you a set number of designs every month for less. Your packs and what's left appear here."
            </EmptyState>
        }
        .into_any();
    }
    view! {
        {(!found.live.is_empty()).then(|| view! { <PackTable caption="Monthly packs" rows=found.live ends/> })}
        {(!found.ended.is_empty())
            .then(|| {
                view! {
                    <section class="flex flex-col gap-3">
                        <SectionTitle title="Ended"/>
                        <PackTable caption="Ended packs" rows=found.ended ends/>
                    </section>
                }
            })}
    }
    .into_any()
}

#[component]
fn PackTable(caption: &'static str, rows: Vec<PackUseRow>, ends: Ends) -> impl IntoView {
    let charge = match Rail::payment(rows.iter().map(|row| row.rail)) {
        "deduction" => "Next deduction",
        "charge" => "Next charge",
        _ => "Next payment",
    };
    let columns = vec![
        Column::new("Pack"),
        Column::new("Units used / included"),
        Column::numeric("Remaining"),
        Column::new("Period"),
        Column::new("Renews/Ends"),
        Column::numeric(charge),
        Column::numeric("Overage this period"),
        Column::new("Status"),
        Column::hidden("Actions"),
    ];
    let mut dialogs = Vec::new();
    let rows: Vec<AnyView> = rows
        .into_iter()
        .map(|r| {
            let href = format!("/payment/packs/{}", r.id);
            let tone = status_tone(&r.status);
            let end = r.end.clone().map(|end| {
                let (button, dialog) = end_of(&r.id, &r.label, end, ends);
                dialogs.extend(dialog);
                button
            });
            let (meter, left, span, extra) = match r.period {
                Some(p) => {
                    let extra = if p.overage_units == 0 {
                        "–".to_owned()
                    } else {
                        format!("{} · {}", p.overage_units, p.overage)
                    };
                    (
                        view! { <Meter label=r.label.clone() usage=p.usage compact=true/> }.into_any(),
                        p.usage.remaining().to_string(),
                        p.bounds.into_any(),
                        extra,
                    )
                }
                None => ("–".into_any(), "–".to_owned(), "–".into_any(), "–".to_owned()),
            };
            view! {
                <Row>
                    <RowHead href>{r.label}</RowHead>
                    <Cell label="Units used / included">{meter}</Cell>
                    <Cell label="Remaining" numeric=true>{left}</Cell>
                    <Cell label="Period">{span}</Cell>
                    <Cell label="Renews/Ends">{r.renews}</Cell>
                    <Cell label=charge numeric=true>
                        {r.next_charge}
                        {r.price_change.map(|words| view! { <span class="block text-sm text-muted">{words}</span> })}
                    </Cell>
                    <Cell label="Overage this period" numeric=true>{extra}</Cell>
                    <Cell label="Status"><Badge text=r.status_label tone/></Cell>
                    <Cell label="">{end}</Cell>
                </Row>
            }
            .into_any()
        })
        .collect();
    view! {
        <DataTable caption columns wide=true>
            {rows}
        </DataTable>
        {dialogs}
    }
}

fn status_tone(status: &str) -> Tone {
    match status {
        "active" => Tone::Success,
        "past_due" => Tone::Danger,
        "incomplete" | "suspended" => Tone::Warning,
        _ => Tone::Neutral,
    }
}

/// `/payment/packs/{id}`: where a client lands after paying, and one subscription ever after (SU4, SU8, SU9).
#[component]
pub fn SubscriptionPage() -> impl IntoView {
    let id = path_id();
    // Back from a hosted page that was completed: what it led to may be a moment away, and nothing is to be paid again.
    let query = use_query();
    let from = move || query.with_untracked(|q| q.get("from")).unwrap_or_default();
    let retry = posting::<RetryFirstPayment>();
    let ends = Ends {
        leave: posting(),
        resume: posting(),
    };
    // SU9: who has seen that this one gives way, or has just done so, goes on to the one that follows.
    let gives_way = StoredValue::new(false);
    let found = read_live(move || ReadSubscriptionView { id: id.clone() });
    view! {
        {found.show(Skeleton::Card, move |found| match found {
                    Ok(mut found) => {
                        let from = from();
                        if from == "checkout" && matches!(found.waiting, Some(Waiting::Page { .. })) {
                            found.waiting = Some(Waiting::Provider);
                        }
                        // It is said to whoever has just subscribed, and not on every later visit.
                        if !matches!(from.as_str(), "checkout" | "subscribe") {
                            found.welcome = None;
                        }
                        // SU5: whoever has pressed *Continue to payment* is not asked to press it again.
                        let card = match &found.waiting {
                            Some(Waiting::Page { url, confirm: false }) if from == "subscribe" => Some(url.clone()),
                            _ => None,
                        };
                        if found.leads_on || matches!(found.waiting, Some(Waiting::GivesWay { .. })) {
                            gives_way.set_value(true);
                        }
                        if let Some(next) = found.replaced_by.clone().filter(|_| gives_way.get_value()) {
                            go_on(format!("/payment/packs/{next}"));
                        }
                        view! { <One found card retry ends/> }.into_any()
                    }
                    Err(error) => view! { <ErrorState error home="/payment/packs"/> }.into_any(),
        })}
    }
}

/// To another page in place of this one: the way back does not lead here again.
fn go_on(path: String) {
    let navigate = use_navigate();
    effect(move || {
        let options = NavigateOptions {
            replace: true,
            ..NavigateOptions::default()
        };
        navigate(&path, options);
    });
}

/// To a page of the payment provider in place of this one, so that the way back leads to before it: by the browser where there is
/// no script.
fn leave_for(url: &str) -> impl IntoView + use<> {
    let to = url.to_owned();
    effect(move || drop(window().location().replace(&to)));
    let url = url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    view! { <noscript inner_html=format!("<meta http-equiv=\"refresh\" content=\"0;url={url}\">")></noscript> }
}

/// A reload of the page does not say again what is said once.
fn said_once() {
    effect(|| {
        let path = window().location().pathname().unwrap_or_default();
        if let Ok(history) = window().history() {
            drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&path)));
        }
    });
}

#[component]
fn One(
    found: SubscriptionView,
    /// Where a card is to be entered now.
    card: Option<String>,
    retry: Posting<RetryFirstPayment>,
    ends: Ends,
) -> impl IntoView {
    let end = found.end.clone().map(|end| end_of(&found.id, &found.label, end, ends));
    let leaves = card.as_deref().map(leave_for);
    // What is waited for has its price here; afterwards it stands with the period.
    let price = found.waiting.is_some().then(|| found.price.clone());
    let again = found.waiting.as_ref().filter(|_| card.is_none()).map(|waiting| {
        if matches!(waiting, Waiting::Provider | Waiting::GivesWay { .. }) {
            2
        } else {
            4
        }
    });
    let history = found.history.clone();
    let period = found.period.clone();
    let label = found.label.clone();
    let new = format!("/requests/new?service={}", found.service_id);
    let tone = status_tone(&found.status);
    let status = found.status_label.clone();
    view! {
        // While the first payment is open the page looks again: the webhook may be late or never come, and the payment may be
        // made elsewhere.
        {again.map(again_soon)}
        {leaves}
        <PageHeader title=label.clone() crumbs=vec![Crumb::new("/payment/packs", "Monthly Packs")]/>
        <div class="flex flex-col gap-6">
            {found
                .waiting
                .clone()
                .map(|waiting| view! { <WaitingFor waiting id=found.id.clone() key=found.form_key.clone() card=found.card.clone() may_pay=found.may_pay retry/> })}
            {found
                .ended
                .clone()
                .map(|text| {
                    let to = found.replaced_by.clone().map_or_else(|| "/services/packs".to_owned(), |id| format!("/payment/packs/{id}"));
                    let words = if found.replaced_by.is_some() { "View new pack" } else { "Subscribe again" };
                    view! {
                        <Banner
                            tone=Tone::Info
                            actions=move || view! { <ButtonLink href=to.clone() small=true>{words}</ButtonLink> }
                        >
                            {text}
                        </Banner>
                    }
                })}
            {found
                .grace_ends
                .clone()
                .map(|until| {
                    let pay = found.pay_url.clone();
                    view! {
                        <Banner
                            tone=Tone::Danger
                            actions=move || {
                                pay.clone().map(|href| view! { <a class="btn btn-sm btn-quiet" rel="external" href=href>"Pay now"</a> })
                            }
                        >
                            {format!("We couldn't charge your card. Pay by {until} to keep your pack.")}
                        </Banner>
                    }
                })}
            {found
                .welcome
                .clone()
                .map(|text| {
                    said_once();
                    let new = new.clone();
                    view! {
                        <Banner
                            tone=Tone::Success
                            actions=move || {
                                view! {
                                    <ButtonLink href=new.clone() small=true kind=ButtonKind::Primary>
                                        "Send your first request"
                                    </ButtonLink>
                                }
                            }
                        >
                            {text}
                        </Banner>
                    }
                })}
            <section class="panel flex flex-col gap-5">
                <div class="flex items-center justify-between gap-4">
                    <h2 class="text-xl font-semibold">{if period.is_some() { "This period" } else { "Your pack" }}</h2>
                    <Badge text=status tone/>
                </div>
                {price
                    .map(|price| {
                        view! {
                            <Facts>
                                <Fact label="Price">{price} " a month"</Fact>
                            </Facts>
                        }
                    })}
                {period
                    .map(|p| {
                        let note = format!("{} · {}", p.left, p.renewal_short);
                        let renews = if p.last { "Ends" } else { "Renews" };
                        view! {
                            <Meter label=label.clone() usage=p.usage note/>
                            <Facts>
                                <Fact label="Price">
                                    {found.price.clone()} " a month"
                                    {found
                                        .price_change
                                        .clone()
                                        .map(|words| view! { <span class="block text-sm text-muted">{words}</span> })}
                                </Fact>
                                <Fact label=renews>
                                    <Time iso=p.ends.iso text=p.ends.text relative=p.ends.relative/>
                                </Fact>
                                <Fact label="Vendor">{found.vendor.clone()}</Fact>
                                <Fact label="Paid by">
                                    {if found.royalties { "Royalties".to_owned() } else { found.card.clone().unwrap_or_else(|| "Card".into()) }}
                                </Fact>
                            </Facts>
                            <FormActions>
                                <ButtonLink href=new.clone() kind=ButtonKind::Primary icon=Icon::Plus>
                                    "New request"
                                </ButtonLink>
                                {found
                                    .receipt_url
                                    .clone()
                                    .map(|href| view! { <a class="btn btn-quiet" rel="external" href=href>"Receipt"</a> })}
                                {end}
                            </FormActions>
                        }
                    })}
            </section>
            {(!history.is_empty())
                .then(|| {
                    view! {
                        <section class="flex flex-col gap-3">
                            <SectionTitle title="Periods"/>
                            <DataTable
                                caption="Periods"
                                columns=vec![
                                    Column::new("Period"),
                                    Column::numeric("Used"),
                                    Column::numeric("Price"),
                                    Column::new("Payment"),
                                ]
                            >
                                {history
                                    .into_iter()
                                    .map(|line| {
                                        view! {
                                            <Row>
                                                <RowHead>{line.span}</RowHead>
                                                <Cell label="Used" numeric=true>{line.used}</Cell>
                                                <Cell label="Price" numeric=true>{line.fee}</Cell>
                                                <Cell label="Payment">{line.payment}</Cell>
                                            </Row>
                                        }
                                    })
                                    .collect_view()}
                            </DataTable>
                        </section>
                    }
                })}
        </div>
    }
}

/// Has the page read again after so many seconds: by the browser where there is no script, which is told so by text and
/// not by an element, because one that a script puts into the page would count also where there are scripts.
pub(super) fn again_soon(secs: u64) -> impl IntoView {
    look_again(secs);
    view! { <noscript inner_html=format!("<meta http-equiv=\"refresh\" content=\"{secs}\">")></noscript> }
}

#[component]
fn WaitingFor(
    waiting: Waiting,
    id: String,
    key: String,
    card: Option<String>,
    may_pay: bool,
    retry: Posting<RetryFirstPayment>,
) -> impl IntoView {
    match waiting {
        Waiting::Provider => view! {
            <Banner tone=Tone::Info>"We're processing your payment. This page updates on its own."</Banner>
        }
        .into_any(),
        Waiting::GivesWay { to } => view! {
            <Banner tone=Tone::Info>
                {format!("We're canceling this pack, and you won't be charged for it. {to} starts in a moment.")}
            </Banner>
        }
        .into_any(),
        Waiting::Page { url, confirm } => {
            let (text, words) = if confirm {
                ("Your bank wants you to confirm this payment. Nothing has been charged yet.", "Finish payment")
            } else {
                ("Enter your card to start this pack. Nothing has been charged yet.", "Continue to payment")
            };
            view! {
                <Banner
                    tone=Tone::Warning
                    actions=move || {
                        may_pay
                            .then(|| view! { <a class="btn btn-sm btn-primary" rel="external" href=url.clone()>{words}</a> })
                    }
                >
                    {text}
                </Banner>
            }
            .into_any()
        }
        Waiting::Declined { message, url } => view! {
            <Banner tone=Tone::Danger>{message}</Banner>
            {may_pay
                .then(|| {
                    view! {
                        <div class="flex flex-wrap gap-3">
                            {url
                                .map(|url| {
                                    view! { <a class="btn btn-primary" rel="external" href=url>"Try another card"</a> }
                                })}
                            {card
                                .map(|card| {
                                    view! {
                                        <PostForm action=retry>
                                            <input type="hidden" name="id" value=id.clone()/>
                                            <IdempotencyKey value=key.clone()/>
                                            <Button submit=true pending=retry.pending()>{format!("Try {card} again")}</Button>
                                        </PostForm>
                                    }
                                })}
                        </div>
                    }
                })}
        }
        .into_any(),
    }
}
