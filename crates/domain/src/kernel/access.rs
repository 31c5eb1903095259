//! Who may do what (§25): roles and the capabilities that they carry. Scope (whose rows) is the query's part.

use serde::{Deserialize, Serialize};

crate::words! {
    /// The roles of §25. One person has one role.
    pub enum Role {
        /// Owns a client's account: subscribes, pays, invites.
        ClientOwner = "client_owner",
        /// Sends requests for a client.
        ClientMember = "client_member",
        /// Works for Tri-POD.
        InternalDesigner = "internal_designer",
        /// Runs a vendor.
        VendorManager = "vendor_manager",
        /// Works for a vendor.
        VendorDesigner = "vendor_designer",
        /// Runs the agency.
        Admin = "admin",
        /// Reads reports and marks money as paid.
        Accountant = "accountant",
        /// Sees what a client sees; changes nothing.
        Support = "support",
    }
}

impl Role {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Role::ClientOwner => "Client Owner",
            Role::ClientMember => "Client Member",
            Role::InternalDesigner => "Internal Designer",
            Role::VendorManager => "Vendor Manager",
            Role::VendorDesigner => "Vendor Designer",
            Role::Admin => "Admin",
            Role::Accountant => "Accountant",
            Role::Support => "Support",
        }
    }

    /// Belongs to a client.
    pub const fn is_client(self) -> bool {
        matches!(self, Role::ClientOwner | Role::ClientMember)
    }

    /// Belongs to a vendor.
    pub const fn is_vendor(self) -> bool {
        matches!(self, Role::VendorManager | Role::VendorDesigner)
    }

    /// Works for the agency.
    pub const fn is_staff(self) -> bool {
        !self.is_client() && !self.is_vendor()
    }

    /// Where this role lands after signing in.
    pub const fn home(self) -> &'static str {
        match self {
            Role::ClientOwner | Role::ClientMember => "/dashboard",
            Role::VendorManager | Role::VendorDesigner => "/vendor",
            Role::InternalDesigner => "/queue",
            Role::Admin | Role::Accountant | Role::Support => "/admin",
        }
    }
}

crate::words! {
    /// What can be done. Server functions and routes name one each.
    pub enum Capability {
        /// See the client's own dashboard and packs.
        ClientArea = "client_area",
        /// Subscribe, cards, invoices of one's client.
        Billing = "billing",
        /// Draft and submit requests for one's client.
        SubmitRequests = "submit_requests",
        /// See requests (scoped: own client, own vendor, or all).
        SeeRequests = "see_requests",
        /// Write internal notes and work on requests.
        WorkRequests = "work_requests",
        /// The admin home and its lists, read-only.
        SeeAdmin = "see_admin",
        /// Change services, packs, prices.
        ManageCatalogue = "manage_catalogue",
        /// Invite and change people, clients and vendors.
        ManagePeople = "manage_people",
        /// Tri-POD's queue of requests (TP5).
        SeeQueue = "see_queue",
        /// Assign packs and requests to vendors (admins, lead designers).
        AssignPacks = "assign_packs",
        /// Replace the vendor of a period that runs (AS7).
        ReplaceVendors = "replace_vendors",
        /// Profit and payment reports, mark as paid.
        Reports = "reports",
        /// Approve, correct and void what vendors are owed (VP4).
        DecidePayables = "decide_payables",
        /// Webhooks, integrity, audit log, mail, clock.
        Operate = "operate",
        /// The vendor's own area.
        VendorArea = "vendor_area",
        /// One's own account: sessions, password.
        OwnAccount = "own_account",
    }
}

/// What decides access besides the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The role.
    pub role: Role,
    /// An internal designer's lead right (§14).
    pub lead: bool,
}

