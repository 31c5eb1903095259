//! Jobs: what follows from a commit and leaves the house, or is due at an instant.

use crate::leases;
use domain::{ClientId, PackVersionId, SubscriptionId};
use serde::{Deserialize, Serialize};

/// Everything that the worker can do. Each is idempotent: running it twice does what running it once does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Carry a new subscription to its first charge (SU2–SU5).
    StartSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Look at Stripe and bring our row in line (ST1, SU6, WH3).
    SyncSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// The same once a renewal has been charged. A job of its own: a look that an event asks for in between must not
    /// take this one's place, for its event may never come.
    SeeRenewal {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Pay the first invoice with the card that is now the default (SU3 *Try another card*).
    PayFirstInvoice {
        /** Which. */
        subscription_id: SubscriptionId,
        /** The key of the press. */
        attempt: String,
    },
    /// Give up an incomplete subscription: last look, expire, cancel, void (SU9).
    GiveUpSubscription {
        /** Which. */
        subscription_id: SubscriptionId,
        /** The end reason's word. */
        reason: String,
        /** What the client asked for instead, begun once the old one has given way. */
        then: Option<crate::subscribe::NextSubscribe>,
    },
    /// Open the periods of one subscription that are due (PD3).
    EnsurePeriods {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Bring the price at Stripe in line with the terms that the next renewal is to bill (PE5, PC6).
    SettleTerms {
        /** Which. */
        subscription_id: SubscriptionId,
    },
    /// Look at an invoice (IV1, §7).
    SyncInvoice {
        /** `in_…`. */
        invoice_id: String,
    },
    /// Read the card on file (§7, GR6).
    SyncCard {
        /** Whose. */
        client_id: ClientId,
    },
    /// Open a hosted page for adding a card.
    OpenSetup {
        /** Whose. */
        client_id: ClientId,
        /** The form's key. */
        key: String,
    },
    /// Make product and price of a pack version (PE5).
    PublishVersion {
        /** Which. */
        pack_version_id: PackVersionId,
    },
    /// Process one stored event (WH2–WH6).
    Event {
        /** `evt_…`. */
        event_id: String,
    },
    /// Send one mail.
    Mail {
        /** The mail's id. */
        mail_id: String,
    },
    /// Mail admins about packs that have no vendor (AS1).
    PendingPacks,
    /// Sweep: expired sessions, used tokens, old form keys.
    Sweep,
    /// Find subscriptions whose boundary has passed (PD3, every minute).
    Boundaries,
}

impl Job {
    /// What makes it one in the table.
    pub fn key(&self) -> String {
        match self {
            Job::StartSubscription { subscription_id: id } => format!("subscription.start:{id}"),
            Job::SyncSubscription { subscription_id: id } => format!("subscription.sync:{id}"),
            Job::PayFirstInvoice {
                subscription_id: id,
                attempt,
            } => format!("subscription.pay:{id}:{attempt}"),
            Job::GiveUpSubscription {
                subscription_id: id, ..
            } => format!("subscription.give_up:{id}"),
            Job::EnsurePeriods { subscription_id: id } => format!("subscription.periods:{id}"),
            Job::SeeRenewal { subscription_id: id } => format!("subscription.renewal:{id}"),
            Job::SettleTerms { subscription_id: id } => format!("subscription.terms:{id}"),
            Job::SyncInvoice { invoice_id } => format!("invoice.sync:{invoice_id}"),
            Job::SyncCard { client_id } => format!("client.card:{client_id}"),
            Job::OpenSetup { client_id, key } => format!("client.setup:{client_id}:{key}"),
            Job::PublishVersion { pack_version_id } => format!("version.publish:{pack_version_id}"),
            Job::Event { event_id } => format!("event:{event_id}"),
            Job::Mail { mail_id } => format!("mail:{mail_id}"),
            Job::PendingPacks => "assignments.pending".into(),
            Job::Sweep => "sweep".into(),
            Job::Boundaries => "boundaries".into(),
        }
    }

    /// WH3: the object that it looks at or changes from its beginning to its end. Jobs that concern several take their
    /// leases themselves.
    pub(crate) fn object(&self) -> Option<String> {
        match self {
            Job::StartSubscription { subscription_id: id }
            | Job::SyncSubscription { subscription_id: id }
            | Job::SeeRenewal { subscription_id: id }
            | Job::SettleTerms { subscription_id: id }
            | Job::PayFirstInvoice {
                subscription_id: id, ..
            }
            | Job::GiveUpSubscription {
                subscription_id: id, ..
            } => Some(leases::of_subscription(*id)),
            Job::SyncInvoice { invoice_id } => Some(leases::of_invoice(invoice_id)),
            Job::OpenSetup { .. } => Some(self.key()),
            Job::EnsurePeriods { .. }
            | Job::SyncCard { .. }
            | Job::PublishVersion { .. }
            | Job::Event { .. }
            | Job::Mail { .. }
            | Job::PendingPacks
            | Job::Sweep
            | Job::Boundaries => None,
        }
    }

    /// The kind's word, for metrics and lists.
    pub fn kind(&self) -> &'static str {
        match self {
            Job::StartSubscription { .. } => "subscription.start",
            Job::SyncSubscription { .. } => "subscription.sync",
            Job::PayFirstInvoice { .. } => "subscription.pay",
            Job::GiveUpSubscription { .. } => "subscription.give_up",
            Job::EnsurePeriods { .. } => "subscription.periods",
            Job::SeeRenewal { .. } => "subscription.renewal",
            Job::SettleTerms { .. } => "subscription.terms",
            Job::SyncInvoice { .. } => "invoice.sync",
            Job::SyncCard { .. } => "client.card",
            Job::OpenSetup { .. } => "client.setup",
            Job::PublishVersion { .. } => "version.publish",
            Job::Event { .. } => "event",
            Job::Mail { .. } => "mail",
            Job::PendingPacks => "assignments.pending",
            Job::Sweep => "sweep",
            Job::Boundaries => "boundaries",
        }
    }
}
