//! The audit log in plain words (§26): what was done to what, and where that is shown. Who did it stands before, what was changed
//! behind. What must not be here: how values are formatted.

/// What is said of each action, with `{}` where the thing is named. Some need no name: whoever did it is the thing.
const SENTENCES: &[(&str, &str)] = &[
    ("agency.changed", "changed the settings"),
    ("alarm.resolved", "resolved the alarm {}"),
    ("assignment.began", "started the vendor's assignment of {}"),
    ("assignment.lapsed", "ended the vendor's assignment of {}"),
    ("assignment.made", "assigned a vendor to {}"),
    ("assignment.replaced", "replaced the vendor of {}"),
    ("assignment.scheduled", "scheduled another vendor for {}"),
    ("assignment.taken_back", "removed the next vendor of {}"),
    ("client.changed", "changed the client {}"),
    ("client.created", "added the client {}"),
    ("client.price_changed", "changed the custom prices of {}"),
    ("client_price.removed", "removed a custom price of {}"),
    ("client_price.set", "set a custom price of {}"),
    ("event.ignored", "ignored the payment event {}"),
    ("event.replayed", "replayed the payment event {}"),
    ("mail.sent_again", "sent the email {} again"),
    ("pack.archived", "archived the pack {}"),
    ("pack.changed", "changed the pack {}"),
    ("pack.created", "created the pack {}"),
    ("pack.hidden", "hid the pack {}"),
    ("pack.move_scheduled", "scheduled a move of the subscribers of {}"),
    ("pack.move_withdrawn", "canceled the move of the subscribers of {}"),
    ("pack.shown", "made the pack {} visible"),
    ("pack.unarchived", "brought back the pack {}"),
    ("payable.answered", "answered a question about a payment to {}"),
    ("payable.approved", "approved a payment to {}"),
    ("payable.corrected", "corrected a payment to {}"),
    ("payable.paid", "marked a payment to {} as paid"),
    ("payable.queried", "asked about a payment to {}"),
    ("payable.voided", "voided a payment to {}"),
    ("period.opened", "opened a period of {}"),
    ("request.approved", "approved {}"),
    ("request.delivered", "delivered {}"),
    ("request.draft_deleted", "deleted the draft {}"),
    ("request.given", "assigned {}"),
    ("request.reopened", "reopened {}"),
    ("request.submitted", "submitted {}"),
    ("service.changed", "changed the service {}"),
    ("service.created", "added the service {}"),
    ("subscription.activated", "activated {}"),
    ("subscription.active", "activated {}"),
    ("subscription.ended", "ended {}"),
    ("subscription.move_withdrawn", "canceled the move of {}"),
    ("subscription.past_due", "marked {} as past due"),
    ("subscription.requested", "subscribed to {}"),
    ("subscription.resumed", "resumed {}"),
    ("subscription.suspended", "suspended {}"),
    ("subscription.terms_changed", "changed the terms of {}"),
    ("subscription.unsubscribed", "unsubscribed from {}"),
    ("user.changed", "changed the person {}"),
    ("user.created", "added the person {}"),
    ("user.invitation_accepted", "accepted the invitation"),
    ("user.invited", "invited {}"),
    ("user.invited_again", "resent the invitation to {}"),
    ("user.password_changed", "changed the password of {}"),
    ("user.password_reset", "set a new password for {}"),
    ("user.renamed", "changed the name of {}"),
    ("user.reset_requested", "sent a password link to {}"),
    ("user.session_ended", "ended a session of {}"),
    ("user.sessions_ended", "ended all sessions of {}"),
    ("user.signed_in", "signed in"),
    ("user.signed_out", "signed out"),
    ("vendor.changed", "changed the vendor {}"),
    ("vendor.created", "added the vendor {}"),
    ("vendor.payment_changed", "changed the custom payments of {}"),
    ("vendor.service_changed", "changed the services of {}"),
];

/// "delivered #1071 Spring collection": an action and the thing's name, `None` where it has none any more. An action that is not
/// known here says itself.
pub fn sentence(action: &str, thing: Option<&str>) -> String {
    let thing = thing.unwrap_or("(no longer there)");
    match SENTENCES.iter().find(|(known, _)| *known == action) {
        Some((_, said)) => said.replacen("{}", thing, 1),
        None => format!("{}: {thing}", action.replace(['_', '.'], " ")),
    }
}

/// Where a thing is shown to staff; `None` where it has no page of its own.
pub fn page_of(entity: &str, id: &str) -> Option<String> {
    let path = match entity {
        "request" => "/requests",
        "pack" => "/admin/packs",
        "service" => "/admin/services",
        "client" => "/admin/clients",
        "vendor" => "/admin/vendors",
        "user" => "/admin/people",
        "payable" => "/admin/reports/vendor-payments",
        "agency" => return Some("/admin/settings".to_owned()),
        "stripe_event" => "/admin/webhooks",
        "mail" => "/admin/mail",
        _ => return None,
    };
    Some(format!("{path}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s26_an_action_is_a_sentence_about_its_thing() {
        assert_eq!(
            sentence("request.delivered", Some("#1071 Spring collection")),
            "delivered #1071 Spring collection"
        );
        assert_eq!(sentence("user.signed_in", Some("Ana Ruiz")), "signed in");
        assert_eq!(
            sentence("pack.shown", Some("20 × Logo design")),
            "made the pack 20 × Logo design visible"
        );
        assert_eq!(
            sentence("request.delivered", Some("{} {}")),
            "delivered {} {}",
            "what people type is no gap"
        );
        assert_eq!(
            sentence("request.draft_deleted", None),
            "deleted the draft (no longer there)"
        );
        assert_eq!(
            sentence("robot.woke_up", Some("Ana")),
            "robot woke up: Ana",
            "nothing is left out"
        );
    }

    #[test]
    fn s26_each_action_is_said_once() {
        for (at, (action, said)) in SENTENCES.iter().enumerate() {
            assert!(SENTENCES[at + 1..].iter().all(|(other, _)| other != action), "{action}");
            assert!(said.matches("{}").count() <= 1, "{action}");
        }
    }

    #[test]
    fn s26_a_thing_with_a_page_leads_to_it() {
        assert_eq!(page_of("pack", "7").as_deref(), Some("/admin/packs/7"));
        assert_eq!(page_of("agency", "1").as_deref(), Some("/admin/settings"));
        assert_eq!(page_of("subscription", "7"), None);
    }
}
