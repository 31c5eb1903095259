//! What the store can answer besides rows, and which constraint was meant.

/// The result of a statement.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a statement did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A named constraint refused the row: the name is that of the migration on both databases.
    #[error("constraint {name} refused the row")]
    Constraint {
        /// The constraint's name.
        name: String,
        /// The database's own error, for the log.
        #[source]
        source: sqlx::Error,
    },
    /// A statement has not written the rows that it was meant to: what it rests on is not so, and nothing of the transaction
    /// may be committed.
    #[error("{written} rows were written and not {meant}")]
    Fewer {
        /// How many there should have been.
        meant: usize,
        /// How many there were.
        written: u64,
    },
    /// The database cannot do this.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else: the connection, a row that does not fit its type.
    #[error(transparent)]
    Database(sqlx::Error),
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
fn constraint_name(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
    if let Some(name) = error.constraint() {
        return Some(name.to_owned());
    }
    let message = error.message();
    if let Some(columns) = message.strip_prefix("UNIQUE constraint failed: ") {
        if let Some(index) = columns.strip_prefix("index '") {
            return Some(index.trim_end_matches('\'').to_owned());
        }
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
    (
        "request_files_once",
        "request_files.request_id, request_files.version, request_files.name, request_files.sha256",
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
