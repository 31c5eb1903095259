//! What the page of a request shows of the work on it, and sends (§32).

use crate::{Transition, view::requests::Moment};
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
    /// Why it cannot be pressed yet, as a sentence.
    pub blocked: Option<String>,
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

/// A file of a request (RQ9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "1.2 MB".
    pub size: String,
    /// Who sent it, as the reader may know them, and when: "Ana, Mar 3, 12:22 PM CT".
    pub sent: String,
    /// The reader may take it away.
    pub removable: bool,
}

/// The files of one version (RQ4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    /// Its number.
    pub version: i64,
    /// When it was delivered; `None`: it is being made.
    pub delivered: Option<Moment>,
    /// The client has approved it.
    pub approved: bool,
    /// What it holds.
    pub files: Vec<FileView>,
}

/// The files of a request, as the reader may see them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesView {
    /// RQ2: the client's.
    pub attachments: Vec<FileView>,
    /// RQ4: newest first.
    pub versions: Vec<VersionView>,
    /// What the reader may add to: 0 are the attachments.
    pub adds_to: Option<i64>,
}

/// What became of files that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The request that they belong to.
    pub id: String,
}
