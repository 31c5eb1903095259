//! The document around the app, and the table of routes. Nothing else: pages are in `pages`, the frame is in
//! `components::frame`.

#[cfg(feature = "ssr")]
use crate::api::kernel::Theme;
use crate::{
    api::kernel::{Page, PageContext, Whose},
    components::{self, ErrorState, PlainFrame, TestRibbon, Toasts},
    pages, wire,
};
use domain::AppError;
use leptos::{prelude::*, wasm_split::SplitLoaderError};
#[cfg(feature = "ssr")]
use leptos_meta::MetaTags;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    ChooseView, SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    hooks::{use_location, use_params_map},
    path,
};

/// How pages are rendered: whole, before the first byte. They then work without JavaScript, can answer with a status of
/// their own, and need no scripts that swap parts of them. No page waits for anything but our own database.
pub const SSR: SsrMode = SsrMode::Async;

/// The screens, in the parts that a browser loads of them: one for each audience. Each part is one function at which the
/// build cuts the wasm; the router sees one type, so that it is compiled once and not for each screen.
macro_rules! parts {
    ($($(#[$doc:meta])* $part:ident in $file:ident by $draw:ident, $load:ident {
        $(@$around:ident: $frame:path,)?
        $($screen:ident: $view:path,)+
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            enum $part { $($around,)? $($screen),+ }

            #[cfg_attr(
                feature = "hydrate",
                leptos::wasm_split::wasm_split($file, wasm_split_path = ::leptos::wasm_split, preload($load), fallible)
            )]
            fn $draw(screen: $part) -> Result<AnyView, SplitLoaderError> {
                Ok(match screen {
                    $($part::$around => $frame().into_any(),)?
                    $($part::$screen => of_one(|| $view().into_any())),+
                })
            }
        )+

        /// A screen as the table of routes holds it.
        #[derive(Debug, Clone, Copy)]
        enum Screen { $($part($part)),+ }

        $(impl From<$part> for Screen {
            fn from(screen: $part) -> Self {
                Screen::$part(screen)
            }
        })+

        impl Screen {
            /// The part that it is in.
            fn part(self) -> &'static str {
                match self { $(Screen::$part(_) => stringify!($file)),+ }
            }

            /// Draws it, once its part is there.
            async fn draw(self) -> Result<AnyView, SplitLoaderError> {
                #[cfg(feature = "hydrate")]
                return match self { $(Screen::$part(screen) => $draw(screen).await),+ };
                #[cfg(not(feature = "hydrate"))]
                match self { $(Screen::$part(screen) => $draw(screen)),+ }
            }
        }

        impl ChooseView for Screen {
            async fn choose(self) -> AnyView {
                #[cfg(not(feature = "hydrate"))]
                leptos::prefetch_lazy_fn_on_server(self.part());
                match self.draw().await {
                    Ok(page) => view! { <div class="contents" data-part=self.part()>{page}</div> }.into_any(),
                    Err(_) => view! { <CannotLoad/> }.into_any(),
                }
            }

            async fn preload(&self) {
                #[cfg(feature = "hydrate")]
                match self { $(Screen::$part(_) => drop($load().await)),+ }
            }
        }

        /// Loads the part that the document begins with. `false`: it cannot be had.
        #[cfg(feature = "hydrate")]
        async fn load(part: &str) -> bool {
            match part {
                $(stringify!($file) => $load().await.is_ok(),)+
                // An address that is none of ours has no part.
                _ => true,
            }
        }
    };
}

