//! Subscriptions and their periods. Owns both. May use allowance and what is below it. What must not be here: what a state means;
//! that is `domain`'s.

mod moves;
mod periods;
pub(crate) mod proofs;
mod rows;
mod subscribers;
mod uses;

pub use moves::*;
pub use periods::*;
pub use rows::*;
pub use subscribers::*;
pub use uses::*;
