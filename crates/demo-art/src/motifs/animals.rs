//! Animals. What must not be here: landscapes and things.

use super::super::palette::Tone::{Accent, Dusk, Glow, Ink, Main, Paper, Second, Wash};
use super::super::shape::{Shape, disc, fill, leaf, line, oval, placed, polygon, ring, star};

pub fn cat() -> Vec<Shape> {
    vec![
        fill(
            Main,
            "M -64 -10 L -70 -84 C -70 -90 -64 -92 -60 -88 L -24 -58 C -8 -63 8 -63 24 -58 L 60 -88 C 64 -92 70 -90 \
             70 -84 L 64 -10 C 86 34 52 74 0 74 C -52 74 -86 34 -64 -10 Z",
        ),
        fill(Accent, "M -55 -34 L -58 -70 L -35 -50 C -44 -46 -50 -41 -55 -34 Z").both(),
        fill(
            Dusk,
            "M -7 -60 L 7 -60 L 0 -28 Z M -30 -55 L -17 -59 L -16 -34 Z M 30 -55 L 17 -59 L 16 -34 Z",
        ),
        fill(
            Paper,
            "M 0 18 C -30 18 -46 40 -34 58 C -24 72 24 72 34 58 C 46 40 30 18 0 18 Z",
        ),
        oval(Ink, -31.0, 2.0, 10.0, 13.0).both(),
        disc(Paper, -34.0, -3.0, 4.0),
        disc(Paper, 28.0, -3.0, 4.0),
        fill(
            Accent,
            "M -9 24 C -9 20 9 20 9 24 C 9 30 4 34 0 34 C -4 34 -9 30 -9 24 Z",
        ),
        line(
            Ink,
            4.0,
            "M 0 34 L 0 41 M 0 41 C -3 51 -17 51 -20 43 M 0 41 C 3 51 17 51 20 43",
        ),
        line(Ink, 3.2, "M -50 34 L -92 28 M -50 42 L -90 48").both(),
    ]
}

pub fn dog() -> Vec<Shape> {
    vec![
        fill(
            Main,
            "M -46 -58 C -22 -76 22 -76 46 -58 C 62 -30 62 16 46 46 C 34 68 -34 68 -46 46 C -62 16 -62 -30 -46 -58 Z",
        ),
        fill(
            Dusk,
            "M -34 -64 C -62 -84 -92 -52 -92 -10 C -92 18 -70 36 -60 14 C -52 -4 -56 -34 -34 -64 Z",
        )
        .both(),
        fill(
            Paper,
            "M 0 -71 C 9 -44 12 -14 30 4 C 48 24 38 58 0 62 C -38 58 -48 24 -30 4 C -12 -14 -9 -44 0 -71 Z",
        ),
        fill(Accent, "M -11 38 L 11 38 C 13 62 8 74 0 74 C -8 74 -13 62 -11 38 Z"),
        line(Ink, 3.2, "M 0 46 L 0 62"),
        fill(
            Ink,
            "M -19 4 C -19 -8 19 -8 19 4 C 19 16 7 22 0 22 C -7 22 -19 16 -19 4 Z",
        ),
        oval(Paper, -6.0, 0.5, 5.0, 2.6),
        line(
            Ink,
            4.6,
            "M 0 22 L 0 34 M 0 34 C -4 44 -22 44 -26 34 M 0 34 C 4 44 22 44 26 34",
        ),
        oval(Ink, -30.0, -20.0, 8.5, 10.0).both(),
        disc(Paper, -33.0, -24.0, 3.0),
        disc(Paper, 27.0, -24.0, 3.0),
        line(Ink, 4.0, "M -40 -40 C -36 -45 -28 -46 -23 -42").both(),
    ]
}

/// A head in a helmet.
pub fn astronaut(head: &[Shape]) -> Vec<Shape> {
    let mut out = vec![
        fill(Paper, "M -74 92 C -70 58 -40 46 0 46 C 40 46 70 58 74 92 Z"),
        fill(Second, "M -30 92 L -26 72 L 26 72 L 30 92 Z"),
        disc(Accent, -12.0, 82.0, 5.0),
        disc(Main, 4.0, 82.0, 5.0),
        line(Second, 7.0, "M -60 74 C -58 80 -56 86 -56 92").both(),
        fill(
            Second,
            "M -98 -26 C -98 -38 -82 -38 -82 -26 L -82 0 C -82 12 -98 12 -98 0 Z",
        )
        .both(),
        disc(Paper, 0.0, -14.0, 84.0),
        disc(Ink, 0.0, -12.0, 70.0),
        star(Glow, -50.0, -44.0, 7.0, 0.3, 4),
        star(Glow, 52.0, -34.0, 5.0, 0.3, 4),
        disc(Glow, 34.0, -66.0, 2.4),
        disc(Glow, -22.0, -72.0, 2.0),
    ];
    out.extend(placed(head, 0.0, 0.0, 0.66));
    out.extend([
        fill(Wash, "M -74 30 C -50 62 50 62 74 30 C 62 72 -62 72 -74 30 Z"),
        line(Paper, 6.0, "M 30 -68 C 46 -60 56 -46 59 -30"),
        line(Accent, 4.0, "M 58 -80 L 74 -98"),
        disc(Accent, 76.0, -100.0, 6.0),
        ring(Second, 4.0, 0.0, -13.0, 77.0),
    ]);
    out
}

