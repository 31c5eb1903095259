//! Bitmaps that were made to do harm, and files that are none of what they say.

use crate::{
    build::{LONG, Psd, SHORT, Tiff, chunk, encoded, entry, pdf_page, png, quarters, zlib, zlib_of},
    drawn, ends, refused, refused_within, small,
    vectors::svg,
};
use image::{DynamicImage, ImageFormat};
use previews::{Kind, Limits, Refusal};

/// A sound file of each kind.
fn sound() -> Vec<(Kind, Vec<u8>)> {
    let image = || DynamicImage::ImageRgba8(quarters(60, 40));
    Kind::ALL
        .into_iter()
        .map(|kind| {
            let file = match kind {
                Kind::Png => encoded(image(), ImageFormat::Png),
                Kind::Jpeg => encoded(image().into_rgb8(), ImageFormat::Jpeg),
                Kind::Gif => encoded(image(), ImageFormat::Gif),
                Kind::Webp => encoded(image(), ImageFormat::WebP),
                Kind::Tiff => encoded(image(), ImageFormat::Tiff),
                Kind::Bmp => encoded(image(), ImageFormat::Bmp),
                Kind::Svg => svg("<rect width='10' height='10'/>"),
                Kind::Pdf => pdf_page("/MediaBox [0 0 60 40]", "0 0 10 10 re f", &[]),
                Kind::Psd => Psd::rgb(60, 40).plain(|x, y, _| (x + y) as u8),
            };
            (kind, file)
        })
        .collect()
}

#[test]
fn rq9_a_file_of_another_kind_is_damaged() {
    for (kind, file) in sound() {
        for other in Kind::ALL {
            if kind == other {
                drawn(kind, &file);
            } else {
                let refusal = refused(other, &file);
                // What is not text is not known to be no SVG: it could be one in another encoding.
                let expected = match other {
                    Kind::Svg if std::str::from_utf8(&file).is_err() => Refusal::NotSupported,
                    _ => Refusal::Damaged,
                };
                assert_eq!(refusal, expected, "{} as {}", kind.name(), other.name());
            }
        }
    }
}

#[test]
fn rq9_an_empty_file_is_damaged() {
    for kind in Kind::ALL {
        assert_eq!(refused(kind, b""), Refusal::Damaged, "{}", kind.name());
        assert_eq!(refused(kind, b" "), Refusal::Damaged, "{}", kind.name());
    }
}

#[test]
fn rq9_a_file_with_more_bytes_than_are_read_is_too_large() {
    let file = encoded(quarters(60, 40), ImageFormat::Bmp);
    let limits = |bytes| Limits { bytes, ..small() };
    let length = file.len() as u64;
    assert_eq!(refused_within(Kind::Bmp, &file, &limits(length - 1)), Refusal::TooLarge);
    assert!(ends(Kind::Bmp, &file, &limits(length)).is_ok());
    // Far more than a pipe holds: nobody waits for somebody to read it.
    assert_eq!(
        refused_within(Kind::Bmp, &vec![0; 8 << 20], &limits(1000)),
        Refusal::TooLarge
    );
}

/// Whatever is wrong with them, they end as files do, and never as a mistake of ours.
#[test]
fn rq9_files_with_wrong_bytes_end() {
    for (kind, file) in sound() {
        // Bytes from all over the file, each other ones.
        for step in 1..=8 {
            let mut broken = file.clone();
            for place in (step * 5..file.len()).step_by(file.len() / 6 + step) {
                broken[place] ^= (0x11 * step) as u8;
            }
            let _ = ends(kind, &broken, &small());
        }
    }
}

#[test]
fn rq9_a_png_that_breaks_off_is_damaged() {
    let file = encoded(quarters(300, 200), ImageFormat::Png);
    for length in [4, 8, 20, 33, 60, file.len() / 2, file.len() - 30] {
        assert_eq!(refused(Kind::Png, &file[..length]), Refusal::Damaged, "{length}");
    }
}

#[test]
fn rq9_a_jpeg_without_a_picture_is_damaged() {
    let file = encoded(
        DynamicImage::ImageRgba8(quarters(300, 200)).into_rgb8(),
        ImageFormat::Jpeg,
    );
    for length in [2, 4, 20, 100, 200] {
        assert_eq!(refused(Kind::Jpeg, &file[..length]), Refusal::Damaged, "{length}");
    }
}

#[test]
fn rq9_bitmaps_that_claim_more_than_is_drawn_are_too_large() {
    let side = Limits::default().side;
    for (width, height) in [(100_000, 100_000), (10_000, 10_000), (side + 1, 1), (1, 0x7fff_ffff)] {
        assert_eq!(
            refused(Kind::Png, &png(width, height, &zlib(&[0; 10]))),
            Refusal::TooLarge,
            "{width} x {height}"
        );
        let tiff = Tiff::gray(width, height).file(&[0; 100]);
        assert_eq!(refused(Kind::Tiff, &tiff), Refusal::TooLarge, "{width} x {height}");
    }
    // The size stands in the frame's segment, behind its marker, length and depth.
    let mut jpeg = encoded(
        DynamicImage::ImageRgba8(quarters(16, 16)).into_rgb8(),
        ImageFormat::Jpeg,
    );
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    assert_eq!(refused(Kind::Jpeg, &jpeg), Refusal::TooLarge);
    let mut bmp = encoded(quarters(16, 16), ImageFormat::Bmp);
    bmp[18..22].copy_from_slice(&60_000_u32.to_le_bytes());
    assert_eq!(refused(Kind::Bmp, &bmp), Refusal::TooLarge);
    // Fourteen bits each, less one, behind the mark of its only chunk.
    let mut webp = encoded(quarters(16, 16), ImageFormat::WebP);
    webp[21..25].fill(0xff);
    assert!(matches!(
        refused(Kind::Webp, &webp),
        Refusal::TooLarge | Refusal::Damaged
    ));
}

