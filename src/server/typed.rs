//! The one door for what people type: every form and every address goes through here before anything reads it. A line end is
//! one character however it was sent, and what no database could keep is refused at its field.
//!
//! What must not be here: what a field may say, which is `domain`'s.

use axum::http::Uri;
use bytes::Bytes;
use domain::{AppError, FieldError, error::Problem, text::arrives};
use std::borrow::Cow;
use url::form_urlencoded;

/// The largest form, in bytes.
pub const FORM_LIMIT: usize = 256 * 1024;

/// Fields that lists are searched by: what they cannot look for they say themselves.
const SEARCHED: &[&str] = &["q", "client"];

/// What stands for bytes that are no text, as the decoders write it.
const NO_TEXT: char = '\u{fffd}';

/// A form as it goes on.
///
/// # Errors
/// [`AppError::Invalid`] naming every field that holds a control character or bytes that are no text.
pub fn taken_in(form: &Bytes) -> Result<Bytes, AppError> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut same = true;
    let mut out = form_urlencoded::Serializer::new(String::with_capacity(form.len()));
    for (name, typed) in form_urlencoded::parse(form) {
        let kept = text(&typed);
        if kept.is_none() || text(&name).is_none() {
            let field = field_of(&name);
            if wrong.iter().all(|known| known.field != field) {
                wrong.push(FieldError::new(field, Problem::Unreadable));
            }
            continue;
        }
        let kept = kept.unwrap_or_default();
        same &= kept == typed;
        out.append_pair(&name, &kept);
    }
    match wrong {
        wrong if !wrong.is_empty() => Err(AppError::Invalid { fields: wrong }),
        _ if same => Ok(form.clone()),
        _ => Ok(Bytes::from(out.finish())),
    }
}

/// A text as it goes on; `None` for what no database could keep.
pub fn text(typed: &str) -> Option<Cow<'_, str>> {
    if typed.contains(NO_TEXT) || !arrives(typed) {
        None
    } else if typed.contains('\r') {
        Some(Cow::Owned(typed.replace("\r\n", "\n").replace('\r', "\n")))
    } else {
        Some(Cow::Borrowed(typed))
    }
}

/// What the page calls a field: of `form[title]` the title, of `picks[0]` the picks; a row's (`price[of-…]`) is called so.
fn field_of(name: &str) -> String {
    if name.contains("[of-") {
        return name.chars().filter(|c| !domain::text::unseen(*c)).collect();
    }
    let is_word = |part: &&str| !part.is_empty() && !part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = name.split(['[', ']']).filter(is_word);
    let field: String = parts.next_back().unwrap_or_default().to_owned();
    field.chars().filter(|c| !domain::text::unseen(*c)).collect()
}

/// Whether a page of ours could have this address: no control character in it, also where a part is decoded twice.
pub fn may_be_address(uri: &Uri) -> bool {
    let plain =
        |text: &str| form_urlencoded::parse(text.as_bytes()).all(|(name, value)| arrives(&name) && arrives(&value));
    let twice = |text: &str| {
        form_urlencoded::parse(text.as_bytes()).all(|(name, value)| {
            SEARCHED.contains(&name.as_ref()) || (arrives(&name) && arrives(&value) && plain(&name) && plain(&value))
        })
    };
    twice(uri.path()) && uri.query().is_none_or(twice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn taken(form: &[u8]) -> Result<String, Vec<String>> {
        match taken_in(&Bytes::copy_from_slice(form)) {
            Ok(form) => Ok(String::from_utf8_lossy(&form).into_owned()),
            Err(AppError::Invalid { fields }) => Err(fields.into_iter().map(|wrong| wrong.field).collect()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_end_is_one_character() {
        assert_eq!(taken(b"brief=a%0D%0Ab%0Ac&x=1"), Ok("brief=a%0Ab%0Ac&x=1".into()));
        assert_eq!(
            taken(b"form%5Bbrief%5D=a%0D%0A&form[title]=%E6%9D%B1"),
            Ok("form%5Bbrief%5D=a%0A&form%5Btitle%5D=%E6%9D%B1".into())
        );
        // What needs no change goes on as it came.
        assert_eq!(taken(b"a=%2f+%41&b&=c&q=100%"), Ok("a=%2f+%41&b&=c&q=100%".into()));
        assert_eq!(taken(b""), Ok(String::new()));
    }

    #[rstest]
    #[case(b"title=a%00", "title")]
    #[case(b"form%5Btitle%5D=%07", "title")]
    #[case(b"form[title]=%1b", "title")]
    #[case(b"picks%5B0%5D=%00", "picks")]
    #[case(b"price[]=%00", "price")]
    #[case(b"price%5Bof-1%5D=%00", "price[of-1]")]
    #[case(b"q=%C2%80", "q")]
    #[case(b"name=%ff%fe", "name")]
    #[case(b"na%00me=x", "name")]
    #[case(b"name=\xff", "name")]
    #[case(b"=%00", "")]
    fn what_cannot_be_kept_is_refused_at_its_field(#[case] form: &[u8], #[case] field: &str) {
        assert_eq!(taken(form), Err(vec![field.to_owned()]));
    }

    #[test]
    fn every_wrong_field_is_named_once() {
        assert_eq!(
            taken(b"a=%00&b=good&c[0]=%00&c[1]=%07"),
            Err(vec!["a".to_owned(), "c".to_owned()])
        );
        assert!(taken(b"a=%09%0A%0B%0C%0D%C2%85%E2%80%8B").is_ok());
    }

    #[rstest]
    #[case("/admin/mail/%00", false)]
    #[case("/admin/mail/%2500", false)]
    #[case("/admin/mail/a%07", false)]
    #[case("/requests?after=%00~x", false)]
    #[case("/requests?after=%2500~x", false)]
    #[case("/requests?%00=1", false)]
    #[case("/requests?q=%00", true)]
    #[case("/requests?q=100%25&client=a%0A", true)]
    #[case("/requests", true)]
    fn addresses_have_no_control_characters(#[case] address: &str, #[case] good: bool) {
        assert_eq!(may_be_address(&address.parse().expect("an address")), good, "{address}");
    }
}
