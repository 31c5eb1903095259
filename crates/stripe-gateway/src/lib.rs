//! The gateway to Stripe, over async-stripe: the only crate that knows it.
