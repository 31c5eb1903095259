//! Periods: a subscription's months, computed from its anchor (§6).

use crate::Instant;
use jiff::{Span, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A half-open span `[start, end)` in UTC (PD2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First instant.
    pub start: Instant,
    /// First instant after it.
    pub end: Instant,
}

impl Period {
    /// Whether an instant belongs to it; the end belongs to the next (PD2).
    pub fn contains(&self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }
}

/// PD1: boundary `k` = anchor + `k` calendar months in UTC, the day clamped to the month's last, the time of day kept.
/// Always from the anchor, never from the boundary before. `None` only beyond the calendar's range.
pub fn boundary(anchor: Instant, k: u32) -> Option<Instant> {
    let start = anchor.timestamp().to_zoned(TimeZone::UTC).datetime();
    let there = start.checked_add(Span::new().try_months(i64::from(k)).ok()?).ok()?;
    let at = there.to_zoned(TimeZone::UTC).ok()?;
    Some(Instant(at.timestamp().as_microsecond()))
}

/// The period with number `seq` (the first is 1). `None` for 0 or beyond the calendar's range.
pub fn period(anchor: Instant, seq: u32) -> Option<Period> {
    let before = seq.checked_sub(1)?;
    Some(Period {
        start: boundary(anchor, before)?,
        end: boundary(anchor, seq)?,
    })
}

/// The number of the period that holds `at`; `None` before the anchor or beyond the calendar's range.
pub fn seq_at(anchor: Instant, at: Instant) -> Option<u32> {
    if at < anchor {
        return None;
    }
    let (a, b) = (
        anchor.timestamp().to_zoned(TimeZone::UTC).date(),
        at.timestamp().to_zoned(TimeZone::UTC).date(),
    );
    let months = (i64::from(b.year()) - i64::from(a.year())) * 12 + i64::from(b.month()) - i64::from(a.month());
    // The calendar months apart are the answer or one more than it: the boundary of that month may still be ahead.
    let mut k = u32::try_from(months).ok()?;
    while at < boundary(anchor, k)? {
        k = k.checked_sub(1)?;
    }
    k.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// PD1 by hand, without the calendar library: a civil date counted in days, the day clamped to its month.
    mod by_hand {
        pub fn is_leap(year: i64) -> bool {
            (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        }

        pub fn month_length(year: i64, month: i64) -> i64 {
            match month {
                2 if is_leap(year) => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            }
        }

        /// Days from 1970-01-01 to a date from 1970 on, by adding up years and months.
        pub fn days(year: i64, month: i64, day: i64) -> i64 {
            let years: i64 = (1970..year).map(|y| if is_leap(y) { 366 } else { 365 }).sum();
            let months: i64 = (1..month).map(|m| month_length(year, m)).sum();
            years + months + day - 1
        }

        /// Seconds since the epoch of boundary `k`.
        pub fn boundary(year: i64, month: i64, day: i64, second_of_day: i64, k: i64) -> i64 {
            let months = year * 12 + month - 1 + k;
            let (year, month) = (months / 12, months % 12 + 1);
            days(year, month, day.min(month_length(year, month))) * 86_400 + second_of_day
        }
    }

    #[rstest]
    #[case("2027-01-31T18:00:00Z", &["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"])]
    #[case("2028-01-31T18:00:00Z", &["2028-02-29", "2028-03-31"])]
    #[case("2027-01-30T18:00:00Z", &["2027-02-28", "2027-03-30"])]
    #[case("2027-01-29T18:00:00Z", &["2027-02-28", "2027-03-29"])]
    #[case("2028-02-29T18:00:00Z", &[
        "2028-03-29", "2028-04-29", "2028-05-29", "2028-06-29", "2028-07-29", "2028-08-29", "2028-09-29", "2028-10-29",
        "2028-11-29", "2028-12-29", "2029-01-29", "2029-02-28", "2029-03-29",
    ])]
    #[case("2027-08-31T18:00:00Z", &[
        "2027-09-30", "2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29",
    ])]
    fn pd1_vectors_of_section_6(#[case] anchor: &str, #[case] days: &[&str]) {
        for (k, day) in (1..).zip(days) {
            assert_eq!(
                boundary(at(anchor), k),
                Some(at(&format!("{day}T18:00:00Z"))),
                "boundary {k} of {anchor}"
            );
        }
        assert_eq!(boundary(at(anchor), 0), Some(at(anchor)));
    }

    #[test]
    fn pd1_a_century_without_a_leap_day_clamps_to_the_28th() {
        assert_eq!(
            boundary(at("2100-01-31T00:00:00Z"), 1),
            Some(at("2100-02-28T00:00:00Z"))
        );
        assert_eq!(
            boundary(at("2096-02-29T00:00:00Z"), 48),
            Some(at("2100-02-28T00:00:00Z"))
        );
    }

    #[test]
    fn pd1_no_panic_beyond_the_calendar() {
        assert_eq!(boundary(at("2027-01-31T18:00:00Z"), u32::MAX), None);
        assert_eq!(period(at("2027-01-31T18:00:00Z"), 0), None);
        assert_eq!(period(at("2027-01-31T18:00:00Z"), u32::MAX), None);
        assert_eq!(boundary(at("9999-12-01T00:00:00Z"), 1), None);
    }

    #[test]
    fn pd2_the_end_belongs_to_the_next_period() {
        let anchor = at("2027-01-31T18:00:00Z");
        let first = period(anchor, 1).unwrap();
        let last = Instant(first.end.0 - 1);
        assert!(first.contains(anchor) && first.contains(last) && !first.contains(first.end));
        assert_eq!(seq_at(anchor, anchor), Some(1));
        assert_eq!(seq_at(anchor, last), Some(1));
        assert_eq!(seq_at(anchor, first.end), Some(2));
        assert_eq!(seq_at(anchor, Instant(anchor.0 - 1)), None);
    }

    #[test]
    fn pd5_the_local_day_of_a_boundary_may_move_by_one_across_dst() {
        let zone = crate::BusinessZone(TimeZone::get("America/Chicago").unwrap());
        let anchor = at("2027-02-01T05:30:00Z");
        assert_eq!(zone.show(anchor), "Jan 31, 2027, 11:30 PM CT");
        assert_eq!(zone.show(boundary(anchor, 1).unwrap()), "Feb 28, 2027, 11:30 PM CT");
        assert_eq!(boundary(anchor, 2), Some(at("2027-04-01T05:30:00Z")));
        assert_eq!(zone.show(boundary(anchor, 2).unwrap()), "Apr 1, 2027, 12:30 AM CT");
    }

    prop_compose! {
        fn anchors()(year in 1970i64..2200, month in 1i64..=12)
            (day in 1i64..=by_hand::month_length(year, month), year in Just(year), month in Just(month),
             second in 0i64..86_400) -> (i64, i64, i64, i64)
        {
            (year, month, day, second)
        }
    }

    proptest! {
        #[test]
        fn pd1_i5_240_months_from_any_anchor((year, month, day, second) in anchors()) {
            let anchor = Instant::from_secs(by_hand::boundary(year, month, day, second, 0));
            let mut end_before = anchor;
            for seq in 1u32..=240 {
                let p = period(anchor, seq).unwrap();
                prop_assert_eq!(p.start, end_before, "contiguous");
                prop_assert!(p.start < p.end, "strictly increasing");
                let by_hand = by_hand::boundary(year, month, day, second, i64::from(seq));
                prop_assert_eq!(p.end, Instant::from_secs(by_hand), "boundary {}", seq);
                // The day returns to the anchor's whenever the month has it.
                let date = p.end.timestamp().to_zoned(TimeZone::UTC).date();
                let longest = by_hand::month_length(i64::from(date.year()), i64::from(date.month()));
                prop_assert_eq!(i64::from(date.day()), day.min(longest));
                end_before = p.end;
            }
        }

        #[test]
        fn pd2_seq_at_finds_the_only_period_that_holds_an_instant(
            (year, month, day, second) in anchors(),
            seq in 1u32..=240,
            share in 0.0f64..1.0,
        ) {
            let anchor = Instant::from_secs(by_hand::boundary(year, month, day, second, 0));
            let p = period(anchor, seq).unwrap();
            #[expect(clippy::float_arithmetic, reason = "any point inside the period will do")]
            let inside = Instant(p.start.0 + ((p.end.0 - p.start.0 - 1) as f64 * share) as i64);
            for at in [p.start, inside, Instant(p.end.0 - 1)] {
                prop_assert!(p.contains(at));
                prop_assert_eq!(seq_at(anchor, at), Some(seq));
            }
            prop_assert_eq!(seq_at(anchor, p.end), Some(seq + 1));
        }
    }
}
