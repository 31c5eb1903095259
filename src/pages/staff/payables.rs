//! `/admin/reports/vendor-payments`: what vendors are owed (VP5): packs and services, totals, approving and paying in bulk; one
//! line with its facts, corrections and questions. Without JavaScript the table is a form that leads to the page that the dialog
//! shows.

use crate::{
    api::payables::{
        AnswerQuery, ApprovePayables, CorrectPayable, PayPayables, ReadMatchingPayables, ReadPayDialog, ReadPayable,
        ReadPayables, VoidPayable,
    },
    components::*,
    pages::{
        back as back_to,
        payables::{asked_badge, line_facts, questions, state_badge},
    },
    wire::{Loading, PostForm, Posting, Reading, call, posting, read, read_with},
};
use domain::{
    AppError, AppResult,
    payables::{
        MAX_LINES, PayableState, PayablesQuery,
        view::{MarkedView, PayDialog, PayableRow, PayableTotal, PayableView, PayablesReport},
    },
    shown::Named,
};
use leptos::prelude::*;
use leptos_router::{
    hooks::{use_params_map, use_query_map},
    params::ParamsMap,
};

/// Where the report stands.
const PATH: &str = "/admin/reports/vendor-payments";
/// What the dialog shows, as a page.
const PAY: &str = "/admin/reports/vendor-payments/pay";

fn read_query(map: &ParamsMap) -> PayablesQuery {
    let names = PayablesQuery::default().pairs().map(|(name, _)| name);
    let values = names.map(|name| (name, map.get(name).unwrap_or_default()));
    PayablesQuery::from_pairs(values.iter().map(|(name, value)| (*name, value.as_str())))
}

fn lines(count: i64) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}

/// What the dialog is about, and whether it is open.
#[derive(Clone, Copy)]
struct Asking {
    open: RwSignal<bool>,
    found: RwSignal<Option<AppResult<PayDialog>>>,
}

impl Asking {
    fn ask(self, ids: Vec<String>) {
        self.found.set(None);
        self.open.set(true);
        leptos::task::spawn_local(async move {
            let ask = ReadPayDialog {
                ids,
                all: false,
                query: PayablesQuery::default(),
            };
            let answer = call(ask).await;
            let _ = self.found.try_set(Some(answer));
        });
    }
}

/// Says what a press did; `true` where it did something.
fn say(answer: Option<AppResult<MarkedView>>) -> bool {
    match answer {
        Some(Ok(done)) if done.marked > 0 => toasts().success(done.words),
        Some(Ok(done)) => toasts().error(done.words),
        Some(Err(AppError::Invalid { .. })) | None => return false,
        Some(Err(error)) => {
            toasts().error(error.message());
            return false;
        }
    }
    true
}

/// The report.
#[component]
pub fn VendorPayments() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| map.with(read_query));
    let approve = posting::<ApprovePayables>();
    let pay = posting::<PayPayables>();
    let live = use_live();
    let report = read_with(
        move || approve.version() + pay.version() + live.get(),
        move || ReadPayables { query: query.get() },
    );
    let chosen = Selection::default();
    let asking = Asking {
        open: RwSignal::new(false),
        found: RwSignal::new(None),
    };
    effect(move || {
        if say(approve.get()) {
            chosen.clear();
        }
    });
    effect(move || {
        if say(pay.get()) {
            asking.open.set(false);
            chosen.clear();
        }
    });
    let export = move |kind: &str| {
        let all = PayablesQuery {
            after: String::new(),
            ..query.get()
        };
        all.href(&format!("{PATH}.{kind}"))
    };
    view! {
        <PageHeader
            title="Vendor Payments"
            lead="What vendors are owed, by pack and by delivered unit."
            actions=move || {
                view! {
                    <a href=move || export("csv") class="btn btn-quiet" download="">
                        "CSV"
                    </a>
                    <a href=move || export("xlsx") class="btn btn-quiet" download="">
                        "XLSX"
                    </a>
                }
            }
        />
        <Loading skeleton=Skeleton::Table(8)>
            {report
                .part(move |report| match report {
                    Ok(report) => head(&report, &query.get_untracked()),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                })}
            <Tools report query/>
            {report
                .part(move |report| {
                    report
                        .ok()
                        .map(|report| {
                            view! { <Found report query=query.get_untracked() chosen asking approve/> }
                        })
                        .into_any()
                })}
        </Loading>
        <Dialog id="pay-lines" title="Mark as paid" open=asking.open>
            {move || match asking.found.get() {
                None => view! { <SkeletonText lines=4/> }.into_any(),
                Some(Err(error)) => view! { <p role="alert">{error.message()}</p> }.into_any(),
                Some(Ok(dialog)) => {
                    let back = query.get_untracked().href(PATH);
                    view! { <PayForm dialog pay back close=Some(asking.open)/> }.into_any()
                }
            }}
        </Dialog>
    }
    .into_any()
}

