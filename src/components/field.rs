//! Form fields: label above, help below, the error in place of the help and tied to its control by
//! `aria-describedby` and `aria-invalid`. What must not be here: rules; a field shows what `domain` decided.
//!
//! Every field works without JavaScript by its `name`. With `bind`, a signal follows what is typed; what was typed
//! before hydration wins over the signal's first value.

use super::mention::Mentions;
use leptos::{html, prelude::*};

/// The ids and states that tie a control to its words.
#[derive(Clone, Copy)]
struct Tie {
    id: StoredValue<String>,
    help: MaybeProp<String>,
    error: Signal<Option<String>>,
}

impl Tie {
    fn new(id: MaybeProp<String>, name: &str, help: MaybeProp<String>, error: Signal<Option<String>>) -> Self {
        let id = id.get_untracked().unwrap_or_else(|| format!("f-{name}"));
        Tie {
            id: StoredValue::new(id),
            help,
            error,
        }
    }

    fn id(self) -> String {
        self.id.get_value()
    }

    fn note_id(self) -> String {
        format!("{}-note", self.id.get_value())
    }

    fn described_by(self) -> Option<String> {
        (self.error.with(Option::is_some) || self.help.get().is_some()).then(|| self.note_id())
    }

    fn invalid(self) -> Option<&'static str> {
        self.error.with(Option::is_some).then_some("true")
    }

    fn note(self) -> impl IntoView {
        move || {
            let id = self.note_id();
            match (self.error.get(), self.help.get()) {
                (Some(error), _) => Some(view! { <p id=id class="text-sm text-error">{error}</p> }.into_any()),
                (None, Some(help)) => Some(view! { <p id=id class="text-sm text-muted">{help}</p> }.into_any()),
                (None, None) => None,
            }
        }
    }
}

/// What a control begins with: what was typed before the form was refused, else its signal's value, else the given one.
fn first_value(name: &str, bind: Option<RwSignal<String>>, value: MaybeProp<String>) -> String {
    match (crate::api::kernel::typed(name), bind) {
        (Some(typed), bind) => {
            if let Some(bind) = bind {
                bind.set(typed.clone());
            }
            typed
        }
        (None, Some(bind)) => bind.get_untracked(),
        (None, None) => value.get_untracked().unwrap_or_default(),
    }
}

/// The text of a `<textarea>`, of which a browser that reads a document drops one line end at the beginning.
fn in_textarea(text: String) -> String {
    if cfg!(feature = "ssr") && text.starts_with(['\n', '\r']) {
        super::plain_text(format!("\n{text}"))
    } else {
        super::plain_text(text)
    }
}

/// The words above a control.
fn label_view(tie: Tie, label: String, optional: bool, hide: bool) -> impl IntoView {
    let class = if hide { "sr-only" } else { "text-sm font-semibold" };
    view! {
        <label for=tie.id() class=class>
            {label}
            {optional.then(|| view! { <span class="font-normal text-muted">" (optional)"</span> })}
        </label>
    }
}

/// The `type` of a [`TextField`], with the keyboard that phones show for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum InputKind {
    /// Plain text.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A password; password managers need `autocomplete`.
    Password,
    /// A calendar day, `YYYY-MM-DD` in the form.
    Date,
    /// Whole numbers; text with a numeric keyboard, so that scrolling never changes it.
    Number,
    /// Words to look for.
    Search,
}

impl InputKind {
    const fn html(self) -> (&'static str, Option<&'static str>) {
        match self {
            InputKind::Text => ("text", None),
            InputKind::Email => ("email", Some("email")),
            InputKind::Password => ("password", None),
            InputKind::Date => ("date", None),
            InputKind::Number => ("text", Some("numeric")),
            InputKind::Search => ("search", None),
        }
    }
}

/// Keeps a signal and an `<input>` the same; the element's value wins at first.
fn follow_input(node: NodeRef<html::Input>, bind: Option<RwSignal<String>>) {
    let Some(bind) = bind else { return };
    Effect::new(move |met: Option<bool>| {
        let Some(element) = node.get() else { return false };
        let wanted = bind.get();
        let present = element.value();
        if present != wanted {
            if met == Some(true) {
                element.set_value(&wanted)
            } else {
                bind.set(present)
            }
        }
        true
    });
}

