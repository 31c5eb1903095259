//! What the pages of the catalogue show (§2, PE8): services, packs, the Pack Editor, a client's offers.

use crate::{
    Cents, ClientId, Currency, PackId, ServiceId, SubscriptionId, SubscriptionStatus,
    catalogue::{
        pack::{PackForm, PackLabel},
        services::ServiceForm,
    },
    kernel::list::list_query,
};
use serde::{Deserialize, Serialize};

crate::words! {
    /// How a pack stands in the list (PE8).
    pub enum PackStatus {
        /// On sale.
        OnSale = "on_sale",
        /// Not archived, but nobody new can subscribe: hidden (PE9), or its service is not offered.
        Hidden = "hidden",
        /// Archived (PE6).
        Archived = "archived",
    }
}

impl PackStatus {
    /// The words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OnSale => "Visible",
            Self::Hidden => "Hidden",
            Self::Archived => "Archived",
        }
    }
}

crate::words! {
    /// The columns that the list of packs can be sorted by.
    pub enum PackSort {
        /// Service, then quantity.
        Pack = "pack",
        /// Price a month.
        Price = "price",
        /// Price of one unit in the pack.
        Unit = "unit",
        /// What it saves.
        Saving = "saving",
        /// Running subscriptions.
        Subscribers = "subscribers",
        /// What the vendor gets for a full period.
        Vendor = "vendor",
        /// Margin.
        Margin = "margin",
    }
}

list_query! {
    /// The query string of `/admin/packs`. Unknown words mean the default.
    pub struct PackQuery {
        /// A [`PackStatus`] word; empty: all that are not archived.
        status,
        /// A service's id; empty: all.
        service,
        /// A [`PackSort`] word, `-` before it for descending.
        sort,
    }
}

impl PackQuery {
    /// Column and direction; `true` = descending.
    pub fn order(&self) -> (PackSort, bool) {
        let (word, down) = match self.sort.strip_prefix('-') {
            Some(word) => (word, true),
            None => (self.sort.as_str(), false),
        };
        word.parse().map_or((PackSort::Pack, false), |sort| (sort, down))
    }

    /// The same list, sorted by a column; the other way round where it is sorted by it already. Figures begin with the
    /// greatest.
    #[must_use]
    pub fn sorted_by(&self, column: PackSort) -> PackQuery {
        let down = match self.order() {
            (now, down) if now == column => !down,
            _ => column != PackSort::Pack,
        };
        let sign = if down { "-" } else { "" };
        PackQuery {
            sort: format!("{sign}{column}"),
            ..self.clone()
        }
    }
}

/// A service to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChoice {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// Offered to clients.
    pub active: bool,
    /// List price of one unit.
    pub unit_price: Cents,
}

/// `/admin/packs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackList {
    /// The packs asked for, in order.
    pub rows: Vec<PackListRow>,
    /// Services that have packs, for the filter.
    pub services: Vec<ServiceChoice>,
    /// Packs that are not archived, whatever the filter.
    pub live: i64,
    /// On sale.
    pub on_sale: i64,
    /// Hidden.
    pub hidden: i64,
    /// Archived.
    pub archived: i64,
}

/// PE8's columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackListRow {
    /// Which.
    pub id: PackId,
    /// "20 × Logo design".
    pub label: PackLabel,
    /// Price a month.
    pub price: String,
    /// Price of one unit in the pack.
    pub unit_price: String,
    /// List price of one unit.
    pub standard_price: String,
    /// "15%"; none below one.
    pub saving: Option<String>,
    /// Running subscriptions.
    pub subscribers: i64,
    /// "$120.00 per pack".
    pub vendor_payment: String,
    /// "42.5%".
    pub margin: Option<String>,
    /// The vendor gets more than the client pays.
    pub loses: bool,
    /// On sale, hidden or archived.
    pub status: PackStatus,
    /// The switch (PE9).
    pub visible: bool,
    /// The service is offered.
    pub service_active: bool,
}

