//! A PDF of tables: a title, a few facts, and tables whose texts are folded to the width of their columns. Letter pages, figures at
//! the right, names in whatever script they are written.
//!
//! Lengths are hundredths of a point, so that everything is counted in integers. What must not be here: what it says.

mod fold;
mod fonts;
mod line;

use fonts::Fonts;
use krilla::{
    Document, SerializeSettings,
    color::luma,
    geom::{PathBuilder, Rect, Transform},
    metadata::Metadata,
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
};
use line::{Setter, real};

/// Why a file could not be written.
pub use krilla::error::KrillaError as Unwritten;

/// A page of US Letter, in hundredths of a point.
const WIDTH: i32 = 61_200;
const HEIGHT: i32 = 79_200;
const MARGIN: i32 = 4_000;
/// From one row to the next.
const ROW: i32 = 1_500;
/// From one line of a row to the next.
const LINE: i32 = 1_000;
/// Lines of a row, at most: what is longer is cut there.
const LINES: usize = 6;
/// A table's text.
const SIZE: i32 = 800;
/// Where the values of facts begin.
const VALUES: i32 = MARGIN + 11_000;

/// A column of a table.
pub struct Column {
    /// Its header.
    pub label: &'static str,
    /// How wide it is, in parts of the page's width.
    pub parts: i32,
    /// Figures stand at its right.
    pub right: bool,
}

impl Column {
    /// A column of words.
    pub const fn new(label: &'static str, parts: i32) -> Self {
        Column {
            label,
            parts,
            right: false,
        }
    }

    /// A column of figures.
    pub const fn numeric(label: &'static str, parts: i32) -> Self {
        Column {
            label,
            parts,
            right: true,
        }
    }
}

/// A table with its title.
pub struct Table {
    /// Above it.
    pub title: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows: a text for each column.
    pub rows: Vec<Vec<String>>,
    /// What they add up to, where they do: a text for each column.
    pub total: Option<Vec<String>>,
}

/// A row's cells, each folded into lines.
type Folded<'a> = Vec<Vec<&'a str>>;

/// How wide a column is, with the gap after it.
fn width_of(column: &Column, columns: &[Column]) -> i32 {
    let all: i32 = columns.iter().map(|column| column.parts).sum::<i32>().max(1);
    (WIDTH - 2 * MARGIN) * column.parts / all
}

/// The gap between two columns.
const GAP: i32 = 600;

fn folded<'a>(
    setter: &mut Setter<'_>,
    columns: &[Column],
    cells: impl Iterator<Item = &'a str>,
    bold: bool,
) -> Folded<'a> {
    let cell = |(column, text): (&Column, &'a str)| {
        if column.right {
            vec![text]
        } else {
            setter.folded(text, width_of(column, columns) - GAP, SIZE, bold, LINES)
        }
    };
    columns.iter().zip(cells).map(cell).collect()
}

/// How high a row is.
fn height(row: &Folded<'_>) -> i32 {
    let lines = row.iter().map(Vec::len).max().unwrap_or(1);
    ROW + LINE * (i32::try_from(lines).unwrap_or(1) - 1).max(0)
}

/// What stands on a page; from the left, and from the page's top.
enum Mark<'a> {
    Text {
        x: i32,
        y: i32,
        text: &'a str,
        /// How wide it may be.
        room: i32,
        /// It ends where its room ends.
        right: bool,
        size: i32,
        bold: bool,
    },
    Rule {
        y: i32,
    },
}

impl Mark<'_> {
    fn draw(&self, surface: &mut Surface<'_>, setter: &mut Setter<'_>) {
        match *self {
            Mark::Text {
                x,
                y,
                text,
                room,
                right,
                size,
                bold,
            } => {
                let line = setter.fitting(text, room, size, bold);
                let x = if right { x + room - line.width(size) } else { x };
                line.draw(surface, x, y, size);
            }
            Mark::Rule { y } => {
                let mut path = PathBuilder::new();
                if let Some(rect) = Rect::from_xywh(real(MARGIN), real(y), real(WIDTH - 2 * MARGIN), real(50)) {
                    path.push_rect(rect);
                }
                if let Some(path) = path.finish() {
                    surface.set_fill(Some(fill(204)));
                    surface.draw_path(&path);
                    surface.set_fill(Some(fill(0)));
                }
            }
        }
    }
}

