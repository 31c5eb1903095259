//! The frame around every page of a person who is signed in: sidebar, top bar, bottom bar on a phone; and what every
//! page has, signed in or not: the test-mode ribbon and the message that the server left.

use super::{
    Avatar, Banner, Key, Keyboard, Palette, RowsToggle, SearchLink, ThemeToggle, ToastRegion, find,
    icon::{Glyph, Icon},
    menus::{close_menus, follow_navigation, menus_close_by_themselves},
    tone::Tone,
};
use crate::api::kernel::{FlashTone, NavCounts, Viewer, use_page};
use domain::{Capability, Role, agency::PRODUCT};
use leptos::{prelude::*, web_sys};
use leptos_router::{components::Outlet, hooks::use_location};

/// An entry of the navigation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    href: &'static str,
    /// The part of the path that it stands for; longer ones win.
    under: &'static str,
    label: &'static str,
    icon: Icon,
    count: i64,
    group: Option<&'static str>,
}

const fn entry(href: &'static str, label: &'static str, icon: Icon) -> Entry {
    Entry {
        href,
        under: href,
        label,
        icon,
        count: 0,
        group: None,
    }
}

impl Entry {
    const fn count(mut self, count: i64) -> Self {
        self.count = count;
        self
    }
    const fn under(mut self, path: &'static str) -> Self {
        self.under = path;
        self
    }
    const fn group(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }
}

/// What keeps the house running; it stands below a line.
const SYSTEM: &str = "System";

/// The places of each role (§29), the most important first: a phone shows the first four.
fn entries(viewer: &Viewer) -> Vec<Entry> {
    let counts: NavCounts = viewer.counts;
    let requests = entry("/requests", "Requests", Icon::Requests).count(counts.requests);
    let queue = entry("/queue", "Queue", Icon::Inbox).count(counts.queue);
    let clients = entry("/admin/clients", "Clients", Icon::Building);
    let payables = entry("/admin/reports/vendor-payments", "Vendor payments", Icon::Wallet).group("Reports");
    let assignments = entry("/admin/assignments", "Assignments", Icon::UserCog).count(counts.assignments);
    match viewer.role {
        Role::ClientOwner => vec![
            entry("/dashboard", "Dashboard", Icon::Dashboard),
            requests,
            entry("/services", "Services", Icon::Package),
            entry("/payment/packs", "Payment", Icon::CreditCard)
                .under("/payment")
                .count(counts.payment),
            entry("/members", "Members", Icon::Users),
        ],
        Role::ClientMember => vec![
            entry("/dashboard", "Dashboard", Icon::Dashboard),
            requests,
            entry("/services", "Services", Icon::Package),
        ],
        Role::VendorManager | Role::VendorDesigner => {
            vec![
                entry("/vendor", "Dashboard", Icon::Dashboard),
                requests,
                entry("/vendor/packs", "Packs", Icon::Packages),
                entry("/vendor/payments", "Payments", Icon::Wallet),
            ]
        }
        Role::InternalDesigner if viewer.may(Capability::AssignPacks) => vec![queue, requests.count(0), assignments],
        Role::InternalDesigner => vec![queue, requests.count(0)],
        Role::Admin => vec![
            entry("/admin", "Home", Icon::House),
            requests,
            queue,
            assignments,
            entry("/admin/packs", "Packs", Icon::Packages),
            clients,
            payables,
            entry("/admin/services", "Services", Icon::Tag).group("Catalog and people"),
            entry("/admin/vendors", "Vendors", Icon::Truck),
            entry("/admin/people", "People", Icon::Users),
            entry("/admin/webhooks", "Webhooks", Icon::Webhook)
                .count(counts.webhooks)
                .group(SYSTEM),
            entry("/admin/integrity", "Integrity", Icon::Shield).count(counts.integrity),
            entry("/admin/audit", "Audit log", Icon::History),
            entry("/admin/mail", "Mail", Icon::Mail),
            entry("/admin/settings", "Settings", Icon::Settings),
        ],
        Role::Accountant => vec![entry("/admin", "Home", Icon::House), clients, payables],
        Role::Support => vec![entry("/admin", "Home", Icon::House), requests, clients],
    }
}

