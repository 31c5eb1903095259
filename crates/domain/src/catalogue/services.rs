//! Services: what is ordered, in which unit, at which list price (§1, §16 *Common*, RQ8).

pub use crate::catalogue::price::unit_price;
use crate::{
    AppError, AppResult, Cents,
    error::Problem,
    form::{MAX_NAME, checked},
    money, text,
};
use serde::{Deserialize, Serialize};

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
    /// List price of one unit: 0 or at least [`LEAST_CHARGE`](crate::catalogue::price::LEAST_CHARGE).
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
        let name = checked(&mut wrong, "name", text::line(&self.name, MAX_NAME));
        let unit_singular = checked(
            &mut wrong,
            "unit_singular",
            text::line(&self.unit_singular, MAX_UNIT_WORD),
        );
        let unit_plural = checked(&mut wrong, "unit_plural", text::line(&self.unit_plural, MAX_UNIT_WORD));
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
        for c in text::fold(&self.unit_singular).chars() {
            if c.is_alphanumeric() {
                key.push(c);
            } else if !key.ends_with('_') && !key.is_empty() {
                key.push('_');
            }
        }
        key.trim_end_matches('_').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::price::MAX_PRICE;

    fn form() -> ServiceForm {
        ServiceForm {
            name: " Logo  design ".into(),
            unit_singular: "design".into(),
            unit_plural: "designs".into(),
            unit_price: "25".into(),
            turnaround_days: "3".into(),
            active: true,
        }
    }

    fn problems(form: &ServiceForm) -> Vec<(String, Problem)> {
        match form.check() {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| (f.field, f.problem)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn service_is_kept_trimmed() {
        let service = form().check().unwrap();
        assert_eq!(
            (service.name.as_str(), service.unit_price, service.turnaround_days),
            ("Logo design", Cents(2_500), 3)
        );
        assert_eq!(service.meter_key(), "design");
        assert_eq!(
            ValidService {
                unit_singular: "Voice-over minute".into(),
                ..service
            }
            .meter_key(),
            "voice_over_minute"
        );
        let key = |unit: &str| ValidService {
            unit_singular: unit.into(),
            ..form().check().unwrap()
        };
        assert_eq!(key("(Voice - over)").meter_key(), "voice_over");
    }

    #[test]
    fn service_names_every_wrong_field_in_the_forms_order() {
        let wrong = ServiceForm {
            unit_price: "0.49".into(),
            ..ServiceForm::default()
        };
        let fields: Vec<_> = problems(&wrong).into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            ["name", "unit_singular", "unit_plural", "unit_price", "turnaround_days"]
        );
    }

    #[test]
    fn service_limits() {
        let one = |field: &str, problem| vec![(field.to_owned(), problem)];
        let name = |n| ServiceForm {
            name: "é".repeat(n),
            ..form()
        };
        assert!(name(80).check().is_ok());
        assert_eq!(problems(&name(81)), one("name", Problem::TooLong { max: 80 }));
        for (days, good) in [
            ("0", false),
            ("1", true),
            ("60", true),
            ("61", false),
            ("2.5", false),
            ("-1", false),
        ] {
            let form = ServiceForm {
                turnaround_days: days.into(),
                ..form()
            };
            assert_eq!(form.check().is_ok(), good, "{days}");
        }
    }

    #[test]
    fn s16_unit_prices_are_zero_or_chargeable() {
        for (text, price) in [
            ("0", Ok(Cents(0))),
            ("0.00", Ok(Cents(0))),
            ("0.01", Err(Problem::MoneyZeroOrLeast)),
            ("0.49", Err(Problem::MoneyZeroOrLeast)),
            ("0.50", Ok(Cents(50))),
            ("-1", Err(Problem::MoneyZeroOrLeast)),
            ("999999.99", Ok(MAX_PRICE)),
            ("1000000", Err(Problem::MoneyTooMuch)),
            ("", Err(Problem::MoneyInvalid)),
            ("1,5", Err(Problem::MoneyInvalid)),
        ] {
            assert_eq!(unit_price(text), price, "{text}");
        }
    }
}
