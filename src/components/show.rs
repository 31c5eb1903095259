//! Small pieces that show one value: time, money, a person, a figure with its course, a course of events, keys.

use super::{
    icon::{Glyph, Icon},
    tone::Tone,
};
use domain::{Cents, Currency, shown::Moment};
use leptos::prelude::*;

/// An instant: the absolute words, and the relative ones beside, never alone. The server makes both (it has the zone and
/// the clock).
#[component]
pub fn Time(
    /// RFC 3339, UTC.
    #[prop(into)]
    iso: String,
    /// "Feb 28, 2027, 12:22 PM CT".
    #[prop(into)]
    text: String,
    /// "in 3 days".
    #[prop(optional, into)]
    relative: MaybeProp<String>,
) -> impl IntoView {
    // Where it has to break it breaks between the day and the time of day.
    let text = match text.rsplit_once(", ") {
        Some((day, clock)) => format!("{}, {}", day.replace(' ', "\u{a0}"), clock.replace(' ', "\u{a0}")),
        None => text,
    };
    view! {
        <span>
            <time datetime=iso class="tabular">
                {text}
            </time>
            {relative
                .get_untracked()
                .map(|relative| view! { " " <span class="text-muted text-sm whitespace-nowrap">{format!("· {relative}")}</span> })}
        </span>
    }
}

/// An instant or a day in a column of a list: short, and the whole behind it.
#[component]
pub fn ShortTime(
    /// The instant.
    moment: Moment,
) -> impl IntoView {
    view! {
        <time datetime=moment.iso title=moment.text class="tabular">
            {moment.short}
        </time>
    }
}

/// An amount with its sign and two decimals; figures of equal width.
#[component]
pub fn Money(
    /// The amount.
    amount: Cents,
    /// Its currency; US dollars unless said otherwise.
    #[prop(default = Currency::USD)]
    currency: Currency,
) -> impl IntoView {
    view! { <span class="tabular whitespace-nowrap">{amount.show(currency)}</span> }
}

/// A person's or a company's initials; the name stands beside it, so it is hidden from assistive technology.
#[component]
pub fn Avatar(
    /// The name.
    #[prop(into)]
    name: String,
    /// 24 px instead of 32 px.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let initials: String = words
        .next()
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect();
    let size = if small {
        "size-6 text-[0.625rem]"
    } else {
        "size-8 text-xs"
    };
    view! {
        <span
            aria-hidden="true"
            class=format!(
                "{size} tone-info tint border shrink-0 inline-flex items-center justify-center rounded-full font-semibold",
            )
        >
            {initials}
        </span>
    }
}

/// The points of a line of 100 × 28, the last at the right edge, in integers.
fn spark_points(values: &[i64]) -> String {
    let (low, high) = (
        values.iter().min().copied().unwrap_or(0),
        values.iter().max().copied().unwrap_or(0),
    );
    let span = (high - low).max(1);
    let steps = (values.len() as i64 - 1).max(1);
    values
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let y = if high == low {
                14
            } else {
                26 - (value - low) * 24 / span
            };
            format!("{},{}", at as i64 * 100 / steps, y)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// The course of a figure, beside its words; decoration, because the words say it.
#[component]
pub fn Sparkline(
    /// Oldest first.
    #[prop(into)]
    values: Vec<i64>,
) -> impl IntoView {
    view! {
        <svg
            class="spark"
            width="100%"
            height="28"
            viewBox="0 0 100 28"
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <polyline points=spark_points(&values)></polyline>
        </svg>
    }
}

/// A figure with its label, its change in words and its course. A click opens what proves it.
#[component]
pub fn Kpi(
    /// "Packs Profit".
    #[prop(into)]
    label: String,
    /// "$12,450.00".
    #[prop(into)]
    figure: String,
    /// "+ $1,200 against Feb 1–10".
    #[prop(optional, into)]
    change: MaybeProp<String>,
    /// The course, oldest first.
    #[prop(optional, into)]
    values: Option<Vec<i64>>,
    /// The report that proves it.
    #[prop(optional, into)]
    href: MaybeProp<String>,
    /// Label and figure in one line, above a list.
    #[prop(optional)]
    slim: bool,
) -> impl IntoView {
    let (class, size) = if slim {
        (
            "panel panel-slim relative flex items-baseline justify-between gap-3",
            "text-lg",
        )
    } else {
        (
            "panel relative flex flex-col gap-1 has-[a:hover]:border-control",
            "text-xl sm:text-2xl",
        )
    };
    let title = match href.get_untracked() {
        Some(href) => view! {
            <a class="row-link" href=href>
                {label}
            </a>
        }
        .into_any(),
        None => label.into_any(),
    };
    view! {
        <div class=class>
            <h3 class="text-sm text-muted font-normal">{title}</h3>
            <p class=format!("{size} font-semibold tabular tracking-tight")>{figure}</p>
            {change.get_untracked().map(|change| view! { <p class="text-sm text-muted">{change}</p> })}
            {values
                .filter(|values| values.len() > 1)
                .map(|values| view! { <div class="pt-2"><Sparkline values/></div> })}
        </div>
    }
}

/// What happened, one line an event, newest last. Children are [`TimelineItem`]s.
#[component]
pub fn Timeline(
    /// What it is about: "History of request 1042".
    #[prop(into)]
    label: String,
    /// The events.
    children: Children,
) -> impl IntoView {
    view! {
        <ol class="course @container" aria-label=label>
            {children()}
        </ol>
    }
}

/// One event, its instant at the right.
#[component]
pub fn TimelineItem(
    /// RFC 3339, UTC.
    #[prop(into)]
    iso: String,
    /// "Feb 28, 12:22 PM CT".
    #[prop(into)]
    at: String,
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// Who did what.
    children: Children,
) -> impl IntoView {
    view! {
        <li>
            <span class=format!("course-dot {}", tone.class()) aria-hidden="true"></span>
            <div class="flex flex-col @lg:flex-row @lg:justify-between gap-x-4">
                <div>{children()}</div>
                <time datetime=iso class="text-sm text-muted tabular whitespace-nowrap @lg:pt-0.5">
                    {at}
                </time>
            </div>
        </li>
    }
}

/// A label and its value, in pairs; for the facts of one thing. Children are [`Fact`]s.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">{children()}</dl> }
}

