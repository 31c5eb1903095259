//! Mail by SMTP.

use super::config::Secret;
use async_trait::async_trait;
use engine::ports::{Delivery, MailError, Mailer, OutgoingMail};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};
use std::time::Duration;
use tokio::time::timeout;

/// The longest that the server may take for one answer, and for a connection with all of its greetings.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest that it may take for a mail. Together less than a job's claim holds.
const MAIL: Duration = Duration::from_secs(60);

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
            .timeout(Some(ANSWER))
            .build();
        let from: Mailbox = from
            .parse()
            .map_err(|_| anyhow::anyhow!("MAIL_FROM: is no mail address"))?;
        let host = from.email.domain().to_owned();
        Ok(Smtp { transport, from, host })
    }

    fn message(&self, mail: &OutgoingMail) -> anyhow::Result<Message> {
        let mut message = Message::builder();
        if let Some(address) = &mail.reply_to {
            message = message.reply_to(address.parse()?);
        }
        Ok(message
            .from(Mailbox::new(Some(mail.from.clone()), self.from.email.clone()))
            .to(mail.to.parse()?)
            .subject(mail.subject.clone())
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .multipart(body(mail)?)?)
    }
}

/// The text in both ways; the HTML with the picture that it shows.
fn body(mail: &OutgoingMail) -> anyhow::Result<MultiPart> {
    let Some(picture) = &mail.picture else {
        return Ok(MultiPart::alternative_plain_html(mail.text.clone(), mail.html.clone()));
    };
    let kind = if picture.starts_with(b"\xff\xd8\xff") {
        "image/jpeg"
    } else {
        "image/png"
    };
    let shown = Attachment::new_inline("picture".to_owned()).body(picture.to_vec(), ContentType::parse(kind)?);
    let html = MultiPart::related()
        .singlepart(SinglePart::html(mail.html.clone()))
        .singlepart(shown);
    Ok(MultiPart::alternative()
        .singlepart(SinglePart::plain(mail.text.clone()))
        .multipart(html))
}

#[async_trait]
impl Mailer for Smtp {
    async fn send(&self, mail: &OutgoingMail) -> Result<Delivery, MailError> {
        let not_taken = |error: &dyn std::fmt::Display| MailError::NotTaken(error.to_string());
        let message = self.message(mail).map_err(|error| not_taken(&error))?;
        // A connection first: what fails there has handed nothing over.
        match timeout(ANSWER, self.transport.test_connection()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => return Err(not_taken(&"the mail server does not answer")),
            Ok(Err(error)) => return Err(not_taken(&error)),
            Err(late) => return Err(not_taken(&late)),
        }
        match timeout(MAIL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(Delivery::Sent),
            Ok(Err(error)) if error.is_transient() || error.is_permanent() || error.is_client() => {
                Err(not_taken(&error))
            }
            Ok(Err(error)) => Err(MailError::Unknown(error.to_string())),
            Err(late) => Err(MailError::Unknown(late.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
        net::{TcpListener, TcpStream},
    };

    /// Ends a mail with `last`, or hangs up where there is none.
    async fn converse(mut stream: BufReader<TcpStream>, last: Option<&'static str>) -> std::io::Result<()> {
        stream.write_all(b"220 here\r\n").await?;
        let (mut line, mut in_mail) = (String::new(), false);
        while stream.read_line(&mut line).await? > 0 {
            let answer = match line.trim_end() {
                "." => {
                    in_mail = false;
                    let Some(last) = last else { return Ok(()) };
                    last
                }
                _ if in_mail => "",
                "DATA" => {
                    in_mail = true;
                    "354 go on\r\n"
                }
                _ => "250 yes\r\n",
            };
            stream.write_all(answer.as_bytes()).await?;
            line.clear();
        }
        Ok(())
    }

    /// A mail server that [`converse`]s.
    async fn server(last: Option<&'static str>) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(BufReader::new(stream), last));
            }
        });
        at(port)
    }

