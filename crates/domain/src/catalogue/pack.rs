//! Packs: what the Pack Editor accepts (§2) and the figures it shows.

pub use crate::catalogue::price::{LEAST_CHARGE, MAX_PRICE};
use crate::{
    Cents,
    catalogue::price::unit_price,
    error::{AppError, AppResult, Problem},
    form::checked,
    money,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// PE1: units a month, at most.
pub const MAX_QUANTITY: i64 = 10_000;

/// How a pack is called: "20 × Logo design".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackLabel {
    /// Units a month.
    pub quantity: i64,
    /// The service's name.
    pub service: String,
}

impl fmt::Display for PackLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {}", self.quantity, self.service)
    }
}

crate::words! {
    /// How a vendor is paid for a pack (PE1, VP1).
    pub enum VendorRateMode {
        /// One amount a period.
        PerPack = "per_pack",
        /// An amount for each delivered unit.
        PerUnit = "per_unit",
    }
}

/// The Pack Editor's fields as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackForm {
    /// The chosen service's id.
    pub service: String,
    /// Units a month.
    pub quantity: String,
    /// Price a month.
    pub price: String,
    /// What the vendor gets.
    pub vendor_payment: String,
    /// `per_pack` or `per_unit`.
    pub vendor_rate_mode: String,
    /// Price of a unit beyond; empty = the client's or the service's.
    pub overage_price: String,
    /// *Visible to clients* (PE9).
    pub visible: bool,
}

/// The terms that make a pack version (PE5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackTerms {
    /// Price a month.
    pub price: Cents,
    /// What the vendor gets, per pack or per unit.
    pub vendor_payment: Cents,
    /// Which of the two.
    pub vendor_rate_mode: VendorRateMode,
    /// Price of a unit beyond.
    pub overage_price: Option<Cents>,
}

/// A form that may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidPack {
    /// The chosen service.
    pub service: crate::ServiceId,
    /// Units a month, 1–10 000.
    pub quantity: i64,
    /// Its terms.
    pub terms: PackTerms,
    /// *Visible to clients*.
    pub visible: bool,
    /// PE1: the vendor gets more than the client pays.
    pub pays_more_than_it_earns: bool,
}

