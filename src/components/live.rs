//! Pages that follow what happens elsewhere: the server says that something has changed, never what, and the page reads
//! again what it shows.
//!
//! What must not be here: data. What must not depend on it: anything that works without JavaScript.

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};

/// Begins to listen, once for all pages of the frame: a page that is gone leaves nothing behind, and the next one misses
/// nothing.
pub fn provide_live() {
    let live = Live {
        version: RwSignal::new(0),
        missed: StoredValue::new(false),
    };
    provide_context(live);
    #[cfg(feature = "hydrate")]
    let seen = crate::api::kernel::use_page().0.with_untracked(|page| page.changes);
    super::effect(move || {
        let focus = window_event_listener(ev::focus, move |_| live.grow());
        let shown = window_event_listener_untyped("visibilitychange", move |_| live.catch_up());
        // Goes, and closes, with the frame.
        #[cfg(feature = "hydrate")]
        StoredValue::new_local(stream::Stream::open(&format!("/events?since={seen}"), move || {
            live.grow()
        }));
        on_cleanup(move || {
            focus.remove();
            shown.remove();
        });
    });
}

#[derive(Debug, Clone, Copy)]
struct Live {
    version: RwSignal<usize>,
    /// Something has changed while nobody could see the page.
    missed: StoredValue<bool>,
}

impl Live {
    /// The pages read again; a hidden one when it is seen. What a page shows counts as read (RQ3, §24): nobody reads in a tab at
    /// the back.
    fn grow(self) {
        let hidden = document().hidden();
        self.missed.try_set_value(hidden);
        if !hidden {
            let _ = self.version.try_update(|v| *v = v.wrapping_add(1));
        }
    }

    fn catch_up(self) {
        if self.missed.try_get_value() == Some(true) {
            self.grow();
        }
    }
}

/// Grows whenever something that this page may show has changed elsewhere, and when the window comes back to the front; while it
/// is hidden, once it is seen again. Make it part of a resource's source. Stands still on the server.
pub fn use_live() -> Signal<usize> {
    use_context::<Live>().map_or_else(|| Signal::stored(0), |live| live.version.into())
}

/// Has the page read again after so many seconds, because what it shows is under way. Once for each reading.
pub fn look_again(secs: u64) {
    let live = use_context::<Live>();
    super::effect(move || {
        let again = move || {
            if let Some(live) = live {
                live.grow();
            }
        };
        let timer = set_timeout_with_handle(again, std::time::Duration::from_secs(secs)).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
}

/// Calls `act` once `after` milliseconds have passed since `source` last changed; never for its first value, and not after
/// the page has gone.
pub fn use_settled<T>(source: impl Fn() -> T + 'static, after: u64, act: impl Fn(T) + Clone + 'static)
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let waiting = settle(source, after, act);
    on_cleanup(move || drop(taken(waiting)));
}

/// Where somebody goes who leaves a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// Nowhere: time has passed.
    No,
    /// To another page of the app.
    Page,
    /// The document goes: only what the browser sends by itself still arrives.
    Document,
}

/// The same for what must not be lost: what is still to come when the page goes is done as it goes.
pub fn use_kept<T>(
    source: impl Fn() -> T + 'static,
    after: u64,
    act: impl Fn(T, Leaves) + Clone + Send + Sync + 'static,
) where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let later = act.clone();
    let waiting = settle(source, after, move |value| later(value, Leaves::No));
    let at_once = move |leaves| {
        if let Some(value) = taken(waiting) {
            act(value, leaves);
        }
    };
    let hidden = at_once.clone();
    super::effect(move || {
        let hidden = hidden.clone();
        let gone = window_event_listener_untyped("pagehide", move |_| hidden(Leaves::Document));
        on_cleanup(move || gone.remove());
    });
    on_cleanup(move || at_once(Leaves::Page));
}

/// What is to come, and what it is about.
type Waiting<T> = StoredValue<Option<(TimeoutHandle, T)>>;

/// Takes back what is to come.
fn taken<T: Send + Sync + 'static>(waiting: Waiting<T>) -> Option<T> {
    let (timer, value) = waiting.try_update_value(Option::take).flatten()?;
    timer.clear();
    Some(value)
}

fn settle<T>(source: impl Fn() -> T + 'static, after: u64, act: impl Fn(T) + Clone + 'static) -> Waiting<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let waiting = StoredValue::new(None);
    let mut last = None;
    super::effect(move || {
        let value = source();
        let before = last.replace(value.clone());
        if before.is_some_and(|before| before != value) {
            drop(taken(waiting));
            let act = act.clone();
            let due = move || {
                if let Some(value) = taken(waiting) {
                    act(value);
                }
            };
            let timer = set_timeout_with_handle(due, std::time::Duration::from_millis(after));
            waiting.set_value(timer.ok().map(|timer| (timer, value)));
        }
    });
    waiting
}

#[cfg(feature = "hydrate")]
mod stream {
    use leptos::{
        wasm_bindgen::{JsCast, closure::Closure},
        web_sys::{EventSource, MessageEvent},
    };

    /// An open stream of the server; closed when dropped. The browser connects again by itself.
    pub struct Stream {
        source: Option<EventSource>,
        _told: Closure<dyn FnMut(MessageEvent)>,
    }

    impl Stream {
        pub fn open(url: &str, told: impl Fn() + 'static) -> Self {
            let told = Closure::wrap(Box::new(move |_: MessageEvent| told()) as Box<dyn FnMut(MessageEvent)>);
            let source = EventSource::new(url).ok();
            if let Some(source) = &source {
                source.set_onmessage(Some(told.as_ref().unchecked_ref()));
            }
            Self { source, _told: told }
        }
    }

    impl Drop for Stream {
        fn drop(&mut self) {
            if let Some(source) = &self.source {
                source.close();
            }
        }
    }
}
