//! What the Pack Editor shows below its form: the archive, the subscribers and their moves (PE5), the versions.

use crate::{
    api::{
        catalogue::{ArchivePack, UnarchivePack},
        subscriptions::{MovePackSubscribers, WithdrawMove, WithdrawPackMove},
    },
    components::*,
    wire::{PostForm, Posting, posting},
};
use domain::{
    AppError,
    catalogue::view::{EditedPack, MovesAhead, PackVersionView, SubscriberView},
    error::Problem,
    shown::counted,
};
use leptos::{prelude::*, web_sys};

/// PE7: what is archived says so and can come back.
#[component]
pub(super) fn Archived(pack: EditedPack) -> impl IntoView {
    let action = posting::<UnarchivePack>();
    let problems = action.problems();
    let id = pack.id.to_string();
    pack.archived_at.map(move |at| {
        view! {
            <div class="flex flex-col gap-3">
                <div class="tone-neutral tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                    <p class="grow">{format!("Archived {at}. No longer sold. Current subscribers keep the pack.")}</p>
                    <PostForm action=action>
                        <input type="hidden" name="id" value=id/>
                        <Button small=true submit=true pending=action.pending()>
                            "Bring back"
                        </Button>
                    </PostForm>
                </div>
                <ErrorSummary problems still=true/>
                <OpenDuplicate problems/>
            </div>
        }
    })
}

/// PE6: takes the pack out of the catalogue, after saying what that means.
#[component]
pub(super) fn Archive(pack: EditedPack) -> impl IntoView {
    let action = posting::<ArchivePack>();
    let problems = action.problems();
    let open = RwSignal::new(false);
    effect(move || {
        if action.get().is_some() {
            open.set(false);
        }
    });
    let consequence = match pack.open {
        0 => "No client has this pack. It leaves the catalog. You can bring it back.".to_owned(),
        1 => "1 client has this pack and keeps it. It leaves the catalog. You can bring it back.".to_owned(),
        n => format!("{n} clients have this pack and keep it. It leaves the catalog. You can bring it back."),
    };
    let id = pack.id.to_string();
    pack.archived_at.is_none().then(move || {
        view! {
            <section class="flex flex-col gap-3">
                <SectionTitle title="Archive"/>
                <ErrorSummary problems still=true/>
                <p class="text-muted max-w-[65ch]">
                    "Archived packs are no longer sold. You can create a new pack with the same service and quantity."
                </p>
                <div>
                    <DialogButton dialog="archive" open>
                        "Archive pack"
                    </DialogButton>
                </div>
                <Dialog id="archive" title=format!("Archive {}?", pack.label) open>
                    <p>{consequence}</p>
                    <PostForm action=action>
                        <input type="hidden" name="id" value=id/>
                        <DialogActions>
                            <Button kind=ButtonKind::Danger submit=true pending=action.pending()>
                                "Archive"
                            </Button>
                            <Button press=move |_: web_sys::MouseEvent| open.set(false)>"Keep pack"</Button>
                        </DialogActions>
                    </PostForm>
                </Dialog>
            </section>
        }
    })
}

