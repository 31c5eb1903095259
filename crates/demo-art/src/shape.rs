//! Shapes made of lines and curves, and the ways in which they can be shown: flat, as outlines, cut out, stitched.
//!
//! What must not be here: what the shapes are of.

use super::palette::{Palette, Tone};
use std::f64::consts::{PI, TAU};
use std::fmt::Write as _;

pub type Point = (f64, f64);

/// A step of a path, in whole coordinates.
#[derive(Clone, Copy)]
pub enum Step {
    Move(Point),
    Line(Point),
    Curve(Point, Point, Point),
    Close,
}

impl Step {
    fn map(self, to: &dyn Fn(Point) -> Point) -> Self {
        match self {
            Step::Move(a) => Step::Move(to(a)),
            Step::Line(a) => Step::Line(to(a)),
            Step::Curve(a, b, c) => Step::Curve(to(a), to(b), to(c)),
            Step::Close => Step::Close,
        }
    }
}

/// A path, and how it is painted.
#[derive(Clone)]
pub struct Shape {
    pub tone: Tone,
    /// Of a line. What has none is filled.
    pub width: Option<f64>,
    pub steps: Vec<Step>,
}

/// A filled path: `M`, `L`, `C` and `Z` with absolute coordinates.
pub fn fill(tone: Tone, path: &str) -> Shape {
    Shape {
        tone,
        width: None,
        steps: steps(path),
    }
}

/// A line.
pub fn line(tone: Tone, width: f64, path: &str) -> Shape {
    Shape {
        tone,
        width: Some(width),
        steps: steps(path),
    }
}

/// A disc, as four curves.
pub fn disc(tone: Tone, x: f64, y: f64, radius: f64) -> Shape {
    oval(tone, x, y, radius, radius)
}

/// An upright oval.
pub fn oval(tone: Tone, x: f64, y: f64, across: f64, down: f64) -> Shape {
    let (kx, ky) = (across * 0.5523, down * 0.5523);
    let (left, right, top, bottom) = (x - across, x + across, y - down, y + down);
    let steps = vec![
        Step::Move((x, top)),
        Step::Curve((x + kx, top), (right, y - ky), (right, y)),
        Step::Curve((right, y + ky), (x + kx, bottom), (x, bottom)),
        Step::Curve((x - kx, bottom), (left, y + ky), (left, y)),
        Step::Curve((left, y - ky), (x - kx, top), (x, top)),
        Step::Close,
    ];
    Shape {
        tone,
        width: None,
        steps,
    }
}

/// A circle's line.
pub fn ring(tone: Tone, width: f64, x: f64, y: f64, radius: f64) -> Shape {
    Shape {
        width: Some(width),
        ..disc(tone, x, y, radius)
    }
}

/// A polygon.
pub fn polygon(tone: Tone, points: impl IntoIterator<Item = Point>) -> Shape {
    let mut steps: Vec<Step> = Vec::new();
    for point in points {
        steps.push(if steps.is_empty() {
            Step::Move(point)
        } else {
            Step::Line(point)
        });
    }
    steps.push(Step::Close);
    Shape {
        tone,
        width: None,
        steps,
    }
}

/// A star of so many points; the first points up.
pub fn star(tone: Tone, x: f64, y: f64, radius: f64, inner: f64, points: i32) -> Shape {
    let corners = (0..points * 2).map(|n| {
        let reach = if n % 2 == 0 { radius } else { radius * inner };
        around(x, y, reach, PI * f64::from(n) / f64::from(points))
    });
    polygon(tone, corners)
}

/// A leaf from a point along a direction; 0 is up, and clockwise from there.
pub fn leaf(tone: Tone, x: f64, y: f64, length: f64, width: f64, turn: f64) -> Shape {
    let at = |along: f64, aside: f64| {
        (
            x + along * turn.sin() + aside * turn.cos(),
            y - along * turn.cos() + aside * turn.sin(),
        )
    };
    let steps = vec![
        Step::Move((x, y)),
        Step::Curve(at(length * 0.2, width), at(length * 0.75, width * 0.9), at(length, 0.0)),
        Step::Curve(at(length * 0.75, -width * 0.9), at(length * 0.2, -width), (x, y)),
        Step::Close,
    ];
    Shape {
        tone,
        width: None,
        steps,
    }
}

/// The point at this distance and turn; 0 is up, and clockwise from there.
pub fn around(x: f64, y: f64, reach: f64, turn: f64) -> Point {
    (x + reach * turn.sin(), y - reach * turn.cos())
}

/// Leaves all around a point, as one shape.
pub fn petals(tone: Tone, x: f64, y: f64, reach: f64, width: f64, count: i32, start: f64) -> Shape {
    let steps = (0..count)
        .flat_map(|n| leaf(tone, x, y, reach, width, start + TAU * f64::from(n) / f64::from(count)).steps)
        .collect();
    Shape {
        tone,
        width: None,
        steps,
    }
}