/// How many entries the bottom bar of a phone shows before *More*.
const BAR_ENTRIES: usize = 4;

/// The entry where a path is: the longest that it stands under.
fn current(entries: &[Entry], path: &str) -> Option<&'static str> {
    entries
        .iter()
        .filter(|e| path == e.under || path.strip_prefix(e.under).is_some_and(|rest| rest.starts_with('/')))
        .max_by_key(|e| e.under.len())
        .map(|e| e.href)
}

/// Which of `g d` and `g r` an entry answers.
fn go(role: Role, href: &str) -> Option<&'static str> {
    if href == "/requests" {
        Some("requests")
    } else if href == role.home() {
        Some("home")
    } else {
        None
    }
}

fn count_view(count: i64, words: &'static str) -> Option<impl IntoView> {
    (count > 0).then(|| {
        view! {
            <span class="ml-auto tabular text-xs font-semibold text-base-content bg-base-300 rounded-full px-1.5 min-w-5 h-5 inline-flex items-center justify-center">
                {count}
                <span class="sr-only">{words}</span>
            </span>
        }
    })
}

/// The sidebar: icons and words, by role, the current place marked, counts where work waits.
#[component]
fn Sidebar(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let path = use_location().pathname;
    let role = viewer.role;
    let all = StoredValue::new(entries(&viewer));
    let here = Memo::new(move |_| all.with_value(|all| current(all, &path.get())));
    let items = all
        .get_value()
        .into_iter()
        .map(|e| {
            let title = e.group.map(|group| {
                let class = if group == SYSTEM { "border-t border-base-300 mt-4" } else { "" };
                view! {
                    <li class=class>
                        <span class="px-3 pt-5 pb-1 text-xs font-semibold text-muted hidden lg:block">{group}</span>
                    </li>
                }
            });
            view! {
                {title}
                <li>
                    <a
                        href=e.href
                        class="nav-item md:max-lg:flex-col md:max-lg:gap-0.5 md:max-lg:text-[0.6875rem] md:max-lg:leading-4 md:max-lg:px-1 md:max-lg:py-2"
                        aria-current=move || (here.get() == Some(e.href)).then_some("page")
                        data-go=go(role, e.href)
                    >
                        <Glyph icon=e.icon/>
                        <span>{e.label}</span>
                        <span class="contents md:max-lg:hidden">{count_view(e.count, " waiting")}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <aside class="hidden md:flex flex-col shrink-0 w-20 lg:w-60 border-r border-base-300 bg-base-200 no-print">
            <div class="sticky top-0 flex flex-col grow max-h-dvh">
                <a href=role.home() class="flex items-center gap-2.5 h-14 px-5 md:max-lg:justify-center md:max-lg:px-0">
                    {house("font-semibold md:max-lg:sr-only")}
                </a>
                <nav aria-label="Main" class="px-3 md:max-lg:px-1.5 py-2 overflow-y-auto grow">
                    <ul class="flex flex-col gap-0.5">{items}</ul>
                </nav>
                <div class="border-t border-base-300 px-5 py-3 text-sm text-muted md:max-lg:hidden">
                    {viewer.org_name.map(|org| view! { <p class="truncate">{org}</p> })}
                    <p class="text-xs">{PRODUCT}</p>
                </div>
            </div>
        </aside>
    }
}

/// Whose product it is: the agency's logo, or the sign of the product where there is none, and the agency's name in a class.
fn house(class: &'static str) -> impl IntoView {
    let page = use_page();
    let brand = Memo::new(move |_| page.brand());
    move || {
        let brand = brand.get();
        let sign = match brand.logo_path() {
            Some(src) => {
                view! { <img src=src alt="" class="h-7 w-auto max-w-24 md:max-lg:max-w-14 object-contain"/> }.into_any()
            }
            None => view! { <Mark/> }.into_any(),
        };
        view! {
            {sign}
            <span class=class>{brand.name}</span>
        }
    }
}

/// The sign of the product: sheets of a pack.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="size-6 shrink-0 text-primary" viewBox="0 0 24 24" aria-hidden="true">
            <rect x="6" y="2" width="14" height="14" rx="3.5" fill="currentColor" opacity="0.35"></rect>
            <rect x="3" y="7" width="15" height="15" rx="3.5" fill="currentColor"></rect>
        </svg>
    }
}

