//! Who is named in what somebody wrote: `@Ana Ruiz`, or `@Ana` where only one reader is called so (§24).

use crate::text::fold;

/// Signs that are looked at in one text, at most.
const MAX_MENTIONS: usize = 50;

/// Whom of the readers a text names, each once, in the readers' order. A name counts in any spelling that [`fold`] knows, up to a
/// letter or digit that would make it another; an address of mail names nobody.
pub fn mentioned<Id: Copy>(text: &str, readers: &[(Id, String)]) -> Vec<Id> {
    let names: Vec<String> = readers.iter().map(|(_, name)| fold(name)).collect();
    let first = |name: &str| name.split(' ').next().unwrap_or_default().to_owned();
    let firsts: Vec<String> = names.iter().map(|name| first(name)).collect();
    let text = fold(text);
    let mut named = vec![false; readers.len()];
    let mut before = None;
    let mut left = MAX_MENTIONS;
    for (at, letter) in text.char_indices() {
        if letter == '@' && !before.is_some_and(char::is_alphanumeric) && left > 0 {
            left -= 1;
            let rest = &text[at + 1..];
            let full: Vec<usize> = starting(rest, &names);
            let longest = full.iter().map(|one| names[*one].len()).max();
            let of_full: Vec<usize> = full
                .into_iter()
                .filter(|one| Some(names[*one].len()) == longest)
                .collect();
            let found = if of_full.is_empty() {
                starting(rest, &firsts)
            } else {
                of_full
            };
            // A first name of several names nobody; people of one full name cannot be told apart, and all are meant.
            if longest.is_some() || found.len() == 1 {
                found.into_iter().for_each(|one| named[one] = true);
            }
        }
        before = Some(letter);
    }
    let of = readers.iter().zip(named).filter(|(_, named)| *named);
    of.map(|((id, _), _)| *id).collect()
}

/// Which of the names a text begins with.
fn starting(text: &str, names: &[String]) -> Vec<usize> {
    let begins = |name: &String| {
        let rest = (!name.is_empty()).then(|| text.strip_prefix(name.as_str())).flatten();
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    (0..names.len()).filter(|one| begins(&names[*one])).collect()
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

    #[test]
    fn s24_people_of_one_name_are_all_meant() {
        let twins = [(1, "Ana Ruiz".to_owned()), (2, "ANA RUIZ".to_owned())];
        assert_eq!(mentioned("@Ana Ruiz", &twins), [1, 2]);
    }

    proptest! {
        #[test]
        fn s24_any_text_names_readers_only_once(text in ".{0,60}") {
            let found = mentioned(&text, &readers());
            let mut once = found.clone();
            once.dedup();
            prop_assert_eq!(found, once);
        }
    }
}
