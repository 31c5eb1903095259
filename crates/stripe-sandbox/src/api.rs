//! The endpoints: which parameters they take and what they do. One function for each; the parameters have been
//! checked and typed when it runs, and its changes are kept or undone as a whole.

use serde_json::{Value, json};

use crate::billing::{NewSubscription, Outcome, Pay, list};
use crate::cards::{self, Moment, Verdict};
use crate::error::{ApiError, Res};
use crate::state::{Tx, VERSION, copy, kind_of_id, merge_metadata, n, patch, s, shown, spoken};

/// A request as an endpoint sees it.
#[derive(Debug)]
pub struct Args {
    /// The ids in the address.
    pub ids: Vec<String>,
    /// The parameters, typed.
    pub p: Value,
    /// The address, for the `url` of lists.
    pub path: String,
}

impl Args {
    fn id(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    fn str(&self, key: &str) -> Option<&str> {
        self.p[key].as_str()
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.p[key].as_i64()
    }

    fn yes(&self, key: &str) -> bool {
        self.p[key] == true
    }

    fn given(&self, key: &str) -> bool {
        self.p.get(key).is_some()
    }
}

/// An endpoint.
#[derive(Clone, Copy)]
pub struct Op {
    /// Its parameters, in the language of [`crate::params`].
    pub spec: &'static str,
    /// What it does.
    pub run: fn(&mut Tx<'_>, &Args) -> Res<Value>,
}

const NONE: &str = "";
const PAGE: &str =
    "limit:i starting_after ending_before created:i created.gt:i created.gte:i created.lt:i created.lte:i";

macro_rules! page {
    ($more:literal) => {
        concat!(
            "limit:i starting_after ending_before created:i created.gt:i created.gte:i created.lt:i created.lte:i ",
            $more
        )
    };
}

macro_rules! customer {
    ($more:literal) => {
        concat!(
            "email name phone description balance:i tax_exempt:none|exempt|reverse address.city address.country \
             address.line1 address.line2 address.postal_code address.state invoice_prefix \
             invoice_settings.default_payment_method invoice_settings.footer preferred_locales.# metadata.* ",
            $more
        )
    };
}

const CARD: &str = "type!:card card.number card.exp_month:i card.exp_year:i card.cvc card.token \
    allow_redisplay:always|limited|unspecified billing_details.name billing_details.email billing_details.phone \
    billing_details.address.city billing_details.address.country billing_details.address.line1 \
    billing_details.address.line2 billing_details.address.postal_code billing_details.address.state metadata.*";
const SETUP: &str = "customer payment_method payment_method_types.# usage:off_session|on_session confirm:b \
    description return_url metadata.* automatic_payment_methods.enabled:b \
    automatic_payment_methods.allow_redirects:always|never";
const PRODUCT: &str = "id name! active:b description unit_label statement_descriptor url type:service|good \
    shippable:b tax_code images.# metadata.* default_price_data.currency default_price_data.unit_amount:i \
    default_price_data.recurring.interval:day|week|month|year default_price_data.recurring.interval_count:i";
const PRODUCT_UPDATE: &str = "name active:b description unit_label statement_descriptor url default_price shippable:b \
    tax_code images.# metadata.*";
const PRICE: &str = "currency! unit_amount:i unit_amount_decimal product active:b nickname lookup_key \
    tax_behavior:exclusive|inclusive|unspecified billing_scheme:per_unit|tiered recurring.interval:day|week|month|year \
    recurring.interval_count:i recurring.usage_type:licensed|metered product_data.name product_data.active:b \
    product_data.unit_label product_data.metadata.* transfer_lookup_key:b metadata.*";
const PRICE_UPDATE: &str = "active:b nickname lookup_key tax_behavior:exclusive|inclusive|unspecified \
    transfer_lookup_key:b metadata.*";
const SUBSCRIPTION: &str = "customer! items.#.price items.#.quantity:i items.#.metadata.* items.#.price_data.currency \
    items.#.price_data.product items.#.price_data.unit_amount:i items.#.price_data.recurring.interval:day|week|month|year \
    items.#.price_data.recurring.interval_count:i billing_mode.type:classic|flexible \
    billing_mode.flexible.proration_discounts:included|itemized \
    collection_method:charge_automatically currency default_payment_method description off_session:b \
    payment_behavior:allow_incomplete|default_incomplete|error_if_incomplete \
    payment_settings.payment_method_types.# payment_settings.save_default_payment_method:off|on_subscription \
    cancel_at_period_end:b cancel_at:t proration_behavior:create_prorations|none|always_invoice metadata.*";
const SUBSCRIPTION_UPDATE: &str = "items.#.id items.#.price items.#.quantity:i items.#.metadata.* items.#.deleted:b \
    cancel_at_period_end:b cancel_at:t default_payment_method description off_session:b \
    payment_behavior:allow_incomplete|default_incomplete|error_if_incomplete \
    payment_settings.payment_method_types.# payment_settings.save_default_payment_method:off|on_subscription \
    cancellation_details.comment cancellation_details.feedback:customer_service|low_quality|missing_features|other|switched_service|too_complex|too_expensive|unused \
    collection_method:charge_automatically proration_behavior:create_prorations|none|always_invoice proration_date:i \
    billing_cycle_anchor:unchanged metadata.*";
const SUBSCRIPTION_CANCEL: &str = "invoice_now:b prorate:b cancellation_details.comment \
    cancellation_details.feedback:customer_service|low_quality|missing_features|other|switched_service|too_complex|too_expensive|unused";
const SESSION: &str = "mode!:subscription|setup success_url cancel_url customer customer_email client_reference_id \
    currency expires_at:i line_items.#.price line_items.#.quantity:i payment_method_types.# \
    allowed_payment_method_types.# \
    payment_method_collection:always|if_required customer_creation:always|if_required locale \
    ui_mode:hosted_page submit_type:auto|book|donate|pay|subscribe allow_promotion_codes:b \
    billing_address_collection:auto|required subscription_data.description subscription_data.metadata.* \
    subscription_data.billing_mode.type:classic|flexible \
    subscription_data.billing_mode.flexible.proration_discounts:included|itemized \
    setup_intent_data.description setup_intent_data.metadata.* metadata.*";
const INVOICE: &str = "customer! auto_advance:b collection_method:charge_automatically|send_invoice currency \
    days_until_due:i due_date:i default_payment_method description footer statement_descriptor subscription \
    pending_invoice_items_behavior:exclude|include payment_settings.payment_method_types.# \
    custom_fields.#.name custom_fields.#.value metadata.*";
const INVOICE_UPDATE: &str = "auto_advance:b collection_method:charge_automatically|send_invoice days_until_due:i \
    due_date:i default_payment_method description footer statement_descriptor payment_settings.payment_method_types.# \
    custom_fields.#.name custom_fields.#.value metadata.*";
const ITEM: &str = "customer! amount:i currency description discountable:b invoice subscription quantity:i \
    unit_amount_decimal period.start:i period.end:i pricing.price price_data.currency price_data.product \
    price_data.unit_amount:i metadata.*";
const ITEM_UPDATE: &str = "amount:i description discountable:b quantity:i period.start:i period.end:i metadata.*";
const INTENT: &str = "amount!:i currency! customer payment_method payment_method_types.# confirm:b off_session:b \
    description receipt_email return_url setup_future_usage:off_session|on_session statement_descriptor \
    capture_method:automatic|automatic_async confirmation_method:automatic|manual \
    automatic_payment_methods.enabled:b automatic_payment_methods.allow_redirects:always|never \
    error_on_requires_action:b metadata.*";
const INTENT_UPDATE: &str = "amount:i currency customer payment_method description receipt_email \
    setup_future_usage:off_session|on_session metadata.*";
const INTENT_CONFIRM: &str = "payment_method off_session:b return_url receipt_email \
    setup_future_usage:off_session|on_session error_on_requires_action:b";
const ENDPOINT: &str = "url! enabled_events.# api_version description connect:b metadata.*";
const ENDPOINT_UPDATE: &str = "url enabled_events.# description disabled:b metadata.*";

/// Finds the endpoint for a method and the address below `/v1`.
#[must_use]
pub fn route(method: &str, segments: &[&str]) -> Option<(Op, Vec<String>)> {
    if segments.iter().any(|x| x.is_empty()) {
        return None;
    }
    let op = |spec: &'static str, run: fn(&mut Tx<'_>, &Args) -> Res<Value>| Op { spec, run };
    let (op, ids): (Op, Vec<&str>) = match (method, segments) {
        ("POST", ["customers"]) => (op(customer!("payment_method"), customer_create), vec![]),
        ("GET", ["customers"]) => (op(page!("email"), customer_list), vec![]),
        ("GET", ["customers", id]) => (op(NONE, customer_get), vec![id]),
        ("POST", ["customers", id]) => (op(customer!(""), customer_update), vec![id]),
        ("DELETE", ["customers", id]) => (op(NONE, customer_delete), vec![id]),
        ("GET", ["customers", id, "payment_methods"]) => (op(page!("type"), customer_cards), vec![id]),
        ("GET", ["customers", id, "payment_methods", pm]) => (op(NONE, customer_card), vec![id, pm]),

        ("POST", ["payment_methods"]) => (op(CARD, card_create), vec![]),
        ("GET", ["payment_methods"]) => (op(page!("customer type"), card_list), vec![]),
        ("GET", ["payment_methods", id]) => (op(NONE, card_get), vec![id]),
        ("POST", ["payment_methods", id]) => (
            op(
                "card.exp_month:i card.exp_year:i billing_details.name billing_details.email billing_details.phone allow_redisplay:always|limited|unspecified metadata.*",
                card_update,
            ),
            vec![id],
        ),
        ("POST", ["payment_methods", id, "attach"]) => (op("customer!", card_attach), vec![id]),
        ("POST", ["payment_methods", id, "detach"]) => (op(NONE, card_detach), vec![id]),

        ("POST", ["setup_intents"]) => (op(SETUP, setup_create), vec![]),
        ("GET", ["setup_intents"]) => (op(page!("customer payment_method"), setup_list), vec![]),
        ("GET", ["setup_intents", id]) => (op("client_secret", setup_get), vec![id]),
        ("POST", ["setup_intents", id, "confirm"]) => (op("payment_method return_url", setup_confirm), vec![id]),
        ("POST", ["setup_intents", id, "cancel"]) => (
            op(
                "cancellation_reason:abandoned|duplicate|requested_by_customer",
                setup_cancel,
            ),
            vec![id],
        ),

        ("POST", ["products"]) => (op(PRODUCT, product_create), vec![]),
        ("GET", ["products"]) => (op(page!("active:b ids.#"), product_list), vec![]),
        ("GET", ["products", id]) => (op(NONE, product_get), vec![id]),
        ("POST", ["products", id]) => (op(PRODUCT_UPDATE, product_update), vec![id]),
        ("DELETE", ["products", id]) => (op(NONE, product_delete), vec![id]),

        ("POST", ["prices"]) => (op(PRICE, price_create), vec![]),
        ("GET", ["prices"]) => (
            op(
                page!("active:b currency product type:one_time|recurring lookup_keys.#"),
                price_list,
            ),
            vec![],
        ),
        ("GET", ["prices", id]) => (op(NONE, price_get), vec![id]),
        ("POST", ["prices", id]) => (op(PRICE_UPDATE, price_update), vec![id]),

        ("POST", ["checkout", "sessions"]) => (op(SESSION, session_create), vec![]),
        ("GET", ["checkout", "sessions"]) => (
            op(
                page!("customer subscription payment_intent status:open|complete|expired"),
                session_list,
            ),
            vec![],
        ),
        ("GET", ["checkout", "sessions", id]) => (op(NONE, session_get), vec![id]),
        ("GET", ["checkout", "sessions", id, "line_items"]) => (op(PAGE, session_lines), vec![id]),
        ("POST", ["checkout", "sessions", id]) => (op("metadata.*", session_update), vec![id]),
        ("POST", ["checkout", "sessions", id, "expire"]) => (op(NONE, session_expire), vec![id]),

        ("POST", ["subscriptions"]) => (op(SUBSCRIPTION, subscription_create), vec![]),
        ("GET", ["subscriptions"]) => (
            op(
                page!(
                    "customer price status:active|past_due|unpaid|canceled|incomplete|incomplete_expired|trialing|paused|ended|all collection_method"
                ),
                subscription_list,
            ),
            vec![],
        ),
        ("GET", ["subscriptions", id]) => (op(NONE, subscription_get), vec![id]),
        ("POST", ["subscriptions", id]) => (op(SUBSCRIPTION_UPDATE, subscription_update), vec![id]),
        ("DELETE", ["subscriptions", id]) => (op(SUBSCRIPTION_CANCEL, subscription_cancel), vec![id]),
        ("GET", ["subscription_items"]) => (
            op("subscription! limit:i starting_after ending_before", items_list),
            vec![],
        ),

        ("POST", ["invoices"]) => (op(INVOICE, invoice_create), vec![]),
        ("GET", ["invoices"]) => (
            op(
                page!("customer subscription status:draft|open|paid|uncollectible|void collection_method"),
                invoice_list,
            ),
            vec![],
        ),
        ("GET", ["invoices", id]) => (op(NONE, invoice_get), vec![id]),
        ("POST", ["invoices", id]) => (op(INVOICE_UPDATE, invoice_update), vec![id]),
        ("DELETE", ["invoices", id]) => (op(NONE, invoice_delete), vec![id]),
        ("GET", ["invoices", id, "lines"]) => (op("limit:i starting_after ending_before", invoice_lines), vec![id]),
        ("POST", ["invoices", id, "finalize"]) => (op("auto_advance:b", invoice_finalize), vec![id]),
        ("POST", ["invoices", id, "pay"]) => (
            op("payment_method off_session:b paid_out_of_band:b", invoice_pay),
            vec![id],
        ),
        ("POST", ["invoices", id, "send"]) => (op(NONE, invoice_send), vec![id]),
        ("POST", ["invoices", id, "void"]) => (op(NONE, invoice_void), vec![id]),
        ("POST", ["invoices", id, "mark_uncollectible"]) => (op(NONE, invoice_uncollectible), vec![id]),

        ("POST", ["invoiceitems"]) => (op(ITEM, item_create), vec![]),
        ("GET", ["invoiceitems"]) => (op(page!("customer invoice pending:b"), item_list), vec![]),
        ("GET", ["invoiceitems", id]) => (op(NONE, item_get), vec![id]),
        ("POST", ["invoiceitems", id]) => (op(ITEM_UPDATE, item_update), vec![id]),
        ("DELETE", ["invoiceitems", id]) => (op(NONE, item_delete), vec![id]),

        ("GET", ["invoice_payments"]) => (
            op(
                page!("invoice status:canceled|open|paid payment.type:payment_intent payment.payment_intent"),
                payment_list,
            ),
            vec![],
        ),
        ("GET", ["invoice_payments", id]) => (op(NONE, payment_get), vec![id]),

        ("POST", ["payment_intents"]) => (op(INTENT, intent_create), vec![]),
        ("GET", ["payment_intents"]) => (op(page!("customer"), intent_list), vec![]),
        ("GET", ["payment_intents", id]) => (op("client_secret", intent_get), vec![id]),
        ("POST", ["payment_intents", id]) => (op(INTENT_UPDATE, intent_update), vec![id]),
        ("POST", ["payment_intents", id, "confirm"]) => (op(INTENT_CONFIRM, intent_confirm), vec![id]),
        ("POST", ["payment_intents", id, "cancel"]) => (
            op(
                "cancellation_reason:abandoned|duplicate|fraudulent|requested_by_customer",
                intent_cancel,
            ),
            vec![id],
        ),

        ("GET", ["charges"]) => (op(page!("customer payment_intent"), charge_list), vec![]),
        ("GET", ["charges", id]) => (op(NONE, charge_get), vec![id]),
        ("POST", ["charges", id]) => (op("description receipt_email metadata.*", charge_update), vec![id]),

        ("POST", ["refunds"]) => (
            op(
                "charge payment_intent amount:i reason:duplicate|fraudulent|requested_by_customer metadata.*",
                refund_create,
            ),
            vec![],
        ),
        ("GET", ["refunds"]) => (op(page!("charge payment_intent"), refund_list), vec![]),
        ("GET", ["refunds", id]) => (op(NONE, refund_get), vec![id]),
        ("POST", ["refunds", id]) => (op("metadata.*", refund_update), vec![id]),

        ("GET", ["disputes"]) => (op(page!("charge payment_intent"), dispute_list), vec![]),
        ("GET", ["disputes", id]) => (op(NONE, dispute_get), vec![id]),
        ("POST", ["disputes", id, "close"]) => (op(NONE, dispute_close), vec![id]),

        ("GET", ["balance_transactions"]) => (op(page!("source type currency"), txn_list), vec![]),
        ("GET", ["balance_transactions", id]) => (op(NONE, txn_get), vec![id]),

        ("GET", ["events"]) => (op(page!("type types.# delivery_success:b"), event_list), vec![]),
        ("GET", ["events", id]) => (op(NONE, event_get), vec![id]),

        ("POST", ["webhook_endpoints"]) => (op(ENDPOINT, endpoint_create), vec![]),
        ("GET", ["webhook_endpoints"]) => (op(PAGE, endpoint_list), vec![]),
        ("GET", ["webhook_endpoints", id]) => (op(NONE, endpoint_get), vec![id]),
        ("POST", ["webhook_endpoints", id]) => (op(ENDPOINT_UPDATE, endpoint_update), vec![id]),
        ("DELETE", ["webhook_endpoints", id]) => (op(NONE, endpoint_delete), vec![id]),
        _ => return None,
    };
    Some((op, ids.into_iter().map(str::to_owned).collect()))
}

// ---- shared ------------------------------------------------------------------------------------------------------

/// One page of a list, newest first.
fn page(
    tx: &Tx<'_>,
    a: &Args,
    kind: &'static str,
    by: Option<(&'static str, &str)>,
    keep: impl Fn(&Value) -> bool,
) -> Res<Value> {
    let created = &a.p["created"];
    let within = |v: &Value| {
        let at = n(v, "created");
        created.as_i64().is_none_or(|x| at == x)
            && created["gt"].as_i64().is_none_or(|x| at > x)
            && created["gte"].as_i64().is_none_or(|x| at >= x)
            && created["lt"].as_i64().is_none_or(|x| at < x)
            && created["lte"].as_i64().is_none_or(|x| at <= x)
    };
    // A cursor stands for its place in the order of creation, whether or not the filter lets it through.
    let place = |cursor: &str| match a.str(cursor) {
        Some(id) => tx
            .place(kind, id)
            .map(Some)
            .ok_or_else(|| ApiError::no_such(spoken(kind), id, cursor)),
        None => Ok(None),
    };
    let (after, before) = (place("starting_after")?, place("ending_before")?);
    cut(a, tx.between(kind, by, after, before).filter(|v| within(v) && keep(v)))
}

/// A page out of a list that is part of an object, newest first.
fn slice(a: &Args, all: Vec<Value>) -> Res<Value> {
    let place = |cursor: &str| match a.str(cursor) {
        Some(id) => match all.iter().position(|v| s(v, "id") == id) {
            Some(at) => Ok(Some(at)),
            None => Err(ApiError::no_such("item", id, cursor)),
        },
        None => Ok(None),
    };
    let from = place("starting_after")?.map_or(0, |at| at + 1);
    let to = place("ending_before")?.unwrap_or(all.len()).max(from);
    cut(a, all[from..to].iter().cloned())
}

/// Cuts a page out of what lies behind or before the cursor, newest first.
fn cut(a: &Args, all: impl Iterator<Item = Value>) -> Res<Value> {
    let limit = a.int("limit").unwrap_or(10);
    if !(1..=100).contains(&limit) {
        return Err(ApiError::invalid(if limit < 1 {
            "Invalid integer: limit must be at least 1."
        } else {
            "Limit is too large: it can be at most 100."
        })
        .code("parameter_invalid_integer")
        .param("limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(10);
    let mut data: Vec<Value>;
    if a.str("ending_before").is_some() {
        if a.str("starting_after").is_some() {
            return Err(ApiError::invalid(
                "You can only provide one of `starting_after` and `ending_before`, not both.",
            ));
        }
        // The page that ends right before the cursor: the oldest of what is newer.
        data = all.collect();
        data.reverse();
        data.truncate(limit + 1);
        data.reverse();
        if data.len() > limit {
            data.remove(0);
            return Ok(listed(a, &data, true));
        }
        return Ok(listed(a, &data, false));
    }
    data = all.take(limit + 1).collect();
    let more = data.len() > limit;
    data.truncate(limit);
    Ok(listed(a, &data, more))
}

fn listed(a: &Args, data: &[Value], more: bool) -> Value {
    let data: Vec<Value> = data.iter().map(shown).collect();
    json!({"object": "list", "data": data, "has_more": more, "url": a.path})
}

fn fetch(tx: &Tx<'_>, a: &Args, kind: &'static str) -> Res<Value> {
    Ok(shown(&tx.get(kind, a.id(), "id")?))
}

fn live_customer(tx: &Tx<'_>, id: &str, param: &str) -> Res<Value> {
    let c = tx.get("customer", id, param)?;
    if c["deleted"] == true {
        Err(ApiError::no_such("customer", id, param))
    } else {
        Ok(c)
    }
}

/// Follows one `expand` path through a body.
pub fn expand(tx: &Tx<'_>, v: &mut Value, path: &str) -> Res<()> {
    let tokens: Vec<&str> = path.split('.').collect();
    let depth = tokens.iter().filter(|t| **t != "data").count();
    if depth > 4 {
        return Err(ApiError::invalid(format!(
            "You cannot expand more than 4 levels of a property. Property: {path}"
        ))
        .param("expand"));
    }
    follow(tx, v, &tokens)
}

fn follow(tx: &Tx<'_>, v: &mut Value, tokens: &[&str]) -> Res<()> {
    let Some((token, rest)) = tokens.split_first() else {
        return Ok(());
    };
    if *token == "data" && v["data"].is_array() {
        if let Some(data) = v["data"].as_array_mut() {
            for inner in data {
                follow(tx, inner, rest)?;
            }
        }
        return Ok(());
    }
    include(tx, v, token);
    match v.get_mut(*token) {
        None => Err(ApiError::invalid(format!("This property cannot be expanded ({token}).")).param("expand")),
        Some(Value::Null) => Ok(()),
        Some(inner @ Value::String(_)) => {
            let id = inner.as_str().unwrap_or("").to_owned();
            let kind = if id.starts_with("prod_") || *token == "product" {
                Some("product")
            } else {
                kind_of_id(&id)
            };
            let Some(kind) = kind else {
                return Err(ApiError::invalid(format!("This property cannot be expanded ({token}).")).param("expand"));
            };
            *inner = shown(&tx.get(kind, &id, "expand")?);
            follow(tx, inner, rest)
        }
        Some(inner) if inner.is_object() => follow(tx, inner, rest),
        Some(Value::Array(all)) => {
            for inner in all {
                if let Some(id) = inner.as_str().map(str::to_owned)
                    && let Some(kind) = kind_of_id(&id)
                {
                    *inner = shown(&tx.get(kind, &id, "expand")?);
                }
                follow(tx, inner, rest)?;
            }
            Ok(())
        }
        Some(_) => Err(ApiError::invalid(format!("This property cannot be expanded ({token}).")).param("expand")),
    }
}

/// Members that are only there when they are asked for.
fn include(tx: &Tx<'_>, v: &mut Value, token: &str) {
    let id = s(v, "id").to_owned();
    match (s(v, "object"), token) {
        ("invoice", "payments") => {
            let data: Vec<Value> = tx
                .all("invoice_payment", Some(("invoice", &id)))
                .map(|p| shown(&p))
                .collect();
            v["payments"] = list(data, &format!("/v1/invoice_payments?invoice={id}"));
        }
        ("invoice", "confirmation_secret") => {
            let intent = tx
                .find("invoice", &id)
                .and_then(|i| tx.find("payment_intent", s(&i, "_intent")));
            v["confirmation_secret"] = match intent {
                Some(pi) => json!({"client_secret": pi["client_secret"], "type": "payment_intent"}),
                None => Value::Null,
            };
        }
        ("charge", "refunds") => {
            let data: Vec<Value> = tx.all("refund", Some(("charge", &id))).map(|p| shown(&p)).collect();
            v["refunds"] = list(data, &format!("/v1/charges/{id}/refunds"));
        }
        ("customer", "subscriptions") => {
            let data: Vec<Value> = tx
                .all("subscription", Some(("customer", &id)))
                .filter(|x| !matches!(s(x, "status"), "canceled" | "incomplete_expired"))
                .map(|p| shown(&p))
                .collect();
            v["subscriptions"] = list(data, &format!("/v1/customers/{id}/subscriptions"));
        }
        ("checkout.session", "line_items") => {
            if let Some(cs) = tx.find("checkout.session", &id) {
                v["line_items"] = list(
                    session_items(tx, &cs),
                    &format!("/v1/checkout/sessions/{id}/line_items"),
                );
            }
        }
        _ => {}
    }
}

// ---- customers ---------------------------------------------------------------------------------------------------

fn customer_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut c = tx.fresh("customer", 14);
    let prefix = tx.id("", 8).to_uppercase();
    c["invoice_prefix"] = json!(prefix);
    customer_fields(tx, &mut c, a)?;
    tx.put("customer", &c);
    tx.emit("customer.created", &c);
    if let Some(pm) = a.str("payment_method") {
        let mut pm = tx.card_for(pm, "payment_method")?;
        let id = s(&c, "id").to_owned();
        tx.attach(&mut pm, &id, false)?;
    }
    Ok(shown(&c))
}

fn customer_fields(tx: &mut Tx<'_>, c: &mut Value, a: &Args) -> Res<()> {
    copy(c, &a.p, &["email", "name", "phone", "description", "preferred_locales"]);
    if let Some(b) = a.int("balance") {
        c["balance"] = json!(b);
    }
    if let Some(t) = a.str("tax_exempt") {
        c["tax_exempt"] = json!(t);
    }
    if let Some(p) = a.str("invoice_prefix") {
        c["invoice_prefix"] = json!(p);
    }
    if a.given("address") {
        c["address"] = match &a.p["address"] {
            Value::Object(given) => {
                let mut full = json!({"city": null, "country": null, "line1": null, "line2": null,
                    "postal_code": null, "state": null});
                patch(&mut full, c["address"].clone());
                patch(&mut full, Value::Object(given.clone()));
                full
            }
            _ => Value::Null,
        };
    }
    if let Some(footer) = a.p["invoice_settings"].get("footer") {
        c["invoice_settings"]["footer"] = footer.clone();
    }
    if let Some(pm) = a.p["invoice_settings"].get("default_payment_method") {
        if let Some(id) = pm.as_str() {
            let param = "invoice_settings[default_payment_method]";
            let card = tx.get("payment_method", id, param)?;
            let own = s(&card, "customer") == s(c, "id") || a.str("payment_method") == Some(id);
            if !own {
                return Err(ApiError::invalid(format!(
                    "The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."
                ))
                .code("resource_missing")
                .param(param));
            }
        }
        c["invoice_settings"]["default_payment_method"] = pm.clone();
    }
    merge_metadata(c, &a.p);
    Ok(())
}

fn customer_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "customer")
}

fn customer_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut c = live_customer(tx, a.id(), "id")?;
    let before = c.clone();
    customer_fields(tx, &mut c, a)?;
    tx.put("customer", &c);
    tx.emit_updated("customer.updated", &before, &c);
    Ok(shown(&c))
}

fn customer_delete(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let c = live_customer(tx, a.id(), "id")?;
    let subs: Vec<Value> = tx.all("subscription", Some(("customer", a.id()))).collect();
    for mut sub in subs {
        if !matches!(s(&sub, "status"), "canceled" | "incomplete_expired") {
            tx.end_subscription(&mut sub, "cancellation_requested");
        }
    }
    let gone = json!({"id": c["id"], "object": "customer", "deleted": true});
    tx.put("customer", &gone);
    tx.emit("customer.deleted", &c);
    Ok(gone)
}

fn customer_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    page(tx, a, "customer", None, |c| {
        c["deleted"] != true && a.str("email").is_none_or(|e| s(c, "email") == e)
    })
}

