//! Dialogs: native `<dialog>`, 480 px wide, a sheet on phones. The title is a question or a verb, the consequence stands
//! in numbers before the button. Opening, Escape and the return of the focus are the browser's.
//!
//! Without JavaScript, browsers that know `command="show-modal"` open it all the same; for what must work everywhere,
//! link to a page of its own.

use super::{
    button::ButtonKind,
    icon::{Glyph, Icon},
};
use leptos::{html, prelude::*};

/// A dialog that a signal opens and closes.
#[component]
pub fn Dialog(
    /// Its id; [`DialogButton`] names it.
    #[prop(into)]
    id: String,
    /// A question or a verb: "Unsubscribe from 20 × Logo design?"
    #[prop(into)]
    title: Signal<String>,
    /// Open or not. The browser's own closing (Escape, a click beside it) is written back.
    open: RwSignal<bool>,
    /// What it asks, and its buttons (in [`DialogActions`]).
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    super::effect(move || {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let title_id = format!("{id}-title");
    let command = until_hydrated("close");
    view! {
        <dialog
            node_ref=node
            id=id.clone()
            class="dialog floating"
            aria-labelledby=title_id.clone()
            closedby="any"
            on:close=move |_| open.set(false)
        >
            <div class="flex items-start justify-between gap-4 px-6 pt-5">
                <h2 id=title_id.clone() class="text-xl">
                    {move || title.get()}
                </h2>
                <button
                    type="button"
                    class="btn btn-ghost btn-square btn-sm -mr-2"
                    aria-label="Close"
                    command=move || command.get()
                    commandfor=id.clone()
                    on:click=move |_| open.set(false)
                >
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            <div class="px-6 pt-3 pb-6 flex flex-col gap-4">{children()}</div>
        </dialog>
    }
}

/// An invoker command for as long as no script answers the click; afterwards it would do the same a second time.
fn until_hydrated(command: &'static str) -> RwSignal<Option<&'static str>> {
    let value = RwSignal::new(Some(command));
    super::effect(move || value.set(None));
    value
}

/// The buttons at a dialog's end: the action first, then the way out.
#[component]
pub fn DialogActions(
    /// The buttons.
    children: Children,
) -> impl IntoView {
    view! { <div class="flex flex-col sm:flex-row-reverse gap-2 pt-2">{children()}</div> }
}

/// The button that opens a dialog.
#[component]
pub fn DialogButton(
    /// The dialog's id.
    #[prop(into)]
    dialog: String,
    /// Its signal.
    open: RwSignal<bool>,
    /// Secondary unless said otherwise.
    #[prop(optional)]
    kind: ButtonKind,
    /// 32 px instead of 40 px high.
    #[prop(optional)]
    small: bool,
    /// An icon before the words.
    #[prop(optional_no_strip, into)]
    icon: Option<Icon>,
    /// The words.
    children: Children,
) -> impl IntoView {
    let command = until_hydrated("show-modal");
    view! {
        <super::Button
            kind
            small
            icon=icon
            attr:aria-haspopup="dialog"
            attr:command=move || command.get()
            attr:commandfor=dialog
            on:click=move |_| open.set(true)
        >
            {children()}
        </super::Button>
    }
}
