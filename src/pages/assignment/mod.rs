//! Who has which pack (§14).

pub mod assign;
pub mod list;
pub mod vendor_packs;
pub mod waiting;

use crate::components::Tab;

/// Where the list stands.
const PATH: &str = "/admin/assignments";
/// What the dialog shows, as a page.
const ASSIGN: &str = "/admin/assignments/assign";
/// The queue of requests without a vendor.
const REQUESTS: &str = "/admin/assignments/requests";

fn tabs(here: &str, waiting: i64) -> Vec<Tab> {
    vec![
        Tab::new(PATH, "Packs", here == PATH),
        Tab::new(REQUESTS, "Unassigned pack requests", here == REQUESTS).count(waiting),
    ]
}
