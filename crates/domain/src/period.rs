//! Periods: a subscription's months, computed from its anchor (§6).

use crate::Instant;
use jiff::{ToSpan, tz::TimeZone};
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
    let there = start.checked_add(i64::from(k).months()).ok()?;
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

/// The number of the period that holds `at`; `None` before the anchor.
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
    while boundary(anchor, k).is_some_and(|start| at < start) {
        k = k.checked_sub(1)?;
    }
    k.checked_add(1)
}
