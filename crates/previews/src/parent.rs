//! The server's side: starts the process, feeds it, and reads its answer. Nothing of the file is looked at here.

use crate::{Kind, Limits, Picture, Refusal, Rendered, child, words};
use std::{ffi::OsStr, io, path::Path, process::Stdio};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{ChildStdin, ChildStdout, Command},
    time::{Instant, timeout_at},
};

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Because of the file: it will be the same next time.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not because of the file: it could not be read to its end, or there was no process to draw it. Worth another try.
    #[error("the file could not be drawn now: {0}")]
    Failed(#[source] io::Error),
}

/// Draws a file (RQ9) in a process of its own. It is dead when this returns, and is ended where its future is dropped.
///
/// `program` with `args` must come to [`child::main_of_child`] with the words that are added here.
///
/// # Errors
/// [`RenderError`] says whether it was because of the file.
pub async fn render(
    program: &Path,
    args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    kind: Kind,
    file: impl AsyncRead + Unpin,
    limits: &Limits,
) -> Result<Rendered, RenderError> {
    let deadline = Instant::now() + limits.wall;
    let mut process = Command::new(program)
        .args(args)
        .args(words::write(kind, limits))
        // What is secret in the server's environment is none of its business.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(RenderError::Failed)?;
    let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
        return Err(RenderError::Failed(io::Error::other("no pipes to the process")));
    };
    // At once: neither side may wait for a full pipe of the other.
    let fed = async {
        let late = |_| Err(io::Error::new(io::ErrorKind::TimedOut, "the file did not come in time"));
        let fed = timeout_at(deadline, feed(file, stdin)).await;
        fed.unwrap_or_else(late).map_err(RenderError::Failed)
    };
    let read = async {
        let read = timeout_at(deadline, answer(stdout, most(limits))).await;
        read.unwrap_or(Err(Refusal::Limits.into()))
    };
    let ended = async {
        // The file first: where both are late, the process is because the file is.
        let ((), answer) = tokio::try_join!(biased; fed, read)?;
        let status = timeout_at(deadline, process.wait()).await;
        Ok((
            answer,
            status.map_err(|_| Refusal::Limits)?.map_err(RenderError::Failed)?,
        ))
    };
    let ended: Result<_, RenderError> = ended.await;
    if ended.is_err() {
        // Nobody waits for it any more.
        let _ = process.kill().await;
    }
    let (answer, status) = ended?;
    match status.code() {
        Some(0) => Ok(opened(&answer)?),
        Some(child::PANICKED) => Err(Refusal::Damaged.into()),
        Some(code) => {
            let words = format!("the process ended with {code}: it is not the one that was meant, or has no limits");
            Err(RenderError::Failed(io::Error::other(words)))
        }
        // The kernel ends it at the limit of processor time; the allocator and the guard of the stack end it themselves.
        None => Err(Refusal::Limits.into()),
    }
}

/// The longest answer: two pictures in which nothing could be compressed.
fn most(limits: &Limits) -> u64 {
    let pixels = |side: u32| u64::from(side).saturating_mul(u64::from(side));
    let both = pixels(limits.preview).saturating_add(pixels(limits.thumbnail));
    both.saturating_mul(5).saturating_add(64 * 1024)
}

async fn feed(mut file: impl AsyncRead + Unpin, mut stdin: ChildStdin) -> io::Result<()> {
    let mut part = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut part).await?;
        // Where it does not want more it has an answer, or is dead: either is found out at its other end.
        if read == 0 || stdin.write_all(&part[..read]).await.is_err() {
            return Ok(());
        }
    }
}

async fn answer(stdout: ChildStdout, most: u64) -> Result<Vec<u8>, RenderError> {
    let mut answer = Vec::new();
    let read = stdout.take(most + 1).read_to_end(&mut answer).await;
    match read.map_err(RenderError::Failed)? {
        read if read as u64 > most => Err(Refusal::Damaged.into()),
        _ => Ok(answer),
    }
}

/// What the process says is believed as far as that of a stranger: it has read a stranger's file.
fn opened(answer: &[u8]) -> Result<Rendered, Refusal> {
    let (said, rest) = postcard::take_from_bytes::<Result<Rendered, Refusal>>(answer).map_err(|_| Refusal::Damaged)?;
    let rendered = said?;
    let sound = |picture: &Picture| picture.bytes.starts_with(picture.media.signature());
    let all = rest.is_empty() && rendered.width > 0 && rendered.height > 0;
    if all && sound(&rendered.thumbnail) && sound(&rendered.preview) {
        Ok(rendered)
    } else {
        Err(Refusal::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Media;

    fn rendered() -> Rendered {
        let picture = |media: Media| Picture {
            media,
            bytes: [media.signature(), b"and so on"].concat(),
        };
        Rendered {
            width: 1,
            height: 1,
            see_through: false,
            thumbnail: picture(Media::Jpeg),
            preview: picture(Media::Png),
        }
    }

    fn told(answer: Result<Rendered, Refusal>) -> Vec<u8> {
        postcard::to_allocvec(&answer).unwrap()
    }

    #[test]
    fn rq9_an_answer_is_taken_as_it_was_given() {
        assert_eq!(opened(&told(Ok(rendered()))), Ok(rendered()));
        assert_eq!(opened(&told(Err(Refusal::TooLarge))), Err(Refusal::TooLarge));
    }

    #[test]
    fn rq9_an_answer_of_a_process_that_was_taken_over_is_not_believed() {
        let mut page = rendered();
        page.preview.bytes = b"<script>".to_vec();
        let mut flat = rendered();
        flat.height = 0;
        let mut longer = told(Ok(rendered()));
        longer.push(0);
        let whole = told(Ok(rendered()));
        for answer in [
            told(Ok(page)),
            told(Ok(flat)),
            longer,
            whole[..whole.len() - 1].to_vec(),
            Vec::new(),
        ] {
            assert_eq!(opened(&answer), Err(Refusal::Damaged));
        }
    }
}
