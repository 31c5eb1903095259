//! What the page of a request shows of the work on it, and sends (§32).

use crate::{
    Transition,
    request::QueuePart,
    view::requests::{Moment, RequestRowView},
};
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
    /// RQ10: the reader may give it to a vendor or a designer; what is sent of it.
    pub pick: Option<String>,
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

/// A page of the queue of requests (TP5, RQ10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueView {
    /// Which part it is.
    pub part: QueuePart,
    /// The parts that the reader has, with how many requests each holds.
    pub parts: Vec<(QueuePart, i64)>,
    /// What is due first comes first.
    pub rows: Vec<QueueRow>,
    /// The key of the next page.
    pub next: Option<String>,
    /// IN5: the reader's switch.
    pub shows_pack_requests: bool,
    /// IN5: how many of this part it hides.
    pub hidden: i64,
    /// AS1: packs without a vendor, for those who assign them.
    pub pending_packs: Option<i64>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// The request.
    pub row: RequestRowView,
    /// What was seen of it.
    pub version: i64,
    /// Claim or Release, where the reader can.
    pub step: Option<StepView>,
    /// RQ10: what a selection sends of it, where it can be given to somebody.
    pub pick: Option<String>,
}

/// The page where requests are given to a vendor or a designer (RQ10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveDialog {
    /// Makes a repeated press the first one's.
    pub form_key: String,
    /// The selection.
    pub requests: Vec<GiveLine>,
    /// Who may get them: vendors, then Tri-POD's designers.
    pub receivers: Vec<Receiver>,
}

/// A request of the selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveLine {
    /// What is sent of it.
    pub pick: String,
    /// "#1042 Autumn catalogue".
    pub title: String,
    /// "Acme · 3 × Illustration, due Mar 12, 2027".
    pub what: String,
    /// Who has it now: "Tri-POD · Ana".
    pub holder: String,
}

/// Somebody who may get requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// What is sent of them.
    pub id: String,
    /// "Northlight (3 open requests)".
    pub name: String,
    /// Where not all of the selection would be theirs from now on: "2 effective now, 1 cannot: vendor doesn't offer
    /// Embroidery".
    pub effect: Option<String>,
}

/// A press of *Assign* on that page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveInput {
    /// [`GiveDialog::form_key`].
    pub form_key: String,
    /// [`GiveLine::pick`] of each.
    pub picks: Vec<String>,
    /// [`Receiver::id`].
    pub to: String,
    /// Only those that can be, where not all can.
    pub partial: bool,
}
