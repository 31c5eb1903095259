//! Landscapes, the sky and plants. What must not be here: animals and things.

use super::super::palette::Tone::{self, Accent, Dusk, Glow, Ink, Main, Paper, Second, Wash};
use super::super::shape::{Shape, around, disc, fill, leaf, line, oval, petals, polygon, star};
use std::f64::consts::{PI, TAU};

pub fn mountain() -> Vec<Shape> {
    let mut out = vec![
        disc(Accent, 46.0, -44.0, 27.0),
        fill(Second, "M -14 66 L 46 -26 L 100 66 Z"),
        fill(Paper, "M 46 -26 L 30 -1 L 38 -6 L 46 4 L 54 -5 L 61 0 Z"),
        fill(Main, "M -100 66 L -24 -78 L 54 66 Z"),
        fill(Dusk, "M -24 -78 L 54 66 L 0 66 L 8 40 L -16 10 L -6 -16 Z"),
        fill(
            Paper,
            "M -24 -78 L -53 -23 L -40 -32 L -29 -16 L -17 -32 L -3 -18 L 6 -23 Z",
        ),
        line(Ink, 6.0, "M -100 68 L 100 68"),
    ];
    for (x, size) in [(-82.0, 0.24), (-62.0, 0.32), (52.0, 0.34), (74.0, 0.26)] {
        out.extend(pine(x, 68.0, size * 140.0, Ink));
    }
    out
}

/// A fir of four tiers.
fn pine(x: f64, base: f64, height: f64, tone: Tone) -> Vec<Shape> {
    let at = |across: f64, up: f64| (x + across * height, base - up * height);
    let half = [
        (0.05, 0.78),
        (0.14, 0.74),
        (0.09, 0.54),
        (0.2, 0.48),
        (0.13, 0.3),
        (0.26, 0.22),
        (0.04, 0.17),
        (0.04, 0.0),
    ];
    let right = std::iter::once(at(0.0, 1.0)).chain(half.iter().skip(1).map(|&(across, up)| at(across, up)));
    let left = half.iter().skip(1).rev().map(|&(across, up)| at(-across, up));
    vec![polygon(tone, right.chain(left))]
}

pub fn pines() -> Vec<Shape> {
    let mut out = vec![
        disc(Accent, 0.0, -30.0, 54.0),
        fill(Wash, "M -100 66 C -70 18 -34 8 -4 26 C 26 4 70 14 100 66 Z"),
    ];
    for (x, height, tone) in [
        (-66.0, 116.0, Second),
        (66.0, 108.0, Second),
        (-32.0, 146.0, Main),
        (36.0, 134.0, Main),
        (2.0, 164.0, Dusk),
    ] {
        out.extend(pine(x, 70.0, height, tone));
    }
    out.push(fill(Ink, "M -100 70 C -60 62 60 62 100 70 C 60 82 -60 82 -100 70 Z"));
    out
}

pub fn wave() -> Vec<Shape> {
    vec![
        disc(Accent, 48.0, -22.0, 44.0),
        fill(
            Main,
            "M -100 62 C -98 -18 -62 -78 4 -82 C 50 -84 82 -58 80 -26 C 78 -2 56 10 38 2 C 24 -5 22 -22 34 -29 C 14 \
             -36 -6 -22 -8 6 C -10 38 26 58 100 62 Z",
        ),
        line(
            Paper,
            6.0,
            "M -80 50 C -76 -10 -46 -60 6 -64 C 38 -66 62 -50 62 -30 C 62 -20 54 -13 46 -13",
        ),
        line(Wash, 6.0, "M -58 52 C -56 2 -36 -42 4 -46 C 18 -47 30 -43 38 -38"),
        line(Wash, 6.0, "M -34 52 C -36 18 -26 -14 -6 -26"),
        disc(Paper, 88.0, -6.0, 5.0),
        disc(Paper, 74.0, 14.0, 4.0),
        disc(Paper, 94.0, 16.0, 3.0),
        fill(
            Second,
            "M -100 58 C -84 42 -66 42 -50 54 C -34 66 -16 66 0 54 C 16 42 34 42 50 54 C 66 66 84 66 100 58 L 100 74 \
             C 70 92 -70 92 -100 74 Z",
        ),
        line(
            Paper,
            4.6,
            "M -84 72 C -70 62 -58 64 -46 70 C -32 78 -18 78 -4 70 C 10 62 26 62 40 70 C 54 76 68 76 82 70",
        ),
    ]
}

