//! Monthly Packs.
