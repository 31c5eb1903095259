//! Which address is open to whom: one table, read by the guard before a document is rendered and by the matrix test.
//!
//! An address that is not here is answered as if it did not exist. Whose rows a page shows is the use cases' part.

use super::pace::Pace;
use domain::{
    Capability,
    access::{Rights, allowed},
};

/// Who may open an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is signed in and has this capability.
    May(Capability),
    /// Whoever is signed in and has one of these.
    Either(Capability, Capability),
    /// An admin's tool that exists only while no real money moves.
    SandboxOnly(Capability),
}

use Access::{Either, May, Public, SandboxOnly};

impl Access {
    /// Whether these rights open it; nobody's open only what is public.
    pub fn lets_in(self, rights: Option<Rights>) -> bool {
        let has = |capability| rights.is_some_and(|rights| allowed(rights, capability));
        match self {
            Public => true,
            May(capability) | SandboxOnly(capability) => has(capability),
            Either(one, other) => has(one) || has(other),
        }
    }
}

/// Every document (GET), by its pattern as the router writes it.
pub const DOCUMENTS: &[(&str, Access)] = &[
    ("/login", Public),
    ("/forgot", Public),
    ("/reset/{token}", Public),
    ("/invite/{token}", Public),
    ("/account", May(Capability::OwnAccount)),
    ("/notifications", May(Capability::OwnAccount)),
    ("/notifications/settings", May(Capability::OwnAccount)),
    ("/search", May(Capability::OwnAccount)),
    ("/members", May(Capability::Billing)),
    ("/dashboard", May(Capability::ClientArea)),
    ("/services", May(Capability::ClientArea)),
    ("/services/packs", May(Capability::ClientArea)),
    ("/services/packs/{id}", May(Capability::Billing)),
    ("/requests", May(Capability::SeeRequests)),
    ("/requests/new", May(Capability::SubmitRequests)),
    ("/requests/{id}", May(Capability::SeeRequests)),
    ("/queue", May(Capability::SeeQueue)),
    ("/queue/assign", May(Capability::AssignPacks)),
    ("/payment/packs", May(Capability::Billing)),
    ("/payment/packs/{id}", May(Capability::Billing)),
    ("/payment/methods", May(Capability::Billing)),
    ("/payment/invoices", May(Capability::Billing)),
    ("/payment/deductions", May(Capability::Billing)),
    ("/admin", May(Capability::SeeAdmin)),
    ("/admin/kit", SandboxOnly(Capability::SeeAdmin)),
    ("/admin/packs", May(Capability::ManageCatalogue)),
    ("/admin/packs/new", May(Capability::ManageCatalogue)),
    ("/admin/packs/{id}", May(Capability::ManageCatalogue)),
    ("/admin/services", May(Capability::ManageCatalogue)),
    ("/admin/services/new", May(Capability::ManageCatalogue)),
    ("/admin/services/{id}", May(Capability::ManageCatalogue)),
    ("/admin/clients", May(Capability::SeeAdmin)),
    ("/admin/clients/new", May(Capability::ManagePeople)),
    ("/admin/clients/{id}", May(Capability::SeeAdmin)),
    ("/admin/vendors", May(Capability::ManagePeople)),
    ("/admin/vendors/new", May(Capability::ManagePeople)),
    ("/admin/vendors/{id}", May(Capability::ManagePeople)),
    ("/admin/assignments", May(Capability::AssignPacks)),
    ("/admin/assignments/requests", May(Capability::AssignPacks)),
    ("/admin/assignments/assign", May(Capability::AssignPacks)),
    ("/admin/reports/vendor-payments", May(Capability::Reports)),
    ("/admin/reports/vendor-payments/pay", May(Capability::Reports)),
    ("/admin/reports/vendor-payments/{id}", May(Capability::Reports)),
    ("/admin/settings", May(Capability::ManagePeople)),
    ("/admin/people", May(Capability::ManagePeople)),
    ("/admin/people/new", May(Capability::ManagePeople)),
    ("/admin/people/{id}", May(Capability::ManagePeople)),
    ("/admin/webhooks", May(Capability::Operate)),
    ("/admin/webhooks/{id}", May(Capability::Operate)),
    ("/admin/integrity", May(Capability::Operate)),
    ("/admin/audit", May(Capability::Operate)),
    ("/admin/mail", May(Capability::Operate)),
    ("/admin/mail/{id}", May(Capability::Operate)),
    ("/vendor", May(Capability::VendorArea)),
    ("/vendor/packs", May(Capability::VendorArea)),
    ("/vendor/payments", May(Capability::VendorArea)),
    ("/vendor/payments/{id}", May(Capability::VendorArea)),
];

