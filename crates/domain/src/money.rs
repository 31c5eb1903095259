//! Money: integers of minor units with a currency. No floats anywhere.

use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, ops, str::FromStr};

/// An amount in minor units (cents). May be negative where it reverses another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// Nothing.
    pub const ZERO: Cents = Cents(0);

    /// `self × units`; `None` when it does not fit.
    pub fn times(self, units: i64) -> Option<Cents> {
        self.0.checked_mul(units).map(Cents)
    }

    /// "$1,234.50": always two decimals, for receipts and tables.
    pub fn show(self, currency: Currency) -> String {
        let (sign, whole, part) = self.parts();
        format!("{sign}{}{}.{part:02}", currency.symbol(), grouped(whole))
    }

    /// "$450" or "$450.50": decimals only where there are any, for sentences.
    pub fn brief(self, currency: Currency) -> String {
        let (sign, whole, part) = self.parts();
        if part == 0 {
            format!("{sign}{}{}", currency.symbol(), grouped(whole))
        } else {
            self.show(currency)
        }
    }

    /// "1234.50", as typed into a money field and written to CSV.
    pub fn plain(self) -> String {
        let (sign, whole, part) = self.parts();
        format!("{sign}{whole}.{part:02}")
    }

    fn parts(self) -> (&'static str, u64, u64) {
        let all = self.0.unsigned_abs();
        (if self.0 < 0 { "-" } else { "" }, all / 100, all % 100)
    }
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The text is not an amount of money with at most two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of money")]
pub struct BadMoney;

/// Reads what people type: "400", "400.5", "$1,234.50", " 0.50 ". More than two decimals is refused, never rounded.
impl FromStr for Cents {
    type Err = BadMoney;
    fn from_str(text: &str) -> Result<Self, BadMoney> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let text = text.strip_prefix(['$', '€', '£']).unwrap_or(text).trim();
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        if (whole.is_empty() && part.is_empty()) || part.len() > 2 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadMoney);
        }
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            digits(whole).ok_or(BadMoney)?.parse().map_err(|_| BadMoney)?
        };
        let part: i128 = format!("{part:0<2}").parse().map_err(|_| BadMoney)?;
        let all = whole
            .checked_mul(100)
            .and_then(|w| w.checked_add(part))
            .ok_or(BadMoney)?;
        i64::try_from(if negative { -all } else { all })
            .map(Cents)
            .map_err(|_| BadMoney)
    }
}

/// ASCII digits, bare or with a comma before every group of three. "1,5" is neither: whether one and a half or fifteen
/// was meant is not ours to guess.
fn digits(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let grouped = rest.is_empty() || (first.len() <= 3 && rest.iter().all(|group| group.len() == 3));
    let whole = text.replace(',', "");
    (grouped && !first.is_empty() && whole.bytes().all(|b| b.is_ascii_digit())).then_some(whole)
}

/// A whole number of at least 0 as people type it: "20", " 10,000 ". Signs, decimals and stray commas are refused.
pub fn whole(text: &str) -> Option<i64> {
    digits(text.trim())?.parse().ok()
}

impl ops::Add for Cents {
    type Output = Cents;
    fn add(self, other: Cents) -> Cents {
        Cents(self.0 + other.0)
    }
}
impl ops::Sub for Cents {
    type Output = Cents;
    fn sub(self, other: Cents) -> Cents {
        Cents(self.0 - other.0)
    }
}
impl ops::Neg for Cents {
    type Output = Cents;
    fn neg(self) -> Cents {
        Cents(-self.0)
    }
}
impl ops::AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        self.0 += other.0;
    }
}
impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(all: I) -> Cents {
        Cents(all.map(|c| c.0).sum())
    }
}

/// An ISO 4217 currency with two decimals; one per installation (IV3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// US dollars, the default.
    pub const USD: Currency = Currency(*b"usd");

    /// The code in lower case, as Stripe and the database write it.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("usd")
    }

    /// The sign put before an amount; the code in capitals and a space where there is no common sign.
    pub fn symbol(self) -> String {
        match &self.0 {
            b"usd" => "$".into(),
            b"eur" => "€".into(),
            b"gbp" => "£".into(),
            _ => format!("{} ", self.code().to_uppercase()),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is not a currency that the product can keep: three letters, two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a three-letter currency with two decimals")]
pub struct BadCurrency;

impl FromStr for Currency {
    type Err = BadCurrency;
    fn from_str(text: &str) -> Result<Self, BadCurrency> {
        // Zero- and three-decimal currencies would make every "cent" wrong by a power of ten.
        const NOT_TWO_DECIMALS: &[&str] = &[
            "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof",
            "xpf", "bhd", "iqd", "jod", "kwd", "lyd", "omr", "tnd",
        ];
        let lower = text.trim().to_ascii_lowercase();
        let bytes: [u8; 3] = lower.as_bytes().try_into().map_err(|_| BadCurrency)?;
        if !bytes.iter().all(u8::is_ascii_lowercase) || NOT_TWO_DECIMALS.contains(&lower.as_str()) {
            return Err(BadCurrency);
        }
        Ok(Currency(bytes))
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}
