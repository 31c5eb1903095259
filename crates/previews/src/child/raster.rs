//! Bitmaps.

use super::{Drawn, check, shrink::Shrink};
use crate::{Kind, Limits, Refusal};
use image::{
    DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, RgbaImage, error::LimitErrorKind,
    metadata::Orientation,
};
use std::io::Cursor;

pub fn draw(kind: Kind, file: Vec<u8>, limits: &Limits) -> Result<Drawn, Refusal> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Gif => ImageFormat::Gif,
        Kind::Webp => ImageFormat::WebP,
        Kind::Tiff => ImageFormat::Tiff,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Svg | Kind::Pdf | Kind::Psd => return Err(Refusal::NotSupported),
    };
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut most = image::Limits::default();
    most.max_image_width = Some(limits.side);
    most.max_image_height = Some(limits.side);
    most.max_alloc = Some(limits.memory);
    reader.limits(most);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    check(width, height, limits)?;
    // Where the note cannot be read the picture still can.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    let (picture, see_through) = shrunk(image, limits.preview)?;
    let mut picture = DynamicImage::ImageRgba8(picture);
    picture.apply_orientation(orientation);
    let (width, height) = match orientation {
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH => {
            (height, width)
        }
        _ => (width, height),
    };
    Ok(Drawn {
        width,
        height,
        see_through,
        picture: picture.into_rgba8(),
    })
}

/// What an error of the library says of the file.
pub fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(error) => match error.kind() {
            LimitErrorKind::InsufficientMemory => Refusal::Limits,
            _ => Refusal::TooLarge,
        },
        ImageError::Unsupported(_) => Refusal::NotSupported,
        _ => Refusal::Damaged,
    }
}

/// A value of 16 bits in 8.
pub fn eight(value: u16) -> u8 {
    // The quotient is 255 at most.
    ((u32::from(value) + 128) / 257) as u8
}

/// Straight from the pixels as they were decoded: a copy in 8 bits would need half of their memory again.
fn shrunk(image: DynamicImage, side: u32) -> Result<(RgbaImage, bool), Refusal> {
    let size = (image.width(), image.height());
    const FULL: u8 = u8::MAX;
    match image {
        DynamicImage::ImageLuma8(image) => rows(&image, size, side, |[l]: [u8; 1]| [l, l, l, FULL]),
        DynamicImage::ImageLumaA8(image) => rows(&image, size, side, |[l, a]: [u8; 2]| [l, l, l, a]),
        DynamicImage::ImageRgb8(image) => rows(&image, size, side, |[r, g, b]: [u8; 3]| [r, g, b, FULL]),
        DynamicImage::ImageRgba8(image) => rows(&image, size, side, |pixel: [u8; 4]| pixel),
        DynamicImage::ImageLuma16(image) => rows(&image, size, side, |[l]: [u16; 1]| {
            let l = eight(l);
            [l, l, l, FULL]
        }),
        DynamicImage::ImageLumaA16(image) => rows(&image, size, side, |[l, a]: [u16; 2]| {
            let l = eight(l);
            [l, l, l, eight(a)]
        }),
        DynamicImage::ImageRgb16(image) => rows(&image, size, side, |[r, g, b]: [u16; 3]| {
            [eight(r), eight(g), eight(b), FULL]
        }),
        DynamicImage::ImageRgba16(image) => rows(&image, size, side, |[r, g, b, a]: [u16; 4]| {
            [eight(r), eight(g), eight(b), eight(a)]
        }),
        // Fractions, as TIFF may have them.
        image => rows(&image.into_rgba8(), size, side, |pixel: [u8; 4]| pixel),
    }
}

fn rows<T: Copy, const N: usize>(
    values: &[T],
    (width, height): (u32, u32),
    side: u32,
    pixel: impl Fn([T; N]) -> [u8; 4] + Copy,
) -> Result<(RgbaImage, bool), Refusal> {
    let mut shrink = Shrink::new(width, height, side);
    for row in values.chunks_exact(width as usize * N) {
        let (pixels, _) = row.as_chunks::<N>();
        shrink.row(pixels.iter().copied().map(pixel));
    }
    shrink.finish()
}

#[cfg(test)]
mod tests {
    use super::eight;

    #[test]
    fn rq9_sixteen_bits_are_rounded_to_eight() {
        for value in 0..=u8::MAX {
            assert_eq!(eight(u16::from(value) * 257), value);
        }
        assert_eq!(eight(128), 0);
        assert_eq!(eight(129), 1);
        assert_eq!(eight(u16::MAX - 128), u8::MAX);
    }
}
