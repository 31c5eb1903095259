//! What else happens where a person gets another place: the rooms above say it themselves.

use crate::Engine;
use async_trait::async_trait;
use domain::{AppResult, Instant, UserId};
use store::Tx;

/// A room that follows where people work.
#[async_trait]
pub(crate) trait Follower: Send + Sync {
    /// A person's place was changed, in this transaction; `works_for`: the vendor that they work for now.
    async fn moved(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        user: UserId,
        works_for: Option<&str>,
        now: Instant,
    ) -> AppResult<()>;
}

/// Who follows, in order.
pub(crate) struct Followers(pub &'static [&'static dyn Follower]);
