//! AH6: what is still to come for a vendor, what it delivers, and how a selection of packs may be spread.
//!
//! Whole units and thousandths only. A forecast is made for [`WEEKS`] weeks; a vendor's rate is what it delivers in its good
//! weeks, because a week without work says nothing about what it can do.

use crate::Instant;

/// Weeks that a forecast looks ahead.
pub const WEEKS: usize = 4;

/// Weeks of deliveries that a rate is made of.
pub const RATE_WEEKS: usize = 8;

/// Closed periods that a client's pace is made of, at most.
pub const PACE_PERIODS: usize = 3;

/// Days that a period is taken to last which has not begun.
const NEXT_DAYS: i64 = 30;

/// A client's usual pace: how much of its allowance it uses in a period, in thousandths, from its last closed periods
/// (used and included units, newest first). Without any: all of it, because that is what may come.
pub fn pace_permille(closed: &[(i64, i64)]) -> i64 {
    let last = closed.iter().take(PACE_PERIODS);
    let (used, included) = last.fold((0_i64, 0_i64), |sum, (used, included)| {
        (sum.0.saturating_add(*used), sum.1.saturating_add(*included))
    });
    if included <= 0 {
        1_000
    } else {
        (i128::from(used.max(0)) * 1_000 / i128::from(included)).min(1_000) as i64
    }
}

/// Units still to come of an allowance: what is left × the pace, rounded up.
pub fn to_come(remaining: i64, pace_permille: i64) -> i64 {
    let thousandths = i128::from(remaining.max(0)) * i128::from(pace_permille.max(0));
    i64::try_from((thousandths + 999) / 1_000).unwrap_or(i64::MAX)
}

/// A pack as the forecast sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// Units still to come in its present period; 0 where another vendor has that.
    pub now: i64,
    /// Units to come in its next one; 0 where another vendor gets that, or there is none.
    pub next: i64,
    /// When the present one ends.
    pub boundary: Instant,
}

impl Coming {
    /// Units that come in each week from `now` on. What comes in a period comes evenly.
    pub fn by_week(&self, now: Instant) -> [i64; WEEKS] {
        let left = (self.boundary.0 - now.0).max(1);
        let after = Instant(NEXT_DAYS * 86_400_000_000).0;
        let by = |units: i64, from: i64, length: i64, at: i64| -> i64 {
            let passed = (at - from).clamp(0, length);
            (i128::from(units.max(0)) * i128::from(passed) / i128::from(length)) as i64
        };
        let until = |at: Instant| by(self.now, now.0, left, at.0) + by(self.next, now.0 + left, after, at.0);
        let mut weeks = [0; WEEKS];
        let mut before = 0;
        for (week, units) in (1..).zip(weeks.iter_mut()) {
            let so_far = until(now.plus_days(7 * week));
            *units = so_far - before;
            before = so_far;
        }
        weeks
    }

    /// Units that come within the forecast.
    pub fn units(&self, now: Instant) -> i64 {
        self.by_week(now).iter().sum()
    }
}

/// Units a week in thousandths that a vendor delivers, from its deliveries by week (any order): the mean of the better
/// half of [`RATE_WEEKS`] weeks. `None`: it has delivered nothing yet.
pub fn rate_milli(delivered: &[i64]) -> Option<i64> {
    let mut weeks: Vec<i64> = delivered.iter().copied().filter(|units| *units > 0).collect();
    weeks.sort_unstable_by(|a, b| b.cmp(a));
    weeks.truncate(RATE_WEEKS / 2);
    let count = i64::try_from(weeks.len()).ok().filter(|count| *count > 0)?;
    let sum = weeks.iter().fold(0_i64, |sum, units| sum.saturating_add(*units));
    Some(sum.saturating_mul(1_000) / count)
}

/// Adds up what comes by week.
pub fn add(weeks: &mut [i64; WEEKS], more: [i64; WEEKS]) {
    for (week, units) in weeks.iter_mut().zip(more) {
        *week = week.saturating_add(units);
    }
}

/// A vendor as the forecast sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Units that were submitted and are not delivered.
    pub waiting: i64,
    /// Units that come in each week of the forecast.
    pub weeks: [i64; WEEKS],
    /// What it delivers a week ([`rate_milli`]).
    pub rate_milli: Option<i64>,
}

impl Load {
    /// What waits, and what comes within the forecast.
    pub fn units(&self) -> i64 {
        self.weeks
            .iter()
            .fold(self.waiting, |sum, units| sum.saturating_add(*units))
    }