impl Shape {
    pub fn map(&self, to: &dyn Fn(Point) -> Point) -> Self {
        Shape {
            steps: self.steps.iter().map(|step| step.map(to)).collect(),
            ..*self
        }
    }

    /// The shape and its mirror image, as one.
    pub fn both(mut self) -> Self {
        let other = self.map(&|(x, y)| (-x, y));
        self.steps.extend(other.steps);
        self
    }

    fn data(&self) -> String {
        data(&self.steps)
    }

    fn flat(&self, color: &str) -> String {
        match self.width {
            None => format!("<path d=\"{}\" fill=\"{color}\"/>", self.data()),
            Some(width) => format!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{}\" {ROUND}/>",
                self.data(),
                short(width)
            ),
        }
    }
}

/// How lines end and turn.
pub const ROUND: &str = "stroke-linecap=\"round\" stroke-linejoin=\"round\"";

/// Shapes moved and scaled, lines too.
pub fn placed(shapes: &[Shape], x: f64, y: f64, scale: f64) -> Vec<Shape> {
    let moved = |shape: &Shape| {
        let mut shape = shape.map(&|(px, py)| (x + px * scale, y + py * scale));
        shape.width = shape.width.map(|width| width * scale);
        shape
    };
    shapes.iter().map(moved).collect()
}

/// Painted as they are.
pub fn flat(shapes: &[Shape], palette: &Palette) -> String {
    shapes
        .iter()
        .map(|shape| shape.flat(&palette.color(shape.tone)))
        .collect()
}

/// In one color, as a silhouette, this much larger all around.
pub fn silhouette(shapes: &[Shape], color: &str, margin: f64) -> String {
    format!(
        "<g fill=\"{color}\" stroke=\"{color}\">{}</g>",
        enlarged(shapes, margin)
    )
}

/// A silhouette that has the color of whatever it is in.
fn enlarged(shapes: &[Shape], margin: f64) -> String {
    // An edge this wide hides what is lost by rounding.
    let rounded = |shape: &Shape| {
        if margin > 3.0 {
            data(&shape.map(&|(x, y)| (x.round(), y.round())).steps)
        } else {
            shape.data()
        }
    };
    let fills: String = shapes
        .iter()
        .filter(|shape| shape.width.is_none())
        .map(rounded)
        .collect();
    let mut out = format!(
        "<g {ROUND}><path d=\"{fills}\" stroke-width=\"{}\"/>",
        short(margin * 2.0)
    );
    for (shape, width) in shapes.iter().filter_map(|shape| Some((shape, shape.width?))) {
        let _ = write!(
            out,
            "<path d=\"{}\" fill=\"none\" stroke-width=\"{}\"/>",
            rounded(shape),
            short(width + margin * 2.0)
        );
    }
    out + "</g>"
}

/// Cut from vinyl: with a border and a soft edge. Each piece of a sheet has a name of its own.
pub fn cut_out(shapes: &[Shape], palette: &Palette, name: &str) -> String {
    let color = palette.color(Tone::Ink);
    format!(
        "<defs><g id=\"{name}\">{}</g></defs><use href=\"#{name}\" fill=\"{color}\" stroke=\"{color}\" opacity=\".16\" \
         transform=\"translate(1.5 3)\"/><use href=\"#{name}\" fill=\"#ffffff\" stroke=\"#ffffff\"/>{}",
        enlarged(shapes, 7.0),
        flat(shapes, palette)
    )
}

/// As outlines of one width on a ground that hides what is behind.
pub fn outlined(shapes: &[Shape], ground: &str, color: &str, width: f64) -> String {
    let mut out = format!("<g stroke=\"{color}\" stroke-width=\"{}\" {ROUND}>", short(width));
    for shape in shapes {
        let fill = if shape.width.is_some() { "none" } else { ground };
        let _ = write!(out, "<path d=\"{}\" fill=\"{fill}\"/>", shape.data());
    }
    out + "</g>"
}

/// The corners of a path, and the handles of its curves.
pub fn nodes(shapes: &[Shape]) -> (Vec<Point>, Vec<(Point, Point)>) {
    let (mut corners, mut handles) = (Vec::new(), Vec::new());
    for shape in shapes {
        let mut at = (0.0, 0.0);
        for step in &shape.steps {
            match *step {
                Step::Move(to) | Step::Line(to) => at = to,
                Step::Curve(first, second, to) => {
                    handles.extend([(at, first), (to, second)]);
                    at = to;
                }
                Step::Close => continue,
            }
            corners.push(at);
        }
    }
    (corners, handles)
}

