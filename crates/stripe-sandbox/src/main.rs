//! The standalone sandbox.
fn main() {}
