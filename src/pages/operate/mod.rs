//! The agency's home, and what runs behind it: webhooks, mail, integrity, the audit log; the interface kit.

pub mod audit;
pub mod home;
pub mod integrity;
pub mod kit;
pub mod mail;
pub mod webhooks;
