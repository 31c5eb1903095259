//! Stripe's test cards: what each number does when it is attached, charged or authenticated.

use crate::error::{ApiError, Res};
use crate::time::year_month;

/// Why a bank says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decline {
    /// Stripe's error code.
    pub code: &'static str,
    /// Stripe's decline code.
    pub decline_code: Option<&'static str>,
    /// The sentence that the payer reads.
    pub message: &'static str,
}

impl Decline {
    /// As an HTTP error.
    #[must_use]
    pub fn error(&self) -> Box<ApiError> {
        ApiError::card(self.code, self.decline_code, self.message)
    }
}

const GENERIC: Decline = Decline {
    code: "card_declined",
    decline_code: Some("generic_decline"),
    message: "Your card was declined.",
};
const FUNDS: Decline = Decline {
    code: "card_declined",
    decline_code: Some("insufficient_funds"),
    message: "Your card has insufficient funds.",
};
const LOST: Decline = Decline {
    code: "card_declined",
    decline_code: Some("lost_card"),
    message: "Your card was declined.",
};
const STOLEN: Decline = Decline {
    code: "card_declined",
    decline_code: Some("stolen_card"),
    message: "Your card was declined.",
};
const EXPIRED: Decline = Decline {
    code: "expired_card",
    decline_code: Some("expired_card"),
    message: "Your card has expired.",
};
const CVC: Decline = Decline {
    code: "incorrect_cvc",
    decline_code: Some("incorrect_cvc"),
    message: "Your card's security code is incorrect.",
};
const PROCESSING: Decline = Decline {
    code: "processing_error",
    decline_code: Some("processing_error"),
    message: "An error occurred while processing your card. Try again in a little bit.",
};
const VELOCITY: Decline = Decline {
    code: "card_declined",
    decline_code: Some("card_velocity_exceeded"),
    message: "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
};
const FRAUD: Decline = Decline {
    code: "card_declined",
    decline_code: Some("fraudulent"),
    message: "Your card was declined.",
};
const NOT_A_TEST_CARD: Decline = Decline {
    code: "card_declined",
    decline_code: Some("test_mode_live_card"),
    message: "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
};
/// An off-session charge that the bank wants confirmed.
pub const AUTHENTICATION: Decline = Decline {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
};
/// The payer failed the authentication.
pub const AUTHENTICATION_FAILED: Decline = Decline {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
};

/// What a card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Always pays.
    Pays,
    /// Declines when attached and when charged.
    Declines(Decline),
    /// Can be attached; every charge is declined.
    DeclinesLater(Decline),
    /// Needs authentication unless it was set up for later use.
    AuthUnlessSetUp,
    /// Needs authentication every time.
    AuthAlways,
    /// Needs authentication on session; counts as set up for off-session use.
    AuthOnSession,
    /// Authenticates, and is then declined.
    AuthThenDeclines,
    /// Pays; the charge is disputed at once.
    Disputes,
    /// Pays; a refund stays pending first.
    RefundsSlowly,
    /// Pays; a refund succeeds first and fails later.
    RefundFails,
}

/// A test card.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// The full number: these are public test numbers.
    pub number: &'static str,
    /// `visa`, …
    pub brand: &'static str,
    /// `credit` or `debit`.
    pub funding: &'static str,
    /// Two letters.
    pub country: &'static str,
    /// What it does.
    pub does: Behaviour,
    /// The part after `pm_card_` or `tok_` that names it.
    pub token: &'static str,
    /// For people, on the hosted pages; empty for cards that are not shown there.
    pub label: &'static str,
}

const fn card(number: &'static str, token: &'static str, does: Behaviour, label: &'static str) -> Card {
    Card {
        number,
        brand: "visa",
        funding: "credit",
        country: "US",
        does,
        token,
        label,
    }
}

