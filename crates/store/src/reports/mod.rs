//! What is read across rooms and shown together. Owns nothing and writes nothing. May use every room before it.

pub mod dashboard;
pub mod waiting;