/// One line of text, an e-mail address, a password, a date or a whole number.
#[component]
pub fn TextField(
    /// The field's name in the form; also the problem's field in `AppError::Invalid`.
    #[prop(into)]
    name: String,
    /// The words above; the accessible name.
    #[prop(into)]
    label: String,
    /// What to type, or why; stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong; takes the place of the help.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The first value.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that follows what is typed.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// Text (default), e-mail, password, date, number, search.
    #[prop(optional)]
    kind: InputKind,
    /// Must be given. Others say "(optional)" after their label only with `optional`.
    #[prop(optional)]
    required: bool,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    /// What password managers and browsers may fill in.
    #[prop(optional, into)]
    autocomplete: MaybeProp<String>,
    /// An example, never the label.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// Most characters.
    #[prop(optional)]
    maxlength: Option<usize>,
    /// The first day that can be picked, as YYYY-MM-DD.
    #[prop(optional, into)]
    min: MaybeProp<String>,
    /// The last one.
    #[prop(optional, into)]
    max: MaybeProp<String>,
    /// Shows the value and does not let it be changed; say why in `help`.
    #[prop(optional)]
    readonly: bool,
    /// Hides the label from sight, never from assistive technology.
    #[prop(optional)]
    hide_label: bool,
    /// An id of its own where a name stands twice on a page; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
    /// What is said of the value as it is typed, beside the help; needs JavaScript.
    #[prop(optional)]
    hint: Option<fn(&str) -> String>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    let (html_type, inputmode) = kind.html();
    let first = first_value(&name, bind, value);
    let node = NodeRef::new();
    follow_input(node, bind);
    let shown = RwSignal::new(false);
    let said = RwSignal::new(String::new());
    let input = view! {
        <input
            node_ref=node
            id=tie.id()
            name=name
            type=move || if shown.get() { "text" } else { html_type }
            inputmode=inputmode
            class=match kind {
                InputKind::Number => "input control tabular",
                InputKind::Password => "input control pr-16",
                _ => "input control",
            }
            class:bg-base-200=readonly
            value=first
            required=required
            readonly=readonly
            autocomplete=autocomplete.get_untracked()
            placeholder=placeholder.get_untracked()
            maxlength=maxlength.map(|n| n.to_string())
            min=min.get_untracked()
            max=max.get_untracked()
            aria-invalid=move || tie.invalid()
            aria-describedby=move || tie.described_by()
            on:input=move |event| {
                if let Some(bind) = bind {
                    bind.set(event_target_value(&event));
                }
                if let Some(hint) = hint {
                    said.set(hint(&event_target_value(&event)));
                }
            }
        />
    };
    view! {
        <div class="flex flex-col gap-1.5">
            {label_view(tie, label, optional, hide_label)}
            {if kind == InputKind::Password {
                view! {
                    <div class="relative flex flex-col">
                        {input}
                        <ShowButton shown/>
                    </div>
                }
                    .into_any()
            } else {
                input.into_any()
            }}
            {tie.note()}
            {hint
                .map(|_| {
                    view! {
                        <p class="text-sm text-muted empty:hidden" aria-live="polite">
                            {move || said.get()}
                        </p>
                    }
                })}
        </div>
    }
}

/// Shows a password as it is typed; appears once the page is hydrated, because it needs a script.
#[component]
fn ShowButton(
    /// The password is shown.
    shown: RwSignal<bool>,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    super::effect(move || ready.set(true));
    view! {
        <button
            type="button"
            class="btn btn-ghost btn-xs absolute right-2 top-1/2 -translate-y-1/2"
            hidden=move || !ready.get()
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {move || if shown.get() { "Hide" } else { "Show" }}
            <span class="sr-only">" password"</span>
        </button>
    }
}

