//! What *Vendor Payments*, a vendor's page and a vendor's own pages show and send (§15, §20, AH7).

use crate::{
    Cents, Currency,
    allowance::usage::Usage,
    payables::PayableState,
    people::view::{PartyTab, PersonView, VendorLine},
    seen::ByRow,
    shown::Named,
};
use serde::{Deserialize, Serialize};

/// A line of the report (VP5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayableRow {
    /// Its id.
    pub id: String,
    /// What a selection sends of it: the id, and what is owed in cents.
    pub pick: String,
    /// Names it: vendor, client, what for, and the day.
    pub name: String,
    /// The vendor.
    pub vendor: String,
    /// The client.
    pub client: String,
    /// "20 × Logo design"; the service, and the request's number, for units outside of packs.
    pub pack: String,
    /// "Feb 28 to Mar 28, 2027", or the day of the delivery.
    pub period: String,
    /// The same for a column of a list: "Feb 28 – Mar 28".
    pub days: String,
    /// "20 / 18 / 15": units included, used, and delivered by this vendor.
    pub units: String,
    /// "Per pack", "3 × $7.50", "Correction".
    pub rate: String,
    /// "$120.00".
    pub amount: String,
    /// VP4.
    pub state: PayableState,
    /// TP4: nothing to pay.
    pub internal: bool,
    /// "Mar 10, 2027".
    pub paid_on: String,
    /// As it was typed.
    pub reference: String,
    /// AH7: somebody asks about it.
    pub asked: bool,
}

/// What a vendor is owed within the filters, by state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayableTotal {
    /// The vendor; empty for all of them.
    pub vendor: String,
    /// Its id.
    pub id: String,
    /// "$120.00".
    pub accrued: String,
    /// "$120.00".
    pub approved: String,
    /// Accrued and approved.
    pub to_pay: String,
    /// "$120.00".
    pub paid: String,
    /// TP4: excluded from what is to be paid.
    pub internal: bool,
}

/// What is owed for the lines that count in this month (VP5), whatever the filters, in-house work left out (TP4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayMonth {
    /// `YYYY-MM`.
    pub id: String,
    /// "March 2027".
    pub name: String,
    /// "$120.00": accrued, approved, paid.
    pub sums: [String; 3],
    /// The same as numbers.
    pub cents: [i64; 3],
}

/// A vendor that is to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorToPay {
    /// Its id.
    pub id: String,
    /// Its name.
    pub vendor: String,
    /// "3 lines".
    pub lines: String,
    /// "$360.00": accrued and approved.
    pub sum: String,
    /// "2 lines, $240.00": what waits to be approved, where there is any.
    pub accrued: Option<String>,
    /// Its lines; of very many those of the last days, and the rest after them.
    pub to_approve: Vec<String>,
    /// "1 line, $120.00": what waits to be paid, where there is any.
    pub approved: Option<String>,
}

/// *To pay*: vendor by vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToPay {
    /// Makes a repeated press of a button the first one's.
    pub form_key: String,
    /// Whom to pay, by name.
    pub vendors: Vec<VendorToPay>,
    /// "2 vendors, $292.50": all that is approved, where that is of several.
    pub all: Option<String>,
    /// Lines that are to be paid, on the tabs *Packs* and *Services*.
    pub open: [i64; 2],
    /// AH7: lines that vendors ask about.
    pub asked: i64,
    /// This month.
    pub month: PayMonth,
    /// May approve.
    pub may_decide: bool,
}

/// A page of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayablesReport {
    /// Makes a repeated press of a button the first one's.
    pub form_key: String,
    /// The rows.
    pub rows: Vec<PayableRow>,
    /// How many the filters let through.
    pub count: i64,
    /// Their totals, vendor by vendor.
    pub totals: Vec<PayableTotal>,
    /// The totals of all of them.
    pub total: PayableTotal,
    /// Lines that are to be paid, on the tabs *Packs* and *Services*, whatever the filters.
    pub open: [i64; 2],
    /// AH7: lines that vendors ask about, whatever the filters.
    pub asked: i64,
    /// This month, whatever the filters.
    pub month: PayMonth,
    /// The key of the next page.
    pub next: Option<String>,
    /// What can be filtered by.
    pub vendors: Vec<Named>,
    /// What can be filtered by: `YYYY-MM` and "March 2027".
    pub months: Vec<Named>,
    /// Of all of it.
    pub currency: Currency,
    /// May approve, correct and void.
    pub may_decide: bool,
}

