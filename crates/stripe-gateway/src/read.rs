//! Reads Stripe's objects into our own small types.
//!
//! Tolerant where Stripe's shapes have moved or may move (WH6): what an older version kept elsewhere is looked for there too.
//! Strict where guessing would be worse than stopping: ids, amounts and periods. How one field is read is in `fields`.

// Whoever reads an object reads fields beside it: both are asked for here.
pub(crate) use crate::fields::{Missing, Read, id, instant, text};

use crate::fields::{cents, data, first, need, whole};
use domain::{Cents, Currency};
use engine::ports::{Card, Checkout, Customer, Invoice, InvoiceLine, Refund, Subscription};
use serde_json::Value;

pub(crate) fn customer(v: &Value) -> Read<Customer> {
    Ok(Customer {
        id: need(id(&v["id"]), "customer.id")?,
        deleted: v["deleted"] == true,
        default_payment_method: id(&v["invoice_settings"]["default_payment_method"]),
        client_id: text(&v["metadata"]["client_id"]),
    })
}

/// A payment method, if it is a card.
pub(crate) fn card(v: &Value) -> Read<Option<Card>> {
    let card = &v["card"];
    if !card.is_object() {
        return Ok(None);
    }
    Ok(Some(Card {
        id: need(id(&v["id"]), "payment_method.id")?,
        brand: text(&card["brand"]).unwrap_or_else(|| "card".to_owned()),
        last4: need(text(&card["last4"]), "payment_method.card.last4")?,
        exp_month: need(whole(&card["exp_month"]), "payment_method.card.exp_month")?,
        exp_year: need(whole(&card["exp_year"]), "payment_method.card.exp_year")?,
    }))
}

pub(crate) fn subscription(v: &Value) -> Read<Subscription> {
    let nothing = Value::Null;
    let item = data(&v["items"]).first().unwrap_or(&nothing);
    Ok(Subscription {
        id: need(id(&v["id"]), "subscription.id")?,
        status: need(text(&v["status"]), "subscription.status")?,
        customer: need(id(&v["customer"]), "subscription.customer")?,
        billing_cycle_anchor: need(
            first(&[&v["billing_cycle_anchor"], &v["start_date"]], instant),
            "subscription.billing_cycle_anchor",
        )?,
        // ST3: on the item since 2025-03-31, on the subscription before.
        current_period_start: need(
            first(&[&item["current_period_start"], &v["current_period_start"]], instant),
            "subscription.items.data[0].current_period_start",
        )?,
        current_period_end: need(
            first(&[&item["current_period_end"], &v["current_period_end"]], instant),
            "subscription.items.data[0].current_period_end",
        )?,
        item_id: need(id(&item["id"]), "subscription.items.data[0].id")?,
        price: need(
            first(&[&item["price"], &item["plan"], &v["plan"]], id),
            "subscription.items.data[0].price",
        )?,
        cancel_at: instant(&v["cancel_at"]),
        cancel_at_period_end: v["cancel_at_period_end"] == true,
        ended_at: instant(&v["ended_at"]),
        default_payment_method: id(&v["default_payment_method"]),
        latest_invoice: id(&v["latest_invoice"]),
        pack_subscription_id: text(&v["metadata"]["pack_subscription_id"]),
        created: need(
            first(&[&v["created"], &v["start_date"]], instant),
            "subscription.created",
        )?,
    })
}

/// The subscription that an invoice belongs to, wherever this version of the API keeps it (WH6).
pub(crate) fn subscription_of(invoice: &Value) -> Option<String> {
    first(
        &[
            &invoice["parent"]["subscription_details"]["subscription"],
            &invoice["subscription"],
            &invoice["subscription_details"]["subscription"],
        ],
        id,
    )
    .or_else(|| {
        data(&invoice["lines"]).iter().find_map(|line| {
            first(
                &[
                    &line["parent"]["subscription_item_details"]["subscription"],
                    &line["subscription"],
                ],
                id,
            )
        })
    })
}

/// Our id of the pack subscription, from the snapshot of the subscription's metadata that an invoice carries, or from
/// the metadata of the object itself or its lines.
pub(crate) fn pack_subscription_of(v: &Value) -> Option<String> {
    let named = |metadata: &Value| text(&metadata["pack_subscription_id"]);
    first(
        &[
            &v["parent"]["subscription_details"]["metadata"],
            &v["subscription_details"]["metadata"],
            &v["metadata"],
        ],
        named,
    )
    .or_else(|| data(&v["lines"]).iter().find_map(|line| named(&line["metadata"])))
}

