//! What the store can answer besides rows, and which constraint was meant.

use sqlx::{migrate::MigrateError, postgres::PgDatabaseError};
use std::fmt;

/// The result of a statement.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a statement did not do what was asked.
///
/// Whatever is shown or logged of it, and of what is under it, names what the database was asked for and never what stands
/// in a row: PostgreSQL's details hold whole rows, and some of its messages a value.
pub enum StoreError {
    /// A named constraint refused the row: the name is that of the migration on both databases.
    Constraint {
        /// The constraint's name.
        name: String,
        /// The database's own error.
        source: sqlx::Error,
    },
    /// A statement has not written the rows that it was meant to: what it rests on is not so, and nothing of the transaction
    /// may be committed.
    Fewer {
        /// How many there should have been.
        meant: usize,
        /// How many there were.
        written: u64,
    },
    /// The database cannot do this.
    Unsupported(&'static str),
    /// The schema could not be brought up to date.
    Migration(MigrateError),
    /// Anything else: the connection, a row that does not fit its type.
    Database(sqlx::Error),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Constraint { name, .. } => write!(f, "constraint {name} refused the row"),
            StoreError::Fewer { meant, written } => write!(f, "{written} rows were written and not {meant}"),
            StoreError::Unsupported(what) => f.write_str(what),
            StoreError::Migration(MigrateError::Execute(error)) => write!(f, "migration: {}", Harmless(error)),
            StoreError::Migration(MigrateError::ExecuteMigration(error, number)) => {
                write!(f, "migration {number}: {}", Harmless(error))
            }
            StoreError::Migration(error) => write!(f, "migration: {error}"),
            StoreError::Database(error) => Harmless(error).fmt(f),
        }
    }
}

/// No more than [`Display`](fmt::Display) says: logs write both.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreError({self})")
    }
}

/// What is under it is told by its words alone: whoever prints a chain of causes would print the row.
impl std::error::Error for StoreError {}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        StoreError::Migration(error)
    }
}

/// PostgreSQL's classes of errors whose messages speak of the connection, the statement or the server: 08 connection, 40
/// rollback, 42 syntax and rights, 53 resources, 55 state, 57 operator, 58 system, XX internal. All others (22 data, 23
/// constraints, P0 raised) may hold a value.
const SPEAKING: &[&str] = &["08", "40", "42", "53", "55", "57", "58", "XX"];

/// An error of the database in words that hold nothing of a row.
struct Harmless<'a>(&'a sqlx::Error);

impl fmt::Display for Harmless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default();
                write!(f, "the database refused ({code})")?;
                for (what, name) in [("constraint", error.constraint()), ("table", error.table())] {
                    if let Some(name) = name {
                        write!(f, ", {what} {name}")?;
                    }
                }
                // SQLite's messages name tables and columns, never a value.
                let postgres = error.try_downcast_ref::<PgDatabaseError>().is_some();
                if !postgres || SPEAKING.iter().any(|class| code.starts_with(class)) {
                    write!(f, ": {}", error.message())?;
                }
                Ok(())
            }
            sqlx::Error::ColumnDecode { index, source } => {
                write!(f, "column {index} cannot be read{}", of_types(source.as_ref()))
            }
            sqlx::Error::Decode(source) => write!(f, "a value cannot be read{}", of_types(source.as_ref())),
            sqlx::Error::Encode(source) => write!(f, "a value cannot be sent{}", of_types(source.as_ref())),
            other => other.fmt(f),
        }
    }
}

/// The cause where it speaks of types; one that speaks of a value stays unsaid.
fn of_types(cause: &(dyn std::error::Error + Send + Sync)) -> String {
    let words = cause.to_string();
    let types = words.starts_with("mismatched types") || words.starts_with("unexpected null");
    if types { format!(": {words}") } else { String::new() }
}

impl StoreError {
    /// Whether a certain constraint refused the row.
    pub fn is_constraint(&self, wanted: &str) -> bool {
        matches!(self, StoreError::Constraint { name, .. } if name == wanted)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        match &source {
            sqlx::Error::Database(error) => match constraint_name(error.as_ref()) {
                Some(name) => StoreError::Constraint { name, source },
                None => StoreError::Database(source),
            },
            _ => StoreError::Database(source),
        }
    }
}

