//! The hosted pages: Checkout, the hosted invoice, the bank's authentication, the receipt. Plain HTML forms, no script,
//! no inline style, so that they live under a strict content security policy. Nothing here decides about money.

use axum::extract::{Form, Path, State as Shared};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};
use std::collections::HashMap;

use crate::api::session_items;
use crate::billing::{Outcome, Pay, money};
use crate::cards::{self, CARDS, Moment, Verdict};
use crate::error::{ApiError, Res};
use crate::state::{Tx, n, s};
use crate::{Sandbox, time};

type Fields = HashMap<String, String>;

pub(crate) fn router(sandbox: Sandbox) -> axum::Router {
    axum::Router::new()
        .route("/checkout.css", get(stylesheet))
        .route("/checkout/{id}", get(checkout).post(checkout_pay))
        .route("/invoice/{id}", get(invoice).post(invoice_pay))
        .route("/invoice/{id}/pdf", get(invoice_pdf))
        .route("/receipt/{id}", get(receipt))
        .route("/3ds/{id}", get(bank).post(bank_answer))
        .with_state(sandbox)
}

async fn stylesheet() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("checkout.css")).into_response()
}

impl Sandbox {
    /// One unit of work of a page.
    async fn act<R>(&self, work: impl FnOnce(&mut Tx<'_>) -> Res<R>) -> Res<R> {
        let now = self.inner.clock.now_secs();
        let mut st = self.inner.state.lock().await;
        let mut tx = self.tx(&mut st, now);
        let result = work(&mut tx);
        if result.as_ref().err().is_some_and(|e| !e.keep) {
            tx.roll_back();
        } else if !tx.idle() {
            if !self.finish(tx, None).await {
                return Err(ApiError::other(500, "api_error", "The sandbox cannot write its file."));
            }
            self.inner.wake.notify_one();
        }
        result
    }

    /// The path that the pages are mounted at.
    fn mount(&self) -> String {
        url::Url::parse(&self.inner.pages).map_or_else(|_| String::new(), |u| u.path().trim_end_matches('/').to_owned())
    }

    fn page(&self, status: StatusCode, title: &str, body: &str) -> Response {
        let css = format!("{}/checkout.css", self.mount());
        let html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{title} · Test mode</title>\n<link rel=\"stylesheet\" href=\"{css}\">\n</head>\n<body>\n<header class=\"bar\"><p><strong>Test mode</strong> No money moves here. Pay with one of the test cards.</p></header>\n<main>\n{body}\n</main>\n</body>\n</html>\n",
            title = esc(title),
        );
        let mut r = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
        let headers = r.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert("referrer-policy", HeaderValue::from_static("same-origin"));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        r
    }

    fn missing(&self) -> Response {
        self.page(
            StatusCode::NOT_FOUND,
            "Not found",
            &notice("Nothing here", "This page doesn't exist or is gone."),
        )
    }
}

