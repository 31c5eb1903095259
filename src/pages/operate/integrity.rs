//! `/admin/integrity`: the proof of the books (§1, I1–I8), and the alarms that nobody has resolved.

use crate::{
    api::operate::{ReadIntegrity, ResolveAlarm},
    components::*,
    pages::kernel::counted,
    wire::{PostForm, posting, read_live},
};
use domain::operate::view::{AlarmView, IntegrityCheck, IntegrityPage};
use leptos::prelude::*;

/// The proof of the books.
#[component]
pub fn Integrity() -> impl IntoView {
    let page = read_live(|| ReadIntegrity {});
    view! {
        <PageHeader title="Integrity" lead="Every rule for money and units, checked against the books."/>
        {page.show(Skeleton::Table(8), move |found| match found {
                    Ok(found) => view! { <Found page=found/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(page: IntegrityPage) -> impl IntoView {
    let IntegrityPage {
        checked,
        checks,
        alarms,
    } = page;
    let broken: usize = checks.iter().map(|check| check.broken.len()).sum();
    let (tone, words) = match broken {
        0 => (Tone::Success, "All checks passed.".to_owned()),
        1 => (Tone::Danger, "1 row breaks a rule. See the details below.".to_owned()),
        n => (Tone::Danger, format!("{n} rows break a rule. See the details below.")),
    };
    let is_broken = broken > 0;
    let rules = counted(checks.len() as i64, "rule", "rules");
    view! {
        <div class="flex flex-col gap-8">
            <Banner tone>
                {words} {format!(" {rules}, checked ")} <Time iso=checked.iso text=checked.text/>
            </Banner>
            // What holds needs no reading; what is broken stands open.
            <details class="group" open=is_broken>
                <summary class="cursor-pointer flex items-center gap-2 text-xl font-semibold">
                    <Glyph icon=Icon::ChevronRight class="size-5 shrink-0 group-open:rotate-90"/>
                    "Rules"
                </summary>
                <ul class="panel flex flex-col divide-y divide-base-300 py-0 mt-3">
                    {checks.into_iter().map(check).collect_view()}
                </ul>
            </details>
            <section aria-labelledby="alarms">
                <SectionTitle title="Alarms" id="alarms"/>
                {if alarms.is_empty() {
                    view! {
                        <EmptyState icon=Icon::Check title="No open alarms">
                            "Differences from Stripe, and events we can't read, appear here."
                        </EmptyState>
                    }
                        .into_any()
                } else {
                    view! { <Alarms alarms/> }.into_any()
                }}
            </section>
        </div>
    }
    .into_any()
}

fn check(check: IntegrityCheck) -> impl IntoView {
    let holds = check.broken.is_empty();
    let (icon, class, words) = if holds {
        (Icon::Success, "text-success", "OK")
    } else {
        (Icon::Error, "text-error", "Broken")
    };
    view! {
        <li class="py-3 flex gap-3">
            <span class=class>
                <Glyph icon class="size-5 shrink-0 mt-0.5"/>
            </span>
            <div class="grow min-w-0">
                <p>
                    <span class="font-semibold tabular">{check.id}</span>
                    " "
                    {check.rule}
                </p>
                {(!holds)
                    .then(|| {
                        view! {
                            <ul class="mt-2 text-sm list-disc pl-5 [overflow-wrap:anywhere]">
                                {check.broken.into_iter().map(|row| view! { <li>{row}</li> }).collect_view()}
                            </ul>
                        }
                    })}
            </div>
            <span class=format!("text-sm font-semibold {class}")>{words}</span>
        </li>
    }
}

#[component]
fn Alarms(alarms: Vec<AlarmView>) -> impl IntoView {
    let resolve = posting::<ResolveAlarm>();
    view! {
        <DataTable
            caption="Alarms"
            columns=vec![
                Column::new("Alarm"),
                Column::new("What was found"),
                Column::new("Raised"),
                Column::hidden("Actions"),
            ]
        >
            {alarms
                .into_iter()
                .map(|alarm| {
                    view! {
                        <Row>
                            <RowHead>{alarm.kind}</RowHead>
                            <Cell label="What was found">
                                <span class="[overflow-wrap:anywhere]">{alarm.detail}</span>
                            </Cell>
                            <Cell label="Raised">
                                <Time iso=alarm.raised.iso text=alarm.raised.text relative=alarm.raised.relative/>
                            </Cell>
                            <Cell>
                                <PostForm action=resolve>
                                    <input type="hidden" name="id" value=alarm.id/>
                                    <Button small=true kind=ButtonKind::Ghost submit=true>
                                        "Resolve"
                                    </Button>
                                </PostForm>
                            </Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
    }
}
