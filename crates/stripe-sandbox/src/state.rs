//! What the sandbox remembers, and the unit of work over it. Objects are kept as compact JSON text: reading parses,
//! writing prints, so that a year of invoices stays small and a snapshot is never shared by accident.
//! A [`Tx`] is one request or one due thing: it remembers what it replaced, so that it can be undone as a whole.
//! Members whose name starts with `_` are the sandbox's own and are never shown.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};

use crate::error::{ApiError, Res};
use crate::webhooks::Delivery;

/// The API version that every body is shaped after.
pub const VERSION: &str = "2026-09-30.endive";

static TEMPLATES: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("templates.json")).expect("templates.json is part of the build")
});

/// The kinds of object: the `object` member, the prefix of its ids, and how errors call it.
pub const KINDS: &[(&str, &str, &str)] = &[
    ("customer", "cus_", "customer"),
    ("payment_method", "pm_", "PaymentMethod"),
    ("setup_intent", "seti_", "setupintent"),
    ("product", "prod_", "product"),
    ("price", "price_", "price"),
    ("checkout.session", "cs_", "checkout.session"),
    ("subscription", "sub_", "subscription"),
    ("invoice", "in_", "invoice"),
    ("invoiceitem", "ii_", "invoiceitem"),
    ("invoice_payment", "inpay_", "invoice_payment"),
    ("payment_intent", "pi_", "payment_intent"),
    ("charge", "ch_", "charge"),
    ("refund", "re_", "refund"),
    ("balance_transaction", "txn_", "balance transaction"),
    ("dispute", "du_", "dispute"),
    ("webhook_endpoint", "we_", "webhook endpoint"),
    ("event", "evt_", "event"),
];

/// The static name of a kind.
pub fn kind(name: &str) -> Option<&'static str> {
    KINDS.iter().find(|k| k.0 == name).map(|k| k.0)
}

/// The kind that an id belongs to, by its prefix.
pub fn kind_of_id(id: &str) -> Option<&'static str> {
    KINDS.iter().find(|k| id.starts_with(k.1)).map(|k| k.0)
}

/// How an error message calls a kind.
pub fn spoken(kind: &str) -> &'static str {
    KINDS.iter().find(|k| k.0 == kind).map_or("object", |k| k.2)
}

/// A copy of the full template of a kind, every required member present.
pub fn template(kind: &str) -> Value {
    TEMPLATES[kind].clone()
}

/// Sets the members of `patch` in `v`, replacing what was there.
pub fn patch(v: &mut Value, patch: Value) {
    if let (Value::Object(to), Value::Object(from)) = (v, patch) {
        to.extend(from);
    }
}

/// The string member `key`, or "".
pub fn s<'a>(v: &'a Value, key: &str) -> &'a str {
    v[key].as_str().unwrap_or("")
}

/// The integer member `key`, or 0.
pub fn n(v: &Value, key: &str) -> i64 {
    v[key].as_i64().unwrap_or(0)
}

