//! The way of a request from submitted to approved, as its page shows it (RQ1).

use super::request::{RequestStatus, Transition};
use crate::Instant;

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The state.
    pub status: RequestStatus,
    /// When it was reached last; `None`: it is still to come, or is to be gone through again.
    pub at: Option<Instant>,
    /// What is to be known of it.
    pub note: Option<&'static str>,
    /// The request is there now.
    pub current: bool,
}

/// The states that every request goes through.
const WAY: [RequestStatus; 4] = [
    RequestStatus::Submitted,
    RequestStatus::InProgress,
    RequestStatus::InReview,
    RequestStatus::Approved,
];

/// RQ1: what a request has gone through and what is to come. `steps`: those that were taken, oldest first. A revision leads back
/// to its work, and a reopening to its review: what lies beyond is to come again. What was called off ends where it was.
pub fn course(status: RequestStatus, submitted: Option<Instant>, steps: &[(Transition, Instant)]) -> Vec<Reached> {
    use {RequestStatus as S, Transition as T};
    let waits = matches!(status, S::PaymentPending | S::PaymentFailed);
    if status == S::Draft {
        return Vec::new();
    }
    let of = |status, note, at| Reached {
        status,
        at,
        note,
        current: false,
    };
    let mut way: Vec<Reached> = WAY.iter().map(|one| of(*one, None, None)).collect();
    way[0].at = submitted.filter(|_| !waits);
    for (step, at) in steps {
        let (place, note) = match step {
            T::Start => (1, None),
            T::AskRevision => (1, Some("Revision")),
            T::Deliver => (2, None),
            T::Reopen => (2, Some("Reopened")),
            T::Approve => (3, None),
            _ => continue,
        };
        way[place] = of(WAY[place], note, Some(*at));
        for later in &mut way[place + 1..] {
            *later = of(later.status, None, None);
        }
    }
    if status == S::Cancelled {
        way.retain(|one| one.at.is_some());
        let at = steps.iter().rev().find(|(step, _)| *step == T::Cancel);
        way.push(of(S::Cancelled, None, at.map(|(_, at)| *at)));
    } else if waits {
        way[0].status = status;
    }
    for one in &mut way {
        one.current = one.status == status;
    }
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use RequestStatus as S;
    use Transition as T;

    fn shown(status: RequestStatus, steps: &[Transition]) -> Vec<String> {
        let steps: Vec<(Transition, Instant)> = steps.iter().zip(2..).map(|(step, at)| (*step, Instant(at))).collect();
        let way = course(status, Some(Instant(1)), &steps);
        way.iter()
            .map(|one| {
                let at = one.at.map_or_else(|| "-".to_owned(), |at| at.0.to_string());
                let note = one.note.map(|note| format!(" {note}")).unwrap_or_default();
                format!("{}{} {at}{note}", if one.current { "*" } else { "" }, one.status)
            })
            .collect()
    }

    #[test]
    fn rq1_the_way_shows_what_was_reached_and_what_is_to_come() {
        assert_eq!(
            shown(S::Submitted, &[T::Take]),
            ["*submitted 1", "in_progress -", "in_review -", "approved -"]
        );
        assert_eq!(
            shown(S::Approved, &[T::Take, T::Start, T::Deliver, T::Approve]),
            ["submitted 1", "in_progress 3", "in_review 4", "*approved 5"]
        );
        assert!(shown(S::Draft, &[]).is_empty());
    }

    #[test]
    fn rq1_what_was_sent_back_or_opened_again_is_to_come_again() {
        let steps = [T::Start, T::Deliver, T::AskRevision, T::Deliver, T::Approve, T::Reopen];
        assert_eq!(
            shown(S::InProgress, &steps[..3]),
            ["submitted 1", "*in_progress 4 Revision", "in_review -", "approved -"]
        );
        assert_eq!(
            shown(S::InReview, &steps),
            [
                "submitted 1",
                "in_progress 4 Revision",
                "*in_review 7 Reopened",
                "approved -"
            ]
        );
    }

    #[test]
    fn rq1_what_was_called_off_ends_where_it_was() {
        assert_eq!(
            shown(S::Cancelled, &[T::Start, T::Cancel]),
            ["submitted 1", "in_progress 2", "*cancelled 3"]
        );
        assert_eq!(
            shown(S::PaymentFailed, &[]),
            ["*payment_failed -", "in_progress -", "in_review -", "approved -"]
        );
    }
}