/// Every card that the sandbox knows.
pub const CARDS: &[Card] = &[
    card("4242424242424242", "visa", Behaviour::Pays, "Pays"),
    card(
        "4000002500003155",
        "authenticationRequired",
        Behaviour::AuthUnlessSetUp,
        "Asks for authentication once",
    ),
    card(
        "4000002760003184",
        "authenticationRequiredOnSetup",
        Behaviour::AuthAlways,
        "Asks for authentication each time",
    ),
    card(
        "4000003800000446",
        "authenticationRequiredSetupForOffSession",
        Behaviour::AuthOnSession,
        "",
    ),
    card(
        "4000008400001629",
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        Behaviour::AuthThenDeclines,
        "Declined after authentication",
    ),
    card(
        "4000000000000002",
        "chargeDeclined",
        Behaviour::Declines(GENERIC),
        "Declined",
    ),
    card(
        "4000000000009995",
        "chargeDeclinedInsufficientFunds",
        Behaviour::Declines(FUNDS),
        "Insufficient funds",
    ),
    card(
        "4000000000009987",
        "chargeDeclinedLostCard",
        Behaviour::Declines(LOST),
        "",
    ),
    card(
        "4000000000009979",
        "chargeDeclinedStolenCard",
        Behaviour::Declines(STOLEN),
        "",
    ),
    card(
        "4000000000000069",
        "chargeDeclinedExpiredCard",
        Behaviour::Declines(EXPIRED),
        "Expired",
    ),
    card(
        "4000000000000127",
        "chargeDeclinedIncorrectCvc",
        Behaviour::Declines(CVC),
        "Wrong CVC",
    ),
    card(
        "4000000000000119",
        "chargeDeclinedProcessingError",
        Behaviour::Declines(PROCESSING),
        "",
    ),
    card(
        "4000000000006975",
        "chargeDeclinedVelocityLimitExceeded",
        Behaviour::Declines(VELOCITY),
        "",
    ),
    card(
        "4100000000000019",
        "chargeDeclinedFraudulent",
        Behaviour::Declines(FRAUD),
        "",
    ),
    card(
        "4000000000000341",
        "chargeCustomerFail",
        Behaviour::DeclinesLater(GENERIC),
        "Can be saved, then declined",
    ),
    card("4000000000000259", "createDispute", Behaviour::Disputes, ""),
    card("4000000000007726", "pendingRefund", Behaviour::RefundsSlowly, ""),
    card("4000000000005126", "refundFail", Behaviour::RefundFails, ""),
    Card {
        brand: "visa",
        funding: "debit",
        ..card("4000056655665556", "visa_debit", Behaviour::Pays, "")
    },
    Card {
        brand: "mastercard",
        ..card("5555555555554444", "mastercard", Behaviour::Pays, "Pays (Mastercard)")
    },
    Card {
        brand: "mastercard",
        funding: "debit",
        ..card("5200828282828210", "mastercard_debit", Behaviour::Pays, "")
    },
    Card {
        brand: "amex",
        ..card("378282246310005", "amex", Behaviour::Pays, "")
    },
    Card {
        brand: "discover",
        ..card("6011111111111117", "discover", Behaviour::Pays, "")
    },
];

/// By `pm_card_…` or `tok_…`, also in the longer form with the brand (`pm_card_visa_chargeDeclined`).
#[must_use]
pub fn by_token(token: &str) -> Option<&'static Card> {
    let name = token.strip_prefix("pm_card_").or_else(|| token.strip_prefix("tok_"))?;
    let short = name.strip_prefix("visa_").unwrap_or(name);
    CARDS
        .iter()
        .find(|c| c.token == name)
        .or_else(|| CARDS.iter().find(|c| c.token == short))
}

