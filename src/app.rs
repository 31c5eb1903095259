//! The document around the app, and the table of routes. Nothing else: pages are in `pages`, the frame is in
//! `components::frame`.

use crate::{
    api::viewer::{Page, PageContext, Theme, forget_error_in_address},
    components::{ErrorState, Frame, PlainFrame, TestRibbon, Toasts, effect},
    pages,
};
use domain::AppError;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{ParentRoute, Route, Router, Routes},
    path,
};

/// How pages are rendered: whole, before the first byte. They then work without JavaScript, can answer with a status of
/// their own, and need no scripts that swap parts of them. No page waits for anything but our own database.
pub const SSR: SsrMode = SsrMode::Async;

/// A screen as the table of routes holds it. All are of one type, so that the router is compiled once and not for each.
macro_rules! page {
    ($($screen:tt)+) => {{
        fn page() -> AnyView {
            view! { <$($screen)+/> }.into_any()
        }
        page as fn() -> AnyView
    }};
}

/// A screen that only shows, drawn by the server alone (`served`); `live` ones follow what happens elsewhere.
macro_rules! served {
    (live $($screen:tt)+) => { served!(@ true, $($screen)+) };
    (@ $live:literal, $($screen:tt)+) => {{
        fn page() -> AnyView {
            #[cfg(feature = "hydrate")]
            {
                crate::served::follow($live)
            }
            #[cfg(not(feature = "hydrate"))]
            {
                crate::served::draw(|| view! { <$($screen)+/> }.into_any())
            }
        }
        page as fn() -> AnyView
    }};
    ($($screen:tt)+) => { served!(@ false, $($screen)+) };
}

