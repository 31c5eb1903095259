//! Photoshop's files: the picture of all layers together, which it adds for programs that know nothing of layers.
//!
//! Read here, and not by a library: those that there are decode every layer first, take a fourth ink for transparency, and
//! panic at what is cut off. The picture is read row by row, so that its size in memory is that of the preview.

use super::{Drawn, check, raster::eight, shrink::Shrink};
use crate::{Limits, Refusal};

/// What is left of the file, or of a part of it.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// What begins with its own length, in bytes.
    fn block(&mut self) -> Option<Rest<'a>> {
        let length = self.u32()?;
        Some(Rest(self.take(length as usize)?))
    }

    /// The same, filled up to a multiple. Whether the last one is filled up as well depends on who wrote it.
    fn padded(&mut self, multiple: usize) -> Option<Rest<'a>> {
        let length = self.u32()? as usize;
        let data = self.take(length)?;
        let fill = length.next_multiple_of(multiple) - length;
        self.take(fill.min(self.0.len()))?;
        Some(Rest(data))
    }
}

/// How the channels of a pixel make a color.
#[derive(Clone, Copy, PartialEq)]
enum Colors {
    Gray,
    Indexed,
    Rgb,
    Cmyk,
}

impl Colors {
    fn channels(self) -> usize {
        match self {
            Colors::Gray | Colors::Indexed => 1,
            Colors::Rgb => 3,
            Colors::Cmyk => 4,
        }
    }
}

struct Header<'a> {
    width: u32,
    height: u32,
    /// All that are in the file, also those that are not read.
    channels: usize,
    /// Of a channel of a pixel: 1 or 2.
    bytes: usize,
    colors: Colors,
    /// Of indexed colors: all reds, all greens, all blues.
    palette: &'a [u8],
    /// The channel after those of the color is what can be seen through.
    alpha: bool,
}

pub fn draw(file: &[u8], limits: &Limits) -> Result<Drawn, Refusal> {
    let mut file = Rest(file);
    let header = header(&mut file, limits)?;
    let planes = Planes::new(file, &header)?;
    let read = header.colors.channels() + usize::from(header.alpha);
    let mut lines = vec![vec![0; header.width as usize * header.bytes]; read];
    let mut shrink = Shrink::new(header.width, header.height, limits.preview);
    for y in 0..header.height as usize {
        for (channel, line) in lines.iter_mut().enumerate() {
            let row = channel * header.height as usize + y;
            planes.line(row, line).ok_or(Refusal::Damaged)?;
        }
        shrink.row((0..header.width as usize).map(|x| pixel(&header, &lines, x)));
    }
    let (picture, see_through) = shrink.finish()?;
    Ok(Drawn {
        width: header.width,
        height: header.height,
        see_through,
        picture,
    })
}

fn header<'a>(file: &mut Rest<'a>, limits: &Limits) -> Result<Header<'a>, Refusal> {
    let cut = Refusal::Damaged;
    if file.take(4) != Some(b"8BPS") {
        return Err(Refusal::Damaged);
    }
    match file.u16() {
        Some(1) => (),
        // For pictures of more than 30,000 px.
        Some(2) => return Err(Refusal::NotSupported),
        _ => return Err(Refusal::Damaged),
    }
    file.take(6).ok_or(cut)?;
    let channels = usize::from(file.u16().ok_or(cut)?);
    let (height, width) = (file.u32().ok_or(cut)?, file.u32().ok_or(cut)?);
    check(width, height, limits)?;
    let bytes = match file.u16().ok_or(cut)? {
        8 => 1,
        16 => 2,
        // Line art, and more light than there is on paper.
        1 | 32 => return Err(Refusal::NotSupported),
        _ => return Err(Refusal::Damaged),
    };
    let colors = match file.u16().ok_or(cut)? {
        // Of duotone, the first ink: what Photoshop tells others to show.
        1 | 8 => Colors::Gray,
        2 => Colors::Indexed,
        3 => Colors::Rgb,
        4 => Colors::Cmyk,
        // A bitmap, inks that are not named, Lab.
        0 | 7 | 9 => return Err(Refusal::NotSupported),
        _ => return Err(Refusal::Damaged),
    };
    let palette = file.block().ok_or(cut)?.0;
    let resources = file.block().ok_or(cut)?;
    let layers = file.block().ok_or(cut)?;
    if colors == Colors::Indexed && (palette.len() < 768 || bytes != 1) || channels < colors.channels() {
        return Err(Refusal::Damaged);
    }
    if without_picture(resources) {
        return Err(Refusal::NotSupported);
    }
    Ok(Header {
        width,
        height,
        channels,
        bytes,
        colors,
        palette,
        alpha: colors != Colors::Indexed && channels > colors.channels() && transparent(layers).unwrap_or(false),
    })
}

