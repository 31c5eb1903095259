//! Messages that rules word, as they are written there.

use crate::{AppError, error::Problem};

#[test]
fn as6_messages() {
    let stale = |by: &str, vendor: &str, others| {
        let (by, vendor, ago) = (by.into(), vendor.into(), "10 seconds ago".into());
        let error = AppError::AssignmentStale {
            by,
            vendor,
            ago,
            others,
        };
        (error.code(), error.message())
    };
    let is = |words: &str| ("assignment_stale", words.to_owned());
    assert_eq!(
        stale("Marta", "PixelCo", 0),
        is("Marta assigned this to PixelCo 10 seconds ago.")
    );
    assert_eq!(
        stale("Marta", "", 2),
        is("Marta removed the next vendor 10 seconds ago. 2 other packs also changed.")
    );
    assert_eq!(
        stale("", "", 0),
        is("This pack has renewed or changed since you opened this.")
    );
}

#[test]
fn pe4_messages() {
    for (problem, message) in [
        (Problem::PackServiceRequired, "Choose a service."),
        (
            Problem::PackQuantityInvalid,
            "Quantity must be a whole number from 1 to 10,000.",
        ),
        (Problem::PackPriceTooLow, "Price must be at least $0.50."),
        (
            Problem::PackServiceInactive,
            "This service is inactive. Activate it or choose another.",
        ),
        (
            Problem::PackDuplicate {
                label: "20 × Logo design".into(),
                pack_id: String::new(),
            },
            "A pack with 20 × Logo design already exists.",
        ),
    ] {
        assert_eq!(problem.message(), message);
        assert_eq!(AppError::field("x", problem).of_field("x").as_deref(), Some(message));
    }
    let stale = AppError::PackStale { at: "2:14 PM".into() };
    assert_eq!(
        stale.message(),
        "Someone else changed this pack at 2:14 PM. Reload to see the changes."
    );
}

#[test]
fn pe3_a_duplicate_is_a_conflict_and_other_fields_are_not() {
    let duplicate = Problem::PackDuplicate {
        label: "x".into(),
        pack_id: "y".into(),
    };
    assert_eq!(AppError::field("quantity", duplicate).status(), 409);
    assert_eq!(AppError::field("quantity", Problem::PackQuantityInvalid).status(), 422);
}

#[test]
fn co9_a_used_form_says_what_it_became() {
    let used = |sent: &str| AppError::FormUsed {
        sent: sent.into(),
        href: String::new(),
        key: "k".into(),
    };
    assert_eq!(used("").status(), 409);
    assert_eq!(
        used("").message(),
        "This form was already sent. Your changes aren't saved yet. Check them and send again."
    );
    assert_eq!(
        used("#123").message(),
        "This form was already sent as #123. Your changes aren't saved yet. Check them and send again."
    );
}

#[test]
fn s26_each_error_has_its_status() {
    for (error, status) in [
        (AppError::SignInRequired, 401),
        (AppError::SignInFailed, 401),
        (AppError::TooLarge, 413),
        (AppError::LinkExpired, 410),
        (AppError::RateLimited { retry_after_secs: 9 }, 429),
        (AppError::PaymentProviderUnreachable, 503),
        (AppError::Unreachable, 503),
        (AppError::Internal, 500),
    ] {
        assert_eq!(error.status(), status, "{error}");
    }
}

#[test]
fn one_wrong_field_says_what_is_wrong_and_several_say_how_many() {
    let one = AppError::field("name", Problem::Required);
    assert_eq!(one.message(), Problem::Required.message());
    let AppError::Invalid { mut fields } = one.clone() else {
        unreachable!()
    };
    fields.extend(fields.clone());
    assert_eq!(AppError::Invalid { fields }.message(), "2 fields need your attention.");
    let changed = |now: &str| AppError::field("amount", Problem::ChangedMeanwhile { now: now.into() });
    assert!(changed("$7.00").reads_again() && !one.reads_again());
    assert!(changed("").message().contains("removed this") && changed("$7.00").message().contains("to $7.00"));
}
