//! A PDF of tables: a title, a few facts, and tables whose columns are cut to their width. Letter pages, the reader's own
//! Helvetica, figures at the right.
//!
//! Lengths are hundredths of a point, so that everything is counted in integers. What must not be here: what it says.

use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str, TextStr};

/// A page of US Letter, in hundredths of a point.
const WIDTH: i32 = 61_200;
const HEIGHT: i32 = 79_200;
const MARGIN: i32 = 4_800;
/// From one row to the next.
const ROW: i32 = 1_500;
/// A table's text.
const SIZE: i32 = 850;

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
    pub title: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows: a text for each column.
    pub rows: Vec<Vec<String>>,
}

/// Widths of the characters from the space to the tilde, in thousandths of the text's size (Adobe's metrics of the standard
/// fonts).
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611,
    556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389,
    280, 389, 584,
];

/// What stands for the rest of a text that is cut.
const CUT: u8 = 0x85;

/// A text in the encoding of the standard fonts. What these do not have is written as it sounds.
fn encoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' | '\u{a1}'..='\u{ff}' => out.push(u8::try_from(u32::from(c)).unwrap_or(b'?')),
            '\u{a0}' | '\n' | '\t' => out.push(b' '),
            '€' => out.push(0x80),
            '…' => out.push(CUT),
            'Š' => out.push(0x8a),
            'Œ' => out.push(0x8c),
            'Ž' => out.push(0x8e),
            '‘' => out.push(0x91),
            '’' => out.push(0x92),
            '“' => out.push(0x93),
            '”' => out.push(0x94),
            '•' => out.push(0x95),
            '–' => out.push(0x96),
            '—' => out.push(0x97),
            '™' => out.push(0x99),
            'š' => out.push(0x9a),
            'œ' => out.push(0x9c),
            'ž' => out.push(0x9e),
            'Ÿ' => out.push(0x9f),
            other => match deunicode::deunicode_char(other) {
                Some(sounds) if !sounds.is_empty() => {
                    out.extend(
                        sounds
                            .bytes()
                            .map(|b| if (b' '..=b'~').contains(&b) { b } else { b'?' }),
                    );
                }
                _ => out.push(b'?'),
            },
        }
    }
    out
}

/// How wide an encoded text is.
fn width(text: &[u8], size: i32, bold: bool) -> i32 {
    let widths = if bold { &BOLD } else { &REGULAR };
    let of = |byte: &u8| match *byte {
        plain @ b' '..=b'~' => i32::from(widths[usize::from(plain - b' ')]),
        0x80 => 556,
        CUT | 0x97 | 0x99 => 1_000,
        0xd7 | 0xf7 => 584,
        // Letters with signs are about as wide as most capitals.
        _ => 667,
    };
    text.iter().map(of).sum::<i32>() * size / 1_000
}

/// A text, cut where it does not fit.
fn cut(text: &str, room: i32, size: i32, bold: bool) -> Vec<u8> {
    let mut all = encoded(text);
    if width(&all, size, bold) <= room {
        return all;
    }
    while !all.is_empty() && width(&all, size, bold) + width(&[CUT], size, bold) > room {
        all.pop();
    }
    all.push(CUT);
    all
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a page has fewer hundredths of a point than an f32 has digits"
)]
const fn real(hundredths: i32) -> f32 {
    hundredths as f32
}

/// Pages as they are filled, from the top down.
struct Sheet {
    pages: Vec<Content>,
    y: i32,
}

impl Sheet {
    fn new() -> Self {
        let mut sheet = Sheet {
            pages: Vec::new(),
            y: 0,
        };
        sheet.turn();
        sheet
    }

    fn turn(&mut self) {
        let mut page = Content::new();
        // One unit is a hundredth of a point.
        page.transform([0.01, 0.0, 0.0, 0.01, 0.0, 0.0]);
        self.pages.push(page);
        self.y = HEIGHT - MARGIN;
    }

    /// Whether so much has room on this page.
    fn fits(&self, height: i32) -> bool {
        self.y - height >= MARGIN + ROW
    }

    fn text(&mut self, x: i32, text: &[u8], size: i32, bold: bool) {
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            write(page, x, y, text, size, bold);
        }
    }

    fn rule(&mut self) {
        let y = self.y - 450;
        if let Some(page) = self.pages.last_mut() {
            page.set_fill_gray(0.8);
            page.rect(real(MARGIN), real(y), real(WIDTH - 2 * MARGIN), real(50));
            page.fill_nonzero();
            page.set_fill_gray(0.0);
        }
    }

    fn row(&mut self, columns: &[Column], cells: &[&str], bold: bool) {
        let all: i32 = columns.iter().map(|column| column.parts).sum::<i32>().max(1);
        let mut x = MARGIN;
        for (column, cell) in columns.iter().zip(cells) {
            let wide = (WIDTH - 2 * MARGIN) * column.parts / all;
            let text = cut(cell, wide - 600, SIZE, bold);
            let at = if column.right {
                x + wide - 600 - width(&text, SIZE, bold)
            } else {
                x
            };
            self.text(at, &text, SIZE, bold);
            x += wide;
        }
    }

    fn table(&mut self, table: &Table) {
        if !self.fits(5 * ROW) {
            self.turn();
        }
        self.y -= ROW;
        self.text(MARGIN, &encoded(table.title), 1_200, true);
        self.y -= ROW + 300;
        let labels: Vec<&str> = table.columns.iter().map(|column| column.label).collect();
        self.row(&table.columns, &labels, true);
        self.rule();
        self.y -= ROW;
        for row in &table.rows {
            if !self.fits(ROW) {
                self.turn();
                self.row(&table.columns, &labels, true);
                self.rule();
                self.y -= ROW;
            }
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.row(&table.columns, &cells, false);
            self.y -= ROW;
        }
    }
}