/// The document: head, style sheet, scripts with the response's nonce, and the app in its body. Server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<PageContext>().map_or(Theme::System, |page| page.theme);
    let scheme = match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
        Theme::System => "light dark",
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.data_theme()>
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
                <HashedStylesheet id="leptos" options=options.clone()/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The app: what every page has, and the routes.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = crate::wire::handed_over(|| use_context::<PageContext>().unwrap_or_default());
    provide_context(Page(RwSignal::new(page)));
    provide_context(Toasts::default());

    // Tests and pages wait for this: before it, a click does what it does without JavaScript.
    effect(|| {
        if let Some(root) = document().document_element() {
            drop(root.set_attribute("data-hydrated", "true"));
        }
        forget_error_in_address();
    });

    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Monthly Packs".to_owned() } else { format!("{title} · Monthly Packs") }
        }/>
        <a href="#main" rel="external" class="skip-link btn btn-primary">
            "Skip to content"
        </a>
        <TestRibbon/>
        <Router>
            <Routes fallback=NotFound>
                <ParentRoute path=path!("") view=PlainFrame ssr=SSR>
                    <Route path=path!("/login") view=page!(pages::public::Login) ssr=SSR/>
                    <Route path=path!("/forgot") view=page!(pages::public::Forgot) ssr=SSR/>
                    <Route path=path!("/reset/:token") view=page!(pages::public::Reset) ssr=SSR/>
                    <Route path=path!("/invite/:token") view=page!(pages::public::Invite) ssr=SSR/>
                </ParentRoute>
                <ParentRoute path=path!("") view=Frame ssr=SSR>
                    <Route path=path!("/account") view=served!(pages::account::Account) ssr=SSR/>
                    <Route path=path!("/members") view=served!(pages::account::Members) ssr=SSR/>
                    <Route path=path!("/admin/clients") view=served!(pages::staff::clients::Clients) ssr=SSR/>
                    <Route path=path!("/admin/clients/new") view=served!(pages::staff::clients::NewClient) ssr=SSR/>
                    <Route path=path!("/admin/clients/:id") view=served!(pages::staff::clients::Client) ssr=SSR/>
                    <Route path=path!("/admin/vendors") view=served!(pages::staff::vendors::Vendors) ssr=SSR/>
                    <Route path=path!("/admin/vendors/new") view=served!(pages::staff::vendors::NewVendor) ssr=SSR/>
                    <Route path=path!("/admin/vendors/:id") view=served!(pages::staff::vendors::Vendor) ssr=SSR/>
                    <Route path=path!("/admin/assignments") view=page!(pages::staff::assignments::Assignments) ssr=SSR/>
                    <Route path=path!("/admin/assignments/requests") view=served!(live pages::staff::assignments::UnassignedRequestsPage) ssr=SSR/>
                    <Route path=path!("/admin/assignments/assign") view=served!(live pages::staff::assignments::AssignPage) ssr=SSR/>
                    <Route path=path!("/admin/people") view=served!(pages::staff::people::People) ssr=SSR/>
                    <Route path=path!("/admin/people/new") view=served!(pages::staff::people::NewPerson) ssr=SSR/>
                    <Route path=path!("/admin/people/:id") view=served!(pages::staff::people::EditPerson) ssr=SSR/>
                    <Route path=path!("/admin/mail") view=served!(pages::staff::mail::Mails) ssr=SSR/>
                    <Route path=path!("/admin/mail/:id") view=served!(pages::staff::mail::Mail) ssr=SSR/>
                    <Route path=path!("/services") view=served!(pages::client::services::Services) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments") view=page!(pages::staff::payables::VendorPayments) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments/pay") view=served!(pages::staff::payables::PayPage) ssr=SSR/>
                    <Route path=path!("/admin/reports/vendor-payments/:id") view=served!(live pages::staff::payables::PayableLine) ssr=SSR/>
                    <Route path=path!("/services/packs/:id") view=page!(pages::client::subscribe::SubscribePage) ssr=SSR/>
                    <Route path=path!("/payment/packs") view=served!(live pages::client::payment::PaymentPacks) ssr=SSR/>
                    <Route path=path!("/payment/packs/:id") view=served!(live pages::client::payment::SubscriptionPage) ssr=SSR/>
                    <Route path=path!("/payment/methods") view=served!(live pages::client::payment::PaymentMethods) ssr=SSR/>
                    <Route path=path!("/payment/invoices") view=served!(live pages::client::payment::PaymentInvoices) ssr=SSR/>
                    <Route path=path!("/services/packs") view=served!(live pages::client::packs::Packs) ssr=SSR/>
                    <Route path=path!("/admin") view=served!(live pages::staff::admin_home::AdminHomePage) ssr=SSR/>
                    <Route path=path!("/admin/packs") view=served!(pages::staff::packs::Packs) ssr=SSR/>
                    <Route path=path!("/admin/packs/new") view=page!(pages::staff::pack_editor::PackEditorPage) ssr=SSR/>
                    <Route path=path!("/admin/packs/:id") view=page!(pages::staff::pack_editor::PackEditorPage) ssr=SSR/>
                    <Route path=path!("/admin/services") view=served!(pages::staff::services::Services) ssr=SSR/>
                    <Route path=path!("/admin/services/new") view=served!(pages::staff::services::ServiceEditorPage) ssr=SSR/>
                    <Route path=path!("/admin/services/:id") view=served!(pages::staff::services::ServiceEditorPage) ssr=SSR/>
                    <Route path=path!("/admin/webhooks") view=served!(pages::staff::webhooks::Webhooks) ssr=SSR/>
                    <Route path=path!("/admin/webhooks/:id") view=served!(pages::staff::webhooks::Webhook) ssr=SSR/>
                    <Route path=path!("/dashboard") view=served!(live pages::client::dashboard::Dashboard) ssr=SSR/>
                    <Route path=path!("/requests") view=served!(live pages::requests::Requests) ssr=SSR/>
                    <Route path=path!("/requests/new") view=page!(pages::client::request_form::NewRequest) ssr=SSR/>
                    <Route path=path!("/requests/:id") view=served!(live pages::request::OneRequest) ssr=SSR/>
                    <Route path=path!("/queue") view=served!(live pages::staff::queue::Queue) ssr=SSR/>
                    <Route path=path!("/queue/assign") view=served!(live pages::staff::queue::GivePage) ssr=SSR/>
                    <Route path=path!("/vendor") view=served!(live pages::vendor::home::VendorHome) ssr=SSR/>
                    <Route path=path!("/admin/integrity") view=served!(live pages::staff::integrity::Integrity) ssr=SSR/>
                    <Route path=path!("/admin/audit") view=served!(pages::staff::audit::Audit) ssr=SSR/>
                    <Route path=path!("/admin/kit") view=served!(pages::staff::kit::Kit) ssr=SSR/>
                    <Route path=path!("/vendor/packs") view=served!(live pages::vendor::packs::VendorPacks) ssr=SSR/>
                    <Route path=path!("/vendor/payments") view=served!(live pages::vendor::payments::VendorPayments) ssr=SSR/>
                    <Route path=path!("/vendor/payments/:id") view=served!(live pages::vendor::payments::VendorPaymentLine) ssr=SSR/>
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
