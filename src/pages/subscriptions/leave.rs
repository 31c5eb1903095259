//! *Unsubscribe*, with what it means before it is done, and *Resume* (§13).

use crate::{
    api::subscriptions::{Resume, Unsubscribe},
    components::*,
    wire::{PostForm, Posting},
};
use domain::subscriptions::{LeaveReason, view::EndView};
use leptos::{prelude::*, web_sys};

/// The two commands, as a page that shows packs has them.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub leave: Posting<Unsubscribe>,
    pub resume: Posting<Resume>,
}

/// What can be done about the end of a pack, and the dialog that asks first: it stands beside a table and not in one of its cells.
pub(super) fn end_of(id: &str, label: &str, end: EndView, ends: Ends) -> (AnyView, Option<AnyView>) {
    match end {
        EndView::Runs { ends: at, left, owed } => {
            let (button, dialog) = leave(id, label, at, &left, owed, ends.leave);
            (button, Some(dialog))
        }
        EndView::Ends { .. } => {
            let (id, words) = (id.to_owned(), format!("Resume {label}"));
            let resume = ends.resume;
            let button = view! {
                <PostForm action=resume>
                    <input type="hidden" name="id" value=id/>
                    <Button small=true submit=true pending=resume.pending() attr:aria-label=words>
                        "Resume"
                    </Button>
                </PostForm>
            }
            .into_any();
            (button, None)
        }
        EndView::Resuming => (view! { <p class="text-sm text-muted">"Resuming…"</p> }.into_any(), None),
    }
}

fn leave(
    id: &str,
    label: &str,
    ends: String,
    left: &str,
    owed: bool,
    leave: Posting<Unsubscribe>,
) -> (AnyView, AnyView) {
    let open = RwSignal::new(false);
    effect(move || {
        if matches!(leave.get(), Some(Ok(()))) {
            open.set(false);
        }
    });
    let dialog = format!("leave-{id}");
    let reasons = LeaveReason::ALL
        .iter()
        .map(|reason| Choice::new(reason.as_str(), reason.label()));
    let reasons: Vec<Choice> = reasons.collect();
    let problems = leave.problems();
    let words = format!("Unsubscribe from {label}");
    let (field, id) = (format!("reason-{id}"), id.to_owned());
    let stays = format!("Your pack stays until {ends}. You have {left} left until then.");
    let title = format!("Unsubscribe from {label}?");
    let button = view! {
        <DialogButton dialog=dialog.clone() open small=true attr:aria-label=words>
            "Unsubscribe"
        </DialogButton>
    }
    .into_any();
    let asks = view! {
        <Dialog id=dialog title open>
            <p>{stays}</p>
            {owed.then(|| view! { <p>"The open invoice for this period is still to be paid."</p> })}
            <p class="text-muted">"Nothing is charged after that. You can resume it until it ends."</p>
            <PostForm action=leave class="flex flex-col gap-4">
                <ErrorSummary problems labels=&[("reason", "Reason")]/>
                <input type="hidden" name="id" value=id/>
                <SelectField
                    name="reason"
                    id=field
                    label="Why are you leaving?"
                    choices=reasons
                    placeholder="Choose a reason"
                    error=problems.field("reason")
                    optional=true
                />
                <DialogActions>
                    <Button kind=ButtonKind::Danger submit=true pending=leave.pending()>
                        "Unsubscribe"
                    </Button>
                    <Button press=move |_: web_sys::MouseEvent| open.set(false)>"Keep pack"</Button>
                </DialogActions>
            </PostForm>
        </Dialog>
    }
    .into_any();
    (button, asks)
}
