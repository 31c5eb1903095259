//! What is shown across rooms: the client's dashboard. May use every room before it. What must not be here: rules.

pub mod view;
