//! What the pages of service requests show and send (§10, §32): the form with its quote, the list, one request.

use crate::{
    Coverage, Quote, RequestStatus,
    coverage::{CoverageBadge, QuoteTerms},
    error::FieldError,
    request::RequestForm,
    view::work::WorkView,
};
use serde::{Deserialize, Serialize};

/// An instant in words, made where the zone is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// RFC 3339, UTC.
    pub iso: String,
    /// "Feb 28, 2027, 12:22 PM CT".
    pub text: String,
    /// "in 3 days".
    pub relative: String,
}

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
    pub due: Option<String>,
    /// RQ8: that day is over and it is not delivered; for staff and vendors.
    pub overdue: bool,
    /// The client, for staff; its alias, for vendors.
    pub client: Option<String>,
    /// The vendor or designer, for staff.
    pub worker: Option<String>,
    /// Messages not read.
    pub unread: i64,
}

/// Something to choose in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
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
    /// Clients to filter by (staff).
    pub clients: Vec<Named>,
    /// Vendors to filter by (staff).
    pub vendors: Vec<Named>,
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

/// One line of the timeline (RQ6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// The sentence.
    pub text: String,
    /// When.
    pub at: Moment,
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
    /// Service, quantity, dates, people, as the reader may see them.
    pub facts: Vec<FactView>,
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
    /// RQ6.
    pub events: Vec<EventView>,
    /// RQ3.
    pub messages: Vec<MessageView>,
    /// May write into the thread.
    pub may_write: bool,
    /// May write and read internal notes.
    pub sees_notes: bool,
    /// The key of the message form (invariant 7).
    pub form_key: String,
    /// RQ1: where the work stands, and what the reader can do; none for a draft.
    pub work: Option<WorkView>,
}
