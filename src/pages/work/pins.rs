//! Comments on pictures (RQ3, RQ9): points over the large picture with what was written there, all of it beneath, and the form for
//! one more. Each is a message of the request's stream.
//!
//! Which point is being chosen is kept by the page, so that it stays when the request is read again. Without JavaScript the
//! comments stand under their picture, with a form for one about all of it.

use crate::{
    api::{kernel::typed, work::CommentOnFile},
    components::*,
    wire::{PostForm, Posting, posting},
};
use domain::work::{
    pin::Place,
    view::{Entry, MessageView, RequestView},
};
use leptos::{ev, prelude::*, wasm_bindgen::JsCast as _, web_sys};

/// What someone wrote, as HTML that `server::markdown` made of it.
pub(super) fn prose(html: String) -> AnyView {
    view! { <div class="prose-lite wrap-anywhere" inner_html=html></div> }.into_any()
}

/// A comment that is being written, and one that is read; kept by the page.
#[derive(Clone, Copy)]
pub struct Pinning {
    /// Where it is to be; none: nothing is being written.
    point: RwSignal<Option<Place>>,
    /// The point is chosen, and the words follow.
    chosen: RwSignal<bool>,
    /// The message whose point is under the pointer or has the focus.
    read: RwSignal<Option<String>>,
    post: Posting<CommentOnFile>,
}

/// For a page: nothing is written yet.
pub fn pinning() -> Pinning {
    let new = Pinning {
        point: RwSignal::new(None),
        chosen: RwSignal::new(false),
        read: RwSignal::new(None),
        post: posting(),
    };
    effect(move || {
        if matches!(new.post.get(), Some(Ok(()))) {
            new.end();
        }
    });
    new
}

impl Pinning {
    /// Chooses the place; the words follow.
    fn choose(self, place: Place) {
        self.point.set(Some(place));
        self.chosen.set(true);
        then_focus("#comment-words");
    }

    /// Nothing is written any more.
    fn drop_it(self) {
        self.point.set(None);
        self.chosen.set(false);
    }

    fn end(self) {
        self.drop_it();
        then_focus(".lightbox-add");
    }
}

/// What is said about the files of a request, and what it takes to say more; a context of its page.
#[derive(Clone, Copy)]
pub struct Pins {
    known: StoredValue<Known>,
    new: Pinning,
}

#[derive(Default)]
struct Known {
    said: Vec<MessageView>,
    form_key: String,
    names: Vec<String>,
    may_write: bool,
    sees_notes: bool,
}

/// Puts the focus on what is there by the next frame.
fn then_focus(selector: &'static str) {
    request_animation_frame(move || {
        focus(find(selector));
    });
}

