//! How an [`AppError`] crosses the wire between the two halves of the app: as postcard, like everything else that crosses.
//!
//! The one trait implementation that the app cannot write itself, because neither the trait nor the type is its own.

use crate::AppError;
use server_fn::{
    codec::PostcardEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

impl FromServerFnError for AppError {
    type Encoder = PostcardEncoding;

    /// What the transport says never reaches a person: arguments that cannot be read are the caller's mistake and
    /// everything else is ours, both without a cause (invariant 6).
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => AppError::Invalid { fields: Vec::new() },
            ServerFnErrorErr::Request(_) => AppError::Unreachable,
            _ => AppError::Internal,
        }
    }
}