fn customer_cards(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    live_customer(tx, a.id(), "id")?;
    page(tx, a, "payment_method", Some(("customer", a.id())), |p| {
        a.str("type").is_none_or(|t| s(p, "type") == t)
    })
}

fn customer_card(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    live_customer(tx, a.id(), "id")?;
    let id = &a.ids[1];
    let pm = tx.get("payment_method", id, "id")?;
    if s(&pm, "customer") == a.id() {
        Ok(shown(&pm))
    } else {
        Err(ApiError::no_such("PaymentMethod", id, "id"))
    }
}

// ---- cards -------------------------------------------------------------------------------------------------------

fn card_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let card = &a.p["card"];
    let mut pm = if let Some(token) = card["token"].as_str() {
        let known = cards::by_token(token).ok_or_else(|| ApiError::no_such("token", token, "card[token]"))?;
        tx.new_card(known, 12, 2040)
    } else if let Some(number) = card["number"].as_str() {
        let month = card["exp_month"]
            .as_i64()
            .ok_or_else(|| ApiError::missing("card[exp_month]"))?;
        let year = card["exp_year"]
            .as_i64()
            .ok_or_else(|| ApiError::missing("card[exp_year]"))?;
        let known = cards::typed(number, month, year, card["cvc"].as_str(), tx.now)?;
        tx.new_card(known, month, year)
    } else {
        return Err(ApiError::missing("card"));
    };
    billing_details(&mut pm, a);
    merge_metadata(&mut pm, &a.p);
    tx.put("payment_method", &pm);
    Ok(shown(&pm))
}

