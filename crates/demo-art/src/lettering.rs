//! A piece's words as lettering: an alphabet of strokes drawn here, straight or along an arc, so that no font is needed.
//!
//! What the alphabet does not have is set in whatever the reader has, squeezed into its place. What must not be here:
//! which words there are.

use super::palette::{Palette, Tone};
use super::shape::{ROUND, Step, data, short, steps};
use std::fmt::Write as _;

/// A letter, its width and its strokes. Capitals are ten high.
const ALPHABET: [(char, f64, &str); 49] = [
    ('A', 8.2, "M 0 10 L 4.1 0 L 8.2 10 M 1.5 6.7 L 6.7 6.7"),
    (
        'B',
        6.6,
        "M 0 4.8 L 3.8 4.8 C 7 4.8 7 0 3.8 0 L 0 0 L 0 10 L 4.1 10 C 7.6 10 7.6 4.8 4.1 4.8",
    ),
    (
        'C',
        8.0,
        "M 8 2.1 C 7.1 0.7 5.9 0 4.7 0 C 2 0 0 2 0 5 C 0 8 2 10 4.7 10 C 5.9 10 7.1 9.3 8 7.9",
    ),
    ('D', 7.8, "M 0 0 L 3 0 C 9.4 0 9.4 10 3 10 L 0 10 Z"),
    ('E', 5.8, "M 5.8 0 L 0 0 L 0 10 L 5.8 10 M 0 4.9 L 5 4.9"),
    ('F', 5.6, "M 5.6 0 L 0 0 L 0 10 M 0 5 L 4.8 5"),
    (
        'G',
        8.4,
        "M 7.9 1.9 C 7 0.6 5.9 0 4.7 0 C 2 0 0 2 0 5 C 0 8 2 10 4.7 10 C 7 10 8.4 8.6 8.4 5.6 L 5.2 5.6",
    ),
    ('H', 7.2, "M 0 0 L 0 10 M 7.2 0 L 7.2 10 M 0 4.9 L 7.2 4.9"),
    ('I', 0.0, "M 0 0 L 0 10"),
    ('J', 4.6, "M 4.6 0 L 4.6 7.2 C 4.6 11 0 10.9 0 7.8"),
    ('K', 6.8, "M 0 0 L 0 10 M 6.4 0 L 0 6 M 2.5 3.7 L 6.8 10"),
    ('L', 5.4, "M 0 0 L 0 10 L 5.4 10"),
    ('M', 9.0, "M 0 10 L 0 0 L 4.5 6.6 L 9 0 L 9 10"),
    ('N', 7.4, "M 0 10 L 0 0 L 7.4 10 L 7.4 0"),
    (
        'O',
        9.2,
        "M 4.6 0 C 7.3 0 9.2 2 9.2 5 C 9.2 8 7.3 10 4.6 10 C 1.9 10 0 8 0 5 C 0 2 1.9 0 4.6 0 Z",
    ),
    ('P', 6.6, "M 0 10 L 0 0 L 3.8 0 C 7.5 0 7.5 5.6 3.8 5.6 L 0 5.6"),
    (
        'Q',
        9.2,
        "M 4.6 0 C 7.3 0 9.2 2 9.2 5 C 9.2 8 7.3 10 4.6 10 C 1.9 10 0 8 0 5 C 0 2 1.9 0 4.6 0 Z M 5.8 7 L 9 10.4",
    ),
    (
        'R',
        6.9,
        "M 0 10 L 0 0 L 3.8 0 C 7.5 0 7.5 5.5 3.8 5.5 L 0 5.5 M 3.6 5.5 L 6.9 10",
    ),
    (
        'S',
        6.6,
        "M 6.3 1.8 C 5.6 0.6 4.6 0 3.3 0 C 1.5 0 0.3 1 0.3 2.5 C 0.3 6 6.6 4 6.6 7.4 C 6.6 9 5.2 10 3.4 10 C 1.8 10 \
         0.7 9.3 0 8",
    ),
    ('T', 7.2, "M 0 0 L 7.2 0 M 3.6 0 L 3.6 10"),
    ('U', 7.2, "M 0 0 L 0 6.3 C 0 11.2 7.2 11.2 7.2 6.3 L 7.2 0"),
    ('V', 8.0, "M 0 0 L 4 10 L 8 0"),
    ('W', 11.6, "M 0 0 L 2.9 10 L 5.8 1.4 L 8.7 10 L 11.6 0"),
    ('X', 7.4, "M 0 0 L 7.4 10 M 7.4 0 L 0 10"),
    ('Y', 7.6, "M 0 0 L 3.8 5.2 L 7.6 0 M 3.8 5.2 L 3.8 10"),
    ('Z', 7.0, "M 0 0 L 7 0 L 0 10 L 7 10"),
    (
        '0',
        7.0,
        "M 3.5 0 C 5.7 0 7 2 7 5 C 7 8 5.7 10 3.5 10 C 1.3 10 0 8 0 5 C 0 2 1.3 0 3.5 0 Z",
    ),
    ('1', 2.6, "M 0 2 L 2.6 0 L 2.6 10"),
    ('2', 6.2, "M 0.2 2.7 C 0.4 -0.9 6 -0.9 6 2.8 C 6 5 2.6 7 0 10 L 6.2 10"),
    (
        '3',
        6.2,
        "M 0.2 1.6 C 1.6 -0.6 5.8 -0.4 5.8 2.5 C 5.8 4.2 4.4 4.8 2.6 4.8 C 4.8 4.8 6.2 5.7 6.2 7.3 C 6.2 10.6 1.4 \
         10.8 0 8.4",
    ),
    ('4', 7.0, "M 5.2 10 L 5.2 0 L 0 7 L 7 7"),
    (
        '5',
        6.2,
        "M 5.6 0 L 0.9 0 L 0.5 4.6 C 2.6 3.2 6.2 3.8 6.2 6.8 C 6.2 10.6 1.4 10.8 0 8.5",
    ),
    (
        '6',
        6.4,
        "M 4.8 0 C 2 1.8 0 4.4 0 6.8 C 0 11.1 6.4 11.1 6.4 6.8 C 6.4 3 1.6 3 0.3 5.4",
    ),
    ('7', 6.0, "M 0 0 L 6 0 L 2 10"),
    (
        '8',
        6.4,
        "M 3.2 4.7 C -0.4 4.7 -0.4 0 3.2 0 C 6.8 0 6.8 4.7 3.2 4.7 C -1.1 4.7 -1.1 10 3.2 10 C 7.5 10 7.5 4.7 3.2 4.7 \
         Z",
    ),
    (
        '9',
        6.4,
        "M 1.6 10 C 4.4 8.2 6.4 5.6 6.4 3.2 C 6.4 -1.1 0 -1.1 0 3.2 C 0 7 4.8 7 6.1 4.6",
    ),
    (
        '&',
        7.6,
        "M 7.6 10 L 1.6 3.1 C -0.4 0.6 4.8 -1.3 5 1.7 C 5.1 4.4 0 4.5 0 7.4 C 0 11 5.8 11 7 5.6",
    ),
    ('\'', 0.0, "M 0 0 L 0 2.4"),
    ('’', 0.0, "M 0 0 L 0 2.4"),
    ('-', 3.4, "M 0 5.2 L 3.4 5.2"),
    ('–', 5.0, "M 0 5.2 L 5 5.2"),
    ('.', 0.1, "M 0 10 L 0.1 10"),
    (',', 0.8, "M 0.8 9.8 L 0 11.6"),
    ('!', 0.1, "M 0 0 L 0 6.4 M 0 10 L 0.1 10"),
    (
        '?',
        5.0,
        "M 0 2 C 0.6 -0.8 5 -0.6 5 2.4 C 5 4.6 2.5 4.6 2.5 6.8 M 2.5 10 L 2.6 10",
    ),
    (':', 0.1, "M 0 3.4 L 0.1 3.4 M 0 9 L 0.1 9"),
    ('+', 5.4, "M 2.7 2.4 L 2.7 7.8 M 0 5.1 L 5.4 5.1"),
    ('/', 4.4, "M 0 10 L 4.4 0"),
    ('·', 0.1, "M 0 5 L 0.1 5"),
];

