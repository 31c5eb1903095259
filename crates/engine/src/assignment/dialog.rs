//! The dialog with its forecast (AH6).

use crate::{
    Caller, Engine, OnConstraint,
    assignment::{
        board::{Board, coming, label, pack_facts},
        picks::{Pick, pick_text, read_ids, read_pick},
    },
};
use domain::{
    AppError, AppResult, Capability, Instant, SubscriptionId, VendorId,
    assignment::{
        AssignmentQuery, Effect, Refusal, Summary, When,
        capacity::{Coming, Load, Piece, RATE_WEEKS, WEEKS, add, rate_milli, spread},
        effect,
        view::{Ahead, AssignDialog, PickLine, SpreadView, VendorChoice},
    },
    shown::counted,
};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    assignment::{self as rows, FactsRow, VendorRow},
};

/// Packs that have changed since they were chosen, of which the dialog says how.
const NAMED: usize = 3;

impl Engine {
    /// AH6: what each vendor has to do within the forecast, without what these packs will bring to whoever gets them.
    async fn loads(
        &self,
        tx: &mut Tx,
        board: &Board,
        picks: &BTreeSet<SubscriptionId>,
        now: Instant,
    ) -> AppResult<Vec<Load>> {
        let since = now.plus_days(-7 * RATE_WEEKS as i64);
        let delivered = rows::delivered_by_week(tx, since, now).await.or_internal()?;
        let running = rows::running_facts(tx).await.or_internal()?;
        let mut to_come: BTreeMap<VendorId, [i64; WEEKS]> = BTreeMap::new();
        for row in &running {
            let all = coming(row);
            let now_only = Coming { next: 0, ..all };
            let next_only = Coming { now: 0, ..all };
            if let Some(vendor) = row.vendor_id {
                add(to_come.entry(vendor).or_default(), now_only.by_week(now));
            }
            if let Some(vendor) = row.next_id.or(row.vendor_id)
                && !picks.contains(&row.id)
            {
                add(to_come.entry(vendor).or_default(), next_only.by_week(now));
            }
        }
        let loads = board.vendors.iter().map(|vendor| {
            let of_vendor = delivered.iter().filter(|(id, ..)| *id == vendor.id);
            let weeks: Vec<i64> = of_vendor.map(|(.., units)| *units).collect();
            Load {
                waiting: vendor.open_units,
                weeks: to_come.get(&vendor.id).copied().unwrap_or_default(),
                rate_milli: rate_milli(&weeks),
            }
        });
        Ok(loads.collect())
    }

    /// The words of why an assignment cannot be.
    pub(crate) fn refusal(&self, refusal: Refusal, vendor: &VendorRow, row: &FactsRow) -> String {
        match refusal {
            Refusal::NotOffered if !vendor.active => "vendor is inactive".to_owned(),
            Refusal::NotOffered => format!("vendor doesn't offer {}", row.service),
            Refusal::NotRunning(status) => format!("pack is {}", status.label().to_lowercase()),
            Refusal::Ends(at) => format!("pack ends {}", self.zone().show_date_short(at)),
        }
    }

    fn effect_words(&self, outcome: Result<Effect, Refusal>, vendor: &VendorRow, row: &FactsRow) -> String {
        match outcome {
            Ok(Effect::Now | Effect::Replaces) => "Starts now".to_owned(),
            Ok(Effect::Next(at)) => format!("Starts {}", self.zone().show_short(at)),
            Ok(Effect::Stays(at)) => format!("Stays after {}", self.zone().show_short(at)),
            Ok(Effect::Already) => "No change".to_owned(),
            Err(refusal) => format!("Can't: {}", self.refusal(refusal, vendor, row)),
        }
    }

