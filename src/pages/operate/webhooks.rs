//! `/admin/webhooks` and `/admin/webhooks/{id}`: the inbox of what the payment provider told us, with *Replay* and
//! *Ignore with reason* (WH7).

use crate::{
    api::operate::{IgnoreEvent, ReadEventDetail, ReadEventList, ReplayEvent},
    components::*,
    pages::kernel::{Listed, counted, path_id, read_query, use_query},
    wire::{PostForm, posting, read},
};
use domain::{
    list::ListQuery as _,
    operate::view::{EventDetail, EventList, EventQuery, EventState, EventView},
};
use leptos::prelude::*;

const PATH: &str = "/admin/webhooks";

fn tone(state: EventState) -> Tone {
    match state {
        EventState::Processed => Tone::Success,
        EventState::Received => Tone::Info,
        EventState::Unmatched => Tone::Warning,
        EventState::Dead => Tone::Danger,
        EventState::Ignored => Tone::Neutral,
    }
}

/// The inbox.
#[component]
pub fn Webhooks() -> impl IntoView {
    let map = use_query();
    let query = Memo::new(move |_| map.with(read_query));
    let list = read(move || ReadEventList { query: query.get() });
    view! {
        <PageHeader
            title="Webhooks"
            list=true
            lead="Events from Stripe, checked with Stripe before we act."
        />
        {list.show(Skeleton::Table(10), move |list| match list {
                    Ok(list) => view! { <Found list query=query.get_untracked()/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
}

#[component]
fn Found(list: EventList, query: EventQuery) -> impl IntoView {
    let listed = Listed {
        query: &query,
        path: PATH,
    };
    let all = list.counts.iter().map(|(_, count)| count).sum::<i64>();
    let of = |state: &str| query.with("state", state).href(PATH);
    let mut tabs = vec![Tab::new(of(""), "All", query.state.parse::<EventState>().is_err()).count(all)];
    tabs.extend(list.counts.iter().map(|(state, count)| {
        Tab::new(of(state.as_str()), state.label(), query.state == state.as_str()).count(*count)
    }));
    let shown = counted(list.rows.len() as i64, "event", "events");
    let (first, next) = listed.pages(list.next.as_deref());
    let table = if list.rows.is_empty() {
        view! {
            <EmptyState icon=Icon::Webhook title="No events">
                "Events arrive when a client subscribes, pays or changes a card."
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <DataTable
                caption="Events"
                list=true
                columns=vec![
                    Column::new("Event"),
                    Column::new("Object"),
                    Column::new("State"),
                    Column::numeric("Tries"),
                    Column::new("Received"),
                ]
            >
                {list.rows.into_iter().map(row).collect_view()}
            </DataTable>
            <Pagination shown first next/>
        }
        .into_any()
    };
    view! {
        <Tabs label="Event state" tabs/>
        <h2 class="sr-only">"Events"</h2>
        {table}
    }
    .into_any()
}

fn row(event: EventView) -> impl IntoView {
    view! {
        <Row>
            <RowHead href=format!("{PATH}/{}", event.id)>{event.kind}</RowHead>
            <Cell label="Object" phone=Phone::Line grows=true>
                <span class="text-sm text-muted">{event.object_id}</span>
            </Cell>
            <Cell label="State" phone=Phone::End>
                <StateWord text=event.state.label() tone=tone(event.state)/>
                {event.note.map(|note| view! { <span class="ml-2 text-sm text-muted">{note}</span> })}
            </Cell>
            <Cell label="Tries" numeric=true>
                {event.attempts}
            </Cell>
            <Cell label="Received">
                <ShortTime moment=event.received/>
            </Cell>
        </Row>
    }
}

/// One event: its state, what can be done about it, its body.
#[component]
pub fn Webhook() -> impl IntoView {
    let id = path_id();
    let event = read(move || ReadEventDetail { id: id.clone() });
    view! {
        {event.show(Skeleton::Text(12), move |found| match found {
                    Ok(detail) => view! { <Detail detail/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Event"/>
                            <ErrorState error home=PATH/>
                        }
                            .into_any()
                    }
        })}
    }
}

#[component]
fn Detail(detail: EventDetail) -> impl IntoView {
    let EventDetail {
        event,
        api_version,
        processed,
        payload,
    } = detail;
    let replay = posting::<ReplayEvent>();
    let ignore = posting::<IgnoreEvent>();
    let problems = ignore.problems();
    let (shown_id, replay_id, ignore_id) = (event.id.clone(), event.id.clone(), event.id);
    view! {
        <PageHeader title=event.kind crumbs=vec![Crumb::new(PATH, "Webhooks")]/>
        <div class="flex flex-col gap-8">
            <Facts>
                <Fact label="State">
                    <Badge text=event.state.label() tone=tone(event.state)/>
                </Fact>
                {event.note.map(|note| view! { <Fact label="Note">{note}</Fact> })}
                <Fact label="Event">{shown_id}</Fact>
                <Fact label="Object">{event.object_id}</Fact>
                <Fact label="Received">
                    <Time iso=event.received.iso text=event.received.text relative=event.received.relative/>
                </Fact>
                {processed
                    .map(|at| {
                        view! {
                            <Fact label="Processed">
                                <Time iso=at.iso text=at.text relative=at.relative/>
                            </Fact>
                        }
                    })}
                <Fact label="Tries">{event.attempts}</Fact>
                <Fact label="API version">{api_version}</Fact>
            </Facts>
            {event
                .may_replay
                .then(|| {
                    view! {
                        <PostForm action=replay>
                            <input type="hidden" name="id" value=replay_id/>
                            <Button kind=ButtonKind::Primary submit=true pending=replay.pending()>
                                "Replay"
                            </Button>
                        </PostForm>
                    }
                })}
            {event
                .may_ignore
                .then(|| {
                    view! {
                        <PostForm action=ignore class="flex flex-col gap-4 max-w-lg">
                            <ErrorSummary problems labels=&[("reason", "Reason")]/>
                            <input type="hidden" name="id" value=ignore_id/>
                            <TextField
                                name="reason"
                                label="Reason"
                                help="Why this event can be ignored."
                                maxlength=200
                                error=problems.field("reason")
                            />
                            <FormActions>
                                <Button submit=true pending=ignore.pending()>
                                    "Ignore"
                                </Button>
                            </FormActions>
                        </PostForm>
                    }
                })}
            <section>
                <SectionTitle title="Body"/>
                <pre class="panel overflow-x-auto text-sm" tabindex="0" aria-label="Body of the event">
                    {payload}
                </pre>
            </section>
        </div>
    }
    .into_any()
}
