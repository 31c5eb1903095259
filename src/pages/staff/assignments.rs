//! `/admin/assignments`: who does the work of which pack (§14). Selection, the bulk bar and the dialog; without JavaScript the
//! table is a form that leads to the page that the dialog shows.

use crate::{
    api::assignments::{Assign, KeepVendor, ReadAssignDialog, ReadAssignments, ReadMatching, ReadUnassignedRequests},
    api::viewer::use_page,
    components::*,
    pages::back as back_to,
    wire::{Loading, PostForm, Posting, Reading, call, posting, read, read_with},
};
use domain::{
    AppError, AppResult, SubscriptionStatus,
    assignment::{
        AssignmentQuery, MAX_PICKS,
        view::{AssignDialog, AssignmentList, AssignmentRow, PickLine, SpreadView, UnassignedRequests, VendorChoice},
    },
    shown::Named,
};
use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

/// Where the list stands.
const PATH: &str = "/admin/assignments";
/// What the dialog shows, as a page.
const ASSIGN: &str = "/admin/assignments/assign";
/// The queue of requests without a vendor.
const REQUESTS: &str = "/admin/assignments/requests";

fn read_query(map: &ParamsMap) -> AssignmentQuery {
    let names = AssignmentQuery::default().pairs().map(|(name, _)| name);
    let values = names.map(|name| (name, map.get(name).unwrap_or_default()));
    AssignmentQuery::from_pairs(values.iter().map(|(name, value)| (*name, value.as_str())))
}

fn packs(count: i64) -> String {
    format!("{count} {}", if count == 1 { "pack" } else { "packs" })
}

fn tabs(here: &str, waiting: i64) -> Vec<Tab> {
    vec![
        Tab::new(PATH, "Packs", here == PATH),
        Tab::new(REQUESTS, "Unassigned pack requests", here == REQUESTS).count(waiting),
    ]
}

/// What the list's dialog is about, and whether it is open.
#[derive(Clone, Copy)]
struct Asking {
    open: RwSignal<bool>,
    found: RwSignal<Option<AppResult<AssignDialog>>>,
}

impl Asking {
    /// Opens the dialog for some packs.
    fn ask(self, picks: Vec<String>) {
        self.found.set(None);
        self.open.set(true);
        leptos::task::spawn_local(async move {
            let ask = ReadAssignDialog {
                picks,
                all: false,
                query: AssignmentQuery::default(),
            };
            let answer = call(ask).await;
            let _ = self.found.try_set(Some(answer));
        });
    }
}

/// The list.
#[component]
pub fn Assignments() -> impl IntoView {
    let map = use_query_map();
    let query = Memo::new(move |_| map.with(read_query));
    let assign = posting::<Assign>();
    let keep = posting::<KeepVendor>();
    let live = use_live();
    let list = read_with(
        move || assign.version() + keep.version() + live.get(),
        move || ReadAssignments { query: query.get() },
    );
    let chosen = Selection::default();
    let asking = Asking {
        open: RwSignal::new(false),
        found: RwSignal::new(None),
    };
    effect(move || {
        if let Some(Ok(done)) = assign.get() {
            asking.open.set(false);
            chosen.clear();
            toasts().success(format!("Done: {}.", done.summary));
            use_page().refresh();
        }
    });
    effect(move || match keep.get() {
        Some(Ok(_)) => toasts().success("The next vendor was taken back."),
        Some(Err(error)) => toasts().error(error.message()),
        None => {}
    });
    view! {
        <PageHeader title="Pack Assignments" lead="Who does the work of which pack."/>
        <Loading skeleton=Skeleton::Table(8)>
            {list
                .part(move |list| match list {
                    Ok(list) => {
                        let all = tabs(PATH, list.waiting_requests);
                        view! {
                            <Tabs label="Assignments" tabs=all/>
                            <p class="font-semibold tabular">{format!("{} pending", list.pending)}</p>
                        }
                            .into_any()
                    }
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                })}
            <Tools list query/>
            {list
                .part(move |list| {
                    list.ok()
                        .map(|list| view! { <Found list query=query.get_untracked() chosen asking keep/> })
                        .into_any()
                })}
        </Loading>
        <Dialog id="assign-packs" title="Assign packs" open=asking.open>
            {move || match asking.found.get() {
                None => view! { <SkeletonText lines=4/> }.into_any(),
                Some(Err(error)) => view! { <p role="alert">{error.message()}</p> }.into_any(),
                Some(Ok(dialog)) => {
                    let back = query.get_untracked().href(PATH);
                    view! { <AssignForm dialog assign back close=Some(asking.open)/> }.into_any()
                }
            }}
        </Dialog>
    }
    .into_any()
}

