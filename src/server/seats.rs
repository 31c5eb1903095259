//! Seats: how many of one thing somebody may hold open at once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

/// So many for each. Counted in this process.
pub struct Seats<K> {
    most: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

/// A seat; given back when it is dropped.
pub struct Seat<K: Eq + Hash> {
    of: K,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash + Clone> Seats<K> {
    /// So many for each.
    pub fn new(most: usize) -> Self {
        Seats {
            most,
            taken: Arc::default(),
        }
    }

    /// One more for somebody; `None`: they have all of theirs.
    pub fn take(&self, of: K) -> Option<Seat<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.entry(of.clone()).or_default();
        if *has >= self.most {
            return None;
        }
        *has += 1;
        Some(Seat {
            of,
            taken: self.taken.clone(),
        })
    }
}

impl<K: Eq + Hash> Drop for Seat<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let left = taken.get_mut(&self.of).map_or(0, |has| {
            *has = has.saturating_sub(1);
            *has
        });
        if left == 0 {
            taken.remove(&self.of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_given_back_and_leaves_nothing() {
        let seats = Seats::new(2);
        let (first, second) = (seats.take("one"), seats.take("one"));
        assert!(first.is_some() && second.is_some());
        assert!(seats.take("one").is_none(), "all of theirs");
        assert!(seats.take("other").is_some(), "others have theirs");
        drop(first);
        assert!(seats.take("one").is_some());
        drop(second);
        assert!(seats.taken.lock().expect("no panic").is_empty());
    }
}
