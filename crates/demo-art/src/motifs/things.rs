//! Things that people make, hold or give. What must not be here: animals and landscapes.

use super::super::palette::Tone::{Accent, Dusk, Glow, Ink, Main, Paper, Second, Wash};
use super::super::shape::{Shape, around, disc, fill, leaf, line, oval, petals, polygon, ring, star};

pub fn coffee() -> Vec<Shape> {
    vec![
        line(
            Accent,
            7.0,
            "M -30 -46 C -40 -60 -20 -70 -28 -86 M 0 -50 C -10 -66 12 -78 2 -96 M 30 -46 C 20 -60 40 -70 32 -86",
        ),
        fill(
            Second,
            "M -92 74 L 92 74 C 82 90 64 92 44 92 L -44 92 C -64 92 -82 90 -92 74 Z",
        ),
        line(Main, 14.0, "M 56 -12 C 96 -18 94 42 46 38"),
        fill(
            Main,
            "M -62 -28 L 62 -28 C 64 14 54 50 30 66 C 20 72 -20 72 -30 66 C -54 50 -64 14 -62 -28 Z",
        ),
        fill(
            Dusk,
            "M 62 -28 C 64 14 54 50 30 66 C 20 72 4 72 0 71 C 30 60 42 14 40 -28 Z",
        ),
        oval(Paper, 0.0, -28.0, 62.0, 13.0),
        oval(Ink, 0.0, -26.5, 54.0, 9.0),
        fill(
            Paper,
            "M -12 46 C -46 22 -44 -4 -28 -6 C -20 -7 -15 -2 -12 4 C -9 -2 -4 -7 4 -6 C 20 -4 22 22 -12 46 Z",
        ),
    ]
}

pub fn heart() -> Vec<Shape> {
    let mut out = vec![
        fill(
            Main,
            "M 0 88 C -108 20 -106 -68 -50 -74 C -24 -76 -8 -60 0 -42 C 8 -60 24 -76 50 -74 C 106 -68 108 20 0 88 Z",
        ),
        line(Paper, 4.6, "M 0 70 L 0 -18"),
        line(Paper, 4.0, "M 0 56 C -24 48 -44 28 -54 4 M 0 30 C -16 22 -24 10 -30 -8").both(),
        petals(Accent, 0.0, -26.0, 21.0, 8.0, 7, 0.0),
        disc(Paper, 0.0, -26.0, 6.0),
        petals(Accent, -58.0, -12.0, 18.0, 7.0, 6, 0.0).both(),
        disc(Paper, -58.0, -12.0, 5.0).both(),
        disc(Glow, -32.0, -48.0, 6.0).both(),
    ];
    for (x, y, length, turn) in [
        (-14.0, 50.0, 28.0, -1.5),
        (-32.0, 38.0, 28.0, -1.3),
        (-14.0, 24.0, 24.0, -1.5),
        (-26.0, 6.0, 20.0, -1.1),
    ] {
        out.push(leaf(Wash, x, y, length, 8.0, turn).both());
    }
    out
}

pub fn book() -> Vec<Shape> {
    vec![
        line(Dusk, 4.6, "M 0 16 C -2 -20 2 -40 0 -66"),
        leaf(Second, 0.0, -16.0, 44.0, 14.0, -1.0),
        leaf(Second, 0.0, -22.0, 44.0, 14.0, 1.0),
        leaf(Main, 0.0, -40.0, 36.0, 12.0, -0.7),
        leaf(Main, 0.0, -44.0, 36.0, 12.0, 0.7),
        leaf(Second, 0.0, -62.0, 34.0, 12.0, 0.0),
        fill(
            Main,
            "M 0 12 C -24 -4 -66 -6 -98 4 L -98 84 C -66 76 -26 78 0 94 C 26 78 66 76 98 84 L 98 4 C 66 -6 24 -4 0 12 \
             Z",
        ),
        fill(
            Paper,
            "M 0 10 C -24 -8 -60 -12 -88 -4 L -88 70 C -60 64 -24 66 0 82 C 24 66 60 64 88 70 L 88 -4 C 60 -12 24 -8 \
             0 10 Z",
        ),
        line(Ink, 3.6, "M 0 12 L 0 80"),
        line(
            Wash,
            4.0,
            "M -74 12 C -54 8 -32 10 -14 20 M -74 28 C -54 24 -32 26 -14 36 M -74 44 C -54 40 -32 42 -14 52",
        )
        .both(),
        star(Accent, -62.0, -54.0, 14.0, 0.3, 4),
        star(Accent, 62.0, -60.0, 11.0, 0.3, 4),
        disc(Accent, -44.0, -82.0, 4.0),
        disc(Accent, 76.0, -34.0, 4.0),
    ]
}

