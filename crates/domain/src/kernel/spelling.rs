//! The words of a text, and which of them somebody may have meant who typed another: what searches compare (§20).
//!
//! Words are folded (`text::fold`), so that case, width and what is not seen do not count.

use crate::text::fold;
use std::collections::BTreeSet;

/// Characters of a word that are kept, at most. What is longer is found by its beginning.
const MAX_WORD: usize = 64;

/// Words of what somebody looks for, at most; what is more is left out.
const MAX_WANTED_WORDS: usize = 8;

/// Words of a text that are kept, at most: more than the longest brief of a person has.
const MAX_WORDS: usize = 2_000;

/// The words of a text, each once: runs of letters and figures, folded. Of a text that has more than 2,000, the first ones.
pub fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for word in in_order(text) {
        if words.len() == MAX_WORDS {
            break;
        }
        words.insert(word);
    }
    words
}

/// The words of what somebody looks for, in the order in which they were typed, each once.
pub fn wanted_words(typed: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in in_order(typed) {
        if words.len() < MAX_WANTED_WORDS && !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

fn in_order(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(MAX_WORD).collect())
        .collect();
    words.into_iter()
}

/// Whether a word that somebody types stands for all words that begin so. A single letter or figure stands for itself, because
/// nearly everything has a word that begins with it; a sign of other scripts may be a word.
pub fn begins(typed: &str) -> bool {
    typed.len() > 1
}

/// Whether somebody who typed `typed` gets a text with the word `word`: exactly so, or beginning so.
pub fn starts(typed: &str, word: &str) -> bool {
    word == typed || (begins(typed) && word.starts_with(typed))
}

/// The parts of three letters of a word, each once; two blanks stand before it, so that its beginning counts more.
pub fn grams(word: &str) -> BTreeSet<String> {
    let chars: Vec<char> = [' ', ' '].into_iter().chain(word.chars()).collect();
    chars.windows(3).map(|gram| gram.iter().collect()).collect()
}

/// How many parts a word must have in common with what was typed, before it is compared letter by letter: two letters in
/// each other's place change four of them.
pub fn common_grams(typed: &str) -> i64 {
    let parts = grams(typed).len().saturating_sub(4 * mistakes(typed));
    i64::try_from(parts.max(1)).unwrap_or(1)
}

/// How many letters may be wrong: none of up to three, one of up to seven, two of more.
fn mistakes(typed: &str) -> usize {
    match typed.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

/// Whether somebody who typed `typed` may have meant `word`: it stands inside of it, or the word begins so but for a few letters
/// that are wrong, missing, too many or in each other's place.
pub fn near(typed: &str, word: &str) -> bool {
    let typed_chars: Vec<char> = typed.chars().collect();
    if typed_chars.len() >= 3 && word.contains(typed) {
        return true;
    }
    let allowed = mistakes(typed);
    allowed > 0 && prefix_distance(&typed_chars, &word.chars().collect::<Vec<_>>()) <= allowed
}

/// The fewest changes that make `typed` a beginning of `word`: a letter put in, left out, replaced, or two exchanged.
fn prefix_distance(typed: &[char], word: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    for (row, letter) in typed.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in word.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut least = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let exchanged = row > 0 && column > 0 && *letter == word[column - 1] && typed[row - 1] == *other;
            if exchanged {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.into_iter().min().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("T-shirt für Łódź", &["für", "shirt", "t", "łódź"])]
    #[case("payg@demo.test", &["demo", "payg", "test"])]
    #[case("  #1071  ", &["1071"])]
    #[case("ＷＩＤＥ wide", &["wide"])]
    #[case("東京デザイン", &["東京デザイン"])]
    #[case("— !! 👩\u{200d}🎨", &[])]
    fn s20_words_of_a_text(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(words(text).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn s20_what_is_looked_for_has_an_end() {
        assert_eq!(wanted_words("b a B c"), ["b", "a", "c"]);
        assert_eq!(wanted_words("1 2 3 4 5 6 7 8 9 10").len(), MAX_WANTED_WORDS);
        assert_eq!(wanted_words(&"x".repeat(100))[0].len(), MAX_WORD);
    }

    #[test]
    fn s20_a_text_has_so_many_words_and_no_more() {
        let text: Vec<String> = (0..3_000).map(|n| n.to_string()).collect();
        let words = words(&text.join(" "));
        assert_eq!(words.len(), MAX_WORDS);
        assert!(words.contains("1999") && !words.contains("2000"));
    }

    #[test]
    fn s20_a_word_is_found_by_its_beginning() {
        assert!(starts("logo", "logos"));
        assert!(!starts("logos", "logo"));
        assert!(starts("t", "t"));
        assert!(!starts("t", "testing"), "one letter stands for itself");
        assert!(starts("東", "東京"), "one sign may be a word");
    }

    #[rstest]
    #[case("markt", "market")]
    #[case("northpin", "northpine")]
    #[case("nortphine", "northpine")]
    #[case("norhtpime", "northpine")]
    #[case("nroth", "northpine")]
    #[case("pixleco", "pixelco")]
    #[case("tshirt", "shirt")]
    #[case("integirty", "integrity")]
    #[case("デザイン", "東京デザイン")]
    fn s20_one_or_two_letters_may_be_wrong(#[case] typed: &str, #[case] word: &str) {
        assert!(near(typed, word), "{typed} {word}");
        let common = grams(typed).intersection(&grams(word)).count();
        assert!(
            i64::try_from(common).unwrap() >= common_grams(typed),
            "{typed} {word}: {common}"
        );
    }

    #[rstest]
    #[case("cat", "car")]
    #[case("logo", "lego set")]
    #[case("market", "basket")]
    #[case("northpine", "southwind")]
    fn s20_more_is_another_word(#[case] typed: &str, #[case] word: &str) {
        let near = near(typed, word);
        // "lego" is one letter from "logo"; the others are not found.
        assert_eq!(near, typed == "logo", "{typed} {word}");
    }

    proptest! {
        #[test]
        fn s20_every_word_finds_its_text(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(starts(&word, &word));
                prop_assert_eq!(wanted_words(&word), vec![word.clone()]);
                prop_assert!(!word.is_empty() && word.chars().count() <= MAX_WORD);
            }
        }
    }
}