/// By its full number.
#[must_use]
pub fn by_number(number: &str) -> Option<&'static Card> {
    CARDS.iter().find(|c| c.number == number)
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            match (i % 2, d * 2) {
                (0, _) => d,
                (_, dd) if dd > 9 => dd - 9,
                (_, dd) => dd,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A card as it was typed: checked the way Stripe checks before it asks a bank. Errors are 402 `card_error`s whose
/// `param` names the field: `number`, `exp_month`, `exp_year`, `cvc`.
pub fn typed(number: &str, month: i64, year: i64, cvc: Option<&str>, now: i64) -> Res<&'static Card> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let plausible = (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && luhn(&digits);
    if !plausible {
        return Err(ApiError::card("incorrect_number", None, "Your card number is incorrect.").param("number"));
    }
    if !(1..=12).contains(&month) {
        return Err(
            ApiError::card("invalid_expiry_month", None, "Your card's expiration month is invalid.").param("exp_month"),
        );
    }
    let year = if (0..100).contains(&year) { 2000 + year } else { year };
    let (y, m) = year_month(now);
    if year < y || (year == y && month < m) || year > y + 50 {
        return Err(
            ApiError::card("invalid_expiry_year", None, "Your card's expiration year is invalid.").param("exp_year"),
        );
    }
    if let Some(cvc) = cvc
        && !(matches!(cvc.len(), 3 | 4) && cvc.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(ApiError::card("invalid_cvc", None, "Your card's security code is invalid.").param("cvc"));
    }
    by_number(&digits).ok_or_else(|| NOT_A_TEST_CARD.error().param("number"))
}

/// What the bank answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Approved,
    /// The payer must authenticate first.
    NeedsAuthentication,
    /// No.
    Declined(Decline),
}

/// The circumstances of a charge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    /// The payer is absent.
    pub off_session: bool,
    /// The card was authenticated earlier for later use.
    pub set_up: bool,
    /// The payer has just authenticated.
    pub authenticated: bool,
}

/// What the bank says to a charge.
#[must_use]
pub fn charge(does: Behaviour, at: Moment) -> Verdict {
    let ask = |needed: bool| match (needed && !at.authenticated, at.off_session) {
        (false, _) => Verdict::Approved,
        (true, false) => Verdict::NeedsAuthentication,
        (true, true) => Verdict::Declined(AUTHENTICATION),
    };
    match does {
        Behaviour::Pays | Behaviour::Disputes | Behaviour::RefundsSlowly | Behaviour::RefundFails => Verdict::Approved,
        Behaviour::Declines(d) | Behaviour::DeclinesLater(d) => Verdict::Declined(d),
        Behaviour::AuthUnlessSetUp => ask(!(at.set_up && at.off_session)),
        Behaviour::AuthAlways => ask(true),
        Behaviour::AuthOnSession => ask(!at.off_session),
        Behaviour::AuthThenDeclines => match ask(true) {
            Verdict::Approved => Verdict::Declined(FUNDS),
            other => other,
        },
    }
}

/// What the bank says when a card is saved without a charge.
#[must_use]
pub fn save(does: Behaviour, authenticated: bool) -> Verdict {
    match does {
        Behaviour::Declines(d) => Verdict::Declined(d),
        Behaviour::AuthUnlessSetUp | Behaviour::AuthAlways | Behaviour::AuthOnSession | Behaviour::AuthThenDeclines
            if !authenticated =>
        {
            Verdict::NeedsAuthentication
        }
        _ => Verdict::Approved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_passes_the_check_digit() {
        for c in CARDS {
            assert!(luhn(c.number), "{}", c.number);
            assert_eq!(
                typed(c.number, 12, 34, Some("123"), 1_800_000_000).unwrap().number,
                c.number
            );
        }
    }

    #[test]
    fn typing_errors_name_their_field() {
        let now = 1_800_000_000; // January 2027
        let field = |n: &str, m, y, c| typed(n, m, y, c, now).unwrap_err().error["param"].clone();
        assert_eq!(field("4242424242424241", 1, 2030, None), "number");
        assert_eq!(field("4242424242424242", 13, 2030, None), "exp_month");
        assert_eq!(field("4242424242424242", 12, 26, None), "exp_year");
        assert_eq!(field("4242424242424242", 1, 2027, Some("12")), "cvc");
        assert!(typed("4242 4242 4242 4242", 1, 27, Some("123"), now).is_ok());
    }

    #[test]
    fn tokens_in_both_forms() {
        assert_eq!(
            by_token("pm_card_visa_chargeDeclined").unwrap().number,
            "4000000000000002"
        );
        assert_eq!(by_token("tok_mastercard").unwrap().brand, "mastercard");
        assert_eq!(by_token("pm_card_visa_debit").unwrap().funding, "debit");
        assert!(by_token("pm_1abc").is_none());
    }
}