fn billing_details(pm: &mut Value, a: &Args) {
    copy(
        &mut pm["billing_details"],
        &a.p["billing_details"],
        &["name", "email", "phone"],
    );
    if let Some(given) = a.p["billing_details"]["address"].as_object() {
        let mut full = json!({"city": null, "country": null, "line1": null, "line2": null, "postal_code": null,
            "state": null});
        patch(&mut full, Value::Object(given.clone()));
        pm["billing_details"]["address"] = full;
    }
    if let Some(r) = a.str("allow_redisplay") {
        pm["allow_redisplay"] = json!(r);
    }
}

fn card_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "payment_method")
}

fn card_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a.str("customer").map(|c| ("customer", c));
    if let Some((_, id)) = by {
        live_customer(tx, id, "customer")?;
    }
    page(tx, a, "payment_method", by, |p| {
        a.str("type").is_none_or(|t| s(p, "type") == t)
    })
}

fn card_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut pm = tx.get("payment_method", a.id(), "id")?;
    if pm["customer"].is_null() {
        return Err(ApiError::state(
            "You must save this PaymentMethod to a customer before you can update it.",
        ));
    }
    let before = pm.clone();
    for key in ["exp_month", "exp_year"] {
        if let Some(v) = a.p["card"][key].as_i64() {
            pm["card"][key] = json!(v);
        }
    }
    billing_details(&mut pm, a);
    merge_metadata(&mut pm, &a.p);
    tx.put("payment_method", &pm);
    tx.emit_updated("payment_method.updated", &before, &pm);
    Ok(shown(&pm))
}

fn card_attach(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let customer = a.str("customer").unwrap_or("").to_owned();
    live_customer(tx, &customer, "customer")?;
    let mut pm = tx.card_for(a.id(), "id")?;
    tx.attach(&mut pm, &customer, false)?;
    Ok(shown(&pm))
}

fn card_detach(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut pm = tx.get("payment_method", a.id(), "id")?;
    let Some(customer) = pm["customer"].as_str().map(str::to_owned) else {
        return Err(ApiError::state(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        ));
    };
    let before = pm.clone();
    patch(&mut pm, json!({"customer": null, "_detached": true}));
    tx.put("payment_method", &pm);
    if let Some(mut c) = tx.find("customer", &customer)
        && c["invoice_settings"]["default_payment_method"] == pm["id"]
    {
        let was = c.clone();
        c["invoice_settings"]["default_payment_method"] = Value::Null;
        tx.put("customer", &c);
        tx.emit_updated("customer.updated", &was, &c);
    }
    let subs: Vec<Value> = tx.all("subscription", Some(("customer", &customer))).collect();
    for mut sub in subs {
        if sub["default_payment_method"] == pm["id"] {
            let was = sub.clone();
            sub["default_payment_method"] = Value::Null;
            tx.put("subscription", &sub);
            tx.emit_updated("customer.subscription.updated", &was, &sub);
        }
    }
    tx.emit_updated("payment_method.detached", &before, &pm);
    Ok(shown(&pm))
}

// ---- setup intents -----------------------------------------------------------------------------------------------

fn setup_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    if let Some(c) = a.str("customer") {
        live_customer(tx, c, "customer")?;
    }
    let mut si = new_setup(tx, a.p["customer"].clone());
    copy(&mut si, &a.p, &["description"]);
    if let Some(u) = a.str("usage") {
        si["usage"] = json!(u);
    }
    si["_return_url"] = a.p["return_url"].clone();
    merge_metadata(&mut si, &a.p);
    tx.put("setup_intent", &si);
    tx.emit("setup_intent.created", &si);
    let id = s(&si, "id").to_owned();
    if a.yes("confirm") {
        let pm = a
            .str("payment_method")
            .ok_or_else(|| ApiError::missing("payment_method"))?;
        let pm = tx.card_for(pm, "payment_method")?;
        return tx.confirm_setup(&id, pm, false);
    }
    if let Some(pm) = a.str("payment_method") {
        let pm = tx.card_for(pm, "payment_method")?;
        patch(
            &mut si,
            json!({"payment_method": pm["id"], "status": "requires_confirmation"}),
        );
        tx.put("setup_intent", &si);
    }
    Ok(shown(&si))
}

fn new_setup(tx: &mut Tx<'_>, customer: Value) -> Value {
    let mut si = tx.fresh("setup_intent", 24);
    let secret = tx.id(&format!("{}_secret_", s(&si, "id")), 25);
    patch(&mut si, json!({"customer": customer, "client_secret": secret}));
    si
}

fn setup_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "setup_intent")
}

fn setup_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    page(tx, a, "setup_intent", a.str("customer").map(|c| ("customer", c)), |x| {
        a.str("payment_method").is_none_or(|p| s(x, "payment_method") == p)
    })
}

fn setup_confirm(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut si = tx.get("setup_intent", a.id(), "id")?;
    let pm = match a.str("payment_method").or(si["payment_method"].as_str()) {
        Some(id) => tx.card_for(id, "payment_method")?,
        None => return Err(ApiError::missing("payment_method")),
    };
    if let Some(back) = a.str("return_url") {
        si["_return_url"] = json!(back);
        tx.put("setup_intent", &si);
    }
    tx.confirm_setup(a.id(), pm, false)
}

fn setup_cancel(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut si = tx.get("setup_intent", a.id(), "id")?;
    if matches!(s(&si, "status"), "succeeded" | "canceled") {
        return Err(unexpected(
            "SetupIntent",
            "setup_intent_unexpected_state",
            &si,
            "cancel",
        ));
    }
    patch(
        &mut si,
        json!({"status": "canceled", "next_action": null, "cancellation_reason": a.p["cancellation_reason"]}),
    );
    tx.put("setup_intent", &si);
    tx.emit("setup_intent.canceled", &si);
    Ok(shown(&si))
}

