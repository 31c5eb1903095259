//! `/admin/audit` (§26, §29): who changed what, before and after, and when.

use crate::{Caller, Engine, OnConstraint, kernel::page_of};
use domain::{
    AppResult, Capability, Instant,
    operate::view::{AuditChange, AuditLine, AuditPage, AuditQuery},
};
use serde_json::{Map, Value};
use store::log::{self, AuditFilter, AuditRow};

/// Lines on one page.
const SHOWN: i64 = 50;

impl Engine {
    /// A page of the audit log, newest first, in one statement. A filter that nothing fits shows nothing.
    ///
    /// # Errors
    /// [`domain::AppError::Forbidden`].
    pub async fn audit_page(&self, caller: &Caller, query: &AuditQuery) -> AppResult<AuditPage> {
        caller.require(Capability::Operate)?;
        let mut tx = self.db().read().await.or_internal()?;
        let now = self.now();
        let before = query.after.split_once('.');
        let before = before.and_then(|(at, id)| Some((Instant(at.parse().ok()?), id)));
        let filter = AuditFilter {
            entity: &query.entity,
            entity_id: &query.id,
            actor: &query.actor,
            before,
        };
        let found = log::audit_page(&mut tx, &filter, SHOWN + 1).await.or_internal()?;
        let (found, next) = page_of(found, SHOWN, |row| format!("{}.{}", row.at.0, row.id));
        let rows: Vec<AuditLine> = found.into_iter().map(|row| self.audit_line(row, now)).collect();
        Ok(AuditPage {
            actor: rows
                .first()
                .filter(|_| !query.actor.is_empty())
                .map(|row| row.who.clone()),
            next,
            rows,
        })
    }

    fn audit_line(&self, row: AuditRow, now: Instant) -> AuditLine {
        let mut action = row.action.replace(['_', '.'], " ");
        if let Some(first) = action.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        AuditLine {
            at: self.moment(row.at, now),
            who: match row.actor.as_str() {
                "system" => "Monthly Packs".to_owned(),
                "stripe" => "Stripe".to_owned(),
                other => row.actor_name.unwrap_or_else(|| other.to_owned()),
            },
            actor: row.actor,
            action,
            entity: row.entity,
            entity_id: row.entity_id,
            changes: changes(row.before.as_deref(), row.after.as_deref()),
        }
    }
}
/// The fields that differ between what stood before and what stands since, in the order of their names. What is no JSON
/// object is one value without a name.
fn changes(before: Option<&str>, after: Option<&str>) -> Vec<AuditChange> {
    let fields = |text: Option<&str>| -> Map<String, Value> {
        match text.map(serde_json::from_str::<Value>) {
            None => Map::new(),
            Some(Ok(Value::Object(map))) => map,
            Some(Ok(value)) => Map::from_iter([(String::new(), value)]),
            Some(Err(_)) => Map::from_iter([(String::new(), Value::from(text))]),
        }
    };
    let (was, is) = (fields(before), fields(after));
    let words = |value: Option<&Value>| match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let mut names: Vec<&String> = was.keys().chain(is.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| was.get(*name) != is.get(*name))
        .map(|name| AuditChange {
            field: name.replace('_', " "),
            before: words(was.get(name)),
            after: words(is.get(name)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: Option<&str>, after: Option<&str>) -> Vec<(String, Option<String>, Option<String>)> {
        let all = changes(before, after);
        all.into_iter().map(|c| (c.field, c.before, c.after)).collect()
    }

    #[test]
    fn only_what_differs_is_shown() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            shown(
                Some(r#"{"price_cents":40000,"visible":true,"note":null}"#),
                Some(r#"{"price_cents":45000,"visible":true,"words":["a"]}"#)
            ),
            [
                ("note".to_owned(), None, None),
                ("price cents".to_owned(), some("40000"), some("45000")),
                ("words".to_owned(), None, some(r#"["a"]"#)),
            ]
        );
        assert_eq!(shown(None, Some("not JSON")), [(String::new(), None, some("not JSON"))]);
        assert_eq!(shown(None, None), []);
    }
}