/// Text made safe for HTML.
fn esc(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn notice(heading: &str, text: &str) -> String {
    format!(
        "<section class=\"card narrow\"><h1>{}</h1><p>{}</p></section>",
        esc(heading),
        esc(text)
    )
}

fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(v) => (StatusCode::SEE_OTHER, [(header::LOCATION, v)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

fn typed<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", |v| v.trim())
}

/// One labelled field, its value kept and its error beside it.
fn field(label: &str, name: &str, extra: &str, fields: &Fields, error: Option<&(String, String)>) -> String {
    let error = error.filter(|e| e.0 == name).map(|e| e.1.as_str());
    let (aria, text) = match error {
        Some(e) => (
            format!(" aria-invalid=\"true\" aria-describedby=\"{name}-error\""),
            format!("<p class=\"error\" id=\"{name}-error\" role=\"alert\">{}</p>", esc(e)),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "<div class=\"field\"><label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" value=\"{}\" {extra}{aria}>{text}</div>",
        esc(typed(fields, name)),
    )
}

fn card_fields(fields: &Fields, error: Option<&(String, String)>, required: bool) -> String {
    let required = if required { " required" } else { "" };
    let mut out = field(
        "Card number",
        "number",
        &format!("type=\"text\" inputmode=\"numeric\" autocomplete=\"cc-number\" maxlength=\"23\"{required}"),
        fields,
        error,
    );
    out.push_str("<div class=\"pair\">");
    out.push_str(&field(
        "Expiry",
        "expiry",
        &format!("type=\"text\" inputmode=\"numeric\" autocomplete=\"cc-exp\" maxlength=\"9\" placeholder=\"MM / YY\"{required}"),
        fields,
        error,
    ));
    out.push_str(&field(
        "CVC",
        "cvc",
        &format!("type=\"text\" inputmode=\"numeric\" autocomplete=\"cc-csc\" maxlength=\"4\"{required}"),
        fields,
        error,
    ));
    out.push_str("</div>");
    out
}

fn test_cards() -> String {
    let mut rows = String::new();
    for c in CARDS.iter().filter(|c| !c.label.is_empty()) {
        let spaced: Vec<String> = c
            .number
            .as_bytes()
            .chunks(4)
            .map(|g| String::from_utf8_lossy(g).into_owned())
            .collect();
        rows.push_str(&format!(
            "<li><code>{}</code> <span>{}</span></li>",
            spaced.join(" "),
            c.label
        ));
    }
    format!(
        "<details class=\"cards\" open><summary>Test cards</summary><p>Any expiry in the future and any CVC of three digits.</p><ul>{rows}</ul></details>"
    )
}

/// The card that was typed, or the field that is wrong and why.
fn card_from(tx: &mut Tx<'_>, fields: &Fields) -> Result<Value, (String, String)> {
    let digits: Vec<String> = typed(fields, "expiry")
        .split(|c: char| !c.is_ascii_digit())
        .filter(|p| !p.is_empty())
        .map(str::to_owned)
        .collect();
    let (month, year) = match digits.as_slice() {
        [m, y] => (m.parse().unwrap_or(0), y.parse().unwrap_or(0)),
        [both] if both.len() == 4 => (both[..2].parse().unwrap_or(0), both[2..].parse().unwrap_or(0)),
        _ => return Err(("expiry".into(), "Your card's expiration date is incomplete.".into())),
    };
    let cvc = typed(fields, "cvc");
    if cvc.is_empty() {
        return Err(("cvc".into(), "Your card's security code is incomplete.".into()));
    }
    let card = cards::typed(typed(fields, "number"), month, year, Some(cvc), tx.now).map_err(|e| on_field(&e))?;
    Ok(tx.new_card(card, month, year))
}

fn on_field(e: &ApiError) -> (String, String) {
    let param = e.error.get("param").and_then(Value::as_str).unwrap_or("");
    let code = e.error.get("code").and_then(Value::as_str).unwrap_or("");
    let name = match (param, code) {
        ("exp_month" | "exp_year", _) | (_, "expired_card") => "expiry",
        ("cvc", _) | (_, "incorrect_cvc") => "cvc",
        _ => "number",
    };
    let message = e
        .error
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or("Your card was declined.");
    (name.to_owned(), message.to_owned())
}

// ---- Checkout ----------------------------------------------------------------------------------------------------

async fn checkout(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    let error = sandbox
        .act(|tx| {
            let cs = tx.get("checkout.session", &id, "id")?;
            Ok(cs["_error"].as_str().map(|e| ("number".to_owned(), e.to_owned())))
        })
        .await
        .unwrap_or(None);
    show_checkout(&sandbox, &id, &Fields::new(), error).await
}

async fn show_checkout(sandbox: &Sandbox, id: &str, fields: &Fields, error: Option<(String, String)>) -> Response {
    let found = sandbox
        .act(|tx| {
            let cs = tx.get("checkout.session", id, "id")?;
            let items = session_items(tx, &cs);
            Ok((cs, items))
        })
        .await;
    let Ok((cs, items)) = found else {
        return sandbox.missing();
    };
    match s(&cs, "status") {
        "complete" => {
            return sandbox.page(
                StatusCode::OK,
                "Done",
                &format!(
                    "{}<p class=\"back narrow\"><a href=\"{}\">Continue</a></p>",
                    notice("All done", "You have already completed this page."),
                    esc(&success_url(&cs))
                ),
            );
        }
        "expired" => {
            let text = "This Checkout session has expired. Go back and start again.";
            return sandbox.page(StatusCode::GONE, "Expired", &with_link(&notice("Expired", text), &cs));
        }
        _ => {}
    }
    let setup = s(&cs, "mode") == "setup";
    let (heading, button) = if setup {
        ("Save card", "Save card")
    } else {
        ("Pay", "Pay")
    };
    let mut summary = String::new();
    if setup {
        summary.push_str("<p class=\"lead\">The card is saved for later payments. Nothing is charged now.</p>");
    } else {
        let currency = s(&cs, "currency");
        let every = items.first().map_or("", |i| s(&i["price"]["recurring"], "interval"));
        summary.push_str(&format!(
            "<p class=\"amount\">{} <span>every {every}</span></p><ul class=\"lines\">",
            esc(&money(n(&cs, "amount_total"), currency))
        ));
        for item in &items {
            summary.push_str(&format!(
                "<li><span>{}{}</span><span>{}</span></li>",
                esc(s(item, "description")),
                if n(item, "quantity") > 1 {
                    format!(" × {}", n(item, "quantity"))
                } else {
                    String::new()
                },
                esc(&money(n(item, "amount_total"), currency))
            ));
        }
        summary.push_str("</ul>");
        if let Some(words) = cs["_subscription_data"]["description"].as_str() {
            summary.push_str(&format!("<p>{}</p>", esc(words)));
        }
    }
    let email = cs["customer_details"]["email"].as_str();
    let who = match email {
        Some(e) => format!("<p class=\"who\">{}</p>", esc(e)),
        None if cs["customer"].is_null() => field(
            "Email",
            "email",
            "type=\"email\" autocomplete=\"email\" required",
            fields,
            error.as_ref(),
        ),
        None => String::new(),
    };
    let cancel = cs["cancel_url"]
        .as_str()
        .map(|u| format!("<p class=\"back\"><a href=\"{}\">Cancel and go back</a></p>", esc(u)))
        .unwrap_or_default();
    let note = if setup {
        String::new()
    } else {
        "<p class=\"small\">The subscription renews by itself until it is canceled. The card is saved for that.</p>"
            .into()
    };
    let body = format!(
        "<div class=\"two\"><section class=\"card\" aria-labelledby=\"what\"><h2 id=\"what\">{}</h2>{summary}{cancel}</section>\
         <section class=\"card\" aria-labelledby=\"how\"><h1 id=\"how\">{heading}</h1>\
         <form method=\"post\" action=\"{}/checkout/{}\" novalidate>{who}{}<button type=\"submit\">{button}</button>{note}</form>{}</section></div>",
        if setup { "Your card" } else { "Your order" },
        sandbox.mount(),
        esc(id),
        card_fields(fields, error.as_ref(), true),
        test_cards(),
    );
    sandbox.page(StatusCode::OK, heading, &body)
}

fn with_link(html: &str, cs: &Value) -> String {
    match cs["cancel_url"].as_str() {
        Some(u) => format!("{html}<p class=\"back\"><a href=\"{}\">Go back</a></p>", esc(u)),
        None => html.to_owned(),
    }
}

enum Next {
    Show(Option<(String, String)>),
    Go(String),
}

fn success_url(cs: &Value) -> String {
    s(cs, "success_url").replace("{CHECKOUT_SESSION_ID}", s(cs, "id"))
}

async fn checkout_pay(
    Shared(sandbox): Shared<Sandbox>,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let mount = sandbox.mount();
    let next = sandbox
        .act(|tx| {
            let mut cs = tx.get("checkout.session", &id, "id")?;
            if s(&cs, "status") == "complete" {
                return Ok(Next::Go(success_url(&cs)));
            }
            if s(&cs, "status") != "open" || n(&cs, "expires_at") <= tx.now {
                return Ok(Next::Show(None));
            }
            if cs["customer"].is_null() && cs["customer_details"]["email"].is_null() {
                let email = typed(&fields, "email");
                if !email.contains('@') {
                    return Ok(Next::Show(Some(("email".into(), "Your email is incomplete.".into()))));
                }
                cs["customer_details"] = json!({"address": null, "business_name": null, "email": email,
                    "individual_name": null, "name": null, "phone": null, "tax_exempt": "none", "tax_ids": []});
            }
            let pm = match card_from(tx, &fields) {
                Ok(pm) => pm,
                Err(wrong) => return Ok(Next::Show(Some(wrong))),
            };
            let does = Tx::behaviour(&pm);
            let verdict = if s(&cs, "mode") == "setup" {
                cards::save(does, false)
            } else {
                cards::charge(does, Moment::default())
            };
            if verdict == Verdict::NeedsAuthentication {
                cs["_pending"] = pm["id"].clone();
                cs["_error"] = Value::Null;
                tx.put("checkout.session", &cs);
                return Ok(Next::Go(format!("{mount}/3ds/{id}")));
            }
            cs["_error"] = Value::Null;
            tx.complete_session(&mut cs, pm, false)?;
            Ok(Next::Go(success_url(&cs)))
        })
        .await;
    match next {
        Ok(Next::Go(to)) => see_other(&to),
        Ok(Next::Show(error)) => show_checkout(&sandbox, &id, &fields, error).await,
        Err(e) if e.status == 404 => sandbox.missing(),
        Err(e) => show_checkout(&sandbox, &id, &fields, Some(on_field(&e))).await,
    }
}

// ---- the bank ----------------------------------------------------------------------------------------------------

async fn bank(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    let found = sandbox
        .act(|tx| {
            let kind = crate::state::kind_of_id(&id).ok_or_else(|| ApiError::no_such("object", &id, "id"))?;
            tx.get(kind, &id, "id")
        })
        .await;
    let Ok(v) = found else { return sandbox.missing() };
    let waits = match s(&v, "object") {
        "checkout.session" => s(&v, "status") == "open" && v["_pending"].is_string(),
        _ => s(&v, "status") == "requires_action",
    };
    if !waits {
        let text = "There's nothing left to authenticate.";
        return sandbox.page(StatusCode::OK, "Authentication", &notice("Nothing to do", text));
    }
    let amount = v["amount"].as_i64().or(v["amount_total"].as_i64());
    let what = match amount {
        Some(a) => format!(
            "Your bank asks you to confirm a payment of {}.",
            money(a, s(&v, "currency"))
        ),
        None => "Your bank asks you to confirm that your card may be saved.".to_owned(),
    };
    let body = format!(
        "<section class=\"card narrow\"><h1>Authentication</h1><p>{}</p><form method=\"post\" action=\"{}/3ds/{}\">\
         <button type=\"submit\" name=\"answer\" value=\"complete\">Complete authentication</button>\
         <button type=\"submit\" name=\"answer\" value=\"fail\" class=\"quiet\">Fail authentication</button></form></section>",
        esc(&what),
        sandbox.mount(),
        esc(&id)
    );
    sandbox.page(StatusCode::OK, "Authentication", &body)
}

async fn bank_answer(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, Form(fields): Form<Fields>) -> Response {
    let yes = typed(&fields, "answer") == "complete";
    let mount = sandbox.mount();
    let to = if id.starts_with("cs_") {
        bank_for_session(&sandbox, &id, yes, &mount).await
    } else {
        sandbox
            .act(|tx| match crate::state::kind_of_id(&id) {
                Some("payment_intent") => bank_for_intent(tx, &id, yes, &mount),
                Some("setup_intent") => bank_for_setup(tx, &id, yes),
                _ => Err(ApiError::no_such("object", &id, "id")),
            })
            .await
    };
    match to {
        Ok(Some(to)) => see_other(&to),
        Ok(None) => {
            let text = if yes {
                "You can close this page."
            } else {
                "The authentication failed. You can close this page."
            };
            sandbox.page(StatusCode::OK, "Authentication", &notice("Thank you", text))
        }
        Err(e) if e.status == 404 => sandbox.missing(),
        Err(e) => {
            let text = on_field(&e).1;
            sandbox.page(StatusCode::OK, "Authentication", &notice("That didn't work", &text))
        }
    }
}

async fn bank_for_session(sandbox: &Sandbox, id: &str, yes: bool, mount: &str) -> Res<Option<String>> {
    let done = sandbox
        .act(|tx| {
            let mut cs = tx.get("checkout.session", id, "id")?;
            let Some(pm) = cs["_pending"].as_str().map(str::to_owned) else {
                return Ok(Some(success_url(&cs)));
            };
            if s(&cs, "status") != "open" || n(&cs, "expires_at") <= tx.now || !yes {
                return Ok(None);
            }
            let pm = tx.get("payment_method", &pm, "payment_method")?;
            cs["_error"] = Value::Null;
            tx.complete_session(&mut cs, pm, true)?;
            Ok(Some(success_url(&cs)))
        })
        .await;
    let message = match done {
        Ok(Some(to)) => return Ok(Some(to)),
        Err(e) if e.status == 404 => return Err(e),
        Err(e) => on_field(&e).1,
        Ok(None) => cards::AUTHENTICATION_FAILED.message.to_owned(),
    };
    sandbox
        .act(|tx| {
            let mut cs = tx.get("checkout.session", id, "id")?;
            if s(&cs, "status") == "open" {
                crate::state::patch(&mut cs, json!({"_pending": null, "_error": message}));
                tx.put("checkout.session", &cs);
            }
            Ok(Some(format!("{mount}/checkout/{id}")))
        })
        .await
}

fn back_to(url: &str, what: &str, id: &str, ok: bool) -> String {
    let sign = if url.contains('?') { '&' } else { '?' };
    format!(
        "{url}{sign}{what}={id}&redirect_status={}",
        if ok { "succeeded" } else { "failed" }
    )
}

fn bank_for_intent(tx: &mut Tx<'_>, id: &str, yes: bool, mount: &str) -> Res<Option<String>> {
    let pi = tx.get("payment_intent", id, "id")?;
    if s(&pi, "status") == "requires_action" {
        if yes {
            let pm = tx.get("payment_method", s(&pi, "payment_method"), "payment_method")?;
            tx.confirm(
                id,
                &pm,
                Moment {
                    authenticated: true,
                    ..Moment::default()
                },
                false,
            )?;
        } else {
            tx.authentication_failed(id)?;
        }
    }
    let pi = tx.get("payment_intent", id, "id")?;
    let ok = s(&pi, "status") == "succeeded";
    Ok(match (pi["_return_url"].as_str(), pi["_invoice"].as_str()) {
        (Some(url), _) => Some(back_to(url, "payment_intent", id, ok)),
        (None, Some(inv)) => Some(format!("{mount}/invoice/{inv}")),
        _ => None,
    })
}

fn bank_for_setup(tx: &mut Tx<'_>, id: &str, yes: bool) -> Res<Option<String>> {
    let si = tx.get("setup_intent", id, "id")?;
    if s(&si, "status") == "requires_action" {
        if yes {
            let pm = tx.get("payment_method", s(&si, "payment_method"), "payment_method")?;
            tx.confirm_setup(id, pm, true)?;
        } else {
            tx.setup_failed(id)?;
        }
    }
    let ok = s(&tx.get("setup_intent", id, "id")?, "status") == "succeeded";
    Ok(si["_return_url"]
        .as_str()
        .map(|url| back_to(url, "setup_intent", id, ok)))
}

// ---- invoices ----------------------------------------------------------------------------------------------------

async fn invoice(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    show_invoice(&sandbox, &id, &Fields::new(), None).await
}

fn pill(status: &str) -> (&'static str, &'static str) {
    match status {
        "paid" => ("Paid", "good"),
        "void" => ("Void", "plain"),
        "uncollectible" => ("Uncollectible", "plain"),
        "draft" => ("Draft", "plain"),
        _ => ("Due", "due"),
    }
}

async fn show_invoice(sandbox: &Sandbox, id: &str, fields: &Fields, error: Option<(String, String)>) -> Response {
    let found = sandbox
        .act(|tx| {
            let inv = tx.get("invoice", id, "id")?;
            let saved: Vec<Value> = tx
                .all("payment_method", Some(("customer", s(&inv, "customer"))))
                .collect();
            let default = tx.card_of(&inv);
            let intent = tx.find("payment_intent", s(&inv, "_intent")).unwrap_or_default();
            Ok((inv, saved, default, intent))
        })
        .await;
    let Ok((inv, saved, default, intent)) = found else {
        return sandbox.missing();
    };
    let currency = s(&inv, "currency");
    let (word, tone) = pill(s(&inv, "status"));
    let mut lines = String::new();
    for line in inv["lines"]["data"].as_array().into_iter().flatten() {
        lines.push_str(&format!(
            "<li><span>{}</span><span>{}</span></li>",
            esc(s(line, "description")),
            esc(&money(n(line, "amount"), currency))
        ));
    }
    let number = inv["number"].as_str().unwrap_or("Draft");
    let mut body = format!(
        "<div class=\"two\"><section class=\"card\" aria-labelledby=\"what\"><h1 id=\"what\">Invoice {}</h1><p><span class=\"pill {tone}\">{word}</span></p>\
         <p class=\"amount\">{}</p><ul class=\"lines\">{lines}</ul>\
         <p class=\"small\">For {}</p><p><a href=\"{}/invoice/{}/pdf\">Download PDF</a></p></section>",
        esc(number),
        esc(&money(n(&inv, "total"), currency)),
        esc(inv["customer_name"]
            .as_str()
            .or(inv["customer_email"].as_str())
            .unwrap_or("you")),
        sandbox.mount(),
        esc(id),
    );
    if s(&inv, "status") == "open" {
        let mut choice = String::new();
        if !saved.is_empty() {
            choice.push_str("<fieldset class=\"choice\"><legend>Card</legend>");
            let picked = typed(fields, "card");
            for pm in &saved {
                let own = s(pm, "id");
                let first = default.as_ref().unwrap_or(&saved[0]);
                let on = if picked.is_empty() {
                    s(first, "id") == own
                } else {
                    picked == own
                };
                choice.push_str(&format!(
                    "<label><input type=\"radio\" name=\"card\" value=\"{own}\"{}> {} ending in {}</label>",
                    if on { " checked" } else { "" },
                    esc(&capital(s(&pm["card"], "brand"))),
                    esc(s(&pm["card"], "last4"))
                ));
            }
            choice.push_str(&format!(
                "<label><input type=\"radio\" name=\"card\" value=\"new\"{}> Another card</label></fieldset>",
                if picked == "new" { " checked" } else { "" }
            ));
        }
        let failed = intent["last_payment_error"]["message"]
            .as_str()
            .filter(|_| error.is_none());
        let error_above = match (&error, failed) {
            (Some((name, text)), _) if name == "card" => {
                format!("<p class=\"error\" role=\"alert\">{}</p>", esc(text))
            }
            (None, Some(text)) => format!("<p class=\"error\">The last attempt failed: {}</p>", esc(text)),
            _ => String::new(),
        };
        body.push_str(&format!(
            "<section class=\"card\" aria-labelledby=\"how\"><h2 id=\"how\">Payment</h2>{error_above}<form method=\"post\" action=\"{}/invoice/{}\" novalidate>{choice}\
             <div class=\"fresh\">{}</div><button type=\"submit\">Pay</button></form>{}</section>",
            sandbox.mount(),
            esc(id),
            card_fields(fields, error.as_ref(), saved.is_empty()),
            test_cards(),
        ));
    } else {
        let text = match s(&inv, "status") {
            "paid" => "This invoice is paid. Thank you.",
            "void" => "This invoice is void. There's nothing to pay.",
            "draft" => "This invoice is not final yet.",
            _ => "This invoice is no longer collected.",
        };
        body.push_str(&format!(
            "<section class=\"card\"><h2>Payment</h2><p>{text}</p></section>"
        ));
    }
    body.push_str("</div>");
    sandbox.page(StatusCode::OK, &format!("Invoice {number}"), &body)
}

fn capital(word: &str) -> String {
    let mut c = word.chars();
    c.next()
        .map(|f| f.to_uppercase().chain(c).collect())
        .unwrap_or_default()
}

async fn invoice_pay(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>, Form(fields): Form<Fields>) -> Response {
    let mount = sandbox.mount();
    let next = sandbox
        .act(|tx| {
            let inv = tx.get("invoice", &id, "id")?;
            if s(&inv, "status") != "open" {
                return Ok(Next::Go(format!("{mount}/invoice/{id}")));
            }
            let chosen = typed(&fields, "card");
            let saved = !chosen.is_empty() && chosen != "new";
            let mut pm = if saved {
                let pm = tx.get("payment_method", chosen, "card")?;
                if s(&pm, "customer") != s(&inv, "customer") {
                    return Err(ApiError::no_such("PaymentMethod", chosen, "card"));
                }
                pm
            } else {
                match card_from(tx, &fields) {
                    Ok(pm) => pm,
                    Err(wrong) => return Ok(Next::Show(Some(wrong))),
                }
            };
            if !saved {
                tx.attach(&mut pm, s(&inv, "customer"), false)?;
            }
            let method = s(&pm, "id").to_owned();
            Ok(
                match tx.pay_invoice(
                    &id,
                    Pay {
                        method: Some(&method),
                        ..Pay::default()
                    },
                )? {
                    Outcome::Paid => Next::Go(format!("{mount}/invoice/{id}")),
                    Outcome::NeedsAction => Next::Go(format!("{mount}/3ds/{}", s(&inv, "_intent"))),
                    Outcome::Declined(d) => {
                        let mut wrong = on_field(&d.error());
                        if saved {
                            wrong.0 = "card".into();
                        }
                        Next::Show(Some(wrong))
                    }
                    Outcome::NoMethod => Next::Show(None),
                },
            )
        })
        .await;
    match next {
        Ok(Next::Go(to)) => see_other(&to),
        Ok(Next::Show(error)) => show_invoice(&sandbox, &id, &fields, error).await,
        Err(e) if e.status == 404 => sandbox.missing(),
        Err(e) => show_invoice(&sandbox, &id, &fields, Some(on_field(&e))).await,
    }
}

async fn receipt(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    let Ok(ch) = sandbox.act(|tx| tx.get("charge", &id, "id")).await else {
        return sandbox.missing();
    };
    let currency = s(&ch, "currency");
    let card = &ch["payment_method_details"]["card"];
    let state = match (s(&ch, "status"), ch["refunded"] == true) {
        ("succeeded", false) => "Paid",
        ("succeeded", true) => "Refunded",
        _ => "Failed",
    };
    let body = format!(
        "<section class=\"card narrow\"><h1>Receipt</h1><p class=\"amount\">{}</p><dl><dt>State</dt><dd>{state}</dd><dt>Date</dt><dd>{}</dd><dt>Card</dt><dd>{} ending in {}</dd><dt>For</dt><dd>{}</dd></dl></section>",
        esc(&money(n(&ch, "amount"), currency)),
        esc(&time::day_label(n(&ch, "created"))),
        esc(&capital(s(card, "brand"))),
        esc(s(card, "last4")),
        esc(ch["description"].as_str().unwrap_or("your purchase")),
    );
    sandbox.page(StatusCode::OK, "Receipt", &body)
}

// ---- PDF ---------------------------------------------------------------------------------------------------------

async fn invoice_pdf(Shared(sandbox): Shared<Sandbox>, Path(id): Path<String>) -> Response {
    let Ok(inv) = sandbox.act(|tx| tx.get("invoice", &id, "id")).await else {
        return sandbox.missing();
    };
    let currency = s(&inv, "currency");
    let mut lines = vec![
        format!("Invoice {}", inv["number"].as_str().unwrap_or("(draft)")),
        format!(
            "{}   {}",
            pill(s(&inv, "status")).0,
            time::day_label(n(&inv, "created"))
        ),
        inv["customer_name"]
            .as_str()
            .or(inv["customer_email"].as_str())
            .unwrap_or("")
            .to_owned(),
        String::new(),
    ];
    for line in inv["lines"]["data"].as_array().into_iter().flatten() {
        lines.push(format!(
            "{}   {}",
            s(line, "description"),
            money(n(line, "amount"), currency)
        ));
    }
    lines.push(String::new());
    lines.push(format!("Total   {}", money(n(&inv, "total"), currency)));
    lines.push(format!("Due   {}", money(n(&inv, "amount_remaining"), currency)));
    lines.push(String::new());
    lines.push("Test mode: no money moves.".to_owned());
    ([(header::CONTENT_TYPE, "application/pdf")], pdf(&lines)).into_response()
}

/// A single page with these lines, in PDF's own Helvetica.
fn pdf(lines: &[String]) -> Vec<u8> {
    let mut text = b"BT /F1 12 Tf 16 TL 60 780 Td\n".to_vec();
    for line in lines {
        text.push(b'(');
        for c in line.chars() {
            match (c, u8::try_from(u32::from(c))) {
                ('(' | ')' | '\\', Ok(b)) => text.extend([b'\\', b]),
                (_, Ok(b)) => text.push(b),
                _ => text.push(b'?'),
            }
        }
        text.extend(b") Tj T*\n");
    }
    text.extend(b"ET");
    let stream = [
        format!("<< /Length {} >>\nstream\n", text.len()).into_bytes(),
        text,
        b"\nendstream".to_vec(),
    ]
    .concat();
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        stream,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", i + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for at in offsets {
        out.extend(format!("{at:010} 00000 n \n").bytes());
    }
    out.extend(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n",
            objects.len() + 1
        )
        .bytes(),
    );
    out
}
