//! How a file is drawn.

use crate::kernel::ports::FileBytes;
use async_trait::async_trait;

/// A picture as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// "image/jpeg".
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: bytes::Bytes,
}

/// What was drawn of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Of the file, in pixels; of what has none, in its own units.
    pub width: u32,
    /// Of the file, in pixels; of what has none, in its own units.
    pub height: u32,
    /// Something behind it would be seen.
    pub see_through: bool,
    /// For rows and tiles.
    pub thumbnail: Picture,
    /// To be looked at.
    pub large: Picture,
}

/// Why nothing was drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPreview {
    /// More bytes or pixels than are drawn.
    #[error("too large")]
    TooLarge,
    /// It is not what it says, or broken.
    #[error("damaged")]
    Damaged,
    /// A kind of file that nobody here draws.
    #[error("not supported")]
    NotSupported,
    /// It took more memory or time than one file may.
    #[error("out of bounds")]
    OutOfBounds,
    /// Nothing is wrong with the file: it could not be read, or not be drawn now. Tried again.
    #[error("failed: {0}")]
    Failed(String),
}

/// Draws files (RQ9). They come from strangers: whoever implements it does so where nothing else can be harmed.
#[async_trait]
pub trait Previews: Send + Sync {
    /// Draws a file of a media type, whose bytes come as they are asked for.
    ///
    /// # Errors
    /// [`NoPreview`] says whether trying again could help.
    async fn draw(&self, media_type: &str, bytes: FileBytes<'static>) -> Result<Preview, NoPreview>;
}

/// Draws the same of everything: for tests.
#[derive(Debug, Default)]
pub struct SamePreview {
    /// What it says instead, from now on.
    refuses: std::sync::Mutex<Option<NoPreview>>,
}

impl SamePreview {
    /// From now on it draws nothing, and why; or draws again.
    pub fn refuse(&self, why: Option<NoPreview>) {
        *self.refuses.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = why;
    }
}

#[async_trait]
impl Previews for SamePreview {
    async fn draw(&self, media_type: &str, mut bytes: FileBytes<'static>) -> Result<Preview, NoPreview> {
        use futures::TryStreamExt as _;
        let refuses = self
            .refuses
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone();
        if let Some(why) = refuses {
            return Err(why);
        }
        while let Some(_chunk) = bytes
            .try_next()
            .await
            .map_err(|error| NoPreview::Failed(error.to_string()))?
        {}
        let picture = |size: &str| Picture {
            media_type: "image/png",
            bytes: format!("{size} of {media_type}").into_bytes().into(),
        };
        Ok(Preview {
            width: 640,
            height: 480,
            see_through: media_type == "image/svg+xml",
            thumbnail: picture("thumbnail"),
            large: picture("large"),
        })
    }
}
