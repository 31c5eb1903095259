//! How sqlx binds and reads the domain's types: words, ids and days as text, money and instants as integers.
//!
//! Only trait implementations for the store; nothing here opens a connection.

#[doc(hidden)]
pub use sqlx;

/// Lets sqlx bind and read a type as its text.
#[doc(hidden)]
#[macro_export]
macro_rules! sql_text {
    ($name:ty) => {
        impl<DB: $crate::sql::sqlx::Database> $crate::sql::sqlx::Type<DB> for $name
        where
            String: $crate::sql::sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as $crate::sql::sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as $crate::sql::sqlx::Type<DB>>::compatible(ty)
            }
        }
        impl<'q, DB: $crate::sql::sqlx::Database> $crate::sql::sqlx::Encode<'q, DB> for $name
        where
            String: $crate::sql::sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as $crate::sql::sqlx::Database>::ArgumentBuffer,
            ) -> Result<$crate::sql::sqlx::encode::IsNull, $crate::sql::sqlx::error::BoxDynError> {
                <String as $crate::sql::sqlx::Encode<'q, DB>>::encode(self.to_string(), buf)
            }
        }
        impl<'r, DB: $crate::sql::sqlx::Database> $crate::sql::sqlx::Decode<'r, DB> for $name
        where
            &'r str: $crate::sql::sqlx::Decode<'r, DB>,
        {
            fn decode(
                value: <DB as $crate::sql::sqlx::Database>::ValueRef<'r>,
            ) -> Result<Self, $crate::sql::sqlx::error::BoxDynError> {
                Ok(<&'r str as $crate::sql::sqlx::Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    };
}

macro_rules! sql_integer {
    ($name:ty) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            i64: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <i64 as sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <i64 as sqlx::Type<DB>>::compatible(ty)
            }
        }
        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            i64: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <i64 as sqlx::Encode<'q, DB>>::encode_by_ref(&self.0, buf)
            }
        }
        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            i64: sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                <i64 as sqlx::Decode<'r, DB>>::decode(value).map(Self)
            }
        }
    };
}

sql_integer!(crate::Cents);

sql_integer!(crate::Instant);

crate::sql_text!(crate::LocalDay);

crate::sql_text!(crate::Currency);
