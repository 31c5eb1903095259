//! What the pages of requests show and send (§10, §32): the form with its quote, the list, one request and the work on it.

use crate::{
    Coverage, Quote, RequestStatus, Transition,
    allowance::coverage::CoverageBadge,
    error::FieldError,
    facts::QuoteTerms,
    shown::{Moment, Named},
    work::{form::RequestForm, pin::Place, request::QueuePart},
};
use serde::{Deserialize, Serialize};

/// What Submit sends (CO6): the form, its key, and the terms that were on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmitInput {
    /// CO9: the opened form's key.
    pub form_key: String,
    /// The fields as typed.
    pub form: RequestForm,
    /// CO6: what was shown; `None`: nothing was, so nothing may be charged.
    pub terms: Option<QuoteTerms>,
}

/// What became of Submit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The request's id.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// CO9: it had been submitted before under this key.
    pub again: bool,
}

/// A service that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "20 × Logo design" where the client has a running pack of it.
    pub pack: Option<String>,
}

/// A quote as the form shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteView {
    /// The quote.
    pub quote: Quote,
    /// CO6's sentence.
    pub sentence: String,
    /// §25: the member may not order this; the owner must ("$25.00").
    pub needs_owner: Option<String>,
    /// E5: nobody may order this ("$50.00"): it cannot be charged yet.
    pub not_charged: Option<String>,
    /// RQ8: "Due Dec 2 (3 business days)", submitted now.
    pub due: String,
}

/// The request form, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestFormView {
    /// CO9.
    pub form_key: String,
    /// The draft that it is, if it was saved.
    pub draft: Option<DraftView>,
    /// The fields.
    pub form: RequestForm,
    /// What can be chosen.
    pub services: Vec<ServiceChoice>,
    /// What is wrong with the draft, where asked for.
    pub problems: Vec<FieldError>,
    /// The quote of what is filled in so far.
    pub quote: Option<QuoteView>,
    /// The business day, `YYYY-MM-DD`: the first that may be wished.
    pub today: String,
    /// It has been submitted meanwhile: its id.
    pub submitted: Option<String>,
    /// RQ2: what is attached to the draft.
    pub files: FilesView,
}

/// A saved draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// Its id.
    pub id: String,
    /// When it was saved.
    pub saved: Moment,
}

/// A status tab of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusTab {
    /// `None`: all.
    pub status: Option<RequestStatus>,
    /// How many.
    pub count: i64,
}

/// One row of the list (RQ5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRowView {
    /// The id.
    pub id: String,
    /// Where it leads: the form for a draft.
    pub href: String,
    /// The number.
    pub number: i64,
    /// The title.
    pub title: String,
    /// The service.
    pub service: String,
    /// Units; as typed for a draft.
    pub quantity: String,
    /// IN1, IN3.
    pub badge: Option<CoverageBadge>,
    /// IN1: pack, period and who pays.
    pub tip: String,
    /// RQ1.
    pub status: RequestStatus,
    /// When it was submitted.
    pub submitted: Option<Moment>,
    /// RQ8: the day by whose end it is due.
    pub due: Option<Moment>,
    /// RQ8: that day is over and it is not delivered. Those who do the work read that it is overdue, the client that it runs late.
    pub overdue: bool,
    /// The client, for staff; its alias, for vendors.
    pub client: Option<String>,
    /// The vendor or designer, for staff.
    pub worker: Option<String>,
    /// Messages not read.
    pub unread: i64,
    /// The reader has been told something about it and has not read that.
    pub news: bool,
    /// The file whose preview stands for it: of the newest version that the reader sees, else an attachment.
    pub picture: Option<String>,
}

/// The list (RQ5, IN5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestListView {
    /// One page.
    pub rows: Vec<RequestRowView>,
    /// The tabs with their counts.
    pub tabs: Vec<StatusTab>,
    /// How many the tab has.
    pub total: i64,
    /// The next page's key.
    pub next: Option<String>,
    /// Services to filter by.
    pub services: Vec<Named>,
    /// Vendors to filter by (staff).
    pub vendors: Vec<Named>,
    /// The first day that is filtered by, in words; `None`: none is, whatever the address says.
    pub from: Option<String>,
    /// The last day.
    pub to: Option<String>,
    /// IN5: the switch, for those who have it.
    pub shows_pack_requests: Option<bool>,
    /// IN5: how many the switch hides here.
    pub hidden: i64,
    /// The columns *Client* and *Vendor* are shown.
    pub for_staff: bool,
    /// The column *Client* holds aliases.
    pub for_vendor: bool,
}

/// A fact beside a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactView {
    /// The label.
    pub label: String,
    /// The fact.
    pub text: String,
}

/// One line of a request's history (RQ6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The sentence.
    pub text: String,
    /// When.
    pub at: Moment,
}

/// A version as it was delivered (RQ4). Its files are those of [`FilesView::versions`], where the reader sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// Its number.
    pub version: i64,
    /// "Ana delivered version 2."
    pub text: String,
    /// When.
    pub at: Moment,
    /// What was written with it.
    pub note: Option<MessageView>,
}

/// One entry of what has happened to a request, in the order of time (RQ3, RQ4, RQ6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// Something was done.
    Event(EventView),
    /// A version was delivered.
    Delivery(DeliveryView),
    /// Someone wrote.
    Message(MessageView),
}

impl Entry {
    /// What someone wrote in it.
    pub const fn message(&self) -> Option<&MessageView> {
        match self {
            Entry::Event(_) => None,
            Entry::Delivery(delivery) => delivery.note.as_ref(),
            Entry::Message(message) => Some(message),
        }
    }

