//! `/vendor/payments`: the live pay slip (AH7): what each pack has earned and what its next delivery adds, line by line, and what
//! is paid; one line with its facts, and *Query this line*.

use crate::{
    api::payables::{AskAboutPayable, ReadOwnPayable, ReadSlip},
    components::*,
    pages::{
        kernel::{filter_by, path_id, use_query},
        payables::lines::{asked_badge, line_facts, questions, state_word, vendor_packs},
    },
    wire::{PostForm, Posting, posting, read_live},
};
use domain::payables::{
    MORE_LINES,
    view::{PayableView, Slip, SlipLine},
};
use leptos::prelude::*;

/// Where the slip stands.
const PATH: &str = "/vendor/payments";

/// The slip.
#[component]
pub fn VendorPayments() -> impl IntoView {
    let map = use_query();
    let month = Memo::new(move |_| map.with(|map| map.get("month").unwrap_or_default()));
    let slip = read_live(move || ReadSlip { month: month.get() });
    let export = move |kind: &str| {
        let month = month.get();
        if month.is_empty() {
            format!("{PATH}.{kind}")
        } else {
            format!("{PATH}.{kind}?month={month}")
        }
    };
    view! {
        <PageHeader
            title="Payments"
            list=true
            lead="What you've earned, what's paid and what comes next."
            actions=move || {
                view! {
                    <a href=move || export("csv") class="btn btn-quiet" download="">
                        "CSV"
                    </a>
                    <a href=move || export("pdf") class="btn btn-quiet" download="">
                        "PDF"
                    </a>
                }
            }
        />
        {slip
            .show(
                Skeleton::Table(8),
                |slip| match slip {
                    Ok(slip) => whole(slip),
                    Err(error) => view! { <ErrorState error home="/vendor"/> }.into_any(),
                },
            )}
    }
    .into_any()
}

fn whole(slip: Slip) -> AnyView {
    let here = if slip.month.is_empty() {
        PATH.to_owned()
    } else {
        format!("{PATH}?month={}", slip.month)
    };
    let months = filter_by("month", "Month", "Now", &slip.months, &slip.month);
    let now = slip.month.is_empty();
    let packs = (!slip.packs.is_empty()).then(|| {
        view! {
            <section aria-labelledby="packs">
                <SectionTitle title="By pack" id="packs"/>
                {vendor_packs(slip.packs, "Packs", true)}
            </section>
        }
    });
    let lines = if slip.lines.is_empty() {
        view! {
            <EmptyState icon=Icon::Wallet title="Nothing yet">
                "Earnings from your packs appear here."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Lines"
                list=true
                columns=vec![
                    Column::new("For"),
                    Column::new("Client"),
                    Column::numeric("Amount"),
                    Column::new("State"),
                    Column::new("Accrued"),
                    Column::new("Rate"),
                    Column::new("Paid"),
                ]
            >
                {slip.lines.into_iter().map(line).collect_view()}
            </DataTable>
            {slip.more.then(|| view! { <Banner>{MORE_LINES}</Banner> })}
        }
        .into_any()
    };
    view! {
        <div class="flex flex-col gap-8">
            <FilterBar action=PATH label="Choose a month" here keep=().into_any() on=usize::from(!now) fields=Some(months)/>
            <h2 class="sr-only">"Totals"</h2>
            <div class="grid gap-3 grid-cols-1 sm:grid-cols-3">
                <Kpi
                    label=if now { "Earned this period" } else { "Earned" }
                    figure=slip.earned
                />
                <Kpi label="To be paid" figure=slip.to_pay/>
                <Kpi label=if now { "Paid so far" } else { "Paid" } figure=slip.paid/>
            </div>
            {packs}
            <section aria-labelledby="lines">
                <SectionTitle title="Line by line" id="lines"/>
                {lines}
                <p class="text-sm text-muted pt-3">{format!("As of {}.", slip.as_of)}</p>
            </section>
        </div>
    }
    .into_any()
}

fn line(line: SlipLine) -> AnyView {
    view! {
        <Row>
            <RowHead href=format!("{PATH}/{}", line.id)>{line.what}</RowHead>
            <Cell label="Client" phone=Phone::Line>
                {line.client}
            </Cell>
            <Cell label="Amount" numeric=true phone=Phone::End>
                {line.amount}
            </Cell>
            <Cell label="State" phone=Phone::Line>
                <span class="inline-flex items-center gap-2">
                    {state_word(line.state, false)} {asked_badge(line.asked)}
                </span>
            </Cell>
            <Cell label="Accrued" phone=Phone::Line>
                {line.day}
            </Cell>
            <Cell label="Rate">{line.rate}</Cell>
            <Cell label="Paid">{line.paid}</Cell>
        </Row>
    }
    .into_any()
}

/// One line, and what can be asked about it.
#[component]
pub fn VendorPaymentLine() -> impl IntoView {
    let id = path_id();
    let ask = posting::<AskAboutPayable>();
    let page = read_live(move || ReadOwnPayable { id: id.clone() });
    view! {
        {page
            .show(
                Skeleton::Card,
                move |page| match page {
                    Ok(page) => one(page, ask),
                    Err(error) => {
                        view! {
                            <PageHeader title="Line" crumbs=vec![Crumb::new(PATH, "Payments")]/>
                            <ErrorState error home=PATH/>
                        }
                            .into_any()
                    }
                },
            )}
    }
    .into_any()
}

fn one(page: PayableView, ask: Posting<AskAboutPayable>) -> AnyView {
    let facts = line_facts(&page, "Client", PATH);
    let asked = page.row.asked;
    let problems = ask.problems();
    let form = (!asked).then(|| {
        view! {
            <PostForm action=ask class="flex flex-col gap-3 max-w-lg">
                <input type="hidden" name="form_key" value=page.form_key/>
                <input type="hidden" name="id" value=page.row.id/>
                <TextArea
                    name="question"
                    label="Your question"
                    help="We'll email the accounts team and send you their answer."
                    rows=3
                    error=problems.field("question")
                    required=true
                />
                <FormActions>
                    <Button submit=true pending=ask.pending()>
                        "Ask about this payment"
                    </Button>
                </FormActions>
            </PostForm>
        }
    });
    let waits = || view! { <p class="text-sm text-muted">"Not answered yet."</p> }.into_any();
    let before = (!page.queries.is_empty()).then(|| questions(page.queries, move |_| waits()));
    view! {
        <PageHeader title=page.row.pack crumbs=vec![Crumb::new(page.back, "Payments")]/>
        <div class="flex flex-col gap-8">
            {facts}
            <section class="flex flex-col gap-4" aria-labelledby="questions">
                <SectionTitle title="Questions" id="questions"/>
                {before}
                {form}
            </section>
        </div>
    }
    .into_any()
}
