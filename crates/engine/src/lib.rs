//! The use cases: each one transaction plus what follows from it.
