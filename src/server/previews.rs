//! Previews of files (RQ9): this program starts itself once more for each, with limits, and that process draws.
//!
//! What must not be here: what is drawn and how (the crate `previews`), and whose it is (the engine).

use async_trait::async_trait;
use engine::ports::{FileBytes, NoPreview, Picture, Preview, Previews};
use futures::TryStreamExt as _;
use previews::{Kind, Limits, Refusal, RenderError};
use std::{env, ffi::OsString, path::PathBuf, process::ExitCode};
use tokio_util::io::StreamReader;

/// The first word of the command line of a process that draws. Not a command for people.
const WORD: &str = "draw-preview";

/// Where this process was started to draw: draws, and how it ends. To be asked before anything else.
pub fn draws() -> Option<ExitCode> {
    let mut words = env::args_os().skip(1);
    let drawing = words.next() == Some(OsString::from(WORD));
    drawing.then(|| previews::child::main_of_child(words))
}

/// Draws in processes of their own.
#[derive(Debug)]
pub struct OwnProcess {
    program: PathBuf,
    limits: Limits,
}

impl OwnProcess {
    /// By this very program. Where the system knows it without a name it stays the same when its file is replaced by a newer one.
    ///
    /// # Errors
    /// Where it is unknown which one that is.
    pub fn new() -> std::io::Result<Self> {
        let itself = PathBuf::from("/proc/self/exe");
        Ok(Self::by(if itself.exists() { itself } else { env::current_exe()? }))
    }

    /// By a program whose first act is [`draws`].
    pub fn by(program: PathBuf) -> Self {
        OwnProcess {
            program,
            limits: Limits::default(),
        }
    }
}

#[async_trait]
impl Previews for OwnProcess {
    async fn draw(&self, media_type: &str, bytes: FileBytes<'static>) -> Result<Preview, NoPreview> {
        let kind = kind(media_type).ok_or(NoPreview::NotSupported)?;
        let file = StreamReader::new(bytes.map_err(std::io::Error::other));
        let drawn = previews::render(&self.program, [WORD], kind, Box::pin(file), &self.limits).await;
        match drawn {
            Ok(rendered) => Ok(Preview {
                width: rendered.width,
                height: rendered.height,
                see_through: rendered.see_through,
                thumbnail: picture(rendered.thumbnail),
                large: picture(rendered.preview),
            }),
            Err(RenderError::Failed(error)) => Err(NoPreview::Failed(error.to_string())),
            Err(RenderError::Refused(refusal)) => Err(match refusal {
                Refusal::TooLarge => NoPreview::TooLarge,
                Refusal::Damaged => NoPreview::Damaged,
                Refusal::NotSupported => NoPreview::NotSupported,
                Refusal::Limits => NoPreview::OutOfBounds,
            }),
        }
    }
}

fn picture(picture: previews::Picture) -> Picture {
    Picture {
        media_type: picture.media.media_type(),
        bytes: picture.bytes.into(),
    }
}

fn kind(media_type: &str) -> Option<Kind> {
    Some(match media_type {
        "image/png" => Kind::Png,
        "image/jpeg" => Kind::Jpeg,
        "image/gif" => Kind::Gif,
        "image/webp" => Kind::Webp,
        "image/tiff" => Kind::Tiff,
        "image/svg+xml" => Kind::Svg,
        "application/pdf" | "application/postscript" => Kind::Pdf,
        "image/vnd.adobe.photoshop" => Kind::Psd,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::work::{file::TYPES, preview::is_drawn};

    #[test]
    fn rq9_what_has_a_preview_is_of_a_kind_that_is_drawn() {
        for (extension, media_type) in TYPES {
            assert_eq!(kind(media_type).is_some(), is_drawn(media_type), "{extension}");
        }
    }
}