/// The bottom bar of a phone: the first places, and *More* with the rest.
#[component]
fn BottomBar(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let path = use_location().pathname;
    let all = entries(&viewer);
    let whole = StoredValue::new(all.clone());
    let here = Memo::new(move |_| whole.with_value(|all| current(all, &path.get())));
    let (first, rest) = all.split_at(all.len().min(BAR_ENTRIES));
    let rest = rest.to_vec();
    let in_rest = {
        let rest: Vec<&'static str> = rest.iter().map(|e| e.href).collect();
        move || here.get().is_some_and(|href| rest.contains(&href))
    };
    let bar = first
        .iter()
        .cloned()
        .map(|e| {
            view! {
                <li class="flex-1">
                    <a
                        href=e.href
                        class="bar-item"
                        aria-current=move || (here.get() == Some(e.href)).then_some("page")
                    >
                        <span class="relative">
                            <Glyph icon=e.icon class="size-5 shrink-0"/>
                            {(e.count > 0)
                                .then(|| {
                                    view! {
                                        <span class="absolute -top-1.5 left-3.5 text-[0.625rem] leading-4 min-w-4 px-1 rounded-full bg-primary text-primary-content font-semibold text-center tabular">
                                            {e.count}
                                            <span class="sr-only">" waiting "</span>
                                        </span>
                                    }
                                })}
                        </span>
                        {e.label}
                    </a>
                </li>
            }
        })
        .collect_view();
    let more = (!rest.is_empty()).then(|| {
        view! {
            <li class="flex-1">
                <details class="pop static" data-close-on-nav="">
                    <summary class="bar-item" aria-current=move || in_rest().then_some("true")>
                        <Glyph icon=Icon::More class="size-5 shrink-0"/>
                        "More"
                    </summary>
                    <div class="absolute inset-x-0 bottom-full floating rounded-b-none p-3 max-h-[70dvh] overflow-y-auto">
                        <ul class="grid grid-cols-2 gap-1">
                            {rest
                                .into_iter()
                                .map(|e| {
                                    view! {
                                        <li>
                                            <a
                                                href=e.href
                                                class="nav-item min-h-11"
                                                aria-current=move || (here.get() == Some(e.href)).then_some("page")
                                            >
                                                <Glyph icon=e.icon/>
                                                <span>{e.label}</span>
                                                {count_view(e.count, " waiting")}
                                            </a>
                                        </li>
                                    }
                                })
                                .collect_view()}
                        </ul>
                    </div>
                </details>
            </li>
        }
    });
    view! {
        <nav
            aria-label="Main, bottom"
            class="md:hidden fixed bottom-0 inset-x-0 z-30 bg-base-200 border-t border-base-300 pb-[env(safe-area-inset-bottom)] no-print"
        >
            <ul class="flex">{bar} {more}</ul>
        </nav>
    }
}