fn unexpected(what: &str, code: &str, v: &Value, action: &str) -> Box<ApiError> {
    ApiError::state(format!(
        "You cannot {action} this {what} because it has a status of {}.",
        s(v, "status")
    ))
    .code(code)
}

impl Tx<'_> {
    /// Saves a card for later; the bank may want the payer.
    pub fn confirm_setup(&mut self, id: &str, mut pm: Value, authenticated: bool) -> Res<Value> {
        let mut si = self.get("setup_intent", id, "id")?;
        if matches!(s(&si, "status"), "succeeded" | "canceled") {
            return Err(unexpected(
                "SetupIntent",
                "setup_intent_unexpected_state",
                &si,
                "confirm",
            ));
        }
        patch(
            &mut si,
            json!({"payment_method": pm["id"], "next_action": null, "last_setup_error": null}),
        );
        match cards::save(Self::behaviour(&pm), authenticated) {
            Verdict::Approved => {
                pm["_set_up"] = json!(true);
                if let Some(customer) = si["customer"].as_str().map(str::to_owned) {
                    self.attach(&mut pm, &customer, true)?;
                }
                self.put("payment_method", &pm);
                si["status"] = json!("succeeded");
                self.put("setup_intent", &si);
                self.emit("setup_intent.succeeded", &si);
            }
            Verdict::NeedsAuthentication => {
                let url = format!("{}/3ds/{id}", self.pages);
                let action = match si["_return_url"].as_str() {
                    Some(back) => {
                        json!({"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": back}})
                    }
                    None => json!({"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": url}}),
                };
                patch(&mut si, json!({"status": "requires_action", "next_action": action}));
                self.put("setup_intent", &si);
                self.emit("setup_intent.requires_action", &si);
            }
            Verdict::Declined(d) => {
                let mut e = d.error();
                patch(
                    &mut si,
                    json!({"status": "requires_payment_method", "payment_method": null,
                        "last_setup_error": {"type": "card_error", "code": d.code, "message": d.message,
                            "payment_method": shown(&pm)}}),
                );
                if let Some(c) = d.decline_code {
                    si["last_setup_error"]["decline_code"] = json!(c);
                }
                self.put("setup_intent", &si);
                self.emit("setup_intent.setup_failed", &si);
                e = e
                    .member("setup_intent", shown(&si))
                    .member("payment_method", shown(&pm));
                return Err(e.kept());
            }
        }
        Ok(shown(&si))
    }

    /// The payer failed the authentication of a card that was to be saved.
    pub fn setup_failed(&mut self, id: &str) -> Res<()> {
        let mut si = self.get("setup_intent", id, "id")?;
        patch(
            &mut si,
            json!({"status": "requires_payment_method", "payment_method": null, "next_action": null,
                "last_setup_error": {"type": "invalid_request_error", "code": "setup_intent_authentication_failure",
                    "message": cards::AUTHENTICATION_FAILED.message}}),
        );
        self.put("setup_intent", &si);
        self.emit("setup_intent.setup_failed", &si);
        Ok(())
    }
}

// ---- products and prices -----------------------------------------------------------------------------------------

fn product_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut p = tx.fresh("product", 14);
    if let Some(id) = a.str("id") {
        if tx.find("product", id).is_some() {
            return Err(ApiError::invalid("Product already exists.")
                .code("resource_already_exists")
                .param("id"));
        }
        p["id"] = json!(id);
    }
    product_fields(&mut p, a);
    p["updated"] = json!(tx.now);
    tx.put("product", &p);
    tx.emit("product.created", &p);
    if let Some(data) = a.p["default_price_data"].as_object() {
        let mut given = Value::Object(data.clone());
        given["product"] = p["id"].clone();
        let price = new_price(tx, &given)?;
        p["default_price"] = price["id"].clone();
        tx.put("product", &p);
    }
    Ok(shown(&p))
}

fn product_fields(p: &mut Value, a: &Args) {
    copy(
        p,
        &a.p,
        &[
            "description",
            "unit_label",
            "statement_descriptor",
            "url",
            "shippable",
            "tax_code",
        ],
    );
    for key in ["name", "type", "default_price", "active", "images"] {
        if let Some(v) = a.p.get(key).filter(|v| !v.is_null()) {
            p[key] = v.clone();
        }
    }
    merge_metadata(p, &a.p);
}

fn product_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "product")
}

fn product_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut p = tx.get("product", a.id(), "id")?;
    let before = p.clone();
    if let Some(price) = a.str("default_price") {
        tx.get("price", price, "default_price")?;
    }
    product_fields(&mut p, a);
    if p != before {
        p["updated"] = json!(tx.now);
    }
    tx.put("product", &p);
    tx.emit_updated("product.updated", &before, &p);
    Ok(shown(&p))
}

fn product_delete(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let p = tx.get("product", a.id(), "id")?;
    if tx.all("price", Some(("product", a.id()))).next().is_some() {
        return Err(ApiError::state(
            "This product cannot be deleted because it has one or more user-created prices.",
        ));
    }
    tx.remove("product", a.id());
    tx.emit("product.deleted", &p);
    Ok(json!({"id": p["id"], "object": "product", "deleted": true}))
}

fn product_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let ids = a.p["ids"].as_array().cloned();
    page(tx, a, "product", None, |p| {
        a.p["active"].as_bool().is_none_or(|x| p["active"] == x) && ids.as_ref().is_none_or(|l| l.contains(&p["id"]))
    })
}

fn new_price(tx: &mut Tx<'_>, given: &Value) -> Res<Value> {
    let mut price = tx.fresh("price", 24);
    let product = given["product"].as_str().ok_or_else(|| ApiError::missing("product"))?;
    tx.get("product", product, "product")?;
    let currency = given["currency"].as_str().unwrap_or("").to_lowercase();
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_lowercase()) {
        return Err(ApiError::invalid(format!("Invalid currency: {currency}.")).param("currency"));
    }
    let amount = match (given["unit_amount"].as_i64(), given["unit_amount_decimal"].as_str()) {
        (Some(n), _) => n,
        (None, Some(d)) => d.parse().map_err(|_| {
            ApiError::invalid("The sandbox only knows prices in whole cents.").param("unit_amount_decimal")
        })?,
        _ => return Err(ApiError::missing("unit_amount")),
    };
    if amount < 0 {
        return Err(ApiError::invalid("Invalid non-negative integer").param("unit_amount"));
    }
    patch(
        &mut price,
        json!({"currency": currency, "product": product, "unit_amount": amount,
            "unit_amount_decimal": amount.to_string()}),
    );
    if given["recurring"].is_object() {
        let r = &given["recurring"];
        let interval = r["interval"]
            .as_str()
            .ok_or_else(|| ApiError::missing("recurring[interval]"))?;
        if r["usage_type"] == "metered" || given["billing_scheme"] == "tiered" {
            return Err(ApiError::invalid(
                "The sandbox knows licensed prices per unit, and no others.",
            ));
        }
        patch(
            &mut price,
            json!({"type": "recurring", "recurring": {"interval": interval,
                "interval_count": r["interval_count"].as_i64().unwrap_or(1), "meter": null,
                "trial_period_days": null, "usage_type": "licensed"}}),
        );
    }
    price_fields(tx, &mut price, given)?;
    tx.put("price", &price);
    tx.emit("price.created", &price);
    Ok(price)
}

fn price_fields(tx: &mut Tx<'_>, price: &mut Value, given: &Value) -> Res<()> {
    copy(price, given, &["nickname"]);
    for key in ["active", "tax_behavior"] {
        if let Some(v) = given.get(key).filter(|v| !v.is_null()) {
            price[key] = v.clone();
        }
    }
    if let Some(key) = given.get("lookup_key") {
        let holder = tx
            .all("price", None)
            .find(|p| !key.is_null() && p["lookup_key"] == *key && p["id"] != price["id"]);
        if let Some(mut holder) = holder {
            if given["transfer_lookup_key"] != true {
                return Err(ApiError::invalid(format!(
                    "A price (`{}`) already uses that lookup key.",
                    s(&holder, "id")
                ))
                .param("lookup_key"));
            }
            holder["lookup_key"] = Value::Null;
            tx.put("price", &holder);
        }
        price["lookup_key"] = key.clone();
    }
    merge_metadata(price, given);
    Ok(())
}

fn price_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut given = a.p.clone();
    if let Some(data) = a.p["product_data"].as_object() {
        let mut p = tx.fresh("product", 14);
        let name = data
            .get("name")
            .and_then(Value::as_str)
            .ok_or_else(|| ApiError::missing("product_data[name]"))?;
        patch(&mut p, json!({"name": name, "updated": tx.now}));
        copy(&mut p, &a.p["product_data"], &["unit_label"]);
        merge_metadata(&mut p, &a.p["product_data"]);
        tx.put("product", &p);
        tx.emit("product.created", &p);
        given["product"] = p["id"].clone();
    }
    Ok(shown(&new_price(tx, &given)?))
}

fn price_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "price")
}

fn price_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut p = tx.get("price", a.id(), "id")?;
    let before = p.clone();
    price_fields(tx, &mut p, &a.p)?;
    tx.put("price", &p);
    tx.emit_updated("price.updated", &before, &p);
    Ok(shown(&p))
}

fn price_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let keys = a.p["lookup_keys"].as_array().cloned();
    page(tx, a, "price", a.str("product").map(|p| ("product", p)), |p| {
        a.p["active"].as_bool().is_none_or(|x| p["active"] == x)
            && a.str("currency").is_none_or(|x| s(p, "currency") == x)
            && a.str("type").is_none_or(|x| s(p, "type") == x)
            && keys.as_ref().is_none_or(|l| l.contains(&p["lookup_key"]))
    })
}

// ---- Checkout ----------------------------------------------------------------------------------------------------

