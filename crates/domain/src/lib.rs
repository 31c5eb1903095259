//! The pure rules and words of the product.
//!
//! Everything here is a plain value or a pure function: no I/O, no clock, no async, no time zone data
//! (a zone is handed in). It compiles to WASM and to the host, so the client may show what the server decides.
//! What must not be here: SQL, Stripe's types, HTTP, reading the time.
//!
//! The rooms are those of `engine`, in the same order: *kernel* < *people* < *catalogue* < *billing* < *allowance* <
//! *subscriptions* < *payables* < *assignment* < *work* < *search* < *reports* < *operate*. What the kernel has is reached from here.

/// Lets sqlx bind and read a type as its text; nothing without the feature `sql`.
#[cfg(not(feature = "sql"))]
#[doc(hidden)]
#[macro_export]
macro_rules! sql_text {
    ($name:ty) => {};
}

pub mod allowance;
pub mod assignment;
pub mod billing;
pub mod catalogue;
pub mod kernel;
pub mod notices;
pub mod operate;
pub mod payables;
pub mod people;
pub mod reports;
pub mod search;
pub mod subscriptions;
pub mod work;

pub use allowance::{coverage::BatchSource, receipt::CoverageReceipt};
pub use catalogue::pack::PackLabel;
#[cfg(feature = "sql")]
#[doc(hidden)]
pub use kernel::sql;
pub use kernel::{
    access::{self, Capability, Role},
    agency, email,
    error::{self, AppError, AppResult, FieldError},
    facts::{self, Coverage, Quote, Split},
    form,
    ids::{self, *},
    list,
    money::{self, Cents, Currency},
    seen, shown, spelling,
    standing::{self, PaymentType, Rail, SubscriptionStatus},
    text,
    time::{self, BusinessZone, Instant, LocalDay, Today},
};
pub use subscriptions::{PeriodPayment, period::Period};
pub use work::request::{RequestStatus, Transition};

/// Declares an enum of words that stand as text in the database, in URLs and in JSON: one spelling for all.
///
/// Gives `as_str`, `ALL`, `Display`, `FromStr`, `TryFrom<String>` (what the store's rows use) and serde.
#[macro_export]
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        $vis enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word as it stands in the database and in URLs.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text),+ } }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::error::UnknownWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err($crate::error::UnknownWord { kind: stringify!($name), word: text.to_owned() }),
                }
            }
        }

        $crate::sql_text!($name);

        impl TryFrom<String> for $name {
            type Error = $crate::error::UnknownWord;
            fn try_from(text: String) -> Result<Self, Self::Error> { text.parse() }
        }
    };
}
