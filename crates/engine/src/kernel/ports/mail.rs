//! Mail, as it leaves the house.

use async_trait::async_trait;

/// One mail, ready to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// The address.
    pub to: String,
    /// Whom it is from, in words: the agency's name.
    pub from: String,
    /// Where answers go, if not to where it is from.
    pub reply_to: Option<String>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// Our id of the mail, for the `Message-ID`.
    pub id: String,
    /// The bytes of a PNG or JPEG, which the HTML shows as `cid:picture`.
    pub picture: Option<bytes::Bytes>,
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Handed to the mail server.
    Sent,
    /// No server is set: kept and shown at `/admin/mail`.
    Kept,
}

/// Why it is not known to be delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The server has not taken it: it may be sent again.
    #[error("{0}")]
    NotTaken(String),
    /// It may have been taken: the server's answer to the whole mail did not come.
    #[error("{0}")]
    Unknown(String),
}

/// Where mail goes.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Sends one mail, in less time than a job's claim holds.
    ///
    /// # Errors
    /// [`MailError`] says whether it may be sent again.
    async fn send(&self, mail: &OutgoingMail) -> Result<Delivery, MailError>;
}

/// Keeps mail where it is: no server is set.
#[derive(Debug, Default)]
pub struct KeepMail;

#[async_trait]
impl Mailer for KeepMail {
    async fn send(&self, _mail: &OutgoingMail) -> Result<Delivery, MailError> {
        Ok(Delivery::Kept)
    }
}
