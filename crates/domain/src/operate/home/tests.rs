//! What the home says, for whom, and where it leads.

use super::*;
use crate::Role;
use std::collections::BTreeSet;

fn pack(n: u128, requests: i64) -> HomePack {
    HomePack {
        id: SubscriptionId::from(uuid::Uuid::from_u128(n)),
        client_id: ClientId::from(uuid::Uuid::from_u128(n)),
        client: "Acme".into(),
        label: PackLabel {
            quantity: 20,
            service: "Embroidery".into(),
        },
        price: "$400.00".into(),
        day: "Mar 24".into(),
        requests,
        oldest: (requests > 0).then(|| "10 days ago".to_owned()),
    }
}

/// Everything that can wait waits.
fn all() -> HomeFacts {
    let owed = HomeOwed {
        lines: 2,
        vendors: 1,
        sum: "$410.50".into(),
    };
    HomeFacts {
        active_packs: 1_003,
        past_due: 3,
        past_due_packs: vec![pack(1, 0)],
        unassigned: 4,
        unassigned_packs: vec![pack(2, 6), pack(3, 0)],
        cannot_start: 13,
        overdue: 2,
        questions: [1, 2],
        accrued: owed.clone(),
        approved: owed,
        nearly_used: 5,
        drafts: 1,
        oldest_draft: Some(HomeDraft {
            client_id: ClientId::from(uuid::Uuid::from_u128(4)),
            client: "Acme".into(),
            since: "3 days ago".into(),
        }),
        dead_events: 1,
        unmatched_events: 1,
        alarms: 1,
        failed_mails: 1,
        ..HomeFacts::default()
    }
}

fn rights(role: Role) -> Rights {
    Rights { role, lead: false }
}

#[test]
fn s20_every_row_says_what_follows_and_has_its_action() {
    for role in [Role::Admin, Role::Accountant, Role::Support] {
        let rows = decisions(&all(), rights(role));
        assert!(!rows.is_empty(), "{role}");
        for row in &rows {
            assert!(
                row.href.starts_with("/admin") || row.href.starts_with("/queue"),
                "{row:?}"
            );
            assert!(
                !row.words.is_empty() && !row.consequence.is_empty() && !row.action.is_empty(),
                "{row:?}"
            );
        }
        let grave = rows.iter().take_while(|row| row.grave).count();
        assert!(rows[grave..].iter().all(|row| !row.grave), "{role}: the grave first");
    }
    let kinds: BTreeSet<DecisionKind> = decisions(&all(), rights(Role::Admin))
        .iter()
        .map(|row| row.kind)
        .collect();
    assert_eq!(kinds.len(), 10, "an admin sees every kind");
    assert!(decisions(&HomeFacts::default(), rights(Role::Admin)).is_empty());
}

#[test]
fn as1_a_pack_without_a_vendor_leads_to_assigning_it() {
    let rows = decisions(&all(), rights(Role::Admin));
    let packs: Vec<&Decision> = rows.iter().filter(|row| row.kind == DecisionKind::Unassigned).collect();
    assert_eq!(packs.len(), 3, "two, and how many more");
    assert_eq!(packs[0].words, "Acme's 20 × Embroidery has no vendor");
    assert_eq!(packs[0].consequence, "6 requests wait, the first came 10 days ago");
    assert_eq!(packs[0].action, "Assign");
    assert!(
        packs[0].href.starts_with("/admin/assignments/assign?one="),
        "{}",
        packs[0].href
    );
    assert!(packs[0].href.ends_with("&back=%2Fadmin"), "{}", packs[0].href);
    assert_eq!(packs[2].words, "2 more packs have no vendor");
    let support = decisions(&all(), rights(Role::Support));
    let seen = support.iter().find(|row| row.kind == DecisionKind::Unassigned).unwrap();
    assert_eq!(seen.action, "View client", "who assigns nothing is led to the client");
}

#[test]
fn s25_an_accountant_is_told_of_money_only() {
    let rows = decisions(&all(), rights(Role::Accountant));
    let kinds: BTreeSet<DecisionKind> = rows.iter().map(|row| row.kind).collect();
    let money = [DecisionKind::PastDue, DecisionKind::Question, DecisionKind::Payment];
    assert_eq!(kinds, BTreeSet::from(money));
    assert!(
        rows.iter().all(|row| row.action != "Approve"),
        "who pays does not approve (VP4)"
    );
    let facts = HomeFacts {
        month: Some(PayMonth {
            id: "2027-03".into(),
            sums: ["$1.00", "$2.00", "$3.00"].map(str::to_owned),
            ..PayMonth::default()
        }),
        ..all()
    };
    let shown = figures(&facts, rights(Role::Accountant));
    assert_eq!(
        shown[3].href,
        "/admin/reports/vendor-payments?tab=all&month=2027-03&state=paid"
    );
    assert_eq!(shown.len(), 4);
}

#[test]
fn s20_every_figure_has_what_proves_it() {
    for role in [Role::Admin, Role::Accountant, Role::Support] {
        let shown = figures(&all(), rights(role));
        assert!(shown.iter().all(|figure| figure.href.starts_with('/')), "{role}");
        assert_eq!(shown[0].figure, "1,003");
    }
}
