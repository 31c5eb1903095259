//! SVG, drawn in the size of the preview: its lines have no pixels of their own.
//!
//! Nothing outside of the file is read for it. The library would open what an `<image>` names by a path, on this machine; so
//! only pictures that are within the file are shown, and among them no further SVG.

use super::{
    Drawn, check, fonts,
    size::{fill, whole},
};
use crate::{Limits, Refusal};
use image::{ImageFormat, ImageReader, RgbaImage};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Error, ImageHrefResolver, ImageKind, Options, Tree},
};
use std::{io::Cursor, sync::Arc};

/// Whether there may be pictures within the file: they are unpacked to any size.
pub fn holds_pictures(file: &[u8]) -> bool {
    file.windows(5).any(|part| part.eq_ignore_ascii_case(b"data:"))
}

pub fn draw(file: &[u8], limits: &Limits) -> Result<Drawn, Refusal> {
    // Compressed, or in another encoding: both can be SVG, and both are rare.
    if file.starts_with(b"\x1f\x8b") {
        return Err(Refusal::NotSupported);
    }
    let text = std::str::from_utf8(file).map_err(|_| Refusal::NotSupported)?;
    let limits = *limits;
    let mut options = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(move |_, data, _| embedded(data, &limits)),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    // Most have none, and looking through the machine's fonts takes longer than most drawings.
    if text.contains("<text") || text.contains(":text") {
        fonts::into(&mut options);
    }
    let tree = Tree::from_str(text, &options).map_err(|error| match error {
        Error::ElementsLimitReached => Refusal::TooLarge,
        _ => Refusal::Damaged,
    })?;
    let size = tree.size();
    let (width, height) = fill(size.width(), size.height(), limits.preview).ok_or(Refusal::Damaged)?;
    let mut pixmap = Pixmap::new(width, height).ok_or(Refusal::Damaged)?;
    resvg::render(
        &tree,
        scale((width, height), (size.width(), size.height())),
        &mut pixmap.as_mut(),
    );
    let picture = RgbaImage::from_raw(width, height, pixmap.take_demultiplied()).ok_or(Refusal::Damaged)?;
    Ok(Drawn {
        width: whole(size.width()),
        height: whole(size.height()),
        see_through: picture.pixels().any(|pixel| pixel.0[3] < u8::MAX),
        picture,
    })
}

#[expect(clippy::float_arithmetic, reason = "the renderer's sizes are fractions")]
fn scale(to: (u32, u32), from: (f32, f32)) -> Transform {
    Transform::from_scale(to.0 as f32 / from.0, to.1 as f32 / from.1)
}

/// A picture within the file: a bitmap that would be drawn if it came alone. What it says of itself is not asked.
fn embedded(data: Arc<Vec<u8>>, limits: &Limits) -> Option<ImageKind> {
    let format = image::guess_format(&data).ok()?;
    let kind = match format {
        ImageFormat::Png => ImageKind::PNG,
        ImageFormat::Jpeg => ImageKind::JPEG,
        ImageFormat::Gif => ImageKind::GIF,
        ImageFormat::WebP => ImageKind::WEBP,
        _ => return None,
    };
    let (width, height) = ImageReader::with_format(Cursor::new(data.as_slice()), format)
        .into_dimensions()
        .ok()?;
    check(width, height, limits).ok()?;
    Some(kind(data))
}