/// Stripes of a disc that get thinner toward the bottom.
pub fn striped_sun(x: f64, y: f64, radius: f64) -> Vec<Shape> {
    let edges: [(f64, f64, Tone); 6] = [
        (-1.0, -0.16, Accent),
        (-0.11, 0.14, Accent),
        (0.21, 0.4, Main),
        (0.48, 0.63, Main),
        (0.72, 0.83, Second),
        (0.91, 0.98, Second),
    ];
    let half = |height: f64| radius * (1.0 - height * height).max(0.0).sqrt();
    let stripe = |&(top, bottom, tone): &(f64, f64, Tone)| {
        let level = |n: i32| top + (bottom - top) * f64::from(n) / 16.0;
        let right = (0..=16).map(|n| (x + half(level(n)), y + level(n) * radius));
        let left = (0..=16).rev().map(|n| (x - half(level(n)), y + level(n) * radius));
        polygon(tone, right.chain(left))
    };
    edges.iter().map(stripe).collect()
}

pub fn sunset() -> Vec<Shape> {
    let mut out = striped_sun(0.0, -4.0, 84.0);
    out.extend(palm(-34.0, 80.0, 1.0));
    out.extend(palm(-56.0, 80.0, 0.66));
    out.extend([
        fill(
            Ink,
            "M -96 82 C -70 66 -20 66 0 74 C 24 82 60 74 96 82 C 60 92 -60 92 -96 82 Z",
        ),
        line(Ink, 4.0, "M 26 -38 C 32 -46 38 -46 42 -38 C 46 -46 52 -46 58 -38"),
        line(Ink, 3.2, "M 8 -54 C 12 -60 17 -60 20 -54 C 23 -60 28 -60 32 -54"),
    ]);
    out
}

fn palm(x: f64, base: f64, scale: f64) -> Vec<Shape> {
    let paths = [
        "M -6 0 C -2 -44 4 -80 16 -112 L 24 -110 C 14 -76 10 -40 10 0 Z",
        "M 20 -112 C 4 -128 -22 -124 -36 -100 C -18 -110 2 -110 20 -112 Z",
        "M 20 -112 C -2 -116 -24 -102 -28 -74 C -16 -92 2 -104 20 -112 Z",
        "M 20 -112 C 12 -134 -10 -144 -30 -136 C -10 -132 6 -124 20 -112 Z",
        "M 20 -112 C 36 -130 62 -126 74 -104 C 58 -112 38 -112 20 -112 Z",
        "M 20 -112 C 42 -112 60 -96 62 -70 C 52 -90 38 -104 20 -112 Z",
        "M 20 -112 C 26 -136 48 -144 68 -134 C 48 -132 34 -126 20 -112 Z",
    ];
    let moved = |path: &&str| fill(Ink, path).map(&|(px, py)| (x + px * scale, base + py * scale));
    paths.iter().map(moved).collect()
}

pub fn sun() -> Vec<Shape> {
    let ray = |n: i32| {
        let turn = TAU * f64::from(n) / 24.0;
        let (reach, tone, wide) = if n % 2 == 0 {
            (96.0, Main, 0.1)
        } else {
            (82.0, Second, 0.07)
        };
        polygon(
            tone,
            [
                around(0.0, 0.0, 58.0, turn - wide),
                around(0.0, 0.0, reach, turn),
                around(0.0, 0.0, 58.0, turn + wide),
            ],
        )
    };
    let mut out: Vec<Shape> = (0..24).map(ray).collect();
    out.extend([
        disc(Accent, 0.0, 0.0, 52.0),
        line(Ink, 4.4, "M -30 -10 C -26 -3 -16 -3 -12 -10").both(),
        line(Ink, 3.2, "M -31 -24 C -26 -29 -18 -29 -13 -26").both(),
        line(Ink, 3.6, "M 0 -12 C -2 -2 -7 5 -5 8 C -3 11 2 10 4 8"),
        line(Ink, 4.4, "M -15 20 C -9 29 9 29 15 20"),
        disc(Main, -31.0, 8.0, 7.0).both(),
    ]);
    out
}