    /// Units more than it can deliver within the forecast; 0 where it can, or where nobody knows.
    pub fn too_many(&self) -> i64 {
        let Some(rate) = self.rate_milli else { return 0 };
        let can = i128::from(rate) * WEEKS as i128 / 1_000;
        i64::try_from(i128::from(self.units()) - can).unwrap_or(i64::MAX).max(0)
    }

    /// The rate that it may be reckoned with: its own where work waits for it longer than a week, because then it is what it
    /// can do; else at least an average one, because nobody has seen its limit.
    fn reckoned(&self, average: i64) -> i64 {
        match self.rate_milli {
            Some(rate) if i128::from(self.waiting) * 1_000 > i128::from(rate) => rate.max(1),
            Some(rate) => rate.max(average),
            None => average,
        }
    }

    /// The same with more units to come.
    pub fn with(mut self, more: [i64; WEEKS]) -> Load {
        add(&mut self.weeks, more);
        self
    }
}

/// A pack that may be given to one of several vendors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it brings within the forecast.
    pub units: i64,
    /// Who offers its service, as places in the list of vendors.
    pub offered_by: Vec<usize>,
}

/// What vendors deliver a week on average, in thousandths; never 0.
fn average(vendors: &[Load]) -> i64 {
    let known: Vec<i64> = vendors.iter().filter_map(|v| v.rate_milli).collect();
    let sum = known.iter().fold(0_i64, |sum, rate| sum.saturating_add(*rate));
    i64::try_from(known.len()).map_or(1, |count| sum / count.max(1)).max(1)
}

