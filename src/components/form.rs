//! What forms share: errors of a whole form, the focus on the first wrong field, the idempotency key.
//!
//! A form is one column, has `novalidate` (our words, not the browser's bubbles, say what is wrong), and its primary
//! button says what it does. What must not be here: validation; `domain` does it on both sides.

use super::{Glyph, icon::Icon, tone::Tone};
use domain::AppError;
use leptos::{prelude::*, web_sys};
use std::sync::Arc;

/// The errors of one form, from whatever the action answered.
///
/// ```ignore
/// let problems = save.problems();
/// view! { <TextField name="price" label="Monthly price" error=problems.field("price")/> }
/// ```
#[derive(Clone, Copy)]
pub struct Problems(pub Signal<Option<AppError>>);

impl Problems {
    /// From an action's value: `None` before it ran, then its result.
    pub fn of<T>(value: impl Fn() -> Option<Result<T, AppError>> + Send + Sync + 'static) -> Self {
        Problems(Signal::derive(move || value().and_then(Result::err)))
    }

    /// What is wrong with one field.
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.0.with(|error| error.as_ref().and_then(|e| e.of_field(name))))
    }

    /// The whole error.
    pub fn get(self) -> Option<AppError> {
        self.0.get()
    }
}

/// A form that asks for a page by its address, of which what is empty is left out.
#[component]
pub fn AskForm(
    /// The page.
    #[prop(into)]
    action: String,
    /// Its fields and its button.
    children: Children,
) -> impl IntoView {
    let filled = Arc::new(|sent: &web_sys::FormData| {
        let Ok(all) = web_sys::UrlSearchParams::new_with_str_sequence_sequence(sent) else {
            return;
        };
        let all = String::from(all.to_string());
        for (name, value) in form_urlencoded::parse(all.as_bytes()) {
            if value.trim().is_empty() {
                sent.delete(&name);
            }
        }
    });
    view! {
        <leptos_router::components::Form method="GET" action on_form_data=filled>
            {children()}
        </leptos_router::components::Form>
    }
}

/// What is wrong with the form as a whole, above its fields, as an alert; names the wrong fields as links to them.
///
/// When an error arrives the focus goes to the first wrong field, or here where no field is wrong.
#[component]
pub fn ErrorSummary(
    /// The form's errors.
    problems: Problems,
    /// Field name and label of each field, in the form's order.
    #[prop(optional)]
    labels: &'static [(&'static str, &'static str)],
    /// The same of fields that are a list's, known only as it is drawn.
    #[prop(optional)]
    rows: Vec<(String, String)>,
    /// Leaves the focus where it is.
    #[prop(optional)]
    still: bool,
) -> impl IntoView {
    super::effect(move || {
        if !still && problems.0.with(Option::is_some) {
            focus_first_invalid();
        }
    });
    move || {
        problems.get().map(|error| {
            let known = labels
                .iter()
                .map(|(name, label)| ((*name).to_owned(), (*label).to_owned()));
            let wrong: Vec<(String, String, String)> = known
                .chain(rows.iter().cloned())
                .filter_map(|(name, label)| error.of_field(&name).map(|why| (name, label, why)))
                .collect();
            let message = match wrong.len() {
                1 => "One field needs your attention.".to_owned(),
                _ => error.message(),
            };
            view! {
                <div
                    role="alert"
                    tabindex="-1"
                    data-error-summary=""
                    class="tone-danger tint border rounded-box px-4 py-3 flex gap-3"
                >
                    <Glyph icon=Icon::Error class="size-5 shrink-0 mt-0.5"/>
                    <div class="flex flex-col gap-1">
                        <p class="font-semibold">{message}</p>
                        {(!wrong.is_empty())
                            .then(|| {
                                view! {
                                    <ul class="text-sm list-disc pl-4">
                                        {wrong
                                            .into_iter()
                                            .map(|(name, label, why)| {
                                                view! {
                                                    <li>
                                                        <a class="underline" href=format!("#f-{name}") rel="external">
                                                            {label}
                                                        </a>
                                                        ": "
                                                        {why}
                                                    </li>
                                                }
                                            })
                                            .collect_view()}
                                    </ul>
                                }
                            })}
                    </div>
                </div>
            }
        })
    }
}

/// Puts the focus on the first control that is marked wrong, or on the error summary where there is none.
pub fn focus_first_invalid() {
    request_animation_frame(|| {
        // Two looks: the summary stands before the fields, and would be found first by one.
        let field = super::find(
            "input[aria-invalid=true], select[aria-invalid=true], textarea[aria-invalid=true], fieldset[aria-invalid=true] input",
        );
        let found = field.or_else(|| super::find("[data-error-summary]"));
        super::focus(found);
    });
}

/// A hidden key that makes a repeated submission (double click, back button, retry) the same submission.
///
/// The server makes the key with the form's data, so that both renderings of the page agree.
#[component]
pub fn IdempotencyKey(
    /// The key, unique to this rendering of the form.
    #[prop(into)]
    value: Signal<String>,
) -> impl IntoView {
    view! { <input type="hidden" name="idem_key" value=move || value.get()/> }
}

/// The row of buttons at a form's end: the primary action first in the order of reading.
#[component]
pub fn FormActions(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex flex-wrap items-center gap-3 pt-2">{children()}</div> }
}

/// Why the form looks as it does, or what is kept as a draft: a quiet line with an icon.
#[component]
pub fn FormNote(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// The sentence.
    children: Children,
) -> impl IntoView {
    let class = match tone {
        Tone::Neutral => "text-sm text-muted flex gap-2",
        Tone::Success => "text-sm text-success flex gap-2",
        Tone::Warning => "text-sm text-warning flex gap-2",
        Tone::Danger => "text-sm text-error flex gap-2",
        Tone::Info => "text-sm text-info flex gap-2",
    };
    view! {
        <p class=class>
            <Glyph icon=Icon::Info class="size-4 shrink-0 mt-0.5"/>
            <span>{children()}</span>
        </p>
    }
}
