//! People, clients and vendors: what their forms accept (§14, §25, TP1, TP3).

use crate::{
    AppError, AppResult, ClientId, PaymentType, Role, VendorId,
    access::Rights,
    email,
    error::{FieldError, Problem},
    services::{MAX_NAME, checked, words},
};
use serde::{Deserialize, Serialize};

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
    /// Names every wrong field. The alias must differ from the name: it is there to hide it (RQ7).
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidClient> {
        let mut wrong = Vec::new();
        let name = checked(&mut wrong, "name", words(&self.name, MAX_NAME));
        let alias = words(&self.alias, MAX_NAME).and_then(|alias| match &name {
            Some(name) if name.to_lowercase() == alias.to_lowercase() => Err(Problem::AliasIsName),
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

/// The vendor form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VendorForm {
    /// The vendor's name.
    pub name: String,
    /// Takes work.
    pub active: bool,
}

/// A vendor that may be saved. What TP1 forbids for Tri-POD is the use case's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidVendor {
    /// The vendor's name.
    pub name: String,
    /// Takes work.
    pub active: bool,
}

impl VendorForm {
    /// Names every wrong field.
    ///
    /// # Errors
    /// [`AppError::Invalid`].
    pub fn check(&self) -> AppResult<ValidVendor> {
        match words(&self.name, MAX_NAME) {
            Ok(name) => Ok(ValidVendor {
                name,
                active: self.active,
            }),
            Err(problem) => Err(AppError::field("name", problem)),
        }
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
        let name = checked(&mut wrong, "name", words(&self.name, MAX_NAME));
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
