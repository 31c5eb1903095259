//! What must hold of whatever comes in from outside, a function for each way in. Each panics where it does not hold.
//!
//! Two call them: the fuzzer, for as long as it is let (`fuzz_targets`), and the tests, for a few seconds (`tests/it/fuzzed.rs`).
//! Numbers are written down here again where a change of the product's own should be noticed.

use axum::{body::Body, http::Request};
use bytes::Bytes;
use domain::{
    AppError, Cents, Currency, Instant,
    catalogue::{
        pack::{LEAST_CHARGE, MAX_PRICE, PackForm},
        price::unit_price,
    },
    error::Problem,
    money::whole,
    payables::vendor_amount,
    seen::{ByRow, TypedAmount},
    text::{arrives, unseen},
    work::file::TYPES,
};
use futures::FutureExt;
use monthly_packs::{
    api::{
        assignment::Assign,
        catalogue::{SaveClientPrices, SavePack},
        payables::SaveVendorServices,
        work::{ReadRequestList, SaveDraft},
    },
    server::{markdown::html, typed},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use server_fn::codec::{FromReq, PostUrl};
use std::collections::BTreeSet;
use stripe_gateway::webhook::{SignatureError, envelope, plausible, sign, verify};
use url::Url;

/// Elements within each other: eight that nest, each with an item in it where it is a list, and what holds the words.
const DEEPEST: usize = 19;

/// RQ2: a text in Markdown. Its HTML has only elements of ours, closed in their turn and not too deep, with the attributes that
/// we write and no others; its links lead to the web or to mail, and none is in another.
pub fn markdown(bytes: &[u8]) {
    let out = html(&String::from_utf8_lossy(bytes));
    let mut open: Vec<&str> = Vec::new();
    for (at, part) in out.split('<').enumerate() {
        let (tag, words) = match part.split_once('>') {
            Some(parts) if at > 0 => parts,
            None if at == 0 => ("", part),
            _ => panic!("a bracket that belongs to no tag: {part:?} in {out:?}"),
        };
        assert!(
            !words.contains('>'),
            "a bracket that belongs to no tag: {words:?} in {out:?}"
        );
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{out:?}");
        } else if !matches!(tag, "" | "br /" | "hr /") || (tag.is_empty() && at > 0) {
            let name = element(tag).unwrap_or_else(|| panic!("no element of ours: <{tag}> in {out:?}"));
            assert!(name != "a" || !open.contains(&"a"), "a link in a link: {out:?}");
            open.push(name);
            assert!(open.len() <= DEEPEST, "{out:?}");
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed: {out:?}");
}

/// The name in an opening tag; `None` where it, or what stands beside it, is not as we write it.
fn element(tag: &str) -> Option<&str> {
    let (name, beside) = tag.split_once(' ').unwrap_or((tag, ""));
    let value = |before: &str, after: &str| beside.strip_prefix(before)?.strip_suffix(after);
    let good = match name {
        "p" | "ul" | "li" | "blockquote" | "em" | "strong" | "del" | "pre" => beside.is_empty(),
        "ol" => beside.is_empty() || value("start=\"", "\"")?.bytes().all(|b| b.is_ascii_digit()),
        "code" => beside.is_empty() || !value("class=\"language-", "\"")?.contains('"'),
        "a" => {
            let to = value("href=\"", "\" rel=\"nofollow noopener noreferrer\"")?;
            !to.contains('"') && leads_somewhere(&to.replace("&quot;", "\"").replace("&amp;", "&"))
        }
        _ => false,
    };
    good.then_some(name)
}

fn leads_somewhere(to: &str) -> bool {
    Url::parse(to).is_ok_and(|to| match to.scheme() {
        "http" | "https" => to.has_host(),
        "mailto" => !to.path().is_empty(),
        _ => false,
    })
}

/// RQ9: a file, as the name that was sent, a line end, and its first bytes. It is kept as what its name promises or not at all,
/// by that name and by all others, and asked again the answer is the same.
pub fn sniffing(bytes: &[u8]) {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let (name, head) = (
        String::from_utf8_lossy(&bytes[..end]),
        bytes.get(end + 1..).unwrap_or_default(),
    );
    let kept = engine::testing::media_type(&name, head);
    assert_eq!(engine::testing::media_type(&name, head), kept);
    let known = |kind| kind == "text/plain" || TYPES.iter().any(|(_, known)| *known == kind);
    assert!(kept.is_none_or(known), "{kept:?}");
    for (extension, promised) in TYPES {
        let kept = engine::testing::media_type(&format!("file.{extension}"), head);
        // A text that is not UTF-8 is one without a word on its encoding.
        let others = matches!((*extension, kept), ("txt", Some("text/plain")));
        assert!(
            kept.is_none() || kept == Some(promised) || others,
            "{extension}: {kept:?}"
        );
    }
}

/// Up to four fields of an amount or a count, a line each. What is taken is shown as something that reads the same, is not
/// rounded and not guessed; a pack of them that may be saved is within its bounds, and the same when it is read again.
pub fn money(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n').chain(std::iter::repeat(""));
    let fields: [&str; 4] = std::array::from_fn(|_| lines.next().unwrap_or_default());
    for typed in fields {
        amount(typed);
        count(typed);
        if let Ok(currency) = typed.parse::<Currency>() {
            assert_eq!(currency.code().parse(), Ok(currency));
            assert!(currency.code().len() == 3 && currency.code().bytes().all(|b| b.is_ascii_lowercase()));
        }
    }
    pack(fields);
}

fn amount(typed: &str) {
    let Ok(cents) = typed.parse::<Cents>() else {
        assert!(unit_price(typed).is_err() && vendor_amount(typed).is_err(), "{typed:?}");
        return;
    };
    for shown in [cents.plain(), cents.show(Currency::USD), cents.brief(Currency::USD)] {
        assert_eq!(shown.parse(), Ok(cents), "{typed:?} is shown as {shown:?}");
    }
    // Digit for digit what was typed: only signs, commas, zeros before it and zeros after the point may differ.
    let digits: String = typed.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let (units, part) = digits.split_once('.').unwrap_or((&digits, ""));
    let units = units.trim_start_matches('0');
    let plain = cents.plain();
    let exact = format!("{}.{part:0<2}", if units.is_empty() { "0" } else { units });
    assert_eq!(plain.trim_start_matches('-'), exact, "{typed:?}");
    for price in [unit_price(typed), vendor_amount(typed)].into_iter().flatten() {
        assert!(
            price == cents && (Cents::ZERO..=MAX_PRICE).contains(&price),
            "{typed:?}"
        );
    }
    assert!(
        unit_price(typed).is_ok() || cents < LEAST_CHARGE || cents > MAX_PRICE,
        "{typed:?}"
    );
    let edited = |was: &str| {
        let was = was.to_owned();
        let (of, typed) = (String::new(), typed.to_owned());
        TypedAmount { of, typed, was }.wanted(|text| text.parse().map_err(|_| Problem::MoneyInvalid))
    };
    assert_eq!(edited(&plain), Ok(None), "{typed:?} is what was read");
    assert_eq!(edited(""), Ok(Some(Some(cents))), "{typed:?} is new");
}

fn count(typed: &str) {
    let Some(number) = whole(typed) else { return };
    assert!(number >= 0, "{typed:?}");
    assert_eq!(whole(&number.to_string()), Some(number));
    if let Some(cents) = Cents(number).times(100) {
        assert_eq!(typed.parse(), Ok(cents), "{typed:?} is as much money as it is a number");
        assert_eq!(whole(cents.brief(Currency::USD).trim_start_matches('$')), Some(number));
    }
}

fn pack([quantity, price, payment, overage]: [&str; 4]) {
    let form = |quantity: String, price: String, payment: String, overage: String, mode: &str| PackForm {
        service: "00000000-0000-7000-8000-000000000001".to_owned(),
        quantity,
        price,
        vendor_payment: payment,
        vendor_rate_mode: mode.to_owned(),
        overage_price: overage,
        visible: true,
    };
    for mode in ["per_pack", "per_unit"] {
        let typed = form(quantity.into(), price.into(), payment.into(), overage.into(), mode);
        let valid = match typed.check() {
            Ok(valid) => valid,
            Err(AppError::Invalid { fields }) => {
                assert!(!fields.is_empty(), "{typed:?}");
                continue;
            }
            Err(other) => panic!("{other:?} of {typed:?}"),
        };
        let terms = valid.terms;
        assert!((1..=10_000).contains(&valid.quantity), "{typed:?}");
        assert!((LEAST_CHARGE..=MAX_PRICE).contains(&terms.price), "{typed:?}");
        assert!((Cents::ZERO..=MAX_PRICE).contains(&terms.vendor_payment), "{typed:?}");
        let again = form(
            valid.quantity.to_string(),
            terms.price.plain(),
            terms.vendor_payment.plain(),
            terms.overage_price.map(Cents::plain).unwrap_or_default(),
            mode,
        );
        assert_eq!(again.check(), Ok(valid), "{typed:?}");
    }
}

/// WH1, WH6: bytes that were posted as a webhook. Signed they are believed, and with one more they are not; what is an event by
/// its id and type is read, and all else refused. The same bytes as the header are never believed.
pub fn webhook(body: &[u8]) {
    const NOW: Instant = Instant::from_secs(1_800_000_000);
    let secrets = ["whsec_old".to_owned(), "whsec_new".to_owned()];
    let header = sign(body, &secrets[1], NOW);
    assert_eq!(plausible(&header, NOW), Ok(()));
    assert_eq!(verify(body, &header, &secrets, NOW), Ok(()));
    let more = [body, b" "].concat();
    assert_eq!(verify(&more, &header, &secrets, NOW), Err(SignatureError::Mismatch));

    let header = String::from_utf8_lossy(body);
    let refused = verify(b"{}", &header, &secrets, NOW).expect_err("a header that nobody has signed");
    if plausible(&header, NOW).is_ok() {
        assert_eq!(refused, SignatureError::Mismatch, "{header:?}");
    }

    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    let word = |value: &Value| value.as_str().filter(|word| !word.is_empty()).map(str::to_owned);
    match (word(&event["id"]), word(&event["type"]), envelope(body)) {
        (Some(id), Some(kind), Ok(read)) => {
            assert_eq!((&read.id, &read.kind), (&id, &kind));
            assert_eq!(read.livemode, event["livemode"].as_bool());
            let object = &event["data"]["object"];
            assert_eq!(read.object_id, word(&object["id"]));
            if object["object"] == "invoice" {
                assert_eq!(
                    read.invoice,
                    read.object_id
                        .clone()
                        .or_else(|| word(&object["invoice"]["id"]))
                        .or_else(|| word(&object["invoice"]))
                );
            }
            let ids = [
                read.subscription,
                read.invoice,
                read.customer,
                read.pack_subscription_id,
            ];
            assert!(ids.iter().flatten().all(|id| !id.is_empty()), "{event}");
            // What it happened at is kept and shown.
            assert!(read.created.is_none_or(|at| at.rfc3339().ends_with('Z')), "{event}");
        }
        (None, _, Err(_)) | (_, None, Err(_)) => {}
        (id, kind, read) => panic!("{read:?} of an event {id:?} of type {kind:?}"),
    }
}

/// A form that was posted. The door keeps its fields as they were sent but for line ends, or names those that it refuses; what
/// a server function then reads holds no text that was not sent, and no more of them.
pub fn forms(bytes: &[u8]) {
    let sent: Vec<(String, String)> = form_urlencoded::parse(bytes).into_owned().collect();
    let kept = match typed::taken_in(&Bytes::copy_from_slice(bytes)) {
        Ok(kept) => kept,
        Err(AppError::Invalid { fields }) => {
            let names: BTreeSet<&str> = fields.iter().map(|wrong| wrong.field.as_str()).collect();
            assert!(!names.is_empty() && names.len() == fields.len(), "{fields:?}");
            assert!(!names.iter().any(|name| name.contains(unseen)), "{fields:?}");
            return;
        }
        Err(other) => panic!("{other:?}"),
    };
    let fields: Vec<(String, String)> = form_urlencoded::parse(&kept).into_owned().collect();
    assert_eq!(fields.len(), sent.len());
    for ((name, value), (sent_name, sent_value)) in fields.iter().zip(&sent) {
        assert_eq!(name, sent_name);
        assert!(arrives(value) && !value.contains('\u{fffd}'), "{value:?}");
        assert!(!value.contains('\r'), "{value:?}");
        assert_eq!(value.replace('\n', ""), sent_value.replace(['\r', '\n'], ""));
    }
    decoded::<SavePack>(&kept, &fields);
    decoded::<SaveDraft>(&kept, &fields);
    decoded::<Assign>(&kept, &fields);
    decoded::<ReadRequestList>(&kept, &fields);
    decoded::<SaveVendorServices>(&kept, &fields);
    if let Some(read) = decoded::<SaveClientPrices>(&kept, &fields) {
        amounts(&read.price, &read.was, &fields);
    }
}

/// What a server function reads of a form; `None` where it cannot.
fn decoded<F: DeserializeOwned + Serialize + Send>(form: &Bytes, fields: &[(String, String)]) -> Option<F> {
    let request = Request::new(Body::from(form.clone()));
    let read = <F as FromReq<PostUrl, Request<Body>, AppError>>::from_req(request).now_or_never();
    let read = read.expect("a body that is there is not waited for").ok()?;
    let mut texts = Vec::new();
    leaves(
        &serde_json::to_value(&read).expect("what was read can be written"),
        &mut texts,
    );
    assert!(texts.len() <= fields.len(), "{texts:?} of {fields:?}");
    // The two readers do not agree on where a name ends that has an equals sign in its brackets.
    for text in texts {
        let sent = |(name, value): &(String, String)| format!("{name}={value}").ends_with(&text);
        assert!(fields.iter().any(sent), "{text:?} of {fields:?}");
    }
    Some(read)
}

/// The texts in a value, wherever they stand in it; an empty one may be a field that was not sent.
fn leaves(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => texts.push(text.clone()),
        Value::Array(members) => members.iter().for_each(|member| leaves(member, texts)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, texts)),
        _ => {}
    }
}

/// Of each row what was typed and read there, and no row twice.
fn amounts(price: &ByRow, was: &ByRow, fields: &[(String, String)]) {
    let amounts = price.amounts(was);
    let rows: BTreeSet<&str> = amounts.iter().map(|amount| amount.of.as_str()).collect();
    assert!(
        rows.len() == amounts.len() && amounts.len() <= fields.len(),
        "{fields:?}"
    );
    for amount in &amounts {
        assert_eq!(
            (price.of(&amount.of), was.of(&amount.of)),
            (amount.typed.as_str(), amount.was.as_str())
        );
        let read = |text: &str| text.parse::<Cents>().map_err(|_| Problem::MoneyInvalid);
        if let Ok(None) = amount.wanted(read) {
            assert!(amount.saw(read(amount.typed.trim()).ok()), "{amount:?}");
        }
    }
}
