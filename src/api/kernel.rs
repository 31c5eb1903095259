//! Who looks at the page, and what its frame shows: one small value that every page has.
//!
//! The guard reads it from the session and puts it into the context of the rendering (`provide_context(PageContext)`),
//! for documents and for server functions alike. What must not be here: anything of one page only.
#![warn(missing_docs)]

use crate::wire::Asks;
use domain::{AppError, AppResult, Role, agency::Brand};
use leptos::{
    prelude::*,
    server_fn::codec::{PostUrl, Postcard},
};
use serde::{Deserialize, Serialize};

/// How many wait behind an entry of the navigation; zero is not shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NavCounts {
    /// Requests that wait for this person.
    pub requests: i64,
    /// Requests in the in-house queue that nobody has claimed.
    pub queue: i64,
    /// Packs without a vendor.
    pub assignments: i64,
    /// Webhooks that gave up.
    pub webhooks: i64,
    /// Rows that break an invariant.
    pub integrity: i64,
    /// Invoices or deductions that are open.
    pub payment: i64,
    /// Notices that have not been read.
    pub notices: i64,
}

/// How a client pays, as its pages are called by it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paying {
    /// By royalties (Q2).
    pub royalties: bool,
    /// It has, or had, a card or an invoice.
    pub cards: bool,
    /// Royalties pay, or have paid, for something.
    pub deductions: bool,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The user's id.
    pub user_id: String,
    /// Full name.
    pub name: String,
    /// Sign-in address.
    pub email: String,
    /// The role (§25).
    pub role: Role,
    /// An internal designer's lead right (§14).
    pub lead: bool,
    /// The client's or vendor's name; `None` for the agency's people.
    pub org_name: Option<String>,
    /// How their client pays; nothing for all others.
    pub paying: Paying,
    /// What waits where.
    pub counts: NavCounts,
}

impl Viewer {
    /// Whether this person's rights carry a capability.
    pub fn may(&self, capability: domain::Capability) -> bool {
        domain::access::allowed(
            domain::access::Rights {
                role: self.role,
                lead: self.lead,
            },
            capability,
        )
    }
}

/// What a message that the server left for the next page means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashTone {
    /// Something was done.
    Success,
    /// Something failed.
    Error,
    /// News.
    Info,
}

/// A message that the server left for the next page, after a redirect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// What it means.
    pub tone: FlashTone,
    /// One sentence.
    pub text: String,
    /// Where what was done can be seen, where that is not the page that says it.
    #[serde(default)]
    pub open: Option<String>,
    /// What takes it back: the corner offers it for a while.
    #[serde(default)]
    pub undo: Option<Undo>,
}

impl Flash {
    /// A sentence.
    pub fn new(tone: FlashTone, text: impl Into<String>) -> Self {
        Flash {
            tone,
            text: text.into(),
            open: None,
            undo: None,
        }
    }
}

/// A post that takes back what was done: a use case as any other. Nothing waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The server function's path.
    pub path: String,
    /// What is posted there, as a form sends it.
    pub body: String,
}

impl Undo {
    /// Takes back by this call.
    pub fn by<F: crate::wire::Call>(args: &F) -> Self {
        Undo {
            path: F::PATH.to_owned(),
            body: crate::wire::to_field(args),
        }
    }
}

/// How the page wants to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark ink on paper.
    Light,
    /// The dark theme.
    Dark,
    /// As the system has it.
    #[default]
    System,
}

impl Theme {
    /// The cookie's name.
    pub const COOKIE: &'static str = "theme";

    /// The word in the cookie and in the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::System => "system",
        }
    }

    /// The theme's name in the style sheet, for `<html data-theme>`; `None` leaves it to the system.
    pub const fn data_theme(self) -> Option<&'static str> {
        match self {
            Theme::Light => Some("paper"),
            Theme::Dark => Some("paper-dark"),
            Theme::System => None,
        }
    }

    /// Reads a word; anything unknown is `System`.
    pub fn from_word(word: &str) -> Self {
        match word {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// Reads a `Cookie` header.
    pub fn from_cookies(header: &str) -> Self {
        cookie(header, Self::COOKIE).map_or(Theme::System, Theme::from_word)
    }
}

/// How high the rows of lists are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// 44 px.
    #[default]
    Comfortable,
    /// 36 px.
    Compact,
}

impl Density {
    /// The cookie's name.
    pub const COOKIE: &'static str = "rows";

    /// The word in the cookie, in the form and in the style sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Density::Comfortable => "comfortable",
            Density::Compact => "compact",
        }
    }

    /// Reads a word; anything unknown is `Comfortable`.
    pub fn from_word(word: &str) -> Self {
        match word {
            "compact" => Density::Compact,
            _ => Density::Comfortable,
        }
    }

    /// Reads a `Cookie` header.
    pub fn from_cookies(header: &str) -> Self {
        cookie(header, Self::COOKIE).map_or(Density::Comfortable, Density::from_word)
    }
}

