//! The gateway to Stripe, over async-stripe: the only crate that knows it.
//!
//! Requests are async-stripe's typed builders at its generated API version, so a misspelt parameter does not compile.
//! They are sent by `transport`, not by async-stripe's own client: that one hides the answer's headers, and
//! `Idempotent-Replayed` is what tells a stored 500 from a fresh one. Answers are read as JSON by `read`, field by
//! field, so that a field that we do not need can neither move nor vanish to our harm (WH6).
//!
//! * `StripeGateway` implements `engine::ports::Gateway`
//! * `webhook` signatures and the lenient envelope of an event
//!
//! What must not be here: rules of the product, retries (the engine's loop does them, with keys that it keeps), the
//! database, the time of day.

mod fields;
mod gateway;
mod read;
mod refusal;
mod transport;
pub mod webhook;

pub use gateway::StripeGateway;
pub use transport::{Config, ConfigError};

/// The version of Stripe's API that is sent with every request, and that webhook endpoints are made with.
pub const API_VERSION: stripe_shared::ApiVersion = stripe_shared::version::VERSION;

#[cfg(test)]
mod tests {
    /// WH6, TT2: everything here was written against one version of the API. When async-stripe moves to another one,
    /// the sandbox, its schemas and the readers of answers have to be looked at before this line is.
    #[test]
    fn wh6_the_api_version_has_not_drifted() {
        assert_eq!(super::API_VERSION.as_str(), "2026-09-30.endive");
    }
}
