//! What the home of the agency's people says: what needs a decision and where that is settled, and the figures with what proves
//! them (§20). Both are made of one set of facts; whoever may not settle a thing, or not see it, is not told of it.

use crate::{
    Capability, ClientId, PackLabel, SubscriptionId,
    access::{Rights, allowed},
    allowance::usage::Usage,
    kernel::money::grouped,
    payables::view::PayMonth,
    shown::counted,
};
use serde::{Deserialize, Serialize};

/// Where the report of what vendors are owed stands.
const PAYMENTS: &str = "/admin/reports/vendor-payments";

/// A pack in a list of those that need somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomePack {
    /// The subscription.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// "20 × Logo design".
    pub label: PackLabel,
    /// "$400.00" a month.
    pub price: String,
    /// "Mar 24": when the benefits end, or since when it waits.
    pub day: String,
    /// Requests that wait for its vendor (AS9).
    pub requests: i64,
    /// "10 days ago": when the first of them was submitted.
    pub oldest: Option<String>,
}

/// What vendors are owed in one state (VP4), in-house work left out (TP4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeOwed {
    /// How many lines.
    pub lines: i64,
    /// To how many vendors.
    pub vendors: i64,
    /// "$410.50".
    pub sum: String,
}

/// A draft that waits for its client's owner (§25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeDraft {
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// "3 days ago".
    pub since: String,
}

/// What the home is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HomeFacts {
    /// Packs that run.
    pub active_packs: i64,
    /// Σ of their prices: "$12,450.00".
    pub monthly_revenue: String,
    /// Units of the open periods.
    pub units: Usage,
    /// Requests: submitted and not begun.
    pub waiting: i64,
    /// Requests that somebody works on.
    pub in_progress: i64,
    /// Requests that were delivered and not approved.
    pub in_review: i64,
    /// Packs whose renewal failed.
    pub past_due: i64,
    /// The first of them, most urgent first.
    pub past_due_packs: Vec<HomePack>,
    /// Packs without a vendor (AS1).
    pub unassigned: i64,
    /// The first of them, longest wait first.
    pub unassigned_packs: Vec<HomePack>,
    /// Requests that wait because their pack has no vendor (AS9).
    pub cannot_start: i64,
    /// Requests of Tri-POD's queue whose day has passed.
    pub overdue: i64,
    /// AH7: vendors' questions about lines of packs, and about others.
    pub questions: [i64; 2],
    /// What waits to be approved.
    pub accrued: HomeOwed,
    /// What waits to be paid.
    pub approved: HomeOwed,
    /// WN1: packs of which 90% or more is used.
    pub nearly_used: i64,
    /// §25: drafts that wait for an owner.
    pub drafts: i64,
    /// The one that waits longest.
    pub oldest_draft: Option<HomeDraft>,
    /// Events of the provider that gave up.
    pub dead_events: i64,
    /// Events that nothing of ours is known for.
    pub unmatched_events: i64,
    /// Alarms that nobody has resolved.
    pub alarms: i64,
    /// Mails that were not taken.
    pub failed_mails: i64,
    /// This month's payments to vendors, for those who see their report and no requests.
    pub month: Option<PayMonth>,
}

/// What a decision is about: its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DecisionKind {
    /// A renewal that failed.
    PastDue,
    /// A pack without a vendor.
    Unassigned,
    /// A request that cannot start, or is late.
    Request,
    /// A vendor's question.
    Question,
    /// What vendors are owed.
    Payment,
    /// A pack that is nearly used up.
    Usage,
    /// A draft that waits for an owner.
    Draft,
    /// An event of the provider.
    Event,
    /// An alarm.
    Alarm,
    /// A mail.
    Mail,
}

/// A row of *Needs a decision*: what is so, what follows from it, and where it is settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What it is about.
    pub kind: DecisionKind,
    /// "Acme's 20 × Logo design has no vendor".
    pub words: String,
    /// "6 requests wait, the first came 10 days ago".
    pub consequence: String,
    /// The words of the link: "Assign".
    pub action: String,
    /// Where it is settled.
    pub href: String,
    /// Comes before the others.
    pub grave: bool,
}

/// A figure with what proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HomeFigure {
    /// "Active packs".
    pub label: String,
    /// "401".
    pub figure: String,
    /// "from 401 active packs".
    pub note: Option<String>,
    /// What proves it.
    pub href: String,
}

/// A row that is about several things, if there are any.
struct Several<'a> {
    kind: DecisionKind,
    count: i64,
    one: &'a str,
    many: &'a str,
    consequence: &'a str,
    action: &'a str,
    href: &'a str,
    grave: bool,
}

impl Several<'_> {
    fn row(self) -> Option<Decision> {
        (self.count > 0).then(|| Decision {
            kind: self.kind,
            words: counted(self.count, self.one, self.many),
            consequence: self.consequence.to_owned(),
            action: self.action.to_owned(),
            href: self.href.to_owned(),
            grave: self.grave,
        })
    }
}

