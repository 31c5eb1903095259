//! Tooltips: a few more words on hover and on focus. What must not be here: anything that a person needs.

use leptos::prelude::*;

/// Words that show on hover and on focus, tied to their trigger.
#[component]
pub fn Tooltip(
    /// The words.
    #[prop(into)]
    text: String,
    /// Makes the trigger itself focusable, where what is inside is not.
    #[prop(optional)]
    focusable: bool,
    /// An id; pages with several tooltips of the same words need none, the words are in the trigger's description.
    #[prop(optional, into)]
    id: Option<String>,
    /// What the words are about.
    children: Children,
) -> impl IntoView {
    let description = focusable.then(|| text.clone());
    view! {
        <span
            class="tip rounded-full"
            tabindex=focusable.then_some("0")
            aria-description=description
            role=focusable.then_some("note")
        >
            {children()}
            <span role="tooltip" id=id>
                {text}
            </span>
        </span>
    }
}
