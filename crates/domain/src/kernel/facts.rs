//! Facts that errors carry: a quote (CO6), and why a line is closed (VP4). They stand in the kernel because an error does; what a
//! quote says and how it is made is the allowance's.

use crate::{Cents, Currency, PaymentType};
use serde::{Deserialize, Serialize};

crate::words! {
    /// How much of a request the client's packs cover (CO5).
    pub enum Coverage {
        /// No live pack of the service.
        None = "none",
        /// All of it.
        Included = "included",
        /// Some of it.
        Partial = "partial",
        /// Nothing is left in the pack.
        Overage = "overage",
    }
}

/// A quantity cut into what is included and what is not; the two add up to it (I3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Units from packs and other batches.
    pub included: i64,
    /// Units beyond.
    pub overage: i64,
}

crate::words! {
    /// Which price holds for a unit beyond the pack (§16 *Common*).
    pub enum PriceSource {
        /// The overage price of the pack version of the period.
        PackOverage = "pack_overage",
        /// The client's own price for the service.
        Client = "client",
        /// The service's list price.
        Service = "service",
    }
}

/// What Submit would do, as shown before it and carried by it (CO6, AH2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// "Logo design".
    pub service: String,
    /// "design", for "1 extra design".
    pub unit_singular: String,
    /// "designs".
    pub unit_plural: String,
    /// Units asked for.
    pub quantity: i64,
    /// The cut.
    pub split: Split,
    /// Its word.
    pub coverage: Coverage,
    /// Units that would be left in the pack and other batches after it.
    pub left_after: i64,
    /// Units usable now.
    pub left_before: i64,
    /// Price of one unit beyond.
    pub unit_price: Cents,
    /// Where that price comes from.
    pub price_source: PriceSource,
    /// `unit_price × overage`.
    pub total: Cents,
    /// Currency of all amounts.
    pub currency: Currency,
    /// How the total is paid.
    pub payment_type: PaymentType,
    /// "20 × Logo design", the pack that covers, if any.
    pub pack_label: Option<String>,
    /// CO11: a pack of the service that does not count now, and why ("suspended", "incomplete").
    pub pack_not_counting: Option<String>,
}

/// What a submission carries of the quote that was on the screen (CO6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTerms {
    /// Units from the pack.
    pub included: i64,
    /// Units beyond.
    pub overage: i64,
    /// What they cost.
    pub total: Cents,
    /// How that is paid.
    pub payment_type: PaymentType,
}

crate::words! {
    /// VP4: why nothing can be decided about a line any more.
    pub enum Closed {
        /// It is paid.
        Paid = "paid",
        /// A correction of it is paid.
        PaidInPart = "paid_in_part",
        /// It is void.
        Void = "void",
        /// TP4.
        Internal = "internal",
        /// AS7: it came with another line, and goes with it.
        Settled = "settled",
        /// AH7: a question about it is open.
        Asked = "asked",
        /// AH7: the question has its answer.
        Answered = "answered",
    }
}

impl Closed {
    /// The words for a person.
    pub const fn message(self) -> &'static str {
        match self {
            Closed::Paid => "This line is paid. Correct it instead.",
            Closed::PaidInPart => "A correction of this line is already paid. Correct the line again instead.",
            Closed::Void => "This line is void.",
            Closed::Internal => "This is in-house work, so there's nothing to pay.",
            Closed::Settled => "This belongs to another line. Correct or void that one.",
            Closed::Asked => "There's already an open question about this payment. Wait for the answer.",
            Closed::Answered => "Someone else already answered this question.",
        }
    }
}