/// Search, notifications, and the person's own menu.
#[component]
fn TopBar(
    /// Who is signed in.
    viewer: Viewer,
    /// Opens the search.
    search: RwSignal<bool>,
    /// Opens the help.
    help: RwSignal<bool>,
) -> impl IntoView {
    let page = use_page();
    let open_help = move |_| {
        close_menus();
        // What was closed cannot have the focus again.
        super::focus(find("#your-menu"));
        help.set(true);
    };
    let theme = Signal::derive(move || page.0.with(|p| p.theme.as_str().to_owned()));
    let rows = Signal::derive(move || page.0.with(|p| p.density.as_str().to_owned()));
    let unread = viewer.counts.notices;
    let bell = view! {
        <a
            href="/notifications"
            class="btn btn-ghost btn-square btn-sm relative"
            aria-label=match unread {
                0 => "Notifications".to_owned(),
                unread => format!("Notifications, {unread} unread"),
            }
        >
            <Glyph icon=Icon::Bell class="size-5 shrink-0"/>
            {(unread > 0)
                .then(|| {
                    let shown = if unread > 99 { "99+".to_owned() } else { unread.to_string() };
                    view! { <span class="bell-count" aria-hidden="true">{shown}</span> }
                })}
        </a>
    };
    let who = viewer
        .org_name
        .clone()
        .unwrap_or_else(|| viewer.role.label().to_owned());
    view! {
        <header class="sticky top-0 z-20 h-14 px-4 sm:px-6 lg:px-8 flex items-center gap-3 border-b border-base-300 bg-base-100 no-print">
            <a
                href=viewer.role.home()
                class="md:hidden h-11 min-w-11 -ml-2.5 px-2.5 shrink-0 inline-flex items-center justify-center"
                aria-label="Home"
            >
                {house("sr-only")}
            </a>
            <SearchLink open=search/>
            <div class="ml-auto flex items-center gap-1">
                {bell}
                <details class="pop" data-close-on-nav="">
                    <summary
                        id="your-menu"
                        class="flex items-center gap-2 h-10 px-1.5 rounded-field hover:bg-base-200"
                    >
                        <span class="sr-only">{format!("Your menu, {}", viewer.name)}</span>
                        <Avatar name=viewer.name.clone()/>
                        <Glyph icon=Icon::ChevronDown class="size-4 shrink-0 text-muted"/>
                    </summary>
                    <div class="pop-panel floating w-72">
                        <div class="px-4 pt-3 pb-3 border-b border-base-300">
                            <p class="font-semibold truncate">{viewer.name.clone()}</p>
                            <p class="text-sm text-muted truncate">{viewer.email.clone()}</p>
                            <p class="text-sm text-muted truncate">{who}</p>
                        </div>
                        <ul class="p-1.5">
                            <li>
                                <a href="/account" class="nav-item text-base-content">
                                    <Glyph icon=Icon::Settings/>
                                    "Account"
                                </a>
                            </li>
                            <li class="noscript:hidden">
                                <button type="button" class="nav-item w-full text-base-content" on:click=open_help>
                                    <Glyph icon=Icon::Info/>
                                    "Help"
                                    <span class="ml-auto">
                                        <Key name="?"/>
                                    </span>
                                </button>
                            </li>
                        </ul>
                        <div class="px-3 pb-3">
                            <ThemeToggle now=theme/>
                            <div class="mt-2 hidden sm:block">
                                <RowsToggle now=rows/>
                            </div>
                        </div>
                        <div class="p-1.5 border-t border-base-300">
                            <form method="post" action="/logout">
                                <button type="submit" class="nav-item w-full text-base-content">
                                    <Glyph icon=Icon::LogOut/>
                                    "Sign out"
                                </button>
                            </form>
                        </div>
                    </div>
                </details>
            </div>
        </header>
    }
}

/// Says, on every page, that no real money moves, and what time it is in the simulation.
#[component]
pub fn TestRibbon() -> impl IntoView {
    let page = use_page();
    move || {
        page.0.with(|page| {
            page.test_mode.then(|| {
                let now = page.simulated_now.clone();
                view! {
                    <aside
                        aria-label="Test mode"
                        class="tone-warning tint border-b text-sm px-4 py-1 flex flex-wrap justify-center gap-x-2 no-print"
                    >
                        <span class="font-semibold">"Test mode"</span>
                        <span class="text-base-content">
                            <span class="hidden sm:inline">"No real money moves."</span>
                            {now.map(|now| view! { <span class="tabular">{format!(" Simulated time: {now}")}</span> })}
                        </span>
                    </aside>
                }
            })
        })
    }
}

/// What the last action left to say.
#[component]
pub fn FlashMessage() -> impl IntoView {
    let page = use_page();
    move || {
        page.0.with(|page| page.flash.clone()).map(|flash| {
            let tone = match flash.tone {
                FlashTone::Success => Tone::Success,
                FlashTone::Error => Tone::Danger,
                FlashTone::Info => Tone::Info,
            };
            view! {
                <div class="mb-6">
                    <Banner tone>{flash.text}</Banner>
                </div>
            }
        })
    }
}

