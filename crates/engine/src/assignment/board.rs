//! All vendors, what they offer, and the facts that decide who gets what.

use crate::OnConstraint;
use domain::{
    AppResult, PackLabel, VendorId,
    assignment::{
        PackFacts,
        capacity::{Coming, pace_permille, to_come},
    },
    payables::VendorTerms,
};
use std::collections::BTreeSet;
use store::{
    Tx,
    assignment::{self as rows, FactsRow, VendorRow},
    payables::terms::{self, OwnPaymentRow},
};

pub(super) fn label(quantity: i64, service: &str) -> String {
    PackLabel {
        quantity,
        service: service.to_owned(),
    }
    .to_string()
}

pub(super) fn pack_facts(row: &FactsRow) -> PackFacts {
    PackFacts {
        status: row.status,
        vendor: row.vendor_id,
        next: row.next_id,
        boundary: row.ends_at,
        cancel_at: row.cancel_at,
    }
}

/// AH6: what a pack still brings, in its period and in the next.
pub(super) fn coming(row: &FactsRow) -> Coming {
    let pace = pace_permille(&[(row.closed_used, row.closed_included)]);
    let goes_on = row.cancel_at.is_none_or(|end| end > row.ends_at);
    Coming {
        now: to_come(row.included_units - row.used_units, pace),
        next: if goes_on { to_come(row.included_units, pace) } else { 0 },
        boundary: row.ends_at,
    }
}

/// All vendors, what they offer and on which terms.
pub(crate) struct Board {
    pub(super) vendors: Vec<VendorRow>,
    offers: BTreeSet<(VendorId, domain::ServiceId)>,
    own: Vec<OwnPaymentRow>,
}

impl Board {
    pub(crate) async fn read(tx: &mut Tx) -> AppResult<Board> {
        let offers = terms::offers(tx).await.or_internal()?;
        Ok(Board {
            vendors: rows::vendors(tx).await.or_internal()?,
            offers: offers
                .into_iter()
                .map(|(vendor, service, _)| (vendor, service))
                .collect(),
            own: terms::own_payments(tx).await.or_internal()?,
        })
    }

    pub(crate) fn vendors(&self) -> &[VendorRow] {
        &self.vendors
    }

    pub(crate) fn vendor(&self, id: VendorId) -> Option<&VendorRow> {
        self.vendors.iter().find(|v| v.id == id)
    }

    pub(crate) fn name(&self, id: VendorId) -> &str {
        self.vendor(id).map_or("", |v| v.name.as_str())
    }

    /// Takes work, and work of this service.
    pub(crate) fn takes(&self, vendor: &VendorRow, service: domain::ServiceId) -> bool {
        vendor.active && (vendor.internal || self.offers.contains(&(vendor.id, service)))
    }

    pub(super) fn offers(&self, vendor: &VendorRow, row: &FactsRow) -> bool {
        self.takes(vendor, row.service_id)
    }

    /// VP1, TP4: what a vendor gets for a pack.
    pub(super) fn terms(&self, vendor: &VendorRow, row: &FactsRow) -> Option<VendorTerms> {
        if vendor.internal {
            return None;
        }
        let own = self
            .own
            .iter()
            .find(|o| o.vendor_id == vendor.id && o.pack_id == row.pack_id);
        Some(own.map_or(
            VendorTerms {
                payment: row.vendor_payment_cents,
                mode: row.vendor_rate_mode,
            },
            |own| VendorTerms {
                payment: own.payment_cents,
                mode: own.rate_mode,
            },
        ))
    }
}
