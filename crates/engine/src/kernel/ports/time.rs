//! Time and ids, as the engine needs them from outside.

use domain::Instant;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// Business time (TT1): periods, grace, jobs, mails, ages of idempotency keys.
pub trait Clock: Send + Sync {
    /// Now, cut to the microsecond.
    fn now(&self) -> Instant;
}

/// The wall's time (TT1): webhook signatures, sessions, throttles, reset and invitation links.
pub trait WallClock: Send + Sync {
    /// Now, cut to the microsecond.
    fn wall_now(&self) -> Instant;
}

/// The machine's clock, plus an offset (TT1: the sandbox's simulated time; zero with a key).
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_micros: i64,
}

impl SystemClock {
    /// A clock that is ahead of the machine's by so many microseconds.
    pub fn ahead_by(offset_micros: i64) -> Self {
        Self { offset_micros }
    }

    /// Microseconds that business time is ahead of the machine's.
    pub fn offset(&self) -> i64 {
        self.offset_micros
    }
}

fn machine_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant(machine_now() + self.offset())
    }
}

impl WallClock for SystemClock {
    fn wall_now(&self) -> Instant {
        Instant(machine_now())
    }
}

/// A clock that stands until it is moved: tests and the demo's history.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Standing at an instant.
    pub fn at(at: Instant) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Moves to an instant; tests may also move back.
    pub fn set(&self, at: Instant) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

impl WallClock for ManualClock {
    fn wall_now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

/// Where new ids come from.
pub trait Ids: Send + Sync {
    /// A new id.
    fn next(&self) -> Uuid;
}

/// Time-ordered random ids (UUID version 7).
#[derive(Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The same ids in the same order for the same seed: the demo agency (§31).
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    count: AtomicI64,
}

impl SeededIds {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            count: AtomicI64::new(0),
        }
    }
}

impl Ids for SeededIds {
    fn next(&self) -> Uuid {
        use sha2::{Digest, Sha256};
        let n = self.count.fetch_add(1, Ordering::SeqCst);
        let digest = Sha256::digest(format!("{}:{n}", self.seed));
        let mut bytes = [0u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        // The count stands in front, so that seeded ids sort in the order in which they were made, as version 7 does.
        bytes[..6].copy_from_slice(&n.to_be_bytes()[2..]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}