/// PostgreSQL names the constraint. SQLite names a check, a partial unique index or a trigger's message, but for a
/// unique column only "table.column, table.column": those are looked up.
///
/// A name is taken by its letters or by what its spellings have in common: that is one rule, with one name.
fn constraint_name(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
    if let Some(name) = error.constraint() {
        return Some(name.replace("_folded", ""));
    }
    let message = error.message();
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        if let Some(index) = columns.strip_prefix("index '") {
            return Some(index.trim_end_matches('\'').to_owned());
        }
        let columns = columns.trim_end_matches("_folded");
        let known = UNIQUE_COLUMNS
            .iter()
            .find(|(_, cols)| *cols == columns)
            .map(|(name, _)| (*name).to_owned());
        return Some(known.unwrap_or_else(|| columns.to_owned()));
    }
    if let Some(name) = message.strip_prefix("CHECK constraint failed: ") {
        return Some(name.to_owned());
    }
    if message == "FOREIGN KEY constraint failed" {
        return Some("foreign_key".to_owned());
    }
    const TRIGGERS: &[&str] = &[
        "consumption_ledger_append_only",
        "uses_append_only",
        "period_lines_immutable",
        "audit_log_append_only",
        "pack_versions_immutable",
        "vendor_internal_required",
        "request_deliveries_append_only",
        "vendor_pack_payments_immutable",
        "request_versions_append_only",
        "request_files_delivered",
        "vendor_payables_immutable",
        "vendor_payables_forward",
    ];
    TRIGGERS
        .iter()
        .find(|name| message == **name)
        .map(|name| (*name).to_owned())
}

/// The unique constraints that the code asks for by name, as SQLite words them.
const UNIQUE_COLUMNS: &[(&str, &str)] = &[
    ("meters_key_unique", "meters.key"),
    ("services_name_unique", "services.name"),
    ("clients_name_unique", "clients.name"),
    ("clients_alias_unique", "clients.alias"),
    ("clients_stripe_customer_unique", "clients.stripe_customer_id"),
    ("vendors_slug_unique", "vendors.slug"),
    ("vendors_name_unique", "vendors.name"),
    ("vendors_one_internal", "vendors.kind"),
    ("users_email_unique", "users.email"),
    (
        "held_invitations_once",
        "held_invitations.client_id, held_invitations.email",
    ),
    ("packs_service_quantity_unique", "packs.service_id, packs.quantity"),
    (
        "pack_versions_number_unique",
        "pack_versions.pack_id, pack_versions.version",
    ),
    ("pack_versions_stripe_price_unique", "pack_versions.stripe_price_id"),
    ("subscriptions_one_live", "subscriptions.client_id, subscriptions.slot"),
    ("subscriptions_stripe_unique", "subscriptions.stripe_subscription_id"),
    ("periods_seq_unique", "periods.subscription_id, periods.seq"),
    ("periods_invoice_unique", "periods.stripe_invoice_id"),
    (
        "allowances_window_unique",
        "allowances.period_id, allowances.window_no, allowances.meter_id, allowances.service_id",
    ),
    ("credit_batches_allowance_unique", "credit_batches.allowance_id"),
    (
        "service_requests_form_key_unique",
        "service_requests.client_id, service_requests.form_key",
    ),
    ("consumption_ledger_idem_unique", "consumption_ledger.idem_key"),
    ("charge_lines_idem_unique", "charge_lines.idem_key"),
    ("charge_lines_one_per_request", "charge_lines.request_id"),
    (
        "royalty_deductions_source_unique",
        "royalty_deductions.kind, royalty_deductions.source_id",
    ),
    (
        "request_messages_form_key_unique",
        "request_messages.request_id, request_messages.author_id, request_messages.form_key",
    ),
    ("request_files_object_unique", "request_files.object_key"),
    ("checkout_sessions_one_open", "checkout_sessions.subscription_id"),
    ("stripe_operations_key_unique", "stripe_operations.key"),
    ("outbox_dedupe_unique", "outbox.dedupe_key"),
    ("mails_dedupe_unique", "mails.dedupe_key"),
    ("alarms_dedupe_unique", "alarms.dedupe_key"),
    (
        "vendor_payables_nth",
        "vendor_payables.corrects_id, vendor_payables.nth",
    ),
    ("payable_queries_one_open", "payable_queries.payable_id"),
];
