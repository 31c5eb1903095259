//! What the page of a request shows of the work on it, and sends (§32).

use crate::Transition;
use serde::{Deserialize, Serialize};

/// What a reader can do with a request now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkView {
    /// What was seen: sent with a step, so that of two the second is told (RQ1).
    pub version: i64,
    /// Where it stands, in one sentence.
    pub note: String,
    /// The buttons, the foremost first.
    pub steps: Vec<StepView>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// Which.
    pub step: Transition,
    /// What the button says.
    pub label: String,
}

/// A press of one of the buttons.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepInput {
    /// The step's word.
    pub step: String,
    /// [`WorkView::version`].
    pub version: i64,
    /// What a revision or a reopening is for.
    pub text: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stepped {
    /// "Started."
    pub done: String,
}
