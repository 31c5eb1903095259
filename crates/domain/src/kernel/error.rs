//! What can go wrong, as one serialisable enum of codes with our own words (invariant 6).
//!
//! An [`AppError`] crosses the wire as its code and its few typed facts; the words are made here, on whichever side
//! shows them. No text of a database, of Stripe's transport or of a library ever stands in it. The one exception is
//! the bank's own decline message, which SU9 wants shown.

pub use super::problem::{FieldError, Problem, UnknownWord};
use crate::{
    facts::{Closed, Quote},
    shown::counted,
};
use serde::{Deserialize, Serialize};

/// The result of everything that a person asked for.
pub type AppResult<T> = Result<T, AppError>;

/// Why something asked for was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{}", self.code())]
pub enum AppError {
    /// Nobody is signed in.
    SignInRequired,
    /// Wrong e-mail or password; never says which.
    SignInFailed,
    /// Too often; wait.
    RateLimited {
        /// Seconds until the next try counts.
        retry_after_secs: u64,
    },
    /// A link (reset, invitation) that is used up or too old.
    LinkExpired,
    /// The role may not do this.
    Forbidden,
    /// There is no such thing, or it is somebody else's (§25: the same answer).
    NotFound,
    /// One or more fields are wrong; nothing was saved (PE2).
    Invalid {
        /// Every wrong field.
        fields: Vec<FieldError>,
    },
    /// PE4, PE7: somebody saved in between.
    PackStale {
        /// When, shown in Central time: "2:14 PM".
        at: String,
    },
    /// PE6: the pack has subscriptions, so service and quantity stand.
    PackInUse,
    /// PE6: the pack is the target of pending changes.
    PackInPendingChange {
        /// How many clients.
        count: i64,
    },
    /// Somebody else changed this row in between.
    Stale,
    /// CO9, invariant 7: the form's key has served other words before. Nothing of these was saved.
    FormUsed {
        /// What the first ones became: "#123"; empty where that has no name.
        sent: String,
        /// Where that is; empty with it.
        href: String,
        /// The key under which what stands there now may be sent.
        key: String,
    },
    /// SU1.
    PackUnavailable,
    /// SU1, Q3.
    PriceChanged {
        /// The price now, as "$450".
        price: String,
    },
    /// SU1.
    BalanceDue {
        /// The open balance, as "$300".
        amount: String,
    },
    /// PC4: so near to its renewal that nothing can be changed for it.
    PackChangeTooLate {
        /// That renewal, as "Feb 28, 12:22 PM CT".
        renewal: String,
    },
    /// UN2: what cannot be taken back any more.
    PackEnded {
        /// Its last day, as "Feb 28".
        day: String,
    },
    /// SU1, I7.
    PackAlreadyActive {
        /// "10 × Logo design".
        label: String,
        /// The live subscription.
        subscription_id: String,
    },
    /// SU9: the bank's words.
    CardDeclined {
        /// Stripe's decline message, meant for the cardholder.
        message: String,
    },
    /// The payment provider did not answer; nothing is lost and nothing was charged twice.
    PaymentProviderUnreachable,
    /// CO6: the quote that was shown no longer holds.
    CoverageChanged {
        /// What would hold now.
        quote: Box<Quote>,
    },
    /// RQ1.
    TransitionNotAllowed {
        /// The state that it is in.
        state: String,
    },
    /// TP5: somebody else has claimed it.
    AlreadyTaken {
        /// "Ana".
        by: String,
    },
    /// §25: a member may not order what is charged.
    NeedsOwner {
        /// "$25.00".
        amount: String,
    },
    /// The service is not offered any more.
    ServiceInactive,
    /// TP1.
    VendorInternalRequired,
    /// TP3.
    DesignerAlreadyInternal,
    /// AS6: somebody else was faster, or a boundary was.
    AssignmentStale {
        /// Who; empty: nobody, the pack has renewed or changed by itself.
        by: String,
        /// To whom; empty: to nobody any more.
        vendor: String,
        /// "10 seconds ago".
        ago: String,
        /// How many others of the selection have changed too.
        others: i64,
    },
    /// AS4: not all of the selection can be assigned, and all or nothing was asked for.
    AssignmentPartial {
        /// AS4's summary.
        summary: String,
        /// How many can be.
        can: i64,
    },
    /// VP4, AH7: nothing can be decided about a payable any more.
    PayableClosed {
        /// Why.
        why: Closed,
    },
    /// The form is on the page of somebody else than who is signed in now.
    OtherPerson,
    /// Its person was signed out before the form was sent; it is in its page again.
    Interrupted,
    /// One file or body is too large.
    TooLarge,
    /// The server could not be reached; only the client's half says so. Whether it did what was asked is not known.
    Unreachable,
    /// Something failed that is ours; the cause is in the log, never here.
    Internal,
}

