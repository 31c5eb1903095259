//! What the bell and the preferences show.

use crate::{
    list::list_query,
    notices::{NoticeKind, Ways},
    shown::Moment,
};
use serde::{Deserialize, Serialize};

list_query! {
    /// The query string of `/notifications`.
    pub struct NoticesQuery {
        /// "mentions": only those in which one was mentioned.
        only,
        /// The key of the last row of the page before.
        after,
    }
}

impl NoticesQuery {
    /// Only those in which one was mentioned.
    pub fn mentions(&self) -> bool {
        self.only == "mentions"
    }
}

/// A notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    /// Its id.
    pub id: String,
    /// What happened, in one sentence.
    pub text: String,
    /// A sentence more; empty where there is none.
    pub detail: String,
    /// When.
    pub at: Moment,
    /// Not read yet.
    pub unread: bool,
}

/// A page of somebody's notices, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePage {
    /// The notices.
    pub notices: Vec<NoticeView>,
    /// How many are unread in all.
    pub unread: i64,
    /// The next page's key.
    pub next: Option<String>,
}

/// One line of the preferences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceView {
    /// What it is about.
    pub kind: NoticeKind,
    /// How it comes.
    pub ways: Ways,
}
