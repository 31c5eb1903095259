//! Files that no encoder writes, byte by byte.

use flate2::{Compress, Compression, FlushCompress, write::ZlibEncoder};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use std::io::{Cursor, Write as _};

pub const RED: [u8; 4] = [220, 20, 20, 255];
pub const GREEN: [u8; 4] = [20, 180, 40, 255];
pub const BLUE: [u8; 4] = [30, 40, 210, 255];
pub const WHITE: [u8; 4] = [255, 255, 255, 255];

/// Red at its left, blue at its right, green along its lower half: no turn leaves it as it was.
pub fn quarters(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        Rgba(match (x < width / 2, y < height / 2) {
            (true, true) => RED,
            (false, true) => BLUE,
            _ => GREEN,
        })
    })
}

pub fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// The note of a camera: how its picture is to be turned.
pub fn exif(orientation: u16) -> Vec<u8> {
    Tiff::new(vec![entry(0x0112, SHORT, u32::from(orientation))]).file(&[])
}

/// A chunk of a PNG. Its checksum is right: what is in it must be refused for itself.
pub fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(name);
    crc.update(data);
    [
        &(data.len() as u32).to_be_bytes()[..],
        name,
        data,
        &crc.sum().to_be_bytes(),
    ]
    .concat()
}

/// A PNG whose header says what it likes, with 8 bits of red, green, blue and alpha.
pub fn png(width: u32, height: u32, compressed: &[u8]) -> Vec<u8> {
    png_of(width, height, 8, compressed)
}

/// The same with 16 bits each, of which only so many rows are there.
pub fn deep_png(width: u32, height: u32, rows: usize) -> Vec<u8> {
    let row = [0x80; 8].repeat(width as usize);
    png_of(width, height, 16, &zlib_of(&[&[0][..], &row].concat(), rows))
}

fn png_of(width: u32, height: u32, depth: u8, compressed: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, 6, 0, 0, 0]].concat();
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", compressed), chunk(b"IEND", &[])].concat();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks].concat()
}

pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// The same data many times, compressed once. The checksum is wrong; PNG has its own.
pub fn zlib_of(data: &[u8], times: usize) -> Vec<u8> {
    let mut block = Vec::with_capacity(data.len() + 1000);
    let mut compress = Compress::new(Compression::fast(), false);
    // What is flushed in full stands for itself.
    compress.compress_vec(data, &mut block, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), data.len() as u64);
    [&[0x78, 0x01][..], &block.repeat(times), &[0x03, 0x00, 0, 0, 0, 0]].concat()
}

pub const SHORT: u16 = 3;
pub const LONG: u16 = 4;

/// A field of a TIFF with one value: tag, type, value.
pub fn entry(tag: u16, kind: u16, value: u32) -> (u16, u16, u32, u32) {
    (tag, kind, 1, value)
}

/// A TIFF of one picture, little-endian.
pub struct Tiff {
    entries: Vec<(u16, u16, u32, u32)>,
}

impl Tiff {
    /// Where a file's data begins, behind the header, for fields that point at it.
    pub const DATA: u32 = 8;

    pub fn new(entries: Vec<(u16, u16, u32, u32)>) -> Self {
        Tiff { entries }
    }

    /// Gray of 8 bits, in one strip.
    pub fn gray(width: u32, height: u32) -> Self {
        Tiff::new(vec![
            entry(256, LONG, width),
            entry(257, LONG, height),
            entry(258, SHORT, 8),
            entry(259, SHORT, 1),
            entry(262, SHORT, 1),
            entry(273, LONG, Tiff::DATA),
            entry(277, SHORT, 1),
            entry(278, LONG, height),
            entry(279, LONG, width.wrapping_mul(height)),
        ])
    }

    pub fn with(mut self, field: (u16, u16, u32, u32)) -> Self {
        self.entries.retain(|(tag, ..)| *tag != field.0);
        self.entries.push(field);
        self.entries.sort_by_key(|(tag, ..)| *tag);
        self
    }

