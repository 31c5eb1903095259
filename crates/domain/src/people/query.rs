//! How the lists of people and of clients are asked for.

use crate::kernel::list::list_query;

list_query! {
    /// The query string of `/admin/people`.
    pub struct PeopleQuery {
        /// Words in name, address or organisation.
        q,
        /// A role's word; empty: all.
        role,
        /// The key of the last row of the page before.
        after,
    }
}

list_query! {
    /// The query string of `/admin/clients`.
    pub struct ClientsQuery {
        /// Words in name or alias.
        q,
        /// A payment type's word; empty: all.
        payment,
        /// The key of the last row of the page before.
        after,
    }
}
