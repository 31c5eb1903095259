//! `/admin/audit` (§26, §29): who changed what, before and after, and when.

use crate::{Caller, Engine, OnConstraint, kernel::page_of};
use domain::{
    AppResult, Capability, Cents, Currency, Instant, LocalDay,
    operate::{
        audit,
        view::{AuditChange, AuditLine, AuditPage, AuditQuery},
    },
    text,
};
use serde_json::{Map, Value};
use store::operate::audit::{AuditFilter, AuditRow, audit_page};

/// Lines on one page.
const SHOWN: i64 = 50;

/// Fields that hold an amount, besides those whose names end in `_cents`.
const AMOUNTS: &[&str] = &["price", "unit_price", "overage_price", "vendor_payment", "total"];

/// Whether people read this field. An id says nothing to them: what it stands for has its name in the sentence.
fn is_read(name: &str) -> bool {
    !name.ends_with("_id") && !matches!(name, "correction" | "subscriptions")
}

/// Fields whose values are words of ours, with a line where people read a blank.
const OUR_WORDS: &[&str] = &[
    "status",
    "state",
    "reason",
    "role",
    "payment_type",
    "rate_mode",
    "vendor_rate_mode",
    "coverage",
    "rail",
];

/// A day that the log is filtered by, where it is one.
fn asked_day(text: &str) -> Option<LocalDay> {
    text.trim().parse().ok()
}

impl Engine {
    /// A page of the audit log, newest first, in one statement. A filter that nothing fits shows nothing.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`], [`domain::AppError::Invalid`] for words that cannot be looked for.
    pub async fn audit_page(&self, caller: &Caller, query: &AuditQuery) -> AppResult<AuditPage> {
        let found = self.audit_rows(caller, query, SHOWN + 1).await?;
        let now = self.now();
        let (found, next) = page_of(found, SHOWN, |row| format!("{}.{}", row.at.0, row.id));
        let rows: Vec<AuditLine> = found.into_iter().map(|row| self.audit_line(row, now)).collect();
        Ok(AuditPage {
            actor: rows
                .first()
                .filter(|_| !query.actor.is_empty())
                .map(|row| row.who.clone()),
            next,
            rows,
            from: asked_day(&query.from).map(LocalDay::words),
            to: asked_day(&query.to).map(LocalDay::words),
        })
    }

    /// The same as a file: `most` lines at most, and whether there are more.
    ///
    /// # Errors
    /// As [`Engine::audit_page`].
    pub async fn audit_export(
        &self,
        caller: &Caller,
        query: &AuditQuery,
        most: i64,
    ) -> AppResult<(Vec<AuditLine>, bool)> {
        let query = AuditQuery {
            after: String::new(),
            ..query.clone()
        };
        let found = self.audit_rows(caller, &query, most + 1).await?;
        let now = self.now();
        let (found, more) = page_of(found, most, |_| String::new());
        Ok((
            found.into_iter().map(|row| self.audit_line(row, now)).collect(),
            more.is_some(),
        ))
    }

    async fn audit_rows(&self, caller: &Caller, query: &AuditQuery, limit: i64) -> AppResult<Vec<AuditRow>> {
        caller.require(Capability::Operate)?;
        let who = text::wanted("q", &query.q)?;
        let before = query.after.split_once('.');
        let before = before.and_then(|(at, id)| Some((Instant(at.parse().ok()?), id)));
        let filter = AuditFilter {
            entity: &query.entity,
            entity_id: &query.id,
            actor: &query.actor,
            who: &who,
            from: asked_day(&query.from).map(|day| self.zone().start_of(day)),
            until: asked_day(&query.to)
                .and_then(|day| day.0.tomorrow().ok())
                .map(|day| self.zone().start_of(LocalDay(day))),
            before,
        };
        let mut tx = self.db().read().await.or_internal()?;
        audit_page(&mut tx, &filter, limit).await.or_internal()
    }

