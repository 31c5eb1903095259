//! What staff's and vendors' pages of payables have in common: how a line looks, why it is what it is (AH1), and what was asked
//! about it (AH7).

use crate::components::*;
use domain::payables::{
    PayableState,
    view::{PayableView, QueryView, VendorPack},
};
use leptos::prelude::*;

/// How far a line is (VP4); Tri-POD's are nothing to pay (TP4).
const fn state_words(state: PayableState, internal: bool) -> (&'static str, Tone) {
    match (state, internal) {
        (PayableState::Void, _) => ("Void", Tone::Neutral),
        (_, true) => ("Nothing to pay", Tone::Neutral),
        (PayableState::Accrued, _) => ("Accrued", Tone::Neutral),
        (PayableState::Approved, _) => ("Approved", Tone::Info),
        (PayableState::Paid, _) => ("Paid", Tone::Success),
    }
}

/// The state of a line where it stands alone.
pub fn state_badge(state: PayableState, internal: bool) -> AnyView {
    let (text, tone) = state_words(state, internal);
    view! { <Badge text tone/> }.into_any()
}

/// The state of a line in a column of a list.
pub fn state_word(state: PayableState, internal: bool) -> AnyView {
    let (text, tone) = state_words(state, internal);
    view! { <StateWord text tone ring=state == PayableState::Accrued/> }.into_any()
}

/// Beside the state of a line that somebody asks about.
pub fn asked_badge(asked: bool) -> Option<AnyView> {
    asked.then(|| view! { <Badge text="Question open" tone=Tone::Warning/> }.into_any())
}