/// Search and filters. They are drawn again only when they themselves change.
#[component]
fn Tools(list: Reading<AssignmentList>, query: Memo<AssignmentQuery>) -> impl IntoView {
    let choices = Memo::new(move |_| {
        list.get()
            .and_then(Result::ok)
            .map(|list| (list.services, list.vendors))
    });
    view! {
        <div class="my-4">
            {move || {
                choices.get().map(|(services, vendors)| view! { <Filters services vendors query=query.get()/> })
            }}
        </div>
    }
}

#[component]
fn Filters(services: Vec<Named>, vendors: Vec<Named>, query: AssignmentQuery) -> impl IntoView {
    let choices = |named: &[Named]| -> Vec<Choice> {
        std::iter::once(Choice::new("", "All"))
            .chain(named.iter().map(|n| Choice::new(n.id.clone(), n.name.clone())))
            .collect()
    };
    let (services, vendors) = (choices(&services), choices(&vendors));
    view! {
        <leptos_router::components::Form
            method="GET"
            action=PATH
            attr:role="search"
            attr:aria-label="Find packs"
            attr:class="flex flex-wrap items-end gap-3"
        >
            <input type="hidden" name="sort" value=query.sort/>
            <div class="w-full max-w-56">
                <TextField name="q" label="Search" value=query.q placeholder="Client or service"/>
            </div>
            <div class="w-44">
                <SelectField name="vendor" label="Vendor" id="filter-vendor" choices=vendors value=query.vendor/>
            </div>
            <div class="w-44">
                <SelectField name="service" label="Service" choices=services value=query.service/>
            </div>
            <div class="w-40">
                <SelectField
                    name="pending"
                    label="Show"
                    choices=vec![Choice::new("", "All packs"), Choice::new("1", "Pending only")]
                    value=query.pending
                />
            </div>
            <div class="w-40">
                <SelectField
                    name="ends"
                    label="Period"
                    choices=vec![Choice::new("", "Any"), Choice::new("soon", "Ends soon")]
                    value=query.ends
                />
            </div>
            <Button submit=true icon=Icon::Search>
                "Apply"
            </Button>
        </leptos_router::components::Form>
    }
    .into_any()
}

fn chips(list: &AssignmentList, query: &AssignmentQuery) -> Vec<Chip> {
    let name = |named: &[Named], id: &str| named.iter().find(|n| n.id == id).map(|n| n.name.clone());
    let mut chips = Vec::new();
    let mut chip = |label: Option<String>, without: fn(&mut AssignmentQuery)| {
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
        name(&list.vendors, &query.vendor).map(|n| format!("Vendor: {n}")),
        |q| q.vendor.clear(),
    );
    chip(
        name(&list.services, &query.service).map(|n| format!("Service: {n}")),
        |q| q.service.clear(),
    );
    chip((query.pending == "1").then(|| "Pending only".to_owned()), |q| {
        q.pending.clear()
    });
    chip((query.ends == "soon").then(|| "Ends soon".to_owned()), |q| {
        q.ends.clear()
    });
    chips
}

