//! Photoshop's files: the picture of all layers, whatever its colors.

use crate::{
    assert_color,
    build::{BLUE, GREEN, Psd, RED, quarters},
    drawn, opened, refused,
};
use image::RgbaImage;
use previews::{Kind, Limits, Media, Refusal};

/// A pixel's value in a channel.
fn of(image: &RgbaImage) -> impl Fn(u32, u32, u16) -> u8 {
    |x, y, channel| image.get_pixel(x, y).0[usize::from(channel)]
}

#[test]
fn rq9_the_picture_of_all_layers_is_drawn() {
    let image = quarters(240, 160);
    let rendered = drawn(Kind::Psd, &Psd::rgb(240, 160).plain(of(&image)));
    assert_eq!((rendered.width, rendered.height), (240, 160));
    assert!(!rendered.see_through);
    assert_eq!(rendered.preview.media, Media::Jpeg);
    let preview = opened(&rendered.preview);
    assert_eq!(preview.dimensions(), (100, 67));
    assert_color(&preview, (25, 15), RED);
    assert_color(&preview, (75, 15), BLUE);
    assert_color(&preview, (50, 50), GREEN);
    assert_eq!(opened(&rendered.thumbnail).dimensions(), (20, 13));
}

#[test]
fn rq9_packed_rows_are_drawn() {
    // Each row is one byte 150 times, as two runs.
    let (mut lengths, mut rows) = (Vec::new(), Vec::new());
    for channel in 0..3 {
        for y in 0..40 {
            let value = if y < 20 { RED[channel] } else { BLUE[channel] };
            lengths.extend(4_u16.to_be_bytes());
            rows.extend([129, value, 257_u16.wrapping_sub(22) as u8, value]);
        }
    }
    let rendered = drawn(Kind::Psd, &Psd::rgb(150, 40).file(1, &[lengths, rows].concat()));
    let preview = opened(&rendered.preview);
    assert_color(&preview, (99, 5), RED);
    assert_color(&preview, (99, 20), BLUE);
}

#[test]
fn rq9_transparency_is_drawn_without_the_white_behind_it() {
    let psd = Psd {
        channels: 4,
        layers: -1,
        ..Psd::rgb(10, 10)
    };
    // Red of which half is seen, laid on white.
    let laid = |channel: u16| {
        if channel == 3 {
            128
        } else {
            255 - (255 - u16::from(RED[usize::from(channel)])) * 128 / 255
        }
    };
    let rendered = drawn(Kind::Psd, &psd.plain(|_, _, channel| laid(channel) as u8));
    assert!(rendered.see_through);
    assert_eq!(rendered.preview.media, Media::Png);
    assert_color(&opened(&rendered.preview), (5, 5), [RED[0], RED[1], RED[2], 128]);
    // The same channel, where it is a selection that somebody kept.
    let selection = Psd { layers: 1, ..psd };
    let rendered = drawn(
        Kind::Psd,
        &selection.plain(|_, _, channel| if channel == 3 { 0 } else { RED[usize::from(channel)] }),
    );
    assert!(!rendered.see_through);
    assert_color(&opened(&rendered.preview), (5, 5), RED);
}

#[test]
fn rq9_other_colors_are_drawn() {
    // Magenta with yellow is red; 255 is no ink. A fifth channel is a spot color.
    let inks = [255, 0, 0, 255, 77];
    let cmyk = Psd {
        channels: 5,
        mode: 4,
        ..Psd::rgb(10, 10)
    };
    let rendered = drawn(Kind::Psd, &cmyk.plain(|_, _, channel| inks[usize::from(channel)]));
    assert_color(&opened(&rendered.preview), (5, 5), [255, 0, 0, 255]);

    let gray = Psd {
        channels: 1,
        mode: 1,
        ..Psd::rgb(10, 10)
    };
    assert_color(
        &opened(&drawn(Kind::Psd, &gray.plain(|_, _, _| 90)).preview),
        (5, 5),
        [90, 90, 90, 255],
    );

    // All reds, all greens, all blues; the third color of each.
    let mut palette = vec![0; 768];
    for (channel, value) in BLUE[..3].iter().enumerate() {
        palette[256 * channel + 2] = *value;
    }
    let indexed = Psd {
        channels: 1,
        mode: 2,
        palette,
        ..Psd::rgb(10, 10)
    };
    assert_color(
        &opened(&drawn(Kind::Psd, &indexed.plain(|_, _, _| 2)).preview),
        (5, 5),
        BLUE,
    );

    let deep = Psd {
        depth: 16,
        ..Psd::rgb(10, 10)
    };
    let mut picture = Vec::new();
    for value in &RED[..3] {
        picture.extend([*value; 200]);
    }
    assert_color(&opened(&drawn(Kind::Psd, &deep.file(0, &picture)).preview), (5, 5), RED);
}

