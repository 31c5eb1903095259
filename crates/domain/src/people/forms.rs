//! People, clients and vendors: what their forms accept (§14, §25, TP1, TP3).

use crate::{
    AppError, AppResult, ClientId, PaymentType, Role, VendorId,
    access::Rights,
    agency::Accent,
    email,
    error::{FieldError, Problem},
    form::{MAX_NAME, checked},
    text,
};
use serde::{Deserialize, Serialize};

/// Characters of a vendor's phone number, at most.
pub const MAX_PHONE: usize = 40;

/// Characters of what staff note of a vendor, at most.
pub const MAX_NOTES: usize = 2_000;

/// The client form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientForm {
    /// The company's name.
    pub name: String,
    /// What vendors read in its place (RQ7, AS10).
    pub alias: String,
    /// `pay_as_you_go`, `monthly` or `royalties`.
    pub payment_type: String,
}

/// A client that may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidClient {
    /// The company's name.
    pub name: String,
    /// What vendors read in its place.
    pub alias: String,
    /// How it pays for what goes beyond its packs (§16).
    pub payment_type: PaymentType,
}

impl ClientForm {
    /// Names every wrong field. The alias must differ from the name in more than its spelling: it is there to hide it (RQ7).
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidClient> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", text::line(&self.name, MAX_NAME));
        let alias = text::line(&self.alias, MAX_NAME).and_then(|alias| match &name {
            Some(name) if text::fold(name) == text::fold(&alias) => Err(Problem::AliasIsName),
            _ => Ok(alias),
        });
        let alias = checked(&mut wrong, "alias", alias);
        let payment_type = checked(
            &mut wrong,
            "payment_type",
            self.payment_type.parse().map_err(|_| Problem::ChoiceInvalid),
        );
        match (name, alias, payment_type) {
            (Some(name), Some(alias), Some(payment_type)) => Ok(ValidClient {
                name,
                alias,
                payment_type,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// Who owns a new client, as typed; both blank: somebody is invited later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnerForm {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// An owner who may be invited: name and address.
pub type ValidOwner = (String, String);

impl ClientForm {
    /// The same with the owner who is invited along. Names every wrong field of both, the owner's as `owner_name` and
    /// `owner_email`.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check_with(&self, owner: &OwnerForm) -> AppResult<(ValidClient, Option<ValidOwner>)> {
        let client = self.check();
        let nobody = owner.name.trim().is_empty() && owner.email.trim().is_empty();
        if nobody {
            return client.map(|client| (client, None));
        }
        let mut wrong = match &client {
            Err(AppError::Invalid { fields }) => fields.clone(),
            _ => Vec::new(),
        };
        let name = checked(&mut wrong, "owner_name", text::line(&owner.name, MAX_NAME));
        let email = checked(&mut wrong, "owner_email", email::check(&owner.email));
        match name.zip(email) {
            Some(owner) if wrong.is_empty() => Ok((client?, Some(owner))),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// The first alias of the kind "Client 319" after those that are taken, which are folded: names that hide whose they are (RQ7).
pub fn next_alias<'a>(taken: impl IntoIterator<Item = &'a str>) -> String {
    let numbers = taken
        .into_iter()
        .filter_map(|alias| alias.strip_prefix("client ")?.parse::<u32>().ok());
    let last = numbers.max().unwrap_or(100);
    format!("Client {}", u64::from(last) + 1)
}

/// The vendor form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VendorForm {
    /// The vendor's name.
    pub name: String,
    /// Where staff write to; may be empty.
    pub email: String,
    /// Where staff call; may be empty.
    pub phone: String,
    /// What staff should know.
    pub notes: String,
    /// Takes work.
    pub active: bool,
}

/// A vendor that may be saved. What TP1 forbids for Tri-POD is the use case's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidVendor {
    /// The vendor's name.
    pub name: String,
    /// Where staff write to.
    pub email: String,
    /// Where staff call.
    pub phone: String,
    /// What staff should know.
    pub notes: String,
    /// Takes work.
    pub active: bool,
}

impl VendorForm {
    /// Names every wrong field.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidVendor> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", text::line(&self.name, MAX_NAME));
        let email = match self.email.trim() {
            "" => Some(String::new()),
            typed => checked(&mut wrong, "email", email::check(typed)),
        };
        let phone = match self.phone.trim() {
            "" => Some(String::new()),
            typed => checked(&mut wrong, "phone", text::line(typed, MAX_PHONE)),
        };
        let notes = checked(&mut wrong, "notes", text::lines(self.notes.trim(), MAX_NOTES));
        match (name, email, phone, notes) {
            (Some(name), Some(email), Some(phone), Some(notes)) => Ok(ValidVendor {
                name,
                email,
                phone,
                notes,
                active: self.active,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// The form for the agency as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgencyForm {
    /// The agency's name, which is that of the in-house vendor too.
    pub name: String,
    /// A word of [`Accent`].
    pub accent: String,
    /// Where answers to mails go; may be empty.
    pub reply_to: String,
    /// SU8: clients read who does their work.
    pub shows_vendor_names: bool,
    /// The logo goes.
    pub drops_logo: bool,
}

/// What the agency may be changed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidAgency {
    /// Its name.
    pub name: String,
    /// Its color.
    pub accent: Accent,
    /// Where answers to mails go; may be empty.
    pub reply_to: String,
    /// SU8.
    pub shows_vendor_names: bool,
    /// The logo goes.
    pub drops_logo: bool,
}

impl AgencyForm {
    /// Names every wrong field.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidAgency> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", text::line(&self.name, MAX_NAME));
        let accent = checked(
            &mut wrong,
            "accent",
            self.accent.parse().map_err(|_| Problem::ChoiceInvalid),
        );
        let reply_to = match self.reply_to.trim() {
            "" => Some(String::new()),
            typed => checked(&mut wrong, "reply_to", email::check(typed)),
        };
        match (name, accent, reply_to) {
            (Some(name), Some(accent), Some(reply_to)) => Ok(ValidAgency {
                name,
                accent,
                reply_to,
                shows_vendor_names: self.shows_vendor_names,
                drops_logo: self.drops_logo,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }
}

/// Bytes of a logo, at most.
pub const MAX_LOGO: usize = 1024 * 1024;

/// What kind of picture a logo is, by what it begins with: PNG, JPEG or SVG. What it is called does not count.
pub fn logo_kind(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(4096)];
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if head.windows(4).any(|four| four == b"<svg") {
        Some("image/svg+xml")
    } else {
        None
    }
}

/// The form for a person (invitation and change) as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonForm {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// A role's word.
    pub role: String,
    /// The client's id, for the client roles.
    pub client: String,
    /// The vendor's id, for the vendor roles.
    pub vendor: String,
    /// The lead right (§14), for an internal designer.
    pub lead: bool,
}

/// Where a person belongs. One and only one of these, so that a scope can never be two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Home {
    /// The agency.
    Agency,
    /// A client.
    Client(ClientId),
    /// An external vendor.
    Vendor(VendorId),
}

/// A person who may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidPerson {
    /// Their name.
    pub name: String,
    /// Their address, as [`email::check`] keeps it.
    pub email: String,
    /// Role and lead right.
    pub rights: Rights,
    /// Where they belong.
    pub home: Home,
}

impl PersonForm {
    /// Names every wrong field. A client role needs a client, a vendor role a vendor, and the others neither. Whether
    /// the address is free and the client or vendor exists is the use case's part.
    ///
    /// # Errors
    /// [`AppError::DesignerAlreadyInternal`] for an internal designer with a vendor (TP3), else [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidPerson> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", text::line(&self.name, MAX_NAME));
        let email = checked(&mut wrong, "email", email::check(&self.email));
        let role = checked(
            &mut wrong,
            "role",
            self.role.parse::<Role>().map_err(|_| Problem::ChoiceInvalid),
        );
        let home = role.and_then(|role| self.home(role, &mut wrong));
        if role == Some(Role::InternalDesigner) && !self.vendor.trim().is_empty() {
            return Err(AppError::DesignerAlreadyInternal);
        }
        if self.lead && role.is_some_and(|role| role != Role::InternalDesigner) {
            wrong.push(FieldError::new("lead", Problem::NotForRole));
        }
        match (name, email, role, home) {
            (Some(name), Some(email), Some(role), Some(home)) if wrong.is_empty() => Ok(ValidPerson {
                name,
                email,
                rights: Rights { role, lead: self.lead },
                home,
            }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }

    fn home(&self, role: Role, wrong: &mut Vec<FieldError>) -> Option<Home> {
        let (client, vendor) = (self.client.trim(), self.vendor.trim());
        if !role.is_client() && !client.is_empty() {
            wrong.push(FieldError::new("client", Problem::NotForRole));
        }
        if !role.is_vendor() && !vendor.is_empty() {
            wrong.push(FieldError::new("vendor", Problem::NotForRole));
        }
        let home = if role.is_client() {
            client.parse().map(Home::Client).map_err(|_| "client")
        } else if role.is_vendor() {
            vendor.parse().map(Home::Vendor).map_err(|_| "vendor")
        } else {
            Ok(Home::Agency)
        };
        home.map_err(|field| wrong.push(FieldError::new(field, Problem::ChoiceInvalid)))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00000000-0000-4000-8000-000000000001";

    fn person(role: Role) -> PersonForm {
        PersonForm {
            name: "Ana".into(),
            email: "Ana@Example.com".into(),
            role: role.to_string(),
            client: if role.is_client() { ID.into() } else { String::new() },
            vendor: if role.is_vendor() { ID.into() } else { String::new() },
            lead: false,
        }
    }

    fn fields<T: std::fmt::Debug>(result: AppResult<T>) -> Vec<String> {
        match result {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| f.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn s25_every_role_belongs_to_one_place_only() {
        for role in Role::ALL.iter().copied() {
            let good = person(role);
            let valid = good.check().unwrap();
            assert_eq!(valid.rights, Rights { role, lead: false });
            assert_eq!(valid.email, "ana@example.com");
            let home = if role.is_client() {
                Home::Client(ID.parse().unwrap())
            } else if role.is_vendor() {
                Home::Vendor(ID.parse().unwrap())
            } else {
                Home::Agency
            };
            assert_eq!(valid.home, home);

            let homeless = PersonForm {
                client: String::new(),
                vendor: String::new(),
                ..good.clone()
            };
            assert_eq!(homeless.check().is_ok(), home == Home::Agency, "{role}");
            let both = PersonForm {
                client: ID.into(),
                vendor: ID.into(),
                ..good.clone()
            };
            assert!(both.check().is_err(), "{role}");
        }
    }

    #[test]
    fn tp3_an_internal_designer_has_no_external_vendor() {
        let form = PersonForm {
            vendor: ID.into(),
            ..person(Role::InternalDesigner)
        };
        assert_eq!(form.check(), Err(AppError::DesignerAlreadyInternal));
    }

    #[test]
    fn s14_only_internal_designers_lead() {
        for role in Role::ALL.iter().copied() {
            let form = PersonForm {
                lead: true,
                ..person(role)
            };
            match form.check() {
                Ok(valid) => assert_eq!(
                    valid.rights,
                    Rights {
                        role: Role::InternalDesigner,
                        lead: true
                    }
                ),
                refused => assert_eq!(fields(refused), ["lead"], "{role}"),
            }
        }
    }

    #[test]
    fn s25_every_wrong_field_is_named() {
        let form = PersonForm {
            role: "king".into(),
            ..PersonForm::default()
        };
        assert_eq!(fields(form.check()), ["name", "email", "role"]);
    }

    #[test]
    fn rq7_the_alias_hides_the_name() {
        let form = ClientForm {
            name: "Acme Ltd".into(),
            alias: " ACME  ltd ".into(),
            payment_type: "monthly".into(),
        };
        for (alias, problem) in [
            (" ACME  ltd ", Problem::AliasIsName),
            ("Acme\u{a0}Ltd", Problem::AliasIsName),
            ("Ａｃｍｅ Ltd", Problem::AliasIsName),
            ("Ac\u{200d}me Ltd", Problem::AliasIsName),
            ("Acme Ltd\u{200b}", Problem::Unreadable),
            ("\u{2800}", Problem::Unreadable),
        ] {
            let form = ClientForm {
                alias: alias.into(),
                ..form.clone()
            };
            assert_eq!(form.check(), Err(AppError::field("alias", problem)), "{alias:?}");
        }
        let good = ClientForm {
            alias: "Client 7".into(),
            ..form
        };
        assert_eq!(good.check().unwrap().payment_type, PaymentType::Monthly);
        assert_eq!(fields(ClientForm::default().check()), ["name", "alias", "payment_type"]);
    }

    #[test]
    fn rq7_the_next_alias_is_one_that_nobody_has() {
        assert_eq!(next_alias([]), "Client 101");
        assert_eq!(next_alias(["client 7"]), "Client 8");
        assert_eq!(
            next_alias(["client 318", "client 20", "client north", "acme 900"]),
            "Client 319"
        );
        assert_eq!(
            next_alias(["client 99999999999999", "client 4294967295"]),
            "Client 4294967296"
        );
    }

    #[test]
    fn s25_an_owner_goes_along_with_both_or_with_nothing() {
        let client = ClientForm {
            name: "Acme".into(),
            alias: "Client 7".into(),
            payment_type: "monthly".into(),
        };
        let owner = |name: &str, email: &str| OwnerForm {
            name: name.into(),
            email: email.into(),
        };
        assert_eq!(client.check_with(&owner(" ", "")).unwrap().1, None);
        assert_eq!(
            client.check_with(&owner(" Ana ", "Ana@Acme.test")).unwrap().1,
            Some(("Ana".to_owned(), "ana@acme.test".to_owned()))
        );
        assert_eq!(fields(client.check_with(&owner("Ana", ""))), ["owner_email"]);
        assert_eq!(fields(client.check_with(&owner("", "ana@acme.test"))), ["owner_name"]);
        let none = ClientForm::default();
        assert_eq!(
            fields(none.check_with(&owner("Ana", "nowhere"))),
            ["name", "alias", "payment_type", "owner_email"]
        );
    }

    #[test]
    fn su8_the_agency_needs_a_name_a_known_color_and_an_address_that_is_one() {
        let wrong = AgencyForm {
            accent: "pink".into(),
            reply_to: "nowhere".into(),
            ..AgencyForm::default()
        };
        assert_eq!(fields(wrong.check()), ["name", "accent", "reply_to"]);
        let good = AgencyForm {
            name: " Acme Studio ".into(),
            accent: "plum".into(),
            reply_to: " Hello@Acme.test ".into(),
            shows_vendor_names: true,
            drops_logo: false,
        };
        assert_eq!(
            good.check(),
            Ok(ValidAgency {
                name: "Acme Studio".into(),
                accent: Accent::Plum,
                reply_to: "hello@acme.test".into(),
                shows_vendor_names: true,
                drops_logo: false
            })
        );
    }

    #[test]
    fn a_logo_is_what_it_begins_with() {
        assert_eq!(logo_kind(b"\x89PNG\r\n\x1a\nrest"), Some("image/png"));
        assert_eq!(logo_kind(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(logo_kind(b"<?xml version=\"1.0\"?><svg/>"), Some("image/svg+xml"));
        for other in [&b""[..], b"GIF89a", b"%PDF-1.7", b"<html>"] {
            assert_eq!(logo_kind(other), None);
        }
    }

    #[test]
    fn vendor_needs_a_name() {
        assert_eq!(
            VendorForm::default().check(),
            Err(AppError::field("name", Problem::Required))
        );
        let form = VendorForm {
            name: " PixelCo ".into(),
            email: " Studio@PixelCo.test ".into(),
            phone: String::new(),
            notes: " Quick. ".into(),
            active: true,
        };
        assert_eq!(
            form.check(),
            Ok(ValidVendor {
                name: "PixelCo".into(),
                email: "studio@pixelco.test".into(),
                phone: String::new(),
                notes: "Quick.".into(),
                active: true
            })
        );
        let wrong = VendorForm {
            name: "PixelCo".into(),
            email: "nowhere".into(),
            phone: "0".repeat(MAX_PHONE + 1),
            notes: "x".repeat(MAX_NOTES + 1),
            active: true,
        };
        assert_eq!(fields(wrong.check()), ["email", "phone", "notes"]);
    }
}
