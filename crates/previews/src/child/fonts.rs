//! The fonts of the machine, for the text of SVG. What a file asks for and the machine lacks becomes another one, as in a
//! browser.

use resvg::usvg::{
    Font, FontFamily, FontResolver, FontStyle, Options,
    fontdb::{Database, Family, ID, Query, Style, Weight},
};
use std::sync::Arc;

/// What a browser's "sans-serif" may be, from those that are alike to those that are there.
const SANS: &[&str] = &[
    "Arimo",
    "Liberation Sans",
    "Arial",
    "Helvetica",
    "Noto Sans",
    "DejaVu Sans",
];
const SERIF: &[&str] = &[
    "Tinos",
    "Liberation Serif",
    "Times New Roman",
    "Times",
    "Noto Serif",
    "DejaVu Serif",
];
const MONOSPACE: &[&str] = &[
    "Cousine",
    "Liberation Mono",
    "Courier New",
    "Noto Sans Mono",
    "DejaVu Sans Mono",
];

/// Loads them, and says which of them is taken.
pub fn into(options: &mut Options<'_>) {
    let fonts = installed();
    // Where a file says nothing of a font; it is looked for by its name.
    options.font_family = fonts.family_name(&Family::Serif).to_owned();
    options.fontdb = Arc::new(fonts);
    let usual = FontResolver::default_font_selector();
    options.font_resolver.select_font = Box::new(move |font, fonts| {
        let known = |family: &FontFamily| match family {
            FontFamily::Named(name) => has(fonts, Family::Name(name)),
            _ => true,
        };
        if font.families().iter().any(known) {
            usual(font, fonts)
        } else {
            plain(font, fonts)
        }
    });
}

/// Names alone, and none of them is here. Of what designers ask for in this way most is without serifs.
fn plain(font: &Font, fonts: &Database) -> Option<ID> {
    fonts.query(&Query {
        families: &[Family::SansSerif],
        weight: Weight(font.weight()),
        style: match font.style() {
            FontStyle::Normal => Style::Normal,
            FontStyle::Italic => Style::Italic,
            FontStyle::Oblique => Style::Oblique,
        },
        ..Query::default()
    })
}

fn has(fonts: &Database, family: Family<'_>) -> bool {
    let query = Query {
        families: &[family],
        ..Query::default()
    };
    fonts.query(&query).is_some()
}

type Set = fn(&mut Database, String);

fn installed() -> Database {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let face = fonts.faces().next();
    let any = face
        .and_then(|face| face.families.first())
        .map(|(name, _)| name.clone());
    let first = |fonts: &Database, names: &[&str]| {
        let found = names.iter().find(|name| has(fonts, Family::Name(name)));
        found.map(|name| (*name).to_owned())
    };
    let sans = first(&fonts, SANS).or(any);
    let set = [
        (Family::SansSerif, SANS, Database::set_sans_serif_family as Set),
        (Family::Serif, SERIF, Database::set_serif_family),
        (Family::Monospace, MONOSPACE, Database::set_monospace_family),
    ];
    for (family, names, set) in set {
        // Where the machine's own choice is not installed.
        if !has(&fonts, family)
            && let Some(name) = first(&fonts, names).or_else(|| sans.clone())
        {
            set(&mut fonts, name);
        }
    }
    fonts
}
