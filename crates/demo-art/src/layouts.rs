//! Pieces that stand alone, most without a ground: logos, shirt artwork, stickers, stitches, tracings.
//!
//! What must not be here: pictures that fill a sheet, and products.

use super::backdrops::{Backdrop, divider, scene};
use super::lettering::{Face, Style, place};
use super::motifs::Subject;
use super::palette::{Dice, Tone};
use super::shape::{
    Shape, cut_out, disc, fill, flat, group, nodes, outlined, petals, placed, ring, short, silhouette, star, stitched,
    threads,
};
use super::{Piece, document};
use std::fmt::Write as _;

/// Small lines that go with any title.
const TAGS: [&str; 8] = [
    "SMALL BATCH",
    "GOOD COMPANY",
    "EST. 2016",
    "MADE SLOWLY",
    "FIELD NOTES",
    "NO. 12",
    "EVERY DAY",
    "OPEN AIR",
];

impl Piece {
    /// A small line.
    pub fn tag(&self) -> &'static str {
        self.dice("tag").of(&TAGS, "EST. 2016")
    }

    /// What lettering is in.
    pub fn ink(&self) -> Tone {
        if self.on_dark { Tone::Paper } else { Tone::Ink }
    }

    /// The piece's lettering.
    pub fn style(&self) -> Style {
        let mut dice = self.dice("lettering");
        let face = dice.of(
            &[Face::Plain, Face::Plain, Face::Shadow, Face::Inline, Face::Edged],
            Face::Plain,
        );
        let stroke = match face {
            Face::Plain => dice.of(&[1.1, 1.7, 2.2], 1.7),
            Face::Shadow => 2.1,
            Face::Inline => 2.5,
            Face::Edged => 2.9,
        };
        let stroke = if self.revised() {
            (stroke * 1.25_f64).min(3.1)
        } else {
            stroke
        };
        let other = match face {
            Face::Edged => dice.of(&[Tone::Accent, Tone::Main], Tone::Accent),
            Face::Inline if !self.on_dark => Tone::Paper,
            _ if self.on_dark => Tone::Ink,
            _ => Tone::Main,
        };
        Style {
            face,
            stroke,
            gap: dice.between(1.5, 2.3),
            tone: self.ink(),
            other,
            square: dice.coin() && face != Face::Inline,
        }
    }

    /// The piece on a dark ground, or on a light one.
    pub fn on(&self, dark: bool) -> Self {
        Piece {
            on_dark: dark,
            ..self.clone()
        }
    }

    /// For small lines.
    pub fn small(&self) -> Style {
        Style {
            gap: 3.4,
            ..Style::plain(self.ink(), 1.3)
        }
    }

    pub fn backdrop(&self) -> Backdrop {
        // What a title says of the night is seen behind its motif.
        if self.beside.nightly() && !self.subject.scenic() {
            return Backdrop::Night;
        }
        Backdrop::of(self.subject, &mut self.dice("backdrop"))
    }

    /// The motif on its backdrop, about 240 across, around the origin.
    pub fn scene(&self) -> String {
        let scene = scene(self.subject, self.backdrop(), &mut self.dice("scene"), &self.palette);
        if self.on_dark && self.backdrop() == Backdrop::Nothing {
            return silhouette(
                &placed(&self.subject.shapes(), 0.0, 0.0, 1.24),
                &self.palette.color(Tone::Paper),
                4.5,
            ) + &scene;
        }
        scene
    }

    /// The artwork of a shirt, in 400 by 480.
    pub fn artwork(&self) -> String {
        let mut dice = self.dice("layout");
        let arched = self.words.drawable();
        match dice.below(11) {
            0 | 1 if arched => badge(self, &mut dice),
            2..=4 if arched => arched_title(self),
            5 | 6 => framed(self),
            7 | 8 => between_lines(self),
            _ => stacked(self),
        }
    }
}

pub fn shirt(piece: &Piece) -> String {
    document(400.0, 480.0, &piece.artwork())
}

pub fn general(piece: &Piece) -> String {
    let ground = format!(
        "<rect width=\"400\" height=\"480\" fill=\"{}\"/>",
        piece.palette.color(Tone::Paper)
    );
    document(400.0, 480.0, &(ground + &group(20.0, 24.0, 0.9, 0.0, &piece.artwork())))
}

