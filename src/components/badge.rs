//! Badges: a dot and words. The words carry the meaning, the colour repeats it.

use super::{tone::Tone, tooltip::Tooltip};
use domain::{Coverage, RequestStatus};
use leptos::prelude::*;

/// A dot and words.
#[component]
pub fn Badge(
    /// The words.
    #[prop(into)]
    text: Signal<String>,
    /// What they mean.
    #[prop(optional, into)]
    tone: Signal<Tone>,
) -> impl IntoView {
    view! {
        <span class=move || {
            format!(
                "{} tint border inline-flex align-middle items-center gap-1.5 h-6 px-2 rounded-full text-sm font-semibold whitespace-nowrap",
                tone.get().class(),
            )
        }>
            <span class="size-1.5 rounded-full bg-current" aria-hidden="true"></span>
            {move || text.get()}
        </span>
    }
}

/// IN1: how a pack covers a request, in IN1's words. Nothing where there was no pack.
#[component]
pub fn CoverageBadge(
    /// The stored decision (IN2: never computed again).
    coverage: Coverage,
    /// The stored words: "Included in Pack", "2 of 3 in Pack", "Overage · $25.00"; for vendors IN3's.
    #[prop(into)]
    text: String,
    /// IN1: pack, period and who pays.
    #[prop(optional, into)]
    tip: MaybeProp<String>,
) -> impl IntoView {
    let tone = match coverage {
        Coverage::None => return ().into_any(),
        Coverage::Included => Tone::Success,
        Coverage::Partial => Tone::Warning,
        Coverage::Overage => Tone::Neutral,
    };
    match tip.get_untracked() {
        Some(tip) => view! {
            <Tooltip text=tip focusable=true>
                <Badge text tone/>
            </Tooltip>
        }
        .into_any(),
        None => view! { <Badge text tone/> }.into_any(),
    }
}

/// What a request's status means.
pub const fn status_tone(status: RequestStatus) -> Tone {
    match status {
        RequestStatus::Draft | RequestStatus::Cancelled => Tone::Neutral,
        RequestStatus::PaymentPending | RequestStatus::InReview => Tone::Warning,
        RequestStatus::PaymentFailed => Tone::Danger,
        RequestStatus::Submitted | RequestStatus::InProgress => Tone::Info,
        RequestStatus::Approved => Tone::Success,
    }
}

/// A state in a column of a list: a dot and the word, quieter than a badge, which is for what is an exception.
#[component]
pub fn StateWord(
    /// The word.
    #[prop(into)]
    text: String,
    /// What it means; the dot's color.
    #[prop(optional)]
    tone: Tone,
    /// Not begun: the dot is a ring.
    #[prop(optional)]
    ring: bool,
) -> impl IntoView {
    let dot = if ring {
        "size-2 rounded-full border-2 border-(--tone)"
    } else {
        "size-2 rounded-full bg-(--tone)"
    };
    view! {
        <span class=format!("{} inline-flex items-center gap-2 whitespace-nowrap", tone.class())>
            <span class=dot aria-hidden="true"></span>
            {text}
        </span>
    }
}

/// A request's status in a column of a list: a badge only where it waits for whoever reads.
#[component]
pub fn StatusWord(
    /// The status.
    status: RequestStatus,
    /// Whoever reads is the client: a delivery and a failed payment wait for them.
    #[prop(optional)]
    for_client: bool,
) -> impl IntoView {
    if for_client && matches!(status, RequestStatus::InReview | RequestStatus::PaymentFailed) {
        return view! { <StatusBadge status/> }.into_any();
    }
    let ring = matches!(status, RequestStatus::Draft | RequestStatus::Submitted);
    view! { <StateWord text=status.label() tone=status_tone(status) ring/> }.into_any()
}

/// IN1 in a column of a list: what is included is the rule and stands quietly; a badge is an exception.
#[component]
pub fn CoverageWord(
    /// The stored decision.
    coverage: Coverage,
    /// The stored words.
    #[prop(into)]
    text: String,
    /// IN1: pack, period and who pays; shown by the browser, because a hint of ours would be cut at the cell's edge.
    #[prop(optional, into)]
    tip: String,
) -> impl IntoView {
    let tip = (!tip.is_empty()).then_some(tip);
    if coverage == Coverage::Included {
        return view! { <span class="text-muted" title=tip>{text}</span> }.into_any();
    }
    view! {
        <span title=tip>
            <CoverageBadge coverage text/>
        </span>
    }
    .into_any()
}

/// A request's status (RQ1).
#[component]
pub fn StatusBadge(
    /// The status.
    status: RequestStatus,
) -> impl IntoView {
    view! { <Badge text=status.label() tone=status_tone(status)/> }
}