/// The dialog *Mark as paid*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayDialog {
    /// Makes a repeated press the first one's.
    pub form_key: String,
    /// The lines.
    pub ids: Vec<String>,
    /// Each vendor with "3 lines, $360.00"; each has a reference of its own.
    pub vendors: Vec<(Named, String)>,
    /// "3 lines, $360.00".
    pub sum: String,
    /// What of the selection cannot be paid, and why; what is not here of more than one payment takes.
    pub left_out: Option<String>,
    /// Today in Central, `YYYY-MM-DD`.
    pub today: String,
}

/// What a press of *Mark as paid* sends.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PayInput {
    /// The dialog's key.
    pub form_key: String,
    /// The lines.
    pub ids: Vec<String>,
    /// `YYYY-MM-DD`.
    pub paid_on: String,
    /// How the payment can be found, where it is to one vendor.
    pub reference: String,
    /// How each vendor's payment can be found, by the vendor's id.
    pub references: ByRow,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedView {
    /// How many were marked.
    pub marked: i64,
    /// "Paid 4 vendors, $292.50. 2 were already paid by Marta at 3:02 PM."
    pub words: String,
}

/// AH7: a question about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryView {
    /// Its id.
    pub id: String,
    /// Who asks.
    pub asked_by: String,
    /// "Mar 10, 2027, 9:00 AM CT".
    pub asked: String,
    /// What.
    pub question: String,
    /// Who answered, when, and what.
    pub answer: Option<(String, String, String)>,
}

/// A correction in the list of a line's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionView {
    /// Its id.
    pub id: String,
    /// "Mar 10, 2027".
    pub at: String,
    /// "−$102.00".
    pub amount: String,
    /// VP4.
    pub state: PayableState,
}

/// One line: why it is what it is (AH1), what became of it, and what was asked about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayableView {
    /// As in the list. Its client is the alias where a vendor reads it.
    pub row: PayableRow,
    /// AH1.
    pub why: Vec<String>,
    /// "Rules: VP1, VP2", for staff.
    pub rules: Option<String>,
    /// What was done: "Approved by Morgan Hale, Mar 10, 2027, 9:00 AM CT".
    pub history: Vec<String>,
    /// The line that it corrects.
    pub corrects: Option<String>,
    /// VP4: what corrects it.
    pub corrections: Vec<CorrectionView>,
    /// With its corrections: "$18.00".
    pub now: String,
    /// AH7, the newest first.
    pub queries: Vec<QueryView>,
    /// Makes a repeated press the first one's.
    pub form_key: String,
    /// May approve, correct and void.
    pub may_decide: bool,
    /// The page's list: the month's slip, or the report's tab.
    pub back: String,
}

/// A pack that a vendor has, or gets, with what it has earned (§20, AH7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorPack {
    /// The period's id.
    pub id: String,
    /// The client's alias (RQ7).
    pub client: String,
    /// "20 × Logo design".
    pub pack: String,
    /// Units of the period.
    pub usage: Usage,
    /// Included units of it that this vendor has delivered.
    pub delivered: i64,
    /// Requests of the period that it has still to deliver.
    pub waiting: i64,
    /// "Feb 28 – Mar 28".
    pub period: String,
    /// "Ends Mar 28, 12:22 PM CT", or when it begins.
    pub until: String,
    /// "Yours next period too", "Another vendor's from Mar 28".
    pub next: String,
    /// It does not go on with this vendor.
    pub leaves: bool,
    /// It is to come.
    pub coming: bool,
    /// "$120.00 for the period".
    pub terms: String,
    /// "$120.00": what has accrued for it, in packs and units.
    pub earned: String,
    /// "$120.00": of that, what is paid.
    pub paid: String,
    /// AH7: what the next delivery adds.
    pub adds: String,
}

