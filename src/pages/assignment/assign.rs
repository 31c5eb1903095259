//! `/admin/assignments/assign`: what assigning some packs would do, and doing it (AS3, AS4, AH6): a dialog of the list, and a page for
//! those without JavaScript.

use super::PATH;
use crate::{
    api::{
        assignment::{Assign, ReadAssignDialog},
        kernel::typed,
    },
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
                        view! {
                            <div class="max-w-4xl">
                                <AssignForm dialog assign back=back.get_untracked() close=None/>
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

/// The vendors with what choosing each would do (AS3, AS4, AH6), a choice in each row.
fn vendor_table(vendors: Vec<VendorChoice>, one: bool, chosen: RwSignal<String>) -> AnyView {
    let columns = if one {
        vec![
            Column::new("Vendor"),
            Column::new("Effective"),
            Column::new("Payment"),
            Column::new("Next 4 weeks"),
        ]
    } else {
        vec![
            Column::new("Vendor"),
            Column::numeric("Takes now"),
            Column::numeric("At renewal"),
            Column::numeric("Can't"),
            Column::new("Next 4 weeks"),
        ]
    };
    let rows: Vec<AnyView> = vendors
        .into_iter()
        .map(|choice| vendor_row(choice, one, chosen))
        .collect();
    view! {
        <DataTable caption="Vendors" columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

fn vendor_row(choice: VendorChoice, one: bool, chosen: RwSignal<String>) -> AnyView {
    let id = format!("vendor-{}", choice.id);
    let of = id.clone();
    let checked = chosen.with_untracked(|chosen| *chosen == choice.id);
    let value = choice.id.clone();
    let what = if one {
        view! {
            <Cell label="Effective">{choice.effect}</Cell>
            <Cell label="Payment">{choice.payment}</Cell>
        }
        .into_any()
    } else {
        let why = (!choice.reasons.is_empty()).then(|| choice.reasons.join("\n"));
        view! {
            <Cell label="Takes now" numeric=true>
                {choice.now}
            </Cell>
            <Cell label="At renewal" numeric=true>
                {choice.next}
            </Cell>
            <Cell label="Can't" numeric=true>
                <span title=why>{choice.refused}</span>
                <span class="sr-only">{choice.effect}</span>
            </Cell>
        }
        .into_any()
    };
    let ahead = choice.ahead;
    let over = ahead.over();
    let all = ahead.today.saturating_add(ahead.added);
    let today = ahead.today.min(all - over);
    let parts = [(today, "fill"), (all - over - today, "added"), (over, "over")];
    let bar = stacked(&parts, all.max(ahead.capacity.unwrap_or(0)), ahead.capacity);
    let words = match ahead.capacity {
        Some(can) => format!("{} + {} of {can}", ahead.today, ahead.added),
        None => format!("{} + {}, pace unknown", ahead.today, ahead.added),
    };
    let (forecast, warning) = (choice.forecast.clone(), choice.warning.clone());
    let over = (over > 0).then(|| {
        view! {
            <span class="text-error font-semibold" title=warning>
                {format!("+{over}")}
                <span class="sr-only">{choice.warning}</span>
            </span>
        }
    });
    view! {
        <Row>
            <RowHead>
                <span class="flex items-start gap-2.5">
                    <input
                        type="radio"
                        id=id
                        name="vendor"
                        value=choice.id
                        checked=checked
                        disabled=!choice.possible
                        class="radio radio-sm radio-primary mt-0.5 border-control"
                        on:change=move |_| chosen.set(value.clone())
                    />
                    <label for=of class=if choice.possible { "cursor-pointer" } else { "text-muted" }>
                        {choice.name}
                        <span class="block text-sm text-muted font-normal">{choice.load}</span>
                    </label>
                </span>
            </RowHead>
            {what}
            <Cell label="Next 4 weeks">
                <span class="block min-w-32" title=forecast>
                    {bar}
                    <span class="flex justify-between gap-3 text-sm tabular pt-1">{words} {over}</span>
                    <span class="sr-only">{choice.forecast}</span>
                </span>
            </Cell>
        </Row>
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
    let missing = problems.field("vendor");
    effect(move || {
        if missing.with(Option::is_some) {
            focus_first_invalid();
        }
    });
    let one = picks.len() == 1;
    let vendor = RwSignal::new(typed("vendor").unwrap_or_default());
    let table = vendor_table(vendors.clone(), one, vendor);
    let vendors = StoredValue::new(vendors);
    let chosen = move || vendors.with_value(|all| all.iter().find(|v| vendor.with(|id| v.id == *id)).cloned());
    let refused = Signal::derive(move || match problems.0.get() {
        Some(AppError::Invalid { .. }) | None => None,
        Some(error) => Some(error.message()),
    });
    // The answer is about the vendor that was chosen then, whichever is chosen now.
    let pending = assign.pending();
    let asked = Memo::new(move |before: Option<&String>| match (pending.get(), before) {
        (false, Some(before)) => before.clone(),
        _ => vendor.get_untracked(),
    });
    // AS4: those that can be, where not all can.
    let partial = move || match (chosen(), problems.0.get(), vendor.get() == asked.get()) {
        (Some(choice), ..) if choice.refused > 0 && choice.can > 0 => Some(choice.can),
        (_, Some(AppError::AssignmentPartial { can, .. }), true) if can > 0 => Some(can),
        _ => None,
    };
    let many = picks.len();
    let fields: Vec<String> = picks.into_iter().map(|line| line.pick).collect();
    let key = form_key.clone();
    let to = back.clone();
    view! {
        <div class="flex flex-col gap-4">
            {about} {changed_since(changed)}
            <PostForm action=assign class="flex flex-col gap-4">
                <DefaultButton/>
                <input type="hidden" name="form_key" value=key/>
                <input type="hidden" name="back" value=to.clone()/>
                {fields
                    .into_iter()
                    .map(|pick| view! { <input type="hidden" name="picks[]" value=pick/> })
                    .collect_view()}
                {move || refused.get().map(|words| view! { <p role="alert" class="text-error" data-refusals="">{words}</p> })}
                <fieldset
                    class="flex flex-col gap-2 min-w-0"
                    aria-invalid=move || missing.with(Option::is_some).then_some("true")
                    aria-describedby=move || missing.with(Option::is_some).then_some("vendor-wrong")
                >
                    <legend class="font-semibold pb-2">"Vendor"</legend>
                    {table}
                    {move || {
                        missing
                            .get()
                            .map(|words| view! { <p id="vendor-wrong" role="alert" class="text-error text-sm">{words}</p> })
                    }}
                </fieldset>
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
                    // Where not all can be, the button says how many (AS4); a plain one would be refused.
                    {move || match partial() {
                        Some(can) => {
                            view! {
                                <Button
                                    kind=ButtonKind::Primary
                                    submit=true
                                    pending=assign.pending()
                                    attr:name="partial"
                                    attr:value="true"
                                >
                                    {format!("Assign {can} of {many}")}
                                </Button>
                            }
                                .into_any()
                        }
                        None => {
                            view! {
                                <Button kind=ButtonKind::Primary submit=true pending=assign.pending()>
                                    "Assign"
                                </Button>
                            }
                                .into_any()
                        }
                    }}
                    {match close {
                        Some(open) => {
                            view! { <Button press=move |_: web_sys::MouseEvent| open.set(false)>"Cancel"</Button> }.into_any()
                        }
                        None => view! { <ButtonLink href=to>"Cancel"</ButtonLink> }.into_any(),
                    }}
                </DialogActions>
            </PostForm>
            {spread.map(|spread| view! { <Spread spread form_key assign back/> })}
        </div>
    }
    .into_any()
}

/// AH6: the proposal, pack by pack, to be accepted or not.
#[component]
fn Spread(spread: SpreadView, form_key: String, assign: Posting<Assign>, back: String) -> impl IntoView {
    let words = format!("Assign {}", counted(spread.lines.len() as i64, "pack", "packs"));
    let line = |(pack, vendor): (String, String)| {
        view! {
            <li class="py-1.5 flex justify-between gap-3">
                <span class="min-w-0 wrap-anywhere">{pack}</span>
                <span class="font-semibold">{vendor}</span>
            </li>
        }
        .into_any()
    };
    let lines: Vec<AnyView> = spread.lines.into_iter().map(line).collect();
    view! {
        <PostForm action=assign class="panel flex flex-col gap-2">
            <input type="hidden" name="form_key" value=form_key/>
            <input type="hidden" name="back" value=back/>
            {spread
                .picks
                .into_iter()
                .map(|pick| view! { <input type="hidden" name="picks[]" value=pick/> })
                .collect_view()}
            <h2 class="font-semibold">"Proposed spread"</h2>
            <p class="text-sm">{spread.words} ". Based on upcoming work and pace."</p>
            <ul class="text-sm divide-y divide-base-300 max-h-64 overflow-y-auto" tabindex="0" aria-label="Proposed spread">
                {lines}
            </ul>
            <div>
                <Button kind=ButtonKind::Primary small=true submit=true pending=assign.pending()>
                    {words}
                </Button>
            </div>
        </PostForm>
    }
    .into_any()
}