/// Every file that is made when it is asked for (GET), by its address: guarded as the documents are whose rows it holds.
pub const EXPORTS: &[(&str, Access)] = &[
    ("/admin/reports/vendor-payments.csv", May(Capability::Reports)),
    ("/admin/reports/vendor-payments.xlsx", May(Capability::Reports)),
    ("/admin/audit.csv", May(Capability::Operate)),
    ("/vendor/payments.csv", May(Capability::VendorArea)),
    ("/vendor/payments.pdf", May(Capability::VendorArea)),
];

/// Every server function, by its address. The guard asks this table before the function runs, and the function asks again:
/// two tables that must agree, and a test that says when they do not.
pub const FUNCTIONS: &[(&str, Access)] = &[
    ("/api/page", Public),
    ("/api/page/counts", Public),
    ("/api/sign-in-page", Public),
    ("/api/link-owner", Public),
    ("/api/account", May(Capability::OwnAccount)),
    ("/api/account/rename", May(Capability::OwnAccount)),
    ("/api/account/password", May(Capability::OwnAccount)),
    ("/api/account/end-session", May(Capability::OwnAccount)),
    ("/api/account/end-other-sessions", May(Capability::OwnAccount)),
    ("/api/form-key", May(Capability::OwnAccount)),
    ("/api/people", May(Capability::ManagePeople)),
    ("/api/people/form", May(Capability::ManagePeople)),
    ("/api/people/save", May(Capability::ManagePeople)),
    (
        "/api/people/invite-again",
        Either(Capability::ManagePeople, Capability::Billing),
    ),
    ("/api/members", May(Capability::Billing)),
    ("/api/members/invite", May(Capability::Billing)),
    ("/api/members/set-active", May(Capability::Billing)),
    (
        "/api/clients/members-may-order-extra",
        Either(Capability::ManagePeople, Capability::Billing),
    ),
    ("/api/clients", May(Capability::SeeAdmin)),
    ("/api/clients/one", May(Capability::SeeAdmin)),
    ("/api/clients/new", May(Capability::ManagePeople)),
    ("/api/clients/save", May(Capability::ManagePeople)),
    ("/api/clients/prices", May(Capability::ManagePeople)),
    ("/api/agency", May(Capability::ManagePeople)),
    ("/api/agency/save", May(Capability::ManagePeople)),
    ("/api/vendors", May(Capability::ManagePeople)),
    ("/api/vendors/one", May(Capability::ManagePeople)),
    ("/api/vendors/save", May(Capability::ManagePeople)),
    ("/api/vendors/services", May(Capability::ManagePeople)),
    ("/api/vendors/payment", May(Capability::ManagePeople)),
    ("/api/vendors/remove-payment", May(Capability::ManagePeople)),
    ("/api/assignments/list", May(Capability::AssignPacks)),
    ("/api/assignments/requests", May(Capability::AssignPacks)),
    ("/api/assignments/dialog", May(Capability::AssignPacks)),
    ("/api/assignments/matching", May(Capability::AssignPacks)),
    ("/api/assignments/assign", May(Capability::AssignPacks)),
    ("/api/assignments/keep", May(Capability::AssignPacks)),
    ("/api/payables/report", May(Capability::Reports)),
    ("/api/payables/to-pay", May(Capability::Reports)),
    ("/api/payables/matching", May(Capability::Reports)),
    ("/api/payables/dialog", May(Capability::Reports)),
    ("/api/payables/one", May(Capability::Reports)),
    ("/api/payables/approve", May(Capability::DecidePayables)),
    ("/api/payables/pay", May(Capability::Reports)),
    ("/api/payables/void", May(Capability::DecidePayables)),
    ("/api/payables/correct", May(Capability::DecidePayables)),
    ("/api/payables/answer", May(Capability::Reports)),
    ("/api/vendor/overview", May(Capability::VendorArea)),
    ("/api/vendor/slip", May(Capability::VendorArea)),
    ("/api/vendor/payable", May(Capability::VendorArea)),
    ("/api/vendor/ask", May(Capability::VendorArea)),
    ("/api/mails", May(Capability::Operate)),
    ("/api/mails/one", May(Capability::Operate)),
    ("/api/requests/list", May(Capability::SeeRequests)),
    ("/api/requests/show-pack", May(Capability::SeeRequests)),
    ("/api/requests/form", May(Capability::SubmitRequests)),
    ("/api/requests/quote", May(Capability::SubmitRequests)),
    ("/api/requests/save-draft", May(Capability::SubmitRequests)),
    ("/api/requests/delete-draft", May(Capability::SubmitRequests)),
    ("/api/requests/submit", May(Capability::SubmitRequests)),
    ("/api/requests/one", May(Capability::SeeRequests)),
    ("/api/requests/message", May(Capability::SeeRequests)),
    ("/api/requests/comment", May(Capability::SeeRequests)),
    ("/api/requests/work", May(Capability::SeeRequests)),
    ("/api/requests/queue", May(Capability::SeeQueue)),
    ("/api/requests/board", May(Capability::SeeQueue)),
    ("/api/requests/give-dialog", May(Capability::AssignPacks)),
    ("/api/requests/give", May(Capability::AssignPacks)),
    ("/api/requests/remove-file", May(Capability::SeeRequests)),
    ("/api/dashboard", May(Capability::ClientArea)),
    ("/api/subscribe/view", May(Capability::Billing)),
    ("/api/subscribe", May(Capability::Billing)),
    ("/api/subscriptions/view", May(Capability::Billing)),
    ("/api/subscriptions/retry", May(Capability::Billing)),
    ("/api/subscriptions/unsubscribe", May(Capability::Billing)),
    ("/api/subscriptions/resume", May(Capability::Billing)),
    ("/api/payment/packs", May(Capability::Billing)),
    ("/api/payment/methods", May(Capability::Billing)),
    ("/api/payment/add-card", May(Capability::Billing)),
    ("/api/payment/invoices", May(Capability::Billing)),
    ("/api/payment/deductions", May(Capability::Billing)),
    ("/api/packs/list", May(Capability::ManageCatalogue)),
    ("/api/packs/editor", May(Capability::ManageCatalogue)),
    ("/api/packs/save", May(Capability::ManageCatalogue)),
    ("/api/packs/visible", May(Capability::ManageCatalogue)),
    ("/api/packs/archive", May(Capability::ManageCatalogue)),
    ("/api/packs/unarchive", May(Capability::ManageCatalogue)),
    ("/api/packs/move", May(Capability::ManageCatalogue)),
    ("/api/packs/withdraw-move", May(Capability::ManageCatalogue)),
    ("/api/packs/withdraw-one-move", May(Capability::ManageCatalogue)),
    ("/api/services/list", May(Capability::ManageCatalogue)),
    ("/api/services/editor", May(Capability::ManageCatalogue)),
    ("/api/services/save", May(Capability::ManageCatalogue)),
    ("/api/services/own-price", May(Capability::ManageCatalogue)),
    ("/api/services/remove-own-price", May(Capability::ManageCatalogue)),
    ("/api/services/mine", May(Capability::ClientArea)),
    ("/api/packs/mine", May(Capability::ClientArea)),
    ("/api/admin/home", May(Capability::SeeAdmin)),
    ("/api/webhooks/list", May(Capability::Operate)),
    ("/api/webhooks/one", May(Capability::Operate)),
    ("/api/webhooks/replay", May(Capability::Operate)),
    ("/api/webhooks/ignore", May(Capability::Operate)),
    ("/api/integrity", May(Capability::Operate)),
    ("/api/audit", May(Capability::Operate)),
    ("/api/alarms/resolve", May(Capability::Operate)),
    ("/api/mails/send-again", May(Capability::Operate)),
    ("/api/notices", May(Capability::OwnAccount)),
    ("/api/notices/open", May(Capability::OwnAccount)),
    ("/api/notices/read-all", May(Capability::OwnAccount)),
    ("/api/notices/choices", May(Capability::OwnAccount)),
    ("/api/notices/choose", May(Capability::OwnAccount)),
    ("/api/search", May(Capability::OwnAccount)),
];

