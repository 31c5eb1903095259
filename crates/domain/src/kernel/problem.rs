//! What can be wrong with a field, with its words.

use serde::{Deserialize, Serialize};

/// A word that is none of an enum's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind}: {word:?}")]
pub struct UnknownWord {
    /// The enum's name.
    pub kind: &'static str,
    /// The text met.
    pub word: String,
}

/// One field of a form and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// What is wrong.
    pub problem: Problem,
}

impl FieldError {
    /// A field and its problem.
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Self {
            field: field.into(),
            problem,
        }
    }
}

/// What can be wrong with one field. [`Problem::message`] is what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Nothing was given.
    Required,
    /// PE4.
    PackServiceRequired,
    /// PE4.
    PackQuantityInvalid,
    /// PE4: below the least price that a card can be charged.
    PackPriceTooLow,
    /// PE4: the service is not active.
    PackServiceInactive,
    /// PE3, PE4: a live pack of that service and quantity exists.
    PackDuplicate {
        /// "20 × Logo design".
        label: String,
        /// The pack that exists.
        pack_id: String,
    },
    /// Not an amount of money.
    MoneyInvalid,
    /// An amount that must be 0 or at least the least chargeable one (§16).
    MoneyZeroOrLeast,
    /// Not a whole number in the range.
    NumberRange {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// E5: so many units go beyond the pack, and what that costs cannot be paid here yet.
    BeyondNotCharged {
        /// What it would cost: "$50.00".
        amount: String,
    },
    /// Too many characters.
    TooLong {
        /// Most characters.
        max: usize,
    },
    /// Characters that are not seen, or that cannot be kept.
    Unreadable,
    /// Too few characters.
    TooShort {
        /// Least characters.
        min: usize,
    },
    /// Not an e-mail address.
    EmailInvalid,
    /// Somebody has this address already.
    EmailTaken,
    /// The password is one of the most common ones.
    PasswordCommon,
    /// The two do not match.
    PasswordMismatch,
    /// Not the present password.
    PasswordWrong,
    /// Not a calendar day.
    DateInvalid,
    /// A day in the past.
    DatePast {
        /// The first day that may be, as [`crate::Today`] says it.
        today: String,
    },
    /// A day in the future.
    DateFuture {
        /// The last day that may be, as [`crate::Today`] says it.
        today: String,
    },
    /// VP4: something that is said to be paid on this day accrued only later.
    DateBeforeAccrual {
        /// The first day that may be, as "Mar 10, 2027".
        day: String,
    },
    /// Somebody else has changed it since it was read; nothing of the form was saved.
    ChangedMeanwhile {
        /// What stands there now, as "$7.00"; empty: nothing any more.
        now: String,
    },
    /// None of the choices.
    ChoiceInvalid,
    /// The name is taken.
    NameTaken,
    /// More than one price may be.
    MoneyTooMuch,
    /// The password is the person's own address or the part before its `@`.
    PasswordIsEmail,
    /// The alias is there to hide the name (RQ7).
    AliasIsName,
    /// A field that the chosen role does not have.
    NotForRole,
    /// The last active person of a role that must not be empty.
    LastOfRole,
    /// The agency has taken this person's access away (§25).
    OffByStaff,
    /// RQ9: the client's attachments take all the room that there is.
    StorageFull,
    /// RQ2: a person's drafts.
    DraftsTooMany {
        /// At most.
        max: i64,
    },
    /// RQ9: no file was chosen.
    FilesMissing,
    /// RQ9: more files than one version, or one upload, may have.
    FilesTooMany {
        /// Most files.
        max: i64,
    },
    /// RQ9: the extension is none that we take.
    FileType {
        /// The file.
        name: String,
    },
    /// RQ9: the bytes are not what the extension promises.
    FileContent {
        /// The file.
        name: String,
    },
    /// RQ9: more than 50 MB.
    FileTooLarge {
        /// The file.
        name: String,
    },
    /// A logo is a PNG, a JPEG or an SVG that can be drawn.
    LogoInvalid,
    /// More bytes than a logo may have.
    LogoTooLarge,
    /// A logo of more pixels than are drawn.
    LogoPixels,
    /// Nothing is in it.
    FileEmpty {
        /// The file.
        name: String,
    },
    /// Its sending was broken off.
    FileCutOff {
        /// The file.
        name: String,
    },
    /// RQ4: nothing has been added to the version that is to be delivered.
    FileNeeded,
}