/// One fact.
#[component]
pub fn Fact(
    /// "Renews".
    #[prop(into)]
    label: String,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <dt class="font-normal text-muted">{label}</dt>
        <dd class="min-w-0 [overflow-wrap:anywhere]">{children()}</dd>
    }
}

/// A key to press.
#[component]
pub fn Key(
    /// "g", "⌘↵".
    #[prop(into)]
    name: String,
) -> impl IntoView {
    view! { <kbd class="kbd-hint">{name}</kbd> }
}

/// Copies a text; appears once the page is hydrated, because it needs a script.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for the accessible name: "link", "request number".
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    let copied = RwSignal::new(false);
    super::effect(move || ready.set(true));
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        {
            drop(window().navigator().clipboard().write_text(&text));
            copied.set(true);
            set_timeout(
                move || {
                    let _ = copied.try_set(false);
                },
                std::time::Duration::from_secs(2),
            );
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = &text;
    };
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-square btn-xs"
            class:invisible=move || !ready.get()
            aria-label=format!("Copy {what}")
            on:click=copy
        >
            {move || {
                if copied.get() {
                    view! { <Glyph icon=Icon::Check class="size-4 text-success"/> }
                } else {
                    view! { <Glyph icon=Icon::Copy class="size-4"/> }
                }
            }}
            <span class="sr-only" aria-live="polite">
                {move || copied.get().then_some("Copied")}
            </span>
        </button>
    }
}

/// Light, dark, or as the system: a form that posts to `/theme`, so that the next page comes in the right colours.
#[component]
pub fn ThemeToggle(
    /// `light`, `dark` or `system`.
    #[prop(into)]
    now: Signal<String>,
    /// What it chooses.
    #[prop(default = "Theme".to_owned(), into)]
    label: String,
) -> impl IntoView {
    let choices = vec![
        ("light", "Light", Some(Icon::Sun)),
        ("dark", "Dark", Some(Icon::Moon)),
        ("system", "System", Some(Icon::Monitor)),
    ];
    looks(label, "theme", now, choices)
}

/// How high rows are, in the same way.
#[component]
pub fn RowsToggle(
    /// `comfortable` or `compact`.
    #[prop(into)]
    now: Signal<String>,
) -> impl IntoView {
    let choices = vec![("comfortable", "Roomy rows", None), ("compact", "Compact rows", None)];
    looks("Rows of lists".to_owned(), "rows", now, choices)
}

/// Buttons of a form, of which one is chosen.
fn looks(
    label: String,
    name: &'static str,
    now: Signal<String>,
    choices: Vec<(&'static str, &'static str, Option<Icon>)>,
) -> AnyView {
    let choices = choices.into_iter().map(|(value, words, icon)| {
        let pressed = move || if now.get() == value { "true" } else { "false" };
        view! {
            <button
                type="submit"
                name=name
                value=value
                aria-pressed=pressed
                class="flex-1 inline-flex items-center justify-center gap-1.5 h-8 pointer-coarse:h-11 px-2 rounded-md text-sm text-muted hover:text-base-content aria-pressed:bg-raised aria-pressed:text-base-content aria-pressed:font-semibold aria-pressed:border aria-pressed:border-base-300"
            >
                {icon.map(|icon| view! { <Glyph icon class="size-4 shrink-0"/> })}
                {words}
            </button>
        }
    });
    view! {
        <form method="post" action="/theme" aria-label=label class="flex gap-1 p-1 rounded-lg bg-base-200">
            {choices.collect_view()}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_drawn_in_integers_and_a_flat_one_in_the_middle() {
        assert_eq!(spark_points(&[0, 5, 10]), "0,26 50,14 100,2");
        assert_eq!(spark_points(&[7, 7]), "0,14 100,14");
        assert_eq!(spark_points(&[]), "");
    }
}