/// Files up and down (RQ9): streamed, so neither documents nor server functions. Whose they are is the use cases' part.
pub const TRANSFERS: &[(&str, Access)] = &[
    ("/requests/files", May(Capability::SeeRequests)),
    ("/files/{id}", May(Capability::SeeRequests)),
    ("/files/{id}/{size}", May(Capability::SeeRequests)),
    ("/admin/settings/logo", May(Capability::ManagePeople)),
];

/// What has a pace of its own (§25): server functions, files up, and files that are made when they are asked for. A test says
/// when one of them is not there.
pub const PACES: &[(&str, Pace)] = &[
    ("/api/requests/submit", Pace::Costs),
    ("/api/subscribe", Pace::Costs),
    ("/api/subscriptions/retry", Pace::Costs),
    ("/api/payment/add-card", Pace::Costs),
    ("/api/members/invite", Pace::Costs),
    ("/api/people/save", Pace::Costs),
    ("/api/clients/save", Pace::Costs),
    ("/api/people/invite-again", Pace::Costs),
    ("/api/vendor/ask", Pace::Costs),
    ("/api/requests/save-draft", Pace::Drafts),
    ("/api/search", Pace::Searches),
    ("/api/requests/message", Pace::Messages),
    ("/api/requests/comment", Pace::Messages),
    ("/requests/files", Pace::Files),
    ("/admin/settings/logo", Pace::Files),
    ("/admin/reports/vendor-payments.csv", Pace::Exports),
    ("/admin/reports/vendor-payments.xlsx", Pace::Exports),
    ("/admin/audit.csv", Pace::Exports),
    ("/vendor/payments.csv", Pace::Exports),
    ("/vendor/payments.pdf", Pace::Exports),
];

