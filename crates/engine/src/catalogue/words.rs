//! Words and small things that several pages of the catalogue share.

use crate::{Engine, OnConstraint, kernel::internal};
use domain::{AppError, AppResult, Cents, Currency, Instant, PackLabel, ServiceId, catalogue::pack::VendorRateMode};
use serde::Serialize;
use store::{
    Tx,
    catalogue::{self, PackRow, ServiceRow},
};

pub(crate) fn json(value: &impl Serialize) -> AppResult<String> {
    serde_json::to_string(value).map_err(internal)
}

pub(crate) fn label_of(row: &PackRow) -> PackLabel {
    PackLabel {
        quantity: row.quantity,
        service: row.service.clone(),
    }
}

/// "$25.00", or "Free".
pub(crate) fn price_words(price: Cents, currency: Currency) -> String {
    if price == Cents::ZERO {
        "Free".to_owned()
    } else {
        price.show(currency)
    }
}

impl Engine {
    /// "From Mar 28: $450 a month".
    pub(crate) fn move_words(&self, from: Instant, price: Cents) -> String {
        format!(
            "From {}: {} a month",
            self.zone().show_date_short(from),
            price.brief(self.currency())
        )
    }
}

/// "$120.00 per pack" or "$6.00 per unit".
pub(crate) fn vendor_words(payment: Cents, mode: VendorRateMode, currency: Currency) -> String {
    let per = match mode {
        VendorRateMode::PerPack => "per pack",
        VendorRateMode::PerUnit => "per unit",
    };
    format!("{} {per}", payment.show(currency))
}

/// "42.5%" for 425 tenths of a percent.
pub(crate) fn permille_words(permille: i64) -> String {
    let sign = if permille < 0 { "−" } else { "" };
    let all = permille.unsigned_abs();
    format!("{sign}{}.{}%", all / 10, all % 10)
}

pub(super) async fn service_of(tx: &mut Tx, id: ServiceId) -> AppResult<ServiceRow> {
    catalogue::service(tx, id)
        .await
        .or_internal()?
        .ok_or(AppError::NotFound)
}
