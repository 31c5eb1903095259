//! Whose product it is: the agency's name, logo and accent color, and how its clients read who works for them (SU8). It stands
//! in the kernel because every page and every mail shows it; changing it is of people.

use crate::{VendorId, access::Role};
use serde::{Deserialize, Serialize};

crate::words! {
    /// The color of what can be pressed. Each has a value for light and one for dark grounds in the style sheet, and reaches the
    /// ratio of 4.5 : 1 on both.
    pub enum Accent {
        /// The product's own.
        Petrol = "petrol",
        /// Blue.
        Blue = "blue",
        /// Between blue and violet.
        Indigo = "indigo",
        /// Violet.
        Violet = "violet",
        /// Between violet and red.
        Plum = "plum",
        /// A brown red.
        Rust = "rust",
        /// A dark green.
        Forest = "forest",
        /// Nearly gray.
        Slate = "slate",
    }
}

impl Accent {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Accent::Petrol => "Petrol",
            Accent::Blue => "Blue",
            Accent::Indigo => "Indigo",
            Accent::Violet => "Violet",
            Accent::Plum => "Plum",
            Accent::Rust => "Rust",
            Accent::Forest => "Forest",
            Accent::Slate => "Slate",
        }
    }

    /// For light grounds, as mails and the style sheet write it: "#006c72".
    pub const fn on_light(self) -> &'static str {
        match self {
            Accent::Petrol => "#006c72",
            Accent::Blue => "#215da5",
            Accent::Indigo => "#504eaf",
            Accent::Violet => "#7241a0",
            Accent::Plum => "#8e3776",
            Accent::Rust => "#904529",
            Accent::Forest => "#2c6d3e",
            Accent::Slate => "#525e72",
        }
    }

    /// For dark grounds.
    pub const fn on_dark(self) -> &'static str {
        match self {
            Accent::Petrol => "#49b8b8",
            Accent::Blue => "#73b0ee",
            Accent::Indigo => "#9da3ef",
            Accent::Violet => "#bc97e8",
            Accent::Plum => "#dd8cc3",
            Accent::Rust => "#e5946f",
            Accent::Forest => "#6fc082",
            Accent::Slate => "#a0acbe",
        }
    }
}

/// What every page shows of the agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Its name.
    pub name: String,
    /// Its color.
    pub accent: Accent,
    /// The hash of its logo.
    pub logo: Option<String>,
}

impl Brand {
    /// Where browsers find the logo: "/brand/5f1c…". What stands there never changes.
    pub fn logo_path(&self) -> Option<String> {
        self.logo.as_ref().map(|hash| format!("/brand/{hash}"))
    }
}

/// Of a page that knows nothing of the agency yet.
impl Default for Brand {
    fn default() -> Self {
        Brand {
            name: PRODUCT.to_owned(),
            accent: Accent::Petrol,
            logo: None,
        }
    }
}

/// The product's own name: at the foot of pages and mails.
pub const PRODUCT: &str = "Monthly Packs";

/// Who works for a client, where clients read no names (SU8).
pub const TEAM: &str = "Your team";

/// SU8: how a client reads a vendor or designer; `shown`: the agency lets clients read who works for them.
pub fn for_client(name: String, shown: bool) -> String {
    if shown { name } else { TEAM.to_owned() }
}

/// SU8: how a client reads somebody who had to do with their work; the agency's others are always read by their names.
fn person_for_client(role: Role, name: String, shown: bool) -> String {
    if role.is_vendor() || role == Role::InternalDesigner {
        for_client(name, shown)
    } else {
        name
    }
}

/// Who reads of people that have to do with a request.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// A client's people; `shown`: the agency lets clients read who works for them (SU8).
    Client {
        /** The agency's switch. */
        shown: bool,
    },
    /// A vendor outside, which knows the client by its alias (RQ7).
    Vendor {
        /** Which. */
        vendor: Option<VendorId>,
        /** The client's name for vendors. */
        alias: &'a str,
    },
    /// The agency's people.
    Agency,
}