/// The pace that calls of an address are counted in.
pub fn pace(path: &str, signed: bool) -> Pace {
    let own = PACES.iter().find(|(known, _)| *known == path);
    own.map_or(if signed { Pace::Calls } else { Pace::Stranger }, |(_, pace)| *pace)
}

/// What the guard does with a request for a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Render it.
    Render,
    /// Sign in first.
    SignIn,
    /// The role may not.
    Refuse,
    /// There is no such address.
    Unknown,
}

/// The guard's decision for a pattern and the rights of whoever is signed in.
pub fn decide(pattern: &str, rights: Option<Rights>, sandbox: bool) -> Decision {
    match DOCUMENTS.iter().chain(EXPORTS).find(|(known, _)| *known == pattern) {
        None => Decision::Unknown,
        Some((_, SandboxOnly(_))) if !sandbox => Decision::Unknown,
        Some((_, access)) if access.lets_in(rights) => Decision::Render,
        Some(_) if rights.is_none() => Decision::SignIn,
        Some(_) => Decision::Refuse,
    }
}

/// Who may call a server function. One that is not in the table wants at least a session, and fails the matrix test.
pub fn function(path: &str) -> Access {
    FUNCTIONS
        .iter()
        .find(|(known, _)| *known == path)
        .map_or(May(Capability::OwnAccount), |(_, access)| *access)
}

/// A path of ours to go on to after signing in, or nothing: no other site, and none of the addresses that are no pages.
pub fn local_path(text: &str) -> Option<&str> {
    let local = text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 1000
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let page = ![
        "/api/",
        "/files/",
        "/pkg/",
        "/sandbox",
        "/login",
        "/logout",
        "/theme",
        "/events",
        "/webhooks",
    ]
    .iter()
    .any(|no| path.starts_with(no));
    (local && page).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Role;

    #[test]
    fn the_guard_lets_in_by_capability_only() {
        let rights = |role| Some(Rights { role, lead: false });
        assert_eq!(decide("/login", None, false), Decision::Render);
        assert_eq!(decide("/admin", None, false), Decision::SignIn);
        assert_eq!(decide("/admin", rights(Role::ClientOwner), false), Decision::Refuse);
        assert_eq!(decide("/admin", rights(Role::Admin), false), Decision::Render);
        assert_eq!(decide("/admin/nothing", rights(Role::Admin), false), Decision::Unknown);
        assert_eq!(
            decide("/admin/kit", rights(Role::Admin), false),
            Decision::Unknown,
            "with a key there is no kit"
        );
        assert_eq!(decide("/admin/kit", rights(Role::Admin), true), Decision::Render);
    }

    #[test]
    fn every_role_may_open_its_home() {
        for role in Role::ALL {
            let rights = Some(Rights {
                role: *role,
                lead: false,
            });
            assert_eq!(decide(role.home(), rights, false), Decision::Render, "{role}");
        }
    }

    #[test]
    fn only_local_pages_are_gone_on_to() {
        assert_eq!(
            local_path("/requests?status=submitted"),
            Some("/requests?status=submitted")
        );
        for foreign in [
            "https://evil.test",
            "//evil.test",
            "/\\evil.test",
            "evil",
            "",
            "/a\r\nSet-Cookie:x",
            "/login",
            "/api/page",
            "/logout",
        ] {
            assert_eq!(local_path(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn every_pace_names_something_that_is_there() {
        let known = || FUNCTIONS.iter().chain(TRANSFERS).chain(EXPORTS);
        for (path, _) in PACES {
            assert!(known().any(|(one, access)| one == path && *access != Public), "{path}");
        }
        for (path, _) in EXPORTS {
            assert_eq!(pace(path, true), Pace::Exports, "{path}");
        }
        assert_eq!(pace("/api/link-owner", false), Pace::Stranger);
        assert_eq!(pace("/api/page", true), Pace::Calls);
    }

    #[test]
    fn no_pattern_stands_twice() {
        for table in [DOCUMENTS, FUNCTIONS, EXPORTS, TRANSFERS] {
            for (at, (pattern, _)) in table.iter().enumerate() {
                assert!(table[at + 1..].iter().all(|(other, _)| other != pattern), "{pattern}");
            }
        }
    }
}
