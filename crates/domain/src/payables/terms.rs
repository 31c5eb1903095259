//! On which terms a vendor works: what it gets for a pack or a unit (VP1, VP3).

use crate::{
    AppError, AppResult, Cents, PackId,
    catalogue::pack::{MAX_PRICE, VendorRateMode},
    error::Problem,
    form::checked,
};
use serde::{Deserialize, Serialize};

/// What a vendor gets for a period (VP1): its own terms where it has any, else those of the pack's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorTerms {
    /// The amount.
    pub payment: Cents,
    /// For the pack or for each delivered unit.
    pub mode: VendorRateMode,
}

/// What a vendor gets for a pack instead of what the pack's version says (VP1), as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VendorPaymentForm {
    /// The pack's id.
    pub pack: String,
    /// The amount.
    pub payment: String,
    /// `per_pack` or `per_unit`.
    pub mode: String,
}

impl VendorPaymentForm {
    /// Names every wrong field.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<(PackId, VendorTerms)> {
        let mut wrong = Vec::new();
        let choice = |_| Problem::ChoiceInvalid;
        let pack = checked(
            &mut wrong,
            "pack",
            self.pack.parse().map_err(|_| Problem::ChoiceInvalid),
        );
        let payment = checked(&mut wrong, "payment", vendor_amount(&self.payment));
        let mode = checked(&mut wrong, "mode", self.mode.parse::<VendorRateMode>().map_err(choice));
        match (pack, payment, mode) {
            (Some(pack), Some(payment), Some(mode)) => Ok((pack, VendorTerms { payment, mode })),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// What a vendor is paid: any amount from nothing to what a price may be.
///
/// # Errors
/// What is wrong with it.
pub fn vendor_amount(text: &str) -> Result<Cents, Problem> {
    match text.trim() {
        "" => Err(Problem::Required),
        typed => match typed.parse::<Cents>() {
            Ok(amount) if amount < Cents::ZERO => Err(Problem::MoneyInvalid),
            Ok(amount) if amount > MAX_PRICE => Err(Problem::MoneyTooMuch),
            Ok(amount) => Ok(amount),
            Err(_) => Err(Problem::MoneyInvalid),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn fields<T: std::fmt::Debug>(result: AppResult<T>) -> Vec<String> {
        match result {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn vp1_a_vendors_own_terms_are_an_amount_and_how() {
        let form = VendorPaymentForm {
            pack: ID.into(),
            payment: "0".into(),
            mode: "per_unit".into(),
        };
        let (pack, terms) = form.check().unwrap();
        assert_eq!((pack.to_string().as_str(), terms.payment), (ID, Cents::ZERO));
        assert_eq!(terms.mode, VendorRateMode::PerUnit);
        assert_eq!(
            fields(VendorPaymentForm::default().check()),
            ["pack", "payment", "mode"]
        );
        assert_eq!(vendor_amount("-1"), Err(Problem::MoneyInvalid));
        assert_eq!(vendor_amount("1000000"), Err(Problem::MoneyTooMuch));
    }
}