pub fn moon() -> Vec<Shape> {
    let mut out = vec![
        fill(
            Accent,
            "M 26 -88 C -40 -92 -88 -44 -82 16 C -76 72 -22 98 32 80 C -14 70 -40 38 -38 -6 C -36 -44 -10 -76 26 -88 Z",
        ),
        line(Ink, 4.0, "M -62 2 C -58 8 -52 8 -48 3"),
        disc(Main, -56.0, 24.0, 6.0),
        disc(Glow, -30.0, 66.0, 4.0),
        disc(Glow, -24.0, -66.0, 5.0),
        fill(
            Paper,
            "M 6 62 C -8 62 -10 42 8 42 C 10 24 40 22 46 38 C 62 28 78 42 74 50 C 88 50 88 62 76 62 Z",
        ),
        line(Second, 4.0, "M 14 72 L 66 72 M 30 81 L 52 81"),
    ];
    for (x, y, size) in [
        (24.0, -26.0, 22.0),
        (66.0, -58.0, 14.0),
        (64.0, 2.0, 10.0),
        (-2.0, 12.0, 8.0),
    ] {
        out.push(star(if size > 20.0 { Main } else { Second }, x, y, size, 0.28, 4));
    }
    out
}

/// A flower of many petals, seen from above.
fn daisy(x: f64, y: f64, radius: f64, tone: Tone, count: i32) -> [Shape; 3] {
    let core = radius * 0.32;
    [
        petals(tone, x, y, radius, radius * 0.34, count, 0.2),
        disc(Ink, x, y, core),
        disc(Accent, x, y, core * 0.62),
    ]
}

pub fn bouquet() -> Vec<Shape> {
    let mut out = vec![
        line(Dusk, 4.4, "M 0 94 C -4 50 -2 10 0 -34"),
        line(
            Dusk,
            4.0,
            "M 0 80 C -16 40 -36 24 -52 -4 M 0 80 C 16 44 36 30 54 0 M -2 60 C -12 10 -34 -30 -40 -62 M 1 60 C 10 14 \
             28 -26 38 -60",
        ),
        line(Dusk, 3.6, "M -6 74 C -30 56 -60 54 -82 36 M 6 74 C 30 56 60 56 84 34"),
    ];
    for (x, y, length, turn) in [
        (-4.0, 72.0, 46.0, -0.9),
        (4.0, 72.0, 46.0, 0.9),
        (-2.0, 40.0, 40.0, -0.7),
        (1.0, 36.0, 40.0, 0.75),
        (-1.0, 8.0, 30.0, -0.5),
        (0.0, 12.0, 30.0, 0.6),
        (-1.0, 86.0, 44.0, -1.4),
        (1.0, 86.0, 44.0, 1.4),
    ] {
        out.push(leaf(Second, x, y, length, 11.0, turn));
    }
    for (x, y) in [
        (-84.0, 34.0),
        (-72.0, 46.0),
        (86.0, 32.0),
        (74.0, 44.0),
        (-92.0, 20.0),
        (94.0, 18.0),
    ] {
        out.push(disc(Accent, x, y, 6.0));
    }
    out.extend(daisy(-54.0, -10.0, 32.0, Accent, 9));
    out.extend(daisy(56.0, -6.0, 30.0, Accent, 9));
    out.extend(daisy(0.0, -44.0, 46.0, Main, 11));
    out.extend(
        [
            tulip_head(-44.0, -74.0, 0.55, -0.3, Second),
            tulip_head(42.0, -72.0, 0.55, 0.3, Second),
        ]
        .concat(),
    );
    out
}

fn tulip_head(x: f64, y: f64, scale: f64, turn: f64, tone: Tone) -> Vec<Shape> {
    let to = |(px, py): (f64, f64)| {
        (
            x + scale * (px * turn.cos() - py * turn.sin()),
            y + scale * (px * turn.sin() + py * turn.cos()),
        )
    };
    [
        fill(
            tone,
            "M -26 -22 C -30 10 -20 30 0 30 C 20 30 30 10 26 -22 C 18 -18 14 -14 10 -6 C 8 -18 4 -28 0 -34 C \
             -4 -28 -8 -18 -10 -6 C -14 -14 -18 -18 -26 -22 Z",
        ),
        fill(Glow, "M 0 -34 C 10 -14 12 10 0 30 C -12 10 -10 -14 0 -34 Z"),
    ]
    .map(|shape| shape.map(&to))
    .to_vec()
}

