//! What else happens where a person gets another place: the rooms above say it themselves.

use crate::Engine;
use async_trait::async_trait;
use domain::{AppResult, Instant, UserId};
use store::Tx;

/// A room that follows where people work.
#[async_trait]
pub(crate) trait Follower: Send + Sync {
    /// A person was changed, in this transaction.
    async fn moved(&self, tx: &mut Tx, engine: &Engine, user: UserId, place: Place<'_>, now: Instant) -> AppResult<()>;
}

/// Where somebody stands now.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The vendor that they work for.
    pub works_for: Option<&'a str>,
    /// They have another role, or belong to another client or vendor than before.
    pub elsewhere: bool,
}

/// Who follows, in order.
pub(crate) struct Followers(pub &'static [&'static dyn Follower]);
