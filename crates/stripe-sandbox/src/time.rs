//! The clock of the sandbox and the arithmetic of billing periods. Nothing here reads the wall clock
//! except [`ClockHandle::wall`] and [`wall_secs`], which signs webhooks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The business clock: microseconds since the epoch, UTC. Everything except webhook signatures reads it (TT1).
#[derive(Clone)]
pub struct ClockHandle {
    read: Arc<dyn Fn() -> i64 + Send + Sync>,
    manual: Option<ManualClock>,
}

impl fmt::Debug for ClockHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClockHandle")
            .field("manual", &self.manual.is_some())
            .finish_non_exhaustive()
    }
}

impl ClockHandle {
    /// A clock that calls `read` for the microseconds since the epoch, UTC.
    pub fn new(read: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            read: Arc::new(read),
            manual: None,
        }
    }

    /// The machine's clock.
    #[must_use]
    pub fn wall() -> Self {
        Self::new(|| Timestamp::now().as_microsecond())
    }

    /// A clock that stands still, and the hand that moves it. It begins at the machine's present second.
    #[must_use]
    pub fn manual() -> (Self, ManualClock) {
        let hand = ManualClock(Arc::new(AtomicI64::new(wall_secs() * 1_000_000)));
        let read = hand.clone();
        (
            Self {
                read: Arc::new(move || read.get()),
                manual: Some(hand.clone()),
            },
            hand,
        )
    }

    /// Microseconds since the epoch, UTC.
    #[must_use]
    pub fn now_micros(&self) -> i64 {
        (self.read)()
    }

    /// Whole seconds since the epoch, UTC, rounded down.
    #[must_use]
    pub fn now_secs(&self) -> i64 {
        self.now_micros().div_euclid(1_000_000)
    }

    pub(crate) fn hand(&self) -> Option<&ManualClock> {
        self.manual.as_ref()
    }
}

/// Moves a clock made by [`ClockHandle::manual`].
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// Sets the clock, in microseconds since the epoch, UTC.
    pub fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }

    /// Moves the clock on by `micros` microseconds.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// What the clock shows, in microseconds since the epoch, UTC.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Seconds since the epoch by the machine's clock: for the `t` of webhook signatures, and for nothing else.
#[must_use]
pub fn wall_secs() -> i64 {
    Timestamp::now().as_second()
}

/// The `k`th boundary of a subscription: `anchor` plus `k * count` intervals, the day clamped to the month's last,
/// the same time of day in UTC, always computed from the anchor (PD1). `None` outside of the calendar.
#[must_use]
pub fn boundary(anchor: i64, interval: &str, count: i64, k: i64) -> Option<i64> {
    let n = count.checked_mul(k)?;
    let span = match interval {
        "day" => Span::new().try_days(n).ok()?,
        "week" => Span::new().try_weeks(n).ok()?,
        "month" => Span::new().try_months(n).ok()?,
        "year" => Span::new().try_years(n).ok()?,
        _ => return None,
    };
    let at = Timestamp::from_second(anchor).ok()?.to_zoned(TimeZone::UTC);
    Some(at.checked_add(span).ok()?.timestamp().as_second())
}

/// The first boundary after `from`, which is itself a boundary.
#[must_use]
pub fn next_boundary(anchor: i64, interval: &str, count: i64, from: i64) -> Option<i64> {
    let length = match interval {
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 31 * 86_400,
        _ => 366 * 86_400,
    } * count.max(1);
    // A lower bound by the longest possible interval, then step on.
    let mut k = ((from - anchor) / length).max(0);
    loop {
        let at = boundary(anchor, interval, count, k)?;
        if at > from {
            return Some(at);
        }
        k += 1;
    }
}

/// "Jan 31, 2027" in UTC, for descriptions of lines.
#[must_use]
pub fn day_label(secs: i64) -> String {
    Timestamp::from_second(secs)
        .map(|t| t.to_zoned(TimeZone::UTC).strftime("%b %-d, %Y").to_string())
        .unwrap_or_default()
}

/// (year, month) of an instant, for judging a card's expiry.
pub(crate) fn year_month(secs: i64) -> (i64, i64) {
    Timestamp::from_second(secs)
        .map(|t| {
            let z = t.to_zoned(TimeZone::UTC);
            (i64::from(z.year()), i64::from(z.month()))
        })
        .unwrap_or((1970, 1))
}
