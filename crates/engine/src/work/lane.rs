//! Submissions that come while another's transaction runs share the next one.

use crate::{Caller, Engine, kernel::internal};
use domain::{
    AppResult, SubscriptionId,
    work::{
        form::ValidRequest,
        view::{SubmitInput, Submitted},
    },
};
use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};
use store::work::submissions::Asked;
use tokio::sync::oneshot;
use tracing::Instrument as _;

/// A submission whose form is in order.
pub(super) struct Submitting {
    pub(super) caller: Caller,
    pub(super) input: SubmitInput,
    pub(super) valid: ValidRequest,
}

impl Submitting {
    pub(super) fn asked(&self) -> AppResult<Asked<'_>> {
        Ok(Asked {
            client: self.caller.client()?,
            service: self.valid.service,
            form_key: &self.input.form_key,
        })
    }
}

/// A submission that waits for its turn.
pub(super) struct Waiting {
    pub(super) one: Submitting,
    pub(super) span: tracing::Span,
    answer: oneshot::Sender<AppResult<Submitted>>,
}

/// The most that one transaction takes along.
const TOGETHER: usize = 32;

/// Submissions on their way: who comes while a transaction runs waits, and shares the next one with all who wait. A
/// commit costs a flush of the disk and a few round trips, and these serve them all; each has an outcome of its own
/// nevertheless. One transaction at a time: several beside each other would share less and wait for each other's locks
/// (measured: half as many submissions with four on PostgreSQL).
#[derive(Default)]
pub(crate) struct Lane {
    waiting: Mutex<VecDeque<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Lane {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next ones; those whose caller has gone away are left out, because nothing of them was begun. A form that was
    /// posted twice waits for its own first outcome (CO9).
    fn take(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let mut forms = HashSet::new();
        let (mut taken, mut left) = (Vec::new(), VecDeque::new());
        for one in waiting.drain(..).filter(|one| !one.answer.is_closed()) {
            let form = (one.one.caller.client_id, one.one.input.form_key.clone());
            if taken.len() < TOGETHER && forms.insert(form) {
                taken.push(one);
            } else {
                left.push_back(one);
            }
        }
        *waiting = left;
        taken
    }
}

impl Engine {
    pub(super) async fn submit_in_turn(&self, one: Submitting) -> AppResult<Submitted> {
        let lane = self.kept::<Lane>();
        let (answer, mut answered) = oneshot::channel();
        lane.waiting().push_back(Waiting {
            one,
            span: tracing::Span::current(),
            answer,
        });
        loop {
            tokio::select! {
                biased;
                done = &mut answered => return done.map_err(internal)?,
                _turn = lane.turn.lock() => {
                    let taken = lane.take();
                    let engine = self.clone();
                    // A task of its own: whoever has the turn may go away, and the others still get their answer.
                    let run = tokio::spawn(async move { engine.answer_all(taken).await });
                    run.await.map_err(internal)?;
                }
            }
        }
    }

    async fn answer_all(&self, all: Vec<Waiting>) {
        // Whose caller has gone away meanwhile does not mind: `send` says so, and what was written stands.
        if all.len() > 1 {
            let ones: Vec<&Waiting> = all.iter().collect();
            if let Ok(Run::Committed(outcomes)) = self.submit_together(&ones, false).await {
                for (waiting, outcome) in all.into_iter().zip(outcomes) {
                    let _ = waiting.answer.send(outcome);
                }
                return;
            }
        }
        for waiting in all {
            let outcome = self.submit_alone(&waiting).instrument(waiting.span.clone()).await;
            let _ = waiting.answer.send(outcome);
        }
    }
}

/// What came of the submissions of one transaction.
pub(super) enum Run {
    /// It is committed, and this is the outcome of each.
    Committed(Vec<AppResult<Submitted>>),
    /// CO4, CO9: somebody else was faster.
    Again,
    /// PD3: nothing is written; this subscription's period has to be opened first.
    PeriodMissing(SubscriptionId),
}