/// It was saved without the picture of all layers: there is a white one in its place.
fn without_picture(mut resources: Rest<'_>) -> bool {
    const VERSION_INFO: u16 = 1057;
    let mut next = || {
        resources.take(4)?;
        let id = resources.u16()?;
        let name = usize::from(resources.take(1)?[0]);
        // The name with the byte of its length is an even number of bytes.
        resources.take(name + usize::from(name.is_multiple_of(2)))?;
        Some((id, resources.padded(2)?))
    };
    while let Some((id, data)) = next() {
        if id == VERSION_INFO {
            // Four bytes of a version, then whether there is one.
            return data.0.get(4) == Some(&0);
        }
    }
    false
}

/// Whether the first channel after the colors is transparency: it could be a selection that somebody kept, or one more ink.
fn transparent(mut section: Rest<'_>) -> Option<bool> {
    // The number of layers is negative then.
    let negative = |mut layers: Rest<'_>| layers.u16().is_some_and(|count| count & 0x8000 != 0);
    let layers = section.block()?;
    if !layers.0.is_empty() {
        return Some(negative(layers));
    }
    // With 16 bits the layers are further back, and where there are none a note says it.
    section.block()?;
    loop {
        section.take(4)?;
        let key = section.take(4)?;
        let data = section.padded(4)?;
        match key {
            b"Mtrn" | b"Mt16" | b"Mt32" => return Some(true),
            b"Layr" | b"Lr16" | b"Lr32" => return Some(negative(data)),
            _ => (),
        }
    }
}

/// The picture's channels, one after the other.
enum Planes<'a> {
    Plain(&'a [u8]),
    Packed {
        bytes: &'a [u8],
        /// Where each row begins, and the last one ends.
        starts: Vec<usize>,
    },
}

impl<'a> Planes<'a> {
    fn new(mut file: Rest<'a>, header: &Header<'_>) -> Result<Self, Refusal> {
        match file.u16().ok_or(Refusal::Damaged)? {
            0 => Ok(Planes::Plain(file.0)),
            1 => {
                let rows = header.height as usize * header.channels;
                let lengths = file.take(rows * 2).ok_or(Refusal::Damaged)?;
                let (lengths, _) = lengths.as_chunks::<2>();
                let mut starts = vec![0];
                let mut end = 0;
                starts.extend(lengths.iter().map(|length| {
                    end += usize::from(u16::from_be_bytes(*length));
                    end
                }));
                Ok(Planes::Packed { bytes: file.0, starts })
            }
            // Never written here, except by programs that are not Photoshop.
            2 | 3 => Err(Refusal::NotSupported),
            _ => Err(Refusal::Damaged),
        }
    }

    /// Fills a line with a row of a channel; `None` where there is none.
    fn line(&self, row: usize, line: &mut [u8]) -> Option<()> {
        match self {
            Planes::Plain(bytes) => {
                let start = row * line.len();
                line.copy_from_slice(bytes.get(start..start + line.len())?);
                Some(())
            }
            Planes::Packed { bytes, starts } => unpack(bytes.get(*starts.get(row)?..*starts.get(row + 1)?)?, line),
        }
    }
}

/// What Apple called `PackBits`: runs of bytes as they are, and of one byte several times.
fn unpack(packed: &[u8], line: &mut [u8]) -> Option<()> {
    let mut packed = Rest(packed);
    let mut left = line;
    while !left.is_empty() {
        let count = packed.take(1)?[0];
        let length = match count {
            0..128 => usize::from(count) + 1,
            128 => continue,
            129.. => 257 - usize::from(count),
        };
        let (part, rest) = left.split_at_mut_checked(length)?;
        if count < 128 {
            part.copy_from_slice(packed.take(length)?);
        } else {
            part.fill(packed.take(1)?[0]);
        }
        left = rest;
    }
    Some(())
}

