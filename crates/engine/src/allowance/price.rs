//! What a unit beyond an allowance costs (§16).

use domain::{Cents, Coverage, allowance::coverage::unit_price, facts::PriceSource};

/// §16: what one unit beyond a pack costs.
pub(crate) fn beyond_price(pack: Option<Cents>, client: Option<Cents>, service: Cents) -> Cents {
    let (price, _): (Cents, PriceSource) = unit_price(Coverage::Overage, pack, client, service);
    price
}