    pub fn file(self, data: &[u8]) -> Vec<u8> {
        let mut file = b"II*\0".to_vec();
        file.extend((Tiff::DATA + data.len() as u32).to_le_bytes());
        file.extend(data);
        file.extend((self.entries.len() as u16).to_le_bytes());
        for (tag, kind, count, value) in self.entries {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(count.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        file.extend([0; 4]);
        file
    }
}

/// A JPEG of one block in four inks, as Photoshop writes them: 255 is no ink.
pub fn cmyk_jpeg(inks: [u8; 4]) -> Vec<u8> {
    let segment =
        |marker: u8, data: &[u8]| [&[0xff, marker][..], &(data.len() as u16 + 2).to_be_bytes(), data].concat();
    // Adobe's mark, without a transformation of colors.
    let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\0");
    // Steps of eight: the mean of a block, of which a JPEG keeps the eightfold, is a whole number then.
    let steps = segment(0xdb, &[&[0][..], &[8; 64]].concat());
    let frame = segment(
        0xc0,
        &[8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0],
    );
    // Nine lengths of the mean in four bits each; and "nothing more" in one bit.
    let mut means = vec![0x00, 0, 0, 0, 9];
    means.extend([0; 12]);
    means.extend(0..9);
    let mut rest = vec![0x10, 1];
    rest.extend([0; 15]);
    rest.push(0);
    let scan = segment(0xda, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = String::new();
    for ink in inks {
        let value = i16::from(ink) - 128;
        let length = 16 - value.unsigned_abs().leading_zeros() as usize;
        let written = if value < 0 { value + (1 << length) - 1 } else { value };
        bits += &format!("{length:04b}");
        if length > 0 {
            bits += &format!("{written:0length$b}");
        }
        bits += "0";
    }
    while !bits.len().is_multiple_of(8) {
        bits += "1";
    }
    let mut data = Vec::new();
    for byte in bits.as_bytes().chunks(8) {
        let byte = u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap();
        data.push(byte);
        if byte == 0xff {
            data.push(0);
        }
    }
    let tables = [segment(0xc4, &means), segment(0xc4, &rest)].concat();
    [
        &[0xff, 0xd8][..],
        &adobe,
        &steps,
        &frame,
        &tables,
        &scan,
        &data,
        &[0xff, 0xd9],
    ]
    .concat()
}

/// A PDF of these objects, the first of which is the catalog.
pub fn pdf(objects: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).as_bytes());
        file.extend(object.as_ref());
        file.extend(b"\nendobj\n");
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").as_bytes());
    }
    let size = objects.len() + 1;
    file.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF").as_bytes());
    file
}

pub fn stream(fields: &str, data: &[u8]) -> Vec<u8> {
    let head = format!("<< {fields} /Length {} >>\nstream\n", data.len());
    [head.as_bytes(), data, b"\nendstream"].concat()
}

/// A PDF of one page with this content; further objects begin with the fifth.
pub fn pdf_page(page: &str, content: &str, further: &[Vec<u8>]) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        format!("<< /Type /Page /Parent 2 0 R /Contents 4 0 R {page} >>").into_bytes(),
        stream("", content.as_bytes()),
    ];
    objects.extend_from_slice(further);
    pdf(&objects)
}

/// A file of Photoshop.
pub struct Psd {
    pub width: u32,
    pub height: u32,
    pub channels: u16,
    pub depth: u16,
    pub mode: u16,
    pub palette: Vec<u8>,
    pub resources: Vec<u8>,
    /// Negative where the channel after the colors is transparency.
    pub layers: i16,
}

impl Psd {
    pub fn rgb(width: u32, height: u32) -> Self {
        Psd {
            width,
            height,
            channels: 3,
            depth: 8,
            mode: 3,
            palette: Vec::new(),
            resources: Vec::new(),
            layers: 1,
        }
    }

    pub fn file(&self, compression: u16, picture: &[u8]) -> Vec<u8> {
        let mut file = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
        file.extend(self.channels.to_be_bytes());
        file.extend(self.height.to_be_bytes());
        file.extend(self.width.to_be_bytes());
        file.extend(self.depth.to_be_bytes());
        file.extend(self.mode.to_be_bytes());
        let block = |data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], data].concat();
        file.extend(block(&self.palette));
        file.extend(block(&self.resources));
        file.extend(block(&block(&self.layers.to_be_bytes())));
        file.extend(compression.to_be_bytes());
        file.extend(picture);
        file
    }

    /// Channel after channel, without compression.
    pub fn plain(&self, pixel: impl Fn(u32, u32, u16) -> u8) -> Vec<u8> {
        let mut picture = Vec::new();
        for channel in 0..self.channels {
            for y in 0..self.height {
                picture.extend((0..self.width).map(|x| pixel(x, y, channel)));
            }
        }
        self.file(0, &picture)
    }
}