/// AH6: who should get which pack, so that the vendor with the longest queue has as little as can be: the largest packs
/// first, each to where the work that is then there takes the least time. `None`: nobody offers it.
///
/// No vendor is worse off than if everything went to any one vendor that offers it all.
pub fn spread(vendors: &[Load], pieces: &[Piece]) -> Vec<Option<usize>> {
    let average = average(vendors);
    let rate = |at: usize| i128::from(vendors[at].reckoned(average));
    let mut load: Vec<i64> = vendors.iter().map(Load::units).collect();
    let mut order: Vec<usize> = (0..pieces.len()).collect();
    order.sort_by_key(|at| (-pieces[*at].units, pieces[*at].offered_by.len(), *at));
    let mut given = vec![None; pieces.len()];
    for at in order {
        let piece = &pieces[at];
        let after = |vendor: usize| i128::from(load[vendor].saturating_add(piece.units));
        let best = piece.offered_by.iter().copied().filter(|v| *v < vendors.len());
        // a / rate(a) < b / rate(b), without fractions
        let best = best.min_by(|a, b| (after(*a) * rate(*b)).cmp(&(after(*b) * rate(*a))).then(a.cmp(b)));
        if let Some(vendor) = best {
            load[vendor] = load[vendor].saturating_add(piece.units);
        }
        given[at] = best;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ah6_the_pace_is_that_of_the_last_periods() {
        assert_eq!(pace_permille(&[]), 1_000);
        assert_eq!(pace_permille(&[(10, 20)]), 500);
        assert_eq!(
            pace_permille(&[(20, 20), (10, 20), (0, 20), (20, 20)]),
            500,
            "three only"
        );
        assert_eq!(to_come(15, 500), 8);
        assert_eq!(to_come(0, 1_000), 0);
        assert_eq!(to_come(-1, 1_000), 0);
    }

    #[test]
    fn ah6_a_week_without_work_says_nothing_about_the_rate() {
        assert_eq!(rate_milli(&[]), None);
        assert_eq!(rate_milli(&[0, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(rate_milli(&[0, 10, 0, 20, 0, 0, 0, 0]), Some(15_000));
        assert_eq!(rate_milli(&[1, 2, 3, 4, 5, 6, 7, 8]), Some(6_500));
    }

    #[test]
    fn ah6_too_many_is_what_does_not_fit_into_the_weeks() {
        let load = Load {
            waiting: 30,
            weeks: [40, 10, 10, 10],
            rate_milli: Some(20_500),
        };
        assert_eq!((load.too_many(), load.with([0, -19, 0, 0]).too_many()), (18, 0));
        assert_eq!(load.with([1, 2, 3, 4]).weeks, [41, 12, 13, 14]);
        assert_eq!(
            Load {
                rate_milli: None,
                ..load
            }
            .too_many(),
            0
        );
    }

    #[test]
    fn ah6_a_vendor_is_reckoned_with_by_its_own_rate_only_where_it_cannot_do_more() {
        let of = |waiting, rate_milli| {
            let weeks = [0; WEEKS];
            Load {
                waiting,
                weeks,
                rate_milli,
            }
            .reckoned(10_000)
        };
        assert_eq!(of(6, Some(5_000)), 5_000, "more waits than it delivers in a week");
        assert_eq!(of(5, Some(5_000)), 10_000, "as much as it delivers");
        assert_eq!(of(3, Some(12_000)), 12_000, "it is known to do more than most");
        assert_eq!(of(0, None), 10_000);
        assert_eq!(of(1, Some(0)), 1);
    }

    #[test]
    fn ah6_the_average_is_of_those_whose_rate_is_known() {
        let of = |rate_milli| Load {
            waiting: 0,
            weeks: [0; WEEKS],
            rate_milli,
        };
        assert_eq!(average(&[of(Some(4_000)), of(None), of(Some(8_000))]), 6_000);
        assert_eq!((average(&[of(None)]), average(&[])), (1, 1));
    }

    #[test]
    fn ah6_the_largest_pack_is_given_first() {
        let free = Load {
            waiting: 0,
            weeks: [0; WEEKS],
            rate_milli: None,
        };
        let piece = |units| Piece {
            units,
            offered_by: vec![0, 1],
        };
        // In the order in which they come, the last one would have nowhere to go: 1 and 2, then 4 on top of one of them.
        let given = spread(&[free, free], &[piece(1), piece(2), piece(4)]);
        assert_eq!(given, [Some(1), Some(1), Some(0)]);
        let unknown = Piece {
            units: 1,
            offered_by: vec![7],
        };
        assert_eq!(spread(&[free], &[unknown]), [None], "who is not there gets nothing");
    }

    #[test]
    fn ah6_what_is_left_of_a_period_comes_evenly_and_then_the_next_one() {
        let now = Instant::from_secs(1_800_000_000);
        let coming = Coming {
            now: 14,
            next: 31,
            boundary: now.plus_days(14),
        };
        let weeks = coming.by_week(now);
        assert_eq!(weeks[..2], [7, 7]);
        assert_eq!(weeks[2..].iter().sum::<i64>(), 31 * 14 / NEXT_DAYS);
    }

    fn load() -> impl Strategy<Value = Load> {
        (0_i64..500, 0_i64..500, prop::option::of(1_i64..100_000)).prop_map(|(waiting, coming, rate_milli)| Load {
            waiting,
            weeks: [coming, 0, 0, 0],
            rate_milli,
        })
    }

    fn world() -> impl Strategy<Value = (Vec<Load>, Vec<Piece>)> {
        prop::collection::vec(load(), 1..6).prop_flat_map(|vendors| {
            let who = prop::collection::btree_set(0..vendors.len(), 0..=vendors.len());
            let piece = (0_i64..100, who).prop_map(|(units, who)| Piece {
                units,
                offered_by: who.into_iter().collect(),
            });
            (Just(vendors), prop::collection::vec(piece, 0..20))
        })
    }

    proptest! {
        #[test]
        fn ah6_what_comes_comes_once(now_units in 0_i64..10_000, next in 0_i64..10_000, days in 0_i64..40) {
            let now = Instant::from_secs(1_800_000_000);
            let coming = Coming { now: now_units, next, boundary: now.plus_days(days) };
            let weeks = coming.by_week(now);
            prop_assert!(weeks.iter().all(|units| *units >= 0));
            prop_assert!(coming.units(now) <= now_units + next);
            if days <= 28 {
                prop_assert!(coming.units(now) >= now_units, "all of a period that is over by then has come");
            } else {
                prop_assert!(coming.units(now) <= now_units, "nothing of the next one has");
            }
        }

        #[test]
        fn ah6_a_spread_gives_each_pack_once_and_only_to_who_offers_it((vendors, pieces) in world()) {
            let given = spread(&vendors, &pieces);
            prop_assert_eq!(given.len(), pieces.len());
            for (to, piece) in given.iter().zip(&pieces) {
                match to {
                    Some(vendor) => prop_assert!(piece.offered_by.contains(vendor)),
                    None => prop_assert!(piece.offered_by.is_empty()),
                }
            }
            prop_assert_eq!(&spread(&vendors, &pieces), &given, "the same again");
        }

        #[test]
        fn ah6_a_spread_is_never_worse_than_all_to_one((vendors, mut pieces) in world()) {
            let all: Vec<usize> = (0..vendors.len()).collect();
            for piece in &mut pieces {
                piece.offered_by.clone_from(&all);
            }
            let average = average(&vendors);
            // The longest time that work waits, as a fraction compared crosswise.
            let longest = |loads: &[i64]| loads.iter().zip(&vendors)
                .map(|(load, v)| (i128::from(*load), i128::from(v.reckoned(average))))
                .reduce(|a, b| if a.0 * b.1 >= b.0 * a.1 { a } else { b }).unwrap();
            let mut spread_load: Vec<i64> = vendors.iter().map(Load::units).collect();
            for (to, piece) in spread(&vendors, &pieces).into_iter().zip(&pieces) {
                spread_load[to.unwrap()] += piece.units;
            }
            let (units, rate) = longest(&spread_load);
            for one in all {
                let mut loads: Vec<i64> = vendors.iter().map(Load::units).collect();
                loads[one] += pieces.iter().map(|p| p.units).sum::<i64>();
                let (there, their_rate) = longest(&loads);
                prop_assert!(units * their_rate <= there * rate);
            }
        }
    }

    /// A year of an agency, day by day: packs come in batches and go, clients use their units at their own pace, vendors
    /// deliver what they can. All that the assignments know is what the product would know on that day.
    mod year {
        use super::super::*;
        use std::collections::VecDeque;

        const DAYS: i64 = 365;
        const MONTH: i64 = 30;
        /// Days from submission until a unit is late.
        const TURNAROUND: i64 = 5;
        const VENDORS: usize = 7;

        struct Dice(u64);

        impl Dice {
            fn below(&mut self, n: i64) -> i64 {
                self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = self.0;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                ((z ^ (z >> 31)) % n.unsigned_abs()) as i64
            }
        }

        struct Pack {
            quantity: i64,
            begins: i64,
            ends: i64,
            /// The day of each unit that will be asked for.
            asks: Vec<i64>,
        }

        /// The packs of one year, whoever does the work.
        fn agency(dice: &mut Dice) -> Vec<Pack> {
            let mut packs = Vec::new();
            for batch in 0..24 {
                for _ in 0..(2 + dice.below(8)) {
                    let quantity = [5, 10, 20, 50][dice.below(4) as usize];
                    let usual = 200 + dice.below(801);
                    let begins = batch * 15;
                    let ends = (begins + MONTH * (2 + dice.below(6))).min(DAYS);
                    let mut asks = Vec::new();
                    for month in 0..(ends - begins) / MONTH {
                        let pace = (usual + dice.below(201) - 100).clamp(0, 1_000);
                        for _ in 0..quantity * pace / 1_000 {
                            asks.push(begins + month * MONTH + dice.below(MONTH));
                        }
                    }
                    packs.push(Pack {
                        quantity,
                        begins,
                        ends,
                        asks,
                    });
                }
            }
            packs
        }

        struct Books {
            /// By pack: who has it.
            vendor: Vec<Option<usize>>,
            packs: Vec<Pack>,
            /// By vendor: the days on which its waiting units were submitted.
            queue: Vec<VecDeque<i64>>,
            /// By vendor and week: units delivered.
            delivered: Vec<Vec<i64>>,
        }

        impl Books {
            fn used(&self, pack: usize, from: i64, to: i64) -> i64 {
                self.packs[pack]
                    .asks
                    .iter()
                    .filter(|day| from <= **day && **day < to)
                    .count() as i64
            }

            /// What the forecast makes of a pack on a day.
            fn coming(&self, pack: usize, day: i64) -> Coming {
                let p = &self.packs[pack];
                let month = (day - p.begins) / MONTH;
                let start = p.begins + month * MONTH;
                let closed: Vec<(i64, i64)> = (0..month)
                    .rev()
                    .map(|m| {
                        (
                            self.used(pack, p.begins + m * MONTH, p.begins + (m + 1) * MONTH),
                            p.quantity,
                        )
                    })
                    .collect();
                let pace = pace_permille(&closed);
                Coming {
                    now: to_come(p.quantity - self.used(pack, start, day), pace),
                    next: to_come(p.quantity, pace),
                    boundary: Instant::from_secs((start + MONTH) * 86_400),
                }
            }

            fn load(&self, vendor: usize, day: i64) -> Load {
                let now = Instant::from_secs(day * 86_400);
                let packs =
                    (0..self.packs.len()).filter(|p| self.vendor[*p] == Some(vendor) && day < self.packs[*p].ends);
                let coming: i64 = packs.map(|p| self.coming(p, day).units(now)).sum();
                let week = (day / 7) as usize;
                Load {
                    waiting: self.queue[vendor].len() as i64,
                    weeks: [coming, 0, 0, 0],
                    rate_milli: rate_milli(&self.delivered[vendor][week.saturating_sub(RATE_WEEKS)..week]),
                }
            }

            /// The proposed spread for the packs that begin on a day.
            fn proposed(&self, batch: &[usize], day: i64) -> Vec<usize> {
                let now = Instant::from_secs(day * 86_400);
                let loads: Vec<Load> = (0..VENDORS).map(|v| self.load(v, day)).collect();
                let pieces: Vec<Piece> = batch
                    .iter()
                    .map(|pack| Piece {
                        units: self.coming(*pack, day).units(now),
                        offered_by: (0..VENDORS).collect(),
                    })
                    .collect();
                spread(&loads, &pieces).into_iter().map(Option::unwrap).collect()
            }

            /// What people do who see only how many packs each has: the next one to whom has the fewest.
            fn by_count(&self, batch: &[usize], day: i64) -> Vec<usize> {
                let live = |v: usize| {
                    (0..self.packs.len())
                        .filter(|p| self.vendor[*p] == Some(v) && day < self.packs[*p].ends)
                        .count()
                };
                let mut counts: Vec<usize> = (0..VENDORS).map(live).collect();
                batch
                    .iter()
                    .map(|_| {
                        let fewest = (0..VENDORS).min_by_key(|v| (counts[*v], *v)).unwrap();
                        counts[fewest] += 1;
                        fewest
                    })
                    .collect()
            }
        }

        /// Units delivered, and those delivered late or still owed after their day.
        pub(super) fn run(seed: u64, with_spread: bool) -> (i64, i64) {
            let mut dice = Dice(seed);
            let packs = agency(&mut dice);
            // What each can deliver differs fourfold; together it is a tenth more than is asked for in the busiest month.
            let asked = |from: i64| {
                let days = packs.iter().flat_map(|p| &p.asks);
                days.filter(|day| (from..from + MONTH).contains(*day)).count() as i64
            };
            let busiest = (0..DAYS - MONTH).map(asked).max().unwrap();
            let weights: Vec<i64> = (0..VENDORS).map(|_| 10 + dice.below(31)).collect();
            let all: i64 = weights.iter().sum();
            let daily_milli: Vec<i64> = weights.iter().map(|w| busiest * 1_100 * w / (all * MONTH)).collect();
            let mut books = Books {
                vendor: vec![None; packs.len()],
                packs,
                queue: vec![VecDeque::new(); VENDORS],
                delivered: vec![vec![0; DAYS as usize / 7 + 2]; VENDORS],
            };
            let (mut done, mut late) = (0, 0);
            let mut credit = [0_i64; VENDORS];
            for day in 0..DAYS {
                let batch: Vec<usize> = (0..books.packs.len())
                    .filter(|p| books.packs[*p].begins == day)
                    .collect();
                let to = if with_spread {
                    books.proposed(&batch, day)
                } else {
                    books.by_count(&batch, day)
                };
                for (pack, vendor) in batch.iter().zip(to) {
                    books.vendor[*pack] = Some(vendor);
                }
                for (pack, vendor) in books.packs.iter().zip(&books.vendor) {
                    let Some(vendor) = vendor else { continue };
                    let today = pack.asks.iter().filter(|d| **d == day);
                    books.queue[*vendor].extend(today);
                }
                for vendor in 0..VENDORS {
                    // A day's capacity that is not needed is gone.
                    credit[vendor] = credit[vendor] % 1_000 + daily_milli[vendor];
                    while credit[vendor] >= 1_000
                        && let Some(submitted) = books.queue[vendor].pop_front()
                    {
                        credit[vendor] -= 1_000;
                        done += 1;
                        books.delivered[vendor][(day / 7) as usize] += 1;
                        late += i64::from(day > submitted + TURNAROUND);
                    }
                }
            }
            late += books
                .queue
                .iter()
                .flatten()
                .filter(|submitted| DAYS > **submitted + TURNAROUND)
                .count() as i64;
            (done, late)
        }
    }

    /// AH6 proved on what would have been: with the proposed spread no more units are late than without, in any of these
    /// years.
    #[test]
    fn ah6_back_test_the_spread_delivers_no_more_units_late() {
        let (mut with, mut without, mut units) = (0, 0, 0);
        for seed in 1..=12 {
            let (done, late) = year::run(seed, true);
            let (_, late_without) = year::run(seed, false);
            println!("year {seed:2}: {done} units delivered, late with the spread {late}, without {late_without}");
            assert!(
                late <= late_without,
                "year {seed}: {late} late with the spread, {late_without} without"
            );
            with += late;
            without += late_without;
            units += done;
        }
        println!("12 years: {units} units delivered, late with the spread {with}, without {without}");
        assert!(with < without);
    }
}
