//! Where a comment is pinned on a picture (RQ3, RQ9), and how it is called there.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A side of a picture, in the parts in which places are counted.
const SIDE: i64 = 1000;

/// A place on a picture: thousandths of its width and of its height, from the upper left corner. So it is the same place in
/// whatever size the picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    x: i64,
    y: i64,
}

/// The text is no place on a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place on a picture")]
pub struct BadPlace;

impl Place {
    /// The middle.
    pub const CENTER: Place = Place {
        x: SIDE / 2,
        y: SIDE / 2,
    };

    /// A place, unless it is beside the picture.
    pub fn new(x: i64, y: i64) -> Option<Self> {
        let within = |part: i64| (0..=SIDE).contains(&part);
        (within(x) && within(y)).then_some(Place { x, y })
    }

    /// The place at so many pixels from the upper left corner of a picture that is shown in a size; the nearest one where that
    /// is beside it.
    pub fn at((x, y): (i32, i32), (width, height): (i32, i32)) -> Self {
        let part = |of: i32, side: i32| {
            let side = i64::from(side.max(1));
            (i64::from(of).clamp(0, side) * SIDE + side / 2) / side
        };
        Place {
            x: part(x, width),
            y: part(y, height),
        }
    }

    /// So many hundredths of the sides further to the right and further down, as far as the picture goes.
    #[must_use]
    pub fn moved(self, right: i64, down: i64) -> Self {
        let part = |from: i64, by: i64| (from + by * (SIDE / 100)).clamp(0, SIDE);
        Place {
            x: part(self.x, right),
            y: part(self.y, down),
        }
    }

    /// Thousandths of the width.
    pub const fn x(self) -> i64 {
        self.x
    }

    /// Thousandths of the height.
    pub const fn y(self) -> i64 {
        self.y
    }

    /// How far it is from the left and from the top: "50.0%", "12.5%".
    pub fn percent(self) -> (String, String) {
        let words = |part: i64| format!("{}.{}%", part / 10, part % 10);
        (words(self.x), words(self.y))
    }
}

/// As a form sends it: "500,125".
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.x, self.y)
    }
}

impl FromStr for Place {
    type Err = BadPlace;

    fn from_str(text: &str) -> Result<Self, BadPlace> {
        let (x, y) = text.split_once(',').ok_or(BadPlace)?;
        let part = |text: &str| text.parse::<i64>().map_err(|_| BadPlace);
        Place::new(part(x)?, part(y)?).ok_or(BadPlace)
    }
}

/// How the nth comment on a picture is called there: "2". Notes of the agency's are counted apart, so that nobody learns from a
/// number that is left out how many there are (RQ3): "N2".
pub fn mark(nth: i64, internal: bool) -> String {
    if internal { format!("N{nth}") } else { nth.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rq9_a_place_is_on_the_picture() {
        for (x, y) in [(0, 0), (1000, 1000), (0, 1000), (499, 1)] {
            let place = Place::new(x, y).unwrap();
            assert_eq!((place.x(), place.y()), (x, y));
            assert_eq!(place.to_string().parse::<Place>(), Ok(place));
        }
        for (x, y) in [(-1, 0), (0, -1), (1001, 0), (0, 1001)] {
            assert_eq!(Place::new(x, y), None);
            assert_eq!(format!("{x},{y}").parse::<Place>(), Err(BadPlace));
        }
        for text in [
            "",
            ",",
            "1",
            "1,",
            ",1",
            "1,2,3",
            "a,b",
            "1.5,2",
            " 1,2",
            "99999999999999999999,1",
        ] {
            assert_eq!(text.parse::<Place>(), Err(BadPlace), "{text:?}");
        }
    }

    #[test]
    fn rq9_a_click_is_a_place_in_every_size() {
        assert_eq!(Place::at((0, 0), (1600, 900)), Place { x: 0, y: 0 });
        assert_eq!(Place::at((800, 450), (1600, 900)), Place::CENTER);
        assert_eq!(Place::at((180, 320), (360, 640)), Place::CENTER);
        assert_eq!(Place::at((1600, 900), (1600, 900)), Place { x: 1000, y: 1000 });
        // Beside it, and in one of no size.
        assert_eq!(Place::at((-5, 2000), (1600, 900)), Place { x: 0, y: 1000 });
        assert_eq!(Place::at((7, 0), (0, 0)), Place { x: 1000, y: 0 });
    }

    #[test]
    fn rq9_a_step_is_a_hundredth_and_stays_on_the_picture() {
        assert_eq!(Place::CENTER.moved(1, -1), Place { x: 510, y: 490 });
        assert_eq!(Place { x: 5, y: 995 }.moved(-1, 1), Place { x: 0, y: 1000 });
        assert_eq!(
            Place { x: 125, y: 1000 }.percent(),
            ("12.5%".to_owned(), "100.0%".to_owned())
        );
    }

    #[test]
    fn rq3_notes_are_counted_apart() {
        assert_eq!([mark(2, false), mark(2, true)], ["2", "N2"]);
    }

    proptest! {
        #[test]
        fn rq9_whatever_is_pressed_is_on_the_picture(
            at in any::<(i32, i32)>(), size in any::<(i32, i32)>(), step in (-200_i64..200, -200_i64..200)
        ) {
            let place = Place::at(at, size).moved(step.0, step.1);
            prop_assert_eq!(Place::new(place.x(), place.y()), Some(place));
        }
    }
}
