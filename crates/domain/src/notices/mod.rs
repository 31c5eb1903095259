//! What people are told (§24): the kinds, and by which ways each comes by itself. May use people and the kernel. What must not be
//! here: when something is told, and to whom; that is the matter of the room in which it happens.

pub mod mention;
pub mod view;

use crate::Role;
use serde::{Deserialize, Serialize};

crate::words! {
    /// What a notice is about.
    pub enum NoticeKind {
        /// A request waits to be started.
        Submitted = "submitted",
        /// Somebody works on one's request.
        Claimed = "claimed",
        /// A version is ready.
        Delivered = "delivered",
        /// The client wants something changed.
        RevisionAsked = "revision_asked",
        /// A version is approved.
        Approved = "approved",
        /// A request is open again after its approval.
        Undone = "undone",
        /// Somebody wrote.
        Message = "message",
        /// Somebody wrote and named one.
        Mention = "mention",
        /// A request is due on the next business day.
        DueTomorrow = "due_tomorrow",
        /// The day by which a request was due has passed.
        Overdue = "overdue",
        /// A request was given to one.
        Assigned = "assigned",
        /// A client's pack starts, renews or gets another price.
        Pack = "pack",
        /// A pack's renewal could not be paid.
        PaymentFailed = "payment_failed",
        /// A client's pack is nearly used up, or used up.
        Usage = "usage",
        /// Somebody wants to order what costs, and may not.
        Approval = "approval",
        /// A pack is assigned, or assigned to another.
        PackAssigned = "pack_assigned",
        /// A pack has had no vendor for too long.
        PackWithoutVendor = "pack_without_vendor",
        /// A vendor asks about a payment, or is answered.
        PaymentQuestion = "payment_question",
        /// A vendor was paid.
        Paid = "paid",
    }
}

/// The ways in which something comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// In the app.
    pub bell: bool,
    /// By mail.
    pub mail: bool,
}

const BOTH: Ways = Ways { bell: true, mail: true };
const BELL: Ways = Ways {
    bell: true,
    mail: false,
};

/// Minutes for which mails wait for others to go along (§24).
pub const GATHER_MINUTES: i64 = 10;

impl NoticeKind {
    /// As the preferences name it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Submitted => "A new request comes in",
            Self::Claimed => "Work starts on your request",
            Self::Delivered => "A design is ready to review",
            Self::RevisionAsked => "A client asks for a revision",
            Self::Approved => "A design is approved",
            Self::Undone => "A request is reopened",
            Self::Message => "Someone writes a message",
            Self::Mention => "Someone mentions you",
            Self::DueTomorrow => "A request is due tomorrow",
            Self::Overdue => "A request is overdue",
            Self::Assigned => "A request is assigned to you",
            Self::Pack => "A pack starts, renews or changes price",
            Self::PaymentFailed => "A payment for a pack fails",
            Self::Usage => "A pack is nearly used up",
            Self::Approval => "A teammate asks for your approval",
            Self::PackAssigned => "A pack is assigned or moves",
            Self::PackWithoutVendor => "A pack has no vendor",
            Self::PaymentQuestion => "Someone writes about a payment",
            Self::Paid => "You get paid",
        }
    }

    /// How it comes where nothing else was chosen.
    pub const fn usual(self) -> Ways {
        match self {
            Self::Claimed | Self::Approved => BELL,
            _ => BOTH,
        }
    }

    /// §24: it comes by every way, whatever somebody chose: who misses it loses a pack.
    pub const fn locked(self) -> bool {
        matches!(self, Self::PaymentFailed)
    }

    /// How it comes to somebody who chose this, or nothing.
    pub fn ways(self, chosen: Option<Ways>) -> Ways {
        chosen.filter(|_| !self.locked()).unwrap_or(self.usual())
    }

    /// Whether people of a role are ever told.
    pub const fn concerns(self, role: Role) -> bool {
        let works = role.is_vendor() || matches!(role, Role::InternalDesigner);
        match self {
            Self::Claimed | Self::Delivered => role.is_client(),
            Self::Message | Self::Mention => works || role.is_client() || matches!(role, Role::Admin),
            Self::Pack => matches!(role, Role::ClientOwner | Role::Admin),
            Self::PaymentFailed | Self::Usage | Self::Approval => matches!(role, Role::ClientOwner),
            Self::Approved | Self::Undone => works || role.is_client(),
            Self::PackWithoutVendor => matches!(role, Role::Admin),
            Self::PaymentQuestion => role.is_vendor() || matches!(role, Role::Admin),
            Self::Paid => role.is_vendor(),
            Self::Submitted
            | Self::RevisionAsked
            | Self::DueTomorrow
            | Self::Overdue
            | Self::Assigned
            | Self::PackAssigned => works,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s24_each_role_is_asked_about_what_can_reach_it() {
        let of = |role: Role| -> Vec<&str> {
            let kinds = NoticeKind::ALL.iter().filter(|kind| kind.concerns(role));
            kinds.map(|kind| kind.as_str()).collect()
        };
        assert_eq!(
            of(Role::ClientMember),
            ["claimed", "delivered", "approved", "undone", "message", "mention"]
        );
        assert_eq!(
            of(Role::ClientOwner)[6..],
            ["pack", "payment_failed", "usage", "approval"]
        );
        let makes = [
            "submitted",
            "revision_asked",
            "approved",
            "undone",
            "message",
            "mention",
            "due_tomorrow",
            "overdue",
            "assigned",
            "pack_assigned",
        ];
        assert_eq!(of(Role::InternalDesigner), makes);
        assert_eq!(
            of(Role::VendorDesigner),
            [&makes[..], &["payment_question", "paid"]].concat()
        );
        assert_eq!(
            of(Role::Admin),
            ["message", "mention", "pack", "pack_without_vendor", "payment_question"]
        );
        for nobody in [Role::Support, Role::Accountant] {
            assert_eq!(of(nobody), Vec::<&str>::new(), "{nobody}");
        }
    }

    #[test]
    fn s24_the_preferences_name_each_kind_once_and_only_small_news_stay_out_of_the_mail() {
        let mut names: Vec<&str> = NoticeKind::ALL.iter().map(|kind| kind.label()).collect();
        assert!(names.iter().all(|name| name.len() > 10), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NoticeKind::ALL.len());
        let bell = NoticeKind::ALL.iter().filter(|kind| !kind.usual().mail);
        assert_eq!(
            bell.map(|kind| kind.as_str()).collect::<Vec<_>>(),
            ["claimed", "approved"]
        );
    }

    #[test]
    fn s24_a_failed_payment_is_told_whatever_was_chosen() {
        let never = Ways {
            bell: false,
            mail: false,
        };
        assert_eq!(NoticeKind::PaymentFailed.ways(Some(never)), BOTH);
        assert_eq!(NoticeKind::Usage.ways(Some(never)), never);
        assert_eq!(NoticeKind::Claimed.ways(None), BELL);
        assert_eq!(NoticeKind::ALL.iter().filter(|kind| kind.locked()).count(), 1);
    }

    #[test]
    fn s24_everybody_can_be_told_something_and_nothing_is_for_nobody() {
        for kind in NoticeKind::ALL {
            assert!(Role::ALL.iter().any(|role| kind.concerns(*role)), "{kind}");
            let Ways { bell, mail } = kind.usual();
            assert!(bell || mail, "{kind}");
        }
    }
}