/// Tabs, the sums, and what vendors ask.
fn head(report: &PayablesReport, query: &PayablesQuery) -> AnyView {
    let services = query.tab == "services";
    let tab = |tab: &str| {
        PayablesQuery {
            tab: tab.to_owned(),
            after: String::new(),
            ..query.clone()
        }
        .href(PATH)
    };
    let [packs, others] = report.open;
    let tabs = vec![
        Tab::new(tab(""), "Packs", !services).count(packs),
        Tab::new(tab("services"), "Services", services).count(others),
    ];
    let asked = report.asked;
    let ask = PayablesQuery {
        query: "open".to_owned(),
        tab: query.tab.clone(),
        ..PayablesQuery::default()
    };
    let total = report.total.clone();
    view! {
        <Tabs label="Vendor payments" tabs/>
        <h2 class="sr-only">"Sums"</h2>
        <div class="grid gap-3 grid-cols-1 sm:grid-cols-3">
            <Kpi label="To pay" figure=total.to_pay/>
            <Kpi label="Approved" figure=total.approved/>
            <Kpi label="Paid" figure=total.paid/>
        </div>
        {(asked > 0)
            .then(|| {
                view! {
                    <p class="mt-3">
                        <TextLink href=ask.href(PATH)>
                            {format!(
                                "{asked} {}",
                                if asked == 1 { "question of a vendor is open" } else { "questions of vendors are open" },
                            )}
                        </TextLink>
                    </p>
                }
            })}
    }
    .into_any()
}

/// Search and filters. They are drawn again only when they themselves change.
#[component]
fn Tools(report: Reading<PayablesReport>, query: Memo<PayablesQuery>) -> impl IntoView {
    let choices = Memo::new(move |_| {
        report
            .get()
            .and_then(Result::ok)
            .map(|report| (report.vendors, report.months))
    });
    view! {
        <div class="my-4">
            {move || {
                choices.get().map(|(vendors, months)| view! { <Filters vendors months query=query.get()/> })
            }}
        </div>
    }
}

const STATES: [(&str, &str); 5] = [
    ("open", "To pay"),
    ("accrued", "Accrued"),
    ("approved", "Approved"),
    ("paid", "Paid"),
    ("void", "Void"),
];

fn choices(named: &[Named]) -> Vec<Choice> {
    std::iter::once(Choice::new("", "All"))
        .chain(named.iter().map(|n| Choice::new(n.id.clone(), n.name.clone())))
        .collect()
}

#[component]
fn Filters(vendors: Vec<Named>, months: Vec<Named>, query: PayablesQuery) -> impl IntoView {
    let (vendors, months) = (choices(&vendors), choices(&months));
    let states = std::iter::once(("", "All"))
        .chain(STATES)
        .map(|(value, label)| Choice::new(value, label));
    let states: Vec<Choice> = states.collect();
    view! {
        <leptos_router::components::Form
            method="GET"
            action=PATH
            attr:role="search"
            attr:aria-label="Find lines"
            attr:class="flex flex-wrap items-end gap-3"
        >
            <input type="hidden" name="tab" value=query.tab/>
            <input type="hidden" name="sort" value=query.sort/>
            <div class="w-full max-w-56">
                <TextField name="q" label="Search" value=query.q placeholder="Client, service, reference"/>
            </div>
            <div class="w-44">
                <SelectField name="vendor" label="Vendor" choices=vendors value=query.vendor/>
            </div>
            <div class="w-36">
                <SelectField name="state" label="State" choices=states value=query.state/>
            </div>
            <div class="w-44">
                <SelectField name="month" label="Month" choices=months value=query.month/>
            </div>
            <Button submit=true icon=Icon::Search>
                "Apply"
            </Button>
        </leptos_router::components::Form>
    }
    .into_any()
}