    /// The dialog *Assign packs* for a selection (AS3, AS4, AH6). With `all`, for all that these filters let through.
    ///
    /// # Errors
    /// [`AppError::Forbidden`]; [`AppError::NotFound`] for a pack that is none; [`AppError::Invalid`] without a selection.
    pub async fn assign_dialog(
        &self,
        caller: &Caller,
        picks: &[String],
        all: Option<&AssignmentQuery>,
    ) -> AppResult<AssignDialog> {
        caller.require(Capability::AssignPacks)?;
        let matching;
        let texts = match all {
            Some(query) => {
                matching = self.matching_picks(caller, query).await?;
                &matching
            }
            None => picks,
        };
        let ids = read_ids(texts)?;
        let now = self.now();
        let mut tx = self.db().read().await.or_internal()?;
        let found = rows::facts(&mut tx, &ids).await.or_internal()?;
        if found.len() != ids.len() {
            return Err(AppError::NotFound);
        }
        let board = Board::read(&mut tx).await?;
        let loads = self.loads(&mut tx, &board, &ids.iter().copied().collect(), now).await?;
        let changed = self.changed(&mut tx, texts, &found, now).await?;
        drop(tx);
        let choices = board.vendors.iter().zip(&loads);
        let choices = choices.filter(|(vendor, _)| found.iter().any(|row| board.offers(vendor, row)));
        let mut vendors: Vec<VendorChoice> = choices
            .map(|(vendor, load)| self.choice(&board, vendor, *load, &found, now))
            .collect();
        vendors.sort_by_key(|choice| !choice.possible);
        let replaceable = if caller.can(Capability::ReplaceVendors) {
            found.iter().filter(|row| row.vendor_id.is_some()).count() as i64
        } else {
            0
        };
        let spread = (found.len() > 1 && vendors.len() > 1)
            .then(|| spread_view(&board, &loads, &found, now))
            .flatten();
        let lines = found.iter().map(|row| PickLine {
            // What is sent is what is shown here, not what was seen before.
            pick: pick_text(row.id, row.assignment_version, row.seq),
            client: row.client.clone(),
            service: row.service.clone(),
            pack: label(row.included_units, &row.service),
            quantity: row.included_units,
            period: format!(
                "{} to {}",
                self.zone().show_short(row.starts_at),
                self.zone().show_short(row.ends_at)
            ),
            vendor: row.vendor.clone(),
            next: row.next.clone(),
        });
        Ok(AssignDialog {
            form_key: self.new_id::<uuid::Uuid>().to_string(),
            picks: lines.collect(),
            changed,
            vendors,
            spread,
            replaceable,
        })
    }

    /// AS6: what has become of packs since they were chosen, in words: of the first few who and when, of the others how many.
    async fn changed(&self, tx: &mut Tx, texts: &[String], found: &[FactsRow], now: Instant) -> AppResult<Vec<String>> {
        let seen: Vec<Pick> = texts.iter().filter_map(|text| read_pick(text)).collect();
        let stale = |row: &&FactsRow| seen.iter().any(|pick| pick.id == row.id && pick.is_stale(row));
        let changed: Vec<&FactsRow> = found.iter().filter(stale).collect();
        let mut words = Vec::new();
        for row in changed.iter().take(NAMED) {
            let what = self.stale(tx, row.id, 0, now).await?.message();
            words.push(format!(
                "{} · {}: {what}",
                row.client,
                label(row.included_units, &row.service)
            ));
        }
        if changed.len() > NAMED {
            let others = counted((changed.len() - NAMED) as i64, "other pack has", "other packs have");
            words.push(format!("{others} also changed."));
        }
        Ok(words)
    }