/// A pixel of lines that stand one under the other, a channel each.
fn pixel(header: &Header<'_>, lines: &[Vec<u8>], x: usize) -> [u8; 4] {
    let value = |channel: usize| {
        let line = &lines[channel];
        match header.bytes {
            1 => line[x],
            _ => eight(u16::from_be_bytes([line[2 * x], line[2 * x + 1]])),
        }
    };
    let [red, green, blue] = match header.colors {
        Colors::Gray => [value(0); 3],
        Colors::Indexed => {
            let index = usize::from(value(0));
            [0, 256, 512].map(|channel| header.palette[channel + index])
        }
        Colors::Rgb => [value(0), value(1), value(2)],
        // How little ink there is.
        Colors::Cmyk => {
            let black = u16::from(value(3));
            // The product of two bytes, in 255 parts: a byte.
            [0, 1, 2].map(|ink| ((u16::from(value(ink)) * black + 127) / 255) as u8)
        }
    };
    if !header.alpha {
        return [red, green, blue, u8::MAX];
    }
    let alpha = value(header.colors.channels());
    [
        without_white(red, alpha),
        without_white(green, alpha),
        without_white(blue, alpha),
        alpha,
    ]
}

/// Photoshop lays what can be seen through on white; this is the color before.
fn without_white(value: u8, alpha: u8) -> u8 {
    let white = u8::MAX - alpha;
    let own = u32::from(value.saturating_sub(white)) * 255;
    own.checked_div(u32::from(alpha))
        .map_or(0, |value| value.min(255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rq9_packed_rows_are_unpacked() {
        let mut line = [0; 6];
        // Two as they are, nothing, four times the same.
        assert_eq!(unpack(&[1, 7, 8, 128, 253, 9], &mut line), Some(()));
        assert_eq!(line, [7, 8, 9, 9, 9, 9]);
    }

    #[test]
    fn rq9_packed_rows_that_are_too_long_or_too_short_are_refused() {
        for packed in [&[253, 9][..], &[250, 9, 0], &[5, 1, 2], &[128], &[129, 9], &[]] {
            assert_eq!(unpack(packed, &mut [0; 6]), None, "{packed:?}");
        }
    }

    #[test]
    fn rq9_the_white_behind_is_taken_away() {
        assert_eq!(without_white(200, 255), 200);
        // Half of black on white.
        assert_eq!(without_white(127, 128), 0);
        // Half of white on white.
        assert_eq!(without_white(255, 128), 255);
        assert_eq!(without_white(255, 0), 0);
    }

    #[test]
    fn rq9_transparency_is_told_from_other_channels() {
        let section = |layers: &[u8], rest: &[u8]| {
            let length = |data: &[u8]| (data.len() as u32).to_be_bytes();
            [&length(layers)[..], layers, &[0; 4], rest].concat()
        };
        let told = |section: Vec<u8>| transparent(Rest(&section));
        assert_eq!(told(section(&(-2_i16).to_be_bytes(), &[])), Some(true));
        assert_eq!(told(section(&2_i16.to_be_bytes(), &[])), Some(false));
        assert_eq!(
            told(section(&[], b"8BIMxxxx\0\0\0\x01?\0\0\08BIMMt16\0\0\0\0")),
            Some(true)
        );
        assert_eq!(told(section(&[], b"8BIMLr16\0\0\0\x02\xff\xfe\0\0")), Some(true));
        assert_eq!(told(section(&[], b"8BIMLr16\0\0\0\x02\0\x02\0\0")), Some(false));
        assert_eq!(told(section(&[], b"8BIMxxxx\xff\xff\xff\xff")), None);
        assert_eq!(told(Vec::new()), None);
    }

    #[test]
    fn rq9_a_missing_picture_is_told_from_a_white_one() {
        let resources = |real: u8| [&b"8BIM\x04\x21\x03abc\0\0\0\x05\0\0\0\x01"[..], &[real, 0]].concat();
        let before = b"8BIM\x03\xed\0\0\0\0\0\x01?\0";
        assert!(without_picture(Rest(&resources(0))));
        assert!(!without_picture(Rest(&resources(1))));
        assert!(without_picture(Rest(&[before, &resources(0)[..]].concat())));
        assert!(!without_picture(Rest(&[])));
    }
}
