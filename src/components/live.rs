//! Pages that follow what happens elsewhere: the server says that something has changed, never what, and the page reads
//! again what it shows.
//!
//! What must not be here: data. What must not depend on it: anything that works without JavaScript.

use leptos::{ev, prelude::*};

/// Grows whenever something that this page may show has changed elsewhere, and when the window comes back to the front.
/// Make it part of a resource's source. Stands still on the server.
pub fn use_live() -> Signal<u32> {
    let version = RwSignal::new(0_u32);
    Effect::new(move |_| {
        let grow = move || {
            let _ = version.try_update(|v| *v = v.wrapping_add(1));
        };
        let focus = window_event_listener(ev::focus, move |_| grow());
        // Goes, and closes, with the page.
        #[cfg(feature = "hydrate")]
        StoredValue::new_local(stream::Stream::open("/events", grow));
        on_cleanup(move || focus.remove());
    });
    version.into()
}

/// Calls `act` once `after` milliseconds have passed since `source` last changed; never for its first value.
pub fn use_settled<T>(source: impl Fn() -> T + 'static, after: u64, act: impl Fn(T) + Clone + 'static)
where
    T: Clone + PartialEq + 'static,
{
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<T>| {
        let now = source();
        if before.is_some_and(|before| before != now) {
            if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
                handle.clear();
            }
            let (act, value) = (act.clone(), now.clone());
            let handle = set_timeout_with_handle(move || act(value), std::time::Duration::from_millis(after));
            waiting.set_value(handle.ok());
        }
        now
    });
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
