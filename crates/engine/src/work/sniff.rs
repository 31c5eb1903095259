//! RQ9: what the first bytes of a file say about its type.
//!
//! `infer` knows the signatures; it is asked for the type that the name promises and no other, since some files are of two
//! (a zip whose first entry is `word/` is a document as well).

use domain::work::file::FileName;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// The media type under which a file is kept, where `head`, its first bytes, is what its name promises.
pub(crate) fn media_type(name: &FileName, head: &[u8]) -> Option<&'static str> {
    let is = |types: &[&str]| types.iter().any(|kind| infer::is(head, kind));
    let begins = |marks: &[&[u8]]| marks.iter().any(|mark| head.starts_with(mark));
    let fits = match name.extension {
        "jpg" | "jpeg" => is(&["jpg"]),
        // Camera raws begin like these and are sent by their own names; BigTIFF is a TIFF too.
        "tif" | "tiff" => begins(&[b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]),
        // Either name may hold either kind of outlines.
        "ttf" | "otf" => begins(&[b"\0\x01\0\0", b"OTTO", b"true", b"ttcf"]),
        "woff2" => begins(&[b"wOF2"]),
        "ai" => is(&["pdf", "ps"]),
        // Beside the text there is a form with a preview before it.
        "eps" => is(&["ps"]) || begins(&[b"\xC5\xD0\xD3\xC6"]),
        "mp4" => film(head),
        "mov" => {
            film(head)
                || [b"moov", b"mdat", b"wide", b"free", b"skip"]
                    .map(Some)
                    .contains(&box_of(head))
        }
        "heic" | "heif" => PHOTOS.map(Some).contains(&brand(head)),
        "svg" => text(head).is_some_and(|(text, _)| text.to_ascii_lowercase().contains("<svg")),
        "txt" => return text(head).map(|(_, utf8)| if utf8 { name.media_type } else { "text/plain" }),
        other => is(&[other]),
    };
    fits.then_some(name.media_type)
}

/// Brands of photographs in the container of films.
const PHOTOS: [&[u8; 4]; 8] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"];

/// The name of the first box of a container of films.
fn box_of(head: &[u8]) -> Option<&[u8; 4]> {
    head.get(4..8)?.try_into().ok()
}

fn brand(head: &[u8]) -> Option<&[u8; 4]> {
    box_of(head).filter(|name| *name == b"ftyp")?;
    head.get(8..12)?.try_into().ok()
}

fn film(head: &[u8]) -> bool {
    brand(head).is_some_and(|brand| !PHOTOS.contains(&brand) && brand != b"avif" && brand != b"avis")
}

