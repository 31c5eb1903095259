//! The pictures of a request (RQ9): tiles among the words, and the one that is looked at alone, over the page.
//!
//! A tile is a link to its picture, so it can be looked at without JavaScript too. Which picture is open is kept by the page and
//! named by its file, so that it stays when the request is read again.

use crate::{components::*, pages::work::pins::Pins};
use domain::work::view::{FileView, FilesView, PreviewView};
use leptos::{ev, html, prelude::*, web_sys};

/// The longest side of a thumbnail and of a large preview, in pixels.
const SIDES: (i64, i64) = (320, 1600);

/// A file that can be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The file.
    id: String,
    /// Its name.
    name: String,
    /// What it is of: "Version 2", "Attachment".
    of: String,
    /// Of the file, in pixels.
    size: (i64, i64),
    /// A checkerboard is drawn behind it.
    see_through: bool,
}

impl Picture {
    /// Those of some files.
    pub fn of(files: &[FileView], of: &str) -> Vec<Picture> {
        let pictures = files.iter().filter_map(|file| match file.preview {
            PreviewView::Made {
                width,
                height,
                see_through,
            } => Some(Picture {
                id: file.id.clone(),
                name: file.name.clone(),
                of: of.to_owned(),
                size: (width, height),
                see_through,
            }),
            _ => None,
        });
        pictures.collect()
    }

    /// All of a request, the newest version first and the attachments last.
    pub fn all(files: &FilesView) -> Vec<Picture> {
        let versions = files.versions.iter();
        let versions = versions.flat_map(|one| Picture::of(&one.files, &format!("Version {}", one.version)));
        versions.chain(Picture::of(&files.attachments, "Attachment")).collect()
    }

    fn thumbnail(&self) -> String {
        format!("/files/{}/thumbnail", self.id)
    }

    fn large(&self) -> String {
        format!("/files/{}/large", self.id)
    }

    /// Width and height of a preview within a square.
    fn within(&self, side: i64) -> (i64, i64) {
        let (width, height) = self.size;
        let longest = width.max(height).max(1);
        if longest <= side {
            return (width, height);
        }
        ((width * side / longest).max(1), (height * side / longest).max(1))
    }
}

/// Which picture is looked at: its file's id.
pub type LookedAt = RwSignal<Option<String>>;

/// A link to a picture is pressed: it opens over the page. With a key held down the browser opens it elsewhere.
pub(super) fn looks(event: &web_sys::MouseEvent, at: LookedAt, file: &str) {
    if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
        event.prevent_default();
        at.set(Some(file.to_owned()));
    }
}

/// The class of what stands behind a picture.
fn behind(see_through: bool, class: &str) -> String {
    if see_through {
        format!("{class} see-through")
    } else {
        class.to_owned()
    }
}

/// The mark of a file in a line of a list: a small picture of it, or a sign.
#[component]
pub fn FileMark(
    /// The file.
    id: String,
    /// What there is to be seen of it.
    preview: PreviewView,
) -> impl IntoView {
    match preview {
        PreviewView::Made { see_through, .. } => {
            let class = behind(
                see_through,
                "size-10 shrink-0 rounded-field border border-base-300 object-contain",
            );
            view! { <img class=class src=format!("/files/{id}/thumbnail") alt="" width="40" height="40" loading="lazy"/> }
                .into_any()
        }
        _ => view! {
            <span class="size-10 shrink-0 grid place-items-center rounded-field border border-base-300 text-muted">
                <Glyph icon=Icon::Receipt class="size-4"/>
            </span>
        }
        .into_any(),
    }
}

/// The picture at the beginning of a request's row.
#[component]
pub fn RowPicture(
    /// The file whose preview it is.
    file: Option<String>,
) -> impl IntoView {
    file.map(|id| {
        let src = format!("/files/{id}/thumbnail");
        view! { <img class="row-picture" src=src alt="" width="32" height="32" loading="lazy"/> }
    })
}

