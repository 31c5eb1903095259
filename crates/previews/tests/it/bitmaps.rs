//! Bitmaps come out in their size, colors and direction.

use crate::{
    assert_color,
    build::{BLUE, GREEN, RED, SHORT, Tiff, WHITE, cmyk_jpeg, encoded, entry, exif, quarters},
    drawn, opened,
};
use image::{
    DynamicImage, ExtendedColorType, ImageBuffer, ImageEncoder, ImageFormat, Luma, LumaA, Rgb, Rgba, RgbaImage,
    codecs::{jpeg::JpegEncoder, webp::WebPEncoder},
};
use previews::{Kind, Media, Rendered};

/// Left, right and lower half, where `quarters` has them.
fn assert_quarters(picture: &RgbaImage) {
    let (width, height) = picture.dimensions();
    assert_color(picture, (width / 4, height / 4), RED);
    assert_color(picture, (width * 3 / 4, height / 4), BLUE);
    assert_color(picture, (width / 2, height * 3 / 4), GREEN);
}

#[test]
fn rq9_each_kind_of_bitmap_is_drawn() {
    for (kind, format) in [
        (Kind::Png, ImageFormat::Png),
        (Kind::Jpeg, ImageFormat::Jpeg),
        (Kind::Gif, ImageFormat::Gif),
        (Kind::Webp, ImageFormat::WebP),
        (Kind::Tiff, ImageFormat::Tiff),
        (Kind::Bmp, ImageFormat::Bmp),
    ] {
        let image = DynamicImage::ImageRgba8(quarters(240, 160));
        let file = match kind {
            Kind::Jpeg => encoded(image.into_rgb8(), format),
            _ => encoded(image, format),
        };
        let rendered = drawn(kind, &file);
        assert_eq!((rendered.width, rendered.height), (240, 160), "{}", kind.name());
        assert!(!rendered.see_through, "{}", kind.name());
        assert_eq!(
            (rendered.preview.media, rendered.thumbnail.media),
            (Media::Jpeg, Media::Jpeg)
        );
        let (preview, thumbnail) = (opened(&rendered.preview), opened(&rendered.thumbnail));
        assert_eq!((preview.dimensions(), thumbnail.dimensions()), ((100, 67), (20, 13)));
        assert_quarters(&preview);
        assert_color(&thumbnail, (3, 2), RED);
    }
}

#[test]
fn rq9_a_picture_that_fits_keeps_its_size() {
    let rendered = drawn(Kind::Png, &encoded(quarters(16, 12), ImageFormat::Png));
    assert_eq!((rendered.width, rendered.height), (16, 12));
    assert_eq!(opened(&rendered.preview).dimensions(), (16, 12));
    assert_eq!(opened(&rendered.thumbnail).dimensions(), (16, 12));
}

#[test]
fn rq9_the_longest_strip_keeps_a_pixel() {
    let rendered = drawn(Kind::Png, &encoded(quarters(4000, 2), ImageFormat::Png));
    assert_eq!((rendered.width, rendered.height), (4000, 2));
    assert_eq!(opened(&rendered.preview).dimensions(), (100, 1));
    assert_eq!(opened(&rendered.thumbnail).dimensions(), (20, 1));
}

#[test]
fn rq9_what_can_be_seen_through_stays_so() {
    // Red that fades; behind what cannot be seen there is green.
    let image = RgbaImage::from_fn(200, 200, |x, _| match x {
        0..50 => Rgba([0, 255, 0, 0]),
        50..100 => Rgba([220, 20, 20, 128]),
        _ => Rgba(RED),
    });
    for (kind, format) in [
        (Kind::Png, ImageFormat::Png),
        (Kind::Webp, ImageFormat::WebP),
        (Kind::Tiff, ImageFormat::Tiff),
    ] {
        let rendered = drawn(kind, &encoded(image.clone(), format));
        assert!(rendered.see_through, "{}", kind.name());
        assert_eq!(
            (rendered.preview.media, rendered.thumbnail.media),
            (Media::Png, Media::Png)
        );
        let preview = opened(&rendered.preview);
        assert_eq!(preview.get_pixel(10, 50).0[3], 0);
        assert_color(&preview, (37, 50), [220, 20, 20, 128]);
        assert_color(&preview, (75, 50), RED);
        let thumbnail = opened(&rendered.thumbnail);
        assert_eq!(thumbnail.get_pixel(2, 10).0[3], 0);
        // Half of this pixel is there, and all that is there is red.
        assert_color(&thumbnail, (7, 10), [220, 20, 20, 128]);
    }
}

#[test]
fn rq9_an_alpha_channel_without_use_is_not_transparency() {
    let mut image = quarters(50, 50);
    assert!(!drawn(Kind::Png, &encoded(image.clone(), ImageFormat::Png)).see_through);
    // The least, in one pixel only.
    image.put_pixel(49, 49, Rgba([20, 180, 40, 254]));
    assert!(drawn(Kind::Png, &encoded(image, ImageFormat::Png)).see_through);
}