fn session_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mode = a.str("mode").unwrap_or("").to_owned();
    let success = a.str("success_url").ok_or_else(|| ApiError::missing("success_url"))?;
    for (key, value) in [("success_url", Some(success)), ("cancel_url", a.str("cancel_url"))] {
        if value.is_some_and(|u| !u.starts_with("http://") && !u.starts_with("https://")) {
            return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param(key));
        }
    }
    if a.str("customer").is_some() && a.str("customer_email").is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        ));
    }
    let customer = match a.str("customer") {
        Some(id) => live_customer(tx, id, "customer")?,
        None => Value::Null,
    };
    let expires = a.int("expires_at").unwrap_or(tx.now + 86_400);
    if expires < tx.now + 30 * 60 || expires > tx.now + 24 * 3600 {
        return Err(ApiError::invalid(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
        )
        .param("expires_at"));
    }
    let mut items = Vec::new();
    let (mut total, mut currency) = (0, a.p["currency"].clone());
    for (i, item) in a.p["line_items"].as_array().into_iter().flatten().enumerate() {
        let param = format!("line_items[{i}][price]");
        let price = tx.get(
            "price",
            item["price"].as_str().ok_or_else(|| ApiError::missing(&param))?,
            &param,
        )?;
        if price["active"] != true {
            return Err(
                ApiError::invalid("The price specified is inactive. This field only accepts active prices.")
                    .param(&param),
            );
        }
        let quantity = item["quantity"].as_i64().unwrap_or(1);
        if quantity < 1 {
            return Err(ApiError::invalid("Invalid positive integer").param(&format!("line_items[{i}][quantity]")));
        }
        let id = tx.id("li_", 24);
        items.push(json!({"id": id, "price": price["id"], "quantity": quantity}));
        total += n(&price, "unit_amount") * quantity;
        currency = price["currency"].clone();
        if mode == "subscription" && price["recurring"].is_null() {
            return Err(ApiError::invalid(
                "You must provide at least one recurring price in `subscription` mode when using prices.",
            )
            .param("line_items"));
        }
    }
    match mode.as_str() {
        "subscription" if items.is_empty() => return Err(ApiError::missing("line_items")),
        "setup" if !items.is_empty() => {
            return Err(ApiError::invalid("You can not pass `line_items` in `setup` mode.").param("line_items"));
        }
        "setup" if currency.is_null() && a.p["payment_method_types"].is_null() => {
            return Err(ApiError::missing("currency"));
        }
        _ => {}
    }
    let mut cs = tx.fresh("checkout.session", 0);
    let id = tx.id("cs_test_a1", 56);
    let paid = mode == "subscription";
    patch(
        &mut cs,
        json!({
            "id": id, "mode": mode, "success_url": success, "cancel_url": a.p["cancel_url"], "customer": customer["id"],
            "client_reference_id": a.p["client_reference_id"], "customer_email": a.p["customer_email"],
            "expires_at": expires, "currency": currency, "locale": a.p["locale"],
            "url": format!("{}/checkout/{id}", tx.pages),
            "payment_status": if paid { "unpaid" } else { "no_payment_required" },
            "payment_method_collection": a.str("payment_method_collection").unwrap_or("always"),
            "amount_subtotal": if paid { json!(total) } else { Value::Null },
            "amount_total": if paid { json!(total) } else { Value::Null },
            "total_details": if paid {
                json!({"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0})
            } else {
                Value::Null
            },
            "customer_creation": if customer.is_null() {
                json!(if paid { "always" } else { a.str("customer_creation").unwrap_or("if_required") })
            } else {
                Value::Null
            },
            "allow_promotion_codes": a.p["allow_promotion_codes"], "submit_type": a.p["submit_type"],
            "billing_address_collection": a.p["billing_address_collection"],
            "customer_details": session_customer(&customer, a.p["customer_email"].as_str()),
            "allowed_payment_method_types": a.p["allowed_payment_method_types"],
            "_items": items, "_subscription_data": a.p["subscription_data"],
        }),
    );
    merge_metadata(&mut cs, &a.p);
    if !paid {
        let mut si = new_setup(tx, customer["id"].clone());
        let data = json!({"metadata": a.p["setup_intent_data"]["metadata"]});
        if data["metadata"].is_object() {
            merge_metadata(&mut si, &data);
        }
        si["description"] = a.p["setup_intent_data"]["description"].clone();
        tx.put("setup_intent", &si);
        tx.emit("setup_intent.created", &si);
        cs["setup_intent"] = si["id"].clone();
    }
    tx.put("checkout.session", &cs);
    Ok(shown(&cs))
}

fn session_customer(customer: &Value, email: Option<&str>) -> Value {
    let email = customer["email"].as_str().or(email);
    if email.is_none() && customer.is_null() {
        return Value::Null;
    }
    json!({"address": customer["address"], "business_name": null, "email": email, "individual_name": null,
        "name": customer["name"], "phone": customer["phone"], "tax_exempt": "none", "tax_ids": []})
}

/// The line items of a session as Stripe lists them.
pub fn session_items(tx: &Tx<'_>, cs: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    for item in cs["_items"].as_array().into_iter().flatten() {
        let Some(price) = tx.find("price", s(item, "price")) else {
            continue;
        };
        let name = tx.find("product", s(&price, "product")).map(|p| p["name"].clone());
        let amount = n(&price, "unit_amount") * n(item, "quantity");
        out.push(json!({
            "id": item["id"], "object": "item", "adjustable_quantity": null, "amount_discount": 0,
            "amount_subtotal": amount, "amount_tax": 0, "amount_total": amount, "currency": price["currency"],
            "description": name, "metadata": {}, "price": shown(&price), "quantity": item["quantity"],
        }));
    }
    out
}

fn session_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "checkout.session")
}

fn session_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("customer")
        .map(|c| ("customer", c))
        .or(a.str("subscription").map(|x| ("subscription", x)));
    page(tx, a, "checkout.session", by, |x| {
        a.str("status").is_none_or(|v| s(x, "status") == v)
            && a.str("subscription").is_none_or(|v| s(x, "subscription") == v)
            && a.str("payment_intent").is_none_or(|v| s(x, "payment_intent") == v)
    })
}

fn session_lines(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let cs = tx.get("checkout.session", a.id(), "id")?;
    slice(a, session_items(tx, &cs))
}

fn session_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut cs = tx.get("checkout.session", a.id(), "id")?;
    merge_metadata(&mut cs, &a.p);
    tx.put("checkout.session", &cs);
    Ok(shown(&cs))
}

fn session_expire(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut cs = tx.get("checkout.session", a.id(), "id")?;
    if s(&cs, "status") != "open" {
        return Err(ApiError::state(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `{}`.",
            s(&cs, "status")
        )));
    }
    tx.expire_session(&mut cs);
    Ok(shown(&cs))
}

impl Tx<'_> {
    /// The payer has given a card on the Checkout page: what was to be bought is bought, or the card is saved.
    pub fn complete_session(&mut self, cs: &mut Value, mut pm: Value, authenticated: bool) -> Res<()> {
        let mut customer = match cs["customer"].as_str().map(str::to_owned) {
            Some(id) => live_customer(self, &id, "customer")?,
            None => {
                let mut c = self.fresh("customer", 14);
                let prefix = self.id("", 8).to_uppercase();
                patch(
                    &mut c,
                    json!({"invoice_prefix": prefix, "email": cs["customer_details"]["email"],
                        "name": pm["billing_details"]["name"]}),
                );
                self.put("customer", &c);
                self.emit("customer.created", &c);
                c
            }
        };
        let customer_id = s(&customer, "id").to_owned();
        if let Some(si) = cs["setup_intent"].as_str() {
            let mut intent = self.get("setup_intent", si, "id")?;
            intent["customer"] = json!(customer_id);
            self.put("setup_intent", &intent);
            let si = si.to_owned();
            self.confirm_setup(&si, pm, authenticated)?;
        } else {
            self.attach(&mut pm, &customer_id, authenticated)?;
            let mut items = Vec::new();
            for item in cs["_items"].as_array().cloned().unwrap_or_default() {
                items.push((
                    self.get("price", s(&item, "price"), "price")?,
                    n(&item, "quantity"),
                    Value::Null,
                ));
            }
            let data = cs["_subscription_data"].clone();
            let sub = self.subscribe(
                &mut customer,
                NewSubscription {
                    items,
                    metadata: data["metadata"].clone(),
                    method: Some(s(&pm, "id").to_owned()),
                    behaviour: "error_if_incomplete",
                    authenticated,
                    off_session: false,
                    members: json!({"description": data["description"], "payment_settings": {
                        "payment_method_options": null,
                        "payment_method_types": cs["payment_method_types"], "save_default_payment_method": "off"}}),
                },
            )?;
            patch(
                cs,
                json!({"subscription": sub["id"], "invoice": sub["latest_invoice"], "payment_status": "paid"}),
            );
        }
        let email = cs["customer_details"]["email"].as_str().map(str::to_owned);
        patch(
            cs,
            json!({"status": "complete", "customer": customer_id, "url": null, "_pending": null,
                "customer_details": session_customer(&customer, email.as_deref())}),
        );
        self.put("checkout.session", cs);
        self.emit("checkout.session.completed", cs);
        Ok(())
    }
}

// ---- subscriptions -----------------------------------------------------------------------------------------------

