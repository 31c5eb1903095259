//! `/admin/reports/vendor-payments/pay`: marking lines as paid: a dialog of the report, and a page for those without JavaScript.

use super::PATH;
use crate::{
    api::payables::{PayPayables, ReadPayDialog},
    components::*,
    pages::kernel::{NothingSelected, back as back_to, read_query, use_query},
    wire::{PostForm, Posting, posting, read},
};
use domain::{AppError, payables::view::PayDialog};
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
            <ul class="text-sm">
                {dialog
                    .vendors
                    .into_iter()
                    .map(|(vendor, sum)| view! { <li>{format!("{vendor}: {sum}")}</li> })
                    .collect_view()}
            </ul>
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
            <TextField
                name="reference"
                label="Reference"
                help="Bank or ACH reference."
                error=problems.field("reference")
                required=true
            />
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
