//! A client as staff sees it: its people, prices and packs (§25).

use crate::{Caller, Engine, OnConstraint, billing::deduction_line, kernel::page_of};
use domain::{
    AppError, AppResult, Capability, Cents, ClientId, Instant,
    catalogue::pack::PackLabel,
    people::view::PartyTab,
    reports::view::{ClientBill, ClientPackView, ClientPage, ClientPriceView},
    work::file::size_words,
};
use store::{
    Tx, billing, catalogue, people as rows,
    reports::dashboard,
    subscriptions::{self, ClientPack},
};

impl Engine {
    /// One client with its packs, and what one tab of its page shows.
    ///
    /// # Errors
    /// [`AppError::Forbidden`], [`AppError::NotFound`].
    pub async fn client(&self, caller: &Caller, id: &str, tab: PartyTab) -> AppResult<ClientPage> {
        caller.require(Capability::SeeAdmin)?;
        let id: ClientId = id.parse().map_err(|_| AppError::NotFound)?;
        let mut tx = self.db().read().await.or_internal()?;
        let client = rows::client(&mut tx, id)
            .await
            .or_internal()?
            .ok_or(AppError::NotFound)?;
        let packs = subscriptions::client_packs(&mut tx, id).await.or_internal()?;
        let open = dashboard::open_requests(&mut tx, id).await.or_internal()?;
        let people = match tab {
            PartyTab::People => rows::people_of_client(&mut tx, id).await.or_internal()?,
            _ => Vec::new(),
        };
        let prices = match tab {
            PartyTab::Prices => catalogue::client_prices(&mut tx, id).await.or_internal()?,
            _ => Vec::new(),
        };
        let (bills, more_bills) = match tab {
            PartyTab::Billing => self.bills(&mut tx, id).await?,
            _ => (Vec::new(), false),
        };
        let storage = match tab {
            PartyTab::Overview => {
                let room = store::work::files::room(&mut tx, id).await.or_internal()?;
                match room.files {
                    0 => "No files".to_owned(),
                    1 => format!("{} in 1 file", size_words(room.bytes)),
                    files => format!("{} in {files} files", size_words(room.bytes)),
                }
            }
            _ => String::new(),
        };
        drop(tx);
        let card = client.card_brand.zip(client.card_last4).map(|(brand, last4)| {
            let mut letters = brand.chars();
            let brand: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .chain(letters)
                .collect();
            format!("{brand} ending in {last4}")
        });
        let running = || packs.iter().filter(|pack| pack.status.has_benefits());
        let left = |pack: &ClientPack| Some((pack.included_units? - pack.used_units?).max(0));
        Ok(ClientPage {
            tab,
            monthly: running()
                .map(|pack| pack.price_cents)
                .sum::<Cents>()
                .show(self.currency()),
            left: running().filter_map(left).sum(),
            open,
            bills,
            bills_note: more_bills.then(|| format!("The newest {SHOWN} of each are shown.")),
            id: id.to_string(),
            name: client.name,
            alias: client.alias,
            payment_type: client.payment_type,
            members_may_order_extra: client.members_may_order_extra,
            card,
            since: self.zone().show_date(client.created_at),
            storage,
            version: client.row_version,
            currency: self.currency(),
            people: people.into_iter().map(|p| self.person_view(p)).collect(),
            prices: prices
                .into_iter()
                .map(|row| ClientPriceView {
                    service_id: row.service_id.to_string(),
                    service: row.service,
                    standard: row.standard_cents,
                    agreed: row.agreed_cents,
                })
                .collect(),
            packs: packs
                .into_iter()
                .map(|row| ClientPackView {
                    id: row.id.to_string(),
                    label: PackLabel {
                        quantity: row.quantity,
                        service: row.service,
                    }
                    .to_string(),
                    status: row.status,
                    price: row.price_cents,
                    usage: row.used_units.zip(row.included_units),
                    until: row.ends_at.map(|at| self.zone().show_date(at)),
                })
                .collect(),
        })
    }

    /// The newest invoices and deductions, as the client reads them, and whether there are more of either.
    async fn bills(&self, tx: &mut Tx, id: ClientId) -> AppResult<(Vec<ClientBill>, bool)> {
        let invoices = billing::invoices_of(tx, id, None, SHOWN + 1).await.or_internal()?;
        let deductions = billing::deductions_of(tx, id, None, SHOWN + 1).await.or_internal()?;
        let (invoices, more_invoices) = page_of(invoices, SHOWN, |_| String::new());
        let (deductions, more_deductions) = page_of(deductions, SHOWN, |_| String::new());
        let invoices = invoices.into_iter().map(|row| {
            let at = row.finalized_at.unwrap_or(row.created_at);
            let line = self.invoice_line(row);
            let bill = ClientBill {
                name: line.number,
                item: line.description,
                date: line.date,
                amount: line.amount,
                paid: line.status == "paid",
                status: line.status_label,
            };
            (at, bill)
        });
        let deductions = deductions.into_iter().map(|row| {
            let at = row.created_at;
            let line = deduction_line(row);
            let bill = ClientBill {
                name: line.month,
                item: line.item,
                date: self.zone().show_date(at),
                amount: line.amount,
                status: line.status,
                paid: line.paid,
            };
            (at, bill)
        });
        let mut all: Vec<(Instant, ClientBill)> = invoices.chain(deductions).collect();
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let bills = all.into_iter().map(|(_, bill)| bill).collect();
        Ok((bills, more_invoices.is_some() || more_deductions.is_some()))
    }
}

/// Invoices, and as many deductions, that the tab shows.
const SHOWN: i64 = 24;