    fn choice(&self, board: &Board, vendor: &VendorRow, load: Load, found: &[FactsRow], now: Instant) -> VendorChoice {
        let outcome = |row: &FactsRow, when| effect(&pack_facts(row), vendor.id, board.offers(vendor, row), when);
        let summed = |when| {
            let mut summary = Summary::default();
            for row in found {
                summary.add(outcome(row, when), |refusal| self.refusal(refusal, vendor, row));
            }
            summary
        };
        let (in_turn, at_once) = (summed(When::InTurn), summed(When::ReplaceNow));
        let words = |when, summary: &Summary| match found {
            [one] => self.effect_words(outcome(one, when), vendor, one),
            _ => summary.words(),
        };
        let mut brought = [0; WEEKS];
        for row in found {
            let all = coming(row);
            let next_only = Coming { now: 0, ..all };
            match outcome(row, When::InTurn) {
                Ok(Effect::Now | Effect::Replaces) => add(&mut brought, all.by_week(now)),
                Ok(Effect::Next(_) | Effect::Stays(_)) => add(&mut brought, next_only.by_week(now)),
                Ok(Effect::Already) if row.next_id.or(row.vendor_id) == Some(vendor.id) => {
                    add(&mut brought, next_only.by_week(now));
                }
                _ => {}
            }
        }
        let today = load.units();
        let load = load.with(brought);
        let too_many = load.too_many();
        VendorChoice {
            id: vendor.id.to_string(),
            name: vendor.name.clone(),
            load: format!(
                "{}, {}",
                counted(vendor.packs, "pack", "packs"),
                counted(vendor.open, "open request", "open requests")
            ),
            forecast: forecast_words(&load),
            ahead: Ahead {
                today,
                added: load.units().saturating_sub(today),
                capacity: capacity(&load),
            },
            warning: (too_many > 0).then(|| {
                format!(
                    "{} over {}'s capacity in the next {WEEKS} weeks.",
                    counted(too_many, "unit", "units"),
                    vendor.name
                )
            }),
            effect: words(When::InTurn, &in_turn),
            effect_now: words(When::ReplaceNow, &at_once),
            now: in_turn.now,
            next: in_turn.next,
            can: in_turn.can(),
            refused: in_turn.refused(),
            reasons: in_turn
                .cannot
                .iter()
                .map(|(reason, count)| format!("{count}: {reason}"))
                .collect(),
            possible: in_turn.can() > 0 || at_once.can() > 0,
            payment: match found {
                [one] => Some(self.payment_words(board.terms(vendor, one))),
                _ => None,
            },
        }
    }
}
/// AH6: units that a vendor delivers within the forecast.
fn capacity(load: &Load) -> Option<i64> {
    load.rate_milli.map(|rate| rate.saturating_mul(WEEKS as i64) / 1_000)
}

/// AH6: "Next 4 weeks: 115 to do, pace 120."
fn forecast_words(load: &Load) -> String {
    let to_do = load.units();
    let pace = match capacity(load) {
        Some(can) => format!("pace {can}"),
        None => format!("nothing delivered in the last {RATE_WEEKS} weeks"),
    };
    format!("Next {WEEKS} weeks: {to_do} to do, {pace}.")
}

/// AH6: the proposal for a selection. `None` where all would go to one vendor, or not all to somebody.
fn spread_view(board: &Board, loads: &[Load], found: &[FactsRow], now: Instant) -> Option<SpreadView> {
    let pieces: Vec<Piece> = found
        .iter()
        .map(|row| {
            let all = coming(row);
            let brought = if row.vendor_id.is_some() {
                Coming { now: 0, ..all }
            } else {
                all
            };
            let offering = board.vendors.iter().enumerate();
            let offered_by = offering.filter(|(_, vendor)| {
                let outcome = effect(&pack_facts(row), vendor.id, board.offers(vendor, row), When::InTurn);
                outcome.is_ok() && vendor.active
            });
            Piece {
                units: brought.units(now),
                offered_by: offered_by.map(|(at, _)| at).collect(),
            }
        })
        .collect();
    let given: Option<Vec<usize>> = spread(loads, &pieces).into_iter().collect();
    let given = given?;
    let mut counts: BTreeMap<usize, i64> = BTreeMap::new();
    for at in &given {
        *counts.entry(*at).or_default() += 1;
    }
    if counts.len() < 2 {
        return None;
    }
    let words: Vec<String> = counts
        .iter()
        .map(|(at, count)| format!("{} {count}", board.vendors[*at].name))
        .collect();
    let picks = found.iter().zip(&given).map(|(row, at)| {
        let text = pick_text(row.id, row.assignment_version, row.seq);
        format!("{text}~{}", board.vendors[*at].id)
    });
    let lines = found.iter().zip(&given).map(|(row, at)| {
        let pack = format!("{} · {}", row.client, label(row.included_units, &row.service));
        (pack, board.vendors[*at].name.clone())
    });
    Some(SpreadView {
        words: words.join(", "),
        lines: lines.collect(),
        picks: picks.collect(),
    })
}
