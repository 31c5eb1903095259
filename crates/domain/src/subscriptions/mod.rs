//! A subscription's states, its periods, and when new terms apply (§4, §6, PE5). May use allowance and what is below it. What must
//! not be here: who does a period's work.

mod leaving;
pub mod moving;
pub mod period;
mod slot;
mod state;
pub mod view;

pub use leaving::*;
pub use slot::*;
pub use state::*;
