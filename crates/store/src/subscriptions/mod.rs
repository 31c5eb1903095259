//! Subscriptions, their periods and what these bill. Owns the three. May use allowance and what is below it. What must not be here:
//! what a state means; that is `domain`'s.

mod in_use;
mod moves;
mod periods;
pub(crate) mod proofs;
mod rows;
mod subscribers;

pub use in_use::*;
pub use moves::*;
pub use periods::*;
pub use rows::*;
pub use subscribers::*;
