//! What a piece shows: a coffee cup, a dog, a mountain. Each motif is drawn around the origin, about 200 across.
//!
//! What must not be here: what is behind it, or what it is printed on.

mod animals;
mod outdoors;
mod things;

use super::palette::Dice;
use super::shape::Shape;

/// What can be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    Apple,
    AstroCat,
    AstroDog,
    Bike,
    Bird,
    Book,
    Bouquet,
    Cactus,
    Cassette,
    Cat,
    Coffee,
    Crate,
    Dog,
    Fish,
    Heart,
    Moon,
    Mountain,
    Mushroom,
    Pines,
    Rocket,
    Star,
    Sun,
    Sunset,
    Tulip,
    Van,
    Wave,
}

/// Words, or their beginnings, and what they bring to mind; the first that is found counts.
const WORDS: [(&[&str], Subject); 24] = [
    (&["sunset", "tropic", "palm", "beach", "island"], Subject::Sunset),
    (&["fish", "trout", "angler"], Subject::Fish),
    (&["road", "trip", "van", "travel", "drive"], Subject::Van),
    (
        &["coffee", "cafe", "espresso", "tea", "mug", "cocoa", "morning"],
        Subject::Coffee,
    ),
    (&["teach", "school", "class", "apple"], Subject::Apple),
    (
        &["market", "farm", "harvest", "orchard", "food", "kitchen"],
        Subject::Crate,
    ),
    (&["dog", "puppy", "pup", "paw"], Subject::Dog),
    (&["cat", "cats", "kitten", "kitty"], Subject::Cat),
    (
        &["mountain", "peak", "summit", "hik", "ridge", "alp", "climb", "ski"],
        Subject::Mountain,
    ),
    (
        &["park", "parks", "forest", "tree", "pine", "wood", "camp", "outdoor"],
        Subject::Pines,
    ),
    (
        &["wildflower", "botanic", "garden", "bloom", "flower", "meadow", "floral"],
        Subject::Bouquet,
    ),
    (&["spring", "tulip", "mother"], Subject::Tulip),
    (
        &["wave", "ocean", "surf", "sea", "coast", "water", "lake"],
        Subject::Wave,
    ),
    (&["book", "read", "library", "story", "poet"], Subject::Book),
    (&["bike", "bicycle", "cycl", "ride"], Subject::Bike),
    (
        &["music", "song", "band", "vinyl", "retro", "disco", "tape"],
        Subject::Cassette,
    ),
    (&["space", "rocket", "astronaut", "galaxy", "launch"], Subject::Rocket),
    (&["love", "heart", "valentine", "wedding"], Subject::Heart),
    (&["desert", "cactus", "southwest"], Subject::Cactus),
    (&["mushroom", "autumn", "fall", "fungi"], Subject::Mushroom),
    (&["bird", "sparrow", "robin", "wing"], Subject::Bird),
    (&["star", "stars", "holiday", "winter"], Subject::Star),
    (&["moon", "night", "dream", "halloween"], Subject::Moon),
    (&["sun", "summer", "sunny", "happy"], Subject::Sun),
];

/// What a title without such a word may get.
const ANY: [Subject; 12] = [
    Subject::Mountain,
    Subject::Bouquet,
    Subject::Wave,
    Subject::Sun,
    Subject::Bird,
    Subject::Pines,
    Subject::Cactus,
    Subject::Mushroom,
    Subject::Heart,
    Subject::Coffee,
    Subject::Rocket,
    Subject::Cassette,
];

