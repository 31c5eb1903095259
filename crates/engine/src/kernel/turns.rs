//! Turns: heavy work is done by a few at once, away from the async threads, and belongs to itself. Who asked for it may go
//! away; the turn is given back when the work is done, not when nobody waits for it any more.

use crate::kernel::internal;
use domain::AppResult;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much of one kind of work is done at once, and how many may wait for it.
#[derive(Debug)]
pub struct Turns {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// One of those who wait; counts them down however the waiting ends.
struct Waits<'a>(&'a AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turns {
    /// So many at once; so many (at least one) who wait.
    pub fn new(at_once: usize, most_waiting: usize) -> Self {
        Turns {
            places: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            most_waiting: most_waiting.max(1),
        }
    }

    /// Waits for one's turn; `None`: too many wait already.
    pub async fn turn(&self) -> Option<Turn> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waits = Waits(&self.waiting);
        if before >= self.most_waiting {
            return None;
        }
        // An error would mean that it was closed, and nobody closes it.
        self.places.clone().acquire_owned().await.ok().map(Turn)
    }
}

/// The right to do one piece of work.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Turn {
    /// Does it on a thread of its own, and gives its outcome and the turn back. The turn goes with the work: a future that
    /// is dropped frees nothing.
    ///
    /// # Errors
    /// [`domain::AppError::Internal`] when it panicked.
    pub async fn work<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> AppResult<(T, Turn)> {
        tokio::task::spawn_blocking(move || (work(), self))
            .await
            .map_err(internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::poll;
    use std::{pin::pin, sync::mpsc};

    #[tokio::test]
    async fn a_turn_ends_with_its_work_and_not_with_whoever_waits_for_it() {
        let turns = Turns::new(1, 8);
        let (begins, begun) = mpsc::channel();
        let (ends, ended) = mpsc::channel::<()>();
        let turn = turns.turn().await.expect("a turn");
        let mut asked = Box::pin(turn.work(move || {
            begins.send(()).expect("the test waits");
            ended.recv().expect("the test lets it go");
        }));
        assert!(poll!(&mut asked).is_pending());
        begun.recv().expect("it has begun");
        drop(asked);
        let mut next = pin!(turns.turn());
        assert!(poll!(&mut next).is_pending(), "the work goes on, and its turn with it");
        ends.send(()).expect("it waits");
        assert!(next.await.is_some());
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let turns = Turns::new(1, 1);
        let first = turns.turn().await.expect("a turn");
        let mut second = Box::pin(turns.turn());
        assert!(poll!(&mut second).is_pending());
        assert!(turns.turn().await.is_none(), "one waits already");
        drop(second);
        let mut third = pin!(turns.turn());
        assert!(poll!(&mut third).is_pending(), "who has gone away waits no more");
        drop(first);
        assert!(third.await.is_some());
    }
}
