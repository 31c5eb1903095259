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
        let (whole, part) = self.parts();
        format!("{}{}{}.{part:02}", self.minus("−"), currency.symbol(), grouped(whole))
    }

    /// "$450" or "$450.50": decimals only where there are any, for sentences.
    pub fn brief(self, currency: Currency) -> String {
        let (whole, part) = self.parts();
        if part == 0 {
            format!("{}{}{}", self.minus("−"), currency.symbol(), grouped(whole))
        } else {
            self.show(currency)
        }
    }

    /// "1234.50", as typed into a money field and written to CSV.
    pub fn plain(self) -> String {
        let (whole, part) = self.parts();
        format!("{}{whole}.{part:02}", self.minus("-"))
    }

    const fn minus(self, sign: &str) -> &str {
        if self.0 < 0 { sign } else { "" }
    }

    fn parts(self) -> (u64, u64) {
        let all = self.0.unsigned_abs();
        (all / 100, all % 100)
    }
}

/// "1,234": a whole number as pages show it.
pub fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
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
        let (negative, text) = match text.strip_prefix(['-', '−']) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn amounts_are_added_and_turned_round() {
        let mut sum = Cents(100);
        sum += Cents(250);
        assert_eq!((sum, -sum, -Cents(-5)), (Cents(350), Cents(-350), Cents(5)));
    }

    #[test]
    fn iv3_currencies_by_their_sign_or_code() {
        let of = |code: &str| code.parse::<Currency>().unwrap();
        let signs = ["usd", "eur", "gbp", "chf"].map(|code| of(code).symbol());
        assert_eq!(signs, ["$", "€", "£", "CHF "]);
        assert_eq!(of("CHF").to_string(), "chf");
    }

    #[rstest]
    #[case("400", 40_000)]
    #[case("400.5", 40_050)]
    #[case("400.", 40_000)]
    #[case(".5", 50)]
    #[case(" 0.50 ", 50)]
    #[case("$1,234.50", 123_450)]
    #[case("$ 12", 1_200)]
    #[case("€9.99", 999)]
    #[case("12,345,678.90", 1_234_567_890)]
    #[case("-$5", -500)]
    #[case("−$5", -500)]
    #[case("-0.01", -1)]
    #[case("007", 700)]
    #[case("-92233720368547758.08", i64::MIN)]
    #[case("92233720368547758.07", i64::MAX)]
    fn pe1_amounts_as_people_type_them(#[case] text: &str, #[case] cents: i64) {
        assert_eq!(text.parse(), Ok(Cents(cents)));
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case("$")]
    #[case(".")]
    #[case(",")]
    #[case("1,5")]
    #[case("1,50")]
    #[case("1.2.3")]
    #[case("1.234")]
    #[case("0.001")]
    #[case("12,34")]
    #[case("1234,567")]
    #[case(",123")]
    #[case("1,234,")]
    #[case("1,,234")]
    #[case("1.5,0")]
    #[case("1.234,50")]
    #[case("--5")]
    #[case("$-5")]
    #[case("$$5")]
    #[case("+5")]
    #[case("1e3")]
    #[case("5 0")]
    #[case("five")]
    #[case("٣")]
    #[case("NaN")]
    #[case("92233720368547758.08")]
    #[case("99999999999999999999999999999999999999999999")]
    fn pe2_nothing_is_guessed_or_rounded(#[case] text: &str) {
        assert_eq!(text.parse::<Cents>(), Err(BadMoney));
    }

    #[rstest]
    #[case("20", Some(20))]
    #[case(" 10,000 ", Some(10_000))]
    #[case("0", Some(0))]
    #[case("1,5", None)]
    #[case("1.0", None)]
    #[case("-1", None)]
    #[case("+1", None)]
    #[case("", None)]
    #[case("1 000", None)]
    #[case("99999999999999999999", None)]
    fn pe1_whole_numbers(#[case] text: &str, #[case] number: Option<i64>) {
        assert_eq!(whole(text), number);
    }

    #[test]
    fn money_is_shown_as_the_sentences_need_it() {
        let usd = Currency::USD;
        assert_eq!(Cents(123_450).show(usd), "$1,234.50");
        assert_eq!(Cents(45_000).brief(usd), "$450");
        assert_eq!(Cents(45_050).brief(usd), "$450.50");
        assert_eq!(Cents(-5).show(usd), "−$0.05");
        assert_eq!(Cents(100_000_000).show(usd), "$1,000,000.00");
        assert_eq!(Cents(0).brief(usd), "$0");
        assert_eq!(Cents(2_500).show("chf".parse().unwrap()), "CHF 25.00");
        assert_eq!(Cents(2_500).show("EUR".parse().unwrap()), "€25.00");
        assert_eq!(Cents(i64::MAX).times(2), None);
    }

    #[test]
    fn iv3_only_currencies_with_two_decimals() {
        for code in ["jpy", "KRW", "kwd", "iqd", "us", "usdd", "u1d", ""] {
            assert_eq!(code.parse::<Currency>(), Err(BadCurrency), "{code}");
        }
        let usd: Currency = " USD ".parse().unwrap();
        assert_eq!(usd, Currency::USD);
        assert_eq!(serde_json::to_string(&usd).unwrap(), "\"usd\"");
        assert_eq!(serde_json::from_str::<Currency>("\"usd\"").unwrap(), usd);
    }

    proptest! {
        #[test]
        fn money_reads_what_it_prints(cents in any::<i64>()) {
            let cents = Cents(cents);
            prop_assert_eq!(cents.plain().parse(), Ok(cents));
            prop_assert_eq!(cents.show(Currency::USD).parse(), Ok(cents));
            prop_assert_eq!(cents.brief(Currency::USD).parse(), Ok(cents));
        }

        #[test]
        fn money_reading_never_panics(text in ".{0,40}") {
            let _ = text.parse::<Cents>();
            let _ = whole(&text);
        }

        #[test]
        fn money_reads_any_digits_with_a_point_exactly(whole_part in 0i64..1_000_000, part in 0i64..100) {
            prop_assert_eq!(format!("{whole_part}.{part:02}").parse(), Ok(Cents(whole_part * 100 + part)));
        }
    }
}