#[test]
fn rq9_what_has_no_picture_of_its_layers_is_not_supported() {
    let note = |real: u8| [&b"8BIM\x04\x21\0\0\0\0\0\x05\0\0\0\x01"[..], &[real, 0]].concat();
    let psd = |real: u8| Psd {
        resources: note(real),
        ..Psd::rgb(10, 10)
    };
    assert_eq!(refused(Kind::Psd, &psd(0).plain(|_, _, _| 255)), Refusal::NotSupported);
    drawn(Kind::Psd, &psd(1).plain(|_, _, _| 255));
}

#[test]
fn rq9_rare_kinds_of_photoshop_are_not_supported() {
    for (mode, depth) in [(0, 1), (9, 8), (7, 8), (3, 32)] {
        let psd = Psd {
            mode,
            depth,
            ..Psd::rgb(10, 10)
        };
        assert_eq!(
            refused(Kind::Psd, &psd.plain(|_, _, _| 0)),
            Refusal::NotSupported,
            "{mode}, {depth}"
        );
    }
    // The format for larger pictures; and compression that Photoshop does not use there.
    let mut large = Psd::rgb(10, 10).plain(|_, _, _| 0);
    large[5] = 2;
    assert_eq!(refused(Kind::Psd, &large), Refusal::NotSupported);
    assert_eq!(
        refused(Kind::Psd, &Psd::rgb(10, 10).file(2, &[0; 300])),
        Refusal::NotSupported
    );
}

#[test]
fn rq9_headers_of_photoshop_that_lie_are_refused() {
    let most = Limits::default();
    let claim = |width, height| Psd::rgb(width, height).file(0, &[0; 300]);
    // More than is drawn, in all and at one side.
    assert_eq!(refused(Kind::Psd, &claim(10_000, 10_000)), Refusal::TooLarge);
    assert_eq!(refused(Kind::Psd, &claim(most.side + 1, 1)), Refusal::TooLarge);
    assert_eq!(refused(Kind::Psd, &claim(u32::MAX, u32::MAX)), Refusal::TooLarge);
    // As much as is drawn, with nothing behind it.
    assert_eq!(refused(Kind::Psd, &claim(8000, 10_000)), Refusal::Damaged);
    assert_eq!(refused(Kind::Psd, &claim(0, 10)), Refusal::Damaged);
    // Fewer channels than its colors have, and more than it has.
    for channels in [0, 2, u16::MAX] {
        let psd = Psd {
            channels,
            ..Psd::rgb(10, 10)
        };
        assert_eq!(
            refused(Kind::Psd, &psd.file(1, &[0; 300])),
            Refusal::Damaged,
            "{channels}"
        );
    }
    // Rows that reach behind the file's end.
    assert_eq!(
        refused(Kind::Psd, &Psd::rgb(10, 10).file(1, &[0xff; 400])),
        Refusal::Damaged
    );
    // A palette that is cut off.
    let indexed = Psd {
        channels: 1,
        mode: 2,
        palette: vec![0; 767],
        ..Psd::rgb(10, 10)
    };
    assert_eq!(refused(Kind::Psd, &indexed.plain(|_, _, _| 255)), Refusal::Damaged);
}

#[test]
fn rq9_photoshop_files_that_break_off_are_refused() {
    let image = quarters(20, 20);
    let file = Psd::rgb(20, 20).plain(of(&image));
    for length in [3, 12, 25, 26, 33, 40, 46, 200, file.len() - 1] {
        assert_eq!(refused(Kind::Psd, &file[..length]), Refusal::Damaged, "{length}");
    }
}