/// The motif, and the title below.
fn stacked(piece: &Piece) -> String {
    let top = group(200.0, 172.0, 1.36, 0.0, &piece.scene());
    let height = if piece.words.second().is_some() { 118.0 } else { 84.0 } * piece.weight().min(1.1);
    top + &piece
        .style()
        .block(&piece.words, place(200.0, 404.0, 344.0, height), &piece.palette)
}

/// The title above and below.
fn between_lines(piece: &Piece) -> String {
    let (style, height) = (piece.style(), 66.0 * piece.weight().min(1.15));
    let middle = group(200.0, 240.0, 1.16, 0.0, &piece.scene());
    let upper = style.line(piece.words.first(), place(200.0, 50.0, 350.0, height), &piece.palette);
    let lower = match piece.words.second() {
        Some(second) => style.line(second, place(200.0, 430.0, 350.0, height), &piece.palette),
        None => piece
            .small()
            .line(piece.tag(), place(200.0, 424.0, 240.0, 24.0), &piece.palette),
    };
    middle + &upper + &lower
}

/// The first line over the motif in an arc, the second below it.
fn arched_title(piece: &Piece) -> String {
    let (style, palette) = (piece.style(), &piece.palette);
    let middle = group(200.0, 232.0, 1.08, 0.0, &piece.scene());
    let over = style.arc(
        piece.words.first(),
        (200.0, 232.0),
        172.0,
        58.0 * piece.weight().min(1.12),
        true,
        palette,
    );
    let under = match piece.words.second() {
        Some(second) => style.line(
            second,
            place(200.0, 420.0, 300.0, 62.0 * piece.weight().min(1.12)),
            palette,
        ),
        None => {
            divider(200.0, 392.0, 200.0, Tone::Main, palette)
                + &piece
                    .small()
                    .line(piece.tag(), place(200.0, 424.0, 210.0, 22.0), palette)
        }
    };
    middle + &over + &under
}

/// A round badge with the title along its rim.
fn badge(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let (x, y) = (200.0, 240.0);
    let (rim, inner) = if dice.coin() {
        (Tone::Ink, Tone::Paper)
    } else {
        (Tone::Main, Tone::Paper)
    };
    let mut shapes = vec![
        disc(rim, x, y, 192.0),
        ring(inner, 3.0 * piece.weight(), x, y, 184.0),
        disc(inner, x, y, 130.0),
    ];
    shapes.extend([
        star(Tone::Accent, x - 156.0, y + 8.0, 13.0, 0.42, 5),
        star(Tone::Accent, x + 156.0, y + 8.0, 13.0, 0.42, 5),
    ]);
    let style = Style {
        gap: 2.6,
        square: false,
        ..Style::plain(inner, 1.9 * piece.weight())
    };
    let title = style.arc(&piece.words.whole(), (x, y), 156.0, 39.0, true, palette);
    let tag = Style { stroke: 1.5, ..style }.arc(piece.tag(), (x, y), 156.0, 26.0, false, palette);
    let backdrop = match piece.backdrop() {
        Backdrop::Nothing | Backdrop::Arch | Backdrop::Wreath => Backdrop::Disc,
        other => other,
    };
    let middle = scene(piece.subject, backdrop, &mut piece.dice("scene"), palette);
    flat(&shapes, palette) + &title + &tag + &group(x, y, 1.0, 0.0, &middle)
}

/// A window with the motif, the title within the same frame.
fn framed(piece: &Piece) -> String {
    let palette = &piece.palette;
    let (ink, weight) = (palette.color(piece.ink()), 4.0 * piece.weight());
    let fillet = |inset: f64, width: f64, color: &str| {
        format!(
            "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" rx=\"{4}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{5}\"/>",
            short(20.0 + inset),
            short(8.0 + inset),
            short(360.0 - inset * 2.0),
            short(464.0 - inset * 2.0),
            short(28.0 - inset),
            short(width)
        )
    };
    let frame = fillet(0.0, weight, &ink) + &fillet(10.0, 1.6, &palette.color(Tone::Main));
    let middle = group(200.0, 178.0, 1.16, 0.0, &piece.scene());
    let height = if piece.words.second().is_some() { 84.0 } else { 58.0 } * piece.weight().min(1.12);
    let sign = divider(200.0, 344.0, 220.0, Tone::Main, palette);
    frame
        + &middle
        + &sign
        + &piece
            .style()
            .block(&piece.words, place(200.0, 406.0, 290.0, height), palette)
}

