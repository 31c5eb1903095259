//! Pieces that fill what they are printed on: posters, mugs, cases, patterns, banners.
//!
//! What must not be here: artwork that stands alone, and products.

use super::backdrops::{Backdrop, divider, ridges, scene};
use super::lettering::{Style, place};
use super::palette::{Dice, Palette, Tone};
use super::shape::{Shape, disc, flat, group, leaf, petals, placed, silhouette, star};
use super::{Piece, document};
use std::fmt::Write as _;

fn ground(width: i32, height: i32, color: &str) -> String {
    format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{color}\"/>")
}

/// The motif with a light edge, so that it stands on any color.
fn edged(shapes: &[Shape], palette: &Palette) -> String {
    silhouette(shapes, &palette.color(Tone::Paper), 4.5) + &flat(shapes, palette)
}

pub fn poster(piece: &Piece) -> String {
    let body = match piece.dice("poster").below(3) {
        0 if piece.subject.may_have_hills() => landscape_poster(piece),
        0 | 1 => plain_poster(piece),
        _ => bold_poster(piece),
    };
    document(400.0, 600.0, &body)
}

/// A view in a wide border, the title below, as of a park.
fn landscape_poster(piece: &Piece) -> String {
    let (palette, mut dice) = (&piece.palette, piece.dice("view"));
    let night = piece.subject.nightly() || piece.beside.nightly();
    let sky = palette.color(if night { Tone::Dusk } else { Tone::Glow });
    let mut view = format!("<rect width=\"400\" height=\"600\" fill=\"{sky}\"/>");
    view.push_str(&sky_above(piece, &mut dice, night));
    view.push_str(&ridges(400.0, 250.0, 470.0, &mut dice, palette, has_peaks(piece)));
    let shapes = placed(&piece.subject.shapes(), 200.0, 318.0, 1.14);
    view.push_str(&edged(&shapes, palette));
    let framed = format!(
        "<clipPath id=\"view\"><rect x=\"22\" y=\"22\" width=\"356\" height=\"438\" rx=\"4\"/></clipPath><g \
         clip-path=\"url(#view)\">{view}</g>"
    );
    let height = if piece.words.second().is_some() { 78.0 } else { 56.0 } * piece.weight().min(1.12);
    let title = piece
        .style()
        .block(&piece.words, place(200.0, 517.0, 340.0, height), palette);
    let tag = Style {
        tone: Tone::Main,
        ..piece.small()
    }
    .line(piece.tag(), place(200.0, 576.0, 200.0, 12.0), palette);
    ground(400, 600, &palette.color(Tone::Paper)) + &framed + &title + &tag
}

fn has_peaks(piece: &Piece) -> bool {
    piece.dice("ridges").coin()
}

/// A sun and bands of cloud, or the moon and stars.
fn sky_above(piece: &Piece, dice: &mut Dice, night: bool) -> String {
    let x = dice.between(110.0, 290.0);
    let mut shapes = Vec::new();
    if night {
        if !piece.subject.lit() {
            shapes.extend([disc(Tone::Glow, x, 104.0, 38.0), disc(Tone::Dusk, x + 15.0, 96.0, 34.0)]);
        }
        for _ in 0..26 {
            let (sx, sy) = (dice.between(34.0, 366.0), dice.between(34.0, 240.0));
            shapes.push(if dice.below(4) == 0 {
                star(Tone::Accent, sx, sy, 7.0, 0.28, 4)
            } else {
                disc(Tone::Paper, sx, sy, 1.5)
            });
        }
    } else {
        if !piece.subject.lit() {
            shapes.extend([disc(Tone::Paper, x, 128.0, 84.0), disc(Tone::Accent, x, 128.0, 66.0)]);
        }
        for n in 0..4 {
            let (cx, cy) = (dice.between(20.0, 300.0), 70.0 + 38.0 * f64::from(n));
            let path = format!("M {cx} {cy} L {} {cy}", cx + dice.between(60.0, 130.0));
            shapes.push(super::shape::line(Tone::Paper, 5.0, &path));
        }
    }
    flat(&shapes, &piece.palette)
}

/// Much paper, one large motif.
fn plain_poster(piece: &Piece) -> String {
    let palette = &piece.palette;
    let frame = format!(
        "<rect x=\"18\" y=\"18\" width=\"364\" height=\"564\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>",
        palette.color(Tone::Ink),
        if piece.revised() { 5 } else { 2 }
    );
    let middle = group(200.0, 232.0, 1.42, 0.0, &piece.scene());
    let sign = divider(200.0, 432.0, 260.0, Tone::Main, palette);
    let height = if piece.words.second().is_some() { 92.0 } else { 62.0 } * piece.weight().min(1.12);
    let title = piece
        .style()
        .block(&piece.words, place(200.0, 500.0, 316.0, height), palette);
    ground(400, 600, &palette.color(Tone::Paper)) + &frame + &middle + &sign + &title
}