pub fn fish() -> Vec<Shape> {
    let scales = (0..3).flat_map(|row| {
        let x = f64::from(row) * 20.0 - 12.0;
        [-16.0, 0.0, 16.0]
            .map(|y| line(Wash, 4.0, "M 0 -7 C 8 -5 8 5 0 7").map(&|(px, py)| (px + x - y * y * 0.015, py + y + 4.0)))
    });
    let mut out = vec![
        fill(Second, "M -22 -36 C -8 -66 30 -66 50 -50 C 40 -46 38 -36 40 -24 Z"),
        fill(Second, "M -18 40 C -12 60 8 68 22 64 C 14 56 14 46 16 36 Z"),
        fill(
            Main,
            "M -96 8 C -70 -34 -24 -46 8 -40 C 34 -36 50 -18 62 -6 C 74 -16 82 -30 98 -38 C 92 -14 92 28 100 50 C 82 \
             42 74 30 62 20 C 50 32 30 46 4 48 C -30 52 -72 44 -96 8 Z",
        ),
        fill(
            Paper,
            "M -96 8 C -84 10 -70 18 -52 26 C -20 38 24 32 62 14 L 62 20 C 50 32 30 46 4 48 C -30 52 -72 44 -96 8 Z",
        ),
        line(Ink, 4.0, "M -46 -30 C -34 -12 -34 20 -48 38"),
        fill(Accent, "M -26 10 C -14 0 4 6 10 20 C -4 26 -20 24 -26 10 Z"),
        disc(Paper, -64.0, -6.0, 9.0),
        disc(Ink, -65.0, -6.0, 5.4),
        line(Ink, 4.0, "M -96 8 C -88 12 -80 12 -74 10"),
        line(Second, 3.4, "M 74 -6 L 88 -20 M 76 6 L 92 6 M 74 18 L 88 32"),
    ];
    out.extend(scales);
    out
}

pub fn bird() -> Vec<Shape> {
    vec![
        line(Ink, 5.0, "M -92 66 C -50 56 10 60 92 48"),
        leaf(Second, 60.0, 52.0, 40.0, 13.0, 0.9),
        leaf(Second, 44.0, 54.0, 36.0, 12.0, 2.3),
        leaf(Second, -66.0, 62.0, 38.0, 12.0, -0.7),
        disc(Accent, -50.0, 74.0, 8.0),
        disc(Accent, -34.0, 80.0, 7.0),
        fill(Dusk, "M 20 14 L 96 26 L 92 38 L 70 38 L 72 46 L 22 38 Z"),
        fill(
            Main,
            "M -58 -26 C -58 -58 -30 -72 -8 -64 C 14 -56 20 -36 34 -20 C 50 -4 54 18 42 34 C 24 58 -20 54 -40 30 C \
             -52 14 -58 -4 -58 -26 Z",
        ),
        fill(
            Glow,
            "M -57 -18 C -40 -14 -18 4 -14 24 C -12 36 -10 42 -6 48 C -22 46 -34 38 -42 28 C -52 14 -57 -2 -57 -18 Z",
        ),
        fill(
            Second,
            "M -6 -10 C 14 -20 36 -8 48 14 C 58 28 72 30 82 30 C 64 44 30 44 10 28 C -2 18 -10 2 -6 -10 Z",
        ),
        line(Paper, 3.6, "M 10 0 C 22 4 32 14 38 24 M 6 12 C 16 16 24 22 30 30"),
        fill(Accent, "M -56 -38 L -84 -26 L -57 -20 Z"),
        disc(Paper, -32.0, -38.0, 9.0),
        disc(Ink, -33.0, -38.0, 5.6),
        line(Ink, 3.6, "M -10 48 L -12 62 M 6 49 L 6 61"),
        polygon(Accent, [(-20.0, -66.0), (-4.0, -92.0), (0.0, -62.0)]),
    ]
}