/// The facts of a line, its corrections, and why it is what it is.
pub fn line_facts(view: &PayableView, client_label: &'static str, path: &'static str) -> AnyView {
    let row = view.row.clone();
    let corrections: Vec<_> = view
        .corrections
        .iter()
        .map(|c| {
            let href = format!("{path}/{}", c.id);
            let (at, amount, state) = (c.at.clone(), c.amount.clone(), c.state);
            view! {
                <li class="flex flex-wrap items-center gap-2">
                    <TextLink href>{amount}</TextLink>
                    <span class="text-muted">{at}</span>
                    {state_badge(state, false)}
                </li>
            }
        })
        .collect();
    let corrected = !corrections.is_empty();
    let now = view.now.clone();
    let corrects = view.corrects.clone().map(|id| format!("{path}/{id}"));
    let why = view.why.clone();
    let history = view.history.clone();
    view! {
        <div class="grid gap-6 lg:grid-cols-2">
            <section class="panel flex flex-col gap-4" aria-label="Line">
                <p class="flex flex-wrap items-center gap-3">
                    <span class="text-2xl font-semibold tabular">{row.amount}</span>
                    {state_badge(row.state, row.internal)}
                    {asked_badge(row.asked)}
                </p>
                <Facts>
                    <Fact label=client_label>{row.client}</Fact>
                    <Fact label="For">{row.pack}</Fact>
                    <Fact label="Period">{row.period}</Fact>
                    <Fact label="Rate">{row.rate}</Fact>
                    {corrects
                        .map(|href| {
                            view! {
                                <Fact label="Corrects">
                                    <TextLink href>"another line"</TextLink>
                                </Fact>
                            }
                        })}
                    {corrected.then(|| view! { <Fact label="With corrections">{now}</Fact> })}
                </Facts>
                {corrected
                    .then(|| {
                        view! {
                            <div>
                                <h2 class="font-semibold">"Corrections"</h2>
                                <ul class="flex flex-col gap-1 pt-1">{corrections}</ul>
                            </div>
                        }
                    })}
                <ul class="text-sm text-muted">
                    {history.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                </ul>
            </section>
            <section class="panel flex flex-col gap-3" aria-labelledby="why">
                <h2 id="why" class="text-xl">
                    "How this was worked out"
                </h2>
                <ul class="flex flex-col gap-2">
                    {why.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
                </ul>
                {view
                    .rules
                    .clone()
                    .map(|rules| {
                        view! {
                            <details class="text-sm text-muted">
                                <summary class="cursor-pointer w-fit">"Details"</summary>
                                <p>{rules}</p>
                            </details>
                        }
                    })}
            </section>
        </div>
    }
    .into_any()
}

/// AH7: what was asked and answered, the newest first; `answer` makes the form for an open one.
pub fn questions(queries: Vec<QueryView>, answer: impl Fn(String) -> AnyView) -> AnyView {
    let rows: Vec<AnyView> = queries
        .into_iter()
        .map(|query| {
            let id = query.id.clone();
            let rest = match query.answer {
                Some((by, at, words)) => view! {
                    <div class="border-l-2 border-base-300 pl-4">
                        <p class="text-sm text-muted">{format!("{by} answered, {at}")}</p>
                        <p class="whitespace-pre-line wrap-anywhere">{words}</p>
                    </div>
                }
                .into_any(),
                None => answer(id),
            };
            view! {
                <li class="panel flex flex-col gap-3">
                    <div>
                        <p class="text-sm text-muted">{format!("{} asked, {}", query.asked_by, query.asked)}</p>
                        <p class="whitespace-pre-line wrap-anywhere">{query.question}</p>
                    </div>
                    {rest}
                </li>
            }
            .into_any()
        })
        .collect();
    view! { <ul class="flex flex-col gap-3">{rows}</ul> }.into_any()
}

/// A vendor's packs with what they have earned and what comes next (§20, AH7).
pub fn vendor_packs(packs: Vec<VendorPack>, caption: &'static str, money: bool) -> AnyView {
    let mut columns = vec![
        Column::new("Client"),
        Column::new("Pack"),
        Column::new("Period"),
        Column::new("Used"),
        Column::numeric("Delivered"),
        Column::numeric("Waiting"),
    ];
    if money {
        columns.extend([
            Column::new("Payment"),
            Column::numeric("Earned"),
            Column::numeric("Paid"),
            Column::new("Next delivery adds"),
        ]);
    } else {
        columns.push(Column::new("Next period"));
    }
    let rows: Vec<AnyView> = packs
        .into_iter()
        .map(|pack| {
            let rest = if money {
                view! {
                    <Cell label="Payment">{pack.terms}</Cell>
                    <Cell label="Earned" numeric=true phone=Phone::End>
                        {pack.earned}
                    </Cell>
                    <Cell label="Paid" numeric=true>
                        {pack.paid}
                    </Cell>
                    <Cell label="Next delivery adds">{pack.adds}</Cell>
                }
                .into_any()
            } else {
                view! {
                    <Cell label="Next period" phone=Phone::End>
                        {match (pack.coming, pack.leaves) {
                            (false, true) => view! { <Badge text=pack.next tone=Tone::Warning/> }.into_any(),
                            (true, _) => view! { <StateWord text=pack.next tone=Tone::Info/> }.into_any(),
                            _ => view! { <span class="text-muted">{pack.next}</span> }.into_any(),
                        }}
                    </Cell>
                }
                .into_any()
            };
            let label = format!("{} · {}", pack.client, pack.pack);
            let usage = pack.usage;
            view! {
                <Row>
                    <RowHead>{pack.client}</RowHead>
                    <Cell label="Pack" phone=Phone::Line>
                        {pack.pack}
                    </Cell>
                    <Cell label="Period" phone=Phone::Line>
                        <span title=pack.until>{pack.period}</span>
                    </Cell>
                    <Cell label="Used">
                        {if pack.coming {
                            ().into_any()
                        } else {
                            view! { <Meter label usage=usage compact=true/> }.into_any()
                        }}
                    </Cell>
                    <Cell label="Delivered" numeric=true>
                        {pack.delivered}
                    </Cell>
                    <Cell label="Waiting" numeric=true>
                        {pack.waiting}
                    </Cell>
                    {rest}
                </Row>
            }
            .into_any()
        })
        .collect();
    view! {
        <DataTable caption=caption columns list=true>
            {rows}
        </DataTable>
    }
    .into_any()
}
