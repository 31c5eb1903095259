//! Mail by SMTP.

use super::config::Secret;
use async_trait::async_trait;
use engine::ports::{Delivery, Mailer, OutgoingMail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
};
use std::time::Duration;

/// The longest that one mail may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Hands mail to a server. Without TLS only where the address says `smtp://` to a machine that offers none.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

impl Smtp {
    /// From `SMTP_URL` and `MAIL_FROM`; nothing is sent yet.
    ///
    /// # Errors
    /// The address has parts that lettre does not know. The error does not repeat it.
    pub fn new(url: &Secret, from: &str) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url.0)
            .map_err(|_| anyhow::anyhow!("SMTP_URL: cannot be used as a mail server's address"))?
            .timeout(Some(TIMEOUT))
            .build();
        let from: Mailbox = from
            .parse()
            .map_err(|_| anyhow::anyhow!("MAIL_FROM: is no mail address"))?;
        let host = from.email.domain().to_owned();
        Ok(Smtp { transport, from, host })
    }

    fn message(&self, mail: &OutgoingMail) -> anyhow::Result<Message> {
        Ok(Message::builder()
            .from(self.from.clone())
            .to(mail.to.parse()?)
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .multipart(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()))?)
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &OutgoingMail) -> anyhow::Result<Delivery> {
        self.transport.send(self.message(mail)?).await?;
        Ok(Delivery::Sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_add_headers() {
        let smtp =
            Smtp::new(&Secret("smtp://localhost".into()), "Monthly Packs <packs@example.com>").expect("settings");
        let mail = OutgoingMail {
            to: "ana@example.com".into(),
            subject: "Hello\r\nBcc: everybody@example.com".into(),
            text: "t".into(),
            html: "h".into(),
            id: "1".into(),
        };
        let text = String::from_utf8(smtp.message(&mail).expect("a message").formatted()).expect("text");
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(text.contains("Message-ID: <1@example.com>"), "{text}");
    }
}
