//! People, clients and vendors as parties: who may sign in, who belongs where, and how they are called (§3, §25).
//!
//! Owns people, sessions, links, failed sign-ins, memberships, clients and vendors, and changes the agency's own row. Uses the kernel. What must not be here:
//! what a client pays or a vendor is paid, who does which work. Rooms above that mind where people work follow it
//! (`Follower`).

mod account;
mod agency;
mod clients;
pub(crate) mod follow;
mod held;
mod jobs;
mod log;
mod members;
pub mod password;
mod persons;
mod sign_in;
mod throttle;
pub(crate) mod vendors;

pub(crate) use agency::Drawing;
pub(crate) use follow::Followers;
pub use jobs::Job;
pub use sign_in::{DEMO_PASSWORD, DEMO_SIGN_INS, LinkKind, caller_of};
pub use throttle::source;
