//! The side of the process that draws: first its limits, then the file, then one answer.
//!
//! The answer on its standard output is one value in postcard's format, a `Result<Rendered, Refusal>`, and nothing else. A
//! process that has no answer (it panicked, or asked for more than it may have) simply ends.

mod fonts;
mod pdf;
mod psd;
mod raster;
mod shrink;
mod size;
mod svg;

use crate::{Kind, Limits, Media, Picture, Refusal, Rendered, words};
use image::{
    ExtendedColorType, ImageEncoder as _, RgbaImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};
use rlimit::Resource;
use std::{
    ffi::OsStr,
    io::{self, Read, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// How a Rust program ends that panicked.
pub(crate) const PANICKED: i32 = 101;

/// How it ends where it could not do what it was started for; the file has no part in that.
const UNFIT: u8 = 2;

/// Set for the second of the two programs that this process is.
const LIMITED: &str = "PREVIEWS_LIMITED";

/// Of 100: what a print's edges bear without a halo.
const QUALITY: u8 = 82;

/// The whole life of the process: `words` are those that [`crate::render`] added to its command line.
///
/// To be called before anything else has been set up: it starts the program once more, in its own place.
pub fn main_of_child(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> ExitCode {
    let unfit = ExitCode::from(UNFIT);
    let Some(order) = words::read(words) else {
        return unfit;
    };
    if std::env::var_os(LIMITED).is_none() {
        // Only returns where it failed.
        let _ = limit(&order.limits);
        return unfit;
    }
    if !limited(&order.limits) {
        return unfit;
    }
    let said = read(io::stdin().lock(), order.limits.bytes).and_then(|file| {
        if order.kind == Kind::Svg && !svg::holds_pictures(&file) {
            lower(for_lines(file.len(), &order.limits));
        }
        draw(order.kind, file, &order.limits)
    });
    match postcard::to_allocvec(&said) {
        Ok(answer) if io::stdout().lock().write_all(&answer).is_ok() => ExitCode::SUCCESS,
        _ => unfit,
    }
}

/// What a file may use. Memory is what is asked for (`RLIMIT_DATA`), not the address space: a program's own size, and fonts
/// that are mapped, would count in that.
fn limits_of(limits: &Limits) -> [(Resource, u64); 7] {
    [
        (Resource::DATA, limits.memory),
        (Resource::CPU, limits.processor),
        // Where the machine has none, endless recursion would be stopped by the memory of all.
        (Resource::STACK, 8 * 1024 * 1024),
        // It writes no file: its answer goes through a pipe, which is not one.
        (Resource::FSIZE, 0),
        // Its pipes, and one font after the other.
        (Resource::NOFILE, 32),
        // Neither processes nor threads.
        (Resource::NPROC, 0),
        // What it had in memory is a client's.
        (Resource::CORE, 0),
    ]
}

/// The memory for a drawing that is made of lines alone: in proportion to its file. What asks for more is made of repetitions, a
/// billion rectangles in two thousand bytes.
fn for_lines(length: usize, limits: &Limits) -> u64 {
    const LEAST: u64 = 80 * 1024 * 1024;
    const TIMES: u64 = 8;
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    // The room for the file is as large as a file may be.
    let most = length
        .saturating_mul(TIMES)
        .saturating_add(LEAST)
        .saturating_add(limits.bytes);
    most.min(limits.memory)
}

/// Gives back some of the memory that it may have. Where it cannot, it has what it had.
fn lower(memory: u64) {
    if let Ok((soft, hard)) = Resource::DATA.get() {
        let _ = Resource::DATA.set(memory.min(soft), memory.min(hard));
    }
}

/// Takes the limits on, and starts the program anew under them: the allocator may have reserved more than it may have now, and
/// would hand that out without asking again; and the stack has the size that it began with.
fn limit(limits: &Limits) -> io::Result<()> {
    for (resource, most) in limits_of(limits) {
        // Whoever runs the server may have set less.
        let (_, hard) = resource.get()?;
        resource.set(most.min(hard), most.min(hard))?;
    }
    let mut words = std::env::args_os();
    Err(Command::new(program()?)
        // As it was called, for whoever looks at the list of processes.
        .arg0(words.next().unwrap_or_default())
        .args(words)
        .env(LIMITED, "1")
        .exec())
}

/// This very program, also where another one has taken its place on disk since.
fn program() -> io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        Ok(own.to_path_buf())
    } else {
        std::env::current_exe()
    }
}

fn limited(limits: &Limits) -> bool {
    let holds =
        |(resource, most): (Resource, u64)| resource.get().is_ok_and(|(soft, hard)| soft <= most && hard <= most);
    limits_of(limits).into_iter().all(holds)
}

fn read(file: impl Read, most: u64) -> Result<Vec<u8>, Refusal> {
    // All at once: growing would hold the file twice for a while.
    let mut bytes = Vec::with_capacity(usize::try_from(most).map_err(|_| Refusal::TooLarge)?.saturating_add(1));
    let read = file.take(most.saturating_add(1)).read_to_end(&mut bytes);
    match read.map_err(|_| Refusal::Damaged)? {
        0 => Err(Refusal::Damaged),
        read if read as u64 > most => Err(Refusal::TooLarge),
        _ => Ok(bytes),
    }
}

/// A file's picture before it is encoded.
struct Drawn {
    /// Of the file, not of the picture.
    width: u32,
    height: u32,
    see_through: bool,
    /// Within the preview's box; colors are not multiplied by alpha.
    picture: RgbaImage,
}

fn draw(kind: Kind, file: Vec<u8>, limits: &Limits) -> Result<Rendered, Refusal> {
    let drawn = match kind {
        Kind::Svg => svg::draw(&file, limits),
        Kind::Pdf => pdf::draw(file, limits),
        Kind::Psd => psd::draw(&file, limits),
        Kind::Png | Kind::Jpeg | Kind::Gif | Kind::Webp | Kind::Tiff | Kind::Bmp => raster::draw(kind, file, limits),
    }?;
    let thumbnail = shrink::picture(&drawn.picture, limits.thumbnail)?;
    Ok(Rendered {
        width: drawn.width,
        height: drawn.height,
        see_through: drawn.see_through,
        thumbnail: encode(&thumbnail, drawn.see_through)?,
        preview: encode(&drawn.picture, drawn.see_through)?,
    })
}

/// Refuses a bitmap by its header.
fn check(width: u32, height: u32, limits: &Limits) -> Result<(), Refusal> {
    if width == 0 || height == 0 {
        Err(Refusal::Damaged)
    } else if width.max(height) > limits.side || u64::from(width) * u64::from(height) > limits.pixels {
        Err(Refusal::TooLarge)
    } else {
        Ok(())
    }
}

fn encode(picture: &RgbaImage, see_through: bool) -> Result<Picture, Refusal> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    let (media, written) = if see_through {
        let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
        (
            Media::Png,
            encoder.write_image(picture, width, height, ExtendedColorType::Rgba8),
        )
    } else {
        let opaque: Vec<u8> = picture
            .pixels()
            .flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]])
            .collect();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        (
            Media::Jpeg,
            encoder.write_image(&opaque, width, height, ExtendedColorType::Rgb8),
        )
    };
    written.map_err(|_| Refusal::Damaged)?;
    Ok(Picture { media, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rq9_a_header_is_refused_by_its_pixels_and_its_sides() {
        let limits = Limits {
            pixels: 100,
            side: 50,
            ..Limits::default()
        };
        assert_eq!(check(10, 10, &limits), Ok(()));
        assert_eq!(check(50, 2, &limits), Ok(()));
        assert_eq!(check(101, 1, &limits), Err(Refusal::TooLarge));
        assert_eq!(check(1, 51, &limits), Err(Refusal::TooLarge));
        assert_eq!(check(11, 10, &limits), Err(Refusal::TooLarge));
        assert_eq!(check(u32::MAX, u32::MAX, &limits), Err(Refusal::TooLarge));
        assert_eq!(check(0, 10, &limits), Err(Refusal::Damaged));
    }

    #[test]
    fn rq9_a_drawing_of_lines_gets_memory_as_its_file_is_large() {
        let limits = Limits::default();
        let mib = |bytes: u64| bytes / 1024 / 1024;
        assert_eq!(mib(for_lines(2_000, &limits)), 130);
        assert_eq!(mib(for_lines(20 * 1024 * 1024, &limits)), 290);
        assert_eq!(for_lines(usize::MAX, &limits), limits.memory);
    }

    #[test]
    fn rq9_a_file_is_read_up_to_its_limit_and_no_further() {
        assert_eq!(read(&b"12345"[..], 5).as_deref(), Ok(&b"12345"[..]));
        assert_eq!(read(&b"123456"[..], 5), Err(Refusal::TooLarge));
        assert_eq!(read(&b""[..], 5), Err(Refusal::Damaged));
        // One that never ends.
        assert_eq!(read(io::repeat(b'x'), 5), Err(Refusal::TooLarge));
    }
}
