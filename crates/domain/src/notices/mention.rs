//! Who is named in what somebody wrote: `@Ana Ruiz`, or `@Ana` where only one reader is called so (§24); and how those read it
//! who do not learn that name.

use crate::text::fold;

/// Signs that are looked at in one text, at most.
const MAX_MENTIONS: usize = 50;

/// The sign before a name, and the wide and the small one, which [`fold`] takes for it.
const SIGNS: [char; 3] = ['@', '\u{ff20}', '\u{fe6b}'];

/// Whom of the readers a text names, each once, in the readers' order. A name counts in any spelling that [`fold`] knows, up to a
/// letter or digit that would make it another; an address of mail names nobody.
pub fn mentioned<Id: Copy>(text: &str, readers: &[(Id, String)]) -> Vec<Id> {
    let known = Known::of(readers.iter().map(|(_, name)| name.as_str()));
    let text = fold(text);
    let mut named = vec![false; readers.len()];
    let mut before = None;
    let mut left = MAX_MENTIONS;
    for (at, letter) in text.char_indices() {
        if letter == '@' && !before.is_some_and(char::is_alphanumeric) && left > 0 {
            left -= 1;
            let (found, full) = known.begin(&text[at + 1..]);
            // A first name of several names nobody; people of one full name cannot be told apart, and all are meant.
            if full || found.len() == 1 {
                found.into_iter().for_each(|one| named[one] = true);
            }
        }
        before = Some(letter);
    }
    let of = readers.iter().zip(named).filter(|(_, named)| *named);
    of.map(|((id, _), _)| *id).collect()
}

/// A text as somebody reads it who knows people by other names (RQ7, SU8): whom it names by a name that is not theirs to read
/// stands there as an `@` and what they read instead. `people`: how each is called, and how this reader reads of them.
pub fn unnamed(text: &str, people: &[(String, String)]) -> String {
    let hidden = |one: &usize| people[*one].0 != people[*one].1;
    if !text.contains(SIGNS) || !(0..people.len()).any(|one| hidden(&one)) {
        return text.to_owned();
    }
    let known = Known::of(people.iter().map(|(name, _)| name.as_str()));
    let (mut read, mut rest, mut before) = (String::with_capacity(text.len()), text, None);
    while let Some(letter) = rest.chars().next() {
        read.push(letter);
        rest = &rest[letter.len_utf8()..];
        let names = SIGNS.contains(&letter) && !before.is_some_and(char::is_alphanumeric);
        before = Some(letter);
        if !names || rest.starts_with(char::is_whitespace) {
            continue;
        }
        let near: String = rest.chars().take(known.longest * 2).collect();
        let (found, full) = known.begin(&fold(&near));
        // A first name that may be that of somebody whom they know stays.
        let hides = if full {
            found.iter().any(hidden)
        } else {
            found.iter().all(hidden)
        };
        let Some(one) = found.into_iter().find(hidden).filter(|_| hides) else {
            continue;
        };
        let name = if full { &known.names[one] } else { &known.firsts[one] };
        let mut ends = near.char_indices().map(|(at, letter)| at + letter.len_utf8());
        if let Some(end) = ends.find(|end| fold(&near[..*end]) == *name) {
            read.push_str(&people[one].1);
            before = rest[..end].chars().next_back();
            rest = &rest[end..];
        }
    }
    read
}

/// Names that a text may name, as [`fold`] spells them.
struct Known {
    names: Vec<String>,
    firsts: Vec<String>,
    /// Letters of the longest.
    longest: usize,
}

impl Known {
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.map(fold).collect();
        let first = |name: &String| name.split(' ').next().unwrap_or_default().to_owned();
        Known {
            firsts: names.iter().map(first).collect(),
            longest: names.iter().map(|name| name.chars().count()).max().unwrap_or_default() + 1,
            names,
        }
    }

    /// Whose name a folded text begins with, and whether it is the full one: of several the longest. First names count where no
    /// full name stands there.
    fn begin(&self, text: &str) -> (Vec<usize>, bool) {
        let full = starting(text, &self.names);
        match full.iter().map(|one| self.names[*one].len()).max() {
            Some(longest) => {
                let of = full.into_iter().filter(|one| self.names[*one].len() == longest);
                (of.collect(), true)
            }
            None => (starting(text, &self.firsts), false),
        }
    }
}

