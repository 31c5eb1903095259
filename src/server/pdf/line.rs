//! A line of text for a PDF file: which glyphs, of which fonts, and where, in any script and in both directions.
//!
//! A text is taken apart into what one font draws in one direction; each piece is shaped as its script wants, and the pieces
//! are put in the order in which they are seen. The characters stay beside the glyphs, so that a reader finds and copies what
//! was written, and also where nothing but a box could be drawn for it.

use super::fonts::{self, Face, Fonts};
use harfrust::{BufferClusterLevel, Direction, ShapeOptions, ShapePlan, UnicodeBuffer};
use icu_properties::{
    CodePointSetData,
    props::{DefaultIgnorableCodePoint, Script},
};
use krilla::{
    geom::Point,
    surface::{Location, Surface},
    text::{Glyph, GlyphId},
};
use std::{collections::HashMap, ops::Range, ptr, rc::Rc};
use unicode_bidi::{BidiInfo, Level};
use unicode_segmentation::UnicodeSegmentation;

/// What stands for the rest of a text that is cut.
const CUT: &str = "…";
/// What is drawn for a character that no font has.
const BOX: char = '\u{fffd}';

/// Hundredths of a point as the file's numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "a page has fewer hundredths of a point than an f32 has digits"
)]
pub const fn real(hundredths: i32) -> f32 {
    hundredths as f32
}

/// A length in a font's own units, in the unit of the size.
fn hundredths(units: i64, size: i32, per_em: i32) -> i32 {
    i32::try_from(units * i64::from(size) / i64::from(per_em)).unwrap_or(i32::MAX)
}

/// How many of its own units a font has for its size.
fn per_em(face: &Face) -> i32 {
    face.shaper.units_per_em().max(1)
}

/// A glyph, in its font's own units.
#[derive(Clone)]
struct Placed {
    id: u32,
    /// Which of the text's bytes it shows.
    of: Range<usize>,
    advance: i32,
    right: i32,
    up: i32,
    per_em: i32,
}

impl Placed {
    #[expect(
        clippy::float_arithmetic,
        reason = "where a glyph stands is what the file's numbers say"
    )]
    fn scaled(&self, units: i32, size: f32) -> f32 {
        real(units) / real(self.per_em) * size
    }
}

impl Glyph for Placed {
    fn glyph_id(&self) -> GlyphId {
        GlyphId::new(self.id)
    }
    fn text_range(&self) -> Range<usize> {
        self.of.clone()
    }
    fn x_advance(&self, size: f32) -> f32 {
        self.scaled(self.advance, size)
    }
    fn x_offset(&self, size: f32) -> f32 {
        self.scaled(self.right, size)
    }
    fn y_offset(&self, size: f32) -> f32 {
        self.scaled(self.up, size)
    }
    fn y_advance(&self, _size: f32) -> f32 {
        0.0
    }
    fn location(&self) -> Option<Location> {
        None
    }
}

/// What one font draws in one direction.
struct Piece {
    face: &'static Face,
    glyphs: Vec<Placed>,
}

impl Piece {
    fn width(&self, size: i32) -> i32 {
        let units: i64 = self.glyphs.iter().map(|glyph| i64::from(glyph.advance)).sum();
        hundredths(units, size, per_em(self.face))
    }
}

/// A text, ready to be drawn; its pieces from left to right.
pub struct Line {
    /// What is seen of it.
    pub(super) text: String,
    pieces: Vec<Piece>,
}

impl Line {
    /// How wide it is, in the unit of the size.
    pub fn width(&self, size: i32) -> i32 {
        self.pieces
            .iter()
            .fold(0, |sum, piece| sum.saturating_add(piece.width(size)))
    }

    /// How wide the glyphs are that begin in a part of the text.
    pub(super) fn width_of(&self, part: Range<usize>, size: i32) -> i32 {
        let glyphs = self.pieces.iter().flat_map(|piece| &piece.glyphs);
        glyphs
            .filter(|glyph| part.contains(&glyph.of.start))
            .map(|glyph| hundredths(i64::from(glyph.advance), size, glyph.per_em))
            .sum()
    }

    /// Draws it from a point on its baseline on.
    pub fn draw(&self, surface: &mut Surface<'_>, x: i32, y: i32, size: i32) {
        let mut x = x;
        for piece in &self.pieces {
            let from = Point::from_xy(real(x), real(y));
            surface.draw_glyphs(
                from,
                &piece.glyphs,
                piece.face.drawn.clone(),
                &self.text,
                real(size),
                false,
            );
            x = x.saturating_add(piece.width(size));
        }
    }
}

/// A part of a text, before it is shaped.
struct Part {
    range: Range<usize>,
    /// None where no font has it.
    face: Option<&'static Face>,
    script: Option<Script>,
    level: Level,
}

