//! Buttons and links that look like buttons. A button does something here; a link goes somewhere.

use super::icon::{Glyph, Icon};
use leptos::{prelude::*, web_sys::MouseEvent};

/// How much a button asks for attention. A page has one primary action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one action that the page is for.
    Primary,
    /// Every other action.
    #[default]
    Secondary,
    /// Actions inside rows and bars.
    Ghost,
    /// What cannot be undone.
    Danger,
}

impl ButtonKind {
    const fn class(self, small: bool) -> &'static str {
        match (self, small) {
            (ButtonKind::Primary, false) => "btn btn-primary",
            (ButtonKind::Primary, true) => "btn btn-sm btn-primary",
            (ButtonKind::Secondary, false) => "btn btn-quiet",
            (ButtonKind::Secondary, true) => "btn btn-sm btn-quiet",
            (ButtonKind::Ghost, false) => "btn btn-ghost",
            (ButtonKind::Ghost, true) => "btn btn-sm btn-ghost",
            (ButtonKind::Danger, false) => "btn btn-error",
            (ButtonKind::Danger, true) => "btn btn-sm btn-error",
        }
    }
}

/// What Enter in a field does: a browser presses the first button of the form that submits, whatever it says. First in a form
/// whose first button does something else.
#[component]
pub fn DefaultButton(
    /// Enter does nothing: where boxes are ticked, and each button decides about them in its own way.
    #[prop(optional)]
    nothing: bool,
) -> impl IntoView {
    view! { <button type="submit" class="sr-only" tabindex="-1" aria-hidden="true" disabled=nothing></button> }
}

/// A `<button>`. Attributes go on it from outside: `attr:name="intent" attr:value="approve"`. Handlers do not: where the view is
/// drawn again, one that was spread onto a component stays what it was before.
#[component]
pub fn Button(
    /// Primary, secondary (default), ghost or danger.
    #[prop(optional)]
    kind: ButtonKind,
    /// 32 px instead of 40 px high.
    #[prop(optional)]
    small: bool,
    /// Submits its form; otherwise it is `type="button"`.
    #[prop(optional)]
    submit: bool,
    /// Its action is under way: shows progress, keeps its size and its focus, and ignores clicks.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// Why it cannot be used now, as a sentence; empty while it can. It stays focusable and says why.
    #[prop(optional, into)]
    blocked: MaybeProp<String>,
    /// An icon before the words.
    #[prop(optional_no_strip, into)]
    icon: Option<Icon>,
    /// What it does in the browser.
    #[prop(optional, into)]
    press: Option<Callback<MouseEvent>>,
    /// The words: what it does.
    children: Children,
) -> impl IntoView {
    let idle = move || !pending.get() && blocked.get().is_none();
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class(small)
            aria-busy=move || pending.get().then_some("true")
            aria-disabled=move || blocked.get().map(|_| "true")
            aria-description=move || blocked.get()
            title=move || blocked.get()
            on:click:capture=move |event| {
                if !idle() {
                    event.prevent_default();
                    event.stop_immediate_propagation();
                } else if let Some(press) = press {
                    press.run(event);
                }
            }
        >
            {move || {
                pending
                    .get()
                    .then(|| view! { <span class="loading loading-spinner loading-xs" aria-hidden="true"></span> })
            }}
            {icon.map(|icon| view! { <Glyph icon/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button, for going to a page that does something.
#[component]
pub fn ButtonLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Primary, secondary (default), ghost or danger.
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
    view! {
        <a href=href class=kind.class(small)>
            {icon.map(|icon| view! { <Glyph icon/> })}
            {children()}
        </a>
    }
}

/// A page's primary action where that makes something new; the key `n` follows it.
#[component]
pub fn NewLink(
    /// The form.
    href: &'static str,
    /// The words.
    words: &'static str,
) -> impl IntoView {
    view! {
        <ButtonLink href kind=ButtonKind::Primary icon=Icon::Plus attr:data-key="n">
            {words}
        </ButtonLink>
    }
}

/// A square button with an icon only; the label is what assistive technology and the tooltip say.
#[component]
pub fn IconButton(
    /// Which icon.
    icon: Icon,
    /// What it does, in words.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    view! {
        <button type="button" class="btn btn-ghost btn-square btn-sm" aria-label=label.clone() title=label>
            <Glyph icon/>
        </button>
    }
}

/// A link in running text.
#[component]
pub fn TextLink(
    /// Where it goes.
    #[prop(into)]
    href: String,
    /// Leaves the product: opens in a new tab and says so.
    #[prop(optional)]
    external: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    const CLASS: &str = "text-primary underline underline-offset-2 decoration-1 hover:decoration-2";
    view! {
        <a
            href=href
            class=CLASS
            target=external.then_some("_blank")
            rel=external.then_some("noopener noreferrer")
        >
            {children()}
            {external
                .then(|| {
                    view! {
                        <Glyph icon=Icon::External class="size-3.5 inline ml-1 align-[-2px]"/>
                        <span class="sr-only">" (opens in a new tab)"</span>
                    }
                })}
        </a>
    }
}
