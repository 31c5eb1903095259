//! Prices as typed: what can be charged at all, and what a unit may cost (§16 *Common*).

use crate::{Cents, error::Problem};

/// The least that Stripe charges a card, in minor units; prices are 0 or at least this (PE1, §16).
pub const LEAST_CHARGE: Cents = Cents(50);

/// The most that one price may be, in minor units: Stripe's limit of eight digits.
pub const MAX_PRICE: Cents = Cents(99_999_999);

/// A unit or overage price as typed: 0 or at least [`LEAST_CHARGE`] (§16 *Common*). Also for a client's own price.
///
/// # Errors
/// [`Problem::MoneyInvalid`], [`Problem::MoneyZeroOrLeast`] or [`Problem::MoneyTooMuch`].
pub fn unit_price(text: &str) -> Result<Cents, Problem> {
    match text.parse::<Cents>() {
        Err(_) => Err(Problem::MoneyInvalid),
        Ok(price) if price != Cents::ZERO && price < LEAST_CHARGE => Err(Problem::MoneyZeroOrLeast),
        Ok(price) if price > MAX_PRICE => Err(Problem::MoneyTooMuch),
        Ok(price) => Ok(price),
    }
}