/// The value of a cookie.
pub fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// A form that comes back without JavaScript, because it was refused or because only part of it was done: its page is rendered
/// again with what was typed, and says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// The page's path.
    pub path: String,
    /// Where the form was posted to; `None` where that is the page itself.
    pub of: Option<String>,
    /// What was typed, by field; never a password.
    pub fields: Vec<(String, String)>,
    /// Why it was refused, if it was.
    pub error: Option<AppError>,
}

impl Refill {
    /// What was typed into a field; nothing of a name that several fields have, which cannot be told apart, and nothing where
    /// it is what stood there when it was read (`was[of-…]` beside `price[of-…]`): there the page shows what stands there now.
    pub fn field(&self, name: &str) -> Option<String> {
        let value = self.sent_once(name)?;
        let was = name.split_once('[').map(|(_, of)| format!("was[{of}"));
        (was.and_then(|was| self.sent_once(&was)) != Some(value)).then(|| value.to_owned())
    }

    fn sent_once(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(known, _)| known == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value.as_str())
    }
}

/// What the frame of a page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// Who is signed in.
    pub viewer: Option<Viewer>,
    /// Whose product it is.
    pub brand: Brand,
    /// Stripe's stand-in is in use: no real money moves.
    pub test_mode: bool,
    /// The simulated time, as "Mar 10, 2027, 9:00 AM CT"; `None` where the clock is the real one.
    pub simulated_now: Option<String>,
    /// What the last action left to say; shown once.
    pub flash: Option<Flash>,
    /// The chosen theme.
    pub theme: Theme,
    /// The chosen height of rows.
    pub density: Density,
    /// Columns of lists that are left out, as their cookie has them.
    pub columns: String,
    /// A plain form that was refused; only in the answer to its post.
    pub refill: Option<Refill>,
    /// Which build of the server said this: a page of another one is loaded anew.
    pub build: String,
    /// Where a client may write to by mail; `None` where nobody reads that.
    pub write_to: Option<String>,
    /// How many changes there had been when this was read: what came after it is told when the page begins to listen.
    pub changes: u64,
}

/// The page's context, again: counts and the simulated time change while a page stays open. Open to all,
/// because it says only what the session says; without one it is empty. Never fails.
#[server(name = ReadPage, endpoint = "page", input = PostUrl, output = Postcard)]
pub async fn current_page() -> AppResult<PageContext> {
    Ok(use_context::<PageContext>().unwrap_or_default())
}

/// The same for a page that stays: the message that was left for the next page is not taken.
#[server(name = ReadCounts, endpoint = "page/counts", input = PostUrl, output = Postcard)]
pub async fn current_counts() -> AppResult<PageContext> {
    Ok(use_context::<PageContext>().unwrap_or_default())
}

/// The live page context; the frame keeps it fresh.
#[derive(Debug, Clone, Copy)]
pub struct Page(pub RwSignal<PageContext>, Asks);

impl Page {
    /// A page that begins with this.
    pub fn new(context: PageContext) -> Self {
        Page(RwSignal::new(context), Asks::default())
    }

    /// Whose product it is.
    pub fn brand(self) -> Brand {
        self.0.with(|page| page.brand.clone())
    }

    /// Who is signed in.
    pub fn viewer(self) -> Option<Viewer> {
        self.0.with(|page| page.viewer.clone())
    }

    /// Asks the server again; counts change after an action, or when the window comes back.
    pub fn refresh(self) {
        // The message is given away once: it is shown even where the counts beside it are no longer the last ones.
        let last = self.1.turn();
        leptos::task::spawn_local(async move {
            match crate::wire::call(ReadPage {}).await {
                Ok(fresh) if last() => self.take(fresh),
                Ok(PageContext { flash: Some(flash), .. }) => {
                    let _ = self.0.try_update(|page| page.flash = Some(flash));
                }
                _ => {}
            }
        });
    }

    /// A form of this page was answered and the page stays: what is left to say is said in the corner.
    pub fn answered(self, toasts: crate::components::Toasts) {
        let last = self.1.turn();
        leptos::task::spawn_local(async move {
            if let Ok(mut fresh) = crate::wire::call(ReadPage {}).await {
                if let Some(flash) = fresh.flash.take() {
                    toasts.say(flash);
                }
                if last() {
                    self.take(fresh);
                }
            }
        });
    }