/// The layout of every page of a person who is signed in; a parent route whose children are the pages.
#[component]
pub fn Frame() -> impl IntoView {
    let page = use_page();
    super::provide_live();
    follow_navigation();
    menus_close_by_themselves();
    super::whole_words();
    // Counts follow what changes elsewhere, and what changed while the window was away; a burst of changes asks once.
    let live = super::use_live();
    super::use_settled(move || live.get(), 400, move |_| page.recount());
    let viewer = Memo::new(move |_| page.viewer());
    // The server writes it; it changes while the settings are open.
    super::effect(move || {
        let accent = page.0.with(|page| page.brand.accent);
        if let Some(root) = document().document_element() {
            drop(root.set_attribute("data-accent", accent.as_str()));
        }
    });
    let search = RwSignal::new(false);
    let help = RwSignal::new(false);
    let leaving = move |event: web_sys::MouseEvent| {
        let person = viewer.with_untracked(|viewer| viewer.as_ref().map(|viewer| viewer.user_id.clone()));
        super::leaving(&event, &person.unwrap_or_default());
    };
    view! {
        <div class="md:flex grow" on:click=leaving>
            {move || viewer.get().map(|viewer| view! { <Sidebar viewer/> })}
            <div class="grow min-w-0 flex flex-col [--table-top:3.5rem]">
                {move || viewer.get().map(|viewer| view! { <TopBar viewer search help/> })}
                <main id="main" class="page grow w-full mx-auto px-4 sm:px-6 lg:px-8 pb-24 md:pb-12">
                    <FlashMessage/>
                    <Outlet/>
                </main>
            </div>
        </div>
        <div class="contents" on:click=leaving>
            {move || viewer.get().map(|viewer| view! { <BottomBar viewer/> })}
        </div>
        <Keyboard help/>
        <Palette open=search/>
        <ToastRegion/>
    }
    .into_any()
}

/// The layout of pages before signing in: one panel in the middle.
#[component]
pub fn PlainFrame() -> impl IntoView {
    follow_navigation();
    // RQ7: whoever signs in next is another one.
    super::effect(super::forget_list);
    view! {
        <main id="main" class="min-h-[90dvh] px-4 py-10 flex flex-col items-center justify-center">
            <a href="/" class="flex items-center gap-2.5 mb-6">
                {house("font-semibold text-lg")}
            </a>
            <div class="w-full max-w-md">
                <FlashMessage/>
                <Outlet/>
            </div>
            <p class="mt-8 text-xs text-muted">{PRODUCT}</p>
        </main>
        <ToastRegion/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_entry_is_the_current_place() {
        let all = [
            entry("/admin", "Home", Icon::House),
            entry("/admin/packs", "Packs", Icon::Packages),
            entry("/payment/packs", "Payment", Icon::CreditCard).under("/payment"),
        ];
        assert_eq!(current(&all, "/admin/packs/new"), Some("/admin/packs"));
        assert_eq!(current(&all, "/admin/mail"), Some("/admin"));
        assert_eq!(current(&all, "/payment/methods"), Some("/payment/packs"));
        assert_eq!(
            current(&all, "/administration"),
            None,
            "a prefix of a word is not a place"
        );
    }

    fn viewer(role: Role) -> Viewer {
        Viewer {
            user_id: String::new(),
            name: String::new(),
            email: String::new(),
            role,
            lead: true,
            org_name: None,
            paying: Default::default(),
            counts: NavCounts::default(),
        }
    }

    #[test]
    fn every_role_has_its_home_in_the_navigation() {
        for role in Role::ALL {
            assert!(entries(&viewer(*role)).iter().any(|e| e.href == role.home()), "{role}");
        }
    }

    #[test]
    fn s20_every_entry_of_the_navigation_is_found_by_its_name() {
        for role in Role::ALL {
            for entry in entries(&viewer(*role)) {
                let found = domain::search::PLACES
                    .iter()
                    .any(|place| (place.href, place.label) == (entry.href, entry.label));
                assert!(found, "{role}: {} {}", entry.href, entry.label);
            }
        }
    }

    #[test]
    fn no_entry_of_the_navigation_is_dead() {
        let routes = include_str!("../app.rs");
        for role in Role::ALL {
            for entry in entries(&viewer(*role)) {
                let route = format!("path!(\"{}\")", entry.href);
                assert!(routes.contains(&route), "{role}: {} has no route in app.rs", entry.href);
            }
        }
    }
}