fn chips(report: &PayablesReport, query: &PayablesQuery) -> Vec<Chip> {
    let name = |named: &[Named], id: &str| named.iter().find(|n| n.id == id).map(|n| n.name.clone());
    let mut chips = Vec::new();
    let mut chip = |label: Option<String>, without: fn(&mut PayablesQuery)| {
        if let Some(label) = label {
            let mut rest = query.clone();
            rest.after.clear();
            without(&mut rest);
            chips.push(Chip {
                label,
                without: rest.href(PATH),
            });
        }
    };
    chip((!query.q.is_empty()).then(|| format!("Search: {}", query.q)), |q| {
        q.q.clear()
    });
    chip(
        name(&report.vendors, &query.vendor).map(|n| format!("Vendor: {n}")),
        |q| q.vendor.clear(),
    );
    let state = STATES.iter().find(|(word, _)| *word == query.state);
    chip(state.map(|(_, label)| format!("State: {label}")), |q| q.state.clear());
    chip(name(&report.months, &query.month).map(|n| format!("Month: {n}")), |q| {
        q.month.clear()
    });
    chip((query.query == "open").then(|| "Question open".to_owned()), |q| {
        q.query.clear()
    });
    chips
}

fn columns(query: &PayablesQuery) -> Vec<Column> {
    let now = if query.sort.is_empty() {
        "-day"
    } else {
        query.sort.as_str()
    };
    let sorted = |column: Column, word: &str| {
        let up = now == word;
        let down = now.strip_prefix('-') == Some(word);
        let to = PayablesQuery {
            sort: if up { format!("-{word}") } else { word.to_owned() },
            after: String::new(),
            ..query.clone()
        };
        let direction = if up {
            Some(Sorted::Ascending)
        } else {
            down.then_some(Sorted::Descending)
        };
        column.sort(to.href(PATH), direction)
    };
    let services = query.tab == "services";
    vec![
        sorted(Column::new("Vendor"), "vendor"),
        sorted(Column::new("Client"), "client"),
        Column::new(if services { "Service" } else { "Pack" }),
        sorted(Column::new(if services { "Delivered" } else { "Period" }), "day"),
        Column::numeric(if services {
            "Units"
        } else {
            "Included / used / delivered"
        }),
        Column::new("Rate"),
        sorted(Column::numeric("Amount"), "amount"),
        sorted(Column::new("State"), "state"),
        sorted(Column::new("Paid on"), "paid"),
    ]
}

