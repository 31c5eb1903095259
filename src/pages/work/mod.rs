//! Requests: the form, the lists, one request, the queue, files.

pub mod files;
pub mod list;
pub mod queue;
pub mod request;
pub mod request_form;
