//! What the parent tells the child on its command line: `png bytes=52428800 pixels=80000000 …`. Readable, so that a list of
//! processes says what is going on.

use crate::{Kind, Limits};
use std::{ffi::OsStr, time::Duration};

/// What the child is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub kind: Kind,
    /// The time by the clock is the parent's affair: here it is zero.
    pub limits: Limits,
}

/// As words of a command line.
pub fn write(kind: Kind, limits: &Limits) -> Vec<String> {
    vec![
        kind.name().to_owned(),
        format!("bytes={}", limits.bytes),
        format!("pixels={}", limits.pixels),
        format!("side={}", limits.side),
        format!("memory={}", limits.memory),
        format!("processor={}", limits.processor),
        format!("thumbnail={}", limits.thumbnail),
        format!("preview={}", limits.preview),
    ]
}

/// Reads them again; `None` where one is missing or unknown: then parent and child are not of one program.
pub fn read(words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Option<Order> {
    let mut words = words.into_iter();
    let mut word = || words.next()?.as_ref().to_str().map(str::to_owned);
    let kind = Kind::from_name(&word()?)?;
    let mut number = |name: &str| word()?.strip_prefix(name)?.strip_prefix('=')?.parse::<u64>().ok();
    let limits = Limits {
        bytes: number("bytes")?,
        pixels: number("pixels")?,
        side: number("side")?.try_into().ok()?,
        memory: number("memory")?,
        processor: number("processor")?,
        wall: Duration::ZERO,
        thumbnail: number("thumbnail")?.try_into().ok()?,
        preview: number("preview")?.try_into().ok()?,
    };
    words.next().is_none().then_some(Order { kind, limits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rq9_the_child_reads_what_the_parent_wrote() {
        let limits = Limits {
            bytes: 1,
            pixels: 2,
            side: 3,
            memory: 4,
            processor: 5,
            wall: Duration::ZERO,
            thumbnail: 6,
            preview: 7,
        };
        for kind in Kind::ALL {
            assert_eq!(read(write(kind, &limits)), Some(Order { kind, limits }));
        }
    }

    #[test]
    fn rq9_words_of_another_program_are_not_read() {
        let words = write(Kind::Png, &Limits::default());
        assert!(read(&words[..words.len() - 1]).is_none());
        assert!(read(words.iter().chain(&words[1..2])).is_none());
        assert!(read(&words[1..]).is_none());
        assert!(read(words.iter().map(|word| word.replace("side=", "side=-"))).is_none());
        assert!(read(std::iter::empty::<&str>()).is_none());
    }
}