#[component]
fn Found(
    report: PayablesReport,
    query: PayablesQuery,
    chosen: Selection,
    asking: Asking,
    approve: Posting<ApprovePayables>,
) -> impl IntoView {
    let chips = chips(&report, &query);
    let clear = PayablesQuery {
        tab: query.tab.clone(),
        sort: query.sort.clone(),
        ..PayablesQuery::default()
    };
    let filtered = !chips.is_empty();
    let at = |after: String| PayablesQuery { after, ..query.clone() }.href(PATH);
    let first = (!query.after.is_empty()).then(|| at(String::new()));
    let next = report.next.clone().map(at);
    let (count, here) = (report.count, report.rows.len());
    let shown = if usize::try_from(count) == Ok(here) {
        lines(count)
    } else {
        format!("{here} of {}", lines(count))
    };
    let open = report.rows.iter().filter(|row| !row.internal);
    let ids: Vec<String> = open.map(|row| row.id.clone()).collect();
    let back = query.href(PATH);
    let services = query.tab == "services";
    let hidden = query
        .pairs()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned()/> });
    let form_key = report.form_key.clone();
    let wanted = query.clone();
    let all_matching = move || {
        let query = wanted.clone();
        leptos::task::spawn_local(async move {
            match call(ReadMatchingPayables { query }).await {
                Ok(ids) => chosen.choose(ids),
                Err(error) => toasts().error(error.message()),
            }
        });
    };
    let most = count.min(MAX_LINES as i64);
    let all_words = if count > most {
        format!("Select the first {most} of {count} matching")
    } else {
        format!("Select all {count} matching")
    };
    let pressed = (form_key.clone(), back.clone());
    let table = if report.rows.is_empty() {
        let words = match (filtered, services) {
            (true, _) => "No line matches these filters.",
            (_, true) => "Delivered units outside of packs appear here, at each vendor's rate for the service.",
            (_, false) => {
                "What vendors are owed for packs appears here when a period is paid or its first unit is delivered."
            }
        };
        view! {
            <EmptyState icon=Icon::Wallet title="Nothing is owed here">
                {words}
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <form method="get" action=PAY>
                {hidden.collect_view()}
                <input type="hidden" name="back" value=back/>
                <input type="hidden" name="form_key" value=form_key/>
                <DataTable
                    caption="Vendor payments"
                    columns=columns(&query)
                    wide=true
                    select_all=move || view! { <SelectAll selection=chosen all=ids.clone()/> }
                >
                    {report.rows.into_iter().map(|row| line(row, chosen)).collect_view()}
                </DataTable>
                <BulkBar selection=chosen>
                    {report
                        .may_decide
                        .then(|| {
                            let (form_key, back) = pressed;
                            view! {
                                <Button
                                    small=true
                                    submit=true
                                    pending=approve.pending()
                                    attr:formmethod="post"
                                    attr:formaction="/api/payables/approve"
                                    on:click=move |event| {
                                        event.prevent_default();
                                        approve
                                            .send(
                                                &ApprovePayables {
                                                    form_key: form_key.clone(),
                                                    ids: chosen.ids(),
                                                    back: back.clone(),
                                                },
                                            );
                                    }
                                >
                                    "Approve"
                                </Button>
                            }
                        })}
                    <Button
                        kind=ButtonKind::Primary
                        small=true
                        submit=true
                        on:click=move |event| {
                            event.prevent_default();
                            asking.ask(chosen.ids());
                        }
                    >
                        "Mark as paid"
                    </Button>
                    {(i64::try_from(here) != Ok(count))
                        .then(|| {
                            view! {
                                <Button
                                    small=true
                                    submit=true
                                    attr:name="all"
                                    attr:value="1"
                                    on:click=move |event| {
                                        event.prevent_default();
                                        all_matching();
                                    }
                                >
                                    {all_words}
                                </Button>
                            }
                        })}
                </BulkBar>
            </form>
            <Pagination shown first next/>
        }
        .into_any()
    };
    let totals = totals(report.totals, &report.total);
    view! {
        <FilterChips chips clear=clear.href(PATH)/>
        {table}
        {totals}
    }
    .into_any()
}

fn line(row: PayableRow, chosen: Selection) -> AnyView {
    let select = if row.internal {
        view! { <td></td> }.into_any()
    } else {
        view! { <SelectCell selection=chosen id=row.id.clone() label=format!("Select {}", row.name)/> }.into_any()
    };
    view! {
        <Row waits=row.asked>
            {select} <RowHead href=format!("{PATH}/{}", row.id)>{row.vendor}</RowHead>
            <Cell label="Client">{row.client}</Cell>
            <Cell label="For">{row.pack}</Cell>
            <Cell label="Period">{row.period}</Cell>
            <Cell label="Units" numeric=true>
                {row.units}
            </Cell>
            <Cell label="Rate">{row.rate}</Cell>
            <Cell label="Amount" numeric=true>
                {row.amount}
            </Cell>
            <Cell label="State">
                <span class="flex flex-wrap gap-1">{state_badge(row.state, row.internal)} {asked_badge(row.asked)}</span>
            </Cell>
            <Cell label="Paid on">
                <span class="flex flex-col whitespace-nowrap">
                    {row.paid_on} <span class="text-sm text-muted">{row.reference}</span>
                </span>
            </Cell>
        </Row>
    }
    .into_any()
}

