//! Small things that views of every room are made of.

use crate::time::{BusinessZone, Instant, LocalDay, brief, relative};
use serde::{Deserialize, Serialize};

/// An instant in words, made where the zone is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// RFC 3339, UTC; of a day `YYYY-MM-DD`.
    pub iso: String,
    /// "Feb 28, 2027, 12:22 PM CT"; of a day "Feb 28, 2027".
    pub text: String,
    /// "in 3 days".
    pub relative: String,
    /// For a column of a list, where the whole stands behind it: "2d", "Nov 24"; of a day "Feb 28".
    pub short: String,
}

impl Moment {
    /// An instant, seen from another.
    pub fn of(at: Instant, now: Instant, zone: &BusinessZone) -> Moment {
        Moment {
            iso: at.rfc3339(),
            text: zone.show(at),
            relative: relative(at, now),
            short: brief(at, now, zone),
        }
    }

    /// A whole day, seen from an instant: its year is said only where that is another one.
    pub fn of_day(day: LocalDay, now: Instant, zone: &BusinessZone) -> Moment {
        Moment {
            iso: day.to_string(),
            text: day.words(),
            relative: relative(zone.start_of(day), now),
            short: day.words_from(zone.day(now)),
        }
    }
}

/// "1 pack", "3 packs".
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A first thing to do for those who begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstStep {
    /// "Send your first request".
    pub text: String,
    /// Where it is done; empty: nowhere in the product.
    pub href: String,
    /// It has been done.
    pub done: bool,
}

impl FirstStep {
    /// A step.
    pub fn new(text: &str, href: &str, done: bool) -> Self {
        FirstStep {
            text: text.to_owned(),
            href: href.to_owned(),
            done,
        }
    }
}

/// Something to choose in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pd5_an_instant_in_words() {
        let zone = BusinessZone(jiff::tz::TimeZone::get("America/Chicago").unwrap());
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let moment = Moment::of(at("2027-02-28T18:22:00Z"), at("2027-02-25T18:22:00Z"), &zone);
        assert_eq!(
            (moment.iso.as_str(), moment.text.as_str(), moment.relative.as_str()),
            ("2027-02-28T18:22:00Z", "Feb 28, 2027, 12:22 PM CT", "in 3 days")
        );
        assert!(!moment.short.is_empty());
    }
}
