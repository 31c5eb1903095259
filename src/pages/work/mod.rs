//! Requests: the form, the lists, one request, the queue, files and their pictures.

pub mod agree;
pub mod board;
pub mod files;
pub mod list;
pub mod pictures;
pub mod pins;
pub mod queue;
pub mod request;
pub mod request_form;
pub mod stream;
