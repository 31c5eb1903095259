//! Requests from their draft to their delivery: the quote and the submission that takes units, the list, one request with its
//! thread, files and history, the steps of its life, and the queue (§9, §10, §32).
//!
//! Owns requests, their events, messages, files with their previews, and deliveries. May use assignment, payables and what is below them. What must
//! not be here: who may take which step, and how a request is cut (`domain`).

mod drafts;
mod files;
mod held;
mod jobs;
mod lane;
mod list;
mod previews;
mod queue;
mod quote;
mod request;
pub(crate) mod scope;
pub(crate) mod sniff;
mod steps;
mod stream;
mod submit;
mod tell;
mod thread;

pub use files::OpenFile;
pub use jobs::Job;
pub(crate) use lane::Lane;
pub use previews::OpenPreview;
pub(crate) use steps::Following;