    fn at(port: u16) -> Smtp {
        let url = Secret(format!("smtp://127.0.0.1:{port}"));
        Smtp::new(&url, "Monthly Packs <packs@example.com>").expect("settings")
    }

    fn a_mail() -> OutgoingMail {
        OutgoingMail {
            to: "ana@example.com".into(),
            from: "Tri-POD".into(),
            reply_to: None,
            subject: "Hello".into(),
            text: "t".into(),
            html: "h".into(),
            id: "1".into(),
            picture: None,
        }
    }

    /// F11: only what the server has certainly not taken may be sent again.
    #[tokio::test]
    async fn f11_what_became_of_a_mail_is_known_or_said_to_be_unknown() {
        let taken = server(Some("250 taken\r\n")).await.send(&a_mail()).await;
        assert_eq!(taken, Ok(Delivery::Sent));
        let refused = server(Some("451 later\r\n")).await.send(&a_mail()).await;
        assert!(matches!(refused, Err(MailError::NotTaken(_))), "{refused:?}");
        let silent = server(None).await.send(&a_mail()).await;
        assert!(matches!(silent, Err(MailError::Unknown(_))), "{silent:?}");
        let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = nobody.local_addr().expect("an address").port();
        drop(nobody);
        let nobody = at(port).send(&a_mail()).await;
        assert!(matches!(nobody, Err(MailError::NotTaken(_))), "{nobody:?}");
    }

    /// §24: the mail of a delivery shows the design itself, without anything that is fetched from elsewhere.
    #[tokio::test]
    async fn s24_a_picture_goes_along_with_the_html_that_shows_it() {
        let mut mail = a_mail();
        mail.html = "<img src=\"cid:picture\">".into();
        mail.picture = Some(bytes::Bytes::from_static(b"\xff\xd8\xff\xe0 and so on"));
        let smtp =
            Smtp::new(&Secret("smtp://localhost".into()), "Monthly Packs <packs@example.com>").expect("settings");
        let text = String::from_utf8(smtp.message(&mail).expect("a message").formatted()).expect("text");
        for part in [
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "Content-Type: image/jpeg",
            "Content-ID: <picture>",
            "Content-Disposition: inline",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[tokio::test]
    async fn a_subject_cannot_add_headers() {
        let smtp =
            Smtp::new(&Secret("smtp://localhost".into()), "Monthly Packs <packs@example.com>").expect("settings");
        let mail = OutgoingMail {
            to: "ana@example.com".into(),
            from: "Tri-POD".into(),
            reply_to: None,
            subject: "Hello\r\nBcc: everybody@example.com".into(),
            text: "t".into(),
            html: "h".into(),
            id: "1".into(),
            picture: None,
        };
        let text = String::from_utf8(smtp.message(&mail).expect("a message").formatted()).expect("text");
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(!text.contains("Reply-To:"), "{text}");
        assert!(text.contains("Message-ID: <1@example.com>"), "{text}");
    }

    #[tokio::test]
    async fn s24_a_mail_is_from_the_agency_and_answers_go_where_it_says() {
        let smtp =
            Smtp::new(&Secret("smtp://localhost".into()), "Monthly Packs <packs@example.com>").expect("settings");
        let mail = OutgoingMail {
            from: "Acme, \"Studio\"".into(),
            reply_to: Some("hello@acme.test".into()),
            ..a_mail()
        };
        let text = String::from_utf8(smtp.message(&mail).expect("a message").formatted()).expect("text");
        let from = text.lines().find(|line| line.starts_with("From:")).expect("a sender");
        // A name with marks of the header's own is written in base 64.
        assert!(
            from.ends_with("=?utf-8?b?QWNtZSwgIlN0dWRpbyI=?= <packs@example.com>"),
            "{from}"
        );
        assert!(text.contains("Reply-To: hello@acme.test"), "{text}");
    }
}