impl PackForm {
    /// PE1, PE2: every wrong field is named; nothing is rounded or guessed. Whether the service exists and is active is
    /// the use case's part.
    pub fn check(&self) -> AppResult<ValidPack> {
        let mut wrong = Vec::new();
        let service = checked(
            &mut wrong,
            "service",
            self.service
                .trim()
                .parse::<crate::ServiceId>()
                .map_err(|_| Problem::PackServiceRequired),
        );
        let quantity = money::whole(&self.quantity).filter(|q| (1..=MAX_QUANTITY).contains(q));
        let quantity = checked(&mut wrong, "quantity", quantity.ok_or(Problem::PackQuantityInvalid));
        let price = checked(
            &mut wrong,
            "price",
            amount(&self.price, LEAST_CHARGE, Problem::PackPriceTooLow),
        );
        let vendor_payment = match self.vendor_payment.trim() {
            "" => Ok(Cents::ZERO),
            text => amount(text, Cents::ZERO, Problem::MoneyInvalid),
        };
        let vendor_payment = checked(&mut wrong, "vendor_payment", vendor_payment);
        let mode = self
            .vendor_rate_mode
            .parse::<VendorRateMode>()
            .map_err(|_| Problem::ChoiceInvalid);
        let mode = checked(&mut wrong, "vendor_rate_mode", mode);
        let overage_price = match self.overage_price.trim() {
            "" => None,
            text => checked(&mut wrong, "overage_price", unit_price(text)),
        };
        match (service, quantity, price, vendor_payment, mode) {
            (Some(service), Some(quantity), Some(price), Some(vendor_payment), Some(vendor_rate_mode))
                if wrong.is_empty() =>
            {
                let terms = PackTerms {
                    price,
                    vendor_payment,
                    vendor_rate_mode,
                    overage_price,
                };
                Ok(ValidPack {
                    service,
                    quantity,
                    terms,
                    visible: self.visible,
                    pays_more_than_it_earns: terms.vendor_cost(quantity) > price,
                })
            }
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// An amount from `least` to [`MAX_PRICE`]; less is `too_low`.
fn amount(text: &str, least: Cents, too_low: Problem) -> Result<Cents, Problem> {
    match text.parse::<Cents>() {
        Err(_) => Err(Problem::MoneyInvalid),
        Ok(price) if price < least => Err(too_low),
        Ok(price) if price > MAX_PRICE => Err(Problem::MoneyTooMuch),
        Ok(price) => Ok(price),
    }
}

impl PackTerms {
    /// What a fully used period of the pack costs in vendor payment.
    pub fn vendor_cost(&self, quantity: i64) -> Cents {
        match self.vendor_rate_mode {
            VendorRateMode::PerPack => self.vendor_payment,
            VendorRateMode::PerUnit => self.vendor_payment.times(quantity).unwrap_or(Cents(i64::MAX)),
        }
    }
}

/// PE8: price of one unit in a pack, rounded half up to the cent, for display only.
pub fn unit_price_shown(price: Cents, quantity: i64) -> Cents {
    if quantity <= 0 {
        Cents::ZERO
    } else {
        Cents((price.0 * 2 + quantity) / (quantity * 2))
    }
}

/// PE8: what a pack saves against single units, in whole percent rounded down; `None` below 1%.
pub fn saving_percent(price: Cents, quantity: i64, standard_unit: Cents) -> Option<i64> {
    let full = standard_unit.0.checked_mul(quantity)?;
    let percent = (full > price.0 && full > 0).then(|| (full - price.0).saturating_mul(100) / full);
    percent.filter(|percent| *percent > 0)
}

/// PE8: margin in tenths of a percent, rounded towards zero; `None` for a free pack.
pub fn margin_permille(price: Cents, vendor_cost: Cents) -> Option<i64> {
    (price.0 > 0).then(|| (price.0 - vendor_cost.0).saturating_mul(1_000) / price.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn form() -> PackForm {
        PackForm {
            service: "00000000-0000-4000-8000-000000000001".into(),
            quantity: "20".into(),
            price: "$400".into(),
            vendor_payment: "250".into(),
            vendor_rate_mode: "per_pack".into(),
            overage_price: "25".into(),
            visible: true,
        }
    }

    fn wrong(form: &PackForm) -> Vec<(String, Problem)> {
        match form.check() {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| (f.field, f.problem)).collect(),
            Ok(_) => Vec::new(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn pe1_a_whole_form() {
        let pack = form().check().unwrap();
        assert_eq!(pack.quantity, 20);
        assert_eq!(
            pack.terms,
            PackTerms {
                price: Cents(40_000),
                vendor_payment: Cents(25_000),
                vendor_rate_mode: VendorRateMode::PerPack,
                overage_price: Some(Cents(2_500)),
            }
        );
        assert!(pack.visible && !pack.pays_more_than_it_earns);
        let bare = PackForm {
            overage_price: " ".into(),
            vendor_payment: String::new(),
            ..form()
        }
        .check()
        .unwrap();
        assert_eq!(
            (bare.terms.overage_price, bare.terms.vendor_payment),
            (None, Cents::ZERO)
        );
    }

    #[test]
    fn pe2_every_wrong_field_is_named_in_the_forms_order() {
        let form = PackForm {
            vendor_payment: "x".into(),
            overage_price: "y".into(),
            ..PackForm::default()
        };
        let fields: Vec<_> = wrong(&form).into_iter().map(|(field, _)| field).collect();
        assert_eq!(
            fields,
            [
                "service",
                "quantity",
                "price",
                "vendor_payment",
                "vendor_rate_mode",
                "overage_price"
            ]
        );
    }

    #[rstest]
    #[case("1", true)]
    #[case("10000", true)]
    #[case("10,000", true)]
    #[case("0", false)]
    #[case("10001", false)]
    #[case("-1", false)]
    #[case("1.5", false)]
    #[case("1,5", false)]
    #[case("2 0", false)]
    #[case("", false)]
    fn pe1_quantity(#[case] quantity: &str, #[case] good: bool) {
        let expected = if good {
            vec![]
        } else {
            vec![("quantity".to_owned(), Problem::PackQuantityInvalid)]
        };
        assert_eq!(
            wrong(&PackForm {
                quantity: quantity.into(),
                ..form()
            }),
            expected
        );
    }

    #[rstest]
    #[case("price", "0.50", None)]
    #[case("price", "0.49", Some(Problem::PackPriceTooLow))]
    #[case("price", "0", Some(Problem::PackPriceTooLow))]
    #[case("price", "-5", Some(Problem::PackPriceTooLow))]
    #[case("price", "1,5", Some(Problem::MoneyInvalid))]
    #[case("price", "", Some(Problem::MoneyInvalid))]
    #[case("price", "999,999.99", None)]
    #[case("price", "1,000,000", Some(Problem::MoneyTooMuch))]
    #[case("vendor_payment", "0", None)]
    #[case("vendor_payment", "0.01", None)]
    #[case("vendor_payment", "-0.01", Some(Problem::MoneyInvalid))]
    #[case("overage_price", "0", None)]
    #[case("overage_price", "0.49", Some(Problem::MoneyZeroOrLeast))]
    #[case("overage_price", "0.50", None)]
    fn pe1_s16_amounts(#[case] field: &str, #[case] text: &str, #[case] problem: Option<Problem>) {
        let mut form = form();
        match field {
            "price" => form.price = text.into(),
            "vendor_payment" => form.vendor_payment = text.into(),
            _ => form.overage_price = text.into(),
        }
        assert_eq!(
            wrong(&form),
            problem.map(|p| (field.to_owned(), p)).into_iter().collect::<Vec<_>>()
        );
    }

    #[rstest]
    #[case("400", "per_pack", false)]
    #[case("400.01", "per_pack", true)]
    #[case("20", "per_unit", false)]
    #[case("20.01", "per_unit", true)]
    fn pe1_a_vendor_payment_above_the_price_saves_with_a_warning(
        #[case] payment: &str,
        #[case] mode: &str,
        #[case] warns: bool,
    ) {
        let form = PackForm {
            vendor_payment: payment.into(),
            vendor_rate_mode: mode.into(),
            ..form()
        };
        assert_eq!(form.check().unwrap().pays_more_than_it_earns, warns);
    }

    #[test]
    fn pe8_figures() {
        assert_eq!(unit_price_shown(Cents(40_000), 20), Cents(2_000));
        assert_eq!(unit_price_shown(Cents(100), 3), Cents(33));
        assert_eq!(unit_price_shown(Cents(101), 2), Cents(51));
        assert_eq!(unit_price_shown(Cents(101), 0), Cents(0));
        assert_eq!(saving_percent(Cents(40_000), 20, Cents(2_500)), Some(20));
        assert_eq!(saving_percent(Cents(49_999), 20, Cents(2_500)), None, "below 1%");
        assert_eq!(saving_percent(Cents(60_000), 20, Cents(2_500)), None);
        assert_eq!(saving_percent(Cents(60_000), 20, Cents(0)), None);
        assert_eq!(saving_percent(Cents(-100), 20, Cents(0)), None, "of nothing, nothing");
        assert_eq!(margin_permille(Cents(40_000), Cents(25_000)), Some(375));
        assert_eq!(margin_permille(Cents(40_000), Cents(50_000)), Some(-250));
        assert_eq!(margin_permille(Cents(0), Cents(50_000)), None);
        assert_eq!(
            PackLabel {
                quantity: 20,
                service: "Logo design".into()
            }
            .to_string(),
            "20 × Logo design"
        );
    }
}
