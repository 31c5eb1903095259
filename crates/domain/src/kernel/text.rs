//! What people type: what of it is kept, what is refused, and when two spellings are one.
//!
//! Text is stored as it was typed or refused at its field, never changed in silence, but for white space: a name is one line, and
//! a line end is one character however it was sent.

use crate::{AppError, AppResult, error::Problem};
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{CodePointSetData, CodePointSetDataBorrowed, props::DefaultIgnorableCodePoint};
use unicase::UniCase;

/// Characters of a reason that is asked for (AS7, VP4, WH7), at most.
pub const MAX_REASON: usize = 500;

/// Characters that somebody may look for, at most.
pub const MAX_WANTED: usize = 200;

const IGNORABLE: CodePointSetDataBorrowed<'static> = CodePointSetData::new::<DefaultIgnorableCodePoint>();

/// A character that nobody sees, or that turns what others read: control characters, those that Unicode says to show as
/// nothing (direction marks are among them), the blank of braille, and the marks of annotations.
pub fn unseen(c: char) -> bool {
    c.is_control() || IGNORABLE.contains(c) || matches!(c, '\u{2800}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a database can keep it: no control character but white space.
pub fn arrives(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

/// One line that is a name, a title or a reference: trimmed, inner white space made single, 1 to `max` characters, and nothing
/// that is not seen. What joins letters or emoji may stand between two of them.
///
/// # Errors
/// [`Problem::Required`], [`Problem::Unreadable`] or [`Problem::TooLong`].
pub fn line(text: &str, max: usize) -> Result<String, Problem> {
    let line = squeezed(text);
    let chars: Vec<char> = line.chars().collect();
    let at = |at: Option<usize>| at.and_then(|at| chars.get(at)).copied();
    match chars.len() {
        0 => Err(Problem::Required),
        n if !(0..n).all(|i| stands(at(i.checked_sub(1)), chars[i], at(Some(i + 1)))) => Err(Problem::Unreadable),
        n if n > max => Err(Problem::TooLong { max }),
        _ => Ok(line),
    }
}

/// Whether a character of a line may stand between its neighbours.
fn stands(before: Option<char>, c: char, after: Option<char>) -> bool {
    let chooses = |c: char| matches!(c, '\u{fe0e}' | '\u{fe0f}');
    let seen = |c: Option<char>| c.is_some_and(|c| c != ' ' && !unseen(c));
    match c {
        // How the character before it looks.
        c if chooses(c) => seen(before),
        // Parts and joins: Persian, the scripts of India, families of emoji.
        '\u{200c}' | '\u{200d}' => (seen(before) || before.is_some_and(chooses)) && seen(after),
        c => !unseen(c),
    }
}

/// Several lines, or none, as they were typed: each line end is one `\n`, and what could not be kept is refused.
///
/// # Errors
/// [`Problem::Unreadable`] or [`Problem::TooLong`].
pub fn lines(text: &str, max: usize) -> Result<String, Problem> {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        match c {
            '\n' if before == Some('\r') => {}
            '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if c.is_control() && c != '\t' => return Err(Problem::Unreadable),
            c => kept.push(c),
        }
        before = Some(c);
    }
    if kept.chars().count() > max {
        return Err(Problem::TooLong { max });
    }
    Ok(kept)
}

/// Several lines that say something: as [`lines`], trimmed, at least one character that is seen.
///
/// # Errors
/// [`Problem::Required`], [`Problem::Unreadable`] or [`Problem::TooLong`].
pub fn block(text: &str, max: usize) -> Result<String, Problem> {
    let kept = lines(text.trim(), max)?;
    if kept.chars().all(|c| c.is_whitespace() || unseen(c)) {
        return Err(Problem::Required);
    }
    Ok(kept)
}

/// What somebody looks for in a list by the field `field`: trimmed, and empty for everything.
///
/// # Errors
/// [`AppError::Invalid`] at the field, for what no text could hold and for more than [`MAX_WANTED`] characters.
pub fn wanted(field: &str, typed: &str) -> AppResult<String> {
    let typed = typed.trim();
    if !arrives(typed) {
        return Err(AppError::field(field, Problem::Unreadable));
    }
    if typed.chars().count() > MAX_WANTED {
        return Err(AppError::field(field, Problem::TooLong { max: MAX_WANTED }));
    }
    Ok(typed.to_owned())
}

/// What the spellings of a text have in common: its case, its width and what is not seen do not count, and white space is one
/// blank. Accents do count, and so do letters of two scripts that look alike.
pub fn fold(text: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let once = |text: &str| {
        let seen: String = squeezed(text).chars().filter(|c| !unseen(*c)).collect();
        let folded = UniCase::unicode(nfkc.normalize(&seen)).to_folded_case();
        squeezed(&nfkc.normalize(&folded))
    };
    // A few rare letters are something to fold again when they have been taken apart.
    let mut folded = once(text);
    for _ in 0..3 {
        let again = once(&folded);
        if again == folded {
            break;
        }
        folded = again;
    }
    folded
}

/// Trimmed, inner white space of any kind made one blank.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn words_are_one_line() {
        assert_eq!(line(" a\r\n b\u{a0}\u{3000}c\t", 9), Ok("a b c".into()));
        assert_eq!(line(" \n\u{a0} ", 9), Err(Problem::Required));
        assert_eq!(line("four", 4), Ok("four".into()));
        assert_eq!(line("fours", 4), Err(Problem::TooLong { max: 4 }));
    }

    #[rstest]
    fn a_name_has_nothing_that_cannot_be_seen(
        #[values(
            '\0',
            '\u{7}',
            '\u{1b}',
            '\u{7f}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2800}',
            '\u{3164}',
            '\u{feff}',
            '\u{fff9}',
            '\u{e0041}'
        )]
        hidden: char,
    ) {
        for name in [
            hidden.to_string(),
            format!("Ac{hidden}me"),
            format!("{hidden}Acme"),
            format!("Acme {hidden}"),
        ] {
            assert_eq!(line(&name, 80), Err(Problem::Unreadable), "{name:?}");
        }
    }

    #[rstest]
    #[case("\u{200d}")]
    #[case("Acme\u{200d}")]
    #[case("\u{200c}Acme")]
    #[case("Ac \u{200d} me")]
    #[case("Ac\u{200d}\u{200d}me")]
    #[case("\u{fe0f}")]
    #[case("Acme \u{fe0f}")]
    fn what_joins_stands_between_two(#[case] name: &str) {
        assert_eq!(line(name, 80), Err(Problem::Unreadable), "{name:?}");
    }

    #[test]
    fn a_name_may_be_of_any_script() {
        for name in [
            "می\u{200c}خواهم",
            "👩\u{200d}🎨",
            "❤\u{fe0f}\u{200d}🔥 Studio",
            "I ❤\u{fe0f}",
            "東京デザイン",
            "Łódź",
            "ЖАННА",
            "محمد",
            "שלום",
            "क्\u{200d}ष",
            "ชัย",
            "E\u{301}clair",
            "O'Neill & Söhne <Berlin>",
            "𝔘nicode",
        ] {
            assert_eq!(line(name, 80), Ok(name.into()));
        }
    }

    #[test]
    fn rq2_line_ends_count_once() {
        assert_eq!(lines("a\r\nb\rc\nd\u{2028}e\u{b}f", 11), Ok("a\nb\nc\nd\ne\nf".into()));
        assert_eq!(lines("\r\n\r\na\n\r\n", 5), Ok("\n\na\n\n".into()));
        assert_eq!(lines("a\r\nb", 2), Err(Problem::TooLong { max: 2 }));
        assert_eq!(lines("", 2), Ok(String::new()));
        assert_eq!(lines("a\tb", 3), Ok("a\tb".into()));
        assert_eq!(lines("a\0b", 3), Err(Problem::Unreadable));
        // In running text what is not seen has its uses.
        assert_eq!(lines("\u{200f}ab", 3), Ok("\u{200f}ab".into()));
    }

    #[test]
    fn a_block_says_something() {
        assert_eq!(block(" \r\n a\r\nb \n", 3), Ok("a\nb".into()));
        for nothing in ["", " \n ", "\u{200b}", "\u{2800}\n\u{3164}"] {
            assert_eq!(block(nothing, 9), Err(Problem::Required), "{nothing:?}");
        }
        assert_eq!(block("\u{7}", 9), Err(Problem::Unreadable));
    }

    #[test]
    fn words_to_look_for_have_an_end() {
        let refused = |problem| Err(AppError::field("q", problem));
        assert_eq!(wanted("q", "  100% \n"), Ok("100%".into()));
        assert_eq!(wanted("q", "a\0"), refused(Problem::Unreadable));
        assert_eq!(wanted("q", &"é".repeat(MAX_WANTED)), Ok("é".repeat(MAX_WANTED)));
        assert_eq!(
            wanted("q", &"%".repeat(50_000)),
            refused(Problem::TooLong { max: MAX_WANTED })
        );
    }

    #[rstest]
    #[case("acme", &["Acme", "ACME", "Ａｃｍｅ", " Acme\u{a0}", "Ac\u{200b}me", "\u{202e}acme", "Ac\u{ad}me"])]
    #[case("logo design", &["Logo design", "LOGO  DESIGN", "logo\u{a0}design", "logo\u{3000}Design"])]
    #[case("strasse", &["Straße", "STRASSE", "Straẞe"])]
    #[case("σασ", &["ΣΑΣ", "σας"])]
    #[case("łódź", &["Łódź", "ŁÓDŹ", "Ło\u{301}dz\u{301}"])]
    #[case("жанна", &["ЖАННА", "Жанна"])]
    #[case("éclair", &["Éclair", "E\u{301}CLAIR"])]
    #[case("カメラ", &["ｶﾒﾗ"])]
    #[case("", &["", "\u{200b}\u{2800}\u{3164}\u{ffa0}"])]
    fn twins_have_one_fold(#[case] folded: &str, #[case] spellings: &[&str]) {
        for spelling in spellings {
            assert_eq!(fold(spelling), folded, "{spelling:?}");
        }
        assert_ne!(fold("Café"), fold("Cafe"), "accents count");
    }

    proptest! {
        #[test]
        fn what_is_folded_stays(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert!(!folded.chars().any(unseen));
        }

        #[test]
        fn what_is_kept_stays(text in any::<String>()) {
            for kept in [line(&text, 80), lines(&text, 80), block(&text, 80)].into_iter().flatten() {
                prop_assert!(arrives(&kept));
            }
            if let Ok(kept) = line(&text, 80) {
                prop_assert_eq!(line(&kept, 80), Ok(kept));
            }
            if let Ok(kept) = lines(&text, 80) {
                prop_assert_eq!(lines(&kept, 80), Ok(kept));
            }
        }
    }
}
