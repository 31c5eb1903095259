//! Thumbnails and previews of what clients, designers and vendors send each other (RQ9).
//!
//! The files come from strangers, and what reads them is large. So none of it runs in the server: each file is drawn by a
//! process of its own, which may use only so much memory and time, and has nothing but the file. Whatever goes wrong in it
//! ends that process and nothing else.
//!
//! * [`render`] for the server: starts the process, feeds it, and reads its answer
//! * [`child`] for that process: the program's hidden subcommand calls [`child::main_of_child`] before it does anything else
//!
//! Bitmaps, Photoshop's own picture of all layers, SVG, and the first page of PDF files (Illustrator's are PDF inside).
//!
//! What must not be here: which file has a preview, where previews are kept, who may see them.

pub mod child;
mod parent;
mod words;

pub use parent::{RenderError, render};

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a file is read. What the file itself says does not count: a file of another kind is refused as damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of animated ones, the picture that is shown where animation is not known.
    Png,
    /// Turned as its EXIF says.
    Jpeg,
    /// Its first frame.
    Gif,
    /// Of animated ones, the first frame.
    Webp,
    /// Its first picture.
    Tiff,
    /// Without compression as a rule.
    Bmp,
    /// Drawn in the size of the preview. Nothing outside of the file is read for it, except fonts.
    Svg,
    /// Its first page, drawn in the size of the preview on white. Illustrator's files as well.
    Pdf,
    /// The picture of all layers together that Photoshop adds to its files.
    Psd,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 9] = [
        Kind::Png,
        Kind::Jpeg,
        Kind::Gif,
        Kind::Webp,
        Kind::Tiff,
        Kind::Bmp,
        Kind::Svg,
        Kind::Pdf,
        Kind::Psd,
    ];

    /// Its name, which does not change: "png".
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Png => "png",
            Kind::Jpeg => "jpeg",
            Kind::Gif => "gif",
            Kind::Webp => "webp",
            Kind::Tiff => "tiff",
            Kind::Bmp => "bmp",
            Kind::Svg => "svg",
            Kind::Pdf => "pdf",
            Kind::Psd => "psd",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What one file may cost, and how large its pictures become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Pixels of a bitmap, width × height, by what its header says.
    pub pixels: u64,
    /// Pixels of a bitmap's longer side, by what its header says.
    pub side: u32,
    /// Bytes of memory that the process may ask for, over its program and its stack.
    pub memory: u64,
    /// Seconds of processor time.
    pub processor: u64,
    /// From the start of the process to its answer, the reading of the file included.
    pub wall: Duration,
    /// Pixels of the thumbnail's longer side.
    pub thumbnail: u32,
    /// Pixels of the preview's longer side.
    pub preview: u32,
}

impl Default for Limits {
    /// Of a print file of 4500 × 5400 px, a PNG of 16 bits a channel asks for 325 MiB, and a PDF around one of 8 bits for 465:
    /// it is unpacked, and converted, in one piece. About half of that is really used.
    fn default() -> Self {
        Limits {
            bytes: 50 * 1024 * 1024,
            pixels: 80_000_000,
            side: 20_000,
            memory: 512 * 1024 * 1024,
            processor: 20,
            wall: Duration::from_secs(30),
            thumbnail: 320,
            preview: 1600,
        }
    }
}

/// How a picture is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Media {
    /// Of what is opaque.
    Jpeg,
    /// Of what can be seen through.
    Png,
}

impl Media {
    /// "image/jpeg".
    pub const fn media_type(self) -> &'static str {
        match self {
            Media::Jpeg => "image/jpeg",
            Media::Png => "image/png",
        }
    }

    /// What every such picture begins with.
    const fn signature(self) -> &'static [u8] {
        match self {
            Media::Jpeg => b"\xff\xd8\xff",
            Media::Png => b"\x89PNG\r\n\x1a\n",
        }
    }
}

/// An encoded picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// How it is encoded.
    pub media: Media,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What was drawn of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// Of the file, as it is shown, that is after turning: pixels; of PDF, points; of SVG, its own units.
    pub width: u32,
    /// As the width.
    pub height: u32,
    /// Something behind it would be seen. A PDF has white paper behind it.
    pub see_through: bool,
    /// Within [`Limits::thumbnail`]; a bitmap is not enlarged.
    pub thumbnail: Picture,
    /// Within [`Limits::preview`]; a bitmap is not enlarged.
    pub preview: Picture,
}

/// Why a file was not drawn. All of them are about the file: trying again would not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// More bytes or pixels than are drawn.
    #[error("too large")]
    TooLarge,
    /// It is not what it was said to be, or broken.
    #[error("damaged")]
    Damaged,
    /// Of a kind that is drawn, but with something in it that is not.
    #[error("not supported")]
    NotSupported,
    /// It took more memory or time than one file may.
    #[error("out of limits")]
    Limits,
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn rq9_a_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("zip"), None);
    }
}
