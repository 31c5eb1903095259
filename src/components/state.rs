//! What stands where nothing stands yet: empty, loading and error states. Their heights are those of what comes.

use super::{
    button::{ButtonKind, ButtonLink},
    icon::{Glyph, Icon},
};
use domain::{AppError, shown::FirstStep};
use leptos::prelude::*;

/// What belongs here, why it is empty, and the one thing to do.
#[component]
pub fn EmptyState(
    /// A picture of what belongs here.
    #[prop(default = Icon::Inbox)]
    icon: Icon,
    /// "No requests yet".
    #[prop(into)]
    title: String,
    /// The one thing to do.
    #[prop(optional, into)]
    action: Option<ViewFn>,
    /// Why it is empty, in one sentence.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="border border-dashed border-base-300 rounded-box px-6 py-12 flex flex-col items-center text-center gap-2">
            <span class="size-11 rounded-full bg-base-200 inline-flex items-center justify-center text-muted mb-1">
                <Glyph icon class="size-5"/>
            </span>
            <h2 class="text-lg font-semibold">{title}</h2>
            <p class="text-muted max-w-[48ch]">{children()}</p>
            {action.map(|action| view! { <div class="pt-3">{action.run()}</div> })}
        </div>
    }
}

/// What somebody begins with, above everything else: each step leads to where it is done. Nothing without steps.
#[component]
pub fn FirstSteps(
    /// The steps, done or not.
    steps: Vec<FirstStep>,
) -> impl IntoView {
    (!steps.is_empty()).then(|| {
        let steps = steps.into_iter().map(|step| {
            let FirstStep { text, href, done } = step;
            let (icon, class, said) = if done {
                (Icon::Success, "text-success", "Done: ")
            } else {
                (Icon::ChevronRight, "text-muted", "")
            };
            let words = if done || href.is_empty() {
                view! { <span class="text-muted">{text}</span> }.into_any()
            } else {
                view! {
                    <a href=href class="text-primary underline underline-offset-2">
                        {text}
                    </a>
                }
                .into_any()
            };
            view! {
                <li class="flex items-center gap-2">
                    <span class=class>
                        <Glyph icon class="size-5 shrink-0"/>
                    </span>
                    <span class="sr-only">{said}</span>
                    {words}
                </li>
            }
        });
        let steps = steps.collect_view();
        view! {
            <section class="panel mb-8" aria-labelledby="first-steps">
                <h2 id="first-steps" class="text-lg mb-3">
                    "Get started"
                </h2>
                <ol class="flex flex-col gap-2">{steps}</ol>
            </section>
        }
    })
}

/// What stands where something is still on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skeleton {
    /// Nothing.
    None,
    /// That many lines of text.
    Text(usize),
    /// A table of that many rows.
    Table(usize),
    /// One panel.
    Card,
    /// A row of panels.
    Cards,
}

impl Skeleton {
    /// Its view.
    pub fn view(self) -> AnyView {
        match self {
            Skeleton::None => ().into_any(),
            Skeleton::Text(lines) => view! { <SkeletonText lines/> }.into_any(),
            Skeleton::Table(rows) => view! { <SkeletonTable rows/> }.into_any(),
            Skeleton::Card => view! { <SkeletonCard/> }.into_any(),
            Skeleton::Cards => view! {
                <div class="grid gap-4 sm:grid-cols-2 xl:grid-cols-3">
                    <SkeletonCard/>
                    <SkeletonCard/>
                    <SkeletonCard/>
                </div>
            }
            .into_any(),
        }
    }
}

/// Lines of text on their way.
#[component]
pub fn SkeletonText(
    /// How many lines.
    #[prop(default = 3)]
    lines: usize,
) -> impl IntoView {
    view! {
        <div class="flex flex-col gap-2" role="status" aria-label="Loading">
            {(0..lines)
                .map(|at| {
                    view! { <span class=if at + 1 == lines { "bone h-4 w-2/3" } else { "bone h-4 w-full" }></span> }
                })
                .collect_view()}
        </div>
    }
}