fn price_of_item(tx: &mut Tx<'_>, item: &Value, i: usize) -> Res<Value> {
    let param = format!("items[{i}][price]");
    let price = if item["price_data"].is_object() {
        let mut price = new_price(tx, &item["price_data"])?;
        price["active"] = json!(true);
        price
    } else {
        let id = item["price"].as_str().ok_or_else(|| ApiError::missing(&param))?;
        tx.get("price", id, &param)?
    };
    if price["recurring"].is_null() {
        return Err(ApiError::invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`.",
        )
        .param(&param));
    }
    if price["active"] != true {
        return Err(
            ApiError::invalid("The price specified is inactive. This field only accepts active prices.").param(&param),
        );
    }
    Ok(price)
}

fn own_card(tx: &mut Tx<'_>, id: &str, customer: &str, param: &str) -> Res<String> {
    let pm = tx.get("payment_method", id, param)?;
    if s(&pm, "customer") != customer {
        return Err(ApiError::invalid(format!(
            "The customer does not have a payment method with the ID {id}. The payment method must be attached to the customer."
        ))
        .code("resource_missing")
        .param(param));
    }
    Ok(s(&pm, "id").to_owned())
}

fn payment_settings(v: &mut Value, given: &Value) {
    if given["payment_settings"].is_object() {
        copy(
            &mut v["payment_settings"],
            &given["payment_settings"],
            &["payment_method_types", "save_default_payment_method"],
        );
    }
}

fn subscription_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut customer = live_customer(tx, a.str("customer").unwrap_or(""), "customer")?;
    let mut items = Vec::new();
    for (i, item) in a.p["items"].as_array().cloned().unwrap_or_default().iter().enumerate() {
        let price = price_of_item(tx, item, i)?;
        items.push((price, item["quantity"].as_i64().unwrap_or(1), item["metadata"].clone()));
    }
    if items.is_empty() {
        return Err(ApiError::missing("items"));
    }
    let method = match a.str("default_payment_method") {
        Some(id) => Some(own_card(tx, id, s(&customer, "id"), "default_payment_method")?),
        None => None,
    };
    let mut members = json!({"description": a.p["description"],
        "payment_settings": crate::state::template("subscription")["payment_settings"]});
    payment_settings(&mut members, &a.p);
    if a.yes("cancel_at_period_end") {
        members["cancel_at_period_end"] = json!(true);
    }
    if let Some(at) = a.int("cancel_at") {
        if at <= tx.now {
            return Err(ApiError::invalid("cancel_at must be in the future.").param("cancel_at"));
        }
        patch(&mut members, json!({"cancel_at": at, "canceled_at": tx.now}));
    }
    if a.p["billing_mode"]["type"] == "classic" {
        members["billing_mode"] = json!({"type": "classic", "flexible": null});
    }
    let sub = tx.subscribe(
        &mut customer,
        NewSubscription {
            items,
            metadata: a.p["metadata"].clone(),
            method,
            behaviour: a.str("payment_behavior").unwrap_or("allow_incomplete"),
            off_session: a.yes("off_session"),
            authenticated: false,
            members,
        },
    )?;
    Ok(shown(&sub))
}

fn subscription_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "subscription")
}

fn subscription_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let status = a.str("status");
    page(tx, a, "subscription", a.str("customer").map(|c| ("customer", c)), |x| {
        (match status {
            None => !matches!(s(x, "status"), "canceled" | "incomplete_expired"),
            Some("all") => true,
            Some("ended") => matches!(s(x, "status"), "canceled" | "incomplete_expired"),
            Some(v) => s(x, "status") == v,
        }) && a.str("price").is_none_or(|p| {
            x["items"]["data"]
                .as_array()
                .is_some_and(|l| l.iter().any(|i| s(&i["price"], "id") == p))
        })
    })
}

fn items_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let sub = tx.get("subscription", a.str("subscription").unwrap_or(""), "subscription")?;
    slice(a, sub["items"]["data"].as_array().cloned().unwrap_or_default())
}

fn subscription_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut sub = tx.get("subscription", a.id(), "id")?;
    let ended = matches!(s(&sub, "status"), "canceled" | "incomplete_expired");
    let only_words =
        a.p.as_object()
            .is_some_and(|m| m.keys().all(|k| k == "metadata" || k == "cancellation_details"));
    if ended && !only_words {
        return Err(ApiError::state(
            "A canceled subscription can only update its cancellation_details and metadata.",
        ));
    }
    if s(&sub, "status") == "incomplete" && a.given("items") {
        return Err(ApiError::state(format!(
            "This subscription is missing a default payment method or has an incomplete first payment. Subscription: {}",
            s(&sub, "id")
        )));
    }
    let before = sub.clone();
    let prorate = a.str("proration_behavior").unwrap_or("create_prorations").to_owned();
    update_items(tx, &mut sub, a, &prorate)?;
    copy(&mut sub, &a.p, &["description"]);
    payment_settings(&mut sub, &a.p);
    if let Some(pm) = a.p.get("default_payment_method") {
        sub["default_payment_method"] = match pm.as_str() {
            Some(id) => json!(own_card(tx, id, s(&sub, "customer"), "default_payment_method")?),
            None => Value::Null,
        };
    }
    for key in ["comment", "feedback"] {
        if let Some(v) = a.p["cancellation_details"].get(key) {
            sub["cancellation_details"][key] = v.clone();
        }
    }
    let end = n(&sub["items"]["data"][0], "current_period_end");
    match a.p["cancel_at_period_end"].as_bool() {
        Some(true) => {
            patch(
                &mut sub,
                json!({"cancel_at_period_end": true, "cancel_at": end, "canceled_at": tx.now}),
            );
            sub["cancellation_details"]["reason"] = json!("cancellation_requested");
        }
        Some(false) if sub["cancel_at_period_end"] == true || !sub["cancel_at"].is_null() => {
            patch(
                &mut sub,
                json!({"cancel_at_period_end": false, "cancel_at": null, "canceled_at": null}),
            );
            sub["cancellation_details"]["reason"] = Value::Null;
        }
        _ => {}
    }
    match a.p.get("cancel_at") {
        Some(Value::Number(at)) => {
            let at = at.as_i64().unwrap_or(0);
            if at <= tx.now {
                return Err(ApiError::invalid("cancel_at must be in the future.").param("cancel_at"));
            }
            patch(
                &mut sub,
                json!({"cancel_at": at, "canceled_at": tx.now, "cancel_at_period_end": false}),
            );
            sub["cancellation_details"]["reason"] = json!("cancellation_requested");
        }
        Some(Value::Null) => {
            patch(
                &mut sub,
                json!({"cancel_at": null, "canceled_at": null, "cancel_at_period_end": false}),
            );
            sub["cancellation_details"]["reason"] = Value::Null;
        }
        _ => {}
    }
    merge_metadata(&mut sub, &a.p);
    Tx::mirror_plan(&mut sub);
    tx.put("subscription", &sub);
    tx.emit_updated("customer.subscription.updated", &before, &sub);
    if prorate == "always_invoice" && a.given("items") {
        invoice_prorations(tx, &mut sub)?;
    }
    Ok(shown(&tx.get("subscription", a.id(), "id")?))
}

/// Changes the items of a subscription; a changed amount makes prorations unless they are switched off.
fn update_items(tx: &mut Tx<'_>, sub: &mut Value, a: &Args, prorate: &str) -> Res<()> {
    let id = s(sub, "id").to_owned();
    for (i, change) in a.p["items"].as_array().cloned().unwrap_or_default().iter().enumerate() {
        let mut items = sub["items"]["data"].as_array().cloned().unwrap_or_default();
        let Some(item_id) = change["id"].as_str() else {
            // Without an id it is one more item, in step with the others.
            let price = price_of_item(tx, change, i)?;
            same_rhythm(&items, &price, i)?;
            let period = (n(&items[0], "current_period_start"), n(&items[0], "current_period_end"));
            let quantity = change["quantity"].as_i64().unwrap_or(1);
            let item = tx.subscription_item(&id, &price, quantity, period);
            if prorate != "none" {
                prorations(tx, sub, None, Some(&item));
            }
            items.push(item);
            sub["items"]["data"] = json!(items);
            continue;
        };
        let Some(at) = items.iter().position(|x| s(x, "id") == item_id) else {
            return Err(ApiError::no_such(
                "subscription_item",
                item_id,
                &format!("items[{i}][id]"),
            ));
        };
        let old = items[at].clone();
        if change["deleted"] == true {
            if items.len() == 1 {
                return Err(ApiError::state("A subscription must have at least one active plan."));
            }
            if prorate != "none" {
                prorations(tx, sub, Some(&old), None);
            }
            items.remove(at);
            sub["items"]["data"] = json!(items);
            continue;
        }
        if change["price"].is_string() {
            let price = price_of_item(tx, change, i)?;
            same_rhythm(&items, &price, i)?;
            Tx::reprice(&mut items[at], &price);
        }
        if let Some(q) = change["quantity"].as_i64() {
            items[at]["quantity"] = json!(q);
        }
        merge_metadata(&mut items[at], change);
        let amount = |x: &Value| n(&x["price"], "unit_amount") * n(x, "quantity");
        if prorate != "none" && amount(&old) != amount(&items[at]) {
            let new = items[at].clone();
            prorations(tx, sub, Some(&old), Some(&new));
        }
        sub["items"]["data"] = json!(items);
    }
    Ok(())
}

fn same_rhythm(items: &[Value], price: &Value, i: usize) -> Res<()> {
    let own = &items[0]["price"];
    if s(own, "currency") != s(price, "currency") {
        return Err(ApiError::invalid(format!(
            "The price specified only supports `{}`. This doesn't match the expected currency: `{}`.",
            s(price, "currency"),
            s(own, "currency")
        ))
        .param(&format!("items[{i}][price]")));
    }
    let (x, y) = (&own["recurring"], &price["recurring"]);
    if x["interval"] != y["interval"] || x["interval_count"] != y["interval_count"] {
        return Err(
            ApiError::invalid("The sandbox cannot change the billing interval of a subscription.")
                .param(&format!("items[{i}][price]")),
        );
    }
    Ok(())
}

/// Pending invoice items for the rest of the period: the old price back, the new price charged.
fn prorations(tx: &mut Tx<'_>, sub: &Value, old: Option<&Value>, new: Option<&Value>) {
    for (item, sign, word) in [(old, -1, "Unused time on"), (new, 1, "Remaining time on")] {
        let Some(item) = item else { continue };
        let (start, end) = (n(item, "current_period_start"), n(item, "current_period_end"));
        let price = &item["price"];
        let full = n(price, "unit_amount") * n(item, "quantity");
        let share = if end > start {
            (full * (end - tx.now) + (end - start) / 2) / (end - start)
        } else {
            0
        };
        let name = tx
            .find("product", s(price, "product"))
            .map_or_else(String::new, |p| s(&p, "name").to_owned());
        let mut ii = tx.fresh("invoiceitem", 24);
        patch(
            &mut ii,
            json!({
                "amount": sign * share, "net_amount": sign * share, "currency": price["currency"],
                "customer": sub["customer"], "date": tx.now, "discountable": false, "proration": true,
                "description": format!("{word} {name} after {}", crate::time::day_label(tx.now)),
                "period": {"start": tx.now, "end": end}, "quantity": item["quantity"],
                "quantity_decimal": n(item, "quantity").to_string(),
                "parent": {"type": "subscription_details", "subscription_details": {"subscription": sub["id"],
                    "subscription_item": item["id"]}},
                "pricing": {"type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
                    "price_details": {"price": price["id"], "product": price["product"]}},
            }),
        );
        tx.put("invoiceitem", &ii);
        tx.emit("invoiceitem.created", &ii);
    }
}

fn invoice_prorations(tx: &mut Tx<'_>, sub: &mut Value) -> Res<()> {
    let customer = tx.get("customer", s(sub, "customer"), "customer")?;
    let mut inv = tx.draft(&customer, s(sub, "currency"), "subscription_update");
    let items: Vec<Value> = tx
        .all("invoiceitem", Some(("customer", s(sub, "customer"))))
        .filter(|i| i["invoice"].is_null() && i["parent"]["subscription_details"]["subscription"] == sub["id"])
        .collect();
    if items.is_empty() {
        return Ok(());
    }
    for mut item in items.into_iter().rev() {
        item["invoice"] = inv["id"].clone();
        tx.put("invoiceitem", &item);
        let line = tx.line_of_item(&inv, &item);
        Tx::add_line(&mut inv, line);
    }
    patch(
        &mut inv,
        json!({"auto_advance": true, "parent": {"type": "subscription_details", "quote_details": null,
            "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]}}}),
    );
    sub["latest_invoice"] = inv["id"].clone();
    tx.put("subscription", sub);
    tx.open_draft(&mut inv);
    tx.finalize(&mut inv)?;
    if s(&inv, "status") == "open" {
        let id = s(&inv, "id").to_owned();
        tx.pay_invoice(
            &id,
            Pay {
                automatic: true,
                ..Pay::default()
            },
        )?;
    }
    Ok(())
}

fn subscription_cancel(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut sub = tx.get("subscription", a.id(), "id")?;
    if matches!(s(&sub, "status"), "canceled" | "incomplete_expired") {
        let mut e = ApiError::no_such("subscription", a.id(), "id");
        e.status = 404;
        return Err(e);
    }
    if a.yes("prorate") || a.yes("invoice_now") {
        return Err(ApiError::invalid(
            "The sandbox cancels without proration and without a last invoice.",
        ));
    }
    for key in ["comment", "feedback"] {
        if let Some(v) = a.p["cancellation_details"].get(key) {
            sub["cancellation_details"][key] = v.clone();
        }
    }
    tx.end_subscription(&mut sub, "cancellation_requested");
    // Voiding the first invoice of an incomplete subscription may have touched it again.
    Ok(shown(&tx.get("subscription", a.id(), "id")?))
}

// ---- invoices ----------------------------------------------------------------------------------------------------

fn invoice_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let customer = live_customer(tx, a.str("customer").unwrap_or(""), "customer")?;
    let currency = a
        .str("currency")
        .or(customer["currency"].as_str())
        .unwrap_or("usd")
        .to_lowercase();
    let mut inv = tx.draft(&customer, &currency, "manual");
    invoice_fields(tx, &mut inv, a)?;
    if let Some(sub) = a.str("subscription") {
        let sub = tx.get("subscription", sub, "subscription")?;
        inv["parent"] = json!({"type": "subscription_details", "quote_details": null,
            "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]}});
    }
    if a.str("pending_invoice_items_behavior") == Some("include") {
        let waiting: Vec<Value> = tx
            .all("invoiceitem", Some(("customer", s(&customer, "id"))))
            .filter(|i| i["invoice"].is_null() && s(i, "currency") == currency)
            .collect();
        for mut item in waiting.into_iter().rev() {
            item["invoice"] = inv["id"].clone();
            tx.put("invoiceitem", &item);
            let line = tx.line_of_item(&inv, &item);
            Tx::add_line(&mut inv, line);
        }
    }
    tx.open_draft(&mut inv);
    Ok(shown(&inv))
}

fn invoice_fields(tx: &mut Tx<'_>, inv: &mut Value, a: &Args) -> Res<()> {
    copy(
        inv,
        &a.p,
        &[
            "description",
            "footer",
            "statement_descriptor",
            "custom_fields",
            "due_date",
        ],
    );
    if let Some(m) = a.str("collection_method") {
        inv["collection_method"] = json!(m);
    }
    if let Some(days) = a.int("days_until_due") {
        inv["due_date"] = json!(n(inv, "created") + days * 86_400);
    }
    if s(inv, "collection_method") == "send_invoice" && inv["due_date"].is_null() {
        return Err(ApiError::missing("days_until_due"));
    }
    if let Some(pm) = a.p.get("default_payment_method") {
        inv["default_payment_method"] = match pm.as_str() {
            Some(id) => json!(own_card(tx, id, s(inv, "customer"), "default_payment_method")?),
            None => Value::Null,
        };
    }
    if a.p["payment_settings"].is_object() {
        copy(
            &mut inv["payment_settings"],
            &a.p["payment_settings"],
            &["payment_method_types"],
        );
    }
    if let Some(auto) = a.p["auto_advance"].as_bool() {
        inv["auto_advance"] = json!(auto);
        if s(inv, "status") == "draft" {
            inv["automatically_finalizes_at"] = if auto {
                json!(tx.now + crate::billing::DRAFT_SECS)
            } else {
                Value::Null
            };
        } else {
            inv["next_payment_attempt"] = if auto { json!(tx.now + 3600) } else { Value::Null };
        }
    }
    merge_metadata(inv, &a.p);
    Ok(())
}

fn invoice_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "invoice")
}

fn invoice_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("subscription")
        .map(|x| ("subscription", x))
        .or(a.str("customer").map(|c| ("customer", c)));
    page(tx, a, "invoice", by, |x| {
        a.str("customer").is_none_or(|v| s(x, "customer") == v)
            && a.str("status").is_none_or(|v| s(x, "status") == v)
            && a.str("collection_method")
                .is_none_or(|v| s(x, "collection_method") == v)
    })
}

fn invoice_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    let before = inv.clone();
    let always = ["metadata", "auto_advance", "default_payment_method", "payment_settings"];
    let late =
        a.p.as_object()
            .is_some_and(|m| m.keys().any(|k| !always.contains(&k.as_str())));
    if s(&inv, "status") != "draft" && late {
        return Err(ApiError::state(
            "Finalized invoices can't be updated in this way. This invoice has been finalized.",
        )
        .code("invoice_not_editable"));
    }
    if matches!(s(&inv, "status"), "paid" | "void") && a.given("auto_advance") {
        return Err(ApiError::state(format!(
            "You can't set auto_advance on an invoice that is {}.",
            s(&inv, "status")
        ))
        .code("invoice_not_editable"));
    }
    invoice_fields(tx, &mut inv, a)?;
    tx.put("invoice", &inv);
    tx.emit_updated("invoice.updated", &before, &inv);
    Ok(shown(&inv))
}

fn invoice_delete(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let inv = tx.get("invoice", a.id(), "id")?;
    if s(&inv, "status") != "draft" || !inv["parent"].is_null() {
        return Err(
            ApiError::state("You can only delete draft invoices that are not attached to subscriptions.")
                .code("invoice_not_editable"),
        );
    }
    let items: Vec<Value> = tx.all("invoiceitem", Some(("invoice", a.id()))).collect();
    for item in items {
        tx.remove("invoiceitem", s(&item, "id"));
    }
    tx.remove("invoice", a.id());
    tx.emit("invoice.deleted", &inv);
    Ok(json!({"id": inv["id"], "object": "invoice", "deleted": true}))
}

fn invoice_lines(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let inv = tx.get("invoice", a.id(), "id")?;
    slice(a, inv["lines"]["data"].as_array().cloned().unwrap_or_default())
}

fn invoice_finalize(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    if let Some(auto) = a.p["auto_advance"].as_bool() {
        inv["auto_advance"] = json!(auto);
    }
    tx.finalize(&mut inv)?;
    let mut inv = tx.get("invoice", a.id(), "id")?;
    let collects = inv["auto_advance"] == true && s(&inv, "collection_method") == "charge_automatically";
    if s(&inv, "status") == "open" && collects {
        inv["next_payment_attempt"] = json!(tx.now + 3600);
        tx.put("invoice", &inv);
    }
    Ok(shown(&inv))
}

fn invoice_pay(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    if s(&inv, "status") == "draft" {
        tx.finalize(&mut inv)?;
        inv = tx.get("invoice", a.id(), "id")?;
        if s(&inv, "status") == "paid" {
            return Ok(shown(&inv));
        }
    }
    match s(&inv, "status") {
        "open" | "uncollectible" => {}
        "paid" => return Err(ApiError::state("Invoice is already paid").code("invoice_already_paid")),
        other => {
            return Err(
                ApiError::state(format!("Invoice with status {other} cannot be paid.")).code("invoice_not_editable")
            );
        }
    }
    if a.yes("paid_out_of_band") {
        tx.paid_out_of_band(&mut inv);
        return invoice_get(tx, a);
    }
    let method = match a.str("payment_method") {
        Some(id) => {
            let pm = tx.card_for(id, "payment_method")?;
            if !matches!(s(&pm, "customer"), "") && s(&pm, "customer") != s(&inv, "customer") {
                return Err(ApiError::invalid(format!(
                    "The payment method {id} does not belong to the customer of this invoice."
                ))
                .param("payment_method"));
            }
            Some(s(&pm, "id").to_owned())
        }
        None => None,
    };
    let how = Pay {
        method: method.as_deref(),
        off_session: a.yes("off_session"),
        ..Pay::default()
    };
    match tx.pay_invoice(a.id(), how)? {
        Outcome::Paid => invoice_get(tx, a),
        Outcome::NoMethod => Err(ApiError::state(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either an appropriate `default_payment_method` on the Customer or Invoice.",
        )),
        Outcome::NeedsAction => {
            let e = ApiError::card(
                "invoice_payment_intent_requires_action",
                None,
                "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice. For more details see: https://stripe.com/docs/billing/subscriptions/overview#requires-action",
            );
            Err(e.kept())
        }
        Outcome::Declined(d) => Err(with_intent(tx, d.error(), s(&inv, "_intent")).kept()),
    }
}

/// Adds what a card error tells about the `PaymentIntent` that failed.
fn with_intent(tx: &Tx<'_>, mut e: Box<ApiError>, intent: &str) -> Box<ApiError> {
    if let Some(pi) = tx.find("payment_intent", intent) {
        for key in ["charge", "payment_method"] {
            if let Some(v) = pi["last_payment_error"].get(key) {
                e = e.member(key, v.clone());
            }
        }
        e = e.member("payment_intent", shown(&pi));
    }
    e
}

fn invoice_send(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    if s(&inv, "status") == "draft" {
        tx.finalize(&mut inv)?;
    }
    let inv = tx.get("invoice", a.id(), "id")?;
    tx.emit("invoice.sent", &inv);
    Ok(shown(&inv))
}

fn invoice_void(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    tx.void(&mut inv)?;
    Ok(shown(&inv))
}

fn invoice_uncollectible(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut inv = tx.get("invoice", a.id(), "id")?;
    tx.mark_uncollectible(&mut inv)?;
    Ok(shown(&inv))
}

// ---- invoice items -----------------------------------------------------------------------------------------------

fn item_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let customer = live_customer(tx, a.str("customer").unwrap_or(""), "customer")?;
    let mut invoice = match a.str("invoice") {
        Some(id) => {
            let inv = tx.get("invoice", id, "invoice")?;
            if s(&inv, "customer") != s(&customer, "id") {
                return Err(ApiError::invalid(format!(
                    "Invoice {id} does not belong to customer {}.",
                    s(&customer, "id")
                ))
                .param("invoice"));
            }
            editable(&inv)?;
            Some(inv)
        }
        None => None,
    };
    let quantity = a.int("quantity").unwrap_or(1);
    let (amount, currency, pricing) = if let Some(id) = a.p["pricing"]["price"].as_str() {
        let price = tx.get("price", id, "pricing[price]")?;
        let pricing = json!({"type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
            "price_details": {"price": price["id"], "product": price["product"]}});
        (
            n(&price, "unit_amount") * quantity,
            s(&price, "currency").to_owned(),
            pricing,
        )
    } else if a.p["price_data"].is_object() {
        let unit = a.p["price_data"]["unit_amount"]
            .as_i64()
            .ok_or_else(|| ApiError::missing("price_data[unit_amount]"))?;
        let mut given = a.p["price_data"].clone();
        given["active"] = json!(false);
        let price = new_price(tx, &given)?;
        let pricing = json!({"type": "price_details", "unit_amount_decimal": unit.to_string(),
            "price_details": {"price": price["id"], "product": price["product"]}});
        (unit * quantity, s(&price, "currency").to_owned(), pricing)
    } else {
        let currency = a
            .str("currency")
            .or(invoice.as_ref().and_then(|i| i["currency"].as_str()));
        let currency = currency
            .or(customer["currency"].as_str())
            .unwrap_or("usd")
            .to_lowercase();
        let amount = match (a.int("amount"), a.str("unit_amount_decimal")) {
            (Some(_), _) if a.given("quantity") => {
                return Err(
                    ApiError::invalid("You may only specify one of these parameters: amount, quantity.")
                        .param("amount"),
                );
            }
            (Some(amount), _) => amount,
            (None, Some(unit)) => {
                let unit: i64 = unit.parse().map_err(|_| {
                    ApiError::invalid("The sandbox only knows whole cents.").param("unit_amount_decimal")
                })?;
                unit * quantity
            }
            _ => return Err(ApiError::missing("amount")),
        };
        let unit = if quantity == 0 { amount } else { amount / quantity };
        (
            amount,
            currency,
            json!({"type": "price_details", "unit_amount_decimal": unit.to_string()}),
        )
    };
    if let Some(inv) = &invoice
        && s(inv, "currency") != currency
    {
        return Err(ApiError::invalid(format!(
            "The currency of the invoice item ({currency}) differs from that of the invoice ({}).",
            s(inv, "currency")
        ))
        .param("currency"));
    }
    let mut ii = tx.fresh("invoiceitem", 24);
    let period = &a.p["period"];
    patch(
        &mut ii,
        json!({
            "amount": amount, "net_amount": amount, "currency": currency, "customer": customer["id"], "date": tx.now,
            "description": a.p["description"], "invoice": invoice.as_ref().map(|i| i["id"].clone()),
            "period": {"start": period["start"].as_i64().unwrap_or(tx.now),
                "end": period["end"].as_i64().unwrap_or(tx.now)},
            "quantity": quantity, "quantity_decimal": quantity.to_string(), "pricing": pricing,
        }),
    );
    if let Some(d) = a.p["discountable"].as_bool() {
        ii["discountable"] = json!(d);
    }
    merge_metadata(&mut ii, &a.p);
    tx.put("invoiceitem", &ii);
    tx.emit("invoiceitem.created", &ii);
    if let Some(inv) = &mut invoice {
        let before = inv.clone();
        let line = tx.line_of_item(inv, &ii);
        Tx::add_line(inv, line);
        tx.put("invoice", inv);
        tx.emit_updated("invoice.updated", &before, inv);
    }
    Ok(shown(&ii))
}

fn editable(inv: &Value) -> Res<()> {
    if s(inv, "status") == "draft" {
        return Ok(());
    }
    Err(ApiError::state("The invoice is not a draft: its items cannot change any more.").code("invoice_not_editable"))
}

fn item_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "invoiceitem")
}

fn item_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("invoice")
        .map(|x| ("invoice", x))
        .or(a.str("customer").map(|c| ("customer", c)));
    page(tx, a, "invoiceitem", by, |x| {
        a.str("customer").is_none_or(|v| s(x, "customer") == v)
            && a.p["pending"].as_bool().is_none_or(|v| x["invoice"].is_null() == v)
    })
}

fn item_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut ii = tx.get("invoiceitem", a.id(), "id")?;
    let invoice = ii["invoice"].as_str().and_then(|id| tx.find("invoice", id));
    if let Some(inv) = &invoice {
        editable(inv)?;
    }
    copy(&mut ii, &a.p, &["description"]);
    if let Some(d) = a.p["discountable"].as_bool() {
        ii["discountable"] = json!(d);
    }
    if let Some(amount) = a.int("amount") {
        patch(&mut ii, json!({"amount": amount, "net_amount": amount}));
    }
    if let Some(q) = a.int("quantity") {
        let unit: i64 = s(&ii["pricing"], "unit_amount_decimal").parse().unwrap_or(0);
        patch(
            &mut ii,
            json!({"quantity": q, "quantity_decimal": q.to_string(), "amount": unit * q, "net_amount": unit * q}),
        );
    }
    for key in ["start", "end"] {
        if let Some(at) = a.p["period"][key].as_i64() {
            ii["period"][key] = json!(at);
        }
    }
    merge_metadata(&mut ii, &a.p);
    tx.put("invoiceitem", &ii);
    if let Some(mut inv) = invoice {
        let before = inv.clone();
        let line = tx.line_of_item(&inv, &ii);
        Tx::replace_line(&mut inv, a.id(), Some(line));
        tx.put("invoice", &inv);
        tx.emit_updated("invoice.updated", &before, &inv);
    }
    Ok(shown(&ii))
}

fn item_delete(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let ii = tx.get("invoiceitem", a.id(), "id")?;
    if let Some(mut inv) = ii["invoice"].as_str().and_then(|id| tx.find("invoice", id)) {
        editable(&inv)?;
        let before = inv.clone();
        Tx::replace_line(&mut inv, a.id(), None);
        tx.put("invoice", &inv);
        tx.emit_updated("invoice.updated", &before, &inv);
    }
    tx.remove("invoiceitem", a.id());
    tx.emit("invoiceitem.deleted", &ii);
    Ok(json!({"id": ii["id"], "object": "invoiceitem", "deleted": true}))
}

// ---- payments ----------------------------------------------------------------------------------------------------

fn payment_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "invoice_payment")
}

fn payment_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let intent = a.p["payment"]["payment_intent"].as_str();
    let by = a
        .str("invoice")
        .map(|x| ("invoice", x))
        .or(intent.map(|x| ("payment_intent", x)));
    page(tx, a, "invoice_payment", by, |x| {
        a.str("status").is_none_or(|v| s(x, "status") == v)
            && intent.is_none_or(|v| s(&x["payment"], "payment_intent") == v)
    })
}

fn intent_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let amount = a.int("amount").unwrap_or(0);
    if amount < 50 {
        return Err(ApiError::invalid("Amount must be at least $0.50 usd")
            .code("amount_too_small")
            .param("amount"));
    }
    if let Some(c) = a.str("customer") {
        live_customer(tx, c, "customer")?;
    }
    let pm = match a.str("payment_method") {
        Some(id) => Some(tx.card_for(id, "payment_method")?),
        None => None,
    };
    let mut members = json!({"_return_url": a.p["return_url"], "_metadata": a.p["metadata"]});
    copy(
        &mut members,
        &a.p,
        &[
            "description",
            "receipt_email",
            "setup_future_usage",
            "statement_descriptor",
        ],
    );
    for key in ["capture_method", "confirmation_method"] {
        if let Some(v) = a.str(key) {
            members[key] = json!(v);
        }
    }
    if a.p["automatic_payment_methods"].is_object() {
        let auto = &a.p["automatic_payment_methods"];
        members["automatic_payment_methods"] = json!({
            "enabled": auto["enabled"].as_bool().unwrap_or(true),
            "allow_redirects": auto["allow_redirects"].as_str().unwrap_or("always")});
    }
    if a.p["metadata"].is_object() {
        members["metadata"] = a.p["metadata"].clone();
    }
    if let Some(pm) = &pm {
        patch(
            &mut members,
            json!({"payment_method": pm["id"], "status": "requires_confirmation"}),
        );
    }
    let currency = a.str("currency").unwrap_or("usd").to_lowercase();
    let pi = tx.new_intent(amount, &currency, &a.p["customer"], members);
    let id = s(&pi, "id").to_owned();
    if a.yes("confirm") {
        let pm = pm.ok_or_else(|| {
            ApiError::invalid(
                "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
            )
            .code("payment_intent_unexpected_state")
        })?;
        return finish_intent(tx, a, &id, &pm);
    }
    Ok(shown(&pi))
}

fn finish_intent(tx: &mut Tx<'_>, a: &Args, id: &str, pm: &Value) -> Res<Value> {
    let moment = Moment {
        off_session: a.yes("off_session"),
        ..Moment::default()
    };
    match tx.confirm(id, pm, moment, false)? {
        Outcome::Declined(d) => Err(with_intent(tx, d.error(), id).kept()),
        Outcome::NeedsAction if a.yes("error_on_requires_action") => {
            Err(with_intent(tx, cards::AUTHENTICATION.error(), id).kept())
        }
        _ => Ok(shown(&tx.get("payment_intent", id, "id")?)),
    }
}

fn intent_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "payment_intent")
}

fn intent_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    page(
        tx,
        a,
        "payment_intent",
        a.str("customer").map(|c| ("customer", c)),
        |_| true,
    )
}

fn intent_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut pi = tx.get("payment_intent", a.id(), "id")?;
    if matches!(s(&pi, "status"), "succeeded" | "canceled") && a.given("amount") {
        return Err(unexpected(
            "PaymentIntent",
            "payment_intent_unexpected_state",
            &pi,
            "update",
        ));
    }
    copy(
        &mut pi,
        &a.p,
        &[
            "amount",
            "description",
            "receipt_email",
            "setup_future_usage",
            "customer",
        ],
    );
    if let Some(pm) = a.str("payment_method") {
        let pm = tx.card_for(pm, "payment_method")?;
        patch(
            &mut pi,
            json!({"payment_method": pm["id"], "status": "requires_confirmation"}),
        );
    }
    merge_metadata(&mut pi, &a.p);
    tx.put("payment_intent", &pi);
    Ok(shown(&pi))
}

fn intent_confirm(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut pi = tx.get("payment_intent", a.id(), "id")?;
    if matches!(s(&pi, "status"), "succeeded" | "canceled") {
        return Err(unexpected(
            "PaymentIntent",
            "payment_intent_unexpected_state",
            &pi,
            "confirm",
        ));
    }
    let Some(pm) = a
        .str("payment_method")
        .or(pi["payment_method"].as_str())
        .map(str::to_owned)
    else {
        return Err(
            ApiError::invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
                .code("payment_intent_unexpected_state"),
        );
    };
    let pm = tx.card_for(&pm, "payment_method")?;
    copy(&mut pi, &a.p, &["setup_future_usage", "receipt_email"]);
    if let Some(back) = a.str("return_url") {
        pi["_return_url"] = json!(back);
    }
    tx.put("payment_intent", &pi);
    finish_intent(tx, a, a.id(), &pm)
}

fn intent_cancel(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let pi = tx.get("payment_intent", a.id(), "id")?;
    if matches!(s(&pi, "status"), "succeeded" | "canceled") {
        return Err(unexpected(
            "PaymentIntent",
            "payment_intent_unexpected_state",
            &pi,
            "cancel",
        ));
    }
    if !pi["_invoice"].is_null() {
        return Err(
            ApiError::state("You cannot cancel a PaymentIntent of an invoice: void the invoice instead.")
                .code("payment_intent_unexpected_state"),
        );
    }
    tx.cancel_intent(a.id(), a.str("cancellation_reason").unwrap_or("requested_by_customer"));
    intent_get(tx, a)
}

fn charge_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "charge")
}

fn charge_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("payment_intent")
        .map(|x| ("payment_intent", x))
        .or(a.str("customer").map(|c| ("customer", c)));
    page(tx, a, "charge", by, |x| {
        a.str("customer").is_none_or(|v| s(x, "customer") == v)
    })
}

fn charge_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut ch = tx.get("charge", a.id(), "id")?;
    let before = ch.clone();
    copy(&mut ch, &a.p, &["description", "receipt_email"]);
    merge_metadata(&mut ch, &a.p);
    tx.put("charge", &ch);
    tx.emit_updated("charge.updated", &before, &ch);
    Ok(shown(&ch))
}

fn refund_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut ch = match (a.str("charge"), a.str("payment_intent")) {
        (Some(id), _) => tx.get("charge", id, "charge")?,
        (None, Some(id)) => {
            let pi = tx.get("payment_intent", id, "payment_intent")?;
            if s(&pi, "status") != "succeeded" {
                return Err(ApiError::state(format!(
                    "This PaymentIntent ({id}) does not have a successful charge to refund."
                )));
            }
            tx.get("charge", s(&pi, "latest_charge"), "charge")?
        }
        _ => {
            return Err(ApiError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            ));
        }
    };
    let re = tx.refund(&mut ch, a.int("amount"), a.p["reason"].clone(), a.p["metadata"].clone())?;
    Ok(shown(&re))
}

fn refund_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "refund")
}

fn refund_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("charge")
        .map(|x| ("charge", x))
        .or(a.str("payment_intent").map(|x| ("payment_intent", x)));
    page(tx, a, "refund", by, |_| true)
}

fn refund_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut re = tx.get("refund", a.id(), "id")?;
    let before = re.clone();
    merge_metadata(&mut re, &a.p);
    tx.put("refund", &re);
    tx.emit_updated("refund.updated", &before, &re);
    Ok(shown(&re))
}

fn dispute_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "dispute")
}

fn dispute_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let by = a
        .str("charge")
        .map(|x| ("charge", x))
        .or(a.str("payment_intent").map(|x| ("payment_intent", x)));
    page(tx, a, "dispute", by, |_| true)
}

fn dispute_close(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut du = tx.get("dispute", a.id(), "id")?;
    if s(&du, "status") != "needs_response" {
        return Err(ApiError::state("This dispute is already closed."));
    }
    du["status"] = json!("lost");
    tx.put("dispute", &du);
    tx.emit("charge.dispute.closed", &du);
    Ok(shown(&du))
}

fn txn_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "balance_transaction")
}

fn txn_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    page(tx, a, "balance_transaction", None, |x| {
        a.str("source").is_none_or(|v| s(x, "source") == v)
            && a.str("type").is_none_or(|v| s(x, "type") == v)
            && a.str("currency").is_none_or(|v| s(x, "currency") == v)
    })
}

// ---- events and endpoints ----------------------------------------------------------------------------------------

fn event_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "event")
}

fn event_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    if a.given("type") && a.given("types") {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: type, types.",
        ));
    }
    let types = a.p["types"].as_array().cloned();
    let kind = a.str("type").filter(|t| !t.contains('*'));
    let prefix = a.str("type").and_then(|t| t.strip_suffix('*'));
    page(tx, a, "event", kind.map(|t| ("type", t)), |x| {
        types.as_ref().is_none_or(|l| l.contains(&x["type"]))
            && prefix.is_none_or(|p| s(x, "type").starts_with(p))
            && a.p["delivery_success"]
                .as_bool()
                .is_none_or(|ok| (n(x, "pending_webhooks") == 0) == ok)
    })
}

fn endpoint_create(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let url = a.str("url").unwrap_or("");
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(ApiError::invalid("Not a valid URL").code("url_invalid").param("url"));
    }
    if !a.p["enabled_events"].is_array() {
        return Err(ApiError::missing("enabled_events"));
    }
    if let Some(v) = a.str("api_version").filter(|v| *v != VERSION) {
        return Err(ApiError::invalid(format!(
            "Invalid API version: {v}. This sandbox renders {VERSION} only."
        ))
        .param("api_version"));
    }
    let mut we = tx.fresh("webhook_endpoint", 24);
    let secret = tx.id("whsec_", 32);
    patch(
        &mut we,
        json!({"url": url, "enabled_events": a.p["enabled_events"], "api_version": a.p["api_version"],
            "description": a.p["description"], "_secret": secret}),
    );
    merge_metadata(&mut we, &a.p);
    tx.put("webhook_endpoint", &we);
    // The secret is told once.
    let mut out = shown(&we);
    out["secret"] = json!(secret);
    Ok(out)
}

fn endpoint_get(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    fetch(tx, a, "webhook_endpoint")
}

fn endpoint_list(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    page(tx, a, "webhook_endpoint", None, |_| true)
}

fn endpoint_update(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    let mut we = tx.get("webhook_endpoint", a.id(), "id")?;
    copy(&mut we, &a.p, &["description"]);
    for key in ["url", "enabled_events"] {
        if let Some(v) = a.p.get(key).filter(|v| !v.is_null()) {
            we[key] = v.clone();
        }
    }
    if let Some(off) = a.p["disabled"].as_bool() {
        we["status"] = json!(if off { "disabled" } else { "enabled" });
    }
    merge_metadata(&mut we, &a.p);
    tx.put("webhook_endpoint", &we);
    Ok(shown(&we))
}

fn endpoint_delete(tx: &mut Tx<'_>, a: &Args) -> Res<Value> {
    tx.get("webhook_endpoint", a.id(), "id")?;
    tx.remove("webhook_endpoint", a.id());
    Ok(json!({"id": a.id(), "object": "webhook_endpoint", "deleted": true}))
}

/// Names a kind for people: used by the pages.
#[must_use]
pub fn noun(kind: &str) -> &'static str {
    spoken(kind)
}
