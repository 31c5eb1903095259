//! What was picked, with what was seen of it (AS6).

use domain::{AppError, AppResult, SubscriptionId, VendorId, assignment::MAX_PICKS, error::Problem};
use std::collections::BTreeSet;
use store::assignment::FactsRow;

/// One pack of a selection, with what was seen of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) id: SubscriptionId,
    pub(super) version: i64,
    pub(super) seq: i64,
    pub(super) vendor: Option<VendorId>,
}

pub(crate) fn pick_text(id: SubscriptionId, version: i64, seq: i64) -> String {
    format!("{id}~{version}.{seq}")
}

pub(super) fn read_pick(text: &str) -> Option<Pick> {
    let mut parts = text.split('~');
    let id = parts.next()?.parse().ok()?;
    let (version, seq) = parts.next()?.split_once('.')?;
    let vendor = parts.next().map(str::parse).transpose().ok()?;
    Some(Pick {
        id,
        version: version.parse().ok()?,
        seq: seq.parse().ok()?,
        vendor,
    })
}

/// The picks of a selection, each once. One that cannot be read is nobody's (§25).
pub(super) fn read_picks(texts: &[String]) -> AppResult<Vec<Pick>> {
    let mut seen = BTreeSet::new();
    let mut picks = Vec::new();
    for text in texts {
        let pick = read_pick(text).ok_or(AppError::NotFound)?;
        if seen.insert(pick.id) {
            picks.push(pick);
        }
    }
    some(picks)
}

/// The packs of a selection, each once, whatever was seen of them.
pub(super) fn read_ids(texts: &[String]) -> AppResult<Vec<SubscriptionId>> {
    let ids = texts
        .iter()
        .map(|text| text.split('~').next().unwrap_or_default().parse());
    let ids: BTreeSet<SubscriptionId> = ids.collect::<Result<_, _>>().map_err(|_| AppError::NotFound)?;
    some(ids.into_iter().collect())
}

/// A selection of at least one and not too many.
pub(crate) fn some<T>(picks: Vec<T>) -> AppResult<Vec<T>> {
    match picks.len() {
        0 => Err(AppError::field("picks", Problem::Required)),
        1..=MAX_PICKS => Ok(picks),
        _ => Err(AppError::field(
            "picks",
            Problem::NumberRange {
                min: 1,
                max: MAX_PICKS as i64,
            },
        )),
    }
}

impl Pick {
    pub(super) fn is_stale(&self, facts: &FactsRow) -> bool {
        (self.version, self.seq) != (facts.assignment_version, facts.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as6_a_pick_survives_its_text(id: u128, version: i64, seq: i64, vendor: Option<u128>) {
            let id = SubscriptionId::from(uuid::Uuid::from_u128(id));
            let vendor = vendor.map(|v| VendorId::from(uuid::Uuid::from_u128(v)));
            let mut text = pick_text(id, version, seq);
            if let Some(vendor) = vendor {
                text = format!("{text}~{vendor}");
            }
            prop_assert_eq!(read_pick(&text), Some(Pick { id, version, seq, vendor }));
        }

        #[test]
        fn s25_a_pick_that_is_none_is_nobodys(text in ".{0,60}") {
            if let Ok(picks) = read_picks(std::slice::from_ref(&text)) {
                prop_assert_eq!(picks.len(), 1);
            }
        }
    }
}
