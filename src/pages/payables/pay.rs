//! `/admin/reports/vendor-payments/pay`: marking lines as paid: a dialog of the report, and a page for those without JavaScript.

use super::PATH;
use crate::{
    api::payables::{PayPayables, ReadPayDialog},
    components::*,
    pages::kernel::{NothingSelected, back as back_to, read_query, use_query},
    wire::{PostForm, Posting, posting, read},
};
use domain::{AppError, payables::view::PayDialog, seen::field_of};
use leptos::{prelude::*, web_sys};

/// The dialog as a page: for those without JavaScript.
#[component]
pub fn PayPage() -> impl IntoView {
    let map = use_query();
    let pay = posting::<PayPayables>();
    let back = Memo::new(move |_| map.with(|map| back_to(map, PATH)));
    let dialog = read(move || {
        map.with(|map| ReadPayDialog {
            ids: map.get_all("ids[]"),
            all: map.get("all").is_some(),
            query: read_query(map),
        })
    });
    view! {
        <PageHeader title="Mark as paid" crumbs=vec![Crumb::new(PATH, "Vendor payments")]/>
        {dialog
            .show(
                Skeleton::Table(4),
                move |dialog| match dialog {
                    Ok(dialog) => {
                        view! {
                            <div class="max-w-lg">
                                <PayForm dialog pay back=back.get_untracked() close=None/>
                            </div>
                        }
                            .into_any()
                    }
                    Err(AppError::Invalid { .. }) => {
                        view! {
                            <NothingSelected
                                icon=Icon::Wallet
                                words="Select the lines to mark as paid."
                                back_words="Back to lines"
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

/// The form of the dialog and of the page.
#[component]
pub(super) fn PayForm(
    dialog: PayDialog,
    pay: Posting<PayPayables>,
    back: String,
    /// The dialog's signal, where it is one.
    close: Option<RwSignal<bool>>,
) -> impl IntoView {
    let left_out = dialog.left_out.clone();
    let out = match close {
        Some(open) => {
            view! { <Button press=move |_: web_sys::MouseEvent| open.set(false)>"Cancel"</Button> }.into_any()
        }
        None => view! { <ButtonLink href=back.clone()>"Cancel"</ButtonLink> }.into_any(),
    };
    if dialog.ids.is_empty() {
        return view! {
            <p role="status">{left_out}</p>
            <DialogActions>{out}</DialogActions>
        }
        .into_any();
    }
    let problems = pay.problems();
    // One reference for each payment: with one vendor the form has one, which has its name from before.
    let one = dialog.vendors.len() == 1;
    let vendors: Vec<AnyView> = dialog
        .vendors
        .into_iter()
        .map(|(vendor, sum)| {
            let name = if one {
                "reference".to_owned()
            } else {
                field_of("references", &vendor.id)
            };
            let label = if one {
                "Reference".to_owned()
            } else {
                format!("Reference for {}", vendor.name)
            };
            let field = name.clone();
            let error = Signal::derive(move || {
                problems
                    .0
                    .with(|error| error.as_ref().and_then(|error| error.of_field(&field)))
            });
            view! {
                <li class="flex flex-col gap-2">
                    <p class="text-sm flex justify-between gap-3">
                        <span class="font-semibold">{vendor.name}</span>
                        <span class="tabular">{sum}</span>
                    </p>
                    <TextField name label help="Bank or ACH reference." error required=true/>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <PostForm action=pay class="flex flex-col gap-4">
            <input type="hidden" name="form_key" value=dialog.form_key/>
            <input type="hidden" name="back" value=back/>
            {dialog
                .ids
                .into_iter()
                .map(|id| view! { <input type="hidden" name="ids[]" value=id/> })
                .collect_view()}
            <p class="font-semibold tabular">{dialog.sum}</p>
            {left_out.map(|words| view! { <p class="text-sm text-warning">{words}</p> })}
            <TextField
                name="paid_on"
                label="Paid on"
                kind=InputKind::Date
                max=dialog.today.clone()
                value=dialog.today
                error=problems.field("paid_on")
                required=true
            />
            <ul class="flex flex-col gap-4">{vendors}</ul>
            <DialogActions>
                <Button kind=ButtonKind::Primary submit=true pending=pay.pending()>
                    "Mark as paid"
                </Button>
                {out}
            </DialogActions>
        </PostForm>
    }
    .into_any()
}
