//! How often somebody may try, by address and by source: who guesses gets slow, whoever they guess at does not.

use crate::{Engine, OnConstraint};
use domain::{AppError, AppResult, Instant};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::{Tx, people as rows};

/// Failures count until there was none for an hour.
pub(super) const WINDOW_MINUTES: i64 = 60;

/// Wrong passwords of one address from one source before that source has to wait.
const PAIR_FREE: i64 = 5;

/// The same while the address is under attack.
const PAIR_FREE_ATTACKED: i64 = 3;

/// Failures of one address, from everywhere, that make an attack.
const ATTACK: i64 = 20;

/// Wrong passwords from one source, over all addresses.
pub(super) const SOURCE_FREE: i64 = 20;

/// The first wait; each further failure doubles it.
const FIRST_WAIT_SECS: i64 = 5;

/// The longest wait.
const LONGEST_WAIT_SECS: i64 = 900;

/// Wrong passwords of one address in an hour where nobody knows where they come from.
const HIDDEN_FREE: i64 = 60;

/// Seconds of a fixed hour.
const HOUR_SECS: i64 = 3_600;

/// Where a request comes from, as far as throttling is concerned: an IPv4 address, or an IPv6 network of 64 bits, of
/// which one subscriber has all addresses.
pub fn source(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let s = ip.segments();
            format!("{:x}:{:x}:{:x}:{:x}::/64", s[0], s[1], s[2], s[3])
        }
    }
}

pub(super) fn key(kind: &str, what: &str) -> String {
    hex::encode(Sha256::digest(format!("{kind}\n{what}").as_bytes()))
}

/// A counter of one fixed hour, which no later try makes longer: the hour is part of its key.
pub(super) struct InAnHour {
    key: String,
    ends: Instant,
}

impl InAnHour {
    pub(super) fn new(kind: &str, what: &str, wall: Instant) -> Self {
        let hour = wall.secs().div_euclid(HOUR_SECS);
        InAnHour {
            key: key(kind, &format!("{what}\n{hour}")),
            ends: Instant::from_secs((hour + 1) * HOUR_SECS),
        }
    }

    pub(super) async fn count(&self, tx: &mut Tx) -> AppResult<i64> {
        let found = rows::failures(tx, &self.key).await.or_internal()?;
        Ok(found.map_or(0, |found| found.failures))
    }

    pub(super) async fn add(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
        // Since ever: the key is of this hour alone.
        rows::count_failure(tx, &self.key, wall, Instant(i64::MIN))
            .await
            .or_internal()
    }
}

/// "Come again then", or nothing where that is over.
pub(super) fn until(then: Instant, wall: Instant) -> AppResult<()> {
    if then <= wall {
        return Ok(());
    }
    let retry_after_secs = u64::try_from((then - wall).max(1)).unwrap_or(1);
    Err(AppError::RateLimited { retry_after_secs })
}

/// A source's own pace over a window that begins anew after a pause: what it has done of a kind, and when it may go on.
pub(super) async fn source_may(tx: &mut Tx, key: &str, free: i64, wall: Instant) -> AppResult<()> {
    match rows::failures(tx, key).await.or_internal()? {
        Some(found) => until(found.last_at.plus_secs(wait(found.failures, free)), wall),
        None => Ok(()),
    }
}

/// Seconds to wait after so many failures when `free` of them cost nothing.
fn wait(failures: i64, free: i64) -> i64 {
    match failures - free {
        over if over < 0 => 0,
        over => (FIRST_WAIT_SECS << over.min(20)).min(LONGEST_WAIT_SECS),
    }
}

/// The counters of one try.
///
/// The owner is never locked out: what refuses a try is the count of its own source, or of this address from this
/// source. The count of the address over all sources refuses nothing; it only leaves every source fewer free tries.
/// So a right password from a source that has not failed itself gets in while the address is attacked from elsewhere.
///
/// Where nobody knows the source (a proxy that does not say), all of them must not be one: then only the address has a
/// count, of a fixed hour.
pub(super) struct Throttle {
    address: String,
    by: By,
}

enum By {
    Source { source: String, pair: String },
    Nobody { address: InAnHour },
}

impl Throttle {
    pub(super) fn new(email: &str, source: Option<&str>, wall: Instant) -> Self {
        Throttle {
            address: key("address", email),
            by: match source {
                Some(source) => By::Source {
                    source: key("source", source),
                    pair: key("pair", &format!("{email}\n{source}")),
                },
                None => By::Nobody {
                    address: InAnHour::new("hidden address", email, wall),
                },
            },
        }
    }

    pub(super) async fn check(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
        let (source, pair) = match &self.by {
            By::Source { source, pair } => (source, pair),
            By::Nobody { address } if address.count(tx).await? < HIDDEN_FREE => return Ok(()),
            By::Nobody { address } => return until(address.ends, wall),
        };
        let since = wall.plus_minutes(-WINDOW_MINUTES);
        let mut count = async |key: &str| -> AppResult<(i64, Instant)> {
            let found = rows::failures(tx, key).await.or_internal()?;
            Ok(found
                .filter(|f| f.last_at >= since)
                .map_or((0, wall), |f| (f.failures, f.last_at)))
        };
        let (attacks, _) = count(&self.address).await?;
        let free = if attacks >= ATTACK {
            PAIR_FREE_ATTACKED
        } else {
            PAIR_FREE
        };
        let (pair, pair_last) = count(pair).await?;
        let (source, source_last) = count(source).await?;
        until(
            pair_last
                .plus_secs(wait(pair, free))
                .max(source_last.plus_secs(wait(source, SOURCE_FREE))),
            wall,
        )
    }

    /// The same, in a transaction of its own.
    pub(super) async fn check_now(&self, engine: &Engine) -> AppResult<()> {
        let mut tx = engine.db().read().await.or_internal()?;
        self.check(&mut tx, engine.wall_now()).await
    }

    pub(super) async fn failed(&self, tx: &mut Tx, wall: Instant) -> AppResult<()> {
        let since = wall.plus_minutes(-WINDOW_MINUTES);
        let mut keys = vec![&self.address];
        match &self.by {
            By::Source { source, pair } => keys.extend([source, pair]),
            By::Nobody { address } => address.add(tx, wall).await?,
        }
        // In one order for all, so that two tries never wait for one another.
        keys.sort();
        for key in keys {
            rows::count_failure(tx, key, wall, since).await.or_internal()?;
        }
        Ok(())
    }

    /// Somebody got in: what this source has failed at this address before counts no more.
    pub(super) async fn got_in(&self, tx: &mut Tx) -> AppResult<()> {
        match &self.by {
            By::Source { pair, .. } => rows::forget_failures(tx, pair).await.or_internal(),
            By::Nobody { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        assert_eq!(wait(4, 5), 0, "free tries cost nothing");
        assert_eq!(wait(5, 5), 5);
        assert_eq!(wait(6, 5), 10);
        assert_eq!(wait(7, 5), 20);
        assert_eq!(wait(1000, 5), LONGEST_WAIT_SECS);
    }

    #[test]
    fn a_source_is_an_address_or_a_network() {
        assert_eq!(source("203.0.113.7".parse().expect("an address")), "203.0.113.7");
        assert_eq!(source("::ffff:203.0.113.7".parse().expect("an address")), "203.0.113.7");
        let one = source("2001:db8:1:2:3:4:5:6".parse().expect("an address"));
        assert_eq!(
            one,
            source("2001:db8:1:2:ffff::1".parse().expect("an address")),
            "one subscriber"
        );
        assert_ne!(one, source("2001:db8:1:3::1".parse().expect("an address")));
    }
}
