//! Instants, days and the business zone. The zone is always handed in; an offset is never a literal (Q8).

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{fmt, ops, str::FromStr};

/// An instant in UTC: microseconds since the Unix epoch, as both databases keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// From whole seconds since the epoch (Stripe's unit).
    pub const fn from_secs(secs: i64) -> Instant {
        Instant(secs * 1_000_000)
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Cut to the whole second: anchors and period bounds carry none finer, as Stripe's.
    pub const fn whole_second(self) -> Instant {
        Instant::from_secs(self.secs())
    }

    /// The same instant as a `jiff` timestamp.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// The instant so many seconds later (earlier when negative).
    pub const fn plus_secs(self, secs: i64) -> Instant {
        Instant(self.0 + secs * 1_000_000)
    }

    /// So many elapsed days of 24 hours later; not calendar days.
    pub const fn plus_days(self, days: i64) -> Instant {
        self.plus_secs(days * 86_400)
    }

    /// So many hours later.
    pub const fn plus_hours(self, hours: i64) -> Instant {
        self.plus_secs(hours * 3_600)
    }

    /// So many minutes later.
    pub const fn plus_minutes(self, minutes: i64) -> Instant {
        self.plus_secs(minutes * 60)
    }

    /// RFC 3339 in UTC, for `<time datetime>` and logs.
    pub fn rfc3339(self) -> String {
        self.timestamp().to_string()
    }
}

/// Seconds from `other` to `self`.
impl ops::Sub for Instant {
    type Output = i64;
    fn sub(self, other: Instant) -> i64 {
        (self.0 - other.0).div_euclid(1_000_000)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

/// Reads RFC 3339; an instant that does not exist cannot be written in it.
impl FromStr for Instant {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>().map(|t| Instant(t.as_microsecond()))
    }
}

/// A calendar day in the business zone, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalDay(pub Date);

impl LocalDay {
    /// "YYYY-MM" of the day: how statements and reports name a month.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }
}
impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl FromStr for LocalDay {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse().map(LocalDay)
    }
}
impl TryFrom<String> for LocalDay {
    type Error = jiff::Error;
    fn try_from(text: String) -> Result<Self, jiff::Error> {
        text.parse()
    }
}
impl Serialize for LocalDay {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for LocalDay {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The zone in which the business counts days and months and shows times (`America/Chicago` by default).
#[derive(Debug, Clone)]
pub struct BusinessZone(pub TimeZone);

impl BusinessZone {
    /// The calendar day of an instant (CO2, CO10).
    pub fn day(&self, at: Instant) -> LocalDay {
        LocalDay(at.timestamp().to_zoned(self.0.clone()).date())
    }

    /// The first instant of a day; where midnight is skipped by the zone, the first one after the gap.
    pub fn start_of(&self, day: LocalDay) -> Instant {
        match day.0.to_zoned(self.0.clone()) {
            Ok(z) => Instant(z.timestamp().as_microsecond()),
            Err(_) => Instant(i64::MAX),
        }
    }

    /// The first instant of the month in which `at` falls.
    pub fn start_of_month(&self, at: Instant) -> Instant {
        let day = self.day(at).0;
        self.start_of(LocalDay(day.first_of_month()))
    }

    /// "Feb 28, 2027, 12:22 PM CT" (PD5). US zones show their daylight-independent letters, others the abbreviation.
    pub fn show(&self, at: Instant) -> String {
        let z = at.timestamp().to_zoned(self.0.clone());
        format!(
            "{}, {} {}",
            self.show_day(LocalDay(z.date())),
            clock(z.hour(), z.minute()),
            self.label(at)
        )
    }

    /// "Feb 28, 12:22 PM CT": without the year, for sentences about the near future.
    pub fn show_short(&self, at: Instant) -> String {
        let z = at.timestamp().to_zoned(self.0.clone());
        format!(
            "{}, {} {}",
            short_day(z.date()),
            clock(z.hour(), z.minute()),
            self.label(at)
        )
    }

    /// "2:14 PM".
    pub fn show_time(&self, at: Instant) -> String {
        let z = at.timestamp().to_zoned(self.0.clone());
        clock(z.hour(), z.minute())
    }

    /// "Feb 28, 2027" for the calendar day of an instant.
    pub fn show_date(&self, at: Instant) -> String {
        self.show_day(self.day(at))
    }

    /// "Feb 28" for the calendar day of an instant.
    pub fn show_date_short(&self, at: Instant) -> String {
        short_day(self.day(at).0)
    }

    /// "Feb 28, 2027".
    pub fn show_day(&self, day: LocalDay) -> String {
        format!("{}, {}", short_day(day.0), day.0.year())
    }

    /// "CT" for the US zones that have a standard and a daylight letter, else the zone's abbreviation at that instant.
    fn label(&self, at: Instant) -> String {
        let info = self.0.to_offset_info(at.timestamp());
        match info.abbreviation() {
            "CST" | "CDT" => "CT".into(),
            "EST" | "EDT" => "ET".into(),
            "MST" | "MDT" => "MT".into(),
            "PST" | "PDT" => "PT".into(),
            other => other.into(),
        }
    }
}

fn clock(hour: i8, minute: i8) -> String {
    let (hour12, half) = match hour {
        0 => (12, "AM"),
        1..=11 => (hour, "AM"),
        12 => (12, "PM"),
        _ => (hour - 12, "PM"),
    };
    format!("{hour12}:{minute:02} {half}")
}

fn short_day(day: Date) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    format!("{} {}", MONTHS[(day.month() - 1) as usize], day.day())
}

/// "in 3 days", "2 hours ago", "now": relative words for an instant seen from another, rounded down to one unit.
pub fn relative(at: Instant, now: Instant) -> String {
    let secs = at - now;
    let (amount, unit) = match secs.unsigned_abs() {
        0..60 => return "now".into(),
        s @ 60..3_600 => (s / 60, "minute"),
        s @ 3_600..86_400 => (s / 3_600, "hour"),
        s => (s / 86_400, "day"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if secs > 0 {
        format!("in {amount} {unit}{plural}")
    } else {
        format!("{amount} {unit}{plural} ago")
    }
}

/// The day so many business days (Monday to Friday) after `day` (RQ8). Zero gives `day` itself, or the next
/// business day where `day` is a weekend.
pub fn plus_business_days(day: LocalDay, days: u32) -> LocalDay {
    let weekend = |d: Date| {
        matches!(
            d.weekday(),
            jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday
        )
    };
    let mut at = day.0;
    let mut left = days;
    while left > 0 || weekend(at) {
        at = match at.tomorrow() {
            Ok(next) => next,
            Err(_) => return LocalDay(at),
        };
        if !weekend(at) {
            left = left.saturating_sub(1);
        }
    }
    LocalDay(at)
}
