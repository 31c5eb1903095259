//! What becomes of a line, and what people type about it (VP4, AH7).

use crate::{LocalDay, Today, error::Problem, shown::counted};
use serde::{Deserialize, Serialize};

/// Lines of an export and of a slip, at most.
pub const EXPORTED: i64 = 100_000;

/// What stands after the last of them where there are more.
pub const MORE_LINES: &str = "These are the first 100,000 lines. Choose a month for the rest.";

/// Lines that one press may name, at most.
pub const MAX_LINES: usize = 1_000;

/// Characters of a payment's reference, at most.
pub const MAX_REFERENCE: usize = 80;

/// Characters of a question about a line and of its answer, at most (AH7).
pub const MAX_QUERY: usize = 1_000;

crate::words! {
    /// VP4: how far a line is.
    pub enum PayableState {
        /// Owed.
        Accrued = "accrued",
        /// Looked at and good to pay.
        Approved = "approved",
        /// Paid; nothing of it changes any more.
        Paid = "paid",
        /// Not owed after all.
        Void = "void",
    }
}

impl PayableState {
    /// What people read.
    pub const fn label(self) -> &'static str {
        match self {
            PayableState::Accrued => "Accrued",
            PayableState::Approved => "Approved",
            PayableState::Paid => "Paid",
            PayableState::Void => "Void",
        }
    }

    /// VP4: forward only, and from paid and void nowhere.
    pub const fn may_become(self, next: PayableState) -> bool {
        use PayableState as S;
        matches!(
            (self, next),
            (S::Accrued, S::Approved | S::Void) | (S::Approved, S::Paid | S::Void)
        )
    }

    /// Owed and not paid.
    pub const fn is_open(self) -> bool {
        matches!(self, PayableState::Accrued | PayableState::Approved)
    }
}

/// A day on which lines were paid: a day of the calendar, not after `today`, and not before any of them accrued.
///
/// # Errors
/// What is wrong with it.
pub fn paid_on(text: &str, today: &Today, latest: Option<LocalDay>) -> Result<LocalDay, Problem> {
    let day: LocalDay = match text.trim() {
        "" => return Err(Problem::Required),
        text => text.parse().map_err(|_| Problem::DateInvalid)?,
    };
    if day > today.day {
        return Err(Problem::DateFuture {
            today: today.words.clone(),
        });
    }
    match latest {
        Some(first) if day < first => Err(Problem::DateBeforeAccrual { day: first.words() }),
        _ => Ok(day),
    }
}

/// What became of a press that marks lines (VP4): what was done, and why the others were left as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// Lines that were marked.
    pub marked: i64,
    /// Who had marked others before, how many, and when: "3:02 PM".
    pub already: Vec<(String, i64, String)>,
    /// Lines that have not been approved.
    pub not_approved: i64,
    /// Lines that are void.
    pub void: i64,
    /// Lines of Tri-POD (TP4).
    pub internal: i64,
}

impl Marked {
    /// Counts one that somebody had marked before.
    pub fn add_already(&mut self, by: &str, at: &str) {
        match self.already.iter_mut().find(|(who, ..)| who == by) {
            Some((_, count, last)) => {
                *count += 1;
                at.clone_into(last);
            }
            None => self.already.push((by.to_owned(), 1, at.to_owned())),
        }
    }

    /// "8 lines marked as paid. 2 were already paid by Marta at 3:02 PM." `done` is the word for what was done ("marked as paid", "approved"),
    /// `state` the one for what the others were already ("paid", "approved").
    pub fn words(&self, done: &str, state: &str) -> String {
        self.words_after(format!("{} {done}.", counted(self.marked, "line", "lines")), state)
    }

    /// The same after other words for what was done: "Paid 4 vendors, $292.50."
    pub fn words_after(&self, done: String, state: &str) -> String {
        let was = |count: i64| if count == 1 { "was" } else { "were" };
        let is = |count: i64| if count == 1 { "is" } else { "are" };
        let mut parts = vec![done];
        for (by, count, at) in &self.already {
            parts.push(format!("{count} {} already {state} by {by} at {at}.", was(*count)));
        }
        if self.not_approved > 0 {
            let n = self.not_approved;
            parts.push(format!("{n} {} not approved yet.", is(n)));
        }
        if self.void > 0 {
            parts.push(format!("{} {} void.", self.void, is(self.void)));
        }
        if self.internal > 0 {
            let n = self.internal;
            parts.push(format!("{n} {} in-house, nothing to pay.", is(n)));
        }
        parts.join(" ")
    }
}