#[test]
fn rq9_a_claim_without_pixels_is_damaged() {
    assert_eq!(refused(Kind::Png, &png(0, 10, &zlib(&[0; 10]))), Refusal::Damaged);
    assert_eq!(refused(Kind::Tiff, &Tiff::gray(10, 0).file(&[0; 10])), Refusal::Damaged);
}

/// A little that unpacks to very much: only what the picture needs is unpacked.
#[test]
fn rq9_a_png_that_never_stops_unpacking_ends() {
    let much = zlib_of(&[0; 1 << 16], 1 << 12);
    let _ = ends(Kind::Png, &png(10, 10, &much), &short());
    // The same in what stands beside the picture.
    let mut profile = encoded(quarters(10, 10), ImageFormat::Png);
    let iccp = chunk(b"iCCP", &[&b"name\0\0"[..], &much].concat());
    profile.splice(33..33, iccp);
    let _ = ends(Kind::Png, &profile, &short());
    let mut text = encoded(quarters(10, 10), ImageFormat::Png);
    text.splice(33..33, chunk(b"zTXt", &[&b"name\0\0"[..], &much].concat()));
    let _ = ends(Kind::Png, &text, &short());
}

/// Little of everything.
fn short() -> Limits {
    Limits {
        memory: 100 << 20,
        processor: 5,
        ..small()
    }
}

#[test]
fn rq9_a_gif_with_an_absurd_frame_ends() {
    let file = encoded(quarters(10, 10), ImageFormat::Gif);
    // The frame begins with a comma; left, top, width and height follow.
    let frame = file.iter().rposition(|byte| *byte == b',').unwrap();
    let with = |numbers: [u16; 4]| {
        let mut file = file.clone();
        let numbers: Vec<u8> = numbers.into_iter().flat_map(u16::to_le_bytes).collect();
        file[frame + 1..frame + 9].copy_from_slice(&numbers);
        file
    };
    for numbers in [[0, 0, u16::MAX, u16::MAX], [u16::MAX, u16::MAX, u16::MAX, u16::MAX]] {
        assert!(ends(Kind::Gif, &with(numbers), &short()).is_err(), "{numbers:?}");
    }
    let _ = ends(Kind::Gif, &with([60_000, 60_000, 10, 10]), &short());
    let _ = ends(Kind::Gif, &with([0, 0, 0, 0]), &short());
    // The whole picture.
    let mut screen = file.clone();
    screen[6..10].fill(0xff);
    assert_eq!(refused(Kind::Gif, &screen), Refusal::TooLarge);
}

#[test]
fn rq9_a_tiff_with_absurd_strips_ends() {
    let gray = || Tiff::gray(1000, 1000);
    for (what, tiff) in [
        ("a strip behind the end", gray().with(entry(273, LONG, u32::MAX))),
        ("a strip longer than the file", gray().with(entry(279, LONG, u32::MAX))),
        ("no rows in a strip", gray().with(entry(278, LONG, 0))),
        (
            "a billion strips",
            gray()
                .with((273, LONG, 1 << 30, Tiff::DATA))
                .with((279, LONG, 1 << 30, Tiff::DATA)),
        ),
        ("no strips", gray().with((273, LONG, 0, 0)).with((279, LONG, 0, 0))),
        ("a value of no type", gray().with((273, 200, 1, 8))),
        ("bits without end", gray().with(entry(258, SHORT, 0xffff))),
        ("samples without end", gray().with(entry(277, SHORT, 0xffff))),
        ("a compression of its own", gray().with(entry(259, SHORT, 0xfffe))),
        ("packed nothing", gray().with(entry(259, SHORT, 32_773))),
        (
            "tiles of the whole world",
            gray().with(entry(322, LONG, 1 << 31)).with(entry(323, LONG, 1 << 31)),
        ),
    ] {
        let result = ends(Kind::Tiff, &tiff.file(&[0; 100]), &short());
        assert!(result.is_err(), "{what}: {result:?}");
    }
    // As many rows as there can be in one strip is how some say "all".
    let all = gray().with(entry(278, LONG, u32::MAX)).file(&[0; 1_000_000]);
    assert!(ends(Kind::Tiff, &all, &short()).is_ok());
    // A list of fields behind the end, and one of more fields than there are bytes.
    assert_eq!(refused(Kind::Tiff, b"II*\0\xff\xff\xff\x7f"), Refusal::Damaged);
    assert_eq!(refused(Kind::Tiff, b"II*\0\x08\0\0\0\xff\xff\0\x01"), Refusal::Damaged);
}