#[test]
fn rq9_gray_and_sixteen_bits_become_what_browsers_know() {
    let wide = |value: u8| u16::from(value) * 257;
    let images: [(DynamicImage, [u8; 4]); 7] = [
        (ImageBuffer::from_pixel(8, 8, Luma([90_u8])).into(), [90, 90, 90, 255]),
        (
            ImageBuffer::from_pixel(8, 8, LumaA([90_u8, 100])).into(),
            [90, 90, 90, 100],
        ),
        (
            ImageBuffer::from_pixel(8, 8, Luma([wide(90)])).into(),
            [90, 90, 90, 255],
        ),
        (
            ImageBuffer::from_pixel(8, 8, LumaA([wide(90), wide(100)])).into(),
            [90, 90, 90, 100],
        ),
        (ImageBuffer::from_pixel(8, 8, Rgb([220_u8, 20, 20])).into(), RED),
        (
            ImageBuffer::from_pixel(8, 8, Rgb([wide(220), wide(20), wide(20)])).into(),
            RED,
        ),
        (
            ImageBuffer::from_pixel(8, 8, Rgba([220, 20, 20, 60].map(wide))).into(),
            [220, 20, 20, 60],
        ),
    ];
    for (image, color) in images {
        let rendered = drawn(Kind::Png, &encoded(image, ImageFormat::Png));
        assert_eq!(rendered.see_through, color[3] < 255);
        assert_color(&opened(&rendered.preview), (4, 4), color);
    }
}

/// How the eight ways in which a camera may have been held turn a picture.
fn assert_turned(orientation: u16, rendered: &Rendered) {
    let upright = (60, 40);
    let size = if orientation < 5 { upright } else { (40, 60) };
    assert_eq!((rendered.width, rendered.height), size, "{orientation}");
    let preview = opened(&rendered.preview);
    assert_eq!(preview.dimensions(), size, "{orientation}");
    // Where the red quarter went, and the blue one.
    let (left, right, top, bottom) = (size.0 / 4, size.0 * 3 / 4, size.1 / 4, size.1 * 3 / 4);
    let (red, blue) = match orientation {
        1 => ((left, top), (right, top)),
        2 => ((right, top), (left, top)),
        3 => ((right, bottom), (left, bottom)),
        4 => ((left, bottom), (right, bottom)),
        5 => ((left, top), (left, bottom)),
        6 => ((right, top), (right, bottom)),
        7 => ((right, bottom), (right, top)),
        _ => ((left, bottom), (left, top)),
    };
    assert_color(&preview, red, RED);
    assert_color(&preview, blue, BLUE);
}

#[test]
fn rq9_pictures_are_turned_as_their_camera_was_held() {
    let image = quarters(60, 40);
    for orientation in 1..=8 {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 90);
        encoder.set_exif_metadata(exif(orientation)).unwrap();
        let opaque = DynamicImage::ImageRgba8(image.clone()).into_rgb8();
        encoder.write_image(&opaque, 60, 40, ExtendedColorType::Rgb8).unwrap();
        assert_turned(orientation, &drawn(Kind::Jpeg, &jpeg));
    }
    let mut webp = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif(6)).unwrap();
    encoder.write_image(&image, 60, 40, ExtendedColorType::Rgba8).unwrap();
    assert_turned(6, &drawn(Kind::Webp, &webp));
    // Red, green and blue of 8 bits each: the three eights stand in front of the pixels.
    let pixels: Vec<u8> = image
        .pixels()
        .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]])
        .collect();
    let tiff = Tiff::gray(60, 40)
        .with((258, SHORT, 3, Tiff::DATA))
        .with(entry(262, SHORT, 2))
        .with(entry(273, SHORT, Tiff::DATA + 6))
        .with(entry(274, SHORT, 8))
        .with(entry(277, SHORT, 3))
        .with(entry(279, SHORT, 60 * 40 * 3));
    let file = tiff.file(&[&[8, 0, 8, 0, 8, 0][..], &pixels].concat());
    assert_turned(8, &drawn(Kind::Tiff, &file));
}

#[test]
fn rq9_of_an_animation_the_first_frame_is_drawn() {
    let mut file = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut file);
    for color in [RED, BLUE] {
        let frame = image::Frame::new(RgbaImage::from_pixel(10, 10, Rgba(color)));
        encoder.encode_frame(frame).unwrap();
    }
    drop(encoder);
    assert_color(&opened(&drawn(Kind::Gif, &file).preview), (5, 5), RED);
}

#[test]
fn rq9_the_four_inks_of_a_print_become_colors() {
    for (inks, color) in [
        ([255, 255, 255, 255], WHITE),
        // Cyan; then magenta with yellow, which is red.
        ([0, 255, 255, 255], [0, 255, 255, 255]),
        ([255, 0, 0, 255], [255, 0, 0, 255]),
        ([255, 255, 255, 128], [128, 128, 128, 255]),
    ] {
        let rendered = drawn(Kind::Jpeg, &cmyk_jpeg(inks));
        assert_eq!((rendered.width, rendered.height), (8, 8));
        assert_color(&opened(&rendered.preview), (4, 4), color);
    }
}

#[test]
fn rq9_a_jpeg_that_breaks_off_is_drawn_as_far_as_it_goes() {
    let image = DynamicImage::ImageRgba8(quarters(400, 400)).into_rgb8();
    let file = encoded(image, ImageFormat::Jpeg);
    let rendered = drawn(Kind::Jpeg, &file[..file.len() * 3 / 4]);
    assert_eq!((rendered.width, rendered.height), (400, 400));
    assert_color(&opened(&rendered.preview), (25, 5), RED);
}