fn write(page: &mut Content, x: i32, y: i32, text: &[u8], size: i32, bold: bool) {
    page.begin_text();
    page.set_font(Name(if bold { b"B" } else { b"R" }), real(size));
    page.next_line(real(x), real(y));
    page.show(Str(text));
    page.end_text();
}

/// The file: a title, facts as label and value, and tables.
pub fn document(title: &str, facts: &[(&str, &str)], tables: &[Table]) -> Vec<u8> {
    let mut sheet = Sheet::new();
    sheet.y -= 1_000;
    sheet.text(MARGIN, &encoded(title), 1_800, true);
    sheet.y -= 2_200;
    for (label, value) in facts {
        sheet.text(MARGIN, &encoded(label), 950, false);
        sheet.text(MARGIN + 11_000, &encoded(value), 950, true);
        sheet.y -= ROW;
    }
    for table in tables {
        sheet.table(table);
    }
    let count = sheet.pages.len();
    let mut pdf = Pdf::new();
    let mut next = 0;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, regular, bold, info) = (id(), id(), id(), id(), id());
    let mut kids = Vec::new();
    for (at, mut content) in sheet.pages.into_iter().enumerate() {
        let words = encoded(&format!("{title} · {} of {count}", at + 1));
        let x = WIDTH - MARGIN - width(&words, 750, false);
        write(&mut content, x, MARGIN - 1_500, &words, 750, false);
        let (page_id, content_id) = (id(), id());
        kids.push(page_id);
        pdf.stream(content_id, &content.finish());
        let mut page = pdf.page(page_id);
        page.parent(tree);
        page.media_box(Rect::new(0.0, 0.0, 612.0, 792.0));
        page.contents(content_id);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"R"), regular).pair(Name(b"B"), bold);
    }
    let pages = i32::try_from(kids.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(kids).count(pages);
    for (font, name) in [(regular, &b"Helvetica"[..]), (bold, b"Helvetica-Bold")] {
        pdf.type1_font(font)
            .base_font(Name(name))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.document_info(info)
        .title(TextStr(title))
        .producer(TextStr("Monthly Packs"));
    let mut root = pdf.catalog(catalog);
    root.pages(tree);
    root.lang(TextStr("en"));
    drop(root);
    pdf.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_far_as_the_fonts_go_and_as_it_sounds_beyond() {
        assert_eq!(encoded("20 × Logo"), b"20 \xd7 Logo");
        assert_eq!(encoded("Łódź – “x”"), b"L\xf3dz \x96 \x93x\x94");
        assert_eq!(encoded("日"), b"Ri ");
    }

    #[test]
    fn a_text_is_cut_to_its_room() {
        assert_eq!(width(b"$120.00", 1_000, false), 556 * 6 + 278);
        let room = width(b"Logo", 1_000, false);
        assert_eq!(cut("Logo", room, 1_000, false), b"Logo");
        let short = cut("Logo design", room, 1_000, false);
        assert!(
            short.ends_with(&[CUT]) && width(&short, 1_000, false) <= room,
            "{short:?}"
        );
    }

    #[test]
    fn a_long_table_goes_on_on_the_next_page_under_its_header() {
        let rows = |count: usize| Table {
            title: "Lines",
            columns: vec![Column::new("For", 3), Column::numeric("Amount", 1)],
            rows: (0..count)
                .map(|n| vec![format!("Line {n}"), "$120.00".to_owned()])
                .collect(),
        };
        let text = |count| {
            let file = document("Pay slip", &[("Vendor", "PixelCo")], &[rows(count)]);
            assert!(file.starts_with(b"%PDF-") && file.trim_ascii_end().ends_with(b"%%EOF"));
            String::from_utf8_lossy(&file).into_owned()
        };
        let short = text(3);
        assert!(short.contains("/Count 1") && short.contains("(Line 2)") && short.contains("(PixelCo)"));
        let long = text(120);
        assert!(long.contains("/Count 3"), "three pages");
        assert_eq!(long.matches("(Amount)").count(), 3);
        assert!(long.contains("(Line 119)"));
    }
}