parts! {
    /// Before signing in.
    Public in public by draw_public, load_public {
        Login: pages::people::Login,
        Forgot: pages::people::Forgot,
        Reset: pages::people::Reset,
        Invite: pages::people::Invite,
    }
    /// What clients see, and what everybody sees of a request and of themselves.
    Client in client by draw_client, load_client {
        @Frame: components::Frame,
        Account: pages::people::account::Account,
        Members: pages::people::account::Members,
        Notifications: pages::notices::Notifications,
        NotificationSettings: pages::notices::NotificationSettings,
        Search: pages::search::SearchPage,
        Dashboard: pages::reports::dashboard::Dashboard,
        Services: pages::catalogue::price_list::Services,
        Packs: pages::catalogue::offers::Packs,
        Subscribe: pages::subscriptions::subscribe::SubscribePage,
        NewRequest: pages::work::request_form::NewRequest,
        Requests: pages::work::list::Requests,
        Request: pages::work::request::OneRequest,
        PaymentPacks: pages::subscriptions::payment::PaymentPacks,
        PaymentPack: pages::subscriptions::payment::SubscriptionPage,
        PaymentMethods: pages::subscriptions::methods::PaymentMethods,
        PaymentInvoices: pages::billing::invoices::PaymentInvoices,
        PaymentDeductions: pages::billing::deductions::PaymentDeductions,
    }
    /// What the agency's people and vendors see.
    Staff in staff by draw_staff, load_staff {
        @Frame: components::Frame,
        Admin: pages::operate::home::AdminHomePage,
        Queue: pages::work::queue::Queue,
        Give: pages::work::queue::GivePage,
        Assignments: pages::assignment::list::Assignments,
        UnassignedRequests: pages::assignment::waiting::UnassignedRequestsPage,
        Assign: pages::assignment::assign::AssignPage,
        Packs: pages::catalogue::packs::Packs,
        PackEditor: pages::reports::pack_editor::PackEditorPage,
        Services: pages::catalogue::services::Services,
        ServiceEditor: pages::catalogue::services::ServiceEditorPage,
        Clients: pages::people::clients::Clients,
        NewClient: pages::people::clients::NewClient,
        Client: pages::reports::client::Client,
        Vendors: pages::people::vendors::Vendors,
        NewVendor: pages::people::vendors::NewVendor,
        Vendor: pages::payables::vendor::Vendor,
        People: pages::people::persons::People,
        NewPerson: pages::people::persons::NewPerson,
        Person: pages::people::persons::EditPerson,
        Settings: pages::people::settings::Settings,
        VendorPayments: pages::payables::report::VendorPayments,
        Pay: pages::payables::pay::PayPage,
        PayableLine: pages::payables::line::PayableLine,
        Webhooks: pages::operate::webhooks::Webhooks,
        Webhook: pages::operate::webhooks::Webhook,
        Integrity: pages::operate::integrity::Integrity,
        Audit: pages::operate::audit::Audit,
        Mails: pages::operate::mail::Mails,
        Mail: pages::operate::mail::Mail,
        Kit: pages::operate::kit::Kit,
        VendorHome: pages::reports::vendor_home::VendorHome,
        VendorPacks: pages::assignment::vendor_packs::VendorPacks,
        VendorSlip: pages::payables::slip::VendorPayments,
        VendorSlipLine: pages::payables::slip::VendorPaymentLine,
    }
}

/// A page, and where its path has an id, the page of that one thing. Of another thing it is another page, though the route is the
/// same: nothing that was typed about the one is left for the other.
fn of_one(page: fn() -> AnyView) -> AnyView {
    let (params, path) = (use_params_map(), use_location().pathname);
    let id = params.with_untracked(|params| params.get("id").unwrap_or_default());
    let here = path.get_untracked();
    let Some((before, after)) = here.split_once(&id).filter(|_| !id.is_empty()) else {
        return page();
    };
    let (before, after) = (before.to_owned(), after.to_owned());
    let shown = ArcRwSignal::new(id);
    let key = shown.clone();
    // On the way to another route the parameters are that one's already.
    let named = move || {
        let now = params.try_with(|params| params.get("id")).flatten().unwrap_or_default();
        let path = path.try_get_untracked()?;
        (path == format!("{before}{now}{after}")).then_some(now)
    };
    components::effect(move || {
        let other = |now: &String| shown.with_untracked(|shown| shown != now);
        if named().as_ref().is_some_and(other) {
            let (shown, named) = (shown.clone(), named.clone());
            // What the page before still has to do for the new address, it does while it is there. What was asked for then may
            // be past: the page is that of now.
            request_animation_frame(move || {
                if let Some(now) = untrack(named)
                    && shown.with_untracked(|shown| *shown != now)
                {
                    shown.set(now);
                }
            });
        }
    });
    view! { <For each=move || [key.get()] key=String::clone children=move |_| page()/> }.into_any()
}

