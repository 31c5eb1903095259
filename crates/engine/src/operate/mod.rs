//! What staff keep the house running with: the admin's home, the books' proofs and alarms, the inbox of events as a list, the
//! audit log, and mails (§26, §29, AH8).
//!
//! Owns what is decided about alarms. May use every room below. What must not be here: what an event or a job does.

mod alarms;
mod audit;
mod books;
mod events;
mod home;
mod mail;