/// A copy without the sandbox's own members.
pub fn shown(v: &Value) -> Value {
    match v {
        Value::Object(m) => Value::Object(
            m.iter()
                .filter(|(k, _)| !k.starts_with('_'))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Members by which objects are looked up without reading them all.
const INDEXED: &[&str] = &[
    "customer",
    "subscription",
    "invoice",
    "payment_intent",
    "charge",
    "type",
    "status",
    "product",
];

fn index_keys(kind: &str, v: &Value) -> Vec<(&'static str, Box<str>)> {
    let mut keys: Vec<(&'static str, Box<str>)> = INDEXED
        .iter()
        .filter_map(|f| match *f {
            "type" if kind != "event" => None,
            "status" if !matches!(kind, "subscription" | "webhook_endpoint") => None,
            f => Some((f, v[f].as_str()?.into())),
        })
        .collect();
    match kind {
        "invoice" => {
            if let Some(sub) = v["parent"]["subscription_details"]["subscription"].as_str() {
                keys.push(("subscription", sub.into()));
            }
        }
        "invoice_payment" => {
            if let Some(pi) = v["payment"]["payment_intent"].as_str() {
                keys.push(("payment_intent", pi.into()));
            }
        }
        _ => {}
    }
    keys
}

/// How long an unpaid first invoice is waited for.
pub const INCOMPLETE_SECS: i64 = 23 * 3600;

/// When something must happen to an object by itself, in seconds.
fn due_at(kind: &str, v: &Value) -> Option<i64> {
    match kind {
        "subscription" => match s(v, "status") {
            "incomplete" => Some(n(v, "created") + INCOMPLETE_SECS),
            "active" | "past_due" | "unpaid" => {
                let end = v["items"]["data"][0]["current_period_end"].as_i64()?;
                Some(v["cancel_at"].as_i64().map_or(end, |c| c.min(end)))
            }
            _ => None,
        },
        "invoice" => match s(v, "status") {
            "draft" if v["auto_advance"] == true => v["automatically_finalizes_at"].as_i64(),
            "open" => v["next_payment_attempt"].as_i64(),
            _ => None,
        },
        "checkout.session" if v["status"] == "open" => v["expires_at"].as_i64(),
        "refund" | "charge" => v["_due"].as_i64(),
        _ => None,
    }
}

#[derive(Clone)]
struct Row {
    seq: u64,
    id: Arc<str>,
    json: Arc<str>,
    keys: Arc<[(&'static str, Box<str>)]>,
    due: Option<i64>,
}

#[derive(Default)]
struct Table {
    by_id: HashMap<Arc<str>, u64>,
    rows: BTreeMap<u64, Row>,
    index: HashMap<(&'static str, Box<str>), BTreeSet<u64>>,
}

/// A stored answer, or a request that is still being worked on.
#[derive(Clone, Debug)]
pub struct Idem {
    /// Method and path.
    pub target: String,
    /// Hash of the parameters.
    pub hash: String,
    /// Seconds of the sandbox's clock.
    pub created: i64,
    /// Status and body, once there is an answer.
    pub answer: Option<(u16, Arc<str>)>,
}

/// Behaviour that an account's dashboard sets at Stripe.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Seconds from the first attempt of a renewal to each retry.
    pub retries: Vec<i64>,
    /// What follows the last retry: `past_due`, `unpaid` or `canceled`.
    pub after_retries: String,
    /// So many automatic finalisations fail; the invoices stay drafts.
    pub fail_finalization: u64,
}

impl Default for Settings {
    fn default() -> Self {
        // Eight tries within two weeks, what Stripe recommends.
        Self {
            retries: [1, 3, 5, 7, 9, 11, 13, 14].iter().map(|d| d * 86_400).collect(),
            after_retries: "past_due".into(),
            fail_finalization: 0,
        }
    }
}

impl Settings {
    pub(crate) fn to_json(&self) -> Value {
        json!({"retries": self.retries, "after_retries": self.after_retries,
            "fail_finalization": self.fail_finalization})
    }

    pub(crate) fn from_json(v: &Value) -> Self {
        let mut s = Self::default();
        if let Some(list) = v["retries"].as_array() {
            s.retries = list.iter().filter_map(Value::as_i64).collect();
        }
        if let Some(a) = v["after_retries"].as_str() {
            s.after_retries = a.into();
        }
        s.fail_finalization = v["fail_finalization"].as_u64().unwrap_or(0);
        s
    }
}

/// Everything that is remembered.
#[derive(Default)]
pub struct State {
    tables: HashMap<&'static str, Table>,
    due: BTreeSet<(i64, u64, &'static str)>,
    pub(crate) seq: u64,
    pub(crate) ids: u64,
    pub(crate) seed: u64,
    pub(crate) idem: HashMap<String, Idem>,
    pub(crate) journal: Vec<Value>,
    pub(crate) deliveries: BTreeMap<u64, Delivery>,
    pub(crate) pending: BTreeSet<(i64, u64)>,
    pub(crate) settings: Settings,
}

impl State {
    /// The next due instant in seconds, whatever it is.
    pub fn next_due(&self) -> Option<i64> {
        self.due.first().map(|d| d.0)
    }

    /// The first object that is due at `now` and not among those to skip.
    pub fn due(&self, now: i64, skip: &HashSet<String>) -> Option<(i64, &'static str, String)> {
        self.due.iter().take_while(|d| d.0 <= now).find_map(|(at, seq, kind)| {
            let id = self.tables.get(kind)?.rows.get(seq)?.id.to_string();
            (!skip.contains(&id)).then_some((*at, *kind, id))
        })
    }

    pub(crate) fn read(&self, kind: &str, id: &str) -> Option<Value> {
        let t = self.tables.get(kind)?;
        parse(&t.rows.get(t.by_id.get(id)?)?.json)
    }

    pub(crate) fn text(&self, kind: &str, id: &str) -> Option<(u64, Arc<str>)> {
        let t = self.tables.get(kind)?;
        let row = t.rows.get(t.by_id.get(id)?)?;
        Some((row.seq, Arc::clone(&row.json)))
    }

    fn take(&mut self, kind: &'static str, id: &str) -> Option<Row> {
        let t = self.tables.get_mut(kind)?;
        let seq = t.by_id.remove(id)?;
        let row = t.rows.remove(&seq)?;
        for (f, v) in row.keys.iter() {
            if let Some(set) = t.index.get_mut(&(*f, v.clone())) {
                set.remove(&seq);
                if set.is_empty() {
                    t.index.remove(&(*f, v.clone()));
                }
            }
        }
        if let Some(due) = row.due {
            self.due.remove(&(due, seq, kind));
        }
        Some(row)
    }

    fn place(&mut self, kind: &'static str, row: Row) {
        if let Some(due) = row.due {
            self.due.insert((due, row.seq, kind));
        }
        let t = self.tables.entry(kind).or_default();
        for (f, v) in row.keys.iter() {
            t.index.entry((*f, v.clone())).or_default().insert(row.seq);
        }
        t.by_id.insert(Arc::clone(&row.id), row.seq);
        t.rows.insert(row.seq, row);
    }

    pub(crate) fn write(&mut self, kind: &'static str, seq: Option<u64>, v: &Value) {
        let id: Arc<str> = s(v, "id").into();
        let seq = match self.take(kind, &id).map(|r| r.seq).or(seq) {
            Some(seq) => {
                self.seq = self.seq.max(seq);
                seq
            }
            None => {
                self.seq += 1;
                self.seq
            }
        };
        let row = Row {
            seq,
            id,
            json: v.to_string().into(),
            keys: index_keys(kind, v).into(),
            due: due_at(kind, v),
        };
        self.place(kind, row);
    }

    /// Ids of a kind, newest first; with `by`, only those whose indexed member has that value; made before `after` and
    /// later than `before`, where these are given as sequence numbers.
    pub(crate) fn ids(
        &self,
        kind: &str,
        by: Option<(&'static str, &str)>,
        after: Option<u64>,
        before: Option<u64>,
    ) -> Vec<Arc<str>> {
        let Some(t) = self.tables.get(kind) else {
            return Vec::new();
        };
        let (low, high) = (before.map_or(0, |b| b + 1), after.unwrap_or(u64::MAX));
        if low >= high {
            return Vec::new();
        }
        match by {
            None => t.rows.range(low..high).rev().map(|(_, r)| Arc::clone(&r.id)).collect(),
            Some((f, v)) => {
                let Some(set) = t.index.get(&(f, v.into())) else {
                    return Vec::new();
                };
                let rows = set.range(low..high).rev().filter_map(|q| t.rows.get(q));
                rows.map(|r| Arc::clone(&r.id)).collect()
            }
        }
    }

    /// Every object as text, in the order of kinds and of creation.
    pub(crate) fn dump(&self) -> Vec<(&'static str, Arc<str>)> {
        KINDS
            .iter()
            .filter_map(|k| self.tables.get(k.0).map(|t| (k.0, t)))
            .flat_map(|(k, t)| t.rows.values().map(move |r| (k, Arc::clone(&r.json))))
            .collect()
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        self.tables.get(kind).map_or(0, |t| t.rows.len())
    }

    /// The oldest object of a kind.
    pub(crate) fn oldest(&self, kind: &str) -> Option<Value> {
        parse(&self.tables.get(kind)?.rows.values().next()?.json)
    }
}

fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

/// The request that a unit of work belongs to, as events name it.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// `req_…`.
    pub request: Option<String>,
    /// The idempotency key.
    pub key: Option<String>,
}

/// One unit of work.
pub struct Tx<'a> {
    pub(crate) st: &'a mut State,
    /// Seconds since the epoch: the instant at which everything here happens.
    pub now: i64,
    pub(crate) origin: Origin,
    pub(crate) pages: &'a str,
    undo: Vec<(&'static str, Arc<str>, Option<Row>)>,
    touched: BTreeSet<(&'static str, Arc<str>)>,
    journal_from: usize,
    ids_from: u64,
    pub(crate) deliveries_from: Vec<u64>,
    pub(crate) settings_changed: bool,
}

/// Kind, id, and sequence and text, or nothing when the object was removed.
pub type Written = (&'static str, Arc<str>, Option<(u64, Arc<str>)>);

/// What must be written to the database after a unit of work.
#[derive(Debug, Default)]
pub struct Writes {
    /// New, changed and removed objects.
    pub objects: Vec<Written>,
    /// New lines of the journal with their position.
    pub journal: Vec<(u64, String)>,
    /// New or changed deliveries.
    pub deliveries: Vec<Delivery>,
    /// The id counter, when it moved.
    pub ids: Option<u64>,
    /// New settings.
    pub settings: Option<String>,
}

impl<'a> Tx<'a> {
    /// Begins.
    pub fn new(st: &'a mut State, now: i64, origin: Origin, pages: &'a str) -> Self {
        let (journal_from, ids_from) = (st.journal.len(), st.ids);
        Self {
            st,
            now,
            origin,
            pages,
            undo: Vec::new(),
            touched: BTreeSet::new(),
            journal_from,
            ids_from,
            deliveries_from: Vec::new(),
            settings_changed: false,
        }
    }

    /// Undoes everything.
    pub fn roll_back(self) {
        for (kind, id, old) in self.undo.into_iter().rev() {
            self.st.take(kind, &id);
            if let Some(row) = old {
                self.st.place(kind, row);
            }
        }
        for seq in self.deliveries_from {
            if let Some(d) = self.st.deliveries.remove(&seq) {
                self.st.pending.remove(&(d.due, seq));
            }
        }
        self.st.journal.truncate(self.journal_from);
        self.st.ids = self.ids_from;
    }

    /// Nothing was changed.
    pub fn idle(&self) -> bool {
        self.touched.is_empty() && self.deliveries_from.is_empty() && !self.settings_changed
    }

    /// What has to be written.
    pub fn writes(&self) -> Writes {
        Writes {
            objects: self
                .touched
                .iter()
                .map(|(k, id)| (*k, Arc::clone(id), self.st.text(k, id)))
                .collect(),
            journal: self.st.journal[self.journal_from..]
                .iter()
                .enumerate()
                .map(|(i, v)| ((self.journal_from + i) as u64, v.to_string()))
                .collect(),
            deliveries: self
                .deliveries_from
                .iter()
                .filter_map(|q| self.st.deliveries.get(q).cloned())
                .collect(),
            ids: (self.st.ids != self.ids_from).then_some(self.st.ids),
            settings: self.settings_changed.then(|| self.st.settings.to_json().to_string()),
        }
    }

    fn remember(&mut self, kind: &'static str, id: &str) {
        if !self.touched.contains(&(kind, id.into())) {
            let old = self
                .st
                .tables
                .get(kind)
                .and_then(|t| t.rows.get(t.by_id.get(id)?))
                .cloned();
            self.undo.push((kind, id.into(), old));
            self.touched.insert((kind, id.into()));
        }
    }

    /// Reads an object with the sandbox's own members.
    pub fn find(&self, kind: &str, id: &str) -> Option<Value> {
        self.st.read(kind, id)
    }

    /// Reads an object; Stripe's error when there is none. `param` is `id` when it came in the address.
    pub fn get(&self, kind: &'static str, id: &str, param: &str) -> Res<Value> {
        self.find(kind, id)
            .ok_or_else(|| ApiError::no_such(spoken(kind), id, param))
    }

    /// Writes an object.
    pub fn put(&mut self, kind: &'static str, v: &Value) {
        self.remember(kind, s(v, "id"));
        self.st.write(kind, None, v);
    }

    /// Removes an object.
    pub fn remove(&mut self, kind: &'static str, id: &str) {
        self.remember(kind, id);
        self.st.take(kind, id);
    }

    /// Objects newest first; with `by`, only those whose indexed member has that value.
    pub fn all(&self, kind: &str, by: Option<(&'static str, &str)>) -> impl Iterator<Item = Value> + '_ {
        self.between(kind, by, None, None)
    }

    /// The same between two places in the order of creation, both exclusive.
    pub fn between(
        &self,
        kind: &str,
        by: Option<(&'static str, &str)>,
        after: Option<u64>,
        before: Option<u64>,
    ) -> impl Iterator<Item = Value> + '_ {
        let kind = kind.to_owned();
        let ids = self.st.ids(&kind, by, after, before);
        ids.into_iter().filter_map(move |id| self.st.read(&kind, &id))
    }

    /// Where an object stands in the order of creation.
    pub fn place(&self, kind: &str, id: &str) -> Option<u64> {
        self.st.text(kind, id).map(|t| t.0)
    }

    /// A new id: the same in every run with the same seed.
    pub fn id(&mut self, prefix: &str, len: usize) -> String {
        const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        self.st.ids += 1;
        let mut x = self.st.seed ^ self.st.ids.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut out = String::with_capacity(prefix.len() + len);
        out.push_str(prefix);
        let mut bits = 0;
        for i in 0..len {
            if i % 8 == 0 {
                x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
                bits = mix(x);
            }
            out.push(char::from(ALPHABET[usize::try_from(bits % 62).unwrap_or(0)]));
            bits /= 62;
        }
        out
    }

    /// A new object of a kind from its template, with id and `created`.
    pub fn fresh(&mut self, kind: &'static str, len: usize) -> Value {
        let prefix = KINDS.iter().find(|k| k.0 == kind).map_or("", |k| k.1);
        let id = self.id(prefix, len);
        let mut v = template(kind);
        v["id"] = json!(id);
        if v.get("created").is_some() {
            v["created"] = json!(self.now);
        }
        v
    }

    /// Adds a line to the charge journal, which nothing ever changes.
    pub fn journal(&mut self, mut line: Value) {
        line["at"] = json!(self.now);
        self.st.journal.push(line);
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Copies `metadata` from the parameters: null or an empty value removes.
pub fn merge_metadata(v: &mut Value, params: &Value) {
    match params.get("metadata") {
        None => {}
        Some(Value::Object(given)) => {
            if !v["metadata"].is_object() {
                v["metadata"] = json!({});
            }
            if let Some(map) = v["metadata"].as_object_mut() {
                for (k, x) in given {
                    match x {
                        Value::Null => {
                            map.shift_remove(k);
                        }
                        x => {
                            map.insert(k.clone(), x.clone());
                        }
                    }
                }
            }
        }
        Some(_) => v["metadata"] = Value::Object(Map::new()),
    }
}

/// Copies the named parameters as they are, when they were given.
pub fn copy(v: &mut Value, params: &Value, names: &[&str]) {
    for name in names {
        if let Some(x) = params.get(*name) {
            v[*name] = x.clone();
        }
    }
}
