//! Units: granted in batches, drawn, warned about and expired, in an append-only ledger (§8, §9, §11).
//!
//! Owns allowances, batches, uses, the ledger and the notices of thresholds. May use billing, catalogue, people and the kernel. What must not be
//! here: from which period or plan a batch comes, and what draws on it; a room above says that.
//!
//! A submission writes its use and its draws together with the request that they are for, in one statement of `work`; what is drawn from
//! which batch is decided by `domain`'s allowance there as well.

pub(crate) mod grants;
pub(crate) mod notices;
pub(crate) mod price;
