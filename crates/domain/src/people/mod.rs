//! People, clients and vendors as parties: what their forms accept, which passwords, and what their pages show. May use the
//! kernel. What must not be here: what a vendor gets for its work.

mod forms;
mod last;
pub mod password;
mod query;
pub mod view;

pub use forms::*;
pub use last::leaves_nobody;
pub use query::*;
