//! PE5: when a move of existing subscribers to newer terms applies.

use crate::{Cents, Currency, Instant, subscriptions::period::boundary};

/// Days between the client's mail and the first boundary at which new terms may apply.
pub const NOTICE_DAYS: i64 = 7;

/// Minutes before a boundary in which the price at Stripe is left alone (as PC4): a change that crosses the renewal on
/// its way would be billed a month early or late.
pub const QUIET_MINUTES: i64 = 10;

/// Whether the client has been told early enough for new terms to begin at a boundary.
pub fn told_in_time(told_at: Option<Instant>, boundary: Instant) -> bool {
    told_at.is_some_and(|at| at.plus_days(NOTICE_DAYS) <= boundary)
}

/// The first boundary of a subscription that is far enough from the client's mail. `None` beyond the calendar's range.
pub fn first_boundary(anchor: Instant, told_at: Instant) -> Option<Instant> {
    let mut k = 1;
    loop {
        let at = boundary(anchor, k)?;
        if told_in_time(Some(told_at), at) {
            return Some(at);
        }
        k += 1;
    }
}

/// Whether a boundary is so near, or behind, that the price at Stripe is left alone.
pub fn quiet(boundary: Instant, now: Instant) -> bool {
    boundary <= now.plus_minutes(QUIET_MINUTES)
}

/// What a client is told of a price that changes: `at` is the instant, in words.
pub fn price_moves(at: &str, pack: &str, old: Cents, new: Cents, currency: Currency) -> String {
    format!(
        "From {at}, your {pack} pack costs {} a month instead of {}.",
        new.show(currency),
        old.show(currency)
    )
}

/// IN4: what the next renewal costs: `moves` is from when another price holds, and which; it counts where it begins with that
/// renewal at the latest.
pub fn next_charge(price: Cents, moves: Option<(Instant, Cents)>, renews: Option<Instant>) -> Cents {
    match (moves, renews) {
        (Some((from, new)), Some(renews)) if from <= renews => new,
        _ => price,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[rstest]
    #[case::seven_days_to_the_second("2027-03-21T15:00:00Z", "2027-03-28T15:00:00Z")]
    #[case::a_second_less("2027-03-21T15:00:01Z", "2027-04-28T15:00:00Z")]
    #[case::just_begun("2027-02-28T15:00:00Z", "2027-03-28T15:00:00Z")]
    #[case::months_later("2027-08-25T00:00:00Z", "2027-09-28T15:00:00Z")]
    fn pe5_new_terms_begin_at_the_first_boundary_a_week_after_the_mail(#[case] told: &str, #[case] from: &str) {
        let anchor = at("2027-02-28T15:00:00Z");
        assert_eq!(first_boundary(anchor, at(told)), Some(at(from)));
    }

    #[test]
    fn in4_the_next_charge_is_the_new_price_once_it_begins_with_the_renewal() {
        let (old, new) = (Cents(40_000), Cents(45_000));
        let renews = at("2027-03-28T15:00:00Z");
        assert_eq!(next_charge(old, None, Some(renews)), old);
        assert_eq!(next_charge(old, Some((renews, new)), Some(renews)), new);
        assert_eq!(next_charge(old, Some((renews.plus_secs(1), new)), Some(renews)), old);
        assert_eq!(next_charge(old, Some((renews, new)), None), old);
    }

    #[test]
    fn pe5_who_was_not_told_does_not_move() {
        assert!(!told_in_time(None, at("2030-01-01T00:00:00Z")));
    }

    #[test]
    fn pc4_ten_minutes_before_a_boundary_are_quiet() {
        let boundary = at("2027-03-28T15:00:00Z");
        assert!(!quiet(boundary, at("2027-03-28T14:49:59Z")));
        assert!(quiet(boundary, at("2027-03-28T14:50:00Z")));
        assert!(quiet(boundary, at("2027-03-28T16:00:00Z")));
    }
}