/// A panel with a title, a meter and a line on its way: a pack card's height.
#[component]
pub fn SkeletonCard() -> impl IntoView {
    view! {
        <div class="panel flex flex-col gap-3" role="status" aria-label="Loading">
            <span class="bone h-6 w-1/2"></span>
            <span class="bone h-2 w-full"></span>
            <span class="bone h-4 w-1/3"></span>
            <span class="bone h-9 w-28 mt-2"></span>
        </div>
    }
}

/// A table's rows on their way, 44 px each.
#[component]
pub fn SkeletonTable(
    /// How many rows.
    #[prop(default = 5)]
    rows: usize,
) -> impl IntoView {
    view! {
        <div class="border border-base-300 rounded-box bg-raised" role="status" aria-label="Loading">
            <div class="h-10 bg-base-200 rounded-t-box border-b border-base-300"></div>
            {(0..rows)
                .map(|_| {
                    view! {
                        <div class="h-11 px-4 flex items-center gap-6 border-b border-base-300 last:border-0">
                            <span class="bone h-4 grow"></span>
                            <span class="bone h-4 w-24"></span>
                            <span class="bone h-4 w-16"></span>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// What happened, what is safe, what to do now.
#[component]
pub fn ErrorState(
    /// What happened; its words are the error's own.
    error: AppError,
    /// What to do now besides going home: (where, words).
    #[prop(optional)]
    links: Vec<(String, String)>,
    /// Where the person's home is.
    #[prop(default = "/".to_owned(), into)]
    home: String,
    /// Only shown, on the page of the kit: the document's status stays.
    #[prop(optional)]
    example: bool,
) -> impl IntoView {
    if !example {
        // The page is the error: its answer says so, too (§25: a foreign id answers 404).
        answer(&error);
    }
    let title = match &error {
        AppError::NotFound => "Not found",
        AppError::Forbidden => "No access",
        AppError::SignInRequired => "Please sign in",
        AppError::Invalid { .. } => "Nothing to show",
        _ => "That didn't work",
    };
    let safe = match &error {
        AppError::NotFound => "Check the address. It may be mistyped, or you don't have access to it.",
        AppError::Forbidden => "Ask an owner or admin of your team for access.",
        AppError::SignInRequired => "You'll come back to this page afterwards.",
        // What a page reads by is its address: what is looked for, what is filtered by.
        AppError::Invalid { .. } => "Go back and change your search.",
        _ => "Reload the page to see the current state.",
    };
    let of_field = match &error {
        AppError::Invalid { fields } => fields.first().and_then(|wrong| error.of_field(&wrong.field)),
        _ => None,
    };
    let message = of_field.unwrap_or_else(|| error.message());
    let again = matches!(&error, AppError::Unreachable | AppError::Internal).then(|| {
        view! { <a href="" rel="external" class="btn btn-primary">"Try again"</a> }
    });
    view! {
        <div class="panel max-w-xl flex flex-col gap-2" role="alert">
            <span class="text-error">
                <Glyph icon=Icon::Error class="size-6"/>
            </span>
            <h2 class="text-xl">{title}</h2>
            <p>{message}</p>
            <p class="text-muted">{safe}</p>
            <div class="flex flex-wrap gap-2 pt-3">
                {links
                    .into_iter()
                    .map(|(href, words)| view! { <ButtonLink href kind=ButtonKind::Primary>{words}</ButtonLink> })
                    .collect_view()}
                {again}
                <ButtonLink href=home kind=ButtonKind::Secondary>
                    "Go home"
                </ButtonLink>
            </div>
        </div>
    }
}

/// Gives the document the status of the error that its page shows; nothing in the browser.
fn answer(error: &AppError) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) = (
        use_context::<leptos_axum::ResponseOptions>(),
        http::StatusCode::from_u16(error.status()),
    ) {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = error;
}