impl Problem {
    /// The code as SPEC.md names it, and as serde writes it.
    pub const fn code(&self) -> &'static str {
        match self {
            Problem::Required => "required",
            Problem::PackServiceRequired => "pack_service_required",
            Problem::PackQuantityInvalid => "pack_quantity_invalid",
            Problem::PackPriceTooLow => "pack_price_too_low",
            Problem::PackServiceInactive => "pack_service_inactive",
            Problem::PackDuplicate { .. } => "pack_duplicate",
            Problem::MoneyInvalid => "money_invalid",
            Problem::MoneyZeroOrLeast => "money_zero_or_least",
            Problem::NumberRange { .. } => "number_range",
            Problem::BeyondNotCharged { .. } => "beyond_not_charged",
            Problem::TooLong { .. } => "too_long",
            Problem::Unreadable => "unreadable",
            Problem::TooShort { .. } => "too_short",
            Problem::EmailInvalid => "email_invalid",
            Problem::EmailTaken => "email_taken",
            Problem::PasswordCommon => "password_common",
            Problem::PasswordMismatch => "password_mismatch",
            Problem::PasswordWrong => "password_wrong",
            Problem::DateInvalid => "date_invalid",
            Problem::DatePast { .. } => "date_past",
            Problem::DateFuture { .. } => "date_future",
            Problem::DateBeforeAccrual { .. } => "date_before_accrual",
            Problem::ChangedMeanwhile { .. } => "changed_meanwhile",
            Problem::ChoiceInvalid => "choice_invalid",
            Problem::NameTaken => "name_taken",
            Problem::MoneyTooMuch => "money_too_much",
            Problem::PasswordIsEmail => "password_is_email",
            Problem::AliasIsName => "alias_is_name",
            Problem::NotForRole => "not_for_role",
            Problem::LastOfRole => "last_of_role",
            Problem::OffByStaff => "off_by_staff",
            Problem::StorageFull => "storage_full",
            Problem::DraftsTooMany { .. } => "drafts_too_many",
            Problem::FilesMissing => "files_missing",
            Problem::FilesTooMany { .. } => "files_too_many",
            Problem::FileType { .. } => "file_type",
            Problem::FileContent { .. } => "file_content",
            Problem::FileTooLarge { .. } => "file_too_large",
            Problem::LogoInvalid => "logo_invalid",
            Problem::LogoTooLarge => "logo_too_large",
            Problem::LogoPixels => "logo_pixels",
            Problem::FileEmpty { .. } => "file_empty",
            Problem::FileCutOff { .. } => "file_cut_off",
            Problem::FileNeeded => "file_needed",
        }
    }

    /// The words beside the field.
    pub fn message(&self) -> String {
        match self {
            Problem::Required => "This field is required.".into(),
            Problem::PackServiceRequired => "Choose a service.".into(),
            Problem::PackQuantityInvalid => "Quantity must be a whole number from 1 to 10,000.".into(),
            Problem::PackPriceTooLow => "Price must be at least $0.50.".into(),
            Problem::PackServiceInactive => "This service is inactive. Activate it or choose another.".into(),
            Problem::PackDuplicate { label, .. } => format!("A pack with {label} already exists."),
            Problem::MoneyInvalid => "Enter an amount like 400 or 400.50.".into(),
            Problem::MoneyZeroOrLeast => "The amount must be 0 or at least $0.50.".into(),
            Problem::NumberRange { min, max } => format!("Enter a whole number from {min} to {max}."),
            Problem::BeyondNotCharged { amount } => format!(
                "{amount} isn't covered by a pack and can't be paid here yet. Order only what your pack covers, or contact us."
            ),
            Problem::TooLong { max } => format!("Use at most {max} characters."),
            Problem::Unreadable => "This contains hidden characters. Delete them or type it again.".into(),
            Problem::TooShort { min } => format!("Use at least {min} characters."),
            Problem::EmailInvalid => "Enter an email address like name@example.com.".into(),
            Problem::EmailTaken => "This email address is already in use.".into(),
            Problem::PasswordCommon => "This password is too common. Choose another.".into(),
            Problem::PasswordMismatch => "The passwords don't match.".into(),
            Problem::PasswordWrong => "This isn't your current password.".into(),
            Problem::DateInvalid => "Enter a date.".into(),
            Problem::DatePast { today } => format!("Choose {today} or later."),
            Problem::DateFuture { today } => format!("Choose {today} or earlier."),
            Problem::DateBeforeAccrual { day } => {
                format!("Choose {day} or later. One of the lines accrued then.")
            }
            Problem::ChangedMeanwhile { now } if now.is_empty() => {
                "Someone else removed this in the meantime. Save again to set it.".into()
            }
            Problem::ChangedMeanwhile { now } => {
                format!("Someone else set this to {now} in the meantime. Save again to replace it.")
            }
            Problem::ChoiceInvalid => "Choose one from the list.".into(),
            Problem::NameTaken => "This name is already in use.".into(),
            Problem::MoneyTooMuch => "The amount must be at most $999,999.99.".into(),
            Problem::PasswordIsEmail => "Choose a password that isn't your email address.".into(),
            Problem::AliasIsName => "Vendors see this instead of the name. Use something different.".into(),
            Problem::NotForRole => "Leave this blank for this role.".into(),
            Problem::LastOfRole => "No one else has this role. Give it to someone else first.".into(),
            Problem::OffByStaff => "We removed this access. Contact us to restore it.".into(),
            Problem::StorageFull => "You've used all 20 GB of your file space. Remove some files or contact us.".into(),
            Problem::DraftsTooMany { max } => format!("You have {max} drafts. Submit or delete one first."),
            Problem::FilesMissing => "Choose a file first.".into(),
            Problem::FilesTooMany { max } => format!("You can add up to {max} files."),
            Problem::FileType { name } => format!("We can't accept “{name}”. Try a PDF, an image or a ZIP."),
            Problem::FileContent { name } => format!("“{name}” doesn't match its file type. Export it again."),
            Problem::FileTooLarge { name } => format!("“{name}” is larger than 50 MB."),
            Problem::LogoInvalid => "We can't read this file. Send a PNG, a JPEG or an SVG.".into(),
            Problem::LogoTooLarge => "The logo must be smaller than 1 MB.".into(),
            Problem::LogoPixels => "The logo has too many pixels. Export it at 4,000 px or less.".into(),
            Problem::FileEmpty { name } => format!("“{name}” is empty."),
            Problem::FileCutOff { name } => format!("“{name}” was cut off on the way. Send it again."),
            Problem::FileNeeded => "Add at least one file first.".into(),
        }
    }
}
