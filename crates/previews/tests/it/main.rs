//! Files are drawn, and refused, by the process that does it in the app.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bitmaps;
mod build;
mod hostile;
mod hostile_vectors;
mod memory;
mod photoshop;
mod process;
mod vectors;

use image::RgbaImage;
use previews::{Kind, Limits, Media, Picture, Refusal, RenderError, Rendered};
use std::{path::Path, time::Duration};

/// The app's limits, with small pictures: the libraries are slow where they are not optimized.
fn small() -> Limits {
    Limits {
        thumbnail: 20,
        preview: 100,
        // By the clock there is time enough, however busy the machine is.
        wall: Duration::from_secs(120),
        ..Limits::default()
    }
}

fn render(kind: Kind, file: &[u8], limits: &Limits) -> Result<Rendered, RenderError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_previews-child"));
    runtime.block_on(previews::render(program, ["draw"], kind, file, limits))
}

fn drawn(kind: Kind, file: &[u8]) -> Rendered {
    render(kind, file, &small()).unwrap_or_else(|error| panic!("{}: {error}", kind.name()))
}

fn refused(kind: Kind, file: &[u8]) -> Refusal {
    refused_within(kind, file, &small())
}

fn refused_within(kind: Kind, file: &[u8], limits: &Limits) -> Refusal {
    match ends(kind, file, limits) {
        Err(refusal) => refusal,
        Ok(rendered) => panic!("{}: drawn, {} x {}", kind.name(), rendered.width, rendered.height),
    }
}

/// One way or the other, but because of the file, and before the parent had to end it.
fn ends(kind: Kind, file: &[u8], limits: &Limits) -> Result<Rendered, Refusal> {
    match render(kind, file, limits) {
        Ok(rendered) => Ok(rendered),
        Err(RenderError::Refused(refusal)) => Err(refusal),
        Err(error) => panic!("{}: {error}", kind.name()),
    }
}

/// A picture of an answer, which must be encoded as it says.
fn opened(picture: &Picture) -> RgbaImage {
    let format = match picture.media {
        Media::Jpeg => image::ImageFormat::Jpeg,
        Media::Png => image::ImageFormat::Png,
    };
    image::load_from_memory_with_format(&picture.bytes, format)
        .unwrap()
        .into_rgba8()
}

/// Whether a pixel has about this color: JPEG is not exact.
#[track_caller]
fn assert_color(picture: &RgbaImage, (x, y): (u32, u32), color: [u8; 4]) {
    let found = picture.get_pixel(x, y).0;
    let near = found
        .iter()
        .zip(color)
        .all(|(found, wanted)| found.abs_diff(wanted) <= 6);
    assert!(near, "at {x}, {y}: {found:?} instead of {color:?}");
}
