//! `/admin/reports/vendor-payments/{id}`: one line with its facts, corrections and questions.

use super::{
    PATH, PAY,
    lines::{line_facts, questions},
};
use crate::{
    api::payables::{AnswerQuery, ApprovePayables, CorrectPayable, ReadPayable, VoidPayable},
    components::*,
    pages::kernel::{path_id, with_query},
    wire::{PostForm, Posting, posting, read_live},
};
use domain::payables::{PayableState, view::PayableView};
use leptos::prelude::*;

/// One line: its facts, what can be decided, and what its vendor asks.
#[component]
pub fn PayableLine() -> impl IntoView {
    let id = path_id();
    let approve = posting::<ApprovePayables>();
    let correct = posting::<CorrectPayable>();
    let void = posting::<VoidPayable>();
    let answer = posting::<AnswerQuery>();
    let page = read_live(move || ReadPayable { id: id.clone() });
    view! {
        {page
            .show(
                Skeleton::Card,
                move |page| match page {
                    Ok(page) => one(page, approve, correct, void, answer),
                    Err(error) => {
                        view! {
                            <PageHeader title="Line" crumbs=vec![Crumb::new(PATH, "Vendor payments")]/>
                            <ErrorState error home=PATH/>
                        }
                            .into_any()
                    }
                },
            )}
    }
    .into_any()
}

fn one(
    page: PayableView,
    approve: Posting<ApprovePayables>,
    correct: Posting<CorrectPayable>,
    void: Posting<VoidPayable>,
    answer: Posting<AnswerQuery>,
) -> AnyView {
    let facts = line_facts(&page, "Client", PATH);
    let (id, key, state) = (page.row.id.clone(), page.form_key.clone(), page.row.state);
    let here = format!("{PATH}/{id}");
    let decides = page.may_decide && !page.row.internal && state != PayableState::Void;
    let first = match state {
        PayableState::Accrued if decides => {
            let (id, key, here) = (id.clone(), key.clone(), here.clone());
            Some(
                view! {
                    <PostForm action=approve>
                        <input type="hidden" name="form_key" value=key/>
                        <input type="hidden" name="ids[]" value=id/>
                        <input type="hidden" name="back" value=here/>
                        <Button kind=ButtonKind::Primary submit=true pending=approve.pending()>
                            "Approve"
                        </Button>
                    </PostForm>
                }
                .into_any(),
            )
        }
        PayableState::Approved if !page.row.internal => {
            let href = with_query(PAY, &[("ids[]", &id), ("back", &here)]);
            Some(
                view! {
                    <div>
                        <ButtonLink kind=ButtonKind::Primary href>
                            "Mark as paid"
                        </ButtonLink>
                    </div>
                }
                .into_any(),
            )
        }
        _ => None,
    };
    let asked = (!page.queries.is_empty()).then(|| {
        let reply = {
            let (key, here) = (key.clone(), here.clone());
            move |query: String| {
                let problems = answer.problems();
                let (key, here) = (key.clone(), here.clone());
                view! {
                    <PostForm action=answer class="flex flex-col gap-3 max-w-lg">
                        <input type="hidden" name="form_key" value=key/>
                        <input type="hidden" name="id" value=query/>
                        <input type="hidden" name="back" value=here/>
                        <TextArea name="answer" label="Answer" rows=3 error=problems.field("answer") required=true/>
                        <FormActions>
                            <Button submit=true pending=answer.pending()>
                                "Send answer"
                            </Button>
                        </FormActions>
                    </PostForm>
                }
                .into_any()
            }
        };
        view! {
            <section class="flex flex-col gap-3" aria-labelledby="questions">
                <SectionTitle title="Questions" id="questions"/>
                {questions(page.queries, reply)}
            </section>
        }
    });
    let decide = decides.then(|| {
        let wrong = correct.problems();
        let (void_id, void_key) = (id.clone(), key.clone());
        let open = state.is_open();
        view! {
            <section class="flex flex-col gap-3 max-w-lg" aria-labelledby="correct">
                <SectionTitle title="Correct" id="correct"/>
                <PostForm action=correct class="flex flex-col gap-4">
                    <ErrorSummary problems=wrong labels=&[("amount", "Amount"), ("reason", "Reason")]/>
                    <input type="hidden" name="form_key" value=key/>
                    <input type="hidden" name="id" value=id/>
                    <MoneyField
                        name="amount"
                        label="Amount"
                        help="10 adds $10.00, −10 takes $10.00 off. Shown as a separate line."
                        error=wrong.field("amount")
                        required=true
                    />
                    <TextArea
                        name="reason"
                        label="Reason"
                        help="The vendor can see this."
                        rows=2
                        error=wrong.field("reason")
                        required=true
                    />
                    <FormActions>
                        <Button submit=true pending=correct.pending()>
                            "Correct"
                        </Button>
                    </FormActions>
                </PostForm>
                {open.then(|| void_form(void, void_id, void_key))}
            </section>
        }
    });
    view! {
        <PageHeader title=page.row.vendor crumbs=vec![Crumb::new(page.back, "Vendor payments")]/>
        <div class="flex flex-col gap-8">{facts} {first} {asked} {decide}</div>
    }
    .into_any()
}

fn void_form(void: Posting<VoidPayable>, id: String, key: String) -> AnyView {
    let reason = void.problems().field("reason");
    view! {
        <details open=reason.get_untracked().is_some()>
            <summary class="text-sm text-muted cursor-pointer w-fit">"Void this line"</summary>
            <PostForm action=void class="flex flex-col gap-3 pt-3">
                <p class="text-sm">"Cancels this line and its corrections."</p>
                <input type="hidden" name="form_key" value=key/>
                <input type="hidden" name="id" value=id/>
                <TextArea
                    name="reason"
                    id="void-reason"
                    label="Why this line is void"
                    rows=2
                    error=reason
                    required=true
                />
                <FormActions>
                    <Button kind=ButtonKind::Danger submit=true pending=void.pending()>
                        "Void"
                    </Button>
                </FormActions>
            </PostForm>
        </details>
    }
    .into_any()
}
