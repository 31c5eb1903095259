//! `/admin/kit` (test mode only): every component in every state, light and dark beside each other. The browser tests
//! look at this page, so a component that is not here is not tested for contrast and names.
//!
//! What must not be here: data. All values are examples, written out.
//!
//! Over 600 lines: it is one list of examples, and grows with the kit.

use crate::components::*;
use domain::{
    AppError, Cents, Coverage, Currency, PaymentType, Quote, RequestStatus,
    allowance::usage::Usage,
    error::{FieldError, Problem},
    facts::{PriceSource, Split},
};
use leptos::prelude::*;

/// Draws one part of the kit in a theme; the side's name keeps ids and group names apart.
type Part = fn(&'static str) -> AnyView;

/// One part in both themes: beside each other where there is room, or below each other where it needs the width.
#[component]
fn Both(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// Needs the full width.
    #[prop(optional)]
    wide: bool,
    /// The part.
    part: Part,
) -> impl IntoView {
    let grid = if wide {
        "grid gap-4"
    } else {
        "grid gap-4 xl:grid-cols-2"
    };
    let sides = [("paper", "light"), ("paper-dark", "dark")]
        .map(|(theme, side)| {
            view! {
                <div
                    data-theme=theme
                    class="min-w-0 rounded-box border border-base-300 bg-base-100 text-base-content p-4 sm:p-6 flex flex-col gap-5"
                >
                    {part(side)}
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="mb-10">
            <h2 class="text-xl mb-3">{title}</h2>
            <div class=grid>{sides}</div>
        </section>
    }
}

fn example_quote(quantity: i64, left: i64, coverage: Coverage) -> Quote {
    let included = quantity.min(left);
    Quote {
        service: "Logo design".into(),
        unit_singular: "design".into(),
        unit_plural: "designs".into(),
        quantity,
        split: Split {
            included,
            overage: quantity - included,
        },
        coverage,
        left_after: left - included,
        left_before: left,
        unit_price: Cents(2_500),
        price_source: PriceSource::PackOverage,
        total: Cents(2_500 * (quantity - included)),
        currency: Currency::USD,
        payment_type: PaymentType::PayAsYouGo,
        pack_label: Some("20 × Logo design".into()),
        pack_not_counting: None,
    }
}

fn buttons(_: &'static str) -> AnyView {
    view! {
        <div class="flex flex-wrap gap-3">
            <Button kind=ButtonKind::Primary icon=Icon::Plus>"New request"</Button>
            <Button>"Change pack"</Button>
            <Button kind=ButtonKind::Ghost>"Cancel"</Button>
            <Button kind=ButtonKind::Danger>"Unsubscribe"</Button>
        </div>
        <div class="flex flex-wrap gap-3 items-center">
            <Button kind=ButtonKind::Primary small=true>"Assign"</Button>
            <Button small=true icon=Icon::Download>"Export CSV"</Button>
            <Button kind=ButtonKind::Ghost small=true>"Clear"</Button>
            <Button kind=ButtonKind::Danger small=true>"Archive"</Button>
            <IconButton icon=Icon::Pencil label="Edit pack"/>
            <IconButton icon=Icon::Trash label="Delete draft"/>
        </div>
        <div class="flex flex-wrap gap-3 items-center">
            <Button kind=ButtonKind::Primary pending=true>"Saving pack"</Button>
            <Button pending=true>"Checking"</Button>
            <Button kind=ButtonKind::Primary blocked="Add a card first.">"Subscribe"</Button>
            <ButtonLink href="/admin/kit" icon=Icon::ArrowRight>"See the packs"</ButtonLink>
            <TextLink href="/admin/kit">"All requests"</TextLink>
            <TextLink href="https://stripe.com" external=true>"Invoice"</TextLink>
        </div>
    }
    .into_any()
}

fn fields(side: &'static str) -> AnyView {
    let id = move |name: &str| format!("{side}-{name}");
    let services = || vec![Choice::new("logo", "Logo design"), Choice::new("blog", "Blog article")];
    view! {
        <TextField id=id("title") name="title" label="Title" value="Summer campaign" help="What you would call it."/>
        <TextField
            id=id("quantity")
            name="quantity"
            label="Quantity"
            kind=InputKind::Number
            value="0"
            error=Some("Quantity must be a whole number from 1 to 10,000.".to_owned())
        />
        <MoneyField id=id("price") name="price" label="Monthly price" value="450.00" unit="a month"/>
        <MoneyField
            id=id("overage")
            name="overage"
            label="Overage price"
            optional=true
            value="0.20"
            error=Some("The amount must be 0 or at least $0.50.".to_owned())
        />
        <SelectField
            id=id("service")
            name="service"
            label="Service"
            choices=services()
            placeholder="Choose a service"
            help="A pack has one service."
        />
        <SelectField
            id=id("vendor")
            name="vendor"
            label="Vendor"
            choices=services()
            placeholder="Choose a vendor"
            error=Some("Choose one from the list.".to_owned())
        />
        <TextArea
            id=id("brief")
            name="brief"
            label="Brief"
            rows=3
            optional=true
            placeholder="Audience, tone, sizes"
            help="Markdown works: lists, bold, links."
        />
        <RadioGroup
            id=id("mode")
            name=format!("{side}-mode")
            label="Vendor is paid"
            value="per_pack"
            inline=true
            choices=vec![Choice::new("per_pack", "per pack"), Choice::new("per_unit", "per unit")]
        />
        <RadioGroup
            id=id("when")
            name=format!("{side}-when")
            label="When does it end?"
            value="period"
            choices=vec![
                Choice::new("period", "At the end of the period").note("Feb 28, 2027. You keep 2 designs until then."),
                Choice::new("now", "Now").note("2 unused designs are lost."),
            ]
        />
        <SwitchField
            id=id("visible")
            name="visible"
            label="Visible to clients"
            checked=true
            help="Hidden packs keep their subscribers."
        />
        <SwitchField id=id("toggle") name="toggle" label="Show pack requests"/>
        <CheckboxField id=id("agree") name="agree" label="Send me an email when it is ready" checked=true/>
        <CheckboxField
            id=id("terms")
            name="terms"
            label="I have the rights to these files"
            error=Some("This field is required.".to_owned())
        />
        <FileField id=id("files") name="files" label="Attachments" multiple=true optional=true help="Up to 50 MB per file."/>
        <TextField id=id("day") name="day" label="Needed by" kind=InputKind::Date optional=true/>
        <TextField
            id=id("fixed")
            name="fixed"
            label="Service"
            value="Logo design"
            readonly=true
            help="Locked once a client subscribes."
        />
        <FormNote>"Draft saved 2 minutes ago."</FormNote>
        <FormActions>
            <Button kind=ButtonKind::Primary>"Save pack"</Button>
            <Button kind=ButtonKind::Ghost>"Cancel"</Button>
        </FormActions>
    }
    .into_any()
}

fn form_errors(_: &'static str) -> AnyView {
    let several = Problems(Signal::stored(Some(AppError::Invalid {
        fields: vec![
            FieldError::new("service", Problem::PackServiceRequired),
            FieldError::new("price", Problem::PackPriceTooLow),
        ],
    })));
    let whole = Problems(Signal::stored(Some(AppError::Stale)));
    view! {
        <ErrorSummary problems=several labels=&[("service", "Service"), ("price", "Monthly price")] still=true/>
        <ErrorSummary problems=whole still=true/>
    }
    .into_any()
}

fn badges(_: &'static str) -> AnyView {
    view! {
        <div class="flex flex-wrap gap-2">
            <CoverageBadge
                coverage=Coverage::Included
                text="Included in Pack"
                tip="20 × Logo design, Feb 1 – 28. Paid by the pack."
            />
            <CoverageWord coverage=Coverage::Included text="Included in Pack" tip="20 × Logo design"/>
            <StateWord text="Active" tone=Tone::Success/>
            <StateWord text="Accrued" ring=true/>
            <CoverageBadge coverage=Coverage::Partial text="2 of 3 in Pack"/>
            <CoverageBadge coverage=Coverage::Overage text="Overage · $25.00"/>
            <Badge text="Danger" tone=Tone::Danger/>
            <Badge text="Info" tone=Tone::Info/>
        </div>
        <div class="flex flex-wrap gap-2">
            {RequestStatus::ALL.iter().map(|status| view! { <StatusBadge status=*status/> }).collect_view()}
        </div>
    }
    .into_any()
}

fn meters(_: &'static str) -> AnyView {
    let one = |label: &'static str, used, included, note: &'static str| {
        view! { <Meter label usage=Usage { used, included } note/> }
    };
    view! {
        {one("20 × Logo design", 7, 20, "renews Feb 28")}
        {one("20 × Blog article", 18, 20, "renews Feb 28")}
        {one("10 × Banner set", 10, 10, "renews Mar 3")}
        {one("4 × Video edit", 3, 4, "renews Mar 9")}
        {one("200 × Product photo", 0, 200, "starts today")}
        {one("10000 × Caption", 9_999, 10_000, "renews Mar 31")}
    }
    .into_any()
}

fn pack_card(_: &'static str) -> AnyView {
    view! {
        <article class="panel flex flex-col gap-4">
            <div class="flex items-start justify-between gap-3">
                <div>
                    <h3 class="text-lg">"20 × Logo design"</h3>
                    <p class="text-sm text-muted tabular">"$450.00 a month"</p>
                </div>
                <Badge text="Active" tone=Tone::Success/>
            </div>
            <Meter label="20 × Logo design" usage=Usage { used: 18, included: 20 } note="renews Feb 28"/>
            <div class="flex gap-2">
                <Button small=true>"Change pack"</Button>
                <Button small=true kind=ButtonKind::Ghost>"Unsubscribe"</Button>
            </div>
        </article>
        <SkeletonCard/>
    }
    .into_any()
}

fn banners(_: &'static str) -> AnyView {
    view! {
        <Banner
            tone=Tone::Warning
            actions=|| view! { <ButtonLink href="/admin/kit" small=true>"Upgrade pack"</ButtonLink> }
        >
            "You've used 18 of 20 Logo designs (90%). Extra designs cost $25 each until Feb 28."
        </Banner>
        <Banner
            tone=Tone::Danger
            actions=|| {
                view! {
                    <ButtonLink href="/admin/kit" small=true kind=ButtonKind::Primary>
                        "Update card"
                    </ButtonLink>
                    <ButtonLink href="/admin/kit" small=true>
                        "See invoice"
                    </ButtonLink>
                }
            }
        >
            "The payment of $450.00 failed. Your pack works until Mar 14."
        </Banner>
        <Banner tone=Tone::Success>"Pack saved."</Banner>
        <Banner tone=Tone::Info>"A new version is ready. Reload to see it."</Banner>
        <Banner>"12 pack requests hidden."</Banner>
    }
    .into_any()
}

fn table(side: &'static str) -> AnyView {
    let chosen = Selection::default();
    let ids: Vec<String> = (1..=4).map(|n| format!("{side}-{n}")).collect();
    let all: Vec<(String, String)> = ids.iter().map(|id| (id.clone(), id.clone())).collect();
    if side == "light" {
        chosen.choose([all[1].clone()]);
    }
    let rows = [
        (
            "1042",
            "Summer campaign",
            "Acme Outfitters",
            3,
            Coverage::Partial,
            "2 of 3 in Pack",
            RequestStatus::Submitted,
            2_500,
        ),
        (
            "1041",
            "Spring lookbook cover",
            "Birch & Co",
            1,
            Coverage::Included,
            "Included in Pack",
            RequestStatus::InProgress,
            0,
        ),
        (
            "1040",
            "Holiday banner set",
            "Nordlicht GmbH",
            2,
            Coverage::Overage,
            "Overage · $50.00",
            RequestStatus::InReview,
            5_000,
        ),
        (
            "1039",
            "Label refresh",
            "Casa Verde",
            1,
            Coverage::None,
            "",
            RequestStatus::Approved,
            4_000,
        ),
    ];
    let columns = vec![
        Column::new("Number").sort("?sort=-number", Some(Sorted::Descending)),
        Column::new("Title").sort("?sort=title", None),
        Column::new("Client"),
        Column::numeric("Quantity"),
        Column::new("Coverage"),
        Column::new("Status"),
        Column::numeric("Amount"),
        Column::hidden("Actions"),
    ];
    view! {
        <Tabs
            label=format!("Request status, {side}")
            tabs=vec![
                Tab::new("?", "All", true).count(312),
                Tab::new("?status=submitted", "Submitted", false).count(14),
                Tab::new("?status=in_review", "In review", false).count(3),
                Tab::new("?status=approved", "Approved", false),
            ]
        />
        <div class="-my-2">
            <FilterChips
                chips=vec![
                    Chip { label: "Service: Logo design".into(), without: "?client=acme".into() },
                    Chip { label: "Client: Acme".into(), without: "?service=logo".into() },
                ]
                clear="?"
            />
        </div>
        <div>
            <DataTable
                caption=format!("Requests, {side}")
                columns
                select_all=move || view! { <SelectAll selection=chosen all=all.clone()/> }
            >
                {rows
                    .into_iter()
                    .zip(ids)
                    .map(|((number, title, client, quantity, coverage, badge, status, cents), id)| {
                        view! {
                            <Row>
                                <SelectCell selection=chosen id label=format!("Select {number} · {title}")/>
                                <Cell label="Number">
                                    <span class="tabular text-muted">{number}</span>
                                </Cell>
                                <RowHead href=format!("/admin/kit?request={number}")>{title}</RowHead>
                                <Cell label="Client">{client}</Cell>
                                <Cell label="Quantity" numeric=true>
                                    {quantity}
                                </Cell>
                                <Cell label="Coverage">
                                    <CoverageBadge coverage text=badge/>
                                </Cell>
                                <Cell label="Status">
                                    <StatusBadge status/>
                                </Cell>
                                <Cell label="Amount" numeric=true>
                                    <Money amount=Cents(cents)/>
                                </Cell>
                                <Cell>
                                    <Button small=true kind=ButtonKind::Ghost attr:aria-label=format!("Assign {number}")>
                                        "Assign"
                                    </Button>
                                </Cell>
                            </Row>
                        }
                    })
                    .collect_view()}
            </DataTable>
            <BulkBar selection=chosen>
                <Button small=true kind=ButtonKind::Primary>
                    "Assign"
                </Button>
            </BulkBar>
            <Pagination label=format!("Pages, {side}") shown="1–25 of 312" first=Some("?".into()) next=Some("?after=1018".into())/>
        </div>
    }
    .into_any()
}

fn packs_table(side: &'static str) -> AnyView {
    let columns = vec![
        Column::new("Pack"),
        Column::new("Usage"),
        Column::new("Renews"),
        Column::numeric("Next charge"),
        Column::new("Status"),
    ];
    let rows = [
        (
            "20 × Logo design",
            18,
            20,
            "Feb 28, 2027",
            45_000,
            "Active",
            Tone::Success,
        ),
        (
            "10 × Banner set",
            10,
            10,
            "Mar 3, 2027",
            28_000,
            "Payment failed",
            Tone::Danger,
        ),
    ];
    view! {
        <DataTable caption=format!("Monthly packs, {side}") columns busy=true>
            {rows
                .into_iter()
                .map(|(name, used, included, renews, cents, status, tone)| {
                    view! {
                        <Row>
                            <RowHead href="/admin/kit">{name}</RowHead>
                            <Cell label="Usage">
                                <Meter label=name usage=Usage { used, included } compact=true/>
                            </Cell>
                            <Cell label="Renews">{renews}</Cell>
                            <Cell label="Next charge" numeric=true>
                                <Money amount=Cents(cents)/>
                            </Cell>
                            <Cell label="Status">
                                <Badge text=status tone/>
                            </Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </DataTable>
        <SkeletonTable rows=3/>
    }
    .into_any()
}

fn quotes(side: &'static str) -> AnyView {
    view! {
        <QuoteReceipt quote=Some(example_quote(3, 2, Coverage::Partial)) label=format!("Quote, {side}")/>
        <QuoteReceipt quote=Some(example_quote(2, 9, Coverage::Included)) pending=true label=format!("Second quote, {side}")/>
        <QuoteReceipt quote=None label=format!("Empty quote, {side}")/>
    }
    .into_any()
}

fn figures(_: &'static str) -> AnyView {
    view! {
        <div class="grid gap-4 sm:grid-cols-2">
            <Kpi
                label="Packs Profit"
                figure="$12,450.00"
                change="+ $1,200 against Feb 1 – 10"
                values=vec![30, 34, 31, 40, 38, 46, 52]
                href="/admin/kit"
            />
            <Kpi label="Open requests" figure="38" change="4 fewer than last week" values=vec![9, 8, 8, 6, 7, 5, 5]/>
        </div>
        <Facts>
            <Fact label="Renews">
                <Time iso="2027-02-28T18:22:00Z" text="Feb 28, 2027, 12:22 PM CT" relative="in 3 days"/>
            </Fact>
            <Fact label="Price">
                <Money amount=Cents(123_450)/>
            </Fact>
            <Fact label="Number">
                <span class="inline-flex items-center gap-1">
                    "MP-1042" <CopyButton text="MP-1042" what="request number"/>
                </span>
            </Fact>
            <Fact label="Designer">
                <span class="inline-flex items-center gap-2">
                    <Avatar name="Mara Oduya" small=true/>
                    "Mara Oduya"
                </span>
            </Fact>
        </Facts>
    }
    .into_any()
}

fn courses(side: &'static str) -> AnyView {
    view! {
        <Timeline label=format!("History of request 1042, {side}")>
            <TimelineItem iso="2027-02-20T15:00:00Z" at="Feb 20, 9:00 AM CT">
                "Dana Whitfield wrote a draft."
            </TimelineItem>
            <TimelineItem iso="2027-02-20T15:12:00Z" at="Feb 20, 9:12 AM CT" tone=Tone::Info>
                "Dana Whitfield submitted the request: 2 of 3 in Pack."
            </TimelineItem>
            <TimelineItem iso="2027-02-22T20:40:00Z" at="Feb 22, 2:40 PM CT" tone=Tone::Warning>
                "Mara Oduya delivered version 1."
            </TimelineItem>
            <TimelineItem iso="2027-02-23T16:05:00Z" at="Feb 23, 10:05 AM CT" tone=Tone::Success>
                "Dana Whitfield approved version 1."
            </TimelineItem>
        </Timeline>
    }
    .into_any()
}

fn states(_: &'static str) -> AnyView {
    view! {
        <EmptyState
            icon=Icon::Requests
            title="No requests yet"
            action=|| {
                view! {
                    <ButtonLink href="/admin/kit" kind=ButtonKind::Primary>
                        "New request"
                    </ButtonLink>
                }
            }
        >
            "What you send us appears here, with what your pack covers."
        </EmptyState>
        <ErrorState error=AppError::NotFound home="/admin" example=true/>
        <ErrorState error=AppError::Internal home="/admin" example=true links=vec![("/admin/kit".into(), "Try again".into())]/>
        <SkeletonText lines=3/>
    }
    .into_any()
}

fn dialogs(side: &'static str) -> AnyView {
    let open = RwSignal::new(false);
    let id = format!("{side}-dialog");
    view! {
        <div class="flex flex-wrap gap-3 items-center">
            <DialogButton dialog=id.clone() open kind=ButtonKind::Danger>
                "Unsubscribe"
            </DialogButton>
            <Tooltip text="Units that were granted outside of a pack." focusable=true>
                <span class="underline decoration-dotted underline-offset-4">"What are extra units?"</span>
            </Tooltip>
            <span class="inline-flex gap-1 items-center text-sm text-muted">
                <Key name="g"/>
                <Key name="r"/>
                "Requests"
            </span>
        </div>
        <div class="max-w-96 flex flex-col gap-2">
            <ToastCard tone=Tone::Success text="Pack saved."/>
            <ToastCard tone=Tone::Danger text="The payment provider isn't answering."/>
        </div>
        <Dialog id=id.clone() title="Unsubscribe from 20 × Logo design?" open>
            <p>"You keep the 2 designs that are left until Feb 28, 2027. $450.00 will not be charged again."</p>
            <DialogActions>
                <Button kind=ButtonKind::Danger attr:command="close" attr:commandfor=id.clone()>
                    "Unsubscribe"
                </Button>
                <Button attr:command="close" attr:commandfor=id>"Keep the pack"</Button>
            </DialogActions>
        </Dialog>
        <div class="max-w-72">
            <ThemeToggle now="system" label=format!("Theme, {side}")/>
        </div>
    }
    .into_any()
}

/// The kit.
#[component]
pub fn Kit() -> impl IntoView {
    view! {
        <PageHeader
            title="Interface kit"
            lead="Every piece in every state, light and dark. What is not here is not tested."
            crumbs=vec![Crumb::new("/admin", "Home")]
            actions=|| view! { <NewLink href="/admin/kit" words="New pack"/> }
        />
        <Both title="Buttons and links" part=buttons/>
        <Both title="Badges" part=badges/>
        <Both title="Meters" part=meters/>
        <Both title="A pack" part=pack_card/>
        <Both title="Banners" part=banners/>
        <Both title="Fields" part=fields/>
        <Both title="Errors of a form" part=form_errors/>
        <Both title="A list" part=table wide=true/>
        <Both title="Usage in a table, rows on their way" part=packs_table wide=true/>
        <Both title="Quote" part=quotes/>
        <Both title="Figures and facts" part=figures/>
        <Both title="Timeline" part=courses/>
        <Both title="Empty, wrong, loading" part=states/>
        <Both title="Dialogs, toasts, hints" part=dialogs/>
    }
    .into_any()
}