/// A full color, the title on top.
fn bold_poster(piece: &Piece) -> String {
    let (palette, mut dice) = (&piece.palette, piece.dice("bold"));
    let color = dice.of(&[Tone::Second, Tone::Dusk, Tone::Main], Tone::Second);
    let (around, middle) = if color == Tone::Dusk {
        (Tone::Main, Tone::Glow)
    } else {
        (Tone::Dusk, Tone::Glow)
    };
    let shapes = [
        disc(around, 200.0, 370.0, 176.0),
        disc(Tone::Paper, 200.0, 370.0, 160.0),
        disc(middle, 200.0, 370.0, 150.0),
    ];
    let motif = placed(&piece.subject.shapes(), 200.0, 370.0, 1.22);
    let height = if piece.words.second().is_some() { 112.0 } else { 72.0 } * piece.weight().min(1.12);
    let title = piece
        .on(true)
        .style()
        .block(&piece.words, place(200.0, 100.0, 330.0, height), palette);
    let tag = Style {
        tone: Tone::Paper,
        ..piece.small()
    }
    .line(piece.tag(), place(200.0, 571.0, 220.0, 14.0), palette);
    ground(400, 600, &palette.color(color)) + &flat(&shapes, palette) + &edged(&motif, palette) + &title + &tag
}

/// What a pattern is made of: the motifs, defined once.
fn defined(piece: &Piece, light: bool) -> String {
    let (one, two) = (
        placed(&piece.subject.shapes(), 0.0, 0.0, 1.0),
        placed(&piece.beside.shapes(), 0.0, 0.0, 1.0),
    );
    let shown = |shapes: &[Shape]| {
        if light {
            flat(shapes, &piece.palette)
        } else {
            edged(shapes, &piece.palette)
        }
    };
    format!(
        "<defs><g id=\"one\">{}</g><g id=\"two\">{}</g></defs>",
        shown(&one),
        shown(&two)
    )
}

/// What lies between a pattern's motifs.
fn filler(n: u32, x: f64, y: f64, dice: &mut Dice) -> Vec<Shape> {
    let tone = dice.of(&[Tone::Main, Tone::Second, Tone::Accent], Tone::Accent);
    match n % 3 {
        0 => vec![petals(tone, x, y, 13.0, 5.4, 6, 0.2), disc(Tone::Paper, x, y, 3.2)],
        1 => vec![star(tone, x, y, 11.0, 0.3, 4)],
        _ => vec![
            leaf(tone, x - 9.0, y + 7.0, 22.0, 6.5, 0.9),
            disc(tone, x + 10.0, y + 8.0, 2.6),
        ],
    }
}

/// Motifs in a half drop over 400 by 400. What crosses an edge comes in again at the other one.
fn half_drop(piece: &Piece, columns: i32, scale: f64, dice: &mut Dice) -> String {
    let step = 400.0 / f64::from(columns);
    let turn = if piece.subject.scenic() {
        0.0
    } else {
        dice.of(&[0.0, 12.0, 20.0], 12.0)
    };
    let kind = dice.below(3);
    let (mut motifs, mut between) = (String::new(), Vec::new());
    for column in 0..=columns {
        for row in 0..=columns {
            let odd = column % 2 == 1;
            let (x, y) = (
                step * f64::from(column),
                step * (f64::from(row) + if odd { 0.5 } else { 0.0 }),
            );
            // The last row of a column that starts half a step lower would be outside.
            if !odd || row < columns {
                let (name, size) = if odd { ("two", scale * 0.78) } else { ("one", scale) };
                let turn = if (column / 2 + row) % 2 == 0 { turn } else { -turn };
                // Both edges show the same: a turn that does not repeat would not meet itself.
                let turn = if columns % 4 == 0 { turn } else { 0.0 };
                motifs.push_str(&group(x, y, size, turn, &format!("<use href=\"#{name}\"/>")));
            }
            if column < columns && row < columns {
                let mut here = Dice::new(piece.seed, if odd { "odd" } else { "even" });
                let middle = filler(kind, 0.0, 0.0, &mut here);
                between.extend(placed(&middle, x + step * 0.5, y + step * 0.25, step.sqrt() / 10.0));
                if columns == 2 {
                    between.extend(placed(&middle, x + step * 0.5, y + step * 0.75, 1.0));
                }
            }
        }
    }
    flat(&between, &piece.palette) + &motifs
}

