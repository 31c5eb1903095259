//! Requests from their draft to their delivery. Owns requests, their charge lines, events, messages, files with their previews, and deliveries; a
//! submission writes its use, and what that takes, together with its request (allowance owns those). May use assignment and what is below it. What must not be here: who may see or do what, but for the scope.

pub mod audience;
pub mod detail;
pub mod drafts;
pub mod files;
pub mod list;
pub mod previews;
pub(crate) mod proofs;
pub mod queue;
mod scope;
pub mod steps;
pub mod submissions;

pub use scope::Scope;