/// What a space takes.
const SPACE: f64 = 4.6;
/// As many letters as a line holds.
const LONGEST: usize = 14;

/// A title as it is shown: one or two short lines.
#[derive(Clone)]
pub struct Words {
    first: String,
    second: Option<String>,
}

impl Words {
    /// Of a title: as many words as two short lines hold, in capitals.
    pub fn of(title: &str) -> Self {
        let clean: String = title
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let words: Vec<String> = clean
            .split_whitespace()
            .map(|word| word.to_uppercase().chars().take(LONGEST).collect())
            .collect();
        // As many words as can be split over two lines, and the split that leaves the longer line shortest.
        let longer = |words: &[String], at: usize| {
            let (first, second) = words.split_at_checked(at)?;
            let longer = joined(first).chars().count().max(joined(second).chars().count());
            (longer <= LONGEST).then_some((longer, at))
        };
        let fitting = (1..=words.len().min(9)).rev().find_map(|count| {
            let taken = words.get(..count)?;
            let (_, at) = (1..=count).filter_map(|at| longer(taken, at)).min()?;
            taken.split_at_checked(at)
        });
        let (first, second) = fitting.map_or_else(Default::default, |(first, second)| (joined(first), joined(second)));
        Words {
            first: if first.is_empty() { "UNTITLED".to_owned() } else { first },
            second: Some(second).filter(|second| !second.is_empty()),
        }
    }