/// The Pack Editor, for a new pack or an existing one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackEditor {
    /// PE2: makes a repeated post the same one.
    pub form_key: String,
    /// The installation's currency.
    pub currency: Currency,
    /// All services; inactive ones are marked.
    pub services: Vec<ServiceChoice>,
    /// What the fields show at first.
    pub form: PackForm,
    /// The pack; `None` for a new one.
    pub pack: Option<EditedPack>,
}

/// What the editor knows of an existing pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedPack {
    /// Which.
    pub id: PackId,
    /// "20 × Logo design".
    pub label: PackLabel,
    /// What a save must find unchanged (PE4 `pack_stale`).
    pub row_version: i64,
    /// PE6: it has or had subscriptions, so service and quantity stand.
    pub locked: bool,
    /// "Mar 3, 2027, 2:14 PM CT", when it is archived.
    pub archived_at: Option<String>,
    /// When it was last changed.
    pub updated_at: String,
    /// PE9.
    pub visible: bool,
    /// Newest first.
    pub versions: Vec<PackVersionView>,
    /// Not ended, by client.
    pub subscribers: Vec<SubscriberView>,
    /// Not ended, counted; may be more than `subscribers` holds.
    pub open: i64,
    /// Running on older terms and not set to move.
    pub movable: i64,
    /// What moving them would mean, were it asked for now; of the `subscribers` that are listed.
    pub ahead: MovesAhead,
    /// Set to move to newer terms.
    pub moving: i64,
}

/// PE5: what *Move existing subscribers at next renewal* would do, said before it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovesAhead {
    /// By client.
    pub rows: Vec<MoveAhead>,
    /// "+$20.00 a month", all of them together; nothing where the price stays.
    pub monthly: Option<String>,
    /// What the first client whose price changes is told.
    pub mail: Option<String>,
}

/// One subscription that would move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveAhead {
    /// Whose.
    pub client: String,
    /// "from Mar 28, 2027"; of what is set to end, "if resumed".
    pub from: String,
    /// "$400.00 → $410.00", or "$400.00 a month, as before".
    pub price: String,
}

/// One version of the terms (PE5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackVersionView {
    /// 1, 2, 3 …
    pub version: i64,
    /// "$400.00".
    pub price: String,
    /// "$120.00 per pack".
    pub vendor_payment: String,
    /// "$25.00", or nothing where the client's or the service's price holds.
    pub overage_price: Option<String>,
    /// When it was saved.
    pub created_at: String,
    /// By whom.
    pub created_by: String,
    /// It has a price at the payment provider.
    pub published: bool,
    /// Running subscriptions on it.
    pub subscribers: i64,
}

/// One subscription of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberView {
    /// Which.
    pub id: SubscriptionId,
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// Its state.
    pub status: SubscriptionStatus,
    /// "Version 1 · $400.00".
    pub terms: String,
    /// "18 of 20"; none before the first period.
    pub used: Option<String>,
    /// "Renews Mar 28, 2027" or "Ends Mar 28, 2027".
    pub next: Option<String>,
    /// PE5: "From Mar 28: $450 a month", where it is set to move.
    pub moves: Option<String>,
}

/// What a save answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPack {
    /// Which.
    pub id: PackId,
    /// It was made now.
    pub created: bool,
    /// The number of the version made now, if the terms changed.
    pub new_version: Option<i64>,
    /// PE1: the vendor gets more than the client pays.
    pub pays_more_than_it_earns: bool,
}

/// `/admin/services`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceList {
    /// By name.
    pub rows: Vec<ServiceListRow>,
}

/// A service in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceListRow {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// "$25.00 per design".
    pub price: String,
    /// "5 business days".
    pub turnaround: String,
    /// Packs that are not archived.
    pub packs: i64,
    /// Clients with a price of their own.
    pub own_prices: i64,
    /// Offered to clients.
    pub active: bool,
}

/// The service editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEditor {
    /// Makes a repeated post the same one.
    pub form_key: String,
    /// What the fields show at first.
    pub form: ServiceForm,
    /// The service; `None` for a new one.
    pub service: Option<EditedService>,
}

/// What the editor knows of an existing service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedService {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// What a save must find unchanged.
    pub row_version: i64,
    /// Packs that are not archived.
    pub packs: i64,
    /// Clients with a price of their own, by name.
    pub own_prices: Vec<OwnPriceView>,
    /// Clients to choose from.
    pub clients: Vec<ClientChoice>,
}

