//! How lists are asked for: pages, and addresses that hold whatever was searched for (§29, RQ5).

/// Rows on one page of a list.
pub const PAGE_SIZE: i64 = 25;

/// An address with those of its pairs that are filled.
pub(crate) fn href(path: &str, pairs: &[(&'static str, &str)]) -> String {
    let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = filled
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    if pairs.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", pairs.join("&"))
    }
}

/// A value as it may stand in a query string: all but letters, digits and `-._~` as `%` and two hexadecimal digits.
pub(crate) fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