impl Subject {
    /// What a title brings to mind, and what goes with it.
    pub fn of(title: &str, dice: &mut Dice) -> (Self, Self) {
        let title = title.to_lowercase();
        let words: Vec<&str> = title.split(|letter: char| !letter.is_alphanumeric()).collect();
        // A short word must be the whole one: a category is no cat.
        let says = |word: &str| {
            words.iter().any(|said| {
                if word.len() < 4 {
                    *said == word || said.strip_suffix('s') == Some(word)
                } else {
                    said.starts_with(word)
                }
            })
        };
        let mut found = WORDS
            .iter()
            .filter(|(words, _)| words.iter().any(|word| says(word)))
            .map(|(_, subject)| *subject);
        let any = dice.of(&ANY, Subject::Sun);
        let first = found.next().unwrap_or(any);
        let second = found.next();
        match (first, second) {
            (Subject::Cat, Some(Subject::Rocket)) => (Subject::AstroCat, Subject::Rocket),
            (Subject::Dog, Some(Subject::Rocket)) => (Subject::AstroDog, Subject::Rocket),
            (first, Some(second)) => (first, second),
            (first, None) => (first, first.neighbor(dice)),
        }
    }

    /// What goes well with it.
    fn neighbor(self, dice: &mut Dice) -> Self {
        let choice: &[Self] = match self {
            Subject::Mountain | Subject::Pines | Subject::Van | Subject::Mushroom => &[
                Subject::Pines,
                Subject::Mountain,
                Subject::Sun,
                Subject::Moon,
                Subject::Bird,
            ],
            Subject::Dog | Subject::Cat => &[Subject::Heart, Subject::Star],
            Subject::Fish | Subject::Wave | Subject::Sunset => &[Subject::Wave, Subject::Sun, Subject::Fish],
            Subject::Bouquet | Subject::Tulip | Subject::Crate => {
                &[Subject::Tulip, Subject::Bouquet, Subject::Sun, Subject::Bird]
            }
            Subject::Apple | Subject::Book | Subject::Coffee => {
                &[Subject::Heart, Subject::Book, Subject::Star, Subject::Tulip]
            }
            Subject::Rocket | Subject::Moon | Subject::Star | Subject::AstroCat | Subject::AstroDog => {
                &[Subject::Star, Subject::Moon]
            }
            _ => &[Subject::Sun, Subject::Star, Subject::Heart, Subject::Tulip],
        };
        let picked = dice.of(choice, Subject::Star);
        if picked == self { Subject::Star } else { picked }
    }

    /// At night.
    pub fn nightly(self) -> bool {
        matches!(
            self,
            Subject::Moon | Subject::Rocket | Subject::AstroCat | Subject::AstroDog
        )
    }

    /// A scene rather than a thing: it has a ground of its own.
    pub fn scenic(self) -> bool {
        matches!(
            self,
            Subject::Mountain | Subject::Pines | Subject::Wave | Subject::Sunset | Subject::Cactus | Subject::Van
        )
    }

    /// It may stand before other hills.
    pub fn may_have_hills(self) -> bool {
        !self.scenic() || self == Subject::Van
    }

    /// It has a sun or a moon of its own.
    pub fn lit(self) -> bool {
        matches!(self, Subject::Sun | Subject::Moon)
    }

    pub fn shapes(self) -> Vec<Shape> {
        match self {
            Subject::Apple => things::apple(),
            Subject::AstroCat => animals::astronaut(&animals::cat()),
            Subject::AstroDog => animals::astronaut(&animals::dog()),
            Subject::Bike => things::bike(),
            Subject::Bird => animals::bird(),
            Subject::Book => things::book(),
            Subject::Bouquet => outdoors::bouquet(),
            Subject::Cactus => outdoors::cactus(),
            Subject::Cassette => things::cassette(),
            Subject::Cat => animals::cat(),
            Subject::Coffee => things::coffee(),
            Subject::Crate => things::produce(),
            Subject::Dog => animals::dog(),
            Subject::Fish => animals::fish(),
            Subject::Heart => things::heart(),
            Subject::Moon => outdoors::moon(),
            Subject::Mountain => outdoors::mountain(),
            Subject::Mushroom => outdoors::mushrooms(),
            Subject::Pines => outdoors::pines(),
            Subject::Rocket => things::rocket(),
            Subject::Star => things::shooting_star(),
            Subject::Sun => outdoors::sun(),
            Subject::Sunset => outdoors::sunset(),
            Subject::Tulip => outdoors::tulips(),
            Subject::Van => things::van(),
            Subject::Wave => outdoors::wave(),
        }
    }
}
