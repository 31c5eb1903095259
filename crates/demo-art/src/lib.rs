//! Pictures for the demo agency's files: what its designers deliver, drawn by code and the same for the same words.
//!
//! A piece's words choose its motif, palette and layout; the service chooses what kind of picture it is. What must not be
//! here: anything of the product itself, files, the network, chance or the time.
#![expect(clippy::float_arithmetic, reason = "a drawing's coordinates are fractions")]

mod backdrops;
mod goods;
mod layouts;
mod lettering;
mod motifs;
mod palette;
mod prints;
mod shape;

use lettering::Words;
use motifs::Subject;
use palette::{Dice, Palette};

/// One piece of work: what every kind of picture is drawn from.
#[derive(Clone)]
struct Piece {
    subject: Subject,
    /// What a second motif shows, where there is room for one.
    beside: Subject,
    palette: Palette,
    words: Words,
    /// Chosen anew by each part of a picture, so that a new part does not change the others.
    seed: u64,
    /// 1 at first; a revision is bolder and changes colors.
    version: i64,
    /// Printed on something dark.
    on_dark: bool,
}

impl Piece {
    fn new(service: &str, title: &str, version: i64) -> Self {
        let words = Words::of(title);
        let seed = palette::hash(&[service, title]);
        let mut dice = Dice::new(seed, "subject");
        let (subject, beside) = Subject::of(title, &mut dice);
        Piece {
            subject,
            beside,
            palette: Palette::of(&mut Dice::new(seed, "palette")).revised(version),
            words,
            seed,
            version: version.max(1),
            on_dark: false,
        }
    }

    fn dice(&self, part: &str) -> Dice {
        Dice::new(self.seed, part)
    }

    fn revised(&self) -> bool {
        self.version > 1
    }

    /// How much heavier than at first.
    fn weight(&self) -> f64 {
        if self.revised() { 1.3 } else { 1.0 }
    }
}

/// The SVG of one delivered file. The same words give the same picture; a later version is the same piece, revised.
#[must_use]
pub fn drawing(service: &str, title: &str, version: i64) -> String {
    let piece = Piece::new(service, title, version);
    match service {
        "Logo design" => layouts::logo(&piece),
        "T-shirt design" => layouts::shirt(&piece),
        "Mug design" => prints::mug(&piece),
        "Poster design" => prints::poster(&piece),
        "Phone case design" => prints::phone_case(&piece),
        "Sticker sheet" => layouts::stickers(&piece),
        "Embroidery digitizing" => layouts::embroidery(&piece),
        "Product mockup" => goods::mockup(&piece),
        "Listing images" => goods::listing(&piece),
        "Seamless pattern" => prints::pattern(&piece),
        "Vector tracing" => layouts::tracing(&piece),
        "Social media banner" => prints::banner(&piece),
        _ => layouts::general(&piece),
    }
}

/// A document of this size, in its own units; four pixels a unit when nothing else says how large.
fn document(width: f64, height: f64, body: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{}\" \
             height=\"{}\">{body}</svg>",
        width * 4.0,
        height * 4.0
    )
}

#[cfg(test)]
mod tests {
    use super::drawing;

    const SERVICES: [&str; 13] = [
        "Logo design",
        "T-shirt design",
        "Mug design",
        "Poster design",
        "Phone case design",
        "Sticker sheet",
        "Embroidery digitizing",
        "Product mockup",
        "Listing images",
        "Seamless pattern",
        "Vector tracing",
        "Social media banner",
        "Something else",
    ];

    const TITLES: [&str; 20] = [
        "Spring collection",
        "Retro sunset",
        "Dog lovers",
        "National parks",
        "Coffee first",
        "Mountain club",
        "Teacher gifts",
        "Night fishing",
        "Cat astronaut",
        "Farmers market",
        "Road trip",
        "Wildflowers",
        "Rock & roll <3",
        "Bike to \"work\"",
        "Ocean waves",
        "Mushroom season",
        "Desert",
        "日本の春",
        "Rocket launch",
        "",
    ];

    /// Every element that is opened is closed, in order, and what is between elements is escaped.
    fn well_formed(svg: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        let mut parts = svg.split('<');
        if parts.next() != Some("") {
            return false;
        }
        for part in parts {
            let Some((tag, text)) = part.split_once('>') else {
                return false;
            };
            let escaped = text
                .split('&')
                .skip(1)
                .all(|rest| rest.split_once(';').is_some_and(|(name, _)| name.len() < 5));
            if text.contains('>') || !escaped || tag.matches('"').count() % 2 == 1 {
                return false;
            }
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
        }
        open.is_empty()
    }

    fn fit(service: &str, title: &str, version: i64) {
        let svg = drawing(service, title, version);
        assert!(well_formed(&svg), "{service} {title}: {svg}");
        for never in [
            "NaN",
            "inf",
            "<script",
            "<image",
            "http://www.w3.org/1999",
            "javascript",
        ] {
            assert!(!svg.contains(never), "{service} {title}: {never}");
        }
        assert!(svg.len() < 26_000, "{service} {title}: {}", svg.len());
        assert_eq!(svg, drawing(service, title, version), "{service} {title}");
    }

    #[test]
    fn every_piece_is_well_formed_and_the_same_again() {
        for service in SERVICES {
            for title in TITLES {
                fit(service, title, 1);
                fit(service, title, 2);
                assert_ne!(
                    drawing(service, title, 1),
                    drawing(service, title, 2),
                    "{service} {title}"
                );
            }
        }
    }

    #[test]
    fn no_two_pieces_are_alike() {
        let all: Vec<String> = SERVICES
            .iter()
            .flat_map(|service| TITLES.map(|title| drawing(service, title, 1)))
            .collect();
        let kinds: std::collections::HashSet<&String> = all.iter().collect();
        assert_eq!(kinds.len(), all.len());
    }

    #[test]
    fn an_absurd_title_stays_within_the_picture() {
        let wide = "W".repeat(120);
        let hills = "מזל טוב ".repeat(15);
        for service in SERVICES {
            for title in [
                &wide,
                &hills,
                "🐱🚀👩‍👩‍👧‍👦",
                "</svg><script>alert(1)</script>",
                "a\u{0}b\u{1f}c\u{fffe}\n\"&<>'",
            ] {
                for version in [i64::MIN, 0, 1, 2, 3, i64::MAX] {
                    fit(service, title, version);
                }
            }
        }
    }
}