    fn audit_line(&self, row: AuditRow, now: Instant) -> AuditLine {
        let who = match row.actor.as_str() {
            "system" => "The system".to_owned(),
            "stripe" => "Stripe".to_owned(),
            other => row.actor_name.unwrap_or_else(|| other.to_owned()),
        };
        let did = audit::sentence(&row.action, row.thing.as_deref());
        AuditLine {
            at: self.moment(row.at, now),
            text: format!("{who} {did}"),
            who,
            href: audit::page_of(&row.entity, &row.entity_id).filter(|_| row.thing.is_some()),
            actor: row.actor,
            entity: row.entity,
            entity_id: row.entity_id,
            changes: changes(row.before.as_deref(), row.after.as_deref(), self.currency()),
        }
    }
}

/// The fields that differ between what stood before and what stands since, in the order of their names. What is no JSON
/// object is one value without a name.
fn changes(before: Option<&str>, after: Option<&str>, currency: Currency) -> Vec<AuditChange> {
    let fields = |text: Option<&str>| -> Map<String, Value> {
        match text.map(serde_json::from_str::<Value>) {
            None => Map::new(),
            Some(Ok(Value::Object(map))) => map,
            Some(Ok(value)) => Map::from_iter([(String::new(), value)]),
            Some(Err(_)) => Map::from_iter([(String::new(), Value::from(text))]),
        }
    };
    let (was, is) = (fields(before), fields(after));
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| is_read(name) && was.get(*name) != is.get(*name))
        .map(|name| AuditChange {
            field: name.strip_suffix("_cents").unwrap_or(name).replace('_', " "),
            before: words(name, was.get(name), currency),
            after: words(name, is.get(name), currency),
        })
        .collect()
}

/// A value as people read it: amounts with their sign, states as words.
fn words(name: &str, value: Option<&Value>, currency: Currency) -> Option<String> {
    Some(match value? {
        Value::Null => return None,
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) if OUR_WORDS.contains(&name) => text.replace('_', " "),
        Value::String(text) => text.clone(),
        other => match other
            .as_i64()
            .filter(|_| name.ends_with("_cents") || AMOUNTS.contains(&name))
        {
            Some(cents) => Cents(cents).show(currency),
            None => other.to_string(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: Option<&str>, after: Option<&str>) -> Vec<(String, Option<String>, Option<String>)> {
        let all = changes(before, after, Currency::USD);
        all.into_iter().map(|c| (c.field, c.before, c.after)).collect()
    }

    #[test]
    fn s26_only_what_differs_is_shown_in_the_words_of_people() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown(
                Some(r#"{"price_cents":40000,"status":"in_progress","visible":true,"note":null}"#),
                Some(r#"{"price_cents":45000,"status":"in_review","visible":false,"words":["a"],"name":"a_b"}"#)
            ),
            [
                ("name".to_owned(), None, some("a_b")),
                ("note".to_owned(), None, None),
                ("price".to_owned(), some("$400.00"), some("$450.00")),
                ("status".to_owned(), some("in progress"), some("in review")),
                ("visible".to_owned(), some("yes"), some("no")),
                ("words".to_owned(), None, some(r#"["a"]"#)),
            ]
        );
        assert_eq!(
            shown(None, Some(r#"{"service_id":"7","price":1900,"unit_price_cents":2500}"#)),
            [
                ("price".to_owned(), None, some("$19.00")),
                ("unit price".to_owned(), None, some("$25.00")),
            ],
            "an amount is money whatever its field is called, and no id is read"
        );
        let euros = changes(None, Some(r#"{"price_cents":1900}"#), "eur".parse().unwrap());
        assert!(
            euros[0].after.as_deref().is_some_and(|shown| !shown.contains('$')),
            "{euros:?}"
        );
        assert_eq!(shown(None, Some("not JSON")), [(String::new(), None, some("not JSON"))]);
        assert_eq!(shown(None, None), []);
    }
}