/// A grey: black is none of it.
fn fill(light: u8) -> Fill {
    Fill {
        paint: luma::Color::new(light).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

/// Pages as they are filled, from the top down.
struct Sheet<'a> {
    pages: Vec<Vec<Mark<'a>>>,
    y: i32,
}

impl<'a> Sheet<'a> {
    fn new() -> Self {
        Sheet {
            pages: vec![Vec::new()],
            y: MARGIN,
        }
    }

    fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    /// Whether so much has room on this page.
    fn fits(&self, height: i32) -> bool {
        self.y + height <= HEIGHT - MARGIN - ROW
    }

    fn mark(&mut self, mark: Mark<'a>) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// A text that has the rest of the line.
    fn text(&mut self, x: i32, text: &'a str, size: i32, bold: bool) {
        self.mark(Mark::Text {
            x,
            y: self.y,
            text,
            room: WIDTH - MARGIN - x,
            right: false,
            size,
            bold,
        });
    }

    fn row(&mut self, columns: &[Column], row: &Folded<'a>, bold: bool) {
        let mut x = MARGIN;
        for (column, lines) in columns.iter().zip(row) {
            let wide = width_of(column, columns);
            let mut y = self.y;
            for text in lines {
                self.mark(Mark::Text {
                    x,
                    y,
                    text,
                    room: wide - GAP,
                    right: column.right,
                    size: SIZE,
                    bold,
                });
                y += LINE;
            }
            x += wide;
        }
    }

    fn head(&mut self, table: &'a Table) {
        let labels: Folded<'a> = table.columns.iter().map(|column| vec![column.label]).collect();
        self.row(&table.columns, &labels, true);
        self.mark(Mark::Rule { y: self.y + 400 });
        self.y += ROW;
    }

    fn table(&mut self, table: &'a Table, setter: &mut Setter<'_>) {
        if !self.fits(5 * ROW) {
            self.turn();
        }
        self.y += ROW;
        self.text(MARGIN, &table.title, 1_200, true);
        self.y += ROW + 300;
        self.head(table);
        let rows = table.rows.iter().map(|row| (row, false));
        for (row, bold) in rows.chain(table.total.iter().map(|row| (row, true))) {
            let row = folded(setter, &table.columns, row.iter().map(String::as_str), bold);
            let height = height(&row);
            if !self.fits(height) {
                self.turn();
                self.head(table);
            }
            if bold {
                self.mark(Mark::Rule { y: self.y - LINE });
            }
            self.row(&table.columns, &row, bold);
            self.y += height;
        }
    }
}

/// The file: a title, facts as label and value, and tables.
pub fn document(title: &str, facts: &[(&str, &str)], tables: &[Table]) -> Result<Vec<u8>, Unwritten> {
    let with = |fonts: &Fonts| {
        let mut setter = Setter::new(fonts);
        let mut sheet = Sheet::new();
        sheet.y += 1_000;
        sheet.text(MARGIN, title, 1_800, true);
        sheet.y += 2_200;
        for (label, value) in facts {
            sheet.text(MARGIN, label, 950, false);
            sheet.text(VALUES, value, 950, true);
            sheet.y += ROW;
        }
        for table in tables {
            sheet.table(table, &mut setter);
        }
        written(title, &sheet.pages, &mut setter)
    };
    with(Fonts::of_this_machine()).or_else(|error| {
        // A font of the machine's may be broken where only writing it shows.
        tracing::warn!(%error, "a PDF file is written without the fonts of this machine");
        with(&Fonts::NONE)
    })
}

fn written(title: &str, pages: &[Vec<Mark<'_>>], setter: &mut Setter<'_>) -> Result<Vec<u8>, Unwritten> {
    // No clock's time and no number of its own: the same content is the same file.
    let mut document = Document::new_with(SerializeSettings {
        xmp_metadata: false,
        enable_tagging: false,
        ..SerializeSettings::default()
    });
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .producer("Monthly Packs".to_owned())
            .language("en".to_owned()),
    );
    let settings = PageSettings::from_wh(612.0, 792.0).unwrap_or_default();
    for (at, marks) in pages.iter().enumerate() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        // One unit is a hundredth of a point.
        surface.push_transform(&Transform::from_scale(0.01, 0.01));
        surface.set_fill(Some(fill(0)));
        for mark in marks {
            mark.draw(&mut surface, setter);
        }
        let words = format!("{title} · {} of {}", at + 1, pages.len());
        let foot = setter.whole(&words, false);
        foot.draw(
            &mut surface,
            WIDTH - MARGIN - foot.width(750),
            HEIGHT - MARGIN + 1_500,
            750,
        );
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// What a reader finds in a file, line by line, without the signs for directions that it adds.
    fn read(file: &[u8]) -> String {
        read_by("-layout", file)
    }

    fn read_by(way: &str, file: &[u8]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.pdf");
        std::fs::write(&path, file).expect("written");
        let out = Command::new("pdftotext").arg(way).arg(&path).arg("-").output();
        let out = out.expect("pdftotext, of poppler-utils");
        assert!(out.status.success() && out.stderr.is_empty(), "{out:?}");
        let text = String::from_utf8(out.stdout).expect("UTF-8");
        text.replace(['\u{202a}', '\u{202b}', '\u{202c}'], "")
    }

    /// Names as people write them. Needs the fonts that `scripts/setup test` installs.
    const NAMES: [&str; 18] = [
        "Łódź – “x” × Çağrı Đặng",
        "Ωμέγα Σχέδιο",
        "Їжак і Жаба",
        "שלום עולם",
        "שָׁלוֹם עֲלֵיכֶם",
        "السلام عليكم",
        "مُحَمَّد",
        "می‌خواهم",
        "東京デザイン株式会社",
        "上海设计公司",
        "한국어 주식회사",
        "ร้านน้ำชาที่นี่",
        "क्षेत्र हिन्दी कंपनी",
        "বাংলা কোম্পানি",
        "தமிழ் நிறுவனம்",
        "ქართული Հայերեն",
        "Rocket 😀🚀★",
        "Two fits: office",
    ];

    fn names() -> Table {
        Table {
            title: "Names".to_owned(),
            total: None,
            columns: vec![Column::new("For", 3), Column::numeric("Amount", 1)],
            rows: NAMES
                .iter()
                .map(|name| vec![(*name).to_owned(), "$120.00".to_owned()])
                .collect(),
        }
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        let file = document("Pay slip", &[("Vendor", "東京"), ("Paid", "€1,200.00")], &[names()]).expect("a file");
        let text = read(&file);
        for name in NAMES {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(
            text.contains("Pay slip\n") && text.contains("東京\n") && text.contains("€1,200.00\n"),
            "{text}"
        );
        assert!(!text.contains('\u{fffd}'), "{text}");
    }

    #[test]
    fn names_are_read_also_where_the_machine_has_no_font_for_them() {
        let table = names();
        let fonts = Fonts::NONE;
        let (mut sheet, mut setter) = (Sheet::new(), Setter::new(&fonts));
        sheet.table(&table, &mut setter);
        let text = read(&written("Names", &sheet.pages, &mut setter).expect("a file"));
        for name in ["上海设计公司", "한국어 주식회사", "Їжак і Жаба"] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }

    #[test]
    fn the_same_content_is_the_same_file() {
        let file = || document("Pay slip", &[("Vendor", "東京")], &[names()]).expect("a file");
        let file = (file(), file());
        assert!(file.0 == file.1);
        let holds = |bytes: &[u8]| file.0.windows(bytes.len()).any(|window| window == bytes);
        assert!(holds(b"(Pay slip)") && holds(b"(Monthly Packs)") && !holds(b"/CreationDate"));
    }

    #[test]
    fn ah7_long_texts_are_folded_and_totals_stand_below() {
        let reference = "ACH-2027-03-10-4711-0815-REF-".repeat(3);
        let table = Table {
            title: "Lines".to_owned(),
            columns: vec![
                Column::new("Paid", 1),
                Column::new("For", 3),
                Column::numeric("Amount", 1),
            ],
            rows: vec![vec![reference.clone(), "Logo design".to_owned(), "$6.50".to_owned()]],
            total: Some(vec![String::new(), "Subtotal".to_owned(), "$7.25".to_owned()]),
        };
        let text = read(&document("Pay slip", &[], &[table]).expect("a file"));
        assert!(!text.contains('…'), "nothing is cut: {text}");
        let whole: String = text.split_whitespace().filter(|word| !word.starts_with('$')).collect();
        assert!(whole.contains("Subtotal") && text.contains("$7.25"), "{text}");
        let first = text.find("ACH-2027").expect("the reference");
        assert!(text.find("Subtotal").expect("the total") > first, "{text}");
    }

    #[test]
    fn figures_end_at_the_right() {
        let table = Table {
            title: "Lines".to_owned(),
            total: None,
            columns: vec![Column::numeric("Amount", 1), Column::new("For", 1)],
            rows: vec![
                vec!["$1.00".to_owned(), "A".to_owned()],
                vec!["$1,000.00".to_owned(), "B".to_owned()],
            ],
        };
        let file = document("Pay slip", &[], &[table]).expect("a file");
        // Where each word ends, in points.
        let text = read_by("-bbox", &file);
        let end = |word: &str| {
            let line = text.lines().find(|line| line.contains(&format!(">{word}<")));
            let end = line.and_then(|line| line.split("xMax=\"").nth(1)).expect(word);
            end.split('.').next().map(str::to_owned)
        };
        assert_eq!(end("$1.00"), end("$1,000.00"), "{text}");
        assert_eq!(end("Amount"), end("$1.00"), "{text}");
        assert_ne!(end("A"), end("For"), "words begin at the left: {text}");
    }

    #[test]
    fn a_long_table_goes_on_on_the_next_page_under_its_header() {
        let rows = |count: usize| Table {
            title: "Lines".to_owned(),
            total: None,
            columns: vec![Column::new("For", 3), Column::numeric("Amount", 1)],
            rows: (0..count)
                .map(|n| vec![format!("Line {n}"), "$120.00".to_owned()])
                .collect(),
        };
        let pages = |count| {
            let file = document("Pay slip", &[("Vendor", "PixelCo")], &[rows(count)]).expect("a file");
            assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
            let text = read(&file);
            text.trim_end_matches('\u{c}')
                .split('\u{c}')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let short = pages(3);
        assert!(short.len() == 1 && short[0].contains("Line 2") && short[0].contains("PixelCo"));
        assert!(short[0].contains("Pay slip · 1 of 1"));
        let long = pages(120);
        assert_eq!(long.len(), 3);
        for (at, page) in long.iter().enumerate() {
            assert_eq!(page.matches("Amount").count(), 1, "{page}");
            assert!(page.contains(&format!("Pay slip · {} of 3", at + 1)), "{page}");
        }
        assert!(long[2].contains("Line 119"));
    }
}