fn columns(query: &AssignmentQuery) -> Vec<Column> {
    let now = if query.sort.is_empty() {
        "client"
    } else {
        query.sort.as_str()
    };
    let sorted = |column: Column, word: &str| {
        let up = now == word;
        let down = now.strip_prefix('-') == Some(word);
        let to = AssignmentQuery {
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
    vec![
        sorted(Column::new("Client"), "client"),
        sorted(Column::new("Service"), "service"),
        sorted(Column::new("Pack"), "pack"),
        sorted(Column::new("Period"), "period"),
        sorted(Column::numeric("Used / Included"), "used"),
        sorted(Column::new("Current vendor"), "vendor"),
        Column::new("Next period vendor"),
        sorted(Column::new("Since"), "since"),
        Column::new("Status"),
        Column::hidden("Actions"),
    ]
}

#[component]
fn Found(
    list: AssignmentList,
    query: AssignmentQuery,
    chosen: Selection,
    asking: Asking,
    keep: Posting<KeepVendor>,
) -> impl IntoView {
    let chips = chips(&list, &query);
    let clear = AssignmentQuery {
        sort: query.sort.clone(),
        ..AssignmentQuery::default()
    };
    let filtered = !chips.is_empty();
    let first = (!query.after.is_empty()).then(|| {
        let first = AssignmentQuery {
            after: String::new(),
            ..query.clone()
        };
        first.href(PATH)
    });
    let next = list
        .next
        .clone()
        .map(|after| AssignmentQuery { after, ..query.clone() }.href(PATH));
    let (total, here) = (list.total, list.rows.len());
    let shown = if usize::try_from(total) == Ok(here) {
        packs(total)
    } else {
        format!("{here} of {}", packs(total))
    };
    let ids: Vec<String> = list.rows.iter().map(|row| row.id.clone()).collect();
    let back = query.href(PATH);
    let hidden = query
        .pairs()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value.to_owned()/> });
    let form_key = list.form_key.clone();
    let wanted = query.clone();
    let all_matching = move |_| {
        let query = wanted.clone();
        leptos::task::spawn_local(async move {
            match call(ReadMatching { query }).await {
                Ok(picks) => {
                    let ids = picks
                        .iter()
                        .map(|pick| pick.split('~').next().unwrap_or_default().to_owned());
                    chosen.choose(ids);
                }
                Err(error) => toasts().error(error.message()),
            }
        });
    };
    let most = total.min(MAX_PICKS as i64);
    let all_words = if total > most {
        format!("Select the first {most} of {total} matching")
    } else {
        format!("Select all {total} matching")
    };
    let table = if list.rows.is_empty() {
        let (title, words) = if filtered {
            ("No packs here", "No pack matches these filters.")
        } else {
            ("No packs yet", "Packs appear here when clients subscribe.")
        };
        view! {
            <EmptyState icon=Icon::Packages title=title>
                {words}
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <form method="get" action=ASSIGN>
                {hidden.collect_view()}
                <input type="hidden" name="back" value=back.clone()/>
                <input type="hidden" name="form_key" value=form_key.clone()/>
                <DataTable
                    caption="Pack assignments"
                    columns=columns(&query)
                    wide=true
                    select_all=move || view! { <SelectAll selection=chosen all=ids.clone()/> }
                >
                    {list
                        .rows
                        .into_iter()
                        .map(|row| {
                            view! { <AssignmentLine row chosen asking keep form_key=form_key.clone() back=back.clone()/> }
                        })
                        .collect_view()}
                </DataTable>
                <BulkBar selection=chosen>
                    <Button
                        kind=ButtonKind::Primary
                        small=true
                        submit=true
                        on:click=move |event| {
                            event.prevent_default();
                            asking.ask(chosen.ids());
                        }
                    >
                        "Assign"
                    </Button>
                    {(i64::try_from(here) != Ok(total))
                        .then(|| {
                            view! {
                                <Button
                                    small=true
                                    submit=true
                                    attr:name="all"
                                    attr:value="1"
                                    on:click=move |event| {
                                        event.prevent_default();
                                        all_matching(());
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
    view! {
        <FilterChips chips clear=clear.href(PATH)/>
        {table}
    }
    .into_any()
}

const fn status_badge(status: SubscriptionStatus) -> (&'static str, Tone) {
    match status {
        SubscriptionStatus::PastDue => ("Past due", Tone::Warning),
        _ => ("Active", Tone::Success),
    }
}

#[component]
fn AssignmentLine(
    row: AssignmentRow,
    chosen: Selection,
    asking: Asking,
    keep: Posting<KeepVendor>,
    form_key: String,
    back: String,
) -> impl IntoView {
    let name = format!("{} · {}", row.client, row.pack);
    let pending = row.vendor.is_none();
    let waiting = row.waiting;
    let (text, tone) = status_badge(row.status);
    let (text, tone) = match row.ends {
        Some(ends) => (ends, Tone::Neutral),
        None => (text.to_owned(), tone),
    };
    let (id, pick) = (row.id.clone(), row.pick.clone());
    let taken_back = KeepVendor {
        form_key,
        pick: pick.clone(),
        back,
    };
    let keep_words = format!("Remove the next vendor of {name}");
    let usage = row.usage;
    view! {
        <Row waits=pending>
            <SelectCell selection=chosen id=row.id label=format!("Select {name}")/>
            <RowHead>{row.client}</RowHead>
            <Cell label="Service">{row.service}</Cell>
            <Cell label="Pack">{row.pack}</Cell>
            <Cell label="Period">{row.period}</Cell>
            <Cell label="Used / Included" numeric=true>
                {format!("{}/{}", usage.used, usage.included)}
            </Cell>
            <Cell label="Current vendor">
                {match row.vendor {
                    Some(vendor) => vendor.into_any(),
                    None => {
                        view! {
                            <Badge text="Pending Assignment" tone=Tone::Warning/>
                            {(waiting > 0)
                                .then(|| {
                                    view! {
                                        <span class="block text-sm text-muted">
                                            {format!(
                                                "{waiting} {}",
                                                if waiting == 1 { "request waits" } else { "requests wait" },
                                            )}
                                        </span>
                                    }
                                })}
                        }
                            .into_any()
                    }
                }}
            </Cell>
            <Cell label="Next period vendor">
                <span class="flex flex-col items-end sm:items-start gap-0.5">
                    {row
                        .next
                        .map(|next| {
                            view! {
                                <span class="flex items-center gap-1">
                                    {next}
                                    <Button
                                        small=true
                                        kind=ButtonKind::Ghost
                                        submit=true
                                        attr:name="pick"
                                        attr:value=pick
                                        attr:formmethod="post"
                                        attr:formaction="/api/assignments/keep"
                                        attr:aria-label=keep_words
                                        on:click=move |event| {
                                            event.prevent_default();
                                            keep.send(&taken_back);
                                        }
                                    >
                                        "Remove"
                                    </Button>
                                </span>
                            }
                        })}
                    {row.next_note.map(|note| view! { <span class="text-sm text-muted">{note}</span> })}
                </span>
            </Cell>
            <Cell label="Since">{row.since}</Cell>
            <Cell label="Status">
                <Badge text tone/>
            </Cell>
            <Cell>
                <Button
                    small=true
                    submit=true
                    attr:name="one"
                    attr:value=id.clone()
                    attr:aria-label=format!("Assign {name}")
                    on:click=move |event| {
                        event.prevent_default();
                        asking.ask(vec![id.clone()]);
                    }
                >
                    "Assign"
                </Button>
            </Cell>
        </Row>
    }
    .into_any()
}

/// The dialog as a page: for those without JavaScript.
#[component]
pub fn AssignPage() -> impl IntoView {
    let map = use_query_map();
    let assign = posting::<Assign>();
    let back = Memo::new(move |_| map.with(|map| back_to(map, PATH)));
    let dialog = read(move || {
        map.with(|map| {
            let picks = match map.get("one") {
                Some(one) => vec![one],
                None => map.get_all("ids[]").unwrap_or_default(),
            };
            ReadAssignDialog {
                picks,
                all: map.get("all").is_some(),
                query: read_query(map),
            }
        })
    });
    view! {
        <PageHeader title="Assign packs" crumbs=vec![Crumb::new(PATH, "Pack Assignments")]/>
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
                                    <SectionTitle title="What each would do" id="each"/>
                                    <ul class="divide-y divide-base-300">{each}</ul>
                                </section>
                            </div>
                        }
                            .into_any()
                    }
                    Err(AppError::Invalid { .. }) => {
                        view! {
                            <EmptyState
                                icon=Icon::Packages
                                title="Nothing is selected"
                                action=move || view! { <ButtonLink href=back.get()>"Back to the packs"</ButtonLink> }
                            >
                                "Select the packs that you want to assign."
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
            <summary class="font-semibold cursor-pointer w-fit">{packs(lines.len() as i64)}</summary>
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

/// The form of the dialog and of the page.
#[component]
fn AssignForm(
    dialog: AssignDialog,
    assign: Posting<Assign>,
    back: String,
    /// The dialog's signal, where it is one.
    close: Option<RwSignal<bool>>,
) -> impl IntoView {
    let AssignDialog {
        form_key,
        picks,
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
            <p>"No active vendor offers this service. Say on a vendor's page what it offers."</p>
        }
        .into_any();
    }
    let problems = assign.problems();
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
    let fields: Vec<String> = picks.into_iter().map(|line| line.pick).collect();
    let key = form_key.clone();
    let to = back.clone();
    view! {
        <div class="flex flex-col gap-4">
            {about} {spread.map(|spread| view! { <Spread spread form_key assign back/> })}
            <PostForm action=assign class="flex flex-col gap-4">
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
                            <details>
                                <summary class="text-sm text-muted cursor-pointer w-fit">"Replace now"</summary>
                                <div class="flex flex-col gap-3 pt-3">
                                    <p class="text-sm">
                                        "In an emergency: the vendor of this period loses what it has not delivered, and the payment is split by what was delivered."
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
                                        error=problems.field("reason")
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
                                        {format!("Assign the {can} that can be")}
                                    </Button>
                                }
                            })
                    }}
                    {match close {
                        Some(open) => {
                            view! { <Button on:click=move |_| open.set(false)>"Cancel"</Button> }.into_any()
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
            <p class="text-sm">{spread.words} ". By what is to come and what each delivers."</p>
            <div>
                <Button small=true submit=true pending=assign.pending()>
                    "Use this spread"
                </Button>
            </div>
        </PostForm>
    }
    .into_any()
}

/// The queue *Unassigned pack requests* (AS9).
#[component]
pub fn UnassignedRequestsPage() -> impl IntoView {
    let map = use_query_map();
    let live = use_live();
    let page = read_with(
        move || live.get(),
        move || ReadUnassignedRequests {
            after: map.with(|map| map.get("after").unwrap_or_default()),
        },
    );
    view! {
        <PageHeader title="Unassigned pack requests" lead="They wait for the first vendor of their pack."/>
        {page.show(Skeleton::Table(6), move |page| match page {
            Ok(page) => view! { <Queue page/> }.into_any(),
            Err(error) => view! { <ErrorState error home=PATH/> }.into_any(),
        })}
    }
    .into_any()
}

#[component]
fn Queue(page: UnassignedRequests) -> impl IntoView {
    let all = tabs(REQUESTS, page.total);
    let next = page.next.map(|after| format!("{REQUESTS}?after={after}"));
    let shown = format!(
        "{} {}",
        page.total,
        if page.total == 1 { "request" } else { "requests" }
    );
    let table = if page.rows.is_empty() {
        view! {
            <EmptyState icon=Icon::Requests title="Nothing waits">
                "Every pack that has requests has a vendor."
            </EmptyState>
        }
        .into_any()
    } else {
        let rows = page
            .rows
            .into_iter()
            .map(|row| {
                view! {
                    <Row>
                        <RowHead href=format!("/requests/{}", row.id)>{row.title}</RowHead>
                        <Cell label="Number" numeric=true>
                            {format!("#{}", row.number)}
                        </Cell>
                        <Cell label="Client">{row.client}</Cell>
                        <Cell label="Pack">{row.pack}</Cell>
                        <Cell label="Units" numeric=true>
                            {row.quantity}
                        </Cell>
                        <Cell label="Submitted">
                            <Time iso=row.submitted.iso text=row.submitted.text relative=row.submitted.relative/>
                        </Cell>
                    </Row>
                }
            })
            .collect_view();
        view! {
            <DataTable
                caption="Unassigned pack requests"
                columns=vec![
                    Column::new("Title"),
                    Column::numeric("Number"),
                    Column::new("Client"),
                    Column::new("Pack"),
                    Column::numeric("Units"),
                    Column::new("Submitted"),
                ]
            >
                {rows}
            </DataTable>
            <Pagination shown next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Assignments" tabs=all/>
        {table}
    }
    .into_any()
}