/// What needs a decision of somebody with these rights: the grave before the others. Each row leads to where it is settled, and
/// only to places that these rights open.
pub fn decisions(facts: &HomeFacts, rights: Rights) -> Vec<Decision> {
    let may = |capability| allowed(rights, capability);
    let mut out: Vec<Decision> = Vec::new();
    out.extend(past_due(facts));
    if may(Capability::AssignPacks) || may(Capability::SeeRequests) {
        out.extend(unassigned(facts, may(Capability::AssignPacks)));
    }
    if may(Capability::AssignPacks) {
        let cannot_start = Several {
            kind: DecisionKind::Request,
            count: facts.cannot_start,
            one: "request can't start",
            many: "requests can't start",
            consequence: "No vendor for the pack yet",
            action: "View requests",
            href: "/admin/assignments/requests",
            grave: false,
        };
        out.extend(cannot_start.row());
    }
    if may(Capability::SeeQueue) {
        let overdue = Several {
            kind: DecisionKind::Request,
            count: facts.overdue,
            one: "request in the queue is overdue",
            many: "requests in the queue are overdue",
            consequence: "Past the due date the client was given",
            action: "View queue",
            href: "/queue?part=all",
            grave: true,
        };
        out.extend(overdue.row());
    }
    if may(Capability::Reports) {
        out.extend(payments(facts, may(Capability::DecidePayables)));
    }
    if may(Capability::AssignPacks) {
        let nearly_used = Several {
            kind: DecisionKind::Usage,
            count: facts.nearly_used,
            one: "pack is 90% used or more",
            many: "packs are 90% used or more",
            consequence: "Anything more is charged as extra",
            action: "View packs",
            href: "/admin/assignments?sort=-used",
            grave: false,
        };
        out.extend(nearly_used.row());
    }
    if may(Capability::SeeRequests) {
        out.extend(drafts(facts));
    }
    if may(Capability::Operate) {
        out.extend(operating(facts));
    }
    out.sort_by_key(|decision| !decision.grave);
    out
}

fn past_due(facts: &HomeFacts) -> Vec<Decision> {
    let rows = facts.past_due_packs.iter().map(|pack| Decision {
        kind: DecisionKind::PastDue,
        words: format!("{}'s {} is past due", pack.client, pack.label),
        consequence: format!("{} a month at risk, ends {} unless paid", pack.price, pack.day),
        action: "View client".to_owned(),
        href: format!("/admin/clients/{}", pack.client_id),
        grave: true,
    });
    let mut rows: Vec<Decision> = rows.collect();
    let more = Several {
        kind: DecisionKind::PastDue,
        count: facts.past_due - rows.len() as i64,
        one: "more pack is past due",
        many: "more packs are past due",
        consequence: "Ending later than those above",
        action: "View clients",
        href: "/admin/clients",
        grave: true,
    };
    rows.extend(more.row());
    rows
}

fn unassigned(facts: &HomeFacts, assigns: bool) -> Vec<Decision> {
    let rows = facts.unassigned_packs.iter().map(|pack| {
        let waits = counted(pack.requests, "request waits", "requests wait");
        let (action, href) = if assigns {
            let assign = format!("/admin/assignments/assign?one={}&back=%2Fadmin", pack.id);
            ("Assign", assign)
        } else {
            ("View client", format!("/admin/clients/{}", pack.client_id))
        };
        Decision {
            kind: DecisionKind::Unassigned,
            words: format!("{}'s {} has no vendor", pack.client, pack.label),
            consequence: match &pack.oldest {
                Some(oldest) => format!("{waits}, the first came {oldest}"),
                None => format!("No requests yet, active since {}", pack.day),
            },
            action: action.to_owned(),
            href,
            grave: false,
        }
    });
    let mut rows: Vec<Decision> = rows.collect();
    let more = Several {
        kind: DecisionKind::Unassigned,
        count: if assigns {
            facts.unassigned - rows.len() as i64
        } else {
            0
        },
        one: "more pack has no vendor",
        many: "more packs have no vendor",
        consequence: "Waiting for less time than those above",
        action: "Assign",
        href: "/admin/assignments?pending=1",
        grave: false,
    };
    rows.extend(more.row());
    rows
}