pub fn apple() -> Vec<Shape> {
    vec![
        fill(
            Second,
            "M -78 66 L 84 66 C 90 66 90 92 84 92 L -78 92 C -94 92 -94 66 -78 66 Z",
        ),
        fill(Paper, "M -74 71 L 78 71 L 78 87 L -74 87 C -84 87 -84 71 -74 71 Z"),
        fill(
            Accent,
            "M 78 38 L -74 38 C -80 38 -80 64 -74 64 L 78 64 C 94 64 94 38 78 38 Z",
        ),
        fill(Paper, "M 74 43 L -68 43 L -68 59 L 74 59 C 84 59 84 43 74 43 Z"),
        line(Wash, 2.6, "M -60 51 L 70 51 M -66 79 L 70 79"),
        fill(
            Main,
            "M 0 -42 C -24 -58 -58 -44 -56 -6 C -54 22 -32 40 -16 36 C -6 33 6 33 16 36 C 32 40 54 22 56 -6 C 58 -44 \
             24 -58 0 -42 Z",
        ),
        fill(
            Dusk,
            "M 30 -50 C 48 -46 58 -28 56 -6 C 54 22 32 40 16 36 C 12 35 8 34 4 34 C 34 24 44 -16 30 -50 Z",
        ),
        line(Paper, 6.0, "M -40 -14 C -42 -26 -36 -34 -28 -36"),
        line(Ink, 5.0, "M 0 -40 C 0 -54 4 -64 12 -72"),
        leaf(Second, 4.0, -54.0, 48.0, 16.0, -0.95),
    ]
}

pub fn produce() -> Vec<Shape> {
    let mut out = vec![
        leaf(Second, -56.0, 0.0, 66.0, 17.0, -0.35),
        leaf(Second, -52.0, 0.0, 70.0, 15.0, 0.1),
        leaf(Dusk, 58.0, 6.0, 74.0, 18.0, 0.3),
        leaf(Second, 50.0, 6.0, 80.0, 17.0, -0.12),
        leaf(Dusk, 68.0, 8.0, 56.0, 14.0, 0.75),
        fill(Accent, "M -16 20 L -26 -46 C -26 -60 6 -60 6 -46 L -4 20 Z"),
        line(Ink, 3.0, "M -25 -34 L -14 -34 M 5 -22 L -6 -22 M -21 -10 L -12 -10"),
        leaf(Second, -10.0, -54.0, 38.0, 9.0, -0.5),
        leaf(Second, -10.0, -54.0, 44.0, 9.0, 0.0),
        leaf(Second, -10.0, -54.0, 38.0, 9.0, 0.5),
        disc(Main, -46.0, 2.0, 30.0),
        disc(Main, 34.0, 0.0, 32.0),
        line(
            Paper,
            5.0,
            "M -62 -4 C -60 -12 -54 -16 -48 -17 M 16 -6 C 18 -14 24 -18 30 -19",
        ),
        star(Dusk, -44.0, -24.0, 12.0, 0.35, 5),
        star(Dusk, 36.0, -29.0, 13.0, 0.35, 5),
    ];
    for y in [14.0, 40.0, 66.0] {
        out.push(fill(Glow, "M -92 0 L 92 0 L 90 21 L -90 21 Z").map(&|(px, py)| (px, py + y)));
    }
    out.extend([
        line(
            Dusk,
            3.0,
            "M -60 25 L -20 25 M 20 24 L 64 24 M -50 51 L 30 51 M 44 51 L 62 51 M -62 77 L -30 77 M -6 77 L 50 77",
        ),
        fill(Second, "M -92 10 L -74 10 L -74 90 L -90 90 Z").both(),
        disc(Ink, -82.0, 24.0, 2.6).both(),
        disc(Ink, -82.0, 51.0, 2.6).both(),
        disc(Ink, -82.0, 77.0, 2.6).both(),
    ]);
    out
}

