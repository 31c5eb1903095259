//! Toasts: what just happened, in a corner, for a moment. Errors stay until they are dismissed. A message that the
//! server left (a flash, after a redirect) looks the same and is there without JavaScript. What can be taken back is, for ten
//! seconds, by a button; nothing waits for that.

use super::{
    icon::{Glyph, Icon},
    tone::Tone,
};
use crate::{
    api::kernel::{Flash, FlashTone, Undo},
    wire,
};
use leptos::prelude::*;
use std::time::Duration;

/// How long a message that is no error stays.
const STAYS: Duration = Duration::from_secs(6);
/// How long one stays that offers to take back what was done.
const OFFERS: Duration = Duration::from_secs(10);
/// Most messages at once; the oldest goes first.
const MOST: usize = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Toast {
    id: u32,
    tone: Tone,
    text: String,
    open: Option<String>,
    undo: Option<Undo>,
}

/// The messages in the corner; a context of the whole app ([`toasts`]).
#[derive(Debug, Clone, Copy)]
pub struct Toasts {
    /// In their order. One that is gone leaves its place empty, so that the others stay the elements that they are.
    list: RwSignal<Vec<Option<Toast>>>,
    next: StoredValue<u32>,
    held: RwSignal<bool>,
}

impl Default for Toasts {
    fn default() -> Self {
        Toasts {
            list: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            held: RwSignal::new(false),
        }
    }
}

impl Toasts {
    /// Says that something was done.
    pub fn success(self, text: impl Into<String>) {
        self.push(Tone::Success, text.into());
    }

    /// Says that something failed; stays until dismissed.
    pub fn error(self, text: impl Into<String>) {
        self.push(Tone::Danger, text.into());
    }

    /// Says something of another tone.
    pub fn push(self, tone: Tone, text: String) {
        self.put(tone, text, None, None);
    }

    /// Says what the server left to say.
    pub fn say(self, flash: Flash) {
        let tone = match flash.tone {
            FlashTone::Error => Tone::Danger,
            FlashTone::Success | FlashTone::Info => Tone::Success,
        };
        self.put(tone, flash.text, flash.open, flash.undo);
    }

    fn put(self, tone: Tone, text: String, open: Option<String>, undo: Option<Undo>) {
        let stays = if undo.is_some() { OFFERS } else { STAYS };
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.list.update(|list| {
            if list.iter().flatten().count() >= MOST
                && let Some(oldest) = list.iter_mut().find(|place| place.is_some())
            {
                *oldest = None;
            }
            list.push(Some(Toast {
                id,
                tone,
                text,
                open,
                undo,
            }));
        });
        if tone != Tone::Danger {
            self.expire(id, stays);
        }
    }

    /// Removes it after its time, or, where the pointer or the focus is on the messages, after one more.
    fn expire(self, id: u32, stays: Duration) {
        if cfg!(feature = "hydrate") {
            set_timeout(
                move || match self.held.try_get_untracked() {
                    Some(true) => self.expire(id, stays),
                    Some(false) => self.dismiss(id),
                    None => {}
                },
                stays,
            );
        }
    }

    fn dismiss(self, id: u32) {
        self.list.update(|list| {
            for place in list.iter_mut() {
                place.take_if(|toast| toast.id == id);
            }
            if list.iter().all(Option::is_none) {
                list.clear();
            }
        });
        // What had the pointer or the focus is gone, and says no more that they have left.
        if self.list.with_untracked(Vec::is_empty) {
            self.held.set(false);
        }
    }
}

/// The app's toasts.
pub fn toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_default()
}

fn look(tone: Tone) -> Icon {
    match tone {
        Tone::Success => Icon::Success,
        Tone::Danger => Icon::Error,
        Tone::Warning => Icon::Warning,
        Tone::Neutral | Tone::Info => Icon::Info,
    }
}

/// What one message looks like.
#[component]
pub fn ToastCard(
    /// What it means.
    tone: Tone,
    /// One sentence.
    #[prop(into)]
    text: String,
    /// Its button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="floating px-4 py-3 flex flex-wrap items-start gap-3">
            <span class=format!("{} text-(--tone)", tone.class())>
                <Glyph icon=look(tone) class="size-5 shrink-0 mt-0.5"/>
            </span>
            <p class="grow basis-40 min-w-0 wrap-anywhere" role=(tone == Tone::Danger).then_some("alert")>{text}</p>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// Where toasts appear; once in the app.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let all = toasts();
    view! {
        <div
            role="region"
            aria-label="Notifications"
            class="toast-region fixed z-50 bottom-20 md:bottom-6 inset-x-4 md:right-auto md:left-26 lg:left-66 md:w-96 pointer-events-none"
            on:mouseenter=move |_| all.held.set(true)
            on:mouseleave=move |_| all.held.set(false)
            on:focusin=move |_| all.held.set(true)
            on:focusout=move |_| all.held.set(false)
        >
            <ol class="flex flex-col gap-2" aria-live="polite">
                {move || {
                    all.list
                        .get()
                        .into_iter()
                        .map(|toast| toast.map_or_else(|| ().into_any(), |toast| view! { <ToastItem toast/> }.into_any()))
                        .collect_view()
                }}
            </ol>
        </div>
    }
}

/// One message, and how it goes.
#[component]
fn ToastItem(
    /// The message.
    toast: Toast,
) -> impl IntoView {
    let all = toasts();
    let id = toast.id;
    let undoing = wire::undoing();
    let open = toast.open.map(|href| {
        view! {
            <a href=href class="btn btn-quiet btn-sm -my-1 shrink-0" on:click=move |_| all.dismiss(id)>
                "Open"
            </a>
        }
    });
    let undo = toast.undo.map(|undo| {
        let press = move |_| {
            undoing.post(undo.clone());
            all.dismiss(id);
        };
        view! {
            <button type="button" class="btn btn-quiet btn-sm -my-1 shrink-0" on:click=press>
                "Undo"
            </button>
        }
    });
    view! {
        <li class="toast-item pointer-events-auto">
            <ToastCard tone=toast.tone text=toast.text>
                {open}
                {undo}
                <button
                    type="button"
                    class="btn btn-ghost btn-square btn-xs"
                    aria-label="Dismiss"
                    on:click=move |_| all.dismiss(id)
                >
                    <Glyph icon=Icon::Close class="size-4"/>
                </button>
            </ToastCard>
        </li>
    }
}