/// The hatching of threads, one pattern for each tone.
pub fn threads(palette: &Palette) -> String {
    let tones = [
        (Tone::Paper, 20),
        (Tone::Ink, -35),
        (Tone::Main, 60),
        (Tone::Second, -60),
        (Tone::Accent, 35),
        (Tone::Wash, 80),
        (Tone::Glow, -15),
        (Tone::Dusk, 8),
    ];
    let pattern = |&(tone, turn): &(Tone, i32)| {
        format!(
            "<pattern id=\"{tone:?}\" width=\"9\" height=\"4.4\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate({turn})\"><rect width=\"9\" height=\"4.4\" fill=\"{}\"/>\
             <path d=\"M0 .4H8.2M-4 2.6H3.7M5 2.6H13\" stroke=\"{}\" stroke-width=\".8\"/>\
             <path d=\"M.6 1.5H7.6M-3 3.7H3M5.6 3.7H12\" stroke=\"{}\" stroke-width=\".7\"/></pattern>",
            palette.color(tone),
            palette.shaded(tone, 24),
            palette.thinned(tone, 22)
        )
    };
    tones.iter().map(pattern).collect()
}

/// Filled with hatched threads, each edge a row of satin stitches.
pub fn stitched(shapes: &[Shape], palette: &Palette) -> String {
    let mut out = String::new();
    for shape in shapes {
        let (data, color, dark) = (shape.data(), palette.color(shape.tone), palette.shaded(shape.tone, 22));
        let width = short(shape.width.unwrap_or(3.4).max(3.0));
        let filling = if shape.width.is_none() {
            format!("url(#{:?})", shape.tone)
        } else {
            "none".to_owned()
        };
        let _ = write!(
            out,
            "<g stroke-width=\"{width}\"><path d=\"{data}\" fill=\"{filling}\" stroke=\"{dark}\" {ROUND}/>\
             <path d=\"{data}\" fill=\"none\" stroke=\"{color}\" stroke-dasharray=\"1.3 .6\"/></g>"
        );
    }
    out
}

/// In a place of its own: moved, scaled, turned by degrees.
pub fn group(x: f64, y: f64, scale: f64, turn: f64, body: &str) -> String {
    let turn = if turn == 0.0 {
        String::new()
    } else {
        format!(" rotate({})", short(turn))
    };
    let scale = if (scale - 1.0).abs() < 0.001 {
        String::new()
    } else {
        format!(" scale({scale:.3})")
    };
    format!(
        "<g transform=\"translate({} {}){turn}{scale}\">{body}</g>",
        short(x),
        short(y)
    )
}

/// A number with one decimal at most.
pub fn short(value: f64) -> String {
    let text = format!("{value:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        plain => plain.to_owned(),
    }
}

/// A path's steps as SVG has them, in as few letters as will do.
pub fn data(steps: &[Step]) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for step in steps {
        let (letter, points): (char, &[Point]) = match step {
            Step::Move(a) => ('M', &[*a]),
            Step::Line(a) => ('L', &[*a]),
            Step::Curve(a, b, c) => ('C', &[*a, *b, *c]),
            Step::Close => ('Z', &[]),
        };
        // Further pairs after a letter go with it, and those after an M are lines.
        let implied = (letter == last && letter != 'M') || (letter == 'L' && last == 'M');
        if !implied {
            out.push(letter);
        }
        let mut first = !implied;
        for number in points.iter().flat_map(|&(x, y)| [short(x), short(y)]) {
            if !first && !number.starts_with('-') {
                out.push(' ');
            }
            first = false;
            out.push_str(&number);
        }
        last = letter;
    }
    out
}

/// A path as it is written here: letters, and numbers between spaces. Pairs after an `M` are lines.
pub fn steps(path: &str) -> Vec<Step> {
    let mut out = Vec::new();
    let mut command = ' ';
    for part in path.split_inclusive(|letter: char| letter.is_ascii_alphabetic()) {
        let numbers = part.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let numbers: Vec<f64> = numbers
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        let points: Vec<Point> = numbers.as_chunks().0.iter().map(|&[x, y]| (x, y)).collect();
        read(command, &points, &mut out);
        command = part.chars().next_back().unwrap_or(' ');
    }
    read(command, &[], &mut out);
    out
}

fn read(command: char, points: &[Point], out: &mut Vec<Step>) {
    match command {
        'M' => {
            out.extend(points.first().map(|&point| Step::Move(point)));
            out.extend(points.iter().skip(1).map(|&point| Step::Line(point)));
        }
        'L' => out.extend(points.iter().map(|&point| Step::Line(point))),
        'C' => out.extend(points.as_chunks().0.iter().map(|&[a, b, c]| Step::Curve(a, b, c))),
        'Z' => out.push(Step::Close),
        _ => {}
    }
}