/// The head as text, if it is some, and whether it is UTF-8; a character may be cut off at its end. What is neither UTF-8 nor
/// says by its first bytes what else it is, is the Latin-1 of Windows, as browsers take it.
fn text(head: &[u8]) -> Option<(String, bool)> {
    let (encoding, mark) = Encoding::for_bom(head).unwrap_or((UTF_8, 0));
    let body = &head[mark..];
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(decoder.max_utf8_buffer_length(body.len())?);
    let (_, _, broken) = decoder.decode_to_string(body, &mut text, false);
    let utf8 = encoding == UTF_8 && !broken;
    let text = match broken {
        false => text,
        true if encoding == UTF_8 && mark == 0 => WINDOWS_1252.decode_without_bom_handling(body).0.into_owned(),
        true => return None,
    };
    let written = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\u{c}' | '\r');
    text.chars().all(written).then_some((text, utf8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::work::file::{TYPES, clean_name};
    use proptest::prelude::*;

    fn fits(extension: &str, head: &[u8]) -> Option<&'static str> {
        media_type(&clean_name(&format!("name.{extension}")).unwrap(), head)
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn rq9_the_first_bytes_must_be_what_the_name_promises() {
        let illustrator = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!DOCTYPE svg PUBLIC \"-//W3C//DTD SVG 1.1//EN\" \
                           \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\" [\n\t<!ENTITY ns_svg \
                           \"http://www.w3.org/2000/svg\">\n]>\n<svg version=\"1.1\">";
        let good: &[(&str, &[u8])] = &[
            ("png", b"\x89PNG\r\n\x1a\n rest"),
            ("jpg", b"\xff\xd8\xff\xe0 rest"),
            ("jpeg", b"\xff\xd8\xff\xe0 rest"),
            ("gif", b"GIF89a rest"),
            ("webp", b"RIFF\x10\x00\x00\x00WEBPVP8 "),
            ("pdf", b"%PDF-1.7 rest"),
            ("pdf", b"\xef\xbb\xbf%PDF-1.7 rest"),
            ("pdf", b"\r\n\r\n%PDF-1.4 rest"),
            ("ai", b"%PDF-1.5 rest"),
            ("ai", b"%!PS-Adobe-3.0"),
            ("eps", b"%!PS-Adobe-3.0 EPSF-3.0"),
            ("eps", b"\xc5\xd0\xd3\xc6\x1e\x00\x00\x00"),
            ("psd", b"8BPS\x00\x01 rest"),
            ("zip", b"PK\x03\x04 rest"),
            // The last bytes of an archive that holds nothing are its first; one in parts begins with their number.
            ("zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ("zip", b"PK\x07\x08 rest"),
            ("ttf", b"\x00\x01\x00\x00\x00\x0f"),
            ("ttf", b"OTTO\x00\x0f"),
            ("ttf", b"true\x00\x0f"),
            ("otf", b"OTTO\x00\x0f"),
            ("otf", b"\x00\x01\x00\x00\x00\x0f"),
            ("woff2", b"wOF2\x00\x01\x00\x00 rest"),
            ("mp4", b"\x00\x00\x00\x18ftypmp42 rest"),
            ("mp4", b"\x00\x00\x00\x18ftypiso8 rest"),
            ("mov", b"\x00\x00\x00\x14ftypqt   rest"),
            ("mov", b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat"),
            ("heic", b"\x00\x00\x00\x28ftypheic\0\0\0\0mif1"),
            ("heif", b"\x00\x00\x00\x28ftypmif1\0\0\0\0mif1heic"),
            ("tif", b"II*\x00\x08\x00\x00\x00\x0e\x00\x00"),
            ("tif", b"MM\x00*\x00\x00\x00\x08CR"),
            ("tiff", b"II+\x00\x08\x00\x00\x00"),
            (
                "svg",
                b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            ),
            ("svg", b"<svg/>"),
            ("svg", b"\xef\xbb\xbf<svg/>"),
            ("svg", illustrator.as_bytes()),
            (
                "svg",
                &utf16("<?xml version=\"1.0\" encoding=\"UTF-16\"?><svg/>", false),
            ),
            ("svg", &utf16("<svg/>", true)),
            (
                "svg",
                b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><!-- gr\xfc\xdfe --><svg/>",
            ),
            ("txt", b"BMW: in blue"),
            ("txt", b"<b>bold</b>, said the client"),
            ("txt", b"<!doctype html>"),
        ];
        for (extension, head) in good {
            let kept = TYPES
                .iter()
                .find(|(known, _)| known == extension)
                .map(|(_, kind)| *kind);
            assert_eq!(fits(extension, head), kept, "{extension} {head:?}");
        }
        let bad: &[(&str, &[u8])] = &[
            ("png", b"<html>"),
            ("png", b"GIF89a rest"),
            ("jpg", b"MZ\x90\x00"),
            ("pdf", b"<!doctype html>"),
            ("zip", b"%PDF-1.7"),
            ("txt", b"\x00\x01\x02"),
            ("txt", b"\xff\xfe\x00\x00"),
            ("txt", b"\x89PNG\r\n\x1a\n"),
            ("svg", b"<html>"),
            ("svg", b"\x89PNG\r\n\x1a\n<svg"),
            ("mp4", b"not a film at all"),
            ("mp4", b"\x00\x00\x00\x28ftypheic\0\0\0\0mif1"),
            ("heic", b"\x00\x00\x00\x18ftypmp42 rest"),
            ("heic", b"\xff\xd8\xff\xe0 rest"),
        ];
        for (extension, head) in bad {
            assert_eq!(fits(extension, head), None, "{extension} {head:?}");
        }
        for (extension, _) in TYPES {
            assert!(good.iter().any(|(tested, _)| tested == extension), "{extension}");
        }
    }

    #[test]
    fn rq9_text_is_text_in_whatever_encoding() {
        let utf8 = Some("text/plain; charset=utf-8");
        assert_eq!(fits("txt", "gr\u{fc}\u{df}e".as_bytes()), utf8);
        assert_eq!(fits("txt", b"\xef\xbb\xbfwith a mark"), utf8);
        assert_eq!(fits("txt", b"cut off \xc3"), utf8);
        assert_eq!(fits("txt", b""), utf8);
        for head in [
            b"gr\xfc\xdfe".to_vec(),
            utf16("gr\u{fc}\u{df}e", false),
            utf16("\u{6771}", true),
        ] {
            assert_eq!(fits("txt", &head), Some("text/plain"), "{head:?}");
        }
    }

    proptest! {
        #[test]
        fn rq9_an_archive_is_one_whatever_is_in_it(rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            for first in [&b""[..], b"word/", b"xl/workbook.xml", b"ppt/", b"META-INF/", b"mimetype"] {
                let head = [b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x0f\0\0\0", first, &rest].concat();
                prop_assert_eq!(fits("zip", &head), Some("application/zip"));
            }
        }

        #[test]
        fn rq9_no_bytes_are_too_much(head in proptest::collection::vec(any::<u8>(), 0..300)) {
            for (extension, _) in TYPES {
                let _ = fits(extension, &head);
            }
        }
    }
}