/// A point of a picture as a drawing, 26 pixels wide however large the picture is; `inner` are words and shapes of ours.
fn point(place: Place, attributes: &str, inner: &str) -> String {
    let (x, y) = place.percent();
    format!(r#"<svg x="{x}" y="{y}"><g {attributes}><circle r="13"/>{inner}</g></svg>"#)
}

impl Pins {
    /// Of a request.
    pub fn of(view: &RequestView, new: Pinning) -> Self {
        let messages = view.stream.iter().filter_map(Entry::message);
        Pins {
            known: StoredValue::new(Known {
                said: messages.filter(|message| message.pin.is_some()).cloned().collect(),
                form_key: view.form_key.clone(),
                names: view.names.clone(),
                may_write: view.may_write,
                sees_notes: view.sees_notes,
            }),
            new,
        }
    }

    fn with<T: Default>(self, read: impl FnOnce(&Known) -> T) -> T {
        self.known.try_with_value(read).unwrap_or_default()
    }

    /// What is said about a file, the oldest first.
    fn about(self, file: &str) -> Vec<MessageView> {
        let of = |message: &&MessageView| message.pin.as_ref().is_some_and(|pin| pin.file == file);
        self.with(|known| known.said.iter().filter(of).cloned().collect())
    }

    /// The points over a picture. Of two pictures side by side, none gets a new one.
    pub fn points(self, file: String, alone: bool) -> AnyView {
        let new = self.new;
        let shapes = move || {
            let said = self.about(&file).into_iter().filter_map(|message| {
                let pin = message.pin?;
                let (id, mark) = (message.id, pin.mark);
                let class = if message.internal { "point point-note" } else { "point" };
                let attributes = format!(
                    r#"class="{class}" tabindex="0" role="img" aria-label="Comment {mark}" aria-describedby="said-{id}" data-said="{id}""#
                );
                Some(point(pin.place?, &attributes, &format!(r#"<text dy=".35em">{mark}</text>"#)))
            });
            let cross = r#"<path d="M-6 0H6M0-6V6"/>"#;
            let next = new.point.get().filter(|_| alone);
            let next = next.map(|place| point(place, r#"class="point point-new" aria-hidden="true""#, cross));
            said.chain(next).collect::<String>()
        };
        let reads = move |event: &web_sys::Event| {
            let target = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let point = target.and_then(|target| target.closest("[data-said]").ok().flatten());
            new.read.set(point.and_then(|point| point.get_attribute("data-said")));
        };
        view! {
            <svg
                class="points"
                class:choosing=move || new.point.get().is_some()
                role="group"
                aria-label="Points with comments"
                inner_html=shapes
                on:focusin=move |event| reads(&event)
                on:focusout=move |_| new.read.set(None)
                on:mouseover=move |event| reads(&event)
                on:mouseout=move |_| new.read.set(None)
            ></svg>
        }
        .into_any()
    }

    /// The comment of the point that is looked at. Whoever does not see it has it beneath.
    pub fn note(self) -> AnyView {
        let note = move || {
            let id = self.new.read.get()?;
            let message = self.with(|known| known.said.iter().find(|one| one.id == id).cloned())?;
            Some(
                view! { <div class="said-note floating" aria-hidden="true" inert=true>{said(message)}</div> }
                    .into_any(),
            )
        };
        note.into_any()
    }

    /// The button that begins a comment.
    pub fn begin(self, begins: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
        let new = self.new;
        let add = move || {
            let offered = self.with(|known| known.may_write) && new.point.get().is_none();
            offered.then(|| {
                view! {
                    <button
                        type="button"
                        class="btn btn-quiet btn-sm lightbox-add"
                        on:click=move |_| {
                            begins();
                            new.point.set(Some(Place::CENTER));
                            then_focus(".lightbox-pane");
                        }
                    >
                        "Add a comment"
                    </button>
                }
                .into_any()
            })
        };
        add.into_any()
    }

    /// Another picture is looked at, or none: what was not sent is not about that one.
    pub fn left(self) {
        self.new.drop_it();
        self.new.read.set(None);
    }

    /// Somebody clicks on the large picture.
    pub fn clicked(self, event: &web_sys::MouseEvent) {
        if self.new.point.get_untracked().is_some() {
            let picture = event_target::<web_sys::HtmlElement>(event);
            let size = (picture.offset_width(), picture.offset_height());
            self.new.choose(Place::at((event.offset_x(), event.offset_y()), size));
        }
    }

    /// A key is pressed: whether it belongs to the comment that is being written. `None`: nothing is.
    pub fn key(self, event: &ev::KeyboardEvent) -> Option<bool> {
        let new = self.new;
        let point = new.point.get_untracked()?;
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let on_picture = target.is_some_and(|target| target.class_list().contains("lightbox-pane"));
        let (right, down) = match event.key().as_str() {
            "Escape" if !event.is_composing() => {
                new.end();
                return Some(true);
            }
            _ if !on_picture => return Some(false),
            "Enter" => {
                new.choose(point);
                return Some(true);
            }
            "ArrowLeft" => (-1, 0),
            "ArrowRight" => (1, 0),
            "ArrowUp" => (0, -1),
            "ArrowDown" => (0, 1),
            _ => return Some(false),
        };
        new.point.set(Some(point.moved(right, down)));
        Some(true)
    }

    /// Beneath the picture: how a point is chosen, the form, and what has been said.
    pub fn beneath(self, at: RwSignal<Option<String>>) -> AnyView {
        let new = self.new;
        let choosing = move || new.point.get().filter(|_| !new.chosen.get());
        let how = move || {
            choosing().map(|_| "Click the picture, or move the point with the arrow keys and press Enter. Esc cancels.")
        };
        let where_to = move || {
            choosing().map(|place| {
                let (x, y) = place.percent();
                format!("{x} from the left, {y} from the top")
            })
        };
        let list = move || {
            let all = self.about(&at.get()?);
            (!all.is_empty()).then(|| comments(all, true))
        };
        let form = self.with(|known| known.may_write).then(|| {
            let (id, names) = ("comment-words", self.with(|known| known.names.clone()));
            view! {
                <div hidden=move || !new.chosen.get()>
                    <PostForm action=new.post class="flex flex-col gap-3 max-w-2xl">
                        <ErrorSummary problems=new.post.problems()/>
                        <input type="hidden" name="file" value=move || at.get()/>
                        <input type="hidden" name="place" value=move || new.point.get().map(|place| place.to_string())/>
                        {self.fields(id.to_owned(), "Comment".to_owned(), names, (new.post.problems().field("body"), true))}
                        <FormActions>
                            <Button submit=true kind=ButtonKind::Primary pending=new.post.pending()>
                                "Send comment"
                            </Button>
                            <button type="button" class="btn btn-quiet" on:click=move |_| new.end()>
                                "Cancel"
                            </button>
                        </FormActions>
                    </PostForm>
                </div>
            }
        });
        view! {
            <div class="lightbox-below">
                <p class="text-sm text-muted empty:hidden">{how}</p>
                <p role="status" class="sr-only">
                    {where_to}
                </p>
                {form}
                {list}
            </div>
        }
        .into_any()
    }

    /// The key, the words, and for the agency whether they are a note.
    fn fields(
        self,
        id: String,
        label: String,
        names: Vec<String>,
        (error, refill): (Signal<Option<String>>, bool),
    ) -> AnyView {
        let (form_key, sees_notes) = self.with(|known| (known.form_key.clone(), known.sees_notes));
        let note = sees_notes.then(|| {
            let id = format!("{id}-note");
            view! {
                <CheckboxField name="internal" label="Internal note" help="Only the agency's team can see this." id/>
            }
        });
        view! {
            <input type="hidden" name="form_key" value=form_key/>
            <TextArea name="body" label rows=3 error id names refill/>
            {note}
        }
        .into_any()
    }

    /// Without JavaScript: what has been said about a picture, and a form for more.
    pub fn by_hand(self, file: &str, name: &str) -> AnyView {
        let all = self.about(file);
        let list = (!all.is_empty()).then(|| comments(all, false));
        let form = self.with(|known| known.may_write).then(|| {
            let (file, words) = (file.to_owned(), format!("Comment on {name}"));
            // What was refused is said where it was typed, and in no other picture's form.
            let refused = typed("file").is_some_and(|of| of == file);
            let error = self.new.post.problems().field("body");
            let error = Signal::derive(move || error.get().filter(|_| refused));
            let (id, label) = (format!("comment-{file}"), words.clone());
            view! {
                <details open=refused>
                    <summary class="cursor-pointer text-sm underline underline-offset-2">{words}</summary>
                    <PostForm action=self.new.post class="flex flex-col gap-3 pt-3">
                        <input type="hidden" name="file" value=file/>
                        {self.fields(id, label, Vec::new(), (error, refused))}
                        <FormActions>
                            <Button submit=true small=true>
                                "Send comment"
                            </Button>
                        </FormActions>
                    </PostForm>
                </details>
            }
        });
        view! { <div class="by-hand flex flex-col gap-3 pt-2">{list} {form}</div> }.into_any()
    }
}

/// What has been said about a picture. Its points are described by the lines, where they are shown too.
fn comments(all: Vec<MessageView>, described: bool) -> AnyView {
    let lines = all.into_iter().map(|message| {
        let id = described.then(|| format!("said-{}", message.id));
        view! { <li id=id>{said(message)}</li> }
    });
    let lines = lines.collect_view();
    // What may have to be scrolled can be reached by keys.
    let tabindex = described.then_some("0");
    view! { <ol class="flex flex-col gap-3" aria-label="Comments" tabindex=tabindex>{lines}</ol> }.into_any()
}

/// A comment: which, whose, when, and what it says.
fn said(message: MessageView) -> AnyView {
    let mark = message.pin.map(|pin| pin.mark);
    let note = message
        .internal
        .then(|| view! { <Badge text="Internal note" tone=Tone::Warning/> });
    view! {
        <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span class="font-semibold tabular">{mark}</span>
            <span class="font-semibold">{message.author}</span>
            {note}
            <span class="text-sm text-muted">
                <Time iso=message.at.iso text=message.at.text/>
            </span>
        </div>
        {prose(message.body)}
    }
    .into_any()
}