impl Reader<'_> {
    /// How somebody of a role, who works for that vendor, is read. RQ7: vendors learn neither the names of the client's people nor
    /// those of another vendor's. SU8: clients learn who works for them only where the agency lets them.
    pub fn reads(self, role: Role, of: Option<VendorId>, name: String) -> String {
        match self {
            Reader::Client { shown } => person_for_client(role, name, shown),
            Reader::Agency => name,
            Reader::Vendor { alias, .. } if role.is_client() => alias.to_owned(),
            Reader::Vendor { vendor, .. } if of.is_some() && of != vendor => "Another vendor".to_owned(),
            Reader::Vendor { .. } => name,
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_arithmetic, reason = "contrast is a ratio of light")]
mod tests {
    use super::*;

    #[test]
    fn a_brand_says_where_its_logo_is_and_how_its_color_is_called() {
        let brand = |logo: Option<&str>| Brand {
            logo: logo.map(str::to_owned),
            ..Brand::default()
        };
        assert_eq!(brand(Some("5f1c")).logo_path().as_deref(), Some("/brand/5f1c"));
        assert_eq!(brand(None).logo_path(), None);
        for accent in Accent::ALL.iter().copied() {
            assert_eq!(accent.label().to_lowercase(), accent.as_str());
        }
    }

    fn luminance(color: &str) -> f64 {
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&color[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn ratio(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The grounds are the bases and the raised ground of both themes in the style sheet, and white for mails.
    #[test]
    fn every_accent_can_be_read_on_every_ground() {
        for accent in Accent::ALL.iter().copied() {
            for ground in ["#fdfcf9", "#f8f7f3", "#ffffff"] {
                assert!(ratio(accent.on_light(), ground) >= 4.5, "{accent} on {ground}");
            }
            for ground in ["#111419", "#191d24", "#171b21", "#021819"] {
                assert!(ratio(accent.on_dark(), ground) >= 4.5, "{accent} on {ground}");
            }
        }
        assert!(ratio("#ffffff", "#000000") > 20.9 && ratio("#777777", "#ffffff") < 4.5);
    }

    #[test]
    fn the_style_sheet_has_every_accent() {
        let style = include_str!("../../../../style/main.css");
        for accent in Accent::ALL.iter().copied().filter(|accent| *accent != Accent::Petrol) {
            let rule = format!(
                "[data-accent=\"{accent}\"] {{ --accent-light: {}; --accent-dark: {}; }}",
                accent.on_light(),
                accent.on_dark()
            );
            assert!(style.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn su8_clients_read_names_only_where_the_agency_lets_them() {
        assert_eq!(for_client("PixelCo".into(), false), "Your team");
        assert_eq!(for_client("PixelCo".into(), true), "PixelCo");
        for role in Role::ALL.iter().copied() {
            let hidden = person_for_client(role, "Paula".into(), false) == TEAM;
            let makes = matches!(
                role,
                Role::VendorManager | Role::VendorDesigner | Role::InternalDesigner
            );
            assert_eq!(hidden, makes, "{role}");
            assert_eq!(person_for_client(role, "Paula".into(), true), "Paula");
        }
    }

    #[test]
    fn rq7_a_vendor_reads_the_alias_and_its_own_people() {
        let [own, other] = [1, 2].map(|id| VendorId::from(uuid::Uuid::from_u128(id)));
        let outside = Reader::Vendor {
            vendor: Some(own),
            alias: "Client 101",
        };
        let reads = |role, of| outside.reads(role, of, "Paula".into());
        assert_eq!(reads(Role::ClientMember, None), "Client 101");
        assert_eq!(reads(Role::VendorDesigner, Some(own)), "Paula");
        assert_eq!(reads(Role::VendorDesigner, Some(other)), "Another vendor");
        assert_eq!(reads(Role::InternalDesigner, None), "Paula");
        assert_eq!(Reader::Agency.reads(Role::ClientMember, None, "Paula".into()), "Paula");
    }
}