/// The line of the subscription itself: no proration, no extra item.
fn subscription_line(invoice: &Value) -> Option<&Value> {
    let ours = |line: &&Value| {
        line["parent"]["subscription_item_details"].is_object()
            || (line["parent"].is_null() && (line["type"] == "subscription" || line["subscription_item"].is_string()))
    };
    let prorated =
        |line: &Value| line["parent"]["subscription_item_details"]["proration"] == true || line["proration"] == true;
    let mut lines = data(&invoice["lines"]).iter().filter(ours);
    let first = lines.next()?;
    if prorated(first) {
        lines.find(|line| !prorated(line)).or(Some(first))
    } else {
        Some(first)
    }
}

/// The payment intent of an invoice, if it was asked for in full: of the default payment, else of the newest.
fn intent(invoice: &Value) -> Option<&Value> {
    let payments = data(&invoice["payments"]);
    let standard = payments.iter().find(|payment| payment["is_default"] == true);
    let payment = standard.or_else(|| payments.iter().max_by_key(|payment| whole(&payment["created"])));
    [
        payment.map(|p| &p["payment"]["payment_intent"]),
        Some(&invoice["payment_intent"]),
    ]
    .into_iter()
    .flatten()
    .find(|intent| intent.is_object())
}

pub(crate) fn invoice(v: &Value) -> Read<Invoice> {
    let nothing = Value::Null;
    let line = subscription_line(v).unwrap_or(&nothing);
    let steps = &v["status_transitions"];
    let intent = intent(v).unwrap_or(&nothing);
    let currency = need(text(&v["currency"]), "invoice.currency")?;
    Ok(Invoice {
        id: need(id(&v["id"]), "invoice.id")?,
        status: need(text(&v["status"]), "invoice.status")?,
        customer: need(id(&v["customer"]), "invoice.customer")?,
        subscription: subscription_of(v),
        pack_subscription_id: pack_subscription_of(v),
        billing_reason: text(&v["billing_reason"]).unwrap_or_else(|| "unknown".to_owned()),
        number: text(&v["number"]),
        amount_due: need(cents(&v["amount_due"]), "invoice.amount_due")?,
        amount_paid: need(cents(&v["amount_paid"]), "invoice.amount_paid")?,
        amount_remaining: need(cents(&v["amount_remaining"]), "invoice.amount_remaining")?,
        currency: need(currency.parse::<Currency>().ok(), "invoice.currency")?,
        attempt_count: whole(&v["attempt_count"]).unwrap_or_default(),
        attempted: v["attempted"] == true,
        line_period_start: instant(&line["period"]["start"]),
        line_period_end: instant(&line["period"]["end"]),
        line_price: first(
            &[
                &line["pricing"]["price_details"]["price"],
                &line["price"],
                &line["plan"],
            ],
            id,
        ),
        lines: data(&v["lines"])
            .iter()
            .map(|line| InvoiceLine {
                description: text(&line["description"]).unwrap_or_default(),
                amount: cents(&line["amount"]).unwrap_or(Cents::ZERO),
            })
            .collect(),
        hosted_url: text(&v["hosted_invoice_url"]),
        pdf_url: text(&v["invoice_pdf"]),
        created: need(instant(&v["created"]), "invoice.created")?,
        finalized_at: instant(&steps["finalized_at"]),
        paid_at: instant(&steps["paid_at"]),
        payment_intent_status: text(&intent["status"]),
        payment_intent: id(&intent["id"]),
        last_decline: text(&intent["last_payment_error"]["message"]),
    })
}

pub(crate) fn refund(v: &Value) -> Read<Refund> {
    Ok(Refund {
        id: need(id(&v["id"]), "refund.id")?,
        // Of those before it was kept, there is none: they went through.
        status: text(&v["status"]).unwrap_or_else(|| "succeeded".to_owned()),
        amount: need(cents(&v["amount"]), "refund.amount")?,
    })
}

