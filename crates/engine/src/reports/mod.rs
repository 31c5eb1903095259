//! What is read across rooms and shown together: the client's dashboard, a client's page for staff, the Pack Editor with a pack's subscribers,
//! and what waits for somebody (§2, §11, §20).
//!
//! Owns nothing and writes nothing; may use every room below. What must not be here: a figure that a room keeps itself.

mod client;
mod dashboard;
mod editor;
mod waiting;