/// A client's own price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPriceView {
    /// Whose.
    pub client_id: ClientId,
    /// The client's name.
    pub client: String,
    /// Of which service.
    pub service_id: ServiceId,
    /// The service's name.
    pub service: String,
    /// "$22.50".
    pub price: String,
    /// "22.50": what was read, for whoever sets another one.
    pub was: String,
    /// "$25.00".
    pub list_price: String,
}

/// A client to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientChoice {
    /// Which.
    pub id: ClientId,
    /// Its name.
    pub name: String,
}

/// `/services`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientServices {
    /// By name.
    pub rows: Vec<ClientServiceView>,
}

/// A service as its client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientServiceView {
    /// Which.
    pub id: ServiceId,
    /// "Logo design".
    pub name: String,
    /// "$25.00", or "Free".
    pub price: String,
    /// "per design".
    pub per: String,
    /// "$30.00", where the client's own price differs from it.
    pub list_price: Option<String>,
    /// "5 business days".
    pub turnaround: String,
    /// Packs on sale.
    pub packs: i64,
    /// "20 × Logo design", where the client has a pack of it.
    pub held: Option<PackLabel>,
    /// That pack's state.
    pub held_status: Option<SubscriptionStatus>,
}

/// *Services › Monthly Packs*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPacks {
    /// The caller may subscribe (SU1).
    pub may_subscribe: bool,
    /// The packs are taken from royalties, not charged to a card (Q2).
    pub from_royalties: bool,
    /// By service.
    pub groups: Vec<OfferGroup>,
}

/// The packs of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferGroup {
    /// Which.
    pub service_id: ServiceId,
    /// "Logo design".
    pub service: String,
    /// "$25.00 per design without a pack · 5 business days".
    pub about: String,
    /// By quantity.
    pub offers: Vec<Offer>,
}

/// One pack on sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which.
    pub pack_id: PackId,
    /// "20 × Logo design".
    pub label: PackLabel,
    /// "$400.00".
    pub price: String,
    /// "$20.00 per design".
    pub unit_price: String,
    /// "Save 20%"; none below one.
    pub saving: Option<String>,
    /// "$18.00 per design beyond the pack".
    pub beyond: String,
    /// What the client can do with it.
    pub state: OfferState,
}

/// What a client can do with a pack on sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Subscribe.
    Open,
    /// It has this one, in this state.
    Held {
        /// The client's subscription.
        subscription_id: SubscriptionId,
        /// Active, past due, suspended.
        status: SubscriptionStatus,
    },
    /// It has begun to subscribe to this one and not paid yet (SU4).
    FinishPayment {
        /// The client's subscription.
        subscription_id: SubscriptionId,
    },
    /// It has another pack of the service (SU1 `pack_already_active`).
    Other {
        /// The client's subscription to the other one.
        subscription_id: SubscriptionId,
        /// "10 × Logo design".
        label: PackLabel,
        /// That pack's state.
        status: SubscriptionStatus,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pe9_whether_a_pack_is_sold_has_a_word() {
        let words = PackStatus::ALL.iter().map(|status| status.label());
        assert_eq!(words.collect::<Vec<_>>(), ["Visible", "Hidden", "Archived"]);
    }

    #[test]
    fn pe8_a_column_sorts_by_the_greatest_first_and_turns_round() {
        let all = PackQuery::default();
        assert_eq!(all.order(), (PackSort::Pack, false));
        let by_price = all.sorted_by(PackSort::Price);
        assert_eq!(by_price.sort, "-price");
        assert_eq!(by_price.sorted_by(PackSort::Price).sort, "price");
        assert_eq!(by_price.sorted_by(PackSort::Pack).sort, "pack");
        assert_eq!(
            by_price.sorted_by(PackSort::Unit).sort,
            "-unit",
            "another one begins anew"
        );
        assert_eq!(
            PackQuery {
                sort: "nonsense".into(),
                ..all
            }
            .order(),
            (PackSort::Pack, false)
        );
    }
}
