//! Services: what is ordered, in which unit, at which list price (§1, §16 *Common*, RQ8).

use crate::{
    AppError, AppResult, Cents,
    error::{FieldError, Problem},
    money,
    pack::{LEAST_CHARGE, MAX_PRICE},
};
use serde::{Deserialize, Serialize};

/// Characters of a name, at most.
pub const MAX_NAME: usize = 80;
/// Characters of a unit's word, at most.
pub const MAX_UNIT_WORD: usize = 30;
/// RQ8: business days of turnaround, at most.
pub const MAX_TURNAROUND: i64 = 60;

/// The service form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceForm {
    /// "Logo design".
    pub name: String,
    /// "design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// List price of one unit.
    pub unit_price: String,
    /// Business days (RQ8).
    pub turnaround_days: String,
    /// Offered to clients.
    pub active: bool,
}

/// A service that may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidService {
    /// The name, trimmed, 1–80 characters.
    pub name: String,
    /// The unit's word for one.
    pub unit_singular: String,
    /// The unit's word for several.
    pub unit_plural: String,
    /// List price of one unit: 0 or at least [`LEAST_CHARGE`].
    pub unit_price: Cents,
    /// Business days, 1–60.
    pub turnaround_days: u32,
    /// Offered to clients.
    pub active: bool,
}

impl ServiceForm {
    /// Names every wrong field, in the form's order. Whether the name is free is the use case's part.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidService> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", words(&self.name, MAX_NAME));
        let unit_singular = checked(&mut wrong, "unit_singular", words(&self.unit_singular, MAX_UNIT_WORD));
        let unit_plural = checked(&mut wrong, "unit_plural", words(&self.unit_plural, MAX_UNIT_WORD));
        let unit_price = checked(&mut wrong, "unit_price", unit_price(&self.unit_price));
        let turnaround = money::whole(&self.turnaround_days)
            .filter(|days| (1..=MAX_TURNAROUND).contains(days))
            .and_then(|days| u32::try_from(days).ok())
            .ok_or(Problem::NumberRange {
                min: 1,
                max: MAX_TURNAROUND,
            });
        let turnaround_days = checked(&mut wrong, "turnaround_days", turnaround);
        match (name, unit_singular, unit_plural, unit_price, turnaround_days) {
            (Some(name), Some(unit_singular), Some(unit_plural), Some(unit_price), Some(turnaround_days)) => {
                Ok(ValidService {
                    name,
                    unit_singular,
                    unit_plural,
                    unit_price,
                    turnaround_days,
                    active: self.active,
                })
            }
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

impl ValidService {
    /// The key of the meter that counts this unit: "Logo design" in designs → `design`.
    pub fn meter_key(&self) -> String {
        let mut key = String::new();
        for c in self.unit_singular.to_lowercase().chars() {
            if c.is_alphanumeric() {
                key.push(c);
            } else if !key.ends_with('_') && !key.is_empty() {
                key.push('_');
            }
        }
        key.trim_end_matches('_').to_owned()
    }
}

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

/// One line of words: trimmed, inner white space made single, 1 to `max` characters.
pub(crate) fn words(text: &str, max: usize) -> Result<String, Problem> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().filter(|c| !c.is_control()).count() {
        0 => Err(Problem::Required),
        n if n > max => Err(Problem::TooLong { max }),
        _ => Ok(text.chars().filter(|c| !c.is_control()).collect()),
    }
}

/// The value, or its problem written down beside its field.
pub(crate) fn checked<T>(wrong: &mut Vec<FieldError>, field: &str, value: Result<T, Problem>) -> Option<T> {
    value
        .map_err(|problem| wrong.push(FieldError::new(field, problem)))
        .ok()
}
