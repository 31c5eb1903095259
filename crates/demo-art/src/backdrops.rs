//! What stands behind a motif: a striped sun, rays, a wreath, a night sky, hills. What must not be here: the motifs.

use super::motifs::Subject;
use super::palette::{Dice, Palette, Tone};
use super::shape::{Shape, around, disc, fill, flat, leaf, petals, polygon, ring, silhouette, star};
use std::f64::consts::{PI, TAU};

/// What may stand behind a motif. All are about 240 across, around the origin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Backdrop {
    Nothing,
    Disc,
    Rays,
    Wreath,
    Night,
    Arch,
    Bands,
}

impl Backdrop {
    /// One that suits the subject.
    pub fn of(subject: Subject, dice: &mut Dice) -> Self {
        use Backdrop::{Arch, Bands, Disc, Night, Nothing, Rays, Wreath};
        let choice: &[Backdrop] = match subject {
            Subject::Sunset | Subject::Sun => &[Nothing, Arch, Wreath, Disc],
            Subject::Mountain | Subject::Pines | Subject::Wave | Subject::Cactus => &[Disc, Arch, Rays, Bands],
            Subject::Bouquet | Subject::Tulip | Subject::Heart => &[Nothing, Arch, Disc, Bands],
            Subject::AstroCat | Subject::AstroDog | Subject::Rocket | Subject::Moon => &[Night, Night, Bands],
            Subject::Fish => &[Night, Disc, Bands, Rays],
            // What is light at its edges needs a ground.
            Subject::Van | Subject::Book | Subject::Apple | Subject::Mushroom => &[Disc, Rays, Arch, Bands],
            _ => &[Disc, Rays, Wreath, Arch, Bands],
        };
        dice.of(choice, Disc)
    }

    pub fn shapes(self, dice: &mut Dice) -> Vec<Shape> {
        match self {
            Backdrop::Nothing => Vec::new(),
            Backdrop::Disc => vec![
                disc(Tone::Wash, 0.0, 0.0, 112.0),
                ring(Tone::Second, 3.0, 0.0, 0.0, 120.0),
            ],
            Backdrop::Rays => rays(dice),
            Backdrop::Wreath => wreath(dice),
            Backdrop::Night => night(dice),
            Backdrop::Arch => arch(),
            Backdrop::Bands => bands(),
        }
    }
}

/// A motif on its backdrop, around the origin.
pub fn scene(subject: Subject, backdrop: Backdrop, dice: &mut Dice, palette: &Palette) -> String {
    let behind = flat(&backdrop.shapes(dice), palette);
    let scale = match backdrop {
        Backdrop::Nothing => 1.24,
        Backdrop::Wreath => 0.8,
        Backdrop::Arch => 0.88,
        _ => 0.92,
    };
    let shapes = super::shape::placed(&subject.shapes(), 0.0, 0.0, scale);
    // On the dark, and on many colors, a light edge keeps the motif's own dark parts apart.
    let edge = match backdrop {
        Backdrop::Night | Backdrop::Bands => silhouette(&shapes, &palette.color(Tone::Paper), 4.5),
        _ => String::new(),
    };
    format!("{behind}{edge}{}", flat(&shapes, palette))
}

fn rays(dice: &mut Dice) -> Vec<Shape> {
    let count = dice.of(&[14, 16, 18], 16);
    let step = TAU / f64::from(count);
    let ray = |n: i32| {
        let (from, to) = (step * f64::from(n), step * (f64::from(n) + 0.5));
        polygon(
            Tone::Glow,
            [
                (0.0, 0.0),
                around(0.0, 0.0, 120.0, from),
                around(0.0, 0.0, 120.0, f64::midpoint(from, to)),
                around(0.0, 0.0, 120.0, to),
            ],
        )
    };
    let mut out: Vec<Shape> = (0..count).map(ray).collect();
    out.push(disc(Tone::Wash, 0.0, 0.0, 88.0));
    out
}

