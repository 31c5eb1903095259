//! Subscribing, and a client's subscriptions with how they are paid.

mod leave;
pub mod methods;
pub mod payment;
pub mod subscribe;
