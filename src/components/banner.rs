//! Banners: full width under the title; an icon, one sentence, at most two actions.

use super::{
    icon::{Glyph, Icon},
    tone::Tone,
};
use leptos::prelude::*;

/// A sentence that a person should meet before the page. `Danger` is an alert (grace, payment), the others a status
/// (§29.1).
#[component]
pub fn Banner(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// At most two buttons or links.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// One sentence.
    children: Children,
) -> impl IntoView {
    let (role, icon) = match tone {
        Tone::Danger => ("alert", Icon::Error),
        Tone::Warning => ("status", Icon::Warning),
        Tone::Success => ("status", Icon::Success),
        Tone::Neutral | Tone::Info => ("status", Icon::Info),
    };
    view! {
        <div
            role=role
            class=format!(
                "{} tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3",
                tone.class(),
            )
        >
            <div class="flex gap-3 grow">
                <Glyph icon class="size-5 shrink-0 mt-0.5"/>
                <p class="text-base-content">{children()}</p>
            </div>
            {actions
                .map(|actions| view! { <div class="flex flex-wrap gap-2 shrink-0 pl-8 sm:pl-0">{actions.run()}</div> })}
        </div>
    }
}