    pub fn first(&self) -> &str {
        &self.first
    }

    pub fn second(&self) -> Option<&str> {
        self.second.as_deref()
    }

    /// Both lines as one.
    pub fn whole(&self) -> String {
        match &self.second {
            Some(second) => format!("{} {second}", self.first),
            None => self.first.clone(),
        }
    }

    /// All of it can be drawn with the alphabet here.
    pub fn drawable(&self) -> bool {
        self.whole().chars().all(known)
    }
}

fn joined(words: &[String]) -> String {
    words.join(" ")
}

fn known(letter: char) -> bool {
    letter == ' ' || glyph(letter).is_some()
}

fn glyph(letter: char) -> Option<(f64, &'static str)> {
    let found = ALPHABET.iter().find(|(name, ..)| *name == letter);
    found.map(|&(_, width, strokes)| (width, strokes))
}

/// How letters look.
#[derive(Clone, Copy, PartialEq)]
pub enum Face {
    Plain,
    /// A second color behind, down to the right.
    Shadow,
    /// A light line within the strokes.
    Inline,
    /// A dark edge around colored strokes.
    Edged,
}

/// Weight, spacing and looks of some lettering.
#[derive(Clone, Copy)]
pub struct Style {
    pub face: Face,
    /// Of a stroke, where a capital is ten high.
    pub stroke: f64,
    /// Between letters.
    pub gap: f64,
    pub tone: Tone,
    /// Of the shadow, the inner line or the filling.
    pub other: Tone,
    /// Ends are square.
    pub square: bool,
}

impl Style {
    pub fn plain(tone: Tone, stroke: f64) -> Self {
        Style {
            face: Face::Plain,
            stroke,
            gap: 2.0,
            tone,
            other: tone,
            square: false,
        }
    }

    /// Between the middles of neighboring strokes.
    fn space(&self) -> f64 {
        self.gap + self.stroke
    }

    /// A line's width, where a capital is ten high.
    fn width(&self, text: &str) -> f64 {
        let letters: f64 = text
            .chars()
            .map(|letter| glyph(letter).map_or(SPACE - self.space(), |(width, _)| width) + self.space())
            .sum();
        letters - self.space() + self.stroke
    }

    /// The strokes of a line, put where `to` says; x runs from the line's middle, y from its top.
    fn strokes(&self, text: &str, to: &dyn Fn(f64, f64) -> (f64, f64)) -> String {
        let mut x = (self.stroke - self.width(text)) / 2.0;
        let mut out: Vec<Step> = Vec::new();
        for letter in text.chars() {
            let Some((width, strokes)) = glyph(letter) else {
                x += SPACE;
                continue;
            };
            let shift = |(px, py): (f64, f64)| to(x + px, py);
            out.extend(steps(strokes).into_iter().map(|step| match step {
                Step::Move(a) => Step::Move(shift(a)),
                Step::Line(a) => Step::Line(shift(a)),
                Step::Curve(a, b, c) => Step::Curve(shift(a), shift(b), shift(c)),
                Step::Close => Step::Close,
            }));
            x += width + self.space();
        }
        data(&out)
    }