impl Part {
    fn goes_on_with(&self, next: &Part) -> bool {
        let same = match (self.face, next.face) {
            (Some(one), Some(other)) => ptr::eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same && self.script == next.script && self.level == next.level
    }
}

/// Whether a character shows something, which a font must have.
fn is_seen(c: &char) -> bool {
    !c.is_control() && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(*c)
}

/// The text as one line.
pub(super) fn on_one_line(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if blank(c) { ' ' } else { c }).collect()
}

/// Glyphs of a text from right to left, so that readers, which take up one glyph after the other and turn the whole around, find
/// each character where it was written: of characters that are one glyph, and of signs on a letter, each gets a glyph of its own
/// on the line, an empty one.
fn one_by_one(text: &str, glyphs: &[Placed], blank: Option<u32>) -> Vec<Placed> {
    let mut all: Vec<Placed> = Vec::with_capacity(glyphs.len());
    for group in glyphs.chunk_by(|one, next| one.of == next.of) {
        let (signs, letter) = match group.split_last() {
            Some((last, before)) if last.advance != 0 => (before, Some(last)),
            _ => (group, None),
        };
        let of = group.first().map_or(0..0, |glyph| glyph.of.clone());
        // Those of the text that the letter itself does not stand for.
        let own = usize::from(letter.is_some());
        let chars: Vec<Range<usize>> = text[of.clone()]
            .char_indices()
            .map(|(at, c)| of.start + at..of.start + at + c.len_utf8())
            .collect();
        let (Some(id), Some(last), true) = (
            blank,
            chars.last().filter(|_| chars.len() > own),
            signs.iter().all(|sign| sign.advance == 0),
        ) else {
            all.extend_from_slice(group);
            continue;
        };
        let empty = |of: &Range<usize>, like: &Placed| Placed {
            id,
            of: of.clone(),
            advance: 0,
            right: 0,
            up: 0,
            per_em: like.per_em,
        };
        all.push(empty(last, &group[0]));
        all.extend(signs.iter().map(|sign| Placed {
            of: last.clone(),
            ..sign.clone()
        }));
        all.extend(chars[own..chars.len() - 1].iter().rev().map(|of| empty(of, &group[0])));
        all.extend(letter.map(|letter| Placed {
            of: chars[0].clone(),
            ..letter.clone()
        }));
    }
    all
}

/// Makes lines, and remembers what is the same for many of them.
pub struct Setter<'a> {
    fonts: &'a Fonts,
    plans: HashMap<(*const Face, bool, Option<Script>), ShapePlan>,
    faces: HashMap<(String, Option<Script>, bool), Option<&'static Face>>,
    lines: HashMap<(String, i32, bool), Rc<Line>>,
}

impl<'a> Setter<'a> {
    /// With the fonts of a machine.
    pub fn new(fonts: &'a Fonts) -> Self {
        Setter {
            fonts,
            plans: HashMap::new(),
            faces: HashMap::new(),
            lines: HashMap::new(),
        }
    }

    /// A text as wide as it is.
    pub fn whole(&mut self, text: &str, bold: bool) -> Line {
        let text = on_one_line(text);
        let parts = self.parts(&text, bold);
        let levels: Vec<Level> = parts.iter().map(|part| part.level).collect();
        let mut pieces = Vec::with_capacity(parts.len());
        for at in BidiInfo::reorder_visual(&levels) {
            pieces.extend(self.shaped(&text, &parts[at], bold));
        }
        Line { text, pieces }
    }

    /// A text, cut where it does not fit.
    pub fn fitting(&mut self, text: &str, room: i32, size: i32, bold: bool) -> Rc<Line> {
        // The room in thousandths of the size, so that one size is as good as another.
        let key = (text.to_owned(), room.saturating_mul(1_000) / size.max(1), bold);
        if let Some(line) = self.lines.get(&key) {
            return line.clone();
        }
        let line = Rc::new(self.cut(text, room, size, bold));
        // A table may have very many texts that are there once.
        if self.lines.len() >= 4_096 {
            self.lines.clear();
        }
        self.lines.insert(key, line.clone());
        line
    }

    fn cut(&mut self, text: &str, room: i32, size: i32, bold: bool) -> Line {
        // Nothing is so narrow that more would fit: what is far too long is not looked at to its end.
        let far = (text.len() > 1_000)
            .then(|| text.grapheme_indices(true).nth(1_000))
            .flatten()
            .map(|(at, _)| at);
        let near = on_one_line(&text[..far.unwrap_or(text.len())]);
        let whole = self.whole(&near, bold);
        if far.is_none() && whole.width(size) <= room {
            return whole;
        }
        // As much as its own letters say, and less where they are wider before the sign.
        let cut = self.whole(CUT, bold);
        let mut left = room - cut.width(size);
        let mut ends = Vec::new();
        for (at, cluster) in near.grapheme_indices(true) {
            left -= whole.width_of(at..at + cluster.len(), size);
            if left < 0 {
                break;
            }
            ends.push(at + cluster.len());
        }
        for end in ends.into_iter().rev() {
            let line = self.whole(&format!("{}{CUT}", near[..end].trim_end()), bold);
            if line.width(size) <= room {
                return line;
            }
        }
        cut
    }