/// Who has it, on which terms, and the move of PE5.
#[component]
pub(super) fn Subscribers(pack: EditedPack) -> impl IntoView {
    let schedule = posting::<MovePackSubscribers>();
    let withdraw = posting::<WithdrawPackMove>();
    let withdraw_one = posting::<WithdrawMove>();
    let id = pack.id.to_string();
    let withdraw_id = id.clone();
    let (movable, moving, open) = (pack.movable, pack.moving, pack.open);
    let asked = RwSignal::new(false);
    effect(move || {
        if schedule.get().is_some() {
            asked.set(false);
        }
    });
    let shown = pack.subscribers.len() as i64;
    view! {
        <section class="flex flex-col gap-3" aria-labelledby="subscribers">
            <SectionTitle title="Subscribers" id="subscribers"/>
            {(movable > 0)
                .then(|| {
                    view! {
                        <div class="tone-info tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                            <p class="grow">{format!("{} on older terms.", people(movable))}</p>
                            <DialogButton dialog="move" open=asked small=true>
                                "Move existing subscribers at next renewal"
                            </DialogButton>
                        </div>
                        <Dialog id="move" title=format!("Move {}?", people(movable)) open=asked>
                            {ahead(pack.ahead, movable)}
                            <PostForm action=schedule>
                                <input type="hidden" name="id" value=id/>
                                <DialogActions>
                                    <Button kind=ButtonKind::Primary submit=true pending=schedule.pending()>
                                        "Schedule the move"
                                    </Button>
                                    <Button press=move |_: web_sys::MouseEvent| asked.set(false)>"Keep their terms"</Button>
                                </DialogActions>
                            </PostForm>
                        </Dialog>
                    }
                })}
            {(moving > 0)
                .then(|| {
                    view! {
                        <div class="tone-info tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                            <p class="grow">{format!("{} set to move at renewal.", people(moving))}</p>
                            <PostForm action=withdraw>
                                <input type="hidden" name="id" value=withdraw_id/>
                                <Button small=true submit=true pending=withdraw.pending()>
                                    "Cancel the move"
                                </Button>
                            </PostForm>
                        </div>
                    }
                })}
            {if pack.subscribers.is_empty() {
                view! {
                    <EmptyState icon=Icon::Users title="No subscribers yet">
                        "Clients who subscribe appear here."
                    </EmptyState>
                }
                    .into_any()
            } else {
                view! {
                    <DataTable
                        caption="Subscribers"
                        columns=vec![
                            Column::new("Client"),
                            Column::new("Status"),
                            Column::new("Terms"),
                            Column::numeric("Used"),
                            Column::new("Next"),
                        ]
                    >
                        {pack.subscribers.into_iter().map(|row| subscriber(row, withdraw_one)).collect_view()}
                    </DataTable>
                    {(open > shown)
                        .then(|| view! { <p class="text-sm text-muted">{format!("Showing {shown} of {open}.")}</p> })}
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

/// What the move does to whom, before it is asked for; the rest of a long list is counted.
fn ahead(ahead: MovesAhead, movable: i64) -> impl IntoView {
    const NAMED: usize = 8;
    let more = movable - ahead.rows.len().min(NAMED) as i64;
    let rows = ahead.rows.into_iter().take(NAMED).map(|row| {
        view! {
            <li class="flex flex-wrap justify-between gap-x-4">
                <span>{format!("{}, {}", row.client, row.from)}</span>
                <span class="tabular">{row.price}</span>
            </li>
        }
    });
    view! {
        <ul class="flex flex-col gap-1">
            {rows.collect_view()} {(more > 0).then(|| view! { <li class="text-muted">{format!("and {more} more")}</li> })}
        </ul>
        {ahead.monthly.map(|monthly| view! { <p class="font-semibold tabular">{format!("Together {monthly}")}</p> })}
        {match ahead.mail {
            Some(mail) => {
                view! {
                    <p>"We email them now:"</p>
                    <p class="border-l-2 border-base-300 pl-4 text-muted">{mail}</p>
                }
                    .into_any()
            }
            None => {
                view! {
                    <p>"We email clients whose price, or price per extra unit, changes. Nothing changes in their current period."</p>
                }
                    .into_any()
            }
        }}
    }
}

fn people(count: i64) -> String {
    counted(count, "subscriber", "subscribers")
}

fn subscriber(row: SubscriberView, withdraw: Posting<WithdrawMove>) -> impl IntoView {
    let tone = match row.status {
        domain::SubscriptionStatus::Active => Tone::Success,
        domain::SubscriptionStatus::PastDue | domain::SubscriptionStatus::Suspended => Tone::Danger,
        _ => Tone::Neutral,
    };
    let client = row.client.clone();
    view! {
        <Row>
            <RowHead href=format!("/admin/clients/{}", row.client_id)>{row.client}</RowHead>
            <Cell label="Status">
                <Badge text=row.status.label() tone/>
            </Cell>
            <Cell label="Terms">
                <span class="tabular">{row.terms}</span>
                {row
                    .moves
                    .map(|moves| {
                        let label = format!("Cancel the move of {client}");
                        view! {
                            <span class="block text-sm text-muted tabular">{moves}</span>
                            <PostForm action=withdraw>
                                <input type="hidden" name="id" value=row.id.to_string()/>
                                <Button small=true submit=true pending=withdraw.pending() attr:aria-label=label>
                                    "Cancel"
                                </Button>
                            </PostForm>
                        }
                    })}
            </Cell>
            <Cell label="Used" numeric=true>
                {row.used.unwrap_or_else(|| "–".to_owned())}
            </Cell>
            <Cell label="Next">{row.next.unwrap_or_else(|| "–".to_owned())}</Cell>
        </Row>
    }
}

/// PE5: every version that ever was; none of them changes.
#[component]
pub(super) fn Versions(versions: Vec<PackVersionView>) -> impl IntoView {
    let rows = versions
        .into_iter()
        .enumerate()
        .map(|(at, row)| {
            let sold = at == 0;
            view! {
                <Row>
                    <RowHead>
                        {format!("Version {}", row.version)}
                        {sold.then(|| view! { <span class="text-muted font-normal">" · sold now"</span> })}
                    </RowHead>
                    <Cell label="Price" numeric=true>
                        {row.price}
                    </Cell>
                    <Cell label="Vendor payment" numeric=true>
                        {row.vendor_payment}
                    </Cell>
                    <Cell label="Overage price" numeric=true>
                        {row.overage_price.unwrap_or_else(|| "Standard".to_owned())}
                    </Cell>
                    <Cell label="Subscribers" numeric=true>
                        {row.subscribers}
                    </Cell>
                    <Cell label="Stripe">
                        {if row.published {
                            view! { <Badge text="Synced" tone=Tone::Success/> }
                        } else {
                            view! { <Badge text="Syncing" tone=Tone::Warning/> }
                        }}
                    </Cell>
                    <Cell label="Saved">{format!("{} by {}", row.created_at, row.created_by)}</Cell>
                </Row>
            }
        })
        .collect_view();
    view! {
        <section class="flex flex-col gap-3">
            <SectionTitle title="Versions"/>
            <DataTable
                caption="Versions"
                columns=vec![
                    Column::new("Version"),
                    Column::numeric("Price"),
                    Column::numeric("Vendor payment"),
                    Column::numeric("Overage price"),
                    Column::numeric("Subscribers"),
                    Column::new("Stripe"),
                    Column::new("Saved"),
                ]
            >
                {rows}
            </DataTable>
        </section>
    }
}

/// PE4: the pack that stands in the way, one click away.
#[component]
pub(super) fn OpenDuplicate(problems: Problems) -> impl IntoView {
    move || {
        let found = match problems.get() {
            Some(AppError::Invalid { fields }) => fields.into_iter().find_map(|wrong| match wrong.problem {
                Problem::PackDuplicate { pack_id, .. } => Some(pack_id),
                _ => None,
            }),
            _ => None,
        };
        // Only an id of ours becomes a link: an error can come from the address.
        found
            .and_then(|id| id.parse::<domain::PackId>().ok())
            .map(|id| view! { <p class="text-sm"><TextLink href=format!("/admin/packs/{id}")>"Open it"</TextLink></p> })
    }
}