fn pattern_ground(dice: &mut Dice) -> Tone {
    dice.of(
        &[Tone::Paper, Tone::Wash, Tone::Glow, Tone::Dusk, Tone::Paper],
        Tone::Paper,
    )
}

pub fn pattern(piece: &Piece) -> String {
    let mut dice = piece.dice("pattern");
    let tone = pattern_ground(&mut dice);
    let light = tone != Tone::Dusk;
    let columns = dice.of(&[2, 4, 4], 4);
    let scale = if columns == 2 { 0.92 } else { 0.42 } * piece.weight().min(1.14);
    let body = ground(400, 400, &piece.palette.color(tone))
        + &defined(piece, light)
        + &half_drop(piece, columns, scale, &mut dice);
    document(400.0, 400.0, &body)
}

pub fn mug(piece: &Piece) -> String {
    let mut dice = piece.dice("mug");
    let body = match dice.below(3) {
        0 if piece.subject.may_have_hills() => mug_view(piece, &mut dice),
        0 | 1 => mug_pattern(piece, &mut dice),
        _ => mug_panels(piece, &mut dice),
    };
    let color = piece
        .palette
        .color(if piece.revised() { Tone::Main } else { Tone::Second });
    let rims = format!("<path d=\"M0 0H690V12H0ZM0 288H690V300H0Z\" fill=\"{color}\"/>");
    document(690.0, 300.0, &(body + &rims))
}

/// Hills all around, the title in the sky.
fn mug_view(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let sharp = has_peaks(piece);
    let sky = ground(690, 300, &palette.color(Tone::Glow));
    let sun = flat(&[disc(Tone::Paper, 180.0, 120.0, 98.0)], palette);
    let hills = format!(
        "<svg width=\"690\" height=\"300\">{}</svg>",
        ridges(690.0, 168.0, 290.0, dice, palette, sharp)
    );
    let motif = edged(&placed(&piece.subject.shapes(), 180.0, 148.0, 1.08), palette);
    let title = piece.style().block(
        &piece.words,
        place(480.0, 92.0, 330.0, 96.0 * piece.weight().min(1.12)),
        palette,
    );
    sky + &sun + &hills + &motif + &title
}

/// A pattern, the title on a plate.
fn mug_pattern(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let tone = pattern_ground(dice);
    let repeat = half_drop(piece, 4, 0.4, dice);
    let tiles = group(-55.0, -50.0, 1.0, 0.0, &repeat) + &group(345.0, -50.0, 1.0, 0.0, &repeat_use());
    let mut out = ground(690, 300, &palette.color(tone)) + &defined(piece, tone != Tone::Dusk);
    out.push_str(&tiles.replacen("<g transform", "<g id=\"tile\" transform", 1));
    let _ = write!(
        out,
        "<rect x=\"175\" y=\"80\" width=\"340\" height=\"140\" rx=\"70\" fill=\"{0}\" stroke=\"{1}\" \
         stroke-width=\"4\"/>",
        palette.color(Tone::Paper),
        palette.color(Tone::Ink)
    );
    out + &piece.style().block(
        &piece.words,
        place(345.0, 150.0, 270.0, 88.0 * piece.weight().min(1.1)),
        palette,
    )
}

/// The pattern once more, to the right.
fn repeat_use() -> String {
    "<use href=\"#tile\" transform=\"translate(55 50)\"/>".to_owned()
}

/// The motif on both sides of the title, as one sees it from the left and from the right.
fn mug_panels(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let backdrop = Backdrop::of(piece.subject, dice);
    let one = scene(piece.subject, backdrop, &mut piece.dice("scene"), palette);
    let body = format!("<defs><g id=\"scene\">{one}</g></defs>");
    let side = |x: f64| group(x, 150.0, 0.92, 0.0, "<use href=\"#scene\"/>");
    let height = if piece.words.second().is_some() { 116.0 } else { 70.0 } * piece.weight().min(1.12);
    let title = piece
        .style()
        .block(&piece.words, place(345.0, 138.0, 186.0, height), palette);
    let sign = divider(345.0, 228.0, 150.0, Tone::Main, palette);
    ground(690, 300, &palette.color(Tone::Paper)) + &body + &side(130.0) + &side(560.0) + &title + &sign
}