pub fn van() -> Vec<Shape> {
    vec![
        fill(Accent, "M -66 -66 C -40 -78 20 -78 56 -66 C 20 -58 -40 -58 -66 -66 Z"),
        line(Ink, 3.4, "M -50 -58 L 42 -58 M -40 -58 L -40 -48 M 30 -58 L 30 -48"),
        fill(
            Paper,
            "M -92 8 L -92 -22 C -92 -44 -80 -50 -58 -50 L 42 -50 C 66 -50 80 -34 90 0 L 92 8 Z",
        ),
        fill(
            Main,
            "M -94 6 L 94 6 C 96 22 96 38 94 50 L -90 50 C -95 50 -95 40 -94 6 Z",
        ),
        fill(Second, "M -94 0 L 91 0 L 94 12 L -94 12 Z"),
        fill(
            Dusk,
            "M -80 -8 L -80 -28 C -80 -36 -76 -38 -70 -38 L -46 -38 L -46 -8 Z M -36 -38 L -2 -38 L -2 -8 L -36 -8 Z \
             M 8 -38 L 38 -38 C 56 -38 66 -28 74 -8 L 8 -8 Z",
        ),
        line(Wash, 4.0, "M -70 -14 L -56 -30 M -26 -14 L -12 -30 M 22 -14 L 38 -30"),
        line(Paper, 3.4, "M 14 44 L 14 18 M -22 26 L -8 26"),
        disc(Accent, 84.0, 26.0, 8.0),
        line(Ink, 7.0, "M -98 52 L -74 52 M -30 52 L 30 52 M 74 52 L 99 52"),
        disc(Ink, -52.0, 54.0, 23.0),
        disc(Paper, -52.0, 54.0, 11.0),
        disc(Main, -52.0, 54.0, 4.0),
        disc(Ink, 52.0, 54.0, 23.0),
        disc(Paper, 52.0, 54.0, 11.0),
        disc(Main, 52.0, 54.0, 4.0),
        line(Second, 4.6, "M -100 84 L -40 84 M -24 84 L 30 84 M 46 84 L 100 84"),
    ]
}

pub fn bike() -> Vec<Shape> {
    let mut out = vec![ring(Ink, 6.0, -52.0, 36.0, 40.0), ring(Ink, 6.0, 56.0, 36.0, 40.0)];
    for center in [-52.0, 56.0] {
        for n in 0..4 {
            let turn = f64::from(n) * std::f64::consts::PI / 4.0;
            let ((ax, ay), (bx, by)) = (around(center, 36.0, 36.0, turn), around(center, 36.0, -36.0, turn));
            out.push(line(Wash, 2.0, &format!("M {ax} {ay} L {bx} {by}")));
        }
    }
    out.extend([
        line(
            Main,
            7.0,
            "M -52 36 L -4 38 L -22 -24 L -52 36 M -22 -24 L 38 -26 L -4 38 M 34 -46 L 56 36",
        ),
        line(
            Ink,
            5.0,
            "M -22 -24 L -26 -40 M 34 -46 C 30 -56 20 -58 12 -54 M -4 38 L 8 54 M 2 54 L 14 54",
        ),
        fill(Ink, "M -44 -44 C -36 -50 -16 -48 -10 -42 C -16 -36 -36 -36 -44 -44 Z"),
        disc(Accent, -4.0, 38.0, 9.0),
        disc(Accent, -52.0, 36.0, 6.0),
        disc(Accent, 56.0, 36.0, 6.0),
        leaf(Dusk, 56.0, -40.0, 40.0, 9.0, -0.5),
        leaf(Dusk, 66.0, -40.0, 38.0, 9.0, 0.5),
        petals(Accent, 46.0, -68.0, 17.0, 8.0, 6, 0.0),
        petals(Main, 66.0, -80.0, 18.0, 8.0, 6, 0.3),
        petals(Accent, 84.0, -64.0, 15.0, 7.0, 6, 0.1),
        disc(Paper, 46.0, -68.0, 5.0),
        disc(Paper, 66.0, -80.0, 5.0),
        disc(Paper, 84.0, -64.0, 4.0),
        fill(Second, "M 40 -46 L 92 -46 L 86 -10 L 48 -10 Z"),
        line(
            Paper,
            2.6,
            "M 46 -36 L 88 -36 M 48 -24 L 86 -24 M 60 -42 L 62 -14 M 74 -42 L 73 -14",
        ),
    ]);
    out
}

