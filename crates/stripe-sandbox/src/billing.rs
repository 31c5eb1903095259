//! Money: charges, `PaymentIntent`s, invoices and subscriptions, and what happens to them by themselves as time passes.
//! No HTTP here. Every function works inside one [`Tx`], at its instant.

use serde_json::{Value, json};

use crate::cards::{self, Behaviour, Decline, Moment, Verdict};
use crate::error::{ApiError, Res};
use crate::state::{Tx, n, patch, s, shown, template};
use crate::time;

/// How long a renewal invoice stays a draft.
pub const DRAFT_SECS: i64 = 3600;
/// How long finalisation waits for `invoice.created` to be answered.
const DRAFT_LIMIT_SECS: i64 = 72 * 3600;

/// A list object.
pub fn list(data: Vec<Value>, url: &str) -> Value {
    json!({"object": "list", "data": data, "has_more": false, "url": url})
}

/// The fee that Stripe keeps: 2.9 % and 30 cents, rounded half up.
#[must_use]
pub fn fee(amount: i64) -> i64 {
    (amount * 29 + 500) / 1000 + 30
}

/// "$450.00" (or "450.00 EUR").
#[must_use]
pub fn money(amount: i64, currency: &str) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (whole, cents) = (amount.unsigned_abs() / 100, amount.unsigned_abs() % 100);
    let mut digits = whole.to_string();
    let mut at = digits.len();
    while at > 3 {
        at -= 3;
        digits.insert(at, ',');
    }
    match currency {
        "usd" => format!("{sign}${digits}.{cents:02}"),
        other => format!("{sign}{digits}.{cents:02} {}", other.to_uppercase()),
    }
}

/// How an attempt to charge ended, as its caller sees it.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The money is there.
    Paid,
    /// The payer must authenticate.
    NeedsAction,
    /// The bank said no.
    Declined(Decline),
    /// There is no card to charge.
    NoMethod,
}

/// The circumstances of paying an invoice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pay<'p> {
    /// This card instead of the defaults.
    pub method: Option<&'p str>,
    /// The payer is absent.
    pub off_session: bool,
    /// The payer has just authenticated.
    pub authenticated: bool,
    /// Tried by the clock, not by a person: failures are retried.
    pub automatic: bool,
}

/// What a new subscription is made of.
#[derive(Debug, Default)]
pub struct NewSubscription<'p> {
    /// Price, quantity and metadata of each item.
    pub items: Vec<(Value, i64, Value)>,
    /// Its own metadata.
    pub metadata: Value,
    /// The card that pays for it.
    pub method: Option<String>,
    /// `allow_incomplete`, `default_incomplete` or `error_if_incomplete`.
    pub behaviour: &'p str,
    /// The payer is absent.
    pub off_session: bool,
    /// The payer has just authenticated.
    pub authenticated: bool,
    /// Further members to set as they are.
    pub members: Value,
}

/// The legacy plan that mirrors a recurring price.
fn plan_of(price: &Value) -> Value {
    let mut plan = template("plan");
    patch(
        &mut plan,
        json!({
            "id": price["id"], "active": price["active"], "amount": price["unit_amount"],
            "amount_decimal": price["unit_amount_decimal"], "created": price["created"],
            "currency": price["currency"], "interval": price["recurring"]["interval"],
            "interval_count": price["recurring"]["interval_count"], "metadata": price["metadata"],
            "nickname": price["nickname"], "product": price["product"],
        }),
    );
    plan
}

/// Charged to the card right away: amounts of an invoice follow its lines.
fn recalculate(inv: &mut Value) {
    let subtotal: i64 = inv["lines"]["data"]
        .as_array()
        .map_or(0, |l| l.iter().map(|x| n(x, "amount")).sum());
    let due = subtotal.max(0);
    patch(
        inv,
        json!({
            "subtotal": subtotal, "subtotal_excluding_tax": subtotal, "total": subtotal,
            "total_excluding_tax": subtotal, "amount_due": due, "amount_remaining": due - n(inv, "amount_paid"),
        }),
    );
}

