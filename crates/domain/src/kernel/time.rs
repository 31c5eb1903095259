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

    /// "March 2027".
    pub fn month_words(self) -> String {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let name = usize::try_from(self.0.month() - 1).ok().and_then(|at| MONTHS.get(at));
        format!("{} {}", name.copied().unwrap_or_default(), self.0.year())
    }

    /// "Feb 28, 2027".
    pub fn words(self) -> String {
        format!("{}, {}", short_day(self.0), self.0.year())
    }

    /// "Feb 28", and "Feb 28, 2028" where the year is not that of `today`.
    pub fn words_from(self, today: LocalDay) -> String {
        if self.0.year() == today.0.year() {
            short_day(self.0)
        } else {
            self.words()
        }
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
        // Not jiff's own reading: that also takes a date with a time and drops the time.
        Date::strptime("%Y-%m-%d", text).map(LocalDay)
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

/// The day that it is in the business zone, as a check compares with it and its refusal names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    /// The day.
    pub day: LocalDay,
    /// "Mar 10, 2027 (Central time)".
    pub words: String,
}

/// The zone in which the business counts days and months and shows times (`America/Chicago` by default).
#[derive(Debug, Clone)]
pub struct BusinessZone(pub TimeZone);

impl BusinessZone {
    /// The calendar day of an instant (CO2, CO10).
    pub fn day(&self, at: Instant) -> LocalDay {
        LocalDay(at.timestamp().to_zoned(self.0.clone()).date())
    }

