//! What goes beyond a pack, and whether the product can charge it.

use crate::{Cents, PaymentType};

/// Whose extra units are charged so far. For all others they only accrue.
const CHARGED: &[PaymentType] = &[];

/// E5: what nobody will be charged for is not sold where real money moves. In test mode it may be tried.
pub fn may_be_ordered(livemode: bool, payment_type: PaymentType, total: Cents) -> bool {
    !livemode || total <= Cents::ZERO || CHARGED.contains(&payment_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e5_real_money_is_promised_only_where_it_is_charged() {
        for payment_type in [PaymentType::PayAsYouGo, PaymentType::Monthly, PaymentType::Royalties] {
            assert!(may_be_ordered(true, payment_type, Cents::ZERO), "the pack covers it");
            assert!(may_be_ordered(false, payment_type, Cents(1)), "a test");
            let charged = CHARGED.contains(&payment_type);
            assert_eq!(may_be_ordered(true, payment_type, Cents(1)), charged);
        }
    }
}
