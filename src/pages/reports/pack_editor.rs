//! `/admin/packs/new` and `/admin/packs/{id}`: the Pack Editor (§2), its versions and its subscribers.

use super::pack_life::{Archive, Archived, OpenDuplicate, Subscribers, Versions};
use crate::{
    api::{catalogue::SavePack, kernel::typed, reports::ReadPackEditor},
    components::*,
    pages::kernel::path_id,
    wire::{PostForm, posting, read},
};
use domain::{
    AppError, Cents, Currency,
    catalogue::{
        pack::{self, PackForm, PackTerms, VendorRateMode},
        view::{EditedPack, PackEditor, ServiceChoice},
    },
    money,
};
use leptos::prelude::*;

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
    let id = Some(path_id()).filter(|id| !id.is_empty());
    let editor = read(move || ReadPackEditor { id: id.clone() });
    view! {
        {editor.show(Skeleton::Text(10), move |found| match found {
                    Ok(found) => view! { <Editor editor=found/> }.into_any(),
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
        None => "One service and a set number of units a month.".to_owned(),
        Some(pack) => format!("Last changed {}.", pack.updated_at),
    };
    view! {
        <PageHeader title lead crumbs=vec![Crumb::new("/admin/packs", "Packs")]/>
        <div class="flex flex-col gap-8">
            {pack.as_ref().map(|pack| view! { <Archived pack=pack.clone()/> })}
            <TheForm form_key currency services form pack=pack.clone()/>
            {pack
                .map(|pack| {
                    view! {
                        <Subscribers pack=pack.clone()/>
                        <Versions versions=pack.versions.clone()/>
                        <Archive pack/>
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
        .map(|percent| format!("{percent}%"));
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
            let sign = if permille < 0 { "−" } else { "" };
            format!("{sign}{}.{}%", permille.abs() / 10, permille.abs() % 10)
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
) -> impl IntoView {
    let save = posting::<SavePack>();
    let problems = save.problems();
    let locked = pack.as_ref().is_some_and(|pack| pack.locked);
    let (id, row_version) = pack
        .as_ref()
        .map_or((String::new(), 0), |pack| (pack.id.to_string(), pack.row_version));

    let form = refilled(form, row_version);

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
                            help="Service and quantity are locked once a client subscribes. To change them, archive this pack and create another."
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
                                        "No active services yet. "
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
                    help="What we pay the vendor. Blank means $0. In-house work is never paid."
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
                                        "The vendor payment is more than the price. You can still save."
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
                    help="Price per extra unit. Blank uses the client's or the service's price."
                    error=problems.field("overage_price")
                />
                <SwitchField
                    name="visible"
                    label="Visible to clients"
                    checked=form.visible
                    help="Off: no new subscribers. Current subscribers keep the pack."
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
        assert_eq!(read.saving.as_deref(), Some("20%"));
        assert_eq!(
            (read.vendor.as_deref(), read.margin.as_deref(), read.loses),
            (Some("$120.00"), Some("70.0%"), false)
        );
        form.vendor_payment = "30".into();
        let read = figures(&form, &services, Currency::USD);
        assert_eq!(
            (read.margin.as_deref(), read.loses),
            (Some("−50.0%"), true),
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