pub fn phone_case(piece: &Piece) -> String {
    let mut dice = piece.dice("case");
    let palette = &piece.palette;
    let inside = match dice.below(3) {
        0 => case_pattern(piece, &mut dice),
        1 if piece.subject.may_have_hills() => case_view(piece, &mut dice),
        _ => case_motif(piece, &mut dice),
    };
    let lens = |x: i32, y: i32| {
        format!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"17\" fill=\"#15161a\"/><circle cx=\"{x}\" cy=\"{y}\" r=\"9\" \
             fill=\"#2c3140\"/><circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"#8fa0bd\"/>",
            x - 4,
            y - 4
        )
    };
    let body = format!(
        "<clipPath id=\"case\"><rect x=\"10\" y=\"10\" width=\"300\" height=\"620\" rx=\"52\"/></clipPath><g \
         clip-path=\"url(#case)\">{inside}</g>\
         <rect x=\"12\" y=\"12\" width=\"296\" height=\"616\" rx=\"50\" fill=\"none\" stroke=\"{}\" \
         stroke-width=\"5\"/>\
         <rect x=\"30\" y=\"30\" width=\"116\" height=\"116\" rx=\"34\" fill=\"{}\" stroke=\"#ffffff\" \
         stroke-opacity=\".5\" stroke-width=\"2\"/>{}{}{}",
        palette.shaded(Tone::Second, 35),
        palette.color(Tone::Ink),
        lens(62, 62),
        lens(62, 114),
        lens(114, 88)
    );
    document(320.0, 640.0, &body)
}

fn case_pattern(piece: &Piece, dice: &mut Dice) -> String {
    let tone = pattern_ground(dice);
    let repeat = half_drop(piece, 4, 0.47, dice);
    let upper = group(-40.0, -20.0, 1.0, 0.0, &repeat).replacen("<g transform", "<g id=\"tile\" transform", 1);
    let lower = "<use href=\"#tile\" transform=\"translate(0 400)\"/>";
    ground(320, 640, &piece.palette.color(tone)) + &defined(piece, tone != Tone::Dusk) + &upper + lower
}

fn case_view(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let sun = flat(&[disc(Tone::Accent, 196.0, 244.0, 84.0)], palette);
    let hills = ridges(320.0, 330.0, 600.0, dice, palette, has_peaks(piece));
    let motif = edged(&placed(&piece.subject.shapes(), 160.0, 372.0, 1.16), palette);
    ground(320, 640, &palette.color(Tone::Glow)) + &sun + &hills + &motif
}

fn case_motif(piece: &Piece, dice: &mut Dice) -> String {
    let palette = &piece.palette;
    let tone = dice.of(&[Tone::Wash, Tone::Paper, Tone::Glow], Tone::Paper);
    let middle = group(160.0, 330.0, 1.12, 0.0, &piece.scene());
    let height = if piece.words.second().is_some() { 84.0 } else { 46.0 } * piece.weight().min(1.12);
    let title = piece
        .style()
        .block(&piece.words, place(160.0, 544.0, 232.0, height), palette);
    ground(320, 640, &palette.color(tone)) + &middle + &title
}

pub fn banner(piece: &Piece) -> String {
    let (palette, mut dice) = (&piece.palette, piece.dice("banner"));
    let tone = dice.of(&[Tone::Paper, Tone::Wash, Tone::Dusk, Tone::Second], Tone::Paper);
    let dark = matches!(tone, Tone::Dusk | Tone::Second);
    let left = dice.coin();
    let (motif_x, title_x) = if left { (136.0, 412.0) } else { (464.0, 188.0) };
    let mut shapes = Vec::new();
    for n in 0..9 {
        let (x, y) = (
            title_x - 160.0 + 40.0 * f64::from(n),
            if n % 2 == 0 { 186.0 } else { 14.0 },
        );
        shapes.extend(filler(1, x, y, &mut dice));
    }
    let stage = flat(
        &[
            disc(if dark { Tone::Main } else { Tone::Second }, motif_x, 112.0, 128.0),
            disc(Tone::Glow, motif_x, 112.0, 116.0),
        ],
        palette,
    );
    let motif = edged(&placed(&piece.subject.shapes(), motif_x, 104.0, 0.88), palette);
    let said = piece.on(dark);
    let height = if piece.words.second().is_some() { 100.0 } else { 60.0 } * piece.weight().min(1.1);
    let title = said
        .style()
        .block(&piece.words, place(title_x, 90.0, 300.0, height), palette);
    let tag = said
        .small()
        .line(piece.tag(), place(title_x, 160.0, 170.0, 13.0), palette);
    let body = ground(600, 200, &palette.color(tone)) + &flat(&shapes, palette) + &stage + &motif + &title + &tag;
    document(600.0, 200.0, &body)
}