pub(crate) fn checkout(v: &Value) -> Read<Checkout> {
    Ok(Checkout {
        id: need(id(&v["id"]), "checkout.session.id")?,
        status: need(text(&v["status"]), "checkout.session.status")?,
        mode: need(text(&v["mode"]), "checkout.session.mode")?,
        url: text(&v["url"]),
        subscription: id(&v["subscription"]),
        customer: id(&v["customer"]),
        setup_intent: id(&v["setup_intent"]),
        payment_method: id(&v["setup_intent"]["payment_method"]),
        pack_subscription_id: text(&v["metadata"]["pack_subscription_id"]),
        expires_at: need(instant(&v["expires_at"]), "checkout.session.expires_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Instant;
    use proptest::{prelude::*, sample::Index};
    use serde_json::json;

    fn a_subscription() -> Value {
        json!({
            "id": "sub_1", "status": "active", "customer": "cus_1", "billing_cycle_anchor": 1_800_000_000,
            "created": 1_800_000_000, "metadata": {"pack_subscription_id": "ours"},
            "items": {"data": [{"id": "si_1", "price": {"id": "price_1"}, "current_period_start": 1_800_000_000,
                "current_period_end": 1_802_678_400}]},
        })
    }

    fn an_invoice() -> Value {
        json!({
            "id": "in_1", "status": "open", "customer": {"id": "cus_1", "object": "customer"}, "currency": "usd",
            "amount_due": 30_000, "amount_paid": 0, "amount_remaining": 30_000, "created": 1_800_000_000,
            "parent": {"subscription_details": {"subscription": "sub_1", "metadata": {"pack_subscription_id": "ours"}}},
            "lines": {"data": [
                {"parent": {"invoice_item_details": {}}, "period": {"start": 1, "end": 2}},
                {"parent": {"subscription_item_details": {"proration": true}}, "period": {"start": 3, "end": 4}},
                {"parent": {"subscription_item_details": {"proration": false}}, "period": {"start": 5, "end": 6},
                    "pricing": {"price_details": {"price": "price_1"}}},
            ]},
            "payments": {"data": [
                {"is_default": false, "created": 9, "payment": {"payment_intent": {"id": "pi_0", "status": "canceled"}}},
                {"is_default": true, "created": 8, "payment": {"payment_intent": {"id": "pi_1",
                    "status": "requires_payment_method", "last_payment_error": {"message": "Declined."}}}},
            ]},
        })
    }

    #[test]
    fn st3_bounds_come_from_the_item_or_from_where_they_were() {
        let mut v = a_subscription();
        let new = subscription(&v).unwrap();
        assert_eq!(new.current_period_end, Instant::from_secs(1_802_678_400));
        v["current_period_start"] = v["items"]["data"][0]["current_period_start"].take();
        v["current_period_end"] = v["items"]["data"][0]["current_period_end"].take();
        assert_eq!(subscription(&v).unwrap(), new);
    }

    /// ST2: both ways of saying that it will end are handed on.
    #[test]
    fn st2_cancel_at_and_the_boolean_are_both_read() {
        let mut v = a_subscription();
        assert_eq!(subscription(&v).unwrap().cancel_at, None);
        v["cancel_at"] = json!(1_802_678_400);
        v["cancel_at_period_end"] = json!(true);
        let read = subscription(&v).unwrap();
        assert_eq!(
            (read.cancel_at, read.cancel_at_period_end),
            (Some(Instant::from_secs(1_802_678_400)), true)
        );
    }

    #[test]
    fn pd3_the_line_of_the_subscription_gives_the_period() {
        let read = invoice(&an_invoice()).unwrap();
        assert_eq!(read.line_period_start, Some(Instant::from_secs(5)));
        assert_eq!(read.line_period_end, Some(Instant::from_secs(6)));
        assert_eq!(read.line_price.as_deref(), Some("price_1"));
        assert_eq!(read.payment_intent_status.as_deref(), Some("requires_payment_method"));
        assert_eq!(read.last_decline.as_deref(), Some("Declined."));
        assert_eq!(read.customer, "cus_1");
    }

    #[test]
    fn wh6_the_subscription_of_an_invoice_is_found_in_every_shape() {
        for shape in [
            json!({"parent": {"subscription_details": {"subscription": "sub_1"}}}),
            json!({"parent": {"subscription_details": {"subscription": {"id": "sub_1"}}}}),
            json!({"subscription": "sub_1"}),
            json!({"subscription": {"id": "sub_1", "object": "subscription"}}),
            json!({"lines": {"data": [{"subscription": "sub_1"}]}}),
            json!({"lines": {"data": [{}, {"parent": {"subscription_item_details": {"subscription": "sub_1"}}}]}}),
        ] {
            assert_eq!(subscription_of(&shape).as_deref(), Some("sub_1"), "{shape}");
        }
        for none in [
            json!({}),
            json!(null),
            json!({"subscription": null}),
            json!({"subscription": 7}),
        ] {
            assert_eq!(subscription_of(&none), None, "{none}");
        }
    }

    #[test]
    fn wh6_an_old_invoice_is_read_like_a_new_one() {
        let old = json!({
            "id": "in_1", "status": "open", "customer": "cus_1", "currency": "usd", "amount_due": 30_000,
            "amount_paid": 0, "amount_remaining": 30_000, "created": 1_800_000_000, "subscription": "sub_1",
            "subscription_details": {"metadata": {"pack_subscription_id": "ours"}},
            "lines": {"data": [{"type": "subscription", "period": {"start": 5, "end": 6}, "price": {"id": "price_1"}}]},
            "payment_intent": {"id": "pi_1", "status": "requires_payment_method",
                "last_payment_error": {"message": "Declined."}},
        });
        let (old, mut new) = (invoice(&old).unwrap(), invoice(&an_invoice()).unwrap());
        // The two differ in how many lines they have, and in nothing else.
        assert_eq!(old.lines.len(), 1);
        new.lines.clone_from(&old.lines);
        assert_eq!(old, new);
    }

    /// WH6: without an id, an amount or a period there is an error that names it, never a guess.
    #[test]
    fn wh6_what_is_needed_is_named_when_it_is_missing() {
        for field in [
            "id",
            "status",
            "customer",
            "currency",
            "amount_due",
            "amount_paid",
            "amount_remaining",
            "created",
        ] {
            let mut v = an_invoice();
            v.as_object_mut().unwrap().remove(field);
            let Err(Missing(named)) = invoice(&v) else {
                panic!("{field} is not needed")
            };
            assert_eq!(named, format!("invoice.{field}"));
        }
        let mut v = a_subscription();
        v["items"]["data"] = json!([]);
        assert!(subscription(&v).is_err());
        let mut v = an_invoice();
        v["currency"] = json!("jpy");
        assert!(
            invoice(&v).is_err(),
            "a currency without cents must not be read as one with"
        );
    }

    #[test]
    fn a_deleted_customer_is_a_customer() {
        let gone = customer(&json!({"id": "cus_1", "object": "customer", "deleted": true})).unwrap();
        assert!(gone.deleted);
        assert_eq!(gone.client_id, None);
    }

    /// Where something stands in an object, itself included.
    fn places(v: &Value) -> Vec<String> {
        let inner: Vec<(String, &Value)> = match v {
            Value::Array(members) => members.iter().enumerate().map(|(at, v)| (at.to_string(), v)).collect(),
            Value::Object(members) => members.iter().map(|(name, v)| (name.clone(), v)).collect(),
            _ => Vec::new(),
        };
        let below = inner
            .into_iter()
            .flat_map(|(name, v)| places(v).into_iter().map(move |place| format!("/{name}{place}")));
        std::iter::once(String::new()).chain(below).collect()
    }

    /// What may stand where something else is expected.
    fn anything() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            prop::sample::select(vec![
                json!(null),
                json!({}),
                json!([]),
                json!({"id": ""}),
                json!({"id": {"id": "x"}}),
                json!({"data": {}}),
                json!({"data": [null, 7, {}, {"metadata": []}]}),
                json!("-9223372036854775808"),
            ]),
        ]
    }

    proptest! {
        /// WH6: whatever stands somewhere in an object, also in one of another kind, it is read or the error names a field.
        #[test]
        fn wh6_no_value_is_too_strange(at in any::<Index>(), other in anything()) {
            let card = json!({"id": "pm_1", "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030}});
            let buyer = json!({"id": "cus_1", "invoice_settings": {"default_payment_method": {"id": "pm_1"}}});
            let session = json!({"id": "cs_1", "status": "open", "mode": "setup", "expires_at": 1_800_000_000,
                "setup_intent": {"id": "seti_1", "payment_method": "pm_1"}});
            for good in [a_subscription(), an_invoice(), card, buyer, session] {
                let places = places(&good);
                let mut v = good.clone();
                let place: &String = at.get(&places);
                *v.pointer_mut(place).expect("a place of it") = other.clone();
                let errors = [
                    ("subscription.", subscription(&v).err()),
                    ("invoice.", invoice(&v).err()),
                    ("payment_method.", super::card(&v).err()),
                    ("customer.", customer(&v).err()),
                    ("checkout.session.", checkout(&v).err()),
                ];
                for (kind, error) in errors {
                    prop_assert!(error.as_ref().is_none_or(|Missing(named)| named.starts_with(kind)), "{:?} of {}", error, v);
                }
            }
        }
    }
}
