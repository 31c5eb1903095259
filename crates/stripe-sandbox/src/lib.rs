//! A stateful stand-in for Stripe, for tests, the demo and development.