    /// What was done, as a sentence; `None` where someone only wrote.
    pub fn done(&self) -> Option<&str> {
        match self {
            Entry::Event(event) => Some(&event.text),
            Entry::Delivery(delivery) => Some(&delivery.text),
            Entry::Message(_) => None,
        }
    }
}

/// One step of a request's way to its approval (RQ1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseView {
    /// "In progress".
    pub label: String,
    /// What is to be known of it: "Revision", "Reopened".
    pub note: Option<String>,
    /// The day on which it was reached last; `None`: it is still to come, or is to be gone through again.
    pub at: Option<Moment>,
    /// The request is there now.
    pub current: bool,
}

/// One message (RQ3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// Its id.
    pub id: String,
    /// Who wrote it, as the reader may know them.
    pub author: String,
    /// "Client", "Tri-POD" or "Vendor".
    pub side: String,
    /// The text: Markdown as the engine gives it, safe HTML as the page gets it.
    pub body: String,
    /// An internal note.
    pub internal: bool,
    /// The reader wrote it.
    pub own: bool,
    /// When.
    pub at: Moment,
    /// The file that it is about, where the reader sees that file.
    pub pin: Option<PinView>,
}

/// What a message is about of a file (RQ3, RQ9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinView {
    /// The file's id.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Which of its comments it is: "2", or "N2" of the internal notes.
    pub mark: String,
    /// Where on its picture; `None`: of all of it.
    pub place: Option<Place>,
}

/// A comment on a file, as it was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentInput {
    /// What was written.
    pub body: String,
    /// An internal note.
    pub internal: bool,
    /// The [`Place`] on the picture, or empty for all of it.
    pub place: String,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Its state.
    pub status: RequestStatus,
    /// The brief: Markdown as the engine gives it, safe HTML as the page gets it.
    pub brief: String,
    /// Its way from submitted to approved, with what has been reached; empty for a draft.
    pub course: Vec<CourseView>,
    /// Service, quantity and dates.
    pub facts: Vec<FactView>,
    /// What the client pays beyond its pack, for those who see prices.
    pub cost: Vec<FactView>,
    /// Whose it is and who has it, as the reader may know them.
    pub people: Vec<FactView>,
    /// CO5.
    pub coverage: Option<Coverage>,
    /// IN1, IN3.
    pub badge: Option<CoverageBadge>,
    /// IN1.
    pub tip: String,
    /// AH1: *Why?*, for those who see prices.
    pub receipt: Vec<String>,
    /// RQ8.
    pub overdue: bool,
    /// RQ3, RQ4, RQ6: what has happened, was delivered and was written, oldest first.
    pub stream: Vec<Entry>,
    /// May write into the thread.
    pub may_write: bool,
    /// §24: whom the reader may mention, by name.
    pub names: Vec<String>,
    /// May write and read internal notes.
    pub sees_notes: bool,
    /// The key of the message form (invariant 7).
    pub form_key: String,
    /// RQ1: where the work stands, and what the reader can do; none for a draft.
    pub work: Option<WorkView>,
    /// RQ2, RQ4.
    pub files: FilesView,
}

impl RequestView {
    /// What is Markdown as the engine gives it, for whoever makes HTML of it.
    pub fn markdown(&mut self) -> impl Iterator<Item = &mut String> {
        let written = self.stream.iter_mut().filter_map(|entry| match entry {
            Entry::Event(_) => None,
            Entry::Delivery(delivery) => delivery.note.as_mut(),
            Entry::Message(message) => Some(message),
        });
        std::iter::once(&mut self.brief).chain(written.map(|message| &mut message.body))
    }
}

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
    /// What a revision or a reopening is for; the note that goes with a delivery.
    pub text: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stepped {
    /// "Started."
    pub done: String,
    /// What takes it back, where that is one step of whoever did it.
    pub undo: Option<TakesBack>,
}

/// The step that takes another one back, from where that has led.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakesBack {
    /// The step.
    pub step: Transition,
    /// The version of the request that it is taken from.
    pub version: i64,
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
    /// What can be looked at without opening it.
    pub preview: PreviewView,
}

/// What can be looked at of a file: `/files/{id}/thumbnail` and `/files/{id}/large`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreviewView {
    /// Nothing, and nothing is to come.
    None,
    /// It is being made.
    Waiting,
    /// It is there.
    Made {
        /// Of the file, in pixels.
        width: i64,
        /// Of the file, in pixels.
        height: i64,
        /// Something behind it would be seen.
        see_through: bool,
    },
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
    /// What was not taken of what was sent with them.
    pub refused: Vec<FieldError>,
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
    /// Claim and start, Claim, Start, Release: what the reader can do, the foremost first.
    pub steps: Vec<StepView>,
    /// RQ10: what a selection sends of it, where it can be given to somebody.
    pub pick: Option<String>,
}

/// The queue as a board (TP5): what Tri-POD is to deliver and has delivered, by where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardView {
    /// Submitted, in progress, in review.
    pub columns: Vec<BoardColumn>,
    /// IN5: the reader's switch.
    pub shows_pack_requests: bool,
    /// IN5: how many it hides.
    pub hidden: i64,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    /// Where its requests stand.
    pub status: RequestStatus,
    /// How many there are.
    pub count: i64,
    /// The first of them, what is due first first.
    pub rows: Vec<RequestRowView>,
}

/// The page where requests are given to a vendor or a designer (RQ10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveDialog {
    /// Makes a repeated press the first one's.
    pub form_key: String,
    /// The selection.
    pub requests: Vec<GiveLine>,
    /// AS6: what has become of requests since they were chosen: "#1042 Autumn catalogue: Tri-POD · Ana has it now."
    pub changed: Vec<String>,
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
    /// Where not all of the selection would be theirs from now on: "2 start now · 1 can't: vendor doesn't offer
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
