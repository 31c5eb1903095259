//! `/admin/settings`: whose product it is. What the agency is called and looks like, where answers to its mails go, and whether
//! its clients read who works for them (SU8).

use crate::{
    api::{
        kernel::refused,
        people::{ReadAgency, SaveAgency},
    },
    components::*,
    wire::{OfPerson, PostForm, Posting, posting, read},
};
use domain::{agency::Accent, people::view::AgencyPage};
use leptos::prelude::*;

/// Where the logo is sent.
const LOGO: &str = "/admin/settings/logo";

/// The settings.
#[component]
pub fn Settings() -> impl IntoView {
    let save = posting::<SaveAgency>();
    let page = read(|| ReadAgency {});
    view! {
        <PageHeader title="Settings" lead="How your agency appears to clients, vendors and in emails."/>
        {page.show(Skeleton::Table(6), move |page| match page {
                    Ok(page) => view! { <Found page save/> }.into_any(),
                    Err(error) => view! { <ErrorState error home="/admin"/> }.into_any(),
        })}
    }
    .into_any()
}

fn accents() -> Vec<Choice> {
    Accent::ALL
        .iter()
        .map(|accent| Choice {
            accent: Some(accent.as_str()),
            ..Choice::new(accent.as_str(), accent.label())
        })
        .collect()
}

#[component]
fn Found(page: AgencyPage, save: Posting<SaveAgency>) -> impl IntoView {
    let problems = save.problems();
    let AgencyPage {
        brand,
        reply_to,
        shows_vendor_names,
        version,
    } = page;
    let logo = brand.logo_path();
    let has_logo = logo.is_some();
    let refused = refused(LOGO);
    let sent = Problems::of(move || refused.clone().map(Err::<(), _>));
    view! {
        <div class="flex flex-col gap-10">
            <section aria-labelledby="logo">
                <SectionTitle title="Logo" id="logo"/>
                {match logo {
                    Some(src) => {
                        view! { <img src=src alt="Current logo" class="h-14 w-auto max-w-64 object-contain mb-4"/> }
                            .into_any()
                    }
                    None => view! { <p class="text-muted mb-4">"No logo yet."</p> }.into_any(),
                }}
                // A form of the browser's own: what comes back is a new page, with the logo on it.
                <form method="post" action=LOGO enctype="multipart/form-data" class="flex flex-col gap-5 max-w-lg">
                    <OfPerson/>
                    <FileField
                        name="logo"
                        label="Logo file"
                        accept="image/png,image/jpeg,image/svg+xml"
                        help="PNG, JPEG or SVG, up to 1 MB. Save other changes first: the page loads again."
                        error=sent.field("logo")
                    />
                    <FormActions>
                        <Button submit=true>"Upload logo"</Button>
                    </FormActions>
                </form>
            </section>
            <PostForm action=save class="flex flex-col gap-5 max-w-lg">
                <ErrorSummary
                    problems
                    labels=&[("name", "Name"), ("accent", "Accent color"), ("reply_to", "Reply-to address")]
                />
                <input type="hidden" name="version" value=version.to_string()/>
                <TextField
                    name="name"
                    label="Name"
                    value=brand.name
                    help="In-house work carries this name too."
                    error=problems.field("name")
                    autocomplete="organization"
                    required=true
                />
                <RadioGroup
                    name="accent"
                    label="Accent color"
                    choices=accents()
                    value=brand.accent.as_str()
                    help="For buttons, links and the current page."
                    error=problems.field("accent")
                    inline=true
                />
                <TextField
                    name="reply_to"
                    label="Reply-to address"
                    kind=InputKind::Email
                    value=reply_to
                    help="Blank means answers go to the address that sends our emails."
                    error=problems.field("reply_to")
                    autocomplete="off"
                    optional=true
                />
                <SwitchField
                    name="shows_vendor_names"
                    label="Clients see vendors' names"
                    checked=shows_vendor_names
                    help="Off: clients read “Your team” for every vendor and designer."
                />
                {has_logo
                    .then(|| {
                        view! {
                            <CheckboxField
                                name="drops_logo"
                                label="Remove the logo"
                                help="Shows the name only."
                            />
                        }
                    })}
                <FormActions>
                    <Button kind=ButtonKind::Primary submit=true pending=save.pending()>
                        "Save settings"
                    </Button>
                </FormActions>
            </PostForm>
        </div>
    }
    .into_any()
}
