//! Whose requests a statement may see (RQ7).

use domain::{ClientId, VendorId};

/// Whose requests are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// One client's, drafts included.
    Client(ClientId),
    /// Those given to one vendor.
    Vendor(VendorId),
    /// All that were submitted.
    All,
}

impl Scope {
    pub(crate) fn id(self) -> String {
        match self {
            Scope::Client(id) => id.to_string(),
            Scope::Vendor(id) => id.to_string(),
            Scope::All => String::new(),
        }
    }

    /// RQ7. Uses `$1`.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Scope::Client(_) => "r.client_id = $1",
            Scope::Vendor(_) => "r.vendor_id = $1 and r.status not in ('draft', 'payment_pending', 'payment_failed')",
            Scope::All => "r.status <> 'draft' and $1 = ''",
        }
    }

    /// RQ9: which files of a request that it sees: the client what was delivered, a vendor what is of its own work.
    pub(crate) const fn files_sql(self) -> &'static str {
        match self {
            Scope::Client(_) => "(f.version = 0 or (f.vendor_id = r.vendor_id and f.delivered_at is not null))",
            Scope::Vendor(_) => "(f.version = 0 or f.vendor_id = r.vendor_id)",
            Scope::All => "true",
        }
    }
}