/// A vendor's home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorOverview {
    /// Packs that it has, those that end first before the others, then those to come.
    pub packs: Vec<VendorPack>,
    /// §20: what it earns with the periods that run, if all that waits is delivered: "$360.00".
    pub expected: String,
    /// Of that, what has accrued.
    pub earned: String,
    /// Accrued or approved, and not paid, whatever the period.
    pub to_pay: String,
    /// What has been earned with the periods that run, and whatever else is not paid yet: "$765.00".
    pub all: String,
    /// Of that, what is paid, approved, and waiting to be approved: "$371.00".
    pub sums: [String; 3],
    /// The same as numbers.
    pub cents: [i64; 3],
    /// The last payments: day, reference, "3 lines", "$360.00".
    pub payments: Vec<VendorPayment>,
}

/// Lines that were paid together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorPayment {
    /// "Mar 10, 2027".
    pub paid_on: String,
    /// As it was typed.
    pub reference: String,
    /// How many lines.
    pub lines: i64,
    /// "$360.00".
    pub amount: String,
}

/// A line of a slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipLine {
    /// Its id.
    pub id: String,
    /// "Mar 10, 2027": when it accrued.
    pub day: String,
    /// The client's alias.
    pub client: String,
    /// "20 × Logo design", "Request #1012, Logo design".
    pub what: String,
    /// "Per pack", "3 × $7.50", "Correction".
    pub rate: String,
    /// "$120.00".
    pub amount: String,
    /// The same as a number.
    pub cents: Cents,
    /// VP4.
    pub state: PayableState,
    /// "Mar 10, 2027, INV-7".
    pub paid: String,
    /// AH7: a question about it is open.
    pub asked: bool,
}

/// The live pay slip (AH7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// The vendor's name.
    pub vendor: String,
    /// Who pays it: the agency's name.
    pub agency: String,
    /// `YYYY-MM`; empty: the periods that run, and whatever is not paid yet.
    pub month: String,
    /// "Now", "March 2027".
    pub title: String,
    /// What can be chosen: `YYYY-MM` and "March 2027".
    pub months: Vec<Named>,
    /// Per pack.
    pub packs: Vec<VendorPack>,
    /// Line by line, the newest first.
    pub lines: Vec<SlipLine>,
    /// There are more lines than these; what they add up to is of all.
    pub more: bool,
    /// "$360.00": all but what is void.
    pub earned: String,
    /// Accrued or approved.
    pub to_pay: String,
    /// Paid.
    pub paid: String,
    /// "Mar 10, 2027, 9:00 AM CT".
    pub as_of: String,
    /// Of all of it.
    pub currency: Currency,
}

/// What staff see of a vendor's slip: the same numbers (AH7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipTotals {
    /// "$360.00".
    pub earned: String,
    /// "$360.00".
    pub to_pay: String,
    /// "$360.00".
    pub paid: String,
    /// §20.
    pub expected: String,
}

/// A service in a vendor's list (VP3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorServiceView {
    /// Its id.
    pub service_id: String,
    /// Its name.
    pub service: String,
    /// "$25.00": what clients pay for one unit.
    pub standard: String,
    /// "12.00": what the vendor gets for one; `None`: it does not offer the service.
    pub rate: Option<String>,
}

/// A pack with what a vendor gets for it (VP1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorPaymentView {
    /// The pack's id.
    pub pack_id: String,
    /// "20 × Logo design".
    pub pack: String,
    /// "$180.00 for the period": what every vendor gets.
    pub standard: String,
    /// The same for this one, where it has its own.
    pub own: Option<String>,
    /// "180.00 `per_pack`": what was read of its own, for whoever sets another one; empty: none.
    pub was: String,
}

/// A vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VendorPage {
    /// The tab that is open: what the others show is not here.
    pub tab: PartyTab,
    /// It.
    pub vendor: VendorLine,
    /// What it offers; empty for Tri-POD, which takes all.
    pub services: Vec<VendorServiceView>,
    /// What it gets for packs; empty for Tri-POD (TP4).
    pub payments: Vec<VendorPaymentView>,
    /// AH7: what its pay slip says now; none of Tri-POD's (TP4).
    pub pay: Option<SlipTotals>,
    /// Its people.
    pub people: Vec<PersonView>,
}