/// Pictures side by side; one alone is shown as large as the page lets it.
#[component]
pub fn Tiles(
    /// What they are: "Pictures of version 2".
    #[prop(into)]
    label: String,
    /// The pictures.
    pictures: Vec<Picture>,
    /// Opens one.
    at: LookedAt,
) -> impl IntoView {
    let pins = use_context::<Pins>();
    let alone = pictures.len() == 1;
    let class = if alone { "tiles tiles-one" } else { "tiles" };
    let tiles = pictures.into_iter().map(|picture| {
        let (width, height) = picture.within(SIDES.1);
        let id = picture.id.clone();
        let comments = pins.map(|pins| pins.by_hand(&picture.id, &picture.name));
        let sources = format!(
            "{} {}w, {} {width}w",
            picture.thumbnail(),
            picture.within(SIDES.0).0,
            picture.large()
        );
        let sizes = if alone { "(min-width: 64rem) 44rem, 90vw" } else { "(min-width: 40rem) 18rem, 45vw" };
        view! {
            <li>
                <a
                    class=behind(picture.see_through, "tile")
                    href=picture.large()
                    rel="external"
                    aria-label=format!("Look at {}", picture.name)
                    on:click=move |event| looks(&event, at, &id)
                >
                    <img src=picture.thumbnail() srcset=sources sizes=sizes alt="" width=width height=height loading="lazy"/>
                </a>
                <span class="block truncate text-sm text-muted pt-1">{picture.name}</span>
                {comments}
            </li>
        }
        .into_any()
    });
    let tiles = tiles.collect_view();
    view! { <ul class=class aria-label=label>{tiles}</ul> }.into_any()
}

