//! Products with a piece on them, as a shop shows them. What must not be here: the artwork itself.

use super::lettering::{Style, place};
use super::palette::{Dice, Tone};
use super::shape::{group, leaf, short};
use super::{Piece, document};

/// Something to print on, around the origin, about 360 across.
#[derive(Clone, Copy)]
enum Product {
    Shirt,
    Tote,
    Mug,
    Frame,
}

impl Product {
    fn drawn(self, piece: &Piece, color: &str, shade: &str) -> String {
        match self {
            Product::Shirt => shirt(piece, color, shade),
            Product::Tote => tote(piece, color, shade),
            Product::Mug => mug(piece, color, shade),
            Product::Frame => frame(piece),
        }
    }
}

fn shirt(piece: &Piece, color: &str, shade: &str) -> String {
    let art = group(-86.0, -112.0, 0.43, 0.0, &piece.artwork());
    format!(
        "<path d=\"M-58-160C-36-138 36-138 58-160L104-146C140-128 166-84 182-36L130-10L112-52C108 20 112 100 114 \
         164C60 174-60 174-114 164\
         C-112 100-108 20-112-52L-130-10L-182-36C-166-84-140-128-104-146Z\" fill=\"{color}\"/>\
         <path d=\"M-58-160C-36-138 36-138 58-160L46-166C28-152-28-152-46-166Z\" fill=\"{shade}\"/>\
         <path d=\"M-56-158C-34-128 34-128 56-158M-112-52C-108-70-104-84-98-98M112-52C108-70 104-84 98-98M-92 150C-88 \
         110-90 80-94 50\
         M90 156C84 120 88 96 92 70M-126-20L-172-44M126-20L172-44M-113 156C-60 165 60 165 113 156\" fill=\"none\" \
         stroke=\"{shade}\" \
         stroke-width=\"2.6\" stroke-linecap=\"round\"/>{art}"
    )
}

fn tote(piece: &Piece, color: &str, shade: &str) -> String {
    let art = group(-92.0, -78.0, 0.46, 0.0, &piece.artwork());
    format!(
        "<path d=\"M-58-96C-60-190-34-196 0-196C34-196 60-190 58-96M-58-96\" fill=\"none\" stroke=\"{shade}\" \
         stroke-width=\"13\"/>\
         <path d=\"M-118-100L118-100L126 152C60 162-60 162-126 152Z\" fill=\"{color}\"/>\
         <path d=\"M-118-88L118-88M-104 146C-96 110-100 60-108-20M108 140C100 90 104 60 108 10\" fill=\"none\" \
         stroke=\"{shade}\" \
         stroke-width=\"2.4\"/><path d=\"M-66-100L-50-100L-50-72L-66-72ZM50-100L66-100L66-72L50-72Z\" \
         fill=\"{shade}\"/>{art}"
    )
}

fn mug(piece: &Piece, color: &str, shade: &str) -> String {
    let art = group(-24.0, 8.0, 0.82, 0.0, &piece.scene());
    format!(
        "<path d=\"M96-78C186-92 186 84 92 76\" fill=\"none\" stroke=\"{shade}\" stroke-width=\"27\"/>\
         <path d=\"M96-78C186-92 186 84 92 76\" fill=\"none\" stroke=\"{color}\" stroke-width=\"22\"/>\
         <path d=\"M-150-120L104-120L104 118C104 140 90 150 70 150L-116 150C-136 150-150 140-150 118Z\" \
         fill=\"{color}\"/>\
         <path d=\"M78-120L104-120L104 118C104 140 90 150 70 150L44 150C66 140 78 128 78 108Z\" fill=\"{shade}\" \
         opacity=\".55\"/>\
         <ellipse cx=\"-23\" cy=\"-120\" rx=\"127\" ry=\"17\" fill=\"{shade}\"/><ellipse cx=\"-23\" cy=\"-117\" \
         rx=\"116\" ry=\"12\" fill=\"{}\"/>{art}",
        piece.palette.shaded(Tone::Main, 55)
    )
}

fn frame(piece: &Piece) -> String {
    let art = group(-116.0, -152.0, 0.58, 0.0, &piece.artwork());
    let (wood, inner) = (piece.palette.shaded(Tone::Accent, 35), piece.palette.color(Tone::Paper));
    format!(
        "<rect x=\"-140\" y=\"-184\" width=\"280\" height=\"356\" rx=\"3\" fill=\"{wood}\"/>\
         <rect x=\"-129\" y=\"-173\" width=\"258\" height=\"334\" fill=\"#ffffff\"/>\
         <path d=\"M-129-173H129V-167H-123V161H-129Z\" fill=\"#000000\" opacity=\".14\"/>\
         <rect x=\"-122\" y=\"-166\" width=\"244\" height=\"320\" fill=\"{inner}\"/>{art}"
    )
}

/// A product's color, and the color of its folds. A dark one changes the artwork's lettering.
fn dyed(piece: &mut Piece, dice: &mut Dice) -> (String, String) {
    let palette = &piece.palette;
    match dice.below(4) {
        0 => {
            let colors = (palette.color(Tone::Ink), palette.thinned(Tone::Ink, 14));
            piece.on_dark = true;
            colors
        }
        1 => (palette.color(Tone::Paper), palette.shaded(Tone::Paper, 16)),
        2 => (palette.thinned(Tone::Wash, 20), palette.shaded(Tone::Wash, 14)),
        _ => ("#fbfbf9".to_owned(), "#dedcd8".to_owned()),
    }
}

