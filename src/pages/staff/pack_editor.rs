//! `/admin/packs/new` and `/admin/packs/{id}`: the Pack Editor (§2), its versions and its subscribers.

use crate::{
    api::{
        catalogue::{
            ArchivePack, MovePackSubscribers, ReadPackEditor, SavePack, UnarchivePack, WithdrawMove, WithdrawPackMove,
            moved_words, saved_words, withdrawn_words,
        },
        viewer::typed,
    },
    components::*,
    wire::{PostForm, Posting, posting, read},
};
use domain::{
    AppError, Cents, Currency,
    catalogue::{
        pack::{self, PackForm, PackTerms, VendorRateMode},
        view::{EditedPack, PackEditor, PackVersionView, ServiceChoice, SubscriberView},
    },
    error::Problem,
    money,
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The form's fields as the error summary names them.
const LABELS: &[(&str, &str)] = &[
    ("service", "Service"),
    ("quantity", "Quantity"),
    ("price", "Monthly price"),
    ("vendor_payment", "Vendor payment"),
    ("vendor_rate_mode", "Vendor is paid"),
    ("overage_price", "Overage price"),
];

/// The editor of a new pack or, with an id in the path, of an existing one.
#[component]
pub fn PackEditorPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")));
    let editor = read(move || ReadPackEditor { id: id.get() });
    view! {
        {editor.show(Skeleton::Text(10), move |found| match found {
                    Ok(found) => view! { <Editor editor=found again=move || editor.refetch()/> }.into_any(),
                    Err(error) => {
                        view! {
                            <PageHeader title="Pack"/>
                            <ErrorState error home="/admin/packs"/>
                        }
                            .into_any()
                    }
        })}
    }
}

#[component]
fn Editor(
    /// What it shows.
    editor: PackEditor,
    /// Reads it again.
    again: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let PackEditor {
        form_key,
        currency,
        services,
        form,
        pack,
    } = editor;
    let title = pack
        .as_ref()
        .map_or_else(|| "New pack".to_owned(), |pack| pack.label.to_string());
    let lead = match &pack {
        None => "One service and a number of units a month. Clients subscribe to it as a whole.".to_owned(),
        Some(pack) => format!("Last changed {}.", pack.updated_at),
    };
    view! {
        <PageHeader title lead crumbs=vec![Crumb::new("/admin/packs", "Packs")]/>
        <div class="flex flex-col gap-8">
            {pack.as_ref().map(|pack| view! { <Archived pack=pack.clone() again/> })}
            <TheForm form_key currency services form pack=pack.clone() again/>
            {pack
                .map(|pack| {
                    view! {
                        <Subscribers pack=pack.clone() again/>
                        <Versions versions=pack.versions.clone()/>
                        <Archive pack again/>
                    }
                })}
        </div>
    }
    .into_any()
}

/// The form as it was typed, where it was refused without JavaScript; only onto the state that it was typed for.
fn refilled(form: PackForm, row_version: i64) -> PackForm {
    if typed("row_version").as_deref() != Some(row_version.to_string().as_str()) {
        return form;
    }
    let or = |name: &str, saved: String| typed(name).unwrap_or(saved);
    PackForm {
        service: or("service", form.service),
        quantity: or("quantity", form.quantity),
        price: or("price", form.price),
        vendor_payment: or("vendor_payment", form.vendor_payment),
        vendor_rate_mode: or("vendor_rate_mode", form.vendor_rate_mode),
        overage_price: or("overage_price", form.overage_price),
        // A switch that is off sends nothing.
        visible: typed("visible").is_some(),
    }
}

/// The figures of what is typed, as far as it can be read: they follow every key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Figures {
    per_unit: Option<String>,
    standard: Option<String>,
    saving: Option<String>,
    vendor: Option<String>,
    margin: Option<String>,
    loses: bool,
}