    /// The day of an instant with the words for it.
    pub fn today(&self, at: Instant) -> Today {
        let day = self.day(at);
        let label = self.label(at);
        let zone = match label.as_str() {
            "CT" => "Central time",
            "ET" => "Eastern time",
            "MT" => "Mountain time",
            "PT" => "Pacific time",
            other => other,
        };
        Today {
            day,
            words: format!("{} ({zone})", day.words()),
        }
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

    /// "Nov 26 – Dec 26": the days on which a period begins and ends.
    pub fn show_span(&self, from: Instant, to: Instant) -> String {
        format!("{} – {}", self.show_date_short(from), self.show_date_short(to))
    }

    /// "Feb 28, 2027".
    pub fn show_day(&self, day: LocalDay) -> String {
        day.words()
    }

    /// "CT" for the US zones that have a standard and a daylight letter, else the zone's abbreviation at that instant.
    fn label(&self, at: Instant) -> String {
        let info = self.0.to_offset_info(at.timestamp());
        // China's and the Philippines' standard times share letters with America's.
        let american = self
            .0
            .iana_name()
            .is_some_and(|name| name.starts_with("America/") || name.starts_with("US/"));
        match info.abbreviation() {
            "CST" | "CDT" if american => "CT".into(),
            "EST" | "EDT" if american => "ET".into(),
            "MST" | "MDT" if american => "MT".into(),
            "PST" | "PDT" if american => "PT".into(),
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
    let secs = at.0.saturating_sub(now.0) / 1_000_000;
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

/// "5m", "3h", "2d" for what happened within a week, else the day: for columns of lists, where the whole stands behind it.
pub fn brief(at: Instant, now: Instant, zone: &BusinessZone) -> String {
    match now.0.saturating_sub(at.0) / 1_000_000 {
        ..60 => "now".into(),
        s @ 60..3_600 => format!("{}m", s / 60),
        s @ 3_600..86_400 => format!("{}h", s / 3_600),
        s @ 86_400..604_800 => format!("{}d", s / 86_400),
        _ => zone.day(at).words_from(zone.day(now)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }
    fn day(text: &str) -> LocalDay {
        text.parse().unwrap()
    }
    fn zone(name: &str) -> BusinessZone {
        BusinessZone(TimeZone::get(name).unwrap())
    }
    fn chicago() -> BusinessZone {
        zone("America/Chicago")
    }

    #[test]
    fn s29_lists_show_times_short_and_the_year_only_of_another_one() {
        let zone = chicago();
        let now = at("2027-01-03T18:00:00Z");
        let cases = [
            ("2027-01-03T17:59:01Z", "now"),
            ("2027-01-03T18:05:00Z", "now"),
            ("2027-01-03T17:01:00Z", "59m"),
            ("2027-01-02T18:00:01Z", "23h"),
            ("2026-12-27T18:00:01Z", "6d"),
            ("2026-12-27T18:00:00Z", "Dec 27, 2026"),
            ("2026-12-01T18:00:00Z", "Dec 1, 2026"),
        ];
        for (then, words) in cases {
            assert_eq!(brief(at(then), now, &zone), words, "{then}");
        }
        assert_eq!(
            brief(at("2027-01-20T18:00:00Z"), at("2027-03-01T18:00:00Z"), &zone),
            "Jan 20"
        );
        // The days are those of the zone: at night the date of UTC is the next one.
        assert_eq!(
            zone.show_span(at("2026-11-27T03:00:00Z"), at("2026-12-27T03:00:00Z")),
            "Nov 26 – Dec 26"
        );
        assert_eq!(day("2027-02-28").words_from(day("2027-12-31")), "Feb 28");
        assert_eq!(day("2028-02-28").words_from(day("2027-12-31")), "Feb 28, 2028");
    }

    #[test]
    fn co10_the_repeated_hour_is_two_instants_of_one_day() {
        let (cdt, cst) = (at("2026-11-01T01:30:00-05:00"), at("2026-11-01T01:30:00-06:00"));
        assert_eq!((cdt, cst), (at("2026-11-01T06:30:00Z"), at("2026-11-01T07:30:00Z")));
        assert_eq!(chicago().day(cdt), day("2026-11-01"));
        assert_eq!(chicago().day(cst), day("2026-11-01"));
    }

    #[test]
    fn co10_the_skipped_hour_cannot_be_stored() {
        // Every minute of that day, as stored: none reads 2 o'clock at night.
        let zone = chicago();
        let (from, to) = (zone.start_of(day("2027-03-14")), zone.start_of(day("2027-03-15")));
        assert_eq!(to - from, 23 * 3_600);
        let mut at = from;
        while at < to {
            assert!(
                !zone.show_time(at).starts_with("2:") || zone.show_time(at).ends_with("PM"),
                "{at}"
            );
            at = at.plus_minutes(1);
        }
        assert!(
            "2027-03-14T02:30:00".parse::<Instant>().is_err(),
            "a local time without its offset is no instant"
        );
    }

    #[rstest]
    #[case("2026-11-01", "2026-11-01T05:00:00Z")]
    #[case("2027-01-01", "2027-01-01T06:00:00Z")]
    #[case("2027-03-14", "2027-03-14T06:00:00Z")]
    #[case("2027-03-15", "2027-03-15T05:00:00Z")]
    fn co10_month_boundaries_follow_the_zone_and_not_an_offset(#[case] local: &str, #[case] utc: &str) {
        let start = chicago().start_of(day(local));
        assert_eq!(start, at(utc));
        assert_eq!(chicago().day(start), day(local));
        assert!(chicago().day(Instant(start.0 - 1)) < day(local));
    }

    #[test]
    fn co10_the_month_of_an_instant_is_the_zones() {
        assert_eq!(
            chicago().start_of_month(at("2026-11-01T04:59:59.999999Z")),
            at("2026-10-01T05:00:00Z")
        );
        assert_eq!(
            chicago().start_of_month(at("2026-11-01T05:00:00Z")),
            at("2026-11-01T05:00:00Z")
        );
        assert_eq!(
            chicago().start_of_month(at("2027-01-01T05:59:59Z")),
            at("2026-12-01T06:00:00Z")
        );
        assert_eq!(day("2027-01-31").month(), "2027-01");
    }

    #[test]
    fn co10_a_day_whose_midnight_is_skipped_starts_after_the_gap() {
        // São Paulo went from 00:00 to 01:00 on 2018-11-04.
        assert_eq!(
            zone("America/Sao_Paulo").start_of(day("2018-11-04")),
            at("2018-11-04T03:00:00Z")
        );
    }

    #[test]
    fn pd5_su8_shown_with_date_time_and_zone() {
        let at = at("2026-02-28T18:22:00Z");
        assert_eq!(chicago().show(at), "Feb 28, 2026, 12:22 PM CT");
        assert_eq!(chicago().show_short(at), "Feb 28, 12:22 PM CT");
        assert_eq!(chicago().show_time(at), "12:22 PM");
        assert_eq!(chicago().show_date(at), "Feb 28, 2026");
        assert_eq!(chicago().show_date_short(at), "Feb 28");
    }

    #[rstest]
    #[case("America/New_York", "2027-07-01T04:05:00Z", "Jul 1, 2027, 12:05 AM ET")]
    #[case("America/Denver", "2027-01-01T19:05:00Z", "Jan 1, 2027, 12:05 PM MT")]
    #[case("America/Los_Angeles", "2027-01-01T09:05:00Z", "Jan 1, 2027, 1:05 AM PT")]
    #[case("Asia/Shanghai", "2027-01-01T05:05:00Z", "Jan 1, 2027, 1:05 PM CST")]
    #[case("Europe/Berlin", "2027-07-01T10:05:00Z", "Jul 1, 2027, 12:05 PM CEST")]
    fn pd5_other_zones_have_their_own_letters(#[case] name: &str, #[case] utc: &str, #[case] shown: &str) {
        assert_eq!(zone(name).show(at(utc)), shown);
    }

    #[rstest]
    #[case(0, "now")]
    #[case(59_999_999, "now")]
    #[case(-59_999_999, "now")]
    #[case(60_000_000, "in 1 minute")]
    #[case(-60_000_000, "1 minute ago")]
    #[case(7_199_000_000, "in 1 hour")]
    #[case(-172_800_000_000, "2 days ago")]
    fn relative_words_round_down(#[case] micros: i64, #[case] words: &str) {
        let now = at("2027-03-10T15:00:00Z");
        assert_eq!(relative(Instant(now.0 + micros), now), words);
    }

    #[rstest]
    #[case("2027-03-12", 0, "2027-03-12")] // a Friday
    #[case("2027-03-12", 1, "2027-03-15")]
    #[case("2027-03-12", 5, "2027-03-19")]
    #[case("2027-03-12", 6, "2027-03-22")]
    #[case("2027-03-13", 0, "2027-03-15")] // a Saturday
    #[case("2027-03-13", 1, "2027-03-15")]
    #[case("2027-03-14", 2, "2027-03-16")]
    #[case("2027-03-15", 3, "2027-03-18")] // a Monday
    fn rq8_business_days_leave_weekends_out(#[case] from: &str, #[case] days: u32, #[case] to: &str) {
        assert_eq!(plus_business_days(day(from), days), day(to));
    }

    #[rstest]
    #[case("2027-03-01T10:00")]
    #[case("2027-02-29")]
    #[case("2027-13-01")]
    #[case("03/01/2027")]
    #[case("")]
    fn co2_only_a_calendar_day_is_a_day(#[case] text: &str) {
        assert!(text.parse::<LocalDay>().is_err());
    }

    #[test]
    fn instants_are_kept_as_microseconds() {
        assert_eq!(Instant::from_secs(1), Instant(1_000_000));
        assert_eq!(Instant(-1).secs(), -1);
        assert_eq!(Instant(1_999_999).whole_second(), Instant(1_000_000));
        assert_eq!(at("2027-01-31T18:00:00.000001Z").0 % 1_000_000, 1);
        assert_eq!(at("2027-01-31T18:00:00Z").rfc3339(), "2027-01-31T18:00:00Z");
        assert_eq!(serde_json::to_string(&day("2027-01-31")).unwrap(), "\"2027-01-31\"");
    }

    proptest! {
        #[test]
        fn co10_every_instant_lies_in_its_day(secs in 0i64..7_000_000_000, micros in 0i64..1_000_000) {
            let (zone, at) = (chicago(), Instant(secs * 1_000_000 + micros));
            let day = zone.day(at);
            let next = LocalDay(day.0.tomorrow().unwrap());
            prop_assert!(zone.start_of(day) <= at && at < zone.start_of(next));
            prop_assert_eq!(day.to_string().parse::<LocalDay>().unwrap(), day);
            prop_assert_eq!(at.rfc3339().parse::<Instant>().unwrap(), at);
        }

        #[test]
        fn rq8_counts_exactly_the_weekdays_passed(start in 0i32..20_000, days in 0u32..80) {
            let from = LocalDay(jiff::civil::date(2020, 1, 1).checked_add(jiff::Span::new().days(start)).unwrap());
            let to = plus_business_days(from, days);
            let weekend = |d: Date| d.weekday().to_monday_one_offset() > 5;
            let (mut at, mut passed) = (from.0, 0);
            while at < to.0 {
                at = at.tomorrow().unwrap();
                passed += u32::from(!weekend(at));
            }
            prop_assert!(!weekend(to.0));
            // From a weekend, zero days lead to Monday, which is also one day's answer.
            let expected = if days == 0 && weekend(from.0) { 1 } else { days };
            prop_assert_eq!(passed, expected);
        }
    }
}