/// Which of the names a text begins with.
fn starting(text: &str, names: &[String]) -> Vec<usize> {
    let begins = |name: &String| {
        let rest = (!name.is_empty()).then(|| text.strip_prefix(name.as_str())).flatten();
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    (0..names.len()).filter(|one| begins(&names[*one])).collect()
}

/// Characters of a name that is being written, at most: what is longer is a text with an `@` in it.
const BEGUN: usize = 40;

/// Names that are suggested at once, at most.
const SUGGESTED: usize = 8;

/// The name that is being written at the end of a text, if one is: where its `@` stands, and what follows it.
pub fn begun(text: &str) -> Option<(usize, &str)> {
    let at = text.rfind('@')?;
    let before = text[..at].chars().next_back();
    let typed = &text[at + 1..];
    let name = typed.starts_with(char::is_alphanumeric) && !typed.contains('\n') && typed.chars().count() <= BEGUN;
    (name && !before.is_some_and(char::is_alphanumeric)).then_some((at, typed))
}

/// The names that may be meant by what is written of one: those that begin so, and then those of which a later word does. Case
/// does not count; what else [`mentioned`] knows to be one spelling is no matter of suggestions.
pub fn suggested<'a>(typed: &str, names: &'a [String]) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for name in names {
        let lower = name.to_lowercase();
        if lower.starts_with(&typed) {
            first.push(name.as_str());
        } else if lower.split(' ').any(|word| word.starts_with(&typed)) {
            later.push(name.as_str());
        }
    }
    first.append(&mut later);
    first.truncate(SUGGESTED);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn readers() -> Vec<(u8, String)> {
        [
            "Ana Ruiz",
            "Ana",
            "Ben Okafor",
            "Ben Stone",
            "Żaneta",
            "Li",
            "Ana Ruiz Soto",
        ]
        .iter()
        .zip(1..)
        .map(|(name, id)| (id, (*name).to_owned()))
        .collect()
    }

    #[rstest]
    #[case("@Ana Ruiz, please look.", &[1])]
    #[case("@ana ruiz", &[1])]
    #[case("@Ana Ruiz Soto", &[7])]
    #[case("@Ana: yes", &[2])]
    #[case("(@Ben Okafor)", &[3])]
    #[case("@Ben", &[])]
    #[case("@ŻANETA and @Li", &[5, 6])]
    #[case("@Li\n\n@Li", &[6])]
    #[case("ana@Li.test", &[])]
    #[case("@Lion", &[])]
    #[case("@", &[])]
    #[case("@@Li", &[6])]
    #[case("Li", &[])]
    #[case("@Ben\u{a0}Stone", &[4])]
    fn s24_a_text_names_whom_it_names(#[case] text: &str, #[case] ids: &[u8]) {
        assert_eq!(mentioned(text, &readers()), ids, "{text:?}");
    }

    #[rstest]
    #[case("Please ask @an", Some((11, "an")))]
    #[case("@Ana R", Some((0, "Ana R")))]
    #[case("(@b", Some((1, "b")))]
    #[case("@Ana, @be", Some((6, "be")))]
    #[case("no name", None)]
    #[case("@", None)]
    #[case("@ ana", None)]
    #[case("ana@li", None)]
    #[case("@ana\nand more", None)]
    #[case("@ana and a long text that is no name of anybody here", None)]
    fn s24_a_name_is_begun_after_an_at(#[case] text: &str, #[case] begins: Option<(usize, &str)>) {
        assert_eq!(begun(text), begins);
    }

    #[test]
    fn s24_names_are_suggested_by_how_they_begin() {
        let names: Vec<String> = readers().into_iter().map(|(_, name)| name).collect();
        assert_eq!(suggested("an", &names), ["Ana Ruiz", "Ana", "Ana Ruiz Soto"]);
        assert_eq!(suggested("ana r", &names), ["Ana Ruiz", "Ana Ruiz Soto"]);
        assert_eq!(suggested("s", &names), ["Ben Stone", "Ana Ruiz Soto"]);
        assert_eq!(suggested("ż", &names), ["Żaneta"]);
        assert!(suggested("Li ", &names).is_empty(), "it is written");
        assert!(suggested("x", &names).is_empty());
        let many: Vec<String> = (0..20).map(|n| format!("Ana {n}")).collect();
        assert_eq!(suggested("a", &many).len(), SUGGESTED);
    }

    #[test]
    fn s24_whoever_is_suggested_is_mentioned_by_that_name() {
        for (id, name) in readers() {
            let found = mentioned(&format!("Hello @{name} "), &readers());
            assert!(found.contains(&id), "{name}");
        }
    }

    #[test]
    fn s24_people_of_one_name_are_all_meant() {
        let twins = [(1, "Ana Ruiz".to_owned()), (2, "ANA RUIZ".to_owned())];
        assert_eq!(mentioned("@Ana Ruiz", &twins), [1, 2]);
    }

    fn read() -> Vec<(String, String)> {
        let hidden = ["Ana Ruiz", "Ben Okafor", "Ben Stone", "Żaneta"];
        let read = |name: &str| if hidden.contains(&name) { "Your team" } else { name }.to_owned();
        let names = readers().into_iter().map(|(_, name)| name);
        names.map(|name| (name.clone(), read(&name))).collect()
    }

    #[rstest]
    #[case("@Ana Ruiz, please look.", "@Your team, please look.")]
    #[case("Ask (@ana  RUIZ) or @Li", "Ask (@Your team) or @Li")]
    #[case("@Ana Ruiz Soto and @Ana", "@Ana Ruiz Soto and @Ana")]
    #[case("@ŻANETA\n\n@Ben", "@Your team\n\n@Your team")]
    #[case("\u{ff20}Ben\u{a0}Stone!", "\u{ff20}Your team!")]
    #[case("me@Ben.test, Ben Stone, @ Ben", "me@Ben.test, Ben Stone, @ Ben")]
    #[case("@Benny @ @", "@Benny @ @")]
    #[case("", "")]
    fn rq7_su8_a_text_names_nobody_whose_name_is_hidden(#[case] text: &str, #[case] as_read: &str) {
        assert_eq!(unnamed(text, &read()), as_read);
    }

    proptest! {
        #[test]
        fn rq7_su8_whoever_is_mentioned_and_hidden_is_not_read(text in "[@ x]{0,8}(@(Ana Ruiz|ben okafor|Żaneta)[ .,@]?){0,3}") {
            let hidden: Vec<(u8, String)> = readers().into_iter().filter(|(id, _)| [1, 3, 4, 5].contains(id)).collect();
            prop_assert_eq!(mentioned(&unnamed(&text, &read()), &hidden), Vec::<u8>::new());
        }

        #[test]
        fn s24_any_text_names_readers_only_once(text in ".{0,60}") {
            let found = mentioned(&text, &readers());
            let mut once = found.clone();
            once.dedup();
            prop_assert_eq!(found, once);
        }
    }
}