/// An amount of money, typed as people type it ("400", "1,234.50"), with the currency's sign before it.
#[component]
pub fn MoneyField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The words above.
    #[prop(into)]
    label: String,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The first value, as `Cents::plain` writes it.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that follows what is typed.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// The sign before the amount, from `Currency::symbol`.
    #[prop(default = "$".to_owned(), into)]
    sign: String,
    /// What stands after the amount, as "a month".
    #[prop(optional, into)]
    unit: MaybeProp<String>,
    /// Must be given.
    #[prop(optional)]
    required: bool,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
    /// Hides the label from sight, as in a table that says it.
    #[prop(optional)]
    hide_label: bool,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    let first = first_value(&name, bind, value);
    let node = NodeRef::new();
    follow_input(node, bind);
    view! {
        <div class="flex flex-col gap-1.5">
            {label_view(tie, label, optional, hide_label)}
            <div class="input control">
                <span class="text-muted" aria-hidden="true">{sign}</span>
                <input
                    node_ref=node
                    id=tie.id()
                    name=name
                    type="text"
                    inputmode="decimal"
                    autocomplete="off"
                    class="tabular"
                    value=first
                    required=required
                    aria-invalid=move || tie.invalid()
                    aria-describedby=move || tie.described_by()
                    on:input=move |event| {
                        if let Some(bind) = bind {
                            bind.set(event_target_value(&event));
                        }
                    }
                />
                {unit.get_untracked().map(|unit| view! { <span class="text-muted text-sm" aria-hidden="true">{unit}</span> })}
            </div>
            {tie.note()}
        </div>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The words above.
    #[prop(into)]
    label: String,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The first value.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that follows what is typed.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// Lines shown.
    #[prop(default = 5)]
    rows: u32,
    /// Must be given.
    #[prop(optional)]
    required: bool,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    /// Hides the label from sight.
    #[prop(optional)]
    hide_label: bool,
    /// An example, never the label.
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// Most characters.
    #[prop(optional)]
    maxlength: Option<usize>,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
    /// People who are suggested after an `@`.
    #[prop(optional)]
    names: Vec<String>,
    /// Takes what was refused; `false`: another form of the same address was meant.
    #[prop(default = true)]
    refill: bool,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    let first = in_textarea(if refill {
        first_value(&name, bind, value)
    } else {
        value.get_untracked().unwrap_or_default()
    });
    let node = NodeRef::<html::Textarea>::new();
    let mentions = Mentions::new(tie.id(), names, node);
    let suggests = mentions.offers();
    if let Some(bind) = bind {
        Effect::new(move |met: Option<bool>| {
            let Some(element) = node.get() else { return false };
            let wanted = bind.get();
            let present = element.value();
            if present != wanted {
                if met == Some(true) {
                    element.set_value(&wanted)
                } else {
                    bind.set(present)
                }
            }
            true
        });
    }
    view! {
        <div class="relative flex flex-col gap-1.5">
            {label_view(tie, label, optional, hide_label)}
            <textarea
                node_ref=node
                id=tie.id()
                name=name
                class="textarea control"
                rows=rows.to_string()
                required=required
                placeholder=placeholder.get_untracked()
                maxlength=maxlength.map(|n| n.to_string())
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described_by()
                aria-autocomplete=suggests.then_some("list")
                aria-controls=move || mentions.controls()
                aria-activedescendant=move || mentions.active()
                on:input=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                    mentions.typed();
                }
                on:keydown=move |event| mentions.key(&event)
                on:blur=move |_| mentions.close()
            >
                {first}
            </textarea>
            {suggests.then(|| mentions.list())}
            {tie.note()}
        </div>
    }
}

/// One of the values to choose from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What a person reads.
    pub label: String,
    /// A second line (radio groups only), as a price or a consequence.
    pub note: Option<String>,
    /// An accent whose color stands before the words (radio groups only).
    pub accent: Option<&'static str>,
}

impl Choice {
    /// A value and its words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Choice {
            value: value.into(),
            label: label.into(),
            note: None,
            accent: None,
        }
    }

    /// The same with a second line.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// One of a list.
#[component]
pub fn SelectField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The words above.
    #[prop(into)]
    label: String,
    /// The list.
    choices: Vec<Choice>,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The chosen value at first.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that follows the choice.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// An empty first choice, as "Choose a service".
    #[prop(optional, into)]
    placeholder: MaybeProp<String>,
    /// Must be given.
    #[prop(optional)]
    required: bool,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    /// Hides the label from sight.
    #[prop(optional)]
    hide_label: bool,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    let first = first_value(&name, bind, value);
    let node = NodeRef::<html::Select>::new();
    if let Some(bind) = bind {
        Effect::new(move |met: Option<bool>| {
            let Some(element) = node.get() else { return false };
            let wanted = bind.get();
            let present = element.value();
            if present != wanted {
                if met == Some(true) {
                    element.set_value(&wanted)
                } else {
                    bind.set(present)
                }
            }
            true
        });
    }
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == first;
            view! {
                <option value=choice.value selected=selected>
                    {choice.label}
                </option>
            }
        })
        .collect_view();
    view! {
        <div class="flex flex-col gap-1.5">
            {label_view(tie, label, optional, hide_label)}
            <select
                node_ref=node
                id=tie.id()
                name=name
                class="select control"
                required=required
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described_by()
                on:change=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {placeholder.get_untracked().map(|words| view! { <option value="">{words}</option> })}
                {options}
            </select>
            {tie.note()}
        </div>
    }
}