pub fn logo(piece: &Piece) -> String {
    let mut dice = piece.dice("logo");
    match dice.below(3) {
        0 if piece.words.drawable() => document(400.0, 400.0, &group(0.0, -40.0, 1.0, 0.0, &badge(piece, &mut dice))),
        1 => document(560.0, 240.0, &beside(piece, &mut dice)),
        _ => document(400.0, 400.0, &below(piece, &mut dice)),
    }
}

/// A logo's mark: the motif in a plain shape, about 200 across, around the origin.
fn mark(piece: &Piece, dice: &mut Dice) -> String {
    let tone = dice.of(&[Tone::Ink, Tone::Main, Tone::Second], Tone::Main);
    let shield = "M -86 -84 C -40 -84 -20 -90 0 -102 C 20 -90 40 -84 86 -84 L 86 10 C 86 60 40 88 0 106 C -40 88 -86 \
         60 -86 10 Z";
    let hexagon = "M 0 -108 L 93 -54 L 93 54 L 0 108 L -93 54 L -93 -54 Z";
    let gate = "M -88 100 L -88 -12 C -88 -130 88 -130 88 -12 L 88 100 Z";
    let soft = "M -50 -98 L 50 -98 C 84 -98 98 -84 98 -50 L 98 50 C 98 84 84 98 50 98 L -50 98 C -84 98 -98 84 -98 50 \
         L -98 -50 C -98 -84 -84 -98 -50 -98 Z";
    let (path, scale) = dice.of(
        &[(shield, 0.62), (hexagon, 0.66), (gate, 0.66), (soft, 0.72)],
        (soft, 0.72),
    );
    let ground = fill(tone, path);
    let inner = Shape {
        tone: Tone::Paper,
        width: Some(2.6 * piece.weight()),
        ..ground.map(&|(x, y)| (x * 0.92, y * 0.92))
    };
    let shapes = placed(&piece.subject.shapes(), 0.0, 0.0, scale);
    let edge = silhouette(&shapes, &piece.palette.color(Tone::Paper), 3.6);
    flat(&[ground, inner], &piece.palette) + &edge + &flat(&shapes, &piece.palette)
}

fn wordmark(piece: &Piece) -> Style {
    let stroke = piece.dice("wordmark").of(&[0.9, 1.3, 1.8, 2.4], 1.3) * piece.weight();
    Style {
        gap: 2.6,
        square: piece.dice("ends").coin(),
        ..Style::plain(Tone::Ink, stroke)
    }
}

fn beside(piece: &Piece, dice: &mut Dice) -> String {
    let sign = group(112.0, 120.0, 0.98, 0.0, &mark(piece, dice));
    let height = if piece.words.second().is_some() { 104.0 } else { 62.0 };
    let rise = if piece.words.second().is_some() { 0.0 } else { 20.0 };
    let title = wordmark(piece).block(&piece.words, place(390.0, 106.0, 310.0, height), &piece.palette);
    let tag = Style {
        tone: Tone::Main,
        ..piece.small()
    }
    .line(piece.tag(), place(390.0, 186.0 - rise, 180.0, 17.0), &piece.palette);
    sign + &title + &tag
}

fn below(piece: &Piece, dice: &mut Dice) -> String {
    let sign = group(200.0, 138.0, 1.12, 0.0, &mark(piece, dice));
    let height = if piece.words.second().is_some() { 84.0 } else { 52.0 };
    sign + &wordmark(piece).block(&piece.words, place(200.0, 322.0, 320.0, height), &piece.palette)
}