    fn parts(&mut self, text: &str, bold: bool) -> Vec<Part> {
        // Most of all texts, and much quicker.
        if text.is_ascii() && !text.is_empty() {
            return vec![Part {
                range: 0..text.len(),
                face: fonts::own(bold),
                script: Some(Script::Latin),
                level: Level::ltr(),
            }];
        }
        // As on the pages: a line runs from the left, whatever its first letter is.
        let bidi = BidiInfo::new(text, Some(Level::ltr()));
        let Some(paragraph) = bidi.paragraphs.first() else {
            return Vec::new();
        };
        let levels = bidi.reordered_levels(paragraph, paragraph.range.clone());
        let clusters: Vec<(usize, &str)> = text.grapheme_indices(true).collect();
        // What has no script of its own is of the one before it; at the beginning, of the first.
        let mut script = text.chars().find_map(fonts::script_of);
        let mut parts: Vec<Part> = Vec::new();
        for (at, cluster) in clusters {
            script = cluster.chars().find_map(fonts::script_of).or(script);
            let part = Part {
                range: at..at + cluster.len(),
                face: self.face(cluster, script, bold),
                script,
                level: levels[at],
            };
            match parts.last_mut() {
                Some(last) if last.goes_on_with(&part) => last.range.end = part.range.end,
                _ => parts.push(part),
            }
        }
        parts
    }

