//! Amounts that several people may edit at once: a form sends what was read beside what was typed, so that each keeps what
//! they have changed, and nobody undoes what they have not seen.

use crate::{Cents, error::Problem};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Display};

/// What a list's row is called in a form, `price[of-…]`. Not by its id alone: one that begins with a digit would be read as a
/// place in a list.
pub fn field_of(list: &str, row: impl Display) -> String {
    format!("{list}[of-{row}]")
}

/// A text for each row of a form's list, under [`field_of`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByRow(BTreeMap<String, String>);

impl ByRow {
    /// A row's text; empty where it has none.
    pub fn of(&self, row: &str) -> &str {
        self.0.get(&format!("of-{row}")).map_or("", String::as_str)
    }

    /// Amounts that were typed, with those that were read.
    pub fn amounts(&self, was: &ByRow) -> Vec<TypedAmount> {
        let rows = self
            .0
            .iter()
            .filter_map(|(row, typed)| Some((row.strip_prefix("of-")?, typed)));
        rows.map(|(row, typed)| TypedAmount {
            of: row.to_owned(),
            typed: typed.clone(),
            was: was.of(row).to_owned(),
        })
        .collect()
    }
}

impl<K: Display> FromIterator<(K, String)> for ByRow {
    fn from_iter<I: IntoIterator<Item = (K, String)>>(rows: I) -> Self {
        let rows = rows.into_iter();
        ByRow(rows.map(|(row, text)| (format!("of-{row}"), text)).collect())
    }
}

/// One amount of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedAmount {
    /// Of what: a row's id.
    pub of: String,
    /// As typed; empty: none.
    pub typed: String,
    /// What stood there when it was read, as [`Cents::plain`] writes it; empty: nothing.
    pub was: String,
}

impl TypedAmount {
    /// The amount that is wanted instead of what was read; `None` where nothing was changed.
    ///
    /// # Errors
    /// What `read` says of the text.
    pub fn wanted(&self, read: impl FnOnce(&str) -> Result<Cents, Problem>) -> Result<Option<Option<Cents>>, Problem> {
        let wanted = match self.typed.trim() {
            "" => None,
            text => Some(read(text)?),
        };
        Ok((!self.saw(wanted)).then_some(wanted))
    }

    /// Whether what was read is this.
    pub fn saw(&self, amount: Option<Cents>) -> bool {
        match self.was.trim() {
            "" => amount.is_none(),
            text => amount.is_some() && text.parse().ok() == amount,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_what_its_field_is_called() {
        assert_eq!(field_of("price", 7), "price[of-7]");
        let rows =
            |all: &[(i64, &str)]| -> ByRow { all.iter().map(|(row, text)| (*row, (*text).to_owned())).collect() };
        let (typed, was) = (rows(&[(1, "5"), (2, "")]), rows(&[(2, "7.00")]));
        assert_eq!((typed.of("1"), typed.of("2"), typed.of("3")), ("5", "", ""));
        let amounts = typed.amounts(&was);
        let amounts: Vec<(&str, &str, &str)> = amounts
            .iter()
            .map(|one| (one.of.as_str(), one.typed.as_str(), one.was.as_str()))
            .collect();
        assert_eq!(amounts, [("1", "5", ""), ("2", "", "7.00")]);
    }

    #[test]
    fn only_what_was_changed_is_wanted() {
        let read = |text: &str| text.parse::<Cents>().map_err(|_| Problem::MoneyInvalid);
        let wanted = |typed: &str, was: &str| {
            let of = String::new();
            let (typed, was) = (typed.to_owned(), was.to_owned());
            TypedAmount { of, typed, was }.wanted(read)
        };
        assert_eq!(wanted("5.00", "5.00"), Ok(None));
        assert_eq!(wanted(" 5 ", "5.00"), Ok(None), "the same amount");
        assert_eq!(wanted("", ""), Ok(None));
        assert_eq!(wanted("5", ""), Ok(Some(Some(Cents(500)))));
        assert_eq!(wanted("", "5.00"), Ok(Some(None)));
        assert_eq!(wanted("6", "5.00"), Ok(Some(Some(Cents(600)))));
        assert_eq!(wanted("a lot", "5.00"), Err(Problem::MoneyInvalid));
        assert_eq!(wanted("5", "nonsense"), Ok(Some(Some(Cents(500)))));
    }

    #[test]
    fn what_was_read_is_an_amount_or_nothing() {
        let saw = |was: &str, amount| {
            let was = was.to_owned();
            TypedAmount {
                was,
                ..TypedAmount::default()
            }
            .saw(amount)
        };
        assert!(saw("", None) && saw("5.00", Some(Cents(500))));
        assert!(!saw("5.00", None) && !saw("", Some(Cents(500))) && !saw("x", None) && !saw("x", Some(Cents(0))));
    }
}
