//! *To pay*: what stands above the report of what vendors are owed, and whom to pay, vendor by vendor (VP4, VP5).

use super::{PATH, PAY};
use crate::{
    api::payables::{ApprovePayables, ReadToPay},
    components::*,
    pages::kernel::counted,
    wire::{PostForm, Posting, posting, read_live},
};
use domain::{
    list::ListQuery as _,
    payables::{
        PayablesQuery,
        view::{PayMonth, ToPay, VendorToPay},
    },
};
use leptos::prelude::*;

/// The page's title, and the files of the lines that a query lets through.
pub(super) fn title(query: Memo<PayablesQuery>) -> AnyView {
    let export = move |kind: &str| query.get().with("after", "").href(&format!("{PATH}.{kind}"));
    view! {
        <PageHeader
            title="Vendor payments"
            list=true
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
    }
    .into_any()
}

/// *To pay*: a row for each vendor, with what waits to be approved and to be paid.
#[component]
pub(super) fn Vendors() -> impl IntoView {
    let approve = posting::<ApprovePayables>();
    let page = read_live(|| ReadToPay {});
    let rows = Rows::default();
    let query = Memo::new(|_| PayablesQuery {
        tab: "all".to_owned(),
        state: "open".to_owned(),
        ..PayablesQuery::default()
    });
    view! {
        {title(query)}
        {page
            .show(
                Skeleton::Table(4),
                move |page| match page {
                    Ok(page) => to_pay(page, rows, approve),
                    Err(error) => view! { <ErrorState error/> }.into_any(),
                },
            )}
    }
    .into_any()
}

/// What is approved of one vendor, or of all: the page where it is paid.
fn pay_href(vendor: &str) -> String {
    let query = PayablesQuery {
        tab: "all".to_owned(),
        state: "approved".to_owned(),
        vendor: vendor.to_owned(),
        ..PayablesQuery::default()
    };
    format!("{}&all=1", query.href(PAY))
}

fn to_pay(page: ToPay, rows: Rows<(String, bool, VendorToPay)>, approve: Posting<ApprovePayables>) -> AnyView {
    let head = head(page.open, page.asked, &page.month, &PayablesQuery::default());
    let all = page.all.map(|words| {
        view! {
            <p class="flex justify-end">
                <ButtonLink href=pay_href("") kind=ButtonKind::Primary>
                    {format!("Pay {words}")}
                </ButtonLink>
            </p>
        }
    });
    let rows = if page.vendors.is_empty() {
        view! {
            <EmptyState icon=Icon::Wallet title="No one to pay">
                "Vendors appear here when a period is paid or a unit is delivered."
            </EmptyState>
        }
        .into_any()
    } else {
        let (key, decides) = (page.form_key, page.may_decide);
        let vendors = page.vendors.into_iter();
        let rows = rows.show(
            vendors.map(|vendor| (key.clone(), decides, vendor)).collect(),
            |(_, _, vendor)| vendor.id.clone(),
            move |(key, decides, vendor)| vendor_to_pay(vendor, &key, decides, approve),
        );
        view! { <ul class="flex flex-col gap-3">{rows}</ul> }.into_any()
    };
    let refused = approve.problems();
    view! {
        {head}
        <div class="flex flex-col gap-4 mt-4">
            {move || refused.get().map(|error| view! { <p role="alert" class="text-error" data-refusals="">{error.message()}</p> })} {all} {rows}
        </div>
    }
    .into_any()
}

