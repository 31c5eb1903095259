//! People, clients and vendors as parties. Owns users, sessions, links, failed sign-ins, memberships, clients and vendors. May
//! use the kernel. What must not be here: who may see or change whom.

mod clients;
mod held;
mod links;
#[macro_use]
mod persons;
pub mod recipients;
mod sessions;
mod vendors;

pub use clients::*;
pub use held::*;
pub use links::*;
pub use persons::*;
pub use sessions::*;
pub use vendors::*;