/// Reads what is typed; what cannot be read is left out.
fn figures(form: &PackForm, services: &[ServiceChoice], currency: Currency) -> Figures {
    let standard = services
        .iter()
        .find(|s| s.id.to_string() == form.service)
        .map(|s| s.unit_price);
    let quantity = money::whole(&form.quantity).filter(|q| (1..=pack::MAX_QUANTITY).contains(q));
    let price = form
        .price
        .parse::<Cents>()
        .ok()
        .filter(|price| *price >= pack::LEAST_CHARGE);
    let vendor_payment = match form.vendor_payment.trim() {
        "" => Some(Cents::ZERO),
        text => text.parse::<Cents>().ok().filter(|amount| *amount >= Cents::ZERO),
    };
    let mode = form.vendor_rate_mode.parse::<VendorRateMode>().ok();
    let mut out = Figures {
        standard: standard.map(|price| price.show(currency)),
        ..Figures::default()
    };
    let (Some(quantity), Some(price)) = (quantity, price) else {
        return out;
    };
    out.per_unit = Some(pack::unit_price_shown(price, quantity).show(currency));
    out.saving = standard
        .and_then(|standard| pack::saving_percent(price, quantity, standard))
        .map(|percent| format!("{percent} %"));
    if let (Some(vendor_payment), Some(vendor_rate_mode)) = (vendor_payment, mode) {
        let cost = PackTerms {
            price,
            vendor_payment,
            vendor_rate_mode,
            overage_price: None,
        }
        .vendor_cost(quantity);
        out.vendor = Some(cost.show(currency));
        out.margin = pack::margin_permille(price, cost).map(|permille| {
            let sign = if permille < 0 { "-" } else { "" };
            format!("{sign}{}.{} %", permille.abs() / 10, permille.abs() % 10)
        });
        out.loses = cost > price;
    }
    out
}