pub fn stickers(piece: &Piece) -> String {
    let palette = piece.palette;
    let mut dice = piece.dice("sheet");
    let sheet = format!(
        "<rect width=\"480\" height=\"400\" fill=\"{}\"/><rect x=\"14\" y=\"14\" width=\"452\" height=\"372\" \
         rx=\"14\" fill=\"none\" \
         stroke=\"{}\" stroke-width=\"1.6\" stroke-dasharray=\"5 5\"/>",
        palette.thinned(Tone::Glow, 35),
        palette.shaded(Tone::Glow, 18)
    );
    let mirrored = dice.coin();
    let side = |x: f64| if mirrored { 480.0 - x } else { x };
    let cut = |name: &str, shapes: &[Shape], x: f64, y: f64, scale: f64| {
        cut_out(&placed(shapes, side(x), y, scale), &palette, name)
    };
    let mut out = sheet
        + &cut(
            "a",
            &piece.subject.shapes(),
            140.0,
            140.0,
            0.98 * piece.weight().min(1.06),
        );
    out.push_str(&round_sticker(piece, side(370.0), 108.0, &mut dice));
    out.push_str(&cut("b", &small_sign(&mut dice), 314.0, 234.0, 1.0));
    out.push_str(&cut("c", &small_sign(&mut dice), 420.0, 222.0, 0.9));
    out.push_str(&cut("d", &small_sign(&mut dice), 252.0, 52.0, 0.7));
    out.push_str(&title_sticker(piece, side(174.0), 324.0));
    out.push_str(&cut("e", &small_heart(), 390.0, 324.0, 0.4));
    document(480.0, 400.0, &out)
}

/// The second motif on a disc.
fn round_sticker(piece: &Piece, x: f64, y: f64, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let ground = [disc(
        dice.of(&[Tone::Main, Tone::Second, Tone::Accent], Tone::Main),
        x,
        y,
        66.0,
    )];
    let motif = placed(&piece.beside.shapes(), x, y, 0.5);
    let rim = flat(&[ring(Tone::Paper, 2.0, x, y, 59.0)], palette);
    cut_out(&ground, palette, "round") + &rim + &silhouette(&motif, "#ffffff", 3.1) + &flat(&motif, palette)
}

/// A heart with a gleam.
fn small_heart() -> Vec<Shape> {
    let mut shapes = Subject::Heart.shapes();
    shapes.truncate(1);
    shapes.push(super::shape::line(
        Tone::Paper,
        12.0,
        "M -66 -16 C -68 -36 -58 -48 -42 -50",
    ));
    shapes
}

/// The title on a plate.
fn title_sticker(piece: &Piece, x: f64, y: f64) -> String {
    let palette = &piece.palette;
    let plate = fill(
        Tone::Ink,
        "M -104 -38 L 104 -38 C 132 -38 132 38 104 38 L -104 38 C -132 38 -132 -38 -104 -38 Z",
    );
    let plate = plate.map(&|(px, py)| (x + px, y + py));
    let style = Style {
        tone: Tone::Paper,
        square: false,
        ..Style::plain(Tone::Paper, 1.8 * piece.weight())
    };
    cut_out(&[plate], palette, "title") + &style.block(&piece.words, place(x, y, 200.0, 52.0), palette)
}

/// Something small: a flower, a star, a smiling face.
fn small_sign(dice: &mut Dice) -> Vec<Shape> {
    let tone = dice.of(&[Tone::Main, Tone::Second, Tone::Accent], Tone::Accent);
    match dice.below(3) {
        0 => vec![
            petals(tone, 0.0, 0.0, 36.0, 15.0, 7, 0.0),
            disc(Tone::Ink, 0.0, 0.0, 10.0),
        ],
        1 => vec![star(tone, 0.0, 2.0, 36.0, 0.5, 5)],
        _ => vec![
            disc(tone, 0.0, 0.0, 30.0),
            disc(Tone::Ink, -10.0, -6.0, 4.0),
            disc(Tone::Ink, 10.0, -6.0, 4.0),
            super::shape::line(Tone::Ink, 3.6, "M -13 7 C -8 17 8 17 13 7"),
        ],
    }
}

