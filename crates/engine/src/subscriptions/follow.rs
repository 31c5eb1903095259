//! What else happens where a subscription's periods begin, are paid for and end: the rooms above say it themselves, so that
//! none of them needs to be known here.
//!
//! Everything is done in the transaction that it follows from, one after the other in the order of the table.

use crate::Engine;
use async_trait::async_trait;
use domain::{AppResult, Instant};
use store::{
    Tx,
    subscriptions::{PeriodRow, SubscriptionRow},
};

/// A room that follows a subscription's periods. Where it has nothing to do, it does nothing.
#[async_trait]
pub(crate) trait Follower: Send + Sync {
    /// A boundary that opens period `seq` is crossed, before the period is opened. The row is the transaction's own.
    async fn crossing(
        &self,
        _tx: &mut Tx,
        _engine: &Engine,
        _row: &mut SubscriptionRow,
        _seq: i64,
        _boundary: Instant,
        _now: Instant,
    ) -> AppResult<()> {
        Ok(())
    }

    /// A period was opened.
    async fn opened(&self, _tx: &mut Tx, _engine: &Engine, _period: &PeriodRow, _now: Instant) -> AppResult<()> {
        Ok(())
    }

    /// An invoice was seen that bills a period: it may be paid for now, or stand on other terms than before.
    async fn billed(&self, _tx: &mut Tx, _engine: &Engine, _period: &PeriodRow, _now: Instant) -> AppResult<()> {
        Ok(())
    }

    /// UN8: a subscription is set to end at an instant, or goes on after all.
    async fn leaving(
        &self,
        _tx: &mut Tx,
        _engine: &Engine,
        _row: &SubscriptionRow,
        _ends: Option<Instant>,
        _now: Instant,
    ) -> AppResult<()> {
        Ok(())
    }

    /// A subscription ends, in its latest period.
    async fn ending(
        &self,
        _tx: &mut Tx,
        _engine: &Engine,
        _row: &SubscriptionRow,
        _latest: &PeriodRow,
        _now: Instant,
    ) -> AppResult<()> {
        Ok(())
    }
}

/// Who follows, in order.
pub(crate) struct Followers(pub &'static [&'static dyn Follower]);

impl Engine {
    pub(super) fn followers(&self) -> &'static [&'static dyn Follower] {
        self.kept::<Followers>().0
    }
}