#[component]
fn TheForm(
    form_key: String,
    currency: Currency,
    services: Vec<ServiceChoice>,
    form: PackForm,
    pack: Option<EditedPack>,
    again: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let save = posting::<SavePack>();
    let problems = save.problems();
    let locked = pack.as_ref().is_some_and(|pack| pack.locked);
    let (id, row_version) = pack
        .as_ref()
        .map_or((String::new(), 0), |pack| (pack.id.to_string(), pack.row_version));

    let form = refilled(form, row_version);

    // A saved edit leaves this page where it is: the fields, the key and the version are read again.
    effect(move || {
        if let Some(Ok(saved)) = save.get() {
            // A new pack goes on to the list, and the message with it.
            if !saved.created {
                toasts().success(saved_words(&saved));
                again();
            }
        }
    });

    let service = RwSignal::new(form.service.clone());
    let quantity = RwSignal::new(form.quantity.clone());
    let price = RwSignal::new(form.price.clone());
    let vendor_payment = RwSignal::new(form.vendor_payment.clone());
    let vendor_rate_mode = RwSignal::new(form.vendor_rate_mode.clone());
    let choices = services
        .iter()
        .filter(|s| s.active || s.id.to_string() == form.service)
        .map(|s| {
            let words = if s.active {
                s.name.clone()
            } else {
                format!("{} (inactive)", s.name)
            };
            Choice::new(s.id.to_string(), words)
        })
        .collect::<Vec<_>>();
    let service_name = services
        .iter()
        .find(|s| s.id.to_string() == form.service)
        .map(|s| s.name.clone());
    let none = choices.is_empty();
    let read = Memo::new(move |_| {
        let typed = PackForm {
            service: service.get(),
            quantity: quantity.get(),
            price: price.get(),
            vendor_payment: vendor_payment.get(),
            vendor_rate_mode: vendor_rate_mode.get(),
            ..PackForm::default()
        };
        figures(&typed, &services, currency)
    });
    let sign = currency.symbol();

    view! {
        <div class="grid gap-8 lg:grid-cols-[minmax(0,32rem)_minmax(16rem,20rem)]">
            <PostForm action=save class="flex flex-col gap-5">
                <ErrorSummary problems labels=LABELS/>
                <StaleNote problems/>
                <IdempotencyKey value=form_key/>
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="row_version" value=row_version.to_string()/>
                {if locked {
                    view! {
                        <input type="hidden" name="service" value=form.service.clone()/>
                        <TextField
                            name="service_name"
                            id="f-service"
                            label="Service"
                            value=service_name.unwrap_or_default()
                            readonly=true
                            help="Clients have subscribed, so service and quantity stand. Archive this pack and create another to change them."
                            error=problems.field("service")
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <SelectField
                            name="service"
                            label="Service"
                            choices
                            placeholder="Choose a service"
                            bind=service
                            error=problems.field("service")
                        />
                        {none
                            .then(|| {
                                view! {
                                    <FormNote tone=Tone::Warning>
                                        "There is no active service yet. "
                                        <TextLink href="/admin/services/new">"Create a service"</TextLink>
                                    </FormNote>
                                }
                            })}
                    }
                        .into_any()
                }}
                <div class="flex flex-col gap-1.5">
                    <TextField
                        name="quantity"
                        label="Quantity"
                        kind=InputKind::Number
                        bind=quantity
                        readonly=locked
                        help="Units a month."
                        error=problems.field("quantity")
                    />
                    <OpenDuplicate problems/>
                </div>
                <MoneyField
                    name="price"
                    label="Monthly price"
                    sign=sign.clone()
                    unit="a month"
                    bind=price
                    error=problems.field("price")
                />
                <MoneyField
                    name="vendor_payment"
                    label="Vendor payment"
                    sign=sign.clone()
                    bind=vendor_payment
                    help="What the vendor gets. Empty is nothing; Tri-POD is paid nothing in any case."
                    error=problems.field("vendor_payment")
                />
                <div class="flex flex-col gap-2">
                <RadioGroup
                    name="vendor_rate_mode"
                    label="Vendor is paid"
                    inline=true
                    bind=vendor_rate_mode
                    choices=vec![
                        Choice::new(VendorRateMode::PerPack.as_str(), "per pack"),
                        Choice::new(VendorRateMode::PerUnit.as_str(), "per unit"),
                    ]
                    error=problems.field("vendor_rate_mode")
                />
                <div aria-live="polite">
                    {move || {
                        read.with(|read| read.loses)
                            .then(|| {
                                view! {
                                    <FormNote tone=Tone::Warning>
                                        "The vendor payment is more than the price. You can save it all the same."
                                    </FormNote>
                                }
                            })
                    }}
                </div>
                </div>
                <MoneyField
                    name="overage_price"
                    label="Overage price"
                    sign
                    unit="a unit"
                    value=form.overage_price.clone()
                    help="Price of a unit beyond the pack. Empty: the client's own price, else the service's."
                    error=problems.field("overage_price")
                />
                <SwitchField
                    name="visible"
                    label="Visible to clients"
                    checked=form.visible
                    help="Hidden: nobody new can subscribe. Those who have it keep it."
                />
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                        "Save"
                    </Button>
                    <ButtonLink href="/admin/packs">"Back to packs"</ButtonLink>
                </FormActions>
            </PostForm>
            <FiguresPanel read/>
        </div>
    }
    .into_any()
}

