//! What vendors are owed (§15): the report, a line, paying, a vendor's own pay slip.

pub mod line;
pub mod lines;
pub mod pay;
pub mod report;
pub mod slip;
mod to_pay;
pub mod vendor;

/// Where the report stands.
const PATH: &str = "/admin/reports/vendor-payments";
/// What the dialog shows, as a page.
const PAY: &str = "/admin/reports/vendor-payments/pay";