impl Tx<'_> {
    // ---- cards ---------------------------------------------------------------------------------------------------

    /// What a saved card does.
    pub fn behaviour(pm: &Value) -> Behaviour {
        cards::by_number(s(pm, "_number")).map_or(Behaviour::Pays, |c| c.does)
    }

    /// A new, unattached card.
    pub fn new_card(&mut self, card: &cards::Card, month: i64, year: i64) -> Value {
        let mut pm = self.fresh("payment_method", 24);
        pm["_number"] = json!(card.number);
        let fingerprint: String = {
            use sha2::Digest;
            hex::encode(&sha2::Sha256::digest(card.number.as_bytes())[..8])
        };
        patch(
            &mut pm["card"],
            json!({
                "brand": card.brand, "display_brand": card.brand, "country": card.country, "funding": card.funding,
                "exp_month": month, "exp_year": if year < 100 { 2000 + year } else { year },
                "last4": &card.number[card.number.len() - 4..], "fingerprint": fingerprint,
                "networks": {"available": [card.brand], "preferred": null},
            }),
        );
        self.put("payment_method", &pm);
        pm
    }

    /// A card by id; a token such as `pm_card_visa` makes a new one.
    pub fn card_for(&mut self, id: &str, param: &str) -> Res<Value> {
        if let Some(card) = cards::by_token(id) {
            return Ok(self.new_card(card, 12, 2040));
        }
        self.get("payment_method", id, param)
    }

    /// Attaches a card to a customer, when the bank lets it.
    pub fn attach(&mut self, pm: &mut Value, customer: &str, authenticated: bool) -> Res<()> {
        match s(pm, "customer") {
            "" => {}
            c if c == customer => return Ok(()),
            _ => {
                return Err(ApiError::state(
                    "The payment method you provided has already been attached to a customer.",
                )
                .code("payment_method_unexpected_state"));
            }
        }
        if pm["_detached"] == true {
            return Err(ApiError::state(
                "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, and may not be used again.",
            ));
        }
        if let Verdict::Declined(d) = cards::save(Self::behaviour(pm), true) {
            return Err(d.error().kept());
        }
        pm["customer"] = json!(customer);
        if authenticated {
            pm["_set_up"] = json!(true);
        }
        self.put("payment_method", pm);
        self.emit("payment_method.attached", pm);
        Ok(())
    }

    // ---- charges -------------------------------------------------------------------------------------------------

    fn balance_transaction(&mut self, of: &Value, kind: &str, amount: i64, fee: i64) -> String {
        let mut t = self.fresh("balance_transaction", 24);
        let details = if fee == 0 {
            json!([])
        } else {
            json!([{"amount": fee, "application": null, "currency": of["currency"],
                "description": "Stripe processing fees", "type": "stripe_fee"}])
        };
        patch(
            &mut t,
            json!({
                "amount": amount, "available_on": self.now + 2 * 86_400, "currency": of["currency"],
                "description": of["description"], "fee": fee, "fee_details": details, "net": amount - fee,
                "reporting_category": kind, "source": of["id"], "type": kind,
            }),
        );
        self.put("balance_transaction", &t);
        s(&t, "id").to_owned()
    }

    fn new_charge(&mut self, pi: &Value, pm: &Value, decline: Option<Decline>, moment: Moment) -> Value {
        let mut ch = self.fresh("charge", 24);
        let (amount, card, id) = (n(pi, "amount"), &pm["card"], s(&ch, "id").to_owned());
        let three_d_secure = if moment.authenticated {
            json!({"authentication_flow": "challenge", "electronic_commerce_indicator": "05",
                "exemption_indicator": null, "result": "authenticated", "result_reason": null,
                "transaction_id": "sandbox", "version": "2.2.0"})
        } else {
            Value::Null
        };
        let outcome = match decline {
            None => json!({"advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal", "risk_score": 20,
                "seller_message": "Payment complete.", "type": "authorized"}),
            Some(d) => json!({"advice_code": "try_again_later", "network_advice_code": null,
                "network_decline_code": "01", "network_status": "declined_by_network",
                "reason": d.decline_code.unwrap_or(d.code), "risk_level": "normal", "risk_score": 20,
                "seller_message": "The bank did not return any further details with this decline.",
                "type": "issuer_declined"}),
        };
        patch(
            &mut ch,
            json!({
                "amount": amount, "currency": pi["currency"], "customer": pi["customer"],
                "description": pi["description"], "metadata": pi["metadata"], "payment_intent": pi["id"],
                "payment_method": pm["id"], "billing_details": pm["billing_details"], "outcome": outcome,
                "receipt_url": format!("{}/receipt/{id}", self.pages),
                "payment_method_details": {"type": "card", "card": {
                    "amount_authorized": if decline.is_none() { json!(amount) } else { Value::Null },
                    "authorization_code": null, "brand": card["brand"], "checks": card["checks"],
                    "country": card["country"], "electronic_commerce_indicator": null,
                    "exp_month": card["exp_month"], "exp_year": card["exp_year"],
                    "extended_authorization": {"status": "disabled"}, "fingerprint": card["fingerprint"],
                    "funding": card["funding"], "incremental_authorization": {"status": "unavailable"},
                    "installments": null, "last4": card["last4"], "mandate": null,
                    "multicapture": {"status": "unavailable"}, "network": card["brand"],
                    "network_token": {"used": false}, "network_transaction_id": null,
                    "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
                    "regulated_status": "unregulated", "three_d_secure": three_d_secure,
                    "transaction_link_id": null, "wallet": null,
                }},
                "_invoice": pi["_invoice"], "_metadata": pi["_metadata"], "_subscription": pi["_subscription"],
            }),
        );
        match decline {
            None => {
                let txn = self.balance_transaction(&ch, "charge", amount, fee(amount));
                patch(
                    &mut ch,
                    json!({"amount_captured": amount, "captured": true, "paid": true, "status": "succeeded",
                        "balance_transaction": txn}),
                );
                self.journal(json!({
                    "kind": "charge", "charge": ch["id"], "payment_intent": pi["id"], "invoice": pi["_invoice"],
                    "subscription": pi["_subscription"], "customer": pi["customer"], "amount": amount,
                    "fee": fee(amount), "currency": pi["currency"], "metadata": pi["_metadata"],
                }));
                if Self::behaviour(pm) == Behaviour::Disputes {
                    ch["_due"] = json!(self.now);
                }
            }
            Some(d) => patch(
                &mut ch,
                json!({"captured": false, "paid": false, "status": "failed", "failure_code": d.code,
                    "failure_message": d.message}),
            ),
        }
        self.put("charge", &ch);
        self.emit(
            if decline.is_none() {
                "charge.succeeded"
            } else {
                "charge.failed"
            },
            &ch,
        );
        ch
    }

    // ---- PaymentIntents ------------------------------------------------------------------------------------------

    /// A new `PaymentIntent` that asks for `amount`.
    pub fn new_intent(&mut self, amount: i64, currency: &str, customer: &Value, members: Value) -> Value {
        let mut pi = self.fresh("payment_intent", 24);
        let secret = self.id(&format!("{}_secret_", s(&pi, "id")), 25);
        patch(
            &mut pi,
            json!({"amount": amount, "currency": currency, "customer": customer, "client_secret": secret}),
        );
        patch(&mut pi, members);
        self.put("payment_intent", &pi);
        self.emit("payment_intent.created", &pi);
        pi
    }

    /// Charges the card of a `PaymentIntent`, and tells its invoice.
    pub fn confirm(&mut self, pi_id: &str, pm: &Value, moment: Moment, automatic: bool) -> Res<Outcome> {
        let mut pi = self.get("payment_intent", pi_id, "id")?;
        let mut pm = pm.clone();
        if s(&pm, "customer") != s(&pi, "customer") && !s(&pm, "customer").is_empty() {
            return Err(ApiError::state(format!(
                "The provided PaymentMethod cannot be attached. The PaymentMethod '{}' belongs to another customer.",
                s(&pm, "id")
            ))
            .param("payment_method"));
        }
        let keep = !s(&pi, "setup_future_usage").is_empty() && !s(&pi, "customer").is_empty();
        let moment = Moment {
            set_up: pm["_set_up"] == true,
            ..moment
        };
        let verdict = cards::charge(Self::behaviour(&pm), moment);
        patch(
            &mut pi,
            json!({"payment_method": pm["id"], "next_action": null, "last_payment_error": null}),
        );
        let outcome = match verdict {
            Verdict::Approved => {
                if keep {
                    let customer = s(&pi, "customer").to_owned();
                    self.attach(&mut pm, &customer, moment.authenticated)?;
                    if moment.authenticated && pm["_set_up"] != true {
                        pm["_set_up"] = json!(true);
                        self.put("payment_method", &pm);
                    }
                }
                let ch = self.new_charge(&pi, &pm, None, moment);
                let paid = json!({"status": "succeeded", "amount_received": pi["amount"], "latest_charge": ch["id"]});
                patch(&mut pi, paid);
                self.put("payment_intent", &pi);
                self.emit("payment_intent.succeeded", &pi);
                Outcome::Paid
            }
            Verdict::NeedsAuthentication => {
                let url = format!("{}/3ds/{}", self.pages, s(&pi, "id"));
                let action = match pi["_return_url"].as_str() {
                    Some(back) => json!({"type": "redirect_to_url",
                        "redirect_to_url": {"url": url, "return_url": back}}),
                    None => json!({"type": "use_stripe_sdk",
                        "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}),
                };
                patch(&mut pi, json!({"status": "requires_action", "next_action": action}));
                self.put("payment_intent", &pi);
                self.emit("payment_intent.requires_action", &pi);
                Outcome::NeedsAction
            }
            Verdict::Declined(d) => {
                let ch = self.new_charge(&pi, &pm, Some(d), moment);
                patch(
                    &mut pi,
                    json!({"status": "requires_payment_method", "payment_method": null, "latest_charge": ch["id"],
                        "last_payment_error": payment_error(d, Some(&ch), &pm)}),
                );
                self.put("payment_intent", &pi);
                self.emit("payment_intent.payment_failed", &pi);
                Outcome::Declined(d)
            }
        };
        if let Some(inv) = pi["_invoice"].as_str() {
            self.invoice_attempted(inv, &outcome, &pm, automatic)?;
        }
        Ok(outcome)
    }

    /// The payer failed the authentication: nothing was charged.
    pub fn authentication_failed(&mut self, pi_id: &str) -> Res<()> {
        let mut pi = self.get("payment_intent", pi_id, "id")?;
        let pm = self.get("payment_method", s(&pi, "payment_method"), "payment_method")?;
        patch(
            &mut pi,
            json!({"status": "requires_payment_method", "payment_method": null, "next_action": null,
                "last_payment_error": payment_error(cards::AUTHENTICATION_FAILED, None, &pm)}),
        );
        self.put("payment_intent", &pi);
        self.emit("payment_intent.payment_failed", &pi);
        if let Some(inv) = pi["_invoice"].as_str() {
            let failed = Outcome::Declined(cards::AUTHENTICATION_FAILED);
            self.invoice_attempted(inv, &failed, &pm, false)?;
        }
        Ok(())
    }

    /// Cancels a `PaymentIntent` that is not paid.
    pub fn cancel_intent(&mut self, pi_id: &str, reason: &str) {
        if let Some(mut pi) = self.find("payment_intent", pi_id)
            && !matches!(s(&pi, "status"), "succeeded" | "canceled")
        {
            patch(
                &mut pi,
                json!({"status": "canceled", "canceled_at": self.now, "cancellation_reason": reason,
                    "next_action": null}),
            );
            self.put("payment_intent", &pi);
            self.emit("payment_intent.canceled", &pi);
        }
    }

    // ---- invoices ------------------------------------------------------------------------------------------------

    /// A draft. Writes nothing and tells nobody yet.
    pub fn draft(&mut self, customer: &Value, currency: &str, reason: &str) -> Value {
        let mut inv = self.fresh("invoice", 24);
        let url = format!("/v1/invoices/{}/lines", s(&inv, "id"));
        patch(
            &mut inv,
            json!({
                "billing_reason": reason, "currency": currency, "customer": customer["id"],
                "customer_address": customer["address"], "customer_email": customer["email"],
                "customer_name": customer["name"], "customer_phone": customer["phone"],
                "customer_shipping": customer["shipping"], "customer_tax_exempt": customer["tax_exempt"],
                "period_start": self.now, "period_end": self.now, "lines": list(vec![], &url),
            }),
        );
        inv
    }

    /// Writes a new draft and tells about it.
    pub fn open_draft(&mut self, inv: &mut Value) {
        recalculate(inv);
        self.put("invoice", inv);
        let before = self.st.pending.len();
        self.emit("invoice.created", inv);
        if self.st.pending.len() == before {
            inv["webhooks_delivered_at"] = json!(self.now);
            self.put("invoice", inv);
        }
    }

    /// A line of an invoice.
    pub fn line(&mut self, inv: &Value, amount: i64, quantity: i64, description: &str, period: (i64, i64)) -> Value {
        let mut line = template("line_item");
        let id = self.id("il_", 24);
        patch(
            &mut line,
            json!({
                "id": id, "amount": amount, "subtotal": amount, "currency": inv["currency"],
                "description": description, "invoice": inv["id"], "quantity": quantity,
                "quantity_decimal": quantity.to_string(), "period": {"start": period.0, "end": period.1},
            }),
        );
        line
    }

    /// The line that an invoice item becomes.
    pub fn line_of_item(&mut self, inv: &Value, item: &Value) -> Value {
        let period = (n(&item["period"], "start"), n(&item["period"], "end"));
        let mut line = self.line(
            inv,
            n(item, "amount"),
            n(item, "quantity"),
            s(item, "description"),
            period,
        );
        patch(
            &mut line,
            json!({
                "description": item["description"], "metadata": item["metadata"], "pricing": item["pricing"],
                "discountable": item["discountable"],
                "parent": {"type": "invoice_item_details", "subscription_item_details": null,
                    "invoice_item_details": {"invoice_item": item["id"], "proration": item["proration"],
                        "proration_details": null, "subscription": null}},
            }),
        );
        line
    }

    /// Puts a line on top: Stripe lists the newest first.
    pub fn add_line(inv: &mut Value, line: Value) {
        if let Some(data) = inv["lines"]["data"].as_array_mut() {
            data.insert(0, line);
        }
        recalculate(inv);
    }

    /// Removes the line of an invoice item, or replaces it.
    pub fn replace_line(inv: &mut Value, item: &str, with: Option<Value>) {
        if let Some(data) = inv["lines"]["data"].as_array_mut()
            && let Some(at) = data
                .iter()
                .position(|l| s(&l["parent"]["invoice_item_details"], "invoice_item") == item)
        {
            let old = data.remove(at);
            if let Some(mut new) = with {
                new["id"] = old["id"].clone();
                data.insert(at, new);
            }
        }
        recalculate(inv);
    }

    /// From draft to open: number, `PaymentIntent`, hosted page.
    pub fn finalize(&mut self, inv: &mut Value) -> Res<()> {
        if s(inv, "status") != "draft" {
            return Err(ApiError::state(
                "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            )
            .code("invoice_not_editable"));
        }
        let mut customer = self.get("customer", s(inv, "customer"), "customer")?;
        let seq = n(&customer, "next_invoice_sequence");
        let number = format!("{}-{seq:04}", s(&customer, "invoice_prefix"));
        customer["next_invoice_sequence"] = json!(seq + 1);
        self.put("customer", &customer);
        let id = s(inv, "id").to_owned();
        inv["status_transitions"]["finalized_at"] = json!(self.now);
        patch(
            inv,
            json!({
                "status": "open", "number": number, "effective_at": self.now, "automatically_finalizes_at": null,
                "hosted_invoice_url": format!("{}/invoice/{id}", self.pages),
                "invoice_pdf": format!("{}/invoice/{id}/pdf", self.pages), "ending_balance": 0,
            }),
        );
        let due = n(inv, "amount_due");
        if due == 0 {
            self.put("invoice", inv);
            self.emit("invoice.finalized", inv);
            self.settled(inv, None, Value::Null);
            return Ok(());
        }
        let sub = inv["parent"]["subscription_details"]["subscription"].clone();
        let mut metadata = json!({});
        for from in [&inv["parent"]["subscription_details"]["metadata"], &inv["metadata"]] {
            patch(&mut metadata, from.clone());
        }
        let description = match s(inv, "billing_reason") {
            "subscription_create" => "Subscription creation".to_owned(),
            "subscription_cycle" | "subscription_update" => "Subscription update".to_owned(),
            _ => inv["description"]
                .as_str()
                .map_or_else(|| format!("Payment for Invoice {number}"), str::to_owned),
        };
        let pi = self.new_intent(
            due,
            s(inv, "currency"),
            &inv["customer"].clone(),
            json!({
                "description": description, "_invoice": inv["id"], "_metadata": metadata, "_subscription": sub,
                "setup_future_usage": if sub.is_null() { Value::Null } else { json!("off_session") },
            }),
        );
        let mut payment = self.fresh("invoice_payment", 24);
        patch(
            &mut payment,
            json!({"amount_requested": due, "currency": inv["currency"], "invoice": inv["id"],
                "payment": {"type": "payment_intent", "payment_intent": pi["id"]}}),
        );
        self.put("invoice_payment", &payment);
        inv["_intent"] = pi["id"].clone();
        self.put("invoice", inv);
        self.emit("invoice.finalized", inv);
        Ok(())
    }

    /// Which card pays an invoice when none is named.
    pub fn card_of(&self, inv: &Value) -> Option<Value> {
        let sub = inv["parent"]["subscription_details"]["subscription"].as_str();
        let sub = sub.and_then(|id| self.find("subscription", id)).unwrap_or_default();
        let customer = self.find("customer", s(inv, "customer"))?;
        [
            &inv["default_payment_method"],
            &sub["default_payment_method"],
            &customer["invoice_settings"]["default_payment_method"],
        ]
        .into_iter()
        .find_map(Value::as_str)
        .and_then(|id| self.find("payment_method", id))
    }

    /// Tries to collect an open invoice.
    pub fn pay_invoice(&mut self, inv_id: &str, how: Pay<'_>) -> Res<Outcome> {
        let mut inv = self.get("invoice", inv_id, "id")?;
        let Some(intent) = inv["_intent"].as_str().map(str::to_owned) else {
            self.settled(&mut inv, None, Value::Null);
            return Ok(Outcome::Paid);
        };
        let pm = match how.method {
            Some(id) => Some(self.card_for(id, "payment_method")?),
            None => self.card_of(&inv),
        };
        let Some(pm) = pm else {
            if how.automatic {
                self.invoice_attempted(inv_id, &Outcome::NoMethod, &Value::Null, true)?;
            }
            return Ok(Outcome::NoMethod);
        };
        let moment = Moment {
            off_session: how.off_session,
            authenticated: how.authenticated,
            set_up: false,
        };
        self.confirm(&intent, &pm, moment, how.automatic)
    }

    fn invoice_attempted(&mut self, inv_id: &str, outcome: &Outcome, pm: &Value, automatic: bool) -> Res<()> {
        let mut inv = self.get("invoice", inv_id, "invoice")?;
        let before = inv.clone();
        let first = n(&inv, "attempt_count") == 0;
        inv["attempted"] = json!(true);
        if first || automatic {
            inv["attempt_count"] = json!(n(&inv, "attempt_count") + 1);
        }
        if matches!(outcome, Outcome::Paid) {
            self.settled(&mut inv, Some(&before), pm["id"].clone());
            return Ok(());
        }
        // A first attempt by hand starts the retries as well, where the invoice collects itself.
        let collects = inv["auto_advance"] == true && s(&inv, "billing_reason") != "subscription_create";
        let automatic = automatic || (first && collects && s(&inv, "status") == "open");
        if automatic {
            let retries = &self.st.settings.retries;
            let start = n(&inv["status_transitions"], "finalized_at");
            let at = usize::try_from(n(&inv, "attempt_count") - 1).unwrap_or(0);
            inv["next_payment_attempt"] = retries.get(at).map_or(Value::Null, |d| json!(start + d));
        }
        self.put("invoice", &inv);
        self.emit_updated("invoice.updated", &before, &inv);
        let asks = match outcome {
            Outcome::NeedsAction => true,
            Outcome::Declined(d) => d.code == cards::AUTHENTICATION.code,
            _ => false,
        };
        if asks {
            self.emit("invoice.payment_action_required", &inv);
        }
        if !matches!(outcome, Outcome::NeedsAction) {
            self.emit("invoice.payment_failed", &inv);
        }
        self.subscription_unpaid(&inv, automatic);
        Ok(())
    }

    /// An invoice is paid: by a charge, by nothing (zero), or out of band.
    pub fn settled(&mut self, inv: &mut Value, before: Option<&Value>, pm: Value) {
        let before = before.cloned().unwrap_or_else(|| inv.clone());
        inv["status_transitions"]["paid_at"] = json!(self.now);
        patch(
            inv,
            json!({
                "status": "paid", "amount_paid": inv["amount_due"], "amount_remaining": 0, "attempted": true,
                "auto_advance": false, "next_payment_attempt": null,
            }),
        );
        self.put("invoice", inv);
        self.emit_updated("invoice.updated", &before, inv);
        self.emit("invoice.paid", inv);
        self.emit("invoice.payment_succeeded", inv);
        let payments: Vec<Value> = self.all("invoice_payment", Some(("invoice", s(inv, "id")))).collect();
        for mut p in payments {
            if s(&p, "status") == "open" {
                patch(&mut p, json!({"status": "paid", "amount_paid": inv["amount_paid"]}));
                p["status_transitions"]["paid_at"] = json!(self.now);
                self.put("invoice_payment", &p);
                self.emit("invoice_payment.paid", &p);
            }
        }
        self.subscription_paid(inv, pm);
    }

    /// Paid outside of Stripe: no charge.
    pub fn paid_out_of_band(&mut self, inv: &mut Value) {
        if let Some(pi) = inv["_intent"].as_str().map(str::to_owned) {
            self.cancel_intent(&pi, "void_invoice");
        }
        self.close_payments(s(inv, "id"));
        self.settled(inv, None, Value::Null);
    }

    fn close_payments(&mut self, inv: &str) {
        let payments: Vec<Value> = self.all("invoice_payment", Some(("invoice", inv))).collect();
        for mut p in payments {
            if s(&p, "status") == "open" {
                p["status"] = json!("canceled");
                p["status_transitions"]["canceled_at"] = json!(self.now);
                self.put("invoice_payment", &p);
            }
        }
    }

    /// Open or uncollectible to void.
    pub fn void(&mut self, inv: &mut Value) -> Res<()> {
        if !matches!(s(inv, "status"), "open" | "uncollectible") {
            return Err(ApiError::state(format!(
                "You can only pass in open or uncollectible invoices. This invoice is {}.",
                s(inv, "status")
            ))
            .code("invoice_not_editable"));
        }
        let before = inv.clone();
        inv["status_transitions"]["voided_at"] = json!(self.now);
        patch(
            inv,
            json!({"status": "void", "auto_advance": false, "next_payment_attempt": null}),
        );
        if let Some(pi) = inv["_intent"].as_str().map(str::to_owned) {
            self.cancel_intent(&pi, "void_invoice");
        }
        self.close_payments(s(inv, "id"));
        self.put("invoice", inv);
        self.emit_updated("invoice.updated", &before, inv);
        self.emit("invoice.voided", inv);
        self.subscription_let_off(inv);
        Ok(())
    }

    /// Open to uncollectible.
    pub fn mark_uncollectible(&mut self, inv: &mut Value) -> Res<()> {
        if s(inv, "status") != "open" {
            return Err(ApiError::state(format!(
                "You can only mark open invoices as uncollectible. This invoice is {}.",
                s(inv, "status")
            ))
            .code("invoice_not_editable"));
        }
        let before = inv.clone();
        inv["status_transitions"]["marked_uncollectible_at"] = json!(self.now);
        patch(
            inv,
            json!({"status": "uncollectible", "auto_advance": false, "next_payment_attempt": null}),
        );
        self.put("invoice", inv);
        self.emit_updated("invoice.updated", &before, inv);
        self.emit("invoice.marked_uncollectible", inv);
        self.subscription_let_off(inv);
        Ok(())
    }

    // ---- subscriptions -------------------------------------------------------------------------------------------

    fn subscription_of(&self, inv: &Value) -> Option<Value> {
        let sub = self.find(
            "subscription",
            inv["parent"]["subscription_details"]["subscription"].as_str()?,
        )?;
        (sub["latest_invoice"] == inv["id"]).then_some(sub)
    }

    fn delinquent(&mut self, customer: &str, yes: bool) {
        if let Some(mut c) = self.find("customer", customer)
            && c["delinquent"] != yes
        {
            let before = c.clone();
            c["delinquent"] = json!(yes);
            self.put("customer", &c);
            self.emit_updated("customer.updated", &before, &c);
        }
    }

    fn subscription_paid(&mut self, inv: &Value, pm: Value) {
        self.delinquent(s(inv, "customer"), false);
        let Some(mut sub) = self.subscription_of(inv) else {
            return;
        };
        let before = sub.clone();
        if matches!(s(&sub, "status"), "incomplete" | "past_due" | "unpaid") {
            sub["status"] = json!("active");
        }
        if s(&sub["payment_settings"], "save_default_payment_method") == "on_subscription" && !pm.is_null() {
            sub["default_payment_method"] = pm;
        }
        self.put("subscription", &sub);
        self.emit_updated("customer.subscription.updated", &before, &sub);
    }

    fn subscription_unpaid(&mut self, inv: &Value, automatic: bool) {
        let Some(mut sub) = self.subscription_of(inv) else {
            return;
        };
        if s(&sub, "status") == "incomplete" || !automatic {
            return;
        }
        let before = sub.clone();
        if inv["next_payment_attempt"].is_null() && self.st.settings.after_retries == "canceled" {
            self.end_subscription(&mut sub, "payment_failed");
            return;
        }
        if inv["next_payment_attempt"].is_null() && self.st.settings.after_retries == "unpaid" {
            sub["status"] = json!("unpaid");
        } else if s(&sub, "status") == "active" {
            sub["status"] = json!("past_due");
        }
        self.put("subscription", &sub);
        self.emit_updated("customer.subscription.updated", &before, &sub);
        self.delinquent(s(inv, "customer"), true);
    }

    /// The latest invoice is void or uncollectible: nothing is owed for it any more.
    fn subscription_let_off(&mut self, inv: &Value) {
        let Some(mut sub) = self.subscription_of(inv) else {
            return;
        };
        let before = sub.clone();
        match s(&sub, "status") {
            "incomplete" => patch(&mut sub, json!({"status": "incomplete_expired", "ended_at": self.now})),
            "past_due" | "unpaid" => sub["status"] = json!("active"),
            _ => return,
        }
        self.put("subscription", &sub);
        self.emit_updated("customer.subscription.updated", &before, &sub);
    }

    /// One item of a subscription.
    pub fn subscription_item(&mut self, sub: &str, price: &Value, quantity: i64, period: (i64, i64)) -> Value {
        let mut item = template("subscription_item");
        let id = self.id("si_", 14);
        patch(
            &mut item,
            json!({
                "id": id, "created": self.now, "subscription": sub, "price": shown(price), "plan": plan_of(price),
                "quantity": quantity, "current_period_start": period.0, "current_period_end": period.1,
            }),
        );
        item
    }

    /// Gives an item another price.
    pub fn reprice(item: &mut Value, price: &Value) {
        patch(item, json!({"price": shown(price), "plan": plan_of(price)}));
    }

    /// The legacy members at the top that mirror a single item.
    pub fn mirror_plan(sub: &mut Value) {
        let (plan, quantity) = match sub["items"]["data"].as_array().map(Vec::as_slice) {
            Some([one]) => (one["plan"].clone(), one["quantity"].clone()),
            _ => (Value::Null, Value::Null),
        };
        patch(sub, json!({"plan": plan, "quantity": quantity}));
    }

    /// The invoice of the period that the items of `sub` stand at.
    fn period_invoice(&mut self, sub: &Value, customer: &Value, reason: &str, looks_back: (i64, i64)) -> Value {
        let mut inv = self.draft(customer, s(sub, "currency"), reason);
        patch(
            &mut inv,
            json!({
                "auto_advance": true, "period_start": looks_back.0, "period_end": looks_back.1,
                "default_payment_method": null, "description": sub["description"],
                "parent": {"type": "subscription_details", "quote_details": null,
                    "subscription_details": {"metadata": sub["metadata"], "subscription": sub["id"]}},
                "payment_settings": {"default_mandate": null, "payment_method_options": null,
                    "payment_method_types": sub["payment_settings"]["payment_method_types"]},
            }),
        );
        let items = sub["items"]["data"].as_array().cloned().unwrap_or_default();
        for item in &items {
            let (price, quantity) = (&item["price"], n(item, "quantity"));
            let name = self
                .find("product", s(price, "product"))
                .map_or_else(String::new, |p| s(&p, "name").to_owned());
            let description = format!(
                "{quantity} × {name} (at {} / {})",
                money(n(price, "unit_amount"), s(price, "currency")),
                s(&price["recurring"], "interval")
            );
            let period = (n(item, "current_period_start"), n(item, "current_period_end"));
            let mut line = self.line(&inv, n(price, "unit_amount") * quantity, quantity, &description, period);
            patch(
                &mut line,
                json!({
                    "metadata": sub["metadata"], "subscription": sub["id"],
                    "pricing": {"type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"],
                        "price_details": {"price": price["id"], "product": price["product"]}},
                    "parent": {"type": "subscription_item_details", "invoice_item_details": null,
                        "subscription_item_details": {"invoice_item": null, "proration": false,
                            "proration_details": null, "subscription": sub["id"], "subscription_item": item["id"]}},
                }),
            );
            Self::add_line(&mut inv, line);
        }
        // What waits for the next invoice of this customer goes with it.
        let waiting: Vec<Value> = self
            .all("invoiceitem", Some(("customer", s(customer, "id"))))
            .filter(|i| i["invoice"].is_null() && s(i, "currency") == s(sub, "currency"))
            .collect();
        for mut item in waiting.into_iter().rev() {
            item["invoice"] = inv["id"].clone();
            self.put("invoiceitem", &item);
            let line = self.line_of_item(&inv, &item);
            Self::add_line(&mut inv, line);
        }
        inv
    }

    /// A new subscription with its first invoice, charged in the same breath unless it waits for the payer.
    pub fn subscribe(&mut self, customer: &mut Value, new: NewSubscription<'_>) -> Res<Value> {
        let Some((first, _, _)) = new.items.first() else {
            return Err(ApiError::missing("items"));
        };
        let (interval, count) = (
            s(&first["recurring"], "interval").to_owned(),
            n(&first["recurring"], "interval_count"),
        );
        let currency = s(first, "currency").to_owned();
        if s(customer, "currency") != currency {
            if !customer["currency"].is_null() {
                return Err(ApiError::invalid(format!(
                    "You cannot combine currencies on a single customer. This customer has an active subscription, subscription schedule, discount, quote, or invoice item with currency {}.",
                    s(customer, "currency")
                )));
            }
            let before = customer.clone();
            customer["currency"] = json!(currency);
            self.put("customer", customer);
            self.emit_updated("customer.updated", &before, customer);
        }
        let end = time::boundary(self.now, &interval, count, 1)
            .ok_or_else(|| ApiError::invalid("The billing period lies outside of the calendar."))?;
        let mut sub = self.fresh("subscription", 24);
        let id = s(&sub, "id").to_owned();
        let mut items = Vec::new();
        for (price, quantity, metadata) in &new.items {
            if s(&price["recurring"], "interval") != interval || n(&price["recurring"], "interval_count") != count {
                return Err(ApiError::invalid(
                    "Currently, all items in one subscription of the sandbox have the same billing interval.",
                )
                .param("items"));
            }
            let mut item = self.subscription_item(&id, price, *quantity, (self.now, end));
            if metadata.is_object() {
                item["metadata"] = metadata.clone();
            }
            items.push(item);
        }
        patch(
            &mut sub,
            json!({
                "billing_cycle_anchor": self.now, "currency": currency, "customer": customer["id"],
                "default_payment_method": new.method, "start_date": self.now,
                "items": list(items, &format!("/v1/subscription_items?subscription={id}")),
            }),
        );
        sub["billing_mode"]["updated_at"] = json!(self.now);
        if new.metadata.is_object() {
            sub["metadata"] = new.metadata;
        }
        patch(&mut sub, new.members);
        if sub["cancel_at_period_end"] == true {
            patch(&mut sub, json!({"cancel_at": end, "canceled_at": self.now}));
            sub["cancellation_details"]["reason"] = json!("cancellation_requested");
        }
        Self::mirror_plan(&mut sub);
        let mut inv = self.period_invoice(&sub, customer, "subscription_create", (self.now, self.now));
        sub["latest_invoice"] = inv["id"].clone();
        self.put("subscription", &sub);
        recalculate(&mut inv);
        if n(&inv, "total") == 0 {
            sub["status"] = json!("active");
            self.put("subscription", &sub);
        }
        self.emit("customer.subscription.created", &sub);
        // The first invoice skips the hour as a draft.
        self.open_draft(&mut inv);
        self.finalize(&mut inv)?;
        let inv_id = s(&inv, "id").to_owned();
        if n(&inv, "total") > 0 {
            if new.behaviour == "default_incomplete" {
                if let (Some(pm), Some(pi)) = (self.card_of(&inv), inv["_intent"].as_str())
                    && let Some(mut pi) = self.find("payment_intent", pi)
                {
                    patch(
                        &mut pi,
                        json!({"status": "requires_confirmation", "payment_method": pm["id"]}),
                    );
                    self.put("payment_intent", &pi);
                }
            } else {
                let how = Pay {
                    off_session: new.off_session,
                    authenticated: new.authenticated,
                    ..Pay::default()
                };
                let outcome = self.pay_invoice(&inv_id, how)?;
                let strict = new.behaviour == "error_if_incomplete";
                match outcome {
                    Outcome::NoMethod => {
                        return Err(ApiError::invalid(
                            "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
                        )
                        .code("resource_missing"));
                    }
                    Outcome::Declined(d) if strict => return Err(d.error().saved()),
                    Outcome::NeedsAction if strict => {
                        return Err(ApiError::card(
                            "subscription_payment_intent_requires_action",
                            None,
                            "Payment for this subscription requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with `subscription.latest_invoice`.",
                        )
                        .saved());
                    }
                    _ => {}
                }
            }
        }
        self.get("subscription", &id, "id")
    }

    /// Ends a subscription now. Its unpaid invoices are no longer collected by themselves.
    pub fn end_subscription(&mut self, sub: &mut Value, reason: &str) {
        let id = s(sub, "id").to_owned();
        let incomplete = s(sub, "status") == "incomplete";
        sub["cancellation_details"]["reason"] = json!(reason);
        patch(
            sub,
            json!({
                "status": if incomplete { "incomplete_expired" } else { "canceled" }, "ended_at": self.now,
                "canceled_at": if sub["canceled_at"].is_null() { json!(self.now) } else { sub["canceled_at"].clone() },
            }),
        );
        self.put("subscription", sub);
        self.emit("customer.subscription.deleted", sub);
        let invoices: Vec<Value> = self.all("invoice", Some(("subscription", &id))).collect();
        for mut inv in invoices {
            match s(&inv, "status") {
                "open" if incomplete => {
                    // The subscription has ended already, so nothing can fail here.
                    let _ = self.void(&mut inv);
                }
                "open" | "draft" if inv["auto_advance"] == true => {
                    let before = inv.clone();
                    patch(
                        &mut inv,
                        json!({"auto_advance": false, "next_payment_attempt": null,
                            "automatically_finalizes_at": null}),
                    );
                    self.put("invoice", &inv);
                    self.emit_updated("invoice.updated", &before, &inv);
                }
                _ => {}
            }
        }
    }

    fn renew(&mut self, sub: &mut Value) {
        let before = sub.clone();
        let anchor = n(sub, "billing_cycle_anchor");
        let Some(customer) = self.find("customer", s(sub, "customer")) else {
            return;
        };
        let (mut start, mut end) = (self.now, self.now);
        if let Some(items) = sub["items"]["data"].as_array_mut() {
            for item in items {
                start = n(item, "current_period_end");
                let recurring = &item["price"]["recurring"];
                end = time::next_boundary(anchor, s(recurring, "interval"), n(recurring, "interval_count"), start)
                    .unwrap_or(start + 31 * 86_400);
                patch(item, json!({"current_period_start": start, "current_period_end": end}));
            }
        }
        if sub["cancel_at_period_end"] == true {
            sub["cancel_at"] = json!(end);
        }
        let previous = n(&before["items"]["data"][0], "current_period_start");
        let unpaid = s(sub, "status") == "unpaid";
        let mut inv = self.period_invoice(sub, &customer, "subscription_cycle", (previous, start));
        // The invoices of an unpaid subscription stay drafts.
        if unpaid {
            inv["auto_advance"] = json!(false);
        } else {
            inv["automatically_finalizes_at"] = json!(self.now + DRAFT_SECS);
        }
        sub["latest_invoice"] = inv["id"].clone();
        self.put("subscription", sub);
        self.emit_updated("customer.subscription.updated", &before, sub);
        self.open_draft(&mut inv);
    }

    // ---- time ----------------------------------------------------------------------------------------------------

    /// Does the one thing that is due for this object at this instant.
    pub fn happen(&mut self, kind: &'static str, id: &str) -> Res<()> {
        let mut v = self.get(kind, id, "id")?;
        match (kind, s(&v, "status")) {
            ("subscription", "incomplete") => {
                if let Some(mut inv) = self.find("invoice", s(&v, "latest_invoice"))
                    && s(&inv, "status") == "open"
                {
                    self.void(&mut inv)?;
                } else {
                    let before = v.clone();
                    patch(&mut v, json!({"status": "incomplete_expired", "ended_at": self.now}));
                    self.put("subscription", &v);
                    self.emit_updated("customer.subscription.updated", &before, &v);
                }
            }
            ("subscription", _) => {
                if v["cancel_at"].as_i64().is_some_and(|at| at <= self.now) {
                    self.end_subscription(&mut v, "cancellation_requested");
                } else {
                    self.renew(&mut v);
                }
            }
            ("invoice", "draft") => {
                let waits = v["webhooks_delivered_at"].is_null()
                    && self.now < n(&v, "created") + DRAFT_LIMIT_SECS
                    && self.undelivered("invoice.created", id);
                if waits {
                    v["automatically_finalizes_at"] =
                        json!((self.now + DRAFT_SECS).min(n(&v, "created") + DRAFT_LIMIT_SECS));
                    self.put("invoice", &v);
                } else if self.st.settings.fail_finalization > 0 {
                    self.st.settings.fail_finalization -= 1;
                    self.settings_changed = true;
                    let message = "The invoice could not be finalized. (setting of the sandbox)";
                    patch(
                        &mut v,
                        json!({"automatically_finalizes_at": null,
                            "last_finalization_error": {"type": "api_error", "message": message}}),
                    );
                    self.put("invoice", &v);
                    self.emit("invoice.finalization_failed", &v);
                } else {
                    self.finalize(&mut v)?;
                    if s(&v, "status") == "open" && s(&v, "collection_method") == "charge_automatically" {
                        self.pay_invoice(
                            id,
                            Pay {
                                off_session: true,
                                automatic: true,
                                ..Pay::default()
                            },
                        )?;
                    }
                }
            }
            ("invoice", "open") => {
                self.pay_invoice(
                    id,
                    Pay {
                        off_session: true,
                        automatic: true,
                        ..Pay::default()
                    },
                )?;
            }
            ("checkout.session", "open") => self.expire_session(&mut v),
            ("refund", _) => self.refund_due(&mut v),
            ("charge", _) => self.dispute(&mut v),
            _ => {}
        }
        Ok(())
    }

    /// An open Checkout session can no longer be paid.
    pub fn expire_session(&mut self, cs: &mut Value) {
        patch(cs, json!({"status": "expired", "url": null}));
        self.put("checkout.session", cs);
        self.emit("checkout.session.expired", cs);
    }

    // ---- refunds and disputes ------------------------------------------------------------------------------------

    /// Gives money back.
    pub fn refund(&mut self, ch: &mut Value, amount: Option<i64>, reason: Value, metadata: Value) -> Res<Value> {
        let left = n(ch, "amount_captured") - n(ch, "amount_refunded");
        if left == 0 {
            return Err(
                ApiError::state(format!("Charge {} has already been refunded.", s(ch, "id")))
                    .code("charge_already_refunded"),
            );
        }
        let amount = amount.unwrap_or(left);
        if amount <= 0 {
            return Err(ApiError::invalid("Invalid positive integer")
                .code("parameter_invalid_integer")
                .param("amount"));
        }
        if amount > left {
            return Err(ApiError::state(format!(
                "Refund amount ({}) is greater than unrefunded amount on charge ({})",
                money(amount, s(ch, "currency")),
                money(left, s(ch, "currency"))
            ))
            .param("amount"));
        }
        let does = self
            .find("payment_method", s(ch, "payment_method"))
            .map_or(Behaviour::Pays, |p| Self::behaviour(&p));
        let mut re = self.fresh("refund", 24);
        patch(
            &mut re,
            json!({
                "amount": amount, "charge": ch["id"], "currency": ch["currency"], "customer": ch["customer"],
                "payment_intent": ch["payment_intent"], "payment_method": ch["payment_method"], "reason": reason,
            }),
        );
        if metadata.is_object() {
            re["metadata"] = metadata;
        }
        let txn = self.balance_transaction(&re, "refund", -amount, 0);
        re["balance_transaction"] = json!(txn);
        match does {
            Behaviour::RefundsSlowly => patch(&mut re, json!({"status": "pending", "_due": self.now + 3600})),
            Behaviour::RefundFails => patch(&mut re, json!({"_due": self.now + 3600, "_fails": true})),
            _ => {}
        }
        self.put("refund", &re);
        let before = ch.clone();
        let refunded = n(ch, "amount_refunded") + amount;
        patch(
            ch,
            json!({"amount_refunded": refunded, "refunded": refunded == n(ch, "amount_captured")}),
        );
        self.put("charge", ch);
        self.journal_refund(ch, &re, amount);
        self.emit("refund.created", &re);
        self.emit_updated("charge.refunded", &before, ch);
        Ok(re)
    }

    fn journal_refund(&mut self, ch: &Value, re: &Value, amount: i64) {
        self.journal(json!({
            "kind": "refund", "refund": re["id"], "charge": ch["id"], "payment_intent": ch["payment_intent"],
            "invoice": ch["_invoice"], "subscription": ch["_subscription"], "customer": ch["customer"],
            "amount": amount, "currency": ch["currency"], "metadata": ch["_metadata"],
        }));
    }

    fn refund_due(&mut self, re: &mut Value) {
        let before = re.clone();
        re["_due"] = Value::Null;
        if re["_fails"] == true {
            let txn = self.balance_transaction(re, "refund_failure", n(re, "amount"), 0);
            patch(
                re,
                json!({"status": "failed", "failure_reason": "expired_or_canceled_card",
                    "failure_balance_transaction": txn}),
            );
            self.put("refund", re);
            if let Some(mut ch) = self.find("charge", s(re, "charge")) {
                let back = n(&ch, "amount_refunded") - n(re, "amount");
                patch(&mut ch, json!({"amount_refunded": back, "refunded": false}));
                self.put("charge", &ch);
                self.journal_refund(&ch, re, -n(re, "amount"));
            }
            self.emit_updated("refund.updated", &before, re);
            self.emit_updated("charge.refund.updated", &before, re);
            self.emit("refund.failed", re);
        } else {
            re["status"] = json!("succeeded");
            self.put("refund", re);
            self.emit_updated("refund.updated", &before, re);
            self.emit_updated("charge.refund.updated", &before, re);
        }
    }

    fn dispute(&mut self, ch: &mut Value) {
        let before = ch.clone();
        patch(ch, json!({"disputed": true, "_due": null}));
        self.put("charge", ch);
        self.emit_updated("charge.updated", &before, ch);
        let mut du = self.fresh("dispute", 24);
        du["evidence_details"]["due_by"] = json!(self.now + 9 * 86_400);
        patch(
            &mut du,
            json!({"amount": ch["amount"], "charge": ch["id"], "currency": ch["currency"],
                "payment_intent": ch["payment_intent"]}),
        );
        self.put("dispute", &du);
        self.emit("charge.dispute.created", &du);
    }
}

/// `last_payment_error` of a `PaymentIntent`, and the members of the HTTP error.
fn payment_error(d: Decline, ch: Option<&Value>, pm: &Value) -> Value {
    let mut e = json!({
        "type": "card_error", "code": d.code, "message": d.message,
        "doc_url": format!("https://stripe.com/docs/error-codes/{}", d.code.replace('_', "-")),
        "payment_method": shown(pm),
    });
    if let Some(code) = d.decline_code {
        e["decline_code"] = json!(code);
    }
    if let Some(ch) = ch {
        e["charge"] = ch["id"].clone();
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_and_money_read_as_at_stripe() {
        assert_eq!(fee(45_000), 1_335);
        assert_eq!(fee(1_000), 59);
        assert_eq!(money(1_234_567, "usd"), "$12,345.67");
        assert_eq!(money(-5, "usd"), "-$0.05");
        assert_eq!(money(100, "eur"), "1.00 EUR");
    }
}