    fn painted(&self, strokes: &str, size: f64, palette: &Palette) -> String {
        let unit = size / 10.0;
        let ends = if self.square {
            "stroke-linecap=\"square\" stroke-linejoin=\"miter\" stroke-miterlimit=\"3\""
        } else {
            ROUND
        };
        let path = |tone: Tone, width: f64, shift: f64| {
            let moved = if shift == 0.0 {
                String::new()
            } else {
                format!(" transform=\"translate({0} {0})\"", short(shift))
            };
            format!(
                "<path d=\"{strokes}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{width:.2}\" {ends}{moved}/>",
                palette.color(tone),
            )
        };
        let full = self.stroke * unit;
        match self.face {
            Face::Plain => path(self.tone, full, 0.0),
            Face::Shadow => path(self.other, full, size * 0.075) + &path(self.tone, full, 0.0),
            Face::Inline => path(self.tone, full, 0.0) + &path(self.other, full * 0.22, 0.0),
            Face::Edged => path(self.tone, full, 0.0) + &path(self.other, full * 0.56, 0.0),
        }
    }

    /// One line in the middle of a place, as large as fits.
    pub fn line(&self, text: &str, place: Place, palette: &Palette) -> String {
        if !text.chars().all(known) {
            return self.foreign(text, place, palette);
        }
        let size = place.height.min(10.0 * place.width / self.width(text));
        let size = size * 10.0 / (10.0 + self.stroke);
        let (unit, top) = (size / 10.0, place.y - size / 2.0);
        let strokes = self.strokes(text, &|x, y| (place.x + x * unit, top + y * unit));
        self.painted(&strokes, size, palette)
    }

    /// Both lines of a title, as wide as fits.
    pub fn block(&self, words: &Words, place: Place, palette: &Palette) -> String {
        let Some(second) = words.second() else {
            return self.line(words.first(), place, palette);
        };
        let half = place.height * 0.46;
        let share = |text: &str| half.min(10.0 * place.width / self.width(text));
        // A longer line is smaller: the lines' heights follow from their widths.
        let (one, two) = (share(words.first()), share(second));
        let gap = place.height * 0.08;
        let top = place.y - (one + two + gap) / 2.0;
        let at = |y: f64, height: f64| Place {
            y: y + height / 2.0,
            height,
            ..place
        };
        self.line(words.first(), at(top, one), palette) + &self.line(second, at(top + one + gap, two), palette)
    }

    /// A line along a circle; over the top, or under the bottom, where it reads from the left as well.
    pub fn arc(&self, text: &str, center: (f64, f64), radius: f64, size: f64, over: bool, palette: &Palette) -> String {
        let widest = radius * if over { 2.9 } else { 2.0 };
        let size = size.min(10.0 * widest / self.width(text)) * 10.0 / (10.0 + self.stroke);
        let unit = size / 10.0;
        let (x, y) = center;
        let strokes = self.strokes(text, &|along, down| {
            let turn = along * unit / radius;
            if over {
                let reach = radius + size / 2.0 - down * unit;
                (x + reach * turn.sin(), y - reach * turn.cos())
            } else {
                let reach = radius - size / 2.0 + down * unit;
                (x + reach * turn.sin(), y + reach * turn.cos())
            }
        });
        self.painted(&strokes, size, palette)
    }

    /// What the alphabet here does not have.
    fn foreign(&self, text: &str, place: Place, palette: &Palette) -> String {
        let ems: f64 = text
            .chars()
            .map(|letter| if u32::from(letter) > 0x2E80 { 1.0 } else { 0.66 })
            .sum();
        let size = (place.height * 0.8).min(place.width / ems.max(1.0));
        let weight = if self.stroke > 1.3 { "700" } else { "400" };
        format!(
            "<text x=\"{}\" y=\"{}\" font-family=\"sans-serif\" font-weight=\"{weight}\" font-size=\"{}\" \
             text-anchor=\"middle\" \
             textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\">{}</text>",
            short(place.x),
            short(place.y + size * 0.36),
            short(size),
            short(size * ems),
            palette.color(self.tone),
            escaped(text)
        )
    }
}

/// Where lettering goes: the middle, and how large it may be.
#[derive(Clone, Copy)]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A place.
pub fn place(x: f64, y: f64, width: f64, height: f64) -> Place {
    Place { x, y, width, height }
}

/// Text within XML.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        let _ = match letter {
            '&' => write!(out, "&amp;"),
            '<' => write!(out, "&lt;"),
            '>' => write!(out, "&gt;"),
            '"' => write!(out, "&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => Ok(()),
            plain => write!(out, "{plain}"),
        };
    }
    out
}
