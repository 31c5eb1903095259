//! A vendor's home (§20) and its live pay slip (AH7).

use crate::{
    Caller, Engine, OnConstraint,
    kernel::page_of,
    payables::{
        accrue::pack_label,
        lines::{month, months, what_words},
    },
};
use domain::{
    AppError, AppResult, Capability, Cents, Instant, VendorId,
    allowance::usage::Usage,
    catalogue::pack::VendorRateMode,
    payables::{
        EXPORTED, Holder, VendorTerms,
        view::{Slip, SlipLine, SlipTotals, VendorOverview, VendorPack, VendorPayment},
    },
    shown::counted,
};
use store::{
    Tx,
    payables::{self as rows, PayableFilter, Periods, VendorPackRow},
};

/// Where a vendor's slip stands.
pub const SLIP: &str = "/vendor/payments";

/// Payments that a vendor's home shows.
const PAYMENTS: i64 = 6;

/// What a pack brings its vendor, beside what it has brought (AH7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outlook {
    /// The payment as a whole, where it is yet to accrue.
    whole: Cents,
    /// For one included unit.
    unit: Cents,
    /// For one unit beyond.
    beyond: Cents,
}

impl Outlook {
    fn of(row: &VendorPackRow) -> Outlook {
        let terms = VendorTerms {
            payment: row.payment_cents,
            mode: row.rate_mode,
        };
        let holder = Holder {
            internal: row.internal,
            holds: row.holds,
            terms,
            share: row.split.then_some(row.share_cents),
            accrued: None,
        };
        let none = row.internal || !row.holds;
        Outlook {
            whole: if none || row.accrued { Cents::ZERO } else { holder.due() },
            unit: match row.rate_mode {
                VendorRateMode::PerUnit if !row.internal => row.payment_cents,
                _ => Cents::ZERO,
            },
            beyond: row.service_rate.filter(|_| !row.internal).unwrap_or(Cents::ZERO),
        }
    }

    /// What so many units bring, with the payment as a whole where an included one makes it owed.
    fn brings(&self, included: i64, beyond: i64) -> Cents {
        let times = |rate: Cents, units| rate.times(units).unwrap_or(Cents::ZERO);
        let whole = if included > 0 { self.whole } else { Cents::ZERO };
        whole + times(self.unit, included) + times(self.beyond, beyond)
    }
}

impl Engine {
    fn vendor_pack(&self, row: &VendorPackRow, now: Instant) -> VendorPack {
        let show = |amount: Cents| amount.show(self.currency());
        let until = self.zone().show_date_short(row.ends_at);
        let coming = row.gets_next && !row.holds && row.delivered == 0 && row.waiting == 0 && !row.split;
        let (next, leaves) = match row {
            _ if row.gets_next => (format!("Starts {until}"), false),
            _ if !row.holds => ("Moved to another vendor".to_owned(), true),
            _ if !row.latest || row.ends_at <= now => (String::new(), false),
            _ if !row.goes_on || row.goes || !row.active => (format!("Ends {until}"), true),
            _ => ("Continues".to_owned(), false),
        };
        let outlook = Outlook::of(row);
        let adds = if coming {
            String::new()
        } else {
            match (row.next_number, row.next_included, row.next_overage) {
                (Some(number), Some(included), Some(beyond)) => {
                    let units = included + beyond;
                    format!(
                        "{} with #{number} ({})",
                        show(outlook.brings(included, beyond)),
                        counted(units, "unit", "units")
                    )
                }
                _ if !row.holds || row.internal => show(Cents::ZERO),
                _ if outlook.whole > Cents::ZERO => format!("{} with the first unit", show(outlook.whole)),
                _ if outlook.unit > Cents::ZERO => format!("{} a unit", show(outlook.unit)),
                _ => "Flat fee".to_owned(),
            }
        };
        VendorPack {
            id: row.period_id.to_string(),
            client: row.alias.clone(),
            pack: pack_label(row.included_units, &row.service),
            usage: Usage {
                used: row.used_units,
                included: row.included_units,
            },
            delivered: row.delivered,
            waiting: row.waiting,
            period: self.zone().show_span(row.starts_at, row.ends_at),
            until: if coming {
                format!("Starts {}", self.zone().show_short(row.ends_at))
            } else if row.ends_at <= now {
                format!("Ended {}", self.zone().show_short(row.ends_at))
            } else {
                format!("Ends {}", self.zone().show_short(row.ends_at))
            },
            next,
            leaves,
            coming,
            terms: self.payment_words((!row.internal).then_some(VendorTerms {
                payment: row.payment_cents,
                mode: row.rate_mode,
            })),
            earned: show(row.earned),
            paid: show(row.paid),
            adds,
        }
    }

    /// §20: what a vendor has earned with the periods that run, and earns if all that waits is delivered.
    fn expected(packs: &[VendorPackRow], now: Instant) -> (Cents, Cents) {
        let running = packs.iter().filter(|row| row.starts_at <= now && row.ends_at > now);
        running.fold((Cents::ZERO, Cents::ZERO), |(earned, expected), row| {
            let outlook = Outlook::of(row);
            let to_come = outlook.brings(row.waiting_included, row.waiting_overage);
            // A pack that is paid for as a whole brings that in the end, delivered from or not (VP2).
            let whole = if row.waiting_included == 0 {
                outlook.whole
            } else {
                Cents::ZERO
            };
            (earned + row.earned, expected + row.earned + to_come + whole)
        })
    }

