//! The screens, one file each, in folders by audience.

pub mod staff;