/// A wall, and what stands before it.
fn room(piece: &Piece, dice: &mut Dice, width: f64, height: f64) -> String {
    let palette = &piece.palette;
    let tone = dice.of(&[Tone::Second, Tone::Accent, Tone::Main], Tone::Second);
    let (wall, floor) = (palette.thinned(tone, 58), palette.thinned(tone, 40));
    format!(
        "<rect width=\"{0}\" height=\"{1}\" fill=\"{wall}\"/><circle cx=\"{2}\" cy=\"{3}\" r=\"{4}\" fill=\"#ffffff\" \
         opacity=\".28\"/>\
         <rect y=\"{5}\" width=\"{0}\" height=\"{6}\" fill=\"{floor}\"/>",
        short(width),
        short(height),
        short(width * 0.5),
        short(height * 0.46),
        short(height * 0.42),
        short(height * 0.82),
        short(height * 0.18)
    )
}

/// A pot with a plant.
fn plant(piece: &Piece, x: f64, y: f64, scale: f64) -> String {
    let leaves: Vec<_> = [(-0.9, 62.0), (-0.45, 84.0), (0.0, 98.0), (0.45, 82.0), (0.9, 60.0)]
        .iter()
        .map(|&(turn, length)| {
            leaf(
                if turn == 0.0 { Tone::Second } else { Tone::Dusk },
                0.0,
                -34.0,
                length,
                13.0,
                turn,
            )
        })
        .collect();
    let pot = format!(
        "<path d=\"M-32-40H32L24 20H-24Z\" fill=\"{}\"/><path d=\"M-36-44H36V-30H-36Z\" fill=\"{}\"/>",
        piece.palette.color(Tone::Main),
        piece.palette.shaded(Tone::Main, 18)
    );
    group(x, y, scale, 0.0, &(super::shape::flat(&leaves, &piece.palette) + &pot))
}

fn shadow(x: f64, y: f64, across: f64) -> String {
    format!(
        "<ellipse cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"9\" fill=\"#000000\" opacity=\".13\"/>",
        short(x),
        short(y),
        short(across)
    )
}

pub fn mockup(piece: &Piece) -> String {
    let mut dice = piece.dice("mockup");
    let product = dice.of(
        &[Product::Shirt, Product::Tote, Product::Mug, Product::Frame],
        Product::Shirt,
    );
    let back = room(piece, &mut dice, 440.0, 440.0);
    let mut worn = piece.clone();
    let (color, shade) = dyed(&mut worn, &mut dice);
    let (foot, scale) = match product {
        Product::Shirt => (shadow(220.0, 410.0, 120.0), 1.08),
        Product::Tote => (shadow(220.0, 396.0, 132.0), 1.04),
        Product::Mug => (shadow(210.0, 378.0, 130.0), 1.0),
        Product::Frame => (String::new(), 0.94),
    };
    let y = match product {
        Product::Frame => 182.0,
        Product::Mug => 228.0,
        Product::Shirt => 222.0,
        Product::Tote => 236.0,
    };
    if matches!(product, Product::Frame) {
        worn.on_dark = false;
    }
    let plant = if matches!(product, Product::Frame | Product::Mug) {
        plant(piece, 392.0, 380.0, 0.9)
    } else {
        String::new()
    };
    document(
        440.0,
        440.0,
        &(back + &foot + &plant + &group(220.0, y, scale, 0.0, &product.drawn(&worn, &color, &shade))),
    )
}

pub fn listing(piece: &Piece) -> String {
    let (palette, mut dice) = (&piece.palette, piece.dice("listing"));
    let product = dice.of(
        &[Product::Shirt, Product::Shirt, Product::Tote, Product::Mug],
        Product::Shirt,
    );
    let mut worn = piece.clone();
    let (color, shade) = dyed(&mut worn, &mut dice);
    let ground = palette.thinned(dice.of(&[Tone::Wash, Tone::Glow, Tone::Paper], Tone::Wash), 25);
    let left = dice.coin();
    let (x, text) = if left { (204.0, 502.0) } else { (396.0, 98.0) };
    let back = format!(
        "<rect width=\"600\" height=\"450\" fill=\"{ground}\"/><circle cx=\"{x}\" cy=\"225\" r=\"190\" fill=\"{}\"/>",
        palette.color(dice.of(&[Tone::Second, Tone::Accent, Tone::Main], Tone::Second))
    );
    let thing = group(x, 230.0, 0.98, 0.0, &product.drawn(&worn, &color, &shade));
    let height = if piece.words.second().is_some() { 66.0 } else { 36.0 } * piece.weight().min(1.15);
    let title = Style {
        gap: 2.4,
        ..Style::plain(Tone::Ink, 1.7 * piece.weight())
    }
    .block(&piece.words, place(text, 176.0, 160.0, height), palette);
    let tag = Style {
        tone: Tone::Main,
        ..piece.small()
    }
    .line(piece.tag(), place(text, 122.0, 130.0, 12.0), palette);
    document(600.0, 450.0, &(back + &thing + &title + &tag + &swatches(piece, text)))
}

/// The colors to choose from, and a rule above them.
fn swatches(piece: &Piece, x: f64) -> String {
    let palette = &piece.palette;
    let tones = [Tone::Ink, Tone::Main, Tone::Second, Tone::Accent];
    let mut at = x - 54.0;
    let mut out = format!(
        "<path d=\"M{} 246h68\" stroke=\"{}\" stroke-width=\"3\"/>",
        short(x - 34.0),
        palette.color(Tone::Main)
    );
    for tone in tones {
        let dot = format!(
            "<circle cx=\"{0}\" cy=\"286\" r=\"13\" fill=\"{1}\" stroke=\"#ffffff\" stroke-width=\"3\"/>",
            short(at),
            palette.color(tone)
        );
        out.push_str(&dot);
        at += 36.0;
    }
    out
}