impl AppError {
    /// One wrong field.
    pub fn field(field: impl Into<String>, problem: Problem) -> Self {
        AppError::Invalid {
            fields: vec![FieldError::new(field, problem)],
        }
    }

    /// The code as SPEC.md names it.
    pub fn code(&self) -> &'static str {
        match self {
            AppError::SignInRequired => "sign_in_required",
            AppError::SignInFailed => "sign_in_failed",
            AppError::RateLimited { .. } => "rate_limited",
            AppError::LinkExpired => "link_expired",
            AppError::Forbidden => "forbidden",
            AppError::NotFound => "not_found",
            AppError::Invalid { .. } => "invalid",
            AppError::PackStale { .. } => "pack_stale",
            AppError::PackInUse => "pack_in_use",
            AppError::PackInPendingChange { .. } => "pack_in_pending_change",
            AppError::Stale => "stale",
            AppError::FormUsed { .. } => "form_used",
            AppError::PackUnavailable => "pack_unavailable",
            AppError::PriceChanged { .. } => "price_changed",
            AppError::BalanceDue { .. } => "balance_due",
            AppError::PackChangeTooLate { .. } => "pack_change_too_late",
            AppError::PackEnded { .. } => "pack_ended",
            AppError::PackAlreadyActive { .. } => "pack_already_active",
            AppError::CardDeclined { .. } => "card_declined",
            AppError::PaymentProviderUnreachable => "payment_provider_unreachable",
            AppError::CoverageChanged { .. } => "coverage_changed",
            AppError::TransitionNotAllowed { .. } => "transition_not_allowed",
            AppError::AlreadyTaken { .. } => "already_taken",
            AppError::NeedsOwner { .. } => "needs_owner",
            AppError::ServiceInactive => "service_inactive",
            AppError::VendorInternalRequired => "vendor_internal_required",
            AppError::DesignerAlreadyInternal => "designer_already_internal",
            AppError::AssignmentStale { .. } => "assignment_stale",
            AppError::AssignmentPartial { .. } => "assignment_partial",
            AppError::PayableClosed { .. } => "payable_closed",
            AppError::OtherPerson => "other_person",
            AppError::Interrupted => "interrupted",
            AppError::TooLarge => "too_large",
            AppError::Unreachable => "unreachable",
            AppError::Internal => "internal",
        }
    }

    /// The HTTP status that tells a machine the same.
    pub fn status(&self) -> u16 {
        match self {
            AppError::SignInRequired | AppError::SignInFailed => 401,
            AppError::Forbidden | AppError::NeedsOwner { .. } => 403,
            AppError::NotFound => 404,
            AppError::CardDeclined { .. } => 402,
            AppError::Invalid { fields }
                if fields.iter().any(|f| {
                    matches!(
                        f.problem,
                        Problem::PackDuplicate { .. } | Problem::ChangedMeanwhile { .. }
                    )
                }) =>
            {
                409
            }
            AppError::Invalid { .. } => 422,
            AppError::TooLarge => 413,
            AppError::LinkExpired => 410,
            AppError::RateLimited { .. } => 429,
            AppError::PaymentProviderUnreachable | AppError::Unreachable => 503,
            AppError::Internal => 500,
            _ => 409,
        }
    }

    /// The words for a person. What to do next is the page's part (a link beside it).
    pub fn message(&self) -> String {
        match self {
            AppError::SignInRequired => "Sign in to continue.".into(),
            AppError::SignInFailed => "The email or password is wrong.".into(),
            AppError::RateLimited { retry_after_secs: secs } => {
                let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
                let after = match *secs {
                    secs @ 0..=90 => counted(count(secs), "second", "seconds"),
                    secs => counted(count(secs.div_ceil(60)), "minute", "minutes"),
                };
                format!("Too many tries. Try again in {after}.")
            }
            AppError::LinkExpired => "This link was used or has expired. Ask for a new one.".into(),
            AppError::Forbidden => "You don't have permission to do this.".into(),
            AppError::NotFound => "We can't find this.".into(),
            AppError::Invalid { fields } if fields.len() == 1 => fields[0].problem.message(),
            AppError::Invalid { fields } => format!("{} fields need your attention.", fields.len()),
            AppError::PackStale { at } => {
                format!("Someone else changed this pack at {at}. Reload to see the changes.")
            }
            AppError::PackInUse => {
                "Service and quantity are locked once a client subscribes. Archive this pack and create another.".into()
            }
            AppError::PackInPendingChange { count } => {
                let who = counted(*count, "client is", "clients are");
                format!("{who} scheduled to move to this pack. Cancel those changes first.")
            }
            AppError::Stale => "Someone else changed this. Reload to see the changes.".into(),
            AppError::FormUsed { sent, .. } => {
                let as_what = if sent.is_empty() {
                    String::new()
                } else {
                    format!(" as {sent}")
                };
                format!(
                    "This form was already sent{as_what}. Your changes aren't saved yet. Check them and send again."
                )
            }
            AppError::PackUnavailable => "This pack is no longer sold.".into(),
            AppError::PriceChanged { price } => format!("The price is now {price}. Please confirm."),
            AppError::BalanceDue { amount } => format!("Settle the open balance of {amount} first."),
            AppError::PackChangeTooLate { renewal } => {
                format!("This pack renews in a few minutes. Try again after {renewal}.")
            }
            AppError::PackEnded { day } => format!("This pack ended on {day}. Subscribe again to go on."),
            AppError::PackAlreadyActive { label, .. } => format!("You already have the {label} pack."),
            AppError::CardDeclined { message } => message.clone(),
            AppError::PaymentProviderUnreachable => {
                "The payment provider isn't answering. Nothing is lost. We'll continue once it does.".into()
            }
            AppError::CoverageChanged { .. } => {
                "What your pack covers has changed. Check the new quote and confirm.".into()
            }
            AppError::TransitionNotAllowed { state } => format!("This can't be done while the request is {state}."),
            AppError::AlreadyTaken { by } => format!("Already taken by {by}."),
            AppError::NeedsOwner { amount } => format!("Ask your account owner to approve {amount}."),
            AppError::ServiceInactive => "This service is no longer offered. Choose another.".into(),
            AppError::VendorInternalRequired => "The in-house vendor can't be removed.".into(),
            AppError::DesignerAlreadyInternal => "Internal designers can only work in-house.".into(),
            AppError::AssignmentStale {
                by,
                vendor,
                ago,
                others,
            } => {
                let first = match (by.as_str(), vendor.as_str()) {
                    ("", _) => "This pack has renewed or changed since you opened this.".to_owned(),
                    (by, "") => format!("{by} removed the next vendor {ago}."),
                    (by, vendor) => format!("{by} assigned this to {vendor} {ago}."),
                };
                match others {
                    0 => first,
                    1 => format!("{first} 1 other pack also changed."),
                    n => format!("{first} {n} other packs also changed."),
                }
            }
            AppError::AssignmentPartial { summary, can: 0 } => format!("Nothing assigned: {summary}."),
            AppError::AssignmentPartial { summary, can } => {
                format!("Nothing assigned yet: {summary}. You can still assign {can}.")
            }
            AppError::PayableClosed { why } => why.message().into(),
            AppError::OtherPerson => {
                "Someone else signed in on this browser. Nothing was sent, and what you wrote is still here.".into()
            }
            AppError::Interrupted => "You were signed out before this was sent. Check it and send it again.".into(),
            AppError::TooLarge => "This is too large. Send less at once.".into(),
            AppError::Unreachable => "The server didn't answer. What you typed is still here. Try again.".into(),
            AppError::Internal => "Something went wrong on our side. Nothing you typed is lost. Try again.".into(),
        }
    }

    /// Whether the page has to be read again before the same form can be sent: what it read has changed meanwhile.
    pub fn reads_again(&self) -> bool {
        matches!(self, AppError::Invalid { fields }
            if fields.iter().any(|f| matches!(f.problem, Problem::ChangedMeanwhile { .. })))
    }

    /// The problems of one field, if it has some.
    pub fn of_field(&self, field: &str) -> Option<String> {
        let AppError::Invalid { fields } = self else {
            return None;
        };
        let of_it = fields.iter().filter(|f| f.field == field);
        let words: Vec<_> = of_it.map(|f| f.problem.message()).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cents, Coverage, Currency, PaymentType, Split, facts::PriceSource};

    fn quote() -> Quote {
        Quote {
            service: "Logo design".into(),
            unit_singular: "design".into(),
            unit_plural: "designs".into(),
            quantity: 1,
            split: Split {
                included: 0,
                overage: 1,
            },
            coverage: Coverage::Overage,
            left_after: 0,
            left_before: 0,
            unit_price: Cents(2_500),
            price_source: PriceSource::Service,
            total: Cents(2_500),
            currency: Currency::USD,
            payment_type: PaymentType::PayAsYouGo,
            pack_label: None,
            pack_not_counting: None,
        }
    }

    fn errors() -> Vec<AppError> {
        vec![
            AppError::SignInRequired,
            AppError::SignInFailed,
            AppError::RateLimited { retry_after_secs: 9 },
            AppError::LinkExpired,
            AppError::Forbidden,
            AppError::NotFound,
            AppError::Invalid {
                fields: problems().into_iter().map(|p| FieldError::new("f", p)).collect(),
            },
            AppError::PackStale { at: "2:14 PM".into() },
            AppError::PackInUse,
            AppError::PackInPendingChange { count: 3 },
            AppError::Stale,
            AppError::FormUsed {
                sent: "#123".into(),
                href: "/requests/r".into(),
                key: "k".into(),
            },
            AppError::PackUnavailable,
            AppError::PriceChanged { price: "$450".into() },
            AppError::BalanceDue { amount: "$300".into() },
            AppError::PackChangeTooLate {
                renewal: "Feb 28, 12:22 PM CT".into(),
            },
            AppError::PackEnded { day: "Feb 28".into() },
            AppError::PackAlreadyActive {
                label: "10 × Logo design".into(),
                subscription_id: "s".into(),
            },
            AppError::CardDeclined {
                message: "Your card was declined.".into(),
            },
            AppError::PaymentProviderUnreachable,
            AppError::CoverageChanged {
                quote: Box::new(quote()),
            },
            AppError::TransitionNotAllowed {
                state: "approved".into(),
            },
            AppError::AlreadyTaken { by: "Ana".into() },
            AppError::NeedsOwner {
                amount: "$25.00".into(),
            },
            AppError::ServiceInactive,
            AppError::VendorInternalRequired,
            AppError::DesignerAlreadyInternal,
            AppError::AssignmentStale {
                by: "Marta".into(),
                vendor: "PixelCo".into(),
                ago: "10 seconds ago".into(),
                others: 0,
            },
            AppError::AssignmentPartial {
                summary: "7 start now · 1 can't: vendor doesn't offer Embroidery".into(),
                can: 7,
            },
            AppError::PayableClosed { why: Closed::Paid },
            AppError::OtherPerson,
            AppError::Interrupted,
            AppError::TooLarge,
            AppError::Unreachable,
            AppError::Internal,
        ]
    }

    fn problems() -> Vec<Problem> {
        vec![
            Problem::Required,
            Problem::PackServiceRequired,
            Problem::PackQuantityInvalid,
            Problem::PackPriceTooLow,
            Problem::PackServiceInactive,
            Problem::PackDuplicate {
                label: "20 × Logo design".into(),
                pack_id: "p".into(),
            },
            Problem::MoneyInvalid,
            Problem::MoneyZeroOrLeast,
            Problem::NumberRange { min: 1, max: 60 },
            Problem::TooLong { max: 80 },
            Problem::Unreadable,
            Problem::TooShort { min: 10 },
            Problem::EmailInvalid,
            Problem::EmailTaken,
            Problem::PasswordCommon,
            Problem::PasswordMismatch,
            Problem::PasswordWrong,
            Problem::DateInvalid,
            Problem::DatePast {
                today: "Mar 10, 2027 (Central time)".into(),
            },
            Problem::DateFuture {
                today: "Mar 10, 2027 (Central time)".into(),
            },
            Problem::DateBeforeAccrual {
                day: "Mar 10, 2027".into(),
            },
            Problem::ChangedMeanwhile { now: "$7.00".into() },
            Problem::ChoiceInvalid,
            Problem::NameTaken,
            Problem::MoneyTooMuch,
            Problem::PasswordIsEmail,
            Problem::AliasIsName,
            Problem::NotForRole,
            Problem::LastOfRole,
            Problem::OffByStaff,
            Problem::StorageFull,
            Problem::DraftsTooMany { max: 100 },
            Problem::FilesMissing,
            Problem::FilesTooMany { max: 10 },
            Problem::FileType { name: "x.exe".into() },
            Problem::FileContent { name: "x.png".into() },
            Problem::FileTooLarge { name: "x.mp4".into() },
            Problem::FileEmpty { name: "x.txt".into() },
            Problem::FileCutOff { name: "x.zip".into() },
            Problem::FileNeeded,
            Problem::LogoInvalid,
            Problem::LogoTooLarge,
            Problem::LogoPixels,
        ]
    }

    /// The word of a variant, with facts or without.
    fn word(json: &serde_json::Value) -> &str {
        let named = json.as_object().and_then(|facts| facts.keys().next());
        named.map(String::as_str).or(json.as_str()).unwrap()
    }

    #[test]
    fn s26_an_error_crosses_the_wire_under_its_code() {
        for error in errors() {
            let json = serde_json::to_value(&error).unwrap();
            assert_eq!(word(&json), error.code());
            assert_eq!(serde_json::from_value::<AppError>(json).unwrap(), error);
            let bytes = postcard::to_allocvec(&error).unwrap();
            assert_eq!(postcard::from_bytes::<AppError>(&bytes).unwrap(), error);
            assert!((400..=503).contains(&error.status()), "{error}");
            assert!(error.message().ends_with('.'), "{error}");
        }
        for problem in problems() {
            let json = serde_json::to_value(&problem).unwrap();
            assert_eq!(word(&json), problem.code());
            assert!(problem.message().ends_with('.'), "{problem:?}");
        }
    }

    #[test]
    fn pe6_tp1_su1_s25_messages_and_statuses() {
        for (error, status, message) in [
            (
                AppError::PackInPendingChange { count: 3 },
                409,
                "3 clients are scheduled to move to this pack. Cancel those changes first.",
            ),
            (
                AppError::VendorInternalRequired,
                409,
                "The in-house vendor can't be removed.",
            ),
            (AppError::PackUnavailable, 409, "This pack is no longer sold."),
            (
                AppError::PriceChanged { price: "$450".into() },
                409,
                "The price is now $450. Please confirm.",
            ),
            (
                AppError::BalanceDue { amount: "$300".into() },
                409,
                "Settle the open balance of $300 first.",
            ),
            (
                AppError::PackChangeTooLate {
                    renewal: "Feb 28, 12:22 PM CT".into(),
                },
                409,
                "This pack renews in a few minutes. Try again after Feb 28, 12:22 PM CT.",
            ),
            (
                AppError::PackEnded { day: "Feb 28".into() },
                409,
                "This pack ended on Feb 28. Subscribe again to go on.",
            ),
            (
                AppError::PackAlreadyActive {
                    label: "10 × Logo design".into(),
                    subscription_id: String::new(),
                },
                409,
                "You already have the 10 × Logo design pack.",
            ),
            (
                AppError::NeedsOwner {
                    amount: "$25.00".into(),
                },
                403,
                "Ask your account owner to approve $25.00.",
            ),
            (
                AppError::CardDeclined {
                    message: "Your card has expired.".into(),
                },
                402,
                "Your card has expired.",
            ),
        ] {
            assert_eq!((error.status(), error.message().as_str()), (status, message));
        }
        assert_eq!(AppError::Forbidden.status(), 403);
        assert_eq!(AppError::NotFound.status(), 404);
        assert_eq!(
            AppError::CoverageChanged {
                quote: Box::new(quote())
            }
            .status(),
            409
        );
    }
}
