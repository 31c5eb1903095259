//! How often the same person, or the same source, may call: a pace for everything that is called, so that nobody's flood is
//! everybody's. Counted in this process and by the machine's own clock; what must be counted for good (wrong passwords, mails)
//! is counted in the books.

use super::{here::Here, state::AppState};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{AppError, AppResult, UserId};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Whose calls are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    /// Somebody who is signed in.
    Person(UserId),
    /// Everybody else from there.
    Source(Arc<str>),
    /// Everybody else, where nobody knows where they come from.
    Hidden,
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// What has no pace of its own.
    Calls,
    /// What costs money, or sends mail.
    Costs,
    /// Drafts that are saved while somebody types.
    Drafts,
    /// Messages.
    Messages,
    /// Posts of files, of some at once.
    Files,
    /// Searches of everything, while somebody types.
    Searches,
    /// Files that are made when they are asked for.
    Exports,
    /// What is open to all, by source.
    Stranger,
    /// The same where the source is not known.
    Hidden,
}

impl Pace {
    const ALL: [Pace; 9] = [
        Pace::Calls,
        Pace::Costs,
        Pace::Drafts,
        Pace::Messages,
        Pace::Files,
        Pace::Searches,
        Pace::Exports,
        Pace::Stranger,
        Pace::Hidden,
    ];

    /// How many a minute, and how many at once after a pause.
    const fn allows(self) -> (u32, u32) {
        match self {
            // A page that shows what happens elsewhere may be read again some times in a second.
            Pace::Calls => (3_000, 3_000),
            Pace::Costs => (60, 60),
            Pace::Drafts => (90, 90),
            Pace::Searches => (240, 120),
            Pace::Messages | Pace::Exports => (20, 20),
            Pace::Files => (30, 30),
            // Behind one address there may be an office.
            Pace::Stranger => (120, 240),
            // Never one source for everybody, and never no limit.
            Pace::Hidden => (2_400, 4_800),
        }
    }

    fn quota(self) -> Quota {
        let (a_minute, at_once) = self.allows();
        let number = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Quota::per_minute(number(a_minute)).allow_burst(number(at_once))
    }
}

/// From so many on, those who have not called for long are forgotten.
const KEPT: usize = 10_000;
/// How often they are looked for: each look goes through all of them.
const LOOK_SECS: u64 = 10;
/// So many sources at once are a crowd, and are counted as one: memory has an end.
const CROWD: usize = 100_000;

/// The paces of this process.
pub struct Paces {
    of: [DefaultKeyedRateLimiter<Who>; Pace::ALL.len()],
    began: Instant,
    /// Seconds since the beginning.
    looked: AtomicU64,
}

impl Default for Paces {
    fn default() -> Self {
        Paces::of(Pace::quota)
    }
}

impl Paces {
    /// Paces that nobody reaches, for tests that call everything thousands of times.
    #[doc(hidden)]
    pub fn never_reached() -> Self {
        Paces::of(|_| Quota::per_second(NonZeroU32::MAX))
    }

    fn of(quota: impl Fn(Pace) -> Quota) -> Self {
        Paces {
            of: Pace::ALL.map(|pace| RateLimiter::keyed(quota(pace))),
            began: Instant::now(),
            looked: AtomicU64::new(0),
        }
    }

    /// Counts one call.
    ///
    /// # Errors
    /// [`AppError::RateLimited`].
    pub fn check(&self, pace: Pace, who: &Who) -> AppResult<()> {
        self.forget();
        let crowd = matches!(who, Who::Source(_)) && self.of[pace as usize].len() > CROWD;
        let (pace, who) = if crowd || *who == Who::Hidden {
            (Pace::Hidden, &Who::Hidden)
        } else {
            (pace, who)
        };
        self.of[pace as usize].check_key(who).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            let secs = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
            AppError::RateLimited {
                retry_after_secs: secs.max(1),
            }
        })
    }

    /// Forgets whoever has all of their calls again, now and then.
    fn forget(&self) {
        let now = self.began.elapsed().as_secs();
        let last = self.looked.load(Ordering::Relaxed);
        let due = now >= last + LOOK_SECS && self.of.iter().any(|one| one.len() > KEPT);
        let mine = due
            && self
                .looked
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if mine {
            for one in &self.of {
                one.retain_recent();
            }
        }
    }
}

/// Says when to come again, where an answer refuses because of a pace.
pub fn with_retry_after(mut response: Response, error: &AppError) -> Response {
    if let AppError::RateLimited { retry_after_secs } = error {
        let secs = HeaderValue::from(*retry_after_secs);
        response.headers_mut().insert(header::RETRY_AFTER, secs);
    }
    response
}

/// The layer of plain forms that are open to all.
pub async fn of_forms(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let Some(here) = request.extensions().get::<Here>() else {
        tracing::error!("a form was posted without its session layer");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let pace = if here.signed.is_some() {
        Pace::Calls
    } else {
        Pace::Stranger
    };
    match app.paces.check(pace, &here.who()) {
        Ok(()) => next.run(request).await,
        Err(error) => with_retry_after(app.plain(StatusCode::TOO_MANY_REQUESTS), &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u32) -> Who {
        Who::Source(n.to_string().into())
    }

    #[test]
    fn each_has_a_pace_of_their_own_and_is_told_when_to_come_again() {
        let paces = Paces::default();
        let mut taken = 0;
        let refused = loop {
            match paces.check(Pace::Messages, &source(1)) {
                Ok(()) => taken += 1,
                Err(error) => break error,
            }
        };
        assert!(taken >= 20, "{taken}");
        assert!(
            matches!(
                refused,
                AppError::RateLimited {
                    retry_after_secs: 1..=3
                }
            ),
            "{refused:?}"
        );
        assert_eq!(paces.check(Pace::Messages, &source(2)), Ok(()), "another one goes on");
        assert_eq!(paces.check(Pace::Costs, &source(1)), Ok(()), "and so does another kind");
    }

    #[test]
    fn whose_source_is_hidden_are_not_one_source() {
        let paces = Paces::default();
        let (_, at_once) = Pace::Stranger.allows();
        for _ in 0..at_once * 2 {
            assert_eq!(paces.check(Pace::Stranger, &Who::Hidden), Ok(()));
        }
    }

    #[test]
    fn each_pace_counts_for_itself() {
        for (at, pace) in Pace::ALL.into_iter().enumerate() {
            assert_eq!(pace as usize, at);
        }
    }
}
