//! The usage meter (IN4, WN1, WN2): how much of a period's units is used. The bar is SVG, because widths may not be
//! inline styles.

use domain::allowance::usage::{Usage, UsageLevel};
use leptos::prelude::*;

/// How wide the bar is, in tenths of a percent. A pack that is not empty never looks empty, one that is not used never
/// looks used, however large it is: the last unit is not rounded away.
fn fill_permille(usage: Usage) -> i64 {
    if usage.included <= 0 || usage.used <= 0 {
        0
    } else if usage.remaining() <= 0 {
        1000
    } else {
        (usage.used * 1000 / usage.included).clamp(10, 985)
    }
}

/// A share of a hundred with one decimal, as SVG takes it.
fn percent_text(permille: i64) -> String {
    format!("{}.{}%", permille / 10, permille % 10)
}

/// A bar of 8 px with a tick at 90%, "18 of 20 used", and beside it "2 left · renews Feb 28".
#[component]
pub fn Meter(
    /// The pack's name: the accessible name ("20 × Logo design").
    #[prop(into)]
    label: Signal<String>,
    /// Used and included units of the period.
    #[prop(into)]
    usage: Signal<Usage>,
    /// What follows "2 left · " on the second line ("renews Feb 28"); empty for none.
    #[prop(optional, into)]
    note: Signal<String>,
    /// What is left stands large above the bar, and only the note beside "18 of 20 used".
    #[prop(optional)]
    large: bool,
    /// What the note says at length, where a pointer rests on it.
    #[prop(optional, into)]
    tip: MaybeProp<String>,
    /// Only the bar and "18 of 20 used", for table cells.
    #[prop(optional)]
    compact: bool,
) -> impl IntoView {
    let words = move || usage.with(|u| format!("{} of {} used", u.used, u.included));
    let bare = move || match usage.get().remaining() {
        left if left <= 0 => "None left".to_owned(),
        left => format!("{left} left"),
    };
    let left = move || {
        let left = bare();
        let note = note.get();
        if note.is_empty() {
            left
        } else {
            format!("{left} · {note}")
        }
    };
    let level = move || match usage.get().level() {
        UsageLevel::Fine => "",
        UsageLevel::Warning | UsageLevel::LastUnit => "meter-warning",
        UsageLevel::Exhausted => "meter-exhausted",
    };
    let first = large.then(|| view! { <p class="mb-2 text-3xl font-semibold tracking-tight tabular">{bare}</p> });
    let second = (!compact).then(|| {
        view! { <span class="text-muted" title=move || tip.get()>{move || if large { note.get() } else { left() }}</span> }
    });
    view! {
        <div
            role="meter"
            aria-label=move || label.get()
            aria-valuemin="0"
            aria-valuemax=move || usage.get().included.to_string()
            aria-valuenow=move || usage.get().used.to_string()
            aria-valuetext=move || format!("{}, {}", words(), left())
            class="w-full min-w-24"
        >
            {first}
            <svg class=move || format!("meter-bar {}", level()) width="100%" height="8" aria-hidden="true">
                <rect class="track" width="100%" height="8" rx="4"></rect>
                <rect class="fill" width=move || percent_text(fill_permille(usage.get())) height="8" rx="4"></rect>
                <line class="tick" x1="90%" x2="90%" y1="0" y2="8"></line>
            </svg>
            <div class="mt-1.5 flex flex-wrap justify-between gap-x-3 text-sm tabular">
                <span class="font-semibold">{words}</span>
                {second}
            </div>
        </div>
    }
}

/// A bar of parts, each so many of `most` and of a class of its own ("fill", "added", "over"), one after the other; with a line
/// where `mark` stands. What it says stands in words beside it.
pub fn stacked(parts: &[(i64, &'static str)], most: i64, mark: Option<i64>) -> AnyView {
    let most = i128::from(most.max(1));
    let place = |units: i64| {
        percent_text(
            i64::try_from(i128::from(units.max(0)) * 1_000 / most)
                .unwrap_or(1_000)
                .min(1_000),
        )
    };
    let mut from = 0_i64;
    let mut rects = Vec::new();
    for (units, class) in parts {
        if *units > 0 {
            rects.push(view! { <rect class=*class x=place(from) width=place(*units) height="8"></rect> }.into_any());
            from = from.saturating_add(*units);
        }
    }
    let mark = mark.map(|at| {
        let at = place(at);
        view! { <line class="tick" x1=at.clone() x2=at y1="0" y2="8"></line> }
    });
    view! {
        <svg class="meter-bar" width="100%" height="8" aria-hidden="true">
            <rect class="track" width="100%" height="8" rx="4"></rect>
            {rects}
            {mark}
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wn1_the_last_unit_is_never_rounded_away() {
        let full = |used, included| fill_permille(Usage { used, included });
        assert_eq!(full(0, 20), 0);
        assert_eq!(full(20, 20), 1000);
        assert_eq!(full(9_999, 10_000), 985, "one unit of 10,000 left is still seen");
        assert_eq!(full(1, 10_000), 10, "one unit of 10,000 used is seen");
        assert_eq!(full(18, 20), 900);
        assert_eq!(full(0, 0), 0);
        assert_eq!(percent_text(905), "90.5%");
    }
}