    /// A vendor's home and its list of packs, in three statements.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn vendor_overview(&self, caller: &Caller) -> AppResult<VendorOverview> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let packs = rows::vendor_packs(&mut tx, vendor, Periods::Running, now)
            .await
            .or_internal()?;
        // As the slip of now: what is not paid, and what the periods that run have brought.
        let of_now = PayableFilter {
            vendor: Some(vendor),
            running_at: Some(now),
            external: true,
            ..PayableFilter::default()
        };
        let totals = rows::totals(&mut tx, &of_now).await.or_internal()?;
        let payments = rows::payments(&mut tx, vendor, PAYMENTS).await.or_internal()?;
        drop(tx);
        let (earned, expected) = Self::expected(&packs, now);
        let show = |amount: Cents| amount.show(self.currency());
        let sum = |of: fn(&rows::TotalRow) -> Cents| -> Cents { totals.iter().map(of).sum() };
        let (accrued, approved, settled) = (sum(|t| t.accrued), sum(|t| t.approved), sum(|t| t.paid));
        let views = packs.iter().map(|row| self.vendor_pack(row, now));
        let (coming, here): (Vec<VendorPack>, Vec<VendorPack>) = views.partition(|pack| pack.coming);
        Ok(VendorOverview {
            packs: here.into_iter().chain(coming).collect(),
            expected: show(expected),
            earned: show(earned),
            to_pay: show(accrued + approved),
            all: show(settled + approved + accrued),
            sums: [settled, approved, accrued].map(show),
            cents: [settled.0, approved.0, accrued.0],
            payments: payments
                .into_iter()
                .map(|row| VendorPayment {
                    paid_on: row.paid_on.words(),
                    reference: row.reference,
                    lines: row.lines,
                    amount: show(row.amount),
                })
                .collect(),
        })
    }

    /// The live pay slip (AH7): now, or of a month, in five statements.
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn slip(&self, caller: &Caller, month: &str) -> AppResult<Slip> {
        self.slip_of_lines(caller, month, EXPORTED).await
    }

    /// The same with so many lines at most; what it adds up to is of all of them (AH7).
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub async fn slip_of_lines(&self, caller: &Caller, month: &str, most: i64) -> AppResult<Slip> {
        caller.require(Capability::VendorArea)?;
        let vendor = caller.vendor_id.ok_or(AppError::Forbidden)?;
        let mut tx = self.db().read().await.or_internal()?;
        Ok(self.slip_of(&mut tx, vendor, month, most).await?.0)
    }

    /// The slip, and what is expected of the periods that run (§20).
    async fn slip_of(&self, tx: &mut Tx, vendor: VendorId, asked: &str, most: i64) -> AppResult<(Slip, Cents)> {
        let now = self.now();
        let days = month(asked);
        let filter = PayableFilter {
            vendor: Some(vendor),
            days,
            running_at: days.is_none().then_some(now),
            limit: most + 1,
            ..PayableFilter::default()
        };
        let periods = match days {
            Some((from, to)) => Periods::Began(self.zone().start_of(from), self.zone().start_of(to)),
            None => Periods::Running,
        };
        let packs = rows::vendor_packs(tx, vendor, periods, now).await.or_internal()?;
        let found = rows::list(tx, &filter).await.or_internal()?;
        let (found, more) = page_of(found, most, |_| String::new());
        let totals = rows::totals(tx, &filter).await.or_internal()?;
        let frame = rows::frame(tx, Some(vendor)).await.or_internal()?;
        let names = store::people::vendor_and_agency(tx, vendor).await.or_internal()?;
        let (name, agency) = names.unwrap_or_default();
        let show = |amount: Cents| amount.show(self.currency());
        let sum = |of: fn(&rows::TotalRow) -> [Cents; 3]| show(totals.iter().flat_map(of).sum());
        let (_, expected) = Self::expected(&packs, now);
        let slip = Slip {
            vendor: name,
            agency,
            month: days.map(|(first, _)| first.month()).unwrap_or_default(),
            title: days.map_or_else(|| "Now".to_owned(), |(first, _)| first.month_words()),
            months: months(frame.as_ref(), asked),
            packs: packs
                .iter()
                .map(|row| self.vendor_pack(row, now))
                .filter(|pack| !pack.coming)
                .collect(),
            earned: sum(|all| [all.accrued, all.approved, all.paid]),
            to_pay: sum(|all| [all.accrued, all.approved, Cents(0)]),
            paid: sum(|all| [all.paid, Cents(0), Cents(0)]),
            more: more.is_some(),
            lines: found.into_iter().map(|row| self.slip_line(row)).collect(),
            as_of: self.zone().show(now),
            currency: self.currency(),
        };
        Ok((slip, expected))
    }

    fn slip_line(&self, row: rows::PayableRow) -> SlipLine {
        let paid = match (row.paid_on, row.reference.as_deref()) {
            (Some(day), Some("") | None) => day.words(),
            (Some(day), Some(reference)) => format!("{}, {reference}", day.words()),
            (None, _) => String::new(),
        };
        SlipLine {
            id: row.id.to_string(),
            day: self.zone().show_date(row.accrued_at),
            what: what_words(&row),
            rate: Self::rate_words(&row),
            amount: row.amount_cents.show(row.currency),
            cents: row.amount_cents,
            state: row.state,
            paid,
            asked: row.asked,
            client: row.alias,
        }
    }

    /// What staff see of a vendor's slip: what the vendor sees now (AH7, I8).
    ///
    /// # Errors
    /// [`AppError::Forbidden`].
    pub(crate) async fn slip_totals(&self, tx: &mut Tx, vendor: VendorId) -> AppResult<SlipTotals> {
        let (slip, expected) = self.slip_of(tx, vendor, "", EXPORTED).await?;
        Ok(SlipTotals {
            earned: slip.earned,
            to_pay: slip.to_pay,
            paid: slip.paid,
            expected: expected.show(self.currency()),
        })
    }
}