    fn face(&mut self, cluster: &str, script: Option<Script>, bold: bool) -> Option<&'static Face> {
        let own = fonts::own(bold);
        let seen: Vec<char> = cluster.chars().filter(is_seen).collect();
        if own.is_some_and(|own| own.has(&seen)) {
            return own;
        }
        let key = (cluster.to_owned(), script, bold);
        if let Some(known) = self.faces.get(&key) {
            return *known;
        }
        // Rather a letter without one of its signs than nothing.
        let letter = &seen[..1.min(seen.len())];
        let face = self
            .fonts
            .face(&seen, script, bold)
            .or_else(|| own.filter(|own| own.has(letter)))
            .or_else(|| self.fonts.face(letter, script, bold));
        if face.is_none() {
            let c = letter.first().copied().unwrap_or(BOX);
            fonts::missing(fonts::script_of(c), c);
        }
        if self.faces.len() >= 16_384 {
            self.faces.clear();
        }
        self.faces.insert(key, face);
        face
    }

    fn shaped(&mut self, text: &str, part: &Part, bold: bool) -> Option<Piece> {
        let words = &text[part.range.clone()];
        let Some(face) = part.face else {
            let face = fonts::own(bold)?;
            let boxed = self.glyphs(face, &BOX.to_string(), "", "", None, false);
            let mut glyphs = Vec::new();
            for (at, cluster) in words.grapheme_indices(true) {
                let at = part.range.start + at;
                glyphs.extend(boxed.iter().map(|glyph| Placed {
                    of: at..at + cluster.len(),
                    ..*glyph
                }));
            }
            if part.level.is_rtl() {
                glyphs.reverse();
            }
            return Some(Piece { face, glyphs });
        };
        let (before, after) = (&text[..part.range.start], &text[part.range.end..]);
        let mut glyphs = self.glyphs(face, words, before, after, part.script, part.level.is_rtl());
        for glyph in &mut glyphs {
            glyph.of = part.range.start + glyph.of.start..part.range.start + glyph.of.end;
        }
        if part.level.is_rtl() {
            glyphs = one_by_one(text, &glyphs, face.blank());
        }
        (!glyphs.is_empty()).then_some(Piece { face, glyphs })
    }

    fn glyphs(
        &mut self,
        face: &'static Face,
        words: &str,
        before: &str,
        after: &str,
        script: Option<Script>,
        rtl: bool,
    ) -> Vec<Placed> {
        let direction = if rtl {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(words);
        // Letters may be joined across the borders of pieces.
        buffer.set_pre_context(before);
        buffer.set_post_context(after);
        buffer.set_direction(direction);
        buffer.set_cluster_level(BufferClusterLevel::MonotoneCharacters);
        let tag = script.and_then(fonts::tag_of);
        if let Some(tag) = tag {
            buffer.set_script(tag);
        }
        let plan = self
            .plans
            .entry((ptr::from_ref(face), rtl, script))
            .or_insert_with(|| ShapePlan::new(&face.shaper, direction, tag, None, &[]));
        let shaped = face.shaper.shape(buffer, ShapeOptions::new().plan(Some(plan)));
        let start = |cluster: u32| usize::try_from(cluster).unwrap_or(0);
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| start(info.cluster)).collect();
        starts.push(words.len());
        starts.sort_unstable();
        let of = |cluster: u32| {
            let from = start(cluster);
            let next = starts.partition_point(|start| *start <= from);
            from..starts.get(next).copied().unwrap_or(words.len())
        };
        shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, position)| Placed {
                id: info.glyph_id,
                of: of(info.cluster),
                advance: position.x_advance,
                right: position.x_offset,
                up: position.y_offset,
                per_em: per_em(face),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Line {
        Setter::new(Fonts::of_this_machine()).whole(text, false)
    }

    /// The line's glyphs from left to right: which, and of which characters.
    fn seen(line: &Line) -> Vec<(u32, &str)> {
        let glyphs = line.pieces.iter().flat_map(|piece| &piece.glyphs);
        glyphs.map(|glyph| (glyph.id, &line.text[glyph.of.clone()])).collect()
    }

    #[test]
    fn every_script_has_its_letters() {
        // Needs the fonts that `scripts/setup test` installs.
        for name in [
            "Łódź Çağrı Đặng Zoë",
            "Ωμέγα Σχέδιο",
            "Їжак Жаба",
            "שָׁלוֹם",
            "السلام عليكم",
            "東京デザイン株式会社",
            "上海设计",
            "한국어 주식회사",
            "ร้านน้ำชา",
            "क्षेत्र हिन्दी",
            "বাংলা",
            "தமிழ்",
            "ქართული",
            "አማርኛ",
            "😀🚀👨‍👩‍👧",
        ] {
            let missing = Setter::new(Fonts::of_this_machine())
                .parts(name, true)
                .into_iter()
                .filter(|part| part.face.is_none())
                .count();
            assert_eq!(missing, 0, "{name}: a font has it");
            for (glyph, of) in seen(&whole(name)) {
                assert_ne!(glyph, 0, "{name}: {of}");
            }
        }
    }

    #[test]
    fn what_no_font_has_is_a_box_and_keeps_its_characters() {
        let line = Setter::new(&Fonts::NONE).whole("A 東京", false);
        let a_box = seen(&whole("\u{fffd}"))[0].0;
        assert_eq!(seen(&line)[2..], [(a_box, "東"), (a_box, "京")]);
        assert!(line.width(1_000) > whole("A ").width(1_000));
    }

    #[test]
    fn what_runs_from_the_right_is_put_there() {
        let texts = |line: &Line| seen(line).iter().map(|(_, of)| *of).collect::<Vec<_>>().concat();
        assert_eq!(texts(&whole("אבג")), "גבא");
        assert_eq!(
            texts(&whole("To אבג 12")),
            "To 12 גבא",
            "figures run from the left, within what runs from the right"
        );
        let joined = |text: &str| seen(&whole(text)).iter().map(|(glyph, _)| *glyph).collect::<Vec<_>>();
        assert_ne!(joined("ببب")[0], joined("ب")[0], "letters are joined");
        // Two letters that are one glyph are still two characters to read, each at its place.
        assert_eq!(texts(&whole("سلام")), "مالس");
    }

    #[test]
    fn a_line_is_one_line() {
        let line = whole("a\nb\u{2029}c\td");
        assert_eq!(line.text, "a b c d");
        assert!(whole("").pieces.is_empty());
    }

    #[test]
    fn a_text_is_cut_to_its_room_and_never_within_a_character() {
        let mut setter = Setter::new(Fonts::of_this_machine());
        let room = setter.whole("$120.00", false).width(1_000);
        assert_eq!(room, 556 * 6 + 278, "as wide as Helvetica's");
        for text in [
            "Logo design",
            "東京デザイン株式会社",
            "שם ארוך מאוד שלא נכנס",
            "क्षेत्र हिन्दी कंपनी",
        ] {
            let line = setter.fitting(text, room, 1_000, false);
            let kept = line.text.strip_suffix(CUT).expect("it is cut");
            assert!(!kept.is_empty() && text.starts_with(kept), "{}", line.text);
            assert!(line.width(1_000) <= room, "{}", line.text);
            assert!(text.grapheme_indices(true).any(|(at, _)| at == kept.len()) || text[kept.len()..].starts_with(' '));
        }
        let exact = setter.whole("Logo", false).width(1_000);
        assert_eq!(setter.fitting("Logo", exact, 1_000, false).text, "Logo");
        assert_eq!(setter.fitting("Logo", exact - 1, 1_000, false).text, "Lo…");
        assert_eq!(setter.fitting("Logo", 0, 1_000, false).text, CUT);
        let endless = "W".repeat(100_000);
        assert!(setter.fitting(&endless, 50_000, 850, false).text.len() < 200);
    }
}