fn vendor_to_pay(row: VendorToPay, key: &str, decides: bool, approve: Posting<ApprovePayables>) -> AnyView {
    let lines = PayablesQuery {
        tab: "all".to_owned(),
        state: "open".to_owned(),
        vendor: row.id.clone(),
        ..PayablesQuery::default()
    };
    let about = format!(" {}", row.vendor);
    let approved = about.clone();
    // Each vendor's is a press of its own.
    let key = format!("{key}-{}", &row.id[row.id.len().saturating_sub(12)..]);
    let accrued = PayablesQuery {
        state: "accrued".to_owned(),
        ..lines.clone()
    };
    let waits = row.accrued.map(|words| {
        // More than one press takes: they are approved where they stand.
        if decides && row.to_approve.is_empty() {
            return view! {
                <div class="flex flex-wrap items-center justify-between gap-3">
                    <span class="tabular">{format!("To approve: {words}")}</span>
                    <TextLink href=accrued.href(PATH)>"View lines" <span class="sr-only">{about}</span></TextLink>
                </div>
            }
            .into_any();
        }
        let form = decides.then(|| {
            let ids = row.to_approve.into_iter();
            let ids: Vec<AnyView> = ids
                .map(|id| view! { <input type="hidden" name="ids[]" value=id/> }.into_any())
                .collect();
            view! {
                <PostForm action=approve>
                    <input type="hidden" name="form_key" value=key/>
                    <input type="hidden" name="back" value=PATH/>
                    {ids}
                    <Button small=true submit=true pending=approve.pending()>
                        "Approve"
                        <span class="sr-only">{about}</span>
                    </Button>
                </PostForm>
            }
        });
        view! {
            <div class="flex flex-wrap items-center justify-between gap-3">
                <span class="tabular">{format!("To approve: {words}")}</span>
                {form}
            </div>
        }
        .into_any()
    });
    let pays = row.approved.map(|words| {
        view! {
            <div class="flex flex-wrap items-center justify-between gap-3">
                <span class="tabular">{format!("Approved: {words}")}</span>
                <ButtonLink href=pay_href(&row.id) small=true kind=ButtonKind::Primary>
                    "Pay"
                    <span class="sr-only">{approved}</span>
                </ButtonLink>
            </div>
        }
    });
    view! {
        <li class="panel grid gap-x-8 gap-y-3 sm:grid-cols-2">
            <div>
                <h3 class="font-semibold">{row.vendor}</h3>
                <p>
                    <span class="text-xl font-semibold tabular">{row.sum}</span>
                    " "
                    <TextLink href=lines.href(PATH)>{row.lines}</TextLink>
                </p>
            </div>
            <div class="flex flex-col gap-2">{waits} {pays}</div>
        </li>
    }
    .into_any()
}

/// Tabs, this month's sums on their way from accrued to paid, and what vendors ask.
pub(super) fn head(open: [i64; 2], asked: i64, month: &PayMonth, query: &PayablesQuery) -> AnyView {
    let to_pay = *query == PayablesQuery::default();
    let tab = |tab: &str| query.with("after", "").with("tab", tab).href(PATH);
    let [packs, others] = open;
    let here = |tab: &str| !to_pay && query.tab == tab;
    let mut tabs = vec![
        Tab::new(PATH, "To pay", to_pay),
        Tab::new(tab("packs"), "Packs", here("packs") || here("")).count(packs),
        Tab::new(tab("services"), "Services", here("services")).count(others),
    ];
    if here("all") {
        tabs.push(Tab::new(tab("all"), "All lines", true));
    }
    let ask = PayablesQuery {
        query: "open".to_owned(),
        tab: "all".to_owned(),
        ..PayablesQuery::default()
    };
    let figures: Vec<AnyView> = [("Accrued", "accrued"), ("Approved", "approved"), ("Paid", "paid")]
        .into_iter()
        .zip(&month.sums)
        .map(|((label, state), sum)| {
            let lines = PayablesQuery {
                tab: "all".to_owned(),
                state: state.to_owned(),
                month: month.id.clone(),
                ..PayablesQuery::default()
            };
            view! { <Kpi label figure=sum.clone() href=lines.href(PATH) slim=true/> }.into_any()
        })
        .collect();
    let [accrued, approved, paid] = month.cents;
    // In the order of the figures above.
    let parts = [(accrued, "waits"), (approved, "added"), (paid, "fill")];
    let bar = stacked(&parts, paid.max(0) + approved.max(0) + accrued.max(0), None);
    view! {
        <div class="tabs-beside">
            <Tabs label="Vendor payments" tabs/>
            <p class="text-muted">
                {format!("Figures for {}", month.name)}
                {(asked > 0)
                    .then(|| {
                        view! {
                            " · "
                            <TextLink href=ask.href(PATH)>
                                {counted(asked, "vendor question to answer", "vendor questions to answer")}
                            </TextLink>
                        }
                    })}
            </p>
        </div>
        <h2 class="sr-only">"Summary"</h2>
        <div class="grid gap-2 grid-cols-3">{figures}</div>
        {to_pay.then(|| view! { <div class="pt-2">{bar}</div> })}
    }
    .into_any()
}