pub fn tulips() -> Vec<Shape> {
    let mut out = vec![
        line(Dusk, 5.0, "M 0 92 L 0 -30"),
        line(Dusk, 5.0, "M -4 92 C -14 60 -44 40 -52 4").both(),
        fill(Second, "M 0 92 C -20 70 -30 40 -26 6 C -8 30 0 60 0 92 Z").both(),
        fill(Second, "M -4 92 C -40 88 -72 66 -84 36 C -50 42 -18 64 -4 92 Z").both(),
    ];
    out.extend(tulip_head(0.0, -50.0, 1.25, 0.0, Main));
    out.extend(tulip_head(-56.0, -14.0, 0.95, -0.25, Accent));
    out.extend(tulip_head(56.0, -14.0, 0.95, 0.25, Accent));
    out.extend([
        disc(Main, -78.0, -62.0, 5.0).both(),
        disc(Accent, -38.0, -82.0, 4.0).both(),
    ]);
    out
}

pub fn mushrooms() -> Vec<Shape> {
    vec![
        fill(Paper, "M 20 84 C 26 60 26 40 24 20 L 56 20 C 54 40 58 60 64 84 Z"),
        fill(
            Second,
            "M -4 26 C -2 -12 22 -30 42 -30 C 62 -30 86 -12 88 26 C 70 34 14 34 -4 26 Z",
        ),
        fill(Paper, "M -42 84 C -36 40 -38 10 -40 -18 L 2 -18 C 0 10 4 40 8 84 Z"),
        fill(Wash, "M -20 84 C -14 40 -12 10 -12 -8 L 2 -8 C 0 16 4 44 8 84 Z"),
        fill(
            Main,
            "M -94 -6 C -92 -62 -54 -92 -18 -92 C 18 -92 56 -62 58 -6 C 30 6 -66 6 -94 -6 Z",
        ),
        fill(Dusk, "M -94 -6 C -66 6 30 6 58 -6 C 44 14 -80 14 -94 -6 Z"),
        oval(Paper, -40.0, -46.0, 15.0, 12.0),
        oval(Paper, 8.0, -62.0, 11.0, 9.0),
        oval(Paper, 20.0, -28.0, 14.0, 10.0),
        oval(Paper, -72.0, -24.0, 8.0, 9.0),
        oval(Glow, 30.0, 2.0, 8.0, 7.0),
        oval(Glow, 60.0, 8.0, 10.0, 7.0),
        leaf(Accent, -50.0, 88.0, 44.0, 12.0, -0.9),
        leaf(Accent, -46.0, 88.0, 56.0, 12.0, -0.35),
        leaf(Accent, 70.0, 88.0, 44.0, 11.0, 0.7),
        line(Ink, 5.0, "M -92 88 L 92 88"),
    ]
}

pub fn cactus() -> Vec<Shape> {
    let mut out = vec![
        disc(Accent, 30.0, -34.0, 46.0),
        fill(
            Second,
            "M -100 70 L -78 34 L -44 34 L -30 52 L 0 52 L 14 24 L 62 24 L 78 56 L 100 70 Z",
        ),
        line(Main, 30.0, "M -10 70 L -10 -64"),
        line(Main, 20.0, "M -10 30 L -40 30 C -54 30 -58 22 -58 12 L -58 -20"),
        line(Main, 20.0, "M -10 6 L 22 6 C 36 6 40 -2 40 -12 L 40 -40"),
        line(
            Dusk,
            3.0,
            "M -16 62 L -16 -60 M -4 62 L -4 -60 M -58 -18 L -58 12 M 40 -38 L 40 -12",
        ),
    ];
    out.extend([
        petals(Accent, -10.0, -78.0, 18.0, 8.0, 5, 0.0),
        petals(Glow, 40.0, -50.0, 12.0, 6.0, 5, PI),
    ]);
    out.extend([
        fill(Ink, "M -100 70 C -60 62 60 62 100 70 C 60 84 -60 84 -100 70 Z"),
        leaf(Dusk, 66.0, 70.0, 34.0, 8.0, -0.5),
        leaf(Dusk, 66.0, 70.0, 40.0, 8.0, 0.0),
        leaf(Dusk, 66.0, 70.0, 34.0, 8.0, 0.5),
    ]);
    out
}