/// Whether these rights carry a capability. The one table for routes and server functions.
pub const fn allowed(rights: Rights, capability: Capability) -> bool {
    use Capability as C;
    use Role as R;
    match (capability, rights.role) {
        (C::OwnAccount, _) => true,
        (C::SeeRequests, role) => !matches!(role, R::Accountant),
        (C::ClientArea | C::SubmitRequests, R::ClientOwner | R::ClientMember) => true,
        (C::Billing, R::ClientOwner) => true,
        (C::WorkRequests, R::InternalDesigner | R::Admin | R::VendorManager | R::VendorDesigner) => true,
        (C::SeeAdmin, R::Admin | R::Accountant | R::Support) => true,
        (C::ManageCatalogue | C::ManagePeople | C::Operate | C::ReplaceVendors | C::DecidePayables, R::Admin) => true,
        (C::SeeQueue, R::InternalDesigner | R::Admin) => true,
        (C::AssignPacks, R::Admin) => true,
        (C::AssignPacks, R::InternalDesigner) => rights.lead,
        (C::Reports, R::Admin | R::Accountant) => true,
        (C::VendorArea, R::VendorManager | R::VendorDesigner) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_roles_are_called_as_the_contract_calls_them() {
        for role in Role::ALL.iter().copied() {
            let word = role.label().to_lowercase().replace(' ', "_");
            assert_eq!(word, role.as_str());
        }
    }

    /// §25's whole table. One row for each capability; the columns are the roles in the order of `Role::ALL`:
    /// owner, member, internal designer, vendor manager, vendor designer, admin, accountant, support.
    /// `x` = yes, `.` = no, `l` = with the lead right only.
    const TABLE: &[(Capability, &str)] = &[
        (Capability::ClientArea, "xx......"),
        (Capability::Billing, "x......."),
        (Capability::SubmitRequests, "xx......"),
        (Capability::SeeRequests, "xxxxxx.x"),
        (Capability::WorkRequests, "..xxxx.."),
        (Capability::SeeAdmin, ".....xxx"),
        (Capability::ManageCatalogue, ".....x.."),
        (Capability::ManagePeople, ".....x.."),
        (Capability::SeeQueue, "..x..x.."),
        (Capability::AssignPacks, "..l..x.."),
        (Capability::ReplaceVendors, ".....x.."),
        (Capability::Reports, ".....xx."),
        (Capability::DecidePayables, ".....x.."),
        (Capability::Operate, ".....x.."),
        (Capability::VendorArea, "...xx..."),
        (Capability::OwnAccount, "xxxxxxxx"),
    ];

    #[test]
    fn s25_roles_and_capabilities() {
        assert_eq!(TABLE.len(), Capability::ALL.len());
        for capability in Capability::ALL.iter().copied() {
            let row = TABLE
                .iter()
                .find(|(c, _)| *c == capability)
                .map(|(_, row)| *row)
                .unwrap();
            assert_eq!(row.len(), Role::ALL.len());
            for (role, mark) in Role::ALL.iter().copied().zip(row.chars()) {
                for lead in [false, true] {
                    let expected = mark == 'x' || (mark == 'l' && lead);
                    assert_eq!(
                        allowed(Rights { role, lead }, capability),
                        expected,
                        "{role} {capability} lead={lead}"
                    );
                }
            }
        }
    }

    #[test]
    fn s25_support_changes_nothing() {
        let support = Rights {
            role: Role::Support,
            lead: true,
        };
        let may: Vec<_> = Capability::ALL
            .iter()
            .copied()
            .filter(|c| allowed(support, *c))
            .collect();
        assert_eq!(
            may,
            [Capability::SeeRequests, Capability::SeeAdmin, Capability::OwnAccount]
        );
    }

    #[test]
    fn s25_every_role_has_a_side_and_a_home() {
        for role in Role::ALL.iter().copied() {
            let sides = [role.is_client(), role.is_vendor(), role.is_staff()];
            assert_eq!(sides.iter().filter(|side| **side).count(), 1, "{role}");
            assert!(role.home().starts_with('/'));
            // The home is a page that the role may open.
            let needs = match role.home() {
                "/dashboard" => Capability::ClientArea,
                "/vendor" => Capability::VendorArea,
                "/queue" => Capability::SeeQueue,
                "/admin" => Capability::SeeAdmin,
                other => panic!("{other}"),
            };
            assert!(allowed(Rights { role, lead: false }, needs), "{role}");
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
    }
}
