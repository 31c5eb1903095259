//! How clients pay, as their pages show it. May use catalogue and what is below it. What must not be here: what is paid for.

pub mod view;