/// One of a few, all of them in sight.
#[component]
pub fn RadioGroup(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The words above; the group's accessible name.
    #[prop(into)]
    label: String,
    /// The choices.
    choices: Vec<Choice>,
    /// The chosen value at first.
    #[prop(optional, into)]
    value: MaybeProp<String>,
    /// A signal that follows the choice.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Puts the choices beside each other where there is room.
    #[prop(optional)]
    inline: bool,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    let first = first_value(&name, bind, value);
    let rows = choices
        .into_iter()
        .map(|choice| {
            let this = choice.value.clone();
            let checked = choice.value == first;
            let note_id = choice
                .note
                .as_ref()
                .map(|_| format!("{}-{}-note", tie.id(), choice.value));
            view! {
                <div class="flex items-start gap-2.5">
                    <input
                        type="radio"
                        id=format!("{}-{}", tie.id(), choice.value)
                        name=name.clone()
                        value=choice.value.clone()
                        checked=checked
                        class="radio radio-sm radio-primary mt-0.5 border-control"
                        aria-describedby=note_id.clone()
                        on:change=move |_| {
                            if let Some(bind) = bind {
                                bind.set(this.clone());
                            }
                        }
                    />
                    <div>
                        <label for=format!("{}-{}", tie.id(), choice.value) data-accent=choice.accent>{choice.label}</label>
                        {choice.note.map(|note| view! { <p id=note_id class="text-sm text-muted">{note}</p> })}
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset
            id=tie.id()
            role="radiogroup"
            class="flex flex-col gap-1.5"
            aria-invalid=move || tie.invalid()
            aria-describedby=move || tie.described_by()
        >
            <legend class="text-sm font-semibold mb-1.5">{label}</legend>
            <div class=if inline { "flex flex-wrap gap-x-6 gap-y-2" } else { "flex flex-col gap-2.5" }>{rows}</div>
            {tie.note()}
        </fieldset>
    }
}

/// On or off, in force when the form is saved.
#[component]
pub fn CheckboxField(
    /// The field's name in the form; sends `true` when on, nothing when off.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// On at first.
    #[prop(optional)]
    checked: bool,
    /// A signal that follows it.
    #[prop(optional)]
    bind: Option<RwSignal<bool>>,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    on_off(tie, name, label, checked, bind, false)
}

/// On or off, as a state of the thing itself ("Visible to clients", "Show pack requests").
#[component]
pub fn SwitchField(
    /// The field's name in the form; sends `true` when on, nothing when off.
    #[prop(into)]
    name: String,
    /// The words beside it.
    #[prop(into)]
    label: String,
    /// On at first.
    #[prop(optional)]
    checked: bool,
    /// A signal that follows it.
    #[prop(optional)]
    bind: Option<RwSignal<bool>>,
    /// What stands below while there is no error.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    on_off(tie, name, label, checked, bind, true)
}

fn on_off(
    tie: Tie,
    name: String,
    label: String,
    checked: bool,
    bind: Option<RwSignal<bool>>,
    switch: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    if let Some(bind) = bind {
        Effect::new(move |met: Option<bool>| {
            let Some(element) = node.get() else { return false };
            let wanted = bind.get();
            if element.checked() != wanted {
                if met == Some(true) {
                    element.set_checked(wanted)
                } else {
                    bind.set(element.checked())
                }
            }
            true
        });
    }
    let checked = crate::api::kernel::was_checked(&name).unwrap_or(checked);
    let class = if switch {
        "toggle toggle-primary toggle-sm mt-0.5 text-control"
    } else {
        "checkbox checkbox-sm checkbox-primary mt-0.5 border-control"
    };
    view! {
        <div class="flex items-start gap-2.5">
            <input
                node_ref=node
                type="checkbox"
                role=switch.then_some("switch")
                id=tie.id()
                name=name
                value="true"
                checked=bind.map_or(checked, |b| b.get_untracked())
                class=class
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described_by()
                on:change=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_checked(&event));
                    }
                }
            />
            <div class="flex flex-col gap-0.5">
                <label for=tie.id()>{label}</label>
                {tie.note()}
            </div>
        </div>
    }
}

/// One or more files.
#[component]
pub fn FileField(
    /// The field's name in the form.
    #[prop(into)]
    name: String,
    /// The words above.
    #[prop(into)]
    label: String,
    /// Types as the `accept` attribute takes them.
    #[prop(optional, into)]
    accept: MaybeProp<String>,
    /// More than one.
    #[prop(optional)]
    multiple: bool,
    /// What stands below while there is no error, as the largest size.
    #[prop(optional, into)]
    help: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    /// An id of its own; `f-NAME` otherwise.
    #[prop(optional, into)]
    id: MaybeProp<String>,
    /// The control itself, to empty it once its files are sent.
    #[prop(optional)]
    node_ref: Option<NodeRef<html::Input>>,
) -> impl IntoView {
    let tie = Tie::new(id, &name, help, error);
    view! {
        <div class="flex flex-col gap-1.5">
            {label_view(tie, label, optional, false)}
            <input
                node_ref=node_ref.unwrap_or_default()
                type="file"
                id=tie.id()
                name=name
                class="file-input control"
                accept=accept.get_untracked()
                multiple=multiple
                aria-invalid=move || tie.invalid()
                aria-describedby=move || tie.described_by()
            />
            {tie.note()}
        </div>
    }
}