    /// What the server says now. Another build of it cannot talk to this page for long.
    fn take(self, fresh: PageContext) {
        let mut other = false;
        let _ = self.0.try_update(|page| {
            other = page.build != fresh.build;
            *page = fresh;
        });
        if other {
            crate::wire::replaced();
        }
    }

    /// Asks for the counts when something has changed elsewhere; what this page has to say stays.
    pub fn recount(self) {
        self.1.ask(ReadCounts {}, move |answer| {
            if let Ok(fresh) = answer {
                let flash = self.0.try_with_untracked(|page| page.flash.clone()).flatten();
                let refill = self.0.try_with_untracked(|page| page.refill.clone()).flatten();
                self.take(PageContext { flash, refill, ..fresh });
            }
        });
    }
}

/// Whose page the document is: the user's id. It stays what it was when somebody else signs in elsewhere in the browser.
#[derive(Debug, Clone, Default)]
pub struct Whose(pub Option<String>);

/// Whose page this is; nobody's before signing in.
pub fn whose() -> Option<String> {
    use_context::<Whose>()?.0
}

/// The form that a field stands in, by where it is posted; a context of what is in it.
#[derive(Debug, Clone, Copy)]
pub struct FormOf(pub &'static str);

/// What was typed into a field of this page's form before it was refused. Fields begin with it.
pub fn typed(field: &str) -> Option<String> {
    of_this_page(|refill| refill.field(field))
}

/// Whether a box of this page's form was checked when it was refused: one that is not sends nothing. Only where the form is
/// known to be this one.
pub fn was_checked(field: &str) -> Option<bool> {
    let form = use_context::<FormOf>()?;
    of_this_page(|refill| {
        let its = refill.of.as_deref() == Some(form.0);
        its.then(|| refill.fields.iter().any(|(name, _)| name == field))
    })
}

/// Why a form of this page that posts to `of` was refused, where a browser posted it by itself. Its first answer is this.
pub fn refused(of: &str) -> Option<AppError> {
    of_this_page(|refill| refill.error.clone().filter(|_| refill.of.as_deref() == Some(of)))
}

/// What was refused of this page, and of the form around where that is known.
fn of_this_page<T>(read: impl FnOnce(&Refill) -> Option<T>) -> Option<T> {
    let form = use_context::<FormOf>();
    let page = use_context::<Page>()?;
    let path = use_context::<leptos_router::location::RequestUrl>()
        .map(|url| {
            url.as_ref()
                .split(['?', '#'])
                .next()
                .unwrap_or_default()
                .trim_start_matches("http://leptos.dev")
                .to_owned()
        })
        .or_else(window_path)?;
    page.0.with_untracked(|page| {
        let of_it = |refill: &&Refill| {
            let other = form.zip(refill.of.as_deref()).is_some_and(|(form, of)| form.0 != of);
            refill.path == path && !other
        };
        page.refill.as_ref().filter(of_it).and_then(read)
    })
}

/// The address in the browser; nothing on the server.
fn window_path() -> Option<String> {
    if cfg!(feature = "hydrate") {
        window().location().pathname().ok()
    } else {
        None
    }
}

/// The page context that [`crate::app::App`] provides.
pub fn use_page() -> Page {
    use_context::<Page>().unwrap_or_else(|| Page::new(PageContext::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_form_comes_back_field_by_field() {
        let sent = [
            ("price[a]", "5"),
            ("was[a]", ""),
            ("price[b]", "12,5"),
            ("was[b]", "9.00"),
            ("price[c]", "7.00"),
            ("was[c]", "7.00"),
            ("picks[]", "x"),
            ("picks[]", "y"),
        ];
        let refill = Refill {
            path: "/".into(),
            fields: sent.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            error: Some(AppError::Stale),
            of: None,
        };
        assert_eq!(refill.field("price[a]").as_deref(), Some("5"));
        assert_eq!(refill.field("price[b]").as_deref(), Some("12,5"));
        assert_eq!(refill.field("price[c]"), None, "nobody has changed it");
        assert_eq!(refill.field("price[d]"), None);
        assert_eq!(refill.field("picks[]"), None, "whose would it be");
    }

    #[test]
    fn the_theme_is_read_from_its_cookie_only() {
        assert_eq!(Theme::from_cookies("a=b; theme=dark; c=d"), Theme::Dark);
        assert_eq!(Theme::from_cookies("xtheme=dark"), Theme::System);
        assert_eq!(Theme::from_cookies("theme=nonsense"), Theme::System);
        assert_eq!(Theme::from_cookies(""), Theme::System);
        assert_eq!(Theme::Dark.data_theme(), Some("paper-dark"));
        assert_eq!(Density::from_cookies("theme=dark; rows=compact"), Density::Compact);
        assert_eq!(Density::from_cookies("rows=nonsense"), Density::Comfortable);
    }
}