/// One picture over the page, with those before and after it, as large as the window or as it is, alone or beside the same
/// picture of another version.
#[component]
pub fn Lightbox(
    /// All pictures of the page.
    pictures: Vec<Picture>,
    /// Which one is looked at; the browser's own closing is written back.
    at: LookedAt,
    /// What is said about them.
    pins: Pins,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let pictures = StoredValue::new(pictures);
    let zoomed = RwSignal::new(false);
    let beside = RwSignal::new(false);
    // `None` also where the picture is gone.
    let place = move || {
        let id = at.get()?;
        pictures.with_value(|all| all.iter().position(|one| one.id == id))
    };
    effect(move || {
        let Some(dialog) = node.get() else { return };
        match (place().is_some(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let step = move |by: isize| {
        let Some(here) = place() else { return };
        let next = pictures.with_value(|all| {
            let there = here.checked_add_signed(by).filter(|there| *there < all.len())?;
            Some(all[there].id.clone())
        });
        if next.is_some() {
            pins.left();
            at.set(next);
        }
    };
    let other = move || {
        let here = place()?;
        pictures.with_value(|all| counterpart(all, here).map(|there| all[there].clone()))
    };
    let keys = move |event: ev::KeyboardEvent| {
        // While a comment is written the picture stays.
        if let Some(taken) = pins.key(&event) {
            if taken {
                event.prevent_default();
            }
            return;
        }
        match event.key().as_str() {
            "ArrowLeft" => step(-1),
            "ArrowRight" => step(1),
            "+" | "=" => zoomed.set(true),
            "-" | "0" => zoomed.set(false),
            "c" if other().is_some() => beside.update(|beside| *beside = !*beside),
            _ => return,
        }
        event.prevent_default();
    };
    let shown = move || place().and_then(|here| pictures.with_value(|all| all.get(here).cloned()));
    let count = pictures.with_value(Vec::len);
    let body = move || {
        let picture = shown()?;
        let compared = other().filter(|_| beside.get());
        let two = compared.is_some();
        let panes = [compared, Some(picture)].into_iter().flatten();
        let panes = panes.map(|picture| pane(picture, zoomed, two, pins)).collect_view();
        Some(view! { <div class="lightbox-panes">{panes}</div> }.into_any())
    };
    let line = move || {
        let picture = shown()?;
        let words = format!("{}, {} × {} px", picture.of, picture.size.0, picture.size.1);
        Some(
            view! {
                <h2 id="lightbox-title" class="font-semibold truncate">{picture.name}</h2>
                <p class="text-sm text-muted truncate">{words}</p>
            }
            .into_any(),
        )
    };
    let save = move || {
        let picture = shown()?;
        Some(view! {
            <a class="btn btn-quiet btn-sm" href=format!("/files/{}", picture.id) download=picture.name rel="external">
                "Download"
            </a>
        }
        .into_any())
    };
    let compare = move || {
        let other = other()?;
        let words = if beside.get() {
            "Show one".to_owned()
        } else {
            format!("Compare with {}", other.of.to_lowercase())
        };
        Some(view! {
            <button type="button" class="btn btn-quiet btn-sm" on:click=move |_| beside.update(|beside| *beside = !*beside)>
                {words}
            </button>
        }
        .into_any())
    };
    let zoom_words = move || if zoomed.get() { "Zoom out" } else { "Zoom in" };
    let position = move || place().map(|here| format!("{} of {count}", here + 1));
    let at_first = move || place().is_none_or(|here| here == 0);
    let at_last = move || place().is_none_or(|here| here + 1 >= count);
    view! {
        <dialog
            node_ref=node
            class="lightbox"
            aria-labelledby="lightbox-title"
            on:close=move |_| {
                at.set(None);
                pins.left();
                zoomed.set(false);
                beside.set(false);
            }
            on:keydown=keys
        >
            <div class="lightbox-bar">
                <div class="min-w-0 grow">{line}</div>
                <span class="text-sm text-muted tabular whitespace-nowrap" aria-live="polite">{position}</span>
                {pins.begin(move || beside.set(false))}
                {compare}
                <button type="button" class="btn btn-quiet btn-sm" on:click=move |_| zoomed.update(|zoomed| *zoomed = !*zoomed)>
                    {zoom_words}
                </button>
                {save}
                <button type="button" class="btn btn-ghost btn-square btn-sm" aria-label="Close" on:click=move |_| at.set(None)>
                    <Glyph icon=Icon::Close/>
                </button>
            </div>
            <div class="lightbox-stage">
                <button
                    type="button"
                    class="btn btn-quiet btn-square lightbox-before"
                    aria-label="Previous picture"
                    hidden=at_first
                    on:click=move |_| step(-1)
                >
                    <Glyph icon=Icon::ChevronLeft/>
                </button>
                {body}
                <button
                    type="button"
                    class="btn btn-quiet btn-square lightbox-after"
                    aria-label="Next picture"
                    hidden=at_last
                    on:click=move |_| step(1)
                >
                    <Glyph icon=Icon::ChevronRight/>
                </button>
                {pins.note()}
            </div>
            {pins.beneath(at)}
        </dialog>
    }
    .into_any()
}

/// One picture of the lightbox; of two, each says what it is of.
fn pane(picture: Picture, zoomed: RwSignal<bool>, two: bool, pins: Pins) -> AnyView {
    let (width, height) = picture.within(SIDES.1);
    let caption = two.then(|| view! { <figcaption class="text-sm text-muted pb-1">{picture.of.clone()}</figcaption> });
    let alt = format!("{}, {}", picture.name, picture.of.to_lowercase());
    let class = behind(picture.see_through, "lightbox-picture");
    view! {
        <figure class="lightbox-pane" tabindex="0">
            {caption}
            <div class="lightbox-sheet">
                <img
                    class=class
                    class:zoomed=move || zoomed.get()
                    src=picture.large()
                    alt=alt
                    width=width
                    height=height
                    on:click=move |event| pins.clicked(&event)
                />
                {pins.points(picture.id, !two)}
            </div>
        </figure>
    }
    .into_any()
}

/// The picture to compare one with: in the version before, or else after, by the same name or else the same place.
fn counterpart(all: &[Picture], here: usize) -> Option<usize> {
    let one = all.get(here)?;
    let within = all.iter().take(here).filter(|other| other.of == one.of).count();
    // The newest version comes first, so the one before stands after it.
    let after = all.iter().skip(here).map(|other| &other.of).find(|of| **of != one.of);
    let before = all
        .iter()
        .take(here)
        .rev()
        .map(|other| &other.of)
        .find(|of| **of != one.of);
    let of = [after, before]
        .into_iter()
        .flatten()
        .find(|of| of.starts_with("Version"))?;
    if !one.of.starts_with("Version") {
        return None;
    }
    let there: Vec<usize> = (0..all.len()).filter(|at| all[*at].of == *of).collect();
    let named = there.iter().find(|at| all[**at].name == one.name);
    named.or(there.get(within)).or(there.first()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(id: &str, name: &str, of: &str) -> Picture {
        Picture {
            id: id.to_owned(),
            name: name.to_owned(),
            of: of.to_owned(),
            size: (4500, 5400),
            see_through: false,
        }
    }

    #[test]
    fn rq9_a_version_is_compared_with_the_one_before() {
        let all = [
            picture("a", "front.png", "Version 2"),
            picture("b", "back.png", "Version 2"),
            picture("c", "back.png", "Version 1"),
            picture("d", "front.png", "Version 1"),
            picture("e", "idea.png", "Attachment"),
        ];
        let pairs: Vec<Option<&str>> = (0..all.len())
            .map(|here| counterpart(&all, here).map(|there| all[there].id.as_str()))
            .collect();
        assert_eq!(pairs, [Some("d"), Some("c"), Some("b"), Some("a"), None]);
        assert_eq!(counterpart(&all[2..], 0), None, "one version has no other");
    }

    #[test]
    fn rq9_a_preview_keeps_its_proportions() {
        assert_eq!(picture("a", "x", "y").within(1600), (1333, 1600));
        let small = Picture {
            size: (90, 20),
            ..picture("a", "x", "y")
        };
        assert_eq!(small.within(1600), (90, 20));
    }
}
