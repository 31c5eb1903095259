//! A text in several lines.

use super::line::{Setter, on_one_line};
use unicode_segmentation::UnicodeSegmentation;

impl Setter<'_> {
    /// A text in as many lines as it needs, `most` at most: between words, and within one only where that is wider than a line.
    /// What is left over stands in the last line.
    pub fn folded<'t>(&mut self, text: &'t str, room: i32, size: i32, bold: bool, most: usize) -> Vec<&'t str> {
        let mut lines = Vec::new();
        let mut rest = text;
        while lines.len() + 1 < most {
            let end = self.first_line(rest, room, size, bold);
            if end >= rest.len() {
                break;
            }
            let (line, after) = rest.split_at(end);
            lines.push(line.trim_end());
            rest = after.trim_start();
        }
        lines.push(rest);
        lines
    }

    /// Where the first line of a text ends.
    fn first_line(&mut self, text: &str, room: i32, size: i32, bold: bool) -> usize {
        // What is one line, and what is no line of plain characters, stays as it is.
        if self.fitting(text, room, size, bold).text == text || on_one_line(text) != text {
            return text.len();
        }
        let near = text
            .grapheme_indices(true)
            .nth(1_000)
            .map_or(text, |(at, _)| &text[..at]);
        let whole = self.whole(near, bold);
        let (mut left, mut fits, mut between) = (room, 0, 0);
        for (at, cluster) in near.grapheme_indices(true) {
            let end = at + cluster.len();
            left -= whole.width_of(at..end, size);
            if cluster == " " {
                between = end;
            }
            // A line has one character at least, however narrow it is.
            if left < 0 && fits > 0 && cluster != " " {
                break;
            }
            fits = end;
        }
        match between {
            0 => fits,
            _ if fits == text.len() => fits,
            between => between,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::pdf::fonts::Fonts;

    #[test]
    fn ah7_a_long_text_is_folded_between_its_words() {
        let mut setter = Setter::new(Fonts::of_this_machine());
        let room = setter.whole("Logo design for", false).width(1_000);
        let mut folded = |text| setter.folded(text, room, 1_000, false, 4);
        assert_eq!(folded("Logo"), ["Logo"]);
        assert_eq!(folded(""), [""]);
        assert_eq!(folded("Logo design for Acme"), ["Logo design for", "Acme"]);
        let endless = "ACH-".repeat(20);
        let lines = folded(&endless);
        assert_eq!(lines.len(), 4, "{lines:?}");
        assert_eq!(lines.concat(), endless, "nothing is lost: the last line has the rest");
        let lines = folded("東京デザイン株式会社のロゴ");
        assert!(
            lines.len() > 1 && lines.concat() == "東京デザイン株式会社のロゴ",
            "{lines:?}"
        );
    }
}
