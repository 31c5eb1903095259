//! `/queue?view=board`: the queue by where its requests stand, a card for each (TP5). Nothing is dragged: a card leads to its
//! request.

use crate::{
    api::work::ReadBoard,
    components::*,
    pages::work::list::{PackSwitch, Packed, due, unread_dot},
    wire::read_live,
};
use domain::work::view::{BoardColumn, BoardView, RequestRowView};
use leptos::prelude::*;

/// The board.
#[component]
pub fn Board() -> impl IntoView {
    let board = read_live(|| ReadBoard {});
    board.show(Skeleton::Cards, move |board| match board {
        Ok(board) => view! { <Columns board/> }.into_any(),
        Err(error) => view! { <ErrorState error/> }.into_any(),
    })
}

#[component]
fn Columns(board: BoardView) -> impl IntoView {
    let columns = board.columns.into_iter().map(|column| view! { <Stage column/> });
    let columns = columns.collect_view();
    view! {
        <div class="flex flex-wrap items-center justify-between gap-3 mb-4">
            <PackSwitch on=board.shows_pack_requests/>
            <Packed hidden=board.hidden/>
        </div>
        <div class="grid gap-4 items-start lg:grid-cols-3">{columns}</div>
    }
    .into_any()
}

#[component]
fn Stage(column: BoardColumn) -> impl IntoView {
    let BoardColumn { status, count, rows } = column;
    let label = status.label();
    let more = usize::try_from(count).is_ok_and(|count| count > rows.len()).then(|| {
        view! { <TextLink href=format!("/requests?status={status}&sort=due")>{format!("All {count}")}</TextLink> }
    });
    let nothing = rows
        .is_empty()
        .then(|| view! { <p class="text-muted">"Nothing here."</p> });
    let cards = rows.into_iter().map(|row| view! { <Card row/> }).collect_view();
    view! {
        <section aria-label=label class="bg-base-200 rounded-box p-3 flex flex-col gap-3 min-w-0">
            <h2 class="font-semibold flex items-baseline gap-2">
                {label} <span class="text-sm text-muted font-normal tabular">{count}</span>
            </h2>
            {nothing}
            <ul class="flex flex-col gap-3">{cards}</ul>
            {more}
        </section>
    }
    .into_any()
}

/// One request.
#[component]
fn Card(row: RequestRowView) -> impl IntoView {
    let picture = row.picture.map(|id| {
        let src = format!("/files/{id}/thumbnail");
        view! { <img class="board-picture" src=src alt="" width="320" height="180" loading="lazy"/> }
    });
    // All of it is Tri-POD's: only who of it is news.
    let worker = row.worker.unwrap_or_default();
    let worker = worker
        .split_once(" · ")
        .map_or("Unclaimed", |(_, designer)| designer)
        .to_owned();
    view! {
        <li class="board-card">
            {picture}
            <div class="p-3 flex flex-col gap-1 min-w-0">
                <a class="board-link font-semibold wrap-anywhere" href=row.href>
                    {row.title} " " {unread_dot(row.news)}
                </a>
                <p class="text-sm text-muted">{format!("#{} · {} × {}", row.number, row.quantity, row.service)}</p>
                <p class="text-sm flex flex-wrap justify-between gap-x-3">
                    <span class="text-muted">{worker}</span>
                    {row.due.map(|day| view! { <span>"Due " {due(day, row.overdue)}</span> })}
                </p>
            </div>
        </li>
    }
    .into_any()
}