/// The frame of people who are signed in. It is in both parts of theirs, so that the pages before signing in do without it
/// and no file is loaded for it alone: what stands around a page comes from the part that the document begins with.
#[derive(Debug, Clone, Copy)]
struct Framed;

impl ChooseView for Framed {
    async fn choose(self) -> AnyView {
        let frame = match begins_with().as_deref() {
            Some("staff") => Screen::from(Staff::Frame),
            _ => Screen::from(Client::Frame),
        };
        frame
            .draw()
            .await
            .unwrap_or_else(|_| view! { <CannotLoad/> }.into_any())
    }

    async fn preload(&self) {}
}

/// The part that the document begins with, which its page says; the server draws all of them.
fn begins_with() -> Option<String> {
    cfg!(feature = "hydrate")
        .then(|| components::find("[data-part]")?.get_attribute("data-part"))
        .flatten()
}

/// Takes over the page that the server rendered, once its part is there. Not before: until then a click does what it does
/// without JavaScript, and so it does for good where the part cannot be had.
#[cfg(feature = "hydrate")]
pub async fn take_over() {
    use leptos::wasm_bindgen::JsCast as _;
    if !load(&begins_with().unwrap_or_default()).await {
        if let Some(words) = components::find("#not-loaded") {
            drop(words.remove_attribute("hidden"));
        }
        return;
    }
    let Some(root) = components::find("#app").and_then(|root| root.dyn_into().ok()) else {
        return;
    };
    leptos::mount::hydrate_from_async(root, App).await.forget();
    // Tests and pages wait for this: before it, a click does what it does without JavaScript.
    if let Some(root) = document().document_element() {
        drop(root.set_attribute("data-hydrated", "true"));
    }
}

/// Lets go of a page whose app has died: what has trapped takes no more events, so links and forms do what they do without
/// JavaScript, and the document says so. An app dies where something else (a translator, an extension) has changed the document
/// before it was taken over. Listens before any other listener.
#[cfg(feature = "ssr")]
const LETS_GO: &str = r#"(root => {
for (const kind of ["click", "submit", "change", "input", "keydown", "keyup", "popstate", "pointerdown", "focusin"])
  addEventListener(kind, event => { if (root.dataset.dead) event.stopImmediatePropagation() }, true);
const trapped = event => {
  if (!((event.error || event.reason) instanceof WebAssembly.RuntimeError)) return;
  delete root.dataset.hydrated;
  root.dataset.dead = "true";
  document.getElementById("not-loaded")?.removeAttribute("hidden");
};
addEventListener("error", trapped);
addEventListener("unhandledrejection", trapped);
})(document.documentElement)"#;

/// The document: head, style sheet, scripts with the response's nonce, and the app in its body.
#[cfg(feature = "ssr")]
pub fn shell(built: &crate::server::built::Built) -> impl IntoView + use<> {
    let page = use_context::<PageContext>().unwrap_or_default();
    let theme = page.theme;
    let scheme = match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
        Theme::System => "light dark",
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.data_theme() data-accent=page.brand.accent.as_str() data-rows=page.density.as_str()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content=scheme/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link
                    rel="preload"
                    href="/fonts/inter-latin-wght-normal.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <script nonce=leptos::nonce::use_nonce() inner_html=LETS_GO></script>
                {built.head()}
                <MetaTags/>
            </head>
            <body>
                // Others put what is theirs first or last into the body: what is ours has a place of its own.
                <div id="app" class="flex flex-col min-h-dvh">
                    <App/>
                </div>
                <NotLoaded/>
            </body>
        </html>
    }
}

/// What a document says whose part of the app cannot be loaded, or whose app has died: it stays a page that works without JavaScript.
#[component]
fn NotLoaded() -> impl IntoView {
    view! {
        <div id="not-loaded" hidden=true class="fixed z-50 bottom-20 md:bottom-6 inset-x-4 md:left-auto md:right-6 md:w-96">
            <components::ToastCard tone=components::Tone::Warning text="A newer version is available, or part of this page didn't load. Finish what you're writing, then reload.">
                <a href="" rel="external" class="btn btn-sm shrink-0">"Reload"</a>
            </components::ToastCard>
        </div>
    }
}

