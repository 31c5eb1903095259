//! Previews of files (RQ9): of which files there are any, in which sizes, and how far the making of them is.

crate::words! {
    /// How far a file's preview is.
    pub enum PreviewState {
        /// It is to be made.
        Waiting = "waiting",
        /// It is there, in all sizes.
        Made = "made",
        /// There is none, and there will be none: the file is damaged, too large, or of a kind that cannot be drawn.
        None = "none",
    }
}

crate::words! {
    /// The sizes in which a preview is kept. A file that is smaller is not enlarged.
    pub enum PreviewSize {
        /// For rows and tiles: within 320 × 320 px.
        Thumbnail = "thumbnail",
        /// To be looked at: within 1600 × 1600 px.
        Large = "large",
    }
}

/// The media types (of [`super::file::TYPES`]) of which there are previews. Of a drawing all of it is shown, of what has pages or
/// frames the first; Illustrator's files are PDF inside as a rule.
pub const DRAWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/tiff",
    "image/svg+xml",
    "application/pdf",
    "application/postscript",
    "image/vnd.adobe.photoshop",
];

/// Whether a file of this media type has a preview.
pub fn is_drawn(media_type: &str) -> bool {
    DRAWN.contains(&media_type)
}

/// Where the bytes of a preview are, beside those of its file.
pub fn object_key(file: &str, size: PreviewSize) -> String {
    format!("{file}.{size}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::file::TYPES;

    #[test]
    fn rq9_every_type_is_drawn_or_is_known_to_have_no_preview() {
        let none: Vec<&str> = TYPES
            .iter()
            .filter(|(_, kind)| !is_drawn(kind))
            .map(|(extension, _)| *extension)
            .collect();
        assert_eq!(
            none,
            ["heic", "heif", "zip", "ttf", "otf", "woff2", "mp4", "mov", "txt"]
        );
        for drawn in DRAWN {
            assert!(TYPES.iter().any(|(_, kind)| kind == drawn), "{drawn}");
        }
    }

    #[test]
    fn rq9_a_preview_has_a_key_of_its_own() {
        let keys = PreviewSize::ALL.iter().map(|size| object_key("requests/1/2", *size));
        assert_eq!(
            keys.collect::<Vec<_>>(),
            ["requests/1/2.thumbnail", "requests/1/2.large"]
        );
    }
}
