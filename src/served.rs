//! Pages that only show. The server draws them, in a document as well as after a click, and the browser puts what it
//! drew into the page: no code of theirs, and none of the words they are made of, is part of the wasm.
//!
//! A page that reacts to what a person does before anything is posted (it fills in, selects, quotes) is hydrated instead
//! (`wire::read`). Forms and links of a served page are those that work without JavaScript. With it no new document is
//! loaded: the router hears of every click, and a form is posted here as the browser would post it, so that there is one
//! way through the server and not two.
//!
//! What must not be here: anything of one page.

use leptos::prelude::*;

/// Draws a page on the server, so that nothing of it is handed over to the browser but its markup.
#[cfg(not(feature = "hydrate"))]
pub fn draw(page: fn() -> AnyView) -> AnyView {
    let page = leptos::reactive::owner::Owner::with_no_hydration(page);
    // Of the same shape as in the browser, whose title follows the page.
    view! {
        <leptos_meta::Title/>
        <div class="contents" data-served="">
            {page}
        </div>
    }
    .into_any()
}

/// The same place in the browser: takes what the server drew as it stands, and asks for it again when the address changes
/// or, if it is `live`, when something has changed elsewhere.
#[cfg(feature = "hydrate")]
pub fn follow(live: bool) -> AnyView {
    browser::follow(live)
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::{
        components::{self, Toasts},
        wire,
    };
    use domain::AppError;
    use leptos::{html, prelude::*, reactive::owner::Owner, wasm_bindgen::JsCast, web_sys};
    use leptos_meta::Title;
    use leptos_router::{
        NavigateOptions,
        hooks::{use_location, use_navigate},
    };
    use server_fn::error::ServerFnUrlError;

    /// What stands there until the server has answered.
    const SKELETON: &str = r#"<div role="status" aria-label="Loading" class="flex flex-col gap-4"><span class="bone h-8 w-1/3"></span><span class="bone h-11 w-full"></span><span class="bone h-11 w-full"></span><span class="bone h-11 w-full"></span><span class="bone h-11 w-full"></span></div>"#;
    /// What every title ends with, and the document's own formatter adds.
    const OWN: &str = " · Monthly Packs";

    /// An address within the app, with its query.
    fn address() -> Option<String> {
        let place = window().location();
        Some(place.pathname().ok()? + &place.search().ok()?)
    }

    fn own_words(title: &str) -> String {
        title.strip_suffix(OWN).unwrap_or(title).to_owned()
    }

    /// One served page as it stands.
    #[derive(Clone, Copy)]
    struct Here {
        node: NodeRef<html::Div>,
        title: RwSignal<String>,
        /// The address whose page is shown; none at first after a click.
        shown: StoredValue<Option<String>>,
        /// How far reading it again is.
        reading: StoredValue<Reads>,
        /// Whether it is to be read again after a while.
        waits: StoredValue<bool>,
        toasts: Toasts,
    }

    pub fn follow(live: bool) -> AnyView {
        let taken_over = Owner::current_shared_context().is_some_and(|shared| shared.during_hydration());
        let here = Here {
            node: NodeRef::new(),
            title: RwSignal::new(if taken_over {
                own_words(&document().title())
            } else {
                String::new()
            }),
            shown: StoredValue::new(taken_over.then(address).flatten()),
            reading: StoredValue::new(Reads::Not),
            waits: StoredValue::new(false),
            toasts: expect_context::<Toasts>(),
        };
        let location = use_location();
        let changes = components::use_live();
        let mut first = taken_over;
        components::effect(move || {
            location.pathname.track();
            location.search.track();
            if live {
                changes.track();
            }
            if std::mem::take(&mut first) {
                request_animation_frame(move || wait(here));
            } else {
                leptos::task::spawn_local(async move {
                    // When the person leaves for another page, this one is gone by then and asks for nothing.
                    leptos::task::tick().await;
                    if !here.title.is_disposed() {
                        again(here).await;
                    }
                });
            }
        });
        let navigate = use_navigate();
        let submit = move |event: web_sys::SubmitEvent| {
            let navigate = navigate.clone();
            post(here, &event, move |to: &str| navigate(to, NavigateOptions::default()));
        };
        let change = move |event: web_sys::Event| {
            let field = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
            let Some(field) = field else { return };
            let form = field
                .closest("form[data-at-once]")
                .ok()
                .flatten()
                .and_then(|form| form.dyn_into::<web_sys::HtmlFormElement>().ok());
            if let Some(form) = form {
                drop(form.request_submit());
            }
            // The header's checkbox ticks the rows' ones.
            if let (Some(name), Some(place)) = (field.get_attribute("data-all"), here.node.get_untracked()) {
                for box_ in all(&place, &format!("input[name='{name}']")) {
                    if let Some(box_) = box_.dyn_ref::<web_sys::HtmlInputElement>() {
                        box_.set_checked(field.checked());
                    }
                }
            }
        };
        let skeleton = if taken_over { "" } else { SKELETON };
        let title = here.title;
        view! {
            <Title text=move || title.get()/>
            <div class="contents" data-served="" node_ref=here.node inner_html=skeleton on:submit=submit on:change=change></div>
        }
        .into_any()
    }

    /// One reading at a time: of many changes that come while one is under way, the next one shows all.
    #[derive(Clone, Copy, PartialEq)]
    enum Reads {
        Not,
        Now,
        NowAndAgain,
    }

    /// Reads the page again at the address where the browser is.
    async fn again(here: Here) {
        if here.reading.try_get_value() != Some(Reads::Not) {
            let _ = here.reading.try_set_value(Reads::NowAndAgain);
            return;
        }
        loop {
            let _ = here.reading.try_set_value(Reads::Now);
            once(here).await;
            if here.reading.try_get_value() != Some(Reads::NowAndAgain) {
                break;
            }
        }
        let _ = here.reading.try_set_value(Reads::Not);
    }

    async fn once(here: Here) {
        let Some(asked) = address() else { return };
        let stays = |here: Here| here.shown.with_value(|shown| shown.as_ref() == Some(&asked));
        let answer = wire::document_at(&asked, stays(here)).await;
        if here.title.is_disposed() || address().as_deref() != Some(&asked) {
            return;
        }
        let first = here.shown.with_value(Option::is_none);
        let Some(read) = answer.ok().and_then(|text| parse(&text)) else {
            // Offline, or the server is being replaced: what stands there stays. Where nothing does, the browser tries.
            if first {
                reload();
            }
            return;
        };
        let same_page = stays(here);
        here.shown.set_value(Some(asked));
        show(here, &read, same_page);
    }

    /// Signed out meanwhile, or another kind of page: the browser goes there by itself.
    fn reload() {
        drop(window().location().reload());
    }

    /// A document that the server sent, not part of the page.
    fn parse(text: &str) -> Option<web_sys::DocumentFragment> {
        let template = document().create_element("template").ok()?;
        let template: web_sys::HtmlTemplateElement = template.dyn_into().ok()?;
        template.set_inner_html(text);
        Some(template.content())
    }

    fn found(read: &web_sys::DocumentFragment, selector: &str) -> Option<web_sys::Element> {
        read.query_selector(selector).ok().flatten()
    }

    fn show(here: Here, read: &web_sys::DocumentFragment, same_page: bool) {
        let (Some(place), Some(drawn)) = (here.node.get_untracked(), found(read, "[data-served]")) else {
            return reload();
        };
        let title = found(read, "title").and_then(|title| title.text_content());
        here.title.set(own_words(&title.unwrap_or_default()));
        if let Some(flash) = found(read, "[data-flash]") {
            let words = flash.text_content().unwrap_or_default();
            if flash.get_attribute("data-flash").as_deref() == Some("error") {
                here.toasts.error(words);
            } else {
                here.toasts.success(words);
            }
        }
        replace(&place, &drawn.inner_html(), same_page);
        wait(here);
    }

    /// What shows something that is under way says after how many seconds it is worth another look.
    fn wait(here: Here) {
        let place = here.node.try_get_untracked().flatten();
        let waiting = place.and_then(|place| place.query_selector("[data-again]").ok().flatten());
        let secs = waiting.and_then(|it| it.get_attribute("data-again")?.parse().ok());
        let Some(secs) = secs.filter(|_| here.waits.try_get_value() == Some(false)) else {
            return;
        };
        here.waits.set_value(true);
        set_timeout(
            move || {
                if here.waits.try_set_value(false).is_none() {
                    leptos::task::spawn_local(again(here));
                }
            },
            std::time::Duration::from_secs(secs),
        );
    }

    /// Posts a form of ours as the browser would, and shows where the server leads.
    fn post(here: Here, event: &web_sys::SubmitEvent, navigate: impl Fn(&str) + 'static) {
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok());
        let Some(form) = form.filter(|_| !event.default_prevented()) else {
            return;
        };
        let path = form.get_attribute("action").unwrap_or_default();
        if !path.starts_with("/api/") && path != wire::FILES {
            return;
        }
        // What cannot be read as a form is left to the browser, which posts it by itself.
        let (body, files) = if form.has_attribute("enctype") {
            let Ok(files) = web_sys::FormData::new_with_form(&form) else {
                return;
            };
            (String::new(), Some(files))
        } else {
            let pairs = leptos::form::form_data_from_event(event)
                .ok()
                .and_then(|data| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&data).ok());
            let Some(body) = pairs.and_then(|pairs| pairs.to_string().as_string()) else {
                return;
            };
            (body, None)
        };
        event.prevent_default();
        if form.has_attribute("aria-busy") {
            return;
        }
        let index = here.node.get_untracked().and_then(|place| {
            let element: &web_sys::Element = &form;
            of_action(&place, &path).iter().position(|one| one == element)
        });
        let busy = [
            Some(web_sys::Element::from(form.clone())),
            event.submitter().and_then(|e| e.dyn_into().ok()),
        ];
        for element in busy.iter().flatten() {
            drop(element.set_attribute("aria-busy", "true"));
        }
        leptos::task::spawn_local(async move {
            let answer = match files {
                Some(files) => wire::post_files_by_hand(&path, files).await,
                None => wire::post_by_hand(&path, body.clone()).await,
            };
            for element in busy.iter().flatten() {
                drop(element.remove_attribute("aria-busy"));
            }
            if here.title.is_disposed() {
                return;
            }
            let read = answer.ok().and_then(|(to, text)| Some((to, parse(&text)?)));
            let Some((to, read)) = read else {
                if form.has_attribute("data-at-once") {
                    form.reset();
                }
                here.toasts
                    .error("The server did not answer. Nothing was changed; try again.");
                return;
            };
            let refused = refusal(&to);
            let current = window().location().pathname().unwrap_or_default();
            let landed = to.split(['?', '#']).next().unwrap_or_default();
            // What the last page left to say was told to this answer. A refusal stands in the address for those without
            // scripts only.
            if landed != current || (refused.is_none() && address().as_deref() != Some(&to)) {
                here.shown.set_value(Some(to.clone()));
                navigate(&to);
            }
            // Other forms that somebody has begun stay as they are.
            drop(form.set_attribute(POSTED, ""));
            show(here, &read, landed == current);
            let Some(refused) = refused else { return };
            if let (Some(place), Some(index)) = (here.node.get_untracked(), index)
                && let Some(form) = of_action(&place, &path).get(index)
            {
                keep_typed(form, &body);
            }
            if found(&read, "[data-error-summary]").is_some() {
                components::focus_first_invalid();
            } else {
                here.toasts.error(refused.message());
            }
        });
    }

    /// Why a post was refused: it stands in the address that the server leads to.
    fn refusal(to: &str) -> Option<AppError> {
        let (_, query) = to.split_once('?')?;
        let error = web_sys::UrlSearchParams::new_with_str(query).ok()?.get("__err")?;
        Some(ServerFnUrlError::<AppError>::decode_err(&error))
    }

    /// The forms that post to one place: a page may have several, one a row.
    fn of_action(place: &web_sys::Element, path: &str) -> Vec<web_sys::Element> {
        all(place, &format!("form[action='{path}']"))
    }

    /// Puts back what was typed into a form that was refused.
    fn keep_typed(form: &web_sys::Element, body: &str) {
        let Ok(typed) = web_sys::UrlSearchParams::new_with_str(body) else {
            return;
        };
        // Several fields may have one name: the lines of a list.
        let mut taken: Vec<String> = Vec::new();
        let mut next = |name: String| {
            let nth = taken.iter().filter(|one| **one == name).count();
            let value = typed.get_all(&name).get(nth as u32).as_string();
            taken.push(name);
            value.unwrap_or_default()
        };
        for field in all(form, "input, select, textarea") {
            if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
                match input.type_().as_str() {
                    "hidden" | "file" => {}
                    "checkbox" | "radio" => input.set_checked(
                        typed
                            .get_all(&input.name())
                            .iter()
                            .any(|value| value.as_string().as_ref() == Some(&input.value())),
                    ),
                    _ => input.set_value(&next(input.name())),
                }
            } else if let Some(select) = field.dyn_ref::<web_sys::HtmlSelectElement>() {
                select.set_value(&next(select.name()));
            } else if let Some(area) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
                area.set_value(&next(area.name()));
            }
        }
    }

    /// Where a person can be within what is replaced.
    const PLACES: &str = "a[href], button, summary, [tabindex='0']";

    fn all(place: &web_sys::Element, selector: &str) -> Vec<web_sys::Element> {
        let Ok(list) = place.query_selector_all(selector) else {
            return Vec::new();
        };
        (0..list.length())
            .filter_map(|index| list.item(index)?.dyn_into().ok())
            .collect()
    }

    /// Marks a form that was answered, until what was answered stands in its place.
    const POSTED: &str = "data-posted";

    /// Whether somebody has begun to fill a form in.
    fn begun(form: &web_sys::Element) -> bool {
        all(form, "input, textarea, select").iter().any(|field| {
            if let Some(input) = field.dyn_ref::<web_sys::HtmlInputElement>() {
                input.checked() != input.default_checked()
                    || (input.type_() != "hidden" && input.value() != input.default_value())
            } else if let Some(area) = field.dyn_ref::<web_sys::HtmlTextAreaElement>() {
                area.default_value().is_ok_and(|given| given != area.value())
            } else {
                false
            }
        })
    }

    /// Puts new markup in the place of the old. When it is the same page read again, the focus and what was unfolded stay;
    /// so do forms that somebody is filling in, with their keys and versions.
    fn replace(place: &web_sys::HtmlDivElement, drawn: &str, same_page: bool) {
        if !same_page {
            place.set_inner_html(drawn);
            return;
        }
        let active = document()
            .active_element()
            .filter(|active| place.contains(Some(active)));
        let part = active
            .as_ref()
            .and_then(|active| Some(active.closest("[tabindex='-1'][id]").ok()??.id()));
        let is_active = |element: &web_sys::Element| active.as_ref() == Some(element);
        let at = |selector: &str, chosen: &dyn Fn(&web_sys::Element) -> bool| -> Vec<(usize, web_sys::Element)> {
            all(place, selector)
                .into_iter()
                .enumerate()
                .filter(|(_, element)| chosen(element))
                .collect()
        };
        let focused = at(PLACES, &is_active);
        let unfolded = at("details", &|details| details.has_attribute("open"));
        let forms = at("form", &|form| {
            let held = begun(form) || form.has_attribute("aria-busy");
            !form.has_attribute(POSTED) && (held || all(form, "input, textarea, select").iter().any(is_active))
        });
        let actions: Vec<Option<String>> = forms.iter().map(|(_, form)| form.get_attribute("action")).collect();
        place.set_inner_html(drawn);
        let new_forms = all(place, "form");
        for ((index, form), action) in forms.into_iter().zip(actions) {
            if let Some(new) = new_forms.get(index).filter(|new| new.get_attribute("action") == action) {
                drop(new.replace_with_with_node_1(&form));
            }
        }
        let words = |details: &web_sys::Element| {
            let summary = details.query_selector("summary").ok().flatten();
            summary.and_then(|summary| summary.text_content())
        };
        let folded = all(place, "details");
        for (index, old) in unfolded {
            let answered = old.query_selector("[data-posted]").ok().flatten().is_some();
            if let Some(new) = folded.get(index).filter(|new| !answered && words(new) == words(&old)) {
                drop(new.set_attribute("open", ""));
            }
        }
        // The same field, link or button again; where it is gone, the part of the page that it was in, or the title.
        let Some(active) = active else { return };
        let part_id = part.unwrap_or_default();
        let id = active.id();
        let by_id = (!id.is_empty()).then(|| all(place, "[id]").into_iter().find(|e| e.id() == id));
        let at_its_place = focused
            .first()
            .and_then(|(index, _)| all(place, PLACES).get(*index).cloned());
        let same = at_its_place.filter(|new| new.text_content() == active.text_content());
        let still = place.contains(Some(&active)).then_some(active);
        let again = still.or(by_id.flatten()).or(same);
        let part = (!part_id.is_empty()).then(|| all(place, "[tabindex='-1']").into_iter().find(|e| e.id() == part_id));
        components::focus(again.or(part.flatten()).or_else(|| components::find("main h1")));
    }
}