/// What stands in place of a page whose part of the app could not be loaded after a click. Every first page loads it, so it is
/// made of little.
#[component]
fn CannotLoad() -> impl IntoView {
    view! {
        <Title text="This page couldn't be loaded"/>
        <h1 node_ref=components::arrival() class="text-2xl mb-6" tabindex="-1">
            "This page couldn't be loaded"
        </h1>
        <div role="alert" class="panel max-w-xl flex flex-col gap-3">
            <p>"The connection was lost or a newer version is available. Nothing you sent is lost."</p>
            <p><a href="" rel="external" class="btn btn-primary">"Reload"</a></p>
        </div>
    }
}

/// The app: what every page has, and the routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = crate::wire::handed_over(|| use_context::<PageContext>().unwrap_or_default());
    provide_context(Whose(page.viewer.as_ref().map(|viewer| viewer.user_id.clone())));
    let first = page.brand.name.clone();
    let page = Page::new(page);
    provide_context(page);
    provide_context(Toasts::default());
    wire::provide_postings();

    view! {
        // The head may be written when the page's signals are gone.
        <Title formatter=move |title: String| {
            let name = page.0.try_with_untracked(|page| page.brand.name.clone()).unwrap_or_else(|| first.clone());
            components::plain_text(if title.is_empty() { name } else { format!("{title} · {name}") })
        }/>
        <a href="#main" rel="external" class="skip-link btn btn-primary">
            "Skip to content"
        </a>
        <TestRibbon/>
        <Router>
            <Routes fallback=NotFound>
                <ParentRoute path=path!("") view=PlainFrame ssr=SSR>
                    <Route path=path!("/login") view=Screen::from(Public::Login) ssr=SSR/>
                    <Route path=path!("/forgot") view=Screen::from(Public::Forgot) ssr=SSR/>
                    <Route path=path!("/reset/:token") view=Screen::from(Public::Reset) ssr=SSR/>
                    <Route path=path!("/invite/:token") view=Screen::from(Public::Invite) ssr=SSR/>
                </ParentRoute>
                <ParentRoute path=path!("") view=Framed ssr=SSR>
                    <Route path=path!("/account") view=Screen::from(Client::Account) ssr=SSR/>
                    <Route path=path!("/members") view=Screen::from(Client::Members) ssr=SSR/>
                    <Route path=path!("/notifications") view=Screen::from(Client::Notifications) ssr=SSR/>
                    <Route path=path!("/notifications/settings") view=Screen::from(Client::NotificationSettings) ssr=SSR/>
                    <Route path=path!("/search") view=Screen::from(Client::Search) ssr=SSR/>
                    <Route path=path!("/admin/clients") view=Screen::from(Staff::Clients) ssr=SSR/>
                    <Route path=path!("/admin/clients/new") view=Screen::from(Staff::NewClient) ssr=SSR/>
                    <Route path=path!("/admin/clients/:id") view=Screen::from(Staff::Client) ssr=SSR/>
                    <Route path=path!("/admin/vendors") view=Screen::from(Staff::Vendors) ssr=SSR/>
                    <Route path=path!("/admin/vendors/new") view=Screen::from(Staff::NewVendor) ssr=SSR/>
                    <Route path=path!("/admin/vendors/:id") view=Screen::from(Staff::Vendor) ssr=SSR/>
                    <Route path=path!("/admin/assignments") view=Screen::from(Staff::Assignments) ssr=SSR/>
                    <Route path=path!("/admin/assignments/requests") view=Screen::from(Staff::UnassignedRequests) ssr=SSR/>
                    <Route path=path!("/admin/assignments/assign") view=Screen::from(Staff::Assign) ssr=SSR/>
                    <Route path=path!("/admin/people") view=Screen::from(Staff::People) ssr=SSR/>
                    <Route path=path!("/admin/people/new") view=Screen::from(Staff::NewPerson) ssr=SSR/>
                    <Route path=path!("/admin/people/:id") view=Screen::from(Staff::Person) ssr=SSR/>
                    <Route path=path!("/admin/settings") view=Screen::from(Staff::Settings) ssr=SSR/>
                    <Route path=path!("/admin/mail") view=Screen::from(Staff::Mails) ssr=SSR/>
                    <Route path=path!("/admin/mail/:id") view=Screen::from(Staff::Mail) ssr=SSR/>
                    <Route path=path!("/services") view=Screen::from(Client::Services) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments") view=Screen::from(Staff::VendorPayments) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments/pay") view=Screen::from(Staff::Pay) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments/:id") view=Screen::from(Staff::PayableLine) ssr=SSR/>
                    <Route path=path!("/services/packs/:id") view=Screen::from(Client::Subscribe) ssr=SSR/>
                    <Route path=path!("/payment/packs") view=Screen::from(Client::PaymentPacks) ssr=SSR/>
                    <Route path=path!("/payment/packs/:id") view=Screen::from(Client::PaymentPack) ssr=SSR/>
                    <Route path=path!("/payment/methods") view=Screen::from(Client::PaymentMethods) ssr=SSR/>
                    <Route path=path!("/payment/invoices") view=Screen::from(Client::PaymentInvoices) ssr=SSR/>
                    <Route path=path!("/payment/deductions") view=Screen::from(Client::PaymentDeductions) ssr=SSR/>
                    <Route path=path!("/services/packs") view=Screen::from(Client::Packs) ssr=SSR/>
                    <Route path=path!("/admin") view=Screen::from(Staff::Admin) ssr=SSR/>
                    <Route path=path!("/admin/packs") view=Screen::from(Staff::Packs) ssr=SSR/>
                    <Route path=path!("/admin/packs/new") view=Screen::from(Staff::PackEditor) ssr=SSR/>
                    <Route path=path!("/admin/packs/:id") view=Screen::from(Staff::PackEditor) ssr=SSR/>
                    <Route path=path!("/admin/services") view=Screen::from(Staff::Services) ssr=SSR/>
                    <Route path=path!("/admin/services/new") view=Screen::from(Staff::ServiceEditor) ssr=SSR/>
                    <Route path=path!("/admin/services/:id") view=Screen::from(Staff::ServiceEditor) ssr=SSR/>
                    <Route path=path!("/admin/webhooks") view=Screen::from(Staff::Webhooks) ssr=SSR/>
                    <Route path=path!("/admin/webhooks/:id") view=Screen::from(Staff::Webhook) ssr=SSR/>
                    <Route path=path!("/dashboard") view=Screen::from(Client::Dashboard) ssr=SSR/>
                    <Route path=path!("/requests") view=Screen::from(Client::Requests) ssr=SSR/>
                    <Route path=path!("/requests/new") view=Screen::from(Client::NewRequest) ssr=SSR/>
                    <Route path=path!("/requests/:id") view=Screen::from(Client::Request) ssr=SSR/>
                    <Route path=path!("/queue") view=Screen::from(Staff::Queue) ssr=SSR/>
                    <Route path=path!("/queue/assign") view=Screen::from(Staff::Give) ssr=SSR/>
                    <Route path=path!("/vendor") view=Screen::from(Staff::VendorHome) ssr=SSR/>
                    <Route path=path!("/admin/integrity") view=Screen::from(Staff::Integrity) ssr=SSR/>
                    <Route path=path!("/admin/audit") view=Screen::from(Staff::Audit) ssr=SSR/>
                    <Route path=path!("/admin/kit") view=Screen::from(Staff::Kit) ssr=SSR/>
                    <Route path=path!("/vendor/packs") view=Screen::from(Staff::VendorPacks) ssr=SSR/>
                    <Route path=path!("/vendor/payments") view=Screen::from(Staff::VendorSlip) ssr=SSR/>
                    <Route path=path!("/vendor/payments/:id") view=Screen::from(Staff::VendorSlipLine) ssr=SSR/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// What stands at an address that is none of ours; answers 404.
#[component]
pub fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found"/>
        <main id="main" class="px-4 py-16 flex justify-center">
            <ErrorState error=AppError::NotFound/>
        </main>
    }
}
