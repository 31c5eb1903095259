//! `/admin/kit`: every component in every state.
use crate::components::*;
use leptos::prelude::*;

/// The kit.
#[component]
pub fn Kit() -> impl IntoView {
    view! { <PageHeader title="Interface kit"/> }
}