fn wreath(dice: &mut Dice) -> Vec<Shape> {
    let mut out = vec![ring(Tone::Dusk, 3.0, 0.0, 0.0, 108.0)];
    let start = dice.between(0.0, 0.2);
    for n in 0..22 {
        let turn = start + TAU * f64::from(n) / 22.0;
        let (x, y) = around(0.0, 0.0, 108.0, turn);
        let (lean, tone) = if n % 2 == 0 {
            (0.75, Tone::Second)
        } else {
            (PI * 0.5 + 0.75, Tone::Main)
        };
        out.push(leaf(tone, x, y, 27.0, 8.0, turn + lean));
    }
    for n in 0..4 {
        let (x, y) = around(0.0, 0.0, 108.0, start + PI / 4.0 + PI * f64::from(n) / 2.0);
        out.extend([
            petals(Tone::Accent, x, y, 19.0, 8.0, 6, 0.0),
            disc(Tone::Ink, x, y, 5.0),
        ]);
    }
    out
}

fn night(dice: &mut Dice) -> Vec<Shape> {
    let mut out = vec![
        disc(Tone::Dusk, 0.0, 0.0, 116.0),
        ring(Tone::Accent, 3.0, 0.0, 0.0, 109.0),
    ];
    for n in 0..16 {
        let turn = TAU * f64::from(n) / 16.0 + dice.between(-0.1, 0.1);
        let (x, y) = around(0.0, 0.0, dice.between(84.0, 100.0), turn);
        out.push(if n % 3 == 0 {
            star(Tone::Accent, x, y, 8.0, 0.28, 4)
        } else {
            disc(Tone::Glow, x, y, 1.8)
        });
    }
    out
}

fn arch() -> Vec<Shape> {
    let window = |reach: f64, tone: Tone| {
        let (top, foot) = (-12.0, 108.0 + (reach - 104.0));
        let curve = (0..=24).map(move |n| around(0.0, top, reach, PI * (f64::from(n) / 24.0 - 0.5)));
        polygon(tone, curve.chain([(reach, foot), (-reach, foot)]))
    };
    vec![
        window(112.0, Tone::Second),
        window(106.0, Tone::Paper),
        window(101.0, Tone::Glow),
    ]
}

fn bands() -> Vec<Shape> {
    vec![
        disc(Tone::Second, 0.0, 0.0, 118.0),
        disc(Tone::Paper, 0.0, 0.0, 104.0),
        disc(Tone::Accent, 0.0, 0.0, 98.0),
        disc(Tone::Paper, 0.0, 0.0, 84.0),
        disc(Tone::Wash, 0.0, 0.0, 79.0),
    ]
}

/// Hills across a picture, one behind the other; the last is nearest.
pub fn ridges(width: f64, top: f64, bottom: f64, dice: &mut Dice, palette: &Palette, sharp: bool) -> String {
    let tones = [
        palette.shaded(Tone::Wash, 8),
        palette.color(Tone::Second),
        palette.color(Tone::Main),
        palette.color(Tone::Dusk),
        palette.color(Tone::Ink),
    ];
    let mut out = String::new();
    let mut level = 0.0;
    for color in tones {
        let base = top + (bottom - top) * level;
        let (tall, phase, length) = (
            (bottom - top) * (0.2 - level * 0.12),
            dice.between(0.0, TAU),
            dice.between(1.6, 2.6),
        );
        let height = |n: i32| {
            let along = f64::from(n) / 40.0 * TAU;
            let swell = (along * length / 2.0 + phase).sin() * 0.6 + (along * length + phase * 2.0).sin() * 0.4;
            // Peaks instead of waves: the same swell folded at regular places.
            let peak = ((along * 1.7 + phase).sin().asin() * 0.6 + (along * 3.9 + phase).sin().asin() * 0.3) * 0.9;
            base - tall * if sharp { peak } else { swell }
        };
        let line = (0..=40).map(|n| (width * f64::from(n) / 40.0, height(n)));
        let hill = polygon(Tone::Main, line.chain([(width, bottom + 200.0), (0.0, bottom + 200.0)]));
        out.push_str(&silhouette(&[hill], &color, 0.3));
        level += 0.24;
    }
    out
}

/// A small sign between lines of lettering: a star between two strokes.
pub fn divider(x: f64, y: f64, width: f64, tone: Tone, palette: &Palette) -> String {
    let half = width / 2.0;
    let rule = |from: f64, to: f64| {
        fill(
            tone,
            &format!(
                "M {from} {} L {to} {} L {to} {} L {from} {} Z",
                y - 1.0,
                y - 1.0,
                y + 1.0,
                y + 1.0
            ),
        )
    };
    flat(
        &[
            rule(x - half, x - 13.0),
            rule(x + 13.0, x + half),
            star(tone, x, y, 7.0, 0.42, 5),
        ],
        palette,
    )
}
