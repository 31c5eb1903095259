//! Search everything (§20): what is found, and the pages and actions that can be found beside it. May use the kernel. What must
//! not be here: who may open which page; that is said once, in the table of access.

use crate::spelling::{near, starts, words};
use serde::{Deserialize, Serialize};

/// A page, or something that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it is; who may open that finds it.
    pub href: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// What else people may call it.
    pub also: &'static str,
    /// It does something, or begins it.
    pub action: bool,
    /// It chooses this theme instead of leading somewhere; empty for all others.
    pub theme: &'static str,
}

const fn page(href: &'static str, label: &'static str, also: &'static str) -> Place {
    Place {
        href,
        label,
        also,
        action: false,
        theme: "",
    }
}

const fn action(href: &'static str, label: &'static str, also: &'static str) -> Place {
    Place {
        action: true,
        ..page(href, label, also)
    }
}

const fn theme(theme: &'static str, label: &'static str) -> Place {
    Place {
        theme,
        ..action("/account", label, "mode appearance colors toggle")
    }
}

/// All pages that are found by their name, and all actions, in the order in which they are shown.
pub const PLACES: &[Place] = &[
    action("/requests/new", "New request", "order create add"),
    action("/admin/packs/new", "New pack", "create add"),
    action("/admin/services/new", "New service", "create add"),
    action("/admin/clients/new", "New client", "create add"),
    action("/admin/vendors/new", "New vendor", "create add"),
    action("/admin/people/new", "Invite someone", "new person user member add"),
    action("/members", "Invite a teammate", "new person user member someone add"),
    theme("light", "Switch to light theme"),
    theme("dark", "Switch to dark theme"),
    theme("system", "Use the theme of your device"),
    page("/dashboard", "Dashboard", "home start"),
    page("/vendor", "Dashboard", "home start"),
    page("/admin", "Home", "dashboard start"),
    page("/requests", "Requests", "work orders"),
    page("/queue", "Queue", "unclaimed claim"),
    page("/admin/assignments", "Assignments", "assign vendors packs"),
    page(
        "/admin/assignments/requests",
        "Unassigned pack requests",
        "no vendor assign",
    ),
    page("/services", "Services", "catalog prices"),
    page("/services/packs", "Monthly Packs", "subscribe catalog prices"),
    page("/payment/packs", "Payment", "your packs subscriptions"),
    page("/payment/methods", "Payment methods", "cards"),
    page("/payment/invoices", "Invoices", "payment bills receipts"),
    page("/payment/deductions", "Deductions", "payment royalties"),
    page("/members", "Members", "people team"),
    page("/vendor/packs", "Packs", "assigned"),
    page("/vendor/payments", "Payments", "pay slip earnings"),
    page("/admin/packs", "Packs", "catalog"),
    page("/admin/services", "Services", "catalog prices"),
    page("/admin/clients", "Clients", "customers"),
    page("/admin/vendors", "Vendors", "studios"),
    page("/admin/people", "People", "users team"),
    page(
        "/admin/reports/vendor-payments",
        "Vendor payments",
        "reports pay slips payables",
    ),
    page("/admin/settings", "Settings", "agency name logo accent color reply"),
    page("/admin/webhooks", "Webhooks", "payment events stripe"),
    page("/admin/integrity", "Integrity", "books proof alarms"),
    page("/admin/audit", "Audit log", "history changes"),
    page("/admin/mail", "Mail", "emails sent"),
    page("/notifications", "Notifications", "bell news"),
    page(
        "/notifications/settings",
        "Notification settings",
        "email bell preferences",
    ),
    page("/account", "Account", "password sessions profile sign-in"),
];

impl Place {
    /// Whether it has all of the words that somebody typed; `loosely`: but for a few wrong letters. Without a word it has them.
    pub fn has(&self, wanted: &[String], loosely: bool) -> bool {
        let own = words(&format!("{} {}", self.label, self.also));
        wanted.iter().all(|typed| {
            own.iter()
                .any(|word| starts(typed, word) || (loosely && near(typed, word)))
        })
    }

    fn found(&self) -> Hit {
        Hit {
            href: self.href.to_owned(),
            title: self.label.to_owned(),
            detail: String::new(),
            theme: self.theme.to_owned(),
        }
    }
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Where it leads.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// A few words more; empty for none.
    pub detail: String,
    /// The theme that it chooses instead of leading somewhere; empty for all others.
    pub theme: String,
}

/// What was found of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The kind.
    pub label: String,
    /// The best of it.
    pub hits: Vec<Hit>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Kinds of which there is something.
    pub groups: Vec<Group>,
    /// Nothing has the words as they were typed; this is spelled alike.
    pub loosely: bool,
}

/// What is found of places: groups of pages and of actions, those without anything left out.
pub fn places(of: &[Place], wanted: &[String], loosely: bool) -> Vec<Group> {
    [("Pages", false), ("Actions", true)]
        .into_iter()
        .map(|(label, action)| Group {
            label: label.to_owned(),
            hits: of
                .iter()
                .filter(|place| place.action == action && place.has(wanted, loosely))
                .map(Place::found)
                .collect(),
        })
        .filter(|group| !group.hits.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::wanted_words;

    fn found(typed: &str, loosely: bool) -> Vec<String> {
        let groups = places(PLACES, &wanted_words(typed), loosely);
        let hits = groups.into_iter().flat_map(|group| group.hits);
        hits.map(|hit| hit.title).collect()
    }

    #[test]
    fn s20_pages_and_actions_are_found_by_their_words() {
        assert_eq!(found("integrity", false), ["Integrity"]);
        assert_eq!(found("new pa", false), ["New pack"]);
        assert_eq!(found("dark", false), ["Switch to dark theme"]);
        assert_eq!(found("invite", false), ["Invite someone", "Invite a teammate"]);
        assert_eq!(found("integirty", false), Vec::<String>::new());
        assert_eq!(found("integirty", true), ["Integrity"]);
        assert_eq!(found("no such page", true), Vec::<String>::new());
    }

    #[test]
    fn s20_what_one_does_stands_apart_from_where_one_goes() {
        let groups = places(PLACES, &wanted_words("invite"), false);
        let labels: Vec<&str> = groups.iter().map(|group| group.label.as_str()).collect();
        assert_eq!(labels, ["Actions"]);
        let groups = places(PLACES, &wanted_words("integrity"), false);
        let labels: Vec<&str> = groups.iter().map(|group| group.label.as_str()).collect();
        assert_eq!(labels, ["Pages"]);
        let themes = PLACES.iter().filter(|place| !place.theme.is_empty());
        assert_eq!(
            themes.map(|place| place.theme).collect::<Vec<_>>(),
            ["light", "dark", "system"]
        );
    }

    #[test]
    fn s20_without_a_word_all_of_them_are_there() {
        assert_eq!(found("", false).len(), PLACES.len());
    }
}
