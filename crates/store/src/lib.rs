//! The only SQL: schema, rows and queries, on SQLite and PostgreSQL.