/// PE4: the pack that stands in the way, one click away.
#[component]
fn OpenDuplicate(problems: Problems) -> impl IntoView {
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

/// PE4 `pack_stale`: the way to the new state. What was typed is in the fields until then.
#[component]
fn StaleNote(problems: Problems) -> impl IntoView {
    let path = leptos_router::hooks::use_location().pathname;
    move || {
        matches!(problems.get(), Some(AppError::PackStale { .. } | AppError::Stale))
            .then(|| view! { <p><a href=path.get() rel="external" class="btn btn-sm btn-quiet">"Reload"</a></p> })
    }
}

#[component]
fn FiguresPanel(read: Memo<Figures>) -> impl IntoView {
    let show = move |pick: fn(&Figures) -> &Option<String>| {
        move || read.with(|read| pick(read).clone()).unwrap_or_else(|| "–".to_owned())
    };
    view! {
        <aside class="panel h-fit lg:sticky lg:top-20" aria-label="Figures">
            <h2 class="text-base font-semibold mb-3">"Figures"</h2>
            <dl class="grid grid-cols-[1fr_auto] gap-x-6 gap-y-2 tabular">
                <dt class="text-muted font-normal">"Price per unit"</dt>
                <dd class="text-right">{show(|f| &f.per_unit)}</dd>
                <dt class="text-muted font-normal">"Standard unit price"</dt>
                <dd class="text-right">{show(|f| &f.standard)}</dd>
                <dt class="text-muted font-normal">"Saving"</dt>
                <dd class="text-right">{show(|f| &f.saving)}</dd>
                <dt class="text-muted font-normal">"Vendor, all units used"</dt>
                <dd class="text-right">{show(|f| &f.vendor)}</dd>
                <dt class="text-muted font-normal">"Margin"</dt>
                <dd class="text-right" class:text-error=move || read.with(|read| read.loses)>
                    {show(|f| &f.margin)}
                </dd>
            </dl>
        </aside>
    }
}

/// PE7: what is archived says so and can come back.
#[component]
fn Archived(pack: EditedPack, again: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let action = posting::<UnarchivePack>();
    let problems = action.problems();
    effect(move || {
        if let Some(Ok(())) = action.get() {
            toasts().success("The pack is back.");
            again();
        }
    });
    let id = pack.id.to_string();
    pack.archived_at.map(move |at| {
        view! {
            <div class="flex flex-col gap-3">
                <div class="tone-neutral tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                    <p class="grow">{format!("Archived {at}. It is not sold; its subscribers keep it.")}</p>
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
fn Archive(pack: EditedPack, again: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let action = posting::<ArchivePack>();
    let problems = action.problems();
    let open = RwSignal::new(false);
    effect(move || {
        if let Some(result) = action.get() {
            open.set(false);
            if result.is_ok() {
                toasts().success("Pack archived.");
                again();
            }
        }
    });
    let consequence = match pack.open {
        0 => "Nobody has it. It leaves the catalogue; you can bring it back.".to_owned(),
        1 => "1 client has it and keeps it. It leaves the catalogue; you can bring it back.".to_owned(),
        n => format!("{n} clients have it and keep it. It leaves the catalogue; you can bring it back."),
    };
    let id = pack.id.to_string();
    pack.archived_at.is_none().then(move || {
        view! {
            <section class="flex flex-col gap-3">
                <SectionTitle title="Archive"/>
                <ErrorSummary problems still=true/>
                <p class="text-muted max-w-[65ch]">
                    "An archived pack is not sold any more. Its service and quantity are free for a new pack."
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
                            <Button on:click=move |_| open.set(false)>"Keep it"</Button>
                        </DialogActions>
                    </PostForm>
                </Dialog>
            </section>
        }
    })
}

/// Who has it, on which terms, and the move of PE5.
#[component]
fn Subscribers(pack: EditedPack, again: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let schedule = posting::<MovePackSubscribers>();
    let withdraw = posting::<WithdrawPackMove>();
    let withdraw_one = posting::<WithdrawMove>();
    let told = move |result: Option<Result<i64, AppError>>, done: fn(i64) -> String| match result {
        Some(Ok(count)) => {
            toasts().success(done(count));
            again();
        }
        Some(Err(error)) => toasts().error(error.message()),
        None => {}
    };
    effect(move || {
        told(schedule.get(), moved_words);
    });
    effect(move || told(withdraw.get(), withdrawn_words));
    effect(move || told(withdraw_one.get().map(|done| done.map(|()| 1)), withdrawn_words));
    let id = pack.id.to_string();
    let withdraw_id = id.clone();
    let (movable, moving, open) = (pack.movable, pack.moving, pack.open);
    let shown = pack.subscribers.len() as i64;
    view! {
        <section class="flex flex-col gap-3" aria-labelledby="subscribers">
            <SectionTitle title="Subscribers" id="subscribers"/>
            {(movable > 0)
                .then(|| {
                    view! {
                        <div class="tone-info tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                            <p class="grow">{format!("On older terms: {}.", people(movable))}</p>
                            <PostForm action=schedule>
                                <input type="hidden" name="id" value=id.clone()/>
                                <Button small=true submit=true pending=schedule.pending()>
                                    "Move existing subscribers at next renewal"
                                </Button>
                            </PostForm>
                        </div>
                    }
                })}
            {(moving > 0)
                .then(|| {
                    view! {
                        <div class="tone-info tint border rounded-box px-4 py-3 flex flex-col sm:flex-row sm:items-center gap-3">
                            <p class="grow">{format!("Set to move at renewal: {}.", people(moving))}</p>
                            <PostForm action=withdraw>
                                <input type="hidden" name="id" value=withdraw_id/>
                                <Button small=true submit=true pending=withdraw.pending()>
                                    "Withdraw the move"
                                </Button>
                            </PostForm>
                        </div>
                    }
                })}
            {if pack.subscribers.is_empty() {
                view! {
                    <EmptyState icon=Icon::Users title="No subscribers yet">
                        "Clients who have this pack appear here."
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
                        .then(|| view! { <p class="text-sm text-muted">{format!("{shown} of {open} are shown.")}</p> })}
                }
                    .into_any()
            }}
        </section>
    }
    .into_any()
}

fn people(count: i64) -> String {
    if count == 1 {
        "1 subscriber".to_owned()
    } else {
        format!("{count} subscribers")
    }
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
                        let label = format!("Withdraw the move of {client}");
                        view! {
                            <span class="block text-sm text-muted tabular">{moves}</span>
                            <PostForm action=withdraw>
                                <input type="hidden" name="id" value=row.id.to_string()/>
                                <Button small=true submit=true pending=withdraw.pending() attr:aria-label=label>
                                    "Withdraw"
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
fn Versions(versions: Vec<PackVersionView>) -> impl IntoView {
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
                    <Cell label="Payment provider">
                        {if row.published {
                            view! { <Badge text="Published" tone=Tone::Success/> }
                        } else {
                            view! { <Badge text="On its way" tone=Tone::Warning/> }
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
                    Column::new("Payment provider"),
                    Column::new("Saved"),
                ]
            >
                {rows}
            </DataTable>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pe8_the_figures_follow_what_is_typed_and_leave_out_what_cannot_be_read() {
        let service = ServiceChoice {
            id: "0190aaaa-0000-7000-8000-000000000001".parse().expect("an id"),
            name: "Logo design".into(),
            active: true,
            unit_price: Cents(2_500),
        };
        let mut form = PackForm {
            service: service.id.to_string(),
            quantity: "20".into(),
            price: "400".into(),
            vendor_payment: "6".into(),
            vendor_rate_mode: "per_unit".into(),
            ..PackForm::default()
        };
        let services = [service];
        let read = figures(&form, &services, Currency::USD);
        assert_eq!(read.per_unit.as_deref(), Some("$20.00"));
        assert_eq!(read.saving.as_deref(), Some("20 %"));
        assert_eq!(
            (read.vendor.as_deref(), read.margin.as_deref(), read.loses),
            (Some("$120.00"), Some("70.0 %"), false)
        );
        form.vendor_payment = "30".into();
        let read = figures(&form, &services, Currency::USD);
        assert_eq!(
            (read.margin.as_deref(), read.loses),
            (Some("-50.0 %"), true),
            "PE1: it warns"
        );
        form.price = "4x".into();
        let read = figures(&form, &services, Currency::USD);
        assert_eq!(
            (read.per_unit, read.loses, read.standard.as_deref()),
            (None, false, Some("$25.00"))
        );
    }
}