pub fn embroidery(piece: &Piece) -> String {
    let palette = &piece.palette;
    let mut dice = piece.dice("patch");
    let (patch, cloth) = dice.of(
        &[
            (Tone::Wash, Tone::Dusk),
            (Tone::Glow, Tone::Dusk),
            (Tone::Glow, Tone::Wash),
            (Tone::Wash, Tone::Glow),
        ],
        (Tone::Wash, Tone::Dusk),
    );
    let (weave, light) = (palette.shaded(cloth, 14), palette.thinned(cloth, 10));
    let ground = format!(
        "<defs>{}<pattern id=\"cloth\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(38)\">\
         <rect width=\"5\" height=\"5\" fill=\"{}\"/><path d=\"M0 1.2H5\" stroke=\"{light}\" stroke-width=\"1.4\"/>\
         <path d=\"M0 3.6H5\" stroke=\"{weave}\" stroke-width=\".9\"/></pattern></defs>\
         <rect width=\"400\" height=\"400\" fill=\"url(#cloth)\"/>",
        threads(palette),
        palette.color(cloth)
    );
    let rim = dice.of(&[Tone::Main, Tone::Second], Tone::Main);
    let plate = disc(patch, 200.0, 200.0, 172.0);
    let shadow = silhouette(&[disc(patch, 203.0, 207.0, 178.0)], &palette.color(Tone::Ink), 0.0);
    let border = Shape {
        tone: rim,
        width: Some(13.0 * piece.weight()),
        ..plate.clone()
    };
    let inner = ring(rim, 3.0, 200.0, 200.0, 156.0);
    let motif = placed(&piece.subject.shapes(), 200.0, 176.0, 1.02);
    let mut out = ground
        + &format!("<g opacity=\".3\">{shadow}</g>")
        + &stitched(&[plate, border, inner], palette)
        + &stitched(&motif, palette);
    let style = Style {
        gap: 2.4,
        ..Style::plain(Tone::Ink, 2.0 * piece.weight())
    };
    out.push_str(&style.line(
        &shorter(piece),
        place(200.0, 302.0, 190.0, 25.0 * piece.weight()),
        palette,
    ));
    document(400.0, 400.0, &out)
}

/// The title when there is room for a line only.
fn shorter(piece: &Piece) -> String {
    let whole = piece.words.whole();
    if whole.chars().count() > 16 {
        piece.words.first().to_owned()
    } else {
        whole
    }
}

pub fn tracing(piece: &Piece) -> String {
    let palette = &piece.palette;
    let shapes = placed(&piece.subject.shapes(), 200.0, 200.0, 1.62);
    let (ink, tint) = (palette.color(Tone::Ink), palette.color(Tone::Main));
    let mut grid = format!(
        "<rect width=\"400\" height=\"400\" fill=\"#ffffff\"/><path stroke=\"{}\" stroke-width=\".6\" d=\"",
        palette.thinned(Tone::Second, 72)
    );
    for n in 1..20 {
        let _ = write!(grid, "M{0} 0V400M0 {0}H400", n * 20);
    }
    grid.push_str("\"/>");
    let lines = outlined(&shapes, "#ffffff", &ink, 2.6 * piece.weight());
    let split = if piece.dice("split").coin() || piece.revised() {
        colored_half(&shapes, piece)
    } else {
        String::new()
    };
    document(
        400.0,
        400.0,
        &(grid + &lines + &split + &handles(&shapes, &tint, !split.is_empty())),
    )
}

/// The right half as it will be printed.
fn colored_half(shapes: &[Shape], piece: &Piece) -> String {
    format!(
        "<clipPath id=\"half\"><path d=\"M200 0H400V400H200Z\"/></clipPath><g clip-path=\"url(#half)\"><rect \
         x=\"200\" width=\"200\" \
         height=\"400\" fill=\"{}\"/>{}</g><path d=\"M200 0V400\" stroke=\"{}\" stroke-width=\"1.4\" \
         stroke-dasharray=\"6 4\"/>",
        piece.palette.color(Tone::Glow),
        flat(shapes, &piece.palette),
        piece.palette.color(Tone::Main)
    )
}

/// A path's corners, and a few of its curves' handles.
fn handles(shapes: &[Shape], color: &str, left_only: bool) -> String {
    let (corners, handles) = nodes(shapes);
    let shown = |x: f64| !left_only || x < 197.0;
    let mut out = format!("<g stroke=\"{color}\" stroke-width=\"1.1\" fill=\"#ffffff\">");
    for ((ax, ay), (bx, by)) in handles
        .iter()
        .filter(|(from, to)| shown(from.0) && shown(to.0))
        .step_by(5)
        .take(26)
    {
        let _ = write!(
            out,
            "<path d=\"M{0} {1}L{2} {3}\"/><circle cx=\"{2}\" cy=\"{3}\" r=\"2.3\" fill=\"{color}\"/>",
            short(*ax),
            short(*ay),
            short(*bx),
            short(*by)
        );
    }
    for (x, y) in corners
        .iter()
        .filter(|(x, _)| shown(*x))
        .step_by(1 + corners.len() / 110)
    {
        let _ = write!(out, "<path d=\"M{} {}h6v6h-6z\"/>", short(x - 3.0), short(y - 3.0));
    }
    out + "</g>"
}
