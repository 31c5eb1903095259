//! `/admin/assignments/assign`: what assigning some packs would do, and doing it (AS3, AS4, AH6): a dialog of the list, and a page for
//! those without JavaScript.

use super::PATH;
use crate::{
    api::assignment::{Assign, ReadAssignDialog},
    components::*,
    pages::kernel::{NothingSelected, back as back_to, counted, read_query, use_query},
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    AppError,
    assignment::view::{AssignDialog, PickLine, SpreadView, VendorChoice},
};
use leptos::{prelude::*, web_sys};

/// The dialog as a page: for those without JavaScript.
#[component]
pub fn AssignPage() -> impl IntoView {
    let map = use_query();
    let assign = posting::<Assign>();
    let back = Memo::new(move |_| map.with(|map| back_to(map, PATH)));
    let dialog = read(move || {
        map.with(|map| {
            let picks = match map.get("one") {
                Some(one) => vec![one],
                None => map.get_all("ids[]"),
            };
            ReadAssignDialog {
                picks,
                all: map.get("all").is_some(),
                query: read_query(map),
            }
        })
    });
    view! {
        <PageHeader title="Assign packs" crumbs=vec![Crumb::new(PATH, "Pack assignments")]/>
        {dialog
            .show(
                Skeleton::Table(4),
                move |dialog| match dialog {
                    Ok(dialog) => {
                        // A page that nothing moves on says beforehand what each choice would do.
                        let each = dialog
                            .vendors
                            .iter()
                            .map(|vendor| {
                                view! {
                                    <li class="py-3">
                                        <p class="text-sm text-muted">{vendor.name.clone()}</p>
                                        {consequence(vendor)}
                                    </li>
                                }
                            })
                            .collect_view();
                        view! {
                            <div class="grid gap-x-12 gap-y-8 lg:grid-cols-2 items-start">
                                <AssignForm dialog assign back=back.get_untracked() close=None/>
                                <section aria-labelledby="each">
                                    <SectionTitle title="Compare vendors" id="each"/>
                                    <ul class="divide-y divide-base-300">{each}</ul>
                                </section>
                            </div>
                        }
                            .into_any()
                    }
                    Err(AppError::Invalid { .. }) => {
                        view! {
                            <NothingSelected
                                icon=Icon::Packages
                                words="Select the packs you want to assign."
                                back_words="Back to packs"
                                back=back.get()
                            />
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error home=PATH/> }.into_any(),
                },
            )}
    }
    .into_any()
}

fn one_pack(line: PickLine) -> AnyView {
    view! {
        <Facts>
            <Fact label="Client">{line.client}</Fact>
            <Fact label="Service">{line.service}</Fact>
            <Fact label="Quantity">{line.quantity}</Fact>
            <Fact label="Period">{line.period}</Fact>
            <Fact label="Current vendor">
                {line.vendor.unwrap_or_else(|| "Pending Assignment".to_owned())}
            </Fact>
            {line.next.map(|next| view! { <Fact label="Next period vendor">{next}</Fact> })}
        </Facts>
    }
    .into_any()
}

fn many_packs(lines: &[PickLine]) -> AnyView {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{} · {}", line.client, line.pack))
        .collect();
    view! {
        <details>
            <summary class="font-semibold cursor-pointer w-fit">{counted(lines.len() as i64, "pack", "packs")}</summary>
            <ul class="pt-2 text-sm max-h-48 overflow-y-auto">
                {lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
            </ul>
        </details>
    }
    .into_any()
}

/// What assigning the chosen vendor would do (AS3, AS4, AH6).
fn consequence(choice: &VendorChoice) -> AnyView {
    let warning = choice.warning.clone();
    view! {
        <div class="flex flex-col gap-1" aria-live="polite">
            <p class="font-semibold">{choice.effect.clone()}</p>
            {choice.payment.clone().map(|payment| view! { <p>"Vendor payment: " {payment}</p> })}
            <p class="text-sm text-muted">{choice.load.clone()} ". " {choice.forecast.clone()}</p>
            {warning.map(|warning| view! { <p class="text-sm text-warning font-semibold">{warning}</p> })}
        </div>
    }
    .into_any()
}

/// AS6: what has become of what was chosen, before anybody decides about it.
pub fn changed_since(changed: Vec<String>) -> AnyView {
    if changed.is_empty() {
        return ().into_any();
    }
    let lines = changed
        .into_iter()
        .map(|words| view! { <li>{words}</li> })
        .collect_view();
    view! {
        <div role="status" class="tone-warning tint border rounded-box px-4 py-3 text-sm">
            <p class="font-semibold">"Changed since you selected them"</p>
            <ul class="wrap-anywhere">{lines}</ul>
        </div>
    }
    .into_any()
}

/// The form of the dialog and of the page.
#[component]
pub(super) fn AssignForm(
    dialog: AssignDialog,
    assign: Posting<Assign>,
    back: String,
    /// The dialog's signal, where it is one.
    close: Option<RwSignal<bool>>,
) -> impl IntoView {
    let AssignDialog {
        form_key,
        picks,
        changed,
        vendors,
        spread,
        replaceable,
    } = dialog;
    let about = match picks.as_slice() {
        [one] => one_pack(one.clone()),
        many => many_packs(many),
    };
    if vendors.is_empty() {
        return view! {
            {about}
            <p>"No active vendor offers this service. Add the service on a vendor's page."</p>
        }
        .into_any();
    }
    let problems = assign.problems();
    let reason = problems.field("reason");
    let vendor = RwSignal::new(String::new());
    let choices = vendors
        .iter()
        .map(|v| Choice::new(v.id.clone(), format!("{} ({})", v.name, v.load)));
    let choices: Vec<Choice> = choices.collect();
    let vendors = StoredValue::new(vendors);
    let chosen = move || vendors.with_value(|all| all.iter().find(|v| vendor.with(|id| v.id == *id)).cloned());
    let refused = Signal::derive(move || match problems.0.get() {
        Some(AppError::Invalid { .. }) | None => None,
        Some(error) => Some(error.message()),
    });
    // AS4: those that can be, where not all can.
    let partial = move || match (chosen(), problems.0.get()) {
        (Some(choice), _) if choice.refused > 0 && choice.can > 0 => Some(choice.can),
        (_, Some(AppError::AssignmentPartial { can, .. })) if can > 0 => Some(can),
        _ => None,
    };
    let many = picks.len();
    let fields: Vec<String> = picks.into_iter().map(|line| line.pick).collect();
    let key = form_key.clone();
    let to = back.clone();
    view! {
        <div class="flex flex-col gap-4">
            {about} {changed_since(changed)} {spread.map(|spread| view! { <Spread spread form_key assign back/> })}
            <PostForm action=assign class="flex flex-col gap-4">
                <DefaultButton/>
                <input type="hidden" name="form_key" value=key/>
                <input type="hidden" name="back" value=to.clone()/>
                {fields
                    .into_iter()
                    .map(|pick| view! { <input type="hidden" name="picks[]" value=pick/> })
                    .collect_view()}
                {move || refused.get().map(|words| view! { <p role="alert" class="text-error">{words}</p> })}
                <SelectField
                    name="vendor"
                    label="Vendor"
                    choices
                    placeholder="Choose a vendor"
                    bind=vendor
                    error=problems.field("vendor")
                    required=true
                />
                {move || chosen().map(|choice| consequence(&choice))}
                {(replaceable > 0)
                    .then(|| {
                        view! {
                            <details open=reason.get_untracked().is_some()>
                                <summary class="text-sm text-muted cursor-pointer w-fit">"Replace now"</summary>
                                <div class="flex flex-col gap-3 pt-3">
                                    <p class="text-sm">
                                        "Moves the pack today. Undelivered requests move too, and each vendor is paid for what it delivered."
                                    </p>
                                    {move || {
                                        chosen()
                                            .map(|choice| view! { <p class="font-semibold">{choice.effect_now}</p> })
                                    }}
                                    <TextArea
                                        name="reason"
                                        label="Reason"
                                        rows=2
                                        optional=true
                                        error=reason
                                    />
                                    <div>
                                        <Button
                                            kind=ButtonKind::Danger
                                            small=true
                                            submit=true
                                            pending=assign.pending()
                                            attr:name="now"
                                            attr:value="true"
                                        >
                                            "Replace now"
                                        </Button>
                                    </div>
                                </div>
                            </details>
                        }
                    })}
                <DialogActions>
                    <Button kind=ButtonKind::Primary submit=true pending=assign.pending()>
                        "Assign"
                    </Button>
                    {move || {
                        partial()
                            .map(|can| {
                                view! {
                                    <Button submit=true attr:name="partial" attr:value="true" pending=assign.pending()>
                                        {format!("Assign {can} of {many}")}
                                    </Button>
                                }
                            })
                    }}
                    {match close {
                        Some(open) => {
                            view! { <Button press=move |_: web_sys::MouseEvent| open.set(false)>"Cancel"</Button> }.into_any()
                        }
                        None => view! { <ButtonLink href=to>"Cancel"</ButtonLink> }.into_any(),
                    }}
                </DialogActions>
            </PostForm>
        </div>
    }
    .into_any()
}

/// AH6: the proposal, to be accepted or not.
#[component]
fn Spread(spread: SpreadView, form_key: String, assign: Posting<Assign>, back: String) -> impl IntoView {
    view! {
        <PostForm action=assign class="panel flex flex-col gap-2">
            <input type="hidden" name="form_key" value=form_key/>
            <input type="hidden" name="back" value=back/>
            {spread
                .picks
                .into_iter()
                .map(|pick| view! { <input type="hidden" name="picks[]" value=pick/> })
                .collect_view()}
            <p class="font-semibold">"Proposed spread"</p>
            <p class="text-sm">{spread.words} ". Based on upcoming work and pace."</p>
            <div>
                <Button small=true submit=true pending=assign.pending()>
                    "Use this spread"
                </Button>
            </div>
        </PostForm>
    }
    .into_any()
}