/// VP5: by vendor and state.
fn totals(vendors: Vec<PayableTotal>, all: &PayableTotal) -> AnyView {
    if vendors.is_empty() {
        return ().into_any();
    }
    let all = PayableTotal {
        vendor: "All".to_owned(),
        ..all.clone()
    };
    let rows: Vec<AnyView> = vendors
        .into_iter()
        .chain([all])
        .map(|total| {
            view! {
                <Row>
                    <RowHead>{total.vendor}</RowHead>
                    <Cell label="Accrued" numeric=true>
                        {total.accrued}
                    </Cell>
                    <Cell label="Approved" numeric=true>
                        {total.approved}
                    </Cell>
                    <Cell label="To pay" numeric=true>
                        {total.to_pay}
                    </Cell>
                    <Cell label="Paid" numeric=true>
                        {total.paid}
                    </Cell>
                </Row>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="mt-8" aria-labelledby="totals">
            <SectionTitle title="Totals" id="totals"/>
            <DataTable
                caption="Totals by vendor"
                columns=vec![
                    Column::new("Vendor"),
                    Column::numeric("Accrued"),
                    Column::numeric("Approved"),
                    Column::numeric("To pay"),
                    Column::numeric("Paid"),
                ]
            >
                {rows}
            </DataTable>
        </section>
    }
    .into_any()
}

/// The dialog as a page: for those without JavaScript.
#[component]
pub fn PayPage() -> impl IntoView {
    let map = use_query_map();
    let pay = posting::<PayPayables>();
    let back = Memo::new(move |_| map.with(|map| back_to(map, PATH)));
    let dialog = read(move || {
        map.with(|map| ReadPayDialog {
            ids: map.get_all("ids[]").unwrap_or_default(),
            all: map.get("all").is_some(),
            query: read_query(map),
        })
    });
    effect(move || {
        say(pay.get());
    });
    view! {
        <PageHeader title="Mark as paid" crumbs=vec![Crumb::new(PATH, "Vendor Payments")]/>
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
                            <EmptyState
                                icon=Icon::Wallet
                                title="Nothing is selected"
                                action=move || view! { <ButtonLink href=back.get()>"Back to the lines"</ButtonLink> }
                            >
                                "Select the lines that are paid."
                            </EmptyState>
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
fn PayForm(
    dialog: PayDialog,
    pay: Posting<PayPayables>,
    back: String,
    /// The dialog's signal, where it is one.
    close: Option<RwSignal<bool>>,
) -> impl IntoView {
    let left_out = dialog.left_out.clone();
    let out = match close {
        Some(open) => view! { <Button on:click=move |_| open.set(false)>"Cancel"</Button> }.into_any(),
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
                value=dialog.today
                error=problems.field("paid_on")
                required=true
            />
            <TextField
                name="reference"
                label="Reference"
                help="How the payment can be found: a transfer's number."
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

/// One line: its facts, what can be decided, and what its vendor asks.
#[component]
pub fn PayableLine() -> impl IntoView {
    let params = use_params_map();
    let approve = posting::<ApprovePayables>();
    let correct = posting::<CorrectPayable>();
    let void = posting::<VoidPayable>();
    let answer = posting::<AnswerQuery>();
    let live = use_live();
    let page = read_with(
        move || approve.version() + correct.version() + void.version() + answer.version() + live.get(),
        move || ReadPayable {
            id: params.with(|params| params.get("id").unwrap_or_default()),
        },
    );
    let saved = move |done: Option<AppResult<()>>, words: &'static str| match done {
        Some(Ok(())) => toasts().success(words),
        Some(Err(AppError::Invalid { .. })) | None => {}
        Some(Err(error)) => toasts().error(error.message()),
    };
    effect(move || {
        say(approve.get());
    });
    effect(move || saved(correct.get(), "The line is corrected."));
    effect(move || saved(void.get(), "The line is void."));
    effect(move || saved(answer.get(), "Answered. Who asked is told."));
    view! {
        {page
            .show(
                Skeleton::Card,
                move |page| match page {
                    Ok(page) => one(page, approve, correct, void, answer),
                    Err(error) => {
                        view! {
                            <PageHeader title="Line" crumbs=vec![Crumb::new(PATH, "Vendor Payments")]/>
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
            let href = format!("{PAY}?ids[]={id}&back={here}");
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
                        help="So much more; with a minus, so much less. A line of its own is added."
                        error=wrong.field("amount")
                        required=true
                    />
                    <TextArea
                        name="reason"
                        label="Reason"
                        help="The vendor reads it."
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
        <PageHeader title=page.row.vendor crumbs=vec![Crumb::new(page.back, "Vendor Payments")]/>
        <div class="flex flex-col gap-8">{facts} {first} {asked} {decide}</div>
    }
    .into_any()
}

fn void_form(void: Posting<VoidPayable>, id: String, key: String) -> AnyView {
    let wrong = void.problems();
    view! {
        <details>
            <summary class="text-sm text-muted cursor-pointer w-fit">"Void this line"</summary>
            <PostForm action=void class="flex flex-col gap-3 pt-3">
                <p class="text-sm">"It is not owed after all; what corrects it goes with it."</p>
                <input type="hidden" name="form_key" value=key/>
                <input type="hidden" name="id" value=id/>
                <TextArea
                    name="reason"
                    id="void-reason"
                    label="Why it is not owed"
                    rows=2
                    error=wrong.field("reason")
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
