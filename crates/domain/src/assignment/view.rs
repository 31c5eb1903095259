//! What *Pack Assignments* shows and sends (§14).

use crate::{
    SubscriptionStatus,
    allowance::usage::Usage,
    shown::{Moment, Named},
};
use serde::{Deserialize, Serialize};

/// A running subscription and who does its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentRow {
    /// The subscription's id.
    pub id: String,
    /// What a selection sends of it: the id, and what was seen of it (AS6).
    pub pick: String,
    /// The client.
    pub client: String,
    /// The service.
    pub service: String,
    /// "20 × Logo design".
    pub pack: String,
    /// "Feb 28 – Mar 28".
    pub period: String,
    /// Units of the period.
    pub usage: Usage,
    /// Who has the period; `None`: Pending Assignment (AS1).
    pub vendor: Option<String>,
    /// AS5: who gets the next one.
    pub next: Option<String>,
    /// AS5, AS8: when that begins, or why the next period will have nobody.
    pub next_note: Option<String>,
    /// Since when it has this vendor, or none.
    pub since: Moment,
    /// §4.
    pub status: SubscriptionStatus,
    /// "Ends Feb 28".
    pub ends: Option<String>,
    /// AS9: requests that wait for a vendor.
    pub waiting: i64,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentList {
    /// Makes a repeated press of a row's button the first one's.
    pub form_key: String,
    /// Pending ones first.
    pub rows: Vec<AssignmentRow>,
    /// How many the filters let through.
    pub total: i64,
    /// How many have no vendor, whatever the filters (AS1).
    pub pending: i64,
    /// AS9: requests that wait because their pack has no vendor.
    pub waiting_requests: i64,
    /// The key of the next page.
    pub next: Option<String>,
    /// What can be filtered by.
    pub services: Vec<Named>,
    /// What can be filtered by.
    pub vendors: Vec<Named>,
}

/// A request in the queue *Unassigned pack requests* (AS9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnassignedRequest {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Its title.
    pub title: String,
    /// Whose.
    pub client: String,
    /// The pack that it was submitted in.
    pub pack: String,
    /// Units.
    pub quantity: i64,
    /// When it was submitted.
    pub submitted: Moment,
}

/// A page of that queue, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnassignedRequests {
    /// Oldest first.
    pub rows: Vec<UnassignedRequest>,
    /// All of them.
    pub total: i64,
    /// The key of the next page.
    pub next: Option<String>,
}

/// One pack in the dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickLine {
    /// What is sent of it.
    pub pick: String,
    /// "Acme".
    pub client: String,
    /// The service.
    pub service: String,
    /// "20 × Logo design".
    pub pack: String,
    /// Units a month.
    pub quantity: i64,
    /// "Feb 28, 12:22 PM CT to Mar 28, 12:22 PM CT".
    pub period: String,
    /// Who has it.
    pub vendor: Option<String>,
    /// Who gets the next period.
    pub next: Option<String>,
}

/// What a vendor has to do within the forecast (AH6), in units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Without the selection.
    pub today: i64,
    /// What the selection would add.
    pub added: i64,
    /// What it can deliver; `None`: it has delivered nothing yet, and nobody knows.
    pub capacity: Option<i64>,
}

impl Ahead {
    /// Units more than it can deliver.
    pub fn over(self) -> i64 {
        let all = self.today.saturating_add(self.added);
        self.capacity.map_or(0, |can| all.saturating_sub(can).max(0))
    }
}

/// A vendor that can be chosen, with what choosing it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorChoice {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// "5 packs, 12 open requests" (AS3).
    pub load: String,
    /// AH6: what it would have to do, and what it delivers.
    pub forecast: String,
    /// AH6: the same as figures.
    pub ahead: Ahead,
    /// AH6: it would be too much.
    pub warning: Option<String>,
    /// AS3: "Effective now", "Effective Feb 28, 12:22 PM CT"; AS4's summary for several.
    pub effect: String,
    /// AS7: the same with *Replace now*.
    pub effect_now: String,
    /// Packs that it would take at once.
    pub now: i64,
    /// Packs that it would take from their next period on.
    pub next: i64,
    /// How many can be assigned.
    pub can: i64,
    /// How many cannot.
    pub refused: i64,
    /// Why they cannot: "4: vendor doesn't offer Embroidery".
    pub reasons: Vec<String>,
    /// Choosing it changes something, now or in turn.
    pub possible: bool,
    /// AS3: what it gets for the period, for one pack.
    pub payment: Option<String>,
}

/// AH6: a selection spread over several vendors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpreadView {
    /// "Inkwell Studio 4, Threadline 3".
    pub words: String,
    /// Each pack, as "Acme · 20 × Logo design", and its vendor.
    pub lines: Vec<(String, String)>,
    /// What is sent: picks with their vendors.
    pub picks: Vec<String>,
}

/// The dialog *Assign packs*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignDialog {
    /// Makes a repeated press the first one's.
    pub form_key: String,
    /// What is to be assigned.
    pub picks: Vec<PickLine>,
    /// AS6: what has become of packs since they were chosen: "Acme · 20 × Logo design: Marta assigned this to Inkwell 10
    /// seconds ago."
    pub changed: Vec<String>,
    /// To whom it can be; those with whom nothing would change come last.
    pub vendors: Vec<VendorChoice>,
    /// AH6.
    pub spread: Option<SpreadView>,
    /// AS7: how many have a vendor that may be replaced at once by this person.
    pub replaceable: i64,
}

/// What an assignment sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssignInput {
    /// The dialog's key.
    pub form_key: String,
    /// The vendor's id, for the picks that name none.
    pub vendor: String,
    /// The picks as they were given.
    pub picks: Vec<String>,
    /// AS4: *Assign 7 of 8*.
    pub partial: bool,
    /// AS7: *Replace now*.
    pub now: bool,
    /// AS7: why.
    pub reason: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// How many packs were changed.
    pub changed: i64,
    /// AS4's summary of what was done.
    pub summary: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ah6_what_is_over_the_capacity_is_what_the_selection_leads_to() {
        let ahead = |today, added, capacity| Ahead { today, added, capacity }.over();
        assert_eq!(ahead(10, 5, Some(20)), 0);
        assert_eq!(ahead(10, 15, Some(20)), 5);
        assert_eq!(ahead(30, 0, Some(20)), 10, "it was too much before");
        assert_eq!(ahead(30, 10, None), 0, "nobody knows");
    }
}
