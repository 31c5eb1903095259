//! Files of requests (RQ9): how large, of which types, and by which name they are kept.

use crate::{error::Problem, text::unseen};

/// Bytes of one file, at most.
pub const MAX_BYTES: u64 = 50 * 1024 * 1024;

/// Files of one upload, at most.
pub const MAX_AT_ONCE: usize = 10;

/// Files of one version, and attachments of one request, at most.
pub const MAX_OF_VERSION: i64 = 50;

/// Bytes of all attachments of a client, at most. What is delivered is not counted: the work must be able to come back.
pub const MAX_OF_CLIENT: i64 = 20 * 1024 * 1024 * 1024;

/// Characters of a name, at most.
const MAX_NAME: usize = 120;

/// What a design agency and its clients send each other: extension and media type. Nothing that a browser would run.
pub const TYPES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("heif", "image/heif"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("svg", "image/svg+xml"),
    ("pdf", "application/pdf"),
    ("ai", "application/postscript"),
    ("eps", "application/postscript"),
    ("psd", "image/vnd.adobe.photoshop"),
    ("zip", "application/zip"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("woff2", "font/woff2"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("txt", "text/plain; charset=utf-8"),
];

/// For the attribute `accept` of a file field.
pub const ACCEPT: &str =
    ".png,.jpg,.jpeg,.gif,.webp,.heic,.heif,.tif,.tiff,.svg,.pdf,.ai,.eps,.psd,.zip,.ttf,.otf,.woff2,.mp4,.mov,.txt";

/// A name that can be kept and shown, and the type that it promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// "logo final.png".
    pub name: String,
    /// "png".
    pub extension: &'static str,
    /// "image/png".
    pub media_type: &'static str,
}

/// RQ9: cleans the name that a browser sent: the last part of a path, nothing that hides, reorders or leads elsewhere.
///
/// # Errors
/// [`Problem::FileType`] where its extension is none of [`TYPES`].
pub fn clean_name(sent: &str) -> Result<FileName, Problem> {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = last.chars().filter(|c| !unseen(*c)).map(|c| match c {
        '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
        c if c.is_whitespace() => ' ',
        c => c,
    });
    let shown: String = shown.collect();
    let shown = shown
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let refused = || Problem::FileType {
        name: shown.chars().take(MAX_NAME).collect(),
    };
    let (stem, extension) = shown.rsplit_once('.').ok_or_else(refused)?;
    let lower = extension.to_ascii_lowercase();
    let (extension, media_type) = TYPES.iter().find(|(known, _)| *known == lower).ok_or_else(refused)?;
    let stem = stem.trim_matches(['.', ' ']);
    let stem = if stem.is_empty() { "file" } else { stem };
    let stem: String = stem.chars().take(MAX_NAME - 1 - extension.len()).collect();
    Ok(FileName {
        name: format!("{}.{extension}", stem.trim_end_matches(['.', ' '])),
        extension,
        media_type,
    })
}

/// "12 KB", "3.4 MB", "1.2 GB": in thousands, as file managers show it.
pub fn size_words(bytes: i64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", (bytes + 500) / 1_000),
        _ => {
            let (unit, of) = if bytes < 1_000_000_000 {
                ("MB", 1_000_000)
            } else {
                ("GB", 1_000_000_000)
            };
            let tenths = (bytes + of / 20) / (of / 10);
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(sent: &str) -> String {
        clean_name(sent).unwrap().name
    }

    #[test]
    fn rq9_names_are_cleaned() {
        for (sent, kept) in [
            ("logo.png", "logo.png"),
            ("LOGO FINAL.PNG", "LOGO FINAL.png"),
            ("C:\\Users\\me\\logo.png", "logo.png"),
            ("../../etc/passwd.txt", "passwd.txt"),
            ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
            ("..png", "file.png"),
            (".png", "file.png"),
            ("evil\u{202e}gnp.svg", "evilgnp.svg"),
            ("schöner Entwurf №3.pdf", "schöner Entwurf №3.pdf"),
            ("a.tar.zip", "a.tar.zip"),
            ("\"quoted\"|*.txt", "_quoted___.txt"),
        ] {
            assert_eq!(name(sent), kept, "{sent:?}");
        }
        let long = format!("{}.jpeg", "é".repeat(300));
        assert_eq!(name(&long).chars().count(), MAX_NAME);
    }

    #[test]
    fn rq9_only_what_an_agency_needs_is_taken() {
        for sent in [
            "page.html",
            "page.htm",
            "x.js",
            "x.exe",
            "x.xhtml",
            "png",
            "",
            "x.",
            "x.png.html",
            "x.svgz",
            "x.php",
        ] {
            assert!(matches!(clean_name(sent), Err(Problem::FileType { .. })), "{sent:?}");
        }
        assert!(
            TYPES
                .iter()
                .all(|(_, media)| !media.contains("html") && !media.contains("javascript"))
        );
        let accept: Vec<String> = TYPES.iter().map(|(extension, _)| format!(".{extension}")).collect();
        assert_eq!(accept.join(","), ACCEPT);
    }

    #[test]
    fn rq9_sizes_in_words() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (12_499, "12 KB"),
            (3_449_999, "3.4 MB"),
            (52_428_800, "52.4 MB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
    }

    proptest! {
        #[test]
        fn rq9_whatever_is_sent_what_is_kept_is_a_plain_name(sent in ".{0,200}(\\.(png|PDF|svg|html|exe))?") {
            if let Ok(kept) = clean_name(&sent) {
                prop_assert!(kept.name.chars().count() <= MAX_NAME);
                prop_assert!(!kept.name.starts_with('.') && !kept.name.contains(['/', '\\', '"', '\r', '\n']));
                prop_assert!(!kept.name.chars().any(unseen));
                let end = format!(".{}", kept.extension);
                prop_assert!(kept.name.ends_with(&end));
                // What is kept is kept as it is.
                prop_assert_eq!(clean_name(&kept.name), Ok(kept));
            }
        }
    }
}