pub fn cassette() -> Vec<Shape> {
    vec![
        fill(
            Main,
            "M -92 -62 L 92 -62 C 97 -62 100 -59 100 -54 L 100 56 C 100 61 97 64 92 64 L -92 64 C -97 64 -100 61 -100 \
             56 L -100 -54 C -100 -59 -97 -62 -92 -62 Z",
        ),
        fill(
            Paper,
            "M -82 -50 L 82 -50 C 85 -50 87 -48 87 -45 L 87 28 L -87 28 L -87 -45 C -87 -48 -85 -50 -82 -50 Z",
        ),
        line(Ink, 3.0, "M -70 -36 L 46 -36 M 58 -36 L 70 -36"),
        fill(Accent, "M -87 4 L 87 4 L 87 12 L -87 12 Z"),
        fill(Second, "M -87 12 L 87 12 L 87 20 L -87 20 Z"),
        fill(Dusk, "M -87 20 L 87 20 L 87 28 L -87 28 Z"),
        fill(
            Ink,
            "M -42 -26 L 42 -26 C 64 -26 64 18 42 18 L -42 18 C -64 18 -64 -26 -42 -26 Z",
        ),
        disc(Paper, -34.0, -4.0, 15.0).both(),
        star(Ink, -34.0, -4.0, 10.0, 0.55, 6).both(),
        fill(Wash, "M -13 -14 L 13 -14 L 13 6 L -13 6 Z"),
        fill(Dusk, "M -58 64 L -48 40 L 48 40 L 58 64 Z"),
        disc(Paper, -30.0, 53.0, 4.0).both(),
        disc(Paper, -10.0, 53.0, 3.0).both(),
        disc(Ink, -90.0, -53.0, 3.0).both(),
        disc(Ink, -90.0, 55.0, 3.0).both(),
    ]
}

pub fn rocket() -> Vec<Shape> {
    let body = [
        fill(Accent, "M -18 52 C -24 70 -12 84 0 100 C 12 84 24 70 18 52 Z"),
        fill(Paper, "M -9 52 C -12 64 -6 72 0 82 C 6 72 12 64 9 52 Z"),
        fill(Main, "M -24 10 C -46 20 -52 40 -46 62 C -38 52 -30 46 -20 44 Z").both(),
        fill(Paper, "M 0 -98 C 36 -66 38 -4 20 52 L -20 52 C -38 -4 -36 -66 0 -98 Z"),
        fill(Wash, "M 0 -98 C 36 -66 38 -4 20 52 L 4 52 C 18 -4 20 -60 0 -98 Z"),
        fill(
            Main,
            "M 0 -98 C 14 -86 22 -70 26 -54 L -26 -54 C -22 -70 -14 -86 0 -98 Z",
        ),
        fill(Second, "M -25 34 L 25 34 L 20 52 L -20 52 Z"),
        disc(Main, 0.0, -20.0, 17.0),
        disc(Ink, 0.0, -20.0, 11.5),
        line(Paper, 3.0, "M -6 -22 C -5 -26 -2 -28 1 -28"),
        line(Ink, 3.0, "M -10 18 L 10 18"),
    ];
    let tilt = 0.5_f64;
    let turned = |(x, y): (f64, f64)| {
        (
            x * tilt.cos() - y * tilt.sin() - 2.0,
            x * tilt.sin() + y * tilt.cos() + 2.0,
        )
    };
    let mut out = vec![
        disc(Second, -58.0, -52.0, 20.0),
        line(Accent, 5.0, "M -90 -42 C -74 -36 -40 -50 -27 -64"),
        star(Accent, 66.0, 40.0, 16.0, 0.28, 4),
        star(Second, -74.0, 12.0, 10.0, 0.28, 4),
        star(Second, 84.0, -4.0, 8.0, 0.28, 4),
        disc(Accent, 40.0, 78.0, 4.0),
        disc(Accent, -20.0, -86.0, 4.0),
    ];
    out.extend(body.iter().map(|shape| shape.map(&turned)));
    out
}

pub fn shooting_star() -> Vec<Shape> {
    vec![
        fill(
            Second,
            "M 44 -66 C -20 -64 -74 -20 -96 62 L -82 66 C -58 4 -20 -34 36 -44 Z",
        ),
        fill(
            Accent,
            "M 38 -44 C -14 -36 -54 4 -74 70 L -60 74 C -40 20 -8 -12 38 -22 Z",
        ),
        fill(Main, "M 38 -24 C 0 -14 -32 22 -52 78 L -38 82 C -20 38 6 10 42 -4 Z"),
        star(Paper, 44.0, -34.0, 60.0, 0.48, 5),
        star(Main, 44.0, -34.0, 50.0, 0.48, 5),
        polygon(Glow, [(44.0, -84.0), (44.0, -34.0), (29.9, -53.4)]),
        star(Accent, 44.0, 46.0, 12.0, 0.3, 4),
        star(Second, 76.0, 64.0, 8.0, 0.3, 4),
        star(Second, -50.0, -60.0, 10.0, 0.3, 4),
        disc(Accent, 10.0, 66.0, 4.0),
        disc(Accent, -70.0, -28.0, 4.0),
    ]
}