/// What vendors ask, and what they are owed: whoever decides approves, whoever sees the report pays (VP4).
fn payments(facts: &HomeFacts, decides: bool) -> Vec<Decision> {
    let mut rows = Vec::new();
    let [packs, services] = facts.questions;
    for (count, tab) in [(packs, "packs"), (services, "services")] {
        let asked = Several {
            kind: DecisionKind::Question,
            count,
            one: "vendor question to answer",
            many: "vendor questions to answer",
            consequence: if tab == "packs" {
                "About payments for packs"
            } else {
                "About payments for services"
            },
            action: "Answer",
            href: &format!("{PAYMENTS}?tab={tab}&query=open"),
            grave: false,
        };
        rows.extend(asked.row());
    }
    let mut owed = |owed: &HomeOwed, waits: &str, action: &str, href: String| {
        if owed.lines > 0 {
            rows.push(Decision {
                kind: DecisionKind::Payment,
                words: format!("{} {waits}", owed.sum),
                consequence: format!(
                    "{} for {}",
                    counted(owed.lines, "line", "lines"),
                    counted(owed.vendors, "vendor", "vendors")
                ),
                action: action.to_owned(),
                href,
                grave: false,
            });
        }
    };
    let approve = if decides { "Approve" } else { "View lines" };
    owed(
        &facts.accrued,
        "accrued, waiting for approval",
        approve,
        PAYMENTS.to_owned(),
    );
    owed(
        &facts.approved,
        "approved, waiting to be paid",
        "Pay",
        PAYMENTS.to_owned(),
    );
    rows
}

fn drafts(facts: &HomeFacts) -> Option<Decision> {
    let oldest = facts.oldest_draft.as_ref()?;
    Several {
        kind: DecisionKind::Draft,
        count: facts.drafts,
        one: "draft waits for its owner's approval",
        many: "drafts wait for their owner's approval",
        consequence: &format!("The first is {}'s and came {}", oldest.client, oldest.since),
        action: "View client",
        href: &format!("/admin/clients/{}", oldest.client_id),
        grave: false,
    }
    .row()
}

/// What operators look after.
fn operating(facts: &HomeFacts) -> Vec<Decision> {
    let rows = [
        Several {
            kind: DecisionKind::Event,
            count: facts.dead_events,
            one: "payment event failed",
            many: "payment events failed",
            consequence: "Some paid invoices may still look open",
            action: "Replay or ignore",
            href: "/admin/webhooks?state=dead",
            grave: true,
        },
        Several {
            kind: DecisionKind::Event,
            count: facts.unmatched_events,
            one: "payment event needs matching",
            many: "payment events need matching",
            consequence: "No matching client or pack found",
            action: "View events",
            href: "/admin/webhooks?state=unmatched",
            grave: false,
        },
        Several {
            kind: DecisionKind::Alarm,
            count: facts.alarms,
            one: "open alarm",
            many: "open alarms",
            consequence: "Check and resolve",
            action: "View alarms",
            href: "/admin/integrity",
            grave: true,
        },
        Several {
            kind: DecisionKind::Mail,
            count: facts.failed_mails,
            one: "email wasn't delivered",
            many: "emails weren't delivered",
            consequence: "Send again, or reach the person another way",
            action: "View emails",
            href: "/admin/mail?state=failed",
            grave: false,
        },
    ];
    rows.into_iter().filter_map(Several::row).collect()
}

/// The figures of somebody with these rights, each with what proves it.
pub fn figures(facts: &HomeFacts, rights: Rights) -> Vec<HomeFigure> {
    let may = |capability| allowed(rights, capability);
    let figure = |label: &str, figure: String, note: Option<String>, href: &str| HomeFigure {
        label: label.to_owned(),
        figure,
        note,
        href: href.to_owned(),
    };
    let packs = if may(Capability::ManageCatalogue) {
        "/admin/packs"
    } else {
        "/admin/clients"
    };
    let revenue = figure(
        "Monthly revenue",
        facts.monthly_revenue.clone(),
        Some(format!(
            "from {} active {}",
            grouped(facts.active_packs.unsigned_abs()),
            if facts.active_packs == 1 { "pack" } else { "packs" }
        )),
        packs,
    );
    // Whoever sees no requests is there for the money.
    if let Some(month) = &facts.month {
        let states = [("Accrued", "accrued"), ("Approved", "approved"), ("Paid", "paid")];
        let figures = states.into_iter().zip(&month.sums).map(|((label, state), sum)| {
            let href = format!("{PAYMENTS}?tab=all&month={}&state={state}", month.id);
            figure(label, sum.clone(), Some("Vendors, this month".to_owned()), &href)
        });
        return std::iter::once(revenue).chain(figures).collect();
    }
    let used = if may(Capability::AssignPacks) {
        "/admin/assignments?sort=-used"
    } else {
        "/admin/clients"
    };
    let requests = if may(Capability::SeeRequests) {
        "/requests"
    } else {
        "/admin/clients"
    };
    vec![
        figure("Active packs", grouped(facts.active_packs.unsigned_abs()), None, packs),
        revenue,
        figure(
            "Units used",
            format!("{}%", facts.units.percent()),
            Some(format!(
                "{} of {} this period",
                grouped(facts.units.used.unsigned_abs()),
                grouped(facts.units.included.unsigned_abs())
            )),
            used,
        ),
        figure(
            "Open requests",
            grouped((facts.waiting + facts.in_progress + facts.in_review).unsigned_abs()),
            Some(format!(
                "{} waiting, {} in progress, {} in review",
                facts.waiting, facts.in_progress, facts.in_review
            )),
            requests,
        ),
    ]
}

#[cfg(test)]
mod tests;
